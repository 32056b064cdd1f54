"""``infer``: which rules there are, what they take, and what is made of the same content again."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from proofkit.kernel import claims
from proofkit.kernel.facts import environment, infer
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.proposals import AsymptoteProposal, LevelProposal, Proposal
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.univariate.parser import parse
from proofkit.losses.catalogue import resolve as resolve_loss
from tests.kernel.nets import POSITIVE, net

TANH = Objective(parse("tanh(z)"), resolve_loss("squared"))


@pytest.mark.parametrize("name", ["wishful thinking", "", 3, None, ["V1"], "v1"])
def test_there_is_no_rule_of_that_name(name: object) -> None:
    with pytest.raises(KernelError, match="no rule called"):
        infer(name, TANH)  # type: ignore[arg-type]


def test_premises_are_of_the_number_and_the_kind_that_a_rule_needs() -> None:
    parameters = infer("parameters", TANH)
    with pytest.raises(KernelError, match="needs 1 premises, got 0"):
        infer("V1", TANH)
    with pytest.raises(KernelError, match="needs 1 premises, got 2"):
        infer("V1", TANH, (infer("smooth", TANH), parameters))
    with pytest.raises(KernelError, match="premise 1: needs Smooth, got Parameters"):
        infer("V1", TANH, (parameters,))


AT_ONE = replace(TANH, lam=Fraction(1))


@pytest.mark.parametrize(
    "other",
    [
        replace(AT_ONE, sigma=parse("1/(1 + exp(-z))")),
        replace(AT_ONE, sigma=parse("tanh(z + z - z)")),
        replace(AT_ONE, sigma=parse("tanh(2*z/2)")),
        replace(AT_ONE, loss=resolve_loss("logistic")),
        replace(AT_ONE, lam=Fraction(2)),
        replace(AT_ONE, noise=Fraction(1)),
        replace(net("tanh", outer=POSITIVE).objective, lam=Fraction(1)),
        replace(AT_ONE, name="another name"),
    ],
)
def test_a_fact_about_one_objective_is_none_about_another(other: Objective) -> None:
    premises = infer("parameters", AT_ONE), infer("infimum of the loss", AT_ONE)
    assert infer("V2", replace(AT_ONE), premises).claim
    with pytest.raises(KernelError, match="about another problem"):
        infer("V2", other, premises)


def test_a_fact_about_the_activation_holds_beside_every_loss_and_all_data() -> None:
    smooth = infer("smooth", TANH)
    assert smooth.about_activation
    for other in (
        replace(TANH, loss=resolve_loss("logistic")),
        net("tanh", outer=POSITIVE).objective,
    ):
        assert infer("V1", other, (smooth,)).claim == claims.V1()
    with pytest.raises(KernelError, match="about another problem"):
        infer("V1", replace(TANH, sigma=parse("tanh(2*z)")), (smooth,))


@pytest.mark.parametrize(
    ("rule", "proposal"),
    [
        ("smooth", LevelProposal(Fraction(1))),
        ("asymptote", LevelProposal(Fraction(1))),
        ("asymptote", "the slope is 0"),
        ("asymptote", Proposal()),
    ],
)
def test_a_proposal_is_of_the_kind_of_the_rule(rule: str, proposal: Proposal) -> None:
    with pytest.raises(KernelError, match="no proposal of this kind"):
        infer(rule, TANH, (), proposal)


def test_the_same_content_is_the_same_fact_while_somebody_holds_it() -> None:
    slope = AsymptoteProposal(1, Fraction(0))
    fact = infer("asymptote", TANH, (), slope)
    assert infer("asymptote", replace(TANH), (), replace(slope)) is fact
    assert infer("asymptote", TANH, (), AsymptoteProposal(-1, Fraction(0))) is not fact
    assert infer("smooth", TANH) is infer("smooth", replace(TANH, loss=resolve_loss("logistic")))


def test_what_only_equals_another_proposal_is_not_remembered_as_that() -> None:
    """True == 1, so the two have one place in a memory."""
    truth = AsymptoteProposal(True, Fraction(0))
    with pytest.raises(KernelError, match="wrong kind"):
        infer("asymptote", TANH, (), truth)
    fact = infer("asymptote", TANH, (), AsymptoteProposal(1, Fraction(0)))
    assert fact.proposal == AsymptoteProposal(1, Fraction(0))
    assert type(fact.claim) is claims.Asymptote and type(fact.claim.end) is int


def test_constants_of_one_name_are_one_constant() -> None:
    """alpha of a line is 1 for z + sin z and 2 for 2 z + sin z."""
    one, two = net("z + sin(z)").near_line(), net("2*z + sin(z)").near_line()
    assert environment([one, one])["alpha"].lo == 1
    with pytest.raises(KernelError, match="two different constants are called alpha"):
        environment([one, two])


def test_ancestors_are_each_once_and_premises_first() -> None:
    bench = net("tanh", lam=1)
    gradient = bench.infer(
        "bounded gradient",
        bench.parameters(),
        bench.derivation(),
        bench.residual(),
        bench.enclosed("M1"),
    )
    order = list(gradient.ancestors())
    assert order[-1] is gradient
    assert len({id(fact) for fact in order}) == len(order)
    for position, fact in enumerate(order):
        assert all(any(p is before for before in order[:position]) for p in fact.premises)
    assert gradient.levels() == ("kernel-checked",)
    assert set(environment([gradient])) >= {"lambda", "M1", "G"}
