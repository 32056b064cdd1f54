"""Explicit rates: moments, oscillation, spectral gap, stationary excess, initial law, convergence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType

from proofkit.exposition import numbers
from proofkit.exposition.losses import at_sample
from proofkit.exposition.rules.bounds import HESSIAN, by_slope, factor, mean_offset
from proofkit.exposition.rules.loss import floor as floor_of
from proofkit.exposition.rules.loss import half
from proofkit.exposition.view import View, Words, words


def _moments(view: View, growth: str, quadratic: str) -> Words:
    return words(
        rf"Under $\mu_s$, $(\mathbb Er^2)^{{1/2}}\le r_2$ and $(\mathbb Er^4)^{{1/4}}\le "
        rf"r_4$, {view.for_both()}.",
        r"The integrals of $\operatorname{div}(We^{-2L/s})$ and "
        rf"$\operatorname{{div}}(r^2We^{{-2L/s}})$ vanish, because $\langle\nabla "
        rf"L,W\rangle\ge{growth}$ makes $L$ grow like $r^2$; so "
        r"$\mathbb E\langle\nabla L,W\rangle=\frac12sN$ and $\mathbb Er^2\langle\nabla "
        r"L,W\rangle=\frac12s(N+2)\,\mathbb Er^2$ under $\mu_s$. "
        rf"Jensen's inequality turns them, with the same bound, into "
        rf"{quadratic}. The larger roots of these quadratic "
        "polynomials are $r_2$ and $r_4$.",
    )


def _moments_bounded(view: View) -> Words:
    return _moments(
        view,
        r"\lambda r^2-Gr",
        r"$\lambda t^2-Gt\le\frac12sN$ for $t=(\mathbb Er^2)^{1/2}$ and $\lambda "
        r"t^2-Gt\le\frac12s(N+2)$ for $t=(\mathbb Er^4)^{1/4}$",
    )


def _moments_euler(view: View) -> Words:
    return _moments(
        view,
        r"\lambda r^2-C-Dr",
        r"$\lambda t^2-Dt-C\le\frac12sN$ for $t=(\mathbb Er^2)^{1/2}$ and $\lambda "
        r"t^2-Dt-C\le\frac12s(N+2)$ for $t=(\mathbb Er^4)^{1/4}$",
    )


def _outputs(view: View) -> str:
    """The bound of |f_i| for a bounded sigma; markup."""
    if view.symbolic:
        return r"$|f_i|\le\|a\|_1M_0=\bar f$. "
    return (
        r"As $\sigma_-\le\sigma\le\sigma_+$, the signs of the $a_j$ give $f_i\le "
        r"a_+\sigma_+-a_-\sigma_-$ and "
        r"$-f_i\le a_-\sigma_+-a_+\sigma_-$; $\bar f$ is the larger of the two. "
    )


_VARIES = r"The loss varies by at most $\Omega$ between outputs of modulus at most $\bar f$."


def _oscillation(view: View) -> Words:
    return words(
        r"$|f_i|\le\bar f$ for every $W$, and $\sup R-\inf R\le\Omega$.",
        _outputs(view) + _VARIES,
    )


def _oscillation_where_reached(view: View) -> Words:
    return words(
        r"$|f_i|\le\bar f$ for every $W$, and $\sup R-\inf R\le\Omega$.",
        _outputs(view)
        + r"Between two outputs $f$, $f'$ that are reached $|\ell'|\le\ell'_{\max}$, so "
        r"$\ell(f,y)-\ell(f',y)\le\ell'_{\max}|f-f'|\le2\ell'_{\max}\bar f=\Omega$.",
    )


_GAP = r"\operatorname{gap}(s)\ge\frac\lambda q\,e^{-\xi}"
# The law mu_s has a spectral gap; it is the largest constant in the Poincare inequality.
_POINCARE = (
    r"Let $\operatorname{gap}(s)$ be the spectral gap of $\frac s2\Delta-\langle\nabla "
    r"L,\nabla\,\cdot\,\rangle$ in $L^2(\mu_s)$, the largest number with "
    r"$\operatorname{gap}(s)\operatorname{Var}_{\mu_s}(\Theta)\le\frac "
    r"s2\int\|\nabla\Theta\|^2d\mu_s$ for all smooth functions $\Theta$. Then"
)
_SOBOLEV = (
    r"and, with "
    r"$\operatorname{Ent}_{\mu_s}(\Theta^2)=\int\Theta^2\log\Theta^2d\mu_s-\int\Theta^2d\mu_s\,\log\int\Theta^2d\mu_s$, "
    r"$\mu_s$ has the log-Sobolev inequality "
    r"$\operatorname{Ent}_{\mu_s}(\Theta^2)\le2C_{\mathrm{LS}}\int\|\nabla\Theta\|^2d\mu_s$ with"
)


def _gap_bounded(view: View) -> Words:
    return words(
        rf"{_POINCARE} ${_GAP}$; {_SOBOLEV} $C_{{\mathrm{{LS}}}}\le\frac "
        rf"s{{2\lambda}}e^\xi$, {view.for_both()}.",
        r"$\mu_s$ is the Gaussian law $N(0,\frac s{2\lambda}I)$, which has the gap $\lambda$ "
        r"and $C_{\mathrm{LS}}=\frac s{2\lambda}$ "
        r"(Bakry and Émery), with its density multiplied by $e^{-2R/s}$ and normalised. A "
        r"factor of oscillation $2\Omega/s$ in the exponent costs "
        r"at most $e^{2\Omega/s}$ in both (Holley and Stroock). So $\xi=2\Omega/s$ and $q=1$.",
    )


def _gap_lyapunov(view: View) -> Words:
    return words(
        rf"{_POINCARE} ${_GAP}$, {view.for_both()}. Here $\Omega$ bounds the oscillation of "
        rf"$R$ in the ball $r\le r_b$.",
        r"Let $\Psi=1+mr^2/(sN+2b)$ and $r_b^2=(2sN+4b)/m$. As $\langle\nabla L,W\rangle\ge "
        r"mr^2-b$,"
        r"$$\tfrac s2\Delta\Psi-\langle\nabla "
        r"L,\nabla\Psi\rangle\le3m-2m\Psi\le-m\Psi+2m\,\mathbf 1_{r\le r_b},$$"
        r"because $\Psi\ge1$, and $\Psi\ge3$ for $r\ge r_b$. Such a function gives (Bakry, "
        r"Barthe, Cattiaux and Guillin) "
        r"$1/\operatorname{gap}(s)\le1/m+2/\operatorname{gap}_b(s)$, where "
        r"$\operatorname{gap}_b(s)$ is the spectral gap of $\mu_s$ on the ball "
        r"$r\le r_b$; and $\operatorname{gap}_b(s)\ge\lambda e^{-2\Omega/s}$, because on "
        r"this convex set $\mu_s$ is the law $N(0,\frac s{2\lambda}I)$ with its "
        r"density multiplied by a factor of oscillation $2\Omega/s$ in the exponent (Bakry "
        r"and Émery, Holley and Stroock). With $\xi=2\Omega/s$ and "
        r"$q=2+\lambda/m$,"
        r"$$\frac1m+\frac2\lambda e^\xi\le\frac1\lambda\Bigl(2+\frac\lambda "
        r"m\Bigr)e^\xi=\frac q\lambda e^\xi.$$"
        r"In the ball "
        r"$|f_i|\le\|a\|_1|\sigma(0)|+M_1\|a\|_2B_xr_b=\bar f$. " + _VARIES,
    )


def _gap_convex(view: View) -> Words:
    lowest, bend = "not negative", ""
    if not view.is_zero("dip"):
        bend = r"-\Lambda_S\,\ell''_-M_1^2\|a\|_2^2"
        lowest = (
            r"at least $-\ell''_-M_1^2\|a\|_2^2\,\frac1n\sum_{i,j}\langle V_j,x_i\rangle^2\ge"
            r"-\Lambda_S\,\ell''_-M_1^2\|a\|_2^2\|V\|_F^2$"
        )
    return words(
        rf"$\nabla^2L(W)[V,V]\ge m_{{\mathrm c}}\|V\|_F^2$ for all $W$ and $V$, with "
        rf"$m_{{\mathrm c}}>0$. {_POINCARE} ${_GAP}=m_{{\mathrm c}}$; {_SOBOLEV} "
        rf"$C_{{\mathrm{{LS}}}}\le s/(2m_{{\mathrm c}})$, {view.for_both()}.",
        HESSIAN + rf"The part with $\ell''_i$ is {lowest}. The part with $\ell'_i$ is at least "
        r"$-\rho\,\|a\|_\infty M_2\,\frac1n\sum_{i,j}\langle "
        r"V_j,x_i\rangle^2\ge-\Lambda_S\,\rho\,\|a\|_\infty M_2\|V\|_F^2$; so "
        rf"$m_{{\mathrm c}}=\lambda-\Lambda_S\,\rho\,\|a\|_\infty M_2{bend}$. The density of $\mu_s$ "
        r"is $e^{-2L/s}$, whose exponent has the convexity "
        r"$2m_{\mathrm c}/s$; the criterion of Bakry and Émery gives "
        r"$\operatorname{gap}(s)\ge m_{\mathrm c}$ and the log-Sobolev inequality. "
        r"We write $m_{\mathrm c}=\frac\lambda qe^{-\xi}$ with $q=\lambda/m_{\mathrm c}$ and "
        r"$\xi=0$.",
    )


def _gap_in_one_dimension(view: View) -> Words:
    cells = int(view.payload["cells"])
    shown = numbers.rational(Fraction(view.payload["m"]))
    return words(
        rf"{_POINCARE} ${_GAP}$, {view.for_both()}.",
        r"Here $N=1$, so $L$ is a function on $\mathbb R$. By Muckenhoupt's criterion the "
        r"inverse of the spectral gap is at most "
        r"$\frac8s\max(\mathrm{Hardy}_+,\mathrm{Hardy}_-)$ with"
        r"$$\mathrm{Hardy}_+=\sup_{t>t_0}\int_t^\infty e^{-2L/s}\int_{t_0}^te^{2L/s}$$"
        rf"for any point $t_0$, and $\mathrm{{Hardy}}_-$ likewise to its left; here "
        rf"$t_0={shown}$. The integrals are bounded in ball arithmetic on ${cells}$ cells "
        r"on either side, and beyond them by $L'(t)\ge mt-b/t$ for $t>0$ (and likewise for "
        r"$t<0$). The number $\xi$ is an upper bound of "
        r"$\log(\frac{8\lambda}s\max(\mathrm{Hardy}_+,\mathrm{Hardy}_-))$, and $q=1$.",
    )


_ENTROPY = (
    r"Let $\operatorname{entropy}(\nu)=-\int\nu\log\nu$ be the differential entropy of a "
    r"law $\nu$, let $W_*$ be a minimiser of $L$, and $\mathrm{Gauss}_v=N(W_*,vI)$ "
    r"for $v>0$. By the Gibbs variational principle $-\log\int "
    r"e^{-2L/s}\le\frac2s\mathbb "
    r"E_{\mathrm{Gauss}_v}L-\operatorname{entropy}(\mathrm{Gauss}_v)$. Among the laws "
    r"with the same $\mathbb Er^2$ a Gaussian "
    r"has the largest, so $\operatorname{entropy}(\mu_s)\le\frac N2\log(2\pi "
    r"e\,r_2^2/N)$; and $\operatorname{entropy}(\mathrm{Gauss}_v)=\frac N2\log(2\pi "
    r"e\,v)$. Hence"
    r"$$\mathbb E_{\mu_s}L=\tfrac s2\Bigl(\operatorname{entropy}(\mu_s)-\log\int "
    r"e^{-2L/s}\Bigr)\le\mathbb E_{\mathrm{Gauss}_v}L+\tfrac{sN}4\log\frac{r_2^2}{Nv}.$$"
    r"By the heat equation $\mathbb E_{\mathrm{Gauss}_v}L=\min L+\frac12\int_0^v\mathbb "
    r"E_{\mathrm{Gauss}_u}\Delta L\,du$. "
)
_EXCESS_END = r"So $\varepsilon=\frac{sN}4\bigl(1+\log(2\bar\lambda r_2^2/(sN))\bigr)$."


def _excess_bounded(view: View) -> Words:
    return words(
        rf"$\mathbb E_{{\mu_s}}L-\min L\le\varepsilon$, {view.for_both()}.",
        _ENTROPY
        + r"As $\Delta L\le\lambda N+K=\bar\lambda N$ with $\bar\lambda=\lambda+K/N$, this is "
        r"at most $\min L+\frac v2\bar\lambda N$; take "
        r"$v=s/(2\bar\lambda)$. " + _EXCESS_END,
    )


def _excess_affine(view: View) -> Words:
    return words(
        rf"$\mathbb E_{{\mu_s}}L-\min L\le\varepsilon$, {view.for_both()}.",
        _ENTROPY + r"As $\Delta L\le\lambda N+Ar+B$, this is at most $\min L+\frac v2(\lambda "
        r"N+B+A(\|W_*\|+\sqrt{vN}))$. From "
        rf"$\frac\lambda2\|W_*\|^2\le L(0)\le{factor(view)}\frac1{{2n}}"
        r"\sum_i(|y_i|+\|a\|_1|\sigma(0)|)^2$ we "
        r"get $\|W_*\|\le r_*$. Let "
        r"$\bar\lambda=\lambda+\bigl(B+A(r_*+\sqrt{sN/(2\lambda)})\bigr)/N$. For "
        r"$v=s/(2\bar\lambda)\le s/(2\lambda)$ the bound is at most "
        r"$\min L+\frac v2\bar\lambda N$. " + _EXCESS_END,
    )


def _start(view: View, reason: str) -> Words:
    return words(
        rf"For $\nu_0=N(0,v_0I)$, $\int\nu_0^2/\mu_s\le e^\chi$; and $(\mathbb "
        rf"E_{{\mu_s}}(L-\min L)^2)^{{1/2}}\le\varsigma$, {view.for_both()}.",
        reason,
    )


def _start_bounded(view: View) -> Words:
    return _start(
        view,
        r"$\nu_0=N(0,\frac s{2\lambda}I)$ has the density of $\mu_s$ up to a factor between "
        r"$e^{-2\Omega/s}$ and $e^{2\Omega/s}$, so "
        r"$\int\nu_0^2/\mu_s\le e^{2\Omega/s}=e^\chi$ for $v_0=\frac s{2\lambda}$. And "
        r"$L-\min L\le\frac\lambda2r^2+\Omega$, with "
        r"$(\mathbb E_{\mu_s}r^4)^{1/2}\le r_4^2$; so $\varsigma=\frac\lambda2r_4^2+\Omega$.",
    )


# For a risk that is not negative, and for one that is not below the floor of the loss.
_NORMALISATION = r"As $L\ge\frac\lambda2r^2$, $\int e^{-2L/s}\le(\pi s/\lambda)^{N/2}$. So"


def _start_quadratic(view: View) -> Words:
    c = factor(view)
    square = (
        r"\frac12(f_i-y_i)^2"
        if not c
        else rf"\ell(f_i,y_i)={half(view.loss.square or Fraction(1))}(f_i-y_i)^2"
    )
    opened, closed = (rf"{c}\bigl(", r"\bigr)") if c else ("", "")
    return _start(
        view,
        r"$0\le R\le R_0+R_1r^2$, as "
        rf"${square}\le{opened}(|y_i|+\|a\|_1|\sigma(0)|)^2+M_1^2(\sum_j|a_jz_{{ij}}|)^2{closed}$, "
        r"and the mean of "
        r"$(\sum_j|a_jz_{ij}|)^2$ is at most $\|a\|_2^2\Lambda_Sr^2$; so "
        rf"$R_1={c}M_1^2\|a\|_2^2\Lambda_S$, and $R_0$ bounds the mean of the first part. "
        + _NORMALISATION
        + r"$$\int\frac{\nu_0^2}{\mu_s}\le e^{2R_0/s}\Bigl(\frac{\pi "
        r"s}\lambda\Bigr)^{N/2}(2\pi v_0)^{-N}"
        r"\int\exp\Bigl(-\frac{r^2}{v_0}+\frac{\lambda+2R_1}sr^2\Bigr)dW=e^{2R_0/s}\Bigl(1+\frac{2R_1}\lambda\Bigr)^{N/2}=e^\chi$$"
        r"for $v_0=s/(2\lambda+4R_1)$. And $L-\min L\le R_0+(\frac\lambda2+R_1)r^2$; so "
        r"$\varsigma=R_0+(\frac\lambda2+R_1)r_4^2$.",
    )


def _start_linear(view: View) -> Words:
    floor = next(p for p in view.premises if p["claim"] == "loss floor")
    least = floor_of(View(view.content, floor, (), view.digits))
    below = "" if least == "0" else f"-{least}"
    times, mean = by_slope(view), mean_offset(view)
    at_rest = rf"{mean}+\|a\|_1|\sigma(0)|" if mean else r"\|a\|_1|\sigma(0)|"
    summand = rf"{times}({at_rest})" if times and mean else f"{times}{at_rest}"
    shifted = f"(L{below})" if below else "L"
    argument = r"|u_i|\le|y_i|+|f_i|" if mean else "|u_i|=|f_i|"
    return _start(
        view,
        rf"$0\le R{below}\le R_0+R_1r$ with $R_0=\varphi(0){below}+{summand}$ and "
        rf"$R_1={times}M_1\|a\|_2\sqrt{{\Lambda_S}}$, as $\ell\le\varphi(0)+{times}|u_i|$ with "
        rf"$u_i={at_sample(view.loss)}$, ${argument}$, and the mean of "
        r"$\sum_j|a_jz_{ij}|$ is at most $\|a\|_2\sqrt{\Lambda_S}\,r$; and "
        r"$\frac2sR_1r\le\frac\lambda sr^2+R_1^2/(\lambda s)$. "
        rf"As $L{below}\ge\frac\lambda2r^2$, $\int e^{{-2{shifted}/s}}\le(\pi s/\lambda)^{{N/2}}$. So"
        r"$$\int\frac{\nu_0^2}{\mu_s}\le e^{2R_0/s+R_1^2/(\lambda s)}\Bigl(\frac{\pi "
        r"s}\lambda\Bigr)^{N/2}(2\pi v_0)^{-N}"
        r"\int\exp\Bigl(-\frac{r^2}{v_0}+\frac{2\lambda}sr^2\Bigr)dW=e^{2R_0/s+R_1^2/(\lambda "
        r"s)}\,2^{N/2}=e^\chi$$"
        r"for $v_0=s/(4\lambda)$. And $L-\min L\le\frac\lambda2r^2+R_0+R_1r$; so "
        r"$\varsigma=\frac\lambda2r_4^2+R_0+R_1r_2$.",
    )


def _convergence(view: View) -> Words:
    return words(
        rf"{view.begins()}let $dW=-\nabla L(W)\,dt+\sqrt s\,d\mathbf B_t$ start from "
        rf"$N(0,v_0I)$. Then for every $t\ge0$"
        r"$$\mathbb EL(W_t)-\min "
        r"L\le\varepsilon+\varsigma\,\exp\Bigl(\frac\chi2-\frac\lambda "
        r"q\,e^{-\xi}\,t\Bigr).$$",
        r"Let $P_t$ be the semigroup of the equation, which is symmetric in $L^2(\mu_s)$. "
        r"Then $P_t(\nu_0/\mu_s)$ is the density of the law of $W_t$ with "
        r"respect to $\mu_s$, and"
        r"$$\mathbb EL(W_t)-\mathbb E_{\mu_s}L=\int(L-\min "
        r"L)\,\bigl(P_t(\nu_0/\mu_s)-1\bigr)\,d\mu_s"
        r"\le\varsigma\,e^{-\operatorname{gap}(s)t}\,\|\nu_0/\mu_s-1\|_{L^2(\mu_s)}.$$"
        r"The last norm is $(\int\nu_0^2/\mu_s-1)^{1/2}\le e^{\chi/2}$; and "
        r"$\operatorname{gap}(s)\ge\frac\lambda qe^{-\xi}$ and "
        r"$\mathbb E_{\mu_s}L-\min L\le\varepsilon$.",
    )


def _langevin(view: View) -> Words:
    return words(
        rf"{view.begins()}let $\zeta=\frac{{2\lambda}}{{qs}}e^{{-\xi}}$ and $\delta>0$. For "
        rf"a step $h>0$ with"
        r"$$h\le\min\Bigl(\frac\zeta{4\,\mathrm{gLip}_s^2},\,\frac{\zeta^2\delta^2}{32N\,\mathrm{gLip}_s^2}\Bigr)$$"
        r"the iteration $W_{k+1}=W_k-\frac{2h}s\nabla L(W_k)+\sqrt{2h}\,Z_k$ with "
        r"independent standard Gaussian $Z_k$, from "
        r"$W_0\sim N(0,\frac s{2\lambda}I)$, satisfies for $k\ge\frac1{\zeta "
        r"h}\log\frac{4\,\mathrm{KL}_0}{\zeta\delta^2}$"
        r"$$\mathbb EL(W_k)-\min L\le\varepsilon+\delta\sqrt{\tfrac s2(\lambda "
        r"N+K)}+\tfrac12\,\mathrm{gLip}\,\delta^2.$$",
        r"The gradient of $2L/s$ has the Lipschitz constant "
        r"$\mathrm{gLip}_s=\frac2s\mathrm{gLip}$, and $\mu_s$ has a log-Sobolev inequality "
        r"with "
        r"$C_{\mathrm{LS}}\le1/\zeta$. Let $\nu_k$ be the law of $W_k$ and "
        r"$\mathrm{KL}(\nu\|\mu_s)=\int\nu\log(\nu/\mu_s)$. For "
        r"$h\le\zeta/(4\,\mathrm{gLip}_s^2)$ (Vempala and Wibisono)"
        r"$$\mathrm{KL}(\nu_k\|\mu_s)\le e^{-\zeta "
        r"hk}\,\mathrm{KL}(\nu_0\|\mu_s)+\frac{8hN\,\mathrm{gLip}_s^2}\zeta\le\frac\zeta2\delta^2,$$"
        r"by the choice of $k$ and $h$, as "
        r"$\mathrm{KL}(\nu_0\|\mu_s)\le\mathrm{KL}_0=2\Omega/s$: up to a factor between "
        r"$e^{-2\Omega/s}$ and "
        r"$e^{2\Omega/s}$ the densities are the same. So the quadratic Wasserstein distance "
        r"of $\nu_k$ and $\mu_s$ is at most "
        r"$(\frac2\zeta\mathrm{KL}(\nu_k\|\mu_s))^{1/2}\le\delta$ (Otto and Villani). Take "
        r"$W_k$ and $\bar W$ with the law $\mu_s$ at this distance. By the "
        r"Taylor expansion of $L$ at $\bar W$ and the Cauchy-Schwarz inequality"
        r"$$\mathbb EL(W_k)\le\mathbb EL(\bar W)+\delta\,\bigl(\mathbb E_{\mu_s}\|\nabla "
        r"L\|^2\bigr)^{1/2}+\tfrac12\,\mathrm{gLip}\,\delta^2.$$"
        r"Integration by parts gives $\mathbb E_{\mu_s}\|\nabla L\|^2=\frac s2\mathbb "
        r"E_{\mu_s}\Delta L\le\frac s2(\lambda N+K)$; and "
        r"$\mathbb E_{\mu_s}L-\min L\le\varepsilon$.",
    )


RATES: Mapping[str, Callable[[View], Words]] = MappingProxyType(
    {
        "moments bounded": _moments_bounded,
        "moments Euler": _moments_euler,
        "oscillation": _oscillation,
        "oscillation where it is reached": _oscillation_where_reached,
        "gap bounded": _gap_bounded,
        "gap Lyapunov": _gap_lyapunov,
        "gap convex": _gap_convex,
        "gap in one dimension": _gap_in_one_dimension,
        "excess bounded": _excess_bounded,
        "excess affine": _excess_affine,
        "start bounded": _start_bounded,
        "start quadratic": _start_quadratic,
        "start linear": _start_linear,
        "convergence with a rate": _convergence,
        "Langevin Monte Carlo": _langevin,
    }
)
