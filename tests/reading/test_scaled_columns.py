"""Scaled columns: exact, the same everywhere, and as a file."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import gcd
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofkit.errors import InputError
from proofkit.numeric.kernels import float_arrays
from proofkit.problem import stream
from proofkit.problem.csvtext import csv_text
from proofkit.problem.data import summarise
from proofkit.reading.scaling import ColumnScaling, Scaling, exponent, is_decimal
from proofkit.reading.table import (
    STANDARDISED,
    DataFile,
    Table,
    as_recorded,
    load_table,
    rows_sha256,
    scaled,
    standardised,
)
from proofkit.report import bundled_file

ONE = ColumnScaling(Fraction(1, 2), Fraction(4))


def table_of(rows: list[tuple[int, ...]], labels: list[int], scale: int = 1) -> Table:
    names = tuple(f"x{k}" for k in range(len(rows[0])))
    return Table("t", "", names, "y", tuple(rows), tuple(labels), scale, scale)


def values(table: Table) -> list[list[Fraction]]:
    return [[Fraction(v, table.x_scale) for v in row] for row in table.rows]


@given(st.lists(st.integers(-(10**30), 10**30), min_size=2, max_size=9), st.integers(1, 10**9))
def test_mean_and_scale_are_rounded_to_the_nearest(column: list[int], scale: int) -> None:
    made = standardised(table_of([(v,) for v in column], column, scale))
    assert made.scaling is not None
    (found,) = made.scaling.features
    assert made.scaling.target == found and made.y_scale == made.x_scale
    n, mean = len(column), Fraction(sum(column), len(column) * scale)
    variance = sum(((Fraction(v, scale) - mean) ** 2 for v in column), Fraction(0)) / n
    if variance == 0:
        assert found.scale == 0 and set(values(made)[0]) == {0}
        return
    e = exponent(variance) // 2
    assert abs(found.mean - mean) <= Fraction(10) ** (e - 15) / 2
    # c is the nearest multiple of a unit to 1/sd: compared in squares, without roots.
    unit = Fraction(10) ** (-e - 15)
    assert (found.scale - unit / 2) ** 2 <= 1 / variance <= (found.scale + unit / 2) ** 2
    assert found.scale / unit <= 10**15 and (found.scale / unit).denominator == 1
    assert is_decimal(found.mean) and is_decimal(found.scale)
    raw = [Fraction(v, scale) for v in column]
    assert values(made) == [[(v - found.mean) * found.scale] for v in raw]
    assert list(made.targets()) == [v for (v,) in values(made)]


def test_columns_have_mean_0_and_deviation_1() -> None:
    table = standardised(bundled_file().table())
    X, y = float_arrays(table)
    assert np.abs(X.mean(axis=0)).max() < 1e-14 and np.abs(X.var(axis=0) - 1).max() < 1e-13
    assert abs(y.mean()) < 1e-14 and abs(y.var() - 1) < 1e-13
    raw = bundled_file().table()
    plain = np.array(raw.rows) / raw.x_scale
    assert np.abs((plain - plain.mean(axis=0)) / plain.std(axis=0) - X).max() < 1e-12


def test_floats_are_the_nearest_to_the_exact_numbers() -> None:
    table = standardised(bundled_file().table())
    X, y = float_arrays(table)
    for exact, row in zip(values(table), X.tolist(), strict=True):
        assert [float(v) for v in exact] == row
    assert [float(v) for v in table.targets()] == y.tolist()


def test_a_constant_column_becomes_zeros_and_labels_stay() -> None:
    made = standardised(table_of([(5, 1), (5, 2)], [-1, 1]), target=False)
    assert [row[0] for row in made.rows] == [0, 0] and made.labels == (-1, 1)
    assert made.y_scale == 1 and made.scaling is not None and made.scaling.target is None
    assert made.scaling.features[0] == ColumnScaling(Fraction(5), Fraction(0))
    assert made.source == "t" and made.notes == (STANDARDISED,)


def test_a_mean_far_above_the_deviation_keeps_its_digits() -> None:
    """A time stamp: fifteen digits of the mean alone would move the column by many deviations."""
    made = standardised(table_of([(10**20 + v,) for v in (1, 2, 4)], [0, 1, 5]))
    assert abs(sum(v for (v,) in values(made))) < Fraction(1, 10**14)


def test_what_is_scaled_is_not_scaled_again() -> None:
    once = standardised(table_of([(1,), (3,), (4,)], [0, 1, 5]))
    assert standardised(once) == once
    assert once.scaling is not None
    with pytest.raises(ValueError, match="scaled already"):
        scaled(once, once.scaling)
    with pytest.raises(ValueError, match="another number of columns"):
        scaled(table_of([(1, 2), (3, 4)], [0, 1]), Scaling((ONE,), None))


def test_numbers_too_finely_divided_are_refused() -> None:
    tiny = table_of([(0,), (1,)], [0, 1], 3 ** (500))
    other = replace(tiny, rows=((0,), (7**300,)), x_scale=7**600)
    with pytest.raises(InputError, match="the scaling of t makes the common denominator too long"):
        standardised(replace(other, x_scale=7**700))


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


# -- the record ------------------------------------------------------------------------------------


def test_the_record_comes_back() -> None:
    scaling = Scaling((ONE, ColumnScaling(Fraction(-3), Fraction(0))), ONE)
    assert Scaling.from_json(scaling.json()) == scaling
    assert Scaling.from_json({**scaling.json(), "target": None}) == Scaling(scaling.features, None)
    assert Scaling.from_json(None) is None


@pytest.mark.parametrize(
    "recorded",
    [
        [],
        {"features": []},
        {"features": {}, "target": None},
        {"features": [{"mean": "1"}], "target": None},
        {"features": [{"mean": "1", "scale": "1/3"}], "target": None},
        {"features": [{"mean": "1", "scale": "-1"}], "target": None},
        {"features": [{"mean": "1", "scale": "1/2"}], "target": None},
        {"features": [{"mean": "1.0", "scale": "1"}], "target": None},
        {"features": [{"mean": 1, "scale": "1"}], "target": None},
        {"features": [{"mean": "nan", "scale": "1"}], "target": None},
        {"features": [{"mean": "1e900", "scale": "1"}], "target": None},
        {"features": [], "target": {"mean": "1", "scale": "1", "more": "1"}},
    ],
)
def test_what_is_no_record_is_refused(recorded: object) -> None:
    with pytest.raises(ValueError):
        Scaling.from_json(recorded)


def test_no_scaling_of_what_is_no_decimal() -> None:
    for mean, scale in ((Fraction(1, 3), Fraction(1)), (Fraction(1), Fraction(-1))):
        with pytest.raises(ValueError):
            ColumnScaling(mean, scale)
    with pytest.raises(ValueError, match="too long"):
        ColumnScaling(Fraction(2) ** 5000, Fraction(1))


def test_the_numbers_of_few_columns_are_said() -> None:
    assert Scaling((ONE,), None).sentence(["age\x1b"], "y") == (
        "features scaled: x' = (x - mean) * scale; mean and scale: age\\x1b 0.5, 4"
    )
    many = Scaling((ONE,) * 21, ONE).sentence(["a"] * 21, "y")
    assert many.startswith("features and target scaled: x' = (x - mean) * scale; the certificate")


def test_rows_beside_a_record() -> None:
    raw = table_of([(1,), (3,), (4,)], [0, 1, 5])
    made = standardised(raw)
    digest = rows_sha256(made)
    assert as_recorded(raw, digest, made.scaling) == made
    assert as_recorded(raw, digest, None) == raw
    file = replace(made, scaling=None)
    assert as_recorded(file, digest, made.scaling) == file


# -- large files -----------------------------------------------------------------------------------

TEXT = ["0.5,-3,1", "1/3,7,1e-40", "2,123456789012345678901234567890,0", "-1,7,2", "8.25,7,0"]


@pytest.mark.parametrize("classifies", [False, True])
@pytest.mark.parametrize("name", ["d.csv", "d.npz"])
def test_two_passes_make_what_the_table_makes(
    name: str, classifies: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / name
    if name == "d.csv":
        path.write_text("a,b,y\n" + "\n".join(TEXT * 30 + ["1,2,3"]) + "\n")
    else:
        rng = np.random.default_rng(1)
        np.savez(path, X=rng.normal(3, 100, (9000, 2)), y=rng.integers(0, 3, 9000))
    above = Fraction(1, 2) if classifies else None
    file = DataFile(path, "y", label_above=above, standardise=True)
    table = file.table(classifies)
    expected = summarise(table)
    monkeypatch.setattr(stream, "SMALL", 0)
    seen: list[tuple[int, int]] = []
    made, kept = stream.summarise_file(
        file, classifies, lambda done, total: seen.append((done, total))
    )
    assert made == expected and made.notes == expected.notes and kept is not None
    assert values(kept) == values(table) and list(kept.targets()) == list(table.targets())
    assert (kept.scaling, kept.label_map) == (table.scaling, table.label_map)
    assert seen[-1][0] == seen[-1][1] and [d for d, _ in seen] == sorted(d for d, _ in seen)
    again, none = stream.summarise_file(file, classifies, keep_up_to=0)
    assert again == expected and none is None


def test_a_file_that_changes_between_the_passes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "d.csv"
    path.write_text("a,y\n" + "1,2\n3,4\n" * 50)

    def change(done: int, total: int) -> None:
        if done == total // 2:  # the first pass is over
            path.write_text("a,y\n" + "1,2\n3,5\n" * 50)

    monkeypatch.setattr(stream, "SMALL", 0)
    with pytest.raises(InputError, match="changed while it was read"):
        stream.summarise_file(DataFile(path, "y", standardise=True), False, change, 0)


def test_digests_do_not_depend_on_the_common_denominator() -> None:
    made = standardised(bundled_file().table())
    shared = gcd(made.x_scale, *(v for row in made.rows for v in row))
    lowest = replace(
        made,
        rows=tuple(tuple(v // shared for v in row) for row in made.rows),
        x_scale=made.x_scale // shared,
    )
    assert rows_sha256(lowest) == rows_sha256(made)
