"""The activation, applied to each entry: w_j = sigma(v_j)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from proofkit.kernel import symbols
from proofkit.kernel.network.bound import NOTHING, Bound
from proofkit.kernel.network.layer import Bend, Layer, Pull, Slope, Value
from proofkit.kernel.network.writing import product
from proofkit.kernel.symbols import p
from proofkit.kernel.univariate.terms import Node


@dataclass(frozen=True, slots=True)
class Elementwise(Layer):
    """w_j = sigma(v_j) for ``width`` entries, by the constants of sigma.

    M1 = sup |sigma'|, M2 = sup |sigma''|, S0 = sup |sigma|, S_hi and S_lo its ends, sigma0 =
    |sigma(0)|, H = sup |z sigma' - kappa sigma|.  ``uses_range`` says that *value* is to answer with
    S0, S_lo and S_hi, which are finite then, and not with sigma0 and M1.
    """

    width: Node = p
    M1: Node = symbols.M1
    M2: Node = symbols.M2
    S0: Node = symbols.S0
    S_hi: Node = symbols.S_hi
    S_lo: Node = symbols.S_lo
    sigma0: Node = symbols.sigma0
    kappa: Node = symbols.kappa
    H: Node = symbols.H
    uses_range: bool = False

    @property
    def trained(self) -> bool:
        """False."""
        return False

    @property
    def biased(self) -> bool:
        """False."""
        return False

    @property
    def constants(self) -> tuple[Node, ...]:
        """Those of sigma, and the width."""
        return (self.M1, self.M2, self.S0, self.sigma0, self.H, self.width)

    def bounded(self) -> Elementwise:
        """The layer that uses the range of sigma."""
        return replace(self, uses_range=True)

    def value(self, before: Value) -> Value:
        """|sigma(v_j)| <= S0, or |sigma(v_j) - sigma(0)| <= M1 |v_j|, hence |w - sigma(0)| <= M1 |v|."""
        if self.uses_range:
            entry = Bound.of(self.S0)
            return Value(self.width, entry, NOTHING, NOTHING, low=self.S_lo, high=self.S_hi)
        largest, mean = before.norm.led_by(self.M1), before.mean_norm.led_by(self.M1)
        return Value(self.width, Bound.of(self.sigma0), largest, mean)

    def slope(self, after: Slope) -> Slope:
        """g_v = sigma'(v) g_w entry by entry, |sigma'| <= M1: every norm times M1."""
        return Slope(
            after.two.times(self.M1),
            after.one.times(self.M1),
            after.largest.times(self.M1),
            after.mean.times(self.M1),
        )

    def trace(self, after: Bend, slope: Slope) -> Bound:
        """The Hessian in v is D H D + diag(sigma''(v) g), D = diag(sigma'(v)): its nuclear norm is at
        most M1^2 ||H||_* + M2 |g|_1.
        """
        return after.trace.times(self.M1**2) + slope.one.times(self.M2)

    def curvature(self, after: Bend, slope: Slope) -> Bound:
        """D E D + diag(sigma''(v) g) has a norm of at most M1^2 ||E|| + M2 max |g_j|."""
        return after.bent.times(self.M1**2) + slope.largest.times(self.M2)

    def radial(self, before: Pull, weight: Node) -> Pull:
        """sigma'(v) (K v + rest) = K kappa sigma(v) + K (v sigma'(v) - kappa sigma(v)) + sigma'(v) rest:
        the second has entries of at most K H, the third is at most M1 |rest|; K becomes kappa K.
        """
        entry = Bound.of(product(before.exponent, self.H))
        rest = before.norm.led_by(self.M1)
        return Pull(self.width, product(self.kappa, before.exponent), entry, rest)
