"""The reader's own problem: data, outer weights and parameters read from their files."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

from proofkit.catalogue import resolve
from proofkit.errors import InputError, ParseError
from proofkit.kernel.certificate import UnreadableError
from proofkit.kernel.data import generate_outer
from proofkit.kernel.objective import LOSSES
from proofkit.kernel.univariate.terms import Node
from proofkit.reading import files
from proofkit.reading.dialect import Dialect
from proofkit.reading.numbers import exact_number
from proofkit.reading.outer import MAX_WIDTH, outer_weights
from proofkit.reading.table import Table, load_table, with_labels

Value = object
"""A value of a TOML file, before its kind is known."""


@dataclass(frozen=True, eq=False)
class Reader:
    """What the reader says the problem is; None for what was not said.

    ``table`` holds the data with their own targets, ``label_above`` the threshold that makes labels
    of them.
    """

    table: Table | None = None
    label_above: Fraction | None = None
    outer: tuple[Fraction, ...] | None = None
    lam: Fraction | None = None
    noise: Fraction | None = None
    loss: str | None = None
    activation: Node | None = None

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
MAX_SEED = 10**18


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
    Numbers are exact: 0.1 is 1/10.  Raises UnreadableError with the key at fault.
    """
    said = {
        "target": target,
        "delimiter": delimiter,
        "decimal": decimal,
        "label_above": label_above,
    }
    given: dict[str, Value] = {key: value for key, value in said.items() if value is not None}
    try:
        if path.suffix.lower() != ".toml":
            return _Problem(path, {"data": path.name, **given}).reader()
        return _Problem(path, {**_toml(path), **given}).reader()
    except UnreadableError:
        raise
    except InputError as error:
        raise UnreadableError(str(error)) from None


def _toml(path: Path) -> dict[str, Value]:
    """The keys of a TOML file, each known and of the right kind."""
    try:
        spec = tomllib.loads(files.read_text(path, "problem"), parse_float=_Digits)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UnreadableError(f"{path} is not valid TOML ({files.toml_place(error)})") from None
    for key, value in spec.items():
        if key not in KEYS:
            raise UnreadableError(
                f"{path} has the unknown key {key[:40]!a}; it may have {', '.join(KEYS)}"
            )
        if KEYS[key] is not object and type(value) is not KEYS[key]:
            kind = "a text" if KEYS[key] is str else "a whole number"
            kind = "the name of a file" if key in ("data", "outer") else kind
            raise UnreadableError(f"{path}: {key} must be {kind}, not {str(value)[:40]!a}")
    if not spec:
        raise UnreadableError(
            f"{path} names nothing to compare with; it may have {', '.join(KEYS)}"
        )
    _require_agreement(path, spec)
    return spec


def _require_agreement(path: Path, spec: Mapping[str, Value]) -> None:
    """UnreadableError for keys that contradict each other, and for a loss that is none."""
    if "outer" in spec and "width" in spec:
        raise UnreadableError(f"{path} has both outer and width; give one of them")
    if "seed" in spec and "width" not in spec:
        raise UnreadableError(f"{path} has a seed and no width")
    loss = spec.get("loss", LOSSES[0])
    if loss not in LOSSES:
        raise UnreadableError(f"{path}: loss must be {' or '.join(LOSSES)}, not {str(loss)[:40]!a}")


@dataclass(frozen=True)
class _Problem:
    """What a file and the command line say, by key."""

    path: Path
    spec: Mapping[str, Value]

    def text(self, key: str) -> str | None:
        value = self.spec.get(key)
        return value if isinstance(value, str) else None

    def whole(self, key: str, otherwise: int) -> int:
        value = self.spec.get(key, otherwise)
        return value if isinstance(value, int) else otherwise

    def number(self, key: str) -> Fraction | None:
        """A TOML number, or a text such as "1/10", as the rational it denotes."""
        value = self.spec.get(key)
        if value is None:
            return None
        try:
            if type(value) not in (int, str, _Digits):
                raise InputError("no number")
            return exact_number(str(value).replace("_", ""), key)
        except InputError:
            raise UnreadableError(
                f"{self.path}: {key} = {str(value)[:40]!a} is not a rational number; write 1/10, "
                f"0.1 or 1e-3"
            ) from None

    def reader(self) -> Reader:
        """What the reader says, read from the files it names."""
        dialect = Dialect.of(self.text("delimiter"), self.text("decimal"))
        noise = self.number("noise")
        if noise is not None and noise <= 0:
            raise UnreadableError(
                f"{self.path}: the noise s must be positive, not {str(noise)[:40]}"
            )
        return Reader(
            self.table(dialect),
            self.number("label_above"),
            self.outer(dialect),
            self.number("lambda"),
            noise,
            self.text("loss"),
            self.activation(),
        )

    def table(self, dialect: Dialect) -> Table | None:
        """The rows, where data are named."""
        name, target = self.text("data"), self.text("target")
        if name is None:
            return None
        if target is None:
            raise UnreadableError("the data need --target COLUMN, the column to predict")
        return load_table(self.path.parent / name, target, dialect)

    def outer(self, dialect: Dialect) -> tuple[Fraction, ...] | None:
        """The outer weights, from their file or drawn."""
        name = self.text("outer")
        if name is not None:
            weights, _ = outer_weights(self.path.parent / name, dialect.decimal)
            return tuple(weights)
        if "width" not in self.spec:
            return None
        width, seed = self.whole("width", 0), self.whole("seed", 0)
        if not (1 <= width <= MAX_WIDTH and 0 <= seed < MAX_SEED):
            raise UnreadableError(
                f"{self.path}: width must lie between 1 and {MAX_WIDTH} and seed between 0 and "
                f"10^18"
            )
        return tuple(generate_outer(width, seed))

    def activation(self) -> Node | None:
        """The activation that a name of the catalogue or an expression means."""
        text = self.text("activation")
        if text is None:
            return None
        try:
            return resolve(text, constant=True).root
        except (InputError, ParseError) as error:
            raise UnreadableError(
                f"{self.path}: activation = {text[:40]!a} is no name of the catalogue and no "
                f"expression in z ({str(error)[:60]})"
            ) from None
