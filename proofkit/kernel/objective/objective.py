"""What a proof is about: the objective L, with symbols or with exact data.

L(W) = (1/n) sum_i l(f_i, y_i) + (lambda/2) ||W||_F^2, f_i = sum_j a_j sigma(<w_j, x_i>), W trained.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from proofkit.errors import DomainError, ParseError
from proofkit.kernel import symbols
from proofkit.kernel.kinds import is_of_kind
from proofkit.kernel.losses.cross_entropy import CrossEntropyLoss
from proofkit.kernel.losses.kinds import KINDS
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.network.architecture import (
    ARCHITECTURE_RECORDS,
    Architecture,
    require_sense,
)
from proofkit.kernel.network.assembled import assembled
from proofkit.kernel.network.dense import OUTER, Dense
from proofkit.kernel.network.elementwise import Elementwise
from proofkit.kernel.network.net import Net
from proofkit.kernel.objective.data import DataSummary, Outer, contradiction
from proofkit.kernel.records import Frozen, frozen, thawed
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.univariate.domain import check_domain
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import Node, Z, to_text
from proofkit.kernel.univariate.workspace import OpenError
from proofkit.reading.labels import LabelMap
from proofkit.reading.scaling import ColumnScaling, Scaling


@dataclass(frozen=True, slots=True)
class Objective:
    """The objective: the activation sigma as a term in z, the loss, lambda, s, data and weights.

    ``lam`` and ``noise`` are None while symbolic; without ``data`` the sizes, the data and the
    outer weights are symbols too, and a fact holds for all of them.  ``name`` is what the
    activation is called, which nothing rests on.

    ``architecture`` is None for the net f = sum_j a_j sigma(<w_j, x>) with W trained and a fixed;
    another one says of its layers what is trained, and has no ``outer``.  sigma is then its first
    activation (z where it has none).
    """

    sigma: Node
    loss: Loss
    lam: Fraction | None = None
    noise: Fraction | None = None
    data: DataSummary | None = None
    outer: Outer | None = None
    name: str = ""
    architecture: Architecture | None = None

    @property
    def symbolic(self) -> bool:
        """True when n, p, d, the data and a are symbols."""
        return self.data is None

    @property
    def net(self) -> Net:
        """f = sum_j a_j sigma(<w_j, x>) with ||W||_F = r trained and a fixed, or that of the
        architecture; KernelError for one that is not assembled.
        """
        if self.architecture is not None:
            return assembled(self.architecture)
        return Net((Dense(symbols.r, symbols.d, symbols.p), Elementwise(), OUTER))


RECORDS: frozenset[type] = frozenset(
    {
        Objective,
        DataSummary,
        Outer,
        LabelMap,
        Scaling,
        ColumnScaling,
        *KINDS,
        *ARCHITECTURE_RECORDS,
    }
)


def own(objective: object) -> Objective:
    """The objective again, of exact values; its activation is read back from its text.

    The text is what facts and certificates are about, so it alone says which function sigma is.
    Raises KernelError for anything that is not an Objective with fields of the right types, and for
    constants of data and outer weights that contradict each other.
    """
    if type(objective) is not Objective:
        raise KernelError("the objective is not an Objective")
    made = thawed(frozen(objective, RECORDS))
    assert type(made) is Objective, "what was frozen"
    _require_kinds(made)
    sigma = thawed(_content_of(to_text(made.sigma)))
    assert type(sigma) is Node, "what was frozen"
    if sigma.is_constant:
        raise KernelError("the activation is a constant: no z is left in it")
    _require_sense(made)
    return Objective(
        sigma,
        own_loss(made.loss),
        made.lam,
        made.noise,
        made.data,
        made.outer,
        made.name,
        _own_architecture(made),
    )


def _own_architecture(given: Objective) -> Architecture | None:
    """The architecture again, its activations read back from their texts; KernelError for one that
    no net has.
    """
    architecture = given.architecture
    if architecture is None:
        if type(given.loss) is CrossEntropyLoss:
            raise KernelError("cross-entropy is a loss of several outputs")
        return None
    if not is_of_kind(architecture, Architecture):
        raise KernelError("a field of the architecture is of the wrong kind")
    activations = tuple(_own_activation(root) for root in architecture.activations)
    if activations and to_text(activations[0]) != to_text(given.sigma):
        raise KernelError("the activation is not that of the first hidden layer")
    if not activations and given.sigma != Z:
        raise KernelError("a net of one layer has no activation")
    require_sense(architecture, None if given.data is None else given.data.d)
    _require_outputs(given.loss, architecture, given.data)
    return replace(architecture, activations=activations)


def _own_activation(root: Node) -> Node:
    sigma = thawed(_content_of(to_text(root)))
    assert type(sigma) is Node, "what was frozen"
    if sigma.is_constant:
        raise KernelError("the activation is a constant: no z is left in it")
    return sigma


def _require_outputs(loss: Loss, architecture: Architecture, data: DataSummary | None) -> None:
    """KernelError for a loss that is none of so many outputs."""
    outputs = architecture.outputs
    if type(loss) is not CrossEntropyLoss:
        if outputs != 1 and loss.square is None:
            raise KernelError("of several outputs the loss is cross-entropy or a square")
        if outputs != 1 and data is not None:
            raise KernelError("a square of several outputs is one of symbolic data")
        return
    if outputs == 1:
        raise KernelError("cross-entropy is a loss of at least two outputs")
    if data is not None and (outputs is None or not data.y_max < outputs):
        raise KernelError("a label is no number of a class")


def _require_kinds(given: Objective) -> None:
    """KernelError when a field is of the wrong type; dataclasses do not look."""
    right = (
        type(given.sigma) is Node
        and type(given.loss) in KINDS
        and type(given.name) is str
        and type(given.lam) in (Fraction, type(None))
        and type(given.noise) in (Fraction, type(None))
        and type(given.data) in (DataSummary, type(None))
        and type(given.outer) in (Outer, type(None))
        and type(given.architecture) in (Architecture, type(None))
    )
    if not right:
        raise KernelError("a field of the objective is of the wrong kind")


def _require_sense(given: Objective) -> None:
    """KernelError for what no objective can be."""
    if given.noise is not None and given.noise <= 0:
        raise KernelError("the noise s is not positive")
    data, outer = given.data, given.outer
    if given.architecture is not None:
        if outer is not None:
            raise KernelError("the weights of an architecture are those of its layers")
    elif (data is None) != (outer is None):
        raise KernelError("data and outer weights belong together")
    if data is None:
        return
    if why := contradiction(data, outer):
        raise KernelError(f"the constants of the problem contradict each other: {why}")
    if data.labels is not None and data.scaling is not None and data.scaling.target is not None:
        raise KernelError("labels are not scaled")
    if why := given.loss.why_not(data):
        raise KernelError(why)


def own_loss(loss: Loss) -> Loss:
    """The loss again, its phi read back from its text; KernelError for what is no loss."""
    kind = type(loss)
    if kind not in KINDS or type(loss.phi) is not Node:
        raise KernelError("the loss is of none of the kinds")
    phi = thawed(_content_of(to_text(loss.phi)))
    assert type(phi) is Node, "what was frozen"
    if phi.is_constant:
        raise KernelError("the loss is a constant")
    _require_finite(to_text(phi))
    return kind(phi)


@lru_cache(maxsize=256)
def _require_finite(text: str) -> None:
    """KernelError unless the expression that a text denotes is a real number for every z."""
    try:
        check_domain(parse(text))
    except (DomainError, OpenError) as error:
        raise KernelError(f"the loss is not seen to be finite everywhere: {error}") from None


@lru_cache(maxsize=1024)
def _content_of(text: str) -> Frozen:
    """The content of the expression that a text denotes, of which each caller makes a term of its
    own; KernelError when it is not the text of an expression.
    """
    try:
        root = parse(text)
    except ParseError as error:
        raise KernelError(f"an expression cannot be read back from its text: {error}") from None
    if to_text(root) != text:
        raise KernelError("an expression is not what its text says")
    return frozen(root, RECORDS)


def key_of(objective: Objective) -> Frozen:
    """What tells this objective from every other, the name of the activation included."""
    return frozen(objective, RECORDS)
