"""A net along a curve of weights: L, |grad L|^2 and the Laplacian of L as series in t.

The net's own passes, with groups of equal units: for a sample with the layers h_0 = x,
u_l = W_l h_{l-1} + b_l, h_l = sigma_l(u_l), f = u_D,

    delta_D = dl/df,   delta_l = sigma_l'(u_l) beta_l,   beta_l = W_{l+1}^T delta_{l+1},
    grad_{W_l} L = mean delta_l h_{l-1}^T + lambda_l ||W_l||^{k-2} W_l,
    Lap_{W_l} R = mean sum_j H_{l,j} |h_{l-1}|^2   (a bias adds 1 to |h|^2),

H_{l,j} = d^2 l/du_{l,j}^2, the Hessian form of l in the direction of that argument: with v_m the
derivative of u_m in it, f' l'' f' + sum over the hidden m >= l of beta_m sigma_m''(u_m) v_m^2.
Penalties are (lambda_l/k) ||W_l||^k for each block, with the Laplacian
lambda_l (k - 2 + N_l) ||W_l||^{k-2}.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from proofkit.kernel.claims import Monomial, Sample, UnitGroup
from proofkit.kernel.curves.composition import values
from proofkit.kernel.curves.constants import LAMBDA, ONE, ZERO, Number, of_atom, rational
from proofkit.kernel.curves.series import NOTHING, Series, constant, monomial, total
from proofkit.kernel.network.architecture import Architecture, DenseLayer
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.univariate.terms import Node


@dataclass(frozen=True, slots=True)
class LossAlong:
    """l, its gradient and its Hessian in the outputs f along a curve, for one sample."""

    value: Series
    slope: tuple[Series, ...]
    bend: tuple[tuple[Series, ...], ...]


class LossAt(Protocol):
    """A loss as a function of the outputs and the targets of a sample."""

    def __call__(self, f: Sequence[Series], y: tuple[Fraction, ...]) -> LossAlong:
        """Its value and derivatives."""
        ...


@dataclass(frozen=True, slots=True)
class Group:
    """Equal units of a layer: their number, the weights of each, its bias."""

    count: int
    weights: tuple[Series, ...]
    bias: Series | None


@dataclass(frozen=True, slots=True)
class Block:
    """How a layer enters L: what of it is trained, and the decays of its weights and its bias."""

    trained: bool
    decay: Number
    bias_decay: Number


@dataclass(frozen=True, slots=True)
class NetAlong:
    """A net along a curve: the groups of its layers, the blocks, the power of the decay."""

    layers: tuple[tuple[Group, ...], ...]
    blocks: tuple[Block, ...]
    activations: tuple[Node, ...]
    power: int


@dataclass(frozen=True, slots=True)
class Along:
    """What L, |grad L|^2 and the Laplacian of L are along a curve, and r^2 of what is trained."""

    value: Series
    gradient: Series
    laplacian: Series
    radius: Series


def net_along(
    architecture: Architecture, layers: tuple[tuple[UnitGroup, ...], ...], lam: Fraction | None
) -> NetAlong:
    """The net of an architecture along a curve; ``lam`` is None while lambda is a symbol."""
    decay = of_atom(LAMBDA) if lam is None else rational(lam)
    return NetAlong(
        tuple(tuple(map(_group, groups)) for groups in layers),
        tuple(_block(layer, decay) for layer in architecture.layers),
        architecture.activations,
        architecture.power,
    )


def _group(given: UnitGroup) -> Group:
    weights = tuple(map(_series, given.weights))
    return Group(given.count, weights, None if given.bias is None else _series(given.bias))


def _series(given: Monomial) -> Series:
    return monomial(given.coefficient, given.exponent)


def _block(layer: DenseLayer, lam: Number) -> Block:
    decay = lam if layer.decay is None else rational(layer.decay)
    return Block(layer.trained, decay, decay if layer.bias == "decayed" else ZERO)


# -- one sample ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Forward:
    """The values of the groups: h_0, ..., h_{D-1}, with sigma' and sigma'' of the hidden ones, f."""

    values: tuple[tuple[Series, ...], ...]
    slopes: tuple[tuple[Series, ...], ...]
    bends: tuple[tuple[Series, ...], ...]
    outputs: tuple[Series, ...]


def _forward(net: NetAlong, x: tuple[Fraction, ...]) -> _Forward:
    h = tuple(constant(rational(entry)) for entry in x)
    counts = (1,) * len(h)
    hidden, slopes, bends = [h], list[tuple[Series, ...]](), list[tuple[Series, ...]]()
    for groups, sigma in zip(net.layers[:-1], net.activations, strict=True):
        found = [values(sigma, _argument(group, h, counts), 3) for group in groups]
        h, counts = tuple(of[0] for of in found), tuple(group.count for group in groups)
        hidden.append(h)
        slopes.append(tuple(of[1] for of in found))
        bends.append(tuple(of[2] for of in found))
    outputs = tuple(_argument(group, h, counts) for group in net.layers[-1])
    return _Forward(tuple(hidden), tuple(slopes), tuple(bends), outputs)


def _argument(group: Group, h: tuple[Series, ...], counts: tuple[int, ...]) -> Series:
    parts = (
        (weight * value).times(count)
        for weight, value, count in zip(group.weights, h, counts, strict=True)
    )
    u = total(parts)
    return u if group.bias is None else u + group.bias


@dataclass(frozen=True, slots=True)
class _Backward:
    """delta_l of the groups of every layer, and beta_l of the hidden ones."""

    deltas: tuple[tuple[Series, ...], ...]
    betas: tuple[tuple[Series, ...], ...]


def _backward(net: NetAlong, forward: _Forward, slope: tuple[Series, ...]) -> _Backward:
    deltas, betas = [slope], list[tuple[Series, ...]]()
    for layer in range(len(net.layers) - 1, 0, -1):
        above = list(zip(net.layers[layer], deltas[0], strict=True))
        beta = tuple(
            total((group.weights[k] * delta).times(group.count) for group, delta in above)
            for k in range(len(net.layers[layer - 1]))
        )
        betas.insert(0, beta)
        pairs = zip(forward.slopes[layer - 1], beta, strict=True)
        deltas.insert(0, tuple(a * b for a, b in pairs))
    return _Backward(tuple(deltas), tuple(betas))


def _own_bend(
    net: NetAlong, forward: _Forward, backward: _Backward, loss: LossAlong, layer: int, unit: int
) -> Series:
    """d^2 l/du^2 for the argument u of one unit of a group of a layer, both counted from 0."""
    # v: the derivatives of the arguments of the groups of a layer; first that of the unit itself.
    groups = net.layers[layer]
    v = tuple(constant(ONE) if k == unit else NOTHING for k in range(len(groups)))
    # How many units of each group move: the unit alone in its own layer, then all.
    moving = (1,) * len(groups)
    out = NOTHING
    for at in range(layer, len(net.layers) - 1):
        out = out + total(
            (beta * bend * speed * speed).times(count)
            for beta, bend, speed, count in zip(
                backward.betas[at], forward.bends[at], v, moving, strict=True
            )
        )
        h = tuple(slope * speed for slope, speed in zip(forward.slopes[at], v, strict=True))
        above = net.layers[at + 1]
        v = tuple(
            total(
                (weight * speed).times(count)
                for weight, speed, count in zip(group.weights, h, moving, strict=True)
            )
            for group in above
        )
        moving = tuple(group.count for group in above)
    form = total(loss.bend[i][j] * v[i] * v[j] for i in range(len(v)) for j in range(len(v)))
    return out + form


# -- the means over samples, and the penalties -----------------------------------------------------


@dataclass(slots=True)
class _Sums:
    """Sums over the samples: l; the gradients in the weights and the biases of each group; the
    Laplacian.
    """

    value: Series
    weights: list[list[list[Series]]]
    biases: list[list[Series]]
    laplacian: Series


def along(net: NetAlong, samples: Sequence[Sample], loss_at: LossAt) -> Along:
    """L, |grad L|^2 and the Laplacian of L along the curve.

    Raises KernelError where the limits that are needed are not seen.
    """
    sums = _Sums(
        NOTHING,
        [[[NOTHING] * len(group.weights) for group in groups] for groups in net.layers],
        [[NOTHING] * len(groups) for groups in net.layers],
        NOTHING,
    )
    for sample in samples:
        _add_sample(net, sample, loss_at, sums)
    share = Fraction(1, len(samples))
    value, laplacian = sums.value.times(share), sums.laplacian.times(share)
    gradient = radius = NOTHING
    for layer, (groups, block) in enumerate(zip(net.layers, net.blocks, strict=True)):
        for penalty in _penalties(net, layer, groups, block):
            value = value + penalty.value(net.power)
            laplacian = laplacian + penalty.laplacian(net.power)
            radius = radius + penalty.square
            gradient = gradient + _square_of_gradient(
                penalty.gradient(net.power), penalty.entries, sums, layer, share, penalty.biases
            )
    return Along(value, gradient, laplacian, radius)


def _add_sample(net: NetAlong, sample: Sample, loss_at: LossAt, sums: _Sums) -> None:
    forward = _forward(net, sample.x)
    loss = loss_at(forward.outputs, sample.y)
    backward = _backward(net, forward, loss.slope)
    sums.value = sums.value + loss.value
    counts = (1,) * len(sample.x)
    for layer, (groups, block) in enumerate(zip(net.layers, net.blocks, strict=True)):
        below = forward.values[layer]
        square = total((h * h).times(count) for h, count in zip(below, counts, strict=True))
        for unit, group in enumerate(groups):
            delta = backward.deltas[layer][unit]
            moves = NOTHING
            if block.trained:
                row = sums.weights[layer][unit]
                for k, h in enumerate(below):
                    row[k] = row[k] + delta * h
                moves = square
            if group.bias is not None:
                sums.biases[layer][unit] = sums.biases[layer][unit] + delta
                moves = moves + constant(ONE)
            if not moves.vanishes:
                bend = _own_bend(net, forward, backward, loss, layer, unit)
                sums.laplacian = sums.laplacian + (bend * moves).times(group.count)
        counts = tuple(group.count for group in groups)


@dataclass(frozen=True, slots=True)
class _Entry:
    """Equal entries of a block: how many, their value, and where they stand."""

    count: int
    value: Series
    unit: int
    column: int


@dataclass(frozen=True, slots=True)
class _Penalty:
    """(decay/k) rho^k of a trained block with these entries."""

    decay: Number
    entries: tuple[_Entry, ...]
    biases: bool

    @property
    def square(self) -> Series:
        """rho^2."""
        return total((entry.value * entry.value).times(entry.count) for entry in self.entries)

    def value(self, power: int) -> Series:
        """(decay/k) rho^k."""
        if self.decay.is_zero:
            return NOTHING
        return self.square.power(_half(power)).scaled(self.decay * rational(Fraction(1, power)))

    def gradient(self, power: int) -> Series:
        """decay rho^(k-2), by which each entry is multiplied."""
        if self.decay.is_zero:
            return NOTHING
        return self.square.power(_half(power) - 1).scaled(self.decay)

    def laplacian(self, power: int) -> Series:
        """decay (k - 2 + N) rho^(k-2)."""
        entries = sum(entry.count for entry in self.entries)
        return self.gradient(power).times(power - 2 + entries)


def _half(power: int) -> int:
    """k/2; KernelError for an odd k."""
    if power % 2:
        raise KernelError("a decay of an odd power is no power series along a curve")
    return power // 2


def _penalties(
    net: NetAlong, layer: int, groups: tuple[Group, ...], block: Block
) -> list[_Penalty]:
    """Those of the blocks of a layer that are trained, decayed or not."""
    below = net.layers[layer - 1] if layer else None
    out: list[_Penalty] = []
    if block.trained:
        entries = tuple(
            _Entry(
                group.count * (1 if below is None else below[column].count), weight, unit, column
            )
            for unit, group in enumerate(groups)
            for column, weight in enumerate(group.weights)
        )
        out.append(_Penalty(block.decay, entries, biases=False))
    biases = tuple(
        _Entry(group.count, group.bias, unit, 0)
        for unit, group in enumerate(groups)
        if group.bias is not None
    )
    if biases:
        out.append(_Penalty(block.bias_decay, biases, biases=True))
    return out


def _square_of_gradient(
    factor: Series,
    entries: tuple[_Entry, ...],
    sums: _Sums,
    layer: int,
    share: Fraction,
    biases: bool,
) -> Series:
    """|grad|^2 of L in one block."""
    out = NOTHING
    for entry in entries:
        risk = (
            sums.biases[layer][entry.unit]
            if biases
            else sums.weights[layer][entry.unit][entry.column]
        )
        slope = risk.times(share) + factor * entry.value
        out = out + (slope * slope).times(entry.count)
    return out
