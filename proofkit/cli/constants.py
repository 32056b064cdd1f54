"""``proofkit constants``: the constants of a data set, exactly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proofkit.cli.console import reading, say
from proofkit.cli.options import (
    DecimalOption,
    DelimiterOption,
    JsonOption,
    RequiredTargetOption,
    StandardiseOption,
)
from proofkit.cli.problem_options import DataOptions

if TYPE_CHECKING:
    from proofkit.problem.data import DataSummary


def constants(
    data: Annotated[
        Path,
        typer.Argument(
            help="CSV (with header), Parquet or NPZ; CSV and Parquet may be larger than memory."
        ),
    ],
    target: RequiredTargetOption,
    delimiter: DelimiterOption = None,
    decimal: DecimalOption = None,
    standardise: StandardiseOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
    json_: JsonOption = False,
) -> None:
    """B_x, B_y, lambda_max(S) and the other constants of a data set, exactly, in one pass (two with
    --standardise) and flat memory.

    Example: proofkit constants big.parquet --target y --json
    """
    from proofkit.problem.stream import summarise_file
    from proofkit.session import data_json

    file = DataOptions(data, target, delimiter, decimal, standardise).file()
    with reading(quiet, data) as progress:
        # No constant depends on the loss, and this one takes every target as it is.
        summary, _ = summarise_file(file, False, progress, keep_up_to=0)
    shown = _enclosures(summary)
    if json_:
        typer.echo(json.dumps({**(data_json(summary) or {}), "constants": shown}, indent=1))
    else:
        _say_constants(summary, shown)


def _enclosures(s: DataSummary) -> dict[str, dict[str, str]]:
    """The ends of each constant, rounded outwards."""
    from proofkit.constants import Constant, evaluate, number_text

    b_x = evaluate("sqrt(M)", {"M": Constant("M", None, s.B_x_squared, s.B_x_squared)})
    assert b_x is not None
    rows = {
        "B_x": b_x,
        "B_y": (s.B_y, s.B_y),
        "lambda_max(S)": s.Lambda_S,
        "mean ||x||^2": (s.x_square_mean, s.x_square_mean),
        "min y": (s.y_min, s.y_min),
        "max y": (s.y_max, s.y_max),
        "mean |y|": (s.y_abs_mean, s.y_abs_mean),
        "mean y^2": (s.y_square_mean, s.y_square_mean),
    }
    return {
        name: {"lo": number_text(lo, -1), "hi": number_text(hi, 1)}
        for name, (lo, hi) in rows.items()
    }


def _say_constants(summary: DataSummary, shown: dict[str, dict[str, str]]) -> None:
    for line in summary.described():
        say(line)
    say(f"  {'n, d':14} {summary.n}, {summary.d}")
    for name, pair in shown.items():
        low, high = pair["lo"], pair["hi"]
        symbol = name.replace("lambda_max", "λ_max").replace("||x||^2", "‖x‖²").replace("y^2", "y²")
        say(f"  {symbol:14} {low if low == high else f'[{low}, {high}]'}")
