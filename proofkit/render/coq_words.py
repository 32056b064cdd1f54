"""What coqc accepted, in mathematics: the theorems of a record of ``proofkit coq --run``.

Records hold words such as ``L >= M once r >= sqrt(2 M/lambda)``.  What reads as a formula of the
certificates' grammar becomes one, with their symbols; everything else stays text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from proofkit.errors import ParseError
from proofkit.exposition import numbers
from proofkit.exposition.formulas import latex, read
from proofkit.exposition.model import Formula, Sentence, Text
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.terms import Node

# Words of the records that have a symbol in the setting.
_SYMBOLS: Mapping[str, str] = MappingProxyType(
    {
        "L": "L(W)",
        "r_0(M)": "r_0(M)",
        "x_1": "x_1",
        "a_1": "a_1",
        "y_1": "y_1",
        "W": "W",
        "w": "w",
        "T": "T",
        "mean |x|^2": r"\frac1n\sum_i\|x_i\|^2",
        "|x_i|^2": r"\|x_i\|^2",
    }
)
_PHRASES: Mapping[str, str] = MappingProxyType(
    {
        "the objective is a Villani function": r"$L$ is a Villani function",
        "the expression of V4 is at least M": r"$\frac1s\|\nabla L(W)\|^2-\Delta L(W)\ge M$",
        "the Hessian form is at most gLip |V|^2": r"$\nabla^2L(W)[V,V]\le\mathrm{gLip}\,\|V\|_F^2$",
        "the integrals of exp(-2 L/s)": r"the integrals of $e^{-2L(W)/s}$",
        "explicitly, along the euler route": "along the route of the Euler defect",
        "explicitly, along the lipschitz route": "along the Lipschitz route",
        "explicitly, along the": "along the",
        "explicitly, for": "for",
        "every lambda on": r"every $\lambda$ on",
        "every s with": r"every $s$ with",
        "every s from": r"every $s$ from",
        "the slope of sigma at 0 is not 0": r"$\sigma'(0)\ne0$",
        "lambda_a^2 < s mean sigma'(<w, x>)^2 |x|^2 for some w": (
            r"$\lambda_a^2<\frac sn\sum_i\sigma'(\langle w,x_i\rangle)^2\|x_i\|^2$ for some $w$"
        ),
        "s_0 = 4 (lambda_a - m_a)/A_e + m_a^2/A_a": (
            r"$s_0=\frac{4(\lambda_a-m_a)}{A_e}+\frac{m_a^2}{A_a}$"
        ),
        "m_a = min(lambda_a, 2 A_a/A_e)": r"$m_a=\min(\lambda_a,2A_a/A_e)$",
        "outer weights 1 and -1": "outer weights $1$ and $-1$",
    }
)
_RELATION = re.compile(r"\s*(>=|<=|>|<|=)\s*")
_MARKS: Mapping[str, str] = MappingProxyType(
    {">=": r"\ge ", "<=": r"\le ", ">": ">", "<": "<", "=": "="}
)
# What stands between the clauses of a sentence.
_BETWEEN = re.compile(
    r"(\$[^$]*\$|, |: | \((?=definition)|\b(?:and|once|with|every|for|on|the|least|instance)\b ?)"
)
_CONDITION = re.compile(r"\bV([1-4])\b")
_DIGITS = 4
# sigma(1) - 1/2 and (1/2)/sigma(1): labels and outer weights of an instance.
_AT_A_POINT = re.compile(
    r"(?P<over>(?:\d+|\(-?\d+(?:/\d+)?\))/)?"
    r"sigma\((?P<place>-?\d+(?:/\d+)?)\)(?: (?P<sign>[-+]) (?P<number>\d+(?:/\d+)?))?",
    re.ASCII,
)


def coq_sentence(text: str) -> Sentence:
    r"""A theorem of a record as a sentence with formulas.

    >>> coq_sentence("L >= M once r >= 1")
    (Formula(latex='L(W)\\ge M'), Text(content=' once '), Formula(latex='r\\ge 1'))
    """
    text = text.replace("$", "")
    for phrase, meaning in _PHRASES.items():
        text = text.replace(phrase, meaning)
    out: list[Text | Formula] = []
    for piece in _BETWEEN.split(text):
        clause = piece.strip()
        formula = clause[1:-1] if piece.startswith("$") else _chain(clause)
        if formula is None:
            out.append(Text(_CONDITION.sub(r"(V\1)", piece)))
            continue
        out += [
            Text(" " * piece.startswith(" ")),
            Formula(formula),
            Text(" " * piece.endswith(" ")),
        ]
    return _joined(out)


def _joined(parts: list[Text | Formula]) -> Sentence:
    """The same with neighbouring texts made one."""
    out: list[Text | Formula] = []
    for part in parts:
        if isinstance(part, Text) and out and isinstance(out[-1], Text):
            out[-1] = Text(out[-1].content + part.content)
        elif not isinstance(part, Text) or part.content:
            out.append(part)
    return tuple(out)


def _chain(text: str) -> str | None:
    """a > b or 0 <= a < b in LaTeX; None when there is no relation, or a part is not a formula."""
    pieces = _RELATION.split(text)
    if len(pieces) == 1:
        return None
    out = []
    for k, piece in enumerate(pieces):
        shown = _MARKS[piece] if k % 2 else _term(piece.strip())
        if shown is None:
            return None
        out.append(shown)
    return "".join(out)


def _numbers_first(root: Node) -> Node:
    """A product with its numbers multiplied: s for 1/4*s*2^2."""
    number, rest, waiting = Fraction(1), terms.ONE, [root]
    while waiting:
        node = waiting.pop()
        if node.op == "mul":
            waiting += reversed(node.args)
        elif node.op == "num":
            number *= node.rational
        else:
            rest = terms.mul(rest, node)
    return terms.mul(terms.num(number), rest)


def _term(text: str) -> str | None:
    if text in _SYMBOLS:
        return _SYMBOLS[text]
    if m := _AT_A_POINT.fullmatch(text):
        over, place, sign, number = m["over"] or "", m["place"], m["sign"] or "", m["number"] or ""
        return rf"{over}\sigma({place}){sign}{number}"
    if m := re.fullmatch(r"\((\d{9,40}) / (\d{1,40})\)", text):
        # An upper bound of a threshold.
        return numbers.latex(Fraction(int(m[1]), int(m[2])), 1, _DIGITS)
    products = re.sub(r"(?<=[\w)]) (?=[A-Za-z(])", "*", text)
    try:
        return latex(_numbers_first(read(products)))
    except (ParseError, ValueError, ZeroDivisionError):
        return None
