"""Derivatives as trees, against power series in balls."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from proofkit.activation.derivative import derivative
from proofkit.kernel.univariate import balls
from proofkit.kernel.univariate.parser import parse

EXPRESSIONS = [
    "z^3 - 2*z + 1/3",
    "exp(-1/z)",
    "log(2 + sin(z))",
    "tanh(z)^2/(1 + z^2)",
    "sinh(z)*cosh(z/2)",
    "atan(z) - asinh(3*z)",
    "erf(z) + erfc(2*z) + pi",
    "sqrt(5 + z)",
    "(7 + z)^(-3/2)",
    "cos(z^2)",
    "sigmoid(z)*softplus(z)",
]


@pytest.mark.parametrize("text", EXPRESSIONS)
@given(x=st.fractions(-4, 4, max_denominator=50))
def test_against_series(text: str, x: Fraction) -> None:
    assume(x != 0)
    root = parse(text)
    with balls.precision(200):
        series = balls.Tape(root).series(balls.ball(x), 2)
        assume(series[1].is_finite())
        value = balls.Tape(derivative(root)).series(balls.ball(x), 1)[0]
        assert value.overlaps(series[1])
        assert value.rad() < 1e-30 * (1 + abs(value.mid()))


@pytest.mark.parametrize("text", ["Abs(z)", "Max(z, 0)", "Min(1, z^2)"])
def test_kinks_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no derivative"):
        derivative(parse(text))
