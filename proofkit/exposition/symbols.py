"""The constants: one letter for each thing, and what it is.

Keys are the names that certificates and the terminal use (``M1``, ``Lambda_S``).  No two names
share a symbol, and no symbol of this table is used for anything else in the sentences of this
package.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from proofkit.exposition.markup import sentence
from proofkit.exposition.model import Sentence
from proofkit.kernel.symbols import MAX_LAYERS


@dataclass(frozen=True)
class Symbol:
    """A constant: its LaTeX, and what it is, in the markup of ``markup.block``."""

    latex: str
    says: str

    @property
    def meaning(self) -> Sentence:
        """What it is, as a sentence."""
        return sentence(self.says)


def _of_layer(k: str) -> dict[str, Symbol]:
    """The constants of layer k, by name."""
    matrix = f"W_{k}"
    differences = f"over the pairs of rows of ${matrix}$, the largest"
    return {
        f"p_{k}": Symbol(f"p_{k}", f"units of layer ${k}$"),
        f"lambda_{k}": Symbol(rf"\lambda^{{({k})}}", f"weight decay of layer ${k}$"),
        f"W{k}_op": Symbol(rf"\|{matrix}\|", rf"operator norm of the fixed matrix ${matrix}$"),
        f"W{k}_F": Symbol(rf"\|{matrix}\|_F", rf"Frobenius norm of the fixed matrix ${matrix}$"),
        f"W{k}_1": Symbol(rf"|{matrix}|_1", f"the largest 1-norm of a row of ${matrix}$"),
        f"W{k}_max": Symbol(
            rf"|{matrix}|_\infty", f"the largest modulus of an entry of ${matrix}$"
        ),
        f"W{k}_d1": Symbol(rf"|\partial {matrix}|_1", f"{differences} 1-norm of a difference"),
        f"W{k}_d2": Symbol(rf"|\partial {matrix}|_2", f"{differences} norm of a difference"),
        f"W{k}_dmax": Symbol(
            rf"|\partial {matrix}|_\infty", f"{differences} entry of a difference"
        ),
    }


PATTERNS: Mapping[str, Symbol] = MappingProxyType(_of_layer("k"))
"""The constants of a layer k, as the glossary has them."""


def _table(**entries: tuple[str, str]) -> Mapping[str, Symbol]:
    return MappingProxyType({name: Symbol(*entry) for name, entry in entries.items()})


SYMBOLS: Mapping[str, Symbol] = MappingProxyType(
    {
        "lambda": Symbol(r"\lambda", "regularisation (weight decay)"),
        **_table(
            s=("s", "noise: the step of SGD, twice the temperature of its stationary law"),
            n=("n", "number of samples"),
            d=("d", "number of features"),
            p=("p", "width: number of hidden units"),
            N=("N", "number of trained weights, $pd$"),
            B_x=("B_x", r"bound of $\|x_i\|$"),
            B_y=("B_y", "bound of $|y_i|$"),
            X2=("X_2", r"$\frac1n\sum_i\|x_i\|^2$"),
            Y1=("Y_1", r"$\frac1n\sum_i|y_i|$"),
            Y2=("Y_2", r"$\frac1n\sum_iy_i^2$"),
            y_min=(r"y_{\min}", "smallest label"),
            y_max=(r"y_{\max}", "largest label"),
            a_1=(r"\|a\|_1", r"$\sum_j|a_j|$"),
            a_2=(r"\|a\|_2", r"$(\sum_ja_j^2)^{1/2}$"),
            a_inf=(r"\|a\|_\infty", r"$\max_j|a_j|$"),
            a_plus=("a_+", "sum of the positive outer weights"),
            a_minus=("a_-", "minus the sum of the negative outer weights"),
            Lambda_S=(r"\Lambda_S", r"largest eigenvalue of $S=\frac1n\sum_ix_ix_i^{\mathsf T}$"),
            l1=(r"\ell'_{\max}", r"$\sup|\ell'|$, the steepest slope of the loss"),
            l2=(r"\ell''_{\max}", r"$\sup|\ell''|$, the largest curvature of the loss"),
            l_inf=(r"\ell_-", r"$\inf\varphi$, the least value of the loss"),
            l_0=(r"\varphi(0)", r"the value of $\varphi$ at $0$"),
            slope_0=(r"|\varphi'(0)|", r"the value of $|\varphi'|$ at $0$"),
            eta=(r"\eta_1", r"$\sup_u\max(-u\varphi'(u),0)$"),
            zeta=(r"\eta_2", r"$\sup_u|u\varphi''(u)|$"),
            dip=(r"\ell''_-", r"$\sup_u\max(-\varphi''(u),0)$, which is $0$ for a convex loss"),
            omega=(
                r"\omega_\varphi",
                r"a number with $\varphi'^2\le\omega_\varphi u\varphi'+h_\varphi$",
            ),
            h_omega=(
                r"h_\varphi",
                r"$\sup_u\max(\varphi'(u)^2-\omega_\varphi u\varphi'(u),0)$",
            ),
            reach=(r"u_{\max}", r"bound of the arguments of $\varphi$"),
            S0=("M_0", r"$\sup|\sigma|$"),
            S_hi=(r"\sigma_+", r"$\sup\sigma$"),
            S_lo=(r"\sigma_-", r"$\inf\sigma$"),
            sigma0=(r"|\sigma(0)|", r"the value of $|\sigma|$ at $0$"),
            M1=("M_1", r"$\sup|\sigma'|$, the steepest slope of the activation"),
            M2=("M_2", r"$\sup|\sigma''|$"),
            M3=("M_3", r"$\sup|\sigma'''|$"),
            kappa=(r"\kappa", "exponent of the Euler defect"),
            H=("H", r"Euler defect $\sup_z|z\sigma'(z)-\kappa\sigma(z)|$"),
            kappa_lo=(r"\kappa_-", r"lower exponent of $z\sigma'$"),
            H_lo=("H_-", r"$\sup_z\max(\kappa_-\sigma(z)-z\sigma'(z),0)$"),
            kappa_hi=(r"\kappa_+", r"upper exponent of $z\sigma'$"),
            H_hi=("H_+", r"$\sup_z\max(z\sigma'(z)-\kappa_+\sigma(z),0)$"),
            fall=(r"\sup(-\sigma')", "steepest descent of the activation"),
            slope=(r"\sigma'_\infty", r"mean of $\sigma'$ over a period"),
            alpha=(r"\alpha", "slope of a line near the activation"),
            S_alpha=(r"\sigma_\alpha", r"$\sup_z|\sigma(z)-\alpha z|$"),
            beta=(r"\beta", r"factor of the growth of $|\sigma'|$"),
            M=("M", "level that the radius $r_0(M)$ guarantees"),
            rho=(r"\rho", r"bound of $|\ell'_i|$"),
            gamma=(
                r"\gamma",
                r"bound of $|\sum_ja_j(z_{ij}\sigma'(z_{ij})-\kappa\sigma(z_{ij}))|$",
            ),
            m_0=(r"\tau", r"$\max(0,-\inf\sigma)$"),
            G=("G", r"bound of $\|\nabla R\|$"),
            G0=("G_0", r"$\|\nabla R\|\le G_0+G_1r$"),
            G1=("G_1", r"$\|\nabla R\|\le G_0+G_1r$"),
            K=("K", r"bound of $\Delta R$"),
            A=("A", r"growth of the bound of $\Delta R$"),
            B=("B", r"constant term of the bound of $\Delta R$"),
            C=("C", r"$\langle\nabla R,W\rangle\ge-C-Dr$"),
            D=("D", r"$\langle\nabla R,W\rangle\ge-C-Dr$"),
            E=("E", r"$\|\nabla L\|\ge\lambda r-E$ for $r\ge1$"),
            m=(r"\lambda_1", r"excess of $\lambda$ over the threshold $G_1$"),
            r_0=("r_0(M)", r"radius from which on $\frac1s\|\nabla L\|^2-\Delta L\ge M$"),
            mu=(r"\omega", r"$\ell''\alpha M_1\|a\|_2^2\Lambda_S/\lambda$"),
            theta=(r"\theta", r"$\lambda_\alpha/\lambda$"),
            Q=("Q", r"$\|\nabla L\|\ge(\lambda r-J)/Q$"),
            J=("J", r"$\|\nabla L\|\ge(\lambda r-J)/Q$"),
            lambda_alpha=(r"\lambda_\alpha", "threshold of the line route"),
            lambda_c=(r"\lambda_c", "threshold below which critical points escape"),
            s_c=("s_c", r"noise from which on (V4) fails"),
            gLip=(r"\mathrm{gLip}", r"a Lipschitz constant of $\nabla L$"),
            gLip_published=(r"\mathrm{gLip}_{\mathrm{pub}}", "its published shape"),
            W_2=("r_2", r"bound of $(\mathbb Er^2)^{1/2}$ under $\mu_s$"),
            W_4=("r_4", r"bound of $(\mathbb Er^4)^{1/4}$ under $\mu_s$"),
            F=(r"\bar f", r"bound of $|f_i|$"),
            osc=(r"\Omega", r"bound of $\sup R-\inf R$"),
            xi=(r"\xi", "exponent of the spectral gap"),
            q=("q", "divisor of the spectral gap"),
            l_bar=(r"\bar\lambda", r"bound of a mean of $\Delta L/N$"),
            r_star=("r_*", r"bound of $\|W_*\|$, $W_*$ a minimiser"),
            eps=(r"\varepsilon", r"bound of the stationary excess $\mathbb E_{\mu_s}L-\min L$"),
            v_0=("v_0", "variance of each weight at the start"),
            chi=(r"\chi", r"$\int\nu_0^2/\mu_s\le e^\chi$ for the law $\nu_0$ of the start"),
            A_2=(r"\varsigma", r"bound of $(\mathbb E_{\mu_s}(L-\min L)^2)^{1/2}$"),
            c_0=("R_0", "constant term of a bound of $R$"),
            c_1=("R_1", "growth of a bound of $R$"),
            m_d=("m", r"$\langle\nabla L,W\rangle\ge mr^2-b$"),
            b_d=("b", r"$\langle\nabla L,W\rangle\ge mr^2-b$"),
            R_b=("r_b", "radius of the ball of the Lyapunov argument"),
            m_c=(r"m_{\mathrm c}", r"convexity: $\nabla^2L\ge m_{\mathrm c}$"),
            h_0=(
                r"\mathrm{KL}_0",
                "bound of the relative entropy of the law of the start with respect to $\\mu_s$",
            ),
            L_F=(r"\mathrm{gLip}_s", r"a Lipschitz constant of $\nabla(2L/s)$"),
            d_out=(r"d_{\mathrm{out}}", "number of outputs"),
            X4=("X_4", r"$(\frac1n\sum_i\|x_i\|^4)^{1/2}$"),
            lambda_min=(r"\lambda_{\min}", "smallest weight decay of a trained layer"),
            theta_0=(r"\theta_0", r"share of $R$ that bounds the bias of the outputs"),
            lambda_0=(r"\lambda_0", r"$L\ge\frac{\lambda_0}2r^2-\mathrm{const}$"),
            lambda_b=(
                r"\lambda_b",
                r"$L\ge\frac{\lambda_0}2w^2+\lambda_b|b|-\mathrm{const}$, $b$ the bias of the output and $w$ "
                "the norm of all other parameters",
            ),
            P=("P", r"Laplacian of the penalty, $\sum_k\lambda^{(k)}N_k$"),
            K_2=("K_2", r"$\Delta R\le K_2r^2+Ar+B$"),
            m_s=(r"m_s", r"$(\min_k\lambda^{(k)})^2-sK_2$"),
            s_0=("s_0", "noise below which (V4) holds"),
            c_T=(
                r"c_\sigma",
                r"a number with $u^2\sigma'^2+uv|\sigma''|\le T_\sigma u^2+c_\sigma v^2$ for all $u,v\ge0$",
            ),
            T_c=(r"T_\sigma", r"$\sup((\sigma')^2+(\sigma'')^2/(4c_\sigma))$"),
            A_a=("A_a", r"$\Delta R\le A_a\|a\|^2+2A_eR+\mathrm{const}$"),
            A_e=("A_e", r"$\Delta R\le A_a\|a\|^2+2A_eR+\mathrm{const}$"),
            m_a=("m_a", r"$\min(\lambda_a,2A_a/A_e)$"),
            share=(r"\vartheta", "by which a product is divided among two squares"),
        ),
        **{
            name: symbol
            for k in range(1, MAX_LAYERS + 1)
            for name, symbol in _of_layer(str(k)).items()
        },
    }
)


# What a constant bounds when a rule other than the usual one defines it: (rule, constant) ->
# meaning.
_ONE_SIGN: Mapping[str, str] = MappingProxyType(
    {
        "gamma": r"$\|a\|_1$ times the larger defect of $z\sigma'$",
        "A": r"$\Delta R\le AU+B$ with a number $U\ge0$ that depends on $W$",
        "B": r"$\Delta R\le AU+B$ with a number $U\ge0$ that depends on $W$",
        "C": r"$\langle\nabla R,W\rangle\ge\kappa_-U^2-C$ with a number $U\ge0$ that depends on "
        r"$W$",
    }
)
_WITHOUT_D = MappingProxyType(
    {"C": r"$\langle\nabla R,W\rangle\ge-C$", "D": "no term in $r$ is needed"}
)
_WHERE_REACHED = MappingProxyType(
    {
        "l1": r"bound of $|\ell'_i|$ for every $W$",
        "l2": r"bound of $|\ell''_i|$ for every $W$",
        "l_inf": r"the infimum of $\varphi$ over the arguments that $W$ reaches",
    }
)
_BESIDE_BIAS = MappingProxyType(
    {"lambda_0": r"$L\ge\frac{\lambda_0}2w^2+\lambda_b|b|-\mathrm{const}$"}
)
BY_RULE: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "V2 with an output bias and both labels": _BESIDE_BIAS,
        "V2 with an output bias and both labels, bounded": _BESIDE_BIAS,
        "one-signed weights": _ONE_SIGN,
        "weights of one sign": _ONE_SIGN,
        "one-signed weights, bounded slope": _ONE_SIGN,
        "weights of one sign, bounded slope": _ONE_SIGN,
        "Euler bound": _WITHOUT_D,
        "Euler bound of bounded slope": _WITHOUT_D,
        "Euler bound of bounded curvature": _WITHOUT_D,
        "radial residual": _WITHOUT_D,
        "loss where it is reached": _WHERE_REACHED,
        "infimum where it is reached": _WHERE_REACHED,
        "gap Lyapunov": MappingProxyType(
            {
                "F": r"bound of $|f_i|$ in the ball $r\le r_b$",
                "osc": r"bound of the oscillation $\sup R-\inf R$ in the ball $r\le r_b$",
            }
        ),
    }
)


def meaning(name: str, rule: str) -> Sentence:
    """What a constant is when this rule defines it; KeyError for a name that no certificate uses."""
    said = BY_RULE.get(rule, {}).get(name)
    return SYMBOLS[name].meaning if said is None else sentence(said)


def symbol(name: str) -> str:
    """The LaTeX of a constant; KeyError for a name that no certificate uses."""
    return SYMBOLS[name].latex
