"""Expressions that are 0, or a line, in disguise."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from proofkit.kernel.univariate import balls, terms
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import Node
from proofkit.search.ends import facts_on
from proofkit.search.identities import line_of, vanishes

ZERO = [
    "log(1 + exp(z)) - log(1 + exp(-z)) - z",
    "softplus(3*z - 1) - softplus(1 - 3*z) + 1 - 3*z",
    "sigmoid(z) + sigmoid(-z) - 1",
    "tanh(z) - (2*sigmoid(2*z) - 1)",
    "cosh(z)^2 - sinh(z)^2 - 1",
    "tanh(z)^2 + 1/cosh(z)^2 - 1",
    "sin(z)^4 - (1 - cos(z)^2)^2",
    "exp(z/2)^2 - exp(z)",
    "exp(z^2)*exp(z - z^2) - exp(z)",
    "erfc(z) + erfc(-z) - 2",
    "atan(2*z) + atan(-2*z)",
    "sqrt(1 + z^2)*sqrt(1 + z^2)*z - z*sqrt(1 + z^2)^2",
    "z/(1 + exp(-z)) + (-z)/(1 + exp(z)) - z*tanh(z/2)",
]
NOT_ZERO = [
    "log(1 + exp(z)) - log(1 + exp(-z)) - z + 1/10^30",
    "sin(z)",
    "sin(z)^2 + cos(z)^2",
    "exp(z)*exp(-z)",
    "tanh(z) - (2*sigmoid(z) - 1)",
    "sin(z)^2 + cos(2*z)^2 - 1",
    "erf(z) - erf(2*z)",
    "log(1 + exp(z)) - log(1 + exp(-z)) + z",
]


@pytest.mark.parametrize("text", ZERO)
def test_zero(text: str) -> None:
    assert vanishes(parse(text))


@pytest.mark.parametrize("text", NOT_ZERO)
def test_not_zero(text: str) -> None:
    assert not vanishes(parse(text))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("softplus(z) - softplus(-z)", "z"),
        ("2*softplus(z) - 2*softplus(-z) + 1/3", "2*z + 1/3"),
        ("sigmoid(z) + sigmoid(-z)", "1"),
        ("z + 1e-40*tanh(z)", None),
        ("tanh(z)", None),
        ("z", None),
        ("Abs(z) - Abs(z) + z", None),
    ],
)
def test_lines(text: str, line: str | None) -> None:
    found = line_of(parse(text))
    assert found == (None if line is None else parse(line))


def test_bounds_of_a_line_in_disguise() -> None:
    facts = facts_on(parse("log(1+exp(z))-log(1+exp(-z))-z"))
    assert facts.open == ()
    assert facts.sup.lower == facts.sup.upper == 0 == facts.inf.upper == facts.M1.upper
    facts = facts_on(parse("sigmoid(z) + sigmoid(-z) + z/2"), 15, 20.0, Fraction(0), Fraction(3))
    assert facts.sup.upper == Fraction(5, 2)


def trees() -> st.SearchStrategy[Node]:
    leaves = st.just(terms.Z) | st.fractions(-3, 3, max_denominator=3).map(terms.num)

    def grow(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        pair = st.tuples(inner, inner)
        functions = st.sampled_from(
            ["exp", "tanh", "sin", "cos", "sinh", "erf", "atan", "softplus"]
        )
        return st.one_of(
            pair.map(lambda p: terms.add(*p)),
            pair.map(lambda p: terms.sub(*p)),
            pair.map(lambda p: terms.mul(*p)),
            pair.map(lambda p: terms.Node("div", p)),
            st.tuples(functions, inner).map(lambda t: terms.call(t[0], t[1])),
            inner.map(lambda a: terms.power(a, Fraction(2))),
        )

    return st.recursive(leaves, grow, max_leaves=6)


def values(root: Node) -> list[object]:
    with balls.precision(300):
        found = [
            balls.Tape(root).series(balls.ball(x), 1)[0]
            for x in map(Fraction, ("1/7", "-3/5", "11/9"))
        ]
    return [v for v in found if v.is_finite()]


@given(trees())
def test_what_vanishes_has_no_other_value(root: Node) -> None:
    if vanishes(root):
        assert all(v.contains(0) for v in values(root))


@given(trees(), trees())
def test_sums_and_products_of_anything_cancel(a: Node, b: Node) -> None:
    try:
        difference = Node(
            "sub",
            (
                terms.power(terms.add(a, b), Fraction(2)),
                terms.add(
                    terms.add(terms.power(a, Fraction(2)), terms.power(b, Fraction(2))),
                    terms.mul(terms.num(2), terms.mul(a, b)),
                ),
            ),
        )
    except (ArithmeticError, ValueError):
        assume(False)
        return
    assume(values(difference))
    shifted = terms.add(difference, terms.num(Fraction(1, 10**9)))
    assert not vanishes(shifted)
