"""Truncated series in t, t -> oo: sum_j C_j t^(e_j) + O(t^order), with exact coefficients C_j.

The exponents are rational numbers.  A series is a statement about one function of t: it differs
from the sum by at most a constant times t^order for every large t; by nothing where ``order`` is
None.  No constant is needed for that, as only limits are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from proofkit.kernel.curves.constants import ONE, ZERO, Number, rational
from proofkit.kernel.refusal import KernelError

MOST_TERMS = 10
"""How many terms of a series are kept."""


@dataclass(frozen=True, slots=True)
class Series:
    """Terms (exponent, coefficient) with falling exponents and coefficients that are not 0.

    >>> t = monomial(1, 1)
    >>> str(t * t - t + of_order(Fraction(0)))
    '(1) t^2 + (-1) t^1 + O(t^0)'
    >>> str((t - t) * of_order(Fraction(3)))
    '0'
    """

    terms: tuple[tuple[Fraction, Number], ...]
    order: Fraction | None = None

    @property
    def vanishes(self) -> bool:
        """True when the function is exactly 0."""
        return not self.terms and self.order is None

    @property
    def size(self) -> Fraction | None:
        """e with f = O(t^e), the least that is seen; None for the function 0."""
        return self.terms[0][0] if self.terms else self.order

    def coefficient(self, exponent: Fraction) -> Number:
        """That of t^exponent; KernelError where the rest hides it."""
        if self.order is not None and self.order >= exponent:
            raise KernelError("a coefficient is hidden by the terms that were left out")
        return dict(self.terms).get(exponent, ZERO)

    def leading(self) -> tuple[Fraction, Number]:
        """The first term; KernelError where there is none."""
        if not self.terms:
            raise KernelError("there is no leading term")
        return self.terms[0]

    def __add__(self, other: Series) -> Series:
        terms = dict(self.terms)
        for exponent, number in other.terms:
            terms[exponent] = terms[exponent] + number if exponent in terms else number
        return series(terms, _larger(self.order, other.order))

    def __neg__(self) -> Series:
        return Series(tuple((exponent, -number) for exponent, number in self.terms), self.order)

    def __sub__(self, other: Series) -> Series:
        return self + (-other)

    def __mul__(self, other: Series) -> Series:
        if self.vanishes or other.vanishes:
            return NOTHING
        terms: dict[Fraction, Number] = {}
        for e, p in self.terms:
            for f, q in other.terms:
                product, exponent = p * q, e + f
                terms[exponent] = terms[exponent] + product if exponent in terms else product
        hidden = [
            one.order + two.size
            for one, two in ((self, other), (other, self))
            if one.order is not None and two.size is not None
        ]
        return series(terms, max(hidden, default=None))

    def scaled(self, number: Number) -> Series:
        """A constant times it."""
        if number.is_zero:
            return NOTHING
        return series({e: q * number for e, q in self.terms}, self.order)

    def times(self, factor: int | Fraction) -> Series:
        """A rational times it."""
        return self.scaled(rational(factor))

    def power(self, exponent: int) -> Series:
        """It to a whole power >= 0."""
        out = constant(ONE)
        for _ in range(exponent):
            out = out * self
        return out

    def __str__(self) -> str:
        parts = [f"({number}) t^{exponent}" for exponent, number in self.terms]
        if self.order is not None:
            parts.append(f"O(t^{self.order})")
        return " + ".join(parts) or "0"


def series(terms: Mapping[Fraction, Number], order: Fraction | None = None) -> Series:
    """The series with these terms; those that the rest hides, or beyond the first 10, are left out."""
    kept = sorted(
        ((e, q) for e, q in terms.items() if not q.is_zero and (order is None or e > order)),
        key=lambda term: -term[0],
    )
    if len(kept) > MOST_TERMS:
        order = _larger(order, kept[MOST_TERMS][0])
    return Series(tuple(kept[:MOST_TERMS]), order)


def _larger(a: Fraction | None, b: Fraction | None) -> Fraction | None:
    if a is None or b is None:
        return a if b is None else b
    return max(a, b)


def total(several: Iterable[Series]) -> Series:
    """The sum of some series."""
    out = NOTHING
    for one in several:
        out = out + one
    return out


def monomial(coefficient: int | Fraction, exponent: int | Fraction) -> Series:
    """c t^e."""
    return series({Fraction(exponent): rational(coefficient)})


def constant(number: Number) -> Series:
    """A function of t that is constant."""
    return series({Fraction(0): number})


def of_order(exponent: Fraction) -> Series:
    """A function of which only O(t^exponent) is known."""
    return Series((), exponent)


NOTHING = Series(())
