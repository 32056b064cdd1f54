"""What the prover says of a problem: routes, conditions, and the proof that they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from proofkit.constants import Constant as Shown
from proofkit.errors import brief
from proofkit.findings import Finding, finding_of
from proofkit.kernel.claims import Claim, Enclosed, Parameters
from proofkit.kernel.facts import Fact, environment
from proofkit.kernel.formula import Constant, Enclosure
from proofkit.kernel.refusal import KernelError
from proofkit.problem.problem import Problem
from proofkit.sentences.noise import NoiseKnown, noise_known
from proofkit.sentences.published import Published
from proofkit.sentences.record import kind_of
from proofkit.tactics.workbench import objective_of

PROVED, REFUTED, UNKNOWN = "PROVED", "REFUTED", "UNKNOWN"


@dataclass(frozen=True, repr=False)
class Route:
    """One route to V4: its verdict, its threshold on lambda (formula and value), why it is open."""

    name: str
    verdict: str
    threshold: str | None
    value: Enclosure | None
    reason: str
    fact: Fact | None = None

    def __repr__(self) -> str:
        bound = "" if self.threshold is None else f", lambda > {brief(self.threshold)}"
        return f"<Route {self.name}: {self.verdict}{bound}>"


@dataclass(frozen=True, repr=False)
class Condition:
    """The verdict on one of V1..V4 with its evidence and reason."""

    name: str
    verdict: str
    evidence: str
    reason: str
    fact: Fact | None = None

    def __repr__(self) -> str:
        return f"<Condition {self.name}: {self.verdict}>"


@dataclass(frozen=True)
class Proof:
    """What was proved of a problem.

    ``goals`` are the kernel facts the certificate contains; a verdict PROVED or
    REFUTED always has a fact behind it, UNKNOWN names the open obligation.  ``besides`` are facts
    about other s than those that the goals speak of.
    """

    problem: Problem
    claim: str
    verdict: str
    statement: str
    conditions: tuple[Condition, ...]
    routes: tuple[Route, ...]
    threshold: Route | None
    goals: tuple[Fact, ...]
    constants: Mapping[str, Shown]
    witness: Mapping[str, object] | None
    open: str
    published: Published | None
    notes: tuple[str, ...] = field(default=())
    besides: tuple[Fact, ...] = field(default=(), repr=False)

    def steps(self) -> tuple[Fact, ...]:
        """Every fact behind the goals and the routes, premises first, each once."""
        behind = (*self.goals, *(c.fact for c in self.conditions), *(r.fact for r in self.routes))
        return steps_of(behind)

    def noise(self) -> NoiseKnown:
        """For which s L is known to be a Villani function, and for which not, in numbers."""
        facts = (*self.goals, *self.besides)
        return noise_known(
            ((fact.claim, environment((fact,))) for fact in facts), objective_of(self.problem)
        )

    def fact(self, kind: str | type[Claim]) -> Finding | None:
        """The first step of a kind below the goals: ``"V4"``, or ``V4`` of the kernel's claims."""

        def wanted(claim: Claim) -> bool:
            return kind_of(claim) == kind if isinstance(kind, str) else type(claim) is kind

        found = next((f for f in steps_of(self.goals) if wanted(f.claim)), None)
        return None if found is None else finding_of(found, objective_of(self.problem))


def steps_of(tops: Iterable[Fact | None]) -> tuple[Fact, ...]:
    """Every fact that some facts rest on, premises first, each once."""
    order: dict[int, Fact] = {}
    for top in tops:
        for fact in top.ancestors() if top is not None else ():
            order.setdefault(id(fact), fact)
    return tuple(order.values())


def constants_of(goals: Iterable[Fact], steps: Iterable[Fact]) -> dict[str, Constant]:
    """The constants a certificate lists: those of its goals, of the problem, and the suprema any
    step encloses.
    """
    known = environment(goals)
    for fact in steps:
        if type(fact.claim) in (Parameters, Enclosed):
            for constant in fact.constants:
                known.setdefault(constant.name, constant)
    return known


def share_names(one: Fact, other: Fact) -> bool:
    """True when no name stands for different constants in the two, so that one list can hold both."""
    try:
        environment((one, other))
    except KernelError:
        return False
    return True


@dataclass(frozen=True)
class Decision:
    """Verdict, statement, goals and what is open for a claim; the refutation that it rests on or
    notes; facts about other s.
    """

    verdict: str
    statement: str
    goals: tuple[Fact, ...] = ()
    open: str = ""
    refutation: Fact | None = None
    besides: tuple[Fact, ...] = ()
