"""The thresholds of the papers, as remembered: compared with, never used."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from proofkit.kernel.formula import Constant, Enclosure, evaluate, names_in
from proofkit.kernel.objective import Objective
from proofkit.kernel.symbols import M1, B_x, a_2
from proofkit.kernel.univariate.terms import Node, to_text

# M1^2 in the papers is a product of two bounds, and is written as one here.
_SQUARED_SLOPE = Node("mul", (M1, M1))
PUBLISHED: Mapping[bool, tuple[Node, str]] = MappingProxyType(
    {
        True: (2 * M1 * M1 * B_x**2 * a_2**2, "arXiv:2210.11452 (recalled)"),
        False: (_SQUARED_SLOPE * B_x**2 * a_2**2 / 2, "arXiv:2309.09258 (recalled)"),
    }
)
"""Formula and source, for the squared loss or not: remembered, not derived here."""


def published_threshold(
    objective: Objective, known: Mapping[str, Constant]
) -> tuple[str, Enclosure | None, str]:
    """(formula, enclosure when every constant has a value, source)."""
    formula, source = PUBLISHED[objective.squared]
    value = evaluate(formula, known) if names_in(formula) <= set(known) else None
    return to_text(formula), value, source
