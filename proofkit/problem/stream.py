"""The constants of a data file in one pass and exactly, in memory that does not grow with the
number of rows.

Blocks of rows (``problem.blocks``) come from CSV, Parquet or NPZ; the result equals
``summarise(load_table(...))`` to the last digit, and so does the digest of the rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from math import lcm
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from proofkit.problem.blocks import (
    MANTISSA_BITS,
    ROWS,
    Block,
    block_of,
    block_of_binary,
    codes,
    floats,
    gram,
    largest_row,
    strip_bits,
)
from proofkit.problem.csvblocks import csv_blocks
from proofkit.problem.data import (
    DataSummary,
    largest_eigenvalue_of,
    measured,
    summarise,
)
from proofkit.reading import npz, parquet
from proofkit.reading.csvfile import Hashed, layout_of
from proofkit.reading.files import open_regular
from proofkit.reading.labels import LabelMap, label_map
from proofkit.reading.numbers import MAX_BITS, shown
from proofkit.reading.table import (
    DataFile,
    Table,
    cell_code,
    combine_digests,
    kind_of,
    refuse_dialect,
    require_rows,
)

SMALL = 2**18  # bytes up to which a file is read by the reader alone
LARGE = 64 * 2**20  # bytes beyond which its rows are not kept
Progress = Callable[[int, int], None]


class _Gram:
    """sum_i v_i v_i^T over blocks, exact, in units of ``unit``."""

    def __init__(self, size: int) -> None:
        self.unit = Fraction(1)
        self.total = [[0] * size for _ in range(size)]

    def add(self, part: list[list[int]], unit: Fraction) -> None:
        """Bring both to a unit that divides theirs."""
        shared = Fraction(1, lcm(self.unit.denominator, unit.denominator))
        a, b = int(self.unit / shared), int(unit / shared)
        self.total = [
            [v * a + w * b for v, w in zip(row, new, strict=True)]
            for row, new in zip(self.total, part, strict=True)
        ]
        self.unit = shared


class _Targets:
    """The targets in one pass: their sums, their digest, and which values they take.

    For a loss that classifies the digest is that of the labels.  Which of two values is the smaller
    shows only when both were seen, so both digests are kept: with the value seen first as -1, and
    as +1.
    """

    def __init__(self, classifies: bool, above: Fraction | None, where: str) -> None:
        self.classifies, self.above, self.where = classifies, above, where
        self.low: Fraction | None = None
        self.high: Fraction | None = None
        self.sizes = Fraction(0)
        self.first: Fraction | None = None
        self.values = set[Fraction]()  # at most three of them
        self.plain = hashlib.sha256()
        self.as_label = {-1: hashlib.sha256(), 1: hashlib.sha256()}

    def add(self, values: Sequence[int], scale: int, code: bytes) -> None:
        """The targets of a block, as integers over a denominator, and their code."""
        low, high = Fraction(min(values), scale), Fraction(max(values), scale)
        self.low = low if self.low is None else min(self.low, low)
        self.high = high if self.high is None else max(self.high, high)
        self.sizes += Fraction(sum(map(abs, values)), scale)
        self.plain.update(code)
        if not self.classifies:
            return
        if self.first is None:
            self.first = Fraction(values[0], scale)
        if len(self.values) < 3:
            self.values |= {Fraction(v, scale) for v in sorted(set(values))[:3]}
        if self.above is None:
            first = self.first * scale
            same = [v == first for v in values]
        else:
            above = self.above * scale
            same = [v <= above for v in values]
        for sign, digest in self.as_label.items():
            code_of = {True: cell_code(sign, 1), False: cell_code(-sign, 1)}
            digest.update(b"".join([code_of[s] for s in same]))

    def labels(self) -> LabelMap | None:
        """The map of the labels; InputError when there is none."""
        if not self.classifies:
            return None
        assert self.low is not None and self.high is not None
        return label_map({self.low, self.high, *self.values}, self.above, self.where)

    def digest(self, labels: LabelMap | None) -> bytes:
        """The SHA-256 of the codes of the targets, or of the labels."""
        if labels is None or self.first is None:
            return self.plain.digest()
        return self.as_label[-1 if labels.above is not None else labels(self.first)].digest()


class _Scan:
    """Everything a summary needs, gathered block by block, and the rows themselves when they are
    wanted.
    """

    def __init__(self, d: int, targets: _Targets, keep: bool) -> None:
        self.d, self.n = d, 0
        self.gram, self.targets = _Gram(d + 1), targets
        self.largest = Fraction(0)
        self.features = hashlib.sha256()
        self.kept: list[Block] | None = [] if keep else None

    def take(self, blocks: Iterator[Block]) -> None:
        """Add every block; two threads prepare them, in order."""

        def prepare(block: Block) -> tuple[Block, Any, Any]:
            return block, gram(block), codes(block)

        with threadpool_limits(1, "blas"), ThreadPoolExecutor(2) as pool:
            waiting = []
            for block in blocks:
                waiting.append(pool.submit(prepare, block))
                if len(waiting) > 4:
                    self._add(*waiting.pop(0).result())
            for future in waiting:
                self._add(*future.result())

    def _add(self, block: Block, part: Any, code: tuple[bytes, bytes]) -> None:
        self.n += len(block)
        self.gram.add(*part)
        self.largest = largest_row(block, self.largest)
        self.features.update(code[0])
        scale = denominator(block, TARGET)
        self.targets.add([v for (v,) in integers(block, TARGET, scale)], scale, code[1])
        if self.kept is not None:
            self.kept.append(block)

    def summary(
        self,
        path: Path,
        digest: str,
        features: tuple[str, ...],
        target: str,
        notes: tuple[str, ...],
    ) -> DataSummary:
        """The constants, in which labels that were mapped are -1 and +1."""
        require_rows(path, self.n)
        t, n, d, unit = self.targets, self.n, self.d, self.gram.unit
        assert t.low is not None and t.high is not None
        labels = t.labels()
        G = [row[:d] for row in self.gram.total[:d]]
        made = DataSummary(
            path.name,
            digest,
            target,
            n,
            d,
            self.largest,
            sum(G[k][k] for k in range(d)) * unit / n,
            max(abs(t.low), abs(t.high)),
            t.low,
            t.high,
            t.sizes / n,
            self.gram.total[d][d] * unit / n,
            largest_eigenvalue_of(G, unit / n),
            features,
            labels,
            combine_digests(n, d, self.features.digest(), t.digest(labels)),
            notes,
        )
        if labels is None:
            return measured(made)
        one = Fraction(1)
        return measured(
            replace(made, B_y=one, y_min=-one, y_max=one, y_abs_mean=one, y_square_mean=one)
        )

    def table(self, made: DataSummary) -> Table | None:
        """The rows, when they were kept."""
        if self.kept is None:
            return None
        x_scale = lcm(*(denominator(block, FEATURES) for block in self.kept))
        y_scale = lcm(*(denominator(block, TARGET) for block in self.kept))
        rows = [row for block in self.kept for row in integers(block, FEATURES, x_scale)]
        labels = [v for block in self.kept for (v,) in integers(block, TARGET, y_scale)]
        if made.labels is not None:
            label = {v: made.labels(Fraction(v, y_scale)) for v in set(labels)}
            labels, y_scale = [label[v] for v in labels], 1
        return Table(
            made.source,
            made.digest,
            made.features,
            made.target,
            tuple(rows),
            tuple(labels),
            x_scale,
            y_scale,
            made.labels,
            made.notes,
        )


TARGET, FEATURES = slice(-1, None), slice(None, -1)


def denominator(block: Block, columns: slice) -> int:
    """A common denominator of some columns: a power of the base, and what long rows need."""
    m, s = block.mantissa[:, columns], block.shift[:, columns]
    least = int(s.min(initial=0, where=m != 0))
    rows = (q.denominator for row in block.long.values() for q in row[columns])
    return lcm(block.base**-least, *rows)


def integers(block: Block, columns: slice, scale: int) -> list[tuple[int, ...]]:
    """Some columns times ``scale``, a multiple of their ``denominator``."""
    m, s = block.mantissa[:, columns], block.shift[:, columns]
    used = m != 0
    least = int(s.min(initial=0, where=used))
    relative = np.where(used, s - least, 0)
    factor = scale // block.base**-least
    powers = [factor * block.base**k for k in range(int(relative.max(initial=0)) + 1)]
    if int(np.abs(m).max(initial=1)) * powers[-1] < 1 << MANTISSA_BITS:
        rows = list(map(tuple, (m * np.array(powers, np.int64)[relative]).tolist()))
    else:
        rows = [
            tuple([v * powers[k] for v, k in zip(values, by, strict=True)])
            for values, by in zip(m.tolist(), relative.tolist(), strict=True)
        ]
    for row, values in block.long.items():
        rows[row] = tuple(q.numerator * (scale // q.denominator) for q in values[columns])
    return rows


# -- files ---------------------------------------------------------------------------------------


def summarise_file(
    file: DataFile,
    classifies: bool,
    progress: Progress = lambda done, total: None,
    keep_up_to: int = LARGE,
) -> tuple[DataSummary, Table | None]:
    """The constants of a data file for a loss, and its rows where the file is small enough to hold
    them.

    The rows of a file of more than ``keep_up_to`` bytes (64 MB) are not kept; what needs them (some
    refutations for lambda <= 0, the quadrature for one weight) is then not tried.  ``progress``
    gets the bytes or rows read and how many there are. Raises InputError as ``load_table`` and
    ``with_labels`` do.
    """
    path, target, dialect = file.path, file.target, file.dialect
    kind = kind_of(path)
    size = path.stat().st_size
    if size <= SMALL:
        table = file.table(classifies)
        return summarise(table), table
    where = f"the column {shown(target)} of {path.name}"
    targets, keep = _Targets(classifies, file.label_above, where), size <= keep_up_to
    if kind != "csv":
        refuse_dialect(path, dialect)
    if kind == "npz":
        content = npz.read_arrays(path, target)
        scan = _Scan(len(content.features), targets, keep)
        scan.take(_npz_blocks(content, progress))
        made = scan.summary(path, content.sha256, content.features, target, ())
    elif kind == "parquet":
        with parquet.Columns(path, target) as columns:
            scan = _Scan(len(columns.features), targets, keep)
            scan.take(_parquet_blocks(columns, progress))
            made = scan.summary(path, columns.sha256(), columns.features, target, columns.notes)
    else:
        layout = layout_of(path, target, dialect)
        scan = _Scan(len(layout.features), targets, keep)
        with open_regular(path, "data") as opened:
            hashed = Hashed(opened)
            scan.take(csv_blocks(layout, hashed, lambda done: progress(done, size)))
        made = scan.summary(path, hashed.hexdigest(), layout.features, target, layout.notes)
    return made, scan.table(made)


Where = Callable[[int, int], str]


def _npz_blocks(content: npz.Content, progress: Progress) -> Iterator[Block]:
    n, d = content.X.shape
    X, y = _view(content.X).reshape(n, d, order="F" if content.X.fortran else "C"), _view(content.y)
    for at in range(0, n, ROWS):
        columns = [*X[at : at + ROWS].T, y[at : at + ROWS]]
        yield _from_columns(columns, lambda row, c, at=at: content.where(at + row, c))
        progress(min(at + ROWS, n), n)


def _view(array: npz.Array) -> NDArray[Any]:
    return np.frombuffer(array.data, f"{'>' if array.big_endian else '<'}{array.kind}{array.size}")


def _parquet_blocks(columns: parquet.Columns, progress: Progress) -> Iterator[Block]:
    pa = columns.pa
    for start, batch in columns.batches():

        def where(row: int, c: int, start: int = start) -> str:
            return columns.where(start + row, columns.order[c])

        if any(pa.types.is_decimal(column.type) for column in batch):
            values = [
                columns.exact(start, name, column.to_pylist())
                for name, column in zip(columns.order, batch, strict=True)
            ]
            yield block_of(list(zip(*values, strict=True)))
        elif len(batch[0]):
            yield _from_columns([c.to_numpy(zero_copy_only=False) for c in batch], where)
        progress(start - 1 + len(batch[0]), columns.total)


def _from_columns(columns: Sequence[NDArray[Any]], where: Where) -> Block:
    """A block of machine numbers, each exact; InputError for what is not finite or beyond the
    limits of numbers.
    """
    shape = (len(columns[0]), len(columns))
    mantissa, exponent = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    long: dict[int, list[Fraction]] = {}
    far = np.zeros(shape, np.bool_)
    for c, column in enumerate(columns):
        if column.dtype.kind == "f":
            values = column.astype(np.float64)  # exact for 16 and 32 bits
            bad = ~np.isfinite(values)
            m, e = floats(np.where(bad, 0.0, values))
            bad |= (m != 0) & ((e < -(MAX_BITS - 1)) | (e > MAX_BITS - 54))
            for row in np.flatnonzero(bad).tolist():
                npz.exact(float(values[row]), where(row, c))
            far[:, c] = bad  # what is near the limit, and not beyond it
        else:
            top = 1 << MANTISSA_BITS
            low, high = int(column.min(initial=0)), int(column.max(initial=0))
            inside = -top < low and high < top
            fits = (
                np.ones(len(column), np.bool_)
                if inside
                else (column < top) & (column > -top if column.dtype.kind == "i" else True)
            )
            far[:, c] = ~fits
            m, e = strip_bits(
                np.where(fits, column, 0).astype(np.int64), np.zeros(len(column), np.int64)
            )
        mantissa[:, c], exponent[:, c] = m, e
    for row in np.flatnonzero(far.any(axis=1)).tolist():
        long[row] = [
            npz.exact(column[row].item(), where(row, c)) for c, column in enumerate(columns)
        ]
        mantissa[row], exponent[row] = 0, 0
    made = block_of_binary(mantissa, exponent)
    return replace(made, long={**made.long, **long})
