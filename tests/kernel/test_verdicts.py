"""Which claims of the kernel prove or refute a named claim, and for which lambda."""

from __future__ import annotations

from fractions import Fraction

import pytest

from proofkit.kernel.claims import (
    V1,
    V2,
    V3,
    V4,
    AnyLambda,
    AnyNoise,
    BoundedRisk,
    Claim,
    ContinuousConvergence,
    DiscreteConvergence,
    Dissipative,
    EscapingCriticalPoints,
    Fails,
    KinkOnInstance,
    LambdaAbove,
    LambdaAtMostZero,
    LambdaBelow,
    LambdaIs,
    LambdaRange,
    LangevinRate,
    MirroredUnits,
    NearLine,
    Rate,
    RiskGradient,
    Scope,
    Villani,
)
from proofkit.kernel.objective.data import DataSummary, Outer
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.symbols import G0, G1, lambda_alpha, lambda_c, m_d, r_0
from proofkit.kernel.univariate.terms import ZERO, Z, num
from proofkit.kernel.verdicts import (
    NAMED,
    named,
    on_condition,
    proof_of,
    refutes,
    threshold_of,
    verdict,
)
from proofkit.losses.catalogue import resolve as resolve_loss

F = Fraction
SYMBOLS = Objective(Z, resolve_loss("squared"))
AT_ONE = Objective(Z, resolve_loss("squared"), lam=F(1))
AT_ZERO = Objective(Z, resolve_loss("squared"), lam=F(0))
DATA = DataSummary(
    "rows.csv",
    "",
    "y",
    2,
    1,
    F(1),
    F(1),
    F(1),
    F(-1),
    F(1),
    F(1),
    F(1),
    (F(1), F(1)),
    ("x",),
    None,
    "",
)
OUTER = Outer("a.txt", "", 1, F(1), F(1), F(1), F(1), F(0), F(1), None)
BOUND = Objective(Z, resolve_loss("squared"), data=DATA, outer=OUTER)

EVERY = Scope(LambdaAbove(ZERO), AnyNoise())
NUMBER = Scope(LambdaIs(F(1)), AnyNoise())
SIGNED = Scope(LambdaAbove(ZERO), AnyNoise(), one_sign=True)


def v1_fails(lam: LambdaRange) -> Fails:
    return Fails("V1", KinkOnInstance(0, F(0), "0"), Scope(lam))


def v2_fails(lam: LambdaRange) -> Fails:
    return Fails("V2", BoundedRisk(), Scope(lam))


def v4_fails(lam: LambdaRange) -> Fails:
    return Fails("V4", MirroredUnits(2, F(1)), Scope(lam, AnyNoise()))


SMALL = Fails("V4", EscapingCriticalPoints(F(1)), Scope(LambdaBelow(lambda_c), AnyNoise()))
VILLANI = Villani("bounded", ZERO, EVERY)
ABOVE = Villani("lipschitz", G1, Scope(LambdaAbove(G1), AnyNoise()))
WITHOUT = v2_fails(LambdaAtMostZero())
NONE: tuple[Claim, ...] = ()

PROVED = [
    ("villani", SYMBOLS, (VILLANI,)),
    ("villani", SYMBOLS, (ABOVE,)),
    ("villani", AT_ONE, (Villani("bounded", ZERO, NUMBER),)),
    ("villani-small-noise", SYMBOLS, (VILLANI,)),
    ("villani-iff", SYMBOLS, (VILLANI, WITHOUT)),
    ("villani-iff", BOUND, (WITHOUT, VILLANI)),
    ("villani-one-signed", SYMBOLS, (Villani("one-signed", ZERO, SIGNED),)),
    ("lipschitz-threshold", SYMBOLS, (ABOVE,)),
    ("sgd-continuous", SYMBOLS, (ContinuousConvergence(EVERY),)),
    ("sgd-discrete", SYMBOLS, (DiscreteConvergence(EVERY),)),
    ("dissipativity", SYMBOLS, (Dissipative(m_d, m_d, EVERY),)),
    ("rate-continuous", SYMBOLS, (Rate(EVERY), VILLANI)),
    ("rate-langevin", SYMBOLS, (LangevinRate(EVERY),)),
    ("escaping", SYMBOLS, (SMALL,)),
]


@pytest.mark.parametrize(("name", "objective", "goals"), PROVED)
def test_goals_that_prove(name: str, objective: Objective, goals: tuple[Claim, ...]) -> None:
    assert verdict(name, goals, objective) == "PROVED"
    assert set(proof_of(name, goals, objective)) <= set(goals)
    for goal in proof_of(name, goals, objective):
        fewer = tuple(g for g in goals if g != goal)
        assert proof_of(name, fewer, objective) == ()


def test_every_name_can_be_proved() -> None:
    assert {name for name, _, _ in PROVED} == set(NAMED)


@pytest.mark.parametrize(
    ("name", "objective", "goals"),
    [
        ("villani", SYMBOLS, NONE),
        ("villani", SYMBOLS, (V1(), V2(EVERY), V3(EVERY))),
        # A hypothesis on the outer weights is no part of these claims.
        ("villani", SYMBOLS, (Villani("one-signed", ZERO, SIGNED),)),
        ("villani-iff", SYMBOLS, (Villani("one-signed", ZERO, SIGNED), WITHOUT)),
        ("lipschitz-threshold", SYMBOLS, (Villani("lipschitz", G1, SIGNED),)),
        ("villani-one-signed", SYMBOLS, (VILLANI,)),
        ("villani-one-signed", BOUND, (Villani("one-signed", ZERO, SIGNED),)),
        # The equivalence is about every lambda.
        ("villani-iff", SYMBOLS, (VILLANI,)),
        ("villani-iff", SYMBOLS, (WITHOUT,)),
        ("villani-iff", SYMBOLS, (ABOVE, WITHOUT)),
        ("villani-iff", SYMBOLS, (Villani("bounded", G1, EVERY), WITHOUT)),
        ("villani-iff", AT_ONE, (Villani("bounded", ZERO, NUMBER), v2_fails(LambdaIs(F(0))))),
        ("villani-iff", AT_ZERO, (VILLANI, v2_fails(LambdaIs(F(0))))),
        ("lipschitz-threshold", SYMBOLS, (VILLANI,)),
        ("sgd-continuous", SYMBOLS, (VILLANI, DiscreteConvergence(EVERY))),
        ("rate-continuous", SYMBOLS, (LangevinRate(EVERY), VILLANI)),
        ("dissipativity", SYMBOLS, (VILLANI,)),
        ("escaping", SYMBOLS, (v1_fails(AnyLambda()), WITHOUT)),
    ],
)
def test_goals_that_say_nothing(name: str, objective: Objective, goals: tuple[Claim, ...]) -> None:
    assert verdict(name, goals, objective) is None


@pytest.mark.parametrize(
    ("name", "objective", "goal"),
    [
        ("villani", SYMBOLS, v1_fails(AnyLambda())),
        ("villani", SYMBOLS, v4_fails(LambdaAbove(ZERO))),
        ("villani", AT_ZERO, v2_fails(LambdaIs(F(0)))),
        ("villani", AT_ONE, v4_fails(LambdaIs(F(1)))),
        ("villani-iff", SYMBOLS, v1_fails(AnyLambda())),
        ("villani-iff", SYMBOLS, v4_fails(LambdaAbove(ZERO))),
        ("villani-iff", SYMBOLS, SMALL),
        ("villani-iff", AT_ONE, v4_fails(LambdaIs(F(1)))),
        ("villani-one-signed", SYMBOLS, v1_fails(AnyLambda())),
        ("villani-one-signed", AT_ZERO, v2_fails(LambdaIs(F(0)))),
        ("lipschitz-threshold", AT_ZERO, v2_fails(LambdaIs(F(0)))),
        ("dissipativity", AT_ZERO, v2_fails(LambdaIs(F(0)))),
    ],
)
def test_goals_that_refute(name: str, objective: Objective, goal: Fails) -> None:
    assert verdict(name, [goal], objective) == "REFUTED"


@pytest.mark.parametrize(
    ("name", "objective", "goal"),
    [
        # For small lambda, or none that is positive, alone.
        ("villani", SYMBOLS, SMALL),
        ("villani", SYMBOLS, WITHOUT),
        ("villani", SYMBOLS, v4_fails(LambdaAbove(num(1)))),
        ("lipschitz-threshold", SYMBOLS, SMALL),
        ("dissipativity", SYMBOLS, WITHOUT),
        ("villani-iff", SYMBOLS, WITHOUT),
        ("villani-iff", AT_ZERO, v4_fails(LambdaIs(F(0)))),
        ("villani-iff", AT_ZERO, v1_fails(LambdaIs(F(0)))),
        # For another lambda.
        ("villani", AT_ONE, v4_fails(LambdaIs(F(2)))),
        ("villani", SYMBOLS, v4_fails(LambdaIs(F(2)))),
        # Conditions that the claim does not need.
        ("villani-one-signed", SYMBOLS, v4_fails(LambdaAbove(ZERO))),
        ("villani-one-signed", BOUND, v1_fails(AnyLambda())),
        ("dissipativity", SYMBOLS, v1_fails(AnyLambda())),
        ("dissipativity", SYMBOLS, v4_fails(LambdaAbove(ZERO))),
        # Theorems that say nothing where a hypothesis fails.
        ("sgd-continuous", SYMBOLS, v1_fails(AnyLambda())),
        ("sgd-discrete", SYMBOLS, v4_fails(LambdaAbove(ZERO))),
        ("rate-continuous", AT_ZERO, v2_fails(LambdaIs(F(0)))),
        ("rate-langevin", SYMBOLS, v1_fails(AnyLambda())),
    ],
)
def test_goals_that_do_not_refute(name: str, objective: Objective, goal: Fails) -> None:
    assert not refutes(name, goal, objective)
    assert verdict(name, [goal], objective) is None


def test_names_that_are_none() -> None:
    for ask in (
        lambda: named("vilani"),
        lambda: verdict("", [VILLANI], SYMBOLS),
        lambda: refutes("V1", v1_fails(AnyLambda()), SYMBOLS),
        lambda: proof_of("Villani", [VILLANI], SYMBOLS),
    ):
        with pytest.raises(KernelError, match="there is no claim called"):
            ask()


def v4(scope: Scope, route: str = "bounded") -> V4:
    return V4(route, ZERO, ZERO, None, r_0, scope)


def test_conditions() -> None:
    assert on_condition("villani", V1()) == ("V1", "PROVED")
    assert on_condition("villani", V2(EVERY)) == ("V2", "PROVED")
    assert on_condition("villani", V3(EVERY)) == ("V3", "PROVED")
    assert on_condition("villani", v4(EVERY)) == ("V4", "PROVED")
    assert on_condition("villani", v4(SIGNED)) is None
    assert on_condition("villani-one-signed", v4(SIGNED)) == ("V4", "PROVED")
    assert on_condition("villani-one-signed", v4(EVERY)) is None
    assert on_condition("villani", SMALL) == ("V4", "REFUTED")
    assert on_condition("villani", WITHOUT) == ("V2", "REFUTED")
    assert on_condition("villani", VILLANI) is None


def test_thresholds_of_routes() -> None:
    assert threshold_of("bounded", v4(EVERY)) == ZERO
    assert threshold_of("euler", v4(EVERY)) is None
    assert threshold_of("lipschitz", RiskGradient(G0, G1)) == G1
    assert threshold_of("lipschitz", RiskGradient(G0)) is None
    assert threshold_of("bounded", RiskGradient(G0, G1)) is None
    assert threshold_of("line", NearLine(falling=True)) == lambda_alpha
    assert threshold_of("line", NearLine(falling=False)) is None
