"""The four conditions of a Villani function, and the theorems of the literature that use them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from proofkit.exposition.formulas import latex, read
from proofkit.exposition.rules.bounds import ONE_SIGN, factor, offset
from proofkit.exposition.symbols import symbol
from proofkit.exposition.view import View, Words, words


def _v1(view: View) -> Words:
    return words(
        "(V1) $L$ is infinitely differentiable.",
        r"It is a composition of $\sigma$, of the loss and of polynomials, which are smooth.",
    )


def _below(view: View) -> tuple[str, str]:
    """What stands beside lambda r^2/2 in the lower bound of L that (V2) states, in LaTeX: the floor
    with a plus behind it, and the multiple of r with a minus before it.
    """
    floor, slope = view.payload.get("floor"), view.payload.get("slope")
    return (
        "" if floor is None else f"{latex(read(str(floor)))}+",
        "" if slope is None else f"-{latex(read(str(slope)))}\\,r",
    )


def _v2(view: View) -> Words:
    floor, slope = _below(view)
    return words(
        rf"(V2) $L(W)\ge {floor}\frac\lambda2r^2{slope}$, so $L(W)\to\infty$ as $r\to\infty$, "
        rf"{view.for_lambda()}.",
        rf"The loss is at least ${floor.removesuffix('+')}$, and so is its mean $R$; and $\lambda>0$."
        if floor
        else r"The loss is nonnegative, so $R\ge0$; and $\lambda>0$.",
    )


def _v2_by_growth(view: View) -> Words:
    floor, slope = _below(view)
    at_zero = offset(view)
    return words(
        rf"(V2) $L(W)\ge {floor}\frac\lambda2r^2{slope}$, so $L(W)\to\infty$ as $r\to\infty$, "
        rf"{view.for_lambda()}.",
        rf"As $\|\nabla R\|\le G$, $R(W)\ge R(0)-Gr$. For $W=0$ the arguments of $\varphi$ are at "
        rf"most ${at_zero}\|a\|_1|\sigma(0)|$ in modulus, and "
        rf"$\varphi(u)\ge\varphi(0)-\ell'_{{\max}}|u|$; so $R(0)\ge {floor.removesuffix('+')}$. "
        r"And $\lambda>0$.",
    )


def _v3(view: View) -> Words:
    exponent, wide = view.payload.get("exponent"), int(view.payload.get("widen", 1))
    factor = "" if exponent is None else rf"e^{{-2{symbol('l_inf')}/s}}\,"
    if exponent is not None and wide != 1:
        factor = rf"\exp\left({latex(read(str(exponent)))}\right)\,"
    gauss = rf"({'' if wide == 1 else wide}\pi s/\lambda)^{{N/2}}"
    if wide != 1:
        reason = (
            r"As $\frac\lambda2r^2-Gr\ge\frac\lambda4r^2-G^2/\lambda$, (V2) bounds the integrand by "
            rf"${factor}e^{{-\lambda r^2/(2s)}}$, whose integral over $\mathbb R^N$ is "
        )
    elif exponent is not None:
        reason = (
            rf"By (V2) the integrand is at most ${factor}e^{{-\lambda r^2/s}}$, whose integral over "
            r"$\mathbb R^N$ is "
        )
    else:
        reason = (
            r"As $L\ge\frac\lambda2r^2$, the integrand is at most $e^{-\lambda r^2/s}$, whose "
            r"integral over $\mathbb R^N$ is "
        )
    return words(
        rf"(V3) $\int e^{{-2L(W)/s}}\,dW\le {factor}{gauss}<\infty$, {view.for_both()}.",
        f"{reason}${factor}{gauss}$.",
    )


_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "bounded": r"$\|\nabla L\|\ge\lambda r-\|\nabla R\|\ge\lambda r-G$, which is not negative for "
        r"$r\ge G/\lambda$, and "
        r"$\Delta L\le K+\lambda N$. The bound increases in $r$, and it equals $M$ where "
        r"$(\lambda r-G)^2=s(K+\lambda N+M)$, which is at "
        r"$r=r_0(M)$.",
        "euler": r"$\|\nabla L\|\,r\ge\langle\nabla L,W\rangle\ge\lambda r^2-C-Dr$, so $\|\nabla "
        r"L\|\ge\lambda r-E$ for $r\ge1$ with "
        r"$E=C+D$; and $\Delta L\le Ar+B+\lambda N$. The radius is $1$ or the larger root of "
        r"$(\lambda r-E)^2=s(Ar+B+\lambda N+M)$, whichever is greater.",
        "radial": r"$\|\nabla L\|\,r\ge\langle\nabla L,W\rangle\ge\lambda r^2-C$. For "
        r"$r^2\ge C/\lambda$ the square of $\lambda r-C/r$ is at least $\lambda^2r^2-2\lambda C$; "
        r"and $\Delta L\le Ar+B+\lambda N$. The bound equals $M$ at $r=r_0(M)$.",
        "lipschitz": r"$\|\nabla L\|\ge\lambda r-\|\nabla R\|\ge\lambda_1r-G_0$ with "
        r"$\lambda_1=\lambda-G_1>0$, and "
        r"$\Delta L\le Ar+B+\lambda N$. The radius is the larger root of "
        r"$(\lambda_1r-G_0)^2=s(Ar+B+\lambda N+M)$.",
        "one-signed": r"$\|\nabla L\|\,r\ge\langle\nabla L,W\rangle\ge\lambda r^2-C+\kappa_-U^2$. For "
        r"$r^2\ge2C/\lambda$ the square of "
        r"$(\lambda r-C/r)+\kappa_-U^2/r$ is at least $\lambda^2r^2-2\lambda "
        r"C+\lambda\kappa_-U^2$; and "
        r"$\frac1s\lambda\kappa_-U^2-AU\ge-sA^2/(4\lambda\kappa_-)$, while $\Delta L\le "
        r"AU+B+\lambda N$. The bound equals $M$ at $r=r_0(M)$.",
    }
)

# Each @ stands for c of the loss (c/2) (f - y)^2, which is left out where it is 1.
_LINE = (
    r"Let $\mathbf e\in\mathbb R^n$ have the entries $e_i=f_i-y_i$, and let $\mathbf "
    r"g=\sum_ja_j\nabla_{w_j}L\in\mathbb R^d$. Let $\Gamma$ be the "
    r"matrix with the entries $@\frac1n\langle x_i,x_k\rangle$, whose largest eigenvalue "
    r"is $@\Lambda_S$, and $\Phi$ the diagonal matrix with the "
    r"entries $\sum_ja_j^2\sigma'(z_{ij})$. Norms of vectors of $\mathbb R^n$ are root "
    r"mean squares. From "
    r"$\lambda w_j=\nabla_{w_j}L-@\frac1n\sum_ke_ka_j\sigma'(z_{kj})x_k$ and "
    r"$f_i=\sum_ja_j(\alpha z_{ij}+\eta_{ij})$ with "
    r"$|\eta_{ij}|\le\sigma_\alpha$,"
    r"$$\lambda\mathbf e+\alpha\Gamma\Phi\mathbf e=\mathbf c,\quad "
    r"c_i=\alpha\langle\mathbf g,x_i\rangle+\lambda\bigl(\textstyle\sum_ja_j\eta_{ij}-y_i\bigr).$$"
)
_FALLING = (
    r"Let $\Phi_+=\Phi+\sup(-\sigma')\|a\|_2^2I\ge0$ and $\Xi=\lambda "
    r"I-\alpha\sup(-\sigma')\|a\|_2^2\,\Gamma\ge\lambda(1-\theta)I>0$, "
    r"with $\theta=\lambda_\alpha/\lambda<1$. Then $\mathbf "
    r"e+\alpha\Xi^{-1}\Gamma\Phi_+\mathbf e=\Xi^{-1}\mathbf c$. In the product with "
    r"$\Phi_+\mathbf e$ the second term is not negative, since $\Xi^{-1}\Gamma\ge0$; so "
    r"$\|\Phi_+^{1/2}\mathbf e\|\le\|\Phi_+\|^{1/2}\|\Xi^{-1}\mathbf c\|$. As "
    r"$\|\Xi^{-1}\Gamma\|\le@\Lambda_S/(\lambda(1-\theta))$ and "
    r"$\|\Phi_+\|\le(M_1+\sup(-\sigma'))\|a\|_2^2$, and with $\omega=@\alpha "
    r"M_1\|a\|_2^2\Lambda_S/\lambda$,"
    r"$$\|\mathbf e\|\le\Bigl(1+\frac{\omega+\theta}{1-\theta}\Bigr)\|\Xi^{-1}\mathbf "
    r"c\|\le\frac{1+\omega}{\lambda(1-\theta)^2}\|\mathbf c\|.$$"
)
_RISING = (
    r"As $\sigma'\ge0$, $\Phi\ge0$. In the product with $\Phi\mathbf e$ the second term "
    r"is not negative; so "
    r"$\lambda\|\Phi^{1/2}\mathbf e\|\le\|\Phi\|^{1/2}\|\mathbf c\|$. As $\|\Phi\|\le "
    r"M_1\|a\|_2^2$, and with "
    r"$\omega=@\alpha M_1\|a\|_2^2\Lambda_S/\lambda$,"
    r"$$\lambda\|\mathbf e\|\le\|\mathbf "
    r"c\|+@\alpha\Lambda_S\|\Phi\|^{1/2}\|\Phi^{1/2}\mathbf e\|\le(1+\omega)\|\mathbf "
    r"c\|.$$"
)


def _line_end(falling: bool) -> str:
    """From the bound of the residuals to that of the gradient; ``falling`` where sigma' takes
    negative values.
    """
    loss = r"/(1-\theta)^2" if falling else ""
    return (
        r"Finally $\lambda r\le\|\nabla L\|+\|\nabla R\|$ with $\|\nabla R\|\le "
        r"@M_1\|a\|_2\sqrt{\Lambda_S}\,\|\mathbf e\|$, and "
        r"$\|\mathbf c\|\le\alpha\sqrt{\Lambda_S}\,\|a\|_2\|\nabla "
        r"L\|+\lambda(\|a\|_1\sigma_\alpha+B_y)$. Together "
        r"$\lambda r\le Q\|\nabla L\|+J$ with"
        rf"$$Q=1+(1+\omega)\omega{loss},\quad "
        rf"J=@(1+\omega)M_1\|a\|_2\sqrt{{\Lambda_S}}\,(\|a\|_1\sigma_\alpha+B_y){loss}.$$"
        r"So $\|\nabla L\|\ge(\lambda r-J)/Q$; and $\Delta L\le Ar+B+\lambda N$. The radius "
        r"is the larger root of "
        r"$(\lambda r-J)^2=sQ^2(Ar+B+\lambda N+M)$."
    )


def lower_bound(view: View) -> str:
    """The explicit bound behind (V4) and the radius from which it is at least M; markup that ends a
    sentence.
    """
    bound, start = str(view.payload["bound"]), str(view.payload["start"])
    where = "" if start == "0" else rf"for $r\ge{latex(read(start))}$. "
    return (
        rf"$$\tfrac1s\|\nabla L(W)\|^2-\Delta L(W)\ge{latex(read(bound))}$$"
        rf"{where}This bound tends to $\infty$ with $r$; for every $M\ge0$ it is at least "
        rf"$M$ when $r\ge r_0(M)$."
    )


def _v4(view: View) -> Words:
    route = str(view.payload["route"])
    whom = "" if view.step["claim"] == "V4" else f"If {ONE_SIGN}, then "
    scope = view.for_both(str(view.payload["threshold"]))
    statement = (
        f"(V4) "
        f"{whom}{scope if whom else view.begins(str(view.payload['threshold']))[:-2]}:{lower_bound(view)}"
    )
    if route in ("monotone", "line"):
        falling = route == "line"
        reason = _LINE + (_FALLING if falling else _RISING) + _line_end(falling)
        return words(statement, reason.replace("@", factor(view)))
    return words(statement, _REASONS[route])


def _villani(view: View) -> Words:
    whom = "" if view.step["claim"] == "Villani" else f"If {ONE_SIGN}, then "
    return words(
        rf"{whom}$L$ is a Villani function {view.for_both(str(view.payload['threshold']))}.",
        "These are (V1) to (V4).",
    )


def _threshold(view: View) -> str:
    """The threshold of the Villani step that a cited theorem rests on."""
    villani = next((p for p in view.premises if p["claim"].startswith("Villani")), None)
    return "0" if villani is None else str(villani["payload"]["threshold"])


# The laws from which the cited theorems start; markup.
_START = r"$\nu_0$ with $\nu_0/\mu_s-1\in L^2(\mu_s)$"


def _continuous(view: View) -> Words:
    return words(
        rf"{view.begins(_threshold(view))}let $dW=-\nabla L(W)\,dt+\sqrt s\,d\mathbf B_t$ "
        rf"start from a law "
        rf"{_START}. Then there are $c_s$, which depends on $\nu_0$, and "
        rf"$\operatorname{{gap}}(s)>0$, which the cited theorem "
        r"does not make explicit, with"
        r"$$\mathbb EL(W_t)-\min L\le\bigl(\mathbb E_{\mu_s}L-\min "
        r"L\bigr)+c_s\,e^{-\operatorname{gap}(s)\,t}\quad(t\ge0).$$",
        "This holds for every Villani function (Shi, Su and Jordan).",
    )


def _discrete(view: View) -> Words:
    bounds = view.bounds("gLip")
    if view.noise is None:
        steps = r"every $s\in(0,1/\mathrm{gLip}]$"
    elif bounds is not None and view.noise * bounds[1] <= 1:
        steps = rf"{view.for_s()}, which is at most $1/\mathrm{{gLip}}$"
    else:
        steps = rf"{view.for_s()}, where that is at most $1/\mathrm{{gLip}}$"
    return words(
        rf"F{view.for_lambda(_threshold(view))[1:]} and {steps}, let $W_{{k+1}}=W_k-s\nabla "
        rf"L(W_k)+sZ_k$ with independent "
        rf"standard Gaussian $Z_k$, from a law {_START}. Then there is "
        rf"$\operatorname{{gap}}(s)>0$, and for every $t_{{\max}}>0$ "
        r"there are $c_s$ and $c'_s$, which depend on $\nu_0$ (and $c'_s$ on $t_{\max}$), with"
        r"$$\mathbb EL(W_k)-\min L\le\bigl(\mathbb E_{\mu_s}L-\min "
        r"L\bigr)+c_s\,e^{-s\operatorname{gap}(s)k}+c'_s\,s"
        r"\quad(0\le sk\le t_{\max}).$$"
        r"The cited theorem makes none of these numbers explicit. The constant $c'_s$ grows "
        r"with $t_{\max}$ like "
        r"$e^{\mathrm{gLip}\,t_{\max}}$, so that an arbitrary start has no guarantee; and "
        r"the noise is isotropic, not that "
        "of minibatches.",
        r"This holds for every Villani function with a Lipschitz gradient, and for steps "
        r"$s\le1/\mathrm{gLip}$ (Shi, Su and Jordan).",
    )


VILLANI: Mapping[str, Callable[[View], Words]] = MappingProxyType(
    {
        "V1": _v1,
        "V2": _v2,
        "V2 by growth": _v2_by_growth,
        "V3": _v3,
        **dict.fromkeys(
            (
                "V4 bounded",
                "V4 Euler",
                "V4 radial",
                "V4 Lipschitz",
                "V4 monotone",
                "V4 line",
                "V4 one-signed",
                "V4 if one-signed",
            ),
            _v4,
        ),
        "Villani": _villani,
        "Villani if one-signed": _villani,
        "continuous-time convergence": _continuous,
        "discrete-time convergence": _discrete,
    }
)
