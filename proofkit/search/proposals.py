"""What the search has found, as proposals to the kernel, which believes none of it."""

from __future__ import annotations

from fractions import Fraction

from proofkit.errors import ParseError
from proofkit.kernel.formula import Place
from proofkit.kernel.proposals import OneSided, Reached, SupremumProposal
from proofkit.kernel.suprema import (
    Interval,
    UnprovedError,
    quantity,
    signs_of,
    smooth_tree,
)
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.quantity import Cover, Quantity, Witness
from proofkit.kernel.univariate.terms import MAX_BITS, MAX_DIGITS, Node
from proofkit.kernel.univariate.workspace import OpenError
from proofkit.search.facts import Bound, bound_of


class TooLongError(OpenError):
    """A number with more digits than can be written: that is said of the input, not of a claim."""


class UnboundedError(OpenError):
    """A supremum that is +oo; ``how`` says along which end."""

    def __init__(self, name: str, how: str) -> None:
        super().__init__(f"{name} is infinite: {how}")
        self.how = how


def propose(
    root: Node,
    name: str,
    parameter: Fraction | None = None,
    interval: Interval | None = None,
    budget: float = 20.0,
    exact: bool = True,
) -> SupremumProposal:
    """A proof of the supremum of a quantity (``suprema.ORDERS``) of any function f, on R or [lo, hi],
    for ``suprema.verify_suprema`` with the same function, name, parameter and interval.

    "S_hi" and "S_lo" are sup f and inf f, "S0" is sup |f|, and "M1" to "M3" are the suprema of the
    modulus of its first three derivatives; ``parameter`` is kappa of "H", "H_lo" and "H_hi", the
    slope of "S_alpha".  ``exact`` False leaves out the search for a closed form.  On an interval,
    kinks outside of it are allowed.

    Raises UnboundedError where it is infinite, and OpenError (of which that is one) with the reason
    where it is not found within ``budget`` seconds or the function is not smooth there.

    >>> found = propose(parse("z^2/2"), "M1", interval=(Fraction(-3), Fraction(2)))
    >>> str(found.exact), str(found.at)
    ('3', '-3')
    """
    q = quantity(_smooth(root, interval), name, parameter, 1)
    bound = bound_of(q, signs_of(name), interval, budget=budget, exact=exact)
    if bound.infinite:
        raise UnboundedError(name, bound.how)
    return supremum_proposal(root, name, bound, parameter, interval)


def supremum_proposal(
    root: Node,
    name: str,
    bound: Bound,
    parameter: Fraction | None = None,
    interval: Interval | None = None,
) -> SupremumProposal:
    """The covers and witnesses of a quantity of sigma, with its place and its closed form.

    Raises OpenError for a function with kinks, and where the bound has no cover for a sign that the
    quantity needs.
    """
    tree = _smooth(root, interval)
    form = term_of(bound.exact)
    if form is not None and name == "S_lo":
        form = terms.neg(form)  # the search bounds -sigma
    return SupremumProposal(
        name, parameter, _sides(tree, name, bound, parameter), form, place_of(bound.at)
    )


def _smooth(root: Node, interval: Interval | None) -> Node:
    """The function without kinks; OpenError for one that has some, or is not defined."""
    try:
        return smooth_tree(root, interval)
    except UnprovedError as error:
        raise OpenError(str(error)) from None


def _sides(root: Node, name: str, bound: Bound, parameter: Fraction | None) -> tuple[OneSided, ...]:
    """One side for each sign of the quantity."""
    return tuple(_side(bound, quantity(root, name, parameter, sign)) for sign in signs_of(name))


def _side(bound: Bound, q: Quantity) -> OneSided:
    """The cover and the witness of one quantity; OpenError where the bound has none, or one too
    large for a certificate.
    """
    found = next((p.supremum for p in bound.parts if p.quantity == q), None)
    if found is None or found.cover is None or found.upper is None or found.witness is None:
        raise OpenError(f"no cover for {'+' if q.sign > 0 else '-'}({q.name})")
    if any(n.bit_length() > MAX_BITS for n in (*_parts(found.upper), *_parts(found.lower))):
        raise TooLongError(f"{q.name} is bounded by a number of more than {MAX_DIGITS} digits")
    return one_sided(q.sign, found.upper, found.lower, found.cover, found.witness)


def _parts(x: Fraction) -> tuple[int, int]:
    return x.numerator, x.denominator


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
