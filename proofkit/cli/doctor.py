"""``proofkit doctor``: what is installed, and what each part adds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from proofkit.cli.console import say, say_table
from proofkit.cli.options import JsonOption, QuietOption

if TYPE_CHECKING:
    from proofkit.doctor import Finding


def doctor(quiet: QuietOption = False, json_: JsonOption = False) -> None:
    """What is installed (packages, extras, C compiler, Coq, TeX) and what each part adds.

    Example: proofkit doctor
    """
    from proofkit.doctor import caches, examine

    findings, folders = examine(), caches()
    if json_:
        typer.echo(json.dumps(_doctor_json(findings, folders), indent=1))
    elif not quiet:
        _say_findings(findings, folders)
    if any(_needed(finding) and finding.found is None for finding in findings):
        raise typer.Exit(1)


def _needed(finding: Finding) -> bool:
    """True for a part that proofkit does not work without."""
    return finding.group == "python" and finding.name != "SymPy over flint"


def _doctor_json(
    findings: Sequence[Finding], folders: Sequence[tuple[str, bool]]
) -> dict[str, Any]:
    parts = [
        {"group": f.group, "name": f.name, "found": f.found, "adds": f.adds, "get": f.get}
        for f in findings
    ]
    return {"parts": parts, "caches": [{"folder": p, "writable": w} for p, w in folders]}


def _say_findings(findings: Sequence[Finding], folders: Sequence[tuple[str, bool]]) -> None:
    rows = [
        (f.name, f.found or "missing", f.adds if f.found is not None else f"{f.adds}; {f.get}")
        for f in findings
    ]
    say_table(("part", "found", "what it adds"), rows)
    for path, writable in folders:
        say(f"cache {path}{'' if writable else ' (cannot be written)'}")
