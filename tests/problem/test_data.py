"""Data: exact summaries, and every bad file one clear sentence."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofkit.errors import InputError
from proofkit.problem.data import (
    generate_outer,
    gram,
    largest_eigenvalue,
    largest_eigenvalue_of,
    outer_from_seed,
    positive_definite,
    summarise,
)
from proofkit.reading.table import Table, load_table
from proofkit.report import BUNDLED_TARGET, bundled_data


def test_decimal_text_is_exact(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("a,b,y\n0.1,0.2,1e-3\n-0.3,4,+5\n")
    s = summarise(load_table(path, "y"))
    assert s.B_x_squared == Fraction(9, 100) + 16
    assert (s.B_y, s.y_min, s.y_max) == (5, Fraction(1, 1000), 5)
    assert s.x_square_mean == (Fraction(1, 20) + Fraction(9, 100) + 16) / 2


def test_bundled_data() -> None:
    table = load_table(bundled_data(), BUNDLED_TARGET)
    assert (table.n, table.d) == (442, 10)
    s = summarise(table)
    X = np.array(table.rows, dtype=float) / table.x_scale
    top = np.linalg.eigvalsh(X.T @ X / 442)[-1]
    assert float(s.Lambda_S[0]) <= top * (1 + 1e-12) and top <= float(s.Lambda_S[1]) * (1 + 1e-12)
    assert s.Lambda_S[1] / s.Lambda_S[0] < 1 + Fraction(1, 10**9)
    assert s.Lambda_S[1] <= s.B_x_squared


@given(st.lists(st.lists(st.integers(-50, 50), min_size=3, max_size=3), min_size=2, max_size=8))
def test_largest_eigenvalue_is_enclosed(rows: list[list[int]]) -> None:
    table = Table("t", "", ("a", "b", "c"), "y", tuple(map(tuple, rows)), (0,) * len(rows), 7, 1)
    lo, hi = largest_eigenvalue(table)
    top = np.linalg.eigvalsh(np.array(rows).T @ np.array(rows) / (49 * len(rows)))[-1]
    assert float(lo) <= top + 1e-9 and top <= float(hi) + 1e-9
    if top > 1e-6:
        assert not positive_definite(gram(table), lo * 49 * len(rows) * Fraction(9, 10))


@given(
    st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=6).filter(any),
    st.integers(0, 10**6),
)
def test_a_wrong_factorisation_is_refused(v: list[int], shift: int) -> None:
    """G = shift I + v v^T has the largest eigenvalue shift + ||v||^2 exactly: nothing at or below
    it may be accepted.
    """
    G = [[a * b + (shift if i == j else 0) for j, b in enumerate(v)] for i, a in enumerate(v)]
    top = Fraction(shift + sum(a * a for a in v))
    for mu in (top, top - Fraction(1, 10**30), top * Fraction(999, 1000), Fraction(0)):
        assert not positive_definite(G, mu)
    assert positive_definite(G, top * (1 + Fraction(1, 10**12)))
    lo, hi = largest_eigenvalue_of(G, Fraction(1))
    assert lo <= top <= hi


def test_outer_weights() -> None:
    o = outer_from_seed(64, 0)
    assert o.p == 64 and o == outer_from_seed(64, 0) and o != outer_from_seed(64, 1)
    assert o.a_1 == o.a_plus + o.a_minus and 0 < o.a_2_squared < 1
    assert all(w != 0 for w in generate_outer(5, 3))
    with pytest.raises(InputError, match="at least 1"):
        outer_from_seed(0, 0)
