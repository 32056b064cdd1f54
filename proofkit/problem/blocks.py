"""Some rows of a data file as machine integers, without loss: what the one-pass summary adds up.

A number is ``mantissa * base^shift`` with |mantissa| < 2^62; a row with a number
that is longer is kept as rationals.  Sums of products go through limbs (of 20
bits, or of 6 decimal digits): the product of two limbs summed over 2^13 rows
stays below 2^53, so floating-point matrix products of limbs are exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from types import MappingProxyType

import numpy as np
from flint import fmpz_mat
from numpy.typing import NDArray

from proofkit.reading.table import cell_code

LIMB_BITS, LIMB_DIGITS = 20, 6  # both keep a limb at most 2^20
ROWS = 1 << 13
MANTISSA_BITS = 62
MAX_LIMBS = 2**8
MAX_SHIFT = (
    40  # digits or bits that numbers of a block may be moved against each other, else they are long
)
_POWERS_OF_TEN = np.array([10**k for k in range(19)], dtype=np.int64)
_EXPONENT_OF_FIVE = MappingProxyType({5**k: k for k in range(MAX_SHIFT)})
_POWERS_OF_FIVE = np.array([5**k for k in range(27)], dtype=np.int64)


@dataclass(frozen=True)
class Block:
    """Rows of features and, in the last column, the target: value = mantissa * base^shift.

    ``long`` holds whole rows, by their place, in which a number does not fit; the arrays are 0
    there. At most ``ROWS`` rows.
    """

    mantissa: NDArray[np.int64]
    shift: NDArray[np.int64]
    base: int
    long: Mapping[int, Sequence[Fraction]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.mantissa)

    @property
    def least_shift(self) -> int:
        """The smallest shift of a number that is not 0."""
        used = self.mantissa != 0
        return int(self.shift[used].min()) if used.any() else 0

    def value(self, row: int) -> list[Fraction]:
        """The exact values of a row."""
        if row in self.long:
            return list(self.long[row])
        b = Fraction(self.base)
        return [
            m * b**s
            for m, s in zip(self.mantissa[row].tolist(), self.shift[row].tolist(), strict=True)
        ]


def block_of(rows: Sequence[Sequence[Fraction]]) -> Block:
    """A block of rationals: decimals of at most 18 digits as integers, the rest as they are.

    >>> block_of([[Fraction(1, 8), Fraction(3)], [Fraction(1, 3), Fraction(0)]]).mantissa.tolist()
    [[125, 3], [0, 0]]
    """
    width = len(rows[0])
    mantissa, shift = np.zeros((len(rows), width), np.int64), np.zeros((len(rows), width), np.int64)
    long: dict[int, Sequence[Fraction]] = {}
    for i, row in enumerate(rows):
        parts = row_parts(row)
        if parts is None:
            long[i] = row
        else:
            mantissa[i], shift[i] = parts
    return Block(mantissa, shift, 10, long)


def row_parts(row: Sequence[Fraction]) -> tuple[list[int], list[int]] | None:
    """The ``decimal_parts`` of a row; None when one of its numbers has none."""
    mantissas, shifts = list[int](), list[int]()
    for q in row:
        part = decimal_parts(q)
        if part is None:
            return None
        mantissas.append(part[0])
        shifts.append(part[1])
    return mantissas, shifts


def decimal_parts(q: Fraction) -> tuple[int, int] | None:
    """(m, s) with q = m 10^s, |m| < 2^62 and -MAX_SHIFT < s <= 0; None where there are none."""
    denominator = q.denominator
    twos = (denominator & -denominator).bit_length() - 1
    fives = _EXPONENT_OF_FIVE.get(denominator >> twos)
    if fives is None or twos >= MAX_SHIFT:
        return None
    places = max(twos, fives)
    m = q.numerator * (10**places // denominator)
    return (m, -places) if abs(m) < 1 << MANTISSA_BITS else None


def block_of_binary(mantissa: NDArray[np.int64], exponent: NDArray[np.int64]) -> Block:
    """A block of numbers mantissa * 2^exponent; rows with numbers of too different sizes become
    rationals.
    """
    used = mantissa != 0
    exponent = np.where(used, exponent, 0)
    if not used.any():
        return Block(mantissa, exponent, 2)
    # The bulk of the numbers decides what is too far away.
    high = int(np.median(exponent[used])) + 2 * MAX_SHIFT
    far = used & ((exponent > high) | (exponent < high - 4 * MAX_SHIFT))
    odd = np.flatnonzero(far.any(axis=1))
    if not len(odd):
        return Block(mantissa, exponent, 2)
    whole = Block(mantissa, exponent, 2)
    long = {int(i): whole.value(int(i)) for i in odd}
    mantissa, exponent = mantissa.copy(), exponent.copy()
    mantissa[odd], exponent[odd] = 0, 0
    return Block(mantissa, exponent, 2, long)


def floats(values: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(m, e) with value = m 2^e exactly and m odd or 0, for finite numbers."""
    fraction, exponent = np.frexp(values)
    mantissa = (fraction * 2.0**53).astype(np.int64)
    return strip_bits(mantissa, exponent.astype(np.int64) - 53)


def strip_bits(
    mantissa: NDArray[np.int64], exponent: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Trailing zero bits go into the exponent; 0 gets the exponent 0."""
    used = mantissa != 0
    low = np.where(used, mantissa & -mantissa, 1)
    zeros = np.frexp(low.astype(np.float64))[1].astype(np.int64) - 1
    return mantissa >> zeros, np.where(used, exponent + zeros, 0)


# -- codes for the digest of the content ---------------------------------------------------------


def reduced(block: Block) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(p, q), the numbers in lowest terms; q = 0 where p or q needs more than 63 bits."""
    m, s = block.mantissa, block.shift
    if block.base == 2:
        m, s = strip_bits(m, s)
        up = np.clip(s, 0, MANTISSA_BITS)
        too_long = (
            (s > MANTISSA_BITS) | (np.abs(m) >> (MANTISSA_BITS - up) != 0) | (s < -MANTISSA_BITS)
        )
        q = np.int64(1) << np.clip(-s, 0, MANTISSA_BITS)
        return m << np.where(too_long, 0, up), np.where(too_long, 0, q)
    places = -s  # block_of and the reader of CSV make decimals with s <= 0
    if (places < 0).any():
        raise ValueError("decimals of a block have no positive shift")
    # 10^k / gcd(m, 10^k) by its factors of 2 and of 5.
    twos = np.clip(_valuation_2(m), 0, places)
    fives = np.zeros_like(places)
    left = m.copy()
    open_ = np.flatnonzero(((places > 0) & (m != 0)).ravel())
    flat_left, flat_fives, flat_places = left.ravel(), fives.ravel(), places.ravel()
    while len(open_):
        v = flat_left[open_]
        hit = (v % 5 == 0) & (flat_fives[open_] < flat_places[open_])
        open_ = open_[hit]
        flat_left[open_] //= 5
        flat_fives[open_] += 1
    twos_left, fives_left = places - twos, places - fives
    p = np.where(m == 0, 0, left >> twos)
    # 5^26 < 2^61 and the product is checked in logarithms rounded up: log2(5) < 2.3220.
    fits = (twos_left + 2.3220 * fives_left < 62.9) & (fives_left < 27)
    q = np.where(
        fits,
        _POWERS_OF_FIVE[np.where(fits, fives_left, 0)] << np.where(fits, twos_left, 0),
        0,
    )
    return p, np.where(m == 0, 1, q)


def _valuation_2(m: NDArray[np.int64]) -> NDArray[np.int64]:
    low = np.where(m != 0, m & -m, 1)
    return np.frexp(low.astype(np.float64))[1].astype(np.int64) - 1


def codes(block: Block) -> tuple[bytes, bytes]:
    """The codes (``cell_code``) of the features, row by row, and of the targets."""
    p, q = reduced(block)
    words = np.stack([p, q], axis=2).astype("<i8")
    odd = sorted(set(np.flatnonzero((q == 0).any(axis=1)).tolist()) | block.long.keys())
    if not odd:
        return words[:, :-1].tobytes(), words[:, -1].tobytes()
    features, labels, done = list[bytes](), list[bytes](), 0
    for i in odd:
        features.append(words[done:i, :-1].tobytes())
        labels.append(words[done:i, -1].tobytes())
        row = [cell_code(v.numerator, v.denominator) for v in block.value(i)]
        features += row[:-1]
        labels.append(row[-1])
        done = i + 1
    features.append(words[done:, :-1].tobytes())
    labels.append(words[done:, -1].tobytes())
    return b"".join(features), b"".join(labels)


# -- exact sums ----------------------------------------------------------------------------------


def gram(block: Block) -> tuple[list[list[int]], Fraction]:
    """sum_i v_i v_i^T over the rows of a block, features and target, in units that come with it."""
    size = block.mantissa.shape[1]
    total = [[0] * size for _ in range(size)]
    least = block.least_shift
    relative = np.where(block.mantissa != 0, block.shift - least, 0)
    weight, parts = limbs(block.mantissa, relative, block.base)
    assert len(parts) < MAX_LIMBS
    by_place: dict[int, NDArray[np.int64]] = {}
    for j, left in enumerate(parts):
        for k in range(j, len(parts)):
            product = (left.T @ parts[k]).astype(np.int64)
            whole = product if j == k else product + product.T
            # Each entry is below 2^54, and fewer than MAX_LIMBS of them are added.
            by_place[j + k] = by_place.get(j + k, np.int64(0)) + whole
    for place, whole in by_place.items():
        factor = weight**place
        for row, values in zip(total, whole.tolist(), strict=True):
            row[:] = [v + w * factor for v, w in zip(row, values, strict=True)]
    unit = Fraction(block.base) ** (2 * least)
    if not block.long:
        return total, unit
    integers, scale = over_common_denominator(list(block.long.values()))
    X = fmpz_mat(len(integers), size, [v for row in integers for v in row])
    G = X.transpose() * X
    own = Fraction(1, scale**2)
    shared = Fraction(1, lcm(own.denominator, unit.denominator))
    a, b = int(unit / shared), int(own / shared)
    return [
        [v * a + int(G[i, j]) * b for j, v in enumerate(row)] for i, row in enumerate(total)
    ], shared


def over_common_denominator(rows: Sequence[Sequence[Fraction]]) -> tuple[list[list[int]], int]:
    """Integers and the denominator they share."""
    scale = lcm(*(q.denominator for row in rows for q in row))
    return [[q.numerator * (scale // q.denominator) for q in row] for row in rows], scale


def limbs(
    mantissa: NDArray[np.int64], shift: NDArray[np.int64], base: int
) -> tuple[int, list[NDArray[np.float64]]]:
    """(w, limbs) with mantissa base^shift = sum_k limb_k w^k, |limb_k| < w and w = 2^20 or 10^6;
    shifts are >= 0.
    """
    size, sign = np.abs(mantissa), np.sign(mantissa).astype(np.float64)
    most, furthest = int(size.max(initial=0)), int(shift.max(initial=0))
    if most * base**furthest < 1 << MANTISSA_BITS:
        power = _POWERS_OF_TEN[shift] if base == 10 else np.int64(1) << shift
        size, shift, furthest, base = size * power, np.zeros_like(shift), 0, 2
        most = int(size.max(initial=0))
    if base == 2:
        count = max(1, -(-(most.bit_length() + furthest) // LIMB_BITS))
        return 1 << LIMB_BITS, [
            _binary_limb(size, shift, LIMB_BITS * k).astype(np.float64) * sign for k in range(count)
        ]
    count = max(1, -(-(len(str(most)) + furthest) // LIMB_DIGITS))
    return 10**LIMB_DIGITS, [
        _decimal_limb(size, shift, LIMB_DIGITS * k).astype(np.float64) * sign for k in range(count)
    ]


def _binary_limb(
    size: NDArray[np.int64], shift: NDArray[np.int64], place: int
) -> NDArray[np.int64]:
    """The LIMB_BITS bits of size 2^shift from bit ``place`` on."""
    at = place - shift
    low = size >> np.clip(at, 0, 63)
    high = (size & ((1 << LIMB_BITS) - 1)) << np.clip(-at, 0, LIMB_BITS)
    return np.where(at >= 0, low, np.where(at > -LIMB_BITS, high, 0)) & ((1 << LIMB_BITS) - 1)


def _decimal_limb(
    size: NDArray[np.int64], shift: NDArray[np.int64], place: int
) -> NDArray[np.int64]:
    """The LIMB_DIGITS digits of size 10^shift from digit ``place`` on."""
    whole = 10**LIMB_DIGITS
    at = place - shift
    low = np.where(at < len(_POWERS_OF_TEN), size // _POWERS_OF_TEN[np.clip(at, 0, 18)], 0)
    if int(at.min()) >= 0:
        return low % whole
    high = (size % whole) * _POWERS_OF_TEN[np.clip(-at, 0, LIMB_DIGITS)]
    return np.where(at >= 0, low, np.where(at > -LIMB_DIGITS, high, 0)) % whole


def largest_row(block: Block, known: Fraction) -> Fraction:
    """max(known, ||x_i||^2 over the rows of a block); floating point only proposes rows, which are
    squared exactly.
    """
    best = known
    if block.long:
        integers, scale = over_common_denominator(list(block.long.values()))
        top = max(sum(v * v for v in row[:-1]) for row in integers)
        best = max(best, Fraction(top, scale**2))
    with np.errstate(over="ignore", under="ignore"):
        X = (
            block.mantissa[:, :-1].astype(np.float64)
            * np.float64(block.base) ** block.shift[:, :-1]
        )
        squares = (X * X).sum(axis=1)
    # Rounding: at most a few units in each of d products and d sums; underflow far below any
    # maximum that counts.
    proposed = float(squares.max(initial=0.0))
    if not 1e-200 < proposed < 1e200:
        candidates = np.arange(len(block))
    else:
        error = (X.shape[1] + 16) * 2.0**-47
        near = proposed * (1 - error)
        if 1e-200 < best < 1e200 and float(best) * (1 - error) > proposed:
            return best
        candidates = np.flatnonzero(squares >= near)
    for i in candidates.tolist():
        if i not in block.long:
            best = max(best, sum((v * v for v in block.value(i)[:-1]), Fraction(0)))
    return best
