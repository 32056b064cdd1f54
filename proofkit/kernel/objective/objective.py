"""What a proof is about: the objective L, with symbols or with exact data.

L(W) = (1/n) sum_i l(f_i, y_i) + (lambda/2) ||W||_F^2, f_i = sum_j a_j sigma(<w_j, x_i>), W trained.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from proofkit.errors import DomainError, ParseError
from proofkit.kernel import symbols
from proofkit.kernel.losses.kinds import KINDS
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.network.dense import OUTER, Dense
from proofkit.kernel.network.elementwise import Elementwise
from proofkit.kernel.network.net import Net
from proofkit.kernel.objective.data import DataSummary, Outer, contradiction
from proofkit.kernel.records import Frozen, frozen, thawed
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.univariate.domain import check_domain
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import Node, to_text
from proofkit.kernel.univariate.workspace import OpenError
from proofkit.reading.labels import LabelMap
from proofkit.reading.scaling import ColumnScaling, Scaling


@dataclass(frozen=True, slots=True)
class Objective:
    """The objective: the activation sigma as a term in z, the loss, lambda, s, data and weights.

    ``lam`` and ``noise`` are None while symbolic; without ``data`` the sizes, the data and the
    outer weights are symbols too, and a fact holds for all of them.  ``name`` is what the
    activation is called, which nothing rests on.
    """

    sigma: Node
    loss: Loss
    lam: Fraction | None = None
    noise: Fraction | None = None
    data: DataSummary | None = None
    outer: Outer | None = None
    name: str = ""

    @property
    def symbolic(self) -> bool:
        """True when n, p, d, the data and a are symbols."""
        return self.data is None

    @property
    def net(self) -> Net:
        """f = sum_j a_j sigma(<w_j, x>), with ||W||_F = r trained and a fixed."""
        return Net((Dense(symbols.r, symbols.d, symbols.p), Elementwise(), OUTER))


RECORDS: frozenset[type] = frozenset(
    {Objective, DataSummary, Outer, LabelMap, Scaling, ColumnScaling, *KINDS}
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
        sigma, own_loss(made.loss), made.lam, made.noise, made.data, made.outer, made.name
    )


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
    )
    if not right:
        raise KernelError("a field of the objective is of the wrong kind")


def _require_sense(given: Objective) -> None:
    """KernelError for what no objective can be."""
    if given.noise is not None and given.noise <= 0:
        raise KernelError("the noise s is not positive")
    data, outer = given.data, given.outer
    if (data is None) != (outer is None):
        raise KernelError("data and outer weights belong together")
    if data is None or outer is None:
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
