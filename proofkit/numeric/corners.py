"""Where the slope of a function jumps, as that of |u| at 0 does and that of Huber's loss does not.

For the words of a run only: what is proved about kinks is proved in the kernel.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from flint import arb

from proofkit.kernel.univariate.balls import ball, precision
from proofkit.kernel.univariate.domain import smooth_pieces
from proofkit.kernel.univariate.terms import Node
from proofkit.numeric.reference import Reference

BITS = 256


def corners(root: Node) -> tuple[Fraction, ...]:
    """The points where two smooth pieces of a function meet with different slopes.

    An irrational one is given to some 30 digits.  Raises OpenError where the pieces are not found.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> corners(parse("Max(0, 1 - z)")), corners(parse("z^2/2 - Max(Abs(z) - 1, 0)^2/2"))
    ((Fraction(1, 1),), ())
    """
    found = []
    for one, two in pairwise(smooth_pieces(root)):
        if one.right is None or one.inner_right is None:
            continue
        near = ball(one.right).union(ball(one.inner_right))
        with precision(BITS, 2):
            left, right = (Reference(piece.root).series(near, 2)[1] for piece in (one, two))
        if _differ(left, right):
            found.append(one.inner_right)
    return tuple(found)


def _differ(x: arb, y: arb) -> bool:
    return bool(x < y) or bool(y < x)
