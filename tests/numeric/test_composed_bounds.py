"""Ten thousand random nets of depth 2 to 4: nothing measured is above what the composition bounds."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from proofkit.kernel.formula import Constant
from proofkit.kernel.network.architecture import Architecture, DenseLayer
from proofkit.kernel.network.bound import Bound
from proofkit.kernel.network.dense import Dense
from proofkit.kernel.network.elementwise import Elementwise
from proofkit.kernel.network.layer import Bend, Layer, Slope
from proofkit.kernel.network.net import Net
from proofkit.kernel.network.writing import root
from proofkit.kernel.symbols import B_y, symbol
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import num
from proofkit.numeric.composed import Composed, Observed, climbed
from proofkit.numeric.layered import LayeredNet
from proofkit.numeric.spheres import lowest
from tests.kernel.network.deep_nets import SIGMAS, SLACK, Sigma, fixed

CONSTANTS = SIGMAS | {
    "silu": Sigma(
        lambda z: z / (1 + np.exp(-z)),
        lambda z: (1 + z / (1 + np.exp(z))) / (1 + np.exp(-z)),
        "1.0998393202", "0.5", "0", "1", "0.4392288399",
    ),
}  # fmt: skip
TEXTS = {
    "tanh": "tanh(z)",
    "sigmoid": "1/(1+exp(-z))",
    "softplus": "log(1+exp(z))",
    "silu": "z/(1+exp(-z))",
}
LOSSES = ("squared", "logistic", "cross-entropy")
NETS = 210
"""Of each architecture, of which there are four times three times four."""


@dataclass(frozen=True)
class Case:
    """A net beside its composition, and points of all sizes."""

    composed: Composed
    theta: Any


def of_any_size(rng: np.random.Generator, *shape: int) -> Any:
    """Normal numbers, times a power of 10."""
    return rng.normal(size=shape) * 10 ** rng.uniform(-2, 1)


def drawn(seed: int, name: str, loss: str) -> Case:
    """An architecture with widths, biases, fixed layers and data, and ``NETS`` points."""
    rng = np.random.default_rng(seed)
    depth = int(rng.integers(2, 5))
    features, samples = (int(size) for size in rng.integers(1, 4, 2))
    outputs = {"logistic": 1, "squared": int(rng.integers(1, 3)), "cross-entropy": 3}[loss]
    widths = [features, *(int(width) for width in rng.integers(1, 4, depth - 1)), outputs]
    trained = [bool(rng.random() < 0.75) for _ in range(depth)]
    trained[int(rng.integers(depth))] = True
    biased = [own and bool(rng.random() < 0.5) for own in trained]
    X = of_any_size(rng, samples, features)
    y = {
        "squared": of_any_size(rng, samples, outputs),
        "logistic": rng.choice([-1.0, 1.0], size=samples),
        "cross-entropy": rng.integers(0, outputs, samples).astype(float),
    }[loss]
    matrices = [
        of_any_size(rng, after, before)
        for own, (before, after) in zip(trained, itertools.pairwise(widths), strict=True)
        if not own
    ]
    architecture = Architecture(
        tuple(
            DenseLayer(width, own, "decayed" if bias else "none")
            for width, own, bias in zip(widths[1:], trained, biased, strict=True)
        ),
        (parse(TEXTS[name]),) * (depth - 1),
    )
    net = LayeredNet.of(architecture, loss, X, y, 0.1, matrices)
    composition = composition_of(CONSTANTS[name], widths, trained, biased, matrices)
    constants = constants_of(X, y if loss == "squared" else np.ones(1))
    slope, bend = of_loss(loss, composition, outputs)
    points = np.concatenate(
        [
            rng.normal(size=(NETS, block.end - block.start))
            * 10 ** rng.uniform(-2, 1, size=(NETS, 1))
            for block in net.blocks
        ],
        axis=1,
    )
    return Case(Composed(net, composition, constants, slope, bend), points)


def composition_of(
    sigma: Sigma, widths: list[int], trained: list[bool], biased: list[bool], matrices: list[Any]
) -> Net:
    """The layers that answer, with the numbers of sigma and of the fixed matrices."""
    layers: list[Layer] = []
    given = iter(matrices)
    for level, (before, after) in enumerate(itertools.pairwise(widths), start=1):
        if level > 1:
            layers.append(sigma.layer(before))
        if trained[level - 1]:
            bias = symbol(f"b_{level}") if biased[level - 1] else None
            layers.append(Dense(symbol(f"rho_{level}"), num(before), num(after), bias))
        else:
            layers.append(fixed(next(given)))
    return Net(tuple(layers))


def constants_of(X: Any, y: Any) -> dict[str, Constant]:
    """The numbers of the data."""
    rows = y if y.ndim == 2 else y[:, None]
    numbers = {
        "B_x": np.linalg.norm(X, axis=1).max(),
        "X2": (X**2).sum() / len(X),
        "Lambda_S": np.linalg.eigvalsh(X.T @ X / len(X))[-1],
        "B_y": np.linalg.norm(rows, axis=1).max(),
        "Y2": (rows**2).sum() / len(rows),
        "d": X.shape[1],
    }
    return {
        name: Constant(name, None, Fraction(float(x)), Fraction(float(x)))
        for name, x in numbers.items()
    }


def of_loss(loss: str, composition: Net, outputs: int) -> tuple[Slope, Bend]:
    """What is known of the gradient and of the Hessian of the loss in f."""
    if loss == "logistic":
        return Slope.of_output(Bound.of(num(1))), Bend.of_output(num(Fraction(1, 4)))
    if loss == "cross-entropy":
        return Slope.of_cross_entropy(), Bend.of_cross_entropy()
    value, q = composition.value(), num(outputs)
    two = Bound.of(B_y) + value.norm
    mean = Bound.of(root(symbol("Y2"))) + value.mean_norm
    return Slope(two, two.led_by(root(q)), two, mean), Bend.of_output(num(1), outputs=q)


CASES = list(itertools.product(CONSTANTS, LOSSES))


@pytest.mark.parametrize(("name", "loss"), CASES, ids=[f"{n}-{x}" for n, x in CASES])
def test_nothing_is_above_its_bound(name: str, loss: str) -> None:
    for seed in range(4):
        case = drawn(1000 * CASES.index((name, loss)) + seed, name, loss)
        seen = case.composed.seen(case.theta)
        trained = sum(layer.trained for layer in case.composed.composition.layers)
        weights = [Fraction(1 + k, 2) for k in range(trained)]
        for question in (*case.composed.questions(), case.composed.radial(weights)):
            ratio = question.ratio(seen)
            assert np.isfinite(ratio).all(), question.name
            assert ratio.max() <= SLACK, question.name


def test_there_are_ten_thousand() -> None:
    assert len(CASES) * 4 * NETS >= 10**4


@pytest.mark.parametrize(("name", "loss"), CASES, ids=[f"{n}-{x}" for n, x in CASES])
def test_nor_where_hill_climbing_leads(name: str, loss: str) -> None:
    case = drawn(7000 + CASES.index((name, loss)), name, loss)
    rng = np.random.default_rng(1)
    for question in case.composed.questions():
        start = case.theta[:12]
        before = question.ratio(Observed(case.composed.net, start))
        _, ratio = climbed(case.composed.net, question, start, rng, rounds=25)
        assert (ratio >= before).all()
        assert ratio.max() <= SLACK, question.name


def test_half_of_the_slope_of_sigma_is_found_out() -> None:
    case = drawn(1, "tanh", "squared")
    composed = case.composed
    layers = tuple(
        replace(layer, M1=num(Fraction(1, 2))) if isinstance(layer, Elementwise) else layer
        for layer in composed.composition.layers
    )
    wrong = replace(composed, composition=Net(layers))
    (value, *_) = wrong.value()
    rng = np.random.default_rng(0)
    small = case.theta / 100
    _, ratio = climbed(composed.net, value, small, rng, rounds=60)
    assert ratio.max() > 1.5


# -- V4 over spheres -------------------------------------------------------------------------------


def all_trained(text: str, *widths: int, lam: float = 0.1, seed: int = 0) -> LayeredNet:
    """A net with random data of two features, squared loss."""
    rng = np.random.default_rng(seed)
    layers = tuple(DenseLayer(width) for width in (*widths, 1))
    architecture = Architecture(layers, (parse(text),) * len(widths))
    return LayeredNet.of(architecture, "squared", rng.normal(size=(4, 2)), rng.normal(size=4), lam)


def mean_square(net: LayeredNet) -> float:
    """X2."""
    return float((net.X**2).sum() / len(net.X))


@pytest.mark.parametrize(("name", "slope"), [("tanh", 1.0), ("sigmoid", 0.25)])
@pytest.mark.parametrize("factor", [0.97, 1.03])
def test_two_trained_layers_change_sign_at_the_threshold(
    name: str, slope: float, factor: float
) -> None:
    # For decays that are small against X2, s_0 = s_1 = lambda^2/(M1^2 X2): on the sphere the least
    # value is (lambda^2/s - M1^2 X2) r^2, nearly.
    net = all_trained(TEXTS[name], 2)
    leading = slope**2 * mean_square(net)
    noise = factor * net.lam**2 / leading
    expected = net.lam**2 / noise - leading
    for radius in (1e2, 1e3, 1e4):
        rng = np.random.default_rng(3)
        found = lowest(net, noise, radius, rng, starts=24, rounds=120)
        assert np.linalg.norm(found.theta) == pytest.approx(radius)
        assert found.value == pytest.approx(expected * radius**2, rel=30 / radius)


def test_a_wide_gap_below_the_threshold_of_a_large_decay() -> None:
    # lambda > 4 X2/(p B_x^2): s_0 = min over v >= 0 of (lambda + v)^2/(X2 + p B_x^2 v/2), at
    # v = lambda - 4 X2/(p B_x^2).
    net = all_trained(TEXTS["tanh"], 2, lam=2.0)
    X2, bend = mean_square(net), float((net.X**2).sum(axis=1).max())
    v = net.lam - 2 * X2 / bend
    assert v > 0
    noise = 0.97 * (net.lam + v) ** 2 / (X2 + bend * v)
    found = lowest(net, noise, 1e3, np.random.default_rng(0), starts=24, rounds=120)
    assert found.value > 0


def test_three_trained_layers_fall_for_a_small_noise() -> None:
    net = all_trained(TEXTS["tanh"], 1, 1)
    values = [
        lowest(net, 1e-3, radius, np.random.default_rng(0), starts=24, rounds=100).value
        for radius in (1e3, 1e4)
    ]
    assert values[1] < values[0] < 0


def test_three_trained_layers_that_cancel_fall_too() -> None:
    # sigmoid, widths 2: W_1 = (D, -D), W_2 = t ((1, -1), (-1, 1)), a = t (1, -1), and D = 4 c/t^2
    # with the least-squares fit c.
    net = all_trained(TEXTS["sigmoid"], 2, 2)
    labels = np.random.default_rng(0)
    labels.normal(size=(4, 2))
    fit, *_ = np.linalg.lstsq(net.X, labels.normal(size=4), rcond=None)
    values = []
    for t in (1e3, 1e4):
        D = 4 * fit / t**2
        along = np.array([*D, *-D, t, -t, -t, t, t, -t])
        radius = float(np.linalg.norm(along))
        rng = np.random.default_rng(0)
        found = lowest(net, 1e-3, radius, rng, starts=2, rounds=20, also=along[None])
        values.append(found.value / radius**4)
    assert values[1] == pytest.approx(values[0], rel=0.02)
    assert values[1] < 0


def test_one_trained_layer_rises_for_a_large_noise() -> None:
    rng = np.random.default_rng(1)
    layers = (DenseLayer(2), DenseLayer(1, trained=False))
    architecture = Architecture(layers, (parse(TEXTS["tanh"]),))
    net = LayeredNet.of(
        architecture, "squared", rng.normal(size=(4, 2)), rng.normal(size=4), 0.1, [[[1.0, -1.0]]]
    )
    values = [
        lowest(net, 10.0, radius, np.random.default_rng(0), starts=16, rounds=60).value
        for radius in (1e3, 1e4)
    ]
    assert values[1] > 50 * values[0] > 0


@pytest.mark.parametrize("outputs", [1, 2])
def test_a_trained_head_with_a_free_output_bias_rises_for_a_large_noise(outputs: int) -> None:
    # f = <a, h> + c with fixed features h: the gradient grows like |(a, c)|, the Laplacian is bounded.
    rng = np.random.default_rng(1)
    layers = (DenseLayer(3, trained=False), DenseLayer(outputs, bias="undecayed"))
    architecture = Architecture(layers, (parse(TEXTS["softplus"]),))
    features, labels = rng.normal(size=(5, 2)), rng.normal(size=(5, outputs))
    labels = labels[:, 0] if outputs == 1 else labels
    W = rng.normal(size=(3, 2))
    net = LayeredNet.of(architecture, "squared", features, labels, 0.1, [W])
    values = [
        lowest(net, 10.0, radius, np.random.default_rng(0), starts=16, rounds=60).value
        for radius in (1e3, 1e4)
    ]
    assert values[1] > 50 * values[0] > 0
