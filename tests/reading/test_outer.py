"""Outer weights: one meaning of every file, or a sentence."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from proofkit.errors import InputError
from proofkit.problem.data import load_outer
from proofkit.reading.outer import outer_weights

HALF, FRACTIONS = Fraction(1, 2), [Fraction(1, 3), Fraction(-3, 2)]


@pytest.mark.parametrize(
    ("text", "decimal", "expected"),
    [
        ("1/3\n-3/2\n", None, FRACTIONS),
        ("1/3 -1.5", None, FRACTIONS),
        ("1/3, -1.5", None, FRACTIONS),
        ("1/3;-1.5\r\n", None, FRACTIONS),
        ("\ufeff# two\n1/3\r\r-1.5e0", None, FRACTIONS),
        ("0,5\n1,5\n", ",", [HALF, 3 * HALF]),
        ("0,5;1,5", ",", [HALF, 3 * HALF]),
        ("0,5\n1,5\n", ".", [0, 5, 1, 5]),
        ("0.5\n1.5\n", ",", [HALF, 3 * HALF]),
        ("0.5,1.5", None, [HALF, 3 * HALF]),
        ("1,2,3", None, [1, 2, 3]),
        ("1,-2", None, [1, -2]),
    ],
)
def test_what_is_read(
    tmp_path: Path, text: str, decimal: str | None, expected: list[Fraction]
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode())
    assert outer_weights(path, decimal)[0] == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0,5\n1,5\n", "line 1: '0,5' may be one number with a decimal comma or two"),
        ("0.5\n1,5\n", "line 2: '1,5' may be"),
        ("", "is empty"),
        ("# nothing\n", "is empty"),
        ("0.5\nx\n", "line 2, entry 2 is 'x'"),
        ("0.5\n1e400\n", "line 2, entry 2 is '1e400', too large"),
        ("0.5\nnan\n", "entry 2 is nan"),
        ("0.5\n1/0\n", "divides by zero"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(text)
    with pytest.raises(InputError) as error:
        load_outer(path)
    assert words in str(error.value)


def test_archives(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, a=np.array([0.1, -2]))
    assert outer_weights(path)[0] == [Fraction(0.1), -2]
    for bad in (np.array([[1.0]]), np.array([np.nan]), np.array([True]), np.array(["1"])):
        np.savez(path, a=bad)
        with pytest.raises(InputError):
            outer_weights(path)
    np.savez(path, a=np.array([1.0]), b=np.array([1.0]))
    with pytest.raises(InputError, match="exactly one"):
        outer_weights(path)
