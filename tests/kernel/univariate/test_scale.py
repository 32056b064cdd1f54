"""Activations that bend on a scale far from 1: proved there, and checked."""

from __future__ import annotations

import copy
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from proofkit.activation.catalogue import resolve
from proofkit.activation.scaling import natural_scale
from proofkit.certificates import certify
from proofkit.check.outcome import VALID, check
from proofkit.cli import app
from proofkit.kernel.certificate import content_of, digest_of
from proofkit.kernel.univariate import balls, terms
from proofkit.kernel.univariate.cover import verify_cover
from proofkit.kernel.univariate.parser import parse
from proofkit.problem.problem import Problem
from proofkit.search.facts import derive_facts
from proofkit.tactics.prove import prove

BENT = [
    "tanh(1000000*z)", "tanh(1e30*z)", "softplus(beta=1000000)", "exp(-1e12*z^2)", "1/(1 + exp(-1e-30*z))",
    "z/sqrt(1 + 1e20*z^2)", "erf(z/1e9)", "sin(1e30*z)", "atan(1e-6*z)*1e6", "1e30*tanh(1e30*z)",
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ("tanh(1000000*z)", "1/1000000"),
        ("tanh(3*z)", "1"),
        ("exp(-1000000*z^2)", "1/1000"),
        ("log(1 + exp(z/1000))*7", "1000"),
        ("z/sqrt(1 + z^2/1000000)", "1000"),
        ("tanh(1000000*z) + tanh(z)", "1"),
        ("z^2*1000000", "1"),
    ],
)
def test_the_scale_is_read_off(text: str, scale: str) -> None:
    assert natural_scale(parse(text)) == Fraction(scale)


@given(
    st.sampled_from([*BENT[:2], *BENT[3:], "z*exp(-z/7)", "(3*z - 1)^3*(z^2)/5", "-(2*z)^2*-z", "log(1+exp(-z/2))"]),
    st.fractions(Fraction(1, 100), 100, max_denominator=100),
    st.fractions(-3, 3, max_denominator=16),
)  # fmt: skip
def test_a_rescaled_tree_is_the_function_of_h_u(text: str, h: Fraction, u: Fraction) -> None:
    root = parse(text)
    with balls.precision(256):
        truth = balls.Tape(root).series(balls.ball(h * u), 1)[0]
        assert truth.overlaps(balls.Tape(terms.rescaled(root, h)).series(balls.ball(u), 1)[0])


@given(st.integers(-30, 30).filter(lambda e: abs(e) > 2))
def test_the_suprema_scale(e: int) -> None:
    c = Fraction(10) ** e
    facts = derive_facts(terms.call("tanh", terms.mul(terms.num(c), terms.Z)), exact=False)
    base = derive_facts(parse("tanh(z)"), exact=False)
    assert facts.open == ()
    for k, (one, two) in enumerate(zip(facts.M, base.M, strict=True), 1):
        assert (
            one is not None and two is not None and one.upper is not None and two.upper is not None
        )
        assert (one.lower, one.upper) == (c**k * two.lower, c**k * two.upper)
    assert facts.euler is not None and base.euler is not None
    assert facts.euler.H.upper == base.euler.H.upper


@pytest.mark.parametrize("text", BENT)
def test_the_checker_follows_what_is_proved_on_another_scale(text: str, tmp_path: Path) -> None:
    certificate = tmp_path / "c.json"
    run = CliRunner().invoke(app, ["prove", "-a", text, "--out", str(certificate)])
    assert run.exit_code == 0, run.output
    assert "PROVED" in run.output
    checked = CliRunner().invoke(app, ["check", str(certificate)])
    assert checked.exit_code == 0, checked.output


def test_a_scale_that_is_none_is_refused() -> None:
    problem = Problem(resolve("tanh(1000000*z)"), "squared")
    content: dict[str, Any] = content_of(certify(prove(problem)))
    found = [
        (i, j)
        for i, s in enumerate(content["steps"])
        if s["rule"] == "supremum"
        for j, p in enumerate(s["proposal"]["sides"])
        if "scale" in p
    ]
    assert found
    assert check(content).status == VALID
    for i, j in found:
        for scale in ("-1/1000000", "0", 3, None, ["1"]):
            forged = copy.deepcopy(content)
            forged["steps"][i]["proposal"]["sides"][j]["scale"] = scale
            forged["digest"] = digest_of(forged)
            assert check(forged).status != VALID


@pytest.mark.parametrize("scale", ["1", "1/1000", "1/999999", "1/2000000", "1000000"])
@pytest.mark.parametrize("name", ["M1", "M2"])
def test_no_scale_makes_a_bound_that_is_too_small(name: str, scale: str) -> None:
    root = parse("tanh(1000000*z)")
    bound = getattr(derive_facts(root, exact=False), name)
    for part in bound.parts:
        found = part.supremum
        assert found.cover is not None
        low = found.lower - abs(found.lower) / 10 - Fraction(1, 10**9)
        false = replace(found.cover, bound=low, scale=Fraction(scale))
        assert verify_cover(part.quantity, false, None, None) != ""


def test_the_cover_speaks_of_the_scaled_function() -> None:
    facts = derive_facts(parse("exp(-1000000*z^2)"))
    assert facts.M1 is not None
    part = facts.M1.parts[0]
    cover = part.supremum.cover
    assert cover is not None and cover.scale == Fraction(1, 1000)
    assert part.supremum.witness is not None
    at = part.supremum.witness.attained_at
    assert at is not None and abs(at) < Fraction(1, 1000)
    slope = (
        balls.Tape(part.quantity.root).series(arb(0) + balls.ball(at), 2)[1] * part.quantity.sign
    )
    assert slope > balls.ball(part.supremum.lower * Fraction(999, 1000))
