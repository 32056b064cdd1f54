"""The gradient, the Laplacian and the Hessian of L at one W in ball arithmetic: what decides when
floating point accuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_series

from proofkit.activation.catalogue import Activation
from proofkit.kernel.univariate.balls import Tape, ball, precision
from proofkit.losses.catalogue import resolve
from proofkit.numeric.reference import Reference

BITS = (128, 512, 2048)
"""Precisions tried in turn."""


@dataclass(frozen=True)
class At:
    """L at one W: ``gradient`` (p, d) and ``laplacian`` in balls, W (p, d) itself, lambda and s.

    ``losses`` are l_i, l'_i and l''_i, derivatives in f_i, of each sample.
    """

    losses: Sequence[tuple[arb, arb, arb]]
    W: list[list[arb]]
    gradient: list[list[arb]]
    laplacian: arb
    curvature: Callable[[Sequence[Sequence[Any]]], list[list[arb]]]
    lam: arb
    noise: arb

    @property
    def radius(self) -> arb:
        """||W||."""
        return _norm(self.W)

    def value(self) -> arb:
        """L."""
        risk = sum((value for value, _, _ in self.losses), arb(0)) / len(self.losses)
        return risk + self.lam / 2 * _inner(self.W, self.W)

    def slope(self) -> arb:
        """The largest |l'_i|."""
        return _largest(slope for _, slope, _ in self.losses)

    def bend(self) -> arb:
        """The largest |l''_i|."""
        return _largest(bend for _, _, bend in self.losses)

    def risk_gradient(self) -> arb:
        """||grad R||, R = L without its decay."""
        return _norm(
            [
                [g - self.lam * w for g, w in zip(row, line, strict=True)]
                for row, line in zip(self.gradient, self.W, strict=True)
            ]
        )

    def gradient_norm(self) -> arb:
        """||grad L||."""
        return _norm(self.gradient)

    def risk_laplacian(self) -> arb:
        """Laplacian R."""
        return self.laplacian - self.lam * (len(self.W) * len(self.W[0]))

    def radial(self) -> arb:
        """<grad L, W>."""
        return _inner(self.gradient, self.W)

    def villani(self) -> arb:
        """||grad L||^2/s - Laplacian L."""
        return _inner(self.gradient, self.gradient) / self.noise - self.laplacian

    def hessian_norm(self, V: Sequence[Sequence[Any]]) -> arb:
        """||Hessian L V||/||V||, a lower bound of the norm of the Hessian."""
        return _norm(self.curvature(V)) / _norm([[arb(v) for v in row] for row in V])


def _inner(A: Sequence[Sequence[arb]], B: Sequence[Sequence[arb]]) -> arb:
    total = arb(0)
    for row, other in zip(A, B, strict=True):
        for a, b in zip(row, other, strict=True):
            total += a * b
    return total


def _largest(values: Iterable[arb]) -> arb:
    found = arb(0)
    for value in values:
        found = found.max(abs(value))
    return found


def _norm(A: Sequence[Sequence[arb]]) -> arb:
    return _inner(A, A).max(arb(0)).sqrt()


@dataclass(frozen=True)
class ExactNet:
    """The net of ``kernels.Net`` on exact data: rows (n, d), labels (n,), outer weights (p,),
    lambda and s.
    """

    activation: Activation
    loss: str
    rows: Sequence[Sequence[Fraction]]
    labels: Sequence[Fraction]
    outer: Sequence[Fraction]
    lam: Fraction
    noise: Fraction

    def decide(self, W: Any, holds: Callable[[At], bool | None]) -> bool | None:
        """``holds`` of L at the floating-point numbers W (p, d), at rising precision until it
        knows; None when none does.
        """
        for bits in BITS:
            with precision(bits, 3):
                found = holds(self._at(np.asarray(W, float).tolist()))
            if found is not None:
                return found
        return None

    def _at(self, weights: list[list[float]]) -> At:
        sigma, loss = Reference(self.activation.root), resolve(self.loss)
        phi = Tape(loss.phi)
        W = [[arb(w) for w in row] for row in weights]
        X = [[ball(x) for x in row] for row in self.rows]
        a = [ball(q) for q in self.outer]
        n, p, d = len(X), len(W), len(W[0])
        lam = ball(self.lam)
        gradient = [[lam * w for w in row] for row in W]
        laplacian = lam * (p * d)
        slopes: list[list[arb]] = []
        bends: list[list[arb]] = []
        losses: list[tuple[arb, arb, arb]] = []
        first: list[arb] = []
        second: list[arb] = []
        for x, y in zip(X, self.labels, strict=True):
            jets = [
                sigma.series(sum((u * v for u, v in zip(x, w, strict=True)), arb(0)), 3) for w in W
            ]
            f = sum((c * jet[0] for c, jet in zip(a, jets, strict=True)), arb(0))
            ell = phi.values(loss.argument(arb_series([f, 1], prec=3), ball(y)), 3)[-1]
            losses.append((ell[0], ell[1], 2 * ell[2]))
            first.append(losses[-1][1] / n)
            second.append(losses[-1][2] / n)
            slopes.append([c * jet[1] for c, jet in zip(a, jets, strict=True)])
            bends.append([c * 2 * jet[2] for c, jet in zip(a, jets, strict=True)])
            size = sum((v * v for v in x), arb(0))
            for j in range(p):
                weight = first[-1] * slopes[-1][j]
                for k in range(d):
                    gradient[j][k] += weight * x[k]
                laplacian += (second[-1] * slopes[-1][j] ** 2 + first[-1] * bends[-1][j]) * size

        def curvature(V: Sequence[Sequence[Any]]) -> list[list[arb]]:
            direction = [[arb(v) for v in row] for row in V]
            out = [[lam * v for v in row] for row in direction]
            for i, x in enumerate(X):
                along = [
                    sum((u * v for u, v in zip(x, row, strict=True)), arb(0)) for row in direction
                ]
                change = sum((s * t for s, t in zip(slopes[i], along, strict=True)), arb(0))
                for j in range(p):
                    weight = second[i] * change * slopes[i][j] + first[i] * bends[i][j] * along[j]
                    for k in range(d):
                        out[j][k] += weight * x[k]
            return out

        return At(losses, W, gradient, laplacian, curvature, lam, ball(self.noise))
