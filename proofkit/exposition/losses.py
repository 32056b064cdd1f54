"""A loss in sentences and formulas: l(f, y) = phi(argument), by its name where it has one.

In formulas phi is a function of u, whatever letter its text has: the letter m means another thing
in these proofs.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from proofkit.exposition.formulas import latex, two_derivatives
from proofkit.exposition.markup import block
from proofkit.exposition.model import Block, Formula, Sentence, Text
from proofkit.kernel.losses.cross_entropy import CrossEntropyLoss
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.univariate.derivative import derivative
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import ONE, Node, Z, substitute
from proofkit.losses.catalogue import entry_of, resolve

U = Node("name", (), "u")
_OUTPUT = Node("name", (), "f")


CROSS_ENTROPY = r"\log\sum_ke^{f_k}-f_y"
"""Cross-entropy in LaTeX: the one loss here that is no function of one variable."""
CLASSES = r"y_i\in\{0,\dots,d_{\mathrm{out}}-1\}"


def of_classes(loss: Loss) -> bool:
    """True for cross-entropy."""
    return isinstance(loss, CrossEntropyLoss)


@lru_cache(maxsize=256)
def loss_of(name: str) -> Loss:
    """The loss that a record names: by its name, or by its expression."""
    return resolve(name)


# -- formulas --------------------------------------------------------------------------------------


def _argument(loss: Loss) -> Node:
    """The argument of phi as a term in f and y."""
    return parse(loss.argument_text, variables=("f", "y"))


def argument(loss: Loss) -> str:
    """The argument of phi in LaTeX.

    >>> argument(loss_of("u^4/4"))
    'f-y'
    """
    return _side_by_side(_argument(loss))


def at_sample(loss: Loss) -> str:
    """The argument of phi at the i-th sample in LaTeX.

    >>> at_sample(loss_of("squared")), at_sample(loss_of("logistic"))
    ('f_i-y_i', 'y_if_i')
    """
    names = {Node("name", (), letter): Node("name", (), f"{letter}_i") for letter in "fy"}
    return latex(substitute(_argument(loss), names)).replace(r"y_i\,f_i", "y_if_i")


def _side_by_side(root: Node) -> str:
    """A term in f and y in LaTeX, their product written as on paper."""
    return latex(root).replace(r"y\,f", "yf")


def phi(loss: Loss) -> str:
    """phi(u) in LaTeX.

    >>> phi(loss_of("u^4/4"))
    '\\\\frac{u^4}{4}'
    """
    return latex(substitute(loss.phi, {Z: U}))


def derivatives_of_phi(loss: Loss) -> tuple[str, str] | None:
    """phi'(u) and phi''(u) in LaTeX; None for a phi with kinks.

    >>> derivatives_of_phi(loss_of("u^4/4")), derivatives_of_phi(loss_of("Abs(u)"))
    (('u^3', '3 u^2'), None)
    """
    if of_classes(loss):
        return None
    found = two_derivatives(loss.phi)
    if found is None:
        return None
    first, second = (latex(substitute(root, {Z: U})) for root in found)
    return first, second


def formula_of(loss: Loss) -> str:
    """l(f, y) in LaTeX, with the argument put in.

    >>> formula_of(loss_of("squared")), formula_of(loss_of("log(cosh(u))"))
    ('\\\\tfrac12(f-y)^2', '\\\\log\\\\left(\\\\cosh\\\\left(f-y\\\\right)\\\\right)')
    """
    if of_classes(loss):
        return CROSS_ENTROPY
    entry = entry_of(loss)
    if entry is not None and entry.printed is not None:
        return entry.printed.loss
    return _side_by_side(substitute(loss.phi, {Z: _argument(loss)}))


def defined(loss: Loss) -> str:
    """What l(f, y) is, in LaTeX: the formula of a paper, or phi and its argument.

    >>> defined(loss_of("squared")), defined(loss_of("u^4/4"))
    ('\\\\ell(f,y)=\\\\tfrac12(f-y)^2', '\\\\ell(f,y)=\\\\varphi(f-y),\\\\quad\\\\varphi(u)=\\\\frac{u^4}{4}')
    """
    if of_classes(loss):
        return rf"\ell(f,y)={CROSS_ENTROPY}"
    entry = entry_of(loss)
    if entry is not None and entry.printed is not None:
        return rf"\ell(f,y)={entry.printed.loss}"
    return rf"\ell(f,y)=\varphi({argument(loss)}),\quad\varphi(u)={phi(loss)}"


def slope(loss: Loss) -> str:
    """l' as a multiple of phi', in LaTeX.

    >>> slope(loss_of("squared")), slope(loss_of("logistic"))
    ("\\\\varphi'(f-y)", "y\\\\,\\\\varphi'(yf)")
    """
    inner = derivative(substitute(_argument(loss), {_OUTPUT: Z}))
    factor = "" if inner == ONE else rf"{latex(inner)}\,"
    return rf"{factor}\varphi'({argument(loss)})"


def curvature(loss: Loss) -> str:
    """l'' in LaTeX: the argument is f times 1 or -1, and a shift."""
    return rf"\varphi''({argument(loss)})"


# -- words -----------------------------------------------------------------------------------------


def name(loss: Loss) -> Sentence:
    """The name of a loss, where the word loss stands before or above it, or its formula.

    >>> name(loss_of("squared"))
    (Text(content='squared'),)
    """
    if of_classes(loss):
        return (Text(loss.text),)
    entry = entry_of(loss)
    return (Formula(formula_of(loss)),) if entry is None else (Text(entry.proper),)


def called(loss: Loss) -> Sentence:
    """What a loss is called after an article: ``squared loss``, or ``loss`` and its formula.

    >>> called(loss_of("squared")), called(loss_of("u^4/4"))[0]
    ((Text(content='squared loss'),), Text(content='loss '))
    """
    if of_classes(loss):
        return (Text(f"{loss.text} loss"),)
    entry = entry_of(loss)
    return (Text("loss "), *name(loss)) if entry is None else (Text(f"{entry.proper} loss"),)


def with_labels(names: Iterable[str]) -> Sentence:
    """Those of some losses that need two labels: the one, or all of their kind.

    >>> with_labels(["squared", "logistic"]), with_labels([])[0].content
    ((Text(content='the '), Text(content='logistic loss')), 'losses of the margin')
    """
    found = [loss for name in dict.fromkeys(names) if (loss := loss_of(name)).classifies]
    if len(found) == 1:
        return (Text("the "), *called(found[0]))
    return (Text("losses of the margin"),)


def listed(losses: Iterable[Loss]) -> Sentence:
    """Each loss once with its name, where it has one, its formula, and what its labels are.

    >>> from proofkit.exposition.plain import plain
    >>> plain(listed([loss_of("u^4/4"), loss_of("logistic")]))
    'ℓ(f, y) = (f - y)⁴/4; logistic: ℓ(f, y) = log(1 + e^(-yf)), for labels y_i = ± 1'
    """
    out: list[Text | Formula] = []
    for loss in dict.fromkeys(losses):
        entry = entry_of(loss)
        lead = "; " if out else ""
        if of_classes(loss):
            out += [Text(f"{lead}{loss.text}: "), Formula(rf"\ell(f,y)={CROSS_ENTROPY}")]
            continue
        out += [Text(f"{lead}{f'{entry.proper}: ' if entry else ''}")]
        out += [Formula(rf"\ell(f,y)={formula_of(loss)}")]
        out += [Text(", for labels "), Formula(r"y_i=\pm1")] if loss.classifies else []
    return tuple(out)


def introduced(loss: Loss) -> str:
    """A loss by its name and, where that is none of the best known, by its formula; markup.

    >>> introduced(loss_of("squared"))
    'the squared loss'
    """
    if of_classes(loss):
        return f"cross-entropy, $\\ell(f,y)={CROSS_ENTROPY}$"
    entry = entry_of(loss)
    if entry is not None and entry.printed is not None:
        return f"the {entry.proper} loss"
    formula = rf"$\ell(f,y)=\varphi({argument(loss)})$ with $\varphi(u)={phi(loss)}$"
    return formula if entry is None else f"the {entry.proper} loss, {formula}"


def labels(loss: Loss) -> str:
    """What the labels are, as markup; '' where they are any numbers."""
    if of_classes(loss):
        return f"${CLASSES}$"
    return r"$y_i\in\{-1,+1\}$" if loss.classifies else ""


def definition(loss: Loss) -> Block:
    """A loss with its derivatives in f, as a sentence."""
    if of_classes(loss):
        return _definition_of_cross_entropy()
    entry = entry_of(loss)
    labelled = f" with labels {labels(loss)}" if loss.classifies else ""
    if entry is not None and entry.printed is not None:
        shown = entry.printed
        return block(
            rf"For the {entry.proper} loss{labelled}, $\ell(f,y)={shown.loss}$; its derivatives in "
            rf"$f$ are $\ell'={shown.slope}$ and $\ell''={shown.curvature}$. "
            rf"Write $\ell(f,y)=\varphi({argument(loss)})$, so that $\varphi(u)={phi(loss)}$."
        )
    named = "" if entry is None else f"{entry.proper} "
    head = (
        rf"For the {named}loss $\ell(f,y)=\varphi({argument(loss)})$ with "
        rf"$\varphi(u)={phi(loss)}$"
    )
    given = f" and with {labels(loss)}" if loss.classifies else ""
    primes = derivatives_of_phi(loss)
    if primes is None:
        return block(rf"{head}{given}, $\ell'$ does not exist where $\varphi$ has a kink.")
    return block(
        rf"{head}{given}, the derivatives in $f$ are $\ell'={slope(loss)}$ and "
        rf"$\ell''={curvature(loss)}$, where $\varphi'(u)={primes[0]}$ and "
        rf"$\varphi''(u)={primes[1]}$."
    )


def _definition_of_cross_entropy() -> Block:
    return block(
        rf"For cross-entropy with classes ${CLASSES}$, $\ell(f,y)={CROSS_ENTROPY}$, where the entries "
        r"of $f$ are counted from $0$. With the vector $\pi$ of the probabilities "
        r"$\pi_k=e^{f_k}/\sum_le^{f_l}$, $\nabla_f\ell=\pi-e_y$, $e_y$ the unit vector of the "
        r"class, and $\nabla_f^2\ell=\operatorname{diag}(\pi)-\pi\pi^{\mathsf T}$."
    )
