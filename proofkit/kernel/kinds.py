"""Whether a record holds what its class declares: dataclasses do not look."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Literal, Union, cast, get_args, get_origin, get_type_hints


def is_of_kind(value: object, kind: object) -> bool:
    """True when a value is of a declared type, exactly and all the way down.

    Knows classes, dataclasses, tuples, unions and literals; True is no int here.

    >>> is_of_kind((1, 2), tuple[int, ...]), is_of_kind((1, "2"), tuple[int, ...])
    (True, False)
    """
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return any(is_of_kind(value, option) for option in get_args(kind))
    if origin is Literal:
        return any(type(value) is type(option) and value == option for option in get_args(kind))
    if origin is tuple:
        items = cast("tuple[object, ...]", value)
        return type(value) is tuple and _are_of_kinds(items, get_args(kind))
    if not isinstance(kind, type) or type(value) is not kind:
        return False
    if not is_dataclass(kind):
        return True
    hints = _hints(type(value))
    return all(is_of_kind(getattr(value, f.name), hints[f.name]) for f in fields(kind))


def _are_of_kinds(values: tuple[object, ...], kinds: tuple[object, ...]) -> bool:
    """The items of a tuple, by tuple[kind, ...] or one kind for each."""
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return all(is_of_kind(value, kinds[0]) for value in values)
    return len(values) == len(kinds) and all(map(is_of_kind, values, kinds))


@lru_cache(maxsize=128)
def _hints(kind: type) -> Mapping[str, object]:
    return types.MappingProxyType(get_type_hints(kind))
