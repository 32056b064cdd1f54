"""The conditions of a Villani function for the net of an architecture: what is proved.

Notation as in ``layers``: theta = (theta_k) are the trained blocks with norms rho_k and decays
lambda_k, r^2 = sum_k rho_k^2.  Where every decay is the lambda of the objective, bounds are written
with lambda and lambda N, else with lambda_min = min_k lambda_k and P = sum_k lambda_k N_k.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce

from proofkit.kernel.claims import (
    V1,
    V2,
    V3,
    V4,
    ChainRule,
    Enclosed,
    GradientLipschitz,
    LambdaAbove,
    LambdaIs,
    LambdaRange,
    LossBounds,
    LossFloor,
    NoiseBelow,
    NoiseIs,
    NoiseRange,
    OfLoss,
    Parameters,
    Radial,
    Residual,
    RiskGradient,
    RiskLaplacian,
    Scope,
    Smooth,
    V4Limit,
    Villani,
)
from proofkit.kernel.formula import Constant, define, evaluate, names_in
from proofkit.kernel.inference import Conclusion, Rule, Step
from proofkit.kernel.losses.cross_entropy import CrossEntropyLoss
from proofkit.kernel.network.architecture import SQUARE
from proofkit.kernel.network.assembled import (
    Block,
    assembled,
    blocks,
    decays,
    least_decay,
    norm_decays,
    width,
)
from proofkit.kernel.network.bound import NOTHING, Bound
from proofkit.kernel.network.layer import Bend, Pull, Slope, Value
from proofkit.kernel.network.net import HessianBounds, Net
from proofkit.kernel.network.writing import root, squared
from proofkit.kernel.proposals import LevelProposal, ShareProposal
from proofkit.kernel.radius import Growth
from proofkit.kernel.ranges import every_noise, positive
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.rules.layers import (
    Answer,
    InRadius,
    architecture_of,
    exponent_of,
    in_radius,
    of_cross_entropy,
    of_residual,
    of_square,
    outputs_of,
    pull_of,
    require_names,
    require_smooth_layers,
    rule,
    without_zeros,
)
from proofkit.kernel.rules.loss import (
    of_l1,
    of_l2,
    require_quantity,
    slope_at_zero,
    square_of,
    taylor_at_zero,
)
from proofkit.kernel.rules.problem import given
from proofkit.kernel.rules.villani import GrowthRoute, is_nonnegative, v4_of_growth
from proofkit.kernel.symbols import (
    M1,
    M2,
    S0,
    X4,
    A_a,
    A_e,
    B_y,
    E,
    M,
    N,
    P,
    T_c,
    c_T,
    gLip,
    lam,
    lambda_0,
    lambda_b,
    lambda_min,
    larger,
    m_a,
    m_s,
    n,
    number,
    r,
    s,
    s_0,
    share,
    smaller,
    sqrt,
    symbol,
    theta_0,
)
from proofkit.kernel.univariate.terms import ONE, ZERO, Node

Definition = tuple[Node, Node]

# -- for which lambda and s ------------------------------------------------------------------------


def least_of(step: Step) -> Node:
    """The smallest decay as it is written: lambda where it is that of every block."""
    return lam if least_decay(architecture_of(step)) == lam else lambda_min


def penalty_of(step: Step) -> Node:
    """The Laplacian of a penalty of squares, or more."""
    return lam * N if least_of(step) == lam else P


def decay_range(step: Step) -> LambdaRange:
    """The lambda of a conclusion that needs all that is trained to be decayed; KernelError where
    something is not.
    """
    architecture = architecture_of(step)
    for k, layer in enumerate(architecture.layers, 1):
        if layer.bias == "undecayed":
            raise step.refuse(f"the bias of layer {k} has no decay")
        own = layer.decay
        if own is not None and own <= 0:
            raise step.refuse(f"the decay of layer {k} is not positive")
    if lam in decays(architecture):
        return positive(step)
    given_lambda = step.objective.lam
    return LambdaAbove(ZERO) if given_lambda is None else LambdaIs(given_lambda)


def noise_below(step: Step, critical: Node, formula: Node) -> NoiseRange:
    """The s of a conclusion that needs s < critical, a constant with this formula; KernelError for an
    s that is not known to be.
    """
    noise = step.objective.noise
    if noise is None:
        return NoiseBelow(critical)
    require_names(step, formula)
    return _compared(step, noise, critical, evaluate(formula, step.known))


def _compared(
    step: Step, noise: Fraction, critical: Node, value: tuple[Fraction, Fraction] | None
) -> NoiseRange:
    """The given s, which is below the lower end of what encloses the critical one."""
    if value is None:
        raise step.refuse(f"s = {noise} cannot be compared with {critical} while that is symbolic")
    if not noise < value[0]:
        raise step.refuse(f"s = {noise} is not known to be below {critical}")
    return NoiseIs(noise)


def _require_squares(step: Step) -> None:
    """KernelError for a penalty of another power."""
    if architecture_of(step).power != SQUARE:
        raise step.refuse("the penalty is a sum of squares")


# -- V1 to V3 --------------------------------------------------------------------------------------


def _v1(step: Step) -> Conclusion:
    """Smooth activations, a smooth loss, and a smooth penalty."""
    require_smooth_layers(step)
    power = architecture_of(step).power
    if power % 2:
        raise step.refuse(f"the norm to the power {power} is not smooth at 0")
    return Conclusion(V1())


def _v2(step: Step) -> Conclusion:
    """L >= inf l + (1/2) sum_k lambda_k rho_k^2; rho^k/k >= rho^2/2 - (k - 2)/(2 k) for a power k."""
    scope = Scope(decay_range(step))
    architecture, least = architecture_of(step), least_of(step)
    floor, power = step.premise(1, LossFloor).floor, architecture.power
    decay = None if least == lam else least
    if power != SQUARE:
        counts = Counter(norm_decays(architecture))
        for block_decay, count in counts.items():
            floor = floor - number(Fraction(count * (power - 2), 2 * power)) * block_decay
        return Conclusion(V2(scope, floor, decay=decay))
    return Conclusion(V2(scope, None if is_nonnegative(step, floor) else floor, decay=decay))


def _v3(step: Step) -> Conclusion:
    """The Gaussian integral, for the lambda of V2."""
    claim = step.premise(1, V2)
    if claim.slope is not None:
        raise step.refuse("a lower bound without a multiple of r is needed")
    if claim.bias is not None:
        raise step.refuse("a lower bound in r alone is needed")
    exponent = None if claim.floor is None else -2 * claim.floor / s
    scope = Scope(claim.scope.lam, every_noise(step))
    return Conclusion(V3(scope, exponent, decay=claim.decay))


# -- V4 by a quadratic in r ------------------------------------------------------------------------


def _v4_bounded(step: Step) -> Conclusion:
    """||grad L|| >= lambda_min r - G."""
    gradient = step.premise(1, RiskGradient)
    if gradient.slope is not None:
        raise step.refuse("a bound that does not grow with r is needed")
    start = gradient.constant / least_of(step)
    return _by_quadratic(step, "bounded", gradient.constant, start, ())


def _v4_radial(step: Step) -> Conclusion:
    """||grad L|| r >= lambda_min r^2 - C - D r >= r (lambda_min r - E) for r >= 1."""
    claim = step.premise(1, Radial)
    start = larger(ONE, E / least_of(step))
    return _by_quadratic(step, "radial", E, start, ((E, claim.C + claim.D),))


def _by_quadratic(
    step: Step, name: str, offset: Node, start: Node, define: tuple[Definition, ...]
) -> Conclusion:
    """||grad L|| >= lambda_min r - offset for r >= start, Laplacian R <= square r^2 + A r + B."""
    _require_squares(step)
    lambdas, claim = decay_range(step), step.premise(2, RiskLaplacian)
    if claim.square is not None:
        return _below_threshold(step, name, offset, start, define)
    margin, slope = least_of(step), ZERO if claim.slope is None else claim.slope
    rest = claim.constant + penalty_of(step)
    linear = 2 * margin * offset + s * slope
    discriminant = 4 * margin * offset * s * slope + s**2 * slope**2
    growth = Growth(
        bound=(margin * r - offset) ** 2 / s - slope * r - rest,
        start=start,
        root=(linear + sqrt(discriminant + 4 * margin**2 * s * (rest + M))) / (2 * margin**2),
        positive=(margin, s),
    )
    scope = Scope(lambdas, every_noise(step))
    return v4_of_growth(step, GrowthRoute(name, ZERO, growth, define, scope=scope))


def _below_threshold(
    step: Step, name: str, offset: Node, start: Node, define: tuple[Definition, ...]
) -> Conclusion:
    """s (||grad L||^2/s - Laplacian L) >= m_s r^2 - (2 lambda_min offset + s A) r - s (B + P), with
    m_s = lambda_min^2 - s K_2 > 0.
    """
    claim, margin = step.premise(2, RiskLaplacian), least_of(step)
    slope = ZERO if claim.slope is None else claim.slope
    square = ZERO if claim.square is None else claim.square
    rest = claim.constant + penalty_of(step)
    linear = 2 * margin * offset + s * slope
    critical = margin**2 / square
    growth = Growth(
        bound=m_s * r**2 / s - (2 * margin * offset / s + slope) * r - rest,
        start=start,
        root=(linear + sqrt(linear**2 + 4 * m_s * s * (rest + M))) / (2 * m_s),
        positive=(margin, m_s, s),
    )
    # At a given s the same condition is one on lambda, where that is a decay.
    given_noise = step.objective.noise is not None
    of_lambda = given_noise and lam in decays(architecture_of(step))
    route = GrowthRoute(
        name,
        sqrt(s * square) if of_lambda else ZERO,
        growth,
        (*define, (s_0, critical), (m_s, margin**2 - s * square)),
        scope=Scope(decay_range(step), noise_below(step, s_0, critical)),
    )
    return v4_of_growth(step, route)


# -- V4 where the highest of two blocks decides ----------------------------------------------------


def _of_highest(step: Step, answer: Answer) -> Conclusion:
    """A trained block t has ||grad_t R|| <= G, every other ||grad_k R|| <= g_k(rho_t), and
    Laplacian R <= K_2 rho_t^2 + A rho_t + B: V4 for s < lambda_t^2/K_2.

    t is the last of the blocks whose norms are in the bound of the Laplacian, the last of all where
    none is.  V4 holds for every s where K_2 = 0.
    """
    _require_squares(step)
    lambdas, found = decay_range(step), blocks(architecture_of(step))
    net = step.objective.net.bounded()
    gradients = [without_zeros(step, bound) for bound in net.gradient(answer.slope)]
    laplacian = without_zeros(step, sum(net.laplacian(answer.slope, answer.bend), NOTHING))
    growing = [k for k, block in enumerate(found) if str(block.norm.value) in _norms_in(laplacian)]
    place = growing[-1] if growing else len(found) - 1
    top = found[place]
    if _norms_in(gradients[place]):
        raise step.refuse(f"the gradient in layer {top.layer} is not seen to be bounded")
    if not _norms_in(*gradients, laplacian) <= {str(top.norm.value)}:
        raise step.refuse(f"the bounds depend on other norms than that of layer {top.layer}")
    require_names(step, *(c for bound in (*gradients, laplacian) for _, c in bound.parts))
    *_, square = laplacian.coefficients(top.norm, 2)
    if square == ZERO:
        return Conclusion(V4Limit("last layer", Scope(lambdas, every_noise(step))))
    critical = top.decay**2 / square
    scope = Scope(lambdas, noise_below(step, s_0, critical))
    return Conclusion(V4Limit("last layer", scope), define=((s_0, critical),))


def _norms_in(*bounds: Bound) -> set[str]:
    """The norms that some bounds depend on."""
    return {name for bound in bounds for monomial, _ in bound.parts for name, _ in monomial}


def _highest_of_residual(step: Step) -> Conclusion:
    return _of_highest(step, of_residual(step, 3, of_l2(step, 2)))


def _highest_of_cross_entropy(step: Step) -> Conclusion:
    return _of_highest(step, of_cross_entropy(step))


# -- V4 with the head and the layer below it trained, a square -------------------------------------


@dataclass(frozen=True, slots=True)
class _Below:
    """What the layer below the head is applied to: v, fixed for each sample, with mean |v|^2 <=
    ``mean`` and |v|^2 <= ``largest``; ``fourth`` bounds (mean |v|^4)^(1/2).
    """

    mean: Node
    largest: Node
    fourth: Node


def _two_at_the_top(step: Step, net: Net) -> tuple[Block, Node, _Below]:
    """(the head, the width below it, v); KernelError unless exactly these two layers are trained.

    ``net`` is the net, with or without a bias of the head.
    """
    architecture = architecture_of(step)
    depth = architecture.depth
    moving = [block.layer for block in blocks(architecture)]
    if architecture.trained != (depth - 1, depth) or moving != [depth - 1, depth]:
        raise step.refuse("exactly the last two layers are trained")
    _require_squares(step)
    # ... [the layer below], its activation, the head.
    below = Net(net.layers[:-3], net.features).bounded().value()
    (mean,) = below.mean_norm.coefficients(r, 0)
    (largest,) = below.norm.coefficients(r, 0)
    mean, largest = squared(mean), squared(largest)
    if depth > 2 and architecture.layers[depth - 2].bias != "none":
        mean, largest = mean + 1, largest + 1
    plain = depth == 2 and architecture.layers[0].bias == "none"
    fourth = X4 if plain else sqrt(mean * largest)
    return blocks(architecture)[-1], width(architecture, depth - 1), _Below(mean, largest, fourth)


def _v4_two_by_activation(step: Step) -> Conclusion:
    """|a_j^2 sigma'^2 + a_j e sigma''| <= T_c a_j^2 + c_T e^2, summed over j and over the samples."""
    square = number(square_of(step))
    head, units, below = _two_at_the_top(step, step.objective.net)
    step.constant(S0)
    of_head = square * (T_c * below.mean)
    return _v4_two(step, head, of_head, c_T * units * below.largest, ())


def _v4_two_by_share(step: Step) -> Conclusion:
    """mean |v|^2 |e| |a|_1 M2 <= M2 sqrt(p) X4 |a| (mean |e|^2)^(1/2), divided by the share."""
    square = number(square_of(step))
    head, units, below = _two_at_the_top(step, step.objective.net)
    step.constant(S0)
    part = step.proposed(ShareProposal).share
    if part <= 0:
        raise step.refuse("the share is not positive")
    of_head = square * (M1**2 * below.mean + share)
    of_residual = units * M2**2 * below.fourth**2 / (4 * share)
    return _v4_two(step, head, of_head, of_residual, (part,))


def _v4_two_with_bias(step: Step) -> Conclusion:
    """The same with an output bias c without decay: Q = lambda_a |a|^2 + 2 R bounds both |(a, c)|^2 and
    the Laplacian, each up to a factor, so V4 holds for s below the product of the factors.
    """
    square = number(square_of(step))
    head, units, below = _two_at_the_top(step, _net_below_bias(step))
    lambdas = _lambda_of_weights(step)
    of_block = smaller(head.decay / (1 + 2 * units * S0**2), square / 2)
    define = (
        (A_a, square * (T_c * below.mean)),
        (A_e, c_T * units * below.largest),
        (s_0, of_block * smaller(head.decay / A_a, 1 / A_e)),
    )
    noise = _noise_below_defined(step, define, ())
    return Conclusion(V4Limit("two layers", Scope(lambdas, noise)), define=define)


def _v4_two(
    step: Step, head: Block, of_head: Node, of_residual: Node, shares: tuple[Fraction, ...]
) -> Conclusion:
    """V4 for s < s_0 = inf_{w >= 0} (lambda_a + w)^2/(A_a + A_e w)."""
    lambdas = decay_range(step)
    least = smaller(head.decay, 2 * A_a / A_e)
    formula = 4 * (head.decay - m_a) / A_e + m_a**2 / A_a
    own = tuple(given(share, part) for part in shares)
    define = ((A_a, of_head), (A_e, of_residual), (m_a, least), (s_0, formula))
    noise = _noise_below_defined(step, define, own)
    return Conclusion(V4Limit("two layers", Scope(lambdas, noise)), define=define, constants=own)


def _noise_below_defined(
    step: Step, definitions: tuple[Definition, ...], own: tuple[Constant, ...]
) -> NoiseRange:
    """``noise_below`` for the last of some definitions, each in terms of those before."""
    noise = step.objective.noise
    critical, _ = definitions[-1]
    if noise is None:
        return NoiseBelow(critical)
    known = {**step.known, **{constant.name: constant for constant in own}}
    for term, formula in definitions:
        if missing := names_in(formula) - set(known):
            raise step.refuse(f"no premise gives {', '.join(sorted(missing))}")
        name = str(term.value)
        known[name] = define(name, formula, known)
    found = known[str(critical.value)]
    pair = None if found.lo is None or found.hi is None else (found.lo, found.hi)
    return _compared(step, noise, critical, pair)


# -- V4 by degrees, for a penalty of any power -----------------------------------------------------


def _by_degrees(step: Step, answer: Answer, error: int) -> Conclusion:
    """<grad L, theta> >= sum_k lambda_k rho_k^power - an error of a lower degree, and Laplacian R of a
    degree of at most 2 power - 2, with a threshold in s where it is that.
    """
    architecture = architecture_of(step)
    power, found = architecture.power, blocks(architecture)
    lambdas = decay_range(step)
    if error >= power:
        raise step.refuse(f"along the radius the risk may fall like r^{error}, power {power}")
    bounds = step.objective.net.laplacian(answer.slope, answer.bend)
    laplacian = without_zeros(step, sum(bounds, NOTHING))
    require_names(step, *(coefficient for _, coefficient in laplacian.parts))
    critical_degree = 2 * power - 2
    degree = degree_of(laplacian)
    if degree < critical_degree:
        return Conclusion(V4Limit("degrees", Scope(lambdas, every_noise(step))))
    if degree > critical_degree:
        raise step.refuse(
            f"the Laplacian may grow like r^{degree}, and the decay has power {power}"
        )
    leading = reduce(
        Node.__add__,
        (c for monomial, c in laplacian.parts if sum(e for _, e in monomial) == degree),
    )
    critical = least_of(step) ** 2 / (number(Fraction(len(found)) ** (power - 2)) * leading)
    scope = Scope(lambdas, noise_below(step, s_0, critical))
    return Conclusion(V4Limit("degrees", scope), define=((s_0, critical),))


def degree_of(bound: Bound) -> int:
    """The degree of a polynomial in norms, 0 of nothing."""
    return max((sum(e for _, e in monomial) for monomial, _ in bound.parts), default=0)


def _rest_of(step: Step, pull: Pull) -> int:
    """The degree of what the outputs move by besides along the radius."""
    rest = without_zeros(step, pull.norm)
    require_names(step, *(coefficient for _, coefficient in rest.parts))
    return degree_of(rest)


def _degrees_of_slope(step: Step) -> Conclusion:
    """l' (K f + rest) >= -K (eta + l1 |o|) - l1 |rest|."""
    of_l1(step, 2)
    require_quantity(step, 4, "eta")
    return _by_degrees(step, of_residual(step, 3, of_l2(step, 2)), _rest_of(step, pull_of(step)))


def _degrees_of_cross_entropy(step: Step) -> Conclusion:
    """<p - e_y, K f + rest> >= -K log q - sqrt(2) |rest|."""
    return _by_degrees(step, of_cross_entropy(step), _rest_of(step, pull_of(step)))


def _degrees_of_square(step: Step) -> Conclusion:
    """c <e, K f + rest> >= -c (K |y| + |rest|)^2/(4 K)."""
    pull = pull_of(step)
    if not exponent_of(step, pull):
        raise step.refuse("the exponent of the net must be positive")
    return _by_degrees(step, of_square(step), 2 * _rest_of(step, pull))


# -- a bias of the outputs without decay, a square -------------------------------------------------


def _net_below_bias(step: Step) -> Net:
    """The net without its output bias; KernelError unless it has one, and all else that is trained is
    decayed.
    """
    architecture = architecture_of(step)
    if architecture.layers[-1].bias == "none":
        raise step.refuse("the outputs have a bias")
    _require_squares(step)
    try:
        return assembled(architecture, outer_bias=False)
    except KernelError as error:
        raise step.refuse(str(error)) from None


def _lambda_of_weights(step: Step) -> LambdaRange:
    """``decay_range`` of all that is trained but an output bias without decay."""
    architecture = architecture_of(step)
    found = norm_decays(architecture)
    own = (layer.decay for layer in architecture.layers)
    if any(decay is not None and decay <= 0 for decay in own):
        raise step.refuse("the decay of a layer is not positive")
    if lam in found:
        return positive(step)
    given_lambda = step.objective.lam
    return LambdaAbove(ZERO) if given_lambda is None else LambdaIs(given_lambda)


def _v2_with_bias(step: Step) -> Conclusion:
    value = _net_below_bias(step).value()
    return _v2_of_outputs(step, without_zeros(step, value.mean_norm))


def _v2_with_bias_of_bounded(step: Step) -> Conclusion:
    return _v2_of_outputs(step, _net_below_bias(step).bounded().value().mean_norm)


def _in_known_constants(step: Step, bound: Bound) -> InRadius:
    """``in_radius`` of one bound, for a claim that is written with its coefficients: a constant that no
    premise gives may be infinite.
    """
    found = in_radius(step, (bound,))
    require_names(step, found.constant, found.slope, found.square)
    return found


def _v2_of_outputs(step: Step, outputs: Bound) -> Conclusion:
    """With rms |f - c| <= A_0 + A_1 rho: |c|^2 <= 3 (E^2 + (A_0 + Y)^2 + A_1^2 rho^2), E^2 = mean |e|^2,
    and for 0 < t <= 1 the loss is at least (kappa t/2) E^2 where it is (kappa/2) |e|^2.
    """
    square, lambdas = number(square_of(step)), _lambda_of_weights(step)
    found = _in_known_constants(step, outputs)
    if found.square != ZERO:
        raise step.refuse("the outputs grow like a square of the weights")
    weights = blocks(architecture_of(step), outer_bias=False)
    decay = reduce(smaller, dict.fromkeys(block.decay for block in weights))
    part, own = ONE, tuple[Definition, ...]()
    if found.slope != ZERO:
        part, own = theta_0, ((theta_0, decay / (decay + 2 * square * found.slope**2)),)
    floor = ZERO - square * part * (found.constant + B_y) ** 2 / 2
    return Conclusion(
        V2(Scope(lambdas), floor, decay=lambda_0),
        define=(*own, (lambda_0, smaller(square * part / 3, decay / 2))),
    )


def _v4_with_bias(step: Step) -> Conclusion:
    """Moving the bias by K c: f moves by K f + rest."""
    net = _net_below_bias(step)
    pull = net.radial((ONE,) * sum(layer.trained for layer in net.layers))
    if exponent_of(step, pull) <= 0:
        raise step.refuse("the exponent of the net must be positive")
    return _v4_of_outputs(step, net, pull, net.value())


def _v4_with_bias_of_bounded(step: Step) -> Conclusion:
    """Moving the bias by c: f moves by rest + c, and c = e + y - (f - c)."""
    net = _net_below_bias(step)
    pull = net.radial((ONE,) * sum(layer.trained for layer in net.layers))
    value = net.bounded().value()
    if without_zeros(step, value.norm).parts and degree_of(value.norm):
        raise step.refuse("the outputs are not bounded but for the bias")
    if exponent_of(step, pull):
        raise step.refuse("an exponent of 0 is needed")
    return _v4_of_outputs(step, net, pull, value)


def _v4_of_outputs(step: Step, net: Net, pull: Pull, value: Value) -> Conclusion:
    """<grad L, v> >= m r^2 - b for a field |v| = O(r), and Laplacian L = O(r)."""
    lambdas, square = _lambda_of_weights(step), number(square_of(step))
    if _rest_of(step, pull) > 0:
        raise step.refuse("along the radius the outputs move by a multiple of r besides")
    outputs = without_zeros(step, value.mean_norm)
    require_names(step, *(coefficient for _, coefficient in outputs.parts))
    if degree_of(outputs) > 1:
        raise step.refuse("the outputs grow like a square of the weights")
    q = width(architecture_of(step), architecture_of(step).depth)
    of_bias = Bound.norm(symbol("|c|"))
    two = (Bound.of(B_y) + value.norm + of_bias).led_by(square)
    slope = Slope(two, two.led_by(root(q)), two, two)
    bounds = net.laplacian(slope, Bend.of_output(square, outputs=q))
    laplacian = without_zeros(step, sum(bounds, NOTHING))
    require_names(step, *(c for _, c in laplacian.parts))
    if degree_of(laplacian) > 1:
        raise step.refuse("the Laplacian is not seen to grow like r only")
    return Conclusion(V4Limit("output bias", Scope(lambdas, every_noise(step))))


# -- a bias of the output without decay, a convex loss of the margin, both labels ------------------


def _v2_with_labels(step: Step) -> Conclusion:
    return _v2_of_margins(step, _net_below_bias(step).value().norm)


def _v2_with_labels_of_bounded(step: Step) -> Conclusion:
    return _v2_of_margins(step, _net_below_bias(step).bounded().value().norm)


def _v2_of_margins(step: Step, outputs: Bound) -> Conclusion:
    """With |f - b| <= A_0 + A_1 w + A_2 w^2 some margin y f is at most -(|b| - A_0 - A_1 w - A_2 w^2),
    and phi(m) >= phi(0) - |phi'(0)| m.
    """
    lambdas, floor = _lambda_of_weights(step), step.premise(1, LossFloor).floor
    steep, own = _falling_slope(step)
    _require_both_labels(step)
    found, least = _in_known_constants(step, outputs), least_of(step)
    # Of lambda/2 w^2 a half goes against A_1 w, a quarter against A_2 w^2.
    of_bias, kept = steep / n, Fraction(1)
    if found.square != ZERO:
        of_bias = smaller(of_bias, least / (8 * found.square))
        kept -= Fraction(1, 4)
    if found.constant != ZERO:
        floor = floor - lambda_b * found.constant
    if found.slope != ZERO:
        floor = floor - (lambda_b * found.slope) ** 2 / least
        kept -= Fraction(1, 2)
    return Conclusion(
        V2(Scope(lambdas), None if floor == ZERO else floor, decay=lambda_0, bias=lambda_b),
        define=((lambda_b, of_bias), (lambda_0, number(kept) * least)),
        constants=own,
    )


def _falling_slope(step: Step) -> tuple[Node, tuple[Constant, ...]]:
    """|phi'(0)| of a convex phi of the margin that falls at 0, so that phi(m) >= phi(0) - |phi'(0)| m
    for every m.
    """
    loss = step.objective.loss
    if type(loss) is CrossEntropyLoss or not loss.classifies or outputs_of(step) != ONE:
        raise step.refuse("the loss is none of the margin")
    if require_quantity(step, 2, "dip").hi != 0:
        raise step.refuse("the loss is not known to be convex")
    (_, largest), _ = taylor_at_zero(loss, 1)
    if largest >= 0:
        raise step.refuse("the loss is not seen to fall at 0")
    return slope_at_zero(step)


def _require_both_labels(step: Step) -> None:
    """KernelError unless -1 and 1 occur among given labels."""
    data = step.objective.data
    if data is None:
        raise step.refuse("both labels have to occur, and the data are symbols")
    if (data.y_min, data.y_max) != (-1, 1):
        raise step.refuse("both labels have to occur")


def _v3_with_labels(step: Step) -> Conclusion:
    """The Gaussian integral times that of exp(-2 c |b|/s), which is s/c."""
    claim = step.premise(1, V2)
    if claim.bias is None or claim.slope is not None:
        raise step.refuse("a lower bound with a multiple of |b| is needed")
    exponent = None if claim.floor is None else -2 * claim.floor / s
    scope = Scope(claim.scope.lam, every_noise(step))
    return Conclusion(V3(scope, exponent, decay=claim.decay, bias=claim.bias))


# -- what follows ----------------------------------------------------------------------------------


def _villani(step: Step) -> Conclusion:
    v4 = step.premise(3, V4)
    return Conclusion(Villani(v4.route, v4.threshold, v4.scope))


def _villani_in_the_limit(step: Step) -> Conclusion:
    v4 = step.premise(3, V4Limit)
    return Conclusion(Villani(v4.route, ZERO, v4.scope))


def _gradient_lipschitz(step: Step, answer: Answer) -> Conclusion:
    """The Hessian of L is at most that of R and the largest decay."""
    _require_squares(step)
    lambdas = decay_range(step)
    bounds = step.objective.net.curvature(answer.slope, answer.bend)
    parts = (*bounds.upper, *bounds.lower, *(b for row in bounds.mixed for b in row))
    if any(degree_of(without_zeros(step, part)) for part in parts):
        raise step.refuse("the Hessian of R is not seen to be bounded")
    largest = reduce(larger, decays(architecture_of(step)))
    kept = HessianBounds(
        tuple(without_zeros(step, part) for part in bounds.upper),
        tuple(without_zeros(step, part) for part in bounds.lower),
        tuple(tuple(without_zeros(step, part) for part in row) for row in bounds.mixed),
    )
    return Conclusion(
        GradientLipschitz(gLip, Scope(lambdas)), define=((gLip, largest + kept.highest()),)
    )


def _lipschitz_of_residual(step: Step) -> Conclusion:
    return _gradient_lipschitz(step, of_residual(step, 3, of_l2(step, 2)))


def _lipschitz_of_square(step: Step) -> Conclusion:
    return _gradient_lipschitz(step, of_square(step))


def _lipschitz_of_cross_entropy(step: Step) -> Conclusion:
    return _gradient_lipschitz(step, of_cross_entropy(step))


_V4_QUADRATIC = (
    r"$\Delta L$ exceeds $\Delta R$ by $\sum_k\lambda^{(k)}N_k$, and a quadratic in $r$ with a positive "
    r"leading coefficient is at least $M$ for $r\ge r_0(M)$."
)
_HIGHEST = (
    r"Let $t$ be the last trained block whose norm $\Delta R$ grows with, if any."
    r" From output to input, the gradient in it is bounded, "
    r"$\|\nabla_tR\|\le g$, and in every other block by a polynomial in $\rho_t$; "
    r"$\Delta R\le K_2\rho_t^2+A\rho_t+B$. So "
    r"$\frac1s\|\nabla L\|^2-\Delta L\ge\frac1s(\lambda^{(t)}\rho_t-g)_+^2-K_2\rho_t^2-A\rho_t-\mathrm{const}$, "
    r"which for $sK_2<(\lambda^{(t)})^2$, for every $s$ if $K_2=0$, exceeds any number once $\rho_t$ is large; and where $\rho_t$ stays "
    r"bounded, so does $\Delta L$, while $\|\nabla_kL\|\ge\lambda^{(k)}\rho_k-\mathrm{const}$ tends to "
    r"infinity with the norm of some other block. "
)
_TWO_LAYERS = (
    r"Let $a$ be the weights of the head, $\|a\|$ their Frobenius norm, $h$ the features below it, "
    r"$|h_j|\le M_0$, $W$ the layer below with the input $v$, the loss $\frac c2|e|^2$ with $e=f-y$, and "
    r"$\mathcal E^2=\frac cn\sum_i|e_i|^2$, $Y^2=\frac cn\sum_i|y_i|^2$. As $f$ is linear in $a$, "
    r"$\langle\nabla_aR,a\rangle=\frac cn\sum_i\langle e_i,f_i\rangle\ge\mathcal E^2-\mathcal EY$, so "
    r"$\|\nabla_aL\|\ge\lambda_a\|a\|+(\mathcal E^2-\mathcal EY)/\|a\|$. $\Delta_aR$ is bounded, and "
    r"$\Delta_WR=\frac cn\sum_i|v_i|^2\sum_j(|a_j|^2\sigma_{ij}'^2+\langle e_i,a_j\rangle\sigma''_{ij})"
    r"\le A_a\|a\|^2+A_e\mathcal E^2$, $a_j$ the weights of unit $j$: "
)
_BY_ACTIVATION = (
    r"$|a_j|^2\sigma'^2+|a_j||e||\sigma''|\le T_\sigma|a_j|^2+c_\sigma|e|^2$ by the supremum of "
    r"$(\sigma')^2+(\sigma'')^2/(4c_\sigma)$, summed over the units and the samples."
)
_THEN_TWO_LAYERS = (
    r" With $w=\mathcal E^2/\|a\|^2$, $\frac1s\|\nabla_aL\|^2-\Delta_WR\ge\|a\|^2(\frac1s(\lambda_a+w)^2-"
    r"A_a-A_ew)-\frac{2Y}s\sqrt w\,\|a\|(\lambda_a+w)$, as $(x-y)_+^2\ge x^2-2xy$ for $x,y\ge0$. For "
    r"$s<s_0=\inf_{w\ge0}(\lambda_a+w)^2/(A_a+A_ew)=4(\lambda_a-m_a)/A_e+m_a^2/A_a$ the first "
    r"bracket is at least $\delta(1+w)^2$ for some $\delta>0$, and $\sqrt w(\lambda_a+w)\le "
    r"(\lambda_a+1)(1+w)^2$: the sum exceeds any number once $\|a\|$ is large, whatever $W$ is. Where "
    r"$\|a\|$ stays bounded, so do $f$, $e$, $\Delta R$ and $\nabla_WR$, and "
    r"$\|\nabla_WL\|\ge\lambda_W\|W\|-\mathrm{const}$."
)
_TWO_WITH_BIAS = (
    r" With $h$ bounded, $|f-b_D|\le\|a\|F$ for the bias $b_D$ of the outputs and $F^2=pM_0^2$, so "
    r"$|b_D|\le\bar e+\|a\|F+B_y$ with $\bar e^2=\frac1n\sum_i|e_i|^2$, so that $\mathcal E^2=c\,\bar e^2$, "
    r"and $\|a\|^2+|b_D|^2\le(1+2F^2)\|a\|^2+2\bar e^2$ up to lower order. As $f$ is linear in "
    r"$(a,b_D)$, $\langle\nabla_{(a,b_D)}L,(a,b_D)\rangle\ge q_a-\mathcal EY$ with $q_a=\lambda_a\|a\|^2+\mathcal E^2$, "
    r"which is at least $\min(\lambda_a/(1+2F^2),c/2)$ times $(1+2F^2)\|a\|^2+2\bar e^2$, and at least "
    r"$\min(\lambda_a/A_a,1/A_e)$ times $A_a\|a\|^2+A_e\mathcal E^2$. So $\|\nabla L\|^2\ge "
    r"s_0(A_a\|a\|^2+A_e\mathcal E^2)(1-o(1))$ as $\|a\|^2+\bar e^2\to\infty$, with the product $s_0$ of "
    r"these factors, while $\Delta_{b_D}R$ and $\Delta_aR$ are bounded. Where $\|a\|^2+\bar e^2$ stays bounded, so do "
    r"$b_D$, $\Delta R$ and $\nabla_WR$, and $\|\nabla_WL\|\ge\lambda_W\|W\|-\mathrm{const}$."
)
_DEGREES = (
    r"Let the penalty be $\sum_k\frac{\lambda^{(k)}}\nu\rho_k^\nu$, of $j$ blocks. Moving every "
    r"trained block along itself, $\langle\nabla L,\theta\rangle\ge\sum_k\lambda^{(k)}\rho_k^\nu-P_e$ with a "
    r"polynomial $P_e$ in the $\rho_k$ of a degree $<\nu$; as $\sum_k\rho_k^\nu\ge j^{1-\nu/2}r^\nu$, $\|\nabla L\|\ge j^{1-\nu/2}\min_k\lambda^{(k)}\,r^{\nu-1}(1-o(1))$. "
    r"$\Delta R$ is at most a polynomial in the $\rho_k$ of a degree $\le2\nu-2$, and "
    r"$\Delta\frac{\lambda^{(k)}}\nu\rho_k^\nu=\lambda^{(k)}(N_k+\nu-2)\rho_k^{\nu-2}$ is of a lower one. So "
    r"$\frac1s\|\nabla L\|^2-\Delta L\to\infty$, where the degree is $2\nu-2$ for "
    r"$s<j^{2-\nu}(\min_k\lambda^{(k)})^2/\Sigma$ with the sum $\Sigma$ of the leading "
    r"coefficients. "
)
_OUTPUT_BIAS = (
    r"Let $b_D$ be the bias of the outputs, $w$ the norm of all other parameters, $f=g+b_D$, $e=f-y$, "
    r"$\bar e^2=\frac1n\sum_i|e_i|^2$, and $\ell=\frac c2|e|^2$. "
)
_BOTH_LABELS = (
    r"Let $b_D$ be the bias of the output, $w$ the norm of all other parameters, $f=g+b_D$ with "
    r"$|g|\le A_0+A_1w+A_2w^2$. As both labels occur, some margin $v=yf$ is at most $|g|-|b_D|$; as "
    r"$\varphi$ is convex and falls at $0$, $\varphi(v)\ge\varphi(0)-|\varphi'(0)|v$, and $\varphi\ge\ell_-$ for the "
    r"others: $L\ge\ell_-+\frac\lambda2w^2+\mu(|b_D|-A_0-A_1w-A_2w^2)$ for every $0\le\mu\le|\varphi'(0)|/n$. Here "
)
_BIAS_ENDS = (
    r" The root mean square of $|g|$ is at most $A_0+A_1w$, so $\bar e\ge|b_D|-A_0-A_1w-B_y$ and the lower "
    r"bound is $\ge\delta r^2-\mathrm{const}$ with $\delta>0$; the field is $O(r)$, hence $\|\nabla L\|\ge "
    r"\delta'r-\mathrm{const}$ with $\delta'>0$. As $|e|\le|g|+|b_D|+|y|$, $\Delta L=O(r)$."
)
_SUPREMA = (Enclosed, Enclosed, Enclosed)

LAYER_CONDITIONS: tuple[Rule, ...] = (
    rule(
        "V1 of layers",
        (Smooth,),
        V1,
        _v1,
        r"$L$ is a composition of smooth functions.",
        lemma="cost_V1",
    ),
    rule(
        "V2 of layers",
        (Parameters, LossFloor),
        V2,
        _v2,
        r"The loss is bounded below, so $L\ge\inf\ell+\sum_k\frac{\lambda^{(k)}}2\rho_k^2$; for a penalty of "
        r"power $\nu$, $\frac1\nu\rho_k^\nu\ge\frac12\rho_k^2-\frac{\nu-2}{2\nu}$.",
        lemma="cost_V2",
    ),
    rule(
        "V2 with an output bias",
        (Parameters, Enclosed, Enclosed),
        V2,
        _v2_with_bias,
        _OUTPUT_BIAS
        + r"The root mean square of $|g|$ is at most $A_0+A_1w$, so $|b_D|^2\le3(\bar e^2+(A_0+B_y)^2+A_1^2w^2)$; "
        + r"with $\theta_0=\lambda/(\lambda+2cA_1^2)\le1$, $L\ge\frac\lambda2w^2+\frac{c\theta_0}2\bar e^2\ge"
        + r"\frac\lambda4w^2+\frac{c\theta_0}6|b_D|^2-\frac{c\theta_0}2(A_0+B_y)^2$.",
    ),
    rule(
        "V2 with an output bias, bounded",
        (Parameters, Enclosed),
        V2,
        _v2_with_bias_of_bounded,
        _OUTPUT_BIAS
        + r"$|g|\le A_0$, so $|b_D|^2\le3(\bar e^2+(A_0+B_y)^2)$ and $L\ge\frac\lambda2w^2+\frac c6|b_D|^2-"
        + r"\frac c2(A_0+B_y)^2$.",
    ),
    rule(
        "V2 with an output bias and both labels",
        (Parameters, LossFloor, OfLoss, Enclosed, Enclosed),
        V2,
        _v2_with_labels,
        _BOTH_LABELS
        + r"$\mu$ is $|\varphi'(0)|/n$, and at most $\lambda/(8A_2)$ where $A_2>0$: $\mu A_1w\le\frac\lambda4w^2+"
        + r"\mu^2A_1^2/\lambda$ and $\mu A_2w^2\le\frac\lambda8w^2$.",
    ),
    rule(
        "V2 with an output bias and both labels, bounded",
        (Parameters, LossFloor, OfLoss, Enclosed),
        V2,
        _v2_with_labels_of_bounded,
        _BOTH_LABELS
        + r"$\mu$ is $|\varphi'(0)|/n$, and at most $\lambda/(8A_2)$ where $A_2>0$: $\mu A_1w\le\frac\lambda4w^2+"
        + r"\mu^2A_1^2/\lambda$ and $\mu A_2w^2\le\frac\lambda8w^2$. Here $\sigma$ is bounded.",
    ),
    rule(
        "V3 with an output bias and both labels",
        (Parameters, V2),
        V3,
        _v3_with_labels,
        r"With $L\ge\mathrm{const}+\frac v2w^2+\mu|b_D|$, $w$ the norm of all parameters but the bias $b_D$ of the "
        r"output, the integral is at most the product of that of $e^{-vw^2/s}$, which is "
        r"$(\pi s/v)^{(N-1)/2}$, and $\int e^{-2\mu|b_D|/s}\,\mathrm db_D=s/\mu$.",
    ),
    rule(
        "V3 of layers",
        (Parameters, V2),
        V3,
        _v3,
        r"$\int e^{-2L/s}$ is at most the integral for the lower bound of $L$, and "
        r"$\int e^{-\lambda r^2/s}=(\pi s/\lambda)^{N/2}$.",
        lemma="cost_V3",
    ),
    replace(
        rule(
            "V4 of layers, bounded",
            (Parameters, RiskGradient, RiskLaplacian),
            V4,
            _v4_bounded,
            r"$\|\nabla L\|\ge\lambda_{\min}r-G$. " + _V4_QUADRATIC,
        ),
        proposal=LevelProposal,
    ),
    replace(
        rule(
            "V4 of layers, radial",
            (Parameters, Radial, RiskLaplacian),
            V4,
            _v4_radial,
            r"$\|\nabla L\|\,r\ge\langle\nabla L,\theta\rangle\ge\lambda_{\min}r^2-C-Dr$, so $\|\nabla "
            r"L\|\ge\lambda_{\min}r-E$ for $r\ge1$ with $E=C+D$. " + _V4_QUADRATIC,
        ),
        proposal=LevelProposal,
    ),
    rule(
        "V4 of the last layer",
        (Parameters, ChainRule, LossBounds, Residual, *_SUPREMA),
        V4Limit,
        _highest_of_residual,
        _HIGHEST + r"At the output $|\ell'|\le\rho$.",
    ),
    rule(
        "V4 of the last layer, cross-entropy",
        (Parameters, ChainRule, *_SUPREMA),
        V4Limit,
        _highest_of_cross_entropy,
        _HIGHEST + r"At the output $|\operatorname{softmax}(f)-e_y|\le\sqrt2$.",
    ),
    rule(
        "V4 of two layers",
        (Parameters, ChainRule, Enclosed, Enclosed),
        V4Limit,
        _v4_two_by_activation,
        _TWO_LAYERS + _BY_ACTIVATION + _THEN_TWO_LAYERS,
        lemma="v4_both",
    ),
    replace(
        rule(
            "V4 of two layers, shared",
            (Parameters, ChainRule, *_SUPREMA),
            V4Limit,
            _v4_two_by_share,
            _TWO_LAYERS
            + r"$\frac1n\sum_i|v_i|^2|e_i|\sum_j|a_j||\sigma''|\le M_2\sqrt p\,X_4\|a\|\,\bar e\le "
            + r"\vartheta\|a\|^2+pM_2^2X_4^2\bar e^2/(4\vartheta)$, $\bar e^2=\frac1n\sum_i|e_i|^2$."
            + _THEN_TWO_LAYERS,
        ),
        proposal=ShareProposal,
    ),
    rule(
        "V4 of two layers with an output bias",
        (Parameters, ChainRule, Enclosed, Enclosed),
        V4Limit,
        _v4_two_with_bias,
        _TWO_LAYERS + _BY_ACTIVATION + _TWO_WITH_BIAS,
    ),
    rule(
        "V4 by degrees",
        (Parameters, ChainRule, LossBounds, Residual, OfLoss, Enclosed, *_SUPREMA),
        V4Limit,
        _degrees_of_slope,
        _DEGREES + r"Here $\ell'f\ge-\eta-l_1|o|$ with the offset $o$.",
    ),
    rule(
        "V4 by degrees, cross-entropy",
        (Parameters, ChainRule, Enclosed, *_SUPREMA),
        V4Limit,
        _degrees_of_cross_entropy,
        _DEGREES
        + r"Here $\langle\operatorname{softmax}(f)-e_y,f\rangle\ge-\log d_{\mathrm{out}}$.",
    ),
    rule(
        "V4 by degrees, squared",
        (Parameters, ChainRule, Enclosed, *_SUPREMA),
        V4Limit,
        _degrees_of_square,
        _DEGREES
        + r"Here $\langle e,\mu f+\mathrm{rest}\rangle\ge-(\mu|y|+|\mathrm{rest}|)^2/(4\mu)$ for $e=f-y$ and "
        + r"a number $\mu>0$.",
    ),
    rule(
        "V4 with an output bias",
        (Parameters, ChainRule, Enclosed, *_SUPREMA),
        V4Limit,
        _v4_with_bias,
        _OUTPUT_BIAS
        + r"Moving every trained block along itself and $b_D$ by $\mu b_D$ moves $f$ by $\mu f+\mathrm{rest}$ "
        + r"with a bounded rest and $\mu>0$: the derivative of $L$ is at least $\lambda w^2+c\mu\bar e^2-c\,\bar "
        + r"e(\mu B_y+|\mathrm{rest}|)$."
        + _BIAS_ENDS,
    ),
    rule(
        "V4 with an output bias, bounded",
        (Parameters, ChainRule, Enclosed, Enclosed, *_SUPREMA),
        V4Limit,
        _v4_with_bias_of_bounded,
        _OUTPUT_BIAS
        + r"Here $|g|\le A_0$. Moving every trained block along itself and $b_D$ by $b_D$ moves $f$ by "
        + r"$\mathrm{rest}+b_D$ with a bounded rest and $b_D=e+y-g$: the derivative of $L$ is at least "
        + r"$\lambda w^2+c\,\bar e^2-c\,\bar e(B_y+A_0+|\mathrm{rest}|)$."
        + _BIAS_ENDS,
    ),
    replace(
        rule("Villani of layers", (V1, V2, V3, V4), Villani, _villani, r"V1--V4 together."),
        source="Villani 2009; arXiv:2004.06977",
    ),
    replace(
        rule(
            "Villani of layers, limit",
            (V1, V2, V3, V4Limit),
            Villani,
            _villani_in_the_limit,
            r"V1--V4 together.",
        ),
        source="Villani 2009; arXiv:2004.06977",
    ),
    rule(
        "gradient Lipschitz of layers",
        (Parameters, ChainRule, LossBounds, Residual, *_SUPREMA),
        GradientLipschitz,
        _lipschitz_of_residual,
        r"The Hessian of $L$ is that of $R$ and the decays; that of $R$ in $u_k$ is "
        r"$\mathcal J^{\mathsf T}\ell''\mathcal J+\mathcal E$, $\mathcal J$ the derivative of $f$ in $u_k$, and "
        r"each activation adds at most $M_2\max_j|g_j|$ to the norm of $\mathcal E$.",
    ),
    rule(
        "gradient Lipschitz of layers, cross-entropy",
        (Parameters, ChainRule, *_SUPREMA),
        GradientLipschitz,
        _lipschitz_of_cross_entropy,
        r"The Hessian of $L$ is that of $R$ and the decays; that of $R$ in $u_k$ is "
        r"$\mathcal J^{\mathsf T}\ell''\mathcal J+\mathcal E$ with $0\le\ell''\le\frac12$, $\mathcal J$ the "
        r"derivative of $f$ in $u_k$, and each activation adds at most $M_2\max_j|g_j|$ to the norm of "
        r"$\mathcal E$.",
    ),
    rule(
        "gradient Lipschitz of layers, squared",
        (Parameters, ChainRule, *_SUPREMA),
        GradientLipschitz,
        _lipschitz_of_square,
        r"The Hessian of $L$ is that of $R$ and the decays; that of $R$ in $u_k$ is "
        r"$c\mathcal J^{\mathsf T}\mathcal J+\mathcal E$, $\mathcal J$ the derivative of $f$ in $u_k$, and "
        r"$\mathcal E=0$ in the trained layers: no activation with $\sigma''\ne0$ follows them.",
    ),
)
