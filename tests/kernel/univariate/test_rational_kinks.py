"""Kinks at rational points that are no dyadic numbers, powers of nothing, and places on a piece."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofkit.errors import DomainError
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.domain import check_domain, smooth_pieces
from proofkit.kernel.univariate.parser import parse
from proofkit.search.facts import derive_facts


def kinks(text: str) -> list[Fraction | None]:
    return [piece.right for piece in smooth_pieces(parse(text))[:-1]]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("Min(1, z/3)", [3]),
        ("Max(0, Min(1, z/6 + 1/2))", [-3, 3]),
        ("Max(0, Min(1, z/7 + 1/3))", [Fraction(-7, 3), Fraction(14, 3)]),
        ("Abs(z - 1/3)", [Fraction(1, 3)]),
        ("Max(z/3 - 1/9, z^2/9 - z/27)", [Fraction(1, 3), 3]),
    ],
)
def test_kinks_at_rational_points(text: str, where: list[Fraction]) -> None:
    assert kinks(text) == where


@given(
    st.fractions(-50, 50, max_denominator=1000),
    st.fractions(Fraction(1, 50), 9, max_denominator=60),
)
def test_hinges_anywhere(at: Fraction, slope: Fraction) -> None:
    root = terms.call(
        "Max", terms.ZERO, terms.mul(terms.num(slope), terms.sub(terms.Z, terms.num(at)))
    )
    assert [piece.right for piece in smooth_pieces(root)[:-1]] == [at]


@pytest.mark.parametrize(
    "text", ["tanh(z)*log(z)^0", "(1/z)^0", "sqrt(z)^0", "(z/z)^0", "log(z - 1)^0 + z"]
)
def test_a_power_of_nothing_needs_a_base_with_a_value(text: str) -> None:
    with pytest.raises(DomainError):
        check_domain(parse(text))


def test_a_power_of_nothing_is_one() -> None:
    assert parse("(1 + z^2)^0") == terms.ONE
    assert parse("z^0") == terms.ONE


@pytest.mark.parametrize(
    ("text", "name", "at"),
    [
        ("Max(z, 0)^2", "M2", "every z > 0"),
        ("Max(z, 0)^2", "inf", "every z < 0"),
        ("Max(0, Min(1, z/6 + 1/2))", "sup", "every z > 3"),
        ("3", "sup", "every z"),
    ],
)
def test_a_constant_piece_is_named(text: str, name: str, at: str) -> None:
    facts = derive_facts(parse(text))
    bound = {"M1": facts.M1, "M2": facts.M2, "inf": facts.inf, "sup": facts.sup}[name]
    assert bound is not None and bound.at == at


@given(st.fractions(-9, 9, max_denominator=30))
def test_exact_values(x: Fraction) -> None:
    assert terms.value_at(parse("(z^3 - 2*z/3)/(1 + z^2)"), x) == (x**3 - 2 * x / 3) / (1 + x**2)
    assert terms.value_at(parse("exp(z)"), x) is None
    assert terms.value_at(parse("1/(z - z^2/2)"), Fraction(2)) is None
