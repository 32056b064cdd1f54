"""The weights of layers that are not trained: drawn from a seed, or given, and summarised exactly.

A matrix of m rows and k columns is uniform on a dyadic grid of [-c, c], c = 2^-ceil(log2(k)/2), with
2^24 points, so each of its rows stays below 1 in norm; its stream of the Mersenne Twister is that of
the text "weights m x k, seed s, layer l".  A last layer of one row is the vector of outer weights,
drawn as ``generate_outer`` draws it.
"""

from __future__ import annotations

import hashlib
import random
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from itertools import combinations

from proofkit.errors import InputError
from proofkit.kernel.network.architecture import Architecture, FixedWeights, RowDifferences
from proofkit.kernel.objective.data import generate_outer
from proofkit.kernel.refusal import KernelError
from proofkit.reading.numbers import common_denominator

MAX_ENTRIES = 10**6
"""The most entries of a matrix that is drawn."""
MAX_DIFFERENCES = 2**24
"""The most entries of differences of rows that are looked at; beyond, their norms are bounded."""


@dataclass(frozen=True, slots=True, repr=False)
class Matrix:
    """A matrix of rationals, as whole numbers over one denominator."""

    rows: tuple[tuple[int, ...], ...]
    scale: int

    def __repr__(self) -> str:
        return f"<Matrix: {len(self.rows)} x {len(self.rows[0])}>"

    @classmethod
    def of(cls, values: Sequence[Fraction], rows: int, where: str) -> Matrix:
        """The matrix of its entries, row by row; InputError where they make no such rows, or their
        common denominator gets too long.
        """
        columns, left = divmod(len(values), rows)
        if left or not columns:
            raise InputError(
                f"{where} has {len(values)} weights, which make no matrix of {rows} rows"
            )
        scale = 1
        for denominator in sorted({value.denominator for value in values}):
            scale = common_denominator(scale, denominator, f"a weight of {where}")
        whole = [value.numerator * (scale // value.denominator) for value in values]
        return cls(tuple(tuple(whole[k * columns : (k + 1) * columns]) for k in range(rows)), scale)


# -- drawn -----------------------------------------------------------------------------------------


def drawn_weights(rows: int, columns: int, seed: int, layer: int, *, last: bool) -> Matrix:
    """The matrix of a fixed layer, the same for the same numbers; InputError beyond MAX_ENTRIES.

    >>> drawn_weights(2, 3, 0, 1, last=False) == drawn_weights(2, 3, 0, 1, last=False)
    True
    >>> outer = generate_outer(2, 0)
    >>> drawn_weights(1, 2, 0, 2, last=True) == Matrix.of(outer, 1, "the outer weights")
    True
    """
    if rows == 1 and last:
        return Matrix.of(generate_outer(columns, seed), 1, source_of(1, columns, seed, layer, last))
    if rows * columns > MAX_ENTRIES:
        raise InputError(
            f"the fixed weights of layer {layer} are {rows} x {columns}, beyond {MAX_ENTRIES} "
            f"entries; give smaller widths"
        )
    text = f"weights {source_of(rows, columns, seed, layer, last)}"
    stream = random.Random(int.from_bytes(hashlib.sha256(text.encode()).digest(), "big"))
    scale = 2**23 * 2 ** -(-(columns - 1).bit_length() // 2)
    return Matrix(
        tuple(
            tuple(stream.getrandbits(24) - 2**23 or 1 for _ in range(columns)) for _ in range(rows)
        ),
        scale,
    )


def source_of(rows: int, columns: int, seed: int, layer: int, last: bool) -> str:
    """How drawn weights came about, as a certificate says it.

    >>> source_of(3, 4, 0, 1, False), source_of(1, 4, 0, 2, True)
    ('3 x 4, seed 0, layer 1', 'width 4, seed 0')
    """
    if rows == 1 and last:
        return f"width {columns}, seed {seed}"
    return f"{rows} x {columns}, seed {seed}, layer {layer}"


def seed_of(weights: FixedWeights, layer: int, *, last: bool) -> int | None:
    """The seed that the source of weights says; None where it says that they were not drawn.

    KernelError for a source that reads as if they were drawn and is not written so.
    """
    found = re.fullmatch(r".*, seed ([0-9]{1,18})(, layer [0-9]+)?", weights.source, re.ASCII)
    if found is not None:
        seed = int(found.group(1))
        if weights.source == source_of(weights.rows, weights.columns, seed, layer, last):
            return seed
    if _reads_as_drawn(weights.source):
        raise KernelError(
            "fixed weights are called as if they were drawn, and not as those of the layer"
        )
    return None


def _reads_as_drawn(source: str) -> bool:
    """True for a name that a reader takes for sizes and a seed, whatever its spaces and signs."""
    plain = unicodedata.normalize("NFKC", source).casefold()
    letters = "".join(c for c in plain if c.isalnum())
    return re.fullmatch(r"(width\d+|\d+\D?\d*)seed\d+(layer\d+)?", letters) is not None


def require_drawn(architecture: Architecture) -> None:
    """KernelError unless fixed weights that say how they were drawn are those."""
    for number, layer in enumerate(architecture.layers, 1):
        weights = layer.weights
        if weights is None:
            continue
        last = number == architecture.depth
        seed = seed_of(weights, number, last=last)
        if seed is None:
            continue
        if weights.digest != "":
            raise KernelError("weights that are drawn come from no file, so they have no sha256")
        try:
            made = drawn_weights(weights.rows, weights.columns, seed, number, last=last)
        except InputError as error:
            raise KernelError(str(error)) from None
        if why := weights_differ(weights, made):
            raise KernelError(f"the weights of layer {number} are not those that are drawn: {why}")


# -- summarised ------------------------------------------------------------------------------------


def summarise_weights(matrix: Matrix, source: str, digest: str) -> FixedWeights:
    """The exact norms of a matrix; its operator norm is at most each of two others.

    >>> summary = summarise_weights(Matrix(((1, -2), (0, 3)), 2), "w.txt", "")
    >>> summary.frobenius_squared, summary.operator_squared, summary.apart.one
    (Fraction(7, 2), Fraction(7, 2), Fraction(3, 1))
    """
    rows, scale = matrix.rows, matrix.scale
    frobenius = sum(v * v for row in rows for v in row)
    row_1 = max(sum(map(abs, row)) for row in rows)
    column_1 = max(sum(map(abs, column)) for column in zip(*rows, strict=True))
    largest = max(abs(v) for row in rows for v in row)
    single = rows[0] if len(rows) == 1 else None
    return FixedWeights(
        source,
        digest,
        len(rows),
        len(rows[0]),
        Fraction(min(frobenius, row_1 * column_1), scale**2),
        Fraction(frobenius, scale**2),
        Fraction(row_1, scale),
        Fraction(largest, scale),
        None if single is None else Fraction(sum(v for v in single if v > 0), scale),
        None if single is None else Fraction(-sum(v for v in single if v < 0), scale),
        None if single is not None else _apart(rows, scale),
    )


def _apart(rows: Sequence[Sequence[int]], scale: int) -> RowDifferences:
    """The largest norms of differences of two rows, or bounds of them for very many rows."""
    if len(rows) ** 2 * len(rows[0]) > MAX_DIFFERENCES:
        # |A_k - A_l| <= |A_k| + |A_l| in each norm.
        one = 2 * max(sum(map(abs, row)) for row in rows)
        two = 4 * max(sum(v * v for v in row) for row in rows)
        largest = 2 * max(abs(v) for row in rows for v in row)
        return RowDifferences(
            Fraction(one, scale), Fraction(two, scale**2), Fraction(largest, scale)
        )
    one = two = largest = 0
    for first, second in combinations(rows, 2):
        between = [abs(v - w) for v, w in zip(first, second, strict=True)]
        one = max(one, sum(between))
        two = max(two, sum(v * v for v in between))
        largest = max(largest, *between)
    return RowDifferences(Fraction(one, scale), Fraction(two, scale**2), Fraction(largest, scale))


def weights_differ(recorded: FixedWeights, matrix: Matrix) -> str:
    """How recorded norms differ from those of a matrix; '' when they do not."""
    own = summarise_weights(matrix, recorded.source, recorded.digest)
    for name in (f.name for f in fields(FixedWeights)):
        said, value = getattr(recorded, name), getattr(own, name)
        if said != value:
            return f"{name} is {str(value)[:40]} and not {str(said)[:40]}"
    return ""
