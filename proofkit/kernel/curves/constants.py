"""Exact real constants: polynomials with rational coefficients in named constants.

A named constant (``Atom``) is known by its name, which decides equality, and by a ball that
contains its value; the symbol lambda has no ball.  So what cancels structurally cancels exactly,
and signs are those of balls.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from flint import arb, fmpq

from proofkit.kernel.refusal import KernelError
from proofkit.kernel.univariate import balls
from proofkit.kernel.univariate.coefficients import Coef

BITS = 256
"""The precision of the balls of constants along curves."""
MOST_TERMS, SHORT = 12, 3
"""How many terms a number may have, and how many those of a power of lambda when it has more."""


@dataclass(frozen=True, slots=True)
class Atom:
    """A real constant: equal names mean equal numbers; without a ball it is a symbol."""

    name: str
    ball: arb | None = field(compare=False, hash=False)


LAMBDA = Atom("lambda", None)
"""The decay while it is a symbol."""

Powers = tuple[tuple[Atom, int], ...]
"""A product of powers of atoms, in the order of their names."""


@dataclass(frozen=True, slots=True, eq=False)
class Number:
    """sum q_m m over products m of powers of atoms, with rational q_m that are not 0.

    >>> half, lam = rational(Fraction(1, 2)), of_atom(LAMBDA)
    >>> str(half * lam - lam * half), str(lam * lam + half)
    ('0', '1/2 + lambda^2')
    """

    parts: Mapping[Powers, fmpq]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Number) and self.parts == other.parts

    def __hash__(self) -> int:
        return hash(frozenset((powers, str(q)) for powers, q in self.parts.items()))

    def __add__(self, other: Number) -> Number:
        parts = dict(self.parts)
        for powers, q in other.parts.items():
            parts[powers] = parts.get(powers, fmpq(0)) + q
        return _without_zeros(parts)

    def __neg__(self) -> Number:
        return Number({powers: -q for powers, q in self.parts.items()})

    def __sub__(self, other: Number) -> Number:
        return self + (-other)

    def __mul__(self, other: Number) -> Number:
        parts: dict[Powers, fmpq] = {}
        for one, p in self.parts.items():
            for two, q in other.parts.items():
                powers = _product(one, two)
                parts[powers] = parts.get(powers, fmpq(0)) + p * q
        return _short(_without_zeros(parts))

    @property
    def is_zero(self) -> bool:
        """True when it is exactly 0; False also where that is not seen."""
        return not self.parts

    @property
    def rational(self) -> Fraction | None:
        """Its value where it is visibly rational."""
        if not self.parts:
            return Fraction(0)
        if len(self.parts) == 1 and () in self.parts:
            q = self.parts[()]
            return Fraction(int(q.p), int(q.q))
        return None

    def ball(self) -> arb:
        """A ball that contains it; KernelError where a symbol is in it."""
        total = arb(0)
        for powers, q in self.parts.items():
            value = arb(q)
            for atom, exponent in powers:
                if atom.ball is None:
                    raise KernelError(f"{atom.name} has no value")
                value *= balls.integer_power(atom.ball, exponent)
            total += value
        return total

    def sign(self) -> int:
        """-1, 0 or 1; KernelError where its ball does not tell."""
        if self.is_zero:
            return 0
        ball = self.ball()
        if ball > 0:
            return 1
        if ball < 0:
            return -1
        raise KernelError("the sign of a leading coefficient is not decided")

    def by_powers(self, atom: Atom) -> dict[int, Number]:
        """The coefficients of the powers of an atom, none of them 0."""
        found: dict[int, dict[Powers, fmpq]] = {}
        for powers, q in self.parts.items():
            exponent = dict(powers).get(atom, 0)
            rest = tuple(pair for pair in powers if pair[0] != atom)
            found.setdefault(exponent, {})[rest] = q
        return {exponent: Number(parts) for exponent, parts in sorted(found.items())}

    def inverse(self) -> Number:
        """1 / it; KernelError where it may be 0."""
        exact = self.rational
        if exact:
            return rational(1 / exact)
        self.sign()
        return named(f"1/({self})", 1 / self.ball())

    def mapped(self, name: str, function: Callable[[arb], arb]) -> Number:
        """The constant f(it), called by the name of f and its own."""
        return named(f"{name}({self})", function(self.ball()))

    def __str__(self) -> str:
        parts: list[str] = []
        for powers, q in sorted(self.parts.items(), key=lambda part: _name_of(part[0])):
            name = _name_of(powers)
            parts.append(str(q) if not name else name if q == 1 else f"{q}*{name}")
        return " + ".join(parts) or "0"


def _name_of(powers: Powers) -> str:
    return "*".join(atom.name if e == 1 else f"{atom.name}^{e}" for atom, e in powers)


def _without_zeros(parts: Mapping[Powers, fmpq]) -> Number:
    return Number({powers: q for powers, q in parts.items() if q != 0})


def _short(number: Number) -> Number:
    """The same number; a sum of many terms becomes one constant for each power of lambda, named after
    what it is.

    Some cancellations are then missed, never invented: equal names mean equal sums.
    """
    if len(number.parts) <= MOST_TERMS:
        return number
    total = ZERO
    for power, part in number.by_powers(LAMBDA).items():
        if len(part.parts) > SHORT:
            name = hashlib.sha256(str(part).encode()).hexdigest()
            part = named(f"sum#{name}", part.ball())
        total = total + part * Number({((LAMBDA, power),) if power else (): fmpq(1)})
    return total


def _product(one: Powers, two: Powers) -> Powers:
    if not one:
        return two
    if not two:
        return one
    exponents = dict(one)
    for atom, exponent in two:
        exponents[atom] = exponents.get(atom, 0) + exponent
    kept = (pair for pair in exponents.items() if pair[1])
    return tuple(sorted(kept, key=lambda pair: pair[0].name))


def rational(value: int | Fraction) -> Number:
    """A rational number."""
    exact = Fraction(value)
    return Number({(): fmpq(exact.numerator, exact.denominator)} if exact else {})


def of_atom(atom: Atom) -> Number:
    """An atom as a number."""
    return Number({((atom, 1),): fmpq(1)})


def named(name: str, ball: arb) -> Number:
    """A constant known by its name and a ball; KernelError where that is not finite."""
    if not ball.is_finite():
        raise KernelError("a constant along the curve is not seen to be finite")
    return of_atom(Atom(name, ball))


def of_coefficient(given: Coef) -> Number:
    """An exact coefficient of the tail arithmetic; KernelError for one that oscillates."""
    if given.turns:
        raise KernelError("a coefficient oscillates")
    total = ZERO
    for (pi, radicand, atoms), q in given.terms.items():
        powers: dict[Atom, int] = {}
        if pi[0]:
            root = (arb.pi().log() / pi[1]).exp() if pi[1] != 1 else arb.pi()
            powers[Atom(f"pi^(1/{pi[1]})", root)] = pi[0]
        if radicand != 1:
            powers[Atom(f"sqrt({radicand})", arb(radicand).sqrt())] = 1
        for atom, exponent in atoms:
            powers[Atom(f"[{atom.name}]", atom.ball)] = exponent
        ordered = tuple(sorted(powers.items(), key=lambda pair: pair[0].name))
        total = total + Number({ordered: q})
    return total


ZERO, ONE = rational(0), rational(1)
