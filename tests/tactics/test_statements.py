"""A statement names the lambda and the s that its steps prove."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest

from proofkit.activation.catalogue import Activation
from proofkit.certificates import certify, record_of
from proofkit.check.outcome import check
from proofkit.kernel.certificate import content_of
from proofkit.kernel.verdicts import NAMED
from proofkit.problem.data import outer_from_seed, summarise
from proofkit.problem.problem import Problem
from proofkit.reading.table import load_table
from proofkit.report import BUNDLED_TARGET, bundled_data
from proofkit.tactics.prove import Proof, prove
from proofkit.tactics.theorem import default_folder, load_theorem
from proofkit.tactics.workbench import Library

# Not of a problem that is shown to be Villani, or that names s.
ELSEWHERE = frozenset({"escaping", "villani-one-signed", "villani-small-noise"})
CASES = {
    ("tanh", "squared"): [c for c in NAMED if c not in ELSEWHERE],
    ("softplus", "logistic"): ["villani", "sgd-continuous", "sgd-discrete", "rate-continuous"],
    ("softplus", "squared"): ["villani", "villani-iff", "dissipativity", "rate-continuous"],
    ("z + sin(z)", "squared"): ["villani"],
    ("z + 2*sin(z)", "squared"): ["villani", "escaping"],
    ("z^2 + z", "squared"): ["villani-one-signed"],
    ("z^2", "logistic"): ["villani", "villani-one-signed"],
    ("z^3", "squared"): ["villani"],
}


def content(proof: Proof) -> Mapping[str, Any]:
    """What the certificate of a proof says."""
    return record_of(content_of(certify(proof)))


def accepted(proof: Proof) -> Mapping[str, Any]:
    """What the certificate of a proof says, which is valid."""
    made = content_of(certify(proof))
    outcome = check(made)
    assert outcome.valid, outcome.lines[-1]
    return record_of(made)


@pytest.mark.parametrize("s", ["1/100", "7"])
@pytest.mark.parametrize(
    ("activation", "loss", "claim"), [(*key, c) for key, claims in CASES.items() for c in claims]
)
def test_with_a_number_for_s_nothing_is_said_of_every_s(
    activation: str, loss: str, claim: str, s: str, library: Library
) -> None:
    problem = Problem(Activation.of(activation), loss, None, Fraction(s))
    made = accepted(prove(problem, claim, library))
    said = [made["statement"], *(step["statement"] for step in made["steps"])]
    assert not [text for text in said if "every s" in text]
    if made["verdict"] != "UNKNOWN" and claim != "dissipativity":  # which has no s in it
        assert f"s = {s}" in made["statement"]


@pytest.mark.parametrize("claim", ["rate-continuous", "rate-langevin", "sgd-continuous"])
def test_with_symbols_a_rate_is_for_every_lambda_and_s(claim: str, library: Library) -> None:
    made = accepted(prove(Problem(Activation.of("tanh"), "squared"), claim, library))
    assert "for every lambda > 0" in made["statement"] and "every s > 0" in made["statement"]


@pytest.mark.parametrize(
    "claim", ["villani", "sgd-continuous", "sgd-discrete", "dissipativity", "rate-continuous"]
)
def test_a_statement_for_one_lambda_names_it(claim: str, library: Library) -> None:
    problem = Problem(Activation.of("tanh"), "squared", Fraction(3, 7), Fraction(1, 1000))
    made = accepted(prove(problem, claim, library))
    assert "for lambda = 3/7" in made["statement"] and "every lambda" not in made["statement"]


def test_the_radius_is_where_the_expression_is_at_least_the_level(library: Library) -> None:
    """r_0(M) solves the bound for equality, so "exceeds" would be false there."""
    for activation, loss in CASES:
        proof = prove(Problem(Activation.of(activation), loss), library=library)
        for step in content(proof)["steps"]:
            if step["claim"] in ("V4", "V4 if one sign"):
                assert "it is at least M once r >= r_0(M)" in step["statement"]
            assert "exceeds" not in step["statement"]


def test_the_gradient_is_lipschitz_for_a_positive_lambda_only(library: Library) -> None:
    """lambda + ... does not bound |lambda| + ... where lambda is negative."""
    made = content(prove(Problem(Activation.of("tanh"), "squared"), "sgd-discrete", library))
    (step,) = (s for s in made["steps"] if s["rule"] == "gradient Lipschitz")
    assert step["statement"].endswith("for every lambda > 0")
    problem = Problem(Activation.of("tanh"), "squared", Fraction(-5))
    below = content(prove(problem, "sgd-discrete", library))
    assert not [s for s in below["steps"] if s["rule"] == "gradient Lipschitz"]


def test_a_step_that_is_too_long_for_discrete_time(library: Library) -> None:
    """gLip of the instance decides: the cited theorem is for s <= 1/gLip."""
    summary = summarise(load_table(bundled_data(), BUNDLED_TARGET))
    verdicts = {}
    for s in (Fraction(1, 10**9), Fraction(10**9)):
        problem = Problem(
            Activation.of("tanh"), "squared", Fraction(1), s, summary, outer_from_seed(8, 1)
        )
        made = accepted(prove(problem, "sgd-discrete", library))
        verdicts[s] = made["verdict"], made["statement"], made["open"]
    assert verdicts[Fraction(1, 10**9)][0] == "PROVED"
    assert "s = 1/1000000000, which is at most 1/gLip" in verdicts[Fraction(1, 10**9)][1]
    assert verdicts[Fraction(10**9)][0] == "UNKNOWN"
    assert "not known to be at most 1/gLip" in verdicts[Fraction(10**9)][2]


@pytest.mark.parametrize(
    ("activation", "slope"),
    [("z + 2*sin(z)", "1"), ("2*z + 3*cos(z)", "2"), ("z/3 - sin(2*z)", "1/3")],
)
def test_the_escape_threshold_is_the_supremum_itself(
    activation: str, slope: str, library: Library
) -> None:
    made = accepted(prove(Problem(Activation.of(activation), "squared"), "escaping", library))
    assert made["verdict"] == "PROVED"
    assert "for 0 <= lambda < lambda_c and every s > 0" in made["statement"]
    assert made["statement"].endswith(f"lambda_c = {slope}*sup(-sigma')")
    low, high = (Fraction(made["constants"]["lambda_c"][k]) for k in ("lo", "hi"))
    assert 0 < low <= high and high - low < Fraction(1, 10**15)


def test_a_given_lambda_must_be_below_the_proven_end_of_the_threshold(library: Library) -> None:
    for lam, verdict in (
        (Fraction(1, 10**6), "PROVED"),
        (1 - Fraction(1, 10**17), "PROVED"),
        (Fraction(1), "UNKNOWN"),
        (1 - Fraction(1, 10**30), "UNKNOWN"),  # below sup(-sigma') = 1, above its proven end
    ):
        problem = Problem(Activation.of("z + 2*sin(z)"), "squared", lam)
        assert prove(problem, "escaping", library).verdict == verdict


def test_the_theorem_about_escaping_says_no_more_than_its_step() -> None:
    theorem = load_theorem(default_folder() / "escaping_critical_points.toml")
    assert "0 <= lambda < lambda_c" in theorem.statement
    assert "0 <= lambda < 1" not in theorem.statement
