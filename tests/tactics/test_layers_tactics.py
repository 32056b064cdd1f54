"""What the routes find for nets of layers: which lead to V4, and for which s."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from proofkit.kernel.claims import (
    AnyNoise,
    GradientLipschitz,
    NoiseBelow,
    NoiseRange,
    V4Limit,
    Villani,
)
from proofkit.kernel.network.architecture import DenseLayer
from proofkit.kernel.symbols import s_0
from proofkit.kernel.univariate import balls
from proofkit.kernel.univariate.derivative import derivative
from proofkit.kernel.univariate.parser import parse
from proofkit.tactics import layers
from proofkit.tactics.workbench import UNDECIDED, Stuck, Workbench
from tests.kernel.layered_nets import TWO, TWO_BOUND, constant, layered
from tests.kernel.nets import net, rows

HEAD = DenseLayer(1, trained=False)
CLASSES = DenseLayer(trained=False)
DECAYED = DenseLayer(1, trained=False, bias="decayed")
FIXED_BIASED = DenseLayer(trained=False, bias="decayed")
EVERY, SMALL = AnyNoise(), NoiseBelow(s_0)


def proved(bench: Workbench) -> dict[str, NoiseRange | None]:
    """The noise of Villani by each route that leads to V4."""
    v1, v2 = layers.smooth(bench), layers.coercive(bench)
    v3 = layers.integrable(bench, v2)
    found: dict[str, NoiseRange | None] = {}
    for name, route in layers.ROUTES.items():
        try:
            v4 = route(bench)
        except UNDECIDED:
            continue
        claim = layers.villani(bench, v1, v2, v3, v4).claim
        assert isinstance(claim, Villani)
        found[name] = claim.scope.noise
    return found


@pytest.mark.parametrize(
    ("activation", "given", "loss", "route", "noise"),
    [
        ("tanh", (DenseLayer(), CLASSES), "cross-entropy", "bounded", EVERY),
        ("softplus", (DenseLayer(bias="decayed"), CLASSES), "cross-entropy", "bounded", EVERY),
        ("softplus", (DenseLayer(), CLASSES), "squared", "radial", EVERY),
        ("softplus", (CLASSES, DenseLayer(), HEAD), "squared", "radial", EVERY),
        ("tanh", (DenseLayer(), DenseLayer(trained=False), HEAD), "squared", "bounded", EVERY),
        ("sin(z)", (CLASSES, DenseLayer(1)), "logistic", "bounded", EVERY),
        ("tanh", (CLASSES, DenseLayer(1)), "squared", "radial", EVERY),
        ("z", (DenseLayer(1),), "logistic", "bounded", EVERY),
        ("tanh", TWO, "squared", "two layers", SMALL),
        ("sigmoid", (CLASSES, DenseLayer(), DenseLayer()), "squared", "two layers", SMALL),
        ("tanh", TWO, "logistic", "last layer", SMALL),
        ("softplus", TWO, "logistic", "radial", SMALL),
        ("softplus", (DenseLayer(), DenseLayer()), "cross-entropy", "radial", SMALL),
        ("tanh", (DenseLayer(), DenseLayer(), HEAD), "squared", "last layer", SMALL),
        ("softplus", (DenseLayer(), replace(HEAD, bias="undecayed")), "squared", "output bias", EVERY),
        ("tanh", (DenseLayer(), DECAYED), "logistic", "bounded", EVERY),
        ("tanh", (DenseLayer(), DECAYED), "logistic", "last layer", EVERY),
        ("softplus", (DenseLayer(), DECAYED), "logistic", "bounded", EVERY),
        ("softplus", (DenseLayer(), DECAYED), "squared", "radial", EVERY),
        ("tanh", (DenseLayer(), replace(CLASSES, bias="decayed")), "cross-entropy", "bounded", EVERY),
        ("tanh", (FIXED_BIASED, DenseLayer(), HEAD), "squared", "last layer", SMALL),
        ("tanh", (FIXED_BIASED, HEAD), "squared", "bounded", EVERY),
        ("tanh", (DenseLayer(), DenseLayer(), DECAYED), "logistic", "last layer", SMALL),
        ("tanh", (DenseLayer(), DenseLayer(1, bias="undecayed")), "squared", "two layers", SMALL),
        (
            "gelu",
            (DenseLayer(trained=False), DenseLayer(None, bias="undecayed")),
            "squared",
            "output bias",
            EVERY,
        ),
        ("tanh", (DenseLayer(), DenseLayer(1, bias="decayed")), "squared", "two layers", SMALL),
    ],
)  # fmt: skip
def test_a_route_leads_to_v4(
    activation: str,
    given: tuple[DenseLayer, ...],
    loss: str,
    route: str,
    noise: NoiseRange,
) -> None:
    assert proved(layered(activation, given, loss))[route] == noise


def test_three_trained_layers_and_a_square_stay_open() -> None:
    assert proved(layered("tanh", (DenseLayer(), DenseLayer(), DenseLayer(1)))) == {}
    assert proved(layered("softplus", TWO)) == {}


def test_a_hidden_bias_without_decay_stays_open() -> None:
    bench = layered("tanh", (DenseLayer(bias="undecayed"), HEAD))
    with pytest.raises(Stuck, match="the bias of layer 1 has no decay"):
        layers.coercive(bench)
    with pytest.raises(Stuck, match="the bias of layer 1 has no decay"):
        layers.bounded(bench)


@pytest.mark.parametrize("loss", ["logistic", "cross-entropy"])
def test_an_output_bias_without_decay_is_not_confined_for_every_data(loss: str) -> None:
    units = None if loss == "cross-entropy" else 1
    head = DenseLayer(units, trained=False, bias="undecayed")
    with pytest.raises(Stuck):
        layers.coercive(layered("tanh", (DenseLayer(), head), loss))


def test_the_constant_beside_the_curvature_is_the_least() -> None:
    """1/2 for tanh, 1/8 for the sigmoid: then T_c is the square of the largest slope."""
    for activation, factor, square in (
        ("tanh", Fraction(1, 2), Fraction(1)),
        ("sigmoid", Fraction(1, 8), Fraction(1, 16)),
    ):
        fact = layers.slope_beside_curvature(layered(activation, TWO))
        assert constant(fact, "c_T").lo == factor
        found = constant(fact, "T_c").hi
        assert found is not None
        assert square <= found < square + Fraction(1, 10**12)


def test_two_layers_above_a_bias_that_is_trained_too_stay_open() -> None:
    """The two-layer argument is about the last two blocks alone."""
    with pytest.raises(Stuck, match="exactly the last two"):
        layers.two_layers(layered("tanh", (FIXED_BIASED, DenseLayer(), DenseLayer(1))))


def test_the_better_division_is_kept() -> None:
    """By values: the rule for the activation for tanh, and s_0 is sharp."""
    bench = layered("tanh", TWO_BOUND, lam=Fraction(1, 10), table=rows("squared"))
    fact = layers.two_layers(bench)
    assert fact.rule == "V4 of two layers"
    biased = (DenseLayer(4), DenseLayer(1, bias="undecayed"))
    weaker = layers.two_layers(layered("tanh", biased, lam=Fraction(1, 10), table=rows("squared")))
    assert isinstance(weaker.claim, V4Limit)
    less, more = constant(weaker, "s_0").hi, constant(fact, "s_0").lo
    assert less is not None
    assert more is not None
    assert 0 < less < more


def test_the_lipschitz_constant_of_a_fixed_head() -> None:
    for activation, loss in (("softplus", "cross-entropy"), ("tanh", "squared")):
        claim = layers.gradient_lipschitz(layered(activation, (DenseLayer(), CLASSES), loss)).claim
        assert isinstance(claim, GradientLipschitz)


def test_the_net_of_before_has_no_layers() -> None:
    with pytest.raises(Stuck, match="no architecture"):
        layers.coercive(net("tanh"))


def test_what_is_negligible_counts_for_nothing_in_a_suggestion() -> None:
    """As a fraction the slope of a steep unit far out would have millions of digits."""
    steep, plain = (balls.Tape(derivative(parse(f"tanh({k}*z)"))) for k in (10**6, 1))
    with balls.precision(128):
        assert layers._middle(steep, Fraction(10)) == 0
        assert 0 < layers._middle(plain, Fraction(10)) < Fraction(1, 10**8)
    fact = layers.slope_beside_curvature(layered("tanh(1000000*z)", TWO))
    assert {found.name for found in fact.constants} == {"c_T", "T_c"}
