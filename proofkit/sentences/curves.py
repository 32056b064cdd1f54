"""A curve theta(t) as a mathematician writes it: matrices with a common power of t in front."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from proofkit.kernel.claims import Curve, Leading, Monomial, Sample, UnitGroup
from proofkit.kernel.univariate.terms import ZERO, Node, to_text

LARGEST = 6
"""The most rows, and the most columns, of a matrix that is written out."""
LONG = 16
"""The longest text of a number that is written out."""
DIGITS = 5
"""Significant digits of a number that is not."""
SHOWN = 4
"""How many of them are shown of a row."""
NOTHING = Monomial(Fraction(0), Fraction(0))
ONE = Monomial(Fraction(1), Fraction(0))

Row = tuple[Monomial, ...]


@dataclass(frozen=True)
class Matrix:
    """``factor`` times ``rows``; each row stands ``counts`` times where not all are written out.

    Where numbers are long the rows are multiples of ``vectors`` instead: ``signs`` has for each row
    its vector, from 0, and 1 or -1, and None for a row of zeros.
    """

    name: str
    factor: Monomial
    rows: tuple[Row, ...]
    counts: tuple[int, ...]
    shared: tuple[int, ...]
    vectors: tuple[Row, ...] = ()
    signs: tuple[tuple[int, int] | None, ...] = ()

    def vector(self, number: int) -> str:
        """What a vector is called, in text and in LaTeX: c, or c_1, c_2, ... of several."""
        return "c" if len(self.vectors) == 1 else f"c_{number + 1}"

    @property
    def written_out(self) -> bool:
        """True where every row and column is there once."""
        return set(self.counts) <= {1} and set(self.shared) <= {1}

    @property
    def is_zero(self) -> bool:
        """True where no entry is anything else."""
        return all(_is_nothing(entry) for row in self.rows for entry in row)


@dataclass(frozen=True)
class WrittenCurve:
    """Weights and biases that are not 0, and whether there are others."""

    matrices: tuple[Matrix, ...]
    others: bool


def written(curve: Curve) -> WrittenCurve:
    """The matrices of a curve, without the units that have no weight at all.

    >>> one, c = Monomial(Fraction(1), Fraction(1)), Monomial(Fraction(1, 4), Fraction(-2))
    >>> chain = Curve(((UnitGroup(1, (c,)),), (UnitGroup(1, (one,)),), (UnitGroup(1, (one,)),)))
    >>> in_text(written(chain))
    'W_1 = 1/(4 t^2), W_2 = t, a = t'
    """
    alive = [_alive(curve, number) for number in range(len(curve.layers))]
    found: list[Matrix] = []
    for number, groups in enumerate(curve.layers):
        columns = alive[number - 1] if number else tuple(range(len(groups[0].weights)))
        shared = [curve.layers[number - 1][k].count if number else 1 for k in columns]
        kept = [groups[k] for k in alive[number]]
        rows = [tuple(group.weights[k] for k in columns) for group in kept]
        name = "a" if _is_head(curve, number) else f"W_{number + 1}"
        found.append(_matrix(name, kept, rows, shared))
        biases = [group.bias or NOTHING for group in kept]
        if not all(map(_is_nothing, biases)):
            found.append(_matrix(f"b_{number + 1}", kept, [(bias,) for bias in biases], [1]))
    return WrittenCurve(tuple(found), _others(curve, alive))


def _is_head(curve: Curve, number: int) -> bool:
    """True for a last layer with one output behind a hidden layer."""
    groups = curve.layers[number]
    last = number == len(curve.layers) - 1
    return last and number > 0 and len(groups) == 1 and groups[0].count == 1


def _alive(curve: Curve, number: int) -> tuple[int, ...]:
    """The groups of a layer with some weight, in or out; every output is one."""
    groups = curve.layers[number]
    if number == len(curve.layers) - 1:
        return tuple(range(len(groups)))
    after = curve.layers[number + 1]
    kept = tuple(
        k
        for k, group in enumerate(groups)
        if not all(map(_is_nothing, _incoming(group)))
        or not all(_is_nothing(later.weights[k]) for later in after)
    )
    return kept or (0,)


def _incoming(group: UnitGroup) -> Iterable[Monomial]:
    return group.weights if group.bias is None else (*group.weights, group.bias)


def _others(curve: Curve, alive: Sequence[tuple[int, ...]]) -> bool:
    """True where weights or biases are left out because they are 0."""
    if any(len(kept) < len(groups) for kept, groups in zip(alive, curve.layers, strict=True)):
        return True
    return any(
        all(_is_nothing(group.bias or NOTHING) for group in groups)
        and any(group.bias is not None for group in groups)
        for groups in curve.layers
    )


def _is_nothing(entry: Monomial) -> bool:
    return entry.coefficient == 0


def _matrix(
    name: str, groups: Sequence[UnitGroup], rows: Sequence[Row], shared: Sequence[int]
) -> Matrix:
    """The matrix, written out where it is small, with what its entries have in common in front."""
    counts = [group.count for group in groups]
    if sum(counts) <= LARGEST and sum(shared) <= LARGEST:
        wide = [
            tuple(entry for entry, times in zip(row, shared, strict=True) for _ in range(times))
            for row in rows
        ]
        rows = [row for row, times in zip(wide, counts, strict=True) for _ in range(times)]
        counts, shared = [1] * len(rows), [1] * len(rows[0])
    factor = _common([entry for row in rows for entry in row])
    divided = tuple(tuple(_divided(entry, factor) for entry in row) for row in rows)
    made = Matrix(name, factor, divided, tuple(counts), tuple(shared))
    return _abbreviated(made) if any(_is_long(e) for row in divided for e in row) else made


def _is_long(entry: Monomial) -> bool:
    return len(str(entry.coefficient)) > LONG


def _abbreviated(matrix: Matrix) -> Matrix:
    """The matrix with names for its rows, up to their signs."""
    vectors: list[Row] = []
    signs: list[tuple[int, int] | None] = []
    for row in matrix.rows:
        opposite = tuple(Monomial(-entry.coefficient, entry.exponent) for entry in row)
        if all(map(_is_nothing, row)):
            signs.append(None)
        elif opposite in vectors:
            signs.append((vectors.index(opposite), -1))
        else:
            if row not in vectors:
                vectors.append(row)
            signs.append((vectors.index(row), 1))
    return replace(matrix, vectors=tuple(vectors), signs=tuple(signs))


def nearly(number: Fraction) -> str:
    """The number to five significant digits.

    >>> nearly(Fraction(-2, 3)), nearly(Fraction(1, 4)), nearly(Fraction(10**30, 3))
    ('-0.66667', '0.25', '3.3333e+29')
    """
    return f"{Decimal(number.numerator) / Decimal(number.denominator):.{DIGITS}g}"


def shown_entries(row: Row) -> tuple[tuple[Monomial, ...], int]:
    """The first entries of a row, and how many are left out."""
    kept = row if len(row) <= SHOWN + 1 else row[:SHOWN]
    return kept, len(row) - len(kept)


def _common(entries: Sequence[Monomial]) -> Monomial:
    """c t^k where every entry is a multiple of t^k, c > 0 the modulus of all, or 1; else 1."""
    present = [entry for entry in entries if not _is_nothing(entry)]
    exponents = {entry.exponent for entry in present}
    if len(exponents) != 1 or len(entries) == 1:
        return ONE
    moduli = {abs(entry.coefficient) for entry in present}
    return Monomial(moduli.pop() if len(moduli) == 1 else Fraction(1), exponents.pop())


def _divided(entry: Monomial, factor: Monomial) -> Monomial:
    if _is_nothing(entry):
        return NOTHING
    return Monomial(entry.coefficient / factor.coefficient, entry.exponent - factor.exponent)


# -- how a matrix is laid out ----------------------------------------------------------------------


@dataclass(frozen=True)
class Notation:
    """How entries and rows are written: in plain text, or in LaTeX.

    ``monomial`` writes c t^k, ``between`` stands between entries and ``after_factor`` behind the common
    power in front; ``transposed`` stands behind a row that is a column, ``stacked`` behind rows that
    are called by names. ``repeated_entry``, ``repeated_row`` and ``repeated_name`` write what stands in
    a matrix several times.
    """

    monomial: Callable[[Monomial], str]
    between: str
    after_factor: str
    transposed: str
    stacked: str
    repeated_entry: Callable[[str, int], str]
    repeated_row: Callable[[str, int], str]
    repeated_name: Callable[[str, int], str]

    def bracketed(self, entries: Iterable[str]) -> str:
        """(a, b, c)."""
        return f"({self.between.join(entries)})"


def laid_out(matrix: Matrix, notation: Notation) -> str:
    """A matrix in a notation: its rows, or the names of its rows, with the common factor in front."""
    if matrix.is_zero:
        return "0"
    has_factor = matrix.factor != ONE
    factor = f"{notation.monomial(matrix.factor)}{notation.after_factor}" if has_factor else ""
    if matrix.vectors:
        return f"{factor}{_by_names(matrix, notation)}"
    if not matrix.written_out:
        return f"{factor}{_by_groups(matrix, notation)}"
    return f"{factor}{_in_full(matrix, notation)}"


def _in_full(matrix: Matrix, notation: Notation) -> str:
    """Every entry: a number, a row, a column, or the rows of a matrix."""
    rows = [[notation.monomial(entry) for entry in row] for row in matrix.rows]
    if len(rows) == len(rows[0]) == 1:
        return rows[0][0]
    if len(rows) == 1:
        return notation.bracketed(rows[0])
    if len(rows[0]) == 1:
        return f"{notation.bracketed(row[0] for row in rows)}{notation.transposed}"
    return notation.bracketed(map(notation.bracketed, rows))


def _by_names(matrix: Matrix, notation: Notation) -> str:
    """The rows by the names of their vectors."""
    rows: list[str] = []
    for sign, count in zip(matrix.signs, matrix.counts, strict=True):
        if sign is None:
            name = "0"
        else:
            number, side = sign
            name = matrix.vector(number) if side > 0 else f"-{matrix.vector(number)}"
        rows.append(name if count == 1 else notation.repeated_name(name, count))
    return rows[0] if len(rows) == 1 else f"{notation.bracketed(rows)}{notation.stacked}"


def _by_groups(matrix: Matrix, notation: Notation) -> str:
    """A large matrix: its different rows, and how often each stands in it."""
    rows: list[str] = []
    for row, count in zip(matrix.rows, matrix.counts, strict=True):
        entries = [
            notation.monomial(entry)
            if times == 1
            else notation.repeated_entry(notation.monomial(entry), times)
            for entry, times in zip(row, matrix.shared, strict=True)
        ]
        shown = notation.bracketed(entries)
        rows.append(shown if count == 1 else notation.repeated_row(shown, count))
    return rows[0] if len(rows) == 1 else notation.bracketed(rows)


# -- plain text ------------------------------------------------------------------------------------


def in_text(curve: WrittenCurve) -> str:
    """A curve in a line of plain text."""
    parts = [f"{m.name} = {laid_out(m, _plain())}" for m in curve.matrices]
    parts += [
        f"{m.vector(k)} near {_vector_in_text(row)}"
        for m in curve.matrices
        for k, row in enumerate(m.vectors)
    ]
    return ", ".join([*parts, "all other weights 0"] if curve.others else parts)


def _plain() -> Notation:
    """Matrices in a line of plain text."""
    return Notation(
        monomial=monomial,
        between=", ",
        after_factor=" ",
        transposed="^T",
        stacked="",
        repeated_entry=lambda entry, times: f"{times} times {entry}",
        repeated_row=lambda row, times: f"{times} rows {row}",
        repeated_name=lambda name, times: f"{times} rows {name}",
    )


def _vector_in_text(row: Row) -> str:
    """A row in decimals, of which the certificate has all digits."""
    kept, left = shown_entries(row)
    entries = ", ".join(nearly(entry.coefficient) for entry in kept)
    return f"({entries}, ... and {left} more)" if left else f"({entries})"


def monomial(given: Monomial) -> str:
    """c t^k in plain text.

    >>> [monomial(Monomial(Fraction(c), Fraction(k))) for c, k in (("3/4", -2), (-1, 1), (2, 0))]
    ['3/(4 t^2)', '-t', '2']
    """
    c, k = given.coefficient, given.exponent
    if k == 0 or c == 0:
        return str(c)
    power = _power(abs(k))
    if k > 0:
        lead = {Fraction(1): "", Fraction(-1): "-"}.get(c)
        number = f"({c})" if c.denominator > 1 else str(c)
        return f"{number} {power}" if lead is None else f"{lead}{power}"
    below = power if c.denominator == 1 else f"({c.denominator} {power})"
    return f"{c.numerator}/{below}"


def _power(k: Fraction) -> str:
    """t^k for k > 0."""
    if k == 1:
        return "t"
    return f"t^{k}" if k.denominator == 1 else f"t^({k})"


def power(k: Fraction) -> str:
    """t^k for any k.

    >>> power(Fraction(0)), power(Fraction(1)), power(Fraction(-2)), power(Fraction(1, 2))
    ('1', 't', '1/t^2', 't^(1/2)')
    """
    return monomial(Monomial(Fraction(1), k))


def growth(quantity: str, leading: Leading) -> str:
    """How a quantity grows: L ~ 2 lambda t^2, L -> 1, L = O(t).

    >>> from proofkit.kernel.univariate.terms import num
    >>> growth("L", Leading(Fraction(2), num(3))), growth("L", Leading(Fraction(1)))
    ('L ~ 3 t^2', 'L = O(t)')
    """
    k, coefficient = leading.exponent, leading.coefficient
    if coefficient is None:
        return f"{quantity} = O({power(k)})"
    if coefficient == ZERO or k < 0:
        return f"{quantity} -> 0"
    if k == 0:
        return f"{quantity} -> {to_text(coefficient)}"
    if leading.rounded:
        side = "<=" if leading.rounded > 0 else ">="
        return f"{quantity} ~ v {power(k)} with v {side} {to_text(coefficient)}"
    return f"{quantity} ~ {_times(coefficient)}{power(k)}"


def _times(coefficient: Node) -> str:
    """A coefficient in front of a power; nothing for 1."""
    text = to_text(coefficient)
    if text == "1":
        return ""
    return f"({text}) " if coefficient.op in ("add", "sub", "div") else f"{text} "


def samples_in_text(samples: Sequence[Sample]) -> str:
    """The samples of an instance.

    >>> samples_in_text([Sample((Fraction(1),), (Fraction(0),))])
    'x_1 = 1, y_1 = 0'
    """
    return ", ".join(
        f"x_{k} = {_vector(sample.x)}, y_{k} = {_vector(sample.y)}"
        for k, sample in enumerate(samples, 1)
    )


def _vector(entries: Sequence[Fraction]) -> str:
    shown = ", ".join(map(str, entries))
    return shown if len(entries) == 1 else f"({shown})"
