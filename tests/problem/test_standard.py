"""Standardised data: exact, the same everywhere, and as a file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from proofkit.numeric.kernels import float_arrays
from proofkit.problem.standard import GRID, csv_text, standardised
from proofkit.reading.table import DataFile, Table, load_table, rows_sha256
from proofkit.report import bundled_file


def table_of(rows: list[tuple[int, ...]], labels: list[int], scale: int = 1) -> Table:
    names = tuple(f"x{k}" for k in range(len(rows[0])))
    return Table("t", "", names, "y", tuple(rows), tuple(labels), scale, scale)


def test_standardised_data_are_exact() -> None:
    table = standardised(bundled_file().table())
    X, y = float_arrays(table)
    assert (np.rint(X * GRID) == X * GRID).all() and (np.rint(y * GRID) == y * GRID).all()
    assert np.abs(X.mean(axis=0)).max() < 1e-11 and np.abs(X.var(axis=0) - 1).max() < 1e-11


def test_arrays_are_those_of_the_standardised_table() -> None:
    table = bundled_file().table()
    for target in (True, False):
        one, two = (
            float_arrays(table, True, target),
            float_arrays(standardised(table, target)),
        )
        assert (one[0] == two[0]).all() and (one[1] == two[1]).all()
    raw = np.array(table.rows) / table.x_scale
    plain = (raw - raw.mean(axis=0)) / raw.std(axis=0)
    assert np.abs(plain - one[0]).max() < 1e-11


@given(st.lists(st.integers(-(10**30), 10**30), min_size=2, max_size=9), st.integers(1, 10**9))
def test_every_value_is_the_nearest_multiple(column: list[int], scale: int) -> None:
    made = standardised(table_of([(v,) for v in column], column, scale))
    assert made.labels == tuple(row[0] for row in made.rows)
    n, mean = len(column), Fraction(sum(column), len(column))
    variance = sum((v - mean) ** 2 for v in column) / n
    for v, (w,) in zip(column, made.rows, strict=True):
        if variance == 0:
            assert w == 0
            continue
        assert (v > mean) - (v < mean) == (w > 0) - (w < 0) or abs(w) == 0
        # |w|/GRID is within half a step of |v - mean|/sd: compared in squares, without roots.
        exact = (v - mean) ** 2 / variance * GRID**2
        assert exact <= Fraction(2 * abs(w) + 1, 2) ** 2
        assert w == 0 or exact >= Fraction(2 * abs(w) - 1, 2) ** 2


def test_a_constant_column_becomes_zeros_and_labels_stay() -> None:
    made = standardised(table_of([(5, 1), (5, 2)], [-1, 1]), target=False)
    assert [row[0] for row in made.rows] == [0, 0] and made.labels == (-1, 1)
    assert made.y_scale == 1 and made.source == "t, standardised"


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "standard.csv"
    for table in (
        standardised(bundled_file().table()),
        table_of([(1, -25), (7, 0)], [3, -1], 12),
    ):
        path.write_text(csv_text(table))
        back = load_table(path, table.target)
        assert rows_sha256(back) == rows_sha256(table) and back.features == table.features


def test_names_with_commas_and_quotes_are_kept(tmp_path: Path) -> None:
    table = Table("t", "", ('a, "b"', "c"), "y;", ((1, 2), (3, 4)), (0, 1), 1, 1)
    path = tmp_path / "named.csv"
    path.write_text(csv_text(table))
    assert DataFile(path, "y;").table().features == table.features
