"""Expression trees in LaTeX, with the symbols of ``symbols.SYMBOLS`` for named constants."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from proofkit.activation import ast
from proofkit.activation.ast import Node
from proofkit.activation.parser import parse
from proofkit.exposition.numbers import rational
from proofkit.exposition.symbols import SYMBOLS

_FUNCTIONS = {
    "exp": r"\exp",
    "log": r"\log",
    "tanh": r"\tanh",
    "sinh": r"\sinh",
    "cosh": r"\cosh",
    "sin": r"\sin",
    "cos": r"\cos",
    "atan": r"\arctan",
    "asinh": r"\operatorname{arsinh}",
    "erf": r"\operatorname{erf}",
    "erfc": r"\operatorname{erfc}",
}
# How strongly the parts of a formula hold together: a part weaker than its place is put in brackets.
_SUM, _NEGATIVE, _PRODUCT, _FRACTION, _POWER, _ATOM = 1, 2, 3, 4, 5, 9


def read(text: str) -> Node:
    """The tree of a certificate's formula, for instance ``rho*M1*a_2*sqrt(Lambda_S)``.

    Raises ParseError for text outside the grammar.
    """
    return parse(text.replace("max(", "Max(").replace("min(", "Min("), frozenset(SYMBOLS) | {"r"})


@lru_cache(maxsize=4096)
def latex(root: Node) -> str:
    """The tree as a formula on one line.

    >>> latex(read("G1^2/(4*lambda)"))
    '\\\\frac{G_1^2}{4\\\\lambda}'
    """
    out: dict[Node, tuple[str, int]] = {}
    for node in ast.walk(root):
        out[node] = _node(node, out)
    return out[root][0]


def _node(node: Node, done: dict[Node, tuple[str, int]]) -> tuple[str, int]:
    def wrap(part: Node, level: int) -> str:
        text, own = done[part]
        return text if own >= level else rf"\left({text}\right)"

    op, a = node.op, node.args
    if op == "num":
        return rational(node.rational), _ATOM if node.rational >= 0 else _NEGATIVE
    if op == "name":
        name = str(node.value)
        return (SYMBOLS[name].latex if name in SYMBOLS else name), _ATOM
    if op in ("z", "pi"):
        return {"z": "z", "pi": r"\pi"}[op], _ATOM
    if op == "add":
        return f"{wrap(a[0], _SUM)}+{wrap(a[1], _NEGATIVE)}", _SUM
    if op == "sub":
        return f"{wrap(a[0], _SUM)}-{wrap(a[1], _PRODUCT)}", _SUM
    if op == "neg":
        return f"-{wrap(a[0], _PRODUCT)}", _NEGATIVE
    if op == "mul" and a[0].op == "num" and a[0].rational == -1:
        return f"-{wrap(a[1], _PRODUCT)}", _NEGATIVE
    if op == "div" and a[0].op == "neg":
        return rf"-\frac{{{done[a[0].args[0]][0]}}}{{{done[a[1]][0]}}}", _NEGATIVE
    if op == "mul":
        return _product(node, wrap(a[0], _PRODUCT), wrap(a[1], _PRODUCT)), _PRODUCT
    if op == "div":
        return rf"\frac{{{done[a[0]][0]}}}{{{done[a[1]][0]}}}", _FRACTION
    if op == "pow":
        return _power(node, done), _POWER
    if op == "Abs":
        return rf"\left|{done[a[0]][0]}\right|", _ATOM
    if op in ("Max", "Min"):
        return rf"\{op.lower()}\left({done[a[0]][0]},\,{done[a[1]][0]}\right)", _ATOM
    return rf"{_FUNCTIONS[op]}\left({done[a[0]][0]}\right)", _ATOM


def _product(node: Node, left: str, right: str) -> str:
    """Factors side by side; a dot where two numerals would read as one."""
    if right[:1].isdigit() or right.startswith(r"\tfrac"):
        return rf"{left}\cdot{right}"
    if node.args[0].op == "num":
        return f"{left}{right}" if right.startswith("\\") else f"{left} {right}"
    return rf"{left}\,{right}"


def _power(node: Node, done: dict[Node, tuple[str, int]]) -> str:
    base, exponent = node.args[0], node.rational
    text, level = done[base]
    if exponent == Fraction(1, 2):
        return rf"\sqrt{{{text}}}"
    shown = str(exponent) if len(str(exponent)) == 1 else f"{{{exponent}}}"
    if level < _ATOM or base.op not in ("name", "num", "z", "pi", "Abs"):
        return rf"\left({text}\right)^{shown}"
    return f"{text}^{shown}"
