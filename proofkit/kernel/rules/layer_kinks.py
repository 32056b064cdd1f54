"""Rules by which V1 fails for nets of any layers: at a kink of the activations or of the loss, and
where the norm in the penalty has an odd power.

At a kink a line theta_0 + t v of weights is exhibited along which a derivative of R has two values
at t = 0, one from each side (``kernel.curves.one_sided``).  The penalty is smooth along it, so a
derivative of L jumps whatever lambda and s are.
"""

from __future__ import annotations

from fractions import Fraction

from proofkit.kernel.claims import (
    AnyLambda,
    Curve,
    Fails,
    KinkOfLayers,
    LambdaAbove,
    LambdaIs,
    LambdaRange,
    Monomial,
    OddPower,
    Sample,
    Scope,
    UnitGroup,
)
from proofkit.kernel.curves.constants import BITS, Number
from proofkit.kernel.curves.one_sided import LineOfNets, first_jump
from proofkit.kernel.inference import Conclusion, Rule, Step
from proofkit.kernel.losses.cross_entropy import CrossEntropyLoss
from proofkit.kernel.network.architecture import DenseLayer, FixedWeights
from proofkit.kernel.network.weights import drawn_weights, require_drawn, seed_of
from proofkit.kernel.proposals import CurveProposal
from proofkit.kernel.ranges import any_lambda
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.rules.activation import smoothness_of_term
from proofkit.kernel.rules.curves import (
    given_samples,
    require_curve,
    require_real_net,
    samples_of,
)
from proofkit.kernel.rules.layers import architecture_of, require_smooth_layers
from proofkit.kernel.univariate import balls
from proofkit.kernel.univariate.rounding import round_down, round_up
from proofkit.kernel.univariate.terms import ZERO

DIGITS = 15
"""Digits of the height of a jump that is not rational."""
SHORT = 64
"""Bits of a rational that is said exactly."""
STILL, MOVING = Fraction(0), Fraction(1)
"""The exponents of the weights c and c t of a line."""


# -- kinks -----------------------------------------------------------------------------------------


def _kink_of_layers(step: Step) -> Conclusion:
    """The two one-sided derivatives of R of some order along a line differ."""
    curve = step.proposed(CurveProposal).curve
    samples = _samples(step, curve)
    require_curve(step, curve, samples)
    _require_line(step, curve)
    _require_smooth_penalty(step, curve)
    require_real_net(step)
    loss = step.objective.loss
    if type(loss) is not CrossEntropyLoss:
        smoothness_of_term(step, loss.phi)  # phi is a real number on all of R
    net = LineOfNets(curve.layers, architecture_of(step).activations, loss)
    with balls.precision(BITS):
        try:
            jump = first_jump(net, samples)
            low, high = _enclosed(jump.height)
        except KernelError as error:
            raise step.refuse(str(error)) from None
    if low <= 0 <= high:
        raise step.refuse("the jump is not seen to be other than 0")
    witness = KinkOfLayers(curve, jump.order, low, high)
    return Conclusion(Fails("V1", witness, Scope(any_lambda(step))))


def _samples(step: Step, curve: Curve) -> tuple[Sample, ...]:
    """Those of an instance, or the rows, with fixed weights that are drawn."""
    drawn = any(layer.weights is not None for layer in architecture_of(step).layers)
    if not drawn or curve.samples is not None:
        return samples_of(step, curve)
    _require_drawn_weights(step, curve)
    return given_samples(step)


def _require_drawn_weights(step: Step, curve: Curve) -> None:
    """KernelError unless the fixed weights of the line are those that the problem draws, entry by
    entry; of others only norms are known.
    """
    architecture = architecture_of(step)
    require_drawn(architecture)
    below: tuple[UnitGroup, ...] = ()
    for number, (groups, layer) in enumerate(
        zip(curve.layers, architecture.layers, strict=False), 1
    ):
        if layer.weights is not None:
            if any(group.count != 1 for group in (*below, *groups)):
                raise step.refuse("units that meet drawn weights are groups of their own")
            rows = tuple(group.weights for group in groups)
            if rows != _drawn_rows(step, layer.weights, number):
                raise step.refuse(f"the weights of layer {number} are not those that are drawn")
        below = groups


def _drawn_rows(step: Step, weights: FixedWeights, number: int) -> tuple[tuple[Monomial, ...], ...]:
    """The drawn matrix of a layer, as weights that do not move."""
    last = number == architecture_of(step).depth
    seed = seed_of(weights, number, last=last)
    if seed is None:
        raise step.refuse("the fixed weights are known by their norms only")
    made = drawn_weights(weights.rows, weights.columns, seed, number, last=last)
    return tuple(
        tuple(Monomial(Fraction(value, made.scale), STILL) for value in row) for row in made.rows
    )


def _enclosed(height: Number) -> tuple[Fraction, Fraction]:
    """The number itself where it is a short rational, else two decimals around it."""
    exact = height.rational
    if exact is not None and exact.numerator.bit_length() + exact.denominator.bit_length() < SHORT:
        return exact, exact
    if exact is not None:
        return round_down(exact, DIGITS), round_up(exact, DIGITS)
    ball = height.ball()
    return round_down(balls.lower(ball), DIGITS), round_up(balls.upper(ball), DIGITS)


def _require_line(step: Step, curve: Curve) -> None:
    """KernelError unless every weight and bias is c or c t."""
    groups = (group for layer in curve.layers for group in layer)
    entries = (entry for group in groups for entry in _entries(group))
    if any(entry.exponent not in (STILL, MOVING) for entry in entries):
        raise step.refuse("a weight of the line is neither c nor c t")


def _entries(group: UnitGroup) -> tuple[Monomial, ...]:
    return group.weights if group.bias is None else (*group.weights, group.bias)


def _require_smooth_penalty(step: Step, curve: Curve) -> None:
    """KernelError for an odd power of the norm of a decayed block that is 0 at t = 0.

    Even powers are polynomials, and a norm is smooth away from 0.
    """
    architecture = architecture_of(step)
    if architecture.power % 2 == 0:
        return
    for groups, layer in zip(curve.layers, architecture.layers, strict=True):
        weights = [entry for group in groups for entry in group.weights]
        biases = [group.bias for group in groups if group.bias is not None]
        if layer.trained and not any(map(_is_there, weights)):
            raise step.refuse(
                "the norm of a block is 0 at the kink, where its odd power is one too"
            )
        if layer.bias == "decayed" and not any(map(_is_there, biases)):
            raise step.refuse("the norm of a bias is 0 at the kink, where its odd power is one too")


def _is_there(entry: Monomial) -> bool:
    """True for a weight that is not 0 at t = 0."""
    return entry.exponent == STILL and entry.coefficient != 0


# -- an odd power of the norm ----------------------------------------------------------------------


def _odd_power(step: Step) -> Conclusion:
    """(lambda/k) |t|^k is only C^(k-1) at 0, where R is smooth."""
    require_smooth_layers(step)
    architecture = architecture_of(step)
    if architecture.power % 2 == 0:
        raise step.refuse("an even power of the norm is smooth")
    found = [
        (number, lambdas)
        for number, layer in enumerate(architecture.layers, 1)
        if layer.trained and (lambdas := _where_decayed(step, layer)) is not None
    ]
    if not found:
        raise step.refuse("no layer is seen to be decayed")
    # One that is decayed whatever lambda is refutes most.
    number, lambdas = next((pair for pair in found if type(pair[1]) is AnyLambda), found[0])
    return Conclusion(Fails("V1", OddPower(number, architecture.power), Scope(lambdas)))


def _where_decayed(step: Step, layer: DenseLayer) -> LambdaRange | None:
    """For which lambda the decay of a layer is not 0; None for no such lambda."""
    given = step.objective.lam
    if layer.decay is not None:
        return any_lambda(step) if layer.decay != 0 else None
    if given is None:
        return LambdaAbove(ZERO)
    return LambdaIs(given) if given != 0 else None


LAYER_KINKS: tuple[Rule, ...] = (
    Rule(
        name="V1 fails: kink of layers",
        about="objective",
        premises=(),
        conclusion=Fails,
        check=_kink_of_layers,
        reason=r"On each side of $t=0$ every activation and the loss are smooth functions of what "
        r"they are applied to, so $R$ has a Taylor polynomial there; the passes of the net give both, "
        r"and they differ. A smooth function has one. The penalty is smooth along the line. "
        r"Units all of whose weights, in and out, are $0$ change nothing.",
        proposal=CurveProposal,
        looks_at_rows=True,
        nets="layers",
    ),
    Rule(
        name="V1 fails: odd power",
        about="objective",
        premises=(),
        conclusion=Fails,
        check=_odd_power,
        reason=r"$R$ is smooth. With a single weight $t$ of one block, all other parameters being $0$, "
        r"the penalty is that block's decay times $\frac1\nu|t|^\nu$ with the odd power $\nu$, whose "
        r"derivative of order $\nu$ is $(\nu-1)!\operatorname{sign}t$.",
        nets="layers",
    ),
)
