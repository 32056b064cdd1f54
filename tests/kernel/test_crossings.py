"""Kinks of phi along a segment, against exact jumps of piecewise polynomials."""

from __future__ import annotations

from fractions import Fraction

import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit.kernel.crossings import Kinks, PhiKink, Segment, crossing, kinks_of, stays_smooth
from proofkit.kernel.kinks import Line, NoJumpError, Unit
from proofkit.kernel.univariate.parser import parse
from proofkit.losses.catalogue import resolve
from proofkit.reading.table import Table

F = Fraction
HUBER = "u*Max(-1, Min(1, u)) - Max(-1, Min(1, u))^2/2"

# The order of the derivative that jumps at each kink of a loss, and by how much.
JUMPS = {
    HUBER: (2, {-1: 1, 1: -1}),
    "Abs(u)": (1, {0: 2}),
    "Abs(u) - 2*Abs(u - 1)": (1, {0: 2, 1: -4}),
    "Max(0, 1 - m)": (1, {1: 1}),
    "Max(0, 1 - m)^2/2": (2, {1: -1}),
    "u*Abs(u)": (2, {0: 4}),
    "Max(u, 0)^3": (3, {0: 6}),
}


@pytest.mark.parametrize("text", JUMPS)
def test_the_kinks_of_a_loss(text: str) -> None:
    order, jumps = JUMPS[text]
    found = kinks_of(resolve(text).phi)
    assert found == Kinks(
        None,
        None,
        tuple(
            PhiKink(F(at), F(at), order, 1 if jump > 0 else -1, str(at))
            for at, jump in sorted(jumps.items())
        ),
    )


def test_kinks_that_are_none() -> None:
    """A switch that does not change its sign, or is multiplied away; and half the square of u that
    never is above |u| - 1/2.
    """
    assert kinks_of(parse("Abs((z - 1)^2)")).inside == ()
    assert kinks_of(parse("Max(z, z)")).inside == ()
    assert kinks_of(parse("Max(z, 0) - Max(-z, 0)")).inside == ()
    corner = kinks_of(parse("Min(z^2/2, Abs(z) - 1/2)")).inside
    assert [(kink.near, kink.order) for kink in corner] == [("0", 1)]


@pytest.mark.parametrize(
    "text",
    [
        HUBER,
        "u^2/2 - Max(Abs(u) - 1, 0)^2/2",
        "Abs(u) - 1/2 + Max(0, 1 - Abs(u))^2/2",
        "Min(Abs(u), 1)*Abs(u) - Min(Abs(u), 1)^2/2",
        "Max(Min(u^2/2, 1/2), Abs(u) - 1/2)",
    ],
)
def test_huber_is_huber_however_it_is_written(text: str) -> None:
    assert kinks_of(resolve(text).phi) == kinks_of(resolve(HUBER).phi)


def test_an_irrational_kink_is_enclosed() -> None:
    below, above = kinks_of(parse("Abs(z^2 - 2)")).inside
    assert below.low < below.high < 0 < above.low < above.high
    assert above.low**2 < 2 < above.high**2 and above.high - above.low < F(1, 10**15)


def test_of_a_periodic_loss_one_period_is_listed() -> None:
    found = kinks_of(parse("Abs(sin(z))"))
    assert found.left is not None and found.right is not None
    assert [kink.near for kink in found.inside] == ["0", "3.14159265358979..."]


def test_a_ball_with_a_kink_is_not_smooth() -> None:
    phi = resolve(HUBER).phi
    assert stays_smooth(phi, arb(0, 0.9)) and stays_smooth(phi, arb(5, 3))
    assert not stays_smooth(phi, arb(0, 1.1))
    assert not stays_smooth(phi, arb(1))
    assert not stays_smooth(phi, arb.nan())


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(sorted(JUMPS)),
    st.lists(st.tuples(st.integers(-2, 2), st.integers(-2, 2)), min_size=1, max_size=4),
    st.sampled_from([F(1), F(-2)]),
    st.sampled_from([F(1, 2), F(1, 64)]),
)
def test_what_is_seen_to_jump_does(
    text: str, rows: list[tuple[int, int]], weight: Fraction, radius: Fraction
) -> None:
    """sigma(z) = z and one unit: f_i = a t x_i, so that every argument is linear in t."""
    order, jumps = JUMPS[text]
    loss = resolve(text)
    if loss.classifies:
        rows = [(x, 1 if y > 0 else -1) for x, y in rows]
    if rows[0][0] == 0:
        return

    def line(x: int, y: int) -> tuple[Fraction, Fraction]:
        """(slope, value at t = 0) of the argument of phi."""
        return (weight * x * y, F(0)) if loss.classifies else (weight * x, F(-y))

    def jump_at(t: Fraction) -> Fraction:
        """The jump of the derivative of n R of that order."""
        total = F(0)
        for x, y in rows:
            slope, start = line(x, y)
            size = jumps.get(start + slope * t, 0) if slope else 0  # type: ignore[call-overload]
            total += size * slope**order * (1 if slope > 0 else -1)
        return total

    table = Table(
        "d", "", ("x",), "y", tuple((x,) for x, _ in rows), tuple(y for _, y in rows), 1, 1
    )
    kinks = kinks_of(loss.phi)
    slope, start = line(*rows[0])
    for kink in jumps:
        at = (kink - start) / slope
        segment = Segment(Line((F(0),), (F(1),), None), at - radius, at + radius)
        try:
            found = crossing(parse("z"), loss, kinks, table, Unit(weight, F(0)), segment, sample=0)
        except NoJumpError:
            alone = all(line(x, y)[0] == 0 or (x, y) == rows[0] for x, y in rows)
            assert not alone or radius > F(1, 10), "a kink of one sample alone is seen"
            continue
        assert found.kink.near == str(kink)
        assert jump_at(at) != 0


def test_the_slope_must_be_seen_on_the_whole_segment() -> None:
    """z^3 passes 0, but with the slope 0 there: then the derivative of |z^3| does not jump."""
    loss = resolve("Abs(u)")
    table = Table("d", "", ("x",), "y", ((1,), (2,)), (0, 9), 1, 1)
    unit, line = Unit(F(1), F(0)), Line((F(0),), (F(1),), None)
    with pytest.raises(NoJumpError, match="without passing"):
        crossing(parse("z^3"), loss, kinks_of(loss.phi), table, unit, Segment(line, F(-1), F(1)), 0)


def test_beyond_the_listed_kinks_of_a_periodic_loss_nothing_is_said() -> None:
    loss = resolve("Abs(sin(u))")
    table = Table("d", "", ("x",), "y", ((1,), (1,)), (0, -22), 1, 1)
    unit, line = Unit(F(1), F(0)), Line((F(0),), (F(1),), None)
    kinks = kinks_of(loss.phi)
    near_zero = Segment(line, F(-1, 4), F(1, 4))
    with pytest.raises(NoJumpError, match="not known where a sample may be"):
        crossing(parse("z"), loss, kinks, table, unit, near_zero, 0)
    closer = Segment(line, F(-1, 256), F(1, 256))  # 22 is 0.0088 from 7 pi
    assert crossing(parse("z"), loss, kinks, table, unit, closer, 0).met == 1
