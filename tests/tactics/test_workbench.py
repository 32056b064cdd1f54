"""The workbench: facts made once, and problems as the kernel takes them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from proofkit.activation.catalogue import Activation
from proofkit.kernel.objective.objective import own
from proofkit.problem.data import outer_from_seed, summarise
from proofkit.problem.problem import Problem
from proofkit.reading.table import Table
from proofkit.tactics.workbench import Library, Stuck, Workbench, objective_of


def bench(name: str, loss: str = "squared") -> Workbench:
    """A workbench for all data."""
    return Workbench(Problem(Activation.of(name), loss), Library())


def test_facts_are_made_once() -> None:
    tanh = bench("tanh", "logistic")
    for make in (tanh.parameters, tanh.loss, tanh.derivation, tanh.smooth, tanh.at_zero):
        assert make() is make()
    assert tanh.enclosed("M1") is tanh.enclosed("M1")


def test_lines_and_powers() -> None:
    line = bench("z + sin(z)")
    assert [c.name for c in line.near_line().constants] == ["alpha", "S_alpha"]
    fall = line.fall().constants[0]
    assert fall.hi == 0
    low, high = bench("z^2 + z").euler_range()
    assert [c.name for f in (low, high) for c in f.constants] == [
        "kappa_lo",
        "H_lo",
        "kappa_hi",
        "H_hi",
    ]
    with pytest.raises(Stuck, match="does not stay close to a line"):
        bench("tanh").near_line()
    with pytest.raises(Stuck, match="only C"):
        bench("relu").smooth()


def test_a_problem_as_the_kernel_takes_it() -> None:
    table = Table("rows.csv", "", ("a", "b"), "y", ((2, 4), (-2, 1)), (1, 0), 2, 1)
    problem = Problem(
        Activation.of("tanh"),
        "squared",
        Fraction(1, 2),
        Fraction(2),
        summarise(table),
        outer_from_seed(4, 1),
    )
    objective = objective_of(problem)
    assert own(objective) == objective
    assert objective.data is not None and problem.data is not None
    assert objective.data.Lambda_S == problem.data.Lambda_S
    assert (objective.lam, objective.noise, objective.name) == (Fraction(1, 2), 2, "tanh")
