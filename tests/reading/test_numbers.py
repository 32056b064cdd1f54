"""A cell is the rational that its text denotes, or a sentence that names it."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofkit.errors import InputError
from proofkit.reading.numbers import (
    MAX_BITS,
    common_denominator,
    exact_float,
    exact_number,
    plain_number,
)


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=20, min_value=-(10**30), max_value=10**30
    )
)
def test_decimals(value: Decimal) -> None:
    text = f"{value:f}"
    assert exact_number(text, "x") == Fraction(value)
    assert exact_number(text.replace(".", ","), "x", ",") == Fraction(value)


@given(st.integers(-(10**60), 10**60), st.integers(-60, 60), st.integers(1, 10**9))
def test_exponents_and_fractions(mantissa: int, exponent: int, below: int) -> None:
    expected = Fraction(mantissa) * Fraction(10) ** exponent
    assert exact_number(f"{mantissa}e{exponent}", "x") == expected
    assert exact_number(f" {mantissa}E{exponent:+}/{below} ", "x") == expected / below


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_exact_or_refused(value: float) -> None:
    exact = Fraction(value)
    if max(exact.numerator.bit_length(), exact.denominator.bit_length()) <= MAX_BITS:
        assert exact_float(value, "x") == exact
    else:
        with pytest.raises(InputError, match=r"x is .* too large"):
            exact_float(value, "x")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "an empty cell"),
        ("foo", "'foo', not a number; every column must be numeric"),
        ("nan", "is nan"),
        ("-Infinity", "is -Infinity"),
        ("NA", "a missing value"),
        ("1e400", "'1e400', too large"),
        ("1e-400", "too large or too finely divided"),
        ("1e999999999999", "too large"),
        ("9" * 400, "too large"),
        ("0." + "0" * 1200 + "1", "a number may have 1000"),
        ("1/0", "divides by zero"),
        ("1_0", "not a number"),
        ("0x10", "not a number"),
        ("1,5", "--decimal comma"),
        ("1,234,567", "separators between thousands"),
        ("1 234", "separators between thousands"),
        ("1.234.567", "separators between thousands"),
        ("--5", "not a number"),
        ("+-5", "not a number"),
        ("5-", "not a number"),
        (".", "not a number"),
        ("e5", "not a number"),
        ("1/2/3", "not a number"),
        ("2024-01-31", "not a number"),
        ("\N{MINUS SIGN}5", "not a number"),
        ("\N{FULLWIDTH DIGIT FIVE}", "not a number"),
        ("True", "not a number"),
        ("1d5", "not a number"),
    ],
)
def test_what_is_no_number(text: str, words: str) -> None:
    with pytest.raises(InputError) as error:
        exact_number(text, "the data file d.csv, row 7, column 'x'")
    said = str(error.value)
    assert words in said and said.startswith("the data file d.csv, row 7, column 'x' ")
    assert "\n" not in said and len(said) < 220


@given(st.from_regex(r"[+-]?[0-9]{0,70}\.?[0-9]{0,70}(e[+-]?[0-9]{1,3})?", fullmatch=True))
def test_the_quick_form_means_the_same(text: str) -> None:
    found = plain_number(text)
    if found is not None:
        assert found == exact_number(text, "x") == Fraction(text)
        assert max(found.numerator.bit_length(), found.denominator.bit_length()) <= MAX_BITS


def test_a_decimal_comma_excludes_the_point() -> None:
    with pytest.raises(InputError, match="--decimal point"):
        exact_number("1.5", "x", ",")
    with pytest.raises(InputError, match="not a number"):
        exact_number("1.234,5", "x", ",")


def test_common_denominators_are_limited() -> None:
    assert common_denominator(6, 4, "x") == 12
    with pytest.raises(InputError, match="x makes the common denominator too long"):
        common_denominator(10**600, 3**100, "x")
