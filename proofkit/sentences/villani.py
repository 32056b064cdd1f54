"""What is said of the Villani conditions: sentences, and the records of certificates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from proofkit.kernel.claims import (
    V1,
    V2,
    V3,
    V4,
    Claim,
    ContinuousConvergence,
    DiscreteConvergence,
    GradientLipschitz,
    NoiseIs,
    NoiseRange,
    Scope,
    Villani,
)
from proofkit.kernel.univariate.terms import Node, to_text
from proofkit.sentences.said import Said, of_lambda, of_noise, range_record


def of_both(scope: Scope) -> str:
    """For which lambda and s."""
    return f"{of_lambda(scope.lam)} and {of_noise(scope.noise)}"


def _v1(_: Said) -> str:
    return "V1: L is infinitely differentiable"


def _v2(step: Said) -> str:
    claim = step.says(V2)
    floor = "" if claim.floor is None else f"{to_text(claim.floor)} + "
    falling = "" if claim.slope is None else f" - {to_text(claim.slope)} r"
    when = of_lambda(claim.scope.lam)
    at = _point(step)
    if claim.bias is not None:
        return (
            f"V2: {at} >= {floor}({_decay(claim.decay)}/2) w^2 + {_decay(claim.bias)} |b|, w the norm of "
            f"all parameters but the bias b of the output, so {at} -> oo as r -> oo, {when}"
        )
    return (
        f"V2: {at} >= {floor}({_decay(claim.decay)}/2) r^2{falling}, so {at} -> oo as r -> oo, "
        f"{when}"
    )


def _point(step: Said) -> str:
    """L at a point: W is the only trained block of the net with a fixed head."""
    return "L(W)" if step.objective.architecture is None else "L"


def _decay(decay: Node | None) -> str:
    """What stands in the place of lambda, or before |b|."""
    if decay is None:
        return "lambda"
    return to_text(decay) if decay.op in ("name", "num") else f"({to_text(decay)})"


def _v3(step: Said) -> str:
    claim = step.says(V3)
    factor = "" if claim.exponent is None else f"exp({to_text(claim.exponent)}) "
    wide = "" if claim.widen == 1 else f"{claim.widen} "
    when = of_both(claim.scope)
    decay = _decay(claim.decay)
    if claim.bias is not None:
        return (
            f"V3: the integral of exp(-2 L/s) is at most {factor}({wide}pi s/{decay})^((N - 1)/2) "
            f"s/{_decay(claim.bias)}, {when}"
        )
    return f"V3: the integral of exp(-2 L/s) is at most {factor}({wide}pi s/{decay})^(N/2), {when}"


def _v2_record(step: Said) -> dict[str, object]:
    """What stands beside (lambda/2) r^2 in the lower bound of L; nothing where nothing does."""
    claim = step.says(V2)
    said = {"floor": claim.floor, "slope": claim.slope, "decay": claim.decay, "bias": claim.bias}
    return _present(said)


def _v3_record(step: Said) -> dict[str, object]:
    """The exponent of the bound and the widening of its Gaussian, where these are not 0 and 1."""
    claim = step.says(V3)
    widened: dict[str, object] = {} if claim.widen == 1 else {"widen": claim.widen}
    said = {"exponent": claim.exponent, "decay": claim.decay, "bias": claim.bias}
    return _present(said) | widened


def _present(terms: Mapping[str, Node | None]) -> dict[str, object]:
    """The formulas that there are, as text."""
    return {name: to_text(term) for name, term in terms.items() if term is not None}


def lower_bound(claim: V4) -> str:
    """The bound of ||grad L||^2/s - Laplacian L, and from which r on it holds."""
    bound = to_text(claim.bound)
    if claim.start is None:
        return bound
    # The maximum of two starts is no function of the grammar in a sentence.
    return f"{bound} for r >= {to_text(claim.start).replace('Max(', 'max(')}"


def _v4(step: Said) -> str:
    claim = step.says(V4)
    subject = "V4 for a of one sign" if claim.scope.one_sign else "V4"
    return (
        f"{subject}: ||grad L||^2/s - Laplacian L >= {lower_bound(claim)}; it is at least M "
        f"once r >= r_0(M), {of_both(claim.scope)}"
    )


def _v4_record(step: Said) -> dict[str, object]:
    claim = step.says(V4)
    return {
        "route": claim.route,
        "threshold": to_text(claim.threshold),
        "bound": to_text(claim.bound),
        "start": "0" if claim.start is None else to_text(claim.start),
        "radius": to_text(claim.radius),
        **_range_of_layers(step, claim.scope),
    }


def _villani(step: Said) -> str:
    claim = step.says(Villani)
    whom = "for every a of one sign, " if claim.scope.one_sign else ""
    return f"L is a Villani function {whom}{of_both(claim.scope)}"


def _villani_record(step: Said) -> dict[str, object]:
    claim = step.says(Villani)
    said: dict[str, object] = {"route": claim.route, "threshold": to_text(claim.threshold)}
    return said | _range_of_layers(step, claim.scope)


def _range_of_layers(step: Said, scope: Scope) -> dict[str, object]:
    """The range of lambda and s of a net of layers; that of the others is said by the objective."""
    return {} if step.objective.architecture is None else range_record(scope)


def _gradient_lipschitz(step: Said) -> str:
    claim = step.says(GradientLipschitz)
    return (
        f"grad L is Lipschitz with constant {to_text(claim.constant)}, {of_lambda(claim.scope.lam)}"
    )


def _continuous(step: Said) -> str:
    when = of_both(step.says(ContinuousConvergence).scope)
    return (
        f"for dW = -grad L dt + sqrt(s) dB, {when}, with an initial law rho_0 such that "
        "rho_0/mu_s - 1 is in L^2(mu_s): E L(W_t) - min L <= eps(s) + D(s) exp(-lambda_s t) "
        "with some lambda_s > 0"
    )


def _steps(noise: NoiseRange | None) -> str:
    """The s for which the discrete process converges; a number has been compared with 1/gLip."""
    if isinstance(noise, NoiseIs):
        return f"{of_noise(noise)}, which is at most 1/gLip"
    return of_noise(noise)


def _discrete(step: Said) -> str:
    scope = step.says(DiscreteConvergence).scope
    when = f"{of_lambda(scope.lam)} and {_steps(scope.noise)}"
    return (
        f"for W_(k+1) = W_k - s grad L(W_k) + s xi_k with Gaussian xi_k, {when}: "
        "E L(W_k) - min L <= eps(s) + D(s) exp(-s lambda_s k) + (implicit constant) s for k "
        "<= T/s; the implicit constant "
        "grows with T like exp(gLip T), so an arbitrary start has no guarantee, and the "
        "noise is isotropic, not minibatch noise"
    )


def _nothing(_: Said) -> dict[str, object]:
    return {}


SENTENCES: Mapping[type[Claim], Callable[[Said], str]] = MappingProxyType(
    {
        V1: _v1,
        V2: _v2,
        V3: _v3,
        V4: _v4,
        Villani: _villani,
        GradientLipschitz: _gradient_lipschitz,
        ContinuousConvergence: _continuous,
        DiscreteConvergence: _discrete,
    }
)
PAYLOADS: Mapping[type[Claim], Callable[[Said], dict[str, object]]] = MappingProxyType(
    dict.fromkeys(SENTENCES, _nothing)
    | {V2: _v2_record, V3: _v3_record, V4: _v4_record, Villani: _villani_record}
)
