"""Streamed constants equal those of the whole table, digit for digit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit.errors import InputError
from proofkit.problem import stream
from proofkit.problem.data import load_table, summarise
from proofkit.report import BUNDLED_TARGET, bundled_data

CELL = st.one_of(
    st.decimals(-(10**9), 10**9, allow_nan=False, places=4).map(str),
    st.floats(-1e12, 1e12, allow_nan=False).map(repr),
    st.integers(-(10**25), 10**25).map(str),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=2, max_size=12))
def test_any_table(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]) -> None:
    path = tmp_path_factory.mktemp("d") / "d.csv"
    path.write_text("a,y,b\n" + "".join(",".join(row) + "\n" for row in rows))
    assert stream.stream_summary(path, "y") == summarise(load_table(path, "y"))


def test_bundled_data_and_many_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = summarise(load_table(bundled_data(), BUNDLED_TARGET))
    monkeypatch.setattr(stream, "ROWS", 32)
    monkeypatch.setattr(stream, "BLOCK", 2000)
    assert stream.stream_summary(bundled_data(), BUNDLED_TARGET) == whole


def test_without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> None:
        raise InputError("absent")

    monkeypatch.setattr(stream, "pyarrow", absent)
    assert stream.stream_summary(bundled_data(), BUNDLED_TARGET) == summarise(
        load_table(bundled_data(), BUNDLED_TARGET)
    )


@pytest.mark.parametrize("wide", [False, True])
def test_parquet_of_floats(tmp_path: Path, wide: bool) -> None:
    pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")

    rng = np.random.default_rng(0)
    X = rng.standard_normal((300, 3)) * (10.0 ** rng.integers(-40, 40, (300, 3)) if wide else 1.0)
    y = rng.standard_normal(300)
    pa.parquet.write_table(
        pa.table({**{f"X[{k}]": X[:, k] for k in range(3)}, "y": y}), tmp_path / "d.parquet"
    )
    np.savez(tmp_path / "d.npz", X=X, y=y)
    whole = summarise(load_table(tmp_path / "d.npz", "y"))
    streamed = stream.stream_summary(tmp_path / "d.parquet", "y")
    assert replace(streamed, source=whole.source, digest=whole.digest) == whole


def test_limbs_add_up() -> None:
    rng = np.random.default_rng(0)
    m = rng.integers(-(2**61), 2**61, (5, 4))
    s = rng.integers(0, 90, (5, 4))
    parts = stream.limbs(m, s)
    assert all(np.abs(part).max() < 2**stream.LIMB for part in parts)
    for at in np.ndindex(m.shape):
        assert sum(int(part[at]) << (stream.LIMB * k) for k, part in enumerate(parts)) == int(
            m[at]
        ) << int(s[at])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,y\n1,2\n3,nan\n", "row 3, column 'y' is nan"),
        ("a,y\n1,2\n3\n", "row 3 has 1 cells"),
        ("a,y\n1,2\n,4\n", "empty cell"),
        ("a,y\n1,2\n", "at least two"),
        ("a,a,y\n1,2,3\n", "two columns"),
        ("y\n1\n2\n", "no feature column"),
        ("a,b\n1,2\n3,4\n", "no column 'y'"),
        ("", "empty"),
    ],
)
def test_bad_files(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "d.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        stream.stream_summary(path, "y")


@pytest.mark.parametrize("loss", ["squared", "logistic"])
def test_large_files_are_streamed_into_the_same_certificate(
    loss: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from proofkit.interactive import Problem
    from proofkit.problem import stream

    path = tmp_path / "d.csv"
    path.write_text(
        "a,b,y\n" + "".join(f"{k % 7 - 3}.25,{k % 5},{1 if k % 3 else -1}\n" for k in range(200))
    )
    held = Problem("tanh", loss, lam="1/2").bind(path, "y", width=4)
    monkeypatch.setattr(stream, "LARGE", 100)
    streamed = Problem("tanh", loss, lam="1/2").bind(path, "y", width=4)
    assert held.table is not None and streamed.table is None
    assert held.data == streamed.data
    assert held.prove().certificate().digest == streamed.prove().certificate().digest
    if loss == "logistic":
        text = path.read_text()
        for label in ("-1.5", "0", "0.5"):
            path.write_text(text.replace(",-1\n", f",{label}\n", 1))
            with pytest.raises(InputError, match="needs labels -1 or"):
                Problem("tanh", loss).bind(path, "y", width=4)
