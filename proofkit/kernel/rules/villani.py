"""The conditions of a Villani function, V1 to V4, and the theorems of the literature on them.

V4 asks that ||grad L||^2/s - Laplacian L tends to infinity with r = ||W||_F.  Each route bounds it
from below by a quadratic in r; ``radius`` says from where on that is at least M.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from proofkit.kernel.claims import (
    V1,
    V2,
    V3,
    V4,
    ChainRule,
    ContinuousConvergence,
    DiscreteConvergence,
    Enclosed,
    GradientLipschitz,
    LossBounds,
    LossFloor,
    NearLine,
    NoiseIs,
    NoiseIsIfUpTo,
    NoiseRange,
    NoiseUpTo,
    OfLoss,
    OneSigned,
    Parameters,
    Radial,
    Residual,
    RiskGradient,
    RiskLaplacian,
    Scope,
    Smooth,
    Villani,
)
from proofkit.kernel.formula import Constant
from proofkit.kernel.inference import CITED, Conclusion, Rule, Step
from proofkit.kernel.network.bound import Bound
from proofkit.kernel.network.layer import Bend, Slope
from proofkit.kernel.proposals import LevelProposal
from proofkit.kernel.radius import Growth, radius
from proofkit.kernel.ranges import above, every_noise, for_positive, positive
from proofkit.kernel.rules.activation import require_real, require_smooth_loss
from proofkit.kernel.rules.loss import (
    of_l1,
    of_l2,
    require_everywhere,
    require_quantity,
    square_of,
)
from proofkit.kernel.rules.outputs import output_at_rest
from proofkit.kernel.symbols import (
    M1,
    B_y,
    E,
    J,
    Lambda_S,
    M,
    N,
    Q,
    S_alpha,
    a_1,
    a_2,
    alpha,
    gLip,
    kappa_lo,
    l_0,
    lam,
    lambda_alpha,
    larger,
    m,
    mu,
    r,
    r_0,
    s,
    sigma0,
    sqrt,
    theta,
)
from proofkit.kernel.univariate.terms import ONE, ZERO, Node, num, substitute

Definition = tuple[Node, Node]
CITED_WORK = "arXiv:2004.06977"


def _v1(step: Step) -> Conclusion:
    require_smooth_loss(step)
    return Conclusion(V1())


def _v2(step: Step) -> Conclusion:
    """L >= floor + (lambda/2) r^2, where a floor that is not negative is left out."""
    require_real(step)
    floor = step.premise(1, LossFloor).floor
    return Conclusion(V2(Scope(positive(step)), None if is_nonnegative(step, floor) else floor))


def is_nonnegative(step: Step, term: Node) -> bool:
    """True for 0 and for a constant that is known to be >= 0."""
    if term == ZERO:
        return True
    least = step.constant(term).lo
    return least is not None and least >= 0


def _v2_by_growth(step: Step) -> Conclusion:
    """R(W) >= R(0) - G r, and R(0) >= phi(0) - l1 (offset + a_1 sigma0)."""
    bound = _bounded_constant(step, step.premise(1, RiskGradient))
    slope = of_l1(step, 2)
    require_everywhere(step, 2)
    require_quantity(step, 3, "l_0")
    step.constant(sigma0)
    floor = l_0 - slope * (step.objective.loss.offset + output_at_rest(step))
    return Conclusion(V2(Scope(positive(step)), floor, bound))


def _v3(step: Step) -> Conclusion:
    """The Gaussian integral; half the square of r beats a multiple of r:

    (lambda/2) r^2 - G r >= (lambda/4) r^2 - G^2/lambda.
    """
    claim = step.premise(0, V2)
    floor = ZERO if claim.floor is None else claim.floor
    if claim.slope is not None:
        exponent = 2 * (claim.slope**2 / lam - floor) / s
        return Conclusion(V3(for_positive(step), exponent, 2))
    if claim.floor is not None:
        return Conclusion(V3(for_positive(step), -2 * floor / s))
    return Conclusion(V3(for_positive(step)))


# -- V4: one growth for each route -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GrowthRoute:
    """How ||grad L||^2/s - Laplacian L grows: what lambda has to exceed, and why.

    ``define`` are the constants that the growth is written with; the bound is said without those in
    ``spelled_out``.  ``scope`` is for which lambda and s, every lambda above the threshold and every
    s where it is None.
    """

    name: str
    threshold: Node
    growth: Growth
    define: tuple[Definition, ...] = ()
    spelled_out: tuple[Definition, ...] = ()
    one_sign: bool = False
    scope: Scope | None = None


def v4_of_growth(step: Step, route: GrowthRoute) -> Conclusion:
    """V4 with the radius for the proposed level M, for 1 where none is proposed."""
    scope = route.scope
    if scope is None:
        scope = Scope(above(step, route.threshold), every_noise(step), route.one_sign)
    level = Fraction(1) if step.proposal is None else step.proposed(LevelProposal).level
    if level < 0:
        raise step.refuse("the level M must be >= 0")
    root = radius(route.growth, step.known)
    words = dict(route.spelled_out)
    start = route.growth.start
    claim = V4(
        route.name,
        route.threshold,
        substitute(route.growth.bound, words),
        None if start is None else substitute(start, words),
        root,
        scope,
    )
    return Conclusion(
        claim,
        define=(*route.define, (r_0, root)),
        constants=(Constant("M", None, level, level, num(level)),),
    )


def _bounded_constant(step: Step, claim: RiskGradient | RiskLaplacian) -> Node:
    """The bound of a gradient or Laplacian; KernelError unless it holds without a multiple of r."""
    if claim.slope is not None:
        raise step.refuse("a bound that does not grow with r is needed")
    return claim.constant


def _affine_constants(step: Step, claim: RiskGradient | RiskLaplacian) -> tuple[Node, Node]:
    """(constant, slope) of a bound of a gradient or Laplacian; KernelError without a slope."""
    if claim.slope is None:
        raise step.refuse("a bound that is affine in r is needed")
    return claim.constant, claim.slope


def _v4_bounded(step: Step) -> Conclusion:
    G = _bounded_constant(step, step.premise(0, RiskGradient))
    K = _bounded_constant(step, step.premise(1, RiskLaplacian))
    growth = Growth(
        bound=(lam * r - G) ** 2 / s - K - lam * N,
        start=G / lam,
        root=(G + sqrt(s * (K + lam * N + M))) / lam,
        positive=(lam, s),
    )
    return v4_of_growth(step, GrowthRoute("bounded", ZERO, growth))


def _square_growth(
    step: Step, laplacian: RiskLaplacian, margin: Node, offset: Node, factor: Node
) -> Growth:
    """||grad L|| >= (margin r - offset)/factor and Laplacian R <= A r + B."""
    B, A = _affine_constants(step, laplacian)
    square = factor**2
    linear = 2 * margin * offset + s * square * A
    discriminant = (
        4 * margin * offset * s * square * A
        + s**2 * factor**4 * A**2
        + 4 * margin**2 * s * square * (B + lam * N + M)
    )
    return Growth(
        bound=(margin * r - offset) ** 2 / (s * square) - A * r - B - lam * N,
        start=offset / margin,
        root=(linear + sqrt(discriminant)) / (2 * margin**2),
        positive=(lam, margin, factor, s) if factor.op == "name" else (lam, margin, s),
    )


def _v4_euler(step: Step) -> Conclusion:
    """||grad L|| r >= <grad L, W> >= lambda r^2 - C - D r >= r (lambda r - E) for r >= 1."""
    radial = step.premise(0, Radial)
    growth = _square_growth(step, step.premise(1, RiskLaplacian), lam, E, ONE)
    route = GrowthRoute(
        "euler",
        ZERO,
        replace(growth, start=larger(ONE, E / lam)),
        define=((E, radial.C + radial.D),),
    )
    return v4_of_growth(step, route)


def _v4_radial(step: Step) -> Conclusion:
    """||grad L|| >= lambda r - C/r, whose square is at least lambda^2 r^2 - 2 lambda C.

    That needs no r >= 1, as V4 Euler does, but a radial bound without a multiple of r.
    """
    radial = step.premise(0, Radial)
    if not step.constant(radial.D).is_zero:
        raise step.refuse("D = 0 is needed")
    B, A = _affine_constants(step, step.premise(1, RiskLaplacian))
    rest = 2 * lam * radial.C + s * (B + lam * N + M)
    growth = Growth(
        bound=lam**2 * r**2 / s - 2 * lam * radial.C / s - A * r - B - lam * N,
        start=sqrt(radial.C / lam),
        root=(s * A + sqrt(s**2 * A**2 + 4 * lam**2 * rest)) / (2 * lam**2),
        positive=(lam, s),
    )
    return v4_of_growth(step, GrowthRoute("radial", ZERO, growth))


def _v4_lipschitz(step: Step) -> Conclusion:
    """||grad L|| >= lambda r - G0 - G1 r = m r - G0."""
    constant, slope = _affine_constants(step, step.premise(0, RiskGradient))
    margin = lam - slope
    route = GrowthRoute(
        "lipschitz",
        slope,
        _square_growth(step, step.premise(1, RiskLaplacian), m, constant, ONE),
        define=((m, margin),),
        spelled_out=((m, margin),),
    )
    return v4_of_growth(step, route)


def _v4_monotone(step: Step) -> Conclusion:
    if step.premise(0, NearLine).falling:
        raise step.refuse("sigma' is not seen to be nonnegative")
    return _v4_near_a_line(step, "monotone", ZERO, ())


def _v4_line(step: Step) -> Conclusion:
    if not step.premise(0, NearLine).falling:
        raise step.refuse("sup -sigma' is not seen to be positive")
    return _v4_near_a_line(step, "line", lambda_alpha, ((theta, lambda_alpha / lam),))


def _v4_near_a_line(
    step: Step, name: str, threshold: Node, share: tuple[Definition, ...]
) -> Conclusion:
    """lambda r <= Q ||grad L|| + J; theta of ``share`` is 0 where sigma' >= 0."""
    square = square_of(step)
    ratio = square * (alpha * M1 * a_2**2 * Lambda_S) / lam
    factor = (1 + mu) * mu
    offset = square * ((1 + mu) * M1 * a_2 * sqrt(Lambda_S) * (a_1 * S_alpha + B_y))
    if share:
        factor, offset = factor / (1 - theta) ** 2, offset / (1 - theta) ** 2
    route = GrowthRoute(
        name,
        threshold,
        _square_growth(step, step.premise(1, RiskLaplacian), lam, J, Q),
        define=((mu, ratio), *share, (Q, 1 + factor), (J, offset)),
    )
    return v4_of_growth(step, route)


def _v4_one_signed(step: Step) -> Conclusion:
    if step.premise(0, OneSigned).hypothesis:
        raise step.refuse("that the outer weights are of one sign is a hypothesis only")
    return _v4_of_one_sign(step)


def _v4_if_one_signed(step: Step) -> Conclusion:
    if not step.premise(0, OneSigned).hypothesis:
        raise step.refuse("that the outer weights are of one sign is no hypothesis")
    return _v4_of_one_sign(step)


def _v4_of_one_sign(step: Step) -> Conclusion:
    """||grad L||^2 >= lambda^2 r^2 - 2 lambda C + lambda kappa_lo U^2, Laplacian R <= A U + B."""
    claim = step.premise(0, OneSigned)
    largest = s * claim.A**2 / (4 * lam * kappa_lo)
    root = sqrt(2 * lam * claim.C + s * (largest + claim.B + lam * N + M)) / lam
    square = lam**2 * r**2 / s - 2 * lam * claim.C / s
    growth = Growth(
        bound=square - largest - claim.B - lam * N,
        start=sqrt(2 * claim.C / lam),
        root=root,
        positive=(kappa_lo, lam, s),
    )
    return v4_of_growth(step, GrowthRoute("one-signed", ZERO, growth, one_sign=claim.hypothesis))


# -- what follows ----------------------------------------------------------------------------------


def _villani(step: Step) -> Conclusion:
    """V1 to V4 together, without a hypothesis on the outer weights."""
    if step.premise(3, V4).scope.one_sign:
        raise step.refuse("V4 is for outer weights of one sign only")
    return _of_all_four(step)


def _villani_if_one_signed(step: Step) -> Conclusion:
    """V1 to V4 together, for outer weights of one sign."""
    if not step.premise(3, V4).scope.one_sign:
        raise step.refuse("V4 is not for outer weights of one sign")
    return _of_all_four(step)


def _of_all_four(step: Step) -> Conclusion:
    v4 = step.premise(3, V4)
    scope = Scope(above(step, v4.threshold), every_noise(step), v4.scope.one_sign)
    return Conclusion(Villani(v4.route, v4.threshold, scope))


def _gradient_lipschitz(step: Step) -> Conclusion:
    slope = Slope.of_output(Bound.of(step.premise(3, Residual).bound))
    curvature = step.objective.net.curvature(slope, Bend.of_output(of_l2(step, 2)))
    return Conclusion(
        GradientLipschitz(gLip, Scope(positive(step))),
        define=((gLip, lam + curvature.highest()),),
    )


def _without_hypothesis(step: Step) -> Villani:
    """The Villani function of a cited theorem; KernelError where that is one only under a
    hypothesis.
    """
    claim = step.premise(0, Villani)
    if claim.scope.one_sign:
        raise step.refuse("L is a Villani function for outer weights of one sign only")
    return claim


def _continuous(step: Step) -> Conclusion:
    lambdas = above(step, _without_hypothesis(step).threshold)
    return Conclusion(ContinuousConvergence(Scope(lambdas, every_noise(step))))


def _discrete(step: Step) -> Conclusion:
    lambdas = above(step, _without_hypothesis(step).threshold)
    constant = step.premise(1, GradientLipschitz).constant
    return Conclusion(DiscreteConvergence(Scope(lambdas, _small_steps(step, constant))))


def _small_steps(step: Step, lipschitz: Node) -> NoiseRange:
    """s <= 1/gLip; KernelError for an s that is not known to be."""
    size, top = step.objective.noise, step.constant(lipschitz).hi
    if size is None:
        return NoiseUpTo(1 / lipschitz)
    if top is None:
        return NoiseIsIfUpTo(size, 1 / lipschitz)
    if size * top > 1:
        raise step.refuse(f"s = {size} is not known to be at most 1/gLip")
    return NoiseIs(size)


_LINE_REASON = (
    r"Let $e_i=f_i-y_i$, $K=\frac1n(\langle x_i,x_k\rangle)$, "
    r"$D=\operatorname{diag}_i\sum_ja_j^2\sigma'(z_{ij})$ and "
    r"$V=\sum_ja_j\nabla_{w_j}L$. "
    r"From $\lambda w_j=\nabla_{w_j}L-\frac1n\sum_ie_ia_j\sigma'(z_{ij})x_i$ and "
    r"$\sigma(z)=\alpha z+b(z)$, $|b|\le S_\alpha$: "
    r"$(\lambda+\alpha KD)e=t$ with $t=\alpha XV+\lambda(\sum_ja_jb(z_{\cdot j})-y)$. "
    r"With $\delta=\sup(-\sigma')_+\|a\|_2^2$, $D'=D+\delta\ge0$ and "
    r"$\Gamma=\lambda-\alpha\delta K\ge\lambda(1-\theta)>0$ this reads "
    r"$e+\Gamma^{-1}\alpha KD'e=\Gamma^{-1}t$; the product with $D'e$ bounds "
    r"$\|D'^{1/2}e\|$ by $\|D'\|^{1/2}\|\Gamma^{-1}t\|$, since "
    r"$\Gamma^{-1}K\ge0$, hence $\|e\|\le\frac{1+\mu}{\lambda(1-\theta)^2}\|t\|$ in the "
    r"root mean square. "
    r"As $\lambda r\le\|\nabla L\|+M_1\|a\|_2\sqrt{\Lambda_S}\,\|e\|$ and "
    r"$\|XV\|\le\sqrt{\Lambda_S}\,\|a\|_2\|\nabla L\|$, "
    r"$\|\nabla L\|\ge(\lambda r-J)/Q$ ($\theta=0$ where $\sigma'\ge0$)."
)
_ONE_SIGN_REASON = (
    r"$\|\nabla L\|\,r\ge\lambda r^2-C+\kappa_-U^2$. For $r^2\ge2C/\lambda$ the square "
    r"of $(\lambda r-C/r)+\kappa_-U^2/r$ is at least "
    r"$\lambda^2r^2-2\lambda C+\lambda\kappa_-U^2$, and "
    r"$\frac1s\lambda\kappa_-U^2-AU\ge-sA^2/(4\lambda\kappa_-)$."
)

VILLANI: tuple[Rule, ...] = (
    Rule(
        name="V1",
        about="objective",
        premises=(Smooth,),
        conclusion=V1,
        check=_v1,
        reason=r"$L$ is a composition of smooth functions.",
        lemma="villani_v1",
    ),
    Rule(
        name="V2",
        about="objective",
        premises=(Parameters, LossFloor),
        conclusion=V2,
        check=_v2,
        reason=r"The loss is bounded below, so $L\ge\frac\lambda2r^2+\inf\ell$.",
        lemma="villani_v2",
    ),
    Rule(
        name="V2 by growth",
        about="objective",
        premises=(Parameters, RiskGradient, LossBounds, OfLoss, Enclosed),
        conclusion=V2,
        check=_v2_by_growth,
        reason=r"$R(W)\ge R(0)-Gr$, and "
        r"$R(0)\ge\varphi(0)-l_1(|o|+\|a\|_1|\sigma(0)|)$.",
    ),
    Rule(
        name="V3",
        about="objective",
        premises=(V2,),
        conclusion=V3,
        check=_v3,
        reason=r"$\int e^{-2L/s}$ is at most the integral for the lower bound of $L$, and "
        r"$\int e^{-\lambda r^2/s}=(\pi s/\lambda)^{N/2}$.",
        lemma="villani_v3",
    ),
    Rule(
        name="V4 bounded",
        about="objective",
        premises=(RiskGradient, RiskLaplacian),
        conclusion=V4,
        check=_v4_bounded,
        reason=r"$\|\nabla L\|\ge\lambda r-G$ and $\Delta L\le K+\lambda N$, hence "
        r"$\frac1s\|\nabla L\|^2-\Delta L\ge\frac1s(\lambda r-G)^2-K-\lambda N\ge M$ "
        r"for $r\ge r_0(M)$.",
        proposal=LevelProposal,
        lemma="v4_bounded",
    ),
    Rule(
        name="V4 Euler",
        about="objective",
        premises=(Radial, RiskLaplacian),
        conclusion=V4,
        check=_v4_euler,
        reason=r"$\|\nabla L\|\,r\ge\langle\nabla L,W\rangle\ge\lambda r^2-C-Dr$, so "
        r"$\|\nabla L\|\ge\lambda r-E$ for $r\ge1$ with $E=C+D$; $\Delta L\le "
        r"Ar+B+\lambda N$; the quadratic is at least $M$ for $r\ge r_0(M)$.",
        proposal=LevelProposal,
        lemma="v4_euler",
    ),
    Rule(
        name="V4 radial",
        about="objective",
        premises=(Radial, RiskLaplacian),
        conclusion=V4,
        check=_v4_radial,
        reason=r"$\|\nabla L\|\,r\ge\langle\nabla L,W\rangle\ge\lambda r^2-C$. For "
        r"$r^2\ge C/\lambda$ the square of $\lambda r-C/r$ is at least $\lambda^2r^2-2\lambda C$; "
        r"$\Delta L\le Ar+B+\lambda N$; the quadratic is at least $M$ for $r\ge r_0(M)$.",
        proposal=LevelProposal,
    ),
    Rule(
        name="V4 Lipschitz",
        about="objective",
        premises=(RiskGradient, RiskLaplacian),
        conclusion=V4,
        check=_v4_lipschitz,
        reason=r"$\|\nabla L\|\ge(\lambda-G_1)r-G_0$ and $\Delta L\le Ar+B+\lambda N$; the "
        r"quadratic is at least $M$ for $r\ge r_0(M)$.",
        proposal=LevelProposal,
        lemma="v4_lipschitz",
    ),
    Rule(
        name="V4 monotone",
        about="objective",
        premises=(NearLine, RiskLaplacian),
        conclusion=V4,
        check=_v4_monotone,
        reason=_LINE_REASON,
        proposal=LevelProposal,
        lemma="v4_monotone",
    ),
    Rule(
        name="V4 line",
        about="objective",
        premises=(NearLine, RiskLaplacian),
        conclusion=V4,
        check=_v4_line,
        reason=_LINE_REASON,
        proposal=LevelProposal,
        lemma="v4_line",
    ),
    Rule(
        name="V4 one-signed",
        about="objective",
        premises=(OneSigned,),
        conclusion=V4,
        check=_v4_one_signed,
        reason=_ONE_SIGN_REASON,
        proposal=LevelProposal,
        lemma="v4_one_sign",
    ),
    Rule(
        name="V4 if one-signed",
        about="objective",
        premises=(OneSigned,),
        conclusion=V4,
        check=_v4_if_one_signed,
        reason=_ONE_SIGN_REASON,
        proposal=LevelProposal,
        lemma="v4_one_sign",
    ),
    Rule(
        name="Villani",
        about="objective",
        premises=(V1, V2, V3, V4),
        conclusion=Villani,
        check=_villani,
        reason=r"V1--V4 together.",
        lemma="villani",
        source="Villani 2009; arXiv:2004.06977",
    ),
    Rule(
        name="Villani if one-signed",
        about="objective",
        premises=(V1, V2, V3, V4),
        conclusion=Villani,
        check=_villani_if_one_signed,
        reason=r"V1--V4 together.",
        lemma="villani",
        source="Villani 2009; arXiv:2004.06977",
    ),
    Rule(
        name="gradient Lipschitz",
        about="objective",
        premises=(Parameters, ChainRule, LossBounds, Residual, Enclosed, Enclosed),
        conclusion=GradientLipschitz,
        check=_gradient_lipschitz,
        reason=r"$|\nabla^2L(V,V)|\le(\lambda+\Lambda_S(\ell''_{\max}M_1^2\|a\|_2^2+\rho\|a\|_\infty "
        r"M_2))\|V\|^2$.",
        lemma="gradient_lipschitz",
    ),
    Rule(
        name="continuous-time convergence",
        about="objective",
        premises=(Villani,),
        conclusion=ContinuousConvergence,
        check=_continuous,
        reason=r"Convergence of the stochastic differential equation for a Villani function "
        r"(cited).",
        source=CITED_WORK,
        evidence=CITED,
    ),
    Rule(
        name="discrete-time convergence",
        about="objective",
        premises=(Villani, GradientLipschitz),
        conclusion=DiscreteConvergence,
        check=_discrete,
        reason=r"Convergence of SGD with Gaussian noise for a Villani function with "
        r"Lipschitz gradient (cited; implicit constant).",
        source=CITED_WORK,
        evidence=CITED,
    ),
)
