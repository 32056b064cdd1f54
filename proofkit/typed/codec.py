"""Records as JSON values and back: one way for every claim, proposal and constant.

A record is an object with its fields; where a field may hold one of several classes the object
says which under ``is``.  A field whose name cannot be a name in Python says its key in its
metadata.  A rational number is text ("-1/3"), a term is text in the grammar of
formulas, which the one parser reads.  Fields that have their default are left out.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from proofkit.errors import ParseError
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import Node, to_text
from proofkit.typed.claims import CLAIMS, Claim
from proofkit.typed.proposals import PROPOSALS, Proposal
from proofkit.typed.refusal import KernelError
from proofkit.typed.symbols import NAMES

JSON = str | int | bool | None | list["JSON"] | dict[str, "JSON"]
TAG = "is"
KEY = "key"
MAX_DIGITS = 2500
FORMULA_NAMES = NAMES | {"r"}

# Not ``__subclasses__``: a dataclass with slots leaves the class behind that it was made from.
FAMILIES: Mapping[type, tuple[type, ...]] = types.MappingProxyType(
    {Claim: CLAIMS, Proposal: PROPOSALS}
)

T = TypeVar("T")


class MalformedError(KernelError):
    """A JSON value is not the record that it should be."""


# -- to JSON ---------------------------------------------------------------------------------------


def encode(value: object, kind: object) -> JSON:
    """A value of a declared type as a JSON value."""
    if value is None or isinstance(value, str | int):  # bool is an int
        return value
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, Node):
        return to_text(value)
    if isinstance(value, tuple):
        return [encode(v, item_of(kind, i)) for i, v in enumerate(value)]
    if not is_dataclass(value):
        raise TypeError(f"{type(value).__name__} has no form in JSON")
    made: dict[str, JSON] = {}
    if len(classes_of(kind)) != 1:
        made[TAG] = type(value).__name__
    hints = hints_of(type(value))
    for f in fields(value):
        item = getattr(value, f.name)
        if f.default is MISSING or item != f.default:
            made[key_of(f)] = encode(item, hints[f.name])
    return made


def item_of(kind: object, position: int) -> object:
    """The declared type of an item of a tuple."""
    inner = get_args(next((k for k in options_of(kind) if get_origin(k) is tuple), kind))
    if len(inner) == 2 and inner[1] is Ellipsis:
        return inner[0]
    return inner[position] if position < len(inner) else object


def options_of(kind: object) -> tuple[object, ...]:
    """The alternatives of a declared type."""
    if get_origin(kind) in (Union, types.UnionType):
        return get_args(kind)
    return (kind,)


def classes_of(kind: object) -> list[type]:
    """The records that a declared type allows; several where it is a base class or a union."""
    out: list[type] = []
    for option in options_of(kind):
        if isinstance(option, type) and is_dataclass(option):
            out += FAMILIES.get(option, (option,))
    return out


@lru_cache(maxsize=256)
def hints_of(kind: type) -> Mapping[str, object]:
    """The declared types of the fields of a record."""
    return get_type_hints(kind)


def key_of(f: Field[object]) -> str:
    """What a field is called in JSON: its name, or what it says itself where that is a keyword."""
    return str(f.metadata.get(KEY, f.name))


# -- from JSON -------------------------------------------------------------------------------------


def decode(kind: type[T], value: object) -> T:
    """The record of a class that a JSON value describes.

    Raises MalformedError for anything else: a field that is missing, unknown or of another type, a
    number that is none, a term outside the grammar.
    """
    made = _decode(kind, value, kind.__name__)
    assert isinstance(made, kind), "a record of the class, or an error"
    return made


def _decode(kind: object, value: object, where: str) -> object:
    for option in options_of(kind):
        if option is type(None):
            if value is None:
                return None
        elif option is Fraction or option is Node or option is str or is_literal(option):
            if isinstance(value, str):
                return _scalar(option, value, where)
        elif option is int or option is bool:
            if type(value) is option:
                return value
        elif get_origin(option) is tuple and isinstance(value, list):
            return _tuple(option, value, where)
    if isinstance(value, dict) and (choices := classes_of(kind)):
        return _record(choices, value, where)
    raise MalformedError(f"{where} is not of the right kind")


def is_literal(option: object) -> bool:
    """True for a choice of texts."""
    return get_origin(option) is Literal


def _scalar(option: object, text: str, where: str) -> object:
    if option is Fraction:
        return rational(text, where)
    if option is Node:
        return term(text, where)
    if is_literal(option) and text not in get_args(option):
        raise MalformedError(f"{where} cannot be {text[:40]!r}")
    return text


def _tuple(option: object, value: list[object], where: str) -> tuple[object, ...]:
    inner = get_args(option)
    if not (len(inner) == 2 and inner[1] is Ellipsis) and len(inner) != len(value):
        raise MalformedError(f"{where} has the wrong length")
    return tuple(_decode(item_of(option, i), v, where) for i, v in enumerate(value))


def _record(choices: list[type], value: dict[object, object], where: str) -> object:
    given = dict(value)
    kind = choices[0]
    if len(choices) > 1:
        name = given.pop(TAG, None)
        found = next((c for c in choices if c.__name__ == name), None)
        if found is None:
            raise MalformedError(f"{where} says no class that is known here")
        kind = found
    hints = hints_of(kind)
    arguments: dict[str, object] = {}
    for f in fields(kind):
        arguments[f.name] = _field(f, hints[f.name], given, f"{where}.{key_of(f)}")
    if given:
        raise MalformedError(f"{where} has a field too many: {str(next(iter(given)))[:40]!r}")
    try:
        return kind(**arguments)
    except (ValueError, TypeError) as error:
        raise MalformedError(f"{where}: {str(error)[:80]}") from None


def _field(f: Field[object], kind: object, given: dict[object, object], where: str) -> object:
    if key_of(f) in given:
        return _decode(kind, given.pop(key_of(f)), where)
    if f.default is MISSING:
        raise MalformedError(f"{where} is missing")
    return f.default


def rational(text: str, where: str) -> Fraction:
    """The rational number "p/q" or "p" in lowest terms; MalformedError for any other text."""
    top, slash, bottom = text.partition("/")
    digits = top.removeprefix("-")
    right = (
        len(text) <= 2 * MAX_DIGITS
        and digits.isascii()
        and digits.isdigit()
        and (not slash or (bottom.isascii() and bottom.isdigit() and bottom.strip("0") != ""))
        and max(len(digits), len(bottom)) <= MAX_DIGITS
    )
    if not right:
        raise MalformedError(f"{where} is no rational number: {text[:40]!r}")
    made = Fraction(int(top), int(bottom) if slash else 1)
    if str(made) != text:
        raise MalformedError(f"{where} is not in lowest terms: {text[:40]!r}")
    return made


@lru_cache(maxsize=4096)
def term(text: str, where: str = "a term") -> Node:
    """The term that a text denotes; MalformedError when it is none, or not as ``to_text`` says it."""
    try:
        root = parse(text, FORMULA_NAMES)
    except ParseError as error:
        raise MalformedError(f"{where} is no term: {error}") from None
    if to_text(root) != text:
        raise MalformedError(f"{where} is not written as a term is here: {text[:40]!r}")
    return root
