"""Nets of layers in words: what is trained and decayed, and curves as a mathematician writes them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from proofkit.kernel.claims import (
    AlongCurve,
    Curve,
    Leading,
    Monomial,
    OneLabel,
    Sample,
    ShiftedOutputs,
    UndecayedHiddenBias,
    UnitGroup,
)
from proofkit.kernel.network.architecture import Architecture, DenseLayer
from proofkit.kernel.symbols import lam
from proofkit.kernel.univariate.parser import parse
from proofkit.sentences.curves import growth, in_text, samples_in_text, written
from proofkit.sentences.layers import because, curve_record, ray_of, witness_record
from proofkit.sentences.nets import in_a_line, layers_record, net_formula, penalty

TANH = parse("tanh(z)")


def monomial(c: int | str, k: int | str = 0) -> Monomial:
    return Monomial(Fraction(c), Fraction(k))


def group(*weights: Monomial, count: int = 1, bias: Monomial | None = None) -> UnitGroup:
    return UnitGroup(count, weights, bias)


T, MINUS_T, ZERO = monomial(1, 1), monomial(-1, 1), monomial(0)
PAIR = Curve(
    (
        (group(monomial("1/4", -2)), group(monomial("-1/4", -2))),
        (group(T, MINUS_T), group(MINUS_T, T)),
        (group(T, MINUS_T),),
    )
)


def test_a_curve_has_its_common_power_in_front() -> None:
    assert in_text(written(PAIR)) == (
        "W_1 = 1/(4 t^2) (1, -1)^T, W_2 = t ((1, -1), (-1, 1)), a = t (1, -1)"
    )


def test_units_without_any_weight_are_left_out_and_said() -> None:
    idle = group(ZERO, count=62)
    curve = Curve(((group(monomial(3, -1)), idle), (group(T, ZERO),)))
    assert in_text(written(curve)) == "W_1 = 3/t, a = t, all other weights 0"


def test_a_weight_of_zero_of_a_unit_that_is_used_stays() -> None:
    """sigma(0) may not be 0: such a unit moves the output."""
    curve = Curve(((group(ZERO), group(ZERO)), (group(T, MINUS_T),)))
    assert in_text(written(curve)) == "W_1 = 0, a = t (1, -1)"


def test_large_groups_are_counted() -> None:
    curve = Curve(((group(T, count=32), group(MINUS_T, count=32)), (group(T, T),)))
    assert in_text(written(curve)) == (
        "W_1 = t (32 rows (1), 32 rows (-1)), a = t (32 times 1, 32 times 1)"
    )


def test_different_powers_stay_in_their_entries() -> None:
    curve = Curve(((group(T, monomial("3/2", -1)),), (group(monomial(1, "1/2")),)))
    assert in_text(written(curve)) == "W_1 = (t, 3/(2 t)), a = t^(1/2)"


def test_biases_have_their_own_letter() -> None:
    curve = Curve(((group(ZERO, bias=T),), (group(ZERO, bias=ZERO),)))
    assert in_text(written(curve)) == "W_1 = 0, b_1 = t, a = 0, all other weights 0"


def test_several_outputs_are_a_matrix() -> None:
    curve = Curve(((group(T),), (group(T), group(MINUS_T))))
    assert in_text(written(curve)) == "W_1 = t, W_2 = t (1, -1)^T"


@pytest.mark.parametrize(
    ("leading", "said"),
    [
        (Leading(Fraction(4), 2 * lam), "X ~ 2*lambda t^4"),
        (Leading(Fraction(2), lam + 1), "X ~ (lambda + 1) t^2"),
        (Leading(Fraction(2), parse("1")), "X ~ t^2"),
        (Leading(Fraction(0), parse("1/8")), "X -> 1/8"),
        (Leading(Fraction(-2), parse("3")), "X -> 0"),
        (Leading(Fraction(0)), "X = O(1)"),
        (Leading(Fraction(3, 2)), "X = O(t^(3/2))"),
    ],
)
def test_growth(leading: Leading, said: str) -> None:
    assert growth("X", leading) == said


def test_what_happens_along_a_curve() -> None:
    witness = AlongCurve(
        Curve(PAIR.layers, (Sample((Fraction(1),), (Fraction(1),)),)),
        gradient=Leading(Fraction(2), 6 * lam**2),
        laplacian=Leading(Fraction(4), parse("8")),
    )
    assert because(witness) == (
        "along W_1 = 1/(4 t^2) (1, -1)^T, W_2 = t ((1, -1), (-1, 1)), a = t (1, -1) on the "
        "instance x_1 = 1, y_1 = 1, as t -> oo, ||grad L||^2 ~ 6*lambda^2 t^2 and Laplacian L ~ "
        "8 t^4"
    )
    record = witness_record(witness)
    assert record["grows"] == {
        "gradient": {"exponent": "2", "coefficient": "6*lambda^2"},
        "laplacian": {"exponent": "4", "coefficient": "8"},
    }
    assert curve_record(PAIR)["samples"] is None


def test_samples_of_several_features() -> None:
    samples = [
        Sample((Fraction(1), Fraction(-1, 2)), (Fraction(1),)),
        Sample((Fraction(0), Fraction(2)), (Fraction(-1),)),
    ]
    assert samples_in_text(samples) == "x_1 = (1, -1/2), y_1 = 1, x_2 = (0, 2), y_2 = -1"


@pytest.mark.parametrize(
    ("witness", "ray"),
    [
        (UndecayedHiddenBias(2, -1), "b(t) = -t for the bias of a unit of layer 2"),
        (ShiftedOutputs(), "b(t) = t (1, ..., 1) for the biases of the outputs"),
        (OneLabel(1), "b(t) = t for the bias of the output, every label being 1"),
    ],
)
def test_biases_that_escape(witness: UndecayedHiddenBias | OneLabel, ray: str) -> None:
    assert ray_of(witness) == ray
    assert because(witness).startswith(f"along {ray}, L ")


# -- nets ------------------------------------------------------------------------------------------


def test_which_layers_are_trained_fixed_and_decayed() -> None:
    layers = (
        DenseLayer(64, bias="decayed"),
        DenseLayer(32, decay=Fraction(1, 10)),
        DenseLayer(3, trained=False, bias="undecayed"),
    )
    net = Architecture(layers, (TANH, TANH))
    assert in_a_line(net) == (
        "depth 3: layers 1 and 2 trained, layer 3 fixed; biases of layer 1 trained with decay; "
        "biases of layer 3 trained without decay; decay lambda, 1/10 of layer 2"
    )
    assert net_formula(net) == "W_3 sigma(W_2 sigma(W_1 x + b_1)) + b_3"
    assert penalty(net) == "lambda/2*(||W_1||_F^2 + |b_1|^2) + (1/10)/2*||W_2||_F^2"
    assert layers_record(net)["power"] == 2


def test_activations_that_differ_have_numbers_and_powers_are_said() -> None:
    net = Architecture((DenseLayer(), DenseLayer(), DenseLayer(1)), (TANH, parse("z")), 4)
    assert net_formula(net) == "W_3 sigma_2(W_2 sigma_1(W_1 x))"
    assert in_a_line(net).endswith("decay lambda, of the norm to the power 4")
    assert penalty(net) == "lambda/4*(||W_1||_F^4 + ||W_2||_F^4 + ||W_3||_F^4)"
