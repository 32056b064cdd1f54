"""Curves of weights in formulas: the matrices, the samples of an instance, and what grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from proofkit.exposition import numbers
from proofkit.exposition.formulas import latex, read
from proofkit.kernel.claims import Curve, Monomial, Sample, UnitGroup
from proofkit.kernel.univariate.terms import Node
from proofkit.sentences.curves import (
    DIGITS,
    Matrix,
    Notation,
    WrittenCurve,
    laid_out,
    shown_entries,
    written,
)

MANY_SAMPLES = 6
"""Samples beyond which a sentence says where they are written out."""


def curve_of(record: Mapping[str, Any]) -> Curve:
    """The curve that a certificate records."""
    samples = record["samples"]
    return Curve(
        tuple(
            tuple(
                UnitGroup(
                    int(group["count"]),
                    tuple(map(_monomial_of, group["weights"])),
                    None if group["bias"] is None else _monomial_of(group["bias"]),
                )
                for group in groups
            )
            for groups in record["layers"]
        ),
        None
        if samples is None
        else tuple(Sample(_vector_of(s["x"]), _vector_of(s["y"])) for s in samples),
    )


def _monomial_of(pair: Sequence[str]) -> Monomial:
    coefficient, exponent = pair
    return Monomial(Fraction(coefficient), Fraction(exponent))


def _vector_of(entries: Sequence[str]) -> tuple[Fraction, ...]:
    return tuple(map(Fraction, entries))


# -- formulas --------------------------------------------------------------------------------------


def in_display(curve: Curve) -> str:
    """The matrices of a curve in LaTeX, side by side.

    >>> t, c = Monomial(Fraction(1), Fraction(1)), Monomial(Fraction(3, 4), Fraction(-2))
    >>> in_display(Curve(((UnitGroup(1, (c,)),), (UnitGroup(1, (t,)),))))
    'W_1=\\\\frac{3}{4t^2},\\\\quad a=t'
    """
    matrices = written(curve).matrices
    shown = [_equation(m) for m in matrices]
    shown += [_vector_equation(m, k) for m in matrices for k in range(len(m.vectors))]
    return r",\quad ".join(shown)


def others_are_zero(curve: Curve) -> bool:
    """True where weights that are 0 are left out."""
    found: WrittenCurve = written(curve)
    return found.others


def _equation(matrix: Matrix) -> str:
    return f"{matrix.name}={laid_out(matrix, _in_formulas())}"


def _vector_equation(matrix: Matrix, number: int) -> str:
    """A row of long numbers in decimals; the certificate has all digits."""
    kept, left = shown_entries(matrix.vectors[number])
    entries = [_nearly(entry.coefficient) for entry in kept]
    entries += [r"\ldots"] if left else []
    return rf"{matrix.vector(number)}\approx({','.join(entries)})"


def _nearly(number: Fraction) -> str:
    return numbers.latex(numbers.nearest(number, DIGITS), 1, DIGITS) if number else "0"


def _in_formulas() -> Notation:
    """Matrices in LaTeX; how often a row stands there is an index."""
    return Notation(
        monomial=monomial,
        between=",",
        after_factor=r"\,",
        transposed=r"^{\mathsf T}",
        stacked=r"^{\mathsf T}",
        repeated_entry=lambda entry, times: rf"[{entry}]_{{\times{times}}}",
        repeated_row=lambda row, times: rf"{row}_{{\times{times}}}",
        repeated_name=lambda name, times: rf"[{name}]_{{\times{times}}}",
    )


def monomial(given: Monomial) -> str:
    """c t^k in LaTeX.

    >>> [monomial(Monomial(Fraction(c), Fraction(k))) for c, k in (("-3/4", -2), (2, 1), (1, 0))]
    ['-\\\\frac{3}{4t^2}', '2t', '1']
    """
    c, k = given.coefficient, given.exponent
    if k == 0 or c == 0:
        return numbers.rational(c)
    if k > 0:
        lead = {Fraction(1): "", Fraction(-1): "-"}.get(c, numbers.rational(c))
        return f"{lead}{_power(k)}"
    below = "" if c.denominator == 1 else str(c.denominator)
    sign = "-" if c < 0 else ""
    return rf"{sign}\frac{{{abs(c.numerator)}}}{{{below}{_power(-k)}}}"


def _power(k: Fraction) -> str:
    """t^k for k > 0 in LaTeX."""
    if k == 1:
        return "t"
    return f"t^{k}" if len(str(k)) == 1 else f"t^{{{k}}}"


def power(k: Fraction) -> str:
    """t^k for any k in LaTeX."""
    return monomial(Monomial(Fraction(1), k))


def samples(curve: Curve) -> str:
    """The samples of an instance in LaTeX; where they are many, nothing."""
    if not curve.samples or len(curve.samples) > MANY_SAMPLES:
        return ""
    return ",\\ ".join(
        f"x_{k}={_vector(sample.x)},\\ y_{k}={_vector(sample.y)}"
        for k, sample in enumerate(curve.samples, 1)
    )


def _vector(entries: Sequence[Fraction]) -> str:
    shown = ",".join(map(numbers.rational, entries))
    return shown if len(entries) == 1 else f"({shown})"


# -- growth ----------------------------------------------------------------------------------------


def growth(quantity: str, leading: Mapping[str, Any]) -> str:
    """How a quantity grows: an equation in LaTeX, with a bound of its coefficient where that is one.

    >>> growth("L", {"exponent": "2", "coefficient": "3"})
    'L\\\\sim3t^2'
    >>> growth("L", {"exponent": "4", "coefficient": "1"})
    'L\\\\sim t^4'
    """
    k = Fraction(str(leading["exponent"]))
    if leading["coefficient"] is None:
        return rf"{quantity}=O({power(k)})"
    coefficient = read(str(leading["coefficient"]))
    if k < 0 or (coefficient.op == "num" and coefficient.rational == 0):
        return rf"{quantity}\to0"
    rounded = int(leading.get("rounded", 0))
    if rounded:
        bound = rf"v\{'le' if rounded > 0 else 'ge'} {latex(coefficient)}"
        shown = rf"{quantity}\sim v\,{power(k)}" if k else rf"{quantity}\to v"
        return rf"{shown}\ ({bound})"
    if k == 0:
        return rf"{quantity}\to{_spaced(latex(coefficient))}"
    return rf"{quantity}\sim{_spaced(_times(coefficient) + power(k))}"


def _times(coefficient: Node) -> str:
    """A coefficient in front of a power; nothing for 1."""
    text = latex(coefficient)
    if text == "1":
        return ""
    if coefficient.op in ("add", "sub"):
        return rf"\left({text}\right)"
    return text if coefficient.op == "num" else rf"{text}\,"


def _spaced(text: str) -> str:
    """A formula behind a command that ends in a letter."""
    return f" {text}" if text[:1].isalpha() else text
