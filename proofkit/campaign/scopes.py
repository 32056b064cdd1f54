"""For which lambda and s a claim of a certificate is, and whether that lies within another range."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from proofkit.campaign.places import Json
from proofkit.campaign.values import NoValueError, number, value_of
from proofkit.campaign.words import FALSE, TRUE


def scope_word(claim: Json, spec: Json, constants: Mapping[str, Json]) -> str:
    """FALSE where a claim is about another lambda or s than the problem names, or beyond any."""
    scope = claim.get("scope")
    if scope is None:
        return TRUE
    lam, noise = scope["lam"], scope.get("noise", {"is": "AnyNoise"})
    if lam["is"] == "LambdaIs" and lam["value"] != spec["lambda"]:
        return FALSE
    if noise["is"] in ("NoiseIs", "NoiseIsIfUpTo") and noise["value"] != spec["noise"]:
        return FALSE
    positive = claim["is"] not in ("Fails", "GradientLipschitz", "Smooth")
    if positive and lam["is"] == "LambdaIs" and Fraction(lam["value"]) <= 0:
        return FALSE
    threshold = claim.get("threshold")
    if positive and threshold is not None and lam["is"] == "LambdaIs":
        least = numeric(threshold, constants)
        if least is not None and not number(lam["value"]) > least:
            return FALSE
    if positive and lam["is"] in ("AnyLambda", "LambdaAtMostZero", "LambdaBelow"):
        return FALSE
    return TRUE


def numeric(term: str, constants: Mapping[str, Json]) -> Any:
    """The value of a term, None where it has none here; the lower end of what is enclosed."""
    names = {n: number(c["lo"]) for n, c in constants.items() if c.get("lo") is not None}
    try:
        return value_of(term, names)
    except NoValueError:
        return None


def narrower(mine: Json, theirs: Json, constants: Mapping[str, Json]) -> bool:
    """True where one scope lies in another."""
    if theirs.get("one_sign", False) and not mine.get("one_sign", False):
        return False
    lam, wide = mine["lam"], theirs["lam"]
    noise, wide_noise = mine.get("noise"), theirs.get("noise")
    if lam != wide and not holds(lam, wide, constants):
        return False
    if noise == wide_noise or noise is None:
        return True
    if wide_noise is None:
        return False
    return bool(holds(noise, wide_noise, constants))


def holds(given: Json, wide: Json, constants: Mapping[str, Json]) -> bool | None:
    """True where a number lies in a range; None where an end of that has no value here."""
    if wide["is"] in ("AnyLambda", "AnyNoise"):
        return True
    if given["is"] == "NoiseIsIfUpTo":
        return given["largest"] == wide.get("largest")
    if given["is"] not in ("LambdaIs", "NoiseIs"):
        return False
    value = number(given["value"])
    term = next((text for key, text in wide.items() if key not in ("is", "value")), "0")
    end = numeric(str(term), constants)
    if end is None:
        return None
    match wide["is"]:
        case "LambdaAbove":
            return bool(value > end)
        case "LambdaAtMostZero":
            return bool(value <= 0)
        case "LambdaBelow":
            return bool(0 <= value < end)
        case "NoiseFrom":
            return bool(value >= end)
        case "NoiseUpTo":
            return bool(value <= end)
        case "NoiseBelow":
            return bool(0 < value < end)
        case _:
            return False
