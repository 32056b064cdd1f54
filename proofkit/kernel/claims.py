"""What the kernel can claim: typed terms, with the hypotheses of each inside it.

Notation: W is trained, r = ||W||_F, N = p d; R is the mean loss, L = R + (lambda/2) r^2;
mu_s is the law with a density proportional to exp(-2 L/s).  A term such as ``G`` is a constant that
the step introduces or rests on, or a formula in such constants.

Sentences, LaTeX, JSON and Coq are printed from these classes, in other packages; nothing is read
back from a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from proofkit.kernel.formula import Place
from proofkit.kernel.univariate.terms import Node

# -- for which lambda, s and outer weights ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AnyLambda:
    """Every real lambda."""


@dataclass(frozen=True, slots=True)
class LambdaIs:
    """The lambda of the objective, a number."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class LambdaAbove:
    """Every lambda above a threshold."""

    threshold: Node


@dataclass(frozen=True, slots=True)
class LambdaAtMostZero:
    """Every lambda <= 0."""


@dataclass(frozen=True, slots=True)
class LambdaBelow:
    """Every lambda with 0 <= lambda < threshold."""

    threshold: Node


LambdaRange = AnyLambda | LambdaIs | LambdaAbove | LambdaAtMostZero | LambdaBelow


@dataclass(frozen=True, slots=True)
class AnyNoise:
    """Every s > 0."""


@dataclass(frozen=True, slots=True)
class NoiseIs:
    """The s of the objective, a number."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class NoiseFrom:
    """Every s that is at least a critical one, s > 0."""

    critical: Node


@dataclass(frozen=True, slots=True)
class NoiseUpTo:
    """Every s in (0, largest]."""

    largest: Node


@dataclass(frozen=True, slots=True)
class NoiseIsIfUpTo:
    """The s of the objective, provided that it is at most a number that has no value here."""

    value: Fraction
    largest: Node


@dataclass(frozen=True, slots=True)
class NoiseBelow:
    """Every s with 0 < s < critical."""

    critical: Node


NoiseRange = AnyNoise | NoiseIs | NoiseFrom | NoiseUpTo | NoiseIsIfUpTo | NoiseBelow


@dataclass(frozen=True, slots=True)
class Scope:
    """The hypotheses of a claim: its lambda, its s, and of arbitrary outer weights their sign.

    A claim that says nothing of s has ``noise`` None.  ``one_sign`` is the hypothesis that all
    outer weights have one sign, where they are symbols.
    """

    lam: LambdaRange
    noise: NoiseRange | None = None
    one_sign: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement; the base of the classes below."""


# -- the activation --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Smooth(Claim):
    """sigma is infinitely differentiable on R."""


@dataclass(frozen=True, slots=True)
class NotSmooth(Claim):
    """sigma is C^order; its derivative of order ``order + 1`` is the first to jump.

    ``at`` is the place when it is an exact rational; ``near`` says in decimals where it is.
    """

    order: int
    at: Fraction | None
    near: str


@dataclass(frozen=True, slots=True)
class Enclosed(Claim):
    """A quantity of sigma lies in [lo, hi].

    S0 = sup |sigma|, S_hi = sup sigma, S_lo = inf sigma, Mk = sup |sigma^(k)|, fall = sup -sigma',
    sigma0 = |sigma(0)|, and with the parameter k: H = sup |z sigma' - k sigma|,
    H_lo = sup(k sigma - z sigma')_+, H_hi = sup(z sigma' - k sigma)_+, S_alpha = sup |sigma - k z|,
    T_c = sup(sigma'^2 + sigma''^2/(4 k)).
    """

    quantity: str
    parameter: Fraction | None
    lo: Fraction
    hi: Fraction
    exact: Node | None = None
    at: Place | None = None


@dataclass(frozen=True, slots=True)
class Asymptote(Claim):
    """sigma(z) - slope z tends to a number in [lo, hi] at an end (+1 or -1)."""

    end: int
    slope: Fraction
    lo: Fraction
    hi: Fraction


@dataclass(frozen=True, slots=True)
class Steep(Claim):
    """sign sigma'(z) >= factor |z|^power for every z with end z >= start."""

    end: int
    sign: int
    start: Fraction
    factor: Fraction
    power: int


@dataclass(frozen=True, slots=True)
class NearLine(Claim):
    """|sigma - alpha z| <= S_alpha with alpha > 0; sigma' >= 0, or not where ``falling``."""

    falling: bool


# -- the loss --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LossKink(Claim):
    """phi is C^order; its derivative of order ``order + 1`` is the first to jump.

    ``at`` is the place when it is an exact rational; ``near`` says in decimals where it is.
    """

    order: int
    at: Fraction | None
    near: str


# -- the objective ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parameters(Claim):
    """The constants of data, outer weights, lambda and s; bounds where these are symbols."""


@dataclass(frozen=True, slots=True)
class OfLoss(Claim):
    """A quantity of phi, with l(f, y) = phi(argument), lies in [lo, hi].

    l_0 = phi(0), eta = sup (-x phi'(x))_+, zeta = sup |x phi''(x)|, dip = sup (-phi'')_+, and with
    the parameter omega: h_omega = sup (phi'(x)^2 - omega x phi'(x))_+.
    """

    quantity: str
    parameter: Fraction | None
    lo: Fraction
    hi: Fraction
    exact: Node | None = None
    at: Place | None = None


@dataclass(frozen=True, slots=True)
class LossBounds(Claim):
    """|l'_i| <= l1 and |l''_i| <= l2 for every W, each None where no bound is said.

    With ``everywhere`` they bound phi' and phi'' over all of R, else where W reaches.
    """

    l1: Node | None
    l2: Node | None
    everywhere: bool


@dataclass(frozen=True, slots=True)
class LossFloor(Claim):
    """l_i >= floor for every W."""

    floor: Node


@dataclass(frozen=True, slots=True)
class Swing(Claim):
    """mean_i (l(f_i, y_i) - l(f'_i, y_i)) <= bound where |f_i|, |f'_i| <= F, for every F >= 0.

    ``bound`` is a term in F.
    """

    bound: Node


@dataclass(frozen=True, slots=True)
class ChainRule(Claim):
    """grad L, Laplacian L and the Hessian form of L are those that the chain rule gives."""


@dataclass(frozen=True, slots=True)
class Residual(Claim):
    """|l'_i| <= rho for every W."""

    bound: Node


@dataclass(frozen=True, slots=True)
class RiskGradient(Claim):
    """||grad R(W)|| <= constant + slope r for every W; ``slope`` None for a bounded gradient."""

    constant: Node
    slope: Node | None = None


@dataclass(frozen=True, slots=True)
class RiskLaplacian(Claim):
    """Laplacian R <= constant + slope r + square r^2 for every W; None stands for 0."""

    constant: Node
    slope: Node | None = None
    square: Node | None = None


@dataclass(frozen=True, slots=True)
class Radial(Claim):
    """<grad R(W), W> >= -C - D r for every W."""

    C: Node
    D: Node


@dataclass(frozen=True, slots=True)
class OneSigned(Claim):
    """For every W there is U >= 0 with <grad R, W> >= kappa_lo U^2 - C, Laplacian R <= A U + B.

    With ``one_sign`` of the scope as a hypothesis, where the outer weights are symbols.
    """

    C: Node
    A: Node
    B: Node
    hypothesis: bool


# -- the Villani conditions ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class V1(Claim):
    """L is infinitely differentiable."""


@dataclass(frozen=True, slots=True)
class V2(Claim):
    """L(W) >= floor - slope r + (lambda/2) r^2, so L -> oo as r -> oo; None stands for 0.

    ``decay`` stands in the place of lambda where the trained blocks have decays of their own.  With
    ``bias``, a term > 0, L >= floor + (decay/2) w^2 + bias |b| for the bias b of the output, which
    has no decay, and the norm w of all other parameters.
    """

    scope: Scope
    floor: Node | None = None
    slope: Node | None = None
    decay: Node | None = None
    bias: Node | None = None


@dataclass(frozen=True, slots=True)
class V3(Claim):
    """The integral of exp(-2 L/s) is at most exp(exponent) (widen pi s/lambda)^(N/2).

    ``exponent`` None stands for 0; ``decay`` stands in the place of lambda, as in V2.  With ``bias``
    the integral is at most exp(exponent) (widen pi s/decay)^((N - 1)/2) s/bias.
    """

    scope: Scope
    exponent: Node | None = None
    widen: int = 1
    decay: Node | None = None
    bias: Node | None = None


@dataclass(frozen=True, slots=True)
class V4(Claim):
    """||grad L||^2/s - Laplacian L >= bound for r >= start; at least M once r >= r_0(M).

    ``bound`` is a term in r, ``start`` a term in constants (None: every r), ``radius`` the formula
    of r_0; ``threshold`` is what lambda has to exceed, also where the scope names a number.
    """

    route: str
    threshold: Node
    bound: Node
    start: Node | None
    radius: Node
    scope: Scope


@dataclass(frozen=True, slots=True)
class V4Limit(Claim):
    """||grad L||^2/s - Laplacian L -> oo as r -> oo, without a radius, for the s of the scope."""

    route: str
    scope: Scope


@dataclass(frozen=True, slots=True)
class Villani(Claim):
    """V1 to V4 together: L is a Villani function."""

    route: str
    threshold: Node
    scope: Scope


@dataclass(frozen=True, slots=True)
class GradientLipschitz(Claim):
    """grad L is Lipschitz with the constant gLip."""

    constant: Node
    scope: Scope


@dataclass(frozen=True, slots=True)
class ContinuousConvergence(Claim):
    """For dW = -grad L dt + sqrt(s) dB: E L(W_t) - min L <= eps(s) + D(s) exp(-lambda_s t)."""

    scope: Scope


@dataclass(frozen=True, slots=True)
class DiscreteConvergence(Claim):
    """For W_(k+1) = W_k - s grad L(W_k) + s xi_k, with an implicit constant times s besides."""

    scope: Scope


# -- why a condition fails -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KinkOnInstance:
    """n = p = d = 1, x_1 = a_1 = 1, a label with l' not 0 at the kink: L jumps like sigma.

    The label is y_1 = sigma(at) - choice for a loss of the residual, whose argument then is
    ``choice``, and y_1 = choice for one of the margin.
    """

    order: int
    at: Fraction | None
    near: str
    choice: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class KinkOfLoss:
    """w_1(t) = w + t u for the first unit of a sign, other rows v: a derivative of L jumps at 0.

    ``met`` samples lie at the kink ``at`` of sigma, whose derivative of order ``order + 1`` jumps;
    ``v`` is None where there is one unit only.
    """

    order: int
    at: Fraction
    sign: int
    weight: Fraction
    w: tuple[Fraction, ...]
    u: tuple[Fraction, ...]
    v: tuple[Fraction, ...] | None
    met: int


@dataclass(frozen=True, slots=True)
class LossKinkOnInstance:
    """n = d = 1, x_1 = 1, W = w + t: at t = 0 the argument of phi passes the kink ``at`` of phi.

    For a loss of the residual p = a_1 = 1 and y_1 = sigma(w) - at.  For one of the margin y_1 = 1,
    and p = 1, a_1 = at/sigma(w); where ``mirrored``, for the kink 0, p = 2, a = (1, -1), and
    w_2 = w does not move.
    """

    order: int
    at: Fraction | None
    near: str
    w: Fraction
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class LossKinkOnLine:
    """w_1(t) = w + t u for the first unit of a sign, other rows v: for some t in [start, end] the
    argument of phi of a sample passes the kink of phi near ``near``.

    Samples are counted from 0.  The derivative of L of order ``order + 1`` jumps there; ``met``
    samples come close to a kink of phi on the segment, and their jumps have one sign.
    """

    order: int
    near: str
    sample: int
    sign: int
    weight: Fraction
    w: tuple[Fraction, ...]
    u: tuple[Fraction, ...]
    v: tuple[Fraction, ...] | None
    start: Fraction
    end: Fraction
    met: int


@dataclass(frozen=True, slots=True)
class OrthogonalInstance:
    """n = p = 1, d = 2, a_1 = 1, x_1 = (1, 0), W(t) = t (0, 1): R is constant along it."""


@dataclass(frozen=True, slots=True)
class BoundedRisk:
    """sigma and with it R is bounded, along every ray."""


@dataclass(frozen=True, slots=True)
class NullDirection:
    """<u, x_i> = 0 for every i: R is constant along w_j(t) = t u."""

    u: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HalfSpace:
    """end <u, x_i> >= 0 for every i, and sigma has a finite limit at that end: w_j(t) = t u."""

    u: tuple[int, ...]
    end: int


@dataclass(frozen=True, slots=True)
class PairedUnits:
    """Outer weights a > 0 > b: w_1(t) = t u/a, w_2(t) = t u/(-b) cancel the growing parts."""

    a: Fraction
    b: Fraction


@dataclass(frozen=True, slots=True)
class EscapingCriticalPoints:
    """sigma = slope z + periodic, n = p = d = 1: zeros of L' escape to infinity."""

    slope: Fraction


@dataclass(frozen=True, slots=True)
class MirroredUnits:
    """Two equal units with outer weights 1 and -1: grad R = 0, Laplacian R grows as sigma'^2."""

    power: int
    factor: Fraction


@dataclass(frozen=True, slots=True)
class CancellingUnits:
    """sigma = c z^2, outer weights a > 0 > b: the two units cancel in every f_i."""

    a: Fraction
    b: Fraction


@dataclass(frozen=True, slots=True)
class Monomial:
    """c t^k; 0 is 0 t^0."""

    coefficient: Fraction
    exponent: Fraction


@dataclass(frozen=True, slots=True)
class UnitGroup:
    """``count`` units with equal weights: one for each group of units of the layer before (for
    each feature in the first layer), shared by all units of that group, and a bias.
    """

    count: int
    weights: tuple[Monomial, ...]
    bias: Monomial | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample of an instance; the target of several outputs has as many entries, a class is one."""

    x: tuple[Fraction, ...]
    y: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """theta(t), t -> oo: the layers as groups of equal units.

    ``samples`` and the weights of fixed layers (without t in them) are those of an instance of a
    symbolic problem; ``samples`` is None for the rows of given data.
    """

    layers: tuple[tuple[UnitGroup, ...], ...]
    samples: tuple[Sample, ...] | None = None


@dataclass(frozen=True, slots=True)
class Leading:
    """C t^exponent up to terms of lower order; without a coefficient, at most of the order
    t^exponent.

    ``coefficient`` is C itself where ``rounded`` is 0, at least C where it is 1 and at most C where
    it is -1.
    """

    exponent: Fraction
    coefficient: Node | None = None
    rounded: Literal[-1, 0, 1] = 0


@dataclass(frozen=True, slots=True)
class AlongCurve:
    """Along the curve L, ||grad L||^2 and Laplacian L grow as said, None where nothing is said."""

    curve: Curve
    value: Leading | None = None
    gradient: Leading | None = None
    laplacian: Leading | None = None


@dataclass(frozen=True, slots=True)
class KinkOfLayers:
    """theta(t) = theta_0 + t v, every weight of ``curve`` being c or c t: at t = 0 a derivative of R
    along it is not the same on the two sides.

    The derivative of order ``order`` at 0+ less that at 0- is a number in [low, high], which does not
    contain 0; those of lower order are the same.
    """

    curve: Curve
    order: int
    low: Fraction
    high: Fraction


@dataclass(frozen=True, slots=True)
class OddPower:
    """Every parameter is 0 but for one weight t of ``layer`` (from 1), whose penalty is
    (lambda/k) |t|^k with the odd ``power`` k: the derivative of order k of L jumps at t = 0.
    """

    layer: int
    power: int


@dataclass(frozen=True, slots=True)
class UndecayedHiddenBias:
    """The bias b of a unit of layer ``layer`` (from 1) tends to ``end`` infinity: L stays bounded
    while all other parameters are in a ball, so exp(-2L/s) has no finite integral.

    Where the activation has no limit at that end, the one weight of the layer above that meets the
    unit stays at most 1/(1 + |b|) besides, and the integral is infinite like that of 1/(1 + b).
    """

    layer: int
    end: int


@dataclass(frozen=True, slots=True)
class ShiftedOutputs:
    """The undecayed biases of the outputs move along (1, ..., 1): cross-entropy does not change, nor
    do its derivatives.
    """


@dataclass(frozen=True, slots=True)
class OneLabel:
    """The undecayed bias of the output moves towards the one label that occurs: L stays bounded."""

    label: int


@dataclass(frozen=True, slots=True)
class UndecayedOutputBias:
    """The undecayed bias of the output tends to ``end`` infinity, all other parameters being 0: the
    gradient and the Laplacian of L stay bounded, as phi' and phi'' do.
    """

    end: int


Witness = (
    KinkOnInstance
    | KinkOfLoss
    | LossKinkOnInstance
    | LossKinkOnLine
    | OrthogonalInstance
    | BoundedRisk
    | NullDirection
    | HalfSpace
    | PairedUnits
    | EscapingCriticalPoints
    | MirroredUnits
    | CancellingUnits
    | AlongCurve
    | KinkOfLayers
    | OddPower
    | UndecayedHiddenBias
    | ShiftedOutputs
    | OneLabel
    | UndecayedOutputBias
)
# Witnesses that bring their own data and outer weights, and so say nothing of given ones.
INSTANCES = (
    KinkOnInstance,
    LossKinkOnInstance,
    OrthogonalInstance,
    EscapingCriticalPoints,
    MirroredUnits,
)


@dataclass(frozen=True, slots=True)
class Fails(Claim):
    """A Villani condition fails, with its witness; V3: exp(-2 L/s) has no finite integral."""

    condition: Literal["V1", "V2", "V3", "V4"]
    witness: Witness
    scope: Scope


# -- the stationary law and convergence with explicit constants ------------------------------------


@dataclass(frozen=True, slots=True)
class Dissipative(Claim):
    """<grad L, W> >= m r^2 - b for every W."""

    m: Node
    b: Node
    scope: Scope


@dataclass(frozen=True, slots=True)
class Moments(Claim):
    """(E r^2)^(1/2) <= W_2 and (E r^4)^(1/4) <= W_4 under mu_s."""

    second: Node
    fourth: Node
    scope: Scope


@dataclass(frozen=True, slots=True)
class Oscillation(Claim):
    """|f_i| <= F for every W, so sup R - inf R <= osc."""

    reach: Node
    bound: Node


@dataclass(frozen=True, slots=True)
class SpectralGap(Claim):
    """mu_s has the spectral gap lambda_s >= (lambda/q) exp(-xi).

    With ``log_sobolev``, its log-Sobolev constant is at most (s q/(2 lambda)) exp(xi) as well.
    ``cells`` is the number of cells on either side of Muckenhoupt's criterion.
    """

    method: str
    q: Node
    xi: Node
    log_sobolev: bool
    scope: Scope
    cells: int | None = None


@dataclass(frozen=True, slots=True)
class StationaryExcess(Claim):
    """E_mu L - min L <= eps."""

    bound: Node
    scope: Scope


@dataclass(frozen=True, slots=True)
class Start(Claim):
    """rho_0 = N(0, v_0 I): int rho_0^2/mu_s <= exp(chi), (E_mu (L - min L)^2)^(1/2) <= A_2."""

    variance: Node
    chi: Node
    spread: Node
    scope: Scope


@dataclass(frozen=True, slots=True)
class Rate(Claim):
    """E L(W_t) - min L <= eps + A_2 exp(chi/2 - t (lambda/q) exp(-xi)) from N(0, v_0 I)."""

    scope: Scope


@dataclass(frozen=True, slots=True)
class LangevinRate(Claim):
    """Langevin Monte Carlo from N(0, s/(2 lambda) I), with every constant explicit."""

    scope: Scope


RANGES = (
    AnyLambda,
    LambdaIs,
    LambdaAbove,
    LambdaAtMostZero,
    LambdaBelow,
    AnyNoise,
    NoiseIs,
    NoiseFrom,
    NoiseUpTo,
    NoiseIsIfUpTo,
    NoiseBelow,
)
WITNESSES = (
    KinkOnInstance,
    KinkOfLoss,
    LossKinkOnInstance,
    LossKinkOnLine,
    OrthogonalInstance,
    BoundedRisk,
    NullDirection,
    HalfSpace,
    PairedUnits,
    EscapingCriticalPoints,
    MirroredUnits,
    CancellingUnits,
    AlongCurve,
    KinkOfLayers,
    OddPower,
    UndecayedHiddenBias,
    ShiftedOutputs,
    OneLabel,
    UndecayedOutputBias,
)
CURVES: tuple[type, ...] = (Curve, UnitGroup, Sample, Monomial, Leading)
CLAIMS: tuple[type[Claim], ...] = (
    Smooth,
    NotSmooth,
    Enclosed,
    Asymptote,
    Steep,
    NearLine,
    LossKink,
    Parameters,
    OfLoss,
    LossBounds,
    LossFloor,
    Swing,
    ChainRule,
    Residual,
    RiskGradient,
    RiskLaplacian,
    Radial,
    OneSigned,
    V1,
    V2,
    V3,
    V4,
    V4Limit,
    Villani,
    GradientLipschitz,
    ContinuousConvergence,
    DiscreteConvergence,
    Fails,
    Dissipative,
    Moments,
    Oscillation,
    SpectralGap,
    StationaryExcess,
    Start,
    Rate,
    LangevinRate,
)
