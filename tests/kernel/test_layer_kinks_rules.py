"""The rules by which V1 fails for nets of layers, and what they refuse."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from proofkit.kernel.claims import (
    AnyLambda,
    Curve,
    Fails,
    KinkOfLayers,
    LambdaAbove,
    LambdaIs,
    Monomial,
    OddPower,
    Sample,
    UnitGroup,
)
from proofkit.kernel.facts import infer
from proofkit.kernel.losses.kinds import loss_of_text
from proofkit.kernel.network.architecture import Architecture, DenseLayer
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.proposals import CurveProposal
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import ZERO

F = Fraction
KINK, ODD = "V1 fails: kink of layers", "V1 fails: odd power"
TWO = (DenseLayer(), DenseLayer(1))


def _objective(
    sigma: str, layers: tuple[DenseLayer, ...] = TWO, loss: str = "u^2/2", power: int = 2
) -> Objective:
    root = parse(sigma)
    architecture = Architecture(layers, (root,) * (len(layers) - 1), power)
    return Objective(root, loss_of_text(loss), architecture=architecture)


def _entry(text: str) -> Monomial:
    """A weight c, or c t."""
    moves = text.endswith("t")
    return Monomial(F(text.removesuffix("t") or 1), F(1 if moves else 0))


def _unit(*weights: str, bias: str | None = None, count: int = 1) -> UnitGroup:
    return UnitGroup(count, tuple(map(_entry, weights)), None if bias is None else _entry(bias))


def _sample(*x: int, y: int = 1) -> Sample:
    return Sample(tuple(map(F, x)), (F(y),))


def _line(*layers: tuple[UnitGroup, ...], samples: tuple[Sample, ...] = (_sample(1),)) -> Curve:
    return Curve(layers, samples)


CHAIN = _line((_unit("t"),), (_unit("1"),))


def _jump(objective: Objective, curve: Curve) -> KinkOfLayers:
    claim = infer(KINK, objective, (), CurveProposal(curve)).claim
    assert type(claim) is Fails and claim.condition == "V1"
    assert type(claim.scope.lam) is AnyLambda and claim.scope.noise is None
    assert type(claim.witness) is KinkOfLayers
    return claim.witness


@pytest.mark.parametrize(
    ("sigma", "order", "height"),
    [
        # R = (sigma(t) - 1)^2/2, so R' = -sigma' at t = 0 where sigma(0) = 0.
        ("Max(z, 0)", 1, F(-1)),
        ("Max(z, z/100)", 1, F(-99, 100)),
        ("Abs(z)", 1, F(-2)),
        ("Max(z, 0)^2", 2, F(-2)),
        ("Max(z, 0)^3", 3, F(-6)),
        # R'' = sigma'^2 - sigma'': 1 on the right, 1 - 1 on the left.
        ("Max(z, 0) + Min(exp(z) - 1, 0)", 2, F(1)),
    ],
)
def test_how_high_the_jump_is(sigma: str, order: int, height: Fraction) -> None:
    witness = _jump(_objective(sigma), CHAIN)
    assert (witness.order, witness.low, witness.high) == (order, height, height)


@pytest.mark.parametrize("sigma", ["tanh(z)", "Max(z, 0) + Min(z, 0)", "Abs(z)^2", "Abs(z)*Abs(z)"])
def test_what_is_smooth_is_not_refuted(sigma: str) -> None:
    with pytest.raises(KernelError, match="are the same on both sides"):
        infer(KINK, _objective(sigma), (), CurveProposal(CHAIN))


SMOOTH_LINES = {
    "no direction": _line((_unit("0"),), (_unit("1"),)),
    "no sample at the kink": _line((_unit("1", "t"),), (_unit("1"),), samples=(_sample(1, 1),)),
    "a weight 0 above": _line((_unit("t"),), (_unit("0"),)),
    "a sample that is 0": _line((_unit("t"),), (_unit("1"),), samples=(_sample(0),)),
    "units that cancel": _line((_unit("t"), _unit("t")), (_unit("1", "-1"),)),
    "units that make a line": _line((_unit("t"), _unit("-1t")), (_unit("1", "-1"),)),
    "groups that cancel": _line((_unit("t", count=2), _unit("t")), (_unit("1", "-2"),)),
}


@pytest.mark.parametrize("name", SMOOTH_LINES)
def test_a_line_on_which_l_is_smooth_is_refused(name: str) -> None:
    with pytest.raises(KernelError, match="are the same on both sides"):
        infer(KINK, _objective("Max(z, 0)"), (), CurveProposal(SMOOTH_LINES[name]))


def test_samples_whose_first_derivatives_cancel_leave_the_second() -> None:
    samples = (_sample(1, y=1), _sample(1, y=-1))
    witness = _jump(_objective("Max(z, 0)"), _line((_unit("t"),), (_unit("1"),), samples=samples))
    # f' = 1 on the right for both samples: R'' = 1 there, and 0 on the left.
    assert (witness.order, witness.low) == (2, F(1))


def test_a_sample_with_the_residual_zero_leaves_the_second() -> None:
    line = _line((_unit("t"),), (_unit("1"),), samples=(_sample(1, y=0),))
    assert _jump(_objective("Max(z, 0)"), line).order == 2


def test_a_kink_of_the_loss() -> None:
    line = _line((_unit("1"),), (_unit("t"),), samples=(_sample(1, y=0),))
    witness = _jump(_objective("tanh(z)", loss="Abs(u)"), line)
    # 2 tanh(1), which is no rational number.
    assert witness.order == 1
    assert F("1.5231883119115") < witness.low < witness.high < F("1.5231883119116")


def test_a_hinge_needs_the_margin_at_its_kink() -> None:
    objective = _objective("Max(z, 0)", loss="Max(0, 1 - m)")
    witness = _jump(objective, _line((_unit("1", "t"),), (_unit("1"),), samples=(_sample(1, 1),)))
    assert (witness.order, witness.low) == (1, F(1))
    away = _line((_unit("2", "t"),), (_unit("1"),), samples=(_sample(1, 1),))
    with pytest.raises(KernelError, match="are the same"):
        infer(KINK, objective, (), CurveProposal(away))


def test_deep_nets_biases_and_classes() -> None:
    layers = (DenseLayer(bias="undecayed"), DenseLayer(8), DenseLayer(2))
    objective = _objective("Max(z, 0)", layers, "cross-entropy")
    line = _line(
        (_unit("1", bias="t"),),
        (_unit("1"), _unit("0", count=7)),
        (_unit("1", "0"), _unit("0", "0")),
        samples=(Sample((F(0),), (F(0),)),),
    )
    witness = _jump(objective, line)
    assert (witness.order, witness.low) == (1, F(-1, 2))  # p_1 - 1 at p_1 = 1/2


def test_an_irrational_place_is_not_decided() -> None:
    objective = _objective("Max(tanh(z), tanh(1))", (DenseLayer(), DenseLayer(), DenseLayer(1)))
    line = _line((_unit("1"),), (_unit("1", "0"),), (_unit("1"),))
    with pytest.raises(KernelError):
        infer(KINK, objective, (), CurveProposal(line))


# -- what is no line of this net -------------------------------------------------------------------


def test_other_powers_of_t_are_refused() -> None:
    for exponent in (F(-1), F(2), F(1, 2)):
        bent = _line((UnitGroup(1, (Monomial(F(1), exponent),)),), (_unit("1"),))
        with pytest.raises(KernelError, match="neither c nor c t"):
            infer(KINK, _objective("Max(z, 0)"), (), CurveProposal(bent))


def test_the_widths_are_those_of_the_net() -> None:
    wide = _objective("Max(z, 0)", (DenseLayer(4), DenseLayer(1)))
    with pytest.raises(KernelError, match="has 1 units instead of 4"):
        infer(KINK, wide, (), CurveProposal(CHAIN))
    filled = _line((_unit("t"), _unit("0", count=3)), (_unit("1", "0"),))
    assert _jump(wide, filled).order == 1


def test_fixed_weights_do_not_move() -> None:
    head = _objective("Max(z, 0)", (DenseLayer(trained=False), DenseLayer(1)))
    with pytest.raises(KernelError, match="fixed weights move"):
        infer(KINK, head, (), CurveProposal(CHAIN))


def test_a_symbolic_problem_needs_samples() -> None:
    with pytest.raises(KernelError, match="no samples"):
        infer(KINK, _objective("Max(z, 0)"), (), CurveProposal(replace(CHAIN, samples=None)))


# -- odd powers of the norm ------------------------------------------------------------------------


def test_an_odd_power_needs_blocks_that_are_not_zero_at_the_kink() -> None:
    cubic = _objective("Max(z, 0)", power=3)
    with pytest.raises(KernelError, match="the norm of a block is 0 at the kink"):
        infer(KINK, cubic, (), CurveProposal(CHAIN))
    away = _line((_unit("1", "t"),), (_unit("1"),), samples=(_sample(0, 1),))
    assert _jump(cubic, away).order == 1


def test_an_odd_power_needs_decayed_biases_that_are_not_zero() -> None:
    layers = (DenseLayer(bias="decayed"), DenseLayer(1))
    line = _line((_unit("1", bias="t"),), (_unit("1"),), samples=(_sample(0),))
    assert _jump(_objective("Max(z, 0)", layers), line).order == 1
    with pytest.raises(KernelError, match="the norm of a bias is 0 at the kink"):
        infer(KINK, _objective("Max(z, 0)", layers, power=3), (), CurveProposal(line))


@pytest.mark.parametrize("power", [3, 5])
def test_an_odd_power_is_not_smooth(power: int) -> None:
    claim = infer(ODD, _objective("tanh(z)", power=power)).claim
    assert type(claim) is Fails
    assert claim.witness == OddPower(1, power) and claim.scope.lam == LambdaAbove(ZERO)


@pytest.mark.parametrize("power", [2, 4])
def test_an_even_power_is_smooth(power: int) -> None:
    with pytest.raises(KernelError, match="even power"):
        infer(ODD, _objective("tanh(z)", power=power))


def test_for_which_lambda_an_odd_power_counts() -> None:
    cubic = _objective("tanh(z)", power=3)
    for lam in (F(1), F(-1)):
        claim = infer(ODD, replace(cubic, lam=lam)).claim
        assert type(claim) is Fails and claim.scope.lam == LambdaIs(lam)
    with pytest.raises(KernelError, match="no layer is seen to be decayed"):
        infer(ODD, replace(cubic, lam=F(0)))
    own = _objective("tanh(z)", (DenseLayer(), DenseLayer(1, decay=F(1, 10))), power=3)
    claim = infer(ODD, own).claim
    assert type(claim) is Fails and claim.witness == OddPower(2, 3)
    assert type(claim.scope.lam) is AnyLambda


def test_an_odd_power_says_nothing_where_r_has_kinks() -> None:
    with pytest.raises(KernelError, match="only C"):
        infer(ODD, _objective("Max(z, 0)", power=3))
