"""Bounds: polynomials in the norms of the trained blocks, with constants >= 0 as coefficients."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from proofkit.kernel.network.writing import in_order, product, squared
from proofkit.kernel.polynomial import Monomial
from proofkit.kernel.univariate.terms import ONE, ZERO, Node

Part = tuple[Monomial, Node]


@dataclass(frozen=True, slots=True)
class Bound:
    """A sum of c rho_1^e_1 ... rho_D^e_D, the c formulas in constants, none of them 0.

    It grows with each norm, so that a bound of a norm may be put in its place.

    >>> from proofkit.kernel.symbols import B_y, M1, r
    >>> bound = Bound.of(B_y) + Bound.norm(r).times(M1)
    >>> str(bound.constant), str(bound.slope(r)), str(bound.term())
    ('B_y', 'M1', 'B_y + M1*r')
    """

    parts: tuple[Part, ...] = ()

    @staticmethod
    def of(constant: Node) -> Bound:
        """A bound that depends on no norm."""
        return NOTHING if constant == ZERO else Bound((((), constant),))

    @staticmethod
    def norm(name: Node) -> Bound:
        """The norm of a block."""
        return Bound(((((str(name.value), 1),), ONE),))

    def __add__(self, other: Bound) -> Bound:
        if not (self.parts and other.parts):
            return self if self.parts else other
        return _collected((*self.parts, *other.parts))

    def __mul__(self, other: Bound) -> Bound:
        return _collected(
            (_merged(one, two), product(left, right))
            for one, left in self.parts
            for two, right in other.parts
        )

    def times(self, constant: Node) -> Bound:
        """Each coefficient times a constant, which is written behind it."""
        if constant == ZERO:
            return NOTHING
        return Bound(tuple((monomial, product(c, constant)) for monomial, c in self.parts))

    def led_by(self, constant: Node) -> Bound:
        """Each coefficient times a constant, which is written before it."""
        if constant == ZERO:
            return NOTHING
        return Bound(tuple((monomial, product(constant, c)) for monomial, c in self.parts))

    def square(self) -> Bound:
        """The square."""
        if len(self.parts) == 1:
            ((monomial, coefficient),) = self.parts
            return Bound(((_merged(monomial, monomial), squared(coefficient)),))
        return self * self

    def in_order(self, order: Sequence[Node]) -> Bound:
        """The same with the factors of each coefficient in an order (see ``writing.in_order``)."""
        return Bound(tuple((monomial, in_order(c, order)) for monomial, c in self.parts))

    @property
    def constant(self) -> Node:
        """The coefficient without a norm."""
        return dict(self.parts).get((), ZERO)

    def slope(self, norm: Node) -> Node:
        """The coefficient of a norm to the first power alone."""
        return dict(self.parts).get(((str(norm.value), 1),), ZERO)

    def coefficients(self, norm: Node, degree: int) -> tuple[Node, ...]:
        """Those of 1, the norm, ..., the norm^degree; ValueError where there are other monomials.

        >>> from proofkit.kernel.symbols import B_y, M1, r
        >>> [str(c) for c in (Bound.of(B_y) + Bound.norm(r).times(M1)).coefficients(r, 1)]
        ['B_y', 'M1']
        """
        name, given = str(norm.value), dict(self.parts)
        powers = [((name, exponent),) if exponent else () for exponent in range(degree + 1)]
        if not set(given) <= set(powers):
            raise ValueError(f"{self.term()} is no polynomial of degree {degree} in {name}")
        return tuple(given.get(power, ZERO) for power in powers)

    def term(self) -> Node:
        """The polynomial as one term, in the names of the norms."""
        total = ZERO
        for monomial, coefficient in self.parts:
            norms = (Node("name", (), name) ** exponent for name, exponent in monomial)
            total = total + product(coefficient, *norms)
        return total


NOTHING = Bound()


def _collected(parts: Iterable[Part]) -> Bound:
    """The sum, with equal monomials drawn together, in the order in which they come."""
    total: dict[Monomial, Node] = {}
    for monomial, coefficient in parts:
        total[monomial] = total.get(monomial, ZERO) + coefficient
    return Bound(tuple((monomial, c) for monomial, c in total.items() if c != ZERO))


def _merged(one: Monomial, two: Monomial) -> Monomial:
    exponents = dict(one)
    for name, exponent in two:
        exponents[name] = exponents.get(name, 0) + exponent
    return tuple(sorted(exponents.items()))
