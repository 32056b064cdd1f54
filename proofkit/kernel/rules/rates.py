"""Explicit rates: moments, oscillation, spectral gap, stationary excess, initial law, convergence.

mu_s has the density proportional to exp(-2 L/s); it is the stationary law of
dW = -grad L dt + sqrt(s) dB.  r = ||W||_F, N = p d, R = L - (lambda/2) r^2 >= 0.
Exponentials stay in exponents: a constant here is never larger than a
polynomial in the problem's numbers, so it has a value even where exp(xi) would
not fit anywhere.
"""

from __future__ import annotations

from proofkit.kernel import onedim
from proofkit.kernel.claims import (
    ChainRule,
    Dissipative,
    Enclosed,
    GradientLipschitz,
    LangevinRate,
    LossBounds,
    LossFloor,
    Moments,
    OfLoss,
    OneSigned,
    Oscillation,
    Parameters,
    Radial,
    Rate,
    Residual,
    RiskGradient,
    RiskLaplacian,
    Scope,
    SpectralGap,
    Start,
    StationaryExcess,
    Swing,
)
from proofkit.kernel.formula import Constant, evaluate, names_in
from proofkit.kernel.inference import CITED, Conclusion, Rule, Step
from proofkit.kernel.network.bound import Bound
from proofkit.kernel.network.layer import Bend, Slope
from proofkit.kernel.network.writing import product, squared
from proofkit.kernel.proposals import QuadratureProposal
from proofkit.kernel.ranges import for_positive, positive
from proofkit.kernel.rules.loss import (
    of_l1,
    require_everywhere,
    require_quantity,
    square_of,
    times,
)
from proofkit.kernel.rules.outputs import largest_output, output_at_rest, output_slope
from proofkit.kernel.symbols import (
    A_2,
    L_F,
    W_2,
    W_4,
    Y1,
    Y2,
    B_y,
    F,
    N,
    R_b,
    b_d,
    c_0,
    c_1,
    chi,
    dip,
    eps,
    h_0,
    l2,
    l_0,
    l_bar,
    lam,
    log,
    m_c,
    m_d,
    number,
    osc,
    q,
    r,
    r_star,
    s,
    sqrt,
    symbol,
    v_0,
    xi,
)
from proofkit.kernel.univariate.rounding import decimal
from proofkit.kernel.univariate.terms import ONE, ZERO, Node, num

Definition = tuple[Node, Node]

HOLLEY = "Holley and Stroock 1987; Bakry and Emery 1985"
LYAPUNOV = "Bakry, Barthe, Cattiaux and Guillin 2008, Theorem 1.4"
LANGEVIN = "Vempala and Wibisono 2019, Theorem 1; Otto and Villani 2000"


def _bounded_gradient(step: Step) -> Node:
    """G of the first premise; KernelError unless the gradient of R is bounded."""
    claim = step.premise(0, RiskGradient)
    if claim.slope is not None:
        raise step.refuse("a bounded gradient of R is needed")
    return claim.constant


def _bounded_laplacian(step: Step, position: int) -> Node:
    """K of a premise; KernelError unless the Laplacian of R is bounded."""
    claim = step.premise(position, RiskLaplacian)
    if claim.slope is not None:
        raise step.refuse("a bounded Laplacian of R is needed")
    return claim.constant


# -- moments ---------------------------------------------------------------------------------------


def _moments_bounded(step: Step) -> Conclusion:
    G = _bounded_gradient(step)

    def root(size: Node) -> Node:
        return (G + sqrt(G**2 + 2 * lam * s * size)) / (2 * lam)

    return Conclusion(
        Moments(W_2, W_4, for_positive(step)),
        define=((W_2, root(N)), (W_4, root(N + 2))),
    )


def _moments_euler(step: Step) -> Conclusion:
    radial = step.premise(0, Radial)
    C, D = radial.C, radial.D

    def root(size: Node) -> Node:
        return (D + sqrt(D**2 + 4 * lam * C + 2 * lam * s * size)) / (2 * lam)

    return Conclusion(
        Moments(W_2, W_4, for_positive(step)),
        define=((W_2, root(N)), (W_4, root(N + 2))),
    )


# -- how much R varies -----------------------------------------------------------------------------


def _oscillation(step: Step) -> Conclusion:
    bound = step.premise(1, Swing).bound
    return Conclusion(Oscillation(F, osc), define=((F, largest_output(step)), (osc, bound)))


def _oscillation_where_reached(step: Step) -> Conclusion:
    """|l(f) - l(f')| <= l1 |f - f'| <= 2 l1 F, as the arguments between two reached ones are."""
    bound = 2 * of_l1(step, 1) * F
    return Conclusion(Oscillation(F, osc), define=((F, largest_output(step)), (osc, bound)))


# -- dissipativity ---------------------------------------------------------------------------------


def _dissipative_radial(step: Step) -> Conclusion:
    radial = step.premise(0, Radial)
    C, D = radial.C, radial.D
    define: tuple[Definition, ...]
    if step.constant(D).is_zero:
        define = ((m_d, lam), (b_d, C))
    else:
        define = ((m_d, lam / 2), (b_d, C + D**2 / (2 * lam)))
    return Conclusion(Dissipative(m_d, b_d, Scope(positive(step))), define=define)


def _dissipative_gradient(step: Step) -> Conclusion:
    G = _bounded_gradient(step)
    return Conclusion(
        Dissipative(m_d, b_d, Scope(positive(step))),
        define=((m_d, lam / 2), (b_d, G**2 / (2 * lam))),
    )


def _dissipative_one_signed(step: Step) -> Conclusion:
    claim = step.premise(0, OneSigned)
    if claim.hypothesis:
        raise step.refuse("that the outer weights are of one sign is a hypothesis only")
    return Conclusion(
        Dissipative(m_d, b_d, Scope(positive(step))),
        define=((m_d, lam), (b_d, claim.C)),
    )


# -- the spectral gap ------------------------------------------------------------------------------


def _gap_bounded(step: Step) -> Conclusion:
    bound = step.premise(0, Oscillation).bound
    return Conclusion(
        SpectralGap("bounded", q, xi, True, for_positive(step)),
        define=((xi, 2 * bound / s), (q, ONE)),
    )


def _gap_lyapunov(step: Step) -> Conclusion:
    """Outside the ball r <= R_b the drift confines; inside it R oscillates by at most osc."""
    claim = step.premise(0, Dissipative)
    m, b = claim.m, claim.b
    at_rest, multiple = step.objective.net.value().norm.coefficients(r, 1)
    return Conclusion(
        SpectralGap("Lyapunov", q, xi, False, for_positive(step)),
        define=(
            (R_b, sqrt((2 * s * N + 4 * b) / m)),
            (F, at_rest + multiple * R_b),
            (osc, step.premise(1, Swing).bound),
            (xi, 2 * osc / s),
            (q, 2 + lam / m),
        ),
    )


def _gap_convex(step: Step) -> Conclusion:
    """lambda beyond the most negative curvature of R, to which -phi'' adds where it is positive."""
    scope = for_positive(step)
    require_quantity(step, 5, "dip")
    slope = Slope.of_output(Bound.of(step.premise(2, Residual).bound))
    # The lower end does not depend on sup |phi''|, which may be unknown: l2 is not in it.
    loss = Bend.of_output(l2, ZERO if step.constant(dip).is_zero else dip)
    lowest = step.objective.net.curvature(slope, loss).lowest()
    for name in names_in(lowest):
        step.constant(symbol(name))
    given, curvature = step.objective.lam, evaluate(lowest, step.known)
    if given is None or curvature is None:
        raise step.refuse("numbers for lambda and the data are needed")
    if not given > curvature[1]:
        raise step.refuse(
            f"lambda = {given} is not above the curvature bound {decimal(curvature[1], 12)}, "
            f"so L may fail to be convex"
        )
    return Conclusion(
        SpectralGap("convex", q, xi, True, scope),
        define=((m_c, lam - lowest), (xi, ZERO), (q, lam / m_c)),
    )


def _gap_in_one_dimension(step: Step) -> Conclusion:
    """Muckenhoupt's criterion on the problem's own rows."""
    where = step.proposed(QuadratureProposal)
    line, slope = _line_of(step, where), _slope_of(step)
    bound = onedim.poincare_bound(onedim.potential(line), where, slope, line.noise)
    value = onedim.exponent(bound, line.lam, line.noise)
    return Conclusion(
        SpectralGap("one dimension", q, xi, False, for_positive(step), where.cells),
        define=((q, ONE),),
        constants=(Constant("xi", None, value, value, num(value)),),
    )


def _line_of(step: Step, where: QuadratureProposal) -> onedim.Line:
    """L as a function of its one weight; KernelError unless it has one, with numbers for all."""
    about = step.objective
    data, outer = about.data, about.outer
    if about.lam is None or about.noise is None or data is None or outer is None:
        raise step.refuse("numbers for lambda, s and the data are needed")
    if data.d != 1 or outer.p != 1:
        raise step.refuse("L has more than one weight")
    if where.cells * data.n > onedim.MAX_WORK:
        raise step.refuse("the quadrature has too many cells")
    weights = [w for w in (outer.first_positive, outer.first_negative) if w is not None]
    if len(weights) != 1 or abs(weights[0]) != outer.a_1:
        raise step.refuse("the outer weight is not that of the problem")
    rows = onedim.rows_of(step.rows_of_the_data())
    return onedim.Line(about.sigma, about.loss, rows, weights[0], about.lam, about.noise)


def _slope_of(step: Step) -> onedim.Slope:
    """The numbers of <grad L, W> >= m r^2 - b."""
    claim = step.premise(1, Dissipative)
    m, b = step.constant(claim.m).lo, step.constant(claim.b).hi
    if m is None or b is None:
        raise step.refuse("numbers for the growth of L are needed")
    return onedim.Slope(m, b)


# -- the stationary excess -------------------------------------------------------------------------


_EXCESS: Definition = (eps, s * N / 4 * (1 + log(2 * l_bar * W_2**2 / (s * N))))


def _excess_bounded(step: Step) -> Conclusion:
    K = _bounded_laplacian(step, 1)
    return Conclusion(
        StationaryExcess(eps, for_positive(step)),
        define=((l_bar, lam + K / N), _EXCESS),
    )


def _twice_at_zero(step: Step) -> Node:
    """A bound of 2 L(0) for the loss (c/2) (f - y)^2, as |f_i(0)| <= a_1 sigma0."""
    square, at_rest = square_of(step), output_at_rest(step)
    if step.objective.symbolic:
        return square * (B_y + at_rest) ** 2
    return square * (Y2 + product(2 * Y1, at_rest) + at_rest**2)


def _excess_affine(step: Step) -> Conclusion:
    """As (lambda/2) ||W*||^2 <= L(W*) <= L(0), a minimiser W* has ||W*|| <= r_star."""
    square = square_of(step)
    laplacian = step.premise(1, RiskLaplacian)
    if laplacian.slope is None:
        raise step.refuse("a bound of the Laplacian that is affine in r is needed")
    if step.objective.symbolic:
        at_zero = B_y + output_at_rest(step)
        minimiser = (at_zero if square == 1 else sqrt(number(square)) * at_zero) / sqrt(lam)
    else:
        minimiser = sqrt(_twice_at_zero(step) / lam)
    reach = r_star + sqrt(s * N / (2 * lam))
    return Conclusion(
        StationaryExcess(eps, for_positive(step)),
        define=(
            (r_star, minimiser),
            (l_bar, lam + (laplacian.constant + laplacian.slope * reach) / N),
            _EXCESS,
        ),
    )


# -- the initial law -------------------------------------------------------------------------------


def _start(step: Step, *define: Definition) -> Conclusion:
    return Conclusion(Start(v_0, chi, A_2, for_positive(step)), define=define)


def _start_bounded(step: Step) -> Conclusion:
    bound = step.premise(1, Oscillation).bound
    return _start(
        step,
        (v_0, s / (2 * lam)),
        (chi, 2 * bound / s),
        (A_2, lam / 2 * W_4**2 + bound),
    )


def _start_quadratic(step: Step) -> Conclusion:
    """R <= c_0 + c_1 r^2."""
    return _start(
        step,
        (c_0, _twice_at_zero(step)),
        (c_1, square_of(step) * squared(output_slope(step))),
        (v_0, s / (2 * lam + 4 * c_1)),
        (chi, 2 * c_0 / s + N / 2 * log(1 + 2 * c_1 / lam)),
        (A_2, c_0 + (lam / 2 + c_1) * W_4**2),
    )


def _start_linear(step: Step) -> Conclusion:
    """0 <= R - floor <= c_0 + c_1 r for a loss of bounded slope, with the floor of phi.

    phi(x) <= phi(0) + l1 |x|, and |x_i| <= offset + a_1 sigma0 + M1 a_2 ||W x_i||.
    """
    two, slope = number(2), of_l1(step, 3)
    require_everywhere(step, 3)
    require_quantity(step, 4, "l_0")
    floor = step.premise(5, LossFloor).floor
    at_rest = step.objective.loss.mean_offset(step.objective.symbolic) + output_at_rest(step)
    return _start(
        step,
        (c_0, l_0 - floor + times(step, slope, at_rest)),
        (c_1, times(step, slope, output_slope(step))),
        (v_0, s / (4 * lam)),
        (chi, 2 * c_0 / s + c_1**2 / (lam * s) + N / 2 * log(two)),
        (A_2, lam / 2 * W_4**2 + c_0 + c_1 * W_2),
    )


# -- convergence -----------------------------------------------------------------------------------


def _convergence_with_a_rate(step: Step) -> Conclusion:
    return Conclusion(Rate(for_positive(step)))


def _langevin(step: Step) -> Conclusion:
    oscillation = step.premise(0, Oscillation).bound
    lipschitz = step.premise(1, GradientLipschitz).constant
    _bounded_laplacian(step, 3)
    if not step.premise(4, SpectralGap).log_sobolev:
        raise step.refuse("a spectral gap without a log-Sobolev inequality is not enough")
    return Conclusion(
        LangevinRate(for_positive(step)),
        define=((h_0, 2 * oscillation / s), (L_F, 2 * lipschitz / s)),
    )


RATES: tuple[Rule, ...] = (
    Rule(
        name="moments bounded",
        about="objective",
        premises=(RiskGradient,),
        conclusion=Moments,
        check=_moments_bounded,
        reason=r"$\mathbb E_{\mu_s}\langle\nabla L,W\rangle=\frac{sN}2$ and $\mathbb "
        r"E_{\mu_s}r^2\langle\nabla L,W\rangle=\frac{s(N+2)}2\mathbb E_{\mu_s}r^2$ "
        r"by integration by parts; $\langle\nabla L,W\rangle\ge\lambda r^2-Gr$ and "
        r"Cauchy--Schwarz give quadratic inequalities for the moments.",
    ),
    Rule(
        name="moments Euler",
        about="objective",
        premises=(Radial,),
        conclusion=Moments,
        check=_moments_euler,
        reason=r"$\mathbb E_{\mu_s}\langle\nabla L,W\rangle=\frac{sN}2$ and $\mathbb "
        r"E_{\mu_s}r^2\langle\nabla L,W\rangle=\frac{s(N+2)}2\mathbb E_{\mu_s}r^2$ "
        r"by integration by parts; $\langle\nabla L,W\rangle\ge\lambda r^2-C-Dr$ and "
        r"Cauchy--Schwarz give quadratic inequalities for the moments.",
    ),
    Rule(
        name="oscillation",
        about="objective",
        premises=(Parameters, Swing, Enclosed, Enclosed),
        conclusion=Oscillation,
        check=_oscillation,
        reason=r"$|f_i|\le F$ from the range of $\sigma$, and the loss varies by at "
        r"most $\mathrm{osc}$ there.",
    ),
    Rule(
        name="oscillation where it is reached",
        about="objective",
        premises=(Parameters, LossBounds, Enclosed, Enclosed),
        conclusion=Oscillation,
        check=_oscillation_where_reached,
        reason=r"$|f_i|\le F$ from the range of $\sigma$, and $|\ell'|\le l_1$ between any two "
        r"outputs that are reached.",
    ),
    Rule(
        name="gap bounded",
        about="objective",
        premises=(Oscillation,),
        conclusion=SpectralGap,
        check=_gap_bounded,
        reason=r"$\mu_s$ is the Gaussian law $N(0,\frac s{2\lambda}I)$, whose gap is "
        r"$\lambda$, perturbed by $e^{-2R/s}$; a bounded perturbation costs the "
        r"factor $e^{-2\,\mathrm{osc}(R)/s}$ (Holley--Stroock), in the Poincar\'e "
        r"and in the log-Sobolev inequality.",
        source=HOLLEY,
        evidence=CITED,
    ),
    Rule(
        name="dissipative radial",
        about="objective",
        premises=(Radial,),
        conclusion=Dissipative,
        check=_dissipative_radial,
        reason=r"$\langle\nabla L,W\rangle\ge\lambda r^2-C-Dr$, and "
        r"$Dr\le\frac\lambda2r^2+\frac{D^2}{2\lambda}$ when $D>0$.",
    ),
    Rule(
        name="dissipative gradient",
        about="objective",
        premises=(RiskGradient,),
        conclusion=Dissipative,
        check=_dissipative_gradient,
        reason=r"$\langle\nabla L,W\rangle\ge\lambda "
        r"r^2-Gr\ge\frac\lambda2r^2-\frac{G^2}{2\lambda}$.",
    ),
    Rule(
        name="dissipative one-signed",
        about="objective",
        premises=(OneSigned,),
        conclusion=Dissipative,
        check=_dissipative_one_signed,
        reason=r"$\langle\nabla L,W\rangle\ge\lambda r^2-C$, whatever $U$.",
    ),
    Rule(
        name="gap Lyapunov",
        about="objective",
        premises=(Dissipative, Swing, Enclosed, Enclosed),
        conclusion=SpectralGap,
        check=_gap_lyapunov,
        reason=r"With $\langle\nabla L,W\rangle\ge mr^2-b$, $m'=2m/s$, $b'=2b/s$, the "
        r"function $U=1+\frac{m'}{2(N+b')}r^2$ satisfies $\Delta "
        r"U-\frac2s\langle\nabla L,\nabla U\rangle\le-m'U+2m'\mathbf 1_{r\le\bar "
        r"R}$, so $C_P\le\frac1{m'}+2\kappa$ with the Poincar\'e constant "
        r"$\kappa\le\frac s{2\lambda}e^{2\omega/s}$ of $\mu_s$ on the ball, where "
        r"$|f_i|\le\bar F$.",
        source=LYAPUNOV,
        evidence=CITED,
    ),
    Rule(
        name="gap convex",
        about="objective",
        premises=(Parameters, ChainRule, Residual, Enclosed, Enclosed, OfLoss),
        conclusion=SpectralGap,
        check=_gap_convex,
        reason=r"$\nabla^2R(V,V)\ge-\rho\,\frac1n\sum_i\sum_j|a_j|M_2v_{ij}^2\ge-\Lambda_S\rho\|a\|_\infty "
        r"M_2\|V\|^2$, the other part of the Hessian being nonnegative; a density "
        r"$e^{-2L/s}$ with $\nabla^2L\ge m_c$ has gap at least $m_c$ and log-Sobolev "
        r"constant at most $\frac s{2m_c}$ (Bakry--\'Emery).",
        source="Bakry and Emery 1985",
        evidence=CITED,
    ),
    Rule(
        name="gap in one dimension",
        about="objective",
        premises=(Parameters, Dissipative),
        conclusion=SpectralGap,
        check=_gap_in_one_dimension,
        reason=r"With $V=2L/s$ on the line, $C_P\le4\max(B_+,B_-)$, "
        r"$B_+=\sup_{x>m}\int_x^\infty e^{-V}\int_m^xe^V$ and $B_-$ likewise "
        r"(Muckenhoupt); the integrals are bounded cell by cell, and beyond the last "
        r"cell by $V'\ge\frac2s(mw-b/w)$; $\xi=\log\frac{8\lambda\max(B_+,B_-)}s$.",
        proposal=QuadratureProposal,
        source="Muckenhoupt 1972; Bobkov and Gotze 1999",
        evidence=CITED,
        looks_at_rows=True,
    ),
    Rule(
        name="excess bounded",
        about="objective",
        premises=(Moments, RiskLaplacian),
        conclusion=StationaryExcess,
        check=_excess_bounded,
        reason=r"$\frac2s\mathbb E_{\mu_s}L=h(\mu_s)-\log Z$; $h(\mu_s)\le\frac "
        r"N2\log\frac{2\pi e\,\mathbb E r^2}N$, and $\log Z\ge h(\nu)-\frac2s\mathbb "
        r"E_\nu L$ with $\nu=N(W^*,\tau I)$, $\mathbb E_\nu L\le\min "
        r"L+\frac\tau2(\lambda N+K)$ and $\tau=\frac s{2\bar\ell}$.",
    ),
    Rule(
        name="excess affine",
        about="objective",
        premises=(Moments, RiskLaplacian),
        conclusion=StationaryExcess,
        check=_excess_affine,
        reason=r"As for a bounded Laplacian, with $\mathbb E_\nu L\le\min "
        r"L+\frac\tau2(\lambda N+B+A(\|W^*\|+\sqrt{\tau N}))$ for $\tau=\frac "
        r"s{2\bar\ell}\le\frac s{2\lambda}$ and $\frac\lambda2\|W^*\|^2\le L(0)$.",
    ),
    Rule(
        name="start bounded",
        about="objective",
        premises=(Moments, Oscillation),
        conclusion=Start,
        check=_start_bounded,
        reason=r"$\int\rho_0^2/\mu_s\le e^{2\,\mathrm{osc}/s}\bigl(4u(1-u)\bigr)^{-N/2}$ "
        r"for $v=us/\lambda$, and $u=\frac12$; $L-\min "
        r"L\le\frac\lambda2r^2+\mathrm{osc}$.",
    ),
    Rule(
        name="start quadratic",
        about="objective",
        premises=(Moments, Enclosed, Enclosed),
        conclusion=Start,
        check=_start_quadratic,
        reason=r"$0\le R\le c_0+c_1r^2$, so $\int\rho_0^2/\mu_s\le "
        r"e^{2c_0/s}\bigl(\frac{\pi s}\lambda\bigr)^{N/2}(2\pi "
        r"v)^{-N}\bigl(\pi/(\frac1v-\frac{\lambda+2c_1}s)\bigr)^{N/2}$, which is "
        r"$e^{\chi}$ at $v=v_0$; $L-\min L\le c_0+(\frac\lambda2+c_1)r^2$.",
    ),
    Rule(
        name="start linear",
        about="objective",
        premises=(Moments, Enclosed, Enclosed, LossBounds, OfLoss, LossFloor),
        conclusion=Start,
        check=_start_linear,
        reason=r"$0\le R\le c_0+c_1r$ and $\frac2sc_1r\le\frac\lambda "
        r"sr^2+\frac{c_1^2}{\lambda s}$; then as for a quadratic bound, at "
        r"$v_0=\frac s{4\lambda}$; $L-\min L\le\frac\lambda2r^2+c_0+c_1r$.",
    ),
    Rule(
        name="convergence with a rate",
        about="objective",
        premises=(SpectralGap, Start, StationaryExcess),
        conclusion=Rate,
        check=_convergence_with_a_rate,
        reason=r"$\mathbb E L(W_t)-\mathbb E_{\mu_s}L=\int(L-\min "
        r"L)(P_t(\rho_0/\mu_s)-1)\,d\mu_s\le "
        r"A_2e^{-\lambda_st}\|\rho_0/\mu_s-1\|_{L^2(\mu_s)}$, hence $\mathbb E "
        r"L(W_t)-\min L\le\varepsilon(s)+A_2\exp\bigl(\frac\chi2-\frac\lambda "
        r"q\,t\,e^{-\xi}\bigr)$ from $N(0,v_0I)$.",
    ),
    Rule(
        name="Langevin Monte Carlo",
        about="objective",
        premises=(Oscillation, GradientLipschitz, StationaryExcess, RiskLaplacian, SpectralGap),
        conclusion=LangevinRate,
        check=_langevin,
        reason=r"$F=2L/s$ has a Lipschitz gradient ($L_F$) and a log-Sobolev inequality "
        r"($\alpha$), so $H(\rho_k)\le e^{-\alpha "
        r"hk}H(\rho_0)+8hNL_F^2/\alpha\le\frac\alpha2\delta^2$ with $H(\rho_0)\le "
        r"h_0$; $W_2^2\le\frac2\alpha H$ (Otto--Villani), and $\mathbb "
        r"E_{\mu_s}\|\nabla L\|^2=\frac s2\mathbb E_{\mu_s}\Delta L$. With "
        r"$\alpha=\frac{2\lambda}{qs}e^{-\xi}$, "
        r"$h\le\min\bigl(\frac\alpha{4L_F^2},\frac{\alpha^2\delta^2}{32NL_F^2}\bigr)$ "
        r"and $k\ge\frac1{\alpha h}\log\frac{4h_0}{\alpha\delta^2}$: $\mathbb E "
        r"L(W_k)-\min L\le\varepsilon(s)+\delta\sqrt{\frac s2(\lambda "
        r"N+K)}+\frac{\mathrm{gLip}}2\delta^2$.",
        source=LANGEVIN,
        evidence=CITED,
    ),
)
