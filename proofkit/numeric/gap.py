"""The stationary law of the SDE and its spectral gap in dimension 1 and 2, by discretisation:
measured, not proved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proofkit.errors import InputError

Potential = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True)
class Stationary:
    """mu_s on a grid: ``points`` (m, N), ``weights`` (m,) summing to 1, ``loss`` (m,), and the gap
    of -(s/2) Laplacian + grad L . grad.
    """

    points: NDArray[np.float64]
    weights: NDArray[np.float64]
    loss: NDArray[np.float64]
    gap: float

    def mean(self, values: NDArray[np.float64]) -> float:
        """E_mu of values given at the points."""
        return float((self.weights * values).sum())


def stationary(
    L: Potential, dimension: int, noise: float, lam: float, cells: int | None = None
) -> Stationary:
    """mu_s, proportional to exp(-2 L/s), and its spectral gap.

    L         takes points (m, N) to values (m,); L >= (lambda/2) r^2 + min R is assumed for the
    size of the box cells     per axis, default 4000 in dimension 1 and 120 in dimension 2

    The generator is discretised as a reversible walk between neighbouring cells, whose rates use
    exp(-2 L/s) at the midpoints; its error is of the order of the squared cell size.  InputError
    for a dimension other than 1 and 2.
    """
    if dimension not in (1, 2):
        raise InputError(f"the spectral gap is measured in dimension 1 and 2, not {dimension}")
    m = cells or (4000 if dimension == 1 else 120)
    radius = _radius(L, dimension, noise, lam)
    axis = np.linspace(-radius, radius, m)
    h = axis[1] - axis[0]
    grid = np.stack(np.meshgrid(*([axis] * dimension), indexing="ij"), axis=-1).reshape(
        -1, dimension
    )
    loss = L(grid)
    low = loss.min()
    density = np.exp(-2 * (loss - low) / noise)
    keep = density > 1e-280
    number = np.full(len(grid), -1)
    number[keep] = np.arange(keep.sum())
    number = number.reshape([m] * dimension)
    rows, columns, rates = [], [], []
    for k in range(dimension):
        first = tuple(slice(0, -1) if q == k else slice(None) for q in range(dimension))
        second = tuple(slice(1, None) if q == k else slice(None) for q in range(dimension))
        u, v = number[first].ravel(), number[second].ravel()
        both = (u >= 0) & (v >= 0)
        ids = np.arange(len(grid)).reshape([m] * dimension)
        middle = (grid[ids[first].ravel()[both]] + grid[ids[second].ravel()[both]]) / 2
        rows.append(u[both])
        columns.append(v[both])
        rates.append(noise / (2 * h * h) * np.exp(-2 * (L(middle) - low) / noise))
    gap = _second_eigenvalue(
        np.concatenate(rows),
        np.concatenate(columns),
        np.concatenate(rates),
        density[keep],
        dimension,
    )
    weights = density[keep] / density[keep].sum()
    return Stationary(grid[keep], weights, loss[keep], gap)


def _radius(L: Potential, dimension: int, noise: float, lam: float) -> float:
    """Beyond it mu_s has no mass that floating point would see."""
    radius = 1.0
    rng = np.random.default_rng(0)
    u = np.concatenate(
        [np.eye(dimension), -np.eye(dimension), rng.standard_normal((64, dimension))]
    )
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    inside = np.concatenate([u * r for r in np.linspace(0, 8 * np.sqrt(noise / lam) + 8, 400)])
    floor = L(inside).min()
    while 2 * (L(u * radius).min() - floor) / noise < 45 or lam * radius**2 / noise < 45:
        radius *= 1.25
    return radius


def _second_eigenvalue(rows: Any, columns: Any, rates: Any, density: Any, dimension: int) -> float:
    """Of the symmetric form D^(-1/2) (diag - rates) D^(-1/2), D the density: its lowest eigenvalue
    is 0.
    """
    from scipy import sparse
    from scipy.linalg import eigh_tridiagonal
    from scipy.sparse.linalg import eigsh

    size = len(density)
    scaled = rates / np.sqrt(density[rows]) / np.sqrt(density[columns])
    out = np.bincount(rows, rates, size) + np.bincount(columns, rates, size)
    diagonal = out / density
    if dimension == 1:
        return float(
            eigh_tridiagonal(diagonal, -scaled, select="i", select_range=(1, 1), eigvals_only=True)[
                0
            ]
        )
    A = sparse.coo_matrix((-scaled, (rows, columns)), (size, size))
    A = (A + A.T + sparse.diags(diagonal)).tocsc()
    lowest = np.sort(
        eigsh(
            A,
            k=3,
            sigma=-1e-3 * float(np.median(diagonal)) - 1e-12,
            which="LM",
            return_eigenvectors=False,
        )
    )
    return float(lowest[1])
