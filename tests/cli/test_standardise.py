"""``--standardise`` on every command: one L for certificate, run, validate and report, and said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from proofkit.interactive import Problem

Run = Callable[..., tuple[int, str, str]]
ROWS = "a,b,y\n1,2,1\n3,4.5,-1\n0.5,-1,1\n2,0,4\n"
A = {"mean": "1.625", "scale": "1.04151128784659"}
SAID = "features and target scaled: x' = (x - mean) * scale; mean and scale: a 1.625, 1.041511"


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "d.csv"
    path.write_text(ROWS)
    return path


@pytest.fixture
def data(csv: Path) -> tuple[str, ...]:
    return ("--data", str(csv), "--target", "y", "--standardise")


def words(text: str) -> str:
    """What is printed, wherever its lines were broken."""
    return " ".join(text.split())


def test_one_problem_on_every_command(
    run: Run, data: tuple[str, ...], csv: Path, tmp_path: Path
) -> None:
    """The certificate, the run, validate and Python have one scaling, and one L(0)."""
    path, paths = tmp_path / "c.json", tmp_path / "p.npz"
    net = ("-a", "tanh", "--lam", "1/10", "--width", 3)
    code, out, _ = run("prove", *net, *data, "--out", path)
    assert code == 0 and SAID in words(out) and "standardised: mean and scale are those" in out
    recorded = json.loads(path.read_text())["problem"]["data"]["scaling"]
    assert recorded["features"][0] == A

    zeros = tmp_path / "w.npy"
    np.save(zeros, np.zeros((3, 2)))
    code, out, _ = run(
        "run",
        *net,
        *data,
        "--steps",
        1,
        "--method",
        "gd",
        "--init",
        zeros,
        "--out",
        paths,
        "--json",
    )
    ran = json.loads(out)
    assert code == 0 and ran["data"]["scaling"] == recorded and ran["data"]["standardised"]
    assert "standardised features and target" in ran["objective"]

    bound = Problem("tanh", lam="1/10").bind(csv, "y", width=3, standardise=True)
    assert bound.data is not None and bound.data.scaling is not None
    assert bound.data.scaling.json() == recorded
    rows_sha256 = json.loads(path.read_text())["problem"]["data"]["rows_sha256"]
    assert bound.data.rows_sha256 == rows_sha256
    start = bound.lambdify(backend="numpy").loss(np.zeros((3, 2))).item()
    assert start == float(np.load(paths)["loss"][0, 0]) == pytest.approx(0.5, rel=1e-14)

    for more in (data, data[:-1]):  # the certificate says it, so that nobody need repeat it
        code, out, _ = run("validate", path, *more, "--json")
        (instance,) = json.loads(out)["instances"]
        assert code == 0 and instance["scaling"] == recorded
    code, out, _ = run("validate", path, *data)
    assert SAID in words(out) and "d.csv (scaled)" in out


def test_validate_wants_the_certificates_data(
    run: Run, data: tuple[str, ...], tmp_path: Path
) -> None:
    path, other = tmp_path / "raw.json", tmp_path / "other.csv"
    net = ("-a", "tanh", "--lam", "1/10", "--width", 3)
    assert run("prove", *net, *data[:-1], "--out", path)[0] == 0
    code, _, err = run("validate", path, *data)  # standardised data beside a raw certificate
    assert code == 2 and "speaks of other data" in err
    assert run("prove", *net, *data, "--out", path)[0] == 0
    code, _, err = run("validate", path, *data[:-1], "--raw")
    assert code == 2 and "speaks of other data" in err
    other.write_text(ROWS.replace("4.5", "4.25"))
    code, _, err = run("validate", path, "--data", other, "--target", "y")
    assert code == 2 and "speaks of other data" in err


def test_a_malformed_scaling_is_no_certificate(
    run: Run, data: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / "c.json"
    net = ("-a", "tanh", "--lam", "1/10", "--width", 3)
    assert run("prove", *net, *data, "--out", path)[0] == 0
    path.write_text(path.read_text().replace('"1.625"', '"13/8"'))
    code, _, err = run("validate", path, *data[:-1])
    assert code == 2 and err.count("\n") == 1


def test_what_is_printed(run: Run, data: tuple[str, ...], csv: Path) -> None:
    code, out, _ = run("run", "-a", "tanh", "--steps", 1, "--width", 3, *data)
    assert code == 0 and SAID in words(out)
    code, out, _ = run("constants", csv, "--target", "y", "--standardise")
    assert code == 0 and SAID in words(out)
    code, out, _ = run("constants", csv, "--target", "y", "--standardise", "--json")
    content = json.loads(out)
    assert content["scaling"]["features"][0] == A
    assert content["constants"]["mean y^2"]["lo"].startswith(("1", "0.9999999999999"))
    code, out, _ = run("constants", csv, "--target", "y", "--json")
    assert json.loads(out)["scaling"] is None
    plan = ("plan", "-a", "tanh", "--lam", "1", "--width", 3, "--epsilon", "1/10", "--no-search")
    code, out, _ = run(*plan, *data)
    assert code == 0 and SAID in words(out)


def test_a_sweep_says_what_was_used(run: Run, csv: Path, tmp_path: Path) -> None:
    spec = tmp_path / "s.toml"
    spec.write_text(
        'activation = "tanh"\nloss = ["squared", "logistic"]\ndata = "d.csv"\ntarget = "y"\n'
        "label_above = 1\nstandardise = true\nwidth = 2\nsteps = 2\nbatch = 2\n"
    )
    code, out, _ = run("sweep", spec, "--out", tmp_path / "r.sqlite", "--jobs", 1, "--json")
    squared, logistic = json.loads(out)["scaling"]
    assert code == 0 and squared["features"] == logistic["features"]
    assert squared["features"][0] == A and logistic["target"] is None
    assert "features (and target, where it is no label)" in json.loads(out)["objective"]
    code, out, _ = run("sweep", spec, "--out", tmp_path / "r.sqlite", "--jobs", 1)
    assert SAID in words(out)


def test_symbolic_data_cannot_be_standardised(run: Run) -> None:
    code, out, err = run("prove", "-a", "tanh", "--standardise")
    assert code == 2 and not out
    assert "--standardise is for a problem bound to data; add --data FILE" in err


def test_many_columns_are_not_all_said(run: Run, tmp_path: Path) -> None:
    wide = tmp_path / "wide.csv"
    names = [f"x{k}" for k in range(30)]
    rows = [[str((7 * i + k * k) % 11) for k in range(31)] for i in range(6)]
    wide.write_text("\n".join([",".join([*names, "y"]), *(",".join(row) for row in rows)]) + "\n")
    code, out, _ = run("constants", wide, "--target", "y", "--standardise")
    assert code == 0 and "have mean and scale of each column" in words(out)
    code, out, _ = run("constants", wide, "--target", "y", "--standardise", "--json")
    assert len(json.loads(out)["scaling"]["features"]) == 30


def test_a_problem_file_says_it(run: Run, csv: Path, tmp_path: Path) -> None:
    spec, other, path = tmp_path / "p.toml", tmp_path / "q.toml", tmp_path / "c.json"
    keys = 'activation = "tanh"\nlambda = "1/10"\ndata = "d.csv"\ntarget = "y"\nwidth = 3\n'
    spec.write_text(f"{keys}standardise = true\n")
    other.write_text(f"{keys}standardise = false\n")
    code, out, _ = run("prove", "--problem", spec, "--out", path)
    assert code == 0 and SAID in words(out)
    assert run("prove", "--problem", spec, "--standardise", "-q")[0] == 0
    for problem, option, says in ((spec, "--raw", "true"), (other, "--standardise", "false")):
        code, out, err = run("prove", "--problem", problem, option)
        assert code == 2 and not out
        assert err.endswith(
            f"{option} is given, and {problem} says standardise = {says}; drop one of them\n"
        )

    code, out, _ = run("check", path, "--problem", spec)
    assert code == 0 and "your data, features and target standardised with" in words(out)
    assert run("check", path, "--problem", other)[0] == 4
    assert run("validate", path, "--problem", spec, "-q")[0] == 0
    code, _, err = run("validate", path, "--problem", other)
    assert code == 2 and "speaks of other data" in err

    bound = Problem.load(spec)
    assert bound.data is not None and bound.data.scaling is not None
    raw = Problem.load(other).data
    assert raw is not None and raw.scaling is None

    spec.write_text(f"{keys}standardise = 1\n")
    code, _, err = run("prove", "--problem", spec)
    assert code == 2 and "standardise must be true or false" in err
