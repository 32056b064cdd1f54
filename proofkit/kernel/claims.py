"""What can be claimed: which facts prove a claim, and which refute it.

What refutes a claim is a property of the claim.  A failing condition refutes the statement that
L is a Villani function.  Theorems that are cited, and rates that rest on such theorems, are not
refuted where a hypothesis fails: they say nothing there, so the verdict is UNKNOWN.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

CONDITIONS = ("V1", "V2", "V3", "V4")


@dataclass(frozen=True)
class Claim:
    """``proved_by``: the kinds of facts that prove it together; ``refuted_by``: those of which one
    refutes it; ``says``: the claim in words.
    """

    proved_by: frozenset[str]
    refuted_by: frozenset[str]
    says: str


def _claim(proved_by: str, refuted_by: str, says: str) -> Claim:
    kinds = (frozenset(filter(None, text.split(", "))) for text in (proved_by, refuted_by))
    return Claim(*kinds, says)


CLAIMS: Mapping[str, Claim] = MappingProxyType(
    {
        "villani": _claim(
            "Villani",
            "V1 fails, V2 fails, V4 fails",
            "L is a Villani function, for every lambda above the threshold or at the given one",
        ),
        # V2 failing for lambda <= 0 is a half of it.
        "villani-iff": _claim(
            "Villani, V2 fails",
            "V1 fails, V4 fails",
            "L is a Villani function for every lambda > 0, and for no lambda <= 0",
        ),
        # V4 fails on instances with outer weights of both signs, of which it does not speak.
        "villani-one-signed": _claim(
            "Villani if one sign",
            "V1 fails, V2 fails",
            "L is a Villani function for every a whose entries have one sign (symbolic data)",
        ),
        "lipschitz-threshold": _claim(
            "Villani",
            "V1 fails, V2 fails, V4 fails",
            "L is a Villani function, by the published route",
        ),
        "sgd-continuous": _claim(
            "continuous", "", "the cited theorem for the diffusion, with its hypotheses discharged"
        ),
        "sgd-discrete": _claim(
            "discrete", "", "the cited theorem for SGD, with its hypotheses discharged"
        ),
        # It makes L grow like (m/2) r^2 along every ray from 0, and needs a gradient, not V1 or V4.
        "dissipativity": _claim(
            "dissipative", "V2 fails", "<grad L, W> >= m r^2 - b with explicit m > 0 and b"
        ),
        "rate-continuous": _claim(
            "rate", "", "convergence of the diffusion with every constant explicit"
        ),
        "rate-langevin": _claim(
            "langevin", "", "convergence of Langevin Monte Carlo with every constant explicit"
        ),
        "escaping": _claim("V4 fails", "", "V4 fails below an explicit threshold"),
    }
)
