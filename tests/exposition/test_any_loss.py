"""What is said of a loss without a name, and the proofs of the rules for it."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from proofkit.activation.catalogue import resolve
from proofkit.certificates import certify
from proofkit.exposition import losses
from proofkit.exposition.expose import Exposition, expose
from proofkit.exposition.model import Display, Text
from proofkit.exposition.plain import formula, plain
from proofkit.exposition.setting import losses as setting_of
from proofkit.exposition.symbols import SYMBOLS
from proofkit.problem.problem import Problem
from proofkit.prose import mathml
from proofkit.sentences.record import record
from proofkit.tactics.prove import prove
from proofkit.tactics.workbench import Library
from tests.exposition.test_reasons import symbols_in, without_spaces

LIBRARY = Library()
# (activation, loss, claim): together every rule for a loss that is no multiple of a square, while
# data are symbols.
CASES = [
    ("tanh", "log(cosh(u))", "villani"),
    ("softplus", "log(cosh(u))", "rate-continuous"),
    ("softplus", "softplus(1-m)", "rate-continuous"),
    ("softplus", "2*u^2", "rate-continuous"),
    ("softplus", "asinh(u)", "villani"),
    ("tanh", "u^4/4", "rate-continuous"),
    ("tanh", "u^4/4+u^3", "rate-continuous"),
    ("z^2", "log(cosh(u))", "villani-one-signed"),
    ("z^2", "softplus(1-m)", "villani-one-signed"),
    ("z^2", "softplus(1-m)", "villani"),
    ("z^2", "log(cosh(u))", "villani"),
    ("z+sin(2*z)", "3*u^2", "villani"),
    ("softplus", "u^2/2+log(cosh(u))", "villani"),
    ("softplus", "(1-m)^2/2", "villani"),
]


def exposed(activation: str, loss: str, claim: str) -> Exposition:
    given = Fraction(1) if claim.startswith("rate") else None
    problem = Problem(resolve(activation), loss, given, given)
    return expose(record(certify(prove(problem, claim, LIBRARY))))


@pytest.fixture(scope="module")
def told() -> dict[tuple[str, str, str], Exposition]:
    return {case: exposed(*case) for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_formula_reads_and_every_constant_is_in_the_list(case, told) -> None:
    exposition = told[case]
    known = {c.definition.name for c in exposition.constants}
    for step in exposition.steps:
        assert step.statement and step.reason, step.rule
        assert symbols_in(step.statement) | symbols_in(step.reason) <= known, step.rule
    for step in (*exposition.steps, *exposition.unused):
        for part in (*step.statement, *step.reason):
            if isinstance(part, Text):
                assert not re.search(r">=|<=|->|\\|\b(lambda|sigma|phi)\b", part.content)
            else:
                assert mathml(part.latex, isinstance(part, Display)).startswith("<math")
        assert "\\" not in plain((*step.statement, *step.reason))


@pytest.mark.parametrize(
    ("case", "rule", "said"),
    [
        (1, "start linear", r"R_0=\varphi(0)+B_y+\|a\|_1|\sigma(0)|"),
        (12, "Euler bound of bounded curvature", r"\vartheta_i=\kappa|y_i|+\gamma"),
        (13, "Euler bound of bounded curvature", r"\vartheta_i=\gamma"),
        (13, "Euler bound of bounded curvature", r"u_i=y_if_i"),
        (3, "radial bound", r"C=4(\kappaB_y+\gamma)^2/(4\kappa)"),
        (3, "start quadratic", r"R_1=4M_1^2\|a\|_2^2\Lambda_S"),
        (4, "V2 by growth", r"R(0)\ge\varphi(0)-\ell'_{\max}"),
        (12, "affine Laplacian", r"\ell''_{\max}(B_y+\|a\|_1|\sigma(0)|)"),
        (13, "affine Laplacian", r"(|\varphi'(0)|+\|a\|_1|\sigma(0)|)"),
        (5, "oscillation where it is reached", r"2\ell'_{\max}\barf=\Omega"),
        (6, "V2", r"\ell_-"),
        (7, "weights of one sign, bounded slope", r"\eta_2+\ell''_{\max}B_y"),
        (8, "weights of one sign, bounded slope", r"-\kappa_+\eta_1-\ell'_{\max}\gamma=-C"),
        (9, "mirrored units", r"\ell''_1=\ell''_2=\varphi''(0)"),
        (10, "mirrored units", r"\DeltaR=2\sigma'(t)^2"),
        (11, "V4 line", r"\omega=6\alphaM_1\|a\|_2^2\Lambda_S/\lambda"),
    ],
)
def test_reasons_are_those_of_the_loss(case: int, rule: str, said: str, told) -> None:
    exposition = told[CASES[case]]
    steps = [s for s in (*exposition.steps, *exposition.unused) if s.rule == rule]
    assert steps, [s.rule for s in exposition.steps]
    text = " ".join(
        part.content if isinstance(part, Text) else without_spaces(part.latex)
        for part in steps[0].reason
    )
    assert said in text, text


def test_a_loss_is_called_by_its_name_or_its_formula() -> None:
    assert plain(losses.called(losses.loss_of("squared"))) == "squared loss"
    assert plain(losses.called(losses.loss_of("u^4/4"))) == "loss (f - y)⁴/4"
    assert plain(losses.name(losses.loss_of("softplus(2-m)"))) == "log(1 + exp(2 - yf))"


def test_the_setting_defines_phi_and_its_derivatives() -> None:
    said = plain(setting_of(["sqrt(1+u^2)-1"]))
    assert "ℓ(f, y) = φ(f - y) with φ(u) = √(1 + u²) - 1" in said
    assert "φ'(u) = u/√(1 + u²)" in said
    assert "ℓ' = y φ'(yf)" in plain(setting_of(["exp(-m)"]))
    assert "kink" in plain(setting_of(["Abs(u)"]))


def test_the_letter_of_a_margin_is_none_of_the_constants() -> None:
    """m is the constant of dissipativity in these proofs."""
    said = plain(setting_of(["exp(-m)"]))
    assert "φ(u) = exp(-u)" in said
    assert not re.search(r"\bm\b", said)
    assert formula(SYMBOLS["m_d"].latex) == "m"
