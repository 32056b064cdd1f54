"""A certificate replayed: every step by its rule again, then what it says on top of its steps.

What a step records is compared with what the rule gives from its premises and its proposal: claim,
constants and evidence have to be equal.  Sentences are outside the kernel; whoever prints them
compares the statement.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from proofkit.kernel import verdicts
from proofkit.kernel.certificate import ConditionRecord, Document, RouteRecord, StepRecord
from proofkit.kernel.claims import V4, Claim, V4Limit, Villani
from proofkit.kernel.facts import Fact, infer
from proofkit.kernel.network.weights import require_drawn
from proofkit.kernel.objective.data import Outer, UndecidedError, generate_outer, outer_differ
from proofkit.kernel.objective.objective import Objective, own
from proofkit.kernel.proposals import LossProposal, Proposal, SupremumProposal
from proofkit.kernel.refusal import KernelError, NeedsRowsError
from proofkit.kernel.univariate.terms import Node, walk
from proofkit.reading.outer import MAX_WIDTH
from proofkit.reading.table import Table

MAX_WORK = 1_600_000
"""The largest number of pieces of covers times nodes of sigma and of phi."""
ARCS = 512
"""The pieces that a half-line with sines or cosines may cost, in arcs of phases."""

PROBLEM, SUMMARY = "problem", "summary"


@dataclass(frozen=True, slots=True)
class Failure:
    """The first part of a certificate that does not hold: a step, PROBLEM or SUMMARY.

    ``undecided`` where nothing wrong was found: the step needs rows that were not given (then
    ``needs_rows``), whether they are the data's was not decided, or its numbers are too large.
    """

    where: str
    why: str
    undecided: bool = False
    needs_rows: bool = False


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of a replay: the facts by the ids of their steps, up to the first failure."""

    objective: Objective | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict[str, Fact])
    failure: Failure | None = None

    @property
    def holds(self) -> bool:
        """True when every step and the summary hold."""
        return self.failure is None


def replay(document: Document, rows: Table | None = None) -> Replayed:
    """Every step of a certificate again, then its summary; ``rows`` for the steps that need them.

    Nothing is raised for a certificate that is wrong: the failure says where and why.
    """
    where = PROBLEM
    objective: Objective | None = None
    facts: dict[str, Fact] = {}
    try:
        objective = own(document.problem.objective())
        _require_problem(document, objective)
        work = 0
        for step in document.steps:
            where = step.id
            work += _work(step.proposal, objective)
            if work > MAX_WORK:
                return Replayed(objective, facts, Failure(where, _TOO_LONG, undecided=True))
            facts[step.id] = _again(step, objective, facts, rows)
        where = SUMMARY
        _require_summary(document, objective)
    except NeedsRowsError as error:
        failure = Failure(where, str(error), undecided=True, needs_rows=True)
        return Replayed(objective, facts, failure)
    except UndecidedError as error:
        return Replayed(objective, facts, Failure(where, str(error), undecided=True))
    except KernelError as error:
        return Replayed(objective, facts, Failure(where, str(error)))
    except (OverflowError, RecursionError, MemoryError) as error:
        why = f"its numbers or expressions are too large ({type(error).__name__})"
        return Replayed(objective, facts, Failure(where, why, undecided=True))
    return Replayed(objective, facts)


_TOO_LONG = "the covers are too long to be verified here"


def _demand(condition: bool, otherwise: str) -> None:
    if not condition:
        raise KernelError(otherwise)


# -- the problem -----------------------------------------------------------------------------------


def _require_problem(document: Document, objective: Objective) -> None:
    """KernelError for a claim that is not about such a problem, or weights that were not drawn."""
    claimed = verdicts.named(document.claim)
    _demand(
        objective.symbolic or not claimed.one_sign,
        f"the claim {document.claim} is for arbitrary data and weights",
    )
    _demand(
        objective.architecture is None or not claimed.one_sign,
        f"the claim {document.claim} is about nets with one hidden layer and a fixed head",
    )
    _demand(
        objective.noise is None or not claimed.small_noise,
        f"the claim {document.claim} is about every small s, not about a given one",
    )
    if objective.outer is not None:
        _require_drawn(objective.outer)
    if objective.architecture is not None:
        require_drawn(objective.architecture)


def _require_drawn(outer: Outer) -> None:
    """KernelError unless outer weights that say how they were drawn are those."""
    said = re.fullmatch(r"width ([0-9]{1,8}), seed ([0-9]{1,18})", outer.source)
    if said is None:
        _demand(not _reads_as_drawn(outer.source), "outer weights are called as if they were drawn")
        return
    width, seed = int(said.group(1)), int(said.group(2))
    _demand(1 <= width <= MAX_WIDTH, f"a width lies between 1 and {MAX_WIDTH}")
    _demand(
        outer.digest == "",
        "outer weights that are drawn come from no file, so they have no sha256",
    )
    why = outer_differ(outer, generate_outer(width, seed))
    _demand(not why, f"the outer weights are not those that are drawn: {why}")


def _reads_as_drawn(source: str) -> bool:
    """True for a name that a reader takes for a width and a seed, whatever its spaces and signs."""
    plain = unicodedata.normalize("NFKC", source).casefold()
    letters = "".join(c for c in plain if c.isalnum())
    return re.fullmatch(r"width\d+seed\d+", letters) is not None


# -- steps -----------------------------------------------------------------------------------------


def _again(
    step: StepRecord, objective: Objective, facts: Mapping[str, Fact], rows: Table | None
) -> Fact:
    """The fact that a step records; KernelError when its rule gives another one, or none."""
    _demand(step.id not in facts, "the id of the step is used twice")
    missing = [name for name in step.premises if name not in facts]
    _demand(not missing, "a premise is no step before this one")
    premises = tuple(facts[name] for name in step.premises)
    fact = infer(step.rule, objective, premises, step.proposal, rows)
    if not fact.agrees(step.claim, step.constants):
        what = "constants are" if fact.claim == step.claim else "claim is"
        raise KernelError(f"rule {step.rule}: the {what} not what the rule gives")
    _demand(
        fact.evidence == step.evidence,
        f"rule {step.rule}: the evidence is not what the rule gives",
    )
    return fact


DERIVED = 8
"""How many times larger than phi a function may be that a quantity of the loss asks about."""


def _work(proposal: Proposal | None, objective: Objective) -> int:
    """What the covers of a proposal may cost, in pieces times nodes of sigma and phi."""
    match proposal:
        case SupremumProposal():
            suprema: tuple[SupremumProposal | None, ...] = (proposal,)
        case LossProposal():
            suprema = (proposal.slope, proposal.curvature)
        case _:
            return 0
    sides = [side for one in suprema if one is not None for side in one.sides]
    sigma, phi = objective.sigma, objective.loss.phi
    pieces = 2 * ARCS * len(sides) if _waves(sigma) or _waves(phi) else 0
    nodes = sum(1 for _ in walk(sigma)) + DERIVED * sum(1 for _ in walk(phi))
    return (pieces + sum(len(side.rules) for side in sides)) * nodes


def _waves(root: Node) -> bool:
    return any(node.op in ("sin", "cos") for node in walk(root))


# -- what is said on top of the steps --------------------------------------------------------------


def _require_summary(document: Document, objective: Objective) -> None:
    """KernelError unless verdict, conditions, routes and threshold are those of the steps, each of
    which has been replayed.
    """
    claims = {step.id: step.claim for step in document.steps}
    _demand(all(name in claims for name in document.goals), "a goal is no step")
    _demand(len(set(document.goals)) == len(document.goals), "a goal is said twice")
    goals = [claims[name] for name in document.goals]
    _demand(
        document.verdict in ("UNKNOWN", verdicts.verdict(document.claim, goals, objective)),
        f"the verdict {document.verdict} does not follow from the goals",
    )
    _demand(
        document.open == "" or document.verdict == "UNKNOWN",
        "something is called open where the claim is decided",
    )
    names = tuple(condition.name for condition in document.conditions)
    _demand(names == verdicts.CONDITIONS, "the conditions are not V1, V2, V3 and V4")
    for condition in document.conditions:
        _require_condition(condition, document.claim, claims)
    for route in document.routes:
        _require_route(route, document.claim, claims)
    _require_threshold(document)


def _require_condition(condition: ConditionRecord, named: str, claims: Mapping[str, Claim]) -> None:
    """KernelError unless a condition that is decided has the step that decides it."""
    name = condition.name
    if condition.verdict == "UNKNOWN":
        _demand(condition.step is None, f"the condition {name} is open and has a step")
        return
    claim = _claim_of(condition.step, claims)
    _demand(
        claim is not None and verdicts.on_condition(named, claim) == (name, condition.verdict),
        f"the condition {name} has no step behind it",
    )
    _demand(condition.open == "", f"the condition {name} is decided and open")


def _require_route(route: RouteRecord, named: str, claims: Mapping[str, Claim]) -> None:
    """KernelError unless a route that is proved is that of its step."""
    name, claim = route.name[:40], _claim_of(route.step, claims)
    _demand(route.verdict != "REFUTED", f"the route {name} is neither PROVED nor UNKNOWN")
    if route.verdict == "UNKNOWN":
        _demand(
            route.step is None or _shows_threshold(route.name, claim),
            f"the open route {name} has a step that shows no threshold of it",
        )
        return
    _demand(
        claim is not None and verdicts.on_route(named, claim) == route.name,
        f"the route {name} is not what its step proves",
    )
    _demand(route.open == "", f"the route {name} is proved and open")


def _shows_threshold(route: str, claim: Claim | None) -> bool:
    """True for the bound that has the threshold of a route, which lambda alone does not pass."""
    if claim is None or isinstance(claim, V4 | V4Limit):
        return False
    return verdicts.threshold_of(route, claim) is not None


def _claim_of(step: str | None, claims: Mapping[str, Claim]) -> Claim | None:
    """What a step claims; None where there is no such step."""
    return None if step is None else claims.get(step)


def _require_threshold(document: Document) -> None:
    """KernelError unless the threshold that is quoted is that of a proved route."""
    names = [route.name for route in document.routes]
    _demand(len(set(names)) == len(names), "a route is said twice")
    proved = [route.name for route in document.routes if route.verdict == "PROVED"]
    _demand(
        document.threshold is None or document.threshold in proved,
        "the threshold is that of no proved route",
    )
    rests_on = {step.claim.route for step in document.steps if isinstance(step.claim, Villani)}
    _demand(
        not rests_on or document.threshold in rests_on,
        "the threshold is not that of the route that the conclusion rests on",
    )
