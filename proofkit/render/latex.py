"""LaTeX text: escaping, formulas and numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache

from proofkit.activation import ast
from proofkit.activation.ast import Node
from proofkit.activation.parser import parse
from proofkit.enclosure.search import decimal, round_down, round_up
from proofkit.errors import ParseError
from proofkit.kernel.formula import formula
from proofkit.prose import runs

_ESCAPE = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\ensuremath{<}", ">": r"\ensuremath{>}", "|": r"\ensuremath{|}",
}  # fmt: skip
SYMBOLS: Mapping[str, str] = {
    "B_x": "B_x", "B_y": "B_y", "a_1": r"\|a\|_1", "a_2": r"\|a\|_2", "a_inf": r"\|a\|_\infty", "Lambda_S": r"\Lambda_S", "X2": "X_2",
    "Y1": "Y_1", "Y2": "Y_2", "lambda": r"\lambda", "rho": r"\rho", "l1": r"\ell'_{\max}", "l2": r"\ell''_{\max}", "S0": r"S_0",
    "S_hi": r"S_+", "S_lo": r"S_-", "sigma0": r"|\sigma(0)|", "M1": "M_1", "M2": "M_2", "M3": "M_3", "kappa": r"\kappa", "kappa_lo": r"\kappa_-", "kappa_hi": r"\kappa_+", "H_lo": "H_-", "H_hi": "H_+", "m_0": "m_0", "gamma": r"\gamma",
    "G0": "G_0", "G1": "G_1", "r_0": "r_0(M)", "gLip": r"\mathrm{gLip}", "lambda_c": r"\lambda_c", "a_plus": "a_+", "a_minus": "a_-",
    "y_min": r"y_{\min}", "y_max": r"y_{\max}", "fall": r"\sup(-\sigma')", "slope": "c", "beta": r"\beta", "s_c": "s_c",
    "alpha": r"\alpha", "S_alpha": r"S_\alpha", "lambda_alpha": r"\lambda_\alpha", "mu": r"\mu", "theta": r"\theta", "Q": "Q", "J": "J",
    "W_2": r"\varrho_2", "W_4": r"\varrho_4", "F": r"\bar F", "osc": r"\omega", "xi": r"\xi", "q": "q", "m_d": "m", "m_c": "m_c", "h_0": "h_0", "b_d": "b", "R_b": r"\bar R", "l_bar": r"\bar\ell",
    "eps": r"\varepsilon(s)", "r_star": r"r_*", "v_0": "v_0", "chi": r"\chi", "A_2": "A_2", "c_0": "c_0", "c_1": "c_1", "L_F": "L_F",
}  # fmt: skip
LARGEST = 5  # power of ten from which a number is written with one
_FUNCTIONS = {
    "exp": r"\exp",
    "log": r"\log",
    "tanh": r"\tanh",
    "sinh": r"\sinh",
    "cosh": r"\cosh",
    "sin": r"\sin",
    "cos": r"\cos",
}
_NAMED = {
    "atan": r"\arctan",
    "asinh": r"\operatorname{arsinh}",
    "erf": r"\operatorname{erf}",
    "erfc": r"\operatorname{erfc}",
}


def escape(text: object) -> str:
    """Any text as LaTeX text; control characters and non-ASCII letters become visible codes."""
    out = []
    for ch in str(text):
        if ch in _ESCAPE:
            out.append(_ESCAPE[ch])
        elif " " <= ch <= "~":
            out.append(ch)
        elif ch in "\n\t":
            out.append(" ")
        else:
            out.append(rf"{{\ttfamily U+{ord(ch):04X}}}")
    return "".join(out)


def label(name: str) -> str:
    """A name for \\label: letters, digits and hyphens."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:80] or "certificate"


def sentence(text: object) -> str:
    """Words with mathematics in plain text, as LaTeX."""
    return "".join(f"${r.content}$" if r.math else breakable(r.content) for r in runs(str(text)))


def breakable(text: object) -> str:
    """Escaped text in which long words (file names, fractions, hashes) may be broken."""
    if not re.search(r"[^\s]{18}", str(text)):
        return escape(text)
    out = re.sub(r"(?<=[,=*/+;:()_.-])(?=\S)", "\0", str(text))
    out = re.sub(r"([^\s\0]{12})(?=[^\s\0])", "\\1\0", out)
    return r"\allowbreak{}".join(escape(piece) for piece in out.split("\0"))


def parentheses(text: str) -> str:
    """A formula in parentheses, which grow only around what is taller than a line."""
    tall = any(mark in text for mark in (r"\frac", r"\sqrt", r"\left", "^{"))
    return rf"\left({text}\right)" if tall else f"({text})"


def tree_latex(root: Node) -> str:
    """An expression tree in LaTeX mathematics."""
    out: dict[Node, tuple[str, int]] = {}

    def wrap(node: Node, level: int) -> str:
        text, own = out[node]
        return text if own >= level else parentheses(text)

    for node in ast.walk(root):
        a = node.args
        level = 9
        if node.op == "num":
            q = node.rational
            text = (
                str(q)
                if q.denominator == 1
                else rf"{'-' if q < 0 else ''}\tfrac{{{abs(q.numerator)}}}{{{q.denominator}}}"
            )
            level = 9 if q >= 0 else 2
        elif node.op == "name":
            text = SYMBOLS.get(str(node.value), str(node.value))
        elif node.op in ("z", "pi"):
            text = {"z": "z", "pi": r"\pi"}[node.op]
        elif node.op in ("add", "sub"):
            text, level = (
                f"{wrap(a[0], 1)} {'+' if node.op == 'add' else '-'} {wrap(a[1], 2 if node.op == 'add' else 3)}",
                1,
            )
        elif node.op == "mul":
            # Two numerals side by side would read as one.
            gap = (
                r"\cdot "
                if out[a[1]][0][:1].isdigit() or out[a[1]][0].startswith(r"\tfrac")
                else r"\,"
            )
            text, level = f"{wrap(a[0], 3)}{gap}{wrap(a[1], 3)}", 3
        elif node.op == "div":
            text, level = rf"\frac{{{out[a[0]][0]}}}{{{out[a[1]][0]}}}", 4
        elif node.op == "neg":
            text, level = f"-{wrap(a[0], 3)}", 2
        elif node.op == "pow" and node.rational == Fraction(1, 2):
            text = rf"\sqrt{{{out[a[0]][0]}}}"
        elif node.op == "pow":
            text, level = f"{wrap(a[0], 6)}^{{{node.rational}}}", 5
        elif node.op == "Abs":
            text = rf"\left|{out[a[0]][0]}\right|"
        elif node.op in ("Max", "Min"):
            text = rf"\{node.op.lower()}\left({out[a[0]][0]},\,{out[a[1]][0]}\right)"
        else:
            head = _FUNCTIONS.get(node.op) or _NAMED[node.op]
            text = f"{head}{parentheses(out[a[0]][0])}"
        out[node] = (text, level)
    return out[root][0]


@lru_cache(maxsize=512)
def formula_latex(text: str) -> str:
    """A kernel formula (text in named constants) in LaTeX."""
    return tree_latex(formula(text))


@lru_cache(maxsize=512)
def expression_latex(text: str) -> str:
    """An activation's text in LaTeX."""
    return tree_latex(parse(text))


def name_latex(name: str) -> str:
    """The symbol of a constant."""
    return SYMBOLS.get(name, escape(name))


def exact_latex(text: str) -> str:
    """The exact form after its enclosure: as a formula when it is short and lies in the grammar, else in words that may be broken."""
    try:
        if len(text) <= 40:
            return rf" $\ni {expression_latex(text)}$"
    except ParseError:
        pass
    return (
        rf" containing {re.sub(r'(?<=[-+*/()])', lambda m: chr(92) + 'allowbreak{}', escape(text))}"
    )


def interval_latex(lo: Fraction, hi: Fraction, digits: int) -> str:
    """[lo, hi] rounded outwards through siunitx; a power of ten that both ends share is written once.

    >>> interval_latex(Fraction(1, 3), Fraction(1, 3), 4)
    '[\\\\num{0.3333},\\\\,\\\\num{0.3334}]'
    """
    low, high = scientific(lo, -1, digits), scientific(hi, 1, digits)
    head, power, tail = low.partition(r"\cdot10^")
    other, same, other_tail = high.partition(r"\cdot10^")
    if power and same and tail == other_tail:
        return rf"[\num{{{head}}},\,\num{{{other}}}]\cdot10^{tail}"
    return rf"[{number(lo, -1, digits)},\,{number(hi, 1, digits)}]"


def enclosure_latex(lo: str | None, hi: str | None, digits: int = 4) -> str:
    """An enclosure as a short decimal, or as an interval rounded outwards, through siunitx."""
    if lo is None or hi is None:
        return r"\text{symbolic}"
    a, b = Fraction(lo), Fraction(hi)
    low, high = number(a, -1, digits), number(b, 1, digits)
    return low if a == b and low == high else interval_latex(a, b, digits)


def number(q: Fraction, direction: int, digits: int = 12) -> str:
    """A number through siunitx, rounded in the direction."""
    return rf"\num{{{scientific(q, direction, digits).replace(chr(92) + 'cdot10^{', 'e').replace('}', '')}}}"


def scientific(q: Fraction, direction: int = 1, digits: int = 12) -> str:
    """About ``digits`` significant digits, rounded in the direction, as m times a power of ten."""
    if q == 0:
        return "0"
    r = round_up(q, digits) if direction > 0 else round_down(q, digits)
    e = 0
    while abs(r) >= 10 ** (e + 1):
        e += 1
    while abs(r) < Fraction(10) ** e:
        e -= 1
    if -4 <= e <= LARGEST:
        return decimal(r, digits + 6)
    return rf"{decimal(r / Fraction(10) ** e, digits)}\cdot10^{{{e}}}"
