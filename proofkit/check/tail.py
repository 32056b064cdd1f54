"""Half-lines t >= T (z = t or z = -t): f(t) = sum_k c_k(t) t^k, each c_k(t) in a known interval with rational ends.

What is exponentially small goes into t^LOW, as do all lower powers; exact coefficients stay exact and cancel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any

from flint import arb, arb_series, fmpq

from proofkit.check.expr import Refused, Tape, function, parse, power, tape

LOW, ORDER, ZERO = -8, 5, fmpq(0)
TINY = fmpq(1, 2**300)
Pair = tuple[fmpq, fmpq]
_SLOPES = {
    "exp": "y", "tanh": "1 - y^2", "sigmoid": "y - y^2", "softplus": "sigmoid(x)", "logcosh": "tanh(x)", "log": "1/x", "inverse": "-y^2",
    "sin": "cos(x)", "cos": "-sin(x)", "sinh": "cosh(x)", "cosh": "sinh(x)", "atan": "1/(1 + x^2)", "asinh": "1/sqrt(1 + x^2)", "erf": "2/sqrt(pi)*exp(-x^2)",
}  # fmt: skip
SLOPES: Mapping[str, Tape] = {op: tape(parse(text, frozenset("xy"))) for op, text in _SLOPES.items()}


def exact(x: arb) -> fmpq:
    """A ball without radius as the rational it is."""
    m, e = x.man_exp()
    return fmpq(int(m)) * fmpq(2) ** int(e)


def ends(x: arb) -> Pair:
    """Rational ends of a ball of moderate size."""
    if not (abs(x) < 2**1000 and x.is_finite()):
        raise Refused("a number is too large where the tail begins")
    if x != 0 and abs(x) < arb(TINY):
        return -TINY, TINY
    return (exact(x), exact(x)) if x.is_exact() else (exact(x.lower()), exact(x.upper()))


def ball(p: Pair) -> arb:
    """The smallest ball that holds the interval."""
    return arb(p[0]).union(arb(p[1]))


def rounded(p: Pair) -> Pair:
    """The interval with shorter ends, outwards; what is exact stays so while it is short."""
    long = max(int(q.p).bit_length() + int(q.q).bit_length() for q in p)
    return p if long < 400 or (p[0] == p[1] and long < 4000) else (exact(arb(p[0]).lower()), exact(arb(p[1]).upper()))


@dataclass(frozen=True, slots=True)
class Tail:
    """One quantity on the half-line from T on; not ``still`` where a coefficient may oscillate for ever."""

    T: fmpq
    c: Mapping[int, Pair]
    still: bool = True

    @staticmethod
    def of(T: fmpq, terms: Mapping[int, Pair], still: bool = True) -> Tail:
        """Without zeros; powers below t^LOW are t^LOW times something between 0 and a power of 1/T."""
        out: dict[int, Pair] = {}
        for k, (low, high) in terms.items():
            if k < LOW:
                k, low, high = LOW, min(low * T ** (k - LOW), ZERO), max(high * T ** (k - LOW), ZERO)
            a, b = out.get(k, (ZERO, ZERO))
            out[k] = (a + low, b + high)
        return Tail(T, {k: rounded(p) for k, p in out.items() if p != (0, 0)}, still)

    def __add__(self, other: Tail) -> Tail:
        keys = self.c.keys() | other.c.keys()
        both = {k: (self.c.get(k, (ZERO, ZERO)), other.c.get(k, (ZERO, ZERO))) for k in keys}
        return Tail.of(self.T, {k: (p[0] + q[0], p[1] + q[1]) for k, (p, q) in both.items()}, self.still and other.still)

    def scaled(self, p: Pair, shift: int = 0) -> Tail:
        """Times a number in the interval p, times t^shift."""
        products = {k: [x * y for x in q for y in p] for k, q in self.c.items()}
        return Tail.of(self.T, {k + shift: (min(xs), max(xs)) for k, xs in products.items()}, self.still)

    def __neg__(self) -> Tail:
        return Tail(self.T, {k: (-p[1], -p[0]) for k, p in self.c.items()}, self.still)

    def __sub__(self, other: Tail) -> Tail:
        return self + (-other)

    def __mul__(self, other: Tail) -> Tail:
        return reduce(Tail.__add__, (self.scaled(p, k) for k, p in other.c.items()), Tail(self.T, {}, self.still and other.still))

    def times(self, q: Any) -> Tail:
        """Times a rational."""
        return self.scaled((fmpq(q), fmpq(q)))

    def lead(self) -> tuple[int, Pair, fmpq]:
        """(k, c, w) with f = t^k (c + (something of size at most w)), k the highest power."""
        if not self.c:
            raise Refused("the leading term of a tail is not known")
        k = max(self.c)
        return k, self.c[k], sum((max(-p[0], p[1]) * self.T ** (j - k) for j, p in self.c.items() if j != k), ZERO)

    def growth(self) -> int:
        """The sign of f where |f| -> oo; 0 where f stays bounded; Refused when undecided."""
        if all(k <= 0 for k in self.c):
            return 0
        _, c, w = self.lead()
        if not (c[0] > w or c[1] < -w):
            raise Refused("a growing tail has no certain sign")
        return 1 if c[0] > 0 else -1

    def upper(self) -> fmpq:
        """A number that f does not exceed from T on: the limit itself when f comes from below."""
        limit = ZERO if any(k > 0 for k in self.c) else self.c.get(0, (ZERO, ZERO))[1]
        rest = {k: p[1] for k, p in self.c.items() if k != 0 or max(self.c) > 0}
        if not rest:
            return limit
        k = max(rest)
        top = rest[k] + sum((max(q, ZERO) * self.T ** (j - k) for j, q in rest.items() if j != k), ZERO)
        if k > 0 and top >= 0:
            raise Refused("the tail is not bounded above")
        return limit + (top if k > 0 else max(top, ZERO)) * self.T**k

    def limit(self) -> Pair:
        """An interval around the limit at infinity; Refused when there is none."""
        if any(k > 0 for k in self.c) or not self.still:
            raise Refused("the tail has no finite limit")
        return self.c.get(0, (ZERO, ZERO))

    # -- functions ------------------------------------------------------------------------------

    def constant(self, x: arb | int) -> Tail:
        """A constant on the same half-line."""
        return Tail.of(self.T, {0: ends(arb(x))})

    def taylor(self, op: str, e: Any = None) -> Tail:
        """A function of a bounded tail by Taylor's formula about its limit."""
        c = self.c.get(0, (ZERO, ZERO))
        w = Tail(self.T, {k: p for k, p in self.c.items() if k != 0}, self.still)
        r = sum((max(-p[0], p[1]) * self.T**k for k, p in w.c.items()), ZERO)
        at: Any = lambda x: power(arb_series([x, 1], prec=ORDER + 1), e) if op == "pow" else function(op, arb_series([x, 1], prec=ORDER + 1))  # noqa: E731
        if not r < 1:
            if op not in ("sin", "cos", "tanh", "erf", "sigmoid"):
                raise Refused(f"the argument of {op} has not settled where the tail begins")
            return Tail(self.T, {0: (fmpq(-1), fmpq(1))}, False)
        g, over, out = at(ball(c)), at(ball((c[0] - r, c[1] + r)))[ORDER], Tail(self.T, {})
        for a in (over, *(g[k] for k in range(ORDER - 1, -1, -1))):
            out = out * w + self.constant(a)
        return out

    def raised(self, e: fmpq) -> Tail:
        """f^e."""
        if e.q == 1 and e > 0:
            return reduce(Tail.__mul__, [self] * int(e.p))
        k, c, _ = self.lead()
        m = exact(ball(c).mid()) if c[0] != c[1] else c[0]
        if (k * e).q != 1 or (e.q != 1 and not m > 0) or m == 0:
            raise Refused("a power of a tail is not settled where the tail begins")
        scale = (m ** int(e.p),) * 2 if e.q == 1 else (fmpq(1),) * 2 if m == 1 else ends(arb(m) ** arb(e))
        return self.scaled((1 / m, 1 / m), -k).taylor("pow", e).scaled(scale, int((k * e).p))

    def decay(self) -> Tail:
        """exp(f), f -> -oo: f <= -a t^d, and t^(-LOW) exp(-a t^d) decreases from T on."""
        d, c, w = self.lead()
        a = -(c[1] + w)
        if not (d > 0 and a * d * self.T**d >= -LOW):
            raise Refused("an exponential has not settled where the tail begins")
        x = (-arb(a * self.T**d)).exp() * arb(self.T ** (-LOW))
        return Tail(self.T, {LOW: (ZERO, TINY if x < arb(TINY) else exact(x.upper()))})

    def call(self, op: str) -> Tail:
        """An elementary function: by its behaviour at infinity, or by Taylor's formula."""
        s = self.growth()
        if s == 0:
            return self.taylor(op)
        x, one = self.times(s), self.constant(1)
        if op == "exp" and s < 0:
            return self.decay()
        if op in ("sin", "cos"):
            return Tail(self.T, {0: (fmpq(-1), fmpq(1))}, False)
        if op in ("tanh", "logcosh"):  # e/(1 + e) and log(1 + e) lie between 0 and e = exp(-2|f|)
            e = x.times(-2).decay()
            return (one - e.times(2)).times(s) if op == "tanh" else x - self.constant(arb(2).log()) + e
        if op in ("sigmoid", "softplus"):
            e = (-x).decay()
            return e if s < 0 else one - e if op == "sigmoid" else x + e
        if op == "erf":  # 1 - erf(x) <= exp(-x^2) for x >= 0
            return (one - (-(x * x)).decay()).times(s)
        if op == "atan":
            return (self.constant(arb.pi() / 2) - x.raised(fmpq(-1)).call("atan")).times(s)
        raise Refused(f"{op} of a growing tail")


Jet = list[Tail]


def product(a: Jet, b: Jet) -> Jet:
    """The product of two truncated series."""
    return [reduce(Tail.__add__, (a[i] * b[k - i] for i in range(k + 1))) for k in range(len(a))]


def compose(op: str, x: Jet, e: Any = None) -> Jet:
    """A function g of a series, from its value and g' = slope(x, g) x'."""
    y = [x[0].raised(e) if op == "pow" else x[0].raised(fmpq(-1)) if op == "inverse" else x[0].call(op)]
    for k in range(1, len(x)):
        names = {"x": x[:k], "y": y[:k]}
        s = [c.times(e) for c in product(y[:k], compose("inverse", x[:k]))] if op == "pow" else along(SLOPES[op], names)
        y.append(reduce(Tail.__add__, (x[j].times(j) * s[k - j] for j in range(1, k + 1))).times(fmpq(1, k)))
    return y


def along(code: Tape, names: Mapping[str, Jet]) -> Jet:
    """A tape at series over tails."""
    v: list[Jet] = []
    some = next(iter(names.values()))
    nothing = [Tail(some[0].T, {})] * (len(some) - 1)
    for op, at, value in code:
        a = [v[i] for i in at]
        if op in ("z", "name"):
            v.append(names[value or "z"])
        elif op in ("num", "pi"):
            v.append([Tail.of(some[0].T, {0: (value, value)}) if op == "num" else some[0].constant(arb.pi()), *nothing])
        elif op in ("add", "sub", "neg"):
            v.append([-p for p in a[0]] if op == "neg" else [p + q if op == "add" else p - q for p, q in zip(*a, strict=True)])
        elif op in ("mul", "div"):
            v.append(product(a[0], a[1] if op == "mul" else compose("inverse", a[1])))
        elif op == "pow" and value.q == 1 and value > 0:
            v.append(reduce(product, [a[0]] * int(value.p)))
        elif op == "pow" or op in SLOPES:
            v.append(compose(op, a[0], value))
        else:
            raise Refused(f"{op} is not smooth")
    return v[-1]


@lru_cache(maxsize=256)
def expand(root: Any, start: fmpq, end: int, order: int) -> Jet:
    """The Taylor coefficients 0..order of a tree along z = t (end = 1) or z = -t (end = -1), t >= start."""
    if not 3 <= start <= 2**64 or end not in (1, -1):
        raise Refused("a tail begins before 3, or too far out")
    z = [Tail(start, {1: (fmpq(end), fmpq(end))}), Tail(start, {0: (fmpq(1), fmpq(1))}), *[Tail(start, {})] * order]
    return along(tape(root), {"z": z[: order + 1]})

