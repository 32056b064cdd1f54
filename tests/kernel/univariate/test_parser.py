"""The parser: what it accepts means what it says, and hostile text is refused at once."""

from __future__ import annotations

import re
import tracemalloc
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofkit.activation.catalogue import CATALOGUE, Activation, rational, resolve
from proofkit.errors import InputError, ParseError
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.parser import parse


def trees() -> st.SearchStrategy[terms.Node]:
    leaves = st.one_of(
        st.just(terms.Z), st.just(terms.PI), st.fractions(-5, 5, max_denominator=7).map(terms.num)
    )

    def grow(inner: st.SearchStrategy[terms.Node]) -> st.SearchStrategy[terms.Node]:
        return st.one_of(
            st.builds(terms.add, inner, inner),
            st.builds(terms.sub, inner, inner),
            st.builds(terms.mul, inner, inner),
            st.builds(terms.div, inner, inner.filter(lambda n: n != terms.ZERO)),
            st.builds(terms.neg, inner),
            st.builds(
                lambda a, e: terms.power(a, Fraction(e)),
                inner.filter(lambda n: n != terms.ZERO),
                st.sampled_from([2, 3, -1]),
            ),
            st.builds(terms.call, st.sampled_from(sorted(terms.FUNCTIONS)), inner),
            st.builds(lambda a, b: terms.Node("Max", (a, b)), inner, inner),
        )

    return st.recursive(leaves, grow, max_leaves=12)


@given(trees())
def test_text_of_a_tree_parses_back_to_the_same_tree(tree: terms.Node) -> None:
    assert parse(terms.to_text(tree)) == tree


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("-z^2", "-z^2"),
        ("2**3**2", "512"),
        ("1e-3*z", "1/1000*z"),
        ("sqrt(z^2)", "Abs(z)"),
        ("z*z", "z^2"),
        ("sigmoid(z)", "1/(1 + exp(-z))"),
        ("Max(z, 0, 1)", "Max(Max(z, 0), 1)"),
        ("2^z", "exp(z*log(2))"),
        ("z - (1 - z)", "z - (1 - z)"),
    ],
)
def test_meaning(text: str, meaning: str) -> None:
    assert terms.to_text(parse(text)) == meaning


@pytest.mark.parametrize(
    ("text", "column", "word"),
    [
        ("", 1, "text ends"),
        ("z +", 4, "text ends"),
        ("(z", 3, "expected ')'"),
        ("z z", 3, "after a complete"),
        ("sigmoidd(z)", 1, "did you mean sigmoid"),
        ("x", 1, "unknown name"),
        ("1/0", 3, "division by zero"),
        ("z/(1-1)", 3, "division by zero"),
        ("0^-1", 2, "division by zero"),
        ("9^9^9^9", 4, "exponent"),
        ("z^1000", 2, "exponent"),
        ("z^z", 2, "exponent"),
        ("z.__class__", 2, "unexpected character"),
        ("__import__('os')", 12, "unexpected character"),
        ("eval(z)", 1, "unknown name"),
        ("exp", 4, "expected '('"),
        ("exp(z, z)", 1, "takes 1"),
        ("Max(z)", 1, "takes 2"),
        ("\uff5a", 1, "unexpected character"),
        ("z\u2212 1", 2, "unexpected character"),
        ("\u0435xp(z)", 1, "unexpected character"),
        ("z; z", 2, "unexpected character"),
        ("1e999999", 1, "too long"),
        ("9" * 2600, 1, "too long"),
    ],
)
def test_refusals_name_the_column(text: str, column: int, word: str) -> None:
    with pytest.raises(ParseError, match="expression, column") as error:
        parse(text)
    assert error.value.column == column
    assert word in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "z" * 1_000_000,
        "(" * 10_000 + "z" + ")" * 10_000,
        "-" * 19_000 + "z",
        "exp(" * 4_000,
        "9^" * 9_000 + "9",
        "z+" * 9_999 + "z",
        "1" * 19_000,
    ],
)
def test_hostile_text_is_refused_in_little_memory(text: str) -> None:
    tracemalloc.start()
    with pytest.raises(ParseError):
        parse(text)
    assert tracemalloc.get_traced_memory()[1] < 50_000_000
    tracemalloc.stop()


@given(st.text(max_size=60))
def test_any_text_parses_or_raises_parse_error(text: str) -> None:
    try:
        tree = parse(text)
    except ParseError:
        return
    assert parse(terms.to_text(tree)) == tree


@given(st.text(alphabet="z0123456789+-*/^().,epilogsqrtanh ", max_size=60))
def test_near_grammar_text_parses_or_raises_parse_error(text: str) -> None:
    try:
        parse(text)
    except ParseError:
        return


def test_every_catalogue_entry_is_an_expression() -> None:
    for name, entry in CATALOGUE.items():
        activation = Activation.of(name)
        assert parse(activation.text) == activation.root
        for alias in entry.aliases:
            assert Activation.of(alias) == activation


def test_sympy_round_trip() -> None:
    import sympy as sp

    for name in CATALOGUE:
        activation = Activation.of(name)
        back = Activation.from_sympy(activation.expr, name)
        z = sp.Symbol("z", real=True)
        for x in (-1.25, 0.5, 2.0):
            one, two = activation.expr.subs(z, x), back.expr.subs(z, x)
            assert abs(float(one) - float(two)) < 1e-12


def test_parameters() -> None:
    assert Activation.of("softplus(beta=2)").text == "log(1 + exp(2*z))/2"
    assert Activation.of("leaky_relu(slope=1/5)").text == "Max(z, 1/5*z)"
    for bad in (
        "softplus(gamma=1)",
        "softplus(beta=-1)",
        "softplus(beta=x)",
        "softpluss(beta=1)",
        "softpluss",
        "softplus(beta)",
    ):
        with pytest.raises(InputError):
            Activation.of(bad)
    with pytest.raises(InputError, match="did you mean softplus"):
        Activation.of("sofplus")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1/10", Fraction(1, 10)),
        ("-0.25", Fraction(-1, 4)),
        ("+3", Fraction(3)),
        ("1e-3", Fraction(1, 1000)),
    ],
)
def test_rationals(text: str, value: Fraction) -> None:
    assert rational(text, "x") == value


@pytest.mark.parametrize(
    "text",
    ["", "abc", "1/0", "nan", "inf", "0x10", "1/2/3", "1_000", "pi", "1/-2", "--1", "1e99999"],
)
def test_not_rationals(text: str) -> None:
    with pytest.raises(InputError):
        rational(text, "--lam")


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("softplus(2)", "did you mean softplus(beta=2)?"),
        ("softplus(1/3)", "did you mean softplus(beta=1/3)?"),
        ("softplus(-1)", "is a constant"),
        ("elu(3)", "did you mean elu(alpha=3)?"),
        ("silu(z)", "named alone, or with its parameter: silu(beta=2)"),
        ("gelu(3)", "named without brackets: gelu"),
        ("tanh(1)", "named without brackets: tanh"),
        ("2", "is a constant"),
        ("0*z", "is a constant"),
        ("Max(1, 2) + sinh(2)", "is a constant"),
    ],
)
def test_an_activation_has_z_in_it(spec: str, said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        resolve(spec)


@pytest.mark.parametrize("spec", ["2", "softplus(2)", "tanh(1) + pi"])
def test_a_constant_is_taken_where_that_is_asked_for(spec: str) -> None:
    assert resolve(spec, constant=True).root.is_constant


@pytest.mark.parametrize(
    "other",
    [
        "tan",
        "sec",
        "sech",
        "csc",
        "csch",
        "cot",
        "coth",
        "asin",
        "acos",
        "arcsin",
        "arccos",
        "acosh",
        "arccosh",
        "atanh",
        "arctanh",
        "log2",
        "log10",
        "log1p",
        "exp2",
        "expm1",
        "erfi",
        "erfcx",
        "erfinv",
        "sinc",
        "cbrt",
        "relu6",
        "selu",
        "celu",
        "prelu",
        "rrelu",
        "glu",
        "swiglu",
        "reglu",
        "hardswish",
        "hardsigmoid",
        "logsigmoid",
        "softmax",
        "softmin",
        "softshrink",
        "hardshrink",
        "tanhshrink",
        "atan2",
        "arctan2",
        "sign",
        "gamma",
        "floor",
    ],
)
def test_another_function_is_never_suggested(other: str) -> None:
    for spec in (other, f"{other}(z)", f"{other}(beta=2)"):
        with pytest.raises(InputError) as caught:
            resolve(spec)
        assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("tahn", "tanh"), ("tanhh", "tanh"), ("sigmod", "sigmoid"), ("sofplus", "softplus"), ("gelu_tahn", "gelu_tanh"),
        ("ln(z)", "log"), ("arcsinh(z)", "asinh"), ("EXP(z)", "exp"), ("sigmiod(z)", "sigmoid"), ("max(z, 0)", "Max"),
    ],
)  # fmt: skip
def test_a_slip_of_the_hand_is_corrected(typed: str, meant: str) -> None:
    with pytest.raises(InputError, match=rf"did you mean {meant}\?"):
        resolve(typed)
