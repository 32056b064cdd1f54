"""A net as Python says it: dense layers with activations between them.

>>> net = Net(Dense(64, bias=True), "tanh", Dense(1))
>>> net
Net(Dense(64, bias='decayed'), 'tanh', Dense(1))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any

from proofkit import arguments as given
from proofkit.activation import catalogue
from proofkit.activation.catalogue import Activation
from proofkit.architectures import Described, finished, trained_of, with_decays
from proofkit.arguments import ActivationLike, Rational
from proofkit.errors import InputError, quoted
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.network.architecture import SQUARE, Architecture, Bias, DenseLayer
from proofkit.reading.layers import LayersSaid, bias_word, required_width, trained_layers


@dataclass(frozen=True, init=False, repr=False)
class Dense:
    """A dense layer of ``units`` outputs, a symbol where they are left out.

    ``trained`` is left to the net where it is None.  ``bias`` is False or "none", True or "decayed",
    or "undecayed"; a bias is trained, also where the weights are not.  ``decay`` is the layer's own
    lambda_l, else it is that of the problem.  Raises InputError for a width, a word or a decay that
    is none.

    >>> Dense(64, trained=False, bias="undecayed"), Dense(1, decay="1/100").decay
    (Dense(64, trained=False, bias='undecayed'), Fraction(1, 100))
    """

    units: int | None
    trained: bool | None
    bias: Bias
    decay: Fraction | None

    def __init__(
        self,
        units: int | None = None,
        *,
        trained: bool | None = None,
        bias: bool | str = False,
        decay: Rational | None = None,
    ) -> None:
        if trained is not None and not isinstance(trained, bool):
            raise InputError(f"trained is True, False or None, not {quoted(trained)}")
        width = None if units is None else required_width(given.whole(units, "the units"))
        own = given.rational(decay, "the decay of a layer")
        if own is not None and own < 0:
            raise InputError(f"the decay of a layer is {own}; it must not be negative")
        object.__setattr__(self, "units", width)
        object.__setattr__(self, "trained", trained)
        object.__setattr__(self, "bias", _bias(bias))
        object.__setattr__(self, "decay", own)

    def __repr__(self) -> str:
        said = [] if self.units is None else [str(self.units)]
        said += [] if self.trained is None else [f"trained={self.trained}"]
        said += [] if self.bias == "none" else [f"bias={self.bias!r}"]
        said += [] if self.decay is None else [f"decay={str(self.decay)!r}"]
        return f"Dense({', '.join(said)})"


def _bias(said: bool | str) -> Bias:
    if isinstance(said, bool):
        return "decayed" if said else "none"
    return bias_word(given.text(said, "the bias", "decayed"), "the bias of a layer")


@dataclass(frozen=True, init=False, repr=False)
class Net:
    """Dense layers with an activation after each but the last, from the features to the output.

    ``train`` says which layers are trained where they do not say it themselves: "inner" (every
    layer but the last), "all", "outer" (the last alone), or their numbers, as in ``proofkit prove``;
    ``power`` is the k of the decay (lambda/k) ||W||^k.  Raises InputError for parts in another
    order, and for words that are none.

    >>> Net(Dense(8), "tanh", Dense(4), "softplus", Dense(1), train="all").depth
    3
    >>> Net(Dense(8), Dense(1))
    Traceback (most recent call last):
    proofkit.errors.InputError: a net is Dense, activation, Dense, ..., Dense, with an activation between two layers
    """

    layers: tuple[Dense, ...]
    activations: tuple[Activation, ...]
    train: str | tuple[int, ...]
    power: int

    def __init__(
        self,
        *parts: Dense | ActivationLike,
        train: str | Sequence[int] = "inner",
        power: int = SQUARE,
    ) -> None:
        layers, between = parts[::2], parts[1::2]
        dense = [layer for layer in layers if isinstance(layer, Dense)]
        other = [part for part in between if not isinstance(part, Dense)]
        if len(parts) % 2 == 0 or len(dense) != len(layers) or len(other) != len(between):
            raise InputError(
                "a net is Dense, activation, Dense, ..., Dense, with an activation between two "
                "layers"
            )
        words = train if isinstance(train, str) else ",".join(map(str, train))
        # The same sentences as for options and files.
        LayersSaid.of(depth=len(dense), decay_power=given.whole(power, "the power"))
        trained = trained_layers(words)
        trained_of(trained, len(dense))
        object.__setattr__(self, "layers", tuple(dense))
        object.__setattr__(self, "activations", tuple(given.activation(one) for one in other))
        object.__setattr__(self, "train", trained)
        object.__setattr__(self, "power", power)

    @property
    def depth(self) -> int:
        """The number of dense layers."""
        return len(self.layers)

    @property
    def activation(self) -> Activation:
        """That of the first hidden layer; the identity for a net of one layer."""
        return self.activations[0] if self.activations else catalogue.resolve("identity")

    def described(self, loss: Loss, lam: Fraction | None = None) -> Described:
        """The net as the kernel takes it, with a loss and the lambda of a problem; InputError where
        the two do not fit.

        >>> from proofkit.kernel.losses.kinds import loss_of_text
        >>> Net(Dense(64), "tanh", Dense(1)).described(loss_of_text("u^2/2")).width
        64
        """
        for one in self.activations:
            if one.root.is_constant:
                raise InputError(
                    f"the activation {one.text[:40]} is a constant: no z is left in it"
                )
        trained = trained_of(self.train, self.depth)
        layers = [
            DenseLayer(
                layer.units,
                number in trained if layer.trained is None else layer.trained,
                layer.bias,
            )
            for number, layer in enumerate(self.layers, 1)
        ]
        roots = [one.root for one in self.activations]
        made: Architecture = finished(layers, roots, self.power, loss)
        decays = {
            number: layer.decay
            for number, layer in enumerate(self.layers, 1)
            if layer.decay is not None
        }
        return with_decays(made, decays, lam)

    def __repr__(self) -> str:
        parts: list[object] = [self.layers[0]]
        for activation, layer in zip(self.activations, self.layers[1:], strict=True):
            named = activation.text if activation.name == "custom" else activation.name
            parts += [named, layer]
        said = [repr(part) for part in parts]
        said += [] if self.train == "inner" else [f"train={self.train!r}"]
        said += [] if self.power == SQUARE else [f"power={self.power}"]
        return f"Net({', '.join(said)})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text("..." if cycle else repr(self))

    def _repr_html_(self) -> str:
        return f"<p><code>{escape(repr(self))}</code></p>"
