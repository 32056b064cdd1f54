"""Sentences as they are written in this package: words with $formulas$ and $$displays$$."""

from __future__ import annotations

import re
from functools import lru_cache

from proofkit.exposition.model import Block, Display, Formula, Sentence, Text

_PART = re.compile(r"\$\$(?P<display>[^$]+)\$\$|\$(?P<formula>[^$]+)\$|(?P<text>[^$]+)|(?P<odd>\$)")


@lru_cache(maxsize=4096)
def block(marked: str) -> Block:
    """The parts of a text in this package's own markup; ValueError when a dollar sign has no
    partner.

    Only for text written in this package: what comes from a file is a ``Text`` of its own.

    >>> block("for every $s>0$")
    (Text(content='for every '), Formula(latex='s>0'))
    """
    out: list[Text | Formula | Display] = []
    for part in _PART.finditer(marked):
        display, formula, text = part.group("display", "formula", "text")
        if part.group("odd"):
            raise ValueError(f"a dollar sign without a partner in {marked!r}")
        if display is not None:
            out.append(Display(display.strip()))
        elif formula is not None:
            out.append(Formula(formula))
        else:
            out.append(Text(text))
    return tuple(out)


def sentence(marked: str) -> Sentence:
    """The same for a text without displays."""
    parts = block(marked)
    if any(isinstance(part, Display) for part in parts):
        raise ValueError(f"a display in a sentence: {marked!r}")
    return tuple(part for part in parts if not isinstance(part, Display))


def formulas(parts: Block) -> tuple[str, ...]:
    """The LaTeX of all formulas and displays."""
    return tuple(part.latex for part in parts if not isinstance(part, Text))
