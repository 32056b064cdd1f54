"""sigma, sigma' or sigma'' on a bounded interval as polynomials on cells: the last resort where no
formula is accurate.

Each cell [c - h, c + h] holds the Taylor polynomial at c, whose remainder is bounded rigorously:
the next Taylor coefficient over the whole cell, a ball, times h^(degree + 1).  Cells are halved
until that is below rounding.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from math import factorial
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from proofkit.kernel.univariate.balls import precision
from proofkit.numeric import stable
from proofkit.numeric.reference import VANISHING, Reference

DEGREE = {"float64": 13, "float32": 6}
MAX_CELLS = 600
NARROWEST = 2.0**-14
"""A cell narrower than this part of its distance from 0 is given up: the table ends there."""
BOX_BITS = 256


@dataclass(frozen=True)
class Table:
    """Polynomials in s = (z - centre) scale on the cells between neighbouring ``edges`` (cells +
    1,).

    centres, scales (cells,); coefficients (cells, degree + 1), constant term first.
    """

    edges: NDArray[Any]
    centres: NDArray[Any]
    scales: NDArray[Any]
    coefficients: NDArray[Any]

    @property
    def low(self) -> float:
        """The left end."""
        return float(self.edges[0])

    @property
    def high(self) -> float:
        """The right end."""
        return float(self.edges[-1])

    def __call__(self, z: Any, out: Any) -> Any:
        """The values at an array of points (those of the nearest cell's polynomial outside the
        table).
        """
        cell = np.searchsorted(self.edges[1:-1], z, side="right")
        s = (z - self.centres[cell]) * self.scales[cell]
        value = self.coefficients[cell, -1]
        for k in range(self.coefficients.shape[1] - 2, -1, -1):
            value = value * s + self.coefficients[cell, k]
        np.copyto(out, value)
        return out

    def c_text(self, name: str) -> str:
        """The table as C: ``T pk_NAME(T z)``, the cell found by halving."""
        cells = len(self.centres)
        steps = max(1, (cells - 1).bit_length())
        inner = [_c_number(e) for e in self.edges[1:-1]]
        inner += ["INFINITY"] * (2**steps - 1 - len(inner))

        def array(what: str, numbers: list[str]) -> str:
            return f"static const T pk_{name}_{what}[{len(numbers)}] = {{{', '.join(numbers)}}};"

        # start[i] is the left end of cell i; cell 0 reaches to -infinity.
        lines = [
            array("start", ["-INFINITY", *inner]),
            array("centre", [_c_number(c) for c in self.centres]),
            array("scale", [_c_number(c) for c in self.scales]),
            array("c", [_c_number(c) for row in self.coefficients for c in row]),
            f"static inline T pk_{name}(T z) {{",
            "  long i = 0;",
            *(
                f"  i += pk_{name}_start[i + {2**k}] <= z ? {2**k} : 0;"
                for k in range(steps - 1, -1, -1)
            ),
            f"  i = i < {cells} ? i : {cells - 1};",
            f"  const T* const c = pk_{name}_c + i * {self.coefficients.shape[1]};",
            f"  const T s = (z - pk_{name}_centre[i]) * pk_{name}_scale[i];",
        ]
        value = f"c[{self.coefficients.shape[1] - 1}]"
        for k in range(self.coefficients.shape[1] - 2, -1, -1):
            value = f"pk_fma({value}, s, c[{k}])"
        return "\n".join([*lines, f"  return {value};", "}"])


def _c_number(value: Any) -> str:
    return repr(float(value))


def function_of(table: Table) -> type[stable.Lookup]:
    """The SymPy function that stands for a table in machine expressions."""
    digest = hashlib.sha256(
        b"".join(part.tobytes() for part in (table.edges, table.coefficients))
    ).hexdigest()[:16]
    return type(f"lookup_{digest}", (stable.Lookup,), {"table": table})


@dataclass(frozen=True)
class _Cell:
    low: float
    high: float
    coefficients: tuple[float, ...]


class _Builder:
    def __init__(self, reference: Reference, order: int, dtype: str, floor: float) -> None:
        self.reference, self.order, self.degree = reference, order, DEGREE[dtype]
        self.eps = arb(float(np.finfo(dtype).eps))
        self.largest = arb(float(np.finfo(dtype).max))
        self.floor = arb(floor)
        self.left = MAX_CELLS

    def derivative(self, series: list[arb]) -> list[arb]:
        """Taylor coefficients of sigma^(order) from those of sigma."""
        m = self.order
        return [series[k + m] * (factorial(k + m) // factorial(k)) for k in range(len(series) - m)]

    def cell(self, low: float, high: float) -> _Cell | None:
        """The polynomial of [low, high], or None where it is not accurate."""
        centre, h = (low + high) / 2, (high - low) / 2
        length = self.degree + 2
        found = self.reference.at(centre, length + self.order)
        if found is None:
            return None
        with precision(BOX_BITS, length + self.order):
            at = self.derivative(found)
            box = self.derivative(self.reference.series(arb(centre, h), length + self.order))
            width = arb(h)
            terms = [abs(c) * width**k for k, c in enumerate(at)]
            size = self.size(at, low, high, h)
            dropped = terms[self.degree + 1] + terms[self.degree + 2]
            if not dropped <= size * self.eps / 8:
                return None
            remainder = abs(box[self.degree + 1]) * width ** (self.degree + 1)
            if not remainder <= size.max(self.floor) * self.eps / 4:
                return None
            scaled = [
                arb(0) if abs(c) < VANISHING else c * width**k
                for k, c in enumerate(at[: self.degree + 1])
            ]
            if not all(abs(c) < self.largest for c in scaled):
                return None
        return _Cell(low, high, tuple(float(c.mid()) for c in scaled))

    def size(self, at: list[arb], low: float, high: float, h: float) -> arb:
        """|g| + |z g'| + |z^2 g''| at the centre; around 0, the first term that does not vanish."""
        if low < 0 < high:
            first = next((k for k, c in enumerate(at) if not abs(c) < VANISHING), 0)
            return abs(at[first]) * arb(h) ** first
        c = arb((low + high) / 2)
        return abs(at[0]) + abs(c * at[1]) + 2 * abs(c * c * at[2])

    def around_zero(self) -> _Cell | None:
        """The widest cell [-h, h] with h a power of 2."""
        for k in range(3, -12, -1):
            if found := self.cell(-(2.0**k), 2.0**k):
                return found
        return None

    def span(self, near: float, far: float) -> list[_Cell]:
        """Cells from ``near`` (not 0) away from 0 towards ``far``; fewer where one cannot be made."""
        out: list[_Cell] = []
        sign = 1.0 if far > 0 else -1.0
        at, width = near, abs(near)
        while sign * at < sign * far and self.left > 0:
            # Cells are powers of 2 wide, so that ends and centres are exact.
            width = 2.0 ** np.floor(np.log2(min(2 * width, abs(at))))
            while True:
                end = at + sign * width
                found = self.cell(min(at, end), max(at, end)) if np.isfinite(end) else None
                if found is not None or width < NARROWEST * abs(at):
                    break
                width /= 2
            if found is None:
                break
            out.append(found)
            self.left -= 1
            at = end
        return out


def build(
    reference: Reference, order: int, low: float, high: float, dtype: str, floor: float
) -> Table | None:
    """sigma^(order) on [low, high] or on the part of it that can be covered, None where nothing
    can.

    ``floor``: errors below eps times this are of no account.
    """
    builder = _Builder(reference, order, dtype, floor)
    cells: list[_Cell] = []
    if low < 0 < high or 0.0 in (low, high):
        middle = builder.around_zero()
        if middle is None:
            return None
        cells = [middle]
        if high > middle.high:
            cells += builder.span(middle.high, high)
        if low < middle.low:
            cells = builder.span(middle.low, low)[::-1] + cells
    elif low > 0:
        cells = builder.span(_short(low), high)
    else:
        cells = builder.span(-_short(-high), low)[::-1]
    if not cells:
        return None
    edges = [*(c.low for c in cells), cells[-1].high]
    return Table(
        np.array(edges, dtype),
        np.array([(c.low + c.high) / 2 for c in cells], dtype),
        np.array([2 / (c.high - c.low) for c in cells], dtype),
        np.array([c.coefficients for c in cells], dtype),
    )


def _short(x: float) -> float:
    """A number of 4 significant bits just below x > 0."""
    unit = 2.0 ** (np.floor(np.log2(x)) - 3)
    return float(np.floor(x / unit) * unit)
