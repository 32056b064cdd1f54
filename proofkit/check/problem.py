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
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from flint import fmpq

from proofkit.check.catalogue import named
from proofkit.check.expr import Refused, Tree, Unverified, number, parse

MEDIAN = " above its median"
MAX_BYTES = 2**28
MAX_WIDTH = 10**7


class Unreadable(Exception):
    """A file is not what it should be: bad input, not an invalid certificate."""


@dataclass(frozen=True, eq=False)
class Reader:
    """What the reader says the problem is; None for what was not said."""

    rows: tuple[tuple[fmpq, ...], ...] | None = None
    labels: tuple[fmpq, ...] | None = None
    target: str | None = None
    outer: tuple[fmpq, ...] | None = None
    sha256: str | None = None
    lam: fmpq | None = None
    noise: fmpq | None = None
    loss: str | None = None
    activation: Tree | None = None

    @property
    def own_data(self) -> bool:
        """True when the reader named rows or outer weights: then the problem is about these, not about all."""
        return self.rows is not None or self.outer is not None


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


LOSSES = ("squared", "logistic")
KEYS: Mapping[str, type] = MappingProxyType(
    {
        "data": str,
        "target": str,
        "outer": str,
        "width": int,
        "seed": int,
        "loss": str,
        "activation": str,
        "lambda": object,
        "noise": object,
    }
)


class _Digits(str):
    """A number of a TOML file as it is written there; its binary approximation is never made."""


def load_problem(path: Path, target: str | None) -> Reader:
    """A data file (CSV with a header, NPZ), or a TOML file that names the problem.

    Keys of the TOML file: data, target, outer (a file) or width and seed, lambda, noise, loss,
    activation (a name of the catalogue or an expression in z).  Numbers are exact: 0.1 is 1/10.
    Raises Unreadable with the key at fault.
    """
    if path.suffix.lower() != ".toml":
        rows, labels, digest = _table(path, target)
        return Reader(rows, labels, target, None, digest)
    try:
        spec = tomllib.loads(read_bytes(path).decode(), parse_float=_Digits)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise Unreadable(f"{path} is not valid TOML ({str(error)[:80]})") from None
    _require_kinds(path, spec)
    goal = target or spec.get("target")
    rows, labels, digest = (
        _table(path.parent / spec["data"], goal) if "data" in spec else (None, None, None)
    )
    outer = None
    if "outer" in spec:
        outer = _weights(path.parent / spec["outer"])
    elif "width" in spec:
        outer = _drawn_for(path, spec["width"], spec.get("seed", 0))
    lam, noise = (
        _exact(path, key, spec[key]) if key in spec else None for key in ("lambda", "noise")
    )
    if noise is not None and noise <= 0:
        raise Unreadable(f"{path}: the noise s must be positive, not {str(noise)[:40]}")
    activation = _activation(path, spec["activation"]) if "activation" in spec else None
    return Reader(rows, labels, goal, outer, digest, lam, noise, spec.get("loss"), activation)


def _require_kinds(path: Path, spec: Mapping[str, Any]) -> None:
    """Unreadable unless every key is known, its value of the right type, and no two contradict each other."""
    for key, value in spec.items():
        if key not in KEYS:
            raise Unreadable(
                f"{path} has the unknown key {key[:40]!a}; it may have {', '.join(KEYS)}"
            )
        if KEYS[key] is not object and type(value) is not KEYS[key]:
            kind = "a text" if KEYS[key] is str else "a whole number"
            raise Unreadable(f"{path}: {key} must be {kind}, not {str(value)[:40]!a}")
    if "outer" in spec and "width" in spec:
        raise Unreadable(f"{path} has both outer and width; give one of them")
    if "seed" in spec and "width" not in spec:
        raise Unreadable(f"{path} has a seed and no width")
    if spec.get("loss", LOSSES[0]) not in LOSSES:
        raise Unreadable(f"{path}: loss must be squared or logistic, not {spec['loss'][:40]!a}")


def _exact(path: Path, key: str, value: Any) -> fmpq:
    """A TOML number, or a text such as "1/10", as the rational it denotes."""
    try:
        if type(value) not in (int, str, _Digits):
            raise Refused("")
        return number(str(value).replace("_", "").removeprefix("+").strip())
    except Refused:
        raise Unreadable(
            f"{path}: {key} = {str(value)[:40]!a} is not a rational number; write 1/10, 0.1 or 1e-3"
        ) from None


def _drawn_for(path: Path, width: int, seed: int) -> tuple[fmpq, ...]:
    if not (1 <= width <= MAX_WIDTH and 0 <= seed < 10**18):
        raise Unreadable(
            f"{path}: width must lie between 1 and {MAX_WIDTH} and seed between 0 and 10^18"
        )
    return drawn(width, seed)


def _activation(path: Path, text: str) -> Tree:
    try:
        return named(text) or parse(text)
    except Refused as error:
        raise Unreadable(
            f"{path}: activation = {text[:40]!a} is no name of the catalogue and no expression in z ({str(error)[:60]})"
        ) from None


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
    if not 1 <= width <= MAX_WIDTH:
        raise Unverified(f"a width this checker draws lies between 1 and {MAX_WIDTH}")
    source = random.Random(seed)
    scale = 2**23 * 2 ** -(-(width - 1).bit_length() // 2)
    return tuple(fmpq(source.getrandbits(24) - 2**23 or 1, scale) for _ in range(width))
