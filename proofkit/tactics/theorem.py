"""Theorem files: TOML, one per statement.  Adding a file adds a theorem."""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Any

from proofkit.activation.catalogue import resolve
from proofkit.errors import InputError, nearest, quoted
from proofkit.kernel.losses.cross_entropy import CROSS_ENTROPY_TEXT
from proofkit.kernel.verdicts import NAMED
from proofkit.losses.catalogue import name_of
from proofkit.losses.catalogue import resolve as resolve_loss
from proofkit.problem.layers import net_of, require_bindable
from proofkit.reading.files import read_text
from proofkit.reading.layers import LayersSaid, split_activations
from proofkit.reading.problem_file import LAYER_KEYS, Value, schema
from proofkit.reading.toml import exact_value, is_number, is_text, parse_toml, require_known_keys

KEYS = (
    "title",
    "statement",
    "source",
    "claim",
    "tactic",
    "losses",
    "activations",
    "scope",
    "lambda",
    "noise",
    "expect",
    "part",
    "order",
    *LAYER_KEYS,
)
SCOPES = ("symbolic", "data")
VERDICTS = ("PROVED", "REFUTED", "UNKNOWN")
# The parts of a report, in its order, and their headings.
PARTS: Mapping[str, str] = MappingProxyType(
    {
        "main": "Main theorems",
        "consequence": "What follows for SGD",
        "limit": "Where the loss is not a Villani function",
        "auxiliary": "Auxiliary results",
    }
)


NOTHING_SAID = LayersSaid()
"""One trained hidden layer under a fixed one."""


@dataclass(frozen=True)
class Theorem:
    """A statement with the instances it is proved for; its losses by name, or by expression where
    the catalogue has none.

    ``lambdas`` and ``noise`` (s) None mean symbolic; ``expect`` is the verdict the author claims,
    and a report in which another comes out says so.  ``part`` is the part of the report that it
    stands in, and ``order`` its place there: the smallest first, then by name.
    """

    name: str
    title: str
    statement: str
    source: str
    claim: str
    tactic: str
    losses: tuple[str, ...]
    activations: tuple[str, ...]
    scope: tuple[str, ...]
    lambdas: tuple[Fraction | None, ...]
    noise: Fraction | None
    expect: str
    part: str
    order: int
    text: str
    layers: tuple[LayersSaid, ...] = (NOTHING_SAID,)

    def instances(self) -> list[Instance]:
        """Every combination once, in the order of the file."""
        every = (
            Instance(self.name, a, loss, scope, lam, layers)
            for loss in self.losses
            for a in self.activations
            for layers in self.layers
            for scope in self.scope
            for lam in self.lambdas
        )
        return list(dict.fromkeys(every))


@dataclass(frozen=True)
class Instance:
    """One activation, loss, net, scope and lambda of a theorem.

    ``activation`` may be several with "," or ";" between them, one for each hidden layer.
    """

    theorem: str
    activation: str
    loss: str
    scope: str
    lam: Fraction | None
    layers: LayersSaid = field(default=NOTHING_SAID, repr=False)


def _choice(path: Path, key: str, value: Any, allowed: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in allowed:
        hint = nearest(str(value), allowed)
        raise InputError(f"the theorem file {path}: {key} is {quoted(value)}; {hint}")
    return value


def _strings(path: Path, key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(map(is_text, value)):
        raise InputError(f"the theorem file {path}: {key} must be a non-empty list of strings")
    return tuple(value)


def _numbers(path: Path, key: str, value: Any) -> tuple[tuple[str, ...], tuple[Fraction, ...]]:
    """A number or a list of them, in quotes or not: as they are written, and exactly."""
    listed = value if isinstance(value, list) else [value]
    if not listed or not all(is_number(v) or is_text(v) for v in listed):
        raise InputError(
            f'the theorem file {path}: {key} must be a rational or a list of these, such as "1/10"'
        )
    numbers = [exact_value(v, f"the theorem file {path}: {key}") for v in listed]
    return tuple(map(str, listed)), tuple(numbers)


def _noise(path: Path, value: Any) -> Fraction:
    """One number s > 0."""
    if isinstance(value, list):
        raise InputError(f"the theorem file {path}: noise must be one rational, such as 1/100")
    _, (noise,) = _numbers(path, "noise", value)
    if noise <= 0:
        raise InputError(f"the theorem file {path}: noise must be positive, not {noise}")
    return noise


def _losses(path: Path, value: Any) -> tuple[str, ...]:
    """Names or expressions of losses, as the catalogue calls them."""
    given = _strings(path, "losses", value)
    called = []
    for text in given:
        try:
            called.append(name_of(resolve_loss(text)))
        except InputError as error:
            raise InputError(f"the theorem file {path}: losses: {error}") from None
    _once(path, "losses", given, called)
    return tuple(called)


def _once(path: Path, key: str, given: Sequence[Any], values: Sequence[Hashable]) -> None:
    """InputError when two entries of a list are the same: its certificates would overwrite each
    other.
    """
    first: dict[Hashable, Any] = {}
    for text, value in zip(given, values, strict=True):
        if value in first:
            same = "twice" if first[value] == text else f"twice, as {quoted(first[value])} too"
            raise InputError(
                f"the theorem file {path}: {key} lists {quoted(text)} {same}; leave it out once"
            )
        first[value] = text


def load_theorem(path: Path) -> Theorem:
    """Read and check one file; InputError names the file and key."""
    text = read_text(path, "theorem")
    table = parse_toml(text, path, "theorem")
    require_known_keys(table, KEYS, f"the theorem file {path}")
    for key in ("title", "statement", "claim", "losses", "activations"):
        if key not in table:
            raise InputError(f"the theorem file {path} lacks the key {key!r}")
    for key in ("title", "statement", "source", "tactic"):
        if not is_text(table.get(key, "")):
            raise InputError(f"the theorem file {path}: {key} must be text in quotes")
    activations = _strings(path, "activations", table["activations"])
    roots = []
    for a in activations:
        try:
            roots.append(tuple(resolve(part).root for part in split_activations(a)))
        except InputError as error:
            raise InputError(f"the theorem file {path}: activation {quoted(a)}: {error}") from None
    _once(path, "activations", activations, roots)
    lambdas: tuple[Fraction | None, ...] = (None,)
    if "lambda" in table:
        written, lambdas = _numbers(path, "lambda", table["lambda"])
        _once(path, "lambda", written, lambdas)
    noise = _noise(path, table["noise"]) if "noise" in table else None
    claim = _choice(path, "claim", table["claim"], tuple(NAMED))
    scope = tuple(
        _choice(path, "scope", v, SCOPES)
        for v in _strings(path, "scope", table.get("scope", ["symbolic"]))
    )
    losses = _losses(path, table["losses"])
    _once(path, "scope", scope, scope)
    if claim == "villani-one-signed" and scope != ("symbolic",):
        raise InputError(
            f"the theorem file {path}: the claim villani-one-signed is for arbitrary data "
            f'and weights; write scope = ["symbolic"]'
        )
    layers = _layers(path, table)
    _require_nets(path, layers, activations, losses, lambdas, scope)
    expect = _choice(path, "expect", table.get("expect", "PROVED"), VERDICTS)
    usual_part = "limit" if expect == "REFUTED" else "main"
    order = table.get("order", 0)
    if not isinstance(order, int) or isinstance(order, bool):
        raise InputError(
            f"the theorem file {path}: order is {quoted(order)}; write a whole number, such as 3"
        )
    return Theorem(
        path.stem,
        str(table["title"]).strip(),
        " ".join(str(table["statement"]).split()),
        str(table.get("source", "")).strip(),
        claim,
        str(table.get("tactic", "")),
        losses,
        activations,
        scope,
        lambdas,
        noise,
        expect,
        _choice(path, "part", table.get("part", usual_part), tuple(PARTS)),
        order,
        text,
        layers,
    )


def _layers(path: Path, table: Mapping[str, Any]) -> tuple[LayersSaid, ...]:
    """The nets of a file: every combination of what its keys say, once."""
    keys = [key for key in LAYER_KEYS if key in table]
    choices = [_each(path, key, table[key]) for key in keys]
    try:
        made = [
            LayersSaid.of(**dict(zip(keys, values, strict=True)))  # type: ignore[arg-type]
            for values in product(*choices)
        ]
    except InputError as error:
        raise InputError(f"the theorem file {path}: {error}") from None
    _once(path, "what it says of the layers", [one.text for one in made], made)
    return tuple(made)


def _each(path: Path, key: str, raw: Any) -> list[Value]:
    """The values of a key of the layers: those of a list, each for nets of its own, or the one.

    A list of numbers is one value where the key takes such a list: the widths, what is trained.
    """
    known = schema()[key]
    where = f"the theorem file {path}: {key}"
    one = known.several is not None and known.several.text(raw) is not None
    listed = raw if isinstance(raw, list) and not one else [raw]
    if not listed:
        raise InputError(f"{where} is an empty list")
    return [known.value(value, where, path.parent) for value in listed]


def _require_nets(
    path: Path,
    layers: Sequence[LayersSaid],
    activations: Sequence[str],
    losses: Sequence[str],
    lambdas: Sequence[Fraction | None],
    scope: Sequence[str],
) -> None:
    """InputError for words that make no net with an activation, a loss or a lambda of the file, and
    for data where the net or its loss needs something that the data of a report have not.
    """
    for said, activation, loss, lam in product(layers, activations, losses, lambdas):
        try:
            net = net_of(activation, loss, lam, said).net
            if net.architecture is None and net.width is not None:
                raise InputError(
                    "the width of the net with one trained layer under a fixed one is a symbol, "
                    "and with data that of the report; leave hidden out"
                )
            if "data" in scope and net.architecture is not None:
                require_bindable(net.architecture, loss, None)
        except InputError as error:
            raise InputError(f"the theorem file {path}: {error}") from None
        if "data" in scope and resolve_loss(loss).text == CROSS_ENTROPY_TEXT:
            raise InputError(
                f"the theorem file {path}: the data of a report have no classes for cross-entropy; "
                f'write scope = ["symbolic"]'
            )


def load_theorems(folder: Path) -> list[Theorem]:
    """All theorem files of a folder in the order of a report: by part, by their place in it, by
    name.
    """
    if not os.path.isdir(folder):
        raise InputError(f"the theorem folder {folder} does not exist; give --theorems DIR")
    found = [load_theorem(p) for p in sorted(folder.glob("*.toml"))]
    if not found:
        raise InputError(f"the theorem folder {folder} holds no .toml file")
    parts = list(PARTS)
    return sorted(found, key=lambda t: (parts.index(t.part), t.order, t.name))


def default_folder() -> Path:
    """./theorems when it is there, else the theorems shipped with the package."""
    here = Path("theorems")
    return here if any(here.glob("*.toml")) else shipped_folder()


def shipped_folder() -> Path:
    """The theorems, experiments and notebooks that come with the package."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "_theorems"
    return shipped if shipped.is_dir() else package.parent / "theorems"
