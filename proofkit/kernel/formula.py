"""Formulas in named constants: terms, evaluated exactly or in ball arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from proofkit.errors import brief
from proofkit.kernel.univariate import balls
from proofkit.kernel.univariate.rounding import decimal, round_down, round_up
from proofkit.kernel.univariate.terms import Node, num, to_text, walk

BITS = 192
DIGITS = 18
LONGEST_EXACT = 2**64
"""The largest denominator of a value that a ball holds exactly and that is kept as it is."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a supremum is reached or approached: at a point, at an end, or everywhere.

    ``end`` is +1 or -1 for z -> oo or z -> -oo; without a point and an end it is every z.
    """

    point: Node | None = None
    end: int = 0

    def __str__(self) -> str:
        if self.point is not None:
            return to_text(self.point)
        return {1: "z -> oo", -1: "z -> -oo"}.get(self.end, "every z")


@dataclass(frozen=True, slots=True, repr=False)
class Constant:
    """A named number: its defining formula (None for data and parameters) and its enclosure.

    ``lo`` and ``hi`` are None while a symbolic parameter is unbound.  ``exact`` is a closed form
    whose value lies in the enclosure; that it is the number itself is proved elsewhere.
    """

    name: str
    formula: Node | None = None
    lo: Fraction | None = None
    hi: Fraction | None = None
    exact: Node | None = None
    at: Place | None = None

    def __repr__(self) -> str:
        formula = "" if self.formula is None else f" = {brief(to_text(self.formula))}"
        if self.lo is None or self.hi is None:
            return f"<Constant {self.name}{formula}>"
        low, high = decimal(round_down(self.lo, 6), 12), decimal(round_up(self.hi, 6), 12)
        return f"<Constant {self.name}{formula} in [{low}, {high}]>"

    @property
    def numeric(self) -> bool:
        """True when the constant has a value."""
        return self.lo is not None and self.hi is not None

    @property
    def is_zero(self) -> bool:
        """True when the constant is exactly 0."""
        return self.lo == 0 and self.hi == 0


Environment = Mapping[str, Constant]
Enclosure = tuple[Fraction, Fraction]


def names_in(root: Node) -> frozenset[str]:
    """The constants a formula refers to."""
    return frozenset(str(n.value) for n in walk(root) if n.op == "name")


def evaluate(root: Node, known: Environment) -> Enclosure | None:
    """An enclosure of the formula's value, outward rounded; None when a name has no value yet.

    Raises KeyError for a name that is not defined at all, ValueError where the formula has no
    finite value or holds an operation that formulas do not have.
    """
    with balls.precision(BITS):
        value: dict[Node, arb] = {}
        for node in walk(root):
            if node.op == "name":
                c = known[str(node.value)]
                if c.lo is None or c.hi is None:
                    return None
                value[node] = balls.ball(c.lo) if c.lo == c.hi else balls.hull(c.lo, c.hi)
            else:
                value[node] = _ball(node, [value[x] for x in node.args])
        x = value[root]
        if not x.is_finite():
            raise ValueError(f"{to_text(root)} is not a finite number here")
        if x.is_exact():
            exact = balls.to_fraction(x)
            if exact.denominator <= LONGEST_EXACT:
                return exact, exact
        return round_down(balls.lower(x), DIGITS), round_up(balls.upper(x), DIGITS)


def _ball(node: Node, a: list[arb]) -> arb:
    """The value of one operation in balls."""
    match node.op:
        case "num":
            return balls.ball(node.rational)
        case "add":
            return a[0] + a[1]
        case "sub":
            return a[0] - a[1]
        case "neg":
            return -a[0]
        case "mul":
            return a[0] * a[1]
        case "div":
            return a[0] / a[1]
        case "pow":
            return _power(a[0], node.rational)
        case "Max":
            return a[0].max(a[1])
        case "Min":
            return a[0].min(a[1])
        case "log":
            return a[0].log()
        case _:
            raise ValueError(f"{node.op} does not occur in formulas")


def _power(x: arb, exponent: Fraction) -> arb:
    """x^(1/2) of the numbers >= 0 of a ball, or a whole power; ValueError for another exponent."""
    if exponent == Fraction(1, 2):
        return arb(0).union(abs(x.upper()).sqrt()) if x.overlaps(arb(0)) else x.sqrt()
    if exponent.denominator != 1 or exponent <= 0:
        raise ValueError(f"the power {exponent} does not occur in formulas")
    return balls.integer_power(x, exponent.numerator)


def exact_value(root: Node, known: Environment) -> Fraction | None:
    """The value as an exact rational, when the formula is rational in exactly known constants."""
    value: dict[Node, Fraction] = {}
    for node in walk(root):
        if any(x not in value for x in node.args):
            return None
        found = _rational(node, [value[x] for x in node.args], known)
        if found is None:
            return None
        value[node] = found
    return value[root]


def _rational(node: Node, a: list[Fraction], known: Environment) -> Fraction | None:
    """The value of one operation, exactly; None where it is not rational."""
    match node.op:
        case "name":
            c = known.get(str(node.value))
            return c.lo if c is not None and c.lo == c.hi else None
        case "num":
            return node.rational
        case "add":
            return a[0] + a[1]
        case "sub":
            return a[0] - a[1]
        case "mul":
            return a[0] * a[1]
        case "div":
            return a[0] / a[1] if a[1] else None
        case "neg":
            return -a[0]
        case "Max":
            return max(a)
        case "Min":
            return min(a)
        case "pow" if node.rational.denominator == 1 and node.rational > 0:
            return a[0] ** node.rational.numerator
        case _:
            return None


def define(name: str, root: Node, known: Environment) -> Constant:
    """A constant given by a formula in known ones."""
    exact = exact_value(root, known)
    if exact is not None:
        return Constant(name, root, exact, exact, num(exact))
    value = evaluate(root, known)
    if value is None:
        return Constant(name, root)
    return Constant(name, root, value[0], value[1])
