"""The matrices of the layers that are not trained, entry by entry, for what computes with them."""

from __future__ import annotations

from fractions import Fraction

from proofkit.architectures import GivenHead
from proofkit.errors import InputError, quoted
from proofkit.kernel.network.architecture import Architecture, FixedWeights
from proofkit.kernel.network.weights import Matrix, drawn_weights, seed_of, weights_differ


def fixed_matrices(
    architecture: Architecture, head: GivenHead | None = None
) -> tuple[tuple[tuple[Fraction, ...], ...], ...]:
    """The weights of each fixed layer of a problem bound to data: drawn again, or those of ``head``.

    InputError for weights of a file that are not given again, and for others.

    >>> from proofkit.architectures import bound
    >>> from proofkit.kernel.network.architecture import DenseLayer
    >>> from proofkit.kernel.univariate.parser import parse
    >>> layers = (DenseLayer(3), DenseLayer(1, trained=False))
    >>> net = bound(Architecture(layers, (parse("tanh(z)"),)), features=2, seed=0)
    >>> [[len(row) for row in matrix] for matrix in fixed_matrices(net)]
    [[3]]
    """
    found = []
    for number, layer in enumerate(architecture.layers, start=1):
        if layer.weights is not None:
            matrix = _matrix(layer.weights, number, number == architecture.depth, head)
            found.append(
                tuple(tuple(Fraction(v, matrix.scale) for v in row) for row in matrix.rows)
            )
    return tuple(found)


def _matrix(weights: FixedWeights, number: int, last: bool, head: GivenHead | None) -> Matrix:
    seed = seed_of(weights, number, last=last)
    if seed is not None:
        return drawn_weights(weights.rows, weights.columns, seed, number, last=last)
    if not last or head is None:
        raise InputError(
            f"the weights of layer {number} come from {quoted(weights.source)}; give them with "
            f"--outer"
        )
    matrix = Matrix.of(head.weights, weights.rows, head.source)
    if why := weights_differ(weights, matrix):
        raise InputError(f"the outer weights that are given are others: {why}")
    return matrix
