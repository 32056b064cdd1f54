"""The sentences and records of the ground rules are those that certificates have recorded."""

from __future__ import annotations

from fractions import Fraction

import pytest

from proofkit.kernel import claims
from proofkit.kernel.claims import Claim
from proofkit.kernel.facts import infer
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import num
from proofkit.losses.catalogue import resolve as resolve_loss
from proofkit.sentences import activation, problem
from proofkit.sentences.said import Said, said
from tests.kernel.v1 import certificates, differences, document, replayed

RULES = frozenset(
    {
        "smooth",
        "kink",
        "supremum",
        "value at zero",
        "asymptote",
        "steep",
        "monotone line",
        "parameters",
    }
)
SENTENCES = {**activation.SENTENCES, **problem.SENTENCES}
PAYLOADS = {**activation.PAYLOADS, **problem.PAYLOADS}
F = Fraction


@pytest.mark.parametrize("name", certificates())
def test_recorded_steps_come_out_as_they_were(name: str) -> None:
    wanted = [step for step in document(name)["steps"] if step["rule"] in RULES]
    steps = list(replayed(name, RULES))
    assert [one.step["id"] for one in steps] == [step["id"] for step in wanted]
    for one in steps:
        seen = said(one.fact, one.objective)
        kind = type(seen.claim)
        assert SENTENCES[kind](seen) == one.step["statement"]
        assert PAYLOADS[kind](seen) == one.step["payload"]
        assert differences(one.step["defines"], one.fact.constants) == []
        assert one.fact.evidence == one.step["evidence"]
        assert one.fact.about_activation == (one.step["about"] == "activation")


def test_every_rule_is_met() -> None:
    met = {step["rule"] for name in certificates() for step in document(name)["steps"]}
    assert met >= RULES


def sentence(claim: Claim) -> str:
    """What a claim says where nothing else matters."""
    return SENTENCES[type(claim)](
        Said("", claim, Objective(parse("z"), resolve_loss("squared")), {}, ())
    )


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        (
            claims.NotSmooth(0, None, "-1.4142..."),
            "the derivative of sigma of order 1 is the first to jump at z = -1.4142..., so sigma "
            "is not smooth",
        ),
        (
            claims.Enclosed("S_hi", None, F(1, 3), F(1, 2)),
            "sup sigma lies in [1/3, 0.5]",
        ),
        (
            claims.Enclosed("sigma0", None, F(1, 2), F(1, 2), num(F(1, 2))),
            "|sigma(0)| lies in [0.5, 0.5]",
        ),
        (
            claims.Asymptote(1, F(1, 2), F(0), F(1)),
            "sigma - 1/2*z tends to a number in [0, 1] as z -> +oo",
        ),
        (
            claims.Steep(-1, 1, F(4), F(2), 1),
            "|sigma'(z)| >= beta*|z| for every z <= -4, beta = 2",
        ),
        (
            claims.NearLine(True),
            "|sigma - alpha*z| <= S_alpha with alpha > 0, and sup(-sigma') > 0",
        ),
    ],
)
def test_sentences_that_no_certificate_has(claim: Claim, words: str) -> None:
    assert sentence(claim) == words


def test_the_chain_rule_is_seen_in_balls() -> None:
    objective = Objective(parse("tanh(z)"), resolve_loss("squared"))
    seen = said(infer("derivation", objective), objective)
    assert problem.SENTENCES[claims.ChainRule](seen) == (
        "the formulas for grad L, Laplacian L and the Hessian form are those of the chain rule; "
        "at small nets they agree with exact differentiation of L in ball arithmetic"
    )
    assert problem.PAYLOADS[claims.ChainRule](seen) == {}


def test_every_claim_of_the_group_has_a_sentence_and_a_record() -> None:
    assert SENTENCES.keys() == PAYLOADS.keys()
    assert len(SENTENCES) == 8
