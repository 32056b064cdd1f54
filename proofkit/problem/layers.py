"""The net of a problem from the words of a user: activations by name, losses by name, layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from proofkit.activation import catalogue
from proofkit.activation.catalogue import Activation
from proofkit.architectures import (
    Described,
    GivenHead,
    bound,
    described,
    require_head,
    require_one_output,
    require_two_layers,
    require_widths,
)
from proofkit.errors import InputError
from proofkit.kernel.losses.cross_entropy import CrossEntropyLoss
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.network.architecture import Architecture
from proofkit.losses.catalogue import resolve as resolve_loss
from proofkit.problem.data import DataSummary, Outer
from proofkit.reading.layers import LayersSaid, split_activations
from proofkit.reading.outer import outer_weights


@dataclass(frozen=True)
class NetSaid:
    """The activation of the first hidden layer, and the net with its lambda."""

    activation: Activation
    net: Described


def net_of(
    activation: str, loss: str, lam: Fraction | None = None, said: LayersSaid | None = None
) -> NetSaid:
    """The net that a user's words describe, for symbolic data.

    ``activation`` may be several with "," or ";" between them, one for each hidden layer.  InputError for
    an unknown activation or loss, and for words that make no net.

    >>> net_of("tanh", "squared").net.architecture is None
    True
    >>> deep = net_of("tanh; softplus", "squared", said=LayersSaid.of(train="all"))
    >>> deep.activation.name, deep.net.architecture.depth
    ('tanh', 3)
    """
    return net_of_activations(
        [catalogue.resolve(text) for text in split_activations(activation)], loss, lam, said
    )


def net_of_activations(
    activations: Sequence[Activation],
    loss: str,
    lam: Fraction | None = None,
    said: LayersSaid | None = None,
) -> NetSaid:
    """The same for activations that are resolved already."""
    for one in activations:
        if one.root.is_constant:
            raise InputError(f"the activation {one.text[:40]} is a constant: no z is left in it")
    roots = [one.root for one in activations]
    net = described(said or LayersSaid(), roots, resolve_loss(loss), lam)
    return NetSaid(activations[0], net)


def takes_classes(loss: Loss) -> bool:
    """True for cross-entropy, whose targets are the numbers of classes."""
    return type(loss) is CrossEntropyLoss


def takes_labels(loss: Loss) -> bool:
    """True for a loss of the margin, whose targets are -1 and +1."""
    return loss.classifies and not takes_classes(loss)


def classes_of(loss: str, data: DataSummary) -> int | None:
    """The number of classes of the data; None for a loss that takes numbers or two labels."""
    if not takes_classes(resolve_loss(loss)):
        return None
    return int(data.y_max) + 1


def require_bindable(architecture: Architecture, loss: str, head: Path | None) -> None:
    """InputError for what no data can mend, before they are read: outer weights of a trained layer,
    widths that are not said, several outputs of a square.
    """
    if head is not None:
        require_head(architecture)
    elif architecture.depth > 1:
        require_widths(architecture)
    if not takes_classes(resolve_loss(loss)):
        require_one_output(architecture)


def head_of(path: Path, decimal: str | None = None) -> GivenHead:
    """The entries of a fixed last layer, from a file; see ``outer_weights``."""
    weights, digest = outer_weights(path, decimal)
    return GivenHead(tuple(weights), path.name, digest)


def require_width(width: int | None, outer: Outer) -> None:
    """InputError for a width that is said and is not the number of given outer weights."""
    if width not in (None, outer.p):
        raise InputError(
            f"the outer weights of {outer.source} are {outer.p}, and the hidden layer has {width} "
            f"units; give widths that match"
        )


__all__ = [
    "GivenHead",
    "NetSaid",
    "bound",
    "classes_of",
    "head_of",
    "net_of",
    "net_of_activations",
    "require_bindable",
    "require_two_layers",
    "require_width",
    "takes_classes",
    "takes_labels",
]
