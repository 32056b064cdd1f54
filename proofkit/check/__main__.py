"""python -m proofkit.check CERT.json ... [--problem FILE] [--target COLUMN] [--json]

Exit status: 0 every certificate is valid, 1 some is not or could not be verified with what was given, 2 a file cannot be read.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from proofkit.check.document import Outcome, check, load
from proofkit.check.expr import Refused
from proofkit.check.problem import Unreadable, load_problem


def shown(text: str) -> str:
    """Text from a file, safe for a terminal: printable ASCII only, everything else escaped."""
    return "".join(c if " " <= c <= "~" else ascii(c)[1:-1] for c in text)[:600]


def tree(path: str, outcome: Outcome, colour: bool) -> str:
    """The steps with their verdicts, as a tree."""
    word, shade = (
        ("valid", 32)
        if outcome.valid
        else ("NOT VERIFIED", 33)
        if outcome.missing
        else ("INVALID", 31)
    )
    mark = {
        k: f"\x1b[{c}m{v}\x1b[0m" if colour else v
        for k, v, c in (
            (True, "ok", 32),
            (False, "not verified" if outcome.missing else "FAILED", shade),
        )
    }
    out = [f"{shown(path)}: {word}; it says {shown(outcome.verdict)}: {shown(outcome.statement)}"]
    for line in outcome.lines:
        detail = (
            f"  {shown(line.rule)}{f' [{line.evidence}]' if line.evidence else ''}"
            if line.rule
            else ""
        )
        detail += f" from {shown(', '.join(line.premises))}" if line.premises else ""
        out.append(
            f"  {'|-' if line is not outcome.lines[-1] else '`-'} {shown(line.name)}{detail}  {mark[line.holds]}{': ' + shown(line.reason) if line.reason else ''}"
        )
    return "\n".join(out + [f"  not compared: {shown(n)}" for n in outcome.not_compared])


def main(
    arguments: list[str] | None = None, draw: Callable[[str, Outcome, bool], str] = tree
) -> int:
    """The command; returns the exit status.  ``draw`` makes the text of one outcome, in colour or not."""
    parser = argparse.ArgumentParser(
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
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--quiet", action="store_true", help="print one line for each certificate")
    given = parser.parse_args(arguments)
    try:
        reader = load_problem(given.problem, given.target) if given.problem else None
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
            {"file": str(p), **asdict(o), "checker": "proofkit.check 1"}
            for p, o in zip(given.certificates, outcomes, strict=True)
        ]
        print(json.dumps(rows, indent=1))
    else:
        for path, outcome in zip(given.certificates, outcomes, strict=True):
            text = draw(str(path), outcome, sys.stdout.isatty() and not os.environ.get("NO_COLOR"))
            print(text.splitlines()[0] if given.quiet and outcome.valid else text)
    return 0 if all(o.valid for o in outcomes) else 1


if __name__ == "__main__":
    try:
        status = main()
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    sys.exit(status)
