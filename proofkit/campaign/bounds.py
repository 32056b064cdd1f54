"""Random expressions, their certified enclosures, and an attack on each.

The cases are those of ``proofkit.campaign.cases``, by kind; what is claimed of each is handed as
numbers and text to ``proofkit.campaign.judge``, which shares no code with what made the claims.
Two spellings of one function must besides get enclosures that meet.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from proofkit.calculus.crosscheck import Untested, cross_check
from proofkit.campaign.cases import KINDS, Case, Twin, random_case
from proofkit.campaign.judge import Claim, Finding, Judge, Quantity, Reached
from proofkit.errors import DomainError, InternalError, ParseError
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.rounding import decimal
from proofkit.kernel.univariate.terms import Node
from proofkit.pools import in_order, worker_processes
from proofkit.search.ends import facts_on
from proofkit.search.facts import Bound, Facts

WIDE = Fraction(1, 10**12)
CROSS_CHECKED = frozenset({"ordinary", "stretched"})
REAL = frozenset({"identities", "kinks"})
"""Kinds of which a case on all of R is real wherever its twin is."""


@dataclass(frozen=True)
class Trial:
    """One expression and what became of it."""

    text: str
    outcome: str  # exact, enclosed, wide, unknown, not-real, violation
    bounded: bool  # sigma', sigma'', sigma''' look bounded to the sampler
    seconds: float
    note: str = ""
    kind: str = "ordinary"
    suspected: str = ""  # what speaks against the enclosures, but is not proved


@dataclass
class Tally:
    """The sum of a campaign."""

    trials: list[Trial] = field(default_factory=list)

    @property
    def violations(self) -> list[Trial]:
        """The trials in which an enclosure was broken."""
        return [t for t in self.trials if t.outcome == "violation"]

    @property
    def suspected(self) -> list[Trial]:
        """The trials in which something speaks against an enclosure that is not proved."""
        return [t for t in self.trials if t.suspected and t.outcome != "violation"]

    def by_kind(self) -> dict[str, dict[str, int]]:
        """Of each kind that was tried, how many cases had which outcome."""
        tried = {t.kind for t in self.trials}
        counts = Counter((t.kind, t.outcome) for t in self.trials)
        return {
            kind: {
                "expressions": sum(n for (k, _), n in counts.items() if k == kind),
                **{outcome: n for (k, outcome), n in sorted(counts.items()) if k == kind},
            }
            for kind in KINDS
            if kind in tried
        }

    @property
    def unknown_share(self) -> float:
        """UNKNOWN (or wider than 1e-12) among the expressions whose derivatives look bounded."""
        bounded = [t for t in self.trials if t.bounded and t.outcome != "not-real"]
        return sum(t.outcome in ("unknown", "wide") for t in bounded) / max(len(bounded), 1)

    def as_dict(self) -> dict[str, Any]:
        """Counts, the share of UNKNOWN, time quantiles, violations."""
        counts = Counter(t.outcome for t in self.trials)
        real = [t for t in self.trials if t.outcome != "not-real"]
        seconds = sorted(t.seconds for t in real) or [0.0]

        def quantile(q: float) -> float:
            return round(seconds[min(int(q * len(seconds)), len(seconds) - 1)], 3)

        return {
            "expressions": len(self.trials),
            "not_real_on_R": counts["not-real"],
            "exact": counts["exact"],
            "enclosed": counts["enclosed"],
            "wider_than_1e-12": counts["wide"],
            "unknown": counts["unknown"],
            "violations": counts["violation"],
            "bounded_derivatives": sum(t.bounded for t in real),
            "unknown_share_of_bounded": round(self.unknown_share, 5),
            "seconds": {
                "median": quantile(0.5),
                "p90": quantile(0.9),
                "p99": quantile(0.99),
                "max": round(seconds[-1], 3),
            },
            "kinds": self.by_kind(),
            "suspected": [{"expr": t.text, "what": t.suspected} for t in self.suspected],
            "violated": [{"expr": t.text, "what": t.note} for t in self.violations],
        }


# -- what is claimed ------------------------------------------------------------------------------


def claims_of(facts: Facts) -> list[Claim]:
    """The enclosures of the facts as numbers."""
    named: list[tuple[str, Bound | None, Quantity]] = [
        ("sup sigma", facts.sup, Quantity(0)),
        ("sup -sigma", facts.inf, Quantity(0, None, -1)),
        *(
            (f"sup |sigma{chr(39) * k}|", bound, Quantity(k, None, 0))
            for k, bound in enumerate(facts.M, 1)
        ),
    ]
    if facts.euler is not None:
        named.append(("H", facts.euler.H, Quantity(1, facts.euler.kappa, 0)))
    return [_claim(name, bound, q, facts) for name, bound, q in named if bound is not None]


def _claim(name: str, bound: Bound, q: Quantity, facts: Facts) -> Claim:
    jumps = bound.infinite and "jumps" in bound.how and facts.smooth is not None
    jump = facts.smooth.at if jumps and facts.smooth is not None else None
    return Claim(name, q, bound.lower, bound.upper, jump, bound.exact)


def reached_of(facts: Facts, text: str) -> list[Reached]:
    """The points at which the enclosures are said to be reached; ``text`` is that of the facts."""
    own = terms.to_text(facts.root)
    found = []
    for bound in facts.known:
        for part in bound.parts:
            q, witness = part.quantity, part.supremum.witness
            if witness is None or (point := witness.attained_at) is None:
                continue
            of = terms.to_text(q.root)
            quantity = Quantity(q.order, q.kappa, q.sign)
            found.append(
                Reached(bound.name, text if of == own else of, quantity, point, witness.value)
            )
    return found


def scaled(claim: Claim, twin: Twin) -> Claim:
    """What a claim on the twin says of sigma(z) = outer * twin(inner * z)."""
    q = claim.quantity
    factor = abs(twin.outer) * (twin.inner**q.order if q.kappa is None else 1)
    turned = replace(q, sign=-q.sign) if twin.outer < 0 else q
    upper = None if claim.upper is None else claim.upper * factor
    jump = None if claim.jump is None else claim.jump / twin.inner
    return Claim(claim.name, turned, claim.lower * factor, upper, jump)


def disagreement(ours: Sequence[Claim], twins: Sequence[Claim]) -> str:
    """The first pair of claims on one quantity that cannot both be true, in words; else ''."""
    theirs = {claim.quantity: claim for claim in twins}
    for one in ours:
        two = theirs.get(one.quantity)
        if two is None:
            continue
        if (one.upper is None) != (two.upper is None):
            return f"{one.name}: {_interval(one)}, but of its other spelling {_interval(two)}"
        if one.upper is None or two.upper is None:
            continue
        if one.lower > two.upper or two.lower > one.upper:
            return f"{one.name}: {_interval(one)}, but of its other spelling {_interval(two)}"
    return ""


def _interval(claim: Claim) -> str:
    if claim.upper is None:
        return "oo"
    return f"[{decimal(claim.lower, 17)}, {decimal(claim.upper, 17)}]"


# -- trials ----------------------------------------------------------------------------------------


def try_expression(root: Node, budget: float, seed: int = 0) -> Trial:
    """Certify an expression on all of R, then attack."""
    return try_case(Case("ordinary", terms.to_text(root)), budget, seed)


def try_case(case: Case, budget: float, seed: int = 0) -> Trial:
    """Certify, then attack."""
    trial = Trial(case.shown, "exact", False, 0.0, kind=case.kind)
    start = time.perf_counter()
    try:
        facts = _facts(case, case.text, budget)
        if case.kind in CROSS_CHECKED:
            with contextlib.suppress(Untested):
                cross_check(facts.root, "squared", seed)
    except DomainError as error:
        refused = replace(trial, outcome="not-real", seconds=time.perf_counter() - start)
        return _really(case, refused, str(error), budget)
    except InternalError as error:
        seconds = time.perf_counter() - start
        note = f"internal error: {error}"
        return replace(trial, outcome="violation", seconds=seconds, note=note)
    except Exception as error:
        seconds = time.perf_counter() - start
        note = f"crash: {type(error).__name__}: {error}"
        return replace(trial, outcome="violation", seconds=seconds, note=note)
    trial = replace(trial, seconds=time.perf_counter() - start)
    judge = Judge(case.text, case.left, case.right, seed)
    claims = claims_of(facts)
    findings = judge.findings(claims, reached_of(facts, case.text))
    if case.twin is not None:
        findings += _against_twin(case, case.twin, claims, budget)
    if certain := [f.what for f in findings if f.certain]:
        return replace(trial, outcome="violation", bounded=True, note=certain[0])
    suspected = "; ".join(f.what for f in findings)
    return _judged(replace(trial, bounded=judge.bounded, suspected=suspected), facts)


def _judged(trial: Trial, facts: Facts) -> Trial:
    """The trial with its outcome, when nothing is wrong with the facts."""
    if facts.open:
        return replace(trial, outcome="unknown", note="; ".join(facts.open))
    wide = [b.name for b in facts.known if b.wider_than(WIDE)]
    if wide:
        return replace(trial, outcome="wide", note=", ".join(wide))
    exact = all(b.infinite or b.exact is not None or b.lower == b.upper for b in facts.known)
    return replace(trial, outcome="exact" if exact else "enclosed")


def _facts(case: Case, text: str, budget: float) -> Facts:
    return facts_on(parse(text), 15, budget, case.left, case.right, case.opened)


def _against_twin(case: Case, twin: Twin, claims: list[Claim], budget: float) -> list[Finding]:
    """What the other spelling says against the claims, and the judge against those on it."""
    try:
        facts = _facts(case, twin.text, budget)
    except DomainError:
        return []
    except Exception as error:
        return [Finding(True, f"{twin.text}: {type(error).__name__}: {error}")]
    theirs = claims_of(facts)
    judge = Judge(twin.text, case.left, case.right)
    found = judge.findings(theirs, reached_of(facts, twin.text))
    if twin.is_same:
        found += judge.findings([replace(claim, jump=None) for claim in claims if claim.upper])
    if words := disagreement(claims, [scaled(claim, twin) for claim in theirs]):
        found.append(Finding(True, words))
    return [Finding(f.certain, f"{f.what} (other spelling: {twin.text})") for f in found]


def _really(case: Case, trial: Trial, reason: str, budget: float) -> Trial:
    """A refusal is wrong when the same function is real in another spelling without divisors."""
    if case.twin is None or case.kind not in REAL or (case.left, case.right) != (None, None):
        return trial
    try:
        facts = _facts(case, case.twin.text, budget)
    except (DomainError, InternalError):
        return trial
    if facts.holes or facts.smooth is None:
        return trial
    note = f"{reason}; but it equals {case.twin.text}"
    return replace(trial, outcome="violation", note=note)


def shrink(root: Node, fails: Callable[[Node], bool], rounds: int = 40) -> Node:
    """A smaller tree that still fails: subtrees pulled up, numbers made simple."""
    for _ in range(rounds):
        for smaller in _smaller(root):
            if fails(smaller):
                root = smaller
                break
        else:
            return root
    return root


def _smaller(root: Node) -> Iterator[Node]:
    nodes = list(terms.walk(root))
    for node in reversed(nodes):
        for replacement in (*node.args, terms.ONE, terms.Z):
            if replacement == node or (not node.args and node.op != "num"):
                continue
            try:
                tree = terms.substitute(root, {node: replacement})
            except (ValueError, ZeroDivisionError):
                continue
            if len(list(terms.walk(tree))) < len(nodes) and not tree.is_constant:
                yield tree


def one_trial(job: tuple[int, int, float]) -> Trial:
    """The i-th trial of the campaign with this seed; its expression shrunk when violated."""
    seed, i, budget = job
    case = random_case(random.Random(f"{seed}:{i}"))
    trial = try_case(case, budget, i)
    if trial.outcome != "violation":
        return trial
    alone = replace(case, twin=None)

    def fails(root: Node) -> bool:
        return _again(alone, root, budget, i).outcome == "violation"

    root = parse(case.text)
    if not fails(root):  # wrong only beside its other spelling
        return trial
    smallest = _again(alone, shrink(root, fails), budget, i)
    return replace(trial, text=f"{smallest.text}  (from {trial.text})", note=smallest.note)


def _again(case: Case, root: Node, budget: float, seed: int) -> Trial:
    try:
        return try_case(replace(case, text=terms.to_text(root)), budget, seed)
    except ParseError as error:
        return Trial(
            terms.to_text(root), "violation", False, 0.0, f"its own text is refused: {error}"
        )


def campaign(
    n: int,
    seed: int,
    budget: float,
    jobs: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Tally:
    """``n`` trials on ``jobs`` processes; the same expressions whatever the number of processes."""
    trials = []
    work: Sequence[tuple[int, int, float]] = [(seed, i, budget) for i in range(n)]
    if jobs == 1:
        for done, job in enumerate(work, 1):
            trials.append(one_trial(job))
            progress(done, n)
        return Tally(trials)
    with worker_processes(jobs) as pool:
        for done, trial in enumerate(in_order(pool, one_trial, work, 8), 1):
            trials.append(trial)
            progress(done, n)
    return Tally(trials)
