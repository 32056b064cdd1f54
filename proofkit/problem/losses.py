"""The losses: each answers the same few questions the proofs ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from proofkit.errors import InputError, nearest, quoted


@dataclass(frozen=True)
class Loss:
    """l(f, y) >= 0, convex in f.

    ``slope_bound`` is sup |dl/df| over all f (None: infinite); ``curvature``
    is sup d2l/df2.  ``expression(module, f, y)`` builds it with SymPy or mpmath.
    """

    name: str
    latex: str
    expression: Callable[[Any, Any, Any], Any]
    curvature: Fraction
    slope_bound: Fraction | None
    labels: tuple[int, ...] | None
    source: str


def _squared(module: Any, f: Any, y: Any) -> Any:
    return (f - y) ** 2 / 2


def _logistic(module: Any, f: Any, y: Any) -> Any:
    return module.log(1 + module.exp(-y * f))


LOSSES: Mapping[str, Loss] = MappingProxyType(
    {
        "squared": Loss(
            "squared", r"\tfrac12 (f-y)^2", _squared, Fraction(1), None, None, "arXiv:2210.11452"
        ),
        "logistic": Loss(
            "logistic",
            r"\log(1+e^{-yf})",
            _logistic,
            Fraction(1, 4),
            Fraction(1),
            (-1, 1),
            "arXiv:2309.09258",
        ),
    }
)


def require_loss(name: str) -> Loss:
    """The loss of that name; InputError with the nearest one otherwise."""
    if name not in LOSSES:
        raise InputError(f"there is no loss called {quoted(name)}; {nearest(name, LOSSES)}")
    return LOSSES[name]
