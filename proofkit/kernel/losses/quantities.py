"""The suprema of a loss, each as a quantity of a function of one variable made of phi."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from proofkit.kernel.refusal import KernelError
from proofkit.kernel.univariate.derivative import NotDifferentiableError, derivative
from proofkit.kernel.univariate.terms import Node, Z, num


@dataclass(frozen=True, slots=True)
class Asked:
    """The quantity ``name`` (see ``suprema.ORDERS``) of the function ``root``."""

    root: Node
    name: str
    parameter: Fraction | None = None


def _restoring(phi: Node, _: Fraction | None) -> Asked:
    """sup (-x phi'(x))_+, the part with kappa = 0 of the Euler defect."""
    return Asked(phi, "H_lo", Fraction(0))


def _bend_by_place(phi: Node, _: Fraction | None) -> Asked:
    """sup |x phi''(x)|."""
    return Asked(Z * derivative(derivative(phi)), "S0")


def _negative_bend(phi: Node, _: Fraction | None) -> Asked:
    """sup -phi''(x), of which the positive part is meant."""
    return Asked(derivative(phi), "fall")


def _excess_of_square(phi: Node, omega: Fraction | None) -> Asked:
    """sup phi'(x)^2 - omega x phi'(x), of which the positive part is meant."""
    if omega is None or omega <= 0:
        raise KernelError("h_omega has a parameter omega > 0")
    slope = derivative(phi)
    return Asked(slope * slope - num(omega) * Z * slope, "S_hi")


QUANTITIES: Mapping[str, Callable[[Node, Fraction | None], Asked]] = MappingProxyType(
    {
        "eta": _restoring,
        "zeta": _bend_by_place,
        "dip": _negative_bend,
        "h_omega": _excess_of_square,
    }
)
"""By name; h_omega alone has a parameter.  Their positive parts are meant."""


def asked(phi: Node, name: str, parameter: Fraction | None) -> Asked:
    """What a supremum of a loss asks of a function of one variable.

    Raises KernelError for another name or parameter, and for a loss with kinks.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> str(asked(parse("z^2/2"), "h_omega", Fraction(1)).root)
    '0'
    """
    if name not in QUANTITIES or (parameter is not None) != (name == "h_omega"):
        raise KernelError(f"there is no such quantity of a loss: {str(name)[:40]}")
    try:
        return QUANTITIES[name](phi, parameter)
    except NotDifferentiableError as error:
        raise KernelError(str(error)) from None
