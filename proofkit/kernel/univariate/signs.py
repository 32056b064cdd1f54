"""Signs that can be read off the way an expression is built."""

from __future__ import annotations

from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.terms import Node


def sign_by_structure(root: Node) -> dict[Node, tuple[bool, bool]]:
    """For every node, (known to be >= 0, known to be > 0) from the way it is built."""
    known: dict[Node, tuple[bool, bool]] = {}
    for n in terms.walk(root):
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
