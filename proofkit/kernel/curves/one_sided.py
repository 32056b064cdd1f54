"""The risk on one side of a point of a line of weights: R(theta_0 + t v) as a series for t -> 0+.

The activations and the loss may have kinks: an Abs, Max or Min turns on the sign of its switch,
which for all small t > 0 is that of the first coefficient of the switch along the line.  A
function that is C^k at t = 0 has one Taylor polynomial of degree k there, on both sides; so where
two coefficients of t^k differ, as t -> 0+ and t -> 0-, it is not C^k.

A series in t -> 0+ is one in 1/t -> oo, which is how ``series`` writes it: t^k has the exponent -k.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from proofkit.kernel.claims import Monomial, Sample, UnitGroup
from proofkit.kernel.curves.composition import values
from proofkit.kernel.curves.constants import Number, rational
from proofkit.kernel.curves.losses import loss_at
from proofkit.kernel.curves.series import Series, constant, monomial, total
from proofkit.kernel.losses.cross_entropy import CrossEntropyLoss
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.domain import switch_of
from proofkit.kernel.univariate.terms import Node

HIGHEST = 4
"""The highest order of a derivative that is looked at."""


def beside(root: Node, u: Series) -> Series:
    """A piecewise smooth function of u(t), t -> 0+.

    Raises KernelError where it is not seen on which side of a kink u is.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> relu, t = parse("Max(z, 0)"), monomial(1, -1)
    >>> str(beside(relu, t)), str(beside(relu, -t))
    ('(1) t^-1', '0')
    """
    node = _innermost_kink(root)
    while node is not None:
        root = terms.substitute(root, {node: _branch(node, u)})
        node = _innermost_kink(root)
    return values(root, u, 1)[0]


def _innermost_kink(root: Node) -> Node | None:
    """An Abs, Max or Min with no other in its arguments; None where there is none at all."""
    kinked = (node for node in terms.walk(root) if node.op in terms.KINKED)
    smooth_inside = (node for node in kinked if not any(map(_has_kinks, node.args)))
    return next(smooth_inside, None)


def _has_kinks(root: Node) -> bool:
    return any(node.op in terms.KINKED for node in terms.walk(root))


def _branch(node: Node, u: Series) -> Node:
    """What an Abs, Max or Min is along u(t) for every small t > 0."""
    positive = _sign_beside(values(switch_of(node), u, 1)[0]) >= 0
    if node.op == "Abs":
        return node.args[0] if positive else terms.neg(node.args[0])
    return node.args[0] if positive == (node.op == "Max") else node.args[1]


def _sign_beside(switch: Series) -> int:
    """The sign for every small t > 0, 0 for the function 0; KernelError where it is not seen."""
    if switch.vanishes:
        return 0
    if not switch.terms:
        raise KernelError("it is not seen on which side of a kink an argument is")
    _, coefficient = switch.leading()
    return coefficient.sign()


# -- the risk --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LineOfNets:
    """The groups of the layers with weights c or c t, the activations, the loss."""

    layers: tuple[tuple[UnitGroup, ...], ...]
    activations: tuple[Node, ...]
    loss: Loss

    def difference(self, sample: Sample) -> Series:
        """The loss of a sample as t -> 0+, less what the Taylor polynomial as t -> 0- makes of t > 0."""
        return self._loss_of(sample, 1) - _mirrored(self._loss_of(sample, -1))

    def _loss_of(self, sample: Sample, side: int) -> Series:
        h = tuple(constant(rational(entry)) for entry in sample.x)
        counts = (1,) * len(h)
        for groups, sigma in zip(self.layers[:-1], self.activations, strict=True):
            h = tuple(beside(sigma, _argument(group, h, counts, side)) for group in groups)
            counts = tuple(group.count for group in groups)
        f = tuple(_argument(group, h, counts, side) for group in self.layers[-1])
        return _loss(self.loss, f, sample.y)


def _mirrored(left: Series) -> Series:
    """The terms in t for a series in -t."""
    if any(exponent.denominator != 1 for exponent, _ in left.terms):
        raise KernelError("a loss is no power series on a side of the kink")
    turned = ((e, q if e % 2 == 0 else -q) for e, q in left.terms)
    return Series(tuple(turned), left.order)


def _argument(
    group: UnitGroup, h: tuple[Series, ...], counts: tuple[int, ...], side: int
) -> Series:
    parts = (
        (_on_side(weight, side) * value).times(count)
        for weight, value, count in zip(group.weights, h, counts, strict=True)
        if weight.coefficient != 0
    )
    u = total(parts)
    return u if group.bias is None else u + _on_side(group.bias, side)


def _on_side(weight: Monomial, side: int) -> Series:
    """c, or c t on one side of 0."""
    if weight.exponent == 0:
        return monomial(weight.coefficient, 0)
    return monomial(side * weight.coefficient, -weight.exponent)


def _loss(loss: Loss, f: tuple[Series, ...], y: tuple[Fraction, ...]) -> Series:
    """The loss of a sample, which may be at a kink of phi."""
    if len(f) != 1 or type(loss) is CrossEntropyLoss:
        return loss_at(loss, len(f))(f, y).value
    (output,) = f
    if loss.classifies:
        return beside(loss.phi, output.times(y[0]))
    return beside(loss.phi, output - constant(rational(y[0])))


# -- what jumps ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Jump:
    """The derivative of order ``order`` at 0+ less that at 0-: a number other than 0."""

    order: int
    height: Number


def first_jump(net: LineOfNets, samples: Sequence[Sample]) -> Jump:
    """The first derivative of t -> R that differs for certain on the two sides of t = 0.

    Raises KernelError where a difference may be 0 and may not, or the derivatives up to the order 4
    are the same.
    """
    difference = total(map(net.difference, samples)).times(Fraction(1, len(samples)))
    for order in range(HIGHEST + 1):
        coefficient = difference.coefficient(Fraction(-order))
        if coefficient.is_zero:
            continue
        if order == 0:
            raise KernelError("R is not seen to be continuous along the line")
        coefficient.sign()  # KernelError where it may be 0
        return Jump(order, coefficient * rational(math.factorial(order)))
    raise KernelError(f"the derivatives up to the order {HIGHEST} are the same on both sides")
