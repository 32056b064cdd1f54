"""A bound on a compact interval proved by cutting it into pieces.

Every piece is proved in balls as it is made; only the centres of tangents are guessed, and a wrong
one proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from flint import arb

from proofkit.kernel.univariate import balls
from proofkit.kernel.univariate.pieces import in_range, taylor
from proofkit.kernel.univariate.quantity import Piece, Quantity
from proofkit.kernel.univariate.rounding import decimal, dyadic
from proofkit.kernel.univariate.workspace import OpenError, Workspace

MAX_PIECES = 6000
NICE = 1000  # denominators of rational points worth trying
_LONGEST_STEP = 4000  # bits before or behind the point of a step that is still taken


class Violation(Exception):
    """A point at which g exceeds the bound that was to be proved."""

    def __init__(self, point: Fraction) -> None:
        super().__init__(str(point))
        self.point = point


def prove(
    w: Workspace, q: Quantity, bound: Fraction, a: Fraction, b: Fraction, most: int = MAX_PIECES
) -> list[Piece]:
    """A cover of [a, b] proving g <= bound; Violation or OpenError otherwise."""
    limit = balls.ball(bound)

    def below(x: arb) -> bool:
        return balls.at_most(x, bound)

    points: dict[Fraction, bool] = {}

    def point_below(x: Fraction) -> bool:
        if x not in points:
            g = w.series(q, balls.ball(x), 0)[0]
            if g > limit:
                raise Violation(x)
            points[x] = below(g)
        return points[x]

    done: list[Piece] = []
    stack = [(a, b)]
    smallest = max(abs(a), abs(b), Fraction(1)) / 2 ** (balls.ctx.prec // 2)
    count = 0
    while stack:
        left, right = stack.pop()
        count += 1
        if count % 64 == 0:
            w.check_time(f"{on_interval(left, right)} while bounding {q.name}")
        if count > most:
            raise OpenError(f"{q.name} {on_interval(left, right)}: more than {most} pieces")
        piece = _one(w, q, left, right, bound, below, point_below)
        if piece:
            done.append(piece)
            continue
        if right - left <= smallest:
            point_below((left + right) / 2)
            raise OpenError(f"{q.name} near z = {decimal(left, 12)} could not be bounded")
        middle = _split(left, right)
        stack += [(middle, right), (left, middle)]
    return done


def _one(
    w: Workspace,
    q: Quantity,
    left: Fraction,
    right: Fraction,
    bound: Fraction,
    below: Callable[[arb], bool],
    point_below: Callable[[Fraction], bool],
) -> Piece | None:
    if in_range(q, bound):
        return Piece(left, right, "range")
    x = balls.hull(left, right)
    g0, g1, g2 = w.series(q, x, 2)
    if below(g0):
        return Piece(left, right, "ball")
    middle = (left + right) / 2
    if right - left <= 1 + min(abs(left), abs(right)) and below(taylor(w, q, left, right)):
        return Piece(left, right, "taylor")
    if g1 >= 0:
        return Piece(left, right, "rising") if point_below(right) else None
    if g1 <= 0:
        return Piece(left, right, "falling") if point_below(left) else None
    if g2 <= 0:
        centre = Fraction(0)
        if not (left <= 0 <= right and w.series(q, arb(0), 1)[1] == 0):
            centre = refine(w, q, middle, left, right)
        if point_below(centre) and below(_tangent(w, q, left, right, centre)):
            return Piece(left, right, "concave", centre)
    else:
        point_below(middle)
    return None


def _tangent(w: Workspace, q: Quantity, a: Fraction, b: Fraction, centre: Fraction) -> arb:
    g0, g1 = w.series(q, balls.ball(centre), 1)
    return (g0 + g1 * balls.ball(a - centre)).max(g0 + g1 * balls.ball(b - centre))


def refine(
    w: Workspace, q: Quantity, x: Fraction, a: Fraction, b: Fraction, steps: int = 60
) -> Fraction:
    """A critical point of g near x by Newton's method, kept in [a, b]; untrusted.

    A rational of small denominator at which g' vanishes exactly is returned as it is, else a dyadic
    number.
    """
    bits = balls.ctx.prec
    last = None
    for _ in range(steps):
        _, g1, g2 = w.series(q, balls.ball(x), 2)
        if not (g2 != 0 and g1.is_finite() and g2.is_finite()):
            return x
        quotient = (g1 / g2).mid()
        if abs(int(quotient.man_exp()[1])) > _LONGEST_STEP:
            return x  # as a rational it would fill the memory, and lead nowhere
        step = balls.to_fraction(quotient)
        near = x.limit_denominator(NICE)
        if (
            near != x
            and abs(near - x) < Fraction(1, 2**20)
            and a <= near <= b
            and w.series(q, balls.ball(near), 1)[1] == 0
        ):
            return near
        new = min(max(x - step, a), b)
        new = dyadic(new, bits)
        if last is not None and abs(step) >= last and abs(step) < Fraction(1, 2 ** (bits // 4)):
            return new
        if new == x:
            return x
        x, last = new, abs(step)
    return x


def _split(left: Fraction, right: Fraction) -> Fraction:
    """Zero first, then geometric splits of far boxes, then midpoints."""
    if left < 0 < right:
        return Fraction(0)
    low, high = sorted((abs(left), abs(right)))
    if low == 0 and high > 8:
        m = _power_below(high)
    elif low and high > 8 * low:
        m = Fraction(2) ** ((_exponent(low) + _exponent(high)) // 2 + 1)
    else:
        return (left + right) / 2
    return m if left >= 0 else -m


def samples(a: Fraction, b: Fraction, uniform: int = 64) -> list[Fraction]:
    """Points of [a, b]: uniform, and on a logarithmic grid around zero."""
    out = {a, b}
    if b - a <= 2**16:
        out |= {a + (b - a) * i / uniform for i in range(1, uniform)}
    top = max(abs(a), abs(b))
    for e in range(-20, max(_exponent(top), 0) + 1):
        for m in (4, 5, 6, 7):
            x = Fraction(m, 4) * Fraction(2) ** e
            out |= {y for y in (x, -x) if a <= y <= b}
    if a <= 0 <= b:
        out.add(Fraction(0))
    return sorted(out)


def _exponent(x: Fraction) -> int:
    return x.numerator.bit_length() - x.denominator.bit_length()


def _power_below(x: Fraction) -> Fraction:
    """A power of two near the square root of x, at least 1."""
    return Fraction(2) ** max(_exponent(x) // 2, 0)


def on_interval(left: Fraction, right: Fraction) -> str:
    """How messages call an interval."""
    return f"on [{decimal(left, 6)}, {decimal(right, 6)}]"
