"""README.md: every command in it runs as it is written, in order, and prints what it says."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from proofkit.coq.run import find_coqc
from proofkit.exposition.glossary import glossary
from proofkit.reading.problem_file import keys_table
from proofkit.statuses import COMMANDS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
# Both make an environment of their own from the network and run for many minutes.
INSTALL = {
    "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/proofkit report": (
        ".ci/run installs the package and runs `proofkit report` from a cold start"
    ),
    "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' "
    "&& .venv/bin/python -m pytest -n auto --dist loadgroup": (
        ".ci/run installs the package and runs the tests, this one among them"
    ),
}


@dataclass(frozen=True)
class Piece:
    """Something to run: a command line or a Python block, the status it ends with and what it
    prints.
    """

    kind: str
    code: str
    status: int = 0
    printed: tuple[str, ...] = ()


def blocks() -> Iterator[tuple[str, list[str]]]:
    """(language, lines) of every fenced block."""
    for m in re.finditer(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL):
        yield m[1], m[2].splitlines()


def pieces() -> Iterator[Piece]:
    """What is to be run, in the order of the page."""
    for language, lines in blocks():
        if language == "python":
            yield Piece("python", "\n".join(lines))
        for k, line in enumerate(lines):
            named = re.search(r"# exit status (\d+)", line)
            status = int(named[1]) if named else 0
            if language == "sh" and line.strip():
                yield Piece("sh", line, status)
            if language == "console" and line.startswith("$ "):
                rest = lines[k + 1 :]
                end = next((n for n, text in enumerate(rest) if text.startswith("$ ")), len(rest))
                yield Piece("sh", line[2:], status, tuple(rest[:end]))


def environment(folder: Path) -> dict[str, str]:
    """With a `proofkit` of this very Python on the path."""
    commands = folder / "commands"
    commands.mkdir()
    script = commands / "proofkit"
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m proofkit "$@"\n')
    script.chmod(0o755)
    path = os.pathsep.join([str(commands), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "NO_COLOR": "1", "COLUMNS": "100"}


def shows(printed: str, excerpt: tuple[str, ...]) -> bool:
    """True when the lines of the excerpt stand in the output, with anything in place of each line
    of dots.
    """
    runs = re.split(r"^\.\.\.$", "\n".join(excerpt), flags=re.MULTILINE)
    pattern = r"(.*\n)*".join(re.escape(run.lstrip("\n")) for run in runs)
    return re.fullmatch(pattern + r"\s*", printed) is not None


def run(piece: Piece, folder: Path, env: dict[str, str]) -> None:
    argv = ["bash", "-c", piece.code]
    if piece.kind == "python":
        argv = [sys.executable, "-W", "error", "-c", piece.code]
    done = subprocess.run(argv, cwd=folder, env=env, capture_output=True, text=True, check=False)
    told = f"{piece.code}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert done.returncode == piece.status, told
    assert "Traceback" not in done.stderr, told
    assert not piece.printed or shows(done.stdout, piece.printed), told


def test_every_command_runs_as_written(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    folder.mkdir()
    env = environment(tmp_path)
    coq = find_coqc() is not None
    assert coq or not os.environ.get("PROOFKIT_REQUIRE_COQ"), "coqc is required here"
    found = list(pieces())
    assert len(found) >= 20 and {p.kind for p in found} == {"python", "sh"}
    for piece in found:
        if coq or not piece.code.startswith("proofkit coq "):
            run(piece, folder, env)
    made = {path.name for path in folder.iterdir()}
    assert {"my.csv", "sigmoid.json", "appendix.tex", "appendix.bib", "loss.pdf"} <= made
    if not coq:
        pytest.skip("coqc is not installed: all commands ran but `proofkit coq`")


def test_the_coq_command_comes_before_latex_prints_what_it_found() -> None:
    codes = [p.code for p in pieces()]
    (coq,) = (k for k, code in enumerate(codes) if code.startswith("proofkit coq "))
    (latex,) = (k for k, code in enumerate(codes) if code.startswith("proofkit latex "))
    assert coq < latex


def test_the_two_install_commands_are_there_and_tried_by_the_ci() -> None:
    indented = [line.strip() for line in README.splitlines() if line.startswith("    python3 ")]
    assert indented == list(INSTALL)
    script = (ROOT / ".ci" / "run").read_text()
    for needed in (
        'pip" install',
        'python" -m pytest -n auto --dist loadgroup',
        'proofkit" report',
    ):
        assert needed in script


def test_no_command_escapes_the_test() -> None:
    """A command line stands in a block that is run, or is one of the two install commands."""
    ran = {p.code for p in pieces()}
    for line in README.splitlines():
        bare = line.strip().removeprefix("$ ")
        if re.match(r"(proofkit|python3?|pip|\.venv)\b", bare) and "`" not in bare:
            assert line in ran or bare in ran or bare in INSTALL, line


def test_commands_options_and_paths_that_are_named_exist() -> None:
    from proofkit.cli import app

    typed = re.findall(r"`(?:proofkit )?([a-z][a-z-]+)(?: [^`]*)?`", README)
    assert set(COMMANDS) <= {"list", "derive", *typed}
    for name in re.findall(r"`proofkit ([a-z][a-z-]*)", README):
        assert name in COMMANDS, name
    import typer.main

    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    options = {
        o for c in commands.values() for p in c.params for o in (*p.opts, *p.secondary_opts)
    } | {
        "--install-completion",
        "--help",
    }
    for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", README.split("## Five minutes")[1]):
        assert option in options, option
    for path in re.findall(r"`((?:proofkit|theorems|tests|generated)/[^`\s]*)`", README):
        assert (ROOT / path).exists() or path == "generated/report.html", path


def test_links_lead_somewhere() -> None:
    headings = {
        re.sub(r"[^a-z0-9 -]", "", h.lower()).replace(" ", "-")
        for h in re.findall(r"^#+ (.*)$", README, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", README):
        assert target[1:] in headings if target.startswith("#") else (ROOT / target).exists(), (
            target
        )


def test_the_glossary_is_the_table_of_symbols() -> None:
    (shown,) = ("\n".join(lines) for language, lines in blocks() if language == "text")
    assert shown == glossary(), "paste what proofkit.exposition.glossary.glossary() returns"


def test_the_keys_of_a_problem_file_are_those_of_the_schema() -> None:
    assert keys_table() in README, "paste what proofkit.reading.problem_file.keys_table() returns"


def test_the_first_screen_says_what_it_is_about() -> None:
    first = "\n".join(README.splitlines()[:30])
    for needed in (
        "L(W) =",
        "**trained**",
        "**fixed**",
        "weight decay",
        "Villani function",
        "noise",
    ):
        assert needed in first, needed
