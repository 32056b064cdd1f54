"""What holds for some s only, and what fails for some: which claims that proves and refutes."""

from __future__ import annotations

from fractions import Fraction

import pytest

from proofkit.kernel.claims import (
    V4,
    AlongCurve,
    AnyLambda,
    AnyNoise,
    BoundedRisk,
    Claim,
    ContinuousConvergence,
    Curve,
    Fails,
    LambdaAbove,
    LambdaAtMostZero,
    LambdaIs,
    LambdaRange,
    Leading,
    MirroredUnits,
    Monomial,
    NoiseBelow,
    NoiseFrom,
    NoiseIs,
    NoiseIsIfUpTo,
    NoiseRange,
    NoiseUpTo,
    OneLabel,
    Sample,
    Scope,
    ShiftedOutputs,
    UndecayedHiddenBias,
    UnitGroup,
    V4Limit,
    Villani,
)
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.symbols import r_0
from proofkit.kernel.univariate.terms import ZERO, Z, num
from proofkit.kernel.verdicts import (
    NAMED,
    holds_for_every_noise,
    is_about_an_instance,
    on_condition,
    on_route,
    refutes,
    threshold_of,
    verdict,
)
from proofkit.losses.catalogue import resolve

F = Fraction
SQUARED = resolve("squared")
SYMBOLS = Objective(Z, SQUARED)
AT_TWO = Objective(Z, SQUARED, noise=F(2))
POSITIVE = LambdaAbove(ZERO)
BELOW = NoiseBelow(num(1))
FROM = NoiseFrom(num(1))
RANGES: tuple[NoiseRange | None, ...] = (
    None,
    AnyNoise(),
    NoiseIs(F(2)),
    NoiseIs(F(3)),
    FROM,
    NoiseUpTo(num(1)),
    NoiseIsIfUpTo(F(2), num(1)),
    BELOW,
)
CURVE = Curve(((UnitGroup(1, (Monomial(F(1), F(1)),)),),), None)
SAMPLES = Curve(CURVE.layers, (Sample((F(1),), (F(1),)),))


def villani(noise: NoiseRange | None, lam: LambdaRange = POSITIVE) -> Villani:
    return Villani("bounded", ZERO, Scope(lam, noise))


def fails(noise: NoiseRange | None, condition: str = "V4", curve: Curve = CURVE) -> Fails:
    witness = AlongCurve(curve, laplacian=Leading(F(2), num(1)))
    match condition:
        case "V2" | "V3" | "V4":
            return Fails(condition, witness, Scope(POSITIVE, noise))
        case _:
            raise AssertionError(condition)


@pytest.mark.parametrize("noise", RANGES)
def test_every_s_is_every_s_or_the_given_one(noise: NoiseRange | None) -> None:
    assert holds_for_every_noise(noise, SYMBOLS) == (noise == AnyNoise())
    assert holds_for_every_noise(noise, AT_TWO) == (noise in (AnyNoise(), NoiseIs(F(2))))


@pytest.mark.parametrize("noise", RANGES)
@pytest.mark.parametrize("objective", [SYMBOLS, AT_TWO])
def test_small_s_do_not_prove_what_is_said_of_every_s(
    noise: NoiseRange | None, objective: Objective
) -> None:
    enough = holds_for_every_noise(noise, objective)
    expected = "PROVED" if enough else None
    assert verdict("villani", [villani(noise)], objective) == expected
    lipschitz = Villani("lipschitz", ZERO, Scope(POSITIVE, noise))
    assert verdict("lipschitz-threshold", [lipschitz], objective) == expected
    signed = Villani("one-signed", ZERO, Scope(POSITIVE, noise, one_sign=True))
    assert verdict("villani-one-signed", [signed], objective) == expected
    without = Fails("V2", BoundedRisk(), Scope(LambdaAtMostZero()))
    assert verdict("villani-iff", [villani(noise), without], objective) == expected
    converges = ContinuousConvergence(Scope(POSITIVE, noise))
    assert verdict("sgd-continuous", [converges], objective) == expected


@pytest.mark.parametrize("noise", RANGES)
def test_the_claim_about_small_s(noise: NoiseRange | None) -> None:
    proves = type(noise) in (AnyNoise, NoiseBelow)
    assert (verdict("villani-small-noise", [villani(noise)], SYMBOLS) == "PROVED") == proves
    # Of a given s it says nothing at all.
    assert verdict("villani-small-noise", [villani(noise)], AT_TWO) is None
    assert verdict("villani-small-noise", [fails(noise)], AT_TWO) is None


@pytest.mark.parametrize("noise", RANGES)
@pytest.mark.parametrize("condition", ["V2", "V3", "V4"])
def test_a_failure_for_some_s_refutes_every_s(noise: NoiseRange | None, condition: str) -> None:
    goal = fails(noise, condition)
    somewhere = noise is None or type(noise) in (AnyNoise, NoiseFrom)
    assert refutes("villani", goal, SYMBOLS) == somewhere
    assert refutes("villani-iff", goal, SYMBOLS) == somewhere
    # At a given s only a failure there does; at every s for the claim about small s.
    there = noise is None or noise in (AnyNoise(), NoiseIs(F(2)))
    assert refutes("villani", goal, AT_TWO) == there
    assert refutes("villani-small-noise", goal, SYMBOLS) == (noise is None or noise == AnyNoise())


def test_both_halves_may_be_goals() -> None:
    goals: list[Claim] = [villani(BELOW), fails(NoiseFrom(num(2)))]
    for order in (goals, goals[::-1]):
        assert verdict("villani", order, SYMBOLS) == "REFUTED"
        assert verdict("villani-small-noise", order, SYMBOLS) == "PROVED"
        assert verdict("sgd-continuous", order, SYMBOLS) is None


def test_a_failure_for_small_lambda_is_none_for_every_lambda() -> None:
    goal = Fails("V4", AlongCurve(CURVE), Scope(LambdaIs(F(1)), FROM))
    assert not refutes("villani", goal, SYMBOLS)
    at_one = Objective(Z, SQUARED, lam=F(1))
    assert refutes("villani", goal, at_one) and not refutes("villani-small-noise", goal, at_one)
    assert refutes("villani-iff", Fails("V3", ShiftedOutputs(), Scope(AnyLambda())), SYMBOLS)
    assert not refutes("villani-iff", Fails("V2", BoundedRisk(), Scope(LambdaIs(F(0)))), SYMBOLS)


def test_conditions_and_routes_of_small_s() -> None:
    small = Scope(POSITIVE, BELOW)
    radius = V4("degrees", ZERO, ZERO, None, r_0, small)
    limit = V4Limit("head", small)
    for claim in (radius, limit):
        assert on_condition("villani", claim) is None
        assert on_condition("villani-iff", claim) is None
        assert on_condition("villani-small-noise", claim) == ("V4", "PROVED")
        assert on_condition("villani-one-signed", claim) is None
        assert on_route("villani-one-signed", claim) is None
    assert on_route("villani", radius) == "degrees"
    assert on_route("villani", limit) == "head"
    assert on_route("villani", fails(AnyNoise())) is None
    every = V4Limit("head", Scope(POSITIVE, AnyNoise()))
    assert on_condition("villani", every) == ("V4", "PROVED")
    assert threshold_of("head", every) == ZERO
    assert threshold_of("bounded", every) is None
    assert threshold_of("head", V4Limit("head", Scope(LambdaIs(F(1)), AnyNoise()))) is None


def test_instances_say_nothing_of_given_data() -> None:
    scope = Scope(POSITIVE, AnyNoise())
    of_rows = (AlongCurve(CURVE), UndecayedHiddenBias(1, 1), ShiftedOutputs(), BoundedRisk())
    of_an_instance = (AlongCurve(SAMPLES), OneLabel(1), MirroredUnits(1, F(1)))
    assert not any(is_about_an_instance(Fails("V4", witness, scope)) for witness in of_rows)
    assert all(is_about_an_instance(Fails("V4", witness, scope)) for witness in of_an_instance)


def test_one_claim_is_about_small_s() -> None:
    assert [name for name, said in NAMED.items() if said.small_noise] == ["villani-small-noise"]
