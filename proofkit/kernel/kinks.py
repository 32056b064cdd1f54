"""Kinks of the loss on given data: how much a derivative of L along a line jumps.

Let sigma be C^(k-1) with sigma^(k)(c+) - sigma^(k)(c-) = J at the kink c, and move one unit only,
of outer weight a, along w + t u.  Where <w, x_i> = c, the derivative of order k of t -> sigma(<w +
t u, x_i>) at t = 0 jumps by <u, x_i>^k sign<u, x_i> J; for t < 0 the argument is on the other side.
By the chain rule the derivative of order k of the loss of sample i is l'_i times that of f_i and
terms with lower derivatives, which are continuous, where phi is smooth.  So that of L jumps by

    (a J/n) sum over <w, x_i> = c of l'_i <u, x_i>^k sign<u, x_i>,

provided that no other argument that moves (<u, x_i> not 0) is at a kink, and that phi is smooth at
the argument of every sample that moves.  The other units stay
where they are, and their kinks do not matter; the values of f_i are enclosed all the same only
where it is seen which branch sigma takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from flint import arb

from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.objective.data import Outer
from proofkit.kernel.univariate import balls, terms
from proofkit.kernel.univariate.coefficients import TailError
from proofkit.kernel.univariate.domain import SmoothPiece, switch_of
from proofkit.kernel.univariate.tail import exact_taylor
from proofkit.kernel.univariate.terms import Node
from proofkit.reading.table import Table

BITS = 192
LENGTH = 8  # of a power series, at least


class NoJumpError(Exception):
    """The derivative is not seen to jump; the message says why."""


@dataclass(frozen=True, slots=True)
class Kink:
    """sigma is C^(order - 1), its derivative of that order jumps at ``at``, where it passes from
    the smooth tree ``left`` to the smooth tree ``right``.
    """

    root: Node
    at: Fraction
    order: int
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Line:
    """One unit at w + t u, the others at v (None when there are none)."""

    w: tuple[Fraction, ...]
    u: tuple[Fraction, ...]
    v: tuple[Fraction, ...] | None


@dataclass(frozen=True, slots=True)
class Unit:
    """The outer weight of the unit that moves, and the sum of all others."""

    weight: Fraction
    others: Fraction


def unit_of(outer: Outer, sign: int) -> Unit | None:
    """The first unit whose outer weight has this sign; None when there is none."""
    weight = outer.first_positive if sign > 0 else outer.first_negative
    return None if weight is None else Unit(weight, outer.a_plus - outer.a_minus - weight)


def kink_at(root: Node, pieces: Sequence[SmoothPiece], at: Fraction, order: int) -> Kink:
    """The kink at an exactly known point, with lower derivatives that are seen to be continuous.

    Raises NoJumpError when the pieces do not meet exactly there, or where the derivatives of an
    order below ``order`` on the two sides are not seen to be the same numbers.
    """
    for one, two in pairwise(pieces):
        if {one.right, one.inner_right, two.left, two.inner_left} == {at}:
            kink = Kink(root, at, order, one.root, two.root)
            _require_lower_derivatives(kink)
            return kink
    raise NoJumpError("the place of the kink of sigma is not known exactly")


def _require_lower_derivatives(kink: Kink) -> None:
    """NoJumpError unless each derivative of an order below that of the kink is the same number."""
    if not (_agree_in_balls(kink) or _agree_exactly(kink)):
        raise NoJumpError("that the derivatives of lower order are continuous is not seen exactly")


def _agree_in_balls(kink: Kink) -> bool:
    """True when the balls of the lower derivatives on the two sides are the same exact numbers."""
    with balls.precision(BITS, max(LENGTH, kink.order + 1)):
        here = balls.ball(kink.at)
        left = balls.Tape(kink.left).series(here, kink.order)
        right = balls.Tape(kink.right).series(here, kink.order)
        differences = [left[k] - right[k] for k in range(kink.order)]
    return all(difference.is_zero() for difference in differences)


def _agree_exactly(kink: Kink) -> bool:
    """The same in exact arithmetic, where that reaches."""
    try:
        left = exact_taylor(kink.left, kink.at, kink.order)
        right = exact_taylor(kink.right, kink.at, kink.order)
    except (TailError, ArithmeticError, ValueError):
        return False
    return all((left[k] - right[k]).is_zero for k in range(kink.order))


def samples_that_jump(kink: Kink, loss: Loss, table: Table, unit: Unit, line: Line) -> int:
    """The number of samples at the kink, where the derivative of L is seen to jump.

    Raises NoJumpError when some sample is not seen to be at the kink or away from every other, or
    when the sum over those at the kink may be 0.
    """
    total, met, tape = arb(0), 0, balls.Tape(loss.phi)
    line, kinked = _scaled(table, line), any(_switches(loss.phi))
    with balls.precision(BITS):
        for x, label in zip(table.rows, table.labels, strict=True):
            slope = _dot(line.u, x)
            if slope == 0:
                continue
            z = _dot(line.w, x)
            y = balls.ball(Fraction(label, table.y_scale))
            if z != kink.at:
                _require_smooth(kink.root, z)
                if kinked:
                    _require_smooth_loss(loss, _output(kink, unit, line, z, x), y)
                continue
            met += 1
            f = _output(kink, unit, line, z, x)
            jump = slope**kink.order * (1 if slope > 0 else -1)
            total += slope_of_loss(tape, loss, f, y) * balls.ball(jump)
    if not total.is_finite() or total.contains(0):
        raise NoJumpError("the residuals vanish, or kinks cancel")
    return met


def _output(kink: Kink, unit: Unit, line: Line, z: Fraction, x: Sequence[int]) -> arb:
    """f_i for a sample with the argument z in the unit that moves."""
    f = balls.ball(unit.weight) * _value(kink, z)
    if line.v is not None:
        f += balls.ball(unit.others) * _value(kink, _dot(line.v, x))
    return f


def _require_smooth_loss(loss: Loss, f: arb, y: arb) -> None:
    """NoJumpError unless every Abs, Max and Min of phi is seen to keep its branch around l(f, y)."""
    argument = loss.argument(f, y)
    for switch in _switches(loss.phi):
        value = balls.Tape(switch).series(argument, 1)[0]
        if not (value > 0 or value < 0):
            raise NoJumpError("a sample is at a kink of the loss, or not seen to be away from it")


def _scaled(table: Table, line: Line) -> Line:
    """The line for the whole numbers of a table, whose features are these over one scale."""

    def over(vector: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
        return tuple(entry / table.x_scale for entry in vector)

    return Line(over(line.w), over(line.u), None if line.v is None else over(line.v))


def slope_of_loss(tape: balls.Tape, loss: Loss, f: arb, y: arb) -> arb:
    """l'(f), by the tape of phi; not finite where phi is not seen to be smooth."""
    return tape.series(loss.argument(f, y), 2)[1] * loss.inner_slope(y)


def _dot(u: Sequence[Fraction], x: Sequence[int]) -> Fraction:
    return sum((p * q for p, q in zip(u, x, strict=True) if p), Fraction(0))


def _switches(root: Node) -> Iterator[Node]:
    return (switch_of(n) for n in terms.walk(root) if n.op in terms.KINKED)


def _require_smooth(root: Node, z: Fraction) -> None:
    """NoJumpError unless every Abs, Max and Min of sigma is seen to keep its branch around z."""
    here = balls.ball(z)
    for switch in _switches(root):
        value = balls.Tape(switch).series(here, 1)[0]
        if not (value > 0 or value < 0):
            raise NoJumpError("another sample is at a kink, or not seen to be away from it")


def _value(kink: Kink, z: Fraction) -> arb:
    """sigma(z); NoJumpError where z may be at another kink."""
    if z == kink.at:
        return balls.Tape(kink.right).series(balls.ball(z), 1)[0]
    _require_smooth(kink.root, z)
    return balls.Tape(kink.root).series(balls.ball(z), 1)[0]
