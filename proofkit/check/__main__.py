"""python -m proofkit.check CERT.json ... [--problem FILE] [--target COLUMN] [--json]

Exit status: 0 every certificate is valid, 1 some is not, 2 a file cannot be read.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
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
    mark = {True: "\x1b[32mok\x1b[0m" if colour else "ok", False: "\x1b[31mFAILED\x1b[0m" if colour else "FAILED"}
    out = [f"{shown(path)}: {'valid' if outcome.valid else 'INVALID'}; it says {shown(outcome.verdict)}: {shown(outcome.statement)}"]
    for line in outcome.lines:
        detail = f"  {shown(line.rule)}{f' [{line.evidence}]' if line.evidence else ''}" if line.rule else ""
        out.append(
            f"  {'|-' if line is not outcome.lines[-1] else '`-'} {shown(line.name)}{detail}  {mark[line.holds]}{': ' + shown(line.reason) if line.reason else ''}"
        )
    return "\n".join(out + [f"  not compared: {shown(n)}" for n in outcome.not_compared])


def main(arguments: list[str] | None = None) -> int:
    """The command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m proofkit.check", description="Check certificates without trusting the program that made them.")
    parser.add_argument("certificates", nargs="+", type=Path, metavar="CERT.json")
    parser.add_argument("--problem", type=Path, help="the reader's own data (CSV, NPZ) or a TOML file that names the problem")
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
            print(f"\r{done} of {len(contents)} checked, about {gone / done * (len(contents) - done):.0f} s left ", end="", file=sys.stderr, flush=True)
        outcomes.append(check(content, reader, cache))
    if line and time.monotonic() - start > 2:
        print("\r" + " " * 60, end="\r", file=sys.stderr, flush=True)
    if given.json:
        rows = [{"file": str(p), **asdict(o), "checker": "proofkit.check 1"} for p, o in zip(given.certificates, outcomes, strict=True)]
        print(json.dumps(rows, indent=1))
    else:
        for path, outcome in zip(given.certificates, outcomes, strict=True):
            text = tree(str(path), outcome, sys.stdout.isatty() and not os.environ.get("NO_COLOR"))
            print(text.splitlines()[0] if given.quiet and outcome.valid else text)
    return 0 if all(o.valid for o in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
