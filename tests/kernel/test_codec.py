"""Records as JSON and back."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Literal

import pytest

from proofkit.kernel import claims, codec, symbols
from proofkit.kernel.claims import AnyNoise, Claim, LambdaAbove, Scope
from proofkit.kernel.proposals import Proposal
from proofkit.kernel.symbols import G, K, M, N, lam, r, s
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import to_text
from tests.kernel.v1 import certificates, document, proposal_of, replayed


def v4() -> claims.V4:
    """The lower bound of the bounded route."""
    square = (lam * r - G) ** 2
    scope = Scope(LambdaAbove(symbols.G1), AnyNoise())
    return claims.V4("bounded", symbols.G1, square / s - K - lam * N, G / lam, M, scope)


def test_a_claim_comes_back_as_it_was() -> None:
    written = codec.encode(v4(), Claim)
    assert codec.decode(Claim, written) == v4()
    assert isinstance(written, dict)
    assert written["bound"] == "(lambda*r - G)^2/s - K - lambda*N"


def test_every_class_of_a_claim_has_its_own_name() -> None:
    names = [kind.__name__ for kind in claims.CLAIMS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("field", "value"),
    [("bound", "__import__('os')"), ("bound", "z +"), ("scope", None), ("route", 3), ("is", "V5")],
)
def test_anything_else_is_refused(field: str, value: object) -> None:
    written = codec.encode(v4(), Claim)
    assert isinstance(written, dict)
    with pytest.raises(codec.MalformedError):
        codec.decode(Claim, {**written, field: value})


@pytest.mark.parametrize("text", ["1.5", "2/4", "1/0", "0x10", "1_000", "", "-", "+1", " 1", "-0"])
def test_what_is_no_rational_in_lowest_terms_is_refused(text: str) -> None:
    with pytest.raises(codec.MalformedError):
        codec.rational(text)


def test_terms_are_written_in_one_way() -> None:
    with pytest.raises(codec.MalformedError):
        codec.term("lambda *r")
    assert to_text(codec.term("lambda*r")) == "lambda*r"


@pytest.mark.parametrize("name", certificates())
def test_recorded_proposals_and_their_claims_come_back(name: str) -> None:
    for step in document(name)["steps"]:
        proposal = proposal_of(step)
        if proposal is not None:
            written = codec.encode(proposal, Proposal)
            assert codec.decode(Proposal, json.loads(json.dumps(written))) == proposal
    for one in replayed(name, frozenset({"supremum", "kink", "asymptote", "steep", "loss"})):
        written = codec.encode(one.fact.claim, Claim)
        assert codec.decode(Claim, json.loads(json.dumps(written))) == one.fact.claim


@pytest.mark.parametrize("rounded", [-1, 0, 1])
def test_a_rounded_coefficient_comes_back(rounded: Literal[-1, 0, 1]) -> None:
    leading = claims.Leading(Fraction(2), parse("3/2"), rounded)
    assert (
        codec.decode(claims.Leading, json.loads(json.dumps(codec.encode(leading, claims.Leading))))
        == leading
    )


@pytest.mark.parametrize("rounded", [2, True, "1", 1.0, None])
def test_a_choice_of_whole_numbers_takes_no_other_value(rounded: object) -> None:
    with pytest.raises(codec.MalformedError, match="rounded"):
        codec.decode(claims.Leading, {"exponent": "2", "coefficient": "3/2", "rounded": rounded})
