"""Rules by which a Villani condition fails for nets of any layers: along a curve of weights, and by
biases without decay.

A curve is an instance of a symbolic problem (data, widths and fixed weights of its own), or one for
the rows of given data.  Along it L and its derivatives are series in t (``kernel.curves``), and what
is claimed is a limit as t -> oo.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from proofkit.errors import DomainError
from proofkit.kernel.claims import (
    AlongCurve,
    AnyLambda,
    Asymptote,
    Curve,
    Enclosed,
    Fails,
    LambdaAbove,
    LambdaAtMostZero,
    LambdaBelow,
    LambdaIs,
    LambdaRange,
    Leading,
    NoiseFrom,
    NoiseIs,
    NoiseRange,
    OneLabel,
    Sample,
    Scope,
    ShiftedOutputs,
    Smooth,
    UndecayedHiddenBias,
    UndecayedOutputBias,
    UnitGroup,
)
from proofkit.kernel.curves.composition import values
from proofkit.kernel.curves.constants import BITS, LAMBDA, Number
from proofkit.kernel.curves.losses import fits, loss_at
from proofkit.kernel.curves.passes import Along, along, net_along
from proofkit.kernel.curves.series import Series, monomial
from proofkit.kernel.formula import Constant, define
from proofkit.kernel.inference import Conclusion, Rule, Step
from proofkit.kernel.losses.cross_entropy import CrossEntropyLoss
from proofkit.kernel.network.architecture import Architecture, DenseLayer
from proofkit.kernel.proposals import CurveProposal
from proofkit.kernel.ranges import any_lambda, every_noise
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.rules.layers import architecture_of, require_smooth_layers
from proofkit.kernel.symbols import lam, number, s_c, sqrt
from proofkit.kernel.univariate import balls
from proofkit.kernel.univariate.domain import check_domain, turn
from proofkit.kernel.univariate.rounding import round_down, round_up
from proofkit.kernel.univariate.terms import ZERO, Node, to_text
from proofkit.kernel.univariate.workspace import OpenError

DIGITS = 15
"""Digits of a leading coefficient that is not rational."""
STRICTLY = 1 + Fraction(1, 10**12)
"""By this a critical s is enlarged where equality is not known to do."""
MOST_GROUPS = 64
"""How many groups of units of a layer a curve may have."""
MOST_WORK = 400_000
"""Samples times weights of a curve, at most."""


# -- what a curve has to be ------------------------------------------------------------------------


def samples_of(step: Step, curve: Curve) -> tuple[Sample, ...]:
    """The samples of the curve: its own for symbolic data, else the rows."""
    if step.objective.symbolic:
        return _own_samples(step, curve)
    if curve.samples is not None:
        raise step.refuse("the problem is bound to data, and the curve has samples of its own")
    architecture = architecture_of(step)
    if any(not layer.trained for layer in architecture.layers):
        raise step.refuse("the fixed weights are known by their norms only")
    return given_samples(step)


def given_samples(step: Step) -> tuple[Sample, ...]:
    """The rows of the data; KernelError where they are symbols."""
    table = step.rows_of_the_data()
    targets = [Fraction(y, table.y_scale) for y in table.labels]
    rows = [tuple(Fraction(v, table.x_scale) for v in row) for row in table.rows]
    return tuple(Sample(x, (y,)) for x, y in zip(rows, targets, strict=True))


def _own_samples(step: Step, curve: Curve) -> tuple[Sample, ...]:
    samples = curve.samples
    if not samples:
        raise step.refuse("the data are symbols, and the curve has no samples")
    if len({len(sample.x) for sample in samples}) != 1 or not samples[0].x:
        raise step.refuse("the samples of the curve have no common number of features")
    return samples


def require_curve(step: Step, curve: Curve, samples: tuple[Sample, ...]) -> None:
    """KernelError for a curve of another net, and for samples that the loss does not take."""
    architecture = architecture_of(step)
    if len(curve.layers) != architecture.depth:
        raise step.refuse("the curve has another number of layers")
    counts, columns = [1], len(samples[0].x)
    work = 0
    for groups, layer in zip(curve.layers, architecture.layers, strict=True):
        _require_layer(step, groups, layer, columns)
        work += len(groups) * columns
        counts, columns = [group.count for group in groups], len(groups)
    if any(count != 1 for count in counts):
        raise step.refuse("each output is a group of its own")
    if work * len(samples) > MOST_WORK:
        raise step.refuse("the curve has too many weights for so many samples")
    if not all(fits(step.objective.loss, len(counts), sample.y) for sample in samples):
        raise step.refuse("a target of the curve is none of the loss")


def _require_layer(
    step: Step, groups: tuple[UnitGroup, ...], layer: DenseLayer, columns: int
) -> None:
    if not 1 <= len(groups) <= MOST_GROUPS or any(group.count < 1 for group in groups):
        raise step.refuse(f"a layer of a curve has 1 to {MOST_GROUPS} groups of units")
    units = sum(group.count for group in groups)
    if layer.units is not None and units != layer.units:
        raise step.refuse(f"a layer of the curve has {units} units instead of {layer.units}")
    if any(len(group.weights) != columns for group in groups):
        raise step.refuse("a unit of the curve has another number of weights than the layer below")
    if any((group.bias is None) != (layer.bias == "none") for group in groups):
        raise step.refuse("the curve has a bias where the net has none, or none where it has one")
    moving = any(w.exponent != 0 for group in groups for w in group.weights if w.coefficient != 0)
    if moving and not layer.trained:
        raise step.refuse("fixed weights move along the curve")


def _along(step: Step) -> tuple[Curve, Along]:
    """What happens along the proposed curve, on which the trained parameters tend to infinity."""
    curve = step.proposed(CurveProposal).curve
    require_smooth_layers(step)
    samples = samples_of(step, curve)
    require_curve(step, curve, samples)
    architecture = architecture_of(step)
    with balls.precision(BITS):
        net = net_along(architecture, curve.layers, step.objective.lam)
        loss = loss_at(step.objective.loss, len(curve.layers[-1]))
        try:
            found = along(net, samples, loss)
        except KernelError as error:
            raise step.refuse(str(error)) from None
    if not _tends_to_infinity(found.radius):
        raise step.refuse("the curve does not tend to infinity")
    return curve, found


def _tends_to_infinity(series: Series) -> bool:
    if not series.terms:
        return False
    exponent, coefficient = series.leading()
    return exponent > 0 and coefficient.sign() > 0


# -- V4 along a curve ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Size:
    """The leading coefficient of a series: exact, or bounded on the side that is asked for."""

    exponent: Fraction
    term: Node
    rounded: int
    """0 where the term is exact, else the side."""

    @property
    def leading(self) -> Leading:
        """As a claim says it."""
        rounded = 0 if not self.rounded else 1 if self.rounded > 0 else -1
        return Leading(self.exponent, self.term, rounded)


def _is_bounded(series: Series) -> bool:
    return series.size is None or series.size <= 0


def _v4_along_curve(step: Step) -> Conclusion:
    """||grad L||^2/s - Laplacian L does not tend to oo along the curve."""
    curve, found = _along(step)
    with balls.precision(BITS):
        gradient, laplacian = found.gradient, found.laplacian
        if _is_bounded(gradient) and _is_bounded(laplacian):
            zero = Fraction(0)
            witness = AlongCurve(curve, None, Leading(zero), Leading(zero))
            return Conclusion(Fails("V4", witness, Scope(any_lambda(step), every_noise(step))))
        below, needs_positive = _laplacian_below(step, laplacian)
        exponent = below.exponent
        if gradient.size is None or gradient.size < exponent:
            most = Leading(Fraction(0) if gradient.size is None else gradient.size)
            witness = AlongCurve(curve, None, most, below.leading)
            lambdas = _for_positive_lambda(step) if needs_positive else any_lambda(step)
            return Conclusion(Fails("V4", witness, Scope(lambdas, every_noise(step))))
        if gradient.size > exponent or not gradient.terms:
            raise step.refuse("the Laplacian of L does not grow as fast as the gradient squared")
        return _at_the_same_rate(step, curve, found, below)


def _for_positive_lambda(step: Step) -> LambdaRange:
    """lambda > 0, of which the reasons make use."""
    given = step.objective.lam
    if given is None:
        return LambdaAbove(ZERO)
    if given < 0:
        raise step.refuse(f"lambda = {given} is negative")
    return LambdaIs(given)


def _laplacian_below(step: Step, laplacian: Series) -> tuple[_Size, bool]:
    """A positive lower bound of the leading coefficient, for a growing Laplacian, and whether it
    needs lambda > 0.
    """
    if not laplacian.terms:
        raise step.refuse("the growth of the Laplacian of L is not seen")
    exponent, coefficient = laplacian.leading()
    if exponent <= 0:
        raise step.refuse("the Laplacian of L stays bounded and the gradient does not")
    parts = coefficient.by_powers(LAMBDA)
    free = parts.pop(0, None)
    if any(_bound(part, -1)[0] < 0 for part in parts.values()):
        raise step.refuse("the sign of the Laplacian of L depends on lambda")
    if free is None:
        power, part = next(iter(parts.items()))
        value, rounded = _bound(part, -1)
        term = number(value) * lam**power
    else:
        value, rounded = _bound(free, -1)
        term = number(value)
    if value <= 0:
        raise step.refuse("the Laplacian of L is not seen to tend to +oo")
    # Without the other powers of lambda it is a lower bound.
    several = len(parts) > (free is None)
    return _Size(exponent, term, -1 if rounded or several else 0), bool(parts)


def _bound(coefficient: Number, side: int) -> tuple[Fraction, bool]:
    """The number itself, or a bound of it from above (``side`` 1) or from below (-1), and whether it is
    only that.
    """
    exact = coefficient.rational
    if exact is not None:
        return exact, False
    ball = coefficient.ball()
    if not ball.is_finite():
        raise KernelError("a leading coefficient is not seen to be finite")
    if side > 0:
        return round_up(balls.upper(ball), DIGITS), True
    return round_down(balls.lower(ball), DIGITS), True


def _gradient_above(step: Step, gradient: Series) -> _Size:
    """An upper bound of the leading coefficient, for lambda >= 0."""
    exponent, coefficient = gradient.leading()
    term, side = ZERO, 0
    for power, part in coefficient.by_powers(LAMBDA).items():
        value, rounded = _bound(part, 1)
        side = 1 if rounded else side
        term = term + (number(value) * lam**power if power else number(value))
    return _Size(exponent, term, side)


def _at_the_same_rate(step: Step, curve: Curve, found: Along, below: _Size) -> Conclusion:
    """For s from the quotient of the leading coefficients on; with it where all else is bounded."""
    above = _gradient_above(step, found.gradient)
    witness = AlongCurve(curve, None, above.leading, below.leading)
    lambdas = _for_positive_lambda(step)
    critical = _quotient(above.term, below.term)
    if above.rounded or below.rounded or not _cancels(found):
        critical = number(STRICTLY) * critical
    given = step.objective.noise
    if given is not None and step.objective.lam is None:
        lambdas = LambdaBelow(_largest_lambda(step, found, below, given))
        return Conclusion(Fails("V4", witness, Scope(lambdas, NoiseIs(given))))
    symbol = () if step.objective.lam is not None else (Constant(str(lam.value)),)
    noise = _from(step, critical)
    return Conclusion(
        Fails("V4", witness, Scope(lambdas, noise)),
        define=((s_c, critical),),
        constants=symbol,
    )


def _quotient(term: Node, by: Node) -> Node:
    """term/by, with a number divided into the coefficients of a sum in powers of lambda."""
    if by.op != "num":
        return term / by
    match term.op:
        case "num":
            return number(term.rational / by.rational)
        case "add":
            return _quotient(term.args[0], by) + _quotient(term.args[1], by)
        case "mul" if term.args[0].op == "num":
            return number(term.args[0].rational / by.rational) * term.args[1]
        case _:
            return number(1 / by.rational) * term


def _cancels(found: Along) -> bool:
    """True when g Laplacian L - l ||grad L||^2 stays bounded, g and l their leading coefficients."""
    (_, g), (_, l_) = found.gradient.leading(), found.laplacian.leading()
    return _is_bounded(found.laplacian.scaled(g) - found.gradient.scaled(l_))


def _from(step: Step, critical: Node) -> NoiseRange:
    """s >= critical; KernelError when a given s is not."""
    s = step.objective.noise
    if s is None:
        return NoiseFrom(critical)
    least = define(str(s_c.value), critical, step.known).hi
    if least is None or s < least:
        raise step.refuse(f"s = {s} is not known to be at least {to_text(critical)}")
    return NoiseIs(s)


def _largest_lambda(step: Step, found: Along, below: _Size, s: Fraction) -> Node:
    """The lambda below which ||grad L||^2 ~ c lambda^2 t^e loses against a Laplacian l t^e, for a
    given s: sqrt(s l/c).
    """
    _, coefficient = found.gradient.leading()
    parts = coefficient.by_powers(LAMBDA)
    if set(parts) != {2} or below.term.op != "num":
        raise step.refuse("lambda is a symbol, and the noise is given")
    value, _ = _bound(parts[2], 1)
    if value <= 0:
        raise step.refuse("the gradient of L is not seen to grow with lambda")
    return sqrt(number(s * below.term.rational / value))


# -- V2 along a curve ------------------------------------------------------------------------------


def _v2_along_curve(step: Step) -> Conclusion:
    """L stays bounded above along the curve."""
    curve, found = _along(step)
    with balls.precision(BITS):
        lambdas = _where_bounded(step, found.value)
    witness = AlongCurve(curve, value=Leading(Fraction(0)))
    return Conclusion(Fails("V2", witness, Scope(lambdas)))


def _where_bounded(step: Step, value: Series) -> LambdaRange:
    """The lambda for which L does not tend to oo; KernelError when there are none."""
    given = step.objective.lam
    if _is_bounded(value):
        return AnyLambda() if given is None else LambdaIs(given)
    hidden = value.order is not None and value.order > 0
    if hidden or not value.terms:
        raise step.refuse("L is not seen to stay bounded")
    growing = [coefficient for exponent, coefficient in value.terms if exponent > 0]
    if given is not None:
        if growing[0].sign() < 0:
            return LambdaIs(given)
        raise step.refuse("L grows along the curve")
    for coefficient in growing:
        parts = coefficient.by_powers(LAMBDA)
        if set(parts) != {1} or parts[1].sign() < 0:
            raise step.refuse("L grows along the curve")
    return LambdaAtMostZero()


# -- biases without decay --------------------------------------------------------------------------


def require_real_net(step: Step) -> None:
    """KernelError unless every activation is a real number on all of R, and so continuous."""
    for sigma in set(architecture_of(step).activations):
        try:
            check_domain(sigma, float("inf"), *turn(sigma))
        except (OpenError, DomainError) as error:
            raise step.refuse(str(error)) from None


def _fails(
    step: Step, condition: str, witness: UndecayedHiddenBias | ShiftedOutputs | OneLabel
) -> Conclusion:
    """V2, V3 or V4 for every lambda and s."""
    lambdas = any_lambda(step)
    if condition == "V2":
        return Conclusion(Fails("V2", witness, Scope(lambdas)))
    noise = every_noise(step)
    if condition == "V3":
        return Conclusion(Fails("V3", witness, Scope(lambdas, noise)))
    return Conclusion(Fails("V4", witness, Scope(lambdas, noise)))


def _hidden_bias(step: Step, condition: str) -> Conclusion:
    """The bias of a hidden unit goes to the end where its activation has a limit."""
    require_real_net(step)
    asymptote = step.premise(0, Asymptote)
    if asymptote.slope != 0:
        raise step.refuse("sigma must have a finite limit at that end")
    architecture = architecture_of(step)
    for k, (layer, sigma) in enumerate(_hidden(architecture), 1):
        if layer.bias == "undecayed" and to_text(sigma) == to_text(step.objective.sigma):
            return _fails(step, condition, UndecayedHiddenBias(k, asymptote.end))
    raise step.refuse("no hidden layer with that activation has a bias without decay")


def _hidden(architecture: Architecture) -> list[tuple[DenseLayer, Node]]:
    """The hidden layers with their activations."""
    return list(zip(architecture.layers[:-1], architecture.activations, strict=True))


def _hidden_bias_below_a_trained_unit(step: Step, condition: str) -> Conclusion:
    """The bias b of a unit below a single trained unit, whose weight stays within 1/(1 + |b|).

    |sigma(u)| <= |sigma(0)| + M1 |u|, so the product of the two stays bounded.
    """
    require_real_net(step)
    if step.premise(0, Enclosed).quantity != "M1":
        raise step.refuse("no premise gives M1")
    architecture = architecture_of(step)
    above = architecture.layers[1:]
    for k, ((layer, sigma), upper) in enumerate(zip(_hidden(architecture), above, strict=True), 1):
        same = to_text(sigma) == to_text(step.objective.sigma)
        if same and layer.bias == "undecayed" and upper.trained and upper.units == 1:
            return _fails(step, condition, UndecayedHiddenBias(k, 1))
    raise step.refuse("no bias without decay is below a single unit with trained weights")


def _require_undecayed_outputs(step: Step) -> None:
    if architecture_of(step).layers[-1].bias != "undecayed":
        raise step.refuse("the outputs have no biases without decay")


def _shifted_outputs(step: Step, condition: str) -> Conclusion:
    """Cross-entropy does not change when the same number is added to every output."""
    _require_undecayed_outputs(step)
    (require_smooth_layers if condition == "V4" else require_real_net)(step)
    if type(step.objective.loss) is not CrossEntropyLoss:
        raise step.refuse("the loss is not cross-entropy")
    return _fails(step, condition, ShiftedOutputs())


def _one_label(step: Step, condition: str) -> Conclusion:
    """Every margin tends to oo, where phi stays bounded."""
    _require_undecayed_outputs(step)
    require_real_net(step)
    objective = step.objective
    if type(objective.loss) is CrossEntropyLoss or not objective.loss.classifies:
        raise step.refuse("the loss is none of the margin")
    label = Fraction(1)
    if objective.data is not None:
        label = objective.data.y_max
        if objective.data.y_min != label:
            raise step.refuse("both labels occur")
    with balls.precision(BITS):
        if not _is_bounded(values(objective.loss.phi, monomial(1, 1), 1)[0]):
            raise step.refuse("phi is not seen to stay bounded as the margin tends to oo")
    return _fails(step, condition, OneLabel(int(label)))


def _output_bias(step: Step) -> Conclusion:
    """phi' and phi'' are bounded at both ends, and so are the derivatives of L as b -> oo."""
    _require_undecayed_outputs(step)
    require_smooth_layers(step)
    objective = step.objective
    if architecture_of(step).outputs != 1 or type(objective.loss) is CrossEntropyLoss:
        raise step.refuse("the net has several outputs")
    with balls.precision(BITS):
        for end in (1, -1):
            _, slope, bend = values(objective.loss.phi, monomial(end, 1), 3)
            if not (_is_bounded(slope) and _is_bounded(bend)):
                raise step.refuse("phi' and phi'' are not seen to be bounded")
    scope = Scope(any_lambda(step), every_noise(step))
    return Conclusion(Fails("V4", UndecayedOutputBias(1), scope))


CURVES: tuple[Rule, ...] = (
    Rule(
        name="V4 fails along a curve",
        about="objective",
        premises=(Smooth,),
        conclusion=Fails,
        check=_v4_along_curve,
        reason=r"Along the curve the passes of the net give $\|\nabla L\|^2$ and $\Delta L$ as "
        r"series in $t$ by Taylor's theorem, and $\|\nabla L\|^2/s-\Delta L$ does not tend to $\infty$.",
        proposal=CurveProposal,
        lemma="refute_curve",
        looks_at_rows=True,
        nets="layers",
    ),
    Rule(
        name="V2 fails along a curve",
        about="objective",
        premises=(Smooth,),
        conclusion=Fails,
        check=_v2_along_curve,
        reason=r"Along the curve the passes of the net give $L$ as a series in $t$ by Taylor's "
        r"theorem, and $L$ stays bounded above while $r\to\infty$.",
        proposal=CurveProposal,
        lemma="flat_ray",
        looks_at_rows=True,
        nets="layers",
    ),
    *(
        Rule(
            name=f"{condition} fails: hidden bias",
            about="objective",
            premises=(Asymptote,),
            conclusion=Fails,
            check=partial(_hidden_bias, condition=condition),
            reason=r"As the bias $b_j$ of a hidden unit tends to the end where $\sigma$ has a limit, "
            r"$\sigma(\langle w,h\rangle+b_j)$ stays bounded while all else is in a ball, and so "
            r"does $L$: on a set of infinite volume.",
            lemma="hidden_bias_refuted",
            nets="layers",
        )
        for condition in ("V2", "V3")
    ),
    *(
        Rule(
            name=f"{condition} fails: hidden bias below a trained unit",
            about="objective",
            premises=(Enclosed,),
            conclusion=Fails,
            check=partial(_hidden_bias_below_a_trained_unit, condition=condition),
            reason=r"Where $|a_j|\le1/(1+|b_j|)$ for the weight $a_j$ above a hidden unit with bias "
            r"$b_j$ and all else is in a ball, $|\sigma(u)|\le|\sigma(0)|+M_1|u|$ bounds "
            r"$a_j\sigma(u)$ and so $L$: on a set of the volume $\int\mathrm db_j/(1+|b_j|)=\infty$.",
            lemma="hidden_bias_refuted_trained",
            nets="layers",
        )
        for condition in ("V2", "V3")
    ),
    *(
        Rule(
            name=f"{condition} fails: shifted outputs",
            about="objective",
            premises=(),
            conclusion=Fails,
            check=partial(_shifted_outputs, condition=condition),
            reason=r"$\log\sum_k e^{f_k}-f_y$ does not change when the same number is added to "
            r"every output, so neither $L$ nor its derivatives do when it is added to the biases "
            r"of the outputs, which are not decayed.",
            lemma="output_bias_cross_entropy",
            nets="layers",
        )
        for condition in ("V2", "V3", "V4")
    ),
    *(
        Rule(
            name=f"{condition} fails: one label",
            about="objective",
            premises=(),
            conclusion=Fails,
            check=partial(_one_label, condition=condition),
            reason=r"Every label is $y$; as the bias of the output, which is not decayed, tends to "
            r"$y\infty$ every margin tends to $\infty$, where $\varphi$ stays bounded, uniformly "
            r"while all else is in a ball.",
            lemma="output_bias_one_label",
            nets="layers",
        )
        for condition in ("V2", "V3")
    ),
    Rule(
        name="V4 fails: output bias",
        about="objective",
        premises=(Smooth,),
        conclusion=Fails,
        check=_output_bias,
        reason=r"$\varphi'$ and $\varphi''$ stay bounded; as the bias of the output, which is not "
        r"decayed, tends to $\infty$ and all else stays where it is, so do $\nabla L$ and "
        r"$\Delta L$.",
        lemma="output_bias_logistic",
        nets="layers",
    ),
)
