"""L of a net of any layers as functions of theta, with the layout of theta by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from proofkit.errors import InputError, nearest, quoted
from proofkit.kernel.network.architecture import Architecture
from proofkit.numeric.kernels import BACKENDS, Floats
from proofkit.numeric.layered import LayeredNet
from proofkit.problem.problem import Problem


class Place(NamedTuple):
    """Where a block stands: the entries ``start`` to ``end`` of theta, by rows in its ``shape``."""

    name: str
    start: int
    end: int
    shape: tuple[int, ...]


@dataclass(frozen=True, repr=False)
class LayerFunctions:
    """L(theta) = R(theta) + sum over decayed blocks of (decay/k) ||block||^k in floating point.

    theta has shape (N,), or (R, N) for R nets at once.  It holds the trained blocks layer by layer,
    the weights W_l of shape (units of layer l, units of layer l-1) by rows and then the bias b_l;
    ``layout`` lists them, ``split`` and ``join`` go from theta to blocks and back.  ``problem`` is
    the one whose L this is, where it is known.

    >>> from proofkit import Dense, Net, Problem
    >>> net = Net(Dense(2, bias=True), "tanh", Dense(1), train="all")
    >>> made = Problem(net, lam="1/2").lambdify([[1.0], [2.0]], [0.0, 1.0])
    >>> [(place.name, place.shape) for place in made.layout]
    [('W1', (2, 1)), ('b1', (2,)), ('W2', (1, 2))]
    >>> made.loss(np.zeros(made.size)).item()
    0.25
    """

    net: LayeredNet
    problem: Problem | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        return f"<LayerFunctions of {len(self.layout)} blocks, lambda = {self.lam:g}; {self.net!r}>"

    @staticmethod
    def of(
        architecture: Architecture,
        loss: str,
        X: Any,
        y: Any,
        fixed: Sequence[Any],
        lam: float,
        dtype: str = "float64",
        backend: str = "auto",
    ) -> LayerFunctions:
        """From arrays; see ``LayeredNet.of``.  InputError for a backend other than numpy, too."""
        require_numpy(backend)
        return LayerFunctions(LayeredNet.of(architecture, loss, X, y, lam, fixed, dtype))

    @property
    def lam(self) -> float:
        """lambda, the decay of the layers that have none of their own."""
        return self.net.lam

    @property
    def size(self) -> int:
        """N, the number of parameters."""
        return self.net.size

    @property
    def layout(self) -> tuple[Place, ...]:
        """The blocks of theta in their order: W1, b1, W2, ..., those that are trained."""
        found = []
        for block in self.net.blocks:
            layer = self.net.layers[block.layer - 1]
            shape = (layer.rows,) if block.is_bias else (layer.rows, layer.columns)
            name = f"{'b' if block.is_bias else 'W'}{block.layer}"
            found.append(Place(name, block.start, block.end, shape))
        return tuple(found)

    def split(self, theta: Any) -> dict[str, Floats]:
        """The blocks of theta by name, with a leading axis where theta has one.

        InputError for another shape.
        """
        rows = self._rows(theta)
        return {
            place.name: rows[..., place.start : place.end].reshape(*rows.shape[:-1], *place.shape)
            for place in self.layout
        }

    def join(self, blocks: Mapping[str, Any]) -> Floats:
        """theta (N,) of blocks by name; InputError for a block too many, too few or of another
        shape.
        """
        names = [place.name for place in self.layout]
        if sorted(blocks) != sorted(names):
            raise InputError(f"the blocks of theta are {', '.join(names)}; give each of them once")
        parts = []
        for place in self.layout:
            part = _numbers(blocks[place.name], self.net.X.dtype, place.name)
            if part.shape != place.shape:
                raise InputError(f"{place.name} has shape {part.shape}; it must have {place.shape}")
            parts.append(part.ravel())
        return np.concatenate(parts)

    def _rows(self, theta: Any) -> Floats:
        rows = _numbers(theta, self.net.X.dtype, "theta")
        if rows.ndim not in (1, 2) or rows.shape[-1] != self.size:
            raise InputError(
                f"theta has shape {rows.shape}; it must be (N,) = ({self.size},), or (R, N)"
            )
        return rows

    def outputs(self, theta: Any) -> Floats:
        """f of each sample, (n, q), or (R, n, q)."""
        return self.net.outputs(theta)

    def loss(self, theta: Any) -> Floats:
        """L(theta): a scalar, or (R,)."""
        return self.net.loss(theta)

    def gradient(self, theta: Any) -> Floats:
        """The gradient of L, of the shape of theta."""
        return self.net.gradient(theta)

    def hessian_product(self, theta: Any, V: Any) -> Floats:
        """The Hessian of L (with its penalty) at theta applied to V, of the shape of theta.

        V has the shape of theta, or is one (N,) for all R nets.
        """
        rows = self._rows(theta)
        along = _numbers(V, self.net.X.dtype, "V")
        if along.shape not in (rows.shape, rows.shape[-1:]):
            raise InputError(f"V has shape {along.shape}; it must be that of theta, {rows.shape}")
        many = np.broadcast_to(along, rows.shape)
        if rows.ndim == 2:
            return self.net.full_hessian_product(rows, many)
        return np.asarray(self.net.full_hessian_product(rows[None], many[None])[0])

    def laplacian(self, theta: Any) -> Floats:
        """The trace of the Hessian of L: a scalar, or (R,)."""
        return self.net.laplacian(theta)

    def villani(self, theta: Any, noise: float) -> Floats:
        """||grad L||^2/s - Laplacian L with s = ``noise`` > 0."""
        if not (isinstance(noise, int | float | np.number) and np.isfinite(noise) and noise > 0):
            raise InputError(f"the noise s must be a positive number, not {quoted(noise)}")
        return self.net.villani(theta, float(noise))


def require_numpy(backend: str) -> None:
    """InputError for a backend that has no kernels for nets of any layers."""
    if backend not in BACKENDS:
        raise InputError(
            f"there is no backend {quoted(backend)}; {nearest(str(backend), BACKENDS)}"
        )
    if backend == "c":
        raise InputError(
            "the backend 'c' has kernels for one trained hidden layer under a fixed outer layer; "
            "use auto or numpy for this net"
        )


def _numbers(value: Any, dtype: np.dtype[Any], name: str) -> Floats:
    """An array of numbers; InputError for anything else."""
    try:
        return np.ascontiguousarray(value, dtype)
    except (TypeError, ValueError):
        raise InputError(f"{name} must be an array of numbers") from None


__all__ = ["LayerFunctions", "Place", "require_numpy"]
