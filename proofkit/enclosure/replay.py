"""Verification of a cover: every piece and tail is recomputed, nothing is searched.

This is what the kernel trusts; ``search`` only proposes.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from flint import arb

from proofkit.enclosure import balls, tail
from proofkit.enclosure.coef import Coef, TailError
from proofkit.enclosure.search import (
    Cover,
    OpenError,
    Piece,
    Quantity,
    Witness,
    Workspace,
    in_range,
    period_cover,
    tail_below,
    taylor,
    value_at_phase,
)


def verify_cover(
    q: Quantity,
    cover: Cover,
    left: Fraction | None,
    right: Fraction | None,
    w: Workspace | None = None,
) -> str:
    """'' when the cover proves g <= bound on [left, right] (None: infinite), else the reason it
    does not.

    ``w`` is a workspace of the tree that the cover is about: that of u -> sigma(scale u).
    """
    if cover.scale != 1:
        if cover.scale <= 0 or left is not None or right is not None:
            return "only the whole line can be rescaled, by a positive number"
        try:
            q, factor = q.rescaled(cover.scale)
        except (ValueError, ZeroDivisionError) as error:
            return f"the scale: {error}"
        cover = replace(cover, bound=cover.bound / factor, scale=Fraction(1))
    w = w or Workspace(q.root, 3)
    pieces = sorted(cover.pieces, key=lambda p: p.left)
    if not pieces:
        return "no pieces"
    for one, two in pairwise(pieces):
        if one.right != two.left:
            return f"a gap at {one.right}"
    if cover.bits > 20000:
        return "the working precision is too large"
    if (
        left is None
        and right is None
        and (period := period_cover(q)) is not None
        and pieces[-1].right - pieces[0].left >= period
    ):
        left, right = pieces[0].left, pieces[-1].right  # one period is enough
    open_ends = [end for end, limit in ((1, right), (-1, left)) if limit is None]
    with balls.precision(cover.bits):
        if any(p.rule == "constant" for p in pieces):
            return (
                ""
                if any(_constant_below(w, q, end, cover.bound) for end in open_ends)
                else "the rule 'constant' fails"
            )
        for edge, limit, end in ((pieces[0].left, left, -1), (pieces[-1].right, right, 1)):
            if limit is not None:
                if (edge > limit) if end < 0 else (edge < limit):
                    return f"the interval is not covered at {limit}"
            else:
                start = edge * end
                if start < 3:
                    return "a tail starts too early"
                try:
                    if not tail_below(w, w.tail(q, end, start), cover.bound):
                        return f"the tail beyond {edge} is not below the bound"
                except TailError as error:
                    return f"the tail beyond {edge}: {error}"
        for piece in pieces:
            if not _holds(w, q, piece, cover.bound):
                return f"the rule {piece.rule!r} fails on [{piece.left}, {piece.right}]"
    return ""


def _constant_below(w: Workspace, q: Quantity, end: int, bound: Fraction) -> bool:
    """True when g is exactly a constant c <= bound on a half-line, hence, being analytic,
    everywhere.
    """
    try:
        c = w.settled(q, end)[1].constant
    except (TailError, OpenError):
        return False
    return c is not None and (
        c.rational <= bound if c.is_rational else balls.at_most(c.ball, bound)
    )


def _holds(w: Workspace, q: Quantity, piece: Piece, bound: Fraction) -> bool:
    a, b = piece.left, piece.right
    if a > b:
        return False
    if piece.rule == "range":
        return in_range(q, bound)

    def below(x: arb) -> bool:
        return balls.at_most(x, bound)

    x = balls.hull(a, b)
    if piece.rule in ("rising", "falling"):
        g1 = w.series(q, x, 1)[1]
        return bool(g1 >= 0 if piece.rule == "rising" else g1 <= 0) and below(
            w.series(q, balls.ball(b if piece.rule == "rising" else a), 0)[0]
        )
    if piece.rule == "ball":
        return below(w.series(q, x, 0)[0])
    if piece.rule == "taylor":
        return below(taylor(w, q, a, b))
    if piece.rule == "concave":
        g2 = w.series(q, x, 2)[2]
        c = piece.centre
        if c is None or not a <= c <= b or not g2 <= 0:
            return False
        g0, g1 = w.series(q, balls.ball(c), 1)
        return below(g0 + g1 * balls.ball(a - c)) and below(g0 + g1 * balls.ball(b - c))
    return False


def verify_witness(
    q: Quantity,
    witness: Witness,
    lower: Fraction,
    w: Workspace | None = None,
    bits: int = 128,
    scale: Fraction = Fraction(1),
) -> str:
    """'' when the witness proves sup g >= lower, else the reason it does not; scale and ``w`` as of
    a cover.
    """
    if scale != 1:
        if scale <= 0:
            return "the scale is not positive"
        try:
            q, factor = q.rescaled(scale)
        except (ValueError, ZeroDivisionError) as error:
            return f"the scale: {error}"
        lower /= factor
        if (point := witness.attained_at) is not None:
            witness = replace(witness, point=point / scale)
    w = w or Workspace(q.root, 3)
    with balls.precision(bits):
        if witness.kind == "point" and witness.point is not None:
            g = w.series(q, balls.ball(witness.point), 0)[0]
            exact = g.is_exact() and balls.to_fraction(g) >= lower
            return (
                ""
                if exact or (g.is_finite() and balls.lower(g) >= lower)
                else "the point does not reach the lower bound"
            )
        if witness.kind == "limit":
            try:
                limit = w.settled(q, witness.end)[1].limit()
            except TailError as error:
                return str(error)
            if not isinstance(limit, Coef):
                return "" if limit == 1 else "the limit is -oo"
            if limit.is_rational:
                return "" if limit.rational >= lower else "the limit is below the lower bound"
            return "" if balls.lower(limit.ball) >= lower else "the limit is below the lower bound"
        if witness.kind in ("phase", "quarter"):
            swing = w.settled(q, witness.end)[1].oscillation()
            if swing is None or witness.point is None:
                return "there is no oscillation that settles"
            if witness.kind == "quarter":
                exact = tail.value_after(swing[0], int(witness.point))
                return (
                    ""
                    if exact is not None and exact.is_rational and exact.rational >= lower
                    else "the limit along that phase is below the lower bound"
                )
            value = value_at_phase(swing[0], witness.point)
            reached = value is not None and value.is_finite() and balls.lower(value) >= lower
            return "" if reached else "the limit along that phase is below the lower bound"
    return f"unknown witness {witness.kind!r}"
