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
from typing import Any

from flint import arb

from proofkit.errors import InputError
from proofkit.kernel.univariate import balls
from proofkit.kernel.univariate.rounding import round_up
from proofkit.kernel.univariate.terms import Node

BITS = 96
MAX_WORK = 60_000
"""Samples times cells: a few seconds."""

ROOM = Fraction(1, 64)
Potential = Callable[[arb], tuple[arb, arb]]


@dataclass(frozen=True)
class Quadrature:
    """Where the criterion is evaluated: the point m, the ends left < m < right, and the number of
    cells on each side.
    """

    m: Fraction
    left: Fraction
    right: Fraction
    cells: int


def potential(
    root: Node,
    squared: bool,
    rows: Sequence[tuple[Fraction, Fraction]],
    weight: Fraction,
    lam: Fraction,
    noise: Fraction,
) -> Potential:
    """w -> enclosures of V(w) and V'(w), V = 2 L/s, on a ball w; rows holds (x_i, y_i)."""
    tape = balls.Tape(root)
    data = [(balls.ball(x), balls.ball(y)) for x, y in rows]
    a, scale, half = balls.ball(weight), balls.ball(2 / noise / len(rows)), balls.ball(lam / noise)

    def value(w: arb) -> tuple[arb, arb]:
        v, dv = arb(0), arb(0)
        for x, y in data:
            jet = tape.series(x * w, 2)
            f, df = a * jet[0], a * x * jet[1]
            if squared:
                v += (f - y) ** 2 / 2
                dv += (f - y) * df
            else:
                e = (-y * f).exp()
                v += e.log1p()
                dv += -y * df * e / (1 + e)
        return scale * v + half * w * w, scale * dv + 2 * half * w

    return value


def poincare_bound(
    V: Potential, q: Quadrature, slope: tuple[Fraction, Fraction], noise: Fraction
) -> arb:
    """An upper bound (as a ball) of 4 max(B+, B-); ``slope`` is (m_d, b_d) with w L'(w) >= m_d w^2
    - b_d.

    Raises InputError when the ends are too near for the slope to be positive there.
    """
    with balls.precision(BITS):
        sides = [_side(V, q.m, end, q.cells, slope, noise) for end in (q.left, q.right)]
        return 4 * sides[0].max(sides[1])


def _side(
    V: Potential,
    m: Fraction,
    end: Fraction,
    cells: int,
    slope: tuple[Fraction, Fraction],
    noise: Fraction,
) -> arb:
    reach = abs(end)
    if end == 0 or (end - m) * end <= 0:
        raise InputError("the ends of the quadrature must lie on their own side of m and of 0")
    g = balls.ball(2 / noise * (slope[0] * reach - slope[1] / reach))
    if not g > 0:
        raise InputError("the ends of the quadrature are too near")
    h = balls.ball(abs(end - m) / cells)
    masses, inverses = [], []
    for k in range(cells):
        one, two = m + (end - m) * Fraction(k, cells), m + (end - m) * Fraction(k + 1, cells)
        centre, _ = V(balls.ball((one + two) / 2))
        _, bend = V(balls.hull(one, two))
        cell = centre + bend * (h / 2) * arb(0, 1)
        masses.append(h * arb((-cell).exp().upper()))
        inverses.append(h * arb(cell.exp().upper()))
    at_end, _ = V(balls.ball(end))
    tail = (-at_end).exp() / g
    inner = arb(0)
    best = sum(inverses, arb(0)) * tail + 1 / g**2
    outer = tail
    after = [arb(0)] * cells
    for k in range(cells - 1, -1, -1):
        outer += masses[k]
        after[k] = outer
    for k in range(cells):
        inner += inverses[k]
        best = best.max(after[k] * inner)
    return best


def exponent(bound: arb, lam: Fraction, noise: Fraction) -> Fraction:
    """xi with lambda exp(-xi) <= (s/2)/bound, rounded up, and ROOM above: a second program has
    other enclosures on the cells.
    """
    with balls.precision(BITS):
        return round_up(balls.upper((balls.ball(2 * lam / noise) * bound).log()) + ROOM, 15)


def choose(
    V: Potential, slope: tuple[Fraction, Fraction], lam: Fraction, noise: Fraction, samples: int
) -> Quadrature | None:
    """Ends where the density is negligible, m near the median (found in floating point: any m is
    sound); None where
    floating point loses the scale."""
    cells = max(40, min(4000, MAX_WORK // (2 * samples)))
    spread = Fraction(float(noise / lam) ** 0.5).limit_denominator(1000) + Fraction(1, 100)
    reach = 6 * spread + Fraction(2 * float(slope[1] / slope[0]) ** 0.5).limit_denominator(1000)
    with balls.precision(BITS):
        points = [-reach + 2 * reach * Fraction(k, 400) for k in range(401)]
        values = [float(V(balls.ball(w))[0].mid()) for w in points]
    low = min(values)
    if not all(abs(v) < 1e300 for v in values):
        return None
    weights = [2.718281828459045 ** -min(700.0, v - low) for v in values]
    total, so_far, m = sum(weights), 0.0, Fraction(0)
    for w, weight in zip(points, weights, strict=True):
        so_far += weight
        if so_far >= total / 2:
            m = w
            break
    alive = [w for w, v in zip(points, values, strict=True) if v - low < 40]
    step = 2 * reach / 400
    if not alive:
        return None
    least = Fraction(float(slope[1] / slope[0]) ** 0.5 * 1.5).limit_denominator(1000) + spread / 4
    return Quadrature(
        m, min(alive[0] - step, -least, m - step), max(alive[-1] + step, least, m + step), cells
    )


def rows_of(table: Any) -> list[tuple[Fraction, Fraction]]:
    """(x_i, y_i) of a table with one feature."""
    return [
        (Fraction(row[0], table.x_scale), Fraction(y, table.y_scale))
        for row, y in zip(table.rows, table.labels, strict=True)
    ]
