"""Places in JSON values: every leaf, the value at a place, another value there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
Place = tuple[Any, ...]
"""Keys and positions from the outside to the inside."""


def leaves(value: Any, at: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every leaf of a JSON value with its place; an empty list or object is a leaf.

    >>> list(leaves({"a": [1, {}]}))
    [(('a', 0), 1), (('a', 1), {})]
    """
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from leaves(item, (*at, key))
    elif isinstance(value, list) and value:
        for i, item in enumerate(value):
            yield from leaves(item, (*at, i))
    else:
        yield at, value


def get(value: Any, at: Place) -> Any:
    """The value at a place."""
    for key in at:
        value = value[key]
    return value


def put(value: Any, at: Place, new: Any) -> None:
    """Replace the value at a place."""
    get(value, at[:-1])[at[-1]] = new


def records(value: Any) -> Iterator[Json]:
    """Every object in a JSON value that says its class."""
    if isinstance(value, dict):
        if "is" in value:
            yield value
        for item in value.values():
            yield from records(item)
    elif isinstance(value, list):
        for item in value:
            yield from records(item)
