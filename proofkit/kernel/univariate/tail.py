"""Expressions on a half-line [T, oo): expansions with rigorous remainders.

A ``Tail`` is an identity, valid for every t >= T,

    f(t) = sum_i c_i mu_i(t) + theta(t) mu_r(t),    theta(t) in a known ball,

whose monomials are mu = exp(-phi(t)) t^k (log t)^i (log log t)^j with phi a
polynomial without constant term.  The c_i are exact, so leading terms cancel exactly;
what is dropped goes into the remainder, rounded outwards.  Bounds, limits and
growth at infinity are read off the leading terms.  The end -oo is reached by
z = -t.  Requires T >= 3 so that log T > 1 and log log T > 0.
"""

from __future__ import annotations

import functools
import math
import time
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from flint import arb, arb_series, fmpq, fmpq_series

from proofkit.kernel.univariate import balls, coefficients
from proofkit.kernel.univariate import terms as trees
from proofkit.kernel.univariate.coefficients import Coef, TailError
from proofkit.kernel.univariate.terms import Node

STARTS = tuple(Fraction(4) * 2**j for j in range(48))
MAX_TERMS = 8
ORDER = 6  # terms kept of a Taylor expansion in a decaying argument

Phi = tuple[Coef, ...]  # phi_1, phi_2, ...: coefficients of t, t^2, ...


class TimeIsUp(Exception):
    """A limit on the time was reached."""


@dataclass(frozen=True, eq=False)
class Mono:
    """exp(-phi(t)) t^k (log t)^i (log log t)^j."""

    phi: Phi = ()
    k: Fraction = Fraction(0)
    i: Fraction = Fraction(0)
    j: Fraction = Fraction(0)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Mono) and self._hash == other._hash and self._key == other._key

    @property
    def _key(self) -> tuple[Phi, Fraction, Fraction, Fraction]:
        return self.phi, self.k, self.i, self.j

    @cached_property
    def _hash(self) -> int:
        k, i, j = self.k, self.i, self.j
        if not i and not j:  # of their own hashes Fractions make much work
            return hash((self.phi, k.numerator, k.denominator))
        return hash(self._key)

    def __mul__(self, other: Mono) -> Mono:
        if not self.phi or not other.phi:
            return Mono(self.phi or other.phi, self.k + other.k, self.i + other.i, self.j + other.j)
        n = max(len(self.phi), len(other.phi))
        phi = [_at(self.phi, m) + _at(other.phi, m) for m in range(n)]
        while phi and phi[-1].is_zero:
            phi.pop()
        return Mono(tuple(phi), self.k + other.k, self.i + other.i, self.j + other.j)

    def inverse(self) -> Mono:
        """1/mu."""
        return Mono(tuple(-c for c in self.phi), -self.k, -self.i, -self.j)

    def growth(self) -> int:
        """1 when mu -> oo, 0 when mu = 1, -1 when mu -> 0."""
        if self.phi:
            return -self.phi[-1].sign()
        lead = self.k or self.i or self.j
        return (lead > 0) - (lead < 0)

    def __str__(self) -> str:
        factors = (("z", self.k), ("log(z)", self.i), ("log(log(z))", self.j))
        parts = [_power(base, exponent) for base, exponent in factors if exponent]
        if self.phi:
            powers = [
                times(-c, "z" if m == 0 else f"z^{m + 1}")
                for m, c in enumerate(self.phi)
                if not c.is_zero
            ]
            parts.append(f"exp({' + '.join(powers)})")
        return "*".join(parts) or "1"


def _power(base: str, exponent: Fraction) -> str:
    """base^exponent as text: z, z^2, z^(1/2)."""
    if exponent == 1:
        return base
    return f"{base}^{exponent}" if exponent.denominator == 1 else f"{base}^({exponent})"


def times(c: Coef, what: str) -> str:
    """c*what as text, without a factor 1."""
    text = str(c)
    if text in ("1", "-1"):
        return text[:-1] + what
    return f"({text})*{what}" if " " in text else f"{text}*{what}"


@dataclass(frozen=True)
class Span:
    """An interval [lo.lower(), hi.upper()] whose ends are balls: no loss of sharpness in a radius."""

    lo: arb
    hi: arb

    def __add__(self, other: Span) -> Span:
        return Span(self.lo + other.lo, self.hi + other.hi)

    def __neg__(self) -> Span:
        return Span(-self.hi, -self.lo)

    def __mul__(self, other: Span) -> Span:
        p = (self.lo * other.lo, self.lo * other.hi, self.hi * other.lo, self.hi * other.hi)
        return Span(p[0].min(p[1]).min(p[2].min(p[3])), p[0].max(p[1]).max(p[2].max(p[3])))

    def square(self) -> Span:
        """The squares of the elements."""
        ends = (self.lo * self.lo, self.hi * self.hi)
        inside = arb(0) if not (self.lo > 0 or self.hi < 0) else ends[0].min(ends[1])
        return Span(inside, ends[0].max(ends[1]))

    def hull(self) -> arb:
        """One ball containing the interval."""
        return self.lo.union(self.hi)

    def size(self) -> arb:
        """An upper bound of |theta|, as an exact ball."""
        return abs(self.lo).max(abs(self.hi)).upper()

    @property
    def positive(self) -> bool:
        """True when every element is > 0."""
        return bool(self.lo > 0)

    @property
    def negative(self) -> bool:
        """True when every element is < 0."""
        return bool(self.hi < 0)

    @property
    def finite(self) -> bool:
        """True when both ends are finite numbers."""
        return bool(self.lo.is_finite() and self.hi.is_finite())


def span(x: arb) -> Span:
    """The elements of a ball."""
    return Span(x, x)


ZERO_SPAN, ONE_SPAN = span(arb(0)), span(arb(1))
SIGNS = Span(arb(-1), arb(1))


def up_to(x: arb) -> Span:
    """[0, x]."""
    return Span(arb(0), x)


UNIT = Mono()
MAX_MULTIPLE = 24


class FinerPhase(Exception):
    """An expansion has sines of fractions of its phase; ``unit`` is the unit to start again with."""

    def __init__(self, unit: int) -> None:
        super().__init__(str(unit))
        self.unit = unit


def _at(phi: Phi, m: int) -> Coef:
    return phi[m] if m < len(phi) else coefficients.ZERO


class Half:
    """The half-line [T, oo) with what is computed once for it."""

    def __init__(
        self, start: Fraction, sign: int, unit: int = 1, deadline: float = float("inf")
    ) -> None:
        if start < 3:
            raise ValueError("the half-line must start at 3 or later")
        self.start = start
        self.sign = sign  # z = sign * t
        self.unit = unit
        # The argument of the first sine or cosine met that tends to infinity: unit * phi, with phi
        # the phase.
        self.phase: Tail | None = None
        self.deadline = deadline  # on the monotonic clock; expansions of deep trees can be long
        self.t = balls.ball(start)
        self.log_t = self.t.log()
        self.log_log_t = self.log_t.log()
        self._sup: dict[Mono, arb] = {}
        self._order: dict[tuple[Mono, Mono], int] = {}
        self._product: dict[tuple[Mono, Mono], Mono] = {}
        self._quotient: dict[tuple[Mono, Mono], Mono] = {}
        self._one: dict[Mono, Mono] = {UNIT: UNIT}

    def multiple(self, f: Tail) -> tuple[int, Tail] | None:
        """(m, w) with f = m phi + w and w not growing; None when f is no rational multiple of the
        phase.

        Raises FinerPhase when m is a fraction: the expansion is then made again with a larger unit.
        """
        if self.phase is None:
            _sign_of_growth(f)  # continuous, and tends to +-oo: it returns to every phase
            self.phase = f
        one, two = self.phase.split()[0], f.split()[0]
        if f is self.phase:
            return self.unit, f.const(coefficients.ZERO)
        if one.rest or two.rest or one.terms.keys() != two.terms.keys():
            return None
        ratios = {c.ratio(one.terms[m]) for m, c in two.terms.items()}
        q = ratios.pop()
        if q is None or ratios or abs(q) > MAX_MULTIPLE:
            return None
        if (q * self.unit).denominator != 1:
            if q.denominator * self.unit > MAX_MULTIPLE:
                return None
            raise FinerPhase(q.denominator * self.unit)
        w = f - self.phase.scale(coefficients.rational(q))
        grow, _, _ = w.split()
        return None if grow.terms or grow.rest or w.oscillates else (int(q * self.unit), w)

    def product(self, a: Mono, b: Mono) -> Mono:
        """a b; the same monomial is the same object, which makes look-ups cheap."""
        found = self._product.get((a, b))
        if found is None:
            found = a * b
            found = self._product[a, b] = self._one.setdefault(found, found)
        return found

    def quotient(self, a: Mono, b: Mono) -> Mono:
        """a/b."""
        found = self._quotient.get((a, b))
        if found is None:
            found = self._quotient[a, b] = self.product(a, b.inverse())
        return found

    def compare(self, a: Mono, b: Mono) -> int:
        """The sign of growth of a/b."""
        if a == b:
            return 0
        found = self._order.get((a, b))
        if found is None:
            found = self.quotient(a, b).growth()
            self._order[a, b] = found
            self._order[b, a] = -found
        return found

    def value(self, mu: Mono) -> arb:
        """mu(T)."""
        v = arb(0)
        for m, c in enumerate(mu.phi):
            v -= c.ball * self.t ** (m + 1)
        if mu.k:
            v += balls.ball(mu.k) * self.log_t
        if mu.i:
            v += balls.ball(mu.i) * self.log_log_t
        if mu.j:
            v += balls.ball(mu.j) * self.log_log_t.log()
        return v.exp()

    def sup(self, mu: Mono) -> arb:
        """sup of a non-growing mu on [T, oo): mu(T), once mu is shown to decrease from T on."""
        if mu == UNIT:
            return arb(1)
        found = self._sup.get(mu)
        if found is None:
            self._require_decreasing(mu)
            found = self.value(mu).upper()
            if not found.is_finite():
                raise TailError("a monomial is too large to bound")
            self._sup[mu] = found
        return found

    def _require_decreasing(self, mu: Mono) -> None:
        # -t mu'/mu = sum m phi_m t^m - k - (i + j/log log t)/log t >= 0 for t >= T: all
        # coefficients of the polynomial in x = t - T nonnegative is enough.
        slow = balls.ball(mu.i) + (balls.ball(mu.j) / self.log_log_t if mu.j > 0 else 0)
        p = [-balls.ball(mu.k) - (arb(0) if slow <= 0 else slow / self.log_t)]
        p += [(m + 1) * c.ball for m, c in enumerate(mu.phi)]
        for i in range(len(p)):
            for j in range(len(p) - 2, i - 1, -1):
                p[j] += self.t * p[j + 1]
        if not all(c >= 0 for c in p):
            raise TailError(f"{mu} is not yet decreasing at {self.start}")

    def ratio(self, a: Mono, b: Mono) -> Span:
        """The range of a/b on [T, oo), for a not growing faster than b."""
        q = self.quotient(a, b)
        return ONE_SPAN if q == UNIT else up_to(self.sup(q))


@dataclass(frozen=True)
class Tail:
    """f on the half-line: exact terms, and optionally a remainder (mu_r, ball of theta)."""

    half: Half
    terms: dict[Mono, Coef]
    rest: tuple[Mono, Span] | None = None

    # -- construction -----------------------------------------------------------------

    def const(self, c: Coef) -> Tail:
        """A constant on the same half-line."""
        return Tail(self.half, {} if c.is_zero else {UNIT: c})

    def _merge(self, terms: dict[Mono, Coef], rests: list[tuple[Mono, Span]]) -> Tail:
        """Normalise: zero terms out, remainders united, small terms into the remainder."""
        half = self.half
        if time.monotonic() > half.deadline:
            raise TimeIsUp
        terms = {m: c for m, c in terms.items() if not c.is_zero}
        order = sorted(terms, key=functools.cmp_to_key(half.compare), reverse=True)
        for m in order[MAX_TERMS:]:
            rests.append((m, span(terms.pop(m).ball)))
        order = order[:MAX_TERMS]
        if not rests:
            return Tail(half, terms)
        top = rests[0][0]
        for m, _ in rests[1:]:
            if half.compare(m, top) > 0:
                top = m
        total = ZERO_SPAN
        for m, theta in rests:
            total = total + theta * half.ratio(m, top)
        for m in order:
            if half.compare(m, top) <= 0:
                total = total + span(terms.pop(m).ball) * half.ratio(m, top)
        if not total.finite:
            raise TailError("a remainder is not finite")
        return Tail(half, terms, (top, total))

    # -- ring operations ---------------------------------------------------------------

    def __add__(self, other: Tail) -> Tail:
        terms = dict(self.terms)
        for m, c in other.terms.items():
            terms[m] = terms[m] + c if m in terms else c
        return self._merge(terms, [r for r in (self.rest, other.rest) if r])

    def __neg__(self) -> Tail:
        return Tail(
            self.half,
            {m: -c for m, c in self.terms.items()},
            self.rest and (self.rest[0], -self.rest[1]),
        )

    def __sub__(self, other: Tail) -> Tail:
        return self + (-other)

    def __mul__(self, other: Tail) -> Tail:
        for one, two in ((self, other), (other, self)):
            if one.oscillates and not one.terms and (values := two.values()):
                # A bounded unknown times a bounded factor: the ranges multiply without loss.
                return Tail(self.half, {}, (UNIT, one.rest[1] * values))  # type: ignore[index]
        terms: dict[Mono, Coef] = {}
        rests: list[tuple[Mono, Span]] = []
        for m1, c1 in self.terms.items():
            for m2, c2 in other.terms.items():
                m, c = self.half.product(m1, m2), c1 * c2
                terms[m] = terms[m] + c if m in terms else c
        for one, two in ((self, other), (other, self)):
            if two.rest:
                rests += [
                    (self.half.product(m, two.rest[0]), span(c.ball) * two.rest[1])
                    for m, c in one.terms.items()
                ]
        if self.rest and other.rest:
            theta = self.rest[1].square() if self is other else self.rest[1] * other.rest[1]
            rests.append((self.half.product(self.rest[0], other.rest[0]), theta))
        return self._merge(terms, rests)

    def scale(self, c: Coef, mu: Mono = UNIT) -> Tail:
        """c mu f."""
        return Tail(
            self.half,
            {self.half.product(m, mu): d * c for m, d in self.terms.items()}
            if not c.is_zero
            else {},
            (self.half.product(self.rest[0], mu), self.rest[1] * span(c.ball))
            if self.rest
            else None,
        )

    # -- structure -----------------------------------------------------------------------

    def lead(self) -> tuple[Mono, Coef] | None:
        """The dominant exact term; None when the remainder dominates or f = 0."""
        best = None
        for m in self.terms:
            if best is None or self.half.compare(m, best) > 0:
                best = m
        return None if best is None else (best, self.terms[best])

    def dominated(self, arc: int | None = None) -> tuple[Mono, Span]:
        """(nu, J) with f = theta nu, theta in J on the whole half-line (or where the phase lies on
        one arc).
        """
        lead = self.lead()
        if lead is not None:
            nu = lead[0]
        elif self.rest is not None:
            nu = self.rest[0]
        else:
            return UNIT, ZERO_SPAN
        total = ZERO_SPAN
        for m, c in self.terms.items():
            total = total + span(c.ball if arc is None else c.boxes[arc]) * self.half.ratio(m, nu)
        if self.rest:
            total = total + self.rest[1] * self.half.ratio(self.rest[0], nu)
        return nu, total

    def split(self) -> tuple[Tail, Coef, Tail]:
        """Growing part, constant, decaying part (the remainder goes where its monomial does)."""
        grow: dict[Mono, Coef] = {}
        small: dict[Mono, Coef] = {}
        for m, c in self.terms.items():
            if m != UNIT:
                (grow if m.growth() > 0 else small)[m] = c
        c0 = self.terms.get(UNIT, coefficients.ZERO)
        g = self.rest[0].growth() if self.rest else -1
        return (
            Tail(self.half, grow, self.rest if g > 0 else None),
            c0,
            Tail(self.half, small, self.rest if g <= 0 else None),
        )

    @property
    def vanishes(self) -> bool:
        """True when f is exactly zero on the half-line."""
        return not self.terms and self.rest is None

    @property
    def constant(self) -> Coef | None:
        """c when f is exactly the constant c on the half-line; None otherwise."""
        if self.rest is not None or self.terms.keys() - {UNIT}:
            return None
        c = self.terms.get(UNIT, coefficients.ZERO)
        return None if c.turns else c

    @property
    def oscillates(self) -> bool:
        """True when the remainder neither decays nor grows (a bounded unknown)."""
        return self.rest is not None and self.rest[0] == UNIT

    # -- what is read off ----------------------------------------------------------------

    def limit(self) -> Coef | int:
        """The limit at infinity: an exact coefficient, or +1/-1 for +oo/-oo; TailError otherwise."""
        if (
            self.rest
            and self.rest[0].growth() >= 0
            and (
                (lead := self.lead()) is None
                or self.half.compare(lead[0], self.rest[0]) <= 0
                or lead[0].growth() <= 0
            )
        ):
            raise TailError("no limit: a bounded or growing oscillation remains")
        lead = self.lead()
        if lead and lead[0].growth() > 0:
            return lead[1].sign()
        limit = self.terms.get(UNIT, coefficients.ZERO)
        if limit.turns:
            raise TailError("no limit: an oscillation remains")
        return limit

    def oscillation(self) -> tuple[Coef, Tail] | None:
        """(c, the rest) when f = c(phi) + (what decays), the phase phi -> oo; None when f is not of
        that form.
        """
        grow, c0, small = self.split()
        if grow.terms or grow.rest or not c0.turns or small.oscillates:
            return None
        return c0, small

    def values(self) -> Span | None:
        """The range of a factor that tends to a nonzero limit; None when it decays, grows or
        oscillates.
        """
        if self.oscillates or UNIT not in self.terms or any(m.growth() > 0 for m in self.terms):
            return None
        high, low = self.upper(), (-self).upper()
        return Span(-low[0], high[0]) if high and low else None

    def upper(self) -> tuple[arb, Coef | None] | None:
        """An upper bound of f on [T, oo): (ball whose upper end bounds f, exact value or None).

        None when f is not bounded above by this expansion (it grows).
        """
        grow, c0, small = self.split()
        if grow.terms or grow.rest:
            nu, j = self.dominated()
            if nu.growth() > 0 and j.negative:
                _increasing(self.half, nu)
                return j.hi.upper() * self.half.value(nu).lower(), None
            return None
        nu, j = small.dominated()
        if c0.turns:
            return c0.ball + j.hi.max(arb(0)) * self.half.sup(nu), None
        if j.hi <= 0:
            return c0.ball, c0
        return c0.ball + j.hi.max(arb(0)) * self.half.sup(nu), None


def leaf(half: Half) -> Tail:
    """z itself."""
    return Tail(half, {Mono(k=Fraction(1)): coefficients.rational(half.sign)})


# -- functions ---------------------------------------------------------------------------------


def _horner(w: Tail, coefs: list[Coef], tail_ball: arb) -> Tail:
    """sum coefs[n] w^n + theta w^N with theta in tail_ball, N = len(coefs)."""
    nu, j = w.dominated()
    n = len(coefs)
    top = balls.integer_power(j.size(), n)
    rest = span(tail_ball) * (up_to(top) if n % 2 == 0 else Span(-top, top))
    mono = UNIT
    for _ in range(n):
        mono = w.half.product(mono, nu)
    acc = w.const(coefs[-1])
    for c in reversed(coefs[:-1]):
        acc = acc * w + w.const(c)
    return acc + Tail(w.half, {}, (mono, rest)) if w.terms or w.rest else acc


def _small(w: Tail, limit: Fraction = Fraction(1, 2)) -> arb:
    """|w| <= the result on the half-line; TailError unless it is at most ``limit``."""
    nu, j = w.dominated()
    size = (j.size() * w.half.sup(nu)).upper()
    if not size <= balls.ball(limit):
        raise TailError("an argument of a series is not yet small")
    return size


def _factor(f: Tail) -> tuple[Mono, Coef, Tail] | None:
    """f = c mu (1 + w) with w decaying; None when the remainder dominates."""
    lead = f.lead()
    if lead is None:
        return None
    mu, c = lead
    c.sign()
    others = Tail(f.half, {m: d for m, d in f.terms.items() if m != mu}, f.rest)
    return mu, c, others.scale(c.inverse(), mu.inverse())


def power(f: Tail, e: Fraction) -> Tail:
    """f^e for rational e (f > 0 on the half-line unless e is an integer)."""
    if e.denominator == 1 and e > 0:
        out = f
        for bit in bin(int(e))[3:]:
            out = out * out
            if bit == "1":
                out = out * f
        return out
    parts = _factor(f)
    if parts is None:
        if f.rest is None:
            raise TailError("a power of zero")
        mu, theta = f.rest
        value = _ball_power(theta.hull(), e)
        if theta.positive:
            ends = (_ball_power(theta.lo, e), _ball_power(theta.hi, e))
            return Tail(f.half, {}, (_mono_power(mu, e), Span(*(ends if e > 0 else ends[::-1]))))
        return Tail(f.half, {}, (_mono_power(mu, e), span(value)))
    mu, c, w = parts
    if e.denominator != 1 and c.sign() < 0:
        raise TailError("a fractional power of a negative quantity")
    size = _small(w)
    coefs: list[Coef] = []
    b = Fraction(1)
    for n in range(ORDER):
        coefs.append(coefficients.rational(b))
        b = b * (e - n) / (n + 1)
    x = arb(1) + arb(0).union(size).union(-size)
    rest = balls.ball(b) * _ball_power(x, e - ORDER)
    return _horner(w, coefs, rest).scale(_coef_power(c, e), _mono_power(mu, e))


def _ball_power(x: arb, e: Fraction) -> arb:
    if e.denominator == 1:
        if not x != 0:
            raise TailError("a divisor may vanish")
        return balls.integer_power(x, int(e))
    if not x > 0:
        raise TailError("a fractional power of a quantity that may be negative")
    return (x.log() * balls.ball(e)).exp()


def _coef_power(c: Coef, e: Fraction) -> Coef:
    if e.denominator == 1:
        base = c if e > 0 else c.inverse()
        out = coefficients.ONE
        for _ in range(abs(int(e))):
            out = out * base
        return out
    if c.is_rational:
        if e.denominator == 2:
            root = coefficients.sqrt_rational(c.rational)
            return _coef_power(root, e * 2)
        if c.rational == 1:
            return c
    return c.mapped(f"({c})^({e})", lambda x: _ball_power(x, e), lambda n: trees.power(n, e))


def _mono_power(mu: Mono, e: Fraction) -> Mono:
    q = coefficients.rational(e)
    return Mono(tuple(c * q for c in mu.phi), mu.k * e, mu.i * e, mu.j * e)


def inverse(f: Tail) -> Tail:
    """1/f."""
    return power(f, Fraction(-1))


def log(f: Tail) -> Tail:
    """log f, for f > 0 on the half-line."""
    parts = _factor(f)
    if parts is None:
        if f.rest is None or not f.rest[1].positive:
            raise TailError("a logarithm of a quantity that may not be positive")
        return _log_mono(f.half, f.rest[0]) + Tail(
            f.half, {}, (UNIT, Span(f.rest[1].lo.log(), f.rest[1].hi.log()))
        )
    mu, c, w = parts
    if c.sign() < 0:
        raise TailError("a logarithm of a negative quantity")
    size = _small(w)
    coefs = [coefficients.ZERO] + [
        coefficients.rational(Fraction((-1) ** (n + 1), n)) for n in range(1, ORDER)
    ]
    x = arb(1) + arb(0).union(size).union(-size)
    rest = arb((-1) ** (ORDER + 1)) / ORDER / x**ORDER
    out = _horner(w, coefs, rest) + _log_mono(f.half, mu)
    if c != coefficients.ONE:
        out = out + out.const(
            c.mapped(f"log({c})", lambda x: x.log(), lambda n: trees.call("log", n))
        )
    return out


def _log_mono(half: Half, mu: Mono) -> Tail:
    if mu.j:
        raise TailError("a logarithm of log(log(z))")
    terms = {Mono(k=Fraction(m + 1)): -c for m, c in enumerate(mu.phi) if not c.is_zero}
    if mu.k:
        terms[Mono(i=Fraction(1))] = coefficients.rational(mu.k)
    if mu.i:
        terms[Mono(j=Fraction(1))] = coefficients.rational(mu.i)
    return Tail(half, terms)


def exp(f: Tail) -> Tail:
    """exp f."""
    grow, c0, small = f.split()
    phi: dict[int, Coef] = {}
    k, i, exotic = Fraction(0), Fraction(0), grow.rest is not None
    for m, c in grow.terms.items():
        if c.turns:
            exotic = True
        elif not m.phi and not m.i and not m.j and m.k.denominator == 1 and 0 < m.k <= 64:
            phi[int(m.k)] = -c
        elif m == Mono(i=Fraction(1)) and c.is_rational:
            k = c.rational
        elif m == Mono(j=Fraction(1)) and c.is_rational:
            i = c.rational
        else:
            exotic = True
    if exotic:
        return _exp_majorant(f)
    top = max(phi, default=0)
    mu = Mono(tuple(phi.get(m + 1, coefficients.ZERO) for m in range(top)), k, i)
    return _analytic(small, c0, "exp").scale(coefficients.ONE, mu)


def _exp_majorant(f: Tail) -> Tail:
    """exp f for f -> -oo without a polynomial form: 0 < exp f <= exp(-m t^d)."""
    for d in (2, 1):
        nu, j = (-f).scale(coefficients.ONE, Mono(k=Fraction(-d))).dominated()
        if nu.growth() >= 0 and j.positive:
            m = balls.lower(j.lo.lower() * (f.half.value(nu).lower() if nu.growth() else 1))
            m = Fraction(int(m * 16), 16) if m < 2**40 else Fraction(2**40)
            if m > 0:
                _increasing(f.half, nu)
                phi = (coefficients.ZERO,) * (d - 1) + (coefficients.rational(m),)
                return Tail(f.half, {}, (Mono(phi), up_to(arb(1))))
    # Slower than any power: exp f <= t^-m where f <= -m log t.
    nu, j = (-f).scale(coefficients.ONE, Mono(i=Fraction(-1))).dominated()
    if nu.growth() >= 0 and j.positive:
        m = balls.lower(j.lo.lower() * (f.half.value(nu).lower() if nu.growth() else 1))
        m = Fraction(int(m * 16), 16) if m < 64 else Fraction(64)
        if m > 0:
            _increasing(f.half, nu)
            return Tail(f.half, {}, (Mono(k=-m), up_to(arb(1))))
    raise TailError("an exponential of this growth is outside the tail arithmetic")


def _increasing(half: Half, nu: Mono) -> None:
    if nu != UNIT:
        half.sup(nu.inverse())


def _analytic(w: Tail, c0: Coef, name: str) -> Tail:
    """g(c0 + w) for w decaying or a bounded unknown, by Taylor's formula at c0."""
    nu, j = w.dominated()
    size = (j.size() * w.half.sup(nu)).upper()
    reach_span = span(c0.ball) + j * (up_to(w.half.sup(nu)) if nu != UNIT else ONE_SPAN)
    reach = reach_span.hull()
    if w.oscillates:
        if name in ("exp", "tanh", "erf", "atan", "asinh"):  # increasing functions
            theta = Span(_series(name, reach_span.lo, 1)[0], _series(name, reach_span.hi, 1)[0])
        else:
            theta = span(_series(name, reach, 1)[0])
        return Tail(w.half, {}, (UNIT, theta))
    if not w.terms and w.rest is None:
        return w.const(_value(name, c0))
    if not size <= 1:
        raise TailError(f"the argument of {name} has not yet settled")
    if c0.turns:
        around = j.hull() * up_to(w.half.sup(nu)).hull() if nu != UNIT else j.hull()
        rest = coefficients.union(
            [_series(name, box + around, ORDER + 1)[ORDER] for box in c0.boxes]
        )
    else:
        rest = _series(name, reach, ORDER + 1)[ORDER]
    if not rest.is_finite():
        raise TailError(f"the argument of {name} has not yet settled")
    return _horner(w, _taylor(name, c0), rest)


def _series(name: str, x: arb, length: int) -> list[arb]:
    with balls.precision(balls.ctx.prec, length):
        try:
            s = balls.function(name, arb_series([x, 1], prec=length), length)
        except NotImplementedError as error:  # Abs of what tends to a number
            raise TailError(str(error)) from None
        return [s[n] for n in range(length)]


def _quarter_turns(c0: Coef) -> int | None:
    """m when c0 = m pi/2 exactly."""
    found = c0.terms.get(((1, 1), 1, ()))
    q = found * 2 if found is not None and len(c0.terms) == 1 else None
    return int(q.p) if q is not None and q.q == 1 else None


def _value(name: str, c0: Coef) -> Coef:
    if c0.is_zero:
        return coefficients.ONE if name in ("exp", "cos", "cosh", "erfc") else coefficients.ZERO
    if name in ("sin", "cos") and (m := _quarter_turns(c0)) is not None:
        return coefficients.rational((0, 1, 0, -1)[(m + (name == "cos")) % 4])
    return c0.mapped(f"{name}({c0})", lambda x: _value_ball(name, x), lambda n: trees.call(name, n))


def _value_ball(name: str, x: arb) -> arb:
    if name in ("exp", "tanh", "erf", "atan", "asinh") and not x.is_exact():  # increasing functions
        return _series(name, x.lower(), 1)[0].union(_series(name, x.upper(), 1)[0])
    return _series(name, x, 1)[0]


def _taylor(name: str, c0: Coef) -> list[Coef]:
    if not c0.is_zero:
        if name == "exp":
            value, f = _value(name, c0), Fraction(1)
            out: list[Coef] = []
            for n in range(ORDER):
                f = f / n if n else f
                out.append(value * coefficients.rational(f))
            return out
        if name in ("sin", "cos"):
            s, c = _value("sin", c0), _value("cos", c0)
            cycle = [s, c, -s, -c] if name == "sin" else [c, -s, -c, s]
            return [
                cycle[n % 4] * coefficients.rational(Fraction(1, math.factorial(n)))
                for n in range(ORDER)
            ]
        return [_value(name, c0)] + [
            c0.mapped(
                f"{name}({c0}) coefficient {n}", lambda x, n=n: _series(name, x, n + 1)[n], None
            )
            for n in range(1, ORDER)
        ]
    with balls.precision(balls.ctx.prec, ORDER):
        x = fmpq_series([0, 1], prec=ORDER)
        if name in ("erf", "erfc"):
            s = ((-(x * x)).exp()).integral()
            two = coefficients.rational(2 if name == "erf" else -2) * coefficients.pi_power(
                Fraction(-1, 2)
            )
            head = [coefficients.ONE] if name == "erfc" else [coefficients.ZERO]
            return head + [coefficients.rational(s[n]) * two for n in range(1, ORDER)]
        s = getattr(x, name)()
        return [coefficients.rational(fmpq(s[n])) for n in range(ORDER)]


def _turn(name: str, m: int, c0: Coef, w: Tail) -> Tail:
    """sin or cos of m phi + c0 + w by Taylor's formula in the decaying w."""
    angle = c0.node()
    sines: list[Coef] = []
    for op in ("sin", "cos"):
        boxes = tuple(
            _series(op, coefficients.arc(k) * m + c0.boxes[k], 1)[0]
            for k in range(coefficients.BOXES)
        )
        name_ = f"{op}({'' if m == 1 else f'{m}*'}phi{'' if c0.is_zero else f' + {c0}'})"
        node = (
            None
            if angle is None
            else trees.call(op, trees.add(trees.mul(trees.num(m), trees.Z), angle))
        )
        sines.append(coefficients.turning(name_, boxes, node))
    s, c = sines
    cycle = [s, c, -s, -c] if name == "sin" else [c, -s, -c, s]
    if not w.terms and w.rest is None:
        return w.const(cycle[0])
    nu, j = w.dominated()
    if not (j.size() * w.half.sup(nu)).upper() <= 1:
        return Tail(w.half, {}, (UNIT, SIGNS))
    factorial = Fraction(1)
    coefs: list[Coef] = []
    for n in range(ORDER):
        factorial = factorial / n if n else factorial
        coefs.append(cycle[n % 4] * coefficients.rational(factorial))
    bound = balls.ball(factorial / ORDER)
    return _horner(w, coefs, bound.union(-bound))


def _sign_of_growth(f: Tail) -> int | None:
    """Sign of f where |f| -> oo; None when f stays bounded; TailError when undecided."""
    grow, _, _ = f.split()
    if not grow.terms and grow.rest is None:
        return None
    lead = f.lead()
    if lead is None or lead[0].growth() <= 0:
        raise TailError("the sign of a growing quantity is not decided")
    _, j = f.dominated()
    if not (j.positive or j.negative):
        raise TailError("a growing quantity has not yet settled on a sign")
    return 1 if j.positive else -1


def function(name: str, f: Tail) -> Tail:
    """One of the grammar's elementary functions of a tail."""
    if name == "exp":
        return exp(f)
    if name == "log":
        return log(f)
    if name in ("sinh", "cosh"):
        plus, minus = exp(f), exp(-f)
        return (plus - minus if name == "sinh" else plus + minus).scale(
            coefficients.rational(Fraction(1, 2))
        )
    if name in ("sin", "cos"):
        grow, c0, small = f.split()
        if not grow.terms and not grow.rest:
            return _analytic(small, c0, name)
        try:
            found = f.half.multiple(f)
        except TailError:
            found = None
        if found is None:
            return Tail(f.half, {}, (UNIT, SIGNS))
        _, c0, small = found[1].split()
        return _turn(name, found[0], c0, small)
    try:
        s = _sign_of_growth(f)
    except TailError:
        if name == "atan":
            half_pi = arb.pi() / 2
            return Tail(f.half, {}, (UNIT, Span(-half_pi, half_pi)))
        if name in ("tanh", "erf"):
            return Tail(f.half, {}, (UNIT, SIGNS))
        raise
    if s is None:
        _, c0, small = f.split()
        return _analytic(small, c0, name)
    x = f if s > 0 else -f
    if name == "tanh":
        e = exp(x.scale(coefficients.rational(-2)))
        out = e.const(coefficients.ONE) - (e * inverse(e.const(coefficients.ONE) + e)).scale(
            coefficients.rational(2)
        )
    elif name == "atan":
        out = x.const(
            coefficients.pi_power(Fraction(1)) * coefficients.rational(Fraction(1, 2))
        ) - function("atan", inverse(x))
    elif name == "asinh":
        out = log(x + power(x * x + x.const(coefficients.ONE), Fraction(1, 2)))
    elif name in ("erf", "erfc"):
        small = _erfc(x)
        if name == "erfc":
            return small if s > 0 else small.const(coefficients.rational(2)) - small
        out = small.const(coefficients.ONE) - small
    else:
        raise TailError(f"{name} has no tail form")
    return out if s > 0 else -out


# -- jets: the function and its derivatives -----------------------------------------------------

Jet = list[Tail]  # Taylor coefficients f^(k)/k!


def exact_taylor(root: Node, point: Fraction, order: int) -> list[Coef]:
    """The Taylor coefficients of a tree at a rational point, exact: equal ones are recognised as
    equal.

    Raises TailError where the exact arithmetic does not reach.
    """
    return _constant_jet(root, coefficients.rational(point), order)


def value_after(c: Coef, quarters: int) -> Coef | None:
    """c(phi) at phi = quarters * pi/2, exact; None where exact arithmetic does not reach."""
    node = c.node()
    try:
        angle = coefficients.pi_power(Fraction(1)) * coefficients.rational(Fraction(quarters, 2))
        return None if node is None else _constant_jet(node, angle, 0)[0]
    except (TailError, ArithmeticError, ValueError):
        return None


def _constant_jet(root: Node, point: Coef, order: int) -> list[Coef]:
    half = Half(STARTS[0], 1)
    jet = jets(root, half, order, Tail(half, {} if point.is_zero else {UNIT: point}))
    if any(t.rest is not None or t.terms.keys() - {UNIT} for t in jet):
        raise TailError("a Taylor coefficient is not exact")
    return [t.terms.get(UNIT, coefficients.ZERO) for t in jet]


def jets(root: Node, half: Half, order: int, at_z: Tail | None = None) -> Jet:
    """The Taylor coefficients of the tree along the half-line (or where z is ``at_z``), k =
    0..order.
    """
    tape = balls.Tape(root, patterns=False)
    z = leaf(half) if at_z is None else at_z
    zero = z.const(coefficients.ZERO)
    n = order + 1
    at: list[Jet] = []
    constants: dict[Node, Coef] = {}
    for op, where, node in tape.code:
        if all(a in constants for a in node.args) and op != "z":
            value = balls.Tape(node).series(arb(0), 1)[0]
            constants[node] = coefficients.constant(node, value, constants)
            at.append([z.const(constants[node])] + [zero] * order)
            continue
        a = [at[w] for w in where]
        at.append(_jet(op, a, node, half, n, z, zero))
    return at[-1]


def _jet(op: str, a: list[Jet], node: Node, half: Half, n: int, z: Tail, zero: Tail) -> Jet:
    if op == "z":
        return ([z, z.const(coefficients.ONE)] + [zero] * n)[:n]
    if op == "add":
        return [x + y for x, y in zip(a[0], a[1], strict=True)]
    if op == "sub":
        return [x - y for x, y in zip(a[0], a[1], strict=True)]
    if op == "neg":
        return [-x for x in a[0]]
    if op == "mul":
        return _product(a[0], a[1], n)
    if op == "div":
        return _product(a[0], _power_jet(a[1], Fraction(-1), n), n)
    if op == "pow":
        return _power_jet(a[0], node.rational, n)
    f = a[0]
    if op in ("sin", "cos"):
        return _trigonometric(op, f, n)
    if op in ("sinh", "cosh"):
        plus, minus = _exp_jet(f, n), _exp_jet([-x for x in f], n)
        half_ = coefficients.rational(Fraction(1, 2))
        return [
            (p - m if op == "sinh" else p + m).scale(half_)
            for p, m in zip(plus, minus, strict=True)
        ]
    if op == "exp":
        return _exp_jet(f, n)
    g = [function(op, f[0])]
    if n == 1:
        return g
    square = _product(f, f, n - 1)
    one_plus = [square[0] + zero.const(coefficients.ONE), *square[1:]]
    if op == "log":
        slope = _power_jet(f[: n - 1], Fraction(-1), n - 1)
    elif op == "atan":
        slope = _power_jet(one_plus, Fraction(-1), n - 1)
    elif op == "asinh":
        slope = _power_jet(one_plus, Fraction(-1, 2), n - 1)
    elif op in ("erf", "erfc"):
        two = coefficients.rational(2 if op == "erf" else -2) * coefficients.pi_power(
            Fraction(-1, 2)
        )
        slope = [x.scale(two) for x in _exp_jet([-x for x in square], n - 1)]
    elif op == "tanh":
        # sech^2 f = 4 E/(1 + E)^2 with E = exp(-2|f|): no cancellation where tanh f -> +-1.
        e = _exp_jet(
            [x.scale(coefficients.rational(-2 * (_growth_or_zero(f[0]) or 1))) for x in f[: n - 1]],
            n - 1,
        )
        denominator = _power_jet([e[0] + zero.const(coefficients.ONE), *e[1:]], Fraction(-2), n - 1)
        slope = [x.scale(coefficients.rational(4)) for x in _product(e, denominator, n - 1)]
    else:
        raise TailError(f"{op} has no tail form")
    return _integrate(g[0], slope, f, n)


ERFC_TERMS = 4


def _erfc(x: Tail) -> Tail:
    """erfc x for x -> oo by its alternating series, which envelops it (integrate by parts).

    erfc(x) = exp(-x^2)/(x sqrt(pi)) (sum_{n<N} (-1)^n (2n-1)!! v^n + theta (-1)^N (2N-1)!! v^N),
    v = 1/(2 x^2), 0 <= theta <= 1.
    """
    square = x * x
    v = inverse(square).scale(coefficients.rational(Fraction(1, 2)))
    factor, series, term = 1, x.const(coefficients.ONE), x.const(coefficients.ONE)
    for n in range(1, ERFC_TERMS):
        factor *= -(2 * n - 1)
        term = term * v
        series = series + term.scale(coefficients.rational(factor))
    factor *= -(2 * ERFC_TERMS - 1)
    nu, j = (term * v).scale(coefficients.rational(factor)).dominated()
    error = Tail(x.half, {}, (nu, Span(j.lo.min(arb(0)), j.hi.max(arb(0)))))
    return (exp(-square) * inverse(x) * (series + error)).scale(
        coefficients.pi_power(Fraction(-1, 2))
    )


def _growth_or_zero(f: Tail) -> int:
    return _sign_of_growth(f) or 0


def _integrate(g0: Tail, slope: Jet, f: Jet, n: int) -> Jet:
    """g with g' = slope(f) f'."""
    g = [g0]
    for k in range(1, n):
        total = g0.const(coefficients.ZERO)
        for j in range(1, k + 1):
            total = total + (f[j] * slope[k - j]).scale(coefficients.rational(Fraction(j, k)))
        g.append(total)
    return g


def _product(a: Jet, b: Jet, n: int) -> Jet:
    out: Jet = []
    for k in range(n):
        total = a[0] * b[k]
        for j in range(1, k + 1):
            total = total + a[j] * b[k - j]
        out.append(total)
    return out


def _exp_jet(f: Jet, n: int) -> Jet:
    g = [exp(f[0])]
    for k in range(1, n):
        total = f[0].const(coefficients.ZERO)
        for j in range(1, k + 1):
            total = total + (f[j] * g[k - j]).scale(coefficients.rational(Fraction(j, k)))
        g.append(total)
    return g


def _power_jet(f: Jet, e: Fraction, n: int) -> Jet:
    if e.denominator == 1 and e > 0:
        out = f[:n]
        for bit in bin(int(e))[3:]:
            out = _product(out, out, n)
            if bit == "1":
                out = _product(out, f, n)
        return out
    g = [power(f[0], e)]
    if n == 1:
        return g
    inverse_f = inverse(f[0])
    for k in range(1, n):
        # k f_0 g_k = sum_{j=1..k} ((e + 1) j - k) f_j g_{k-j}
        total = f[0].const(coefficients.ZERO)
        for j in range(1, k + 1):
            total = total + (f[j] * g[k - j]).scale(coefficients.rational(((e + 1) * j - k) / k))
        g.append(total * inverse_f)
    return g


def _trigonometric(op: str, f: Jet, n: int) -> Jet:
    s, c = [function("sin", f[0])], [function("cos", f[0])]
    for k in range(1, n):
        up, down = f[0].const(coefficients.ZERO), f[0].const(coefficients.ZERO)
        for j in range(1, k + 1):
            q = coefficients.rational(Fraction(j, k))
            up = up + (f[j] * c[k - j]).scale(q)
            down = down - (f[j] * s[k - j]).scale(q)
        s.append(up)
        c.append(down)
    return s if op == "sin" else c


def derivative(jet: Jet, k: int) -> Tail:
    """The k-th derivative from the Taylor coefficients."""
    factorial = 1
    for j in range(2, k + 1):
        factorial *= j
    return jet[k].scale(coefficients.rational(factorial))


def defect(jet: Jet, kappa: Fraction) -> Tail:
    """z sigma' - kappa sigma."""
    return leaf(jet[0].half) * jet[1] - jet[0].scale(coefficients.rational(kappa))
