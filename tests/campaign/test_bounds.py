"""The attack on random bounds: it finds what is wrong, and finds nothing wrong in what is
certified.
"""

import dataclasses
import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit.campaign import bounds
from proofkit.campaign.bounds import (
    campaign,
    claims_of,
    disagreement,
    reached_of,
    scaled,
    shrink,
    try_case,
    try_expression,
)
from proofkit.campaign.cases import (
    CANCELLING,
    HOLES_THAT_CANCEL,
    IDENTITIES,
    KINDS,
    ON_THE_RIGHT,
    Case,
    Twin,
    case_of,
    random_case,
    random_tree,
    stretched_tree,
)
from proofkit.campaign.judge import Judge
from proofkit.campaign.reader import read
from proofkit.campaign.series import Floats, derivatives
from proofkit.errors import InternalError
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.parser import parse
from proofkit.search.facts import derive_facts


def value(text: str, z: Fraction) -> object:
    numbers = Floats(80)
    return derivatives(read(text), numbers, numbers.number(z), 0)[0]


# -- the cases -------------------------------------------------------------------------------------


def test_every_kind_is_drawn_and_the_seed_decides() -> None:
    cases = [random_case(random.Random(f"7:{i}")) for i in range(150)]
    assert cases == [random_case(random.Random(f"7:{i}")) for i in range(150)]
    assert {case.kind for case in cases} == set(KINDS)
    assert sum(share for share, _ in KINDS.values()) == 100


@pytest.mark.parametrize("kind", KINDS)
def test_the_judge_reads_what_the_parser_reads(kind: str) -> None:
    for i in range(40):
        case = case_of(kind, random.Random(i))
        assert case.kind == kind
        for text in (case.text, *([case.twin.text] if case.twin else [])):
            assert read(text) and not parse(text).is_constant


@pytest.mark.parametrize(
    ("one", "two"), [*IDENTITIES, *CANCELLING, *HOLES_THAT_CANCEL, *ON_THE_RIGHT]
)
def test_both_spellings_are_one_function(one: str, two: str) -> None:
    for z in (Fraction(13, 7), Fraction(2, 9), Fraction(-17, 11), Fraction(31, 10)):
        if z < 0 and (one, two) in ON_THE_RIGHT:
            continue
        first, second = (value(text.format(u="z"), z) for text in (one, two))
        assert abs(first - second) < 1e-60


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("ordinary", "stretched")])
def test_twins_of_random_cases_are_one_function(kind: str) -> None:
    cases = [case_of(kind, random.Random(i)) for i in range(60)]
    tried = 0
    for case in cases:
        if case.twin is None:
            continue
        judge, other = Judge(case.text, case.left, case.right), Judge(case.twin.text)
        for z in map(Fraction, ("13/7", "2/9", "-17/11", "31/10", "1/1000", "-60")):
            if not judge.holds(z):
                continue
            ours, twin = judge.at(z, 0), other.at(z * case.twin.inner, 0)
            if ours is None or twin is None:
                continue
            outer = judge.floats.number(case.twin.outer)
            size = abs(ours[0]) + abs(outer) * (1 + abs(twin[0]))
            if size < 10**15:
                tried += 1
                assert abs(ours[0] - outer * twin[0]) <= 1e-15 * size, case
    assert (tried > 20) == (kind != "ends")


def test_cases_are_shown_as_the_command_line_takes_them() -> None:
    half = Fraction(1, 2)
    assert Case("ends", "1/z", Fraction(0), half, (Fraction(0),)).shown == "1/z --interval (0,1/2]"
    assert Case("ends", "1/z", half).shown == "1/z --interval [1/2,oo)"
    assert Case("ends", "tanh(z)").shown == "tanh(z)"


# -- random trees ----------------------------------------------------------------------------------


@given(st.integers(0, 10**9), st.integers(1, 7))
@settings(max_examples=60, deadline=None)
def test_random_trees_are_expressions_of_the_grammar(seed: int, size: int) -> None:
    tree = random_tree(random.Random(seed), size)
    assert not tree.is_constant
    assert terms.to_text(parse(terms.to_text(tree))) == terms.to_text(tree)


def test_no_violation_in_a_small_campaign() -> None:
    tally = campaign(16, 2026, 1.0, 1)
    assert [t.text for t in tally.violations] == []
    counts = tally.as_dict()
    assert counts["expressions"] == 16
    assert sum(kind["expressions"] for kind in counts["kinds"].values()) == 16
    assert counts["exact"] + counts["enclosed"] >= 3


# Of each kind an expression whose facts are all found.
KNOWN = {
    "ordinary": Case("ordinary", "z*exp(-z^2)"),
    "stretched": Case("stretched", "1e100*exp(-z^2)"),
    "scales": Case(
        "scales", "10^6*tanh(10^9*z)", twin=Twin("tanh(z)", *map(Fraction, (10**6, 10**9)))
    ),
    "ends": Case("ends", "exp(-1/z)", Fraction(0), None, (Fraction(0),)),
    "kinks": Case("kinks", "Max(z, 0) - Max(-z, 0)", twin=Twin("z")),
    "identities": Case("identities", "(1 + tanh(z/2))/2", twin=Twin("sigmoid(z)")),
    "removable": Case("removable", "(z^2 - 1)/(z - 1)", Fraction(0), Fraction(2)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_case_of_each_kind_is_certified_and_stands(kind: str) -> None:
    trial = try_case(KNOWN[kind], 10.0)
    assert trial.outcome in ("exact", "enclosed"), trial
    assert trial.kind == kind and trial.suspected == ""


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_enclosure_of_each_kind_is_a_violation(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = bounds._facts

    def wrong(case, text, budget):
        facts = true(case, text, budget)
        M1 = facts.M1
        low = M1.upper * (1 - Fraction(1, 10**9))
        return dataclasses.replace(
            facts,
            M=(dataclasses.replace(M1, lower=Fraction(0), upper=low, exact=None), *facts.M[1:]),
        )

    monkeypatch.setattr(bounds, "_facts", wrong)
    trial = try_case(KNOWN[kind], 10.0)
    assert trial.outcome == "violation" and "above the certified" in trial.note


@pytest.mark.parametrize("name", ["M1", "M2", "M3", "sup", "inf", "H"])
def test_a_bound_that_is_too_small_is_found(name: str) -> None:
    text = "z*exp(-z^2)"
    facts = derive_facts(parse(text))
    judge = Judge(text)
    assert judge.findings(claims_of(facts), reached_of(facts, text)) == []

    def lowered(b):
        return dataclasses.replace(
            b, upper=b.upper * (1 - Fraction(1, 10**9)), lower=Fraction(0), exact=None
        )

    if name == "H":
        bad = dataclasses.replace(
            facts, euler=dataclasses.replace(facts.euler, H=lowered(facts.euler.H))
        )
    elif name in ("sup", "inf"):
        bad = dataclasses.replace(facts, **{name: lowered(getattr(facts, name))})
    else:
        k = int(name[1])
        bad = dataclasses.replace(
            facts, M=tuple(lowered(b) if i == k - 1 else b for i, b in enumerate(facts.M))
        )
    found = judge.findings(claims_of(bad))
    assert [f.certain for f in found] == [True] and "above the certified" in found[0].what


def test_a_false_unbounded_claim_is_found() -> None:
    facts = derive_facts(parse("tanh(z)"))
    bad = dataclasses.replace(facts, sup=dataclasses.replace(facts.sup, upper=None, how="typed in"))
    found = Judge("tanh(z)").findings(claims_of(bad))
    assert [f.certain for f in found] == [True] and "claimed to be unbounded" in found[0].what


def test_enclosures_of_two_spellings_must_meet() -> None:
    one = claims_of(derive_facts(parse("10*tanh(3*z)")))
    two = claims_of(derive_facts(parse("tanh(z)")))
    assert disagreement(one, [scaled(c, Twin("", Fraction(10), Fraction(3))) for c in two]) == ""
    down = claims_of(derive_facts(parse("-10*tanh(3*z)")))
    assert disagreement(down, [scaled(c, Twin("", Fraction(-10), Fraction(3))) for c in two]) == ""
    for factors in ((10, 2), (9, 3)):
        twin = Twin("", *map(Fraction, factors))
        assert "of its other spelling" in disagreement(one, [scaled(c, twin) for c in two])
    line = claims_of(derive_facts(parse("z")))
    assert "of its other spelling" in disagreement(two, line)


def test_a_real_function_that_is_refused_is_a_violation(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case("identities", "log(exp(z) - 1 + 1)", twin=Twin("tanh(z)"))
    assert try_case(case, 5.0).outcome != "not-real"
    refused = Case("identities", "log(z)", twin=Twin("tanh(z)"))
    trial = try_case(refused, 5.0)
    assert trial.outcome == "violation" and "but it equals tanh(z)" in trial.note


def test_shrinking_keeps_the_failure_and_drops_the_rest() -> None:
    root = parse("exp(-z^2) + 3*sin(2*z) + tanh(z)")
    small = shrink(root, lambda r: any(n.op == "sin" for n in terms.walk(r)))
    assert terms.to_text(small) == "sin(z)"


def test_an_undefined_expression_is_not_counted() -> None:
    assert try_expression(parse("log(z)"), 2.0).outcome == "not-real"


@pytest.mark.parametrize(
    "text",
    [
        "sin(z*Abs(2))",
        "cos(z*Min(1, 1))",
        "cos(z/Min(2, 1/4) - 7/8)",
        "z*erfc(12)",
        "tanh(z)*Max(pi, 3)",
    ],
)
def test_constant_kinks_and_tiny_factors_are_no_trouble(text: str) -> None:
    assert try_expression(parse(text), 5.0).outcome in ("exact", "enclosed")


@pytest.mark.parametrize(
    "text",
    [
        "z - exp(1 + sinh(2)^2)^3",
        "erfc(Max(z + z, 5))^2",
        "erfc(log(1 + exp(z))*cosh(z))",
        "erfc(145)*z^2 - z",
    ],
)
def test_the_attack_knows_its_own_limits(text: str) -> None:
    """Huge constants, suprema at kinks, and cancellation far out: each once raised a false alarm."""
    trial = try_expression(parse(text), 5.0)
    assert trial.outcome != "violation", trial.note


@pytest.mark.parametrize("text", ["z^2/(24/7)", "z*z^4", "atan(7)*z^2"])
def test_rounding_in_the_attack_is_not_a_violation(text: str) -> None:
    facts = derive_facts(parse(text))
    assert Judge(text).findings(claims_of(facts), reached_of(facts, text)) == []


@given(st.integers(0, 10**9), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_stretched_trees_are_expressions_of_the_grammar(seed: int, size: int) -> None:
    tree = stretched_tree(random.Random(seed), size)
    assert not tree.is_constant
    assert terms.to_text(parse(terms.to_text(tree))) == terms.to_text(tree)


@pytest.mark.parametrize(
    "text",
    [
        "exp(-z^8)",
        "exp(-exp(3*z))",
        "exp(20*z)",
        "exp(1000)*z",
        "log((1 + exp(2*z))/(1 + exp(2*(z - 1))))/2",
        "tanh(1e30*z)^64",
        "cosh(-3000000000000 + z)",
        "exp((-3/1000000)*(1e100*z))^64",
        "z*exp(1000000000000*log(2))",
        "exp(exp(exp(1e30*z)))",
        "1 - tanh(1000*z)",
        "erf((-1/1000000000000000000000000000000)*z)",
        "atan(2e-390*z - 12/5)",
    ],
)
def test_no_crash_and_no_false_alarm_on_any_scale(text: str) -> None:
    trial = try_expression(parse(text), 2.0)
    assert trial.outcome != "violation", trial.note


def test_a_crash_and_a_false_alarm_are_violations(monkeypatch: pytest.MonkeyPatch) -> None:
    for error in (OverflowError("too large"), InternalError("two numbers")):

        def fail(*given, error=error):
            raise error

        monkeypatch.setattr(bounds, "cross_check", fail)
        assert try_expression(parse("tanh(z)"), 2.0).outcome == "violation"
