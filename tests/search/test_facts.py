"""Suprema against an independent maximisation, closed forms, and expressions nobody listed."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import mpmath
import pytest

from proofkit.activation.catalogue import CATALOGUE, Activation
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.quantity import Quantity
from proofkit.kernel.univariate.workspace import OpenError, Workspace
from proofkit.search.facts import Bound, Facts, derive_facts
from proofkit.search.supremum import supremum

SMOOTH = [
    name for name in CATALOGUE if name not in ("relu", "leaky_relu", "elu", "softsign", "hardtanh")
]


def value(b: Bound | None) -> Fraction:
    assert b is not None and b.upper is not None
    return b.upper


@pytest.fixture(scope="module")
def facts() -> dict[str, Facts]:
    return {name: derive_facts(Activation.of(name).root) for name in CATALOGUE}


@pytest.mark.parametrize("name", SMOOTH)
def test_constants_agree_with_an_independent_mpmath_maximisation(
    name: str, facts: dict[str, Facts]
) -> None:
    import sympy as sp

    activation, f = Activation.of(name), facts[name]
    assert not f.open
    z = sp.Symbol("z", real=True)
    wanted = [(sp.Abs(sp.diff(activation.expr, z, k)), f.M[k - 1]) for k in (1, 2, 3)]
    if f.euler:
        kappa = sp.Rational(f.euler.kappa.numerator, f.euler.kappa.denominator)
        wanted.append(
            (sp.Abs(z * sp.diff(activation.expr, z) - kappa * activation.expr), f.euler.H)
        )
    for expr, bound in wanted:
        check_by_maximisation(sp.lambdify(z, expr, "mpmath"), bound)


def check_by_maximisation(g: Callable[[mpmath.mpf], mpmath.mpf], bound: Bound | None) -> None:
    with mpmath.workdps(30):
        assert bound is not None and bound.upper is not None
        best = max((g(mpmath.mpf(x) / 8), mpmath.mpf(x) / 8) for x in range(-320, 321))
        top, at, width = best[0], best[1], mpmath.mpf(1) / 8
        for _ in range(80):
            width /= 2
            for x in (at - width, at + width):
                if g(x) > top:
                    top, at = g(x), x
        upper, lower = (mpmath.mpf(q.numerator) / q.denominator for q in (bound.upper, bound.lower))
        assert top <= upper * (1 + mpmath.mpf(10) ** -14) + mpmath.mpf(10) ** -18
        # From below: a supremum approached at infinity is reached up to the algebraic decay on
        # [-40, 40].
        assert top >= lower * (1 - mpmath.mpf(10) ** -12) or bound.at.startswith("z ->")


@pytest.mark.parametrize("name", SMOOTH)
def test_relative_width(name: str, facts: dict[str, Facts]) -> None:
    f = facts[name]
    for bound in (f.inf, f.sup, *f.M, f.euler.H if f.euler else None):
        if bound is not None:
            assert bound.relative_width <= Fraction(1, 10**12)


@pytest.mark.parametrize(
    ("name", "quantity", "exact"),
    [
        ("tanh", "M2", "4*sqrt(3)/9"),
        ("tanh", "M3", "2"),
        ("sigmoid", "M1", "1/4"),
        ("sigmoid", "M2", "sqrt(3)/18"),
        ("sigmoid", "M3", "1/8"),
        ("softplus", "M2", "1/4"),
        ("softplus", "M3", "sqrt(3)/18"),
        ("softplus", "H", "log(2)"),
        ("softplus", "M1", "1"),
        ("arctan", "M2", "3*sqrt(3)/8"),
        ("arctan", "sup", "pi/2"),
        ("isru", "M2", "48*sqrt(5)/125"),
        ("squareplus", "M3", "6*sqrt(5)/125"),
        ("logcosh", "M3", "4*sqrt(3)/9"),
        ("gaussian", "H", "2*exp(-1)"),
        ("sin", "M1", "1"),
        ("sin", "M2", "1"),
    ],
)
def test_exact_forms(name: str, quantity: str, exact: str, facts: dict[str, Facts]) -> None:
    import sympy as sp

    f = facts[name]
    bound = {"M1": f.M1, "M2": f.M2, "M3": f.M3, "sup": f.sup, "H": f.euler.H if f.euler else None}[
        quantity
    ]
    assert bound is not None and bound.exact is not None and bound.upper is not None
    claimed = sp.sympify(bound.exact)  # our own output, in a test
    assert sp.simplify(claimed - sp.sympify(exact)) == 0
    assert bound.lower <= Fraction(str(sp.N(claimed, 30))) + Fraction(1, 10**25)
    assert Fraction(str(sp.N(claimed, 30))) <= bound.upper + Fraction(1, 10**25)


@pytest.mark.parametrize(
    ("name", "kappa"),
    [
        ("tanh", 0),
        ("sigmoid", 0),
        ("softplus", 1),
        ("silu", 1),
        ("gelu", 1),
        ("mish", 1),
        ("squareplus", 1),
        ("identity", 1),
    ],
)
def test_kappa_is_found(name: str, kappa: int, facts: dict[str, Facts]) -> None:
    euler = facts[name].euler
    assert euler is not None and euler.kappa == kappa


@pytest.mark.parametrize(
    ("name", "order", "at"),
    [("relu", 0, 0), ("leaky_relu", 0, 0), ("elu", 1, 0), ("softsign", 1, 0), ("hardtanh", 0, -1)],
)
def test_kinks(name: str, order: int, at: int, facts: dict[str, Facts]) -> None:
    smooth = facts[name].smooth
    assert smooth is not None and (smooth.order, smooth.at) == (order, at)


@pytest.mark.parametrize(
    ("text", "m1"),
    [
        ("z*exp(-z^2)", 1.0),
        ("atan(z) + z/2", 1.5),
        ("asinh(z)", 1.0),
        ("log(1+z^2)", 1.0),
        ("tanh(z)^3", 0.75),
        ("z + sin(z)", 2.0),
        ("z + 1/(z^2+1)", 1.6495190528383290),
        ("tanh(1000*z)", 1000.0),
        ("exp(-z^2/10^8)", 8.5776388496070679e-5),
        ("log(1+exp(2*z))/2 + erf(z)/10", 1.0),
        ("sin(z)/(1+z^2)", 1.0),
        ("z/sqrt(z^2+1)", 1.0),
    ],
)
def test_expressions_nobody_listed(text: str, m1: float) -> None:
    f = derive_facts(parse(text))
    assert not f.open
    assert float(value(f.M1)) == pytest.approx(m1, rel=1e-12)


def test_cosine_product() -> None:
    f = derive_facts(parse("cos(z)*cos(4*z)"))
    assert f.inf is not None and f.inf.upper is not None
    assert f.inf.lower <= 1 <= f.inf.upper  # inf is stored as sup(-sigma) = 1
    assert float(f.inf.upper) == pytest.approx(1, abs=1e-15)


@pytest.mark.parametrize(
    ("text", "growth"),
    [
        ("exp(z)", "faster"),
        ("z^3", "faster"),
        ("z^2", "quadratic"),
        ("asinh(z)", "sublinear"),
        ("z", "linear"),
    ],
)
def test_growth(text: str, growth: str) -> None:
    f = derive_facts(parse(text))
    assert f.growth is not None and f.growth[1] == growth


def test_sine_of_exponential_is_bounded_with_unbounded_derivative() -> None:
    f = derive_facts(parse("sin(exp(z))"))
    assert value(f.sup) == 1 and value(f.inf) == 1
    assert f.M1 is not None and f.M1.infinite and f.euler is None


def test_no_euler_kappa_for_z_plus_sine() -> None:
    f = derive_facts(parse("z + sin(z)"))
    assert f.euler is None and "unbounded" in f.no_euler


def test_fifty_digits() -> None:
    f = derive_facts(parse("tanh(z)"), digits=50)
    assert f.M2 is not None and f.M2.upper is not None
    assert f.M2.upper - f.M2.lower < Fraction(1, 10**50)


def test_budget_names_what_is_open() -> None:
    f = derive_facts(Activation.of("mish").root, budget=1e-6)
    assert f.open and any("budget" in o for o in f.open)


def test_finite_intervals() -> None:
    w = Workspace(parse("z^2"), left=Fraction(-1), right=Fraction(3))
    found = supremum(w, Quantity(w.root))
    assert found.upper == 9
    w = Workspace(parse("exp(-z)"), left=Fraction(0), right=None)
    found = supremum(w, Quantity(w.root))
    assert found.upper == 1


def test_undecided_is_an_error_not_a_guess() -> None:
    w = Workspace(parse("sin(z) + sin(sqrt(2)*z)"))
    try:
        found = supremum(w, Quantity(w.root))
    except OpenError:
        return
    assert found.upper is not None and found.upper >= 2


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_fifty_digits_for_the_whole_catalogue(name: str) -> None:
    facts = derive_facts(Activation.of(name).root, digits=50, budget=120.0, exact=False)
    assert not facts.open
    assert not [b.name for b in facts.known if b.wider_than(Fraction(1, 10**50))]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("z^3", "sigma ~ -|z|^3 as z -> -oo"),
        ("0-z*exp(z)", "sigma ~ -z*exp(z) as z -> +oo"),
        ("Min(1,z/3)", "sigma ~ -1/3*|z| as z -> -oo"),
        ("z*sin(z)", "sigma ~ -c*z with c = 0.999999..."),
    ],
)
def test_what_falls_without_bound_is_said_to_fall(text: str, said: str) -> None:
    lowest = derive_facts(parse(text)).inf
    assert lowest is not None and lowest.infinite and lowest.how.startswith(said)
