"""Series along curves against the numbers: 200 random nets and curves, t from 10^2 to 10^8."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import count

import mpmath
import pytest
from mpmath import mp, mpf

from proofkit.kernel.claims import Monomial, Sample, UnitGroup
from proofkit.kernel.curves.constants import BITS
from proofkit.kernel.curves.losses import loss_at
from proofkit.kernel.curves.passes import Along, along, net_along
from proofkit.kernel.curves.series import Series
from proofkit.kernel.losses.kinds import loss_of_text
from proofkit.kernel.network.architecture import Architecture, DenseLayer
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.univariate import balls
from proofkit.kernel.univariate.parser import parse

Real = Callable[[mpf], mpf]
ACTIVATIONS: dict[str, Real] = {
    "tanh(z)": mpmath.tanh,
    "1/(1 + exp(-z))": lambda z: 1 / (1 + mpmath.exp(-z)),
    "log(1 + exp(z))": lambda z: mpmath.log(1 + mpmath.exp(-abs(z))) + max(z, mpf(0)),
    "z/(1 + exp(-z))": lambda z: z / (1 + mpmath.exp(-z)),
    "sin(z)": mpmath.sin,
    "z^2": lambda z: z * z,
}
LOSSES = ("u^2/2", "log(1 + exp(-m))", "sqrt(1 + u^2) - 1", "cross-entropy", "u^2")
CURVES = 200
TIMES = (10**2, 10**4, 10**8)


def _loss(text: str, f: list[mpf], y: tuple[Fraction, ...]) -> mpf:
    target = [mpf(c.numerator) / c.denominator for c in y]
    if text == "cross-entropy":
        top = max(f)
        total = sum(mpmath.exp(one - top) for one in f)
        return top + mpmath.log(total) - f[int(y[0])]
    if text.endswith("m))"):
        margin = f[0] * target[0]
        return mpmath.log(1 + mpmath.exp(-abs(margin))) + max(-margin, mpf(0))
    residuals = [one - c for one, c in zip(f, target, strict=True)]
    if text.startswith("sqrt"):
        return mpmath.sqrt(1 + residuals[0] ** 2) - 1
    return sum(u * u for u in residuals) / (2 if text.endswith("/2") else 1)


class Numbers:
    """The same net with every unit on its own, all parameters in one list."""

    def __init__(
        self,
        architecture: Architecture,
        curve: tuple[tuple[UnitGroup, ...], ...],
        samples: tuple[Sample, ...],
        texts: tuple[str, ...],
        loss: str,
        lam: Fraction,
    ) -> None:
        self.architecture, self.curve, self.samples = architecture, curve, samples
        self.texts, self.loss, self.lam = texts, loss, lam

    def parameters(self, t: mpf) -> tuple[list[mpf], list[int | None]]:
        """All entries, layer by layer, and the block of each (None: fixed)."""
        counts = [1] * len(self.samples[0].x)
        out, blocks = list[mpf](), list[int | None]()
        for k, (groups, layer) in enumerate(zip(self.curve, self.architecture.layers, strict=True)):
            for group in groups:
                for _ in range(group.count):
                    for weight, times in zip(group.weights, counts, strict=True):
                        out += [_at(weight, t)] * times
                        blocks += [2 * k if layer.trained else None] * times
                    if group.bias is not None:
                        out.append(_at(group.bias, t))
                        blocks.append(2 * k + 1)
            counts = [group.count for group in groups]
        return out, blocks

    def value(self, parameters: list[mpf], blocks: list[int | None]) -> mpf:
        """L."""
        risk = sum(self._loss_of(parameters, sample) for sample in self.samples)
        power = self.architecture.power
        penalty = mpf(0)
        for k, layer in enumerate(self.architecture.layers):
            decay = self.lam if layer.decay is None else layer.decay
            for block, own in ((2 * k, decay), (2 * k + 1, decay)):
                if block % 2 and layer.bias != "decayed":
                    continue
                entries = (p for p, b in zip(parameters, blocks, strict=True) if b == block)
                square = sum((p * p for p in entries), mpf(0))
                penalty += mpf(own.numerator) / own.denominator / power * square ** (power // 2)
        return risk / len(self.samples) + penalty

    def _loss_of(self, parameters: list[mpf], sample: Sample) -> mpf:
        h = [mpf(x.numerator) / x.denominator for x in sample.x]
        at = 0
        for k, groups in enumerate(self.curve):
            out: list[mpf] = []
            for group in groups:
                for _ in range(group.count):
                    u = sum(
                        (p * x for p, x in zip(parameters[at : at + len(h)], h, strict=True)),
                        mpf(0),
                    )
                    at += len(h)
                    if group.bias is not None:
                        u, at = u + parameters[at], at + 1
                    out.append(u)
            last = k == len(self.curve) - 1
            h = out if last else [ACTIVATIONS[self.texts[k]](u) for u in out]
        return _loss(self.loss, h, sample.y)

    def at(self, t: mpf) -> tuple[mpf, mpf, mpf]:
        """L, |grad L|^2, Laplacian L by central differences."""
        parameters, blocks = self.parameters(t)
        centre, step = self.value(parameters, blocks), mpf(10) ** -60
        gradient = laplacian = mpf(0)
        for i, block in enumerate(blocks):
            if block is None:
                continue
            ends: list[mpf] = []
            for sign in (1, -1):
                moved = list(parameters)
                moved[i] += sign * step
                ends.append(self.value(moved, blocks))
            gradient += ((ends[0] - ends[1]) / (2 * step)) ** 2
            laplacian += (ends[0] + ends[1] - 2 * centre) / step**2
        return centre, gradient, laplacian


def _at(given: Monomial, t: mpf) -> mpf:
    c = mpf(given.coefficient.numerator) / given.coefficient.denominator
    return c * t ** (mpf(given.exponent.numerator) / given.exponent.denominator)


def _random(seed: int) -> tuple[Numbers, Along]:
    """A random net, data and curve; KernelError where the kernel does not see what happens."""
    rng = random.Random(seed)
    depth, features = rng.choice([1, 2, 2, 3, 3, 4]), rng.choice([1, 2])
    loss = rng.choice(LOSSES)
    outputs = 2 if loss == "cross-entropy" or (loss.startswith("u") and rng.random() < 0.3) else 1
    texts = tuple(rng.choice(list(ACTIVATIONS)) for _ in range(depth - 1))
    layers: list[DenseLayer] = []
    curve: list[tuple[UnitGroup, ...]] = []
    columns = features
    for k in range(depth):
        trained = rng.random() < 0.8 or k == 0
        bias = rng.choice(("none", "none", "decayed", "undecayed"))
        decay = Fraction(rng.randint(0, 3), 2) if trained and rng.random() < 0.4 else None
        layers.append(DenseLayer(None, trained, bias, decay))
        groups = outputs if k == depth - 1 else rng.choice([1, 2])
        curve.append(
            tuple(_unit(rng, k < depth - 1, columns, trained, bias) for _ in range(groups))
        )
        columns = groups
    sigma = parse(texts[0]) if texts else parse("z")
    power = rng.choice([2, 2, 4])
    architecture = Architecture(tuple(layers), tuple(map(parse, texts)), power)
    samples = tuple(_sample(rng, features, loss, outputs) for _ in range(rng.choice([1, 2])))
    lam = Fraction(rng.randint(-1, 4), 3)
    assert sigma is not None
    with balls.precision(BITS):
        net = net_along(architecture, tuple(curve), lam)
        found = along(net, samples, loss_at(loss_of_text(loss), outputs))
    return Numbers(architecture, tuple(curve), samples, texts, loss, lam), found


def _unit(rng: random.Random, hidden: bool, columns: int, trained: bool, bias: str) -> UnitGroup:
    def entry(moves: bool) -> Monomial:
        exponents = (-2, -1, Fraction(-1, 2), 0, Fraction(1, 2), 1) if moves else (0,)
        return Monomial(Fraction(rng.randint(-3, 3), 2), Fraction(rng.choice(exponents)))

    units = rng.choice([1, 1, 2]) if hidden else 1
    weights = tuple(entry(trained) for _ in range(columns))
    return UnitGroup(units, weights, None if bias == "none" else entry(moves=True))


def _sample(rng: random.Random, features: int, loss: str, outputs: int) -> Sample:
    x = tuple(Fraction(rng.randint(-2, 2), 2) for _ in range(features))
    if loss == "cross-entropy":
        return Sample(x, (Fraction(rng.randint(0, 1)),))
    if loss.endswith("m))"):
        return Sample(x, (Fraction(rng.choice([-1, 1])),))
    return Sample(x, tuple(Fraction(rng.randint(-2, 2)) for _ in range(outputs)))


def _cases() -> Iterator[tuple[int, Numbers, Along]]:
    """The first 200 random curves that the kernel follows, with their seeds."""
    followed = 0
    for seed in count():
        try:
            net, found = _random(seed)
        except KernelError:
            continue
        yield seed, net, found
        followed += 1
        if followed == CURVES:
            return


def _rest(series: Series, t: int, value: mpf) -> mpf:
    """|value - the known terms|/t^order, of an exact series relative to the value."""
    known = mpf(0)
    for exponent, number in series.terms:
        with balls.precision(BITS):
            middle = balls.to_fraction(number.ball().mid())
        power = mpf(t) ** (mpf(exponent.numerator) / exponent.denominator)
        known += mpf(middle.numerator) / middle.denominator * power
    if abs(value - known) <= mpf(10) ** -40 * max(abs(value), mpf(1)):
        return mpf(0)  # what the differences tell
    if series.order is None:
        return abs(value - known) / max(abs(value), mpf(1))
    return abs(value - known) / mpf(t) ** (mpf(series.order.numerator) / series.order.denominator)


def test_two_hundred_random_curves_against_numbers() -> None:
    followed = 0
    for seed, net, found in _cases():
        with mp.workdps(260):
            rests = list[list[mpf]]()
            for t in TIMES:
                seen = net.at(mpf(t))
                series = (found.value, found.gradient, found.laplacian)
                rests.append([_rest(s, t, v) for s, v in zip(series, seen, strict=True)])
            for k, one in enumerate((found.value, found.gradient, found.laplacian)):
                early, late = rests[1][k], rests[2][k]
                if one.order is None:
                    assert late < mpf(10) ** -25, (seed, k, str(one))
                else:
                    assert late <= 20 * max(early, rests[0][k], mpf(1)), (seed, k, str(one))
            followed += 1
    assert followed == CURVES


def test_a_decay_of_an_odd_power_is_refused() -> None:
    architecture = Architecture((DenseLayer(), DenseLayer(1)), (parse("tanh(z)"),), 3)
    unit = (UnitGroup(1, (Monomial(Fraction(1), Fraction(1)),)),)
    net = net_along(architecture, (unit, unit), Fraction(1))
    with pytest.raises(KernelError, match="odd power"):
        along(net, (Sample((Fraction(1),), (Fraction(0),)),), loss_at(loss_of_text("u^2/2"), 1))
