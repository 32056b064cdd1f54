"""Where Muckenhoupt's criterion is evaluated, found in floating point: any choice is sound."""

from __future__ import annotations

import math
from fractions import Fraction

from proofkit.kernel.onedim import BITS, MAX_WORK, Line, Slope, potential
from proofkit.kernel.proposals import QuadratureProposal
from proofkit.kernel.univariate import balls

POINTS = 400
FEWEST, MOST = 40, 4000
"""Cells on each side."""
NEGLIGIBLE = 40
"""Where V lies this much above its minimum, the density is left to the bound of the tail."""
LARGEST = 1e300


def choose(line: Line, slope: Slope) -> QuadratureProposal | None:
    """Ends where the density is negligible, m near the median; None where floating point loses the
    scale.
    """
    spread = Fraction(float(line.noise / line.lam) ** 0.5).limit_denominator(1000)
    spread += Fraction(1, 100)
    settled = float(slope.b / slope.m) ** 0.5
    reach = 6 * spread + Fraction(2 * settled).limit_denominator(1000)
    points = [-reach + 2 * reach * Fraction(k, POINTS) for k in range(POINTS + 1)]
    V = potential(line)
    with balls.precision(BITS):
        values = [float(V(balls.ball(w))[0].mid()) for w in points]
    if not all(abs(v) < LARGEST for v in values):
        return None

    low = min(values)
    alive = [w for w, v in zip(points, values, strict=True) if v - low < NEGLIGIBLE]
    if not alive:
        return None
    m = _median(points, [math.exp(-min(700.0, v - low)) for v in values])
    step = 2 * reach / POINTS
    least = Fraction(1.5 * settled).limit_denominator(1000) + spread / 4
    return QuadratureProposal(
        m,
        min(alive[0] - step, -least, m - step),
        max(alive[-1] + step, least, m + step),
        max(FEWEST, min(MOST, MAX_WORK // (2 * len(line.rows)))),
    )


def _median(points: list[Fraction], weights: list[float]) -> Fraction:
    """The first point with half of the weight up to it."""
    half, so_far = sum(weights) / 2, 0.0
    for point, weight in zip(points, weights, strict=True):
        so_far += weight
        if so_far >= half:
            return point
    return Fraction(0)
