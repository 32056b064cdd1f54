from __future__ import annotations

import sys
from collections.abc import Callable

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
