"""Rules about the Villani conditions and what follows from them."""

from __future__ import annotations

from fractions import Fraction
from types import MappingProxyType

import pytest

from proofkit.kernel.claims import (
    V1,
    V2,
    V3,
    V4,
    AnyNoise,
    ContinuousConvergence,
    DiscreteConvergence,
    GradientLipschitz,
    LambdaAbove,
    LambdaIs,
    NoiseIs,
    NoiseIsIfUpTo,
    NoiseUpTo,
    Scope,
    Villani,
)
from proofkit.kernel.facts import Fact, infer
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.proposals import LevelProposal
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.symbols import G1, gLip, lambda_alpha
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import ZERO, to_text
from proofkit.losses.catalogue import resolve as resolve_loss
from proofkit.sentences.said import said
from proofkit.sentences.villani import SENTENCES
from proofkit.tactics import routes
from proofkit.tactics.workbench import Workbench
from tests.kernel.nets import MIXED, POSITIVE, STUCK, net, refused

LARGE = Fraction(1000)
EVERYWHERE = Scope(LambdaAbove(ZERO), AnyNoise())
# An activation and a loss for each route, and the outer weights it needs.
ROUTES = MappingProxyType(
    {
        "bounded": ("tanh", None),
        "euler": ("softplus", None),
        "lipschitz": ("softplus", None),
        "monotone": ("z - sin(z)/2", None),
        "line": ("z + 2*sin(z)", None),
        "one-signed": ("softplus", POSITIVE),
    }
)


def v4(route: str, lam: Fraction | None = None, noise: Fraction | None = None) -> Fact:
    """V4 by a route, for a problem that it suits."""
    activation, outer = ROUTES[route]
    if lam is not None:
        outer = outer or MIXED
    bench = net(activation, lam=lam, noise=noise, outer=outer)
    tactic = "line" if route == "monotone" else route
    return routes.ROUTES[tactic](bench)


def first_three(bench: Workbench) -> tuple[Fact, Fact, Fact]:
    """V1, V2 and V3."""
    v2 = bench.infer("V2", bench.parameters(), bench.floor())
    return bench.infer("V1", bench.smooth()), v2, bench.infer("V3", v2)


def affine_laplacian(bench: Workbench) -> Fact:
    """Laplacian R <= A r + B."""
    suprema = bench.enclosed("M1"), bench.enclosed("M2"), bench.at_zero()
    return bench.once(
        "affine Laplacian", bench.parameters(), bench.derivation(), bench.loss(), *suprema
    )


# -- V1 to V3 --------------------------------------------------------------------------------------


def test_the_first_three_conditions() -> None:
    one, two, three = (fact.claim for fact in first_three(net("tanh")))
    assert one == V1()
    assert two == V2(Scope(LambdaAbove(ZERO)))
    assert three == V3(EVERYWHERE)
    numbers = first_three(net("tanh", lam=2, noise=3))[2].claim
    assert numbers == V3(Scope(LambdaIs(Fraction(2)), NoiseIs(Fraction(3))))


@pytest.mark.parametrize("lam", [0, -1])
def test_lambda_is_positive(lam: int) -> None:
    bench = net("tanh", lam=lam)
    refused(bench, "V2", bench.parameters(), bench.floor(), why="not above the threshold 0")
    with pytest.raises(STUCK, match="not above the threshold 0"):
        routes.bounded(bench)


# -- V4 --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ROUTES)
def test_v4_by_each_route(route: str) -> None:
    claim = v4(route).claim
    assert isinstance(claim, V4)
    assert claim.route == route
    threshold = {"lipschitz": G1, "line": lambda_alpha}.get(route, ZERO)
    assert claim.threshold == threshold
    assert claim.scope == Scope(LambdaAbove(threshold), AnyNoise())


@pytest.mark.parametrize("route", ROUTES)
def test_the_radius_has_a_value_where_all_are_numbers(route: str) -> None:
    fact = v4(route, LARGE, Fraction(1))
    claim = fact.claim
    assert isinstance(claim, V4)
    assert claim.scope == Scope(LambdaIs(LARGE), NoiseIs(Fraction(1)))
    r_0 = next(c for c in fact.constants if c.name == "r_0")
    assert r_0.formula == claim.radius
    assert r_0.lo is not None
    assert r_0.hi is not None
    assert 0 < r_0.lo <= r_0.hi


@pytest.mark.parametrize("route", ["lipschitz", "line"])
def test_lambda_exceeds_the_threshold(route: str) -> None:
    with pytest.raises(STUCK, match="not above the threshold"):
        v4(route, Fraction(1, 1000), Fraction(1))


def test_a_number_is_not_compared_with_a_symbol() -> None:
    with pytest.raises(STUCK, match="while that is symbolic"):
        routes.lipschitz(net("softplus", lam=1))


def test_the_level() -> None:
    bench = net("tanh")
    fact = routes.bounded(bench)
    gradient, laplacian = fact.premises
    low = bench.infer("V4 bounded", gradient, laplacian, proposal=LevelProposal(Fraction(0)))
    level = next(c for c in low.constants if c.name == "M")
    assert level.lo == level.hi == 0
    default = bench.infer("V4 bounded", gradient, laplacian)
    assert next(c for c in default.constants if c.name == "M").lo == 1
    below = LevelProposal(Fraction(-1, 10**9))
    refused(bench, "V4 bounded", gradient, laplacian, proposal=below, why="must be >= 0")
    whole = LevelProposal(1)  # pyright: ignore[reportArgumentType]
    refused(bench, "V4 bounded", gradient, laplacian, proposal=whole, why="wrong kind")


def test_bounded_and_affine_bounds_are_told_apart() -> None:
    bench = net("tanh")
    gradient, laplacian = routes.bounded(bench).premises
    slope, affine = routes.lipschitz(bench).premises
    radial = routes.euler(bench).premises[0]
    refused(bench, "V4 bounded", slope, laplacian, why="does not grow with r")
    refused(bench, "V4 bounded", gradient, affine, why="does not grow with r")
    refused(bench, "V4 Lipschitz", gradient, affine, why="affine in r")
    refused(bench, "V4 Lipschitz", slope, laplacian, why="affine in r")
    refused(bench, "V4 Euler", radial, laplacian, why="affine in r")


def test_a_rising_sigma_and_a_falling_one_are_told_apart() -> None:
    rising, falling = net("z - sin(z)/2"), net("z + 2*sin(z)")
    near = routes.line(rising).premises[0], routes.line(falling).premises[0]
    refused(rising, "V4 line", near[0], affine_laplacian(rising), why="not seen to be positive")
    refused(falling, "V4 monotone", near[1], affine_laplacian(falling), why="be nonnegative")


def test_a_hypothesis_stays_one() -> None:
    symbols, known = net("softplus"), net("softplus", outer=POSITIVE)
    conditional, unconditional = (
        routes.if_one_signed(symbols),
        routes.one_signed(known),
    )
    assert isinstance(conditional.claim, V4)
    assert isinstance(unconditional.claim, V4)
    assert conditional.claim.scope.one_sign
    assert not unconditional.claim.scope.one_sign
    refused(symbols, "V4 one-signed", *conditional.premises, why="hypothesis only")
    refused(known, "V4 if one-signed", *unconditional.premises, why="no hypothesis")

    three = first_three(symbols)
    refused(symbols, "Villani", *three, conditional, why="of one sign only")
    refused(known, "Villani if one-signed", *first_three(known), unconditional, why="not for outer")
    villani = symbols.infer("Villani if one-signed", *three, conditional)
    assert villani.claim == Villani(
        "one-signed", ZERO, Scope(LambdaAbove(ZERO), AnyNoise(), one_sign=True)
    )
    refused(symbols, "continuous-time convergence", villani, why="of one sign only")


# -- V4 without r >= 1 -----------------------------------------------------------------------------


def test_v4_from_a_radial_bound_without_slope() -> None:
    bench = net("softplus", lam=1, noise=1, outer=MIXED)
    before = routes.euler(bench)
    fact = bench.infer("V4 radial", *before.premises)
    claim = fact.claim
    assert isinstance(claim, V4)
    assert to_text(claim.bound) == ("lambda^2*r^2/s - 2*lambda*C/s - A*r - B - lambda*N")
    assert claim.start is not None
    assert to_text(claim.start) == "sqrt(C/lambda)"
    assert "Max" not in to_text(claim.radius)
    here, there = (next(c for c in f.constants if c.name == "r_0") for f in (fact, before))
    assert here.hi is not None
    assert there.lo is not None
    assert here.hi < there.lo
    assert "for r >= sqrt(C/lambda)" in SENTENCES[V4](said(fact, bench.objective))


def test_with_a_slope_it_is_refused() -> None:
    bench = net("tanh")
    radial, laplacian = routes.euler(bench).premises
    refused(bench, "V4 radial", radial, laplacian, why="D = 0 is needed")


# -- what follows ----------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ["bounded", "lipschitz"])
def test_a_villani_function_has_the_threshold_of_its_route(route: str) -> None:
    bench = net("tanh")
    four = routes.ROUTES[route](bench)
    claim = bench.infer("Villani", *first_three(bench), four).claim
    threshold = G1 if route == "lipschitz" else ZERO
    assert claim == Villani(route, threshold, Scope(LambdaAbove(threshold), AnyNoise()))


def lipschitz_gradient(bench: Workbench) -> Fact:
    """grad L is Lipschitz."""
    return bench.infer(
        "gradient Lipschitz",
        bench.parameters(),
        bench.derivation(),
        bench.loss(),
        bench.residual(),
        bench.enclosed("M1"),
        bench.enclosed("M2"),
    )


def villani(bench: Workbench) -> Fact:
    """L is a Villani function, by the bounded route."""
    return bench.infer("Villani", *first_three(bench), routes.bounded(bench))


def test_convergence_in_continuous_time() -> None:
    bench = net("tanh")
    fact = bench.infer("continuous-time convergence", villani(bench))
    assert fact.claim == ContinuousConvergence(EVERYWHERE)
    assert fact.levels()[-1] == "cited"


def test_the_lipschitz_constant() -> None:
    bench = net("tanh")
    fact = lipschitz_gradient(bench)
    assert fact.claim == GradientLipschitz(gLip, Scope(LambdaAbove(ZERO)))
    formula = fact.constants[0].formula
    assert formula is not None
    assert to_text(formula) == "lambda + Lambda_S*(l2*M1^2*a_2^2 + rho*a_inf*M2)"
    flat = net("tanh", lam=0)
    with pytest.raises(STUCK, match="not above the threshold 0"):
        lipschitz_gradient(flat)


def test_convergence_in_discrete_time_needs_small_steps() -> None:
    above = LambdaAbove(ZERO)
    symbols, unbound = net("tanh"), net("tanh", noise=1)
    small, large = (net("tanh", lam=1, noise=s, outer=MIXED) for s in (Fraction(1, 1000), 1000))

    def convergence(bench: Workbench) -> Fact:
        return bench.infer("discrete-time convergence", villani(bench), lipschitz_gradient(bench))

    assert convergence(symbols).claim == DiscreteConvergence(Scope(above, NoiseUpTo(1 / gLip)))
    open_end = NoiseIsIfUpTo(Fraction(1), 1 / gLip)
    assert convergence(unbound).claim == DiscreteConvergence(Scope(above, open_end))
    known = Scope(LambdaIs(Fraction(1)), NoiseIs(Fraction(1, 1000)))
    assert convergence(small).claim == DiscreteConvergence(known)
    words = SENTENCES[DiscreteConvergence](said(convergence(small), small.objective))
    assert "s = 1/1000, which is at most 1/gLip" in words
    words = SENTENCES[DiscreteConvergence](said(convergence(unbound), unbound.objective))
    assert "s = 1 where that is at most 1/gLip" in words
    refused(
        large,
        "discrete-time convergence",
        villani(large),
        lipschitz_gradient(large),
        why="not known to be at most 1/gLip",
    )


@pytest.mark.parametrize("sigma", ["log(z)", "sqrt(-1 - z^2)"])
def test_there_is_nothing_to_grow_where_sigma_is_not_real(sigma: str) -> None:
    about = Objective(parse(sigma), resolve_loss("squared"))
    parameters = infer("parameters", about)
    with pytest.raises(KernelError, match="not a real number on all of R"):
        infer("V2", about, (parameters, infer("infimum of the loss", about)))
    kinked = Objective(parse("Max(z, 0)"), resolve_loss("squared"))
    fact = infer("V2", kinked, (infer("parameters", kinked), infer("infimum of the loss", kinked)))
    assert fact.claim == V2(Scope(LambdaAbove(ZERO), None))
