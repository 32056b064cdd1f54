"""Every command says what its exit statuses mean, from one table."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from proofkit.cli import EXIT, app
from proofkit.statuses import COMMANDS, FAULTS

Run = Callable[..., tuple[int, str, str]]


def names() -> set[str]:
    found = set()
    for command in app.registered_commands:
        assert command.callback is not None
        found.add(command.name or command.callback.__name__)
    return found


def test_the_table_has_every_command_and_no_other() -> None:
    assert set(COMMANDS) == names()
    assert set(EXIT.values()) == set(COMMANDS["prove"].statuses) - {2}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_lists_the_statuses_and_fits(
    name: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    code, text, _ = run(name, "--help")
    assert code == 0
    _, _, statuses = text.partition("Exit status:\n")
    listed = [int(m) for m in re.findall(r"^ {4}(\d+) ", statuses, re.MULTILINE)]
    assert listed == sorted({*COMMANDS[name].statuses, *FAULTS})
    assert max(map(len, text.splitlines())) <= 60
    assert "Exit status" not in (text.partition("Options:")[0])


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_an_example_names_what_its_reader_has(name: str, run: Run) -> None:
    """A file of an example is the reader's own (my.csv), or an earlier word of the example makes
    it.
    """
    text = " ".join(re.split("Arguments:|Options:", run(name, "--help")[1])[0].split())
    assert "Example" in text
    examples = text[text.index("Example") :]
    for file in set(re.findall(r"[\w/]+\.json\b", examples)):
        first = examples[: examples.index(file)]
        assert file.startswith("mine") or first.endswith("--out "), file
    if "generated/" in examples:
        assert "after proofkit report" in examples or name == "report"


def test_the_list_of_commands_is_not_cut(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    text = run("--help")[1]
    assert "..." not in text.partition("Commands:")[2]
    words = " ".join(text.split())
    assert all(entry.summary in words for entry in COMMANDS.values())
