"""How commands end: crashes, interrupts and closed outputs, mostly in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest
import typer

from proofkit import process
from proofkit.errors import InternalError

Run = Callable[..., tuple[int, str, str]]
Ready = Callable[[list[str]], list[str]]
ROOT = Path(__file__).resolve().parents[1]
CERTIFICATE = "CERTIFICATE"
"""Stands for the path of a certificate that is made once for all tests."""
PROOFKIT = [sys.executable, "-m", "proofkit"]
CHECKER = [sys.executable, "-m", "proofkit.check"]


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Callable[[list[str]], list[str]]:
    """Puts a certificate where a command has the word for one."""
    path = tmp_path_factory.mktemp("ready") / "c.json"
    subprocess.run([*PROOFKIT, "prove", "-a", "tanh", "-q", "--out", str(path)], check=True)
    return lambda command: [str(path) if word == CERTIFICATE else word for word in command]


class Odd(BaseException):
    """An exception that is no Exception."""


CRASHES = [
    ZeroDivisionError("division by zero"),
    OverflowError("int too large to convert to float"),
    RecursionError("maximum recursion depth exceeded"),
    MemoryError(),
    KeyError("k" * 4000),
    EOFError(),
    AssertionError(),
    ValueError("two\nlines \x1b[31m"),
    FloatingPointError("overflow encountered in exp"),
    ImportError("libflint.so.20: cannot open shared object file"),
    OSError(28, "No space left on device"),
    BrokenPipeError(32, "Broken pipe"),
    BrokenProcessPool("a child process terminated abruptly"),
    TimeoutError(),
    SystemExit(0),
    SystemExit(1),
    SystemExit("a message of a library"),
    GeneratorExit(),
    typer.Abort(),
    Odd(),
    InternalError("two computations disagree"),
]


@pytest.mark.parametrize("error", CRASHES, ids=lambda e: f"{type(e).__name__}{e.args!r:.20}")
@pytest.mark.parametrize(
    "command",
    [
        ["prove", "-a", "tanh"],
        ["bounds", "tanh"],
        ["derive", "-a", "tanh"],
        ["run", "-a", "tanh"],
        ["plan", "-a", "tanh", "-e", "1"],
        ["new-theorem", "t"],
    ],
    ids=lambda c: c[0],
)
def test_whatever_is_unforeseen_is_status_70_and_one_sentence(
    command: list[str],
    error: BaseException,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("proofkit.activation.catalogue.resolve", fail)
    code, out, err = run(*command)
    assert code == process.CRASH and out == ""
    assert err.count("\n") == 1 and "Traceback" not in err and "\x1b" not in err
    assert "report it" in err or "run the command again" in err or "--jobs" in err
    assert "k" * 41 not in err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("module", "command"),
    [
        ("flint", [*CHECKER, CERTIFICATE]),
        ("flint", [*PROOFKIT, "check", CERTIFICATE]),
        ("flint", [*PROOFKIT, "prove", "-a", "tanh"]),
        ("typer", [*PROOFKIT, "list"]),
        ("numpy", [*PROOFKIT, "run", "-a", "tanh", "--steps", "3"]),
        ("sympy", [*PROOFKIT, "derive", "-a", "tanh"]),
        ("jinja2", [*PROOFKIT, "latex", CERTIFICATE]),
    ],
)
def test_an_installation_that_is_broken(
    module: str, command: list[str], ready: Ready, tmp_path: Path
) -> None:
    (tmp_path / f"{module}.py").write_text("raise ImportError('no such shared object')\n")
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    done = subprocess.run(
        ready(command),
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        check=False,
    )
    assert done.returncode == process.CRASH and done.stdout == ""
    assert done.stderr.count("\n") == 1 and "install it again" in done.stderr


def test_a_traceback_on_request(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("here")

    monkeypatch.setattr("proofkit.activation.catalogue.resolve", fail)
    monkeypatch.setenv(process.DEBUG, "1")
    code, _, err = run("bounds", "tanh")
    assert code == process.CRASH and "Traceback" in err
    assert "internal error (ZeroDivisionError: here" in err.splitlines()[-1]


def test_an_interrupt_is_130_and_says_what_is_there(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("proofkit.activation.catalogue.resolve", interrupt)
    code, out, err = run("bounds", "tanh")
    assert (code, out) == (process.INTERRUPTED, "")
    assert err == "proofkit: interrupted; files are written whole or not at all\n"


COMMANDS = [
    [*PROOFKIT, "list"],
    [*PROOFKIT, "--help"],
    [*PROOFKIT, "bounds", "tanh", "--json"],
    [*PROOFKIT, "derive", "-a", "tanh"],
    [*PROOFKIT, "check", CERTIFICATE],
    [*PROOFKIT, "latex", CERTIFICATE],
    [*PROOFKIT, "doctor"],
    [*PROOFKIT, "run", "-a", "tanh", "--steps", "3"],
    [*CHECKER, CERTIFICATE],
]


def names(command: list[str]) -> str:
    return " ".join(word for word in command[2:] if word != CERTIFICATE)


@pytest.mark.parametrize("command", COMMANDS, ids=names)
def test_a_reader_that_is_gone_before_the_first_word(command: list[str], ready: Ready) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(ready(command), stdout=writer, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (process.READER_GONE, b"")


@pytest.mark.parametrize("command", COMMANDS, ids=names)
def test_both_outputs_lead_nowhere(command: list[str], ready: Ready) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(ready(command), stdout=writer, stderr=writer, check=False)
    finally:
        os.close(writer)
    assert done.returncode == process.READER_GONE


@pytest.mark.parametrize("command", COMMANDS, ids=names)
@pytest.mark.parametrize(
    ("redirection", "status"), [(">&-", 0), ("2>&-", 0), ("<&- >&- 2>&-", 0), ("2>/dev/full", 0)]
)
def test_closed_outputs(command: list[str], redirection: str, status: int, ready: Ready) -> None:
    done = subprocess.run(
        ["bash", "-c", f'"$@" {redirection}', "bash", *ready(command)],
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (status, b"")


@pytest.mark.parametrize("command", COMMANDS, ids=names)
@pytest.mark.parametrize("redirection", [">/dev/full", "1</dev/null"])
def test_an_output_that_cannot_be_written(
    command: list[str], redirection: str, ready: Ready
) -> None:
    done = subprocess.run(
        ["bash", "-c", f'"$@" {redirection}', "bash", *ready(command)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == process.UNWRITABLE and done.stdout == ""
    assert done.stderr.count("\n") == 1 and "standard output cannot be written" in done.stderr


def test_a_verdict_keeps_its_status_where_nobody_listens(ready: Ready) -> None:
    for activation, status in (("relu", 1), ("z*sin(z)", 3)):
        command = [*PROOFKIT, "prove", "-a", activation]
        done = subprocess.run(
            ["bash", "-c", '"$@" >&-', "bash", *ready(command)], capture_output=True, check=False
        )
        assert (done.returncode, done.stderr) == (status, b"")


def test_a_file_does_not_become_standard_output(tmp_path: Path) -> None:
    out = tmp_path / "c.json"
    command = [*PROOFKIT, "prove", "-a", "tanh", "--out", str(out)]
    subprocess.run(["bash", "-c", '"$@" >&-', "bash", *command], check=True)
    assert subprocess.run([*CHECKER, str(out)], capture_output=True, check=False).returncode == 0


def test_an_output_in_another_encoding(ready: Ready) -> None:
    env = {**os.environ, "PYTHONIOENCODING": "ascii"}
    for command in COMMANDS:
        done = subprocess.run(ready(command), capture_output=True, env=env, check=False)
        assert done.returncode == 0 and b"Traceback" not in done.stderr


def test_a_worker_process_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import os\n"
        "from proofkit import pools, process\n"
        "def command():\n"
        "    with pools.worker_processes(1) as pool:\n"
        "        return pool.submit(os._exit, 1).result()\n"
        "if __name__ == '__main__':\n"
        "    process.run('proofkit', command)\n"
    )
    path = tmp_path / "killed.py"
    path.write_text(code)
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, check=False)
    assert done.returncode == process.CRASH
    assert done.stderr.count("\n") == 1 and "BrokenProcessPool" in done.stderr
