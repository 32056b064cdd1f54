"""What is said of the activation: sentences, and the records of certificates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType

from proofkit.kernel.claims import (
    Asymptote,
    Claim,
    Enclosed,
    NearLine,
    NotSmooth,
    Smooth,
    Steep,
)
from proofkit.kernel.proposals import OneSided, SupremumProposal
from proofkit.kernel.univariate.rounding import decimal_text
from proofkit.sentences.said import Said

QUANTITIES: Mapping[str, str] = MappingProxyType(
    {
        "S0": "sup |sigma|",
        "S_hi": "sup sigma",
        "S_lo": "inf sigma",
        "S_alpha": "sup |sigma - alpha*z|",
        "M1": "sup |sigma'|",
        "M2": "sup |sigma''|",
        "M3": "sup |sigma'''|",
        "fall": "sup -sigma'",
        "H": "sup |z*sigma' - kappa*sigma|",
        "H_lo": "sup(kappa_lo*sigma - z*sigma', 0)",
        "H_hi": "sup(z*sigma' - kappa_hi*sigma, 0)",
        "sigma0": "|sigma(0)|",
        "T_c": "sup(sigma'^2 + sigma''^2/(4*c_T))",
    }
)
"""A quantity of sigma in words; of those with a parameter, with its name."""


def between(lo: Fraction, hi: Fraction) -> str:
    """[lo, hi], in decimals where these end."""
    return f"[{decimal_text(lo)}, {decimal_text(hi)}]"


# -- sentences -------------------------------------------------------------------------------------


def _smooth(_: Said) -> str:
    return "sigma is infinitely differentiable on R"


def _kink(step: Said) -> str:
    claim = step.says(NotSmooth)
    return (
        f"the derivative of sigma of order {claim.order + 1} is the first to jump at z = "
        f"{claim.near}, so sigma is not smooth"
    )


def _enclosed(step: Said) -> str:
    claim = step.says(Enclosed)
    return f"{QUANTITIES[claim.quantity]} lies in {between(claim.lo, claim.hi)}"


def _asymptote(step: Said) -> str:
    claim = step.says(Asymptote)
    side = "+oo" if claim.end > 0 else "-oo"
    line = f"sigma - {claim.slope}*z" if claim.slope else "sigma"
    return f"{line} tends to a number in {between(claim.lo, claim.hi)} as z -> {side}"


def _steep(step: Said) -> str:
    claim = step.says(Steep)
    there = f"z >= {claim.start}" if claim.end > 0 else f"z <= -{claim.start}"
    power = f"^{claim.power}" if claim.power > 1 else ""
    return f"|sigma'(z)| >= beta*|z|{power} for every {there}, beta = {claim.factor}"


def _near_line(step: Said) -> str:
    falling = step.says(NearLine).falling
    slope = "sup(-sigma') > 0" if falling else "sigma' >= 0"
    return f"|sigma - alpha*z| <= S_alpha with alpha > 0, and {slope}"


# -- records ---------------------------------------------------------------------------------------


def _nothing(_: Said) -> dict[str, object]:
    return {}


def _kink_record(step: Said) -> dict[str, object]:
    claim = step.says(NotSmooth)
    return {"order": claim.order, "at": claim.near}


def _enclosed_record(step: Said) -> dict[str, object]:
    """The covers of a supremum; nothing for the value at zero."""
    proposal = step.proposal
    if not isinstance(proposal, SupremumProposal):
        return {}
    return {
        "quantity": proposal.quantity,
        "kappa": None if proposal.parameter is None else str(proposal.parameter),
        "proofs": covers_record(proposal.sides),
    }


def covers_record(sides: tuple[OneSided, ...]) -> list[dict[str, object]]:
    """The covers and witnesses of a quantity."""
    return [_cover_record(side) for side in sides]


def _cover_record(side: OneSided) -> dict[str, object]:
    point = side.witness.point
    made: dict[str, object] = {
        "sign": side.sign,
        "bits": side.bits,
        "upper": str(side.upper),
        "breaks": [str(x) for x in side.breaks],
        "rules": list(side.rules),
        "centres": {str(i): str(centre) for i, centre in side.centres},
        "lower": str(side.lower),
        "witness": {
            "kind": side.witness.kind,
            "point": None if point is None else str(point),
            "end": side.witness.end,
        },
    }
    return made if side.scale == 1 else {**made, "scale": str(side.scale)}


def _asymptote_record(step: Said) -> dict[str, object]:
    claim = step.says(Asymptote)
    limit = [str(claim.lo), str(claim.hi)]
    return {"end": claim.end, "slope": str(claim.slope), "limit": limit}


def _steep_record(step: Said) -> dict[str, object]:
    claim = step.says(Steep)
    return {
        "end": claim.end,
        "sign": claim.sign,
        "start": str(claim.start),
        "factor": str(claim.factor),
        "power": claim.power,
    }


SENTENCES: Mapping[type[Claim], Callable[[Said], str]] = MappingProxyType(
    {
        Smooth: _smooth,
        NotSmooth: _kink,
        Enclosed: _enclosed,
        Asymptote: _asymptote,
        Steep: _steep,
        NearLine: _near_line,
    }
)
PAYLOADS: Mapping[type[Claim], Callable[[Said], dict[str, object]]] = MappingProxyType(
    {
        Smooth: _nothing,
        NotSmooth: _kink_record,
        Enclosed: _enclosed_record,
        Asymptote: _asymptote_record,
        Steep: _steep_record,
        NearLine: _nothing,
    }
)
