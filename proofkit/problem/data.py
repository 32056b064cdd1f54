"""What proofs need of data and outer weights, with the suggestions that floating point makes.

The constants themselves are made and verified in ``proofkit.kernel.objective.data``, in exact arithmetic;
their cost does not enter the proofs.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from proofkit.kernel.objective import data
from proofkit.kernel.objective.data import (
    DataSummary,
    Outer,
    Spectrum,
    generate_outer,
    gram,
    is_measured,
    measured,
    outer_from_seed,
    positive_definite,
    summarise_outer,
    unit_of,
)
from proofkit.reading.outer import outer_weights
from proofkit.reading.table import Table


def summarise(table: Table) -> DataSummary:
    """The constants of the data, exact but for lambda_max(S), which is enclosed."""
    return data.summarise(table, suggested_spectrum(gram(table), unit_of(table)))


def largest_eigenvalue(table: Table) -> tuple[Fraction, Fraction]:
    """Rational [lo, hi] containing lambda_max(S); see ``largest_eigenvalue_of``."""
    return largest_eigenvalue_of(gram(table), unit_of(table))


def largest_eigenvalue_of(G: list[list[int]], unit: Fraction) -> tuple[Fraction, Fraction]:
    """Rational [lo, hi] containing lambda_max(unit G); a float eigenvector only suggests."""
    return data.largest_eigenvalue(G, unit, suggested_spectrum(G, unit))


def suggested_spectrum(G: list[list[int]], unit: Fraction) -> Spectrum:
    """A vector near the eigenvector of the largest eigenvalue of G, in floating point."""
    import numpy as np

    d = len(G)
    trace = sum(G[i][i] for i in range(d)) * unit
    if trace == 0:
        return Spectrum((1,) * d)
    # Scaled by the trace before it becomes floating point, so that nothing overflows.
    approximate = np.array([[float(Fraction(v) * unit / trace) for v in row] for row in G])
    _, vectors = np.linalg.eigh(approximate)
    return Spectrum(tuple(round(float(c) * 2**48) for c in vectors[:, -1]))


def load_outer(path: Path, decimal: str | None = None) -> Outer:
    """The weights of a file (see ``outer_weights``), summarised."""
    weights, digest = outer_weights(path, decimal)
    return summarise_outer(weights, path.name, digest)


__all__ = [
    "DataSummary",
    "Outer",
    "Table",
    "generate_outer",
    "gram",
    "is_measured",
    "largest_eigenvalue",
    "largest_eigenvalue_of",
    "load_outer",
    "measured",
    "outer_from_seed",
    "positive_definite",
    "suggested_spectrum",
    "summarise",
    "summarise_outer",
]
