"""Scalar kernels: an activation or a loss and its derivatives as machine expressions, with their
measured accuracy.

The expressions of ``stable`` may still meet 0 * infinity far out (a polynomial
times a vanishing exponential).  Where they do, ``guard`` holds the argument
back and continues along the asymptote, after mpmath has confirmed it there.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import factorial
from types import MappingProxyType
from typing import Any

import mpmath
import numpy as np
import sympy as sp
from flint import arb

from proofkit.activation.catalogue import Activation
from proofkit.errors import InputError, nearest, quoted
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.balls import precision
from proofkit.kernel.univariate.terms import Node
from proofkit.losses.catalogue import resolve
from proofkit.numeric import exponential, stable, table
from proofkit.numeric.printing import machine_constants, numpy_function
from proofkit.numeric.reference import Reference

F, Y = sp.symbols("f y", real=True)
DTYPES = ("float64", "float32")


def check_dtype(dtype: str) -> str:
    """InputError unless the name is one of ``DTYPES``."""
    if dtype not in DTYPES:
        raise InputError(f"there is no precision {quoted(dtype)}; {nearest(str(dtype), DTYPES)}")
    return dtype


Interval = tuple[float, float]
EVERYWHERE: Interval = (float("-inf"), float("inf"))
Intervals = tuple[Interval, ...]
"""One for a function and each of its first two derivatives."""


@dataclass(frozen=True)
class Univariate:
    """g, g', g'' as machine expressions in ``stable.Z``: an activation, or phi of a loss.

    On [low, high] they were found right, elsewhere they are NaN; ``truths`` is what they were
    compared with.
    """

    forms: tuple[Any, ...]
    truths: tuple[Truth, ...]
    low: float = EVERYWHERE[0]
    high: float = EVERYWHERE[1]

    @property
    def range(self) -> Interval:
        """Where the forms hold."""
        return self.low, self.high

    def within(self, to: Interval) -> Univariate:
        """The same with NaN outside an interval.  Raises ValueError for one without 0."""
        low, high = max(self.low, to[0]), min(self.high, to[1])
        if not low <= 0 <= high:
            raise ValueError("a kernel that is wrong at 0 is none")
        if (low, high) == self.range:
            return self
        top = float(np.finfo(self.truths[0].dtype).max)
        ends = (sp.Float(max(low, -top), 20), sp.Float(min(high, top), 20))
        forms = tuple(stable.inside(e, stable.Z, *ends) for e in self.forms)
        return Univariate(forms, self.truths, low, high)


@dataclass(frozen=True)
class Scalars:
    """The machine expressions of an activation sigma and of a loss l(f, y) = phi(argument of f and
    y), for one dtype.
    """

    sigma: Univariate
    phi: Univariate
    loss: Loss
    dtype: str

    @property
    def ell(self) -> tuple[Any, ...]:
        """l, l', l'' in ``F`` and ``Y``: phi^(k) at the argument, times the k-th power of the
        argument's derivative in f, which is a number or y.
        """
        argument: Any = self.loss.argument(F, Y)  # type: ignore[type-var]
        slope = sp.diff(argument, F)
        return tuple(
            slope**k * form.xreplace({stable.Z: argument}) for k, form in enumerate(self.phi.forms)
        )


def reference(expr: Any, variable: Any = stable.Z) -> Callable[[float], Any]:
    """The expression as mpmath sees it, with enough digits that cancellation cannot reach the
    fiftieth.

    The working precision is 400 digits more than twice the decimal exponent of the argument: 1 -
    tanh(z)^2 is then right down to the smallest double, and z + sqrt(z^2 + 4) at -1e308.
    """
    function = sp.lambdify(variable, expr, [{"exp": _exp}, "mpmath"], cse=True)

    def f(z: float) -> Any:
        size = abs(z)
        with mpmath.workdps(450 + (2 * int(np.log10(size)) if size > 1 else 0)):
            return mpmath.mpf(function(mpmath.mpf(z)))

    return f


def _exp(x: Any) -> Any:
    """exp, with arguments beyond every double held back: exp(-z^2) at 1e308 would keep mpmath busy
    for seconds.
    """
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


def guard(
    lowered: Any,
    exact: Callable[[float], Any],
    dtype: str,
    held: Interval = EVERYWHERE,
    rounds: int = 3,
) -> Any:
    """The machine expression, continued by a + b z beyond the points where it turns into NaN or
    overflows wrongly.

    ``exact`` gives a value in ball arithmetic, None where it is not known.  ``held``: beyond this
    interval the expression is known to fail (where it was compiled), whatever numpy makes of it.
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
        beyond = grid > (held[1] if sign > 0 else -held[0])
        bad = np.flatnonzero(~np.isfinite(values) | beyond)
        first = next((m for m in bad if _within(exact(float(sign * grid[m])), top)), 0)
        if first == 0:
            continue
        edge = float(grid[first - 1]) / 2
        far = [sign * edge * 2, sign * float(np.sqrt(edge) * np.sqrt(top)), sign * top]
        line = _line([sign * edge, *far], exact, info)
        if line is not None:
            pieces.append((sign, edge, *line))
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
    return guard(out, exact, dtype, rounds=rounds - 1) if pieces and rounds else out


def _within(value: Any, top: float) -> bool:
    return value is not None and bool(abs(value) < top)


def _line(points: list[float], exact: Callable[[float], Any], info: Any) -> tuple[Any, Any] | None:
    """(a, b) of the line a + b z through the first and the last point, when it meets all of them to
    rounding.
    """
    ends = [exact(z) for z in points]
    if not all(_within(v, float(info.max) * (1 + float(info.eps))) for v in ends):
        return None
    tiny = arb(float(info.tiny)) * 1024 * float(info.eps)
    with precision(2200):
        slope = (ends[-1] - ends[0]) / (arb(points[-1]) - arb(points[0]))
        slope = arb(0) if abs(slope) < 1e-12 else slope
        offset = ends[0] - slope * arb(points[0])
        offset = arb(0) if abs(offset) < float(info.smallest_subnormal) else offset
        for z, v in zip(points[1:], ends[1:], strict=True):
            if not abs(offset + slope * arb(z) - v) <= abs(v) * float(info.eps) / 4 + tiny:
                return None
        return _short_float(offset), _short_float(slope)


def _short_float(value: Any) -> Any:
    """The centre of a ball as a SymPy number of 20 digits."""
    return sp.Float(value.mid().str(25, radius=False), 20)


LIMIT = 4096
"""A kernel is used where its error is at most this many eps (|g| + |z g'| + |z^2 g''| + M), M = max
|g| on [-1, 1].
"""
LETTER: Mapping[str, str] = MappingProxyType({"activation": "sigma", "loss": "phi"})
STRICT = 64
"""Another form is looked for where the error is above this many eps (|g| + |z g'| + |z^2 g''|)."""


@dataclass(frozen=True)
class Truth:
    """g = sigma, sigma' or sigma'' at the points of a grid, to be compared with.

    values  NaN where they are not known (a kink, an argument too large), infinite where they
            overflow the dtype
    sizes   |g| + |z g'| + |z^2 g''|, what rounding z and steps like it may change g by is eps times
            this
    floor   M, the largest |g| on [-1, 1]
    edge    beyond this size a kernel may give infinity
    """

    grid: np.ndarray
    values: np.ndarray
    sizes: np.ndarray
    floor: float
    edge: float
    dtype: str

    def errors(self, computed: np.ndarray, floor: bool) -> np.ndarray:
        """|computed - g| in units of eps sizes (or eps (sizes + M)); infinite for a NaN or a wrong
        infinity.
        """
        info = np.finfo(self.dtype)
        unit = float(info.eps) * np.maximum(
            self.sizes + (self.floor if floor else 0.0), 1024 * float(info.tiny)
        )
        with np.errstate(all="ignore"):
            out = np.abs(computed.astype(float) - self.values) / unit
        out[
            (computed == self.values)
            | ((computed > self.edge) & (self.values > self.edge))
            | ((computed < -self.edge) & (self.values < -self.edge))
        ] = 0.0
        unknown = np.isnan(self.values)
        # A kink is one point; where two neighbours are unknown, nothing vouches for the kernel.
        alone = ~np.roll(unknown, 1) & ~np.roll(unknown, -1)
        out[unknown] = np.where(np.isfinite(computed) & alone, 0.0, np.inf)[unknown]
        return np.where(np.isnan(out), np.inf, out)


def dense(dtype: str) -> np.ndarray:
    """The grid on which every kernel is tried before it is used: +-0, subnormals, and numbers of
    every size.
    """
    info = np.finfo(dtype)
    tiny, top = float(info.smallest_subnormal), float(info.max)
    positive = np.concatenate(
        [
            [tiny, 3 * tiny, 1000 * tiny],
            np.geomspace(float(info.tiny), 1e-10, 30),
            np.geomspace(1.1e-10, 1e-2, 60),
            np.geomspace(1.1e-2, 3000, 420),
            np.geomspace(3100, 1e15, 60),
            np.geomspace(1.1e15, top / 4, 40),
            [1, 2, 3, 10, 100, top / 2, top / 1.5, top],
        ]
    )
    return np.unique(np.concatenate([-positive, [-0.0, 0.0], positive]).astype(dtype))


ROUNDED = 1 - 2.0**-20
"""Next to the largest number a kernel may round to it or to infinity."""
RUNAWAY = 2.0**-20
"""That is how much earlier a loss may be infinite: its mean over samples overflows there anyway."""


def truths(known: Reference, dtype: str, edge: float = ROUNDED) -> tuple[Truth, ...]:
    """g, g', g'' on the grid of ``dense``; ``edge`` as a part of the largest number."""
    grid = dense(dtype)
    largest = edge * float(np.finfo(dtype).max)
    rows = []
    for z in grid.tolist():
        series = known.at(z, 4)
        derivatives = (
            [np.nan] * 5
            if series is None
            else [_machine(c * factorial(k)) for k, c in enumerate(series)]
        )
        rows.append(derivatives)
    known_values = np.array(rows)
    size = np.abs(known_values)
    z = np.abs(grid.astype(float))
    out = []
    for m in range(3):
        with np.errstate(all="ignore"):
            sizes = size[:, m] + z * size[:, m + 1] + z * z * size[:, m + 2]
        sizes = np.where(np.isnan(sizes), size[:, m], sizes)
        near = size[(z <= 1) & np.isfinite(size[:, m]), m]
        with np.errstate(over="ignore"):
            values = known_values[:, m].astype(dtype).astype(float)
        out.append(Truth(grid, values, sizes, float(near.max(initial=0.0)), largest, dtype))
    return tuple(out)


def _machine(value: Any) -> float:
    """A ball as a float, infinite where it is too large for one."""
    if abs(value) < sys.float_info.max:
        return float(value.mid())
    return float("inf") if value > 0 else float("-inf")


@dataclass(frozen=True)
class _Trial:
    """A machine expression and how it fared: the worst error of all, and the range about 0 where
    none is above ``LIMIT``.
    """

    expr: Any
    worst: float
    low: float
    high: float
    failed: np.ndarray

    def merit(self) -> tuple[float, float, int]:
        """Larger for a wider range, then for a smaller error, then for fewer failures."""
        return min(self.high, -self.low), -self.worst, -int(self.failed.sum())


def reliable(truth: Truth, computed: np.ndarray) -> Interval:
    """The largest interval about 0 on whose grid points no error is above ``LIMIT``; NaN where 0
    itself is wrong.
    """
    bad = truth.grid[truth.errors(computed, True) > LIMIT]
    grid = truth.grid.astype(float)
    if (bad == 0).any():
        return float("nan"), float("nan")
    below, above = bad[bad < 0], bad[bad > 0]
    low = float("-inf") if not below.size else float(grid[grid > below.max()].min())
    high = float("inf") if not above.size else float(grid[grid < above.min()].max())
    return low, high


def _try(expr: Any, truth: Truth) -> _Trial:
    computed = numpy_function((stable.Z,), (expr,), truth.dtype)(truth.grid)[0]
    computed = np.broadcast_to(np.asarray(computed, truth.dtype), truth.grid.shape)
    errors = truth.errors(computed, False)
    return _Trial(expr, float(errors.max()), *reliable(truth, computed), errors > STRICT)


WIDEST = 2.0**40
"""How far out tables are made."""


GAP = 12
"""Failures more than this many points of the grid apart get tables of their own."""


NEAR = 1e-3
"""Tables that would end closer to 0 than this contain it."""


def _failures(trial: _Trial, grid: np.ndarray) -> list[tuple[float, float]]:
    """Intervals with good ends around the points where an expression fails, cut off at ``WIDEST``."""
    at = np.flatnonzero(trial.failed & (np.abs(grid) <= WIDEST))
    out = []
    for group in np.split(at, np.flatnonzero(np.diff(at) > GAP) + 1):
        if group.size:
            low = max(float(grid[max(group[0] - 1, 0)]), -WIDEST)
            high = min(float(grid[min(group[-1] + 1, len(grid) - 1)]), WIDEST)
            if min(abs(low), abs(high)) < NEAR:
                # One cell around 0 instead of hundreds towards it.
                low, high = min(low, -NEAR), max(high, NEAR)
            out.append((low, high))
    return out


def _repaired(first: _Trial, truth: Truth, order: int, known: Reference) -> _Trial:
    """The expression with tables in the places where it fails, if that is better."""
    expr = first.expr
    for low, high in _failures(first, truth.grid.astype(float)):
        made = table.build(known, order, low, high, truth.dtype, truth.floor)
        if made is None:
            continue
        inside = sp.And(sp.Float(made.low, 20) <= stable.Z, sp.Float(made.high, 20) >= stable.Z)
        expr = sp.Piecewise((table.function_of(made)(stable.Z), inside), (expr, True))
    second = first if expr is first.expr else _try(expr, truth)
    return max(first, second, key=_Trial.merit)


def _best(forms: Iterable[Any], truth: Truth, order: int, known: Reference) -> _Trial:
    """The first form without a failure; else the best of all, and of all with tables."""
    tried: list[_Trial] = []
    for expr in forms:
        tried.append(_try(expr, truth))
        if not tried[-1].failed.any():
            return tried[-1]
    for trial in tuple(tried):
        tried.append(_repaired(trial, truth, order, known))
        if not tried[-1].failed.any():
            return tried[-1]
    return max(tried, key=_Trial.merit)


def activation_forms(root: Node, dtype: str, held: Intervals = (EVERYWHERE,) * 3) -> Univariate:
    """sigma and its first two derivatives as machine expressions.

    ``held``: where the expressions were right when they had been compiled.  InputError for an
    activation whose kernel is wrong at 0 already.
    """
    known = Reference(root)
    return _univariate(known, root, "activation", truths(known, dtype), held)


def loss_forms(loss: Loss, dtype: str, held: Intervals = (EVERYWHERE,) * 3) -> Univariate:
    """phi and its first two derivatives as machine expressions; see ``activation_forms``."""
    known = Reference(loss.phi)
    return _univariate(known, loss.phi, "loss", truths(known, dtype, RUNAWAY), held)


def _forms(root: Node) -> Iterator[tuple[Any, ...]]:
    """(g, g', g'') in different forms, the most usual first."""
    raw = stable.plain(root)
    yield stable.derivatives(raw, stable.Z, 2)
    if (quotients := exponential.derivatives(raw, 2)) is not None:
        yield quotients
    if (sums := stable.expanded(raw)) != raw:
        yield stable.derivatives(sums, stable.Z, 2)


def _univariate(
    known: Reference, root: Node, what: str, compared: tuple[Truth, ...], held: Intervals
) -> Univariate:
    """The best form of each derivative, each tried on the grid of ``dense``."""
    dtype = compared[0].dtype
    forms = list(_forms(root))
    found = []
    for order in range(3):

        def exact(z: float, order: int = order) -> Any:
            series = known.at(z, order)
            return None if series is None else series[order] * factorial(order)

        machine = (
            guard(machine_constants(stable.lower(form[order]), dtype), exact, dtype, held[order])
            for form in forms
        )
        best = _best(machine, compared[order], order, known)
        if np.isnan(best.low):
            raise InputError(
                f"{LETTER[what]}{chr(39) * order} of {terms.to_text(root)[:40]} cannot be computed "
                f"in {dtype} at z = 0 already; write the {what} in another form"
            )
        found.append(best)
    made = Univariate(tuple(trial.expr for trial in found), compared)
    return made.within((max(trial.low for trial in found), min(trial.high for trial in found)))


def scalars(activation: Activation, loss: str, dtype: str) -> Scalars:
    """The machine expressions of an activation and a loss.

    InputError for an unknown loss or dtype, and for a function whose kernel is wrong at 0 already.
    """
    check_dtype(dtype)
    resolved = resolve(loss)
    return Scalars(
        activation_forms(activation.root, dtype), loss_forms(resolved, dtype), resolved, dtype
    )


@dataclass(frozen=True)
class Accuracy:
    """The largest error found on the grid, in units of eps (|g(z)| + |z g'(z)|), at least of 1024
    eps times the smallest normal number; and where.
    """

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
