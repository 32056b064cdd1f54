from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs everything that needs Coq, so that the library is compiled once."""
    for item in items:
        if "coq_cache" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("coq"))


@pytest.fixture(scope="session")
def coq_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Coq, or skip; the library is compiled once for the run, in a folder of the test's own."""
    if shutil.which("coqc") is None:
        assert not os.environ.get("PROOFKIT_REQUIRE_COQ"), "coqc is required here"
        pytest.skip("coqc is not installed")
    root = tmp_path_factory.mktemp("cache")
    before = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = str(root)
    yield root / "proofkit" / "coq"
    if before is None:
        del os.environ["XDG_CACHE_HOME"]
    else:
        os.environ["XDG_CACHE_HOME"] = before
