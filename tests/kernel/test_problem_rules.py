"""Rules about the objective: its numbers, its loss, the derivatives of L."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from proofkit.errors import InternalError
from proofkit.kernel import claims
from proofkit.kernel.facts import Fact, infer
from proofkit.kernel.formula import Constant
from proofkit.kernel.objective import derivation
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.proposals import LossProposal, Proposal, SlopeProposal, SupremumProposal
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.symbols import l1, l2
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import to_text
from proofkit.losses.catalogue import resolve as resolve_loss
from tests.kernel.v1 import document, objective_of, proposal_of

F = Fraction
DATA = "logistic_lipschitz__tanh__logistic__data"


def about(
    rule: str, proposal: Proposal | None = None, loss: str = "squared", sigma: str = "tanh(z)"
) -> Fact:
    """The fact that a rule makes about all data."""
    return infer(rule, Objective(parse(sigma), resolve_loss(loss)), (), proposal)


def values(fact: Fact) -> dict[str, Constant]:
    """The constants by name."""
    return {constant.name: constant for constant in fact.constants}


# -- parameters ------------------------------------------------------------------------------------


def test_symbols_have_no_values() -> None:
    fact = infer("parameters", Objective(parse("tanh(z)"), resolve_loss("squared"), F(1, 3)))
    known = values(fact)
    assert fact.claim == claims.Parameters()
    assert (known["lambda"].lo, known["s"].lo, known["n"].lo) == (F(1, 3), None, None)
    formulas = {name: to_text(c.formula) for name, c in known.items() if c.formula is not None}
    assert formulas == {"N": "p*d", "Lambda_S": "B_x^2", "X2": "B_x^2"}
    assert not fact.about_activation


def test_the_numbers_of_data_and_outer_weights() -> None:
    objective = objective_of(document(DATA)["problem"])
    known = values(infer("parameters", objective))
    data, outer = objective.data, objective.outer
    assert data is not None and outer is not None
    assert known["N"].lo == known["N"].hi == data.d * outer.p
    assert (known["Lambda_S"].lo, known["Lambda_S"].hi) == data.Lambda_S
    top = known["B_x"].hi
    assert top is not None and top**2 >= data.B_x_squared
    assert known["a_plus"].lo == outer.a_plus and known["y_min"].lo == data.y_min


# -- the loss --------------------------------------------------------------------------------------


def logistic() -> LossProposal:
    """The recorded covers of l' and l''."""
    step = next(step for step in document(DATA)["steps"] if step["rule"] == "loss")
    proposal = proposal_of(step)
    assert isinstance(proposal, LossProposal)
    return proposal


def test_bounds_of_the_losses() -> None:
    squared = about("loss")
    assert squared.claim == claims.LossBounds(None, l2, everywhere=True)
    assert list(values(squared)) == ["l2"]
    fact = about("loss", logistic(), "logistic")
    assert fact.claim == claims.LossBounds(l1, l2, everywhere=True)
    assert [(name, c.lo, c.hi) for name, c in values(fact).items()] == [
        ("l1", 1, 1),
        ("l2", F(1, 4), F(1, 4)),
    ]


def test_a_wider_bound_of_the_loss_is_a_bound_too() -> None:
    wide = with_second_slope(upper=F(5, 4))
    fact = about("loss", wide, "logistic")
    assert values(fact)["l1"].hi == F(5, 4)


def slope_of(given: LossProposal) -> SupremumProposal:
    """The proposal about phi'."""
    assert given.slope is not None
    return given.slope


def with_second_slope(**changes: object) -> LossProposal:
    """The covers of the loss with another second cover of phi'."""
    slope = slope_of(logistic())
    first, second = slope.sides
    sides = first, replace(second, **changes)  # type: ignore[arg-type]
    return replace(logistic(), slope=replace(slope, sides=sides))


def with_first_slope(**changes: object) -> LossProposal:
    """The covers of the loss with another first cover of phi'."""
    slope = slope_of(logistic())
    first, second = slope.sides
    sides = replace(first, **changes), second  # type: ignore[arg-type]
    return replace(logistic(), slope=replace(slope, sides=sides))


@pytest.mark.parametrize(
    ("loss", "proposal", "why"),
    [
        ("squared", logistic(), "nothing is proposed for a square of the residual"),
        ("logistic", None, "needs a proposal"),
        ("logistic", SlopeProposal(F(1)), "no proposal of this kind"),
        ("logistic", LossProposal(None, None), "neither a bound"),
        (
            "logistic",
            replace(logistic(), slope=replace(slope_of(logistic()), sides=())),
            "for the signs",
        ),
        ("logistic", replace(logistic(), curvature=slope_of(logistic())), "is the quantity M2"),
        (
            "logistic",
            replace(logistic(), curvature=replace(slope_of(logistic()), quantity="M2")),
            "fails",
        ),
        ("logistic", with_first_slope(upper=F(-1)), "not below the bound"),
        ("logistic", with_first_slope(lower=F(1)), "below the lower bound"),
    ],
)
def test_what_is_no_bound_of_the_loss(loss: str, proposal: Proposal | None, why: str) -> None:
    with pytest.raises(KernelError, match=why):
        about("loss", proposal, loss)


# -- the derivatives of L --------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ["squared", "logistic"])
def test_the_chain_rule(loss: str) -> None:
    fact = about("derivation", loss=loss)
    assert (fact.claim, fact.evidence) == (claims.ChainRule(), "kernel-checked")


@pytest.mark.parametrize(("sigma", "why"), [("Max(z, 0)", "only C"), ("1/z", "not a real number")])
def test_the_chain_rule_needs_derivatives(sigma: str, why: str) -> None:
    with pytest.raises(KernelError, match=why):
        about("derivation", sigma=sigma)


def test_a_wrong_formula_is_an_error_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    right = derivation.laplacian
    monkeypatch.setattr(
        derivation, "laplacian", lambda net, at: tuple(2 * x for x in right(net, at))
    )
    with pytest.raises(InternalError):
        about("derivation", sigma="tanh(z) + atan(z)")


def test_formulas_that_could_not_be_compared_are_no_fact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derivation, "PRECISIONS", (2,))
    with pytest.raises(KernelError, match="could not be compared"):
        about("derivation", sigma="tanh(z) + 2*atan(z)")
