"""Facts on intervals at whose finite ends an expression has no value: 1/z on (0, 1], exp(-1/z) on
(0, oo).

Near such an end e the interval is that of t = 1/|z - e|, a half-line; the derivatives of sigma are
trees in z, taken at z = e + 1/t or e - 1/t.  So the end is a tail, for which bounds are proved as
for any other.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from proofkit.errors import DomainError, ParseError
from proofkit.kernel.univariate import balls, terms
from proofkit.kernel.univariate.coefficients import Coef, TailError
from proofkit.kernel.univariate.derivative import derivative
from proofkit.kernel.univariate.domain import (
    Smoothness,
    check_domain,
    smooth_pieces,
    zero_factors,
    zeros,
)
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.quantity import Quantity
from proofkit.kernel.univariate.rounding import decimal, round_down, round_up
from proofkit.kernel.univariate.tail import TimeIsUp
from proofkit.kernel.univariate.terms import Node
from proofkit.kernel.univariate.workspace import OpenError, Workspace
from proofkit.search.exact import SECONDS, with_exact_form
from proofkit.search.facts import Bound, Facts, Part, derive_facts, largest_of
from proofkit.search.identities import line_of
from proofkit.search.second_opinion import recheck
from proofkit.search.supremum import Supremum, supremum

NOTHING, VALUE, EVERYTHING = -1, 0, 10**6


@dataclass(frozen=True)
class End:
    """A finite end of the interval and the side on which the interval lies (+1: to its right)."""

    at: Fraction
    side: int
    reached: int = NOTHING  # up to which derivative sigma has its limit as a value there

    @property
    def approach(self) -> str:
        """How messages write it: z -> 0+."""
        return f"z -> {self.at}{'+' if self.side > 0 else '-'}"

    def point(self, t: Node) -> Node:
        """The tree of z = at + side/t."""
        step = terms.div(terms.ONE, t)
        return (terms.add if self.side > 0 else terms.sub)(terms.num(self.at), step)


def facts_on(
    root: Node,
    digits: int = 15,
    budget: float = 20.0,
    left: Fraction | None = None,
    right: Fraction | None = None,
    opened: tuple[Fraction, ...] = (),
    exact: bool = True,
    orders: tuple[int, ...] = (),
) -> Facts:
    """``derive_facts`` on an interval, also where sigma is singular at a finite end, or a line in
    disguise.

    ``opened`` are the finite ends that do not belong to the interval.  At an end that does, sigma
    must have a value (sqrt(z) at 0).  Raises DomainError for an expression that is not real on the
    interval.
    """
    interval = (left, right)
    line = line_of(root)
    if _is_real(root, left, right):
        facts = derive_facts(line or root, digits, budget, left, right, exact, orders)
        return replace(facts, root=root)
    singular = _singular_ends(root, left, right, opened)
    if singular:
        middle = _middle(left, right)
        return _facts(root, digits, budget, interval, singular, middle, exact, orders)
    holes = removable(root, left, right)
    if not holes:
        return derive_facts(root, digits, budget, left, right, exact, orders)
    if line is not None:
        facts = derive_facts(line, digits, budget, left, right, exact, orders)
        return replace(facts, root=root, holes=tuple((h.at, h.lo, h.hi) for h in holes))
    return _around(root, digits, budget, interval, holes, exact, orders)


def _singular_ends(
    root: Node, left: Fraction | None, right: Fraction | None, opened: tuple[Fraction, ...]
) -> list[End]:
    """The ends at which alone sigma is not real and smooth; none where that is not so, or sigma has
    kinks.
    """
    if (left is None and right is None) or any(n.op in terms.KINKED for n in terms.walk(root)):
        return []
    middle = _middle(left, right)
    singular = []
    for at, side in ((left, 1), (right, -1)):
        if at is None:
            continue
        end = End(at, side, NOTHING if at in opened else VALUE)
        if _is_real(root, *_segment(end, middle)):
            continue
        if (end.reached == VALUE and not _has_value(root, at)) or not _is_real_inside(
            root, end, middle
        ):
            return []
        singular.append(end)
    inner = _regular((left, right), singular, middle)
    return singular if inner is None or _is_real(root, *inner) else []


def _middle(left: Fraction | None, right: Fraction | None) -> Fraction:
    """A point inside the interval, of which at most one end is infinite."""
    if left is None:
        return Fraction(0) if right is None else right - 1
    return left + 1 if right is None else (left + right) / 2


def _segment(end: End, middle: Fraction) -> tuple[Fraction, Fraction]:
    return (end.at, middle) if end.side > 0 else (middle, end.at)


def _is_real(root: Node, left: Fraction | None, right: Fraction | None) -> bool:
    try:
        check_domain(root, left=left, right=right)
    except (DomainError, OpenError, ArithmeticError):
        return False
    return True


def _half(end: End, middle: Fraction) -> Fraction:
    """The t of the middle: the segment is t >= this."""
    return 1 / abs(middle - end.at)


def _is_real_inside(root: Node, end: End, middle: Fraction) -> bool:
    """True when sigma is real between the end, which is left out, and the middle."""
    return _is_real(_seen_from(root, end), _half(end, middle), None)


def _seen_from(root: Node, end: End) -> Node:
    """The tree of t -> root(at + side/t)."""
    return terms.substitute(root, {terms.Z: end.point(terms.Z)})


def _has_value(root: Node, x: Fraction) -> bool:
    """True when every node has a real value at a rational point; roots may be taken of an exact
    zero.
    """
    with balls.precision(256):
        for node in terms.walk(root):
            if node.op == "div":
                base, least = node.args[1], "nonzero"
            elif node.op == "log":
                base, least = node.args[0], "positive"
            elif node.op == "pow" and node.rational < 0:
                base = node.args[0]
                least = "nonzero" if node.rational.denominator == 1 else "positive"
            elif node.op == "pow" and node.rational.denominator != 1:
                if terms.value_at(node.args[0], x) == 0:
                    continue
                base, least = node.args[0], "positive"
            else:
                continue
            value = balls.Tape(base).series(balls.ball(x), 1)[0]
            if not (value > 0 or (least == "nonzero" and value < 0)):
                return False
    return True


def _facts(
    root: Node,
    digits: int,
    budget: float,
    interval: tuple[Fraction | None, Fraction | None],
    singular: list[End],
    middle: Fraction,
    exact: bool,
    orders: tuple[int, ...],
) -> Facts:
    """The facts from those of the regular part, if there is one, and of the singular ends."""
    start = time.monotonic()
    deadline = start + budget
    inner = _regular(interval, singular, middle)
    regular = None
    if inner is not None:
        regular = derive_facts(root, digits, budget, *inner, exact, orders)
    trees = _derivatives(root, max((3, *orders)))
    unknown = [] if regular is None else list(regular.open)

    def bound(name: str, order: int, signs: tuple[int, ...], known: Bound | None) -> Bound | None:
        if regular is not None and known is None:
            return None
        if order >= len(trees):
            unknown.append(f"{name}: the derivative is too large to be written")
            return None
        found = [] if known is None else [known]
        for end in singular:
            try:
                found.append(
                    _at_end(name, order, trees[order], end, middle, signs, digits, deadline, exact)
                )
            except (OpenError, TailError, TimeIsUp, ArithmeticError) as error:
                unknown.append(f"{name} as {end.approach}: {str(error) or 'the time budget ended'}")
                return None
        return _largest(name, found)

    of = regular
    # At an end that belongs to the interval only the value is known, and no derivative.
    at_end = any(end.reached == VALUE for end in singular)
    smooth = None if at_end else Smoothness(None) if of is None else of.smooth
    sup = bound("sup sigma", 0, (1,), of and of.sup)
    inf = bound("inf sigma", 0, (-1,), of and of.inf)
    both = (1, -1)
    M1, M2, M3 = (bound(f"M{k}", k, both, of and of.M[k - 1]) for k in (1, 2, 3))
    known = {} if of is None else dict(of.higher)
    higher = tuple((k, bound(f"M{k}", k, both, known.get(k))) for k in orders)
    return Facts(
        root,
        smooth,
        inf,
        sup,
        (M1, M2, M3),
        None,
        None if of is None else of.growth,
        tuple(unknown),
        time.monotonic() - start,
        "kappa is about infinity, and sigma has no value at an end of the interval",
        higher,
    )


# -- removable singularities -----------------------------------------------------------------------


@dataclass(frozen=True)
class Hole:
    """A point at which sigma has no value as written, and the limit that makes it analytic there,
    enclosed.
    """

    at: Fraction
    lo: Fraction
    hi: Fraction


def removable(root: Node, left: Fraction | None, right: Fraction | None) -> tuple[Hole, ...]:
    """The removable singularities in the interior, when there are no others; none where that is not
    proved.

    Near each point sigma is a quotient of analytic functions: no function of the grammar is applied
    to what is singular there, and logarithms and roots are taken of positive numbers.  So a finite
    limit from one side makes it analytic.  (z*log(z^2) and sqrt(1 - cos(z))/z have limits at 0+,
    and are not.)
    """
    divisors = [node for node in terms.walk(root) if _divisor(node) is not None]
    points = sorted({x for node in divisors for x in _zeros_of(node, left, right)})
    if not points or not _is_meromorphic(root):
        return ()
    holes = []
    for k, at in enumerate(points):
        if not _parts_are_analytic(root, at):
            return ()
        before = points[k - 1] if k else left
        after = points[k + 1] if k + 1 < len(points) else right
        for interval in ((before, at), (at, after)):
            if not _is_real_between(root, interval, points):
                return ()
        limit = _limit(root, End(at, 1), _middle(at, after))
        if limit is None:
            return ()
        holes.append(Hole(at, *limit))
    return tuple(holes)


def _divisor(node: Node) -> Node | None:
    """What must not vanish for a node to have a value."""
    if node.op == "div":
        return node.args[1]
    return node.args[0] if node.op == "pow" and node.rational < 0 else None


def _zeros_of(node: Node, left: Fraction | None, right: Fraction | None) -> list[Fraction]:
    """The rational zeros of a divisor inside the interval, as far as they are found."""
    divisor = _divisor(node)
    assert divisor is not None
    found = []
    for factor in zero_factors(divisor):
        try:
            for piece in smooth_pieces(factor, math.inf, left, right):
                found += [low for low, high in zeros(factor, piece, math.inf) if low == high]
        except (OpenError, DomainError, ArithmeticError):
            continue
    return found


def _is_meromorphic(root: Node) -> bool:
    """True when only arithmetic is applied to quotients whose divisor may vanish."""
    arithmetic = {"num", "pi", "z", "add", "sub", "neg", "mul", "div"}
    singular: set[Node] = set()
    for node in terms.walk(root):
        divisor = _divisor(node)
        inside = any(a in singular for a in node.args)
        whole_power = node.op == "pow" and node.rational.denominator == 1
        if inside and node.op not in arithmetic and not whole_power:
            return False
        if inside or (divisor is not None and not divisor.is_constant):
            singular.add(node)
    return not any(node.op in terms.KINKED for node in terms.walk(root))


def _parts_are_analytic(root: Node, at: Fraction) -> bool:
    """True when every logarithm and every root in the tree is taken of what is proved positive at a
    point.
    """
    with balls.precision(256):
        for node in terms.walk(root):
            if node.op == "log" or (node.op == "pow" and node.rational.denominator != 1):
                value = balls.Tape(node.args[0]).series(balls.ball(at), 1)[0]
                if not value > 0:
                    return False
    return True


def _is_real_between(
    root: Node, interval: tuple[Fraction | None, Fraction | None], points: Sequence[Fraction]
) -> bool:
    """True when sigma is real between two neighbours of ``points`` and the ends of the whole
    interval.
    """
    ends = _ends_at(interval, points)
    middle = _middle(*interval)
    inner = _regular(interval, ends, middle)
    return (inner is None or _is_real(root, *inner)) and all(
        _is_real_inside(root, end, middle) for end in ends
    )


def _ends_at(
    interval: tuple[Fraction | None, Fraction | None], points: Sequence[Fraction]
) -> list[End]:
    """The ends of an interval that are holes."""
    sides = zip(interval, (1, -1), strict=True)
    return [End(at, side, EVERYTHING) for at, side in sides if at is not None and at in points]


def _limit(root: Node, end: End, middle: Fraction) -> tuple[Fraction, Fraction] | None:
    """The finite limit at an end, enclosed; None when there is none, or it is not seen."""
    seen = _seen_from(root, end)
    w = Workspace(seen, 0, 128, math.inf, _half(end, middle), None)
    with balls.precision(128):
        try:
            _, tail = w.settled(Quantity(seen), 1)
            limit = tail.limit()
        except (OpenError, TailError, ArithmeticError):
            return None
        if not isinstance(limit, Coef):
            return None
        return round_down(balls.lower(limit.ball), 18), round_up(balls.upper(limit.ball), 18)


def _around(
    root: Node,
    digits: int,
    budget: float,
    interval: tuple[Fraction | None, Fraction | None],
    holes: tuple[Hole, ...],
    exact: bool,
    orders: tuple[int, ...],
) -> Facts:
    """The facts of sigma with its holes filled: by continuity those on the intervals between them."""
    points = [hole.at for hole in holes]
    cuts = [interval[0], *points, interval[1]]
    facts = []
    for between in pairwise(cuts):
        ends, middle = _ends_at(between, points), _middle(*between)
        facts.append(_facts(root, digits, budget / len(cuts), between, ends, middle, exact, orders))

    def whole(name: str, bounds: list[Bound | None]) -> Bound | None:
        found = [b for b in bounds if b is not None]
        return _largest(name, found) if len(found) == len(bounds) else None

    M = tuple(whole(f"M{k}", [f.M[k - 1] for f in facts]) for k in (1, 2, 3))
    higher = tuple((k, whole(f"M{k}", [dict(f.higher)[k] for f in facts])) for k in orders)
    return replace(
        facts[0],
        smooth=Smoothness(None),
        inf=whole("inf sigma", [f.inf for f in facts]),
        sup=whole("sup sigma", [f.sup for f in facts]),
        M=(M[0], M[1], M[2]),
        growth=None,
        open=tuple(dict.fromkeys(reason for f in facts for reason in f.open)),
        seconds=sum(f.seconds for f in facts),
        no_euler="kappa is not looked for where sigma has a hole",
        higher=higher,
        holes=tuple((h.at, h.lo, h.hi) for h in holes),
    )


def _derivatives(root: Node, order: int) -> list[Node]:
    """sigma, sigma', ... up to an order, or as far as they can be written."""
    trees = [root]
    try:
        while len(trees) <= order:
            trees.append(derivative(trees[-1]))
    except (ArithmeticError, ValueError):  # a number or an exponent out of range
        pass
    return trees


def _regular(
    interval: tuple[Fraction | None, Fraction | None], singular: list[End], middle: Fraction
) -> tuple[Fraction | None, Fraction | None] | None:
    """What is left when the segments between singular ends and the middle are taken away."""
    sides = {end.side for end in singular}
    if sides == {1, -1}:
        return None
    left, right = interval
    return (middle, right) if 1 in sides else (left, middle)


def _at_end(
    name: str,
    order: int,
    tree: Node,
    end: End,
    middle: Fraction,
    signs: tuple[int, ...],
    digits: int,
    deadline: float,
    exact: bool,
) -> Bound:
    """The bound on the segment between a singular end and the middle."""
    seen = _seen_from(tree, end)
    half = _half(end, middle)
    w = Workspace(seen, 3, max(128, int(digits * 3.4) + 80), deadline, half, None)
    parts = []
    for sign in signs:
        q = Quantity(seen, 0, None, sign)
        found = supremum(w, q, digits)
        if found.upper is None:
            return Bound(
                name,
                Fraction(0),
                None,
                end.approach,
                None,
                f"it grows without bound as {end.approach}",
            )
        recheck(q, half, None, found, deadline)
        if exact:
            found = with_exact_form(w, q, found, time.monotonic() + SECONDS)
        parts.append(Part(q, None, None, replace(found, at=_place(found, order, end))))
    return largest_of(name, parts)


def _place(found: Supremum, order: int, end: End) -> str:
    """Where in z a supremum over t is reached."""
    if found.at == "z -> oo":
        return str(end.at) if order <= end.reached else end.approach
    if found.at == "every z":
        return found.at
    try:
        point = end.point(parse(str(found.at)))
        return decimal(point.rational, 20) if point.op == "num" else terms.to_text(point)
    except (ParseError, ArithmeticError, ValueError):
        return f"t = {found.at}, where t = 1/|z - {end.at}|"


def _largest(name: str, bounds: list[Bound]) -> Bound:
    """The bound over all parts of the interval."""
    for b in bounds:
        if b.infinite:
            return b
    return largest_of(name, [part for b in bounds for part in b.parts])
