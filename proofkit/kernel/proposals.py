"""What the search proposes and a rule verifies: covers, witnesses, directions, levels.

A proposal is never believed; a wrong one is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from proofkit.kernel.claims import Curve
from proofkit.kernel.formula import Place
from proofkit.kernel.univariate.terms import Node


@dataclass(frozen=True, slots=True)
class Proposal:
    """The base of the classes below."""


@dataclass(frozen=True, slots=True)
class Reached:
    """Why a supremum is at least a number: the value at a point, or what it tends to at an end.

    ``kind`` is "point" (z = ``point``), "limit" (at the end ``end``), "phase" (along the phase
    ``point`` of an oscillation there), or "quarter" (that phase in units of pi/2).
    """

    kind: str
    point: Fraction | None
    end: int


@dataclass(frozen=True, slots=True)
class OneSided:
    """lower <= sup sign g <= upper for a quantity g of sigma.

    The cover: pieces [breaks[i], breaks[i + 1]] of u = z/scale with the rule ``rules[i]`` each, in
    balls of ``bits`` bits; ``centres`` are (i, centre) of those that are bounded by a tangent.
    """

    sign: int
    upper: Fraction
    lower: Fraction
    bits: int
    breaks: tuple[Fraction, ...]
    rules: tuple[str, ...]
    centres: tuple[tuple[int, Fraction], ...]
    witness: Reached
    scale: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class SupremumProposal(Proposal):
    """Covers and witnesses for a quantity of sigma, both signs of it where it has a modulus.

    ``parameter`` is kappa of H, H_lo, H_hi or the slope of S_alpha; ``exact`` a closed form.
    """

    quantity: str
    parameter: Fraction | None
    sides: tuple[OneSided, ...]
    exact: Node | None = None
    at: Place | None = None


@dataclass(frozen=True, slots=True)
class LossProposal(Proposal):
    """Covers of phi' and phi'' (M1 and M2 of phi), None for one that is not bounded.

    Nothing is proposed for a square of the residual, nor where the reach is a symbol.
    """

    slope: SupremumProposal | None
    curvature: SupremumProposal | None


@dataclass(frozen=True, slots=True)
class AsymptoteProposal(Proposal):
    """An end of R (+1 or -1) and the slope of a line there."""

    end: int
    slope: Fraction


@dataclass(frozen=True, slots=True)
class SteepProposal(Proposal):
    """sign sigma'(z) >= factor |z|^power for every z with end z >= start."""

    end: int
    sign: int
    start: Fraction
    factor: Fraction
    power: int


@dataclass(frozen=True, slots=True)
class LevelProposal(Proposal):
    """The level M >= 0 for which the radius gets a value."""

    level: Fraction


@dataclass(frozen=True, slots=True)
class SlopeProposal(Proposal):
    """The slope of the line that sigma follows."""

    slope: Fraction


@dataclass(frozen=True, slots=True)
class DirectionProposal(Proposal):
    """A direction u in Z^d."""

    direction: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KinkLineProposal(Proposal):
    """A line w + t u for the first unit of a sign; the others at v, None where there are none."""

    sign: int
    w: tuple[Fraction, ...]
    u: tuple[Fraction, ...]
    v: tuple[Fraction, ...] | None


@dataclass(frozen=True, slots=True)
class WeightProposal(Proposal):
    """A weight w of a net with one feature."""

    w: Fraction


@dataclass(frozen=True, slots=True)
class SegmentProposal(Proposal):
    """A segment w + t u, t in [start, end], for the first unit of a sign, the others at v (None where
    there are none), on which the argument of phi of a sample, counted from 0, passes a kink of phi.
    """

    sign: int
    sample: int
    w: tuple[Fraction, ...]
    u: tuple[Fraction, ...]
    v: tuple[Fraction, ...] | None
    start: Fraction
    end: Fraction


@dataclass(frozen=True, slots=True)
class QuadratureProposal(Proposal):
    """Where Muckenhoupt's criterion is evaluated: m, left < m < right, the cells on each side."""

    m: Fraction
    left: Fraction
    right: Fraction
    cells: int


@dataclass(frozen=True, slots=True)
class CurveProposal(Proposal):
    """A curve along which a condition is to fail."""

    curve: Curve


@dataclass(frozen=True, slots=True)
class ShareProposal(Proposal):
    """A number > 0 by which a product is divided among two squares: 2 a b <= share a^2 + b^2/share."""

    share: Fraction


PROPOSALS: tuple[type[Proposal], ...] = (
    SupremumProposal,
    LossProposal,
    AsymptoteProposal,
    SteepProposal,
    LevelProposal,
    SlopeProposal,
    DirectionProposal,
    KinkLineProposal,
    WeightProposal,
    SegmentProposal,
    QuadratureProposal,
    CurveProposal,
    ShareProposal,
)
