"""The reader's own problem: data, outer weights and parameters read from their files, compared with
a certificate's.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

from flint import fmpq

from proofkit.check.catalogue import named
from proofkit.check.expr import Refused, Tree, Unverified, number, parse
from proofkit.errors import InputError
from proofkit.reading import files
from proofkit.reading.dialect import Dialect
from proofkit.reading.outer import outer_weights
from proofkit.reading.table import Table, load_table, with_labels

MAX_WIDTH = 10**7


class Unreadable(Exception):
    """A file is not what it should be: bad input, not an invalid certificate."""


@dataclass(frozen=True, eq=False)
class Reader:
    """What the reader says the problem is; None for what was not said.

    ``table`` holds the data with their own targets, ``label_above`` the threshold that makes labels
    of them.
    """

    table: Table | None = None
    label_above: Fraction | None = None
    outer: tuple[fmpq, ...] | None = None
    lam: fmpq | None = None
    noise: fmpq | None = None
    loss: str | None = None
    activation: Tree | None = None

    @property
    def named(self) -> tuple[str, ...]:
        """What the reader said of the problem, and so what a certificate is compared with."""
        given = {
            "the data": self.table,
            "the outer weights": self.outer,
            "lambda": self.lam,
            "s": self.noise,
            "the loss": self.loss,
            "the activation": self.activation,
        }
        return tuple(f"{name} with yours" for name, value in given.items() if value is not None)

    @property
    def own_data(self) -> bool:
        """True when the reader named rows or outer weights: then the problem is about these, not
        about all.
        """
        return self.table is not None or self.outer is not None

    def data_for(self, loss: str) -> Table | None:
        """The reader's rows with the labels that a loss takes; InputError when their target names
        no two classes.
        """
        if self.table is None or loss != "logistic":
            return self.table
        return with_labels(self.table, self.label_above)


def read_bytes(path: Path, limit: int) -> bytes:
    """At most ``limit`` bytes of an ordinary file; Unreadable otherwise."""
    try:
        return files.read_bytes(path, "input", limit)
    except InputError as error:
        raise Unreadable(str(error)) from None


LOSSES = ("squared", "logistic")
KEYS: Mapping[str, type] = MappingProxyType(
    {
        "data": str,
        "target": str,
        "delimiter": str,
        "decimal": str,
        "label_above": object,
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


def load_problem(
    path: Path,
    target: str | None,
    delimiter: str | None = None,
    decimal: str | None = None,
    label_above: str | None = None,
) -> Reader:
    """A data file (CSV with a header, Parquet, NPZ), or a TOML file that names the problem.

    Keys of the TOML file: data, target, delimiter, decimal, label_above, outer (a file) or width
    and seed, lambda, noise, loss, activation (a name of the catalogue or an expression in z).
    Numbers are exact: 0.1 is 1/10. Raises Unreadable with the key at fault.
    """
    said = {
        "target": target,
        "delimiter": delimiter,
        "decimal": decimal,
        "label_above": label_above,
    }
    given = {k: v for k, v in said.items() if v is not None}
    try:
        if path.suffix.lower() != ".toml":
            return _reader(path, {"data": path.name, **given})
        try:
            spec = tomllib.loads(files.read_text(path, "problem"), parse_float=_Digits)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise Unreadable(f"{path} is not valid TOML ({files.toml_place(error)})") from None
        _require_kinds(path, spec)
        return _reader(path, spec | given)
    except InputError as error:
        raise Unreadable(str(error)) from None


def _reader(path: Path, spec: Mapping[str, Any]) -> Reader:
    dialect = Dialect.of(spec.get("delimiter"), spec.get("decimal"))
    table, outer = None, None
    if "data" in spec:
        if "target" not in spec:
            raise Unreadable("the data need --target COLUMN, the column to predict")
        table = load_table(path.parent / spec["data"], spec["target"], dialect)
    if "outer" in spec:
        weights, _ = outer_weights(path.parent / spec["outer"], dialect.decimal)
        outer = tuple(fmpq(w.numerator, w.denominator) for w in weights)
    elif "width" in spec:
        outer = _drawn_for(path, spec["width"], spec.get("seed", 0))
    lam, noise, above = (
        _exact(path, key, spec[key]) if key in spec else None
        for key in ("lambda", "noise", "label_above")
    )
    if noise is not None and noise <= 0:
        raise Unreadable(f"{path}: the noise s must be positive, not {str(noise)[:40]}")
    activation = _activation(path, spec["activation"]) if "activation" in spec else None
    threshold = None if above is None else Fraction(int(above.p), int(above.q))
    return Reader(table, threshold, outer, lam, noise, spec.get("loss"), activation)


def _require_kinds(path: Path, spec: Mapping[str, Any]) -> None:
    """Unreadable unless every key is known, its value of the right type, and no two contradict each
    other.
    """
    for key, value in spec.items():
        if key not in KEYS:
            raise Unreadable(
                f"{path} has the unknown key {key[:40]!a}; it may have {', '.join(KEYS)}"
            )
        if KEYS[key] is not object and type(value) is not KEYS[key]:
            kind = "a text" if KEYS[key] is str else "a whole number"
            kind = "the name of a file" if key in ("data", "outer") else kind
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
            f"{path}: activation = {text[:40]!a} is no name of the catalogue and no "
            f"expression in z ({str(error)[:60]})"
        ) from None


def drawn(width: int, seed: int) -> tuple[fmpq, ...]:
    """Outer weights "width P, seed K": 24 bits each of the Mersenne Twister, on a dyadic grid of
    [-c, c], c about P^(-1/2).
    """
    if not 1 <= width <= MAX_WIDTH:
        raise Unverified(f"a width this checker draws lies between 1 and {MAX_WIDTH}")
    source = random.Random(seed)
    scale = 2**23 * 2 ** -(-(width - 1).bit_length() // 2)
    return tuple(fmpq(source.getrandbits(24) - 2**23 or 1, scale) for _ in range(width))
