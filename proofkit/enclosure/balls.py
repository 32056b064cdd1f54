"""Ball arithmetic on expression trees: power series at a point or over a box.

For a box X and an order m, ``Tape.series`` encloses the Taylor coefficients
sigma^(k)(x)/k!, k <= m, for every x in X (Arb through python-flint).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction

from flint import arb, arb_series, ctx, fmpq

from proofkit.activation import ast
from proofkit.activation.ast import Node


@contextmanager
def precision(bits: int, length: int = 8) -> Iterator[None]:
    """Work with ``bits`` of precision and series of ``length`` terms; restores both."""
    before = ctx.prec, ctx.cap
    ctx.prec, ctx.cap = bits, length
    try:
        yield
    finally:
        ctx.prec, ctx.cap = before


def to_fraction(x: arb) -> Fraction:
    """An exact ball (radius zero) as the rational it is."""
    m, e = x.man_exp()
    return Fraction(int(m)) * Fraction(2) ** int(e)


_TINY = Fraction(1, 2**4096)
_HUGE = 2**17


def _end(x: arb, outward: int) -> Fraction:
    """An exact ball as a rational moved outwards where its exponent is extreme."""
    m, e = (int(v) for v in x.man_exp())
    size = m.bit_length() + e
    if m and size < -4096:
        return outward * _TINY if m * outward > 0 else Fraction(0)
    if size > _HUGE:
        raise OverflowError("a number beyond 2^131072")
    return Fraction(m) * Fraction(2) ** e


def lower(x: arb) -> Fraction:
    """A rational not above the ball, its lower end unless that is extremely small."""
    return _end(x.lower(), -1)


def upper(x: arb) -> Fraction:
    """A rational not below the ball, its upper end unless that is extremely small."""
    return _end(x.upper(), 1)


def at_most(x: arb, bound: Fraction) -> bool:
    """True when every element of the ball is proved to be <= bound; False when undecided (NaN, huge)."""
    return bool(x <= ball(bound)) or (bool(x.is_finite()) and abs(x) < 2**4096 and upper(x) <= bound)


def ball(q: Fraction) -> arb:
    """A rational as a ball at the working precision."""
    return arb(fmpq(q.numerator, q.denominator))


def hull(a: Fraction, b: Fraction) -> arb:
    """A ball containing [a, b]."""
    return ball(a).union(ball(b))


def clipped(x: arb, low: int, high: int) -> arb:
    """The ball met with [low, high], which is known to contain the value."""
    return x.max(arb(low)).min(arb(high))


class Tape:
    """A tree flattened into a list of instructions, shared subtrees once."""

    def __init__(self, root: Node, patterns: bool = True) -> None:
        self.root = root
        self.code: list[tuple[str, tuple[int, ...], Node]] = []
        place: dict[Node, int] = {}
        for node in ast.walk(root):
            place[node] = len(self.code)
            inner = _softplus_argument(node) if patterns else None
            if inner is not None:
                self.code.append(("softplus", (place[inner],), node))
            else:
                self.code.append((node.op, tuple(place[a] for a in node.args), node))

    def series(self, x: arb, length: int) -> arb_series:
        """The Taylor series at (every point of) the ball x, to ``length`` terms."""
        return self.values(arb_series([x, 1], prec=length), length)[-1]

    def values(self, z: arb_series, length: int) -> list[arb_series]:
        """The series of every node, in tape order."""
        v: list[arb_series] = []
        for op, at, node in self.code:
            try:
                v.append(_apply(op, [v[i] for i in at], node, z, length))
            except (ZeroDivisionError, ValueError, OverflowError):
                v.append(_undefined(length))
        return v


def _softplus_argument(node: Node) -> Node | None:
    """u when the node is log(1 + exp(u)), whose derivative e^u/(1 + e^u) loses sharpness on boxes."""
    if node.op == "log" and node.args[0].op == "add":
        for one, other in (node.args[0].args, node.args[0].args[::-1]):
            if one == ast.ONE and other.op == "exp":
                return other.args[0]
    return None


def _apply(op: str, a: list[arb_series], node: Node, z: arb_series, length: int) -> arb_series:
    if op == "z":
        return z
    if op == "num":
        return arb_series([ball(node.rational)], prec=length)
    if op == "pi":
        return arb_series([arb.pi()], prec=length)
    if op == "add":
        return a[0] + a[1]
    if op == "sub":
        return a[0] - a[1]
    if op == "mul":
        return a[0] * a[1]
    if op == "neg":
        return -a[0]
    if op == "div":
        return a[0] / a[1] if a[1][0] != 0 else _undefined(length)
    if op == "pow":
        return _power(a[0], node.rational, length)
    return _function(op, a[0], length)


def _undefined(length: int) -> arb_series:
    return arb_series([arb.nan()] * length, prec=length)


def _power(x: arb_series, e: Fraction, length: int) -> arb_series:
    if e.denominator == 1:
        if e > 0:
            y = x ** int(e)
            if e % 2 == 0:
                y[0] = y[0].max(arb(0))
            return y
        return 1 / (x ** int(-e)) if x[0] != 0 else _undefined(length)
    if not x[0] > 0:
        if x[0] >= 0 and e > 0 and length == 1:
            return arb_series([x[0] ** ball(e)], prec=1)
        return _undefined(length)
    if e.denominator == 2:
        root = x.sqrt()
        return root ** int(2 * e) if e > 0 else 1 / (root ** int(-2 * e))
    return (x.log() * ball(e)).exp()


def _function(op: str, x: arb_series, length: int) -> arb_series:
    if op == "exp":
        return x.exp()
    if op == "log":
        return x.log() if x[0] > 0 else _undefined(length)
    if op in ("sin", "cos"):
        y = x.sin() if op == "sin" else x.cos()
        y[0] = clipped(y[0], -1, 1)
        return y
    if op == "tanh":
        # 1 - 2/(e^(2x) + 1), its constant term sharpened by monotonicity.
        y = 1 - 2 / ((x + x).exp() + 1)
        y[0] = _monotone(x[0], arb.tanh)
        return y
    if op == "erf":
        y = x.erf()
        y[0] = _monotone(x[0], arb.erf)
        return y
    if op == "erfc":
        y = x.erfc()
        y[0] = arb(1) - _monotone(x[0], arb.erf) if x[0] < 1 else y[0]
        return y
    if op == "atan":
        y = x.atan()
        y[0] = _monotone(x[0], arb.atan)
        return y
    if op in ("sinh", "cosh"):
        e = x.exp()
        return (e - 1 / e) / 2 if op == "sinh" else (e + 1 / e) / 2
    if op == "softplus":
        y = (x.derivative() / ((-x).exp() + 1)).integral()
        y = arb_series([y[i] for i in range(length)], prec=length)
        y[0] = _monotone(x[0], lambda t: (-abs(t)).exp().log1p() + t.max(arb(0)))
        return y
    if op == "asinh":
        # From the derivative u'/sqrt(1 + u^2); the logarithmic form cancels for u < 0.
        square = x * x + 1
        square[0] = square[0].max(arb(1))
        y = (x.derivative() / square.sqrt()).integral()
        y = arb_series([y[i] for i in range(length)], prec=length)
        y[0] = _monotone(x[0], arb.asinh)
        return y
    raise NotImplementedError(f"{op} has no smooth series")


def _monotone(x: arb, f: object) -> arb:
    if x.is_exact():
        return f(x)  # type: ignore[operator]
    return f(x.lower()).union(f(x.upper()))  # type: ignore[operator]
