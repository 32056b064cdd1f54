"""The record of a certificate is the dictionary that version 1 wrote of the same proof."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from typing import Any

import pytest

from proofkit.activation.catalogue import resolve
from proofkit.certificates import document_of
from proofkit.kernel.certificate import Document, TheoremNote
from proofkit.problem.data import outer_from_seed, summarise
from proofkit.problem.problem import Problem
from proofkit.reading.table import load_table, with_labels
from proofkit.report import BUNDLED_TARGET, bundled_data
from proofkit.sentences.record import record
from proofkit.tactics.prove import prove
from proofkit.tactics.workbench import Library
from tests.kernel.v1 import as_before
from tests.kernel.v1 import document as document_before

LIBRARY = Library()
NAMES = (
    "dissipativity__sigmoid__logistic__symbolic",
    "escaping_critical_points__z_2_sin_z__squared__symbolic",
    "logistic_lipschitz__tanh__logistic__data",
    "one_signed_weights__z_2__squared__symbolic",
    "published_threshold__softplus__squared__data",
    "rate_langevin__tanh__squared__symbolic",
    "rate_of_an_instance__softplus__squared__data__lambda_1",
    "refused_nonsmooth__relu__squared__symbolic",
    "refuted_by_cancelling_units__z_2__squared__data",
    "refuted_by_mirrored_units__z_3__logistic__symbolic",
    "refuted_without_regulariser__softplus__squared__data__lambda_minus_1_10",
    "sgd_discrete_time__tanh__logistic__data",
    "squared_bounded__tanh__squared__data",
    "squared_line__z_sin_z__squared__symbolic",
    "villani_iff_positive__softplus__squared__symbolic",
)


def number(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


def made_again(former: dict[str, Any]) -> Document:
    """The same claim about the same problem, proved by the typed kernel."""
    spec = former["problem"]
    data, outer, table = None, None, None
    if spec["data"] is not None:
        labels = spec["data"]["labels"]
        table = load_table(bundled_data(), BUNDLED_TARGET)
        if labels is not None:
            table = with_labels(table, Fraction(labels["above"]))
        drawn = re.fullmatch(r"width (\d+), seed (\d+)", spec["outer"]["source"])
        assert drawn is not None
        data, outer = summarise(table), outer_from_seed(*map(int, drawn.groups()))
    name, expression = spec["activation"]["name"], spec["activation"]["expression"]
    activation = resolve(expression if name == "custom" else name)
    lam, noise = number(spec["lambda"]), number(spec["noise"])
    problem = Problem(activation, spec["loss"], lam, noise, data, outer)
    proof = prove(problem, former["claim"], LIBRARY, table)
    return document_of(proof, TheoremNote(**former["theorem"]))


def usual(content: dict[str, Any]) -> dict[str, Any]:
    """A record without what is meant to be another one: version, digest, what was only tested, the
    numbers of the steps, what is open of a route, and a minus sign that stands in brackets in front of a quotient.
    """
    text = json.dumps(content).replace('"evidence": "tested"', '"evidence": "kernel-checked"')
    text = text.replace("kernel-checked; tested", "kernel-checked")
    text = re.sub(r'"at": "\(-([^()"]*(?:\([^()"]*\))?)\)/2"', r'"at": "-\1/2"', text)
    out = json.loads(text)
    for key in ("version", "digest", "evidence", "goals", "steps", "constants"):
        del out[key]
    for route in out["routes"]:
        route["step"] = route["step"] is not None
        if route["verdict"] != "PROVED":
            del route["reason"]
    return out


# Rules by the name that they have now; "loss" says now of which phi it speaks, and "derivation" that
# its formulas were seen in balls.  The covers of a supremum have fewer pieces now.
RENAMED = {"logistic residual": "bounded slope", "start logistic": "start linear"}
SAID_ANEW = ("loss", "derivation")


def ends_of(defines: dict[str, Any]) -> dict[str, Any]:
    """The enclosures of constants."""
    return {name: (constant["lo"], constant["hi"]) for name, constant in defines.items()}


def told(step: dict[str, Any]) -> dict[str, Any]:
    """A step without its number and those of its premises."""
    rule = RENAMED.get(step["rule"], step["rule"])
    anew, covered = rule in SAID_ANEW, rule in (*SAID_ANEW, "supremum")
    text = json.dumps(step["defines"])
    at = re.sub(r'"at": "\(-([^()"]*(?:\([^()"]*\))?)\)/2"', r'"at": "-\1/2"', text)
    return {
        "rule": rule,
        "about": "" if rule == "loss" else step["about"],
        "claim": step["claim"],
        "statement": "" if anew else step["statement"],
        "defines": ends_of(step["defines"]) if rule == "loss" else json.loads(at),
        "evidence": step["evidence"].replace("tested", "kernel-checked"),
        "payload": {} if covered else as_before(step["payload"]),
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_record_of_a_proof_is_the_one_of_version_1(name: str) -> None:
    """Of each step too, but for those about the loss, which are more now than they were."""
    former = json.loads(json.dumps(document_before(name)))
    document = made_again(former)
    new = json.loads(json.dumps(record(document)))
    assert usual(new) == usual(former)
    now = [told(step) for step in new["steps"]]
    for step in former["steps"]:
        assert told(step) in now
    assert (new["version"], new["digest"]) == (3, document.digest)


def test_the_levels_of_evidence_list_the_rules() -> None:
    former = json.loads(json.dumps(document_before(NAMES[11])))
    levels = record(made_again(former))["evidence"]
    tested = former["evidence"].pop("tested")
    assert isinstance(levels, dict)
    assert levels.keys() == former["evidence"].keys()
    for key, rules in former["evidence"].items():
        also = tested if key == "kernel-checked" else ()
        assert {RENAMED.get(rule, rule) for rule in (*rules, *also)} <= {*levels[key]}
