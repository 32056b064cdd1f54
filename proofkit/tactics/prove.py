"""The prover: tries every route and refutation, and reports each with its threshold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from fractions import Fraction
from types import MappingProxyType

from proofkit.errors import InputError, nearest, quoted
from proofkit.kernel.claims import V4, Fails
from proofkit.kernel.facts import Fact, environment
from proofkit.kernel.formula import evaluate
from proofkit.kernel.univariate.domain import check_domain
from proofkit.kernel.univariate.terms import to_text
from proofkit.kernel.univariate.workspace import OpenError
from proofkit.kernel.verdicts import (
    CONDITIONS,
    NAMED,
    fails_throughout,
    on_condition,
    threshold_of,
)
from proofkit.problem.problem import Problem
from proofkit.reading.table import Table
from proofkit.sentences.statement import equivalence
from proofkit.tactics import loss_kinks, refute
from proofkit.tactics.ledger import Ledger
from proofkit.tactics.proof import (
    PROVED,
    REFUTED,
    UNKNOWN,
    Decision,
    Proof,
    Route,
    share_names,
)
from proofkit.tactics.prove_layers import LayersProver
from proofkit.tactics.routes import (
    ROUTES,
    dissipative,
    falling_slowly,
    if_one_signed,
    langevin,
    rate,
)
from proofkit.tactics.workbench import UNDECIDED, Library, Workbench

ONE_SIGNED = "villani-one-signed"
BEYOND = frozenset({"line", "one-signed"})

WITH_CONSTANTS: Mapping[str, tuple[str, Callable[[Workbench], Fact]]] = MappingProxyType(
    {
        "dissipativity": ("a dissipativity with explicit constants", dissipative),
        "rate-continuous": ("a spectral gap with an explicit constant", rate),
        "rate-langevin": ("a log-Sobolev inequality with an explicit constant", langevin),
    }
)
"""What is wanted by name and is no consequence of L being a Villani function alone."""

SHOWN_THRESHOLDS: Mapping[str, str] = MappingProxyType(
    {"lipschitz": "affine gradient", "line": "line"}
)
"""The step of a route that shows its threshold, where only lambda is too small for the route."""


def prove(
    problem: Problem,
    claim: str = "villani",
    library: Library | None = None,
    table: Table | None = None,
    level: Fraction = Fraction(1),
) -> Proof:
    """Try every route; ``proofkit.kernel.verdicts`` says what can be claimed, what proves it and
    what refutes it.

    ``table`` holds the rows of the data, for the refutations that look at them; ``level`` is the
    number M beyond which ||grad L||^2/s - Laplacian L gets.  Raises InputError for a claim that
    does not exist, or not for this problem.
    """
    if claim not in NAMED:
        raise InputError(f"there is no claim {quoted(claim)}; {nearest(claim, tuple(NAMED))}")
    if claim == ONE_SIGNED and not problem.symbolic:
        raise InputError(
            f"the claim {ONE_SIGNED} is for arbitrary data and weights; for given ones, "
            f"claim villani, which looks at their signs"
        )
    if NAMED[claim].small_noise and problem.noise is not None:
        raise InputError(
            f"the claim {claim} is about every small s; for a given one, claim villani, or leave "
            f"--noise out"
        )
    if claim == ONE_SIGNED and problem.architecture is not None:
        raise InputError(
            f"the claim {ONE_SIGNED} is about nets with one hidden layer and a fixed last layer; "
            f"claim villani"
        )
    bench = Workbench(problem, library or Library(), table, level)
    if problem.architecture is not None:
        return LayersProver(bench, claim).run()
    return _Prover(bench, claim).run()


class _Prover(Ledger):
    """One problem and one claim: first the conditions and what refutes them, then the verdict."""

    def __init__(self, bench: Workbench, claim: str) -> None:
        super().__init__(bench, claim)
        self.no_refutation = ""

    def run(self) -> Proof:
        """Everything in order, strongest refutations first."""
        self.look_at_v1()
        self.look_at("V2", self.v2)
        self.look_at("V3", lambda: self.bench.infer("V3", self.need("V2")))
        self.look_at_v4()
        self.refute_v2()
        self.refute_v4()
        villani = self.villani()
        return self.proof_of(villani, self.decide(villani))

    # -- the conditions ------------------------------------------------------------------------

    def look_at_v1(self) -> None:
        """L is smooth, or has a kink; open where sigma or phi is neither seen to be smooth nor not,
        or where none of L was found.
        """
        bench = self.bench
        self.look_at("V1", lambda: bench.infer("V1", bench.smooth()))
        if "V1" in self.proved:
            return
        self.require_real()
        try:
            smooth = bench.smooth()
        except UNDECIDED:
            self.look_at_kink_of_sigma()
        else:
            self.look_at_kink_of_phi(smooth)

    def look_at_kink_of_phi(self, smooth: Fact) -> None:
        """sigma is smooth, but phi has a kink: it is out of reach, or a net at it is found, or V1
        is open.
        """
        bench = self.bench
        try:
            kink = loss_kinks.kink_of_phi(bench)
        except UNDECIDED:
            return
        with suppress(*UNDECIDED):
            fact = bench.v1_where_reached()
            self.settle("V1", PROVED, fact)
            self.proved["V1"] = fact
            return
        try:
            fact = loss_kinks.refute_v1(bench, smooth, kink)
        except UNDECIDED as stuck:
            reason = f"{self.says(kink)}, and whether L reaches the kink is open: {stuck}"
            self.leave_open("V1", reason)
            return
        if on_condition(self.claim, fact.claim) is None:
            self.leave_open("V1", f"{self.says(kink)}, but it is reached with a of both signs only")
            return
        self.settle("V1", REFUTED, fact)
        self.refutations.append(fact)

    def look_at_kink_of_sigma(self) -> None:
        """sigma has a kink, which L may have or not."""
        bench = self.bench
        try:
            kink = bench.about_activation("kink", "kink")
        except UNDECIDED:
            return
        try:
            fact = refute.refute_v1(bench, kink)
        except UNDECIDED as stuck:
            reason = f"{self.says(kink)}, but whether L is smooth is open: {stuck}"
            self.leave_open("V1", reason)
            return
        self.settle("V1", REFUTED, fact)
        self.refutations.append(fact)

    def require_real(self) -> None:
        """DomainError where sigma is not a real number on all of R, as log(z): then there is no L
        to speak of.
        """
        with suppress(OpenError):
            check_domain(self.objective.sigma)

    def look_at_v4(self) -> None:
        """The routes, of which the first that succeeds proves V4."""
        self.routes = self.all_routes()
        wanted = self.routes
        if self.claim == "lipschitz-threshold":
            wanted = [route for route in self.routes if route.name == "lipschitz"]
        self.best = next((route for route in wanted if route.verdict == PROVED), None)
        if self.best is not None and self.best.fact is not None:
            self.proved["V4"] = self.best.fact
            self.settle("V4", PROVED, self.best.fact)
            return
        reasons = [f"{r.name} route: {r.reason}" for r in wanted if r.verdict != PROVED]
        self.leave_open("V4", "; ".join(reasons))

    def all_routes(self) -> list[Route]:
        """Each route to V4 that is one for this claim and problem."""
        if self.claim == ONE_SIGNED:
            return [self.route("one-signed", if_one_signed)]
        routes: list[Route] = []
        for name, tactic in ROUTES.items():
            reached = any(route.verdict == PROVED for route in routes)
            if name in BEYOND and (reached or not self.may(name)):
                continue  # for what the others do not reach
            routes.append(self.route(name, tactic))
        return routes

    def may(self, name: str) -> bool:
        """True when a route is one for problems of this kind."""
        if name == "one-signed":
            return not self.objective.symbolic
        return self.objective.loss.square is not None

    def v2(self) -> Fact:
        """L is coercive: as phi is bounded below, else as R falls no faster than r."""
        bench = self.bench
        try:
            floor = bench.floor()
        except UNDECIDED as stuck:
            try:
                return falling_slowly(bench)
            except UNDECIDED:
                raise stuck from None
        return bench.infer("V2", bench.parameters(), floor)

    def route(self, name: str, tactic: Callable[[Workbench], Fact]) -> Route:
        """A route that leads to V4, or why it does not."""
        try:
            self.bench.smooth()
            fact = tactic(self.bench)
        except UNDECIDED as stuck:
            return self.failed_route(name, str(stuck))
        claim = fact.claim
        assert type(claim) is V4, "what a route ends with"
        value = evaluate(claim.threshold, environment([fact]))
        return Route(claim.route, PROVED, to_text(claim.threshold), value, self.says(fact), fact)

    def failed_route(self, name: str, reason: str) -> Route:
        """A route refused only because of lambda still has a threshold to report."""
        fact = self.bench.made.get(SHOWN_THRESHOLDS.get(name, ""))
        threshold = None if fact is None else threshold_of(name, fact.claim)
        if fact is None or threshold is None:
            return Route(name, UNKNOWN, None, None, reason)
        value = evaluate(threshold, environment([fact]))
        return Route(name, UNKNOWN, to_text(threshold), value, reason, fact)

    # -- refutations ---------------------------------------------------------------------------

    @property
    def for_every_positive(self) -> bool:
        """True when V4 is proved for every lambda > 0."""
        return self.best is not None and self.best.threshold == "0"

    def refute_v2(self) -> None:
        """V2 fails without a regulariser, where the claim speaks of that."""
        lam = self.objective.lam
        if self.claim != "villani-iff" and (lam is None or lam > 0):
            return
        try:
            fact = refute.refute_v2(self.bench)
        except UNDECIDED as stuck:
            self.no_refutation = str(stuck)
            if lam is not None:
                self.leave_open("V2", str(stuck))
            return
        self.refutations.append(fact)
        if lam is not None:
            self.settle("V2", REFUTED, fact)
            self.leave_open("V3", "the Gaussian majorant needs lambda > 0")

    def refute_v4(self) -> None:
        """V4 fails, where it is not proved or the claim speaks of smaller lambda too."""
        lam = self.objective.lam
        open_still = "V4" not in self.proved
        if self.claim == "escaping":
            open_still = True
        elif self.claim == "villani-iff":
            open_still = not self.for_every_positive
        if self.claim == ONE_SIGNED or not open_still or (lam is not None and lam <= 0):
            return
        try:
            fact = refute.refute_v4(self.bench)
        except UNDECIDED as stuck:
            if self.claim == "escaping":
                self.no_refutation = str(stuck)
            return
        self.refutations.append(fact)
        claim = fact.claim
        assert type(claim) is Fails, "what a refutation ends with"
        if self.claim == "escaping" or fails_throughout(claim, self.objective):
            self.settle("V4", REFUTED, fact)

    # -- the verdict ---------------------------------------------------------------------------

    def villani(self) -> Fact | None:
        """The fact that L is Villani, when each condition is proved and none refuted."""
        refuted = any(c.verdict == REFUTED for c in self.conditions.values())
        if refuted or any(name not in self.proved for name in CONDITIONS):
            return None
        rule = "Villani if one-signed" if self.claim == ONE_SIGNED else "Villani"
        return self.bench.infer(rule, *(self.proved[name] for name in CONDITIONS))

    def decide(self, villani: Fact | None) -> Decision:
        """The verdict on the claim."""
        match self.claim:
            case "escaping":
                return self.escaping()
            case "dissipativity":
                return self.dissipativity(villani)
            case "villani-iff":
                return self.equivalence(villani)
            case _ if villani is None:
                return self.without_villani()
            case "sgd-continuous":
                fact = self.bench.infer("continuous-time convergence", villani)
                return self.proves(fact)
            case "sgd-discrete":
                return self.discrete(villani)
            case "rate-continuous" | "rate-langevin":
                return self.rate(villani)
            case _:
                return self.proves(villani)

    def without_villani(self) -> Decision:
        """L is not known to be a Villani function."""
        if not NAMED[self.claim].refuted_by:
            lacking = self.reasons(UNKNOWN, REFUTED)
            statement = (
                f"the theorem does not apply, since L is not known to be a Villani function "
                f"({lacking})"
            )
            return Decision(UNKNOWN, statement, open=lacking)
        against = self.against()
        return self.undecided() if against is None else self.refuted_by(against)

    def undecided(self) -> Decision:
        """UNKNOWN for the claim that L is Villani; a refutation for small lambda alone is noted."""
        whom = " for every a of one sign" if self.claim == ONE_SIGNED else ""
        lacking = self.reasons(UNKNOWN)
        small = self.refutation_of(*NAMED[self.claim].refuted_by)
        return Decision(
            UNKNOWN,
            f"L is a Villani function{whom}: open ({lacking})",
            () if small is None else (small,),
            lacking,
            small,
        )

    def escaping(self) -> Decision:
        """V4 fails below a threshold."""
        fact = self.refutation_of("V4")
        if fact is not None:
            return Decision(PROVED, self.says(fact), (fact,), "", fact)
        lacking = self.no_refutation or "lambda is not positive"
        if self.for_every_positive:
            lacking = "V4 is proved for every lambda > 0"
        statement = f"V4 fails for some lambda > 0: open ({lacking})"
        return Decision(UNKNOWN, statement, open=lacking)

    def dissipativity(self, villani: Fact | None) -> Decision:
        """It needs a gradient and lambda > 0 only, so V1 and V4 do not decide it."""
        what, tactic = WITH_CONSTANTS["dissipativity"]
        try:
            fact = tactic(self.bench)
        except UNDECIDED as stuck:
            against = self.against()
            if against is not None:
                return self.refuted_by(against)
            goals = () if villani is None else (villani,)
            return Decision(UNKNOWN, f"{what} is not known: {stuck}", goals, f"{what}: {stuck}")
        if villani is None or not share_names(fact, villani):
            return self.proves(fact)
        return self.proves(fact, villani)

    def equivalence(self, villani: Fact | None) -> Decision:
        """Villani for every lambda > 0, and for no lambda <= 0; for symbolic lambda."""
        if self.objective.lam is not None:
            lacking = "the equivalence is about every lambda; leave lambda a symbol"
            return Decision(UNKNOWN, lacking, () if villani is None else (villani,), lacking)
        converse = self.refutation_of("V2")
        if villani is not None and self.for_every_positive and converse is not None:
            statement = equivalence(self.objective, self.says(converse))
            return Decision(PROVED, statement, (villani, converse))
        against = self.against()  # not Villani for some lambda > 0
        if against is not None:
            return self.refuted_by(against)
        if villani is None or self.best is None:
            return self.undecided()
        if not self.for_every_positive:
            lacking = (
                f"0 < lambda <= {self.best.threshold}, the threshold of the {self.best.name} route"
            )
            statement = f"{self.says(villani)}; open for {lacking}"
        else:
            lacking = f"lambda <= 0: {self.no_refutation}"
            statement = (
                f"L is Villani for every lambda > 0; the converse is open: {self.no_refutation}"
            )
        return Decision(UNKNOWN, statement, (villani,), lacking)

    def discrete(self, villani: Fact) -> Decision:
        """The theorem about SGD in discrete time, which needs a Lipschitz gradient."""
        bench = self.bench
        try:
            smooth = bench.once(
                "gradient Lipschitz",
                bench.parameters(),
                bench.derivation(),
                bench.loss(),
                bench.residual(),
                bench.enclosed("M1"),
                bench.enclosed("M2"),
            )
        except UNDECIDED as stuck:
            return Decision(
                UNKNOWN,
                f"L is Villani, but the discrete-time theorem needs a finite gLip: {stuck}",
                (villani,),
                f"no finite gLip (Lipschitz constant of grad L) is known: {stuck}",
            )
        try:
            return self.proves(bench.infer("discrete-time convergence", villani, smooth))
        except UNDECIDED as stuck:
            statement = f"L is Villani, but the discrete-time theorem does not apply: {stuck}"
            return Decision(UNKNOWN, statement, (villani, smooth), str(stuck))

    def rate(self, villani: Fact) -> Decision:
        """Convergence with every constant explicit, of a Villani function."""
        what, tactic = WITH_CONSTANTS[self.claim]
        try:
            return self.proves(tactic(self.bench), villani)
        except UNDECIDED as stuck:
            statement = f"L is Villani, but {what} is not known: {stuck}"
            return Decision(UNKNOWN, statement, (villani,), f"{what}: {stuck}")
