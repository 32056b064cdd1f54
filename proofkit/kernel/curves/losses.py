"""The losses along a curve: l, its gradient and its Hessian in the outputs, as series in t."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import partial

from proofkit.kernel.curves.composition import FLAT, reciprocal, values
from proofkit.kernel.curves.constants import ONE, rational
from proofkit.kernel.curves.passes import LossAlong, LossAt
from proofkit.kernel.curves.series import NOTHING, Series, constant, of_order, total
from proofkit.kernel.losses.cross_entropy import CrossEntropyLoss
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import Node

EXP = parse("exp(z)")
LOG = parse("log(z)")


def loss_at(loss: Loss, outputs: int) -> LossAt:
    """A loss of so many outputs; KernelError for one that is none of so many."""
    if type(loss) is CrossEntropyLoss:
        return _cross_entropy
    if loss.classifies and outputs == 1:
        return partial(_of_margin, loss.phi)
    if not loss.classifies and outputs == 1:
        return partial(_of_residual, loss.phi)
    square = loss.square
    if square is None:
        raise KernelError("of several outputs the loss is cross-entropy or a square")
    return partial(_square_of_several, square)


def fits(loss: Loss, outputs: int, y: tuple[Fraction, ...]) -> bool:
    """True for targets that a sample of this loss has."""
    if type(loss) is CrossEntropyLoss:
        return len(y) == 1 and y[0].denominator == 1 and 0 <= y[0] < outputs
    if loss.classifies:
        return len(y) == 1 and abs(y[0]) == 1
    return len(y) == outputs


def _of_margin(phi: Node, f: Sequence[Series], y: tuple[Fraction, ...]) -> LossAlong:
    """phi(y f), y = -1 or +1."""
    value, slope, bend = values(phi, f[0].times(y[0]), 3)
    return LossAlong(value, (slope.times(y[0]),), ((bend,),))


def _of_residual(phi: Node, f: Sequence[Series], y: tuple[Fraction, ...]) -> LossAlong:
    """phi(f - y)."""
    value, slope, bend = values(phi, f[0] - constant(rational(y[0])), 3)
    return LossAlong(value, (slope,), ((bend,),))


def _square_of_several(square: Fraction, f: Sequence[Series], y: tuple[Fraction, ...]) -> LossAlong:
    """(c/2) |f - y|^2."""
    errors = [one - constant(rational(target)) for one, target in zip(f, y, strict=True)]
    bend = constant(rational(square))
    return LossAlong(
        total((e * e).times(square / 2) for e in errors),
        tuple(e.times(square) for e in errors),
        tuple(tuple(bend if i == j else NOTHING for j in range(len(f))) for i in range(len(f))),
    )


def _cross_entropy(f: Sequence[Series], y: tuple[Fraction, ...]) -> LossAlong:
    """log sum_k exp f_k - f_y: with the shares p of softmax the slope is p - e_y, the Hessian
    diag p - p p^T.
    """
    shares = [_share(f, k) for k in range(len(f))]
    right = int(y[0])
    slope = [p - constant(ONE) if k == right else p for k, p in enumerate(shares)]
    bend = tuple(
        tuple((p if i == j else NOTHING) - p * q for j, q in enumerate(shares))
        for i, p in enumerate(shares)
    )
    return LossAlong(_loss_of_classes(f, right), tuple(slope), bend)


def _end_of(u: Series) -> int:
    """1 where u -> oo, -1 where u -> -oo, 0 where it tends to a number; KernelError otherwise."""
    if u.size is None or u.size < 0:
        return 0
    exponent, number = u.leading()
    return number.sign() if exponent > 0 else 0


def _share(f: Sequence[Series], k: int) -> Series:
    """exp f_k/sum_j exp f_j."""
    apart = [one - f[k] for one in f]
    ends = [_end_of(u) for u in apart]
    if max(ends) > 0:
        return of_order(
            FLAT * min(u.leading()[0] for u, end in zip(apart, ends, strict=True) if end > 0)
        )
    return reciprocal(_sum_of_exponentials(apart))


def _sum_of_exponentials(apart: Sequence[Series]) -> Series:
    """The sum of exp u, where no u tends to +oo."""
    return total(values(EXP, u, 1)[0] for u in apart)


def _loss_of_classes(f: Sequence[Series], right: int) -> Series:
    """log sum_k exp(f_k - f_y) = (f_top - f_y) + log sum_k exp(f_k - f_top), top a largest output."""
    for top in f:
        apart = [one - top for one in f]
        if all(_end_of(u) <= 0 for u in apart):
            return (top - f[right]) + values(LOG, _sum_of_exponentials(apart), 1)[0]
    raise KernelError("no output is the largest")
