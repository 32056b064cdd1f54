"""The built-in activations by name, from the one file that lists them; names and expressions as
terms.

Without SymPy, so that the check of a certificate can use it: ``proofkit.activation`` has the rest.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from importlib import resources
from types import MappingProxyType

from proofkit.errors import InputError, ParseError, slip
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.parser import ARITY, parse
from proofkit.kernel.univariate.terms import Node
from proofkit.reading.numbers import rational


@dataclass(frozen=True)
class Entry:
    """A catalogue entry: the expression, its parameters with defaults, what it is, further names,
    the name to print.
    """

    text: str
    parameters: tuple[tuple[str, Fraction], ...] = ()
    title: str = ""
    aliases: tuple[str, ...] = ()
    printed: str = ""


def _entries() -> dict[str, Entry]:
    """The entries of the file."""
    text = resources.files("proofkit").joinpath("data/activations.toml").read_text()
    return {
        name: Entry(
            e["text"],
            tuple((k, Fraction(v)) for k, v in e.get("parameters", {}).items()),
            e.get("title", ""),
            tuple(e.get("aliases", ())),
            e["name"],
        )
        for name, e in tomllib.loads(text).items()
    }


CATALOGUE: Mapping[str, Entry] = MappingProxyType(_entries())

_WITH_PARAMETERS = re.compile(r"\s*([A-Za-z_]\w*)\s*\(\s*([A-Za-z_]\w*\s*=[^()]*)\)\s*\Z", re.ASCII)

_CALLED = re.compile(r"\s*([A-Za-z_]\w*)\s*\((.*)\)\s*\Z", re.ASCII | re.DOTALL)


@dataclass(frozen=True)
class Named:
    """An activation by its name: the term, and the parameters bound in it."""

    name: str
    root: Node
    parameters: tuple[tuple[str, Fraction], ...] = ()


def names() -> dict[str, str]:
    """The names of the entries by name and alias."""
    return {alias: name for name, entry in CATALOGUE.items() for alias in (name, *entry.aliases)}


def resolve(spec: str, constant: bool = False) -> Named:
    """From a catalogue name, ``name(parameter=value)``, or an expression in z.

    An expression without z is taken only where ``constant`` says so.  Raises InputError (with the
    nearest valid name) or ParseError.

    >>> resolve("softplus(beta=2)").parameters
    (('beta', Fraction(2, 1)),)
    """
    known = names()
    key = spec.strip().lower().replace("-", "_")
    if key in known:
        return _instance(known[key], {})
    if m := _WITH_PARAMETERS.match(spec):
        head = m.group(1).lower()
        if head not in known:
            near = slip(head, known)
            raise InputError(
                f"there is no activation called "
                f"{m.group(1)[:40]!r}{f'; did you mean {near}?' if near else ''}"
            )
        return _instance(known[head], _parameters(m.group(2)))
    if (m := _CALLED.match(spec)) and m.group(1).lower() in known and m.group(1) not in ARITY:
        raise InputError(
            f"{m.group(1)} is no function of the grammar; "
            + _how_to_write(known[m.group(1).lower()], m.group(2))
        )
    try:
        root = parse(spec)
    except ParseError as error:
        if re.fullmatch(r"[A-Za-z_][\w-]*", spec.strip(), re.ASCII) and spec.strip() not in ARITY:
            near = slip(key, known)
            hint = (
                f"did you mean {near}?"
                if near
                else "see `proofkit list`, or give an expression in z"
            )
            raise InputError(
                f"there is no activation called {spec.strip()[:40]!r}; {hint}"
            ) from None
        raise error
    if root.is_constant and not constant:
        meant = ""
        if m and m.group(1).lower() in known:
            meant = f"; {_how_to_write(known[m.group(1).lower()], m.group(2))}"
        raise InputError(f"{spec.strip()[:40]!a} is a constant: no z is left in it{meant}")
    return Named("custom", root)


def _how_to_write(name: str, given: str) -> str:
    """How an activation of the catalogue is named that was called like a function."""
    parameters = [key for key, _ in CATALOGUE[name].parameters]
    if not parameters:
        return f"the activation {name} is named without brackets: {name}"
    try:
        value = str(rational(given, "the parameter"))
    except InputError:
        return (
            f"the activation {name} is named alone, or with its parameter: "
            f"{name}({parameters[0]}=2)"
        )
    return f"did you mean {name}({parameters[0]}={value})?"


def _parameters(text: str) -> dict[str, Fraction]:
    out = {}
    for part in text.split(","):
        name, eq, value = part.partition("=")
        out[name.strip()] = (
            rational(value, f"the parameter {name.strip()[:40]!r}") if eq else Fraction(0)
        )
        if not eq:
            raise InputError(f"the parameter {part.strip()[:40]!r} has no value; write name=value")
    return out


def _instance(name: str, given: Mapping[str, Fraction]) -> Named:
    entry = CATALOGUE[name]
    values = dict(entry.parameters)
    for key, value in given.items():
        if key not in values:
            known = ", ".join(values) or "none"
            raise InputError(
                f"the activation {name} has no parameter {key[:40]!r} (its parameters: {known})"
            )
        if value <= 0:
            raise InputError(f"the parameter {key} of {name} must be positive, not {value}")
        values[key] = value
    tree = parse(entry.text, frozenset(values))
    bound = {Node("name", (), key): terms.num(value) for key, value in values.items()}
    label = name
    if given:
        label = f"{name}({', '.join(f'{k}={v}' for k, v in values.items())})"
    return Named(label, terms.substitute(tree, bound), tuple(values.items()))
