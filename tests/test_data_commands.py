"""What the commands say of data: features, rows, the map of the labels, and the same answer by
every route.
"""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import pytest

from proofkit.certificates import read_record
from proofkit.cli import invoke as command_line
from proofkit.interactive import Problem
from proofkit.kernel.certificate import read
from proofkit.kernel.replay import replay
from proofkit.reading.table import load_table, with_labels
from proofkit.render.html import with_signs

ROOT = Path(__file__).resolve().parents[1]
THEOREM = """
title = "Bounded"
statement = "L is Villani."
claim = "villani"
activations = ["tanh"]
losses = ["squared", "logistic"]
scope = ["data"]
"""


@dataclass(frozen=True)
class Done:
    exit_code: int
    output: str


def invoke(*arguments: object) -> Done:
    """A command line within this process, and what it wrote to both streams."""
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        status = command_line(list(map(str, arguments)))
    return Done(status, said.getvalue())


@pytest.fixture
def binary(tmp_path: Path) -> Path:
    """Labels 0 and 1, most of them 1."""
    path = tmp_path / "binary.csv"
    path.write_text("u,v,y\n" + "".join(f"{k}.5,{-k},{int(k % 10 < 7)}\n" for k in range(20)))
    return path


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A target of many values."""
    path = tmp_path / "many.csv"
    path.write_text("u,v,y\n" + "".join(f"{k}.5,{-k},{k % 5}\n" for k in range(20)))
    return path


def certificate(path: Path, out: Path, *options: object) -> dict[str, Any]:
    common = [
        "prove",
        "-a",
        "tanh",
        "-l",
        "logistic",
        "--data",
        path,
        "--target",
        "y",
        "--width",
        4,
    ]
    done = invoke(*common, "--out", out, *options)
    assert done.exit_code == 0, done.output
    return read_record(out)


def test_two_valued_labels_are_mapped_and_said_everywhere(binary: Path, tmp_path: Path) -> None:
    said = "labels: y = 0 is -1, y = 1 is +1"
    content = certificate(binary, tmp_path / "c.json")
    assert content["problem"]["data"]["labels"] == {"map": {"0": "-1", "1": "1"}}
    assert content["problem"]["data"]["features"] == ["u", "v"]
    assert said in content["assumptions"]
    data = ["--data", binary, "--target", "y"]
    for command in (
        ["prove", "-a", "tanh", "-l", "logistic", *data, "--width", 2],
        ["plan", "-a", "tanh", "-l", "logistic", *data, "--width", 2, "--epsilon", 1],
        ["run", "-a", "tanh", "-l", "logistic", *data, "--width", 2, "--steps", 2, "--batch", 2],
        ["latex", tmp_path / "c.json"],
    ):
        done = invoke(*command)
        mapped = said.replace("labels: ", "")
        if command[0] == "latex":
            mapped = "The label y_i is -1 where the target is 0, and +1 where it is 1."
        assert done.exit_code == 0 and mapped in done.output.replace("$", "")
    found = json.loads(
        invoke("prove", "-a", "tanh", "-l", "logistic", *data, "--width", 2, "--json").output
    )
    assert found["data"]["labels"] == {"map": {"0": "-1", "1": "1"}} and found["data"]["n"] == 20
    table = with_labels(load_table(binary, "y"))
    assert replay(read(tmp_path / "c.json"), table).holds
    checked = invoke("check", tmp_path / "c.json", "--problem", binary, "--target", "y")
    assert checked.exit_code == 0, checked.output
    assert invoke("validate", tmp_path / "c.json", *data, "-q").exit_code == 0


def test_a_threshold_is_asked_for_and_recorded(many: Path, tmp_path: Path) -> None:
    refused = invoke(
        "prove", "-a", "tanh", "-l", "logistic", "--data", many, "--target", "y", "--width", 2
    )
    assert refused.exit_code == 2 and "--label-above" in refused.output
    content = certificate(many, tmp_path / "c.json", "--label-above", "5/2")
    assert content["problem"]["data"]["labels"] == {"above": "5/2"}
    check = ["check", tmp_path / "c.json", "--problem", many, "--target", "y"]
    assert invoke(*check, "--label-above", "2.5").exit_code == 0
    assert invoke(*check, "--label-above", "1").exit_code == 4
    assert invoke(*check).exit_code == 4
    spec = tmp_path / "mine.toml"
    for above, status in (('"5/2"', 0), ("2.5", 0), ("3", 4)):
        spec.write_text(f'data = "many.csv"\ntarget = "y"\nlabel_above = {above}\n')
        assert invoke("check", tmp_path / "c.json", "--problem", spec).exit_code == status
    squared = invoke(
        "prove", "-a", "tanh", "--data", many, "--target", "y", "--width", 2, "--label-above", 1
    )
    assert squared.exit_code == 2 and "loss of the margin" in squared.output
    assert Problem("tanh", "logistic").bind(many, "y", label_above="5/2").data.labels is not None


def test_a_report_leaves_out_what_has_no_labels(many: Path, binary: Path, tmp_path: Path) -> None:
    theorems = tmp_path / "theorems"
    theorems.mkdir()
    (theorems / "bounded.toml").write_text(THEOREM)
    common = ["report", "--theorems", theorems, "--width", 2, "--jobs", 1]
    for data, options, losses, words in (
        (many, [], ["squared"], "are left out: a loss of the margin y f, such as"),
        (many, ["--label-above", 2], ["logistic", "squared"], "y > 2 is +1, y <= 2 is -1"),
        (binary, [], ["logistic", "squared"], "y = 0 is -1, y = 1 is +1"),
    ):
        out = tmp_path / f"{data.stem}{len(options)}"
        done = invoke(*common, "--data", data, "--target", "y", "--out", out, *options)
        assert done.exit_code == 0, done.output
        content = json.loads((out / "report.json").read_text())
        assert sorted(r["loss"] for t in content["theorems"] for r in t["rows"]) == losses
        assert words in content["data"]["labels"] and content["data"]["features"] == ["u", "v"]
        assert words in " ".join(done.output.split())
        assert escape(with_signs(words)) in (out / "report.html").read_text()


def test_an_index_is_left_out_with_a_line(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text(",a,y\n0,1.5,2\n1,2.5,3\n")
    for command in (
        ["constants", path, "--target", "y"],
        ["prove", "-a", "tanh", "--data", path, "--target", "y", "--width", 2],
    ):
        done = invoke(*command)
        assert done.exit_code == 0 and "features a\n" in done.output
        assert "column 1 of d.csv has no name and is left out" in done.output


@pytest.mark.parametrize("cell", ["1e400", "1e-400", "x", ""])
def test_every_command_names_file_row_and_column(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "d.csv"
    path.write_text(f"a,y\n1,2\n{cell},3\n")
    (tmp_path / "c.json").write_text("{}")
    (tmp_path / "s.toml").write_text(
        'activation = "tanh"\nwidth = 2\nlambda = 0.1\nstep = 0.1\nsteps = 2\ndata = '
        '"d.csv"\ntarget = "y"\n'
    )
    data = ["--data", path, "--target", "y"]
    said = set()
    for command in (
        ["constants", path, "--target", "y"],
        ["prove", "-a", "tanh", *data, "--width", 2],
        ["plan", "-a", "tanh", *data, "--epsilon", 1],
        ["run", "-a", "tanh", *data, "--steps", 1],
        ["report", *data, "--out", tmp_path / "out"],
        ["sweep", tmp_path / "s.toml", "--out", tmp_path / "s.sqlite"],
        ["check", tmp_path / "c.json", "--problem", path, "--target", "y"],
    ):
        done = invoke(*command)
        assert done.exit_code == 2
        said.add(done.output.partition(": ")[2])
    (sentence,) = said
    assert "d.csv, row 3, column 'a' is" in sentence and sentence.count("\n") == 1


def test_options_of_a_dialect_reach_every_command(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("a|y\n1,234|2\n0,5|3\n")
    dialect = ["--delimiter", "pipe", "--decimal", "comma"]
    out = tmp_path / "c.json"
    prove = ["prove", "-a", "tanh", "--data", path, "--target", "y", "--width", 2, "--out", out]
    assert invoke(*prove).exit_code == 2
    assert invoke(*prove, *dialect).exit_code == 0
    assert json.loads(out.read_text())["problem"]["data"]["B_x_squared"] == "380689/250000"
    check = ["check", out, "--problem", path, "--target", "y"]
    assert invoke(*check).exit_code == 2 and invoke(*check, *dialect).exit_code == 0
    constants = invoke("constants", path, "--target", "y", *dialect)
    assert constants.exit_code == 0 and "1.234" in constants.output
    run = ["run", "-a", "tanh", "--data", path, "--target", "y", "--steps", 1, "--batch", 1]
    assert invoke(*run, *dialect).exit_code == 0
