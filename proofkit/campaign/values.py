"""Values of formulas in named constants, in mpmath, read from their text by a grammar of one's own.

Written for the opinion on certificates, it shares no code with the program that it is a witness
against.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from mpmath import mp

CONTEXT = mp.clone()
CONTEXT.dps = 50

_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "sqrt": CONTEXT.sqrt,
    "log": CONTEXT.log,
    "exp": CONTEXT.exp,
    "Max": max,
    "Min": min,
}


class NoValueError(ValueError):
    """A text that has no value here."""


def number(text: str) -> Any:
    """A rational number in mpmath."""
    value = Fraction(text)
    return CONTEXT.mpf(value.numerator) / value.denominator


def value_of(text: str, names: Mapping[str, Any]) -> Any:
    """The value of a formula where its names have these values.

    Raises NoValueError for text outside the grammar, a name without a value, or no finite value.

    >>> print(value_of("sqrt(a)^3 - Max(1, a/2)", {"a": CONTEXT.mpf(4)}))
    6.0
    """
    try:
        tree = ast.parse(text.replace("^", "**").replace("lambda", "lambda_"), mode="eval")
        found = _value(tree.body, {k.replace("lambda", "lambda_"): v for k, v in names.items()})
    except (SyntaxError, ArithmeticError, TypeError, RecursionError, MemoryError) as error:
        raise NoValueError(str(error)) from None
    if isinstance(found, CONTEXT.mpc) or not CONTEXT.isfinite(found):
        raise NoValueError("it is not a finite real number")
    return found


def _value(node: ast.expr, names: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=value) if type(value) is int:
            return CONTEXT.mpf(value)
        case ast.Name(id=name) if names.get(name) is not None:
            return names[name]
        case ast.UnaryOp(op=ast.USub(), operand=inside):
            return -_value(inside, names)
        case ast.BinOp(op=op, left=left, right=right) if type(op) in _BINARY:
            return _BINARY[type(op)](_value(left, names), _value(right, names))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](*(_value(a, names) for a in args))
        case _:
            raise NoValueError(f"{ast.dump(node)[:60]} has no value here")
