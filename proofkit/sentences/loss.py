"""What is said of the loss: sentences, and the records of certificates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from proofkit.kernel.claims import Claim, LossBounds, LossFloor, OfLoss, Swing
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.proposals import LossProposal, SupremumProposal
from proofkit.kernel.univariate.terms import to_text
from proofkit.sentences.activation import covers_record
from proofkit.sentences.said import Said

QUANTITIES: Mapping[str, str] = MappingProxyType(
    {
        "l_0": "phi(0)",
        "eta": "sup max(-{x} phi'({x}), 0)",
        "zeta": "sup |{x} phi''({x})|",
        "dip": "sup max(-phi''({x}), 0)",
        "h_omega": "sup max(phi'({x})^2 - {omega} {x} phi'({x}), 0)",
    }
)
"""The quantities of ``OfLoss`` in the letter x of the argument, with the parameter omega."""


def argument_of(loss: Loss) -> str:
    """What phi is taken of.

    >>> from proofkit.kernel.losses.kinds import loss_of_text
    >>> argument_of(loss_of_text("u^2/2")), argument_of(loss_of_text("exp(-m)"))
    ('u = f - y', 'm = y f')
    """
    return "m = y f" if loss.classifies else "u = f - y"


def with_phi(loss: Loss) -> str:
    """phi, and what it is taken of.

    >>> from proofkit.kernel.losses.kinds import loss_of_text
    >>> with_phi(loss_of_text("log(cosh(u))"))
    'phi(u) = log(cosh(u)), u = f - y'
    """
    return f"phi({loss.letter}) = {loss.text}, {argument_of(loss)}"


def _of_loss(step: Said) -> str:
    claim = step.says(OfLoss)
    letter = step.objective.loss.letter
    what = QUANTITIES[claim.quantity].format(x=letter, omega=claim.parameter)
    return f"{claim.quantity} = {what} for {with_phi(step.objective.loss)}"


def _bounds(step: Said) -> str:
    claim = step.says(LossBounds)
    parts: list[str] = []
    if claim.l1 is not None:
        parts.append(f"|l'| <= {to_text(claim.l1)}")
    if claim.l2 is not None:
        parts.append(f"|l''| <= {to_text(claim.l2)}")
    where = "" if claim.everywhere else " at every output that W reaches"
    return f"{' and '.join(parts)}{where}, for {with_phi(step.objective.loss)}"


def _floor(step: Said) -> str:
    return f"l >= {to_text(step.says(LossFloor).floor)} for every W"


def _swing(step: Said) -> str:
    bound = to_text(step.says(Swing).bound)
    return f"the mean of l(f_i, y_i) - l(f'_i, y_i) is at most {bound} where |f_i|, |f'_i| <= F"


def _covers(proposal: SupremumProposal | None) -> object:
    return None if proposal is None else covers_record(proposal.sides)


def _bounds_record(step: Said) -> dict[str, object]:
    """The covers of phi' and phi''."""
    proposal = step.proposal
    if not isinstance(proposal, LossProposal):
        return {}
    found = {"l1": _covers(proposal.slope), "l2": _covers(proposal.curvature)}
    return {name: covers for name, covers in found.items() if covers is not None}


def _supremum_record(step: Said) -> dict[str, object]:
    """The covers of one quantity."""
    proposal = step.proposal
    if not isinstance(proposal, SupremumProposal):
        return {}
    parameter = None if proposal.parameter is None else str(proposal.parameter)
    return {
        "quantity": proposal.quantity,
        "kappa": parameter,
        "proofs": covers_record(proposal.sides),
    }


SENTENCES: Mapping[type[Claim], Callable[[Said], str]] = MappingProxyType(
    {OfLoss: _of_loss, LossBounds: _bounds, LossFloor: _floor, Swing: _swing}
)
PAYLOADS: Mapping[type[Claim], Callable[[Said], dict[str, object]]] = MappingProxyType(
    {
        OfLoss: _supremum_record,
        LossBounds: _bounds_record,
        LossFloor: _supremum_record,
        Swing: _supremum_record,
    }
)
