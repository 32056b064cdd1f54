"""Bounds, Villani conditions and rates of the recorded certificates: constants and words."""

from __future__ import annotations

import pytest

from proofkit.kernel.claims import NearLine
from proofkit.kernel.rules.bounds import BOUNDS
from proofkit.kernel.rules.rates import RATES
from proofkit.kernel.rules.villani import VILLANI
from proofkit.sentences import bounds, rates, villani
from proofkit.sentences.printer import payload_of, sentence_of
from tests.kernel import v1

TABLE = (*BOUNDS, *VILLANI, *RATES)
RULES = frozenset(rule.name for rule in TABLE)


@pytest.mark.parametrize("name", v1.certificates())
def test_recorded_steps_come_out_as_they_were(name: str) -> None:
    recorded = [
        step["id"]
        for step in v1.document(name)["steps"]
        if step["rule"] in RULES and step["id"] not in v1.left_out(name)
    ]
    found: list[str] = []
    for step in v1.replayed(name, RULES):
        found.append(step.step["id"])
        assert v1.differences(step.step["defines"], step.fact.constants) == []
        assert sentence_of(step.fact, step.objective) == step.step["statement"]
        assert v1.as_before(payload_of(step.fact, step.objective)) == step.step["payload"]
    assert found == recorded


def test_every_claim_of_these_rules_has_a_sentence_and_a_record() -> None:
    concluded = {rule.conclusion for rule in TABLE} - {NearLine}  # said with the activation
    groups = (bounds, villani, rates)
    assert {kind for group in groups for kind in group.SENTENCES} == concluded
    assert {kind for group in groups for kind in group.PAYLOADS} == concluded
