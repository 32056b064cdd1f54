"""Ball arithmetic on expression trees: power series at a point or over a box.

For a box X and an order m, ``Tape.series`` encloses the Taylor coefficients
sigma^(k)(x)/k!, k <= m, for every x in X (Arb through python-flint).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from flint import arb, arb_series, ctx, fmpq

from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.terms import Node


class precision:  # noqa: N801 - used as a function in ``with``
    """Work with ``bits`` of precision and series of ``length`` terms; restores both."""

    __slots__ = ("before", "bits", "length")

    def __init__(self, bits: int, length: int = 8) -> None:
        self.bits, self.length = bits, length

    def __enter__(self) -> None:
        self.before = ctx.prec, ctx.cap
        ctx.prec, ctx.cap = self.bits, self.length

    def __exit__(self, *failure: object) -> None:
        ctx.prec, ctx.cap = self.before


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
    """True when every element of the ball is proved to be <= bound; False when undecided (NaN,
    huge).
    """
    return bool(x <= ball(bound)) or (
        bool(x.is_finite()) and abs(x) < 2**4096 and upper(x) <= bound
    )


def ball(q: Fraction) -> arb:
    """A rational as a ball at the working precision."""
    return arb(fmpq(q.numerator, q.denominator))


def hull(a: Fraction, b: Fraction) -> arb:
    """A ball containing [a, b]."""
    return ball(a).union(ball(b))


def clipped(x: arb, low: int, high: int) -> arb:
    """The ball met with [low, high], which is known to contain the value."""
    return x.max(arb(low)).min(arb(high))


def integer_power(x: arb, e: int) -> arb:
    """x^e; python-flint's own operator gives NaN for a ball centred at zero."""
    if not x.is_finite():
        return arb.nan()
    base, out = abs(x) if e % 2 == 0 else x, arb(1)
    if _wide(x) and e not in (0, 1):
        # Monotone on each side of zero; products of wide balls would be far too wide.
        if e < 0 and base.contains(0):
            return arb.nan()
        return integer_power(base.lower().max(arb(0)) if e % 2 == 0 else base.lower(), e).union(
            integer_power(base.upper(), e)
        )
    if e < 0:
        return 1 / integer_power(x, -e)
    while e:
        if e & 1:
            out = out * base
        base, e = base * base, e >> 1
    return out


class Tape:
    """A tree flattened into a list of instructions, shared subtrees once."""

    def __init__(self, root: Node, patterns: bool = True) -> None:
        self.root = root
        self.code: list[tuple[str, tuple[int, ...], Node]] = []
        place: dict[Node, int] = {}
        for node in terms.walk(root):
            place[node] = len(self.code)
            u = None
            if patterns and (u := softplus_argument(node)) is not None:
                self.code.append(("softplus", (place[u],), node))
            elif patterns and node.op == "log" and node.args[0].op == "cosh":
                self.code.append(("logcosh", (place[node.args[0].args[0]],), node))
            elif (
                patterns
                and (u := _sigmoid_argument(node)) is not None
                and node.args[0] == Node("exp", (u,))
            ):
                self.code.append(("logistic", (place[u],), node))
            elif patterns and u is not None:
                self.code.append(("sigmoid", (place[u],), node))
                if node.args[0] != terms.ONE:
                    self.code.append(("mul", (place[node.args[0]], len(self.code) - 1), node))
                    place[node] += 1
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


def softplus_argument(node: Node) -> Node | None:
    """u when the node is log(1 + exp(u)), whose derivative e^u/(1 + e^u) loses sharpness on boxes."""
    if node.op == "log" and node.args[0].op == "add":
        for one, other in (node.args[0].args, node.args[0].args[::-1]):
            if one == terms.ONE and other.op == "exp":
                return other.args[0]
    return None


def _sigmoid_argument(node: Node) -> Node | None:
    """u when the node is .../(1 + exp(u)), that is ... sigmoid(-u)."""
    if node.op == "div" and node.args[1].op == "add":
        for one, other in (node.args[1].args, node.args[1].args[::-1]):
            if one == terms.ONE and other.op == "exp":
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
        return a[0] * _power(a[1], Fraction(-1), length)
    if op == "pow":
        return _power(a[0], node.rational, length)
    if op in terms.KINKED:  # away from the kink, constants above all
        switch = a[0][0] if op == "Abs" else a[0][0] - a[1][0]
        if not (switch > 0 or switch < 0):
            return _undefined(length)
        if op == "Abs":
            return a[0] if switch > 0 else -a[0]
        return a[0] if bool(switch > 0) == (op == "Max") else a[1]
    return function(op, a[0], length)


def _undefined(length: int) -> arb_series:
    return arb_series([arb.nan()] * length, prec=length)


def _power(x: arb_series, e: Fraction, length: int) -> arb_series:
    """x^e, its value on a box from the ends, between which it is monotone."""
    at, n = x[0], int(e)
    if e.denominator == 1:
        if n < 0 and not (at > 0 or at < 0):
            return _undefined(length)
        y = x**n if n > 0 else 1 / x**-n
        if not at.is_exact():
            y[0] = (
                _even(at, lambda t: t**n) if n > 0 and n % 2 == 0 else _monotone(at, lambda t: t**n)
            )
        return y
    if not at > 0:
        if at >= 0 and e > 0 and length == 1:
            return arb_series([at ** ball(e)], prec=1)
        return _undefined(length)
    if e.denominator == 2:
        y = x.sqrt() ** abs(e.numerator)
    else:
        y = (x.log() * ball(abs(e))).exp()
    y = y if e > 0 else 1 / y
    if not at.is_exact():
        y[0] = _monotone(at, lambda t: t ** ball(e))
    return y


def _wide(x: arb) -> bool:
    """True for a box rather than a point with its rounding: sharper, slower formulas pay off."""
    return bool(x.rel_accuracy_bits() < 24)


def function(op: str, x: arb_series, length: int) -> arb_series:
    """The series of a function of one argument; its value on a box from the ends where it is
    monotone.
    """
    if op == "exp":
        y = x.exp()
        y[0] = _monotone(x[0], arb.exp)
        return y
    if op == "log":
        return x.log() if x[0] > 0 else _undefined(length)
    if op in ("sin", "cos"):
        y = x.sin() if op == "sin" else x.cos()
        y[0] = clipped(y[0], -1, 1)
        return y
    if op == "tanh":
        above = 1 + (x + x).exp()
        y = 1 - 2 * (1 / above if above[0] > 0 else _logistic_on_box(-(x + x)))
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
        up, down = x.exp(), (-x).exp()
        y = (up - down) / 2 if op == "sinh" else (up + down) / 2
        y[0] = _monotone(x[0], arb.sinh) if op == "sinh" else _even(x[0], arb.cosh)
        return y
    if op in ("sigmoid", "logistic"):  # 1/(1 + exp(x)), exp(x)/(1 + exp(x))
        return _logistic(-x if op == "sigmoid" else x)
    if op == "softplus":
        return _integral(
            x, _logistic(x), _monotone(x[0], lambda t: (-abs(t)).exp().log1p() + t.max(arb(0)))
        )
    if op == "logcosh":
        return _integral(x, function("tanh", x, length), _even(x[0], _log_cosh))
    if op == "asinh":
        # From the derivative u'/sqrt(1 + u^2); the logarithmic form cancels for u < 0.
        square = x * x + 1
        square[0] = square[0].max(arb(1))
        return _integral(x, 1 / square.sqrt(), _monotone(x[0], arb.asinh))
    raise NotImplementedError(f"{op} has no smooth series")


def _integral(x: arb_series, slope: arb_series, value: arb) -> arb_series:
    """The series with the derivative slope x' and the constant term ``value``."""
    y = (x.derivative() * slope).integral()
    return arb_series([value, *(y[i] for i in range(1, y.prec))], prec=y.prec)


def _log_cosh(x: arb) -> arb:
    """log cosh at a point: log(1 + sinh^2)/2 near 0, where the other form cancels."""
    if abs(x) < 1:
        return (x.sinh() * x.sinh()).log1p() / 2
    return abs(x) + (-2 * abs(x)).exp().log1p() - arb(2).log()


def _logistic(x: arb_series) -> arb_series:
    """1/(1 + exp(-x))."""
    below = 1 + (-x).exp()
    if not below[0] > 0:
        return _logistic_on_box(x)
    y = 1 / below
    y[0] = _monotone(x[0], _logistic_at)
    return y


def _logistic_on_box(x: arb_series) -> arb_series:
    """1/(1 + exp(-x)) from y' = y (1 - y) x', on a box too wide for exp(-x) to be seen positive."""
    y = [_monotone(x[0], _logistic_at)]
    slope: list[arb] = []  # the coefficients of y (1 - y)
    for k in range(1, x.prec):
        slope.append(y[k - 1] - sum((y[i] * y[k - 1 - i] for i in range(k)), arb(0)))
        y.append(sum((j * x[j] * slope[k - j] for j in range(1, k + 1)), arb(0)) / k)
    return arb_series(y, prec=x.prec)


def _logistic_at(x: arb) -> arb:
    return 1 / (1 + (-x).exp()) if x > 0 else x.exp() / (1 + x.exp())


def _even(x: arb, f: Callable[[arb], arb]) -> arb:
    """The range of a function that is even and monotone in |x|."""
    if x.is_exact():
        return f(x)
    low, high = x.lower(), x.upper()
    ends = f(low).union(f(high))
    return ends if not x.contains(0) else ends.union(f(arb(0)))


def _monotone(x: arb, f: Callable[[arb], arb]) -> arb:
    if x.is_exact():
        return f(x)
    return f(x.lower()).union(f(x.upper()))
