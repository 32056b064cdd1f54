"""Bounds of the risk R and of its derivatives, for every W.

Notation: f_i = sum_j a_j sigma(z_ij), z_i = W x_i, r = ||W||_F; Lambda_S is the largest eigenvalue
of (1/n) sum x_i x_i^T and X2 its trace, both at most B_x^2.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from proofkit.kernel.claims import (
    ChainRule,
    Enclosed,
    LossBounds,
    NearLine,
    OfLoss,
    OneSigned,
    Parameters,
    Radial,
    Residual,
    RiskGradient,
    RiskLaplacian,
)
from proofkit.kernel.formula import Constant
from proofkit.kernel.inference import Conclusion, Rule, Step
from proofkit.kernel.network.bound import Bound
from proofkit.kernel.network.layer import Bend, Slope
from proofkit.kernel.network.writing import less, product
from proofkit.kernel.rules.loss import (
    of_l1,
    of_l2,
    require_everywhere,
    require_quantity,
    slope_at_zero,
    square_of,
    times,
)
from proofkit.kernel.rules.outputs import (
    along_the_radius,
    largest_output,
    output_at_rest,
    output_interval,
    output_slope,
)
from proofkit.kernel.symbols import (
    G0,
    G1,
    M1,
    M2,
    A,
    B,
    B_x,
    B_y,
    C,
    D,
    G,
    H,
    H_hi,
    H_lo,
    K,
    Lambda_S,
    S_alpha,
    S_lo,
    a_1,
    a_2,
    a_inf,
    a_minus,
    a_plus,
    alpha,
    eta,
    fall,
    gamma,
    h_omega,
    kappa,
    kappa_hi,
    kappa_lo,
    lambda_alpha,
    larger,
    m_0,
    number,
    omega,
    r,
    rho,
    sigma0,
    y_max,
    y_min,
    zeta,
)
from proofkit.kernel.univariate.terms import ONE, ZERO, Node

Definition = tuple[Node, Node]


def _require(step: Step, *names: Node) -> None:
    """KernelError unless the premises give all of these constants."""
    for name in names:
        step.constant(name)


def is_positive(constant: Constant) -> bool:
    """True when a constant is known to be > 0."""
    return constant.lo is not None and constant.lo > 0


# -- the residual ----------------------------------------------------------------------------------


def _bounded_residual(step: Step) -> Conclusion:
    """|l'| = c |f - y| for the loss (c/2) (f - y)^2."""
    square = square_of(step)
    if step.objective.symbolic:
        bound = B_y + largest_output(step)
    else:
        low, high = output_interval(step)
        bound = larger(high - y_min, less(y_max, low))
    return Conclusion(Residual(rho), define=((rho, square * bound),))


def _bounded_slope(step: Step) -> Conclusion:
    """|l'| <= l1, whatever the loss."""
    return Conclusion(Residual(rho), define=((rho, of_l1(step, 0)),))


# -- gradient and Laplacian ------------------------------------------------------------------------


def _bounded_gradient(step: Step) -> Conclusion:
    slope = Slope.of_output(Bound.of(step.premise(2, Residual).bound))
    (gradient,) = step.objective.net.gradient(slope)
    (bound,) = gradient.coefficients(r, 0)
    return Conclusion(RiskGradient(G), define=((G, bound),))


def _bounded_laplacian(step: Step) -> Conclusion:
    slope = Slope.of_output(Bound.of(step.premise(3, Residual).bound))
    (laplacian,) = step.objective.net.laplacian(slope, Bend.of_output(of_l2(step, 2)))
    (bound,) = laplacian.coefficients(r, 0)
    return Conclusion(RiskLaplacian(K), define=((K, bound),))


def _affine_laplacian(step: Step) -> Conclusion:
    """|l'_i| <= |phi'(0)| + l2 (offset + a_1 sigma0 + M1 a_2 B_x r) in the place of rho."""
    slope, own = _affine_slope(step)
    (laplacian,) = step.objective.net.laplacian(slope, Bend.of_output(of_l2(step, 2)))
    constant, multiple = laplacian.coefficients(r, 1)
    return Conclusion(RiskLaplacian(B, A), define=((A, multiple), (B, constant)), constants=own)


def _affine_slope(step: Step) -> tuple[Slope, tuple[Constant, ...]]:
    """|l'_i| <= |phi'(0)| + l2 (offset + |f_i|), and the constant that |phi'(0)| is, if any."""
    curvature = of_l2(step, 2)
    require_everywhere(step, 2)
    at_zero, own = slope_at_zero(step)
    value = step.objective.net.value()
    shift = step.objective.loss.offset + output_at_rest(step)
    at_rest = Bound.of(at_zero + times(step, curvature, shift))
    factor = times(step, curvature, ONE)
    return (
        Slope.of_output(
            at_rest + value.largest.led_by(factor), at_rest + value.mean.led_by(factor)
        ),
        own,
    )


def _affine_gradient(step: Step) -> Conclusion:
    """The root mean square of l'_i is at most its bound at rest and l2 M1 a_2 sqrt(Lambda_S) r."""
    slope, own = _affine_slope(step)
    (gradient,) = step.objective.net.gradient(slope)
    constant, multiple = gradient.coefficients(r, 1)
    return Conclusion(RiskGradient(G0, G1), define=((G0, constant), (G1, multiple)), constants=own)


# -- along the radius ------------------------------------------------------------------------------


def _exponent(step: Step) -> Fraction:
    """The kappa >= 0 of the Euler defect H = sup |z sigma' - kappa sigma|."""
    _require(step, H)
    exponent = step.constant(kappa).lo
    if exponent is None or exponent < 0:
        raise step.refuse("kappa must be a rational >= 0")
    return exponent


def _completed_square(step: Step, factor: Node) -> tuple[Definition, ...]:
    """gamma, C and D for kappa > 0: (f - y)(kappa f + g) = kappa e^2 + (kappa y + g) e, e = f - y.

    ``factor`` is c of the loss (c/2) e^2.
    """
    exponent, rest = along_the_radius(step)
    square = step.objective.loss.mean_square(exponent, gamma, step.objective.symbolic)
    return (gamma, rest), (C, factor * square / (4 * exponent)), (D, ZERO)


def _radial_bound(step: Step) -> Conclusion:
    square = square_of(step)
    _require(step, M1, sigma0)
    if _exponent(step):
        return Conclusion(Radial(C, D), define=_completed_square(step, number(square)))
    _, rest = along_the_radius(step)
    return Conclusion(
        Radial(C, D),
        define=(
            (gamma, rest),
            (C, square * (gamma * (B_y + output_at_rest(step)))),
            (D, square * product(gamma, output_slope(step))),
        ),
    )


def _euler_bound(step: Step) -> Conclusion:
    square = square_of(step)
    if not _exponent(step):
        raise step.refuse("kappa must be positive")
    return Conclusion(Radial(C, D), define=_completed_square(step, number(square)))


def _euler_bound_of_slope(step: Step) -> Conclusion:
    """l' f = x phi'(x) + o phi'(x) >= -eta - l1 |o| with the offset o, and |l' g| <= l1 gamma."""
    slope = of_l1(step, 2)
    require_quantity(step, 3, "eta")
    exponent, rest = along_the_radius(step)
    if _exponent(step) == 0:
        return Conclusion(Radial(C, D), define=((gamma, rest), (C, slope * gamma), (D, ZERO)))
    pull = eta + slope * step.objective.loss.mean_offset(step.objective.symbolic)
    whole = times(step, exponent, pull)
    return Conclusion(Radial(C, D), define=((gamma, rest), (C, whole + slope * gamma), (D, ZERO)))


def _euler_bound_of_curvature(step: Step) -> Conclusion:
    """With q = kappa |o| + |g| for the offset o:

    l' (kappa f + g) >= kappa x phi' - q |phi'| >= (kappa/omega) (phi'^2 - h_omega) - q |phi'|
                     >= -omega q^2/(4 kappa) - kappa h_omega/omega.
    """
    require_quantity(step, 2, "h_omega")
    if not _exponent(step):
        raise step.refuse("kappa must be positive")
    shift, (_, constant), none = _completed_square(step, omega)
    if not step.constant(h_omega).is_zero:
        constant = constant + kappa * h_omega / omega
    return Conclusion(Radial(C, D), define=(shift, (C, constant), none))


def _radial_residual(step: Step) -> Conclusion:
    _require(step, H)
    if not step.constant(kappa).is_zero:
        raise step.refuse("z sigma' must be bounded (kappa = 0)")
    bound, (_, rest) = step.premise(2, Residual).bound, along_the_radius(step)
    return Conclusion(Radial(C, D), define=((C, product(bound, rest)), (D, ZERO)))


# -- outer weights of one sign ---------------------------------------------------------------------


def _require_euler_range(step: Step) -> None:
    """KernelError unless kappa_lo sigma - h <= z sigma' <= kappa_hi sigma + h with 0 < kappa_lo."""
    low, high = step.constant(kappa_lo).lo, step.constant(kappa_hi).lo
    if low is None or high is None or not 0 < low <= high:
        raise step.refuse("0 < kappa_lo <= kappa_hi is needed")


def _require_one_sign(step: Step) -> None:
    """KernelError unless the outer weights are known, and of one sign."""
    outer = step.objective.outer
    if outer is None:
        raise step.refuse("the outer weights are not known")
    if not outer.one_sign:
        raise step.refuse("the outer weights are not of one sign")
    _require(step, a_plus, a_minus)


def _require_symbols(step: Step) -> None:
    """KernelError unless the outer weights are symbols: their sign is then a hypothesis."""
    if not step.objective.symbolic:
        raise step.refuse("the outer weights are known")


def _one_signed(step: Step) -> Conclusion:
    """f bounds every sigma(z_ij), so sigma may grow like z^2: the weights are those of the data."""
    _require_one_sign(step)
    return _of_one_sign(step, _one_sign_of_square, hypothesis=False)


def _if_one_signed(step: Step) -> Conclusion:
    """The same with the sign as a hypothesis."""
    _require_symbols(step)
    return _of_one_sign(step, _one_sign_of_square, hypothesis=True)


def _one_signed_of_slope(step: Step) -> Conclusion:
    """The same for a loss of bounded slope."""
    _require_one_sign(step)
    return _of_one_sign(step, _one_sign_of_slope, hypothesis=False)


def _if_one_signed_of_slope(step: Step) -> Conclusion:
    """The same for a loss of bounded slope, with the sign as a hypothesis."""
    _require_symbols(step)
    return _of_one_sign(step, _one_sign_of_slope, hypothesis=True)


def _of_one_sign(
    step: Step, bounds: Callable[[Step], tuple[Definition, ...]], *, hypothesis: bool
) -> Conclusion:
    _require_euler_range(step)
    shift: tuple[Definition, ...] = (
        (gamma, a_1 * larger(H_lo, H_hi)),
        (m_0, larger(ZERO, -S_lo)),
    )
    return Conclusion(OneSigned(C, A, B, hypothesis), define=(*shift, *bounds(step)))


def _one_sign_of_square(step: Step) -> tuple[Definition, ...]:
    """C, A and B for the squared loss."""
    if square_of(step) != 1:
        raise step.refuse("only half the squared residual")
    loss, symbolic = step.objective.loss, step.objective.symbolic
    mean = loss.mean_offset(symbolic)
    square = loss.mean_square(kappa_hi, gamma, symbolic)
    weights = 2 * a_inf + a_1
    at_rest = weights * (kappa_hi * mean + gamma) / (2 * kappa_lo) + 2 * a_inf * (mean + a_1 * m_0)
    return (
        (C, square / (4 * kappa_lo)),
        (A, B_x**2 * M2 * weights),
        (B, B_x**2 * M2 * at_rest),
    )


def _one_sign_of_slope(step: Step) -> tuple[Definition, ...]:
    """C, A and B for a loss of bounded slope with |x phi''(x)| <= zeta: its Laplacian is bounded.

    l''_i |f_i| <= zeta + l2 offset, and l'_i f_i >= -eta - l1 |o_i| as in the Euler bound.
    """
    slope, curvature = of_l1(step, 2), of_l2(step, 2)
    require_quantity(step, 7, "eta")
    require_quantity(step, 8, "zeta")
    loss = step.objective.loss
    pull = eta + slope * loss.mean_offset(step.objective.symbolic)
    bend = zeta + curvature * loss.offset
    at_rest = 2 * a_inf * (bend + curvature * a_1 * m_0) + slope * a_1
    return (
        (C, kappa_hi * pull + slope * gamma),
        (A, ZERO),
        (B, B_x**2 * M2 * at_rest),
    )


# -- near a line -----------------------------------------------------------------------------------


def _line(step: Step) -> Conclusion:
    """sigma near a line of positive slope, with negative values of sigma' somewhere."""
    square = square_of(step)
    _require(step, S_alpha)
    if not (is_positive(step.constant(alpha)) and is_positive(step.constant(fall))):
        raise step.refuse("alpha or sup -sigma' is not positive")
    return Conclusion(
        NearLine(falling=True),
        define=((lambda_alpha, square * (alpha * fall * a_2**2 * Lambda_S)),),
    )


_ONE_SIGN_PREMISES = (Parameters, ChainRule, LossBounds, Enclosed, Enclosed, Enclosed, Enclosed)
_ONE_SIGN_START = (
    r"Changing the signs of $a$ and $y$ together, $a\ge0$. With $h=\gamma/\|a\|_1$: "
    r"$\kappa_-\sigma-h\le z\sigma'\le\kappa_+\sigma+h$, and "
    r"$\sigma'^2\le2M_2(\sigma+m_0)$, as "
    r"$0\le\sigma(z+t)+m_0\le\sigma+m_0+\sigma't+\frac12M_2t^2$ for every $t$; hence "
    r"$\sum_ja_j^2\sigma'(z_{ij})^2\le2\|a\|_\infty M_2(|f_i|+m_0\|a\|_1)$. "
)
_ONE_SIGN_OF_SQUARE = (
    _ONE_SIGN_START + r"By the sign of $e_i=f_i-y_i$, "
    r"$e_i\sum_ja_jz_{ij}\sigma'(z_{ij})\ge\kappa_-e_i^2-(\kappa_+|y_i|+\gamma)|e_i|=\kappa_-(|e_i|-c_i)^2-\kappa_-c_i^2$ "
    r"with "
    r"$2\kappa_-c_i=\kappa_+|y_i|+\gamma$; $U^2=\frac1n\sum_i(|e_i|-c_i)^2$, so "
    r"$\frac1n\sum_i|e_i|\le U+\frac1n\sum_ic_i$."
)
_ONE_SIGN_OF_SLOPE = (
    _ONE_SIGN_START + r"$U=0$: by the sign of $\ell'_i$, with one $\kappa$ of $\kappa_-$ and "
    r"$\kappa_+$, $\ell'_i\sum_ja_jz_{ij}\sigma'(z_{ij})\ge\kappa\ell'_if_i-l_1\gamma$, where "
    r"$\ell'_if_i=\varphi'(x_i)(x_i+o_i)\ge-\eta-l_1|o_i|$ for the argument $x_i$ and its offset "
    r"$o_i$; and $|\ell''_if_i|\le\zeta+\ell''_{\max}|o_i|$."
)

BOUNDS: tuple[Rule, ...] = (
    Rule(
        name="bounded residual",
        about="objective",
        premises=(Parameters, Enclosed, Enclosed),
        conclusion=Residual,
        check=_bounded_residual,
        reason=r"$|\ell'_i|=c|f_i-y_i|\le\rho$ since $|f_i|\le\|a\|_1\sup|\sigma|$.",
        lemma="residual_bounded",
    ),
    Rule(
        name="bounded slope",
        about="objective",
        premises=(LossBounds,),
        conclusion=Residual,
        check=_bounded_slope,
        reason=r"$|\ell'|\le l_1=\rho$.",
        lemma="residual_logistic",
        nets="any",
    ),
    Rule(
        name="bounded gradient",
        about="objective",
        premises=(Parameters, ChainRule, Residual, Enclosed),
        conclusion=RiskGradient,
        check=_bounded_gradient,
        reason=r"By Cauchy--Schwarz $\|\nabla "
        r"R\|^2\le\Lambda_S\,\frac1n\sum_i\ell_i'^2\sum_ja_j^2\sigma'(z_{ij})^2\le(\rho "
        r"M_1\|a\|_2)^2\Lambda_S=G^2$.",
        lemma="gradient_bounded",
    ),
    Rule(
        name="bounded Laplacian",
        about="objective",
        premises=(Parameters, ChainRule, LossBounds, Residual, Enclosed, Enclosed),
        conclusion=RiskLaplacian,
        check=_bounded_laplacian,
        reason=r"$\Delta R\le X_2(\ell''_{\max}\|a\|_2^2M_1^2+\rho\|a\|_1M_2)=K$ by the "
        r"triangle inequality.",
        lemma="laplacian_bounded",
    ),
    Rule(
        name="affine Laplacian",
        about="objective",
        premises=(Parameters, ChainRule, LossBounds, Enclosed, Enclosed, Enclosed),
        conclusion=RiskLaplacian,
        check=_affine_laplacian,
        reason=r"$|\ell'_i|\le|\varphi'(0)|+\ell''_{\max}(|o_i|+\|a\|_1|\sigma(0)|+M_1\|a\|_2B_xr)$ with "
        r"the offset $o_i$, so $\Delta R\le Ar+B$.",
        lemma="laplacian_affine",
    ),
    Rule(
        name="affine gradient",
        about="objective",
        premises=(Parameters, ChainRule, LossBounds, Enclosed, Enclosed),
        conclusion=RiskGradient,
        check=_affine_gradient,
        reason=r"$(\frac1n\sum_i\ell_i'^2)^{1/2}\le|\varphi'(0)|+\ell''_{\max}(|o_i|+\|a\|_1|\sigma(0)|"
        r"+M_1\|a\|_2\Lambda_S^{1/2}r)$ with the offset $o_i$, so $\|\nabla R\|\le G_0+G_1r$.",
        lemma="gradient_affine",
    ),
    Rule(
        name="radial bound",
        about="objective",
        premises=(Parameters, ChainRule, Enclosed, Enclosed, Enclosed),
        conclusion=Radial,
        check=_radial_bound,
        reason=r"With $g_i=\sum_ja_j(z_{ij}\sigma'(z_{ij})-\kappa\sigma(z_{ij}))$, "
        r"$|g_i|\le\gamma=\|a\|_1H$: $\langle\nabla "
        r"R,W\rangle=\frac1n\sum_i(f_i-y_i)(\kappa f_i+g_i)\ge-C-Dr$, completing the "
        r"square when $\kappa>0$.",
        lemma="radial_bound",
    ),
    Rule(
        name="Euler bound",
        about="objective",
        premises=(Parameters, ChainRule, Enclosed),
        conclusion=Radial,
        check=_euler_bound,
        reason=r"With $g_i=\sum_ja_j(z_{ij}\sigma'(z_{ij})-\kappa\sigma(z_{ij}))$, "
        r"$|g_i|\le\gamma=\|a\|_1H$, $\kappa>0$: $\langle\nabla "
        r"R,W\rangle=\frac1n\sum_i(f_i-y_i)(\kappa f_i+g_i)\ge-C$, completing the "
        r"square; $\sigma'$ may be unbounded.",
    ),
    Rule(
        name="Euler bound of bounded slope",
        about="objective",
        premises=(Parameters, ChainRule, LossBounds, OfLoss, Enclosed),
        conclusion=Radial,
        check=_euler_bound_of_slope,
        reason=r"With $g_i=\sum_ja_j(z_{ij}\sigma'(z_{ij})-\kappa\sigma(z_{ij}))$, "
        r"$|g_i|\le\gamma=\|a\|_1H$: $\langle\nabla "
        r"R,W\rangle=\frac1n\sum_i\ell_i'(\kappa f_i+g_i)$, "
        r"$\ell_i'f_i\ge-\eta-l_1|o_i|$ and $|\ell_i'g_i|\le l_1\gamma$.",
    ),
    Rule(
        name="Euler bound of bounded curvature",
        about="objective",
        premises=(Parameters, ChainRule, OfLoss, Enclosed),
        conclusion=Radial,
        check=_euler_bound_of_curvature,
        reason=r"With $g_i=\sum_ja_j(z_{ij}\sigma'(z_{ij})-\kappa\sigma(z_{ij}))$, "
        r"$|g_i|\le\gamma=\|a\|_1H$, $\kappa>0$, $q_i=\kappa|o_i|+\gamma$: "
        r"$\ell_i'(\kappa f_i+g_i)\ge\frac\kappa\omega(\varphi'^2-h_\omega)-q_i|\varphi'|"
        r"\ge-\frac{\omega q_i^2}{4\kappa}-\frac{\kappa h_\omega}\omega$.",
    ),
    Rule(
        name="radial residual",
        about="objective",
        premises=(Parameters, ChainRule, Residual, Enclosed),
        conclusion=Radial,
        check=_radial_residual,
        reason=r"$\langle\nabla "
        r"R,W\rangle=\frac1n\sum_i\ell'_i\sum_ja_jz_{ij}\sigma'(z_{ij})\ge-\rho\|a\|_1H$ "
        r"with $H=\sup|z\sigma'|$.",
    ),
    Rule(
        name="one-signed weights",
        about="objective",
        premises=_ONE_SIGN_PREMISES,
        conclusion=OneSigned,
        check=_one_signed,
        reason=_ONE_SIGN_OF_SQUARE,
        lemma="one_sign",
    ),
    Rule(
        name="weights of one sign",
        about="objective",
        premises=_ONE_SIGN_PREMISES,
        conclusion=OneSigned,
        check=_if_one_signed,
        reason=_ONE_SIGN_OF_SQUARE,
        lemma="one_sign",
    ),
    Rule(
        name="one-signed weights, bounded slope",
        about="objective",
        premises=(*_ONE_SIGN_PREMISES, OfLoss, OfLoss),
        conclusion=OneSigned,
        check=_one_signed_of_slope,
        reason=_ONE_SIGN_OF_SLOPE,
    ),
    Rule(
        name="weights of one sign, bounded slope",
        about="objective",
        premises=(*_ONE_SIGN_PREMISES, OfLoss, OfLoss),
        conclusion=OneSigned,
        check=_if_one_signed_of_slope,
        reason=_ONE_SIGN_OF_SLOPE,
    ),
    Rule(
        name="line",
        about="objective",
        premises=(Parameters, Enclosed, Enclosed),
        conclusion=NearLine,
        check=_line,
        reason=r"$\sigma$ stays close to a line of positive slope and falls no faster than "
        r"$\sup(-\sigma')$.",
        lemma="line",
    ),
)
