"""Experiments: what a file may say, reproducibility, and the threshold they are laid out around."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from typer.testing import CliRunner

from proofkit.activation.catalogue import resolve
from proofkit.cli import app
from proofkit.errors import InputError
from proofkit.experiment import load_experiment, perform, published_threshold
from proofkit.problem.data import outer_from_seed, summarise
from proofkit.report import bundled_file

STANDARDISED = replace(bundled_file(), standardise=True)
ROOT = Path(__file__).resolve().parents[1]
SMALL = """
title = "small"
statement = "for a test"
activations = ["tanh"]
widths = [3, 5]
lambda_over_published = [0.0, 0.5]
steps = [0.01, 0.02]
iterations = 30
replicas = 2
batch = 8
seed = 4
[sde]
width = 3
lambda_over_published = 0.1
steps = [0.05]
horizon = 0.5
replicas = 6
"""


def written(folder: Path, text: str = SMALL) -> Path:
    path = folder / "small.toml"
    path.write_text(text)
    return path


def test_the_shipped_experiment_covers_what_it_promises() -> None:
    for path in sorted((ROOT / "theorems" / "experiments").glob("*.toml")):
        values = load_experiment(path).values
        assert {"sigmoid", "tanh", "softplus"} <= set(values["activations"])
        assert min(values["widths"]) == 10 and max(values["widths"]) == 10_000
        multiples = values["lambda_over_published"]
        assert (
            0 in multiples
            and 1 in multiples
            and any(0 < m < 1 for m in multiples)
            and any(m > 1 for m in multiples)
        )
        assert len(values["steps"]) >= 3


def test_the_threshold_is_that_of_the_formula() -> None:
    """2 M1^2 B_x^2 ||a||_2^2, with M1 = 1 for tanh, from the exact sums of the data."""
    table = STANDARDISED.table()
    outer = outer_from_seed(10, 1)
    expected = 2 * summarise(table).B_x_squared * outer.a_2_squared
    found = Fraction(published_threshold(resolve("tanh"), "squared", table, 10, 1))
    assert abs(found - expected) <= expected / 10**12


def test_an_experiment_does_not_depend_on_threads(tmp_path: Path) -> None:
    experiment = load_experiment(written(tmp_path))
    one, two = (perform(experiment, STANDARDISED, threads) for threads in (1, 2))
    assert one.rows == two.rows and one.distances == two.distances
    assert len(one.rows) == 2 * 2 * 2
    assert {r["diverged"] for r in one.rows} == {0}
    assert {(r["step"], r["step_exact"]) for r in one.rows} == {(0.01, "1/100"), (0.02, "1/50")}
    for r in one.rows:
        assert r["final"] < r["initial"] and r["excess"] >= 0
    assert set(one.figures) == {"loss", "excess", "sde"}


def test_an_experiment_on_the_command_line(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = CliRunner().invoke(
        app, ["experiment", str(written(tmp_path)), "--out", str(out), "--format", "svg", "--quiet"]
    )
    assert done.exit_code == 0, done.output
    assert sorted(p.name for p in out.iterdir()) == [
        "excess.csv",
        "excess.svg",
        "loss.csv",
        "loss.svg",
        "sde.csv",
        "sde.svg",
        "summary.json",
    ]
    assert len(json.loads((out / "summary.json").read_text())["rows"]) == 8
    assert (out / "loss.csv").read_text().startswith("figure,curve,x,y,low,high\n")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("widths = [3, 5]", "width = [3, 5]", "did you mean widths?"),
        ("batch = 8\n", "", "lacks the key 'batch'"),
        ("iterations = 30", "iterations = 0", "iterations must be positive"),
        ("steps = [0.01, 0.02]", "steps = 0.01", "steps must be a list"),
        ("steps = [0.05]", "steps = [nan]", "sde.steps is 'nan', not a rational number"),
        ("steps = [0.05]", "steps = [0]", "sde.steps must be positive"),
        ("steps = [0.05]", 'steps = ["1/0"]', "sde.steps is '1/0', not a rational number"),
        ("steps = [0.05]", "steps = [1e-400]", "no floating-point number but 0 is near it"),
        ('["tanh"]', '["tahn"]', "tanh"),
        ("[sde]", "[sde", "not valid TOML"),
    ],
)
def test_bad_files(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in SMALL
    with pytest.raises(InputError) as caught:
        load_experiment(written(tmp_path, SMALL.replace(old, new, 1)))
    assert says in str(caught.value), str(caught.value)
