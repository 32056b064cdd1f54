"""The losses by name, and expressions as losses.

Without SymPy, so that the check of a certificate can use it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

from proofkit.errors import DomainError, InputError, ParseError, nearest, quoted
from proofkit.kernel.losses.cross_entropy import CROSS_ENTROPY_TEXT, CrossEntropyLoss
from proofkit.kernel.losses.kinds import loss_of_text
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.univariate.domain import check_domain
from proofkit.kernel.univariate.terms import to_text
from proofkit.kernel.univariate.workspace import OpenError


@dataclass(frozen=True)
class Printed:
    """l(f, y) and its first two derivatives in f as a paper writes them, in LaTeX."""

    loss: str
    slope: str
    curvature: str


@dataclass(frozen=True)
class Entry:
    """A loss of the catalogue: its name, what it is, its expression, and where it is from.

    ``proper`` is the name in a sentence (pseudo-Huber), ``published`` the threshold for lambda of
    its source, as remembered, a formula in the constants of the kernel ('' where there is none),
    and ``printed`` how a paper writes it, where the LaTeX of the expression would not be that.
    """

    name: str
    title: str
    loss: Loss
    source: str
    proper: str
    published: str = ""
    printed: Printed | None = None


def _entries() -> dict[str, Entry]:
    """The entries of the files, by name, the file's own with "-" for "_"."""
    found: dict[str, Entry] = {}
    folder = resources.files("proofkit.losses")
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            name = file.name.removesuffix(".toml").replace("_", "-")
            said = tomllib.loads(file.read_text(encoding="utf-8"))
            found[name] = Entry(
                name,
                said["title"],
                loss_of_text(said["expression"]),
                said["source"],
                said.get("proper", name),
                said.get("published", ""),
                Printed(**said["latex"]) if "latex" in said else None,
            )
    return found


CATALOGUE: Mapping[str, Entry] = MappingProxyType(_entries())
NAMES: tuple[str, ...] = (*CATALOGUE, CROSS_ENTROPY_TEXT)
"""What ``resolve`` knows by name: the losses of one variable, and that of several outputs."""


_LIKE_A_NAME = re.compile(r"[A-Za-z][\w-]*", re.ASCII)


def resolve(spec: str) -> Loss:
    """The loss that a name of the catalogue, or an expression in u or in m, means.

    Raises InputError with the nearest name for an unknown one, for an expression that is none, for
    one that is a constant, and for one that is not a finite number for every argument.

    >>> resolve("squared").text, resolve("log(cosh(u))").text
    ('u^2/2', 'log(cosh(u))')
    >>> resolve("log(u)")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    proofkit.errors.InputError: the loss log(u) is not a finite number for every u: ...
    """
    key = spec.strip().lower().replace("_", "-")
    if key in CATALOGUE:
        return CATALOGUE[key].loss
    if key == CROSS_ENTROPY_TEXT:
        return CrossEntropyLoss()
    try:
        loss = loss_of_text(spec)
    except ParseError as error:
        if _LIKE_A_NAME.fullmatch(spec.strip()):
            raise InputError(
                f"there is no loss called {quoted(spec.strip())}; give a name, or an expression "
                f"in u = f - y or in m = y f; {nearest(key, NAMES)}"
            ) from None
        raise InputError(f"the loss {quoted(spec.strip())}: {error}") from None
    return required(loss)


def required(loss: Loss) -> Loss:
    """The loss again; InputError where phi is not seen to be finite on all of R."""
    try:
        check_domain(loss.phi)
    except (DomainError, OpenError) as error:
        why = re.sub(r"\bz\b", loss.letter, str(error))
        raise InputError(
            f"the loss {loss.text[:60]} is not a finite number for every {loss.letter}: {why}"
        ) from None
    return loss


def name_of(loss: Loss) -> str:
    """What the catalogue calls a loss; its expression where it has no name.

    >>> name_of(resolve("u^2/2")), name_of(resolve("u^4/4"))
    ('squared', 'u^4/4')
    """
    entry = entry_of(loss)
    return loss.text if entry is None else entry.name


def entry_of(loss: Loss) -> Entry | None:
    """The entry of a loss in the catalogue; None for a loss without a name."""
    return next((entry for entry in CATALOGUE.values() if entry.loss == loss), None)


def called_in_text(loss: Loss) -> str:
    """What a loss is called in a line of plain text.

    >>> called_in_text(resolve("squared")), called_in_text(resolve("u^4/4"))
    ('squared loss', 'loss u^4/4')
    """
    entry = entry_of(loss)
    if entry is None:
        return loss.text if isinstance(loss, CrossEntropyLoss) else f"loss {loss.text}"
    return f"{entry.proper} loss"


def source_of(loss: Loss) -> str:
    """Where a loss of the catalogue is from; '' for any other."""
    entry = entry_of(loss)
    return "" if entry is None else entry.source


def written(loss: Loss, argument: str) -> str:
    """phi with a text in the place of its argument, which is bracketed where it is no name."""
    return re.sub(r"\bz\b", argument if argument.isalnum() else f"({argument})", to_text(loss.phi))
