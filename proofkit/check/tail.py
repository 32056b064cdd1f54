"""Half-lines t >= T (z = t or z = -t): f(t) = sum_k c_k t^k + theta(t) t^m exp(-a t^d), theta(t) in a known ball C.

The c_k are rationals or balls; products, quotients and functions are expanded with
explicit remainders, all of them decreasing from T on or refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flint import arb, fmpq

from proofkit.check.expr import Balls, Refused, Series, series, taylor

KEEP, ORDER = 6, 4


@dataclass(frozen=True, slots=True)
class Envelope:
    """theta t^m exp(-a t^d) with theta in the ball C."""

    C: arb
    m: int
    a: arb
    d: int

    def at(self, T: arb) -> arb:
        """A bound of the modulus from T on, its value at T: the envelope must decrease."""
        return abs(self.C).upper() * self.unit(T)

    def unit(self, T: arb) -> arb:
        """t^m exp(-a t^d) at T, its largest value from T on."""
        if not (self.a * self.d * T**self.d >= self.m):
            raise Refused("a remainder is not yet decreasing where the tail begins")
        return T**self.m * (-self.a * T**self.d).exp()

    def times(self, other: Envelope, T: arb) -> Envelope:
        """The product, as one envelope."""
        one, two = (self, other) if (self.d if self.a > 0 else 0) >= (other.d if other.a > 0 else 0) else (other, self)
        if one.d == two.d or not two.a > 0:
            return Envelope(one.C * two.C, one.m + two.m, one.a + (max(0, two.a)), one.d)
        return Envelope(one.C * two.C * arb(0).union((-two.a * T**two.d).exp()), one.m + two.m, one.a, one.d)


@dataclass(frozen=True, slots=True)
class Tail:
    """One quantity on the half-line from T on."""

    T: arb
    L: dict[int, Any]
    E: Envelope | None = None

    # -- arithmetic -------------------------------------------------------------------------

    def trimmed(self) -> Tail:
        """Zero terms out, low powers into the remainder."""
        L = {k: c for k, c in self.L.items() if not (isinstance(c, fmpq) and c == 0)}
        E = self.E
        for k in sorted(L, reverse=True)[KEEP:]:
            E = self.joined(E, Envelope(arb(L.pop(k)), k, arb(0), 1))
        return Tail(self.T, L, E)

    def joined(self, one: Envelope | None, two: Envelope | None) -> Envelope | None:
        """An envelope of the sum of two remainders: the slower one, with the other's share of it, between 0 and the ratio at T."""
        if one is None or two is None:
            return one or two
        slow, fast = sorted((one, two), key=lambda e: (-(e.d if e.a > 0 else 0), -float(e.a.mid()), e.m), reverse=True)
        T = self.T
        same = fast.d == slow.d
        fall = (fast.a - slow.a) * slow.d * T**slow.d if same else fast.a * fast.d * T**fast.d - slow.a * slow.d * T**slow.d
        if not (fall >= 0 and fall >= fast.m - slow.m and (fast.d >= slow.d or not slow.a > 0)):
            raise Refused("two remainders cannot be compared where the tail begins")
        ratio = T ** (fast.m - slow.m) * (slow.a * T**slow.d - fast.a * T**fast.d).exp()
        if same and fast.m == slow.m and fast.a - slow.a == 0:
            return Envelope(slow.C + fast.C, slow.m, slow.a, slow.d)
        return Envelope(slow.C + fast.C * arb(0).union(ratio), slow.m, slow.a, slow.d)

    def __add__(self, other: Any) -> Tail:
        if not isinstance(other, Tail):
            other = Tail(self.T, {0: fmpq(other) if isinstance(other, int) else other})
        L = dict(self.L)
        for k, c in other.L.items():
            L[k] = L[k] + c if k in L else c
        return Tail(self.T, L, self.joined(self.E, other.E)).trimmed()

    __radd__ = __add__

    def __neg__(self) -> Tail:
        return Tail(self.T, {k: -c for k, c in self.L.items()}, self.E and Envelope(-self.E.C, self.E.m, self.E.a, self.E.d))

    def __sub__(self, other: Tail) -> Tail:
        return self + (-other)

    def __rsub__(self, other: Any) -> Tail:
        return (-self) + other

    def __mul__(self, other: Any) -> Tail:
        if not isinstance(other, Tail):
            q = fmpq(other) if isinstance(other, int) else other
            return Tail(self.T, {k: c * q for k, c in self.L.items()}, self.E and Envelope(self.E.C * arb(q), self.E.m, self.E.a, self.E.d)).trimmed()
        L: dict[int, Any] = {}
        for j, b in self.L.items():
            for k, c in other.L.items():
                L[j + k] = L[j + k] + b * c if j + k in L else b * c
        E = None
        for one, two in ((self, other), (other, self)):
            if two.E is not None and one.L:
                E = self.joined(E, one.main().times(two.E, self.T))
        if self.E is not None and other.E is not None:
            E = self.joined(E, self.E.times(other.E, self.T))
        return Tail(self.T, L, E).trimmed()

    def __truediv__(self, k: int) -> Tail:
        return self * fmpq(1, k)

    # -- size -------------------------------------------------------------------------------

    def main(self) -> Envelope:
        """An envelope of the sum of powers alone."""
        top = max(self.L)
        parts = [arb(c) if k == top else arb(c) * arb(0).union(self.T ** (k - top)) for k, c in self.L.items()]
        return Envelope(sum(parts, arb(0)), top, arb(0), 1)

    def size(self) -> Envelope:
        """An envelope of |f|."""
        found = self.joined(self.main() if self.L else None, self.E)
        return found or Envelope(arb(0), 0, arb(0), 1)

    def lead(self) -> tuple[int, Any, arb]:
        """(k, c, w) with f = t^k (c + (something of size at most w)), k the highest power."""
        if not self.L:
            raise Refused("the leading term of a tail is not known")
        k = max(self.L)
        others = {j: c for j, c in self.L.items() if j != k}
        w = sum((abs(arb(c)) * self.T ** (j - k) for j, c in others.items()), arb(0))
        if self.E is not None:
            w += Envelope(self.E.C, self.E.m - k, self.E.a, self.E.d).at(self.T)
        return k, self.L[k], w

    def growth(self) -> int:
        """The sign of f where |f| -> oo; 0 where f stays bounded; Refused when undecided."""
        bounded = self.E is None or self.E.a > 0 or self.E.m <= 0
        if bounded and all(k <= 0 for k in self.L):
            return 0
        k, c, w = self.lead()
        if k <= 0 or not (arb(c) > w or arb(c) < -w):
            raise Refused("a growing tail has no certain sign")
        return 1 if arb(c) > 0 else -1

    def upper(self) -> tuple[Any, arb]:
        """(c, e): f <= c + e from T on; c is exact when rational."""
        if any(k > 0 for k in self.L):
            k, c, w = self.lead()
            if not arb(c) + w < 0:
                raise Refused("the tail is not bounded above")
            return fmpq(0), (arb(c) + w) * self.T**k
        small = {k: c for k, c in self.L.items() if k < 0}
        limit = self.L.get(0, fmpq(0))
        if not small:
            return limit, self.E.at(self.T) if self.E is not None and not self.E.C <= 0 else arb(0)
        decaying = Tail(self.T, small, self.E)
        try:
            k, c, w = decaying.lead()
        except Refused:
            return limit, decaying.size().at(self.T)
        top = arb(c) + w
        return limit, arb(0) if top <= 0 else abs(top) * self.T**k

    def limit(self) -> Any:
        """The limit at infinity; Refused when there is none."""
        decays = self.E is None or self.E.a > 0 or self.E.m < 0
        if any(k > 0 for k in self.L) or not decays:
            raise Refused("the tail has no finite limit")
        return self.L.get(0, fmpq(0))


class Tails:
    """The functions of tails, as ``Balls`` has those of balls."""

    def __init__(self, T: arb) -> None:
        self.T = T

    def constant(self, q: Any) -> Tail:
        return Tail(self.T, {0: q} if not (isinstance(q, fmpq) and q == 0) else {})

    def expand(self, coefficients: list[Any], w: Tail, rest: arb) -> Tail:
        """sum coefficients[n] w^n plus a remainder of size rest |w|^N."""
        total, power, size = self.constant(fmpq(0)), self.constant(fmpq(1)), w.size()
        for c in coefficients:
            total, power = total + power * c, power * w
        n = len(coefficients)
        e = size
        for _ in range(n - 1):
            e = e.times(size, self.T)
        return Tail(self.T, total.L, total.joined(total.E, Envelope(e.C * rest, e.m, e.a, e.d))) if size.C != 0 else total

    def split(self, f: Tail) -> tuple[Any, Tail]:
        """The constant and the decaying part of a bounded tail."""
        return f.L.get(0, fmpq(0)), Tail(self.T, {k: c for k, c in f.L.items() if k != 0}, f.E)

    def square(self, x: Tail, e: fmpq) -> Tail:
        """x^e for a whole e > 0."""
        out = x
        for _ in range(int(e.p) - 1):
            out = out * x
        return out

    def power(self, x: Tail, e: fmpq) -> Tail:
        """x^e for e < 0 or fractional, from x = c t^k (1 + w)."""
        k, c, w = x.lead()
        half = w / abs(arb(c))
        if not half < arb("0.5") or (k * e).q != 1 or (e.q != 1 and not arb(c) > 0):
            raise Refused("a power of a tail is not settled where the tail begins")
        shift, down = int((k * e).p), arb(c)
        small = Tail(self.T, {j - k: b / c for j, b in x.L.items() if j != k}, x.E and Envelope(x.E.C / down, x.E.m - k, x.E.a, x.E.d))
        binomial = [fmpq(1)]
        for n in range(ORDER):
            binomial.append(binomial[-1] * (e - n) / (n + 1))
        rest = arb(binomial[ORDER]) * Balls.power(1 + arb(0, 1) * half.upper(), e - ORDER)
        scale = c ** int(e.p) if e.q == 1 and isinstance(c, fmpq) else c if isinstance(c, fmpq) and c == 1 else Balls.power(down, e)
        out = self.expand(binomial[:ORDER], small, rest) * scale
        return Tail(self.T, {j + shift: b for j, b in out.L.items()}, out.E and Envelope(out.E.C, out.E.m + shift, out.E.a, out.E.d))

    def call(self, name: str, f: Tail) -> Tail:
        """A function of a tail: by its behaviour at infinity, or by Taylor's formula."""
        s = f.growth()
        if s == 0 and name in ("dtanh", "dsigmoid"):
            y = self.call(name[1:], f)
            return (self.constant(fmpq(1)) - y * y) if name == "dtanh" else y - y * y
        if s == 0:
            c, w = self.split(f)
            around = w.size().at(self.T)
            if not around < 1:
                if name in ("sin", "cos", "tanh", "erf", "sigmoid"):
                    return Tail(self.T, {}, Envelope(arb(0, 1), 0, arb(0), 1))
                raise Refused(f"the argument of {name} has not settled where the tail begins")
            coefficients: list[Any] = list(taylor(name, arb(c), ORDER))
            if isinstance(c, fmpq) and c == 0 and name in ("exp", "cos", "cosh", "sin", "tanh", "atan", "sinh", "asinh", "erf"):
                coefficients[0] = fmpq(1 if name in ("exp", "cos", "cosh") else 0)
            return self.expand(coefficients, w, taylor(name, arb(c) + arb(0, 1) * around, ORDER + 1)[ORDER])
        if name == "exp":
            if s > 0:
                raise Refused("an exponential that grows")
            return Tail(self.T, {}, self.decay(f))
        if name in ("sin", "cos"):
            return Tail(self.T, {}, Envelope(arb(0, 1), 0, arb(0), 1))
        x = f if s > 0 else -f
        if name in ("tanh", "dtanh", "logcosh", "sigmoid", "dsigmoid", "softplus"):
            # With e = exp(-2|f|) or exp(-|f|): e/(1+e), log(1+e) and e/(1+e)^2 are e times something between 1/(1+e)^2 and 1.
            e = self.decay(-(x * 2) if name in ("tanh", "dtanh", "logcosh") else -x)
            share = (1 / (1 + e.at(self.T)) ** (2 if name[0] == "d" else 1)).union(arb(1))
            factor = {"tanh": -2, "dtanh": 4, "sigmoid": -s}.get(name, 1)
            small = Tail(self.T, {}, Envelope(e.C * share * factor, e.m, e.a, e.d))
            if name == "tanh":
                return (self.constant(fmpq(1)) + small) * s
            if name in ("dtanh", "dsigmoid"):
                return small
            if name == "logcosh":
                return x - self.constant(arb(2).log()) + small
            return (x if name == "softplus" else self.constant(fmpq(1))) + small if s > 0 else small
        if name == "erf":
            if not self.T > 1 or not abs(x.lead()[1]) > x.lead()[2]:
                raise Refused("the argument of erf has not settled where the tail begins")
            k, c, w = x.lead()
            low = (arb(c) - w) * self.T**k
            e = self.decay(-(x * x))
            base, small = self.constant(fmpq(1)), Tail(self.T, {}, Envelope(arb(0).union(-e.C.upper() / (low.lower() * arb.pi().sqrt())), e.m, e.a, e.d))
        elif name == "atan":
            base, small = self.constant(arb.pi() / 2), -self.call("atan", self.power(x, fmpq(-1)))
        else:
            raise Refused(f"{name} of a growing tail")
        out = base + small
        return out if s > 0 else -out

    def decay(self, f: Tail) -> Envelope:
        """An envelope of exp f for f -> -oo: exp(C - a t^d)."""
        d, c, _ = f.lead()
        bounded = {k: b for k, b in f.L.items() if k <= 0}
        a = -arb(c) - sum((abs(arb(b)) * self.T ** (k - d) for k, b in f.L.items() if 0 < k < d), arb(0))
        if len(f.L) == 1 and f.E is None and arb(c).is_exact():
            return Envelope(arb(1), 0, -arb(c), d)
        extra = Tail(self.T, bounded, f.E).size() if bounded or f.E else Envelope(arb(0), 0, arb(0), 1)
        if not a > 0:
            raise Refused("an exponential has not settled where the tail begins")
        return Envelope(arb(0).union(extra.at(self.T).exp()), 0, a.lower(), d)


def expand(code: Any, start: Any, end: int, order: int) -> Series:
    """The Taylor coefficients of a tape along z = t (end = 1) or z = -t (end = -1), t >= start."""
    T = arb(start)
    if not T >= 3:
        raise Refused("a tail begins before 3")
    return series(code, Tail(T, {1: fmpq(end)}), order, Tails(T))
