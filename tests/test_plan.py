"""Plans: logarithms of huge numbers, rounding, what is and what is not promised."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import mpmath
import numpy as np
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from proofkit.activation.catalogue import resolve
from proofkit.cli import app
from proofkit.constants import Constant
from proofkit.errors import InputError
from proofkit.kernel.univariate import balls
from proofkit.losses.catalogue import resolve as resolve_loss
from proofkit.numeric.kernels import Data, Net, float_arrays
from proofkit.numeric.runs import Initial, Method, Replica, run
from proofkit.plan import (
    BITS,
    Size,
    _size,
    langevin_iterations,
    make_plan,
    sgd_iterations,
    time_log,
)
from proofkit.plan_text import plan_text
from proofkit.problem.data import summarise, summarise_outer
from proofkit.problem.problem import Problem
from proofkit.reading.table import Table
from proofkit.tactics.prove import prove
from proofkit.tactics.workbench import Library

LIBRARY = Library()


def problem(
    name: str = "tanh",
    loss: str = "squared",
    lam: Fraction | None = Fraction(1),
    noise: Fraction | None = None,
) -> tuple[Problem, Table]:
    """One weight, two samples."""
    labels = (100, -100) if resolve_loss(loss).classifies else (30, -50)
    table = Table("two samples", "", ("x0",), "y", ((70,), (-40,)), labels, 100, 100)
    return Problem(
        resolve(name),
        loss,
        lam,
        noise,
        summarise(table),
        summarise_outer([Fraction(1, 2)], "given", ""),
    ), table


@given(st.fractions(min_value=-(10**9), max_value=10**9), st.sampled_from([1, -1]))
@settings(max_examples=200, deadline=None)
def test_a_size_is_rounded_to_its_side(x: Fraction, direction: int) -> None:
    text = str(Size(x, direction))
    with mpmath.workdps(60):
        exact = mpmath.mpf(x.numerator) / x.denominator
        if text.startswith("10^("):
            inside = text[4:-1]
            mantissa, _, power = inside.partition("e")
            shown = mpmath.mpf(mantissa) * mpmath.mpf(10) ** int(power or 0)
        else:
            shown = mpmath.log10(mpmath.mpf(text))
        assert (shown - exact) * direction >= -(mpmath.mpf(10) ** -40)


@pytest.mark.parametrize(
    ("log10", "text"),
    [
        (Fraction(10) ** 6, "10^(1e6)"),
        (-(Fraction(10) ** 6), "10^(-1e6)"),
        (Fraction(3), "1000"),
        (Fraction(-2), "0.01"),
    ],
)
def test_extreme_numbers_are_shown_plainly(log10: Fraction, text: str) -> None:
    assert str(Size(log10)) in (
        text,
        {"1000": "1001"}.get(text, text),
        {"0.01": "0.01001"}.get(text, text),
    )


@pytest.mark.parametrize("exponent", [10**6, 10**12, 10**30])
def test_exponentials_neither_overflow_nor_vanish(exponent: int) -> None:
    c = {
        name: Constant(name, None, Fraction(v), Fraction(v))
        for name, v in {
            "chi": exponent,
            "A_2": 1,
            "xi": exponent,
            "q": 1,
            "lambda": Fraction(1, 10**9),
            "s": 1,
            "N": 5,
            "K": 1,
            "gLip": 3,
            "L_F": 6,
            "osc": exponent,
            "h_0": exponent,
        }.items()
    }
    with balls.precision(BITS):
        log, parts = time_log(c, Fraction(1, 10**300))
        assert set(parts) and log.is_finite()
        size = _size(log)
        assert size.log10 >= Fraction(exponent) * Fraction(4342944, 10**7)
        plan = langevin_iterations(c, Fraction(1, 10**300))
        assert plan.step.log10 < -exponent / 3 and plan.count.log10 > exponent / 3
        assert sgd_iterations(c, Fraction(1))[0] is None


def test_the_promised_time_is_the_formula() -> None:
    pb, table = problem()
    plan = make_plan(pb, Fraction(1, 20), table, LIBRARY)
    c = plan.constants
    with mpmath.workdps(40):
        v = {
            n: mpmath.mpf(k.hi.numerator) / k.hi.denominator
            for n, k in c.items()
            if k.hi is not None
        }
        t = v["q"] / v["lambda"] * mpmath.exp(v["xi"]) * (v["chi"] / 2 + mpmath.log(v["A_2"] * 20))
        promised = mpmath.mpf(10) ** (
            mpmath.mpf(plan.time.log10.numerator) / plan.time.log10.denominator
        )
        assert t <= promised <= t * (1 + mpmath.mpf(10) ** -8)
    assert plan.eps[1] <= Fraction(1, 20)
    # The next temperature of two digits would not do.
    nxt = Problem(
        pb.activation, pb.loss_name, pb.lam, plan.noise * Fraction(11, 10), pb.data, pb.outer
    )
    assert make_plan(nxt, Fraction(1, 20), table, LIBRARY).eps[1] > Fraction(1, 20)


@pytest.mark.parametrize(
    ("name", "loss"),
    [
        ("tanh", "squared"),
        ("sigmoid", "logistic"),
        ("softplus", "squared"),
        ("tanh", "sqrt(1+u^2)-1"),
        ("softplus", "log(cosh(u))"),
        ("sigmoid", "softplus(1-m)"),
    ],
)
def test_simulated_paths_stay_below_the_certified_curve(name: str, loss: str) -> None:
    """E L(W_t) - min L <= eps + A_2 exp(chi/2 - t (lambda/q) exp(-xi)) at all recorded times, where
    the curve is not vacuous.
    """
    pb, table = problem(name, loss, Fraction(2), Fraction(1))
    plan = make_plan(pb, Fraction(1, 10), table, LIBRARY)
    c = {n: float(k.hi) for n, k in plan.constants.items() if k.hi is not None}
    X, y = float_arrays(table)
    data = Data.of(X, y, [0.5])
    dt, steps = 0.002, 2000
    replicas = [Replica(2.0, Method("sde", dt, None, noise=1.0), r) for r in range(400)]
    t = run(
        pb.activation,
        loss,
        data,
        replicas,
        steps,
        Initial(c["v_0"]),
        seed=3,
        records=40,
        backend="numpy",
    )
    low = float(
        Net.of(pb.activation, loss, X, y, [0.5], 2.0, backend="numpy")
        .loss(np.linspace(-5, 5, 20001).reshape(-1, 1, 1))
        .min()
    )
    measured = t.loss.mean(axis=0) - low
    error = 4 * t.loss.std(axis=0) / 20
    rate = c["lambda"] / c["q"] * np.exp(-c["xi"])
    curve = c["eps"] + c["A_2"] * np.exp(c["chi"] / 2 - rate * t.iterations * dt)
    assert (measured - error <= curve).all()
    assert c["A_2"] * np.exp(c["chi"] / 2) < 1e6, "the curve says something from the start"


def test_sgd_with_coupled_noise_is_refused_or_covered() -> None:
    pb, table = problem(lam=Fraction(1, 50))
    plan = make_plan(pb, Fraction(1, 20), table, LIBRARY)
    assert plan.langevin is not None
    assert plan.sgd is None and "2 e osc" in plan.reasons["sgd"]
    # With almost no risk the condition can be met, and then the step itself is what is left.
    tiny = Table("flat", "", ("x0",), "y", ((1,),), (1,), 10**6, 10**6)
    flat = Problem(
        resolve("tanh"),
        "squared",
        Fraction(1),
        Fraction(1, 100),
        summarise(tiny),
        summarise_outer([Fraction(1, 10**6)], "given", ""),
    )
    covered = make_plan(flat, Fraction(10), tiny, LIBRARY)
    assert covered.sgd is not None
    assert covered.sgd.step.log10 <= -4


def wide() -> tuple[Problem, Table, list[float]]:
    """A logistic net of four units at a lambda above the curvature of its risk."""
    rows = ((70, 20), (-40, 100), (150, -100), (10, 30))
    table = Table("four samples", "", ("x", "z"), "y", rows, (1, -1, 1, -1), 100, 1)
    weights = [Fraction(k, 16) for k in (5, -7, 3, 6)]
    return (
        Problem(
            resolve("tanh"),
            "logistic",
            Fraction(4),
            None,
            summarise(table),
            summarise_outer(weights, "given", ""),
        ),
        table,
        [float(w) for w in weights],
    )


def test_a_convex_loss_is_planned_in_few_iterations() -> None:
    """And Langevin Monte Carlo, simulated with the promised step and count, keeps the promise."""
    pb, table, weights = wide()
    epsilon = Fraction(1, 2)
    plan = make_plan(pb, epsilon, table, LIBRARY)
    c = plan.constants
    assert c["xi"].hi == 0 and plan.langevin is not None
    count = int(plan.langevin.count.whole())
    assert count < 10**5
    h, s = 10.0 ** float(plan.langevin.step.log10), float(plan.noise)
    X, y = float_arrays(table)
    data = Data.of(X, y, weights)
    # h with F = 2 L/s is the step 2 h/s of L at the temperature s/2.
    method = Method("langevin", 2 * h / s, None, temperature=s / 2)
    t = run(
        pb.activation,
        pb.loss_name,
        data,
        [Replica(4.0, method, r) for r in range(100)],
        count,
        Initial(s / 8),
        seed=1,
        records=1,
        backend="numpy",
    )
    low = float(
        run(
            pb.activation,
            pb.loss_name,
            data,
            [Replica(4.0, Method("gd", 0.1), 0)],
            2000,
            Initial(0.01),
            records=1,
            backend="numpy",
        ).loss[0, -1]
    )
    excess = t.loss[:, -1].mean() - low
    assert excess - 4 * t.loss[:, -1].std() / 10 <= float(plan.eps[1] + epsilon)


def test_sgd_is_covered_where_the_loss_is_convex() -> None:
    pb, table, _ = wide()
    plan = make_plan(
        Problem(pb.activation, pb.loss_name, pb.lam, Fraction(1, 10**5), pb.data, pb.outer),
        Fraction(1, 100),
        table,
        LIBRARY,
    )
    assert plan.sgd is not None and plan.sgd.count.log10 < 7
    at_most = 4 / (
        4 * float(plan.constants["q"].lo or 0) * float(plan.constants["gLip"].hi or 0) ** 2
    )
    assert at_most >= 1e-5
    large = make_plan(
        Problem(pb.activation, pb.loss_name, pb.lam, Fraction(1), pb.data, pb.outer),
        Fraction(1),
        table,
        LIBRARY,
    )
    assert large.sgd is None and "is not at most" in large.reasons["sgd"]


def test_convexity_is_not_claimed_below_the_curvature() -> None:
    pb, table, _ = wide()
    bound = LIBRARY.facts_of(pb)
    assert bound is not None
    for lam, convex in ((Fraction(4), True), (Fraction(1, 20), False)):
        proof = prove(
            Problem(pb.activation, pb.loss_name, lam, Fraction(1), pb.data, pb.outer),
            "rate-continuous",
            LIBRARY,
            table,
        )
        assert (
            any(f.rule == "gap convex" for goal in proof.goals for f in goal.ancestors()) is convex
        )


def test_what_cannot_be_planned() -> None:
    pb, table = problem()
    with pytest.raises(InputError, match="epsilon must be positive"):
        make_plan(pb, Fraction(0), table, LIBRARY)
    with pytest.raises(InputError, match="lambda > 0"):
        make_plan(problem(lam=Fraction(0))[0], Fraction(1), table, LIBRARY)
    with pytest.raises(InputError, match="needs numbers"):
        make_plan(Problem(resolve("tanh"), "squared", Fraction(1)), Fraction(1), None, LIBRARY)
    with pytest.raises(InputError, match="at z = 0"):
        make_plan(problem("relu")[0], Fraction(1), table, LIBRARY)
    with pytest.raises(InputError, match="no certified rate"):
        make_plan(problem("z + sin(z)", lam=Fraction(100))[0], Fraction(1), table, LIBRARY)


def test_plan_on_the_command_line(tmp_path: Path) -> None:
    certificate = tmp_path / "rate.json"
    common = ["plan", "-a", "tanh", "-l", "logistic", "--width", "2", "-e", "1/2", "--no-search"]
    done = CliRunner().invoke(app, [*common, "--out", str(certificate)])
    assert done.exit_code == 0, done.output
    assert "10^(" in done.output and "evidence" in done.output
    assert CliRunner().invoke(app, ["check", str(certificate)]).exit_code == 0
    content = json.loads(CliRunner().invoke(app, [*common, "--json"]).output)
    assert float(content["time"]["log10"]) > 0 and content["time"]["rounded"] == "up"
    assert content["langevin"]["h"]["rounded"] == "down"
    for wrong, says in (
        (["-e", "0"], "positive"),
        (["-e", "x"], "--epsilon"),
        (["--lam", "-1", "-e", "1"], "lambda > 0"),
        (["-a", "z + sin(z)", "-l", "squared", "-e", "1"], "rate"),
    ):
        failed = CliRunner().invoke(app, [*common, *wrong])
        assert isinstance(failed.exception, InputError), failed.output
        assert says in str(failed.exception)


def test_numbers_at_the_extremes() -> None:
    """epsilon from 10^-100 to 10^100, lambda from 10^-30 to 10^30."""
    for epsilon in (Fraction(1, 10**100), Fraction(10**100)):
        for lam in (Fraction(1, 10**30), Fraction(10**30)):
            pb, table = problem(lam=lam)
            try:
                plan = make_plan(pb, epsilon, table, LIBRARY)
            except InputError as error:
                assert "epsilon" in str(error)
                continue
            assert plan.eps[1] <= epsilon
            with balls.precision(BITS):
                assert plan.time.log10 < Fraction(10) ** 200 and arb(1).is_finite()


def test_a_plan_lists_the_data_that_it_is_about(tmp_path: Path) -> None:
    file = tmp_path / "my.csv"
    file.write_text(";a;y\n0;0,5;0\n1;1,5;1\n2;-1,5;1\n", encoding="utf-8")
    arguments = ["plan", "-a", "tanh", "-l", "logistic", "--width", "2", "-e", "1/2", "--no-search"]
    done = CliRunner().invoke(app, [*arguments, "--data", str(file), "--target", "y"])
    assert done.exit_code == 0, done.output
    shown = done.output.replace("\n", " ")
    assert "my.csv: 3 rows, target y, features a" in shown
    assert "labels: y = 0 is -1, y = 1 is +1" in shown
    assert "column 1 of my.csv has no name and is left out" in shown


def test_the_goal_has_one_letter_in_every_line_of_a_plan() -> None:
    pb, table, _ = wide()
    shown = " ".join(plan_text(make_plan(pb, Fraction(1, 2), table, LIBRARY)).split())
    assert "10^(" in shown and "from χ/2 + log(ς/η)" in shown and "ς/E" not in shown
