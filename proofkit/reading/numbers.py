"""Numbers in files: text denotes exactly one rational, and what is too long or too large is
refused.

A number is written ``[sign] digits [. digits] [e exponent] [/ digits]``; with the
decimal comma, a comma stands where the point does.  Digits are never grouped.
Numerator and denominator (in lowest terms) may have ``MAX_BITS`` bits, about 150
digits, and the text ``MAX_CHARACTERS`` characters.
"""

from __future__ import annotations

import re
from fractions import Fraction
from math import isfinite, lcm

from proofkit.errors import InputError

MAX_CHARACTERS = 1000
MAX_BITS = 512
MAX_EXPONENT = 1000  # beyond which a power of ten is not even computed
MAX_OPTION = 2000  # characters of a number of an option, or of a key of a file
MAX_OPTION_EXPONENT = 400
MAX_SCALE_BITS = (
    2048  # of the common denominator of a table; only fractions such as 1/3 can reach it
)

_NUMBER = re.compile(
    r"(?P<mantissa>[+-]?(?:\d+(?:\.\d*)?|\.\d+))(?:[eE](?P<exponent>[+-]?\d+))?(?:/(?P<below>\d+))?\Z",
    re.ASCII,
)
# At most 40 + 99 digits above or below: within MAX_BITS without a look.
_PLAIN = re.compile(r"([+-]?\d{1,40})(?:\.(\d{0,40}))?(?:[eE]([+-]?\d{1,2}))?\Z", re.ASCII)
_NOT_FINITE = ("nan", "inf", "infinity")
_MISSING = ("na", "n/a", "null", "none", "?", "-")


def exact_number(text: str, where: str, decimal: str = ".") -> Fraction:
    """The rational that a cell denotes; ``where`` names the cell in the InputError for what is
    none.

    >>> exact_number("1e-3", "x"), exact_number("-1/3", "x"), exact_number("0,5", "x", ",")
    (Fraction(1, 1000), Fraction(-1, 3), Fraction(1, 2))
    >>> exact_number("1e400", "the data file d.csv, row 2, column 'x'")
    Traceback (most recent call last):
    proofkit.errors.InputError: the data file d.csv, row 2, column 'x' is '1e400', too large or too finely divided: numbers may have about 150 digits; rescale the column
    """
    text = text.strip()
    usual = text if decimal == "." else _with_point(text)
    if usual is not None and len(usual) <= MAX_CHARACTERS and (found := _NUMBER.match(usual)):
        exponent = found["exponent"] or "0"
        size = exponent.lstrip("+-").lstrip("0")
        below = int(found["below"] or 1)
        if below == 0:
            raise InputError(f"{where} is {shown(text)}, which divides by zero")
        if len(size) > 4 or int(size or 0) > MAX_EXPONENT:
            raise _too_large(text, where)
        # A long mantissa is written with its exponent moved: 10^k is computed once, k at most 2000.
        value = Fraction(found["mantissa"]) * Fraction(10) ** int(exponent) / below
        return within_limits(value, text, where)
    if text.lower().lstrip("+-") in _NOT_FINITE:
        raise InputError(f"{where} is {text}; remove or impute that row")
    if not text:
        raise InputError(f"{where} is an empty cell; remove or impute that row")
    if text.lower() in _MISSING:
        raise InputError(f"{where} is {shown(text)}, a missing value; remove or impute that row")
    if len(text) > MAX_CHARACTERS and re.fullmatch(r"[-+0-9.,eE/]+", text):
        raise InputError(
            f"{where} has {len(text)} characters; a number may have {MAX_CHARACTERS} at most"
        )
    hint = _hint(text, decimal)
    raise InputError(f"{where} is {shown(text)}, not a number{hint}")


def rational(text: str, what: str) -> Fraction:
    """The rational that an option or a key says, such as 1/10, 0.1 or 1e-3; InputError for any other
    text, which names ``what``.

    A number of a proof may be longer than one of a table, and blanks may stand beside the stroke.

    >>> rational("1e-3", "--lam"), rational(" -1 / 3 ", "--lam")
    (Fraction(1, 1000), Fraction(-1, 3))
    >>> rational("0,1", "--lam")
    Traceback (most recent call last):
    proofkit.errors.InputError: --lam is '0,1', not a rational number; write it like 1/10, 0.1 or 1e-3
    """
    found = _NUMBER.match(re.sub(r"\s*/\s*", "/", text.strip()))
    below = "1" if found is None else found["below"] or "1"
    if found is None or not below.strip("0"):
        raise InputError(
            f"{what} is {shown(text.strip())}, not a rational number; write it like 1/10, 0.1 or "
            f"1e-3"
        )
    exponent = found["exponent"] or "0"
    size = exponent.lstrip("+-").lstrip("0") or "0"
    if len(text) > MAX_OPTION or len(size) > 3 or int(size) > MAX_OPTION_EXPONENT:
        raise InputError(
            f"{what} is {shown(text.strip())}, too long a number: it may have {MAX_OPTION} "
            f"characters and an exponent up to {MAX_OPTION_EXPONENT}"
        )
    return Fraction(found["mantissa"]) * Fraction(10) ** int(exponent) / int(below)


def plain_number(text: str) -> Fraction | None:
    """The rational of a short decimal; None for every other text, which ``exact_number`` judges.

    >>> plain_number("-0.50"), plain_number("1.25e+01"), plain_number("1/2")
    (Fraction(-1, 2), Fraction(25, 2), None)
    """
    found = _PLAIN.match(text)
    if found is None:
        return None
    whole, part, exponent = found.groups("")
    places = len(part) - int(exponent or 0)
    digits = int(whole + part)
    return Fraction(digits, 10**places) if places > 0 else Fraction(digits * 10**-places)


def _with_point(text: str) -> str | None:
    """A number with a decimal comma as one with a decimal point; None when it has a point already."""
    return None if "." in text else text.replace(",", ".")


def _hint(text: str, decimal: str) -> str:
    if decimal == "." and re.fullmatch(r"[+-]?\d*,\d+([eE][+-]?\d+)?", text, re.ASCII):
        return " with a decimal point; give --decimal comma if that is a decimal comma"
    if re.fullmatch(r"[+-]?\d{1,3}([.,' _]\d{3})+([.,]\d+)?", text, re.ASCII):
        return "; write digits without separators between thousands"
    if decimal == "," and "." in text:
        return " with a decimal comma; give --decimal point if it has a decimal point"
    words = "; words are taken as classes by the loss cross-entropy, in the target alone"
    return f"; every column must be numeric{words if text.isalpha() else ''}"


def shown(text: str) -> str:
    """At most 40 characters of a file, safe to print."""
    return ascii(text[:38] if len(text) > 38 else text)[:40]


def printable(text: str) -> str:
    """Text from a file must not reach a terminal as control sequences."""
    return "".join(ch if ch.isprintable() else f"\\x{ord(ch):02x}" for ch in text)


def _too_large(text: str, where: str) -> InputError:
    return InputError(
        f"{where} is {shown(text)}, too large or too finely divided: numbers may have about "
        f"150 digits; rescale the column"
    )


def within_limits(value: Fraction, text: str, where: str) -> Fraction:
    """The value; InputError when numerator or denominator is longer than ``MAX_BITS``."""
    if value.numerator.bit_length() > MAX_BITS or value.denominator.bit_length() > MAX_BITS:
        raise _too_large(text, where)
    return value


def exact_float(value: float, where: str) -> Fraction:
    """The rational that a binary number is; InputError for NaN and infinity, and beyond the limits.

    >>> exact_float(0.1, "x").denominator == 2**55
    True
    """
    if not isfinite(value):
        raise InputError(f"{where} is {value}; remove or impute that row")
    return within_limits(Fraction(value), repr(value), where)


def common_denominator(scale: int, denominator: int, where: str) -> int:
    """The least common multiple of a scale and a denominator; InputError when it gets too long."""
    if scale % denominator:
        scale = lcm(scale, denominator)
        if scale.bit_length() > MAX_SCALE_BITS:
            raise InputError(
                f"{where} makes the common denominator too long for exact arithmetic; write "
                f"fractions as decimals, or rescale the data"
            )
    return scale
