"""Small nets of any depth with numbers, differentiated exactly, and the bounds of the composition.

The gradient is by backpropagation; the Hessian by that at complex points, theta + i h e_k, where the
imaginary part over h is a derivative to the accuracy of the numbers (sigma and l are analytic).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proofkit.kernel.formula import Constant, evaluate
from proofkit.kernel.network.bound import Bound
from proofkit.kernel.network.dense import Apart, Dense, Fixed, Shifted
from proofkit.kernel.network.elementwise import Elementwise
from proofkit.kernel.network.layer import Bend, Layer, Slope
from proofkit.kernel.network.net import Net
from proofkit.kernel.network.writing import root
from proofkit.kernel.symbols import symbol
from proofkit.kernel.univariate.terms import Node, num

Array = NDArray[Any]
STEP = 1e-30
SLACK = 1 + 1e-9
"""Room for the rounding of the observed numbers."""


@dataclass(frozen=True)
class Sigma:
    """An activation with its derivative, and upper bounds of its constants."""

    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    M1: str
    M2: str
    sigma0: str
    kappa: str
    H: str
    S0: str | None = None
    low: str = "0"

    def layer(self, width: int) -> Elementwise:
        """The layer with these numbers as its constants."""
        sup = "0" if self.S0 is None else self.S0

        def of(given: str) -> Node:
            return num(Fraction(given))

        return Elementwise(
            num(width),
            M1=of(self.M1),
            M2=of(self.M2),
            S0=of(sup),
            S_hi=of(sup),
            S_lo=of(self.low),
            sigma0=of(self.sigma0),
            kappa=of(self.kappa),
            H=of(self.H),
        )


def logistic(u: Array) -> Array:
    """1/(1 + exp(-u)), at complex points too."""
    small = np.exp(np.where(u.real > 0, -u, u))
    return np.where(u.real > 0, 1, small) / (1 + small)


def softplus(u: Array) -> Array:
    """log(1 + exp(u)), at complex points too."""
    return np.where(u.real > 0, u, 0) + np.log1p(np.exp(np.where(u.real > 0, -u, u)))


SIGMAS = {
    "tanh": Sigma(
        np.tanh, lambda u: 1 - np.tanh(u) ** 2,
        "1", "0.7698003589195011", "0", "0", "0.4477433", "1", "-1",
    ),
    "sigmoid": Sigma(
        logistic, lambda u: logistic(u) * (1 - logistic(u)),
        "0.25", "0.0962250448649377", "0.5", "0", "0.2238717", "1", "0",
    ),
    "softplus": Sigma(
        softplus, logistic,
        "1", "0.25", "0.6931471805599454", "1", "0.6931471805599454",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class DeepNet:
    """u_l = W_l h_{l-1} (+ b_l), h_l = sigma(u_l), f = u_D; X is n x d, Y is n x q.

    ``trained`` says which W_l are; each b_l is trained.  The loss is |f - y|^2/2 ("squared"), log(1 + exp(-y f)) of a single output ("logistic"), or cross-entropy, where each row
    of Y has a 1 in the column of its class.
    """

    sigma: Sigma
    weights: tuple[Array, ...]
    biases: tuple[Array | None, ...]
    trained: tuple[bool, ...]
    X: Array
    Y: Array
    loss: str = "squared"

    @property
    def depth(self) -> int:
        """D."""
        return len(self.weights)

    # -- what is observed --------------------------------------------------------------------------

    def inner(self) -> tuple[list[Array], list[Array]]:
        """(h_0, ..., h_{D-1}) and (u_1, ..., u_D), a row for each sample."""
        values, inner = [self.X], []
        for W, b in zip(self.weights, self.biases, strict=True):
            inner.append(values[-1] @ W.T + (0 if b is None else b))
            values.append(self.sigma.value(inner[-1]))
        return values[:-1], inner

    def outputs(self) -> Array:
        """f, a row for each sample."""
        return self.inner()[1][-1]

    def slope_of_loss(self) -> Array:
        """The gradient of the loss in f, a row for each sample."""
        f = self.outputs()
        if self.loss == "logistic":
            return -self.Y * logistic(-self.Y * f)
        if self.loss == "squared":
            return f - self.Y
        weights = np.exp(f - f.real.max(axis=1, keepdims=True))
        return weights / weights.sum(axis=1, keepdims=True) - self.Y

    def gradients(self) -> list[Array]:
        """grad R in each trained block: W_l, b_l or both, flat."""
        values, inner = self.inner()
        found: list[Array] = []
        g = self.slope_of_loss()
        for level in reversed(range(self.depth)):
            parts = [(g.T @ values[level]).ravel()] if self.trained[level] else []
            if self.biases[level] is not None:
                parts.append(g.sum(axis=0))
            if parts:
                found.append(np.concatenate(parts) / len(self.X))
            if level:
                g = (g @ self.weights[level]) * self.sigma.slope(inner[level - 1])
        return found[::-1]

    def blocks(self) -> list[Array]:
        """theta_l of each trained block, flat."""
        return [
            np.concatenate([W.ravel() if trained else [], [] if b is None else b])
            for W, b, trained in zip(self.weights, self.biases, self.trained, strict=True)
            if trained or b is not None
        ]

    def moved(self, directions: list[Array], factor: complex) -> DeepNet:
        """The net at theta + factor V."""
        given = iter(directions)
        weights, biases = list(self.weights), list(self.biases)
        for level in range(self.depth):
            W, b = self.weights[level], self.biases[level]
            if not self.trained[level] and b is None:
                continue
            step = next(given)
            if self.trained[level]:
                weights[level] = W + factor * step[: W.size].reshape(W.shape)
                step = step[W.size :]
            biases[level] = None if b is None else b + factor * step
        return replace(self, weights=tuple(weights), biases=tuple(biases))

    def hessian(self) -> Array:
        """The Hessian of R in all trained blocks."""
        sizes = [len(block) for block in self.blocks()]
        cuts = np.cumsum(sizes)[:-1]
        rows = [
            np.concatenate(self.moved(np.split(unit, cuts), 1j * STEP).gradients()).imag / STEP
            for unit in np.eye(sum(sizes))
        ]
        return np.array(rows)

    def hessian_blocks(self) -> list[Array]:
        """Its diagonal blocks."""
        whole, ends = self.hessian(), np.cumsum([0, *(len(block) for block in self.blocks())])
        return [whole[i:j, i:j] for i, j in itertools.pairwise(ends)]

    def rest(self, weights: list[float]) -> Array:
        """sum_k tau_k D_k f . theta_k - K f, the weight of a bias beside trained weights the K of its
        layer.
        """
        exponent, given, directions = 0.0, iter(weights), []
        kappa = float(Fraction(self.sigma.kappa))
        for level, (W, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            exponent *= kappa if level else 1
            if not self.trained[level]:
                directions += [] if b is None else [next(given) * b]
                continue
            tau = next(given)
            exponent += tau
            parts = [tau * W.ravel()] + ([] if b is None else [exponent * b])
            directions.append(np.concatenate(parts))
        along = self.moved(directions, 1j * STEP).outputs().imag / STEP
        return along - exponent * self.outputs()

    # -- what is bounded ---------------------------------------------------------------------------

    def net(self) -> Net:
        """The composition, with the numbers of sigma and the fixed matrices, the norms by name."""
        layers: list[Layer] = []
        for level, (W, b) in enumerate(zip(self.weights, self.biases, strict=True), start=1):
            if level > 1:
                layers.append(self.sigma.layer(W.shape[1]))
            bias = None if b is None else symbol(f"b_{level}")
            if self.trained[level - 1]:
                layers.append(Dense(symbol(f"rho_{level}"), num(W.shape[1]), num(len(W)), bias))
            else:
                layers.append(fixed(W) if bias is None else Shifted(fixed(W), bias))
        return Net(tuple(layers))

    @cached_property
    def known(self) -> dict[str, Constant]:
        """The numbers of the data and the norms of the blocks."""
        n = len(self.X)
        numbers = {
            "B_x": np.linalg.norm(self.X, axis=1).max(),
            "X2": (self.X**2).sum() / n,
            "Lambda_S": np.linalg.eigvalsh(self.X.T @ self.X / n)[-1],
            "B_y": np.linalg.norm(self.Y, axis=1).max(),
            "Y2": (self.Y**2).sum() / n,
            "d": self.X.shape[1],
        }
        for level, (W, b) in enumerate(zip(self.weights, self.biases, strict=True), start=1):
            numbers[f"rho_{level}"] = np.linalg.norm(W)
            numbers[f"b_{level}"] = 0 if b is None else np.linalg.norm(b)
        return {
            name: Constant(name, None, Fraction(float(x)), Fraction(float(x)))
            for name, x in numbers.items()
        }

    def loss_slope(self) -> Slope:
        """What is known of the gradient of the loss in f."""
        one = Bound.of(num(1))
        if self.loss == "logistic":
            return Slope.of_output(one)
        if self.loss == "cross-entropy":
            return Slope.of_cross_entropy()
        value, q = self.net().value(), num(self.Y.shape[1])
        two = Bound.of(symbol("B_y")) + value.norm
        mean = Bound.of(root(symbol("Y2"))) + value.mean_norm
        return Slope(two, two.led_by(root(q)), two, mean)

    def loss_bend(self) -> Bend:
        """What is known of the Hessian of the loss in f."""
        if self.loss == "logistic":
            return Bend.of_output(num(Fraction(1, 4)))
        if self.loss == "cross-entropy":
            return Bend.of_cross_entropy()
        return Bend.of_output(num(1), outputs=num(self.Y.shape[1]))

    def upper(self, term: Node) -> float:
        """The upper end of a formula's value."""
        enclosure = evaluate(term, self.known)
        assert enclosure is not None
        return float(enclosure[1])

    def ratios(self) -> Iterator[tuple[str, float]]:
        """Each observed number over its bound, by question."""
        yield from self._ratios_of_value()
        net, slope, bend = self.net(), self.loss_slope(), self.loss_bend()
        for gradient, bound in zip(self.gradients(), net.gradient(slope), strict=True):
            yield "slope", float(np.linalg.norm(gradient)) / self.upper(bound.term())
        curvature, alone = net.curvature(slope, bend), self.hessian_blocks()
        for block, bound in zip(alone, net.laplacian(slope, bend), strict=True):
            yield "trace", np.trace(block) / self.upper(bound.term())
        for block, high, low in zip(alone, curvature.upper, curvature.lower, strict=True):
            ends = np.linalg.eigvalsh(block)
            yield "curvature, above", ends[-1] / self.upper(high.term())
            yield "curvature, below", -ends[0] / self.upper(low.term()) if low.parts else 0.0
        ends = np.linalg.eigvalsh(self.hessian())
        yield "all blocks, above", ends[-1] / self.upper(curvature.highest())
        lowest = self.upper(curvature.lowest())
        yield "all blocks, below", -ends[0] / lowest if lowest else 0.0
        yield from self._ratios_of_radial()

    def _ratios_of_value(self) -> Iterator[tuple[str, float]]:
        sizes = np.linalg.norm(self.outputs(), axis=1)
        nets = [("value", self.net())]
        if self.sigma.S0 is not None:
            nets.append(("value, range", self.net().bounded()))
        for name, net in nets:
            yield name, sizes.max() / self.upper(net.value().norm.term())
            rms = np.sqrt((sizes**2).mean())
            yield f"{name}, mean", rms / self.upper(net.value().mean_norm.term())

    def _ratios_of_radial(self) -> Iterator[tuple[str, float]]:
        count = len(self.blocks())
        for weights in ([1.0] * count, [0.5 + k for k in range(count)]):
            pull = self.net().radial(tuple(num(Fraction(tau)) for tau in weights))
            size = np.linalg.norm(self.rest(weights), axis=1).max()
            bound = self.upper(pull.norm.term())
            yield "radial", size / bound if bound else float(size > 1e-12)


def fixed(A: Array) -> Fixed:
    """The layer of a fixed matrix, with upper bounds of its norms."""

    def above(x: np.floating[Any]) -> Node:
        return num(Fraction(float(x) * (1 + 1e-14)))

    single = len(A) == 1
    pairs = A[:, None] - A[None]
    return Fixed(
        num(len(A)),
        above(np.linalg.norm(A, 2)),
        above(np.linalg.norm(A)),
        above(np.abs(A).sum(axis=1).max()),
        above(np.abs(A).max()),
        num(Fraction(float(A.clip(min=0).sum()))) if single else None,
        num(Fraction(float((-A).clip(min=0).sum()))) if single else None,
        Apart(
            above(np.abs(pairs).sum(axis=2).max()),
            above(np.linalg.norm(pairs, axis=2).max()),
            above(np.abs(pairs).max()),
        ),
    )
