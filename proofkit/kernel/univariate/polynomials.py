"""Which terms are polynomials in z, exactly."""

from __future__ import annotations

from fractions import Fraction

from proofkit.kernel.univariate.terms import MAX_EXPONENT, Node, walk

Coefficients = tuple[Fraction, ...]
"""Those of 1, z, z^2, ...; the last is not 0, none for the polynomial 0."""


def coefficients(root: Node, degree: int) -> Coefficients | None:
    """The coefficients of a term that is visibly a polynomial of exactly this degree; None for any
    other term.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> coefficients(parse("(z - 1)^2/2"), 2)
    (Fraction(1, 2), Fraction(-1, 1), Fraction(1, 2))
    >>> coefficients(parse("z^4/4"), 2) is coefficients(parse("cosh(z)"), 2) is None
    True
    """
    found = polynomial(root)
    return found if found is not None and len(found) == degree + 1 else None


def polynomial(root: Node) -> Coefficients | None:
    """The coefficients of a term that is visibly a polynomial; None for any other term.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> polynomial(parse("z*(z + 1) - z^2"))
    (Fraction(0, 1), Fraction(1, 1))
    """
    found: dict[Node, Coefficients] = {}
    for node in walk(root):
        if any(operand not in found for operand in node.args):
            return None
        value = _of_operation(node, [found[operand] for operand in node.args])
        if value is None or len(value) > MAX_EXPONENT:
            return None
        found[node] = value
    return found[root]


def _of_operation(node: Node, a: list[Coefficients]) -> Coefficients | None:
    """The coefficients of one operation on polynomials; None where it makes no polynomial."""
    match node.op:
        case "num":
            return _trimmed((node.rational,))
        case "z":
            return (Fraction(0), Fraction(1))
        case "neg":
            return tuple(-c for c in a[0])
        case "add":
            return _sum(a[0], a[1], 1)
        case "sub":
            return _sum(a[0], a[1], -1)
        case "mul":
            return _product(a[0], a[1])
        case "div" if len(a[1]) == 1:
            return tuple(c / a[1][0] for c in a[0])
        case "pow" if node.rational.denominator == 1 and node.rational > 0:
            return _power(a[0], node.rational.numerator)
        case _:
            return None


def _trimmed(values: Coefficients) -> Coefficients:
    """Without zeros at the end."""
    length = len(values)
    while length and values[length - 1] == 0:
        length -= 1
    return values[:length]


def _sum(one: Coefficients, two: Coefficients, sign: int) -> Coefficients:
    """one + sign two."""
    size = max(len(one), len(two))
    zeros = (Fraction(0),) * size
    return _trimmed(
        tuple(p + sign * q for p, q in zip((*one, *zeros), (*two, *zeros), strict=False))[:size]
    )


def _product(one: Coefficients, two: Coefficients) -> Coefficients | None:
    """The product; None where its degree is too large."""
    if not one or not two:
        return ()
    if len(one) + len(two) > MAX_EXPONENT + 2:
        return None
    out = [Fraction(0)] * (len(one) + len(two) - 1)
    for i, p in enumerate(one):
        for j, q in enumerate(two):
            out[i + j] += p * q
    return _trimmed(tuple(out))


def _power(base: Coefficients, exponent: int) -> Coefficients | None:
    """base^exponent; None where its degree is too large."""
    out: Coefficients | None = (Fraction(1),)
    for _ in range(exponent):
        out = None if out is None else _product(out, base)
    return out
