"""Streamed constants equal those of the whole table, digit for digit."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit.errors import InputError
from proofkit.problem import blocks, csvblocks, stream
from proofkit.problem.data import summarise
from proofkit.reading.table import DataFile, cell_code, load_table
from proofkit.report import bundled_file

CELL = st.one_of(
    st.decimals(-(10**9), 10**9, allow_nan=False, places=4).map(str),
    st.floats(-1e12, 1e12).filter(lambda v: v == 0 or abs(v) > 1e-120).map(repr),
    st.floats(-1e120, 1e120, allow_nan=False).filter(lambda v: abs(v) > 1e-120).map(repr),
    st.integers(-(10**40), 10**40).map(str),
    st.integers(-(2**63), 2**63).map(str),
    st.tuples(st.integers(0, 10**24), st.integers(0, 30)).map(lambda v: f"-0.{'0' * v[1]}{v[0]}"),
    st.fractions(-9, 9, max_denominator=12).map(str),
    st.sampled_from(["+5", " 3.5", "7 ", ".5", "5.", "00012.500", "0", "-0.0", "1e3", "2E-7"]),
)


def both(path: Path, classifies: bool = False, above: Fraction | None = None) -> None:
    """The one-pass summary and its rows equal those of the reader."""
    file = DataFile(path, "y", label_above=above)
    table = file.table(classifies)
    made, kept = stream.summarise_file(file, classifies)
    assert made == summarise(table)
    assert kept is not None and summarise(kept) == made
    assert kept.label_map == table.label_map and kept.notes == table.notes


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=2, max_size=12))
def test_any_table(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]) -> None:
    path = tmp_path_factory.mktemp("d") / "d.csv"
    path.write_text("a,y,b\n" + "".join(",".join(row) + "\n" for row in rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "SMALL", 0)
        both(path)


@pytest.fixture
def streaming(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file goes through blocks, of few rows and bytes."""
    monkeypatch.setattr(stream, "SMALL", 0)
    monkeypatch.setattr(csvblocks, "PIECE", 2000)
    monkeypatch.setattr(csvblocks, "ROWS", 7)
    monkeypatch.setattr(stream, "ROWS", 7)


@pytest.mark.usefixtures("streaming")
def test_bundled_data_and_many_chunks() -> None:
    file = bundled_file()
    made, _ = stream.summarise_file(file, False)
    assert made == summarise(file.table())
    made, _ = stream.summarise_file(file, True)
    assert made == summarise(file.table(True))


@pytest.mark.usefixtures("streaming")
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_dialect_in_pieces(tmp_path: Path, end: str, quote: str, delimiter: str) -> None:
    path = tmp_path / "d.csv"
    rows = [["a", "y", "b"], *([f"{k}.25", str(k % 5), f"-{k}e-2"] for k in range(400))]
    lines = [delimiter.join(f"{quote}{c}{quote}" for c in row) for row in rows]
    lines[200:200] = ["", '# a comment, with "quotes"', "  "]
    path.write_bytes(("\ufeff" + end.join(lines)).encode())
    both(path)
    path.write_bytes((end.join([*lines, "1" + delimiter + "x" + delimiter + "2"]) + end).encode())
    for read in (
        lambda: stream.summarise_file(DataFile(path, "y"), False),
        lambda: load_table(path, "y"),
    ):
        with pytest.raises(InputError, match="row 405, column 'y' is 'x'"):
            read()


@pytest.mark.usefixtures("streaming")
@pytest.mark.parametrize("wide", [False, True])
def test_floats_of_archives_and_parquet(tmp_path: Path, wide: bool) -> None:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((300, 3)) * (10.0 ** rng.integers(-40, 40, (300, 3)) if wide else 1.0)
    y = rng.standard_normal(300)
    np.savez(tmp_path / "d.npz", X=X, y=y)
    np.savez(tmp_path / "f.npz", X=np.asfortranarray(X).astype(">f8"), y=y.astype("<f4"))
    both(tmp_path / "d.npz")
    both(tmp_path / "f.npz")
    pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    pytest.importorskip("pyarrow.parquet")
    pa.parquet.write_table(
        pa.table({**{f"X[{k}]": X[:, k] for k in range(3)}, "y": y}), tmp_path / "d.parquet"
    )
    both(tmp_path / "d.parquet")
    archive, parquet = (
        stream.summarise_file(DataFile(tmp_path / f"d.{k}", "y"), False)[0]
        for k in ("npz", "parquet")
    )
    assert replace(parquet, source=archive.source, digest=archive.digest) == archive


@pytest.mark.usefixtures("streaming")
@pytest.mark.parametrize("values", [(0, 1), (1, 2), (-1, 0), (-1, 1)])
def test_labels_of_two_values_in_one_pass(tmp_path: Path, values: tuple[int, int]) -> None:
    path = tmp_path / "d.csv"
    for order in (values, values[::-1]):
        path.write_text("a,y\n" + "".join(f"{k},{order[k % 3 == 1]}\n" for k in range(500)))
        both(path, True)
        both(path, True, Fraction(values[0]))
    path.write_text("a,y\n" + "".join(f"{k},{k % 4}\n" for k in range(500)))
    both(path, True, Fraction(1))
    with pytest.raises(InputError, match="more than two values"):
        both(path, True)


@given(
    st.lists(st.integers(-(2**62) + 1, 2**62 - 1), min_size=4, max_size=4),
    st.lists(st.integers(0, 60), min_size=4, max_size=4),
    st.sampled_from([2, 10]),
)
def test_limbs_add_up(numbers: list[int], shifts: list[int], base: int) -> None:
    m = np.array([numbers], np.int64)
    s = np.where(m != 0, np.array([shifts], np.int64), 0)
    weight, parts = blocks.limbs(m, s, base)
    assert all(np.abs(part).max() <= 2**20 for part in parts)
    for c, (number, shift) in enumerate(zip(numbers, s[0].tolist(), strict=True)):
        total = sum(int(part[0, c]) * weight**k for k, part in enumerate(parts))
        assert total == number * base**shift


@given(
    st.lists(
        st.tuples(st.integers(-(2**62) + 1, 2**62 - 1), st.integers(-70, 70)),
        min_size=1,
        max_size=9,
    ),
    st.sampled_from([2, 10]),
)
def test_codes_are_those_of_the_numbers(numbers: list[tuple[int, int]], base: int) -> None:
    numbers = [(m, -abs(s) % 40 - 39 if base == 10 else s) for m, s in numbers]
    m, s = (np.array([[v[k]] * 2 for v in numbers], np.int64) for k in (0, 1))
    made = blocks.codes(blocks.Block(m, s, base))
    exact = [Fraction(a) * Fraction(base) ** b for a, b in numbers]
    assert made == (b"".join(cell_code(q.numerator, q.denominator) for q in exact),) * 2


@pytest.mark.parametrize("loss", ["squared", "logistic"])
def test_large_files_are_streamed_into_the_same_certificate(
    loss: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from proofkit.interactive import Problem

    path = tmp_path / "d.csv"
    path.write_text(
        "a,b,y\n" + "".join(f"{k % 7 - 3}.25,{k % 5},{1 if k % 3 else -1}\n" for k in range(200))
    )
    held = Problem("tanh", loss, lam="1/2").bind(path, "y", width=4)
    monkeypatch.setattr(stream, "SMALL", 0)
    monkeypatch.setattr(stream.summarise_file, "__defaults__", (lambda *_: None, 100))
    streamed = Problem("tanh", loss, lam="1/2").bind(path, "y", width=4)
    assert held.table is not None and streamed.table is None
    assert held.data == streamed.data
    assert held.prove().certificate().digest == streamed.prove().certificate().digest
    if loss == "logistic":
        text = path.read_text()
        for label in ("-1.5", "0", "0.5"):
            path.write_text(text.replace(",-1\n", f",{label}\n", 1))
            with pytest.raises(InputError, match="needs two labels"):
                Problem("tanh", loss).bind(path, "y", width=4)
