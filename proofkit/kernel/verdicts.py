"""What can be claimed by name: which claims of the kernel prove it, and which refute it.

What refutes a claim is a property of the claim.  A failing condition refutes the statement that
L is a Villani function.  Theorems that are cited, and rates that rest on such theorems, are not
refuted where a hypothesis fails: they say nothing there, so there is no verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from proofkit.kernel.claims import (
    V1,
    V2,
    V3,
    V4,
    AnyLambda,
    Claim,
    ContinuousConvergence,
    DiscreteConvergence,
    Dissipative,
    Fails,
    LambdaAbove,
    LambdaAtMostZero,
    LambdaBelow,
    LambdaIs,
    LangevinRate,
    LossKinkOnInstance,
    MirroredUnits,
    NearLine,
    Rate,
    RiskGradient,
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
    ``one_sign`` is true where it is about arbitrary outer weights of one sign.
    """

    proved_by: tuple[Callable[[Claim, Objective], bool], ...]
    refuted_by: tuple[str, ...]
    says: str
    one_sign: bool = False


# -- what proves -----------------------------------------------------------------------------------


def _villani(claim: Claim, objective: Objective) -> bool:
    """L is a Villani function, without a hypothesis on the outer weights."""
    return type(claim) is Villani and not claim.scope.one_sign


def _villani_if_one_sign(claim: Claim, objective: Objective) -> bool:
    """L is a Villani function for arbitrary data and every a whose entries have one sign."""
    return type(claim) is Villani and claim.scope.one_sign and objective.symbolic


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


def _of(kind: type[Claim]) -> Callable[[Claim, Objective], bool]:
    """Any claim of a kind."""
    return lambda claim, objective: type(claim) is kind


NAMED: Mapping[str, Named] = MappingProxyType(
    {
        "villani": Named(
            (_villani,),
            ("V1", "V2", "V4"),
            "L is a Villani function, for every lambda above the threshold or at the given one",
        ),
        # V2 failing for lambda <= 0 is a half of it.
        "villani-iff": Named(
            (_villani_for_positive, _not_without_decay),
            ("V1", "V4"),
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
            ("V1", "V2", "V4"),
            "L is a Villani function, by the published route",
        ),
        "sgd-continuous": Named(
            (_of(ContinuousConvergence),),
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
    """False for an instance whose outer weights have both signs."""
    witness = goal.witness
    return type(witness) is not MirroredUnits and not (
        type(witness) is LossKinkOnInstance and witness.mirrored
    )


def refutes(name: str, goal: Claim, objective: Objective) -> bool:
    """True when a goal refutes the claim, for the lambda of the objective.

    The claim for every lambda > 0 is refuted by any such lambda.  Raises KernelError for a name
    that is none.
    """
    said = named(name)
    if type(goal) is not Fails or goal.condition not in said.refuted_by:
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

    Where the claim is about outer weights of one sign, V4 is the statement for these.  A condition
    that fails may do so for some lambda or s only, which the goal says.
    """
    match goal:
        case V1():
            return "V1", PROVED
        case V2():
            return "V2", PROVED
        case V3():
            return "V3", PROVED
        case V4(scope=scope) if scope.one_sign == named(name).one_sign:
            return "V4", PROVED
        case Fails(condition=condition) if _is_of_one_sign(goal) or not named(name).one_sign:
            return condition, REFUTED
        case _:
            return None


def threshold_of(route: str, claim: Claim) -> Node | None:
    """What lambda has to exceed for a route to V4, as a step shows it that has the threshold.

    That is V4 by that route or, where lambda is not seen to be large enough for V4, the bound whose
    slope is the threshold: of ||grad R|| for the Lipschitz route, of a fall for the line route.
    None for any other step.
    """
    match route, claim:
        case _, V4(route=by, threshold=threshold) if by == route:
            return threshold
        case "lipschitz", RiskGradient(slope=slope):
            return slope
        case "line", NearLine(falling=True):
            return lambda_alpha
        case _:
            return None
