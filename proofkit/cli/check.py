"""``proofkit check``: certificates judged by the checker, and its findings as a tree or as text."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proofkit.cli.options import (
    DecimalOption,
    DelimiterOption,
    JsonOption,
    LabelAboveOption,
    TargetOption,
)
from proofkit.terminal import terminal_columns, wrapped

if TYPE_CHECKING:
    from rich.text import Text
    from rich.tree import Tree

    from proofkit.check.document import Line, Outcome


def check(
    certificates: Annotated[
        list[Path],
        typer.Argument(metavar="CERT.json...", help="Certificate files, or folders of such."),
    ],
    problem: Annotated[
        Path | None,
        typer.Option(
            "--problem",
            "--data",
            help="Your own data (CSV, Parquet, NPZ), or a TOML file that names your problem.",
        ),
    ] = None,
    target: TargetOption = None,
    delimiter: DelimiterOption = None,
    decimal: DecimalOption = None,
    label_above: LabelAboveOption = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="The mathematics: statement, constants, each step with its reason."
        ),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="One line for each valid certificate.")
    ] = False,
    json_: JsonOption = False,
) -> None:
    """Check certificates with a second program that shares no code with the prover.

    A folder stands for every certificate beneath it.  The last sentence says what was compared and
    what not; without --problem, nothing is compared with your own problem.

    Examples: proofkit prove -a tanh --out tanh.json, then proofkit check tanh.json --explain

    proofkit check generated/certificates, after proofkit report

    proofkit check mine.json --problem my.csv --target y
    """
    from proofkit.check.command import main as run_checker

    given = {
        "--target": target,
        "--delimiter": delimiter,
        "--decimal": decimal,
        "--label-above": label_above,
    }
    switches = {"--explain": explain, "--quiet": quiet, "--json": json_}
    words = [
        *(["--problem", str(problem)] if problem else []),
        *(f"{name}={value}" for name, value in given.items() if value is not None),
        *(name for name, wanted in switches.items() if wanted),
        "--",
        *map(str, certificates),
    ]
    raise typer.Exit(run_checker(words, steps_tree, explained))


def explained(content: Mapping[str, Any], outcome: Outcome) -> str:
    """The mathematics of a verified certificate, and what was compared.

    The prover's modules are imported here, and never by the checker.
    """
    from proofkit.explanation import explanation

    columns = terminal_columns()
    closing = "\n".join(wrapped(outcome.closing, columns))
    return f"{explanation(content, columns)}\n\n{closing}"


def steps_tree(path: str, outcome: Outcome, colour: bool) -> str:
    """What the checker found in one certificate: on a terminal each conclusion over the steps it
    rests on, else a plain list.
    """
    return _drawn_tree(path, outcome) if colour else _plain_list(path, outcome)


def _plain_list(path: str, outcome: Outcome) -> str:
    from proofkit.check.command import tree

    text = tree(path, outcome, False)
    if not sys.stdout.isatty():
        return text
    columns = terminal_columns()
    return "\n".join(
        part for line in text.splitlines() for part in wrapped(line, columns, "", "       ")
    )


def _drawn_tree(path: str, outcome: Outcome) -> str:
    from rich.console import Console
    from rich.text import Text
    from rich.tree import Tree

    from proofkit.check.command import heading, printable, shown

    title = (outcome.status, f"bold {_shade(outcome)}")
    root = Tree(Text.assemble(f"{shown(path)}: ", title, f"; {heading(outcome)}"))
    premises = {name for line in outcome.lines for name in line.premises}
    drawn = set[str]()
    for line in outcome.lines:
        if line.name not in premises:
            _grow(root, line, outcome, drawn)
    root.add(Text(printable(outcome.closing), "dim"))
    console = Console(force_terminal=True, highlight=False)
    with console.capture() as captured:
        console.print(root)
    return captured.get().rstrip("\n")


def _shade(outcome: Outcome) -> str:
    return {"valid": "green", "INVALID": "red"}.get(outcome.status, "yellow")


def _grow(parent: Tree, line: Line, outcome: Outcome, drawn: set[str]) -> None:
    """A step below ``parent``, and below it the steps it rests on, unless those stand above."""
    above = line.name in drawn
    node = parent.add(_step(line, outcome, above))
    if above:
        return
    drawn.add(line.name)
    steps = {one.name: one for one in outcome.lines}
    for name in dict.fromkeys(line.premises):
        if name in steps:
            _grow(node, steps[name], outcome, drawn)


def _step(line: Line, outcome: Outcome, above: bool) -> Text:
    """One step in words: name, rule, evidence, mark, and the reason for a mark that is not good."""
    from rich.text import Text

    from proofkit.check.command import MARKS, shown

    mark = ("ok", "green") if line.holds else (MARKS[outcome.status], _shade(outcome))
    evidence = (f" {line.evidence}" if line.evidence else "", "dim")
    text = Text.assemble((shown(line.name), "bold"), " ", shown(line.rule), evidence, "  ", mark)
    if line.reason:
        text.append(f": {shown(line.reason)}")
    elif above and line.premises:
        text.append("  (its premises are above)")
    return text
