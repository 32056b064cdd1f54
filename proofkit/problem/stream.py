"""The constants of a data file in one pass and exactly, in memory that does not grow with the
number of rows; in two passes where the columns are standardised.

Blocks of rows (``problem.blocks``) come from CSV, Parquet or NPZ; the result equals
``summarise(file.table(loss))`` to the last digit, and so does the digest of the rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from proofkit.errors import InputError
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
    over_common_denominator,
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
from proofkit.reading.scaling import ColumnScaling, Scaling, standard_column
from proofkit.reading.table import (
    STANDARDISED,
    DataFile,
    Table,
    WholeScaling,
    cell_code,
    combine_digests,
    kind_of,
    refuse_dialect,
    require_rows,
    row_code,
)

SMALL = 2**18  # bytes up to which a file is read by the reader alone
LARGE = 64 * 2**20  # bytes beyond which its rows are not kept
Progress = Callable[[int, int], None]
Made = TypeVar("Made")


def _prepared(
    blocks: Iterable[Block], prepare: Callable[[Block], Made]
) -> Iterator[tuple[Block, Made]]:
    """Every block with what is made of it, in order; two threads make it ahead."""
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(2) as pool:
        waiting = []
        for block in blocks:
            waiting.append((block, pool.submit(prepare, block)))
            if len(waiting) > 4:
                first, future = waiting.pop(0)
                yield first, future.result()
        for first, future in waiting:
            yield first, future.result()


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
        """Add every block."""
        for block, (part, code) in _prepared(blocks, lambda block: (gram(block), codes(block))):
            self.gram.add(*part)
            self._add(block, code)

    def _add(self, block: Block, code: tuple[bytes, bytes]) -> None:
        self.n += len(block)
        self.largest = largest_row(block, self.largest)
        self.features.update(code[0])
        scale = denominator(block, TARGET)
        self.targets.add([v for (v,) in integers(block, TARGET, scale)], scale, code[1])
        if self.kept is not None:
            self.kept.append(block)

    def summary(
        self, file: DataFile, opened: _Opened, digest: str, scaling: Scaling | None = None
    ) -> DataSummary:
        """The constants, in which labels that were mapped are -1 and +1."""
        require_rows(file.path, self.n)
        t, n, d, unit = self.targets, self.n, self.d, self.gram.unit
        assert t.low is not None and t.high is not None
        labels = t.labels()
        G = [row[:d] for row in self.gram.total[:d]]
        made = DataSummary(
            file.path.name,
            digest,
            file.target,
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
            opened.features,
            labels,
            combine_digests(n, d, self.features.digest(), t.digest(labels)),
            opened.notes if scaling is None else (*opened.notes, STANDARDISED),
            scaling,
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
        return _table_of(made, rows, labels, x_scale, y_scale)


def _table_of(
    made: DataSummary,
    rows: Sequence[tuple[int, ...]],
    targets: Sequence[int],
    x_scale: int,
    y_scale: int,
) -> Table:
    """The rows that a summary was made from, with its labels."""
    if made.labels is not None:
        label = {v: made.labels(Fraction(v, y_scale)) for v in set(targets)}
        targets, y_scale = [label[v] for v in targets], 1
    return Table(
        made.source,
        made.digest,
        made.features,
        made.target,
        tuple(rows),
        tuple(targets),
        x_scale,
        y_scale,
        made.labels,
        made.notes,
        made.scaling,
    )


# -- standardised columns --------------------------------------------------------------------------


class _Moments:
    """The first pass over columns that are standardised: sum_i v_i v_i^T for v = (1, x, y)."""

    def __init__(self, size: int) -> None:
        self.gram = _Gram(size + 1)

    def take(self, blocks: Iterable[Block]) -> Iterator[Block]:
        """Add every block; yields it again."""
        for block, part in _prepared(blocks, lambda block: gram(_with_ones(block))):
            self.gram.add(*part)
            yield block

    @property
    def n(self) -> int:
        """The number of rows."""
        return int(self.gram.total[0][0] * self.gram.unit)

    def scaling(self, target: bool) -> Scaling:
        """What standardises the features, and the target where that is asked for."""
        total, unit = self.gram.total, self.gram.unit
        columns = [
            standard_column(self.n, total[0][k] * unit, total[k][k] * unit)
            for k in range(1, len(total))
        ]
        return Scaling(tuple(columns[:-1]), columns[-1] if target else None)

    def scaled(self, scaling: Scaling) -> tuple[list[list[int]], Fraction]:
        """sum_i v_i v_i^T for the scaled v = (x, y), in units that come with it.

        For v_j = (u_j - m_j) c_j the sum of v_j v_k is c_j c_k (sum u_j u_k - m_j sum u_k -
        m_k sum u_j + n m_j m_k).
        """
        total, unit, n = self.gram.total, self.gram.unit, self.n
        target = scaling.target or ColumnScaling(Fraction(0), Fraction(1))
        columns = [*scaling.features, target]
        sums = [v * unit for v in total[0][1:]]
        rows = [
            [
                a.scale
                * b.scale
                * (
                    total[j + 1][k + 1] * unit
                    - a.mean * sums[k]
                    - b.mean * sums[j]
                    + n * a.mean * b.mean
                )
                for k, b in enumerate(columns)
            ]
            for j, a in enumerate(columns)
        ]
        integers, scale = over_common_denominator(rows)
        return integers, Fraction(1, scale)


def _with_ones(block: Block) -> Block:
    """The block with a first column of ones."""
    ones = np.ones(len(block), np.int64)
    ones[list(block.long)] = 0
    return Block(
        np.column_stack([ones, block.mantissa]),
        np.column_stack([np.zeros_like(ones), block.shift]),
        block.base,
        {row: [Fraction(1), *values] for row, values in block.long.items()},
    )


class _ScaledScan(_Scan):
    """The second pass over columns that are standardised."""

    def __init__(
        self, moments: _Moments, scaling: Scaling, targets: _Targets, keep: bool, where: str
    ) -> None:
        super().__init__(len(scaling.features), targets, False)
        self.gram.add(*moments.scaled(scaling))
        self.scaling, self.where = scaling, where
        self.rows: list[_Rows] | None = [] if keep else None

    def take(self, blocks: Iterable[Block]) -> None:
        """Add every block."""
        for block in blocks:
            features = self._scaled(block, FEATURES, self.scaling.features)
            target = self.scaling.target
            targets = self._scaled(block, TARGET, None if target is None else (target,))
            self.n += len(block)
            top = max(sum([v * v for v in row]) for row in features.values)
            self.largest = max(self.largest, Fraction(top, features.scale**2))
            for row in features.values:
                self.features.update(row_code(row, features.scale))
            y = [v for (v,) in targets.values]
            self.targets.add(y, targets.scale, row_code(y, targets.scale))
            if self.rows is not None:
                self.rows += [features, targets]

    def _scaled(
        self, block: Block, columns: slice, scaling: tuple[ColumnScaling, ...] | None
    ) -> _Rows:
        scale = denominator(block, columns)
        values = integers(block, columns, scale)
        if scaling is None:
            return _Rows(values, scale)
        whole = WholeScaling.of(scaling, scale, self.where)
        return _Rows(list(whole.rows(values)), whole.scale)

    def table(self, made: DataSummary) -> Table | None:
        """The rows, when they were kept."""
        if self.rows is None:
            return None
        rows, targets = _joined(self.rows[::2]), _joined(self.rows[1::2])
        return _table_of(
            made, rows.values, [v for (v,) in targets.values], rows.scale, targets.scale
        )


@dataclass(frozen=True)
class _Rows:
    """Rows of whole numbers over a common denominator."""

    values: Sequence[tuple[int, ...]]
    scale: int


def _joined(parts: Sequence[_Rows]) -> _Rows:
    """All the rows over one denominator."""
    scale = lcm(*(part.scale for part in parts))
    out: list[tuple[int, ...]] = []
    for part in parts:
        factor = scale // part.scale
        if factor == 1:
            out += part.values
        else:
            out += [tuple([v * factor for v in row]) for row in part.values]
    return _Rows(out, scale)


# -- the numbers of a block ------------------------------------------------------------------------

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
    path = file.path
    kind_of(path)  # refuses what is no file
    size = path.stat().st_size
    if file.classes and size > LARGE:
        raise InputError(
            f"the classes of a target are found in memory, and the data file {path} has more than "
            f"{LARGE // 2**20} MB; give a part of its rows"
        )
    if size <= SMALL or file.classes:
        table = file.table(classifies)
        return summarise(table), table
    targets = _Targets(
        classifies, file.label_above, f"the column {shown(file.target)} of {path.name}"
    )
    if file.standardise:
        return _summarise_standardised(file, targets, progress, size <= keep_up_to)
    with _opened(file, progress) as opened:
        scan = _Scan(len(opened.features), targets, size <= keep_up_to)
        scan.take(opened.blocks)
        made = scan.summary(file, opened, opened.digest())
    return made, scan.table(made)


def _summarise_standardised(
    file: DataFile, targets: _Targets, progress: Progress, keep: bool
) -> tuple[DataSummary, Table | None]:
    """The same for columns that are standardised: the moments first, and then the scaled numbers.

    The file is read twice unless it is small enough to hold its rows.
    """
    passes = _TwoPasses(progress)
    with _opened(file, passes.first) as opened:
        moments = _Moments(len(opened.features) + 1)
        kept = list[Block]()
        for block in moments.take(opened.blocks):
            if keep:
                kept.append(block)
        require_rows(file.path, moments.n)
        scaling, digest = moments.scaling(not targets.classifies), opened.digest()
    scan = _ScaledScan(moments, scaling, targets, keep, f"the scaling of {file.path.name}")
    if keep:
        scan.take(passes.held(kept, moments.n))
        made = scan.summary(file, opened, digest, scaling)
        return made, scan.table(made)
    with _opened(file, passes.second) as again:
        scan.take(again.blocks)
        if again.digest() != digest:
            raise InputError(f"the data file {file.path} changed while it was read; try again")
        made = scan.summary(file, again, digest, scaling)
    return made, None


class _TwoPasses:
    """The progress of two passes as one of twice the size."""

    def __init__(self, progress: Progress) -> None:
        self.progress, self.total = progress, 0

    def first(self, done: int, total: int) -> None:
        """So much of the first pass."""
        self.total = total
        self.progress(done, 2 * total)

    def second(self, done: int, total: int) -> None:
        """So much of the second pass."""
        self.progress(total + done, 2 * total)

    def held(self, blocks: Iterable[Block], n: int) -> Iterator[Block]:
        """The n rows that the first pass kept, for the second."""
        done = 0
        for block in blocks:
            yield block
            done += len(block)
            self.second(self.total * done // n, self.total)


@dataclass(frozen=True)
class _Opened:
    """A file that is being read; its digest is there once every block was taken."""

    features: tuple[str, ...]
    notes: tuple[str, ...]
    blocks: Iterator[Block]
    digest: Callable[[], str]


@contextmanager
def _opened(file: DataFile, progress: Progress) -> Iterator[_Opened]:
    """A data file as blocks of rows."""
    path, target = file.path, file.target
    kind = kind_of(path)
    if kind != "csv":
        refuse_dialect(path, file.dialect)
    if kind == "npz":
        content = npz.read_arrays(path, target)
        sha256 = content.sha256
        yield _Opened(content.features, (), _npz_blocks(content, progress), lambda: sha256)
    elif kind == "parquet":
        with parquet.Columns(path, target) as columns:
            blocks = _parquet_blocks(columns, progress)
            yield _Opened(columns.features, columns.notes, blocks, columns.sha256)
    else:
        layout, size = layout_of(path, target, file.dialect), path.stat().st_size
        with open_regular(path, "data") as source:
            hashed = Hashed(source)
            blocks = csv_blocks(layout, hashed, lambda done: progress(done, size))
            yield _Opened(layout.features, layout.notes, blocks, hashed.hexdigest)


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
