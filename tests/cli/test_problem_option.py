"""``--problem FILE`` on every command: it gives what the options leave out, and they must agree."""

from __future__ import annotations

import inspect
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Annotated

import pytest
import typer
import typer.main

from proofkit.cli.application import COMMANDS, app
from proofkit.cli.options import spelled_out
from proofkit.cli.problem_file import with_problem_file

Run = Callable[..., tuple[int, str, str]]
PROBLEM = """
data = "rows.csv"
target = "y"
width = 3
seed = 2
loss = "squared"
activation = "tanh"
lambda = "1/10"
noise = 0.01
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    (tmp_path / "rows.csv").write_text("a,b,y\n1,2,1\n3,4.5,-1\n0.5,-1,1\n")
    path = tmp_path / "mine.toml"
    path.write_text(PROBLEM)
    return path


def refused(result: tuple[int, str, str], words: str) -> None:
    code, out, err = result
    assert (code, out) == (2, ""), err
    assert words in err and err.count("\n") == 1


def test_every_command_that_speaks_of_a_problem_takes_the_file() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    with_it = {
        name
        for name, command in commands.items()
        if any("--problem" in parameter.opts for parameter in command.params)
    }
    assert set(COMMANDS) - with_it == {"fuzz-bounds", "fuzz-certificates", "list", "doctor"}


def test_a_command_without_a_key_stays_as_it_is() -> None:
    def look(*, seeds: Annotated[int, typer.Option()] = 0) -> None: ...

    assert with_problem_file(look) is look
    check = spelled_out(COMMANDS["check"])
    assert with_problem_file(check) is check


def test_what_a_command_requires_may_stand_in_the_file() -> None:
    made = inspect.signature(with_problem_file(spelled_out(COMMANDS["prove"]))).parameters
    assert made["activation"].default is None
    assert list(made).index("problem_file") > list(made).index("outer")


def test_a_proof_of_the_file_is_about_the_file(run: Run, mine: Path, tmp_path: Path) -> None:
    held = tmp_path / "c.json"
    code, out, err = run("prove", "--problem", mine, "--out", held)
    assert (code, err) == (0, "") and "width 3, seed 2" in out and "λ = 1/10" in out
    code, out, _ = run("check", held, "--problem", mine)
    assert code == 0
    said = (
        "compared: the data, the outer weights, lambda, s, the loss and the activation with yours"
    )
    assert said in " ".join(out.replace("\n       ", " ").split())
    code, out, _ = run("check", held, held, "--problem", mine)
    assert code == 0 and "2 valid; compared: the data, the outer weights, lambda" in out
    mine.write_text(PROBLEM.replace("seed = 2", "seed = 3"))
    code, out, _ = run("check", held, "--problem", mine)
    assert code == 4 and "outer weights" in out


def test_flags_that_say_the_same_are_fine(run: Run, mine: Path, tmp_path: Path) -> None:
    flags = ("--lam", "0.10", "--noise", "1/100", "-a", "tanh(z)", "--loss", "u^2/2", "--seed", 2)
    same_file = ("--data", tmp_path / "." / "rows.csv", "--width", 3, "--target", "y")
    code, out, err = run("prove", "--problem", mine, *flags, *same_file)
    assert (code, err) == (0, "") and "PROVED" in out


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--lam", "0.2"), "--lam is '0.2', and"),
        (("--lam", "1/10x"), "--lam is '1/10x', not a rational number"),
        (("--noise", "1"), "says noise = 1/100; drop one of them"),
        (("-a", "silu"), "--activation is 'silu', and"),
        (("-a", "tanhh"), "did you mean tanh?"),
        (("--loss", "logistic"), "--loss is 'logistic', and"),
        (("--loss", "hinj"), "no loss called 'hinj'"),
        (("--data", "elsewhere.csv"), "--data is 'elsewhere.csv', and"),
        (("--target", "a"), "--target is 'a', and"),
        (("--width", "4"), "--width is '4', and"),
        (("--seed", "0"), "--seed is '0', and"),
        (("--outer", "a.txt"), "either --width or --outer"),
        (("--delimiter", "x"), "--delimiter is 'x'"),
        (("symbolic",), "'symbolic' and --data contradict each other"),
    ],
)
def test_flags_that_say_something_else_are_refused(
    run: Run, mine: Path, flags: tuple[str, ...], words: str
) -> None:
    refused(run("prove", "--problem", mine, *flags), words)


def test_a_flag_with_the_value_of_its_default_is_a_flag(run: Run, mine: Path) -> None:
    """The loss is squared and the seed 0 where nothing is said: said, they are compared."""
    mine.write_text(PROBLEM.replace("squared", "logistic"))
    refused(run("prove", "--problem", mine, "--loss", "squared"), "--loss is 'squared', and")
    refused(run("run", "--problem", mine, "--outer-seed", 0), "--outer-seed is '0', and")


def test_other_commands_take_what_they_use(run: Run, mine: Path, tmp_path: Path) -> None:
    code, out, err = run("derive", "--problem", mine, "--json")
    assert code == 0 and "tanh" in json.loads(out)["objective"]
    assert "`proofkit derive` has no use for data, target, width, seed, lambda, noise" in err
    code, out, _ = run("constants", "--problem", mine, "--json")
    assert code == 0 and json.loads(out)["n"] == 3
    code, out, err = run("constants", tmp_path / "rows.csv", "--problem", mine, "-q")
    assert (code, err) == (0, "")
    refused(run("constants", "x.csv", "--problem", mine), "DATA is 'x.csv', and")
    code, out, _ = run("bounds", "--problem", mine, "--json")
    assert code == 0 and json.loads(out)["expr"] == "tanh(z)"
    code, out, _ = run("plan", "--problem", mine, "-e", "1/10", "--no-search")
    assert code == 0 and "width 3, seed 2" in out and "s = 1/100" in out
    code, _, _ = run("new-theorem", "own", "--problem", mine, "--folder", tmp_path, "-q")
    assert code == 0 and 'activations = ["tanh"]' in (tmp_path / "own.toml").read_text()


def test_runs_take_the_noise_their_method_needs(run: Run, mine: Path) -> None:
    common = ("run", "--problem", mine, "--steps", 2, "--json")
    code, out, err = run(*common, "--method", "sde", "-q")
    content = json.loads(out)
    assert (code, err) == (0, "") and content["outer"] == "width 3, seed 2"
    assert content["exact"] == {
        "lambda": "1/10",
        "step": "1/100",
        "noise": "1/100",
        "initial_variance": "1",
    }
    assert content["lambda"] == 0.1 and content["method"]["noise"] == 0.01
    code, out, _ = run(*common, "--method", "langevin")
    assert code == 0 and json.loads(out)["exact"]["temperature"] == "1/200"
    code, out, err = run(*common, "--batch", 2)
    assert code == 0 and "the method sgd has no use for noise" in err
    assert "noise" not in json.loads(out)["exact"]


def test_a_sweep_takes_what_its_specification_leaves_out(
    run: Run, mine: Path, tmp_path: Path
) -> None:
    spec, out = tmp_path / "spec.toml", tmp_path / "r.sqlite"
    spec.write_text('step = ["1/100", 0.02]\nsteps = 2\nbatch = 2\nlambda = 0.1\n')
    common = ("sweep", spec, "--problem", mine, "--jobs", 1)
    assert run(*common, "--out", out, "-q")[0] == 0
    with closing(sqlite3.connect(out)) as held:
        found = held.execute(
            "select activation, width, lambda, lambda_exact, step_exact from runs order by 1, run"
        ).fetchall()
        (recorded,) = held.execute("select value from meta where key = 'specification'").fetchone()
    assert found == [
        ("tanh", 3, 0.1, "1/10", "1/100"),
        ("tanh", 3, 0.1, "1/10", "1/50"),
    ]
    assert json.loads(recorded)["step"] == ["1/100", "1/50"]
    for line, words in (
        ("lambda = [0.1, 0.2]", "lambda is '1/5', and"),
        ('activation = ["tanh", "silu"]', "activation is 'silu', and"),
        ("outer_seed = 3", "outer_seed is '3', and"),
        ('data = "other.csv"', "data is '"),
        ('lambda = ["1/10", 0.1]', "names a value twice"),
        ('step = "1e-400"', "no floating-point number but 0 is near it"),
        ('step = "1/0"', "step is '1/0', not a rational number"),
        ("noise = [true]", "noise has the value 'True'; it must be a number"),
    ):
        spec.write_text(line + "\n")
        refused(run(*common, "--out", tmp_path / "no.sqlite"), words)
    assert not (tmp_path / "no.sqlite").exists()


def test_outer_weights_of_a_file_are_not_replaced_by_drawn_ones(
    run: Run, mine: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("1 -1\n")
    mine.write_text('data = "rows.csv"\ntarget = "y"\nactivation = "tanh"\nouter = "a.txt"\n')
    spec = tmp_path / "spec.toml"
    spec.write_text("steps = 2\n")
    words = "has outer weights from a file, and"
    refused(run("report", "--problem", mine, "--out", tmp_path / "out"), words)
    refused(run("sweep", spec, "--problem", mine, "--out", tmp_path / "r.sqlite"), words)
    code, out, _ = run("run", "--problem", mine, "--steps", 1, "--batch", 2, "--json")
    assert code == 0 and json.loads(out)["outer"] == "a.txt"


def test_validate_measures_the_net_of_the_certificate_or_none(
    run: Run, mine: Path, tmp_path: Path
) -> None:
    held = tmp_path / "c.json"
    assert run("prove", "--problem", mine, "--out", held, "-q")[0] == 0
    assert run("validate", held, "--problem", mine, "-q")[0] == 0
    words = "the certificate speaks of '1/10', and --lam is '1/5'"
    refused(run("validate", held, "--lam", "1/5"), words)
    for old, new, said in (
        ('lambda = "1/10"', "lambda = 0.2", words),
        ('"tanh"', '"silu"', "about the activation 'tanh(z)'"),
        ('"squared"', '"logistic"', "about the loss 'squared'"),
        ("seed = 2", "seed = 3", "other outer weights"),
    ):
        mine.write_text(PROBLEM.replace(old, new))
        refused(run("validate", held, "--problem", mine), said)
    mine.write_text('activation = "softplus"\n')
    symbolic = tmp_path / "s.json"
    assert run("prove", "--problem", mine, "--out", symbolic, "-q")[0] == 0
    for flag, value, said in (
        ("--lam", "x", "--lam is 'x', not a rational number"),
        ("--noise", "1e-400", "--noise is not 0, and no floating-point number but 0 is near it"),
        ("--noise", "0", "the noise s must be positive"),
    ):
        refused(run("validate", symbolic, flag, value), said)


@pytest.mark.parametrize("command", ["latex", "coq"])
def test_texts_are_written_for_the_problem_of_the_file(
    command: str, run: Run, mine: Path, tmp_path: Path
) -> None:
    held = tmp_path / "c.json"
    assert run("prove", "--problem", mine, "--out", held, "-q")[0] == 0
    out = tmp_path / ("paper.tex" if command == "latex" else "coq")
    assert run(command, held, "--problem", mine, "--out", out, "-q")[0] == 0
    refused(run(command, held, "--target", "y"), "--target is for the data of --problem")
    refused(run(command, held, "--problem", mine, "--target", "a"), "--target is 'a', and")
    mine.write_text(PROBLEM.replace('lambda = "1/10"', "lambda = 7"))
    code, printed, err = run(command, held, "--problem", mine, "--out", tmp_path / "no.tex")
    assert code == 1 and "not about this problem" in printed + err


def test_what_is_refused_is_one_sentence_without_notes(run: Run, mine: Path) -> None:
    refused(run("run", "--problem", mine, "--step", "1/0"), "--step is '1/0', not a rational")
    refused(run("run", "--problem", mine, "--init-variance", "-1"), "variance of the initial law")
    refused(run("constants", "--problem", mine, "--decimal", "x"), "--decimal is 'x'")
    mine.write_text(PROBLEM.replace('"tanh"', '"tanhh"'))
    refused(run("run", "--problem", mine), "mine.toml: activation: there is no activation called")
    mine.write_text(PROBLEM.replace('"squared"', '"log(u)"'))
    refused(run("prove", "--problem", mine), "mine.toml: loss: ")


@pytest.mark.parametrize("command", ["prove", "run", "derive"])
def test_an_activation_is_needed(command: str, run: Run, mine: Path) -> None:
    mine.write_text("lambda = 1\n")
    words = (
        f"missing --activation (or --problem FILE with the key activation); see `proofkit {command}"
    )
    refused(run(command), words)
    refused(run(command, "--problem", mine), words)


@pytest.mark.parametrize(
    "name", sorted(set(COMMANDS) - {"fuzz-bounds", "fuzz-certificates", "list", "doctor"})
)
def test_every_command_names_the_unknown_key(name: str, run: Run, mine: Path) -> None:
    mine.write_text("lamda = 1\n")
    more = {
        "check": ("c.json",),
        "coq": ("c.json",),
        "latex": ("c.json",),
        "validate": ("c.json",),
        "sweep": ("s.toml",),
        "new-theorem": ("own",),
        "plan": ("-e", "1"),
    }.get(name, ())
    if name == "validate":
        held = mine.with_name("c.json")
        assert run("prove", "-a", "tanh", "--out", held, "-q")[0] == 0
        more = (str(held),)
    refused(run(name, *more, "--problem", mine), "unknown key 'lamda'; did you mean lambda?")
