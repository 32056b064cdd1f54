"""Runs of nets of any layers: the same paths as those of two layers where both can, and their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from proofkit.activation.catalogue import Activation
from proofkit.errors import InputError
from proofkit.kernel.network.architecture import Architecture, DenseLayer
from proofkit.kernel.univariate.parser import parse
from proofkit.numeric.kernels import Data
from proofkit.numeric.layered import LayeredNet
from proofkit.numeric.runs import Initial, Method, Replica, Trajectory, run, run_net
from proofkit.numeric.trained import AnyLayers, Cause

RNG = np.random.default_rng(4)
X, Y = RNG.normal(size=(40, 3)), RNG.normal(size=40)
HEAD = np.array([[0.5, -0.25, 0.75, 1.0]])
TANH = parse("tanh(z)")


def under_a_fixed_head(y: Any, loss: str, dtype: str = "float64") -> LayeredNet:
    """Four units of tanh, trained."""
    layers = (DenseLayer(4), DenseLayer(1, trained=False))
    return LayeredNet.of(Architecture(layers, (TANH,)), loss, X, y, 0.125, [HEAD], dtype)


METHODS = [
    Method("gd", 0.25),
    Method("sgd", 0.25, 8),
    Method("sgd", 0.25, 8, sampling="epoch", model_noise=True),
    Method("sde", 0.25, noise=0.01),
    Method("langevin", 0.25, temperature=0.01),
]


@pytest.mark.parametrize("loss", ["squared", "logistic"])
@pytest.mark.parametrize("method", METHODS, ids=[m.name + m.sampling for m in METHODS])
def test_the_paths_of_two_layers_are_those_of_their_own_kernel(method: Method, loss: str) -> None:
    y = np.sign(Y) if loss == "logistic" else Y
    replicas = [Replica(0.125, method, number) for number in range(3)]
    data = Data.of(X, y, HEAD[0])
    two = run(Activation.of("tanh"), loss, data, replicas, 60, seed=5, records=6, backend="numpy")
    any_layers = run_net(AnyLayers(under_a_fixed_head(y, loss)), replicas, 60, seed=5, records=6)
    assert any_layers.loss == pytest.approx(two.loss, rel=1e-10)
    assert any_layers.norm == pytest.approx(two.norm, rel=1e-10)
    assert any_layers.final == pytest.approx(two.final.reshape(3, -1), rel=1e-8, abs=1e-10)


def deep(loss: str, y: Any, outputs: int = 1) -> LayeredNet:
    """Three trained layers with biases of both kinds."""
    layers = (
        DenseLayer(4, bias="decayed"),
        DenseLayer(3, bias="undecayed", decay=Fraction(1, 100)),
        DenseLayer(outputs, bias="undecayed"),
    )
    return LayeredNet.of(Architecture(layers, (TANH, TANH)), loss, X, y, 0.125)


def trained(net: LayeredNet, method: Method, **said: Any) -> Trajectory:
    """A short run of two replicas."""
    replicas = [Replica(net.lam, method, number) for number in range(2)]
    return run_net(AnyLayers(net), replicas, 200, records=10, **said)


@pytest.mark.parametrize(
    ("loss", "y", "outputs"),
    [
        ("squared", Y, 1),
        ("squared", np.stack([Y, Y**2], axis=1), 2),
        ("cross-entropy", (Y > 0) + (Y > 1.0), 3),
    ],
)
def test_gradient_descent_goes_down(loss: str, y: Any, outputs: int) -> None:
    net = deep(loss, y, outputs)
    path = trained(net, Method("gd", 0.05))
    assert (np.diff(path.loss, axis=1) < 0).all()
    assert path.loss[:, -1] == pytest.approx(net.loss(path.final))
    assert path.norm[:, -1] == pytest.approx(np.linalg.norm(path.final, axis=1))
    assert path.backend == "numpy"


def test_minibatches_of_all_rows_are_gradient_descent() -> None:
    net = deep("cross-entropy", (Y > 0) + (Y > 1.0), 3)
    by_batches = trained(net, Method("sgd", 0.05, 40, sampling="epoch"))
    assert by_batches.final == pytest.approx(trained(net, Method("gd", 0.05)).final)


def test_a_path_that_runs_away_is_said_to() -> None:
    path = trained(deep("squared", Y), Method("gd", 1e6))
    assert (path.diverged >= 0).all()
    assert all(stop is not None and stop.cause in Cause for stop in path.stops)
    assert all(stop is not None and stop.cause.diverges for stop in path.stops)


def test_another_lambda_or_another_start_is_refused() -> None:
    net = AnyLayers(deep("squared", Y))
    with pytest.raises(InputError, match=r"lambda = 0\.125"):
        run_net(net, [Replica(1.0, Method("gd", 0.1), 0)], 5)
    with pytest.raises(InputError, match=r"it must be \(N,\) = \(35,\)"):
        run_net(net, [Replica(0.125, Method("gd", 0.1), 0)], 5, Initial(point=np.zeros(3)))


# -- the command -----------------------------------------------------------------------------------


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(run: Run) -> Callable[..., Any]:
    """What `proofkit run` gives as JSON."""

    def given(*words: str) -> Any:
        code, out, err = run("run", "-a", "tanh", *words, "--json")
        assert code == 0, err
        return json.loads(out)

    return given


def test_the_command_says_which_net_it_was(command: Callable[..., Any], tmp_path: Path) -> None:
    words = ["--hidden", "6,5", "--train", "1,3", "--bias", "decayed", "--decay", "3=1/100"]
    said = command(*words, "--steps", "20", "--out", str(tmp_path / "r.npz"))
    layers = said["net"]["layers"]
    assert [layer["trained"] for layer in layers] == [True, False, True]
    assert layers[1]["weights"]["source"] == "5 x 6, seed 0, layer 2"
    assert layers[2]["decay"] == "1/100"
    assert said["net"]["activations"] == ["tanh(z)", "tanh(z)"]
    with np.load(tmp_path / "r.npz") as stored:
        assert json.loads(str(stored["description"]))["net"] == said["net"]
        assert stored["final"].shape == (1, 10 * 6 + 6 + 5)


def test_a_path_goes_on_from_the_weights_of_a_file(
    command: Callable[..., Any], tmp_path: Path
) -> None:
    words = ["--hidden", "4", "--train", "all", "--steps", "10", "--method", "gd"]
    first = command(*words, "--out", str(tmp_path / "r.npz"))
    second = command(*words, "--init", str(tmp_path / "r.npz"))
    assert second["initial_loss"] == pytest.approx(first["final_loss"]["mean"])


def test_a_net_that_is_said_otherwise_is_the_one_of_before(command: Callable[..., Any]) -> None:
    words = ["--steps", "20", "--step", "0.05"]
    plain = command("--width", "8", *words)
    for said in (["--hidden", "8"], ["--hidden", "8", "--train", "inner", "--depth", "2"]):
        again = command(*said, *words)
        assert "net" not in again
        assert again["outer"] == plain["outer"]
        assert again["final_loss"] == plain["final_loss"]


def test_words_are_classes_of_cross_entropy(command: Callable[..., Any], tmp_path: Path) -> None:
    rows = tmp_path / "k.csv"
    rows.write_text("a,b,kind\n1,2,cat\n3,4.5,dog\n0.5,-1,cow\n1,1,dog\n")
    data = ("--data", str(rows), "--target", "kind", "--steps", "200", "--step", "0.1")
    said = command("--hidden", "3", "--train", "all", "--loss", "cross-entropy", *data)
    assert said["net"]["layers"][-1]["units"] == 3
    assert said["final_loss"]["mean"] < said["initial_loss"]


@pytest.mark.parametrize(
    ("words", "spoken"),
    [
        (["--hidden", "4,4", "--backend", "c"], "the backend 'c'"),
        (["--hidden", "4", "--width", "4"], "--width P is --hidden P"),
        (["--depth", "0"], "lies between 1 and"),
    ],
)
def test_the_command_refuses(run: Run, words: list[str], spoken: str) -> None:
    code, out, err = run("run", "-a", "tanh", *words, "--steps", "5")
    assert (code, out) == (2, "")
    assert spoken in err
