"""The nearest numbers with which a plan can be run."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofkit import plan_text
from proofkit.activation.catalogue import resolve
from proofkit.errors import InputError
from proofkit.nearest import DECADES, above, below, first_practical, nearest_plans, practical
from proofkit.plan import Size, make_plan
from proofkit.problem.data import outer_from_seed, summarise
from proofkit.problem.problem import Problem
from proofkit.reading.table import load_table
from proofkit.tactics.workbench import Library

Run = Callable[..., tuple[int, str, str]]
DATA = "a,b,y\n1,2,1\n3,4.5,-1\n0.5,-1,1\n"


@given(st.fractions(Fraction(1, 10**9), 10**9))
def test_what_is_tried_grows_from_the_given_number(x: Fraction) -> None:
    values = above(x)
    assert list(values) == sorted(set(values)) and x < values[0] <= Fraction(5, 2) * x
    assert x * Fraction(10) ** DECADES / Fraction(5, 2) <= values[-1] <= x * Fraction(10) ** DECADES
    assert all(str(v.numerator if v >= 1 else v.denominator)[0] in "125" for v in values)


def fake(count: int | None) -> Any:
    """A plan of so many iterations (their logarithm); None where none is certified."""
    return SimpleNamespace(
        langevin=None if count is None else SimpleNamespace(count=Size(Fraction(count)))
    )


@given(st.integers(0, 30), st.integers(1, 30))
def test_bisection_names_neighbours(limit: int, many: int) -> None:
    values = [Fraction(k) for k in range(many)]
    tried: list[Fraction] = []

    def make(value: Fraction) -> Any:
        tried.append(value)
        return fake(12 if value >= limit else 13)

    found = first_practical("lambda", values, make)
    assert found is not None
    if limit >= many:
        assert found.value is None and found.last == many - 1 and len(tried) == 1
        return
    assert found.value == limit and found.missed == (limit - 1 if limit else None)
    assert found.value in tried and (found.missed is None or found.missed in tried)


def test_no_plan_is_not_a_practical_one() -> None:
    assert first_practical("width", below(3), lambda _: None).value is None  # type: ignore[union-attr]
    assert first_practical("width", below(3), lambda _: fake(None)).value is None  # type: ignore[union-attr]
    assert first_practical("width", below(1), lambda _: None) is None
    assert not practical(fake(None)) and practical(fake(12)) and not practical(fake(13))


@pytest.fixture
def hard(tmp_path: Path) -> tuple[Problem, Any]:
    path = tmp_path / "d.csv"
    path.write_text(DATA)
    table = load_table(path, "y")
    outer = outer_from_seed(2, 0)
    lam = Fraction(1, 10)
    return Problem(resolve("tanh"), "squared", lam, None, summarise(table), outer), table


def test_what_is_named_has_a_certified_plan_of_its_own(
    hard: tuple[Problem, Any], library: Library
) -> None:
    problem, table = hard
    goal = Fraction(1, 100)
    assert not practical(make_plan(problem, goal, table, library))
    found = {
        one.axis: one
        for one in nearest_plans(problem, goal, table, library, lambda p: outer_from_seed(p, 0))
    }
    assert set(found) == {"lambda", "width", "epsilon"}
    lam = found["lambda"]
    assert lam.value is not None and lam.iterations is not None
    plan = make_plan(replace(problem, lam=lam.value), goal, table, library)
    assert plan.langevin is not None and plan.langevin.count == lam.iterations
    assert practical(plan)
    if lam.missed is not None:
        assert not practical(make_plan(replace(problem, lam=lam.missed), goal, table, library))
    own = nearest_plans(problem, goal, table, library, None)
    assert [one.axis for one in own] == ["lambda", "epsilon"]
    with pytest.raises(InputError, match="needs numbers"):
        nearest_plans(Problem(resolve("tanh"), "squared"), goal, None, library, None)


def test_plan_says_whether_it_is_of_use(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("d.csv").write_text(DATA)
    common = ["plan", "-a", "tanh", "--data", "d.csv", "--target", "y", "--width", 2]
    code, out, err = run(*common, "-e", "1/100", "--json")
    assert code == 0, err
    content = json.loads(out)
    assert content["practical"] is False
    assert {"axis", "value", "not_enough", "tried_up_to", "iterations"} == set(
        content["nearest"][0]
    )
    lam = content["nearest"][0]["value"]
    code, out, _ = run(*common, "-e", "1/100", "--lam", lam, "--out", "rate.json")
    assert code == 0 and "yes: " in out and "nearest" not in out
    assert "written: rate.json (the certificate of the rate)" in out
    code, out, _ = run(*common, "-e", "1/100", "--no-search")
    words = " ".join(out.split())
    assert code == 0 and "not a number that anybody waits for" in words and "nearest" not in words


def test_nothing_is_said_of_values_that_were_not_tried() -> None:
    """The weights of a smaller width are other weights: the farthest width alone decides nothing for those between."""
    found = first_practical("width", [Fraction(2), Fraction(1)], lambda _: None)
    assert found is not None
    said = plan_text._nearest(found)
    assert said == (
        "none was found for width alone: width = 1, the farthest that was tried, "
        "makes no plan that can be run"
    )


def test_given_numbers_are_not_rounded() -> None:
    """A plan for lambda = 0.123456789 is not one for 0.123457."""
    assert plan_text._given(Fraction(123456789, 10**9)) == "123456789/1000000000"
    assert plan_text._given(Fraction(1, 3)) == "1/3"
    assert plan_text._given(Fraction(5, 10**9)) == "5·10⁻⁹"
    assert plan_text._given(Fraction(1, 3) + Fraction(1, 10**50)).endswith(", rounded up")
