"""What a reader sees at a terminal of 60 columns, as golden files, and the lines that text is laid
out in.

PROOFKIT_GOLDEN=write python -m pytest tests/test_terminal.py writes the files anew; read the
difference.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofkit.exposition.numbers import rounded
from proofkit.terminal import coloured, entry, fitted, interval, number, painted, table, wrapped

Run = Callable[..., tuple[int, str, str]]
GOLDEN = Path(__file__).parent / "golden" / "terminal"
DATA = "a,b,y\n1,2,1\n3,4.5,-1\n0.5,-1,1\n"
ON_DATA = ["--data", "d.csv", "--target", "y", "--width", "3"]


@pytest.fixture
def screen(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Standard output of a command at 60 columns, in a folder with d.csv."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "60")
    (tmp_path / "d.csv").write_text(DATA)

    def show(*command: str) -> str:
        code, out, err = run(*command)
        assert code in (0, 1, 3), err
        return out

    return show


def compare(name: str, text: str) -> None:
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("PROOFKIT_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("prove_softplus", ["prove", "-a", "softplus"]),
        ("prove_data", ["prove", "-a", "tanh", "--lam", "1/10", *ON_DATA]),
        ("prove_refuted", ["prove", "-a", "z^3"]),
        ("prove_kink", ["prove", "-a", "relu"]),
        ("prove_unknown", ["prove", "-a", "z*sin(z)"]),
        ("prove_rate", ["prove", "-a", "tanh", "-l", "logistic", "--claim", "rate-continuous", "--lam", "1/10", "--noise", "1/10", *ON_DATA]),
        ("prove_verbose", ["prove", "-a", "tanh", "--lam", "1/10", "--verbose", *ON_DATA]),
    ],
)  # fmt: skip
def test_prove(name: str, command: list[str], screen: Callable[..., str]) -> None:
    text = screen(*command)
    compare(name, text)
    assert "\x1b" not in text and "..." not in text.replace(", ...,", "")
    assert max(map(len, text.splitlines())) <= 60


def test_a_verdict_is_short_and_its_numbers_are(screen: Callable[..., str]) -> None:
    text = screen("prove", "-a", "tanh", "--lam", "1/10", *ON_DATA)
    assert all(
        len(digits) <= 6 for digits in re.findall(r"(?<!\d)0*(\d+)(?!\d)", text.replace(".", ""))
    )
    assert len(screen("prove", "-a", "z*sin(z)").splitlines()) <= 12
    for label in ("objective", "trained", "fixed", "data", "V1 ", "V2 ", "V3 ", "V4 "):
        assert label in text


def test_check_explains(screen: Callable[..., str]) -> None:
    screen("prove", "-a", "tanh", "--lam", "1/10", *ON_DATA, "--out", "tanh.json")
    text = screen("check", "tanh.json", "--explain")
    compare("check_explain", text)
    first, _, rest = text.partition("\n")
    assert first.startswith("tanh.json: valid") and max(map(len, rest.splitlines())) <= 60
    assert "Reason: " in rest and "; from (" in rest


def test_plan_explains_every_symbol(screen: Callable[..., str]) -> None:
    text = screen("plan", "-a", "tanh", "-e", "1/100", *ON_DATA)
    compare("plan", text)
    assert max(map(len, text.splitlines())) <= 60
    said, _, where = text.partition("  where\n")
    explained = {line.split()[0] for line in where.splitlines() if line[2:3] != " "}
    for letter in ("ξ", "χ", "ς", "ε", "η", "λ", "s", "q", "v_0", "h", "Z", "B_t", "W_0", "gLip"):
        assert letter in said and letter in explained, letter
    assert not {"a", "b", "d"} & explained


@given(
    st.lists(st.text("abz09.*+/()-,=", min_size=1, max_size=90), min_size=1), st.integers(40, 120)
)
def test_wrapping_keeps_every_sign_and_cuts_no_word(words: list[str], columns: int) -> None:
    lines = wrapped(" ".join(words), columns, "* ", "  ")
    assert "".join(line[2:].replace(" ", "") for line in lines) == "".join(words)
    inside = [part for line in lines for part in line[2:].split(" ")]
    short = [w for w in words if len(w) <= columns - 2]
    assert all(w in inside for w in short)
    for number_ in re.findall(r"(?<![\d.])\d+\.\d+(?![\d.])", " ".join(words)):
        assert any(number_ in line for line in lines)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_colour_is_for_terminals_whose_reader_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert coloured(Terminal()) and not coloured(io.StringIO())
    assert painted("PROVED", 32, True) == "\x1b[1;32mPROVED\x1b[0m"
    assert painted("PROVED", 32, False) == "PROVED"
    monkeypatch.setenv("NO_COLOR", "1")
    assert not coloured(Terminal())
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not coloured(Terminal())


def test_lines_are_wrapped_on_a_terminal_and_only_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    text = "  kappa        a value that is longer than the line\nshort"
    assert fitted(text, io.StringIO()) == text
    assert fitted(text, Terminal()).splitlines() == [
        "  kappa        a value that is longer",
        "               than the line",
        "short",
    ]


def test_an_entry_hangs_from_its_column() -> None:
    assert entry("net", "a b", 80) == ["  net         a b"]
    assert entry("a label that is long", "x", 80) == ["  a label that is long  x"]
    assert entry("net", "one two three four five six seven eight nine", 44)[1].startswith("    ")


@given(st.fractions(-(10**12), 10**12), st.sampled_from([-1, 1]))
def test_numbers_are_rounded_outwards(q: Fraction, direction: int) -> None:
    shown = rounded(q, direction, 6)
    assert (shown - q) * direction >= 0
    assert len(re.sub(r"·?10[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+|\D", "", number(q, direction)).strip("0")) <= 6


def test_intervals() -> None:
    assert interval(Fraction(1, 2), Fraction(1, 2)) == "= 1/2"
    assert interval(Fraction(1, 3), Fraction(1, 3)) == "= 1/3"
    assert interval(Fraction(10**20 + 1, 3 * 10**20), Fraction(1, 2)) == "∈ [0.333333, 0.5]"


def test_a_table_that_does_not_fit_becomes_blocks() -> None:
    head, rows = ("name", "rows", "note"), [("tanh", "12", "as expected"), ("mish", "3", "")]
    assert table(head, rows, 80) == [
        "name  rows  note",
        "tanh    12  as expected",
        "mish     3",
    ]
    assert table(head, rows, 20) == [
        "tanh",
        "  rows  12",
        "  note  as expected",
        "mish",
        "  rows  3",
    ]
