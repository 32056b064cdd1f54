"""Activations as people type them: the kernels against exact values, at subnormal, moderate and
huge arguments.
"""

from __future__ import annotations

import shutil

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit.activation.catalogue import Activation
from proofkit.errors import InputError
from proofkit.kernel.univariate.parser import parse
from proofkit.numeric import exponential, scalar, stable, table
from proofkit.numeric.kernels import engine
from proofkit.numeric.printing import numpy_function
from proofkit.numeric.reference import Reference
from proofkit.numeric.scalar import EVERYWHERE, reliable, scalars, truths

BACKENDS = (
    "numpy",
    pytest.param(
        "c",
        marks=pytest.mark.skipif(
            not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler"
        ),
    ),
)

EVERYWHERE_RIGHT = (
    "tanh(exp(z))",
    "log(erfc(-z))",
    "(exp(2*z)-1)/(exp(2*z)+1)",
    "z*(exp(2*z)+2*exp(z))/(exp(2*z)+2*exp(z)+2)",
    "log(sigmoid(z))",
    "(exp(z)-exp(-z))/(exp(z)+exp(-z))",
    "log(1+exp(z)+exp(2*z))",
    "z-tanh(z)",
    "1-cos(z)",
    "sqrt(1+z^2)-1",
    "exp(-exp(3*z))",
    "log((1+erf(z/sqrt(2)))/2)",
    "z^2*(exp(2*z)-1)/(exp(2*z)+1)",
    "cosh(z)/(1+cosh(z))",
    "log(1+log(1+exp(z)))",
    "z*exp(z)/(1+exp(z))",
)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("text", EVERYWHERE_RIGHT)
def test_typed_forms_hold_everywhere(text: str, backend: str) -> None:
    chosen = engine(Activation.of(text), "squared", "float64", backend)
    assert (chosen.low, chosen.high) == EVERYWHERE and chosen.note == ""
    for order, truth in enumerate(truths(Reference(parse(text)), "float64")):
        assert reliable(truth, chosen.engine.sigma(order, truth.grid)) == EVERYWHERE


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_typed_tanh_is_tanh(backend: str) -> None:
    z = np.concatenate([scalar.probes("float64"), np.linspace(-400, 400, 801)])
    typed = engine(Activation.of("(exp(2*z)-1)/(exp(2*z)+1)"), "squared", "float64", backend)
    plain = engine(Activation.of("tanh"), "squared", "float64", backend)
    for order in range(3):
        np.testing.assert_allclose(
            typed.engine.sigma(order, z), plain.engine.sigma(order, z), rtol=1e-11, atol=1e-305
        )


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_tail_of_a_typed_mish(backend: str) -> None:
    """sigma''(150) is -6.1e-128; the form as it is typed gives -1200."""
    text = "z*(exp(2*z)+2*exp(z))/(exp(2*z)+2*exp(z)+2)"
    z = np.array([150.0])
    found = engine(Activation.of(text), "squared", "float64", backend).engine.sigma(2, z)[0]
    with mpmath.workdps(300):
        f = sp.lambdify(stable.Z, sp.diff(stable.plain(parse(text)), stable.Z, 2), "mpmath")
        assert abs(found - f(mpmath.mpf(150))) < 1e-12 * abs(found) and found < 0


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_limited_kernel_says_where_it_holds(backend: str) -> None:
    chosen = engine(Activation.of("sin(exp(z))"), "squared", "float64", backend)
    assert chosen.low == float("-inf") and 300 < chosen.high < 709
    assert "accurately for z <= 3" in chosen.note
    values = chosen.engine.sigma(2, np.array([chosen.high, 1.01 * chosen.high]))
    assert np.isfinite(values[0]) and np.isnan(values[1])
    assert chosen.outside(np.array([0.0, 400.0])).tolist() == [False, True]


def test_a_kernel_that_is_wrong_at_zero_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scalar, "reliable", lambda truth, computed: (float("nan"),) * 2)
    with pytest.raises(InputError, match="already; write the activation in another form"):
        scalars(Activation.of("tanh(z)+z/7"), "squared", "float64")


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    ("text", "order", "low", "high"),
    [("1-cos(z)", 0, -0.5, 0.5), ("z*(atan(z)-pi/2)", 1, 2.0, 1e4), ("erf(z)", 2, -5.0, 3.0)],
)
def test_tables(text: str, order: int, low: float, high: float, dtype: str) -> None:
    reference = Reference(parse(text))
    made = table.build(reference, order, low, high, dtype, 0.0)
    assert made is not None and made.low <= low and made.high >= high
    z = np.concatenate([np.linspace(low, high, 500), np.geomspace(1e-300, 1, 50) * high])
    z = z[(z >= low) & (z <= high)].astype(dtype)
    found = made(z, np.empty_like(z))
    for x, value in zip(z.tolist(), found.tolist(), strict=True):
        series = reference.at(x, order + 2)
        assert series is not None
        g = [float(c) for c in series]
        scale = abs(g[order]) * max(1, order) + abs(x * g[order + 1]) + abs(x * x * g[order + 2])
        exact = float(series[order]) * max(1, order)
        tiny = float(np.finfo(dtype).tiny)
        assert abs(value - exact) <= 16 * float(np.finfo(dtype).eps) * scale + 1024 * tiny


# Forms that random activations are made of; every one is real for every z.
ATOMS = (
    "z",
    "exp(z)",
    "exp(-z)",
    "tanh(z)",
    "sigmoid(z)",
    "softplus(z)",
    "1",
    "2/3",
    "z^2",
    "erf(z)",
)


def expressions() -> st.SearchStrategy[str]:
    scales = st.sampled_from(["1", "2", "1/2", "3", "-1", "-2"])
    atoms = st.sampled_from(ATOMS)

    def grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            st.tuples(inner, inner).map(lambda t: f"(({t[0]})+({t[1]}))"),
            st.tuples(inner, inner).map(lambda t: f"(({t[0]})*({t[1]}))"),
            st.tuples(scales, inner).map(lambda t: f"({t[0]}*({t[1]}))"),
            inner.map(lambda e: f"(1/(1+exp({e})))"),
            inner.map(lambda e: f"(({e})/(1+({e})^2))"),
            inner.map(lambda e: f"log(1+exp({e}))"),
            inner.map(lambda e: f"tanh({e})"),
            inner.map(lambda e: f"sqrt(1+({e})^2)"),
        )

    return st.recursive(atoms, grow, max_leaves=4)


@given(expressions().filter(lambda text: "z" in text))
@settings(max_examples=12)
def test_random_typed_activations(text: str) -> None:
    """Within its range a kernel is right, outside it is NaN: never a silent NaN, never a wrong
    number.
    """
    kit = scalars(Activation.of(text), "squared", "float64").sigma
    for truth, e in zip(kit.truths, kit.forms, strict=True):
        computed = numpy_function((stable.Z,), (e,), "float64")(truth.grid)[0]
        computed = np.broadcast_to(computed, truth.grid.shape)
        low, high = reliable(truth, computed)
        assert low <= kit.low < kit.high <= high
        assert np.isnan(computed[(truth.grid < kit.low) | (truth.grid > kit.high)]).all()


def test_quotients_of_exponentials_mean_the_same() -> None:
    for text in (
        "(exp(2*z)-1)/(exp(2*z)+1)",
        "z/(1+exp(-z/3))+tanh(2*z)",
        "log(1+exp(z)+pi*exp(3*z+1))",
    ):
        raw = stable.plain(parse(text))
        forms = exponential.derivatives(raw, 2)
        assert forms is not None
        for order, e in enumerate(forms):
            meant = e.replace(
                lambda x: isinstance(x, stable.Primitive), lambda x: x.definition(*x.args)
            )
            ours, theirs = (
                sp.lambdify(stable.Z, f, "mpmath") for f in (meant, sp.diff(raw, stable.Z, order))
            )
            with mpmath.workdps(60):
                for z in map(mpmath.mpf, (-3.3, -0.7, 0.2, 1.9)):
                    assert mpmath.almosteq(ours(z), theirs(z), rel_eps=mpmath.mpf(10) ** -45)
