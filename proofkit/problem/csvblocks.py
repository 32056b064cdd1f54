"""CSV text to blocks of integers, many cells at a time and without loss.

A cell in the plain form, sign, digits, point, digits, is read here: its digits in
words of eight, on 64-bit integers, within bounds under which nothing wraps.  Every
other cell goes through ``exact_number``, and every line that is not a plain row of
the right length (and, from the first quotation mark or lone carriage return on,
the rest of the file) goes through the reader of records, ``reading.csvfile``.
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from itertools import islice
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from proofkit.problem.blocks import MANTISSA_BITS, ROWS, Block, block_of, row_parts
from proofkit.reading.csvfile import Hashed, Layout, rows_from

PIECE = 1 << 22  # bytes
AHEAD = 4  # pieces in memory
MAX_BLANKS = 8  # before a number
PAD = 32  # bytes of "0" before a piece, so that words may begin before its first cell
WHOLE_WORDS, PART_WORDS = 2, 3  # digits before the point: 16; after it: 24
_ZEROS = np.uint64(0x3030303030303030)
_BEYOND_NINE = np.uint64(0x7676767676767676)  # 9 + 0x76 = 0x7f, 10 + 0x76 = 0x80
_HIGH = np.uint64(0x8080808080808080)
_TEN = np.array([10**k for k in range(19)], dtype=np.int64)
# I 10^f + F < (I + 1) 10^f <= 2^62 for a fraction F of f digits and I below this.
_ROOM = np.array(
    [(1 << MANTISSA_BITS) // 10 ** min(f, 18) if f <= 18 else 1 for f in range(8 * PART_WORDS + 1)],
    dtype=np.int64,
)


def csv_blocks(
    layout: Layout, hashed: Hashed, tell: Callable[[int], None] = lambda done: None
) -> Iterator[Block]:
    """The blocks of an open file, in order; ``tell`` gets the bytes done.

    Two threads read pieces, a few ahead of what was taken.
    """
    reader = io.BufferedReader(hashed, PIECE)
    reader.read(layout.start)
    waiting: deque[tuple[int, Future[list[Block]]]] = deque()
    line, left = layout.line, b""
    with ThreadPoolExecutor(2) as pool:
        while True:
            block = reader.read(PIECE)
            cut = block.rfind(b"\n") + 1
            # Whole lines; at the end of the file also the last one, which may lack its newline.
            piece, left = (left + block[:cut], block[cut:]) if block else (left, b"")
            if not plain(piece) or (block and not cut):
                break
            if piece:
                waiting.append((hashed.done, pool.submit(piece_blocks, layout, piece, line)))
            line += piece.count(b"\n")
            while len(waiting) > AHEAD or (waiting and not block):
                done, future = waiting.popleft()
                yield from future.result()
                tell(done)
            if not block:
                return
        for _, future in waiting:
            yield from future.result()
    rest = io.BufferedReader(_Joined(piece + left, reader))
    yield from by_records(layout, rest, line, lambda: tell(hashed.done))


class _Joined(io.RawIOBase):
    """Bytes that were read already, then the rest of a file."""

    def __init__(self, head: bytes, file: BinaryIO | io.BufferedReader) -> None:
        super().__init__()
        self._head, self._file = head, file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        part = self._head[: len(buffer)] or self._file.read(len(buffer))
        self._head = self._head[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def by_records(
    layout: Layout, file: BinaryIO | io.BufferedReader, line: int, tell: Callable[[], None]
) -> Iterator[Block]:
    """Blocks by the reader of records."""
    rows = (values for _, values in rows_from(layout, file, line))  # type: ignore[arg-type]
    while batch := list(islice(rows, ROWS)):
        yield block_of(batch)
        tell()


def plain(piece: bytes) -> bool:
    """True when lines and cells end where newlines and delimiters stand: ASCII without quotes or
    lone carriage returns.
    """
    return (
        piece.isascii()
        and b'"' not in piece
        and b"\0" not in piece
        and piece.count(b"\r") == piece.count(b"\r\n")
    )


def piece_blocks(layout: Layout, piece: bytes, line: int) -> list[Block]:
    """The blocks of some whole lines, the first of which is line ``line`` + 1 of the file."""
    found = _cells(layout, piece)
    if found is None:
        return list(by_records(layout, io.BufferedReader(io.BytesIO(piece)), line, lambda: None))
    mantissa, shift, odd = found
    long: dict[int, list[Fraction]] = {}
    for row, cells in odd.items():
        values = layout.values(line + row + 1, cells)
        parts = row_parts(values)
        if parts is None:
            long[row] = values
        mantissa[row], shift[row] = parts or (0, 0)
    return [
        Block(
            mantissa[at : at + ROWS],
            shift[at : at + ROWS],
            10,
            {row - at: values for row, values in long.items() if at <= row < at + ROWS},
        )
        for at in range(0, len(mantissa), ROWS)
    ]


Found = tuple[NDArray[np.int64], NDArray[np.int64], dict[int, list[str]]]


def _cells(layout: Layout, piece: bytes) -> Found | None:
    """Mantissas and shifts of the columns in use, and the cells of rows with a cell in no plain
    form; None for odd lines.
    """
    if not piece.endswith(b"\n"):
        piece += b"\n"
    raw = b"0" * PAD + piece
    text = np.frombuffer(raw, np.uint8)
    newline, delimiter = ord("\n"), ord(layout.delimiter)
    ends = np.flatnonzero((text == newline) | (text == delimiter))
    width = layout.width
    if len(ends) % width:
        return None
    ends = ends.reshape(-1, width)
    if not (text[ends[:, -1]] == newline).all() or (
        width > 1 and (text[ends[:, :-1]] == newline).any()
    ):
        return None
    starts = np.empty_like(ends)
    starts[:, 1:] = ends[:, :-1] + 1
    starts[1:, 0] = ends[:-1, -1] + 1
    starts[0, 0] = PAD
    if (text[starts[:, 0]] == ord("#")).any():
        return None
    whole_rows = starts[:, 0], ends[:, -1]
    starts, ends = starts[:, layout.places], ends[:, layout.places]
    ends = ends - (text[ends - 1] == ord("\r"))
    for _ in range(MAX_BLANKS):
        blank = (text[starts] == ord(" ")) & (starts < ends)
        if not blank.any():
            break
        starts = starts + blank
    first = text[starts]
    negative = first == ord("-")
    starts = starts + (negative | (first == ord("+")))
    point = _points(text, layout.decimal, starts, ends)
    whole, whole_fits = _digits(raw, starts, np.minimum(point, ends), WHOLE_WORDS)
    after = np.minimum(point + 1, ends)
    places = ends - after
    part, part_fits = _digits(raw, after, ends, PART_WORDS)
    plain_form = whole_fits & part_fits & (point - starts + places > 0)
    room = _ROOM[np.where(plain_form, places, 0)]
    plain_form &= (whole < room) & ((places <= 18) | (whole == 0))
    power = _TEN[np.where(plain_form & (places <= 18), places, 0)]
    mantissa = np.where(plain_form, whole * np.where(plain_form, power, 0) + part, 0)
    mantissa = np.where(negative, -mantissa, mantissa)
    shift = np.where(plain_form, -places, 0)
    odd: dict[int, list[str]] = {}
    for row in np.flatnonzero(~plain_form.all(axis=1)).tolist():
        line = raw[whole_rows[0][row] : whole_rows[1][row]].decode()
        odd[row] = line.removesuffix("\r").split(layout.delimiter)
    return mantissa, shift, odd


def _points(
    text: NDArray[np.uint8], decimal: str, starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The place of the first decimal mark of each cell; the end of the cell where there is none."""
    marks = np.append(np.flatnonzero(text == ord(decimal)), len(text))
    at = marks[np.searchsorted(marks, starts)]
    return np.minimum(at, ends)


def _digits(
    raw: bytes, starts: NDArray[np.int64], ends: NDArray[np.int64], words: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The whole numbers that stand between two places, and where that holds: digits only, and a
    value below 2^62.

    Eight digits are one little-endian word; what stands before the number is replaced by zeros.
    """
    length = ends - starts
    good = length <= 8 * words
    view = np.ndarray((len(raw) - 7,), "<u8", raw, 0, (1,))
    value = np.zeros(length.shape, np.int64)
    longest = min(int(length.max(initial=0)), 8 * words)
    for k in range(-(-longest // 8) - 1, -1, -1):
        word = view[np.maximum(ends - 8 * (k + 1), 0)]
        keep = np.clip(length - 8 * k, 0, 8)
        # Bytes that stand before the number are shifted out and become the digit 0.
        lost = (8 * (8 - keep)).astype(np.uint64)
        half = lost >> np.uint64(1)  # a shift by 64 at once is not defined
        low = ((word ^ _ZEROS) >> half >> (lost - half)) << half << (lost - half)
        # Seven bits and 0x76 do not carry into the next byte.
        good &= ((low | ((low & ~_HIGH) + _BEYOND_NINE)) & _HIGH) == 0
        eight = _eight_digits(low)
        if k == 2:
            good &= eight <= 460  # 460 10^16 + 10^16 < 2^62
        value = value + np.where(good, eight, 0) * np.int64(10 ** (8 * k))
    return np.where(good, value, 0), good


def _eight_digits(low: NDArray[np.uint64]) -> NDArray[np.int64]:
    """The number of eight digits 0 to 9, one a byte and the first in the lowest byte."""
    pairs = (low * np.uint64(10) + (low >> np.uint64(8))) & np.uint64(0x00FF00FF00FF00FF)
    fours = (pairs * np.uint64(100) + (pairs >> np.uint64(16))) & np.uint64(0x0000FFFF0000FFFF)
    eights = (fours * np.uint64(10000) + (fours >> np.uint64(32))) & np.uint64(0x00000000FFFFFFFF)
    return eights.astype(np.int64)
