"""What proofs need of data and outer weights (which ``proofkit.reading`` reads).

Everything a proof needs of the data is summarised once, in exact integer
arithmetic; its cost does not enter the proofs.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from fractions import Fraction
from pathlib import Path

from flint import arb, fmpz_mat

from proofkit.errors import InputError, brief
from proofkit.reading.labels import LabelMap
from proofkit.reading.numbers import common_denominator, printable
from proofkit.reading.outer import MAX_WIDTH, outer_weights
from proofkit.reading.table import Table, rows_sha256

CHOLESKY_LIMIT = 160
MAX_NAMES = 20  # of features in a line for a terminal


@dataclass(frozen=True, repr=False)
class DataSummary:
    """What proofs use of (x_i, y_i): exact rationals, S = (1/n) sum x_i x_i^T enclosed."""

    source: str
    digest: str
    target: str
    n: int
    d: int
    B_x_squared: Fraction
    x_square_mean: Fraction
    B_y: Fraction
    y_min: Fraction
    y_max: Fraction
    y_abs_mean: Fraction
    y_square_mean: Fraction
    Lambda_S: tuple[Fraction, Fraction]
    features: tuple[str, ...]
    labels: LabelMap | None
    rows_sha256: str
    notes: tuple[str, ...] = field(default=(), compare=False)

    def __repr__(self) -> str:
        size = f"{self.n} x {self.d}"
        return f"<DataSummary {brief(self.source)}: {size}, target {brief(self.target)}>"

    def described(self) -> list[str]:
        """The rows, the features and the map of the labels, for the reader of a verdict."""
        names = ", ".join(self.features[:MAX_NAMES])
        more = len(self.features) - MAX_NAMES
        shown = f"{names}, ... and {more} more" if more > 0 else names
        lines = [
            f"{self.source}: {self.n} rows, target {self.target}, features {shown}",
            *([] if self.labels is None else [self.labels.sentence(self.target)]),
            *self.notes,
        ]
        return [printable(line) for line in lines]


def _register() -> tuple[Callable[[DataSummary], DataSummary], Callable[[DataSummary], bool]]:
    """(``measured``, ``is_measured``): the two functions that know which summaries were made from
    rows.
    """
    seen: set[bytes] = set()

    def content(summary: DataSummary) -> bytes:
        values = [getattr(summary, f.name) for f in fields(DataSummary) if f.compare]
        return hashlib.sha256(repr(values).encode()).digest()

    def measured(summary: DataSummary) -> DataSummary:
        """The summary, registered as made from rows: for the readers of rows in this package alone."""
        seen.add(content(summary))
        return summary

    def is_measured(summary: DataSummary) -> bool:
        """True when these very constants were made from rows in this process, not typed in or read
        from a certificate.
        """
        return content(summary) in seen

    return measured, is_measured


measured, is_measured = _register()


@dataclass(frozen=True, repr=False)
class Outer:
    """The fixed outer weights a in R^p, summarised exactly."""

    source: str
    digest: str
    p: int
    a_1: Fraction
    a_2_squared: Fraction
    a_inf: Fraction
    a_plus: Fraction
    a_minus: Fraction
    first_positive: Fraction | None
    first_negative: Fraction | None

    def __repr__(self) -> str:
        return f"<Outer {brief(self.source)}: p = {self.p}, ||a||_1 = {float(self.a_1):.6g}>"

    @property
    def one_sign(self) -> bool:
        """True when no two of the weights have opposite signs."""
        return min(self.a_plus, self.a_minus) == 0


def summarise(table: Table) -> DataSummary:
    """The constants of the data, exact but for lambda_max(S), which is enclosed."""
    n, d = table.n, table.d
    squares = [sum(v * v for v in row) for row in table.rows]
    y = table.labels
    y_abs = max(abs(v) for v in y)
    return measured(
        DataSummary(
            table.source,
            table.digest,
            table.target,
            n,
            d,
            Fraction(max(squares), table.x_scale**2),
            Fraction(sum(squares), n * table.x_scale**2),
            Fraction(y_abs, table.y_scale),
            Fraction(min(y), table.y_scale),
            Fraction(max(y), table.y_scale),
            Fraction(sum(abs(v) for v in y), n * table.y_scale),
            Fraction(sum(v * v for v in y), n * table.y_scale**2),
            largest_eigenvalue(table),
            table.features,
            table.label_map,
            rows_sha256(table),
            table.notes,
        )
    )


def gram(table: Table) -> list[list[int]]:
    """sum_i x_i x_i^T in units of x_scale^-2, exact."""
    X = fmpz_mat(table.n, table.d, [v for row in table.rows for v in row])
    G = X.transpose() * X
    return [[int(G[i, j]) for j in range(table.d)] for i in range(table.d)]


def largest_eigenvalue(table: Table) -> tuple[Fraction, Fraction]:
    """Rational [lo, hi] containing lambda_max(S); see ``largest_eigenvalue_of``."""
    return largest_eigenvalue_of(gram(table), Fraction(1, table.n * table.x_scale**2))


def largest_eigenvalue_of(G: list[list[int]], unit: Fraction) -> tuple[Fraction, Fraction]:
    """Rational [lo, hi] containing lambda_max(unit G).

    hi: hi*I - S is positive definite, by a Cholesky factorisation in balls;
    lo: the Rayleigh quotient of a rational vector, exact.  A float eigenvector only suggests.
    """
    import numpy as np

    d = len(G)
    trace = sum(G[i][i] for i in range(d)) * unit
    if trace == 0:
        return Fraction(0), Fraction(0)
    # Scaled by the trace before it becomes floating point, so that nothing overflows.
    approximate = np.array([[float(Fraction(v) * unit / trace) for v in row] for row in G])
    _, vectors = np.linalg.eigh(approximate)
    v = [round(float(c) * 2**48) for c in vectors[:, -1]]
    top = sum(v[i] * sum(G[i][j] * v[j] for j in range(d)) for i in range(d))
    lo = Fraction(top, sum(c * c for c in v)) * unit
    if d <= CHOLESKY_LIMIT:
        for slack in (10**-14, 10**-12, 10**-9, 10**-6):
            hi = lo * (1 + Fraction(slack))
            hi = _round_up(hi)
            if positive_definite(G, hi / unit):
                return lo, hi
    rows = max(sum(abs(c) for c in row) for row in G) * unit
    return lo, min(rows, trace)


def _round_up(q: Fraction) -> Fraction:
    """Up to 18 significant digits."""
    from proofkit.kernel.univariate.rounding import round_up

    return round_up(q, 18)


def positive_definite(G: list[list[int]], mu: Fraction) -> bool:
    """True when mu*I - G is proved positive definite (Cholesky in ball arithmetic)."""
    from proofkit.kernel.univariate import balls

    with balls.precision(max(256, 2 * max(abs(c) for row in G for c in row).bit_length())):
        d = len(G)
        m = [[arb(-G[i][j]) for j in range(d)] for i in range(d)]
        for i in range(d):
            m[i][i] += balls.ball(mu)
        for k in range(d):
            pivot = m[k][k]
            if not pivot > 0:
                return False
            for i in range(k + 1, d):
                factor = m[i][k] / pivot
                for j in range(k + 1, i + 1):
                    m[i][j] -= factor * m[j][k]
        return True


def load_outer(path: Path, decimal: str | None = None) -> Outer:
    """The weights of a file (see ``outer_weights``), summarised."""
    weights, digest = outer_weights(path, decimal)
    return summarise_outer(weights, path.name, digest)


def generate_outer(width: int, seed: int) -> list[Fraction]:
    """a_j uniform on a dyadic grid of [-c, c], c = 2^-ceil(log2(width)/2), from the Mersenne
    Twister.

    The grid has 2^24 points, so sums are exact; ||a||_2 stays below 1 whatever the width.
    """
    if width < 1:
        raise InputError(f"the width must be at least 1, not {width}")
    if width > MAX_WIDTH:
        raise InputError(f"the width {width} is beyond 10^7; give a smaller one")
    source = random.Random(seed)
    scale = 2**23 * 2 ** -(-(width - 1).bit_length() // 2)
    return [Fraction(source.getrandbits(24) - 2**23 or 1, scale) for _ in range(width)]


def summarise_outer(weights: Sequence[Fraction], source: str, digest: str) -> Outer:
    """Exact norms of the outer weights."""
    scale = 1
    for w in weights:
        scale = common_denominator(scale, w.denominator, f"an outer weight of {source}")
    values = [w.numerator * (scale // w.denominator) for w in weights]
    plus = sum(v for v in values if v > 0)
    minus = -sum(v for v in values if v < 0)
    positive = next((w for w in weights if w > 0), None)
    negative = next((w for w in weights if w < 0), None)
    return Outer(
        source,
        digest,
        len(weights),
        Fraction(plus + minus, scale),
        Fraction(sum(v * v for v in values), scale**2),
        Fraction(max(abs(v) for v in values), scale),
        Fraction(plus, scale),
        Fraction(minus, scale),
        positive,
        negative,
    )


def outer_from_seed(width: int, seed: int) -> Outer:
    """The generated weights, summarised."""
    return summarise_outer(generate_outer(width, seed), f"width {width}, seed {seed}", "")
