"""``proofkit sweep``: every combination of a specification, run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proofkit.cli.console import counting, say, say_example, say_written, warn
from proofkit.cli.options import JsonOption, QuietOption
from proofkit.cli.problem_file import ProblemFileOption
from proofkit.errors import InputError
from proofkit.reading.problem_file import read_problem

if TYPE_CHECKING:
    from proofkit.numeric.sweep import Outcome, Spec
    from proofkit.reading.table import Table


def sweep(
    spec: Annotated[
        Path | None,
        typer.Argument(
            metavar="SPEC.toml",
            help="What to run: activation and, where they are not those of `proofkit run`, width, "
            "lambda, step, ...",
        ),
    ] = None,
    example: Annotated[
        bool,
        typer.Option(
            "--example",
            help="Write a commented SPEC.toml that runs as it is: to SPEC.toml where that is "
            "given and new, else to standard output.",
        ),
    ] = False,
    out: Annotated[
        Path,
        typer.Option(
            help="Results: .sqlite, or .parquet (made from FILE.parquet.sqlite at the end)."
        ),
    ] = Path("sweep.sqlite"),
    jobs: Annotated[int, typer.Option(help="Local processes; 0 means one per core.")] = 0,
    scheduler: Annotated[
        str | None,
        typer.Option(help="tcp://HOST:PORT of a Dask scheduler, instead of local processes."),
    ] = None,
    problem_file: ProblemFileOption = None,
    quiet: QuietOption = False,
    json_: JsonOption = False,
) -> None:
    """Run every combination in SPEC.toml.  Started again after a kill, it goes on where it was.

    What SPEC.toml does not say is as in `proofkit run`; --example lists every key with what it is.

    Example: proofkit sweep --example my.toml, then proofkit sweep my.toml --out results.sqlite
    """
    from proofkit.files import require_writable_file
    from proofkit.numeric.kernels import which_objective
    from proofkit.numeric.sweep import batch_notes, example_spec, load_spec
    from proofkit.numeric.sweep import sweep as run_sweep
    from proofkit.report import bundled_file

    if example:
        say_example(example_spec(), spec, "proofkit sweep", quiet, json_)
        return
    if spec is None:
        raise InputError("give SPEC.toml; `proofkit sweep --example my.toml` writes one")
    problem = None if problem_file is None else read_problem(problem_file)
    loaded = load_spec(spec, bundled_file(), problem)
    require_writable_file(out)
    if not quiet:
        for note in batch_notes(loaded):
            warn(note)
    with counting(quiet, "tasks of the sweep") as progress:
        outcome = run_sweep(loaded, out, jobs, scheduler, progress)
    tables = _scaled_tables(loaded)
    objective = which_objective(*(table.scaling for table in tables))
    if json_:
        content = {
            "out": str(out),
            "runs": outcome.runs,
            "done_now": outcome.done_now,
            "done_before": outcome.done_before,
            "diverged": outcome.diverged,
            "objective": objective,
            "scaling": [table.scaling.json() for table in tables if table.scaling],
        }
        typer.echo(json.dumps(content))
    elif not quiet:
        _say_sweep(outcome, objective, out)
        for table in tables:
            if table.scaling is not None:
                say(table.scaling.sentence(table.features, table.target))


def _scaled_tables(spec: Spec) -> list[Table]:
    """The data of the losses that were run, where they are standardised: with the target scaled
    for some losses, and with labels for others.
    """
    from proofkit.losses.catalogue import resolve
    from proofkit.numeric.sweep import table_of
    from proofkit.problem.layers import takes_classes

    if not spec.data.standardise:
        return []
    kinds: dict[tuple[bool, bool], str] = {}
    for loss in map(str, spec.axis("loss")):
        resolved = resolve(loss)
        kinds.setdefault((resolved.classifies, takes_classes(resolved)), loss)
    return [table_of(spec, kinds[kind]) for kind in sorted(kinds)]


def _say_sweep(outcome: Outcome, objective: str, out: Path) -> None:
    before = f", {outcome.done_before} tasks were there already" if outcome.done_before else ""
    say(
        f"{outcome.runs} runs ({outcome.done_now} tasks now{before}; {outcome.diverged} "
        f"paths ended early)"
    )
    say(objective)
    kind = "one table, runs" if out.suffix == ".parquet" else "the tables runs and trajectory"
    say_written(False, (out, kind))
