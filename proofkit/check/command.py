"""The command `python -m proofkit.check`: read, check, print what follows for the reader."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

from proofkit.check.document import ELSEWHERE, EXIT, INVALID, OPEN, VALID, Outcome, check, load
from proofkit.check.expr import Refused
from proofkit.check.problem import Unreadable, load_problem


def printable(text: str) -> str:
    """Text safe for a terminal: printable ASCII only, everything else escaped."""
    return "".join(c if " " <= c <= "~" else ascii(c)[1:-1] for c in text)


def shown(text: str) -> str:
    """Text from a file, printable and of bounded length."""
    return printable(text)[:600]


SHADES = {VALID: 32, INVALID: 31, OPEN: 33, ELSEWHERE: 33}
MARKS = {VALID: "ok", INVALID: "FAILED", OPEN: "not verified", ELSEWHERE: "not yours"}


def heading(outcome: Outcome) -> str:
    """What a certificate says, as far as that was verified."""
    verdict, statement = shown(outcome.verdict), shown(outcome.statement)
    word = "says" if outcome.valid or outcome.status == ELSEWHERE else "claims"
    return (
        f"{verdict}: {statement}" if verdict == "UNKNOWN" else f"it {word} {verdict}: {statement}"
    )


def tree(path: str, outcome: Outcome, colour: bool) -> str:
    """The steps with their verdicts, as a tree."""

    def marked(status: str) -> str:
        text = MARKS[status]
        return f"\x1b[{SHADES[status]}m{text}\x1b[0m" if colour else text

    out = [f"{shown(path)}: {outcome.status}; {heading(outcome)}"]
    for line in outcome.lines:
        detail = (
            f"  {shown(line.rule)}{f' [{line.evidence}]' if line.evidence else ''}"
            if line.rule
            else ""
        )
        detail += f" from {shown(', '.join(line.premises))}" if line.premises else ""
        mark = marked(VALID if line.holds else outcome.status)
        branch = "|-" if line is not outcome.lines[-1] else "`-"
        why = f": {shown(line.reason)}" if line.reason else ""
        out.append(f"  {branch} {shown(line.name)}{detail}  {mark}{why}")
    return "\n".join([*out, f"  {printable(outcome.closing)}"])


class _Parser(argparse.ArgumentParser):
    """One sentence for a wrong command line."""

    def error(self, message: str) -> NoReturn:
        raise _Usage(message)


class _Usage(Exception):
    """A wrong command line."""


def main(
    arguments: list[str] | None = None, draw: Callable[[str, Outcome, bool], str] = tree
) -> int:
    """The command; returns the exit status.  ``draw`` makes the text of one outcome, in colour or not."""
    parser = _Parser(
        prog="python -m proofkit.check",
        description="Check certificates without trusting the program that made them.",
    )
    parser.add_argument("certificates", nargs="+", type=Path, metavar="CERT.json")
    parser.add_argument(
        "--problem",
        type=Path,
        help="the reader's own data (CSV, NPZ) or a TOML file that names the problem",
    )
    parser.add_argument("--target", help="the column to predict")
    parser.add_argument("--delimiter", help="comma, semicolon, tab or pipe")
    parser.add_argument("--decimal", help="point or comma")
    parser.add_argument("--label-above", help="labels of the logistic loss: y > NUMBER is +1")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--quiet", action="store_true", help="print one line for each certificate")
    try:
        given = parser.parse_args(arguments)
    except _Usage as error:
        text = f"{shown(str(error))[:200]}; see `python -m proofkit.check --help`"
        print(f"proofkit check: {text}", file=sys.stderr)
        return 2
    except SystemExit:  # --help
        return 0
    try:
        said = (given.target, given.delimiter, given.decimal, given.label_above)
        reader = load_problem(given.problem, *said) if given.problem else None
        contents = [load(path) for path in given.certificates]
    except (Unreadable, Refused) as error:
        print(f"proofkit check: {shown(str(error))}", file=sys.stderr)
        return 2
    cache: dict[object, object] = {}
    outcomes, start, line = [], time.monotonic(), sys.stderr.isatty() and not given.quiet
    for done, content in enumerate(contents):
        gone = time.monotonic() - start
        if line and gone > 2:
            print(
                f"\r{done} of {len(contents)} checked, about {gone / done * (len(contents) - done):.0f} s left ",
                end="",
                file=sys.stderr,
                flush=True,
            )
        outcomes.append(check(content, reader, cache))
    if line and time.monotonic() - start > 2:
        print("\r" + " " * 60, end="\r", file=sys.stderr, flush=True)
    if given.json:
        rows = [
            {
                "file": str(p),
                "valid": o.valid,
                **asdict(o),
                "closing": o.closing,
                "checker": "proofkit.check 1",
            }
            for p, o in zip(given.certificates, outcomes, strict=True)
        ]
        print(json.dumps(rows, indent=1))
    else:
        for path, outcome in zip(given.certificates, outcomes, strict=True):
            text = draw(str(path), outcome, sys.stdout.isatty() and not os.environ.get("NO_COLOR"))
            print(text.splitlines()[0] if given.quiet and outcome.valid else text)
    found = {EXIT[o.status] for o in outcomes}
    return next((status for status in (1, 3, 4) if status in found), 0)
