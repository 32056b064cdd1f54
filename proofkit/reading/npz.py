"""NumPy archives as exact numbers: the header of an array is matched, never evaluated."""

from __future__ import annotations

import hashlib
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from pathlib import Path

from proofkit.errors import InputError
from proofkit.reading.csvfile import unknown_column
from proofkit.reading.files import MAX_ARCHIVE, MAX_WEIGHTS, read_bytes
from proofkit.reading.numbers import exact_float, shown

_MAGIC = b"\x93NUMPY"
_HEADER = re.compile(
    r"\{'descr': '([<>|=])([a-zA-Z])(\d*)[^']*', 'fortran_order': (True|False), 'shape': "
    r"\(([0-9, ]*)\), \}\s*\Z"
)
_CODES = {
    "f2": "e", "f4": "f", "f8": "d", "i1": "b", "i2": "h", "i4": "i", "i8": "q",
    "u1": "B", "u2": "H", "u4": "I", "u8": "Q",
}  # fmt: skip
_REFUSED = {
    "b": "truth values", "c": "complex numbers", "O": "Python objects", "U": "text", "S": "text",
    "M": "dates", "m": "durations", "V": "records", "f": "extended floating point",
}  # fmt: skip


@dataclass(frozen=True)
class Array:
    """One array: kind is 'f', 'i' or 'u', size its bytes for each number, and the bytes themselves."""

    name: str
    shape: tuple[int, ...]
    kind: str
    size: int
    big_endian: bool
    fortran: bool
    data: bytes

    def numbers(self) -> list[float] | list[int]:
        """The numbers in the order of their indices, the last running fastest."""
        order = ">" if self.big_endian else "<"
        count = prod(self.shape)
        flat = list(struct.unpack(f"{order}{count}{_CODES[self.kind + str(self.size)]}", self.data))
        if self.fortran and len(self.shape) == 2:
            n, d = self.shape
            return [flat[j * n + i] for i in range(n) for j in range(d)]
        return flat


@dataclass(frozen=True)
class Content:
    """The features X (n, d) and the target y (n,) of an archive."""

    path: Path
    sha256: str
    features: tuple[str, ...]
    X: Array
    y: Array

    def where(self, row: int, column: int) -> str:
        """The name of a number for a reader; rows count from 0, as in NumPy, and the target is
        column d.
        """
        name = (
            f"{self.X.name}[{row}, {column}]"
            if column < self.X.shape[1]
            else f"{self.y.name}[{row}]"
        )
        return f"the data file {self.path}, {name[:60]}"

    def rows(self) -> Iterator[list[Fraction]]:
        """The features as rationals; InputError names what is not finite."""
        n, d = self.X.shape
        flat = self.X.numbers()
        for i in range(n):
            yield [exact(flat[i * d + j], self.where(i, j)) for j in range(d)]

    def targets(self) -> Iterator[Fraction]:
        """The target as rationals."""
        d = self.X.shape[1]
        return (exact(v, self.where(i, d)) for i, v in enumerate(self.y.numbers()))


def exact(value: float | int, where: str) -> Fraction:
    """The rational of a machine number; InputError for NaN, infinity and what is beyond the limits
    of numbers.
    """
    return Fraction(value) if isinstance(value, int) else exact_float(value, where)


def read_archive(path: Path, what: str, limit: int) -> tuple[dict[str, Array], str]:
    """Every array of an NPZ file, and the file's SHA-256; InputError for anything that is not plain
    real numbers.
    """
    raw = read_bytes(path, what, limit)
    arrays: dict[str, Array] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members = archive.infolist()
            if sum(info.file_size for info in members) > limit:
                raise InputError(
                    f"the {what} file {path} unpacks to more than {limit // 2**20} MB, the "
                    f"most that is read"
                )
            for info in members:
                name = info.filename.removesuffix(".npy")
                if name in arrays:
                    raise InputError(
                        f"the {what} file {path} has two arrays called {shown(name)}; rename one"
                    )
                arrays[name] = _array(name, archive.read(info), path, what)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError):
        raise InputError(
            f"the {what} file {path} is not an NPZ archive of plain numeric arrays"
        ) from None
    return arrays, hashlib.sha256(raw).hexdigest()


def _array(name: str, data: bytes, path: Path, what: str) -> Array:
    where = f"the {what} file {path}, array {shown(name)}"
    if data[:6] != _MAGIC or len(data) < 12 or data[6] not in (1, 2, 3):
        raise InputError(f"{where} is not a NumPy array")
    start = 10 if data[6] == 1 else 12
    end = start + int.from_bytes(data[8:start], "little")
    header = data[start:end].decode("latin1")
    found = _HEADER.match(header)
    if found is None:
        raise InputError(f"{where} is not an array of plain numbers")
    order, kind, size = found[1], found[2], int(found[3] or 0)
    if kind + str(size) not in _CODES:
        held = _REFUSED.get(kind, "something else")
        raise InputError(
            f"{where} holds {held}, not numeric values that can be read exactly; convert it"
        )
    shape = tuple(int(v) for v in found[5].split(",") if v.strip())
    if len(data) - end != prod(shape) * size:
        raise InputError(f"{where} is cut off, or longer than its shape says")
    return Array(name, shape, kind, size, order == ">", found[4] == "True", data[end:])


def read_arrays(path: Path, target: str) -> Content:
    """The features and the target of an archive: an array of the target's name, and X (or the only
    other one).
    """
    arrays, sha256 = read_archive(path, "data", MAX_ARCHIVE)
    if target not in arrays:
        raise unknown_column(path, target, list(arrays))
    y = arrays.pop(target)
    X = arrays.get("X") or (next(iter(arrays.values())) if len(arrays) == 1 else None)
    if X is None:
        names = ", ".join(shown(k) for k in list(arrays)[:12])
        raise InputError(
            f"the data file {path} needs the features in an array called 'X'; it has "
            f"{names or 'no other array'}"
        )
    if len(X.shape) != 2 or len(y.shape) != 1 or X.shape[0] != y.shape[0]:
        raise InputError(
            f"the data file {path}: {X.name[:40]} has shape {X.shape} and {shown(target)} "
            f"{y.shape}; they must be (n, d) and (n,)"
        )
    if not X.shape[1]:
        raise InputError(
            f"the data file {path} has no feature column beside the target {shown(target)}"
        )
    return Content(path, sha256, tuple(f"{X.name}[{c}]" for c in range(X.shape[1])), X, y)


def read_weights(path: Path) -> tuple[list[Fraction], str]:
    """The numbers of the only array of an archive, which has one dimension, and the file's SHA-256."""
    arrays, sha256 = read_archive(path, "outer-weight", MAX_WEIGHTS)
    if len(arrays) != 1 or len(next(iter(arrays.values())).shape) != 1:
        raise InputError(f"the outer-weight file {path} must hold exactly one finite 1-D array")
    (array,) = arrays.values()
    where = f"the outer-weight file {path}, {array.name[:40]}"
    return [exact(v, f"{where}[{i}]") for i, v in enumerate(array.numbers())], sha256
