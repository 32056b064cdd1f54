"""Laurent polynomials in named constants."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofkit.kernel.formula import Constant, exact_value
from proofkit.kernel.polynomial import NotPolynomialError, Polynomial, polynomial, term
from proofkit.kernel.symbols import A, G, K, lam, larger, r, s, sqrt
from proofkit.kernel.univariate.terms import Node, num, to_text

KNOWN = {
    name: Constant(name, None, value, value)
    for name, value in {
        "A": Fraction(3, 7),
        "G": Fraction(-5, 2),
        "K": Fraction(2),
        "lambda": Fraction(9, 4),
        "s": Fraction(-1, 3),
    }.items()
}
LEAVES = st.one_of(
    st.sampled_from([A, G, K, lam, s]),
    st.fractions(-3, 3, max_denominator=5).map(num),
)
TERMS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda x: x[0] + x[1]),
        st.tuples(inner, inner).map(lambda x: x[0] - x[1]),
        st.tuples(inner, inner).map(lambda x: x[0] * x[1]),
        st.tuples(inner, st.sampled_from([A, lam, s * lam])).map(lambda x: x[0] / x[1]),
        st.tuples(inner, st.integers(1, 3)).map(lambda x: x[0] ** x[1]),
        inner.map(lambda x: -x),
    ),
    max_leaves=6,
)


@given(TERMS)
def test_a_term_and_its_polynomial_have_the_same_value(root: Node) -> None:
    try:
        again = term(polynomial(root))
    except NotPolynomialError:
        return  # too many terms
    assert exact_value(again, KNOWN) == exact_value(root, KNOWN)


@given(TERMS, TERMS)
def test_arithmetic_is_that_of_terms(one: Node, two: Node) -> None:
    try:
        p, q = polynomial(one), polynomial(two)
        assert p + q == polynomial(one + two)
        assert p - q == polynomial(one - two)
        assert p * q == polynomial(one * two)
    except NotPolynomialError:
        return


def test_a_difference_of_equal_formulas_is_nothing() -> None:
    assert polynomial((lam * r - G) ** 2 / s - lam**2 * r**2 / s) == polynomial(
        (G**2 - 2 * lam * r * G) / s
    )
    assert polynomial(lam / lam - 1) == Polynomial()


def test_negative_exponents() -> None:
    assert polynomial(Node("pow", (lam,), Fraction(-2))) == polynomial(1 / lam**2)
    assert to_text(term(polynomial(G / (2 * lam**2) - 3))) == "-3 + 1/2*G/lambda^2"


def test_coefficients_by_powers_of_a_variable() -> None:
    parts = polynomial((lam * r - G) ** 2).coefficients("r")
    assert parts == {
        0: polynomial(G**2),
        1: polynomial(-2 * lam * G),
        2: polynomial(lam**2),
    }


@pytest.mark.parametrize("root", [sqrt(lam), larger(lam, s), 1 / (lam - s), lam / (s * K - K * s)])
def test_what_is_no_polynomial(root: Node) -> None:
    with pytest.raises(NotPolynomialError):
        polynomial(root)


def test_a_polynomial_may_be_too_large() -> None:
    large = (A + G + K + lam + s) ** 12
    with pytest.raises(NotPolynomialError, match="too many terms"):
        polynomial(large * large)
