"""Plots of the report as SVG: an activation with its certified bounds, V4 against its bound,
thresholds by route.

Drawn by a template, so that colours follow the page (light, dark, print) and text stays
text; the coordinates are floating point and decide nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proofkit.constants import NAMES
from proofkit.errors import ParseError
from proofkit.kernel.univariate import balls, terms
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.rounding import decimal, round_up
from proofkit.kernel.univariate.terms import Node
from proofkit.render.paper import used_steps

Floats = NDArray[np.float64]
MAX_WORK = 2 * 10**7  # samples times units, beyond which V4 is not evaluated for a picture
LEFT, RIGHT, TOP, BOTTOM = 58.0, 14.0, 12.0, 42.0
MARK_EVERY = 8  # points of a curve
BESIDE = 150.0  # room for the names beside the plot of thresholds
WIDE = (440.0, 280.0)  # pixels of a plot with long numbers on its axes


@dataclass(frozen=True)
class Series:
    """A curve: label, points, and whether it is a certified bound (drawn dashed)."""

    label: str
    x: Sequence[float]
    y: Sequence[float]
    bound: bool = False


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: where, in pixels, and what it says: ``text``, with ``exponent`` raised
    behind it.
    """

    at: float
    text: str
    exponent: str = ""


@dataclass(frozen=True)
class Mark:
    """A dot in pixels, of a shape and colour of its own: circle, square, triangle, diamond."""

    x: float
    y: float
    colour: int
    label: str


@dataclass(frozen=True)
class Path:
    """A polyline in pixels, with its number, which gives its colour and its dashes, its label and
    marks on it.
    """

    d: str
    colour: int
    bound: bool
    label: str
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Plot:
    """What the template draws; lengths in pixels of a viewBox width x height."""

    title: str
    description: str
    width: float
    height: float
    x_label: str
    y_label: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    paths: tuple[Path, ...] = ()
    marks: tuple[Mark, ...] = ()
    legend: tuple[tuple[int, bool, str], ...] = ()
    left: float = LEFT

    @property
    def frame(self) -> tuple[float, float, float, float]:
        """x, y, width, height of the axes."""
        return self.left, TOP, self.width - self.left - RIGHT, self.height - TOP - BOTTOM


def _tick(at: float, v: float, powers: bool) -> Tick:
    """A tick that says v: as it is, or as a power of ten with ``powers``, from 10^5 on and below
    10^-3.
    """
    at = round(at, 1)
    if v == 0 or 1 <= abs(v) <= 10 or (not powers and 1e-3 <= abs(v) < 1e5):
        return Tick(at, _signed(f"{v:.6g}"))
    factor, exponent = _power(v, 3)
    return Tick(at, f"{factor}10", _signed(str(exponent)))


def _power(v: float, digits: int) -> tuple[str, int]:
    """The number v, which is not 0, as the text of a factor (nothing for 1) and the exponent of
    ten.
    """
    exponent = math.floor(math.log10(abs(v)) + 1e-9)
    head = round(v / 10.0**exponent, 9)
    factor = {1.0: "", -1.0: "-"}.get(head, f"{head:.{digits}g}\u00b7")
    return _signed(factor), exponent


def _words(v: float, digits: int = 3) -> str:
    """A number in a sentence: 0.125, or 1.36\u00b710\u2074."""
    if v == 0 or 1e-3 <= abs(v) < 1e4:
        return _signed(f"{v:.{digits}g}")
    factor, exponent = _power(v, digits)
    return f"{factor}10{str(exponent).translate(_RAISED)}"


_RAISED = str.maketrans(
    "-0123456789", "\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"
)


def _signed(text: str) -> str:
    return text.replace("-", "\u2212")


def _steps(lo: float, hi: float, count: int = 5) -> list[float]:
    """Round numbers between lo and hi."""
    raw = (hi - lo) / count
    unit = 10.0 ** math.floor(math.log10(raw))
    step = next(m * unit for m in (1, 2, 5, 10) if m * unit >= raw)
    first = math.ceil(lo / step - 1e-9)
    return [k * step for k in range(first, math.floor(hi / step + 1e-9) + 1)]


def line_plot(
    title: str,
    description: str,
    curves: Sequence[Series],
    x_label: str,
    y_label: str,
    scale: str = "linear",
    size: tuple[float, float] = (360, 240),
) -> Plot:
    """Curves on linear axes, or (``scale`` = "log") on a logarithmic abscissa and a logarithmic
    ordinate with sign.
    """
    width, height = size
    xs = np.concatenate([np.asarray(c.x, float) for c in curves])
    ys = np.concatenate([np.asarray(c.y, float) for c in curves])
    ys = ys[np.isfinite(ys)]
    magnitudes = np.abs(ys[ys != 0])
    unit = (
        10.0 ** math.floor(math.log10(float(np.quantile(magnitudes, 0.1))))
        if scale == "log" and len(magnitudes)
        else 1.0
    )

    def fx(x: Any) -> Any:
        return np.log10(x) if scale == "log" else np.asarray(x, float)

    def fy(y: Any) -> Any:
        return np.arcsinh(np.asarray(y, float) / unit) if scale == "log" else np.asarray(y, float)

    x0, x1 = float(fx(xs.min())), float(fx(xs.max()))
    y0, y1 = float(fy(ys.min())), float(fy(ys.max()))
    room = 0.06 * (y1 - y0 or 1.0)
    y0, y1 = y0 - room, y1 + room
    w, h = width - LEFT - RIGHT, height - TOP - BOTTOM

    def px(x: Any) -> Any:
        return LEFT + (fx(x) - x0) / (x1 - x0) * w

    def py(y: Any) -> Any:
        return TOP + h - (fy(y) - y0) / (y1 - y0) * h

    paths, legend = [], []
    alone = sum(not c.bound for c in curves) == 1
    for k, c in enumerate(curves):
        points = [
            (a, b)
            for a, b, y in zip(
                px(np.asarray(c.x, float)), py(np.asarray(c.y, float)), c.y, strict=True
            )
            if math.isfinite(y)
        ]
        d = "M" + " L".join(f"{a:.1f},{b:.1f}" for a, b in points)
        # Shifted from curve to curve, so that marks of curves that coincide stand side by side.
        marked = [] if c.bound or alone else points[1 + 2 * k :: MARK_EVERY]
        marks = tuple(Mark(round(a, 1), round(b, 1), k, c.label) for a, b in marked)
        paths.append(Path(d, k, c.bound, c.label, marks))
        legend.append((k, c.bound, c.label))
    if scale == "log":
        decades = range(math.floor(x0), math.floor(x1) + 1)
        x_values = [
            m * 10.0**e
            for e in decades
            for m in ((1,) if x1 - x0 > 2 else (1, 2, 5))
            if x0 <= math.log10(m) + e <= x1
        ]
        tops = [
            10.0**e
            for e in range(
                math.floor(math.log10(unit)) + 1,
                1 + math.floor(math.log10(max(float(np.abs(ys).max()), 10 * unit))),
            )
        ]
        y_values = sorted([*(-v for v in tops), 0.0, *tops])
    else:
        x_values, y_values = _steps(x0, x1), _steps(y0, y1)
    inside = [v for v in y_values if y0 <= float(fy(v)) <= y1]
    stride = max(1, -(-len(inside) // 7))
    zero = inside.index(0.0) if 0.0 in inside else 0
    shown = [v for k, v in enumerate(inside) if (k - zero) % stride == 0]
    x_ticks = tuple(_tick(float(px(v)), v, scale == "log") for v in x_values)
    y_ticks = tuple(_tick(float(py(v)), v, scale == "log") for v in shown)
    return Plot(
        title,
        description,
        width,
        height,
        x_label,
        y_label,
        x_ticks,
        y_ticks,
        tuple(paths),
        (),
        tuple(legend),
    )


# -- the activation and its derivatives ------------------------------------------------------------

_REACH, _POINTS = 6, 96


@lru_cache(maxsize=64)
def _curves(text: str) -> tuple[tuple[float, ...], ...] | None:
    """z, sigma, sigma', sigma'' on [-6, 6]; None where sigma is not smooth there."""
    root = parse(text)
    tape = balls.Tape(root)
    grid = [Fraction(2 * _REACH * k, _POINTS) - _REACH for k in range(_POINTS + 1)]
    rows: list[tuple[float, ...]] = []
    with balls.precision(96, 3):
        for z in grid:
            series = tape.series(balls.ball(z), 3)
            values = [series[k] * (1, 1, 2)[k] for k in range(3)]
            if not all(v.is_finite() for v in values):
                return None
            rows.append((float(z), *(float(v.mid()) for v in values)))
    return tuple(zip(*rows, strict=True))


def activation_plots(text: str, constants: Mapping[str, Mapping[str, Any]]) -> list[Plot]:
    """sigma, sigma' and sigma'' with the certified bounds on them; nothing for an activation that
    is not smooth.
    """
    try:
        found = _curves(text)
    except (ParseError, ValueError, ZeroDivisionError):
        return []
    if found is None:
        return []
    z = found[0]
    out = []
    for k, (name, symbol, bound) in enumerate(
        (
            ("S0", "\u03c3", "sup|\u03c3|"),
            ("M1", "\u03c3\u2032", "sup|\u03c3\u2032|"),
            ("M2", "\u03c3\u2033", "sup|\u03c3\u2033|"),
        )
    ):
        curves = [Series(f"{symbol}(z)", z, found[k + 1])]
        words = (
            f"{symbol}(z) for z from {-_REACH} to {_REACH}, between "
            f"{_words(min(found[k + 1]), 4)} and {_words(max(found[k + 1]), 4)}"
        )
        held = constants.get(name)
        if held is not None and held["hi"] is not None:
            value = float(Fraction(held["hi"]))
            shown = _upward(Fraction(held["hi"]), 6)
            curves += [
                Series(f"\u00b1{bound} \u2264 {shown}", (z[0], z[-1]), (v, v), True)
                for v in (value, -value)
            ]
            words += f"; certified bound {shown} in absolute value"
        plot = line_plot(f"{symbol}(z)", words + ".", curves, "z", f"{symbol}(z)", size=(300, 200))
        # The two bounds are one line of the legend.
        out.append(_same_colour(plot))
    return out


def _same_colour(plot: Plot) -> Plot:
    paths = tuple(replace(p, colour=min(p.colour, 1)) for p in plot.paths)
    return replace(plot, paths=paths, legend=plot.legend[:2])


# -- V4 along rays ---------------------------------------------------------------------------------


def _evaluate(root: Node, env: Mapping[str, Any]) -> Any:
    """A kernel formula in floating point."""
    value: dict[Node, Any] = {}
    for node in terms.walk(root):
        a = [value[x] for x in node.args]
        if node.op == "name":
            out: Any = env[str(node.value)]
        elif node.op == "num":
            out = float(node.rational)
        elif node.op in ("add", "sub", "mul", "div"):
            out = {
                "add": lambda u, v: u + v,
                "sub": lambda u, v: u - v,
                "mul": lambda u, v: u * v,
                "div": lambda u, v: u / v,
            }[node.op](*a)
        elif node.op == "neg":
            out = -a[0]
        elif node.op == "pow":
            out = a[0] ** float(node.rational)
        elif node.op in ("Max", "Min"):
            out = np.maximum(*a) if node.op == "Max" else np.minimum(*a)
        else:
            out = {"log": np.log, "exp": np.exp}[node.op](a[0])
        value[node] = out
    return value[root]


def floats(certificate: Mapping[str, Any], goal: str, lam: float, noise: float) -> dict[str, float]:
    """The constants behind a step in floating point, lambda and s given where the certificate
    leaves them open.
    """
    out = {"lambda": lam, "s": noise}
    for step in used_steps(certificate, [goal]):
        for name, d in step["defines"].items():
            if d["hi"] is not None:
                out[name] = float(Fraction(d["hi"]))
            elif d["formula"] is not None:
                out[name] = float(_evaluate(parse(d["formula"], NAMES), out))
    return out


def villani_plot(
    certificate: Mapping[str, Any],
    X: Floats,
    y: Floats,
    a: Sequence[float],
    rays: int = 3,
    radii: int = 28,
) -> Plot | None:
    """||grad L||^2/s - Laplacian L along random rays against the certified lower bound, for a
    certificate bound to data.
    """
    from proofkit.activation.catalogue import Activation
    from proofkit.numeric.kernels import Net

    step = next(
        (
            s
            for s in reversed(certificate["steps"])
            if s["claim"] in ("V4", "V4 if one sign") and s["payload"].get("bound")
        ),
        None,
    )
    if step is None:
        return None
    goal = next(
        (r for r in certificate["routes"] if r["verdict"] == "PROVED" and r["step"] is not None),
        None,
    )
    step = next(
        (s for s in certificate["steps"] if goal is not None and s["id"] == goal["step"]), step
    )
    work = X.shape[0] * len(a)
    if work > MAX_WORK:
        return None
    if work > MAX_WORK // 20:
        rays, radii = 1, 12
    spec = certificate["problem"]
    threshold = certificate["lambda_threshold"]
    above = (
        0.0
        if threshold is None or threshold["enclosure"] is None
        else float(Fraction(threshold["enclosure"][1]))
    )
    lam = float(Fraction(spec["lambda"])) if spec["lambda"] is not None else max(1.0, 2 * above)
    noise = float(Fraction(spec["noise"])) if spec["noise"] is not None else 1.0
    env = floats(certificate, step["id"], lam, noise)
    bound = parse(str(step["payload"]["bound"]), NAMES | {"r"})
    start = float(_evaluate(parse(str(step["payload"]["start"]), NAMES), env))
    level = env.get("M", 1.0)
    reach = float(_evaluate(parse(str(step["payload"]["radius"]), NAMES), env))
    low = max(start, reach * 1e-3, 1e-3)
    grid = np.geomspace(low, max(4 * reach, 8 * low), radii)
    activation = Activation(spec["activation"]["name"], parse(spec["activation"]["expression"]))
    net = Net.of(activation, spec["loss"], X, y, list(a), lam, backend="numpy")
    rng = np.random.default_rng(0)
    directions = rng.standard_normal((rays, len(a), X.shape[1]))
    directions /= np.sqrt((directions**2).sum(axis=(1, 2), keepdims=True))
    curves = []
    for k, u in enumerate(directions, 1):
        # One at a time: all at once would need radii * n * p numbers.
        values = np.array([float(net.villani(r * u, noise)) for r in grid])
        curves.append(Series(f"ray {k}", grid.tolist(), values.tolist()))
    certified = np.asarray(_evaluate(bound, {**env, "r": grid}), float)
    curves.append(Series("certified lower bound", grid.tolist(), certified.tolist(), True))
    least = min(min(c.y[k] - certified[k] for c in curves[:-1]) for k in range(radii))
    stays = (
        f"it stays above the certified bound, by at least {_words(least)}"
        if least >= 0
        else f"IT FALLS BELOW THE CERTIFIED BOUND by {_words(-least)}"
    )
    words = (
        f"The expression of V4 along {rays} random rays, for r from {_words(grid[0])} to "
        f"{_words(grid[-1])}, \u03bb = {lam:g} and s = {noise:g}; "
        f"{stays}, and the bound is at least {level:g} from r = {_upward(Fraction(reach), 4)} on."
    )
    return line_plot(
        f"V4 against its bound, "
        f"{activation.text if activation.name == 'custom' else activation.name}",
        words,
        curves,
        "r = \u2016W\u2016",
        "\u2016\u2207L\u2016\u00b2/s \u2212 \u0394L",
        "log",
        WIDE,
    )


def _upward(value: Fraction, digits: int) -> str:
    """A number from which on something holds, rounded up."""
    up = round_up(value, digits)
    # Of so few digits that floating point shows it as it is.
    return decimal(up, 40) if up < 10**7 else _words(float(up), digits)


# -- thresholds by route ---------------------------------------------------------------------------


def threshold_plot(
    rows: Sequence[tuple[str, Mapping[str, Fraction | None]]], title: str
) -> Plot | None:
    """One line per instance, one mark per route at the lambda it needs; zero stands at the left
    edge.
    """
    # The line routes and that of one sign are tried where the first two fail, so that four are
    # enough.
    held_by_any = {route for _, held in rows for route in held}
    first = (
        ("monotone", "line")
        if {"monotone", "line"} & held_by_any
        else ("euler", "one-signed")
        if "one-signed" in held_by_any
        else ("bounded", "euler")
    )
    routes = (*first, "lipschitz", "published")
    positive = [v for _, held in rows for v in held.values() if v is not None and v > 0]
    if not positive or not rows:
        return None
    lo, hi = math.floor(math.log10(min(positive))) - 1, math.ceil(math.log10(max(positive)))
    hi = max(hi, lo + 2)
    width, row = WIDE[0], 24.0
    height = TOP + BOTTOM + row * len(rows)
    w = width - BESIDE - RIGHT

    def px(v: Fraction | float) -> float:
        return BESIDE + (w * (math.log10(v) - lo) / (hi - lo) if v > 0 else 0.0)

    marks, said = [], []
    for k, (name, held) in enumerate(rows):
        at = TOP + row * (k + 0.5)
        parts = []
        for c, route in enumerate(routes):
            value = held.get(route)
            if value is not None:
                # Two routes with the same threshold stand one above the other.
                marks.append(
                    Mark(
                        round(px(value), 1),
                        round(at + (c - 1.5) * 4, 1),
                        c,
                        f"{name}, {route} route: \u03bb > {_upward(value, 4)}",
                    )
                )
                parts.append(f"{route} {_upward(value, 3)}")
        said.append(f"{name}: {', '.join(parts)}")
    ticks = (
        Tick(BESIDE, "0"),
        *(_tick(px(10.0**e), 10.0**e, powers=True) for e in range(lo + 1, hi + 1)),
    )
    y_ticks = tuple(Tick(TOP + row * (k + 0.5), name) for k, (name, _) in enumerate(rows))
    legend = tuple(
        (c, False, f"{route}{' (recalled)' if route == 'published' else ' route'}")
        for c, route in enumerate(routes)
    )
    words = "Thresholds on \u03bb by route. " + "; ".join(said) + "."
    return Plot(
        title,
        words,
        width,
        height,
        "\u03bb must exceed",
        "",
        ticks,
        y_ticks,
        (),
        tuple(marks),
        legend,
        BESIDE,
    )
