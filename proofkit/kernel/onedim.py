"""Muckenhoupt's criterion for a net with one weight, by rigorous quadrature.

For V = 2 L/s on the line and any m, the Poincare constant of exp(-V)/Z is at most
4 max(B+, B-), B+ = sup_{x > m} (integral of e^-V over (x, oo)) (integral of e^V over (m, x)),
B- likewise to the left; and at least max(B+, B-)/2 when m is a median.  On a cell
V lies in V(c) + V'(cell) [-h/2, h/2]; beyond the last cell V' >= g > 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.proposals import QuadratureProposal
from proofkit.kernel.univariate import balls
from proofkit.kernel.univariate.rounding import round_up
from proofkit.kernel.univariate.terms import Node
from proofkit.reading.table import Table

BITS = 96
DIGITS = 15
MAX_WORK = 60_000
"""Samples times cells: a few seconds."""

Potential = Callable[[arb], tuple[arb, arb]]


class QuadratureError(ValueError):
    """The criterion cannot be evaluated where it is proposed."""


@dataclass(frozen=True, slots=True)
class Slope:
    """w L'(w) >= m w^2 - b for every w."""

    m: Fraction
    b: Fraction


@dataclass(frozen=True, slots=True)
class Line:
    """L for one weight: sigma, the loss, the samples (x_i, y_i), the outer weight, lambda and s."""

    sigma: Node
    loss: Loss
    rows: Sequence[tuple[Fraction, Fraction]]
    outer: Fraction
    lam: Fraction
    noise: Fraction


def potential(line: Line) -> Potential:
    """w -> enclosures of V(w) and V'(w), V = 2 L/s, on a ball w."""
    tape, loss_tape, loss = balls.Tape(line.sigma), balls.Tape(line.loss.phi), line.loss
    data = [(balls.ball(x), balls.ball(y)) for x, y in line.rows]
    a = balls.ball(line.outer)
    scale = balls.ball(2 / line.noise / len(line.rows))
    stiffness = balls.ball(line.lam / line.noise)

    def value(w: arb) -> tuple[arb, arb]:
        v, dv = arb(0), arb(0)
        for x, y in data:
            jet = tape.series(x * w, 2)
            f, df = a * jet[0], a * x * jet[1]
            phi = loss_tape.series(loss.argument(f, y), 2)
            v += phi[0]
            dv += phi[1] * loss.inner_slope(y) * df
        return scale * v + stiffness * w * w, scale * dv + 2 * stiffness * w

    return value


def poincare_bound(V: Potential, where: QuadratureProposal, slope: Slope, noise: Fraction) -> arb:
    """An upper bound (as a ball) of 4 max(B+, B-).

    Raises QuadratureError when there are no cells, or an end is too near for the slope to be
    positive there.
    """
    if not (where.left < where.m < where.right and where.cells > 0):
        raise QuadratureError("the quadrature has no sense")
    with balls.precision(BITS):
        left, right = (
            _side(V, where.m, end, where.cells, slope, noise) for end in (where.left, where.right)
        )
        return 4 * left.max(right)


def _side(
    V: Potential, m: Fraction, end: Fraction, cells: int, slope: Slope, noise: Fraction
) -> arb:
    """B on the side of an end: the largest product of a mass beyond and an inverse before."""
    beyond_end = _mass_beyond(V, m, end, slope, noise)
    masses, inverses = _cells(V, m, end, cells)
    outer = [beyond_end.mass]
    for mass in reversed(masses):
        outer.append(outer[-1] + mass)
    inner = [arb(0)]
    for inverse in inverses:
        inner.append(inner[-1] + inverse)
    # For x beyond the end: a mass of at most e^-V(x)/g, inverses of at most inner + e^V(x)/g.
    best = inner[-1] * beyond_end.mass + 1 / beyond_end.slope**2
    for k in range(cells):
        best = best.max(outer[cells - k] * inner[k + 1])
    return best


@dataclass(frozen=True, slots=True)
class _Beyond:
    """The mass of e^-V beyond an end, at most e^-V(end)/slope as V' >= slope > 0 there."""

    mass: arb
    slope: arb


def _mass_beyond(
    V: Potential, m: Fraction, end: Fraction, slope: Slope, noise: Fraction
) -> _Beyond:
    reach = abs(end)
    if end == 0 or (end - m) * end <= 0:
        raise QuadratureError("the ends of the quadrature must lie on their own side of m and of 0")
    g = balls.ball(2 / noise * (slope.m * reach - slope.b / reach))
    if not g > 0:
        raise QuadratureError("the ends of the quadrature are too near")
    at_end, _ = V(balls.ball(end))
    return _Beyond((-at_end).exp() / g, g)


def _cells(V: Potential, m: Fraction, end: Fraction, cells: int) -> tuple[list[arb], list[arb]]:
    """Upper bounds of the integrals of e^-V and of e^V over each cell from m to the end."""
    h = balls.ball(abs(end - m) / cells)
    masses: list[arb] = []
    inverses: list[arb] = []
    for k in range(cells):
        one, two = m + (end - m) * Fraction(k, cells), m + (end - m) * Fraction(k + 1, cells)
        centre, _ = V(balls.ball((one + two) / 2))
        _, bend = V(balls.hull(one, two))
        cell = centre + bend * (h / 2) * arb(0, 1)
        masses.append(h * arb((-cell).exp().upper()))
        inverses.append(h * arb(cell.exp().upper()))
    return masses, inverses


def exponent(bound: arb, lam: Fraction, noise: Fraction) -> Fraction:
    """xi with lambda exp(-xi) <= (s/2)/bound, rounded up.

    Raises QuadratureError where the bound is no number.
    """
    with balls.precision(BITS):
        value = (balls.ball(2 * lam / noise) * bound).log()
        if not value.is_finite():
            raise QuadratureError("the integrals have no finite enclosure")
        return round_up(balls.upper(value), DIGITS)


def rows_of(table: Table) -> list[tuple[Fraction, Fraction]]:
    """(x_i, y_i) of a table with one feature."""
    return [
        (Fraction(row[0], table.x_scale), Fraction(y, table.y_scale))
        for row, y in zip(table.rows, table.labels, strict=True)
    ]
