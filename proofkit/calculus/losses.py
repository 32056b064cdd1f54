"""A loss as a SymPy expression in f and y (SymPy is imported only when one is wanted)."""

from __future__ import annotations

from typing import Any

from proofkit.activation.bridge import to_sympy
from proofkit.kernel.losses.loss import Loss


def sympy_expression(loss: Loss, f: Any, y: Any) -> Any:
    """l(f, y) = phi(argument of f and y) for SymPy expressions f and y.

    >>> import sympy
    >>> from proofkit.losses.catalogue import resolve
    >>> sympy_expression(resolve("squared"), *sympy.symbols("f y"))
    (f - y)**2/2
    """
    argument: Any = loss.argument(f, y)
    return to_sympy(loss.phi, argument)
