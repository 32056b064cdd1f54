"""Suprema over an interval, finite or not, with a proof that can be replayed.

An upper bound is a cover of the interval by pieces and tails, a lower bound of the supremum is a
point, or a limit at infinity: ``proofkit.kernel.univariate.cover`` says what they prove, and
verifies it. What is looked for here is a bound worth proving, and where it is reached.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from fractions import Fraction

from flint import arb

from proofkit.activation.scaling import natural_scale
from proofkit.errors import ParseError
from proofkit.kernel.univariate import balls, tail, terms
from proofkit.kernel.univariate.bisection import Violation, on_interval, prove, refine, samples
from proofkit.kernel.univariate.coefficients import Coef, TailError
from proofkit.kernel.univariate.cover import tail_below
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.periods import period_cover, periodicity
from proofkit.kernel.univariate.quantity import Cover, Piece, Quantity, Witness
from proofkit.kernel.univariate.rounding import decimal, dyadic, round_down, round_up
from proofkit.kernel.univariate.workspace import OpenError, Workspace, first_that

FARTHEST = Fraction(2) ** 40  # of a tail that begins farther out than it must


@dataclass(frozen=True)
class Supremum:
    """An enclosure of sup g; ``upper`` None means +oo."""

    lower: Fraction
    upper: Fraction | None
    at: str
    exact: str | None = None
    cover: Cover | None = None
    witness: Witness | None = None
    how: str = ""

    @property
    def infinite(self) -> bool:
        """True when g is unbounded above."""
        return self.upper is None


def best_point(w: Workspace, q: Quantity, a: Fraction, b: Fraction) -> tuple[Fraction, arb]:
    """A point at which g is (heuristically) largest on [a, b], with g there."""
    grid, mids = _on_grid(w, q, a, b)
    order = sorted(range(len(grid)), key=lambda i: -mids[i])[:6]
    best: tuple[Fraction, arb] | None = None
    tried: set[Fraction] = set()
    if a <= 0 <= b:  # where ties are named
        zero = w.series(q, arb(0), 0)[0]
        best = (Fraction(0), zero) if zero.is_finite() else None
        tried.add(Fraction(0))
    for i in order:
        inside = 0 < i < len(grid) - 1 and mids[i] >= mids[i - 1] and mids[i] >= mids[i + 1]
        candidates = [grid[i]]
        if inside:
            x = refine(w, q, grid[i], a, b)
            # A stationary point that is exactly rational is worth naming exactly.
            candidates += [x] + (
                [Fraction(0)] if abs(x) < Fraction(1, 2**40) and a <= 0 <= b else []
            )
        for x in candidates:
            if x in tried:
                continue
            tried.add(x)
            g = w.series(q, balls.ball(x), 0)[0]
            if g.is_finite() and (
                best is None or g.lower() > best[1].lower() or (x == 0 and g.overlaps(best[1]))
            ):
                best = (x, g)
    if best is None:
        raise OpenError(f"{q.name} could not be evaluated {on_interval(a, b)}")
    return best


def _on_grid(
    w: Workspace, q: Quantity, a: Fraction, b: Fraction
) -> tuple[list[Fraction], list[float]]:
    """Points of [a, b] with g there in floating point, -oo where it is not finite."""
    key = (q.root, q.order, q.kappa, a, b)
    if key not in w.glances:
        positive = replace(q, sign=1)
        grid = samples(a, b)
        with balls.precision(64):
            values = [w.series(positive, balls.ball(x), 0)[0] for x in grid]
        w.glances[key] = grid, [float(v.mid()) if v.is_finite() else None for v in values]
    grid, found = w.glances[key]
    return grid, [float("-inf") if v is None else q.sign * v for v in found]


def supremum(
    w: Workspace, q: Quantity, digits: int = 15, enough: Fraction | None = None
) -> Supremum:
    """An enclosure of sup g over the workspace's interval, with its proof.

    Where g stays clearly below ``enough``, any bound below that will do: the enclosure is then wide
    and cheap. Raises OpenError with the undecided part.
    """
    with balls.precision(w.bits):
        return _supremum(w, q, digits + 3, enough)


def supremum_on_its_scale(q: Quantity) -> Supremum:
    """An enclosure of sup g over R, looked for on the scale on which sigma bends.

    Raises OpenError with the undecided part.
    """
    try:
        h = natural_scale(q.root)
        scaled, _ = q.rescaled(h)
    except (ValueError, ZeroDivisionError):
        h, scaled = Fraction(1), q
    return unscaled(supremum(Workspace(scaled.root, 3), scaled), q, h)


def unscaled(found: Supremum, q: Quantity, h: Fraction) -> Supremum:
    """The supremum of g from that of the quantity of u -> sigma(h u)."""
    if h == 1:
        return found
    _, factor = q.rescaled(h)
    if found.upper is None:
        return replace(found, how=f"it grows without bound as z -> {found.at}")
    witness, cover = found.witness, found.cover
    if witness is not None:
        point = witness.attained_at
        witness = replace(
            witness,
            value=witness.value * factor,
            point=witness.point if point is None else point * h,
        )
    if cover is not None:
        cover = replace(cover, bound=cover.bound * factor, scale=cover.scale * h)
    return replace(
        found,
        lower=found.lower * factor,
        upper=found.upper * factor,
        at=_multiple_of(found.at, h, places=True),
        exact=None if found.exact is None else _multiple_of(found.exact, factor) or None,
        cover=cover,
        witness=witness,
    )


def _multiple_of(text: str, factor: Fraction, places: bool = False) -> str:
    """A constant times the factor, as text: a place (a decimal stays one; no place stays as it is),
    or an exact form ('' for none).
    """
    try:
        tree = parse(text)
        if places and tree.op == "num":
            return decimal(tree.rational * factor, 20)
        return terms.to_text(terms.multiple(factor, tree)) if tree.is_constant else text
    except (ParseError, ValueError, ZeroDivisionError):
        return text if places else ""


def rough_maximum(w: Workspace, q: Quantity) -> float:
    """The largest of a few values of g, in floating point: decides only what is looked at first."""
    low, high = (
        w.left if w.left is not None else min(Fraction(-8), (w.right or 0) - 8),
        w.right if w.right is not None else max(Fraction(8), (w.left or 0) + 8),
    )
    with balls.precision(53):
        values = [
            w.series(q, balls.ball(low + (high - low) * Fraction(i, 33)), 0)[0] for i in range(34)
        ]
    return max((float(v.mid()) for v in values if v.is_finite()), default=float("-inf"))


def _supremum(w: Workspace, q: Quantity, digits: int, enough: Fraction | None = None) -> Supremum:
    left, right = w.left, w.right
    if left is None and right is None and (how := _resonates(w, q)):
        return Supremum(Fraction(0), None, "oo", how=how)
    ends: list[tuple[int, Fraction, tail.Tail]] = []
    period = period_cover(q) if left is None and right is None else None
    if period is not None:
        # Off centre, so that the usual extrema of sines lie inside and not at the ends.
        left, right = -period * Fraction(7, 16), period * Fraction(9, 16)
    else:
        for end, limit in ((1, right), (-1, left)):
            if limit is None:
                start, g = w.settled(q, end)
                if (c := g.constant) is not None:
                    return _constant(c, left, right, end, digits)
                if how := _grows(w, q, end, start, g):
                    return Supremum(Fraction(0), None, "oo" if end > 0 else "-oo", how=how)
                ends.append((end, start, g))
    reach = max([Fraction(8), *(s for _, s, _ in ends)])
    a = left if left is not None else min(-reach, (right or Fraction(0)) - reach)
    b = right if right is not None else max(reach, (left or Fraction(0)) + reach)
    point, value = best_point(w, q, a, b)
    for attempt in range(40):
        w.check_time(f"while bounding {q.name}")
        bounds, witness, at = _candidates(w, q, ends, point, value, digits)
        if (
            attempt == 0
            and enough is not None
            and (coarse := _between(witness.value, enough)) is not None
        ):
            try:
                cover = _cover(w, q, coarse, left, right, ends)
                low = round_down(
                    witness.value - Fraction(1, 10**digits), digits
                )  # far from sharp, so that it holds whatever the rounding
                return Supremum(low, coarse, at[0], None, cover, replace(witness, value=low))
            except (Violation, OpenError):
                pass
        for bound in bounds:
            try:
                cover = _cover(w, q, bound, left, right, ends)
            except Violation as found:
                room = max(Fraction(1), abs(found.point))
                a2, b2 = found.point - room, found.point + room
                a2 = max(a2, left) if left is not None else a2
                b2 = min(b2, right) if right is not None else b2
                here = w.series(q, balls.ball(found.point), 0)[0]
                point, value = max(
                    (best_point(w, q, a2, b2), (found.point, here)), key=lambda t: balls.lower(t[1])
                )
                break
            except OpenError:
                if bound == bounds[-1] or time.monotonic() > w.deadline:
                    raise
                continue
            lower = witness.value
            exact = None
            if isinstance(at[1], Coef):
                exact = at[1]
            return Supremum(
                min(lower, bound),
                bound,
                at[0],
                str(exact) if exact is not None and "#" not in str(exact) else None,
                cover,
                witness,
            )
        else:
            raise OpenError(f"{q.name}: no bound could be proved")
    raise OpenError(f"{q.name}: the search for its largest value did not settle")


def _between(low: Fraction, high: Fraction) -> Fraction | None:
    """A short number strictly between, nearer to ``high``; None when they are too close for a
    coarse bound to be worth it.
    """
    if not low < high - abs(high) / 64:
        return None
    middle = round_down(low + (high - low) * Fraction(3, 4), 3)
    return middle if low < middle < high else None


def _constant(
    c: Coef, left: Fraction | None, right: Fraction | None, end: int, digits: int
) -> Supremum:
    """An analytic function that is constant on a half-line is constant."""
    zero = Fraction(0)
    low, high = (
        left if left is not None else min(right or zero, zero) - 8,
        right if right is not None else max(left or zero, zero) + 8,
    )
    lower, upper = (
        (c.rational, c.rational)
        if c.is_rational
        else (round_down(balls.lower(c.ball), digits), round_up(balls.upper(c.ball), digits))
    )
    cover = Cover(upper, left, right, (Piece(low, high, "constant"),), balls.ctx.prec)
    name = str(c)
    return Supremum(
        lower,
        upper,
        "every z",
        None if "#" in name else name,
        cover,
        Witness("limit", lower, None, end),
    )


def _resonates(w: Workspace, q: Quantity) -> str:
    """Why z sigma' - kappa sigma -> +oo along a period, for sigma = c z + p(z), p periodic; ''
    where it need not.

    There z sigma' - kappa sigma = z (sigma' - kappa c) + (bounded) when kappa = 1 or c = 0 = kappa.
    """
    if q.kappa is None or (found := periodicity(q.root)) is None:
        return ""
    c, period = found
    if q.kappa != 1 and not (q.kappa == 0 and c == 0):
        return ""
    slope = Quantity(q.root, 1, None, q.sign)
    for i in range(16):
        x = dyadic(period * i / 16, 20)
        if w.series(slope, balls.ball(x), 0)[0] - q.sign * balls.ball(q.kappa * c) > 0:
            limit = "-oo" if q.sign < 0 else "+oo"
            return f"{q.name} -> {limit} along z = {decimal(x, 6)} + k*period, k -> oo"
    return ""


def _grows(w: Workspace, q: Quantity, end: int, start: Fraction, g: tail.Tail) -> str:
    """A description of g -> +oo (or of an unbounded oscillation) at this end; empty when bounded
    above.
    """
    grow, _, _ = g.split()
    if not grow.terms and grow.rest is None:
        return ""
    side = "+oo" if end > 0 else "-oo"
    minus = "-" if q.sign < 0 else ""  # g is the tail of sign * quantity, and the words are not
    lead = g.lead()
    if lead and lead[0].growth() > 0 and not (lead[1].turns and lead[1].ball.contains(0)):
        if lead[1].sign() > 0:
            grown = tail.times(lead[1], _signed(lead[0], end))
            return f"{q.name} ~ {minus}{grown} as z -> {side}"
        return ""
    if (
        lead
        and lead[0].growth() > 0
        and lead[1].turns
        and (found := highest_phase(lead[1])) is not None
        and found[1] > 0
    ):
        c = decimal(balls.lower(found[1]), 6)
        return (
            f"{q.name} ~ {minus}c*{_signed(lead[0], end)} with c = {c}... whenever the oscillation "
            f"returns to one phase, z -> {side}"
        )
    raise OpenError(f"{q.name} as z -> {side}: an oscillation that may be unbounded")


def _signed(mu: tail.Mono, end: int) -> str:
    return str(mu) if end > 0 else str(mu).replace("z", "|z|")


FULL_TURN = Fraction(
    710, 113
)  # a little above 2 pi; any interval that contains a full turn would do


def highest_phase(c: Coef) -> tuple[Fraction, arb] | None:
    """(phi, c(phi)) at a phase where the coefficient is (heuristically) largest; None when it has
    no tree.
    """
    if (node := c.node()) is None:
        return None
    try:
        return best_point(Workspace(node, 0), Quantity(node), Fraction(0), FULL_TURN)
    except OpenError:
        return None


def _candidates(
    w: Workspace,
    q: Quantity,
    ends: list[tuple[int, Fraction, tail.Tail]],
    point: Fraction,
    value: arb,
    digits: int,
) -> tuple[list[Fraction], Witness, tuple[str, Coef | None]]:
    """Bounds worth proving (sharpest first), the witness from below, and where."""
    best: tuple[arb, Coef | None, Witness, str] = (
        value,
        None,
        Witness("point", round_down(balls.lower(value), digits), point),
        decimal(point, 20),
    )
    for end, _, g in ends:
        side = "oo" if end > 0 else "-oo"
        try:
            limit = g.limit()
        except TailError:
            swing = g.oscillation()
            if swing is None:
                continue
            if (found := highest_phase(swing[0])) is not None:
                phi, high = found
                if high.is_finite() and balls.lower(high) > balls.lower(best[0]):
                    best = (
                        high,
                        None,
                        Witness("phase", round_down(balls.lower(high), digits), phi, end),
                        f"z -> {side}",
                    )
            for quarters in range(4):
                exact = tail.value_after(swing[0], quarters)
                if (
                    exact is not None
                    and exact.is_rational
                    and best[1] is None
                    and not exact.ball < best[0]
                ):
                    best = (
                        exact.ball,
                        exact,
                        Witness("quarter", exact.rational, Fraction(quarters), end),
                        f"z -> {side}",
                    )
            continue
        same = (
            isinstance(limit, Coef)
            and limit.is_rational
            and value.is_exact()
            and limit.rational == balls.to_fraction(value)
        )
        if isinstance(limit, Coef) and not same and not limit.ball < best[0]:
            below = (
                limit.rational if limit.is_rational else round_down(balls.lower(limit.ball), digits)
            )
            best = (limit.ball, limit, Witness("limit", below, None, end), f"z -> {side}")
    ball_, coef_, witness, at = best
    bounds: list[Fraction] = []
    if coef_ is not None and coef_.is_rational:
        bounds.append(coef_.rational)
    elif ball_.is_exact() and balls.to_fraction(ball_).denominator < 2**40:
        bounds.append(balls.to_fraction(ball_))
        witness = Witness(witness.kind, bounds[0], witness.point, witness.end)
    top = balls.upper(ball_)
    nearby = _simple(top, digits)
    if nearby is not None and nearby not in bounds and nearby >= balls.lower(ball_):
        bounds.append(nearby)
    # One unit of the last place above: room for the tangent at an approximate maximum.  The wider
    # ones are the fall-back where a maximum is approached too slowly (sin(z) atan(z)).
    size = abs(top) if top else Fraction(1, 10**digits)
    bounds += [
        round_up(top + size / 10**k, min(k, digits)) for k in (digits, 9, 6, 3, 1) if k <= digits
    ]
    return bounds, witness, (at, coef_)


def _simple(x: Fraction, digits: int) -> Fraction | None:
    """A rational of small denominator within the tolerance of x: a bound worth trying to prove."""
    near = x.limit_denominator(1000)
    return near if abs(near - x) <= Fraction(1, 10 ** (digits - 1)) else None


def _cover(
    w: Workspace,
    q: Quantity,
    bound: Fraction,
    left: Fraction | None,
    right: Fraction | None,
    ends: list[tuple[int, Fraction, tail.Tail]],
) -> Cover:
    """g <= bound on the whole interval."""
    far = {end: _tail_start(w, q, end, first, bound) for end, first, _ in ends}
    try:
        return _cover_between(
            w, q, bound, left, right, {end: beyond for end, (_, beyond) in far.items()}
        )
    except OpenError:
        near = {end: start for end, (start, _) in far.items()}
        if all(start == beyond for start, beyond in far.values()) or time.monotonic() > w.deadline:
            raise
        return _cover_between(w, q, bound, left, right, near)


def _cover_between(
    w: Workspace,
    q: Quantity,
    bound: Fraction,
    left: Fraction | None,
    right: Fraction | None,
    cut: dict[int, Fraction],
) -> Cover:
    a = left if left is not None else -cut[-1]
    b = right if right is not None else cut[1]
    if left is not None and right is None and b <= left:
        b = left + 1
    if right is not None and left is None and a >= right:
        a = right - 1
    return Cover(
        bound,
        None if -1 in cut else left,
        None if 1 in cut else right,
        tuple(prove(w, q, bound, a, b)),
        balls.ctx.prec,
    )


def _tail_start(
    w: Workspace, q: Quantity, end: int, first: Fraction, bound: Fraction
) -> tuple[Fraction, Fraction]:
    """(the first start that works, one farther out that leaves room to spare).

    One start serves all quantities of an expression, so that whoever verifies them expands each end
    once; the room is for an arithmetic that is coarser than this one.
    """
    reason = "the tail stays above the bound"

    def works(start: Fraction) -> bool:
        nonlocal reason
        w.check_time(f"in the tail of {q.name} at {'+' if end > 0 else '-'}oo")
        try:
            return tail_below(w, w.tail(q, end, start), bound)
        except TailError as error:
            reason = str(error)
            return False

    start = first_that(works, first)
    if start is None:
        raise OpenError(f"{q.name} as z -> {'+' if end > 0 else '-'}oo: {reason}")
    shared = max(4 * start, w.beyond.get(end, Fraction(0)))
    if shared <= FARTHEST and works(shared):
        w.beyond[end] = shared
        return start, shared
    return start, start
