"""The built-in activations, each written once as an expression; everything else is derived."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from proofkit.errors import InputError, ParseError, slip
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.parser import ARITY, number, parse
from proofkit.kernel.univariate.terms import Node

if TYPE_CHECKING:
    import sympy


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
    """The entries of the file that the checker reads as well."""
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
class Activation:
    """An activation: its name, its expression tree, and the parameters bound in it.

    >>> Activation.of("tanh").text
    'tanh(z)'
    """

    name: str
    root: Node
    parameters: tuple[tuple[str, Fraction], ...] = ()

    @staticmethod
    def of(spec: str) -> Activation:
        """From a catalogue name, ``name(parameter=value)``, or an expression in z.

        Raises InputError (with the nearest valid name) or ParseError.
        """
        return resolve(spec)

    @staticmethod
    def from_sympy(expr: sympy.Expr, name: str = "custom") -> Activation:
        """From a SymPy expression in one symbol."""
        from proofkit.activation.bridge import typed

        return Activation(name, typed(expr))

    @property
    def text(self) -> str:
        """The expression in the grammar of `proofkit bounds`."""
        return terms.to_text(self.root)

    @property
    def expr(self) -> Any:
        """The SymPy expression in the real symbol z."""
        from proofkit.activation.bridge import to_sympy

        return to_sympy(self.root)

    @property
    def latex(self) -> str:
        """The expression in LaTeX, by SymPy."""
        import sympy

        return sympy.latex(self.expr)


def _names() -> dict[str, str]:
    return {alias: name for name, entry in CATALOGUE.items() for alias in (name, *entry.aliases)}


def resolve(spec: str, constant: bool = False) -> Activation:
    """See ``Activation.of``; an expression without z is taken only where ``constant`` says so."""
    names = _names()
    key = spec.strip().lower().replace("-", "_")
    if key in names:
        return _instance(names[key], {})
    if m := _WITH_PARAMETERS.match(spec):
        head = m.group(1).lower()
        if head not in names:
            near = slip(head, names)
            raise InputError(
                f"there is no activation called "
                f"{m.group(1)[:40]!r}{f'; did you mean {near}?' if near else ''}"
            )
        return _instance(names[head], _parameters(m.group(2)))
    if (m := _CALLED.match(spec)) and m.group(1).lower() in names and m.group(1) not in ARITY:
        raise InputError(
            f"{m.group(1)} is no function of the grammar; "
            + _how_to_write(names[m.group(1).lower()], m.group(2))
        )
    try:
        root = parse(spec)
    except ParseError as error:
        if re.fullmatch(r"[A-Za-z_][\w-]*", spec.strip(), re.ASCII) and spec.strip() not in ARITY:
            near = slip(key, names)
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
        if m and m.group(1).lower() in names:
            meant = f"; {_how_to_write(names[m.group(1).lower()], m.group(2))}"
        raise InputError(f"{spec.strip()[:40]!a} is a constant: no z is left in it{meant}")
    return Activation("custom", root)


def true_name(name: str, root: Node) -> str:
    """The name when the catalogue gives it this very formula, else "custom"; what a file calls a
    formula proves nothing.

    >>> true_name("tanh", parse("tanh(z)")), true_name("gelu", parse("tanh(z)"))
    ('tanh', 'custom')
    """
    try:
        return name if resolve(name).root == root else "custom"
    except (InputError, ParseError, ValueError, ZeroDivisionError):
        return "custom"


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


def with_parameters(spec: str, free: Sequence[str], bound: Mapping[str, Fraction]) -> Activation:
    """An activation with named parameters: ``free`` ones stay names in its tree, ``bound`` ones get
    their values.

    ``spec`` is a catalogue name (its own parameters may be named) or an expression.
    Raises InputError for a name that is reserved, given twice or not in the expression.
    """
    for name in (*free, *bound):
        if not re.fullmatch(r"[A-Za-z_]\w{0,39}", name, re.ASCII) or name in (*ARITY, "z", "pi"):
            raise InputError(
                f"{name[:40]!a} cannot be the name of a parameter; use letters, digits and "
                f"_, and no name of the grammar"
            )
        if (*free, *bound).count(name) > 1:
            raise InputError(f"the parameter {name} is given twice")
    key = _names().get(spec.strip().lower().replace("-", "_"))
    text, label, defaults = (
        (CATALOGUE[key].text, key, dict(CATALOGUE[key].parameters))
        if key is not None
        else (spec, "custom", {})
    )
    tree = parse(text, frozenset(free) | frozenset(bound) | frozenset(defaults))
    present = {str(n.value) for n in terms.walk(tree) if n.op == "name"}
    for name in (*free, *bound):
        if name not in present:
            raise InputError(f"the parameter {name} does not occur in {text[:60]}")
    values = {**{k: v for k, v in defaults.items() if k not in free}, **bound}
    if key is not None and (low := next((k for k, v in bound.items() if v <= 0), None)) is not None:
        raise InputError(f"the parameter {low} of {key} must be positive, not {bound[low]}")
    try:
        root = terms.substitute(
            tree, {Node("name", (), k): terms.num(v) for k, v in values.items()}
        )
    except (ValueError, ZeroDivisionError) as error:
        raise InputError(f"with these parameters {text[:60]} is not defined ({error})") from None
    return Activation(label, root, tuple(values.items()))


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


def rational(text: str, what: str) -> Fraction:
    """A rational from text such as 1/10, 0.1, 1e-3; InputError otherwise."""
    top, slash, bottom = text.strip().partition("/")
    try:
        sign = -1 if top.strip().startswith("-") else 1
        body = top.strip()[1:] if top.strip()[:1] in ("+", "-") else top.strip()
        if not re.fullmatch(r"(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", body, re.ASCII):
            raise ValueError
        if slash and not re.fullmatch(r"\d{1,400}", bottom.strip(), re.ASCII):
            raise ValueError
        return sign * number(body) / (int(bottom) if slash else 1)
    except (ValueError, ZeroDivisionError):
        raise InputError(
            f"{what} is {text.strip()[:40]!a}, not a rational number; write it like 1/10 or 0.1"
        ) from None


def _instance(name: str, given: Mapping[str, Fraction]) -> Activation:
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
    return Activation(label, terms.substitute(tree, bound), tuple(values.items()))
