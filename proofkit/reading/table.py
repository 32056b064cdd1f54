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

from proofkit.errors import InputError, brief
from proofkit.reading import npz, parquet
from proofkit.reading.csvfile import Hashed, layout_of, rows_from
from proofkit.reading.dialect import DETECT, Dialect
from proofkit.reading.files import open_regular
from proofkit.reading.labels import LabelMap, label_map
from proofkit.reading.numbers import common_denominator, shown


@dataclass(frozen=True, repr=False)
class Table:
    """Features X (n x d) and targets y, as integers over one common denominator each.

    ``label_map`` says how the targets became labels -1 and +1, if they did; ``notes`` what was left
    out of the file.
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
    """A data file, how its text is written, the column to predict, and the threshold of its labels
    where one was asked for.
    """

    path: Path
    target: str
    dialect: Dialect = DETECT
    label_above: Fraction | None = None

    def table(self, classifies: bool = False) -> Table:
        """The rows, with labels -1 and +1 for a loss that classifies; InputError as ``load_table``
        and ``with_labels``.
        """
        table = load_table(self.path, self.target, self.dialect)
        return with_labels(table, self.label_above) if classifies else table


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


def load_table(path: Path, target: str, dialect: Dialect = DETECT) -> Table:
    """Read a CSV (with a header), NPZ or Parquet file; InputError names the row and column at
    fault.

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


# -- the digest of the content -----------------------------------------------------------------

_WORD = 2**63


def cell_code(p: int, q: int) -> bytes:
    """A prefix-free code of p/q in lowest terms: p and q as two little-endian 64-bit words where
    they fit.

    Longer ones: the length of the text "p/q" (hexadecimal), a zero, and the text.
    """
    if -_WORD <= p < _WORD and q < _WORD:
        return p.to_bytes(8, "little", signed=True) + q.to_bytes(8, "little")
    text = f"{p:x}/{q:x}".encode()
    return len(text).to_bytes(8, "little") + bytes(8) + text


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
            words = []
            for v in row:
                g = gcd(v, scale)
                words += (v // g, scale // g)
            try:
                out.update(struct.pack(f"<{len(words)}q", *words))
            except struct.error:  # one of them is longer
                pairs = zip(words[::2], words[1::2], strict=True)
                out.update(b"".join(cell_code(p, q) for p, q in pairs))
        return out.digest()

    return combine_digests(
        table.n,
        table.d,
        digest(table.rows, table.x_scale),
        digest([table.labels], table.y_scale),
    )
