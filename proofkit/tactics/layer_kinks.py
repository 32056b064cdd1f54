"""Where V1 fails for the net of an architecture: kinks, and odd powers of the norm."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice

from proofkit.errors import DomainError
from proofkit.kernel.facts import Fact
from proofkit.kernel.losses.cross_entropy import CrossEntropyLoss
from proofkit.kernel.network.architecture import Architecture
from proofkit.kernel.network.weights import Matrix, drawn_weights, seed_of
from proofkit.kernel.proposals import CurveProposal
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.domain import smooth_pieces, turn
from proofkit.kernel.univariate.terms import Node
from proofkit.kernel.univariate.workspace import OpenError
from proofkit.search.layer_kinks import Kinked, lines
from proofkit.tactics.layer_refutations import rows_of
from proofkit.tactics.layers import any_architecture_of
from proofkit.tactics.workbench import UNDECIDED, Stuck, Workbench

MOST_LINES = 300
"""How many lines are looked at for a symbolic problem."""
MOST_ON_DATA = 12
"""How many where each costs a pass over the rows."""


def refute_v1(bench: Workbench) -> Fact:
    """V1 fails: at a kink, or by an odd power of the norm; Stuck where neither is seen."""
    if any_architecture_of(bench).power % 2:
        try:
            return bench.infer("V1 fails: odd power")
        except UNDECIDED:
            pass  # what is not smooth besides is looked for
    return _at_a_kink(bench)


def _at_a_kink(bench: Workbench) -> Fact:
    """The first line along which the kernel sees a jump."""
    architecture, loss = any_architecture_of(bench), bench.objective.loss
    phi = () if type(loss) is CrossEntropyLoss else rational_kinks(loss.phi)
    kinks = tuple(map(rational_kinks, architecture.activations))
    sought = Kinked(architecture, loss, kinks, phi, rows_of(bench), _drawn(architecture))
    why = "no kink at a rational number is seen"
    most = MOST_LINES if bench.objective.symbolic else MOST_ON_DATA
    for curve in islice(lines(sought), most):
        try:
            return bench.infer(
                "V1 fails: kink of layers", proposal=CurveProposal(curve), rows=bench.table
            )
        except UNDECIDED as reason:
            why = str(reason)
    raise Stuck(f"no net is found at which a derivative of L is seen to jump ({why})")


def _drawn(architecture: Architecture) -> dict[int, Matrix]:
    """The matrices of the fixed layers that are drawn, by their places from 0."""
    found: dict[int, Matrix] = {}
    for number, layer in enumerate(architecture.layers, 1):
        weights, last = layer.weights, number == architecture.depth
        seed = None if weights is None else seed_of(weights, number, last=last)
        if weights is not None and seed is not None:
            shape = weights.rows, weights.columns
            found[number - 1] = drawn_weights(*shape, seed, number, last=last)
    return found


def rational_kinks(root: Node) -> tuple[Fraction, ...]:
    """Where the smooth pieces of a function meet, at rational numbers; () where that is open.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> rational_kinks(parse("Max(-1, Min(1, z))")), rational_kinks(parse("tanh(z)"))
    ((Fraction(-1, 1), Fraction(1, 1)), ())
    """
    if not any(node.op in terms.KINKED for node in terms.walk(root)):
        return ()
    try:
        pieces = smooth_pieces(root, float("inf"), *turn(root))
    except (OpenError, DomainError):
        return ()
    ends = {piece.left for piece in pieces if piece.left == piece.inner_left}
    met = {piece.right for piece in pieces if piece.right == piece.inner_right}
    return tuple(sorted(end for end in ends & met if end is not None))
