"""Losses of the residual, l(f, y) = phi(u) with u = f - y: squared, pseudo-Huber, log-cosh, ..."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from flint import arb

from proofkit.kernel.losses.loss import Loss, Number
from proofkit.kernel.objective.data import DataSummary
from proofkit.kernel.symbols import Y1, Y2, B_y
from proofkit.kernel.univariate.polynomials import coefficients
from proofkit.kernel.univariate.terms import Node


@dataclass(frozen=True, slots=True)
class ResidualLoss(Loss):
    """l(f, y) = phi(f - y), y any real number.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> ResidualLoss(parse("z^2/2")).text, ResidualLoss(parse("z^2/2")).square
    ('u^2/2', Fraction(1, 1))
    """

    letter: ClassVar[str] = "u"
    argument_text: ClassVar[str] = "f - y"
    classifies: ClassVar[bool] = False

    def argument(self, f: Number, y: arb) -> Number:
        """u = f - y."""
        return f - y

    def inner_slope(self, y: arb) -> arb:
        """1."""
        return arb(1)

    def reach(self, low: Fraction, high: Fraction, data: DataSummary) -> tuple[Fraction, Fraction]:
        """[low - y_max, high - y_min]."""
        return low - data.y_max, high - data.y_min

    def why_not(self, data: DataSummary) -> str:
        """Every target is one, as it is in the file."""
        return "labels are mapped only for a loss of the margin" if data.labels is not None else ""

    @property
    def offset(self) -> Node:
        """f = u + y."""
        return B_y

    def mean_offset(self, symbolic: bool) -> Node:
        """The mean of |y|."""
        return B_y if symbolic else Y1

    def mean_square(self, factor: Node, shift: Node, symbolic: bool) -> Node:
        """The mean of (factor |y| + shift)^2."""
        if symbolic:
            return (factor * B_y + shift) ** 2
        return factor**2 * Y2 + 2 * factor * shift * Y1 + shift**2

    @property
    def square(self) -> Fraction | None:
        """c where phi(u) = (c/2) u^2 with c > 0."""
        found = coefficients(self.phi, degree=2)
        if found is None or found[:2] != (0, 0) or found[2] <= 0:
            return None
        return 2 * found[2]
