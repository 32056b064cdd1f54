"""Curves of weights along which a condition may fail, found from scaling exponents.

A layer l moves like t^(k_l).  Where the exponents add up to 0 the outputs stay of order 1, while the
second derivatives in the lowest layer that moves grow like the square of all that is above it, or
those in the head like the square of all that is below.  So for every choice of exponents on a small
grid the coefficients are solved for that make the gradient small, by least squares or by Newton's
method, and the kernel decides what happens along the curve.

Units come alone or in pairs of opposite sign; all others have no weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from flint import arb, fmpq, fmpq_mat

from proofkit.kernel.claims import Curve, Monomial, Sample, UnitGroup
from proofkit.kernel.curves.composition import expansion, taylor
from proofkit.kernel.curves.constants import Number, rational
from proofkit.kernel.losses.cross_entropy import CrossEntropyLoss
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.network.architecture import Architecture, DenseLayer
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.univariate import balls
from proofkit.kernel.univariate.terms import Node

GRID = (1, 0, 2)
"""Exponents of the layers above the lowest one that moves."""
MOST_CHOICES = 200
MOST_DIGITS = 300
"""Digits of an exact coefficient; beyond it is rounded."""
ROUNDED = 12
"""Significant digits of a coefficient that is rounded."""
SIZES = (1, 4, 16, 256, 2**16)
"""How large the features of an instance may be, for V4 to fail at a given s."""
STEPS = 60
"""Steps of Newton's method, at most."""
RIDGE = 1e-9
BITS = 128

NOTHING = Monomial(Fraction(0), Fraction(0))
Vector = tuple[Fraction, ...]


class NoCurveError(ValueError):
    """There is no curve of that kind."""


@dataclass(frozen=True)
class Sought:
    """What curves are sought for: the net, the loss, and the rows of given data (None for symbols).

    ``sizes`` are those of the features of instances, where data are symbols.
    """

    architecture: Architecture
    loss: Loss
    rows: tuple[Sample, ...] | None = None
    sizes: tuple[int, ...] = (1,)

    @property
    def moving(self) -> tuple[int, ...]:
        """The layers that can move, counted from 1."""
        return self.architecture.trained


def v4_curves(sought: Sought) -> Iterator[Curve]:
    """Curves along which V4 may fail, the slowest first and then the fastest growing Laplacians.

    >>> from proofkit.kernel.losses.kinds import loss_of_text
    >>> from proofkit.kernel.univariate.parser import parse
    >>> three = Architecture((DenseLayer(), DenseLayer(), DenseLayer(1)), (parse("tanh(z)"),) * 2)
    >>> curve = next(v4_curves(Sought(three, loss_of_text("u^2/2"))))
    >>> [str(groups[0].weights[0].exponent) for groups in curve.layers]
    ['-2', '1', '1']
    """
    if len(sought.moving) < 2:
        return
    for samples in instances(sought):
        for exponents in _choices(sought):
            for pattern in (_paired, _alone, _at_the_end):
                try:
                    yield pattern(sought, samples, exponents)
                except (NoCurveError, KernelError):
                    continue


def v2_curves(sought: Sought) -> Iterator[Curve]:
    """Curves along which L may stay bounded: one layer moves, and no other weight is there."""
    for samples in instances(sought):
        for layer in sought.moving:
            for sign in (1, -1):
                yield _single(sought, samples, layer, sign)
        yield from _of_biases(sought, samples)


# -- data ------------------------------------------------------------------------------------------


def instances(sought: Sought) -> Iterator[tuple[Sample, ...]]:
    """The given rows, or samples with one feature each of which a net without weights fits as well
    as any, in several sizes.
    """
    if sought.rows is not None:
        yield sought.rows
        return
    for size in sought.sizes:
        x = (Fraction(size),)
        if type(sought.loss) is CrossEntropyLoss:
            classes = range(sought.architecture.outputs or 2)
            yield tuple(Sample(x, (Fraction(k),)) for k in classes)
        elif sought.loss.classifies:
            yield Sample(x, (Fraction(1),)), Sample(x, (Fraction(-1),))
        else:
            yield (Sample(x, _targets(sought)),)


def _targets(sought: Sought) -> Vector:
    """1 for the first output where the first layer and the head move, which then can reach it exactly;
    0 for the others.
    """
    first = Fraction(int({1, sought.architecture.depth} <= set(sought.moving)))
    others = (sought.architecture.outputs or 1) - 1
    return (first, *(Fraction(0) for _ in range(others)))


# -- exponents -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Exponents:
    """The exponent of each layer that moves, by its number."""

    of: tuple[tuple[int, int], ...]

    def __getitem__(self, layer: int) -> int:
        return dict(self.of).get(layer, 0)

    @property
    def highest(self) -> int:
        """How fast the weights grow."""
        return max(k for _, k in self.of)

    @property
    def gain(self) -> int:
        """How much faster the Laplacian may grow than the square of the norm of the weights."""
        return 2 * sum(k for _, k in self.of if k > 0) - 2 * self.highest


def _choices(sought: Sought) -> list[Exponents]:
    """Exponents that add up to 0, with the lowest or the highest layer bringing them down."""
    found: list[Exponents] = []
    *low, last = sought.moving
    lowest, *high = sought.moving
    # On rows each choice costs a pass over them, and the slowest curves do.
    grid = GRID if sought.rows is None else GRID[:2]
    for others in product(grid, repeat=len(high)):
        if max(others) <= 0:
            continue
        found.append(Exponents(((lowest, -sum(others)), *zip(high, others, strict=True))))
        found.append(Exponents((*zip(low, others, strict=True), (last, -sum(others)))))
        if len(found) >= MOST_CHOICES:
            break
    return sorted(dict.fromkeys(found), key=lambda e: (e.highest, -e.gain))


# -- pairs of units, and single ones ---------------------------------------------------------------


def _paired(sought: Sought, samples: tuple[Sample, ...], exponents: Exponents) -> Curve:
    """Two units in each hidden layer, with opposite weights: what does not change its sign with z
    cancels.
    """
    return _near_zero(sought, samples, exponents, 2)


def _alone(sought: Sought, samples: tuple[Sample, ...], exponents: Exponents) -> Curve:
    """One unit in each hidden layer, for activations with sigma(0) = 0."""
    for sigma in sought.architecture.activations:
        if _value_at_zero(sigma, 0) != 0:
            raise NoCurveError("sigma(0) is not 0")
    return _near_zero(sought, samples, exponents, 1)


def _near_zero(
    sought: Sought, samples: tuple[Sample, ...], exponents: Exponents, units: int
) -> Curve:
    """The lowest layer that moves has weights c t^k with k < 0, so that each activation is near 0 and
    the outputs are about g <c, x>, g the product of the slopes at 0.
    """
    lowest = sought.moving[0]
    if exponents[lowest] >= 0:
        raise NoCurveError("the lowest layer does not tend to 0")
    if lowest == sought.architecture.depth:
        raise NoCurveError("the head alone moves")
    gain = Fraction(1)
    for sigma in sought.architecture.activations[lowest - 1 :]:
        gain *= units * _value_at_zero(sigma, 1)
    if not gain:
        raise NoCurveError("sigma'(0) is 0")
    # Behind fixed layers the features are no rational numbers, and the instance needs no weights.
    wanted = _best(sought, samples, gain) if lowest == 1 else (Fraction(0),)
    return _assembled(sought, samples, exponents, units, wanted)


def _assembled(
    sought: Sought,
    samples: tuple[Sample, ...],
    exponents: Exponents,
    units: int,
    coefficients: Vector,
) -> Curve:
    """The groups of all layers, the lowest layer that moves with +-c."""
    architecture, lowest = sought.architecture, sought.moving[0]
    layers: list[tuple[UnitGroup, ...]] = []
    columns, idle = len(samples[0].x), 0
    for number, layer in enumerate(architecture.layers, 1):
        k = exponents[number]
        if number == lowest:
            active = [tuple(s * c for c in coefficients) for s in _signs(units)]
        elif number < lowest:
            active = [(Fraction(1),) * columns]
        else:
            active = [tuple(Fraction(s * e) for e in _signs(columns)) for s in _signs(units)]
        if number == architecture.depth:
            outputs = _outputs(sought, active[0])
            layers.append(tuple(_group(layer, 1, row, idle, k) for row in outputs))
            continue
        width = len(active)
        rest = _idle_units(layer, width)
        groups = [_group(layer, 1, row, idle, k) for row in active]
        if rest:
            groups.append(_group(layer, rest, (Fraction(0),) * len(active[0]), idle, 0))
        layers.append(tuple(groups))
        columns, idle = width, int(rest > 0)
    return Curve(tuple(layers), None if sought.rows is not None else samples)


def _signs(count: int) -> tuple[int, ...]:
    """1, -1, 1, ..."""
    return tuple((-1) ** k for k in range(count))


def _idle_units(layer: DenseLayer, active: int) -> int:
    """How many units of a layer have no weights; NoCurveError where there are too few units."""
    if layer.units is None:
        return 0
    if layer.units < active:
        raise NoCurveError(f"a layer has {layer.units} units")
    return layer.units - active


def _outputs(sought: Sought, row: Vector) -> list[Vector]:
    """The rows of the head: of classes the second output is the first one with the other sign."""
    q = sought.architecture.outputs or 2
    zero = (Fraction(0),) * len(row)
    others = [zero] * (q - 1)
    if type(sought.loss) is CrossEntropyLoss:
        others[0] = tuple(-c for c in row)
    return [row, *others]


def _group(layer: DenseLayer, count: int, row: Vector, idle: int, exponent: int) -> UnitGroup:
    """Units with a row of weights c t^k, none for the idle group of the layer below."""
    weights = tuple(_monomial(c, exponent) for c in row) + (NOTHING,) * idle
    return UnitGroup(count, weights, None if layer.bias == "none" else NOTHING)


def _monomial(coefficient: Fraction, exponent: int) -> Monomial:
    return Monomial(coefficient, Fraction(exponent)) if coefficient else NOTHING


# -- units at an end of R --------------------------------------------------------------------------


def _at_the_end(sought: Sought, samples: tuple[Sample, ...], exponents: Exponents) -> Curve:
    """One unit in each hidden layer, whose activation follows a line at +oo: the layers grow, and the
    head tends to 0 with the coefficient c of the least squares.
    """
    architecture = sought.architecture
    depth = architecture.depth
    if sought.moving != tuple(range(1, depth + 1)) or exponents[depth] >= 0:
        raise NoCurveError("not every layer moves, or the head does not tend to 0")
    if any(exponents[k] <= 0 for k in range(1, depth)):
        raise NoCurveError("a layer does not grow")
    slope = math.prod(
        (_slope_at_the_end(sigma) for sigma in architecture.activations), start=Fraction(1)
    )
    direction, reached = _direction(samples)
    along = [
        Sample((slope * max(z, Fraction(0)),), sample.y)
        for z, sample in zip(reached, samples, strict=True)
    ]
    (head,) = _best(sought, tuple(along), Fraction(1))
    layers: list[tuple[UnitGroup, ...]] = []
    row, idle = direction, 0
    for number, layer in enumerate(architecture.layers[:-1], 1):
        rest = _idle_units(layer, 1)
        groups = [_group(layer, 1, row, idle, exponents[number])]
        if rest:
            groups.append(_group(layer, rest, (Fraction(0),) * len(row), idle, 0))
        layers.append(tuple(groups))
        row, idle = (Fraction(1),), int(rest > 0)
    outputs = _outputs(sought, (head,))
    last = architecture.layers[-1]
    layers.append(tuple(_group(last, 1, out, idle, exponents[depth]) for out in outputs))
    return Curve(tuple(layers), None if sought.rows is not None else samples)


def _slope_at_the_end(sigma: Node) -> Fraction:
    """The slope of the line that sigma follows at +oo; NoCurveError without one."""
    found = expansion(sigma, 1, 0)
    powers = {k: number for k, number in found.terms if k > 0}
    slope = powers.get(1)
    if set(powers) != {1} or slope is None or slope.rational is None or slope.rational <= 0:
        raise NoCurveError("sigma follows no line at +oo")
    return slope.rational


def _direction(samples: tuple[Sample, ...]) -> tuple[Vector, list[Fraction]]:
    """A feature, with a sign, that is positive in some sample: the direction, and its values."""
    d = len(samples[0].x)
    for k in range(d):
        for sign in (1, -1):
            values = [sign * sample.x[k] for sample in samples]
            if max(values) > 0:
                return tuple(Fraction(sign * (j == k)) for j in range(d)), values
    raise NoCurveError("every feature is 0")


# -- L without weights in the way ------------------------------------------------------------------


def _single(sought: Sought, samples: tuple[Sample, ...], layer: int, sign: int) -> Curve:
    """One weight of a layer moves; other weights that are trained are 0, those that are not 1."""
    layers: list[tuple[UnitGroup, ...]] = []
    columns = len(samples[0].x)
    for number, given in enumerate(sought.architecture.layers, 1):
        count = given.units or 1
        zeros = (NOTHING,) * (columns - 1)
        if number == layer:
            first = (Monomial(Fraction(sign), Fraction(1)), *zeros)
        elif given.trained:
            first = (NOTHING, *zeros)
        else:
            first = (Monomial(Fraction(1), Fraction(0)),) * columns
        bias = None if given.bias == "none" else NOTHING
        if number == sought.architecture.depth:
            others = [UnitGroup(1, (NOTHING,) * columns, bias) for _ in range(count - 1)]
            layers.append((UnitGroup(1, first, bias), *others))
        else:
            layers.append((UnitGroup(count, first, bias),))
        columns = 1
    return Curve(tuple(layers), None if sought.rows is not None else samples)


def _of_biases(sought: Sought, samples: tuple[Sample, ...]) -> Iterator[Curve]:
    """A hidden bias without decay moves, and the trained weights are 0."""
    for number, layer in enumerate(sought.architecture.layers[:-1], 1):
        if layer.bias != "undecayed":
            continue
        for sign in (1, -1):
            still = _single(sought, samples, 0, sign)
            (group,) = still.layers[number - 1]
            moved = UnitGroup(group.count, group.weights, Monomial(Fraction(sign), Fraction(1)))
            layers = (*still.layers[: number - 1], (moved,), *still.layers[number:])
            yield Curve(layers, still.samples)


# -- coefficients ----------------------------------------------------------------------------------


def _value_at_zero(sigma: Node, order: int) -> Fraction:
    """A derivative of sigma at 0: exact where it is seen to be rational, else close to it."""
    with balls.precision(BITS):
        return _near(taylor(sigma, rational(0), order + 1)[order].scaled)


def _near(number: Number) -> Fraction:
    exact = number.rational
    return rounded(Fraction(float(number.ball().mid()))) if exact is None else exact


def rounded(value: Fraction) -> Fraction:
    """The number to 12 significant digits.

    >>> rounded(Fraction(1, 3))
    Fraction(333333333333, 1000000000000)
    """
    if not value:
        return value
    digits = ROUNDED - 1 - math.floor(math.log10(abs(value)))
    return Fraction(round(value * Fraction(10) ** digits)) / Fraction(10) ** digits


def _short(values: Sequence[Fraction]) -> Vector:
    """The numbers, rounded where one of them is long."""
    longest = max((len(str(v)) for v in values), default=0)
    return tuple(values) if longest <= MOST_DIGITS else tuple(map(rounded, values))


def _best(sought: Sought, samples: tuple[Sample, ...], gain: Fraction) -> Vector:
    """c with f = gain <c, x> that makes the mean loss small."""
    if type(sought.loss) is CrossEntropyLoss:
        if sought.rows is None:
            return (Fraction(0),) * len(samples[0].x)
        return _newton(samples, gain, _of_two_classes)
    if sought.loss.square is not None or (sought.rows is None and not sought.loss.classifies):
        targets = [sample.y[0] for sample in samples]
        return tuple(c / gain for c in least_squares([sample.x for sample in samples], targets))
    if sought.rows is None:
        return (Fraction(0),) * len(samples[0].x)
    return _newton(samples, gain, _derivatives(sought.loss))


def least_squares(rows: Sequence[Vector], targets: Sequence[Fraction]) -> Vector:
    """A minimiser of sum (<c, x_i> - y_i)^2, exactly while its digits are few.

    >>> least_squares([(Fraction(1),), (Fraction(2),)], [Fraction(1), Fraction(1)])
    (Fraction(3, 5),)
    """
    d = len(rows[0])
    augmented = [
        [sum((x[j] * x[k] for x in rows), Fraction(0)) for k in range(d)]
        + [sum((x[j] * y for x, y in zip(rows, targets, strict=True)), Fraction(0))]
        for j in range(d)
    ]
    entries = [fmpq(c.numerator, c.denominator) for row in augmented for c in row]
    reduced, rank = fmpq_mat(d, d + 1, entries).rref()
    found = [Fraction(0)] * d
    for row in range(rank):
        pivot = next(k for k in range(d) if reduced[row, k] != 0)
        value = reduced[row, d]
        found[pivot] = Fraction(int(value.p), int(value.q))
    return _short(found)


Derivatives = Callable[[float, Sample], tuple[float, float]]
"""l' and l'' in the output f of a sample."""


def _derivatives(loss: Loss) -> Derivatives:
    """Those of a loss of one output, in floating point: a curve is only proposed."""
    tape = balls.Tape(loss.phi)

    def at(f: float, sample: Sample) -> tuple[float, float]:
        y = arb(float(sample.y[0]))
        inner = float(loss.inner_slope(y).mid())
        found = tape.series(loss.argument(arb(f), y), 3)
        return float(found[1].mid()) * inner, 2 * float(found[2].mid()) * inner**2

    return at


def _of_two_classes(f: float, sample: Sample) -> tuple[float, float]:
    """Of cross-entropy where the first output is f, the second -f, and all others are left out."""
    share = 1 / (1 + math.exp(-2 * max(-300.0, min(300.0, f))))
    target = {0: 1.0, 1: 0.0}.get(int(sample.y[0]), 0.5)
    return 2 * (share - target), 4 * share * (1 - share)


def _newton(samples: tuple[Sample, ...], gain: Fraction, derivatives: Derivatives) -> Vector:
    """A point where the gradient of the mean loss in c is small."""
    import numpy as np

    x = np.array([[float(v) for v in sample.x] for sample in samples]) * float(gain)
    c = np.zeros(x.shape[1])
    with balls.precision(BITS):
        for _ in range(STEPS):
            found = [derivatives(float(f), s) for f, s in zip(x @ c, samples, strict=True)]
            slope, bend = np.array(found).T
            gradient = x.T @ slope
            hessian = (x.T * bend) @ x + RIDGE * np.eye(len(c))
            step = np.linalg.solve(hessian, gradient)
            c = c - step * min(1.0, 4 / (1e-300 + float(np.abs(x @ step).max())))
            if float(np.abs(gradient).max()) < 1e-14 * len(samples):
                break
    if not np.isfinite(c).all():
        raise NoCurveError("the least mean loss is not found")
    return tuple(rounded(Fraction(float(v))) for v in c)
