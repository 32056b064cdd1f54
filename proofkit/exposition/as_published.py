"""What arXiv:2605.06599 states in its abstract, beside what is proved of nets with trained layers.

Its abstract was read, its text with the hypotheses of its theorems was not: nothing here says more
of it than the abstract does.
"""

from __future__ import annotations

from proofkit.exposition.markup import block
from proofkit.exposition.model import Block

MARK = "arXiv:2605.06599"
"""How sources name it: a theorem whose source does is listed beside it."""


def stated() -> Block:
    """What the abstract says."""
    return block(
        r"The abstract speaks of the standard objective of a Transformer, the cross-entropy with $L^2$ "
        r"regularisation. It says that the regularised loss $F$ is infinitely differentiable, grows at "
        r"least quadratically, has tails that are integrable like those of a Gaussian, and satisfies"
        r"$$-\Delta F+\tfrac1s\|\nabla F\|^2\to\infty\quad\text{as }\|\theta\|\to\infty,\quad"
        r"\text{for all }s>0;$$"
        r"in our words, that it is a Villani function for every $s>0$. From this it derives "
        r"log-Sobolev and Poincaré constants, and rates."
    )


def unread() -> Block:
    """What is not known of it here."""
    return block(
        "The text of the paper, and so the hypotheses of its theorems, could not be read here. What "
        "follows is about its abstract as it stands, and about no proof."
    )


def proved() -> Block:
    """What is proved here, of which nets."""
    return block(
        r"The nets here are dense: layers $u\mapsto\sigma(Wu+b)$, without attention, without residual "
        r"connections and without normalisation. For the activations and losses of the theorems below the "
        r"number of trained layers decides. With one, $L$ is a Villani function for every $\lambda>0$ and "
        r"every $s>0$. With two, (V4) holds for small $s$, and there are data for which it fails for large "
        r"$s$. With three and more, the last one among them, there are data for which (V4) fails for every "
        r"$\lambda$ and every $s>0$, also with cross-entropy: along a curve $\theta(t)$, $\|\nabla L\|^2$ is "
        r"at most of the order $t^2$ and $\Delta L$ grows like $t^4$. For $\lambda>0$, (V1), (V2) and (V3) "
        r"hold there, as the abstract says: smoothness, growth and integrable tails are not what fails."
    )


def between() -> Block:
    """What follows from the one for the other, and what does not."""
    return block(
        r"A Transformer is no dense net, so these refutations contradict no theorem about "
        r"Transformers. They do show that smoothness, the cross-entropy and weight decay alone do not "
        r"give (V4) for every $s$: a proof has to use something of the architecture that dense nets with "
        r"three trained layers have not. And (V4) is one way to a spectral gap, not the only one: that it "
        r"fails does not say that $\mu_s$ has none."
    )
