"""Polynomials in named constants, with whole exponents of either sign and rational coefficients.

Two formulas that have the same polynomial are equal wherever the constants that they divide by are
not 0.

>>> from proofkit.kernel.symbols import G, lam
>>> polynomial((lam - G) ** 2) == polynomial(lam**2 - 2 * lam * G + G**2)
True
>>> polynomial((lam - G) / lam) == polynomial(1 - G / lam)
True
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from proofkit.kernel.univariate.terms import ZERO, Node, num, to_text, walk

Monomial = tuple[tuple[str, int], ...]
"""The constants of a product with their exponents, none of them 0, in the order of the names."""
MAX_TERMS = 1000


class NotPolynomialError(ValueError):
    """A term is no polynomial of the kind here."""


@dataclass(frozen=True, slots=True)
class Polynomial:
    """A sum of rational multiples of different monomials, none of the multiples 0, in order."""

    terms: tuple[tuple[Monomial, Fraction], ...] = ()

    def __add__(self, other: Polynomial) -> Polynomial:
        return _collected((*self.terms, *other.terms))

    def __neg__(self) -> Polynomial:
        return Polynomial(tuple((monomial, -factor) for monomial, factor in self.terms))

    def __sub__(self, other: Polynomial) -> Polynomial:
        return self + -other

    def __mul__(self, other: Polynomial) -> Polynomial:
        if len(self.terms) * len(other.terms) > MAX_TERMS:
            raise NotPolynomialError("the polynomial has too many terms")
        return _collected(
            (_product(one, two), p * q) for one, p in self.terms for two, q in other.terms
        )

    def __pow__(self, exponent: int) -> Polynomial:
        if exponent < 0:
            return self.inverse() ** -exponent
        out = CONSTANT_ONE
        for _ in range(exponent):
            out = out * self
        return out

    def inverse(self) -> Polynomial:
        """1 over the polynomial, which is a single monomial; NotPolynomialError otherwise."""
        if len(self.terms) != 1:
            raise NotPolynomialError("a formula divides by a sum, or by 0")
        ((monomial, factor),) = self.terms
        return Polynomial(((tuple((name, -e) for name, e in monomial), 1 / factor),))

    def coefficients(self, variable: str) -> Mapping[int, Polynomial]:
        """The polynomials that the powers of a variable are multiplied with, by exponent."""
        parts: dict[int, list[tuple[Monomial, Fraction]]] = {}
        for monomial, factor in self.terms:
            exponent = dict(monomial).get(variable, 0)
            rest = tuple((name, e) for name, e in monomial if name != variable)
            parts.setdefault(exponent, []).append((rest, factor))
        return MappingProxyType({e: _collected(part) for e, part in parts.items()})


def _collected(products: Iterable[tuple[Monomial, Fraction]]) -> Polynomial:
    """The sum, with equal monomials drawn together."""
    total: dict[Monomial, Fraction] = {}
    for monomial, factor in products:
        total[monomial] = total.get(monomial, Fraction(0)) + factor
    return Polynomial(tuple(sorted((m, factor) for m, factor in total.items() if factor)))


def _product(one: Monomial, two: Monomial) -> Monomial:
    exponents = dict(one)
    for name, exponent in two:
        exponents[name] = exponents.get(name, 0) + exponent
    return tuple(sorted((name, e) for name, e in exponents.items() if e))


CONSTANT_ONE = Polynomial((((), Fraction(1)),))
_BINARY: Mapping[str, Callable[[Polynomial, Polynomial], Polynomial]] = MappingProxyType(
    {
        "add": Polynomial.__add__,
        "sub": Polynomial.__sub__,
        "mul": Polynomial.__mul__,
        "div": lambda one, two: one * two.inverse(),
    }
)


def polynomial(root: Node) -> Polynomial:
    """The polynomial that a term denotes; NotPolynomialError when it denotes none."""
    value: dict[Node, Polynomial] = {}
    for node in walk(root):
        value[node] = _operation(node, [value[a] for a in node.args])
    return value[root]


def _operation(node: Node, a: list[Polynomial]) -> Polynomial:
    match node.op:
        case "num":
            return _collected([((), node.rational)])
        case "name":
            return Polynomial(((((str(node.value), 1),), Fraction(1)),))
        case "neg":
            return -a[0]
        case "pow" if node.rational.denominator == 1:
            return a[0] ** node.rational.numerator
        case op if op in _BINARY:
            return _BINARY[op](a[0], a[1])
        case _:
            raise NotPolynomialError(f"{to_text(node)} is no polynomial in constants")


def term(given: Polynomial) -> Node:
    """The polynomial as a formula, its negative exponents as a division.

    >>> from proofkit.kernel.symbols import G, lam
    >>> to_text(term(polynomial((2 * lam - G) / lam)))
    '2 - G/lambda'
    """
    out = ZERO
    for monomial, factor in given.terms:
        size = _written(monomial, abs(factor))
        out = out + size if factor > 0 else out - size
    return out


def _written(monomial: Monomial, factor: Fraction) -> Node:
    top, bottom = num(factor), num(1)
    for name, exponent in monomial:
        power = Node("name", (), name) ** abs(exponent)
        if exponent > 0:
            top = top * power
        else:
            bottom = bottom * power
    return top / bottom
