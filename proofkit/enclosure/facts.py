"""The facts of an activation: smoothness, range, M1, M2, M3, growth, Euler defect."""

from __future__ import annotations

import time
from dataclasses import dataclass
from fractions import Fraction

from proofkit.activation.ast import Node
from proofkit.enclosure import balls
from proofkit.enclosure.coef import TailError
from proofkit.enclosure.domain import Smoothness, SmoothPiece, check_domain, smooth_pieces, smoothness
from proofkit.enclosure.exact import with_exact_form
from proofkit.enclosure.recheck import recheck
from proofkit.enclosure.search import OpenError, Quantity, Supremum, Workspace, supremum

GROWTHS = ("bounded", "sublinear", "linear", "superlinear", "quadratic", "faster")


@dataclass(frozen=True)
class Part:
    """A one-sided bound on one smooth piece: the quantity and its supremum there."""

    quantity: Quantity
    left: Fraction | None
    right: Fraction | None
    supremum: Supremum


@dataclass(frozen=True)
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
    name: str, pieces: tuple[SmoothPiece, ...], spaces: list[Workspace], order: int, kappa: Fraction | None, signs: tuple[int, ...], digits: int
) -> Bound:
    parts: list[Part] = []
    for piece, w in zip(pieces, spaces, strict=True):
        for sign in signs:
            q = Quantity(piece.root, order, kappa, sign)
            found = with_exact_form(w, q, supremum(w, q, digits))
            recheck(q, piece.left, piece.right, found)
            if found.upper is None:
                return Bound(name, Fraction(0), None, found.at, None, found.how)
            parts.append(Part(q, piece.left, piece.right, found))
    best = max(parts, key=lambda p: (p.supremum.lower, p.supremum.exact is not None)).supremum
    upper = max(p.supremum.upper for p in parts if p.supremum.upper is not None)
    # Exact only when every part that may reach the maximum has that same exact form.
    rivals = [p.supremum for p in parts if p.supremum.upper is not None and p.supremum.upper >= best.lower]
    exact = best.exact if all(r.exact == best.exact for r in rivals) else None
    return Bound(name, best.lower, upper, best.at, exact, "", tuple(parts))


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
    exponent = mu.k if mu.i == 0 else None
    kinds = {Fraction(1): "linear", Fraction(2): "quadratic"}
    if mu.i == 0 and mu.k in kinds:
        return kinds[mu.k], exponent
    if mu.k < 1:
        return "sublinear", exponent
    return ("superlinear" if mu.k < 2 else "faster"), exponent


def derive_facts(root: Node, digits: int = 15, budget: float = 20.0) -> Facts:
    """All facts of sigma with relative width at most 10^-digits or so.

    ``budget`` (seconds) bounds the whole derivation; what is then open is named.
    Raises DomainError for an expression that is not real on all of R.
    """
    start = time.monotonic()
    deadline = start + budget
    unknown: list[str] = []
    check_domain_open(root, deadline, unknown)
    if unknown:
        return _nothing(root, unknown, start)
    try:
        pieces = smooth_pieces(root, deadline)
        smooth = smoothness(pieces)
    except OpenError as error:
        return _nothing(root, [str(error)], start)
    bits = max(128, int(digits * 3.4) + 80)
    spaces = [Workspace(p.root, 3, bits, deadline, p.left, p.right) for p in pieces]

    def attempt(name: str, order: int, signs: tuple[int, ...], kappa: Fraction | None = None) -> Bound | None:
        if kappa is None and order and smooth.order is not None and smooth.order < order - 1:
            at = smooth.at or Fraction(0)
            return Bound(name, Fraction(0), None, str(at), None, f"sigma{chr(39) * (order - 1)} jumps at z = {at}")
        try:
            return _over_pieces(name, pieces, spaces, order, kappa, signs, digits)
        except (OpenError, TailError) as error:
            unknown.append(f"{name}: {error}")
            return None

    sup = attempt("sup sigma", 0, (1,))
    inf = attempt("inf sigma", 0, (-1,))
    M = tuple(attempt(f"M{k}", k, (1, -1)) for k in (1, 2, 3))
    growth, euler, no_euler = None, None, ""
    try:
        with balls.precision(bits):
            left, right = growth_at(spaces[0], -1), growth_at(spaces[-1], 1)
        growth = (left[0], right[0])
        exponents = {e for kind, e in (left, right) if kind != "bounded"}
        kappa = exponents.pop() if len(exponents) == 1 else Fraction(0) if not exponents else None
        if kappa is None:
            no_euler = "sigma does not grow like one power of |z| at both ends"
        else:
            h = attempt("H", 1, (1, -1), kappa)
            if h is not None and not h.infinite:
                euler = Euler(kappa, h)
            elif h is not None:
                no_euler = f"z*sigma' - {kappa}*sigma is unbounded: {h.how}"
    except OpenError as error:
        unknown.append(f"growth: {error}")
    return Facts(root, smooth, inf, sup, M, euler, growth, tuple(unknown), time.monotonic() - start, no_euler)  # type: ignore[arg-type]


def check_domain_open(root: Node, deadline: float, unknown: list[str]) -> None:
    """check_domain, with what stays undecided appended to ``unknown``."""
    try:
        check_domain(root, deadline)
    except OpenError as error:
        unknown.append(f"domain: {error}")


def _nothing(root: Node, unknown: list[str], start: float) -> Facts:
    return Facts(root, None, None, None, (None, None, None), None, None, tuple(unknown), time.monotonic() - start)


__all__ = ["Bound", "Euler", "Facts", "Part", "derive_facts"]
