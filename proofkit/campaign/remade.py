"""A changed certificate whose later steps the kernel writes anew, as a forger would have it do.

What the kernel refuses is left out, with what is said of it on top of the steps; so what remains is
what a change, and the kernel, make of a proof.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proofkit.campaign.places import Json
from proofkit.errors import ProofkitError
from proofkit.kernel.certificate import (
    ProblemRecord,
    StepRecord,
    digest_of,
    document_of_json,
)
from proofkit.kernel.claims import Claim
from proofkit.kernel.codec import decode, encode
from proofkit.kernel.facts import Fact, infer
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.refusal import KernelError
from proofkit.sentences.statement import deciding, statements_of, steps_of

TOO_MUCH = (
    ProofkitError,
    KernelError,
    ArithmeticError,
    ValueError,
    TypeError,
    KeyError,
    RecursionError,
)
"""What a mutant that is no certificate any more may raise here."""


def remade(content: Json) -> bool:
    """Writes the steps anew, and the statement; True where any step could be made."""
    try:
        objective = decode(ProblemRecord, content["problem"]).objective()
    except TOO_MUCH:
        return False
    facts: dict[str, Fact] = {}
    for step in content["steps"]:
        try:
            fact = _again(step, objective, facts)
        except TOO_MUCH:
            continue
        facts[step["id"]] = fact
        step |= _written(step, fact)
    _drop_all_but(content, facts)
    _say(content, objective, {name: fact.claim for name, fact in facts.items()})
    return bool(facts)


def _again(step: Json, objective: Objective, facts: Mapping[str, Fact]) -> Fact:
    """The fact that the kernel makes of a step; the kernel's errors where it makes none."""
    # The claim is what will be written; the one before need not go with the step any more.
    plain: Json = {key: value for key, value in step.items() if key not in ("claim", "constants")}
    record = decode(StepRecord, {**plain, "claim": {"is": "V1"}})
    premises = tuple(facts[name] for name in record.premises)
    return infer(record.rule, objective, premises, record.proposal)


def _written(step: Json, fact: Fact) -> Json:
    """The fields of a step that say what a fact says."""
    record = StepRecord(
        step["id"],
        fact.rule,
        tuple(step["premises"]),
        fact.claim,
        fact.evidence,
        fact.constants,
        fact.proposal,
    )
    made: Any = encode(record, StepRecord)
    for key in ("constants", "proposal"):
        if key not in made:
            step.pop(key, None)
    return made


def _drop_all_but(content: Json, facts: Mapping[str, Fact]) -> None:
    """Leaves out the steps that are no facts, and opens the conditions and routes that name them."""
    content["steps"] = [step for step in content["steps"] if step["id"] in facts]
    content["goals"] = [name for name in content["goals"] if name in facts]
    for one in (*content["conditions"], *content["routes"]):
        if one.get("step", "") and one["step"] not in facts:
            del one["step"]
            one |= {"verdict": "UNKNOWN", "open": "left out"}
    proved = [route["name"] for route in content["routes"] if route["verdict"] == "PROVED"]
    if content["threshold"] not in proved:
        content["threshold"] = proved[0] if proved else None


def _say(content: Json, objective: Objective, claims: Mapping[str, Claim]) -> None:
    """The statement of the goals, where they decide the claim."""
    try:
        document = document_of_json({**content, "digest": digest_of(content)})
        said = steps_of(document, objective)
        goals = [said[goal] for goal in deciding(document, objective, claims)]
        statements = statements_of(document, objective, goals)
    except TOO_MUCH:
        return
    if statements:
        content["statement"] = statements[0]
