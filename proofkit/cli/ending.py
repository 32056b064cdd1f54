"""One command line, from its words to its exit status: what it refuses, and in which sentence."""

from __future__ import annotations

import os
import sys
from typing import Any

import typer
import typer.main

from proofkit import process
from proofkit.cli.application import app
from proofkit.cli.console import warn
from proofkit.errors import (
    InternalError,
    ProofkitError,
    nearest_name,
    quoted,
    shortened,
)
from proofkit.reading.numbers import printable

USAGE_ERROR: type[Exception] = next(
    kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "UsageError"
)
"""What Typer raises for a wrong command line; its module differs between Typer's versions."""
COMPLETION_VARIABLE = "_PROOFKIT_COMPLETE"
COMPLETION_OPTIONS = ("--show-completion", "--install-completion")


def invoke(arguments: list[str]) -> int:
    """Run one command line and return its exit status; 2 with one sentence for input that cannot be
    used.

    KeyboardInterrupt, BrokenPipeError and everything unforeseen go to the caller
    (`proofkit.process.run`).
    """
    command = typer.main.get_command(app)
    if COMPLETION_VARIABLE in os.environ or set(arguments) & set(COMPLETION_OPTIONS):
        return _complete(command, arguments)
    try:
        # Not command(): Typer would turn a closed pipe into status 1 and an EOFError into
        # "Aborted!".
        with command.make_context("proofkit", list(arguments)) as context:
            command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    except USAGE_ERROR as error:
        return _usage(error, arguments)
    except ProofkitError as error:
        return _refuse(str(error), arguments, 2)
    except ValueError as error:
        if not too_many_digits(error):
            raise
        return _refuse(TOO_MANY_DIGITS, arguments, 2)
    except InternalError as error:
        if os.environ.get(process.DEBUG):
            raise
        text = f"internal error, nothing is claimed: {error}; {REPORT_IT}"
        return _refuse(text, arguments, process.CRASH)
    return 0


TOO_MANY_DIGITS = (
    "a number that is computed exactly from the input has more digits than can be written "
    f"({sys.get_int_max_str_digits()}); give numbers of fewer digits"
)


def too_many_digits(error: ValueError) -> bool:
    """True for Python's refusal to write an integer out, of which nothing but its words tells.

    >>> too_many_digits(ValueError("Exceeds the limit (4300 digits) for integer string conversion"))
    True
    """
    return "for integer string conversion" in str(error)


def _complete(command: Any, arguments: list[str]) -> int:
    """The scripts for the shell, and the words that they ask for; Typer ends the process here by
    itself.
    """
    try:
        command.main(
            arguments,
            prog_name="proofkit",
            complete_var=COMPLETION_VARIABLE,
            standalone_mode=False,
        )
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    return 0


REPORT_IT = (
    "please report it with the command line and what `proofkit doctor` prints "
    f"({process.DEBUG}=1 shows the traceback)"
)


def _refuse(text: str, arguments: list[str], status: int) -> int:
    warn(printable(shortened(text, arguments)))
    return status


def _usage(error: Exception, arguments: list[str]) -> int:
    """A wrong command line: what is wrong, and the page that has the right one."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError" and context is not None:
        typer.echo(context.get_help())
        return _refuse("give a command, such as prove", arguments, 2)
    name = arguments[0] if arguments and not arguments[0].startswith("-") else ""
    page = f"`proofkit {name} --help`" if name else "`proofkit --help`"
    option = getattr(error, "option_name", None)
    if type(error).__name__ == "NoSuchOption" and context is not None:
        known = [name for p in context.command.params for name in (*p.opts, *p.secondary_opts)]
        near = nearest_name(str(option), [name for name in known if name.startswith("--")])
        hint = f"did you mean {near}?" if near else f"see {page}"
        return _refuse(f"there is no option {quoted(str(option))}; {hint}", arguments, 2)
    text = " ".join(error.format_message().split()).rstrip(".")
    return _refuse(f"{text[:1].lower()}{text[1:]}; see {page}", arguments, 2)


def main() -> None:
    """Entry point within Python: the command line of `sys.argv`, ended by SystemExit with its
    status.
    """
    process.run("proofkit", lambda: invoke(sys.argv[1:]))
