"""The common setting: the net, its loss, the objective, the four conditions, the derivatives."""

from __future__ import annotations

from collections.abc import Iterable

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


def setting(loss_names: Iterable[str]) -> tuple[Block, ...]:
    """The whole setting, a paragraph each."""
    return (net(), losses(loss_names), noise(), villani(), derivatives(), data_norms())
