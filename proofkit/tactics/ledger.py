"""The four conditions of one problem, as the prover goes through them."""

from __future__ import annotations

from collections.abc import Callable

from proofkit.constants import printed
from proofkit.kernel.claims import Fails
from proofkit.kernel.facts import Fact
from proofkit.kernel.verdicts import CONDITIONS, refutes
from proofkit.sentences.printer import payload_of, sentence_of
from proofkit.sentences.published import published_for
from proofkit.tactics.proof import (
    PROVED,
    REFUTED,
    UNKNOWN,
    Condition,
    Decision,
    Proof,
    Route,
    constants_of,
    steps_of,
)
from proofkit.tactics.workbench import UNDECIDED, Stuck, Workbench


class Ledger:
    """What was found of V1 to V4 for one problem and one claim: facts, routes and refutations."""

    def __init__(self, bench: Workbench, claim: str) -> None:
        self.bench = bench
        self.objective = bench.objective
        self.claim = claim
        self.conditions: dict[str, Condition] = {}
        self.proved: dict[str, Fact] = {}
        self.routes: list[Route] = []
        self.best: Route | None = None
        self.refutations: list[Fact] = []

    def says(self, fact: Fact) -> str:
        """A fact in words."""
        return sentence_of(fact, self.objective)

    def look_at(self, name: str, make: Callable[[], Fact]) -> None:
        """A condition that is proved, or open for a reason."""
        try:
            fact = make()
        except UNDECIDED as stuck:
            self.leave_open(name, str(stuck))
            return
        self.settle(name, PROVED, fact)
        self.proved[name] = fact

    def settle(self, name: str, verdict: str, fact: Fact) -> None:
        """A condition that a fact proves or refutes."""
        evidence = "; ".join(fact.levels())
        self.conditions[name] = Condition(name, verdict, evidence, self.says(fact), fact)

    def leave_open(self, name: str, reason: str) -> None:
        """A condition that is open."""
        self.conditions[name] = Condition(name, UNKNOWN, "", reason)

    def need(self, name: str) -> Fact:
        """The fact of a condition; Stuck when it is not proved."""
        if name not in self.proved:
            raise Stuck(f"{name} is not proved")
        return self.proved[name]

    def refutation_of(self, *conditions: str) -> Fact | None:
        """The first refutation of one of some conditions."""
        for fact in self.refutations:
            claim = fact.claim
            if type(claim) is Fails and claim.condition in conditions:
                return fact
        return None

    def against(self) -> Fact | None:
        """The first fact that refutes the claim, for the lambda in question."""
        found = (f for f in self.refutations if refutes(self.claim, f.claim, self.objective))
        return next(found, None)

    def proves(self, fact: Fact, *others: Fact) -> Decision:
        """PROVED, by a fact that says so."""
        return Decision(PROVED, self.says(fact), (fact, *others))

    def refuted_by(self, fact: Fact) -> Decision:
        """REFUTED, by a fact that says so."""
        return Decision(REFUTED, self.says(fact), (fact,), "", fact)

    def reasons(self, *verdicts: str) -> str:
        """The conditions with these verdicts and their reasons; a reason for what fails begins with
        its name.
        """
        return "; ".join(
            c.reason if c.verdict == REFUTED else f"{c.name}: {c.reason}"
            for c in self.conditions.values()
            if c.verdict in verdicts
        )

    def proof_of(self, villani: Fact | None, made: Decision) -> Proof:
        """The record of everything that was found."""
        goals = list(made.goals)
        if villani is None and made.verdict == UNKNOWN:
            goals += [fact for name, fact in self.proved.items() if name in CONDITIONS]
        conditions = tuple(self.conditions[name] for name in CONDITIONS)
        behind = (*goals, *(c.fact for c in conditions), *(r.fact for r in self.routes))
        known = constants_of(goals, steps_of(behind))
        against = made.refutation
        noted = against if made.verdict == UNKNOWN else None
        return Proof(
            self.bench.problem,
            self.claim,
            made.verdict,
            made.statement,
            conditions,
            tuple(self.routes),
            self.best,
            tuple(goals),
            {name: printed(constant) for name, constant in known.items()},
            None if against is None else payload_of(against, self.objective),
            made.open if made.verdict == UNKNOWN else "",
            published_for(self.objective, known),
            () if noted is None else (self.says(noted),),
            made.besides,
        )
