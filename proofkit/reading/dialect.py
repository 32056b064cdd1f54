"""How a text file separates its cells and writes its numbers: said by the user, or detected where
that is unambiguous.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from proofkit.errors import InputError

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
DECIMALS = {"point": ".", "comma": ","}
DETECTED = (",", ";", "\t")
_WORDS = {value: key for key, value in DELIMITERS.items()}

_NUMBER_WITH_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?\Z", re.ASCII)
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+\Z", re.ASCII)
_WITH_POINT = re.compile(r"[+-]?(\d+\.\d*|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)


@dataclass(frozen=True)
class Dialect:
    """The delimiter of cells and the decimal mark; None where they are to be detected."""

    delimiter: str | None = None
    decimal: str | None = None

    @classmethod
    def of(cls, delimiter: str | None = None, decimal: str | None = None) -> Dialect:
        """From the words of an option: comma, semicolon, tab or pipe; point or comma; or the
        character itself.

        >>> Dialect.of("semicolon", "comma")
        Dialect(delimiter=';', decimal=',')
        >>> Dialect.of(":")
        Traceback (most recent call last):
        proofkit.errors.InputError: --delimiter is ':'; use one of comma, semicolon, tab, pipe
        """
        return cls(
            _choice("--delimiter", delimiter, {**DELIMITERS, "\\t": "\t"}),
            _choice("--decimal", decimal, DECIMALS),
        )


DETECT = Dialect()


def _choice(option: str, given: str | None, words: dict[str, str]) -> str | None:
    if given is None or given in words.values():
        return given
    if given.lower() in words:
        return words[given.lower()]
    names = ", ".join(name for name in words if name.isalpha())
    raise InputError(f"{option} is {given[:40]!a}; use one of {names}")


def detect_delimiter(header: str, path: Path) -> str:
    """The one of comma, semicolon and tab that stands outside quotes in the header line.

    A header with none is a single cell.  InputError when there are several, since each would give
    other columns.
    """
    plain = re.sub(r'"[^"]*"?', "", header)
    found = [c for c in DETECTED if c in plain]
    if len(found) > 1:
        names = " and ".join(_WORDS[c] for c in found)
        raise InputError(
            f"the header of the data file {path} holds {names}: give --delimiter "
            f"{_WORDS[found[0]]} or --delimiter {_WORDS[found[1]]}"
        )
    return found[0] if found else ","


def detect_decimal(rows: Iterable[tuple[int, Sequence[str]]], path: Path) -> str:
    """The decimal mark of the first rows: the comma only where a cell such as 0,5 cannot be
    anything else.

    InputError when numbers are written with both, or with commas that could separate thousands.
    """
    comma, grouped, point = 0, 0, 0
    for number, cells in rows:
        for cell in map(str.strip, cells):
            if "," in cell and _NUMBER_WITH_COMMA.match(cell):
                if _GROUPED.match(cell):
                    grouped = grouped or number
                else:
                    comma = comma or number
            elif "," in cell and _GROUPED.match(cell):
                grouped = grouped or number
            elif "." in cell and _WITH_POINT.match(cell):
                point = point or number
    if comma and point:
        raise InputError(
            f"the data file {path} has a decimal comma in row {comma} and a decimal point in "
            f"row {point}; write all numbers in one way"
        )
    if grouped and not comma:
        raise InputError(
            f"the data file {path}, row {grouped} has a comma that may be a decimal comma or "
            f"separate thousands; give --decimal comma, or write digits without separators"
        )
    return "," if comma else "."
