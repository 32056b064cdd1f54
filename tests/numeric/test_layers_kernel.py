"""The kernel of nets of any layers against exact jets in balls, and against itself."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import arb

from proofkit.errors import InputError
from proofkit.kernel.network.architecture import Architecture, Bias, DenseLayer
from proofkit.kernel.univariate.balls import precision
from proofkit.kernel.univariate.parser import parse
from proofkit.losses.catalogue import resolve
from proofkit.numeric.exact_layered import ExactLayered, LayeredAt
from proofkit.numeric.layered import LayeredNet

TEXTS = {
    "tanh": "tanh(z)",
    "sigmoid": "1/(1+exp(-z))",
    "softplus": "log(1+exp(z))",
    "silu": "z/(1+exp(-z))",
}
ROOM = {"float64": 1e-11, "float32": 2e-3}
"""Relative to the sum of the moduli of what is added up."""


@dataclass(frozen=True)
class Case:
    """A net with exact numbers, and what floating point makes of it."""

    exact: ExactLayered
    net: LayeredNet
    theta: Any


def dyadic(rng: np.random.Generator, *shape: int, size: float = 1.5) -> Any:
    """Numbers with few digits, which both precisions hold exactly."""
    return np.round(rng.uniform(-size, size, shape) * 64) / 64


def fractions(values: Any) -> list[list[Fraction]]:
    """The rows of an array, exactly."""
    return [[Fraction(float(v)) for v in row] for row in values]


def drawn(
    seed: int,
    names: tuple[str, ...],
    loss: str,
    *,
    dtype: str = "float64",
    power: int = 2,
    trained: tuple[bool, ...] | None = None,
) -> Case:
    """A small net whose layers have biases of every kind and decays of their own."""
    rng = np.random.default_rng(seed)
    depth = len(names) + 1
    trained = trained or (True,) * depth
    features, samples = 2, 3
    outputs = {"cross-entropy": 3, "squared": int(rng.integers(1, 3))}.get(loss, 1)
    widths = [features, *(int(m) for m in rng.integers(1, 4, depth - 1)), outputs]
    kinds: tuple[Bias, ...] = ("none", "decayed", "undecayed")
    layers = tuple(
        DenseLayer(
            m,
            own,
            kinds[rng.integers(3)],
            Fraction(int(rng.integers(1, 9)), 8) if own and rng.random() < 0.5 else None,
        )
        for m, own in zip(widths[1:], trained, strict=True)
    )
    architecture = Architecture(layers, tuple(parse(TEXTS[name]) for name in names), power)
    X = dyadic(rng, samples, features)
    if loss == "cross-entropy":
        y: Any = rng.integers(0, outputs, samples).astype(float)
    elif loss == "logistic":
        y = rng.choice([-1.0, 1.0], samples)
    else:
        y = dyadic(rng, samples, outputs) if outputs > 1 else dyadic(rng, samples)
    fixed = [
        dyadic(rng, after, before)
        for own, (before, after) in zip(trained, itertools.pairwise(widths), strict=True)
        if not own
    ]
    lam = Fraction(1, 4)
    exact = ExactLayered.of(
        architecture,
        resolve(loss),
        fractions(X),
        fractions(y.reshape(samples, -1)),
        lam,
        [fractions(A) for A in fixed],
        Fraction(1, 2),
    )
    net = LayeredNet.of(architecture, loss, X, y, float(lam), fixed, dtype)
    return Case(exact, net, dyadic(rng, net.size))


def at(case: Case) -> LayeredAt:
    """The net in balls."""
    with precision(256, 3):
        return case.exact.at([arb(v) for v in case.theta.tolist()])


CASES = [
    (names, loss)
    for names in (("tanh",), ("sigmoid", "softplus"), ("tanh", "silu", "sigmoid"))
    for loss in ("squared", "logistic", "cross-entropy", "pseudo-huber")
]


@pytest.mark.parametrize("dtype", ROOM)
@pytest.mark.parametrize(("names", "loss"), CASES, ids=[f"{len(n) + 1}-{x}" for n, x in CASES])
@pytest.mark.parametrize("power", [2, 4])
def test_everything_is_that_of_balls(
    names: tuple[str, ...], loss: str, dtype: str, power: int
) -> None:
    for seed in range(3):
        case = drawn(seed, names, loss, dtype=dtype, power=power)
        truth, net = at(case), case.net
        theta = case.theta.astype(dtype)
        assert net.loss(theta) == pytest.approx(float(truth.value()), rel=ROOM[dtype])
        gradient = np.array([float(g) for g in truth.gradient()])
        scale = np.linalg.norm(gradient) + np.linalg.norm(net.penalty_gradient(theta))
        assert np.abs(net.gradient(theta) - gradient).max() <= ROOM[dtype] * scale
        laplacian = float(truth.laplacian())
        size = abs(laplacian) + np.abs(net.risk_laplacians(theta[None])).sum()
        assert abs(float(net.laplacian(theta)) - laplacian) <= ROOM[dtype] * size
        villani = float(truth.villani())
        size += 2 * scale**2 + 1
        assert abs(float(net.villani(theta, 0.5)) - villani) <= ROOM[dtype] * size


@pytest.mark.parametrize("trained", [(True, False), (False, True), (True, False, True)])
@pytest.mark.parametrize("loss", ["squared", "cross-entropy"])
def test_layers_that_are_fixed_have_no_parameters_but_a_bias(
    trained: tuple[bool, ...], loss: str
) -> None:
    for seed in range(4):
        case = drawn(seed, ("tanh",) * (len(trained) - 1), loss, trained=trained)
        truth = at(case)
        gradient = np.array([float(g) for g in truth.gradient()])
        assert len(gradient) == case.net.size
        assert case.net.gradient(case.theta) == pytest.approx(gradient, rel=1e-11, abs=1e-12)
        laplacian = float(truth.laplacian())
        assert float(case.net.laplacian(case.theta)) == pytest.approx(
            laplacian, rel=1e-11, abs=1e-12
        )


@pytest.mark.parametrize("names", [("tanh",), ("softplus", "sigmoid"), ("silu", "tanh", "tanh")])
@pytest.mark.parametrize("loss", ["squared", "logistic", "cross-entropy"])
def test_the_laplacian_is_the_trace_of_the_products_with_unit_vectors(
    names: tuple[str, ...], loss: str
) -> None:
    for seed in range(5):
        case = drawn(seed, names, loss)
        units = np.eye(case.net.size)
        points = np.broadcast_to(case.theta, units.shape)
        hessian = case.net.hessian_product(points, units)
        assert hessian == pytest.approx(hessian.T, abs=1e-12)
        trace = float(case.net.risk_laplacian(case.theta))
        assert np.trace(hessian) == pytest.approx(trace, rel=1e-11, abs=1e-12)


def test_a_product_with_the_hessian_is_a_difference_of_gradients() -> None:
    case = drawn(3, ("tanh", "softplus"), "squared")
    V = dyadic(np.random.default_rng(0), case.net.size)
    step = 1e-5
    ahead, behind = (case.net.risk_gradient(case.theta + h * V) for h in (step, -step))
    along = case.net.hessian_product(case.theta, V)
    assert along == pytest.approx((ahead - behind) / (2 * step), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("loss", ["squared", "logistic", "cross-entropy"])
def test_the_laplacian_in_balls_is_the_sum_of_second_derivatives(loss: str) -> None:
    for seed, names in enumerate([("tanh",), ("softplus", "sigmoid"), ("silu", "tanh")]):
        case = drawn(seed, names, loss)
        with precision(256, 3):
            theta = [arb(v) for v in case.theta.tolist()]
            units = [[arb(j == k) for j in range(len(theta))] for k in range(len(theta))]
            total = sum((case.exact.second_derivative(theta, V) for V in units), arb(0))
            difference = total - case.exact.at(theta).risk_laplacian()
            assert abs(difference) < arb(10) ** -60
            assert difference.contains(0)


def test_many_nets_at_once_are_each_of_them() -> None:
    case = drawn(5, ("sigmoid", "tanh"), "cross-entropy")
    many = dyadic(np.random.default_rng(1), 7, case.net.size)
    for name in ("loss", "gradient", "laplacian"):
        together = getattr(case.net, name)(many)
        alone = np.array([getattr(case.net, name)(theta) for theta in many])
        assert together == pytest.approx(alone, rel=1e-13, abs=1e-14)


def two_layers(**said: Any) -> Architecture:
    """tanh, two units, one output."""
    return Architecture((DenseLayer(2), DenseLayer(1, **said)), (parse("tanh(z)"),))


def test_cross_entropy_keeps_its_digits_far_from_zero() -> None:
    linear = Architecture((DenseLayer(3),), ())
    net = LayeredNet.of(linear, "cross-entropy", [[1.0]], [0.0], lam=0.0)
    sure = net.loss(np.array([50.0, 0.0, -900.0]))
    assert float(sure) == pytest.approx(np.exp(-50.0), rel=1e-12)
    assert float(net.loss(np.array([-900.0, 0.0, 0.0]))) == pytest.approx(900 + np.log(2))
    slope = net.gradient(np.array([50.0, 0.0, -900.0]))
    assert slope == pytest.approx([-np.exp(-50.0), np.exp(-50.0), 0.0], rel=1e-12)
    assert float(net.laplacian(np.array([50.0, 0.0, -900.0]))) == pytest.approx(
        2 * np.exp(-50.0), rel=1e-12
    )


@pytest.mark.parametrize(
    ("spoken", "X", "y", "loss", "fixed"),
    [
        ("n classes from 0", [[1.0]], [2.0], "cross-entropy", []),
        ("must be \\(n, d\\)", [1.0], [2.0], "squared", []),
        ("0 layers are not trained, and 1", [[1.0]], [2.0], "squared", [[[1.0, 1.0]]]),
        ("NaN or infinity", [[np.nan]], [2.0], "squared", []),
        ("must be \\(n, q\\)", [[1.0]], [[2.0, 1.0]], "squared", []),
        ("is of one output", [[1.0]], [[1.0, 1.0]], "logistic", []),
    ],
)
def test_what_does_not_fit_is_refused(
    spoken: str, X: Any, y: Any, loss: str, fixed: list[Any]
) -> None:
    with pytest.raises(InputError, match=spoken):
        LayeredNet.of(two_layers(), loss, X, y, 0.1, fixed)


def test_symbolic_widths_and_parameters_of_another_number_are_refused() -> None:
    symbolic = Architecture((DenseLayer(), DenseLayer(1)), (parse("tanh(z)"),))
    with pytest.raises(InputError, match="symbols"):
        LayeredNet.of(symbolic, "squared", [[1.0]], [1.0], 0.1)
    net = LayeredNet.of(two_layers(), "squared", [[1.0]], [1.0], 0.1)
    with pytest.raises(InputError, match=r"\(N,\) = \(4,\)"):
        net.loss(np.zeros(5))
