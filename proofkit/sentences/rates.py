"""What is said of the stationary law and of rates: sentences, and the records of certificates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from proofkit.kernel.claims import (
    Claim,
    Dissipative,
    LangevinRate,
    Moments,
    Oscillation,
    Rate,
    SpectralGap,
    Start,
    StationaryExcess,
)
from proofkit.kernel.proposals import QuadratureProposal
from proofkit.kernel.univariate.terms import to_text
from proofkit.sentences.said import Said, of_lambda, of_noise
from proofkit.sentences.villani import of_both


def _dissipative(step: Said) -> str:
    claim = step.says(Dissipative)
    bound = f"{to_text(claim.m)} r^2 - {to_text(claim.b)}"
    return f"<grad L, W> >= {bound} for every W, {of_lambda(claim.scope.lam)}"


def _moments(step: Said) -> str:
    claim = step.says(Moments)
    return (
        f"under mu_s, proportional to exp(-2 L/s): (E r^2)^(1/2) <= {to_text(claim.second)} and "
        f"(E r^4)^(1/4) <= {to_text(claim.fourth)}, {of_both(claim.scope)}"
    )


def _oscillation(step: Said) -> str:
    claim = step.says(Oscillation)
    return (
        f"|f_i| <= {to_text(claim.reach)} for every W, so sup R - inf R <= {to_text(claim.bound)}"
    )


def _gap(step: Said) -> str:
    claim = step.says(SpectralGap)
    gap = (
        f"mu_s has the spectral gap lambda_s >= (lambda/{to_text(claim.q)}) "
        f"exp(-{to_text(claim.xi)})"
    )
    match claim.method:
        case "bounded":
            says = f"{gap} and the log-Sobolev constant at most (s/(2 lambda)) exp(xi)"
        case "Lyapunov":
            says = f"{gap}, where R oscillates by at most osc in the ball r <= R_b"
        case "convex":
            says = (
                f"L is strongly convex with constant m_c, so {gap} and the log-Sobolev constant "
                f"at most s/(2 m_c)"
            )
        case _:
            says = f"{gap}, by Muckenhoupt's criterion on {claim.cells} cells on either side of m"
    return f"{says}, {of_both(claim.scope)}"


def _gap_record(step: Said) -> dict[str, object]:
    """Where Muckenhoupt's criterion was evaluated; nothing for the other gaps."""
    where = step.proposal
    if not isinstance(where, QuadratureProposal):
        return {}
    return {
        "m": str(where.m),
        "left": str(where.left),
        "right": str(where.right),
        "cells": where.cells,
    }


def _excess(step: Said) -> str:
    claim = step.says(StationaryExcess)
    return f"E_mu L - min L <= {to_text(claim.bound)} under mu_s, {of_both(claim.scope)}"


def _start(step: Said) -> str:
    claim = step.says(Start)
    return (
        f"for rho_0 = N(0, {to_text(claim.variance)} I): the integral of rho_0^2/mu_s is at most "
        f"exp({to_text(claim.chi)}); (E_mu (L - min L)^2)^(1/2) <= {to_text(claim.spread)}, "
        f"{of_both(claim.scope)}"
    )


def _rate(step: Said) -> str:
    when = of_both(step.says(Rate).scope)
    return (
        f"for dW = -grad L dt + sqrt(s) dB from W_0 ~ N(0, v_0 I), {when}: "
        "E L(W_t) - min L <= eps + A_2 exp(chi/2 - t (lambda/q) exp(-xi)) for every t >= 0"
    )


def _langevin(step: Said) -> str:
    scope = step.says(LangevinRate).scope
    return (
        f"for W_(k+1) = W_k - (2 h/s) grad L(W_k) + sqrt(2 h) xi_k from W_0 ~ N(0, s/(2 "
        f"lambda) I), {of_lambda(scope.lam)}, {of_noise(scope.noise)}, every delta > 0, "
        "alpha = (2 lambda/(q s)) exp(-xi), h <= min(alpha/(4 L_F^2), alpha^2 delta^2/(32 N "
        "L_F^2)) and k >= log(4 h_0/(alpha delta^2))/(alpha h): "
        "E L(W_k) - min L <= eps + sqrt((lambda N + K) s/2) delta + (gLip/2) delta^2"
    )


def _nothing(_: Said) -> dict[str, object]:
    return {}


SENTENCES: Mapping[type[Claim], Callable[[Said], str]] = MappingProxyType(
    {
        Dissipative: _dissipative,
        Moments: _moments,
        Oscillation: _oscillation,
        SpectralGap: _gap,
        StationaryExcess: _excess,
        Start: _start,
        Rate: _rate,
        LangevinRate: _langevin,
    }
)
PAYLOADS: Mapping[type[Claim], Callable[[Said], dict[str, object]]] = MappingProxyType(
    dict.fromkeys(SENTENCES, _nothing) | {SpectralGap: _gap_record}
)
