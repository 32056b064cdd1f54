"""What proofs use of data and outer weights: exact constants, made from rows in exact arithmetic.

S = (1/n) sum x_i x_i^T; its largest eigenvalue is enclosed, and both ends of an enclosure are
verified here: whoever suggests them may have used floating point.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from fractions import Fraction

from flint import arb, arb_mat, ctx, fmpq, fmpz_mat

from proofkit.errors import InputError, brief
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.univariate import balls
from proofkit.kernel.univariate.rounding import round_up
from proofkit.reading.labels import LabelMap
from proofkit.reading.numbers import common_denominator, printable
from proofkit.reading.outer import MAX_WIDTH
from proofkit.reading.scaling import Scaling
from proofkit.reading.table import Table, rows_sha256

CHOLESKY_LIMIT = 160
MAX_NAMES = 20  # of features in a line for a terminal
PRECISIONS = (128, 512, 2048)
PIVOT_LIMIT, EXACT_LIMIT = 300, 64
"""The largest matrices whose inertia is found by pivots in balls, and by exact elimination."""
LOOSE = Fraction(1, 10**5)
"""The largest width of an enclosure of lambda_max(S), and its end above the trace, in proportion.
"""


@dataclass(frozen=True, repr=False)
class DataSummary:
    """What proofs use of (x_i, y_i): exact rationals, S = (1/n) sum x_i x_i^T enclosed.

    Where there is a ``scaling``, (x_i, y_i) are the scaled numbers, and ``source`` and ``digest``
    are those of the file that was scaled.
    """

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
    scaling: Scaling | None = None

    def __repr__(self) -> str:
        size = f"{self.n} x {self.d}"
        return f"<DataSummary {brief(self.called)}: {size}, target {brief(self.target)}>"

    @property
    def called(self) -> str:
        """The name of the file, and whether its columns were scaled."""
        return self.source if self.scaling is None else f"{self.source} (scaled)"

    def described(self) -> list[str]:
        """The rows, the features and the map of the labels, for the reader of a verdict."""
        names = ", ".join(self.features[:MAX_NAMES])
        more = len(self.features) - MAX_NAMES
        shown = f"{names}, ... and {more} more" if more > 0 else names
        lines = [
            f"{self.source}: {self.n} rows, target {self.target}, features {shown}",
            *([] if self.labels is None else [self.labels.sentence(self.target)]),
            *self.scaling_said(),
            *self.notes,
        ]
        return [printable(line) for line in lines]

    def scaling_said(self) -> list[str]:
        """How the columns were scaled, in a sentence; nothing where they are as in the file."""
        return [] if self.scaling is None else [self.scaling.sentence(self.features, self.target)]


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


# -- constants made from rows ----------------------------------------------------------------------


@dataclass(frozen=True)
class Spectrum:
    """A suggestion for the largest eigenvalue of a Gram matrix: a vector near its eigenvector, and
    in proportion how far above its Rayleigh quotient the end may lie that is tried.
    """

    vector: tuple[int, ...]


def summarise(table: Table, suggestion: Spectrum) -> DataSummary:
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
            largest_eigenvalue(gram(table), unit_of(table), suggestion),
            table.features,
            table.label_map,
            rows_sha256(table),
            table.notes,
            table.scaling,
        )
    )


def gram(table: Table) -> list[list[int]]:
    """sum_i x_i x_i^T in units of x_scale^-2, exact."""
    X = fmpz_mat(table.n, table.d, [v for row in table.rows for v in row])
    G = X.transpose() * X
    return [[int(G[i, j]) for j in range(table.d)] for i in range(table.d)]


def unit_of(table: Table) -> Fraction:
    """The factor u with S = u G for the Gram matrix G of the whole numbers of a table."""
    return Fraction(1, table.n * table.x_scale**2)


def largest_eigenvalue(
    G: list[list[int]], unit: Fraction, suggestion: Spectrum
) -> tuple[Fraction, Fraction]:
    """Rational [lo, hi] containing lambda_max(unit G).

    hi: hi*I - S is positive definite, by a Cholesky factorisation in balls;
    lo: the Rayleigh quotient of the suggested vector, exact.
    """
    d = len(G)
    trace = sum(G[i][i] for i in range(d)) * unit
    if trace == 0:
        return Fraction(0), Fraction(0)
    v = suggestion.vector
    if len(v) != d or not any(v):
        raise KernelError("the vector suggested for the largest eigenvalue is none of R^d")
    top = sum(v[i] * sum(G[i][j] * v[j] for j in range(d)) for i in range(d))
    lo = Fraction(top, sum(c * c for c in v)) * unit
    if d <= CHOLESKY_LIMIT:
        for slack in (10**-14, 10**-12, 10**-9, 10**-6):
            hi = round_up(lo * (1 + Fraction(slack)), 18)
            if positive_definite(G, hi / unit):
                return lo, hi
    rows = max(sum(abs(c) for c in row) for row in G) * unit
    return lo, min(rows, trace)


def positive_definite(G: list[list[int]], mu: Fraction) -> bool:
    """True when mu*I - G is proved positive definite (Cholesky in ball arithmetic)."""
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


# -- recorded constants beside rows ----------------------------------------------------------------


def not_whole(table: Table) -> str:
    """What is wrong with a table as a list of whole numbers over two scales; '' when nothing."""
    rows, labels = table.rows, table.labels
    whole = [table.x_scale, table.y_scale, *labels, *(v for row in rows for v in row)]
    if any(type(v) is not int for v in whole) or min(table.x_scale, table.y_scale) < 1:
        return "the rows are no whole numbers over a positive scale"
    if {len(row) for row in rows} != {table.d} or len(labels) != len(rows):
        return "the rows have different lengths"
    return ""


class UndecidedError(KernelError):
    """Whether recorded constants are those of the rows is not decided."""


def differs(name: str, whose: str, own: object, said: object) -> str:
    """The sentence for a number that is another one."""
    return f"{name} of your {whose} is {str(own)[:40]}, the certificate says {str(said)[:40]}"


def data_differ(recorded: DataSummary, table: Table) -> str:
    """How recorded constants differ from those of rows and labels; '' when proved to be theirs.

    The rows are compared by their digest as well.  Raises UndecidedError when the eigenvalue cannot
    be decided.
    """
    n, d, y = table.n, table.d, table.labels
    squares = [sum(v * v for v in row) for row in table.rows]
    own = {
        "n": (recorded.n, n),
        "d": (recorded.d, d),
        "B_x_squared": (recorded.B_x_squared, Fraction(max(squares), table.x_scale**2)),
        "X2": (recorded.x_square_mean, Fraction(sum(squares), n * table.x_scale**2)),
        "B_y": (recorded.B_y, Fraction(max(abs(v) for v in y), table.y_scale)),
        "y_min": (recorded.y_min, Fraction(min(y), table.y_scale)),
        "y_max": (recorded.y_max, Fraction(max(y), table.y_scale)),
        "Y1": (recorded.y_abs_mean, Fraction(sum(abs(v) for v in y), n * table.y_scale)),
        "Y2": (recorded.y_square_mean, Fraction(sum(v * v for v in y), n * table.y_scale**2)),
    }
    for name, (said, value) in own.items():
        if said != value:
            return differs(name, "data", value, said)
    low, high = recorded.Lambda_S
    G, unit = gram(table), unit_of(table)
    widest = max(sum(abs(c) for c in line) for line in G) * unit
    if high > low * (1 + LOOSE) and high != min(widest, recorded.x_square_mean):
        return (
            "the certificate's enclosure of the largest eigenvalue of S is wider than any recorded"
        )
    if not (largest_at_least(G, low / unit) and largest_at_most(G, high / unit)):
        return (
            "the certificate's enclosure of the largest eigenvalue of S is not that of the "
            "reader's data"
        )
    if recorded.rows_sha256 != rows_sha256(table):
        return "the certificate speaks of other rows with the same constants"
    return ""


def outer_differ(recorded: Outer, weights: Sequence[Fraction]) -> str:
    """How recorded norms differ from those of outer weights; '' when they do not."""
    own = summarise_outer(weights, recorded.source, recorded.digest)
    for name in (f.name for f in fields(Outer)):
        said, value = getattr(recorded, name), getattr(own, name)
        if said != value:
            return differs(name, "outer weights", value, said)
    return ""


def largest_at_most(G: Sequence[Sequence[int]], mu: Fraction) -> bool:
    """True when lambda_max(G) <= mu, False when it is larger; UndecidedError when that stays open."""
    trace = sum(G[i][i] for i in range(len(G)))
    if trace <= mu or max(sum(abs(c) for c in line) for line in G) <= mu:
        return True
    return _inertia(G, mu) >= 0


def largest_at_least(G: Sequence[Sequence[int]], mu: Fraction) -> bool:
    """True when lambda_max(G) >= mu, False when it is smaller; UndecidedError when that stays open."""
    trace = sum(G[i][i] for i in range(len(G)))
    if trace >= mu * len(G) or max(G[i][i] for i in range(len(G))) >= mu:
        return True
    return trace >= mu and (_has_vector(G, mu) or _inertia(G, mu) <= 0)


def _has_vector(G: Sequence[Sequence[int]], mu: Fraction) -> bool:
    """True when a vector v with <v, G v> >= mu <v, v>, exactly, is found by inverse iteration."""
    before, ctx.prec = ctx.prec, PRECISIONS[1]
    try:
        d = len(G)
        shifted = arb_mat([[arb(c) for c in line] for line in _less(G, mu)])
        found = shifted.solve(arb_mat([[arb(1)]] * d))
        values = [found[i, 0].mid() for i in range(d)]
        largest = max(abs(v) for v in values)
        whole = [(x / largest * 2**200).mid().floor().unique_fmpz() for x in values]
        v = fmpz_mat(d, 1, [u for u in whole if u is not None])
    except (ZeroDivisionError, ValueError, TypeError):  # mu is too close to an eigenvalue
        return False
    finally:
        ctx.prec = before
    flat = fmpz_mat(d, d, [c for line in G for c in line])
    quotient = (v.transpose() * flat * v)[0, 0], (v.transpose() * v)[0, 0]
    return int(quotient[0]) >= mu * int(quotient[1])


def _inertia(G: Sequence[Sequence[int]], mu: Fraction) -> int:
    """1 where mu I - G is positive definite, 0 where singular and semidefinite, else -1."""
    before = ctx.prec
    if len(G) > PIVOT_LIMIT:
        raise UndecidedError(
            "S is too large for this checker to decide where its largest eigenvalue lies"
        )
    try:
        for bits in PRECISIONS:
            ctx.prec = bits
            found = _pivots([[arb(c) for c in line] for line in _less(G, mu)])
            if found is not None:
                return found
    finally:
        ctx.prec = before
    if len(G) > EXACT_LIMIT:
        raise UndecidedError("whether an eigenvalue lies on an end of its enclosure is not decided")
    return _exact_inertia(_less(G, mu))


def _rational(q: Fraction) -> fmpq:
    return fmpq(q.numerator, q.denominator)


def _less(G: Sequence[Sequence[int]], mu: Fraction) -> list[list[fmpq]]:
    return [
        [(_rational(mu) if i == j else fmpq(0)) - c for j, c in enumerate(line)]
        for i, line in enumerate(G)
    ]


def _pivots(m: list[list[arb]]) -> int | None:
    """1 when every pivot is positive, -1 when one after positive ones is negative, else None."""
    for k in range(len(m)):
        if not m[k][k] > 0:
            return -1 if m[k][k] < 0 else None
        for i in range(k + 1, len(m)):
            factor = m[i][k] / m[k][k]
            for j in range(k + 1, i + 1):
                m[i][j] -= factor * m[j][k]
    return 1


def _exact_inertia(m: list[list[fmpq]]) -> int:
    """``_inertia`` by symmetric elimination with the largest diagonal entry as pivot."""
    left = list(range(len(m)))
    while left:
        k = max(left, key=lambda i: m[i][i])
        if any(m[i][i] < 0 for i in left):
            return -1
        if m[k][k] == 0:  # every diagonal entry left is 0, so every other one must be
            return -1 if any(m[i][j] != 0 for i in left for j in left) else 0
        left.remove(k)
        for i in left:
            factor = m[i][k] / m[k][k]
            for j in left:
                m[i][j] -= factor * m[k][j]
    return 1


# -- constants that contradict each other ----------------------------------------------------------


def contradiction(data: DataSummary, outer: Outer | None) -> str:
    """What constants of data and outer weights say that is true of no rows; '' when nothing.

    Lambda_S = lambda_max(S) for S = (1/n) sum x_i x_i^T; X2 = trace S; B_x^2 = max ||x_i||^2.  A net
    whose weights are those of its layers has no ``outer``.
    """
    whole = (data.n, data.d, *([] if outer is None else [outer.p]))
    if any(type(v) is not int or v < 1 for v in whole):
        return "n, d and p are not positive whole numbers"
    numbers = [getattr(data, f.name) for f in fields(data) if f.name in _RATIONAL]
    if outer is not None:
        numbers += [getattr(outer, f.name) for f in fields(outer) if f.name in _RATIONAL]
    pair = data.Lambda_S
    if type(pair) is not tuple or len(pair) != 2:
        return "Lambda_S is not an enclosure"
    if any(type(v) is not Fraction for v in (*numbers, *pair)):
        return "a constant is not a rational number"
    if len(data.features) != data.d:
        return "d is not the number of the features"
    if data.scaling is not None and len(data.scaling.features) != data.d:
        return "d is not the number of the features that are scaled"
    why = _features(data) or _labels(data)
    return why if why or outer is None else _weights(outer)


_RATIONAL = frozenset(
    [
        "B_x_squared",
        "x_square_mean",
        "B_y",
        "y_min",
        "y_max",
        "y_abs_mean",
        "y_square_mean",
        "a_1",
        "a_2_squared",
        "a_inf",
        "a_plus",
        "a_minus",
    ]
)


def _features(data: DataSummary) -> str:
    n, d, largest, mean = data.n, data.d, data.B_x_squared, data.x_square_mean
    low, high = data.Lambda_S
    if not 0 <= mean <= largest <= n * mean:
        return "X2 does not lie between B_x^2/n and B_x^2"
    if not low <= high:
        return "the ends of Lambda_S are in the wrong order"
    if not 0 <= low <= mean or high > mean * (1 + LOOSE):
        return "Lambda_S lies above X2, the trace of S"
    if high < max(mean / min(n, d), largest / n):
        return "Lambda_S lies below X2/min(n, d) or B_x^2/n"
    return ""


def _labels(data: DataSummary) -> str:
    n, low, high, mean, square = (
        data.n,
        data.y_min,
        data.y_max,
        data.y_abs_mean,
        data.y_square_mean,
    )
    if not low <= high or data.B_y != max(abs(low), abs(high)):
        return "B_y is not the larger of |y_min| and |y_max|, or y_min exceeds y_max"
    ends = (low,) if n == 1 else (low, high)
    if n == 1 and low != high:
        return "one label cannot have two values"
    least = Fraction(0) if low <= 0 <= high else min(abs(low), abs(high))
    if not max(least, sum(map(abs, ends)) / n) <= mean <= data.B_y:
        return "Y1 is not the mean of numbers between y_min and y_max"
    if not max(mean**2, sum(v * v for v in ends) / n) <= square <= data.B_y * mean:
        return "Y2 lies below Y1^2 or above B_y*Y1"
    # Sums of terms >= 0 over the labels, of which those of y_min and y_max are two.
    top, sizes = data.B_y, [abs(v) for v in ends]
    if n * (top**2 - square) < sum(top**2 - v**2 for v in sizes):
        return "Y2 is too large for y_min and y_max"
    if n * (top * mean - square) < sum(top * v - v**2 for v in sizes):
        return "Y1 and Y2 do not fit y_min and y_max"
    if n * (square - mean**2) < sum((v - mean) ** 2 for v in sizes):
        return "Y2 - Y1^2 is too small for y_min and y_max"
    return ""


def _weights(outer: Outer) -> str:
    p, total, square, largest = outer.p, outer.a_1, outer.a_2_squared, outer.a_inf
    plus, minus = outer.a_plus, outer.a_minus
    if min(plus, minus) < 0 or plus + minus != total:
        return "a_1 is not the sum of a_plus and a_minus"
    if not largest <= max(plus, minus) or not total <= p * largest:
        return "a_inf is too large or too small for a_1"
    if not max(largest**2, total**2 / p) <= square <= largest * total:
        return "a_2^2 is too large or too small for a_1 and a_inf"
    firsts, spread = Fraction(0), Fraction(0)
    for first, side, sign in ((outer.first_positive, plus, 1), (outer.first_negative, minus, -1)):
        if first is None:
            if side:
                return "a sign has a sum and no first weight"
            continue
        if type(first) is not Fraction or not 0 < sign * first <= min(side, largest):
            return "a first weight of one sign does not fit the sum of that sign"
        firsts += first**2
        spread += largest * abs(first) - first**2
    if firsts > square or largest * total - square < spread:
        return "the first weights do not fit a_2^2"
    return ""
