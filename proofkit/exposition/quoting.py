"""Words of a certificate or a theorem file as text and formulas."""

from __future__ import annotations

import re

from proofkit.exposition.model import Formula, Sentence, Text
from proofkit.prose import runs

# A negative whole number among words; its sign is no hyphen.
_NEGATIVE = re.compile(r"(?<![\w.)\]-])(-\d{1,9})(?![\w/]|\.\d)")


def quoted(text: str) -> Sentence:
    """Words of a certificate or theorem file, with the mathematics that they hold as formulas."""
    out: list[Text | Formula] = []
    for run in runs(text):
        if run.math:
            out.append(Formula(run.content))
            continue
        for k, piece in enumerate(_NEGATIVE.split(run.content)):
            if piece:
                out.append(Formula(piece) if k % 2 else Text(piece))
    return tuple(out)
