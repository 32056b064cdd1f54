"""A table as the text of a CSV file, every digit of it."""

from __future__ import annotations

import csv
import io
from fractions import Fraction

from proofkit.kernel.univariate.rounding import decimal_text
from proofkit.reading.table import Table


def csv_text(table: Table) -> str:
    """The rows as a CSV file with a header, every number written out: what is read from it are the
    same numbers.

    >>> t = Table("t", "", ("a",), "y", ((1,), (3,)), (0, 10), 4, 1)
    >>> csv_text(t).splitlines()
    ['a,y', '0.25,0', '0.75,10']
    """
    out = io.StringIO()
    names = [*table.features, table.target]
    # A delimiter inside a name would make the reader ask which one is meant.
    quoting = csv.QUOTE_ALL if any(set(";\t") & set(name) for name in names) else csv.QUOTE_MINIMAL
    csv.writer(out, lineterminator="\n", quoting=quoting).writerow(names)
    writer = csv.writer(out, lineterminator="\n")
    for row, label in zip(table.rows, table.labels, strict=True):
        writer.writerow(
            [
                *(decimal_text(Fraction(v, table.x_scale)) for v in row),
                decimal_text(Fraction(label, table.y_scale)),
            ]
        )
    return out.getvalue()
