"""Formulas as text keep their meaning."""

import pytest

from proofkit.exposition.formulas import latex, read
from proofkit.exposition.plain import formula, plain
from proofkit.exposition.view import say


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
        (r"\sum_{i=1}^n\ell'_i", "Σ_iℓ'_i"),
        (r"\mathbb R^{p\times d}", "ℝ^(p × d)"),
        (r"\bar f", "f̄"),
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
        ("-(G + K)*s", "(-(G + K)) s"),
        ("2*lambda*3", "2λ·3"),
    ],
)
def test_trees_keep_their_brackets(text: str, shown: str) -> None:
    assert formula(latex(read(text))) == shown


def test_a_display_has_a_line_of_its_own() -> None:
    assert plain(say("Then $$x=1$$for $x$.")) == "Then\n    x = 1\nfor x."
