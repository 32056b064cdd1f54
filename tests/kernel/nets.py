"""Small problems for the rules of the typed kernel, with the facts that tactics make of them."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import pytest

from proofkit.activation.catalogue import resolve
from proofkit.kernel.facts import Fact, infer
from proofkit.kernel.proposals import Proposal
from proofkit.kernel.refusal import KernelError
from proofkit.problem.data import summarise, summarise_outer
from proofkit.problem.problem import Problem
from proofkit.reading.table import Table
from proofkit.tactics.workbench import Library, Stuck, Workbench

LIBRARY = Library()
ONE_COLUMN = ((70,), (-40,), (150,))
TWO_COLUMNS = ((70, 10), (-40, 30), (150, -20))
MIXED = (Fraction(1, 2), Fraction(-1, 3), Fraction(1, 4))
POSITIVE = (Fraction(1, 2), Fraction(1, 3))


@cache
def rows(loss: str, samples: tuple[tuple[int, ...], ...] = TWO_COLUMNS) -> Table:
    """Three samples with labels that suit the loss."""
    names = tuple(f"x{k}" for k in range(len(samples[0])))
    labels = (30, -50, 100) if loss == "squared" else (100, -100, 100)
    return Table("three samples", "", names, "y", samples, labels, 100, 100)


def problem(
    activation: str,
    loss: str = "squared",
    lam: int | Fraction | None = None,
    noise: int | Fraction | None = None,
    outer: tuple[Fraction, ...] | None = None,
    samples: tuple[tuple[int, ...], ...] = TWO_COLUMNS,
) -> Problem:
    """A problem, with the three samples where outer weights are given, else with symbols."""
    return Problem(
        resolve(activation),
        loss,
        None if lam is None else Fraction(lam),
        None if noise is None else Fraction(noise),
        None if outer is None else summarise(rows(loss, samples)),
        None if outer is None else summarise_outer(list(outer), "given", ""),
    )


def bench(given: Problem) -> Workbench:
    """A workbench for a problem; the rows are those of ``rows``."""
    table = None
    if given.data is not None:
        table = rows(given.loss_name, ONE_COLUMN if given.data.d == 1 else TWO_COLUMNS)
    return Workbench(given, LIBRARY, table)


def net(
    activation: str,
    loss: str = "squared",
    lam: int | Fraction | None = None,
    noise: int | Fraction | None = None,
    outer: tuple[Fraction, ...] | None = None,
) -> Workbench:
    """The workbench of ``problem``."""
    return bench(problem(activation, loss, lam, noise, outer))


def refused(
    given: Workbench,
    rule: str,
    *premises: Fact,
    why: str,
    proposal: Proposal | None = None,
    table: Table | None = None,
) -> None:
    """Assert that a rule is refused for a reason."""
    with pytest.raises(KernelError, match=why):
        infer(rule, given.objective, premises, proposal, table)


STUCK = Stuck
