"""Intervals at whose ends an expression has no value."""

from fractions import Fraction

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit.errors import DomainError
from proofkit.kernel.univariate.parser import parse
from proofkit.search.ends import facts_on
from proofkit.search.facts import Bound, Facts
from proofkit.search.jets import Evaluator


def facts(text: str, left: object, right: object, opened: tuple[int, ...] = ()) -> Facts:
    ends = (None if end is None else Fraction(str(end)) for end in (left, right))
    return facts_on(parse(text), 15, 20.0, *ends, tuple(map(Fraction, opened)))


def value(bound: Bound | None) -> float:
    """The middle of an enclosure, which has to be tight; oo where there is none."""
    assert bound is not None
    if bound.upper is None:
        return float("inf")
    assert bound.upper - bound.lower < Fraction(1, 10**12)
    return float(bound.lower)


e = mpmath.e


@pytest.mark.parametrize(
    ("text", "left", "right", "opened", "inf", "sup", "M1"),
    [
        ("1/z", 0, 1, (0,), 1, "oo", "oo"),
        ("z*log(z)", 0, 1, (0,), -1 / e, 0, "oo"),
        ("exp(-1/z)", 0, None, (0,), 0, 1, 4 / e**2),
        ("sqrt(z)", 0, None, (), 0, "oo", "oo"),
        ("sqrt(1 - z^2)", -1, 1, (), 0, 1, "oo"),
        ("z^(5/2)", 0, 4, (), 0, 32, 20),
        ("1/(z*(1 - z))", 0, 1, (0, 1), 4, "oo", "oo"),
        ("log(z)", 0, 1, (0,), "-oo", 0, "oo"),
        ("log(3 - z)", None, 3, (3,), "-oo", "oo", "oo"),
        ("z/(exp(z) - 1)", 0, None, (0,), 0, 1, Fraction(1, 2)),
        ("sin(1/z)", 0, 1, (0,), -1, 1, "oo"),
        ("exp(-1/(1 - z^2))", -1, 1, (-1, 1), 0, 1 / e, None),
        ("sqrt(z - 1/3)", "1/3", 2, (), 0, mpmath.sqrt(Fraction(5, 3)), "oo"),
    ],
)
def test_right_values(
    text: str,
    left: object,
    right: object,
    opened: tuple[int, ...],
    inf: object,
    sup: object,
    M1: object,
) -> None:
    found = facts(text, left, right, opened)
    assert found.open == ()
    # The infimum is kept as the supremum of -sigma.
    assert -value(found.inf) == pytest.approx(float(str(inf).replace("oo", "inf")), abs=1e-12)
    assert value(found.sup) == pytest.approx(float(str(sup).replace("oo", "inf")), abs=1e-12)
    if M1 is not None:
        expected = float(M1) if M1 != "oo" else float("inf")
        assert value(found.M1) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "left", "right", "opened"),
    [
        ("1/z", 0, 1, ()),
        ("log(z)", 0, 1, ()),
        ("1/z", -1, 1, (-1, 1)),
        ("log(z - 1/2)", 0, 1, (0, 1)),
        ("sqrt(z)", -1, 1, ()),
        ("z^(-1/2)", 0, 1, ()),
        ("Abs(z)/z", 0, 1, ()),
        ("1/(z*(z - 1/2))", 0, 1, (0,)),
    ],
)
def test_no_value_on_the_interval(
    text: str, left: object, right: object, opened: tuple[int, ...]
) -> None:
    with pytest.raises(DomainError):
        facts(text, left, right, opened)


def test_places() -> None:
    assert facts("sqrt(z)", 0, None).inf.at == "0"
    assert facts("exp(-1/z)", 0, None, (0,)).inf.at == "z -> 0+"
    assert facts("exp(-1/z)", 0, None, (0,)).M1.exact == "4*exp(-2)"
    assert facts("log(1 - z)", 0, 1, (1,)).inf.at == "z -> 1-"
    # Only the value is known at an end that belongs to the interval.
    assert facts("sqrt(z)", 0, 1).smooth is None


@settings(max_examples=12)
@given(
    st.sampled_from(
        ["z^({p})*log(z)", "z^({p})*exp(-{q}/z)", "tanh({q}/z)*z^({p})", "sin({q}/z)/(1 + z^({p}))"]
    ),
    st.fractions(Fraction(1, 4), 3, max_denominator=4),
    st.integers(1, 5),
    st.lists(st.floats(1e-9, 1), min_size=20, max_size=20),
)
def test_no_value_beyond_the_bounds(text: str, p: Fraction, q: int, points: list[float]) -> None:
    root = parse(text.format(p=p, q=q))
    found = facts_on(root, 12, 10.0, Fraction(0), Fraction(1), (Fraction(0),), exact=False)
    f = Evaluator(root, 40)
    for x in points:
        values = f.derivatives(Fraction(x), 1)
        for bound, seen in (
            (found.sup, values[0]),
            (found.inf, -values[0]),
            (found.M1, abs(values[1])),
        ):
            if bound is not None and bound.upper is not None:
                top = mpmath.mpf(bound.upper.numerator) / bound.upper.denominator
                assert seen <= top * (1 + mpmath.mpf(10) ** -15) + mpmath.mpf(10) ** -30


@pytest.mark.parametrize(
    ("text", "holes", "inf", "sup", "M1"),
    [
        ("sin(z)/z", {0: 1}, -0.21723362821122166, 1, 0.4361818172714585),
        ("tanh(z)/z", {0: 1}, 0, 1, 0.34341955123450187),
        ("z/(exp(z) - 1)", {0: 1}, 0, "oo", 1),
        ("(z^2 - 1)/(z - 1)", {1: 2}, "-oo", "oo", 1),
        ("sinh(z)/z*exp(-z^2)", {0: 1}, 0, 1, None),
    ],
)
def test_removable_singularities(
    text: str, holes: dict[int, int], inf: object, sup: object, M1: float | None
) -> None:
    found = facts(text, None, None)
    assert {int(at): (lo, hi) for at, lo, hi in found.holes} == {
        at: (value, value) for at, value in holes.items()
    }
    assert -value(found.inf) == pytest.approx(float(str(inf).replace("oo", "inf")), abs=1e-12)
    assert value(found.sup) == pytest.approx(float(str(sup).replace("oo", "inf")), abs=1e-12)
    if M1 is not None:
        assert value(found.M1) == pytest.approx(M1, abs=1e-12)
    assert found.smooth.order is None


@pytest.mark.parametrize(
    "text",
    ["1/z", "cos(z)/z", "exp(-1/z^2)", "exp(sin(z)/z)", "Abs(z)/z", "sin(z)/z^2", "tanh(1/z)*z"],
)
def test_singularities_that_are_not_removed(text: str) -> None:
    with pytest.raises(DomainError):
        facts(text, None, None)


@pytest.mark.parametrize(
    "text",
    [
        "z^2*log(z^2)/z",
        "z*log(z^2)*sin(z)/z",
        "z^3*log(z^2)/(exp(z) - 1)",
        "(z^2)^(3/4)/z",
        "sqrt(z^2*(1 + z^2))*z/z",
        "sqrt(z*tanh(z))*z/z",
        "sqrt(1 - cos(z))/z",
        "exp(log(z^2)/2)/z",
        "(1 - cos(z))^(3/2)/z",
    ],
)
def test_a_limit_from_one_side_is_no_removable_singularity(text: str) -> None:
    """Logarithms and roots of what vanishes there: some jump, others have a kink, and none is
    smooth.
    """
    try:
        found = facts(text, -1, 1)
    except DomainError:
        return
    assert found.holes == () and found.smooth is None and found.known == ()


def test_roots_and_logarithms_of_what_is_positive_are_filled() -> None:
    for text in ("(sqrt(1 + z^2) - 1)/z", "log(1 + z^2)/z", "sqrt(1 + z)*sin(z)/z"):
        found = facts(text, Fraction(-1, 2), 1)
        assert [at for at, _, _ in found.holes] == [0] and found.smooth is not None
