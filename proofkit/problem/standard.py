"""Standardised data, exactly: so that a run on them and a proof about them speak of the same L."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from math import isqrt

from proofkit.kernel.univariate.rounding import decimal_text
from proofkit.reading.table import Table

BITS = 40
GRID = 2**BITS
"""Standardised data are rounded to multiples of 1/GRID: these are the numbers, for the proof and
the run alike.
"""


def standardised(table: Table, target: bool = True) -> Table:
    """The table with every feature (and the target) centred and divided by its standard deviation.

    Each value is (x - mean)/sd, sd^2 = (1/n) sum (x - mean)^2, rounded to the nearest multiple of
    1/GRID in exact arithmetic, so that it is the same on every machine.  A constant column becomes
    zeros.  The labels of the logistic loss stay as they are: give ``target=False`` for them.

    >>> t = Table("t", "", ("a",), "y", ((1,), (3,)), (0, 10), 1, 1)
    >>> standardised(t).rows == ((-GRID,), (GRID,)), standardised(t, target=False).labels
    (True, (0, 10))
    """
    columns = [_standard_scores(column) for column in zip(*table.rows, strict=True)]
    rows = tuple(zip(*columns, strict=True))
    labels = tuple(_standard_scores(table.labels)) if target else table.labels
    made = replace(
        table,
        source=f"{table.source}, standardised",
        rows=rows,
        labels=labels,
        x_scale=GRID,
        y_scale=GRID if target else table.y_scale,
    )
    # That of the file which ``csv_text`` makes.
    return replace(made, digest=hashlib.sha256(csv_text(made).encode()).hexdigest())


def _standard_scores(column: Sequence[int]) -> list[int]:
    """(x - mean)/sd in units of 1/GRID, rounded to the nearest; the unit of the column cancels."""
    n, total = len(column), sum(column)
    centred = [n * v - total for v in column]
    # n^2 times the sum of squares of x - mean; the variance is this divided by n^3.
    squares = sum(c * c for c in centred)
    if squares == 0:
        return [0] * n

    def score(c: int) -> int:
        # |c|/sqrt(squares/n) in units of half a step, rounded down, and then to the nearest step.
        halves = isqrt((c * c * n << 2 * (BITS + 1)) // squares)
        return (halves + 1) // 2 if c > 0 else -((halves + 1) // 2)

    return [score(c) for c in centred]


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
