"""Forged certificates, and true ones about another problem than the reader's: none is accepted."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from forging import (
    LIBRARY,
    ROWS,
    Json,
    bound,
    certificate,
    constants,
    document,
    forged,
    reason,
    replaced,
    step,
    symbolic,
)

from proofkit.certificates import certify
from proofkit.check.outcome import ELSEWHERE, INVALID, OPEN, VALID, check
from proofkit.check.reader import Reader, load_problem
from proofkit.kernel.refusal import KernelError
from proofkit.problem.data import summarise, summarise_outer
from proofkit.reading.table import load_table, with_labels
from proofkit.tactics.prove import prove


@pytest.fixture(scope="module")
def csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("forgeries") / "rows.csv"
    path.write_text(ROWS)
    return path


def reader(csv: Path, text: str) -> Reader:
    """The reader's problem, from a TOML file beside the rows."""
    spec = csv.parent / "problem.toml"
    spec.write_text(text)
    return load_problem(spec, None)


# -- the document ----------------------------------------------------------------------------------


def test_a_changed_content_needs_another_digest() -> None:
    lie = certificate("tanh") | {"statement": "L is convex"}
    assert check(lie).status == INVALID
    assert "digest" in reason(lie)


@pytest.mark.parametrize("key", sorted({*certificate("tanh")} - {"digest"}))
def test_no_field_may_be_missing(key: str) -> None:
    assert check(forged(certificate("tanh"), lambda c: c.pop(key))).status == INVALID


@pytest.mark.parametrize(
    "place", [(), ("problem",), ("steps", 0), ("steps", 0, "claim"), ("conditions", 0)]
)
def test_no_field_may_be_added(place: tuple[str | int, ...]) -> None:
    def add(content: Json) -> None:
        at: Any = content
        for key in place:
            at = at[key]
        at["hypothesis"] = "sigma is convex"

    assert "too many" in reason(forged(certificate("tanh"), add))


def test_what_is_left_out_cannot_be_said() -> None:
    lie = forged(certificate("tanh"), lambda c: step(c, "smooth").update(proposal=None))
    assert "has its default" in reason(lie)


# -- steps -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("position", range(len(certificate("softplus")["steps"])))
def test_no_step_can_be_dropped_or_made_twice(position: int) -> None:
    good = certificate("softplus")
    assert check(forged(good, lambda c: c["steps"].pop(position))).status == INVALID
    twice = forged(good, lambda c: c["steps"].append(copy.deepcopy(c["steps"][position])))
    assert "twice" in reason(twice)


WITH_PREMISES = [
    (text, claim, position, premise)
    for text, claim in (("tanh", "rate-langevin"), ("softplus", "rate-continuous"))
    for position, made in enumerate(certificate(text, claim)["steps"])
    for premise in range(len(made["premises"]))
]


@pytest.mark.parametrize(("text", "claim", "position", "premise"), WITH_PREMISES)
def test_no_premise_can_be_dropped(text: str, claim: str, position: int, premise: int) -> None:
    def drop(content: Json) -> None:
        content["steps"][position]["premises"].pop(premise)

    assert check(forged(certificate(text, claim), drop)).status == INVALID


@pytest.mark.parametrize("rule", ["Villani", "V4 bounded", "bounded gradient", "bounded Laplacian"])
def test_premises_cannot_be_swapped(rule: str) -> None:
    good = certificate("tanh")
    swapped = forged(good, lambda c: step(c, rule)["premises"].reverse())
    assert check(swapped).status == INVALID


def test_premises_are_steps_before() -> None:
    good = certificate("tanh")
    names = [s["id"] for s in good["steps"]]
    for wrong in ([], ["s999"], names[:4], [names[0]] * 4, names[::-1][:4]):
        lie = forged(good, lambda c, wrong=wrong: step(c, "Villani").update(premises=wrong))
        assert check(lie).status == INVALID


@pytest.mark.parametrize(
    ("rule", "other"),
    [
        ("Villani", "V1"),
        ("Villani", "Villani if one-signed"),
        ("V4 bounded", "V4 Lipschitz"),
        ("bounded residual", "logistic residual"),
        ("smooth", "words"),
        ("V2", "bounded risk"),
    ],
)
def test_a_step_is_made_by_its_rule(rule: str, other: str) -> None:
    lie = forged(certificate("tanh"), lambda c: step(c, rule).update(rule=other))
    assert check(lie).status == INVALID


def close(text: str) -> str:
    """The rational number nearby that differs by a unit of the last recorded place."""
    return str(Fraction(text) + Fraction(1, 10**18))


def recorded_constants(content: Json) -> list[tuple[int, int, str]]:
    """Where the steps hold a number: (step, constant, end)."""
    return [
        (i, k, end)
        for i, made in enumerate(content["steps"])
        for k, constant in enumerate(made.get("constants", ()))
        for end in ("lo", "hi")
        if constant.get(end) is not None
    ]


NUMERIC = ("tanh", "rate-langevin", "squared", "1", "1")


@pytest.mark.parametrize(("position", "constant", "end"), recorded_constants(certificate(*NUMERIC)))
def test_no_constant_can_be_changed(position: int, constant: int, end: str) -> None:
    def nudge(content: Json) -> None:
        found = content["steps"][position]["constants"][constant]
        found[end] = close(found[end])

    lie = forged(certificate(*NUMERIC), nudge)
    assert check(lie).status == INVALID


def test_no_formula_can_be_changed() -> None:
    good = certificate("softplus", "rate-continuous")
    for i, made in enumerate(good["steps"]):
        for k, constant in enumerate(made.get("constants", ())):
            if constant.get("formula") is None:
                continue
            formula = f"{constant['formula']}/2" if constant["formula"] == "p*d" else "p*d"

            def change(content: Json, i: int = i, k: int = k, formula: str = formula) -> None:
                content["steps"][i]["constants"][k]["formula"] = formula

            lie = forged(good, change)
            assert check(lie).status == INVALID


def test_constants_cannot_be_added_renamed_or_left_out() -> None:
    good = certificate("tanh")
    for change in (
        lambda c: step(c, "bounded gradient")["constants"].append({"name": "kappa"}),
        lambda c: step(c, "bounded gradient")["constants"][0].update(name="K"),
        lambda c: step(c, "bounded gradient").pop("constants"),
        lambda c: step(c, "parameters")["constants"].reverse(),
    ):
        assert check(forged(good, change)).status == INVALID


def parts(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The places of all texts, numbers and empty values of a claim or a proposal."""
    if isinstance(value, dict):
        return [place for key in value for place in parts(value[key], (*at, key))]
    if isinstance(value, list) and value:
        return [place for k, item in enumerate(value) for place in parts(item, (*at, k))]
    return [at]


def other(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if value is None:
        return "1/7"
    try:
        return close(value)
    except (TypeError, ValueError):
        return "a_1" if value != "a_1" else "a_2"


CLAIMS_OF = [
    (text, claim, position)
    for text, claim in (
        ("tanh", "rate-langevin"),
        ("softplus", "rate-continuous"),
        ("z^2", "villani"),
        ("Max(z, 0)", "villani"),
        ("z + 2*sin(z)", "escaping"),
        ("z^2", "villani-one-signed"),
        ("tanh", "villani-iff"),
        ("tanh", "sgd-discrete"),
    )
    for position in range(len(certificate(text, claim)["steps"]))
]


@pytest.mark.parametrize(("text", "claim", "position"), CLAIMS_OF)
def test_nothing_in_a_claim_can_be_changed(text: str, claim: str, position: int) -> None:
    good = certificate(text, claim)
    for place in parts(good["steps"][position]["claim"]):

        def change(content: Json, place: tuple[str | int, ...] = place) -> None:
            at = content["steps"][position]["claim"]
            for key in place[:-1]:
                at = at[key]
            at[place[-1]] = other(at[place[-1]])

        lie = forged(good, change)
        assert check(lie).status == INVALID, place


def test_a_scope_cannot_be_wider() -> None:
    good = certificate("softplus", "lipschitz-threshold")
    free = {"is": "AnyLambda"}
    for rule in ("V4 Lipschitz", "Villani"):
        for scope in (free, {"is": "LambdaAbove", "threshold": "0"}):
            lie = forged(
                good, lambda c, r=rule, s=scope: step(c, r)["claim"]["scope"].update(lam=s)
            )
            assert check(lie).status == INVALID
    every = replaced(
        good,
        ('{"is": "LambdaAbove", "threshold": "G1"}', '{"is": "LambdaAbove", "threshold": "0"}'),
    )
    assert check(every).status == INVALID


def test_nothing_is_open_where_the_claim_is_decided() -> None:
    said = forged(certificate("tanh"), lambda c: c.update(open="L is convex"))
    assert "something is called open" in reason(said)


def test_the_threshold_is_that_of_the_route_of_the_conclusion() -> None:
    said = forged(certificate("tanh"), lambda c: c.update(threshold="lipschitz"))
    assert "the route that the conclusion rests on" in reason(said)


def test_more_evidence_cannot_be_claimed() -> None:
    for claim, rule in (
        ("villani", "derivation"),
        ("sgd-continuous", "continuous-time convergence"),
    ):
        good = certificate("tanh", claim)
        for level in ("kernel-checked", "Coq-checked", "cited", "proved"):
            if step(good, rule)["evidence"] != level:
                lie = forged(good, lambda c, r=rule, v=level: step(c, r).update(evidence=v))
                assert check(lie).status == INVALID


# -- covers and witnesses --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "false"),
    [
        ("tanh", "M1", "99/100"),
        ("softplus", "H", "69/100"),
        ("tanh", "M2", "76/100"),
        ("silu", "M1", "109/100"),
    ],
)
def test_a_supremum_that_is_too_small(text: str, name: str, false: str) -> None:
    false = str(Fraction(false))
    below = str(Fraction(false) - Fraction(1, 100))

    def change(content: Json) -> None:
        made = step(content, "supremum", name)
        for side in made["proposal"]["sides"]:
            if Fraction(side["upper"]) > Fraction(false):
                side |= {"upper": false, "lower": below}
        for part in (made["claim"], *constants(content, name)):
            part |= {"lo": below, "hi": false}
        for part in (made["claim"], made["proposal"], *constants(content, name)):
            part.pop("exact", None)

    assert check(forged(certificate(text), change)).status == INVALID


@pytest.mark.parametrize(
    "witness",
    [
        {"kind": "quarter", "point": "0", "end": 1},
        {"kind": "quarter", "point": "2", "end": -1},
        {"kind": "phase", "point": "1", "end": 1},
        {"kind": "limit", "point": None, "end": 1},
        {"kind": "point", "point": "1", "end": 0},
        {"kind": "quarter", "point": "x", "end": 1},
        {"kind": "quarter", "point": "1", "end": 2},
        {"kind": "some", "point": "1", "end": 1},
        {"kind": "phase", "point": "1570796326794896619231/1000000000000000000000", "end": 1},
    ],
)
def test_phases_that_do_not_reach_the_supremum(witness: Json) -> None:
    """sup |sin(z)/2 + tanh(z)| = 3/2 is approached along the phase pi/2 alone; what is only near it
    is not taken for it.
    """

    def change(content: Json) -> None:
        step(content, "supremum", "S0")["proposal"]["sides"][0]["witness"] = witness

    good = certificate("sin(z)/2 + tanh(z)")
    assert check(good).status == VALID
    lie = forged(good, change)
    assert lie == good or check(lie).status == INVALID


def test_many_half_lines_with_waves_are_not_verified() -> None:
    """Each may take 64 arcs of phases apart, which costs seconds for a long expression."""

    def change(content: Json) -> None:
        for k in range(100):
            more = copy.deepcopy(step(content, "supremum", "S0")) | {"id": f"more{k}"}
            for side in more["proposal"]["sides"]:
                side["bits"] += k
            content["steps"].append(more)

    outcome = check(forged(certificate("sin(z)/2 + tanh(z)"), change))
    assert outcome.status == OPEN
    assert "too long" in outcome.lines[-1].reason


def test_huge_covers_are_refused_quickly() -> None:
    def change(content: Json) -> None:
        side = step(content, "supremum")["proposal"]["sides"][0]
        side["breaks"] = [str(i) for i in range(-100_000, 100_001)]
        side["rules"] = ["ball"] * 200_000

    outcome = check(forged(certificate("tanh"), change))
    assert outcome.status == OPEN
    assert "too long" in outcome.lines[-1].reason


@pytest.mark.parametrize("at", [{"point": "0"}, {"point": "-1/3"}, {"end": 1}, {"point": "log(2)"}])
def test_a_supremum_said_to_be_elsewhere(at: Json) -> None:
    def change(content: Json) -> None:
        made = step(content, "supremum", "M2")
        for part in (made["claim"], made["proposal"], *constants(content, "M2")):
            part["at"] = at

    assert check(forged(certificate("tanh"), change)).status == INVALID


@pytest.mark.parametrize("level", ["-1", "-1/2"])
def test_the_level_of_v4_is_not_negative(level: str) -> None:
    def change(content: Json) -> None:
        for made in content["steps"]:
            if made["rule"].startswith("V4 "):
                made["proposal"]["level"] = level
        for constant in constants(content, "M"):
            constant |= {"lo": level, "hi": level, "exact": level}

    assert check(forged(certificate("tanh"), change)).status == INVALID


@pytest.mark.parametrize(
    "number",
    ["1e1000000000", "1/0", "9" * 100_000, "0x10", "inf", "nan", "1" + "0" * 6001, "", " 1", "1_0"],
)
def test_hostile_numbers(number: str) -> None:
    def change(content: Json) -> None:
        step(content, "supremum")["proposal"]["sides"][0]["upper"] = number

    assert check(forged(certificate("tanh"), change)).status == INVALID


# -- the problem -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "expression",
    [
        "z^1000000000",
        "9^9^9^9",
        "1e999999999*z",
        "(" * 5000 + "z" + ")" * 5000,
        "z" * 30_000,
        "exp(" * 3000,
        "__import__('os')",
        "z.__class__",
        "lambda: 0",
        "lambda*z",
        "[z for z in z]",
        "z if z else z",
        "f'{z}'",
        "1j*z",
        "\u0437",
        "1",
        "tanh( z)",
        "",
    ],
)
def test_hostile_expressions(expression: str) -> None:
    lie = forged(
        certificate("tanh"), lambda c: c["problem"]["activation"].update(expression=expression)
    )
    assert check(lie).status == INVALID


@pytest.mark.parametrize(
    ("text", "claim", "expression"),
    [
        ("tanh", "villani", "z^3"),
        ("softplus", "villani", "z^3"),
        ("identity", "villani", "z^3"),
        ("softplus", "villani", "Max(z, 0)"),
        ("softplus", "villani", "z + sin(z)"),
        ("tanh", "sgd-discrete", "log(1 + exp(z))"),
        ("z^2", "villani", "3*z^2/2"),
    ],
)
def test_a_proof_is_one_of_its_own_activation(text: str, claim: str, expression: str) -> None:
    good = certificate(text, claim)
    lie = forged(good, lambda c: c["problem"]["activation"].update(expression=expression))
    outcome = check(lie)
    assert (text, outcome.status) in [(text, INVALID), ("z^2", VALID)]


def test_a_proof_is_one_of_its_own_loss_and_parameters() -> None:
    for change in ({"loss": "log(1 + exp(-m))"}, {"lambda": "0"}, {"lambda": "1"}, {"noise": "1"}):
        lie = forged(certificate("softplus"), lambda c, change=change: c["problem"].update(change))
        assert check(lie).status == INVALID
    for wrong in ("0", "-1"):
        lie = forged(certificate("softplus"), lambda c, s=wrong: c["problem"].update(noise=s))
        assert "not positive" in reason(lie)


def test_the_threshold_is_not_passed_at_zero() -> None:
    at_zero = replaced(
        certificate("softplus"),
        ('{"is": "LambdaAbove", "threshold": "0"}', '{"is": "LambdaIs", "value": "0"}'),
        ("for every lambda > 0", "for lambda = 0"),
        ('"lambda": null', '"lambda": "0"'),
        ('{"name": "lambda"}', '{"name": "lambda", "lo": "0", "hi": "0", "exact": "0"}'),
    )
    assert check(at_zero).status == INVALID


def test_an_eigenvalue_of_a_million_contradicts_the_trace(csv: Path) -> None:
    def inflate(content: Json) -> None:
        content["problem"]["data"]["Lambda_S"] = ["1000000", "1000000"]
        for constant in constants(content, "Lambda_S"):
            constant |= {"lo": "1000000", "hi": "1000000"}

    outcome = check(forged(document(bound(csv, "tanh")), inflate))
    assert outcome.status == INVALID
    assert "trace" in outcome.lines[-1].reason


@pytest.mark.parametrize(
    "key", ["n", "d", "B_x_squared", "X2", "B_y", "y_min", "y_max", "Y1", "Y2"]
)
@pytest.mark.parametrize("factor", ["2", "1/2", "1000001/1000000", "-1", "1000000"])
def test_inflated_constants_are_refused(csv: Path, key: str, factor: str) -> None:
    good = document(bound(csv, "tanh"))

    def inflate(content: Json) -> None:
        data = content["problem"]["data"]
        new = Fraction(data[key]) * Fraction(factor)
        data[key] = int(new) or 1 if isinstance(data[key], int) else str(new)
        for constant in constants(content, {"B_x_squared": "B_x"}.get(key, key)):
            if "formula" not in constant:
                constant |= dict.fromkeys(("lo", "hi", "exact"), str(new))

    lie = forged(good, inflate)
    if lie != good:
        assert check(lie, load_problem(csv, "y")).status in (INVALID, ELSEWHERE)


@pytest.mark.parametrize(
    ("place", "key", "value"),
    [
        ("data", "B_x_squared", "B_y"),
        ("data", "B_x_squared", "1*0"),
        ("data", "B_y", "-1"),
        ("data", "features", None),
        ("data", "features", "ab"),
        ("data", "features", ["a"]),
        ("data", "features", ["a", 2]),
        ("data", "rows_sha256", None),
        ("data", "labels", {"map": {"0": "-1", "1": "1"}}),
        ("data", "labels", {"values": ["1", "0"]}),
        ("data", "labels", {"above": "7"}),
        ("outer", "a_2_squared", "a_1^2"),
        ("outer", "a_inf", "-1/2"),
        ("outer", "sha256", "x" * 50),
        ("outer", "first_positive", None),
        ("outer", "source", "width 6, seed 3"),
        ("outer", "source", "width 99999999, seed 3"),
        ("outer", "source", "width 6, seed 3 "),
        ("outer", "source", "Width 6,  seed 3"),
        ("outer", "source", "width \uff16, seed\u00a03\u200b"),
    ],
)
def test_what_is_said_of_the_data_is_of_its_kind(
    csv: Path, place: str, key: str, value: object
) -> None:
    good = document(bound(csv, "tanh"))
    lie = forged(good, lambda c: c["problem"][place].update({key: value}))
    assert check(lie).status == INVALID


def test_the_logistic_loss_has_labels_whatever_the_steps_need(csv: Path) -> None:
    """No step of this refutation uses the bounds of the loss; with other labels its s would be too
    small.
    """
    good = document(bound(csv, "z^2"))
    assert good["verdict"] == "REFUTED"
    assert step(good, "cancelling units")["claim"]["witness"]["is"] == "CancellingUnits"
    small = {"B_y": "1/1000", "y_min": "-1/1000", "y_max": "1/1000", "Y1": "1/1000"}

    def relabel(content: Json) -> None:
        content["problem"]["loss"] = "log(1 + exp(-m))"
        content["problem"]["data"] |= small | {"Y2": "1/1000000"}

    lie = forged(good, relabel)
    assert "labels are not all" in reason(lie)


def test_the_claim_for_weights_of_one_sign_is_for_arbitrary_data(csv: Path) -> None:
    """A kink of L for the reader's weights, of both signs, refutes nothing about weights of one
    sign.
    """
    given = bound(csv, "relu", lam=Fraction(1))
    good = document(given, table=load_table(csv, "y"))
    own = reader(csv, 'data = "rows.csv"\ntarget = "y"\nwidth = 5\nseed = 3')
    assert (good["verdict"], check(good, own).status) == ("REFUTED", VALID)
    lie = forged(good, lambda c: c.update(claim="villani-one-signed"))
    outcome = check(lie, own)
    assert outcome.status == INVALID
    assert "arbitrary data" in outcome.lines[-1].reason


def test_given_outer_weights_of_one_sign(csv: Path) -> None:
    halves = summarise_outer([Fraction(1, 2)] * 3, "a.txt", "0" * 64)
    good = document(replace(bound(csv, "z^2"), outer=halves))
    assert (good["verdict"], check(good).status) == ("PROVED", VALID)
    both = forged(
        good,
        lambda c: c["problem"]["outer"].update(a_plus="1", a_minus="1/2", first_negative="-1/2"),
    )
    assert check(both).status == INVALID
    for wrong in (
        {"a_minus": "1/2"},
        {"a_plus": "2"},
        {"first_positive": "-1/2"},
        {"first_positive": None},
        {"first_positive": "3"},
        {"first_negative": "-1/2"},
    ):
        lie = forged(good, lambda c, wrong=wrong: c["problem"]["outer"].update(wrong))
        assert "contradict each other" in reason(lie)


def test_mapped_labels_never_pass_for_the_squared_loss(csv: Path) -> None:
    spread = csv.parent / "spread.csv"
    spread.write_text("a,b,y\n1,2,1\n3,4.5,7\n0.5,-1,9\n")
    mapped = summarise(with_labels(load_table(spread, "y"), Fraction(7)))
    lie = document(replace(bound(csv, "tanh"), data=replace(mapped, labels=None)))
    for above in (None, "7"):
        own = load_problem(spread, "y", label_above=above)
        assert check(lie, own).status in (INVALID, ELSEWHERE)
    labelled = forged(lie, lambda c: c["problem"]["data"].update(labels={"above": "7"}))
    assert check(labelled, load_problem(spread, "y", label_above="7")).status == INVALID


def test_a_certificate_is_made_from_rows(csv: Path) -> None:
    typed_in = bound(csv, "tanh", {"Y1": Fraction(1)} and {"y_abs_mean": Fraction(99, 100)})
    with pytest.raises(KernelError):
        certify(prove(typed_in, "villani", LIBRARY))
    assert certify(prove(bound(csv, "tanh"), "villani", LIBRARY)).verdict == "PROVED"


def test_s_has_to_be_large_enough() -> None:
    """Mirrored units refute for s from a critical value on, here 1."""
    good = certificate("z^2", lam="2", noise="1")
    assert (good["verdict"], check(good).status) == ("REFUTED", VALID)

    def smaller(content: Json) -> None:
        content["problem"]["noise"] = "99/100"
        step(content, "mirrored units")["claim"]["scope"]["noise"]["value"] = "99/100"
        for constant in constants(content, "s"):
            constant |= dict.fromkeys(("lo", "hi", "exact"), "99/100")

    lie = forged(good, smaller)
    assert check(lie).status == INVALID
    assert check(lie).lines[-1].name == step(good, "mirrored units")["id"]


# -- verdict, statement, conditions, routes --------------------------------------------------------


Change = Callable[[Json], object]
SUMMARIES: list[tuple[str, Change]] = [
    ("the verdict", lambda c: c.update(verdict="REFUTED")),
    ("the verdict", lambda c: c.update(verdict="proved")),
    ("the verdict", lambda c: c.update(verdict=None)),
    ("no goals", lambda c: c.update(goals=[])),
    ("another goal", lambda c: c.update(goals=["s1"])),
    ("a goal that is no step", lambda c: c["goals"].append("s99")),
    ("a goal twice", lambda c: c.update(goals=c["goals"] * 2)),
    ("the statement", lambda c: c.update(statement="L is convex")),
    ("every lambda", lambda c: c.update(statement=c["statement"].replace("> 0", ">= 0"))),
    ("a condition without step", lambda c: c["conditions"][0].pop("step")),
    ("a condition of another step", lambda c: c["conditions"][0].update(step="s1")),
    ("a condition that is open", lambda c: c["conditions"][3].update(open="really")),
    ("an open condition with a step", lambda c: c["conditions"][3].update(verdict="UNKNOWN")),
    ("a condition refuted", lambda c: c["conditions"][1].update(verdict="REFUTED")),
    ("another condition", lambda c: c["conditions"][1].update(name="V1")),
    ("no conditions", lambda c: c.update(conditions=[])),
    ("a route of another step", lambda c: c["routes"][0].update(step=c["routes"][1]["step"])),
    ("a route without step", lambda c: c["routes"][0].pop("step")),
    ("a route of another name", lambda c: c["routes"][0].update(name="line")),
    ("a route refuted", lambda c: c["routes"][0].update(verdict="REFUTED")),
    ("an open route with a step", lambda c: c["routes"][0].update(verdict="UNKNOWN")),
    ("a route twice", lambda c: c["routes"].append(c["routes"][0])),
    ("another threshold", lambda c: c.update(threshold="line")),
    ("another claim", lambda c: c.update(claim="villani-iff")),
    ("another claim", lambda c: c.update(claim="villani-one-signed")),
    ("another claim", lambda c: c.update(claim="sgd-discrete")),
    ("another claim", lambda c: c.update(claim="lipschitz-threshold")),
    ("no claim", lambda c: c.update(claim="anything")),
]


@pytest.mark.parametrize(("what", "change"), SUMMARIES)
def test_what_is_said_on_top_has_its_steps(what: str, change: Change) -> None:
    lie = forged(certificate("tanh"), change)
    assert check(lie).status == INVALID, what


def test_a_failure_for_lambda_below_zero_does_not_refute_the_claim_for_lambda_above(
    csv: Path,
) -> None:
    good = certificate("tanh", "villani-iff")
    fails = step(good, "bounded risk")
    statement = good["statement"].partition("it is not: ")[2]

    def refuted(content: Json) -> None:
        content |= {"claim": "villani", "verdict": "REFUTED", "goals": [fails["id"]]}
        content |= {"statement": statement}

    lie = forged(good, refuted)
    for own in (None, reader(csv, "lambda = 1"), reader(csv, "lambda = -1")):
        assert check(lie, own).status == INVALID


def test_a_failure_below_a_threshold_does_not_refute_the_claim_for_every_lambda(csv: Path) -> None:
    good = certificate("z + 2*sin(z)", "escaping")
    for claim in ("villani", "lipschitz-threshold", "sgd-continuous"):
        lie = forged(good, lambda c, claim=claim: c.update(claim=claim, verdict="REFUTED"))
        assert check(lie).status == INVALID
    assert check(good, reader(csv, "lambda = 0.999")).status == VALID
    assert check(good, reader(csv, "lambda = 1")).status == ELSEWHERE
    assert check(good, reader(csv, "lambda = 3")).status == ELSEWHERE
    assert check(good, reader(csv, "lambda = -1")).status == ELSEWHERE


def test_weights_of_one_sign_are_a_hypothesis() -> None:
    good = certificate("z^2", "villani-one-signed")
    assert (good["verdict"], check(good).status) == ("PROVED", VALID)
    # For every a, of one sign or not, it is false.
    assert check(forged(good, lambda c: c.update(claim="villani"))).status == INVALID
    for changes in (
        [(', "one_sign": true', "")],
        [("for every a of one sign, ", "")],
        [(', "one_sign": true', ""), ("for every a of one sign, ", "")],
        [("Villani if one-signed", "Villani"), ("V4 if one-signed", "V4 one-signed")],
        [("weights of one sign", "one-signed weights")],
    ):
        assert check(replaced(good, *changes)).status == INVALID, changes


@pytest.mark.parametrize("verdict", ["PROVED", "REFUTED", "proved", None, 1])
def test_a_verdict_needs_its_fact(verdict: object) -> None:
    for content in (certificate("softplus", "rate-langevin"), certificate("tanh")):
        if content["verdict"] != verdict:
            lie = forged(content, lambda c: c.update(verdict=verdict))
            assert check(lie).status == INVALID


# -- other parameters of a quantity ----------------------------------------------------------------


def with_parameter(content: Json, name: str, parameter: str, value: str) -> Json:
    """The quantity of another parameter under its old covers, wherever the two are recorded."""

    def change(c: Json) -> None:
        made = step(c, "supremum", name)
        for part in (made["claim"], made["proposal"]):
            part["parameter"] = value
        for constant in constants(c, parameter):
            constant |= dict.fromkeys(("lo", "hi", "exact"), value)

    return forged(content, change)


@pytest.mark.parametrize("text", ["z + sin(z)", "z + 2*sin(z)"])
@pytest.mark.parametrize("slope", ["1/2", "-1", "0", "2"])
def test_another_line_is_not_followed(text: str, slope: str) -> None:
    good = certificate(text)
    assert (good["verdict"], check(good).status) == ("PROVED", VALID)
    assert check(with_parameter(good, "S_alpha", "alpha", slope)).status == INVALID


def test_a_fall_cannot_be_smaller_or_left_out() -> None:
    good = certificate("z + 2*sin(z)")
    half = str(Fraction(next(constants(good, "fall"))["hi"]) / 2)

    def smaller(content: Json) -> None:
        made = step(content, "supremum", "fall")
        for side in made["proposal"]["sides"]:
            side |= {"upper": half, "lower": half}
        for part in (made["claim"], *constants(content, "fall")):
            part |= {"lo": half, "hi": half}
            part.pop("exact", None)

    assert check(forged(good, smaller)).status == INVALID
    rising = forged(good, lambda c: step(c, "line").update(rule="monotone line"))
    assert check(rising).status == INVALID
    free = replaced(good, ("lambda > lambda_alpha", "lambda > 0"), ('"lambda_alpha"', '"0"'))
    assert check(free).status == INVALID


@pytest.mark.parametrize(
    ("name", "parameter", "value"),
    [
        *(("H_lo", "kappa_lo", value) for value in ("0", "-1", "5/2", "3")),
        *(("H_hi", "kappa_hi", value) for value in ("1/2", "19/10")),
    ],
)
@pytest.mark.parametrize(("text", "loss"), [("z^2 + z", "squared"), ("z^2", "logistic")])
def test_other_exponents_are_not_followed(
    text: str, loss: str, name: str, parameter: str, value: str
) -> None:
    """z sigma' >= 5/2 sigma fails far out; an exponent 0 leaves nothing to win."""
    good = certificate(text, "villani-one-signed", loss)
    assert (good["verdict"], check(good).status) == ("PROVED", VALID)
    assert check(with_parameter(good, name, parameter, value)).status == INVALID


@pytest.mark.parametrize("name", ["H_lo", "H_hi", "S_lo"])
def test_a_bound_of_the_other_sign_is_another(name: str) -> None:
    def turn(content: Json) -> None:
        for side in step(content, "supremum", name)["proposal"]["sides"]:
            side["sign"] *= -1

    assert check(forged(certificate("z^2 + z", "villani-one-signed"), turn)).status == INVALID


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sign", -1),
        ("end", -1),
        ("end", 2),
        ("power", 2),
        ("power", True),
        ("factor", "0"),
        ("factor", "201/100"),
        ("start", "1"),
    ],
)
def test_a_slope_that_grows_otherwise_is_not_followed(key: str, value: object) -> None:
    def change(content: Json) -> None:
        made = step(content, "steep")
        for part in (made["proposal"], made["claim"]):
            part[key] = value
        if key == "factor":
            for constant in constants(content, "beta"):
                constant |= dict.fromkeys(("formula", "lo", "hi", "exact"), value)

    good = certificate("z^2", lam="2", noise="1")
    assert check(forged(good, change)).status == INVALID


def test_a_gap_in_one_dimension_cannot_be_larger(tmp_path: Path) -> None:
    data = tmp_path / "d.csv"
    data.write_text("x,y\n0.7,0.3\n-0.4,-0.5\n1.5,1\n")
    table = load_table(data, "y")
    outer = summarise_outer([Fraction(1, 2)], "one", "")
    given = symbolic("softplus", lam=Fraction(1, 4), noise=Fraction(1, 10))
    given = replace(given, data=summarise(table), outer=outer)
    good = document(given, "rate-continuous", table)
    own = load_problem(data, "y")
    assert (good["verdict"], check(good, own).status) == ("PROVED", VALID)
    assert check(good).status == OPEN
    assert "needs the data" in reason(good)
    assert step(good, "gap in one dimension")["claim"]["method"] == "one dimension"

    def smaller(content: Json) -> None:
        for constant in constants(content, "xi"):
            constant |= {end: str(Fraction(constant[end]) - Fraction(1, 8)) for end in ("lo", "hi")}

    assert check(forged(good, smaller), own).status == INVALID


def test_a_radius_off_by_a_billionth(csv: Path) -> None:
    good = document(bound(csv, "tanh", lam=Fraction(1, 10), noise=Fraction(1, 100)))
    assert check(good).status == VALID
    assert all(constant["lo"] for constant in constants(good, "r_0"))
    for times in (1 - Fraction(1, 10**9), 1 + Fraction(1, 10**9)):

        def change(content: Json, times: Fraction = times) -> None:
            for constant in constants(content, "r_0"):
                constant |= {end: str(Fraction(constant[end]) * times) for end in ("lo", "hi")}

        assert check(forged(good, change)).status == INVALID
