"""What is refuted of the net of an architecture: V2, V3 and V4, along curves and by biases without
decay.

Each function returns a fact of the kernel or raises Stuck with what was not found.
"""

from __future__ import annotations

from proofkit.kernel.facts import Fact
from proofkit.tactics.workbench import Stuck, Workbench


def refute_v2(bench: Workbench) -> Fact:
    """V2 fails."""
    raise _nothing(bench)


def refute_v3(bench: Workbench) -> Fact:
    """V3 fails."""
    raise _nothing(bench)


def refute_v4(bench: Workbench) -> Fact:
    """V4 fails."""
    raise _nothing(bench)


def _nothing(bench: Workbench) -> Stuck:
    depth = 0 if bench.objective.architecture is None else bench.objective.architecture.depth
    return Stuck(f"no curve is searched for in a net of depth {depth} yet")
