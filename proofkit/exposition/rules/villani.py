"""The four conditions of a Villani function, and the theorems of the literature that use them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from proofkit.exposition.formulas import latex, read
from proofkit.exposition.view import View, Words, words


def _v1(view: View) -> Words:
    return words(
        "(V1) $L$ is infinitely differentiable.",
        r"It is a composition of $\sigma$, of the loss and of polynomials, which are smooth.",
    )


def _v2(view: View) -> Words:
    return words(
        rf"(V2) $L(W)\ge\frac\lambda2r^2$, so $L(W)\to\infty$ as $r\to\infty$, {view.for_lambda()}.",
        r"The loss is nonnegative, so $R\ge0$.",
    )


def _v3(view: View) -> Words:
    return words(
        rf"(V3) $\int e^{{-2L(W)/s}}\,dW\le(\pi s/\lambda)^{{N/2}}<\infty$, {view.for_both()}.",
        r"As $L\ge\frac\lambda2r^2$, the integrand is at most the Gaussian $e^{-\lambda r^2/s}$.",
    )


_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "bounded": r"$\|\nabla L\|\ge\lambda r-\|\nabla R\|\ge\lambda r-G$, which is not negative for $r\ge G/\lambda$, and "
        r"$\Delta L\le K+\lambda N$. At $r=r_0(M)$ the bound equals $M$, and it increases in $r$.",
        "euler": r"$\|\nabla L\|\,r\ge\langle\nabla L,W\rangle\ge\lambda r^2-C-Dr$, so $\|\nabla L\|\ge\lambda r-E$ for $r\ge1$; "
        r"and $\Delta L\le Ar+B+\lambda N$. The radius is $1$ or the larger root of "
        r"$(\lambda r-E)^2=s(Ar+B+\lambda N+M)$, whichever is greater.",
        "lipschitz": r"$\|\nabla L\|\ge\lambda r-\|\nabla R\|\ge(\lambda-G_1)r-G_0$, and $\Delta L\le Ar+B+\lambda N$. The radius is the "
        r"larger root of $(\lambda_1r-G_0)^2=s(Ar+B+\lambda N+M)$.",
        "one-signed": r"$\|\nabla L\|\,r\ge\langle\nabla L,W\rangle\ge\lambda r^2-C+\kappa_-U^2$. For $r^2\ge2C/\lambda$ the square of "
        r"$(\lambda r-C/r)+\kappa_-U^2/r$ is at least $\lambda^2r^2-2\lambda C+\lambda\kappa_-U^2$; and "
        r"$\frac1s\lambda\kappa_-U^2-AU\ge-sA^2/(4\lambda\kappa_-)$, while $\Delta L\le AU+B+\lambda N$.",
    }
)

_LINE = (
    r"Write $e=(f_i-y_i)_i$ and $g=\sum_ja_j\nabla_{w_j}L\in\mathbb R^d$, let $\Gamma=\frac1n(\langle x_i,x_k\rangle)_{ik}$ and "
    r"$\Phi$ be the diagonal matrix with the entries $\sum_ja_j^2\sigma'(z_{ij})$; norms of $\mathbb R^n$ are root mean squares. From "
    r"$\lambda w_j=\nabla_{w_j}L-\frac1n\sum_ke_ka_j\sigma'(z_{kj})x_k$ and $f_i=\sum_ja_j(\alpha z_{ij}+\eta_{ij})$ with "
    r"$|\eta_{ij}|\le\sigma_\alpha$,"
    r"$$(\lambda+\alpha\Gamma\Phi)e=c,\quad c_i=\alpha\langle g,x_i\rangle+\lambda\bigl(\textstyle\sum_ja_j\eta_{ij}-y_i\bigr).$$"
)
_FALLING = (
    r"Let $\Phi_+=\Phi+\sup(-\sigma')\|a\|_2^2\ge0$ and $\Xi=\lambda-\alpha\sup(-\sigma')\|a\|_2^2\,\Gamma\ge\lambda(1-\theta)>0$. Then "
    r"$e+\alpha\Xi^{-1}\Gamma\Phi_+e=\Xi^{-1}c$. In the product with $\Phi_+e$ the second term is not negative, since "
    r"$\Xi^{-1}\Gamma\ge0$; so $\|\Phi_+^{1/2}e\|\le\|\Phi_+\|^{1/2}\|\Xi^{-1}c\|$, and with "
    r"$\|\Phi_+\|\le(M_1+\sup(-\sigma'))\|a\|_2^2$,"
    r"$$\|e\|\le\frac{1+\omega}{\lambda(1-\theta)^2}\|c\|.$$"
)
_RISING = (
    r"As $\sigma'\ge0$, $\Phi\ge0$. In the product of $\lambda e+\alpha\Gamma\Phi e=c$ with $\Phi e$ the second term is not negative; so "
    r"$\lambda\|\Phi^{1/2}e\|\le\|\Phi\|^{1/2}\|c\|$, and with $\|\Phi\|\le M_1\|a\|_2^2$,"
    r"$$\|e\|\le\frac{1+\omega}\lambda\|c\|.$$"
)
_LINE_END = (
    r"Finally $\lambda r\le\|\nabla L\|+\|\nabla R\|$ with $\|\nabla R\|\le M_1\|a\|_2\sqrt{\Lambda_S}\,\|e\|$, and "
    r"$\|c\|\le\alpha\sqrt{\Lambda_S}\,\|a\|_2\|\nabla L\|+\lambda(\|a\|_1\sigma_\alpha+B_y)$. Together $\|\nabla L\|\ge(\lambda r-J)/Q$; "
    r"and $\Delta L\le Ar+B+\lambda N$. The radius is the larger root of $(\lambda r-J)^2=sQ^2(Ar+B+\lambda N+M)$."
)


def lower_bound(view: View) -> str:
    """The explicit bound behind (V4) and the radius from which it is at least M; markup that ends a sentence."""
    bound, _, start = str(view.payload["lower_bound"]).partition(" for r >= ")
    where = rf"for $r\ge{latex(read(start))}$, and this" if start else "and this"
    return (
        rf"$$\tfrac1s\|\nabla L(W)\|^2-\Delta L(W)\ge{latex(read(bound))}$$"
        rf"{where} is at least $M$ for $r\ge r_0(M)$."
    )


def _v4(view: View) -> Words:
    route = str(view.payload["route"])
    whom = "" if view.step["claim"] == "V4" else "If $a$ is of one sign, then "
    scope = view.for_both(str(view.payload["threshold"]))
    statement = f"(V4) {whom}{scope if whom else view.begins(str(view.payload['threshold']))[:-2]}:{lower_bound(view)}"
    if route in ("monotone", "line"):
        return words(statement, _LINE + (_FALLING if route == "line" else _RISING) + _LINE_END)
    return words(statement, _REASONS[route])


def _villani(view: View) -> Words:
    whom = "" if view.step["claim"] == "Villani" else "for every $a$ of one sign, "
    return words(
        rf"$L$ is a Villani function {whom}{view.for_both(str(view.payload['threshold']))}.",
        "These are (V1) to (V4).",
    )


def _threshold(view: View) -> str:
    """The threshold of the Villani step that a cited theorem rests on."""
    villani = next((p for p in view.premises if p["claim"].startswith("Villani")), None)
    return "0" if villani is None else str(villani["payload"]["threshold"])


def _continuous(view: View) -> Words:
    return words(
        rf"{view.begins(_threshold(view))}let $dW=-\nabla L(W)\,dt+\sqrt s\,d\mathbf B_t$ start from a law $\nu_0$ with "
        rf"$\nu_0/\mu_s-1\in L^2(\mu_s)$. Then there are $c_s$ and $\operatorname{{gap}}(s)>0$, which the cited theorem does not "
        r"make explicit, with"
        r"$$\mathbb EL(W_t)-\min L\le\bigl(\mathbb E_{\mu_s}L-\min L\bigr)+c_s\,e^{-\operatorname{gap}(s)\,t}\quad(t\ge0).$$",
        "This holds for every Villani function, by the cited theorem.",
    )


def _discrete(view: View) -> Words:
    bounds = view.bounds("gLip")
    if view.noise is None:
        steps = r"every $s\le1/\mathrm{gLip}$"
    elif bounds is not None and view.noise * bounds[1] <= 1:
        steps = rf"{view.for_s()}, which is at most $1/\mathrm{{gLip}}$"
    else:
        steps = rf"{view.for_s()}, where that is at most $1/\mathrm{{gLip}}$"
    return words(
        rf"F{view.for_lambda(_threshold(view))[1:]} and {steps}, let $W_{{k+1}}=W_k-s\nabla L(W_k)+sZ_k$ with independent "
        rf"standard Gaussian $Z_k$. Then there are $c_s$, $c'_s$ and $\operatorname{{gap}}(s)>0$, which the cited "
        r"theorem does not make explicit, with"
        r"$$\mathbb EL(W_k)-\min L\le\bigl(\mathbb E_{\mu_s}L-\min L\bigr)+c_s\,e^{-s\operatorname{gap}(s)k}+c'_s\,s"
        r"\quad(0\le sk\le t_{\max}).$$"
        r"The constant $c'_s$ grows with $t_{\max}$ like $e^{\mathrm{gLip}\,t_{\max}}$, so that an arbitrary start has no guarantee; and the "
        "noise is isotropic, not that of minibatches.",
        "This holds for every Villani function with a Lipschitz gradient, by the cited theorem.",
    )


VILLANI: Mapping[str, Callable[[View], Words]] = MappingProxyType(
    {
        "V1": _v1,
        "V2": _v2,
        "V3": _v3,
        **dict.fromkeys(
            (
                "V4 bounded",
                "V4 Euler",
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
