"""The command: read, check, print what follows for the reader."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

from proofkit.check.outcome import (
    ELSEWHERE,
    EXIT,
    INVALID,
    OPEN,
    VALID,
    Outcome,
    check,
    listed,
)
from proofkit.check.reader import Reader, load_problem
from proofkit.kernel.certificate import (
    AnotherFormatError,
    UnreadableError,
    document_of_json,
    read_json,
)
from proofkit.process import on_terminal
from proofkit.sentences.record import record


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
    if verdict == "UNKNOWN":
        return f"{verdict}: {statement}"
    scaled = f"; of {shown(outcome.scaled)}" if outcome.scaled else ""
    return f"it {word} {verdict}: {statement}{scaled}"


CHECKER = "proofkit.kernel 2"
Draw = Callable[[str, Outcome, bool], str]
Explain = Callable[[Mapping[str, object], Outcome], str]


def one_line(path: str, outcome: Outcome) -> str:
    """A certificate in one line: its status and what it says."""
    return f"{shown(path)}: {outcome.status}; {heading(outcome)}"


def tree(path: str, outcome: Outcome, colour: bool) -> str:
    """The steps with their verdicts, as a tree."""

    def marked(status: str) -> str:
        text = MARKS[status]
        return f"\x1b[{SHADES[status]}m{text}\x1b[0m" if colour else text

    out = [one_line(path, outcome)]
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
    arguments: list[str] | None = None, draw: Draw = tree, explain: Explain | None = None
) -> int:
    """The command; returns the exit status.

    ``draw`` makes the text of one outcome, in colour or not.  ``explain`` turns the record of a
    certificate into the mathematics of its steps for ``--explain``; without it there is no such
    option.
    """
    parser = _parser(explain is not None)
    try:
        given = parser.parse_args(arguments)
    except _Usage as error:
        text = f"{shown(str(error))[:200]}; see `python -m proofkit.kernel --help`"
        print(on_terminal(f"proofkit check: {text}"), file=sys.stderr)
        return 2
    except SystemExit:  # --help
        return 0
    try:
        said = (given.target, given.delimiter, given.decimal, given.label_above)
        if given.problem is None and any(said):
            raise UnreadableError(
                "--target and how to read data are for --problem FILE; give one, or drop them"
            )
        reader = load_problem(given.problem, *said) if given.problem else None
        found = list(_found(given.certificates))
    except UnreadableError as error:
        _complain(error)
        return 2
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    results = list[_Result]()
    for result in _checked(found, reader, _Counter(len(found), given.quiet)):
        results.append(result)
        if not given.json and result.outcome is not None:
            print(_text(result, given, len(found) > 1, colour, draw, explain))
    outcomes = [(r.path, r.outcome) for r in results if r.outcome is not None]
    if given.json:
        rows = [
            {
                "file": str(path),
                "valid": outcome.valid,
                **asdict(outcome),
                "closing": outcome.closing,
                "checker": CHECKER,
            }
            for path, outcome in outcomes
        ]
        print(json.dumps(rows, indent=1))
    elif len(found) > 1:
        print(_count(results))
    return _status(results)


def _parser(explained: bool) -> _Parser:
    parser = _Parser(
        prog="python -m proofkit.kernel",
        description="Replay certificates through the kernel, without the search that found them.",
        epilog=STATUSES,
    )
    parser.add_argument("certificates", nargs="+", type=Path, metavar="CERT.json")
    parser.add_argument(
        "--problem",
        type=Path,
        help="the reader's own data (CSV, Parquet, NPZ) or a TOML file that names the problem",
    )
    parser.add_argument("--target", help="the column to predict")
    parser.add_argument("--delimiter", help="comma, semicolon, tab or pipe")
    parser.add_argument("--decimal", help="point or comma")
    parser.add_argument("--label-above", help="labels of a loss of the margin: y > NUMBER is +1")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--quiet", action="store_true", help="print one line for each certificate")
    if explained:
        parser.add_argument("--explain", action="store_true", help="print the mathematics")
    parser.set_defaults(explain=False)
    return parser


STATUSES = (
    "Exit status: 0 all valid, 1 some INVALID, 2 unreadable, 3 some not verified, 4 some valid but "
    "not about your problem; of several, 1 before 2 before 3 before 4."
)


@dataclass(frozen=True)
class _File:
    """A file to check; ``searched`` when it was found in a folder, where other JSON files are no
    fault.
    """

    path: Path
    searched: bool


@dataclass(frozen=True)
class _Result:
    """What came of a file: its outcome, or neither that nor content where it is no certificate."""

    path: Path
    content: Mapping[str, object] | None
    outcome: Outcome | None
    unreadable: bool = False


def _found(paths: Sequence[Path]) -> Iterator[_File]:
    """The files themselves, and every JSON file beneath a folder, in order; UnreadableError for a folder
    without one.
    """
    for path in paths:
        if not path.is_dir():
            yield _File(path, False)
            continue
        inside = sorted(p for p in path.rglob("*.json") if p.is_file())
        if not inside:
            raise UnreadableError(f"the folder {path} holds no certificate (.json)")
        yield from (_File(p, True) for p in inside)


def _checked(files: list[_File], reader: Reader | None, counter: _Counter) -> Iterator[_Result]:
    """Each file in turn; what cannot be read is said at once, and the others are checked all the
    same.
    """
    for done, file in enumerate(files):
        counter.show(done)
        try:
            content = read_json(file.path)
            outcome = check(content, reader)
            counter.clear()
            yield _Result(file.path, content, outcome)
        except AnotherFormatError as error:
            counter.clear()
            if not file.searched:
                _complain(error)
            yield _Result(file.path, None, None, not file.searched)
        except UnreadableError as error:
            counter.clear()
            _complain(error)
            yield _Result(file.path, None, None, True)
        except KeyboardInterrupt:
            counter.clear()
            raise KeyboardInterrupt(f"{done} of {len(files)} files were checked") from None


class _Counter:
    """How far the check of many files is, on standard error of a terminal, from two seconds on."""

    def __init__(self, total: int, quiet: bool) -> None:
        self.total, self.start = total, time.monotonic()
        self.wanted = sys.stderr.isatty() and not quiet

    def show(self, done: int) -> None:
        gone = time.monotonic() - self.start
        if self.wanted and gone > 2 and done:
            left = gone / done * (self.total - done)
            text = f"checking: {done} of {self.total}, about {left:.0f} s left"
            print(f"\r{text} ", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self.wanted and time.monotonic() - self.start > 2:
            print("\r" + " " * 50, end="\r", file=sys.stderr, flush=True)


def _complain(error: Exception) -> None:
    print(on_terminal(f"proofkit check: {shown(str(error))}"), file=sys.stderr)


def _text(
    result: _Result,
    given: argparse.Namespace,
    many: bool,
    colour: bool,
    draw: Draw,
    explain: Explain | None,
) -> str:
    """One certificate: its mathematics, its steps, or one line for one that is valid among many."""
    outcome = result.outcome
    assert outcome is not None and result.content is not None
    if given.explain and explain is not None and outcome.status in (VALID, ELSEWHERE):
        # Only what was checked: the text of an invalid certificate is not mathematics.
        document = document_of_json(result.content)
        return f"{one_line(str(result.path), outcome)}\n\n{explain(record(document), outcome)}"
    brief = given.quiet or (many and not given.explain)
    if brief and outcome.valid:
        return one_line(str(result.path), outcome)
    return draw(str(result.path), outcome, colour)


def _count(results: Sequence[_Result]) -> str:
    """How many certificates came out how, and what was found beside them."""
    outcomes = [r.outcome for r in results if r.outcome is not None]
    by_status = [(s, sum(o.status == s for o in outcomes)) for s in EXIT]
    said = ", ".join(f"{count} {status}" for status, count in by_status if count)
    many = "certificate" if len(outcomes) == 1 else "certificates"
    text = f"{len(outcomes)} {many}: {said}" if outcomes else "no certificate"
    unreadable = sum(r.unreadable for r in results)
    if unreadable:
        text += f"; {unreadable} unreadable"
    others = sum(r.outcome is None and not r.unreadable for r in results)
    if others:
        text += f"; {others} other JSON file{'s' if others > 1 else ''} passed over"
    compared = next((o.compared[1:] for o in outcomes if o.compared[1:]), ())
    if compared:
        text += f"; compared: {listed(compared)}"
    elif outcomes:
        text += "; none was compared with a problem of yours (--problem)"
    return text


def _status(results: Sequence[_Result]) -> int:
    """The worst: an INVALID certificate, a file that cannot be read, not verified, not about the
    reader's problem.
    """
    found = {EXIT[r.outcome.status] for r in results if r.outcome is not None}
    found |= {2 for r in results if r.unreadable}
    if not any(r.outcome is not None for r in results):
        found.add(2)
    return next((status for status in (1, 2, 3, 4) if status in found), 0)
