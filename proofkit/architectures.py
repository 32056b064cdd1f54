"""From what is said of the layers of a net to its architecture.

Without SymPy, so that the check of a certificate can use it.  The net of one trained hidden layer
under a fixed head, with one output and no biases, has no architecture: it is None.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from proofkit.errors import InputError
from proofkit.kernel.losses.cross_entropy import CrossEntropyLoss
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.network.architecture import (
    SQUARE,
    Architecture,
    Bias,
    DenseLayer,
    FixedWeights,
)
from proofkit.kernel.network.weights import (
    Matrix,
    drawn_weights,
    source_of,
    summarise_weights,
)
from proofkit.kernel.univariate.terms import Node, Z
from proofkit.reading.layers import LayersSaid

FIRST = Z
"""What stands for the activation of a net of one layer, which has none."""


@dataclass(frozen=True)
class Described:
    """A net as it was described, and the lambda of the layers that have none of their own.

    ``architecture`` is None for the net of one trained hidden layer under a fixed head, whose width
    is ``width`` where that was said.
    """

    architecture: Architecture | None
    lam: Fraction | None
    width: int | None = None


def described(
    said: LayersSaid,
    activations: Sequence[Node],
    loss: Loss,
    lam: Fraction | None = None,
) -> Described:
    """The net that words describe; sizes that were not said are symbols.

    ``activations`` has one for all hidden layers, or one for each.  Raises InputError for words
    that contradict each other, or that describe no net.

    >>> from proofkit.kernel.losses.kinds import loss_of_text
    >>> from proofkit.kernel.univariate.parser import parse
    >>> square, tanh = loss_of_text("u^2/2"), (parse("tanh(z)"),)
    >>> described(LayersSaid(), tanh, square).architecture is None
    True
    >>> described(LayersSaid.of(depth=3, train="all"), tanh, square).architecture.trained
    (1, 2, 3)
    """
    return with_decays(architecture_of(said, activations, loss), dict(said.decays), lam)


def architecture_of(said: LayersSaid, activations: Sequence[Node], loss: Loss) -> Architecture:
    """The layers that words describe, without their decays, also where they are those of the net of
    one trained hidden layer under a fixed head.
    """
    depth = _depth(said, activations)
    bias = _hidden_bias(said, depth)
    trained = trained_of(said.trained, depth)
    widths: tuple[int | None, ...] = said.hidden or (None,) * (depth - 1)
    layers = [
        DenseLayer(width, number in trained, bias if number in trained else "none")
        for number, width in enumerate(widths, 1)
    ]
    layers.append(DenseLayer(said.outputs, depth in trained, said.outer_bias or "none"))
    return finished(layers, _of_every_layer(activations, depth), said.power or SQUARE, loss)


def finished(
    layers: Sequence[DenseLayer], activations: Sequence[Node], power: int, loss: Loss
) -> Architecture:
    """The net of these layers, with the outputs that the loss asks for; InputError for a loss of
    another number of them, and where nothing is trained.
    """
    if not any(layer.has_parameters for layer in layers):
        raise InputError(_nothing_trained(len(layers)))
    last = replace(layers[-1], units=_outputs(layers[-1].units, loss))
    return Architecture((*layers[:-1], last), tuple(activations), power)


def with_decays(
    architecture: Architecture, decays: Mapping[int, Fraction], lam: Fraction | None
) -> Described:
    """The net with a decay of their own for some layers, said in one way only.

    A layer whose decay is lambda has none of its own; where every decayed layer has one and lambda
    is not given, it is that of the first of them.  InputError for the decay of a layer that is
    fixed or not there, and for a lambda that is the decay of no layer.
    """
    layers = architecture.layers
    decayed = [
        number for number, layer in enumerate(layers, 1) if layer.trained or layer.bias == "decayed"
    ]
    for number in decays:
        if not 1 <= number <= len(layers):
            raise InputError(
                f"the decay is said of layer {number}, and the net has {_layers(len(layers))}"
            )
        if number not in decayed:
            raise InputError(
                f"layer {number} is fixed, so it has no decay; train it, or leave its decay out"
            )
    if decayed and all(number in decays for number in decayed):
        own = [decays[number] for number in decayed]
        if lam is None:
            lam = own[0]
        elif lam not in own:
            raise InputError(
                "every layer has a decay of its own, and lambda is the decay of none; leave "
                "lambda out, or one of them"
            )
    made = replace(
        architecture,
        layers=tuple(
            replace(layer, decay=None if decays.get(number) == lam else decays.get(number))
            for number, layer in enumerate(layers, 1)
        ),
    )
    return Described(
        None if is_fixed_head(made) else made, lam, layers[0].units if is_fixed_head(made) else None
    )


def is_fixed_head(architecture: Architecture) -> bool:
    """True for f = sum_j a_j sigma(<w_j, x>) with W trained and a fixed, whatever its width."""
    plain = DenseLayer(architecture.layers[0].units), DenseLayer(1, trained=False)
    return architecture.power == SQUARE and architecture.layers == plain


def no_activation(architecture: Architecture | None) -> bool:
    """True for a net of one layer."""
    return architecture is not None and architecture.depth == 1


# -- what the words leave open -----------------------------------------------------------------------


def _depth(said: LayersSaid, activations: Sequence[Node]) -> int:
    """The number of dense layers, as depth, hidden widths and activations agree on it; 2 where
    nothing says it.
    """
    hidden = None if said.hidden is None else len(said.hidden) + 1
    if said.depth is not None and hidden is not None and said.depth != hidden:
        plural = "s make" if hidden > 2 else " makes"
        raise InputError(
            f"the depth is {said.depth}, and {hidden - 1} hidden width{plural} a net of depth "
            f"{hidden}; drop one of them"
        )
    several = len(activations) + 1 if len(activations) > 1 else 2
    depth = said.depth or hidden or several
    if depth == 1:
        if tuple(activations) != (FIRST,):
            raise InputError(
                "a net of depth 1 has no hidden layer, so no activation; give the activation "
                "identity, or a greater depth"
            )
    elif len(activations) not in (1, depth - 1):
        raise InputError(
            f"there are {len(activations)} activations, and the net has {depth - 1} hidden "
            f"layer{'s' if depth > 2 else ''}; give one for all of them, or one for each"
        )
    return depth


def _of_every_layer(activations: Sequence[Node], depth: int) -> tuple[Node, ...]:
    if depth == 1:
        return ()
    return tuple(activations) * (depth - 1 if len(activations) == 1 else 1)


def trained_of(said: str | tuple[int, ...] | None, depth: int) -> frozenset[int]:
    """The numbers of the trained layers, as ``LayersSaid.trained`` says them."""
    match said:
        case None | "inner":
            return frozenset(range(1, depth))
        case "all":
            return frozenset(range(1, depth + 1))
        case "outer":
            return frozenset({depth})
        case str() as word:
            raise AssertionError(word)
        case numbers:
            for number in numbers:
                if not 1 <= number <= depth:
                    raise InputError(
                        f"layer {number} is to be trained, and the net has {_layers(depth)}"
                    )
            return frozenset(numbers)


def _hidden_bias(said: LayersSaid, depth: int) -> Bias:
    """The bias of the hidden layers that are trained; InputError where there are none."""
    bias = said.bias or "none"
    if bias != "none" and not trained_of(said.trained, depth) - {depth}:
        raise InputError(
            "biases are asked for in hidden layers, and no hidden layer is trained; train one, or "
            "leave the bias out"
        )
    return bias


def _outputs(said: int | None, loss: Loss) -> int | None:
    """q, a symbol for cross-entropy where it is not said; InputError for a loss that has not so
    many outputs.
    """
    if type(loss) is CrossEntropyLoss:
        if said == 1:
            raise InputError(
                "cross-entropy is the loss of at least two outputs; give outputs = 2 or more, or "
                "the loss logistic"
            )
        return said
    outputs = said or 1
    if outputs > 1 and loss.square is None:
        raise InputError(
            f"of {outputs} outputs the loss is cross-entropy or squared, and this loss is one of a "
            f"single output; give one of the two, or leave the outputs out"
        )
    return outputs


def _nothing_trained(depth: int) -> str:
    if depth == 1:
        return (
            "nothing is trained: a net of depth 1 has no layer but the last; train all, or give a "
            "greater depth"
        )
    return "nothing is trained; train a layer, or ask for an outer bias"


def _layers(depth: int) -> str:
    return f"{depth} layer{'s' if depth > 1 else ''}"


# -- bound to data -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class GivenHead:
    """The entries of a fixed last layer, row by row, from a file."""

    weights: tuple[Fraction, ...]
    source: str
    digest: str


def require_head(architecture: Architecture) -> None:
    """InputError for given outer weights of a net whose last layer is trained."""
    if architecture.trains_the_head:
        raise InputError(
            "the last layer is trained, so its weights are none of a file; drop the outer weights, "
            "or train the inner layers"
        )


def bound(
    architecture: Architecture,
    features: int,
    seed: int,
    head: GivenHead | None = None,
    classes: int | None = None,
) -> Architecture:
    """The net with the sizes that data give it, and its fixed weights: drawn, or the last ones given.

    ``classes`` are those of the data for cross-entropy.  Raises InputError for a width that is not
    said, for given weights that do not fit, and where the data have another number of classes.
    """
    if head is not None:
        require_head(architecture)
    if classes is None:
        require_one_output(architecture)
    sized = _sized(architecture, head, classes)
    layers: list[DenseLayer] = []
    columns = features
    for number, layer in enumerate(sized.layers, 1):
        assert layer.units is not None, "what has a size"
        weights = None
        if not layer.trained:
            last = number == sized.depth
            given = head if last else None
            weights = _fixed((layer.units, columns), seed, number, last, given)
        layers.append(replace(layer, weights=weights))
        columns = layer.units
    return replace(sized, layers=tuple(layers))


def require_one_output(architecture: Architecture) -> None:
    """InputError for several outputs where the data have one column of numbers."""
    if architecture.outputs != 1:
        raise InputError(
            f"the squared loss of {architecture.outputs} outputs needs as many target columns, and "
            f"data have one; leave the outputs or the data out, or take the loss cross-entropy"
        )


def _sized(architecture: Architecture, head: GivenHead | None, classes: int | None) -> Architecture:
    """The net with a number for each width and for the outputs."""
    *hidden, last = architecture.layers
    if classes is not None and last.units not in (None, classes):
        raise InputError(
            f"the net has {last.units} outputs, and the target has {classes} classes; leave the "
            f"number of outputs out, or give {classes}"
        )
    outputs = last.units or classes
    assert outputs is not None, (
        "cross-entropy alone has symbolic outputs, and its data have classes"
    )
    if head is not None and len(hidden) == 1 and hidden[0].units is None:
        hidden = [replace(hidden[0], units=max(1, len(head.weights) // outputs))]
    made = replace(architecture, layers=(*hidden, replace(last, units=outputs)))
    require_widths(made)
    return made


def require_widths(architecture: Architecture) -> None:
    """InputError for the width of a hidden layer that a problem bound to data needs."""
    for number, layer in enumerate(architecture.layers[:-1], 1):
        if layer.units is None:
            raise InputError(
                f"a problem bound to data needs the width of every hidden layer, and that of layer "
                f"{number} is not said; give hidden widths, such as --hidden 64,32"
            )


def _fixed(
    shape: tuple[int, int], seed: int, number: int, last: bool, given: GivenHead | None
) -> FixedWeights:
    """The weights of a fixed layer, summarised."""
    rows, columns = shape
    if given is None:
        matrix = drawn_weights(rows, columns, seed, number, last=last)
        return summarise_weights(matrix, source_of(rows, columns, seed, number, last), "")
    if len(given.weights) != rows * columns:
        raise InputError(
            f"the outer weights of {given.source} are {len(given.weights)}, and the last layer has "
            f"{rows} x {columns} = {rows * columns}; give widths that match"
        )
    matrix = Matrix.of(given.weights, rows, given.source)
    return summarise_weights(matrix, given.source, given.digest)


def require_two_layers(architecture: Architecture | None, command: str) -> None:
    """InputError for a net of layers where a command rests on rates of convergence."""
    if architecture is not None:
        raise InputError(
            f"`proofkit {command}` takes the net of one trained hidden layer under a fixed outer "
            f"layer, with one output and no biases: it rests on rates of convergence, which are "
            f"proved for that net alone; `proofkit prove` says what is proved of other nets"
        )
