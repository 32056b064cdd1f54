r"""Kinks of the loss: how much a derivative of L jumps where the argument of phi passes one.

Let phi be C^(k-1) at a kink c with phi^(k)(c+) - phi^(k)(c-) = J, smooth on either side, and let g
be smooth with g(t*) = c and g'(t*) not 0.  Near t*, phi(g(t)) is P(g(t)) before t* and Q(g(t))
after, P and Q the smooth functions that phi is below and above c where g increases, the other way
round where it decreases.  By Faa di Bruno's formula the derivative of order k is phi^(k)(g) g'^k
and terms with lower derivatives of phi, which are continuous.  So it jumps by

    J g'^k for g' > 0,  -J g'^k for g' < 0,  which has the sign of J sign(g')^(k+1).

One unit moves, w(t) = w + t u with t in [start, end], the others stay.  The argument g_i of each
sample, y_i f_i or f_i - y_i, is a smooth function of t for a smooth sigma, constant where
<u, x_i> = 0.  On the segment each sample that moves is seen

- to stay away from every kink of phi, so that its loss is smooth; or
- to have g_i' of one sign, every kink c that g_i may meet there being of the same order k, and
  J sign(g_i')^(k+1) of the same sign for all these samples and kinks.

If g_i is below a kink at one end of the segment and above it at the other for one of the samples,
it passes it at some t* in between.  There the derivative of L of order k along the line jumps by
1/n times a sum of numbers of one sign, one for each sample that is at a kink at t*, that one among
them: L is not C^k.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from flint import arb

from proofkit.kernel.kinks import BITS, Line, NoJumpError, Unit
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.univariate import balls, terms
from proofkit.kernel.univariate.domain import (
    SmoothPiece,
    smooth_pieces,
    smoothness,
    switch_of,
    turn,
)
from proofkit.kernel.univariate.terms import Node
from proofkit.reading.table import Table


@dataclass(frozen=True, slots=True)
class PhiKink:
    """A kink of phi in [low, high], low = high where it is known exactly.

    phi is C^(order - 1) there and its derivative of that order jumps, upwards for ``sign`` = 1.
    """

    low: Fraction
    high: Fraction
    order: int
    sign: int
    near: str


@dataclass(frozen=True, slots=True)
class Kinks:
    """The kinks of phi strictly between ``left`` and ``right`` (None: infinite), ascending."""

    left: Fraction | None
    right: Fraction | None
    inside: tuple[PhiKink, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """One unit at w + t u for t in [start, end], the others at v (None when there are none)."""

    line: Line
    start: Fraction
    end: Fraction


@dataclass(frozen=True, slots=True)
class Crossing:
    """The kink of phi that a sample passes, and how many samples may meet one on the segment."""

    kink: PhiKink
    met: int


def kinks_of(phi: Node) -> Kinks:
    """The kinks of phi, on one period where it is periodic.

    Raises OpenError where pieces or the order of a jump are undecided, NoJumpError where the sign of
    a jump is.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> [(k.near, k.order, k.sign) for k in kinks_of(parse("Max(0, 1 - z)^2")).inside]
    [('1', 2, -1)]
    """
    left, right = turn(phi)
    pieces = smooth_pieces(phi, math.inf, left, right)
    found = (_kink_between(phi, one, two) for one, two in pairwise(pieces))
    return Kinks(left, right, tuple(kink for kink in found if kink is not None))


def _kink_between(phi: Node, one: SmoothPiece, two: SmoothPiece) -> PhiKink | None:
    """The kink where one piece passes into the next; None where phi is smooth there."""
    found = smoothness((one, two), phi)
    order, where = found.order, found.where
    if order is None:
        return None
    assert one.inner_right is not None and two.inner_left is not None, "they meet"
    with balls.precision(BITS, order + 2):
        here = balls.hull(one.inner_right, two.inner_left)
        above = balls.Tape(two.root).series(here, order + 2)[order + 1]
        jump = above - balls.Tape(one.root).series(here, order + 2)[order + 1]
    if not (jump > 0 or jump < 0):
        raise NoJumpError(f"the sign of the jump of the loss at {where} is not seen")
    return PhiKink(one.inner_right, two.inner_left, order + 1, 1 if jump > 0 else -1, where)


def stays_smooth(phi: Node, argument: arb) -> bool:
    """True when every Abs, Max and Min of phi is seen to keep its branch on a ball, so that phi is
    smooth around each of its points.
    """
    return all(bool(value > 0 or value < 0) for value in _switch_values(phi, argument))


def _switch_values(phi: Node, argument: arb) -> Iterator[arb]:
    for node in terms.walk(phi):
        if node.op in terms.KINKED:
            yield balls.Tape(switch_of(node)).series(argument, 1)[0]


# -- samples along a segment -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Mover:
    """What the argument of a sample is made of; ``sigma`` is smooth."""

    sigma: balls.Tape
    loss: Loss
    table: Table
    unit: Unit
    line: Line

    def slope(self, i: int) -> Fraction:
        """<u, x_i>."""
        return self._product(self.line.u, i)

    def argument(self, i: int, start: Fraction, end: Fraction) -> tuple[arb, arb]:
        """The argument of phi of a sample for t in [start, end], and its derivative in t."""
        slope, at = self.slope(i), self._product(self.line.w, i)
        along = self.sigma.series(balls.hull(at + start * slope, at + end * slope), 2)
        weight = balls.ball(self.unit.weight)
        f = weight * along[0]
        if self.line.v is not None:
            still = self.sigma.series(balls.ball(self._product(self.line.v, i)), 1)[0]
            f += balls.ball(self.unit.others) * still
        y = balls.ball(Fraction(self.table.labels[i], self.table.y_scale))
        moves = self.loss.inner_slope(y) * weight * along[1] * balls.ball(slope)
        return self.loss.argument(f, y), moves

    def _product(self, vector: Sequence[Fraction], i: int) -> Fraction:
        """<vector, x_i>."""
        row = self.table.rows[i]
        total = sum((p * q for p, q in zip(vector, row, strict=True) if p), Fraction(0))
        return total / self.table.x_scale


def crossing(
    sigma: Node,
    loss: Loss,
    kinks: Kinks,
    table: Table,
    unit: Unit,
    segment: Segment,
    sample: int,
) -> Crossing:
    """The kink of phi that a sample passes on a segment, where a derivative of L is seen to jump.

    ``sigma`` is a smooth term, ``kinks`` are those of phi.  Raises NoJumpError where the sample is
    not seen to pass one, or another sample is not seen to leave the jump as it is.
    """
    if not segment.start < segment.end or not 0 <= sample < table.n:
        raise NoJumpError("the segment is empty, or there is no such sample")
    mover = _Mover(balls.Tape(sigma), loss, table, unit, segment.line)
    with balls.precision(BITS):
        passed = _passed(mover, kinks, segment, sample)
        turns: set[tuple[int, int]] = set()
        met = 0
        for i in range(table.n):
            found = _turns_of(mover, kinks, segment, i)
            met += bool(found)
            turns |= found
    if len(turns) != 1:
        raise NoJumpError("kinks of different samples may cancel, or are of different orders")
    return Crossing(passed, met)


def _passed(mover: _Mover, kinks: Kinks, segment: Segment, i: int) -> PhiKink:
    """The one kink with the argument of a sample on different sides at the two ends."""
    first, _ = mover.argument(i, segment.start, segment.start)
    last, _ = mover.argument(i, segment.end, segment.end)
    passed = [kink for kink in kinks.inside if lies_between(kink, first, last)]
    if len(passed) != 1:
        raise NoJumpError("the sample is not seen to pass one kink of the loss")
    return passed[0]


def side_of(kink: PhiKink, argument: arb) -> int:
    """-1 for a number below a kink, 1 for one above, 0 where that is not seen."""
    if argument < balls.ball(kink.low):
        return -1
    return 1 if argument > balls.ball(kink.high) else 0


def lies_between(kink: PhiKink, one: arb, other: arb) -> bool:
    """True when one number is below a kink and the other above."""
    return side_of(kink, one) * side_of(kink, other) == -1


def _turns_of(mover: _Mover, kinks: Kinks, segment: Segment, i: int) -> set[tuple[int, int]]:
    """(order, sign) of the jumps at the kinks that the argument of a sample may meet."""
    if mover.slope(i) == 0:
        return set()
    argument, moves = mover.argument(i, segment.start, segment.end)
    if not argument.is_finite():
        raise NoJumpError("the argument of the loss is not enclosed for some sample")
    if stays_smooth(mover.loss.phi, argument):
        return set()
    if not (moves > 0 or moves < 0):
        raise NoJumpError("a sample may be at a kink of the loss without passing it")
    if not _within(argument, kinks):
        raise NoJumpError("the kinks of the loss are not known where a sample may be")
    direction = 1 if moves > 0 else -1
    return {
        (kink.order, kink.sign * direction ** (kink.order + 1))
        for kink in kinks.inside
        if argument.overlaps(balls.hull(kink.low, kink.high))
    }


def _within(argument: arb, kinks: Kinks) -> bool:
    """True when a ball lies strictly where every kink of phi is listed."""
    beyond_left = kinks.left is None or argument > balls.ball(kinks.left)
    return bool(beyond_left and (kinks.right is None or argument < balls.ball(kinks.right)))


def argument_at(
    sigma: balls.Tape, loss: Loss, table: Table, unit: Unit, line: Line, sample: int, t: Fraction
) -> arb:
    """The argument of phi of a sample at w + t u, at the working precision."""
    return _Mover(sigma, loss, table, unit, line).argument(sample, t, t)[0]
