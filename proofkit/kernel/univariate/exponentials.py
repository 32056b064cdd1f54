"""Rational functions of exp(z), exactly: which of them are 0.

>>> from proofkit.kernel.univariate.parser import parse
>>> vanishes(parse("1/(1 + exp(z)) + 1/(1 + exp(-z)) - 1"))
True
>>> vanishes(parse("1/(1 + exp(z)) - 1/2"))
False
"""

from __future__ import annotations

from dataclasses import dataclass

from flint import fmpq, fmpq_poly

from proofkit.kernel.univariate.polynomials import coefficients
from proofkit.kernel.univariate.terms import Node, walk

MAX_DEGREE = 64


class NotRationalError(ValueError):
    """A term that is not visibly a rational function of exp(z)."""


@dataclass(frozen=True, slots=True)
class _Quotient:
    """above/below, two polynomials in E = exp(z), the second not 0."""

    above: fmpq_poly
    below: fmpq_poly


_ONE = fmpq_poly([1])


def vanishes(root: Node) -> bool:
    """True when a term is a rational function of exp(z) that is 0 wherever it is defined.

    False for one that is not 0; NotRationalError for a term that is not visibly one.
    """
    found: dict[Node, _Quotient] = {}
    for node in walk(root):
        if node.op == "exp":
            found[node] = _power_of_e(node.args[0])
        elif all(operand in found for operand in node.args):
            made = _of_operation(node, [found[operand] for operand in node.args])
            if made is not None:
                found[node] = made
    if root not in found:
        raise NotRationalError(f"{str(root)[:40]} is no rational function of exp(z)")
    return found[root].above == fmpq_poly([])


def _power_of_e(exponent: Node) -> _Quotient:
    """exp(k z) = E^k for a whole k."""
    line = coefficients(exponent, 1)
    if line is None or line[0] != 0 or line[1].denominator != 1:
        raise NotRationalError(f"exp({str(exponent)[:40]}) is no power of exp(z)")
    k = line[1].numerator
    if abs(k) > MAX_DEGREE:
        raise NotRationalError("the exponent is too large")
    power = fmpq_poly([0] * abs(k) + [1])
    return _Quotient(power, _ONE) if k > 0 else _Quotient(_ONE, power)


def _of_operation(node: Node, a: list[_Quotient]) -> _Quotient | None:
    """The value of an operation; None for z, which is none, and for other functions."""
    match node.op:
        case "num":
            q = node.rational
            return _Quotient(fmpq_poly([fmpq(q.numerator, q.denominator)]), _ONE)
        case "neg":
            return _Quotient(-a[0].above, a[0].below)
        case "add":
            return _sum(a[0], a[1])
        case "sub":
            return _sum(a[0], _Quotient(-a[1].above, a[1].below))
        case "mul":
            return _moderate(_Quotient(a[0].above * a[1].above, a[0].below * a[1].below))
        case "div":
            if a[1].above == fmpq_poly([]):
                raise NotRationalError("a divisor is 0")
            return _moderate(_Quotient(a[0].above * a[1].below, a[0].below * a[1].above))
        case "pow" if node.rational.denominator == 1 and node.rational > 0:
            return _power(a[0], node.rational.numerator)
        case _:
            return None


def _sum(a: _Quotient, b: _Quotient) -> _Quotient:
    return _moderate(_Quotient(a.above * b.below + b.above * a.below, a.below * b.below))


def _power(base: _Quotient, exponent: int) -> _Quotient:
    out = base
    for _ in range(exponent - 1):
        out = _moderate(_Quotient(out.above * base.above, out.below * base.below))
    return out


def _moderate(value: _Quotient) -> _Quotient:
    """The value; NotRationalError where its degrees are too large to go on."""
    if max(value.above.degree(), value.below.degree()) > MAX_DEGREE:
        raise NotRationalError("the degree is too large")
    return value
