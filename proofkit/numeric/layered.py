"""Loss, gradient, Laplacian and Hessian-vector product of a net of any layers, many nets at once.

The parameters theta are the entries of the trained weights and of the biases, layer by layer, as one
row: first W_l by rows, then b_l.  Everything is exact differentiation: the gradient and the product
with the Hessian go back from the loss, and the Laplacian is that of u_l,

    Laplacian in (W_l, b_l) of R = (1/n) sum_i tr(H_i) (|h_{l-1,i}|^2 + 1), H_i the Hessian in u_l,i,

without the 1 where there is no bias, as u_l is linear in them.
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from proofkit.activation.catalogue import Activation, true_name
from proofkit.errors import InputError
from proofkit.kernel.losses.cross_entropy import CrossEntropyLoss
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.network.architecture import SQUARE, Architecture, require_sense
from proofkit.losses.catalogue import name_of, resolve
from proofkit.numeric.kernels import Chosen, Floats, engine
from proofkit.numeric.scalar import check_dtype

ANY_LOSS = "squared"
"""The loss of an engine of which only sigma is asked."""


# -- the loss of the outputs -----------------------------------------------------------------------


class OutputLoss(ABC):
    """l(f, y) as a function of the outputs f (R, n, q); y (n,), or (n, q) for a square."""

    @abstractmethod
    def value(self, f: Floats) -> Floats:
        """l of each sample, (R, n)."""

    @abstractmethod
    def gradient(self, f: Floats) -> Floats:
        """Its gradient in f, (R, n, q)."""

    @abstractmethod
    def hessian(self, f: Floats) -> Floats:
        """Its Hessian in f, (R, n, q, q)."""

    @abstractmethod
    def on(self, rows: Any) -> OutputLoss:
        """The loss of some samples: ``rows`` (R, m) are their numbers for each net."""

    def beyond(self, f: Floats) -> tuple[str, Floats, str] | None:
        """The arguments outside the range in which the loss is computed, what they are called, and
        where it is; None where there are none.
        """
        return None


@dataclass(frozen=True)
class OneOutput(OutputLoss):
    """phi(f - y) or phi(y f) of a single output."""

    chosen: Chosen
    y: Floats

    @cached_property
    def _inner_slope(self) -> Floats:
        """The derivative of the argument of phi in f."""
        loss: Any = self.chosen.loss
        one, zero = np.ones_like(self.y), np.zeros_like(self.y)
        return np.asarray(loss.argument(one, self.y) - loss.argument(zero, self.y))

    def _phi(self, order: int, f: Floats) -> Floats:
        loss: Any = self.chosen.loss
        argument = np.ascontiguousarray(loss.argument(f[..., 0], self.y))
        return self.chosen.engine.phi(order, argument) * self._inner_slope**order

    def value(self, f: Floats) -> Floats:
        """See ``OutputLoss``."""
        return self._phi(0, f)

    def gradient(self, f: Floats) -> Floats:
        """See ``OutputLoss``."""
        return self._phi(1, f)[..., None]

    def hessian(self, f: Floats) -> Floats:
        """See ``OutputLoss``."""
        return self._phi(2, f)[..., None, None]

    def on(self, rows: Any) -> OneOutput:
        """See ``OutputLoss``."""
        return OneOutput(self.chosen, self.y[rows])

    def beyond(self, f: Floats) -> tuple[str, Floats, str] | None:
        """See ``OutputLoss``."""
        loss: Any = self.chosen.loss
        argument = loss.argument(f[..., 0], self.y)
        low, high = self.chosen.reach
        far = argument[(argument < low) | (argument > high)]
        return (loss.letter, far, self.chosen.note) if far.size else None


@dataclass(frozen=True)
class SquareOfOutputs(OutputLoss):
    """(c/2) |f - y|^2."""

    factor: float
    y: Floats

    def value(self, f: Floats) -> Floats:
        """See ``OutputLoss``."""
        return np.asarray(self.factor / 2 * ((f - self.y) ** 2).sum(axis=-1), f.dtype)

    def gradient(self, f: Floats) -> Floats:
        """See ``OutputLoss``."""
        return np.asarray(self.factor * (f - self.y), f.dtype)

    def hessian(self, f: Floats) -> Floats:
        """See ``OutputLoss``."""
        unit = self.factor * np.eye(f.shape[-1], dtype=f.dtype)
        return np.broadcast_to(unit, (*f.shape, f.shape[-1]))

    def on(self, rows: Any) -> SquareOfOutputs:
        """See ``OutputLoss``."""
        return SquareOfOutputs(self.factor, self.y[rows])


@dataclass(frozen=True)
class OfClasses(OutputLoss):
    """Cross-entropy: log(sum_k exp f_k) - f_y; the entries of y are numbers of classes."""

    y: Floats

    def _true(self, f: Floats) -> Any:
        """The place of the true class, (R, n, 1)."""
        return np.broadcast_to(self.y.astype(np.int64), f.shape[:-1])[..., None]

    def on(self, rows: Any) -> OfClasses:
        """See ``OutputLoss``."""
        return OfClasses(self.y[rows])

    def value(self, f: Floats) -> Floats:
        """Without cancellation: log(sum_k exp(f_k - f_y)), the largest exponent taken out."""
        behind = f - np.take_along_axis(f, self._true(f), axis=-1)
        place = behind.argmax(axis=-1)[..., None]
        largest = np.take_along_axis(behind, place, axis=-1)
        others = np.exp(behind - largest)
        # The largest is exp(0) = 1: left out of the sum, which keeps the digits of what is small.
        np.put_along_axis(others, place, 0, axis=-1)
        return np.asarray(largest[..., 0] + np.log1p(others.sum(axis=-1)))

    def _shares(self, f: Floats) -> Floats:
        powers = np.exp(f - f.max(axis=-1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=-1, keepdims=True))

    def gradient(self, f: Floats) -> Floats:
        """softmax(f) - e_y, the entry of y as minus the sum of the others."""
        shares, true = self._shares(f), self._true(f)
        np.put_along_axis(shares, true, 0, axis=-1)
        np.put_along_axis(shares, true, -shares.sum(axis=-1, keepdims=True), axis=-1)
        return shares

    def hessian(self, f: Floats) -> Floats:
        """diag(p) - p p^T, the entries of the diagonal as sums of p_k p_l over l != k."""
        shares = self._shares(f)
        out = -shares[..., :, None] * shares[..., None, :]
        places = np.arange(f.shape[-1])
        out[..., places, places] = 0
        out[..., places, places] = -out.sum(axis=-1)
        return np.asarray(out)


# -- the layers ------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class WeightLayer:
    """A dense layer with numbers: ``columns`` -> ``rows``; ``fixed`` its weights where not trained.

    ``decay`` and ``bias_decay`` are the lambda of the two penalties, 0 for none.
    """

    rows: int
    columns: int
    fixed: Floats | None = None
    bias: bool = False
    decay: float = 0.0
    bias_decay: float = 0.0

    @property
    def size(self) -> int:
        """How many parameters it has."""
        weights = self.rows * self.columns if self.fixed is None else 0
        return weights + (self.rows if self.bias else 0)


class Block(NamedTuple):
    """Trained weights or a bias: the entries ``start`` to ``end`` of theta, and their decay."""

    layer: int
    is_bias: bool
    start: int
    end: int
    decay: float


class _Forward(NamedTuple):
    """h_0, ..., h_{D-1} and u_1, ..., u_D, each (R, n, m), with the weights (R, m, m')."""

    values: list[Floats]
    inner: list[Floats]
    weights: list[Floats]


@dataclass(frozen=True, repr=False)
class LayeredNet:
    """L(theta) = R(theta) + sum over decayed blocks of (decay/k) |block|^k, k the ``power``.

    theta has shape (N,), or (R, N) for R nets at once.  ``engines`` compute sigma after each layer
    but the last.

    >>> from proofkit.kernel.network.architecture import DenseLayer
    >>> from proofkit.kernel.univariate.parser import parse
    >>> deep = Architecture((DenseLayer(2), DenseLayer(1)), (parse("tanh(z)"),))
    >>> net = LayeredNet.of(deep, "squared", [[1.0], [2.0]], [0.0, 1.0], lam=0.5)
    >>> net.size, net.loss(np.zeros(4)).item(), net.laplacian(np.zeros(4)).item()
    (4, 0.25, 2.0)
    """

    layers: tuple[WeightLayer, ...]
    engines: tuple[Chosen, ...]
    X: Floats
    loss_of: OutputLoss
    power: int = SQUARE
    lam: float = 0.0
    architecture: Architecture | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        widths = " -> ".join(str(m) for m in (self.X.shape[-1], *(x.rows for x in self.layers)))
        return f"<LayeredNet {widths}: {self.size} parameters, n = {self.samples}, {self.X.dtype}>"

    @staticmethod
    def of(
        architecture: Architecture,
        loss: str,
        X: Any,
        y: Any,
        lam: float,
        fixed: Sequence[Any] = (),
        dtype: str = "float64",
    ) -> LayeredNet:
        """From arrays: X (n, d), y (n,) or (n, q), ``fixed`` the matrices of the layers that are not
        trained, in order.  InputError for shapes that do not fit, and for what is not finite.
        """
        kind = check_dtype(dtype)
        X_, y_ = (_numbers(v, kind, name) for v, name in ((X, "X"), (y, "y")))
        if X_.ndim != 2 or 0 in X_.shape or y_.shape[:1] != X_.shape[:1]:
            raise InputError(
                f"X has shape {X_.shape} and y {y_.shape}; they must be (n, d) and (n,) or (n, q)"
            )
        layers = _layers(architecture, X_.shape[1], lam, [_numbers(A, kind, "A") for A in fixed])
        activations = tuple(
            Activation(true_name("custom", root), root) for root in architecture.activations
        )
        resolved = resolve(loss)
        engines = tuple(_engine(a, resolved, kind) for a in activations)
        outputs = _output_loss(resolved, y_, layers[-1].rows, engines, kind)
        return LayeredNet(
            layers, engines, X_, outputs, architecture.power, float(lam), architecture
        )

    # -- the parameters ----------------------------------------------------------------------------

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The trained weights and the biases, in the order of theta; layers from 1."""
        found: list[Block] = []
        at = 0
        for level, layer in enumerate(self.layers, start=1):
            if layer.fixed is None:
                end = at + layer.rows * layer.columns
                found.append(Block(level, False, at, end, layer.decay))
                at = end
            if layer.bias:
                found.append(Block(level, True, at, at + layer.rows, layer.bias_decay))
                at += layer.rows
        return tuple(found)

    @property
    def size(self) -> int:
        """N, the number of parameters."""
        return self.blocks[-1].end

    @property
    def samples(self) -> int:
        """n."""
        return self.X.shape[-2]

    def on(self, rows: Any) -> LayeredNet:
        """The same with a minibatch of its own for each of R nets: ``rows`` (R, m)."""
        return replace(self, X=self.X[rows], loss_of=self.loss_of.on(rows))

    def norms(self, theta: Any) -> Floats:
        """The norm of each block, (R, number of blocks)."""
        return np.stack(
            [np.linalg.norm(theta[..., block.start : block.end], axis=-1) for block in self.blocks],
            axis=-1,
        )

    def _parts(self, theta: Floats) -> Iterator[tuple[Floats | None, Floats | None]]:
        """(W, b) of each layer as they stand in theta (R, N); None for what is not there."""
        at = 0
        for layer in self.layers:
            W = b = None
            if layer.fixed is None:
                end = at + layer.rows * layer.columns
                W = theta[:, at:end].reshape(len(theta), layer.rows, layer.columns)
                at = end
            if layer.bias:
                b = theta[:, at : at + layer.rows]
                at += layer.rows
            yield W, b

    def _many(self, theta: Any) -> tuple[Floats, bool]:
        out = _numbers(theta, str(self.X.dtype), "theta", finite=False)
        if out.ndim not in (1, 2) or out.shape[-1] != self.size:
            raise InputError(
                f"theta has shape {out.shape}; it must be (N,) = ({self.size},), or (R, N)"
            )
        return (out, True) if out.ndim == 2 else (out[None], False)

    # -- forwards ----------------------------------------------------------------------------------

    def _sigma(self, level: int, order: int, u: Floats) -> Floats:
        return self.engines[level].engine.sigma(order, np.ascontiguousarray(u))

    def _forward(self, theta: Floats) -> _Forward:
        count = len(theta)
        values = [np.broadcast_to(self.X, (count, *self.X.shape[-2:]))]
        inner: list[Floats] = []
        weights: list[Floats] = []
        for level, (layer, (W, b)) in enumerate(zip(self.layers, self._parts(theta), strict=True)):
            if W is None:
                assert layer.fixed is not None
                W = np.broadcast_to(layer.fixed, (count, *layer.fixed.shape))
            weights.append(W)
            u = values[-1] @ W.swapaxes(-1, -2)
            inner.append(u if b is None else u + b[:, None])
            if level + 1 < len(self.layers):
                values.append(self._sigma(level, 0, inner[-1]))
        return _Forward(values, inner, weights)

    def outputs(self, theta: Any) -> Floats:
        """f of each sample, (n, q) or (R, n, q)."""
        rows, many = self._many(theta)
        with np.errstate(all="ignore"):
            f = self._forward(rows).inner[-1]
        return f if many else f[0]

    def output_along(self, theta: Any, V: Any) -> Floats:
        """The derivative of f at theta along V, (R, n, q)."""
        rows, _ = self._many(theta)
        along, _ = self._many(V)
        with np.errstate(all="ignore"):
            return self._moved(self._forward(rows), list(self._parts(along)))[1][-1]

    def inputs_of_sigma(self, theta: Any) -> list[Floats]:
        """u_1, ..., u_{D-1}, each (R, n, m)."""
        rows, _ = self._many(theta)
        with np.errstate(all="ignore"):
            return self._forward(rows).inner[:-1]

    def of_samples(self, order: int, theta: Any) -> Floats:
        """l_i, the norm of its gradient or the trace of its Hessian in f, (R, n)."""
        rows, _ = self._many(theta)
        with np.errstate(all="ignore"):
            f = self._forward(rows).inner[-1]
            if order == 0:
                return self.loss_of.value(f)
            if order == 1:
                return np.asarray(np.linalg.norm(self.loss_of.gradient(f), axis=-1))
            return np.asarray(np.trace(self.loss_of.hessian(f), axis1=-2, axis2=-1))

    def risk(self, theta: Any) -> Floats:
        """R(theta)."""
        rows, many = self._many(theta)
        with np.errstate(all="ignore"):
            out = self.loss_of.value(self._forward(rows).inner[-1]).mean(axis=-1)
        return out if many else out[0]

    def penalty(self, theta: Any) -> Floats:
        """L - R."""
        rows, many = self._many(theta)
        decays = np.array([block.decay for block in self.blocks], self.X.dtype)
        with np.errstate(all="ignore"):
            out = (self.norms(rows) ** self.power) @ decays / self.X.dtype.type(self.power)
        return out if many else out[0]

    def loss(self, theta: Any) -> Floats:
        """L(theta): a scalar, or (R,)."""
        return self.risk(theta) + self.penalty(theta)

    # -- backwards ---------------------------------------------------------------------------------

    def _of_parameters(self, back: Floats, values: Floats, layer: WeightLayer) -> list[Floats]:
        """The mean of g v^T and of g, as they stand in theta, for what the layer has of both."""
        parts = []
        samples = self.X.dtype.type(self.samples)
        if layer.fixed is None:
            parts.append((back.swapaxes(-1, -2) @ values).reshape(len(back), -1) / samples)
        if layer.bias:
            parts.append(back.sum(axis=1) / samples)
        return parts

    def risk_gradient(self, theta: Any) -> Floats:
        """grad R, of the shape of theta."""
        rows, many = self._many(theta)
        with np.errstate(all="ignore"):
            run = self._forward(rows)
            g = self.loss_of.gradient(run.inner[-1])
            found: list[Floats] = []
            for level in reversed(range(len(self.layers))):
                found[:0] = self._of_parameters(g, run.values[level], self.layers[level])
                if level:
                    g = (g @ run.weights[level]) * self._sigma(level - 1, 1, run.inner[level - 1])
        out = np.concatenate(found, axis=1)
        return out if many else out[0]

    def penalty_gradient(self, theta: Any) -> Floats:
        """grad (L - R), decay |block|^(k-2) block in each."""
        rows, many = self._many(theta)
        out = np.zeros_like(rows)
        for block in self.blocks:
            part = rows[:, block.start : block.end]
            size = np.linalg.norm(part, axis=1, keepdims=True) ** (self.power - SQUARE)
            out[:, block.start : block.end] = self.X.dtype.type(block.decay) * size * part
        return out if many else out[0]

    def gradient(self, theta: Any) -> Floats:
        """grad L, of the shape of theta."""
        return np.asarray(self.risk_gradient(theta) + self.penalty_gradient(theta))

    def risk_laplacians(self, theta: Any) -> Floats:
        """The Laplacian of R in the parameters of each layer that has any, (R, layers)."""
        rows, _ = self._many(theta)
        found: list[Floats] = []
        with np.errstate(all="ignore"):
            run = self._forward(rows)
            g, H = self.loss_of.gradient(run.inner[-1]), self.loss_of.hessian(run.inner[-1])
            for level in reversed(range(len(self.layers))):
                layer = self.layers[level]
                if layer.size:
                    found.insert(0, self._laplacian_of(layer, H, run.values[level]))
                if level:
                    g, H = self._bent(run, level, g, H)
        return np.stack(found, axis=-1)

    @staticmethod
    def _laplacian_of(layer: WeightLayer, H: Floats, values: Floats) -> Floats:
        size = (values**2).sum(axis=-1) if layer.fixed is None else np.zeros_like(values[..., 0])
        if layer.bias:
            size = size + 1
        return np.asarray((np.trace(H, axis1=-2, axis2=-1) * size).mean(axis=1))

    def _bent(self, run: _Forward, level: int, g: Floats, H: Floats) -> tuple[Floats, Floats]:
        """Gradient and Hessian of the loss in u of the layer below ``level``, from those in u of it."""
        W, u = run.weights[level], run.inner[level - 1]
        first, second = self._sigma(level - 1, 1, u), self._sigma(level - 1, 2, u)
        below = g @ W
        H = W[:, None].swapaxes(-1, -2) @ H @ W[:, None]
        H = first[..., :, None] * H * first[..., None, :]
        places = np.arange(u.shape[-1])
        H[..., places, places] += second * below
        return below * first, H

    def risk_laplacian(self, theta: Any) -> Floats:
        """Laplacian R: a scalar, or (R,)."""
        rows, many = self._many(theta)
        out = self.risk_laplacians(rows).sum(axis=-1)
        return out if many else out[0]

    def penalty_laplacian(self, theta: Any) -> Floats:
        """Laplacian (L - R), decay (size + k - 2) |block|^(k-2) of each block."""
        rows, many = self._many(theta)
        out = np.zeros(len(rows), rows.dtype)
        more = self.power - SQUARE
        for block, norm in zip(self.blocks, self.norms(rows).T, strict=True):
            factor = self.X.dtype.type(block.decay * (block.end - block.start + more))
            out += factor * norm**more
        return out if many else out[0]

    def laplacian(self, theta: Any) -> Floats:
        """Laplacian L: a scalar, or (R,)."""
        return np.asarray(self.risk_laplacian(theta) + self.penalty_laplacian(theta))

    def villani(self, theta: Any, noise: float) -> Floats:
        """||grad L||^2/s - Laplacian L with s = ``noise`` > 0."""
        g = self.gradient(theta)
        return np.asarray((g**2).sum(axis=-1) / self.X.dtype.type(noise) - self.laplacian(theta))

    def hessian_product(self, theta: Any, V: Any) -> Floats:
        """The Hessian of R at theta applied to V, of the shape of theta."""
        rows, many = self._many(theta)
        along, _ = self._many(V)
        with np.errstate(all="ignore"):
            out = self._hessian_product(rows, along)
        return out if many else out[0]

    def full_hessian_product(self, theta: Any, V: Any) -> Floats:
        """The Hessian of L at theta applied to V, of the shape of theta."""
        rows, many = self._many(theta)
        along, _ = self._many(V)
        out = np.asarray(self.hessian_product(rows, along))
        for block in self.blocks:
            part, move = (v[:, block.start : block.end] for v in (rows, along))
            decay = self.X.dtype.type(block.decay)
            norm = np.linalg.norm(part, axis=1, keepdims=True)
            more = norm ** (self.power - SQUARE) * move
            if self.power > SQUARE:
                inner = (part * move).sum(axis=1, keepdims=True)
                unit = part / np.where(norm > 0, norm, 1)
                more = more + (self.power - SQUARE) * norm ** (self.power - SQUARE - 1) * (
                    inner * unit
                )
            out[:, block.start : block.end] += decay * more
        return out if many else out[0]

    def _hessian_product(self, rows: Floats, along: Floats) -> Floats:
        run, moves = self._forward(rows), list(self._parts(along))
        value_moves, inner_moves = self._moved(run, moves)
        g = self.loss_of.gradient(run.inner[-1])
        H = self.loss_of.hessian(run.inner[-1])
        dg = (H @ inner_moves[-1][..., None])[..., 0]
        found: list[Floats] = []
        for level in reversed(range(len(self.layers))):
            layer, V = self.layers[level], moves[level][0]
            parts = self._of_parameters(dg, run.values[level], layer)
            if layer.fixed is None:
                parts[0] = parts[0] + self._of_parameters(g, value_moves[level], layer)[0]
            found[:0] = parts
            if not level:
                break
            u, du = run.inner[level - 1], inner_moves[level - 1]
            first, second = self._sigma(level - 1, 1, u), self._sigma(level - 1, 2, u)
            above, moved = g @ run.weights[level], dg @ run.weights[level]
            if V is not None:
                moved = moved + g @ V
            g, dg = above * first, second * du * above + first * moved
        return np.concatenate(found, axis=1)

    def _moved(
        self, run: _Forward, moves: list[tuple[Floats | None, Floats | None]]
    ) -> tuple[list[Floats], list[Floats]]:
        """The derivatives of all h and u along V."""
        values = [np.zeros_like(run.values[0])]
        inner: list[Floats] = []
        for level, (V, c) in enumerate(moves):
            du = values[-1] @ run.weights[level].swapaxes(-1, -2)
            if V is not None:
                du = du + run.values[level] @ V.swapaxes(-1, -2)
            if c is not None:
                du = du + c[:, None]
            inner.append(du)
            if level + 1 < len(self.layers):
                values.append(self._sigma(level, 1, run.inner[level]) * du)
        return values, inner


# -- made from an architecture ---------------------------------------------------------------------


def _numbers(value: Any, dtype: str, name: str, finite: bool = True) -> Floats:
    """An array of numbers; InputError for anything else."""
    try:
        out = np.ascontiguousarray(value, dtype)
    except (TypeError, ValueError):
        raise InputError(f"{name} must be an array of numbers") from None
    if finite and not np.isfinite(out).all():
        raise InputError(
            f"{name} contains NaN or infinity (in {dtype}); remove or impute those rows"
        )
    return out


def _layers(
    architecture: Architecture, features: int, lam: float, fixed: Sequence[Floats]
) -> tuple[WeightLayer, ...]:
    """The layers with their sizes; InputError where these are symbols or do not fit."""
    bound = any(layer.weights is not None for layer in architecture.layers)
    require_sense(architecture, features if bound else None)
    sizes = [layer.units for layer in architecture.layers]
    if None in sizes:
        raise InputError("the widths of the net are symbols; give them as numbers")
    count = sum(not layer.trained for layer in architecture.layers)
    if len(fixed) != count:
        raise InputError(f"{count} layers are not trained, and {len(fixed)} matrices are given")
    widths = [features, *(size for size in sizes if size is not None)]
    given = iter(fixed)
    found = []
    for level, (layer, (columns, rows)) in enumerate(
        zip(architecture.layers, itertools.pairwise(widths), strict=True), start=1
    ):
        A = None if layer.trained else next(given)
        if A is not None and A.shape != (rows, columns):
            raise InputError(
                f"the fixed weights of layer {level} have shape {A.shape}; they must be "
                f"({rows}, {columns})"
            )
        decay = lam if layer.decay is None else float(layer.decay)
        biased = layer.bias != "none"
        found.append(
            WeightLayer(
                rows,
                columns,
                A,
                biased,
                decay if layer.trained else 0.0,
                decay if layer.bias == "decayed" else 0.0,
            )
        )
    return tuple(found)


def _engine(activation: Activation, loss: Loss, dtype: str) -> Chosen:
    """sigma, and phi of a loss of one output, in numpy."""
    one = ANY_LOSS if isinstance(loss, CrossEntropyLoss) else name_of(loss)
    return engine(activation, one, dtype, "numpy")


def _output_loss(
    loss: Loss, y: Floats, outputs: int, engines: Sequence[Chosen], dtype: str
) -> OutputLoss:
    """The loss of the outputs; InputError for targets of another shape."""
    if isinstance(loss, CrossEntropyLoss):
        if y.ndim != 1 or outputs < 2 or not np.isin(y, np.arange(outputs)).all():
            raise InputError(
                f"the targets of cross-entropy are n classes from 0 to q - 1, with q >= 2 outputs; "
                f"y has shape {y.shape}, q = {outputs}"
            )
        return OfClasses(y)
    if loss.square is not None and (outputs > 1 or y.ndim == 2):
        if y.shape[1:] != (outputs,):
            raise InputError(f"y has shape {y.shape}; it must be (n, q) with q = {outputs}")
        return SquareOfOutputs(float(loss.square), y)
    if outputs > 1 or y.ndim != 1:
        raise InputError(
            f"the loss {name_of(loss)} is of one output; for several, take squared or cross-entropy"
        )
    made = engines[0] if engines else engine(Activation.of("z"), name_of(loss), dtype, "numpy")
    return OneOutput(made, y)
