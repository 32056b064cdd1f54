"""The sentence and the record of any step: each claim is printed by the module of its group."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from proofkit.kernel.claims import Claim
from proofkit.kernel.facts import Fact
from proofkit.kernel.objective.objective import Objective
from proofkit.sentences import (
    activation,
    bounds,
    layers,
    loss,
    loss_kinks,
    problem,
    rates,
    refutations,
    villani,
)
from proofkit.sentences.said import Said, said

_GROUPS = (activation, problem, loss, loss_kinks, bounds, villani, layers, refutations, rates)

SENTENCES: Mapping[type[Claim], Callable[[Said], str]] = MappingProxyType(
    {kind: say for group in _GROUPS for kind, say in group.SENTENCES.items()}
)
PAYLOADS: Mapping[type[Claim], Callable[[Said], dict[str, object]]] = MappingProxyType(
    {kind: make for group in _GROUPS for kind, make in group.PAYLOADS.items()}
)


def sentence(step: Said) -> str:
    """The claim of a step in words; KeyError for a claim that no group prints."""
    return SENTENCES[type(step.claim)](step)


def payload(step: Said) -> dict[str, object]:
    """What a step leaves beside its sentence, as JSON values; KeyError as for ``sentence``."""
    return PAYLOADS[type(step.claim)](step)


def sentence_of(fact: Fact, objective: Objective) -> str:
    """The claim of a fact in words."""
    return sentence(said(fact, objective))


def payload_of(fact: Fact, objective: Objective) -> dict[str, object]:
    """What a fact leaves beside its sentence."""
    return payload(said(fact, objective))
