"""NumPy archives: every number exactly, by the reader and by blocks; everything else refused by
name.
"""

from __future__ import annotations

import zipfile
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from proofkit.errors import InputError
from proofkit.problem import stream
from proofkit.problem.data import summarise
from proofkit.reading.table import DataFile, load_table


def both(path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "SMALL", 0)
        made, kept = stream.summarise_file(DataFile(path, "y"), False)
    assert kept is not None
    assert made == summarise(load_table(path, "y")) == summarise(kept)


@pytest.mark.parametrize("kind", ["<f8", ">f8", "<f4", ">f4", "<f2", "i1", "<i2", ">i4", "<i8", ">i8", "u1", "<u4", "<u8", ">u8"])  # fmt: skip
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_kind_of_number(tmp_path: Path, kind: str, order: str) -> None:
    path = tmp_path / "d.npz"
    dtype = np.dtype(kind)
    if dtype.kind == "f":
        X = np.array([[0.1, 2.5, -3], [1 / 3, 0, 7]], dtype)
    else:
        top = np.iinfo(dtype)
        X = np.array([[top.max, top.min, 1], [top.max - 1, 0, 7]], dtype)
    np.savez(path, X=np.asarray(X, order=order), y=X[:, 0])
    table = load_table(path, "y")
    assert table.features == ("X[0]", "X[1]", "X[2]")
    got = [[Fraction(v, table.x_scale) for v in row] for row in table.rows]
    assert got == [[Fraction(v) for v in row] for row in X.tolist()]
    assert list(table.targets()) == [Fraction(v) for v in X[:, 0].tolist()]
    both(path)


def test_whole_numbers_beside_floats(tmp_path: Path) -> None:
    path = tmp_path / "d.npz"
    np.savez(path, X=np.array([[2**53 + 1], [5]]), y=np.array([0.1, 1e-30]))
    assert load_table(path, "y").rows == ((2**53 + 1,), (5,))
    both(path)


@pytest.mark.parametrize(
    ("X", "words"),
    [
        (np.array([[True], [False]]), "truth values"),
        (np.array([["1"], ["2"]]), "text"),
        (np.array([[1j], [2]]), "complex"),
        (np.array([[1], [2]], "f2").astype(np.longdouble), "extended floating point"),
        (np.array([["2020-01-01"], ["2020-01-02"]], "M8[D]"), "dates"),
        (np.array([[(1, 2)], [(3, 4)]], "i4,i4"), "plain numbers"),
        (np.array([[{}], [{}]], object), "Python objects"),
        (np.array([[np.nan], [1]]), r"X\[0, 0\] is nan"),
        (np.array([[1], [-np.inf]]), r"X\[1, 0\] is -inf"),
        (np.array([[1e-300], [1]]), r"X\[0, 0\] is '1e-300', too large"),
        (np.ones((3, 1)), "shape"),
        (np.ones(2), "shape"),
        (np.ones((2, 0)), "no feature"),
    ],
)
def test_what_is_refused(tmp_path: Path, X: np.ndarray, words: str) -> None:
    path = tmp_path / "d.npz"
    np.savez(path, X=X, y=np.array([1.0, 2.0]))
    with pytest.raises(InputError, match=words):
        load_table(path, "y")
    with pytest.raises(InputError, match=words), pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "SMALL", 0)
        stream.summarise_file(DataFile(path, "y"), False)


def test_archives_that_are_damaged(tmp_path: Path) -> None:
    path = tmp_path / "d.npz"
    np.savez(path, X=np.ones((4, 2)), y=np.ones(4))
    whole = path.read_bytes()
    for cut in (10, len(whole) // 2, len(whole) - 5):
        path.write_bytes(whole[:cut])
        with pytest.raises(InputError, match="not an NPZ archive"):
            load_table(path, "y")
    np.save(tmp_path / "x.npy", np.ones((4, 2)))
    array = (tmp_path / "x.npy").read_bytes()
    for data in (array[:-8], array + b"0", b"x" + array[1:], array[:40], b""):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("X.npy", data)
            archive.writestr("y.npy", array)
        with pytest.raises(InputError):
            load_table(path, "y")
    np.savez(path, X=np.ones((2, 2)), y=np.ones(2))
    with pytest.raises(InputError, match="did you mean 'y'"):
        load_table(path, "yy")
