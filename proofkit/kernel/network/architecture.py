"""What a net is made of, as a problem says it: dense layers, what is trained, biases, decay.

    h_0 = x,   u_l = W_l h_{l-1} (+ b_l),   h_l = sigma_l(u_l) for l < D,   f = u_D in R^q,
    L = R + sum_l (lambda_l/k) (||W_l||_F^k + |b_l|^k),   R = (1/n) sum_i l(f_i, y_i), k = 2 mostly,

the second sum over the trained blocks that are decayed.  ``Net`` of ``net`` is made from it and
answers with bounds; this is the description, with nothing derived in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from proofkit.kernel.refusal import KernelError
from proofkit.kernel.univariate.terms import Node
from proofkit.reading.layers import MAX_LAYERS as MAX_DEPTH

Bias = Literal["none", "decayed", "undecayed"]
SQUARE = 2
"""The power of the norm in the usual penalty."""


@dataclass(frozen=True, slots=True)
class RowDifferences:
    """Over all pairs of rows of a matrix: the largest |A_k - A_l|_1, |A_k - A_l|^2, |A_kj - A_lj|,
    or bounds of these where the rows are very many.
    """

    one: Fraction
    two_squared: Fraction
    largest: Fraction


@dataclass(frozen=True, slots=True)
class FixedWeights:
    """A matrix that is not trained, summarised exactly; how it came about is in ``source``.

    ``operator_squared`` is at least the square of its operator norm, ``frobenius_squared`` the sum
    of the squares of its entries, ``row_1`` the largest 1-norm of a row, ``largest`` the largest
    modulus of an entry.  ``plus`` and ``minus`` are the sums of the moduli of the positive and of
    the negative entries of a single row, None for several; ``apart`` is about pairs of rows, None
    for a single one.
    """

    source: str
    digest: str
    rows: int
    columns: int
    operator_squared: Fraction
    frobenius_squared: Fraction
    row_1: Fraction
    largest: Fraction
    plus: Fraction | None = None
    minus: Fraction | None = None
    apart: RowDifferences | None = None


@dataclass(frozen=True, slots=True)
class DenseLayer:
    """A dense layer of ``units`` outputs, a symbol where that is None.

    ``decay`` is its lambda_l, None where that is the lambda of the objective.  A bias that is not
    "none" is trained, also where the weights are fixed.  ``weights`` are those of a fixed layer of a
    problem that is bound to data; of a symbolic one they are symbols.
    """

    units: int | None = None
    trained: bool = True
    bias: Bias = "none"
    decay: Fraction | None = None
    weights: FixedWeights | None = None

    @property
    def has_parameters(self) -> bool:
        """True when something of it is trained."""
        return self.trained or self.bias != "none"


@dataclass(frozen=True, slots=True)
class Architecture:
    """The layers of a net, with the activation after each but the last.

    ``power`` is the k of the penalty.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> deep = Architecture((DenseLayer(), DenseLayer(), DenseLayer(1)), (parse("tanh(z)"),) * 2)
    >>> deep.depth, deep.trained, deep.outputs
    (3, (1, 2, 3), 1)
    """

    layers: tuple[DenseLayer, ...]
    activations: tuple[Node, ...]
    power: int = SQUARE

    @property
    def depth(self) -> int:
        """The number D of dense layers."""
        return len(self.layers)

    @property
    def outputs(self) -> int | None:
        """q, None while that is a symbol."""
        return self.layers[-1].units

    @property
    def trained(self) -> tuple[int, ...]:
        """The layers, counted from 1, whose weights are trained."""
        return tuple(k for k, layer in enumerate(self.layers, 1) if layer.trained)

    @property
    def trains_the_head(self) -> bool:
        """True when the weights of the last layer are trained."""
        return self.layers[-1].trained

    @property
    def one_activation(self) -> bool:
        """True when every hidden layer has the same activation."""
        return len(set(self.activations)) <= 1


ARCHITECTURE_RECORDS: tuple[type, ...] = (Architecture, DenseLayer, FixedWeights, RowDifferences)


def require_sense(architecture: Architecture, features: int | None) -> None:
    """KernelError for an architecture that no net has.

    ``features`` is the number of features of the data, None where these are symbols: then nothing
    is known of fixed weights, and otherwise every size and every fixed matrix.
    """
    layers = architecture.layers
    if not 1 <= len(layers) <= MAX_DEPTH:
        raise KernelError(f"a net has 1 to {MAX_DEPTH} dense layers")
    if len(architecture.activations) != len(layers) - 1:
        raise KernelError("there is one activation after each layer but the last")
    if type(architecture.power) is not int or architecture.power < SQUARE:
        raise KernelError("the power of the decay is a whole number >= 2")
    if not any(layer.has_parameters for layer in layers):
        raise KernelError("nothing is trained")
    columns = features
    for layer in layers:
        _require_sense_of_layer(layer, columns, bound=features is not None)
        columns = layer.units


def _require_sense_of_layer(layer: DenseLayer, columns: int | None, *, bound: bool) -> None:
    if layer.bias not in ("none", "decayed", "undecayed"):
        raise KernelError("a bias is none, decayed or undecayed")
    if layer.units is not None and layer.units < 1:
        raise KernelError("a layer has at least one unit")
    if layer.decay is not None and layer.decay < 0:
        raise KernelError("the decay of a layer is not negative")
    if layer.decay is not None and not layer.trained and layer.bias != "decayed":
        raise KernelError("a layer that is fixed has no decay")
    if bound and layer.units is None:
        raise KernelError("the sizes of a net that is bound to data are known")
    if (layer.weights is not None) != (bound and not layer.trained):
        raise KernelError("the weights of the fixed layers, and of no others, belong to the data")
    if layer.weights is not None:
        _require_sense_of_weights(layer.weights, layer.units, columns)


def _require_sense_of_weights(weights: FixedWeights, rows: int | None, columns: int | None) -> None:
    """KernelError for norms that no matrix of that shape has."""
    if (weights.rows, weights.columns) != (rows, columns):
        raise KernelError("fixed weights are of another shape than their layer")
    norms = (
        weights.operator_squared,
        weights.frobenius_squared,
        weights.row_1,
        weights.largest,
    )
    if min(norms) < 0 or weights.operator_squared < weights.largest**2:
        raise KernelError("the norms of fixed weights contradict each other")
    single = weights.rows == 1
    if single != (weights.plus is not None and weights.minus is not None):
        raise KernelError("the signs of fixed weights are those of a single row")
    plus, minus = weights.plus or Fraction(0), weights.minus or Fraction(0)
    if min(plus, minus) < 0 or (single and plus + minus != weights.row_1):
        raise KernelError("the norms of fixed weights contradict each other")
    if single != (weights.apart is None):
        raise KernelError("differences of rows are those of several rows")
