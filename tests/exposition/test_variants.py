"""What single steps and whole certificates say, in their variants."""

from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from proofkit.certificates import read_record
from proofkit.exposition import numbers
from proofkit.exposition.expose import (
    CLAIMS,
    expose,
    hypotheses,
    needed,
    open_part,
    outer_weights,
    words_of,
)
from proofkit.exposition.plain import plain
from proofkit.exposition.symbols import BY_RULE, SYMBOLS, meaning
from proofkit.exposition.view import View
from proofkit.kernel.rules import RULES
from proofkit.kernel.verdicts import NAMED

FOLDER = Path("generated/certificates")
CERTIFICATES = sorted(FOLDER.glob("*.json"))


def content(name: str) -> dict:
    return read_record(FOLDER / f"{name}.json")


def view(rule: str, payload: dict[str, Any], **given: Any) -> View:
    """A step of a rule that needs nothing but its payload, and maybe its ``claim``."""
    step = {
        "id": "step",
        "rule": rule,
        "claim": given.pop("claim", ""),
        "payload": payload,
        "defines": given.get("defines", {}),
        "premises": [],
    }
    problem = {
        "activation": {"expression": given.pop("expression", "tanh(z)")},
        "loss": "squared",
        "data": None,
        "lambda": None,
        "noise": None,
    } | given
    return View({"problem": problem}, step, ())


def says(v: View) -> tuple[str, str]:
    found = words_of(v)
    return plain(found.statement), plain(found.reason)


# -- facts of the activation -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slope", "end", "limit", "text"),
    [
        ("1", 1, ("0", "0"), "σ(z) - z → 0 as z → ∞."),
        ("-1", -1, ("0", "0"), "σ(z) + z → 0 as z → -∞."),
        ("-1/2", -1, ("1", "1"), "σ(z) + (1/2) z → 1 as z → -∞."),
        (
            "0",
            1,
            ("15707963267/10000000000", "15707963268/10000000000"),
            "σ(z) → c_∞ as z → ∞, where c_∞ ∈ [1.57, 1.571].",
        ),
    ],
)
def test_asymptotes(slope: str, end: int, limit: tuple[str, str], text: str) -> None:
    assert says(view("asymptote", {"slope": slope, "end": end, "limit": limit}))[0] == text


def supremum(
    name: str,
    at: str,
    lo: str,
    hi: str,
    expression: str = "tanh(z)",
    exact: str | None = None,
    **proof: Any,
) -> View:
    made = {
        "sign": 1,
        "breaks": ["-16", "0", "16"],
        "rules": ["range", "range"],
        "witness": {"kind": "point", "point": at, "end": 0},
    } | proof
    d = {name: {"lo": lo, "hi": hi, "at": at, "exact": exact, "formula": None}}
    payload = {"quantity": name, "kappa": None, "proofs": [made]}
    return view("supremum", payload, defines=d, expression=expression)


def test_the_interval_of_a_cover_is_that_of_the_activation() -> None:
    """A cover of z -> sigma(scale z) has its ends in z/scale."""
    assert "2 pieces of [-16, 16]" in says(supremum("M1", "0", "1", "1"))[1]
    assert "2 pieces of [-0.016, 0.016]" in says(supremum("M1", "0", "1", "1", scale="1/1000"))[1]


def test_an_infimum_is_bounded_from_above_by_a_value() -> None:
    reason = says(supremum("S_lo", "-1/2", "-2/7", "-1/4"))[1]
    assert "The upper bound is the value at z = -1/2" in reason
    assert "The lower bound is certified" in reason


def test_a_period_is_spoken_of_where_there_may_be_one() -> None:
    assert "period" not in says(supremum("M1", "0", "1", "1"))[1]
    assert "the period where there is one" in says(supremum("M1", "0", "1", "1", "z + sin(z)"))[1]


def test_a_place_that_is_only_near_is_marked() -> None:
    v = supremum("M1", "0.7718", "1/3", "2/3", witness={"kind": "point", "point": "1", "end": 0})
    assert "z ≈ 0.7718" in says(v)[1]


@pytest.mark.parametrize(
    ("at", "shown"), [("0", "z̄ = 0"), ("1/2", "z̄ = 1/2"), ("-1.4142135623731...", "z̄ ≈ -1.414")]
)
def test_a_kink_has_its_place(at: str, shown: str) -> None:
    statement, reason = says(view("kink on an instance", {"at": at, "order": 0}, claim="V1 fails"))
    assert statement.endswith(f"at the kink W = z̄ of σ, {shown}.")
    assert "..." not in statement and "y_1 = σ(z̄) - 1" in statement
    assert "ℓ'_1 σ'(W)" in reason


# -- steps in their variants -----------------------------------------------------------------------


def test_refutations_name_their_lambda_and_s() -> None:
    steep = {"rule": "steep", "payload": {"power": 1, "end": 1, "start": "4", "factor": "2"}}
    formulas = {"squared": "lambda^2/beta^2", "logistic": "4*lambda^2/beta^2"}
    free = view("mirrored units", {})
    for given, said in [
        ({}, "for every λ > 0 and every s ≥ s_c = λ²/β²:"),
        ({"lambda": "1/2"}, "for λ = 1/2 and every s ≥ s_c = λ²/β²:"),
        ({"lambda": "1/2", "noise": "7"}, "for λ = 1/2 and s = 7:"),
        ({"loss": "logistic"}, "for every λ > 0 and every s ≥ s_c = 4λ²/β²:"),
    ]:
        problem = free.content["problem"] | given
        step = free.step | {"defines": {"s_c": {"formula": formulas[problem["loss"]]}}}
        v = View({"problem": problem}, step, (steep,))
        assert f"(V4) fails {said}" in plain(words_of(v).statement)


def test_the_smaller_weight_one_is_no_factor() -> None:
    outer = {"first_positive": "1", "first_negative": "-2"}
    assert "(√(Y_2) + λ/(M_2 Λ_S))²" in says(view("cancelling units", {}, outer=outer))[1]
    outer = {"first_positive": "1/2", "first_negative": "-2"}
    assert "λ/((1/2) M_2 Λ_S)" in says(view("cancelling units", {}, outer=outer))[1]


def test_a_long_vector_is_where_the_text_says() -> None:
    outer = {"first_positive": "1", "first_negative": None}
    p = {"at": "0", "order": 0, "sign": 1, "w": ["0"] * 9, "u": ["1"] * 9, "v": None}
    statement = says(view("kink of the loss", p, outer=outer, claim="V1 fails"))[0]
    assert "u_0 (written out in the certificate under w)" in statement
    assert "u (written out in the certificate under u)" in statement


@pytest.mark.parametrize("rule", sorted(BY_RULE))
def test_meanings_by_rule(rule: str) -> None:
    assert rule in RULES
    for name in BY_RULE[rule]:
        assert meaning(name, rule) != SYMBOLS[name].meaning
    assert meaning("G", rule) == SYMBOLS["G"].meaning


def test_cited_theorems_have_their_hypotheses() -> None:
    """The law of the start, the steps and the horizon of which the source speaks."""
    c = content("sgd_discrete_time__tanh__squared__symbolic")
    exposition = expose(c)
    said = plain(exposition.statement.body)
    assert exposition.statement.implicit
    assert "every s ∈ (0, 1/gLip]" in said and "from a law ν_0 with ν_0/μ_s - 1 ∈ L²(μ_s)" in said
    assert "for every t_max > 0 there are c_s and c'_s" in said
    continuous = expose(content("sgd_continuous_time__tanh__squared__symbolic"))
    assert "from a law ν_0 with ν_0/μ_s - 1 ∈ L²(μ_s)" in plain(continuous.statement.body)


def test_one_sign_is_said_in_mathematics() -> None:
    c = content("one_signed_weights__z_2__squared__symbolic")
    exposition = expose(c)
    assert plain(exposition.statement.body).startswith(
        "If all a_j ≥ 0 or all a_j ≤ 0, then L is a Villani function for every λ > 0 and "
        "every s > 0. "
        "More precisely, for such a,"
    )
    said = {k.definition.name: plain(k.meaning) for k in exposition.constants}
    assert "κ_- U²" in said["C"] and "AU + B" in said["A"]


# -- whole certificates ----------------------------------------------------------------------------


def test_every_claim_of_the_kernel_has_its_clause() -> None:
    assert set(CLAIMS) == set(NAMED)


@pytest.mark.parametrize("path", CERTIFICATES, ids=lambda p: p.stem)
def test_the_verdict_is_what_is_stated(path: Path) -> None:
    c = read_record(path)
    statement = expose(c).statement
    said = plain(statement.body)
    if c["verdict"] == "UNKNOWN":
        assert statement.kind == "remark" and "not decided" in said
    elif c["verdict"] == "REFUTED":
        assert statement.kind == "proposition"
        first = said.split("(V", 1)[0]
        assert "not" in first and ("λ" in first)
        given = c["problem"]["lambda"]
        chosen = None if given is None else f"λ = {numbers.plain(Fraction(given))}"
        assert (chosen or "every λ") in first
    else:
        assert statement.kind == ("proposition" if c["claim"] == "escaping" else "theorem")
        assert "not a Villani function" not in said or c["claim"] == "villani-iff"


def test_villani_iff_has_both_halves() -> None:
    said = plain(expose(content("villani_iff_positive__tanh__squared__symbolic")).statement.body)
    assert "L is a Villani function for every λ > 0 and every s > 0." in said
    assert "For every λ ≤ 0 and every s > 0, L is not a Villani function. (V2) fails" in said


def test_refuted_dissipativity_is_its_own_negation() -> None:
    c = content("refuted_without_regulariser__sigmoid__squared__data__lambda_0")
    said = plain(expose({**c, "claim": "dissipativity"}).statement.body)
    assert said.startswith("For λ = 0, it is not true that there are m > 0 and b with ⟨∇L(W), W⟩")


def test_nothing_is_defined_twice_in_a_proof() -> None:
    for path in CERTIFICATES:
        c = read_record(path)
        seen: dict[str, Any] = {}
        for step in c["steps"]:
            if step["id"] in needed(c):
                for name, d in step["defines"].items():
                    found = (d["formula"], d["lo"], d["hi"])
                    assert seen.setdefault(name, found) == found, (path.stem, name)


def test_labels_in_mathematics() -> None:
    c = content("refuted_by_cancelling_units__z_2__logistic__data")
    spec = c["problem"]
    for made, said in [
        ({"map": {"0": "-1", "1": "1"}}, "y_i is -1 where the target is 0, and +1 where it is 1."),
        ({"above": "2/5"}, "y_i is +1 where the target is above 2/5, and -1 elsewhere."),
    ]:
        data = {**spec["data"], "labels": made}
        text = plain(hypotheses({**c, "problem": {**spec, "data": data}}))
        assert said in text and "labels:" not in text


def test_one_drawn_weight() -> None:
    text = plain(outer_weights({"source": "width 1, seed 3", "p": 1}))
    assert "a_j = 2⁻²³ int_j" in text and "seed 3" in text


def test_what_is_open_has_no_broken_numbers() -> None:
    said = plain(
        open_part(
            "V4: euler route: z*sigma' - 1*sigma ~ c*z with c = 0.999999... whenever it returns"
        )
    )
    assert said == "(V4): Euler route: z σ' - σ ~ c z with c close to 1 whenever it returns."


def test_tables_cannot_be_changed() -> None:
    assert isinstance(BY_RULE, MappingProxyType) and isinstance(CLAIMS, MappingProxyType)
