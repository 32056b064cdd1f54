"""A net of any layers at one point in ball arithmetic: what decides when floating point accuses, and
what is seen along a curve.

Nothing is shared with ``layered`` but the formulas: sums over samples and units are written out, and
sigma is the series of ``reference``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from flint import arb, arb_mat, arb_series

from proofkit.kernel.losses.cross_entropy import CrossEntropyLoss
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.network.architecture import SQUARE, Architecture
from proofkit.kernel.univariate.balls import Tape, ball, precision
from proofkit.kernel.univariate.terms import Node
from proofkit.numeric.exact import BITS
from proofkit.numeric.reference import Reference

Matrix = Sequence[Sequence[Fraction]]
ORDERS = 3
"""sigma and phi with their first two derivatives."""


@dataclass(frozen=True)
class ExactLayer:
    """A dense layer: ``fixed`` its weights where they are not trained; decays 0 where there is none."""

    rows: int
    columns: int
    fixed: Matrix | None = None
    bias: bool = False
    decay: Fraction = Fraction(0)
    bias_decay: Fraction = Fraction(0)


class LayerAt(NamedTuple):
    """What there is of one layer: theta, grad R and Laplacian R in its weights and in its bias.

    Empty lists stand for what it does not have.
    """

    weights: list[arb]
    bias: list[arb]
    weight_slope: list[arb]
    bias_slope: list[arb]
    laplacian: arb


@dataclass(frozen=True)
class LayeredAt:
    """L at one theta: of R the value and what each layer has; s = ``noise``.

    ``outputs`` are f_i (q entries each); ``slopes`` and ``bends`` the gradient and the Hessian of l
    in them.
    """

    net: ExactLayered
    risk: arb
    layers: tuple[LayerAt, ...]
    losses: tuple[arb, ...]
    outputs: tuple[list[arb], ...]
    slopes: tuple[list[arb], ...]
    bends: tuple[arb_mat, ...]

    def _blocks(self) -> list[tuple[list[arb], list[arb], arb]]:
        """(block, grad R in it, its decay), weights before biases."""
        found = []
        for layer, spec in zip(self.layers, self.net.layers, strict=True):
            if layer.weights:
                found.append((layer.weights, layer.weight_slope, ball(spec.decay)))
            if layer.bias:
                found.append((layer.bias, layer.bias_slope, ball(spec.bias_decay)))
        return found

    @property
    def radius(self) -> arb:
        """The norm of theta."""
        return root(sum((square(block) for block, _, _ in self._blocks()), arb(0)))

    @property
    def norms(self) -> list[arb]:
        """The norm of each block."""
        return [root(square(block)) for block, _, _ in self._blocks()]

    def value(self) -> arb:
        """L."""
        power = self.net.power
        total = self.risk
        for block, _, decay in self._blocks():
            total += decay / power * root(square(block)) ** power
        return total

    def gradient(self) -> list[arb]:
        """grad L, in the order of theta."""
        out: list[arb] = []
        for block, slope, decay in self._blocks():
            factor = decay * root(square(block)) ** (self.net.power - SQUARE)
            out += [g + factor * entry for g, entry in zip(slope, block, strict=True)]
        return out

    def risk_gradient(self) -> list[arb]:
        """grad R, in the order of theta."""
        return [g for _, slope, _ in self._blocks() for g in slope]

    def risk_laplacian(self) -> arb:
        """Laplacian R."""
        return sum((layer.laplacian for layer in self.layers), arb(0))

    def laplacian(self) -> arb:
        """Laplacian L."""
        more = self.net.power - SQUARE
        total = self.risk_laplacian()
        for block, _, decay in self._blocks():
            total += decay * (len(block) + more) * root(square(block)) ** more
        return total

    def villani(self) -> arb:
        """||grad L||^2/s - Laplacian L."""
        return square(self.gradient()) / ball(self.net.noise) - self.laplacian()

    def radial(self) -> arb:
        """<grad R, theta>."""
        return sum(
            (
                g * v
                for block, slope, _ in self._blocks()
                for g, v in zip(slope, block, strict=True)
            ),
            arb(0),
        )


def square(entries: Sequence[arb]) -> arb:
    """The sum of the squares."""
    return sum((entry * entry for entry in entries), arb(0))


def root(value: arb) -> arb:
    """The square root of what is not negative, however wide its ball."""
    return value.max(arb(0)).sqrt()


@dataclass(frozen=True)
class ExactLayered:
    """The net of ``layered.LayeredNet`` on exact data: rows (n, d), targets (n, q) or classes (n, 1)."""

    layers: tuple[ExactLayer, ...]
    activations: tuple[Node, ...]
    loss: Loss
    rows: Matrix
    targets: Matrix
    power: int = SQUARE
    noise: Fraction = Fraction(1)

    @staticmethod
    def of(
        architecture: Architecture,
        loss: Loss,
        rows: Matrix,
        targets: Matrix,
        lam: Fraction,
        fixed: Sequence[Matrix] = (),
        noise: Fraction = Fraction(1),
    ) -> ExactLayered:
        """From an architecture whose sizes are known; ``fixed`` as in ``LayeredNet.of``."""
        given, columns = iter(fixed), len(rows[0])
        layers = []
        for layer in architecture.layers:
            assert layer.units is not None
            decay = lam if layer.decay is None else layer.decay
            layers.append(
                ExactLayer(
                    layer.units,
                    columns,
                    None if layer.trained else next(given),
                    layer.bias != "none",
                    decay if layer.trained else Fraction(0),
                    decay if layer.bias == "decayed" else Fraction(0),
                )
            )
            columns = layer.units
        return ExactLayered(
            tuple(layers),
            architecture.activations,
            loss,
            rows,
            targets,
            architecture.power,
            noise,
        )

    def decide(self, theta: Any, holds: Callable[[LayeredAt], bool | None]) -> bool | None:
        """``holds`` of L at the floating-point numbers theta (N,), at rising precision until it
        knows; None when none does.
        """
        for bits in BITS:
            with precision(bits, ORDERS):
                found = holds(self.at([arb(v) for v in np.asarray(theta, float).tolist()]))
            if found is not None:
                return found
        return None

    def at(self, theta: Sequence[arb]) -> LayeredAt:
        """L at theta, at the working precision."""
        parts = self._parts(theta)
        weights = [
            arb_mat(layer.rows, layer.columns, W)
            if layer.fixed is None
            else arb_mat([[ball(entry) for entry in row] for row in layer.fixed])
            for layer, (W, _) in zip(self.layers, parts, strict=True)
        ]
        sigmas = [Reference(sigma) for sigma in self.activations]
        passes = [
            self._pass(weights, [b for _, b in parts], sigmas, x, y)
            for x, y in zip(self.rows, self.targets, strict=True)
        ]
        n = len(passes)
        return LayeredAt(
            self,
            sum((one.loss for one in passes), arb(0)) / n,
            tuple(
                self._mean(level, *parts[level], [one.layers[level] for one in passes])
                for level in range(len(self.layers))
            ),
            tuple(one.loss for one in passes),
            tuple(one.outputs for one in passes),
            tuple(one.slope for one in passes),
            tuple(one.bend for one in passes),
        )

    def second_derivative(self, theta: Sequence[arb], V: Sequence[arb]) -> arb:
        """The second derivative of R at theta + e V in e at 0: the Hessian form.

        The net is run forwards in power series in e.
        """
        given, along = self._parts(theta), self._parts(V)
        total = arb(0)
        for x, y in zip(self.rows, self.targets, strict=True):
            value = [_series(ball(entry)) for entry in x]
            for level, layer in enumerate(self.layers):
                value = _moved(layer, given[level], along[level], value)
                if level < len(self.activations):
                    sigma = Tape(self.activations[level])
                    value = [sigma.values(entry, ORDERS)[-1] for entry in value]
            total += 2 * _loss_of_series(self.loss, value, [ball(entry) for entry in y])[2]
        return total / len(self.rows)

    def _parts(self, theta: Sequence[arb]) -> list[tuple[list[arb], list[arb]]]:
        """(W, b) of each layer as they stand in theta."""
        found, at = [], 0
        for layer in self.layers:
            size = layer.rows * layer.columns if layer.fixed is None else 0
            end = at + size + (layer.rows if layer.bias else 0)
            found.append((list(theta[at : at + size]), list(theta[at + size : end])))
            at = end
        return found

    def _pass(
        self,
        weights: list[arb_mat],
        biases: list[list[arb]],
        sigmas: list[Reference],
        x: Sequence[Fraction],
        y: Sequence[Fraction],
    ) -> _OfSample:
        """One sample, forwards and backwards."""
        value = [ball(entry) for entry in x]
        values, jets = [value], []
        for level, (W, b) in enumerate(zip(weights, biases, strict=True)):
            u = _times(W, value)
            if b:
                u = [entry + shift for entry, shift in zip(u, b, strict=True)]
            if level + 1 == len(weights):
                break
            jets.append([sigmas[level].series(entry, ORDERS) for entry in u])
            value = [jet[0] for jet in jets[-1]]
            values.append(value)
        loss, slope, bend = _of_outputs(self.loss, u, [ball(entry) for entry in y])
        g, H = slope, bend
        found: list[_OfLayer] = []
        for level in reversed(range(len(weights))):
            found.insert(
                0, _OfLayer(g, values[level], sum((H[k, k] for k in range(len(g))), arb(0)))
            )
            if level:
                g, H = _below(weights[level], jets[level - 1], g, H)
        return _OfSample(loss, u, slope, bend, found)

    def _mean(self, level: int, W: list[arb], b: list[arb], found: list[_OfLayer]) -> LayerAt:
        """The means over the samples of what one layer has."""
        layer, n = self.layers[level], len(found)
        weight_slope = [arb(0)] * len(W)
        bias_slope = [arb(0)] * len(b)
        laplacian = arb(0)
        for one in found:
            if W:
                products = [g * v for g in one.slope for v in one.value]
                weight_slope = [s + p / n for s, p in zip(weight_slope, products, strict=True)]
                laplacian += one.trace * square(one.value) / n
            if layer.bias:
                bias_slope = [s + g / n for s, g in zip(bias_slope, one.slope, strict=True)]
                laplacian += one.trace / n
        return LayerAt(W, b, weight_slope, bias_slope, laplacian)


def _series(*coefficients: arb) -> arb_series:
    return arb_series(list(coefficients), prec=ORDERS)


def _moved(
    layer: ExactLayer,
    given: tuple[list[arb], list[arb]],
    along: tuple[list[arb], list[arb]],
    value: list[arb_series],
) -> list[arb_series]:
    """(W + e V) h (+ b + e c) for a row h of series in e."""
    (W, b), (V, c) = given, along
    out = []
    for k in range(layer.rows):
        total = _series(b[k], c[k]) if layer.bias else _series(arb(0))
        for j, entry in enumerate(value):
            place = k * layer.columns + j
            if layer.fixed is None:
                total += _series(W[place], V[place]) * entry
            else:
                total += _series(ball(layer.fixed[k][j])) * entry
        out.append(total)
    return out


def _loss_of_series(loss: Loss, f: Sequence[arb_series], y: Sequence[arb]) -> arb_series:
    if isinstance(loss, CrossEntropyLoss):
        label = int(y[0].unique_fmpz() or 0)
        behind = sum(((entry - f[label]).exp() for entry in f), _series(arb(0)))
        return behind.log()
    if len(f) > 1:
        squares = (
            (one - _series(other)) * (one - _series(other)) for one, other in zip(f, y, strict=True)
        )
        return sum(squares, _series(arb(0))) * _series(ball(loss.square or Fraction(1)) / 2)
    return Tape(loss.phi).values(loss.argument(f[0], y[0]), ORDERS)[-1]


class _OfLayer(NamedTuple):
    """Of one sample: the gradient of l in u_l, h_{l-1}, and the trace of the Hessian in u_l."""

    slope: list[arb]
    value: list[arb]
    trace: arb


class _OfSample(NamedTuple):
    loss: arb
    outputs: list[arb]
    slope: list[arb]
    bend: arb_mat
    layers: list[_OfLayer]


def _times(W: arb_mat, value: Sequence[arb]) -> list[arb]:
    product = W * arb_mat(len(value), 1, list(value))
    return [product[k, 0] for k in range(W.nrows())]


def _below(
    W: arb_mat, jets: Sequence[Sequence[arb]], g: Sequence[arb], H: arb_mat
) -> tuple[list[arb], arb_mat]:
    """Gradient and Hessian in u of the layer below, by sigma and its Taylor coefficients there."""
    above = _times(W.transpose(), g)
    bent = W.transpose() * H * W
    count = len(above)
    out = arb_mat(count, count)
    for j in range(count):
        for k in range(count):
            out[j, k] = jets[j][1] * bent[j, k] * jets[k][1]
        out[j, j] += 2 * jets[j][2] * above[j]
    return [jet[1] * entry for jet, entry in zip(jets, above, strict=True)], out


def _of_outputs(loss: Loss, f: Sequence[arb], y: Sequence[arb]) -> tuple[arb, list[arb], arb_mat]:
    """l, its gradient and its Hessian in f."""
    q = len(f)
    if isinstance(loss, CrossEntropyLoss):
        return _cross_entropy(f, int(y[0].unique_fmpz() or 0))
    if len(y) > 1 or q > 1:
        factor = ball(loss.square or Fraction(1))
        residual = [one - other for one, other in zip(f, y, strict=True)]
        bend = arb_mat(q, q, [factor if j == k else 0 for j in range(q) for k in range(q)])
        return factor / 2 * square(residual), [factor * e for e in residual], bend
    ell = Tape(loss.phi).values(loss.argument(arb_series([f[0], 1], prec=ORDERS), y[0]), ORDERS)[-1]
    return ell[0], [ell[1]], arb_mat([[2 * ell[2]]])


def _cross_entropy(f: Sequence[arb], label: int) -> tuple[arb, list[arb], arb_mat]:
    q = len(f)
    behind = [entry - f[label] for entry in f]
    shares = [1 / sum(((other - entry).exp() for other in f), arb(0)) for entry in f]
    others = sum((behind[k].exp() for k in range(q) if k != label), arb(0))
    slope = [share if k != label else arb(0) for k, share in enumerate(shares)]
    slope[label] = -sum(slope, arb(0))
    bend = arb_mat(q, q)
    for j in range(q):
        for k in range(q):
            if j != k:
                bend[j, k] = -shares[j] * shares[k]
                bend[j, j] += shares[j] * shares[k]
    return others.log1p(), slope, bend
