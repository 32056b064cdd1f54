"""TOML: numbers keep their digits, and text is told from numbers."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofkit.errors import InputError
from proofkit.reading.toml import Digits, exact_value, is_number, is_text, parse_toml


def parsed(text: str) -> dict[str, object]:
    return parse_toml(text, Path("f.toml"), "problem")


@given(
    whole=st.integers(0, 10**20),
    part=st.text("0123456789", min_size=1, max_size=30),
    k=st.integers(-30, 30),
)
def test_a_number_is_what_is_written(whole: int, part: str, k: int) -> None:
    text = f"{whole}.{part}e{k}"
    value = parsed(f"x = {text}")["x"]
    assert is_number(value) and not is_text(value)
    assert exact_value(value, "x") == Fraction(text)
    quoted = parsed(f'x = "{text}"')["x"]
    assert is_text(quoted) and not is_number(quoted)
    assert exact_value(quoted, "x") == Fraction(text)


@pytest.mark.parametrize("text", ["1_000.5", "1000.5", '"1_000.5"', '"2001 / 2"'])
def test_underscores_and_blanks(text: str) -> None:
    assert exact_value(parsed(f"x = {text}")["x"], "x") == Fraction(2001, 2)


@pytest.mark.parametrize(
    "value", [True, [1], {"a": 1}, None, Digits("inf"), "", "1/2/3", "0x10", "½"]
)
def test_what_is_no_number(value: object) -> None:
    with pytest.raises(InputError, match=r"^x "):
        exact_value(value, "x")


def test_deep_nesting_is_no_crash() -> None:
    with pytest.raises(InputError, match=r"nested too deeply|cannot be read"):
        parsed("x = " + "[" * 100_000)
