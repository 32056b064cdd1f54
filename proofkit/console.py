"""What the commands share: options, lines on standard output, progress on standard error."""

from __future__ import annotations

import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from proofkit.errors import InputError, nearest, quoted
from proofkit.terminal import WIDEST, fitted, table, terminal_columns, wrapped

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Nothing but errors.")]


def _starting(names: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


def complete_activation(incomplete: str) -> list[str]:
    """Names for the shell."""
    from proofkit.activation.catalogue import CATALOGUE

    return _starting(CATALOGUE, incomplete)


def complete_loss(incomplete: str) -> list[str]:
    """Names for the shell."""
    from proofkit.problem.losses import LOSSES

    return _starting(LOSSES, incomplete)


def complete_claim(incomplete: str) -> list[str]:
    """Names for the shell."""
    from proofkit.kernel.claims import CLAIMS

    return _starting(tuple(CLAIMS), incomplete)


ActivationOption = Annotated[
    str,
    typer.Option(
        "--activation",
        "-a",
        help="A name of `proofkit list`, name(parameter=value), or an expression in z.",
        autocompletion=complete_activation,
    ),
]
LossOption = Annotated[
    str, typer.Option("--loss", "-l", help="squared or logistic.", autocompletion=complete_loss)
]
DelimiterOption = Annotated[
    str | None,
    typer.Option(
        help="comma, semicolon, tab or pipe; detected from the header where it is unambiguous."
    ),
]
DecimalOption = Annotated[
    str | None,
    typer.Option(
        help="point or comma, the decimal mark of data and outer weights; detected where it is "
        "unambiguous."
    ),
]
LabelAboveOption = Annotated[
    str | None,
    typer.Option(
        "--label-above",
        help="Labels of the logistic loss: y > NUMBER is +1, else -1.  Two-valued targets need no "
        "threshold.",
    ),
]
PATIENCE = 2.0  # seconds before a bar for work of unknown length appears


def say(text: str) -> None:
    """Lines on standard output, wrapped where that is a terminal; what is to be read by programs
    goes by ``typer.echo``.
    """
    typer.echo(fitted(text))


def warn(text: str) -> None:
    """A sentence on standard error, under the name of the program."""
    print(fitted(f"proofkit: {text}", sys.stderr), file=sys.stderr)


def say_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table on standard output; a block for each row where the terminal is too narrow."""
    typer.echo("\n".join(table(head, rows, terminal_columns(piped=WIDEST))))


def say_written(quiet: bool, *files: tuple[Path | None, str]) -> None:
    """What was written where, a line for each file that was asked for: (path, what it is)."""
    if not quiet:
        for path, what in files:
            if path is not None:
                say(f"written: {path} ({what})")


def require_choice(what: str, value: str, allowed: Iterable[str]) -> str:
    """The value; InputError with the nearest allowed one otherwise."""
    names = tuple(allowed)
    if value in names:
        return value
    raise InputError(f"{what} is {quoted(value)}; {nearest(value, names)}")


@contextmanager
def bar(quiet: bool, *columns: str) -> Iterator[Callable[..., None] | None]:
    """A progress bar with the time left on standard error of a terminal: f(done, total, *texts for
    the columns).
    """
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    # The bar, the share and the time left need about 30 columns beside the texts.
    room = max(12, (terminal_columns(sys.stderr) - 30) // max(1, len(columns)))
    parts = [
        *(TextColumn(f"{{task.fields[{c}]}}", markup=False) for c in columns),
        BarColumn(bar_width=12),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    ]
    with Progress(*parts, console=Console(stderr=True), transient=True) as shown:
        blank: dict[str, Any] = dict.fromkeys(columns, "")
        task = shown.add_task("", total=None, **blank)

        def show(done: int, total: int, *texts: str) -> None:
            fields: dict[str, Any] = dict(
                zip(columns, (shorten(text, room) for text in texts), strict=False)
            )
            shown.update(task, completed=done, total=total, **fields)

        yield show


def shorten(text: str, room: int) -> str:
    """At most ``room`` columns of a text, cut between words where it has any, filled up with
    spaces.

    >>> shorten("reading a file of rows", 16)
    'reading a ...   '
    """
    if len(text) > room:
        text = textwrap.shorten(text, room, placeholder=" ...")
    return f"{text[:room]:{room}}"


@contextmanager
def reading(quiet: bool, path: Path) -> Iterator[Callable[[int, int], None]]:
    """A bar for a data file that is read: f(done, total)."""
    with bar(quiet, "what") as shown:

        def show(done: int, total: int) -> None:
            if shown is not None:
                shown(done, total, f"reading {path.name}")

        yield show


@contextmanager
def counting(quiet: bool, what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar for many things of one kind: f(done, total)."""
    with bar(quiet, "what") as shown:

        def show(done: int, total: int) -> None:
            if shown is not None:
                shown(done, total, f"{what}: {done} of {total}")

        yield show


@contextmanager
def patience(quiet: bool, what: str, limit: float | None) -> Iterator[None]:
    """For a search that gives up after ``limit`` seconds: after two seconds, how much of that is
    gone (without a limit: the time so far).
    """
    if quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    done = threading.Event()
    start = time.monotonic()

    def run() -> None:
        if done.wait(PATIENCE):
            return
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[left]}", markup=False),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
            task = shown.add_task(what, total=limit, left="")
            while not done.wait(0.2):
                gone = time.monotonic() - start
                if limit is None:
                    shown.update(task, left=f"{gone:.0f} s so far")
                else:
                    shown.update(
                        task,
                        completed=min(gone, limit),
                        left=f"at most {limit - gone:.0f} s left"
                        if gone < limit
                        else "nearly done",
                    )

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def steps_tree(path: str, outcome: Any, colour: bool) -> str:
    """What the checker found in one certificate: on a terminal each conclusion over the steps it
    rests on, else a plain list.
    """
    from proofkit.check.command import MARKS, heading, printable, shown, tree

    if not colour:
        text = tree(path, outcome, False)
        if not sys.stdout.isatty():
            return text
        lines = text.splitlines()
        return "\n".join(
            part for line in lines for part in wrapped(line, terminal_columns(), "", "       ")
        )
    from rich.console import Console
    from rich.text import Text
    from rich.tree import Tree

    shades = {"valid": "green", "INVALID": "red"}
    shade = shades.get(outcome.status, "yellow")
    root = Tree(
        Text.assemble(
            f"{shown(path)}: ", (outcome.status, f"bold {shade}"), f"; {heading(outcome)}"
        )
    )
    lines = {line.name: line for line in outcome.lines}
    used, drawn = {p for line in outcome.lines for p in line.premises}, set[str]()

    def grow(parent: Any, line: Any) -> None:
        mark = ("ok", "green") if line.holds else (MARKS[outcome.status], shade)
        text = Text.assemble(
            (shown(line.name), "bold"),
            " ",
            shown(line.rule),
            (f" {line.evidence}" if line.evidence else "", "dim"),
            "  ",
            mark,
        )
        above = line.name in drawn and line.premises
        text.append(
            f": {shown(line.reason)}"
            if line.reason
            else "  (its premises are above)"
            if above
            else ""
        )
        node = parent.add(text)
        if line.name not in drawn:
            drawn.add(line.name)
            for name in dict.fromkeys(line.premises):
                if name in lines:
                    grow(node, lines[name])

    for line in outcome.lines:
        if line.name not in used:
            grow(root, line)
    root.add(Text(printable(outcome.closing), "dim"))
    console = Console(force_terminal=True, highlight=False)
    with console.capture() as captured:
        console.print(root)
    return captured.get().rstrip("\n")
