"""Dense layers: w = W v + b with a trained block, which answers with its norm; w = A v with a fixed
matrix, which answers with norms of its own; w = A v + b with a fixed matrix and a trained bias.
"""

from __future__ import annotations

from dataclasses import dataclass

from proofkit.kernel.network.bound import NOTHING, Bound
from proofkit.kernel.network.layer import Bend, Layer, Pull, Slope, Value
from proofkit.kernel.network.writing import root, squared
from proofkit.kernel.symbols import a_1, a_2, a_inf, a_minus, a_plus, larger
from proofkit.kernel.univariate.terms import ONE, ZERO, Node


@dataclass(frozen=True, slots=True)
class Dense(Layer):
    """w = W v, or W v + b: a trained block of ``outputs`` x ``inputs`` weights, ||W||_F = ``norm``.

    ``bias`` is the norm |b| of the bias, None where there is none.

    >>> from proofkit.kernel.symbols import d, p, r
    >>> from proofkit.kernel.network.net import FEATURES
    >>> value = Dense(r, d, p).value(FEATURES)
    >>> str(value.largest.term()), str(value.mean.term())
    ('B_x*r', 'sqrt(Lambda_S)*r')
    """

    norm: Node
    inputs: Node
    outputs: Node
    bias: Node | None = None

    @property
    def trained(self) -> bool:
        """True."""
        return True

    @property
    def biased(self) -> bool:
        """True when there is a bias."""
        return self.bias is not None

    @property
    def constants(self) -> tuple[Node, ...]:
        """The width that 1-norms bring."""
        return (self.inputs,)

    def value(self, before: Value) -> Value:
        """|W v + b| <= ||W||_F |v| + |b|; its root mean square is at most spread ||W||_F + |b|."""
        rho = Bound.norm(self.norm)
        shift = NOTHING if self.bias is None else Bound.norm(self.bias)
        largest = before.norm * rho + shift
        mean = before.spread * rho + shift
        return Value(self.outputs, NOTHING, largest, mean)

    def slope(self, after: Slope) -> Slope:
        """g_v = W^T g_w: |g_v| <= ||W||_F |g_w|, |g_v|_1 <= sqrt(m) |g_v|."""
        rho = Bound.norm(self.norm)
        two = after.two * rho
        return Slope(two, two.led_by(root(self.inputs)), two, after.mean * rho)

    def trace(self, after: Bend, slope: Slope) -> Bound:
        """||W^T H W||_* <= ||W||_F^2 ||H||.

        For a unitary U, tr(U W^T H W) = <W U^T, H W>_F <= ||W||_F ||H|| ||W||_F; the supremum over U
        is the nuclear norm.
        """
        return after.upper * Bound.norm(self.norm).square()

    def curvature(self, after: Bend, slope: Slope) -> Bound:
        """||W^T E W|| <= ||W||_F^2 ||E||."""
        return after.bent * Bound.norm(self.norm).square()

    def radial(self, before: Pull, weight: Node) -> Pull:
        """For v moving by K v + rest, W by tau W, and b by (tau + K) b: w moves by

            W (K v + rest) + tau W v + (tau + K) b = (tau + K) w + W rest,

        so K grows by tau and the rest is multiplied by ||W||_F.  The weight of a bias is K of w.
        """
        rest = before.norm * Bound.norm(self.norm)
        return Pull(self.outputs, before.exponent + weight, NOTHING, rest)


@dataclass(frozen=True, slots=True)
class DenseWithOnes(Dense):
    """w = W v + b where the bias is a column of the block: ``norm`` and ``bias`` both are the norm of
    (W, b), which is moved along itself as one, with one weight.

    >>> from proofkit.kernel.symbols import kappa, p, r
    >>> layer = DenseWithOnes(r, p, ONE, r)
    >>> str(layer.radial(Pull(p, kappa), ONE).norm.term())
    'kappa*r'
    """

    def radial(self, before: Pull, weight: Node) -> Pull:
        """W by tau W and b by tau b: w moves by W (K v + rest) + tau (W v + b), which is

        (tau + K) w + W rest - K b.
        """
        pull = Dense.radial(self, before, weight)
        of_bias = Bound.norm(self.norm).led_by(before.exponent)
        return Pull(pull.width, pull.exponent, NOTHING, pull.move + of_bias)


@dataclass(frozen=True, slots=True)
class Apart:
    """Over all pairs of rows: the largest |A_k - A_l|_1, |A_k - A_l| and |A_kj - A_lj|."""

    one: Node
    two: Node
    largest: Node


@dataclass(frozen=True, slots=True)
class Fixed(Layer):
    """w = A v with a fixed matrix A of ``outputs`` rows A_k.

    ``operator`` and ``frobenius`` are its norms, ``row_1`` = max_k |A_k|_1, ``largest`` its largest
    entry in modulus.  ``plus`` and ``minus`` are the sums of |A_kj| over the positive and over the
    negative entries of a single row, None for several.  ``apart`` are the norms of the differences
    of rows, None where they are not known.

    >>> str(OUTER.slope(Slope.of_output(Bound.of(ONE))).two.term())
    'a_2'
    """

    outputs: Node
    operator: Node
    frobenius: Node
    row_1: Node
    largest: Node
    plus: Node | None = None
    minus: Node | None = None
    apart: Apart | None = None

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
        """Its norms."""
        return (self.row_1, self.operator, self.frobenius, self.largest)

    def value(self, before: Value) -> Value:
        """|A_k c| <= |A_k|_1 max_j |c_j|, |A e| <= ||A|| |e|; an interval from that of each v_j.

        The entries sigma(0) stay apart from the rest: ||A|| sqrt(m) |sigma(0)| would be larger.
        """
        entry = before.entry.led_by(self.row_1)
        largest, mean = before.largest.led_by(self.operator), before.mean.led_by(self.operator)
        low, high = self._interval(before)
        return Value(self.outputs, entry, largest, mean, low=low, high=high)

    def _interval(self, before: Value) -> tuple[Node, Node] | tuple[None, None]:
        """[a_+ low - a_- high, a_+ high - a_- low]."""
        if self.plus is None or self.minus is None or before.low is None or before.high is None:
            return None, None
        low = self.plus * before.low - self.minus * before.high
        return low, self.plus * before.high - self.minus * before.low

    def slope(self, after: Slope) -> Slope:
        """g_v = sum_k g_k A_k: |g_v| <= ||A|| |g|, |g_v|_1 <= max_k |A_k|_1 |g|_1, and its entries are
        at most max |A_kj| |g|_1.

        Where g is a convex combination of differences e_k - e_l, A^T g is one of the A_k - A_l: its
        norms are at most the largest of theirs.
        """
        if after.of_classes and self.apart is not None:
            two = Bound.of(self.apart.two)
            return Slope(two, Bound.of(self.apart.one), Bound.of(self.apart.largest), two)
        return Slope(
            after.two.times(self.operator),
            after.one.times(self.row_1),
            after.one.times(self.largest),
            after.mean.times(self.operator),
        )

    def trace(self, after: Bend, slope: Slope) -> Bound:
        """||A^T H A||_* <= ||A||_F^2 ||H||, as for a trained block."""
        return after.upper.times(squared(self.frobenius))

    def curvature(self, after: Bend, slope: Slope) -> Bound:
        """||A^T E A|| <= ||A||^2 ||E||."""
        return after.bent.times(squared(self.operator))

    def radial(self, before: Pull, weight: Node) -> Pull:
        """A (K v + c + e) = K w + A c + A e; ``weight`` is of no block."""
        return Pull(
            self.outputs,
            before.exponent,
            before.entry.led_by(self.row_1),
            before.move.led_by(self.operator),
        )


@dataclass(frozen=True, slots=True)
class Shifted(Layer):
    """w = A v + b with a fixed matrix A, whose answers are ``matrix``, and a trained b, |b| = ``norm``.

    >>> from proofkit.kernel.network.net import FEATURES
    >>> from proofkit.kernel.symbols import kappa, r
    >>> layer = Shifted(OUTER, r)
    >>> str(layer.value(FEATURES).mean.term()), str(layer.reach(FEATURES.spread).term())
    ('a_2*sqrt(X2) + r', '1')
    """

    matrix: Fixed
    norm: Node

    @property
    def trained(self) -> bool:
        """True: the block is b."""
        return True

    @property
    def biased(self) -> bool:
        """True."""
        return True

    @property
    def constants(self) -> tuple[Node, ...]:
        """The norms of the matrix."""
        return self.matrix.constants

    @property
    def turns(self) -> bool:
        """False: the derivative of w in v is A, whatever b is."""
        return False

    def reach(self, spread: Bound) -> Bound:
        """w moves as b does, for every sample."""
        return Bound.of(ONE)

    def square_reach(self, norm: Bound) -> Bound:
        """The square of 1."""
        return Bound.of(ONE)

    def value(self, before: Value) -> Value:
        """That of A v, with |b| more; no interval, as b is of any size."""
        found, shift = self.matrix.value(before), Bound.norm(self.norm)
        return Value(found.width, found.entry, found.largest + shift, found.mean + shift)

    def slope(self, after: Slope) -> Slope:
        """g_v = A^T g_w."""
        return self.matrix.slope(after)

    def trace(self, after: Bend, slope: Slope) -> Bound:
        """||A^T H A||_*."""
        return self.matrix.trace(after, slope)

    def curvature(self, after: Bend, slope: Slope) -> Bound:
        """||A^T E A||."""
        return self.matrix.curvature(after, slope)

    def radial(self, before: Pull, weight: Node) -> Pull:
        """A (K v + c + e) + tau b = K w + A c + A e + (tau - K) b."""
        pull = self.matrix.radial(before, ZERO)
        exponent = before.exponent
        of_bias = Bound.norm(self.norm).led_by(_distance(weight, exponent))
        return Pull(pull.width, exponent, pull.entry, pull.move + of_bias)


def _distance(one: Node, two: Node) -> Node:
    """|x - y| of two numbers >= 0."""
    if ZERO in (one, two):
        return one + two
    return ZERO if one == two else larger(one - two, two - one)


OUTER = Fixed(ONE, a_2, a_2, a_1, a_inf, a_plus, a_minus)
"""The fixed outer weights a of a single output."""
