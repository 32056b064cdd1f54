"""The application: every command under its name, and the options of ``proofkit`` itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Any

import typer
import typer.core

from proofkit import statuses
from proofkit.cli.bounds import bounds
from proofkit.cli.check import check
from proofkit.cli.console import say
from proofkit.cli.constants import constants
from proofkit.cli.coq import coq
from proofkit.cli.derive import derive
from proofkit.cli.doctor import doctor
from proofkit.cli.experiment import experiment
from proofkit.cli.fuzz_bounds import fuzz_bounds
from proofkit.cli.fuzz_certificates import fuzz_certificates
from proofkit.cli.latex import latex
from proofkit.cli.list import list_
from proofkit.cli.new_theorem import new_theorem
from proofkit.cli.options import spelled_out
from proofkit.cli.plan import plan
from proofkit.cli.problem_file import with_problem_file
from proofkit.cli.prove import prove
from proofkit.cli.report import report
from proofkit.cli.run import run
from proofkit.cli.shell import shell
from proofkit.cli.sweep import sweep
from proofkit.cli.validate import validate
from proofkit.errors import InputError, nearest, quoted

COMMANDS: Mapping[str, Callable[..., None]] = MappingProxyType(
    {
        "report": report,
        "prove": prove,
        "bounds": bounds,
        "fuzz-bounds": fuzz_bounds,
        "derive": derive,
        "list": list_,
        "fuzz-certificates": fuzz_certificates,
        "check": check,
        "coq": coq,
        "run": run,
        "sweep": sweep,
        "validate": validate,
        "constants": constants,
        "experiment": experiment,
        "plan": plan,
        "latex": latex,
        "new-theorem": new_theorem,
        "doctor": doctor,
        "shell": shell,
    }
)
"""The commands in the order of ``proofkit --help``."""


class Commands(typer.core.TyperGroup):
    """The commands, with the nearest one named for one that does not exist, and the exit statuses
    of each.
    """

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, its summary and its exit statuses taken from
        ``proofkit.statuses``.
        """
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            command.short_help = statuses.COMMANDS[cmd_name].summary
            command.epilog = statuses.epilog(cmd_name)
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that ``args`` begins with; InputError when there is none of that name."""
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            raise InputError(
                f"there is no command {quoted(args[0])}; {nearest(args[0], self.commands)}"
            )
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Prove, or refute, that the loss of a dense net, trained with weight decay, is a "
    "Villani function: one that rises in every direction, and whose slope beats its curvature far "
    "out, so that training with noise settles near low values. Every constant is explicit.",
    epilog="Start with: proofkit prove --activation softplus; then proofkit report, and "
    "proofkit COMMAND --help for an example of each.",
)

for _name, _command in COMMANDS.items():
    app.command(name=_name)(with_problem_file(spelled_out(_command)))


def _version(wanted: bool) -> None:
    if wanted:
        from proofkit import __version__

        say(f"proofkit {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", callback=_version, is_eager=True
        ),
    ] = False,
) -> None:
    pass
