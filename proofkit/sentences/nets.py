"""What is said of a net of dense layers: its formula, what is trained, fixed, decayed; its record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from proofkit.kernel.losses.cross_entropy import CrossEntropyLoss
from proofkit.kernel.network.architecture import SQUARE, Architecture, DenseLayer, FixedWeights
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.univariate.terms import to_text

Record = dict[str, object]


# -- words -----------------------------------------------------------------------------------------


def listed(items: Sequence[object]) -> str:
    """Things as a list in words.

    >>> listed([1]), listed([1, 2]), listed([1, 2, 3])
    ('1', '1 and 2', '1, 2 and 3')
    """
    words = [str(item) for item in items]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def layers_in_words(numbers: Sequence[int]) -> str:
    """Layers by their numbers.

    >>> layers_in_words([2]), layers_in_words([1, 2])
    ('layer 2', 'layers 1 and 2')
    """
    return f"layer{'s' if len(numbers) > 1 else ''} {listed(numbers)}"


def in_a_line(architecture: Architecture) -> str:
    """Which layers are trained, fixed and decayed, and how fixed weights were drawn.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> layers = (DenseLayer(bias="decayed"), DenseLayer(1, trained=False))
    >>> in_a_line(Architecture(layers, (parse("tanh(z)"),)))
    'depth 2: layer 1 trained, layer 2 fixed; biases of layer 1 trained with decay; decay lambda'
    """
    parts = [_trained_and_fixed(architecture), *_biases(architecture), _decays(architecture)]
    return f"depth {architecture.depth}: {'; '.join(part for part in parts if part)}"


def _trained_and_fixed(architecture: Architecture) -> str:
    trained = list(architecture.trained)
    said: list[str] = [f"{layers_in_words(trained)} trained"] if trained else []
    for number, layer in enumerate(architecture.layers, 1):
        if not layer.trained:
            drawn = "" if layer.weights is None else f" ({layer.weights.source})"
            said.append(f"layer {number} fixed{drawn}")
    return ", ".join(said)


def _biases(architecture: Architecture) -> list[str]:
    """Those that there are, with and without decay."""
    said: list[str] = []
    for kind, with_or_without in (("decayed", "with"), ("undecayed", "without")):
        found = [k for k, layer in enumerate(architecture.layers, 1) if layer.bias == kind]
        if found:
            said.append(f"biases of {layers_in_words(found)} trained {with_or_without} decay")
    return said


def decayed(layer: DenseLayer) -> bool:
    """True when some parameter of the layer has a decay of its own or the common one."""
    return layer.trained or layer.bias == "decayed"


def _decays(architecture: Architecture) -> str:
    """The decay of the trained blocks, and the power of the norm where it is not 2."""
    numbered = [(k, layer) for k, layer in enumerate(architecture.layers, 1) if decayed(layer)]
    own = [f"{layer.decay} of layer {k}" for k, layer in numbered if layer.decay is not None]
    common = [] if len(own) == len(numbered) else ["lambda"]
    power = (
        "" if architecture.power == SQUARE else f", of the norm to the power {architecture.power}"
    )
    return f"decay {', '.join(common + own)}{power}" if numbered else ""


# -- formulas --------------------------------------------------------------------------------------


def net_formula(architecture: Architecture) -> str:
    """The output as a formula in plain text.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> net_formula(Architecture((DenseLayer(), DenseLayer(1)), (parse("tanh(z)"),)))
    'W_2 sigma(W_1 x)'
    """
    inner = "x"
    for number, layer in enumerate(architecture.layers, 1):
        if number > 1:
            inner = f"{_sigma(architecture, number - 1)}({inner})"
        inner = f"W_{number} {inner}{'' if layer.bias == 'none' else f' + b_{number}'}"
    return inner


def _sigma(architecture: Architecture, number: int) -> str:
    """The activation behind a hidden layer; with a number where they differ."""
    return "sigma" if architecture.one_activation else f"sigma_{number}"


def penalty(architecture: Architecture) -> str:
    """The regulariser as a formula in plain text.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> penalty(Architecture((DenseLayer(), DenseLayer(1)), (parse("tanh(z)"),)))
    'lambda/2*(||W_1||_F^2 + ||W_2||_F^2)'
    """
    power = architecture.power
    by_decay: dict[str, list[str]] = {}
    for number, layer in enumerate(architecture.layers, 1):
        decay = "lambda" if layer.decay is None else str(layer.decay)
        blocks = by_decay.setdefault(decay, [])
        blocks += [f"||W_{number}||_F^{power}"] if layer.trained else []
        blocks += [f"|b_{number}|^{power}"] if layer.bias == "decayed" else []
    return " + ".join(
        f"{decay if decay == 'lambda' else f'({decay})'}/{power}*{_summed(blocks)}"
        for decay, blocks in by_decay.items()
        if blocks
    )


def _summed(blocks: Sequence[str]) -> str:
    return blocks[0] if len(blocks) == 1 else f"({' + '.join(blocks)})"


# -- hypotheses ------------------------------------------------------------------------------------


def assumptions(objective: Objective, architecture: Architecture) -> Iterable[str]:
    """The hypotheses about the net, its loss and its sizes."""
    yield f"the net f = {net_formula(architecture)} has {in_a_line(architecture)}"
    decay = penalty(architecture)
    yield f"L = (1/n) sum_i l(f(x_i), y_i){f' + {decay}' if decay else ''}"
    if not architecture.one_activation:
        yield "; ".join(
            f"sigma_{k}(z) = {to_text(root)}" for k, root in enumerate(architecture.activations, 1)
        )
    yield from _outputs(objective, architecture)


def _outputs(objective: Objective, architecture: Architecture) -> Iterable[str]:
    """How many outputs there are, and what the labels are."""
    outputs = architecture.outputs
    number = "q outputs" if outputs is None else f"{outputs} outputs"
    if isinstance(objective.loss, CrossEntropyLoss):
        yield f"{number}, y_i in {{0, ..., {'q' if outputs is None else outputs} - 1}}"
    elif objective.loss.classifies:
        yield "y_i in {-1, +1}"
    elif outputs != 1:
        yield f"{number}, the loss is the sum over them"


def free_sizes(architecture: Architecture) -> str:
    """Which sizes are arbitrary where the data are.

    >>> free_sizes(Architecture((DenseLayer(1),), ()))
    'n and d'
    """
    free = any(layer.units is None for layer in architecture.layers)
    return "n, d and the widths" if free else "n and d"


# -- the record ------------------------------------------------------------------------------------


def layers_record(architecture: Architecture) -> Record:
    """The architecture as JSON values, rationals as text."""
    return {
        "layers": [_layer_record(layer) for layer in architecture.layers],
        "activations": [to_text(root) for root in architecture.activations],
        "power": architecture.power,
        "said": in_a_line(architecture),
    }


def _layer_record(layer: DenseLayer) -> Record:
    return {
        "units": layer.units,
        "trained": layer.trained,
        "bias": layer.bias,
        "decay": None if layer.decay is None else str(layer.decay),
        "weights": None if layer.weights is None else _weights_record(layer.weights),
    }


def _weights_record(weights: FixedWeights) -> Record:
    return {
        "source": weights.source,
        "sha256": weights.digest,
        "rows": weights.rows,
        "columns": weights.columns,
        "operator_squared": str(weights.operator_squared),
        "frobenius_squared": str(weights.frobenius_squared),
        "row_1": str(weights.row_1),
        "largest": str(weights.largest),
    }
