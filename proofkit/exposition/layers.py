"""Nets of dense layers in mathematics: the net, its objective, and which layers are trained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from proofkit.exposition import numbers
from proofkit.exposition.formulas import latex
from proofkit.exposition.markup import block
from proofkit.exposition.model import Block, Text
from proofkit.kernel.univariate.parser import parse
from proofkit.sentences.nets import layers_in_words, listed

OUTPUTS = r"d_{\mathrm{out}}"
"""The number of outputs."""
DEEPEST = 4
"""Nets of more layers are written by their recursion."""
SQUARE = 2


@dataclass(frozen=True)
class DenseSaid:
    """A layer of a record: ``units`` and ``decay`` None where they are symbols, ``source`` how fixed
    weights came about.
    """

    number: int
    units: int | None
    trained: bool
    bias: str
    decay: Fraction | None
    source: str | None

    @property
    def biased(self) -> bool:
        """True where it has a bias."""
        return self.bias != "none"

    @property
    def decayed(self) -> bool:
        """True where some parameter of it decays."""
        return self.trained or self.bias == "decayed"


@dataclass(frozen=True)
class NetSaid:
    """The net of a record, with the texts of its activations, and the power of the penalty."""

    layers: tuple[DenseSaid, ...]
    activations: tuple[str, ...]
    power: int

    @property
    def depth(self) -> int:
        """The number of dense layers."""
        return len(self.layers)

    @property
    def one_activation(self) -> bool:
        """True where all hidden layers have the same."""
        return len(set(self.activations)) <= 1

    @property
    def one_output(self) -> bool:
        """True for a real-valued net."""
        return self.layers[-1].units == 1

    @property
    def one_decay(self) -> bool:
        """True where every trained layer decays with lambda."""
        return all(layer.decay is None for layer in self.layers if layer.decayed)

    def trained(self) -> list[str]:
        """The trained blocks, in LaTeX."""
        found = []
        for layer in self.layers:
            found += [self.weights(layer.number)] if layer.trained else []
            found += [f"b_{layer.number}"] if layer.biased else []
        return found

    def weights(self, number: int) -> str:
        """The weights of a layer, in LaTeX: a of a last layer with one output, else W_l."""
        return "a" if self.is_row(number) else f"W_{number}"

    def is_row(self, number: int) -> bool:
        """True for the last layer of a net with one output and a hidden layer."""
        return number == self.depth and self.depth > 1 and self.one_output


def net_of(problem: Mapping[str, Any]) -> NetSaid | None:
    """The net of a certificate's problem; None for the one with a fixed head and one hidden layer."""
    found = problem.get("layers")
    if found is None:
        return None
    layers = tuple(
        DenseSaid(
            number,
            None if layer["units"] is None else int(layer["units"]),
            bool(layer["trained"]),
            str(layer["bias"]),
            None if layer["decay"] is None else Fraction(layer["decay"]),
            None if layer["weights"] is None else str(layer["weights"]["source"]),
        )
        for number, layer in enumerate(found["layers"], 1)
    )
    return NetSaid(layers, tuple(map(str, found["activations"])), int(found["power"]))


# -- formulas --------------------------------------------------------------------------------------


def net_formula(net: NetSaid) -> str:
    """f(x) in LaTeX; by recursion where there are many layers."""
    if net.depth > DEEPEST:
        activation = r"\sigma" if net.one_activation else r"\sigma_{l-1}"
        return (
            rf"f=u_{{{net.depth}}},\quad u_1=W_1x{_plus_bias(net.layers[0])},\quad "
            rf"u_l=W_l\,{activation}(u_{{l-1}}){'+b_l' if any(x.biased for x in net.layers) else ''}"
        )
    inner = "x"
    for layer in net.layers:
        if layer.number > 1:
            inner = rf"{sigma_of(net, layer.number - 1)}({inner})"
        between = r"\," if layer.number > 1 else ""
        inner = f"{matrix_of(net, layer.number)}{between}{inner}{_plus_bias(layer)}"
    return f"f(x)={inner}"


def matrix_of(net: NetSaid, number: int) -> str:
    """The matrix of a layer in LaTeX; a row is the transpose of its vector."""
    return r"a^{\mathsf T}" if net.is_row(number) else f"W_{number}"


def _plus_bias(layer: DenseSaid) -> str:
    return f"+b_{layer.number}" if layer.biased else ""


def sigma_of(net: NetSaid, number: int) -> str:
    """The activation behind layer ``number``, in LaTeX."""
    return r"\sigma" if net.one_activation else rf"\sigma_{number}"


def penalty(net: NetSaid) -> str:
    """The regulariser in LaTeX; empty where nothing decays."""
    blocks: dict[str, list[str]] = {}
    for layer in net.layers:
        factor = decay_symbol(layer)
        found = blocks.setdefault(factor, [])
        if layer.trained:
            found.append(_power_of_norm(net, net.weights(layer.number)))
        if layer.bias == "decayed":
            found.append(_power_of_norm(net, f"b_{layer.number}"))
    parts = []
    for factor, norms in blocks.items():
        if norms and factor != "0":
            total = norms[0] if len(norms) == 1 else rf"\bigl({'+'.join(norms)}\bigr)"
            parts.append(rf"\tfrac{{{factor}}}{{{net.power}}}{total}")
    return "+".join(parts)


def _power_of_norm(net: NetSaid, name: str) -> str:
    index = "_F" if name.startswith("W") else ""
    return (
        rf"\|{name}\|{index}^{{{net.power}}}"
        if net.power > 9
        else rf"\|{name}\|{index}^{net.power}"
    )


def decay_symbol(layer: DenseSaid) -> str:
    """The decay of a layer in LaTeX: lambda, or that of the layer; 0 where that is none."""
    if layer.decay is None:
        return r"\lambda"
    return "0" if layer.decay == 0 else rf"\lambda^{{({layer.number})}}"


def objective_formula(net: NetSaid) -> str:
    """L in LaTeX."""
    decay = penalty(net)
    return (
        rf"L(\theta)=R(\theta){'+' if decay else ''}{decay},\qquad "
        r"R(\theta)=\frac1n\sum_{i=1}^n\ell(f(x_i),y_i)"
    )


# -- words -----------------------------------------------------------------------------------------


def of_trained(net: NetSaid) -> str:
    """Which blocks are trained, fixed, not decayed, and the decays of their own; markup."""
    trained = net.trained()
    parts = [f"Trained {'are' if len(trained) > 1 else 'is'} {_math_list(trained)}"]
    fixed = [net.weights(layer.number) for layer in net.layers if not layer.trained]
    if fixed:
        parts.append(f"{_math_list(fixed)} {'are' if len(fixed) > 1 else 'is'} fixed")
    free = [f"b_{layer.number}" for layer in net.layers if layer.bias == "undecayed"]
    if free:
        parts.append(f"{_math_list(free)} {'have' if len(free) > 1 else 'has'} no decay")
    own = [
        f"${decay_symbol(layer)}={numbers.rational(layer.decay)}$"
        for layer in net.layers
        if layer.decayed and layer.decay
    ]
    said = "; ".join(parts)
    return f"{said}; {listed(own)}." if own else f"{said}."


def _math_list(names: Sequence[str]) -> str:
    return listed([f"${name}$" for name in names])


def sizes(net: NetSaid) -> Iterable[str]:
    """The sizes that are given; markup of equations."""
    for layer in net.layers[:-1]:
        if layer.units is not None:
            index = "" if net.depth == SQUARE else f"_{layer.number}"
            yield f"$p{index}={layer.units}$"
    outputs = net.layers[-1].units
    if outputs not in (None, 1):
        yield f"${OUTPUTS}={outputs}$"


def free_sizes(net: NetSaid) -> str:
    """The sizes that are arbitrary, in LaTeX."""
    hidden = [layer for layer in net.layers[:-1] if layer.units is None]
    widths = ["p" if net.depth == SQUARE else f"p_{layer.number}" for layer in hidden]
    if len(widths) > DEEPEST:
        widths = [widths[0], r"\dots", widths[-1]]
    outputs = [OUTPUTS] if net.layers[-1].units is None else []
    return ",".join(["n", "d", *widths, *outputs])


def activations(net: NetSaid) -> str:
    """sigma(z), or sigma_1(z), sigma_2(z), ... where they differ; markup."""
    if not net.activations:
        return ""
    if net.one_activation:
        return rf"$\sigma(z)={latex(parse(net.activations[0]))}$"
    return listed(
        [rf"$\sigma_{k}(z)={latex(parse(text))}$" for k, text in enumerate(net.activations, 1)]
    )


def drawn(net: NetSaid) -> Block:
    """How fixed weights of a net that is bound to data came about."""
    out: Block = ()
    for layer in net.layers:
        if layer.source is not None:
            name = net.weights(layer.number)
            out = (*out, *block(rf" ${name}$ is "), Text(f"{layer.source}."))
    return out


def title(net: NetSaid) -> str:
    """The net in a few words: its depth and what is trained.

    >>> hidden, head = (DenseSaid(k, None, k == 1, "none", None, None) for k in (1, 2))
    >>> title(NetSaid((hidden, head), ("tanh(z)",), 2))
    'depth 2, layer 1 trained'
    """
    trained = [layer.number for layer in net.layers if layer.trained]
    every = len(trained) == net.depth and net.depth > 1
    said = (
        "all layers trained" if every else f"{layers_in_words(trained)} trained" if trained else ""
    )
    free = [layer.number for layer in net.layers if layer.bias == "undecayed"]
    decayed = [layer.number for layer in net.layers if layer.bias == "decayed"]
    parts = [f"depth {net.depth}", said]
    parts += [f"biases of {layers_in_words(decayed)}"] if decayed else []
    parts += [f"biases of {layers_in_words(free)} without decay"] if free else []
    parts += [] if net.power == SQUARE else [f"decay of power {net.power}"]
    return ", ".join(part for part in parts if part)
