"""Scaling of columns, x' = (x - mean) * scale, with mean and scale that are exact decimals.

Standardised data are data so scaled: the mean and the inverse standard deviation of a column,
rounded to decimals, are what is used and what is recorded.  A run, a proof and its certificate
then speak of the same numbers, to the last digit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import Annotated, Any

from proofkit.reading.numbers import printable

DIGITS = 15
"""The significant digits of a scale; a mean has as many below the standard deviation."""
MAX_COLUMNS = 20  # of which a sentence gives the numbers
MAX_SCALING_BITS = 4096  # of numerator and denominator: more than the columns of any file need

Decimal = Annotated[Fraction, "a decimal"]
"""A rational number that certificates write as a decimal, every digit of it."""


@dataclass(frozen=True)
class ColumnScaling:
    """x' = (x - mean) * scale for one column, exactly; scale >= 0, and 0 for a constant column.

    Raises ValueError for numbers that are no decimals.

    >>> ColumnScaling(Fraction(5, 2), Fraction(1, 4))(Fraction(3))
    Fraction(1, 8)
    >>> ColumnScaling(Fraction(1, 3), Fraction(1))
    Traceback (most recent call last):
    ValueError: the mean and the scale of a column are decimals
    """

    mean: Decimal
    scale: Decimal

    def __post_init__(self) -> None:
        for q in (self.mean, self.scale):
            if max(q.numerator.bit_length(), q.denominator.bit_length()) > MAX_SCALING_BITS:
                raise ValueError("the mean or the scale of a column is too long")
            if not is_decimal(q):
                raise ValueError("the mean and the scale of a column are decimals")
        if self.scale < 0:
            raise ValueError("the scale of a column is negative")

    def __call__(self, x: Fraction) -> Fraction:
        """The scaled value."""
        return (x - self.mean) * self.scale

    def json(self) -> dict[str, str]:
        """Both numbers as decimals.

        >>> ColumnScaling(Fraction(5, 2), Fraction(1, 8)).json()
        {'mean': '2.5', 'scale': '0.125'}
        """
        return {"mean": decimal(self.mean), "scale": decimal(self.scale)}

    @classmethod
    def from_json(cls, recorded: Any) -> ColumnScaling:
        """The scaling that ``json`` wrote; ValueError for anything else."""
        if not isinstance(recorded, Mapping) or set(recorded) != {"mean", "scale"}:
            raise ValueError("a column is scaled by a mean and a scale")
        return cls(decimal_number(recorded["mean"]), decimal_number(recorded["scale"]))


@dataclass(frozen=True)
class Scaling:
    """The scaling of every feature, in order, and of the target where the loss takes it as it is.

    >>> Scaling((ColumnScaling(Fraction(2), Fraction(1)),), None).json()
    {'features': [{'mean': '2', 'scale': '1'}], 'target': None}
    """

    features: tuple[ColumnScaling, ...]
    target: ColumnScaling | None

    def json(self) -> dict[str, Any]:
        """As the record of a certificate and the output of a command have it."""
        return {
            "features": [column.json() for column in self.features],
            "target": None if self.target is None else self.target.json(),
        }

    @classmethod
    def from_json(cls, recorded: Any) -> Scaling | None:
        """The scaling that ``json`` wrote, None for null; ValueError for anything else."""
        if recorded is None:
            return None
        if not isinstance(recorded, Mapping) or set(recorded) != {"features", "target"}:
            raise ValueError("a scaling is null, or one of features and target")
        if not isinstance(recorded["features"], list):
            raise ValueError("the scaling of the features is a list")
        target = recorded["target"]
        return cls(
            tuple(ColumnScaling.from_json(column) for column in recorded["features"]),
            None if target is None else ColumnScaling.from_json(target),
        )

    @property
    def what(self) -> str:
        """Which columns are scaled."""
        return "features" if self.target is None else "features and target"

    def columns(self, features: Sequence[str], target: str) -> Iterable[tuple[str, ColumnScaling]]:
        """The names of the scaled columns with their scaling."""
        yield from zip(features, self.features, strict=False)
        if self.target is not None:
            yield target, self.target

    def sentence(self, features: Sequence[str], target: str) -> str:
        """For the reader of a verdict; the numbers themselves where the columns are few.

        >>> one = ColumnScaling(Fraction(5, 2), Fraction(1, 8))
        >>> Scaling((one,), one).sentence(["age"], "y")
        "features and target scaled: x' = (x - mean) * scale; mean and scale: age 2.5, 0.125; y 2.5, 0.125"
        """
        said = f"{self.what} scaled: x' = (x - mean) * scale"
        if len(self.features) > MAX_COLUMNS:
            return f"{said}; the certificate and the JSON output have mean and scale of each column"
        numbers = [
            f"{printable(name)} {decimal(column.mean)}, {decimal(column.scale)}"
            for name, column in self.columns(features, target)
        ]
        return f"{said}; mean and scale: {'; '.join(numbers)}"


# -- what standardises a column --------------------------------------------------------------------


def standard_column(n: int, total: Fraction, squares: Fraction) -> ColumnScaling:
    """What standardises a column of n numbers with that sum and that sum of squares.

    The mean is rounded to ``DIGITS`` places below the first digit of the standard deviation
    sd = sqrt(squares/n - (total/n)^2), the scale 1/sd to ``DIGITS`` significant digits, both to the
    nearest and by exact arithmetic alone, so that they are the same on every machine.  A constant
    column becomes zeros: its scale is 0.

    >>> standard_column(2, Fraction(4), Fraction(10))  # of 1 and 3
    ColumnScaling(mean=Fraction(2, 1), scale=Fraction(1, 1))
    >>> standard_column(3, Fraction(1), Fraction(1)).json()  # of 0, 0 and 1
    {'mean': '0.3333333333333333', 'scale': '2.12132034355964'}
    """
    mean = total / n
    variance = squares / n - mean**2
    if variance == 0:
        return ColumnScaling(_rounded(mean, DIGITS - exponent(mean)), Fraction(0))
    # 10^e <= sd < 10^(e + 1), as 10^(2e) <= variance < 10^(2e + 2).
    e = exponent(variance) // 2
    places = DIGITS + e
    ratio = Fraction(10) ** (2 * places) / variance
    halves = isqrt(4 * ratio.numerator // ratio.denominator)
    return ColumnScaling(
        _rounded(mean, DIGITS - e), Fraction((halves + 1) // 2) / Fraction(10) ** places
    )


def _rounded(q: Fraction, places: int) -> Fraction:
    """The nearest multiple of 10^-places, of two equally near ones the even."""
    unit = Fraction(10) ** places
    return Fraction(round(q * unit)) / unit


def exponent(q: Fraction) -> int:
    """The e with 10^e <= |q| < 10^(e + 1); 0 for 0.

    >>> exponent(Fraction(999)), exponent(Fraction(1, 1000)), exponent(Fraction(0))
    (2, -3, 0)
    """
    if q == 0:
        return 0
    size = abs(q)
    bits = size.numerator.bit_length() - size.denominator.bit_length()
    e = bits * 30103 // 100000
    while Fraction(10) ** e > size:
        e -= 1
    while Fraction(10) ** (e + 1) <= size:
        e += 1
    return e


# -- decimals ----------------------------------------------------------------------------------------


def is_decimal(q: Fraction) -> bool:
    """True when the decimal expansion of q ends.

    >>> is_decimal(Fraction(1, 40)), is_decimal(Fraction(1, 3))
    (True, False)
    """
    below = q.denominator
    return 10 ** below.bit_length() % below == 0


def decimal(q: Fraction) -> str:
    """A decimal written out, every digit of it.

    >>> decimal(Fraction(-1, 40)), decimal(Fraction(1200))
    ('-0.025', '1200')
    """
    below = q.denominator
    twos = (below & -below).bit_length() - 1
    fives = 0
    while below % 5 ** (fives + 1) == 0:
        fives += 1
    places = max(twos, fives)
    digits = str(abs(q.numerator) * 10**places // below).rjust(places + 1, "0")
    sign = "-" if q < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


MAX_LENGTH = 2500
_DECIMAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?\Z")


def decimal_number(text: object) -> Fraction:
    """The decimal that ``decimal`` wrote; ValueError for anything else.

    >>> decimal_number("-0.025")
    Fraction(-1, 40)
    >>> decimal_number("1/3")
    Traceback (most recent call last):
    ValueError: is no decimal: '1/3'
    """
    if type(text) is not str or len(text) > MAX_LENGTH or not _DECIMAL.match(text):
        raise ValueError(f"is no decimal: {str(text)[:40]!r}")
    made = Fraction(text)
    if decimal(made) != text:
        raise ValueError(f"is not written as a decimal is here: {text[:40]!r}")
    return made
