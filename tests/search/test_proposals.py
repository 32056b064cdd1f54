"""What the search finds is what the kernel accepts, whatever kind of witness it has."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from proofkit.kernel.claims import Enclosed
from proofkit.kernel.facts import infer
from proofkit.kernel.formula import Place
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.proposals import LossProposal, SupremumProposal
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.suprema import enclosure, quantity, signs_of, verify_suprema
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import to_text
from proofkit.kernel.univariate.workspace import OpenError
from proofkit.losses.catalogue import resolve as resolve_loss
from proofkit.search.facts import Bound, Part, derive_facts, largest_of
from proofkit.search.proposals import (
    UnboundedError,
    place_of,
    propose,
    supremum_proposal,
    term_of,
)
from proofkit.search.supremum import supremum_on_its_scale


def found(text: str, name: str, parameter: Fraction | None = None) -> SupremumProposal:
    """What the search proposes for a quantity."""
    root = parse(text)
    parts = [
        Part(q, None, None, supremum_on_its_scale(q))
        for q in (quantity(root, name, parameter, sign) for sign in signs_of(name))
    ]
    return supremum_proposal(root, name, largest_of(name, parts), parameter)


def enclosed(text: str, proposal: SupremumProposal) -> Enclosed:
    """What the kernel makes of it."""
    claim = infer("supremum", Objective(parse(text), resolve_loss("squared")), (), proposal).claim
    assert isinstance(claim, Enclosed)
    return claim


@pytest.mark.parametrize(
    ("text", "name", "parameter", "kind"),
    [
        ("tanh(z)", "M2", None, "point"),
        ("tanh(z)", "S_hi", None, "limit"),
        ("sin(z) - exp(-z^2)", "S_hi", None, "quarter"),
        ("sin(z) + cos(2*z) - exp(-z^2)", "S_hi", None, "phase"),
        ("tanh(1000*z)", "M1", None, "point"),
        ("log(1 + exp(z))", "H", Fraction(1), "point"),
        ("z + sin(z)", "S_alpha", Fraction(1), "point"),
        ("z^2", "M2", None, "limit"),
    ],
)
def test_the_kernel_accepts_what_the_search_finds(
    text: str, name: str, parameter: Fraction | None, kind: str
) -> None:
    proposal = found(text, name, parameter)
    claim = enclosed(text, proposal)
    assert kind in [side.witness.kind for side in proposal.sides]
    assert (claim.quantity, claim.parameter, claim.at) == (name, parameter, proposal.at)
    assert claim.hi - claim.lo <= abs(claim.hi) / 10**9


@pytest.mark.parametrize("position", [0, 1])
@pytest.mark.parametrize(
    ("text", "name"), [("sin(z) - exp(-z^2)", "S0"), ("sin(z) + cos(2*z) - exp(-z^2)", "M1")]
)
def test_no_bound_is_accepted_that_is_too_sharp(text: str, name: str, position: int) -> None:
    proposal = found(text, name)
    sides = list(proposal.sides)
    for field, step in (("upper", -1), ("lower", 1)):
        value = getattr(sides[position], field) + step * Fraction(1, 10**6)
        changed = replace(sides[position], **{field: value})
        forged = tuple(changed if i == position else side for i, side in enumerate(sides))
        with pytest.raises(KernelError):
            enclosed(text, replace(proposal, sides=forged))


def test_a_bound_without_covers_is_no_proposal() -> None:
    bare = Bound("M1", Fraction(1), Fraction(1), "0", None)
    with pytest.raises(OpenError, match="no cover for"):
        supremum_proposal(parse("tanh(z)"), "M1", bare)


def test_the_form_of_an_infimum_is_that_of_the_activation() -> None:
    root = parse("atan(z)")
    facts = derive_facts(root)
    assert facts.inf is not None and facts.sup is not None
    low = supremum_proposal(root, "S_lo", facts.inf)
    high = supremum_proposal(root, "S_hi", facts.sup)
    assert low.exact is not None and high.exact is not None
    assert (to_text(low.exact), to_text(high.exact)) == ("-(pi/2)", "pi/2")


def test_the_loss_is_bounded_like_an_activation() -> None:
    phi = resolve_loss("logistic").phi
    proposal = LossProposal(propose(phi, "M1"), propose(phi, "M2"))
    fact = infer("loss", Objective(parse("tanh(z)"), resolve_loss("logistic")), (), proposal)
    assert [(c.name, c.hi) for c in fact.constants] == [("l1", 1), ("l2", Fraction(1, 4))]


def test_places_and_forms_that_are_none() -> None:
    assert (place_of("z -> oo"), place_of("every z")) == (Place(None, 1), Place())
    assert place_of("0.5") == Place(parse("1/2"))
    for text in (None, "every z < 3", "z", "import os"):
        assert term_of(text) is None and place_of(text) is None


# -- any function, on the line or an interval ------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "parameter"),
    [
        ("tanh(1000*z)", "M1", None),
        ("log(cosh(z))", "S_lo", None),
        ("sqrt(1 + z^2) - 1", "H", Fraction(1)),
        ("tanh(z)^2 - z*tanh(z)/2", "S_hi", None),
        ("z/sqrt(1 + z^2)", "S0", None),
        ("sin(z) + cos(2*z)", "M2", None),
    ],
)
def test_what_is_proposed_for_any_function_is_verified(
    text: str, name: str, parameter: Fraction | None
) -> None:
    root = parse(text)
    proposal = propose(root, name, parameter, exact=False)
    verify_suprema(root, name, parameter, proposal.sides)
    low, high = enclosure(name, proposal.sides)
    assert high - low <= Fraction(1, 10**9) * max(abs(high), Fraction(1))


def test_a_closed_form_is_proposed_where_one_is_proved() -> None:
    found = propose(parse("log(cosh(z))"), "M3")
    assert str(found.exact) == "4*sqrt(3)/9"
    assert propose(parse("log(cosh(z))"), "M3", exact=False).exact is None


def test_an_infinite_supremum_is_called_so() -> None:
    with pytest.raises(UnboundedError, match="M1 is infinite") as found:
        propose(parse("z^4/4"), "M1")
    assert found.value.how == "sigma' ~ z^3 as z -> +oo"


@pytest.mark.parametrize(
    ("text", "interval", "reason"),
    [
        ("Abs(z)", None, "kinks"),
        ("Abs(z)", (Fraction(0), Fraction(1)), "kink"),
        ("log(z)", None, "not a real number"),
        ("exp(z)", (Fraction(0), Fraction(10**4)), "digits"),
        ("exp(z)", (Fraction(0), Fraction(10**9)), "beyond"),
    ],
)
def test_what_is_open_is_said(
    text: str, interval: tuple[Fraction, Fraction] | None, reason: str
) -> None:
    with pytest.raises(OpenError, match=reason):
        propose(parse(text), "S_hi", None, interval)


def test_a_budget_is_kept() -> None:
    with pytest.raises(OpenError, match="time budget"):
        propose(parse("tanh(z)^2 - z*tanh(z)/2"), "S_hi", budget=0)
