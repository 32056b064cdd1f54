"""The second opinion by mpmath: intervals contain the truth, and only they raise an alarm."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit.campaign.cases import random_tree
from proofkit.errors import InternalError
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.quantity import Quantity
from proofkit.search.facts import derive_facts
from proofkit.search.jets import Evaluator, Intervals
from proofkit.search.second_opinion import exceeds, recheck


@given(
    st.integers(0, 10**6), st.integers(1, 6), st.fractions(-40, 40, max_denominator=64), st.integers(0, 3)
)  # fmt: skip
@settings(deadline=None)
def test_intervals_contain_what_many_digits_give(
    seed: int, size: int, z: Fraction, order: int
) -> None:
    root = random_tree(random.Random(seed), size)
    try:
        truth = Evaluator(root, 500).derivatives(z, order)[order]
        narrow = Intervals(root, 40)
        low, high = narrow.ends(narrow.derivatives(z, order)[order])
    except (ArithmeticError, ValueError):
        return
    c = truth.context
    room = abs(truth) * c.mpf(10) ** -250 + c.mpf(10) ** -250
    assert c.mpf(low) - room <= truth <= c.mpf(high) + room


@pytest.mark.parametrize(
    "text", ["exp(1000)*z", "1 - tanh(1000*z)", "exp(20*z)", "log((1+exp(2*z))/(1+exp(2*(z-1))))/2"]
)
def test_cancellation_is_no_disagreement(text: str) -> None:
    facts = derive_facts(parse(text), budget=10, exact=False)
    for bound in facts.known:
        for part in bound.parts:
            recheck(part.quantity, None, None, part.supremum)


def test_a_false_bound_on_a_small_scale_is_found() -> None:
    part = next(p for p in derive_facts(parse("tanh(1e30*z)")).M[1].parts if p.quantity.sign > 0)
    found = part.supremum
    recheck(part.quantity, None, None, found)
    false = replace(found, upper=found.upper * Fraction(999, 1000), lower=Fraction(0))
    with pytest.raises(InternalError, match="above the bound"):
        recheck(part.quantity, None, None, false)


def test_only_a_certain_excess_counts() -> None:
    # (1 + t) - 1 - t is 0, which plain numbers make 10^-41 or so.
    q = Quantity(parse("(1 + z/3) - 1 - z/3"))
    assert exceeds(q, Fraction(1, 7), Fraction(0)) == ""
    assert exceeds(q, Fraction(1, 7), Fraction(-1, 10**30)) != ""
