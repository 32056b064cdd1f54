"""Activations that the library does not know: their constants by generated lemmas."""

from __future__ import annotations

from fractions import Fraction

from proofkit.activation.ast import Node
from proofkit.coq.activation import Enclosures, Lemmas, OutOfReach


def generated_lemmas(root: Node, given: Enclosures, kappa: Fraction | None) -> Lemmas:
    """The block for an activation typed by the user."""
    raise OutOfReach("no function of the Coq library is this activation")
