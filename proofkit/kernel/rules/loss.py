"""Rules about the loss l(f, y) = phi(x), x the residual f - y or the margin y f.

Some are about phi alone, over all of R; the others about phi where the arguments of the objective
can lie.  Each asks the loss its questions, and none which loss it is.
"""

from __future__ import annotations

from fractions import Fraction

from proofkit.kernel.claims import (
    Enclosed,
    LossBounds,
    LossFloor,
    OfLoss,
    Parameters,
    Swing,
)
from proofkit.kernel.formula import Constant
from proofkit.kernel.inference import Conclusion, Rule, Step
from proofkit.kernel.losses.cross_entropy import CrossEntropyLoss
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.losses.quantities import asked
from proofkit.kernel.objective.reach import arguments_reached
from proofkit.kernel.proposals import LossProposal, SupremumProposal
from proofkit.kernel.rules.activation import enclosed, require_smooth_loss
from proofkit.kernel.rules.outputs import largest_output
from proofkit.kernel.suprema import Interval, UnprovedError
from proofkit.kernel.symbols import (
    S0,
    Y1,
    Y2,
    B_y,
    F,
    l1,
    l2,
    l_0,
    l_inf,
    omega,
    reach,
    slope_0,
    smaller,
)
from proofkit.kernel.univariate import balls
from proofkit.kernel.univariate.coefficients import TailError
from proofkit.kernel.univariate.derivative import derivative
from proofkit.kernel.univariate.exponentials import NotRationalError, vanishes
from proofkit.kernel.univariate.polynomials import coefficients
from proofkit.kernel.univariate.rounding import round_down, round_up
from proofkit.kernel.univariate.tail import exact_taylor
from proofkit.kernel.univariate.terms import ZERO, Node, Z, num, substitute

Definition = tuple[Node, Node]
BITS, FINE_DIGITS = 192, 40


def square_of(step: Step) -> Fraction:
    """c of the loss (c/2) (f - y)^2; KernelError for any other loss."""
    square = step.objective.loss.square
    if square is None:
        raise step.refuse("only a multiple of the squared residual")
    return square


def name_of(symbol: Node) -> str:
    """The name of a constant."""
    return str(symbol.value)


def of_l1(step: Step, position: int) -> Node:
    """The bound of |l'_i| of a premise; KernelError where none is said."""
    bound = step.premise(position, LossBounds).l1
    if bound is None:
        raise step.refuse("the slope of the loss is not known to be bounded")
    return bound


def of_l2(step: Step, position: int) -> Node:
    """The bound of |l''_i| of a premise; KernelError where none is said."""
    bound = step.premise(position, LossBounds).l2
    if bound is None:
        raise step.refuse("the curvature of the loss is not known to be bounded")
    return bound


def times(step: Step, factor: Node, bound: Node) -> Node:
    """A constant times a bound, which is the bound itself where the constant is exactly 1."""
    found = step.constant(factor)
    return bound if found.lo == found.hi == 1 else factor * bound


def require_everywhere(step: Step, position: int) -> None:
    """KernelError unless the bounds of a premise hold between any two arguments, not only where W
    reaches.
    """
    if not step.premise(position, LossBounds).everywhere:
        raise step.refuse("the loss is bounded only where it is reached")


def require_quantity(step: Step, position: int, quantity: str) -> OfLoss:
    """The claim of a premise about that quantity of the loss; KernelError for another one."""
    claim = step.premise(position, OfLoss)
    if claim.quantity != quantity:
        raise step.refuse(f"premise {position + 1} is not about {quantity}")
    return claim


def require_argument(step: Step) -> None:
    """KernelError for cross-entropy, which is no function of one argument."""
    if type(step.objective.loss) is CrossEntropyLoss:
        raise step.refuse("cross-entropy is a function of several outputs")


# -- at one point ----------------------------------------------------------------------------------


def taylor_at_zero(loss: Loss, order: int) -> tuple[tuple[Fraction, Fraction], Node | None]:
    """An enclosure of the derivative of phi of that order, 0 to 2, at 0, and the number itself where
    exact arithmetic has it.

    Raises ValueError where the derivative is not finite in balls.
    """
    factor = 2 if order == 2 else 1
    try:
        found = exact_taylor(loss.phi, Fraction(0), order)[order]
        exact = found.node()
    except (TailError, ArithmeticError, ValueError):
        exact = None
    if exact is not None:
        exact = num(factor) * exact
        if exact.op == "num":
            return (exact.rational, exact.rational), exact
    with balls.precision(BITS, order + 1):
        value = factor * balls.Tape(loss.phi).series(balls.ball(Fraction(0)), order + 1)[order]
        if not value.is_finite():
            raise ValueError("a derivative of the loss at 0 is not finite")
        low = round_down(balls.lower(value), FINE_DIGITS)
        return (low, round_up(balls.upper(value), FINE_DIGITS)), exact


def slope_at_zero(step: Step) -> tuple[Node, tuple[Constant, ...]]:
    """|phi'(0)| as a term, and the constant that it names: 0, and none, where it is exactly 0."""
    (low, high), _ = taylor_at_zero(step.objective.loss, 1)
    if low == high == 0:
        return ZERO, ()
    least = max(low, -high, Fraction(0))
    return slope_0, (Constant(name_of(slope_0), None, least, max(-low, high)),)


def _value_at_zero(step: Step) -> Conclusion:
    """phi(0), evaluated."""
    require_argument(step)
    if step.proposal is not None:
        raise step.refuse("nothing is proposed")
    (low, high), exact = taylor_at_zero(step.objective.loss, 0)
    name = name_of(l_0)
    return Conclusion(
        OfLoss(name, None, low, high, exact), constants=(Constant(name, None, low, high, exact),)
    )


# -- suprema of phi --------------------------------------------------------------------------------


def _enclosed(
    step: Step, root: Node, given: SupremumProposal, name: str, interval: Interval | None = None
) -> Constant:
    """The constant of that name that a proposal about a quantity of a function proves."""
    try:
        return enclosed(root, given, name, interval)[0]
    except UnprovedError as unproved:
        raise step.refuse(f"the loss: {unproved}") from None


def _supremum_of_loss(step: Step) -> Conclusion:
    """eta, zeta, dip or h_omega; the proposal names it, and its sides are those of a function."""
    require_argument(step)
    given = step.proposed(SupremumProposal)
    name, parameter = given.quantity, given.parameter
    question = asked(step.objective.loss.phi, name, parameter)
    inner = SupremumProposal(question.name, question.parameter, given.sides, given.exact, given.at)
    found = _positive_part(_enclosed(step, question.root, inner, name))
    assert found.lo is not None and found.hi is not None, "an enclosure"
    claim = OfLoss(name, parameter, found.lo, found.hi, found.exact, found.at)
    if parameter is None:
        return Conclusion(claim, constants=(found,))
    own = Constant(name_of(omega), None, parameter, parameter, num(parameter))
    return Conclusion(claim, constants=(own, found))


def _positive_part(found: Constant) -> Constant:
    """The enclosure of max(x, 0), with the place only where that is x."""
    assert found.lo is not None and found.hi is not None, "an enclosure"
    if found.lo >= 0:
        return found
    low, high = Fraction(0), max(found.hi, Fraction(0))
    return Constant(found.name, None, low, high, num(high) if low == high else None)


# -- bounds of l' and l'' over R -------------------------------------------------------------------


def _bounds(step: Step) -> Conclusion:
    """sup |phi'| and sup |phi''|, each where a cover of it is proposed."""
    require_argument(step)
    square = step.objective.loss.square
    if square is not None:
        if step.proposal is not None:
            raise step.refuse("nothing is proposed for a square of the residual")
        return Conclusion(LossBounds(None, l2, everywhere=True), constants=(_exactly(l2, square),))
    return _of_both(step, step.proposed(LossProposal), step.objective.loss.phi, None)


def _exactly(symbol: Node, value: Fraction) -> Constant:
    return Constant(name_of(symbol), None, value, value, num(value))


def _of_both(step: Step, given: LossProposal, phi: Node, interval: Interval | None) -> Conclusion:
    """What the covers of phi' and phi'' prove, of those that are proposed."""
    constants: list[Constant] = []
    for symbol, quantity, one in ((l1, "M1", given.slope), (l2, "M2", given.curvature)):
        if one is None:
            continue
        if one.quantity != quantity or one.parameter is not None:
            raise step.refuse(f"{name_of(symbol)} is the quantity {quantity}")
        constants.append(_enclosed(step, phi, one, name_of(symbol), interval))
    if not constants:
        raise step.refuse("neither a bound of the slope nor one of the curvature is proposed")
    return Conclusion(
        LossBounds(
            None if given.slope is None else l1,
            None if given.curvature is None else l2,
            everywhere=interval is None,
        ),
        constants=tuple(constants),
    )


def _floor(step: Step) -> Conclusion:
    """inf phi; squares and cross-entropy are at least 0."""
    loss = step.objective.loss
    if loss.square is not None or type(loss) is CrossEntropyLoss:
        if step.proposal is not None:
            raise step.refuse("nothing is proposed for a square of the residual, or cross-entropy")
        return Conclusion(LossFloor(ZERO))
    return _lowest(step, None)


def _lowest(step: Step, interval: Interval | None) -> Conclusion:
    """The infimum of phi on R or an interval, which is not named where it is at least 0."""
    given = step.proposed(SupremumProposal)
    if given.quantity != "S_lo":
        raise step.refuse("the infimum of phi is the quantity S_lo")
    found = _enclosed(step, step.objective.loss.phi, given, name_of(l_inf), interval)
    return Conclusion(LossFloor(ZERO if found.lo == 0 else l_inf), constants=(found,))


# -- where the arguments can lie -------------------------------------------------------------------


def arguments_of_premises(step: Step) -> Interval:
    """Where the arguments lie for known data, by sup sigma and inf sigma of the premises."""
    return arguments_reached(step.objective, step.premise(1, Enclosed), step.premise(2, Enclosed))


def _farthest(step: Step) -> Node:
    """A bound of the arguments while data are symbols, by sup |sigma|."""
    step.constant(S0)
    return largest_output(step) + step.objective.loss.offset


def _bounds_where_reached(step: Step) -> Conclusion:
    """sup |phi'| and sup |phi''| over the arguments that W can reach.

    While data are symbols these suprema over [-reach, reach] are named constants, which are finite
    as phi is smooth; they have a formula where phi is an even polynomial without negative
    coefficients, of which both derivatives grow with |x|.
    """
    if not step.objective.symbolic:
        interval = arguments_of_premises(step)
        return _of_both(step, step.proposed(LossProposal), step.objective.loss.phi, interval)
    if step.proposal is not None:
        raise step.refuse("nothing is proposed while data are symbols")
    require_smooth_loss(step)
    formulas = _growing_formulas(step.objective.loss.phi)
    if formulas is None:
        named = (Constant(name_of(l1)), Constant(name_of(l2)))
        return Conclusion(
            LossBounds(l1, l2, everywhere=False),
            define=((reach, _farthest(step)),),
            constants=named,
        )
    slope, curvature = formulas
    return Conclusion(
        LossBounds(l1, l2, everywhere=False),
        define=((reach, _farthest(step)), (l1, slope), (l2, curvature)),
    )


def _growing_formulas(phi: Node) -> tuple[Node, Node] | None:
    """phi'(reach) and phi''(reach), where these are the suprema over [-reach, reach]."""
    for degree in range(2, 13, 2):
        found = coefficients(phi, degree)
        if found is not None and min(found[1:]) >= 0 and not any(found[1::2]):
            slope = derivative(phi)
            return substitute(slope, {Z: reach}), substitute(derivative(slope), {Z: reach})
    return None


def _floor_where_reached(step: Step) -> Conclusion:
    """inf phi over the arguments that W can reach: a named constant while data are symbols."""
    if not step.objective.symbolic:
        return _lowest(step, arguments_of_premises(step))
    if step.proposal is not None:
        raise step.refuse("nothing is proposed while data are symbols")
    require_smooth_loss(step)
    return Conclusion(
        LossFloor(l_inf), define=((reach, _farthest(step)),), constants=(Constant(name_of(l_inf)),)
    )


# -- how much the loss varies where |f| <= F -------------------------------------------------------


def _swing_of_square(step: Step) -> Conclusion:
    """For e = f - y: (F + |y|)^2/2, or e^2/2 - e'^2/2 = (f^2 - f'^2)/2 - y (f - f')."""
    square = square_of(step)
    if step.objective.symbolic:
        bound = smaller((F + B_y) ** 2 / 2, F**2 / 2 + 2 * F * B_y)
    else:
        bound = smaller((F**2 + 2 * F * Y1 + Y2) / 2, F**2 / 2 + 2 * F * Y1)
    return Conclusion(Swing(square * bound))


def _swing_of_slope(step: Step) -> Conclusion:
    """|l(f) - l(f')| <= l1 |f - f'| <= 2 l1 F."""
    require_everywhere(step, 0)
    return Conclusion(Swing(2 * of_l1(step, 0) * F))


def is_mirrored(loss: Loss) -> bool:
    """True when |x| <= |f|, and phi(-x) - phi(x) = x is seen for every x: at 0 both sides are 0, and
    the derivatives agree, phi'(x) + phi'(-x) = -1, as rational functions of exp(x).
    """
    if loss.offset != ZERO:
        return False
    slope = derivative(loss.phi)
    try:
        return vanishes(slope + substitute(slope, {Z: -Z}) + 1)
    except NotRationalError:
        return False


def _swing_of_mirror(step: Step) -> Conclusion:
    """phi decreases and phi(-F) - phi(F) = F, where the argument lies in [-F, F] as f does."""
    given = step.proposed(SupremumProposal)
    phi = step.objective.loss.phi
    require_argument(step)
    if given.quantity != "S_hi":
        raise step.refuse("the quantity is S_hi, of phi'")
    require_smooth_loss(step)
    if not is_mirrored(step.objective.loss):
        raise step.refuse("the argument is no margin, or phi(-x) - phi(x) is not seen to be x")
    slope = _enclosed(step, derivative(phi), given, "slope")
    if slope.hi is None or slope.hi > 0:
        raise step.refuse("phi does not decrease")
    return Conclusion(Swing(F))


LOSS: tuple[Rule, ...] = (
    Rule(
        name="loss",
        about="loss",
        premises=(),
        conclusion=LossBounds,
        check=_bounds,
        proposal=LossProposal,
        reason=r"Bounds on $\ell'$ and $\ell''$.",
        lemma="loss_bounds",
    ),
    Rule(
        name="loss where it is reached",
        about="objective",
        premises=(Parameters, Enclosed, Enclosed),
        conclusion=LossBounds,
        check=_bounds_where_reached,
        proposal=LossProposal,
        reason=r"$\sigma$ is bounded, so the arguments of $\varphi$ lie in an interval, on which "
        r"$\varphi'$ and $\varphi''$ are bounded.",
    ),
    Rule(
        name="supremum of the loss",
        about="loss",
        premises=(),
        conclusion=OfLoss,
        check=_supremum_of_loss,
        proposal=SupremumProposal,
        reason=r"By a cover of $\mathbb R$.",
    ),
    Rule(
        name="loss at zero",
        about="loss",
        premises=(),
        conclusion=OfLoss,
        check=_value_at_zero,
        reason=r"By evaluation.",
    ),
    Rule(
        name="infimum of the loss",
        about="loss",
        premises=(),
        conclusion=LossFloor,
        check=_floor,
        proposal=SupremumProposal,
        reason=r"$\varphi\ge\inf\varphi$.",
    ),
    Rule(
        name="infimum where it is reached",
        about="objective",
        premises=(Parameters, Enclosed, Enclosed),
        conclusion=LossFloor,
        check=_floor_where_reached,
        proposal=SupremumProposal,
        reason=r"$\sigma$ is bounded, so the arguments of $\varphi$ lie in an interval, on which "
        r"$\varphi$ is bounded below.",
    ),
    Rule(
        name="swing of a square",
        about="objective",
        premises=(Parameters,),
        conclusion=Swing,
        check=_swing_of_square,
        reason=r"With $|f|,|f'|\le F$, $\frac12(f-y)^2\le\frac12(F+|y|)^2$ and "
        r"$\frac12(f-y)^2-\frac12(f'-y)^2=\frac12(f^2-f'^2)-y(f-f')\le\frac12F^2+2F|y|$.",
    ),
    Rule(
        name="swing of bounded slope",
        about="objective",
        premises=(LossBounds,),
        conclusion=Swing,
        check=_swing_of_slope,
        reason=r"$|\ell(f)-\ell(f')|\le l_1|f-f'|\le2l_1F$.",
    ),
    Rule(
        name="swing of a mirrored loss",
        about="loss",
        premises=(),
        conclusion=Swing,
        check=_swing_of_mirror,
        proposal=SupremumProposal,
        reason=r"$\varphi$ decreases, and $\varphi(-F)-\varphi(F)=F$.",
    ),
)
