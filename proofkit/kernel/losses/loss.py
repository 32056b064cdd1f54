"""What every loss answers: l(f, y) = phi(argument of f and y), phi a term in one variable.

The kinds are in files of their own: ``residual`` (the argument is u = f - y) and ``margin``
(m = y f with y = -1 or +1).  phi is written with z inside, and with the letter of the kind outside.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, TypeVar

from flint import arb, arb_series

from proofkit.kernel.objective.data import DataSummary
from proofkit.kernel.univariate.terms import Node, Z, substitute, to_text

Number = TypeVar("Number", arb, arb_series)


@dataclass(frozen=True, slots=True)
class Loss(ABC):
    """l(f, y) = phi(argument(f, y)); ``phi`` is a term in z."""

    phi: Node

    letter: ClassVar[str]
    """The letter of the argument in texts."""

    argument_text: ClassVar[str]
    """The argument as a formula in f and y."""

    classifies: ClassVar[bool]
    """True when the labels are -1 and +1."""

    @property
    def text(self) -> str:
        """phi in the letter of its argument, as certificates have it.

        >>> from proofkit.kernel.losses.kinds import loss_of_text
        >>> loss_of_text("log(1 + exp(-m))").text
        'log(1 + exp(-m))'
        """
        return to_text(substitute(self.phi, {Z: Node("name", (), self.letter)}))

    @abstractmethod
    def argument(self, f: Number, y: arb) -> Number:
        """The argument of phi."""

    @abstractmethod
    def inner_slope(self, y: arb) -> arb:
        """The derivative of the argument in f: l' is phi' times it, l'' is phi'' times its square."""

    @abstractmethod
    def reach(self, low: Fraction, high: Fraction, data: DataSummary) -> tuple[Fraction, Fraction]:
        """The ends of an interval that contains every argument, where every f_i is in [low, high]."""

    @abstractmethod
    def why_not(self, data: DataSummary) -> str:
        """Why these labels are none for the loss; '' when they are."""

    # -- formulas ----------------------------------------------------------------------------------
    # l' f = phi'(x) (x + o) with x the argument and an offset o, which is y or 0.

    @property
    @abstractmethod
    def offset(self) -> Node:
        """A bound of the offset, |f| <= |x| + offset and |x| <= |f| + offset."""

    @abstractmethod
    def mean_offset(self, symbolic: bool) -> Node:
        """A bound of the mean of |offset|."""

    @abstractmethod
    def mean_square(self, factor: Node, shift: Node, symbolic: bool) -> Node:
        """A bound of the mean of (factor |offset| + shift)^2, for factor, shift >= 0."""

    @property
    @abstractmethod
    def square(self) -> Fraction | None:
        """c > 0 where l(f, y) = (c/2) (f - y)^2 for all f and y; None for any other loss."""
