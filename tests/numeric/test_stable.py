"""Stable forms: the derivatives of the primitives, and every kernel against mpmath."""

from __future__ import annotations

import random
import shutil

import mpmath
import numpy as np
import pytest
import sympy as sp

from proofkit.activation.catalogue import CATALOGUE, Activation
from proofkit.numeric import stable
from proofkit.numeric.kernels import engine
from proofkit.numeric.scalar import accuracy, probes

ULPS = 4.0
CUSTOM = (
    "z*exp(-z^2/2)",
    "1/cosh(z)",
    "z/(1+z^2)",
    "log(1+z^2)",
    "asinh(z)",
    "z/(2+exp(-z))+1/3",
    "softplus(beta=3)",
)
BACKENDS = (
    "numpy",
    pytest.param(
        "c",
        marks=pytest.mark.skipif(
            not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler"
        ),
    ),
)


def meaning(e: sp.Expr) -> sp.Expr:
    return e.replace(
        lambda x: isinstance(x, stable.Primitive),
        lambda x: x.definition(*(meaning(a) for a in x.args)),
    )


@pytest.mark.parametrize("primitive", stable.PRIMITIVES, ids=lambda f: f.__name__)
def test_each_primitive_has_the_derivative_of_its_definition(primitive: type) -> None:
    u = stable.Z
    arguments = (u, sp.Rational(7, 3))[: primitive.nargs.args[0]]
    ours = sp.lambdify(u, meaning(primitive(*arguments).diff(u)), "mpmath")
    theirs = sp.lambdify(u, sp.diff(primitive.definition(*arguments), u), "mpmath")
    rng = random.Random(0)
    with mpmath.workdps(60):
        for _ in range(20):
            z = mpmath.mpf(rng.uniform(-6, 6))
            assert mpmath.almosteq(
                ours(z), theirs(z), rel_eps=mpmath.mpf(10) ** -50, abs_eps=mpmath.mpf(10) ** -50
            )


@pytest.mark.parametrize("name", [*CATALOGUE, *CUSTOM])
def test_stable_forms_mean_the_same(name: str) -> None:
    raw = stable.plain(Activation.of(name).root)
    for order, e in enumerate(stable.derivatives(raw, stable.Z, 2)):
        ours, theirs = (
            sp.lambdify(stable.Z, f, "mpmath") for f in (meaning(e), sp.diff(raw, stable.Z, order))
        )
        with mpmath.workdps(60):
            for z in (-3.3, -0.7, 0.2, 1.9, 4.1):
                assert mpmath.almosteq(
                    ours(mpmath.mpf(z)),
                    theirs(mpmath.mpf(z)),
                    rel_eps=mpmath.mpf(10) ** -45,
                    abs_eps=mpmath.mpf(10) ** -45,
                )


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", [*CATALOGUE, *CUSTOM])
def test_kernels_agree_with_mpmath_to_four_ulps(name: str, dtype: str, backend: str) -> None:
    activation = Activation.of(name)
    kernels = engine(activation, "squared", dtype, backend).engine
    raw = stable.plain(activation.root)
    for order in range(3):
        found = accuracy(
            lambda z, order=order: kernels.sigma(order, z),
            sp.diff(raw, stable.Z, order),
            probes(dtype, 8),
        )
        assert found.ulps <= ULPS, (order, found)


def test_softplus_far_out() -> None:
    kernels = engine(Activation.of("softplus"), "squared", "float64", "numpy").engine
    assert kernels.sigma(0, np.array([1000.0, -0.0])).tolist() == [1000.0, np.log(2)]
    assert kernels.sigma(1, np.array([-1000.0, 1000.0])).tolist() == [0.0, 1.0]
