"""What the search finds of a loss: proposals for the kernel's rules about phi, each made once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from proofkit.errors import InputError
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.losses.quantities import asked
from proofkit.kernel.proposals import LossProposal, Proposal, SupremumProposal
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.rules.loss import is_mirrored
from proofkit.kernel.suprema import Interval
from proofkit.kernel.univariate.derivative import NotDifferentiableError, derivative
from proofkit.kernel.univariate.rounding import round_up
from proofkit.kernel.univariate.workspace import OpenError
from proofkit.search.proposals import TooLongError, UnboundedError, propose

OMEGA_DIGITS = 2


class UnknownError(Exception):
    """Something about the loss was not found; the message is what is open."""


@dataclass
class LossSearch:
    """The proposals about one loss, shared by the problems of one run."""

    loss: Loss
    budget: float = 20.0
    made: dict[object, Proposal | UnknownError] = field(default_factory=dict)

    def _once(self, key: object, make: Callable[[], Proposal]) -> Proposal:
        """What was made before under this key; UnknownError again where that failed."""
        if key not in self.made:
            try:
                self.made[key] = make()
            except (OpenError, KernelError, NotDifferentiableError, ArithmeticError) as error:
                self.made[key] = UnknownError(str(error))
        found = self.made[key]
        if isinstance(found, UnknownError):
            raise found
        return found

    def supremum(
        self, quantity: str, interval: Interval | None = None, what: str = ""
    ) -> SupremumProposal:
        """A quantity of phi itself, as "M1", "M2" and "S_lo", over R or an interval.

        Raises UnknownError where it is infinite or not found; ``what`` names it there.
        """

        def make() -> Proposal:
            try:
                return propose(self.loss.phi, quantity, interval=interval, budget=self.budget)
            except TooLongError as error:
                raise InputError(f"a number has more digits than can be written: {error}") from None
            except UnboundedError as error:
                how = re.sub(r"\bz\b", self.loss.letter, error.how.replace("sigma", "phi"))
                raise OpenError(f"{what or quantity} of the loss is infinite: {how}") from None

        found = self._once((quantity, interval), make)
        assert isinstance(found, SupremumProposal), "what was made"
        return found

    def quantity(self, name: str, parameter: Fraction | None = None) -> SupremumProposal:
        """eta, zeta, dip or h_omega; UnknownError where it is infinite or not found."""

        def make() -> Proposal:
            question = asked(self.loss.phi, name, parameter)
            try:
                found = propose(
                    question.root, question.name, question.parameter, budget=self.budget
                )
            except UnboundedError:
                raise OpenError(f"{name} of the loss is infinite") from None
            return SupremumProposal(name, parameter, found.sides, found.exact, found.at)

        found = self._once((name, parameter), make)
        assert isinstance(found, SupremumProposal), "what was made"
        return found

    def bounds(self, interval: Interval | None = None) -> LossProposal:
        """Those of phi' and phi'' that are bounded; UnknownError where neither is."""
        parts: list[SupremumProposal | None] = []
        reasons: list[str] = []
        for quantity, what in (("M1", "the slope"), ("M2", "the curvature")):
            try:
                parts.append(self.supremum(quantity, interval, what))
            except UnknownError as error:
                parts.append(None)
                reasons.append(str(error))
        if not any(parts):
            raise UnknownError("; ".join(reasons))
        return LossProposal(*parts)

    def omega(self) -> Fraction:
        """A rational omega for which phi'^2 - omega x phi' may be bounded: at least sup |phi''|.

        UnknownError where the curvature is not bounded.
        """
        if self.loss.square is not None:
            return self.loss.square
        sides = self.supremum("M2", None, "the curvature").sides
        high = max(side.upper for side in sides)
        return high if high.denominator < 10**OMEGA_DIGITS else round_up(high, OMEGA_DIGITS)

    def mirror(self) -> SupremumProposal:
        """That phi decreases, where phi(-x) - phi(x) = x; UnknownError where that is not so."""

        def make() -> Proposal:
            if not is_mirrored(self.loss):
                raise OpenError("phi(-x) - phi(x) is not seen to be x")
            return propose(derivative(self.loss.phi), "S_hi", budget=self.budget)

        found = self._once("mirror", make)
        assert isinstance(found, SupremumProposal), "what was made"
        return found
