"""Text for a terminal: lines of its width in which no word and no number is cut, colours, tables."""

from __future__ import annotations

import os
import re
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TextIO

from proofkit.exposition import numbers
from proofkit.exposition.model import Block
from proofkit.exposition.plain import formula, plain

PIPED = 100
WIDEST = 160
"""Columns of text, and of tables, that do not go to a terminal."""
NARROWEST = 40
WIDE = 56
"""From here on the lines after the first one of an entry stand beneath its text."""
DIGITS = 6
"""Significant digits of a number that is shown; ``--verbose`` and ``--json`` have them all."""
COLOURS = {"PROVED": 32, "REFUTED": 31, "UNKNOWN": 33}

_BREAKS = re.compile(r"(?<=[-+*/,=])(?=[^-+*/,=\d.>)])|(?<=[-+*/])(?=\d)|(?=\(\()")


def leads_to_terminal(stream: TextIO | None) -> bool:
    """True when a stream, standard output when left out, is there and leads to a terminal."""
    stream = sys.stdout if stream is None else stream
    return stream is not None and stream.isatty()


def terminal_columns(stream: TextIO | None = None, piped: int = PIPED) -> int:
    """The columns of the terminal that ``stream`` (standard output) leads to; $COLUMNS, else
    ``piped``, where it leads elsewhere.
    """
    fallback = (piped, 24)
    if not os.environ.get("COLUMNS") and not leads_to_terminal(stream):
        return piped
    return max(NARROWEST, shutil.get_terminal_size(fallback).columns)


def fitted(text: str, stream: TextIO | None = None) -> str:
    """The text with the lines that are too long for a terminal wrapped; as it is where it goes
    elsewhere.

    A line that begins with a label hangs from where the label's text begins.
    """
    if not leads_to_terminal(stream):
        return text
    columns = terminal_columns(stream)
    return "\n".join(part for line in text.split("\n") for part in hung(line, columns))


def hung(line: str, columns: int) -> list[str]:
    """A line as several of at most so many columns.

    >>> hung("  net   one two three four", 20)
    ['  net   one two', '        three four']
    """
    if len(line) <= columns:
        return [line]
    head = re.match(r" *(?:\S+(?: \S+)* {2,})?", line)
    start = head.group() if head is not None else ""
    if len(start) > columns // 2:
        start = start[: len(start) - len(start.lstrip(" "))]
    inner = len(start) if start.strip() else len(start) + 2
    return wrapped(line[len(start) :], columns, start, " " * inner)


def coloured(stream: TextIO | None = None) -> bool:
    """True for a terminal whose reader has not asked for plain text (NO_COLOR, TERM=dumb)."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return leads_to_terminal(stream) and not plain


def painted(text: str, shade: int | None, colour: bool) -> str:
    """The text in bold and in one of the eight colours of a terminal."""
    return f"\x1b[1;{shade}m{text}\x1b[0m" if colour and shade is not None else text


def _words(text: str, room: int) -> list[tuple[str, bool]]:
    """The words of a text, each with whether a space stands before it; a formula that is too long
    comes apart at its operators.
    """
    out: list[tuple[str, bool]] = []
    for word in text.split():
        pieces = [word] if len(word) <= room else _BREAKS.split(word)
        out += [(piece, k == 0) for k, piece in enumerate(pieces) if piece]
    return out


def wrapped(text: str, columns: int, first: str = "", rest: str = "") -> list[str]:
    """The text in lines of at most ``columns``, the first one after ``first``, the others after
    ``rest``.

    A word is never cut; a formula longer than a line is broken after an operator.

    >>> wrapped("never cut a word", 12, "a  ", "   ")
    ['a  never cut', '   a word']
    """
    lines, line, empty = list[str](), first, True
    for word, spaced in _words(text, columns - len(rest)):
        gap = " " if spaced and not empty else ""
        if not empty and len(line) + len(gap) + len(word) > columns:
            lines.append(line)
            line, gap = rest, ""
        line, empty = line + gap + word, False
    return [*lines, line.rstrip()]


def entry(label: str, text: str, columns: int, column: int = 12, indent: int = 2) -> list[str]:
    """A label and its text, which hangs from ``column``; beneath the label where a line is short.

    >>> entry("trained", "the inner weights W", 80)
    ['  trained     the inner weights W']
    """
    hang = " " * (indent + (column if columns >= WIDE else 2))
    # A combining accent takes no place of its own.
    accents = sum(unicodedata.combining(ch) > 0 for ch in label)
    head = " " * indent + label.ljust(column + accents)
    if len(label) - accents >= column:
        head = " " * indent + label + "  "
    return wrapped(text, columns, head, hang)


def paragraphs(block: Block, columns: int, indent: int = 0) -> list[str]:
    """Sentences with formulas in lines of the terminal; what is displayed stands further in.

    >>> from proofkit.exposition.model import Display, Text
    >>> paragraphs((Text("Then"), Display("L>0"), Text("for all W.")), 80)
    ['Then', '    L > 0', 'for all W.']
    """
    lines: list[str] = []
    for line in plain(block).splitlines():
        inner = len(line) - len(line.lstrip())
        first, rest = (" " * (indent + extra) for extra in (inner, inner + (4 if inner else 0)))
        lines += wrapped(line, columns, first, rest)
    return lines


# -- numbers ---------------------------------------------------------------------------------------


def number(q: Fraction, direction: int, digits: int = DIGITS) -> str:
    """q in ``digits`` significant digits, rounded down (-1) or up (1); itself where it has no more.

    >>> number(Fraction(1, 3), 1), number(Fraction(1, 3), -1), number(Fraction(5, 2), 1)
    ('0.333334', '0.333333', '2.5')
    """
    return formula(numbers.latex(q, direction, digits))


def interval(low: Fraction, high: Fraction, digits: int = DIGITS) -> str:
    """Where a number lies: its value where that is exact and short, else ends rounded outwards.

    >>> interval(Fraction(1), Fraction(1)), interval(Fraction(1, 3), Fraction(2, 3))
    ('= 1', '∈ [0.333333, 0.666667]')
    """
    relation, value = numbers.enclosure(low, high, digits)
    return f"{formula(relation).strip()} {formula(value)}"


# -- tables ----------------------------------------------------------------------------------------


def table(head: Sequence[str], rows: Iterable[Sequence[str]], columns: int) -> list[str]:
    """Rows under their head, words to the left and numbers to the right; a block for each row where
    a line is too short.

    >>> table(("name", "rows"), [("tanh", "12"), ("mish", "3")], 80)
    ['name  rows', 'tanh    12', 'mish     3']
    """
    body = [tuple(row) for row in rows]
    widths = [max(len(row[k]) for row in (tuple(head), *body)) for k in range(len(head))]
    if sum(widths) + 2 * (len(widths) - 1) <= columns:
        right = [
            bool(body) and all(not row[k] or row[k][:1] in "-+.0123456789" for row in body)
            for k in range(len(head))
        ]
        return [
            "  ".join(
                cell.rjust(size) if flush else cell.ljust(size)
                for cell, size, flush in zip(row, widths, right, strict=True)
            ).rstrip()
            for row in (tuple(head), *body)
        ]
    lines: list[str] = []
    label = max(map(len, head[1:]), default=0) + 2
    for row in body:
        lines += wrapped(row[0], columns, "", "  ")
        for name, cell in zip(head[1:], row[1:], strict=True):
            start = f"  {name:{label}}" if name else "  "
            lines += wrapped(cell, columns, start, " " * (label + 2)) if cell else []
    return lines
