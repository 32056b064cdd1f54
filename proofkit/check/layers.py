"""The layers of a certificate's net beside those of the reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from proofkit.architectures import FIRST, GivenHead, architecture_of
from proofkit.errors import InputError
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.network.architecture import Architecture, DenseLayer, FixedWeights
from proofkit.kernel.network.weights import Matrix, drawn_weights, weights_differ
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.univariate.terms import Node
from proofkit.reading.layers import LayersSaid

NOTHING = LayersSaid()


@dataclass(frozen=True, eq=False)
class OwnLayers:
    """What the reader says of the layers: in words, and how the fixed weights came about.

    ``seed`` is that of weights that are drawn, ``head`` the weights of a fixed last layer; both are
    None where nothing was said of them.
    """

    said: LayersSaid = NOTHING
    seed: int | None = None
    head: GivenHead | None = None

    @property
    def beyond_a_width(self) -> bool:
        """True when more is said than the width of a single hidden layer."""
        widths = self.said.hidden
        return replace(self.said, hidden=None) != NOTHING or (
            widths is not None and len(widths) > 1
        )


@dataclass
class LayersCompared:
    """What differs, what was not compared, and the lambda of the reader's layers where the
    certificate has a common one.
    """

    lam: Fraction | None
    differences: list[str] = field(default_factory=list[str])
    not_compared: list[str] = field(default_factory=list[str])

    def differs(self, key: str, said: object, own: object) -> None:
        """A key of a problem file for which the two are not the same."""
        self.differences.append(
            f"the certificate is about {key} = {str(said)[:60]}, yours is {str(own)[:60]}"
        )


def compared_layers(
    objective: Objective,
    own: OwnLayers,
    activations: tuple[Node, ...] | None,
    loss: Loss | None,
    lam: Fraction | None,
) -> LayersCompared:
    """The two nets, key by key.

    Where the reader says nothing of the layers, nothing of them is compared; where something is
    said, the keys that are left out have their usual values, as for ``proofkit prove``.
    """
    found = LayersCompared(lam)
    recorded = _layers_of(objective)
    if own.said == NOTHING and (activations is None or len(activations) == 1):
        if objective.architecture is not None:
            found.not_compared.append("the layers of the net with yours")
    else:
        try:
            mine = _own_architecture(own, recorded, activations, loss or objective.loss)
        except InputError as error:
            found.differences.append(f"your net: {error}")
            return found
        if mine.depth != recorded.depth:
            found.differs("depth", recorded.depth, mine.depth)
            return found
        _compare_keys(found, recorded, mine)
        if not found.differences:
            _compare_decays(found, objective.lam, recorded, mine, dict(own.said.decays))
    if objective.architecture is not None and not found.differences:
        _compare_weights(found, objective, own)
    return found


def _layers_of(objective: Objective) -> Architecture:
    """The certificate's layers, also of the net of one trained hidden layer under a fixed head."""
    if objective.architecture is not None:
        return objective.architecture
    width = None if objective.outer is None else objective.outer.p
    return Architecture((DenseLayer(width), DenseLayer(1, trained=False)), (objective.sigma,))


def _own_architecture(
    own: OwnLayers,
    recorded: Architecture,
    activations: tuple[Node, ...] | None,
    loss: Loss,
) -> Architecture:
    """The reader's layers; where the reader says no activation, the certificate's stand in."""
    return architecture_of(own.said, activations or recorded.activations[:1] or (FIRST,), loss)


def _compare_keys(found: LayersCompared, recorded: Architecture, mine: Architecture) -> None:
    """The keys that every net has."""
    if recorded.trained != mine.trained:
        found.differs("train", _numbers(recorded.trained), _numbers(mine.trained))
    if recorded.power != mine.power:
        found.differs("decay_power", recorded.power, mine.power)
    pairs = list(zip(recorded.layers, mine.layers, strict=True))
    for said, ours in pairs[:-1]:
        if said.bias != ours.bias:
            found.differs("bias", said.bias, ours.bias)
            break
    if pairs[-1][0].bias != pairs[-1][1].bias:
        found.differs("outer_bias", pairs[-1][0].bias, pairs[-1][1].bias)
    for number, (said, ours) in enumerate(pairs, 1):
        key = "outputs" if number == len(pairs) else f"the width of layer {number}"
        if said.units is None or said.units == ours.units:
            continue
        if ours.units is None:
            found.not_compared.append(f"{key} with yours")
        else:
            found.differs(key, said.units, ours.units)


def _compare_decays(
    found: LayersCompared,
    lam: Fraction | None,
    recorded: Architecture,
    mine: Architecture,
    decays: dict[int, Fraction],
) -> None:
    """The decay of each layer: the certificate's own where it has one, else its lambda, for which
    the reader's layers must have one value in common.
    """
    common = set[Fraction | None]()
    for number, (said, ours) in enumerate(zip(recorded.layers, mine.layers, strict=True), 1):
        if not (ours.trained or ours.bias == "decayed"):
            if number in decays:
                found.differences.append(f"your decay is said of layer {number}, which is fixed")
            continue
        value = decays.get(number, found.lam)
        if said.decay is None:
            common.add(value)
        elif value is None:
            found.not_compared.append(f"the decay of layer {number} with yours")
        elif value != said.decay:
            found.differs(f"decay of layer {number}", said.decay, value)
    for number in decays:
        if number > mine.depth:
            found.differences.append(
                f"your decay is said of layer {number}, and the net has {mine.depth}"
            )
    if len(common) > 1:
        what = "lambda" if lam is None else f"lambda = {str(lam)[:40]}"
        found.differences.append(
            f"the certificate is about one {what} for layers whose decay is not the same in yours"
        )
    elif common:
        (found.lam,) = common


def _compare_weights(found: LayersCompared, objective: Objective, own: OwnLayers) -> None:
    """The fixed weights of a certificate that is bound to data."""
    architecture = objective.architecture
    assert architecture is not None, "asked for by the caller"
    for number, weights in _fixed(architecture.layers):
        last = number == architecture.depth
        try:
            if last and own.head is not None:
                matrix = Matrix.of(own.head.weights, weights.rows, own.head.source)
            elif own.seed is not None:
                matrix = drawn_weights(weights.rows, weights.columns, own.seed, number, last=last)
            else:
                found.not_compared.append(f"the fixed weights of layer {number} with yours")
                continue
        except InputError as error:
            found.differences.append(str(error))
            continue
        if why := weights_differ(weights, matrix):
            found.differences.append(f"the weights of layer {number} are not yours: {why}")


def _fixed(layers: Iterable[DenseLayer]) -> Iterator[tuple[int, FixedWeights]]:
    return (
        (number, layer.weights)
        for number, layer in enumerate(layers, 1)
        if layer.weights is not None
    )


def _numbers(layers: Iterable[int]) -> str:
    return ",".join(map(str, layers)) or "none"
