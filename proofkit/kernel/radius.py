"""The radius beyond which a quadratic bound in r = ||W||_F stays above a level: the one rule.

From ||grad L||^2 >= alpha r^2 - beta r - gamma for r >= r_1 and Laplacian L <= A_2 r^2 + A r + B,

    ||grad L||^2/s - Laplacian L >= q(r) = (alpha/s - A_2) r^2 - (beta/s + A) r - (gamma/s + B),

which is at least M once r >= max(r_1, the larger root of q = M), provided that alpha > s A_2.  Of
r_1 there remains what is not visibly below that root.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from proofkit.kernel.formula import Environment, evaluate
from proofkit.kernel.polynomial import Monomial, NotPolynomialError, Polynomial, polynomial, term
from proofkit.kernel.symbols import G0, K_2, A, B, C, E, G, J, K, M, N, P, larger, r
from proofkit.kernel.univariate.terms import Node, num, to_text

NOT_NEGATIVE = frozenset(str(x.value) for x in (A, B, C, E, G, G0, J, K, K_2, M, N, P))
"""Constants >= 0 in every proof: levels, sizes, and bounds that are sums of products of norms and
of suprema of moduli."""


class RadiusError(ValueError):
    """That a radius is the right one, or that there is any, is not seen."""


@dataclass(frozen=True, slots=True)
class Growth:
    """||grad L||^2/s - Laplacian L >= ``bound`` for r >= ``start`` (None: for every r >= 0).

    ``bound`` is a polynomial of degree two in r.  ``root`` is the larger root of bound = M, of the
    form (u + sqrt(v))/w or sqrt(v)/w, as it is written on paper: it is verified.  ``positive`` are
    the constants that are > 0 by the hypotheses of the proof.
    """

    bound: Node
    start: Node | None
    root: Node
    positive: tuple[Node, ...]


def radius(growth: Growth, known: Environment) -> Node:
    """The radius r_0(M) of a bound: max(start, root), without what is visibly below the root.

    Raises RadiusError unless the root is that of the bound and the leading coefficient is > 0.

    >>> from proofkit.kernel.symbols import lam, s, sqrt
    >>> bound = (lam * r - G) ** 2 / s - K - lam * N
    >>> root = (G + sqrt(s * (K + lam * N + M))) / lam
    >>> to_text(radius(Growth(bound, G / lam, root, (lam, s)), {}))
    '(G + sqrt(s*(K + lambda*N + M)))/lambda'
    """
    signs = _Signs(frozenset(str(x.value) for x in growth.positive), known)
    try:
        quadratic = _quadratic(growth.bound)
        _require_root(quadratic, growth.root, signs)
        out = growth.root
        for part in () if growth.start is None else _parts(growth.start):
            if not _below_root(quadratic, part, signs):
                out = larger(part, out)
        return out
    except NotPolynomialError as error:
        raise RadiusError(str(error)) from None


@dataclass(frozen=True, slots=True)
class _Quadratic:
    """square r^2 + linear r + constant, which is q - M."""

    square: Polynomial
    linear: Polynomial
    constant: Polynomial


def _quadratic(bound: Node) -> _Quadratic:
    parts = polynomial(bound - M).coefficients(str(r.value))
    if not set(parts) <= {0, 1, 2}:
        raise RadiusError("the bound is no polynomial of degree two in r")
    zero = Polynomial()
    return _Quadratic(parts.get(2, zero), parts.get(1, zero), parts.get(0, zero))


@dataclass(frozen=True, slots=True)
class _Signs:
    """What is known of signs: the constants that are > 0, and the values of constants."""

    positive: frozenset[str]
    known: Environment

    def visibly_not_negative(self, given: Polynomial) -> bool:
        """True when a sum is seen to be >= 0 as every part of it is."""
        return all(factor > 0 and self._part_has_sign(m) for m, factor in given.terms)

    def visibly_not_positive(self, given: Polynomial) -> bool:
        """True when a sum is seen to be <= 0 as every part of it is."""
        return self.visibly_not_negative(-given)

    def is_not_negative(self, given: Polynomial) -> bool:
        """True when a sum is seen to be >= 0, by its parts or by the values of its constants."""
        return self.visibly_not_negative(given) or self._at_least(given) >= 0

    def is_positive(self, given: Polynomial) -> bool:
        """True when a sum is seen to be > 0, by its parts or by the values of its constants."""
        visible = self.visibly_not_negative(given) and any(
            all(name in self.positive for name, _ in monomial) for monomial, _ in given.terms
        )
        return visible or self._at_least(given) > 0

    def _part_has_sign(self, monomial: Monomial) -> bool:
        return all(
            name in self.positive or (exponent > 0 and name in NOT_NEGATIVE)
            for name, exponent in monomial
        )

    def _at_least(self, given: Polynomial) -> Fraction | int:
        """A lower bound of the value, -1 while a constant has none."""
        names = {name for monomial, _ in given.terms for name, _ in monomial}
        value = evaluate(term(given), self.known) if names <= set(self.known) else None
        return -1 if value is None else value[0]


def _require_root(q: _Quadratic, root: Node, signs: _Signs) -> None:
    """RadiusError unless the root is the larger one of q - M, with a positive leading coefficient.

    x = (u + sqrt(v))/w is a root where square (u^2 + v) + linear u w + constant w^2 = 0 and
    2 square u + linear w = 0; as u/w is then the vertex, it is the larger one for w > 0.
    """
    u, v, w = _parts_of_root(root)
    if not signs.is_positive(q.square):
        raise RadiusError(f"{to_text(term(q.square))} is not seen to be positive")
    if not (signs.is_positive(w) and signs.is_not_negative(v)):
        raise RadiusError(f"the signs in {to_text(root)} are not seen")
    two = polynomial(num(2))
    at_vertex = two * q.square * u + q.linear * w
    at_root = q.square * (u * u + v) + q.linear * u * w + q.constant * w * w
    if at_vertex.terms or at_root.terms:
        raise RadiusError(f"{to_text(root)} is not the root of the bound")


def _parts_of_root(root: Node) -> tuple[Polynomial, Polynomial, Polynomial]:
    """(u, v, w) of (u + sqrt(v))/w."""
    if root.op == "div":
        top, bottom = root.args
        if top.op == "add" and _is_square_root(top.args[1]):
            u, v = top.args
            return polynomial(u), polynomial(v.args[0]), polynomial(bottom)
        if _is_square_root(top):
            return Polynomial(), polynomial(top.args[0]), polynomial(bottom)
    raise RadiusError(f"{to_text(root)} is not of the form (u + sqrt(v))/w")


def _is_square_root(node: Node) -> bool:
    return node.op == "pow" and node.rational == Fraction(1, 2)


def _parts(start: Node) -> tuple[Node, ...]:
    """The numbers that a start is the largest of."""
    if start.op == "Max":
        return (*_parts(start.args[0]), *_parts(start.args[1]))
    return (start,)


def _below_root(q: _Quadratic, start: Node, signs: _Signs) -> bool:
    """True when start <= the larger root of q - M, as q - M is visibly <= 0 at the start.

    For start = sqrt(t) that is seen without the linear part where this is <= 0 itself.
    """
    if _is_square_root(start):
        t = polynomial(start.args[0])
        return signs.visibly_not_positive(q.linear) and signs.visibly_not_positive(
            q.square * t + q.constant
        )
    t = polynomial(start)
    return signs.visibly_not_positive(q.square * t * t + q.linear * t + q.constant)
