"""The printed forms of the derivatives are those of the derivation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofkit.activation.catalogue import resolve
from proofkit.calculus.forms import MATRIX_FORMS, index_forms, loss_derivatives
from proofkit.numeric.kernels import Net


@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 4), st.integers(1, 3))
def test_matrix_forms_are_the_derivatives(seed: int, n: int, p: int, d: int) -> None:
    rng = np.random.default_rng(seed)
    X, y, a, W, V = (
        rng.standard_normal((n, d)),
        rng.standard_normal(n),
        rng.standard_normal(p),
        rng.standard_normal((p, d)),
        rng.standard_normal((p, d)),
    )
    lam = 0.3
    net = Net.of(resolve("tanh"), "squared", X, y, a, lam, backend="numpy")
    Z = X @ W.T
    t = np.tanh(Z)
    s1, s2 = 1 - t**2, -2 * t * (1 - t**2)
    l1, l2 = t @ a - y, np.ones(n)
    args = (W, V, X, a, l1, l2, s1, s2, lam)
    np.testing.assert_allclose(
        MATRIX_FORMS["gradient"].value(*args), net.gradient(W), rtol=1e-10, atol=1e-12
    )
    np.testing.assert_allclose(
        MATRIX_FORMS["laplacian"].value(*args), net.laplacian(W), rtol=1e-10, atol=1e-12
    )
    np.testing.assert_allclose(
        MATRIX_FORMS["hessian_form"].value(*args),
        (net.hessian_product(W, V) * V).sum(),
        rtol=1e-9,
        atol=1e-11,
    )


def test_index_forms() -> None:
    forms = index_forms()
    assert forms["gradient"] == [
        r"\frac1n\sum_{i=1}^{n}\ell'_i\,a_{J}\,\sigma'(z_{iJ})\,x_{iK}",
        r"+\lambda\,W_{JK}",
    ]
    assert [f.count(r"\sum") for f in forms["laplacian"]] == [1, 1, 0]
    assert len(forms["hessian_form"]) == 3 and forms["hessian_form"][2].startswith(r"+\lambda")


@pytest.mark.parametrize(
    ("loss", "first"), [("squared", "f - y"), ("logistic", r"- \frac{y}{e^{f y} + 1}")]
)
def test_derivatives_of_the_losses(loss: str, first: str) -> None:
    assert loss_derivatives(loss)[1] == first
