"""``proofkit fuzz-certificates``: forged certificates, and what the checker makes of them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from proofkit.cli.console import counting, say, say_table
from proofkit.cli.options import (
    JobsOption,
    JsonOption,
    QuietOption,
    require_jobs,
    require_positive,
)
from proofkit.errors import InputError


def fuzz_certificates(
    n: Annotated[int, typer.Option("--n", help="How many mutants.")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed; the same seed gives the same mutants.")] = 0,
    folder: Annotated[Path, typer.Option(help="Folder of valid certificates.")] = Path(
        "generated/certificates"
    ),
    jobs: JobsOption = 0,
    quiet: QuietOption = False,
    json_: JsonOption = False,
) -> None:
    """Mutate valid certificates and judge what the checker accepts.

    Example: proofkit prove -a tanh --out mine/tanh.json, then proofkit fuzz-certificates --folder
    mine --n 1000
    """
    from proofkit.campaign.certificates import campaign

    require_positive("--n", n)
    require_jobs(jobs)
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise InputError(
            f"the folder {folder} holds no certificate (.json); run `proofkit report` first, "
            f"or give --folder DIR"
        )
    with counting(quiet, "parts of the campaign") as progress:
        content = campaign(paths, n, seed, jobs or os.cpu_count() or 1, progress).as_dict()
    if json_:
        typer.echo(json.dumps(content, indent=1))
    elif not quiet:
        _say_campaign(content)
    raise typer.Exit(1 if content["violations"] else 0)


def _say_campaign(content: dict[str, Any]) -> None:
    head = ("mutation", *next(iter(content["table"].values())))
    say_table(head, [(kind, *map(str, row.values())) for kind, row in content["table"].items()])
    say(f"slowest {content['slowest_seconds']} s")
    for v in content["violations"]:
        say(
            f"{v['outcome'].upper()}  {v['certificate']} mutant {v['mutant']} "
            f"({v['kind']}) {v['note']}"
        )
