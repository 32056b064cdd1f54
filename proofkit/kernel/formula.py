"""Formulas in named constants, evaluated in ball arithmetic.

A formula is text in the project's grammar, for instance ``rho*M1*a_2*sqrt(Lambda_S)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from flint import arb

from proofkit.errors import brief
from proofkit.kernel.univariate import balls, terms
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.rounding import decimal, round_down, round_up
from proofkit.kernel.univariate.terms import Node

BITS = 192
DIGITS = 18

NAMES = frozenset(
    [
        "n",
        "d",
        "p",
        "N",
        "B_x",
        "B_y",
        "a_1",
        "a_2",
        "a_inf",
        "a_plus",
        "a_minus",
        "Lambda_S",
        "X2",
        "Y1",
        "Y2",
        "y_min",
        "y_max",
        "lambda",
        "s",
        "M",
        "rho",
        "l1",
        "l2",
        "S0",
        "S_hi",
        "S_lo",
        "sigma0",
        "M1",
        "M2",
        "M3",
        "kappa",
        "H",
        "kappa_lo",
        "H_lo",
        "kappa_hi",
        "H_hi",
        "m_0",
        "gamma",
        "G",
        "G0",
        "G1",
        "K",
        "A",
        "B",
        "C",
        "D",
        "E",
        "m",
        "r_0",
        "gLip",
        "lambda_c",
        "gLip_published",
        "slope",
        "fall",
        "beta",
        "s_c",
        "alpha",
        "S_alpha",
        "lambda_alpha",
        "mu",
        "theta",
        "Q",
        "J",
        "osc",
        "W_2",
        "W_4",
        "F",
        "xi",
        "q",
        "m_c",
        "h_0",
        "m_d",
        "b_d",
        "R_b",
        "l_bar",
        "eps",
        "r_star",
        "v_0",
        "chi",
        "A_2",
        "c_0",
        "c_1",
        "L_F",
    ]
)


@dataclass(frozen=True, repr=False)
class Constant:
    """A named number: its defining formula (None for data and parameters) and its enclosure.

    ``lo`` and ``hi`` are None while a symbolic parameter is unbound.
    """

    name: str
    formula: str | None = None
    lo: Fraction | None = None
    hi: Fraction | None = None
    exact: str | None = None
    at: str | None = None

    def __repr__(self) -> str:
        formula = "" if self.formula is None else f" = {brief(self.formula)}"
        if self.lo is None or self.hi is None:
            return f"<Constant {self.name}{formula}>"
        # An enclosure, so rounded outwards.
        low, high = (
            decimal(round_to(value, 6), 12)
            for round_to, value in ((round_down, self.lo), (round_up, self.hi))
        )
        return f"<Constant {self.name}{formula} in [{low}, {high}]>"

    @property
    def numeric(self) -> bool:
        """True when the constant has a value."""
        return self.lo is not None and self.hi is not None


Environment = Mapping[str, Constant]


@lru_cache(maxsize=512)
def formula(text: str) -> Node:
    """The parsed formula; only the names of ``NAMES`` may occur."""
    return parse(text, NAMES)


def names_in(text: str) -> frozenset[str]:
    """The constants a formula refers to."""
    return frozenset(str(n.value) for n in terms.walk(formula(text)) if n.op == "name")


def evaluate(text: str, known: Environment, **extra: Fraction) -> tuple[Fraction, Fraction] | None:
    """An enclosure of the formula's value, outward rounded; None when a name has no value yet.

    Raises KeyError for a name that is not defined at all.
    """
    root = formula(text)
    with balls.precision(BITS):
        value: dict[Node, arb] = {}
        for node in terms.walk(root):
            a = [value[x] for x in node.args]
            if node.op == "name":
                name = str(node.value)
                if name in extra:
                    value[node] = balls.ball(extra[name])
                    continue
                c = known[name]
                if c.lo is None or c.hi is None:
                    return None
                value[node] = balls.ball(c.lo) if c.lo == c.hi else balls.hull(c.lo, c.hi)
            elif node.op == "num":
                value[node] = balls.ball(node.rational)
            elif node.op == "add":
                value[node] = a[0] + a[1]
            elif node.op == "sub":
                value[node] = a[0] - a[1]
            elif node.op == "neg":
                value[node] = -a[0]
            elif node.op == "mul":
                value[node] = a[0] * a[1]
            elif node.op == "div":
                value[node] = a[0] / a[1]
            elif node.op == "pow" and node.rational == Fraction(1, 2):
                value[node] = _root(a[0])
            elif node.op == "pow" and node.rational.denominator == 1 and node.rational > 0:
                value[node] = balls.integer_power(a[0], int(node.rational))
            elif node.op in ("Max", "Min"):
                value[node] = a[0].max(a[1]) if node.op == "Max" else a[0].min(a[1])
            elif node.op == "log":
                value[node] = a[0].log()
            else:
                raise ValueError(f"{node.op} does not occur in formulas")
        x = value[root]
        if not x.is_finite():
            raise ValueError(f"{text} is not a finite number here")
        if x.is_exact():
            exact = balls.to_fraction(x)
            if exact.denominator <= 2**64:
                return exact, exact
        return round_down(balls.lower(x), DIGITS), round_up(balls.upper(x), DIGITS)


def _root(x: arb) -> arb:
    """The square roots of the numbers >= 0 of a ball."""
    return arb(0).union(abs(x.upper()).sqrt()) if x.overlaps(arb(0)) else x.sqrt()


def exact_value(text: str, known: Environment) -> Fraction | None:
    """The value as an exact rational, when the formula is rational in exactly known constants."""
    root = formula(text)
    value: dict[Node, Fraction] = {}
    for node in terms.walk(root):
        a = [value[x] for x in node.args if x in value]
        if len(a) != len(node.args):
            return None
        if node.op == "name":
            c = known.get(str(node.value))
            if c is None or c.lo is None or c.lo != c.hi:
                return None
            value[node] = c.lo
        elif node.op == "num":
            value[node] = node.rational
        elif node.op in ("add", "sub", "mul"):
            value[node] = (
                a[0] + a[1]
                if node.op == "add"
                else a[0] - a[1]
                if node.op == "sub"
                else a[0] * a[1]
            )
        elif node.op == "div" and a[1]:
            value[node] = a[0] / a[1]
        elif node.op == "neg":
            value[node] = -a[0]
        elif node.op == "pow" and node.rational.denominator == 1 and node.rational > 0:
            value[node] = a[0] ** int(node.rational)
        elif node.op in ("Max", "Min"):
            value[node] = max(a) if node.op == "Max" else min(a)
        else:
            return None
    return value[root]
