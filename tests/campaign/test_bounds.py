"""The attack on random bounds: it finds what is wrong, and finds nothing wrong in what is
certified.
"""

import dataclasses
import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

from proofkit.campaign import bounds
from proofkit.campaign.bounds import (
    Attack,
    campaign,
    random_tree,
    shrink,
    stretched_tree,
    try_expression,
)
from proofkit.errors import InternalError
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.parser import parse
from proofkit.search.facts import derive_facts
from proofkit.search.jets import Evaluator


@pytest.mark.parametrize(
    "text",
    [
        "tanh(z)^3",
        "z/(1 + exp(-1.702*z))",
        "atan(z) + z/2",
        "asinh(z)*erf(z)",
        "erfc(z)*cos(3*z)",
        "sqrt(1 + z^2)",
        "log(cosh(z))",
        "sinh(sin(z))/(2 + cos(z))",
        "(1 + z^2)^(-2/3)",
    ],
)
@pytest.mark.parametrize("z", ["-3.25", "-0.5", "0.375", "2.75"])
def test_series_agree_with_numerical_differentiation(text: str, z: str) -> None:
    root = parse(text)
    context = mp.clone()
    context.dps = 60
    wide = Evaluator(root, 300)

    def f(x):
        return wide.derivatives(x, 0)[0]

    found = Evaluator(root, 40).derivatives(z, 3)
    for k, value in enumerate(found):
        assert abs(value - context.diff(f, context.mpf(z), k)) < 1e-12 * (1 + abs(value))


@given(st.integers(0, 10**9), st.integers(1, 7))
@settings(max_examples=60, deadline=None)
def test_random_trees_are_expressions_of_the_grammar(seed: int, size: int) -> None:
    tree = random_tree(random.Random(seed), size)
    assert not tree.is_constant
    assert terms.to_text(parse(terms.to_text(tree))) == terms.to_text(tree)


def test_no_violation_in_a_small_campaign() -> None:
    tally = campaign(25, 2026, 2.0, 1)
    assert [t.text for t in tally.violations] == []
    counts = tally.as_dict()
    assert counts["expressions"] == 25
    assert counts["exact"] + counts["enclosed"] >= 5


@pytest.mark.parametrize("name", ["M1", "M2", "M3", "sup", "inf", "H"])
def test_a_bound_that_is_too_small_is_found(name: str) -> None:
    root = parse("z*exp(-z^2)")
    facts = derive_facts(root)
    attack = Attack(root)
    assert attack.violation(facts) == ""

    def lowered(b):
        return dataclasses.replace(b, upper=b.upper * (1 - Fraction(1, 10**9)), lower=Fraction(0))

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
    assert "above the certified" in attack.violation(bad)


def test_a_false_unbounded_claim_is_found() -> None:
    root = parse("tanh(z)")
    facts = derive_facts(root)
    bad = dataclasses.replace(facts, sup=dataclasses.replace(facts.sup, upper=None, how="typed in"))
    assert "claimed to be unbounded" in Attack(root).violation(bad)


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
    root = parse(text)
    assert Attack(root).violation(derive_facts(root)) == ""


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
