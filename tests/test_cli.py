"""The command line as others script it: exit codes, keys, and one sentence for every bad input."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "d.csv"
    path.write_text("a,b,y\n1,2,1\n3,4.5,-1\n0.5,-1,1\n")
    return path


def bad(result: tuple[int, str, str], words: str) -> None:
    code, out, err = result
    assert code == 2, (out, err)
    assert out == ""
    assert words in err
    assert err.count("\n") == 1 and "Traceback" not in err


def test_prove_json_keys(run: Run) -> None:
    code, out, _ = run("prove", "--activation", "softplus", "--loss", "squared", "--json")
    assert code == 0
    content = json.loads(out)
    assert content["verdict"] == "PROVED"
    assert set(content["conditions"]) == {"V1", "V2", "V3", "V4"}
    assert all(set(c) == {"verdict", "evidence", "reason"} for c in content["conditions"].values())
    assert (
        content["lambda_threshold"]["value"] == "0"
        and content["lambda_threshold"]["strict"] is True
    )
    assert content["lambda_threshold"]["route"] == "euler"
    assert all({"name", "verdict", "threshold"} <= set(r) for r in content["routes"])
    assert {"lo", "hi", "exact"} <= set(content["constants"]["M1"])
    assert content["witness"] is None


def test_prove_exit_codes(run: Run, csv: Path) -> None:
    assert run("prove", "--activation", "tanh", "symbolic")[0] == 0
    assert run("prove", "--activation", "tanh", "--lam", "0")[0] == 1
    assert run("prove", "--activation", "tanh", "--lam=-1/2")[0] == 1
    assert run("prove", "--activation", "relu")[0] == 1
    assert run("prove", "--activation", "z^3")[0] == 1
    assert run("prove", "--activation", "z*sin(z)")[0] == 3
    code, out, _ = run("prove", "--activation", "tanh", "--lam", "-0.5", "--json")
    assert code == 1 and json.loads(out)["witness"]["limit"] == "-oo"


def test_prove_on_data_writes_a_certificate_that_checks(
    run: Run, csv: Path, tmp_path: Path
) -> None:
    out = tmp_path / "c.json"
    code, text, _ = run(
        "prove",
        "-a",
        "tanh",
        "--lam",
        "1/10",
        "--noise",
        "0.01",
        "--data",
        csv,
        "--target",
        "y",
        "--width",
        5,
        "--out",
        out,
    )
    assert code == 0 and "r_0" in text
    code, text, _ = run("check", out, "--data", csv, "--target", "y", "--json")
    assert code == 0 and json.loads(text)[0]["valid"] is True
    content = json.loads(out.read_text())
    content["verdict"] = "REFUTED"
    out.write_text(json.dumps(content))
    code, text, _ = run("check", out)
    assert code == 1 and "INVALID" in text


def test_check_compares_with_the_readers_data(run: Run, csv: Path, tmp_path: Path) -> None:
    out = tmp_path / "c.json"
    run("prove", "-a", "tanh", "--data", csv, "--target", "y", "--width", 5, "--out", out)
    other = tmp_path / "other.csv"
    other.write_text(csv.read_text() + "10,10,1\n")
    code, text, _ = run("check", out, "--data", other, "--target", "y")
    assert code == 4 and "not about your problem" in text and "n of your data is" in text


def test_bounds_json_keys(run: Run) -> None:
    code, out, _ = run("bounds", "tanh(z)", "--json")
    assert code == 0
    content = json.loads(out)
    assert {"expr", "verdict", "smooth", "range", "M1", "M2", "M3", "euler"} <= set(content)
    assert content["smooth"] == {"order": "oo", "at": None}
    assert set(content["range"]) == {"inf", "sup"} and set(content["euler"]) == {"kappa", "H"}
    for key in ("M1", "M2", "M3"):
        assert {"lo", "hi", "exact", "at"} <= set(content[key])
        assert Decimal(content[key]["lo"]) <= Decimal(content[key]["hi"])
    assert content["M2"]["exact"] == "4*sqrt(3)/9"
    assert len(content["M2"]["lo"].replace(".", "").lstrip("0")) >= 15
    assert Decimal(content["range"]["inf"]["lo"]) == -1 and content["range"]["inf"]["exact"] == "-1"
    assert json.loads(run("bounds", "atan(z)", "--json")[1])["range"]["inf"]["exact"] == "-(pi/2)"


def test_bounds_of_a_kink_and_of_growth(run: Run) -> None:
    content = json.loads(run("bounds", "Max(z,0)", "--json")[1])
    assert content["smooth"] == {"order": 0, "at": "0"} and content["M2"]["hi"] == "oo"
    assert content["range"]["sup"]["hi"] == "oo"
    content = json.loads(run("bounds", "z+sin(z)", "--json")[1])
    assert content["euler"] is None and content["range"]["inf"]["lo"] == "-oo"


def test_bounds_budget(run: Run) -> None:
    code, out, _ = run("bounds", "mish", "--budget", "0.000001", "--json")
    assert code == 3 and json.loads(out)["verdict"] == "UNKNOWN" and json.loads(out)["open"]


def test_what_is_open_is_what_was_claimed(run: Run) -> None:
    """Dissipativity says nothing about V4."""
    code, out, _ = run("prove", "-a", "softsign", "--claim", "dissipativity")
    assert code == 3 and "open whether V4" not in out
    assert out.startswith("UNKNOWN  open: ⟨∇L, W⟩ ≥ mr² - b")


def test_a_kink_of_the_loss_is_not_blamed_on_the_activation(run: Run, tmp_path: Path) -> None:
    """Only in the limit does f come to a label here, and that is not decided."""
    data, outer = tmp_path / "far.csv", tmp_path / "one.txt"
    data.write_text("x,y\n1,1\n-1,-1\n2,3\n-2,-3\n")
    outer.write_text("1\n")
    where = ("--data", data, "--target", "y", "--outer", outer, "--lam", "1")
    code, out, _ = run("prove", "-a", "tanh", "--loss", "Abs(u)", *where)
    assert code == 3 and "a smooth loss" in out and "a smooth activation" not in out
    code, out, _ = run("prove", "-a", "Abs(z)", *where)
    assert code == 3 and "a smooth activation" in out


def test_derive_and_list(run: Run) -> None:
    code, out, _ = run("derive", "--activation", "tanh", "--loss", "logistic", "--latex")
    assert code == 0 and "\\tanh" in out and "gradient" in out
    assert "agree with the kernel's" in " ".join(out.split())
    code, out, _ = run("list", "--json")
    content = json.loads(out)
    assert (
        code == 0
        and "softplus" in content["activations"]
        and "squared" in content["losses"]
        and content["theorems"]
    )


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["bounds", "log(z)"], "z = "),
        (["bounds", "sqrt(z)"], "z = "),
        (["bounds", "1/z"], "z = 0"),
        (["bounds", "z +"], "column"),
        (["bounds", "(" * 100000], "column"),
        (["bounds", "tanhh"], "did you mean tanh"),
        (["bounds", "tanh", "--digits", "3"], "--digits"),
        (["bounds", "tanh", "--budget", "0"], "--budget"),
        (["prove", "--activation", "tanh", "--loss", "wobbly"], "no loss called"),
        (["prove", "--activation", "tanh", "--lam", "abc"], "not a rational"),
        (["prove", "--activation", "tanh", "--lam", "nan"], "not a rational"),
        (["prove", "--activation", "tanh", "--lam", "1/0"], "not a rational"),
        (["prove", "--activation", "tanh", "--noise", "0"], "positive"),
        (["prove", "--activation", "log(z)"], "z = "),
        (["prove", "--activation", "tanh", "--width", "3"], "--data"),
        (["prove", "--activation", "tanh", "--claim", "truth"], "no claim"),
        (["prove", "--activation", "tanh", "numeric"], "unexpected argument"),
        (["prove", "--activation", "tanh", "--level", "-1"], "--level"),
        (["derive", "--activation", "1/z"], "z = 0"),
        (["report", "--target", "y"], "--data"),
        (["report", "--width", "0"], "width"),
        (["report", "--theorems", "/nonexistent"], "does not exist"),
        (["check", "/nonexistent.json"], "does not exist"),
        (
            [
                "prove",
                "--activation",
                "tanh",
                "--data",
                "/nonexistent.csv",
                "--target",
                "y",
                "--width",
                "3",
            ],
            "does not exist",
        ),
    ],
)
def test_bad_input_is_one_sentence_and_status_2(args: list[str], words: str, run: Run) -> None:
    bad(run(*args), words)


LONG = "9" * 2400


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["derive", "-a", f"tanh({LONG}*z)*{LONG}"], "more digits than can be written"),
        (["prove", "-a", f"tanh(z/{LONG})/{LONG}"], "more digits than can be written"),
        (["bounds", f"tanh({LONG}*z)"], "more digits than can be written"),
        (["run", "-a", f"tanh({LONG}*z)", "--steps", "1"], "beyond floating point"),
        (["prove", "-a", "tanh", "--budget", "-1"], "--budget must be positive"),
        (["prove", "-a", "tanh", "--budget", "nan"], "--budget must be positive"),
    ],
)
def test_numbers_that_cannot_be_used(args: list[str], words: str, run: Run) -> None:
    bad(run(*args), words)


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("", ["--target", "y", "--width", "3"], "is empty"),
        ("a,y\n1,2\n", ["--target", "y", "--width", "3"], "at least two"),
        ("a,y\n1,2\n3,4\n", ["--target", "q", "--width", "3"], "no column"),
        ("a,y\n1,2\n3,nan\n", ["--target", "y", "--width", "3"], "nan"),
        ("a,y\n1,2\n3,inf\n", ["--target", "y", "--width", "3"], "inf"),
        ("a,y\n1,2\nx,4\n", ["--target", "y", "--width", "3"], "not a number"),
        ("a,y\n1,2\n3,4\n", ["--target", "y", "--width", "0"], "at least 1"),
        ("a,y\n1,2\n3,4\n", ["--target", "y"], "--width"),
        ("a,y\n1,2\n3,4\n", ["--width", "3"], "--target"),
        (
            "a,y\n1,2\n3,4\n5,6\n",
            ["--target", "y", "--width", "3", "--loss", "logistic"],
            "two labels",
        ),
    ],
)
def test_bad_data(text: str, options: list[str], words: str, run: Run, tmp_path: Path) -> None:
    path, out = tmp_path / "d.csv", tmp_path / "c.json"
    path.write_text(text)
    bad(run("prove", "--activation", "tanh", "--data", path, *options, "--out", out), words)
    assert not out.exists()
    if (
        "--loss" not in options
        and "--width" in options
        and options[-1] != "0"
        and "--target" in options
    ):
        bad(run("report", "--data", path, "--target", options[1], "--out", tmp_path / "g"), words)
        assert not (tmp_path / "g").exists()


def test_unwritable_output(run: Run, tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("")
    bad(run("prove", "--activation", "tanh", "--out", blocker / "c.json"), "cannot write")
    bad(run("prove", "--activation", "tanh", "--out", tmp_path), "cannot write")
    bad(run("report", "--out", blocker / "g"), "cannot write")


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"format": "x"}', '{"a": 1, "a": 2}', "[" * 100000]
)
def test_unreadable_certificates(text: str, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_text(text)
    code, _, err = run("check", path)
    assert code == 2 and err.count("\n") == 1


def test_control_characters_do_not_reach_the_terminal(run: Run) -> None:
    _, _, err = run("bounds", "z\x1b[31m")
    assert "\x1b" not in err


@pytest.mark.parametrize("args", [["--help"], ["prove", "--help"], ["list"]])
def test_light_commands_do_not_import_sympy(args: list[str]) -> None:
    code = (
        f"import sys; sys.argv = ['proofkit', *{args!r}]\nfrom proofkit.cli import "
        f"main\ntry: main()\nexcept SystemExit: pass\nassert 'sympy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_bounds_on_an_interval(run: Run) -> None:
    code, out, _ = run("bounds", "log(z)", "--interval", "[1, 4)", "--json")
    content = json.loads(out)
    assert code == 0
    assert content["range"]["inf"]["at"] == "1" and content["range"]["sup"]["at"] == "z -> 4"
    assert (
        Decimal(content["range"]["sup"]["lo"])
        <= Decimal("1.3862943611198906188")
        <= Decimal(content["range"]["sup"]["hi"])
    )
    assert content["interval"] == "[1, 4)"


def test_growth_is_said_at_the_infinite_ends_of_an_interval(run: Run) -> None:
    code, out, _ = run("bounds", "sqrt(z)", "--interval", "[0, oo)")
    assert code == 0
    assert "growth            sublinear at ∞" in out and "at -∞" not in out
    assert "= ∞: σ ~ z^(1/2) as z → ∞" in out


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        ("1,4", "write it like"),
        ("[1 4]", "write it like"),
        ("[4, 1]", "empty"),
        ("[-oo, 1]", "infinite end"),
        ("(0, x)", "not a rational"),
        ("[0, 1]", "0 at z = 0"),
        ("[nan, 1]", "not a rational"),
    ],
)
def test_bad_intervals(run: Run, interval: str, words: str) -> None:
    bad(run("bounds", "log(z)", "--interval", interval), words)


def test_fuzz_bounds(run: Run) -> None:
    code, out, _ = run("fuzz-bounds", "--n", 6, "--seed", 5, "--budget", 1, "--jobs", 1, "--json")
    content = json.loads(out)
    assert code == 0 and content["expressions"] == 6 and content["violations"] == 0
    bad(run("fuzz-bounds", "--n", 0), "at least 1")
    bad(run("fuzz-bounds", "--budget", "nan"), "positive")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["softplus", "--symbol", "beta"], "M_2 = β · 1/4"),
        (["log(1 + exp(c*z))/c", "--set", "c=4"], "log(2)/4"),
        (["squareplus", "--symbol", "b"], "= b^(-1/2) · 1/2"),
    ],
)
def test_parameters_of_an_expression(run: Run, arguments: list[str], word: str) -> None:
    code, out, _ = run("bounds", *arguments)
    assert code == 0 and word in out


def test_derivatives_of_higher_order(run: Run) -> None:
    code, out, _ = run("bounds", "tanh", "--order", "4", "--order", "6", "--no-exact", "--json")
    content = json.loads(out)
    assert code == 0
    from mpmath import mp

    for k in (4, 6):
        sampled = max(
            abs(mp.taylor(mp.tanh, mp.mpf(i) / 100, k)[k]) * mp.factorial(k)
            for i in range(-150, 151)
        )
        assert (
            sampled * (1 - mp.mpf("1e-3"))
            < float(content[f"M{k}"]["lo"])
            <= float(content[f"M{k}"]["hi"])
            < sampled * (1 + mp.mpf("1e-3"))
        )
    code, out, _ = run("bounds", "sin(2*z)", "--order", "5")
    assert code == 0 and "contains 32, at" in " ".join(out.split())
    bad(run("bounds", "tanh", "--order", "3"), "between 4 and 16")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["leaky_relu", "--symbol", "slope"], "--set slope=VALUE"),
        (["softplus", "--symbol", "beta", "--interval", "[0, 1]"], "does not scale"),
        (["softplus", "--set", "beta"], "beta=3/2"),
        (["softplus", "--set", "beta=x"], "rational"),
        (["softplus", "--set", "beta=1", "--set", "beta=2"], "twice"),
        (["softplus", "--symbol", "exp"], "cannot be the name"),
    ],
)
def test_bad_parameters_of_an_expression(run: Run, arguments: list[str], word: str) -> None:
    bad(run("bounds", *arguments), word)


def test_fuzz_certificates(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    assert run("prove", "-a", "tanh", "--out", folder / "tanh.json")[0] == 0
    code, out, _ = run(
        "fuzz-certificates", "--n", 20, "--seed", 5, "--jobs", 1, "--folder", folder, "--json"
    )
    content = json.loads(out)
    assert code == 0 and content["mutants"] == 20 and content["violations"] == []
    bad(run("fuzz-certificates", "--n", 0), "at least 1")
    bad(run("fuzz-certificates", "--folder", tmp_path), "holds no certificate")
    bad(run("fuzz-certificates", "--jobs", -1, "--folder", folder), "0 or more")


def test_check_prints_a_tree_and_says_what_was_not_compared(run: Run) -> None:
    path = (
        Path(__file__).resolve().parents[1]
        / "generated"
        / "certificates"
        / "squared_bounded__tanh__squared__symbolic.json"
    )
    code, out, _ = run("check", path)
    assert (
        code == 0
        and "sigma = tanh(z), squared loss" in out
        and "not compared" in out
        and "`- summary" in out
    )
    code, out, _ = run("check", path, "--quiet")
    assert code == 0 and out.count("\n") == 1
    bad(run("check", path, "--problem", "/nonexistent.csv", "--target", "y"), "does not exist")
    bad(run("check", path, "--problem", path), "--target")


def test_run_writes_what_it_says(run: Run, csv: Path, tmp_path: Path) -> None:
    import numpy as np

    code, out, err = run(
        "run",
        "-a",
        "tanh",
        "--data",
        csv,
        "--target",
        "y",
        "--batch",
        2,
        "--steps",
        50,
        "--width",
        3,
        "--out",
        tmp_path / "t.npz",
        "--json",
    )
    assert code == 0, err
    content = json.loads(out)
    with np.load(tmp_path / "t.npz", allow_pickle=False) as held:
        assert held["loss"][0, -1] == content["final_loss"]["mean"] and held["final"].shape == (
            1,
            3,
            2,
        )
    code, out, _ = run(
        "run",
        "-a",
        "tanh",
        "--data",
        csv,
        "--target",
        "y",
        "--batch",
        2,
        "--steps",
        5,
        "--width",
        3,
        "--init",
        tmp_path / "t.npz",
        "--json",
    )
    assert code == 0 and json.loads(out)["initial_loss"] == content["final_loss"]["mean"]


def test_run_that_diverges(run: Run) -> None:
    code, out, err = run("run", "-a", "softplus", "--step", 1000, "--steps", 500)
    assert code == 1 and "diverged, the first by iteration" in err and "nan" not in out.lower()


def test_plots(run: Run, csv: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    code, _, err = run(
        "run",
        "-a",
        "tanh",
        "--data",
        csv,
        "--target",
        "y",
        "--batch",
        2,
        "--steps",
        50,
        "--plot",
        tmp_path / "l.pdf",
        "-q",
    )
    assert code == 0, err
    assert (tmp_path / "l.pdf").read_bytes()[:5] == b"%PDF-"
    assert (tmp_path / "l.csv").read_text().startswith("figure,curve,x,y,low,high\n")


def test_constants(run: Run, csv: Path) -> None:
    code, out, _ = run("constants", csv, "--target", "y", "--json")
    content = json.loads(out)
    assert code == 0 and (content["n"], content["d"]) == (3, 2)
    assert content["constants"]["B_y"] == {"lo": "1", "hi": "1"}
    # ||(3, 4.5)||^2 = 29.25
    b_x = content["constants"]["B_x"]
    assert Decimal(b_x["lo"]) ** 2 <= Decimal("29.25") <= Decimal(b_x["hi"]) ** 2


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--width", 0), "width"),
        (("--backend", "cc"), "did you mean c?"),
        (("--method", "sdg"), "did you mean sgd?"),
        (("--step", "nan"), "--step is 'nan', not a rational number"),
        (("--step", "0"), "positive"),
        (("--step", "1e-400"), "--step is not 0, and no floating-point number but 0 is near it"),
        (("--lam", "1e400"), "--lam is beyond the largest floating-point number"),
        (("--lam", "1/x"), "--lam is '1/x', not a rational number"),
        (("--lam", "-1/10"), "lambda must be a finite number >= 0"),
        (("--method", "sde", "--noise", "a"), "--noise is 'a', not a rational number"),
        (("--method", "sde", "--noise", "1/0"), "--noise is '1/0', not a rational number"),
        (
            ("--method", "langevin", "--temperature", "inf"),
            "--temperature is 'inf', not a rational number",
        ),
        (("--init-variance", "1/2/3"), "--init-variance is '1/2/3', not a rational number"),
        (("--plot", "x.foo"), "must end in"),
        (("--dtype", "f16"), "precision"),
        (("--lam", "inf"), "--lam is 'inf', not a rational number"),
        (("--init", "nowhere.npy"), "does not exist"),
    ],
)
def test_bad_runs(run: Run, args: tuple, words: str) -> None:
    bad(run("run", "-a", "tanh", *args), words)


def test_a_batch_larger_than_the_data_is_noted(run: Run, csv: Path) -> None:
    code, out, err = run(
        "run",
        "-a",
        "tanh",
        "--data",
        csv,
        "--target",
        "y",
        "--width",
        2,
        "--batch",
        9,
        "--steps",
        3,
    )
    assert code == 0 and "objective" in out
    assert "the batch of 9 is larger than the data: every step uses all 3 rows" in err


def test_validate_wants_the_data_of_the_certificate(run: Run, csv: Path) -> None:
    held = (
        Path(__file__).parent.parent
        / "generated"
        / "certificates"
        / "squared_bounded__tanh__squared__data.json"
    )
    bad(run("validate", held, "--data", csv, "--target", "y"), "other data")
    bad(run("validate", held, "--width", 3), "other outer weights")
    bad(run("validate", csv), "not valid JSON")


def test_validate_of_a_typed_mish_far_out(run: Run, tmp_path: Path) -> None:
    """Rows of size 100 ask for sigma''(150), which the form as it is typed gets wrong by 1200."""
    data, held = tmp_path / "three.csv", tmp_path / "c.json"
    data.write_text("x,y\n100,1\n-50,2\n1,3\n")
    mish = "z*(exp(2*z)+2*exp(z))/(exp(2*z)+2*exp(z)+2)"
    bound = ("--data", data, "--target", "y", "--width", 3, "--lam", "1/10", "--noise", "1/10")
    assert run("prove", "-a", mish, *bound, "--out", held, "-q")[0] == 0
    code, out, err = run("validate", held, "--data", data, "--target", "y")
    assert (code, err) == (0, "") and "L of the data as they are in the file" in out


@pytest.mark.parametrize("text", ["tanh(exp(z))", "sin(exp(z))", "log(erfc(-z))"])
def test_typed_activations_run(run: Run, text: str) -> None:
    code, out, err = run(
        "run", "-a", text, "--steps", 1, "--step", "1e-6", "--init-variance", "1e-6"
    )
    assert code == 0 and "L of the data as they are in the file" in out
    assert ("accurately for z <= 349" in err) == (text == "sin(exp(z))")


def test_a_typed_tanh_runs_as_tanh(run: Run) -> None:
    ends = []
    for text in ("tanh", "(exp(2*z)-1)/(exp(2*z)+1)"):
        args = ("--init-variance", 100, "--steps", 100, "--standardise", "--json")
        code, out, _ = run("run", "-a", text, *args)
        assert code == 0
        ends.append(json.loads(out)["final_loss"]["mean"])
    assert ends[0] == pytest.approx(ends[1], rel=1e-9)


@pytest.mark.parametrize("command", ["sweep", "experiment"])
def test_an_example_is_written_once(command: str, run: Run, tmp_path: Path) -> None:
    code, text, _ = run(command, "--example")
    assert code == 0 and tomllib.loads(text)
    path = tmp_path / "mine.toml"
    code, out, _ = run(command, "--example", path)
    assert code == 0 and f"written: {path}" in out and path.read_text() == text
    path.write_text("kept")
    bad(run(command, "--example", path), "exists already")
    assert path.read_text() == "kept"
    if command == "sweep":
        bad(run("sweep"), "--example my.toml")
