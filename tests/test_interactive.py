"""The objects of a session: printed well, escaped, and handing out plain SymPy."""

from __future__ import annotations

import inspect
import io
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy as sp
from rich.console import Console

import proofkit
from proofkit import Activation, Certificate, Fact, Facts, Problem, Proof, bounds, certify, prove
from proofkit.errors import InputError
from proofkit.interactive import namespace
from proofkit.problem.problem import Problem as KernelProblem
from proofkit.report import bundled_data
from proofkit.tactics.prove import Proof as ProverProof


@pytest.fixture(scope="module")
def proof() -> Proof:
    return Problem("softplus", "squared", lam="1/10").prove()


@pytest.mark.parametrize("name", proofkit.__all__)
def test_every_public_name_has_a_runnable_example(name: str) -> None:
    item = getattr(proofkit, name)
    assert ">>>" in (item.__doc__ or ""), name
    if inspect.isclass(item) and item.__module__ == "proofkit.interactive":
        for attribute, value in vars(item).items():
            plain = value.__func__ if isinstance(value, staticmethod | classmethod) else value
            if inspect.isfunction(plain) and not attribute.startswith("_"):
                assert ">>>" in (plain.__doc__ or ""), f"{name}.{attribute}"


def objects(proof: Proof) -> list[object]:
    fact = proof.fact("V4")
    assert fact is not None
    return [Activation.of("tanh"), bounds("tanh"), proof.problem, proof, certify(proof), fact]


def test_every_object_prints_everywhere(proof: Proof) -> None:
    for item in objects(proof):
        assert isinstance(item, Activation | Facts | KernelProblem | Proof | Certificate | Fact)
        assert "<" in item._repr_html_() and "<script" not in item._repr_html_()
        assert "$" in item._repr_latex_()
        assert len(repr(item)) < 400 and "\n" not in repr(item)
        out = io.StringIO()
        Console(file=out, width=200).print(item)
        assert str(item).splitlines()[0][:30] in out.getvalue()


def test_ipython_shows_the_text(proof: Proof) -> None:
    from IPython.lib.pretty import pretty

    assert pretty(proof) == str(proof) and pretty(proof).startswith("PROVED")


def test_html_is_escaped() -> None:
    sigma = Activation("<script>alert(1)</script>", Activation.of("tanh").root)
    for shown in (
        sigma._repr_html_(),
        Problem(sigma)._repr_html_(),
        Problem(sigma).prove()._repr_html_(),
    ):
        assert "<script" not in shown


def test_what_a_session_makes_is_what_the_kernel_takes(proof: Proof) -> None:
    plain = KernelProblem(Activation.of("softplus"), "squared", Fraction(1, 10))
    assert proof.problem.key == plain.key and isinstance(proof, ProverProof)
    assert certify(prove(plain)).digest == certify(proof).digest
    assert certify(proof).check() == ""


def test_expressions_are_plain_sympy() -> None:
    problem = Problem("tanh", "squared")
    S = problem.symbols()
    n, p, d, W, x, a, y = (S[k] for k in ("n", "p", "d", "W", "x", "a", "y"))
    one = {n: 1, p: 1, d: 1}
    w = sp.Symbol("w", real=True)
    values = {
        W[1, 1]: w,
        x[1, 1]: 2,
        a[1]: 3,
        y[1]: sp.Rational(1, 2),
        S["lambda"]: sp.Rational(1, 5),
    }
    L = problem.objective().subs(one).doit().subs(values)
    gradient = problem.gradient().subs(one).doit().subs({S["J"]: 1, S["K"]: 1}).subs(values)
    assert sp.simplify(sp.diff(L, w) - gradient) == 0
    assert sp.simplify(sp.diff(L, w, 2) - problem.laplacian().subs(one).doit().subs(values)) == 0
    assert (
        sp.simplify(
            sp.diff(L, w, 2)
            - problem.hessian_form().subs(one).doit().subs({**values, S["V"][1, 1]: 1})
        )
        == 0
    )
    villani = problem.subs(noise="1/3").villani().subs(one).doit().subs(values)
    assert sp.simplify(3 * sp.diff(L, w) ** 2 - sp.diff(L, w, 2) - villani) == 0


def test_numbers_must_be_exact() -> None:
    assert Problem("tanh", lam=sp.Rational(1, 3)).lam == Fraction(1, 3)
    for value in (0.1, True, object(), sp.Float("0.1")):
        with pytest.raises(InputError, match="exact number"):
            Problem("tanh", lam=value)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="did you mean squared"):
        Problem("tanh", "sqared")
    with pytest.raises(InputError, match="did you mean tanh"):
        Problem("tnah")


def test_bound_problems_have_their_own_arrays() -> None:
    bound = Problem("tanh", lam="1/10").bind(bundled_data(), "progression", width=4)
    net = bound.lambdify(standardise=True, backend="numpy")
    W = np.zeros((4, 10))
    assert net.loss(W).item() == pytest.approx(0.5, rel=1e-6)  # standardised targets: mean square 1
    path = bound.run(step=0.05, steps=20, replicas=2)
    assert path.loss.shape[0] == 2 and path.final.shape == (2, 4, 10)
    assert bound.prove().certificate().content["problem"]["data"]["n"] == 442
    with pytest.raises(InputError, match="needs X, y and a"):
        Problem("tanh", lam=1).lambdify()
    with pytest.raises(InputError, match="needs lambda"):
        Problem("tanh").bind(bundled_data(), "progression").lambdify()


def test_explain(proof: Proof) -> None:
    assert "V4 Euler" in proof.explain() and "radial" in proof.explain()
    told = proof.explain("V4")
    assert "by the rule 'V4 Euler' from" in told and "since $" in told and "r_0 = " in told
    assert "did you mean" in proof.explain("V4 Eulr")
    unknown = Problem("z*sin(z)").prove()
    assert unknown.verdict == "UNKNOWN" and "V4 is UNKNOWN" in unknown.explain("V4")


def test_a_changed_file_is_not_loaded(proof: Proof, tmp_path) -> None:
    path = certify(proof).save(tmp_path / "c.json")
    assert Certificate.load(path).digest == certify(proof).digest
    path.write_text(path.read_text().replace('"PROVED"', '"REFUTED"', 1))
    with pytest.raises(InputError, match="was changed"):
        Certificate.load(path)


def test_namespace_of_the_shell() -> None:
    names = namespace("softplus", "logistic")
    assert {"sp", "np", "z", "W", "lam", "Problem", "prove", "sigma", "problem", "L"} <= set(names)
    assert names["problem"].loss_name == "logistic" and names["L"].has(names["W"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"data": np.ones((3, 2))}, r"data must be the name of a file, .* numpy\.savez"),
        ({"data": None}, "data must be the name of a file"),
        ({"outer": [1.5, -0.25]}, "outer must be the name of a file, .* one a line"),
        ({"width": 2.5}, "the width must be a whole number, not '2.5'"),
        ({"seed": "x"}, "the seed must be a whole number, not 'x'"),
    ],
)
def test_bind_says_what_it_needs(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Problem("tanh").bind(**({"data": "my.csv", "target": "y"} | arguments))


@pytest.mark.parametrize("spec", [3, None, 1.5, ["tanh"]])
def test_what_is_no_activation_is_said(spec: Any) -> None:
    with pytest.raises(InputError, match="an activation is a name"):
        Problem(spec)
