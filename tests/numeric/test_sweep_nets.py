"""Sweeps over nets of layers: each run is the one of `proofkit run`, and wrong nets are refused."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from proofkit.errors import InputError
from proofkit.numeric.sweep import load_spec, sweep
from proofkit.report import bundled_file

COMMON = 'activation = "tanh"\nsteps = 20\nstep = 0.05\nstandardise = true\n'
ROWS = "a,b,kind\n1,2,cat\n3,4.5,dog\n0.5,-1,cow\n1,1,dog\n"


def swept(folder: Path, text: str, jobs: int = 1) -> list[dict[str, Any]]:
    """The table of the runs of a specification."""
    spec, out = folder / "s.toml", folder / "o.sqlite"
    spec.write_text(text)
    sweep(load_spec(spec, bundled_file()), out, jobs=jobs)
    with closing(sqlite3.connect(out)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute("select * from runs order by run")]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ('hidden = "6,4"\ntrain = "all"', ("--hidden", "6,4", "--train", "all")),
        ('depth = 3\nbias = "decayed"', ("--depth", "3", "--bias", "decayed")),
        (
            'width = 5\ntrain = "all"\ndecay = "2=1/20"\nouter_bias = "undecayed"',
            ("--width", "5", "--train", "all", "--decay", "2=1/20", "--outer-bias", "undecayed"),
        ),
        (
            'hidden = "4,4"\ntrain = "1,3"\ndecay_power = 4',
            ("--hidden", "4,4", "--train", "1,3", "--decay-power", "4"),
        ),
        ('width = 4\ntrain = "outer"', ("--width", "4", "--train", "outer")),
    ],
)
def test_a_run_of_a_sweep_is_that_of_run(
    run: Any, tmp_path: Path, keys: str, words: tuple[str, ...]
) -> None:
    (row,) = swept(tmp_path, COMMON + keys)
    common = ("--steps", "20", "--step", "0.05", "--standardise", "--json")
    code, out, err = run("run", "-a", "tanh", *words, *common)
    assert code == 0, err
    said = json.loads(out)
    assert row["final_loss"] == pytest.approx(said["final_loss"]["mean"], rel=1e-12)
    layers = said["net"]["layers"]
    assert row["depth"] == len(layers)
    assert row["hidden"] == ",".join(str(layer["units"]) for layer in layers[:-1])


def test_a_grid_of_nets_names_each(tmp_path: Path) -> None:
    keys = 'hidden = ["4", "4,3"]\ntrain = ["inner", "all"]\nlambda = [0.1, 0.5]\nreplicas = 2\n'
    rows = swept(tmp_path, COMMON + keys)
    assert [row["run"] for row in rows] == list(range(16))
    assert {(row["depth"], row["hidden"]) for row in rows} == {(2, "4"), (3, "4,3")}
    nets = {(row["hidden"], row["train"], row["lambda"], row["replica"]) for row in rows}
    assert len(nets) == 16
    assert len({row["final_loss"] for row in rows}) == 16
    assert "width" not in rows[0]


def test_the_net_of_before_in_a_grid_is_itself(tmp_path: Path) -> None:
    keys = 'backend = "numpy"\nlambda = [0.1, 0.5]\n'
    (tmp_path / "alone").mkdir()
    grid = swept(tmp_path, COMMON + keys + 'hidden = ["4", "4,3"]\n')
    alone = swept(tmp_path / "alone", COMMON + keys + "width = 4\n")
    own = [row["final_loss"] for row in grid if row["hidden"] == "4"]
    assert own == [row["final_loss"] for row in alone]


def test_processes_do_not_change_what_nets_give(tmp_path: Path) -> None:
    text = COMMON + 'hidden = ["4,3", "3,4"]\nlambda = [0.1, 0.5]\nslice = 1\n'
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    assert swept(folders[0], text) == swept(folders[1], text, jobs=2)


def test_classes_give_the_outputs(tmp_path: Path) -> None:
    (tmp_path / "k.csv").write_text(ROWS)
    keys = 'loss = "cross-entropy"\ndata = "k.csv"\ntarget = "kind"\nwidth = 3\ntrain = "all"\n'
    (row,) = swept(tmp_path, COMMON + keys)
    assert (row["outputs"], row["depth"], row["hidden"]) == (3, 2, "3")
    assert row["final_loss"] is not None


def test_decays_of_all_layers_say_lambda(tmp_path: Path) -> None:
    keys = 'width = 3\ntrain = "all"\ndecay = "1=1/100,2=1/20"\n'
    (row,) = swept(tmp_path, COMMON + keys)
    assert row["lambda_exact"] == "1/100"


def test_a_sweep_of_the_net_of_before_has_its_columns(tmp_path: Path) -> None:
    (row,) = swept(tmp_path, COMMON + "depth = 2\nwidth = 4\n")
    assert row["width"] == 4
    assert "hidden" not in row


def test_a_problem_file_may_say_the_layers(run: Any, tmp_path: Path) -> None:
    spec, problem = tmp_path / "s.toml", tmp_path / "p.toml"
    spec.write_text('activation = "tanh"\nsteps = 5\n')
    problem.write_text('activation = "tanh"\ndepth = 3\nhidden = "4,3"\n')
    out = tmp_path / "o.sqlite"
    code, _, err = run("sweep", spec, "--problem", problem, "--out", out)
    assert code == 0, err
    with closing(sqlite3.connect(out)) as connection:
        assert connection.execute("select depth, hidden from runs").fetchall() == [(3, "4,3")]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("depth = 0", "lies between 1 and"),
        ("depth = 3\nwidth = [4, 8]", "width is that of a single hidden layer"),
        ('hidden = "4,4"\nbackend = "c"', "the backend 'c'"),
        ('hidden = "4,4"\ndecay = "3=1/2"', "layer 3 is fixed"),
        ("outputs = 2", "needs as many target columns"),
        ("decay_power = 1", "power"),
        ('decay = "1=1/2"', "drop the key decay"),
        ('hidden = "4,4"\nwidth = 4', "give one of them"),
        ('hidden = ["4", "4,4"]\ndepth = 3', "depth"),
    ],
)
def test_wrong_nets_are_refused_before_anything_is_written(
    run: Any, tmp_path: Path, keys: str, words: str
) -> None:
    spec, out = tmp_path / "s.toml", tmp_path / "o.sqlite"
    spec.write_text(COMMON + keys + "\n")
    with pytest.raises(InputError, match=words):
        load_spec(spec, bundled_file())
    code, said, err = run("sweep", spec, "--out", out)
    assert (code, said) == (2, "")
    assert words in " ".join(err.split())
    assert not out.exists()
