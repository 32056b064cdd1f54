"""Signs that can be read off the way an expression is built."""

from __future__ import annotations

from fractions import Fraction

from proofkit.activation import ast
from proofkit.activation.ast import Node


def sign_by_structure(root: Node) -> dict[Node, tuple[bool, bool]]:
    """For every node, (known to be >= 0, known to be > 0) from the way it is built."""
    known: dict[Node, tuple[bool, bool]] = {}
    for n in ast.walk(root):
        a = [known[x] for x in n.args]
        out = (False, False)
        if n.op == "num":
            out = (n.rational >= 0, n.rational > 0)
        elif n.op in ("pi", "exp", "cosh", "erfc"):
            out = (True, True)
        elif n.op == "Abs":
            out = (True, a[0][1])
        elif n.op == "add":
            nonneg = a[0][0] and a[1][0]
            out = (nonneg, nonneg and (a[0][1] or a[1][1]))
        elif n.op in ("mul", "div"):
            out = (a[0][0] and a[1][0], a[0][1] and a[1][1])
        elif n.op == "pow":
            even = n.rational.denominator == 1 and n.rational % 2 == 0
            out = (a[0][0] or even, a[0][1])
        elif n.op in ("tanh", "sinh", "atan", "asinh", "erf"):
            out = a[0]
        elif n.op == "log" and n.args[0].op == "add":
            x, y = n.args[0].args
            for one, other in ((x, y), (y, x)):
                if one.op == "num" and one.rational >= 1 and known[other][0]:
                    out = (True, known[other][1] or one.rational > 1)
        elif n.op == "Max":
            out = (a[0][0] or a[1][0], a[0][1] or a[1][1])
        elif n.op == "Min":
            out = (a[0][0] and a[1][0], a[0][1] and a[1][1])
        known[n] = out
    return known


Range = tuple[Fraction | None, Fraction | None]
_ANY: Range = (None, None)


def range_by_structure(root: Node) -> Range:
    """(lo, hi) with lo <= sigma <= hi on R as far as the form of the tree shows; None for an end that it does not."""
    known: dict[Node, Range] = {}
    for n in ast.walk(root):
        known[n] = _range(n, [known[x] for x in n.args])
    return known[root]


def _range(n: Node, a: list[Range]) -> Range:
    zero, one = Fraction(0), Fraction(1)
    if n.op == "num":
        return n.rational, n.rational
    if n.op in ("tanh", "erf", "sin", "cos"):
        return -one, one
    if n.op == "exp":
        return zero, one if a[0][1] is not None and a[0][1] <= 0 else None
    if n.op in ("cosh", "pi"):
        return one, None
    if n.op == "neg":
        return _flip(a[0])
    if n.op in ("add", "sub"):
        p, q = a[0]
        r, s = a[1] if n.op == "add" else _flip(a[1])
        return None if p is None or r is None else p + r, None if q is None or s is None else q + s
    if n.op == "Abs":
        return zero, None
    if n.op == "log":
        return (zero, None) if a[0][0] is not None and a[0][0] >= 1 else _ANY
    if n.op == "pow":
        low = a[0][0]
        if n.rational.denominator == 1 and n.rational % 2 == 0 and n.rational > 0:
            return zero, one if a[0] == (-one, one) else None
        if low is not None and low >= 0 and n.rational > 0:
            return zero, None
        return (zero, one if low >= 1 else None) if low is not None and low > 0 else _ANY
    if n.op == "div" and n.args[1].op == "add" and n.args[0] in n.args[1].args and a[0][0] is not None and a[0][0] >= 0:
        other = n.args[1].args[1 - n.args[1].args.index(n.args[0])]
        if other.op == "num" and other.rational > 0:
            return zero, one  # x/(c + x) for x >= 0, c > 0
    if n.op in ("mul", "div") and all(x[0] is not None and x[0] >= 0 for x in a):
        at_least_one = a[1][0] is not None and a[1][0] >= 1
        return zero, a[0][1] if n.op == "div" and at_least_one else None
    return _ANY


def _flip(r: Range) -> Range:
    return None if r[1] is None else -r[1], None if r[0] is None else -r[0]
