"""What the first version proved is proved still, with constants that are equal or sharper."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from proofkit.certificates import record_of

ROOT = Path(__file__).parents[2]
VALUES: dict[str, Any] = json.loads((ROOT / "tests" / "data" / "v1-values.json").read_text())
CERTIFICATES = ROOT / "generated" / "certificates"


def enclosure(constant: dict[str, Any]) -> tuple[Fraction, Fraction] | None:
    """[lo, hi] of a recorded constant; None for one without a value."""
    return None if constant["lo"] is None else (Fraction(constant["lo"]), Fraction(constant["hi"]))


def test_all_reference_certificates_are_recorded() -> None:
    assert len(VALUES) == 138


@pytest.mark.parametrize("name", VALUES)
def test_equal_or_sharper(name: str) -> None:
    before = VALUES[name]
    now = record_of(json.loads((CERTIFICATES / f"{name}.json").read_text()))

    assert (now["claim"], now["verdict"]) == (before["claim"], before["verdict"])
    assert {k: v["verdict"] for k, v in now["conditions"].items()} == before["conditions"]
    assert now["lambda_threshold"] == before["lambda_threshold"]
    assert now["published_threshold"] == before["published_threshold"]

    routes = {r["name"]: r for r in now["routes"]}
    assert routes.keys() >= before["routes"].keys()
    steps = {s["id"]: s for s in now["steps"]}
    for route, was in before["routes"].items():
        there = routes[route]
        assert {k: there[k] for k in ("verdict", "threshold", "enclosure")} == {
            k: was[k] for k in ("verdict", "threshold", "enclosure")
        }
        if was["radius"] is not None:
            same_or_sharper(steps[there["step"]]["defines"]["r_0"], was["radius"])

    assert now["constants"].keys() >= before["constants"].keys()
    for constant, was in before["constants"].items():
        same_or_sharper(now["constants"][constant], was)


def same_or_sharper(now: dict[str, Any], before: dict[str, Any]) -> None:
    """The same formula, and an enclosure that lies within the one recorded."""
    assert now["formula"] == before["formula"]
    pair, was = enclosure(now), enclosure(before)
    if was is None:
        assert pair is None
    else:
        assert pair is not None and was[0] <= pair[0] <= pair[1] <= was[1]
