"""The reader's own problem: data, outer weights and parameters read from their files, compared with a certificate's."""

from __future__ import annotations

import csv
import hashlib
import io
import random
import re
import struct
import tomllib
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flint import arb, ctx, fmpq

from proofkit.check.expr import Refused, number

MEDIAN = " above its median"
MAX_BYTES = 2**28


class Unreadable(Exception):
    """A file is not what it should be: bad input, not an invalid certificate."""


@dataclass(frozen=True, eq=False)
class Reader:
    """What the reader says the problem is; None for what was not said."""

    rows: tuple[tuple[fmpq, ...], ...] | None = None
    labels: tuple[fmpq, ...] | None = None
    target: str | None = None
    outer: tuple[fmpq, ...] | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    sha256: str | None = None


def read_bytes(path: Path, limit: int = MAX_BYTES) -> bytes:
    """At most ``limit`` bytes of a file; Unreadable otherwise (a device or pipe is read no further either)."""
    try:
        with path.open("rb") as file:
            raw = file.read(limit + 1)
    except OSError as error:
        raise Unreadable(f"{path} cannot be read ({error.strerror})") from None
    if len(raw) > limit:
        raise Unreadable(f"{path} is larger than {limit // 2**20} MB")
    return raw


def load_problem(path: Path, target: str | None) -> Reader:
    """A data file (CSV with a header, NPZ), or a TOML file that names the problem.

    Keys of the TOML file: data, target, outer (a file) or width and seed, lambda, noise, loss, activation.
    """
    if path.suffix.lower() != ".toml":
        rows, labels, digest = _table(path, target)
        return Reader(rows, labels, target, None, {}, digest)
    try:
        spec = tomllib.loads(read_bytes(path).decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Unreadable(f"{path} is not valid TOML ({error})") from None
    if unknown := spec.keys() - {
        "data",
        "target",
        "outer",
        "width",
        "seed",
        "lambda",
        "noise",
        "loss",
        "activation",
    }:
        raise Unreadable(f"{path} has the unknown key {min(unknown)[:40]!a}")
    goal = target or spec.get("target")
    rows, labels, digest = (
        _table(path.parent / str(spec["data"]), goal) if "data" in spec else (None, None, None)
    )
    outer = None
    if "outer" in spec:
        outer = _weights(path.parent / str(spec["outer"]))
    elif "width" in spec:
        outer = drawn(int(spec["width"]), int(spec.get("seed", 0)))
    return Reader(
        rows,
        labels,
        goal,
        outer,
        {k: spec[k] for k in ("lambda", "noise", "loss", "activation") if k in spec},
        digest,
    )


def _cell(text: str, where: str) -> fmpq:
    try:
        return number(
            re.sub(
                r"\.(?![0-9])", "", re.sub(r"^(-?)\.", r"\g<1>0.", text.strip().removeprefix("+"))
            )
        )
    except Refused:
        raise Unreadable(f"{where} is {text[:30]!a}, not a number") from None


def _table(
    path: Path, target: str | None
) -> tuple[tuple[tuple[fmpq, ...], ...], tuple[fmpq, ...], str]:
    raw = read_bytes(path)
    digest = hashlib.sha256(raw).hexdigest()
    if target is None:
        raise Unreadable("the data need --target COLUMN, the column to predict")
    if raw[:2] == b"PK":
        arrays = _npz(raw, path)
        if target not in arrays:
            raise Unreadable(f"{path} has no array {target[:40]!a}")
        labels = arrays.pop(target)
        X = arrays.get("X") or (next(iter(arrays.values())) if len(arrays) == 1 else None)
        if X is None or len(X[0]) != 2 or len(labels[0]) != 1 or X[0][0] != labels[0][0]:
            raise Unreadable(f"{path} needs arrays X (n, d) and {target[:40]!a} (n,)")
        n, d = X[0]
        return tuple(tuple(X[1][i * d : (i + 1) * d]) for i in range(n)), tuple(labels[1]), digest
    try:
        lines = [
            row for row in csv.reader(io.StringIO(raw.decode("utf-8-sig")), strict=True) if row
        ]
    except (UnicodeDecodeError, csv.Error):
        raise Unreadable(f"{path} is not a CSV file in UTF-8") from None
    header = [h.strip() for h in lines[0]] if lines else []
    if header.count(target) != 1 or len(lines) < 3 or any(len(row) != len(header) for row in lines):
        raise Unreadable(
            f"{path} has no column {target[:40]!a}, too few rows, or rows of different lengths"
        )
    at = header.index(target)
    body = [[_cell(c, f"{path}, row {i}") for c in row] for i, row in enumerate(lines[1:], 2)]
    return (
        tuple(tuple(row[:at] + row[at + 1 :]) for row in body),
        tuple(row[at] for row in body),
        digest,
    )


def _npz(raw: bytes, path: Path) -> dict[str, tuple[tuple[int, ...], list[fmpq]]]:
    """Arrays of a NumPy archive as exact numbers: the header is matched, never evaluated."""
    out = {}
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            for info in archive.infolist():
                if info.file_size > MAX_BYTES:
                    raise Unreadable(f"{path} unpacks to more than {MAX_BYTES // 2**20} MB")
                data = archive.read(info)
                start = 10 if data[6] == 1 else 12
                size = int.from_bytes(data[8:start], "little")
                m = re.fullmatch(
                    r"\{'descr': '([<|])([fiu])([1248])', 'fortran_order': False, 'shape': \(([0-9, ]*)\), \}\s*",
                    data[start : start + size].decode("latin1"),
                )
                code = (
                    {
                        "f4": "f",
                        "f8": "d",
                        "i1": "b",
                        "i2": "h",
                        "i4": "i",
                        "i8": "q",
                        "u1": "B",
                        "u2": "H",
                        "u4": "I",
                        "u8": "Q",
                    }.get(m.group(2) + m.group(3))
                    if m
                    else None
                )
                if m is None or code is None:
                    raise Unreadable(f"{path} holds an array that is not plain numbers")
                shape = tuple(int(v) for v in m.group(4).split(",") if v.strip())
                values = [v[0] for v in struct.iter_unpack("<" + code, data[start + size :])]
                out[info.filename.removesuffix(".npy")] = (
                    shape,
                    [fmpq(*v.as_integer_ratio()) for v in values],
                )
    except (zipfile.BadZipFile, struct.error, IndexError, ValueError, OverflowError):
        raise Unreadable(f"{path} is not a NumPy archive of finite numbers") from None
    return out


def _weights(path: Path) -> tuple[fmpq, ...]:
    raw = read_bytes(path)
    if raw[:2] == b"PK":
        arrays = _npz(raw, path)
        if len(arrays) != 1:
            raise Unreadable(f"{path} must hold exactly one array")
        return tuple(next(iter(arrays.values()))[1])
    try:
        return tuple(_cell(c, str(path)) for c in re.split(r"[\s,]+", raw.decode("utf-8-sig")) if c)
    except UnicodeDecodeError:
        raise Unreadable(f"{path} is not text") from None


def drawn(width: int, seed: int) -> tuple[fmpq, ...]:
    """Outer weights "width P, seed K": 24 bits each of the Mersenne Twister, on a dyadic grid of [-c, c], c about P^(-1/2)."""
    if not 1 <= width <= 10**7:
        raise Refused("a width this checker draws lies between 1 and 10^7")
    source = random.Random(seed)
    scale = 2**23 * 2 ** -(-(width - 1).bit_length() // 2)
    return tuple(fmpq(source.getrandbits(24) - 2**23 or 1, scale) for _ in range(width))


def compare_data(
    recorded: Mapping[str, Any], rows: Sequence[Sequence[fmpq]], labels: Sequence[fmpq], target: str
) -> None:
    """Refused unless the recorded constants are those of these rows."""
    n, d = len(rows), len(rows[0])
    if recorded["target"] == target + MEDIAN:
        middle = sorted(labels)[(n - 1) // 2]
        labels = [fmpq(1 if v > middle else -1) for v in labels]
    elif recorded["target"] != target:
        raise Refused(
            f"the certificate predicts {str(recorded['target'])[:40]!a}, the reader {target[:40]!a}"
        )
    squares = [sum(v * v for v in row) for row in rows]
    own = {
        "n": n, "d": d, "B_x_squared": max(squares), "X2": sum(squares) / n, "B_y": max(abs(v) for v in labels), "y_min": min(labels),
        "y_max": max(labels), "Y1": sum(abs(v) for v in labels) / n, "Y2": sum(v * v for v in labels) / n,
    }  # fmt: skip
    for name, value in own.items():
        said = recorded[name] if isinstance(recorded[name], int) else number(recorded[name])
        if said != value:
            raise Refused(
                f"{name} of the reader's data is {str(value)[:40]}, the certificate says {str(said)[:40]}"
            )
    S = [[sum((row[i] * row[j] for row in rows), fmpq(0)) / n for j in range(d)] for i in range(d)]
    low, high = (number(v) for v in recorded["Lambda_S"])
    if not definite(S, high) or (low != high and definite(S, low, strictly=True)):
        raise Refused(
            "the certificate's enclosure of the largest eigenvalue of S is not that of the reader's data"
        )


def definite(S: Sequence[Sequence[fmpq]], mu: fmpq, strictly: bool = False) -> bool:
    """True when mu I - S is certainly positive semidefinite, or definite: by its pivots in balls (or S = 0 = mu, or the trace)."""
    trace = sum((S[i][i] for i in range(len(S))), fmpq(0))
    if trace < mu or (trace == mu and not strictly):
        return True
    before, ctx.prec = ctx.prec, 400
    try:
        m = [
            [arb((mu if i == j else fmpq(0)) - S[i][j]) for j in range(len(S))]
            for i in range(len(S))
        ]
        for k in range(len(m)):
            if not m[k][k] > 0:
                return False
            for i in range(k + 1, len(m)):
                factor = m[i][k] / m[k][k]
                for j in range(k + 1, i + 1):
                    m[i][j] -= factor * m[j][k]
        return True
    finally:
        ctx.prec = before


def compare_outer(recorded: Mapping[str, Any], weights: Sequence[fmpq]) -> None:
    """Refused unless the recorded norms are those of these outer weights."""
    plus, minus = (
        sum((w for w in weights if w > 0), fmpq(0)),
        -sum((w for w in weights if w < 0), fmpq(0)),
    )
    own = {
        "p": len(weights), "a_1": plus + minus, "a_2_squared": sum(w * w for w in weights), "a_inf": max(abs(w) for w in weights), "a_plus": plus, "a_minus": minus,
        "first_positive": next((w for w in weights if w > 0), None), "first_negative": next((w for w in weights if w < 0), None),
    }  # fmt: skip
    for name, value in own.items():
        said = (
            recorded[name]
            if recorded[name] is None or isinstance(recorded[name], int)
            else number(recorded[name])
        )
        if said != value:
            raise Refused(
                f"{name} of the reader's outer weights is {str(value)[:40]}, the certificate says {str(said)[:40]}"
            )
