"""Explicit rates: moments, oscillation, spectral gap, stationary excess, initial law, convergence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from proofkit.exposition.view import View, Words, words


def _moments(view: View, growth: str, quadratic: str) -> Words:
    return words(
        rf"Under $\mu_s$, $(\mathbb Er^2)^{{1/2}}\le r_2$ and $(\mathbb Er^4)^{{1/4}}\le r_4$, {view.for_both()}.",
        r"Integration by parts gives $\mathbb E\langle\nabla L,W\rangle=\frac12sN$ and "
        r"$\mathbb Er^2\langle\nabla L,W\rangle=\frac12s(N+2)\,\mathbb Er^2$ under $\mu_s$. "
        rf"As $\langle\nabla L,W\rangle\ge{growth}$, Jensen's inequality turns them into {quadratic}.",
    )


def _moments_bounded(view: View) -> Words:
    return _moments(
        view,
        r"\lambda r^2-Gr",
        r"$\lambda t^2-Gt\le\frac12sN$ for $t=(\mathbb Er^2)^{1/2}$ and $\lambda t^2-Gt\le\frac12s(N+2)$ for $t=(\mathbb Er^4)^{1/4}$",
    )


def _moments_euler(view: View) -> Words:
    return _moments(
        view,
        r"\lambda r^2-C-Dr",
        r"$\lambda t^2-Dt-C\le\frac12sN$ for $t=(\mathbb Er^2)^{1/2}$ and $\lambda t^2-Dt-C\le\frac12s(N+2)$ for $t=(\mathbb Er^4)^{1/4}$",
    )


_OSCILLATION_SQUARED = (
    r"For two outputs $f$, $f'$ of modulus at most $\bar f$, $\frac12(f-y)^2\le\frac12(\bar f+|y|)^2$ and "
    r"$\frac12(f-y)^2-\frac12(f'-y)^2=\frac12(f^2-f'^2)-y(f-f')\le\frac12\bar f^2+2\bar f|y|$; "
)
_OSCILLATION_LOGISTIC = (
    r"The logistic loss has slopes of modulus below $1$, and $\ell(f,y)-\ell(f',y)\le\log\frac{1+e^{\bar f}}{1+e^{-\bar f}}=\bar f$ "
    r"for two outputs $f$, $f'$ of modulus at most $\bar f$."
)


def _oscillation_of_loss(view: View) -> str:
    if not view.squared:
        return _OSCILLATION_LOGISTIC
    labels = r"and $|y_i|\le B_y$." if view.symbolic else "the mean over the labels is taken."
    return _OSCILLATION_SQUARED + labels


def _oscillation(view: View) -> Words:
    if view.symbolic:
        reach = r"$|f_i|\le\|a\|_1M_0=\bar f$. "
    else:
        reach = r"$\sigma_-\le\sigma\le\sigma_+$ and the signs of the $a_j$ give $|f_i|\le\bar f$. "
    return words(
        r"$|f_i|\le\bar f$ for every $W$, and $\sup R-\inf R\le\Omega$.",
        reach + _oscillation_of_loss(view),
    )


_GAP = r"\operatorname{gap}(s)\ge\frac\lambda q\,e^{-\xi}"
_GENERATOR = r"The generator $\frac s2\Delta-\langle\nabla L,\nabla\,\cdot\,\rangle$ has, in $L^2(\mu_s)$, a spectral gap"


def _gap_bounded(view: View) -> Words:
    return words(
        rf"{_GENERATOR} ${_GAP}$; and $\mu_s$ has a log-Sobolev inequality "
        r"$\operatorname{Ent}_{\mu_s}(h^2)\le2C_{\mathrm{LS}}\int\|\nabla h\|^2d\mu_s$ with "
        rf"$C_{{\mathrm{{LS}}}}\le\frac s{{2\lambda}}e^\xi$, {view.for_both()}.",
        r"$\mu_s$ is the Gaussian law $N(0,\frac s{2\lambda}I)$, which has the gap $\lambda$ and $C_{\mathrm{LS}}=\frac s{2\lambda}$ "
        r"(Bakry and Émery), with its density multiplied by $e^{-2R/s}$ and normalised. A factor of oscillation $2\Omega/s$ in the exponent costs "
        r"at most $e^{2\Omega/s}$ in both (Holley and Stroock).",
    )


def _gap_lyapunov(view: View) -> Words:
    return words(
        rf"{_GENERATOR} ${_GAP}$, {view.for_both()}. Here $\Omega$ bounds the oscillation of $R$ in the ball $r\le r_b$.",
        r"Let $\Psi=1+mr^2/(sN+2b)$. As $\langle\nabla L,W\rangle\ge mr^2-b$,"
        r"$$\tfrac s2\Delta\Psi-\langle\nabla L,\nabla\Psi\rangle\le3m-2m\Psi\le-m\Psi+2m\,\mathbf 1_{r\le r_b},$$"
        r"because $\Psi\ge1$, and $\Psi\ge3$ for $r\ge r_b$. Such a function gives (Bakry, Barthe, Cattiaux and Guillin) "
        r"$1/\operatorname{gap}(s)\le1/m+2/g$, where $g$ is the gap on the ball; and $g\ge\lambda e^{-2\Omega/s}$, because on this convex set $\mu_s$ "
        r"is a Gaussian law perturbed by a factor of oscillation $2\Omega/s$. There "
        r"$|f_i|\le\|a\|_1|\sigma(0)|+M_1\|a\|_2B_xr_b=\bar f$. " + _oscillation_of_loss(view),
    )


def _gap_convex(view: View) -> Words:
    return words(
        rf"$\nabla^2L\ge m_{{\mathrm c}}>0$. So {_GENERATOR[0].lower() + _GENERATOR[1:]} ${_GAP}=m_{{\mathrm c}}$; and $\mu_s$ has a log-Sobolev "
        r"inequality $\operatorname{Ent}_{\mu_s}(h^2)\le2C_{\mathrm{LS}}\int\|\nabla h\|^2d\mu_s$ with "
        rf"$C_{{\mathrm{{LS}}}}\le s/(2m_{{\mathrm c}})$, {view.for_both()}.",
        r"The part of $\nabla^2R[V,V]$ with $\ell''_i$ is not negative. With $v_{ij}=\langle V_j,x_i\rangle$ the other part is at least "
        r"$-\rho\|a\|_\infty M_2\,\frac1n\sum_{i,j}v_{ij}^2\ge-\rho\|a\|_\infty M_2\Lambda_S\|V\|_F^2$. The criterion of Bakry and Émery gives the rest.",
    )


def _gap_in_one_dimension(view: View) -> Words:
    cells = int(view.payload["cells"])
    return words(
        rf"{_GENERATOR} ${_GAP}$, {view.for_both()}.",
        r"By Muckenhoupt's criterion the inverse of the spectral gap is at most $\frac8s\max(\mathcal B_+,\mathcal B_-)$ with"
        r"$$\mathcal B_+=\sup_{x>w}\int_x^\infty e^{-2L/s}\int_w^xe^{2L/s}$$"
        rf"for a point $w$, and $\mathcal B_-$ likewise to its left. The integrals are bounded in ball arithmetic on ${cells}$ cells on either side, "
        r"and beyond them by $L'(x)\ge mx-b/x$.",
    )


_ENTROPY = (
    r"Let $\operatorname{Ent}$ be the differential entropy and $\gamma_v=N(W_*,vI)$, $W_*$ a minimiser of $L$. By the Gibbs variational principle "
    r"$-\log\int e^{-2L/s}\le\frac2s\mathbb E_{\gamma_v}L-\operatorname{Ent}(\gamma_v)$, and $\operatorname{Ent}(\mu_s)\le\frac N2\log(2\pi e\,r_2^2/N)$; so"
    r"$$\mathbb E_{\mu_s}L=\tfrac s2\Bigl(\operatorname{Ent}(\mu_s)-\log\int e^{-2L/s}\Bigr)\le\mathbb E_{\gamma_v}L+\tfrac{sN}4\log\frac{r_2^2}{Nv}.$$"
)


def _excess_bounded(view: View) -> Words:
    return words(
        rf"$\mathbb E_{{\mu_s}}L-\min L\le\varepsilon$, {view.for_both()}.",
        _ENTROPY
        + r"As $\Delta L\le\lambda N+K=\bar\lambda N$, $\mathbb E_{\gamma_v}L\le\min L+\frac v2\bar\lambda N$; take $v=s/(2\bar\lambda)$.",
    )


def _excess_affine(view: View) -> Words:
    return words(
        rf"$\mathbb E_{{\mu_s}}L-\min L\le\varepsilon$, {view.for_both()}.",
        _ENTROPY
        + r"As $\Delta L\le\lambda N+Ar+B$, $\mathbb E_{\gamma_v}L\le\min L+\frac v2(\lambda N+B+A(\|W_*\|+\sqrt{vN}))$, and "
        r"$\frac\lambda2\|W_*\|^2\le L(0)$ gives $\|W_*\|\le r_*$. For $v=s/(2\bar\lambda)\le s/(2\lambda)$ this is at most "
        r"$\min L+\frac v2\bar\lambda N$.",
    )


def _start(view: View, reason: str) -> Words:
    return words(
        rf"For $\nu_0=N(0,v_0I)$, $\int\nu_0^2/\mu_s\le e^\chi$; and $(\mathbb E_{{\mu_s}}(L-\min L)^2)^{{1/2}}\le\varsigma$, {view.for_both()}.",
        reason,
    )


def _start_bounded(view: View) -> Words:
    return _start(
        view,
        r"$\nu_0=N(0,\frac s{2\lambda}I)$ has the density of $\mu_s$ up to a factor between $e^{-2\Omega/s}$ and $e^{2\Omega/s}$, so "
        r"$\int\nu_0^2/\mu_s\le e^{2\Omega/s}$. And $L-\min L\le\frac\lambda2r^2+\Omega$, with $(\mathbb E_{\mu_s}r^4)^{1/2}\le r_4^2$.",
    )


_GAUSSIAN_START = (
    r"$\int e^{-2L/s}\le(\pi s/\lambda)^{N/2}$, because $L\ge\frac\lambda2r^2$. The product of this with the Gaussian integral of $\nu_0^2e^{2L/s}$ is at most "
    r"$e^\chi$ for $v_0$ as chosen. "
)


def _start_quadratic(view: View) -> Words:
    return _start(
        view,
        r"$0\le R\le R_0+R_1r^2$, as $\frac12(f_i-y_i)^2\le(|y_i|+\|a\|_1|\sigma(0)|)^2+M_1^2(\sum_j|a_jz_{ij}|)^2$. "
        + _GAUSSIAN_START
        + r"And $L-\min L\le R_0+(\frac\lambda2+R_1)r^2$.",
    )


def _start_logistic(view: View) -> Words:
    return _start(
        view,
        r"$0\le R\le R_0+R_1r$, as $\ell(f,y)\le\log2+|f|$, and $\frac2sR_1r\le\frac\lambda sr^2+R_1^2/(\lambda s)$. "
        + _GAUSSIAN_START
        + r"And $L-\min L\le\frac\lambda2r^2+R_0+R_1r$.",
    )


def _convergence(view: View) -> Words:
    return words(
        rf"{view.begins()}let $dW=-\nabla L(W)\,dt+\sqrt s\,d\mathbf B_t$ start from $N(0,v_0I)$. Then for every $t\ge0$"
        r"$$\mathbb EL(W_t)-\min L\le\varepsilon+\varsigma\,\exp\Bigl(\frac\chi2-\frac\lambda q\,e^{-\xi}\,t\Bigr).$$",
        r"Let $P_t$ be the semigroup and $h=\nu_0/\mu_s$. As $P_t$ is symmetric in $L^2(\mu_s)$,"
        r"$$\mathbb EL(W_t)-\mathbb E_{\mu_s}L=\int(L-\min L)\,(P_th-1)\,d\mu_s\le\varsigma\,e^{-\operatorname{gap}(s)t}\,\|h-1\|_{L^2(\mu_s)},$$"
        r"where $\|h-1\|_{L^2(\mu_s)}^2=\int\nu_0^2/\mu_s-1\le e^\chi$; and $\mathbb E_{\mu_s}L-\min L\le\varepsilon$.",
    )


def _langevin(view: View) -> Words:
    return words(
        rf"{view.begins()}let $\zeta=\frac{{2\lambda}}{{qs}}e^{{-\xi}}$ and $\delta>0$. For a step $h>0$ with"
        r"$$h\le\min\Bigl(\frac\zeta{4\,\mathrm{gLip}_s^2},\,\frac{\zeta^2\delta^2}{32N\,\mathrm{gLip}_s^2}\Bigr)$$"
        r"the iteration $W_{k+1}=W_k-\frac{2h}s\nabla L(W_k)+\sqrt{2h}\,Z_k$ with independent standard Gaussian $Z_k$, from "
        r"$W_0\sim N(0,\frac s{2\lambda}I)$, satisfies for $k\ge\frac1{\zeta h}\log\frac{4\,\mathrm{KL}_0}{\zeta\delta^2}$"
        r"$$\mathbb EL(W_k)-\min L\le\varepsilon+\delta\sqrt{\tfrac s2(\lambda N+K)}+\tfrac12\,\mathrm{gLip}\,\delta^2.$$",
        r"$2L/s$ has a gradient with the Lipschitz constant $\mathrm{gLip}_s$, and $\mu_s$ a log-Sobolev inequality with $1/\zeta$. For the law $\nu_k$ "
        r"of $W_k$ (Vempala and Wibisono)"
        r"$$\mathrm{KL}(\nu_k\|\mu_s)\le e^{-\zeta hk}\,\mathrm{KL}(\nu_0\|\mu_s)+\frac{8hN\,\mathrm{gLip}_s^2}\zeta\le\frac\zeta2\delta^2,$$"
        r"with $\mathrm{KL}(\nu_0\|\mu_s)\le\mathrm{KL}_0$ by the oscillation of $R$. So the Wasserstein distance to $\mu_s$ is at most "
        r"$(\frac2\zeta\mathrm{KL}(\nu_k\|\mu_s))^{1/2}\le\delta$ (Otto and Villani). Expand $L$ along an optimal coupling: "
        r"$\mathbb E_{\mu_s}\|\nabla L\|^2=\frac s2\mathbb E_{\mu_s}\Delta L\le\frac s2(\lambda N+K)$.",
    )


RATES: Mapping[str, Callable[[View], Words]] = MappingProxyType(
    {
        "moments bounded": _moments_bounded,
        "moments Euler": _moments_euler,
        "oscillation": _oscillation,
        "gap bounded": _gap_bounded,
        "gap Lyapunov": _gap_lyapunov,
        "gap convex": _gap_convex,
        "gap in one dimension": _gap_in_one_dimension,
        "excess bounded": _excess_bounded,
        "excess affine": _excess_affine,
        "start bounded": _start_bounded,
        "start quadratic": _start_quadratic,
        "start logistic": _start_logistic,
        "convergence with a rate": _convergence,
        "Langevin Monte Carlo": _langevin,
    }
)
