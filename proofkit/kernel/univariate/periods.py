"""Periods and frequencies that can be read off an expression."""

from __future__ import annotations

from fractions import Fraction

from flint import arb

from proofkit.kernel.univariate import balls, coefficients, terms
from proofkit.kernel.univariate.coefficients import Coef
from proofkit.kernel.univariate.quantity import Quantity
from proofkit.kernel.univariate.terms import Node


def period_cover(q: Quantity) -> Fraction | None:
    """A rational not below one period of g, when g is periodic in z; None otherwise.

    sigma = c z + (a function of sines and cosines of commensurable multiples of z)
    has periodic derivatives; sigma itself is periodic when c = 0.
    """
    if q.kappa is not None:
        return None
    found = periodicity(q.root)
    return None if found is None or (found[0] != 0 and q.order == 0) else found[1]


def periodicity(root: Node) -> tuple[Fraction, Fraction] | None:
    """(c, a rational not below one period) when root = c z + (periodic); None otherwise."""
    slope: dict[Node, Fraction | None] = {}  # node = slope * z + periodic
    frequencies: list[Coef] = []
    for node in terms.walk(root):
        a = [slope[x] for x in node.args]
        out: Fraction | None = None
        if node.op == "z":
            out = Fraction(1)
        elif node.op == "name":
            out = None
        elif all(x == 0 for x in a):
            out = Fraction(0)
        elif node.op in ("sin", "cos") and (c := rate(node.args[0])) is not None:
            frequencies.append(c)
            out = Fraction(0)
        elif node.op in ("sin", "cos") and a[0] is not None:
            frequencies.append(coefficients.rational(a[0]))  # sin(c z + periodic)
            out = Fraction(0)
        elif None not in a:
            x = [y for y in a if y is not None]
            if node.op in ("add", "sub"):
                out = x[0] + (x[1] if node.op == "add" else -x[1])
            elif node.op == "neg":
                out = -x[0]
            elif node.op == "mul" and node.args[0].op == "num":
                out = node.args[0].rational * x[1]
            elif node.op in ("mul", "div") and node.args[1].op == "num" and node.args[1].rational:
                out = (
                    x[0] * node.args[1].rational
                    if node.op == "mul"
                    else x[0] / node.args[1].rational
                )
        slope[node] = out
    c = slope[root]
    if not frequencies or c is None:
        return None
    first, g = frequencies[0], Fraction(1)
    for f in frequencies[1:]:
        ratio = f.ratio(first)
        if ratio is None:
            return None
        g = _gcd(g, abs(ratio))
    with balls.precision(64):
        if first.ball.contains(0):
            return None
        return c, balls.upper(2 * arb.pi() / abs(first.ball)) / g


def rate(node: Node) -> Coef | None:
    """c when the tree is c z + d with constants c != 0, d; None otherwise."""
    slope: dict[Node, Coef | None] = {}
    value: dict[Node, Coef] = {}  # of the constant nodes
    with balls.precision(max(balls.ctx.prec, 128)):
        for n in terms.walk(node):
            a = [slope[x] for x in n.args]
            out: Coef | None = None
            if n.op == "z":
                out = coefficients.ONE
            elif n.op == "name":
                out = None
            elif all(x in value for x in n.args):
                ball_ = balls.Tape(n).series(arb(0), 1)[0]
                if not ball_.is_finite():
                    return None
                value[n] = coefficients.constant(n, ball_, value)
                out = coefficients.ZERO
            elif None not in a:
                x = [y for y in a if y is not None]
                if n.op in ("add", "sub"):
                    out = x[0] + x[1] if n.op == "add" else x[0] - x[1]
                elif n.op == "neg":
                    out = -x[0]
                elif n.op == "mul" and (n.args[0] in value or n.args[1] in value):
                    out = value[n.args[0]] * x[1] if n.args[0] in value else x[0] * value[n.args[1]]
                elif n.op == "div" and n.args[1] in value and value[n.args[1]].ball != 0:
                    out = x[0] * value[n.args[1]].inverse()
            slope[n] = out
    found = slope[node]
    return found if found is not None and not found.is_zero else None


def _gcd(a: Fraction, b: Fraction) -> Fraction:
    while b:
        a, b = b, a % b
    return a
