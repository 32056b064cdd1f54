"""Formulas as text keep their meaning."""

import math
import re
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from proofkit.exposition.formulas import latex, read
from proofkit.exposition.model import Text
from proofkit.exposition.plain import formula, plain
from proofkit.exposition.view import say
from proofkit.kernel.univariate import terms


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"\frac{a+b}{2c}", "(a + b)/(2c)"),
        (r"\frac12\lambda", "(1/2) λ"),
        (r"\lambda\frac{a}{b}", "λa/b"),
        (r"\frac{\frac ab}c", "(a/b)/c"),
        (r"e^{-2L/s}", "e^(-2L/s)"),
        (r"r^2\le-M_1+\sqrt{x+1}", "r² ≤ -M_1 + √(x + 1)"),
        (r"\|a\|_2^2", "‖a‖_2²"),
        (r"|x|+|y|-1", "|x| + |y| - 1"),
        (r"\sum_{i=1}^n\ell'_i", "Σ_i ℓ'_i"),
        (r"\bigl(\sum_ja_j^2\bigr)^{1/2}", "(Σ_j a_j²)^(1/2)"),
        (r"\mathbb R^{p\times d}", "ℝ^(p × d)"),
        (r"\bar f", "f̄"),
        (r"e^{yf}", "e^(yf)"),
        (r"\sigma^{(4)}", "σ^(4)"),
        (r"x_1,\dots,x_n", "x_1, ..., x_n"),
        (r"\sigma:\mathbb R\to\mathbb R", "σ: ℝ → ℝ"),
        (r"|\sum_ja_j\sigma'(z_{ij})|", "|Σ_j a_j σ'(z_ij)|"),
        (r"(\sum_j a_j^2)^{1/2}", "(Σ_j a_j²)^(1/2)"),
        (r"\nabla_{w_j}L", "∇_(w_j) L"),
        (r"\max_j|a_j|", "max_j |a_j|"),
    ],
)
def test_formula(source: str, text: str) -> None:
    assert formula(source) == text


@pytest.mark.parametrize("source", [r"\unknown{x}", "{a", "a}", r"\frac a"])
def test_refused(source: str) -> None:
    with pytest.raises(ValueError, match=r"known|brace|argument"):
        formula(source)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rho*M1*a_2*sqrt(Lambda_S)", "ρ M_1 ‖a‖_2 √(Λ_S)"),
        ("(lambda*r - G)^2/s - K - lambda*N", "(λ r - G)²/s - K - λ N"),
        ("G/(s*N)", "G/(s N)"),
        ("G - (K - 1)", "G - (K - 1)"),
        ("-(G + K)*s", "-(G + K) s"),
        ("2*lambda*3", "2λ·3"),
        ("z/(1 + exp((-1)*z))", "z/(1 + exp(-z))"),
        ("1 + (-3)*z - (-2)", "1 - 3z + 2"),
        ("z - (-z + 1) + (z - 2)", "z - (-z + 1) + (z - 2)"),
        ("exp(-z^2/2)", "exp(-z²/2)"),
        ("11/100*z + 851/500 - 3/4", "0.11z + 1.702 - 3/4"),
        ("z*(-2)*3", "-2z·3"),
        ("z*(-(z + 1))", "z (-(z + 1))"),
        ("sin(z)^2 + log(z)^2 + tanh(z)^(-1)", "sin²(z) + (log(z))² + (tanh(z))⁻¹"),
    ],
)
def test_trees_keep_their_brackets(text: str, shown: str) -> None:
    assert formula(latex(read(text))) == shown


def test_a_display_has_a_line_of_its_own() -> None:
    assert plain(say("Then $$x=1$$for $x$.")) == "Then\n    x = 1\nfor x."


# -- any formula read back has the same value ------------------------------------------------------

VALUES = {"G": 3.7, "K": 1.3, "lambda": 0.6, "s": 2.1, "N": 5.0, "M1": 1.9, "a_2": 0.8}
LETTERS = {"λ": "lam", "M_1": "M1", "‖a‖_2": "a_2"}


def trees() -> st.SearchStrategy[terms.Node]:
    names = st.sampled_from(sorted(VALUES)).map(lambda name: terms.Node("name", (), name))
    numbers = st.fractions(0, 9, max_denominator=4).map(terms.num)

    def grow(inner: st.SearchStrategy[terms.Node]) -> st.SearchStrategy[terms.Node]:
        pair = st.tuples(inner, inner)
        return st.one_of(
            pair.map(lambda p: terms.add(*p)),
            pair.map(lambda p: terms.sub(*p)),
            pair.map(lambda p: terms.mul(*p)),
            pair.map(lambda p: terms.Node("div", p)),
            pair.map(lambda p: terms.Node("Max", p)),
            inner.map(terms.neg),
            inner.map(lambda a: terms.power(a, Fraction(2))),
            inner.map(lambda a: terms.Node("pow", (terms.Node("Abs", (a,)),), Fraction(1, 2))),
        )

    return st.recursive(names | numbers, grow, max_leaves=9)


def value_of(node: terms.Node) -> float:
    a = [value_of(x) for x in node.args]
    match node.op:
        case "name":
            return VALUES[str(node.value)]
        case "num":
            return float(node.rational)
        case "add":
            return a[0] + a[1]
        case "sub":
            return a[0] - a[1]
        case "mul":
            return a[0] * a[1]
        case "div":
            return a[0] / a[1]
        case "Max":
            return max(a)
        case "neg":
            return -a[0]
        case "Abs":
            return abs(a[0])
        case "pow":
            return a[0] ** float(node.rational)
    raise AssertionError(node.op)


def read_back(text: str) -> float:
    """The value of a formula in text, read as a person reads it: factors stand side by side."""
    for shown, name in LETTERS.items():
        text = text.replace(shown, f" {name} ")
    text = re.sub(r"\|([^|]*)\|", r"abs(\1)", text)
    text = re.sub(r"√\(", " sqrt(", text)
    text = re.sub(r"√(\w+)", r" sqrt(\1)", text).replace("·", "*").replace("²", "**2 ")
    tokens = re.findall(r"\*\*|\d+(?:\.\d+)?|[A-Za-z_]\w*|[^\s\w]", text)
    out: list[str] = []
    for token in tokens:
        operand = token[0].isalnum() or token == "("
        after = bool(out) and (out[-1][0].isalnum() or out[-1] == ")")
        called = bool(out) and out[-1] in ("sqrt", "max", "abs")
        if operand and after and not called:
            out.append("*")
        out.append(token)
    known = {name: v for name, v in VALUES.items() if name != "lambda"}
    functions = {"sqrt": math.sqrt, "max": max, "abs": abs}
    return eval(" ".join(out), {**functions, **known, "lam": VALUES["lambda"]})


@given(trees())
def test_a_formula_read_back_has_its_value(tree: terms.Node) -> None:
    try:
        expected = value_of(tree)
    except (ZeroDivisionError, OverflowError):
        assume(False)
        return
    shown = formula(latex(tree))
    # Bars within bars cannot be told apart by this reader.
    assume(shown.count("|") <= 2)
    got = read_back(shown)
    assert got == pytest.approx(expected, rel=1e-9, abs=1e-9), shown


def test_text_of_a_file_cannot_steer_a_terminal() -> None:
    """Feature names and titles are quoted from certificates: no escapes, no new lines, nothing turned round."""
    text = plain((Text("age\x1b[31m\x9b2J\x07\r\nTHEOREM \u202e\ud800 50\u00a0% \u2126"),))
    assert text == "age\\x1b[31m\\x9b2J\\x07\\r\\nTHEOREM \\u202e\\ud800 50\u00a0% \u2126"
