"""Bounds of the loss's derivatives, of the gradient, of the Laplacian, and along rays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from proofkit.exposition import numbers
from proofkit.exposition.view import View, Words, words


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


def _loss(view: View) -> Words:
    if not view.loss.classifies:
        return words(r"$\ell''=\ell''_{\max}=1$.", r"$\ell(f,y)=\frac12(f-y)^2$.")
    slope, curvature = view.bounds("l1"), view.bounds("l2")
    assert slope is not None and curvature is not None
    return words(
        rf"$|\ell'|\le\ell'_{{\max}}={numbers.rational(slope[1])}$ and "
        rf"$0\le\ell''\le\ell''_{{\max}}={numbers.rational(curvature[1])}$.",
        r"With $\varphi=yf$ and $y^2=1$, $|\ell'|=1/(1+e^\varphi)<1$ and "
        r"$\ell''=1/((1+e^\varphi)(1+e^{-\varphi}))$, "
        r"which is largest at $\varphi=0$, where it is $\frac14$.",
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
    if view.symbolic:
        return words(
            r"$|f_i-y_i|\le\rho$ for every $W$.",
            r"$|f_i|\le\sum_j|a_j|\,|\sigma(z_{ij})|\le\|a\|_1M_0$ and $|y_i|\le B_y$, so "
            r"$|f_i-y_i|\le B_y+\|a\|_1M_0=\rho$.",
        )
    return words(
        r"$|f_i-y_i|\le\rho$ for every $W$.",
        r"As $\sigma_-\le\sigma\le\sigma_+$, the units with $a_j>0$ and those with $a_j<0$ give "
        r"$a_+\sigma_--a_-\sigma_+\le f_i\le a_+\sigma_+-a_-\sigma_-$; and $y_{\min}\le "
        r"y_i\le y_{\max}$. So"
        r"$$f_i-y_i\le a_+\sigma_+-a_-\sigma_--y_{\min},\quad y_i-f_i\le "
        r"y_{\max}-a_+\sigma_-+a_-\sigma_+,$$"
        r"and $\rho$ is the larger of the two bounds.",
    )


def _logistic_residual(view: View) -> Words:
    return words(
        r"$|\ell'_i|\le\rho$ for every $W$.",
        r"$\rho=\ell'_{\max}$ bounds the slope of the logistic loss.",
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
    return words(
        r"$\Delta R(W)\le Ar+B$ for every $W$.",
        rf"{_LINEAR_GROWTH}, $|f_i-y_i|\le B_y+\|a\|_1|\sigma(0)|+M_1\|a\|_2B_xr$. "
        r"In the formula for $\Delta L$, with $\ell''_i=1$,"
        r"$$\Delta "
        r"R\le\frac1n\sum_{i=1}^n\|x_i\|^2\bigl(\|a\|_2^2M_1^2+|f_i-y_i|\,\|a\|_1M_2\bigr)\le "
        r"Ar+B$$"
        r"with $A=X_2M_1M_2\|a\|_1\|a\|_2B_x$ and "
        r"$B=X_2\,(\|a\|_2^2M_1^2+(B_y+\|a\|_1|\sigma(0)|)\,\|a\|_1M_2)$.",
    )


def _affine_gradient(view: View) -> Words:
    return words(
        r"$\|\nabla R(W)\|\le G_0+G_1r$ for every $W$.",
        rf"{_ROW_BOUND}; so $\|\nabla R\|\le "
        rf"M_1\|a\|_2\sqrt{{\Lambda_S}}\,(\frac1n\sum_i(f_i-y_i)^2)^{{1/2}}$. "
        r"By the triangle inequality, $|\sigma(z)|\le|\sigma(0)|+M_1|z|$ and "
        r"$\frac1n\sum_{i,j}z_{ij}^2\le\Lambda_Sr^2$,"
        r"$$\Bigl(\frac1n\sum_{i=1}^n(f_i-y_i)^2\Bigr)^{1/2}\le "
        r"B_y+\|a\|_1|\sigma(0)|+M_1\|a\|_2\sqrt{\Lambda_S}\,r.$$"
        r"The product of the two is $G_0+G_1r$ with "
        r"$G_0=M_1\|a\|_2\sqrt{\Lambda_S}\,(B_y+\|a\|_1|\sigma(0)|)$ and "
        r"$G_1=M_1^2\|a\|_2^2\Lambda_S$.",
    )


_EULER = (
    r"Let $\psi_i=\sum_ja_j(z_{ij}\sigma'(z_{ij})-\kappa\sigma(z_{ij}))$, so that "
    r"$|\psi_i|\le\|a\|_1H=\gamma$ and"
    r"$$\langle\nabla R,W\rangle=\frac1n\sum_{i=1}^n\ell'_i\sum_{j=1}^pa_jz_{ij}\sigma'(z_{ij})"
    r"=\frac1n\sum_{i=1}^n\ell'_i(\kappa f_i+\psi_i).$$"
)
_SQUARE = (
    r"With $e_i=f_i-y_i=\ell'_i$, $e_i(\kappa f_i+\psi_i)=\kappa e_i^2+(\kappa y_i+\psi_i)e_i"
    r"\ge-(\kappa|y_i|+\gamma)^2/(4\kappa)$, by completing the square; "
)


def _mean_square(view: View) -> str:
    if view.symbolic:
        return r"and $|y_i|\le B_y$, so $C=(\kappa B_y+\gamma)^2/(4\kappa)$ will do."
    return r"the mean over $i$ is $-C$ with $C=(\kappa^2Y_2+2\kappa\gamma Y_1+\gamma^2)/(4\kappa)$."


def _radial(view: View) -> Words:
    if not view.is_zero("kappa"):
        return words(
            r"$\langle\nabla R(W),W\rangle\ge-C$ for every $W$.",
            _EULER + _SQUARE + _mean_square(view),
        )
    return words(
        r"$\langle\nabla R(W),W\rangle\ge-C-Dr$ for every $W$.",
        _EULER
        + r"As $\kappa=0$ this is at least $-\gamma\,\frac1n\sum_i|f_i-y_i|$, and the mean of "
        r"$|f_i-y_i|$ is at most "
        r"$B_y+\|a\|_1|\sigma(0)|+M_1\|a\|_2\sqrt{\Lambda_S}\,r$, because "
        r"$|\sigma(z)|\le|\sigma(0)|+M_1|z|$ and "
        r"$\frac1n\sum_{i,j}z_{ij}^2\le\Lambda_Sr^2$. So $C=\gamma\,(B_y+\|a\|_1|\sigma(0)|)$ and "
        r"$D=\gamma M_1\|a\|_2\sqrt{\Lambda_S}$.",
    )


def _euler_bound(view: View) -> Words:
    return words(
        r"$\langle\nabla R(W),W\rangle\ge-C$ for every $W$.",
        _EULER + _SQUARE + _mean_square(view) + r" No bound of $\sigma'$ is used.",
    )


def _logistic_euler(view: View) -> Words:
    return words(
        r"$\langle\nabla R(W),W\rangle\ge-C$ for every $W$.",
        _EULER
        + r"With $\varphi_i=y_if_i$, $\ell'_if_i=-\varphi_i/(1+e^{\varphi_i})\ge-\frac38$, because "
        r"$t/(1+e^t)\le te^{-t}\le1/e<\frac38$ for $t>0$; and "
        r"$|\ell'_i\psi_i|\le\ell'_{\max}\gamma$. So "
        r"$C=\frac38\kappa+\ell'_{\max}\gamma$.",
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
_ONE_SIGN_LOGISTIC = (
    r"Let $U=0$. According to the signs of $y_i$ and $f_i$, and as $t/(1+e^t)\le "
    r"te^{-t}\le\frac38$ for $t>0$,"
    r"$$\ell'_i\sum_ja_jz_{ij}\sigma'(z_{ij})\ge-\tfrac38\kappa_+-\ell'_{\max}\gamma=-C.$$"
    r"In the formula for $\Delta L$, $\ell''_i|f_i|\le|f_i|e^{-|f_i|}\le\frac38$ and "
    r"$|\sum_ja_j\sigma''(z_{ij})|\le\|a\|_1M_2$; so"
    r"$$\Delta R\le "
    r"B_x^2M_2\Bigl(2\|a\|_\infty\bigl(\tfrac38+\ell''_{\max}\tau\|a\|_1\bigr)+\ell'_{\max}\|a\|_1\Bigr)=B.$$"
)


def _one_signed(view: View) -> Words:
    whom = f"If {ONE_SIGN}, then for" if view.symbolic else "For"
    return words(
        rf"{whom} every $W$ there is a $U\ge0$ with $\langle\nabla "
        rf"R,W\rangle\ge\kappa_-U^2-C$ and $\Delta R\le AU+B$.",
        ("" if view.symbolic else f"For these outer weights {ONE_SIGN}. ")
        + r"Changing the signs of $a$ and of all $y_i$ together leaves $L$ as it is, so let "
        r"$a\ge0$. "
        r"As $\kappa_-\sigma-H_-\le z\sigma'\le\kappa_+\sigma+H_+$ and "
        r"$\gamma=\|a\|_1\max(H_-,H_+)$, the sum "
        r"$\sum_ja_jz_{ij}\sigma'(z_{ij})$ lies between $\kappa_-f_i-\gamma$ and "
        r"$\kappa_+f_i+\gamma$. For every $t$, "
        r"$0\le\sigma(z+t)+\tau\le\sigma(z)+\tau+\sigma'(z)t+\frac12M_2t^2$, hence "
        r"$\sigma'^2\le2M_2(\sigma+\tau)$ and"
        r"$$\sum_ja_j^2\sigma'(z_{ij})^2\le2\|a\|_\infty M_2\bigl(|f_i|+\tau\|a\|_1\bigr).$$"
        + (_ONE_SIGN_SQUARED if not view.loss.classifies else _ONE_SIGN_LOGISTIC),
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
        "loss": _loss,
        "derivation": _derivation,
        "bounded residual": _bounded_residual,
        "logistic residual": _logistic_residual,
        "bounded gradient": _bounded_gradient,
        "bounded Laplacian": _bounded_laplacian,
        "affine Laplacian": _affine_laplacian,
        "affine gradient": _affine_gradient,
        "radial bound": _radial,
        "Euler bound": _euler_bound,
        "logistic Euler bound": _logistic_euler,
        "radial residual": _radial_residual,
        "one-signed weights": _one_signed,
        "weights of one sign": _one_signed,
        "gradient Lipschitz": _gradient_lipschitz,
        "dissipative radial": _dissipative_radial,
        "dissipative gradient": _dissipative_gradient,
        "dissipative one-signed": _dissipative_one_signed,
    }
)
