"""The prover for nets of any layers: for which s L is a Villani function, and for which not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from proofkit.kernel.claims import V4, NoiseBelow, V4Limit, Villani
from proofkit.kernel.facts import Fact, environment
from proofkit.kernel.formula import Enclosure, evaluate
from proofkit.kernel.rules import RULES
from proofkit.kernel.univariate.terms import ZERO, Node, to_text
from proofkit.kernel.verdicts import (
    CONDITIONS,
    NAMED,
    holds_for_every_noise,
    proof_of,
    refutes,
    threshold_of,
)
from proofkit.sentences.noise import noise_known
from proofkit.sentences.statement import EQUIVALENCE, equivalence
from proofkit.tactics import layer_kinks, layer_refutations, layers
from proofkit.tactics.ledger import Ledger
from proofkit.tactics.proof import PROVED, REFUTED, UNKNOWN, Decision, Proof, Route, share_names
from proofkit.tactics.workbench import UNDECIDED, Workbench

VILLANI = "villani"
AVAILABLE = frozenset({VILLANI, EQUIVALENCE, "villani-small-noise"})
"""What can be claimed of a net of any layers so far."""


class LayersProver(Ledger):
    """One problem with an architecture, and one claim: what is proved, what is refuted, the verdict."""

    def __init__(self, bench: Workbench, claim: str) -> None:
        super().__init__(bench, claim)
        self.not_refuted: dict[str, str] = {}

    def run(self) -> Proof:
        """The conditions, what refutes them, and what follows."""
        bench = self.bench
        self.look_at("V1", lambda: layers.smooth(bench))
        self.look_at("V2", lambda: layers.coercive(bench))
        self.look_at("V3", lambda: layers.integrable(bench, self.need("V2")))
        self.look_at_v4()
        self.refute("V1", layer_kinks.refute_v1, "V1" not in self.proved)
        self.refute("V2", layer_refutations.refute_v2, self.may_refute_v2())
        self.refute("V3", layer_refutations.refute_v3, "V3" not in self.proved)
        self.refute("V4", layer_refutations.refute_v4, self.may_refute_v4())
        villani = self.villani()
        return self.proof_of(villani, self.decide(villani))

    # -- what is proved ------------------------------------------------------------------------

    def look_at_v4(self) -> None:
        """Every route; the one that holds for the most s proves V4."""
        tried = [self.route(name, tactic) for name, tactic in layers.ROUTES.items()]
        self.routes = self.each_once(tried)
        proved = [route for route in self.routes if route.fact is not None]
        self.best = min(proved, key=self.preference, default=None)
        if self.best is None or self.best.fact is None:
            reasons = (f"{route.name} route: {route.reason}" for route in self.routes)
            self.leave_open("V4", "; ".join(reasons))
            return
        fact = self.best.fact
        self.proved["V4"] = fact
        if self.is_for_every_noise(fact) or NAMED[self.claim].small_noise:
            self.settle("V4", PROVED, fact)
        else:
            self.leave_open("V4", f"proved for small s only ({self.says(fact)})")

    def route(self, name: str, tactic: Callable[[Workbench], Fact]) -> Route:
        """A route that leads to V4, or why it does not."""
        try:
            fact = tactic(self.bench)
        except UNDECIDED as stuck:
            return Route(name, UNKNOWN, None, None, str(stuck))
        claim = fact.claim
        assert isinstance(claim, V4 | V4Limit), "what a route ends with"
        threshold = threshold_of(claim.route, claim)
        text = None if threshold is None else to_text(threshold)
        value = None if threshold is None else value_of(threshold, fact)
        return Route(claim.route, PROVED, text, value, self.says(fact), fact)

    def each_once(self, tried: Sequence[Route]) -> list[Route]:
        """The routes by their names, of two ways to go one the better, and one that is proved."""
        found: dict[str, Route] = {}
        for route in tried:
            other = found.setdefault(route.name, route)
            better = route.fact is not None and (
                other.fact is None or self.preference(route) < self.preference(other)
            )
            if better:
                found[route.name] = route
        return list(found.values())

    def preference(self, route: Route) -> tuple[bool, Fraction, bool]:
        """Every s before small s, a larger critical s before a smaller one, a radius before none."""
        fact = route.fact
        assert fact is not None and isinstance(fact.claim, V4 | V4Limit), "a route that is proved"
        every = self.is_for_every_noise(fact)
        largest = critical_noise(fact)
        return not every, -(largest or Fraction(0)), type(fact.claim) is V4Limit

    def is_for_every_noise(self, fact: Fact) -> bool:
        """True for V4 at the given s, or at every s > 0 where that is a symbol."""
        claim = fact.claim
        assert isinstance(claim, V4 | V4Limit), "what a route ends with"
        return holds_for_every_noise(claim.scope.noise, self.objective)

    def villani(self) -> Fact | None:
        """The fact that L is Villani for some s, when each condition is proved."""
        if any(name not in self.proved for name in CONDITIONS):
            return None
        v1, v2, v3, v4 = (self.proved[name] for name in CONDITIONS)
        return layers.villani(self.bench, v1, v2, v3, v4)

    # -- what is refuted -----------------------------------------------------------------------

    def may_refute_v2(self) -> bool:
        """True where V2 is open, or the claim speaks of lambda <= 0 too."""
        return "V2" not in self.proved or self.claim == EQUIVALENCE

    def may_refute_v4(self) -> bool:
        """True where V4 is not proved for the given s, or for every s."""
        fact = self.proved.get("V4")
        return fact is None or not self.is_for_every_noise(fact)

    def refute(self, name: str, tactic: Callable[[Workbench], Fact], wanted: bool) -> None:
        """A condition that fails, for the lambda and s that the claim is about or for some."""
        if not wanted:
            return
        try:
            fact = tactic(self.bench)
        except UNDECIDED as stuck:
            self.not_refuted[name] = str(stuck)
            return
        self.refutations.append(fact)
        subject = self.claim if NAMED[self.claim].small_noise else VILLANI
        if refutes(subject, fact.claim, self.objective):
            self.settle(name, REFUTED, fact)

    # -- the verdict ---------------------------------------------------------------------------

    def decide(self, villani: Fact | None) -> Decision:
        """The verdict on the claim."""
        self.require_consistency(villani)
        if self.claim not in AVAILABLE:
            return self.not_available()
        if self.claim == EQUIVALENCE:
            return self.equivalence(villani)
        if villani is not None and proof_of(self.claim, [villani.claim], self.objective):
            return self.with_others(self.proves(villani), self.refutation_of(*CONDITIONS))
        against = self.against()
        if against is not None:
            return self.with_others(self.refuted_by(against), villani)
        return self.undecided(villani)

    def require_consistency(self, villani: Fact | None) -> None:
        """RuntimeError where what is proved and what is refuted overlap, which cannot be."""
        found = (*self.refutations, *(() if villani is None else (villani,)))
        known = noise_known(((f.claim, environment([f])) for f in found), self.objective)
        below, above = known.proved_below, known.refuted_above
        if below is not None and above is not None and above < below:
            raise RuntimeError(f"V4 is proved for s < {below} and refuted for s >= {above}")

    def with_others(self, made: Decision, *others: Fact | None) -> Decision:
        """The decision with facts about other s: goals too, unless their names are in the way, or
        they alone would need the rows to be checked.
        """
        there = tuple(fact for fact in others if fact is not None)
        goals = list(made.goals)
        needs_rows = any(self.needs_rows(goal) for goal in goals)
        for fact in there:
            if share_names(goals[0], fact) and (needs_rows or not self.needs_rows(fact)):
                goals.append(fact)
        besides = tuple(fact for fact in there if fact not in goals)
        return replace(made, goals=tuple(goals), besides=besides)

    def needs_rows(self, fact: Fact) -> bool:
        """True for a fact that cannot be checked without the rows of given data."""
        given = not self.objective.symbolic
        return given and any(RULES[step.rule].looks_at_rows for step in fact.ancestors())

    def not_available(self) -> Decision:
        """UNKNOWN, for a claim that no rule is about."""
        lacking = f"the claim {self.claim} is not available for such nets yet"
        return Decision(UNKNOWN, lacking, open=lacking)

    def undecided(self, villani: Fact | None) -> Decision:
        """UNKNOWN for the claim that L is Villani, with what is known of it."""
        lacking = "; ".join(filter(None, (self.reasons(UNKNOWN), *self.why_not_refuted())))
        if villani is not None:
            statement = f"{self.says(villani)}; open for other s ({lacking})"
            return Decision(UNKNOWN, statement, (villani,), lacking)
        partial = next(iter(self.refutations), None)
        goals = () if partial is None else (partial,)
        statement = f"L is a Villani function: open ({lacking})"
        return Decision(UNKNOWN, statement, goals, lacking, partial)

    def why_not_refuted(self) -> list[str]:
        """Why V1 and V4 are not refuted either."""
        found = ((name, self.not_refuted.get(name, "")) for name in ("V1", "V4"))
        return [f"{name} is not refuted: {why}" for name, why in found if why]

    def equivalence(self, villani: Fact | None) -> Decision:
        """Villani for every lambda > 0 and no lambda <= 0, for every s or the given one."""
        if self.objective.lam is not None:
            lacking = "the equivalence is about every lambda; leave lambda a symbol"
            return Decision(UNKNOWN, lacking, () if villani is None else (villani,), lacking)
        both = () if villani is None else (villani, *self.refutations)
        found = proof_of(self.claim, [fact.claim for fact in both], self.objective)
        if villani is not None and found:
            converse = next(fact for fact in self.refutations if fact.claim in found)
            statement = equivalence(self.objective, self.says(converse))
            return Decision(PROVED, statement, (villani, converse))
        against = self.against()
        if against is not None:
            return self.with_others(self.refuted_by(against), villani)
        return self.half_an_equivalence(villani)

    def half_an_equivalence(self, villani: Fact | None) -> Decision:
        """UNKNOWN: what is open is the converse, or some lambda > 0, or some s."""
        if villani is None or not self.is_for_every_lambda_and_noise(villani):
            return self.undecided(villani)
        why = self.not_refuted.get("V2", "no lambda <= 0 was refuted")
        statement = f"L is Villani for every lambda > 0; the converse is open: {why}"
        return Decision(UNKNOWN, statement, (villani,), f"lambda <= 0: {why}")

    def is_for_every_lambda_and_noise(self, fact: Fact) -> bool:
        """True for a Villani function for every lambda > 0, at the given s or at every s."""
        claim = fact.claim
        assert type(claim) is Villani, "what V1 to V4 make"
        return claim.threshold == ZERO and holds_for_every_noise(claim.scope.noise, self.objective)


def value_of(term: Node, fact: Fact) -> Enclosure | None:
    """The value of a term with the constants of a fact; None while there is none."""
    try:
        return evaluate(term, environment([fact]))
    except ArithmeticError:
        return None


def critical_noise(fact: Fact) -> Fraction | None:
    """The number below which a fact says that V4 holds; None where it says none."""
    claim = fact.claim
    if not isinstance(claim, V4 | V4Limit) or not isinstance(claim.scope.noise, NoiseBelow):
        return None
    value = value_of(claim.scope.noise.critical, fact)
    return None if value is None else value[0]
