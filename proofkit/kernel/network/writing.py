"""Products of constants as they are written on paper: without inner brackets, each power once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from proofkit.kernel.univariate.terms import ONE, ZERO, Node

HALF = Fraction(1, 2)


def product(*factors: Node) -> Node:
    """The product from left to right, without the brackets around products in it.

    >>> from proofkit.kernel.symbols import a_1, M2, rho
    >>> str(product(rho, a_1 * M2))
    'rho*a_1*M2'
    """
    out = ONE
    for factor in factors:
        if out == ONE and _is_flat(factor):
            out = factor
            continue
        for part in _parts(factor):
            out = out * part
    return out


def _is_flat(factor: Node) -> bool:
    """True when no product in a product has brackets."""
    while factor.op == "mul":
        factor, right = factor.args
        if right.op == "mul":
            return False
    return True


def _parts(factor: Node) -> Iterator[Node]:
    """The factors of a product, from left to right."""
    if factor.op == "mul":
        for part in factor.args:
            yield from _parts(part)
    else:
        yield factor


def squared(factor: Node) -> Node:
    """The square of a constant >= 0, of a product factor by factor.

    >>> from proofkit.kernel.symbols import Lambda_S, M1, sqrt
    >>> str(squared(M1 * sqrt(Lambda_S)))
    'M1^2*Lambda_S'
    """
    bases = (_base(part) for part in _parts(factor))
    return product(*(base ** (2 * exponent) for base, exponent in bases))


def in_order(factor: Node, order: Sequence[Node]) -> Node:
    """The product again with each base once: first what is not in ``order``, then that, sums last.

    >>> from proofkit.kernel.symbols import B_x, M1, M2, a_1, a_2
    >>> str(in_order(M1 * B_x * a_1 * M2, (M1, M2, a_1, B_x)))
    'M1*M2*a_1*B_x'
    >>> str(in_order((a_1 + 1) * M1 * a_2 * M1, (M1, a_2)))
    'M1^2*a_2*(a_1 + 1)'
    """
    exponents: dict[Node, Fraction] = {}
    for part in _parts(factor):
        base, exponent = _base(part)
        exponents[base] = exponents.get(base, Fraction(0)) + exponent
    place = {base: position for position, base in enumerate(order)}

    def position(base: Node) -> int:
        return len(order) if base.op in ("add", "sub") else place.get(base, -1)

    ordered = sorted(exponents, key=position)
    return product(*(part for base in ordered for part in _powers(base, exponents[base])))


def _base(factor: Node) -> tuple[Node, Fraction]:
    """(b, e) with factor = b^e; a number is its own base."""
    return (factor.args[0], factor.rational) if factor.op == "pow" else (factor, Fraction(1))


def _powers(base: Node, exponent: Fraction) -> Iterator[Node]:
    """b^e as a whole power and, where e is no whole number, a square root."""
    whole = exponent.numerator // exponent.denominator
    if whole:
        yield base**whole
    if exponent != whole:
        yield base ** (exponent - whole)


def root(size: Node) -> Node:
    """The square root of a size, 1 for 1."""
    return ONE if size == ONE else size**HALF


def less(given: Node, difference: Node) -> Node:
    """given - difference, a difference p - q without its brackets.

    >>> from proofkit.kernel.symbols import S_hi, S_lo, y_max
    >>> str(less(y_max, S_lo - S_hi))
    'y_max - S_lo + S_hi'
    """
    if difference.op != "sub":
        return given - difference
    return given - difference.args[0] + difference.args[1]


def negative(difference: Node) -> Node:
    """-(p - q) as q - p, and -x for any other term.

    >>> from proofkit.kernel.symbols import S_hi, S_lo
    >>> str(negative(S_lo - S_hi))
    'S_hi - S_lo'
    """
    if difference.op != "sub":
        return ZERO - difference
    return difference.args[1] - difference.args[0]
