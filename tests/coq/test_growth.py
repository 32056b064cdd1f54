"""Polynomials whose slope grows at least like z, for the Coq files."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofkit.coq.activation import OutOfReach
from proofkit.coq.growth import Growth, polynomial
from proofkit.kernel.univariate.parser import parse

numbers = st.fractions(-5, 5, max_denominator=7)


@pytest.mark.parametrize(
    ("text", "coefficients"),
    [
        ("z^2", [0, 0, 1]),
        ("2*z - (z + 1)*(z - 1)/3", [Fraction(1, 3), 2, Fraction(-1, 3)]),
        ("-z^3/5", [0, 0, 0, Fraction(-1, 5)]),
        ("7", [7]),
    ],
)
def test_polynomials(text: str, coefficients: list[Fraction]) -> None:
    assert polynomial(parse(text)) == coefficients


@pytest.mark.parametrize("text", ["exp(z)", "1/z", "z^(1/2)", "z*sin(z)"])
def test_what_is_no_polynomial(text: str) -> None:
    assert polynomial(parse(text)) is None


@given(
    st.lists(numbers, min_size=1, max_size=5),
    st.sampled_from([1, -1]),
    st.sampled_from([1, -1]),
    st.integers(1, 3),
    st.fractions(3, 20),
    numbers,
    numbers,
)
def test_the_excess_is_that_of_the_slope(
    sigma: list[Fraction],
    end: int,
    sign: int,
    power: int,
    start: Fraction,
    factor: Fraction,
    t: Fraction,
) -> None:
    excess = Growth(end, sign, power, start, factor).excess(sigma)
    slope = sum(k * c * (end * t) ** (k - 1) for k, c in enumerate(sigma) if k)
    assert (
        sum(c * (t - start) ** k for k, c in enumerate(excess)) == sign * slope - factor * t**power
    )


def test_growth_that_is_not_seen() -> None:
    tactics, use = Growth(1, 1, 1, Fraction(4), Fraction(2)).lemma(parse("z^2"))
    assert "2 * t <= Rabs" in tactics
    assert use.startswith("often_linear")
    for text in ("z^2/2", "exp(z)"):
        with pytest.raises(OutOfReach):
            Growth(1, 1, 1, Fraction(4), Fraction(2)).lemma(parse(text))
