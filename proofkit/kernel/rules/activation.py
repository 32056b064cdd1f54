"""Rules about the activation alone: smoothness, suprema, behaviour at the ends."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

from proofkit.errors import DomainError
from proofkit.kernel import symbols
from proofkit.kernel.claims import (
    Asymptote,
    Enclosed,
    NearLine,
    NotSmooth,
    Smooth,
    Steep,
)
from proofkit.kernel.formula import DIGITS, Constant, Place
from proofkit.kernel.inference import Conclusion, Rule, Step
from proofkit.kernel.proposals import AsymptoteProposal, SteepProposal, SupremumProposal
from proofkit.kernel.suprema import (
    ORDERS,
    PARAMETERS,
    Interval,
    UnprovedError,
    enclosure,
    require_defined,
    require_form,
    require_reached,
    smooth_tree,
    verify_suprema,
)
from proofkit.kernel.univariate import balls, terms
from proofkit.kernel.univariate.coefficients import Coef, TailError
from proofkit.kernel.univariate.cover import tail_below
from proofkit.kernel.univariate.derivative import derivative
from proofkit.kernel.univariate.domain import (
    Smoothness,
    SmoothPiece,
    check_domain,
    smooth_pieces,
    smoothness,
    turn,
)
from proofkit.kernel.univariate.quantity import Quantity
from proofkit.kernel.univariate.rounding import decimal, round_down, round_up
from proofkit.kernel.univariate.terms import Node, num
from proofkit.kernel.univariate.workspace import OpenError, Workspace

BITS = 128
FIRST_START, HIGHEST_POWER = 3, 8
"""Where a tail may begin, and the largest power of |z| that sigma' is compared with."""

# -- smoothness ------------------------------------------------------------------------------------


def smoothness_of(step: Step) -> tuple[tuple[SmoothPiece, ...], Smoothness]:
    """The smooth pieces of sigma, and the order up to which it is continuously differentiable."""
    return smoothness_of_term(step, step.objective.sigma)


def smoothness_of_term(step: Step, root: Node) -> tuple[tuple[SmoothPiece, ...], Smoothness]:
    """The same for sigma or phi; KernelError where it is not seen to be a real number on all of R,
    or how smooth it is.
    """
    try:
        reach = turn(root)
        check_domain(root, math.inf, *reach)
        pieces = smooth_pieces(root, math.inf, *reach)
        return pieces, smoothness(pieces, root)
    except (DomainError, OpenError) as error:
        raise step.refuse(str(error)) from None


def require_real(step: Step) -> None:
    """KernelError unless sigma is a real number on all of R: else there is no L to speak of."""
    root = step.objective.sigma
    try:
        check_domain(root, math.inf, *turn(root))
    except (OpenError, DomainError) as error:
        raise step.refuse(str(error)) from None


def require_smooth(step: Step) -> None:
    """KernelError unless sigma is infinitely differentiable on R."""
    _, found = smoothness_of(step)
    if found.order is not None:
        raise step.refuse(f"sigma is only C^{found.order}, at z = {found.where}")


def require_smooth_loss(step: Step) -> None:
    """KernelError unless phi is infinitely differentiable on R."""
    _, found = smoothness_of_term(step, step.objective.loss.phi)
    if found.order is not None:
        letter = step.objective.loss.letter
        raise step.refuse(f"the loss is only C^{found.order}, at {letter} = {found.where}")


def _smooth(step: Step) -> Conclusion:
    require_smooth(step)
    return Conclusion(Smooth())


def _kink(step: Step) -> Conclusion:
    pieces, found = smoothness_of(step)
    if found.order is None or found.at is None:
        raise step.refuse("sigma is smooth")
    if is_exact(found.at, pieces):
        return Conclusion(NotSmooth(found.order, found.at, found.where))
    return Conclusion(NotSmooth(found.order, None, f"{decimal(found.at, 15)}..."))


def is_exact(kink: Fraction, pieces: tuple[SmoothPiece, ...]) -> bool:
    """True when two pieces meet at that very number; else it names an irrational kink near it."""
    return any(left.inner_right == right.inner_left == kink for left, right in pairwise(pieces))


# -- suprema ---------------------------------------------------------------------------------------


def enclosed(
    root: Node, given: SupremumProposal, name: str, interval: Interval | None = None
) -> tuple[Constant, Fraction, Fraction]:
    """The constant of that name that a proposal about a quantity of a function proves, and the ends
    of its enclosure: what the covers and the witnesses show, on R or an interval.

    Raises UnprovedError with what they do not show.
    """
    verify_suprema(root, given.quantity, given.parameter, given.sides, interval)
    require_reached(given.quantity, given.at, given.sides)
    lo, hi = enclosure(given.quantity, given.sides)
    exact = num(hi) if lo == hi else given.exact
    require_form(given.quantity, exact, lo, hi)
    return Constant(name, None, lo, hi, exact, given.at), lo, hi


def _supremum(step: Step) -> Conclusion:
    """A quantity of sigma."""
    given = step.proposed(SupremumProposal)
    name, parameter = given.quantity, given.parameter
    _require_parameter(step, name, parameter)
    try:
        found, lo, hi = enclosed(step.objective.sigma, given, name)
    except UnprovedError as unproved:
        raise step.refuse(str(unproved)) from None
    constants = [found]
    if parameter is not None:
        own = PARAMETERS[name]
        constants.insert(0, Constant(own, None, parameter, parameter, num(parameter)))
    claim = Enclosed(name, parameter, lo, hi, found.exact, given.at)
    return Conclusion(claim, constants=tuple(constants))


def _require_parameter(step: Step, name: str, parameter: Fraction | None) -> None:
    """KernelError unless the quantity is known and has its parameter, or none."""
    if name not in ORDERS:
        raise step.refuse(f"there is no quantity {name[:40]!r}")
    if name not in PARAMETERS:
        if parameter is not None:
            raise step.refuse(f"{name} has no parameter")
        return
    if parameter is None or (parameter < 0 and name != "S_alpha"):
        least = "" if name == "S_alpha" else " >= 0"
        raise step.refuse(f"{name} needs a rational {PARAMETERS[name]}{least}")


def slope_and_curvature(sigma: Node, factor: Fraction) -> Node:
    """sigma'^2 + sigma''^2/(4 c), for c > 0.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> str(slope_and_curvature(parse("z^2/2"), Fraction(1)))
    'z^2 + 1/4'
    """
    slope = derivative(sigma)
    return slope**2 + derivative(slope) ** 2 / (4 * factor)


def _slope_and_curvature(step: Step) -> Conclusion:
    """The supremum of that function is T_c."""
    given = step.proposed(SupremumProposal)
    factor = given.parameter
    if given.quantity != "T_c" or factor is None or factor <= 0:
        raise step.refuse("the quantity is T_c, with a rational c > 0")
    require_smooth(step)
    inner = SupremumProposal("S_hi", None, given.sides, given.exact, given.at)
    root = slope_and_curvature(step.objective.sigma, factor)
    try:
        found, lo, hi = enclosed(root, inner, "T_c")
    except UnprovedError as unproved:
        raise step.refuse(str(unproved)) from None
    own = Constant("c_T", None, factor, factor, num(factor))
    claim = Enclosed("T_c", factor, lo, hi, found.exact, given.at)
    return Conclusion(claim, constants=(own, found))


def _value_at_zero(step: Step) -> Conclusion:
    try:
        root = smooth_tree(step.objective.sigma)
    except (UnprovedError, OpenError) as error:
        raise step.refuse(str(error)) from None
    with balls.precision(BITS):
        value = abs(balls.Tape(root).series(balls.ball(Fraction(0)), 1)[0])
        if not value.is_finite():
            raise step.refuse("sigma(0) is not seen to be a finite number")
        if value.is_exact():
            lo = hi = balls.to_fraction(value)
        else:
            lo = max(round_down(balls.lower(value), DIGITS), Fraction(0))
            hi = round_up(balls.upper(value), DIGITS)
    exact = num(lo) if lo == hi else None
    at = Place(terms.ZERO)
    return Conclusion(
        Enclosed("sigma0", None, lo, hi, exact, at),
        constants=(Constant("sigma0", None, lo, hi, exact, at),),
    )


# -- the ends --------------------------------------------------------------------------------------


def _asymptote(step: Step) -> Conclusion:
    given = step.proposed(AsymptoteProposal)
    if given.end not in (1, -1):
        raise step.refuse("the end is neither +1 nor -1")
    try:
        require_defined(step.objective.sigma)
        pieces = smooth_pieces(step.objective.sigma)
    except (UnprovedError, OpenError) as error:
        raise step.refuse(str(error)) from None
    outermost = pieces[-1 if given.end > 0 else 0]
    found = _limit_of(outermost.root, given.end, given.slope)
    if found is None:
        raise step.refuse("sigma minus the line has no finite limit there")
    return Conclusion(Asymptote(given.end, given.slope, *found))


def _limit_of(root: Node, end: int, slope: Fraction) -> tuple[Fraction, Fraction] | None:
    """An enclosure of lim (sigma - slope z) at the end; None where none is seen to be finite."""
    tree = terms.sub(root, terms.mul(num(slope), terms.Z)) if slope else root
    with balls.precision(BITS):
        try:
            _, tail = Workspace(tree, 0).settled(Quantity(tree), end)
            limit = tail.limit()
        except (OpenError, TailError):
            return None
        if not isinstance(limit, Coef) or not limit.ball.is_finite():
            return None
        low, high = balls.lower(limit.ball), balls.upper(limit.ball)
        return round_down(low, DIGITS), round_up(high, DIGITS)


def _steep(step: Step) -> Conclusion:
    given = step.proposed(SteepProposal)
    sensible = (
        given.end in (1, -1)
        and given.sign in (1, -1)
        and given.start >= FIRST_START
        and given.factor > 0
        and 1 <= given.power <= HIGHEST_POWER
    )
    if not sensible:
        raise step.refuse("the end, the sign, the start, the factor or the power has no sense")
    if not is_steep(step.objective.sigma, given):
        raise step.refuse("sigma' is not seen to grow like that")
    claim = Steep(given.end, given.sign, given.start, given.factor, given.power)
    return Conclusion(claim, define=((symbols.beta, num(given.factor)),))


def is_steep(root: Node, given: SteepProposal) -> bool:
    """True when sign sigma'(z) >= factor |z|^power is proved for every z beyond start at that end.

    sign sigma less a primitive of the right-hand side increases there.
    """
    exponent = Fraction(given.power + 1)
    try:
        factor = given.factor * given.end**given.power / exponent
        primitive = terms.mul(num(factor), terms.power(terms.Z, exponent))
        signed = root if given.sign > 0 else terms.neg(root)
        q = Quantity(terms.sub(signed, primitive), 1, None, -1)
        space = Workspace(q.root, 1)
        with balls.precision(space.bits):
            return tail_below(space, space.tail(q, given.end, given.start), Fraction(0))
    except (TailError, OpenError, ArithmeticError, NotImplementedError):  # the last: kinks
        return False


def _monotone_line(step: Step) -> Conclusion:
    alpha, fall = step.constant(symbols.alpha), step.constant(symbols.fall)
    step.constant(symbols.S_alpha)
    if alpha.lo is None or alpha.lo <= 0 or fall.hi is None or fall.hi > 0:
        raise step.refuse("alpha is not positive, or sigma' not seen to be nonnegative")
    return Conclusion(NearLine(falling=False))


ACTIVATION: tuple[Rule, ...] = (
    Rule(
        name="smooth",
        about="activation",
        premises=(),
        conclusion=Smooth,
        check=_smooth,
        reason=r"$\sigma$ is a composition of functions analytic on the ranges that occur; "
        r"hence $\sigma\in C^\infty(\mathbb R)$.",
        lemma="smooth_composition",
    ),
    Rule(
        name="kink",
        about="activation",
        premises=(),
        conclusion=NotSmooth,
        check=_kink,
        reason=r"One-sided derivatives of $\sigma$ differ, so $\sigma\notin C^\infty(\mathbb R)$.",
        lemma="jump_not_smooth",
    ),
    Rule(
        name="supremum",
        about="activation",
        premises=(),
        conclusion=Enclosed,
        check=_supremum,
        proposal=SupremumProposal,
        reason=r"The supremum is enclosed by a cover of a compact interval in ball "
        r"arithmetic and bounds on both tails.",
        lemma="cover_bound",
    ),
    Rule(
        name="slope and curvature",
        about="activation",
        premises=(),
        conclusion=Enclosed,
        check=_slope_and_curvature,
        reason=r"By a cover of $\mathbb R$. For $|\sigma'|^2+|\sigma''|^2/(4c_\sigma)\le T_\sigma$ and "
        r"all $u,v\ge0$, $u^2\sigma'^2+uv|\sigma''|\le "
        r"u^2\sigma'^2+\frac{u^2(\sigma'')^2}{4c_\sigma}+c_\sigma v^2\le "
        r"T_\sigma u^2+c_\sigma v^2$.",
        proposal=SupremumProposal,
    ),
    Rule(
        name="value at zero",
        about="activation",
        premises=(),
        conclusion=Enclosed,
        check=_value_at_zero,
        reason=r"$\sigma(0)$ is evaluated in ball arithmetic.",
        lemma="value_at_zero",
    ),
    Rule(
        name="asymptote",
        about="activation",
        premises=(),
        conclusion=Asymptote,
        check=_asymptote,
        proposal=AsymptoteProposal,
        reason=r"$\sigma(z)-cz$ has a finite limit.",
        lemma="asymptote",
    ),
    Rule(
        name="steep",
        about="activation",
        premises=(),
        conclusion=Steep,
        check=_steep,
        proposal=SteepProposal,
        reason=r"$|\sigma'|$ grows at least like $|z|$ at one end, by the expansion of "
        r"$\sigma'$ there.",
        lemma="steep",
    ),
    Rule(
        name="monotone line",
        about="activation",
        premises=(Enclosed, Enclosed),
        conclusion=NearLine,
        check=_monotone_line,
        reason=r"$\sigma$ is nondecreasing and stays close to a line of positive slope.",
        lemma="monotone_line",
    ),
)
