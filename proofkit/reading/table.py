"""A whole data file in memory as exact integers over a common denominator, and a digest of its
content.
"""

from __future__ import annotations

import hashlib
import io
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import gcd
from pathlib import Path
from typing import BinaryIO

from proofkit.errors import InputError, brief
from proofkit.reading import npz, parquet
from proofkit.reading.csvfile import Hashed, Layout, layout_of, rows_from, rows_with_words
from proofkit.reading.dialect import DETECT, Dialect
from proofkit.reading.files import open_regular
from proofkit.reading.labels import LabelMap, class_map, label_map
from proofkit.reading.numbers import common_denominator, exact_number, shown
from proofkit.reading.scaling import DIGITS, ColumnScaling, Scaling, standard_column


@dataclass(frozen=True, repr=False)
class Table:
    """Features X (n x d) and targets y, as integers over one common denominator each.

    ``label_map`` says how the targets became labels -1 and +1, if they did; ``scaling`` how the
    columns of the file became these, if they were scaled; ``notes`` what was left out of the file.
    """

    source: str
    digest: str
    features: tuple[str, ...]
    target: str
    rows: tuple[tuple[int, ...], ...]
    labels: tuple[int, ...]
    x_scale: int
    y_scale: int
    label_map: LabelMap | None = None
    notes: tuple[str, ...] = ()
    scaling: Scaling | None = None

    def __repr__(self) -> str:
        return f"<Table {brief(self.source)}: {self.n} x {self.d}, target {brief(self.target)}>"

    @property
    def n(self) -> int:
        """Number of samples."""
        return len(self.rows)

    @property
    def d(self) -> int:
        """Number of features."""
        return len(self.features)

    def targets(self) -> Iterator[Fraction]:
        """The targets as rationals."""
        return (Fraction(v, self.y_scale) for v in self.labels)


@dataclass(frozen=True)
class DataFile:
    """A data file, how its text is written, the column to predict, the threshold of its labels
    where one was asked for, and whether its columns are standardised.
    """

    path: Path
    target: str
    dialect: Dialect = DETECT
    label_above: Fraction | None = None
    standardise: bool = False
    classes: bool = False
    """Whether the target is read as classes, for cross-entropy, and may be words then."""

    def table(self, classifies: bool = False) -> Table:
        """The rows, with labels -1 and +1 for a loss that classifies, standardised where that was
        asked for; InputError as ``load_table`` and ``with_labels``.
        """
        if self.classes:
            table = with_classes(load_table(self.path, self.target, self.dialect, words=True))
            return standardised(table, False) if self.standardise else table
        table = load_table(self.path, self.target, self.dialect)
        if classifies:
            table = with_labels(table, self.label_above)
        return standardised(table, not classifies) if self.standardise else table


def require_threshold_fits(loss: str, classifies: bool, label_above: Fraction | None) -> None:
    """InputError for a threshold of labels with a loss, called ``loss``, that has none."""
    if label_above is not None and not classifies:
        raise InputError(
            f"--label-above makes labels for a loss of the margin y f, such as logistic; the loss "
            f"{loss} takes the target as it is"
        )


def kind_of(path: Path) -> str:
    """'npz', 'parquet' or 'csv', by the first and last bytes of the file; InputError when it cannot
    be read.
    """
    with open_regular(path, "data") as file:
        head = file.read(4)
        if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
            return "npz"
        if head == b"PAR1":
            file.seek(-4, io.SEEK_END)
            return "parquet" if file.read(4) == b"PAR1" and file.tell() > 8 else "csv"
    return "csv"


def load_table(path: Path, target: str, dialect: Dialect = DETECT, *, words: bool = False) -> Table:
    """Read a CSV (with a header), NPZ or Parquet file; InputError names the row and column at
    fault.

    With ``words`` the target of a CSV file may be words, which become the numbers of their classes
    in ascending order; ``label_map`` says so.

    Columns of a CSV file that have no name are left out where they can only be an index.
    """
    kind = kind_of(path)
    if kind != "csv":
        refuse_dialect(path, dialect)
    if kind == "npz":
        content = npz.read_arrays(path, target)
        return table_of(
            path, content.sha256, content.features, target, content.rows(), content.targets()
        )
    if kind == "parquet":
        with parquet.Columns(path, target) as columns:
            rows = [row for _, block in columns.rows() for row in block]
            return table_of(
                path,
                columns.sha256(),
                columns.features,
                target,
                (row[:-1] for row in rows),
                (row[-1] for row in rows),
                columns.notes,
            )
    layout = layout_of(path, target, dialect)
    with open_regular(path, "data") as file:
        hashed = Hashed(file)
        reader = io.BufferedReader(hashed, 2**16)
        reader.read(layout.start)
        if words:
            return _with_words(layout, hashed, reader)
        records = [values for _, values in rows_from(layout, reader, layout.line)]
    return table_of(
        path,
        hashed.hexdigest(),
        layout.features,
        target,
        (row[:-1] for row in records),
        (row[-1] for row in records),
        layout.notes,
    )


def _with_words(layout: Layout, hashed: Hashed, reader: BinaryIO) -> Table:
    """The table of a CSV file whose target may be words: it is numbers where each of them is one."""
    body, texts, rows = list[list[Fraction]](), list[str](), list[int]()
    for row, values, word in rows_with_words(layout, reader, layout.line):
        rows.append(row)
        body.append(values)
        texts.append(word)
    made: LabelMap | None = None
    try:
        targets = [
            exact_number(text, layout.where(row, layout.target), layout.decimal)
            for row, text in zip(rows, texts, strict=True)
        ]
    except InputError:
        where = f"the column {shown(layout.target)} of {layout.path.name}"
        made = class_map(None, texts, where)
        assert made.words is not None, "it is one of words"
        number = {word: Fraction(k) for k, word in enumerate(made.words)}
        targets = [number[text] for text in texts]
    table = table_of(
        layout.path,
        hashed.hexdigest(),
        layout.features,
        layout.target,
        body,
        targets,
        layout.notes,
    )
    return replace(table, label_map=made)


def with_classes(table: Table) -> Table:
    """The table with the numbers of classes, 0 to q - 1, as targets, in the order of its values.

    >>> t = Table("t", "", ("a",), "y", ((1,), (2,), (4,)), (7, 5, 7), 1, 1)
    >>> with_classes(t).labels, with_classes(t).label_map.sentence("y")
    ((1, 0, 1), 'classes: y = 5 is 0, y = 7 is 1')
    """
    if table.label_map is not None and table.label_map.words is not None:
        return table
    values = {v: Fraction(v, table.y_scale) for v in set(table.labels)}
    made = class_map(values.values(), None, f"the column {shown(table.target)} of {table.source}")
    number = {v: made(value) for v, value in values.items()}
    return replace(table, labels=tuple(number[v] for v in table.labels), y_scale=1, label_map=made)


def require_numbers(table: Table) -> Table:
    """The table; InputError where its target is words, which cross-entropy alone takes."""
    if table.label_map is not None and table.label_map.words is not None:
        raise InputError(
            f"the column {shown(table.target)} of {table.source} holds words, of which only the "
            f"loss cross-entropy makes classes"
        )
    return table


def refuse_dialect(path: Path, dialect: Dialect) -> None:
    """InputError for a delimiter or decimal mark given for a file that is no text."""
    if dialect != DETECT:
        raise InputError(
            f"--delimiter and --decimal are for CSV files; the data file {path} is none"
        )


def table_of(
    path: Path,
    digest: str,
    features: tuple[str, ...],
    target: str,
    rows: Iterable[Sequence[Fraction]],
    targets: Iterable[Fraction],
    notes: tuple[str, ...] = (),
) -> Table:
    """A table from rationals; InputError when there are fewer than two rows."""
    body, y = list(rows), list(targets)
    require_rows(path, len(body))
    x_scale = y_scale = 1
    for denominator in sorted({q.denominator for row in body for q in row}):
        x_scale = common_denominator(x_scale, denominator, f"the data file {path}")
    for denominator in sorted({q.denominator for q in y}):
        y_scale = common_denominator(y_scale, denominator, f"the column {shown(target)} of {path}")
    return Table(
        path.name,
        digest,
        features,
        target,
        tuple(tuple(q.numerator * (x_scale // q.denominator) for q in row) for row in body),
        tuple(q.numerator * (y_scale // q.denominator) for q in y),
        x_scale,
        y_scale,
        None,
        notes,
    )


def require_rows(path: Path, n: int) -> None:
    """InputError unless there are two rows at least."""
    if n < 2:
        raise InputError(
            f"the data file {path} has {n} row{'s' if n != 1 else ''} of data; at least two "
            f"are needed"
        )


def with_labels(table: Table, above: Fraction | None = None) -> Table:
    """The table with labels -1 and +1: as they are, by the two values of its target, or by a
    threshold.

    Raises NotTwoLabels when the target has not two values and no threshold is given.

    >>> t = Table("t", "", ("a",), "y", ((1,), (2,)), (0, 1), 1, 1)
    >>> with_labels(t).labels, with_labels(t).label_map.sentence("y")
    ((-1, 1), 'labels: y = 0 is -1, y = 1 is +1')
    """
    values = {Fraction(v, table.y_scale) for v in set(table.labels)}
    made = label_map(values, above, f"the column {shown(table.target)} of {table.source}")
    if made is None:
        return table
    label = {v: made(Fraction(v, table.y_scale)) for v in set(table.labels)}
    return replace(table, labels=tuple(label[v] for v in table.labels), y_scale=1, label_map=made)


# -- scaled columns --------------------------------------------------------------------------------

STANDARDISED = (
    f"standardised: mean and scale are those of this file, so that every column has mean 0 and "
    f"standard deviation 1 (to {DIGITS} digits); a constant one becomes zeros"
)


def standardised(table: Table, target: bool = True) -> Table:
    """The table with every feature (and the target) centred and divided by its standard deviation.

    The mean and the inverse of sd, sd^2 = (1/n) sum (x - mean)^2, are rounded to decimals
    (``scaling.standard_column``), and (x - mean) * scale is exact.  Labels stay as they are: give
    ``target=False`` for them.  A table that is scaled already stays as it is.

    >>> t = Table("t", "", ("a",), "y", ((1,), (3,)), (0, 10), 1, 1)
    >>> standardised(t).rows, standardised(t, target=False).labels
    (((-1,), (1,)), (0, 10))
    """
    if table.scaling is not None:
        return table
    made = scaled(table, standard_scaling(table, target))
    return replace(made, notes=(*table.notes, STANDARDISED))


def as_recorded(table: Table, digest: str, scaling: Scaling | None) -> Table:
    """A table beside the record of rows with that digest and that scaling: standardised where those
    are scaled, and as it is where they are not, or where it has the scaled rows already.
    """
    if scaling is None or rows_sha256(table) == digest:
        return table
    return standardised(table, scaling.target is not None)


def is_standardised(table: Table, scaling: Scaling) -> bool:
    """True when the numbers of a table can be those that such a scaling made by standardising:
    mean 0 and standard deviation 1 up to its rounding, and 0 throughout where the scale is 0.

    >>> raw = Table("t", "", ("a",), "y", ((1,), (3,), (4,)), (0, 1, 5), 1, 1)
    >>> made = standardised(raw)
    >>> is_standardised(made, made.scaling), is_standardised(raw, made.scaling)
    (True, False)
    """
    own = standard_scaling(table, scaling.target is not None)
    pairs = [*zip(own.features, scaling.features, strict=True)]
    if own.target is not None and scaling.target is not None:
        pairs.append((own.target, scaling.target))
    return all(
        abs(column.mean) <= ROUNDING and abs(column.scale - (recorded.scale != 0)) <= ROUNDING
        for column, recorded in pairs
    )


ROUNDING = Fraction(1, 10 ** (DIGITS - 1))


def standard_scaling(table: Table, target: bool = True) -> Scaling:
    """What standardises every feature of a table, and its target where that is asked for."""

    def column(values: Sequence[int], scale: int) -> ColumnScaling:
        squares = Fraction(sum(v * v for v in values), scale**2)
        return standard_column(len(values), Fraction(sum(values), scale), squares)

    return Scaling(
        tuple(column(values, table.x_scale) for values in zip(*table.rows, strict=True)),
        column(table.labels, table.y_scale) if target else None,
    )


def scaled(table: Table, scaling: Scaling) -> Table:
    """The table with (x - mean) * scale for every x, exactly.

    Raises ValueError for the scaling of another number of columns, or of columns that are scaled
    already, and InputError when the common denominator of the scaled numbers gets too long.
    """
    if table.scaling is not None:
        raise ValueError("the columns are scaled already")
    if len(scaling.features) != table.d:
        raise ValueError("the scaling is one of another number of columns")
    where = f"the scaling of {table.source}"
    features = WholeScaling.of(scaling.features, table.x_scale, where)
    labels, y_scale = table.labels, table.y_scale
    if scaling.target is not None:
        target = WholeScaling.of((scaling.target,), y_scale, where)
        labels = tuple(v for row in target.rows([(y,) for y in labels]) for v in row)
        y_scale = target.scale
    return replace(
        table,
        rows=tuple(features.rows(table.rows)),
        labels=labels,
        x_scale=features.scale,
        y_scale=y_scale,
        scaling=scaling,
    )


@dataclass(frozen=True)
class WholeScaling:
    """A scaling of whole numbers over a common denominator: v becomes (v * factor - mean_k) *
    scale_k, over the denominator ``scale``.
    """

    factor: int
    columns: tuple[tuple[int, int], ...]
    scale: int

    @classmethod
    def of(cls, columns: Sequence[ColumnScaling], scale: int, where: str) -> WholeScaling:
        """That of numbers over ``scale``; InputError when the new denominator gets too long."""
        unit, below = scale, 1
        for column in columns:
            unit = common_denominator(unit, column.mean.denominator, where)
            below = common_denominator(below, column.scale.denominator, where)
        whole = tuple((int(c.mean * unit), int(c.scale * below)) for c in columns)
        return cls(unit // scale, whole, common_denominator(1, unit * below, where))

    def rows(self, rows: Iterable[Sequence[int]]) -> Iterator[tuple[int, ...]]:
        """The scaled rows, over the denominator ``scale``."""
        factor, columns = self.factor, self.columns
        for row in rows:
            yield tuple(
                [(v * factor - mean) * by for v, (mean, by) in zip(row, columns, strict=True)]
            )


# -- the digest of the content -----------------------------------------------------------------

_WORD = 2**63


def cell_code(p: int, q: int) -> bytes:
    """A prefix-free code of p/q in lowest terms: p and q as two little-endian 64-bit words where
    they fit.

    Longer ones: the length of the text "p/q" (hexadecimal), a zero, and the text.
    """
    if -_WORD <= p < _WORD and q < _WORD:
        return p.to_bytes(8, "little", signed=True) + q.to_bytes(8, "little")
    text = b"%x/%x" % (p, q)
    return len(text).to_bytes(16, "little") + text


def row_code(row: Sequence[int], scale: int) -> bytes:
    """The codes of whole numbers over a denominator, one after the other."""
    words = list[int]()
    for v in row:
        g = gcd(v, scale)
        words += (v // g, scale // g)
    try:
        return struct.pack(f"<{len(words)}q", *words)
    except struct.error:  # one of them is longer
        pairs = zip(words[::2], words[1::2], strict=True)
        return b"".join([cell_code(p, q) for p, q in pairs])


def combine_digests(n: int, d: int, features: bytes, labels: bytes) -> str:
    """The digest of rows from the SHA-256 of the codes of their features (row by row) and of their
    labels.
    """
    head = f"proofkit rows {n} {d}\n".encode()
    return hashlib.sha256(head + features + labels).hexdigest()


def rows_sha256(table: Table) -> str:
    """A digest of the exact rows and labels, in their order, whatever the file's format and the
    names of its columns.
    """

    def digest(rows: Iterable[Sequence[int]], scale: int) -> bytes:
        out = hashlib.sha256()
        for row in rows:
            out.update(row_code(row, scale))
        return out.digest()

    return combine_digests(
        table.n,
        table.d,
        digest(table.rows, table.x_scale),
        digest([table.labels], table.y_scale),
    )
