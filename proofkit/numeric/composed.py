"""What the composition bounds, measured: the five questions of ``kernel.network`` at many nets at once.

Each bound is a polynomial in the norms of the blocks whose coefficients are formulas in constants;
these are evaluated once, to their upper ends, and the polynomial in floating point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from proofkit.kernel.formula import Environment, evaluate
from proofkit.kernel.network.bound import Bound
from proofkit.kernel.network.dense import Dense, Shifted
from proofkit.kernel.network.layer import Bend, Slope
from proofkit.kernel.network.net import Net
from proofkit.kernel.univariate.terms import Node, num
from proofkit.numeric.kernels import Floats
from proofkit.numeric.layered import LayeredNet


@dataclass(frozen=True)
class Observed:
    """What is seen of a net at the points theta (R, N), each computed once."""

    net: LayeredNet
    theta: Floats

    @cached_property
    def norms(self) -> Floats:
        """The norms of the blocks, (R, blocks)."""
        return self.net.norms(self.theta)

    @cached_property
    def outputs(self) -> Floats:
        """f, (R, n, q)."""
        return self.net.outputs(self.theta)

    @cached_property
    def sizes(self) -> Floats:
        """|f_i|, (R, n)."""
        return np.asarray(np.linalg.norm(self.outputs, axis=-1))

    @cached_property
    def gradient(self) -> Floats:
        """grad R, (R, N)."""
        return self.net.risk_gradient(self.theta)

    @cached_property
    def laplacians(self) -> Floats:
        """The Laplacian of R in each layer that has parameters, (R, layers)."""
        return self.net.risk_laplacians(self.theta)

    @cached_property
    def hessian(self) -> Floats:
        """The Hessian of R, (R, N, N): a product with each unit vector."""
        count, size = self.theta.shape
        points = np.repeat(self.theta, size, axis=0)
        units = np.tile(np.eye(size, dtype=self.theta.dtype), (count, 1))
        found = self.net.hessian_product(points, units).reshape(count, size, size)
        return np.asarray((found + found.swapaxes(1, 2)) / 2)


Measure = Callable[[Observed], Floats]
ROUNDING = 1e-12


class NoValueError(ValueError):
    """A constant of a bound has no value."""


def _nothing(seen: Observed) -> Floats:
    return np.zeros(len(seen.theta))


@dataclass(frozen=True)
class Question:
    """measure <= bound at every theta; both take R points and return (R,).

    ``size`` is that of what cancels in the measure: ``ROUNDING`` of it is nothing.
    """

    name: str
    statement: str
    measure: Measure
    bound: Measure
    size: Measure = _nothing

    def ratio(self, seen: Observed) -> Floats:
        """What is measured over the bound, NaN where either is none; 0 for what is only rounding."""
        measured, bound = self.measure(seen), self.bound(seen)
        nothing = measured <= ROUNDING * self.size(seen)
        return np.asarray(np.where(nothing, 0.0, _over(measured, bound)))


def _over(measured: Floats, bound: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(measured / bound)


def upper_end(term: Node, constants: Environment) -> float:
    """The upper end of the value of a formula, rounded up; NoValueError where it has none."""
    try:
        found = evaluate(term, constants)
    except KeyError:  # a name that no step gives
        found = None
    if found is None:
        raise NoValueError(f"a constant of {term}")
    nearest = float(found[1])
    return nearest if Fraction(nearest) >= found[1] else float(np.nextafter(nearest, np.inf))


def polynomial(
    bound: Bound, constants: Environment, names: Sequence[str]
) -> Callable[[Floats], Floats]:
    """A bound as a function of the norms (R, names), in the order of their names.

    >>> from proofkit.kernel.symbols import r
    >>> f = polynomial(Bound.norm(r).square() + Bound.of(num(Fraction(3))), {}, ("r",))
    >>> f(np.array([[2.0]])).tolist()
    [7.0]
    """
    place = {name: position for position, name in enumerate(names)}
    parts = [
        (upper_end(coefficient, constants), [(place[name], power) for name, power in monomial])
        for monomial, coefficient in bound.parts
    ]

    def value(norms: Floats) -> Floats:
        total = np.zeros(len(norms))
        for coefficient, powers in parts:
            term = np.full(len(norms), coefficient)
            for position, power in powers:
                term = term * norms[:, position] ** power
            total += term
        return total

    return value


def norms_by_name(composition: Net, net: LayeredNet) -> dict[str, tuple[int, ...]]:
    """Of which blocks of ``net`` each name of the composition is the norm: of weights, of a bias, or
    of both together.
    """
    found: dict[str, tuple[int, ...]] = {}
    blocks: dict[int, list[int]] = {}
    for place, block in enumerate(net.blocks):
        blocks.setdefault(block.layer, []).append(place)
    moving = [layer for layer in composition.layers if isinstance(layer, Dense | Shifted)]
    for layer, places in zip(moving, blocks.values(), strict=True):
        name = str(layer.norm.value)
        bias = layer.bias if isinstance(layer, Dense) else None
        if bias is None or bias == layer.norm:
            found[name] = tuple(places)
        else:
            found[name], found[str(bias.value)] = (places[0],), (places[1],)
    return found


@dataclass(frozen=True)
class Composed:
    """A net with numbers beside the composition that bounds it.

    ``constants`` are those of the activations, the data and the fixed layers; ``slope`` and ``bend``
    what is known of the loss.
    """

    net: LayeredNet
    composition: Net
    constants: Environment
    slope: Slope
    bend: Bend

    def _of_norms(self, bound: Bound) -> Measure:
        places = norms_by_name(self.composition, self.net)
        value = polynomial(bound, self.constants, tuple(places))

        def of_norms(seen: Observed) -> Floats:
            each = [
                np.linalg.norm(seen.norms[:, list(blocks)], axis=1) for blocks in places.values()
            ]
            return value(np.stack(each, axis=1))

        return of_norms

    def seen(self, theta: Floats) -> Observed:
        """The net at points."""
        return Observed(self.net, theta)

    def _layers(self) -> list[tuple[int, int, int]]:
        """(layer, start, end) of each trained block (W_l, b_l) in theta."""
        found: dict[int, tuple[int, int, int]] = {}
        for block in self.net.blocks:
            _, start, _ = found.get(block.layer, (0, block.start, 0))
            found[block.layer] = (block.layer, start, block.end)
        return list(found.values())

    def questions(self) -> Iterator[Question]:
        """All but the radial one; NoValueError where a constant has no value."""
        yield from self.value()
        yield from self.slopes()
        yield from self.traces()
        yield from self.curvatures()

    def value(self) -> Iterator[Question]:
        """The largest |f_i|, and the root of the mean square."""
        found = self.composition.value()
        yield Question(
            "value",
            "|f_i| <= the composed bound",
            lambda seen: seen.sizes.max(axis=1),
            self._of_norms(found.norm),
        )
        yield Question(
            "value, mean",
            "(mean |f_i|^2)^(1/2) <= the composed bound",
            lambda seen: np.sqrt((seen.sizes**2).mean(axis=1)),
            self._of_norms(found.mean_norm),
        )

    def slopes(self) -> Iterator[Question]:
        """The gradient of R in each trained block."""
        bounds = self.composition.gradient(self.slope)
        for (layer, start, end), bound in zip(self._layers(), bounds, strict=True):

            def measure(seen: Observed, start: int = start, end: int = end) -> Floats:
                return np.asarray(np.linalg.norm(seen.gradient[:, start:end], axis=1))

            yield Question(
                f"slope, layer {layer}",
                f"||grad_{layer} R|| <= the composed bound",
                measure,
                self._of_norms(bound),
            )

    def traces(self) -> Iterator[Question]:
        """The Laplacian of R in each trained block."""
        bounds = self.composition.laplacian(self.slope, self.bend)
        for k, ((layer, _, _), bound) in enumerate(zip(self._layers(), bounds, strict=True)):
            yield Question(
                f"trace, layer {layer}",
                f"Laplacian_{layer} R <= the composed bound",
                lambda seen, k=k: seen.laplacians[:, k],
                self._of_norms(bound),
            )

    def curvatures(self) -> Iterator[Question]:
        """Both ends of the Hessian of R, of each trained block alone and of all together."""
        found = self.composition.curvature(self.slope, self.bend)
        ends = (("above", found.upper), ("below", found.lower))
        for k, (layer, start, end) in enumerate(self._layers()):
            for side, bounds in ends:
                yield Question(
                    f"curvature {side}, layer {layer}",
                    f"the Hessian of R in layer {layer}, from {side}",
                    _end_of_hessian(side, start, end),
                    self._of_norms(bounds[k]),
                    _size_of_hessian,
                )
        for side, bounds in ends:
            rows = [
                self._of_norms(sum(mixed, own))
                for own, mixed in zip(bounds, found.mixed, strict=True)
            ]

            def largest(seen: Observed, rows: list[Measure] = rows) -> Floats:
                return np.asarray(np.max([row(seen) for row in rows], axis=0))

            yield Question(
                f"curvature {side}",
                f"the Hessian of R, from {side}",
                _end_of_hessian(side, 0, self.net.size),
                largest,
                _size_of_hessian,
            )

    def radial(self, weights: Sequence[Fraction]) -> Question:
        """sum_k tau_k D_k f . theta_k - K f against the bound of the rest."""
        pull = self.composition.radial(tuple(num(weight) for weight in weights))
        exponent = upper_end(pull.exponent, self.constants)
        factors = self._weights_of_blocks(weights)

        def measure(seen: Observed) -> Floats:
            along = np.concatenate(
                [
                    factor * seen.theta[:, block.start : block.end]
                    for factor, block in zip(factors, self.net.blocks, strict=True)
                ],
                axis=1,
            )
            rest = self.net.output_along(seen.theta, along) - exponent * seen.outputs
            return np.asarray(np.linalg.norm(rest, axis=-1).max(axis=1))

        return Question(
            "radial",
            "|sum_k tau_k D_k f . theta_k - K f| <= the composed bound",
            measure,
            self._of_norms(pull.norm),
            lambda seen: exponent * seen.sizes.max(axis=1),
        )

    def _weights_of_blocks(self, weights: Sequence[Fraction]) -> list[float]:
        """The tau of each block: of a bias the K of what its layer returns."""
        found: list[float] = []
        for position, layer in enumerate(self.composition.layers):
            if not layer.trained:
                continue
            below = Net(self.composition.layers[: position + 1], self.composition.features)
            count = sum(one.trained for one in below.layers)
            found.append(float(weights[count - 1]))
            if isinstance(layer, Dense) and layer.bias is not None:
                pull = below.radial(tuple(num(weight) for weight in weights[:count]))
                found.append(upper_end(pull.exponent, self.constants))
        return found


def _size_of_hessian(seen: Observed) -> Floats:
    # Not the root of a sum of squares: those of entries near 10^-200 are 0.
    return np.asarray(np.abs(seen.hessian).sum(axis=(1, 2)))


def _end_of_hessian(side: str, start: int, end: int) -> Measure:
    """The largest eigenvalue of a block of the Hessian, or minus the least."""

    def measure(seen: Observed) -> Floats:
        values = np.linalg.eigvalsh(seen.hessian[:, start:end, start:end])
        return np.asarray(values[:, -1] if side == "above" else -values[:, 0])

    return measure


def climbed(
    net: LayeredNet, question: Question, theta: Floats, rng: np.random.Generator, rounds: int
) -> tuple[Floats, Floats]:
    """Hill climbing on the ratio of a question from each theta: where it ends, and the ratios there.

    A step moves every entry, and scales each block.
    """
    best = question.ratio(Observed(net, theta))
    width = 0.5
    for _ in range(rounds):
        trial = theta + width * _entry_size(theta) * rng.standard_normal(theta.shape)
        for block in net.blocks:
            scale = np.exp(width * rng.standard_normal((len(theta), 1)))
            trial[:, block.start : block.end] *= scale
        new = question.ratio(Observed(net, trial))
        better = new > best
        theta = np.where(better[:, None], trial, theta)
        best = np.where(better, new, best)
        width = min(1.0, width * (1.3 if better.mean() > 0.2 else 0.8))
    return theta, best


def _entry_size(theta: Floats) -> Floats:
    """The root of the mean square of the entries, (R, 1)."""
    return np.asarray(np.sqrt((theta**2).mean(axis=1, keepdims=True)))
