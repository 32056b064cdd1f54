"""Bounds, Villani conditions and rates of the recorded certificates: constants and words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from proofkit.sentences import bounds, rates, villani
from proofkit.sentences.said import Said, said
from proofkit.typed.claims import Claim, NearLine
from proofkit.typed.rules.bounds import BOUNDS
from proofkit.typed.rules.rates import RATES
from proofkit.typed.rules.villani import VILLANI
from tests.typed import v1

RULES = frozenset(rule.name for rule in (*BOUNDS, *VILLANI, *RATES))
SENTENCES: Mapping[type[Claim], Callable[[Said], str]] = {
    **bounds.SENTENCES,
    **villani.SENTENCES,
    **rates.SENTENCES,
}
PAYLOADS: Mapping[type[Claim], Callable[[Said], dict[str, object]]] = {
    **bounds.PAYLOADS,
    **villani.PAYLOADS,
    **rates.PAYLOADS,
}


@pytest.mark.parametrize("name", v1.certificates())
def test_recorded_steps_come_out_as_they_were(name: str) -> None:
    recorded = [step["id"] for step in v1.document(name)["steps"] if step["rule"] in RULES]
    found: list[str] = []
    for step in v1.replayed(name, RULES):
        found.append(step.step["id"])
        assert v1.differences(step.step["defines"], step.fact.constants) == []
        if step.fact.claim == NearLine(falling=True):
            continue  # said beside the rules about the activation
        words = said(step.fact, step.objective)
        assert SENTENCES[type(words.claim)](words) == step.step["statement"]
        assert PAYLOADS[type(words.claim)](words) == step.step["payload"]
    assert found == recorded


def test_every_claim_of_these_rules_has_a_sentence_and_a_record() -> None:
    concluded = {rule.conclusion for rule in (*BOUNDS, *VILLANI, *RATES)} - {NearLine}
    assert set(SENTENCES) == set(PAYLOADS) == concluded
