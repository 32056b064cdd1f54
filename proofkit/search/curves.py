"""Curves along which V4 may fail, from scaling exponents; the kernel decides.

The first trained layer stays small, so that every argument and the output keep their limits, and the
trained layers above it grow like powers of t.  One unit of each hidden layer is active, or two with
opposite signs, whose values cancel; all others are 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from flint import fmpq, fmpq_mat

from proofkit.kernel.claims import Curve, Monomial, Sample, UnitGroup
from proofkit.kernel.curves.composition import taylor
from proofkit.kernel.curves.constants import rational
from proofkit.kernel.losses.cross_entropy import CrossEntropyLoss
from proofkit.kernel.network.architecture import Architecture, DenseLayer
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.univariate.terms import Node
from proofkit.reading.table import Table

EXPONENTS = (1, 2)
"""What the layers that grow are tried with."""
SIZES = tuple(Fraction(4) ** k for k in range(12))
"""The sizes of x of an instance, tried where s is given."""
MOST = 64
NOTHING = Monomial(Fraction(0), Fraction(0))


@dataclass(frozen=True)
class _Shape:
    """Active units of each hidden layer, and the exponents of the trained layers above the first."""

    active: int
    exponents: tuple[int, ...]


def curves(objective: Objective, table: Table | None) -> Iterator[Curve]:
    """Curves worth trying; none for a net with fewer than two trained layers."""
    architecture = objective.architecture
    if architecture is None or len(architecture.trained) < 2:
        return
    growing = len(architecture.trained) - 1
    tried = list(product(EXPONENTS, repeat=growing)) if growing <= 3 else [(1,) * growing]
    shapes = [_Shape(active, e) for e in tried for active in (1, 2) if _fits(architecture, active)]
    for samples in _instances(objective):
        for shape in shapes[:MOST]:
            first = _first_row(objective, table, shape)
            if first is not None:
                yield Curve(_layers(architecture, shape, first), samples)


def _fits(architecture: Architecture, active: int) -> bool:
    hidden = architecture.layers[:-1]
    return all(layer.units is None or layer.units >= active for layer in hidden)


def _instances(objective: Objective) -> Iterator[tuple[Sample, ...] | None]:
    """Samples at x with targets of which the slopes of the loss at f = 0 cancel in the mean."""
    if not objective.symbolic:
        yield None
        return
    for size in SIZES if objective.noise is not None else SIZES[:1]:
        yield tuple(Sample((size,), y) for y in _balanced(objective))


def _balanced(objective: Objective) -> list[tuple[Fraction, ...]]:
    assert objective.architecture is not None, "asked for nets of layers"
    outputs = objective.architecture.outputs or 2
    if type(objective.loss) is CrossEntropyLoss:
        return [(Fraction(k),) for k in range(outputs)]
    if objective.loss.classifies:
        return [(Fraction(1),), (Fraction(-1),)]
    return [(Fraction(0),) * outputs]


# -- the first layer -------------------------------------------------------------------------------


def _first_row(
    objective: Objective, table: Table | None, shape: _Shape
) -> tuple[Monomial, ...] | None:
    """The weights of the first active unit of the first trained layer: 0 for an instance, else those
    with which the output is the best linear one.
    """
    if objective.symbolic:
        return ()
    if table is None:
        return None
    exponent = Fraction(-sum(shape.exponents))
    if objective.loss.square is None:
        return (NOTHING,) * table.d
    gain = _gain(objective, shape.active)
    if not gain:
        return None
    return tuple(Monomial(c / gain, exponent) for c in _least_squares(table))


def _gain(objective: Objective, active: int) -> Fraction:
    """f = gain <c, x> for a small first layer c: the slopes at 0, and the paths from unit to unit."""
    assert objective.architecture is not None, "asked for nets of layers"
    activations = objective.architecture.activations
    gain = Fraction(active) ** len(activations)
    for sigma in activations:
        gain *= _slope_at_zero(sigma)
    return gain


def _slope_at_zero(sigma: Node) -> Fraction:
    exact = taylor(sigma, rational(0), 2)[1].scaled.rational
    return Fraction(0) if exact is None else exact


def _least_squares(table: Table) -> list[Fraction]:
    """A solution c of X^T X c = X^T y, exactly; features that depend on those before get 0."""
    d = table.d
    wide = fmpq_mat(d, d + 1, [fmpq(v) for v in _normal_equations(table)])
    reduced, rank = wide.rref()
    solution = [Fraction(0)] * d
    for i in range(rank):
        pivot = next(j for j in range(d + 1) if reduced[i, j] != 0)
        if pivot < d:
            value = reduced[i, d]
            solution[pivot] = Fraction(int(value.p), int(value.q)) * Fraction(
                table.x_scale, table.y_scale
            )
    return solution


def _normal_equations(table: Table) -> Iterator[int]:
    """The rows of (X^T X, X^T y), in whole numbers."""
    columns = list(zip(*table.rows, strict=True))
    for one in columns:
        for other in (*columns, table.labels):
            yield sum(a * b for a, b in zip(one, other, strict=True))


# -- the layers ------------------------------------------------------------------------------------


def _layers(
    architecture: Architecture, shape: _Shape, first: tuple[Monomial, ...]
) -> tuple[tuple[UnitGroup, ...], ...]:
    growing = iter(shape.exponents)
    out: list[tuple[UnitGroup, ...]] = []
    columns = max(len(first), 1)
    start = architecture.trained[0] - 1
    for k, layer in enumerate(architecture.layers):
        last = k == architecture.depth - 1
        if k == start:
            row = first or (NOTHING,) * columns
            rows = [row, tuple(Monomial(-w.coefficient, w.exponent) for w in row)]
        else:
            exponent = next(growing) if layer.trained else 0
            rows = _alternating(columns, shape.active if k else columns, exponent)
        groups = _groups(layer, rows, shape.active, columns, last)
        out.append(groups)
        columns = len(groups)
    return tuple(out)


def _alternating(columns: int, active: int, exponent: int) -> list[tuple[Monomial, ...]]:
    """The rows (1, -1) t^e and (-1, 1) t^e, 0 for units that are not active."""
    signs = [(-1) ** k if k < active else 0 for k in range(columns)]
    return [
        tuple(Monomial(Fraction(side * sign), Fraction(exponent if sign else 0)) for sign in signs)
        for side in (1, -1)
    ]


def _groups(
    layer: DenseLayer, rows: list[tuple[Monomial, ...]], active: int, columns: int, last: bool
) -> tuple[UnitGroup, ...]:
    """The active units and a group of all others; of several outputs the second is opposite."""
    bias = None if layer.bias == "none" else NOTHING
    idle = (NOTHING,) * columns
    if last:
        outputs = layer.units or 2
        shown = [*rows[: min(outputs, 2)], *[idle] * (outputs - 2)]
        return tuple(UnitGroup(1, row, bias) for row in shown)
    groups = [UnitGroup(1, row, bias) for row in rows[:active]]
    others = 0 if layer.units is None else layer.units - active
    if others:
        groups.append(UnitGroup(others, idle, bias))
    return tuple(groups)
