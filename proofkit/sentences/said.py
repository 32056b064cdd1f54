"""A step as its printers see it: the claim with what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from proofkit.kernel.claims import (
    AnyLambda,
    AnyNoise,
    Claim,
    LambdaAbove,
    LambdaAtMostZero,
    LambdaBelow,
    LambdaIs,
    LambdaRange,
    NoiseBelow,
    NoiseFrom,
    NoiseIs,
    NoiseIsIfUpTo,
    NoiseRange,
    NoiseUpTo,
    Scope,
)
from proofkit.kernel.facts import Fact
from proofkit.kernel.formula import Constant
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.proposals import Proposal
from proofkit.kernel.univariate.terms import ZERO, to_text

C = TypeVar("C", bound=Claim)


@dataclass(frozen=True)
class Said:
    """A step: its rule and claim, the objective, the constants known in it, and its premises."""

    rule: str
    claim: Claim
    objective: Objective
    constants: Mapping[str, Constant]
    premises: tuple[Said, ...]
    proposal: Proposal | None = None

    def says(self, kind: type[C]) -> C:
        """The claim, which is of that kind; TypeError otherwise."""
        if not isinstance(self.claim, kind):
            raise TypeError(f"{type(self.claim).__name__} is no {kind.__name__}")
        return self.claim


def said(fact: Fact, objective: Objective) -> Said:
    """A fact as its printers see it."""
    made: dict[int, Said] = {}
    known: dict[str, Constant] = {}
    for step in fact.ancestors():
        premises = tuple(made[id(p)] for p in step.premises)
        own = {c.name: c for c in step.constants}
        known = {name: c for p in premises for name, c in p.constants.items()} | own
        made[id(step)] = Said(step.rule, step.claim, objective, known, premises, step.proposal)
    return made[id(fact)]


def of_lambda(range_: LambdaRange) -> str:
    """For which lambda."""
    match range_:
        case AnyLambda():
            return "for every lambda"
        case LambdaIs(value):
            return f"for lambda = {value}"
        case LambdaAbove(threshold):
            return f"for every lambda > {to_text(threshold)}"
        case LambdaAtMostZero():
            return "for every lambda <= 0"
        case LambdaBelow(threshold):
            return f"for 0 <= lambda < {to_text(threshold)}"


def of_noise(range_: NoiseRange | None) -> str:
    """For which s."""
    match range_:
        case None | AnyNoise():
            return "every s > 0"
        case NoiseIs(value):
            return f"s = {value}"
        case NoiseFrom(critical):
            return f"every s >= {to_text(critical)}"
        case NoiseBelow(critical):
            return f"0 < s < {to_text(critical)}"
        case NoiseUpTo(largest):
            return f"every s <= {to_text(largest)}"
        case NoiseIsIfUpTo(value, largest):
            return f"s = {value} where that is at most {to_text(largest)}"


def range_record(scope: Scope) -> dict[str, object]:
    """The lambda and s of a claim as JSON values, where the objective does not say them already.

    ``lambda_above`` is a threshold other than 0, ``noise_below`` and ``noise_from`` the critical s.
    """
    return {**_lambda_record(scope.lam), **_noise_record(scope.noise)}


def _lambda_record(range_: LambdaRange) -> dict[str, object]:
    match range_:
        case AnyLambda():
            return {"lambda_any": True}
        case LambdaAbove(threshold) if threshold != ZERO:
            return {"lambda_above": to_text(threshold)}
        case LambdaBelow(threshold):
            return {"lambda_below": to_text(threshold)}
        case LambdaAtMostZero():
            return {"lambda_at_most": "0"}
        case LambdaAbove() | LambdaIs():
            return {}


def _noise_record(range_: NoiseRange | None) -> dict[str, object]:
    match range_:
        case NoiseBelow(critical):
            return {"noise_below": to_text(critical)}
        case NoiseFrom(critical):
            return {"noise_from": to_text(critical)}
        case _:
            return {}
