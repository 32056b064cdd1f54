"""What SymPy is not asked to simplify, it would leave as it is."""

from __future__ import annotations

import pytest
import sympy as sp

from proofkit.search.exact import _is_simplest

FACTORS = tuple(sp.Rational(p, q) for p in (-9, -1, 1, 2, 48) for q in (1, 3, 9, 125))


@pytest.mark.parametrize("radicand", [1, 2, 3, 5, 6, 12, 15, 33])
def test_a_rational_times_a_square_root_is_left_as_it_is(radicand: int) -> None:
    for factor in FACTORS:
        form = factor * sp.sqrt(radicand)
        assert _is_simplest(form)
        assert sp.srepr(sp.simplify(form)) == sp.srepr(form)
        assert sp.srepr(sp.radsimp(form)) == sp.srepr(form)


@pytest.mark.parametrize(
    "form",
    [sp.sqrt(2) + 1, sp.sqrt(2) * sp.sqrt(sp.pi), sp.Integer(2) ** sp.Rational(1, 3), sp.pi],
    ids=str,
)
def test_other_numbers_are_simplified(form: sp.Expr) -> None:
    assert not _is_simplest(form)
