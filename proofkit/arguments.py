"""What a caller of the library may give: each function takes it to the type the library uses, or
says in a sentence what it wants.
"""

from __future__ import annotations

import math
import operator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from proofkit.activation import catalogue
from proofkit.activation.catalogue import Activation
from proofkit.errors import InputError, quoted
from proofkit.kernel.univariate.terms import Node
from proofkit.reading.toml import exact_value, is_number, is_text

if TYPE_CHECKING:
    import sympy  # pyright: ignore[reportMissingTypeStubs]

ActivationLike: TypeAlias = "str | Activation | Node | sympy.Basic | type[sympy.Function]"
"""A name of the catalogue, an expression in z as text, a tree, a SymPy expression in one symbol or
a SymPy function.
"""
Rational: TypeAlias = "Fraction | int | str | sympy.Rational"


def activation(spec: ActivationLike) -> Activation:
    """The activation meant; InputError (with the nearest valid name), or ParseError for text that
    is no expression.

    >>> import sympy
    >>> activation(sympy.tanh) == activation("tanh"), activation(sympy.Symbol("t") ** 2).text
    (True, 'z^2')
    """
    if isinstance(spec, Activation):
        return spec
    if isinstance(spec, str):
        return catalogue.resolve(spec)
    if isinstance(spec, Node):
        return Activation("custom", spec)
    return _from_sympy(spec)


def _from_sympy(spec: object) -> Activation:
    import sympy  # pyright: ignore[reportMissingTypeStubs]
    from sympy.core.function import FunctionClass  # pyright: ignore[reportMissingTypeStubs]

    if isinstance(spec, FunctionClass | sympy.Lambda):
        name = str(getattr(spec, "__name__", "custom"))
        try:
            made = Activation.from_sympy(spec(sympy.Symbol("z", real=True)))
        except TypeError:  # of two arguments, say
            raise InputError(
                f"the SymPy function {quoted(spec)} is no function of one number"
            ) from None
        listed = catalogue.resolve(name) if name in catalogue.CATALOGUE else made
        return listed if listed.root == made.root else made
    if isinstance(spec, sympy.Basic | sympy.MatrixBase):
        made = Activation.from_sympy(cast("sympy.Expr", spec))
        if made.root.is_constant:
            raise InputError(f"{quoted(spec)} is a constant: there is no symbol in it")
        return made
    raise InputError(
        "an activation is a name, an expression in z as text, or one of SymPy (an expression "
        "in one symbol, "
        f"or a function such as sympy.tanh), not {_described(spec)}"
    )


def _described(value: object) -> str:
    """A value of a wrong type, by its type and as it is written."""
    if value is None or callable(value):
        return "None" if value is None else f"a Python function ({quoted(_name(value))})"
    return f"{quoted(value)} of type {type(value).__name__}"


def _name(value: object) -> str:
    return str(getattr(value, "__name__", type(value).__name__))


def require(value: object, kinds: type | tuple[type, ...], message: str) -> None:
    """InputError with this message unless the value is of one of these types."""
    if not isinstance(value, kinds):
        raise InputError(message)


def tree(value: object) -> Node:
    """An expression tree; InputError for another type."""
    if not isinstance(value, Node):
        raise InputError(f"the tree of an activation must be a Node, not {_described(value)}")
    return value


def text(value: object, what: str, example: str) -> str:
    """A text; InputError for another type, with an example of what is meant.

    >>> text("y", "the target", "the name of a column")
    'y'
    """
    if not isinstance(value, str):
        raise InputError(f"{what} must be text ({example}), not {_described(value)}")
    return value


def file_name(value: object, what: str, hint: str) -> Path:
    """The name of a file; InputError for arrays and other objects where one is due."""
    if not isinstance(value, str | Path):
        raise InputError(
            f"{what} must be the name of a file, not of type {type(value).__name__}; {hint}"
        )
    return Path(value)


def whole(value: Any, what: str) -> int:
    """A whole number of Python, numpy or SymPy; InputError for another type.

    >>> whole(3, "the width")
    3
    """
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise InputError(f"{what} must be a whole number, not {quoted(value)}")
    return operator.index(value)


def seed(value: Any) -> int:
    """A seed; InputError for anything but a whole number >= 0."""
    number = whole(value, "the seed")
    if number < 0:
        raise InputError(f"the seed must not be negative, not {number}")
    return number


def double(exact: Fraction, what: str) -> float:
    """The nearest floating-point number, for what is computed and not proved; InputError where that
    is infinite, or 0 for a number that is not.

    >>> double(Fraction(1, 10), "lambda")
    0.1
    >>> double(Fraction(1, 10**400), "lambda")
    Traceback (most recent call last):
    proofkit.errors.InputError: lambda is not 0, and no floating-point number but 0 is near it; give a larger one
    """
    try:
        nearest = float(exact)
    except OverflowError:
        raise InputError(
            f"{what} is beyond the largest floating-point number (about 1.8e308), in which runs "
            f"are computed; give a smaller one"
        ) from None
    if nearest == 0 and exact != 0:
        raise InputError(
            f"{what} is not 0, and no floating-point number but 0 is near it; give a larger one"
        )
    return nearest


def real(value: Any, what: str) -> float:
    """A finite number, as floating point, for what is not proved; InputError for anything else.

    A rational (text such as "1/10", an int, a Fraction, one of SymPy) is rounded to the nearest
    floating-point number.

    >>> real("1/10", "the step"), real(Fraction(1, 2), "the step"), real(0.5, "the step")
    (0.1, 0.5, 0.5)
    """
    if isinstance(value, str | int | Fraction) or _ratio(value) is not None:
        return double(exact(value, what), what)
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"{what} must be a number, not {_described(value)}")
    return number


def exact(value: Any, what: str) -> Fraction:
    """The rational that a number for a run is: as ``rational``, or the binary fraction that a float
    is; InputError for anything else.

    >>> exact("1/10", "lambda"), exact(0.5, "lambda")
    (Fraction(1, 10), Fraction(1, 2))
    """
    if isinstance(value, float):
        return Fraction(real(value, what))
    found = None if isinstance(value, bool) else rational(value, what)
    if found is None:
        raise InputError(f"{what} must be a number, not {_described(value)}")
    return found


def setting(value: Any, kinds: tuple[type, ...], where: str) -> Any:
    """A value of a file of settings: of one of ``kinds``, where Fraction stands for a number that
    floating point can hold; InputError names ``where``.

    >>> setting("1/10", (Fraction,), "step"), setting("1/10", (str, Fraction), "label_above")
    (Fraction(1, 10), '1/10')
    """
    if is_text(value) and str in kinds:
        return value
    if Fraction in kinds and (isinstance(value, str | Fraction) or is_number(value)):
        number = value if isinstance(value, Fraction) else exact_value(value, where)
        double(number, f"{where} = {quoted(value)}")
        return number
    if type(value) in kinds:
        return value
    names = " or ".join("a number" if kind is Fraction else kind.__name__ for kind in kinds)
    raise InputError(f"{where} has the value {quoted(value)}; it must be {names}")


def seconds(value: Any, what: str) -> float:
    """A positive number of seconds; InputError for anything else."""
    number = real(value, what)
    if number <= 0:
        raise InputError(f"{what} must be a positive number of seconds, not {number:g}")
    return number


def rational(value: Any, what: str) -> Fraction | None:
    """A rational from text, an int, a Fraction or a SymPy Rational; None stays None; a float is
    refused.

    >>> rational("1/10", "lambda")
    Fraction(1, 10)
    """
    if value is None or isinstance(value, Fraction):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Fraction(value)
    if isinstance(value, str):
        return catalogue.rational(value, what)
    ratio = _ratio(value)
    if ratio is not None:
        return ratio
    raise InputError(
        f"{what} is {quoted(value)}; a proof needs an exact number: write '1/10', 1 or "
        f"Fraction(1, 10)"
    )


def _ratio(value: object) -> Fraction | None:
    """A rational of SymPy; None for anything else, infinity included."""
    top, bottom = getattr(value, "p", None), getattr(value, "q", None)
    if isinstance(top, int) and isinstance(bottom, int) and bottom != 0:
        return Fraction(top, bottom)
    return None
