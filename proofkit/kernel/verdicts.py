"""What can be claimed by name: which claims of the kernel prove it, and which refute it.

What refutes a claim is a property of the claim.  A failing condition refutes the statement that
L is a Villani function.  Theorems that are cited, and rates that rest on such theorems, are not
refuted where a hypothesis fails: they say nothing there, so there is no verdict.

Where s is a symbol, a claim is about every s > 0: what holds below a critical s does not prove it,
and what fails from one on refutes it.  Where s is a number, the claim is about that one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from proofkit.kernel.claims import (
    INSTANCES,
    V1,
    V2,
    V3,
    V4,
    AlongCurve,
    AnyLambda,
    AnyNoise,
    Claim,
    ContinuousConvergence,
    DiscreteConvergence,
    Dissipative,
    Fails,
    KinkOfLayers,
    LambdaAbove,
    LambdaAtMostZero,
    LambdaBelow,
    LambdaIs,
    LangevinRate,
    LossKinkOnInstance,
    MirroredUnits,
    NearLine,
    NoiseBelow,
    NoiseFrom,
    NoiseIs,
    NoiseIsIfUpTo,
    NoiseRange,
    NoiseUpTo,
    OneLabel,
    Rate,
    RiskGradient,
    Scope,
    V4Limit,
    Villani,
)
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.symbols import lambda_alpha
from proofkit.kernel.univariate.terms import ZERO, Node

CONDITIONS = ("V1", "V2", "V3", "V4")
Word = Literal["PROVED", "REFUTED"]
PROVED: Word = "PROVED"
REFUTED: Word = "REFUTED"


@dataclass(frozen=True, slots=True)
class Named:
    """A claim that can be made by name.

    ``proved_by`` says of each claim that is needed whether this is one, for the objective;
    ``refuted_by`` are the conditions whose failure refutes it, ``says`` the claim in words.
    ``one_sign`` is true where it is about arbitrary outer weights of one sign, ``small_noise`` where
    it is about every s below a critical one.
    """

    proved_by: tuple[Callable[[Claim, Objective], bool], ...]
    refuted_by: tuple[str, ...]
    says: str
    one_sign: bool = False
    small_noise: bool = False


# -- for which s -----------------------------------------------------------------------------------


def holds_for_every_noise(noise: NoiseRange | None, objective: Objective) -> bool:
    """True when the range holds the s of the objective: the given one, or every s > 0 where that is
    a symbol.
    """
    match noise:
        case AnyNoise():
            return True
        case NoiseIs(value):
            return value == objective.noise
        case None | NoiseFrom() | NoiseUpTo() | NoiseIsIfUpTo() | NoiseBelow():
            return False


def _fails_for_some_noise(noise: NoiseRange | None, objective: Objective) -> bool:
    """True when a failure with that range is one for the s of the objective: the given one, or some
    s > 0 where that is a symbol.  None stands for what fails whatever s is.
    """
    match noise:
        case None | AnyNoise():
            return True
        case NoiseFrom():
            return objective.noise is None
        case NoiseIs(value):
            return value == objective.noise
        case NoiseUpTo() | NoiseIsIfUpTo() | NoiseBelow():
            return False


# -- what proves -----------------------------------------------------------------------------------


def _villani(claim: Claim, objective: Objective) -> bool:
    """L is a Villani function, without a hypothesis on the outer weights, for every s > 0 or the
    given one.
    """
    return (
        type(claim) is Villani
        and not claim.scope.one_sign
        and holds_for_every_noise(claim.scope.noise, objective)
    )


def _villani_for_small_noise(claim: Claim, objective: Objective) -> bool:
    """L is a Villani function for every s > 0, or for every s below a critical one."""
    return (
        type(claim) is Villani
        and not claim.scope.one_sign
        and objective.noise is None
        and type(claim.scope.noise) in (AnyNoise, NoiseBelow)
    )


def _villani_if_one_sign(claim: Claim, objective: Objective) -> bool:
    """L is a Villani function for arbitrary data and every a whose entries have one sign."""
    return (
        type(claim) is Villani
        and claim.scope.one_sign
        and objective.symbolic
        and holds_for_every_noise(claim.scope.noise, objective)
    )


def _villani_for_positive(claim: Claim, objective: Objective) -> bool:
    """L is a Villani function for every lambda > 0."""
    return (
        _villani(claim, objective)
        and type(claim) is Villani
        and objective.lam is None
        and claim.scope.lam == LambdaAbove(ZERO)
        and claim.threshold == ZERO
    )


def _not_without_decay(claim: Claim, objective: Objective) -> bool:
    """V2 fails for every lambda <= 0."""
    return (
        type(claim) is Fails
        and claim.condition == "V2"
        and objective.lam is None
        and claim.scope.lam == LambdaAtMostZero()
    )


def _published_route(claim: Claim, objective: Objective) -> bool:
    """L is a Villani function by the route of the papers."""
    return _villani(claim, objective) and type(claim) is Villani and claim.route == "lipschitz"


def _v4_fails(claim: Claim, objective: Objective) -> bool:
    """V4 fails, for some lambda > 0 or at the given one."""
    return type(claim) is Fails and claim.condition == "V4"


def _continuous(claim: Claim, objective: Objective) -> bool:
    """The cited theorem for the diffusion, for every s > 0 or the given one."""
    return type(claim) is ContinuousConvergence and holds_for_every_noise(
        claim.scope.noise, objective
    )


def _of(kind: type[Claim]) -> Callable[[Claim, Objective], bool]:
    """Any claim of a kind."""
    return lambda claim, objective: type(claim) is kind


NAMED: Mapping[str, Named] = MappingProxyType(
    {
        "villani": Named(
            (_villani,),
            ("V1", "V2", "V3", "V4"),
            "L is a Villani function, for every lambda above the threshold or at the given one",
        ),
        "villani-small-noise": Named(
            (_villani_for_small_noise,),
            ("V1", "V2", "V3", "V4"),
            "L is a Villani function for every s > 0 below an explicit critical s_0",
            small_noise=True,
        ),
        # V2 failing for lambda <= 0 is a half of it; for some lambda > 0 it refutes it.
        "villani-iff": Named(
            (_villani_for_positive, _not_without_decay),
            ("V1", "V2", "V3", "V4"),
            "L is a Villani function for every lambda > 0, and for no lambda <= 0",
        ),
        # V4 fails on instances with outer weights of both signs, of which it does not speak.
        "villani-one-signed": Named(
            (_villani_if_one_sign,),
            ("V1", "V2"),
            "L is a Villani function for every a whose entries have one sign (symbolic data)",
            one_sign=True,
        ),
        "lipschitz-threshold": Named(
            (_published_route,),
            ("V1", "V2", "V3", "V4"),
            "L is a Villani function, by the published route",
        ),
        "sgd-continuous": Named(
            (_continuous,),
            (),
            "the cited theorem for the diffusion, with its hypotheses discharged",
        ),
        "sgd-discrete": Named(
            (_of(DiscreteConvergence),),
            (),
            "the cited theorem for SGD, with its hypotheses discharged",
        ),
        # It makes L grow like (m/2) r^2 along every ray from 0, and needs a gradient, not V1 or V4.
        "dissipativity": Named(
            (_of(Dissipative),), ("V2",), "<grad L, W> >= m r^2 - b with explicit m > 0 and b"
        ),
        "rate-continuous": Named(
            (_of(Rate),), (), "convergence of the diffusion with every constant explicit"
        ),
        "rate-langevin": Named(
            (_of(LangevinRate),),
            (),
            "convergence of Langevin Monte Carlo with every constant explicit",
        ),
        "escaping": Named((_v4_fails,), (), "V4 fails below an explicit threshold"),
    }
)


def named(name: str) -> Named:
    """The claim of a name; KernelError when there is none."""
    if name not in NAMED:
        raise KernelError(f"there is no claim called {name[:40]!r}")
    return NAMED[name]


def proof_of(name: str, goals: Sequence[Claim], objective: Objective) -> tuple[Claim, ...]:
    """The goals that prove the claim together, the first of each kind; () when they do not.

    Raises KernelError for a name that is none.
    """
    found: list[Claim] = []
    for fits in named(name).proved_by:
        first = next((goal for goal in goals if fits(goal, objective)), None)
        if first is None:
            return ()
        found.append(first)
    return tuple(found)


def fails_throughout(goal: Fails, objective: Objective) -> bool:
    """True when a condition fails for the lambda of the objective: the given one, or every
    lambda > 0 where that is a symbol.
    """
    match goal.scope.lam:
        case AnyLambda():
            return True
        case LambdaAbove(threshold):
            return threshold == ZERO
        case LambdaIs(value):
            return value == objective.lam
        case LambdaBelow() | LambdaAtMostZero():
            return False


def _fails_somewhere(goal: Fails) -> bool:
    """True when a condition fails for some lambda > 0."""
    match goal.scope.lam:
        case AnyLambda() | LambdaAbove():
            return True
        case LambdaBelow():  # the rule that says so has found the threshold to be positive
            return True
        case LambdaIs(value):
            return value > 0
        case LambdaAtMostZero():
            return False


def _is_of_one_sign(goal: Fails) -> bool:
    """False for an instance whose outer weights have both signs, or may have."""
    witness = goal.witness
    return type(witness) not in (MirroredUnits, KinkOfLayers) and not (
        type(witness) is LossKinkOnInstance and witness.mirrored
    )


def is_about_an_instance(goal: Fails) -> bool:
    """True for a failure of data or fixed weights that the witness brings, where these are symbols:
    it says nothing of given ones.
    """
    match goal.witness:
        case AlongCurve(curve=curve) | KinkOfLayers(curve=curve):
            return curve.samples is not None
        case OneLabel():
            return True
        case witness:
            return isinstance(witness, INSTANCES)


def _fails_as_said(goal: Fails, said: Named, objective: Objective) -> bool:
    """True when a condition fails for an s that the claim is about; one about all small s is refuted
    only by what fails for every s.
    """
    if said.small_noise:
        return objective.noise is None and type(goal.scope.noise) in (AnyNoise, type(None))
    return _fails_for_some_noise(goal.scope.noise, objective)


def refutes(name: str, goal: Claim, objective: Objective) -> bool:
    """True when a goal refutes the claim, for the lambda and the s of the objective.

    The claim for every lambda > 0 is refuted by any such lambda, that for every s > 0 by any such s.
    Raises KernelError for a name that is none.
    """
    said = named(name)
    if type(goal) is not Fails or goal.condition not in said.refuted_by:
        return False
    if not _fails_as_said(goal, said, objective):
        return False
    if said.one_sign and not (objective.symbolic and _is_of_one_sign(goal)):
        return False
    if name == "villani-iff":
        return _fails_somewhere(goal)
    return fails_throughout(goal, objective)


def verdict(name: str, goals: Sequence[Claim], objective: Objective) -> Word | None:
    """What the goals say of the claim, or None; KernelError for a name that is none.

    >>> from proofkit.kernel.univariate.terms import Z
    >>> from proofkit.kernel.claims import BoundedRisk, Scope
    >>> from fractions import Fraction
    >>> without = Objective(Z, "squared", lam=Fraction(0))
    >>> goal = Fails("V2", BoundedRisk(), Scope(LambdaIs(Fraction(0))))
    >>> verdict("villani", [goal], without)
    'REFUTED'
    >>> verdict("sgd-continuous", [goal], without) is None
    True
    """
    if proof_of(name, goals, objective):
        return PROVED
    if any(refutes(name, goal, objective) for goal in goals):
        return REFUTED
    return None


def on_condition(name: str, goal: Claim) -> tuple[str, Word] | None:
    """What a goal says of one of V1 to V4 in a proof of the claim of that name, or None.

    Where the claim is about outer weights of one sign, V4 is the statement for these; where it is
    not about small s, V4 is not proved by what holds for these only.  A condition that fails may do
    so for some lambda or s only, which the goal says.
    """
    said = named(name)
    match goal:
        case V1():
            return "V1", PROVED
        case V2():
            return "V2", PROVED
        case V3():
            return "V3", PROVED
        case V4(scope=scope) | V4Limit(scope=scope) if scope.one_sign == said.one_sign and (
            said.small_noise or type(scope.noise) is not NoiseBelow
        ):
            return "V4", PROVED
        case Fails(condition=condition) if _is_of_one_sign(goal) or not said.one_sign:
            return condition, REFUTED
        case _:
            return None


def on_route(name: str, goal: Claim) -> str | None:
    """The route by which a goal proves V4 in a proof of the claim of that name, for the s that the
    goal says; None for what does not.
    """
    match goal:
        case V4(route=route, scope=scope) | V4Limit(route=route, scope=scope):
            return route if scope.one_sign == named(name).one_sign else None
        case _:
            return None


def threshold_of(route: str, claim: Claim) -> Node | None:
    """What lambda has to exceed for a route to V4, as a step shows it that has the threshold.

    That is V4 by that route (without a radius: where lambda is a symbol) or, where lambda is not
    seen to be large enough for V4, the bound whose slope is the threshold: of ||grad R|| for the Lipschitz route, of a fall for the line route.
    None for any other step.
    """
    match route, claim:
        case _, V4(route=by, threshold=threshold) if by == route:
            return threshold
        case _, V4Limit(route=by, scope=Scope(lam=LambdaAbove(threshold))) if by == route:
            return threshold
        case "lipschitz", RiskGradient(slope=slope):
            return slope
        case "line", NearLine(falling=True):
            return lambda_alpha
        case _:
            return None
