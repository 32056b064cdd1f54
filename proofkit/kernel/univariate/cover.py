"""Verification of a cover: every piece and tail is recomputed, nothing is searched.

An upper bound is a cover of the interval by pieces, each carrying the rule by which the bound
holds on it:

    ball       the ball of g over the piece lies below the bound
    range      the bound is visible in the expression: see ``in_range``
    taylor     Taylor's formula of degree 6 about the midpoint lies below the bound,
               with the last coefficient over the whole piece
    rising     g' >= 0, and g at the right end is below the bound
    falling    g' <= 0, and g at the left end is below the bound
    concave    g'' <= 0, and the tangent at the recorded centre is below the bound
    constant   the exact tail expansion of g is a constant below the bound,
               hence g is that constant (it is analytic)

and by tails [T, oo), (-oo, -T] bounded by ``proofkit.kernel.univariate.tail``.
A lower bound of the supremum is a point, or a limit at infinity.

This is what the kernel trusts; ``proofkit.search`` only proposes.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from flint import arb

from proofkit.kernel.univariate import balls, coefficients, tail, terms
from proofkit.kernel.univariate.bisection import Violation, prove
from proofkit.kernel.univariate.coefficients import Coef, TailError
from proofkit.kernel.univariate.periods import period_cover
from proofkit.kernel.univariate.pieces import in_range, taylor
from proofkit.kernel.univariate.quantity import Cover, Piece, Quantity, Witness
from proofkit.kernel.univariate.workspace import OpenError, Workspace

MAX_ARC_PIECES = 200


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
            # A limit is that of any half-line; one that the cover has needed is at hand.
            at_hand = w.at_hand(q, witness.end)
            if at_hand is not None and not _beside_limit(at_hand, lower):
                return ""
            return _beside_limit(w.settled(q, witness.end)[1], lower)
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


def _beside_limit(g: tail.Tail, lower: Fraction) -> str:
    """'' when g tends to a number that is seen to be at least ``lower``, or to oo; else the reason."""
    try:
        limit = g.limit()
    except TailError as error:
        return str(error)
    if not isinstance(limit, Coef):
        return "" if limit == 1 else "the limit is -oo"
    reached = limit.rational if limit.is_rational else balls.lower(limit.ball)
    return "" if reached >= lower else "the limit is below the lower bound"


def tail_below(w: Workspace, g: tail.Tail, bound: Fraction) -> bool:
    """True when the tail is proved to lie at or below the bound."""
    if (swing := g.oscillation()) is not None:
        return phase_below(w, *swing, bound)
    found = g.upper()
    if found is None:
        return False
    ball_, exact = found
    if exact is not None and exact.is_rational:
        return exact.rational <= bound
    return balls.at_most(ball_, bound)


def phase_below(w: Workspace, c: Coef, small: tail.Tail, bound: Fraction) -> bool:
    """True when c(phi) + small <= bound is proved for every phase, arc by arc."""
    q: Quantity | None = None
    space: Workspace | None = None
    for k, box in enumerate(c.boxes):
        nu, j = small.dominated(k)
        room = (
            balls.lower(j.hi.max(arb(0)) * -small.half.sup(nu))
            if not small.vanishes
            else Fraction(0)
        )
        if balls.at_most(box, bound + room):
            continue
        if q is None:
            node = c.node()
            if node is None:
                return False
            q = (
                Quantity(node.args[1], 0, None, -1)
                if node.op == "mul" and node.args[0] == terms.num(-1)
                else Quantity(node)
            )
            space = Workspace(q.root, 0, w.bits, w.deadline)
        assert space is not None
        around = coefficients.arc(k)
        try:
            prove(space, q, bound + room, balls.lower(around), balls.upper(around), MAX_ARC_PIECES)
        except (OpenError, Violation):
            return False
    return True


def value_at_phase(c: Coef, phi: Fraction) -> arb | None:
    """c(phi), for a coefficient with a tree."""
    node = c.node()
    return None if node is None else balls.Tape(node).series(balls.ball(phi), 1)[0]
