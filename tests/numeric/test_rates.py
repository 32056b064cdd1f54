"""Certified rates against the true stationary law in dimension 1 and 2."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from proofkit.activation.catalogue import resolve
from proofkit.constants import Constant
from proofkit.errors import InputError
from proofkit.numeric.gap import Stationary, stationary
from proofkit.numeric.kernels import Net, float_arrays
from proofkit.problem.data import summarise, summarise_outer
from proofkit.problem.problem import Problem
from proofkit.reading.table import Table
from proofkit.tactics.prove import prove
from proofkit.tactics.routes import dissipative, langevin
from proofkit.tactics.workbench import Library, Stuck, Workbench

CASES = (
    ("tanh", "squared"),
    ("sigmoid", "squared"),
    ("softplus", "squared"),
    ("tanh", "logistic"),
    ("softplus", "logistic"),
)
LIBRARY = Library()
"""The suprema of the activations are enclosed once for all instances."""


def instance(seed: int) -> tuple[Problem, Table, Net, int]:
    """A random net with one or two weights, and moderate numbers so that the eigenvalue is within
    reach of floating point.
    """
    rng = np.random.default_rng(seed)
    name, loss = CASES[seed % len(CASES)]
    p, d = ((1, 1), (2, 1), (1, 2))[int(rng.integers(3))]
    n = int(rng.integers(1, 5))
    rows = tuple(tuple(int(v) for v in row) for row in rng.integers(-200, 200, (n, d)))
    labels = tuple(
        int(v)
        for v in (rng.choice([-100, 100], n) if loss == "logistic" else rng.integers(-200, 200, n))
    )
    table = Table(
        f"instance {seed}", "", tuple(f"x{k}" for k in range(d)), "y", rows, labels, 100, 100
    )
    weights = [Fraction(int(v) or 1, 100) for v in rng.integers(-150, 150, p)]
    lam, noise = Fraction(int(rng.integers(5, 200)), 100), Fraction(int(rng.integers(20, 400)), 100)
    problem = Problem(
        resolve(name), loss, lam, noise, summarise(table), summarise_outer(weights, "given", "")
    )
    net = Net.of(
        problem.activation,
        loss,
        *float_arrays(table),
        [float(w) for w in weights],
        float(lam),
        backend="numpy",
    )
    return problem, table, net, p * d


def measured(problem: Problem, net: Net, dimension: int) -> Stationary:
    shape = (net.data.p, net.data.d)
    assert problem.lam is not None and problem.noise is not None
    return stationary(
        lambda x: net.loss(x.reshape(-1, *shape)),
        dimension,
        float(problem.noise),
        float(problem.lam),
    )


def upper(constants: dict[str, Constant], name: str) -> float:
    c = constants[name]
    assert c.hi is not None
    return float(c.hi)


@pytest.mark.parametrize("block", range(10))
def test_certified_constants_hold_on_random_instances(block: int) -> None:
    """Gap, moments, excess, initial law and second moment of L - min L, on 21 instances each: 210
    in all.
    """
    for seed in range(21 * block, 21 * block + 21):
        problem, _, net, dimension = instance(seed)
        proof = prove(problem, "rate-continuous", LIBRARY)
        assert proof.verdict == "PROVED", proof.statement
        c = dict(proof.constants)
        true = measured(problem, net, dimension)
        lam = float(problem.lam or 0)
        certified = lam / upper(c, "q") * math.exp(-upper(c, "xi"))
        assert certified <= true.gap * (1 + 1e-4), (seed, certified, true.gap)
        r2 = (true.points**2).sum(axis=1)
        low = true.loss.min()
        slack = 1 + 1e-5
        assert math.sqrt(true.mean(r2)) <= upper(c, "W_2") * slack
        assert true.mean(r2**2) ** 0.25 <= upper(c, "W_4") * slack
        assert true.mean(true.loss - low) <= upper(c, "eps") * slack
        assert math.sqrt(true.mean((true.loss - low) ** 2)) <= upper(c, "A_2") * slack
        v = upper(c, "v_0")
        rho = np.exp(-r2 / (2 * v))
        rho /= rho.sum()
        assert (rho**2 / true.weights).sum() <= math.exp(upper(c, "chi")) * slack
        if "osc" in c and c["xi"].hi is not None and upper(c, "q") == 1:
            risk = true.loss - lam / 2 * r2
            assert risk.max() - risk.min() <= upper(c, "osc") * slack


def test_the_gap_of_a_gaussian() -> None:
    for dimension in (1, 2):
        found = stationary(lambda x: 0.35 * (x**2).sum(axis=1), dimension, 0.5, 0.7)
        assert found.gap == pytest.approx(0.7, rel=1e-4)
        assert found.mean((found.points**2).sum(axis=1)) == pytest.approx(
            dimension * 0.5 / 1.4, rel=1e-6
        )
    with pytest.raises(InputError, match="dimension 1 and 2"):
        stationary(lambda x: (x**2).sum(axis=1), 3, 1.0, 1.0)


def test_a_wrong_constant_would_be_seen() -> None:
    """The comparison has power: with the gap of the Gaussian part alone, some instance is above the
    true gap.
    """
    beaten = 0
    for seed in range(40):
        problem, _, net, dimension = instance(seed)
        beaten += measured(problem, net, dimension).gap < 0.99 * float(problem.lam or 0)
    assert beaten > 0


@pytest.mark.parametrize(
    ("name", "loss", "reason"),
    [("z + sin(z)", "squared", "Euler defect"), ("z*log(1 + z^2)", "squared", "")],
)
def test_no_rate_where_no_gap_is_known(name: str, loss: str, reason: str) -> None:
    proof = prove(Problem(resolve(name), loss), "rate-continuous", LIBRARY)
    assert proof.verdict == "UNKNOWN"
    assert reason in proof.open


def test_langevin_needs_a_log_sobolev_inequality() -> None:
    assert prove(Problem(resolve("tanh"), "squared"), "rate-langevin", LIBRARY).verdict == "PROVED"
    proof = prove(Problem(resolve("softplus"), "squared"), "rate-langevin", LIBRARY)
    assert proof.verdict == "UNKNOWN"
    assert "log-Sobolev" in proof.open


@pytest.mark.parametrize("loss", ["squared", "logistic"])
def test_nothing_is_claimed_without_a_regulariser(loss: str) -> None:
    for lam in (Fraction(0), Fraction(-1)):
        assert (
            prove(Problem(resolve("tanh"), loss, lam), "rate-continuous", LIBRARY).verdict
            != "PROVED"
        )


def test_rules_refuse_premises_that_would_prove_too_much() -> None:
    """A gap without a log-Sobolev inequality for Langevin Monte Carlo, and a radial bound whose
    defect is that of kappa = 1.
    """
    bench = Workbench(Problem(resolve("sigmoid"), "squared"), LIBRARY)
    fact = langevin(bench)
    lyapunov = bench.infer(
        "gap Lyapunov", dissipative(bench), bench.swing(), bench.enclosed("M1"), bench.at_zero()
    )
    # Its oscillation is that over a ball, and the kernel does not take one name for two numbers.
    with pytest.raises(Stuck, match="two different constants"):
        bench.infer("Langevin Monte Carlo", *fact.premises[:4], lyapunov)
    soft = Workbench(Problem(resolve("softplus"), "logistic"), LIBRARY)
    with pytest.raises(Stuck, match="kappa = 0"):
        soft.infer(
            "radial residual",
            soft.parameters(),
            soft.derivation(),
            soft.residual(),
            soft.enclosed("H"),
        )
    with pytest.raises(Stuck, match="numbers for lambda"):
        bench.infer(
            "gap convex",
            bench.parameters(),
            bench.derivation(),
            bench.residual(),
            bench.enclosed("M2"),
            bench.enclosed("M1"),
            bench.of_loss("dip"),
        )
