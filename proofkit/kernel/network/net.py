"""The composition: what the five questions say of the output and of the risk.

R(theta) = (1/n) sum_i l(f(theta; x_i), y_i), theta the trained blocks (W_l, b_l); v_l is what the
layer of a block is applied to, u_l = W_l v_l + b_l, and v = (v_l, 1) where there is a bias.  Where
W_l is fixed and b_l is trained, the block is b_l alone and v = 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

from proofkit.kernel.network.bound import NOTHING, Bound
from proofkit.kernel.network.layer import Bend, Layer, Pull, Slope, Value
from proofkit.kernel.symbols import X2, B_x, Lambda_S, d, larger, sqrt
from proofkit.kernel.univariate.terms import ONE, ZERO, Node

FEATURES = Value(d, NOTHING, Bound.of(B_x), Bound.of(sqrt(X2)), eigenvalue=Bound.of(sqrt(Lambda_S)))
"""What is known of x: B_x where a maximum over the samples is taken, X2 and Lambda_S in means."""


@dataclass(frozen=True, slots=True)
class HessianBounds:
    """The Hessian form of R in directions V = (V_1, ..., V_m) of the trained blocks.

    ``upper`` and ``lower`` bound the form of each block alone from both sides, -lower_k ||V_k||^2 <=
    form <= upper_k ||V_k||^2; ``mixed`` has for each k the bounds of the parts of V_k and V_l, l != k,
    by 2 mixed_kl ||V_k|| ||V_l||.
    """

    upper: tuple[Bound, ...]
    lower: tuple[Bound, ...]
    mixed: tuple[tuple[Bound, ...], ...]

    def highest(self) -> Node:
        """An upper bound of the form where sum_k ||V_k||^2 = 1.

        It is at most the largest eigenvalue of the matrix of the bounds, which is at most its
        largest row sum.
        """
        return self._end(self.upper)

    def lowest(self) -> Node:
        """The form is at least minus this."""
        return self._end(self.lower)

    def _end(self, alone: tuple[Bound, ...]) -> Node:
        rows = [sum(mixed, own).term() for own, mixed in zip(alone, self.mixed, strict=True)]
        return reduce(larger, rows) if rows else ZERO


@dataclass(frozen=True, slots=True)
class Net:
    """The layers, from the features x to the output f; ``features`` is what is known of x.

    >>> from proofkit.kernel.network.dense import OUTER, Dense
    >>> from proofkit.kernel.network.elementwise import Elementwise
    >>> from proofkit.kernel.symbols import p, r, rho
    >>> net = Net((Dense(r, d, p), Elementwise(), OUTER))
    >>> str(net.value().norm.term())
    'a_1*sigma0 + M1*a_2*B_x*r'
    >>> str(net.gradient(Slope.of_output(Bound.of(rho)))[0].term())
    'rho*M1*a_2*sqrt(Lambda_S)'
    """

    layers: tuple[Layer, ...]
    features: Value = FEATURES

    def bounded(self) -> Net:
        """The net with each |sigma| bounded by its supremum, which has to be finite."""
        return Net(tuple(layer.bounded() for layer in self.layers), self.features)

    # -- forwards ----------------------------------------------------------------------------------

    def value(self) -> Value:
        """What is known of the output f."""
        found = self._values()[-1]
        order = self._order()
        return Value(
            found.width,
            found.entry,
            found.largest.in_order(order),
            found.mean.in_order(order),
            low=found.low,
            high=found.high,
        )

    def radial(self, weights: tuple[Node, ...]) -> Pull:
        """sum_k tau_k D_k f . theta_k = K f + rest, a weight tau_k >= 0 for each trained block.

        The weight of a bias is the K of what its layer returns.  ValueError for another number of
        weights.
        """
        given = iter(weights)
        if len(weights) != sum(layer.trained for layer in self.layers):
            raise ValueError("there is one weight for each trained block")
        pull = Pull(self.features.width)
        for layer in self.layers:
            pull = layer.radial(pull, next(given) if layer.trained else ZERO)
        return pull

    def _values(self) -> tuple[Value, ...]:
        """What is known of x and of what each layer returns."""
        found = [self.features]
        for layer in self.layers:
            found.append(layer.value(found[-1]))
        return tuple(found)

    def _order(self) -> tuple[Node, ...]:
        """The constants in the order in which products are written: by layers, the data last."""
        inner = (constant for layer in self.layers for constant in layer.constants)
        return (*inner, B_x, Lambda_S)

    # -- backwards ---------------------------------------------------------------------------------

    def _slopes(self, of_output: Slope) -> tuple[Slope, ...]:
        """The gradients of the loss in what each layer returns."""
        found = [of_output]
        for layer in reversed(self.layers[1:]):
            found.append(layer.slope(found[-1]))
        return tuple(reversed(found))

    def _bends(self, of_output: Bend, slopes: tuple[Slope, ...]) -> tuple[Bend, ...]:
        """The Hessians of the loss in what each layer returns."""
        found = [of_output]
        for layer, slope in zip(reversed(self.layers[1:]), reversed(slopes[1:]), strict=True):
            found.append(layer.bend(found[-1], slope))
        return tuple(reversed(found))

    def _blocks(self) -> Iterator[tuple[int, Layer]]:
        """The layers with a trained block, by position."""
        return ((k, layer) for k, layer in enumerate(self.layers) if layer.trained)

    # -- the risk ----------------------------------------------------------------------------------

    def gradient(self, of_output: Slope) -> tuple[Bound, ...]:
        """Bounds of ||grad_l R|| for each trained block.

        grad_l R = (1/n) sum_i g_i v_i^T, g the gradient of the loss in u_l; for ||V||_F = 1,
        <grad_l R, V> = (1/n) sum_i <g_i, V v_i> <= rms(g) rms(V v) <= rms(g) spread(v).
        """
        values, slopes, order = self._values(), self._slopes(of_output), self._order()
        return tuple(
            (slopes[k].mean * layer.reach(values[k].spread)).in_order(order)
            for k, layer in self._blocks()
        )

    def laplacian(self, of_output: Slope, bend: Bend) -> tuple[Bound, ...]:
        """Upper bounds of the Laplacian of R in each trained block.

        It is (1/n) sum_i tr(H_i) |v_i|^2, H the Hessian of the loss in u_l, and tr H <= ||H||_*.
        """
        values, slopes, order = self._values(), self._slopes(of_output), self._order()
        bends = self._bends(bend, slopes)
        return tuple(
            (layer.square_reach(values[k].mean_norm) * bends[k].trace).in_order(order)
            for k, layer in self._blocks()
        )

    def curvature(self, of_output: Slope, bend: Bend) -> HessianBounds:
        """Both ends of the Hessian form of R.

        A block alone: (1/n) sum_i <V v_i, H_i V v_i>, and the mean of |V v|^2 is at most
        spread(v)^2 ||V||^2.
        """
        values, slopes = self._values(), self._slopes(of_output)
        bends = self._bends(bend, slopes)
        squares = [(k, layer.square_reach(values[k].spread)) for k, layer in self._blocks()]
        return HessianBounds(
            tuple(square * bends[k].upper for k, square in squares),
            tuple(square * bends[k].lower for k, square in squares),
            self._mixed(values, slopes, bends),
        )

    def _mixed(
        self, values: tuple[Value, ...], slopes: tuple[Slope, ...], bends: tuple[Bend, ...]
    ) -> tuple[tuple[Bound, ...], ...]:
        """Bounds of the mixed form, for each block with every other.

        Along V_k, v_l moves by J V_k v_k and u_l by W_l J V_k v_k, J the derivative of v_l in u_k,
        k < l: the form is the mean of <V_l v_l, H_l W_l J V_k v_k> + <g_l, V_l J V_k v_k>, the second
        without a bias in V_l.
        """

        def of_two(k: int, m: int) -> Bound:
            inner = Bound.of(ONE)
            for layer in self.layers[k + 1 : m]:
                inner = inner * layer.gain()
            second = self.layers[m]
            bent = bends[m].upper * second.reach(values[m].spread) * second.gain()
            turned = slopes[m].two if second.turns else NOTHING
            return self.layers[k].reach(values[k].spread) * inner * (bent + turned)

        places = [k for k, _ in self._blocks()]
        return tuple(tuple(of_two(min(k, m), max(k, m)) for m in places if m != k) for k in places)
