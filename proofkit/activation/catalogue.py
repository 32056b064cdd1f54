"""The built-in activations, each written once as an expression; everything else is derived."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from proofkit import catalogue
from proofkit.catalogue import CATALOGUE, Entry, names, rational
from proofkit.errors import InputError, ParseError
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.parser import ARITY, parse
from proofkit.kernel.univariate.terms import Node

if TYPE_CHECKING:
    import sympy

__all__ = [
    "CATALOGUE",
    "Activation",
    "Entry",
    "rational",
    "resolve",
    "true_name",
    "with_parameters",
]


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


def resolve(spec: str, constant: bool = False) -> Activation:
    """See ``Activation.of``; an expression without z is taken only where ``constant`` says so."""
    found = catalogue.resolve(spec, constant)
    return Activation(found.name, found.root, found.parameters)


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
    key = names().get(spec.strip().lower().replace("-", "_"))
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
