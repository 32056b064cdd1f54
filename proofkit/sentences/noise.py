"""For which s a proof says that L is a Villani function, in numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from proofkit.kernel.claims import AnyNoise, Claim, Fails, NoiseBelow, NoiseFrom, Villani
from proofkit.kernel.formula import Constant, evaluate
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.univariate.rounding import number_text
from proofkit.kernel.univariate.terms import Node
from proofkit.kernel.verdicts import fails_throughout, is_about_an_instance

Said = tuple[Claim, Mapping[str, Constant]]
"""A claim with the constants known in it."""


@dataclass(frozen=True)
class NoiseKnown:
    """L is a Villani function for 0 < s < ``proved_below``, and for no s >= ``refuted_above``.

    None where nothing is known, also where a critical s has no value, because data or lambda are
    symbols, and where L is a Villani function for every s.
    """

    proved_below: Fraction | None = None
    refuted_above: Fraction | None = None

    def json(self) -> dict[str, str | None]:
        """Decimals, rounded so that what is said stays true.

        >>> NoiseKnown(Fraction(1, 3), Fraction(2)).json()["noise_proved_below"]
        '0.333333333333333333'
        """
        below, above = self.proved_below, self.refuted_above
        return {
            "noise_proved_below": None if below is None else number_text(below, -1),
            "noise_refuted_above": None if above is None else number_text(above, 1),
        }


def noise_known(goals: Iterable[Said], objective: Objective) -> NoiseKnown:
    """What the goals of a proof say of s; nothing where s is a number."""
    if objective.noise is not None:
        return NoiseKnown()
    goals = tuple(goals)
    below = [end for claim, known in goals if (end := _proved_below(claim, known)) is not None]
    above = [end for goal in goals if (end := _refuted_above(*goal, objective)) is not None]
    return NoiseKnown(max(below, default=None), min(above, default=None))


def _proved_below(claim: Claim, known: Mapping[str, Constant]) -> Fraction | None:
    """A number below which every s > 0 makes L a Villani function."""
    if type(claim) is not Villani or type(claim.scope.noise) is not NoiseBelow:
        return None
    value = _value(claim.scope.noise.critical, known)
    return None if value is None else value[0]


def _refuted_above(
    claim: Claim, known: Mapping[str, Constant], objective: Objective
) -> Fraction | None:
    """A number from which on no s makes L a Villani function, for the lambda of the objective."""
    if type(claim) is not Fails or not fails_throughout(claim, objective):
        return None
    if objective.symbolic and is_about_an_instance(claim):
        return None
    match claim.scope.noise:
        case None | AnyNoise():
            return None if objective.symbolic else Fraction(0)
        case NoiseFrom(critical):
            value = _value(critical, known)
            return None if value is None else value[1]
        case _:
            return None


def _value(term: Node, known: Mapping[str, Constant]) -> tuple[Fraction, Fraction] | None:
    """An enclosure of a critical s; None while it has no value."""
    try:
        return evaluate(term, known)
    except ArithmeticError:
        return None
