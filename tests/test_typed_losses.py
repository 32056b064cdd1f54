"""Losses that have no name, wherever a number is measured or planned: validate, plan, sweeps,
experiments, theorem files and derivations.
"""

from __future__ import annotations

import copy
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from proofkit.activation.catalogue import Activation
from proofkit.calculus.crosscheck import compare_with_kernel
from proofkit.certificates import certify
from proofkit.cli import app
from proofkit.errors import InputError
from proofkit.experiment import load_experiment, published_threshold
from proofkit.losses.catalogue import resolve
from proofkit.numeric.exact import ExactNet
from proofkit.numeric.kernels import Net, float_arrays
from proofkit.numeric.sweep import load_spec, sweep
from proofkit.plan import glip_published, make_plan
from proofkit.plan_text import plan_text
from proofkit.problem.problem import Problem
from proofkit.report import bundled_file
from proofkit.sentences.record import record
from proofkit.tactics.prove import prove
from proofkit.tactics.theorem import load_theorem
from proofkit.validate import Instance, Report, measure, random_instance
from proofkit.verdict import spoken

TENTH = Fraction(1, 10)
MEASURED = (
    ("tanh", "exp(-m/2)"),
    ("softplus", "log(cosh(u/2))"),
    ("tanh", "u^4/4"),
    ("tanh", "log(1+exp(-m))-m/10"),
    ("softplus", "u/4-atan(u)"),
)


@cache
def certificate(activation: str, loss: str) -> Mapping[str, Any]:
    """The record of the proof for symbolic data."""
    return record(certify(prove(Problem(Activation.of(activation), loss))))


def measured(content: Mapping[str, Any], loss: str, rays: int = 4) -> Report:
    instance = random_instance(3, loss, TENTH, TENTH)
    return measure(content, instance, rays=rays, radii=7, rounds=5, smoothness=False)


@pytest.mark.parametrize(("activation", "loss"), MEASURED)
def test_every_bound_of_a_certificate_is_measured(activation: str, loss: str) -> None:
    report = measured(certificate(activation, loss), loss)
    assert not report.violated and not report.doubtful
    assert {c.name for c in report.checks} >= {
        "slope of the loss",
        "curvature of the loss",
        "V2",
        "gradient of R",
        "Laplacian of R",
        "V4, bounded route",
    }
    assert all(c.tightness is None or 0 < c.tightness <= 1 + 1e-9 for c in report.checks)
    assert not any("has no value" in why for why in report.skipped)
    # Every bound is a formula that a reader sees as mathematics.
    assert not any("<=" in spoken(c.statement) for c in report.checks)


@pytest.mark.parametrize(
    ("constant", "activation", "loss", "caught"),
    [
        ("rho", "softplus", "log(cosh(u/2))", "slope of the loss"),
        ("l2", "softplus", "log(cosh(u/2))", "curvature of the loss"),
        ("C", "softplus", "u^2/2 + log(cosh(u))", "dissipativity"),
        ("l_inf", "tanh", "log(1+exp(-m))-m/10", "V2"),
    ],
)
def test_a_wrong_constant_of_a_loss_is_caught(
    constant: str, activation: str, loss: str, caught: str
) -> None:
    content: Any = copy.deepcopy(certificate(activation, loss))
    for step in content["steps"]:
        if constant in step["defines"]:
            told = step["defines"][constant]
            # A bound from above is made a thousandth, the infimum is put too high.
            if constant == "l_inf":
                told.update(lo="5", hi="5", formula=None)
            elif told["formula"] is None:
                told.update(lo="1/1000", hi="1/1000")
            else:
                told.update(lo=None, hi=None, formula=f"({told['formula']})/1000")
    report = measured(content, loss, rays=6)
    assert caught in {c.name for c in report.checks if c.violated}


def exact_net(loss: str, instance: Instance) -> ExactNet:
    t = instance.table
    rows = [[Fraction(v, t.x_scale) for v in row] for row in t.rows]
    labels = [Fraction(v, t.y_scale) for v in t.labels]
    sigma = Activation.of("tanh")
    return ExactNet(sigma, loss, rows, labels, instance.weights, TENTH, TENTH)


@pytest.mark.parametrize("loss", ["sqrt(1+u^2)-1", "exp(-m)", "softplus(1-2*m)", "u^2+u^4"])
def test_floating_point_and_balls_agree(loss: str) -> None:
    """L, the largest |l'_i| and |l''_i|, ||grad L|| and the Laplacian at one W."""
    instance = random_instance(5, loss, TENTH, TENTH)
    X, y = float_arrays(instance.table)
    weights = [float(a) for a in instance.weights]
    net = Net.of(Activation.of("tanh"), loss, X, y, weights, 0.1, backend="numpy")
    W = 0.3 * X[:6].copy()
    ours = (
        float(net.loss(W)),
        float(abs(net.of_samples(1, W[None])).max()),
        float(abs(net.of_samples(2, W[None])).max()),
        float((net.gradient(W) ** 2).sum() ** 0.5),
        float(net.laplacian(W)),
    )
    found: list[float] = []

    def read(at: Any) -> bool:
        found[:] = [
            float(x.mid())
            for x in (at.value(), at.slope(), at.bend(), at.gradient_norm(), at.laplacian)
        ]
        return True

    exact_net(loss, instance).decide(W, read)
    assert ours == pytest.approx(tuple(found), rel=1e-12)


def planned(activation: str, loss: str) -> Any:
    instance = random_instance(3, loss, Fraction(1), TENTH)
    problem = Problem(
        Activation.of(activation), loss, Fraction(1), None, instance.summary, instance.outer
    )
    return make_plan(problem, TENTH, instance.table)


def test_plans_for_typed_losses() -> None:
    for activation, loss in (("tanh", "log(cosh(u/2))"), ("tanh", "exp(-m/2)")):
        made = planned(activation, loss)
        assert made.langevin is not None and made.langevin.count.log10 < 6
        assert glip_published(made.problem, made.constants) is None
        assert f"{activation}, loss {resolve(loss).text}" in " ".join(plan_text(made).split())
    made = planned("softplus", "sqrt(1+u^2)-1")
    assert made.langevin is None and "log-Sobolev" in made.reasons["langevin"]


def test_a_loss_without_a_rate_is_refused_with_what_is_open() -> None:
    with pytest.raises(InputError, match=r"no certified rate.*slope of the loss is infinite"):
        planned("softplus", "u^4/4")


def test_a_sweep_over_typed_losses(tmp_path: Path) -> None:
    spec = tmp_path / "spec.toml"
    text = (
        'activation = ["tanh"]\nloss = ["log(cosh(u/2))", "squared"]\nwidth = [2]\nlambda = [0.1]\n'
        'step = [0.01]\nbatch = 4\nsteps = 5\nstandardise = true\nbackend = "numpy"\n'
    )
    spec.write_text(text)
    sweep(load_spec(spec, bundled_file()), tmp_path / "out.sqlite")
    with closing(sqlite3.connect(tmp_path / "out.sqlite")) as table:
        rows = dict(table.execute("select loss, final_loss from runs").fetchall())
    assert (
        set(rows) == {"log(cosh(u/2))", "squared"} and 0 < rows["log(cosh(u/2))"] < rows["squared"]
    )
    for given, words in (
        ('"sqared"', "did you mean squared"),
        ('"u^2/2"', "twice, as 'u\\^2/2' too"),
        ('"log(u)"', "not a finite number for every u"),
    ):
        spec.write_text(text.replace('"log(cosh(u/2))"', given))
        with pytest.raises(InputError, match=words):
            load_spec(spec, bundled_file())


THEOREM = """
title = "losses"
statement = "for a test"
claim = "villani"
losses = {losses}
activations = ["tanh"]
"""


def test_losses_of_a_theorem_file(tmp_path: Path) -> None:
    path = tmp_path / "losses.toml"
    path.write_text(THEOREM.format(losses='["u^2/2", "log(cosh(u/2))", "logistic"]'))
    assert load_theorem(path).losses == ("squared", "log(cosh(u/2))", "logistic")
    for losses, words in (
        ('["squared", "u^2/2"]', "losses lists 'u\\^2/2' twice, as 'squared' too"),
        ('["logistc"]', "did you mean logistic"),
        ('["u*m"]', "in u or in m, not in both"),
    ):
        path.write_text(THEOREM.format(losses=losses))
        with pytest.raises(InputError, match=words):
            load_theorem(path)


def test_a_new_theorem_about_a_typed_loss_is_a_theorem_file(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["new-theorem", "mine", "-l", "log(cosh(u/2))", "--folder", str(tmp_path)]
    )
    assert done.exit_code == 0, done.output
    made = load_theorem(tmp_path / "mine.toml")
    assert made.losses == ("log(cosh(u/2))",) and "loss log(cosh(u/2))" in made.statement


def test_an_experiment_names_its_loss(tmp_path: Path) -> None:
    text = (Path(__file__).parents[1] / "theorems/experiments/regularisation.toml").read_text()
    path = tmp_path / "experiment.toml"
    path.write_text(text.replace('loss = "squared"\n', ""))
    assert load_experiment(path).values["loss"] == "squared"
    path.write_text(text.replace('"squared"', '"softplus(-m)"'))
    assert load_experiment(path).values["loss"] == "logistic"
    path.write_text(text.replace('"squared"', '"log(u)"'))
    with pytest.raises(InputError, match=r"experiment\.toml: the loss log\(u\)"):
        load_experiment(path)
    table = replace(bundled_file(), standardise=True).table()
    with pytest.raises(InputError, match="no paper has a threshold for the loss u\\^4/4"):
        published_threshold(Activation.of("tanh"), "u^4/4", table, 3, 0)


@pytest.mark.parametrize("loss", ["Abs(u)", "Max(0,1-m)", "u^2/2-Max(Abs(u)-1,0)^2/2", "u^4/4"])
def test_derivations_agree_with_the_kernel(loss: str) -> None:
    assert compare_with_kernel(Activation.of("tanh").root, loss).points > 0
    done = CliRunner().invoke(app, ["derive", "-a", "tanh", "-l", loss])
    assert done.exit_code == 0 and "agree with the kernel" in done.output, done.output
