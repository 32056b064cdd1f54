"""What Coq accepted is printed in mathematics, and words that are none stay words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from proofkit.render.coq_words import coq_sentence
from proofkit.render.printed import block_latex

RECORDS = Path(__file__).parents[2] / "generated" / "coq.json"


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        (
            "for any data and outer weights, every lambda > 0 and every s > 0, the objective "
            "is a Villani function",
            r"for any data and outer weights, every $\lambda>0$ and every $s>0$, $L$ is a "
            r"Villani function",
        ),
        (
            "L >= M once r >= sqrt(2 M/lambda)",
            r"$L(W)\ge M$ once $r\ge \sqrt{\frac{2 M}{\lambda}}$",
        ),
        (
            "V4 fails on the instance n = p = d = 1, x_1 = a_1 = 1, y_1 = 0, for every 0 <= "
            "lambda < 1 and every s > 0",
            r"(V4) fails on the instance $n=p=d=1$, $x_1=a_1=1$, $y_1=0$, for every $0\le "
            r"\lambda<1$ and every $s>0$",
        ),
        (
            "every lambda > G1, G1 <= (1224841238769 / 50000000) and every s > 0",
            r"every $\lambda>G_1$, $G_1\le 24500$ and every $s>0$",
        ),
        (
            "every s with lambda^2 <= 1 / 4 * s * 2^2",
            r"every $s$ with $\lambda^2\le s$",
        ),
        (
            "every s with lambda^2 <= 1 * s * 3^2",
            r"every $s$ with $\lambda^2\le 9 s$",
        ),
        (
            "V1 fails for every lambda on the instance with a kink of the loss: n = p = d = 1, "
            "x_1 = a_1 = 1, y_1 = sigma(1/2) + 3, W = 1/2",
            r"(V1) fails for every $\lambda$ on the instance with a kink of the loss: $n=p=d=1$, "
            r"$x_1=a_1=1$, $y_1=\sigma(1/2)+3$, $W=\tfrac{1}{2}$",
        ),
        ("a_1 = (-1/2)/sigma(1)", r"$a_1=(-1/2)/\sigma(1)$"),
        (
            "L >= M once r >= sqrt(2 (M - 3)/lambda)",
            r"$L(W)\ge M$ once $r\ge \sqrt{\frac{2(M-3)}{\lambda}}$",
        ),
        (
            "every lambda > G1 = 2 M1^2 a_2^2 Lambda_S and every s > 0",
            r"every $\lambda>G_1=2 M_1^2\,\|a\|_2^2\,\Lambda_S$ and every $s>0$",
        ),
        (
            "decays of at least lambda > 0, the slope of sigma at 0 is not 0 and A_e = 1/8 p B_x^2",
            r"decays of at least $\lambda>0$, $\sigma'(0)\ne0$ and $A_e=\tfrac{1}{8} p\,B_x^2$",
        ),
        (
            "any data with mean |x|^2 <= X2: every s with 0 < s < s_0, m_a = min(lambda_a, 2 A_a/A_e)",
            r"any data with $\frac1n\sum_i\|x_i\|^2\le X_2$: every $s$ with $0<s<s_0$, "
            r"$m_a=\min(\lambda_a,2A_a/A_e)$",
        ),
        ("a > \\input{x} and b", r"a \ensuremath{>} \textbackslash{}input\{x\} and b"),
    ],
)
def test_words(words: str, printed: str) -> None:
    assert block_latex(coq_sentence(words)) == printed


def test_no_record_of_the_report_keeps_a_formula_in_ascii() -> None:
    records = json.loads(RECORDS.read_text())["certificates"]
    said = {theorem for record in records.values() for theorem in record["theorems"]}
    for theorem in said:
        outside = block_latex(coq_sentence(theorem)).split("$")[::2]
        for text in outside:
            assert not any(mark in text for mark in ("lambda", "=", "ensuremath", r"\^", "_")), text
