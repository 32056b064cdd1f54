"""Kinks of the loss: which ones are seen, and what the derivative of L jumps by."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofkit.kernel.kinks import Kink, Line, NoJumpError, Unit, kink_at, samples_that_jump
from proofkit.kernel.univariate.domain import smooth_pieces
from proofkit.kernel.univariate.parser import parse
from proofkit.losses.catalogue import resolve as resolve_loss
from proofkit.reading.table import Table

F = Fraction


SQUARED = resolve_loss("squared")


def kink(text: str, at: Fraction, order: int) -> Kink:
    """The kink of an expression."""
    root = parse(text)
    return kink_at(root, smooth_pieces(root), at, order)


def table(*rows: tuple[int, int], scale: int = 1) -> Table:
    """Rows (x, y) of one feature."""
    xs, ys = tuple((x,) for x, _ in rows), tuple(y for _, y in rows)
    return Table("rows", "", ("x",), "y", xs, ys, scale, 1)


def test_lower_derivatives_that_are_equal() -> None:
    found = kink("Max(z, 0)", F(0), 1)
    assert (str(found.left), str(found.right)) == ("0", "z")
    # In balls 1/3 - 1/3 is no exact 0.
    assert kink("Max(z - 1/3, 0)^2", F(1, 3), 2).order == 2


@pytest.mark.parametrize(
    ("text", "at", "order", "why"),
    [
        ("Max(z, 0)", F(0), 2, "derivatives of lower order"),
        ("Max(z, 0) + 1/3*Abs(z - 1/3)", F(1, 3), 2, "derivatives of lower order"),
        ("Max(z, 0)", F(1), 1, "the place of the kink"),
        ("Abs(z^2 - 2)", F(7, 5), 1, "the place of the kink"),
        ("tanh(z)", F(0), 1, "the place of the kink"),
    ],
)
def test_no_kink_of_that_order(text: str, at: Fraction, order: int, why: str) -> None:
    with pytest.raises(NoJumpError, match=why):
        kink(text, at, order)


def test_samples_at_the_kink() -> None:
    relu = kink("Max(z, 0)", F(0), 1)
    rows = table((1, 1), (-1, 1), (0, 5), scale=2)
    line = Line((F(0),), (F(1),), None)
    with pytest.raises(NoJumpError, match="kinks cancel"):  # by the signs of <u, x_i>
        samples_that_jump(kink("Max(z, 0)^2", F(0), 2), SQUARED, rows, Unit(F(1), F(0)), line)
    assert samples_that_jump(relu, SQUARED, rows, Unit(F(1), F(0)), line) == 2
    assert samples_that_jump(relu, resolve_loss("logistic"), rows, Unit(F(1), F(0)), line) == 2


def test_residuals_that_vanish() -> None:
    relu, line = kink("Max(z, 0)", F(0), 1), Line((F(0),), (F(1),), (F(3),))
    # f = 2 sigma(3) at x = 1, for the other units of outer weights 2 in sum.
    assert samples_that_jump(relu, SQUARED, table((1, 1)), Unit(F(1), F(2)), line) == 1
    with pytest.raises(NoJumpError, match="the residuals vanish"):
        samples_that_jump(relu, SQUARED, table((1, 6)), Unit(F(1), F(2)), line)


def test_other_units_at_another_kink() -> None:
    both = kink("Max(z, 0) + Max(z - 1, 0)^2", F(0), 1)
    away, at = Line((F(0),), (F(1),), (F(1, 2),)), Line((F(0),), (F(1),), (F(1),))
    unit = Unit(F(1), F(2))
    assert samples_that_jump(both, SQUARED, table((1, 5)), unit, away) == 1
    with pytest.raises(NoJumpError, match="another sample is at a kink"):
        samples_that_jump(both, SQUARED, table((1, 5)), unit, at)


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=1, max_size=4))
def test_the_sum_over_the_samples(rows: list[tuple[int, int]]) -> None:
    # With sigma = max(z, 0), w = 0 and f = 0: the sum of -y |x| decides.
    line, unit = Line((F(0),), (F(1),), None), Unit(F(1), F(0))
    relu = kink("Max(z, 0)", F(0), 1)
    if sum(-y * abs(x) for x, y in rows):
        met = samples_that_jump(relu, SQUARED, table(*rows), unit, line)
        assert met == sum(x != 0 for x, _ in rows)
    else:
        with pytest.raises(NoJumpError):
            samples_that_jump(relu, SQUARED, table(*rows), unit, line)
