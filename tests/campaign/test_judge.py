"""The witness: what it reads, what it encloses, what it finds, and what it leaves alone."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

from proofkit.campaign.judge import Claim, Judge, Quantity, Reached
from proofkit.campaign.reader import UnreadableError, read
from proofkit.campaign.series import (
    Floats,
    Interval,
    Intervals,
    NoValueError,
    derivatives,
    one_sided,
)

SLOPE, BEND = Quantity(1, None, 0), Quantity(2, None, 0)
VALUE, MINUS = Quantity(0), Quantity(0, None, -1)

FUNCTIONS = (
    "tanh(z)^3",
    "z/(1 + exp(-1.702*z))",
    "atan(z) + z/2",
    "asinh(z)*erf(z)",
    "erfc(z)*cos(3*z)",
    "sqrt(1 + z^2)",
    "log(cosh(z))",
    "sinh(sin(z))/(2 + cos(z))",
    "(1 + z^2)^(-2/3)",
    "softplus(2*z) - sigmoid(-z)/pi",
    "2^-z*Max(z, 1/9, -3*z)",
    "Abs(z)^3 - Min(z, 2)",
)


def ends(x: Interval) -> tuple[Fraction, Fraction]:
    def exact(end: tuple[int, int, int, int]) -> Fraction:
        sign, man, exp, _ = end
        return (-1) ** sign * Fraction(int(man)) * Fraction(2) ** exp

    return exact(x.low), exact(x.high)


# -- the reader ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-z^2", -9),
        ("2^z^2", 512),
        ("2 - z - 1", -2),
        ("12/z/2", 2),
        ("2*-z", -6),
        ("z^-1*3", 1),
        ("(z + 1)**2", 16),
        ("1.5e1*z", 45),
        ("z^(4/2)", 9),
        ("+z - -z", 6),
        ("Max(1, z, 2) + Min(1, z)", 4),
        ("z*(z) + 0*z", 9),
    ],
)
def test_the_reader_follows_the_grammar(text: str, value: int) -> None:
    numbers = Floats(30)
    assert abs(derivatives(read(text), numbers, numbers.number(3), 0)[0] - value) < 1e-25


@pytest.mark.parametrize(
    "text", ["", "z +", "(z", "z)", "exp z", "exp(z, z)", "Max(z)", "y", "z z"]
)
def test_what_is_not_of_the_grammar_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError):
        read(text)


# -- derivatives -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", FUNCTIONS)
@pytest.mark.parametrize("z", ["-13/4", "-1/2", "3/8", "11/4"])
def test_series_agree_with_numerical_differentiation(text: str, z: str) -> None:
    context = mp.clone()
    context.dps = 60
    steps, wide = read(text), Floats(300)

    def f(x):
        return derivatives(steps, wide, wide.context.mpf(x), 0)[0]

    numbers = Floats(40)
    at = numbers.number(Fraction(z))
    for k, value in enumerate(derivatives(steps, numbers, at, 3)):
        assert abs(value - context.diff(f, context.mpf(at), k)) < 1e-12 * (1 + abs(value))


@pytest.mark.parametrize("text", FUNCTIONS)
@given(st.fractions(-20, 20, max_denominator=1000))
@settings(max_examples=15, deadline=None)
def test_intervals_hold_what_more_digits_give(text: str, z: Fraction) -> None:
    steps, numbers, fine = read(text), Intervals(15), Floats(120)
    try:
        enclosed = derivatives(steps, numbers, numbers.number(z), 3)
    except NoValueError:
        return
    for x, value in zip(enclosed, derivatives(steps, fine, fine.number(z), 3), strict=True):
        low, high = (fine.number(end) for end in ends(x))
        assert low - abs(low) / 10**100 <= value <= high + abs(high) / 10**100


@pytest.mark.parametrize("text", [t for t in FUNCTIONS if "erf" not in t])
def test_intervals_on_boxes_hold_every_point_of_them(text: str) -> None:
    steps, numbers = read(text), Intervals(20)
    box = numbers.between(Fraction(1, 2), Fraction(3, 4))
    enclosed = derivatives(steps, numbers, box, 3)
    for k in range(9):
        z = Fraction(1, 2) + Fraction(k, 32)
        inside = derivatives(steps, numbers, numbers.number(z), 3)
        assert all(x.meets(y) for x, y in zip(enclosed, inside, strict=True))
        assert all(
            ends(x)[0] <= ends(y)[1] and ends(y)[0] <= ends(x)[1]
            for x, y in zip(enclosed, inside, strict=True)
        )


def test_an_exponential_whose_last_bit_mpmath_gets_wrong_is_enclosed() -> None:
    numbers, fine = Intervals(15), Floats(80)
    z = Fraction(3893924827815215, 1125899906842624)
    low, high = ends(numbers.value("exp", numbers.number(z)))
    assert fine.number(low) < fine.value("exp", fine.number(z)) < fine.number(high)


def test_intervals_at_infinity() -> None:
    numbers = Intervals(20)
    far = numbers.between(2**30, None)
    value, slope = derivatives(read("tanh(z)"), numbers, far, 1)
    assert ends(value)[1] == 1 and ends(value)[0] > 1 - Fraction(1, 10**20)
    tiny = numbers.number(Fraction(1, 10**20))
    assert slope < tiny and slope > -tiny
    assert not derivatives(read("z - z"), numbers, far, 0)[0].is_finite


def test_exact_derivatives_from_one_side() -> None:
    steps = read("Abs(3*z - 1)*z + Max(z, 1/3)^2")
    assert one_sided(steps, Fraction(1, 3), -1, 1) == [Fraction(1, 9), -1]
    assert one_sided(steps, Fraction(1, 3), 1, 1) == [Fraction(1, 9), Fraction(5, 3)]
    assert one_sided(read("tanh(Abs(z))"), Fraction(0), 1, 1) is None


# -- what it finds ---------------------------------------------------------------------------------

# Of each kind: text, interval, quantity, the true supremum (a little above, a little below it).
TRUE = [
    ("z*exp(-z^2)", None, None, SLOPE, "1"),
    ("exp(-1/z)", 0, None, SLOPE, "0.54134113294645081"),
    ("z*log(z)", 0, 1, MINUS, "0.36787944117144232"),
    ("sqrt(z)", 0, 4, VALUE, "2"),
    ("1/((z + 1)*(1 - z))", -1, 1, MINUS, "-1"),
    ("Max(z, 0) - Max(z - 1, 0)", None, None, VALUE, "1"),
    ("Abs(z - 1/3)*exp(-(z - 1/3)^2)", None, None, VALUE, "0.42888194248035341"),
    ("Max(0, Min(1, z/6 + 1/2))", None, None, SLOPE, "0.16666666666666667"),
    ("tanh(10^12*z)/10^9", None, None, SLOPE, "1000"),
    ("1e-12*sin(z/10^12)", None, None, VALUE, "1e-12"),
    ("softplus(z) - softplus(-z) + 0*tanh(z)", None, None, SLOPE, "1"),
    ("tanh(log(sqrt(1 + z^2)))", None, None, SLOPE, "0.45927932677184588"),
    ("sin(z)/z", None, None, BEND, "0.33333333333333333"),
    ("(1 - exp(-(z - 1/7)))/(z - 1/7)", 0, None, VALUE, "1.0751"),
    ("tanh((z + 5)/3)/(z + 5)", None, None, VALUE, "0.33333333333333333"),
]


@pytest.mark.parametrize(("text", "left", "right", "q", "value"), TRUE)
def test_a_bound_that_is_too_small_is_found_and_a_right_one_is_not_reported(
    text: str, left: int | None, right: int | None, q: Quantity, value: str
) -> None:
    judge = Judge(
        text, None if left is None else Fraction(left), None if right is None else Fraction(right)
    )
    true = Fraction(value)
    slack = abs(true) / (10**4 if value == "1.0751" else 10**15)
    right_one = Claim("g", q, true - slack, true + slack)
    assert judge.findings([right_one]) == []
    too_small = Claim("g", q, true - 2 * abs(true), true - abs(true) / 10**3)
    found = judge.findings([too_small])
    assert [f.certain for f in found] == [True] and "above the certified" in found[0].what


@pytest.mark.parametrize("text", ["tanh(z)", "sin(z)/(2 + cos(z))", "Max(-1, Min(1, z))"])
def test_a_lower_bound_that_is_too_large_is_proved_false(text: str) -> None:
    found = Judge(text).findings([Claim("sup", VALUE, Fraction(3), Fraction(4))])
    assert [f.certain for f in found] == [text != "Max(-1, Min(1, z))"]
    assert "no sample exceeds" in found[0].what


def test_a_false_unbounded_claim_is_proved_false() -> None:
    claim = Claim("sup", VALUE, Fraction(0), None)
    found = Judge("tanh(z)").findings([claim])
    assert [f.certain for f in found] == [True] and "claimed to be unbounded" in found[0].what
    for text in ("z", "log(1 + z^2)", "Abs(z)", "sqrt(1 + z^2)", "exp(z)", "z/10^30"):
        assert Judge(text).findings([claim]) == []
    assert Judge("1/z", Fraction(0), Fraction(1)).findings([claim]) == []
    assert Judge("-log(1 - z)", Fraction(0), Fraction(1)).findings([claim]) == []


@pytest.mark.parametrize(
    ("text", "k"), [("Abs(z - 1/3)", 2), ("z*Abs(z)", 3), ("Max(z, exp(z) - 1)^2 + z", 3)]
)
def test_a_missed_kink_is_found(text: str, k: int) -> None:
    """The derivative is bounded on both sides of the kink, and does not exist at it."""
    claim = Claim("M", Quantity(k, None, 0), Fraction(0), Fraction(10**6))
    if "exp" in text:
        assert (
            Judge(text, Fraction(-1), Fraction(1)).findings([claim]) == []
        )  # tangent: smooth enough
        return
    found = Judge(text).findings([claim])
    assert [f.certain for f in found] == [True] and "jumps between" in found[0].what


def test_a_kink_that_cancels_is_no_kink() -> None:
    jump = Claim("M2", BEND, Fraction(0), None, Fraction(1, 3))
    cancelled = Judge("Max(z - 1/3, 0) - Max(1/3 - z, 0)")
    found = cancelled.findings([jump])
    assert [f.certain for f in found] == [True] and "does not jump" in found[0].what
    assert cancelled.findings([Claim("M2", BEND, Fraction(0), Fraction(0))]) == []
    assert Judge("Max(z - 1/3, 0)").findings([jump]) == []
    assert Judge("tanh(Abs(z - 1/3))").findings([jump]) == []
    found = Judge("tanh(Max(z - 1/3, 0)) + tanh(Min(z - 1/3, 0))").findings([jump])
    assert [f.certain for f in found] == [False]  # not exact: suspected only


def test_small_jumps_and_narrow_bends_are_seen() -> None:
    small = Claim("M3", Quantity(3, None, 0), Fraction(0), None, Fraction(0))
    assert Judge("z/10^9*Abs(z/10^9)").findings([small]) == []
    jump = Claim("M2", BEND, Fraction(0), None, Fraction(-2))
    assert Judge("Max((z + 2)/10^9, (z + 2)/10^10) + sin(10^9*z)").findings([jump]) == []
    jump = replace(jump, jump=Fraction(5))
    assert Judge("Max(1e9*(z + 1/5), 0)^3 - 3/7*Max(-1/7*(z - 5), 0)").findings([jump]) == []
    steep = Claim("M1", SLOPE, Fraction(2 * 10**9 - 2), Fraction(2 * 10**9 + 2))
    assert Judge("cos(2*z) + Min((1e9*(z + 3))^2, 1)").findings([steep]) == []
    sharp = Claim("M3", Quantity(3, None, 0), Fraction(3 * 10**23), Fraction(31 * 10**22))
    assert Judge("10^8*z/(1 + exp(-(10^8*z)))").findings([sharp]) == []


def test_a_point_that_does_not_reach_its_bound_is_found() -> None:
    judge = Judge("tanh(z)")
    right = Reached("M1", "tanh(z)", Quantity(1), Fraction(0), Fraction(1))
    wrong = Reached("M1", "tanh(z)", Quantity(1), Fraction(1, 10**6), Fraction(1))
    elsewhere = Reached("M1", "1/(1 + z^2)", Quantity(0), Fraction(1), Fraction(51, 100))
    assert judge.findings([], [right]) == []
    for claim in (wrong, elsewhere):
        assert [f.certain for f in judge.findings([], [claim])] == [True]


def test_an_exact_form_outside_its_enclosure_is_found() -> None:
    low, high = Fraction("0.7698003589195010"), Fraction("0.7698003589195011")
    for exact, count in (("4*sqrt(3)/9", 0), ("4*sqrt(3)/9 + 1/10^15", 1), ("root of 5", 0)):
        claim = Claim("M2", BEND, low, high, exact=exact)
        assert len(Judge("tanh(z)").findings([claim])) == count


@pytest.mark.parametrize(
    ("text", "q", "value"),
    [
        ("cosh(z)^2 - sinh(z)^2", VALUE, "1"),
        ("(exp(z) - exp(-z))/(exp(z) + exp(-z))", VALUE, "1"),
        ("(z - sin(z))/z^3", VALUE, "1/6"),
        ("log(exp(z) + 1) - log(exp(-z) + 1) - z", VALUE, "0"),
        ("z^2/(24/7)", BEND, "7/12"),
    ],
)
def test_cancellation_is_not_a_violation(text: str, q: Quantity, value: str) -> None:
    true = Fraction(value)
    assert Judge(text).findings([Claim("g", q, true, true)]) == []
