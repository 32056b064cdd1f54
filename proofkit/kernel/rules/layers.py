"""Bounds of the risk R and of its derivatives for the net of an architecture, for every theta.

Notation: theta = (theta_k) are the trained blocks with the norms rho_k, r^2 = sum_k rho_k^2, and the
net answers with polynomials in the rho_k (see ``network``).  Claims are about r alone, by

    sum_k b_k rho_k <= (sum_k b_k^2)^(1/2) r   and   sum_kl A_kl rho_k rho_l <= max_k sum_l A_kl r^2.

Several outputs have a loss whose gradient and Hessian in f are vectors and matrices; |l'| and |l''|
are their norms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce

from proofkit.kernel import symbols
from proofkit.kernel.claims import (
    ChainRule,
    Enclosed,
    LossBounds,
    OfLoss,
    Parameters,
    Radial,
    Residual,
    RiskGradient,
    RiskLaplacian,
)
from proofkit.kernel.formula import Constant, exact_value, names_in
from proofkit.kernel.inference import Conclusion, Rule, Step
from proofkit.kernel.losses.cross_entropy import CrossEntropyLoss
from proofkit.kernel.network.architecture import Architecture, FixedWeights
from proofkit.kernel.network.assembled import (
    decay_of,
    laplacian_of_penalty,
    least_decay,
    norms_of_fixed,
    number_of_parameters,
    width,
)
from proofkit.kernel.network.bound import NOTHING, Bound
from proofkit.kernel.network.layer import Bend, Pull, Slope
from proofkit.kernel.network.writing import less, root
from proofkit.kernel.rules.activation import require_smooth_loss, smoothness_of_term
from proofkit.kernel.rules.loss import of_l1, of_l2, require_quantity, square_of
from proofkit.kernel.rules.problem import given
from proofkit.kernel.symbols import (
    G0,
    G1,
    K_2,
    Y2,
    A,
    B,
    B_y,
    C,
    D,
    G,
    K,
    N,
    P,
    d_out,
    eta,
    kappa,
    lam,
    lambda_min,
    larger,
    log,
    number,
    r,
    rho,
    sqrt,
    y_max,
    y_min,
)
from proofkit.kernel.univariate.terms import ONE, ZERO, Node, num

Definition = tuple[Node, Node]


def architecture_of(step: Step) -> Architecture:
    """The layers; KernelError for the net without an architecture."""
    architecture = step.objective.architecture
    if architecture is None:
        raise step.refuse("the net has no architecture")
    return architecture


def outputs_of(step: Step) -> Node:
    """The number of outputs, 1 for one."""
    architecture = architecture_of(step)
    return width(architecture, architecture.depth)


# -- the numbers of the problem --------------------------------------------------------------------


def _parameters(step: Step) -> Conclusion:
    """The sizes of the layers, the decays, the norms of fixed layers, the data."""
    objective, architecture = step.objective, architecture_of(step)
    _require_targets(step)
    constants = [given(symbols.lam, objective.lam), given(symbols.s, objective.noise)]
    of_data, defined = _of_data(step)
    of_fixed, norms = _of_fixed_layers(architecture)
    constants += [*of_data, *_widths(architecture), *_decays(architecture), *of_fixed]
    defined += [*norms, (N, number_of_parameters(architecture))]
    least = least_decay(architecture)
    if least not in (lam, ZERO):
        defined += [(lambda_min, least), (P, laplacian_of_penalty(architecture))]
    return Conclusion(Parameters(), tuple(defined), tuple(constants))


def _require_targets(step: Step) -> None:
    """KernelError for data without the targets of several outputs."""
    objective, architecture = step.objective, architecture_of(step)
    several = architecture.outputs != 1 and type(objective.loss) is not CrossEntropyLoss
    if several and not objective.symbolic:
        raise step.refuse("the data have one target, and the loss is a square of several outputs")


def _of_data(step: Step) -> tuple[list[Constant], list[Definition]]:
    """Those of the samples; X4^2 = mean |x|^4 <= B_x^2 X2."""
    data = step.objective.data
    spread = (symbols.X4, symbols.B_x * sqrt(symbols.X2))
    if data is None:
        names = (symbols.n, symbols.d, symbols.B_x, symbols.B_y)
        bounds = [(symbols.Lambda_S, symbols.B_x**2), (symbols.X2, symbols.B_x**2)]
        return [given(symbol, None) for symbol in names], [*bounds, spread]
    exact = [
        given(symbols.n, data.n),
        given(symbols.d, data.d),
        given(symbols.X2, data.x_square_mean),
        Constant(str(symbols.Lambda_S.value), None, *data.Lambda_S),
    ]
    if type(step.objective.loss) is not CrossEntropyLoss:
        exact += [
            given(symbols.B_y, data.B_y),
            given(symbols.Y1, data.y_abs_mean),
            given(symbols.Y2, data.y_square_mean),
            given(symbols.y_min, data.y_min),
            given(symbols.y_max, data.y_max),
        ]
    return exact, [(symbols.B_x, sqrt(number(data.B_x_squared))), spread]


def _widths(architecture: Architecture) -> list[Constant]:
    """p_1, ..., and d_out of several outputs."""
    named = ((width(architecture, k), layer) for k, layer in enumerate(architecture.layers, 1))
    return [given(name, layer.units) for name, layer in named if name != ONE]


def _decays(architecture: Architecture) -> list[Constant]:
    """lambda_k where a layer has a decay of its own."""
    return [
        given(decay_of(architecture, k), layer.decay)
        for k, layer in enumerate(architecture.layers, 1)
        if layer.decay is not None
    ]


def _of_fixed_layers(architecture: Architecture) -> tuple[list[Constant], list[Definition]]:
    """The norms of every fixed layer."""
    constants: list[Constant] = []
    defined: list[Definition] = []
    for k, layer in enumerate(architecture.layers, 1):
        if layer.trained:
            continue
        exact, roots = _norms(architecture, k, layer.weights)
        constants += exact
        defined += roots
    return constants, defined


def _norms(
    architecture: Architecture, layer: int, weights: FixedWeights | None
) -> tuple[list[Constant], list[Definition]]:
    """Those of one fixed layer, symbols where its weights are; those of a single row are a_1, ..."""
    named = norms_of_fixed(architecture, layer)
    norms = tuple(
        dict.fromkeys((named.row_1, named.operator, named.frobenius, named.largest)),
    )
    if weights is None:
        return [given(symbol, None) for symbol in norms], []
    exact = [given(named.row_1, weights.row_1), given(named.largest, weights.largest)]
    if named.plus is not None and named.minus is not None:
        exact += [given(named.plus, weights.plus), given(named.minus, weights.minus)]
    roots = {
        named.operator: sqrt(number(weights.operator_squared)),
        named.frobenius: sqrt(number(weights.frobenius_squared)),
    }
    if named.apart is not None and weights.apart is not None:
        exact += [
            given(named.apart.one, weights.apart.one),
            given(named.apart.largest, weights.apart.largest),
        ]
        roots[named.apart.two] = sqrt(number(weights.apart.two_squared))
    return exact, list(roots.items())


# -- the derivatives of L --------------------------------------------------------------------------


def require_smooth_layers(step: Step) -> None:
    """KernelError unless every activation and the loss are infinitely differentiable."""
    for level, sigma in enumerate(architecture_of(step).activations, 1):
        _, found = smoothness_of_term(step, sigma)
        if found.order is not None:
            raise step.refuse(
                f"the activation of layer {level} is only C^{found.order}, at z = {found.where}"
            )
    require_smooth_loss(step)


def _derivation(step: Step) -> Conclusion:
    """The chain rule for smooth activations and a smooth loss, layer by layer."""
    require_smooth_layers(step)
    return Conclusion(ChainRule())


def require_names(step: Step, *formulas: Node) -> None:
    """KernelError where no premise gives a constant of a formula."""
    used = {name for formula in formulas for name in names_in(formula)}
    missing = sorted(used - set(step.known))
    if missing:
        raise step.refuse(f"no premise gives {', '.join(missing)}")


# -- what a loss says of its slope and its curvature in f ------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """The gradient and the Hessian of the loss in the outputs."""

    slope: Slope
    bend: Bend


def of_residual(step: Step, residual: int, curvature: Node | None = None) -> Answer:
    """|l'| <= rho of a premise: of q outputs |l'|_1 <= sqrt(q) rho.  ``curvature`` bounds |l''|."""
    bound = Bound.of(step.premise(residual, Residual).bound)
    q = outputs_of(step)
    slope = Slope(bound, bound.led_by(root(q)), bound, bound)
    return Answer(slope, Bend.of_output(ONE if curvature is None else curvature, outputs=q))


def of_cross_entropy(step: Step) -> Answer:
    """softmax(f) - e_y and diag(p) - p p^T; KernelError for another loss."""
    require_cross_entropy(step)
    return Answer(Slope.of_cross_entropy(), Bend.of_cross_entropy())


def require_cross_entropy(step: Step) -> None:
    """KernelError for another loss."""
    if type(step.objective.loss) is not CrossEntropyLoss:
        raise step.refuse("only cross-entropy")


def of_square(step: Step) -> Answer:
    """l' = c (f - y) with |f - y| <= |f| + B_y, and its root mean square at most that of |f| and y."""
    factor, q, value = square_of(step), outputs_of(step), step.objective.net.value()
    scaled = number(factor)
    two = (Bound.of(B_y) + value.norm).led_by(scaled)
    mean = (Bound.of(mean_target(step)) + value.mean_norm).led_by(scaled)
    return Answer(
        Slope(two, two.led_by(root(q)), two, mean), Bend.of_output(number(factor), outputs=q)
    )


def mean_target(step: Step) -> Node:
    """The root mean square of |y|, at most B_y while data are symbols."""
    return B_y if step.objective.symbolic else sqrt(Y2)


# -- polynomials in the norms of the blocks --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InRadius:
    """constant + slope r + square r^2."""

    constant: Node
    slope: Node
    square: Node


def without_zeros(step: Step, bound: Bound) -> Bound:
    """The bound without the parts whose coefficient is exactly 0."""
    return Bound(
        tuple(
            (monomial, coefficient)
            for monomial, coefficient in bound.parts
            if not vanishes(step, coefficient)
        )
    )


def vanishes(step: Step, given_term: Node) -> bool:
    """True for a formula that is seen to be 0: by a factor that is exactly 0, in every summand."""
    match given_term.op:
        case "mul":
            return any(vanishes(step, factor) for factor in given_term.args)
        case "add":
            return all(vanishes(step, part) for part in given_term.args)
        case "pow" if given_term.rational > 0:
            return vanishes(step, given_term.args[0])
        case _:
            return exact_value(given_term, step.known) == 0


def in_radius(step: Step, bounds: Iterable[Bound]) -> InRadius:
    """The sum of some bounds as a polynomial in r; KernelError where its degree exceeds 2."""
    total = without_zeros(step, sum(bounds, NOTHING))
    slopes: list[Node] = []
    rows: dict[str, Node] = {}
    for monomial, coefficient in total.parts:
        degree = sum(exponent for _, exponent in monomial)
        if degree > 2:
            raise step.refuse(f"the bound grows like r^{degree}")
        if degree == 1:
            slopes.append(coefficient)
        if degree == 2:
            share = coefficient / len(monomial)
            for name, _ in monomial:
                rows[name] = rows.get(name, ZERO) + share
    squares = list(rows.values())
    return InRadius(
        total.constant, _euclidean(slopes), reduce(larger, squares) if squares else ZERO
    )


def _euclidean(entries: list[Node]) -> Node:
    """(b_1^2 + ... + b_m^2)^(1/2), 0 of none."""
    if len(entries) < 2:
        return entries[0] if entries else ZERO
    return sqrt(sum((entry**2 for entry in entries[1:]), entries[0] ** 2))


# -- the residual ----------------------------------------------------------------------------------


def _bounded_residual(step: Step) -> Conclusion:
    """|l'| = c |f - y| for outputs in a bounded set, of one output in an interval."""
    square = square_of(step)
    value = step.objective.net.bounded().value()
    one = outputs_of(step) == ONE
    if one and not step.objective.symbolic and value.low is not None and value.high is not None:
        bound = larger(value.high - y_min, less(y_max, value.low))
        return Conclusion(Residual(rho), define=((rho, square * bound),))
    (largest,) = value.norm.coefficients(r, 0)
    return Conclusion(Residual(rho), define=((rho, square * (B_y + largest)),))


# -- gradient and Laplacian ------------------------------------------------------------------------


def _gradient(step: Step, slope: Slope) -> Conclusion:
    """||grad R|| from the bounds of each block: the square root of the sum of their squares, which is
    at most the sum of the bounds of two parts, constants and multiples of norms.
    """
    each = [without_zeros(step, bound) for bound in step.objective.net.gradient(slope)]
    parts = [in_radius(step, (bound,)) for bound in each]
    if any(part.square != ZERO for part in parts):
        raise step.refuse("the bound grows like r^2")
    constant = _euclidean([part.constant for part in parts if part.constant != ZERO])
    multiple = _euclidean([part.slope for part in parts if part.slope != ZERO])
    if multiple == ZERO:
        return Conclusion(RiskGradient(G), define=((G, constant),))
    return Conclusion(RiskGradient(G0, G1), define=((G0, constant), (G1, multiple)))


def _laplacian(step: Step, answer: Answer) -> Conclusion:
    """The sum of the bounds of all blocks."""
    total = in_radius(step, step.objective.net.laplacian(answer.slope, answer.bend))
    if total.square == total.slope == ZERO:
        return Conclusion(RiskLaplacian(K), define=((K, total.constant),))
    bounds = ((B, total.constant), (A, total.slope))
    if total.square == ZERO:
        return Conclusion(RiskLaplacian(B, A), define=bounds)
    return Conclusion(RiskLaplacian(B, A, K_2), define=(*bounds, (K_2, total.square)))


def _gradient_of_residual(step: Step) -> Conclusion:
    return _gradient(step, of_residual(step, 2).slope)


def _gradient_of_cross_entropy(step: Step) -> Conclusion:
    return _gradient(step, of_cross_entropy(step).slope)


def _gradient_of_square(step: Step) -> Conclusion:
    return _gradient(step, of_square(step).slope)


def _laplacian_of_residual(step: Step) -> Conclusion:
    return _laplacian(step, of_residual(step, 3, of_l2(step, 2)))


def _laplacian_of_cross_entropy(step: Step) -> Conclusion:
    return _laplacian(step, of_cross_entropy(step))


def _laplacian_of_square(step: Step) -> Conclusion:
    return _laplacian(step, of_square(step))


# -- along the radius ------------------------------------------------------------------------------


def pull_of(step: Step) -> Pull:
    """How f moves where every trained block moves along itself: K f + rest, K a formula in kappa."""
    net = step.objective.net
    exponent = step.constant(kappa).lo
    if exponent is None or exponent < 0:
        raise step.refuse("kappa must be a rational >= 0")
    return net.radial((ONE,) * sum(layer.trained for layer in net.layers))


def exponent_of(step: Step, pull: Pull) -> Fraction:
    """The number K of a pull."""
    found = exact_value(pull.exponent, step.known)
    if found is None:
        raise step.refuse("the exponent of the net is no number")
    return found


def rest_of(step: Step, pull: Pull) -> InRadius:
    """|rest| <= constant + slope r; KernelError where it grows faster."""
    rest = in_radius(step, (pull.norm,))
    if rest.square != ZERO:
        raise step.refuse("along the radius the outputs move by a multiple of r^2 besides")
    return rest


def _radial_of_slope(step: Step) -> Conclusion:
    """l' f >= -eta - l1 |o| with the offset o, and |<l', rest>| <= l1 |rest|."""
    slope = of_l1(step, 2)
    require_quantity(step, 3, "eta")
    if outputs_of(step) != ONE:
        raise step.refuse("of a single output")
    pull = pull_of(step)
    rest, exponent = rest_of(step, pull), exponent_of(step, pull)
    offset = step.objective.loss.mean_offset(step.objective.symbolic)
    whole = exponent * (eta + slope * offset)
    return Conclusion(
        Radial(C, D), define=((C, whole + slope * rest.constant), (D, slope * rest.slope))
    )


def _radial_of_residual(step: Step) -> Conclusion:
    """|<l', K f + rest>| <= rho |rest| where K = 0."""
    bound, pull = step.premise(2, Residual).bound, pull_of(step)
    if exponent_of(step, pull):
        raise step.refuse("an exponent of 0 is needed")
    rest = rest_of(step, pull)
    return Conclusion(Radial(C, D), define=((C, bound * rest.constant), (D, bound * rest.slope)))


def _radial_of_cross_entropy(step: Step) -> Conclusion:
    """<p - e_y, f> = l - H(p) >= -log q, as f_k = log p_k + log sum exp f; |p - e_y| <= sqrt 2."""
    require_cross_entropy(step)
    pull = pull_of(step)
    rest, exponent, slope = rest_of(step, pull), exponent_of(step, pull), sqrt(num(2))
    least = exponent * log(d_out) if exponent else ZERO
    return Conclusion(
        Radial(C, D), define=((C, least + slope * rest.constant), (D, slope * rest.slope))
    )


def _radial_of_square(step: Step) -> Conclusion:
    """c <e, K f + rest> = c (K |e|^2 + <e, K y + rest>) >= -c (K |y| + |rest|)^2/(4 K)."""
    square, pull = square_of(step), pull_of(step)
    rest, exponent = rest_of(step, pull), exponent_of(step, pull)
    if not exponent:
        raise step.refuse("the exponent of the net must be positive")
    if rest.slope != ZERO:
        raise step.refuse("along the radius the outputs move by a multiple of r besides")
    mean = step.objective.loss.mean_square(number(exponent), rest.constant, step.objective.symbolic)
    return Conclusion(Radial(C, D), define=((C, square * mean / (4 * exponent)), (D, ZERO)))


def rule(
    name: str,
    premises: tuple[type, ...],
    conclusion: type,
    check: Callable[[Step], Conclusion],
    reason: str,
    lemma: str = "",
) -> Rule:
    """A rule about the objective of an architecture."""
    return Rule(
        name=name,
        about="objective",
        premises=premises,
        conclusion=conclusion,
        check=check,
        reason=reason,
        lemma=lemma,
        nets="layers",
    )


_BLOCKS = (
    r"With $g$ the gradient of the loss in $u_k=W_kv_k+b_k$, "
    r"$\nabla_kR=\frac1n\sum_ig_iv_i^{\mathsf T}$. "
)
_BACKWARDS = (
    r"Backwards, $|W^{\mathsf T}g|\le\|W\|_F|g|$ for a trained layer, $\|W\||g|$ for a fixed one, and "
    r"$|\sigma'(u)\odot g|\le M_1|g|$; forwards, $|W_kv+b_k|\le\rho_k(|v|^2+1)^{1/2}$ and "
    r"$|\sigma(u)-\sigma(0)|\le M_1|u|$. "
)
_TRACE = (
    r"$\Delta_kR=\frac1n\sum_i|v_i|^2\operatorname{tr}\mathcal H_i$ with $\mathcal H$ the Hessian of the "
    r"loss in $u_k$; backwards it is $\mathcal D\mathcal H\mathcal D+\operatorname{diag}(\sigma''(u)\odot "
    r"g)$ with $\mathcal D=\operatorname{diag}\sigma'(u)$ through an activation, and $W^{\mathsf T}\mathcal "
    r"HW$ through a layer, so that its nuclear norm grows to at most $M_1^2\|\mathcal H\|_*+M_2|g|_1$ and "
    r"to $\|W\|_F^2\|\mathcal H\|$. "
)
_IN_RADIUS = (
    r"Products of two norms are bounded by $r^2$: $\sum_{k,l}A_{kl}\rho_k\rho_l\le "
    r"\max_k\sum_lA_{kl}\,r^2$ for a symmetric matrix with entries $\ge0$."
)
_ALONG = (
    r"Where every trained block moves along itself, $u_k$ moves by $(\delta_k+\mu)u_k+W_k\,\mathrm{rest}-"
    r"\mu b_k$ if $v_k$ moves by $\mu v_k+\mathrm{rest}$, with $\delta_k=1$ where $W_k$ is trained and "
    r"$\delta_k=0$ where it is fixed; and if $u$ moves by $\mu u+\mathrm{rest}$, $\sigma(u)$ moves by "
    r"$\kappa\mu\sigma(u)+\mu(u\sigma'(u)-\kappa\sigma(u))+\sigma'(u)\,\mathrm{rest}$, with "
    r"$|z\sigma'-\kappa\sigma|\le H$; so $f$ moves by $\mu f+\mathrm{rest}$. "
)

LAYERS: tuple[Rule, ...] = (
    rule(
        "parameters of layers",
        (),
        Parameters,
        _parameters,
        r"Constants of the problem; $\Lambda_S=\lambda_{\max}(S)\le B_x^2$, "
        r"$X_2=\frac1n\sum_i\|x_i\|^2\le B_x^2$ and $X_4^2=\frac1n\sum_i\|x_i\|^4\le B_x^2X_2$.",
    ),
    rule(
        "derivation of layers",
        (),
        ChainRule,
        _derivation,
        r"$L$ is a composition of smooth functions, so the chain rule holds layer by layer.",
    ),
    rule(
        "bounded residual of layers",
        (Parameters, Enclosed, Enclosed),
        Residual,
        _bounded_residual,
        r"$|\ell'_i|=c|f_i-y_i|\le\rho$, as the features below the last layer, which is fixed, are "
        r"bounded.",
    ),
    rule(
        "gradient of layers",
        (Parameters, ChainRule, Residual, Enclosed, Enclosed),
        RiskGradient,
        _gradient_of_residual,
        _BLOCKS + _BACKWARDS + r"At the output $|g|\le\rho$.",
    ),
    rule(
        "gradient of layers, cross-entropy",
        (Parameters, ChainRule, Enclosed, Enclosed),
        RiskGradient,
        _gradient_of_cross_entropy,
        _BLOCKS + _BACKWARDS + r"At the output $g=\operatorname{softmax}(f)-e_y$ is a convex "
        r"combination of differences $e_k-e_y$, so $|g|\le\sqrt2$.",
        lemma="many_gradient",
    ),
    rule(
        "gradient of layers, squared",
        (Parameters, ChainRule, Enclosed, Enclosed),
        RiskGradient,
        _gradient_of_square,
        _BLOCKS + _BACKWARDS + r"At the output $|g|=c|f-y|\le c(|f|+|y|)$.",
    ),
    rule(
        "Laplacian of layers",
        (Parameters, ChainRule, LossBounds, Residual, Enclosed, Enclosed, Enclosed),
        RiskLaplacian,
        _laplacian_of_residual,
        _TRACE + r"At the output $|g|\le\rho$ and $\|\mathcal H\|\le\ell''_{\max}$. " + _IN_RADIUS,
    ),
    rule(
        "Laplacian of layers, cross-entropy",
        (Parameters, ChainRule, Enclosed, Enclosed, Enclosed),
        RiskLaplacian,
        _laplacian_of_cross_entropy,
        _TRACE
        + r"At the output $|g|\le\sqrt2$, $|g|_1\le2$, and "
        + r"$\mathcal H=\operatorname{diag}(\pi)-\pi\pi^{\mathsf T}$ for $\pi=\operatorname{softmax}(f)$ lies "
        + r"between $0$ and $\frac12$, of trace at most $1$. "
        + _IN_RADIUS,
        lemma="many_laplacian",
    ),
    rule(
        "Laplacian of layers, squared",
        (Parameters, ChainRule, Enclosed, Enclosed, Enclosed),
        RiskLaplacian,
        _laplacian_of_square,
        _TRACE + r"At the output $|g|\le c(|f|+|y|)$ and $\mathcal H=c$. " + _IN_RADIUS,
    ),
    rule(
        "radial bound of layers",
        (Parameters, ChainRule, LossBounds, OfLoss, Enclosed, Enclosed),
        Radial,
        _radial_of_slope,
        _ALONG
        + r"$\ell'f\ge-\eta-l_1|o|$ with the offset $o$, and $|\ell'\,\mathrm{rest}|\le "
        + r"l_1|\mathrm{rest}|$.",
    ),
    rule(
        "radial bound of layers, residual",
        (Parameters, ChainRule, Residual, Enclosed, Enclosed),
        Radial,
        _radial_of_residual,
        _ALONG + r"Here $\mu=0$, and $|\langle\ell',\mathrm{rest}\rangle|\le\rho|\mathrm{rest}|$.",
    ),
    rule(
        "radial bound of layers, cross-entropy",
        (Parameters, ChainRule, Enclosed, Enclosed),
        Radial,
        _radial_of_cross_entropy,
        _ALONG
        + r"With $\pi=\operatorname{softmax}(f)$, $\log\pi_k=f_k-\log\sum_le^{f_l}$, so "
        + r"$\langle\pi-e_y,f\rangle=\ell+\sum_k\pi_k\log\pi_k\ge-\log d_{\mathrm{out}}$; and "
        + r"$|\pi-e_y|\le\sqrt2$.",
    ),
    rule(
        "radial bound of layers, squared",
        (Parameters, ChainRule, Enclosed, Enclosed),
        Radial,
        _radial_of_square,
        _ALONG
        + r"With $e=f-y$ and $\mu>0$, $c\langle e,\mu f+\mathrm{rest}\rangle=c(\mu|e|^2+\langle "
        + r"e,\mu y+\mathrm{rest}\rangle)\ge-\frac c{4\mu}(\mu|y|+|\mathrm{rest}|)^2$, completing the square.",
    ),
)
