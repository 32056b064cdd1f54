"""Every kind of loss, and a loss from the text that a certificate has."""

from __future__ import annotations

from proofkit.errors import ParseError
from proofkit.kernel.losses.cross_entropy import CROSS_ENTROPY_TEXT, CrossEntropyLoss
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.losses.margin import MarginLoss
from proofkit.kernel.losses.residual import ResidualLoss
from proofkit.kernel.univariate.derivative import MAX_DEPTH
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import Node, Z, substitute, walk

KINDS: tuple[type[Loss], ...] = (ResidualLoss, MarginLoss, CrossEntropyLoss)
LETTERS: tuple[str, ...] = (ResidualLoss.letter, MarginLoss.letter)


def loss_of_text(text: str) -> Loss:
    """The loss that an expression in u (the residual f - y) or in m (the margin y f) means, or the
    word cross-entropy.

    Raises ParseError for a text that is no expression in one of the two, and for one with more than
    200 operations within each other, which has no derivative here.

    >>> loss_of_text("u^2/2").classifies, loss_of_text("log(1 + exp(-m))").classifies
    (False, True)
    >>> loss_of_text("u*m")
    Traceback (most recent call last):
    proofkit.errors.ParseError: expression, column 1: a loss is an expression in u or in m, not in both
    """
    if text == CROSS_ENTROPY_TEXT:
        return CrossEntropyLoss()
    root = parse(text, variables=LETTERS)
    if _depth(root) > MAX_DEPTH:
        raise ParseError(f"more than {MAX_DEPTH} operations within each other", 1)
    names = {str(node.value) for node in walk(root) if node.op == "name"}
    if len(names) != 1:
        raise ParseError(
            "a loss is an expression in u or in m, not in both"
            if names
            else "a loss is an expression in u (the residual f - y) or in m (the margin y f), and "
            "there is none in it",
            1,
        )
    letter = names.pop()
    kind = next(kind for kind in KINDS if kind.letter == letter)
    return kind(substitute(root, {Node("name", (), letter): Z}))


def _depth(root: Node) -> int:
    """How many operations are within each other."""
    depth: dict[Node, int] = {}
    for node in walk(root):
        depth[node] = 1 + max((depth[operand] for operand in node.args), default=0)
    return depth[root]
