"""Options are declared once, and a dataclass of them is spelled out for Typer."""

from __future__ import annotations

import ast
import inspect
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

import proofkit.cli
from proofkit.cli.bounds import Section
from proofkit.cli.options import require_budget, require_jobs, require_positive, spelled_out
from proofkit.cli.plan import plan
from proofkit.cli.problem_options import (
    DataOptions,
    LabelledDataOptions,
    OuterOptions,
    ProblemOptions,
)
from proofkit.cli.prove import prove
from proofkit.errors import InputError
from proofkit.problem.data import generate_outer


def test_no_option_is_declared_twice() -> None:
    declared = Counter(
        ast.unparse(node)
        for path in Path(proofkit.cli.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "typer.Option"
    )
    assert len(declared) > 50
    assert [text for text, times in declared.items() if times > 1] == []


@dataclass(frozen=True)
class Point:
    """Two coordinates, the first of them required."""

    x: Annotated[int, typer.Option(help="abscissa")]
    y: Annotated[int, typer.Option(help="ordinate")] = 7


def draw(
    *,
    name: Annotated[str, typer.Option()] = "p",
    point: Point,
    twice: Annotated[bool, typer.Option("--twice")] = False,
) -> None:
    """Draw a point."""
    print(name, point, twice)


def test_a_dataclass_becomes_its_fields_in_its_place() -> None:
    parameters = inspect.signature(spelled_out(draw)).parameters
    assert list(parameters) == ["name", "x", "y", "twice"]
    assert parameters["x"].default is inspect.Parameter.empty
    assert parameters["y"].default == 7
    assert spelled_out(draw).__doc__ == draw.__doc__


def test_the_command_gets_the_object() -> None:
    app = typer.Typer()
    app.command()(spelled_out(draw))
    done = CliRunner().invoke(app, ["--x", "3", "--twice"])
    assert (done.exit_code, done.stdout) == (0, "p Point(x=3, y=7) True\n")
    assert CliRunner().invoke(app, ["--y", "3"]).exit_code == 2


def test_a_name_in_two_dataclasses_is_refused() -> None:
    def clash(one: Point, x: int) -> None: ...

    clash.__annotations__ = {"one": Point, "x": int}
    with pytest.raises(ValueError, match="duplicate parameter name: 'x'"):
        spelled_out(clash)


def test_dataclasses_stand_in_the_order_of_the_help_page() -> None:
    names = list(inspect.signature(spelled_out(prove)).parameters)
    assert names[:5] == ["activation", "loss", "scope", "lam", "noise"]
    names = list(inspect.signature(spelled_out(plan)).parameters)
    start = names.index("data")
    data = ["data", "target", "delimiter", "decimal", "standardise", "label_above"]
    assert names[start : start + 6] == data
    assert names[start + 6 : start + 9] == ["width", "outer", "outer_seed"]


def test_the_bundled_data_are_those_of_no_options() -> None:
    assert DataOptions().file() == LabelledDataOptions().file()
    assert LabelledDataOptions(label_above="7/2").file().label_above == Fraction(7, 2)
    assert LabelledDataOptions().file_for("squared") == DataOptions().file()
    with pytest.raises(InputError, match="--label-above makes labels for a loss of the margin"):
        LabelledDataOptions(label_above="1").file_for("squared")


def test_outer_weights_are_drawn_or_read(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("1\n-1/2\n")
    assert OuterOptions(outer=file).weights() == ([Fraction(1), Fraction(-1, 2)], "a.txt")
    assert OuterOptions(3, outer_seed=5).weights() == (generate_outer(3, 5), "width 3, seed 5")
    assert OuterOptions(3, outer_seed=5).summary().source == "width 3, seed 5"
    assert len(OuterOptions().weights()[0]) == 64
    with pytest.raises(InputError, match="not both"):
        OuterOptions(3, file).weights()


def test_a_problem_is_symbolic_or_bound_to_data(tmp_path: Path) -> None:
    symbolic, table = ProblemOptions("tanh", lam="1/3").problem(True)
    assert symbolic.lam == Fraction(1, 3) and symbolic.data is None and table is None
    file = tmp_path / "d.csv"
    file.write_text("a,y\n1,2\n3,4\n5,5\n")
    bound, table = ProblemOptions("tanh", data=file, target="y", width=2, seed=4).problem(True)
    assert bound.data is not None and table is not None and table.n == 3
    assert bound.outer == OuterOptions(2, outer_seed=4).summary()


@pytest.mark.parametrize(
    ("text", "section"),
    [
        (None, Section()),
        ("[0, 5/2]", Section(Fraction(0), Fraction(5, 2))),
        ("(0, oo)", Section(Fraction(0), None, (Fraction(0),))),
        (" (-oo, 1) ", Section(None, Fraction(1), (Fraction(1),))),
    ],
)
def test_an_interval_is_read(text: str | None, section: Section) -> None:
    assert Section.parse(text) == section


@pytest.mark.parametrize("budget", [0.0, -1.0, float("inf"), float("nan")])
def test_a_budget_is_a_positive_number(budget: float) -> None:
    require_budget(0.5)
    with pytest.raises(InputError, match="--budget must be positive"):
        require_budget(budget)


def test_counts_have_a_lowest_value() -> None:
    require_jobs(0)
    require_positive("--n", 1)
    with pytest.raises(InputError, match="--jobs must be 0 or more, not -1"):
        require_jobs(-1)
    with pytest.raises(InputError, match="--n must be at least 1, not 0"):
        require_positive("--n", 0)
