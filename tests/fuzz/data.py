"""A campaign: generated data files, read by every route and compared with fractions computed here.

    python tests/fuzz/data.py --files 10000 --seed 0

Each file is CSV, Parquet or NPZ with exponents, long decimals, fractions, quotes, byte order marks,
CRLF, other
delimiters, decimal commas, blank lines and comments; some have 10^5 rows with the odd value late;
some are broken
on purpose.  The routes are the reader, the one-pass summary (in small pieces and as it is), and the
checker's reader.
Prints one table; exit status 1 when a route disagrees with the fractions, or with another route
about a refusal.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from proofkit.check.problem import Unreadable, load_problem

from proofkit.errors import InputError
from proofkit.problem import csvblocks, stream
from proofkit.problem.data import summarise
from proofkit.reading.table import DataFile, load_table, rows_sha256

Rows = list[list[Fraction]]


@dataclass(frozen=True)
class Case:
    """A file, the exact values it holds (the target last), or None when no route may accept it."""

    kind: str
    path: Path
    values: Rows | None
    where: str = ""


def number(rng: random.Random) -> tuple[str, Fraction]:
    """A text and what it denotes, by arithmetic of this file's own."""
    way = rng.randrange(9)
    sign = rng.choice(["", "", "-", "+"])
    if way == 0:
        digits = str(rng.randrange(10 ** rng.randint(1, 40)))
        return sign + digits, _signed(sign, Fraction(int(digits)))
    if way == 1:
        e = rng.randint(-90, 60)
        digits, part = str(rng.randrange(10**4)), str(rng.randrange(10**9))
        text = f"{sign}{digits}.{part}{rng.choice('eE')}{e:{rng.choice(['', '+'])}}"
        value = Fraction(int(digits + part), 10 ** len(part)) * Fraction(10) ** e
        return text, _signed(sign, value)
    if way == 2:
        p, q = rng.randrange(1000), rng.randint(1, 40)
        return f"{sign}{p}/{q}", _signed(sign, Fraction(p, q))
    if way == 3:
        value = rng.uniform(-1, 1) * 10.0 ** rng.randint(-12, 12)
        return repr(value), _of_repr(repr(value))
    if way == 4:
        part = "0" * rng.randint(0, 40) + str(rng.randrange(10 ** rng.randint(1, 40)))
        return f"{sign}.{part}", _signed(sign, Fraction(int(part), 10 ** len(part)))
    whole, part = str(rng.randrange(10 ** rng.randint(1, 8))), str(rng.randrange(10**6)).zfill(6)
    text = f"{sign}{whole}.{part}"
    return text, _signed(sign, Fraction(int(whole + part), 10**6))


def _signed(sign: str, value: Fraction) -> Fraction:
    return -value if sign == "-" else value


def _of_repr(text: str) -> Fraction:
    mantissa, _, e = text.partition("e")
    whole, _, part = mantissa.partition(".")
    sign, digits = whole[:1] == "-", whole.lstrip("-") + part
    value = Fraction(int(digits), 10 ** len(part)) * Fraction(10) ** int(e or 0)
    return -value if sign else value


def csv_case(rng: random.Random, folder: Path, late: bool) -> Case:
    """A CSV file in one of many dialects; one in eight is broken."""
    d = rng.randint(1, 4)
    n = 100_000 if late else rng.choice([2, 3, 7, 40, 300])
    delimiter = rng.choice([",", ";", "\t"])
    comma = delimiter != "," and rng.random() < 0.4
    quoted, end = rng.random() < 0.2, rng.choice(["\n", "\n", "\r\n", "\r"])
    noise = not late and rng.random() < 0.3
    at = rng.randrange(d + 1)
    lines, values = [], Rows()
    header = [f"x{k}" for k in range(d)]
    header.insert(at, "y")
    for row in range(n):
        cells = (
            [(f"{row % 13}.25", Fraction(4 * (row % 13) + 1, 4)) for _ in range(d + 1)]
            if late and row != n - 5
            else [number(rng) for _ in range(d + 1)]
        )
        if comma and row == 0:
            cells[0] = ("0.5", Fraction(1, 2))
        texts = [text.replace(".", ",") if comma else text for text, _ in cells]
        exact = [q for _, q in cells]
        values.append([*exact[:at], *exact[at + 1 :], exact[at]])
        lines.append(texts)
    where, broken = "", rng.random() < 0.125
    if broken:
        row, column = rng.randrange(n), rng.randrange(d + 1)
        lines[row][column] = rng.choice(
            ["nan", "", "x", "1e400", "1_0", "0x1", "1.2.3", "--1", "1/0", "12 3"]
        )
        where = f"column '{header[column]}'"
    quote = '"' if quoted else ""
    text = [delimiter.join(f"{quote}{c}{quote}" for c in row) for row in [header, *lines]]
    if noise:
        for _ in range(3):
            text.insert(rng.randint(0, len(text)), rng.choice(["", "# 1,2;3", "   "]))
    body = ("\ufeff" if rng.random() < 0.2 else "") + end.join(text)
    path = folder / "d.csv"
    path.write_bytes((body + (end if rng.random() < 0.7 else "")).encode())
    return Case(
        "csv late" if late else "csv broken" if broken else "csv",
        path,
        None if broken else values,
        where,
    )


def machine(rng: random.Random, n: int) -> np.ndarray:
    """A column of machine numbers."""
    g = np.random.default_rng(rng.randrange(2**32))
    kind = rng.choice(["f8", "f8", "f4", "f2", "i8", "u8", "i4", "i1", "wide"])
    if kind == "wide":
        return g.standard_normal(n) * 10.0 ** g.integers(-60, 60, n)
    if kind[0] == "f":
        return g.standard_normal(n).astype(kind)
    top = np.iinfo(kind)
    out = g.integers(top.min, top.max, n, dtype=kind, endpoint=True)
    out[0] = rng.choice([top.max, top.min, 1])
    return out


def exact_columns(columns: list[np.ndarray]) -> Rows:
    """The rows of columns as fractions, by the integer ratio of each number."""
    lists = [c.tolist() for c in columns]
    return [[Fraction(*v.as_integer_ratio()) for v in row] for row in zip(*lists, strict=True)]


def npz_case(rng: random.Random, folder: Path, late: bool) -> Case:
    """An archive of one kind of number for X, in either order of bytes and of axes."""
    n, d = 100_000 if late else rng.choice([2, 9, 200]), rng.randint(1, 4)
    one = machine(rng, n * d).reshape(n, d)
    y = machine(rng, n)
    X = np.asarray(one, order=rng.choice(["C", "F"]))
    if rng.random() < 0.3:
        X = X.astype(X.dtype.newbyteorder(">"))
    values = exact_columns([*X.T, y])
    path, where = folder / "d.npz", ""
    if X.dtype.kind == "f" and rng.random() < 0.1:
        X[rng.randrange(n), 0] = rng.choice([np.nan, np.inf])
        where = ", 0]"
    np.savez(path, X=X, y=y)
    return Case("npz broken" if where else "npz", path, None if where else values, where)


def parquet_case(rng: random.Random, folder: Path, late: bool) -> Case:
    """A Parquet file of columns of different kinds, decimals among them."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    n, d = 100_000 if late else rng.choice([2, 9, 200]), rng.randint(1, 4)
    columns = [machine(rng, n) for _ in range(d + 1)]
    values = exact_columns(columns)
    arrays = [pa.array(c) for c in columns]
    if not late and rng.random() < 0.3:
        made = [rng.randrange(-(10**30), 10**30) for _ in range(n)]
        from decimal import Decimal

        arrays[0] = pa.array([Decimal(f"{v}E-12") for v in made], pa.decimal128(38, 12))
        values = [[Fraction(v, 10**12), *row[1:]] for v, row in zip(made, values, strict=True)]
    where = ""
    if rng.random() < 0.1:
        row = rng.randrange(n)
        held = [None if k == row else v for k, v in enumerate(arrays[0].to_pylist())]
        arrays[0] = pa.array(held, arrays[0].type)
        where = f"row {row + 1}, column 'x0'"
    path = folder / "d.parquet"
    names = [*(f"x{k}" for k in range(d)), "y"]
    pq.write_table(pa.table(dict(zip(names, arrays, strict=True))), path)
    return Case("parquet broken" if where else "parquet", path, None if where else values, where)


# -- what is compared ----------------------------------------------------------------------------


def expected(rows: Rows) -> tuple[object, ...]:
    """n, d, B_x^2, mean ||x||^2, min, max, mean |y|, mean y^2 and the digest, from the fractions
    alone.
    """
    n, d = len(rows), len(rows[0]) - 1
    squares = [sum((v * v for v in row[:-1]), Fraction(0)) for row in rows]
    y = [row[-1] for row in rows]
    return (
        n,
        d,
        max(squares),
        total(squares) / n,
        min(y),
        max(y),
        total([abs(v) for v in y]) / n,
        total([v * v for v in y]) / n,
        digest(rows),
    )


def total(values: list[Fraction]) -> Fraction:
    """A sum, by halves, so that long lists of fractions stay quick."""
    while len(values) > 1:
        values = [a + b for a, b in zip(values[::2], [*values[1::2], Fraction(0)], strict=False)]
    return values[0]


def digest(rows: Rows) -> str:
    """The documented code of the rows, written again."""
    parts = [hashlib.sha256(), hashlib.sha256()]
    for row in rows:
        for k, q in enumerate(row):
            p, b = q.numerator, q.denominator
            if -(2**63) <= p < 2**63 and b < 2**63:
                code = p.to_bytes(8, "little", signed=True) + b.to_bytes(8, "little")
            else:
                text = f"{p:x}/{b:x}".encode()
                code = len(text).to_bytes(8, "little") + bytes(8) + text
            parts[k == len(row) - 1].update(code)
    head = f"proofkit rows {len(rows)} {len(rows[0]) - 1}\n".encode()
    return hashlib.sha256(head + parts[0].digest() + parts[1].digest()).hexdigest()


def found(s: object) -> tuple[object, ...]:
    """The same of a summary."""
    names = ("n", "d", "B_x_squared", "x_square_mean", "y_min", "y_max", "y_abs_mean", "y_square_mean", "rows_sha256")  # fmt: skip
    return tuple(getattr(s, name) for name in names)


def by_reader(path: Path) -> tuple[object, ...]:
    """The reader, and the digest of its table."""
    table = load_table(path, "y")
    made = summarise(table)
    assert made.rows_sha256 == rows_sha256(table)
    return found(made)


def by_pass(small: int, piece: int, rows: int) -> Callable[[Path], tuple[object, ...]]:
    """The one-pass summary, its pieces of some size."""

    def route(path: Path) -> tuple[object, ...]:
        before = stream.SMALL, csvblocks.PIECE, csvblocks.ROWS, stream.ROWS
        stream.SMALL, csvblocks.PIECE, csvblocks.ROWS, stream.ROWS = small, piece, rows, rows
        try:
            made, kept = stream.summarise_file(DataFile(path, "y"), False)
        finally:
            stream.SMALL, csvblocks.PIECE, csvblocks.ROWS, stream.ROWS = before
        assert kept is not None
        assert rows_sha256(kept) == made.rows_sha256
        return found(made)

    return route


def by_checker(path: Path) -> tuple[object, ...]:
    """What `check --problem` reads."""
    try:
        table = load_problem(path, "y").table
    except Unreadable as error:
        raise InputError(str(error)) from None
    assert table is not None
    return found(summarise(table))


ROUTES: dict[str, Callable[[Path], tuple[object, ...]]] = {
    "reader": by_reader,
    "one pass": by_pass(0, 1 << 22, 1 << 13),
    "small pieces": by_pass(0, 700, 5),
    "checker": by_checker,
}


def compare(case: Case) -> list[str]:
    """The routes that disagree with the fractions, or that do not refuse what is broken in one
    sentence.
    """
    wrong, sentences = [], set[str]()
    right = None if case.values is None else expected(case.values)
    routes = list(ROUTES.items())
    if case.values is not None and len(case.values) > 10_000:
        routes = [routes[0], routes[1], routes[3]]
    for name, route in routes:
        try:
            got = route(case.path)
        except InputError as error:
            sentences.add(str(error))
            if right is not None or case.where not in str(error):
                wrong.append(f"{name}: {error}")
            continue
        if right is None or got != right:
            wrong.append(name)
    if right is None and len(sentences) != 1:
        wrong.append(f"{len(sentences)} sentences: {sorted(sentences)}")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--late", type=int, default=6, help="files of 10^5 rows of each format")
    given = parser.parse_args()
    makers: list[Callable[[random.Random, Path, bool], Case]] = [
        csv_case,
        csv_case,
        csv_case,
        npz_case,
    ]
    try:
        import pyarrow  # noqa: F401

        makers.append(parquet_case)
    except ImportError:
        print("pyarrow is not installed: no Parquet files")
    tried, failed = Counter[str](), Counter[str]()
    with tempfile.TemporaryDirectory() as name:
        for k in range(given.files):
            rng = random.Random(f"{given.seed} {k}")
            late = k < given.late * len(makers)
            case = makers[k % len(makers)](rng, Path(name), late)
            kind = f"{case.kind}, 10^5 rows" if late and "late" not in case.kind else case.kind
            tried[kind] += 1
            if wrong := compare(case):
                failed[kind] += 1
                print(f"file {k} ({kind}): {'; '.join(wrong)[:400]}", file=sys.stderr)
    out = io.StringIO()
    for kind in sorted(tried):
        print(f"{kind:28} {tried[kind]:7} files  {failed[kind]:5} failed", file=out)
    print(f"{'all':28} {sum(tried.values()):7} files  {sum(failed.values()):5} failed", file=out)
    print(out.getvalue(), end="")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
