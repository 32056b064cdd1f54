"""The measured beside the proved for nets of any layers: what the steps of a certificate bound, and
what they say of limits.

An inequality is attacked from random nets and by hill climbing, and a point that looks wrong is
decided in ball arithmetic, as for the net of two layers.  A limit cannot be refuted at finitely many
points: what is measured of it is shown, and a doubt is said where it does not look like one.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb

from proofkit.constants import Constant as TextConstant
from proofkit.errors import InputError
from proofkit.kernel.certificate import Document
from proofkit.kernel.claims import (
    V2,
    V4,
    AlongCurve,
    AnyNoise,
    Curve,
    Fails,
    GradientLipschitz,
    Leading,
    LossBounds,
    NoiseBelow,
    NoiseFrom,
    NoiseRange,
    OneLabel,
    Radial,
    Residual,
    RiskGradient,
    RiskLaplacian,
    ShiftedOutputs,
    UndecayedHiddenBias,
    UnitGroup,
    V4Limit,
)
from proofkit.kernel.formula import Constant, evaluate
from proofkit.kernel.losses.cross_entropy import CrossEntropyLoss
from proofkit.kernel.network.architecture import Architecture, DenseLayer
from proofkit.kernel.network.assembled import norms_of_fixed, width
from proofkit.kernel.network.bound import Bound
from proofkit.kernel.network.dense import Fixed
from proofkit.kernel.network.layer import Bend, Slope
from proofkit.kernel.network.weights import drawn_weights, summarise_weights
from proofkit.kernel.network.writing import root
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.symbols import B_y, number, r, smaller, sqrt, symbol
from proofkit.kernel.univariate.balls import ball, lower, precision, upper
from proofkit.kernel.univariate.terms import ONE, ZERO, Node, to_text
from proofkit.losses.catalogue import name_of
from proofkit.numeric.composed import Composed, NoValueError, Observed, Question
from proofkit.numeric.exact_layered import ExactLayered, LayeredAt
from proofkit.numeric.kernels import Floats
from proofkit.numeric.layered import LayeredNet
from proofkit.numeric.spheres import lowest
from proofkit.problem.data import DataSummary, summarise
from proofkit.reading.table import Table
from proofkit.validate import MAX_CONFIRMED, TOLERANCE, Check, Report

BELOW, ABOVE = Fraction(97, 100), Fraction(103, 100)
"""Of a critical s: where a net is measured on either side of it."""
SPHERES = (1e2, 1e3, 1e4)
TIMES = (10**2, 10**4, 10**6)
CURVE_BITS = 512
OPEN_UNITS, OPEN_OUTPUTS = 3, 3
"""The width of a hidden layer and the number of classes where a certificate leaves them open."""
POINTS, ROUNDS = 240, 40
NEAR = 0.1
"""How far from its leading term, in proportion, a quantity may be at the last point of a curve."""

Matrix = tuple[tuple[Fraction, ...], ...]


# -- the net that is measured ----------------------------------------------------------------------


@dataclass(frozen=True)
class LayeredInstance:
    """A net of known sizes with data: rows (n, d), targets (n, q) or classes (n, 1), fixed weights."""

    architecture: Architecture
    rows: Matrix
    targets: Matrix
    fixed: tuple[Matrix, ...]
    lam: Fraction
    noise: Fraction
    summary: DataSummary
    name: str

    def net(self, loss: str) -> LayeredNet:
        """In floating point."""
        y = _floats(self.targets)
        single = y.shape[1] == 1
        return LayeredNet.of(
            self.architecture,
            loss,
            _floats(self.rows),
            y[:, 0] if single else y,
            float(self.lam),
            [_floats(A) for A in self.fixed],
        )

    def exact(self, objective: Objective) -> ExactLayered:
        """In balls."""
        return ExactLayered.of(
            self.architecture,
            objective.loss,
            self.rows,
            self.targets,
            self.lam,
            self.fixed,
            self.noise,
        )


def layered_instance(
    architecture: Architecture,
    table: Table,
    summary: DataSummary,
    fixed: tuple[Matrix, ...],
    lam: Fraction,
    noise: Fraction,
) -> LayeredInstance:
    """The net of given data, whose sizes and fixed weights are known."""
    rows = tuple(tuple(Fraction(v, table.x_scale) for v in row) for row in table.rows)
    targets = tuple((Fraction(v, table.y_scale),) for v in table.labels)
    return LayeredInstance(architecture, rows, targets, fixed, lam, noise, summary, summary.called)


def _floats(rows: Matrix) -> Floats:
    return np.array([[float(v) for v in row] for row in rows])


def random_layered(
    objective: Objective, seed: int, lam: Fraction, noise: Fraction
) -> LayeredInstance:
    """A small net for a certificate about every data: n = 12, d = 3, three-digit numbers, and sizes
    and fixed weights that it leaves open.
    """
    given = objective.architecture
    assert given is not None, "a net of layers"
    rng = np.random.default_rng(seed)
    samples, features = 12, 3
    whole = rng.integers(-1500, 1500, (samples, features))
    classes = isinstance(objective.loss, CrossEntropyLoss)
    outputs = given.outputs or OPEN_OUTPUTS
    if classes:
        labels = np.arange(samples)[:, None] % outputs * 1000
    elif objective.loss.classifies:
        labels = rng.choice([-1000, 1000], (samples, 1))
    else:
        labels = rng.integers(-1500, 1500, (samples, outputs))
    architecture, fixed = _sized(given, features, outputs, seed)
    names = tuple(f"x{k}" for k in range(features))
    rows = tuple(tuple(int(v) for v in row) for row in whole)
    table = Table(
        f"random instance {seed}", "", names, "y", rows, tuple(map(int, labels[:, 0])), 1000, 1000
    )
    return LayeredInstance(
        architecture,
        _over_1000(whole),
        _over_1000(labels),
        fixed,
        lam,
        noise,
        summarise(table),
        table.source,
    )


def _over_1000(whole: Any) -> Matrix:
    return tuple(tuple(Fraction(int(v), 1000) for v in row) for row in whole)


def _sized(
    given: Architecture, features: int, outputs: int, seed: int
) -> tuple[Architecture, tuple[Matrix, ...]]:
    """The net with numbers for its sizes, and drawn weights for its fixed layers."""
    layers: list[DenseLayer] = []
    fixed: list[Matrix] = []
    columns = features
    for level, layer in enumerate(given.layers, start=1):
        last = level == given.depth
        units = layer.units or (outputs if last else OPEN_UNITS)
        weights = None
        if not layer.trained:
            drawn = drawn_weights(units, columns, seed, level, last=last)
            weights = summarise_weights(drawn, "drawn", "")
            fixed.append(tuple(tuple(Fraction(v, drawn.scale) for v in row) for row in drawn.rows))
        layers.append(dataclasses.replace(layer, units=units, weights=weights))
        columns = units
    return dataclasses.replace(given, layers=tuple(layers)), tuple(fixed)


# -- the constants ---------------------------------------------------------------------------------


def known_constants(document: Document, instance: LayeredInstance) -> dict[str, Constant]:
    """Every constant of the steps, with the numbers of the instance where they are symbols."""
    given = _of_instance(instance)
    known: dict[str, Constant] = {}
    for step in document.steps:
        for constant in step.constants:
            if constant.numeric:
                known[constant.name] = constant
            elif constant.formula is not None:
                known[constant.name] = _evaluated(constant, known)
            elif constant.name in given:
                known[constant.name] = given[constant.name]
    for name in ("lambda", "s"):
        known.setdefault(name, given[name])
    return known


def _evaluated(constant: Constant, known: Mapping[str, Constant]) -> Constant:
    """A constant by its formula; without a value where a name in that has none."""
    assert constant.formula is not None
    try:
        found = evaluate(constant.formula, known)
    except (KeyError, ValueError, ZeroDivisionError):
        found = None
    lo, hi = (None, None) if found is None else found
    return Constant(constant.name, constant.formula, lo, hi)


def _of_instance(instance: LayeredInstance) -> dict[str, Constant]:
    """The numbers that a certificate about every data leaves open."""
    squares = [sum(v * v for v in row) for row in instance.rows]
    targets = [sum(v * v for v in row) for row in instance.targets]
    n = len(squares)
    formulas: dict[str, Node | Fraction | int] = {
        "n": n,
        "d": len(instance.rows[0]),
        "B_x": sqrt(number(max(squares))),
        "X2": Fraction(sum(squares), n),
        "X4": sqrt(number(Fraction(sum(v * v for v in squares), n))),
        "B_y": sqrt(number(max(targets))),
        "lambda": instance.lam,
        "s": instance.noise,
    }
    for level, layer in enumerate(instance.architecture.layers, start=1):
        name = width(instance.architecture, level)
        if name != ONE and layer.units is not None:
            formulas[str(name.value)] = layer.units
        if not layer.trained:
            formulas |= _norms(norms_of_fixed(instance.architecture, level), layer)
    return {name: _constant(name, formula) for name, formula in formulas.items()}


def _norms(named: Fixed, layer: DenseLayer) -> dict[str, Node | Fraction | int]:
    """Those of one fixed layer."""
    weights = layer.weights
    assert weights is not None, "of an instance"
    found: dict[Node, Node | Fraction | int] = {
        named.row_1: weights.row_1,
        named.largest: weights.largest,
        named.operator: sqrt(number(weights.operator_squared)),
        named.frobenius: sqrt(number(weights.frobenius_squared)),
    }
    if named.plus is not None and named.minus is not None:
        found[named.plus] = weights.plus or Fraction(0)
        found[named.minus] = weights.minus or Fraction(0)
    if named.apart is not None and weights.apart is not None:
        found[named.apart.one] = weights.apart.one
        found[named.apart.two] = sqrt(number(weights.apart.two_squared))
        found[named.apart.largest] = weights.apart.largest
    return {str(name.value): value for name, value in found.items()}


def _constant(name: str, given: Node | Fraction | int) -> Constant:
    if not isinstance(given, Node):
        exact = Fraction(given)
        return Constant(name, None, exact, exact)
    found = evaluate(given, {})
    assert found is not None, "a formula in numbers"
    return Constant(name, None, *found)


def critical_noise(document: Document, known: Mapping[str, Constant]) -> Fraction | None:
    """The s below which V4 is proved, where it is so for some s only: its lower end."""
    for step in document.steps:
        if isinstance(step.claim, V4 | V4Limit):
            noise = step.claim.scope.noise
            if isinstance(noise, NoiseBelow):
                found = evaluate(noise.critical, known)
                return None if found is None else found[0]
    return None


# -- inequalities ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Inequality:
    """measure >= bound, or <= for ``upper``, from the radius ``start`` on.

    ``bound`` is a term in r; ``exact`` is the measure in balls, ``size`` what rounding is relative to.
    """

    name: str
    statement: str
    measure: Callable[[Observed], Floats]
    bound: Node
    upper: bool
    size: Callable[[Observed], Floats]
    exact: Callable[[LayeredAt], arb]
    start: Node | None = None


def _norm(entries: Sequence[arb]) -> arb:
    total = sum((entry * entry for entry in entries), arb(0))
    return total.max(arb(0)).sqrt()


def _radius(seen: Observed) -> Floats:
    return np.asarray(np.linalg.norm(seen.theta, axis=1))


def _gradient_size(seen: Observed) -> Floats:
    decay = np.linalg.norm(seen.net.penalty_gradient(seen.theta), axis=1)
    return np.asarray(np.linalg.norm(seen.gradient, axis=1) + decay)


def inequalities(document: Document, noise: float) -> Iterator[Inequality]:
    """What the steps bound for every theta."""
    for step in document.steps:
        match step.claim:
            case RiskGradient(constant, slope):
                yield Inequality(
                    "gradient of R",
                    "||grad R|| <= " + to_text(_polynomial(constant, slope)),
                    lambda seen: np.linalg.norm(seen.gradient, axis=1),
                    _polynomial(constant, slope),
                    True,
                    _gradient_size,
                    lambda at: _norm(at.risk_gradient()),
                )
            case RiskLaplacian(constant, slope, square):
                yield Inequality(
                    "Laplacian of R",
                    "Laplacian R <= " + to_text(_polynomial(constant, slope, square)),
                    lambda seen: seen.laplacians.sum(axis=1),
                    _polynomial(constant, slope, square),
                    True,
                    lambda seen: np.abs(seen.laplacians).sum(axis=1),
                    lambda at: at.risk_laplacian(),
                )
            case Radial(C, D):
                fall = _polynomial(C, D)
                yield Inequality(
                    "radial derivative",
                    f"<grad R, theta> >= -({to_text(fall)})",
                    lambda seen: (seen.gradient * seen.theta).sum(axis=1),
                    ZERO - fall,
                    False,
                    lambda seen: _radius(seen) * _gradient_size(seen),
                    lambda at: at.radial(),
                )
            case V2() as v2:
                growth = _growth(v2)
                yield Inequality(
                    "V2",
                    f"L >= {to_text(growth)}",
                    lambda seen: seen.net.loss(seen.theta),
                    growth,
                    False,
                    lambda seen: np.abs(seen.net.loss(seen.theta)),
                    lambda at: at.value(),
                )
            case V4(route=route, bound=bound, start=start):
                yield Inequality(
                    f"V4, {route} route",
                    f"||grad L||^2/s - Laplacian L >= {to_text(bound)}",
                    lambda seen: seen.net.villani(seen.theta, noise),
                    bound,
                    False,
                    lambda seen: (
                        _gradient_size(seen) ** 2 / noise + np.abs(seen.laplacians).sum(axis=1)
                    ),
                    lambda at: at.villani(),
                    start,
                )


def _polynomial(constant: Node, slope: Node | None = None, square: Node | None = None) -> Node:
    total = constant
    if slope is not None:
        total = total + slope * r
    return total if square is None else total + square * r**2


def _growth(v2: V2) -> Node:
    """The lower bound of L in r.

    With a multiple of |b|, r^2 = w^2 + b^2 and decay/2 w^2 + bias |b| is concave in |b|: it is least
    where one of w and b is 0.
    """
    growth = (symbol("lambda") if v2.decay is None else v2.decay) / 2 * r**2
    if v2.slope is not None:
        growth = growth - v2.slope * r
    if v2.bias is not None:
        growth = smaller(growth, v2.bias * r)
    return growth if v2.floor is None else v2.floor + growth


def _function(term: Node, known: Mapping[str, Constant]) -> Callable[[Floats], Floats] | None:
    """A term as a function of r; None where a constant in it has no value."""
    from proofkit.validate import _function as of_text

    texts = {
        name: TextConstant(name, None, constant.lo, constant.hi) for name, constant in known.items()
    }
    return of_text(to_text(term), texts)


def _holds(q: Inequality, known: Mapping[str, Constant], at: LayeredAt) -> bool | None:
    """Whether the inequality holds at a point; None where the balls do not decide."""
    radius = at.radius
    here = {**known, "r": Constant("r", None, lower(radius), upper(radius))}
    bound, value = evaluate(q.bound, here), q.exact(at)
    start = (Fraction(0), Fraction(0)) if q.start is None else evaluate(q.start, here)
    if bound is None or start is None or not value.is_finite() or upper(radius) < start[0]:
        return None
    if q.upper:
        return True if value <= ball(bound[0]) else False if value > ball(bound[1]) else None
    return True if value >= ball(bound[1]) else False if value < ball(bound[0]) else None


# -- the attack ------------------------------------------------------------------------------------


def points(
    net: LayeredNet, rng: np.random.Generator, count: int, low: float, high: float
) -> Floats:
    """Nets of all sizes: blocks of independent sizes on spheres between two radii."""
    theta = rng.standard_normal((count, net.size))
    for block in net.blocks:
        theta[:, block.start : block.end] *= 10 ** rng.uniform(-2, 0, (count, 1))
    norm = np.linalg.norm(theta, axis=1, keepdims=True)
    radii = 10 ** rng.uniform(np.log10(low), np.log10(high), (count, 1))
    return np.asarray(theta / norm * radii)


@dataclass(frozen=True)
class Attack:
    """One inequality at points of one instance."""

    net: LayeredNet
    exact: ExactLayered
    known: Mapping[str, Constant]
    q: Inequality
    bound: Callable[[Floats], Floats]
    start: float
    far: float

    def slack(self, theta: Floats) -> tuple[Floats, Floats, Floats]:
        """(value, bound, slack in proportion to what they are made of); NaN below the start."""
        seen = Observed(self.net, theta)
        radius = _radius(seen)
        with np.errstate(all="ignore"):
            value, bound = self.q.measure(seen), self.bound(radius)
            difference = bound - value if self.q.upper else value - bound
            slack = difference / (np.abs(self.q.size(seen)) + np.abs(bound) + 1e-300)
        inside = radius >= self.start
        return value, bound, np.where(inside, slack, np.nan)

    def climbed(self, theta: Floats, rng: np.random.Generator) -> Floats:
        """Hill climbing towards the side that is forbidden."""
        _, _, best = self.slack(theta)
        width = 0.5
        for _ in range(ROUNDS):
            size = np.sqrt((theta**2).mean(axis=1, keepdims=True))
            trial = theta + width * size * rng.standard_normal(theta.shape)
            for block in self.net.blocks:
                scale = np.exp(width * rng.standard_normal((len(theta), 1)))
                trial[:, block.start : block.end] *= scale
            norm = np.linalg.norm(trial, axis=1, keepdims=True)
            trial *= np.clip(norm, self.start, self.far) / np.where(norm > 0, norm, 1.0)
            _, _, new = self.slack(trial)
            better = new < best
            theta = np.where(better[:, None], trial, theta)
            best = np.where(better, new, best)
            width = min(1.0, width * (1.3 if better.mean() > 0.2 else 0.8))
        return theta

    def check(self, theta: Floats, rng: np.random.Generator) -> Check:
        """The point that comes closest, or one that balls say is beyond the bound."""
        climbed = self.climbed(theta[:: max(1, len(theta) // 48)], rng)
        count = len(theta) + len(climbed) * ROUNDS
        everything = np.concatenate([theta, climbed])
        value, bound, slack = self.slack(everything)
        measured = np.isfinite(value) & np.isfinite(bound)
        inside = np.linalg.norm(everything, axis=1) >= self.start
        broken = inside & ~(measured & (slack >= -TOLERANCE))
        doubt = ""
        for m in np.flatnonzero(broken)[:MAX_CONFIRMED]:
            verdict = self.exact.decide(everything[m], lambda at: _holds(self.q, self.known, at))
            if verdict is False:
                return self._said(everything, m, value, bound, count, violated=True, doubt=doubt)
            doubt = doubt or (
                f"the kernel gave {value[m]:.6g} at a point of norm "
                f"{np.linalg.norm(everything[m]):.6g}, where "
                + ("the exact value is within the bound" if verdict else "balls do not decide")
            )
        fine = inside & ~broken
        if not fine.any():
            nothing = float("nan")
            why = doubt or "the kernel gave no finite value at all"
            return Check(
                self.q.name, self.q.statement, nothing, nothing, None, nothing, count, False, why
            )
        m = int(np.argmin(np.where(fine, slack, np.inf)))
        return self._said(everything, m, value, bound, count, violated=False, doubt=doubt)

    def _said(
        self,
        theta: Floats,
        m: int,
        value: Floats,
        bound: Floats,
        count: int,
        *,
        violated: bool,
        doubt: str,
    ) -> Check:
        numbers = float(value[m]), float(bound[m])
        ratio = None
        if min(numbers) > 0:
            ratio = numbers[0] / numbers[1] if self.q.upper else numbers[1] / numbers[0]
            # Where the numbers are not seen to be wrong, more than 1 is rounding.
            ratio = ratio if violated else min(ratio, 1.0)
        radius = float(np.linalg.norm(theta[m]))
        return Check(self.q.name, self.q.statement, *numbers, ratio, radius, count, violated, doubt)


def _far(bound: Callable[[Floats], Floats], upper_bound: bool, radius: float) -> float:
    """A radius up to which to look: for a lower bound, beyond the point where it turns positive, if
    it does.
    """
    if upper_bound:
        return radius
    tried = (radius * 1.5**k for k in range(200))
    return next((one for one in tried if bound(np.array([one / 3]))[0] > 0), radius)


def _of_inequalities(
    document: Document,
    known: Mapping[str, Constant],
    instance: LayeredInstance,
    net: LayeredNet,
    rng: np.random.Generator,
) -> tuple[list[Check], list[str]]:
    checks: list[Check] = []
    skipped: list[str] = []
    exact = instance.exact(document.problem.objective())
    for q in inequalities(document, float(instance.noise)):
        bound = _function(q.bound, known)
        start = _function(ZERO if q.start is None else q.start, known)
        if bound is None or start is None:
            skipped.append(f"{q.name}: a constant of {to_text(q.bound)} has no value")
            continue
        begin = float(np.max(start(np.array([1.0]))))
        high = _far(bound, q.upper, max(1e3, 30 * begin))
        theta = points(net, rng, POINTS, max(1e-2, begin * (1 + 1e-9)), high)
        checks.append(Attack(net, exact, known, q, bound, begin, high).check(theta, rng))
    return checks, skipped


# -- the composition -------------------------------------------------------------------------------


def composed_of(
    document: Document, known: Mapping[str, Constant], net: LayeredNet
) -> Composed | None:
    """The composition that bounds the net, with what the steps know of the loss; None where its net
    is not assembled, or nothing is known of the loss.
    """
    objective = document.problem.objective()
    try:
        composition = objective.net
    except KernelError:
        return None
    found = _of_loss(document, objective)
    return None if found is None else Composed(net, composition, known, *found)


def _of_loss(document: Document, objective: Objective) -> tuple[Slope, Bend] | None:
    """The gradient and the Hessian of the loss in the outputs, as the rules have them."""
    assert objective.architecture is not None
    loss, depth = objective.loss, objective.architecture.depth
    if isinstance(loss, CrossEntropyLoss):
        return Slope.of_cross_entropy(), Bend.of_cross_entropy()
    q = width(objective.architecture, depth)
    if loss.square is not None:
        factor, value = number(loss.square), objective.net.value()
        two = (Bound.of(B_y) + value.norm).led_by(factor)
        mean = (Bound.of(B_y) + value.mean_norm).led_by(factor)
        slope = Slope(two, two.led_by(root(q)), two, mean)
        return slope, Bend.of_output(factor, outputs=q)
    claims = [step.claim for step in document.steps]
    residual = next((claim.bound for claim in claims if isinstance(claim, Residual)), None)
    bounds = next((claim for claim in claims if isinstance(claim, LossBounds)), None)
    if residual is None or bounds is None or bounds.l2 is None:
        return None
    return Slope.of_output(Bound.of(residual)), Bend.of_output(bounds.l2, bounds.l2)


def _of_composition(composed: Composed, rng: np.random.Generator) -> tuple[list[Check], list[str]]:
    """The questions of ``kernel.network``, measured."""
    checks: list[Check] = []
    skipped: dict[str, None] = {}
    theta = points(composed.net, rng, POINTS, 1e-2, 1e3)
    seen = composed.seen(theta)
    for part in (composed.value, composed.slopes, composed.traces, composed.curvatures):
        try:
            questions = list(part())
        except NoValueError as error:
            skipped[f"bounds of the composition: {error} has no value"] = None
            continue
        checks += [_of_question(question, seen) for question in questions]
    return checks, list(skipped)


def _of_question(question: Question, seen: Observed) -> Check:
    with np.errstate(all="ignore"):
        ratio = question.ratio(seen)
        measured, bound = question.measure(seen), question.bound(seen)
    finite = np.isfinite(ratio)
    doubt = "" if finite.all() else "the kernel gave no finite value at some point"
    above = finite & (ratio > 1 + TOLERANCE)
    if above.any():
        doubt = f"measured {ratio[above].max():.9g} times the bound, in floating point only"
    m = int(np.argmax(np.where(finite & ~above, ratio, -np.inf)))
    tightness = float(ratio[m]) if 0 < ratio[m] < np.inf else None
    radius = float(np.linalg.norm(seen.theta[m]))
    return Check(
        question.name,
        question.statement,
        float(measured[m]),
        float(bound[m]),
        None if tightness is None else min(tightness, 1.0),
        radius,
        len(seen.theta),
        False,
        doubt,
    )


def _of_lipschitz(
    document: Document,
    known: Mapping[str, Constant],
    net: LayeredNet,
    exact: ExactLayered,
    rng: np.random.Generator,
) -> Iterator[Check]:
    """The norm of the Hessian by power iteration against gLip."""
    for step in document.steps:
        if not isinstance(step.claim, GradientLipschitz):
            continue
        limit = evaluate(step.claim.constant, known)
        if limit is None:
            continue
        theta = points(net, rng, POINTS, 1e-2, 1e3)
        V = rng.standard_normal(theta.shape)
        for _ in range(20):
            V /= np.maximum(np.linalg.norm(V, axis=1, keepdims=True), 1e-300)
            direction, V = V, net.full_hessian_product(theta, V)
        value = np.linalg.norm(V, axis=1)
        bound, m = float(limit[1]), int(np.nanargmax(value))
        violated, doubt = False, "" if np.isfinite(value).all() else "the kernel gave no number"
        if value[m] > bound * (1 + TOLERANCE):
            violated = _form_exceeds(exact, theta[m], direction[m], limit[1])
            doubt = "" if violated else "beyond the bound in floating point only"
        radius = float(np.linalg.norm(theta[m]))
        ratio = min(float(value[m]) / bound, 1.0) if bound > 0 and not violated else None
        yield Check(
            "Hessian norm", "||Hessian L|| <= gLip", float(value[m]), bound, ratio, radius,
            len(theta), violated, doubt,
        )  # fmt: skip


def _form_exceeds(exact: ExactLayered, theta: Floats, V: Floats, limit: Fraction) -> bool:
    """True when balls say that the Hessian form of R alone, with its smallest decay, is larger."""
    with precision(CURVE_BITS, 3):
        point = [arb(v) for v in theta.tolist()]
        along = [arb(v) for v in V.tolist()]
        square = sum((v * v for v in along), arb(0))
        form = exact.second_derivative(point, along) / square
        decay = min(min(layer.decay, layer.bias_decay) for layer in exact.layers)
        return bool(abs(form) - ball(decay) > ball(limit))


# -- limits ----------------------------------------------------------------------------------------


def _noises(
    noise: NoiseRange | None, known: Mapping[str, Constant], s: Fraction
) -> Fraction | None:
    """The s at which a limit is measured: just below a critical one, or just above."""
    match noise:
        case NoiseBelow(critical):
            found = evaluate(critical, known)
            return None if found is None else found[0] * BELOW
        case NoiseFrom(critical):
            found = evaluate(critical, known)
            return None if found is None else found[1] * ABOVE
        case AnyNoise() | None:
            return s
        case _:
            return s


def _of_limits(
    document: Document,
    known: Mapping[str, Constant],
    instance: LayeredInstance,
    net: LayeredNet,
    rng: np.random.Generator,
) -> Iterator[Check]:
    """V4 without a radius: the least values that are found on spheres have to grow."""
    for step in document.steps:
        if not isinstance(step.claim, V4Limit):
            continue
        noise = _noises(step.claim.scope.noise, known, instance.noise)
        if noise is None:
            continue
        found = [
            lowest(net, float(noise), radius, rng, starts=32, rounds=120) for radius in SPHERES
        ]
        values = [one.value for one in found]
        rising = all(b > a for a, b in itertools.pairwise(values)) and values[-1] > 0
        shown = ", ".join(f"{value:.4g}" for value in values)
        yield Check(
            f"V4, {step.claim.route} route, s = {float(noise):.6g}",
            "min of ||grad L||^2/s - Laplacian L over |theta| = 10^2, 10^3, 10^4 -> oo",
            values[-1],
            values[0],
            None,
            SPHERES[-1],
            sum(one.starts for one in found),
            False,
            ""
            if rising
            else f"the least values found are {shown}, which proves nothing either way",
        )


# -- curves ----------------------------------------------------------------------------------------


def expanded(groups: Sequence[UnitGroup], counts: Sequence[int], t: arb) -> list[list[arb]]:
    """The rows of a layer of a curve at t, a row for each unit; the bias last where there is one."""
    rows: list[list[arb]] = []
    for group in groups:
        row: list[arb] = []
        for monomial, count in zip(group.weights, counts, strict=True):
            row += [_power(monomial.coefficient, monomial.exponent, t)] * count
        if group.bias is not None:
            row.append(_power(group.bias.coefficient, group.bias.exponent, t))
        rows += [row] * group.count
    return rows


def _power(coefficient: Fraction, exponent: Fraction, t: arb) -> arb:
    return ball(coefficient) * t ** ball(exponent)


@dataclass(frozen=True)
class OnCurve:
    """The net of a curve, with the weights at each t."""

    exact: ExactLayered
    curve: Curve

    @staticmethod
    def of(curve: Curve, objective: Objective, instance: LayeredInstance) -> OnCurve:
        """The instance of the curve: its own samples, sizes and fixed weights, or the given ones."""
        given = objective.architecture
        assert given is not None
        if curve.samples is None:
            return OnCurve(instance.exact(objective), curve)
        fixed: list[Matrix] = []
        layers: list[DenseLayer] = []
        counts = [1] * len(curve.samples[0].x)
        for groups, layer in zip(curve.layers, given.layers, strict=True):
            units = sum(group.count for group in groups)
            layers.append(dataclasses.replace(layer, units=units, weights=None))
            if not layer.trained:
                fixed.append(_constant_rows(groups, counts))
            counts = [group.count for group in groups]
        exact = ExactLayered.of(
            dataclasses.replace(given, layers=tuple(layers)),
            objective.loss,
            [sample.x for sample in curve.samples],
            [sample.y for sample in curve.samples],
            instance.lam,
            fixed,
            instance.noise,
        )
        return OnCurve(exact, curve)

    def at(self, t: int) -> LayeredAt:
        """L at theta(t), at the working precision."""
        counts = [1] * self.exact.layers[0].columns
        theta: list[arb] = []
        for groups, layer in zip(self.curve.layers, self.exact.layers, strict=True):
            rows = expanded(groups, counts, arb(t))
            weights = [row[: layer.columns] for row in rows]
            if layer.fixed is None:
                theta += [entry for row in weights for entry in row]
            if layer.bias:
                theta += [
                    row[layer.columns] if len(row) > layer.columns else arb(0) for row in rows
                ]
            counts = [group.count for group in groups]
        return self.exact.at(theta)


def _constant_rows(groups: Sequence[UnitGroup], counts: Sequence[int]) -> Matrix:
    """The fixed weights of a curve, in which there is no t."""
    rows: list[tuple[Fraction, ...]] = []
    for group in groups:
        row: list[Fraction] = []
        for monomial, count in zip(group.weights, counts, strict=True):
            row += [monomial.coefficient] * count
        rows += [tuple(row)] * group.count
    return tuple(rows)


def _of_curve(
    witness: AlongCurve,
    noise: Fraction | None,
    known: Mapping[str, Constant],
    objective: Objective,
    instance: LayeredInstance,
) -> Iterator[Check]:
    """What is said of L, ||grad L||^2 and the Laplacian along a curve, in high precision."""
    made = OnCurve.of(witness.curve, objective, instance)
    with precision(CURVE_BITS, 3):
        found = [made.at(t) for t in TIMES]
        quantities: tuple[tuple[str, Leading | None, list[arb]], ...] = (
            ("L", witness.value, [at.value() for at in found]),
            (
                "||grad L||^2",
                witness.gradient,
                [sum((g * g for g in at.gradient()), arb(0)) for at in found],
            ),
            ("Laplacian L", witness.laplacian, [at.laplacian() for at in found]),
        )
        radius = float(found[-1].radius)
        checks = [
            _of_leading(what, leading, [float(v.mid()) for v in values], known, radius)
            for what, leading, values in quantities
            if leading is not None
        ]
        if witness.laplacian is not None and noise is not None:
            checks.append(_of_expression(noise, quantities[1][2], quantities[2][2], radius))
    # Yielded outside: who reads the checks one by one does not work at this precision.
    yield from checks


def _of_leading(
    what: str, leading: Leading, values: list[float], known: Mapping[str, Constant], radius: float
) -> Check:
    """A quantity beside its leading term at the last t."""
    powers = [float(t) ** float(leading.exponent) for t in TIMES]
    name = f"along the curve: {what}"
    if leading.coefficient is None:
        ratios = [abs(value) / power for value, power in zip(values, powers, strict=True)]
        doubt = "" if ratios[-1] <= 2 * ratios[0] + 1 else "it is not seen to be of that order"
        statement = f"O(t^{leading.exponent}) at t = 10^2, 10^4, 10^6"
        return Check(name, statement, values[-1], powers[-1], None, radius, 3, False, doubt)
    enclosure = evaluate(leading.coefficient, known)
    if enclosure is None:
        nothing = float("nan")
        why = "its coefficient has no value"
        return Check(
            name, to_text(leading.coefficient), values[-1], nothing, None, radius, 3, False, why
        )
    factor = float((enclosure[0] + enclosure[1]) / 2)
    statement = f"~ {to_text(leading.coefficient)} t^{leading.exponent} at t = 10^2, 10^4, 10^6"
    said = factor * powers[-1]
    off = [
        abs(v - factor * p) / max(abs(factor) * p, 1e-300)
        for v, p in zip(values, powers, strict=True)
    ]
    near = off[-1] <= NEAR or (factor == 0 and abs(values[-1]) <= abs(values[0]))
    doubt = "" if near else f"at t = 10^6 it is {values[-1]:.6g}, and its leading term {said:.6g}"
    ratio = None
    if min(values[-1], said) > 0:
        ratio = min(values[-1] / said, said / values[-1])
    return Check(name, statement, values[-1], said, ratio, radius, 3, False, doubt)


def _of_expression(
    noise: Fraction, gradients: list[arb], laplacians: list[arb], radius: float
) -> Check:
    """||grad L||^2/s - Laplacian L at the points of a curve: not rising to infinity."""
    values = [
        float((g / ball(noise) - laplacian).mid())
        for g, laplacian in zip(gradients, laplacians, strict=True)
    ]
    bounded = values[-1] <= 0 or values[-1] <= 2 * max(abs(values[0]), 1.0)
    return Check(
        f"along the curve, s = {float(noise):.6g}",
        "||grad L||^2/s - Laplacian L does not tend to oo",
        values[-1],
        values[0],
        None,
        radius,
        3,
        False,
        "" if bounded else "it is still rising at t = 10^6",
    )


def _of_ray(
    witness: UndecayedHiddenBias | ShiftedOutputs | OneLabel,
    net: LayeredNet,
    rng: np.random.Generator,
) -> Check | None:
    """L along a bias without decay, everything else in a ball."""
    if isinstance(witness, UndecayedHiddenBias):
        layer, end = witness.layer, float(witness.end)
    else:
        layer = len(net.layers)
        end = float(witness.label) if isinstance(witness, OneLabel) else 1.0
    block = next((b for b in net.blocks if b.layer == layer and b.is_bias), None)
    if block is None:
        return None
    base = rng.standard_normal((16, net.size))
    base /= np.linalg.norm(base, axis=1, keepdims=True)
    values = []
    for t in TIMES:
        theta = base.copy()
        several = slice(block.start, block.end)
        theta[:, several if isinstance(witness, ShiftedOutputs) else block.start] += end * t
        values.append(float(np.max(net.loss(theta))))
    bounded = bool(np.isfinite(values[-1])) and values[-1] <= 2 * abs(values[0]) + 1
    return Check(
        f"along the bias of layer {layer}",
        "L stays bounded at t = 10^2, 10^4, 10^6",
        values[-1],
        values[0],
        None,
        float(TIMES[-1]),
        16 * len(TIMES),
        False,
        "" if bounded else "L is not seen to be bounded",
    )


def _of_refutations(
    document: Document,
    known: Mapping[str, Constant],
    instance: LayeredInstance,
    net: LayeredNet,
    rng: np.random.Generator,
) -> Iterator[Check]:
    objective = document.problem.objective()
    for step in document.steps:
        if not isinstance(step.claim, Fails):
            continue
        witness = step.claim.witness
        if isinstance(witness, AlongCurve):
            noise = _noises(step.claim.scope.noise, known, instance.noise)
            yield from _of_curve(witness, noise, known, objective, instance)
        elif isinstance(witness, UndecayedHiddenBias | ShiftedOutputs | OneLabel):
            check = _of_ray(witness, net, rng)
            if check is not None:
                yield check


# -- all of it -------------------------------------------------------------------------------------


def measure_layers(
    document: Document,
    instance: LayeredInstance,
    seed: int = 0,
    progress: Callable[[int, int, str], None] = lambda done, total, what: None,
    *,
    s_given: bool = False,
) -> Report:
    """What the steps of a certificate about a net of layers state, measured at one instance.

    Where V4 is proved below a critical s, s is just below that, but for one that is ``s_given``.
    InputError for a certificate about another net, and for one in which nothing is bounded.
    """
    objective = document.problem.objective()
    if objective.architecture is None:
        raise InputError("the certificate is about the net of one hidden layer")
    rng = np.random.default_rng(seed)
    known = known_constants(document, instance)
    own = document.problem.noise is None and not s_given
    if own and (critical := critical_noise(document, known)):
        instance = dataclasses.replace(instance, noise=critical * BELOW)
        known = known_constants(document, instance)
    net = instance.net(name_of(objective.loss))
    exact = instance.exact(objective)

    progress(0, 4, "bounds of R and L")
    checks, skipped = _of_inequalities(document, known, instance, net, rng)
    checks += _of_lipschitz(document, known, net, exact, rng)
    progress(1, 4, "the composition")
    composed = composed_of(document, known, net)
    if composed is None:
        skipped.append("the composition: its net is not assembled, or its loss not bounded")
    else:
        more, why = _of_composition(composed, rng)
        checks += more
        skipped += why
    progress(2, 4, "spheres")
    checks += _of_limits(document, known, instance, net, rng)
    progress(3, 4, "curves")
    checks += _of_refutations(document, known, instance, net, rng)
    if not checks:
        raise InputError(
            "the certificate bounds nothing that can be measured: it proves and refutes no "
            "condition with numbers in it"
        )
    return Report(instance.name, instance.summary, tuple(checks), tuple(skipped), ())
