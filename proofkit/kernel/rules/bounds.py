"""Bounds of the risk R and of its derivatives, for every W.

Notation: f_i = sum_j a_j sigma(z_ij), z_i = W x_i, r = ||W||_F; Lambda_S is the largest eigenvalue
of (1/n) sum x_i x_i^T and X2 its trace, both at most B_x^2.
"""

from __future__ import annotations

from fractions import Fraction

from proofkit.kernel.claims import (
    ChainRule,
    Enclosed,
    LossBounds,
    NearLine,
    OneSigned,
    Parameters,
    Radial,
    Residual,
    RiskGradient,
    RiskLaplacian,
)
from proofkit.kernel.formula import Constant
from proofkit.kernel.inference import Conclusion, Rule, Step
from proofkit.kernel.symbols import (
    G0,
    G1,
    M1,
    M2,
    S0,
    X2,
    Y1,
    Y2,
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
    S_hi,
    S_lo,
    a_1,
    a_2,
    a_inf,
    a_minus,
    a_plus,
    alpha,
    fall,
    gamma,
    kappa,
    kappa_hi,
    kappa_lo,
    l1,
    l2,
    lambda_alpha,
    larger,
    m_0,
    number,
    rho,
    sigma0,
    sqrt,
    y_max,
    y_min,
)
from proofkit.kernel.univariate.terms import ZERO, Node

Definition = tuple[Node, Node]


def _require(step: Step, *names: Node) -> None:
    """KernelError unless the premises give all of these constants."""
    for name in names:
        step.constant(name)


def require_squared(step: Step) -> None:
    """KernelError unless the loss is the squared one."""
    if not step.objective.squared:
        raise step.refuse("only the squared loss")


def require_logistic(step: Step) -> None:
    """KernelError unless the loss is the logistic one."""
    if step.objective.squared:
        raise step.refuse("only the logistic loss")


def is_positive(constant: Constant) -> bool:
    """True when a constant is known to be > 0."""
    return constant.lo is not None and constant.lo > 0


# -- the residual ----------------------------------------------------------------------------------


def _bounded_residual(step: Step) -> Conclusion:
    require_squared(step)
    if step.objective.symbolic:
        bound = B_y + a_1 * S0
    else:
        above = a_plus * S_hi - a_minus * S_lo - y_min
        below = y_max - a_plus * S_lo + a_minus * S_hi
        bound = larger(above, below)
    return Conclusion(Residual(rho), define=((rho, bound),))


def _logistic_residual(step: Step) -> Conclusion:
    require_logistic(step)
    return Conclusion(Residual(rho), define=((rho, l1),))


# -- gradient and Laplacian ------------------------------------------------------------------------


def _bounded_gradient(step: Step) -> Conclusion:
    bound = step.premise(2, Residual).bound
    return Conclusion(RiskGradient(G), define=((G, bound * M1 * a_2 * sqrt(Lambda_S)),))


def _bounded_laplacian(step: Step) -> Conclusion:
    bound = step.premise(3, Residual).bound
    return Conclusion(
        RiskLaplacian(K), define=((K, X2 * (l2 * a_2**2 * M1**2 + bound * a_1 * M2)),)
    )


def _affine_laplacian(step: Step) -> Conclusion:
    """|f_i - y_i| <= B_y + a_1 sigma0 + M1 a_2 B_x r in the place of rho."""
    require_squared(step)
    return Conclusion(
        RiskLaplacian(B, A),
        define=(
            (A, X2 * M1 * M2 * a_1 * a_2 * B_x),
            (B, X2 * (l2 * a_2**2 * M1**2 + (B_y + a_1 * sigma0) * a_1 * M2)),
        ),
    )


def _affine_gradient(step: Step) -> Conclusion:
    require_squared(step)
    return Conclusion(
        RiskGradient(G0, G1),
        define=(
            (G0, M1 * a_2 * sqrt(Lambda_S) * (B_y + a_1 * sigma0)),
            (G1, M1**2 * a_2**2 * Lambda_S),
        ),
    )


# -- along the radius ------------------------------------------------------------------------------


def _exponent(step: Step) -> Fraction:
    """The kappa >= 0 of the Euler defect H = sup |z sigma' - kappa sigma|."""
    _require(step, H)
    exponent = step.constant(kappa).lo
    if exponent is None or exponent < 0:
        raise step.refuse("kappa must be a rational >= 0")
    return exponent


def _completed_square(step: Step) -> tuple[Definition, ...]:
    """gamma, C and D for kappa > 0: (f - y)(kappa f + g) = kappa e^2 + (kappa y + g) e, e = f - y."""
    if step.objective.symbolic:
        square = (kappa * B_y + gamma) ** 2
    else:
        square = kappa**2 * Y2 + 2 * kappa * gamma * Y1 + gamma**2
    return (gamma, a_1 * H), (C, square / (4 * kappa)), (D, ZERO)


def _radial_bound(step: Step) -> Conclusion:
    require_squared(step)
    _require(step, M1, sigma0)
    if _exponent(step):
        return Conclusion(Radial(C, D), define=_completed_square(step))
    return Conclusion(
        Radial(C, D),
        define=(
            (gamma, a_1 * H),
            (C, gamma * (B_y + a_1 * sigma0)),
            (D, gamma * M1 * a_2 * sqrt(Lambda_S)),
        ),
    )


def _euler_bound(step: Step) -> Conclusion:
    require_squared(step)
    if not _exponent(step):
        raise step.refuse("kappa must be positive")
    return Conclusion(Radial(C, D), define=_completed_square(step))


def _logistic_euler_bound(step: Step) -> Conclusion:
    """With u = y f: l' f = -u/(1 + exp(u)) >= -3/8, as u exp(-u) <= 1/e."""
    require_logistic(step)
    if not _exponent(step):
        raise step.refuse("kappa must be positive")
    return Conclusion(
        Radial(C, D),
        define=((gamma, a_1 * H), (C, 3 * kappa / 8 + l1 * gamma), (D, ZERO)),
    )


def _radial_residual(step: Step) -> Conclusion:
    _require(step, H)
    if not step.constant(kappa).is_zero:
        raise step.refuse("z sigma' must be bounded (kappa = 0)")
    bound = step.premise(2, Residual).bound
    return Conclusion(Radial(C, D), define=((C, bound * a_1 * H), (D, ZERO)))


# -- outer weights of one sign ---------------------------------------------------------------------


def _require_euler_range(step: Step) -> None:
    """KernelError unless kappa_lo sigma - h <= z sigma' <= kappa_hi sigma + h with 0 < kappa_lo."""
    low, high = step.constant(kappa_lo).lo, step.constant(kappa_hi).lo
    if low is None or high is None or not 0 < low <= high:
        raise step.refuse("0 < kappa_lo <= kappa_hi is needed")


def _one_signed(step: Step) -> Conclusion:
    """f bounds every sigma(z_ij), so sigma may grow like z^2: the weights are those of the data."""
    outer = step.objective.outer
    if outer is None:
        raise step.refuse("the outer weights are not known")
    if not outer.one_sign:
        raise step.refuse("the outer weights are not of one sign")
    _require(step, a_plus, a_minus)
    return _of_one_sign(step, hypothesis=False)


def _if_one_signed(step: Step) -> Conclusion:
    """The same with the sign as a hypothesis, for outer weights that are symbols."""
    if not step.objective.symbolic:
        raise step.refuse("the outer weights are known")
    return _of_one_sign(step, hypothesis=True)


def _of_one_sign(step: Step, *, hypothesis: bool) -> Conclusion:
    _require_euler_range(step)
    shift: tuple[Definition, ...] = (
        (gamma, a_1 * larger(H_lo, H_hi)),
        (m_0, larger(ZERO, -S_lo)),
    )
    bounds = (
        _one_sign_squared(step.objective.symbolic)
        if step.objective.squared
        else _one_sign_logistic()
    )
    return Conclusion(OneSigned(C, A, B, hypothesis), define=(*shift, *bounds))


def _one_sign_squared(symbolic: bool) -> tuple[Definition, ...]:
    """C, A and B for the squared loss."""
    mean = B_y if symbolic else Y1
    if symbolic:
        square = (kappa_hi * B_y + gamma) ** 2
    else:
        square = kappa_hi**2 * Y2 + 2 * kappa_hi * gamma * Y1 + gamma**2
    weights = 2 * a_inf + a_1
    at_rest = weights * (kappa_hi * mean + gamma) / (2 * kappa_lo) + 2 * a_inf * (mean + a_1 * m_0)
    return (
        (C, square / (4 * kappa_lo)),
        (A, B_x**2 * M2 * weights),
        (B, B_x**2 * M2 * at_rest),
    )


def _one_sign_logistic() -> tuple[Definition, ...]:
    """C, A and B for the logistic loss, whose Laplacian is bounded."""
    at_rest = 2 * a_inf * (number(Fraction(3, 8)) + l2 * a_1 * m_0) + l1 * a_1
    return (
        (C, 3 * kappa_hi / 8 + l1 * gamma),
        (A, ZERO),
        (B, B_x**2 * M2 * at_rest),
    )


# -- near a line -----------------------------------------------------------------------------------


def _line(step: Step) -> Conclusion:
    """sigma near a line of positive slope, with negative values of sigma' somewhere."""
    _require(step, S_alpha)
    if not (is_positive(step.constant(alpha)) and is_positive(step.constant(fall))):
        raise step.refuse("alpha or sup -sigma' is not positive")
    return Conclusion(
        NearLine(falling=True),
        define=((lambda_alpha, alpha * fall * a_2**2 * Lambda_S),),
    )


_ONE_SIGN_PREMISES = (Parameters, ChainRule, LossBounds, Enclosed, Enclosed, Enclosed, Enclosed)
_ONE_SIGN_REASON = (
    r"Changing the signs of $a$ and $y$ together, $a\ge0$. With $h=\gamma/\|a\|_1$: "
    r"$\kappa_-\sigma-h\le z\sigma'\le\kappa_+\sigma+h$, and "
    r"$\sigma'^2\le2M_2(\sigma+m_0)$, as "
    r"$0\le\sigma(z+t)+m_0\le\sigma+m_0+\sigma't+\frac12M_2t^2$ for every $t$; hence "
    r"$\sum_ja_j^2\sigma'(z_{ij})^2\le2\|a\|_\infty M_2(|f_i|+m_0\|a\|_1)$. Squared "
    r"loss: by the sign of $e_i=f_i-y_i$, "
    r"$e_i\sum_ja_jz_{ij}\sigma'(z_{ij})\ge\kappa_-e_i^2-(\kappa_+|y_i|+\gamma)|e_i|=\kappa_-(|e_i|-c_i)^2-\kappa_-c_i^2$ "
    r"with "
    r"$2\kappa_-c_i=\kappa_+|y_i|+\gamma$; $U^2=\frac1n\sum_i(|e_i|-c_i)^2$, so "
    r"$\frac1n\sum_i|e_i|\le U+\frac1n\sum_ic_i$. Logistic loss: $U=0$, "
    r"$u/(1+e^u)\le ue^{-u}\le\frac38$ and $\ell''|f_i|\le|f_i|e^{-|f_i|}\le\frac38$."
)

BOUNDS: tuple[Rule, ...] = (
    Rule(
        name="bounded residual",
        about="objective",
        premises=(Parameters, Enclosed, Enclosed),
        conclusion=Residual,
        check=_bounded_residual,
        reason=r"$|f_i-y_i|\le\rho$ since $|f_i|\le\|a\|_1\sup|\sigma|$.",
        lemma="residual_bounded",
    ),
    Rule(
        name="logistic residual",
        about="objective",
        premises=(LossBounds,),
        conclusion=Residual,
        check=_logistic_residual,
        reason=r"$|\ell'|\le\rho$ for the logistic loss.",
        lemma="residual_logistic",
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
        reason=r"$|f_i-y_i|\le B_y+\|a\|_1|\sigma(0)|+M_1\|a\|_2B_xr$, so $\Delta R\le Ar+B$.",
        lemma="laplacian_affine",
    ),
    Rule(
        name="affine gradient",
        about="objective",
        premises=(Parameters, ChainRule, Enclosed, Enclosed),
        conclusion=RiskGradient,
        check=_affine_gradient,
        reason=r"$(\frac1n\sum_i(f_i-y_i)^2)^{1/2}\le "
        r"B_y+\|a\|_1|\sigma(0)|+M_1\|a\|_2\Lambda_S^{1/2}r$, so $\|\nabla R\|\le "
        r"G_0+G_1r$.",
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
        name="logistic Euler bound",
        about="objective",
        premises=(Parameters, ChainRule, LossBounds, Enclosed),
        conclusion=Radial,
        check=_logistic_euler_bound,
        reason=r"With $g_i=\sum_ja_j(z_{ij}\sigma'(z_{ij})-\kappa\sigma(z_{ij}))$, "
        r"$|g_i|\le\gamma=\|a\|_1H$, $\kappa>0$: $\langle\nabla "
        r"R,W\rangle=\frac1n\sum_i\ell_i'(\kappa f_i+g_i)$, and with $u=y_if_i$, "
        r"$\ell_i'f_i=-u/(1+e^u)\ge-\frac38$ and $|\ell_i'g_i|\le\gamma\sup|\ell'|$.",
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
        reason=_ONE_SIGN_REASON,
        lemma="one_sign",
    ),
    Rule(
        name="weights of one sign",
        about="objective",
        premises=_ONE_SIGN_PREMISES,
        conclusion=OneSigned,
        check=_if_one_signed,
        reason=_ONE_SIGN_REASON,
        lemma="one_sign",
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
