"""The built-in activations by name, as the file that the prover reads as well has them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from flint import fmpq

from proofkit.check.expr import ONE, Refused, Tree, make, number, parse

_CALL = re.compile(r"\s*([A-Za-z_]\w*)\s*(?:\(\s*([A-Za-z_]\w*\s*=[^()]*)\))?\s*\Z", re.ASCII)


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, Mapping[str, Any]]:
    """The entries of the catalogue by name and alias."""
    file = Path(__file__).parent.parent / "data" / "activations.toml"
    entries = tomllib.loads(file.read_text())
    return {key: e for name, e in entries.items() for key in (name, *e.get("aliases", ()))}


def named(text: str) -> Tree | None:
    """The expression that a name, or name(parameter=value), means; None for any other text.

    Raises Refused for a parameter that the entry does not have, or that is not positive.

    >>> named("tanh")
    ('tanh', ('z',))
    """
    found = _CALL.match(text.replace("-", "_") if "(" not in text else text)
    entry = catalogue().get(found.group(1).lower()) if found else None
    if found is None or entry is None:
        return None
    values = {k: number(v) for k, v in entry.get("parameters", {}).items()}
    for part in (found.group(2) or "").split(",") if found.group(2) else ():
        name, _, value = (x.strip() for x in part.partition("="))
        if name not in values:
            raise Refused(f"{found.group(1)[:40]} has no parameter {name[:40]!a}")
        values[name] = number(value)
        if values[name] <= 0:
            raise Refused(f"the parameter {name} must be positive")
    return _bound(parse(entry["text"], frozenset(values)), values)


def _bound(t: Tree, values: Mapping[str, fmpq]) -> Tree:
    """The tree with numbers for its names, without factors and divisors 1."""
    if t[0] == "name":
        return "num", values[t[1]]
    parts = [_bound(x, values) if isinstance(x, tuple) else x for x in t[1:]]
    if t[0] == "mul" and parts[0] == ONE:
        return parts[1]
    if t[0] in ("mul", "div") and parts[1] == ONE:
        return parts[0]
    return make(t[0], *parts)
