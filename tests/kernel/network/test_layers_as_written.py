"""The formulas that the composition returns for one trained layer under fixed outer weights, and for
nets with more trained layers.
"""

from __future__ import annotations

import pytest

from proofkit.kernel.losses.kinds import loss_of_text
from proofkit.kernel.network.bound import NOTHING, Bound
from proofkit.kernel.network.dense import Dense
from proofkit.kernel.network.elementwise import Elementwise
from proofkit.kernel.network.layer import Bend, Layer, Slope
from proofkit.kernel.network.net import Net
from proofkit.kernel.network.writing import in_order, less, negative, product, squared
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.polynomial import polynomial
from proofkit.kernel.symbols import (
    M1,
    M2,
    X2,
    B_y,
    Lambda_S,
    S_hi,
    S_lo,
    a_1,
    a_2,
    a_inf,
    d,
    gamma,
    l2,
    p,
    r,
    rho,
    sqrt,
    symbol,
    y_max,
)
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import ONE

SEED = Objective(parse("tanh(z)"), loss_of_text("u^2/2")).net
BOUNDED_SLOPE = Slope.of_output(Bound.of(rho))
BEND = Bend.of_output(l2)


def residual() -> Slope:
    """|f - y| <= B_y + |f| for every sample, and in the root mean square."""
    at_rest, value = Bound.of(B_y) + SEED.value().entry, SEED.value()
    return Slope.of_output(at_rest + value.largest, at_rest + value.mean)


# -- one trained layer under fixed outer weights ---------------------------------------------------


def test_the_value() -> None:
    value = SEED.value()
    assert str(value.entry.constant) == "a_1*sigma0"
    assert str(value.largest.slope(r)) == "M1*a_2*B_x"
    assert str(value.mean.slope(r)) == "M1*a_2*sqrt(Lambda_S)"
    assert (value.low, value.high) == (None, None)


def test_the_range() -> None:
    value = SEED.bounded().value()
    assert (str(value.entry.constant), value.largest, value.mean) == ("a_1*S0", NOTHING, NOTHING)
    assert str(value.low) == "a_plus*S_lo - a_minus*S_hi"
    assert str(value.high) == "a_plus*S_hi - a_minus*S_lo"


def test_the_gradient_of_bounded_slope() -> None:
    (bound,) = SEED.gradient(BOUNDED_SLOPE)
    assert str(bound.term()) == "rho*M1*a_2*sqrt(Lambda_S)"


def test_the_gradient_of_the_residual_is_affine_in_r() -> None:
    (bound,) = SEED.gradient(residual())
    assert str(bound.constant) == "M1*a_2*sqrt(Lambda_S)*(B_y + a_1*sigma0)"
    assert str(bound.slope(r)) == "M1^2*a_2^2*Lambda_S"
    assert len(bound.parts) == 2


def test_the_laplacian_of_bounded_slope() -> None:
    (bound,) = SEED.laplacian(BOUNDED_SLOPE, BEND)
    assert str(bound.term()) == "X2*(l2*a_2^2*M1^2 + rho*a_1*M2)"


def test_the_laplacian_of_the_residual_is_affine_in_r() -> None:
    (bound,) = SEED.laplacian(residual(), BEND)
    assert str(bound.constant) == "X2*(l2*a_2^2*M1^2 + (B_y + a_1*sigma0)*a_1*M2)"
    assert str(bound.slope(r)) == "X2*M1*M2*a_1*a_2*B_x"
    assert len(bound.parts) == 2


def test_both_ends_of_the_hessian() -> None:
    convex = SEED.curvature(BOUNDED_SLOPE, BEND)
    assert str(convex.highest()) == "Lambda_S*(l2*M1^2*a_2^2 + rho*a_inf*M2)"
    assert str(convex.lowest()) == "Lambda_S*rho*a_inf*M2"
    dip = symbol("dip")
    other = SEED.curvature(BOUNDED_SLOPE, Bend.of_output(l2, dip))
    assert other.highest() == convex.highest()
    assert polynomial(other.lowest()) == polynomial(
        Lambda_S * (rho * a_inf * M2 + dip * M1**2 * a_2**2)
    )


def test_along_the_radius() -> None:
    pull = SEED.radial((ONE,))
    assert (str(pull.exponent), str(pull.norm.term())) == ("kappa", "a_1*H")


# -- more trained layers ---------------------------------------------------------------------------

NORMS = tuple(symbol(f"rho_{level}") for level in (1, 2, 3))
WIDTHS = (d, p, p, ONE)


def deep(depth: int) -> Net:
    """All layers trained, the hidden ones p wide."""
    layers: list[Layer] = []
    for level in range(depth):
        outputs = ONE if level == depth - 1 else p
        layers += [Elementwise()] if level else []
        layers.append(Dense(NORMS[level], WIDTHS[level], outputs))
    return Net(tuple(layers))


def test_two_trained_layers() -> None:
    net = deep(2)
    assert str(net.value().norm.term()) == "sigma0*sqrt(p)*rho_2 + M1*B_x*rho_1*rho_2"
    inner, outer = net.gradient(BOUNDED_SLOPE)
    assert str(inner.term()) == "rho*M1*sqrt(Lambda_S)*rho_2"
    assert str(outer.term()) == "rho*sigma0*sqrt(p) + rho*M1*sqrt(Lambda_S)*rho_1"


def test_the_remainder_along_the_radius_grows_with_the_layers() -> None:
    pull = deep(3).radial((ONE, ONE, ONE))
    assert str(pull.exponent) == "kappa*(kappa + 1) + 1"
    degrees = {sum(exponent for _, exponent in monomial) for monomial, _ in pull.norm.parts}
    assert degrees == {1, 2}


def test_a_weight_for_each_trained_block() -> None:
    with pytest.raises(ValueError, match="one weight for each trained block"):
        deep(3).radial((ONE, ONE))


def test_a_net_without_trained_blocks_has_no_gradient() -> None:
    fixed = Net(SEED.layers[1:])
    assert fixed.gradient(BOUNDED_SLOPE) == ()
    assert str(fixed.curvature(BOUNDED_SLOPE, BEND).highest()) == "0"


# -- products as on paper --------------------------------------------------------------------------


def test_products_are_written_without_inner_brackets() -> None:
    assert str(product(rho, a_1 * (M1 * M2))) == "rho*a_1*M1*M2"
    assert str(squared(M1 * sqrt(X2) * 3)) == "M1^2*X2*9"


def test_the_same_base_is_written_once() -> None:
    order = (M1, a_2, X2)
    assert str(in_order(sqrt(X2) * a_2 * X2 * M1 * rho, order)) == "rho*M1*a_2*X2*sqrt(X2)"
    assert str(in_order((a_1 + gamma) * a_2, order)) == "a_2*(a_1 + gamma)"


def test_differences_are_written_without_brackets() -> None:
    assert str(less(y_max, S_lo - S_hi)) == "y_max - S_lo + S_hi"
    assert str(less(y_max, a_1)) == "y_max - a_1"
    assert str(negative(S_lo - S_hi)) == "S_hi - S_lo"
    assert str(negative(a_1)) == "-a_1"
