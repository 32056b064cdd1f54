"""Costs that should not grow: proofs against n and p; the catalogue; digits.  Run: python
tests/benchmarks/costs.py
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from proofkit.activation.catalogue import CATALOGUE, Activation
from proofkit.problem.data import outer_from_seed, summarise
from proofkit.problem.problem import Problem
from proofkit.reading.table import load_table
from proofkit.report import BUNDLED_TARGET, bundled_data
from proofkit.search.facts import derive_facts
from proofkit.tactics.prove import prove
from proofkit.tactics.workbench import Library


def seconds(f: Callable[[], object], repeat: int = 3) -> float:
    """Median wall time."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        f()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def sizes() -> None:
    """A proof once the summary is made, for n from 10^2 to 10^6 and p from 10 to 10^6."""
    summary = summarise(load_table(bundled_data(), BUNDLED_TARGET))
    library = Library()
    lam, s = Fraction(1, 10), Fraction(1, 100)
    for n, p in ((10**2, 10), (10**4, 10**3), (10**6, 10**6)):
        start = time.perf_counter()
        outer = outer_from_seed(p, 0)
        drawn = time.perf_counter() - start
        problem = Problem(Activation.of("tanh"), "squared", lam, s, replace(summary, n=n), outer)
        prove(problem, library=library)
        print(
            f"n = {n:8} p = {p:8}: proof "
            f"{1e3 * seconds(lambda problem=problem: prove(problem, library=library)):7.1f} "
            f"ms (drawing a: {drawn:.2f} s)"
        )


def catalogue() -> None:
    """All facts of each activation, and of the whole catalogue."""
    times = {
        name: seconds(lambda name=name: derive_facts(Activation.of(name).root), 1)
        for name in CATALOGUE
    }
    for name, t in times.items():
        print(f"{name:12} {t:6.2f} s")
    print(
        f"median {statistics.median(times.values()):.2f} s, whole catalogue "
        f"{sum(times.values()):.2f} s"
    )


def digits() -> None:
    """Growth with the number of digits."""
    for name in ("tanh", "softplus", "gelu", "mish"):
        row = [
            seconds(
                lambda name=name, d=d: derive_facts(Activation.of(name).root, digits=d, budget=120),
                1,
            )
            for d in (15, 50, 200)
        ]
        print(
            f"{name:10} "
            + "  ".join(f"{d} digits {t:.2f} s" for d, t in zip((15, 50, 200), row, strict=True))
        )


if __name__ == "__main__":
    sizes()
    catalogue()
    digits()
