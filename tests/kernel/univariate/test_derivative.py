"""Derivatives as expressions: as on paper, and against power series in balls and at the ends."""

from __future__ import annotations

from fractions import Fraction

import pytest
from flint import arb, arb_series
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from proofkit.errors import ParseError
from proofkit.kernel.univariate import balls
from proofkit.kernel.univariate.coefficients import Coef, TailError
from proofkit.kernel.univariate.derivative import NotDifferentiableError, derivative
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.quantity import Quantity
from proofkit.kernel.univariate.terms import Node, SizeError, to_text
from proofkit.kernel.univariate.workspace import Workspace

AS_ON_PAPER = [
    ("5", "0"),
    ("z^2/2", "z"),
    ("z^4/4", "z^3"),
    ("(z^2 + z)/2", "1/2*(2*z + 1)"),
    ("1/z", "-1/z^2"),
    ("sqrt(1 + z^2) - 1", "z/sqrt(1 + z^2)"),
    ("log(1 + z^2)/2", "z/(1 + z^2)"),
    ("1 - exp(-z^2)", "2*z*exp(-z^2)"),
    ("log(cosh(z))", "tanh(z)"),
    ("log(2*cosh(z))", "tanh(z)"),
    ("tanh(z)", "1/cosh(z)^2"),
    ("1/cosh(z)^2", "(-2)*tanh(z)/cosh(z)^2"),
    ("softplus(z)", "1/(1 + exp(-z))"),
    ("softplus(-z)", "-1/(1 + exp(z))"),
    ("softplus(1 - z)", "-1/(1 + exp(z - 1))"),
    ("log(2 + 3*exp(z))", "3/(3 + 2*exp(-z))"),
    ("exp(z)/(1 + exp(z))", "sigmoid(-z)*sigmoid(z)"),
    ("z^2/(1 + z^2)", "2*z/(1 + z^2)^2"),
    ("z/(1 + z^2)", "(1 - z^2)/(1 + z^2)^2"),
    ("z/sqrt(1 + z^2)", "1/(1 + z^2)^(3/2)"),
    ("(z^3 - z)/(2*(1 + z^4)^2)", "(-1/2)*(1 - 3*z^2 - 7*z^4 + 5*z^6)/(1 + z^4)^3"),
    ("sigmoid(z)", "sigmoid(-z)*sigmoid(z)"),
    ("atan(z)^2", "2*atan(z)/(1 + z^2)"),
    ("erf(z)", "2*exp(-z^2)/sqrt(pi)"),
    ("2^z", "log(2)*exp(z*log(2))"),
    ("z - z + z", "1"),
    ("Abs(-2)*z", "Abs(-2)"),
    ("z^2*z^(1/2)", "5/2*z^(3/2)"),
]
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
    "z*exp(z)/(2 + 3*exp(z))^2",
    "1/(exp(z)*cosh(z))^3",
    "sqrt(cosh(z))/exp(z/2)",
    "log(exp(z)/cosh(z)^2)",
    "sinh(2*z)/cosh(2*z)",
    "3*exp(z/2)/(5 + 2*exp(z/2))",
    "(z^2 - 1/3)^3/(2*(z - z^2/2 + 9)^(5/2))",
    "(1 + z)/z^3 - (z/2)^2/(-3*(1 + z^2))",
    "(1 + z^2)^(-64)",
    "(1 + exp(z))^(-1/3)",
    "(5 + z)^(1/2)*(5 + z)^(1/3)/(5 + z)^2",
]
BITS = 200


@pytest.mark.parametrize(("text", "wanted"), AS_ON_PAPER)
def test_natural_cases_are_written_as_on_paper(text: str, wanted: str) -> None:
    found = derivative(parse(text))
    assert found == parse(wanted), str(found)


def agrees(root: Node, x: Fraction) -> bool:
    """True when the series of f and the expression of f' agree at x; False where f has no value."""
    with balls.precision(BITS):
        z = arb_series([balls.ball(x), 1], prec=2)
        values = balls.Tape(root).values(z, 2)
        if not all(v[0].is_finite() and v[1].is_finite() for v in values):
            return False  # 0*(1/0) is 0 as a product of series
        series = values[-1]
        value = balls.Tape(derivative(root)).series(balls.ball(x), 1)[0]
        assert value.overlaps(series[1]), f"{root}: {derivative(root)} at {x}"
        # What is wide could overlap with anything.
        assert value.rad() < arb("1e-25") * (1 + abs(value).upper() + abs(series[0]).upper())
        return True


@pytest.mark.parametrize("text", EXPRESSIONS)
@given(x=st.fractions(-4, 4, max_denominator=50))
def test_against_series(text: str, x: Fraction) -> None:
    assume(agrees(parse(text), x))


UNARY = [
    *("exp({})", "log({})", "tanh({})", "sinh({})", "cosh({})", "sin({})", "cos({})", "atan({})"),
    *("asinh({})", "erf({})", "erfc({})", "sigmoid({})", "softplus({})", "sqrt({})", "-{}"),
    *("1/{}", "({})^2", "({})^3", "({})^(-2)", "({})^(2/3)", "log(1 + ({})^2)", "1 + exp({})"),
    *("log(cosh({}))", "1/(2 + ({})^2)", "log(3 + exp({})/2)", "exp(-({})^2)"),
]
BINARY = ["({}) + {}", "({}) - ({})", "({})*({})", "({})/({})"]
TERMS = st.recursive(
    st.sampled_from(["z", "z", "z/2", "-3*z", "1 - z", "2", "1/3", "pi"]),
    lambda inner: (
        st.tuples(st.sampled_from(UNARY), inner).map(lambda t: t[0].format(f"({t[1]})"))
        | st.tuples(st.sampled_from(BINARY), inner, inner).map(lambda t: t[0].format(*t[1:]))
    ),
    max_leaves=5,
)


def parsed(text: str) -> Node | None:
    """The expression; None for a division by zero."""
    try:
        return parse(text)
    except ParseError:
        return None


@given(text=TERMS, points=st.lists(st.fractions(-3, 3, max_denominator=20), min_size=4, max_size=4))
@settings(max_examples=300)
def test_random_expressions(text: str, points: list[Fraction]) -> None:
    root = parsed(text)
    assume(root is not None and "Abs" not in to_text(root))  # as sqrt(u^2) is
    assert root is not None
    slope = derivative(root)
    assert parse(to_text(slope)) == slope
    defined = [agrees(root, x) for x in points]
    assume(any(defined))


LOSSES = [
    "z^2/2",
    "sqrt(1 + z^2) - 1",
    "log(cosh(z))",
    "log(1 + z^2)/2",
    "1 - exp(-z^2/2)",
    "softplus(-z)",
    "softplus(1 - z)^2/2",
    "z*tanh(z)",
    "z*sigmoid(z)",
    "z*erfc(-z/sqrt(2))/2",
    "log(2 + 3*exp(-z/2))",
    "asinh(z)^2",
    "z*atan(z) - log(1 + z^2)/2",
    "exp(z)/(1 + exp(z))",
    "1/cosh(z)",
    "z^2/(1 + z^2)",
    "log(exp(z) + exp(-2*z))",
]


def limit(w: Workspace, q: Quantity, end: int) -> Coef | int | None:
    """What a quantity tends to at an end (1 and -1 for the infinities); None for no limit."""
    try:
        return w.settled(q, end)[1].limit()
    except TailError:
        return None


@pytest.mark.parametrize("text", LOSSES)
@pytest.mark.parametrize("end", [1, -1])
def test_limits_at_the_ends_are_those_of_the_series(text: str, end: int) -> None:
    root = parse(text)
    slope = derivative(root)
    with balls.precision(128):
        wanted = limit(Workspace(root), Quantity(root, 1), end)
        found = limit(Workspace(slope), Quantity(slope), end)
        assert wanted is not None
        if isinstance(wanted, Coef):
            assert isinstance(found, Coef)
            assert found.ball.overlaps(wanted.ball)
            assert found.ball.rad() < arb("1e-20")
        else:
            assert found == wanted


@pytest.mark.parametrize("text", LOSSES)
@pytest.mark.parametrize("far", [10**3, -(10**3), 10**9, -(10**9)])
def test_values_far_out_are_finite_and_sharp(text: str, far: int) -> None:
    with balls.precision(128):
        value = balls.Tape(derivative(parse(text))).series(arb(far), 1)[0]
        assert value.is_finite()
        assert value.rad() <= abs(value.mid()) * arb("1e-9") + arb("1e-9")


@pytest.mark.parametrize(
    ("text", "radius"), [("softplus(-z)", Fraction(1, 2)), ("log(5 + 2*exp(z))", Fraction(8))]
)
def test_a_slope_is_sharp_on_a_box(text: str, radius: Fraction) -> None:
    """What occurs once in a monotone expression loses nothing on a box."""
    tape = balls.Tape(derivative(parse(text)))
    with balls.precision(128):
        low, high = (tape.series(balls.ball(x), 1)[0] for x in (-radius, radius))
        box = tape.series(balls.hull(-radius, radius), 1)[0]
        assert box.rad() <= abs(high - low) * arb("0.501")


def test_names_are_constants() -> None:
    root = parse("log(1 + exp(beta*z))/beta", frozenset({"beta"}))
    assert "beta" in to_text(derivative(root))
    assert derivative(parse("beta^2", frozenset({"beta"}))) == parse("0")


@pytest.mark.parametrize("text", ["Abs(z)", "Max(z, 0)", "Min(1, z^2)", "Abs(1 + z^2)"])
def test_kinks_are_refused(text: str) -> None:
    with pytest.raises(NotDifferentiableError, match="no derivative"):
        derivative(parse(text))


def test_sizes_are_limited() -> None:
    with pytest.raises(SizeError, match="within each other"):
        derivative(parse("*".join(f"(z + {i})" for i in range(250))))
    with pytest.raises(SizeError, match="denominator"):
        derivative(parse("(z + 5)^(1/63)/sqrt((z + 5)^(1/64))*exp((z + 5)^(1/63)/(z + 5)^(1/64))"))
