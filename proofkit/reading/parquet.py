"""Parquet by way of pyarrow, which is imported only when such a file is opened; every number is
exact.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

from proofkit.errors import InputError
from proofkit.reading.csvfile import order_columns
from proofkit.reading.files import open_regular
from proofkit.reading.numbers import exact_float, shown, within_limits

BATCH = 2**13  # rows
_PANDAS_INDEX = re.compile(r"__index_level_\d+__\Z")


def pyarrow() -> Any:
    """The pyarrow module; InputError that names the extra when it is absent."""
    try:
        import pyarrow as pa
        import pyarrow.parquet
    except ImportError:
        raise InputError(
            "Parquet needs pyarrow; install the extra: pip install 'villani-proofkit[parquet]'"
        ) from None
    return pa


class Columns:
    """An open Parquet file: its features, the target, and its rows in batches.

    Whole numbers, floating point and decimals are read; other types, and empty cells, are an
    InputError.
    """

    def __init__(self, path: Path, target: str) -> None:
        self.path, self.target = path, target
        self.pa = pyarrow()
        self._file = open_regular(path, "data")
        try:
            self.parquet = self.pa.parquet.ParquetFile(self._file)
            schema = self.parquet.schema_arrow
            names = list(schema.names)
            index = _index_columns(schema, names) - {target}
            left_out = frozenset(at for at, name in enumerate(names) if name in index)
            self.notes = tuple(
                f"column {shown(name)} of {path.name} is the index of a pandas table and is "
                f"left out"
                for name in names
                if name in index
            )
            self.features, _ = order_columns(path, names, target, left_out)
            self.order = (*self.features, target)
            for name in self.order:
                self._require_numbers(name, schema.field(name).type)
            self.total = int(self.parquet.metadata.num_rows)
        except BaseException as error:
            self._file.close()
            if isinstance(error, self.pa.ArrowException | OSError):
                raise self._unreadable(error) from None
            raise

    def __enter__(self) -> Columns:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def _unreadable(self, error: BaseException) -> InputError:
        first = (str(error).splitlines() or [""])[0]
        return InputError(f"the data file {self.path} is not readable Parquet ({first[:40]})")

    def _require_numbers(self, name: str, kind: Any) -> None:
        types = self.pa.types
        if not (types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind)):
            raise InputError(
                f"the data file {self.path}, column {shown(name)} has the type "
                f"{str(kind)[:40]}; every column must be numeric"
            )

    def where(self, row: int, name: str) -> str:
        """The name of a cell for a reader; rows count from 1."""
        return f"the data file {self.path}, row {row}, column {shown(name)}"

    def batches(self) -> Iterator[tuple[int, list[Any]]]:
        """The number of the first row, and the columns (features, then the target) of each batch,
        without empty cells.
        """
        start = 1
        try:
            for batch in self.parquet.iter_batches(batch_size=BATCH, columns=list(self.order)):
                columns = [batch.column(batch.schema.get_field_index(name)) for name in self.order]
                for name, column in zip(self.order, columns, strict=True):
                    if column.null_count:
                        row = start + column.is_null().to_pylist().index(True)
                        raise InputError(
                            f"{self.where(row, name)} is an empty cell; remove or impute that row"
                        )
                yield start, columns
                start += batch.num_rows
        except (self.pa.ArrowException, OSError) as error:
            raise self._unreadable(error) from None

    def rows(self) -> Iterator[tuple[int, list[list[Fraction]]]]:
        """The number of the first row of each batch, and its rows as rationals."""
        for start, columns in self.batches():
            values = [
                self.exact(start, name, column.to_pylist())
                for name, column in zip(self.order, columns, strict=True)
            ]
            yield start, [list(row) for row in zip(*values, strict=True)]

    def exact(self, start: int, name: str, values: Sequence[Any]) -> list[Fraction]:
        """The rationals of a column's numbers; InputError names what is not finite or beyond the
        limits of numbers.
        """
        out = []
        for row, v in enumerate(values, start):
            if isinstance(v, int):
                out.append(Fraction(v))
            elif isinstance(v, Decimal):
                if not v.is_finite():
                    raise InputError(f"{self.where(row, name)} is {v}; remove or impute that row")
                out.append(within_limits(Fraction(v), str(v), self.where(row, name)))
            else:
                out.append(exact_float(float(v), self.where(row, name)))
        return out

    def sha256(self) -> str:
        """The SHA-256 of the file's bytes."""
        self._file.seek(0)
        out = hashlib.sha256()
        while block := self._file.read(2**20):
            out.update(block)
        return out.hexdigest()


def _index_columns(schema: Any, names: Sequence[str]) -> set[str]:
    """The columns in which pandas keeps the index of a table."""
    held = {name for name in names if _PANDAS_INDEX.match(name)}
    try:
        listed = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))["index_columns"]
        held |= {name for name in listed if isinstance(name, str) and name in names}
    except (ValueError, KeyError, TypeError):
        pass  # written by something else
    return held
