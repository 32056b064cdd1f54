"""The file that names a problem, in TOML: one schema for every command, for the checker and for
Python.

A key is a field of ``ProblemFile``: its name, its kind (by the type of the field), what it is, and
the options of the command line that say the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, TypeAlias, get_args, get_type_hints

from proofkit.errors import InputError, quoted
from proofkit.reading.dialect import Dialect
from proofkit.reading.layers import (
    SEPARATOR,
    LayersSaid,
    decays_of,
    hidden_widths,
    trained_layers,
)
from proofkit.reading.outer import MAX_WIDTH
from proofkit.reading.toml import exact_value, is_number, is_text, read_toml, require_known_keys

MAX_SEED = 10**18
SUFFIX = ".toml"
LAYER_KEYS = ("depth", "hidden", "train", "bias", "outer_bias", "outputs", "decay", "decay_power")
"""The keys that say what the layers of the net are."""

Value: TypeAlias = "str | int | Fraction | Path"
"""What a key says, once its kind is known."""
Meaning: TypeAlias = "Callable[[str], object]"
"""What a text stands for: two texts of one meaning say the same."""


@dataclass(frozen=True)
class Said:
    """A value as an option of the command line gives it, and the name of that option."""

    option: str
    value: Value


@dataclass(frozen=True)
class Several:
    """A key that may be a list, or a table, of TOML, and is the text that an option has for it.

    ``kind`` says in words what it must be, ``text`` makes the text, None where it cannot.
    """

    kind: str
    text: Callable[[object], str | None]


def _whole_numbers(raw: object) -> str | None:
    """64 and [64, 32] as 64,32."""
    listed: object = raw if isinstance(raw, list) else [raw]
    assert isinstance(listed, list), "one of the two"
    numbers = [value for value in listed if type(value) is int]
    return ",".join(map(str, numbers)) if numbers and len(numbers) == len(listed) else None


def _texts(raw: object) -> str | None:
    """["tanh", "softplus"] as tanh; softplus."""
    if not isinstance(raw, list) or not raw or not all(map(is_text, raw)):
        return None
    return f"{SEPARATOR} ".join(raw)


def _numbers_by_layer(raw: object) -> str | None:
    """{1 = 0.01, 2 = "1/10"} as 1=0.01,2=1/10."""
    if not isinstance(raw, dict) or not raw:
        return None
    if not all(is_number(value) or is_text(value) for value in raw.values()):
        return None
    return ",".join(f"{layer}={value}" for layer, value in raw.items())


@dataclass(frozen=True)
class Key:
    """A key of a problem file: what it is, and the options that say the same.

    ``options`` are the names of the command line: the one that is looked for first in front; of a
    key that is true or false the one that says true, then the one that says false.  ``name`` is
    that of the key where no field can have it, ``several`` says how a text may be a list.
    """

    says: str
    options: tuple[str, ...]
    name: str = ""
    several: Several | None = None


@dataclass(frozen=True)
class ProblemFile:
    """What a file says of a problem, perhaps completed by options; None for what is not said.

    >>> ProblemFile(Path("p.toml"), loss="logistic", lam=Fraction(1, 10)).said
    {'loss': 'logistic', 'lambda': Fraction(1, 10)}
    """

    path: Path
    data: Annotated[Path | None, Key("CSV, Parquet or NPZ, seen from this file", ("--data",))] = (
        None
    )
    target: Annotated[str | None, Key("the column to predict", ("--target",))] = None
    delimiter: Annotated[str | None, Key("comma, semicolon, tab or pipe", ("--delimiter",))] = None
    decimal: Annotated[str | None, Key("point or comma", ("--decimal",))] = None
    label_above: Annotated[
        Fraction | None,
        Key("labels of a loss of the margin: y > NUMBER is +1, else -1", ("--label-above",)),
    ] = None
    standardise: Annotated[
        bool | None,
        Key(
            "whether every feature, and a target that is no label, is scaled to mean 0 and "
            "standard deviation 1",
            ("--standardise", "--raw"),
        ),
    ] = None
    outer: Annotated[
        Path | None, Key("file with the outer weights, seen from this file", ("--outer",))
    ] = None
    width: Annotated[
        int | None, Key("number of hidden units, whose outer weights are drawn", ("--width",))
    ] = None
    seed: Annotated[
        int | None, Key("seed of these outer weights, 0 where not said", ("--outer-seed", "--seed"))
    ] = None
    loss: Annotated[
        str | None,
        Key("a name of `proofkit list`, or an expression in u = f - y or in m = y f", ("--loss",)),
    ] = None
    activation: Annotated[
        str | None,
        Key(
            "a name of `proofkit list`, or an expression in z; or a list, one for each hidden layer",
            ("--activation",),
            several=Several("a text or a list of texts", _texts),
        ),
    ] = None
    depth: Annotated[int | None, Key("number of dense layers, 2 where not said", ("--depth",))] = (
        None
    )
    hidden: Annotated[
        str | None,
        Key(
            "widths of the hidden layers, such as [64, 32]",
            ("--hidden",),
            several=Several("a list of whole numbers", _whole_numbers),
        ),
    ] = None
    train: Annotated[
        str | None,
        Key(
            "what is trained: inner (every layer but the last, where not said), all, outer (the "
            "last alone), or a list of layers, such as [1, 3]",
            ("--train",),
            several=Several("inner, all, outer or a list of whole numbers", _whole_numbers),
        ),
    ] = None
    bias: Annotated[
        str | None,
        Key("bias of the trained hidden layers: none, decayed or undecayed", ("--bias",)),
    ] = None
    outer_bias: Annotated[
        str | None,
        Key(
            "bias of the last layer, trained whatever train says: none, decayed or undecayed",
            ("--outer-bias",),
        ),
    ] = None
    outputs: Annotated[
        int | None,
        Key("number of outputs, that of the classes for cross-entropy", ("--outputs",)),
    ] = None
    decay: Annotated[
        str | None,
        Key(
            'decay of single layers beside lambda, such as {1 = "1/100", 2 = "1/10"}',
            ("--decay",),
            several=Several("a table of numbers by layer", _numbers_by_layer),
        ),
    ] = None
    decay_power: Annotated[
        int | None, Key("k of the decay (lambda/k) ||W||^k, 2 where not said", ("--decay-power",))
    ] = None
    lam: Annotated[Fraction | None, Key("the regularisation", ("--lam",), "lambda")] = None
    noise: Annotated[Fraction | None, Key("s > 0", ("--noise",))] = None

    @property
    def said(self) -> dict[str, Value]:
        """The keys that have a value, in the order of the schema."""
        values = {name: getattr(self, key.field) for name, key in schema().items()}
        return {name: value for name, value in values.items() if value is not None}

    @property
    def dialect(self) -> Dialect:
        """How the data file is written; InputError for a delimiter or a decimal mark that is none."""
        return Dialect.of(self.delimiter, self.decimal)

    @property
    def layers(self) -> LayersSaid:
        """What is said of the layers; InputError for words that are none."""
        return LayersSaid.of(
            self.depth,
            self.hidden,
            self.train,
            self.bias,
            self.outer_bias,
            self.outputs,
            self.decay,
            self.decay_power,
            self.width,
        )

    @property
    def weights_seed(self) -> int:
        """The seed of outer weights that are drawn."""
        return self.seed or 0

    def require_agreement(
        self, options: Mapping[str, Said], meanings: Mapping[str, Meaning] | None = None
    ) -> None:
        """InputError where an option, given by the key it stands for, contradicts the file.

        Values are compared, not how they are written: 0.1 is 1/10, one file has many paths, and
        ``meanings`` says what a text of a key stands for.

        >>> here = ProblemFile(Path("p.toml"), lam=Fraction(1, 10))
        >>> here.require_agreement({"lambda": Said("--lam", "0.10")})
        >>> here.require_agreement({"lambda": Said("--lam", "1/5")})
        Traceback (most recent call last):
        proofkit.errors.InputError: --lam is '1/5', and p.toml says lambda = 1/10; drop one of them
        """
        own = self.said
        for name, given in options.items():
            if name in own and not _same(schema()[name], own[name], given, meanings or {}):
                option = f"{given.option} is {quoted(given.value)}"
                if isinstance(given.value, bool):
                    option = f"{schema()[name].switch(given.value)} is given"
                raise InputError(
                    f"{option}, and {self.path} says {name} = {_shown(own[name])}; drop one of them"
                )

    def completed(self, options: Mapping[str, Said]) -> ProblemFile:
        """The problem with what options say, by key; InputError where one contradicts the file.

        >>> here = ProblemFile(Path("p.toml"), loss="squared")
        >>> here.completed({"target": Said("--target", "y")}).target
        'y'
        """
        self.require_agreement(options)
        known, own = schema(), self.said
        values = {
            known[name].field: known[name].value(given.value, given.option, Path())
            for name, given in options.items()
            if name not in own
        }
        return replace(self, **values)  # type: ignore[arg-type]


def _shown(value: Value) -> str:
    """A value in a message, as the file has it; text in quotes."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)[:60] if isinstance(value, int | Fraction) else quoted(value)


# -- the schema ------------------------------------------------------------------------------------

_KINDS: Mapping[type, str] = MappingProxyType(
    {
        Path: "the name of a file",
        str: "a text",
        int: "a whole number",
        Fraction: "a number",
        bool: "true or false",
    }
)


@dataclass(frozen=True)
class Known:
    """A key as it is declared: its name, the field that holds it, the type of its values, what it
    is, and the options that say the same.
    """

    name: str
    field: str
    type: type
    says: str
    options: tuple[str, ...]
    several: Several | None = None

    @property
    def kind(self) -> str:
        """What a value must be, in words."""
        return _KINDS[self.type] if self.several is None else self.several.kind

    @property
    def parameters(self) -> dict[str, str]:
        """The options by the names of their parameters, those that are looked for first in front."""
        return {option.removeprefix("--").replace("-", "_"): option for option in self.options}

    def switch(self, wanted: bool) -> str:
        """The option that says true, or the one that says false."""
        return self.options[0 if wanted else -1]

    def value(self, raw: object, where: str, folder: Path) -> Value:
        """A value of the right kind, its path seen from ``folder``; InputError names ``where``."""
        if self.several is not None and (text := self.several.text(raw)) is not None:
            return text
        if self.type is Fraction:
            return raw if isinstance(raw, Fraction) else exact_value(raw, where)
        if self.type is Path and type(raw) is str:
            return folder / raw
        if self.type is Path and isinstance(raw, Path):
            return folder / raw
        if self.type is str and type(raw) is str:
            return raw
        if self.type in (int, bool) and type(raw) is self.type:
            return raw  # type: ignore[return-value]
        raise InputError(f"{where} must be {self.kind}, not {quoted(raw)}")


@cache
def schema() -> Mapping[str, Known]:
    """The keys by name, in their order.

    >>> schema()["lambda"].field, schema()["seed"].options
    ('lam', ('--outer-seed', '--seed'))
    """
    hints = get_type_hints(ProblemFile, include_extras=True)
    made: dict[str, Known] = {}
    for field in fields(ProblemFile):
        declared = [extra for extra in get_args(hints[field.name])[1:] if isinstance(extra, Key)]
        for key in declared:
            name = key.name or field.name
            (kind,) = (t for t in get_args(get_args(hints[field.name])[0]) if t in _KINDS)
            made[name] = Known(name, field.name, kind, key.says, key.options, key.several)
    return MappingProxyType(made)


def keys_table() -> str:
    """The keys as a table in Markdown: name, kind, what it is, the option that says the same.

    >>> print(keys_table().splitlines()[-1])
    | noise | a number | s > 0 | `--noise` |
    """
    rows = ["| key | | what it is | option |", "|---|---|---|---|"]
    for key in schema().values():
        options = ", ".join(f"`{option}`" for option in key.options)
        rows.append(f"| {key.name} | {key.kind} | {key.says} | {options} |")
    return "\n".join(rows)


# -- reading ---------------------------------------------------------------------------------------


def read_problem(path: Path) -> ProblemFile:
    """The problem that a TOML file names; InputError with the key at fault, and for an empty file.

    Numbers are exact (0.1 is 1/10), and paths are seen from the folder of the file.  That the loss
    and the activation are some is for those to say who know them.
    """
    if path.suffix.lower() != SUFFIX:
        raise InputError(
            f"the problem file {path} must end in {SUFFIX}: it names the problem; a data file is "
            f"for --data"
        )
    table = read_toml(path, "problem")
    known = schema()
    require_known_keys(table, known, str(path), _other_words(known))
    if not table:
        raise InputError(f"{path} says nothing; it may have {', '.join(known)}")
    values = {
        known[name].field: known[name].value(raw, f"{path}: {name}", path.parent)
        for name, raw in table.items()
    }
    made = ProblemFile(path, **values)  # type: ignore[arg-type]
    _require_sense(made)
    return made


def _require_sense(problem: ProblemFile) -> None:
    """InputError for numbers out of their range, and for keys that contradict each other."""
    path, width, seed = problem.path, problem.width, problem.weights_seed
    if problem.outer is not None and width is not None:
        raise InputError(f"{path} has both outer and width; give one of them")
    if problem.seed is not None and width is None and problem.hidden is None:
        raise InputError(f"{path} has a seed and no width; add the width")
    if width is not None and not 1 <= width <= MAX_WIDTH:
        raise InputError(f"{path}: width must lie between 1 and {MAX_WIDTH}, not {_shown(width)}")
    if not 0 <= seed < MAX_SEED:
        raise InputError(f"{path}: seed must lie between 0 and 10^18, not {_shown(seed)}")
    if problem.noise is not None and problem.noise <= 0:
        raise InputError(f"{path}: the noise s must be positive, not {_shown(problem.noise)}")
    try:
        _ = problem.layers
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _other_words(known: Mapping[str, Known]) -> dict[str, str]:
    """The names of options, which may be written where the key is meant."""
    return {parameter: key.name for key in known.values() for parameter in key.parameters}


# -- whether two values are the same ---------------------------------------------------------------


def _same(key: Known, own: Value, given: Said, meanings: Mapping[str, Meaning]) -> bool:
    """Whether an option says what the file says."""
    if key.type is Path:
        return _same_file(Path(str(own)), Path(str(given.value)))
    value = key.value(given.value, given.option, Path())
    if own == value:
        return True
    if isinstance(own, str) and isinstance(value, str):
        meaning = {**_MEANINGS, **meanings}.get(key.name, str)
        return meaning(own) == meaning(value)
    return False


def _delimiter(text: str) -> object:
    return Dialect.of(delimiter=text).delimiter


def _decimal(text: str) -> object:
    return Dialect.of(decimal=text).decimal


_MEANINGS: Mapping[str, Meaning] = MappingProxyType(
    {
        "delimiter": _delimiter,
        "decimal": _decimal,
        "hidden": hidden_widths,
        "train": trained_layers,
        "decay": decays_of,
    }
)


def _same_file(one: Path, two: Path) -> bool:
    try:
        return os.path.realpath(one) == os.path.realpath(two)
    except (OSError, ValueError):  # no path at all: the file system has the last word elsewhere
        return one == two
