"""Muckenhoupt's criterion in one dimension, judged by floating point and by mpmath."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import pytest
from flint import arb

from proofkit.kernel import onedim
from proofkit.kernel.proposals import QuadratureProposal
from proofkit.kernel.univariate import balls
from proofkit.numeric.gap import stationary
from proofkit.numeric.kernels import Net, float_arrays
from proofkit.problem.problem import Problem
from proofkit.tactics import routes
from tests.kernel.nets import ONE_COLUMN, bench, problem, rows

FIRST = QuadratureProposal(Fraction(0), Fraction(-6), Fraction(6), 400)


def floating(about: Problem, weight: Fraction) -> Net:
    """The same net in floating point."""
    assert about.lam is not None
    arrays = float_arrays(rows(about.loss_name, ONE_COLUMN))
    given = about.activation, about.loss_name, *arrays, [float(weight)], float(about.lam)
    return Net.of(*given, backend="numpy")


@pytest.mark.parametrize(
    ("name", "loss"),
    [
        ("tanh", "squared"),
        ("softplus", "squared"),
        ("sigmoid", "logistic"),
        ("z + sin(z)", "logistic"),
    ],
)
@pytest.mark.parametrize(
    ("weight", "lam", "noise"),
    [
        (Fraction(1, 2), Fraction(1, 4), Fraction(1, 10)),
        (Fraction(-3), Fraction(1), Fraction(1, 2)),
        (Fraction(5, 2), Fraction(1, 20), Fraction(1, 5)),
    ],
)
def test_the_certified_gap_is_within_a_factor_of_eight(
    name: str, loss: str, weight: Fraction, lam: Fraction, noise: Fraction
) -> None:
    about = problem(name, loss, lam, noise, (weight,), ONE_COLUMN)
    fact = routes.rate(bench(about)).premises[0]
    values = {c.name: c.hi for c in fact.constants}
    xi, q = values["xi"], values["q"]
    assert xi is not None
    assert q is not None
    net = floating(about, weight)
    true = stationary(lambda w: net.loss(w.reshape(-1, 1, 1)), 1, float(noise), float(lam)).gap
    certified = float(lam) / float(q) * math.exp(-float(xi))
    assert certified <= true * (1 + 1e-4)
    # The criterion loses at most 8 with a median, the quadrature a little more.
    assert true <= 8.4 * certified


def test_the_potential_encloses_itself() -> None:
    weight, lam, noise = Fraction(-3, 2), Fraction(1, 3), Fraction(1, 7)
    about = problem("softplus", "squared", lam, noise, (weight,), ONE_COLUMN)
    samples = onedim.rows_of(rows("squared", ONE_COLUMN))
    line = onedim.Line(about.activation.root, about.loss, samples, weight, lam, noise)
    net, V = floating(about, weight), onedim.potential(line)
    with balls.precision(96):
        for k in range(-20, 21):
            ends = Fraction(k, 7), Fraction(k, 7) + Fraction(1, 50)
            value, slope = V(balls.hull(*ends))
            for w in ends:
                exact = float(net.loss([[float(w)]])) * 14
                assert float(value.lower()) - 1e-9 <= exact <= float(value.upper()) + 1e-9
                gradient = float(net.gradient([[float(w)]])[0, 0]) * 14
                assert float(slope.lower()) - 1e-9 <= gradient <= float(slope.upper()) + 1e-9


def gaussian(w: arb) -> tuple[arb, arb]:
    """V = w^2/2, as L = w^2/2 and s = 2."""
    return w * w / 2, w


def test_the_bound_is_above_the_integrals() -> None:
    """Against mpmath's quadrature of the very products, for the Gaussian: B at m = 0."""
    slope = onedim.Slope(Fraction(1), Fraction(0))
    with balls.precision(96):
        bound = onedim.poincare_bound(gaussian, FIRST, slope, Fraction(2))
    best = max(
        mpmath.quad(lambda t: mpmath.exp(-t * t / 2), [x, mpmath.inf])
        * mpmath.quad(lambda t: mpmath.exp(t * t / 2), [0, x])
        for x in (mpmath.mpf(k) / 20 for k in range(1, 100))
    )
    assert 4 * best <= float(bound.upper()) <= 4.2 * best
    # The gap of L = w^2/2 at s = 2 is lambda = 1.
    assert onedim.exponent(bound, Fraction(1), Fraction(2)) >= 0


def test_an_end_is_far_enough_for_the_slope() -> None:
    steep = onedim.Slope(Fraction(1), Fraction(50))
    with pytest.raises(onedim.QuadratureError, match="too near"):
        onedim.poincare_bound(gaussian, FIRST, steep, Fraction(2))


def test_an_exponent_is_a_number() -> None:
    with pytest.raises(onedim.QuadratureError, match="no finite enclosure"):
        onedim.exponent(arb("inf"), Fraction(1), Fraction(1))
    with pytest.raises(onedim.QuadratureError, match="no finite enclosure"):
        onedim.exponent(arb(0, 1), Fraction(1), Fraction(1))
