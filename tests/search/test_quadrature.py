"""Where Muckenhoupt's criterion is evaluated."""

from __future__ import annotations

from fractions import Fraction

import pytest

from proofkit.kernel.onedim import MAX_WORK, Line, Slope
from proofkit.kernel.univariate.terms import Node, Z, call
from proofkit.losses.catalogue import resolve as resolve_loss
from proofkit.search.quadrature import choose

ROWS = ((Fraction(7, 10), Fraction(3, 10)), (Fraction(-2, 5), Fraction(-1, 2)))
SLOPE = Slope(Fraction(1), Fraction(1, 4))


def line(sigma: Node, outer: int = 1, noise: Fraction = Fraction(1)) -> Line:
    """A net with one weight on two samples."""
    return Line(sigma, resolve_loss("squared"), ROWS, Fraction(outer), Fraction(1), noise)


@pytest.mark.parametrize("noise", [Fraction(1, 1000), Fraction(1), Fraction(100)])
def test_the_ends_are_on_their_sides_and_the_work_is_bounded(noise: Fraction) -> None:
    where = choose(line(call("tanh", Z), noise=noise), SLOPE)
    assert where is not None
    assert where.left < where.m < where.right
    assert where.left < 0 < where.right
    # L' has the sign of w at the ends: m_d w^2 > b_d.
    assert min(where.left**2, where.right**2) * SLOPE.m > SLOPE.b
    assert 0 < where.cells * len(ROWS) <= MAX_WORK


def test_the_median_of_an_even_law_is_near_0() -> None:
    even = Line(
        call("tanh", Z), resolve_loss("squared"), ((Fraction(1), Fraction(0)),), Fraction(1), *ONES
    )
    where = choose(even, SLOPE)
    assert where is not None
    assert abs(where.m) < Fraction(1, 5)


ONES = (Fraction(1), Fraction(1))


def test_nothing_where_floating_point_loses_the_scale() -> None:
    assert choose(line(Node("exp", (Z * Z * 10**3,))), SLOPE) is None
