"""What refutes a claim is a property of the claim, for the prover and for the checker."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from proofkit.activation.catalogue import Activation
from proofkit.certificates import certify, record_of
from proofkit.check.outcome import check
from proofkit.kernel.certificate import content_of
from proofkit.kernel.claims import Dissipative, Fails
from proofkit.kernel.univariate.terms import to_text
from proofkit.problem.data import outer_from_seed, summarise
from proofkit.problem.problem import Problem
from proofkit.reading.table import load_table
from proofkit.report import BUNDLED_TARGET, bundled_data
from proofkit.tactics.prove import Proof, prove
from proofkit.tactics.workbench import Library

TABLE = load_table(bundled_data(), BUNDLED_TARGET)
SUMMARY = summarise(TABLE)
OUTER = outer_from_seed(4, 2)
CITED = ["sgd-continuous", "sgd-discrete", "rate-continuous", "rate-langevin"]


def followed(proof: Proof) -> dict[str, Any]:
    """What the certificate says, which is valid."""
    made = content_of(certify(proof))
    outcome = check(made)
    assert outcome.valid, outcome.lines[-1]
    return record_of(made)


@pytest.mark.parametrize("claim", CITED)
@pytest.mark.parametrize(
    ("activation", "lam", "why"),
    [
        ("softsign", None, "V1 fails"),
        ("relu", Fraction(1), "V1 fails"),
        ("z^2", None, "V4 fails"),
        ("tanh", Fraction(0), "V2 fails"),
        ("tanh", Fraction(-1), "V2 fails"),
    ],
)
def test_a_theorem_is_not_refuted_where_a_hypothesis_fails(
    claim: str, activation: str, lam: Fraction | None, why: str, library: Library
) -> None:
    made = followed(prove(Problem(Activation.of(activation), "squared", lam), claim, library))
    assert made["verdict"] == "UNKNOWN" and made["witness"] is None
    assert why in made["open"] and "does not apply" in made["statement"]


@pytest.mark.parametrize("activation", ["softsign", "relu", "elu", "Max(z,0)^3 + z"])
@pytest.mark.parametrize("loss", ["squared", "logistic"])
def test_dissipativity_is_not_refuted_by_a_kink(
    activation: str, loss: str, library: Library
) -> None:
    problem = Problem(Activation.of(activation), loss)
    made = followed(prove(problem, "dissipativity", library))
    assert made["verdict"] == "UNKNOWN" and "sigma is only C^" in made["open"]


@pytest.mark.parametrize(
    ("activation", "kappa"), [("z^2", 2), ("z^3", 3), ("z^2/3", 2), ("z^4", 4), ("z*Abs(z)^2", 3)]
)
@pytest.mark.parametrize("loss", ["squared", "logistic"])
def test_dissipativity_needs_no_v4(
    activation: str, kappa: int, loss: str, library: Library
) -> None:
    """Where V4 fails for every lambda > 0, the radial bound may hold all the same."""
    problem = Problem(Activation.of(activation), loss)
    assert prove(problem, library=library).verdict == "REFUTED"
    proof = prove(problem, "dissipativity", library)
    made = followed(proof)
    assert made["verdict"] == "PROVED" and made["witness"] is None
    assert {c.name: c.verdict for c in proof.conditions}["V4"] == "REFUTED"
    (fact,) = (g for g in proof.goals if isinstance(g.claim, Dissipative))
    said = {c.name: c.formula and to_text(c.formula) for c in fact.constants}
    assert said["m_d"] == "lambda" and said["b_d"] == "C"
    assert proof.constants["kappa"].lo == kappa and proof.constants["H"].hi == 0


def test_the_quadratic_net_on_data_has_the_constants_of_the_text(library: Library) -> None:
    """Squared loss, z^2: <grad L, W> >= lambda r^2 - Y2/2, also at random points."""
    lam = Fraction(1, 2)
    problem = Problem(Activation.of("z^2"), "squared", lam, None, SUMMARY, OUTER)
    proof = prove(problem, "dissipativity", library, TABLE)
    assert proof.verdict == "PROVED"
    b = proof.constants["b_d"]
    assert b.lo == b.hi == SUMMARY.y_square_mean / 2
    X = np.array(TABLE.rows, dtype=float) / TABLE.x_scale
    y = np.array(TABLE.labels, dtype=float) / TABLE.y_scale
    rng = np.random.default_rng(3)
    a = rng.standard_normal(4)
    for size in (1e-3, 1e-2, 0.1, 1):
        W = rng.standard_normal((4, TABLE.d)) * size
        Z = X @ W.T
        e = (Z**2) @ a - y
        radial = (e * ((2 * Z**2) @ a)).mean() + float(lam) * (W**2).sum()
        assert radial >= float(lam) * (W**2).sum() - float(b.hi) * (1 + 1e-9)


@pytest.mark.parametrize("lam", [Fraction(0), Fraction(-1, 3)])
@pytest.mark.parametrize("activation", ["tanh", "softplus", "z^2", "relu"])
def test_a_ray_along_which_the_loss_does_not_grow_refutes_dissipativity(
    activation: str, lam: Fraction, library: Library
) -> None:
    problem = Problem(Activation.of(activation), "squared", lam)
    made = followed(prove(problem, "dissipativity", library))
    assert made["verdict"] == "REFUTED"
    assert made["statement"].startswith(f"V2 fails for lambda = {lam}:")
    assert made["witness"]["ray"]


def test_for_symbolic_lambda_a_ray_for_small_ones_refutes_nothing(library: Library) -> None:
    for claim in ("villani", "dissipativity"):
        proof = prove(Problem(Activation.of("z^4 + z^2"), "squared"), claim, library)
        failing = {g.claim.condition for g in proof.goals if isinstance(g.claim, Fails)}
        assert "V2" not in failing


def test_the_equivalence_is_about_every_lambda(library: Library) -> None:
    problem = Problem(Activation.of("tanh"), "squared", Fraction(1))
    made = followed(prove(problem, "villani-iff", library))
    assert made["verdict"] == "UNKNOWN" and "leave lambda a symbol" in made["open"]
