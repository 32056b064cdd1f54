"""Whether the reader's own lambda and s, data and weights lie in the scope of a claim."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from proofkit.check.reader import Reader
from proofkit.kernel.claims import (
    AnyLambda,
    AnyNoise,
    Claim,
    ContinuousConvergence,
    DiscreteConvergence,
    Dissipative,
    Fails,
    LambdaAbove,
    LambdaAtMostZero,
    LambdaBelow,
    LambdaIs,
    LangevinRate,
    NoiseBelow,
    NoiseFrom,
    NoiseIs,
    NoiseIsIfUpTo,
    NoiseUpTo,
    Rate,
    Scope,
    Villani,
)
from proofkit.kernel.facts import Fact, environment
from proofkit.kernel.formula import Constant, Enclosure, define, evaluate, names_in
from proofkit.kernel.network.architecture import Architecture
from proofkit.kernel.network.assembled import width
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.symbols import sqrt
from proofkit.kernel.univariate.terms import ZERO, Node, num, to_text
from proofkit.reading.table import Table


class UndecidedRangeError(Exception):
    """Whether the reader's numbers satisfy a condition is not decided."""


@dataclass(frozen=True)
class Problem:
    """lambda and s of certificate and reader, and what the reader's data and weights are for the
    symbols of a certificate about all of them.
    """

    lam: Fraction | None
    noise: Fraction | None
    own_lam: Fraction | None
    own_noise: Fraction | None
    numbers: Mapping[str, Constant]


@dataclass(frozen=True)
class Condition:
    """One condition on lambda or s."""

    name: str
    relation: str
    threshold: Node

    @property
    def bound(self) -> str:
        """What lambda or s is compared with."""
        return to_text(self.threshold)

    @property
    def text(self) -> str:
        """The condition, as on paper."""
        return f"{self.name} {self.relation} {self.bound}"


@dataclass(frozen=True)
class Unmet:
    """A condition that the reader's number is not seen to meet; not ``known`` where a number is
    missing.
    """

    condition: Condition
    own: Fraction
    known: bool


def problem_of(objective: Objective, reader: Reader, table: Table | None) -> Problem:
    """The two problems, as far as conditions on lambda and s need them."""
    numbers = numbers_of(table, reader.outer) if objective.symbolic else {}
    if objective.symbolic and objective.architecture is not None:
        numbers |= widths_of(objective.architecture, reader.layers.said.hidden)
    for name, value in (("lambda", reader.lam), ("s", reader.noise)):
        if value is not None:
            numbers[name] = define(name, num(value), {})
    return Problem(objective.lam, objective.noise, reader.lam, reader.noise, numbers)


def numbers_of(table: Table | None, weights: tuple[Fraction, ...] | None) -> dict[str, Constant]:
    """The reader's numbers for the symbols of a certificate about all data and weights."""
    values: dict[str, Node] = {}
    if table is not None:
        squares = max(sum(v * v for v in row) for row in table.rows)
        values["n"], values["d"] = num(table.n), num(table.d)
        values["B_y"] = num(Fraction(max(abs(y) for y in table.labels), table.y_scale))
        values["B_x"] = sqrt(num(Fraction(squares, table.x_scale**2)))
    if weights is not None:
        sizes = [abs(w) for w in weights]
        values["p"], values["a_1"] = num(len(sizes)), num(sum(sizes, Fraction(0)))
        values["a_inf"] = num(max(sizes))
        values["a_2"] = sqrt(num(sum((w * w for w in sizes), Fraction(0))))
    return {name: define(name, value, {}) for name, value in values.items()}


def widths_of(architecture: Architecture, hidden: tuple[int, ...] | None) -> dict[str, Constant]:
    """The reader's widths for the symbols of the hidden layers."""
    named = ((str(width(architecture, k).value), units) for k, units in enumerate(hidden or (), 1))
    return {name: define(name, num(units), {}) for name, units in named}


def unmet(goal: Fact, problem: Problem) -> Iterator[Unmet]:
    """The conditions of a goal that the reader's numbers do not meet, or where a number is missing.

    Raises UndecidedRangeError where a threshold has no finite value with the reader's numbers.
    """
    known = environment((goal,))
    scope = scope_of(goal.claim)
    for condition in (*_of_lambda(scope, problem), *_of_noise(scope, problem)):
        own = problem.own_lam if condition.name == "lambda" else problem.own_noise
        if own is None:
            continue
        met = _met(own, condition, known, problem.numbers)
        if met is not True:
            yield Unmet(condition, own, known=met is not None)


def scope_of(claim: Claim) -> Scope:
    """The hypotheses of a claim that can decide a certificate; TypeError for another one."""
    match claim:
        case (
            Villani(scope=scope)
            | Fails(scope=scope)
            | ContinuousConvergence(scope=scope)
            | DiscreteConvergence(scope=scope)
            | Dissipative(scope=scope)
            | Rate(scope=scope)
            | LangevinRate(scope=scope)
        ):
            return scope
        case _:
            raise TypeError(f"{type(claim).__name__} decides no certificate")


def _of_lambda(scope: Scope, problem: Problem) -> tuple[Condition, ...]:
    """The conditions on the reader's lambda, where the certificate names no number."""
    if problem.lam is not None:
        return ()
    match scope.lam:
        case AnyLambda():
            return ()
        case LambdaIs(value):
            return (Condition("lambda", "=", num(value)),)
        case LambdaAbove(threshold):
            return (Condition("lambda", ">", threshold),)
        case LambdaAtMostZero():
            return (Condition("lambda", "<=", ZERO),)
        case LambdaBelow(threshold):
            return (Condition("lambda", ">=", ZERO), Condition("lambda", "<", threshold))


def _of_noise(scope: Scope, problem: Problem) -> tuple[Condition, ...]:
    """The conditions on the reader's s.

    Where the certificate names a number these are known to hold for it, or rest on symbols.
    """
    given = problem.noise is not None
    match scope.noise:
        case None | AnyNoise():
            return ()
        case NoiseIs(value):
            return () if given else (Condition("s", "=", num(value)),)
        case NoiseFrom(critical):
            return () if given else (Condition("s", ">=", critical),)
        case NoiseBelow(critical):
            return () if given else (Condition("s", "<", critical),)
        case NoiseUpTo(largest):
            return () if given else (Condition("s", "<=", largest),)
        case NoiseIsIfUpTo(_, largest):
            return (Condition("s", "<=", largest),)


def _met(
    own: Fraction,
    condition: Condition,
    known: Mapping[str, Constant],
    numbers: Mapping[str, Constant],
) -> bool | None:
    """Whether a condition is seen to hold with the reader's numbers in place of symbols; None while
    one is missing.
    """
    try:
        value = _value(condition.threshold, known, numbers)
    except (ArithmeticError, KeyError, ValueError):
        raise UndecidedRangeError(
            f"whether {condition.text} cannot be decided with your numbers"
        ) from None
    if value is None:
        return None
    low, high = value
    # Where the threshold is only known up to its enclosure, the condition has to hold for all of
    # it: else it is not seen to be met.
    return {
        ">": own > high,
        "<": own < low,
        ">=": own >= high,
        "<=": own <= low,
        "=": own == low == high,
    }[condition.relation]


def _value(
    root: Node, known: Mapping[str, Constant], numbers: Mapping[str, Constant]
) -> Enclosure | None:
    """The value of a term with the reader's numbers for what has none; None while one is missing."""
    needed = _rests_on(root, known)
    values = {**numbers, **{name: c for name, c in known.items() if c.numeric}}
    for name, constant in known.items():  # premises first: each after what it is made of
        if name in needed and name not in values:
            formula = constant.formula
            values[name] = constant if formula is None else define(name, formula, values)
    return evaluate(root, values)


def _rests_on(root: Node, known: Mapping[str, Constant]) -> frozenset[str]:
    """The constants that a term names, directly or by the formulas of others."""
    found: set[str] = set()
    waiting = set(names_in(root))
    while waiting:
        name = waiting.pop()
        found.add(name)
        formula = known[name].formula
        if formula is not None:
            waiting |= names_in(formula) - found
    return frozenset(found)
