"""Data and outer weights, read exactly: decimal text is the rational it denotes.

Everything a proof needs of the data is summarised once, in exact integer
arithmetic; its cost does not enter the proofs.
"""

from __future__ import annotations

import csv
import hashlib
import io
import random
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from flint import arb, fmpz_mat

from proofkit.errors import InputError

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\Z", re.ASCII)
MAX_NUMBER_LENGTH = 400
SCALE_BITS = 2200
CHOLESKY_LIMIT = 160


@dataclass(frozen=True)
class Table:
    """Features X (n x d) and targets y, as integers over one power-of-ten or power-of-two scale."""

    source: str
    digest: str
    features: tuple[str, ...]
    target: str
    rows: tuple[tuple[int, ...], ...]
    labels: tuple[int, ...]
    x_scale: int
    y_scale: int

    @property
    def n(self) -> int:
        """Number of samples."""
        return len(self.rows)

    @property
    def d(self) -> int:
        """Number of features."""
        return len(self.features)


@dataclass(frozen=True)
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


@dataclass(frozen=True)
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

    @property
    def one_sign(self) -> bool:
        """True when no two of the weights have opposite signs."""
        return min(self.a_plus, self.a_minus) == 0


def _read_bytes(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"the {what} file {path} does not exist; check the path") from None
    except IsADirectoryError:
        raise InputError(f"{path} is a folder; give the {what} file itself") from None
    except OSError as error:
        raise InputError(
            f"the {what} file {path} cannot be read ({error.strerror}); check its permissions"
        ) from None


def exact_number(text: str, where: str) -> Fraction:
    text = text.strip()
    if len(text) <= MAX_NUMBER_LENGTH and _NUMBER.match(text):
        return Fraction(text)
    if text.lower().lstrip("+-") in ("nan", "inf", "infinity"):
        raise InputError(f"{where} is {text}; remove or impute that row")
    shown = ascii(text[:30]) if text else "an empty cell"
    raise InputError(f"{where} is {shown}, not a number; every column must be numeric")


def _scaled(values: Sequence[Fraction], where: str) -> tuple[list[int], int]:
    scale = 1
    for q in values:
        if scale % q.denominator:
            from math import lcm

            scale = lcm(scale, q.denominator)
            if scale.bit_length() > SCALE_BITS:
                raise InputError(
                    f"{where} mixes numbers of too different sizes for exact arithmetic; rescale the data"
                )
    return [q.numerator * (scale // q.denominator) for q in values], scale


def load_table(path: Path, target: str) -> Table:
    """Read a CSV (with a header) or NPZ file; InputError names the row and column at fault."""
    raw = _read_bytes(path, "data")
    digest = hashlib.sha256(raw).hexdigest()
    if not raw.strip():
        raise InputError(f"the data file {path} is empty")
    if raw[:2] == b"PK":
        names, body, labels = _from_npz(raw, path, target)
    else:
        names, body, labels = _from_csv(raw, path, target)
    if len(body) < 2:
        raise InputError(
            f"the data file {path} has {len(body)} row{'s' if len(body) != 1 else ''} of data; at least two are needed"
        )
    if not names:
        raise InputError(f"the data file {path} has no feature column beside the target {target!r}")
    flat, x_scale = _scaled([q for row in body for q in row], f"the data file {path}")
    d = len(names)
    rows = tuple(tuple(flat[r * d : (r + 1) * d]) for r in range(len(body)))
    y, y_scale = _scaled(labels, f"the column {target!r}")
    return Table(path.name, digest, tuple(names), target, rows, tuple(y), x_scale, y_scale)


Columns = tuple[list[str], list[list[Fraction]], list[Fraction]]


def unknown_column(path: Path, target: str, header: list[str]) -> InputError:
    import difflib

    near = difflib.get_close_matches(target, header, 1)
    hint = (
        f"did you mean {near[0]!r}?"
        if near
        else f"it has {', '.join(repr(h) for h in header[:12])}"
    )
    return InputError(f"the data file {path} has no column {target!r}; {hint}")


def _from_csv(raw: bytes, path: Path, target: str) -> Columns:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(
            f"the data file {path} is not UTF-8 text; save it as CSV in UTF-8"
        ) from None
    try:
        lines = [row for row in csv.reader(io.StringIO(text), strict=True) if row]
    except csv.Error as error:
        raise InputError(f"the data file {path} is not valid CSV ({error})") from None
    header = [h.strip() for h in lines[0]]
    if len(set(header)) != len(header):
        twice = next(h for h in header if header.count(h) > 1)
        raise InputError(f"the data file {path} has two columns called {twice!r}; rename one")
    if target not in header:
        raise unknown_column(path, target, header)
    at = header.index(target)
    body, labels = [], []
    for number, row in enumerate(lines[1:], 2):
        if len(row) != len(header):
            raise InputError(
                f"the data file {path}, row {number} has {len(row)} cells where the header has {len(header)}"
            )
        values = [
            exact_number(cell, f"the data file {path}, row {number}, column {h!r}")
            for cell, h in zip(row, header, strict=True)
        ]
        labels.append(values.pop(at))
        body.append(values)
    return header[:at] + header[at + 1 :], body, labels


def _from_npz(raw: bytes, path: Path, target: str) -> Columns:
    import numpy as np

    try:
        with np.load(io.BytesIO(raw), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (ValueError, zipfile.BadZipFile, OSError, EOFError):
        raise InputError(
            f"the data file {path} is not an NPZ archive of plain numeric arrays"
        ) from None
    if target not in arrays:
        raise unknown_column(path, target, list(arrays))
    y = arrays.pop(target)
    if "X" in arrays:
        X = arrays["X"]
    elif len(arrays) == 1:
        X = next(iter(arrays.values()))
    else:
        raise InputError(
            f"the data file {path} needs the features in an array called 'X'; it has {', '.join(arrays) or 'no other array'}"
        )
    if X.ndim != 2 or y.ndim != 1 or len(X) != len(y):
        raise InputError(
            f"the data file {path}: X has shape {X.shape} and {target!r} {y.shape}; they must be (n, d) and (n,)"
        )
    if X.dtype.kind not in "fiu" or y.dtype.kind not in "fiu":
        raise InputError(f"the data file {path} holds arrays that are not numeric")
    for name, array in (("X", X), (target, y)):
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise InputError(
                f"the data file {path}, array {name!r} contains NaN or infinity; remove or impute those rows"
            )
    names = [f"X[{c}]" for c in range(X.shape[1])]
    body = [[Fraction(v) for v in row] for row in X.tolist()]
    return names, body, [Fraction(v) for v in y.tolist()]


def check_labels(table: Table) -> None:
    """InputError unless every target is -1 or +1 (what the logistic loss needs)."""
    for row, value in enumerate(table.labels, 2):
        if abs(value) != table.y_scale:
            shown = Fraction(value, table.y_scale)
            raise InputError(
                f"the logistic loss needs labels -1 or +1, but column {table.target!r} has {float(shown):.6g} in row {row}; "
                "recode the labels or use the squared loss"
            )


MEDIAN = " above its median"


def binary_labels(table: Table) -> Table:
    """Labels -1/+1 as they are, else +1 where the target lies above its median."""
    if all(abs(v) == table.y_scale for v in table.labels):
        return table
    middle = sorted(table.labels)[(table.n - 1) // 2]
    labels = tuple(1 if v > middle else -1 for v in table.labels)
    return replace(table, labels=labels, y_scale=1, target=table.target + MEDIAN)


def load_for_loss(path: Path, target: str, loss: str, split: bool = False) -> Table:
    """A table whose labels fit the loss; ``split`` turns other labels into -1/+1 at their median for the logistic loss.

    Raises InputError as ``load_table`` and ``check_labels`` do.
    """
    table = load_table(path, target)
    if loss == "logistic":
        table = binary_labels(table) if split else table
        check_labels(table)
    return table


def summarise(table: Table) -> DataSummary:
    """The constants of the data, exact but for lambda_max(S), which is enclosed."""
    n, d = table.n, table.d
    squares = [sum(v * v for v in row) for row in table.rows]
    y = table.labels
    y_abs = max(abs(v) for v in y)
    return DataSummary(
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
    from proofkit.enclosure.search import round_up

    return round_up(q, 18)


def positive_definite(G: list[list[int]], mu: Fraction) -> bool:
    """True when mu*I - G is proved positive definite (Cholesky in ball arithmetic)."""
    from proofkit.enclosure import balls

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


def outer_weights(path: Path) -> tuple[list[Fraction], str]:
    """Outer weights and the digest of their file: one number per line (or comma separated), or an NPZ with one 1-D array."""
    raw = _read_bytes(path, "outer-weight")
    if raw[:2] == b"PK":
        import numpy as np

        try:
            with np.load(io.BytesIO(raw), allow_pickle=False) as archive:
                arrays = [archive[name] for name in archive.files]
        except (ValueError, zipfile.BadZipFile, OSError, EOFError):
            raise InputError(
                f"the outer-weight file {path} is not an NPZ archive of plain numeric arrays"
            ) from None
        if (
            len(arrays) != 1
            or arrays[0].ndim != 1
            or arrays[0].dtype.kind not in "fiu"
            or not np.isfinite(arrays[0].astype(float)).all()
        ):
            raise InputError(f"the outer-weight file {path} must hold exactly one finite 1-D array")
        weights = [Fraction(v) for v in arrays[0].tolist()]
    else:
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise InputError(f"the outer-weight file {path} is not text") from None
        cells = [c for c in re.split(r"[\s,]+", text) if c]
        weights = [
            exact_number(c, f"the outer-weight file {path}, entry {i}")
            for i, c in enumerate(cells, 1)
        ]
    if not weights:
        raise InputError(f"the outer-weight file {path} is empty")
    return weights, hashlib.sha256(raw).hexdigest()


def load_outer(path: Path) -> Outer:
    """The weights of a file (see ``outer_weights``), summarised."""
    weights, digest = outer_weights(path)
    return summarise_outer(weights, path.name, digest)


def generate_outer(width: int, seed: int) -> list[Fraction]:
    """a_j uniform on a dyadic grid of [-c, c], c = 2^-ceil(log2(width)/2), from the Mersenne Twister.

    The grid has 2^24 points, so sums are exact; ||a||_2 stays below 1 whatever the width.
    """
    if width < 1:
        raise InputError(f"the width must be at least 1, not {width}")
    if width > 10**8:
        raise InputError(f"the width {width} is beyond 10^8; give a smaller one")
    source = random.Random(seed)
    scale = 2**23 * 2 ** -(-(width - 1).bit_length() // 2)
    return [Fraction(source.getrandbits(24) - 2**23 or 1, scale) for _ in range(width)]


def summarise_outer(weights: Sequence[Fraction], source: str, digest: str) -> Outer:
    """Exact norms of the outer weights."""
    values, scale = _scaled(weights, "the outer weights")
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
