"""The methods of a problem with a net of layers: each works, or says what to do instead."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit import Dense, Net, Problem, derive
from proofkit.errors import InputError
from proofkit.kernel.univariate.balls import precision
from proofkit.losses.catalogue import resolve
from proofkit.numeric.exact_layered import ExactLayered
from proofkit.numeric.functions import LayerFunctions
from proofkit.report import bundled_data

TWO = Net(Dense(6, bias=True), "tanh", Dense(1))
THREE = Net(
    Dense(5, bias="undecayed"), "tanh", Dense(3, decay="1/7"), "softplus", Dense(1), train="all"
)
NOISE = Fraction(1, 2)


def bound_to_data(net: Net, **more: Any) -> Problem:
    """A problem on the data of the package."""
    return Problem(net, "squared", lam="1/10").bind(bundled_data(), "progression", **more)


def functions(problem: Problem, *arrays: Any, **more: Any) -> LayerFunctions:
    """What ``lambdify`` makes of a net of layers."""
    made = problem.lambdify(*arrays, **more)
    assert isinstance(made, LayerFunctions)
    return made


def exactly(values: Any) -> list[list[Fraction]]:
    """The rows of an array, as the rationals they are."""
    return [[Fraction(float(v)) for v in row] for row in values]


@st.composite
def nets(draw: st.DrawFn) -> tuple[Net, str]:
    """A small net with a loss, some layers fixed, with biases and decays of every kind."""
    loss = draw(st.sampled_from(["squared", "logistic", "cross-entropy"]))
    depth = draw(st.integers(2, 4))
    fixed = draw(st.lists(st.booleans(), min_size=depth, max_size=depth))
    fixed[draw(st.integers(0, depth - 1))] = False
    parts: list[Any] = []
    for level, still in enumerate(fixed):
        last = level == depth - 1
        units = {"cross-entropy": 3}.get(loss, 1) if last else draw(st.integers(1, 3))
        bias = draw(st.sampled_from(["none", "decayed", "undecayed"]))
        decay = None if still else draw(st.sampled_from([None, "1/8", "3"]))
        parts += [
            Dense(units, trained=not still, bias=bias, decay=decay),
            draw(st.sampled_from(["tanh", "sigmoid", "softplus"])),
        ]
    return Net(*parts[:-1], power=draw(st.sampled_from([2, 4]))), loss


@settings(max_examples=60, deadline=None)
@given(nets(), st.integers(0, 2**32 - 1))
def test_the_functions_are_those_of_balls(made: tuple[Net, str], seed: int) -> None:
    net, loss = made
    try:
        problem = Problem(net, loss, lam="1/4")
    except InputError as error:  # every decayed layer has a decay, and lambda is that of none
        assert "lambda is the decay of none" in str(error)
        problem = Problem(net, loss)
    architecture = problem.architecture
    if architecture is None:  # the net of before, which has tests of its own
        return
    rng = np.random.default_rng(seed)
    X = np.round(rng.uniform(-2, 2, (3, 2)) * 64) / 64
    targets = {
        "squared": np.round(rng.uniform(-2, 2, 3) * 64) / 64,
        "logistic": rng.choice([-1.0, 1.0], 3),
        "cross-entropy": rng.integers(0, 3, 3).astype(float),
    }
    y = targets[loss]
    widths = [2, *(layer.units or 0 for layer in architecture.layers)]
    fixed = [
        np.round(rng.uniform(-1, 1, (rows, columns)) * 64) / 64
        for layer, (columns, rows) in zip(
            architecture.layers, itertools.pairwise(widths), strict=True
        )
        if not layer.trained
    ]
    a = {0: None, 1: fixed[0] if fixed else None}.get(len(fixed), fixed)
    found = functions(problem, X, y, a)
    theta = np.round(rng.uniform(-1.5, 1.5, found.size) * 64) / 64
    V = np.round(rng.uniform(-1, 1, found.size) * 64) / 64
    assert problem.lam is not None
    exact = ExactLayered.of(
        architecture,
        resolve(loss),
        exactly(X),
        exactly(y[:, None]),
        problem.lam,
        [exactly(A) for A in fixed],
        NOISE,
    )
    with precision(256, 3):
        truth = exact.at([arb(v) for v in theta.tolist()])
        value, gradient = float(truth.value()), [float(g) for g in truth.gradient()]
        laplacian, villani = float(truth.laplacian()), float(truth.villani())
    assert found.loss(theta) == pytest.approx(value, rel=1e-11)
    size = np.linalg.norm(gradient) + np.linalg.norm(found.net.penalty_gradient(theta))
    assert np.abs(found.gradient(theta) - gradient).max() <= 1e-11 * (1 + size)
    parts = abs(laplacian) + np.abs(found.net.risk_laplacians(theta[None])).sum()
    assert abs(found.laplacian(theta) - laplacian) <= 1e-10 * (1 + parts)
    assert abs(found.villani(theta, 0.5) - villani) <= 1e-10 * (1 + parts + 4 * size**2)
    step = 1e-5
    ahead, behind = (found.gradient(theta + h * V) for h in (step, -step))
    along = found.hessian_product(theta, V)
    scale = 1 + np.abs(along).max() + parts
    assert np.abs(along - (ahead - behind) / (2 * step)).max() <= 1e-5 * scale


def test_theta_is_laid_out_by_layers() -> None:
    made = functions(bound_to_data(THREE))
    assert [place.name for place in made.layout] == ["W1", "b1", "W2", "W3"]
    assert [place.shape for place in made.layout] == [(5, 10), (5,), (3, 5), (1, 3)]
    theta = np.arange(made.size) / 100
    blocks = made.split(theta)
    assert (blocks["W1"][2, 3], blocks["b1"][0]) == (0.23, 0.5)
    assert np.array_equal(made.join(blocks), theta)
    assert made.split(np.stack([theta, theta]))["W2"].shape == (2, 3, 5)
    u = made.net.X @ blocks["W1"].T + blocks["b1"]
    hidden = np.logaddexp(0, np.tanh(u) @ blocks["W2"].T)
    assert made.outputs(theta) == pytest.approx(hidden @ blocks["W3"].T, rel=1e-12)
    residual = made.outputs(theta)[:, 0] - made.net.loss_of.y  # type: ignore[attr-defined]
    decays = {"W1": 1 / 10, "W2": 1 / 7, "W3": 1 / 10}
    penalty = sum(lam / 2 * (blocks[name] ** 2).sum() for name, lam in decays.items())
    assert made.loss(theta) == pytest.approx((residual**2).mean() / 2 + penalty, rel=1e-12)


def test_several_nets_at_once_are_each_by_itself() -> None:
    made = functions(bound_to_data(TWO))
    many = np.random.default_rng(0).normal(size=(3, made.size))
    for function in (made.loss, made.gradient, made.laplacian, made.outputs):
        together = function(many)
        for row, theta in zip(together, many, strict=True):
            assert row == pytest.approx(function(theta), rel=1e-12)
    V = many[0]
    assert made.hessian_product(many, V)[1] == pytest.approx(made.hessian_product(many[1], V))


@pytest.mark.parametrize("net", [TWO, THREE], ids=["two", "three"])
@pytest.mark.parametrize(
    "method",
    [{}, {"method": "gd"}, {"method": "sde", "noise": "1/10"}, {"method": "langevin"}],
    ids=["sgd", "gd", "sde", "langevin"],
)
def test_a_run_is_of_the_same_loss(net: Net, method: dict[str, Any]) -> None:
    problem = bound_to_data(net).subs(noise="1/100")
    path = problem.run(step="1/1000", steps=30, replicas=2, standardise=True, seed=3, **method)
    made = functions(problem, standardise=True)
    assert path.problem == made.problem == problem.standardised()
    assert path.final.shape == (2, made.size)
    assert made.loss(path.final) == pytest.approx(path.loss[:, -1], rel=1e-12)
    assert "standardised" in path.note


def test_a_run_is_that_of_the_command(run: Callable[..., Any]) -> None:
    words = "--hidden 5,3 --train all --bias decayed --lam 1/10 --step 1/1000 --steps 40 --seed 2"
    code, out, _ = run("run", "-a", "tanh", *words.split(), "--standardise", "--json")
    said = json.loads(out)
    net = Net(Dense(5, bias=True), "tanh", Dense(3, bias=True), "tanh", Dense(1), train="all")
    path = bound_to_data(net).run(step="1/1000", steps=40, seed=2, standardise=True)
    assert code == 0
    assert said["final_loss"]["mean"] == path.loss[0, -1]
    assert said["final_norm_mean"] == path.norm[0, -1]


def test_a_head_of_a_file_is_that_of_lambdify(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("1/4\n-1/2\n1\n")
    net = Net(Dense(4), "tanh", Dense(3), "tanh", Dense(1))
    problem = bound_to_data(net, outer=file).subs(lam="1/5")
    for made in (functions(problem), functions(problem.standardised())):
        assert made.net.layers[-1].fixed.tolist() == [[0.25, -0.5, 1.0]]  # type: ignore[union-attr]
    assert problem.run(step="1/1000", steps=3).final.shape == (1, 4 * 10 + 3 * 4)


SYMBOLIC = ("objective", "gradient", "hessian_form", "laplacian", "villani", "symbols")


@pytest.mark.parametrize("name", SYMBOLIC)
def test_what_has_no_expression_says_what_computes_it(name: str) -> None:
    with pytest.raises(InputError, match=r"of this net \.lambdify\(\) computes"):
        getattr(Problem(TWO), name)()


def test_every_public_method_is_known_here() -> None:
    works = {"bind", "lambdify", "load", "prove", "run", "save_data", "standardised", "subs"}
    public = {
        name
        for name in vars(Problem)
        if not name.startswith("_") and callable(getattr(Problem, name))
    }
    assert public == works | set(SYMBOLIC)


REFUSED: dict[str, Callable[[], Any]] = {
    r"Problem\(net\)\.lambdify": lambda: derive(TWO),  # type: ignore[arg-type]
    "a run needs data": lambda: Problem(THREE, lam=1).run(0.1, 5),
    "needs lambda": lambda: Problem(TWO).lambdify([[1.0]], [1.0], [1.0] * 6),
    "needs X and y;": lambda: Problem(THREE, lam=1).lambdify(),
    "needs X, y and a;": lambda: Problem(TWO, lam=1).lambdify([[1.0]], [1.0]),
    "is trained; leave a out": lambda: Problem(THREE, lam=1).lambdify([[1.0]], [1.0], [[1.0]]),
    "the widths of the net are symbols": lambda: Problem(
        Net(Dense(), "tanh", Dense(1), train="all"), lam=1
    ).lambdify([[1.0]], [1.0]),
    "the backend 'c' has kernels": lambda: bound_to_data(TWO).lambdify(backend="c"),
    "no backend 'd'": lambda: bound_to_data(TWO).lambdify(backend="d"),
    "no precision": lambda: bound_to_data(TWO).lambdify(dtype="float65"),
    "have shape": lambda: Problem(TWO, lam=1).lambdify([[1.0]], [1.0], [1.0] * 5),
    "a list of 2 matrices": lambda: Problem(
        Net(Dense(2), "tanh", Dense(2), "tanh", Dense(1), train="1"), lam=1
    ).lambdify([[1.0]], [1.0], [[1.0]]),
    "the noise s must be a positive": lambda: functions(bound_to_data(TWO)).villani([0.0] * 66, 0),
    "theta has shape": lambda: functions(bound_to_data(TWO)).loss([0.0]),
    "theta must be an array": lambda: functions(bound_to_data(TWO)).split("x"),
    "give each of them once": lambda: functions(bound_to_data(TWO)).join({"W1": [0.0]}),
    "V has shape": lambda: functions(bound_to_data(TWO)).hessian_product([0.0] * 66, [1.0]),
}


@pytest.mark.parametrize("spoken", REFUSED)
def test_what_cannot_be_done_is_one_sentence(spoken: str) -> None:
    with pytest.raises(InputError, match=spoken) as caught:
        REFUSED[spoken]()
    assert "\n" not in str(caught.value)
