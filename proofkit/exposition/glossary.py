"""The letters of the proofs in plain text: the glossary of the README."""

from __future__ import annotations

import unicodedata

from proofkit.exposition.plain import formula, plain
from proofkit.exposition.symbols import PATTERNS, SYMBOLS, Symbol
from proofkit.kernel.symbols import MAX_LAYERS, OF_LAYERS


def glossary() -> str:
    """Every constant on a line: its letter, its name in certificates, what it is; those of layers
    once, of layer k.

    >>> [line for line in glossary().splitlines() if line.startswith("M_1")]
    ["M_1       M1               sup |σ'|, the steepest slope of the activation"]
    """
    rows = [("letter", "in certificates", "what it is")] + [
        (formula(s.latex), name, plain(s.meaning)) for name, s in _once().items()
    ]
    widths = [max(_columns(row[column]) for row in rows) for column in (0, 1)]
    return "\n".join(
        "  ".join(
            [*(c + " " * (w - _columns(c)) for c, w in zip(row, widths, strict=False)), row[2]]
        )
        for row in rows
    )


def _once() -> dict[str, Symbol]:
    """The constants, those of layers as patterns."""
    numbered = {pattern.format(k=k) for pattern in OF_LAYERS for k in range(1, MAX_LAYERS + 1)}
    alone = {name: symbol for name, symbol in SYMBOLS.items() if name not in numbered}
    return {**alone, **PATTERNS}


def _columns(text: str) -> int:
    """What a text takes of a line: a bar above a letter takes nothing."""
    return sum(not unicodedata.combining(c) for c in text)
