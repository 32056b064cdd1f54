"""From a proof to its certificate, a document of typed records.

Outside the kernel: what is written here is verified when the certificate is replayed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from proofkit.errors import InputError
from proofkit.kernel.certificate import (
    FORMAT,
    VERSION,
    ConditionName,
    ConditionRecord,
    Document,
    RouteRecord,
    StepRecord,
    TheoremNote,
    Verdict,
    Version,
    document_of_json,
    problem_of,
    read_json,
    sealed,
)
from proofkit.kernel.facts import Fact
from proofkit.kernel.objective.data import is_measured
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.rules import RULES
from proofkit.losses.catalogue import source_of
from proofkit.sentences.record import record
from proofkit.tactics.workbench import objective_of

if TYPE_CHECKING:
    from proofkit.tactics.proof import Condition, Proof, Route

SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "arXiv:2004.06977": "B. Shi, W. J. Su, M. I. Jordan, On learning rates and Schroedinger "
        "operators, arXiv:2004.06977",
        "arXiv:2210.11452": "P. Gopalani, A. Mukherjee, Global convergence of SGD on two layer "
        "neural nets, arXiv:2210.11452",
        "arXiv:2309.09258": "P. Gopalani, S. Jha, A. Mukherjee, Global convergence of SGD for "
        "logistic loss on two layer neural nets, arXiv:2309.09258",
        "Villani 2009": "C. Villani, Hypocoercivity, Memoirs of the AMS 202 (2009)",
    }
)
PROGRAMS = ("villani-proofkit", "sympy", "mpmath", "python-flint")


def certify(proof: Proof, theorem: TheoremNote | None = None) -> Document:
    """The certificate of a proof.

    Raises KernelError when it is about constants of data that were not made from rows.
    """
    data = proof.problem.data
    if data is not None and not is_measured(data):
        raise KernelError(
            "the constants of the data were typed in or read from a certificate; a "
            "certificate is made from rows"
        )
    return document_of(proof, theorem)


def document_of(proof: Proof, theorem: TheoremNote | None = None) -> Document:
    """What a certificate of a proof says, whatever its data came from."""
    facts = proof.steps()
    ids = {id(fact): f"s{position}" for position, fact in enumerate(facts, 1)}
    document = Document(
        FORMAT,
        VERSION,
        theorem,
        proof.claim,
        proof.statement,
        _verdict(proof.verdict),
        problem_of(objective_of(proof.problem)),
        tuple(_condition(condition, ids) for condition in proof.conditions),
        tuple(_route(route, ids) for route in proof.routes),
        None if proof.threshold is None else proof.threshold.name,
        proof.open,
        proof.notes,
        tuple(ids[id(goal)] for goal in proof.goals),
        tuple(_step(fact, ids) for fact in facts),
        _sources(facts, source_of(proof.problem.loss)),
        versions(),
        "",
    )
    return sealed(document)


def record_of(content: Mapping[str, object]) -> dict[str, Any]:
    """The JSON object of a certificate as the record that renderers read.

    Raises MalformedError for an object that is no certificate; whether the certificate holds is for
    ``proofkit.check`` to say.
    """
    return record(document_of_json(content))


def read_record(path: Path) -> dict[str, Any]:
    """The record of a certificate in a file; whether it holds is for ``proofkit.check`` to say.

    Raises InputError for a file that is no certificate of this version.
    """
    try:
        return record_of(read_json(path))
    except KernelError as error:
        raise InputError(f"{path} is no certificate that can be read: {error}") from None


def _step(fact: Fact, ids: Mapping[int, str]) -> StepRecord:
    return StepRecord(
        ids[id(fact)],
        fact.rule,
        tuple(ids[id(premise)] for premise in fact.premises),
        fact.claim,
        fact.evidence,
        fact.constants,
        fact.proposal,
    )


def _condition(condition: Condition, ids: Mapping[int, str]) -> ConditionRecord:
    name, verdict = _condition_name(condition.name), _verdict(condition.verdict)
    if condition.fact is None:
        return ConditionRecord(name, verdict, None, condition.reason)
    return ConditionRecord(name, verdict, ids[id(condition.fact)])


def _route(route: Route, ids: Mapping[int, str]) -> RouteRecord:
    step = None if route.fact is None else ids[id(route.fact)]
    open_ = "" if route.verdict == "PROVED" else route.reason
    return RouteRecord(route.name, _verdict(route.verdict), step, open_)


def _verdict(text: str) -> Verdict:
    match text:
        case "PROVED" | "REFUTED" | "UNKNOWN":
            return text
        case _:
            raise KernelError(f"there is no verdict {text[:40]!r}")


def _condition_name(text: str) -> ConditionName:
    match text:
        case "V1" | "V2" | "V3" | "V4":
            return text
        case _:
            raise KernelError(f"there is no condition {text[:40]!r}")


def _sources(facts: Sequence[Fact], of_the_loss: str) -> tuple[str, ...]:
    """The works that the rules of a proof, and its loss, are from."""
    used = {RULES[fact.rule].source for fact in facts} | {of_the_loss}
    named = tuple(text for key, text in SOURCES.items() if any(key in source for source in used))
    if not of_the_loss or any(key in of_the_loss for key in SOURCES):
        return named
    return (*named, of_the_loss)


@cache
def versions() -> tuple[Version, ...]:
    """The versions that a certificate is made with; looking them up reads files."""
    return tuple(Version(name, _version(name)) for name in PROGRAMS)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "unknown"
