"""The routes of the typed kernel beside those of the kernel of version 1, on random problems.

It goes with the older kernel.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proofkit.kernel import facts as older_facts
from proofkit.kernel.onedim import ROOM
from proofkit.problem.problem import Problem
from proofkit.sentences.printer import payload_of, sentence_of
from proofkit.tactics import routes, typed_routes, workbench
from proofkit.tactics.typed_bench import Stuck, Workbench
from proofkit.typed import facts
from tests.typed import v1
from tests.typed.nets import LIBRARY, ONE_COLUMN, TWO_COLUMNS, problem, rows

OLDER = workbench.Library()
ACTIVATIONS = ("tanh", "softplus", "silu", "z - sin(z)/2", "z + 2*sin(z)", "z^2", "sigmoid", "z^3")
TACTICS = (
    "bounded",
    "euler",
    "line",
    "one_signed",
    "if_one_signed",
    "lipschitz",
    "dissipative",
    "excess",
    "rate",
    "langevin",
)
POSITIVE_NUMBERS = st.fractions(Fraction(1, 20), 200, max_denominator=40)
WEIGHTS = st.fractions(-2, 2, max_denominator=8).filter(bool)
PROBLEMS = st.builds(
    problem,
    st.sampled_from(ACTIVATIONS),
    st.sampled_from(["squared", "logistic"]),
    st.one_of(st.none(), POSITIVE_NUMBERS),
    st.one_of(st.none(), POSITIVE_NUMBERS),
    st.one_of(st.none(), st.lists(WEIGHTS, min_size=1, max_size=3).map(tuple)),
    st.sampled_from([ONE_COLUMN, TWO_COLUMNS]),
)


def table_of(about: Problem) -> Any:
    """The rows of a problem."""
    if about.data is None:
        return None
    return rows(about.loss_name, ONE_COLUMN if about.data.d == 1 else TWO_COLUMNS)


def by_rule(fact: Any) -> dict[str, Any]:
    """The facts below a fact, by rule and quantity."""
    return {f"{f.rule} {[c.name for c in f.constants]}": f for f in fact.ancestors()}


def attempt(tactic: Callable[[Any], Any], bench: Any, stuck: type[Exception]) -> Any:
    """What a tactic proves, or None."""
    try:
        return tactic(bench)
    except stuck:
        return None


def recorded(constants: Any) -> dict[str, dict[str, str | None]]:
    """Constants of the older kernel as certificates record them."""
    return {
        c.name: {
            "formula": c.formula,
            "lo": None if c.lo is None else str(c.lo),
            "hi": None if c.hi is None else str(c.hi),
            "exact": c.exact,
            "at": c.at,
        }
        for c in constants
    }


def compare(before: older_facts.Fact, after: facts.Fact, about: Workbench) -> None:
    """Assert that a fact says what it said before, with the same constants."""
    here = after.constants
    if after.rule == "gap in one dimension":
        # There was room for the enclosures of a second program.
        sharper = next(c for c in here if c.name == "xi")
        was = next(c for c in before.constants if c.name == "xi")
        assert sharper.hi is not None
        assert was.hi is not None
        assert abs(was.hi - ROOM - sharper.hi) < Fraction(1, 10**9)
        here = tuple(c for c in here if c.name != "xi")
        there = recorded(c for c in before.constants if c.name != "xi")
    else:
        there = recorded(before.constants)
    assert v1.differences(there, here) == []
    if after.rule == "derivation":
        return  # the formulas are compared inside the kernel now
    assert sentence_of(after, about.objective) == before.statement
    assert payload_of(after, about.objective) == before.payload_json()


@pytest.mark.parametrize("name", TACTICS)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(about=PROBLEMS)
def test_each_tactic_proves_what_it_proved(name: str, about: Problem) -> None:
    table = table_of(about)
    bench = Workbench(about, LIBRARY, table)
    before = attempt(
        getattr(routes, name), workbench.Workbench(about, OLDER, table), workbench.Stuck
    )
    after = attempt(getattr(typed_routes, name), bench, Stuck)
    assert (before is None) == (after is None)
    if before is None or after is None:
        return
    old, new = by_rule(before), by_rule(after)
    assert set(old) == set(new)
    for rule, fact in new.items():
        compare(old[rule], fact, bench)


def test_the_gap_of_one_weight_has_lost_the_room_for_a_second_program() -> None:
    about = problem("tanh", "squared", 1, 1, (Fraction(3, 2),), ONE_COLUMN)
    table = table_of(about)
    bench = Workbench(about, LIBRARY, table)
    before = routes._gap_in_one_dimension(workbench.Workbench(about, OLDER, table))
    after = typed_routes._gap_in_one_dimension(bench)
    assert before is not None
    assert after is not None
    compare(before, after, bench)
