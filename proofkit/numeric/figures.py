"""Figures fit to be printed: colour-blind-safe, labelled, with their data beside them as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from proofkit.errors import InputError
from proofkit.files import write_atomically, write_bytes_atomically

# Okabe and Ito's palette: told apart with any common colour vision, and in grey by the line styles.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)), (0, (1, 1)))
SUFFIXES = (".pdf", ".png", ".svg")


@dataclass(frozen=True)
class Curve:
    """One line: x, y, its label, and optionally a band [low, high] around it or the role of a
    certified bound.
    """

    label: str
    x: Any
    y: Any
    low: Any = None
    high: Any = None
    bound: bool = False


@dataclass(frozen=True)
class Figure:
    """Curves over common axes."""

    title: str
    xlabel: str
    ylabel: str
    curves: tuple[Curve, ...]
    xscale: str = "linear"
    yscale: str = "log"


def require_suffix(path: Path) -> None:
    """InputError unless the file can be drawn: a known suffix, and matplotlib installed."""
    if path.suffix not in SUFFIXES:
        raise InputError(f"{path} must end in {', '.join(SUFFIXES)}")
    _matplotlib()


def _matplotlib() -> Any:
    try:
        import matplotlib
    except ImportError:
        raise InputError(
            "a plot needs matplotlib; install the extra: pip install 'villani-proofkit[plot]'"
        ) from None
    return matplotlib


def draw(path: Path, figures: Sequence[Figure]) -> None:
    """The figures, three in a row, into one file, and their numbers into FILE.csv beside it."""
    require_suffix(path)
    matplotlib = _matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    settings = {
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "svg.hashsalt": "proofkit",
        "pdf.fonttype": 42,
    }
    with matplotlib.rc_context(settings):
        columns = min(3, len(figures))
        rows = -(-len(figures) // columns)
        canvas = Canvas(figsize=(4.6 * columns, 3.3 * rows), layout="constrained")
        FigureCanvasAgg(canvas)
        places = canvas.subplots(rows, columns, squeeze=False).ravel()
        for axes, figure in zip(places, figures, strict=False):
            _axes(axes, figure)
        for axes in places[len(figures) :]:
            axes.set_axis_off()
        buffer = io.BytesIO()
        metadata = {".pdf": {"CreationDate": None}, ".svg": {"Date": None}}.get(path.suffix)
        canvas.savefig(buffer, format=path.suffix[1:], dpi=200, metadata=metadata)
    write_bytes_atomically(path, buffer.getvalue())
    write_atomically(path.with_suffix(".csv"), table(figures))


def _axes(axes: Any, figure: Figure) -> None:
    for m, c in enumerate(figure.curves):
        colour = "#000000" if c.bound else COLOURS[m % len(COLOURS)]
        style = (0, (4, 2)) if c.bound else STYLES[m % len(STYLES)]
        axes.plot(c.x, c.y, color=colour, linestyle=style, linewidth=1.4, label=c.label)
        if c.low is not None and c.high is not None:
            axes.fill_between(c.x, c.low, c.high, color=colour, alpha=0.18, linewidth=0)
    axes.set(xlabel=figure.xlabel, ylabel=figure.ylabel, xscale=figure.xscale)
    values = (
        np.concatenate([np.asarray(c.y, float).ravel() for c in figure.curves])
        if figure.curves
        else np.ones(1)
    )
    values = values[np.isfinite(values)]
    if figure.yscale == "log" and not (values.size and (values > 0).all()):
        axes.set_yscale(
            "symlog",
            linthresh=max(1e-12, float(np.median(np.abs(values))) * 1e-2) if values.size else 1.0,
        )
    else:
        axes.set_yscale(figure.yscale)
    if figure.xscale == "log":
        from matplotlib.ticker import NullFormatter

        axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_title(figure.title, fontsize=9)
    axes.grid(alpha=0.25, linewidth=0.5)
    axes.legend(frameon=False, fontsize=7)


def table(figures: Sequence[Figure]) -> str:
    """The numbers of the figures as CSV: figure, curve, x, y, low, high."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("figure", "curve", "x", "y", "low", "high"))
    for figure in figures:
        for c in figure.curves:
            blank = [""] * len(np.ravel(c.x))
            low = blank if c.low is None else np.ravel(c.low).tolist()
            high = blank if c.high is None else np.ravel(c.high).tolist()
            for row in zip(np.ravel(c.x).tolist(), np.ravel(c.y).tolist(), low, high, strict=True):
                writer.writerow((figure.title, c.label, *row))
    return out.getvalue()
