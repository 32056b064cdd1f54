"""Truncated Taylor series in mpmath: an evaluation of trees that shares no code with the balls.

``Evaluator`` works with plain numbers, ``Intervals`` with intervals rounded outwards: what
the second says of a value is so, whatever cancels in it.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from mpmath import MPContext
from mpmath.ctx_iv import MPIntervalContext

from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.terms import Node

LARGEST = 10**5  # of an argument of tanh, erf and erfc whose value is still worked out
MAGNITUDE = 2000  # bits before the point of an argument of exp, sin and cos
Series = list[Any]  # Taylor coefficients f^(k)/k!


class Evaluator:
    """sigma and its derivatives at a point, in floating point of ``digits`` digits.

    >>> f = Evaluator(terms.mul(terms.Z, terms.Z), 20)
    >>> [int(x) for x in f.derivatives(3, 2)]
    [9, 6, 2]
    """

    context: Any

    def __init__(self, root: Node, digits: int = 40) -> None:
        self.context = self._new_context()
        self.context.dps = digits
        self.code = list(terms.walk(root))
        self.constants = {n: self.number(n.rational) for n in self.code if n.op == "num"}

    def _new_context(self) -> Any:
        return MPContext()

    def number(self, q: Fraction) -> Any:
        """A rational at the working precision."""
        return self.context.mpf(q.numerator) / q.denominator

    def derivatives(self, z: Any, order: int) -> list[Any]:
        """[sigma, sigma', ..., sigma^(order)] at z.

        Raises ArithmeticError or ValueError where the expression cannot be evaluated
        (a kink, a singular point, an overflow).
        """
        n = order + 1
        at = self.number(z) if isinstance(z, Fraction) else self.context.mpf(z)
        v: dict[Node, Series] = {}
        for node in self.code:
            v[node] = self._apply(node, [v[a] for a in node.args], at, n)
        out, factorial = [], 1
        for k, x in enumerate(v[self.code[-1]]):
            factorial *= k or 1
            if not self._is_finite(x):
                raise OverflowError("not finite")
            out.append(x * factorial)
        return out

    # -- what differs between numbers and intervals ------------------------------------------------

    def _is_finite(self, x: Any) -> bool:
        return bool(self.context.isfinite(x))

    def _magnitude(self, x: Any) -> int:
        """The number of bits before the point."""
        return max(int(self.context.mag(x)), 0) if x else 0

    def _value(self, op: str, x: Any) -> Any:
        """A function of the grammar, or sech, at a number; sin and cos aside, each is monotone
        (sech in |x|).
        """
        c = self.context
        if op in ("tanh", "sech") and abs(x) > LARGEST:
            return c.sign(x) if op == "tanh" else c.zero
        if op in ("erf", "erfc") and x * x > LARGEST:
            return c.sign(x) if op == "erf" else 1 - c.sign(x)
        return getattr(c, op)(x)

    # -- series ------------------------------------------------------------------------------------

    def _apply(self, node: Node, a: list[Series], z: Any, n: int) -> Series:
        c, op = self.context, node.op
        zeros = [c.zero] * (n - 1)
        if op == "z":
            return ([z, c.one] + zeros)[:n]
        if op == "num":
            return [self.constants[node], *zeros]
        if op == "pi":
            return [+c.pi, *zeros]
        if op in ("add", "sub"):
            return [x + y if op == "add" else x - y for x, y in zip(*a, strict=True)]
        if op == "neg":
            return [-x for x in a[0]]
        if op == "mul":
            return self._times(a[0], a[1])
        if op == "div":
            return self._times(a[0], self._power(a[1], Fraction(-1), n))
        if op == "pow":
            e = node.rational
            if e.denominator == 1 and e > 0:
                out = a[0]
                for bit in bin(int(e))[3:]:
                    out = self._times(out, out)
                    if bit == "1":
                        out = self._times(out, a[0])
                return out
            return self._power(a[0], e, n)
        if op in terms.KINKED:
            return self._branch(op, a, n)
        return self._function(op, a[0], n)

    def _branch(self, op: str, a: list[Series], n: int) -> Series:
        switch = a[0][0] if op == "Abs" else a[0][0] - a[1][0]
        if not (switch > 0 or switch < 0):
            if n == 1 and switch == 0:
                return a[0]
            raise ValueError("a kink")
        up = bool(switch > 0)
        if op == "Abs":
            return a[0] if up else [-x for x in a[0]]
        return a[0] if up == (op == "Max") else a[1]

    def _times(self, a: Series, b: Series) -> Series:
        return [self.context.fdot(a[: k + 1], b[k::-1]) for k in range(len(a))]

    def _power(self, f: Series, e: Fraction, n: int) -> Series:
        whole = e.denominator == 1
        if not (f[0] > 0 or (f[0] < 0 and whole)):
            raise ValueError("a singular point")
        exponent = int(e) if whole else self.number(e)
        g = [f[0] ** exponent]
        for k in range(1, n):
            g.append(
                sum(((exponent + 1) * j - k) * f[j] * g[k - j] for j in range(1, k + 1))
                / (k * f[0])
            )
        return g

    def _integral(self, value: Any, slope: Series, f: Series, n: int) -> Series:
        """g with g(z) = value and g' = slope f'."""
        return [value] + [
            sum(j * f[j] * slope[k - j] for j in range(1, k + 1)) / k for k in range(1, n)
        ]

    def _exp(self, f: Series, n: int) -> Series:
        if self._magnitude(f[0]) > MAGNITUDE:
            raise OverflowError("an argument too large")
        return self._solve(f, [self._value("exp", f[0])], n)

    def _solve(self, f: Series, g: Series, n: int) -> Series:
        for k in range(1, n):
            g.append(sum(j * f[j] * g[k - j] for j in range(1, k + 1)) / k)
        return g

    def _function(self, op: str, f: Series, n: int) -> Series:
        c = self.context
        one = [c.one] + [c.zero] * (n - 1)
        if op == "exp":
            return self._exp(f, n)
        if op in ("sinh", "cosh"):
            plus, minus = self._exp(f, n), self._exp([-x for x in f], n)
            return [
                (p - m if op == "sinh" else p + m) / 2 for p, m in zip(plus, minus, strict=True)
            ]
        if op in ("sin", "cos"):
            if self._magnitude(f[0]) > MAGNITUDE:
                raise OverflowError("an argument too large")
            s, k = [self._value("sin", f[0])], [self._value("cos", f[0])]
            for m in range(1, n):
                up = sum(j * f[j] * k[m - j] for j in range(1, m + 1)) / m
                k.append(-sum(j * f[j] * s[m - j] for j in range(1, m + 1)) / m)
                s.append(up)
            return s if op == "sin" else k
        if op == "log":
            if not f[0] > 0:
                raise ValueError("log of a number that is not positive")
            return self._integral(self._value("log", f[0]), self._power(f, Fraction(-1), n), f, n)
        if op == "tanh":
            g = [self._value("tanh", f[0])]
            # g' = (1 - g^2) f', the square from the coefficients known so far; 1 - t^2 without
            # cancellation
            sech = self._value("sech", f[0]) ** 2
            for k in range(1, n):
                square = self._times(g, g)
                slope = [sech] + [-x for x in square[1:]]
                g.append(sum(j * f[j] * slope[k - j] for j in range(1, k + 1)) / k)
            return g
        square = self._times(f, f)
        if op in ("erf", "erfc"):
            factor = (2 if op == "erf" else -2) / c.sqrt(c.pi)
            slope = [x * factor for x in self._exp([-x for x in square], n)]
            return self._integral(self._value(op, f[0]), slope, f, n)
        one_plus = [x + y for x, y in zip(one, square, strict=True)]
        if op == "atan":
            slope = self._power(one_plus, Fraction(-1), n)
            return self._integral(self._value("atan", f[0]), slope, f, n)
        if op == "asinh":
            slope = self._power(one_plus, Fraction(-1, 2), n)
            return self._integral(self._value("asinh", f[0]), slope, f, n)
        raise ValueError(f"{op} is not known here")


class Intervals(Evaluator):
    """The same in intervals: every derivative with rigorous ends, of ``digits`` digits.

    mpmath's intervals have the arithmetic, exp, log, sin and cos; the other functions are monotone,
    and taken at the ends with twice the digits, one unit of the working precision outwards.

    >>> value = Intervals(terms.call("tanh", terms.Z), 30).derivatives(Fraction(40), 1)[1]
    >>> bool(value > 0), bool(10**34 * value < 1)
    (True, True)
    """

    def __init__(self, root: Node, digits: int = 40) -> None:
        self.plain = MPContext()
        self.plain.dps = 2 * digits
        super().__init__(root, digits)

    def _new_context(self) -> Any:
        return MPIntervalContext()

    def ends(self, x: Any) -> tuple[Any, Any]:
        """The two ends as numbers of ``plain``, exact."""
        low, high = x._mpi_
        return self.plain.make_mpf(low), self.plain.make_mpf(high)

    def _is_finite(self, x: Any) -> bool:
        return all(self.plain.isfinite(end) for end in self.ends(x))

    def _magnitude(self, x: Any) -> int:
        ends = [end for end in self.ends(x) if end]
        if not all(map(self.plain.isfinite, ends)):
            return MAGNITUDE + 1
        return max((int(self.plain.mag(end)) for end in ends), default=0)

    def _value(self, op: str, x: Any) -> Any:
        if op in ("exp", "log", "sin", "cos"):
            return getattr(self.context, op)(x)
        if op == "sech":
            if self._magnitude(x) > MAGNITUDE:
                raise OverflowError("an argument too large")
            # (exp(x) + exp(-x))/2 of the smallest and of the largest |x|; mpmath's |x| is an
            # interval.
            up = self.context.exp(abs(x))
            return 2 / (up + 1 / up)
        low, high = self.ends(x)
        if not (self.plain.isfinite(low) and self.plain.isfinite(high)):
            raise OverflowError("not finite")
        one, two = self._outwards(op, low), self._outwards(op, high)
        return self.context.mpf([min(one[0], two[0]), max(one[1], two[1])])

    def _outwards(self, op: str, x: Any) -> tuple[Any, Any]:
        """(below, above) f(x) for a number x."""
        c = self.plain
        if op == "tanh" and abs(x) > LARGEST:
            tiny = c.ldexp(1, -LARGEST)  # 1 - tanh(x) < 2 exp(-2 x)
            return (1 - tiny, c.one) if x > 0 else (-c.one, -1 + tiny)
        if op in ("erf", "erfc") and x * x > LARGEST:
            tiny = c.ldexp(1, -LARGEST)  # erfc(x) < exp(-x^2)
            if op == "erf":
                return (1 - tiny, c.one) if x > 0 else (-c.one, -1 + tiny)
            return (c.zero, tiny) if x > 0 else (2 - tiny, c.mpf(2))
        value = getattr(c, op)(x)
        room = abs(value) * c.ldexp(1, -self.context.prec)
        return value - room, value + room
