"""What is proved of the net of an architecture: V1 to V4 and a Lipschitz gradient.

Each function returns a fact of the kernel or raises Stuck with the open obligation.  A fact whose
scope has the noise ``NoiseBelow(critical)`` is for every s with 0 < s < critical.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from types import MappingProxyType

from proofkit.kernel.claims import V2, V4Limit
from proofkit.kernel.facts import Fact
from proofkit.kernel.formula import Constant
from proofkit.kernel.losses.cross_entropy import CrossEntropyLoss
from proofkit.kernel.network.architecture import Architecture
from proofkit.kernel.proposals import LevelProposal, ShareProposal, SupremumProposal
from proofkit.kernel.rules.activation import slope_and_curvature
from proofkit.kernel.univariate import balls
from proofkit.kernel.univariate.derivative import NotDifferentiableError, derivative
from proofkit.kernel.univariate.terms import Node
from proofkit.kernel.univariate.workspace import OpenError
from proofkit.search.proposals import propose
from proofkit.tactics.workbench import UNDECIDED, Stuck, Workbench

SAMPLES = (
    *(Fraction(k, 16) for k in range(-160, 161)),
    *(Fraction(sign, 2**k) for k in range(5, 16) for sign in (1, -1)),
)
"""Where sigma' and sigma'' are looked at for a suggestion."""
FEW = 64
"""The largest denominator of a suggested number."""
TINY = Fraction(1, 2**256)
"""What is smaller counts for nothing in a suggestion."""


def any_architecture_of(bench: Workbench) -> Architecture:
    """The layers; Stuck for the net without an architecture."""
    architecture = bench.objective.architecture
    if architecture is None:
        raise Stuck("the net has no architecture")
    return architecture


def architecture_of(bench: Workbench) -> Architecture:
    """The layers, of one activation; Stuck for several."""
    architecture = any_architecture_of(bench)
    if not architecture.one_activation:
        raise Stuck("the hidden layers have different activations, which is not covered yet")
    return architecture


def _is_cross_entropy(bench: Workbench) -> bool:
    return type(bench.objective.loss) is CrossEntropyLoss


def _has_output_bias(bench: Workbench) -> bool:
    """True for an output bias above fixed weights, and for one without decay above fixed features."""
    architecture = architecture_of(bench)
    last = architecture.layers[-1]
    if last.trained:
        return last.bias == "undecayed" and architecture.trained == (architecture.depth,)
    return last.bias != "none"


# -- what all rests on -----------------------------------------------------------------------------


def parameters(bench: Workbench) -> Fact:
    """The constants of the problem."""
    return bench.once("parameters of layers")


def derivation(bench: Workbench) -> Fact:
    """The chain rule."""
    return bench.once("derivation of layers")


def _residual(bench: Workbench) -> Fact:
    """|l'| <= rho for every theta."""
    if bench.objective.loss.square is None:
        return bench.once("bounded slope", bench.loss())
    names = ("S0", "S0") if bench.objective.symbolic else ("S_hi", "S_lo")
    suprema = (bench.enclosed(name) for name in names)
    return bench.once("bounded residual of layers", parameters(bench), *suprema)


def _suprema(bench: Workbench, *names: str) -> tuple[Fact, ...]:
    """Suprema of the activation, and its value at zero under the name sigma0."""
    return tuple(bench.at_zero() if name == "sigma0" else bench.enclosed(name) for name in names)


def _bounds(bench: Workbench) -> Iterator[tuple[str, tuple[Fact, ...], tuple[Fact, ...]]]:
    """The kinds of bounds of R: (the end of the names of their rules, what they know of the slope of
    the loss, what besides of the curvature), the sharper one first.
    """
    if _is_cross_entropy(bench):
        yield ", cross-entropy", (), ()
        return
    try:
        yield "", (_residual(bench),), (bench.loss(),)
    except UNDECIDED:
        if bench.objective.loss.square is None:
            raise
    if bench.objective.loss.square is not None:
        yield ", squared", (), ()


def _gradients(bench: Workbench) -> Iterator[Fact]:
    """||grad R|| <= G0 + G1 r."""
    for kind, slope, _ in _bounds(bench):
        suprema = _suprema(bench, "M1", "sigma0")
        premises = (parameters(bench), derivation(bench), *slope, *suprema)
        yield bench.once(f"gradient of layers{kind}", *premises)


def gradient(bench: Workbench) -> Fact:
    """||grad R|| <= G0 + G1 r, by the sharper of the bounds that apply."""
    return next(_gradients(bench))


def laplacian(bench: Workbench) -> Fact:
    """Laplacian R <= K_2 r^2 + A r + B."""
    stuck = Stuck("no bound of the Laplacian applies")
    for kind, slope, curvature in _bounds(bench):
        try:
            premises = (
                parameters(bench),
                derivation(bench),
                *curvature,
                *slope,
                *_suprema(bench, "M1", "M2", "sigma0"),
            )
            return bench.once(f"Laplacian of layers{kind}", *premises)
        except Stuck as why:
            stuck = why
    raise stuck


def radial_bound(bench: Workbench) -> Fact:
    """<grad R, theta> >= -C - D r."""
    suprema = _suprema(bench, "H", "M1")
    premises = (parameters(bench), derivation(bench))
    if _is_cross_entropy(bench):
        return bench.once("radial bound of layers, cross-entropy", *premises, *suprema)
    if bench.objective.loss.square is None:
        about_loss = (bench.loss(), bench.of_loss("eta"))
        return bench.once("radial bound of layers", *premises, *about_loss, *suprema)
    try:
        return bench.once("radial bound of layers, squared", *premises, *suprema)
    except Stuck as why:
        try:
            residual = _residual(bench)
            return bench.once("radial bound of layers, residual", *premises, residual, *suprema)
        except Stuck:
            raise why from None


# -- V1 to V3 --------------------------------------------------------------------------------------


def smooth(bench: Workbench) -> Fact:
    """V1."""
    return bench.infer("V1 of layers", bench.smooth())


def coercive(bench: Workbench) -> Fact:
    """V2."""
    # The lower bound of L by its penalty is one for any activations.
    if any_architecture_of(bench).layers[-1].bias == "undecayed":
        return _coercive_with_bias(bench)
    return bench.infer("V2 of layers", parameters(bench), _floor(bench))


def _floor(bench: Workbench) -> Fact:
    if _is_cross_entropy(bench):
        return bench.about_loss("infimum of the loss", "floor")
    return bench.floor()


def _coercive_with_bias(bench: Workbench) -> Fact:
    """V2 where the outputs have a bias without decay."""
    if bench.objective.loss.classifies and not _is_cross_entropy(bench):
        return _coercive_by_labels(bench)
    try:
        premises = (parameters(bench), *_suprema(bench, "S0"))
        return bench.infer("V2 with an output bias, bounded", *premises)
    except UNDECIDED:
        premises = (parameters(bench), *_suprema(bench, "M1", "sigma0"))
        return bench.infer("V2 with an output bias", *premises)


def _coercive_by_labels(bench: Workbench) -> Fact:
    """The same for a loss of the margin, where both labels occur."""
    rule = "V2 with an output bias and both labels"
    if bench.objective.symbolic:
        raise Stuck("both labels have to occur, and the data are symbols")
    about_loss = (parameters(bench), _floor(bench), bench.of_loss("dip"))
    try:
        return bench.infer(f"{rule}, bounded", *about_loss, *_suprema(bench, "S0"))
    except UNDECIDED:
        return bench.infer(rule, *about_loss, *_suprema(bench, "M1", "sigma0"))


def integrable(bench: Workbench, v2: Fact) -> Fact:
    """V3."""
    if isinstance(v2.claim, V2) and v2.claim.bias is not None:
        return bench.infer("V3 with an output bias and both labels", parameters(bench), v2)
    return bench.infer("V3 of layers", parameters(bench), v2)


# -- V4 --------------------------------------------------------------------------------------------


def bounded(bench: Workbench) -> Fact:
    """The slope of the loss is bounded, and one block is trained: ||grad R|| <= G."""
    return bench.infer(
        "V4 of layers, bounded",
        parameters(bench),
        gradient(bench),
        laplacian(bench),
        proposal=LevelProposal(bench.level),
    )


def radial(bench: Workbench) -> Fact:
    """z sigma' - kappa sigma bounded: <grad R, theta> >= -C - D r."""
    return bench.infer(
        "V4 of layers, radial",
        parameters(bench),
        radial_bound(bench),
        laplacian(bench),
        proposal=LevelProposal(bench.level),
    )


def last_layer(bench: Workbench) -> Fact:
    """The gradient in the last trained layer is bounded: s below lambda_t^2/K_2."""
    suprema = _suprema(bench, "S0", "M1", "M2")
    premises = (parameters(bench), derivation(bench))
    if _is_cross_entropy(bench):
        return bench.infer("V4 of the last layer, cross-entropy", *premises, *suprema)
    about_loss = (bench.loss(), _residual(bench))
    return bench.infer("V4 of the last layer", *premises, *about_loss, *suprema)


def two_layers(bench: Workbench) -> Fact:
    """The last two layers trained, a square, bounded features: s below s_0."""
    if bench.objective.loss.square is None:
        raise Stuck("the loss is no square of the residual")
    architecture = architecture_of(bench)
    if architecture.trained != (architecture.depth - 1, architecture.depth):
        raise Stuck("not exactly the last two layers are trained")
    if architecture.layers[-1].bias == "undecayed":
        return _two_by_activation(bench, "V4 of two layers with an output bias")
    found: list[Fact] = []
    why = Stuck("no division of the Laplacian between weights and residual was found")
    for attempt in (_two_by_activation, _two_by_share):
        try:
            found.append(attempt(bench))
        except Stuck as stuck:
            why = stuck
    if not found:
        raise why
    return max(found, key=_critical)


def _critical(fact: Fact) -> Fraction:
    """The s_0 of a fact, 0 where it has no value."""
    return _constant(fact, "s_0").lo or Fraction(0)


def _constant(fact: Fact, name: str) -> Constant:
    """A constant that a step introduces."""
    return next(c for c in fact.constants if c.name == name)


def _two_by_activation(bench: Workbench, rule: str = "V4 of two layers") -> Fact:
    """By the supremum of the squares of slope and curvature."""
    return bench.infer(
        rule,
        parameters(bench),
        derivation(bench),
        *_suprema(bench, "S0"),
        slope_beside_curvature(bench),
    )


def _two_by_share(bench: Workbench) -> Fact:
    """The best of some shares, by the values that they lead to."""
    premises = (parameters(bench), derivation(bench), *_suprema(bench, "S0", "M1", "M2"))

    def of_share(share: Fraction) -> Fact:
        proposal = ShareProposal(share)
        return bench.infer("V4 of two layers, shared", *premises, proposal=proposal)

    unit = _constant(parameters(bench), "X2").lo
    if unit is None or unit <= 0:
        return of_share(Fraction(1))
    candidates = [unit * Fraction(2) ** k for k in range(-12, 5, 2)]
    return max((of_share(share) for share in candidates), key=_critical)


def slope_beside_curvature(bench: Workbench) -> Fact:
    """T_c = sup(sigma'^2 + sigma''^2/(4 c)) for the least c that leaves T_c = M1^2, or so."""
    known = bench.library.kernel.get((bench.problem.activation_key, "T_c"))
    if known is not None:
        return known
    sigma = bench.objective.sigma
    try:
        factor = _least_factor(sigma)
        found = propose(slope_and_curvature(sigma, factor), "S_hi", budget=bench.library.budget)
    except (OpenError, NotDifferentiableError, ArithmeticError, ValueError) as error:
        raise Stuck(f"sup(sigma'^2 + sigma''^2/(4 c)) is open: {error}") from None
    proposal = SupremumProposal("T_c", factor, found.sides, found.exact, found.at)
    return bench.about_activation("slope and curvature", "T_c", proposal)


def _least_factor(sigma: Node) -> Fraction:
    """sup sigma''^2/(4 (M1^2 - sigma'^2)) over some points, rounded up.  Only a suggestion."""
    slope = derivative(sigma)
    slopes, bends = balls.Tape(slope), balls.Tape(derivative(slope))
    with balls.precision(128):
        pairs = [(_middle(slopes, z) ** 2, _middle(bends, z) ** 2) for z in (Fraction(0), *SAMPLES)]
    largest = max(square for square, _ in pairs)
    ratios = [bend / (4 * (largest - square)) for square, bend in pairs if square < largest]
    least = max(ratios, default=Fraction(0))
    if least <= 0:
        raise ValueError("sigma'' is 0")
    simple = least.limit_denominator(FEW)
    if simple < least * Fraction(999, 1000):
        simple += Fraction(1, FEW)
    return simple


def _middle(tape: balls.Tape, point: Fraction) -> Fraction:
    """About the value at a point; 0 for one below ``TINY``, of which a fraction would be long."""
    value = tape.series(balls.ball(point), 1)[0]
    if not value.is_finite():
        raise ValueError("a derivative of sigma is not finite")
    middle = value.mid()
    return Fraction(0) if abs(middle) < balls.ball(TINY) else balls.to_fraction(middle)


def degrees(bench: Workbench) -> Fact:
    """The decay is of a higher degree than the errors."""
    suprema = _suprema(bench, "H", "M1", "M2", "sigma0")
    premises = (parameters(bench), derivation(bench))
    if _is_cross_entropy(bench):
        return bench.infer("V4 by degrees, cross-entropy", *premises, *suprema)
    if bench.objective.loss.square is not None:
        return bench.infer("V4 by degrees, squared", *premises, *suprema)
    about_loss = (bench.loss(), _residual(bench), bench.of_loss("eta"))
    return bench.infer("V4 by degrees", *premises, *about_loss, *suprema)


def output_bias(bench: Workbench) -> Fact:
    """A square with a bias of the outputs above fixed weights, or above fixed features."""
    if not _has_output_bias(bench):
        raise Stuck("the outputs have no bias above fixed weights")
    premises = (parameters(bench), derivation(bench))
    suprema = _suprema(bench, "H", "M1", "M2", "sigma0")
    try:
        return bench.infer("V4 with an output bias", *premises, *suprema)
    except Stuck as why:
        if architecture_of(bench).trains_the_head:
            raise
        try:
            of_range = _suprema(bench, "S0")
        except UNDECIDED:
            raise why from None
        return bench.infer("V4 with an output bias, bounded", *premises, *of_range, *suprema)


ROUTES: Mapping[str, Callable[[Workbench], Fact]] = MappingProxyType(
    {
        "bounded": bounded,
        "radial": radial,
        "output bias": output_bias,
        "two layers": two_layers,
        "last layer": last_layer,
        "degrees": degrees,
    }
)


# -- what follows ----------------------------------------------------------------------------------


def villani(bench: Workbench, v1: Fact, v2: Fact, v3: Fact, v4: Fact) -> Fact:
    """V1 to V4 together."""
    rule = "Villani of layers, limit" if type(v4.claim) is V4Limit else "Villani of layers"
    return bench.infer(rule, v1, v2, v3, v4)


def gradient_lipschitz(bench: Workbench) -> Fact:
    """gLip, where the Hessian is bounded: with a fixed head, or with the head alone trained."""
    suprema = _suprema(bench, "M1", "M2", "sigma0")
    premises = (parameters(bench), derivation(bench))
    if _is_cross_entropy(bench):
        return bench.infer("gradient Lipschitz of layers, cross-entropy", *premises, *suprema)
    try:
        about_loss = (bench.loss(), _residual(bench))
    except UNDECIDED:
        if bench.objective.loss.square is None:
            raise
        return bench.infer("gradient Lipschitz of layers, squared", *premises, *suprema)
    return bench.infer("gradient Lipschitz of layers", *premises, *about_loss, *suprema)
