"""``proofkit coq``: certificates as files of Coq, and what Coq says of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from proofkit.cli.console import bar, say
from proofkit.cli.options import JsonOption, QuietOption, require_jobs
from proofkit.cli.problem_options import ReaderOptions


def coq(
    *,
    certificates: Annotated[
        list[Path], typer.Argument(metavar="CERT.json...", help="Certificate files.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the Coq files (.v) and the record; default: beside each certificate."
        ),
    ] = None,
    run: Annotated[
        bool,
        typer.Option(
            "--run",
            help="Compile with coqc and record the result, Coq's version and the axioms used.",
        ),
    ] = False,
    subject: ReaderOptions,
    jobs: Annotated[int, typer.Option(help="Files compiled at a time; 0 means one per core.")] = 0,
    quiet: QuietOption = False,
    json_: JsonOption = False,
) -> None:
    """Render certificates as Coq files that instantiate the library in theorems/coq, and let coqc
    check them.

    Where a generated proof does not go through, it says which lemma is missing.

    Example: proofkit prove -a tanh --out tanh.json, then proofkit coq tanh.json --run
    """
    from proofkit.formal import record_text, render_files

    require_jobs(jobs)
    with bar(quiet, "what") as progress:
        reader = subject.reader()
        records = render_files(certificates, out, run, jobs, progress or (lambda *_: None), reader)
    if json_:
        typer.echo(json.dumps([record.content() for record in records], indent=1))
    elif not quiet:
        for record in records:
            say(record_text(record))
    raise typer.Exit(max((record.status for record in records), default=0))
