"""Scalar kernels: an activation or a loss and its derivatives as machine expressions, with their measured accuracy.

The expressions of ``stable`` may still meet 0 * infinity far out (a polynomial
times a vanishing exponential).  Where they do, ``guard`` holds the argument
back and continues along the asymptote, after mpmath has confirmed it there.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from proofkit.activation.catalogue import Activation
from proofkit.errors import InputError, nearest
from proofkit.numeric import stable
from proofkit.numeric.printing import machine_constants, numpy_function
from proofkit.problem.losses import LOSSES

F, Y = sp.symbols("f y", real=True)
DTYPES = ("float64", "float32")


def check_dtype(dtype: str) -> str:
    """InputError unless the name is one of ``DTYPES``."""
    if dtype not in DTYPES:
        raise InputError(f"there is no precision {dtype[:40]!r}; {nearest(dtype, DTYPES)}")
    return dtype


@dataclass(frozen=True)
class Scalars:
    """sigma, sigma', sigma'' in ``stable.Z`` and l, l', l'' in ``F``, ``Y``, as machine expressions for one dtype."""

    sigma: tuple[Any, ...]
    ell: tuple[Any, ...]
    dtype: str


def reference(expr: Any, variable: Any = stable.Z) -> Callable[[float], Any]:
    """The expression as mpmath sees it, with enough digits that cancellation cannot reach the fiftieth.

    The working precision is 400 digits more than twice the decimal exponent of the argument: 1 - tanh(z)^2 is
    then right down to the smallest double, and z + sqrt(z^2 + 4) at -1e308.
    """
    function = sp.lambdify(variable, expr, [{"exp": _exp}, "mpmath"], cse=True)

    def f(z: float) -> Any:
        size = abs(z)
        with mpmath.workdps(450 + (2 * int(np.log10(size)) if size > 1 else 0)):
            return mpmath.mpf(function(mpmath.mpf(z)))

    return f


def _exp(x: Any) -> Any:
    """exp, with arguments beyond every double held back: exp(-z^2) at 1e308 would keep mpmath busy for seconds."""
    limit = mpmath.mpf(10) ** 320
    return mpmath.exp(max(-limit, min(limit, x)))


def probes(dtype: str, count: int = 40) -> np.ndarray:
    """A grid of +-0, subnormals, moderate and huge numbers of the dtype."""
    info = np.finfo(dtype)
    tiny, top = float(info.smallest_subnormal), float(info.max)
    middle = np.concatenate([np.linspace(0.1, 12, count), np.linspace(13, 800, count // 2)])
    wide = np.geomspace(float(info.tiny), top / 2, count)
    positive = np.concatenate(
        [[tiny, 3 * tiny, 1000 * tiny, 1e-8, 1e-5, 1e-3], middle, wide, [top / 1.7]]
    )
    return np.concatenate([[0.0, -0.0], positive, -positive]).astype(dtype)


def guard(lowered: Any, exact: Callable[[float], Any], dtype: str, rounds: int = 3) -> Any:
    """The machine expression, continued by a + b z beyond the points where it turns into NaN or overflows wrongly.

    Left as it is where it is fine, or where no straight line is confirmed by the reference.
    """
    info = np.finfo(dtype)
    out = lowered
    f = numpy_function((stable.Z,), (lowered,), dtype)
    top = float(info.max)
    grid = np.append(np.geomspace(1e-2, top / 4, 640), [top / 2, top / 1.9, top / 1.5, top]).astype(
        dtype
    )
    pieces = []
    for sign in (1, -1):
        values = f((sign * grid).astype(dtype))[0]
        bad = np.flatnonzero(~np.isfinite(values))
        first = next((m for m in bad if abs(exact(float(sign * grid[m]))) < top), 0)
        if first == 0:
            continue
        edge = float(grid[first - 1]) / 2
        far = [sign * edge * 2, sign * float(np.sqrt(edge) * np.sqrt(top)), sign * top]
        with mpmath.workdps(60):
            ends = [exact(z) for z in (sign * edge, *far)]
            slope = (ends[-1] - ends[0]) / (mpmath.mpf(far[-1]) - mpmath.mpf(sign * edge))
            slope = mpmath.mpf(0) if abs(slope) < 1e-12 else slope
            offset = ends[0] - slope * sign * edge
            offset = (
                mpmath.mpf(0)
                if abs(offset) < mpmath.mpf(float(info.smallest_subnormal))
                else offset
            )
            errors = [
                abs(offset + slope * z - v)
                - (abs(v) * float(info.eps) / 4 + float(info.tiny) * 1024 * float(info.eps))
                for z, v in zip(far, ends[1:], strict=True)
            ]
            if max(errors) > 0:
                continue
            pieces.append((sign, edge, sp.Float(str(offset), 20), sp.Float(str(slope), 20)))
    if pieces:
        edges = {sign: sp.Float(sign * edge, 20) for sign, edge, _, _ in pieces}
        out = out.subs(
            stable.Z,
            stable.clamp(
                stable.Z, edges.get(-1, sp.Float(-top, 20)), edges.get(1, sp.Float(top, 20))
            ),
        )
    for sign, edge, offset, slope in pieces:
        out = sp.Piecewise(
            (out, sign * stable.Z <= edge), (offset + slope * stable.Z if slope else offset, True)
        )
    # Rewriting reorders products, so what was fine on the other side is looked at again.
    return guard(out, exact, dtype, rounds - 1) if pieces and rounds else out


def scalars(activation: Activation, loss: str, dtype: str) -> Scalars:
    """The machine expressions of an activation and a loss.  InputError for an unknown loss or dtype."""
    check_dtype(dtype)
    if loss not in LOSSES:
        raise InputError(f"there is no loss called {loss[:40]!r}; {nearest(loss, LOSSES)}")
    raw = stable.plain(activation.root)
    sigma = []
    for order, e in enumerate(stable.derivatives(raw, stable.Z, 2)):
        exact = reference(sp.diff(raw, stable.Z, order))
        sigma.append(guard(machine_constants(stable.lower(e), dtype), exact, dtype))
    ell = stable.derivatives(LOSSES[loss].expression(sp, F, Y), F, 2)
    return Scalars(
        tuple(sigma), tuple(machine_constants(stable.lower(e), dtype) for e in ell), dtype
    )


@dataclass(frozen=True)
class Accuracy:
    """The largest error found on the grid, in units of eps (|g(z)| + |z g'(z)|), at least of 1024 eps times the smallest normal number; and where."""

    ulps: float
    at: float


def accuracy(
    computed: Callable[[np.ndarray], np.ndarray],
    expr: Any,
    grid: np.ndarray,
    variable: Any = stable.Z,
) -> Accuracy:
    """Compare a kernel with mpmath at 50 digits or more on a grid.

    The unit is eps (|g| + |z g'|): what rounding z alone may do to g, so that
    zeros of g and steep places are judged fairly.  What is smaller than 1024
    times the smallest normal number is judged against that, for gradual
    underflow; a value beyond the largest number must come out infinite.
    """
    info = np.finfo(grid.dtype)
    exact, slope = reference(expr, variable), reference(sp.diff(expr, variable), variable)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        values = computed(grid)
    worst, at = 0.0, 0.0
    for z, value in zip(grid.tolist(), values.tolist(), strict=True):
        true = exact(z)
        if abs(true) > float(info.max):
            error = 0.0 if value == (np.inf if true > 0 else -np.inf) else np.inf
        elif not np.isfinite(value):
            error = np.inf
        else:
            with mpmath.workdps(60):
                unit = max(
                    abs(true) + abs(z * slope(z)), 1024 * mpmath.mpf(float(info.tiny))
                ) * float(info.eps)
                error = float(abs(mpmath.mpf(value) - true) / unit)
        if error > worst:
            worst, at = error, z
    return Accuracy(worst, at)
