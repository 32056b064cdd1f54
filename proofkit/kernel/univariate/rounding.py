"""Rationals rounded to decimals, up or down, and written as text."""

from __future__ import annotations

from fractions import Fraction


def round_up(x: Fraction, digits: int) -> Fraction:
    """The smallest decimal with ``digits`` significant digits not below x."""
    if x == 0:
        return x
    scale = _decimal_scale(x, digits)
    y = x * scale
    return Fraction(-(-y.numerator // y.denominator)) / scale


def round_down(x: Fraction, digits: int) -> Fraction:
    """The largest decimal with ``digits`` significant digits not above x."""
    return -round_up(-x, digits)


def _decimal_scale(x: Fraction, digits: int) -> Fraction:
    magnitude = abs(x)
    e = int(
        (magnitude.numerator.bit_length() - magnitude.denominator.bit_length()) * 30103 // 100000
    )
    while Fraction(10) ** e <= magnitude:
        e += 1
    while Fraction(10) ** (e - 1) > magnitude:
        e -= 1
    return Fraction(10) ** (digits - e)


def dyadic(x: Fraction, bits: int) -> Fraction:
    """The nearest multiple of 2^-bits."""
    return Fraction(round(x * 2**bits), 2**bits)


def decimal(x: Fraction, digits: int) -> str:
    """x to ``digits`` significant digits (for display)."""
    if x == 0:
        return "0"
    y = round_up(x, digits) if x < 0 else round_down(x, digits)
    if y.denominator == 1:
        return str(y)
    scale, places = y, 0
    while scale.denominator != 1:
        scale *= 10
        places += 1
    sign = "-" if scale < 0 else ""
    body = str(abs(scale.numerator)).rjust(places + 1, "0")
    return f"{sign}{body[:-places]}.{body[-places:]}"


def decimal_text(x: Fraction) -> str:
    """x itself: a decimal when it ends within 40 places, p/q otherwise."""
    places = next((k for k in range(41) if 10**k % x.denominator == 0), None)
    if not places:
        return str(x)
    digits = str(abs(x.numerator) * 10**places // x.denominator).rjust(places + 1, "0")
    return f"{'-' if x < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def number_text(q: Fraction, direction: int) -> str:
    """A decimal string rounded in the direction (-1 down, +1 up), exact when it terminates early.

    >>> number_text(Fraction(1, 3), 1)
    '0.333333333333333334'
    """
    if q.denominator == 1:
        return str(q)
    rounded = round_up(q, 18) if direction > 0 else round_down(q, 18)
    return decimal(rounded, 40)
