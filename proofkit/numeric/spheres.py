"""The least value of ||grad L||^2/s - Laplacian L that is found on a sphere |theta| = r.

A quasi-Newton descent along the sphere from many points at once, most of them where nets of large
weights have small outputs: blocks whose norms are powers of r, and pairs of units that cancel.
What is found is an upper bound of the minimum, and proves nothing below it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from proofkit.numeric.kernels import Floats
from proofkit.numeric.layered import LayeredNet

EXPONENTS = (-2.0, -1.0, 0.0, 1.0)
"""The norm of a block of a starting point is r to one of these, about."""
STARTS, ROUNDS = 48, 250
STEP = 1e-5
"""Of the central differences of the Laplacian, in proportion to a block's entries, and to 1/r."""
SMALLEST_STEP = 2.0**-40
SLOPE_KEPT = 1e-4
"""How much of the predicted decrease a step has to give."""


@dataclass(frozen=True)
class Lowest:
    """The least value found on a sphere, where, and how many points were descended from."""

    radius: float
    value: float
    theta: Any
    starts: int


def lowest(
    net: LayeredNet,
    noise: float,
    radius: float,
    rng: np.random.Generator,
    *,
    starts: int = STARTS,
    rounds: int = ROUNDS,
    also: Any = None,
) -> Lowest:
    """The least value that descent finds; ``also`` are further points (R, N) to descend from.

    The value is NaN where the kernel gave no number at all.
    """
    points = starting_points(net, radius, rng, starts)
    if also is not None:
        points = np.concatenate([points, _on_sphere(np.asarray(also, float), radius)])
    found, values = _descended(net, noise, radius, points, rounds)
    finite = np.where(np.isfinite(values), values, np.inf)
    best = int(np.argmin(finite))
    value = float(values[best]) if np.isfinite(values[best]) else float("nan")
    return Lowest(radius, value, found[best], len(points))


def starting_points(net: LayeredNet, radius: float, rng: np.random.Generator, count: int) -> Floats:
    """Points on the sphere: blocks of norms r^e, in every other one pairs of units that cancel."""
    theta = rng.standard_normal((count, net.size))
    for block in net.blocks:
        part = theta[:, block.start : block.end]
        size = radius ** rng.choice(EXPONENTS, (count, 1))
        theta[:, block.start : block.end] = (
            part / np.linalg.norm(part, axis=1, keepdims=True) * size
        )
    for row in theta[::2]:
        _pair_units(net, row, radius, rng)
    return _on_sphere(theta, radius)


def _pair_units(net: LayeredNet, theta: Floats, radius: float, rng: np.random.Generator) -> None:
    """In place: a unit of each hidden layer gets the weights of another, nearly, and leaves with the
    opposite ones.
    """
    weights = {block.layer: block for block in net.blocks if not block.is_bias}
    for level, (layer, after) in enumerate(zip(net.layers, net.layers[1:], strict=False), start=1):
        if layer.rows < 2 or level not in weights or level + 1 not in weights:
            continue
        one, two = rng.choice(layer.rows, 2, replace=False)
        into = theta[weights[level].start : weights[level].end].reshape(layer.rows, -1)
        out = theta[weights[level + 1].start : weights[level + 1].end].reshape(after.rows, -1)
        into[two] = into[one] + rng.standard_normal(into.shape[1]) / radius
        out[:, two] = -out[:, one]


def _on_sphere(theta: Floats, radius: float) -> Floats:
    norm = np.linalg.norm(theta, axis=1, keepdims=True)
    return np.asarray(theta * (radius / np.where(norm > 0, norm, 1.0)))


def _slope(net: LayeredNet, noise: float, radius: float, theta: Floats) -> Floats:
    """The gradient along the sphere: of ||grad L||^2 by a product with the Hessian, of the Laplacian
    by differences.
    """
    g = net.gradient(theta)
    full = 2 / noise * net.full_hessian_product(theta, g) - _slope_of_laplacian(net, radius, theta)
    normal = theta / radius
    return np.asarray(full - (full * normal).sum(axis=1, keepdims=True) * normal)


def _slope_of_laplacian(net: LayeredNet, radius: float, theta: Floats) -> Floats:
    count, size = theta.shape
    step = STEP * (np.abs(theta) + 1 / radius)
    moves = step[:, :, None] * np.eye(size)
    ahead, behind = (
        net.laplacian((theta[:, None] + sign * moves).reshape(-1, size)).reshape(count, size)
        for sign in (1.0, -1.0)
    )
    return np.asarray((ahead - behind) / (2 * step))


def _descended(
    net: LayeredNet, noise: float, radius: float, theta: Floats, rounds: int
) -> tuple[Floats, Floats]:
    """Where the descent ends from each point (R, N), and the values there."""
    with np.errstate(all="ignore"):
        value = net.villani(theta, noise)
        slope = _slope(net, noise, radius, theta)
        inverse = _first_inverse(theta, slope)
        for _ in range(rounds):
            direction = -(inverse @ slope[..., None])[..., 0]
            downhill = (direction * slope).sum(axis=1)
            lost = ~(downhill < 0)
            direction[lost], downhill[lost] = -slope[lost], -(slope[lost] ** 2).sum(axis=1)
            inverse[lost] = np.eye(theta.shape[1]) * 1e-6
            moved, new = _searched(net, noise, radius, theta, direction, value, downhill)
            fine = np.isfinite(new) & (new < value)
            if not fine.any():
                break
            moved = np.where(fine[:, None], moved, theta)
            new_slope = _slope(net, noise, radius, moved)
            inverse = _updated(inverse, moved - theta, new_slope - slope, fine)
            inverse[~fine] = np.eye(theta.shape[1]) * 1e-9
            theta, slope = moved, new_slope
            value = np.where(fine, new, value)
    return theta, value


def _first_inverse(theta: Floats, slope: Floats) -> Floats:
    """A first step of a hundredth of each entry, at most."""
    size = np.abs(theta) / np.maximum(np.abs(slope), 1e-300) / 100
    return np.asarray(np.clip(size, 1e-12, 1e6)[:, :, None] * np.eye(theta.shape[1]))


def _searched(
    net: LayeredNet,
    noise: float,
    radius: float,
    theta: Floats,
    direction: Floats,
    value: Floats,
    downhill: Floats,
) -> tuple[Floats, Floats]:
    """The first of the steps 1, 1/4, 1/16, ... that keeps enough of the predicted decrease."""
    step = np.ones(len(theta))
    moved, new = theta, value
    open_ = np.ones(len(theta), bool)
    while open_.any() and step.max(where=open_, initial=0.0) > SMALLEST_STEP:
        trial = _on_sphere(theta + step[:, None] * direction, radius)
        at = net.villani(trial, noise)
        good = open_ & (at <= value + SLOPE_KEPT * step * downhill)
        moved = np.where(good[:, None], trial, moved)
        new = np.where(good, at, new)
        open_ &= ~good
        step = np.where(open_, step / 4, step)
    return moved, new


def _updated(inverse: Floats, moved: Floats, change: Floats, fine: Any) -> Floats:
    """The update of Broyden, Fletcher, Goldfarb and Shanno, where the curvature along is positive."""
    along = (moved * change).sum(axis=1)
    good = fine & (along > 1e-300) & np.isfinite(along)
    rho = np.where(good, 1 / np.where(good, along, 1.0), 0.0)[:, None, None]
    left = np.eye(moved.shape[1]) - rho * moved[:, :, None] * change[:, None, :]
    out = left @ inverse @ left.swapaxes(1, 2) + rho * moved[:, :, None] * moved[:, None, :]
    return np.asarray(np.where(good[:, None, None], out, inverse))
