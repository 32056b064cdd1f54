"""Sentences with mathematics in plain text: nothing is lost, nothing gets through."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofkit import prose
from proofkit.certificates import read_record
from proofkit.exposition.quoting import quoted
from proofkit.render.printed import block_latex

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "L is a Villani function for every lambda > 0",
            r"$L$ is a Villani function for every $\lambda > 0$",
        ),
        (
            "<grad L, W> >= m r^2 - b for every W",
            r"$\langle \nabla L, W\rangle \ge m r^{2} - b$ for every $W$",
        ),
        ("(A net is fixed.) A net", "(A net is fixed.) A net"),
        ("with A > 0. A r + B", r"with $A > 0$. $A r + B$"),
        ("L(W) -> oo as ||W||_F -> oo", r"$L(W) \to \infty$ as $\|W\|_{F} \to \infty$"),
        (
            "|z sigma' - kappa sigma| <= H, kappa > 0",
            r"$|z \sigma ' - \kappa \sigma | \le H$, $\kappa > 0$",
        ),
        ("the theorem's constant multiplies s", r"the theorem's constant multiplies $s$"),
        ("a net and a in R^(p x d)", r"a net and $a$ in $\mathbb R ^{p \times d}$"),
        ("width 64, seed 0", "width 64, seed 0"),
        ("depth-2 nets, one-sided", "depth-2 nets, one-sided"),
        ("sigma is smooth on R", r"$\sigma$ is smooth on $\mathbb R$"),
        ("E L(W_t) - min L <= eps", r"$\mathbb E L(W_{t}) - \min L \le \varepsilon$"),
        ("V4 fails", "V4 fails"),
        (
            "for every lambda > lambda_alpha: (lambda r - J)/Q",
            r"for every $\lambda > \lambda_\alpha$: $(\lambda r - J)/Q$",
        ),
        (
            "for a of one sign: kappa_lo*U^2 - C, m_0 = -S_lo",
            r"for $a$ of one sign: $\kappa_-\,U^{2} - C$, $m_{0} = -S_-$",
        ),
        (
            "every s >= 1/beta^2 (4/beta^2 for the logistic loss): two",
            r"every $s \ge 1/\beta ^{2}$ ($4/\beta ^{2}$ for the logistic loss): two",
        ),
        ("bounded: sup |sigma| <= 3", r"bounded: $\sup |\sigma | \le 3$"),
        ("|sigma - alpha*z| <= S_alpha", r"$|\sigma - \alpha \,z| \le S_\alpha$"),
    ],
)
def test_sentences(text: str, expected: str) -> None:
    assert prose.mathjax(text) == expected


@given(st.text(max_size=80))
def test_any_text_is_escaped(text: str) -> None:
    html = prose.html(text)
    outside = re.sub(r"<math.*?</math>", "", html, flags=re.DOTALL)
    assert "<" not in outside and ">" not in outside
    tex = block_latex(quoted(text))
    # Letters are set by one macro of ours, with a command of LaTeX or the code of the letter in it.
    for command in LETTER.findall(tex):
        assert re.fullmatch(LETTER_COMMAND, command), command
    tex = LETTER.sub("", tex)
    assert tex.isascii()
    # No command but ours, no unbalanced group, no odd dollar.
    assert set(re.findall(r"\\[A-Za-z]+", tex)) <= ALLOWED
    bare = re.sub(r"\\[{}$]", "", tex)
    assert bare.count("$") % 2 == 0 and bare.count("{") == bare.count("}")


LETTER = re.compile(r"\\pkletter\{[0-9A-F]{4,6}\}\{((?:[^{}]|\{(?:[^{}]|\{\})*\})*)\}")
LETTER_COMMAND = (
    r"\\[A-Za-z]+\{\}|\\ensuremath\{(?:\\[A-Za-z]+|\^\d|-)\}|\\(?:[`'^~=.\"]|[uvHrcdb])\{(?:[A-Za-z]|\\[ij])\}"
    r"|\{\\ttfamily U\+[0-9A-F]{4,6}\}|--|---|`|'|``|''|~"
)
ALLOWED = {
    *(
        f"\\{w}"
        for w in (
            "textbackslash",
            "textasciitilde",
            "textasciicircum",
            "ensuremath",
            "allowbreak",
            "ttfamily",
        )
    ),
    *(
        f"\\{w}"
        for w in (
            "to",
            "ge",
            "le",
            "pm",
            "times",
            "langle",
            "rangle",
            "nabla",
            "Delta",
            "Lambda",
            "varphi",
            "infty",
            "sqrt",
            "exp",
            "log",
            "min",
            "max",
            "sup",
            "inf",
        )
    ),
    *(
        f"\\{w}"
        for w in (
            "tanh",
            "sin",
            "cos",
            "sum",
            "varepsilon",
            "mathrm",
            "mathbb",
            "ell",
            "dots",
            "sim",
        )
    ),
    *(f"\\{w}" for w in prose.GREEK),
}


@given(st.text(alphabet="\\{}$&#_%~^<>|'\"()[],.-+*/ aEIlambdasigmaVLW_12", max_size=60))
def test_hostile_text_stays_text(text: str) -> None:
    test_any_text_is_escaped.hypothesis.inner_test(text)  # type: ignore[attr-defined]


def test_every_sentence_of_the_certificates_keeps_its_words() -> None:
    for path in sorted((ROOT / "generated" / "certificates").glob("*.json"))[::5]:
        c = read_record(path)
        for text in (c["statement"], *c["assumptions"], *(s["statement"] for s in c["steps"])):
            words = [
                w
                for r in prose.runs(text)
                if not r.math
                for w in re.findall(r"[a-z]{4,}", r.content)
            ]
            wanted = [
                w
                for w in re.findall(r"[a-z]{4,}", text)
                if w not in (*prose.GREEK, "grad", "sqrt", "tanh")
            ]
            assert [w for w in wanted if w in words] == [w for w in words if w in wanted]


def test_mathml_is_what_browsers_lay_out() -> None:
    assert "double-struck" not in prose.mathml(r"\mathbb R") and "\u211d" in prose.mathml(
        r"\mathbb R"
    )
    assert 'form="prefix"' in prose.mathml("x\\ge -C")
    assert "\\" not in prose.mathml(r"\frac1n\sum_{i=1}^n\|x_i\|^2\Bigl(\ell''_i\Bigr)")


@pytest.mark.parametrize(
    "text", ["(" * 10**6, "a " * 10**6, "(" * 3999, "x^" * 1999, "<a," * 1333, "sqrt(" * 799]
)
def test_long_text_from_a_stranger_ends(text: str) -> None:
    assert prose.mathjax(text) and block_latex(quoted(text))
    if len(text) > prose.LONGEST:
        assert prose.runs(text) == (prose.Run(text, False),)
