"""Tails, series and limits of expressions that once were hard, against values with many digits."""

from __future__ import annotations

from fractions import Fraction

import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from proofkit.kernel.univariate import balls, tail
from proofkit.kernel.univariate.coefficients import Coef
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.quantity import Quantity
from proofkit.kernel.univariate.workspace import OpenError, Workspace
from proofkit.search.jets import Evaluator

EXPRESSIONS = [
    "atan(z) + z/2",
    "tanh(z)^3",
    "z/(1 + exp(-1.702*z))",
    "1/(1 + z^4)",
    "z*exp(-z^2)",
    "erf(z)*atan(z)",
    "sin(z)/(1 + z^2)",
    "log(2 + tanh(z))",
    "(1 + z^2)^(-2/3)",
    "cos(atan(z))",
    "tanh(1 + 1/(1 + z^2))",
    "1/cosh(z)",
    "1/(1 + exp(-z))^2",
    "(exp(z) - exp(-z))/(exp(z) + exp(-z))",
    "exp(1 - z)*cosh(z/2 - 1)",
    "z/(exp(z) + exp(-z/2))",
    "sqrt(1 + exp(2*z))",
    "erfc(z)",
    "erf(z)^2",
    "erfc(-z/3)*z",
    "sinh(z)/(2 + cosh(2*z))",
    "exp(z - z^2)",
    "exp(sin(z) - z^2)",
    "log(2 + exp(z))",
    "log(exp(z/2) + exp(-2*z))",
    "z*atan(z)",
    "z/(1 + z^2)^(1/4)",
    "(1 + z^2)^(1/3)",
    "2/pi*atan(sinh(z))",
    "exp(-exp(z))",
    "z*tanh(exp(z))",
    "z*erf(z) + exp(-z^2)/sqrt(pi)",
    "log(1 + exp(z)/(1 + z^2))",
    "asinh(z)*tanh(z)",
    "log(1 + z^2)/(1 + z^2)",
    "log(1 + exp(z))*atan(z)",
    "sin(atan(2*z))*z",
    "(pi + z^2)^(1/2)",
    "erf(erf(z) + z)",
    "log(2 + exp(z)*(1 + z^4))",
    "(exp(2*z) - 1)/(exp(2*z) + 1)",
    "1.7159*tanh(2*z/3)",
    "tanh(sqrt(2)*z)",
    "z*log(1 + 1/(1 + exp(-z)))",
    "z*log(2 - exp(-exp(z)))",
]
WAVES = [
    "sin(z)",
    "cos(3*z)/2 + sin(2*z/5 - 1)",
    "tanh(z)*cos(z)",
    "exp(sin(z))/(1 + exp(-z))",
    "sin(z)*cos(z/2)*atan(z)",
    "sin(cos(z))/(1 + z^2)",
    "z + sin(z + 1)*tanh(z)",
]
FACTORIALS = (1, 1, 2, 6)
SLACK = arb("1e-25")


def derivative(text: str, point: Fraction, order: int) -> arb:
    """The value of a derivative, by mpmath with 60 digits."""
    f = Evaluator(parse(text), 60)
    at = f.context.mpf(point.numerator) / point.denominator
    return arb(str(f.derivatives(at, order)[order]))


@given(
    st.sampled_from([*EXPRESSIONS, *WAVES]),
    st.fractions(-6, 6, max_denominator=64),
    st.sampled_from([Fraction(0), Fraction(1, 2**30), Fraction(1, 2**6)]),
    st.integers(0, 3),
)
def test_series_over_balls_enclose_the_derivatives(
    text: str, point: Fraction, radius: Fraction, order: int
) -> None:
    with balls.precision(128):
        box = balls.hull(point - radius, point + radius)
        found = balls.Tape(parse(text)).series(box, 4)[order] * FACTORIALS[order]
        assert not found.is_finite() or found.overlaps(
            derivative(text, point, order) + arb(0, "1e-25")
        )


@given(
    st.sampled_from(EXPRESSIONS),
    st.sampled_from([16, 64, 1024]),
    st.sampled_from([1, -1]),
    st.fractions(1, 50, max_denominator=7),
    st.integers(0, 3),
)
def test_tails_enclose_the_derivatives(
    text: str, start: int, end: int, factor: Fraction, order: int
) -> None:
    point = start * factor
    with balls.precision(256):
        try:
            jet = tail.jets(parse(text), tail.Half(Fraction(start), end), 3)
        except tail.TailError:
            return
        found = tail.derivative(jet, order)
        half = tail.Half(point, end)
        total = sum((c.ball * half.value(mono) for mono, c in found.terms.items()), arb(0))
        if found.rest is not None:
            total += found.rest[1].hull() * half.value(found.rest[0])
        try:
            truth = derivative(text, point * end, order)
        except OverflowError:
            return
        assert total.overlaps(truth + arb(0, SLACK * (1 + abs(truth)).upper()))


WIDE = ["1/(1 + exp(-z))", "tanh(z)", "log(1 + exp(3 - z))", "log(cosh(z))", "tanh(z^2/7 - z)"]


@given(
    st.sampled_from(WIDE),
    st.fractions(-3000, 3000, max_denominator=8),
    st.fractions(0, 400, max_denominator=8),
    st.fractions(0, 1, max_denominator=16),
)
def test_series_of_what_saturates_are_finite_on_wide_boxes(
    text: str, left: Fraction, width: Fraction, part: Fraction
) -> None:
    tape = balls.Tape(parse(text))
    with balls.precision(128):
        around = tape.series(balls.hull(left, left + width), 4)
        at = tape.series(balls.ball(left + width * part), 4)
        for k in range(4):
            assert around[k].is_finite()
            assert around[k].overlaps(at[k])


def limit(text: str, start: int = 64) -> Coef | int:
    """What an expression tends to at +oo, 1 and -1 for the infinities; TailError otherwise."""
    return Workspace(parse(text), 0).expand(parse(text), 1, Fraction(start), 0)[0].limit()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("tanh(z)", 1),
        ("z/sqrt(1 + z^2)", 1),
        ("z^3*exp(-z)", 0),
        ("cos(1/z)", 1),
        ("log(1 + z^4)/z", 0),
        ("asinh(z)*exp(-z)", 0),
        ("z*atan(z) - pi*z/2", -1),
        ("z*cos(atan(z))", 1),
        ("exp(z - exp(z))", 0),
        ("(1 + z^3)^(1/3) - z", 0),
        ("z*log(1 + 1/(1 + exp(-z))) - z*log(2)", 0),
    ],
)
def test_limits(text: str, value: int) -> None:
    found = limit(text)
    assert isinstance(found, Coef)
    with balls.precision(128):
        assert found.ball.overlaps(arb(value))
        assert found.ball.rad() < arb("1e-9")


@pytest.mark.parametrize("text", ["sin(z)", "z + sin(z)*z", "sin(z)*tanh(z) + 1/z"])
def test_no_limit(text: str) -> None:
    with pytest.raises(tail.TailError):
        limit(text)


@pytest.mark.parametrize("text", ["z", "z + sin(z)", "exp(z)", "z^2 - z"])
def test_infinite_limits(text: str) -> None:
    assert limit(text) == 1


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("exp(z + 1/z)", 16),
        ("1/(1 + 2*sin(z))", 16),
        ("log(1 + 1000*exp(z/1000)/(1 + z^2))", 16),
        ("erfc(1000*exp(z/1000)/(1 + z^2))", 16),
    ],
)
def test_a_tail_that_has_not_settled_decides_no_false_bound(text: str, start: int) -> None:
    """It is refused, or encloses the function where that is easy to see."""
    root = parse(text)
    with balls.precision(128):
        try:
            found = Workspace(root, 0).tail(Quantity(root, 0, None, 1), 1, Fraction(start))
        except (tail.TailError, OpenError):
            return
        half = tail.Half(Fraction(start), 1)
        total = sum((c.ball * half.value(mono) for mono, c in found.terms.items()), arb(0))
        if found.rest is not None:
            total += found.rest[1].hull() * half.value(found.rest[0])
        assert total.overlaps(derivative(text, Fraction(start), 0) + arb(0, SLACK))
