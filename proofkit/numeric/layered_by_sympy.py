"""What SymPy makes of the objective of a net of layers, against the chain rule, in ball arithmetic.

SymPy is given L alone, written out for a small net with the layers of the one at hand, and
differentiates it in every parameter, twice.  The chain rule is ``exact_layered``.  A ball encloses
the number it stands for, and two balls that do not meet are two different numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random

import sympy as sp
from flint import arb

from proofkit.activation.bridge import to_sympy
from proofkit.calculus.crosscheck import (
    NotCompared,
    but_for_kinks,
    is_number,
    number,
    operation,
)
from proofkit.errors import InputError, InternalError
from proofkit.kernel.losses.cross_entropy import CrossEntropyLoss
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.network.architecture import SQUARE, Architecture
from proofkit.kernel.univariate.balls import ball, precision
from proofkit.numeric.exact_layered import ORDERS, ExactLayered, LayeredAt, Matrix

NETS = 2
FEATURES, SAMPLES, CLASSES = 2, 2, 3
DRAWS = 20
"""How many nets are drawn at the most: at a kink there is nothing to compare."""
DEEPEST = 4
"""Of nets of more layers SymPy's second derivatives are too long to be written out."""
BITS = 200


@dataclass(frozen=True)
class Compared:
    """How many pairs of numbers met, at how many nets."""

    pairs: int
    nets: int


@dataclass(frozen=True)
class _Small:
    """A small net with its fixed weights, data, decay, and a point in the parameters."""

    architecture: Architecture
    loss: Loss
    fixed: tuple[Matrix, ...]
    rows: Matrix
    targets: Matrix
    decay: Fraction
    theta: tuple[Fraction, ...]


def compare_layers(architecture: Architecture, loss: Loss) -> Compared:
    """Compare SymPy's value, gradient, Laplacian of L with the chain rule's at ``NETS`` small nets.

    Raises InternalError when two balls do not meet, NotCompared when SymPy cannot write the
    activation or the loss, or when a ball stays unbounded.

    >>> from proofkit.losses.catalogue import resolve
    >>> from proofkit.problem.layers import net_of
    >>> from proofkit.reading.layers import LayersSaid
    >>> made = net_of("tanh", "squared", said=LayersSaid.of(train="all", depth=2))
    >>> compare_layers(made.net.architecture, resolve("squared")).nets
    2
    """
    if architecture.depth > DEEPEST:
        raise NotCompared(f"of more than {DEEPEST} layers SymPy's derivatives are too long")
    pairs, nets, why = 0, 0, NotCompared("no net was drawn")
    for seed in range(DRAWS):
        try:
            with precision(BITS, ORDERS):
                pairs += _met(_small(architecture, loss, Random(seed)))
            nets += 1
        except NotCompared as reason:
            why = reason
        if nets == NETS:
            return Compared(pairs, nets)
    raise why


def comparison_sentence(architecture: Architecture, loss: Loss) -> str:
    """What was compared, for those who read the formulas.  Raises InternalError as above."""
    try:
        made = compare_layers(architecture, loss)
    except NotCompared as why:
        return f"these passes were not compared with SymPy's derivatives of L: {why}"
    functions = [*architecture.activations]
    functions += [] if isinstance(loss, CrossEntropyLoss) else [loss.phi]
    return (
        f"L, its gradient and its Laplacian by these passes agree with SymPy's derivatives of L in "
        f"{made.pairs} pairs of balls at {made.nets} small nets with these layers"
        f"{but_for_kinks(*functions)}"
    )


# -- small nets ------------------------------------------------------------------------------------


def _small(architecture: Architecture, loss: Loss, random: Random) -> _Small:
    """The net with few units, and numbers drawn for everything else."""
    own = _few_units(architecture, loss)
    columns, sizes, fixed, count = FEATURES, [], [], 0
    for layer in own.layers:
        assert layer.units is not None
        if layer.trained:
            count += layer.units * columns
        else:
            fixed.append(_matrix(random, layer.units, columns))
        count += 0 if layer.bias == "none" else layer.units
        sizes.append(layer.units)
        columns = layer.units
    return _Small(
        own,
        loss,
        tuple(fixed),
        _matrix(random, SAMPLES, FEATURES),
        _targets(loss, sizes[-1], random),
        abs(_number(random)),
        tuple(_number(random) for _ in range(count)),
    )


def _few_units(architecture: Architecture, loss: Loss) -> Architecture:
    """Two units in the first hidden layer and one in those above, so that SymPy's formulas, in
    which every unit is written out with all below it, stay short.
    """
    outputs = architecture.outputs
    if outputs is None or outputs > CLASSES:
        outputs = CLASSES if isinstance(loss, CrossEntropyLoss) else 2
    hidden = [2, *(1 for _ in architecture.layers[2:])]
    sizes = [*hidden[: architecture.depth - 1], outputs]
    layers = [
        replace(layer, units=units, weights=None)
        for layer, units in zip(architecture.layers, sizes, strict=True)
    ]
    return replace(architecture, layers=tuple(layers))


def _number(random: Random) -> Fraction:
    """A number that is not 0, of modulus at most 2."""
    return Fraction(random.choice((-1, 1)) * random.randint(1, 24), 12)


def _matrix(random: Random, rows: int, columns: int) -> Matrix:
    return tuple(tuple(_number(random) for _ in range(columns)) for _ in range(rows))


def _targets(loss: Loss, outputs: int, random: Random) -> Matrix:
    if isinstance(loss, CrossEntropyLoss):
        return tuple((Fraction(k % outputs),) for k in range(SAMPLES))
    if loss.classifies:
        return tuple((Fraction((-1) ** k),) for k in range(SAMPLES))
    return _matrix(random, SAMPLES, outputs)


# -- what SymPy makes of L -------------------------------------------------------------------------


def _met(small: _Small) -> int:
    """How many pairs of numbers meet; InternalError for one that does not."""
    at = ExactLayered.of(
        small.architecture, small.loss, small.rows, small.targets, small.decay, small.fixed
    ).at([ball(value) for value in small.theta])
    parameters = sp.symbols(f"theta_1:{len(small.theta) + 1}", real=True)
    try:
        objective = _objective(small, parameters)
        values = _values(objective, parameters, small.theta)
    except (InputError, KeyError) as error:
        raise NotCompared(f"SymPy cannot write it: {str(error)[:60]}") from None
    for what, theirs, ours in zip(
        ("L", *(f"entry {k} of the gradient" for k in range(1, len(parameters) + 1)), "Laplacian"),
        values,
        _by_chain_rule(at),
        strict=True,
    ):
        if not (theirs.is_finite() and ours.is_finite()):
            raise NotCompared(f"{what} is not finite at a net")
        if not theirs.overlaps(ours):
            raise InternalError(
                f"{what}: SymPy's derivative gives {theirs.str(15)}, the chain rule {ours.str(15)}"
            )
    return len(values)


def _by_chain_rule(at: LayeredAt) -> list[arb]:
    """L, its gradient and its Laplacian."""
    return [at.value(), *at.gradient(), at.laplacian()]


def _values(
    objective: sp.Expr, parameters: Sequence[sp.Symbol], theta: Sequence[Fraction]
) -> list[arb]:
    """L, its derivatives in every parameter, and the sum of its second derivatives, at theta."""
    known: dict[sp.Basic, arb] = {}
    for symbol, value in zip(parameters, theta, strict=True):
        known[symbol] = ball(value)

    def evaluated(formula: sp.Basic) -> arb:
        return _evaluated(formula, known)

    slopes = [sp.diff(objective, symbol) for symbol in parameters]
    bends = [sp.diff(slope, symbol) for slope, symbol in zip(slopes, parameters, strict=True)]
    laplacian = sum((evaluated(bend) for bend in bends), arb(0))
    return [evaluated(objective), *map(evaluated, slopes), laplacian]


def _evaluated(formula: sp.Basic, known: dict[sp.Basic, arb]) -> arb:
    """A formula in balls; ``known`` keeps what was evaluated, for derivatives share most of it.

    KeyError for a function that has no balls.
    """
    if formula not in known:
        if is_number(formula):
            known[formula] = number(formula)
        else:
            parts = [_evaluated(part, known) for part in formula.args]
            known[formula] = operation(formula)(parts)
    return known[formula]


def _rational(value: Fraction) -> sp.Expr:
    return sp.Rational(value.numerator, value.denominator)


def _objective(small: _Small, parameters: Sequence[sp.Symbol]) -> sp.Expr:
    """L, written out."""
    waiting, fixed = iter(parameters), iter(small.fixed)
    matrices, biases, penalty = [], [], sp.Integer(0)
    columns = FEATURES
    for layer in small.architecture.layers:
        assert layer.units is not None
        decay = _rational(small.decay if layer.decay is None else layer.decay)
        if layer.trained:
            W = [[next(waiting) for _ in range(columns)] for _ in range(layer.units)]
            entries = [entry for row in W for entry in row]
            penalty += decay * _power_of_norm(entries, small.architecture.power)
        else:
            W = [[_rational(entry) for entry in row] for row in next(fixed)]
        b = [next(waiting) if layer.bias != "none" else sp.Integer(0) for _ in range(layer.units)]
        if layer.bias == "decayed":
            penalty += decay * _power_of_norm(b, small.architecture.power)
        matrices.append(W)
        biases.append(b)
        columns = layer.units
    losses = [
        _loss(small, _outputs(small, matrices, biases, x), y)
        for x, y in zip(small.rows, small.targets, strict=True)
    ]
    return sum(losses, sp.Integer(0)) / len(losses) + penalty


def _power_of_norm(entries: Sequence[sp.Expr], power: int) -> sp.Expr:
    """||v||^k/k."""
    squared = sum((entry**2 for entry in entries), sp.Integer(0))
    return squared / 2 if power == SQUARE else squared ** sp.Rational(power, 2) / power


def _outputs(
    small: _Small,
    matrices: Sequence[Sequence[Sequence[sp.Expr]]],
    biases: Sequence[Sequence[sp.Expr]],
    x: Sequence[Fraction],
) -> list[sp.Expr]:
    value: list[sp.Expr] = [_rational(entry) for entry in x]
    for level, (W, b) in enumerate(zip(matrices, biases, strict=True)):
        u = [
            sum((w * v for w, v in zip(row, value, strict=True)), shift)
            for row, shift in zip(W, b, strict=True)
        ]
        if level == len(matrices) - 1:
            return u
        sigma = small.architecture.activations[level]
        value = [to_sympy(sigma, entry) for entry in u]
    raise AssertionError("a net has a layer")


def _loss(small: _Small, f: Sequence[sp.Expr], y: Sequence[Fraction]) -> sp.Expr:
    if isinstance(small.loss, CrossEntropyLoss):
        return sp.log(sum((sp.exp(entry) for entry in f), sp.Integer(0))) - f[int(y[0])]
    arguments = [
        _rational(target) * output if small.loss.classifies else output - _rational(target)
        for output, target in zip(f, y, strict=True)
    ]
    return sum((to_sympy(small.loss.phi, u) for u in arguments), sp.Integer(0))
