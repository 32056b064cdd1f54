"""Outer weights: one number per line, or several separated by commas, semicolons, tabs or blanks;
or an NPZ archive.
"""

from __future__ import annotations

import hashlib
import re
from fractions import Fraction
from pathlib import Path

from proofkit.errors import InputError
from proofkit.reading.files import MAX_WEIGHTS, decode, read_bytes
from proofkit.reading.npz import read_weights
from proofkit.reading.numbers import exact_number

MAX_WIDTH = 10**7


def outer_weights(path: Path, decimal: str | None = None) -> tuple[list[Fraction], str]:
    """The weights and the SHA-256 of their file; InputError names the entry that is not a number.

    A comma between digits, without a blank beside it, may be a decimal comma: "0,5" on a line of
    its own could be one weight or two.  Such a file is refused unless ``decimal`` says which it is.
    """
    raw = read_bytes(path, "outer-weight", MAX_WEIGHTS)
    if raw[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return read_weights(path)
    text = decode(raw, path, "outer-weight")
    if "\0" in text:
        raise InputError(f"the outer-weight file {path} is not text")
    if decimal == "," and "," not in text:
        decimal = "."  # no number has a comma, so the mark of the data does not matter here
    lines = re.split(r"\r\n|\r|\n", text)
    entries: list[tuple[int, str]] = []
    separators = r"[\s;]+" if decimal == "," else r"[\s,;]+"
    for number, line in enumerate(lines, 1):
        if line.startswith("#"):
            continue
        if decimal is None and (found := _ambiguous(line)):
            raise InputError(
                f"the outer-weight file {path}, line {number}: {found} may be one number "
                f"with a decimal comma or two; "
                "write 0.5 for a half, a blank after a comma that separates, or give "
                "--decimal comma or --decimal point"
            )
        entries += [(number, c) for c in re.split(separators, line.strip()) if c]
    weights = [
        exact_number(c, f"the outer-weight file {path}, line {number}, entry {i}", decimal or ".")
        for i, (number, c) in enumerate(entries, 1)
    ]
    if not weights:
        raise InputError(f"the outer-weight file {path} is empty")
    if len(weights) > MAX_WIDTH:
        raise InputError(
            f"the outer-weight file {path} has more than {MAX_WIDTH} weights, the most that "
            f"are read"
        )
    return weights, hashlib.sha256(raw).hexdigest()


def _ambiguous(line: str) -> str:
    """A cell such as 0,5 that could be one number or two, quoted; '' where every comma separates
    for certain.

    It separates for certain when one of the numbers has a point or the second a sign, or when there
    are three.
    """
    for cell in re.split(r"[\s;]+", line.strip()):
        if re.fullmatch(r"[+-]?\d*,\d+([eE][+-]?\d+)?", cell, re.ASCII):
            return ascii(cell[:30])
    return ""
