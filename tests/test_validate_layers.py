"""What is measured of nets of any layers beside their certificates, and who is accused of what."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from proofkit.certificates import certify
from proofkit.errors import InputError
from proofkit.kernel.certificate import Document
from proofkit.kernel.claims import (
    AlongCurve,
    Curve,
    Leading,
    Monomial,
    RiskGradient,
    Sample,
    UnitGroup,
)
from proofkit.kernel.formula import Constant
from proofkit.kernel.network.architecture import Architecture, DenseLayer
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import Node, num
from proofkit.losses.catalogue import resolve
from proofkit.numeric.layered import LayeredNet
from proofkit.problem.layers import net_of
from proofkit.problem.problem import Problem
from proofkit.reading.layers import LayersSaid
from proofkit.tactics.prove import prove
from proofkit.validate import Check, Report
from proofkit.validate_layers import _of_curve, measure_layers, random_layered

Run = Callable[..., tuple[int, str, str]]
OPEN = Fraction(1, 10)


@pytest.fixture(scope="module")
def document() -> Document:
    """tanh with decayed biases under a fixed head, squared loss, every data."""
    made = net_of("tanh", "squared", said=LayersSaid.of(bias="decayed"))
    problem = Problem(made.activation, "squared", architecture=made.net.architecture)
    return certify(prove(problem))


def measured(document: Document) -> Report:
    """At one random net."""
    return measure_layers(document, random_layered(document.problem.objective(), 0, OPEN, OPEN))


def with_gradient(document: Document, factor: Fraction) -> Document:
    """A certificate that bounds the gradient by a multiple of what is proved."""

    def changed(claim: Any) -> Any:
        if not isinstance(claim, RiskGradient):
            return claim
        return replace(claim, constant=num(factor) * claim.constant)

    return replace(
        document, steps=tuple(replace(s, claim=changed(s.claim)) for s in document.steps)
    )


def named(report: Report, name: str) -> Check:
    """One check."""
    return next(check for check in report.checks if check.name == name)


def test_what_is_proved_is_not_broken(document: Document) -> None:
    report = measured(document)
    assert not report.violated
    assert not report.doubtful
    names = {check.name for check in report.checks}
    assert {"gradient of R", "Laplacian of R", "V2", "V4, bounded route"} <= names
    assert {"value", "slope, layer 1", "trace, layer 1", "curvature below"} <= names
    assert all(check.tightness is None or check.tightness <= 1 for check in report.checks)


def test_a_bound_that_is_too_small_is_broken_in_balls(document: Document) -> None:
    report = measured(with_gradient(document, Fraction(1, 100)))
    found = named(report, "gradient of R")
    assert found.violated
    assert found.measured > found.bound
    assert not named(report, "Laplacian of R").violated


def test_a_wrong_kernel_accuses_nobody(document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    own = LayeredNet.risk_gradient
    monkeypatch.setattr(LayeredNet, "risk_gradient", lambda net, theta: 1e4 * own(net, theta))
    found = named(measured(document), "gradient of R")
    assert not found.violated
    assert "the exact value is within the bound" in found.doubt


def test_nan_is_never_fine(document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(net: LayeredNet, theta: Any) -> Any:
        return np.full((len(theta), 1), np.nan)

    monkeypatch.setattr(LayeredNet, "risk_laplacians", nothing)
    report = measured(document)
    assert named(report, "Laplacian of R").doubt
    assert named(report, "trace, layer 1").doubt
    assert not report.violated


def test_a_certificate_that_bounds_nothing_is_refused(document: Document) -> None:
    with pytest.raises(InputError, match="nothing that can be measured"):
        measured(replace(document, steps=document.steps[:1], problem=cut(document)))


def cut(document: Document) -> Any:
    """The problem with a bias without decay, for which no net is assembled."""
    layers = document.problem.layers
    assert layers is not None
    first, *rest = layers.layers
    changed = replace(layers, layers=(replace(first, bias="undecayed"), *rest))
    return replace(document.problem, layers=changed)


# -- curves ----------------------------------------------------------------------------------------

LAMBDA = Node("name", (), "lambda")


def along_a_chain(laplacian: Node) -> list[Check]:
    """w = 1/t, a = t for a single sample x = y = 1: the output is tanh(1/t) t, near 1; ||grad L||^2 ~
    lambda^2 t^2, and the Laplacian is t^2.
    """
    layers = (DenseLayer(), DenseLayer(1))
    architecture = Architecture(layers, (parse("tanh(z)"),))
    objective = Objective(
        parse("tanh(z)"), resolve("squared"), OPEN, None, None, None, "tanh", architecture
    )
    unit = Fraction(1)
    curve = Curve(
        (
            (UnitGroup(1, (Monomial(unit, Fraction(-1)),)),),
            (UnitGroup(1, (Monomial(unit, unit),)),),
        ),
        (Sample((unit,), (unit,)),),
    )
    witness = AlongCurve(
        curve,
        value=Leading(Fraction(2)),
        gradient=Leading(Fraction(2), LAMBDA**2),
        laplacian=Leading(Fraction(2), laplacian),
    )
    known = {"lambda": Constant("lambda", None, OPEN, OPEN)}
    instance = random_layered(objective, 0, OPEN, OPEN)
    return list(_of_curve(witness, OPEN, known, objective, instance))


def test_quantities_along_a_curve_are_near_their_leading_terms() -> None:
    checks = along_a_chain(num(1))
    assert [check.doubt for check in checks] == ["", "", "", ""]
    gradient, laplacian, expression = checks[1:]
    assert gradient.tightness == pytest.approx(1, abs=1e-3)
    assert laplacian.tightness == pytest.approx(1, abs=1e-3)
    assert expression.measured < -0.8e12


def test_a_wrong_leading_term_is_doubted_and_not_refuted() -> None:
    laplacian = along_a_chain(num(Fraction(3, 2)))[2]
    assert laplacian.doubt.startswith("at t = 10^6 it is")
    assert not laplacian.violated


# -- the command -----------------------------------------------------------------------------------


def test_the_command_measures_random_nets_and_given_ones(run: Run, tmp_path: Path) -> None:
    path = str(tmp_path / "c.json")
    assert run("prove", "-q", "-a", "tanh", "--bias", "decayed", "--out", path)[0] == 0
    code, out, err = run("validate", path, "--instances", "1", "--json")
    assert code == 0, err
    assert json.loads(out)["verdict"] == "CONSISTENT"
    code, _, err = run("validate", path, "--width", "3")
    assert code == 2
    assert "drop --data" in err

    rows = tmp_path / "d.csv"
    rows.write_text("a,b,y\n1,2,1\n3,4.5,-1\n0.5,-1,1\n")
    data = ("--data", str(rows), "--target", "y")
    words = ("--bias", "decayed", "--width", "3", "--lam", "1/10", *data)
    assert run("prove", "-q", "-a", "tanh", *words, "--out", path)[0] == 0
    code, out, err = run("validate", path, *data, "--json")
    assert code == 0, err
    assert json.loads(out)["verdict"] == "CONSISTENT"
