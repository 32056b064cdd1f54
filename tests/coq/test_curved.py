"""Quadratics that are nowhere negative, as squares."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofkit.coq.activation import OutOfReach
from proofkit.coq.curved import Curved, square
from proofkit.kernel.univariate.parser import parse

numbers = st.fractions(-9, 9, max_denominator=12)


@given(numbers, numbers, numbers, numbers)
def test_a_quadratic_is_a_square_and_a_rest_or_negative_somewhere(
    c: Fraction, b: Fraction, a: Fraction, t: Fraction
) -> None:
    try:
        lead, shift, rest = square([c, b, a])
    except OutOfReach:
        assert a < 0 or (a == 0 and (b != 0 or c < 0)) or (a > 0 and c - b * b / (4 * a) < 0)
    else:
        assert lead >= 0 and rest >= 0 and lead * (t + shift) ** 2 + rest == c + b * t + a * t * t


def test_what_is_no_such_polynomial() -> None:
    good = Curved(Fraction(2), Fraction(0), Fraction(2), Fraction(2), Fraction(0))
    assert "Curved sigma" in good.lemma(parse("z^2"))
    for text in (
        "z^3",
        "z",
        "-z^2",
        "exp(z)",
        "z^2 - 1",
        "z^2 + z",
        "2*z^2",
    ):  # the last ones against these constants
        with pytest.raises(OutOfReach):
            good.lemma(parse(text))
