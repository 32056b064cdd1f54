"""Records as JSON values and back: one way for every claim, proposal and constant.

A record is an object with its fields; where a field may hold one of several classes the object
says which under ``is``.  A field whose name cannot be a name in Python says its key in its
metadata.  A rational number is text ("-1/3"), or "-0.025" where it must be a decimal; a term is
text in the grammar of formulas, which the one parser reads.  Fields that have their default are left out.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from proofkit.errors import ParseError
from proofkit.kernel.claims import CLAIMS, Claim
from proofkit.kernel.proposals import PROPOSALS, Proposal
from proofkit.kernel.records import Frozen, frozen, thawed
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.symbols import NAMES
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import Node, to_text
from proofkit.reading.scaling import Decimal, decimal, decimal_number

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
    """A JSON value is not the record that it should be; says which field of it and why."""

    def __init__(self, why: str, path: tuple[str, ...] = ()) -> None:
        super().__init__(f"{'.'.join(path)} {why}" if path else why)
        self.why, self.path = why, path

    def within(self, key: str) -> MalformedError:
        """The same error about a field of an outer record."""
        return MalformedError(self.why, (key, *self.path))


# -- to JSON ---------------------------------------------------------------------------------------


def encode(value: object, kind: object) -> JSON:
    """A value of a declared type as a JSON value."""
    if value is None or isinstance(value, str | int):  # bool is an int
        return value
    if isinstance(value, Fraction):
        return decimal(value) if kind is Decimal else str(value)
    if isinstance(value, Node):
        return to_text(value)
    if isinstance(value, tuple):
        items = cast("tuple[object, ...]", value)
        return [encode(v, item_of(kind, i)) for i, v in enumerate(items)]
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
        if isinstance(option, type) and is_dataclass(option) and option is not Node:
            out += FAMILIES.get(option, (option,))
    return out


@lru_cache(maxsize=256)
def hints_of(kind: type) -> Mapping[str, object]:
    """The declared types of the fields of a record."""
    return types.MappingProxyType(get_type_hints(kind, include_extras=True))


def key_of(f: Field[object]) -> str:
    """What a field is called in JSON: its name, or what it says itself where that is a keyword."""
    return str(f.metadata.get(KEY, f.name))


# -- from JSON -------------------------------------------------------------------------------------

Reader = Callable[[object], object]
"""Makes a value of a JSON value; MalformedError for one that it is not."""


def decode(kind: type[T], value: object) -> T:
    """The record of a class that a JSON value describes.

    Raises MalformedError for anything else: a field that is missing, unknown, of another type or
    said although it has its default, a number that is none, a term outside the grammar.
    """
    try:
        made = _reader(kind)(value)
    except MalformedError as error:
        raise error.within(kind.__name__) from None
    assert isinstance(made, kind), "a record of the class, or an error"
    return made


@lru_cache(maxsize=1024)
def _reader(kind: object) -> Reader:
    """What reads the values of a declared type, by the type of the JSON value."""
    readers = dict(_reader_of(option) for option in options_of(kind) if not classes_of(option))
    records = classes_of(kind)
    if records:
        readers[dict] = _record_reader(tuple(records))

    def read(value: object) -> object:
        reader = readers.get(type(value))
        if reader is None:
            raise MalformedError("is not of the right kind")
        return reader(value)

    return read


def _reader_of(option: object) -> tuple[type, Reader]:
    """The JSON type that an alternative is written in, and what reads it."""
    if option is type(None) or option is int or option is bool or option is str:
        assert isinstance(option, type), "one of these four"
        return option, _as_it_is
    if option is Fraction:
        return str, lambda value: rational(str(value))
    if option is Decimal:
        return str, _decimal
    if option is Node:
        return str, lambda value: term(str(value))
    if is_literal(option):
        choices = cast("tuple[object, ...]", get_args(option))
        kinds: list[type] = [type(choice) for choice in choices]
        assert len(set(kinds)) == 1, "all texts, or all whole numbers"
        return kinds[0], _choice_reader(choices)
    if get_origin(option) is tuple:
        return list, _tuple_reader(option)
    raise TypeError(f"{option} has no form in JSON")


def _decimal(value: object) -> object:
    try:
        return decimal_number(value)
    except ValueError as error:
        raise MalformedError(str(error)) from None


def _as_it_is(value: object) -> object:
    return value


def is_literal(option: object) -> bool:
    """True for a choice of texts, or of whole numbers."""
    return get_origin(option) is Literal


def _choice_reader(choices: tuple[object, ...]) -> Reader:
    def read(value: object) -> object:
        if value not in choices:
            raise MalformedError(f"cannot be {str(value)[:40]!r}")
        return value

    return read


def _tuple_reader(option: object) -> Reader:
    inner = get_args(option)
    if len(inner) == 2 and inner[1] is Ellipsis:
        item = _reader(inner[0])
        return lambda value: tuple(map(item, _items(value)))
    readers = tuple(_reader(kind) for kind in inner)

    def read(value: object) -> object:
        items = _items(value)
        if len(items) != len(readers):
            raise MalformedError("has the wrong length")
        return tuple(reader(item) for reader, item in zip(readers, items, strict=True))

    return read


def _items(value: object) -> list[object]:
    assert type(value) is list, "chosen by its type"
    return cast("list[object]", value)


@dataclass(frozen=True, slots=True)
class _FieldReader:
    """How a field is read: its key, the reader of its value, its default or MISSING."""

    key: str
    read: Reader
    default: object

    def value(self, given: Mapping[str, object]) -> object:
        """The value of the field in an object."""
        if self.key not in given:
            if self.default is MISSING:
                raise MalformedError("is missing").within(self.key)
            return self.default
        try:
            value = self.read(given[self.key])
        except MalformedError as error:
            raise error.within(self.key) from None
        if self.default is not MISSING and value == self.default:
            raise MalformedError("is said although it has its default").within(self.key)
        return value


@lru_cache(maxsize=256)
def _field_readers(kind: type) -> tuple[_FieldReader, ...]:
    hints = hints_of(kind)
    return tuple(_FieldReader(key_of(f), _reader(hints[f.name]), f.default) for f in fields(kind))


def _record_reader(choices: tuple[type, ...]) -> Reader:
    """What reads a record of one class, or of the one among several that it says."""
    by_name = {kind.__name__: kind for kind in choices}
    tagged = len(choices) > 1

    def read(value: object) -> object:
        assert type(value) is dict, "chosen by its type"
        given = cast("dict[str, object]", value)
        kind = by_name.get(str(given.get(TAG))) if tagged else choices[0]
        if kind is None:
            raise MalformedError("says no class that is known here")
        readers = _field_readers(kind)
        arguments = [reader.value(given) for reader in readers]
        known = {reader.key for reader in readers} | ({TAG} if tagged else set[str]())
        for key in given:
            if key not in known:
                raise MalformedError(f"has a field too many: {str(key)[:40]!r}")
        try:
            return kind(*arguments)
        except (ValueError, TypeError) as error:
            raise MalformedError(str(error)[:80]) from None

    return read


def rational(text: str) -> Fraction:
    """The rational number "p/q" or "p" in lowest terms; MalformedError for any other text.

    >>> rational("-1/3")
    Fraction(-1, 3)
    """
    return Fraction(*_parts(text))


@lru_cache(maxsize=4096)
def _parts(text: str) -> tuple[int, int]:
    """Numerator and denominator, which nobody can alter where they are remembered."""
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
        raise MalformedError(f"is no rational number: {text[:40]!r}")
    made = Fraction(int(top), int(bottom) if slash else 1)
    if str(made) != text:
        raise MalformedError(f"is not in lowest terms: {text[:40]!r}")
    return made.numerator, made.denominator


def term(text: str) -> Node:
    """The term that a text denotes; MalformedError when it is none, or not as ``to_text`` says it."""
    made = thawed(_operations(text))
    assert type(made) is Node, "what was frozen"
    return made


@lru_cache(maxsize=4096)
def _operations(text: str) -> Frozen:
    """The term of a text as what nobody can alter where it is remembered."""
    try:
        root = parse(text, FORMULA_NAMES)
    except ParseError as error:
        raise MalformedError(f"is no term: {error}") from None
    if to_text(root) != text:
        raise MalformedError(f"is not written as a term is here: {text[:40]!r}")
    return frozen(root, frozenset())
