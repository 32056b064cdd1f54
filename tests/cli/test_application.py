"""One module a command, and a start that waits for none of what commands work with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import proofkit.cli
from proofkit.cli.application import COMMANDS, app

SHARED = {
    "__init__",
    "application",
    "console",
    "ending",
    "options",
    "problem_file",
    "problem_options",
}
"""The modules of the package that are no command."""


def test_every_command_has_a_module_of_its_own() -> None:
    homes = {name: command.__module__ for name, command in COMMANDS.items()}
    assert homes == {name: f"proofkit.cli.{name.replace('-', '_')}" for name in COMMANDS}


def test_every_module_is_a_command_or_shared() -> None:
    modules = {path.stem for path in Path(proofkit.cli.__file__).parent.glob("*.py")}
    assert modules - SHARED == {name.replace("-", "_") for name in COMMANDS}
    assert modules >= SHARED


def test_the_commands_are_registered_in_their_order() -> None:
    assert [command.name for command in app.registered_commands] == list(COMMANDS)


@pytest.mark.parametrize("heavy", ["sympy", "flint", "numpy", "mpmath", "rich", "jinja2"])
def test_loading_the_commands_loads_nothing_they_work_with(heavy: str) -> None:
    code = f"import sys, proofkit.cli; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
