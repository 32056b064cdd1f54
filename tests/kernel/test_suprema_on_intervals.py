"""Suprema over a bounded interval: what is proved, and the covers and witnesses that are refused."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit.kernel.proposals import OneSided, Reached, SupremumProposal
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.suprema import (
    Interval,
    UnprovedError,
    enclosure,
    require_defined,
    require_reached,
    smooth_tree,
    verify_suprema,
)
from proofkit.kernel.univariate import balls
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import Node
from proofkit.search.proposals import propose

MIXED: Interval = (Fraction(-3), Fraction(2))
SQUARE, LOG_COSH = parse("z^2/2"), parse("log(cosh(z))")


def proved(
    root: Node, name: str, interval: Interval | None, parameter: Fraction | None = None
) -> tuple[Fraction, Fraction]:
    """The enclosure that the kernel takes from what the search finds."""
    found = propose(root, name, parameter, interval, exact=False)
    verify_suprema(root, name, parameter, found.sides, interval)
    require_reached(name, found.at, found.sides)
    return enclosure(name, found.sides)


@pytest.mark.parametrize(
    ("text", "name", "interval", "value"),
    [
        ("z^2/2", "S_hi", (-3, 2), "9/2"),
        ("z^2/2", "S_lo", (-3, 2), "0"),
        ("z^2/2", "S0", (1, 2), "2"),
        ("z^2/2", "S_lo", (1, 2), "1/2"),
        ("z^2/2", "M1", (-3, 2), "3"),
        ("z^2/2", "fall", (1, 2), "-1"),
        ("z^4/4", "M2", (-2, 1), "12"),
        ("z^4/4", "S_lo", (-2, 1), "0"),
        ("softplus(-z)", "M2", (-(10**6), 10**6), "1/4"),
        ("log(cosh(z))", "M2", (-(10**6), 10**6), "1"),
        ("5 - z", "S_hi", (2, 2), "3"),
        ("cos(z)", "S0", (-50, 50), "1"),
        ("log(cosh(z))", "M2", (-3, 2), "1"),
        ("log(cosh(z))", "S_lo", (-3, 2), "0"),
        ("Max(z, 0)^2 + Abs(z - 9)", "M1", (1, 2), "3"),
    ],
)
def test_exact_values(text: str, name: str, interval: tuple[int, int], value: str) -> None:
    low, high = (Fraction(end) for end in interval)
    assert proved(parse(text), name, (low, high)) == (Fraction(value), Fraction(value))


def test_the_parameter_counts_on_an_interval() -> None:
    assert proved(parse("z^2"), "S_alpha", MIXED, Fraction(1)) == (12, 12)
    assert proved(parse("z^2"), "H", MIXED, Fraction(1)) == (9, 9)


FUNCTIONS = st.sampled_from(
    [
        "z^2/2",
        "log(cosh(z))",
        "softplus(-z)",
        "sqrt(1 + z^2) - 1",
        "log(1 + z^2)/2",
        "1 - exp(-z^2/2)",
        "sin(3*z) + z",
        "tanh(z)^2 - z/cosh(z)^2",
        "Abs(z - 20)*z",
    ]
)
POINTS = st.fractions(-12, 12, max_denominator=12)


@given(text=FUNCTIONS, ends=st.tuples(POINTS, POINTS), at=st.fractions(0, 1, max_denominator=40))
@settings(max_examples=40)
def test_no_value_is_above_and_the_enclosure_is_narrow(
    text: str, ends: tuple[Fraction, Fraction], at: Fraction
) -> None:
    low, high = sorted(ends)
    root = parse(text)
    lo, hi = proved(root, "S_hi", (low, high))
    assert lo <= hi <= lo + max(abs(hi), Fraction(1)) / 10**9
    with balls.precision(128):
        value = balls.Tape(root).series(balls.ball(low + (high - low) * at), 1)[0]
        assert not value > balls.ball(hi)


# -- what is refused -------------------------------------------------------------------------------


def sides_of(root: Node, name: str, interval: Interval | None) -> tuple[OneSided, ...]:
    found = propose(root, name, None, interval, exact=False)
    assert isinstance(found, SupremumProposal)
    return found.sides


def test_the_cover_of_a_smaller_interval_is_refused() -> None:
    sides = sides_of(SQUARE, "S_hi", (Fraction(-1), Fraction(1)))
    verify_suprema(SQUARE, "S_hi", None, sides, (Fraction(-1), Fraction(1)))
    for low, high in ((-1, 2), (-2, 1)):
        with pytest.raises(UnprovedError, match="not covered"):
            verify_suprema(SQUARE, "S_hi", None, sides, (Fraction(low), Fraction(high)))
    with pytest.raises(UnprovedError):
        verify_suprema(SQUARE, "S_hi", None, sides)


def test_the_cover_of_a_larger_interval_holds_with_a_witness_inside() -> None:
    (side,) = sides_of(SQUARE, "S_hi", MIXED)
    smaller = (Fraction(0), Fraction(2))
    with pytest.raises(UnprovedError, match="no point of"):
        verify_suprema(SQUARE, "S_hi", None, (side,), smaller)
    inside = replace(side, lower=Fraction(2), witness=Reached("point", Fraction(2), 0))
    verify_suprema(SQUARE, "S_hi", None, (inside,), smaller)
    assert enclosure("S_hi", (inside,)) == (2, Fraction(9, 2))


@pytest.mark.parametrize("text", ["z^2", "z^2/2 + 1/1000000", "z^4", "-z^2/2"])
def test_the_cover_of_another_function_is_refused(text: str) -> None:
    sides = sides_of(SQUARE, "S_hi", MIXED)
    with pytest.raises(UnprovedError):
        verify_suprema(parse(text), "S_hi", None, sides, MIXED)


@pytest.mark.parametrize(
    "change",
    [
        {"upper": Fraction(4)},
        {"lower": Fraction(5)},
        {"witness": Reached("point", Fraction(-3) - Fraction(1, 10**12), 0)},
        {"witness": Reached("point", Fraction(100), 0)},
        {"witness": Reached("limit", None, 1)},
        {"witness": Reached("phase", Fraction(0), 1)},
        {"scale": Fraction(2)},
        {"scale": Fraction(-1)},
        {"sign": -1},
        {"rules": ("constant",), "breaks": (Fraction(-3), Fraction(2)), "centres": ()},
    ],
)
def test_a_forged_side_is_refused(change: dict[str, object]) -> None:
    (side,) = sides_of(SQUARE, "S_hi", MIXED)
    with pytest.raises(UnprovedError):
        verify_suprema(SQUARE, "S_hi", None, (replace(side, **change),), MIXED)  # pyright: ignore[reportArgumentType]


def test_a_side_of_the_two_of_a_modulus_is_not_enough() -> None:
    sides = sides_of(LOG_COSH, "M1", MIXED)
    verify_suprema(LOG_COSH, "M1", None, sides, MIXED)
    for some in (sides[:1], sides[1:], sides[::-1]):
        with pytest.raises(UnprovedError, match="signs"):
            verify_suprema(LOG_COSH, "M1", None, some, MIXED)


def test_a_cover_of_the_whole_line_needs_its_witness_inside() -> None:
    """That of sup |tanh| over R is a limit, which is no value on an interval."""
    root = parse("tanh(z)")
    sides = sides_of(root, "S_hi", None)
    verify_suprema(root, "S_hi", None, sides)
    with pytest.raises(UnprovedError, match="no point of"):
        verify_suprema(root, "S_hi", None, sides, (Fraction(-1), Fraction(1)))


@pytest.mark.parametrize(
    "interval",
    [
        (Fraction(2), Fraction(-3)),
        (Fraction(-3),),
        (Fraction(-3), Fraction(0), Fraction(2)),
        (-3, 2),
        (None, Fraction(2)),
    ],
)
def test_what_is_no_interval_is_refused(interval: Interval) -> None:
    sides = sides_of(SQUARE, "S_hi", MIXED)
    with pytest.raises(UnprovedError, match="an interval is"):
        verify_suprema(SQUARE, "S_hi", None, sides, interval)


class Equal(Fraction):
    """A number that is equal to every other."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash(Fraction(-3))


def test_an_interval_of_other_numbers_is_refused() -> None:
    sides = sides_of(SQUARE, "S_hi", MIXED)
    verify_suprema(SQUARE, "S_hi", None, sides, MIXED)
    with pytest.raises(KernelError, match="Equal"):
        verify_suprema(SQUARE, "S_hi", None, sides, (Equal(-30), Fraction(2)))


# -- where the function is defined and smooth ------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("Abs(z)", (-1, 1)),
        ("Abs(z)", (0, 1)),
        ("Abs(z)", (-1, 0)),
        ("Max(z, z^3)", (1, 2)),
        ("Max(1 - z, 0)", (-1, 3)),
        ("Abs(z^2 - 2)", (1, 2)),
        ("Max(Abs(z - 1), z/2)", (2, 3)),
        ("Abs(z)*z", (0, 0)),
    ],
)
def test_a_kink_in_the_interval_or_at_its_end_is_refused(
    text: str, interval: tuple[int, int]
) -> None:
    low, high = (Fraction(end) for end in interval)
    with pytest.raises(UnprovedError, match="kink"):
        smooth_tree(parse(text), (low, high))


@pytest.mark.parametrize(
    ("text", "interval", "tree"),
    [
        ("Abs(z)", (1, 2), "z"),
        ("Abs(z)", (-2, -1), "-z"),
        ("Max(1 - z, 0)^2", (-5, 0), "(1 - z)^2"),
        ("Abs(z^2 - 2)", (2, 3), "z^2 - 2"),
        ("Max(Abs(z - 1), z/2)", (0, 0), "-(z - 1)"),
    ],
)
def test_kinks_outside_do_not_matter(text: str, interval: tuple[int, int], tree: str) -> None:
    low, high = (Fraction(end) for end in interval)
    assert smooth_tree(parse(text), (low, high)) == parse(tree)


def test_a_function_of_the_interval_need_not_be_one_of_the_line() -> None:
    root = parse("log(z)")
    inside = (Fraction(1, 2), Fraction(2))
    require_defined(root, inside)
    low, high = proved(root, "M1", inside)
    assert low <= 2 <= high <= Fraction(2000001, 1000000)
    for interval in (None, (Fraction(0), Fraction(2)), (Fraction(-1), Fraction(2))):
        with pytest.raises(UnprovedError, match="not a real number"):
            require_defined(root, interval)
    with pytest.raises(UnprovedError, match="not a real number"):
        verify_suprema(root, "M1", None, sides_of(root, "M1", inside))


def test_numbers_without_end_are_refused() -> None:
    (side,) = sides_of(SQUARE, "S_hi", MIXED)
    with pytest.raises(UnprovedError, match="digits"):
        verify_suprema(SQUARE, "S_hi", None, (replace(side, upper=Fraction(10**5000)),), MIXED)
