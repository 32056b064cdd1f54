"""numpy programs: expressions in buffers mean what they say, and a step takes no memory."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit.activation.catalogue import Activation
from proofkit.errors import InternalError
from proofkit.numeric import stable
from proofkit.numeric.kernels import programs
from proofkit.numeric.printing import numpy_function
from proofkit.numeric.scalar import scalars
from proofkit.numeric.vectorised import Vectorised

X, Y, T = sp.symbols("x y t", real=True)


def branch(a: Any, b: Any, c: Any) -> Any:
    # Conditions on symbols alone: SymPy spends seconds on simplifying others.
    return sp.Piecewise((a, X > Y), (b, (T < 1) & (Y > -2) | (X > 3)), (c, True))


UNARY = (
    sp.exp,
    sp.sin,
    sp.cos,
    sp.Abs,
    stable.th,
    stable.arsinh,
    stable.expm1,
    lambda a: a**2,
    lambda a: a**3,
    lambda a: a**5,
    lambda a: 1 / (2 + a**2),
)
UNARY += (
    lambda a: sp.sqrt(1 + a**2) ** 3,
    lambda a: (1 + a**2) ** sp.Rational(-1, 2),
    lambda a: (3 + sp.sin(a)) ** -4,
    lambda a: (2 + sp.cos(a)) ** X,
)
UNARY += (
    lambda a: stable.hyp(a, sp.Integer(2)),
    lambda a: stable.unit(a, sp.Integer(1)),
    lambda a: stable.clamp(a, sp.Integer(-1), sp.Rational(3, 2)),
)
BINARY = (
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: -a * b / 3,
    lambda a, b: a / (1 + b**2),
    lambda a, b: a - 2 * b - 1,
)
LEAVES = st.sampled_from([X, Y, T, sp.Integer(2), sp.Rational(-3, 4), sp.Float("0.7", 20)])
TREES = st.recursive(
    LEAVES,
    lambda e: st.one_of(
        st.builds(lambda f, a: f(a), st.sampled_from(UNARY), e),
        st.builds(lambda f, a, b: f(a, b), st.sampled_from(BINARY), e, e),
        st.builds(branch, e, e, e),
    ),
    max_leaves=6,
)


def plain(e: Any) -> Any:
    """The expression with the primitives by their definitions."""
    e = e.replace(stable.clamp, lambda a, low, high: sp.Min(sp.Max(a, low), high))
    return e.replace(
        lambda a: isinstance(a, stable.Primitive), lambda a: a.definition(*map(plain, a.args))
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(TREES, min_size=1, max_size=3))
def test_expressions_in_buffers(exprs: list[Any]) -> None:
    """Against SymPy's own numpy printer, which takes a new array for every operation; nothing is
    left of an earlier call.
    """
    f = numpy_function((X, Y, T), exprs, "float64")
    rng = np.random.default_rng(1)
    work = f.workspace((5, 4))
    with np.errstate(all="ignore"):
        for scale in (0.3, 3.0, 0.3):
            x, y, t = (
                rng.normal(size=(5, 4)) * scale,
                rng.normal(size=4) * scale,
                rng.normal(size=(5, 1)) * scale,
            )
            expected = sp.lambdify((X, Y, T), [plain(e) for e in exprs], ["scipy", "numpy"])(
                *(np.broadcast_to(v, (5, 4)) for v in (x, y, t))
            )
            for ours, theirs in zip(f.raw(*work, x, y, t), expected, strict=True):
                np.testing.assert_allclose(
                    np.broadcast_to(ours, (5, 4)),
                    np.broadcast_to(np.asarray(theirs, float), (5, 4)),
                    rtol=1e-9,
                    atol=1e-11,
                )


def test_what_numpy_lacks_is_named() -> None:
    with pytest.raises(InternalError, match="numpy has no zeta here"):
        numpy_function((X,), [sp.zeta(X)], "float64")
    with pytest.raises(InternalError, match="numpy has no Max here"):
        numpy_function((X, Y), [sp.Max(X, Y)], "float64")


@pytest.mark.parametrize("name", ["tanh", "softplus", "gelu", "softsign_like", "identity"])
@pytest.mark.parametrize("what", ["loss", "gradient", "hvp", "laplacian", "villani"])
def test_a_program_is_computed_again_without_memory(name: str, what: str) -> None:
    """The second computation takes no arrays, follows its inputs, and gives what a fresh one gives."""
    text = {"softsign_like": "z/sqrt(1 + z^2)", "identity": "2*z"}.get(name, name)
    program = Vectorised(programs()[what], scalars(Activation.of(text), "logistic", "float64"))
    rng = np.random.default_rng(0)
    inputs = {
        k: rng.normal(size=s)
        for k, s in {"W": (3, 70, 5), "V": (3, 70, 5), "a": (70,), "x": (3, 60, 5)}.items()
    }
    inputs["y"] = np.sign(rng.normal(size=(3, 60)))
    lam = np.array([0.1, 0.2, 0.3])
    with np.errstate(all="ignore"):
        again, result = program.bind(inputs, lam, 0.5)
        before = result.copy()
        for k in ("W", "V", "x"):
            inputs[k] += rng.normal(size=inputs[k].shape)
        tracemalloc.start()
        again()
        tracemalloc.reset_peak()
        held = tracemalloc.get_traced_memory()[0]
        again()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        fresh = program.bind(inputs, lam, 0.5)[1]
    # numpy itself takes up to 8192 numbers where it broadcasts; an array of replicas, samples and
    # units has 12600.
    assert peak - held < 8 * 8192 + 4096, f"{peak - held} bytes"
    np.testing.assert_array_equal(result, fresh)
    assert not np.array_equal(result, before)


def test_inputs_in_any_layout_are_followed() -> None:
    program = Vectorised(
        programs()["gradient"], scalars(Activation.of("tanh"), "squared", "float64")
    )
    inputs = {
        "W": np.ones((4, 3, 2)).transpose(0, 2, 1),
        "V": np.ones((4, 2, 3)),
        "a": np.ones(2),
        "x": np.ones((5, 3)),
        "y": np.ones(5),
    }
    again, result = program.bind(inputs, np.zeros(4), 1.0)
    inputs["W"][...] = 2.0
    again()
    np.testing.assert_array_equal(result, program.bind(inputs, np.zeros(4), 1.0)[1])
