"""Bounds of the loss's derivatives, of the gradient, of the Laplacian, and along rays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType

from proofkit.exposition import losses, numbers
from proofkit.exposition.formulas import latex, read
from proofkit.exposition.symbols import symbol
from proofkit.exposition.view import View, Words, words
from proofkit.kernel.univariate.terms import ZERO


def _parameters(view: View) -> Words:
    if view.symbolic:
        return words(
            r"$n$, $p$, $d$, the data with $\|x_i\|\le B_x$ and $|y_i|\le B_y$, and $a$ are "
            r"arbitrary.",
            r"$\Lambda_S\le\frac1n\sum_i\|x_i\|^2=X_2\le B_x^2$, since $S$ has the trace $X_2$.",
        )
    return words(
        "The numbers of the data and of the outer weights are those of the list of constants.",
        "They are computed exactly from the rows; square roots and the eigenvalue "
        "$\\Lambda_S$ are enclosed.",
    )


# -- what the loss says of itself ------------------------------------------------------------------


def factor(view: View) -> str:
    """c of the loss (c/2) (f - y)^2, as a factor in LaTeX; nothing for 1, and for other losses."""
    square = view.loss.square
    return "" if square in (None, 1) else rf"{numbers.rational(square)}\,"


def offset(view: View) -> str:
    """A bound of |f_i - u_i| for the argument u_i of phi, as a summand in LaTeX."""
    return "" if view.loss.offset == ZERO else f"{latex(view.loss.offset)}+"


def mean_offset(view: View) -> str:
    """A bound of the mean of |f_i - u_i|, in LaTeX; nothing where it is 0."""
    bound = view.loss.mean_offset(view.symbolic)
    return "" if bound == ZERO else latex(bound)


def by_slope(view: View) -> str:
    """The bound of |l'| as a factor in LaTeX; nothing where it is exactly 1."""
    return "" if view.bounds("l1") == (1, 1) else r"\ell'_{\max}"


def by_curvature(view: View) -> str:
    """The bound of l'' as a factor in LaTeX; nothing where it is exactly 1."""
    return "" if view.bounds("l2") == (1, 1) else r"\ell''_{\max}"


def _slope_at_rest(view: View) -> str:
    """The bound of |l'_i| where every z_ij is 0, in LaTeX."""
    own = r"|\varphi'(0)|+" if "slope_0" in view.step["defines"] else ""
    times = by_curvature(view)
    rest = rf"{offset(view)}\|a\|_1|\sigma(0)|"
    return f"{own}{times}({rest})" if times and offset(view) else f"{own}{times}{rest}"


def _slope_at_rest_as_a_factor(view: View) -> str:
    """The same in brackets where it is a sum."""
    summed = "slope_0" in view.step["defines"] or (offset(view) and not by_curvature(view))
    return f"({_slope_at_rest(view)})" if summed else _slope_at_rest(view)


def _argument_grows(view: View) -> str:
    """That l'_i grows at most like the argument u_i of phi, whose name it introduces; markup."""
    own = r"|\varphi'(0)|+" if "slope_0" in view.step["defines"] else ""
    return (
        rf"With $u_i={losses.at_sample(view.loss)}$, "
        rf"$|\ell'_i|=|\varphi'(u_i)|\le{own}{by_curvature(view)}|u_i|$"
    )


# The Hessian of L in a direction V, a matrix like W with the rows V_1, ..., V_p.
HESSIAN = (
    r"For $V\in\mathbb R^{p\times d}$ with rows $V_j$, the chain rule gives"
    r"$$\nabla^2L(W)[V,V]=\frac1n\sum_{i=1}^n\Bigl(\ell''_i\Bigl(\sum_{j=1}^pa_j\sigma'(z_{ij})\langle "
    r"V_j,x_i\rangle\Bigr)^2"
    r"+\ell'_i\sum_{j=1}^pa_j\sigma''(z_{ij})\langle V_j,x_i\rangle^2\Bigr)+\lambda\|V\|_F^2.$$"
)


def _derivation(view: View) -> Words:
    return words(
        r"The formulas for $\nabla L$, $\Delta L$ and $\nabla^2L$ hold.",
        r"By the chain rule. As the kernel computes with them, they are compared with exact "
        r"differentiation of $L$ in ball arithmetic, at small nets.",
    )


def _bounded_residual(view: View) -> Words:
    c = factor(view)
    slope = rf"|\ell'_i|={c}|f_i-y_i|" if c else "|f_i-y_i|"
    if view.symbolic:
        bound = rf"{c}(B_y+\|a\|_1M_0)" if c else r"B_y+\|a\|_1M_0"
        return words(
            rf"${slope}\le\rho$ for every $W$.",
            r"$|f_i|\le\sum_j|a_j|\,|\sigma(z_{ij})|\le\|a\|_1M_0$ and $|y_i|\le B_y$, so "
            rf"${slope}\le {bound}=\rho$.",
        )
    times = rf"${numbers.rational(view.loss.square or Fraction(1))}$ times " if c else ""
    return words(
        rf"${slope}\le\rho$ for every $W$.",
        r"As $\sigma_-\le\sigma\le\sigma_+$, the units with $a_j>0$ and those with $a_j<0$ give "
        r"$a_+\sigma_--a_-\sigma_+\le f_i\le a_+\sigma_+-a_-\sigma_-$; and $y_{\min}\le "
        r"y_i\le y_{\max}$. So"
        r"$$f_i-y_i\le a_+\sigma_+-a_-\sigma_--y_{\min},\quad y_i-f_i\le "
        r"y_{\max}-a_+\sigma_-+a_-\sigma_+,$$"
        rf"and $\rho$ is {times}the larger of the two bounds.",
    )


def _bounded_slope(view: View) -> Words:
    return words(
        r"$|\ell'_i|\le\rho$ for every $W$.",
        r"$\rho=\ell'_{\max}$ bounds the slope of the loss.",
    )


# The inequality behind every bound of the gradient.
_ROW_BOUND = (
    r"For all numbers $\vartheta_1,\dots,\vartheta_n$, "
    r"$\|\frac1n\sum_i\vartheta_ix_i\|^2\le\Lambda_S\,\frac1n\sum_i\vartheta_i^2$"
)


def _bounded_gradient(view: View) -> Words:
    return words(
        r"$\|\nabla R(W)\|\le G$ for every $W$.",
        rf"{_ROW_BOUND}. With $\vartheta_i=\ell'_ia_j\sigma'(z_{{ij}})$, summed over $j$,"
        r"$$\|\nabla "
        r"R\|^2\le\Lambda_S\,\frac1n\sum_{i=1}^n(\ell'_i)^2\sum_{j=1}^pa_j^2\sigma'(z_{ij})^2"
        r"\le\Lambda_S\,(\rho M_1\|a\|_2)^2=G^2.$$",
    )


def _bounded_laplacian(view: View) -> Words:
    return words(
        r"$\Delta R(W)\le K$ for every $W$.",
        r"In the formula for $\Delta L$, $\ell''_i\le\ell''_{\max}$, "
        r"$\sum_ja_j^2\sigma'(z_{ij})^2\le\|a\|_2^2M_1^2$, "
        r"$|\ell'_i|\le\rho$ and $|\sum_ja_j\sigma''(z_{ij})|\le\|a\|_1M_2$; the mean of "
        r"$\|x_i\|^2$ is $X_2$. So"
        r"$$\Delta R\le X_2\,(\ell''_{\max}\|a\|_2^2M_1^2+\rho\,\|a\|_1M_2)=K.$$",
    )


_LINEAR_GROWTH = (
    r"Since $|\sigma(z)|\le|\sigma(0)|+M_1|z|$ and, by the Cauchy-Schwarz inequality, "
    r"$\sum_j|a_jz_{ij}|\le\|a\|_2\|x_i\|r$"
)


def _affine_laplacian(view: View) -> Words:
    times = by_curvature(view)
    return words(
        r"$\Delta R(W)\le Ar+B$ for every $W$.",
        rf"{_argument_grows(view)}. {_LINEAR_GROWTH}, "
        rf"$|u_i|\le {offset(view)}\|a\|_1|\sigma(0)|+M_1\|a\|_2B_xr$. "
        r"In the formula for $\Delta L$, with $\ell''_i\le\ell''_{\max}$,"
        r"$$\Delta "
        r"R\le\frac1n\sum_{i=1}^n\|x_i\|^2\bigl(\ell''_{\max}\|a\|_2^2M_1^2+|\ell'_i|\,\|a\|_1M_2\bigr)\le "
        r"Ar+B$$"
        rf"with $A={times}X_2M_1M_2\|a\|_1\|a\|_2B_x$ and "
        rf"$B=X_2\,(\ell''_{{\max}}\|a\|_2^2M_1^2+{_slope_at_rest_as_a_factor(view)}\,\|a\|_1M_2)$.",
    )


def _affine_gradient(view: View) -> Words:
    times = by_curvature(view)
    return words(
        r"$\|\nabla R(W)\|\le G_0+G_1r$ for every $W$.",
        rf"{_ROW_BOUND}; so $\|\nabla R\|\le "
        rf"M_1\|a\|_2\sqrt{{\Lambda_S}}\,(\frac1n\sum_i(\ell'_i)^2)^{{1/2}}$. "
        rf"{_argument_grows(view)}. "
        r"By the triangle inequality, $|\sigma(z)|\le|\sigma(0)|+M_1|z|$ and "
        r"$\frac1n\sum_{i,j}z_{ij}^2\le\Lambda_Sr^2$,"
        r"$$\Bigl(\frac1n\sum_{i=1}^n(\ell'_i)^2\Bigr)^{1/2}\le "
        rf"{_slope_at_rest(view)}+{times}M_1\|a\|_2\sqrt{{\Lambda_S}}\,r.$$"
        r"The product of the two is $G_0+G_1r$ with "
        rf"$G_0=M_1\|a\|_2\sqrt{{\Lambda_S}}\,{_slope_at_rest_as_a_factor(view)}$ and "
        rf"$G_1={times}M_1^2\|a\|_2^2\Lambda_S$.",
    )


_EULER = (
    r"Let $\psi_i=\sum_ja_j(z_{ij}\sigma'(z_{ij})-\kappa\sigma(z_{ij}))$, so that "
    r"$|\psi_i|\le\|a\|_1H=\gamma$ and"
    r"$$\langle\nabla R,W\rangle=\frac1n\sum_{i=1}^n\ell'_i\sum_{j=1}^pa_jz_{ij}\sigma'(z_{ij})"
    r"=\frac1n\sum_{i=1}^n\ell'_i(\kappa f_i+\psi_i).$$"
)


def _square(view: View) -> str:
    """The square completed, for the loss (c/2) (f - y)^2; markup."""
    c = factor(view)
    if not c:
        return (
            r"With $e_i=f_i-y_i=\ell'_i$, $e_i(\kappa f_i+\psi_i)=\kappa e_i^2+(\kappa "
            r"y_i+\psi_i)e_i\ge-(\kappa|y_i|+\gamma)^2/(4\kappa)$, by completing the square; "
        )
    return (
        rf"With $e_i=f_i-y_i$ and $\ell'_i={c}e_i$, $\ell'_i(\kappa f_i+\psi_i)={c}(\kappa "
        rf"e_i^2+(\kappa y_i+\psi_i)e_i)\ge-{c}(\kappa|y_i|+\gamma)^2/(4\kappa)$, by completing "
        r"the square; "
    )


def _mean_square(view: View) -> str:
    """C, from the mean over the samples; markup."""
    c = factor(view)
    if view.symbolic:
        return rf"and $|y_i|\le B_y$, so $C={c}(\kappa B_y+\gamma)^2/(4\kappa)$ will do."
    return (
        rf"the mean over $i$ is $-C$ with "
        rf"$C={c}(\kappa^2Y_2+2\kappa\gamma Y_1+\gamma^2)/(4\kappa)$."
    )


def _radial(view: View) -> Words:
    if not view.is_zero("kappa"):
        return words(
            r"$\langle\nabla R(W),W\rangle\ge-C$ for every $W$.",
            _EULER + _square(view) + _mean_square(view),
        )
    c = factor(view)
    return words(
        r"$\langle\nabla R(W),W\rangle\ge-C-Dr$ for every $W$.",
        _EULER
        + rf"As $\kappa=0$ this is at least $-{c}\gamma\,\frac1n\sum_i|f_i-y_i|$, and the mean of "
        r"$|f_i-y_i|$ is at most "
        r"$B_y+\|a\|_1|\sigma(0)|+M_1\|a\|_2\sqrt{\Lambda_S}\,r$, because "
        r"$|\sigma(z)|\le|\sigma(0)|+M_1|z|$ and "
        r"$\frac1n\sum_{i,j}z_{ij}^2\le\Lambda_Sr^2$. So "
        rf"$C={c}\gamma\,(B_y+\|a\|_1|\sigma(0)|)$ and "
        rf"$D={c}\gamma M_1\|a\|_2\sqrt{{\Lambda_S}}$.",
    )


def _euler_bound(view: View) -> Words:
    return words(
        r"$\langle\nabla R(W),W\rangle\ge-C$ for every $W$.",
        _EULER + _square(view) + _mean_square(view) + r" No bound of $\sigma'$ is used.",
    )


def _pull(view: View) -> str:
    """The lower bound of l'_i f_i for a loss of bounded slope; markup."""
    u = rf"With $u_i={losses.at_sample(view.loss)}$, "
    if not mean_offset(view):
        return rf"{u}$\ell'_if_i=u_i\varphi'(u_i)\ge-\eta_1$"
    return (
        rf"{u}$\ell'_if_i=u_i\varphi'(u_i)+y_i\varphi'(u_i)\ge-\eta_1-\ell'_{{\max}}|y_i|$, in the "
        rf"mean at least $-\eta_1-\ell'_{{\max}}{mean_offset(view)}$"
    )


def _pulled(view: View, exponent: str) -> str:
    """The exponent times the bound of ``_pull``, in LaTeX."""
    if not mean_offset(view):
        return rf"{exponent}\eta_1"
    return rf"{exponent}(\eta_1+\ell'_{{\max}}{mean_offset(view)})"


def _euler_of_slope(view: View) -> Words:
    statement = r"$\langle\nabla R(W),W\rangle\ge-C$ for every $W$."
    if view.is_zero("kappa"):
        return words(
            statement,
            _EULER + r"As $\kappa=0$ and $|\ell'_i\psi_i|\le\ell'_{\max}\gamma$, this is at least "
            r"$-C$ with $C=\ell'_{\max}\gamma$.",
        )
    return words(
        statement,
        _EULER + rf"{_pull(view)}; and $|\ell'_i\psi_i|\le\ell'_{{\max}}\gamma$. So "
        rf"$C={_pulled(view, symbol('kappa'))}+\ell'_{{\max}}\gamma$.",
    )


def _euler_of_curvature(view: View) -> Words:
    convex = view.is_zero("h_omega")
    rest = "" if convex else r"-\frac{\kappa h_\varphi}{\omega_\varphi}"
    known = (
        r"\varphi'(u)^2\le\omega_\varphi u\varphi'(u)"
        if convex
        else r"\varphi'(u)^2\le\omega_\varphi u\varphi'(u)+h_\varphi"
    )
    if mean_offset(view):
        inner = r"\kappa u_i\varphi'(u_i)+(\kappa y_i+\psi_i)\varphi'(u_i)"
        theta = r"\kappa|y_i|+\gamma"
    else:
        inner = r"\kappa u_i\varphi'(u_i)+y_i\psi_i\varphi'(u_i)"
        theta = r"\gamma"
    total = latex(read(str(view.step["defines"]["C"]["formula"])))
    mean = ", in the mean over $i$," if mean_offset(view) else ""
    return words(
        r"$\langle\nabla R(W),W\rangle\ge-C$ for every $W$.",
        _EULER + rf"For every $u$, ${known}$. With $u_i={losses.at_sample(view.loss)}$ and "
        rf"$\vartheta_i={theta}$,"
        rf"$$\ell'_i(\kappa f_i+\psi_i)={inner}"
        rf"\ge\frac\kappa{{\omega_\varphi}}\varphi'(u_i)^2-\vartheta_i|\varphi'(u_i)|{rest}"
        rf"\ge-\frac{{\omega_\varphi\vartheta_i^2}}{{4\kappa}}{rest},$$"
        rf"by completing the square. So{mean} $C={total}$ will do.",
    )


def _radial_residual(view: View) -> Words:
    return words(
        r"$\langle\nabla R(W),W\rangle\ge-C$ for every $W$.",
        r"$\langle\nabla R,W\rangle=\frac1n\sum_i\ell'_i\sum_ja_jz_{ij}\sigma'(z_{ij})$, "
        r"where $|\ell'_i|\le\rho$ and, as $\kappa=0$, "
        r"$|z\sigma'(z)|\le H$; so its modulus is at most $\rho\,\|a\|_1H=C$.",
    )


# What "of one sign" means; markup.
ONE_SIGN = r"all $a_j\ge0$ or all $a_j\le0$"
_ONE_SIGN_SQUARED = (
    r"Let $e_i=f_i-y_i$. According to the sign of $e_i$,"
    r"$$e_i\sum_ja_jz_{ij}\sigma'(z_{ij})\ge\kappa_-e_i^2-(\kappa_+|y_i|+\gamma)|e_i|"
    r"=\kappa_-(|e_i|-\vartheta_i)^2-\kappa_-\vartheta_i^2,\quad\vartheta_i=\frac{\kappa_+|y_i|+\gamma}{2\kappa_-}.$$"
    r"Let $U^2=\frac1n\sum_i(|e_i|-\vartheta_i)^2$; the mean over $i$ is at least "
    r"$\kappa_-U^2-C$, because "
    r"$\frac1n\sum_i\kappa_-\vartheta_i^2\le C$. In the formula for $\Delta L$, "
    r"$\ell''_i=1$, $|\ell'_i|=|e_i|$, $|f_i|\le|e_i|+|y_i|$ and "
    r"$\frac1n\sum_i|e_i|\le U+\frac1n\sum_i\vartheta_i$; so"
    r"$$\Delta R\le "
    r"B_x^2M_2\,\frac1n\sum_{i=1}^n\Bigl((2\|a\|_\infty+\|a\|_1)\,|e_i|+2\|a\|_\infty(|y_i|+\tau\|a\|_1)\Bigr)\le "
    r"AU+B.$$"
)


def _one_sign_of_slope(view: View) -> str:
    """C and B for a loss of bounded slope; markup."""
    labels = offset(view).removesuffix("+")
    curved = rf"\ell''_{{\max}}{labels}" if labels else ""
    bend = rf"\eta_2+{curved}" if labels else r"\eta_2"
    at_rest = rf"{bend}+\ell''_{{\max}}\tau\|a\|_1"
    reached = rf"|u_i|+{labels}" if labels else "|u_i|"
    return (
        rf"Let $U=0$. {_pull(view)}. According to the sign of $\ell'_i$, with $0<\kappa_-\le\kappa_+$,"
        rf"$$\frac1n\sum_i\ell'_i\sum_ja_jz_{{ij}}\sigma'(z_{{ij}})\ge-{_pulled(view, symbol('kappa_hi'))}"
        rf"-\ell'_{{\max}}\gamma=-C.$$"
        rf"In the formula for $\Delta L$, $|f_i|\le{reached}$, so that $|\ell''_if_i|\le{bend}$, and "
        r"$|\sum_ja_j\sigma''(z_{ij})|\le\|a\|_1M_2$; so"
        r"$$\Delta R\le "
        rf"B_x^2M_2\Bigl(2\|a\|_\infty\bigl({at_rest}\bigr)+\ell'_{{\max}}\|a\|_1\Bigr)=B.$$"
    )


def _turned(view: View) -> str:
    """That the signs of a may be changed, in markup."""
    if view.loss.square is not None or view.loss.classifies:
        return (
            r"Changing the signs of $a$ and of all $y_i$ together leaves $L$ as it is, so let "
            r"$a\ge0$. "
        )
    return (
        r"Changing the signs of $a$ and of all $y_i$ together, and $\varphi(u)$ into "
        r"$\varphi(-u)$, leaves $L$ as it is, and all constants of $\varphi$; so let $a\ge0$. "
    )


def _one_signed(view: View) -> Words:
    whom = f"If {ONE_SIGN}, then for" if view.symbolic else "For"
    return words(
        rf"{whom} every $W$ there is a $U\ge0$ with $\langle\nabla "
        rf"R,W\rangle\ge\kappa_-U^2-C$ and $\Delta R\le AU+B$.",
        ("" if view.symbolic else f"For these outer weights {ONE_SIGN}. ")
        + _turned(view)
        + r"As $\kappa_-\sigma-H_-\le z\sigma'\le\kappa_+\sigma+H_+$ and "
        r"$\gamma=\|a\|_1\max(H_-,H_+)$, the sum "
        r"$\sum_ja_jz_{ij}\sigma'(z_{ij})$ lies between $\kappa_-f_i-\gamma$ and "
        r"$\kappa_+f_i+\gamma$. For every $t$, "
        r"$0\le\sigma(z+t)+\tau\le\sigma(z)+\tau+\sigma'(z)t+\frac12M_2t^2$, hence "
        r"$\sigma'^2\le2M_2(\sigma+\tau)$ and"
        r"$$\sum_ja_j^2\sigma'(z_{ij})^2\le2\|a\|_\infty M_2\bigl(|f_i|+\tau\|a\|_1\bigr).$$"
        + (_one_sign_of_slope(view) if view.loss.square is None else _ONE_SIGN_SQUARED),
    )


def _gradient_lipschitz(view: View) -> Words:
    return words(
        rf"$\nabla L$ is Lipschitz with the constant $\mathrm{{gLip}}$, {view.for_lambda()}.",
        HESSIAN + r"The part with $\ell''_i$ lies between $0$ and "
        r"$\ell''_{\max}M_1^2\|a\|_2^2\sum_j\langle V_j,x_i\rangle^2$; the modulus of the "
        r"part "
        r"with $\ell'_i$ is at most $\rho\,\|a\|_\infty M_2\sum_j\langle V_j,x_i\rangle^2$; and "
        r"$\frac1n\sum_{i,j}\langle V_j,x_i\rangle^2\le\Lambda_S\|V\|_F^2$. So"
        r"$$|\nabla^2L(W)[V,V]|\le\bigl(\lambda+\Lambda_S(\ell''_{\max}M_1^2\|a\|_2^2+\rho\,\|a\|_\infty "
        r"M_2)\bigr)\|V\|_F^2"
        r"=\mathrm{gLip}\,\|V\|_F^2.$$",
    )


def _dissipative(view: View, reason: str) -> Words:
    return words(
        rf"$\langle\nabla L(W),W\rangle\ge mr^2-b$ for every $W$, {view.for_lambda()}.", reason
    )


def _dissipative_radial(view: View) -> Words:
    if view.is_zero("D"):
        return _dissipative(
            view,
            r"$\langle\nabla L,W\rangle=\langle\nabla R,W\rangle+\lambda r^2\ge\lambda "
            r"r^2-C$; so $m=\lambda$ and $b=C$.",
        )
    return _dissipative(
        view,
        r"$\langle\nabla L,W\rangle\ge\lambda r^2-C-Dr$, and "
        r"$Dr\le\frac\lambda2r^2+D^2/(2\lambda)$; so $m=\frac\lambda2$ and "
        r"$b=C+D^2/(2\lambda)$.",
    )


def _dissipative_gradient(view: View) -> Words:
    return _dissipative(
        view,
        r"$\langle\nabla L,W\rangle\ge\lambda r^2-Gr\ge\frac\lambda2r^2-G^2/(2\lambda)$; so "
        r"$m=\frac\lambda2$ and "
        r"$b=G^2/(2\lambda)$.",
    )


def _dissipative_one_signed(view: View) -> Words:
    return _dissipative(
        view,
        r"$\langle\nabla L,W\rangle\ge\lambda r^2-C+\kappa_-U^2\ge\lambda r^2-C$; so "
        r"$m=\lambda$ and $b=C$.",
    )


BOUNDS: Mapping[str, Callable[[View], Words]] = MappingProxyType(
    {
        "parameters": _parameters,
        "derivation": _derivation,
        "bounded residual": _bounded_residual,
        "bounded slope": _bounded_slope,
        "bounded gradient": _bounded_gradient,
        "bounded Laplacian": _bounded_laplacian,
        "affine Laplacian": _affine_laplacian,
        "affine gradient": _affine_gradient,
        "radial bound": _radial,
        "Euler bound": _euler_bound,
        "Euler bound of bounded slope": _euler_of_slope,
        "Euler bound of bounded curvature": _euler_of_curvature,
        "radial residual": _radial_residual,
        "one-signed weights": _one_signed,
        "weights of one sign": _one_signed,
        "one-signed weights, bounded slope": _one_signed,
        "weights of one sign, bounded slope": _one_signed,
        "gradient Lipschitz": _gradient_lipschitz,
        "dissipative radial": _dissipative_radial,
        "dissipative gradient": _dissipative_gradient,
        "dissipative one-signed": _dissipative_one_signed,
    }
)
