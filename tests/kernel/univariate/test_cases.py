"""Facts of the expressions people try: kinks, periods, zero functions, intervals, tails of every
kind.
"""

from fractions import Fraction

import pytest

from proofkit.errors import DomainError
from proofkit.kernel.univariate import balls, coefficients
from proofkit.kernel.univariate.cover import verify_cover
from proofkit.kernel.univariate.domain import _root, smooth_pieces
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.periods import periodicity
from proofkit.kernel.univariate.pieces import in_range, swing
from proofkit.kernel.univariate.quantity import Cover, Piece, Quantity
from proofkit.kernel.univariate.workspace import OpenError, Workspace, first_that
from proofkit.search.facts import derive_facts

PI = 3.141592653589793


def enclosed(bound, value: float) -> bool:
    assert bound is not None and bound.upper is not None
    return (
        float(bound.lower) - 1e-14 <= value <= float(bound.upper) + 1e-14
        and bound.upper - bound.lower < 1e-11
    )


@pytest.mark.parametrize(
    ("text", "inf", "sup"),
    [
        ("z*exp(-z^2)", -0.42888194248035344, 0.42888194248035344),
        ("tanh(z)^3", -1, 1),
        ("cos(z)*cos(4*z)", -1, 1),
        ("sin(exp(z))", -1, 1),
        ("z/sqrt(z^2 + 1)", -1, 1),
        ("1/(1 + z^4)", 0, 1),
        ("tanh(1000*z)", -1, 1),
        ("exp(-z^2/10^8)", 0, 1),
        ("exp(-z^2)*cos(3*z)", -0.40438887804838924, 1),
        ("3/2/(4 + sin(pi*z - 8/3)^2)", 0.3, 0.375),
        ("cos(z*erfc(-21))", -1, 1),
        ("sin(z + cos(z))^2", 0, 1),
    ],
)
def test_range(text: str, inf: float, sup: float) -> None:
    facts = derive_facts(parse(text))
    assert enclosed(facts.sup, sup)
    assert enclosed(facts.inf, -inf)


@pytest.mark.parametrize(
    ("text", "order", "at"),
    [
        ("Max(pi, z)", 0, PI),
        ("Max(z^2, 2)", 0, -(2**0.5)),
        ("Min(cos(z), z)", 0, 0.7390851332151607),
        ("z - Max(log(1 + exp(-1/4)), z)", 0, 0.575939419878843),
    ],
)
def test_irrational_kinks(text: str, order: int, at: float) -> None:
    facts = derive_facts(parse(text))
    assert facts.smooth is not None
    assert (facts.smooth.order, float(facts.smooth.at or 0)) == (
        order,
        pytest.approx(at, abs=1e-12),
    )
    assert facts.smooth.where.endswith("...")
    assert facts.M2 is not None and facts.M2.infinite and "jumps" in facts.M2.how


def test_pieces_at_an_irrational_kink_overlap_and_contain_it() -> None:
    left, right = smooth_pieces(parse("Max(z, pi)"))
    assert left.inner_right < left.right and right.left < right.inner_left
    assert (
        left.inner_right
        <= Fraction(3141592653589793238462643383279502885, 10**36)
        <= left.right + Fraction(1, 10**30)
    )
    assert left.right - left.inner_right < Fraction(1, 10**25)


@pytest.mark.parametrize("text", ["z^2 + z + 1", "-1 - z^2", "z - pi"])
def test_a_kink_needs_a_change_of_sign(text: str) -> None:
    root = parse(text)
    with balls.precision(128), pytest.raises(OpenError):
        _root(Workspace(root, 0), Quantity(root), Fraction(0), Fraction(1))


def test_a_value_at_an_irrational_kink_is_enclosed() -> None:
    facts = derive_facts(parse("Min(exp(z), 2 - z)"))
    assert enclosed(facts.sup, 1.5571455989976114)
    assert facts.sup.exact is None


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("Min(atan(z), z)", 2),
        ("Max(z, 0)^3", 2),
        ("Abs(z)^2", None),
        ("erfc(Min(z, (1 + z^2)*z))", 2),
    ],
)
def test_smoothness_at_tangential_kinks(text: str, order: int | None) -> None:
    facts = derive_facts(parse(text), budget=5)
    assert facts.smooth is not None and facts.smooth.order == order


@pytest.mark.parametrize("text", ["z^3", "z*z^4", "z^2*sin(5)", "sinh(asinh(z))"])
def test_homogeneous_functions_have_no_euler_defect(text: str) -> None:
    facts = derive_facts(parse(text))
    assert facts.euler is not None and facts.euler.H.upper == 0 and not facts.open


def test_the_rule_constant_refuses_what_is_not_constant() -> None:
    q = Quantity(parse("exp(-z^2)"), 1)
    assert verify_cover(
        q,
        Cover(Fraction(0), None, None, (Piece(Fraction(-8), Fraction(8), "constant"),), 128),
        None,
        None,
    )
    zero = Quantity(parse("z"), 2)
    cover = Cover(Fraction(0), None, None, (Piece(Fraction(-8), Fraction(8), "constant"),), 128)
    assert verify_cover(zero, cover, None, None) == ""
    assert verify_cover(zero, Cover(Fraction(-1), None, None, cover.pieces, 128), None, None)


@pytest.mark.parametrize(
    ("text", "order", "rule", "left", "right", "least"),
    [
        ("tanh(z)", 0, "ball", "1", "2", "0.96402758007581688394"),
        ("sin(3*z/2 + 1)", 0, "ball", "-4", "4", "1"),
        ("tanh(z)", 0, "taylor", "1", "5/4", "0.84828363995751289762"),
        ("exp(z) - z^2", 1, "taylor", "-1/8", "1/8", "1.1325"),
        ("z/sqrt(1 + z^2)", 2, "taylor", "-9/16", "-1/2", "0.8587"),
        ("sin(3*z/2 + 1)", 2, "range", "-9", "9", "2.25"),
        ("sin(z)^2", 0, "range", "-9", "9", "1"),
        ("exp(z)", 0, "rising", "-9", "0", "1"),
        ("tanh(z)", 1, "falling", "1/2", "33/64", "0.7864477329659274"),
        ("sin(z)", 0, "concave", "3/2", "7/4", "1"),
    ],
)
def test_each_rule_refuses_too_small_a_bound(
    text: str, order: int, rule: str, left: str, right: str, least: str
) -> None:
    """``least`` is below the largest value on the piece, or that value."""
    q = Quantity(parse(text), order)
    centre = Fraction(157079632679489661923, 10**20) if rule == "concave" else None
    piece = Piece(Fraction(left), Fraction(right), rule, centre)
    for bound, holds in (
        (Fraction(least) - Fraction(1, 10**9), False),
        (Fraction(least) + Fraction(1, 100), True),
    ):
        cover = Cover(bound, piece.left, piece.right, (piece,), 128)
        assert (verify_cover(q, cover, piece.left, piece.right) == "") == holds, bound
    unknown = Cover(
        Fraction(9), piece.left, piece.right, (Piece(piece.left, piece.right, "trust me"),), 128
    )
    assert "trust me" in verify_cover(q, unknown, piece.left, piece.right)


def test_lines_and_waves_swing_as_far_as_they_do() -> None:
    half = Fraction(1, 2)
    assert swing(parse("z/3 - sin(2*z + 1)^2/4"), 1) == (0, Fraction(1, 3), half) and swing(
        parse("z/3 - sin(2*z + 1)^2/4"), 0
    ) == (
        Fraction(1, 3),
        -half / 4,
        half / 4,
    )
    assert swing(parse("2*(z - cos(3*z))"), 2) == (0, 0, 18) and swing(
        parse("-(sin(z) + 3)/2"), 0
    ) == (0, Fraction(-3, 2), half)
    assert not any(
        swing(parse(text), 1)
        for text in (
            "sin(z^2)",
            "z*sin(z)",
            "sin(z)*cos(z)",
            "tanh(z)",
            "sin(z)^3",
            "sin(pi*z)",
            "z^2",
        )
    )


def test_the_rule_range_sees_no_more_than_there_is() -> None:
    positive, square = parse("exp(z + z^2)"), parse("sin(z)^2")
    assert in_range(Quantity(positive, sign=-1), Fraction(0)) and not in_range(
        Quantity(positive, sign=-1), Fraction(-1, 10)
    )
    assert not in_range(Quantity(parse("exp(z) - z^2"), sign=-1), Fraction(0)) and not in_range(
        Quantity(positive), Fraction(100)
    )
    assert not in_range(Quantity(parse("z^(-2)")), Fraction(9)) and not in_range(
        Quantity(parse("sin(z)^(1/2)")), Fraction(9)
    )
    assert in_range(Quantity(square, sign=-1), Fraction(0)) and not in_range(
        Quantity(square, sign=-1), Fraction(-1, 100)
    )
    assert not in_range(Quantity(parse("sin(z)^3"), sign=-1), Fraction(0)) and not in_range(
        Quantity(square, 1), Fraction(99, 100)
    )
    assert in_range(Quantity(square, 1), Fraction(1)) and in_range(
        Quantity(parse("z + sin(z)"), 1, sign=-1), Fraction(0)
    )
    assert not in_range(Quantity(parse("sin(z^2)"), 1), Fraction(100)) and not in_range(
        Quantity(parse("tanh(z)"), 1), Fraction(1)
    )
    assert not in_range(Quantity(parse("sin(z)"), 1, Fraction(0)), Fraction(100))


def test_the_rule_zero_needs_an_infinite_end() -> None:
    zero = Quantity(parse("z"), 2)
    cover = Cover(
        Fraction(0), Fraction(0), Fraction(1), (Piece(Fraction(0), Fraction(1), "constant"),), 128
    )
    assert verify_cover(zero, cover, Fraction(0), Fraction(1))


@pytest.mark.parametrize(
    ("text", "slope", "period"),
    [
        ("z + sin(z)", 1, 2 * PI),
        ("cos(pi*z)", 0, 2),
        ("sin(2*z/3) + cos(z/2)", 0, 12 * PI),
        ("sin(z*exp(2)) + cos(3*z*exp(2))", 0, 2 * PI / 7.38905609893065),
        ("sin(z + cos(3*z))", 0, 2 * PI),
    ],
)
def test_periods(text: str, slope: int, period: float) -> None:
    found = periodicity(parse(text))
    assert found is not None and found[0] == slope
    assert 0 <= float(found[1]) - period < 1e-9 * period


@pytest.mark.parametrize(
    "text", ["sin(z) + sin(pi*z)", "sin(z^2)", "z*sin(z)", "exp(z)", "sin(z) + atan(z)"]
)
def test_what_is_not_periodic(text: str) -> None:
    assert periodicity(parse(text)) is None


@pytest.mark.parametrize("text", ["sin(z)", "sin(z)^2", "z + sin(z)", "exp(cos(z))"])
def test_periodic_slopes_have_no_euler_constant(text: str) -> None:
    facts = derive_facts(parse(text))
    assert facts.euler is None and "unbounded" in facts.no_euler and not facts.open


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("exp(z)", "faster"),
        ("z^3", "faster"),
        ("z^2", "quadratic"),
        ("asinh(z)", "sublinear"),
        ("atan(z) + z/2", "linear"),
    ],
)
def test_growth_is_named(text: str, kind: str) -> None:
    facts = derive_facts(parse(text))
    assert facts.growth is not None and facts.growth[1] == kind


# -- intervals -------------------------------------------------------------------------------------


def test_facts_on_a_bounded_interval() -> None:
    facts = derive_facts(parse("log(z)"), left=Fraction(1), right=Fraction(4))
    assert enclosed(facts.sup, 1.3862943611198906)
    assert facts.inf.upper == 0 and facts.M1.upper == 1
    assert facts.growth is None and "bounded" in facts.no_euler


def test_facts_on_a_half_line() -> None:
    facts = derive_facts(parse("sqrt(z)"), left=Fraction(1), right=None)
    assert facts.sup.infinite and enclosed(facts.M1, 0.5)
    facts = derive_facts(parse("exp(z)"), left=None, right=Fraction(0))
    assert enclosed(facts.sup, 1) and enclosed(facts.M3, 1)


def test_an_interval_with_kinks_inside() -> None:
    facts = derive_facts(parse("Max(z^2, 2)"), left=Fraction(-1), right=Fraction(5))
    assert facts.sup.upper == 25 and facts.M1.upper == 10
    assert facts.smooth.order == 0


def test_a_singular_point_inside_the_interval() -> None:
    with pytest.raises(DomainError, match="0 at z = 0"):
        derive_facts(parse("1/z"), left=Fraction(-1), right=Fraction(1))


# -- time and arithmetic ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "tanh(1 + sinh(2 - tanh(z))^2)",
        "erf(tanh(sinh(1 + atan(z)^2))/(2 + cos(z)))",
        "asinh(asinh(asinh(1 + z^2)^3)^3)^3",
    ],
)
def test_the_budget_holds(text: str) -> None:
    facts = derive_facts(parse(text), budget=2.0)
    assert facts.open == () or any("budget" in o or "->" in o or "sigma" in o for o in facts.open)


def test_first_that_finds_the_first_half_line() -> None:
    tried = []

    def works(start: Fraction) -> bool:
        tried.append(start)
        return start >= 1000

    assert first_that(works, None) == 1024
    assert len(tried) < 14
    assert first_that(lambda s: False, None) is None
    assert first_that(lambda s: True, Fraction(64)) == 64


def test_long_sums_of_constants_stay_equal_and_short() -> None:
    def total():
        out = coefficients.ONE
        for n in range(2, 40):
            out = (
                out + coefficients.opaque(f"c{n}", coefficients.fraction_ball(Fraction(n, 7)))
            ) * coefficients.opaque(f"d{n}", coefficients.fraction_ball(Fraction(1, n)))
        return out

    assert total() == total()
    assert (total() - total()).is_zero
    assert len(total().terms) <= coefficients.MAX_TERMS + 1


def test_ratios_of_coefficients() -> None:
    pi = coefficients.pi_power(Fraction(1))
    assert (pi * coefficients.rational(3)).ratio(pi) == 3
    assert (pi + coefficients.ONE).ratio(pi) is None
