"""What the search has found, as proposals to the kernel, which believes none of it."""

from __future__ import annotations

from fractions import Fraction

from proofkit.errors import ParseError
from proofkit.kernel.formula import Place
from proofkit.kernel.proposals import LossProposal, OneSided, Reached, SupremumProposal
from proofkit.kernel.rules.problem import LOGISTIC
from proofkit.kernel.suprema import UnprovedError, quantity, signs_of, smooth_tree
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.quantity import Cover, Quantity, Witness
from proofkit.kernel.univariate.terms import Node
from proofkit.kernel.univariate.workspace import OpenError
from proofkit.search.facts import Bound


def supremum_proposal(
    root: Node, name: str, bound: Bound, parameter: Fraction | None = None
) -> SupremumProposal:
    """The covers and witnesses of a quantity of sigma, with its place and its closed form.

    Raises OpenError for a function with kinks, and where the bound has no cover for a sign that the
    quantity needs.
    """
    try:
        tree = smooth_tree(root)
    except UnprovedError as error:
        raise OpenError(str(error)) from None
    form = term_of(bound.exact)
    if form is not None and name == "S_lo":
        form = terms.neg(form)  # the search bounds -sigma
    return SupremumProposal(
        name, parameter, _sides(tree, name, bound, parameter), form, place_of(bound.at)
    )


def loss_proposal(slope: Bound, curvature: Bound) -> LossProposal:
    """The covers of l' and l'' of the logistic loss; OpenError where one is missing."""
    return LossProposal(
        _sides(LOGISTIC, "M1", slope, None), _sides(LOGISTIC, "M2", curvature, None)
    )


def _sides(root: Node, name: str, bound: Bound, parameter: Fraction | None) -> tuple[OneSided, ...]:
    """One side for each sign of the quantity."""
    return tuple(_side(bound, quantity(root, name, parameter, sign)) for sign in signs_of(name))


def _side(bound: Bound, q: Quantity) -> OneSided:
    """The cover and the witness of one quantity; OpenError where the bound has none."""
    found = next((p.supremum for p in bound.parts if p.quantity == q), None)
    if found is None or found.cover is None or found.upper is None or found.witness is None:
        raise OpenError(f"no cover for {'+' if q.sign > 0 else '-'}({q.name})")
    return one_sided(q.sign, found.upper, found.lower, found.cover, found.witness)


def one_sided(
    sign: int, upper: Fraction, lower: Fraction, cover: Cover, witness: Witness
) -> OneSided:
    """lower <= sup sign g <= upper by a cover, whose pieces are put in order, and a witness."""
    pieces = sorted(cover.pieces, key=lambda piece: piece.left)
    return OneSided(
        sign,
        upper,
        lower,
        cover.bits,
        (pieces[0].left, *(piece.right for piece in pieces)),
        tuple(piece.rule for piece in pieces),
        tuple((i, piece.centre) for i, piece in enumerate(pieces) if piece.centre is not None),
        Reached(witness.kind, witness.point, witness.end),
        cover.scale,
    )


def term_of(text: str | None) -> Node | None:
    """The constant that a text denotes; None for no text, or one outside the grammar."""
    if text is None:
        return None
    try:
        term = parse(text)
    except ParseError:
        return None
    return term if term.is_constant else None


def place_of(text: str | None) -> Place | None:
    """Where a supremum is reached, as the search names it; None where that is no place.

    >>> place_of("z -> -oo")
    Place(point=None, end=-1)
    """
    match text:
        case "every z":
            return Place()
        case "z -> oo":
            return Place(None, 1)
        case "z -> -oo":
            return Place(None, -1)
        case _:
            point = term_of(text)
            return None if point is None else Place(point)
