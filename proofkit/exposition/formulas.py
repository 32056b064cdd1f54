"""Expression trees in LaTeX, with the symbols of ``symbols.SYMBOLS`` for named constants."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from proofkit.exposition.numbers import decimal, is_short_decimal, rational
from proofkit.exposition.symbols import SYMBOLS
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.derivative import NotDifferentiableError, derivative
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import Node

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
# Functions whose powers are written sin^2(z).
_RAISED = frozenset({"tanh", "sinh", "cosh", "sin", "cos"})
# What a product begins with that has a number or a sign in front.
_SIGNED = tuple("-0123456789")
# How strongly the parts of a formula hold together: a part weaker than its place is put in
# brackets.
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
    for node in terms.walk(root):
        out[node] = _node(node, out)
    return out[root][0]


def two_derivatives(root: Node) -> tuple[Node, Node] | None:
    """The first and the second derivative in z; None for a function with kinks.

    >>> first, second = two_derivatives(parse("z^3"))
    >>> latex(first), latex(second), two_derivatives(parse("Abs(z)"))
    ('3 z^2', '6 z', None)
    """
    try:
        first = derivative(root)
        return first, derivative(first)
    except (NotDifferentiableError, ArithmeticError):
        return None


def _node(node: Node, done: dict[Node, tuple[str, int]]) -> tuple[str, int]:
    def wrap(part: Node, level: int) -> str:
        text, own = done[part]
        return text if own >= level else rf"\left({text}\right)"

    op, a = node.op, node.args
    if op == "num":
        q = node.rational
        shown = decimal(q) if is_short_decimal(q) else rational(q)
        return shown, _ATOM if q >= 0 else _NEGATIVE
    if op == "name":
        name = str(node.value)
        return (SYMBOLS[name].latex if name in SYMBOLS else name), _ATOM
    if op in ("z", "pi"):
        return {"z": "z", "pi": r"\pi"}[op], _ATOM
    if op in ("add", "sub"):
        return _sum(node, wrap(a[0], _SUM), done), _SUM
    if op == "neg":
        return f"-{wrap(a[0], _PRODUCT)}", _NEGATIVE
    if op == "mul" and a[0].op == "num" and a[0].rational == -1:
        return f"-{wrap(a[1], _PRODUCT)}", _NEGATIVE
    if op == "div" and a[0].op == "neg":
        return rf"-\frac{{{done[a[0].args[0]][0]}}}{{{done[a[1]][0]}}}", _NEGATIVE
    if op == "mul":
        return _product(node, done)
    if op == "div":
        return _fraction(done[a[0]], done[a[1]][0])
    if op == "pow":
        return _power(node, done), _POWER
    if op == "Abs":
        return rf"\left|{done[a[0]][0]}\right|", _ATOM
    if op in ("Max", "Min"):
        return rf"\{op.lower()}\left({done[a[0]][0]},\,{done[a[1]][0]}\right)", _ATOM
    return rf"{_FUNCTIONS[op]}\left({done[a[0]][0]}\right)", _ATOM


def _sum(node: Node, left: str, done: dict[Node, tuple[str, int]]) -> str:
    """A sum or difference, with one sign between its terms: a-b for a+(-b), and a+b for a-(-b)."""
    right, level = done[node.args[1]]
    adds = node.op == "add"
    if level == _NEGATIVE:
        right, adds = right[1:], not adds
    if level < _NEGATIVE:
        right = rf"\left({right}\right)"
    return f"{left}{'+' if adds else '-'}{right}"


def _fraction(top: tuple[str, int], bottom: str) -> tuple[str, int]:
    """A fraction, with a minus sign of its numerator in front of it."""
    if top[1] == _NEGATIVE:
        return rf"-\frac{{{top[0][1:]}}}{{{bottom}}}", _NEGATIVE
    return rf"\frac{{{top[0]}}}{{{bottom}}}", _FRACTION


def _product(node: Node, done: dict[Node, tuple[str, int]]) -> tuple[str, int]:
    """Factors side by side, a number and a minus sign first; a dot where two numerals would read as
    one.
    """
    first, second = node.args
    if second.op == "num" and first.op != "num" and not done[first][0].startswith(_SIGNED):
        first, second = second, first
    left, level = done[first]
    right = _closed(done[second])
    if level == _NEGATIVE:
        magnitude = left[1:]
        shown = right if magnitude == "1" else _side_by_side(magnitude, right, first.op == "num")
        return f"-{shown}", _NEGATIVE
    return _side_by_side(_closed((left, level)), right, first.op == "num"), _PRODUCT


def _closed(part: tuple[str, int]) -> str:
    """A factor, in brackets where it is a sum or has a sign."""
    text, level = part
    return text if level >= _PRODUCT else rf"\left({text}\right)"


def _side_by_side(left: str, right: str, is_number: bool) -> str:
    if right[:1].isdigit() or right.startswith(r"\tfrac"):
        return rf"{left}\cdot{right}"
    if is_number:
        return f"{left}{right}" if right.startswith("\\") else f"{left} {right}"
    return rf"{left}\,{right}"


def _power(node: Node, done: dict[Node, tuple[str, int]]) -> str:
    base, exponent = node.args[0], node.rational
    text, level = done[base]
    if exponent == Fraction(1, 2):
        return rf"\sqrt{{{text}}}"
    shown = str(exponent) if len(str(exponent)) == 1 else f"{{{exponent}}}"
    if base.op in _RAISED and exponent > 0 and exponent.denominator == 1:
        return rf"{_FUNCTIONS[base.op]}^{shown}{text.removeprefix(_FUNCTIONS[base.op])}"
    if (
        level < _ATOM
        or text.startswith(r"\tfrac")
        or base.op not in ("name", "num", "z", "pi", "Abs")
    ):
        return rf"\left({text}\right)^{shown}"
    return f"{text}^{shown}"
