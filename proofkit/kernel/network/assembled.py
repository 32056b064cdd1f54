"""The net of an architecture: its layers with the constants that bounds are written with.

Layers are counted from 1.  A trained block is theta_k = (W_k, b_k) with the norm rho_k, which is r
where no other block is trained; r^2 is the sum of all rho_k^2.  The decayed bias of the first layer
is the weight of one more feature, which is 1 for every sample.  Where the weights are fixed and a bias
is trained, the block is the bias alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from proofkit.kernel import symbols
from proofkit.kernel.network.architecture import SQUARE, Architecture
from proofkit.kernel.network.bound import NOTHING, Bound
from proofkit.kernel.network.dense import OUTER, Apart, Dense, DenseWithOnes, Fixed, Shifted
from proofkit.kernel.network.elementwise import Elementwise
from proofkit.kernel.network.layer import Layer, Value
from proofkit.kernel.network.net import FEATURES, Net
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.symbols import (
    MAX_LAYERS,
    X2,
    B_x,
    Lambda_S,
    d,
    d_out,
    lam,
    p,
    r,
    smaller,
    sqrt,
)
from proofkit.kernel.univariate.terms import ONE, ZERO, Node

FEATURES_AND_ONE = Value(
    d + 1,
    NOTHING,
    Bound.of(sqrt(B_x**2 + 1)),
    Bound.of(sqrt(X2 + 1)),
    eigenvalue=Bound.of(sqrt(Lambda_S + 1)),
)
"""(x, 1): |(x, 1)|^2 = |x|^2 + 1, and the largest eigenvalue of a symmetric matrix >= 0 in blocks is at
most the sum of those of its diagonal blocks, Lambda_S + 1."""


@dataclass(frozen=True, slots=True)
class Block:
    """A trained block: its layer, its norm, the number of its entries, and its decay."""

    layer: int
    norm: Node
    size: Node
    decay: Node


# -- names -----------------------------------------------------------------------------------------


def width(architecture: Architecture, layer: int) -> Node:
    """The units of a layer: d of layer 0, p_k (p for the only hidden layer), d_out of the last (1 for
    a single output).
    """
    if layer == 0:
        return d
    if layer == architecture.depth:
        return ONE if architecture.outputs == 1 else d_out
    return p if architecture.depth == 2 else symbols.symbol(f"p_{layer}")


def decay_of(architecture: Architecture, layer: int) -> Node:
    """lambda, or lambda_k for a layer with a decay of its own."""
    own = architecture.layers[layer - 1].decay
    return lam if own is None else symbols.symbol(f"lambda_{layer}")


def norms_of_fixed(architecture: Architecture, layer: int) -> Fixed:
    """The layer of a fixed matrix W_k, a row a for the last layer of a net with one output."""
    given = architecture.layers[layer - 1]
    if layer == architecture.depth and architecture.outputs == 1:
        return OUTER
    apart = None if given.weights is None else given.weights.apart
    return Fixed(
        width(architecture, layer),
        symbols.symbol(f"W{layer}_op"),
        symbols.symbol(f"W{layer}_F"),
        symbols.symbol(f"W{layer}_1"),
        symbols.symbol(f"W{layer}_max"),
        apart=None if apart is None else _apart(layer),
    )


def _apart(layer: int) -> Apart:
    return Apart(
        symbols.symbol(f"W{layer}_d1"),
        symbols.symbol(f"W{layer}_d2"),
        symbols.symbol(f"W{layer}_dmax"),
    )


# -- the net ---------------------------------------------------------------------------------------


def assembled(architecture: Architecture, *, outer_bias: bool = True) -> Net:
    """The net; without its output bias, which then is no part of r, where ``outer_bias`` is False.

    Raises KernelError for a net that the five questions are not answered for: more layers than have
    names, different activations, a bias without decay.

    >>> from proofkit.kernel.network.architecture import DenseLayer
    >>> from proofkit.kernel.univariate.parser import parse
    >>> two = Architecture((DenseLayer(), DenseLayer(1)), (parse("tanh(z)"),))
    >>> [str(block.norm) for block in blocks(two)]
    ['rho_1', 'rho_2']
    >>> str(assembled(two).radial((ONE, ONE)).norm.term())
    'sqrt(p)*H*rho_2'
    """
    _require_answers(architecture, outer_bias=outer_bias)
    norms = {block.layer: block.norm for block in blocks(architecture, outer_bias=outer_bias)}
    layers: list[Layer] = []
    for k, given in enumerate(architecture.layers, 1):
        if k > 1:
            layers.append(Elementwise(width(architecture, k - 1)))
        bias = _has_bias(architecture, k, outer_bias)
        if given.trained:
            layers.append(_dense(architecture, k, norms[k], bias))
            continue
        matrix = norms_of_fixed(architecture, k)
        layers.append(Shifted(matrix, norms[k]) if bias else matrix)
    first = architecture.layers[0]
    ones = first.trained and _has_bias(architecture, 1, outer_bias)
    return Net(tuple(layers), FEATURES_AND_ONE if ones else FEATURES)


def _has_bias(architecture: Architecture, layer: int, outer_bias: bool) -> bool:
    """True when the bias of a layer is a part of its block, or the whole of it."""
    given = architecture.layers[layer - 1]
    return given.bias != "none" and (outer_bias or layer < architecture.depth)


def _dense(architecture: Architecture, layer: int, norm: Node, bias: bool) -> Layer:
    """A trained layer, the bias of the first one being the weight of a feature."""
    inputs, outputs = width(architecture, layer - 1), width(architecture, layer)
    if not bias:
        return Dense(norm, inputs, outputs)
    if layer == 1:
        return Dense(norm, inputs + 1, outputs)
    return DenseWithOnes(norm, inputs, outputs, norm)


def _require_answers(architecture: Architecture, *, outer_bias: bool) -> None:
    """KernelError for a net that is not assembled here."""
    if architecture.depth > MAX_LAYERS:
        raise KernelError(f"bounds are written for at most {MAX_LAYERS} dense layers")
    if not architecture.one_activation:
        raise KernelError("the hidden layers have different activations, which is not covered yet")
    for k, layer in enumerate(architecture.layers, 1):
        if not _has_bias(architecture, k, outer_bias):
            continue
        if layer.bias == "undecayed":
            raise KernelError(f"the bias of layer {k} has no decay")
        if architecture.power != SQUARE:
            raise KernelError("a bias beside a decay of another power is not covered yet")
    if not blocks(architecture, outer_bias=outer_bias):
        raise KernelError("nothing that the bounds are about is trained")


def blocks(architecture: Architecture, *, outer_bias: bool = True) -> tuple[Block, ...]:
    """The trained blocks, from the first layer on; a bias belongs to the block of its weights, and is
    a block of its own where these are fixed.
    """
    biased = [_has_bias(architecture, k, outer_bias) for k in range(1, architecture.depth + 1)]
    found = [k for k, layer in enumerate(architecture.layers, 1) if layer.trained or biased[k - 1]]
    return tuple(
        Block(
            k,
            r if len(found) == 1 else symbols.symbol(f"rho_{k}"),
            _size(architecture, k, biased[k - 1]),
            decay_of(architecture, k),
        )
        for k in found
    )


def _size(architecture: Architecture, layer: int, bias: bool) -> Node:
    """The number of entries of W_k and of its bias, of the bias alone where W_k is fixed."""
    if not architecture.layers[layer - 1].trained:
        return width(architecture, layer)
    inputs, outputs = width(architecture, layer - 1), width(architecture, layer)
    inputs = inputs + 1 if bias else inputs
    return inputs if outputs == ONE else outputs * inputs


# -- the penalty -----------------------------------------------------------------------------------


def number_of_parameters(architecture: Architecture) -> Node:
    """N: the entries of all trained blocks and of every bias."""
    total = ZERO
    for k, layer in enumerate(architecture.layers, 1):
        if layer.has_parameters:
            total = total + _size(architecture, k, layer.bias != "none")
    return total


def norm_decays(architecture: Architecture) -> tuple[Node, ...]:
    """The decay of each norm in the penalty, in the order of the layers: weights and a decayed bias
    have norms of their own.
    """
    found: list[Node] = []
    for k, layer in enumerate(architecture.layers, 1):
        found += [decay_of(architecture, k)] * (layer.trained + (layer.bias == "decayed"))
    return tuple(found)


def decays(architecture: Architecture) -> tuple[Node, ...]:
    """The decays of all that is trained and decayed, each once, in the order of the layers."""
    return tuple(dict.fromkeys(norm_decays(architecture)))


def least_decay(architecture: Architecture) -> Node:
    """The smallest of the decays; 0 where nothing is decayed."""
    found = decays(architecture)
    return reduce(smaller, found) if found else ZERO


def laplacian_of_penalty(architecture: Architecture) -> Node:
    """sum_k lambda_k N_k, at least the Laplacian of sum_k (lambda_k/2) rho_k^2, biases included."""
    total = ZERO
    for k, layer in enumerate(architecture.layers, 1):
        if layer.has_parameters:
            total = total + decay_of(architecture, k) * _size(architecture, k, layer.bias != "none")
    return total
