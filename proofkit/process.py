"""How a command ends: with a status that means what it says, and one sentence when something went
wrong.

Standard library only: it has to work where nothing else of the package can be imported.
"""

from __future__ import annotations

import errno
import io
import os
import shutil
import sys
import textwrap
import traceback
from collections.abc import Callable
from typing import NoReturn

CRASH = 70
"""Something unforeseen: nothing is claimed (EX_SOFTWARE)."""
UNWRITABLE = 74
"""Standard output cannot be written: a full disk, a descriptor that is read only (EX_IOERR)."""
INTERRUPTED = 130
"""Ctrl-C."""
READER_GONE = 141
"""The reader of standard output has closed it, as in ``| head``."""

DEBUG = "PROOFKIT_DEBUG"
QUOTED = 40


class _Stream(io.TextIOWrapper):
    """A standard stream that remembers why it could not be written, and leads to /dev/null from
    then on.

    Whoever meets that error may hide it (Rich ends the process with status 1), and Python drops
    what it could not write, so that nothing but a memory tells later what has happened.
    """

    failure: OSError | None = None

    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except OSError as error:
            self._fail(error)
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        self.failure = error
        divert = os.open(os.devnull, os.O_WRONLY)
        os.dup2(divert, self.fileno())
        os.close(divert)
        # What cannot be said on standard error is not said, and the command goes on.
        if self is not sys.stderr:
            raise error


def run(program: str, command: Callable[[], int]) -> NoReturn:
    """Run ``command`` and end the process with the status that it returns.

    Whatever it raises instead becomes one sentence on standard error: status 130 for Ctrl-C, 141
    when the reader of standard output is gone, 74 when standard output cannot be written, else 70,
    also for a ``SystemExit`` that a library raised.  With PROOFKIT_DEBUG=1 the traceback stands
    before the sentence.

    >>> run("proofkit", lambda: 0)
    Traceback (most recent call last):
    SystemExit: 0
    """
    prepare_streams()
    try:
        status = command()
        sys.stdout.flush()
        failure = getattr(sys.stdout, "failure", None)
        if failure is not None:
            raise failure
    except KeyboardInterrupt as stop:
        status = _after_interrupt(program, stop)
    except BaseException as error:
        status = _after(program, error)
    raise SystemExit(status)


def prepare_streams() -> None:
    """Standard streams that a caller has closed lead to /dev/null, and what they cannot encode is
    escaped.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            # Else the next file that is opened would become standard output.
            os.dup2(os.open(os.devnull, os.O_RDWR), descriptor)
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    # Not where a test or a notebook has put streams of its own.
    if type(sys.stdout) is io.TextIOWrapper and sys.stdout is sys.__stdout__:
        sys.stdout = _remembering(sys.stdout)
    if type(sys.stderr) is io.TextIOWrapper and sys.stderr is sys.__stderr__:
        sys.stderr = _remembering(sys.stderr)


def _remembering(stream: io.TextIOWrapper) -> _Stream:
    return _Stream(
        stream.buffer,
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def crash_sentence(error: BaseException) -> str:
    """What went wrong and where, with at most 40 characters of the exception's own text, and how to
    report it.

    >>> crash_sentence(MemoryError())[:33]
    'the memory of this machine is ful'
    """
    if isinstance(error, MemoryError):
        return (
            "the memory of this machine is full; nothing is claimed; try less data or fewer --jobs"
        )
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; nothing is claimed; make room and run the command again"
    name = type(error).__name__
    said = " ".join(str(error).split())
    words = ascii(said)[1:-1] if not said.isprintable() else said
    what = f"{name}: {words[:QUOTED]}" if words else name
    if isinstance(error, ImportError):
        return (
            f"{what}: a part of the installation cannot be imported; install it again with "
            "`pip install --force-reinstall villani-proofkit`, or report it with the command line"
        )
    return (
        f"internal error ({what}{_place(error)}); nothing is claimed; please report it with "
        f"the command "
        f"line and what `proofkit doctor` prints ({DEBUG}=1 shows the traceback)"
    )


def _place(error: BaseException) -> str:
    """The innermost line of the package's own code that the traceback names."""
    own = os.path.dirname(os.path.abspath(__file__))
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(own)]
    outside = [f for f in frames if f.filename != os.path.abspath(__file__)]
    if not outside:
        return ""
    last = outside[-1]
    return f", {os.path.relpath(last.filename, own)}:{last.lineno}"


def _after_interrupt(program: str, stop: BaseException) -> int:
    """The exception may say what was kept."""
    kept = str(stop) or "files are written whole or not at all"
    _tell(f"{program}: interrupted; {kept}", stop)
    return INTERRUPTED


def _after(program: str, error: BaseException) -> int:
    failure = getattr(sys.stdout, "failure", None)
    if isinstance(failure, BrokenPipeError):
        return READER_GONE
    if failure is not None:
        _tell(f"{program}: standard output cannot be written ({failure.strerror})", error)
        return UNWRITABLE
    _tell(f"{program}: {crash_sentence(error)}", error)
    return CRASH


def _tell(sentence: str, error: BaseException) -> None:
    if os.environ.get(DEBUG):
        traceback.print_exception(error)
    print(on_terminal(sentence), file=sys.stderr)


def on_terminal(sentence: str) -> str:
    """The sentence, wrapped between words where standard error is a terminal."""
    if not sys.stderr.isatty():
        return sentence
    return textwrap.fill(
        sentence,
        shutil.get_terminal_size().columns,
        break_long_words=False,
        break_on_hyphens=False,
    )
