"""What a run trains: a net of two layers by compiled kernels, or one of any layers by numpy.

``runs`` draws batches and noise, and asks the net for its steps, its loss, and why a path ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from proofkit.errors import InputError
from proofkit.numeric.kernels import Chosen, Data, Floats
from proofkit.numeric.layered import LayeredNet

# A loss this many times the initial one is not coming back.
BLOWN_UP = 1e12


class Cause(Enum):
    """Why a path ended early; the value is the sentence."""

    OVERFLOW = "L or its gradient passes the largest number"
    GROWTH = "L passed 10^12 times its first value"
    RANGE = "an argument of sigma left the range in which sigma is computed accurately"
    REACH = "an argument of the loss left the range in which it is computed accurately"
    UNKNOWN = "the kernel gave NaN where L is finite, which is a fault of the kernel"

    @property
    def diverges(self) -> bool:
        """True when it is the path that runs away, not the kernel that fails."""
        return self in (Cause.OVERFLOW, Cause.GROWTH)


class Trained(Protocol):
    """A net whose weights of one replica are an array of the shape ``shape``."""

    @property
    def samples(self) -> int:
        """n."""
        ...

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the weights."""
        ...

    @property
    def shape_said(self) -> str:
        """The same in a sentence."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """The precision of the run."""
        ...

    @property
    def backend(self) -> str:
        """What executes the steps."""
        ...

    @property
    def note(self) -> str:
        """What the user should know of the kernels."""
        ...

    def step_bytes(self, batch: int) -> int:
        """About how much memory the step of a replica takes."""
        ...

    def require_decay(self, lam: float) -> None:
        """InputError for a lambda that the net cannot take."""
        ...

    def losses(self, W: Floats, lam: Floats) -> Floats:
        """L of each replica, (R,)."""
        ...

    def advance(
        self,
        W: Floats,
        index: NDArray[np.int64] | None,
        xi: Floats | None,
        coefficients: Floats,
        steps: int,
        blas_threads: int = 1,
    ) -> NDArray[np.bool_]:
        """See ``kernels.Engine.advance``."""
        ...

    def cause(self, lam: float, W: Floats, first: float) -> tuple[Cause, str] | None:
        """Why a path cannot go on from the finite weights W of one replica, None when nothing is
        wrong with them; ``first`` is the loss that it started from.
        """
        ...


@dataclass(frozen=True)
class TwoLayers:
    """f = sum_j a_j sigma(<w_j, x>): W of shape (p, d), trained."""

    chosen: Chosen
    data: Data

    @property
    def samples(self) -> int:
        """See ``Trained``."""
        return self.data.n

    @property
    def shape(self) -> tuple[int, ...]:
        """See ``Trained``."""
        return self.data.p, self.data.d

    @property
    def shape_said(self) -> str:
        """See ``Trained``."""
        return f"(p, d) = ({self.data.p}, {self.data.d})"

    @property
    def dtype(self) -> np.dtype[Any]:
        """See ``Trained``."""
        return self.data.X.dtype

    @property
    def backend(self) -> str:
        """See ``Trained``."""
        return self.chosen.engine.name

    @property
    def note(self) -> str:
        """See ``Trained``."""
        return self.chosen.note

    def step_bytes(self, batch: int) -> int:
        """See ``Trained``."""
        return self.data.p * (self.data.d * 3 + batch * 4) * self.data.X.itemsize

    def require_decay(self, lam: float) -> None:
        """See ``Trained``: it takes every lambda."""

    def losses(self, W: Floats, lam: Floats) -> Floats:
        """See ``Trained``."""
        return self.chosen.engine.value("loss", W, None, self.data, lam, 1.0)

    def advance(
        self,
        W: Floats,
        index: NDArray[np.int64] | None,
        xi: Floats | None,
        coefficients: Floats,
        steps: int,
        blas_threads: int = 1,
    ) -> NDArray[np.bool_]:
        """See ``Trained``."""
        return self.chosen.engine.advance(
            W, self.data, index, xi, coefficients, steps, blas_threads
        )

    def cause(self, lam: float, W: Floats, first: float) -> tuple[Cause, str] | None:
        """See ``Trained``."""
        chosen, data = self.chosen, self.data
        with np.errstate(all="ignore"):
            z = data.X @ W.T
            decay = np.array([lam], W.dtype)
            value = float(chosen.engine.value("loss", W[None], None, data, decay, 1.0)[0])
            gradient = chosen.engine.value("gradient", W[None], None, data, decay, 1.0)[0]
        if (left := _left(chosen, z)) is not None:
            return left
        with np.errstate(all="ignore"):
            beyond = chosen.beyond(z, data)
        if beyond.size:
            return Cause.REACH, _far(chosen.loss.letter, beyond, chosen.note)
        return _ended(value, gradient, np.isfinite(z).all(), first)


@dataclass(frozen=True)
class AnyLayers:
    """A net of any layers, whose parameters are one row; steps in numpy."""

    net: LayeredNet

    @property
    def samples(self) -> int:
        """See ``Trained``."""
        return self.net.samples

    @property
    def shape(self) -> tuple[int, ...]:
        """See ``Trained``."""
        return (self.net.size,)

    @property
    def shape_said(self) -> str:
        """See ``Trained``."""
        return f"(N,) = ({self.net.size},)"

    @property
    def dtype(self) -> np.dtype[Any]:
        """See ``Trained``."""
        return self.net.X.dtype

    @property
    def backend(self) -> str:
        """See ``Trained``."""
        return "numpy"

    @property
    def note(self) -> str:
        """See ``Trained``."""
        return "; ".join(dict.fromkeys(one.note for one in self.net.engines if one.note))

    def step_bytes(self, batch: int) -> int:
        """See ``Trained``."""
        widths = sum(layer.rows for layer in self.net.layers)
        return (
            3 * self.net.size + batch * (4 * widths + self.net.X.shape[-1])
        ) * self.dtype.itemsize

    def require_decay(self, lam: float) -> None:
        """See ``Trained``: its decays are its own."""
        if lam != self.net.lam:
            raise InputError(f"the net has lambda = {self.net.lam:g}, and a path has {lam:g}")

    def losses(self, W: Floats, lam: Floats) -> Floats:
        """See ``Trained``."""
        return self.net.loss(W)

    def advance(
        self,
        W: Floats,
        index: NDArray[np.int64] | None,
        xi: Floats | None,
        coefficients: Floats,
        steps: int,
        blas_threads: int = 1,
    ) -> NDArray[np.bool_]:
        """See ``Trained``."""
        step, amplitude = (coefficients[:, m].astype(W.dtype)[:, None] for m in (1, 2))
        with np.errstate(all="ignore"):
            for t in range(steps):
                net = self.net if index is None else self.net.on(index[:, t])
                W -= step * net.gradient(W)
                if xi is not None:
                    W += amplitude * xi[:, t]
        return np.asarray(np.isfinite(W).all(axis=1))

    def cause(self, lam: float, W: Floats, first: float) -> tuple[Cause, str] | None:
        """See ``Trained``."""
        net = self.net
        inner = net.inputs_of_sigma(W)
        for chosen, u in zip(net.engines, inner, strict=True):
            if (left := _left(chosen, u)) is not None:
                return left
        far = net.loss_of.beyond(net.outputs(W[None]))
        if far is not None:
            letter, values, note = far
            return Cause.REACH, _far(letter, values, note)
        finite = all(np.isfinite(u).all() for u in inner)
        return _ended(float(net.loss(W)), net.gradient(W), finite, first)


def _left(chosen: Chosen, z: Floats) -> tuple[Cause, str] | None:
    """The cause where an argument of sigma is outside the range of its kernel."""
    outside = chosen.outside(z)
    return (Cause.RANGE, _far("z", z[outside], chosen.note)) if outside.any() else None


def _far(letter: str, values: Floats, note: str) -> str:
    return f"{letter} = {float(values[np.argmax(np.abs(values))]):.6g}; {note}"


def _ended(value: float, gradient: Floats, finite: Any, first: float) -> tuple[Cause, str] | None:
    if np.isinf(value) or np.isinf(gradient).any() or not finite:
        return Cause.OVERFLOW, ""
    if np.isnan(value) or np.isnan(gradient).any():
        return Cause.UNKNOWN, ""
    return (Cause.GROWTH, "") if value > BLOWN_UP * (1 + abs(first)) else None
