"""The objects of a session: printed well, escaped, and handing out plain SymPy."""

from __future__ import annotations

import dataclasses
import inspect
import io
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rich.console import Console

import proofkit
from proofkit import (
    Activation,
    Certificate,
    Facts,
    Finding,
    Problem,
    Proof,
    bounds,
    certify,
    derive,
    prove,
)
from proofkit.errors import InputError
from proofkit.interactive import namespace
from proofkit.problem.problem import Problem as KernelProblem
from proofkit.reading.scaling import Scaling
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
        assert isinstance(item, Activation | Facts | KernelProblem | Proof | Certificate | Finding)
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


Z, T = sp.Symbol("z"), sp.Symbol("t", real=True)


@pytest.mark.parametrize(
    "spec",
    [3, None, 1.5, ["tanh"], b"tanh", np.ones(2), np.tanh, lambda z: z, sp.sqrt],
    ids=lambda v: type(v).__name__,
)
@pytest.mark.parametrize("take", [Activation, Activation.of, Problem, prove, derive, bounds])
def test_what_is_no_activation_is_said(spec: Any, take: Any) -> None:
    with pytest.raises(InputError, match="an activation is a name, an expression in z as text, or"):
        take(spec)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (Z * T, "one variable, but this expression has t, z"),
        (sp.Function("exp")(Z), "outside the grammar"),
        (sp.sech, "outside the grammar"),
        (sp.atan2, "no function of one number"),
        (sp.Lambda((T, Z), T), "no function of one number"),
        (sp.Matrix([Z]), "outside the grammar"),
        (sp.Float(0.5) * Z, "is not exact"),
        (Z**100, "the exponent is too large"),
        (sp.Integer(10) ** 5000 * Z, "the number is too large"),
        (sp.Integer(3), "is a constant"),
        (Z > 0, "outside the grammar"),
    ],
)
def test_sympy_that_is_no_activation_is_said(spec: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        Problem(spec)


TREES = st.recursive(
    st.one_of(
        st.just(Z), st.fractions(-3, 3, max_denominator=5).map(lambda q: sp.Rational(str(q)))
    ),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda v: v[0] + v[1]),
        st.tuples(inner, inner).map(lambda v: v[0] * v[1]),
        st.tuples(st.sampled_from([sp.tanh, sp.sin, sp.atan, sp.erf]), inner).map(
            lambda v: v[0](v[1])
        ),
        inner.map(lambda v: sp.exp(-(v**2))),
        inner.map(lambda v: 1 / sp.sqrt(1 + v**2)),
        inner.map(lambda v: v / (2 + sp.cos(v))),
    ),
    max_leaves=6,
)


@settings(max_examples=150)
@given(TREES)
def test_a_sympy_expression_is_what_it_prints(expr: Any) -> None:
    assume(expr.free_symbols)
    made = Activation(expr)
    assert made == Activation(str(expr))
    assert Activation(expr.subs(Z, T)) == made
    # Another symbol, another reading of the tree: the value is that of the expression.
    for x in (sp.Rational(-7, 5), sp.Rational(2, 3)):
        own = made.expr.subs(sp.Symbol("z", real=True), x).evalf(30)
        assert abs(own - expr.subs(Z, x).evalf(30)) < 1e-20


@pytest.mark.parametrize(
    ("given_as", "text"),
    [
        (sp.tanh, "tanh"),
        (sp.tanh(T), "tanh(z)"),
        (Z * sp.exp(-(Z**2)), "z*exp(-z^2)"),
        (sp.log(1 + sp.exp(Z)), "log(exp(z) + 1)"),
        (sp.Lambda(T, T / (1 + T**2)), "z/(z^2 + 1)"),
    ],
)
def test_certificates_do_not_tell_sympy_from_text(given_as: Any, text: str) -> None:
    one, two = (Problem(spec, lam="1/10").prove().certificate() for spec in (given_as, text))
    assert one.digest == two.digest and one.check() == ""


def test_prove_and_derive_take_an_activation() -> None:
    assert prove("tanh", loss="squared", lam="1/10").problem == Problem("tanh", "squared", "1/10")
    assert prove(sp.tanh, loss="logistic").verdict == "PROVED"
    assert derive("tanh").laplacian == Problem("tanh").laplacian()
    assert derive("tanh", loss="logistic").gradient == Problem("tanh", "logistic").gradient()
    assert derive("logistic").loss == "logistic"
    with pytest.raises(InputError, match="those of the problem"):
        prove(Problem("tanh"), loss="squared")
    with pytest.raises(InputError, match="is a loss, not a claim"):
        prove("tanh", "squared")
    with pytest.raises(InputError, match="no loss called 'wobbly'"):
        derive("tanh", loss="wobbly")


@pytest.mark.parametrize("spec", ["softplus", "relu", "z^2", "squared", "logistic", "abstract"])
def test_a_derivation_shows_the_chain_rule(spec: str) -> None:
    made = derive(spec)
    assert "Σ_i ℓ'_i" in str(made) and "<math" in made._repr_html_() and "$$" in made._repr_latex_()
    assert (made.activation is None) == (spec in ("squared", "logistic", "abstract"))
    if spec == "z^2":
        assert "σ'(z) = 2z." in str(made) and "σ''(z) = 2." in str(made)


def test_the_three_fields_of_an_activation_and_replace() -> None:
    sigma = Activation("softplus(beta=2)")
    assert dataclasses.replace(sigma, name="mine") == Activation(
        "mine", sigma.root, sigma.parameters
    )
    problem = dataclasses.replace(Problem("tanh", "logistic"), lam=Fraction(1, 2))
    assert problem == Problem("tanh", "logistic", "1/2")
    with pytest.raises(InputError, match="must be a Node"):
        Activation("tanh", 3)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def bound() -> Problem:
    return Problem("tanh", lam="1/10", noise="1/50").bind(bundled_data(), "progression", width=4)


WRONG: dict[str, Callable[[Problem], object]] = {
    "the loss must be text": lambda b: Problem("tanh", 3),  # type: ignore[arg-type]
    "gets its data and outer weights from files": lambda b: Problem("tanh", data="my.csv"),  # type: ignore[arg-type]
    "the target must be text": lambda b: b.bind(bundled_data(), 3),  # type: ignore[arg-type]
    "the delimiter must be text": lambda b: b.bind(bundled_data(), "y", delimiter=3),  # type: ignore[arg-type]
    "the seed must not be negative": lambda b: b.bind(bundled_data(), "y", seed=-1),
    "the claim must be text": lambda b: b.prove(3),  # type: ignore[arg-type]
    "the budget must be a positive number": lambda b: b.prove(budget=0),
    "library must be": lambda b: prove(b, library=3),  # type: ignore[arg-type]
    "digits must lie between 15 and 1000": lambda b: bounds("tanh", 10**9),
    "the interval is empty or a point: 1 is not below 0": lambda b: bounds("tanh", left=1, right=0),
    "a certificate is made of a proof": lambda b: certify(3),  # type: ignore[arg-type]
    "a certificate has the keys": lambda b: Certificate({}),
    "the certificate must be the name of a file": lambda b: Certificate.load(3),  # type: ignore[arg-type]
    "no precision 'float65'": lambda b: b.lambdify(dtype="float65"),
    "no backend '3'": lambda b: b.lambdify(backend=3),  # type: ignore[arg-type]
    "X, y and a must be arrays": lambda b: b.lambdify("abc", [1], [1]),
    "scale the X and y you give yourself": lambda b: b.lambdify([[1]], [1], [1], standardise=True),
    "W must be an array": lambda b: b.lambdify().loss("x"),
    "V must be an array": lambda b: b.lambdify().hessian_product(np.ones((4, 10)), "x"),
    "the noise s must be a positive number": lambda b: b.lambdify().villani(np.ones((4, 10)), 0),
    "the step is 'x'": lambda b: b.run("x", 3),  # type: ignore[arg-type]
    "the number of steps must be a whole number": lambda b: b.run(0.1, 2.5),  # type: ignore[arg-type]
    "the method must be text": lambda b: b.run(0.1, 2, method=3),  # type: ignore[arg-type]
    "a run needs data": lambda b: Problem("tanh", lam=1).run(0.1, 2),
    "no data to standardise": lambda b: Problem("tanh").standardised(),
    "no data to write": lambda b: Problem("tanh").save_data("x.csv"),
}


@pytest.mark.parametrize("said", WRONG)
def test_wrong_types_get_a_sentence(said: str, bound: Problem) -> None:
    with pytest.raises(InputError, match=said) as told:
        WRONG[said](bound)
    assert "\n" not in str(told.value)


def test_one_convention_on_scaling(bound: Problem, tmp_path: Path) -> None:
    """What is run, what is compiled and what is proved are one L: of the file, or of the
    standardised data.
    """
    start = np.zeros((4, 10))
    for problem, standardise in ((bound, False), (bound.standardised(), True)):
        net = bound.lambdify(standardise=standardise, backend="numpy")
        path = bound.run(0.001, 3, batch=8, standardise=standardise)
        assert net.problem == path.problem == problem
        direct = problem.run(0.001, 3, batch=8)
        assert (direct.final == path.final).all()
        # L(0) = (1/n) sum y_i^2/2 from the exact constants of the problem that is proved.
        assert problem.data is not None
        assert net.loss(start).item() == pytest.approx(float(problem.data.y_square_mean) / 2)
        certificate = problem.prove().certificate()
        assert certificate.check() == "" and certificate.verdict == "PROVED"
        assert certificate.content["problem"]["data"]["rows_sha256"] == problem.data.rows_sha256
        # And the certificate is about the file that save_data writes.
        saved = problem.save_data(tmp_path / "rows.csv")
        again = Problem("tanh", lam="1/10", noise="1/50").bind(saved, "progression", width=4)
        assert again.data is not None and again.data.rows_sha256 == problem.data.rows_sha256
        # Its file is the one that was given, and the numbers of the scaling are recorded.
        assert bound.data is not None and problem.data.digest == bound.data.digest
        assert (problem.data.scaling is not None) == standardise
        recorded = certificate.content["problem"]["data"].get("scaling")
        assert Scaling.from_json(recorded) == problem.data.scaling
    assert "standardised" in bound.run(0.1, 1, standardise=True).note
    assert "standardised" in bound.standardised().run(0.1, 1).note
    assert "standardised" not in bound.run(0.1, 1).note


def test_outer_weights_of_ones_own_make_another_net(bound: Problem) -> None:
    net = bound.lambdify(a=[1.0, -1.0], backend="numpy")
    assert net.data.p == 2 and net.data.n == 442 and net.problem is None
    with pytest.raises(InputError, match="needs X, y and a"):
        bound.lambdify(y=[1.0])


def test_the_order_of_subs_and_bind_does_not_matter(bound: Problem) -> None:
    late = Problem("tanh").bind(bundled_data(), "progression", width=4)
    assert late.subs(lam="1/10", noise="1/50") == bound
    assert late.lambdify(lam="1/10").problem == late.subs(lam="1/10")
    assert late.run(0.001, 1, lam=0.5).problem == late.subs(lam="1/2")


def test_labels_are_not_standardised() -> None:
    problem = Problem("tanh", "logistic", lam=1).bind(
        bundled_data(), "progression", width=3, label_above=150
    )
    made = problem.standardised()
    assert made.data is not None and (made.data.y_min, made.data.y_max) == (-1, 1)
    assert made.prove().certificate().check() == ""


def test_noise_and_temperature_are_those_of_the_problem(bound: Problem) -> None:
    (sde,) = bound.run(0.001, 2, method="sde").replicas
    (langevin,) = bound.run(0.001, 2, method="langevin").replicas
    assert sde.method.noise == 1 / 50 and langevin.method.temperature == 1 / 100
    (other,) = bound.run(0.001, 2, method="sde", noise=0.5).replicas
    assert other.method.noise == 0.5


def test_reprs_are_one_short_line(proof: Proof, bound: Problem) -> None:
    long = Problem("+".join(f"tanh({k}*z)" for k in range(1, 90)))
    path = bound.run(0.001, 3, replicas=3)
    for item in (
        *objects(proof),
        long,
        long.activation,
        bound,
        bound.lambdify(),
        bound.lambdify().data,
        bound.table,
        bound.data,
        bound.outer,
        path,
        derive("tanh"),
        bounds("tanh").M1,
        *proof.routes,
        *proof.conditions,
        *proof.constants.values(),
    ):
        assert len(repr(item)) <= 160 and "\n" not in repr(item), repr(item)


def test_a_certificate_that_does_not_hold_is_shown_as_invalid_only() -> None:
    content = json.loads(Problem("tanh").prove().certificate().to_json())
    del content["digest"]
    for changed in (
        {**content, "verdict": "REFUTED"},
        {**content, "statement": "P = NP"},
        {**content, "steps": []},
        {**content, "problem": None},
        {**content, "conditions": [], "goals": 7},
    ):
        false = Certificate(changed)
        assert str(false).startswith("INVALID: ") and "P = NP" not in str(false)
        for shown in (false._repr_html_(), false._repr_latex_()):
            assert "INVALID" in shown and "P = NP" not in shown and "Villani" not in shown
        for ask in (false.explain, false.latex):
            with pytest.raises(InputError, match="the certificate is invalid"):
                ask()


def test_what_needs_the_data_to_be_verified_says_so_first(tmp_path: Path) -> None:
    """The jump of the loss at a kink is a sum over the rows, which a certificate does not hold."""
    data = tmp_path / "rows.csv"
    data.write_text("a,b,y\n1,2,1\n3,4,0\n")
    made = Problem("Abs(z)").bind(data, "y", width=2).prove().certificate()
    assert made.verdict == "REFUTED"
    for shown in (str(made), str(made.explain()), made._repr_html_().partition("<p>")[2]):
        assert shown.removeprefix("<strong>").startswith("NOT VERIFIED: ")
    with pytest.raises(InputError, match="was not verified"):
        made.latex()


# -- the file that names a problem, and rationals in runs ------------------------------------------


def mine(folder: Path, text: str) -> Path:
    (folder / "rows.csv").write_text("a,b,y\n1,2,1\n3,4.5,-1\n0.5,-1,1\n")
    path = folder / "mine.toml"
    path.write_text(text)
    return path


def test_a_problem_is_loaded_from_its_file(tmp_path: Path) -> None:
    symbolic = Problem.load(mine(tmp_path, 'activation = "tanh"\nloss = "logistic"\nnoise = 0.1'))
    assert symbolic == Problem("tanh", "logistic", noise="1/10")
    rows = 'activation = "tanh"\nlambda = 0.1\ndata = "rows.csv"\ntarget = "y"\n'
    bound = Problem.load(str(mine(tmp_path, rows + "width = 3\nseed = 5")))
    assert bound == Problem("tanh", lam="1/10").bind(tmp_path / "rows.csv", "y", width=3, seed=5)
    (tmp_path / "a.txt").write_text("1 -1/2")
    weighted = Problem.load(mine(tmp_path, rows + 'outer = "a.txt"'))
    assert weighted.weights == (Fraction(1), Fraction(-1, 2))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lambda = 1", "names no activation"),
        ('activation = "tanh"\nwidth = 3', "has width and no data"),
        ('activation = "tanh"\ndata = "rows.csv"', "names data and no target"),
        ('activation = "tanh"\ndata = "rows.csv"\ntarget = "y"', "no outer weights"),
        ('activation = "tahn"', "did you mean tanh"),
        ('activation = "tanh"\nloss = "logistik"', "did you mean logistic"),
        ("activatoin = 1", "did you mean activation"),
    ],
)
def test_a_file_that_names_no_problem(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Problem.load(mine(tmp_path, text))


@pytest.mark.parametrize("lam", ["1/10", Fraction(1, 10), 0.1, sp.Rational(1, 10)])
def test_a_run_takes_rationals(tmp_path: Path, lam: object) -> None:
    rows = 'activation = "tanh"\nnoise = "1/50"\ndata = "rows.csv"\ntarget = "y"\nwidth = 2\n'
    problem = Problem.load(mine(tmp_path, rows))
    path = problem.run(step="1/100", steps=2, method="langevin", lam=lam)  # type: ignore[arg-type]
    (replica,) = path.replicas
    assert (replica.lam, replica.method.step, replica.method.temperature) == (0.1, 0.01, 0.01)
    assert path.problem is not None
    assert path.problem.lam == (Fraction(0.1) if isinstance(lam, float) else Fraction(1, 10))


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({"lam": Fraction(1, 10**400)}, "lambda is not 0, and no floating-point number"),
        ({"lam": 10**400}, "lambda is beyond the largest floating-point number"),
        ({"lam": "a"}, "lambda is 'a', not a rational number"),
        ({"lam": float("nan")}, "lambda must be a number"),
        ({"lam": True}, "lambda must be a number"),
        ({"step": "1e-400"}, "the step is not 0, and no floating-point number"),
        ({"step": sp.Rational(1, 10**400)}, "the step is not 0, and no floating-point number"),
        ({"step": True}, "the step must be a number"),
        ({"method": "sde", "noise": Fraction(10) ** 400}, "the noise is beyond the largest"),
        ({"method": "langevin", "temperature": "1/0"}, "the temperature is '1/0', not a rational"),
        ({"variance": "x"}, "the variance is 'x', not a rational"),
    ],
)
def test_numbers_that_a_run_cannot_use(
    tmp_path: Path, numbers: dict[str, object], words: str
) -> None:
    rows = 'activation = "tanh"\nlambda = 1\ndata = "rows.csv"\ntarget = "y"\nwidth = 2\n'
    problem = Problem.load(mine(tmp_path, rows))
    with pytest.raises(InputError, match=words):
        problem.run(**{"step": "1/100", "steps": 2, **numbers})  # type: ignore[arg-type]
