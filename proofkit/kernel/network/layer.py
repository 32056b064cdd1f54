"""What every kind of layer answers, and the bounds that it answers with.

A layer maps v (the features or what the layer before returns) to w.  The bounds hold for every
value of the trained blocks; *largest* means over the samples, *mean* the root of the mean square
over the samples.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from fractions import Fraction

from proofkit.kernel.network.bound import NOTHING, Bound
from proofkit.kernel.network.writing import product, root
from proofkit.kernel.univariate.terms import ONE, ZERO, Node, num


@dataclass(frozen=True, slots=True)
class Value:
    """A vector v of ``width`` entries, as a sum of two: v = c + e.

    Each entry of c is at most ``entry`` in modulus; |e| <= ``largest``, with the root mean square
    ``mean``.  ``eigenvalue`` bounds the root of the largest eigenvalue of (1/n) sum_i v_i v_i^T where
    that is known better than by the root mean square of |v|.  Each entry of v is in [``low``,
    ``high``] where these are known.
    """

    width: Node
    entry: Bound
    largest: Bound
    mean: Bound
    eigenvalue: Bound | None = None
    low: Node | None = None
    high: Node | None = None

    @property
    def norm(self) -> Bound:
        """A bound of |v|."""
        return self.entry.led_by(root(self.width)) + self.largest

    @property
    def mean_norm(self) -> Bound:
        """A bound of the root mean square of |v|."""
        return self.entry.led_by(root(self.width)) + self.mean

    @property
    def spread(self) -> Bound:
        """S with the root mean square of |V v| at most S ||V||_F for every matrix V.

        As |V v|^2 has the mean tr(V M V^T) <= ||V||_F^2 lambda_max(M) for M = (1/n) sum_i v_i v_i^T,
        and lambda_max(M) <= tr M.
        """
        return self.mean_norm if self.eigenvalue is None else self.eigenvalue


@dataclass(frozen=True, slots=True)
class Slope:
    """The gradient g of the loss of one sample in a vector: its norms, for every sample.

    ``two``, ``one`` and ``largest`` bound its 2-norm, its 1-norm and its largest entry, ``mean`` the
    root mean square of its 2-norm.  ``of_classes`` says that g is a convex combination of the
    differences e_k - e_l of unit vectors, as softmax(f) - e_y is.
    """

    two: Bound
    one: Bound
    largest: Bound
    mean: Bound
    of_classes: bool = False

    @staticmethod
    def of_output(largest: Bound, mean: Bound | None = None) -> Slope:
        """That of |l'| <= ``largest`` in a single output, the root mean square at most ``mean``."""
        return Slope(largest, largest, largest, largest if mean is None else mean)

    @staticmethod
    def of_cross_entropy() -> Slope:
        """softmax(f) - e_y = sum_{k != y} p_k (e_k - e_y): |.| <= sqrt 2, |.|_1 <= 2, entries <= 1."""
        two = Bound.of(root(num(2)))
        return Slope(two, Bound.of(num(2)), Bound.of(ONE), two, of_classes=True)


@dataclass(frozen=True, slots=True)
class Bend:
    """The Hessian of the loss of one sample in a vector v: J^T l'' J + E, J the derivative of f in v.

    -``dip`` <= l'' <= ``curvature`` and |l''| <= ``curvature`` (several outputs: as matrices);
    ``gain`` bounds ||J||, ``bent`` bounds ||E||, and ``trace`` the nuclear norm of the whole.
    """

    curvature: Node
    dip: Node
    trace: Bound
    gain: Bound
    bent: Bound

    @staticmethod
    def of_output(curvature: Node, dip: Node = ZERO, outputs: Node = ONE) -> Bend:
        """That of the loss in the output itself; its nuclear norm is at most q times its norm."""
        trace = Bound.of(product(curvature, outputs))
        return Bend(curvature, dip, trace, Bound.of(ONE), NOTHING)

    @staticmethod
    def of_cross_entropy() -> Bend:
        """diag(p) - p p^T of p = softmax(f): between 0 and I/2, of trace at most 1."""
        return Bend(num(Fraction(1, 2)), ZERO, Bound.of(ONE), Bound.of(ONE), NOTHING)

    @property
    def upper(self) -> Bound:
        """A bound of the norm of the Hessian."""
        return self.gain.square().led_by(self.curvature) + self.bent

    @property
    def lower(self) -> Bound:
        """The Hessian is at least minus this, the positive part of J^T l'' J being dropped."""
        return self.bent + self.gain.square().led_by(self.dip)


@dataclass(frozen=True, slots=True)
class Pull:
    """How a vector v moves where the trained blocks are moved along themselves, each with a weight
    tau >= 0: by ``exponent`` v + c + e.

    Each entry of c is at most ``entry`` in modulus, and |e| <= ``move``.
    """

    width: Node
    exponent: Node = ZERO
    entry: Bound = NOTHING
    move: Bound = NOTHING

    @property
    def norm(self) -> Bound:
        """A bound of |c + e|."""
        return self.entry.led_by(root(self.width)) + self.move


@dataclass(frozen=True, slots=True)
class Layer(ABC):
    """A layer v -> w: its answers to the five questions."""

    @property
    @abstractmethod
    def trained(self) -> bool:
        """True when the layer has a trained block: (W, b) of w = W v + b, or b alone where W is fixed."""

    @property
    @abstractmethod
    def biased(self) -> bool:
        """True when the trained block has a bias b."""

    @property
    @abstractmethod
    def constants(self) -> tuple[Node, ...]:
        """Its constants, in the order in which products are written."""

    @abstractmethod
    def value(self, before: Value) -> Value:
        """Bounds of w from those of v."""

    @abstractmethod
    def slope(self, after: Slope) -> Slope:
        """Bounds of the gradient of the loss in v from those of the gradient in w."""

    @abstractmethod
    def trace(self, after: Bend, slope: Slope) -> Bound:
        """A bound of the nuclear norm of the Hessian of the loss in v; ``after`` and ``slope`` bound
        Hessian and gradient in w.
        """

    @abstractmethod
    def curvature(self, after: Bend, slope: Slope) -> Bound:
        """A bound of ||E|| in v, the part of the Hessian without l''; ``after`` and ``slope`` bound
        Hessian and gradient in w.
        """

    @abstractmethod
    def radial(self, before: Pull, weight: Node) -> Pull:
        """How w moves where v does; ``weight`` is the tau of the layer's own block."""

    def bounded(self) -> Layer:
        """The layer where sup |sigma| is finite and known; a layer without sigma is the same."""
        return self

    def reach(self, spread: Bound) -> Bound:
        """S with the root mean square of the move of w at most S ||V|| where the block moves by V.

        ``spread`` is that of v; of (v, 1) it is sqrt(S^2 + 1) <= S + 1.
        """
        return spread + Bound.of(ONE) if self.biased else spread

    def square_reach(self, norm: Bound) -> Bound:
        """The square of ``reach``, or the mean of |v|^2, or of |(v, 1)|^2, from that of |v|^2."""
        return norm.square() + Bound.of(ONE) if self.biased else norm.square()

    @property
    def turns(self) -> bool:
        """True when a move of the block changes the derivative of w in v, as one of W does."""
        return self.trained

    def gain(self) -> Bound:
        """A bound of the operator norm of the derivative of w in v: the slope of a unit gradient."""
        unit = Bound.of(ONE)
        return self.slope(Slope(unit, unit, unit, unit)).two

    def bend(self, after: Bend, slope: Slope) -> Bend:
        """The Hessian in v."""
        return Bend(
            after.curvature,
            after.dip,
            self.trace(after, slope),
            self.gain() * after.gain,
            self.curvature(after, slope),
        )
