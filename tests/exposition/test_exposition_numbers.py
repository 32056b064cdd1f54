"""Numbers are rounded outwards."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofkit.exposition.numbers import decimal, enclosure, exponent, latex, rounded

rationals = st.fractions() | st.builds(
    lambda q, e: q * Fraction(10) ** e, st.fractions(max_denominator=10**6), st.integers(-60, 60)
)


@given(rationals, st.sampled_from([-1, 1]), st.integers(1, 12))
def test_rounding_is_outwards_and_close(q: Fraction, direction: int, digits: int) -> None:
    r = rounded(q, direction, digits)
    assert r >= q if direction > 0 else r <= q
    if q:
        assert abs(r - q) < Fraction(10) ** (exponent(q) - digits + 1)


@given(rationals, st.sampled_from([-1, 1]), st.integers(1, 12))
def test_the_printed_number_is_the_rounded_one(q: Fraction, direction: int, digits: int) -> None:
    text = latex(q, direction, digits)
    mantissa, _, power = text.partition(r"\cdot10^{")
    if text.startswith(("10^{", "-10^{")):
        mantissa, power = ("-1" if text[0] == "-" else "1"), text.partition("^{")[2]
    value = Fraction(mantissa) * Fraction(10) ** int(power.rstrip("}") or 0)
    assert value == rounded(q, direction, digits)


@given(rationals)
def test_decimal_of_a_rounded_number(q: Fraction) -> None:
    assert Fraction(decimal(rounded(q, 1, 6))) == rounded(q, 1, 6)


def test_no_decimal_for_a_third() -> None:
    with pytest.raises(ValueError, match="decimal"):
        decimal(Fraction(1, 3))


@pytest.mark.parametrize(
    ("lo", "hi", "text"),
    [
        ("1", "1", "=1"),
        ("7/16", "7/16", r"=\tfrac{7}{16}"),
        ("11741833751/33554432", "11741833751/33554432", r"\in[349.9,\,350]"),
        ("-1/3", "-1/3", r"=-\tfrac{1}{3}"),
        ("-2/30001", "-1/30001", r"\in[-6.667\cdot10^{-5},\,-3.333\cdot10^{-5}]"),
    ],
)
def test_enclosures(lo: str, hi: str, text: str) -> None:
    assert "".join(enclosure(Fraction(lo), Fraction(hi))) == text
