"""latex, new-theorem, doctor and shell; --json, --quiet, NO_COLOR, help and Ctrl-C everywhere."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import typer.main

from proofkit import cli
from proofkit.cli import console
from proofkit.kernel.claims import CLAIMS
from proofkit.tactics.theorem import load_theorem

ROOT = Path(__file__).parents[1]
CERTIFICATE = ROOT / "generated" / "certificates" / "squared_bounded__tanh__squared__data.json"
Run = Callable[..., tuple[int, str, str]]
Held = Callable[..., AbstractContextManager[subprocess.Popen[str]]]
PROOFKIT = [sys.executable, "-m", "proofkit"]


def test_latex_to_a_file_and_to_standard_output(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "appendix.tex"
    code, text, _ = run(
        "latex",
        CERTIFICATE,
        "--bib",
        "--out",
        out,
        "--prefix",
        "app",
        "--theorem-env",
        "thm",
        "--heading",
        "none",
    )
    assert code == 0 and "1 certificate)" in text
    assert (
        r"\begin{thm}" in out.read_text()
        and r"\label{app:" in out.read_text()
        and r"\subsection" not in out.read_text()
    )
    assert "@book{villani2009" in (tmp_path / "appendix.bib").read_text()
    assert run("latex", CERTIFICATE)[1].startswith("% Written by proofkit")
    assert run("latex", CERTIFICATE, "--standalone")[1].startswith(r"\documentclass")
    assert run("latex", CERTIFICATE, "--bib")[1].startswith("@")
    content = json.loads(run("latex", CERTIFICATE, "--json")[1])
    assert content["certificates"] == [CERTIFICATE.stem] and content["tex"] and content["bib"]
    assert run("latex", CERTIFICATE, "--out", out, "--quiet") == (0, "", "")


def test_latex_refuses(run: Run, tmp_path: Path) -> None:
    forged = tmp_path / "c.json"
    forged.write_text(CERTIFICATE.read_text().replace("PROVED", "REFUTED", 1))
    out = tmp_path / "a.tex"
    code, text, err = run("latex", forged, "--out", out)
    assert code == 1 and text == "" and "is invalid at" in err and not out.exists()
    for args, words in (
        ((), "at least one certificate"),
        ((tmp_path / "none.json",), "none.json"),
        ((CERTIFICATE, "--out", tmp_path / "a b.tex"), "letters, digits"),
        ((CERTIFICATE, "--out", tmp_path / "a.txt"), "NAME.tex"),
        ((CERTIFICATE, "--templates", tmp_path / "no"), "does not exist"),
        ((CERTIFICATE, "--theorem-env", "a}b"), "--theorem-env"),
    ):
        code, text, err = run("latex", *args)
        assert (code, text) == (2, "") and words in err and err.count("\n") == 1, err


def test_new_theorem_is_ready_for_a_report(run: Run, tmp_path: Path) -> None:
    code, text, _ = run(
        "new-theorem",
        "my_bump",
        "--activation",
        "z*exp(-z^2)",
        "--loss",
        "logistic",
        "--folder",
        tmp_path,
    )
    assert code == 0 and "my_bump.toml" in text
    theorem = load_theorem(tmp_path / "my_bump.toml")
    assert (
        theorem.activations == ("z*exp(-z^2)",)
        and theorem.losses == ("logistic",)
        and theorem.claim in CLAIMS
    )
    body = (tmp_path / "my_bump.toml").read_text()
    assert body.count("\n#") >= 8
    code, text, _ = run(
        "report", "--theorems", tmp_path, "--out", tmp_path / "out", "--jobs", "1", "--json"
    )
    assert code == 0 and json.loads(text)["certificates"] == 1
    for args, words in (
        (("my_bump",), "exists already"),
        (("My Bump",), "small letters"),
        (("../x",), "small letters"),
        (("other", "--claim", "vilani"), "did you mean villani"),
        (("other", "--activation", "tanhh"), "did you mean tanh"),
        (("other", "--loss", "sqared"), "did you mean squared"),
    ):
        code, text, err = run("new-theorem", *args, "--folder", tmp_path)
        assert (code, text) == (2, "") and words in err
    assert sorted(p.name for p in tmp_path.glob("*.toml")) == ["my_bump.toml"]


def test_doctor(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    code, text, _ = run("doctor")
    assert code == 0 and "python-flint" in text and "coqc" in text
    parts = {p["name"]: p for p in json.loads(run("doctor", "--json")[1])["parts"]}
    assert parts["sympy"]["found"] and all(
        p["adds"] or p["name"] == "Python" for p in parts.values()
    )
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("CC", raising=False)
    parts = {p["name"]: p for p in json.loads(run("doctor", "--json")[1])["parts"]}
    assert (
        parts["coqc"]["found"] is None
        and parts["pdflatex"]["found"] is None
        and "apt-get" in parts["coqc"]["get"]
    )
    assert "missing" in run("doctor")[1]


def commands() -> dict[str, object]:
    return dict(typer.main.get_command(cli.app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_has_an_example_and_the_common_options(name: str) -> None:
    command = commands()[name]
    assert "Example" in (command.help or ""), name  # type: ignore[attr-defined]
    options = {o for p in command.params for o in p.opts}  # type: ignore[attr-defined]
    if name != "shell":
        assert "--json" in options
    if name not in ("shell", "list", "derive"):
        assert "--quiet" in options


@pytest.mark.parametrize(
    "args",
    [
        ["prove", "-a", "tanh", "-q"],
        ["bounds", "tanh", "-q"],
        ["plan", "-a", "tanh", "-l", "logistic", "--width", "4", "-e", "1", "-q"],
    ],
)
def test_quiet_says_nothing(args: list[str], run: Run) -> None:
    assert run(*args) == (0, "", "")


def test_no_color_on_a_terminal(run: Run, tmp_path: Path) -> None:
    certificate = tmp_path / "c.json"
    assert run("prove", "-a", "tanh", "-q", "--out", certificate)[0] == 0

    def seen(**extra: str) -> str:
        main, side = pty.openpty()
        env = (
            {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
            | {"TERM": "xterm-256color"}
            | extra
        )
        command = [*PROOFKIT, "check", str(certificate)]
        with subprocess.Popen(command, stdout=side, stderr=side, env=env):
            os.close(side)
            out = b""
            try:
                while piece := os.read(main, 65536):
                    out += piece
            except OSError:  # what Linux says when the last writer is gone
                pass
            finally:
                os.close(main)
        return out.decode()

    assert "\x1b[32m" in seen()
    assert "\x1b[" not in seen(NO_COLOR="1")


@pytest.mark.parametrize(
    ("place", "args"),
    [
        ("proofkit.report:as_completed", ["report", "--jobs", "2", "--out", "out"]),
        ("proofkit.report:_prove_instance", ["report", "--jobs", "1", "--out", "out"]),
        ("proofkit.campaign.bounds:in_order", ["fuzz-bounds", "--n", "50", "--jobs", "2"]),
        (
            "proofkit.campaign.certificates:in_order",
            ["fuzz-certificates", "--n", "5000", "--jobs", "2", "--folder", CERTIFICATE.parent],
        ),
        ("proofkit.search.facts:check_domain_open", ["bounds", "tanh", "--digits", "900"]),
        ("proofkit.kernel.certificate:certify", ["prove", "-a", "tanh", "--out", "out/c.json"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_ctrl_c_leaves_nothing_and_exits_130(
    place: str, args: list[object], held: Held, tmp_path: Path
) -> None:
    with held(place, 1, *args, cwd=tmp_path) as process:
        # As a terminal does: the signal reaches the whole group.
        os.killpg(process.pid, signal.SIGINT)
        text, err = process.communicate()
    assert process.returncode == 130, (process.returncode, err[-800:])
    assert text == "" and err == "proofkit: interrupted; files are written whole or not at all\n"
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


class Terminal(io.StringIO):
    """Standard error as a terminal would be; ``seen`` is set when the time left has been drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = threading.Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        done = super().write(text)
        if re.search(r"at most \d+ s left", self.getvalue()):
            self.seen.set()
        return done


def test_progress_appears_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "PATIENCE", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    with console.patience(False, "proving", 3600.0):
        # Until it is drawn, however long the machine takes for that.
        stream.seen.wait()
    with console.bar(False, "what") as step:
        assert step is not None
        step(1, 4, "half way")
    assert "half way" in stream.getvalue()


@pytest.mark.parametrize(("quiet", "stream"), [(True, Terminal()), (False, io.StringIO())])
def test_progress_appears_nowhere_else(
    quiet: bool, stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "PATIENCE", 0.0)
    monkeypatch.setattr(sys, "stderr", stream)
    threads = threading.active_count()
    with console.patience(quiet, "proving", 3600.0):
        assert threading.active_count() == threads
    with console.bar(quiet, "what") as step:
        assert step is None
    assert stream.getvalue() == ""


def test_mistyped_commands_and_options_get_a_hint() -> None:
    for args, words in (
        (["prov"], "prove"),
        (["prove", "--activaton", "tanh"], "--activation"),
        (["prove", "-a", "tnh"], "tanh"),
    ):
        done = subprocess.run([*PROOFKIT, *args], capture_output=True, text=True, check=False)
        assert done.returncode == 2 and words in done.stderr and "Traceback" not in done.stderr


def test_version_and_help(run: Run) -> None:
    from proofkit import __version__

    assert run("--version") == (0, f"proofkit {__version__}\n", "")
    assert "Start with: proofkit prove" in run("--help")[1]


def test_completion_scripts_can_be_made() -> None:
    env = {**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    done = subprocess.run(
        [*PROOFKIT, "--show-completion", "bash"],
        capture_output=True,
        text=True,
        env=env,
        check=False,
    )
    assert done.returncode == 0 and "complete" in done.stdout


def test_shell_runs_what_it_is_given(tmp_path: Path) -> None:
    done = subprocess.run(
        [*PROOFKIT, "shell", "--activation", "tanh"],
        input="print('verdict', problem.prove().verdict)\nprint('has', L.has(W))\nexit()\n",
        capture_output=True,
        text=True,
        env={**os.environ, "TERM": "dumb", "NO_COLOR": "1", "IPYTHONDIR": str(tmp_path)},
        check=False,
    )
    assert "verdict PROVED" in done.stdout and "has True" in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('activations = ["tanh", "softplus", "tanh"]', "activations lists 'tanh' twice"),
        (
            'activations = ["softplus", "log(1 + exp(z))"]',
            "activations lists 'log(1 + exp(z))' twice, as 'softplus' too",
        ),
        ('losses = ["squared", "squared"]', "losses lists 'squared' twice"),
        ('scope = ["symbolic", "symbolic"]', "scope lists 'symbolic' twice"),
        ('lambda = ["0.1", "1/10"]', "lambda lists '1/10' twice, as '0.1' too"),
    ],
)
def test_a_theorem_that_lists_the_same_twice(
    line: str, words: str, run: Run, tmp_path: Path
) -> None:
    key = line.partition(" ")[0]
    lines = {
        "title": 'title = "t"',
        "statement": 'statement = "s"',
        "claim": 'claim = "villani"',
        "losses": 'losses = ["squared"]',
        "activations": 'activations = ["tanh"]',
    }
    (tmp_path / "t.toml").write_text("\n".join({**lines, key: line}.values()))
    code, out, err = run("report", "--theorems", tmp_path, "--out", tmp_path / "out")
    assert code == 2 and out == "" and words in err and err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_latex_of_steps_that_need_the_data(run: Run, tmp_path: Path) -> None:
    data, weights = tmp_path / "one.csv", tmp_path / "a.txt"
    data.write_text("x,y\n1,1\n2,0\n-1,3\n")
    weights.write_text("1\n")
    certificate, out = tmp_path / "kink.json", tmp_path / "kink.tex"
    of = ("--data", data, "--target", "y", "--outer", weights)
    assert run("prove", "-a", "Abs(z)", *of, "--out", certificate)[0] == 1
    code, _, err = run("latex", certificate, "--out", out)
    assert code == 1 and "not verified" in err and "--problem" in err and not out.exists()
    code, _, err = run("latex", certificate, "--problem", data, "--target", "y", "--out", out)
    assert (code, err) == (0, "") and "kink" in out.read_text()
    other = tmp_path / "other.csv"
    other.write_text("x,y\n1,1\n2,0\n")
    code, _, err = run("latex", certificate, "--problem", other, "--target", "y")
    assert code == 1 and "not about this problem" in err
    code, _, err = run("latex", certificate, "--target", "y")
    assert code == 2 and "--problem" in err
