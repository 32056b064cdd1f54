"""Readers with problems of their own, and whether a certificate can be about such a problem."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction

from proofkit.campaign.headline import deciding
from proofkit.campaign.judge import Judge
from proofkit.campaign.losses import LOSSES, Phi
from proofkit.campaign.opinion import environment
from proofkit.campaign.places import Json
from proofkit.campaign.scopes import holds
from proofkit.campaign.words import FALSE, TRUE, UNDECIDED

LAMBDAS = ("0", "-1", "1/10", "1", "100")
NOISES = ("1/1000", "1/10", "1", "100")
ACTIVATIONS = ("tanh(z)", "tanh(2*z)", "atan(z)", "log(1 + exp(z))", "z^2", "Max(z, 0)")
POINTS = (Fraction(-3), Fraction(-1, 2), Fraction(1, 3), Fraction(2))


@dataclass(frozen=True)
class Stranger:
    """A problem that a reader may have; None for what he does not say."""

    lam: str | None
    noise: str | None
    loss: str | None
    activation: str | None


def stranger(rng: random.Random, content: Json) -> Stranger:
    """Another reader: some of the certificate's problem, some of his own."""
    spec = content["problem"]
    own = spec["activation"]["expression"]
    return Stranger(
        rng.choice([None, spec["lambda"], *LAMBDAS]),
        rng.choice([None, spec["noise"], *NOISES]),
        rng.choice([None, spec["loss"], *LOSSES]),
        rng.choice([None, own, own, rng.choice(ACTIVATIONS)]),
    )


def about(mutant: Json, reader: Stranger) -> str:
    """FALSE where a certificate with a verdict is not about the reader's problem, TRUE where it is
    as far as both say, UNDECIDED where a threshold has no value.
    """
    spec = mutant["problem"]
    if reader.loss is not None and _are_other_losses(Phi(reader.loss), Phi(spec["loss"])):
        return FALSE
    if reader.activation is not None and differ(
        reader.activation, spec["activation"]["expression"]
    ):
        return FALSE
    for own, recorded in ((reader.lam, spec["lambda"]), (reader.noise, spec["noise"])):
        if own is not None and recorded is not None and Fraction(own) != Fraction(recorded):
            return FALSE
    both = (mutant["claim"], mutant["verdict"]) == ("villani-iff", "PROVED")
    words = [] if both else [_in_scope(mutant, step, reader) for step in deciding(mutant)]
    return next((word for word in (FALSE, UNDECIDED) if word in words), TRUE)


def _are_other_losses(one: Phi, two: Phi) -> bool:
    """True where two losses have other arguments or other values."""
    return one.classifies != two.classifies or differ(one.in_z, two.in_z)


def differ(one: str, two: str) -> bool:
    """True where two expressions have values that differ."""
    first, second = Judge(one), Judge(two)
    for z in POINTS:
        a, b = first.at(z, 0), second.at(z, 0)
        if (a is None) != (b is None):
            return True
        if a is not None and b is not None and abs(a[0] - b[0]) > 1e-20:
            return True
    return False


def _in_scope(mutant: Json, step: Json, reader: Stranger) -> str:
    """Whether the reader's lambda and s are among those of a goal."""
    scope, constants = step["claim"]["scope"], environment(mutant, step)
    ranges = [(reader.lam, scope["lam"], "LambdaIs"), (reader.noise, scope.get("noise"), "NoiseIs")]
    words = [TRUE]
    for own, wide, kind in ranges:
        if own is None or wide is None or wide["is"] in ("AnyLambda", "AnyNoise"):
            continue
        if wide["is"] in ("LambdaIs", "NoiseIs", "NoiseIsIfUpTo"):
            words.append(TRUE if Fraction(own) == Fraction(wide["value"]) else FALSE)
            continue
        inside = holds({"is": kind, "value": own}, wide, constants)
        words.append(UNDECIDED if inside is None else TRUE if inside else FALSE)
    return next((word for word in (FALSE, UNDECIDED) if word in words), TRUE)
