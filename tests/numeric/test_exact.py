"""Balls around the quantities of a net: they contain what the compiled kernels give."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from proofkit.activation.catalogue import Activation
from proofkit.numeric.exact import At, ExactNet
from proofkit.numeric.kernels import Net


@pytest.mark.parametrize("loss", ["squared", "logistic"])
@pytest.mark.parametrize("name", ["tanh", "softplus", "z*exp(-z^2)"])
def test_balls_and_kernels_agree(name: str, loss: str) -> None:
    rng = np.random.default_rng(1)
    X, a = rng.integers(-8, 8, (5, 2)) / 4, rng.integers(-8, 8, 3) / 4
    y = rng.choice([-1.0, 1.0], 5)
    W, V = rng.standard_normal((3, 2)), rng.standard_normal((3, 2))
    net = Net.of(Activation.of(name), loss, X, y, a, 0.25, backend="numpy")

    def exact(v: np.ndarray) -> list:
        return [exact(row) if np.ndim(row) else Fraction(float(row)) for row in v]

    quarter = Fraction(1, 4)
    found: dict[str, float] = {}

    def look(at: At) -> bool:
        found["gradient"] = float(at.gradient_norm())
        found["laplacian"] = float(at.laplacian)
        found["villani"] = float(at.villani())
        found["radial"] = float(at.radial())
        found["risk"] = float(at.risk_gradient())
        found["hessian"] = float(at.hessian_norm(V.tolist()))
        return True

    assert ExactNet(
        Activation.of(name), loss, exact(X), exact(y), exact(a), quarter, quarter
    ).decide(W, look)
    g = net.gradient(W)
    expected = {
        "gradient": np.linalg.norm(g),
        "laplacian": net.laplacian(W),
        "villani": net.villani(W, 0.25),
        "radial": (g * W).sum(),
        "risk": np.linalg.norm(g - W / 4),
        "hessian": np.linalg.norm(net.hessian_product(W, V)) / np.linalg.norm(V),
    }
    for what, value in expected.items():
        assert found[what] == pytest.approx(float(value), rel=1e-12), what


def test_what_cannot_be_decided_is_not() -> None:
    one = [Fraction(1)]
    net = ExactNet(Activation.of("Abs(z)"), "squared", [one], one, one, Fraction(1), Fraction(1))
    assert net.decide([[0.0]], lambda at: True if at.radial() > 0 else None) is None
