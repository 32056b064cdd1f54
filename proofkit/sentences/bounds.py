"""What is said of bounds of the risk: sentences, and the records of certificates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from proofkit.kernel.claims import (
    Claim,
    OneSigned,
    Radial,
    Residual,
    RiskGradient,
    RiskLaplacian,
)
from proofkit.kernel.univariate.terms import Node, to_text
from proofkit.sentences.said import Said


def _everywhere(step: Said) -> tuple[str, str]:
    """R at a point, and that it is any."""
    if step.objective.architecture is None:
        return "R(W)", "every W"
    return "R", "all weights"


def _residual(step: Said) -> str:
    bound = to_text(step.says(Residual).bound)
    if step.objective.loss.square != 1:
        return f"|l'| <= {bound}"
    why = "" if step.objective.symbolic else ", from the range of sigma and the signs of a"
    if step.objective.architecture is not None:
        why = ""
    return f"|f_i - y_i| <= {bound} for {_everywhere(step)[1]}{why}"


def _gradient(step: Said) -> str:
    claim = step.says(RiskGradient)
    growth = "" if claim.slope is None else f" + {to_text(claim.slope)} r"
    risk, everywhere = _everywhere(step)
    return f"||grad {risk}|| <= {to_text(claim.constant)}{growth} for {everywhere}"


def _laplacian(step: Said) -> str:
    claim = step.says(RiskLaplacian)
    growth = "" if claim.slope is None else f"{to_text(claim.slope)} r + "
    if claim.square is not None:
        growth = f"{to_text(claim.square)} r^2 + {growth}"
    risk, everywhere = _everywhere(step)
    return f"Laplacian {risk} <= {growth}{to_text(claim.constant)} for {everywhere}"


def _radial(step: Said) -> str:
    claim = step.says(Radial)
    if step.objective.architecture is not None:
        return f"<grad R, theta> >= -{to_text(claim.C)} - {to_text(claim.D)} r for all weights"
    return f"<grad R(W), W> >= -{to_text(claim.C)} - {to_text(claim.D)} r"


def _one_signed(step: Said) -> str:
    claim = step.says(OneSigned)
    bounds = (
        f"for every W there is U >= 0 with <grad R, W> >= kappa_lo*U^2 - {to_text(claim.C)} and "
        f"Laplacian R <= {to_text(claim.A)}*U + {to_text(claim.B)}"
    )
    if claim.hypothesis:
        return f"for a of one sign: {bounds}"
    return f"{bounds}, since a is of one sign"


def _terms(step: Said) -> dict[str, object]:
    """The terms of a bound of a net of layers; those of the other net have names of their own."""
    if step.objective.architecture is None:
        return {}
    match step.claim:
        case Residual(bound=bound):
            terms: dict[str, Node | None] = {"bound": bound}
        case RiskGradient(constant=constant, slope=slope):
            terms = {"constant": constant, "slope": slope}
        case RiskLaplacian(constant=constant, slope=slope, square=square):
            terms = {"constant": constant, "slope": slope, "square": square}
        case Radial(C=C, D=D):
            terms = {"C": C, "D": D}
        case _:
            return {}
    return {name: to_text(term) for name, term in terms.items() if term is not None}


SENTENCES: Mapping[type[Claim], Callable[[Said], str]] = MappingProxyType(
    {
        Residual: _residual,
        RiskGradient: _gradient,
        RiskLaplacian: _laplacian,
        Radial: _radial,
        OneSigned: _one_signed,
    }
)
PAYLOADS: Mapping[type[Claim], Callable[[Said], dict[str, object]]] = MappingProxyType(
    dict.fromkeys(SENTENCES, _terms)
)
