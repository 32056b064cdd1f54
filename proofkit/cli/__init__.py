"""The command line: one module a command, which parses, calls and shows.

A module of this package imports at its top what is cheap.  What a command works with (SymPy, flint,
NumPy and the modules that need them) is imported inside the functions that use it, because every
command line loads every module here, and ``proofkit --help`` has to answer at once.

- ``options``: every option that several commands share, declared once; dataclasses of options.
- ``problem_options``: the options that say which data, outer weights or problem a command is about.
- ``console``: lines on standard output, progress on standard error.
- ``application``: the commands under their names, and the options of ``proofkit`` itself.
- ``ending``: one command line run from its words to its exit status.
"""

from __future__ import annotations

from proofkit.cli.application import app
from proofkit.cli.ending import invoke, main
from proofkit.statuses import EXIT

__all__ = ["EXIT", "app", "invoke", "main"]
