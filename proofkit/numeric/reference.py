"""What a kernel is compared with: sigma and its derivatives at one machine number, in balls of
rising precision.

Power series in ball arithmetic (Arb) on the expression as it was written: nothing here is shared
with the machine forms of ``stable``, and an error is a ball, not a guess.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flint import arb, arb_series

from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.balls import ball, precision
from proofkit.kernel.univariate.terms import Node

PRECISIONS = (128, 512, 2048, 8192)
"""Bits tried in turn: 2048 are needed before exp(1e308) is a number, more where twice as many
cancel.
"""
WANTED = 80
"""Bits that a value must have to be a reference."""
VANISHING = arb(2) ** -1200
"""What is proved to be smaller than this is zero to every machine number."""


class Reference:
    """Taylor coefficients of an expression.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> [float(c) for c in Reference(parse("z^2")).at(3.0, 2) or ()]
    [9.0, 6.0, 1.0]
    """

    def __init__(self, root: Node) -> None:
        self.code = list(terms.walk(root))

    def at(self, z: float, order: int) -> list[arb] | None:
        """sigma^(k)(z)/k! for k <= order, each to ``WANTED`` bits or proved to vanish.

        None at a kink, and where no precision of ``PRECISIONS`` is enough.
        """
        for bits in PRECISIONS:
            with precision(bits, order + 1):
                out = self.series(arb(z), order + 1)
                if all(_settled(c) for c in out):
                    return out
        return None

    def series(self, x: arb, length: int) -> list[arb]:
        """The coefficients over a ball, at the working precision; NaN where they are not defined."""
        value: dict[Node, arb_series] = {}
        for node in self.code:
            a = [value[child] for child in node.args]
            try:
                value[node] = _beside_one(node, value) or _apply(node, a, x, length)
            except (ZeroDivisionError, ValueError, OverflowError):
                value[node] = _undefined(length)
        last = value[self.code[-1]]
        return [last[k] for k in range(length)]


def _beside_one(node: Node, value: dict[Node, arb_series]) -> arb_series | None:
    """1 + f or 1 - f of f = erf(u) or tanh(u), by a formula that keeps all digits; None for other
    nodes.
    """
    if node.op not in ("add", "sub") or terms.ONE not in node.args:
        return None
    f = node.args[1] if node.args[0] == terms.ONE else node.args[0]
    if f.op not in ("erf", "tanh") or (node.op == "sub" and node.args[0] != terms.ONE):
        return None
    u = value[f.args[0]] if node.op == "add" else -value[f.args[0]]
    if f.op == "erf":
        return _erfc(-u)
    return 2 / (1 + (-2 * u).exp()) if u[0] > 0 else 2 * (2 * u).exp() / (1 + (2 * u).exp())


def _erfc(f: arb_series) -> arb_series:
    """erfc, its value from both ends of a ball: Arb's own bound of what a radius does to it is wide
    far out.
    """
    slope = (-(f * f)).exp() * (-2 / arb.pi().sqrt())
    rest = (f.derivative() * slope).integral()
    at = f[0]
    value = at.erfc() if at.is_exact() else at.lower().erfc().union(at.upper().erfc())
    return arb_series([value, *(rest[k] for k in range(1, f.prec))], prec=f.prec)


def _settled(c: arb) -> bool:
    return bool(c.is_finite()) and (
        c.rel_accuracy_bits() >= WANTED or bool(abs(c) < VANISHING) or c == 0
    )


def _undefined(length: int) -> arb_series:
    return arb_series([arb.nan()] * length, prec=length)


def _constant(c: Any, length: int) -> arb_series:
    return arb_series([c], prec=length)


def _apply(node: Node, a: list[arb_series], x: arb, length: int) -> arb_series:
    op = node.op
    if op == "z":
        return arb_series([x, 1][:length], prec=length)
    if op == "num":
        return _constant(ball(node.rational), length)
    if op == "pi":
        return _constant(arb.pi(), length)
    if op == "add":
        return a[0] + a[1]
    if op == "sub":
        return a[0] - a[1]
    if op == "neg":
        return -a[0]
    if op == "mul":
        return a[0] * a[1]
    if op == "div":
        return a[0] / a[1] if _away_from_zero(a[1][0]) else _undefined(length)
    if op == "pow":
        return _power(a[0], node.rational, length)
    if op == "Abs":
        return _larger(a[0], -a[0], length)
    if op == "Max":
        return _larger(a[0], a[1], length)
    if op == "Min":
        return -_larger(-a[0], -a[1], length)
    return _function(op, a[0], length)


def _away_from_zero(c: arb) -> bool:
    return bool(c > 0) or bool(c < 0)


def _larger(f: arb_series, g: arb_series, length: int) -> arb_series:
    if f[0] > g[0]:
        return f
    return g if g[0] > f[0] else _undefined(length)


def _power(f: arb_series, e: Fraction, length: int) -> arb_series:
    if e.denominator == 1:
        n = int(e)
        if n >= 0:
            return f**n
        return 1 / f**-n if _away_from_zero(f[0]) else _undefined(length)
    if not f[0] > 0:
        return _undefined(length)
    root = f.sqrt() ** abs(e.numerator) if e.denominator == 2 else (f.log() * ball(abs(e))).exp()
    return root if e > 0 else 1 / root


def _function(op: str, f: arb_series, length: int) -> arb_series:
    if op == "tanh":
        # Through exp(-2|u|), which cannot overflow.
        if f[0] < 0:
            return -_function("tanh", -f, length)
        e = (-2 * f).exp()
        return (1 - e) / (1 + e)
    if op in ("sinh", "cosh"):
        up, down = f.exp(), (-f).exp()
        return (up - down if op == "sinh" else up + down) / 2
    if op == "asinh":
        if f[0] < 0:
            return -_function("asinh", -f, length)
        return (f + (f * f + 1).sqrt()).log()
    if op == "log":
        return f.log() if f[0] > 0 else _undefined(length)
    if op == "erfc":
        return _erfc(f)
    if op in ("exp", "sin", "cos", "atan", "erf"):
        out: arb_series = getattr(f, op)()
        return out
    raise NotImplementedError(f"{op} has no series")
