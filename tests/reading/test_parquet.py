"""Parquet: every number exactly, by the reader and by blocks; everything else refused by name."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from proofkit.errors import InputError
from proofkit.problem import stream
from proofkit.problem.data import summarise
from proofkit.reading.table import DataFile, load_table

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
pq = pytest.importorskip("pyarrow.parquet")


def written(tmp_path: Path, metadata: Any = None, **columns: Any) -> Path:
    path = tmp_path / "d.parquet"
    pq.write_table(pa.table(columns).replace_schema_metadata(metadata), path)
    return path


def read(path: Path) -> list[Fraction]:
    """The first column, after both routes were compared."""
    table = load_table(path, "y")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "SMALL", 0)
        made, kept = stream.summarise_file(DataFile(path, "y"), False)
    assert kept is not None and made == summarise(table) == summarise(kept)
    return [Fraction(row[0], table.x_scale) for row in table.rows]


Y = [0.1, -1e-30]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([2**53 + 1, -5], pa.int64()),
        ([2**63 - 1, -(2**63)], pa.int64()),
        ([2**64 - 1, 0], pa.uint64()),
        ([127, -128], pa.int8()),
        ([0.1, 1 / 3], pa.float64()),
        ([0.5, 0.25], pa.float32()),
        ([Decimal("0.1"), Decimal("-12345678901234567890.5")], pa.decimal128(38, 10)),
        ([Decimal("1e-40"), Decimal(10) ** 20], pa.decimal256(70, 45)),
    ],
)
def test_every_kind_of_number(tmp_path: Path, values: list[Any], kind: Any) -> None:
    assert read(written(tmp_path, x=pa.array(values, kind), y=Y)) == list(map(Fraction, values))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (pa.array([1.0, None]), "row 2, column 'x' is an empty cell"),
        (pa.array([1.0, float("nan")]), "row 2, column 'x' is nan"),
        (pa.array([float("inf"), 1]), "row 1, column 'x' is inf"),
        (pa.array([1e-300, 1]), "row 1, column 'x' is '1e-300', too large"),
        (pa.array([True, False]), "the type bool"),
        (pa.array(["1", "2"]), "the type string"),
        (pa.array([1, 2], pa.date32()), "the type date32"),
        (pa.array([1, 2], pa.timestamp("s")), "the type timestamp"),
        (pa.array([[1], [2]]), "the type list"),
        (pa.array(["a", "b"]).dictionary_encode(), "the type dictionary"),
    ],
)
def test_what_is_refused(tmp_path: Path, values: Any, words: str) -> None:
    path = written(tmp_path, x=values, y=Y)
    for small in (2**18, 0):
        with pytest.raises(InputError) as error, pytest.MonkeyPatch.context() as patch:
            patch.setattr(stream, "SMALL", small)
            stream.summarise_file(DataFile(path, "y"), False)
        assert words in str(error.value)


def test_an_index_of_pandas_is_left_out_and_said(tmp_path: Path) -> None:
    table = load_table(written(tmp_path, x=[1, 2], y=Y, __index_level_0__=[7, 8]), "y")
    assert table.features == ("x",) and "__index_level_0__" in table.notes[0]
    meta = {"pandas": '{"index_columns": ["id"]}'}
    table = load_table(written(tmp_path, meta, id=[7, 8], x=[1, 2], y=Y), "y")
    assert table.features == ("x",) and "'id'" in table.notes[0]


def test_damaged_files(tmp_path: Path) -> None:
    path = written(tmp_path, x=[1, 2], y=Y)
    raw = path.read_bytes()
    path.write_bytes(raw[:4] + b"\xff" * 40 + raw[44:])
    with pytest.raises(InputError):
        load_table(path, "y")
    path.write_bytes(raw[: len(raw) // 2])
    with pytest.raises(InputError):
        load_table(path, "y")
