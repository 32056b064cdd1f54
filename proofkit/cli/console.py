"""What the commands say: lines on standard output, warnings and progress on standard error."""

from __future__ import annotations

import json
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from proofkit.errors import InputError
from proofkit.terminal import WIDEST, fitted, table, terminal_columns

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


def say_example(text: str, path: Path | None, command: str, quiet: bool, json_: bool) -> None:
    """An example on standard output, or in a new file; InputError for a file that exists."""
    from proofkit.files import require_writable_file, write_atomically

    if path is None:
        typer.echo(json.dumps({"example": text}) if json_ else text, nl=json_)
        return
    if path.exists():
        raise InputError(f"{path} exists already; choose another name, or edit it")
    require_writable_file(path)
    write_atomically(path, text)
    if json_:
        typer.echo(json.dumps({"file": str(path)}))
    elif not quiet:
        say(f"written: {path}; edit it, then run `{command} {path}`")


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
