"""Smooth functions of a series: sigma(u(t)), sigma'(u(t)) and sigma''(u(t)) as t -> oo.

Where u tends to a number v, by Taylor's theorem at v; where u tends to an end of R, by the
expansion of the function at that end, which the tail arithmetic proves; where u only stays bounded,
the values stay bounded too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from proofkit.kernel.curves.constants import BITS, Number, named, of_coefficient, rational
from proofkit.kernel.curves.series import NOTHING, Series, constant, of_order, total
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.univariate import balls
from proofkit.kernel.univariate.coefficients import Coef, TailError
from proofkit.kernel.univariate.polynomials import Coefficients, polynomial
from proofkit.kernel.univariate.quantity import Quantity
from proofkit.kernel.univariate.tail import Mono, Tail, exact_taylor
from proofkit.kernel.univariate.terms import Node, to_text
from proofkit.kernel.univariate.workspace import OpenError, Workspace

REACH = Fraction(6)
"""A Taylor expansion goes on until its rest is O(t^-6)."""
FURTHEST = 8
"""The highest order of a Taylor expansion."""
FLAT = Fraction(-16)
"""What decays exponentially in z is O(|z|^-16)."""
HIGHEST = 8
"""The largest power of z at an end of R that is taken."""


def values(root: Node, u: Series, orders: int) -> list[Series]:
    """The derivatives of the orders 0, 1, ... below ``orders`` of a smooth function along u.

    Raises KernelError where u tends to infinity and no expansion there is known, or where it is not
    seen whether it does.

    >>> from proofkit.kernel.curves.series import monomial
    >>> from proofkit.kernel.univariate.parser import parse
    >>> str(values(parse("z^3"), monomial(2, -1), 2)[1])
    '(12) t^-2'
    """
    coefficients = polynomial(root)
    if coefficients is not None and len(coefficients) <= HIGHEST + 1:
        return [_of_polynomial(coefficients, u, order) for order in range(orders)]
    size = u.size
    if size is None or size <= 0:
        if u.order is not None and u.order >= 0:
            return [of_order(Fraction(0))] * orders
        return _near_a_point(root, u, orders)
    if not u.terms:
        raise KernelError("it is not seen where an argument tends to")
    return _at_an_end(root, u, orders)


def _of_polynomial(coefficients: Coefficients, u: Series, order: int) -> Series:
    """The derivative of that order of a polynomial, exactly."""
    out = NOTHING
    for k in range(len(coefficients) - 1, order - 1, -1):
        out = out * u + constant(rational(coefficients[k] * math.perm(k, order)))
    return out


def _near_a_point(root: Node, u: Series, orders: int) -> list[Series]:
    """By Taylor's theorem at the limit v of u."""
    limit = u.coefficient(Fraction(0))
    rest = u - constant(limit)
    if rest.vanishes:
        known = taylor(root, limit, orders)
        return [constant(known[k].scaled) for k in range(orders)]
    assert rest.size is not None and rest.size < 0, "what tends to 0"
    degree = min(FURTHEST, max(2, math.ceil(REACH / -rest.size)))
    known = taylor(root, limit, orders + degree)
    return [_horner(known, rest, k, degree) for k in range(orders)]


@dataclass(frozen=True, slots=True)
class Derivative:
    """The derivative of order ``order`` at a point."""

    order: int
    scaled: Number


def _horner(known: tuple[Derivative, ...], rest: Series, order: int, degree: int) -> Series:
    """sum over j <= degree of f^(order + j)(v) rest^j/j! + O(rest^(degree + 1))."""
    found: Series = NOTHING
    for j in range(degree, -1, -1):
        factor = known[order + j].scaled * rational(Fraction(1, math.factorial(j)))
        found = found * rest + constant(factor)
    assert rest.size is not None, "what is not 0"
    return found + of_order(rest.size * (degree + 1))


@lru_cache(maxsize=4096)
def taylor(root: Node, point: Number, length: int) -> tuple[Derivative, ...]:
    """The derivatives of the orders below ``length`` at a point, rational where exact arithmetic
    has them so.
    """
    with balls.precision(BITS, length + 1):
        at = point.rational
        exact = None if at is None else _exact(root, at, length - 1)
        if exact is not None:
            return tuple(
                Derivative(k, c * rational(math.factorial(k))) for k, c in enumerate(exact)
            )
        found = balls.Tape(root).series(point.ball(), length)
        label = to_text(root)
        return tuple(
            Derivative(k, named(f"D{k}[{label}]({point})", found[k] * math.factorial(k)))
            for k in range(length)
        )


def _exact(root: Node, at: Fraction, order: int) -> list[Number] | None:
    """The Taylor coefficients in exact arithmetic; None where that does not reach."""
    try:
        return [of_coefficient(c) for c in exact_taylor(root, at, order)]
    except (TailError, ArithmeticError, ValueError, KernelError):
        return None


# -- at an end of R --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Expansion:
    """sum of c |z|^k over ``terms`` (k, c), k whole and >= 0, + O(|z|^rest) as z tends to an end; exact
    where ``rest`` is None.
    """

    terms: tuple[tuple[int, Number], ...]
    rest: Fraction | None


def _at_an_end(root: Node, u: Series, orders: int) -> list[Series]:
    """By the expansion at the end that u tends to."""
    exponent, number = u.leading()
    end = number.sign()
    if end == 0:
        raise KernelError("it is not seen where an argument tends to")
    away = u if end > 0 else -u
    return [_of_expansion(expansion(root, end, k), away, exponent) for k in range(orders)]


def _of_expansion(found: Expansion, away: Series, exponent: Fraction) -> Series:
    """The expansion along |u|, |u| of the exact order t^exponent."""
    out = total(away.power(k).scaled(number) for k, number in found.terms)
    return out if found.rest is None else out + of_order(exponent * found.rest)


@lru_cache(maxsize=256)
def expansion(root: Node, end: int, order: int) -> Expansion:
    """The expansion of a derivative at the end +oo or -oo; KernelError where none is seen.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> expansion(parse("tanh(z)"), 1, 0).terms[0][0], str(expansion(parse("tanh(z)"), 1, 0).rest)
    (0, '-16')
    """
    with balls.precision(BITS):
        try:
            _, found = Workspace(root, order).settled(Quantity(root, order), end)
        except (OpenError, TailError) as error:
            raise KernelError(f"no expansion at infinity is seen: {error}") from None
        return _read(found)


def _read(found: Tail) -> Expansion:
    terms: list[tuple[int, Number]] = []
    hidden: list[Fraction] = []
    for mono, c in found.terms.items():
        power = _whole_power(mono, c)
        if power is None:
            hidden.append(_power_above(mono))
        else:
            terms.append((power, of_coefficient(c)))
    if found.rest is not None:
        hidden.append(_power_above(found.rest[0]))
    rest = max(hidden, default=None)
    kept = tuple((k, c) for k, c in terms if rest is None or k > rest)
    return Expansion(kept, rest)


def _whole_power(mono: Mono, c: Coef) -> int | None:
    """k where the monomial is t^k, 0 <= k <= 8, with a coefficient that does not oscillate."""
    plain = not mono.phi and not mono.i and not mono.j and not c.turns
    if plain and mono.k.denominator == 1 and 0 <= mono.k <= HIGHEST:
        return int(mono.k)
    return None


def _power_above(mono: Mono) -> Fraction:
    """k with mono = O(t^k); KernelError where it grows faster than every power."""
    if mono.phi:
        if mono.growth() > 0:
            raise KernelError("an activation or a loss grows exponentially along the curve")
        return FLAT
    if (mono.i, mono.j) > (Fraction(0), Fraction(0)):
        return mono.k + Fraction(1, 2)  # a power of a logarithm grows slower than every power of t
    return mono.k


# -- several outputs -------------------------------------------------------------------------------


def reciprocal(u: Series) -> Series:
    """1/u for a u that tends to a number other than 0."""
    limit = u.coefficient(Fraction(0))
    if u.size != 0:
        raise KernelError("a sum of exponentials does not tend to a number")
    inverse = limit.inverse()
    w = (u - constant(limit)).scaled(inverse)
    if w.vanishes:
        return constant(inverse)
    assert w.size is not None and w.size < 0, "what tends to 0"
    degree = min(FURTHEST, max(2, math.ceil(REACH / -w.size)))
    out = NOTHING
    for _ in range(degree + 1):
        out = constant(rational(1)) - out * w
    return (out + of_order(w.size * (degree + 1))).scaled(inverse)
