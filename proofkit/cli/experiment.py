"""``proofkit experiment``: SGD beside its threshold and its SDE, as figures and numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from proofkit.cli.console import bar, say, say_example, say_table
from proofkit.cli.options import JsonOption, QuietOption, StandardiseOption, require_positive
from proofkit.cli.problem_options import DataOptions


@dataclass(frozen=True)
class ExperimentDataOptions(DataOptions):
    """The data of an experiment, standardised where nothing else is said."""

    standardise: StandardiseOption = True


def experiment(
    *,
    spec: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="An experiment; default: the one that is shipped."),
    ] = None,
    example: Annotated[
        bool,
        typer.Option(
            "--example",
            help="Write the shipped experiment: to FILE where that is given and new, else to "
            "standard output.",
        ),
    ] = False,
    out: Annotated[
        Path, typer.Option(help="Folder for the figures, their numbers and summary.json.")
    ] = Path("experiment"),
    data: ExperimentDataOptions,
    form: Annotated[str, typer.Option("--format", help="pdf, png or svg.")] = "pdf",
    threads: Annotated[
        int, typer.Option(help="Paths side by side; the numbers do not depend on it.")
    ] = 1,
    quiet: QuietOption = False,
    json_: JsonOption = False,
) -> None:
    """Run an experiment: SGD at multiples of the published threshold lambda_c, and SGD beside its
    SDE.

    Writes loss, excess and sde as figures, each with its numbers beside it as CSV, and
    summary.json.

    Examples: proofkit experiment --out figures --threads 2

    proofkit experiment --example mine.toml, then edit it and proofkit experiment mine.toml
    """
    from proofkit.experiment import load_experiment, perform
    from proofkit.files import require_writable, write_atomically
    from proofkit.numeric import figures
    from proofkit.numeric.kernels import which_objective
    from proofkit.tactics.theorem import shipped_folder

    shipped = shipped_folder() / "experiments" / "regularisation.toml"
    if example:
        say_example(shipped.read_text("utf-8"), spec, "proofkit experiment", quiet, json_)
        return
    require_positive("--threads", threads)
    figures.require_suffix(Path(f"figure.{form}"))
    loaded = load_experiment(shipped if spec is None else spec)
    file = data.file()
    require_writable(out.parent)
    with bar(quiet, "what") as shown:
        outcome = perform(loaded, file, threads, shown)

    out.mkdir(parents=True, exist_ok=True)
    for stem, drawn in outcome.figures.items():
        figures.draw(out / f"{stem}.{form}", drawn)
    table = outcome.table
    objective = f"{which_objective(table.scaling)}; lambda_c is that of these data"
    content = {
        "title": loaded.values["title"],
        "objective": objective,
        "scaling": None if table.scaling is None else table.scaling.json(),
        "rows": list(outcome.rows),
        "sde": list(outcome.distances),
    }
    text = json.dumps(content, indent=1) + "\n"
    write_atomically(out / "summary.json", text)
    if json_:
        typer.echo(text, nl=False)
    elif not quiet:
        _say_experiment(loaded.values["title"], outcome.rows, outcome.distances)
        say(objective)
        if table.scaling is not None:
            say(table.scaling.sentence(table.features, table.target))
        say(
            f"written: {out}/{', '.join(f'{s}.{form}' for s in outcome.figures)}, their CSV "
            f"files and summary.json"
        )


def _plain(exact: str) -> str:
    from proofkit.exposition.numbers import plain

    return plain(Fraction(exact))


def _say_experiment(
    title: str, rows: Sequence[Mapping[str, Any]], distances: Sequence[Mapping[str, Any]]
) -> None:
    head = (
        "activation",
        "width",
        "lambda",
        "/ lambda_c",
        "step",
        "L at the start",
        "L at the end",
        "excess",
        "diverged",
    )
    keys = ("initial", "final", "excess")
    lines = []
    for r in rows:
        shown = ["-" if r[k] is None else f"{r[k]:.4g}" for k in keys]
        ended = f"{r['diverged']}/{r['paths']}"
        laid_out = (_plain(r["lambda_over_published_exact"]), _plain(r["step_exact"]))
        row = (r["activation"], str(r["width"]), f"{r['lambda']:.4g}", *laid_out)
        lines.append((*row, *shown, ended))
    say(title)
    say_table(head, lines)
    for r in distances:
        say(
            f"{r['activation']}, s = {_plain(r['step_exact'])}: Wasserstein distance of the law of L at "
            f"the end to the SDE's: "
            f"{r['wasserstein_batch']:.3g} for minibatches, {r['wasserstein_full']:.3g} for "
            f"all data (standard deviation {r['spread']:.3g})"
        )
