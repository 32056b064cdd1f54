"""CSV text, one record at a time: the meaning of a data file, which anything faster is compared
with.

Blank lines and lines that begin with ``#`` are passed over; a row's number is that
of the line of the file on which it begins.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from proofkit.errors import InputError
from proofkit.reading.dialect import DETECT, Dialect, detect_decimal, detect_delimiter
from proofkit.reading.files import open_regular, refuse_utf_16
from proofkit.reading.numbers import exact_number, plain_number, shown

MAX_LINE = 2**24  # characters of one line
SNIFFED_ROWS = 1000  # among which the decimal mark is looked for
_HEADERLESS = re.compile(
    r"\s*([+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?(/\d+)?|[+-]?nan|[+-]?inf(inity)?|na|)\s*\Z",
    re.ASCII | re.IGNORECASE,
)
_INDEX = re.compile(r"Unnamed: 0(\.\d+)?\Z")


@dataclass(frozen=True)
class Layout:
    """Where the features and the target stand, and what was left out; ``places`` index the cells of
    a row.

    ``start`` and ``line`` are the byte and the line after the header, ``width`` the cells of a row.
    """

    path: Path
    features: tuple[str, ...]
    target: str
    places: tuple[int, ...]
    names: tuple[str, ...]
    delimiter: str
    decimal: str
    notes: tuple[str, ...] = ()
    start: int = 0
    line: int = 0

    @property
    def width(self) -> int:
        """How many cells a row has."""
        return len(self.names)

    def where(self, row: int, column: str) -> str:
        """The name of a cell for a reader."""
        return f"the data file {self.path}, row {row}, column {shown(column)}"

    def values(self, row: int, cells: Sequence[str]) -> list[Fraction]:
        """The features and then the target of a record; InputError that names row and column."""
        if len(cells) != self.width:
            raise ragged(self, row, cells)
        if self.decimal != ".":
            return [self._value(row, at, cells[at]) for at in self.places]
        values = []
        for at in self.places:
            value = plain_number(cells[at])
            values.append(self._value(row, at, cells[at]) if value is None else value)
        return values

    def _value(self, row: int, at: int, cell: str) -> Fraction:
        return exact_number(cell, self.where(row, self.names[at]), self.decimal)


def ragged(layout: Layout, row: int, cells: Sequence[str]) -> InputError:
    """The error for a row that is shorter or longer than the header."""
    have, want = len(cells), layout.width
    hint = ""
    if have == want + 1 and not cells[-1].strip():
        hint = "; it ends with a delimiter, remove that"
    elif have > want and layout.delimiter == ",":
        hint = "; write decimals with a point, or separate cells with semicolons"
    elif have == want + 1:
        hint = "; give every column a name"
    return InputError(
        f"the data file {layout.path}, row {row} has {have} cells where the header has {want}{hint}"
    )


class _Lines:
    """Physical lines for csv.reader, which asks for them as it needs them; comments between records
    are passed over.
    """

    def __init__(self, file: TextIO, path: Path, line: int = 0) -> None:
        self.file, self.path = file, path
        self.number, self.size = line, 0
        self.first = 0  # the line on which the present record begins; 0 before it has begun
        self.text = ""

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        while True:
            try:
                line = self.file.readline(MAX_LINE)
            except UnicodeDecodeError:
                raise InputError(
                    f"the data file {self.path} is not UTF-8 text; save it as CSV in UTF-8"
                ) from None
            if not line:
                raise StopIteration
            if len(line) == MAX_LINE:
                raise InputError(
                    f"the data file {self.path}, row {self.number + 1} has more than "
                    f"{MAX_LINE} characters; write one row a line"
                )
            self.number += 1
            self.size += len(line.encode())
            if "\0" in line:
                raise InputError(
                    f"the data file {self.path}, row {self.number} holds a NUL character; "
                    f"save it as UTF-8 text"
                )
            if not self.first:
                if line[0] == "#":
                    continue
                self.first = self.number
            self.text = line
            return line


def _records(lines: _Lines, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The line on which each record begins, and its cells; blank lines are passed over."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.first = 0
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise InputError(
                f"the data file {lines.path}, row {lines.first or lines.number} is not valid "
                f"CSV ({error})"
            ) from None
        if cells is None:
            return
        if cells and not (len(cells) == 1 and not cells[0].strip()):
            yield lines.first, cells


def _text(file: BinaryIO) -> io.TextIOWrapper:
    return io.TextIOWrapper(file, encoding="utf-8", newline="")


def _first_record(lines: _Lines) -> str:
    """The text of the header: the first line that is not blank, and those on which a quoted name
    goes on.
    """
    text = ""
    for line in lines:
        text += line
        if text.strip() and text.count('"') % 2 == 0:
            break
        if not text.strip():
            text, lines.first = "", 0
    return text


def layout_of(path: Path, target: str, dialect: Dialect = DETECT) -> Layout:
    """Read the header and look at the first rows; InputError for a header that cannot be one.

    A first column without a name (an index that pandas or R wrote) is left out, and a note says so.
    """
    with open_regular(path, "data") as file:
        mark = file.read(4)
        refuse_utf_16(mark, path, "data")
        skipped = 3 if mark[:3] == b"\xef\xbb\xbf" else 0
        text = _text(file)
        text.seek(skipped)
        first = _first_record(_Lines(text, path))
        if re.fullmatch(r"sep=.?\s*", first, re.IGNORECASE):
            raise InputError(
                f"the data file {path} begins with the line {shown(first.strip())}, which is "
                f"for Excel alone; remove that line"
            )
        delimiter = dialect.delimiter or detect_delimiter(first, path)
        text.seek(skipped)
        lines = _Lines(text, path)
        records = _records(lines, delimiter)
        header = next(records, None)
        if header is None:
            raise InputError(f"the data file {path} is empty")
        start, line = skipped + lines.size, lines.number
        raw = header[1]
        names = [name.strip() for name in raw]
        if all(_HEADERLESS.match(name) for name in names):
            raise InputError(
                f"the data file {path} has no header: its row {header[0]} is all numbers; "
                f"add a line with the names of the columns"
            )
        if len(names) == 1 and names[0] != target:
            raise InputError(
                f"the header of the data file {path} is the single cell {shown(names[0])}; "
                f"separate columns by comma, semicolon, tab or pipe, and say which with "
                f"--delimiter"
            )
        left_out, notes = left_out_columns(path, names, target)
        features, places = order_columns(path, names, target, left_out)
        decimal = dialect.decimal
        if decimal is None:
            head = (
                (row, [cells[at] for at in places if at < len(cells)])
                for row, cells in islice(records, SNIFFED_ROWS)
            )
            decimal = detect_decimal(head, path)
    return Layout(
        path, features, target, places, tuple(names), delimiter, decimal, notes, start, line
    )


def left_out_columns(
    path: Path, names: Sequence[str], target: str
) -> tuple[frozenset[int], tuple[str, ...]]:
    """The places of index columns, which hold no feature, and a note for each; InputError for other
    columns without a name.
    """
    left_out, notes = set[int](), []
    for at, name in enumerate(names):
        if at == 0 and len(names) > 1 and (not name or _INDEX.match(name)) and name != target:
            left_out.add(at)
            called = f"is called {name}" if name else "has no name"
            notes.append(f"column 1 of {path.name} {called} and is left out, as an index")
        elif not name:
            end = at == len(names) - 1
            hint = "remove the delimiter at the end of the lines" if end else "name it"
            raise InputError(f"column {at + 1} of the data file {path} has no name; {hint}")
    return frozenset(left_out), tuple(notes)


def order_columns(
    path: Path, names: Sequence[str], target: str, left_out: frozenset[int] = frozenset()
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The features, and their places with the target's last; InputError for columns that are
    missing or named twice.
    """
    if len(set(names)) != len(names):
        twice = next(h for h in names if names.count(h) > 1)
        raise InputError(f"the data file {path} has two columns called {shown(twice)}; rename one")
    if target not in names:
        raise unknown_column(path, target, names)
    features = tuple(name for at, name in enumerate(names) if at not in left_out and name != target)
    if not features:
        raise InputError(
            f"the data file {path} has no feature column beside the target {shown(target)}"
        )
    return features, tuple(names.index(name) for name in (*features, target))


def unknown_column(path: Path, target: str, names: Sequence[str]) -> InputError:
    """The error for a target that is not there, with the nearest name."""
    import difflib

    near = difflib.get_close_matches(target, names, 1)
    hint = (
        f"did you mean {shown(near[0])}?"
        if near
        else f"it has {', '.join(shown(h) for h in names[:12])}"
    )
    return InputError(f"the data file {path} has no column {shown(target)}; {hint}")


def rows_from(layout: Layout, file: BinaryIO, line: int) -> Iterator[tuple[int, list[Fraction]]]:
    """Row numbers and exact values (features, then the target) of the rest of a file that stands
    after line ``line``.
    """
    for row, cells in _records(_Lines(_text(file), layout.path, line), layout.delimiter):
        yield row, layout.values(row, cells)


def rows_with_words(
    layout: Layout, file: BinaryIO, line: int
) -> Iterator[tuple[int, list[Fraction], str]]:
    """Row numbers, the features, and the target as it is written, of the rest of a file; a target
    that is empty is refused.
    """
    features, (last,) = replace(layout, places=layout.places[:-1]), layout.places[-1:]
    for row, cells in _records(_Lines(_text(file), layout.path, line), layout.delimiter):
        values = features.values(row, cells)
        word = cells[last].strip()
        if not word:
            raise InputError(
                f"{layout.where(row, layout.target)} is an empty cell; remove or impute that row"
            )
        yield row, values, word


class Hashed(io.RawIOBase):
    """A binary file whose bytes go into a SHA-256 as they are read, once and in order."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file, self._sha256 = file, hashlib.sha256()
        self.done = 0

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer with what comes next."""
        block = self._file.read(len(buffer))
        self._sha256.update(block)
        self.done += len(block)
        buffer[: len(block)] = block
        return len(block)

    def hexdigest(self) -> str:
        """The digest of what was read so far."""
        return self._sha256.hexdigest()
