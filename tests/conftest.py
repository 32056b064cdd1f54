from __future__ import annotations

import pytest
from hypothesis import settings

from proofkit.tactics.workbench import Library

settings.register_profile("proofkit", deadline=None, max_examples=60, derandomize=True)
settings.load_profile("proofkit")


@pytest.fixture(scope="session")
def library() -> Library:
    """Activation facts are derived once for the whole run."""
    return Library()
