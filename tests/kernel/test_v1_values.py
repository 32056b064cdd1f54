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


SHARPER = (("zeta", "3/8"), ("kappa_hi*eta", "3*kappa_hi/8"), ("kappa*eta", "3*kappa/8"))
"""What stands in a formula now, and the larger number that stood there: for the logistic loss
zeta = sup |m phi''(m)| = 0.2238... and eta = sup (-m phi'(m))_+ = 0.2784... are below 3/8."""

SAME = (("l_0", "log(2)"),)
"""What stands in a formula now, and another name of the same number."""


def as_before(formula: str | None) -> str | None:
    """The formula with what stood in it before."""
    if formula is None:
        return None
    for new, old in (*SHARPER, *SAME):
        formula = formula.replace(new, old)
    return formula


def same_or_sharper(now: dict[str, Any], before: dict[str, Any]) -> None:
    """The same formula, but for a sharper constant in it, and an enclosure within the one recorded."""
    assert before["formula"] in (now["formula"], as_before(now["formula"]))
    pair, was = enclosure(now), enclosure(before)
    if was is None:
        assert pair is None
    else:
        assert pair is not None and was[0] <= pair[0] <= pair[1] <= was[1]
