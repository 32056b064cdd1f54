"""Programs executed by numpy, in arrays that are laid out once and used again by every step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from proofkit.calculus import derive as formulas
from proofkit.numeric.lowering import concrete
from proofkit.numeric.printing import Elementwise, numpy_function
from proofkit.numeric.program import Array, Map, Product, Program, Reduce
from proofkit.numeric.scalar import Scalars

Floats = NDArray[Any]
_PARAMETERS = (formulas.lam, formulas.s, formulas.n, formulas.p, formulas.d)


class Vectorised:
    """A program whose elementwise parts are numpy functions; replicas are a leading axis of every
    array.
    """

    def __init__(self, program: Program, kit: Scalars) -> None:
        self.program, self.dtype = program, kit.dtype
        self.parts: list[tuple[Map | Reduce | Product, tuple[Array, ...], Elementwise | None]] = []
        names = {q: sp.Symbol(f"parameter_{m}", real=True) for m, q in enumerate(_PARAMETERS)}
        for ins in program.instructions:
            pair = vector_and_matrix(program, ins) if isinstance(ins, Reduce) else None
            if isinstance(ins, Product) or pair:
                self.parts.append((ins, pair or (), None))
                continue
            exprs = [
                concrete(e, kit).xreplace(names)
                for e in (ins.exprs if isinstance(ins, Map) else (ins.expr,))
            ]
            arrays = tuple(
                program.arrays[s]
                for s in sorted(
                    {s for e in exprs for s in e.free_symbols if s in program.arrays}, key=str
                )
            )
            self.parts.append(
                (
                    ins,
                    arrays,
                    numpy_function(
                        (*(a.symbol for a in arrays), *names.values()), exprs, kit.dtype
                    ),
                )
            )

    def bind(
        self, inputs: Mapping[str, Floats], lam: Any, noise: Any
    ) -> tuple[Callable[[], None], Floats]:
        """Compute once; a function that does so again from what is then in the inputs, and the
        result, which it overwrites.

        inputs  W and V (R, p, d), a (p,), x (n, d) or (R, n, d), y (n,) or (R, n); lam, noise: (R,)
        or numbers.
        """
        env = dict(inputs)
        replicas, p, d = env["W"].shape
        size = {"i": env["x"].shape[-2], "j": p, "k": d}
        parameters = (lam, noise, float(size["i"]), float(p), float(d))
        calls: list[Callable[[], Any]] = []

        def do(call: Callable[[], Any]) -> Any:
            calls.append(call)
            return call()

        def elementwise(
            arrays: tuple[Array, ...], function: Elementwise, axes: str
        ) -> tuple[Any, ...]:
            shape = (replicas, *(size[c] for c in axes))
            given = [
                *(aligned(env[a.name], a.axes, axes) for a in arrays),
                *(aligned(v, "", axes) for v in parameters),
            ]
            values = do(partial(function.raw, *function.workspace(shape), *given))
            return tuple(whole(v, shape) for v in values)

        def whole(value: Any, shape: tuple[int, ...]) -> Floats:
            # A constant derivative, or an input passed on, is not an array of the shape that is
            # wanted.
            if np.shape(value) == shape:
                return value
            out = np.empty(shape, self.dtype)
            do(partial(np.copyto, out, value))
            return out

        for ins, arrays, function in self.parts:
            if isinstance(ins, Product):
                rows = ins.out.axes[0]
                left, right = (
                    (ins.left, ins.right)
                    if rows in ins.left.axes.replace(ins.over, "")
                    else (ins.right, ins.left)
                )
                a, b = env[left.name], env[right.name]
                a = a if left.axes[1] == ins.over else a.swapaxes(-1, -2)
                b = b if right.axes[0] == ins.over else b.swapaxes(-1, -2)
                out = np.empty((replicas, a.shape[-2], b.shape[-1]), self.dtype)
                env[ins.out.name] = do(partial(np.matmul, a, b, out=out))
            elif function is None:
                vector, matrix = arrays
                out = np.empty((replicas, size[matrix.axes[0]], 1), self.dtype)
                env[ins.out.name] = do(
                    partial(np.matmul, env[matrix.name], env[vector.name][..., None], out=out)
                )[..., 0]
            elif isinstance(ins, Reduce):
                axes = "".join(c for c in "ijk" if c in ins.out.axes + ins.over)
                (value,) = elementwise(arrays, function, axes)
                where = tuple(axes.index(c) + 1 for c in ins.over)
                out = np.empty((replicas, *(size[c] for c in ins.out.axes)), self.dtype)
                env[ins.out.name] = do(partial(np.sum, value, where, out=out))
            else:
                values = elementwise(arrays, function, ins.outs[0].axes)
                env |= {array.name: value for array, value in zip(ins.outs, values, strict=True)}

        def again() -> None:
            for call in calls:
                call()

        return again, env[self.program.result.name]


def vector_and_matrix(program: Program, ins: Reduce) -> tuple[Array, Array] | None:
    """(vector, matrix) when the sum is a matrix times a vector."""
    factors = (
        [program.arrays[f] for f in ins.expr.args]
        if ins.expr.is_Mul and all(f in program.arrays for f in ins.expr.args)
        else []
    )
    if len(factors) != 2 or sorted(len(f.axes) for f in factors) != [1, 2]:
        return None
    vector, matrix = sorted(factors, key=lambda f: len(f.axes))
    return (vector, matrix) if matrix.axes[-1] == vector.axes == ins.over else None


def aligned(value: Any, own: str, axes: str) -> Any:
    """A view of an array with axes ``own`` (after any leading ones) that broadcasts over ``axes``."""
    if np.ndim(value) == 0:
        return value
    lead = value.ndim - len(own)
    sizes = dict(zip(own, value.shape[lead:], strict=True))
    out = value.view()
    out.shape = value.shape[:lead] + tuple(
        sizes.get(c, 1) for c in axes
    )  # raises where that would take a copy, which would not see changes
    return out
