"""The constants of data that do not fit in memory, in one pass and exactly.

A chunk of rows becomes integers m 2^e (or decimals m 10^-s), cut into limbs of
20 bits: the product of two limbs summed over 2^13 rows stays below 2^53, so
floating-point matrix products of limbs are exact, and the Gram matrix is put
together from them in Python integers.  The result equals that of
``summarise(load_table(...))`` to the last digit.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proofkit.errors import InputError
from proofkit.problem.data import (
    SCALE_BITS,
    DataSummary,
    Table,
    check_labels,
    exact_number,
    largest_eigenvalue_of,
    load_table,
    summarise,
    unknown_column,
)

LIMB = 20
TOP = 3 * LIMB
ROWS = 1 << 13
BLOCK = 4 << 20
SNIFFED_LINES = 2000
MAX_DECIMALS = 30


def pyarrow() -> Any:
    """The pyarrow module; InputError that names the extra when it is absent."""
    try:
        import pyarrow as pa
        import pyarrow.csv
        import pyarrow.parquet
    except ImportError:
        raise InputError(
            "Parquet needs pyarrow; install the extra: pip install 'villani-proofkit[parquet]'"
        ) from None
    return pa


@dataclass(frozen=True)
class Chunk:
    """Rows of the features and, in the last column, the target: value = (top 2^60 + mantissa) 2^shift unit.

    |mantissa| < 2^62, and < 2^60 with the sign of ``top`` where that is given; ``shift`` and ``top`` may be
    absent.  An object array of Python integers holds what is wider still.
    """

    mantissa: NDArray[Any]
    shift: NDArray[np.int64] | None
    unit: Fraction
    top: NDArray[np.int64] | None = None

    def integers(self, rows: Any, columns: Any) -> list[list[int]]:
        """value / unit of some rows and columns, exactly."""
        out = self.mantissa[rows][:, columns].tolist()
        if self.top is not None:
            return [
                [(a << TOP) + b for a, b in zip(high, low, strict=True)]
                for high, low in zip(self.top[rows][:, columns].tolist(), out, strict=True)
            ]
        if self.shift is not None:
            return [
                [v << s for v, s in zip(low, by, strict=True)]
                for low, by in zip(out, self.shift[rows][:, columns].tolist(), strict=True)
            ]
        return out


class _Gram:
    """sum_i v_i v_i^T over chunks, exact, in units of ``unit``^2."""

    def __init__(self, size: int) -> None:
        self.unit = Fraction(1)
        self.total = [[0] * size for _ in range(size)]
        self.empty = True

    def add(self, chunk: Chunk) -> None:
        for at in range(0, len(chunk.mantissa), ROWS):
            m = chunk.mantissa[at : at + ROWS]
            s = None if chunk.shift is None else chunk.shift[at : at + ROWS]
            parts = limbs(m, s)
            if chunk.top is not None:
                zero = np.zeros(m.shape)
                parts = [
                    *parts,
                    *([zero] * (TOP // LIMB - len(parts))),
                    *limbs(chunk.top[at : at + ROWS], None),
                ]
            rescale = self._common(chunk.unit)
            for j, left in enumerate(parts):
                for k in range(j, len(parts)):
                    product = left.T @ parts[k]
                    weight = rescale << (LIMB * (j + k))
                    whole = product if j == k else product + product.T
                    for row, values in zip(self.total, whole.tolist(), strict=True):
                        for c, v in enumerate(values):
                            row[c] += int(v) * weight

    def _common(self, unit: Fraction) -> int:
        """Bring the total to a unit that divides both; the square of the ratio for the newcomer."""
        if self.empty:
            self.unit, self.empty = unit, False
            return 1
        ratio = unit / self.unit
        if ratio.denominator != 1:
            self.unit = self.unit / ratio.denominator
            factor = ratio.denominator**2
            self.total = [[v * factor for v in row] for row in self.total]
            ratio = unit / self.unit
        return ratio.numerator**2


def limbs(
    mantissa: NDArray[np.int64], shift: NDArray[np.int64] | None
) -> list[NDArray[np.float64]]:
    """Arrays of integers below 2^20 in size, with mantissa 2^shift = sum_k limb_k 2^(20 k)."""
    mask = (1 << LIMB) - 1
    if mantissa.dtype == object:
        size, sign = np.abs(mantissa), np.where(mantissa < 0, -1.0, 1.0)
        return [
            ((size >> (LIMB * k)) & mask).astype(np.float64) * sign
            for k in range(-(-int(size.max()).bit_length() // LIMB) or 1)
        ]
    size, sign = np.abs(mantissa), np.sign(mantissa).astype(np.float64)
    top = int(size.max(initial=0)).bit_length() + (
        0 if shift is None else int(shift.max(initial=0))
    )
    out = []
    for k in range(max(1, -(-top // LIMB))):
        if shift is None:
            part = (size >> min(63, LIMB * k)) & mask
        else:
            at = LIMB * k - shift
            low = size >> np.clip(at, 0, 63)
            high = size << np.clip(-at, 0, LIMB)
            part = np.where(at >= 0, low, np.where(at > -LIMB, high, 0)) & mask
        out.append(part.astype(np.float64) * sign)
    return out


class _Scan:
    """Everything a summary needs, gathered chunk by chunk."""

    def __init__(self, columns: int) -> None:
        self.gram = _Gram(columns)
        self.n = 0
        self.largest = Fraction(0)
        self.y_min: Fraction | None = None
        self.y_max: Fraction | None = None
        self.y_abs = Fraction(0)

    def add(self, chunk: Chunk) -> None:
        self.n += len(chunk.mantissa)
        self.gram.add(chunk)
        self._rows(chunk)
        self._target(chunk)

    def _rows(self, chunk: Chunk) -> None:
        if chunk.mantissa.dtype == object:
            candidates = np.arange(len(chunk.mantissa))
        else:
            X = chunk.mantissa[:, :-1].astype(np.float64)
            with np.errstate(over="ignore"):
                if chunk.top is not None:
                    X += chunk.top[:, :-1] * 2.0**TOP
                if chunk.shift is not None:
                    X = np.ldexp(X, chunk.shift[:, :-1])
                squares = (X * X).sum(axis=1)
            # Floating point only proposes rows that could hold the maximum; they are squared exactly.
            known = self.largest / chunk.unit**2
            best = float(known) if known < 2**1000 else float("inf")
            near = max(float(squares.max(initial=0.0)), best) * (1 - (X.shape[1] + 8) * 2.0**-51)
            candidates = np.flatnonzero(~(squares < near))
        rows = chunk.integers(candidates, slice(None, -1))
        self.largest = max(
            self.largest, max((sum(v * v for v in row) for row in rows), default=0) * chunk.unit**2
        )

    def _target(self, chunk: Chunk) -> None:
        y = chunk.mantissa[:, -1]
        if chunk.shift is None and chunk.top is None and y.dtype != object:
            low, high = int(y.min()), int(y.max())
            size = np.abs(y)
            total = (int((size >> 31).sum()) << 31) + int((size & ((1 << 31) - 1)).sum())
        else:
            values = [row[0] for row in chunk.integers(slice(None), slice(-1, None))]
            low, high, total = min(values), max(values), sum(abs(v) for v in values)
        self.y_min = low * chunk.unit if self.y_min is None else min(self.y_min, low * chunk.unit)
        self.y_max = high * chunk.unit if self.y_max is None else max(self.y_max, high * chunk.unit)
        self.y_abs += total * chunk.unit

    def summary(self, source: str, digest: str, target: str) -> DataSummary:
        assert self.y_min is not None and self.y_max is not None
        n, d, unit = self.n, len(self.gram.total) - 1, self.gram.unit**2
        G = [row[:d] for row in self.gram.total[:d]]
        return DataSummary(
            source,
            digest,
            target,
            n,
            d,
            self.largest,
            sum(G[k][k] for k in range(d)) * unit / n,
            max(abs(self.y_min), abs(self.y_max)),
            self.y_min,
            self.y_max,
            self.y_abs / n,
            self.gram.total[d][d] * unit / n,
            largest_eigenvalue_of(G, unit / n),
        )


def is_archive(path: Path) -> bool:
    """True for NPZ, which has to be loaded whole; InputError when the file cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(2) == b"PK"
    except FileNotFoundError:
        raise InputError(f"the data file {path} does not exist; check the path") from None
    except IsADirectoryError:
        raise InputError(f"{path} is a folder; give the data file itself") from None
    except OSError as error:
        raise InputError(
            f"the data file {path} cannot be read ({error.strerror}); check its permissions"
        ) from None


def stream_summary(
    path: Path, target: str, progress: Callable[[int, int], None] = lambda done, total: None
) -> DataSummary:
    """The constants of a CSV or Parquet file, exact, in memory that does not grow with the number of rows.

    ``progress`` gets the rows read and about how many there are.
    Raises InputError for what ``load_table`` refuses too: a missing column, a cell that is not a
    number, NaN, fewer than two rows.
    """
    if is_archive(path):
        raise InputError(
            f"the data file {path} is an NPZ archive, which cannot be streamed; save it as CSV or Parquet"
        )
    with path.open("rb") as file:
        head = file.read(4)
        digest = hashlib.sha256(head)
        rows = head.count(b"\n")
        while block := file.read(BLOCK):
            digest.update(block)
            rows += block.count(b"\n")
    scan: _Scan | None = None
    for chunk in _parquet(path, target) if head == b"PAR1" else _csv(path, target):
        if len(chunk.mantissa):
            scan = scan or _Scan(chunk.mantissa.shape[1])
            scan.add(chunk)
            progress(scan.n, max(rows, scan.n) if head != b"PAR1" else _parquet_rows(path))
    if scan is None or scan.n < 2:
        have = 0 if scan is None else scan.n
        raise InputError(
            f"the data file {path} has {have} row{'s' if have != 1 else ''} of data; at least two are needed"
        )
    return scan.summary(path.name, digest.hexdigest(), target)


LARGE = 64 * 2**20  # bytes beyond which a file is streamed rather than held


def summarise_file(
    path: Path,
    target: str,
    loss: str,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[DataSummary, Table | None]:
    """The constants of a data file for a loss, and its rows where the file is small enough to hold them.

    CSV of more than 64 MB and Parquet are streamed; what needs the rows (some refutations for lambda <= 0, the
    quadrature for one weight) is then not tried.  Raises InputError as ``load_table`` does, and for labels other
    than -1 and +1 with the logistic loss.
    """
    try:
        with path.open("rb") as file:
            head = file.read(4)
        large = path.stat().st_size > LARGE
    except OSError:
        head, large = b"", False  # load_table says what is wrong
    if head[:2] == b"PK" or (head != b"PAR1" and not large):
        table = load_table(path, target)
        if loss == "logistic":
            check_labels(table)
        return summarise(table), table
    summary = stream_summary(path, target, progress)
    if loss == "logistic" and not (summary.B_y == 1 and summary.y_square_mean == 1):
        raise InputError(
            f"the logistic loss needs labels -1 or +1, but column {target!r} has others; recode the labels or use the squared loss"
        )
    return summary, None


def _names(path: Path, names: list[str], target: str) -> list[str]:
    """Features, then the target."""
    if len(set(names)) != len(names):
        twice = next(h for h in names if names.count(h) > 1)
        raise InputError(f"the data file {path} has two columns called {twice!r}; rename one")
    if target not in names:
        raise unknown_column(path, target, names)
    if len(names) < 2:
        raise InputError(f"the data file {path} has no feature column beside the target {target!r}")
    return [*(h for h in names if h != target), target]


def _from_floats(table: NDArray[np.float64]) -> Chunk:
    """Binary floating-point numbers are exact: mantissa of at most 53 bits, and a power of two."""
    fraction, exponent = np.frexp(table)
    mantissa = (fraction * 2.0**53).astype(np.int64)
    exponent = exponent.astype(np.int64) - 53
    used = mantissa != 0
    # Trailing zero bits go into the exponent, so that whole numbers stay short.
    low = np.where(used, mantissa & -mantissa, 1)
    zeros = np.round(np.log2(low.astype(np.float64))).astype(np.int64)
    mantissa, exponent = mantissa >> zeros, np.where(used, exponent + zeros, 0)
    base = int(exponent[used].min()) if used.any() else 0
    shift = np.where(used, exponent - base, 0)
    unit = Fraction(2) ** base
    if int(shift.max(initial=0)) + int(np.abs(mantissa).max(initial=0)).bit_length() <= 62:
        return Chunk(mantissa << shift, None, unit)
    return Chunk(mantissa, shift, unit)


def _parquet(path: Path, target: str) -> Iterator[Chunk]:
    pa = pyarrow()
    try:
        file = pa.parquet.ParquetFile(path)
        order = _names(path, list(file.schema_arrow.names), target)
        for name in order:
            kind = file.schema_arrow.field(name).type
            if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
                raise InputError(
                    f"the data file {path}, column {name!r} has the type {kind}; every column must be numeric"
                )
        start = 1
        for batch in file.iter_batches(batch_size=ROWS, columns=order):
            columns = [
                batch.column(
                    order.index(name)
                    if batch.schema.names == order
                    else batch.schema.names.index(name)
                )
                for name in order
            ]
            for name, column in zip(order, columns, strict=True):
                if column.null_count:
                    raise InputError(
                        f"the data file {path}, column {name!r} has an empty cell in rows {start} to {start + len(column) - 1}; remove or impute it"
                    )
            yield _from_columns(pa, path, order, columns, start)
            start += batch.num_rows
    except pa.ArrowException as error:
        raise InputError(
            f"the data file {path} is not readable Parquet ({str(error).splitlines()[0][:120]})"
        ) from None


def _parquet_rows(path: Path) -> int:
    return int(pyarrow().parquet.read_metadata(path).num_rows)


def _from_columns(pa: Any, path: Path, order: list[str], columns: list[Any], start: int) -> Chunk:
    arrays = [c.to_numpy(zero_copy_only=False) for c in columns]
    if all(pa.types.is_integer(c.type) for c in columns) and all(
        np.abs(a.astype(np.float64)).max(initial=0) < 2.0**61 for a in arrays
    ):
        return Chunk(np.stack([a.astype(np.int64) for a in arrays], axis=1), None, Fraction(1))
    for name, column, array in zip(order, columns, arrays, strict=True):
        if (
            pa.types.is_integer(column.type)
            and np.abs(array.astype(np.float64)).max(initial=0) > 2.0**53
        ):
            raise InputError(
                f"the data file {path}, column {name!r} mixes whole numbers beyond 2^53 with floating point; rescale the data"
            )
        if not np.isfinite(array.astype(np.float64)).all():
            raise InputError(
                f"the data file {path}, column {name!r} contains NaN or infinity in rows {start} to {start + len(array) - 1}; remove or impute those rows"
            )
    return _from_floats(np.stack([a.astype(np.float64) for a in arrays], axis=1))


def _header(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.reader(file, strict=True):
                if row:
                    return [h.strip() for h in row]
    except UnicodeDecodeError:
        raise InputError(
            f"the data file {path} is not UTF-8 text; save it as CSV in UTF-8"
        ) from None
    except csv.Error as error:
        raise InputError(f"the data file {path} is not valid CSV ({error})") from None
    raise InputError(f"the data file {path} is empty")


def _decimals(path: Path) -> int | None:
    """The most digits after the point among the first lines; None when they are too many for whole-column arithmetic."""
    most = 0
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        next(file, "")
        for _, line in zip(range(SNIFFED_LINES), file, strict=False):
            for whole in re.finditer(r"\.(\d*)(?:[eE]([+-]?\d+))?|\d[eE]([+-]?\d+)", line):
                digits = len(whole.group(1) or "")
                exponent = int(whole.group(2) or whole.group(3) or 0)
                most = max(most, digits - exponent)
    return most if most <= MAX_DECIMALS else None


def _csv(path: Path, target: str) -> Iterator[Chunk]:
    """By whole columns with pyarrow where that is exact; from the row at which it is not, line by line."""
    names = _header(path)
    order = _names(path, names, target)
    done = 0
    scale = _decimals(path)
    try:
        pa = pyarrow() if scale is not None else None
    except InputError:
        pa = None
    if pa is not None and scale is not None:
        kind = pa.decimal128(38, scale)
        try:
            reader = pa.csv.open_csv(
                path,
                read_options=pa.csv.ReadOptions(block_size=BLOCK, column_names=names, skip_rows=1),
                convert_options=pa.csv.ConvertOptions(
                    column_types=dict.fromkeys(names, kind),
                    null_values=[],
                    strings_can_be_null=False,
                ),
            )
            for batch in reader:
                chunk = _from_decimals(batch, order, Fraction(1, 10**scale))
                if chunk is None:
                    break
                yield chunk
                done += batch.num_rows
            else:
                return
        except pa.ArrowException:
            pass  # The slow reader below goes on from here and names the cell, if one is at fault.
    yield from _csv_by_rows(path, names, order, done)


def _from_decimals(batch: Any, order: list[str], unit: Fraction) -> Chunk | None:
    """128-bit decimals as one 62-bit integer each, or as two where they are longer; None when even that is too short."""
    lows, tops, wide = [], [], False
    for name in order:
        column = batch.column(name)
        words = np.frombuffer(column.buffers()[1], "<i8").reshape(-1, 2)[
            column.offset : column.offset + len(column)
        ]
        low, high = words[:, 0], words[:, 1]
        if column.null_count:
            return None
        if (high == low >> 63).all() and (np.abs(low >> 1) < 1 << 60).all():
            lows.append(low)
            tops.append(None)
            continue
        wide = True
        # Sign and magnitude, then 60 bits below and the rest above.
        negative = high < 0
        size_low = np.where(negative, -low, low).view(np.uint64)
        size_high = np.where(negative, ~high + (low == 0), high)
        if (size_high >> 57).any():
            return None
        sign = np.where(negative, -1, 1)
        lows.append((size_low & np.uint64((1 << TOP) - 1)).astype(np.int64) * sign)
        tops.append(
            ((size_high << (64 - TOP)) | (size_low >> np.uint64(TOP)).astype(np.int64)) * sign
        )
    if not wide:
        return Chunk(np.stack(lows, axis=1), None, unit)
    pairs = []
    for low, top in zip(lows, tops, strict=True):
        size = np.abs(low)
        sign = np.sign(low)
        pairs.append(
            ((size & ((1 << TOP) - 1)) * sign, (size >> TOP) * sign) if top is None else (low, top)
        )
    return Chunk(
        np.stack([low for low, _ in pairs], axis=1),
        None,
        unit,
        np.stack([top for _, top in pairs], axis=1),
    )


def _csv_by_rows(path: Path, names: list[str], order: list[str], skip: int) -> Iterator[Chunk]:
    """Exact rationals, one cell at a time: slow, and equally flat in memory."""
    places = [names.index(name) for name in order]
    rows: list[list[Fraction]] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = (row for row in csv.reader(file, strict=True) if row)
            next(reader, None)
            for number, row in enumerate(reader, 2):
                if number - 2 < skip:
                    continue
                if len(row) != len(names):
                    raise InputError(
                        f"the data file {path}, row {number} has {len(row)} cells where the header has {len(names)}"
                    )
                rows.append(
                    [
                        exact_number(
                            row[at], f"the data file {path}, row {number}, column {names[at]!r}"
                        )
                        for at in places
                    ]
                )
                if len(rows) == ROWS // 8:
                    yield _from_fractions(path, rows)
                    rows = []
    except UnicodeDecodeError:
        raise InputError(
            f"the data file {path} is not UTF-8 text; save it as CSV in UTF-8"
        ) from None
    except csv.Error as error:
        raise InputError(f"the data file {path} is not valid CSV ({error})") from None
    if rows:
        yield _from_fractions(path, rows)


def _from_fractions(path: Path, rows: list[list[Fraction]]) -> Chunk:
    """Over a common denominator."""
    from math import lcm

    denominator = lcm(*(q.denominator for row in rows for q in row))
    values = [[q.numerator * (denominator // q.denominator) for q in row] for row in rows]
    bits = max((abs(v).bit_length() for row in values for v in row), default=0)
    if bits > SCALE_BITS:
        raise InputError(
            f"the data file {path} mixes numbers of too different sizes for exact arithmetic; rescale the data"
        )
    return Chunk(
        np.array(values, dtype=np.int64 if bits <= 61 else object), None, Fraction(1, denominator)
    )
