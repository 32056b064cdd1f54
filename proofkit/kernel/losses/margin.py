"""Losses of the margin, l(f, y) = phi(m) with m = y f and y = -1 or +1: logistic, smooth hinge, ..."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from flint import arb

from proofkit.kernel.losses.loss import Loss, Number
from proofkit.kernel.objective.data import DataSummary
from proofkit.kernel.univariate.terms import ZERO, Node


@dataclass(frozen=True, slots=True)
class MarginLoss(Loss):
    """l(f, y) = phi(y f), y = -1 or +1.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> MarginLoss(parse("softplus(-z)")).text
    'log(1 + exp(-m))'
    """

    letter: ClassVar[str] = "m"
    argument_text: ClassVar[str] = "y*f"
    classifies: ClassVar[bool] = True

    def argument(self, f: Number, y: arb) -> Number:
        """m = y f."""
        return f * y

    def inner_slope(self, y: arb) -> arb:
        """y."""
        return y

    def reach(self, low: Fraction, high: Fraction, data: DataSummary) -> tuple[Fraction, Fraction]:
        """y [low, high] for the labels that there are."""
        ends = [y * f for y in {data.y_min, data.y_max} for f in (low, high)]
        return min(ends), max(ends)

    def why_not(self, data: DataSummary) -> str:
        """Labels are -1 and +1: |y_i| <= 1 with mean square 1 says so."""
        if data.B_y == data.y_square_mean == 1:
            return ""
        return "the loss is one of the margin and the labels are not all -1 or +1"

    @property
    def offset(self) -> Node:
        """l' f = phi'(m) m, as y^2 = 1."""
        return ZERO

    def mean_offset(self, symbolic: bool) -> Node:
        """0."""
        return ZERO

    def mean_square(self, factor: Node, shift: Node, symbolic: bool) -> Node:
        """shift^2."""
        return shift**2

    @property
    def square(self) -> Fraction | None:
        """None: it is no square of the residual."""
        return None
