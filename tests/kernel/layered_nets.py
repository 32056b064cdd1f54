"""Problems with an architecture for the tests of its rules, and numbers for their symbols."""

from __future__ import annotations

from fractions import Fraction

from proofkit.activation.catalogue import resolve
from proofkit.kernel.facts import Fact
from proofkit.kernel.formula import Constant, define
from proofkit.kernel.network.architecture import Architecture, DenseLayer
from proofkit.kernel.network.weights import Matrix, summarise_weights
from proofkit.problem.data import summarise
from proofkit.problem.problem import Problem
from proofkit.reading.table import Table
from proofkit.tactics.workbench import Library, Workbench

LIBRARY = Library()
TWO = (DenseLayer(), DenseLayer(1))
"""Both layers trained, symbolic width."""
TWO_BOUND = (DenseLayer(4), DenseLayer(1))


def fixed(*rows: tuple[int, ...], scale: int = 12) -> DenseLayer:
    """A fixed layer of these weights over the scale."""
    weights = summarise_weights(Matrix(rows, scale), "given", "0" * 64)
    return DenseLayer(len(rows), trained=False, weights=weights)


def layered(
    activation: str,
    layers: tuple[DenseLayer, ...],
    loss: str = "squared",
    lam: int | Fraction | None = None,
    noise: int | Fraction | None = None,
    power: int = 2,
    table: Table | None = None,
) -> Workbench:
    """A workbench for a net of these layers, with symbols or with the rows of a table."""
    sigma = resolve(activation)
    problem = Problem(
        sigma,
        loss,
        None if lam is None else Fraction(lam),
        None if noise is None else Fraction(noise),
        None if table is None else summarise(table),
        None,
        Architecture(layers, (sigma.root,) * (len(layers) - 1), power),
    )
    return Workbench(problem, LIBRARY, table)


def constant(fact: Fact, name: str) -> Constant:
    """A constant that a step introduces."""
    return next(c for c in fact.constants if c.name == name)


def texts(fact: Fact) -> dict[str, str]:
    """The formulas of the constants that a step introduces."""
    return {c.name: str(c.formula) for c in fact.constants if c.formula is not None}


def evaluated(fact: Fact, numbers: dict[str, float]) -> dict[str, Constant]:
    """Every constant below a fact about symbols, with numbers for these."""
    known: dict[str, Constant] = {}
    for below in fact.ancestors():
        for found in below.constants:
            if found.name in numbers:
                exact = Fraction(numbers[found.name])
                known[found.name] = Constant(found.name, None, exact, exact)
            elif found.formula is None:
                known[found.name] = found
            else:
                known[found.name] = define(found.name, found.formula, known)
    return known
