from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings

from proofkit.tactics.workbench import Library

settings.register_profile("proofkit", deadline=None, max_examples=60, derandomize=True)
settings.load_profile("proofkit")


@pytest.fixture(scope="session")
def library() -> Library:
    """Activation facts are derived once for the whole run."""
    return Library()


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """The command line in this process: (exit status, standard output, standard error)."""
    from proofkit import cli

    def go(*args: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["proofkit", *map(str, args)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        out, err = capsys.readouterr()
        return int(stop.value.code or 0), out, err

    return go


HELD = Path(__file__).with_name("held.py")


@pytest.fixture
def held() -> Callable[..., object]:
    """A command in a process of its own, held in its middle.

    ``with held("module:name", 3, "report", "--jobs", 2) as process`` runs the command until
    ``name`` of
    ``module`` is called for the third time (what it gives is then made as far as its first item);
    the process
    stays there until it gets a signal, so that nothing depends on the speed of the machine.
    """

    @contextmanager
    def hold(
        place: str, times: int, *command: object, cwd: Path
    ) -> Iterator[subprocess.Popen[str]]:
        reader, writer = os.pipe()
        words = [place, times, writer, *command]
        try:
            process = subprocess.Popen(
                [sys.executable, str(HELD), *map(str, words)],
                cwd=cwd,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                pass_fds=(writer,),
                text=True,
            )
        finally:
            os.close(writer)
        with process:
            try:
                # One byte when it is there; nothing when the process ended before.
                reached = os.read(reader, 1)
                assert reached == b"!", (process.wait(), process.stderr and process.stderr.read())
                yield process
            finally:
                os.close(reader)
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)

    return hold
