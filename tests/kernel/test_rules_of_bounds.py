"""Rules about bounds of the risk."""

from __future__ import annotations

from fractions import Fraction

import pytest

from proofkit.kernel.claims import (
    NearLine,
    OneSigned,
    Radial,
    Residual,
    RiskGradient,
    RiskLaplacian,
)
from proofkit.kernel.facts import Fact
from proofkit.kernel.symbols import G0, G1, A, B, C, D, G, K, rho
from proofkit.kernel.univariate.terms import to_text
from proofkit.tactics.workbench import Workbench
from tests.kernel.nets import MIXED, POSITIVE, net, refused


def formulas(fact: Fact) -> dict[str, str]:
    """The constants that a fact introduces, with their formulas."""
    return {c.name: to_text(c.formula) for c in fact.constants if c.formula is not None}


def euler(bench: Workbench, rule: str, *more: Fact) -> Fact:
    """A radial bound by a rule."""
    return bench.infer(rule, bench.parameters(), bench.derivation(), *more)


# -- the residual ----------------------------------------------------------------------------------


def test_the_residual_of_the_squared_loss() -> None:
    symbols, data = net("tanh"), net("tanh", outer=MIXED)
    assert symbols.residual().claim == Residual(rho)
    assert formulas(symbols.residual()) == {"rho": "B_y + a_1*S0"}
    assert formulas(data.residual()) == {
        "rho": "Max(a_plus*S_hi - a_minus*S_lo - y_min, y_max - a_plus*S_lo + a_minus*S_hi)"
    }


def test_the_residual_of_the_logistic_loss() -> None:
    bench = net("softplus", "logistic")
    assert formulas(bench.residual()) == {"rho": "l1"}


def test_a_residual_needs_its_loss_and_the_range_of_sigma() -> None:
    squared, logistic = net("tanh"), net("tanh", "logistic")
    bound = logistic.enclosed("S0")
    refused(logistic, "bounded residual", logistic.parameters(), bound, bound, why="squared")
    refused(squared, "bounded slope", squared.loss(), why="slope of the loss is not known")
    slope = squared.enclosed("M1")
    refused(squared, "bounded residual", squared.parameters(), slope, slope, why="S0")


# -- gradient and Laplacian ------------------------------------------------------------------------


def test_bounds_of_gradient_and_laplacian() -> None:
    bench = net("tanh", outer=MIXED)
    base = bench.parameters(), bench.derivation()
    m1, m2, zero = bench.enclosed("M1"), bench.enclosed("M2"), bench.at_zero()
    gradient = bench.infer("bounded gradient", *base, bench.residual(), m1)
    laplacian = bench.infer("bounded Laplacian", *base, bench.loss(), bench.residual(), m1, m2)
    assert gradient.claim == RiskGradient(G)
    assert laplacian.claim == RiskLaplacian(K)
    assert bench.infer("affine gradient", *base, bench.loss(), m1, zero).claim == RiskGradient(
        G0, G1
    )
    affine = bench.infer("affine Laplacian", *base, bench.loss(), m1, m2, zero)
    assert affine.claim == RiskLaplacian(B, A)


def test_affine_bounds_have_the_slope_and_the_curvature_of_the_loss() -> None:
    bench = net("softplus", "u^2/2 + log(cosh(u)) + u")
    base = bench.parameters(), bench.derivation()
    m1, m2, zero = bench.enclosed("M1"), bench.enclosed("M2"), bench.at_zero()
    gradient = bench.infer("affine gradient", *base, bench.loss(), m1, zero)
    assert formulas(gradient) == {
        "G0": "M1*a_2*sqrt(Lambda_S)*(slope_0 + l2*(B_y + a_1*sigma0))",
        "G1": "l2*M1^2*a_2^2*Lambda_S",
    }
    laplacian = bench.infer("affine Laplacian", *base, bench.loss(), m1, m2, zero)
    assert formulas(laplacian)["A"] == "X2*l2*M1*M2*a_1*a_2*B_x"


def test_affine_bounds_need_a_curvature_that_is_bounded_everywhere() -> None:
    bench = net("tanh", "u^4/4")
    base = bench.parameters(), bench.derivation()
    m1, m2, zero = bench.enclosed("M1"), bench.enclosed("M2"), bench.at_zero()
    for rule, more in (("affine gradient", (m1, zero)), ("affine Laplacian", (m1, m2, zero))):
        refused(bench, rule, *base, bench.loss(), *more, why="only where it is reached")


@pytest.mark.parametrize("missing", ["M1", "M2"])
def test_a_bound_needs_the_constants_of_its_formula(missing: str) -> None:
    bench = net("tanh")
    other = bench.enclosed("M2" if missing == "M1" else "M1")
    base = bench.parameters(), bench.derivation()
    refused(
        bench, "bounded Laplacian", *base, bench.loss(), bench.residual(), other, other, why=missing
    )
    zero = bench.at_zero()
    refused(bench, "affine Laplacian", *base, bench.loss(), other, other, zero, why=missing)


# -- along the radius ------------------------------------------------------------------------------


def test_radial_bounds() -> None:
    flat, straight = net("tanh"), net("softplus", outer=MIXED)
    linear = euler(flat, "radial bound", flat.enclosed("H"), flat.enclosed("M1"), flat.at_zero())
    assert linear.claim == Radial(C, D)
    assert formulas(linear)["D"] == "gamma*M1*a_2*sqrt(Lambda_S)"
    square = euler(straight, "Euler bound", straight.enclosed("H"))
    assert formulas(square) == {
        "gamma": "a_1*H",
        "C": "(kappa^2*Y2 + 2*kappa*gamma*Y1 + gamma^2)/(4*kappa)",
        "D": "0",
    }
    whole = euler(
        straight,
        "radial bound",
        straight.enclosed("H"),
        straight.enclosed("M1"),
        straight.at_zero(),
    )
    assert whole.constants == square.constants
    residual = euler(flat, "radial residual", flat.residual(), flat.enclosed("H"))
    assert formulas(residual) == {"C": "rho*a_1*H", "D": "0"}


SLOPE = "Euler bound of bounded slope"
CURVATURE = "Euler bound of bounded curvature"


@pytest.mark.parametrize(
    ("loss", "outer", "expected"),
    [
        ("logistic", None, "eta + l1*gamma"),
        ("log(cosh(u))", None, "eta + l1*B_y + l1*gamma"),
        ("log(cosh(u))", MIXED, "eta + l1*Y1 + l1*gamma"),
    ],
)
def test_the_radial_bound_of_a_loss_of_bounded_slope(
    loss: str, outer: tuple[Fraction, ...] | None, expected: str
) -> None:
    bench = net("softplus", loss, outer=outer)
    fact = euler(bench, SLOPE, bench.loss(), bench.of_loss("eta"), bench.enclosed("H"))
    assert fact.claim == Radial(C, D)
    assert formulas(fact) == {"gamma": "a_1*H", "C": expected, "D": "0"}
    flat = net("tanh", loss, outer=outer)
    fact = euler(flat, SLOPE, flat.loss(), flat.of_loss("eta"), flat.enclosed("H"))
    assert formulas(fact)["C"] == "l1*gamma"


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ("u^2/2 + log(cosh(u))", "omega*(kappa*B_y + gamma)^2/(4*kappa) + kappa*h_omega/omega"),
        ("m^2/2 - m", "omega*gamma^2/(4*kappa) + kappa*h_omega/omega"),
    ],
)
def test_the_radial_bound_of_a_loss_of_bounded_curvature(loss: str, expected: str) -> None:
    bench = net("softplus", loss)
    fact = euler(bench, CURVATURE, bench.restoring(), bench.enclosed("H"))
    assert fact.claim == Radial(C, D)
    assert formulas(fact) == {"gamma": "a_1*H", "C": expected, "D": "0"}


def test_radial_bounds_need_their_loss_and_exponent() -> None:
    flat, logistic = net("tanh"), net("softplus", "logistic")
    h, m1, zero = flat.enclosed("H"), flat.enclosed("M1"), flat.at_zero()
    base = flat.parameters(), flat.derivation()
    refused(flat, "Euler bound", *base, h, why="kappa must be positive")
    eta = flat.of_loss("eta")
    refused(flat, SLOPE, *base, flat.loss(), eta, h, why="slope of the loss is not known")
    refused(flat, CURVATURE, *base, eta, h, why="is not about h_omega")
    refused(flat, CURVATURE, *base, flat.restoring(), h, why="kappa must be positive")
    refused(flat, "radial bound", *base, h, h, zero, why="M1")
    refused(flat, "radial bound", *base, h, m1, m1, why="sigma0")
    refused(flat, "radial bound", *base, m1, m1, zero, why="H")

    base, h = (logistic.parameters(), logistic.derivation()), logistic.enclosed("H")
    refused(logistic, "Euler bound", *base, h, why="squared")
    refused(logistic, "radial bound", *base, h, h, h, why="squared")
    refused(logistic, "radial residual", *base, logistic.residual(), h, why="kappa = 0")
    zeta = logistic.of_loss("zeta")
    refused(logistic, SLOPE, *base, logistic.loss(), zeta, h, why="is not about eta")


# -- outer weights of one sign ---------------------------------------------------------------------


def one_sign(bench: Workbench, exponents: tuple[int, int] | None = None) -> list[Fact]:
    """The premises of the rules for weights of one sign, with kappa_lo and kappa_hi."""
    if exponents is None:
        low, high = bench.euler_range()
    else:
        low, high = (
            bench._suprema(name, Fraction(exponent))
            for name, exponent in zip(("H_lo", "H_hi"), exponents, strict=True)
        )
    return [
        bench.parameters(),
        bench.derivation(),
        bench.loss(),
        bench.enclosed("S_lo"),
        bench.enclosed("M2"),
        low,
        high,
    ]


def of_loss(bench: Workbench) -> list[Fact]:
    """What the rules for a loss of bounded slope need besides."""
    return [bench.of_loss("eta"), bench.of_loss("zeta")]


@pytest.mark.parametrize("loss", ["logistic", "sqrt(1 + u^2) - 1"])
def test_weights_of_one_sign_and_a_bounded_slope(loss: str) -> None:
    known, symbols = net("softplus", loss, outer=POSITIVE), net("softplus", loss)
    rules = "one-signed weights, bounded slope", "weights of one sign, bounded slope"
    fact = known.infer(rules[0], *one_sign(known), *of_loss(known))
    assert fact.claim == OneSigned(C, A, B, hypothesis=False)
    fact = symbols.infer(rules[1], *one_sign(symbols), *of_loss(symbols))
    assert fact.claim == OneSigned(C, A, B, hypothesis=True)
    assert formulas(fact)["A"] == "0"
    refused(known, "one-signed weights", *one_sign(known), why="squared residual")
    wrong = *one_sign(known), *of_loss(known)[::-1]
    refused(known, rules[0], *wrong, why="is not about eta")


def test_weights_of_one_sign() -> None:
    known, symbols = net("softplus", outer=POSITIVE), net("softplus")
    fact = known.infer("one-signed weights", *one_sign(known))
    assert fact.claim == OneSigned(C, A, B, hypothesis=False)
    fact = symbols.infer("weights of one sign", *one_sign(symbols))
    assert fact.claim == OneSigned(C, A, B, hypothesis=True)
    assert formulas(fact)["m_0"] == "Max(0, -S_lo)"


def test_the_sign_is_known_or_a_hypothesis() -> None:
    known, mixed, symbols = (net("softplus", outer=a) for a in (POSITIVE, MIXED, None))
    refused(symbols, "one-signed weights", *one_sign(symbols), why="weights are not known")
    refused(mixed, "one-signed weights", *one_sign(mixed), why="not of one sign")
    refused(known, "weights of one sign", *one_sign(known), why="weights are known")
    refused(mixed, "weights of one sign", *one_sign(mixed), why="weights are known")


@pytest.mark.parametrize("exponents", [(0, 1), (2, 1)])
def test_the_exponents_are_in_order(exponents: tuple[int, int]) -> None:
    bench = net("tanh", outer=POSITIVE)
    right = one_sign(bench, (1, 1))
    assert bench.infer("one-signed weights", *right).claim == OneSigned(C, A, B, False)
    wrong = one_sign(bench, exponents)
    refused(bench, "one-signed weights", *wrong, why="0 < kappa_lo <= kappa_hi")


# -- near a line -----------------------------------------------------------------------------------


def test_near_a_line() -> None:
    near, fall = net("z - sin(z)/2"), net("z + 2*sin(z)")
    fact = fall.infer("line", fall.parameters(), fall.near_line(), fall.fall())
    assert fact.claim == NearLine(falling=True)
    assert formulas(fact) == {"lambda_alpha": "alpha*fall*a_2^2*Lambda_S"}
    refused(near, "line", near.parameters(), near.near_line(), near.fall(), why="not positive")


def test_the_slope_is_positive() -> None:
    bench = net("tanh")
    flat, fall = bench._suprema("S_alpha", Fraction(0)), net("z + 2*sin(z)").fall()
    refused(bench, "line", bench.parameters(), flat, fall, why="another problem")
    own = bench.fall()
    refused(bench, "line", bench.parameters(), flat, own, why="not positive")
    refused(bench, "line", bench.parameters(), own, own, why="S_alpha")
