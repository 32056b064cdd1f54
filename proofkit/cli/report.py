"""``proofkit report``: every theorem file proved, and the report written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proofkit.cli.console import bar, say, say_table
from proofkit.cli.options import JobsOption, JsonOption, QuietOption, require_jobs
from proofkit.cli.problem_options import LabelledDataOptions
from proofkit.errors import InputError
from proofkit.statuses import EXIT

if TYPE_CHECKING:
    from proofkit.report import Report


def report(
    *,
    out: Annotated[Path, typer.Option(help="Folder to write into.")] = Path("generated"),
    data: LabelledDataOptions,
    theorems: Annotated[Path | None, typer.Option(help="Folder of theorem files (.toml).")] = None,
    width: Annotated[int, typer.Option(help="Width p of the data-bound nets.")] = 64,
    seed: Annotated[int, typer.Option(help="Seed of their outer weights.")] = 0,
    jobs: JobsOption = 0,
    coq_: Annotated[
        bool,
        typer.Option(
            "--coq",
            help="Also compile every certificate with coqc (a few minutes) and show what it "
            "accepts.",
        ),
    ] = False,
    templates: Annotated[
        Path | None,
        typer.Option(help="Folder whose templates replace the package's of the same name."),
    ] = None,
    quiet: QuietOption = False,
    json_: JsonOption = False,
) -> None:
    """Prove every theorem file and write report.html with its pages, report.json, appendix.tex and
    certificates/*.json.

    Example: proofkit report --data my.csv --target y --out generated
    """
    from proofkit.report import Settings, make_report
    from proofkit.tactics.theorem import default_folder

    file = data.file()
    if width < 1:
        raise InputError(f"the width must be at least 1, not {width}")
    require_jobs(jobs)
    settings = Settings(out, theorems or default_folder(), file, width, seed, jobs, coq_, templates)
    with bar(quiet, "what") as progress:
        made = make_report(settings, progress or (lambda *_: None))

    if json_:
        content = {
            "out": str(out),
            "redone": made.redone,
            "unexpected": made.unexpected,
            "certificates": len(made.rows),
            "data": made.content["data"],
        }
        typer.echo(json.dumps(content))
    elif not quiet:
        _say_report(made, out)
    if made.unexpected:
        raise typer.Exit(3)


def _say_report(made: Report, out: Path) -> None:
    rows = [_theorem_row(t, t["name"] in made.redone) for t in made.content["theorems"]]
    say_table(("theorem", "certificates", "proved", "refuted", "unknown", ""), rows)
    for line in made.described:
        say(f"data: {line}")
    _say_coq(made.rows)
    say(
        f"written: {out}/report.html, report/, report.json, appendix.tex, certificates/ "
        f"({len(made.rows)} files)"
    )
    say(f"open {out}/report.html in a browser; it leads to everything else")


def _theorem_row(theorem: dict[str, Any], redone: bool) -> tuple[str, ...]:
    """A theorem's name, its number of certificates, how many have each verdict, and a note."""
    rows = theorem["rows"]
    counts = [sum(row["verdict"] == verdict for row in rows) for verdict in EXIT]
    wrong = sum(row["verdict"] != row["expected"] for row in rows)
    note = f"{wrong} not as expected" if wrong else "" if redone else "unchanged"
    return (theorem["name"], str(len(rows)), *map(str, counts), note)


def _say_coq(rows: list[dict[str, Any]]) -> None:
    """What coqc accepted, where it was asked."""
    found = [row["coq"] for row in rows if row["coq"] is not None]
    if not found:
        return
    full = sum(bool(coq["full"]) for coq in found)
    part = sum(bool(coq["conditions"]) for coq in found) - full
    refused = sum(coq["result"] in ("refused", "no proof") for coq in found)
    say(
        f"Coq: {full} of {len(rows)} certificates checked in every condition, "
        f"{part} in some, {refused} not accepted"
    )
