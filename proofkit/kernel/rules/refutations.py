"""Rules by which a Villani condition fails: kinks, rays along which L stays bounded, critical
points and pairs of units that escape to infinity.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import isqrt

from flint import arb

from proofkit.kernel.claims import (
    Asymptote,
    BoundedRisk,
    CancellingUnits,
    Enclosed,
    EscapingCriticalPoints,
    Fails,
    HalfSpace,
    KinkOfLoss,
    KinkOnInstance,
    LambdaAbove,
    LambdaBelow,
    LambdaIs,
    LambdaRange,
    MirroredUnits,
    NoiseFrom,
    NoiseIs,
    NoiseRange,
    NotSmooth,
    NullDirection,
    OrthogonalInstance,
    PairedUnits,
    Parameters,
    Scope,
    Smooth,
    Steep,
)
from proofkit.kernel.formula import define
from proofkit.kernel.inference import Conclusion, Rule, Step
from proofkit.kernel.kinks import (
    Line,
    NoJumpError,
    Unit,
    kink_at,
    samples_that_jump,
    slope_of_loss,
    unit_of,
)
from proofkit.kernel.proposals import DirectionProposal, KinkLineProposal, SlopeProposal
from proofkit.kernel.ranges import any_lambda, at_most_zero, every_noise
from proofkit.kernel.rules.activation import require_real, require_smooth_loss, smoothness_of
from proofkit.kernel.rules.loss import taylor_at_zero
from proofkit.kernel.symbols import (
    M2,
    Y2,
    Lambda_S,
    beta,
    fall,
    lam,
    lambda_c,
    number,
    s_c,
    slope,
    sqrt,
)
from proofkit.kernel.univariate import balls
from proofkit.kernel.univariate.domain import smoothness
from proofkit.kernel.univariate.periods import period_cover
from proofkit.kernel.univariate.quantity import Quantity
from proofkit.kernel.univariate.rounding import decimal, round_down, round_up
from proofkit.kernel.univariate.terms import ZERO, Node, Z, num
from proofkit.reading.table import Table

SHORT = 12
"""Digits of a bound that stands in a formula."""
BITS = 192
LABELS = (Fraction(1), Fraction(-1))
RESIDUALS = tuple(
    sign * Fraction(size) for size in ("1", "1/2", "2", "1/4", "8") for sign in (1, -1)
)
"""What is tried as the residual of an instance, where its loss has to have a slope."""

# -- V1: kinks -------------------------------------------------------------------------------------


def _kink_on_an_instance(step: Step) -> Conclusion:
    """One sample, one unit, one weight: a derivative of L jumps with that of sigma where l' is not
    0 and phi is smooth.
    """
    if not step.objective.symbolic:
        raise step.refuse("the problem is bound to data")
    kink = step.premise(0, NotSmooth)
    witness = KinkOnInstance(kink.order, kink.at, kink.near, _sloping_choice(step))
    return Conclusion(Fails("V1", witness, Scope(any_lambda(step))))


def _sloping_choice(step: Step) -> Fraction:
    """The first choice of a label for which phi is seen to be smooth with a slope at the kink of
    sigma; KernelError without one.

    For a loss of the residual it is u = f - y there, for one of the margin y.
    """
    loss = step.objective.loss
    tape = balls.Tape(loss.phi)
    with balls.precision(BITS):
        # f and y for each choice; of the residual u = f - y alone matters.
        if loss.classifies:
            f = _value_at_the_kink(step)
            nets = [(choice, f, balls.ball(choice)) for choice in LABELS]
        else:
            nets = [(choice, balls.ball(choice), arb(0)) for choice in RESIDUALS]
        for choice, f, y in nets:
            slope = slope_of_loss(tape, loss, f, y)
            if slope > 0 or slope < 0:
                return choice
    raise step.refuse("no label is seen for which the loss is smooth with a slope at the kink")


def _value_at_the_kink(step: Step) -> arb:
    """A ball that contains sigma at its kink."""
    pieces, found = smoothness_of(step)
    for left, right in pairwise(pieces):
        here = smoothness((left, right), step.objective.sigma)
        if (here.order, here.at) == (found.order, found.at):
            assert left.inner_right is not None and right.inner_left is not None, "they meet"
            where = balls.hull(left.inner_right, right.inner_left)
            return balls.Tape(left.root).series(where, 1)[0]
    raise step.refuse("the kink of sigma is not found again")


def _kink_of_the_loss(step: Step) -> Conclusion:
    """A line along which a derivative of L jumps, for the rows of the data."""
    proposal = step.proposed(KinkLineProposal)
    table = step.rows_of_the_data()
    unit = moving_unit(step, proposal.sign, alone=proposal.v is None)
    pieces, result = smoothness_of(step)
    said = step.premise(0, NotSmooth)
    if said.at is None or (said.order, said.at) != (result.order, result.at):
        raise step.refuse("the place of the kink of sigma is not known exactly")
    w, u = vector(step, "w", proposal.w), vector(step, "u", proposal.u)
    v = None if proposal.v is None else vector(step, "v", proposal.v)
    try:
        kink = kink_at(step.objective.sigma, pieces, said.at, said.order + 1)
        met = samples_that_jump(kink, step.objective.loss, table, unit, Line(w, u, v))
    except NoJumpError as error:
        raise step.refuse(str(error)) from None
    witness = KinkOfLoss(said.order, said.at, proposal.sign, unit.weight, w, u, v, met)
    return Conclusion(Fails("V1", witness, Scope(any_lambda(step))))


def moving_unit(step: Step, sign: int, alone: bool) -> Unit:
    """The first unit of a sign, which is the only one where ``alone`` says so; KernelError when there
    is none, or other units are forgotten or made up.
    """
    outer = step.objective.outer
    unit = None if outer is None else unit_of(outer, sign)
    if outer is None or unit is None or sign not in (1, -1):
        raise step.refuse("no outer weight of that sign is known")
    if outer.p == 1 and unit.others:
        raise step.refuse("the only outer weight contradicts the sums of all")
    if alone != (outer.p == 1):
        raise step.refuse("the other rows are given without other units, or not given for them")
    return unit


def vector(step: Step, name: str, given: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    """A proposed vector of R^d; KernelError when it is none."""
    data = step.objective.data
    if (
        data is None
        or type(given) is not tuple
        or len(given) != data.d
        or any(type(entry) is not Fraction for entry in given)
    ):
        raise step.refuse(f"{name} is no vector of rationals of the length d")
    return given


# -- V2: rays along which L stays bounded for lambda <= 0 ------------------------------------------


def _instance_ray(step: Step) -> Conclusion:
    """One sample and a direction orthogonal to it."""
    if not step.objective.symbolic:
        raise step.refuse("the problem is bound to data")
    require_real(step)
    return Conclusion(Fails("V2", OrthogonalInstance(), Scope(at_most_zero(step))))


def _bounded_risk(step: Step) -> Conclusion:
    """sigma is bounded, so R is."""
    if step.premise(0, Enclosed).quantity != "S0":
        raise step.refuse("no premise gives S0")
    return Conclusion(Fails("V2", BoundedRisk(), Scope(at_most_zero(step))))


def _direction(step: Step) -> tuple[tuple[int, ...], Table]:
    """A proposed direction in Z^d, not 0, and the rows of the data."""
    u, table = step.proposed(DirectionProposal).direction, step.rows_of_the_data()
    whole = type(u) is tuple and all(type(entry) is int for entry in u)
    if not whole or len(u) != table.d or not any(u):
        raise step.refuse("the direction has the wrong length, is zero or not whole")
    return u, table


def _products(u: tuple[int, ...], table: Table) -> list[int]:
    """<u, x_i> for every i, as whole numbers over the scale of the table."""
    return [sum(a * b for a, b in zip(u, row, strict=True)) for row in table.rows]


def _null_direction(step: Step) -> Conclusion:
    """X u = 0: the ray changes no argument of sigma."""
    scope = Scope(at_most_zero(step))
    u, table = _direction(step)
    if any(_products(u, table)):
        raise step.refuse("<u, x_i> is not zero for every i")
    require_real(step)
    return Conclusion(Fails("V2", NullDirection(u), scope))


def _half_space_ray(step: Step) -> Conclusion:
    """Every argument of sigma goes to the end where sigma has a limit, or stays at 0."""
    scope = Scope(at_most_zero(step))
    u, table = _direction(step)
    asymptote = step.premise(0, Asymptote)
    if asymptote.slope != 0 or asymptote.end not in (1, -1):
        raise step.refuse("sigma must have a finite limit at that end")
    if any(asymptote.end * product < 0 for product in _products(u, table)):
        raise step.refuse("<u, x_i> does not have one sign")
    return Conclusion(Fails("V2", HalfSpace(u, asymptote.end), scope))


def _opposite_weights(step: Step) -> tuple[Fraction, Fraction]:
    """The first positive and the first negative outer weight a > 0 > b."""
    outer = step.objective.outer
    if outer is None or outer.first_positive is None or outer.first_negative is None:
        raise step.refuse("two outer weights of opposite sign are needed")
    a, b = outer.first_positive, outer.first_negative
    if not (0 < a <= outer.a_plus and 0 < -b <= outer.a_minus):
        raise step.refuse(
            "the two outer weights contradict the sums of the positive and negative ones"
        )
    return a, b


def _paired_units(step: Step) -> Conclusion:
    """w_1 = t u/a, w_2 = -t u/b make the growing parts of the two units cancel."""
    scope = Scope(at_most_zero(step))
    a, b = _opposite_weights(step)
    if {step.premise(k, Asymptote).end for k in (0, 1)} != {1, -1}:
        raise step.refuse("asymptotes at both ends are needed")
    return Conclusion(Fails("V2", PairedUnits(a, b), scope))


# -- V4: where the Laplacian wins ------------------------------------------------------------------


def _escaping_critical_points(step: Step) -> Conclusion:
    """sigma = c z + periodic, sigma' reaches below -lambda/c: critical points of L escape.

    The threshold is the real number c sup(-sigma') itself: for lambda below it some z has
    c sigma'(z) + lambda < 0, and along z + kT the derivative of L is kT times that and a bounded
    rest.
    """
    objective = step.objective
    if not objective.symbolic or objective.loss.square != 1:
        raise step.refuse("the instance has half the squared residual and symbolic data")
    c = step.proposed(SlopeProposal).slope
    if type(c) is not Fraction or c <= 0 or not _is_line_plus_periodic(objective.sigma, c):
        raise step.refuse("sigma is not slope*z plus a periodic function with slope > 0")
    falling = step.premise(0, Enclosed)
    if falling.quantity != "fall":
        raise step.refuse("no premise gives fall")
    top = c * falling.lo
    if top <= 0:
        raise step.refuse("sigma' does not change sign")
    given = objective.lam
    if given is not None and not 0 <= given < top:
        raise step.refuse(f"lambda = {given} is not in [0, {decimal(top, 12)})")
    below: LambdaRange = LambdaBelow(lambda_c) if given is None else LambdaIs(given)
    return Conclusion(
        Fails("V4", EscapingCriticalPoints(c), Scope(below, every_noise(step))),
        define=((slope, number(c)), (lambda_c, slope * fall)),
    )


def _is_line_plus_periodic(sigma: Node, c: Fraction) -> bool:
    """True when sigma - c z is seen to be periodic: made of constants and of sines and cosines whose
    frequencies are commensurable.
    """
    return period_cover(Quantity(sigma - num(c) * Z)) is not None


def _above_zero(step: Step) -> LambdaRange:
    """The lambda of a refutation that needs lambda > 0; KernelError when it is not."""
    given = step.objective.lam
    if given is None:
        return LambdaAbove(ZERO)
    if given <= 0:
        raise step.refuse(f"lambda = {given} is not positive")
    return LambdaIs(given)


def _from(step: Step, critical: Node) -> NoiseRange:
    """The s of a refutation that needs s >= critical; KernelError when it is not known to be."""
    s = step.objective.noise
    if s is None:
        return NoiseFrom(critical)
    # The value of the constant that records it: exact where the formula is rational.
    least = define("s_c", critical, step.known).hi
    if least is None or s < least:
        raise step.refuse(f"s = {s} is not known to be at least {critical}")
    return NoiseIs(s)


def _simple_below(enclosed: tuple[Fraction, Fraction]) -> Fraction:
    """The number itself where it is exact, else a short one below it."""
    low, high = enclosed
    return low if low == high else round_down(low, SHORT)


def _bend_at_zero(step: Step) -> Fraction:
    """A lower bound b > 0 of phi''(0), for a loss with l' = 0 in the mean at f = 0 for some labels.

    These are y = 0 for a loss of the residual with phi'(0) = 0, and y = -1, +1 for one of the
    margin, of which the slopes y phi'(0) cancel.
    """
    loss = step.objective.loss
    (slope_low, slope_high), _ = taylor_at_zero(loss, 1)
    if not loss.classifies and not slope_low == slope_high == 0:
        raise step.refuse("the slope of the loss at 0 is not seen to be 0")
    least = _simple_below(taylor_at_zero(loss, 2)[0])
    if least <= 0:
        raise step.refuse("the curvature of the loss at 0 is not seen to be positive")
    require_smooth_loss(step)
    return least


def _mirrored_units(step: Step) -> Conclusion:
    """a = (1, -1) and w_1 = w_2: every f_i and grad R vanish, Laplacian R grows as sigma'^2.

    The labels are 0 where phi'(0) = 0, else there is a sample (x, -1) beside (x, +1).  Then
    Laplacian R = 2 phi''(0) sigma'(t)^2 and (in the end) ||grad L||^2 = 2 lambda^2 t^2.
    """
    if not step.objective.symbolic:
        raise step.refuse("the problem is bound to data")
    steep = step.premise(2, Steep)
    _bend_at_zero(step)
    lambdas, witness = _above_zero(step), MirroredUnits(steep.power, steep.factor)
    if steep.power > 1:
        return Conclusion(Fails("V4", witness, Scope(lambdas, every_noise(step))))
    # Below it ||grad L||^2/s wins.
    critical = 1 / _bend_at_zero(step) * lam**2 / beta**2
    return Conclusion(
        Fails("V4", witness, Scope(lambdas, _from(step, critical))), define=((s_c, critical),)
    )


def _critical_of_cancelling(step: Step, least: Node) -> Node:
    """(g + lambda/least)^2/b where the l'_i at f_i = 0 have the root mean square g and l''_i = b.

    Half the square of the residual: g = sqrt(Y2), b = 1.  A loss of the margin: g = |phi'(0)| and
    b = phi''(0), of which bounds are taken.
    """
    loss = step.objective.loss
    if loss.square == 1:
        return (sqrt(Y2) + lam / least) ** 2
    if not loss.classifies:
        raise step.refuse("the slopes of the loss at f = 0 depend on the labels")
    require_smooth_loss(step)
    (low, high), _ = taylor_at_zero(loss, 1)
    bend = _simple_below(taylor_at_zero(loss, 2)[0])
    if bend <= 0:
        raise step.refuse("the curvature of the loss at 0 is not seen to be positive")
    slope = max(-low, high)
    if low != high:
        slope = round_up(slope, SHORT)
    root = Fraction(isqrt(bend.numerator), isqrt(bend.denominator))
    if root**2 == bend:
        return (number(slope / root) + number(1 / root) * lam / least) ** 2
    return (number(slope) + lam / least) ** 2 / number(bend)


def _cancelling_units(step: Step) -> Conclusion:
    """sigma = c z^2 and outer weights a > 0 > b: t u/sqrt(a) and t u/sqrt(-b) leave the net at 0,
    while Laplacian R grows like t^2.
    """
    a, b = _opposite_weights(step)
    defect, bend = step.premise(2, Enclosed), step.premise(3, Enclosed)
    quadratic = defect.quantity == "H" and defect.parameter == 2 and defect.hi == 0
    curved = bend.quantity == "M2" and bend.lo > 0
    top = step.constant(Lambda_S).lo
    if not quadratic or not curved or top is None or top <= 0:
        raise step.refuse("z sigma' = 2 sigma, sigma'' not zero and data not zero are needed")
    lambdas = _above_zero(step)
    least = number(min(a, -b)) * M2 * Lambda_S
    critical = _critical_of_cancelling(step, least)
    scope = Scope(lambdas, _from(step, critical))
    return Conclusion(Fails("V4", CancellingUnits(a, b), scope), define=((s_c, critical),))


REFUTATIONS: tuple[Rule, ...] = (
    Rule(
        name="kink on an instance",
        about="objective",
        premises=(NotSmooth,),
        conclusion=Fails,
        check=_kink_on_an_instance,
        reason=r"$L(W)=\ell(\sigma(W),y_1)+\frac\lambda2W^2$; by the chain rule the first "
        r"derivative that jumps is $\ell'\,\sigma^{(k)}$ and continuous terms.",
        lemma="refute_kink",
    ),
    Rule(
        name="kink of the loss",
        about="objective",
        premises=(NotSmooth,),
        conclusion=Fails,
        check=_kink_of_the_loss,
        reason=r"One unit moves along $w+tu$. By the chain rule the derivative of $L$ of "
        r"order $k$ jumps by $\frac{aJ}n\sum\ell_i'\langle "
        r"u,x_i\rangle^k\operatorname{sign}\langle u,x_i\rangle$, the sum over the "
        r"samples at the kink, where $\sigma^{(k)}$ jumps by $J\ne0$ and the lower "
        r"derivatives are continuous; that sum is enclosed away from $0$.",
        proposal=KinkLineProposal,
        looks_at_rows=True,
    ),
    Rule(
        name="instance ray",
        about="objective",
        premises=(),
        conclusion=Fails,
        check=_instance_ray,
        reason=r"A ray orthogonal to the data along which $R$ is constant.",
        lemma="refute_instance",
    ),
    Rule(
        name="bounded risk",
        about="objective",
        premises=(Enclosed,),
        conclusion=Fails,
        check=_bounded_risk,
        reason=r"$R$ is bounded, so $L$ does not tend to $\infty$.",
        lemma="refute_bounded",
    ),
    Rule(
        name="null direction",
        about="objective",
        premises=(),
        conclusion=Fails,
        check=_null_direction,
        reason=r"$Xu=0$, so $R$ is constant along the ray.",
        proposal=DirectionProposal,
        lemma="refute_null",
        looks_at_rows=True,
    ),
    Rule(
        name="half-space ray",
        about="objective",
        premises=(Asymptote,),
        conclusion=Fails,
        check=_half_space_ray,
        reason=r"All $\langle u,x_i\rangle$ have one sign and $\sigma$ has a finite limit there.",
        proposal=DirectionProposal,
        lemma="refute_half",
        looks_at_rows=True,
    ),
    Rule(
        name="paired units",
        about="objective",
        premises=(Asymptote, Asymptote),
        conclusion=Fails,
        check=_paired_units,
        reason=r"Two units whose growing parts cancel.",
        lemma="refute_paired",
    ),
    Rule(
        name="escaping critical points",
        about="objective",
        premises=(Enclosed,),
        conclusion=Fails,
        check=_escaping_critical_points,
        reason=r"Critical points of $L$ escape to infinity, and there $-\Delta L\le0$.",
        proposal=SlopeProposal,
        lemma="refute_escaping",
    ),
    Rule(
        name="mirrored units",
        about="objective",
        premises=(Parameters, Smooth, Steep),
        conclusion=Fails,
        check=_mirrored_units,
        reason=r"Two equal units with outer weights $1$ and $-1$: $f=0$ and $\nabla R=0$, "
        r"while $\Delta R$ is a multiple of $\sigma'(t)^2$, in the end at least "
        r"$\|\nabla L\|^2/s=2\lambda^2t^2/s$.",
        lemma="refute_mirrored",
    ),
    Rule(
        name="cancelling units",
        about="objective",
        premises=(Parameters, Smooth, Enclosed, Enclosed),
        conclusion=Fails,
        check=_cancelling_units,
        reason=r"$z\sigma'=2\sigma$ and $\sigma\in C^2$ give $\sigma=cz^2$, $2|c|=M_2$. "
        r"Write $a_1>0>a_2$ for the two outer weights; their units cancel in $f$. "
        r"With "
        r"$S_k=\frac1n\sum_i\sigma'(\langle w_k,x_i\rangle)^2\|x_i\|^2\ge "
        r"M_2^2\Lambda_S^2\|w_k\|^2$ and $\ell'_i,\ell''_i$ at $f_i=0$: "
        r"$\Delta R=\sum_ka_k^2\ell''S_k$ up to a constant, and "
        r"$\|\nabla_{w_k}L\|\le|a_k|(\frac1n\sum_i\ell_i'^2)^{1/2}S_k^{1/2}+\lambda\|w_k\|$ "
        r"by Cauchy--Schwarz.",
        lemma="refute_cancelling",
    ),
)
