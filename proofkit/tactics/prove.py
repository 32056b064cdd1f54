"""The prover: tries every route and refutation, and reports each with its threshold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from proofkit.errors import InputError, brief, nearest, quoted
from proofkit.kernel.certificate import (
    constants_of,
    for_every_lambda,
    published_threshold,
)
from proofkit.kernel.claims import CLAIMS, CONDITIONS
from proofkit.kernel.core import KernelError
from proofkit.kernel.facts import Fact, environment
from proofkit.kernel.formula import Constant, evaluate
from proofkit.problem.problem import Problem
from proofkit.reading.table import Table
from proofkit.tactics import refute
from proofkit.tactics.routes import ROUTES, dissipative, if_one_signed, langevin, rate
from proofkit.tactics.workbench import UNDECIDED, Library, Stuck, Workbench

RATES = MappingProxyType(
    {
        "dissipativity": ("a dissipativity with explicit constants", dissipative),
        "rate-continuous": ("a spectral gap with an explicit constant", rate),
        "rate-langevin": ("a log-Sobolev inequality with an explicit constant", langevin),
    }
)
ONE_SIGNED = "villani-one-signed"
BEYOND = frozenset({"line", "one-signed"})
PROVED, REFUTED, UNKNOWN = "PROVED", "REFUTED", "UNKNOWN"


@dataclass(frozen=True, repr=False)
class Route:
    """One route to V4: its verdict, its threshold on lambda (formula and value), why it is open."""

    name: str
    verdict: str
    threshold: str | None
    value: tuple[Fraction, Fraction] | None
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
    REFUTED always has a fact behind it, UNKNOWN names the open obligation.
    """

    problem: Problem
    claim: str
    verdict: str
    statement: str
    conditions: tuple[Condition, ...]
    routes: tuple[Route, ...]
    threshold: Route | None
    goals: tuple[Fact, ...]
    constants: Mapping[str, Constant]
    witness: Mapping[str, Any] | None
    open: str
    published: tuple[str, tuple[Fraction, Fraction] | None, str]
    notes: tuple[str, ...] = field(default=())

    def steps(self) -> tuple[Fact, ...]:
        """Every fact behind the goals and the routes, premises first, each once."""
        order: dict[int, Fact] = {}
        behind = (*self.goals, *(c.fact for c in self.conditions), *(r.fact for r in self.routes))
        for top in behind:
            for f in top.ancestors() if top is not None else ():
                order.setdefault(id(f), f)
        return tuple(order.values())

    def fact(self, claim: str) -> Fact | None:
        """The goal of a given kind, for instance ``"V4"``."""
        for goal in self.goals:
            for f in goal.ancestors():
                if f.claim == claim:
                    return f
        return None


def prove(
    problem: Problem,
    claim: str = "villani",
    library: Library | None = None,
    table: Table | None = None,
    level: Fraction = Fraction(1),
) -> Proof:
    """Try every route; ``proofkit.kernel.claims`` says what can be claimed, what proves it and what
    refutes it.
    """
    if claim not in CLAIMS:
        raise InputError(f"there is no claim {quoted(claim)}; {nearest(claim, tuple(CLAIMS))}")
    if claim == ONE_SIGNED and not problem.symbolic:
        raise InputError(
            f"the claim {ONE_SIGNED} is for arbitrary data and weights; for given ones, "
            f"claim villani, which looks at their signs"
        )
    bench = Workbench(problem, library or Library(), table, level)
    return _Prover(bench, claim).run()


def _share_names(one: Fact, other: Fact) -> bool:
    """True when no name stands for different constants in the two, so that one list can hold both."""
    try:
        environment((one, other))
    except KernelError:
        return False
    return True


@dataclass(frozen=True)
class _Decision:
    """Verdict, statement, goals and what is open for a claim; the refutation that it rests on or
    notes.
    """

    verdict: str
    statement: str
    goals: tuple[Fact, ...] = ()
    open: str = ""
    refutation: Fact | None = None


class _Prover:
    def __init__(self, bench: Workbench, claim: str) -> None:
        self.bench = bench
        self.claim = claim
        self.conditions: list[Condition] = []
        self.facts: dict[str, Fact] = {}

    def condition(self, name: str, make: Any) -> Fact | None:
        try:
            fact = make()
        except UNDECIDED as stuck:
            self.conditions.append(Condition(name, UNKNOWN, "", str(stuck)))
            return None
        self.conditions.append(
            Condition(name, PROVED, "; ".join(fact.levels()), fact.statement, fact)
        )
        self.facts[name] = fact
        return fact

    def refute(self, name: str, fact: Fact) -> None:
        self.replace(Condition(name, REFUTED, "; ".join(fact.levels()), fact.statement, fact))

    def replace(self, new: Condition) -> None:
        name = new.name
        self.conditions = [new if c.name == name else c for c in self.conditions]

    def run(self) -> Proof:
        bench = self.bench
        self.condition("V1", lambda: bench.infer("V1", bench.smooth()))
        v1_refuted = None if "V1" in self.facts else self._refute_v1()
        v2 = self.condition("V2", lambda: bench.infer("V2", bench.parameters()))
        self.condition("V3", lambda: bench.infer("V3", self._need(v2, "V2")))
        routes, facts = self._routes()
        wanted = (
            [r for r in routes if r.name == "lipschitz"]
            if self.claim == "lipschitz-threshold"
            else routes
        )
        best = next((r for r in wanted if r.verdict == PROVED), None)
        reasons = "; ".join(f"{r.name} route: {r.reason}" for r in wanted if r.verdict != PROVED)
        if best is not None:
            fact = facts[best.name]
            self.facts["V4"] = fact
            self.conditions.append(
                Condition("V4", PROVED, "; ".join(fact.levels()), fact.statement, fact)
            )
        else:
            self.conditions.append(Condition("V4", UNKNOWN, "", reasons))
        refutations = self._refutations(v1_refuted, best is not None and best.threshold == "0")
        return self._conclude(routes, best, refutations)

    def _refute_v1(self) -> Fact | None:
        """A kink of L; None where sigma has none, or where none of L was found."""
        try:
            kink = self.bench.about_activation("kink", "kink")
        except UNDECIDED:
            return None
        try:
            fact = refute.refute_v1(self.bench, kink)
        except UNDECIDED as stuck:
            reason = f"{kink.statement}, but whether L is smooth is open: {stuck}"
            self.replace(Condition("V1", UNKNOWN, "", reason))
            return None
        self.refute("V1", fact)
        return fact

    def _need(self, fact: Fact | None, name: str) -> Fact:
        if fact is None:
            raise Stuck(f"{name} is not proved")
        return fact

    def _routes(self) -> tuple[list[Route], dict[str, Fact]]:
        routes: list[Route] = []
        facts: dict[str, Fact] = {}
        for name, tactic in (
            {"one-signed": if_one_signed} if self.claim == ONE_SIGNED else ROUTES
        ).items():
            if name in BEYOND and self.claim != ONE_SIGNED and (facts or not self._may(name)):
                continue  # for what the first two do not reach
            try:
                self.bench.smooth()
                fact = tactic(self.bench)
            except UNDECIDED as stuck:
                routes.append(self._failed_route(name, str(stuck)))
                continue
            threshold = str(fact.payload["threshold"])
            value = evaluate(threshold, environment([fact]))
            route = str(fact.payload["route"])
            routes.append(Route(route, PROVED, threshold, value, fact.statement, fact))
            facts[route] = fact
        return routes, facts

    def _may(self, name: str) -> bool:
        """True when a route is one for problems of this kind."""
        return (
            not self.bench.problem.symbolic
            if name == "one-signed"
            else self.bench.problem.loss_name == "squared"
        )

    def _failed_route(self, name: str, reason: str) -> Route:
        """A route refused only because of lambda still has a threshold to report."""
        made, threshold = {
            "lipschitz": ("affine gradient", "G1"),
            "line": ("line", "lambda_alpha"),
        }.get(name, ("", ""))
        fact = self.bench.made.get(made)
        if fact is not None:
            return Route(
                name, UNKNOWN, threshold, evaluate(threshold, environment([fact])), reason, fact
            )
        return Route(name, UNKNOWN, None, None, reason)

    def _refutations(self, v1_refuted: Fact | None, free: bool) -> list[Fact]:
        """Refutations of the claim, strongest first; ``free`` when V4 is proved for every lambda >
        0.
        """
        out = [v1_refuted] if v1_refuted else []
        lam = self.bench.problem.lam
        reason = ""
        if (lam is not None and lam <= 0) or self.claim == "villani-iff":
            try:
                fact = refute.refute_v2(self.bench)
                out.append(fact)
                if lam is not None:
                    self.refute("V2", fact)
                    self.replace(
                        Condition("V3", UNKNOWN, "", "the Gaussian majorant needs lambda > 0")
                    )
            except UNDECIDED as stuck:
                reason = str(stuck)
                if lam is not None:
                    self.replace(Condition("V2", UNKNOWN, "", reason))
        if (
            self.claim != ONE_SIGNED
            and (lam is None or lam > 0)
            and (
                "V4" not in self.facts
                or self.claim == "escaping"
                or (self.claim == "villani-iff" and not free)
            )
        ):
            try:
                fact = refute.refute_v4(self.bench)
                out.append(fact)
                if lam is not None or self.claim == "escaping" or for_every_lambda(fact):
                    self.refute("V4", fact)
            except UNDECIDED as stuck:
                reason = str(stuck) if self.claim == "escaping" else reason
        self.reason = reason
        return out

    def _conclude(self, routes: list[Route], best: Route | None, refutations: list[Fact]) -> Proof:
        villani = self._villani()
        made = self._decide(villani, best, refutations)
        goals = list(made.goals)
        if villani is None and made.verdict == UNKNOWN:
            goals += [f for name, f in self.facts.items() if name in CONDITIONS]
        behind = (*goals, *(c.fact for c in self.conditions), *(r.fact for r in routes))
        known = constants_of(
            goals, [f for top in behind if top is not None for f in top.ancestors()]
        )
        against = made.refutation
        return Proof(
            self.bench.problem,
            self.claim,
            made.verdict,
            made.statement,
            tuple(self.conditions),
            tuple(routes),
            best,
            tuple(goals),
            known,
            None if against is None else against.payload_json(),
            made.open if made.verdict == UNKNOWN else "",
            published_threshold(self.bench.problem.loss_name, known),
            () if against is None or made.verdict != UNKNOWN else (against.statement,),
        )

    def _villani(self) -> Fact | None:
        """The fact that L is Villani, when each condition is proved and none refuted."""
        if any(c.verdict == REFUTED for c in self.conditions) or any(
            name not in self.facts for name in CONDITIONS
        ):
            return None
        rule = "Villani if one-signed" if self.claim == ONE_SIGNED else "Villani"
        return self.bench.infer(rule, *(self.facts[name] for name in CONDITIONS))

    def _decide(
        self, villani: Fact | None, best: Route | None, refutations: list[Fact]
    ) -> _Decision:
        """The verdict on the claim."""
        if self.claim == "escaping":
            return self._escaping(best, refutations)
        if self.claim == "dissipativity":
            return self._dissipativity(villani, refutations)
        if self.claim == "villani-iff":
            return self._equivalence(villani, best, refutations)
        if villani is not None:
            if self.claim.startswith("sgd"):
                return self._sgd(villani)
            if self.claim in RATES:
                return self._rate(villani)
            return _Decision(PROVED, villani.statement, (villani,))
        if not CLAIMS[self.claim].refuted_by:
            lacking = self._open(UNKNOWN, REFUTED)
            return _Decision(
                UNKNOWN,
                f"the theorem does not apply, since L is not known to be a Villani function "
                f"({lacking})",
                open=lacking,
            )
        return self._against(refutations) or self._undecided(refutations)

    def _open(self, *verdicts: str) -> str:
        """The conditions with these verdicts and their reasons; a reason for what fails begins with
        its name.
        """
        return "; ".join(
            c.reason if c.verdict == REFUTED else f"{c.name}: {c.reason}"
            for c in self.conditions
            if c.verdict in verdicts
        )

    def _against(self, refutations: list[Fact]) -> _Decision | None:
        """REFUTED, when a refutation of this claim is one for the lambda in question."""
        for fact in refutations:
            if fact.claim in CLAIMS[self.claim].refuted_by and (
                self.bench.problem.lam is not None or for_every_lambda(fact)
            ):
                return _Decision(REFUTED, fact.statement, (fact,), "", fact)
        return None

    def _undecided(self, refutations: list[Fact]) -> _Decision:
        """UNKNOWN for the claim that L is Villani; a refutation for small lambda alone is noted."""
        whom = " for every a of one sign" if self.claim == ONE_SIGNED else ""
        open_ = self._open(UNKNOWN)
        small = next((f for f in refutations if f.claim in CLAIMS[self.claim].refuted_by), None)
        return _Decision(
            UNKNOWN,
            f"L is a Villani function{whom}: open ({open_})",
            () if small is None else (small,),
            open_,
            small,
        )

    def _escaping(self, best: Route | None, refutations: list[Fact]) -> _Decision:
        """V4 fails below a threshold."""
        fact = next((f for f in refutations if f.claim == "V4 fails"), None)
        if fact is not None:
            return _Decision(PROVED, fact.statement, (fact,), "", fact)
        open_ = (
            "V4 is proved for every lambda > 0"
            if best is not None and best.threshold == "0"
            else self.reason or "lambda is not positive"
        )
        return _Decision(UNKNOWN, f"V4 fails for some lambda > 0: open ({open_})", open=open_)

    def _dissipativity(self, villani: Fact | None, refutations: list[Fact]) -> _Decision:
        """It needs a gradient and lambda > 0 only, so V1 and V4 do not decide it."""
        what, tactic = RATES["dissipativity"]
        try:
            fact = tactic(self.bench)
        except UNDECIDED as stuck:
            return self._against(refutations) or _Decision(
                UNKNOWN,
                f"{what} is not known: {stuck}",
                () if villani is None else (villani,),
                f"{what}: {stuck}",
            )
        goals = (fact,) if villani is None or not _share_names(fact, villani) else (fact, villani)
        return _Decision(PROVED, fact.statement, goals)

    def _equivalence(
        self, villani: Fact | None, best: Route | None, refutations: list[Fact]
    ) -> _Decision:
        """Villani for every lambda > 0, and for no lambda <= 0; for symbolic lambda."""
        problem = self.bench.problem
        converse = next((f for f in refutations if f.claim == "V2 fails"), None)
        against = next((f for f in refutations if f.claim in CLAIMS[self.claim].refuted_by), None)
        free = best is not None and best.threshold == "0"
        if problem.lam is not None:
            open_ = "the equivalence is about every lambda; leave lambda a symbol"
            return _Decision(UNKNOWN, open_, () if villani is None else (villani,), open_)
        if villani is not None and free and converse is not None:
            whom = (
                "for every n, p, d, data and a"
                if problem.data is None or problem.outer is None
                else f"for the data {problem.data.source} and the outer weights "
                f"({problem.outer.source})"
            )
            s = "every s > 0" if problem.noise is None else f"s = {problem.noise}"
            return _Decision(
                PROVED,
                f"L is a Villani function {whom} and {s} if lambda > 0; for lambda <= 0 it "
                f"is not: {converse.statement}",
                (villani, converse),
            )
        if against is not None:  # not Villani for some lambda > 0
            return _Decision(REFUTED, against.statement, (against,), "", against)
        if villani is not None and best is not None and not free:
            open_ = f"0 < lambda <= {best.threshold}, the threshold of the {best.name} route"
            return _Decision(UNKNOWN, f"{villani.statement}; open for {open_}", (villani,), open_)
        if villani is not None:
            open_ = f"lambda <= 0: {self.reason}"
            return _Decision(
                UNKNOWN,
                f"L is Villani for every lambda > 0; the converse is open: {self.reason}",
                (villani,),
                open_,
            )
        return self._undecided(refutations)

    def _sgd(self, villani: Fact) -> _Decision:
        bench = self.bench
        if self.claim == "sgd-continuous":
            fact = bench.infer("continuous-time convergence", villani)
            return _Decision(PROVED, fact.statement, (fact,))
        try:
            premises = (
                bench.parameters(),
                bench.derivation(),
                bench.loss(),
                bench.residual(),
                bench.enclosed("M1"),
                bench.enclosed("M2"),
            )
            smooth = bench.once("gradient Lipschitz", *premises)
        except UNDECIDED as stuck:
            return _Decision(
                UNKNOWN,
                f"L is Villani, but the discrete-time theorem needs a finite gLip: {stuck}",
                (villani,),
                f"no finite gLip (Lipschitz constant of grad L) is known: {stuck}",
            )
        try:
            fact = bench.infer("discrete-time convergence", villani, smooth)
        except UNDECIDED as stuck:
            return _Decision(
                UNKNOWN,
                f"L is Villani, but the discrete-time theorem does not apply: {stuck}",
                (villani, smooth),
                str(stuck),
            )
        return _Decision(PROVED, fact.statement, (fact,))

    def _rate(self, villani: Fact) -> _Decision:
        what, tactic = RATES[self.claim]
        try:
            fact = tactic(self.bench)
        except UNDECIDED as stuck:
            return _Decision(
                UNKNOWN,
                f"L is Villani, but {what} is not known: {stuck}",
                (villani,),
                f"{what}: {stuck}",
            )
        return _Decision(PROVED, fact.statement, (fact, villani))
