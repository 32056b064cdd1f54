"""Muckenhoupt's criterion in one dimension: the quadrature, the rule, and both checks of a
certificate.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import mpmath
import pytest
from typer.testing import CliRunner

from proofkit.activation.catalogue import resolve
from proofkit.cli import app
from proofkit.kernel import onedim
from proofkit.kernel.core import KernelError
from proofkit.kernel.facts import infer
from proofkit.kernel.univariate import balls
from proofkit.numeric.gap import stationary
from proofkit.numeric.kernels import Net, float_arrays
from proofkit.problem.data import summarise, summarise_outer
from proofkit.problem.problem import Problem
from proofkit.reading.outer import outer_weights
from proofkit.reading.table import Table, load_table
from proofkit.tactics.prove import prove
from proofkit.tactics.routes import dissipative, langevin
from proofkit.tactics.workbench import Library, Workbench

LIBRARY = Library()
ROWS = "x,y\n0.7,0.3\n-0.4,-0.5\n1.5,1\n"


def one_weight(
    name: str, loss: str, weight: Fraction, lam: Fraction, noise: Fraction
) -> tuple[Problem, Table, Net]:
    labels = (100, -100, 100) if loss == "logistic" else (30, -50, 100)
    table = Table("three samples", "", ("x",), "y", ((70,), (-40,), (150,)), labels, 100, 100)
    problem = Problem(
        resolve(name), loss, lam, noise, summarise(table), summarise_outer([weight], "given", "")
    )
    return (
        problem,
        table,
        Net.of(
            problem.activation,
            loss,
            *float_arrays(table),
            [float(weight)],
            float(lam),
            backend="numpy",
        ),
    )


@pytest.mark.parametrize(
    ("name", "loss"),
    [
        ("tanh", "squared"),
        ("softplus", "squared"),
        ("sigmoid", "logistic"),
        ("z + sin(z)", "logistic"),
    ],
)
@pytest.mark.parametrize(
    ("weight", "lam", "noise"), [("1/2", "1/4", "1/10"), ("-3", "1", "1/2"), ("5/2", "1/20", "1/5")]
)
def test_the_certified_gap_is_within_a_factor_of_eight(
    name: str, loss: str, weight: str, lam: str, noise: str
) -> None:
    problem, table, net = one_weight(name, loss, Fraction(weight), Fraction(lam), Fraction(noise))
    proof = prove(problem, "rate-continuous", LIBRARY, table)
    assert proof.verdict == "PROVED"
    c = proof.constants
    xi, q = c["xi"].hi, c["q"].hi
    assert xi is not None and q is not None
    true = stationary(
        lambda x: net.loss(x.reshape(-1, 1, 1)), 1, float(Fraction(noise)), float(Fraction(lam))
    ).gap
    certified = float(Fraction(lam)) / float(q) * math.exp(-float(xi))
    assert certified <= true * (1 + 1e-4)
    # The criterion loses at most 8 with a median; the quadrature and the room in xi a little more.
    assert true <= 8.5 * certified


def test_the_potential_encloses_itself() -> None:
    problem, table, net = one_weight(
        "softplus", "squared", Fraction(-3, 2), Fraction(1, 3), Fraction(1, 7)
    )
    V = onedim.potential(
        problem.activation.root,
        True,
        onedim.rows_of(table),
        Fraction(-3, 2),
        Fraction(1, 3),
        Fraction(1, 7),
    )
    with balls.precision(96):
        for k in range(-20, 21):
            value, slope = V(balls.hull(Fraction(k, 7), Fraction(k, 7) + Fraction(1, 50)))
            for w in (Fraction(k, 7), Fraction(k, 7) + Fraction(1, 50)):
                exact = float(net.loss([[float(w)]])) * 14
                assert float(value.lower()) - 1e-9 <= exact <= float(value.upper()) + 1e-9
                gradient = float(net.gradient([[float(w)]])[0, 0]) * 14
                assert float(slope.lower()) - 1e-9 <= gradient <= float(slope.upper()) + 1e-9


def test_the_bound_is_above_the_integrals() -> None:
    """Against mpmath's quadrature of the very products, for the Gaussian: B at m = 0."""
    V = lambda w: (w * w / 2, w)  # noqa: E731 - V = w^2/2
    with balls.precision(96):
        bound = onedim.poincare_bound(
            V,
            onedim.Quadrature(Fraction(0), Fraction(-6), Fraction(6), 400),
            (Fraction(1), Fraction(0)),
            Fraction(2),
        )
    best = max(
        mpmath.quad(lambda t: mpmath.exp(-t * t / 2), [x, mpmath.inf])
        * mpmath.quad(lambda t: mpmath.exp(t * t / 2), [0, x])
        for x in (mpmath.mpf(k) / 20 for k in range(1, 100))
    )
    assert 4 * best <= float(bound.upper()) <= 4.2 * best


def test_the_rule_refuses_what_it_cannot_see() -> None:
    problem, table, _ = one_weight(
        "tanh", "squared", Fraction(1, 2), Fraction(1, 4), Fraction(1, 10)
    )
    bench = Workbench(problem, LIBRARY, table)
    premises = (bench.parameters(), dissipative(bench))
    good = onedim.Quadrature(Fraction(0), Fraction(-8), Fraction(8), 200)
    fact = infer("gap in one dimension", problem, premises, table=table, quadrature=good)
    assert fact.constants[-1].name == "q" or {c.name for c in fact.constants} == {"xi", "q"}
    with pytest.raises(KernelError, match="without a log-Sobolev inequality"):
        infer("Langevin Monte Carlo", problem, (*langevin(bench).premises[:4], fact))
    other = replace(table, rows=((71,), (-40,), (150,)))
    for given in (
        {"table": other, "quadrature": good},
        {"table": None, "quadrature": good},
        {"table": table, "quadrature": replace(good, right=Fraction(1, 100))},
        {"table": table, "quadrature": replace(good, m=Fraction(9))},
        {"table": table, "quadrature": replace(good, cells=10**6)},
        {"table": table, "quadrature": replace(good, cells=0)},
        {"table": table, "quadrature": None},
    ):
        with pytest.raises(KernelError):
            infer("gap in one dimension", problem, premises, **given)


def test_both_programs_check_the_certificate(tmp_path: Path) -> None:
    data, outer, certificate, spec = (tmp_path / n for n in ("d.csv", "a.txt", "c.json", "p.toml"))
    data.write_text(ROWS)
    outer.write_text("0.5\n")
    spec.write_text('data = "d.csv"\ntarget = "y"\nouter = "a.txt"\n')
    common = [
        "prove",
        "-a",
        "softplus",
        "--data",
        str(data),
        "--target",
        "y",
        "--outer",
        str(outer),
        "--lam",
        "1/4",
        "--noise",
        "1/10",
    ]
    assert (
        CliRunner()
        .invoke(app, [*common, "--claim", "rate-continuous", "--out", str(certificate)])
        .exit_code
        == 0
    )
    content = json.loads(certificate.read_text())
    (at,) = [k for k, s in enumerate(content["steps"]) if s["rule"] == "gap in one dimension"]
    check = lambda: CliRunner().invoke(app, ["check", str(certificate), "--problem", str(spec)])  # noqa: E731
    done = check()
    assert done.exit_code == 0, done.output
    without = CliRunner().invoke(app, ["check", str(certificate)])
    assert (
        without.exit_code == 3
        and "needs the data" in without.output
        and "not verified" in without.output
        and "INVALID" not in without.output
    )
    from proofkit.kernel.recheck import recheck

    table = load_table(data, "y")
    assert recheck(content, table).valid
    weights, _ = outer_weights(outer)
    assert weights == [Fraction(1, 2)]
    # A larger gap than the quadrature shows, with a right digest.
    step = content["steps"][at]
    old, new = (
        step["defines"]["xi"]["lo"],
        str(Fraction(step["defines"]["xi"]["lo"]) - Fraction(1, 8)),
    )
    text = json.dumps({k: v for k, v in content.items() if k != "digest"}).replace(
        json.dumps(old), json.dumps(new)
    )
    body = json.loads(text)
    body["digest"] = hashlib.sha256(
        json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()
    certificate.write_text(json.dumps(body))
    done = check()
    assert done.exit_code == 1 and "larger than the quadrature shows" in done.output, done.output
    assert not recheck(body, table).valid
