"""Mutated certificates: nothing false is accepted, and the judge knows false from true."""

from __future__ import annotations

import copy
import json
from fractions import Fraction
from pathlib import Path

from proofkit.campaign.certificates import Oracle, campaign

CERTIFICATES = sorted(
    (Path(__file__).resolve().parents[2] / "generated" / "certificates").glob("*.json")
)


def test_a_small_campaign_accepts_nothing_false() -> None:
    tally = campaign(CERTIFICATES[::6], 640, 11, 1)
    table = tally.as_dict()
    assert table["violations"] == []
    assert table["table"]["all"]["mutants"] == 640
    assert table["table"]["all"]["rejected_share"] > 0.8


def test_the_judge_knows_false_from_true() -> None:
    content = json.loads(
        next(
            p for p in CERTIFICATES if p.name == "squared_softplus_family__silu__squared__data.json"
        ).read_text()
    )
    judge = Oracle(content)
    assert judge.judge(content) == "unchanged"

    def changed(*path: object, value: object) -> dict:
        out = copy.deepcopy(content)
        at = out
        for k in path[:-1]:
            at = at[k]
        at[path[-1]] = value
        return out

    m1 = content["constants"]["M1"]
    assert (
        judge.judge(changed("constants", "M1", "hi", value=str(Fraction(m1["hi"]) * 2))) == "true"
    )
    assert (
        judge.judge(
            changed("constants", "M1", "hi", value=str(Fraction(m1["lo"]) - Fraction(1, 10**16)))
        )
        == "false"
    )
    assert judge.judge(changed("constants", "H", "lo", value="1")) == "false"
    assert judge.judge(changed("constants", "A", "hi", value="1")) == "false"
    assert judge.judge(changed("constants", "M1", "formula", value="0")) == "false"
    assert (
        judge.judge(changed("statement", value=content["statement"].replace(">", ">="))) == "false"
    )
    assert judge.judge(changed("verdict", value="REFUTED")) == "false"
    assert judge.judge(changed("problem", "lambda", value="-1")) == "false"
    assert judge.judge(changed("steps", 0, "evidence", value="Coq-checked")) == "false"
    assert judge.judge(changed("notes", value=["hello"])) == "unchanged"
    assert judge.judge(changed("lambda_threshold", value=None)) == "true"
