"""``proofkit fuzz-bounds``: the certified bounds of random expressions, attacked."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Annotated

import typer

from proofkit.cli.console import counting, say
from proofkit.cli.options import (
    JobsOption,
    JsonOption,
    QuietOption,
    require_budget,
    require_jobs,
    require_positive,
)

if TYPE_CHECKING:
    from proofkit.campaign.bounds import Tally


def fuzz_bounds(
    n: Annotated[int, typer.Option("--n", help="How many random expressions.")] = 200,
    seed: Annotated[int, typer.Option(help="Seed; the same seed gives the same expressions.")] = 0,
    budget: Annotated[float, typer.Option(help="Seconds for the facts of one expression.")] = 10.0,
    jobs: JobsOption = 0,
    quiet: QuietOption = False,
    json_: JsonOption = False,
) -> None:
    """Attack the certified bounds of random expressions.

    Example: proofkit fuzz-bounds --n 1000 --seed 7
    """
    from proofkit.campaign.bounds import campaign

    require_positive("--n", n)
    require_budget(budget)
    require_jobs(jobs)
    with counting(quiet, "expressions") as progress:
        tally = campaign(n, seed, budget, jobs or os.cpu_count() or 1, progress)
    if json_:
        typer.echo(json.dumps(tally.as_dict(), indent=1))
    elif not quiet:
        _say_tally(tally)
    raise typer.Exit(1 if tally.violations else 0)


def _say_tally(tally: Tally) -> None:
    content = tally.as_dict()
    for key, value in content.items():
        if key not in ("violated", "suspected", "seconds", "kinds"):
            say(f"{key.replace('_', ' '):28} {value}")
    for kind, counts in content["kinds"].items():
        say(f"{kind:28} " + ", ".join(f"{name} {count}" for name, count in counts.items()))
    seconds = ", ".join(f"{share} {value}" for share, value in content["seconds"].items())
    say(f"{'seconds per expression':28} {seconds}")
    for trial in tally.suspected:
        say(f"suspected  {trial.text}: {trial.suspected}")
    for violation in tally.violations:
        say(f"VIOLATION  {violation.text}: {violation.note}")
