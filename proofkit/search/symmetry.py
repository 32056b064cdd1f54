"""Which quantities are even, read off the tree.

Every f is the sum of an even part (f(z) + f(-z))/2 and an odd one (f(z) - f(-z))/2.  Of both an
upper bound of the degree is kept: -1 for zero, infinity for what is no polynomial.  The degrees
tell which derivatives are even: those of 1/(1 + exp(-z)) = 1/2 + (odd) of odd order, for example.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.quantity import Quantity
from proofkit.kernel.univariate.terms import Node

NOTHING = -1.0
"""The degree of zero."""

_ODD = frozenset({"tanh", "sinh", "sin", "atan", "asinh", "erf"})
_EVEN = frozenset({"cosh", "cos", "Abs"})


@dataclass(frozen=True, slots=True)
class Parts:
    """Upper bounds of the degrees of the even and the odd part of a function."""

    even: float
    odd: float

    @property
    def is_even(self) -> bool:
        """True when f(-z) = f(z) is known."""
        return self.odd == NOTHING

    @property
    def is_odd(self) -> bool:
        """True when f(-z) = -f(z) is known."""
        return self.even == NOTHING


_ANY = Parts(math.inf, math.inf)
_SOME_EVEN, _SOME_ODD = Parts(math.inf, NOTHING), Parts(NOTHING, math.inf)


def is_even(q: Quantity) -> bool:
    """True when g(-z) = g(z) can be read off the tree of sigma.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> softplus = parse("log(1 + exp(z))")
    >>> [is_even(Quantity(softplus, order)) for order in range(4)]
    [False, False, True, False]
    """
    parts = parts_of(q.root)
    if (
        q.kappa is not None
    ):  # z sigma' - kappa sigma is odd where sigma is; it is 0 for c z, kappa = 1
        return parts.odd < 1 or (parts.odd == 1 and q.kappa == 1)
    # Of a derivative of odd order, the odd part is that of the even part of sigma.
    return (parts.even if q.order % 2 else parts.odd) < q.order


def parts_of(root: Node) -> Parts:
    """The degrees of the even and the odd part of a function.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> parts_of(parse("z^2 + z"))
    Parts(even=2.0, odd=1.0)
    """
    known: dict[Node, Parts] = {}
    for node in terms.walk(root):
        known[node] = _parts(node, [known[a] for a in node.args])
    return known[root]


def _parts(node: Node, a: list[Parts]) -> Parts:
    match node.op:
        case "z":
            return Parts(NOTHING, 1.0)
        case "num" | "pi":
            return Parts(0.0, NOTHING)
        case "neg":
            return a[0]
        case "add" | "sub":
            return Parts(max(a[0].even, a[1].even), max(a[0].odd, a[1].odd))
        case "mul":
            return _product(*a)
        case "div":
            return _quotient(node, *a)
        case "pow":
            return _power(node, a[0])
        case _:
            return _function(node, a)


def _product(f: Parts, g: Parts) -> Parts:
    return Parts(
        max(_degree(f.even, g.even), _degree(f.odd, g.odd)),
        max(_degree(f.even, g.odd), _degree(f.odd, g.even)),
    )


def _degree(f: float, g: float) -> float:
    """The degree of a product."""
    return NOTHING if NOTHING in (f, g) else f + g


def _quotient(node: Node, f: Parts, g: Parts) -> Parts:
    if g == Parts(0.0, NOTHING):
        return f
    if _one_plus_exp_of_odd(node.args[1]):
        return _product(f, Parts(0.0, math.inf))  # 1/(1 + exp(u)) = 1/2 - tanh(u/2)/2
    if not (g.is_even or g.is_odd):
        return _ANY
    return _product(f, _SOME_EVEN if g.is_even else _SOME_ODD)


def _one_plus_exp_of_odd(node: Node) -> bool:
    """True for 1 + exp(u) with u odd."""
    exponent = _exponent_beside_one(node)
    return exponent is not None and parts_of(exponent).is_odd


def _exponent_beside_one(node: Node) -> Node | None:
    """u where the node is 1 + exp(u)."""
    if node.op == "add":
        for one, other in (node.args, node.args[::-1]):
            if one == terms.ONE and other.op == "exp":
                return other.args[0]
    return None


def _power(node: Node, f: Parts) -> Parts:
    e = node.rational
    if e.denominator == 1 and e > 0:
        out = f
        for _ in range(int(e) - 1):
            out = _product(out, f)
        return out
    if f.is_even:
        return _SOME_EVEN
    if f.is_odd and e.denominator == 1:
        return _SOME_ODD if e % 2 else _SOME_EVEN
    return _ANY


def _function(node: Node, a: list[Parts]) -> Parts:
    if all(f.is_even for f in a):
        return _SOME_EVEN
    if len(a) == 1 and a[0].is_odd:
        if node.op in _ODD:
            return _SOME_ODD
        if node.op in _EVEN:
            return _SOME_EVEN
    if node.op == "log":
        exponent = _exponent_beside_one(node.args[0])
        if exponent is not None and (u := parts_of(exponent)).is_odd:
            return Parts(math.inf, u.odd)  # log(1 + exp(u)) = u/2 + log(2 cosh(u/2))
    return _ANY
