"""The curves that the search proposes, and what the kernel makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import hypothesis.strategies as st
import pytest
from hypothesis import given

from proofkit.kernel.claims import (
    AlongCurve,
    AnyNoise,
    Curve,
    Fails,
    LambdaIs,
    Monomial,
    NoiseFrom,
    NoiseIs,
    Sample,
)
from proofkit.kernel.facts import infer
from proofkit.kernel.losses.kinds import loss_of_text
from proofkit.kernel.network.architecture import Architecture, DenseLayer
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.proposals import CurveProposal
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import to_text
from proofkit.search.curves import SIZES, Sought, least_squares, rounded, v2_curves, v4_curves

RULE = "V4 fails along a curve"
ACTIVATIONS = (
    "tanh(z)",
    "z/(1 + exp(-z))",
    "z*(1 + erf(z/sqrt(2)))/2",
    "1/(1 + exp(-z))",
    "log(1 + exp(z))",
)
LOSSES = ("u^2/2", "log(1 + exp(-m))", "cross-entropy")


def _objective(sigma: str, loss: str, layers: tuple[DenseLayer, ...], power: int = 2) -> Objective:
    root = parse(sigma)
    architecture = Architecture(layers, (root,) * (len(layers) - 1), power)
    return Objective(root, loss_of_text(loss), architecture=architecture)


def _dense(*trained: bool, outputs: int = 1) -> tuple[DenseLayer, ...]:
    hidden = tuple(DenseLayer(None, train) for train in trained[:-1])
    return (*hidden, DenseLayer(outputs, trained[-1]))


def curves(objective: Objective) -> Iterator[Curve]:
    """The curves for a symbolic problem."""
    assert objective.architecture is not None
    sizes = SIZES[:1] if objective.noise is None else SIZES
    return v4_curves(Sought(objective.architecture, objective.loss, None, sizes))


def _refuted(objective: Objective) -> list[Fails]:
    """What the kernel concludes from the curves that are proposed."""
    smooth = infer("smooth", objective)
    found: list[Fails] = []
    for curve in curves(objective):
        try:
            claim = infer(RULE, objective, (smooth,), CurveProposal(curve)).claim
        except KernelError:
            continue
        assert type(claim) is Fails
        found.append(claim)
    return found


@pytest.mark.parametrize("sigma", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_three_trained_layers_fail_for_every_noise(sigma: str, loss: str) -> None:
    outputs = 3 if loss == "cross-entropy" else 1
    found = _refuted(_objective(sigma, loss, _dense(True, True, True, outputs=outputs)))
    assert any(type(claim.scope.noise) is AnyNoise for claim in found)


def test_two_trained_layers_fail_from_the_threshold_on() -> None:
    found = _refuted(_objective("tanh(z)", "u^2/2", _dense(True, True)))
    noises = [claim.scope.noise for claim in found]
    assert noises
    assert all(type(noise) is NoiseFrom for noise in noises)
    assert "lambda^2" in {to_text(n.critical) for n in noises if type(n) is NoiseFrom}


def test_a_fixed_head_above_two_trained_layers_has_a_threshold() -> None:
    found = _refuted(_objective("1/(1 + exp(-z))", "u^2/2", _dense(True, True, False)))
    assert found
    assert all(type(claim.scope.noise) is NoiseFrom for claim in found)


@pytest.mark.parametrize("trained", [(True, False), (False, True), (False, True, False)])
def test_one_trained_layer_has_no_curve(trained: tuple[bool, ...]) -> None:
    assert list(curves(_objective("tanh(z)", "u^2/2", _dense(*trained)))) == []


def test_a_sigmoid_chain_of_width_one_is_not_refuted() -> None:
    chain = (DenseLayer(1), DenseLayer(1), DenseLayer(1))
    assert _refuted(_objective("1/(1 + exp(-z))", "u^2/2", chain)) == []


@pytest.mark.parametrize(("power", "every"), [(2, True), (4, False)])
def test_four_linear_layers_against_the_power_of_the_decay(power: int, every: bool) -> None:
    objective = _objective("z", "u^2/2", _dense(True, True, True, True), power)
    noises = [claim.scope.noise for claim in _refuted(objective)]
    assert noises
    assert any(type(noise) is AnyNoise for noise in noises) == every


def test_six_powers_of_decay_beat_four_linear_layers() -> None:
    assert _refuted(_objective("z", "u^2/2", _dense(True, True, True, True), 6)) == []


def test_a_given_noise_has_an_instance_that_is_large_enough() -> None:
    objective = _objective("tanh(z)", "u^2/2", _dense(True, True))
    small = replace(objective, lam=Fraction(1), noise=Fraction(1, 100))
    found = _refuted(small)
    assert found
    assert found[0].scope.noise == NoiseIs(Fraction(1, 100))


@pytest.mark.parametrize("sigma", ["log(1 + exp(z))", "z/(1 + exp(-z))"])
def test_a_chain_of_width_one_fails_at_the_end_where_sigma_follows_a_line(sigma: str) -> None:
    chain = (DenseLayer(1), DenseLayer(1), DenseLayer(1))
    found = _refuted(_objective(sigma, "u^2/2", chain))
    assert any(type(claim.scope.noise) is AnyNoise for claim in found)


def test_one_layer_moves_where_nothing_is_decayed() -> None:
    objective = replace(_objective("log(1 + exp(z))", "u^2/2", _dense(True, True)), lam=Fraction(0))
    assert objective.architecture is not None
    smooth = infer("smooth", objective)
    curve = next(v2_curves(Sought(objective.architecture, objective.loss)))
    claim = infer("V2 fails along a curve", objective, (smooth,), CurveProposal(curve)).claim
    assert type(claim) is Fails
    assert claim.scope.lam == LambdaIs(Fraction(0))
    with pytest.raises(KernelError, match="L grows"):
        infer(
            "V2 fails along a curve",
            replace(objective, lam=Fraction(1)),
            (smooth,),
            CurveProposal(curve),
        )


def test_rows_of_given_data_have_their_least_squares() -> None:
    rows = tuple(
        Sample((Fraction(x), Fraction(2 * x)), (Fraction(y),)) for x, y in ((1, 1), (2, 1))
    )
    objective = _objective("tanh(z)", "u^2/2", (DenseLayer(5), DenseLayer(4), DenseLayer(1)))
    assert objective.architecture is not None
    curve = next(v4_curves(Sought(objective.architecture, objective.loss, rows)))
    assert curve.samples is None
    assert [sum(group.count for group in groups) for groups in curve.layers] == [5, 4, 1]
    # f = 4 t^2 <w, x>, and the second feature is twice the first: c = (3/5, 0).
    assert curve.layers[0][0].weights[0] == Monomial(Fraction(3, 20), Fraction(-2))
    assert curve.layers[0][0].weights[1] == Monomial(Fraction(0), Fraction(0))


@given(st.lists(st.tuples(*[st.fractions(-5, 5, max_denominator=9)] * 3), min_size=1, max_size=6))
def test_least_squares_have_a_gradient_of_zero(numbers: list[tuple[Fraction, ...]]) -> None:
    rows, targets = [n[:2] for n in numbers], [n[2] for n in numbers]
    c = least_squares(rows, targets)
    errors = [
        sum(a * b for a, b in zip(c, x, strict=True)) - y
        for x, y in zip(rows, targets, strict=True)
    ]
    for k in range(2):
        assert sum(e * x[k] for e, x in zip(errors, rows, strict=True)) == 0


def test_a_rounded_number_keeps_twelve_digits() -> None:
    assert rounded(Fraction(2, 3) / 10**6) == Fraction(666666666667, 10**18)


# -- what is refused -------------------------------------------------------------------------------


def _first_curve(objective: Objective) -> Curve:
    return next(iter(curves(objective)))


def test_a_curve_of_another_architecture_is_refused() -> None:
    two = _objective("tanh(z)", "u^2/2", _dense(True, True))
    three = _objective("tanh(z)", "u^2/2", _dense(True, True, True))
    with pytest.raises(KernelError, match="another number of layers"):
        infer(RULE, three, (infer("smooth", three),), CurveProposal(_first_curve(two)))


def test_fixed_weights_do_not_move() -> None:
    both = _objective("tanh(z)", "u^2/2", _dense(True, True))
    inner = _objective("tanh(z)", "u^2/2", _dense(True, False))
    with pytest.raises(KernelError, match="fixed weights move"):
        infer(RULE, inner, (infer("smooth", inner),), CurveProposal(_first_curve(both)))


def test_a_symbolic_problem_needs_samples() -> None:
    objective = _objective("tanh(z)", "u^2/2", _dense(True, True))
    without = replace(_first_curve(objective), samples=None)
    with pytest.raises(KernelError, match="no samples"):
        infer(RULE, objective, (infer("smooth", objective),), CurveProposal(without))


def test_a_curve_that_stays_is_refused() -> None:
    objective = _objective("tanh(z)", "u^2/2", _dense(True, True))
    curve = _first_curve(objective)
    zero = Monomial(Fraction(0), Fraction(0))
    layers = tuple(
        tuple(replace(group, weights=(zero,) * len(group.weights)) for group in groups)
        for groups in curve.layers
    )
    still = CurveProposal(replace(curve, layers=layers))
    with pytest.raises(KernelError, match="does not tend to infinity"):
        infer(RULE, objective, (infer("smooth", objective),), still)


def test_a_larger_noise_than_the_given_one_is_not_claimed() -> None:
    objective = _objective("tanh(z)", "u^2/2", _dense(True, True))
    curve = _first_curve(objective)
    given = replace(objective, lam=Fraction(1), noise=Fraction(1, 100))
    with pytest.raises(KernelError, match="not known to be at least"):
        infer(RULE, given, (infer("smooth", given),), CurveProposal(curve))


def test_a_kink_of_a_later_activation_is_refused() -> None:
    objective = _objective("tanh(z)", "u^2/2", _dense(True, True, True))
    assert objective.architecture is not None
    kinked = replace(objective.architecture, activations=(objective.sigma, parse("Max(z, 0)")))
    given = replace(objective, architecture=kinked)
    with pytest.raises(KernelError, match="is only C"):
        infer(RULE, given, (infer("smooth", given),), CurveProposal(_first_curve(objective)))


# -- biases without decay --------------------------------------------------------------------------


@pytest.mark.parametrize("condition", ["V2", "V3", "V4"])
def test_shifted_outputs(condition: str) -> None:
    layers = (DenseLayer(), DenseLayer(3, False, "undecayed"))
    claim = infer(
        f"{condition} fails: shifted outputs", _objective("tanh(z)", "cross-entropy", layers)
    ).claim
    assert type(claim) is Fails
    assert claim.condition == condition
    decayed = (DenseLayer(), DenseLayer(3, False, "decayed"))
    with pytest.raises(KernelError, match="without decay"):
        infer(
            f"{condition} fails: shifted outputs", _objective("tanh(z)", "cross-entropy", decayed)
        )


def test_one_label_needs_a_loss_that_stays_bounded() -> None:
    layers = (DenseLayer(), DenseLayer(1, False, "undecayed"))
    objective = _objective("tanh(z)", "log(1 + exp(-m))", layers)
    assert type(infer("V2 fails: one label", objective).claim) is Fails
    growing = _objective("tanh(z)", "(1 - m)^2", layers)
    with pytest.raises(KernelError, match="stay bounded"):
        infer("V2 fails: one label", growing)


def test_an_output_bias_refutes_v4_for_the_logistic_loss_and_not_for_a_square() -> None:
    layers = (DenseLayer(), DenseLayer(1, False, "undecayed"))
    logistic = _objective("tanh(z)", "log(1 + exp(-m))", layers)
    claim = infer("V4 fails: output bias", logistic, (infer("smooth", logistic),)).claim
    assert type(claim) is Fails
    assert type(claim.witness) is not AlongCurve
    squared = _objective("tanh(z)", "u^2/2", layers)
    with pytest.raises(KernelError, match="bounded"):
        infer("V4 fails: output bias", squared, (infer("smooth", squared),))
