"""Lines of weights on which a net of layers is looked for at a kink.

A line is a curve with weights c and c t, t around 0: of each layer one unit is alive, or two, and
one argument passes a kink of its activation, or that of the loss a kink of phi.  What is proposed
need not be right: the kernel computes the derivatives on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from proofkit.kernel.claims import Curve, Monomial, Sample, UnitGroup
from proofkit.kernel.losses.cross_entropy import CrossEntropyLoss
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.network.architecture import Architecture, DenseLayer
from proofkit.kernel.network.weights import Matrix

TARGETS = tuple(map(Fraction, ("1", "-1", "2", "1/2", "0")))
"""What is tried as the target of an instance."""
LINKS = tuple(map(Fraction, ("1", "-1")))
"""What is tried as the weight from a layer to the next."""
MOST_SAMPLES = 12
"""How many rows are tried as the one at the kink."""


@dataclass(frozen=True)
class Kinked:
    """What lines are sought for: ``kinks`` has the rational kinks of each hidden activation,
    ``of_loss`` those of phi; ``rows`` is None for symbolic data; ``fixed`` are drawn matrices by their
    layers, from 0.
    """

    architecture: Architecture
    loss: Loss
    kinks: tuple[tuple[Fraction, ...], ...]
    of_loss: tuple[Fraction, ...]
    rows: tuple[Sample, ...] | None
    fixed: Mapping[int, Matrix]


def still(value: Fraction | int) -> Monomial:
    """A weight that does not move."""
    return Monomial(Fraction(value), Fraction(0))


def moving(speed: Fraction | int) -> Monomial:
    """A weight that is 0 at t = 0."""
    return Monomial(Fraction(speed), Fraction(1))


NOTHING = still(0)


def lines(sought: Kinked) -> Iterator[Curve]:
    """Lines that may meet a kink."""
    if sought.rows is None:
        yield from _on_instances(sought)
        return
    yield from _on_rows(sought, sought.rows)


# -- instances -------------------------------------------------------------------------------------


def _on_instances(sought: Kinked) -> Iterator[Curve]:
    """One sample, whose argument in one unit passes a kink."""
    targets = _targets(sought)
    for start in _starts(sought):
        for links in product(LINKS, repeat=sought.architecture.depth - 1 - start.level):
            for y in targets:
                yield _chain(sought, start, links, (Sample(start.x, y),))
    yield from _at_the_loss(sought)


def _targets(sought: Kinked) -> list[tuple[Fraction, ...]]:
    if type(sought.loss) is CrossEntropyLoss:
        return [(Fraction(0),)]
    if sought.loss.classifies:
        return [(Fraction(1),), (Fraction(-1),)]
    return [(target,) + (Fraction(0),) * (_outputs(sought) - 1) for target in TARGETS]


def _outputs(sought: Kinked) -> int:
    """How many outputs a net of the instance has; two where that is a symbol."""
    return sought.architecture.outputs or 2


@dataclass(frozen=True)
class _Start:
    """The row of weights of the unit of ``level`` (from 0) that passes a kink, its bias, and the
    features of the sample; below it every live weight is ``below``.
    """

    level: int
    x: tuple[Fraction, ...]
    row: tuple[Monomial, ...]
    bias: Monomial | None
    below: Fraction = Fraction(1)


def _starts(sought: Kinked) -> Iterator[_Start]:
    """Where the argument of a kinked activation is c and moves; the last layer first, above which
    the kink goes through fewer others.
    """
    layers = sought.architecture.layers
    one = Fraction(1)
    for level, kinks in reversed(list(enumerate(sought.kinks))):
        for c in kinks:
            layer = layers[level]
            if level == 0 and layer.trained:
                if c == 0:
                    yield _Start(0, (one,), (moving(1),), None)
                    # A block that is not 0, where the power of its norm is odd.
                    yield _Start(0, (Fraction(0), one), (still(1), moving(1)), None)
                else:
                    yield _Start(0, (one, one), (still(c), moving(1)), None)
            for below in LINKS:
                if layer.trained and c == 0:
                    yield _Start(level, (one,), (moving(1),), None, below)
                if layer.trained and layer.bias != "none":
                    yield _Start(level, (one,), (moving(1),), still(c), below)
                if layer.bias != "none":
                    yield _Start(level, (one,), (NOTHING,), moving(1), below)


def _chain(
    sought: Kinked, start: _Start, links: Sequence[Fraction], samples: tuple[Sample, ...]
) -> Curve:
    """One live unit a layer: ``start``, then the links."""
    rows: list[tuple[tuple[Monomial, ...], Monomial | None]] = []
    for level in range(start.level):
        rows.append(((still(start.below if level == 0 else 1),), None))
    rows.append((start.row, start.bias))
    rows += [((still(link),), None) for link in links]
    return _curve_of(sought, rows, samples)


def _curve_of(
    sought: Kinked,
    rows: Sequence[tuple[tuple[Monomial, ...], Monomial | None]],
    samples: tuple[Sample, ...] | None,
) -> Curve:
    """The net whose layers have one live unit each, with units of weight 0 beside it.

    Of a layer that is drawn every unit has its weights.
    """
    layers: list[tuple[UnitGroup, ...]] = []
    for level, (row, bias) in enumerate(rows):
        layer = sought.architecture.layers[level]
        if level in sought.fixed:
            layers.append(_drawn(layer, sought.fixed[level]))
            continue
        wide = row + (NOTHING,) * (len(layers[-1]) - 1 if layers else 0)
        zeros = (NOTHING,) * len(wide)
        counts = _counts_of_zeros(sought, level)
        others = (UnitGroup(count, zeros, _bias(layer, None)) for count in counts)
        layers.append((UnitGroup(1, wide, _bias(layer, bias)), *others))
    return Curve(tuple(layers), samples)


def _drawn(layer: DenseLayer, matrix: Matrix) -> tuple[UnitGroup, ...]:
    return tuple(
        UnitGroup(1, tuple(still(Fraction(v, matrix.scale)) for v in row), _bias(layer, None))
        for row in matrix.rows
    )


def _counts_of_zeros(sought: Kinked, level: int) -> tuple[int, ...]:
    """How the units that are 0 are grouped: each alone where it is an output or meets drawn weights."""
    if level == sought.architecture.depth - 1:
        return (1,) * (_outputs(sought) - 1)
    units = sought.architecture.layers[level].units
    rest = 0 if units is None else units - 1
    if level + 1 in sought.fixed:
        return (1,) * rest
    return (rest,) if rest else ()


def _bias(layer: DenseLayer, given: Monomial | None) -> Monomial | None:
    if layer.bias == "none":
        return None
    return NOTHING if given is None else given


def _at_the_loss(sought: Kinked) -> Iterator[Curve]:
    """The output passes a kink of phi: its bias moves, or the last trained weight from 0."""
    architecture, one = sought.architecture, Fraction(1)
    last = architecture.layers[-1]
    if _outputs(sought) != 1:
        return
    hidden = architecture.depth - 1
    below = [((still(1),), None)] * hidden
    for c in sought.of_loss:
        # f = t + at, and the argument of phi is f - y or y f.
        target, at = (one, c) if sought.loss.classifies else (-c, Fraction(0))
        samples = (Sample((one,), (target,)),)
        if last.trained and at == 0:
            yield _curve_of(sought, [*below, ((moving(1),), None)], samples)
        if last.trained and last.bias != "none":
            yield _curve_of(sought, [*below, ((moving(1),), still(at))], samples)
        if last.bias != "none" and at == 0:
            yield _curve_of(sought, [*below, ((NOTHING,), moving(1))], samples)
        if last.trained and hidden == 0:
            two = (Sample((one, one), (target,)),)
            yield _curve_of(sought, [((still(at), moving(1)), None)], two)


# -- given rows ------------------------------------------------------------------------------------


def _on_rows(sought: Kinked, rows: Sequence[Sample]) -> Iterator[Curve]:
    """A unit of the first layer is at a kink for one of the rows and moves along one feature, or the
    output is at a kink of the loss.
    """
    picks = [rows[k * 7919 % len(rows)] for k in range(min(MOST_SAMPLES, len(rows)))]
    if sought.kinks and sought.architecture.layers[0].trained:
        yield from _at_an_activation(sought, picks)
    yield from _above_the_loss(sought, picks)


def _above_the_loss(sought: Kinked, picks: Sequence[Sample]) -> Iterator[Curve]:
    """The bias of the output puts a row at a kink of phi, and a weight of the output moves."""
    last = sought.architecture.layers[-1]
    if not last.trained or last.bias == "none" or sought.architecture.outputs != 1:
        return
    for sample in picks:
        first = tuple(still(Fraction(2 * k + 3, k + 2)) for k in range(len(sample.x)))
        rows: list[tuple[tuple[Monomial, ...], Monomial | None]] = [(first, None)]
        rows += [((still(1),), None)] * (sought.architecture.depth - 2)
        for c in sought.of_loss if sought.architecture.depth > 1 else ():
            at = c * sample.y[0] if sought.loss.classifies else c + sample.y[0]
            yield _curve_of(sought, [*rows, ((moving(1),), still(at))], None)


def _at_an_activation(sought: Kinked, picks: Sequence[Sample]) -> Iterator[Curve]:
    """The line of a unit of the first layer."""
    for sample in picks:
        for c in sought.kinks[0]:
            for row, bias in _first_rows(sought.architecture.layers[0], sample.x, c):
                for link in LINKS:
                    links = (link,) + (Fraction(1),) * (sought.architecture.depth - 2)
                    above = [((still(weight),), None) for weight in links]
                    yield _curve_of(sought, [(row, bias), *above], None)


def _first_rows(
    layer: DenseLayer, x: tuple[Fraction, ...], c: Fraction
) -> Iterator[tuple[tuple[Monomial, ...], Monomial | None]]:
    """Weights w with <w, x> (+ b) = c at t = 0, of which one moves."""
    generic = [Fraction(2 * k + 3, k + 2) for k in range(len(x))]
    if layer.bias != "none":
        value = sum((w * entry for w, entry in zip(generic, x, strict=True)), Fraction(0))
        present = next((k for k, entry in enumerate(x) if entry != 0), None)
        if present is not None:
            # The bias moves, and one weight makes <w, x> = c.
            generic[present] += (c - value) / x[present]
            yield tuple(map(still, generic)), moving(1)
        return
    for axis in (k for k, entry in enumerate(x) if entry != 0):
        weights = [Fraction(0) if k == axis else w for k, w in enumerate(generic)]
        pivot = next((k for k, entry in enumerate(x) if k != axis and entry != 0), None)
        value = sum((w * entry for w, entry in zip(weights, x, strict=True)), Fraction(0))
        if pivot is not None:
            weights[pivot] += (c - value) / x[pivot]
        elif c != value:
            continue
        yield tuple(moving(1) if k == axis else still(w) for k, w in enumerate(weights)), None
        return
