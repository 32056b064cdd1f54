"""Mutated certificates: nothing false is accepted, and the opinion knows false from true."""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from proofkit.activation.catalogue import Activation
from proofkit.campaign import certificates as campaigns
from proofkit.campaign.certificates import campaign
from proofkit.campaign.judge import Judge
from proofkit.campaign.mutants import MUTATIONS, OF_THE_DATA, mutate
from proofkit.campaign.nets import contradicted, random_nets
from proofkit.campaign.opinion import Opinion, encloses, environment
from proofkit.campaign.places import Json
from proofkit.campaign.remade import remade
from proofkit.campaign.strangers import Stranger, about
from proofkit.campaign.values import CONTEXT, NoValueError, value_of
from proofkit.campaign.words import FALSE, TRUE, UNCHANGED, UNDECIDED
from proofkit.certificates import document_of
from proofkit.check.outcome import ELSEWHERE, INVALID, VALID, Outcome, check
from proofkit.kernel.certificate import digest_of, document_of_json, to_json
from proofkit.kernel.refusal import KernelError
from proofkit.problem.data import outer_from_seed, summarise
from proofkit.problem.problem import Problem
from proofkit.reading.table import load_table
from proofkit.report import bundled_file
from proofkit.tactics.prove import prove
from proofkit.tactics.workbench import Library

LIBRARY = Library()
ROWS = "a,b,y\n1,2,1\n3,4.5,-1\n0.5,-1,1\n"


@cache
def _text(activation: str, claim: str, loss: str, lam: str | None) -> str:
    given = None if lam is None else Fraction(lam)
    problem = Problem(Activation.of(activation), loss, lam=given)
    return to_json(document_of(prove(problem, claim, LIBRARY)))


def certificate(
    activation: str, claim: str = "villani", loss: str = "squared", lam: str | None = None
) -> Json:
    """A certificate about all data."""
    return json.loads(_text(activation, claim, loss, lam))


@pytest.fixture(scope="module")
def bound(tmp_path_factory: pytest.TempPathFactory) -> Json:
    """A certificate about three rows."""
    file = tmp_path_factory.mktemp("rows") / "rows.csv"
    file.write_text(ROWS)
    data = summarise(load_table(file, "y"))
    problem = Problem(Activation.of("tanh"), "squared", data=data, outer=outer_from_seed(5, 3))
    return json.loads(to_json(document_of(prove(problem, "villani", LIBRARY))))


def changed(content: Json, *path: object, value: object) -> Json:
    """A copy with another value at a place."""
    out = copy.deepcopy(content)
    at: Any = out
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return out


def where(content: Json, name: str) -> tuple[str | int, ...]:
    """The place of a constant."""
    return next(
        ("steps", i, "constants", k)
        for i, step in enumerate(content["steps"])
        for k, one in enumerate(step.get("constants", ()))
        if one["name"] == name
    )


def constant(content: Json, name: str) -> Json:
    """A constant of a certificate."""
    _, i, _, k = where(content, name)
    return content["steps"][i]["constants"][k]


# -- the campaign ----------------------------------------------------------------------------------


def test_a_small_campaign_accepts_nothing_false(tmp_path: Path) -> None:
    made = {
        "tanh": certificate("tanh"),
        "iff": certificate("tanh", "villani-iff"),
        "softplus": certificate("softplus", "rate-continuous"),
        "relu": certificate("relu"),
        "logistic": certificate("silu", loss="logistic"),
        "below": certificate("sigmoid", lam="-1"),
    }
    for name, content in made.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    table = campaign(sorted(tmp_path.glob("*.json")), 300, 11, 1).as_dict()
    assert table["violations"] == []
    assert table["table"]["all"]["mutants"] == 300
    assert table["table"]["all"]["rejected_share"] > 0.7


def _credulous(content: Json, reader: object = None) -> Outcome:
    """A checker that believes every certificate that it can read."""
    try:
        document_of_json(content)
    except KernelError:
        return Outcome(INVALID, "", "", (), ())
    return Outcome(VALID, content["verdict"], content["statement"], (), ())


def test_a_checker_that_verifies_nothing_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tanh.json").write_text(json.dumps(certificate("tanh", "dissipativity")))
    monkeypatch.setattr(campaigns, "check", _credulous)
    tally = campaign([tmp_path / "tanh.json"], 300, 3, 1)
    false = Counter({kind: counts[FALSE] for kind, counts in tally.counts.items()})
    assert false.total() > 60
    assert all(false[kind] > 0 for kind in ("scope", "condition", "problem", "range", "verdict"))


def test_the_same_seed_gives_the_same_mutants() -> None:
    content, other = certificate("tanh"), certificate("softplus")
    first, second = (
        [mutate(random.Random(k), content, other) for k in range(40)] for _ in range(2)
    )
    assert first == second


def test_no_forged_scaling_is_the_readers() -> None:
    for standardise in (True, False):
        table = replace(bundled_file(), standardise=standardise).table()
        problem = Problem(
            Activation.of("tanh"), "squared", data=summarise(table), outer=outer_from_seed(3, 1)
        )
        content = json.loads(to_json(document_of(prove(problem, "villani", LIBRARY))))
        reader = campaigns.reader_of(content)
        assert reader is not None, "the certificate is valid for the reader of the bundled data"
        found = 0
        for seed in range(40):
            mutant = copy.deepcopy(content)
            if not MUTATIONS["scaling"](random.Random(seed), mutant):
                assert mutant == content
                continue
            found += 1
            mutant["digest"] = digest_of(mutant)
            assert check(mutant, reader).status in (INVALID, ELSEWHERE)
        assert found > 30


@pytest.mark.parametrize("kind", sorted(set(MUTATIONS) - OF_THE_DATA))
def test_a_mutation_says_whether_it_changed_anything(kind: str) -> None:
    content = certificate("softplus", "rate-continuous")
    before, found = json.dumps(content), 0
    for seed in range(20):
        mutant = copy.deepcopy(content)
        if MUTATIONS[kind](random.Random(seed), mutant):
            found += 1
        else:
            assert json.dumps(mutant) == before
    assert found > 0


# -- what the kernel writes anew -------------------------------------------------------------------


def test_a_certificate_of_another_lambda_is_remade() -> None:
    content = certificate("tanh")
    content["problem"]["lambda"] = "1/2"
    assert remade(content)
    content["digest"] = digest_of(content)
    assert check(content).status == VALID
    assert "for lambda = 1/2" in content["statement"]


def test_what_the_kernel_refuses_is_not_remade() -> None:
    content = certificate("tanh")
    content["problem"]["lambda"] = "-1"
    remade(content)
    content["digest"] = digest_of(content)
    assert check(content).status == INVALID


# -- the opinion -----------------------------------------------------------------------------------


def test_the_opinion_knows_false_from_true() -> None:
    content = certificate("silu")
    judge = Opinion(content).judge
    assert judge(content) == UNCHANGED
    for name in ("M1", "H"):
        place, given = where(content, name), constant(content, name)
        assert judge(changed(content, *place, "hi", value=str(2 * Fraction(given["hi"])))) == TRUE
        low = str(Fraction(given["lo"]) - Fraction(1, 10**16))
        below = changed(content, *place, "lo", value=low)
        assert judge(changed(below, *place, "hi", value=low)) == FALSE
    claim = next(i for i, s in enumerate(content["steps"]) if s["claim"]["is"] == "Enclosed")
    assert judge(changed(content, "steps", claim, "claim", "hi", value="0")) == FALSE


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("verdict",), "REFUTED"),
        (("claim",), "rate-langevin"),
        (("claim",), "villani-iff"),
        (("statement",), "L is convex"),
        (("goals",), []),
        (("threshold",), "line"),
        (("steps", 0, "evidence"), "Coq-checked"),
        (("conditions", 0, "step"), "s4"),
        (("problem", "noise"), "-1"),
        (("problem", "lambda"), "-1"),
    ],
)
def test_what_is_said_on_top_of_the_steps_is_judged(
    path: tuple[str | int, ...], value: object
) -> None:
    content = certificate("tanh")
    mutant = changed(content, *path, value=value)
    if path == ("problem", "lambda"):
        for step in mutant["steps"]:
            if "scope" in step["claim"]:
                step["claim"]["scope"]["lam"] = {"is": "LambdaIs", "value": "-1"}
    assert Opinion(content).judge(mutant) == FALSE


def test_quotations_and_what_says_less_are_no_lies() -> None:
    content = certificate("tanh")
    judge = Opinion(content).judge
    assert judge(changed(content, "notes", value=["hello"])) == UNCHANGED
    assert judge(changed(content, "problem", "activation", "name", value="x")) == UNCHANGED
    assert judge(changed(content, "verdict", value="UNKNOWN")) == TRUE
    assert judge(changed(content, "threshold", value=None)) == UNCHANGED


def _scoped(content: Json, lam: Json) -> Json:
    out = copy.deepcopy(content)
    for step in out["steps"]:
        if "scope" in step["claim"]:
            step["claim"]["scope"]["lam"] = lam
    return out


def test_what_is_said_of_every_lambda_may_not_be_said_of_more() -> None:
    content = certificate("tanh")
    judge = Opinion(content).judge
    assert judge(_scoped(content, {"is": "AnyLambda"})) == FALSE
    assert judge(_scoped(content, {"is": "LambdaAbove", "threshold": "-1"})) == FALSE
    one = certificate("tanh", lam="1")
    assert Opinion(one).judge(_scoped(one, {"is": "LambdaIs", "value": "2"})) == FALSE
    assert Opinion(one).judge(_scoped(one, {"is": "LambdaAbove", "threshold": "0"})) == FALSE


def test_another_activation_is_judged_by_its_own_numbers() -> None:
    content = certificate("tanh")
    other = changed(content, "problem", "activation", "expression", value="tanh(2*z)")
    assert Opinion(content).judge(other) == FALSE  # sup |sigma'| is 2
    steep = certificate("tanh(2*z)")
    assert Opinion(content).judge(steep) == UNDECIDED  # nothing here contradicts it


def test_constants_of_data_that_no_data_have_are_false(bound: Json) -> None:
    judge = Opinion(bound).judge
    assert judge(bound) == UNCHANGED
    assert judge(changed(bound, "problem", "data", "Y1", value="100")) == FALSE
    assert judge(changed(bound, "problem", "outer", "a_inf", value="100")) == FALSE
    assert judge(changed(bound, "problem", "data", "target", value="z")) == UNCHANGED
    rows = [[Fraction(1), Fraction(2)], [Fraction(3), Fraction(9, 2)]]
    assert judge(changed(bound, "problem", "data", "target", value="z"), rows) == FALSE


def test_the_eigenvalue_is_found_by_other_means() -> None:
    rows = [[Fraction(1), Fraction(0)], [Fraction(0), Fraction(2)]]
    assert encloses(["2", "2"], rows) and encloses(["1", "3"], rows)
    assert not encloses(["21/10", "3"], rows) and not encloses(["1", "19/10"], rows)


# -- formulas --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("lambda*r^2 - 1", 17),
        ("Max(1, lambda/3)", 1),
        ("sqrt(r)^(-1)", "1/sqrt(3)"),
        ("-r/6", -0.5),
    ],
)
def test_formulas_have_the_values_of_their_texts(text: str, value: object) -> None:
    names = {"lambda": CONTEXT.mpf(2), "r": CONTEXT.mpf(3)}
    wanted = 1 / CONTEXT.sqrt(3) if value == "1/sqrt(3)" else value
    assert abs(value_of(text, names) - wanted) < CONTEXT.mpf(10) ** -40


@pytest.mark.parametrize("text", ["q", "1/0", "sqrt(0 - 1)", "r.x", "open(1)", "1 +", "'a'", "1e9"])
def test_what_is_no_formula_has_no_value(text: str) -> None:
    with pytest.raises(NoValueError):
        value_of(text, {"r": CONTEXT.mpf(3)})


def test_every_change_is_of_a_copy() -> None:
    content = certificate("tanh")
    before = json.dumps(content)
    assert any(mutate(random.Random(k), content, content) for k in range(30))
    assert json.dumps(content) == before


# -- random nets -----------------------------------------------------------------------------------

INEQUALITIES = [
    ("tanh", "squared", "RiskGradient", "constant"),
    ("tanh", "logistic", "RiskLaplacian", "constant"),
    ("softplus", "squared", "Radial", "C"),
    ("sigmoid", "squared", "Residual", "bound"),
    ("sigmoid", "squared", "V4", "bound"),
]


@pytest.mark.parametrize(("activation", "loss", "kind", "key"), INEQUALITIES)
def test_random_nets_contradict_what_is_false_alone(
    activation: str, loss: str, kind: str, key: str
) -> None:
    content = certificate(activation, loss=loss)
    judge = Opinion(content).judge
    place = next(i for i, s in enumerate(content["steps"]) if s["claim"]["is"] == kind)
    given = content["steps"][place]["claim"][key]
    # A bound from above that is smaller, or one from below that is larger, is refuted by some net.
    wrong = f"({given})*1000 + 1000000" if kind == "V4" else f"({given})/1000"
    spec, constants = content["problem"], environment(content, content["steps"][place])
    nets = list(random_nets(Judge(spec["activation"]["expression"]), spec, one_sign=False))
    claim = content["steps"][place]["claim"]
    assert not any(contradicted(claim, net, constants) for net in nets)
    assert any(contradicted({**claim, key: wrong}, net, constants) for net in nets)
    assert judge(changed(content, "steps", place, "claim", key, value=wrong)) == FALSE


# -- other readers ---------------------------------------------------------------------------------

NOBODY = Stranger(None, None, None, None)


@pytest.mark.parametrize(
    ("reader", "word"),
    [
        (NOBODY, TRUE),
        (replace(NOBODY, lam="1", noise="1/10", loss="u^2/2", activation="tanh(z)"), TRUE),
        (replace(NOBODY, lam="0"), FALSE),
        (replace(NOBODY, loss="0.5*u^2"), TRUE),
        (replace(NOBODY, loss="log(1 + exp(-m))"), FALSE),
        (replace(NOBODY, loss="m^2/2"), FALSE),
        (replace(NOBODY, activation="tanh(2*z)"), FALSE),
    ],
)
def test_a_certificate_is_about_some_readers_problems(reader: Stranger, word: str) -> None:
    assert about(certificate("tanh"), reader) == word


def test_a_threshold_without_a_value_decides_nothing() -> None:
    content = certificate("softplus", "lipschitz-threshold")
    assert about(content, replace(NOBODY, lam="1")) == UNDECIDED


def test_bounds_of_the_loss_may_be_larger_and_no_smaller() -> None:
    content = certificate("silu", loss="logistic")
    judge = Opinion(content).judge
    place = where(content, "l2")
    assert judge(changed(content, *place, "hi", value="1/3")) == TRUE
    assert judge(changed(content, *place, "hi", value="1/5")) == FALSE
    assert judge(changed(content, *place, "lo", value="1/5")) == TRUE  # it says less
    assert judge(changed(content, *place, "lo", value="3/10")) == FALSE
