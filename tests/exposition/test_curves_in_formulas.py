"""Curves of weights in formulas: long numbers are near decimals, bounds are rounded outwards."""

from __future__ import annotations

from fractions import Fraction

from proofkit.exposition.curves import in_display
from proofkit.kernel.claims import Curve, Monomial, UnitGroup
from proofkit.sentences.curves import in_text, written

LONG = Fraction(10**30 + 1, 7**30)


def _pair(row: list[Fraction]) -> tuple[UnitGroup, ...]:
    up = tuple(Monomial(c, Fraction(-1)) for c in row)
    down = tuple(Monomial(-c, Fraction(-1)) for c in row)
    return UnitGroup(1, up), UnitGroup(1, down)


def _curve(row: list[Fraction]) -> Curve:
    one = Fraction(1)
    return Curve((_pair(row), (UnitGroup(1, (Monomial(one, one), Monomial(-one, one))),)))


def test_long_numbers_get_a_name_and_near_values() -> None:
    curve = _curve([LONG, Fraction(1, 3), -LONG, Fraction(0), LONG, LONG])
    text = in_text(written(curve))
    assert "W_1 = 1/t (c, -c)" in text
    assert "c near (44367, 0.33333, -44367, 0, ... and 2 more)" in text
    display = in_display(curve)
    assert r"(c,-c)^{\mathsf T}" in display
    assert r"c\approx(44367,0.33333,-44367,0,\ldots)" in display


def test_short_numbers_are_written_out() -> None:
    text = in_text(written(_curve([Fraction(1, 3), Fraction(-2)])))
    assert "near" not in text
    assert "1/3" in text


def test_rows_of_other_numbers_have_names_of_their_own() -> None:
    first = UnitGroup(1, (Monomial(LONG, Fraction(0)),))
    second = UnitGroup(1, (Monomial(2 * LONG, Fraction(0)),))
    still = UnitGroup(1, (Monomial(Fraction(0), Fraction(0)),))
    head = UnitGroup(1, (Monomial(Fraction(1), Fraction(1)),) * 3)
    text = in_text(written(Curve(((first, second, still), (head,)))))
    assert "c_1" in text
    assert "c_2" in text
