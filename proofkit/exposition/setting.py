"""The common setting: the net, its loss, the objective, the four conditions, the derivatives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from proofkit.exposition.losses import definition, loss_of
from proofkit.exposition.markup import block, sentence
from proofkit.exposition.model import Block, Sentence

OBJECTIVE = (
    r"L(W)=R(W)+\frac\lambda2r^2,\qquad R(W)=\frac1n\sum_{i=1}^n\ell(f_i,y_i),\qquad r=\|W\|_F"
)
NET = r"f_i=\sum_{j=1}^pa_j\,\sigma(z_{ij}),\qquad z_{ij}=\langle w_j,x_i\rangle"

CONDITIONS: dict[str, str] = {
    "V1": r"$L$ is infinitely differentiable",
    "V2": r"$L(W)\to\infty$ as $r\to\infty$",
    "V3": r"$\int e^{-2L(W)/s}\,dW<\infty$",
    "V4": r"$\frac1s\|\nabla L(W)\|^2-\Delta L(W)\to\infty$ as $r\to\infty$",
}


def condition(name: str) -> Sentence:
    """What (V1), ..., (V4) say."""
    return sentence(CONDITIONS[name])


def net() -> Block:
    """What is trained, what is fixed, and the objective."""
    return block(
        r"Let $n,p,d\ge1$. The data are samples $x_1,\dots,x_n\in\mathbb R^d$ with labels "
        r"$y_1,\dots,y_n\in\mathbb R$. A net with one hidden layer "
        r"of $p$ units has weights $W\in\mathbb R^{p\times d}$, with rows $w_1,\dots,w_p$, "
        r"outer weights $a\in\mathbb R^p$ and an activation "
        rf"$\sigma\colon\mathbb R\to\mathbb R$. Its outputs are $${NET}.$$"
        rf"The weights $W$ are trained; the outer weights $a$ are fixed. The objective is "
        rf"$${OBJECTIVE},$$"
        r"with a loss $\ell$ and the regularisation $\lambda\in\mathbb R$ (weight decay). "
        r"The number of trained weights is $N=pd$."
    )


LAYERS_NET = (
    r"h_0=x,\qquad u_l=W_lh_{l-1}+b_l,\qquad h_l=\sigma(u_l)\ (l<D),\qquad f=u_D\in\mathbb "
    r"R^{d_{\mathrm{out}}}"
)
LAYERS_OBJECTIVE = (
    r"L(\theta)=R(\theta)+\sum_k\frac{\lambda^{(k)}}2\rho_k^2,\qquad "
    r"R(\theta)=\frac1n\sum_{i=1}^n\ell(f(x_i),y_i),\qquad r^2=\sum_k\rho_k^2"
)
LAYERS_CONDITIONS: dict[str, str] = {
    "V1": CONDITIONS["V1"],
    "V2": r"$L(\theta)\to\infty$ as $r\to\infty$",
    "V3": r"$\int e^{-2L(\theta)/s}\,d\theta<\infty$",
    "V4": r"$\frac1s\|\nabla L(\theta)\|^2-\Delta L(\theta)\to\infty$ as $r\to\infty$",
}


def layers_net() -> Block:
    """Nets of any dense layers: what is trained, what is fixed, and the objective."""
    return block(
        r"A net of $D$ dense layers takes a sample $x\in\mathbb R^d$ to"
        rf"$${LAYERS_NET},$$"
        r"with $p_l$ units in the hidden layer $l$ ($p$ in the only one). Each matrix $W_l$ is trained "
        r"or fixed; a bias $b_l$ is trained, or there is none. Where a net has one output, "
        r"$W_D=a^{\mathsf T}$. The parameters $\theta$ are all that is trained, $N$ numbers; the "
        r"block $k$ of them is $W_k$ with its bias, its norm is $\rho_k$, and $r=\|\theta\|$. The "
        rf"objective is $${LAYERS_OBJECTIVE},$$"
        r"with $\lambda^{(k)}=\lambda$ where nothing else is said, and without the blocks that are said to "
        r"have no decay. For a decay of power $\nu\ne2$ a block adds $\frac{\lambda^{(k)}}\nu\rho_k^\nu$ instead."
    )


def layers_derivatives() -> Block:
    """The chain rule for dense layers, backwards and twice."""
    return block(
        r"Let $g_l=\nabla_{u_l}\ell$ and $T_l=\operatorname{tr}\nabla_{u_l}^2\ell$ at the $i$-th "
        r"sample. The loss depends on $W_l$ through $u_l=W_lh_{l-1}+b_l$ alone, so"
        r"$$\nabla_{W_l}R=\frac1n\sum_{i=1}^ng_lh_{l-1}^{\mathsf T},\qquad "
        r"\Delta_{W_l}R=\frac1n\sum_{i=1}^nT_l\|h_{l-1}\|^2,$$"
        r"and for a bias $\nabla_{b_l}R=\frac1n\sum_ig_l$, $\Delta_{b_l}R=\frac1n\sum_iT_l$. "
        r"Backwards, $g_{l}=\sigma'(u_l)\,W_{l+1}^{\mathsf T}g_{l+1}$ entry by entry, and"
        r"$$\nabla_{u_l}^2\ell=\operatorname{diag}(\sigma'(u_l))\,W_{l+1}^{\mathsf "
        r"T}\,\nabla_{u_{l+1}}^2\ell\;W_{l+1}\operatorname{diag}(\sigma'(u_l))"
        r"+\operatorname{diag}\bigl(\sigma''(u_l)\,W_{l+1}^{\mathsf T}g_{l+1}\bigr).$$"
    )


def layers_villani() -> Block:
    """The definition of a Villani function of theta."""
    conditions = "; ".join(f"({name}) {text}" for name, text in LAYERS_CONDITIONS.items())
    return block(f"The function $L$ is a Villani function for $s$ when {conditions}.")


def losses(names: Iterable[str]) -> Block:
    """Losses by name or expression, and how their derivatives at the samples are written."""
    written = block(r"Write $\ell'_i=\ell'(f_i,y_i)$ and $\ell''_i=\ell''(f_i,y_i)$.")
    parts = [*(definition(loss_of(name)) for name in sorted(set(names))), written]
    return tuple(
        piece for k, part in enumerate(parts) for piece in ((*block(" "), *part) if k else part)
    )


def noise() -> Block:
    """What s is."""
    return block(
        r"The number $s>0$ is the noise: stochastic gradient descent with step $s$ is modelled by "
        r"$dW=-\nabla L(W)\,dt+\sqrt s\,d\mathbf B_t$, $\mathbf B_t$ a Brownian motion, "
        r"whose stationary law $\mu_s$ has a density "
        r"proportional to $e^{-2L/s}$. A law and its density have the same letter, and "
        r"$\mathbb E_{\mu_s}$ is the mean under $\mu_s$."
    )


def layers_noise() -> Block:
    """What s is, for the parameters of any layers."""
    return block(
        r"The number $s>0$ is the noise: stochastic gradient descent with step $s$ is modelled by "
        r"$d\theta=-\nabla L(\theta)\,dt+\sqrt s\,d\mathbf B_t$, $\mathbf B_t$ a Brownian motion, "
        r"whose stationary law $\mu_s$ has a density proportional to $e^{-2L/s}$."
    )


def villani() -> Block:
    """The definition of a Villani function."""
    conditions = "; ".join(f"({name}) {text}" for name, text in CONDITIONS.items())
    return block(f"The function $L$ is a Villani function for $s$ when {conditions}.")


def derivatives() -> Block:
    """The chain rule, twice."""
    return block(
        r"The output $f_i$ depends on $w_j$ through $z_{ij}$ alone. By the chain rule, once "
        r"and again,"
        r"$$\nabla_{w_j}L(W)=\frac1n\sum_{i=1}^n\ell'_i\,a_j\sigma'(z_{ij})\,x_i+\lambda w_j,$$"
        r"$$\Delta "
        r"L(W)=\frac1n\sum_{i=1}^n\|x_i\|^2\Bigl(\ell''_i\sum_{j=1}^pa_j^2\sigma'(z_{ij})^2"
        r"+\ell'_i\sum_{j=1}^pa_j\sigma''(z_{ij})\Bigr)+\lambda N.$$"
    )


def data_norms() -> Block:
    """The second moment of the data."""
    return block(
        r"Let $S=\frac1n\sum_ix_ix_i^{\mathsf T}$, with the largest eigenvalue $\Lambda_S$ "
        r"and the trace $X_2=\frac1n\sum_i\|x_i\|^2$. "
        r"If $\|x_i\|\le B_x$ for all $i$, then $\Lambda_S\le X_2\le B_x^2$."
    )


def samples() -> Block:
    """What the data are, where no net has said so."""
    return block(
        r"Let $n,d\ge1$. The data are samples $x_1,\dots,x_n\in\mathbb R^d$ with labels "
        r"$y_1,\dots,y_n$."
    )


@dataclass(frozen=True)
class Setting:
    """The setting of some problems: of nets with a fixed head, of nets of any layers, or of both."""

    fixed_head: bool
    layers: bool
    loss_names: tuple[str, ...]

    @property
    def NET(self) -> str:
        """The net in a formula."""
        return NET if self.fixed_head else LAYERS_NET

    @property
    def OBJECTIVE(self) -> str:
        """The objective in a formula."""
        return OBJECTIVE if self.fixed_head else LAYERS_OBJECTIVE

    def condition(self, name: str) -> Sentence:
        """What (V1), ..., (V4) say."""
        return condition(name) if self.fixed_head else sentence(LAYERS_CONDITIONS[name])

    def net(self) -> Block:
        """What is trained, what is fixed, and the objective."""
        if self.fixed_head and self.layers:
            return (*net(), *block(" "), *layers_net())
        return net() if self.fixed_head else (*samples(), *block(" "), *layers_net())

    def losses(self) -> Block:
        """The losses, with their derivatives."""
        return losses(self.loss_names)

    def noise(self) -> Block:
        """What s is."""
        return noise() if self.fixed_head else layers_noise()

    def villani(self) -> Block:
        """The definition of a Villani function."""
        return villani() if self.fixed_head else layers_villani()

    def derivatives(self) -> Block:
        """The chain rule, twice."""
        if self.fixed_head and self.layers:
            return (*derivatives(), *block(" "), *layers_derivatives())
        return derivatives() if self.fixed_head else layers_derivatives()

    def data_norms(self) -> Block:
        """The second moment of the data."""
        return data_norms()

    def paragraphs(self) -> tuple[Block, ...]:
        """The whole setting, a paragraph each."""
        return (
            self.net(),
            self.losses(),
            self.noise(),
            self.villani(),
            self.derivatives(),
            self.data_norms(),
        )


def setting_of(problems: Iterable[Mapping[str, Any]]) -> Setting:
    """The setting of the problems of some certificates."""
    found = tuple(problems)
    layered = [problem.get("layers") is not None for problem in found]
    return Setting(
        not all(layered) or not layered,
        any(layered),
        tuple(sorted({str(problem["loss"]) for problem in found})),
    )
