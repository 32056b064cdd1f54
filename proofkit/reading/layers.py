"""What options and files say of the layers of a net, as words that were understood.

Nothing here knows a loss or an activation: that the words make a net is for
``proofkit.architectures`` to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, cast

from proofkit.errors import InputError, nearest, quoted
from proofkit.reading.numbers import rational
from proofkit.reading.outer import MAX_WIDTH

BiasWord = Literal["none", "decayed", "undecayed"]

BIASES: tuple[BiasWord, ...] = ("none", "decayed", "undecayed")
TRAINED = ("inner", "all", "outer")
"""Every layer but the last, every layer, the last alone."""
MAX_LAYERS = 64
MAX_OUTPUTS = 10**6
SEPARATOR = ";"
"""Between the activations of several hidden layers; no expression has one."""
COMMA = ","
"""The same outside parentheses, where no expression has one; inside, it separates arguments."""

_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True)
class LayersSaid:
    """What is said of the layers; None, or nothing, for what is not.

    ``trained`` is one of TRAINED or the numbers of layers, counted from 1; ``decays`` are the
    lambda_l by number of the layer.

    >>> LayersSaid.of(hidden="64, 32", train="1,3", decay="2=1,1=1/100").decays
    ((1, Fraction(1, 100)), (2, Fraction(1, 1)))
    """

    depth: int | None = None
    hidden: tuple[int, ...] | None = None
    trained: str | tuple[int, ...] | None = None
    bias: BiasWord | None = None
    outer_bias: BiasWord | None = None
    outputs: int | None = None
    decays: tuple[tuple[int, Fraction], ...] = ()
    power: int | None = None

    @classmethod
    def of(
        cls,
        depth: int | None = None,
        hidden: str | None = None,
        train: str | None = None,
        bias: str | None = None,
        outer_bias: str | None = None,
        outputs: int | None = None,
        decay: str | None = None,
        decay_power: int | None = None,
        width: int | None = None,
    ) -> LayersSaid:
        """From what options and keys say; InputError for words that are none, and for a width
        beside hidden widths.
        """
        if width is not None and hidden is not None:
            raise InputError(
                "give either the width or the hidden widths, not both: --width P is --hidden P"
            )
        widths = None if hidden is None else hidden_widths(hidden)
        if width is not None:
            widths = (required_width(width),)
        if depth is not None and not 1 <= depth <= MAX_LAYERS:
            raise InputError(
                f"the depth counts the dense layers and lies between 1 and {MAX_LAYERS}; "
                f"it is not {depth}"
            )
        if outputs is not None and not 1 <= outputs <= MAX_OUTPUTS:
            raise InputError(
                f"the number of outputs lies between 1 and {MAX_OUTPUTS}; it is not {outputs}"
            )
        if decay_power is not None and decay_power < 2:
            raise InputError(
                f"the decay is (lambda/k) ||W||^k with a whole number k from 2 on; the power "
                f"k = {decay_power} is none"
            )
        return cls(
            depth,
            widths,
            None if train is None else trained_layers(train),
            None if bias is None else bias_word(bias, "the bias of hidden layers"),
            None if outer_bias is None else bias_word(outer_bias, "the bias of the last layer"),
            outputs,
            () if decay is None else decays_of(decay),
            decay_power,
        )

    @property
    def text(self) -> str:
        """What is said, in the words of a file; '' where nothing is.

        >>> LayersSaid.of(depth=3, train="all", bias="decayed").text
        'depth 3, train all, bias decayed'
        """
        said: dict[str, object] = {
            "depth": self.depth,
            "hidden": None if self.hidden is None else ",".join(map(str, self.hidden)),
            "train": _listed(self.trained),
            "bias": self.bias,
            "outer bias": self.outer_bias,
            "outputs": self.outputs,
            "decay": ",".join(f"{layer}={value}" for layer, value in self.decays) or None,
            "decay power": self.power,
        }
        return ", ".join(f"{name} {value}" for name, value in said.items() if value is not None)


def _listed(trained: str | tuple[int, ...] | None) -> str | None:
    return ",".join(map(str, trained)) if isinstance(trained, tuple) else trained


# -- each word ---------------------------------------------------------------------------------------


def hidden_widths(text: str) -> tuple[int, ...]:
    """The widths m_1, ..., m_{D-1}, separated by commas; InputError for anything else.

    >>> hidden_widths("64,32")
    (64, 32)
    """
    parts = [part.strip() for part in text.split(",")]
    if not all(_WHOLE.fullmatch(part) for part in parts):
        raise InputError(
            f"the hidden widths are {quoted(text)}; write whole numbers with commas between them, "
            f"such as 64,32"
        )
    if len(parts) >= MAX_LAYERS:
        raise InputError(f"there are {len(parts)} hidden widths; {MAX_LAYERS - 1} are the most")
    return tuple(required_width(int(part)) for part in parts)


def required_width(width: int) -> int:
    """The width; InputError for one that no layer has."""
    if width < 1:
        raise InputError(f"the width must be at least 1, not {width}")
    if width > MAX_WIDTH:
        raise InputError(f"the width {width} is beyond 10^7; give a smaller one")
    return width


def trained_layers(text: str) -> str | tuple[int, ...]:
    """One of TRAINED, or the numbers of the trained layers; InputError for anything else.

    >>> trained_layers("all"), trained_layers("3, 1")
    ('all', (1, 3))
    """
    word = text.strip()
    if word in TRAINED:
        return word
    parts = [part.strip() for part in word.split(",")]
    if not all(_WHOLE.fullmatch(part) for part in parts):
        raise InputError(
            f"what is trained is inner, all, outer or layers such as 1,3, and not {quoted(text)}; "
            f"{nearest(word, TRAINED)}"
        )
    numbers = [int(part) for part in parts]
    _require_once(numbers, "the trained layers")
    return tuple(sorted(numbers))


def bias_word(text: str, what: str) -> BiasWord:
    """none, decayed or undecayed; InputError for any other word."""
    if text not in BIASES:
        raise InputError(f"{what} is {quoted(text)}; {nearest(text, BIASES)}")
    return cast("BiasWord", text)


def decays_of(text: str) -> tuple[tuple[int, Fraction], ...]:
    """(l, lambda_l) in the order of the layers; InputError for anything but LAYER=RATIONAL with
    commas.

    >>> decays_of("1=1/100, 2=0.1")
    ((1, Fraction(1, 100)), (2, Fraction(1, 10)))
    """
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(mark and _WHOLE.fullmatch(layer.strip()) for layer, mark, _ in pairs):
        raise InputError(
            f"the decay by layers is {quoted(text)}; write LAYER=NUMBER with commas between them, "
            f"such as 1=1/100,2=1/10"
        )
    numbers = [int(layer) for layer, _, _ in pairs]
    _require_once(numbers, "the decay by layers")
    made = [
        (number, rational(value, f"the decay of layer {number}"))
        for number, (_, _, value) in zip(numbers, pairs, strict=True)
    ]
    for number, value in made:
        if value < 0:
            raise InputError(f"the decay of layer {number} is {value}; it must not be negative")
    return tuple(sorted(made))


def _require_once(numbers: Iterable[int], what: str) -> None:
    seen = set[int]()
    for number in numbers:
        if number in seen:
            raise InputError(f"{what} name layer {number} twice; leave it out once")
        seen.add(number)


def split_activations(text: str) -> tuple[str, ...]:
    """The activations of a text: one for every hidden layer, or one for each.

    InputError where one of several is left out.

    >>> split_activations("tanh"), split_activations("tanh; softplus")
    (('tanh',), ('tanh', 'softplus'))
    >>> split_activations("tanh,Max(z, 0)")
    ('tanh', 'Max(z, 0)')
    """
    parts: list[str] = []
    start = open_parentheses = 0
    for place, character in enumerate(text):
        if character == "(":
            open_parentheses += 1
        elif character == ")":
            open_parentheses -= 1
        elif character == SEPARATOR or (character == COMMA and open_parentheses == 0):
            parts.append(text[start:place])
            start, open_parentheses = place + 1, 0

    parts.append(text[start:])
    activations = tuple(part.strip() for part in parts)
    if len(activations) > 1 and "" in activations:
        raise InputError(
            f"the activations {quoted(text)} leave one out; give one for each hidden layer, such as "
            f"tanh,softplus"
        )
    return activations
