"""Rational numbers as decimals, rounded outwards."""

from __future__ import annotations

from fractions import Fraction

DECIMALS = 6  # places of a number that is written as a decimal rather than a fraction
PLAIN = range(-4, 7)  # the powers of ten that are written out


def exponent(q: Fraction) -> int:
    """The e with 10^e <= |q| < 10^(e+1); q is not zero."""
    q = abs(q)
    e = len(str(q.numerator)) - len(str(q.denominator))
    return e if q >= Fraction(10) ** e else e - 1


def rounded(q: Fraction, direction: int, digits: int) -> Fraction:
    """q to ``digits`` significant digits, down (-1) or up (+1)."""
    if q == 0:
        return q
    unit = Fraction(10) ** (exponent(q) - digits + 1)
    scaled = q / unit
    whole = -((-scaled.numerator) // scaled.denominator) if direction > 0 else scaled.__floor__()
    return whole * unit


def nearest(q: Fraction, digits: int) -> Fraction:
    """The closest number of so many significant digits: for values that are marked as near, never
    for bounds.

    >>> nearest(Fraction(999999, 1000000), 4)
    Fraction(1, 1)
    """
    return min((rounded(q, way, digits) for way in (-1, 1)), key=lambda r: abs(r - q))


def decimal(q: Fraction) -> str:
    """A decimal fraction written out; ValueError when q has no finite expansion."""
    sign, q = ("-" if q < 0 else ""), abs(q)
    places = 0
    while (q * 10**places).denominator != 1:
        places += 1
        if places > 2000:
            raise ValueError("not a decimal fraction")
    digits = str(int(q * 10**places)).rjust(places + 1, "0")
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def latex(q: Fraction, direction: int, digits: int = 4) -> str:
    """q in LaTeX, rounded in the direction: written out where it is short, else times a power of
    ten.

    >>> latex(Fraction(2, 3), 1), latex(Fraction(-2, 3), 1), latex(Fraction(73591444, 1000), -1)
    ('0.6667', '-0.6666', '73590')
    >>> latex(Fraction(10) ** 12, 1)
    '10^{12}'
    """
    r = rounded(q, direction, digits)
    if r == 0:
        return "0"
    e = exponent(r)
    if e in PLAIN:
        return decimal(r)
    mantissa = decimal(r / Fraction(10) ** e)
    power = rf"10^{{{e}}}"
    if mantissa in ("1", "-1"):
        return f"{mantissa[:-1]}{power}"
    return rf"{mantissa}\cdot{power}"


def is_short_decimal(q: Fraction) -> bool:
    """True when q reads better with a point than with a bar: hundredths, say, but no halves and
    quarters.
    """
    return q.denominator % 5 == 0 and 10**DECIMALS % q.denominator == 0


def rational(q: Fraction) -> str:
    """q in LaTeX, exactly: a fraction, or the decimal that was meant by one such as 11/100.

    >>> rational(Fraction(11, 100)), rational(Fraction(-3, 4))
    ('0.11', '-\\\\tfrac{3}{4}')
    """
    if q.denominator == 1:
        return str(q)
    if q.denominator >= 100 and is_short_decimal(q):
        return decimal(q)
    return rf"{'-' if q < 0 else ''}\tfrac{{{abs(q.numerator)}}}{{{q.denominator}}}"


def plain(q: Fraction) -> str:
    """q in text, exactly: a fraction, or the decimal that was meant by one such as 11/100.

    >>> plain(Fraction(11, 100)), plain(Fraction(-3, 4)), plain(Fraction(1, 10))
    ('0.11', '-3/4', '1/10')
    """
    return decimal(q) if q.denominator >= 100 and is_short_decimal(q) else str(q)


def short(q: Fraction, digits: int = 4) -> bool:
    """True when q is best written exactly: a whole number or a fraction of few digits."""
    return len(str(abs(q))) <= max(digits + 1, 5)


def enclosure(lo: Fraction, hi: Fraction, digits: int = 4) -> tuple[str, str]:
    """(relation, value) of a number between two bounds: ("=", exact) or ("\\in", interval), in
    LaTeX.

    >>> enclosure(Fraction(1, 2), Fraction(1, 2))
    ('=', '\\\\tfrac{1}{2}')
    >>> enclosure(Fraction(1415, 1000), Fraction(1415, 1000))
    ('=', '1.415')
    >>> enclosure(Fraction(769800358, 10**9), Fraction(769800359, 10**9))
    ('\\\\in', '[0.7698,\\\\,0.7699]')
    """
    if lo == hi and short(lo, digits):
        return "=", rational(lo)
    below, above = latex(lo, -1, digits), latex(hi, 1, digits)
    # Outward roundings that meet leave the number no room.
    return ("=", below) if below == above else (r"\in", rf"[{below},\,{above}]")
