"""Derivatives at a point, in floating point and in intervals, from mpmath's numbers alone.

``Floats`` is fast and may be wrong after cancellation; ``Intervals`` is slow, and what it encloses
is enclosed.  mpmath's own intervals trust that its functions are rounded correctly, which they are
not quite (exp may be off by the last bit): here a function is worked out with GUARD more bits, and
widened by far more than its error.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from mpmath import MPContext
from mpmath.libmp import (
    finf,
    fnan,
    fninf,
    fone,
    from_int,
    from_rational,
    fzero,
    mpf_abs,
    mpf_add,
    mpf_cmp,
    mpf_div,
    mpf_mul,
    mpf_neg,
    mpf_sign,
    mpf_sub,
)

from proofkit.campaign.reader import Step

GUARD = 48  # bits beyond the precision with which a function is worked out
SLACK = 24  # how many of these bits are given away for the error of mpmath
LARGEST_BITS = 2000  # before the point, of an argument whose function is still worked out
FLAT = 10**5  # beyond this tanh and erf are 1 up to 2^-FLAT
DOWN, UP = "f", "c"
"""Rounding modes of mpmath.libmp: floor and ceiling."""

Series = list[Any]  # Taylor coefficients: of numbers, or of intervals


class NoValueError(ArithmeticError):
    """A point at which the expression, or a derivative asked for, has no value that can be had."""


# -- intervals -------------------------------------------------------------------------------------


class Interval:
    """A closed interval of the real line whose ends are binary numbers or infinite.

    Sums, products and quotients are rounded outwards to ``bits`` bits.
    """

    __slots__ = ("bits", "high", "low")

    def __init__(self, low: Any, high: Any, bits: int) -> None:
        if fnan in (low, high):
            low, high = fninf, finf
        self.low, self.high, self.bits = low, high, bits

    def _taken(self, other: Interval | int) -> Interval:
        if isinstance(other, Interval):
            return other
        exact = from_int(other)
        return Interval(exact, exact, self.bits)

    def __neg__(self) -> Interval:
        return Interval(mpf_neg(self.high), mpf_neg(self.low), self.bits)

    def __add__(self, other: Interval | int) -> Interval:
        o, bits = self._taken(other), self.bits
        low = mpf_add(self.low, o.low, bits, DOWN)
        return Interval(low, mpf_add(self.high, o.high, bits, UP), bits)

    def __sub__(self, other: Interval | int) -> Interval:
        o, bits = self._taken(other), self.bits
        low = mpf_sub(self.low, o.high, bits, DOWN)
        return Interval(low, mpf_sub(self.high, o.low, bits, UP), bits)

    def __mul__(self, other: Interval | int) -> Interval:
        o = self._taken(other)
        if not self.is_finite or not o.is_finite:
            return self._products(o)
        a, b, c, d, bits = self.low, self.high, o.low, o.high, self.bits
        if mpf_sign(a) >= 0 and mpf_sign(c) >= 0:
            return Interval(mpf_mul(a, c, bits, DOWN), mpf_mul(b, d, bits, UP), bits)
        return self._products(o)

    def _products(self, o: Interval) -> Interval:
        pairs = [(x, y) for x in (self.low, self.high) for y in (o.low, o.high)]
        below = [mpf_mul(x, y, self.bits, DOWN) for x, y in pairs]
        above = [mpf_mul(x, y, self.bits, UP) for x, y in pairs]
        if fnan in below:  # infinity times zero
            return Interval(fninf, finf, self.bits)
        return Interval(_least(below), _largest(above), self.bits)

    def __truediv__(self, other: Interval | int) -> Interval:
        o = self._taken(other)
        if o.sign == 0:
            raise NoValueError("a divisor that may be 0")
        one = fone
        below, above = mpf_div(one, o.high, self.bits, DOWN), mpf_div(one, o.low, self.bits, UP)
        return self * Interval(below, above, self.bits)

    __radd__, __rmul__ = __add__, __mul__

    def __abs__(self) -> Interval:
        if self.sign:
            return self if self.sign > 0 else -self
        largest = _largest([mpf_abs(self.low), mpf_abs(self.high)])
        return Interval(fzero, largest, self.bits)

    @property
    def is_finite(self) -> bool:
        """True when both ends are numbers."""
        return not {self.low, self.high} & {finf, fninf}

    @property
    def sign(self) -> int:
        """1 or -1 when all its numbers have that sign, else 0."""
        if mpf_sign(self.low) > 0:
            return 1
        return -1 if mpf_sign(self.high) < 0 else 0

    def __gt__(self, other: Interval) -> bool:
        """Every number of this one above every number of the other."""
        return mpf_cmp(self.low, other.high) > 0

    def __lt__(self, other: Interval) -> bool:
        return mpf_cmp(self.high, other.low) < 0

    def meets(self, other: Interval) -> bool:
        """True when the two have a number in common."""
        return not (self > other or self < other)


def _least(values: Sequence[Any]) -> Any:
    out = values[0]
    for value in values[1:]:
        out = value if mpf_cmp(value, out) < 0 else out
    return out


def _largest(values: Sequence[Any]) -> Any:
    out = values[0]
    for value in values[1:]:
        out = value if mpf_cmp(value, out) > 0 else out
    return out


# -- the two kinds of numbers ----------------------------------------------------------------------


class Floats:
    """mpmath's numbers, of ``digits`` digits."""

    def __init__(self, digits: int) -> None:
        self.context: Any = MPContext()
        self.context.dps = digits

    def number(self, q: Fraction | int) -> Any:
        """A rational."""
        return self.context.mpf(Fraction(q).numerator) / Fraction(q).denominator

    @property
    def pi(self) -> Any:
        """The constant."""
        return +self.context.pi

    def sign(self, x: Any) -> int:
        """1, -1, or 0."""
        return int(self.context.sign(x))

    def is_finite(self, x: Any) -> bool:
        """False for infinities and what is no number."""
        return bool(self.context.isfinite(x))

    def value(self, op: str, x: Any) -> Any:
        """A function of the grammar at a number."""
        _refuse_huge(self.context, op, x)
        if op == "tanh" and abs(x) > FLAT:
            return self.context.sign(x)
        if op in ("erf", "erfc") and x * x > FLAT:
            return self.context.sign(x) if op == "erf" else 1 - self.context.sign(x)
        return getattr(self.context, op)(x)

    def root(self, x: Any, e: Fraction) -> Any:
        """x^e for x > 0."""
        return x ** self.number(e)


class Intervals:
    """Intervals of ``digits`` digits."""

    def __init__(self, digits: int) -> None:
        self.plain: Any = MPContext()
        self.plain.dps = digits
        self.bits = int(self.plain.prec)
        self.plain.prec += GUARD

    def number(self, q: Fraction | int) -> Interval:
        """The smallest interval that holds a rational."""
        return self.between(q, q)

    def between(self, low: Fraction | int | None, high: Fraction | int | None) -> Interval:
        """[low, high]; None stands for an infinite end."""
        ends = [fninf, finf]
        for k, (end, mode) in enumerate(((low, DOWN), (high, UP))):
            if end is not None:
                q = Fraction(end)
                ends[k] = from_rational(q.numerator, q.denominator, self.bits, mode)
        return Interval(ends[0], ends[1], self.bits)

    @property
    def pi(self) -> Interval:
        """The constant."""
        return self._around(+self.plain.pi)

    def sign(self, x: Interval) -> int:
        """1 or -1 when that is certain, else 0."""
        return x.sign

    def is_finite(self, x: Interval) -> bool:
        """True when both ends are numbers."""
        return x.is_finite

    def value(self, op: str, x: Interval) -> Interval:
        """A function of the grammar on an interval: all are monotone but sin, cos, cosh."""
        if op in ("sin", "cos"):
            return self._wave(op, x)
        one, two = self._at(op, x.low), self._at(op, x.high)
        low, high = _least([one.low, two.low]), _largest([one.high, two.high])
        return Interval(low, high, self.bits)

    def root(self, x: Interval, e: Fraction) -> Interval:
        """x^e for x > 0."""
        return self.value("exp", self.value("log", x) * self.number(e))

    def _wave(self, op: str, x: Interval) -> Interval:
        """sin or cos by its value in the middle: neither is steeper than 1."""
        whole = Interval(fneg_one(), fone, self.bits)
        if not x.is_finite:
            return whole
        room = mpf_sub(x.high, x.low, self.bits, UP)
        if mpf_cmp(room, fone) > 0:
            return whole
        middle = self.plain.make_mpf(x.low)
        _refuse_huge(self.plain, op, middle)
        value = self._around(getattr(self.plain, op)(middle))
        near = value + Interval(mpf_neg(room), room, self.bits)
        low, high = _largest([near.low, fneg_one()]), _least([near.high, fone])
        return Interval(low, high, self.bits)

    def _at(self, op: str, end: Any) -> Interval:
        """A monotone function at one end of an interval."""
        if end in (finf, fninf):
            return self._limit(op, end == finf)
        x = self.plain.make_mpf(end)
        _refuse_huge(self.plain, op, x)
        if (op == "tanh" and abs(x) > FLAT) or (op in ("erf", "erfc") and x * x > FLAT):
            # 1 - tanh(x) < 2 exp(-2 x) and erfc(x) < exp(-x^2) for such x.
            tiny = Interval(fzero, self.plain.ldexp(1, -FLAT)._mpf_, self.bits)
            one = self.number(1)
            towards = one - tiny if x > 0 else tiny - one
            return towards if op != "erfc" else one - towards
        if op == "log" and x <= 0:
            raise NoValueError("a logarithm of what may not be positive")
        return self._around(getattr(self.plain, op)(x))

    def _limit(self, op: str, right: bool) -> Interval:
        """A monotone function at an infinite end."""
        whole = (fninf, finf)
        limits = {
            "exp": (fzero, finf),
            "tanh": (fneg_one(), fone),
            "erf": (fneg_one(), fone),
            "erfc": (from_int(2), fzero),
            "log": whole,
            "asinh": whole,
        }
        if op == "atan":
            half = self.pi / 2
            return half if right else -half
        if op not in limits:
            raise NoValueError(f"{op} at infinity")
        limit = limits[op][right]
        return Interval(limit, limit, self.bits)

    def _around(self, value: Any) -> Interval:
        """The interval around a value of mpmath that holds the true one."""
        if not self.plain.isfinite(value):
            raise NoValueError("not finite")
        room = mpf_abs((value * self.plain.ldexp(1, SLACK - GUARD - self.bits))._mpf_)
        exact = value._mpf_
        low, high = mpf_sub(exact, room, self.bits, DOWN), mpf_add(exact, room, self.bits, UP)
        return Interval(low, high, self.bits)


def fneg_one() -> Any:
    """-1 as mpmath.libmp writes it."""
    return mpf_neg(fone)


def _refuse_huge(context: Any, op: str, x: Any) -> None:
    if op in ("exp", "sin", "cos", "sinh", "cosh") and x and context.mag(x) > LARGEST_BITS:
        raise NoValueError("an argument too large")


# -- Taylor series ---------------------------------------------------------------------------------

Numbers = Floats | Intervals


def derivatives(
    steps: Sequence[Step],
    numbers: Numbers,
    z: Any,
    order: int,
    branches: list[bool] | None = None,
) -> list[Any]:
    """[sigma, sigma', ..., sigma^(order)] at z, a number or an interval of ``numbers``.

    ``branches``, when given, receives which side of every Abs, Max and Min z is on.
    Raises NoValueError where there is no value: a kink, a singular point, an overflow.

    >>> from proofkit.campaign.reader import read
    >>> numbers = Floats(20)
    >>> [int(x) for x in derivatives(read("z^2"), numbers, numbers.number(3), 2)]
    [9, 6, 2]
    """
    taylor = _Taylor(numbers, order + 1, [] if branches is None else branches)
    done: list[Series] = []
    try:
        for step in steps:
            done.append(taylor.apply(step, [done[arg] for arg in step.args], z))
    except (ZeroDivisionError, OverflowError, ValueError) as error:
        raise NoValueError(str(error)) from None
    out, factorial = [], 1
    for k, coefficient in enumerate(done[-1]):
        factorial *= k or 1
        if isinstance(numbers, Floats) and not numbers.is_finite(coefficient):
            raise NoValueError("not finite")
        out.append(coefficient * factorial)
    return out


class _Taylor:
    """Power series of n terms."""

    def __init__(self, numbers: Numbers, n: int, branches: list[bool]) -> None:
        self.numbers, self.n, self.branches = numbers, n, branches
        self.zero = numbers.number(
            0
        )  # known by identity: what is a constant has it beyond the first

    def constant(self, value: Any) -> Series:
        return [value, *[self.zero] * (self.n - 1)]

    def apply(self, step: Step, a: list[Series], z: Any) -> Series:
        op = step.op
        if op == "z":
            return [z, *self.constant(self.numbers.number(1))][: self.n]
        if op in ("num", "pi"):
            return self.constant(
                self.numbers.number(step.number) if op == "num" else self.numbers.pi
            )
        if op == "same":
            return a[0]
        if op in ("add", "sub"):
            pairs = zip(a[0], a[1], strict=True)
            return [x + y if op == "add" else x - y for x, y in pairs]
        if op == "neg":
            return [-x for x in a[0]]
        if op in ("mul", "div"):
            return self.times(a[0], a[1]) if op == "mul" else self.quotient(a[0], a[1])
        if op == "pow":
            return self.power(a[0], step.number)
        if op in ("Abs", "Max", "Min"):
            return self.branch(op, a)
        return self.function(op, a[0])

    def times(self, a: Series, b: Series) -> Series:
        zero, out = self.zero, []
        for k in range(self.n):
            pairs = [(a[j], b[k - j]) for j in range(k + 1)]
            terms = [x * y for x, y in pairs if x is not zero and y is not zero]
            out.append(sum(terms[1:], terms[0]) if terms else zero)
        return out

    def quotient(self, a: Series, b: Series) -> Series:
        if self.numbers.sign(b[0]) == 0:
            raise NoValueError("a divisor that may be 0")
        out: Series = []
        for k in range(self.n):
            terms = [b[j] * out[k - j] for j in range(1, k + 1) if b[j] is not self.zero]
            top = a[k] - sum(terms[1:], terms[0]) if terms else a[k]
            out.append(self.zero if top is self.zero else top / b[0])
        return out

    def power(self, a: Series, e: Fraction) -> Series:
        if e.denominator == 1 and e > 0:
            out = a
            for bit in bin(int(e))[3:]:
                out = self.times(out, out)
                out = self.times(out, a) if bit == "1" else out
            return out
        one = self.constant(self.numbers.number(1))
        if e.denominator == 1:
            return self.quotient(one, self.power(a, -e) if e else a) if e else self.quotient(a, a)
        if self.numbers.sign(a[0]) <= 0:
            raise NoValueError("a root of what may not be positive")
        # g = f^e solves f g' = e f' g.
        exponent, out = self.numbers.number(e), [self.numbers.root(a[0], e)]
        for k in range(1, self.n):
            terms = [((exponent + 1) * j - k) * a[j] * out[k - j] for j in range(1, k + 1)]
            out.append(sum(terms[1:], terms[0]) / (a[0] * k))
        return out

    def branch(self, op: str, a: list[Series]) -> Series:
        if op != "Abs" and a[0] is a[1]:  # Max(Max(z, 2), z) where z > 2
            return a[0]
        sign = self.numbers.sign(a[0][0] if op == "Abs" else a[0][0] - a[1][0])
        if sign == 0:
            raise NoValueError("a kink")
        self.branches.append(sign > 0)
        if op == "Abs":
            return a[0] if sign > 0 else [-x for x in a[0]]
        return a[0] if (sign > 0) == (op == "Max") else a[1]

    def integral(self, value: Any, slope: Series, f: Series) -> Series:
        """g with g(0) = value and g' = slope f'."""
        out = [value]
        for k in range(1, self.n):
            terms = [f[j] * slope[k - j] * j for j in range(1, k + 1)]
            out.append(sum(terms[1:], terms[0]) / k)
        return out

    def exp(self, f: Series) -> Series:
        out = [self.numbers.value("exp", f[0])]
        for k in range(1, self.n):
            terms = [f[j] * out[k - j] * j for j in range(1, k + 1)]
            out.append(sum(terms[1:], terms[0]) / k)
        return out

    def waves(self, f: Series) -> tuple[Series, Series]:
        """(sin f, cos f)."""
        sine, cosine = [self.numbers.value("sin", f[0])], [self.numbers.value("cos", f[0])]
        for k in range(1, self.n):
            up = [f[j] * cosine[k - j] * j for j in range(1, k + 1)]
            down = [f[j] * sine[k - j] * j for j in range(1, k + 1)]
            sine.append(sum(up[1:], up[0]) / k)
            cosine.append(-(sum(down[1:], down[0]) / k))
        return sine, cosine

    def function(self, op: str, f: Series) -> Series:
        number, value = self.numbers.number, self.numbers.value
        if op == "exp":
            return self.exp(f)
        if op in ("sin", "cos"):
            return self.waves(f)[op == "cos"]
        if op in ("sinh", "cosh", "tanh"):
            return self.hyperbolic(op, f)
        if op == "log":
            if self.numbers.sign(f[0]) <= 0:
                raise NoValueError("a logarithm of what may not be positive")
            slope = self.quotient(self.constant(number(1)), f)
            return self.integral(value("log", f[0]), slope, f)
        square = self.times(f, f)
        if op in ("erf", "erfc"):
            factor = number(2) / self.numbers.root(self.numbers.pi, Fraction(1, 2))
            factor = factor if op == "erf" else -factor
            slope = [x * factor for x in self.exp([-x for x in square])]
            return self.integral(value(op, f[0]), slope, f)
        one_plus = [square[0] + 1, *square[1:]]
        if op not in ("atan", "asinh"):
            raise NoValueError(f"{op} is not known here")
        slope = self.power(one_plus, Fraction(-1) if op == "atan" else Fraction(-1, 2))
        return self.integral(value(op, f[0]), slope, f)

    def hyperbolic(self, op: str, f: Series) -> Series:
        if op == "tanh" and self.n > 1:
            # tanh' = sech^2 = 4/(e^x + e^-x)^2, whose series needs no difference of near numbers.
            rising, falling = self.exp(f), self.exp([-x for x in f])
            cosh = [x + y for x, y in zip(rising, falling, strict=True)]
            sech = self.quotient(self.constant(self.numbers.number(2)), cosh)
            return self.integral(self.numbers.value("tanh", f[0]), self.times(sech, sech), f)
        if op == "tanh":
            return [self.numbers.value("tanh", f[0])]
        rising, falling = self.exp(f), self.exp([-x for x in f])
        pairs = zip(rising, falling, strict=True)
        return [(x + y if op == "cosh" else x - y) / 2 for x, y in pairs]


# -- exact, from one side --------------------------------------------------------------------------


def one_sided(steps: Sequence[Step], at: Fraction, side: int, order: int) -> list[Fraction] | None:
    """The derivatives of a piecewise polynomial at a point as it is seen from one side, exactly.

    None for an expression with other functions, or a divisor with z in it.

    >>> from proofkit.campaign.reader import read
    >>> [int(x) for x in one_sided(read("Abs(z) + z"), Fraction(0), -1, 1)]
    [0, 0]
    """
    n = order + 1
    done: list[list[Fraction]] = []
    for step in steps:
        found = _exact(step, [done[arg] for arg in step.args], at, side, n)
        if found is None:
            return None
        done.append(found)
    out, factorial = [], 1
    for k, coefficient in enumerate(done[-1]):
        factorial *= k or 1
        out.append(coefficient * factorial)
    return out


def _exact(
    step: Step, a: list[list[Fraction]], at: Fraction, side: int, n: int
) -> list[Fraction] | None:
    zero = Fraction(0)
    if step.op == "z":
        return [at, Fraction(1), *[zero] * n][:n]
    if step.op == "num":
        return [step.number, *[zero] * (n - 1)]
    if step.op == "same":
        return a[0]
    if step.op in ("add", "sub"):
        sign = 1 if step.op == "add" else -1
        return [x + sign * y for x, y in zip(a[0], a[1], strict=True)]
    if step.op == "neg":
        return [-x for x in a[0]]
    if step.op == "mul":
        return _product(a[0], a[1])
    if step.op == "div":
        constant = a[1][0] != 0 and not any(a[1][1:])
        return [x / a[1][0] for x in a[0]] if constant else None
    if step.op == "pow" and step.number.denominator == 1 and 0 < step.number <= 16:
        out = a[0]
        for _ in range(int(step.number) - 1):
            out = _product(out, a[0])
        return out
    if step.op in ("Abs", "Max", "Min"):
        other = a[1] if step.op != "Abs" else [-x for x in a[0]]
        gap = [x - y for x, y in zip(a[0], other, strict=True)]
        first = next(((k, x) for k, x in enumerate(gap) if x), None)
        if first is None:
            return a[0]
        above = (first[1] * side ** first[0] > 0) == (step.op != "Min")
        return a[0] if above else other
    return None


def _product(a: list[Fraction], b: list[Fraction]) -> list[Fraction]:
    return [sum((a[j] * b[k - j] for j in range(k + 1)), Fraction(0)) for k in range(len(a))]


__all__ = ["Floats", "Interval", "Intervals", "NoValueError", "derivatives", "one_sided"]
