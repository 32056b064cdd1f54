"""Loss, gradient, Hessian-vector product, Laplacian and V4 expression of a net, and the inner loop
of every run.

All of them are programs compiled from the formulas that SymPy derived for the
proofs.  Two backends execute them: numpy, always there, and C, built by the
system compiler and taken by itself where there is one.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from proofkit.activation.catalogue import Activation
from proofkit.calculus import derive as formulas
from proofkit.errors import InputError, nearest, quoted
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.univariate.workspace import OpenError
from proofkit.numeric import native
from proofkit.numeric.corners import corners
from proofkit.numeric.printing import Elementwise, numpy_function
from proofkit.numeric.program import Program, compile_formula
from proofkit.numeric.scalar import (
    EVERYWHERE,
    Interval,
    Intervals,
    Scalars,
    Univariate,
    activation_forms,
    check_dtype,
    loss_forms,
    reliable,
    scalars,
)
from proofkit.numeric.stable import Z
from proofkit.numeric.tiled import NARROW
from proofkit.numeric.vectorised import Vectorised
from proofkit.problem.problem import Problem
from proofkit.reading.scaling import Scaling
from proofkit.reading.table import Table

BACKENDS = ("auto", "numpy", "c")
Floats = NDArray[Any]


FORMULAS = ("loss", "gradient", "hvp", "laplacian", "villani")


def programs() -> dict[str, Program]:
    """The five formulas as programs: loss, gradient, hvp (Hessian times V), laplacian, villani."""
    return {name: program(name) for name in FORMULAS}


@cache
def program(name: str) -> Program:
    """One of the ``FORMULAS`` as a program."""
    D = formulas.derive(formulas.ABSTRACT)
    match name:
        case "loss":
            return compile_formula(D.objective)
        case "gradient":
            return compile_formula(D.gradient)
        case "hvp":
            # The Hessian form is quadratic in V: half its gradient in V is the product with V.
            slope = D.hessian_form.diff(formulas.V[formulas.J, formulas.K])
            return compile_formula(formulas.contract(slope / 2))
        case "laplacian":
            return compile_formula(D.laplacian)
        case "villani":
            return compile_formula(D.villani)
        case _:
            raise KeyError(f"there is no program {name}")


@dataclass(frozen=True, repr=False)
class Data:
    """What a net is trained on: X (n, d), y (n,), outer weights a (p,), contiguous and of one
    dtype.
    """

    X: Floats
    y: Floats
    a: Floats

    def __repr__(self) -> str:
        return f"<Data n = {self.n}, d = {self.d}, p = {self.p}, {self.X.dtype}>"

    @staticmethod
    def of(X: Any, y: Any, a: Any, dtype: str = "float64") -> Data:
        """From anything array-like; InputError for wrong shapes, NaN or infinity, an empty net or
        no data.
        """
        try:
            X_, y_, a_ = (np.ascontiguousarray(v, dtype=dtype) for v in (X, y, a))
        except (TypeError, ValueError):
            raise InputError(
                "X, y and a must be arrays of numbers, of shapes (n, d), (n,) and (p,)"
            ) from None
        if X_.ndim != 2 or y_.shape != X_.shape[:1] or a_.ndim != 1:
            raise InputError(
                f"X has shape {X_.shape}, y {y_.shape} and a {a_.shape}; they must be (n, "
                f"d), (n,) and (p,)"
            )
        if 0 in (*X_.shape, *a_.shape):
            raise InputError(
                "the net and the data must not be empty: n, d and the width p must be at least 1"
            )
        for name, v in (("X", X_), ("y", y_), ("a", a_)):
            if not np.isfinite(v).all():
                raise InputError(
                    f"{name} contains NaN or infinity (in {dtype}); remove or impute those rows"
                )
        return Data(X_, y_, a_)

    @property
    def n(self) -> int:
        """Samples."""
        return self.X.shape[0]

    @property
    def d(self) -> int:
        """Features."""
        return self.X.shape[1]

    @property
    def p(self) -> int:
        """Width."""
        return self.a.shape[0]


def float_arrays(table: Table) -> tuple[Floats, Floats]:
    """X (n, d) and y (n,) of a table as float64, each the nearest to the exact number."""
    # Division of integers in Python rounds once; dividing arrays of floats would round three times.
    X = np.array([[v / table.x_scale for v in row] for row in table.rows])
    y = np.array([v / table.y_scale for v in table.labels])
    return X, y


def which_objective(*scalings: Scaling | None) -> str:
    """The line of an output that says of which data its L is; several scalings where several losses
    are run.

    >>> which_objective(None)
    'L of the data as they are in the file, the L of a certificate about them'
    >>> from fractions import Fraction
    >>> from proofkit.reading.scaling import ColumnScaling
    >>> column = ColumnScaling(Fraction(1), Fraction(2))
    >>> which_objective(Scaling((column,), column))
    'L of the data with standardised features and target, the L of a certificate about these'
    """
    kinds = {scaling.what for scaling in scalings if scaling is not None}
    if not kinds:
        return "L of the data as they are in the file, the L of a certificate about them"
    what = kinds.pop() if len(kinds) == 1 else "features (and target, where it is no label)"
    return f"L of the data with standardised {what}, the L of a certificate about these"


class Engine(Protocol):
    """What a backend does."""

    name: str

    def value(
        self, what: str, W: Floats, V: Floats | None, data: Data, lam: Floats, noise: float
    ) -> Floats:
        """A program on W (R, p, d), lam (R,): (R,) or (R, p, d)."""
        ...

    def advance(
        self,
        W: Floats,
        data: Data,
        index: NDArray[np.int64] | None,
        xi: Floats | None,
        coefficients: Floats,
        steps: int,
        blas_threads: int = 1,
    ) -> NDArray[np.bool_]:
        """W[r] <- W[r] - step_r grad + amplitude_r xi, ``steps`` times, in place; which replicas
        stayed finite.

        index (R, steps, batch) or None for all data, xi (R, steps, p, d) or None, coefficients (R,
        3): lambda, step, amplitude.
        blas_threads: how many the caller has given to BLAS; with one, a compiled step multiplies by
        itself.
        """
        ...

    def sigma(self, order: int, z: Floats) -> Floats:
        """sigma, sigma' or sigma'' elementwise."""
        ...

    def phi(self, order: int, z: Floats) -> Floats:
        """phi, phi' or phi'' of the loss elementwise."""
        ...


class NumpyEngine:
    """Programs executed by numpy; the replicas are a leading axis of every array."""

    name = "numpy"

    def __init__(self, kit: Scalars) -> None:
        self.dtype, self._kit = kit.dtype, kit
        self._programs: dict[str, Vectorised] = {}
        self._sigma, self._phi = (
            [numpy_function((Z,), (e,), kit.dtype) for e in made.forms]
            for made in (kit.sigma, kit.phi)
        )

    def _program(self, what: str) -> Vectorised:
        """A program for this activation and loss, made when it is first asked for."""
        if what not in self._programs:
            self._programs[what] = Vectorised(program(what), self._kit)
        return self._programs[what]

    def value(
        self, what: str, W: Floats, V: Floats | None, data: Data, lam: Floats, noise: float
    ) -> Floats:
        """See ``Engine``."""
        with np.errstate(all="ignore"):
            return self._program(what).bind(
                {"W": W, "V": W if V is None else V, "a": data.a, "x": data.X, "y": data.y},
                lam,
                noise,
            )[1]

    def advance(
        self,
        W: Floats,
        data: Data,
        index: NDArray[np.int64] | None,
        xi: Floats | None,
        coefficients: Floats,
        steps: int,
        blas_threads: int = 1,
    ) -> NDArray[np.bool_]:
        """See ``Engine``; nothing is allocated after the first step."""
        lam, step, amplitude = (
            coefficients[:, m].astype(self.dtype)[:, None, None] for m in range(3)
        )
        inputs = {"W": W, "V": W, "a": data.a, "x": data.X, "y": data.y}
        rows = (
            np.empty((0, 0), np.int64)
            if index is None
            else np.empty((index.shape[0], index.shape[2]), index.dtype)
        )
        if index is not None:
            inputs |= {
                "x": np.empty((*rows.shape, data.d), self.dtype),
                "y": np.empty(rows.shape, self.dtype),
            }
        again: Callable[[], None] | None = None
        gradient, moved = W, np.empty_like(W)
        with np.errstate(all="ignore"):
            for t in range(steps):
                if index is not None:
                    np.copyto(rows, index[:, t])
                    np.take(data.X, rows, 0, inputs["x"], "clip")
                    np.take(data.y, rows, 0, inputs["y"], "clip")
                if again is None:
                    again, gradient = self._program("gradient").bind(inputs, lam[:, 0, 0], 1.0)
                else:
                    again()
                np.multiply(gradient, step, moved)
                np.subtract(W, moved, W)
                if xi is not None:
                    np.multiply(xi[:, t], amplitude, moved)
                    np.add(W, moved, W)
        return np.asarray(np.isfinite(W).all(axis=(1, 2)))

    def sigma(self, order: int, z: Floats) -> Floats:
        """See ``Engine``."""
        return self._elementwise(self._sigma[order], z)

    def phi(self, order: int, z: Floats) -> Floats:
        """See ``Engine``."""
        return self._elementwise(self._phi[order], z)

    def _elementwise(self, function: Elementwise, z: Floats) -> Floats:
        return np.broadcast_to(np.asarray(function(z)[0], self.dtype), z.shape).copy()


class NativeEngine:
    """Programs as compiled C; nothing is allocated within a step."""

    name = "c"

    def __init__(self, kit: Scalars) -> None:
        self.dtype = kit.dtype
        self.library = native.load(programs(), kit)
        self.library.handle.pk_steps_work.restype = ctypes.c_long
        self.real = ctypes.c_double if kit.dtype == "float64" else ctypes.c_float
        self.gemm = native.blas(kit.dtype)

    def value(
        self, what: str, W: Floats, V: Floats | None, data: Data, lam: Floats, noise: float
    ) -> Floats:
        """See ``Engine``."""
        R, p, d = W.shape
        axes = program(what).result.axes
        out = np.empty((R, p, d) if axes == "jk" else (R,), self.dtype)
        work = np.empty(native.work_size(self.library.buffers[what], data.n, p, d), self.dtype)
        function = getattr(self.library.handle, f"pk_{what}")
        V = W if V is None else V
        for r in range(R):
            function(
                *(_at(v) for v in (W[r], V[r], data.a, data.X, data.y)),
                self.real(lam[r]),
                self.real(noise),
                *(ctypes.c_long(v) for v in (data.n, p, d)),
                self.gemm,
                _at(work),
                _at(out[r : r + 1] if axes == "" else out[r]),
            )
        return out

    def advance(
        self,
        W: Floats,
        data: Data,
        index: NDArray[np.int64] | None,
        xi: Floats | None,
        coefficients: Floats,
        steps: int,
        blas_threads: int = 1,
    ) -> NDArray[np.bool_]:
        """See ``Engine``."""
        R, p, d = W.shape
        batch = data.n if index is None else index.shape[2]
        blas = blas_threads > 1 and d > NARROW
        work = np.empty(
            self.library.handle.pk_steps_work(*(ctypes.c_long(v) for v in (blas, batch, p, d))),
            self.dtype,
        )
        finite = np.empty(R, bool)
        fixed = (data.a, data.X, data.y)
        for r in range(R):
            finite[r] = self.library.handle.pk_steps(
                *(_at(v) for v in (W[r], *fixed)),
                None if index is None else _at(index[r]),
                None if xi is None else _at(xi[r]),
                *(self.real(c) for c in coefficients[r]),
                *(ctypes.c_long(v) for v in (steps, blas, batch, p, d)),
                self.gemm,
                ctypes.byref(self.library.tiles),
                _at(work),
            )
        return finite

    def sigma(self, order: int, z: Floats) -> Floats:
        """See ``Engine``."""
        return self._elementwise(f"pk_sigma{order}", z)

    def phi(self, order: int, z: Floats) -> Floats:
        """See ``Engine``."""
        return self._elementwise(f"pk_phi{order}", z)

    def _elementwise(self, function: str, z: Floats) -> Floats:
        z = np.ascontiguousarray(z, self.dtype)
        out = np.empty_like(z)
        getattr(self.library.handle, function)(_at(z), _at(out), ctypes.c_long(z.size))
        return out


def _at(array: Floats) -> ctypes.c_void_p:
    # The generated code walks through memory: anything but a contiguous array would be read
    # wrongly.
    if not array.flags.c_contiguous:
        raise ValueError("a kernel needs contiguous arrays")
    return ctypes.c_void_p(array.ctypes.data)


@dataclass(frozen=True)
class Chosen:
    """A backend, and what its user should know ("" for nothing): why it is not the one wished for,
    where it holds, which derivative is taken at a kink of the loss.

    On [low, high] sigma and its derivatives were compared with exact values, and phi of the loss on
    ``reach``; elsewhere they are NaN.
    """

    engine: Engine
    note: str
    low: float
    high: float
    loss: Loss
    reach: Interval

    def outside(self, z: Floats) -> NDArray[np.bool_]:
        """Which arguments of sigma lie outside [low, high]."""
        return (z < self.low) | (z > self.high)

    def beyond(self, z: Floats, data: Data) -> Floats:
        """The arguments of phi outside ``reach``, of a net with arguments z (n, p) of sigma."""
        outputs: Any = self.engine.sigma(0, z) @ data.a
        argument: Any = self.loss.argument(outputs, data.y)  # type: ignore[arg-type]
        low, high = self.reach
        return np.asarray(argument[(argument < low) | (argument > high)])


@cache
def _engine(activation: Activation, loss: str, dtype: str, backend: str) -> Chosen:
    kit = scalars(activation, loss, dtype)
    if backend == "numpy":
        return _chosen(NumpyEngine(kit), kit)
    try:
        return _chosen(*_compiled(activation, kit))
    except native.BuildError as error:
        if backend == "c":
            raise InputError(
                f"the backend 'c' cannot be used: {error}; install a C compiler, or use the "
                f"backend 'numpy'"
            ) from None
        return _chosen(NumpyEngine(kit), kit, f"{error}: running on numpy")


def _chosen(made: Engine, kit: Scalars, note: str = "") -> Chosen:
    notes = (
        note,
        _where("sigma", "z", kit.sigma, kit.dtype),
        _where("the loss", kit.loss.letter, kit.phi, kit.dtype),
        _at_kinks(kit.loss),
    )
    return Chosen(made, "; ".join(filter(None, notes)), *kit.sigma.range, kit.loss, kit.phi.range)


def _where(what: str, letter: str, made: Univariate, dtype: str) -> str:
    """The note about the range of a kernel that does not hold everywhere."""
    if made.range == EVERYWHERE:
        return ""
    return (
        f"{what} is computed accurately for {_interval(letter, *made.range)} only ({dtype}); "
        "a run that leaves this range stops there"
    )


def _interval(letter: str, low: float, high: float) -> str:
    if not np.isfinite(low):
        return f"{letter} <= {high:.6g}"
    if not np.isfinite(high):
        return f"{letter} >= {low:.6g}"
    return f"{low:.6g} <= {letter} <= {high:.6g}"


def _at_kinks(loss: Loss) -> str:
    """The note about a loss whose slope jumps: which derivative a step takes there."""
    try:
        found = corners(loss.phi)
    except OpenError:
        return f"the slope of the loss may jump at a kink: a step takes {ONE_SIDE}"
    if not found:
        return ""
    shown = ", ".join(f"{float(at):.6g}" for at in found)
    return f"the slope of the loss jumps at {loss.letter} = {shown}: a step takes {ONE_SIDE}"


ONE_SIDE = "the derivative from one side there, a subgradient where the loss is convex"


def _compiled(activation: Activation, kit: Scalars) -> tuple[NativeEngine, Scalars]:
    """The kit compiled, and tried again: a compiler orders products in its own way, and they may
    overflow elsewhere.

    What fails then is continued along its asymptote; where there is none, the range is narrowed.
    """
    compiled = NativeEngine(kit)
    sigma, phi = _held(compiled, kit)
    if _covers(sigma, kit.sigma) and _covers(phi, kit.phi):
        return compiled, kit
    kit = replace(
        kit,
        sigma=activation_forms(activation.root, kit.dtype, sigma),
        phi=loss_forms(kit.loss, kit.dtype, phi),
    )
    compiled = NativeEngine(kit)
    sigma, phi = _held(compiled, kit)
    if _covers(sigma, kit.sigma) and _covers(phi, kit.phi):
        return compiled, kit
    ranges = _common(sigma), _common(phi)
    if not all(low <= 0 <= high for low, high in ranges):
        raise native.BuildError("the compiled kernel is wrong at 0")
    kit = replace(kit, sigma=kit.sigma.within(ranges[0]), phi=kit.phi.within(ranges[1]))
    return NativeEngine(kit), kit


def _held(compiled: NativeEngine, kit: Scalars) -> tuple[Intervals, Intervals]:
    """Where sigma and phi, with their derivatives, are right as they were compiled."""
    sigma, phi = (
        tuple(reliable(truth, computed(order, truth.grid)) for order, truth in enumerate(truths))
        for computed, truths in (
            (compiled.sigma, kit.sigma.truths),
            (compiled.phi, kit.phi.truths),
        )
    )
    return sigma, phi


def _covers(held: Intervals, made: Univariate) -> bool:
    return all(low <= made.low and high >= made.high for low, high in held)


def _common(held: Intervals) -> Interval:
    return max(low for low, _ in held), min(high for _, high in held)


def engine(
    activation: Activation, loss: str, dtype: str = "float64", backend: str = "auto"
) -> Chosen:
    """The kernels of an activation and a loss.

    ``auto`` takes C, which every benchmark prefers, and falls back to numpy with a note.
    InputError for an unknown loss, dtype or backend, or when ``c`` is asked for and cannot be had.
    """
    if backend not in BACKENDS:
        raise InputError(
            f"there is no backend {quoted(backend)}; {nearest(str(backend), BACKENDS)}"
        )
    return _engine(activation, loss, dtype, backend)


def _numbers(value: Any, dtype: np.dtype[Any], name: str) -> Floats:
    """An array of numbers; InputError for anything else."""
    try:
        return np.ascontiguousarray(value, dtype)
    except (TypeError, ValueError):
        raise InputError(f"{name} must be an array of numbers") from None


@dataclass(frozen=True, repr=False)
class Net:
    """L(W) = (1/n) sum_i l(f_i, y_i) + (lambda/2) ||W||_F^2 in floating point, f_i = sum_j a_j
    sigma(<w_j, x_i>).

    W has shape (p, d), or (R, p, d) for R replicas at once.  ``problem`` is the one whose L this
    is, where it is known.

    >>> from proofkit.activation.catalogue import Activation
    >>> net = Net.of(Activation.of("tanh"), "squared", [[1.0], [2.0]], [0.0, 1.0], [1.0], lam=0.5, backend="numpy")
    >>> net.loss(np.zeros((1, 1))).item()
    0.25
    """

    data: Data
    lam: float
    chosen: Chosen
    problem: Problem | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        d = self.data
        sizes = f"n = {d.n}, d = {d.d}, p = {d.p}, lambda = {self.lam:g}"
        return f"<Net {sizes}; {d.X.dtype}, {self.chosen.engine.name} kernels>"

    @staticmethod
    def of(
        activation: Activation,
        loss: str,
        X: Any,
        y: Any,
        a: Any,
        lam: float,
        dtype: str = "float64",
        backend: str = "auto",
    ) -> Net:
        """From arrays; see ``Data.of`` and ``engine`` for the errors."""
        data = Data.of(X, y, a, check_dtype(dtype))
        return Net(data, float(lam), engine(activation, loss, dtype, backend))

    def _call(self, what: str, W: Any, V: Any = None, noise: float = 1.0) -> Floats:
        dtype = self.data.X.dtype
        W = _numbers(W, dtype, "W")
        many = W.ndim == 3
        if W.shape[-2:] != (self.data.p, self.data.d) or W.ndim not in (2, 3):
            raise InputError(
                f"W has shape {W.shape}; it must be (p, d) = ({self.data.p}, {self.data.d}), "
                f"or (R, p, d)"
            )
        W = W if many else W[None]
        if V is not None:
            V = _numbers(V, dtype, "V")
            if V.shape[-2:] != W.shape[-2:]:
                raise InputError(f"V has shape {V.shape}; it must be that of W, {W.shape[-2:]}")
            V = np.ascontiguousarray(np.broadcast_to(V, W.shape))
        out = self.chosen.engine.value(
            what, W, V, self.data, np.full(W.shape[0], self.lam, dtype), noise
        )
        return out if many else out[0]

    def loss(self, W: Any) -> Floats:
        """L(W): a scalar, or (R,)."""
        return self._call("loss", W)

    def of_samples(self, order: int, W: Any) -> Floats:
        """l_i, or its first or second derivative in f_i, of each sample: W (R, p, d) gives (R, n)."""
        W = _numbers(W, self.data.X.dtype, "W")
        loss: Any = self.chosen.loss
        outputs = self.chosen.engine.sigma(0, self.data.X @ W.swapaxes(-1, -2)) @ self.data.a
        slope = loss.argument(np.ones_like(self.data.y), self.data.y)
        slope = slope - loss.argument(np.zeros_like(self.data.y), self.data.y)
        inner = self.chosen.engine.phi(order, loss.argument(outputs, self.data.y))
        return np.asarray(inner * slope**order)

    def gradient(self, W: Any) -> Floats:
        """The gradient, of the shape of W."""
        return self._call("gradient", W)

    def hessian_product(self, W: Any, V: Any) -> Floats:
        """The Hessian of L at W applied to V, of the shape of W."""
        return self._call("hvp", W, V)

    def laplacian(self, W: Any) -> Floats:
        """The trace of the Hessian."""
        return self._call("laplacian", W)

    def villani(self, W: Any, noise: float) -> Floats:
        """||grad L||^2/s - Laplacian L with s = ``noise`` > 0."""
        if not (isinstance(noise, int | float | np.number) and np.isfinite(noise) and noise > 0):
            raise InputError(f"the noise s must be a positive number, not {quoted(noise)}")
        return self._call("villani", W, None, noise)
