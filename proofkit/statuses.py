"""What each command is for in a few words, and what its exit statuses mean: one table for every
--help.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from proofkit import process

REFUSED = "bad input: one sentence says what, where and what to do"
COLUMNS = 56
"""A help page is at least this wide."""
FAULTS: Mapping[int, str] = MappingProxyType(
    {
        process.CRASH: "a fault of proofkit itself or of the machine; nothing is claimed",
        process.UNWRITABLE: "standard output cannot be written",
        process.INTERRUPTED: "interrupted (Ctrl-C); a sentence says what was kept",
        process.READER_GONE: "the reader of standard output is gone, as in `| head`",
    }
)
"""The statuses that every command has, beside 2 for bad input."""
EXIT: Mapping[str, int] = MappingProxyType({"PROVED": 0, "REFUTED": 1, "UNKNOWN": 3})
"""The status of a command that ends in a verdict."""


@dataclass(frozen=True)
class Command:
    """``summary`` is its line in the list of commands; ``statuses`` are those with a meaning of its
    own.
    """

    summary: str
    statuses: Mapping[int, str]


def _command(summary: str, statuses: Mapping[int, str]) -> Command:
    return Command(summary, MappingProxyType({2: REFUSED, **statuses}))


COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "report": _command(
            "prove every theorem file, write report and paper",
            {0: "every verdict is the expected one", 3: "some verdict is not the expected one"},
        ),
        "prove": _command(
            "is L a Villani function? a proof, a refutation, or what is open",
            {0: "PROVED", 1: "REFUTED", 3: "UNKNOWN"},
        ),
        "bounds": _command(
            "range, slopes and other constants of an activation",
            {0: "every constant is enclosed", 3: "some are open"},
        ),
        "fuzz-bounds": _command(
            "attack the bounds of random expressions",
            {0: "no bound was broken", 1: "some bound was broken"},
        ),
        "derive": _command("gradient, Hessian and Laplacian of L as formulas", {0: "derived"}),
        "list": _command("the activations, losses and theorems there are", {0: "listed"}),
        "fuzz-certificates": _command(
            "attack the checker with forged certificates",
            {0: "nothing false was accepted", 1: "something false was accepted"},
        ),
        "check": _command(
            "check certificates in the kernel, without the search",
            {
                0: "all valid",
                1: "some INVALID, with the first failing step and why",
                2: f"{REFUSED}; or some file cannot be read",
                3: "some not verified (nothing is said against them)",
                4: "some valid but not about your problem",
            },
        ),
        "coq": _command(
            "write Coq files of certificates; --run compiles them",
            {
                0: "everything asked for was done",
                1: "a certificate is invalid or not about --problem, or its file rests on an axiom that is "
                "not allowed",
                2: f"{REFUSED}; or Coq is missing",
                3: "the Coq library does not reach a certificate, or a generated proof does not go "
                "through (which says nothing against it)",
            },
        ),
        "run": _command(
            "train one net and record L",
            {0: "every path went to its end", 1: "some path ended early (and why)"},
        ),
        "sweep": _command("train over a grid of settings", {0: "every run is in the results"}),
        "validate": _command(
            "measure a net against its certified bounds",
            {
                0: "nothing lies beyond a bound",
                1: "something provably does",
                3: "a compiled kernel could not be trusted somewhere (nothing is said against " "the certificate)",
            },
        ),
        "constants": _command("B_x, B_y, lambda_max(S) of a data file", {0: "computed"}),
        "experiment": _command("SGD beside its threshold and its SDE", {0: "written"}),
        "plan": _command(
            "how long to train, with a certificate", {0: "a plan", 2: f"{REFUSED}; or no rate is certified"}
        ),
        "latex": _command(
            "write certificates for a paper",
            {0: "written", 1: "a certificate is invalid or not about --problem; nothing was written"},
        ),
        "new-theorem": _command("write a commented theorem file", {0: "written"}),
        "doctor": _command(
            "what is installed, and what each part adds",
            {0: "all that proofkit needs is there", 1: "something that it needs is missing"},
        ),
        "shell": _command("an interactive session", {0: "left"}),
    }
)  # fmt: skip


def epilog(name: str) -> str:
    """The exit statuses of a command, a line each, as the end of its --help.

    >>> print(epilog("prove").splitlines()[2])
      0    PROVED
    """
    own = COMMANDS[name].statuses
    rows = [
        textwrap.fill(meaning, COLUMNS, initial_indent=f"  {status:<5}", subsequent_indent=" " * 7)
        for status, meaning in sorted({**own, **FAULTS}.items())
    ]
    return "\n".join(["\b", "Exit status:", *rows])
