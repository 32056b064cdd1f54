"""The prover on the typed kernel says what the prover before it said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from typing import NamedTuple

import pytest

from proofkit.activation.catalogue import Activation, resolve
from proofkit.errors import InputError
from proofkit.kernel.formula import Constant as FormerConstant
from proofkit.kernel.univariate.terms import to_text
from proofkit.problem.data import outer_from_seed
from proofkit.problem.problem import Problem
from proofkit.reading.table import Table
from proofkit.report import DEFAULT_SEED, DEFAULT_WIDTH, BoundData, bound_data, bundled_file
from proofkit.tactics import prove as former
from proofkit.tactics import typed_prove
from proofkit.tactics.typed_bench import Library, objective_of
from proofkit.tactics.workbench import Library as FormerLibrary
from proofkit.typed.claims import V4, Villani
from proofkit.typed.formula import Constant
from proofkit.typed.verdicts import on_condition, verdict

LIBRARIES = (FormerLibrary(), Library())


def levels(evidence: str) -> tuple[str, ...]:
    """The levels of evidence, strongest first; the chain rule was only tested before."""
    return tuple(dict.fromkeys(evidence.replace("tested", "kernel-checked").split("; ")))


class Said(NamedTuple):
    """What a proof says, as text and numbers."""

    verdict: str
    statement: str
    conditions: object
    routes: object
    threshold: object
    witness: object
    open: str
    published: object
    notes: object
    goals: object
    steps: object


def said(proof: former.Proof | typed_prove.Proof) -> Said:
    """What a proof of either prover says."""

    def route(r: former.Route | typed_prove.Route | None) -> object:
        return None if r is None else (r.name, r.verdict, r.threshold, r.value, r.reason)

    return Said(
        proof.verdict,
        proof.statement,
        [(c.name, c.verdict, levels(c.evidence), c.reason) for c in proof.conditions],
        [route(r) for r in proof.routes],
        route(proof.threshold),
        None if proof.witness is None else json.loads(json.dumps(dict(proof.witness))),
        proof.open,
        proof.published,
        proof.notes,
        [g.rule for g in proof.goals],
        [s.rule for s in proof.steps()],
    )


def differences(
    problem: Problem, claim: str, table: Table | None = None
) -> Iterator[tuple[str, object, object]]:
    """(what, before, now) for all that the two provers say differently."""
    before = former.prove(problem, claim, LIBRARIES[0], table)
    now = typed_prove.prove(problem, claim, LIBRARIES[1], table)
    one, two = said(before), said(now)
    for name in Said._fields:
        if getattr(one, name) != getattr(two, name):
            yield name, getattr(one, name), getattr(two, name)
    yield from unproved(now)
    if list(before.constants) != list(now.constants):
        yield "names of constants", list(before.constants), list(now.constants)
    for name in before.constants.keys() & now.constants.keys():
        if not as_sharp(before.constants[name], now.constants[name]):
            yield name, before.constants[name], now.constants[name]


def unproved(proof: typed_prove.Proof) -> Iterator[tuple[str, object, object]]:
    """What a proof says and its goals and conditions do not."""
    objective = objective_of(proof.problem)
    found = verdict(proof.claim, [goal.claim for goal in proof.goals], objective)
    if (found or "UNKNOWN") != proof.verdict:
        yield "the verdict of the goals", proof.verdict, found
    for condition in proof.conditions:
        fact = condition.fact
        word = None if fact is None else on_condition(proof.claim, fact.claim)
        if (word or (condition.name, "UNKNOWN")) != (condition.name, condition.verdict):
            yield "the verdict of a condition", condition, word


def as_sharp(before: FormerConstant, now: Constant) -> bool:
    """True when a constant has the formula it had, and an enclosure that is no wider."""
    if before.formula != (None if now.formula is None else to_text(now.formula)):
        return False
    if before.lo is None or before.hi is None:
        return now.lo is None and now.hi is None
    return now.lo is not None and now.hi is not None and before.lo <= now.lo <= now.hi <= before.hi


SYMBOLIC = [
    ("tanh", "squared", "villani", None, None),
    ("tanh", "logistic", "villani-iff", None, None),
    ("softplus", "squared", "villani-iff", None, None),
    ("softplus", "logistic", "villani", Fraction(1, 10), Fraction(1, 2)),
    ("z + sin(z)", "squared", "villani", None, None),
    ("z + 2*sin(z)", "squared", "villani", None, None),
    ("z + 2*sin(z)", "squared", "escaping", None, None),
    ("z + 2*sin(z)", "squared", "escaping", Fraction(1, 2), Fraction(3)),
    ("z + 2*sin(z)", "squared", "villani-iff", None, None),
    ("tanh", "squared", "escaping", None, None),
    ("softplus", "squared", "lipschitz-threshold", None, None),
    ("gelu", "squared", "lipschitz-threshold", Fraction(1), None),
    ("z^2", "squared", "villani", None, None),
    ("z^2", "logistic", "villani", Fraction(1), Fraction(5)),
    ("z^2", "logistic", "villani", Fraction(1), Fraction(1, 100)),
    ("z^2", "squared", "villani-one-signed", None, None),
    ("log(1 + exp(z))^2", "logistic", "villani-one-signed", None, None),
    ("z^3", "squared", "villani", None, None),
    ("z^3", "squared", "dissipativity", None, None),
    ("relu", "squared", "villani", None, None),
    ("relu", "logistic", "villani-iff", None, None),
    ("elu", "squared", "sgd-continuous", None, None),
    ("sigmoid", "squared", "villani", Fraction(0), None),
    ("softplus", "logistic", "villani", Fraction(-1, 10), None),
    ("softplus", "squared", "dissipativity", Fraction(-1, 10), None),
    ("sigmoid", "squared", "villani-iff", Fraction(1), None),
    ("sigmoid", "squared", "sgd-continuous", None, None),
    ("sigmoid", "squared", "sgd-discrete", None, None),
    ("softplus", "squared", "sgd-discrete", None, None),
    ("sigmoid", "logistic", "sgd-discrete", Fraction(1), Fraction(1, 1000)),
    ("tanh", "logistic", "dissipativity", None, None),
    ("z^2", "logistic", "dissipativity", None, None),
    ("tanh", "squared", "rate-continuous", None, None),
    ("softplus", "logistic", "rate-continuous", None, None),
    ("softplus", "squared", "rate-continuous", Fraction(1), Fraction(1)),
    ("sigmoid", "squared", "rate-langevin", None, None),
    ("softplus", "squared", "rate-langevin", None, None),
]


@pytest.mark.parametrize(("activation", "loss", "claim", "lam", "noise"), SYMBOLIC)
def test_symbolic_problems(
    activation: str, loss: str, claim: str, lam: Fraction | None, noise: Fraction | None
) -> None:
    problem = Problem(Activation.of(activation), loss, lam, noise)
    assert list(differences(problem, claim)) == []


DATA = [
    ("tanh", "squared", "villani", None, None),
    ("sigmoid", "logistic", "villani-iff", None, None),
    ("softplus", "squared", "villani-iff", None, None),
    ("softplus", "squared", "villani", Fraction(0), None),
    ("z + 2*sin(z)", "squared", "villani", None, None),
    ("z^2", "squared", "villani", None, None),
    ("z^2", "logistic", "villani", Fraction(1), Fraction(10**6)),
    ("relu", "logistic", "villani", None, None),
    ("relu", "squared", "villani-iff", Fraction(1), None),
    ("tanh", "squared", "rate-continuous", Fraction(1), Fraction(1)),
    ("sigmoid", "logistic", "rate-langevin", Fraction(1), Fraction(1)),
    ("softplus", "logistic", "sgd-discrete", Fraction(1), Fraction(1, 10**6)),
    ("softplus", "squared", "dissipativity", None, None),
]


@cache
def bundled_rows() -> BoundData:
    return bound_data(bundled_file())


def bound(
    activation: str, loss: str, lam: Fraction | None, noise: Fraction | None
) -> tuple[Problem, Table | None]:
    """A problem about the bundled data and the outer weights of a report."""
    data, table = bundled_rows().of_loss[loss]
    outer = outer_from_seed(DEFAULT_WIDTH, DEFAULT_SEED)
    return Problem(resolve(activation), loss, lam, noise, data, outer), table


@pytest.mark.parametrize(("activation", "loss", "claim", "lam", "noise"), DATA)
def test_problems_with_data(
    activation: str, loss: str, claim: str, lam: Fraction | None, noise: Fraction | None
) -> None:
    problem, table = bound(activation, loss, lam, noise)
    assert list(differences(problem, claim, table)) == []


def test_facts_of_a_kind() -> None:
    proof = typed_prove.prove(Problem(Activation.of("tanh"), "squared"), "villani", LIBRARIES[1])
    v4, refuted = proof.fact(V4), proof.fact(typed_prove.Fails)
    assert v4 is not None
    assert v4.rule == "V4 bounded"
    assert [type(g.claim) for g in proof.goals] == [Villani]
    assert refuted is None


def test_claims_that_do_not_exist() -> None:
    problem = Problem(Activation.of("tanh"), "squared")
    with pytest.raises(InputError, match=r"there is no claim 'vilani'.*villani"):
        typed_prove.prove(problem, "vilani")
    given, _ = bound("z^2", "squared", None, None)
    with pytest.raises(InputError, match="for arbitrary data and weights"):
        typed_prove.prove(given, "villani-one-signed")
