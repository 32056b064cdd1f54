"""The net of a run of a sweep: what one combination of its keys says of the layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from proofkit.activation.catalogue import Activation
from proofkit.errors import InputError
from proofkit.kernel.network.architecture import Architecture
from proofkit.losses.catalogue import resolve
from proofkit.numeric.defaults import RUN
from proofkit.numeric.kernels import Floats
from proofkit.numeric.layered import LayeredNet
from proofkit.numeric.scalar import check_dtype
from proofkit.numeric.trained import AnyLayers
from proofkit.problem.fixed import fixed_matrices
from proofkit.problem.layers import bound, net_of, require_bindable, takes_classes
from proofkit.problem.problem import Problem
from proofkit.reading.layers import LayersSaid
from proofkit.reading.problem_file import LAYER_KEYS


@dataclass(frozen=True)
class NetOfRun:
    """The net of one combination, and the lambda of the layers without a decay of their own.

    ``architecture`` is None for the net of one trained hidden layer under a fixed head.
    """

    activation: Activation
    loss: str
    architecture: Architecture | None
    lam: Fraction
    width: int
    """Units of the hidden layer where ``architecture`` is None."""

    def cells(self, common: Mapping[str, Any]) -> dict[str, Any]:
        """The keys of the layers as a table has them: depth, widths and outputs are those of the
        net bound to data, whatever the specification left out.
        """
        architecture = self.architecture
        if architecture is None:
            sizes = {"depth": 2, "hidden": str(self.width), "outputs": 1}
        else:
            widths = (str(layer.units) for layer in architecture.layers[:-1])
            sizes = {
                "depth": architecture.depth,
                "hidden": ",".join(widths),
                "outputs": architecture.outputs,
            }
        return {key: common[key] for key in LAYER_KEYS} | sizes


def net_of_run(common: Mapping[str, Any], lam: Fraction) -> NetOfRun:
    """The net of a combination: a value for each of ``LAYER_KEYS``, activation, loss and width.

    The width is that of a single hidden layer; hidden layers without one have the default, as in
    `proofkit run`.  InputError for words that make no net, and for a width of several layers.
    """
    # "" is a key that is not said.
    given = {key: None if common[key] == "" else common[key] for key in LAYER_KEYS}
    # A lambda that is not said is that of no layer where all have decays of their own.
    said_lam = None if lam == Fraction(RUN.lam) else lam
    made = net_of(common["activation"], common["loss"], said_lam, LayersSaid.of(**given))
    architecture = made.net.architecture
    if architecture is None:
        if given["decay"] is not None:
            raise InputError("a single layer is trained, whose decay is lambda; drop the key decay")
        return NetOfRun(
            made.activation, common["loss"], None, lam, made.net.width or common["width"]
        )
    Problem(made.activation, common["loss"], architecture=architecture)  # refuses a wrong loss
    if architecture.depth > 2 and given["hidden"] is None and common["width"] != RUN.width:
        raise InputError(
            f"width is that of a single hidden layer, and this net has {architecture.depth - 1}; "
            f"give hidden, such as 64,32"
        )
    *hidden, last = architecture.layers
    sized = (replace(layer, units=layer.units or common["width"]) for layer in hidden)
    return NetOfRun(
        made.activation,
        common["loss"],
        replace(architecture, layers=(*sized, last)),
        lam if made.net.lam is None else made.net.lam,
        common["width"],
    )


def bound_net(net: NetOfRun, X: Floats, y: Floats, seed: int) -> NetOfRun:
    """The net with the sizes that the data give it, its fixed weights drawn from the seed.

    InputError for outputs that the data do not have.
    """
    if net.architecture is None:
        return net
    require_bindable(net.architecture, net.loss, None)
    classes = int(y.max()) + 1 if takes_classes(resolve(net.loss)) else None
    return replace(net, architecture=bound(net.architecture, X.shape[1], seed, None, classes))


def trained_net(net: NetOfRun, X: Floats, y: Floats, dtype: str) -> AnyLayers:
    """A bound net of layers, ready to be trained."""
    assert net.architecture is not None, "the net of two layers has kernels of its own"
    fixed = [[[float(v) for v in row] for row in A] for A in fixed_matrices(net.architecture)]
    made = LayeredNet.of(
        net.architecture, net.loss, X, y, float(net.lam), fixed, check_dtype(dtype)
    )
    return AnyLayers(made)
