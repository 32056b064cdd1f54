"""Nets of depth 2 to 4 with numbers: nothing observed is above its bound, and each bound is felt."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.network.deep_nets import SIGMAS, SLACK, Array, DeepNet

SEEDS = st.integers(0, 2**32 - 1)
LOSSES = pytest.mark.parametrize("loss", ["squared", "logistic", "cross-entropy"])


def drawn(
    rng: np.random.Generator, name: str, depth: int, *, loss: str, trained: tuple[bool, ...]
) -> DeepNet:
    """A net with weights, biases and data of all sizes; a layer that is not trained has no bias."""
    features, samples = (int(size) for size in rng.integers(1, 4, 2))
    outputs = {"logistic": 1, "squared": int(rng.integers(1, 3)), "cross-entropy": 3}[loss]
    widths = [features, *(int(width) for width in rng.integers(1, 4, depth - 1)), outputs]

    def of_any_size(*shape: int) -> Array:
        return rng.normal(size=shape) * 10 ** rng.uniform(-2, 1)

    weights = tuple(of_any_size(after, before) for before, after in itertools.pairwise(widths))
    biases = tuple(
        of_any_size(len(W)) if own and rng.random() < 0.4 else None
        for W, own in zip(weights, trained, strict=True)
    )
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
@settings(max_examples=8, deadline=None)
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
