"""Softmax cross-entropy: l(f, y) = log(exp f_1 + ... + exp f_q) - f_y for the class y of q."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, NoReturn

from flint import arb

from proofkit.kernel.losses.loss import Loss, Number
from proofkit.kernel.objective.data import DataSummary
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import Node

CROSS_ENTROPY_TEXT = "cross-entropy"
"""How certificates and options write it: it is no expression in one variable."""
OF_TWO_CLASSES = parse("log(1 + exp(-z))")
"""The loss of two classes as a function of f_y - f_k."""


@dataclass(frozen=True, slots=True)
class CrossEntropyLoss(Loss):
    """The loss of q >= 2 classes; y is the number of the class, from 0.

    It is no function of one variable.  ``phi`` is that of two classes, and nothing rests on it; a
    rule asks ``Slope.of_cross_entropy`` and ``Bend.of_cross_entropy``.

    >>> CrossEntropyLoss().text
    'cross-entropy'
    """

    phi: Node = OF_TWO_CLASSES

    letter: ClassVar[str] = "-"
    argument_text: ClassVar[str] = "f, y"
    classifies: ClassVar[bool] = True

    @property
    def text(self) -> str:
        """Its name."""
        return CROSS_ENTROPY_TEXT

    def argument(self, f: Number, y: arb) -> Number:
        """KernelError: there is no single argument."""
        _of_several_outputs()

    def inner_slope(self, y: arb) -> arb:
        """KernelError, likewise."""
        _of_several_outputs()

    def reach(self, low: Fraction, high: Fraction, data: DataSummary) -> tuple[Fraction, Fraction]:
        """KernelError, likewise."""
        _of_several_outputs()

    def why_not(self, data: DataSummary) -> str:
        """Labels are the numbers of classes, 0 to q - 1."""
        if data.y_min < 0:
            return "the loss is cross-entropy and a label is no number of a class"
        return ""

    @property
    def offset(self) -> Node:
        """KernelError, likewise."""
        _of_several_outputs()

    def mean_offset(self, symbolic: bool) -> Node:
        """KernelError, likewise."""
        _of_several_outputs()

    def mean_square(self, factor: Node, shift: Node, symbolic: bool) -> Node:
        """KernelError, likewise."""
        _of_several_outputs()

    @property
    def square(self) -> Fraction | None:
        """None: it is no square of the residual."""
        return None


def _of_several_outputs() -> NoReturn:
    raise KernelError("cross-entropy is a function of several outputs")
