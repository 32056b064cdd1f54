"""Sentences and payloads of refutations: why a Villani condition fails, and along which ray."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from proofkit.kernel.claims import (
    BoundedRisk,
    CancellingUnits,
    Claim,
    EscapingCriticalPoints,
    Fails,
    HalfSpace,
    KinkOfLoss,
    KinkOnInstance,
    LambdaAtMostZero,
    LambdaIs,
    LambdaRange,
    LossKinkOnInstance,
    LossKinkOnLine,
    MirroredUnits,
    NoiseFrom,
    NullDirection,
    OrthogonalInstance,
    PairedUnits,
    Steep,
)
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.rules.loss import taylor_at_zero
from proofkit.kernel.univariate.terms import to_text
from proofkit.sentences import layers, loss_kinks
from proofkit.sentences.said import Said, of_lambda, of_noise, range_record


def fails(step: Said) -> str:
    """A condition that fails, for which lambda and s, and why."""
    claim = step.says(Fails)
    return f"{claim.condition} fails {_for_which(step)}: {_because(step)}"


def _for_which(step: Said) -> str:
    """The lambda, and the s where the condition speaks of it."""
    scope = step.says(Fails).scope
    if scope.noise is None:
        return of_lambda(scope.lam)
    where = of_lambda(scope.lam)
    steep = next((p.claim for p in step.premises if isinstance(p.claim, Steep)), None)
    beta = ""
    if isinstance(scope.noise, NoiseFrom) and steep is not None:
        beta = f" with beta = {steep.factor}"
    return f"{where} and {of_noise(scope.noise)}{beta}"


def _because(step: Said) -> str:
    """What happens along the ray of the witness."""
    witness = step.says(Fails).witness
    if isinstance(witness, layers.LayerWitness):
        return layers.because(witness)
    ray, classifies = ray_of(step), step.objective.loss.classifies
    match witness:
        case KinkOnInstance(order=order):
            return (
                f"on the instance {ray}, where l' is not 0, the derivative of L of order "
                f"{order + 1} jumps at t = 0 with that of sigma"
            )
        case KinkOfLoss(order=order, at=at, met=met):
            return (
                f"along {ray}, the derivative of L of order {order + 1} jumps at t = 0, where "
                f"<w, x_i> = {at}, a kink of sigma, for {met} of the i with <u, x_i> not 0 and no "
                f"other of these is at a kink"
            )
        case LossKinkOnInstance() | LossKinkOnLine():
            return loss_kinks.because(witness, step.objective)
        case OrthogonalInstance():
            return (
                f"on the instance {ray}, L(W(t)) = l(sigma(0), {_label(classifies)}) + "
                f"(lambda/2) t^2, whose limit is {limit_of(step)}"
            )
        case BoundedRisk():
            return (
                "sigma is bounded, so R is bounded by a number and L <= sup R + (lambda/2) t^2 "
                f"along {ray}"
            )
        case NullDirection():
            return f"<u, x_i> = 0 for every i, so R is constant along {ray}"
        case HalfSpace(end=end):
            return (
                f"every <u, x_i> is {'>=' if end > 0 else '<='} 0 and sigma has a finite limit "
                f"there, so R stays bounded along {ray}"
            )
        case PairedUnits():
            return (
                "sigma has straight asymptotes, whose slopes cancel in a_1 sigma + a_2 sigma, so "
                f"R stays bounded along {ray}"
            )
        case EscapingCriticalPoints(slope=slope):
            return (
                f"on the instance {ray}, where L' changes sign from - to +, ||grad L||^2/s - "
                f"Laplacian L = -L'' <= 0; lambda_c = {slope}*sup(-sigma')"
            )
        case MirroredUnits():
            return (
                f"on the instance {ray}, where grad R = 0, ||grad L||^2/s - Laplacian L = "
                f"2 lambda^2 t^2/s - {_twice_bend(step.objective.loss)}sigma'(t)^2 - 2 lambda"
            )
        case CancellingUnits():
            return (
                f"along {ray}, where every f_i is 0, ||grad L||^2/s - Laplacian L is bounded above"
            )


def ray_of(step: Said) -> str:
    """The ray, line or sequence of the witness, with its instance where it brings one."""
    witness = step.says(Fails).witness
    if isinstance(witness, layers.LayerWitness):
        return layers.ray_of(witness)
    classifies = step.objective.loss.classifies
    match witness:
        case KinkOnInstance() as kink:
            label = (
                str(kink.choice)
                if classifies
                else f"sigma({kink.near}){loss_kinks.less(str(kink.choice))}"
            )
            point = "t" if kink.at == 0 else f"{kink.near} + t"
            return f"n = p = d = 1, x_1 = a_1 = 1, y_1 = {label}, W = {point}"
        case KinkOfLoss(sign=sign, weight=weight, v=v):
            return loss_kinks.moving(sign, weight, v)
        case LossKinkOnInstance() | LossKinkOnLine():
            return loss_kinks.net(witness, step.objective)
        case OrthogonalInstance():
            label = _label(classifies)
            return f"n = p = 1, d = 2, a_1 = 1, x_1 = (1, 0), y_1 = {label}, W(t) = t (0, 1)"
        case BoundedRisk():
            return "W(t) = t U for every U with ||U||_F = 1"
        case NullDirection(u=u) | HalfSpace(u=u):
            return f"w_j(t) = t u for every j, u = {list(u)}"
        case PairedUnits(a=a, b=b):
            return (
                f"w_1(t) = t u/{a}, w_2(t) = t u/{-b} for the first outer weights {a} > 0 > {b}, "
                f"other rows 0, any unit u"
            )
        case EscapingCriticalPoints():
            return "n = p = d = 1, a_1 = x_1 = 1, y_1 = 0: zeros W_k -> oo of L'"
        case MirroredUnits():
            size = (
                "n = p = 2, d = 1, x_1 = x_2 = 1, y_1 = 1, y_2 = -1"
                if classifies
                else "n = d = 1, p = 2, x_1 = 1, y_1 = 0"
            )
            return f"{size}, a_1 = 1, a_2 = -1, w_1(t) = w_2(t) = t"
        case CancellingUnits(a=a, b=b):
            return (
                f"w_1(t) = t u/sqrt({a}), w_2(t) = t u/sqrt({-b}) for the first outer weights {a} "
                f"> 0 > {b}, other rows 0, u a unit eigenvector of S for Lambda_S"
            )


def _twice_bend(loss: Loss) -> str:
    """2 phi''(0), a factor in front of sigma'(t)^2."""
    (low, high), exact = taylor_at_zero(loss, 2)
    if low != high:
        return f"2*{to_text(exact)} " if exact is not None else "2*phi''(0) "
    return f"{2 * low} " if low.denominator == 1 else f"({2 * low}) "


def _label(classifies: bool) -> str:
    """The label of the instance with an orthogonal direction."""
    return "1" if classifies else "0"


def limit_of(step: Said) -> str:
    """What the quantity in question tends to, or is bounded by, along the ray."""
    claim = step.says(Fails)
    if isinstance(claim.witness, layers.LayerWitness):
        return layers.limit_of(claim.witness)
    match claim.witness:
        case KinkOnInstance():
            return ""
        case LossKinkOnInstance(order=order) | LossKinkOnLine(order=order):
            return f"none of the derivative of order {order + 1}"
        case KinkOfLoss(order=order):
            return f"none of the derivative of order {order + 1} at t = 0"
        case OrthogonalInstance():
            value = f"l(sigma(0), {_label(step.objective.loss.classifies)})"
            return _without_decay(claim.scope.lam, value)
        case BoundedRisk():
            return _without_decay(claim.scope.lam, "at most sup R, a finite number")
        case NullDirection():
            return _without_decay(claim.scope.lam, "R(0)")
        case HalfSpace() | PairedUnits():
            return _without_decay(claim.scope.lam, "a finite number")
        case EscapingCriticalPoints():
            return "at most 0 along the zeros"
        case MirroredUnits(power=power):
            return "-oo" if power > 1 else "at most -2 lambda"
        case CancellingUnits():
            return "no more than a constant"


def _without_decay(range_: LambdaRange, value: str) -> str:
    """The limit of L where R has this one and lambda <= 0."""
    match range_:
        case LambdaAtMostZero():
            return f"{value} for lambda = 0, -oo for lambda < 0"
        case LambdaIs(number):
            return value if number == 0 else "-oo"
        case _:
            raise TypeError("a ray along which L stays bounded is one for lambda <= 0")


def payload(step: Said) -> dict[str, object]:
    """The witness as the record of a certificate."""
    witness = step.says(Fails).witness
    match witness:
        case KinkOnInstance(order=order, choice=choice):
            kink: dict[str, object] = {
                "kind": "kink",
                "at": witness.near,
                "order": order,
                "ray": None,
                "limit": None,
            }
            return kink if choice == 1 else {**kink, "choice": str(choice)}
        case KinkOfLoss():
            return {
                "kind": "kink of L",
                "at": str(witness.at),
                "order": witness.order,
                "ray": ray_of(step),
                "limit": limit_of(step),
                "sign": witness.sign,
                "w": loss_kinks.vector(witness.w),
                "u": loss_kinks.vector(witness.u),
                "v": None if witness.v is None else loss_kinks.vector(witness.v),
            }
        case LossKinkOnInstance() | LossKinkOnLine():
            return loss_kinks.record(witness, step.objective)
        case NullDirection(u=u) | HalfSpace(u=u):
            more: dict[str, object] = {"direction": list(u)}
        case EscapingCriticalPoints(slope=slope):
            more = {"slope": str(slope)}
        case _ if isinstance(witness, layers.LayerWitness):
            scope = step.says(Fails).scope
            more = {**layers.witness_record(witness), **range_record(scope)}
        case _:
            more = {}
    ray: dict[str, object] = {"ray": ray_of(step), "limit": limit_of(step)}
    return ray | {"kind": KINDS[type(witness)]} | more


KINDS: Mapping[type, str] = MappingProxyType(
    {
        KinkOnInstance: "kink",
        KinkOfLoss: "kink of L",
        **loss_kinks.KINDS,
        **layers.KINDS,
        OrthogonalInstance: "instance",
        BoundedRisk: "bounded",
        NullDirection: "null",
        HalfSpace: "half-space",
        PairedUnits: "paired",
        EscapingCriticalPoints: "escaping",
        MirroredUnits: "mirrored",
        CancellingUnits: "cancelling",
    }
)
"""What a witness is called in a certificate."""

SENTENCES: Mapping[type[Claim], Callable[[Said], str]] = MappingProxyType({Fails: fails})
PAYLOADS: Mapping[type[Claim], Callable[[Said], dict[str, object]]] = MappingProxyType(
    {Fails: payload}
)
