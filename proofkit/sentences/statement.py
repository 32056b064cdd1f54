"""The one statement of a certificate, printed from the goals that decide it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from proofkit.kernel.certificate import Document
from proofkit.kernel.claims import Claim, Fails
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.verdicts import named, refutes
from proofkit.sentences.printer import sentence
from proofkit.sentences.said import Said

EQUIVALENCE = "villani-iff"


def steps_of(document: Document, objective: Objective) -> dict[str, Said]:
    """The steps of a certificate as their printers see them, by id; KeyError where one rests on
    another that does not stand before it.
    """
    made: dict[str, Said] = {}
    for step in document.steps:
        premises = tuple(made[name] for name in step.premises)
        known = {name: c for p in premises for name, c in p.constants.items()}
        known |= {c.name: c for c in step.constants}
        made[step.id] = Said(step.rule, step.claim, objective, known, premises, step.proposal)
    return made


def deciding(document: Document, objective: Objective, claims: Mapping[str, Claim]) -> list[str]:
    """The goals that prove the claim, or each of which refutes it; none where the verdict is open."""
    match document.verdict:
        case "PROVED":
            needed = named(document.claim).proved_by
            return [
                goal
                for goal in document.goals
                if any(fits(claims[goal], objective) for fits in needed)
            ]
        case "REFUTED":
            return [g for g in document.goals if refutes(document.claim, claims[g], objective)]
        case "UNKNOWN":
            return []


def statements_of(document: Document, objective: Objective, goals: Sequence[Said]) -> list[str]:
    """The statements that a verdict may have by the goals that decide it."""
    if (document.claim, document.verdict) == (EQUIVALENCE, "PROVED"):
        return [
            equivalence(objective, sentence(goal))
            for goal in goals
            if isinstance(goal.claim, Fails)
        ]
    return [sentence(goal) for goal in goals]


def equivalence(objective: Objective, converse: str) -> str:
    """L is a Villani function for every lambda > 0 and for no lambda <= 0.

    ``converse`` says what fails for lambda <= 0.
    """
    data, outer = objective.data, objective.outer
    if objective.architecture is not None:
        known = "for all sizes, fixed weights and data"
        whom = known if data is None else f"for the data {data.called}"
    elif data is None or outer is None:
        whom = "for every n, p, d, data and a"
    else:
        whom = f"for the data {data.called} and the outer weights ({outer.source})"
    s = "every s > 0" if objective.noise is None else f"s = {objective.noise}"
    return (
        f"L is a Villani function {whom} and {s} if lambda > 0; for lambda <= 0 it is not: "
        f"{converse}"
    )
