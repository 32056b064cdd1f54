"""Nets of depth 2 to 4 with numbers: nothing observed is above its bound, and each bound is felt."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit.kernel.formula import Constant, evaluate
from proofkit.kernel.network.dense import Dense, Shifted
from proofkit.kernel.network.net import Net
from proofkit.kernel.symbols import symbol
from proofkit.kernel.univariate.terms import num
from tests.kernel.network.deep_nets import SIGMAS, SLACK, Array, DeepNet, fixed

FIVE = Constant("b_2", None, Fraction(5), Fraction(5))
SEEDS = st.integers(0, 2**32 - 1)
LOSSES = pytest.mark.parametrize("loss", ["squared", "logistic", "cross-entropy"])


def drawn(
    rng: np.random.Generator, name: str, depth: int, *, loss: str, trained: tuple[bool, ...]
) -> DeepNet:
    """A net with weights, biases and data of all sizes."""
    features, samples = (int(size) for size in rng.integers(1, 4, 2))
    outputs = {"logistic": 1, "squared": int(rng.integers(1, 3)), "cross-entropy": 3}[loss]
    widths = [features, *(int(width) for width in rng.integers(1, 4, depth - 1)), outputs]

    def of_any_size(*shape: int) -> Array:
        return rng.normal(size=shape) * 10 ** rng.uniform(-2, 1)

    weights = tuple(of_any_size(after, before) for before, after in itertools.pairwise(widths))
    biases = tuple(of_any_size(len(W)) if rng.random() < 0.4 else None for W in weights)
    labels = {
        "squared": of_any_size(samples, outputs),
        "logistic": rng.choice([-1.0, 1.0], size=(samples, 1)),
        "cross-entropy": np.eye(outputs)[rng.integers(0, outputs, samples)],
    }[loss]
    return DeepNet(
        SIGMAS[name], weights, biases, trained, of_any_size(samples, features), labels, loss
    )


@pytest.mark.parametrize("name", SIGMAS)
@LOSSES
@settings(max_examples=8, deadline=None)
@given(seed=SEEDS, depth=st.integers(2, 4))
def test_nothing_is_above_its_bound_with_every_layer_trained(
    name: str, loss: str, seed: int, depth: int
) -> None:
    rng = np.random.default_rng(seed)
    net = drawn(rng, name, depth, loss=loss, trained=(True,) * depth)
    for question, ratio in net.ratios():
        assert ratio <= SLACK, question


@pytest.mark.parametrize("name", SIGMAS)
@LOSSES
@settings(max_examples=12, deadline=None)
@given(seed=SEEDS, trained=st.lists(st.booleans(), min_size=2, max_size=4).filter(any))
def test_nothing_is_above_its_bound_with_some_layers_fixed(
    name: str, loss: str, seed: int, trained: list[bool]
) -> None:
    rng = np.random.default_rng(seed)
    net = drawn(rng, name, len(trained), loss=loss, trained=tuple(trained))
    for question, ratio in net.ratios():
        assert ratio <= SLACK, question


def chain(name: str, *weights: float, x: float, y: float, head: bool = True) -> DeepNet:
    """A net with one weight a layer and one sample; the last is trained where ``head`` says so."""
    one = tuple(np.array([[w]]) for w in weights)
    trained = (*(True for _ in weights[1:]), head)
    nothing = (None,) * len(weights)
    return DeepNet(SIGMAS[name], one, nothing, trained, np.array([[x]]), np.array([[y]]))


AT_REST = {depth: chain("tanh", *(depth * [0.001]), x=1.0, y=0.0) for depth in (2, 3, 4)}
PULLED = {
    2: chain("tanh", 0.01, 1.0, x=1.0, y=1e4),
    3: chain("tanh", 0.01, 1.0, 1.0, x=1.0, y=1e4),
    4: chain("tanh", 0.001, 1.0, 1.0, 1.0, x=1.0, y=1e4),
}
BENT = {
    2: chain("tanh", 0.66, -1.0, x=1.0, y=1e4, head=False),
    3: chain("tanh", 0.66, 0.01, -1.0, x=1.0, y=1e6, head=False),
    4: chain("tanh", 0.66, 0.01, 0.01, -1.0, x=1.0, y=1e8, head=False),
}
SATURATED = {depth: chain("tanh", *(depth * [40.0]), x=1.0, y=0.0) for depth in (2, 3, 4)}
TURNED = {
    2: chain("tanh", 0.77, 1.0, x=1.0, y=0.0),
    3: chain("tanh", 0.77, 1.2, 1.0, x=1.0, y=0.0),
    4: chain("tanh", 0.77, 1.2, 1.2, 1.0, x=1.0, y=0.0),
}
# f is nearly the product of all weights, of which -y times the mixed derivatives are left.
MIXED = {depth: chain("tanh", *(depth * [1e-6]), x=1.0, y=-1e9) for depth in (2, 3, 4)}
MIXED_BELOW = {depth: chain("tanh", *(depth * [1e-6]), x=1.0, y=1e9) for depth in (2, 3, 4)}
FELT = [
    ("value", AT_REST),
    ("value, range", SATURATED),
    ("slope", PULLED),
    ("trace", AT_REST),
    ("curvature, above", AT_REST),
    ("curvature, below", BENT),
    ("radial", TURNED),
    ("all blocks, above", MIXED),
    ("all blocks, below", MIXED_BELOW),
]


@pytest.mark.parametrize("depth", [2, 3, 4])
@pytest.mark.parametrize(("question", "nets"), FELT, ids=[question for question, _ in FELT])
def test_half_of_each_bound_is_too_little(
    question: str, nets: dict[int, DeepNet], depth: int
) -> None:
    found = [ratio for name, ratio in nets[depth].ratios() if name == question]
    assert 0.5 < max(found) <= SLACK


def shifted(weight: float, bias: float, head: float, y: float) -> DeepNet:
    """A tanh unit with a fixed weight and a trained bias, under a fixed head, on the sample 1."""
    weights = (np.array([[weight]]), np.array([[head]]))
    biases = (np.array([bias]), None)
    one = np.array([[1.0]])
    return DeepNet(SIGMAS["tanh"], weights, biases, (False, False), one, np.array([[y]]))


def test_half_of_the_bounds_of_a_bias_above_fixed_weights_is_too_little() -> None:
    for question, net in (
        ("value", shifted(1e-3, 1e-2, 1.0, 0.0)),
        ("slope", shifted(1e-3, 1e-3, 1.0, 1e4)),
        ("trace", shifted(1e-3, 1e-3, 1.0, 0.0)),
        ("curvature, above", shifted(1e-3, 1e-3, 1.0, 0.0)),
        ("curvature, below", shifted(1e-3, 0.66, -1.0, 1e4)),
    ):
        found = [ratio for name, ratio in net.ratios() if name == question]
        assert 0.5 < max(found) <= SLACK, question


def test_a_bias_alone_moves_by_the_difference_of_its_weight_and_the_exponent() -> None:
    """Above a trained layer without an activation between them: K = 1 there, and tau = 1 fits."""
    below = Dense(symbol("rho_1"), num(1), num(1))
    above = Shifted(fixed(np.array([[1.0]])), symbol("b_2"))
    net = Net((below, above))
    assert net.radial((num(1), num(1))).norm.term() == num(0)
    evaluated = evaluate(net.radial((num(1), num(3))).norm.term(), {"b_2": FIVE})
    assert evaluated == (10, 10)
    assert evaluate(net.radial((num(3), num(1))).norm.term(), {"b_2": FIVE}) == (10, 10)


def under_classes(*rows: list[float]) -> DeepNet:
    """Two sigmoid units at rest under a fixed matrix with a row for each class; the second is true."""
    weights = (np.zeros((2, 1)), np.array(rows))
    one, label = np.array([[1.0]]), np.array([[0.0, 1.0]])
    return DeepNet(
        SIGMAS["sigmoid"], weights, (None, None), (True, False), one, label, "cross-entropy"
    )


def test_half_of_the_bounds_of_cross_entropy_is_too_little() -> None:
    mistaken = dict(under_classes([50.0, 50.0], [-50.0, -50.0]).ratios())
    assert 0.5 < mistaken["slope"] <= SLACK
    undecided = dict(under_classes([100.0, -100.0], [-100.0, 100.0]).ratios())
    assert 0.5 < undecided["curvature, above"] <= SLACK
    assert 0.5 < undecided["trace"] <= SLACK
