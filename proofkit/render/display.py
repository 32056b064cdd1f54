"""Displays that TeX breaks itself: where a formula may be broken is marked here, whether it is
broken is decided by the column.

A formula is written once, in plain LaTeX.  ``breakable`` rewrites it with the macros of
``macros.tex.j2``: ``\\pkbreak`` before relations and binary operators, ``\\pkgroup``,
``\\pkfrac`` and ``\\pksqrt`` for what can be opened or written on one line.  While it
typesets, TeX measures the formula: where it fits, these are the ordinary ``\\left( \\right)``,
``\\frac`` and ``\\sqrt``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(r"\\[A-Za-z]+ ?|\\.|\d+|.", re.DOTALL)
_RELATIONS = frozenset({"=", "<", ">", r"\ge", r"\le", r"\in", r"\to", r"\sim", r"\approx", r"\ne"})
_OPERATORS = frozenset({"+", "-", r"\cdot", r"\pm", r"\times"})
_BARS = frozenset({"|", r"\|"})
_OPENING = frozenset({"(", "[", r"\{", r"\langle"})
_CLOSING = frozenset({")", "]", r"\}", r"\rangle"})
_TALL = frozenset({r"\left", r"\frac", r"\sqrt", r"\exp", r"\log", r"\max", r"\min"})
# \left( ... \right) without fractions, roots, powers and groups in it.
_LOW_GROUP = re.compile(
    r"\\left\(((?:[^\\^{}]|\\(?!left|right|frac|tfrac|sqrt|sum|int)(?:[A-Za-z]++|.))*+)\\right\)"
)
_SHORT = 40  # characters of LaTeX in parentheses that no line ends in
_LONG = 18  # digits of a whole number that may be broken
_GROUP = 6


def display(*pieces: str) -> str:
    """A display without a number, from pieces of plain LaTeX between which it may be broken.

    >>> display("a=", "b+c")
    '\\\\pkdisplay{a\\\\pkbreak=\\\\pkbreak b\\\\pkbreak+c}'
    """
    body = r"\pkbreak ".join(breakable(piece) for piece in pieces if piece)
    return rf"\pkdisplay{{{body}}}"


def breakable(text: str) -> str:
    """Plain LaTeX mathematics with the places marked at which a line may end.

    >>> breakable(r"\\frac{a + b}{c}")
    '\\\\pkfrac{a \\\\pkbreak+ b}{c}'
    """
    return _Reader(slim(text)).formula(until=None)


def slim(text: str) -> str:
    """The same with parentheses that do not grow around what is no taller than a line.

    >>> slim(r"\\log\\left(1+\\exp\\left(z\\right)\\right)")
    '\\\\log(1+\\\\exp(z))'
    """

    def low(group: re.Match[str]) -> str:
        return f"({group[1]})" if len(group[1]) <= _SHORT else group[0]

    while (slimmer := _LOW_GROUP.sub(low, text)) != text:
        text = slimmer
    return text


class _Reader:
    """One pass over the tokens of a formula."""

    def __init__(self, text: str) -> None:
        self._tokens: Iterator[str] = (m.group() for m in _TOKEN.finditer(text))
        self._kept: list[str] = []

    def _next(self) -> str | None:
        return self._kept.pop() if self._kept else next(self._tokens, None)

    def _peek(self) -> str:
        piece = self._next()
        if piece is None:
            return ""
        self._kept.append(piece)
        return piece

    def formula(self, until: str | None) -> str:
        r"""Everything up to ``until`` (\right, a brace or the end of the text), with marks."""
        out: list[str] = []
        before = ""  # the last piece that is not a space
        depth = 0  # of parentheses that do not grow
        bars: set[str] = set()  # | and \\| that are open
        while (piece := self._next()) is not None:
            name = piece.strip()
            if name == until:
                break
            if name in ("^", "_"):
                out.append(name + self._argument())
            elif name == r"\left":
                out.append(self._group())
            elif name in (r"\frac", r"\sqrt") and self._peek() == "{":
                count = 2 if name == r"\frac" else 1
                out.append(rf"\pk{name[1:]}{''.join(self._marked() for _ in range(count))}")
            elif name == r"\tfrac" and self._peek() == "{":
                out.append(self._small_fraction())
            elif name == "{":
                out.append(self._whole())
            elif name == "," and until == r"\right" and not depth:
                out.append(r",\pkbreak ")
            elif name == r"\," and self._between_factors(before):
                out.append(r"\pktimes ")
            elif name in (r"\qquad", r"\quad") and not depth:
                out.append(rf"\pkpart{piece.strip()} ")
            elif name in _RELATIONS or (name in _OPERATORS and self._binary(before)):
                out.append(rf"\pkbreak{'in' * (depth > 0 or bool(bars))}{piece}")
            elif name.isdigit() and len(name) > _LONG:
                out.append(
                    r"\pkbreak ".join(name[k : k + _GROUP] for k in range(0, len(name), _GROUP))
                )
            else:
                out.append(piece)
            if name in _BARS:
                bars ^= {name}
            depth = max(0, depth + (name in _OPENING) - (name in _CLOSING))
            if name:
                before = r"\right" if name in (r"\left", r"\frac", r"\sqrt") else name
        return "".join(out)

    def _between_factors(self, before: str) -> bool:
        """Whether a thin space stands between two factors of which one is large."""
        return before != "," and (before == r"\right" or self._peek().strip() in _TALL)

    @staticmethod
    def _binary(before: str) -> bool:
        """Whether a sign after ``before`` stands between two terms."""
        return bool(before) and before not in _OPENING | _RELATIONS | _OPERATORS | {","}

    def _group(self) -> str:
        r"""The rest of \left( ... \right) as \pkgroup."""
        opening = (self._next() or "").strip()
        inner = self.formula(r"\right")
        closing = (self._next() or "").strip()
        return rf"\pkgroup{{{opening}}}{{{closing}}}{{{inner}}}"

    def _marked(self) -> str:
        """The next argument of a command, in braces, with marks; TeX takes a single character
        without braces.
        """
        piece = self._next() or ""
        while piece.isspace():
            piece = self._next() or ""
        if piece == "{":
            return f"{{{self.formula('}')}}}"
        if piece.isdigit() and len(piece) > 1:
            self._kept.append(piece[1:])
            piece = piece[0]
        return f"{{{piece}}}"

    def _small_fraction(self) -> str:
        """A fraction of numbers: small where they are short."""
        top, bottom = self._marked(), self._marked()
        return rf"\{'pkfrac' if max(map(len, (top, bottom))) > _LONG else 'tfrac'}{top}{bottom}"

    def _argument(self) -> str:
        """The argument of a sub- or superscript, as it is: no line ends there."""
        piece = self._next() or ""
        return self._whole() if piece == "{" else piece

    def _whole(self) -> str:
        """The rest of a group in braces, as it is."""
        out, depth = ["{"], 1
        while depth and (piece := self._next()) is not None:
            depth += (piece == "{") - (piece == "}")
            out.append(piece)
        return "".join(out)
