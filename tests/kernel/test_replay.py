"""A certificate replayed by the kernel alone: which part fails first, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from proofkit.activation.catalogue import Activation
from proofkit.certificates import document_of
from proofkit.kernel.certificate import Document, StepRecord
from proofkit.kernel.replay import PROBLEM, SUMMARY, replay
from proofkit.problem.data import summarise, summarise_outer
from proofkit.problem.problem import Problem
from proofkit.reading.table import Table, load_table
from proofkit.tactics.prove import prove
from proofkit.tactics.workbench import Library

LIBRARY = Library()


def made(text: str, claim: str = "villani") -> Document:
    """The certificate of a claim about all data."""
    return document_of(prove(Problem(Activation.of(text), "squared"), claim, LIBRARY))


TANH = made("tanh")


def changed(document: Document, rule: str, change: Callable[[StepRecord], StepRecord]) -> Document:
    """The certificate with a change in the steps of a rule."""
    steps = tuple(change(s) if s.rule == rule else s for s in document.steps)
    return replace(document, steps=steps)


def test_every_step_becomes_the_fact_that_it_records() -> None:
    found = replay(TANH)
    assert found.holds
    assert [(s.id, s.claim, s.constants) for s in TANH.steps] == [
        (name, fact.claim, fact.constants) for name, fact in found.facts.items()
    ]


@pytest.mark.parametrize(
    ("rule", "change", "why"),
    [
        ("V2", lambda s: replace(s, evidence="cited"), "the evidence is not"),
        ("V2", lambda s: replace(s, rule="V3"), "needs"),
        ("V2", lambda s: replace(s, rule="V9"), "no rule"),
        ("V2", lambda s: replace(s, premises=()), "premises"),
        ("V2", lambda s: replace(s, premises=("s99",)), "no step before"),
        ("V2", lambda s: replace(s, premises=("s9",)), "no step before"),
        ("V2", lambda s: replace(s, id="s1"), "twice"),
        ("bounded gradient", lambda s: replace(s, constants=()), "the constants are not"),
        ("bounded gradient", lambda s: replace(s, claim=TANH.steps[0].claim), "the claim is not"),
        ("supremum", lambda s: replace(s, proposal=None), "proposal"),
    ],
)
def test_the_first_step_that_fails_is_named(
    rule: str, change: Callable[[StepRecord], StepRecord], why: str
) -> None:
    lie = changed(TANH, rule, change)
    found = replay(lie)
    assert found.failure is not None
    position = next(i for i, s in enumerate(TANH.steps) if s.rule == rule)
    assert found.failure.where == lie.steps[position].id
    assert why in found.failure.why
    assert not found.failure.undecided
    assert len(found.facts) <= position


def test_a_problem_that_is_none() -> None:
    lie = replace(TANH, problem=replace(TANH.problem, noise=Fraction(0)))
    found = replay(lie)
    assert found.failure is not None
    assert (found.failure.where, found.facts) == (PROBLEM, {})


def test_a_claim_that_is_none() -> None:
    found = replay(replace(TANH, claim="everything"))
    assert found.failure is not None
    assert found.failure.where == PROBLEM


@pytest.mark.parametrize(
    "lie",
    [
        replace(TANH, verdict="REFUTED"),
        replace(TANH, goals=()),
        replace(TANH, goals=("s99",)),
        replace(TANH, conditions=TANH.conditions[1:]),
        replace(TANH, threshold="line"),
        replace(TANH, routes=TANH.routes[1:]),
    ],
)
def test_a_summary_that_the_steps_do_not_bear_out(lie: Document) -> None:
    found = replay(lie)
    assert found.failure is not None
    assert found.failure.where == SUMMARY
    assert len(found.facts) == len(TANH.steps)


def flat(tmp_path: Path) -> tuple[Table, Document]:
    """Rows along one line: L does not grow across it without a regulariser."""
    csv = tmp_path / "flat.csv"
    csv.write_text("a,b,y\n1,1,1\n2,2,3\n")
    table = load_table(csv, "y")
    outer = summarise_outer([Fraction(1)], "one", "")
    sigma = Activation.of("softplus")
    problem = Problem(sigma, "squared", Fraction(0), None, summarise(table), outer)
    return table, document_of(prove(problem, "villani", LIBRARY, table))


def test_a_step_about_rows_needs_these_rows(tmp_path: Path) -> None:
    table, document = flat(tmp_path)
    assert document.verdict == "REFUTED"
    assert replay(document, table).holds
    without = replay(document)
    assert without.failure is not None
    assert without.failure.undecided
    assert without.failure.needs_rows
    other = replay(document, replace(table, rows=((1, 1), (2, 3))))
    assert other.failure is not None
    assert not other.failure.undecided
