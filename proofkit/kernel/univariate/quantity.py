"""What is bounded on an interval, and the two halves of a proof of it: a cover, a witness."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.terms import Node


@dataclass(frozen=True)
class Quantity:
    """g = sign * (d/dz)^order sigma, or sign * (z sigma' - kappa sigma) when kappa is given."""

    root: Node
    order: int = 0
    kappa: Fraction | None = None
    sign: int = 1

    @property
    def negated(self) -> Quantity:
        """-g."""
        return Quantity(self.root, self.order, self.kappa, -self.sign)

    def rescaled(self, h: Fraction) -> tuple[Quantity, Fraction]:
        """(the quantity g_h of u -> sigma(h u), the factor c) with g(z) = c g_h(z/h): c = h^-order,
        or 1 beside kappa.
        """
        factor = 1 / h**self.order if self.kappa is None else Fraction(1)
        return Quantity(terms.rescaled(self.root, h), self.order, self.kappa, self.sign), factor

    @property
    def name(self) -> str:
        """How messages call it."""
        if self.kappa is not None:
            return (
                "z*sigma'"
                if self.kappa == 0
                else f"z*sigma' - {self.kappa if self.kappa != 1 else ''}sigma"
            )
        return "sigma" + "'" * self.order


@dataclass(frozen=True)
class Piece:
    """[left, right] of the cover, the rule used, and the centre of a tangent."""

    left: Fraction
    right: Fraction
    rule: str
    centre: Fraction | None = None


@dataclass(frozen=True)
class Cover:
    """Proof of g <= bound on [left, right], infinite ends as None (tails start at the outer
    pieces).

    The pieces are those of u = z/scale: what they bound is the quantity of u -> sigma(scale u),
    which is that of sigma but for a factor (``Quantity.rescaled``).
    """

    bound: Fraction
    left: Fraction | None
    right: Fraction | None
    pieces: tuple[Piece, ...]
    bits: int
    scale: Fraction = Fraction(1)


@dataclass(frozen=True)
class Witness:
    """Why the supremum is at least ``value``: g at a point, or the limit at an end."""

    kind: str  # "point", "limit", "phase" or "quarter"
    value: Fraction
    # z; for "phase" the phase along which g tends to the value, for "quarter" that phase in units
    # of pi/2.
    point: Fraction | None = None
    end: int = 0  # +1, -1 for limits

    @property
    def attained_at(self) -> Fraction | None:
        """z at which g reaches the value; None when it is only approached."""
        return self.point if self.kind == "point" else None
