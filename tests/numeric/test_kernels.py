"""Programs, backends and the library cache."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from proofkit.activation.catalogue import Activation
from proofkit.calculus.losses import sympy_expression
from proofkit.errors import InputError
from proofkit.losses.catalogue import resolve
from proofkit.numeric import kernels, native, stable
from proofkit.numeric.kernels import Data, Net, engine, programs
from proofkit.numeric.scalar import scalars

needs_compiler = pytest.mark.skipif(
    not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler"
)
LOSSES = ("squared", "logistic", "sqrt(1+u^2)-1", "exp(-m)", "u^4/4+u")
BACKENDS = ("numpy", pytest.param("c", marks=needs_compiler))


def small(seed: int = 0, p: int = 2, d: int = 2, n: int = 3) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    return (
        rng.standard_normal((n, d)),
        np.sign(rng.standard_normal(n)),
        rng.standard_normal(p),
        rng.standard_normal((3, p, d)),
        rng.standard_normal((3, p, d)),
    )


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", ["tanh", "softplus", "gelu", "sin", "identity"])
def test_programs_agree_with_the_expanded_objective(name: str, loss: str, backend: str) -> None:
    """The objective written out for n = 3, p = d = 2 and differentiated entry by entry: no sums, no
    programs.
    """
    X, y, a, W, V = small()
    net = Net.of(Activation.of(name), loss, X, y, a, 0.3, backend=backend)
    w = [[sp.Symbol(f"w{j}{k}", real=True) for k in range(2)] for j in range(2)]
    flat = [v for row in w for v in row]
    sigma = stable.plain(Activation.of(name).root)
    f = [
        sum(a[j] * sigma.subs(stable.Z, sum(w[j][k] * X[i, k] for k in range(2))) for j in range(2))
        for i in range(3)
    ]
    L = sum(sympy_expression(resolve(loss), f[i], y[i]) for i in range(3)) / 3 + sp.Rational(
        3, 20
    ) * sum(v**2 for v in flat)
    value = sp.lambdify(flat, L, "math")
    gradient = sp.lambdify(flat, [L.diff(v) for v in flat], "math")
    hessian = sp.lambdify(flat, [[L.diff(u, v) for u in flat] for v in flat], "math")
    for r in range(3):
        at = W[r].ravel().tolist()
        g, H = np.array(gradient(*at), float), np.array(hessian(*at), float)
        close = {"rtol": 1e-11, "atol": 1e-12}
        np.testing.assert_allclose(net.loss(W)[r], value(*at), **close)
        np.testing.assert_allclose(net.gradient(W)[r].ravel(), g, **close)
        np.testing.assert_allclose(net.hessian_product(W, V)[r].ravel(), H @ V[r].ravel(), **close)
        np.testing.assert_allclose(net.laplacian(W)[r], np.trace(H), **close)
        np.testing.assert_allclose(net.villani(W, 0.7)[r], g @ g / 0.7 - np.trace(H), **close)


@needs_compiler
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("noisy", [False, True])
@pytest.mark.parametrize(
    ("n", "p", "d", "batch"),
    [
        (30, 7, 5, 6),
        (9, 1, 1, 1),
        (40, 25, 13, 31),
        (700, 33, 3, None),
        (600, 17, 64, 517),
        (20, 9, 65, 20),
        (15, 5, 300, 7),
        (270, 19, 263, 261),
    ],
    ids=[
        "small",
        "smallest",
        "odd",
        "more samples than a block",
        "widest tiles beside BLAS",
        "narrowest BLAS",
        "wide",
        "blocks both ways",
    ],
)
def test_a_step_is_the_gradient(
    n: int, p: int, d: int, batch: int | None, noisy: bool, dtype: str
) -> None:
    """C on tiles and on BLAS against the numpy engine, over several steps, whole batches (None)
    included.
    """
    rng = np.random.default_rng(n)
    X, y, a, W, _ = small(1, p, d, n)
    data = Data.of(X / np.sqrt(d), y, a / np.sqrt(p), dtype)
    steps = 5
    index = None if batch is None else rng.integers(0, n, (3, steps, batch))
    xi = rng.standard_normal((3, steps, p, d)).astype(dtype) if noisy else None
    # The third row shrinks W so much that its scale has to be settled; the second, flipped, turns W
    # around.
    coefficients = np.array([[0.1, 0.05, 0.01], [0.0, 0.1, 0.0], [9.9, 0.1, 0.2]])
    for flipped in (False, True):
        coefficients[1, :2] = (5.0, 0.3) if flipped else (0.0, 0.1)
        ends = []
        for backend, blas_threads in (("numpy", 1), ("c", 1), ("c", 2)):
            w = W.astype(dtype)
            assert (
                engine(Activation.of("silu"), "logistic", dtype, backend)
                .engine.advance(w, data, index, xi, coefficients, steps, blas_threads)
                .all()
            )
            ends.append(w)
        for end in ends[1:]:
            np.testing.assert_allclose(
                end,
                ends[0],
                rtol=1e-10 if dtype == "float64" else 2e-4,
                atol=2e-5 if dtype == "float32" else 1e-13,
            )


@needs_compiler
def test_a_tampered_library_is_built_again(tmp_path: Path) -> None:
    kit = scalars(Activation.of("tanh"), "squared", "float64")
    text, _ = native.source(programs(), kit)
    folder = tmp_path / "native"
    library = native.build(text, "float64", folder)
    good = library.read_bytes()
    library.write_bytes(b"not a library")
    assert native.build(text, "float64", folder) == library
    assert library.read_bytes() != b"not a library" and len(library.read_bytes()) == len(good)
    (folder / f"{library.stem}.sha256").unlink()
    library.write_bytes(b"without a seal")
    native.build(text, "float64", folder)
    assert library.read_bytes() != b"without a seal"


@needs_compiler
def test_a_cache_that_others_can_write_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / "native"
    folder.mkdir()
    os.chmod(folder, 0o777)
    with pytest.raises(native.BuildError, match="written by others"):
        native.build("int f;", "float64", folder)


def test_without_a_compiler_numpy_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "compiler", lambda: None)
    activation = Activation.of("z*tanh(z)/3")
    kernels._engine.cache_clear()
    chosen = engine(activation, "squared")
    assert chosen.engine.name == "numpy" and chosen.note == "no C compiler found: running on numpy"
    with pytest.raises(InputError, match="cannot be used"):
        engine(activation, "squared", backend="c")
    kernels._engine.cache_clear()


def test_bad_arrays() -> None:
    tanh = Activation.of("tanh")
    for X, y, a, words in (
        ([[np.nan]], [0.0], [1.0], "NaN"),
        ([[1.0]], [0.0, 1.0], [1.0], "shape"),
        ([[1.0]], [0.0], [], "width"),
    ):
        with pytest.raises(InputError, match=words):
            Net.of(tanh, "squared", X, y, a, 0.1, backend="numpy")
    with pytest.raises(InputError, match="did you mean numpy"):
        engine(tanh, "squared", backend="nunpy")
