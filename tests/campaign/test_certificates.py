"""Mutated certificates: nothing false is accepted, and the judge knows false from true."""

from __future__ import annotations

import copy
import json
from fractions import Fraction
from pathlib import Path

from flint import fmpq

from proofkit.campaign.certificates import Oracle, campaign, enclosed, narrowed

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


def test_the_judge_knows_a_narrower_statement_from_another() -> None:
    """What is said of every lambda > 0 may be said of one; what is said of one may not be said of
    all.
    """
    file = next(
        p for p in CERTIFICATES if p.name == "squared_bounded__tanh__squared__symbolic.json"
    )
    content = json.loads(file.read_text())
    half = narrowed(content, {**content, "problem": {**content["problem"], "lambda": "1/2"}})
    assert "for lambda = 1/2" in half["statement"]
    assert Oracle(content).judge(half) in ("true", "unchanged")
    assert Oracle(half).judge(content) == "false"
    below = {**half, "problem": {**half["problem"], "lambda": "-1"}}
    assert Oracle(content).judge(below) == "false"


def test_the_judge_knows_what_a_claim_needs() -> None:
    file = next(
        p for p in CERTIFICATES if p.name == "villani_iff_positive__tanh__squared__symbolic.json"
    )
    content = json.loads(file.read_text())
    judge = Oracle(content)
    fails = next(s for s in content["steps"] if s["claim"] == "V2 fails")
    villani = next(s for s in content["steps"] if s["claim"] == "Villani")

    def said(claim: str, verdict: str, statement: str) -> str:
        return judge.judge({**content, "claim": claim, "verdict": verdict, "statement": statement})

    assert said("villani", "REFUTED", fails["statement"]) == "false"
    assert said("villani", "PROVED", fails["statement"]) == "false"
    assert said("villani", "PROVED", villani["statement"]) == "true"
    assert said("rate-langevin", "PROVED", villani["statement"]) == "false"
    assert said("villani", "UNKNOWN", "anything") == "true"


def test_the_judge_finds_the_eigenvalue_itself() -> None:
    file = next(p for p in CERTIFICATES if p.name == "squared_bounded__tanh__squared__data.json")
    content = json.loads(file.read_text())
    rows = [[fmpq(1), fmpq(0)], [fmpq(0), fmpq(2)]]

    def with_ends(low: str, high: str) -> bool:
        data = {**content["problem"]["data"], "Lambda_S": [low, high]}
        mutant = {**content, "problem": {**content["problem"], "data": data}}
        return enclosed(content, mutant, rows) is not content

    assert with_ends("2", "2") and with_ends("1", "3")
    assert not with_ends("21/10", "3") and not with_ends("1", "19/10") and not with_ends("x", "3")


def test_names_of_columns_are_names_and_the_digest_of_rows_is_for_the_reader() -> None:
    file = next(p for p in CERTIFICATES if p.name == "squared_bounded__tanh__squared__data.json")
    content = json.loads(file.read_text())
    data = content["problem"]["data"]
    renamed = {**data, "features": [*data["features"][1:], "another"]}
    mutant = {**content, "problem": {**content["problem"], "data": renamed}}
    assert Oracle(content).judge(mutant) in ("true", "unchanged")
    for wrong in (data["features"][1:], 10**17, None):
        short = {**data, "features": wrong}
        mutant = {**content, "problem": {**content["problem"], "data": short}}
        assert Oracle(content).judge(mutant) == "false"
    other = {**data, "rows_sha256": "0" * 64}
    mutant = {**content, "problem": {**content["problem"], "data": other}}
    assert Oracle(content).judge(mutant) in ("true", "unchanged")
    assert Oracle(content).judge(mutant, [[fmpq(1)], [fmpq(2)]]) == "false"
