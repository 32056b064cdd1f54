"""Sentences and displays of an exposition as LaTeX."""

from __future__ import annotations

import re

from proofkit.exposition.model import Block, Formula, Text
from proofkit.render.display import display, slim
from proofkit.render.letters import breakable as words
from proofkit.render.letters import plain

LONGEST_IN_LINE = (
    100  # characters of LaTeX; a longer formula with brackets or fractions is displayed
)
# For bookmarks: commands become their names, sizes and thin spaces go.
_COMMAND = re.compile(r"\\(?:left|right|[,!;])|\\([A-Za-z]+)|[{}]")
_PUNCTUATION = re.compile(r"\s*([.,;:])(?=\s|\Z)")


def block_latex(parts: Block) -> str:
    """A block as LaTeX; the punctuation after a display is set in the display.

    >>> block_latex((Text("for every "), Formula("s>0")))
    'for every $s>0$'
    """
    out: list[str] = []
    after_display = False
    rest = list(parts)
    while rest:
        part = rest.pop(0)
        if isinstance(part, Text):
            said = words(part.content)
            out.append(said.lstrip() if after_display else said)
            after_display = False
            continue
        latex = part.latex
        if isinstance(part, Formula) and not _is_long(latex):
            out.append(f"${slim(latex)}$")
            after_display = False
            continue
        mark = ""
        if rest and isinstance(rest[0], Text) and (m := _PUNCTUATION.match(rest[0].content)):
            mark = m[1]
            rest[0] = Text(rest[0].content[m.end() :])
        out.append(f"{'' if after_display else chr(10)}{display(latex + mark)}\n")
        after_display = True
    return "".join(out).strip()


def heading_latex(parts: Block) -> str:
    """A title as LaTeX that may stand in a heading, with a plain version for the bookmarks of the
    PDF.
    """
    shown = "".join(
        f"${slim(part.latex)}$" if not isinstance(part, Text) else words(part.content)
        for part in parts
    )
    simple = "".join(
        plain(part.content)
        if isinstance(part, Text)
        else r"\textasciicircum{}".join(map(plain, _COMMAND.sub(r"\1", part.latex).split("^")))
        for part in parts
    )
    return shown if shown == simple else rf"\texorpdfstring{{{shown}}}{{{simple}}}"


def _is_long(latex: str) -> bool:
    return len(latex) > LONGEST_IN_LINE and any(mark in latex for mark in (r"\left", r"\frac"))
