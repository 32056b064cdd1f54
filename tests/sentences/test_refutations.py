"""Refutations by the typed kernel are the ones of the kernel before, word for word."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest

from proofkit.activation.catalogue import Activation
from proofkit.kernel.facts import Fact
from proofkit.kernel.facts import Fact as FormerFact
from proofkit.kernel.univariate.terms import to_text
from proofkit.problem.data import load_outer, summarise
from proofkit.problem.problem import Problem
from proofkit.reading.table import Table, load_table, with_labels
from proofkit.sentences.printer import payload_of, sentence_of
from proofkit.tactics import refute
from proofkit.tactics import refute as former_refute
from proofkit.tactics import workbench as former_bench
from proofkit.tactics.workbench import UNDECIDED, Library, Workbench

SKEW = "x,y\n1,1\n-1,-1\n2,5\n-2,-3\n"
PLANE = "u,v,y\n1,0,1\n0,1,2\n1,1,0\n-1,2,1\n"
FLAT = "u,v,y\n1,1,1\n2,2,-1\n-1,-1,1\n"
POSITIVE = "u,v,y\n1,2,1\n2,1,-1\n1,1,1\n"
LABELS = "u,v,y\n1,0,1\n0,1,-1\n1,1,1\n-1,2,-1\n"

ACTIVATIONS = (
    "tanh",
    "softplus",
    "z^2",
    "3*z^2/2",
    "z^3",
    "z*exp(z)",
    "Max(z, 0)",
    "Max(z - 1/3, 0)^2",
    "Abs(sin(z))",
    "z + 2*sin(z)",
    "z/3 + sin(3*z)*cos(z/2)",
    "z + sin(z)/2",
    "1 + z",
    "Max(z, 1)",
    "z/(1 + exp(-z))",
)
RANGES = (
    (None, None),
    (Fraction(0), None),
    (Fraction(-1), None),
    (Fraction(1, 10), None),
    (Fraction(1, 10), Fraction(4)),
    (Fraction(2), Fraction(1, 1000)),
)
DATA = (
    (SKEW, "1\n", "squared"),
    (SKEW, "-2\n", "squared"),
    (PLANE, "3/2\n-1/3\n", "squared"),
    (FLAT, "1\n2\n", "squared"),
    (POSITIVE, "1/2\n-1/2\n1\n", "squared"),
    (LABELS, "2\n-1\n", "logistic"),
)


OPEN = "open, for a quantity that has no cover"  # which the workbench now says itself


def unfolded(text: object) -> str:
    """Without the factor 1 that formulas had before, and that terms fold."""
    return str(text).replace("(1*", "(")


class Found(NamedTuple):
    """A refutation in words, its record and its constants; or why there is none."""

    said: str
    payload: object
    constants: object


@pytest.fixture(scope="module")
def libraries() -> tuple[former_bench.Library, Library]:
    return former_bench.Library(), Library()


def attempts(
    problem: Problem, table: Table | None, libraries: tuple[former_bench.Library, Library]
) -> Iterator[tuple[str, Found, Found]]:
    """Every kind of refutation of a problem, by the kernel before and by this one."""
    before = former_bench.Workbench(problem, libraries[0], table)
    now = Workbench(problem, libraries[1], table)
    yield (
        "V1",
        former(
            lambda: former_refute.refute_v1(before, before.about_activation("kink", "kink")),
        ),
        typed(now, lambda: refute.refute_v1(now, now.about_activation("kink", "kink"))),
    )
    for name in ("refute_v2", "refute_v4"):
        yield (
            name,
            former(lambda name=name: getattr(former_refute, name)(before)),
            typed(now, lambda name=name: getattr(refute, name)(now)),
        )


def former(attempt: Callable[[], FormerFact]) -> Found:
    try:
        fact = attempt()
    except former_bench.UNDECIDED as stuck:
        return Found(
            OPEN if "rule supremum" in str(stuck) else f"open: {unfolded(stuck)}", None, None
        )
    constants = [(c.name, c.formula and unfolded(c.formula), c.lo, c.hi) for c in fact.constants]
    return Found(unfolded(fact.statement), fact.payload_json(), constants)


def typed(bench: Workbench, attempt: Callable[[], Fact]) -> Found:
    try:
        fact = attempt()
    except UNDECIDED as stuck:
        return Found(OPEN if "no cover for" in str(stuck) else f"open: {stuck}", None, None)
    constants = [
        (c.name, None if c.formula is None else to_text(c.formula), c.lo, c.hi)
        for c in fact.constants
    ]
    payload = json.loads(json.dumps(payload_of(fact, bench.objective)))
    return Found(sentence_of(fact, bench.objective), payload, constants)


@pytest.mark.parametrize("loss", ["squared", "logistic"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_symbolic_data(
    activation: str, loss: str, libraries: tuple[former_bench.Library, Library]
) -> None:
    for lam, noise in RANGES:
        problem = Problem(Activation.of(activation), loss, lam, noise)
        for name, before, now in attempts(problem, None, libraries):
            assert now == before, (name, lam, noise)


@pytest.mark.parametrize("rows", DATA)
def test_given_data(
    rows: tuple[str, str, str], tmp_path: Path, libraries: tuple[former_bench.Library, Library]
) -> None:
    text, weights, loss = rows
    (tmp_path / "d.csv").write_text(text)
    (tmp_path / "a.txt").write_text(weights)
    table = load_table(tmp_path / "d.csv", "y")
    if loss == "logistic":
        table = with_labels(table)
    data, outer = summarise(table), load_outer(tmp_path / "a.txt")
    refuted = 0
    for activation, (lam, noise) in product(ACTIVATIONS, RANGES):
        problem = Problem(Activation.of(activation), loss, lam, noise, data, outer)
        for name, before, now in attempts(problem, table, libraries):
            assert now == before, (name, activation, lam, noise)
            refuted += now.payload is not None
    assert refuted > len(RANGES)
