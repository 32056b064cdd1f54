"""Half-lines t >= T (z = t or z = -t): f(t) = sum of c(t) t^k pi^(j/2) exp(-a t^d), each c(t) in a
known interval with rational ends.

Exact coefficients stay exact and cancel; what decays faster than the terms kept is counted with
them, its sign too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce
from math import factorial
from typing import Any

from flint import arb, arb_series, fmpq

from proofkit.check.expr import Refused, Tape, Unverified, function, parse, power, tape

LOW, GROUPS, ORDER, ZERO = -8, 2, 5, fmpq(0)
TINY = fmpq(1, 2**300)
Pair = tuple[fmpq, fmpq]
Mono = tuple[
    int, int, Any, int
]  # (d, a, k, j) for t^k pi^(j/2) exp(-a/UNIT t^d); d = a = 0 for a power, a < 0 where it grows; k whole or an fmpq
UNIT = fmpq(
    2**40 * 3**8 * 5**12 * 7**2 * 11 * 13
)  # exponents whose denominators divide it stay exact: decimals, thirds, sixths, ...
CONSTANT: Mono = (0, 0, 0, 0)
PI: Mono = (0, 0, 0, 2)
SURE: Pair = (fmpq(1), fmpq(1))
_SLOPES = {
    "exp": "y", "tanh": "1 - y^2", "sigmoid": "y - y^2", "softplus": "sigmoid(x)", "logcosh": "tanh(x)", "log": "1/x", "inverse": "-y^2",
    "sin": "cos(x)", "cos": "-sin(x)", "sinh": "cosh(x)", "cosh": "sinh(x)", "atan": "1/(1 + x^2)", "asinh": "1/sqrt(1 + x^2)", "erf": "2/sqrt(pi)*exp(-x^2)",
    "erfc": "-2/sqrt(pi)*exp(-x^2)",
}  # fmt: skip
SLOPES: Mapping[str, Tape] = {
    op: tape(parse(text, frozenset("xy"))) for op, text in _SLOPES.items()
}


def exact(x: arb) -> fmpq:
    """A ball without radius as the rational it is; Unverified for one that is not finite."""
    if not x.is_finite():
        raise Unverified("a number is not finite")
    m, e = x.man_exp()
    return fmpq(int(m)) * fmpq(2) ** int(e)


def ends(x: arb) -> Pair:
    """Rational ends of a ball of moderate size."""
    if not (abs(x) < 2**1000 and x.is_finite()):
        raise Unverified("a number is too large where the tail begins")
    if x != 0 and abs(x) < arb(TINY):
        return -TINY, TINY
    return (exact(x), exact(x)) if x.is_exact() else (exact(x.lower()), exact(x.upper()))


def ball(p: Pair) -> arb:
    """The smallest ball that holds the interval."""
    return arb(p[0]).union(arb(p[1]))


def rounded(p: Pair) -> Pair:
    """The interval with shorter ends, outwards; what is exact stays so while it is short."""
    long = max(q.height_bits() for q in p)
    return (
        p
        if long < 400 or (p[0] == p[1] and long < 4000)
        else (exact(arb(p[0]).lower()), exact(arb(p[1]).upper()))
    )


def times(p: Pair, q: Pair) -> Pair:
    """The product of two intervals."""
    if p[0] == p[1]:
        p, q = q, p
    if q[0] == q[1]:
        return (p[0] * q[0], p[1] * q[0]) if q[0] >= 0 else (p[1] * q[0], p[0] * q[0])
    products = [x * y for x in p for y in q]
    return min(products), max(products)


def join(m: Mono, n: Mono) -> tuple[Mono, Pair]:
    """The product of two monomials: another one, times something in an interval."""
    slow, fast = (m, n) if m[0] <= n[0] else (n, m)
    k, j = m[2] + n[2], m[3] + n[3]
    if slow[0] in (0, fast[0]):
        a = slow[1] + fast[1]
        return ((fast[0], a, k, j) if a else (0, 0, k, j)), SURE
    if slow[1] < 0:
        raise Unverified("exponentials of different degree, one of them growing")
    return (fast[0], fast[1], k, j), (ZERO, fmpq(1))


def rank(m: Mono) -> tuple[Any, ...]:
    """What grows fastest first, what decays fastest last."""
    return (m[0] if m[1] > 0 else -m[0]), m[1], -m[2]


def unit(k: Any) -> Mono:
    """t^k."""
    return 0, 0, k, 0


def size(T: fmpq, k: Any, j: int) -> arb:
    """T^k pi^(j/2)."""
    return (arb(T ** int(k)) if fmpq(k).q == 1 else arb(T) ** arb(k)) * (
        arb.pi() ** (j // 2) * (arb.pi().sqrt() if j % 2 else 1) if j else 1
    )


@dataclass(frozen=True, slots=True)
class Tail:
    """One quantity on the half-line from T on; not ``still`` where a coefficient may oscillate for
    ever.
    """

    T: fmpq
    c: Mapping[Mono, Pair]
    still: bool = True

    def ratio(self, m: Mono, n: Mono) -> fmpq:
        """An upper bound of m/n from T on, its value there: Refused unless it decreases."""
        (d, a, k, i), (e, b, j, h), T = m, n, self.T
        if m[:2] == n[:2] and k <= j:
            return (
                T ** int(k - j)
                if i == h and fmpq(k - j).q == 1
                else exact(size(T, k - j, i - h).upper())
            )
        one, two = a / UNIT * T**d, b / UNIT * T**e
        # t times the derivative of log(m/n) is k - j - a d t^d + b e t^e: not positive at T, and
        # not increasing from there on
        falls = a >= b if d == e else (a > 0 if d > e else b < 0) and one * d * d >= two * e * e
        if not (falls and k - j <= one * d - two * e):
            raise Unverified("terms cannot be compared where the tail begins")
        x = size(T, k - j, i - h) * arb(two - one).exp()
        return TINY if x < arb(TINY) else exact(x.upper())

    @staticmethod
    def of(T: fmpq, terms: Iterable[tuple[Mono, Pair]], still: bool = True) -> Tail:
        """The sum of terms: powers below t^LOW in t^LOW, one power with each exponential, and few
        exponentials.
        """
        out: dict[Mono, Pair] = {}
        self, tops, fast = (
            Tail(T, out, still),
            dict[tuple[int, int], Mono](),
            list[tuple[Mono, Pair]](),
        )

        def put(m: Mono, top: Mono, p: Pair) -> None:
            low, high = p
            if m != top:
                f = self.ratio(m, top)
                low, high = min(low * f, ZERO), max(high * f, ZERO)
            had = out.get(top)
            out[top] = (had[0] + low, had[1] + high) if had else (low, high)

        for m, p in terms:
            if m[0]:
                fast.append((m, p))
            else:
                put(m, m if m[2] >= LOW else unit(LOW), p)
        for m, p in sorted(fast, key=lambda term: rank(term[0])):
            room = m[1] < 0 or len([top for top in tops if top[1] > 0]) < GROUPS
            top = tops.setdefault(m[:2], m) if m[:2] in tops or room else list(tops.values())[-1]
            put(m, top, p)
        return Tail(T, {m: rounded(p) for m, p in out.items() if p[0] != 0 or p[1] != 0}, still)

    @property
    def folded(self) -> Tail:
        """The same with the powers of pi in the intervals."""
        if all(m[3] == 0 for m in self.c):
            return self
        return Tail.of(
            self.T,
            (
                ((*m[:3], 0), times(p, ends(size(self.T, 0, m[3]))) if m[3] else p)
                for m, p in self.c.items()
            ),
            self.still,
        )

    def __add__(self, other: Tail) -> Tail:
        return Tail.of(self.T, (*self.c.items(), *other.c.items()), self.still and other.still)

    def __mul__(self, other: Tail) -> Tail:
        joined = ((join(m, n), times(p, q)) for m, p in self.c.items() for n, q in other.c.items())
        return Tail.of(
            self.T, ((m, times(x, p)) for (m, x), p in joined), self.still and other.still
        )

    def range(self) -> tuple[Mono, fmpq, fmpq]:
        """(m, low, high) with low m <= f <= high m, m the slowest monomial."""
        c = self.folded.c
        top = min(c, key=rank)
        low, high = c[top]
        for m, p in c.items():
            if m != top:
                f = self.ratio(m, top)
                low, high = low + min(p[0], ZERO) * f, high + max(p[1], ZERO) * f
        return top, low, high

    def scaled(self, p: Pair, shift: int = 0) -> Tail:
        """Times a number in the interval p, times t^shift."""
        return Tail.of(
            self.T,
            (((m[0], m[1], m[2] + shift, m[3]), times(p, q)) for m, q in self.c.items()),
            self.still,
        )

    def __neg__(self) -> Tail:
        return Tail(self.T, {m: (-p[1], -p[0]) for m, p in self.c.items()}, self.still)

    def __sub__(self, other: Tail) -> Tail:
        return self + (-other)

    def by(self, q: Any) -> Tail:
        """Times a rational."""
        return self.scaled((fmpq(q), fmpq(q)))

    @property
    def grows(self) -> bool:
        """True when some term may grow."""
        return any(m[1] < 0 or (m[1] == 0 and m[2] > 0) for m in self.c)

    def growth(self) -> int:
        """The sign of f where |f| -> oo; 0 where f stays bounded; Refused when undecided."""
        _, low, high = self.range() if self.grows else (CONSTANT, ZERO, ZERO)
        if self.grows and low <= 0 <= high:
            raise Unverified("a growing tail has no certain sign")
        return 1 if low > 0 else -1 if high < 0 else 0

    def least(self) -> fmpq:
        """A positive number that an f which grows to +oo does not fall below from T on."""
        m, low, _ = self.range()
        return low / self.ratio(CONSTANT, m)

    def upper(self) -> fmpq:
        """A number that f does not exceed from T on: the limit itself when f comes from below."""
        if any(p[1] == 0 for p in self.c.values()):  # what is never positive only hides the others
            return Tail(self.T, {m: p for m, p in self.c.items() if p[1] != 0}, self.still).upper()
        if self.grows:
            m, _, top = self.range()
            if top >= 0:
                raise Unverified("the tail is not bounded above")
            return top * exact(size(self.T, m[2], 0).lower()) if m[0] == 0 else ZERO
        m, _, top = self.moving().range() if self.moving().c else (CONSTANT, ZERO, ZERO)
        return self.folded.c.get(CONSTANT, (ZERO, ZERO))[1] + (
            top * self.ratio(m, CONSTANT) if top > 0 else ZERO
        )

    def limit(self) -> Pair:
        """An interval around the limit at infinity; Refused when there is none."""
        if self.grows or not self.still:
            raise Unverified("the tail has no finite limit")
        return self.folded.c.get(CONSTANT, (ZERO, ZERO))

    def moving(self) -> Tail:
        """f without its constant term."""
        return Tail(self.T, {m: p for m, p in self.c.items() if m[:3] != CONSTANT[:3]}, self.still)

    def wave(self, w: Wave, k: int) -> Tail:
        """The Taylor coefficient of order k of a wave; its second derivative is -c^2 times itself."""
        f = w.c**k * (-1) ** (k // 2) / factorial(k)
        return Tail.of(self.T, [(CONSTANT, times((f, f), w.slope if k % 2 else w.here))])

    # -- functions ------------------------------------------------------------------------------

    def constant(self, x: arb | int) -> Tail:
        """A constant on the same half-line."""
        return Tail(self.T, {CONSTANT: p} if (p := ends(arb(x))) != (0, 0) else {})

    def taylor(self, op: str, e: Any = None) -> Tail:
        """A function of a bounded tail by Taylor's formula about its limit."""
        c, w = self.folded.c.get(CONSTANT, (ZERO, ZERO)), self.moving()
        r = sum((max(-p[0], p[1]) * self.ratio(m, CONSTANT) for m, p in w.c.items()), ZERO)

        def at(x: Any) -> arb_series:
            variable = arb_series([x, 1], prec=ORDER + 1)
            try:
                return power(variable, e) if op == "pow" else function(op, variable)
            except Refused:
                # At the limit, which the argument need not reach: log(erfc(z)) is defined for every
                # z.
                raise Unverified(f"{op} is not defined at the limit of its argument") from None

        if not r < 1:
            if op not in ("sin", "cos", "tanh", "erf", "sigmoid"):
                raise Unverified(f"the argument of {op} has not settled where the tail begins")
            return Tail(self.T, {CONSTANT: (fmpq(-1), fmpq(1))}, False)
        g, over, out = at(ball(c)), at(ball((c[0] - r, c[1] + r)))[ORDER], Tail(self.T, {})
        turns = self.c.get(PI, (ZERO, fmpq(1, 3)))[0]
        if (
            op in ("sin", "cos")
            and self.c.keys() - w.c.keys() == {PI}
            and self.c[PI] == (turns, turns)
            and (2 * turns).q == 1
        ):  # exact zeros at quarters
            here, slope = (
                (arb(turns).sin_pi(), arb(turns).cos_pi())
                if op == "sin"
                else (arb(turns).cos_pi(), -arb(turns).sin_pi())
            )
            g = arb_series(
                [
                    (slope if k % 2 else here) * (-1) ** (k // 2) / factorial(k)
                    for k in range(ORDER)
                ],
                prec=ORDER,
            )
        for a in (over, *(g[k] for k in range(ORDER - 1, -1, -1))):
            out = w * out + self.constant(a)
        return out

    def raised(self, e: fmpq) -> Tail:
        """f^e."""
        if e.q == 1 and e > 0:
            return reduce(Tail.__mul__, [self] * int(e.p))
        (d, a, k, j), m, around = self.leading()
        if (j * e).q != 1 or (a * e).q != 1 or (e.q != 1 and not m > 0):
            raise Unverified("a power of a tail is not settled where the tail begins")
        whole = m ** int(e.p) if e.q == 1 else fmpq(1)
        scale = (whole, whole) if e.q == 1 or m == 1 else ends(arb(m) ** arb(e))
        return around.taylor("pow", e) * Tail(
            self.T, {(d, int((a * e).p), k * e, int((j * e).p)): scale}
        )

    def leading(self) -> tuple[Mono, fmpq, Tail]:
        """(mono, m, f/(m mono)) with the monomial that grows fastest, or decays most slowly, and a
        number m near its coefficient.
        """
        top = min(self.c, key=rank, default=CONSTANT)
        if len([m for m in self.c if rank(m) == rank(top)]) > 1:
            return self.folded.leading()
        c = self.c.get(top, (ZERO, ZERO))
        m = exact(ball(c).mid()) if c[0] != c[1] else c[0]
        if m == 0:
            raise Unverified("the leading term of a tail is not settled where it begins")
        return top, m, self * Tail(self.T, {(top[0], -top[1], -top[2], -top[3]): (1 / m, 1 / m)})

    def exponential(self) -> Tail:
        """exp(f): an exponential of its own when f is c t^d plus a constant, else, for f <= -a t^d,
        something between 0 and exp(-a t^d).
        """
        top, _, high = self.range()
        (e, _, d, _), alone = top, self.moving().c
        if (
            alone.keys() == {unit(d)}
            and d >= 1
            and fmpq(d).q == 1
            and (p := alone[unit(d)])[0] == p[1]
            and (p[0] * UNIT).q == 1
        ):
            c, d = self.folded.c.get(CONSTANT, (ZERO, ZERO)), int(d)
            return Tail(
                self.T,
                {(d, -int((p[0] * UNIT).p), 0, 0): ends(ball(c).exp()) if c != (0, 0) else SURE},
                self.still,
            )
        if high < 0:  # f <= high t^d, and t^d grows with d; or f <= high top, and top >= t/ratio
            a, d = (
                (-high * UNIT / self.ratio(unit(1), top), fmpq(1)) if e else (-high * UNIT, fmpq(d))
            )
            if a >= 1 and d >= 1:
                return Tail(
                    self.T, {(int(d.p // d.q), int(a.p // a.q), 0, 0): (ZERO, fmpq(1))}, self.still
                )
        raise Unverified("an exponential has not settled where the tail begins")

    def call(self, op: str) -> Tail:
        """An elementary function: by its behaviour at infinity, or by Taylor's formula."""
        s = self.growth()
        if s == 0:
            return self.taylor(op)
        x, one = self.by(s), self.constant(1)
        if op == "exp":
            return self.exponential()
        if op in ("cosh", "sinh"):
            return (x.exponential() + (-x).exponential().by(1 if op == "cosh" else -1)).by(
                fmpq(s if op == "sinh" else 1, 2)
            )
        if (
            op == "log" and s > 0 and min(self.c, key=rank)[0] and min(self.c, key=rank)[2] == 0
        ):  # exp(a t^d) m (1 + w)
            (d, a, _, _), m, around = self.folded.leading()
            return (
                around.taylor("log")
                + self.constant(arb(m).log())
                + Tail(self.T, {unit(d): (-a / UNIT, -a / UNIT)})
            )
        if op == "asinh" or (op == "log" and s > 0):
            if not x.least() >= 1:
                raise Unverified("a logarithm has not settled where the tail begins")
            # log(least) <= log(x) <= asinh(x) <= log(3x) <= 8 (3x)^(1/8) for x >= least >= 1
            least = Tail(
                self.T, {CONSTANT: (low, low)} if (low := ends(arb(x.least()).log())[0]) > 0 else {}
            )
            return (x.by(3).raised(fmpq(1, 8)).scaled((ZERO, fmpq(8))) + least).by(s)
        if op in ("sin", "cos"):
            return Tail(self.T, {CONSTANT: (fmpq(-1), fmpq(1))}, False)
        if op in (
            "tanh",
            "logcosh",
            "sigmoid",
            "softplus",
        ):  # with e = exp(-2|f|) or exp(-|f|) <= u <= 1/3
            e = (x.by(-2) if op in ("tanh", "logcosh") else -x).exponential()
            u = e.upper()
            if not u <= fmpq(1, 3):
                raise Unverified(f"{op} has not settled where the tail begins")
            # e/(1 + e) = e - c e^2 and log(1 + e) = e - c e^2/2, c between 1/(1 + u) and 1; where e
            # is not sharp, c e for either: it stays positive
            c = 1 / (1 + u), fmpq(1)
            sharp = all(low == high for low, high in e.c.values())
            e = (
                e - (e * e).scaled(c).by(fmpq(1, 2 if op in ("logcosh", "softplus") else 1))
                if sharp
                else e.scaled(c)
            )
        if op in ("tanh", "logcosh"):
            return (one - e.by(2)).by(s) if op == "tanh" else x - self.constant(arb(2).log()) + e
        if op in ("sigmoid", "softplus"):
            return e if s < 0 else one - e if op == "sigmoid" else x + e
        if op in (
            "erf",
            "erfc",
        ):  # erfc(x) lies between (1 - 1/(2 x^2)) and 1 times exp(-x^2)/(x sqrt(pi)) for x > 0
            least, root = (
                max(ZERO, 1 - 1 / (2 * x.least() ** 2)),
                Tail(self.T, {(0, 0, 0, -1): SURE}),
            )
            e = ((-(x * x)).exponential() * x.raised(fmpq(-1))).scaled((least, fmpq(1))) * root
            return (one - e).by(s) if op == "erf" else e if s > 0 else one.by(2) - e
        if op == "atan":
            return (
                Tail(self.T, {PI: (fmpq(1, 2), fmpq(1, 2))}) - x.raised(fmpq(-1)).call("atan")
            ).by(s)
        raise Unverified(f"{op} of a growing tail")


@dataclass(frozen=True)
class Wave:
    """A sine or cosine of c z + (a constant) along points where it has the value ``here``, and 1/c
    times its derivative the value ``slope``.
    """

    c: fmpq
    here: Pair
    slope: Pair


Jet = list[Tail]


def product(a: Jet, b: Jet) -> Jet:
    """The product of two truncated series."""
    return [reduce(Tail.__add__, (a[i] * b[k - i] for i in range(k + 1))) for k in range(len(a))]


def compose(op: str, x: Jet, e: Any = None) -> Jet:
    """A function g of a series, from its value and g' = slope(x, g) x'."""
    y = [
        x[0].raised(e)
        if op == "pow"
        else x[0].raised(fmpq(-1))
        if op == "inverse"
        else x[0].call(op)
    ]
    for k in range(1, len(x)):
        names = {"x": x[:k], "y": y[:k]}
        s = (
            [c.by(e) for c in product(y[:k], compose("inverse", x[:k]))]
            if op == "pow"
            else along(SLOPES[op], names)
        )
        y.append(
            reduce(Tail.__add__, (x[j].by(j) * s[k - j] for j in range(1, k + 1))).by(fmpq(1, k))
        )
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
        elif op == "wave":  # the derivatives are the slope times the other, minus the first, ...
            v.append([some[0].wave(value, k) for k in range(len(some))])
        elif op in ("num", "pi"):
            v.append(
                [
                    Tail.of(some[0].T, [(CONSTANT, (value, value)) if op == "num" else (PI, SURE)]),
                    *nothing,
                ]
            )
        elif op in ("add", "sub", "neg"):
            v.append(
                [-p for p in a[0]]
                if op == "neg"
                else [p + q if op == "add" else p - q for p, q in zip(*a, strict=True)]
            )
        elif op in ("mul", "div"):
            v.append(product(a[0], a[1] if op == "mul" else compose("inverse", a[1])))
        elif op == "pow" and value.q == 1 and value > 0:
            v.append(reduce(product, [a[0]] * int(value.p)))
        elif op == "pow" or op in SLOPES:
            v.append(compose(op, a[0], value))
        else:
            raise Unverified(f"{op} is not smooth")
    return v[-1]


@lru_cache(maxsize=256)
def expand(root: Any, start: fmpq, end: int, order: int) -> Jet:
    """The Taylor coefficients 0..order of a tree along z = t (end = 1) or z = -t (end = -1), t >=
    start.
    """
    if not 3 <= start <= 2**64 or end not in (1, -1):
        raise Refused("a tail begins before 3, or too far out")
    z = [
        Tail(start, {unit(1): (fmpq(end), fmpq(end))}),
        Tail(start, {CONSTANT: SURE}),
        *[Tail(start, {})] * order,
    ]
    return along(tape(root), {"z": z[: order + 1]})
