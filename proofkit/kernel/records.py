"""Values made again of exact builtins, and put away where nothing can alter them.

A subclass of int or Fraction may compare as it likes, a property may answer differently each time,
a Fraction's numerator can be assigned to.  So nothing that a caller hands to the kernel is used:
``frozen`` takes a value apart into nested tuples of exact builtins, refusing every type that it
does not know, and ``thawed`` makes a new value of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import cast

from proofkit.kernel.refusal import KernelError
from proofkit.kernel.univariate.terms import Node, to_text

DEPTH = 60
MAX_NODES = 10_000

OPERANDS: Mapping[str, int] = MappingProxyType(
    {
        **dict.fromkeys(("z", "pi", "num", "name"), 0),
        **dict.fromkeys(("neg", "pow"), 1),
        **dict.fromkeys(("add", "sub", "mul", "div"), 2),
    }
)
"""How many operands an operation has that is no function; a text tells those of functions."""

Frozen = str | int | bool | None | tuple["Frozen | type", ...]
"""Builtins all the way down; a tuple begins with a mark or with the class of a record."""

_Operation = tuple[str, tuple[int, ...], tuple[int, int] | str | None]
"""An operation of a term, the places of its operands, and its value."""

_FRACTION, _TUPLE, _TERM, _TRUTH = "fraction", "tuple", "term", "truth"


def frozen(value: object, records: frozenset[type]) -> Frozen:
    """The value as nested tuples, which nothing can alter.

    Takes str, int, bool, None, Fraction, terms, tuples (and lists, which become tuples), and the
    frozen dataclasses of ``records``; KernelError for any other type, also for a subclass of these.
    """
    return _frozen(value, records, 0)


def _frozen(value: object, records: frozenset[type], depth: int) -> Frozen:
    if value is None or type(value) is str or type(value) is int:
        return value
    if type(value) is bool:
        return (_TRUTH, value)  # marked, as True and 1 are equal
    if depth > DEPTH:
        raise KernelError("a value given to a rule is nested too deeply")
    if type(value) is Fraction:
        return (_FRACTION, *_parts(value))
    if type(value) is Node:
        return (_TERM, *_operations(value))
    if type(value) is tuple or type(value) is list:
        items = cast("Sequence[object]", value)
        return (_TUPLE, *[_frozen(v, records, depth + 1) for v in items])
    kind = type(value)
    if kind in records:
        return (kind, *[_frozen(getattr(value, n), records, depth + 1) for n in _names(kind)])
    raise KernelError(f"a rule cannot use a value of the type {kind.__name__}")


@lru_cache(maxsize=256)
def _names(kind: type) -> tuple[str, ...]:
    """The fields of a record, in order."""
    name = kind.__name__
    if not is_dataclass(kind):
        raise KernelError(f"{name} is no record")
    return tuple(f.name for f in fields(kind))


def _parts(value: Fraction) -> tuple[int, int]:
    top, bottom = value.numerator, value.denominator
    if type(top) is not int or type(bottom) is not int or bottom <= 0:
        raise KernelError("a Fraction given to a rule has been altered")
    return top, bottom


def _operations(root: Node) -> list[_Operation]:
    """A term as a list of operations on earlier entries, equal nodes once: equal terms have equal
    lists.
    """
    place: dict[Node, int] = {}
    out: list[_Operation] = []
    stack = [root]
    while stack:
        node = stack[-1]
        if node in place:
            stack.pop()
            continue
        if type(node) is not Node or type(node.op) is not str or type(node.args) is not tuple:
            raise KernelError("a term given to a rule has been altered")
        if len(node.args) != OPERANDS.get(node.op, len(node.args)):
            raise KernelError("a term given to a rule has been altered")
        waiting = [a for a in node.args if a not in place]
        if waiting:
            if len(stack) > MAX_NODES:
                raise KernelError("a term given to a rule is nested too deeply")
            stack += waiting
            continue
        place[node] = len(out)
        out.append((node.op, tuple([place[a] for a in node.args]), _value(node)))
        stack.pop()
    return out


def _value(node: Node) -> tuple[int, int] | str | None:
    """The value of a node, which a number, a power and a name have, and nothing else."""
    value = node.value
    if node.op in ("num", "pow"):
        if type(value) is Fraction:
            return _parts(value)
    elif node.op == "name":
        if type(value) is str:
            return value
    elif value is None:
        return None
    raise KernelError("a term given to a rule has been altered")


def thawed(value: Frozen) -> object:
    """A new value of what was frozen."""
    if type(value) is not tuple:
        return value
    kind, rest = value[0], value[1:]
    if kind == _FRACTION:
        top, bottom = rest
        assert type(top) is int and type(bottom) is int, "what frozen puts there"
        return Fraction(top, bottom)
    if kind == _TERM:
        return _term(rest)
    if kind == _TRUTH:
        return rest[0]
    if kind == _TUPLE:
        return tuple([thawed(v) for v in rest])  # pyright: ignore[reportArgumentType]
    assert isinstance(kind, type), "a record begins with its class"
    return kind(*[thawed(v) for v in rest])  # pyright: ignore[reportArgumentType]


def own_text(root: Node) -> str:
    """The text of an exact copy of a term, which is itself an exact str."""
    copy = thawed(frozen(root, frozenset()))
    assert type(copy) is Node, "what was frozen"
    return to_text(copy)


def _term(operations: Sequence[object]) -> Node:
    made: list[Node] = []
    for operation in cast("Sequence[_Operation]", operations):
        assert type(operation) is tuple, "what frozen puts there"
        op, args, value = operation
        own = Fraction(*value) if isinstance(value, tuple) else value
        made.append(Node(op, tuple([made[i] for i in args]), own))
    return made[-1]
