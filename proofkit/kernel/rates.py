"""The rules of explicit rates: moments, oscillation, spectral gap, stationary excess, initial law,
convergence.

mu_s has the density proportional to exp(-2 L/s); it is the stationary law of
dW = -grad L dt + sqrt(s) dB.  r = ||W||_F, N = p d, R = L - (lambda/2) r^2 >= 0.
Exponentials stay in exponents: a constant here is never larger than a
polynomial in the problem's numbers, so it has a value even where exp(xi) would
not fit anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from proofkit.errors import InputError
from proofkit.kernel import onedim
from proofkit.kernel.core import CITED, Conclusion, Rule, Step
from proofkit.kernel.formula import Constant, evaluate
from proofkit.kernel.ranges import of_s, positive
from proofkit.kernel.univariate.rounding import decimal
from proofkit.problem.data import summarise
from proofkit.reading.table import Table

HOLLEY = "Holley and Stroock 1987; Bakry and Emery 1985"
LYAPUNOV = "Bakry, Barthe, Cattiaux and Guillin 2008, Theorem 1.4"
LANGEVIN = "Vempala and Wibisono 2019, Theorem 1; Otto and Villani 2000"


def require_rows(step: Step, table: Table) -> None:
    """KernelError unless the rows and labels of a table are those of the problem's data, number by
    number.
    """
    data, rows, labels = step.problem.data, table.rows, table.labels
    whole = [table.x_scale, table.y_scale, *labels, *(v for row in rows for v in row)]
    if any(type(v) is not int for v in whole) or min(table.x_scale, table.y_scale) < 1:
        raise step.refuse("the rows are no whole numbers over a positive scale")
    if {len(row) for row in rows} != {table.d} or len(labels) != len(rows):
        raise step.refuse("the rows have different lengths")
    if data is None or summarise(table) != data:
        raise step.refuse("the rows are not the problem's data")


def _squared(step: Step) -> None:
    if step.problem.loss_name != "squared":
        raise step.refuse("only the squared loss")


def _logistic(step: Step) -> None:
    if step.problem.loss_name != "logistic":
        raise step.refuse("only the logistic loss")


_MOMENTS = (
    "under mu_s, proportional to exp(-2 L/s): (E r^2)^(1/2) <= W_2 and (E r^4)^(1/4) <= W_4, "
)


def _moments_bounded(step: Step) -> Conclusion:
    root = "(G + sqrt(G^2 + 2*lambda*s*{}))/(2*lambda)"
    return Conclusion(
        f"{_MOMENTS}{positive(step)} and {of_s(step)}",
        define=(("W_2", root.format("N")), ("W_4", root.format("(N + 2)"))),
    )


def _moments_euler(step: Step) -> Conclusion:
    root = "(D + sqrt(D^2 + 4*lambda*C + 2*lambda*s*{}))/(2*lambda)"
    return Conclusion(
        f"{_MOMENTS}{positive(step)} and {of_s(step)}",
        define=(("W_2", root.format("N")), ("W_4", root.format("(N + 2)"))),
    )


def oscillation_formula(symbolic: bool) -> str:
    """sup R - inf R for the squared loss when |f_i| <= F: the smaller of two bounds of mean_i sup_f
    - inf_f (f - y_i)^2/2.
    """
    return (
        "Min((F + B_y)^2/2, F^2/2 + 2*F*B_y)"
        if symbolic
        else "Min((F^2 + 2*F*Y1 + Y2)/2, F^2/2 + 2*F*Y1)"
    )


def _oscillation(step: Step) -> Conclusion:
    pb = step.problem
    for name in ("S0",) if pb.symbolic else ("S_hi", "S_lo"):
        step.constant(name)
    reach = (
        "a_1*S0" if pb.symbolic else "Max(a_plus*S_hi - a_minus*S_lo, a_minus*S_hi - a_plus*S_lo)"
    )
    osc = "F" if pb.loss_name == "logistic" else oscillation_formula(pb.symbolic)
    return Conclusion(
        "|f_i| <= F for every W, so sup R - inf R <= osc", define=(("F", reach), ("osc", osc))
    )


def _gap_bounded(step: Step) -> Conclusion:
    when = positive(step)
    return Conclusion(
        f"mu_s has the spectral gap lambda_s >= (lambda/q) exp(-xi) and the log-Sobolev "
        f"constant at most (s/(2 lambda)) exp(xi), {when} and {of_s(step)}",
        define=(("xi", "2*osc/s"), ("q", "1")),
    )


def _gap_lyapunov(step: Step) -> Conclusion:
    when = positive(step)
    for name in ("M1", "sigma0"):
        step.constant(name)
    osc = (
        "F" if step.problem.loss_name == "logistic" else oscillation_formula(step.problem.symbolic)
    )
    return Conclusion(
        "mu_s has the spectral gap lambda_s >= (lambda/q) exp(-xi), where R oscillates by at "
        "most osc in the ball r <= R_b, " + f"{when} and {of_s(step)}",
        define=(
            ("R_b", "sqrt((2*s*N + 4*b_d)/m_d)"),
            ("F", "a_1*sigma0 + M1*a_2*B_x*R_b"),
            ("osc", osc),
            ("xi", "2*osc/s"),
            ("q", "2 + lambda/m_d"),
        ),
    )


_DISSIPATIVE = "<grad L, W> >= m_d r^2 - b_d for every W, "


def _gap_one(step: Step) -> Conclusion:
    """Muckenhoupt's criterion on the problem's own rows."""
    pb = step.problem
    lam, noise, data, outer = pb.lam, pb.noise, pb.data, pb.outer
    when = positive(step)
    if lam is None or noise is None or data is None or outer is None or data.d != 1 or outer.p != 1:
        raise step.refuse("one weight, its data, and numbers for lambda and s are needed")
    table, q = step.proposal("table", Table), step.proposal("quadrature", onedim.Quadrature)
    require_rows(step, table)
    weight = outer.first_positive if outer.first_positive is not None else outer.first_negative
    if weight is None or abs(weight) != outer.a_1:
        raise step.refuse("the outer weight is not that of the problem")
    if not (
        type(q.cells) is int
        and all(type(v) is Fraction for v in (q.m, q.left, q.right))
        and q.left < q.m < q.right
        and q.cells > 0
        and q.cells * data.n <= onedim.MAX_WORK
    ):
        raise step.refuse("the quadrature has no sense, or too many cells")
    m, b = step.constant("m_d"), step.constant("b_d")
    assert m.lo is not None and b.hi is not None
    V = onedim.potential(
        pb.activation.root, pb.loss_name == "squared", onedim.rows_of(table), weight, lam, noise
    )
    try:
        xi = onedim.exponent(onedim.poincare_bound(V, q, (m.lo, b.hi), noise), lam, noise)
    except (InputError, ValueError) as error:
        raise step.refuse(str(error)) from None
    payload = {"m": str(q.m), "left": str(q.left), "right": str(q.right), "cells": q.cells}
    says = (
        f"mu_s has the spectral gap lambda_s >= (lambda/q) exp(-xi), by Muckenhoupt's "
        f"criterion on {q.cells} cells on either side of m, {when} and {of_s(step)}"
    )
    return Conclusion(
        says,
        define=(("q", "1"),),
        constants=(Constant("xi", None, xi, xi, str(xi)),),
        payload=payload,
    )


def _dissipative_radial(step: Step) -> Conclusion:
    when = positive(step)
    d = step.constant("D")
    flat = d.lo == 0 and d.hi == 0
    define = (
        (("m_d", "lambda"), ("b_d", "C"))
        if flat
        else (("m_d", "lambda/2"), ("b_d", "C + D^2/(2*lambda)"))
    )
    return Conclusion(_DISSIPATIVE + when, define=define)


def _dissipative_gradient(step: Step) -> Conclusion:
    return Conclusion(
        _DISSIPATIVE + positive(step), define=(("m_d", "lambda/2"), ("b_d", "G^2/(2*lambda)"))
    )


def _dissipative_one_signed(step: Step) -> Conclusion:
    return Conclusion(_DISSIPATIVE + positive(step), define=(("m_d", "lambda"), ("b_d", "C")))


def _radial_residual(step: Step) -> Conclusion:
    kappa = step.constant("kappa")
    if not (kappa.lo == 0 and kappa.hi == 0):
        raise step.refuse("z sigma' must be bounded (kappa = 0)")
    return Conclusion("<grad R(W), W> >= -C - D r", define=(("C", "rho*a_1*H"), ("D", "0")))


_EPS = ("eps", "s*N/4*(1 + log(2*l_bar*W_2^2/(s*N)))")


def _excess_bounded(step: Step) -> Conclusion:
    return Conclusion(
        f"E_mu L - min L <= eps under mu_s, {positive(step)} and {of_s(step)}",
        define=(("l_bar", "lambda + K/N"), _EPS),
    )


def minimiser_formula(symbolic: bool) -> str:
    """A bound of ||W*||: (lambda/2) ||W*||^2 <= L(W*) <= L(0)."""
    return (
        "(B_y + a_1*sigma0)/sqrt(lambda)"
        if symbolic
        else "sqrt((Y2 + 2*Y1*a_1*sigma0 + (a_1*sigma0)^2)/lambda)"
    )


def _excess_affine(step: Step) -> Conclusion:
    _squared(step)
    define = (
        ("r_star", minimiser_formula(step.problem.symbolic)),
        ("l_bar", "lambda + (B + A*(r_star + sqrt(s*N/(2*lambda))))/N"),
        _EPS,
    )
    return Conclusion(
        f"E_mu L - min L <= eps under mu_s, {positive(step)} and {of_s(step)}", define=define
    )


_START = (
    "for rho_0 = N(0, v_0 I): the integral of rho_0^2/mu_s is at most exp(chi); (E_mu (L "
    "- min L)^2)^(1/2) <= A_2, "
)


def _start_bounded(step: Step) -> Conclusion:
    define = (("v_0", "s/(2*lambda)"), ("chi", "2*osc/s"), ("A_2", "lambda/2*W_4^2 + osc"))
    return Conclusion(f"{_START}{positive(step)} and {of_s(step)}", define=define)


def _start_quadratic(step: Step) -> Conclusion:
    _squared(step)
    for name in ("M1", "sigma0"):
        step.constant(name)
    c0 = (
        "(B_y + a_1*sigma0)^2" if step.problem.symbolic else "Y2 + 2*Y1*a_1*sigma0 + (a_1*sigma0)^2"
    )
    define = (
        ("c_0", c0),
        ("c_1", "M1^2*a_2^2*Lambda_S"),
        ("v_0", "s/(2*lambda + 4*c_1)"),
        ("chi", "2*c_0/s + N/2*log(1 + 2*c_1/lambda)"),
        ("A_2", "c_0 + (lambda/2 + c_1)*W_4^2"),
    )
    return Conclusion(f"{_START}{positive(step)} and {of_s(step)}", define=define)


def _start_logistic(step: Step) -> Conclusion:
    _logistic(step)
    for name in ("M1", "sigma0"):
        step.constant(name)
    define = (
        ("c_0", "log(2) + a_1*sigma0"),
        ("c_1", "M1*a_2*sqrt(Lambda_S)"),
        ("v_0", "s/(4*lambda)"),
        ("chi", "2*c_0/s + c_1^2/(lambda*s) + N/2*log(2)"),
        ("A_2", "lambda/2*W_4^2 + c_0 + c_1*W_2"),
    )
    return Conclusion(f"{_START}{positive(step)} and {of_s(step)}", define=define)


def _rate(step: Step) -> Conclusion:
    return Conclusion(
        f"for dW = -grad L dt + sqrt(s) dB from W_0 ~ N(0, v_0 I), {positive(step)} and "
        f"{of_s(step)}: "
        "E L(W_t) - min L <= eps + A_2 exp(chi/2 - t (lambda/q) exp(-xi)) for every t >= 0"
    )


def _gap_convex(step: Step) -> Conclusion:
    """lambda beyond the most negative curvature of R."""
    when = positive(step)
    lam = step.problem.lam
    curvature = evaluate("Lambda_S*rho*a_inf*M2", step.known)
    if lam is None or curvature is None:
        raise step.refuse("numbers for lambda and the data are needed")
    if not lam > curvature[1]:
        raise step.refuse(
            f"lambda = {lam} is not above the curvature bound {decimal(curvature[1], 12)}, "
            f"so L may fail to be convex"
        )
    says = (
        "L is strongly convex with constant m_c, so mu_s has the spectral gap lambda_s >= "
        "(lambda/q) exp(-xi) and the log-Sobolev constant at most s/(2 m_c)"
    )
    return Conclusion(
        f"{says}, {when} and {of_s(step)}",
        define=(("m_c", "lambda - Lambda_S*rho*a_inf*M2"), ("xi", "0"), ("q", "lambda/m_c")),
    )


SOBOLEV = ("gap bounded", "gap convex")
"""The gaps that come with a log-Sobolev inequality of constant (s q/(2 lambda)) exp(xi)."""


def _langevin(step: Step) -> Conclusion:
    if step.premises[4].rule not in SOBOLEV:
        raise step.refuse("a spectral gap without a log-Sobolev inequality is not enough")
    return Conclusion(
        f"for W_(k+1) = W_k - (2 h/s) grad L(W_k) + sqrt(2 h) xi_k from W_0 ~ N(0, s/(2 "
        f"lambda) I), {positive(step)}, {of_s(step)}, every delta > 0, "
        "alpha = (2 lambda/(q s)) exp(-xi), h <= min(alpha/(4 L_F^2), alpha^2 delta^2/(32 N "
        "L_F^2)) and k >= log(4 h_0/(alpha delta^2))/(alpha h): "
        "E L(W_k) - min L <= eps + sqrt((lambda N + K) s/2) delta + (gLip/2) delta^2",
        define=(("h_0", "2*osc/s"), ("L_F", "2*gLip/s")),
    )


RATES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.name: rule
        for rule in (
            Rule(
                "moments bounded",
                "problem",
                ("gradient bounded",),
                "moments",
                r"$\mathbb E_{\mu_s}\langle\nabla L,W\rangle=\frac{sN}2$ and $\mathbb "
                r"E_{\mu_s}r^2\langle\nabla L,W\rangle=\frac{s(N+2)}2\mathbb E_{\mu_s}r^2$ "
                r"by integration by parts; $\langle\nabla L,W\rangle\ge\lambda r^2-Gr$ and "
                r"Cauchy--Schwarz give quadratic inequalities for the moments.",
                _moments_bounded,
            ),
            Rule(
                "moments Euler",
                "problem",
                ("radial",),
                "moments",
                r"$\mathbb E_{\mu_s}\langle\nabla L,W\rangle=\frac{sN}2$ and $\mathbb "
                r"E_{\mu_s}r^2\langle\nabla L,W\rangle=\frac{s(N+2)}2\mathbb E_{\mu_s}r^2$ "
                r"by integration by parts; $\langle\nabla L,W\rangle\ge\lambda r^2-C-Dr$ and "
                r"Cauchy--Schwarz give quadratic inequalities for the moments.",
                _moments_euler,
            ),
            Rule(
                "oscillation",
                "problem",
                ("parameters", "loss", "enclosed", "enclosed"),
                "oscillation",
                r"$|f_i|\le F$ from the range of $\sigma$. Squared loss: with $|f|,|f'|\le "
                r"F$, $\frac12(f-y)^2\le\frac12(F+|y|)^2$ and "
                r"$\frac12(f-y)^2-\frac12(f'-y)^2=\frac12(f^2-f'^2)-y(f-f')\le\frac12F^2+2F|y|$. "
                r"Logistic loss: $\ell(-F)-\ell(F)=F$.",
                _oscillation,
            ),
            Rule(
                "gap bounded",
                "problem",
                ("oscillation",),
                "gap",
                r"$\mu_s$ is the Gaussian law $N(0,\frac s{2\lambda}I)$, whose gap is "
                r"$\lambda$, perturbed by $e^{-2R/s}$; a bounded perturbation costs the "
                r"factor $e^{-2\,\mathrm{osc}(R)/s}$ (Holley--Stroock), in the Poincar\'e "
                r"and in the log-Sobolev inequality.",
                _gap_bounded,
                CITED,
                source=HOLLEY,
            ),
            Rule(
                "radial residual",
                "problem",
                ("parameters", "derivation", "residual", "enclosed"),
                "radial",
                r"$\langle\nabla "
                r"R,W\rangle=\frac1n\sum_i\ell'_i\sum_ja_jz_{ij}\sigma'(z_{ij})\ge-\rho\|a\|_1H$ "
                r"with $H=\sup|z\sigma'|$.",
                _radial_residual,
            ),
            Rule(
                "dissipative radial",
                "problem",
                ("radial",),
                "dissipative",
                r"$\langle\nabla L,W\rangle\ge\lambda r^2-C-Dr$, and "
                r"$Dr\le\frac\lambda2r^2+\frac{D^2}{2\lambda}$ when $D>0$.",
                _dissipative_radial,
            ),
            Rule(
                "dissipative gradient",
                "problem",
                ("gradient bounded",),
                "dissipative",
                r"$\langle\nabla L,W\rangle\ge\lambda "
                r"r^2-Gr\ge\frac\lambda2r^2-\frac{G^2}{2\lambda}$.",
                _dissipative_gradient,
            ),
            Rule(
                "dissipative one-signed",
                "problem",
                ("one sign",),
                "dissipative",
                r"$\langle\nabla L,W\rangle\ge\lambda r^2-C$, whatever $U$.",
                _dissipative_one_signed,
            ),
            Rule(
                "gap Lyapunov",
                "problem",
                ("dissipative", "enclosed", "enclosed"),
                "gap",
                r"With $\langle\nabla L,W\rangle\ge mr^2-b$, $m'=2m/s$, $b'=2b/s$, the "
                r"function $U=1+\frac{m'}{2(N+b')}r^2$ satisfies $\Delta "
                r"U-\frac2s\langle\nabla L,\nabla U\rangle\le-m'U+2m'\mathbf 1_{r\le\bar "
                r"R}$, so $C_P\le\frac1{m'}+2\kappa$ with the Poincar\'e constant "
                r"$\kappa\le\frac s{2\lambda}e^{2\omega/s}$ of $\mu_s$ on the ball, where "
                r"$|f_i|\le\bar F$.",
                _gap_lyapunov,
                CITED,
                source=LYAPUNOV,
            ),
            Rule(
                "gap convex",
                "problem",
                ("parameters", "derivation", "residual", "enclosed"),
                "gap",
                r"$\nabla^2R(V,V)\ge-\rho\,\frac1n\sum_i\sum_j|a_j|M_2v_{ij}^2\ge-\Lambda_S\rho\|a\|_\infty "
                r"M_2\|V\|^2$, the other part of the Hessian being nonnegative; a density "
                r"$e^{-2L/s}$ with $\nabla^2L\ge m_c$ has gap at least $m_c$ and log-Sobolev "
                r"constant at most $\frac s{2m_c}$ (Bakry--\'Emery).",
                _gap_convex,
                CITED,
                source="Bakry and Emery 1985",
            ),
            Rule(
                "gap in one dimension",
                "problem",
                ("parameters", "dissipative"),
                "gap",
                r"With $V=2L/s$ on the line, $C_P\le4\max(B_+,B_-)$, "
                r"$B_+=\sup_{x>m}\int_x^\infty e^{-V}\int_m^xe^V$ and $B_-$ likewise "
                r"(Muckenhoupt); the integrals are bounded cell by cell, and beyond the last "
                r"cell by $V'\ge\frac2s(mw-b/w)$; $\xi=\log\frac{8\lambda\max(B_+,B_-)}s$.",
                _gap_one,
                CITED,
                source="Muckenhoupt 1972; Bobkov and Gotze 1999",
            ),
            Rule(
                "excess bounded",
                "problem",
                ("moments", "laplacian bounded"),
                "excess",
                r"$\frac2s\mathbb E_{\mu_s}L=h(\mu_s)-\log Z$; $h(\mu_s)\le\frac "
                r"N2\log\frac{2\pi e\,\mathbb E r^2}N$, and $\log Z\ge h(\nu)-\frac2s\mathbb "
                r"E_\nu L$ with $\nu=N(W^*,\tau I)$, $\mathbb E_\nu L\le\min "
                r"L+\frac\tau2(\lambda N+K)$ and $\tau=\frac s{2\bar\ell}$.",
                _excess_bounded,
            ),
            Rule(
                "excess affine",
                "problem",
                ("moments", "laplacian affine"),
                "excess",
                r"As for a bounded Laplacian, with $\mathbb E_\nu L\le\min "
                r"L+\frac\tau2(\lambda N+B+A(\|W^*\|+\sqrt{\tau N}))$ for $\tau=\frac "
                r"s{2\bar\ell}\le\frac s{2\lambda}$ and $\frac\lambda2\|W^*\|^2\le L(0)$.",
                _excess_affine,
            ),
            Rule(
                "start bounded",
                "problem",
                ("moments", "oscillation"),
                "start",
                r"$\int\rho_0^2/\mu_s\le e^{2\,\mathrm{osc}/s}\bigl(4u(1-u)\bigr)^{-N/2}$ "
                r"for $v=us/\lambda$, and $u=\frac12$; $L-\min "
                r"L\le\frac\lambda2r^2+\mathrm{osc}$.",
                _start_bounded,
            ),
            Rule(
                "start quadratic",
                "problem",
                ("moments", "enclosed", "enclosed"),
                "start",
                r"$0\le R\le c_0+c_1r^2$, so $\int\rho_0^2/\mu_s\le "
                r"e^{2c_0/s}\bigl(\frac{\pi s}\lambda\bigr)^{N/2}(2\pi "
                r"v)^{-N}\bigl(\pi/(\frac1v-\frac{\lambda+2c_1}s)\bigr)^{N/2}$, which is "
                r"$e^{\chi}$ at $v=v_0$; $L-\min L\le c_0+(\frac\lambda2+c_1)r^2$.",
                _start_quadratic,
            ),
            Rule(
                "start logistic",
                "problem",
                ("moments", "enclosed", "enclosed"),
                "start",
                r"$0\le R\le c_0+c_1r$ and $\frac2sc_1r\le\frac\lambda "
                r"sr^2+\frac{c_1^2}{\lambda s}$; then as for a quadratic bound, at "
                r"$v_0=\frac s{4\lambda}$; $L-\min L\le\frac\lambda2r^2+c_0+c_1r$.",
                _start_logistic,
            ),
            Rule(
                "convergence with a rate",
                "problem",
                ("gap", "start", "excess"),
                "rate",
                r"$\mathbb E L(W_t)-\mathbb E_{\mu_s}L=\int(L-\min "
                r"L)(P_t(\rho_0/\mu_s)-1)\,d\mu_s\le "
                r"A_2e^{-\lambda_st}\|\rho_0/\mu_s-1\|_{L^2(\mu_s)}$, hence $\mathbb E "
                r"L(W_t)-\min L\le\varepsilon(s)+A_2\exp\bigl(\frac\chi2-\frac\lambda "
                r"q\,t\,e^{-\xi}\bigr)$ from $N(0,v_0I)$.",
                _rate,
            ),
            Rule(
                "Langevin Monte Carlo",
                "problem",
                ("oscillation", "gradient Lipschitz", "excess", "laplacian bounded", "gap"),
                "langevin",
                r"$F=2L/s$ has a Lipschitz gradient ($L_F$) and a log-Sobolev inequality "
                r"($\alpha$), so $H(\rho_k)\le e^{-\alpha "
                r"hk}H(\rho_0)+8hNL_F^2/\alpha\le\frac\alpha2\delta^2$ with $H(\rho_0)\le "
                r"h_0$; $W_2^2\le\frac2\alpha H$ (Otto--Villani), and $\mathbb "
                r"E_{\mu_s}\|\nabla L\|^2=\frac s2\mathbb E_{\mu_s}\Delta L$. With "
                r"$\alpha=\frac{2\lambda}{qs}e^{-\xi}$, "
                r"$h\le\min\bigl(\frac\alpha{4L_F^2},\frac{\alpha^2\delta^2}{32NL_F^2}\bigr)$ "
                r"and $k\ge\frac1{\alpha h}\log\frac{4h_0}{\alpha\delta^2}$: $\mathbb E "
                r"L(W_k)-\min L\le\varepsilon(s)+\delta\sqrt{\frac s2(\lambda "
                r"N+K)}+\frac{\mathrm{gLip}}2\delta^2$.",
                _langevin,
                CITED,
                source=LANGEVIN,
            ),
        )
    }
)
