"""Losses as people type them: phi, phi', phi'' of the kernels against exact values in ball
arithmetic, and what a run does with them.
"""

from __future__ import annotations

import ctypes
import shutil
from math import factorial
from pathlib import Path

import numpy as np
import pytest

from proofkit.activation.catalogue import Activation
from proofkit.kernel.univariate.balls import precision
from proofkit.losses.catalogue import CATALOGUE, resolve
from proofkit.numeric import native
from proofkit.numeric.corners import corners
from proofkit.numeric.kernels import Data, Net, engine
from proofkit.numeric.printing import numpy_function
from proofkit.numeric.reference import Reference
from proofkit.numeric.runs import Cause, Initial, Method, Replica, run
from proofkit.numeric.scalar import EVERYWHERE, LIMIT, STRICT, Univariate, loss_forms
from proofkit.numeric.stable import Lookup, Z

needs_compiler = pytest.mark.skipif(
    not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler"
)
DTYPES = ("float64", "float32")

EVERYWHERE_RIGHT = (
    *CATALOGUE,
    "log(cosh(u))",
    "sqrt(1+u^2)-1",
    "4*(sqrt(1+(u/2)^2)-1)",
    "sqrt(u^2+1/100)",
    "log(1+u^2)/2",
    "1/2-exp(-u^2)/2",
    "1-exp(-u^2/2)",
    "u^2/(1+u^2)",
    "u^2/2+u^4/4",
    "u^4/4",
    "u^6",
    "u^2/2+sin(u)",
    "u^2/2-Max(Abs(u)-1,0)^2/2",
    "Abs(u)",
    "Abs(u)^3",
    "Max(0,Abs(u)-1/10)",
    "Max(u/3,-2*u/3)",
    "Abs(u)-log(1+Abs(u))",
    "u*tanh(u)",
    "u*atan(u)-log(1+u^2)/2",
    "u*erf(u)+exp(-u^2)/sqrt(pi)",
    "log(exp(u)+exp(-u))",
    "softplus(3*u)/3+softplus(-3*u)/3",
    "exp(u)-u-1",
    "exp(u/2)-u/2",
    "cosh(u)-1",
    "asinh(u)^2",
    "atan(u)^2",
    "1-cos(u)",
    "softplus(1-m)",
    "softplus(1-2*m)/2",
    "exp(-m)",
    "Max(0,1-m)",
    "Max(0,1-m)^2/2",
    "1-tanh(m)",
    "(1-tanh(m))^2",
    "1/(1+exp(m))",
    "(1-m)^2/2",
    "(1-m)^2/(1+(1-m)^2)",
    "log(1+exp(-3*m))/3",
    "log(1+log(1+exp(-m)))",
    "-log(erfc(-m)/2)",
    "erfc(m)",
)
"""More than forty losses whose kernels hold for every argument."""
LIMITED = ("log(1+u^4)", "u^2*exp(-u^2)+u^2/10")
"""Losses whose kernels hold far beyond every residual that a run meets, and say how far."""


def points(dtype: str) -> np.ndarray:
    """Arguments between those on which a kernel is tried when it is made."""
    rng = np.random.default_rng(0)
    sizes = np.concatenate(
        [10 ** rng.uniform(-8, 3, 60), rng.uniform(0, 6, 40), [1000.0, 1e5, 1e15]]
    )
    return np.concatenate([sizes, -sizes, [0.0]]).astype(dtype)


def require_right(text: str, made: Univariate, values: list[np.ndarray], dtype: str) -> None:
    """Every value within the stated tolerance of the exact one, and NaN outside the stated range."""
    known, info = Reference(resolve(text).phi), np.finfo(dtype)
    for k, z in enumerate(points(dtype).tolist()):
        if not made.low <= z <= made.high:
            assert all(np.isnan(v[k]) for v in values), (text, z)
            continue
        series = known.at(z, 4)
        if series is None:
            assert all(np.isfinite(v[k]) for v in values), (text, z)  # a kink
            continue
        with precision(256):
            exact = [c * factorial(m) for m, c in enumerate(series)]
            for order in range(3):
                found, true = float(values[order][k]), exact[order]
                if abs(true) > made.truths[order].edge:
                    assert abs(found) > made.truths[order].edge / 2, (text, z, order, found)
                    continue
                size = sum(abs(exact[order + m]) * abs(z) ** m for m in range(3))
                unit = float(info.eps) * (size + made.truths[order].floor) + 1024 * float(info.tiny)
                assert abs(true - found) <= LIMIT * unit, (text, z, order, found)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("text", [*EVERYWHERE_RIGHT, *LIMITED])
def test_loss_kernels_are_right(text: str, dtype: str) -> None:
    made = loss_forms(resolve(text), dtype)
    assert (made.range == EVERYWHERE) == (text in EVERYWHERE_RIGHT)
    assert -made.low > 1e11 and made.high > 1e11
    z = points(dtype)
    values = [
        np.broadcast_to(numpy_function((Z,), (form,), dtype)(z)[0], z.shape) for form in made.forms
    ]
    inside = np.abs(z) < 1e10
    written = resolve(text).text
    assert (
        all(np.isfinite(v[inside]).all() for v in values) or "exp(" in written or "cosh" in written
    )
    require_right(text, made, values, dtype)


@needs_compiler
@pytest.mark.parametrize("dtype", DTYPES)
def test_compiled_loss_kernels_are_right(dtype: str, tmp_path: Path) -> None:
    """All of them in one library, built by the same printer and with the same flags as a net's."""
    made = [loss_forms(resolve(text), dtype) for text in (*EVERYWHERE_RIGHT, *LIMITED)]
    tables = {type(e).__name__: e.table for one in made for f in one.forms for e in f.atoms(Lookup)}
    parts = [native.prelude(dtype), native._EXPORT]
    parts += [table.c_text(name) for name, table in tables.items()]
    parts += [
        native.c_scalar(f"pk_{m}_{order}", form)
        for m, one in enumerate(made)
        for order, form in enumerate(one.forms)
    ]
    handle = ctypes.CDLL(str(native.build("\n\n".join(parts), dtype, tmp_path / "native")))
    z = points(dtype)
    for m, text in enumerate((*EVERYWHERE_RIGHT, *LIMITED)):
        values = []
        for order in range(3):
            out = np.empty_like(z)
            getattr(handle, f"pk_{m}_{order}")(
                ctypes.c_void_p(z.ctypes.data),
                ctypes.c_void_p(out.ctypes.data),
                ctypes.c_long(z.size),
            )
            values.append(out)
        require_right(text, made[m], values, dtype)


def test_far_out_and_near_zero() -> None:
    """What the expression as it is typed would lose."""
    for text, z, value in (
        ("log(cosh(u))", 1000.0, 1000 - np.log(2)),
        ("softplus(1-m)", -1e5, 100001.0),
        ("softplus(1-m)", 1e5, 0.0),
        ("sqrt(1+u^2)-1", 1e-9, 5e-19),
        ("log(1+u^2)/2", 1e200, 200 * np.log(10)),
        ("u^2/2-Max(Abs(u)-1,0)^2/2", -1e12, 1e12 - 0.5),
    ):
        phi = numpy_function((Z,), (loss_forms(resolve(text), "float64").forms[0],), "float64")
        found = float(np.asarray(phi(np.array([z]))[0]).ravel()[0])
        assert abs(found - value) <= 4e-16 * value, text


USUAL = (
    "squared",
    "logistic",
    "log(cosh(u))",
    "sqrt(1+u^2)-1",
    "log(1+u^2)/2",
    "1/2-exp(-u^2)/2",
    "softplus(1-m)",
    "u^2/2-Max(Abs(u)-1,0)^2/2",
)


def test_the_usual_losses_need_no_tables() -> None:
    """A table is slow in numpy: the forms of these are formulas."""
    for text in USUAL:
        for dtype in DTYPES:
            made = loss_forms(resolve(text), dtype)
            assert not any(form.has(Lookup) for form in made.forms), text
            worst = max(
                float(truth.errors(np.broadcast_to(values, truth.grid.shape), False).max())
                for truth, form in zip(made.truths, made.forms, strict=True)
                for values in numpy_function((Z,), (form,), dtype)(truth.grid)
            )
            assert worst <= STRICT, text


BACKENDS = ("numpy", pytest.param("c", marks=needs_compiler))


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_typed_loss_is_the_one_of_the_catalogue(backend: str) -> None:
    rng = np.random.default_rng(3)
    X, labels = rng.standard_normal((9, 2)), np.sign(rng.standard_normal(9))
    a, W = rng.standard_normal(3), rng.standard_normal((4, 3, 2))
    for name, typed in (("squared", "(u^2)/2"), ("logistic", "softplus(-m)")):
        one, two = (
            Net.of(Activation.of("tanh"), loss, X, labels, a, 0.1, backend=backend)
            for loss in (name, typed)
        )
        np.testing.assert_array_equal(one.loss(W), two.loss(W))
        np.testing.assert_array_equal(one.gradient(W), two.gradient(W))


def test_a_margin_loss_multiplies_by_the_label() -> None:
    """exp(-m) of the net with the labels turned around is exp(m)."""
    rng = np.random.default_rng(4)
    X, labels = rng.standard_normal((9, 2)), np.sign(rng.standard_normal(9))
    a, W = rng.standard_normal(3), rng.standard_normal((4, 3, 2))
    one, two = (
        Net.of(Activation.of("tanh"), loss, X, sign * labels, a, 0.1, backend="numpy")
        for loss, sign in (("exp(-m)", 1), ("exp(m)", -1))
    )
    np.testing.assert_allclose(one.gradient(W), two.gradient(W), rtol=1e-12)
    np.testing.assert_allclose(one.laplacian(W), two.laplacian(W), rtol=1e-12)


CORNERED = (
    "Abs(u)",
    "Max(0,1-m)",
    "Max(0,Abs(u)-1/4)",
    "Abs(u)^3",
    "u^2/2",
    "Max(0,1-m)^2",
    "u^2/2-Max(Abs(u)-1,0)^2/2",
    "Abs(u^2-2)",
)


def test_corners() -> None:
    found = {text: [float(at) for at in corners(resolve(text).phi)] for text in CORNERED}
    assert found["Abs(u)"] == [0] and found["Max(0,1-m)"] == [1]
    assert found["Max(0,Abs(u)-1/4)"] == [-0.25, 0.25]
    assert found["Abs(u)^3"] == found["u^2/2"] == found["Max(0,1-m)^2"] == []
    assert found["u^2/2-Max(Abs(u)-1,0)^2/2"] == []
    np.testing.assert_allclose(found["Abs(u^2-2)"], [-np.sqrt(2), np.sqrt(2)])


def test_a_run_with_a_kink_says_which_derivative_it_takes() -> None:
    chosen = engine(Activation.of("tanh"), "Max(0,1-m)", backend="numpy")
    assert "jumps at m = 1" in chosen.note and "subgradient" in chosen.note
    assert engine(Activation.of("tanh"), "Abs(u)^3", backend="numpy").note == ""
    slope = chosen.engine.phi(1, np.array([-3.0, 0.5, 1.0, 2.0]))
    assert slope[:2].tolist() == [-1, -1] and -1 <= slope[2] <= 0 and slope[3] == 0


def test_a_run_that_leaves_the_range_of_the_loss_stops_there() -> None:
    """log(1 + u^4) is accurate to some 10^45 in its kernel, which says so."""
    data = Data.of([[1.0]], [1e60], [1.0])
    method = Method("gd", 0.1)
    found = run(
        Activation.of("tanh"), "log(1+u^4)", data, [Replica(0.0, method, 0)], 3, backend="numpy"
    )
    assert found.stops[0] is not None and found.stops[0].cause is Cause.REACH
    assert "u = -1e+60" in found.stops[0].detail and not found.stops[0].cause.diverges


def test_a_loss_that_overflows_diverges() -> None:
    data = Data.of([[1.0]], [1.0], [-2000.0])
    replicas, start = [Replica(0.0, Method("gd", 0.1), 0)], Initial(point=np.ones((1, 1)))
    found = run(Activation.of("tanh"), "exp(-m)", data, replicas, 3, start, backend="numpy")
    assert found.stops[0] is not None and found.stops[0].cause is Cause.OVERFLOW
