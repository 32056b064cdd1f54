"""The facts of an activation: smoothness, range, M1, M2, M3, growth, Euler defect."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from fractions import Fraction

from proofkit.activation.scaling import natural_scale
from proofkit.errors import DomainError, brief
from proofkit.kernel.univariate import balls, terms
from proofkit.kernel.univariate.coefficients import TailError
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
from proofkit.kernel.univariate.tail import TimeIsUp
from proofkit.kernel.univariate.terms import Node
from proofkit.kernel.univariate.workspace import OpenError, Workspace
from proofkit.search.exact import SECONDS, with_exact_form
from proofkit.search.second_opinion import Values, recheck
from proofkit.search.supremum import Supremum, rough_maximum, supremum, unscaled

GROWTHS = ("bounded", "sublinear", "linear", "superlinear", "quadratic", "faster")


@dataclass(frozen=True)
class Part:
    """A one-sided bound on one smooth piece: the quantity and its supremum there."""

    quantity: Quantity
    left: Fraction | None
    right: Fraction | None
    supremum: Supremum


@dataclass(frozen=True, repr=False)
class Bound:
    """An enclosure [lower, upper] of a supremum over R; ``upper`` None means +oo.

    ``parts`` hold, for every smooth piece and sign involved, the replayable proof.
    """

    name: str
    lower: Fraction
    upper: Fraction | None
    at: str
    exact: str | None
    how: str = ""
    parts: tuple[Part, ...] = ()

    def __repr__(self) -> str:
        if self.upper is None:
            return f"<Bound {self.name} = +oo>"
        low, high = (
            decimal(round_to(value, 6), 12)
            for round_to, value in ((round_down, self.lower), (round_up, self.upper))
        )
        exact = f" = {brief(self.exact, 40)}" if self.exact else ""
        return f"<Bound {self.name} in [{low}, {high}]{exact}>"

    @property
    def infinite(self) -> bool:
        """True when the quantity is unbounded."""
        return self.upper is None

    @property
    def relative_width(self) -> Fraction:
        """(upper - lower)/|upper|, zero for an exact or infinite value."""
        if self.upper is None or self.upper == self.lower:
            return Fraction(0)
        return (self.upper - self.lower) / max(abs(self.upper), abs(self.lower))

    def wider_than(self, width: Fraction) -> bool:
        """True when the enclosure is wider than ``width``, both relatively and absolutely."""
        return self.relative_width > width and (self.upper or 0) - self.lower > width


@dataclass(frozen=True)
class Euler:
    """kappa and H = sup |z sigma' - kappa sigma|."""

    kappa: Fraction
    H: Bound


@dataclass(frozen=True)
class Facts:
    """What is known of sigma; a quantity that stayed open is None and named in ``open``."""

    root: Node
    smooth: Smoothness | None
    inf: Bound | None
    sup: Bound | None
    M: tuple[Bound | None, Bound | None, Bound | None]
    euler: Euler | None
    growth: tuple[str, str] | None
    open: tuple[str, ...]
    seconds: float = 0.0
    no_euler: str = ""
    higher: tuple[
        tuple[int, Bound | None], ...
    ] = ()  # (k, sup |sigma^(k)|) for the orders k > 3 that were asked for
    # (point, lo, hi): where sigma has no value as written, and the limit taken as its value,
    # enclosed.
    holes: tuple[tuple[Fraction, Fraction, Fraction], ...] = ()

    @property
    def known(self) -> tuple[Bound, ...]:
        """The bounds that were found: inf, sup, M1, M2, M3, H, and those of higher derivatives."""
        every = (
            self.inf,
            self.sup,
            *self.M,
            self.euler.H if self.euler else None,
            *(b for _, b in self.higher),
        )
        return tuple(b for b in every if b is not None)

    @property
    def M1(self) -> Bound | None:
        """sup |sigma'|."""
        return self.M[0]

    @property
    def M2(self) -> Bound | None:
        """sup |sigma''|."""
        return self.M[1]

    @property
    def M3(self) -> Bound | None:
        """sup |sigma'''|."""
        return self.M[2]

    @property
    def bounded(self) -> bool:
        """True when sigma itself is bounded."""
        return bool(self.inf and self.sup and not self.inf.infinite and not self.sup.infinite)

    @property
    def absolute(self) -> Bound | None:
        """sup |sigma| from the range."""
        if not self.inf or not self.sup or not self.bounded:
            return None
        assert self.sup.upper is not None and self.inf.upper is not None
        high, low = self.sup, self.inf
        # inf is stored as sup(-sigma): see negate().
        best = high if high.lower + (high.upper or 0) >= low.lower + (low.upper or 0) else low
        lower = max(high.lower, low.lower, Fraction(0))
        upper = max(high.upper or Fraction(0), low.upper or Fraction(0), Fraction(0))
        return Bound("sup |sigma|", lower, upper, best.at, best.exact, "", high.parts + low.parts)


def _over_pieces(
    name: str,
    pieces: tuple[SmoothPiece, ...],
    spaces: list[Workspace],
    opinions: list[Values],
    order: int,
    kappa: Fraction | None,
    signs: tuple[int, ...],
    digits: int,
) -> Bound:
    parts: list[Part] = []
    stuck: Exception | None = None
    jobs = [
        (Quantity(piece.root, order, kappa, sign), piece, w, values)
        for piece, w, values in zip(pieces, spaces, opinions, strict=True)
        for sign in signs
    ]
    if len(jobs) > 1:
        # The largest first: the others then need only lie below it.
        jobs.sort(key=lambda job: -rough_maximum(job[2], job[0]))
    largest: Fraction | None = None
    for q, piece, w, values in jobs:
        try:
            found = _inside(w, q, piece, supremum(w, q, digits, largest), digits)
        except (OpenError, TailError, ArithmeticError) as error:
            stuck = stuck or error  # the other sign, or another piece, may show that it is infinite
            continue
        if found.upper is None:
            return Bound(name, Fraction(0), None, found.at, None, found.how)
        if stuck is None:
            recheck(q, piece.left, piece.right, found, w.deadline, values)
        largest = found.lower if largest is None else max(largest, found.lower)
        parts.append(Part(q, piece.left, piece.right, found))
    if stuck is not None:
        raise stuck
    return largest_of(name, parts)


def largest_of(name: str, parts: list[Part]) -> Bound:
    """The bound over all parts, which are suprema of one quantity with both signs or on several
    pieces.
    """
    leading = max(parts, key=lambda p: (p.supremum.lower, p.supremum.exact is not None))
    best = leading.supremum
    upper = max(p.supremum.upper for p in parts if p.supremum.upper is not None)
    # Exact only when every part that may reach the maximum has that same exact form.
    rivals = [
        p.supremum for p in parts if p.supremum.upper is not None and p.supremum.upper >= best.lower
    ]
    exact = best.exact if all(r.exact == best.exact for r in rivals) else None
    return Bound(name, best.lower, upper, _place(leading), exact, "", tuple(parts))


def _place(part: Part) -> str:
    """Where the supremum of a part is reached: a function constant on a piece reaches it on that
    piece only.
    """
    at, left, right = part.supremum.at, part.left, part.right
    if at != "every z" or (left is None and right is None):
        return at
    if left is None:
        return f"every z < {right}"
    return f"every z > {left}" if right is None else f"every z in ({left}, {right})"


def _with_exact_forms(
    bound: Bound | None, pieces: tuple[SmoothPiece, ...], spaces: list[Workspace], until: float
) -> Bound | None:
    """The bound with the exact forms of the parts that reach it, as far as the time allows."""
    if bound is None or not bound.parts:
        return bound
    parts = []
    for part in bound.parts:
        found = part.supremum
        for piece, w in zip(pieces, spaces, strict=True):
            if (
                (piece.left, piece.right, piece.root) == (part.left, part.right, part.quantity.root)
                and found.upper is not None
                and found.upper >= bound.lower
            ):
                exact = with_exact_form(w, part.quantity, found, until)
                at = exact.witness.attained_at if exact.witness is not None else None
                ends = (piece.inner_left, piece.inner_right)
                irrational = ends != (piece.left, piece.right)
                # At an irrational kink the piece is known up to some digits only, and so is what is
                # reached there.
                found = found if irrational and at in ends else exact
        parts.append(replace(part, supremum=found))
    return largest_of(bound.name, parts)


def _inside(
    w: Workspace, q: Quantity, piece: SmoothPiece, found: Supremum, digits: int
) -> Supremum:
    """The supremum over the piece itself, when it was taken over the slightly larger [left, right].

    The upper bound holds all the more; a witness outside is moved to the nearest point inside.
    """
    x = found.witness.attained_at if found.witness is not None else None
    if found.upper is None or found.witness is None or x is None:
        return found
    low, high = piece.inner_left, piece.inner_right
    inside = max(x, low) if low is not None else x
    inside = min(inside, high) if high is not None else inside
    if inside == x:
        return found
    with balls.precision(w.bits):
        value = w.series(q, balls.ball(inside), 0)[0]
    if not value.is_finite():
        raise OpenError(f"{q.name} at the kink near z = {decimal(x, 12)}")
    lower = min(round_down(balls.lower(value), digits + 3), found.upper)
    return replace(
        found, lower=lower, exact=None, witness=replace(found.witness, point=inside, value=lower)
    )


def growth_at(w: Workspace, end: int) -> tuple[str, Fraction | None]:
    """(kind of growth of sigma at the end, exponent kappa when sigma ~ c |z|^kappa)."""
    _, g = w.settled(Quantity(w.root), end)
    grow, _, _ = g.split()
    if not grow.terms and grow.rest is None:
        return "bounded", Fraction(0)
    lead = g.lead()
    if lead is None or lead[0].growth() <= 0:
        raise OpenError(f"the growth of sigma as z -> {'+' if end > 0 else '-'}oo")
    mu = lead[0]
    if mu.phi:
        return "faster", None
    if mu.k == 0:
        return "sublinear", Fraction(0)
    slow = mu.i or mu.j  # a power of a logarithm beside the power of z
    exponent = mu.k if not slow else None
    kinds = {Fraction(1): "linear", Fraction(2): "quadratic"}
    if not slow and mu.k in kinds:
        return kinds[mu.k], exponent
    if mu.k < 1:
        return "sublinear", exponent
    return ("superlinear" if mu.k < 2 else "faster"), exponent


def derive_facts(
    root: Node,
    digits: int = 15,
    budget: float = 20.0,
    left: Fraction | None = None,
    right: Fraction | None = None,
    exact: bool = True,
    orders: tuple[int, ...] = (),
) -> Facts:
    """All facts of sigma on [left, right] (None: infinite) with relative width at most 10^-digits
    or so.

    ``orders`` names derivatives beyond the third whose suprema are wanted too.
    ``exact`` False leaves out the search for exact forms (and SymPy with it).
    Continuity makes them the same on the open interval, whose ends are then approached.

    ``budget`` (seconds) bounds the whole derivation; what is then open is named.
    Raises DomainError for an expression that is not real on all of R.
    """
    if left is None and right is None and (scaled := _on_its_scale(root)) is not None:
        h, tree = scaled
        facts = _derive(tree, digits, budget, None, None, exact, orders)
        return _facts_unscaled(facts, root, h)
    return _derive(root, digits, budget, left, right, exact, orders)


def _on_its_scale(root: Node) -> tuple[Fraction, Node] | None:
    """(h, the tree of u -> sigma(h u)) where sigma bends on another scale than 1; None where it
    does not, or has kinks.
    """
    if any(n.op in terms.KINKED for n in terms.walk(root)):
        return None
    try:
        h = natural_scale(root)
        return None if h == 1 else (h, terms.rescaled(root, h))
    except (ValueError, ZeroDivisionError):
        return None  # a number would have too many digits


def _bound_unscaled(bound: Bound, root: Node, h: Fraction) -> Bound:
    """A bound of sigma from that of u -> sigma(h u)."""
    if bound.infinite:
        return replace(bound, how=f"it grows without bound as z -> {bound.at}")
    parts: list[Part] = []
    for part in bound.parts:
        q = Quantity(root, part.quantity.order, part.quantity.kappa, part.quantity.sign)
        parts.append(Part(q, None, None, unscaled(part.supremum, q, h)))
    return largest_of(bound.name, parts)


def _facts_unscaled(facts: Facts, root: Node, h: Fraction) -> Facts:
    """The facts of sigma from those of u -> sigma(h u)."""

    def bound(b: Bound | None) -> Bound | None:
        return None if b is None else _bound_unscaled(b, root, h)

    M1, M2, M3 = (bound(b) for b in facts.M)
    euler = facts.euler
    if euler is not None and (H := bound(euler.H)) is not None:
        euler = replace(euler, H=H)
    return replace(
        facts,
        root=root,
        inf=bound(facts.inf),
        sup=bound(facts.sup),
        M=(M1, M2, M3),
        euler=euler,
        higher=tuple((k, bound(b)) for k, b in facts.higher),
        open=tuple(f"{reason} (in u, with z = {h}*u)" for reason in facts.open),
    )


def bound_of(
    q: Quantity,
    signs: tuple[int, ...] = (1,),
    interval: tuple[Fraction, Fraction] | None = None,
    digits: int = 15,
    budget: float = 20.0,
    exact: bool = True,
) -> Bound:
    """The supremum of one quantity of a smooth function, over all signs given, on R or [lo, hi].

    ``digits``, ``budget`` and ``exact`` as of ``derive_facts``; the bound may be infinite.
    Raises OpenError with what is open.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> bound_of(Quantity(parse("z^2/2")), interval=(Fraction(-3), Fraction(2)))
    <Bound sigma in [4.5, 4.5] = 9/2>
    """
    deadline = time.monotonic() + budget
    bits = max(128, int(digits * 3.4) + 80)
    scaled = _on_its_scale(q.root) if interval is None else None
    root = q.root if scaled is None else scaled[1]
    left, right = (None, None) if interval is None else interval
    pieces = (SmoothPiece(left, right, root, left, right),)
    spaces = [Workspace(root, max(3, q.order), bits, deadline, left, right)]
    try:
        opinions = [Values(root)]
        bound = _over_pieces(q.name, pieces, spaces, opinions, q.order, q.kappa, signs, digits)
    except (TailError, TimeIsUp, ArithmeticError) as error:
        raise OpenError(f"{q.name}: {str(error) or 'the time budget ended'}") from None
    if exact:
        bound = _with_exact_forms(bound, pieces, spaces, time.monotonic() + SECONDS) or bound
    return bound if scaled is None else _bound_unscaled(bound, q.root, scaled[0])


def _derive(
    root: Node,
    digits: int,
    budget: float,
    left: Fraction | None,
    right: Fraction | None,
    exact: bool,
    orders: tuple[int, ...],
) -> Facts:
    if left is None and right is None and turn(root) != (None, None):
        try:
            facts = _derive(root, digits, budget, *turn(root), exact, orders)
        except DomainError as error:
            raise DomainError(
                str(error).replace("on all of the interval", "on all of R", 1)
            ) from None
        return replace(
            facts,
            growth=("bounded", "bounded"),
            euler=None,
            no_euler="sigma is periodic, so z*sigma' is unbounded unless sigma is constant",
        )
    start = time.monotonic()
    deadline = start + budget
    unknown: list[str] = []
    check_domain_open(root, deadline, unknown, left, right)
    if unknown:
        return _nothing(root, unknown, start)
    try:
        pieces = smooth_pieces(root, deadline, left, right)
        smooth = smoothness(pieces, root)
    except (OpenError, ArithmeticError) as error:
        return _nothing(root, [str(error)], start)
    bits = max(128, int(digits * 3.4) + 80)
    spaces = [Workspace(p.root, max((3, *orders)), bits, deadline, p.left, p.right) for p in pieces]
    opinions = [Values(p.root) for p in pieces]

    def attempt(
        name: str, order: int, signs: tuple[int, ...], kappa: Fraction | None = None
    ) -> Bound | None:
        if kappa is None and order and smooth.order is not None and smooth.order < order - 1:
            return Bound(
                name,
                Fraction(0),
                None,
                smooth.where,
                None,
                f"sigma{chr(39) * (order - 1)} jumps at z = {smooth.where}",
            )
        try:
            return _over_pieces(name, pieces, spaces, opinions, order, kappa, signs, digits)
        except (OpenError, TailError, TimeIsUp, ArithmeticError) as error:
            unknown.append(f"{name}: {str(error) or 'the time budget ended'}")
            return None

    sup = attempt("sup sigma", 0, (1,))
    inf = attempt("inf sigma", 0, (-1,))
    both = (1, -1)
    M = (attempt("M1", 1, both), attempt("M2", 2, both), attempt("M3", 3, both))
    higher = tuple((k, attempt(f"M{k}", k, (1, -1))) for k in orders)
    growth, euler, no_euler = None, None, ""
    try:
        with balls.precision(bits):
            reach = ((spaces[0], -1, left), (spaces[-1], 1, right))
            ends = [
                growth_at(w, end) if limit is None else ("bounded", Fraction(0))
                for w, end, limit in reach
            ]
        finite = left is not None and right is not None
        growth = None if finite else (ends[0][0], ends[1][0])
        exponents = {e for kind, e in ends if kind != "bounded"}
        kappa = exponents.pop() if len(exponents) == 1 else Fraction(0) if not exponents else None
        if finite:
            no_euler = "kappa is about infinity, and the interval is bounded"
        elif kappa is None:
            no_euler = "sigma does not grow like one power of |z| at both ends"
        else:
            h = attempt("H", 1, (1, -1), kappa)
            if h is not None and not h.infinite:
                euler = Euler(kappa, h)
            elif h is not None:
                no_euler = f"z*sigma' - {kappa}*sigma is unbounded: {h.how}"
    except (OpenError, ArithmeticError) as error:
        unknown.append(f"growth: {error}")
    if not exact:
        return Facts(
            root,
            smooth,
            inf,
            sup,
            M,
            euler,
            growth,
            tuple(unknown),
            time.monotonic() - start,
            no_euler,
            higher,
        )
    # SymPy's share comes last, so that it cannot take the time of the enclosures.
    until = time.monotonic() + SECONDS

    def with_form(b: Bound | None) -> Bound | None:
        return _with_exact_forms(b, pieces, spaces, until)

    # The higher derivatives last: theirs take longest, and are asked for least.
    sup, inf, M1, M2 = with_form(sup), with_form(inf), with_form(M[0]), with_form(M[1])
    if euler is not None and (h := with_form(euler.H)) is not None:
        euler = replace(euler, H=h)
    M = (M1, M2, with_form(M[2]))
    higher = tuple((k, with_form(b)) for k, b in higher)
    return Facts(
        root,
        smooth,
        inf,
        sup,
        M,
        euler,
        growth,
        tuple(unknown),
        time.monotonic() - start,
        no_euler,
        higher,
    )


def check_domain_open(
    root: Node, deadline: float, unknown: list[str], left: Fraction | None, right: Fraction | None
) -> None:
    """check_domain, with what stays undecided appended to ``unknown``."""
    try:
        check_domain(root, deadline, left, right)
    except (OpenError, ArithmeticError) as error:
        unknown.append(f"domain: {error}")


def _nothing(root: Node, unknown: list[str], start: float) -> Facts:
    return Facts(
        root,
        None,
        None,
        None,
        (None, None, None),
        None,
        None,
        tuple(unknown),
        time.monotonic() - start,
    )


__all__ = ["Bound", "Euler", "Facts", "Part", "bound_of", "derive_facts", "largest_of"]
