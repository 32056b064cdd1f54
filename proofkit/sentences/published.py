"""The threshold of a loss's source, as remembered: compared with, never used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from proofkit.kernel.formula import Constant, Enclosure, evaluate, names_in
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.symbols import NAMES
from proofkit.kernel.univariate.parser import parse
from proofkit.losses.catalogue import entry_of


class Published(NamedTuple):
    """A formula for lambda in the words of its source, its value where every constant has one, and
    the source.
    """

    formula: str
    value: Enclosure | None
    source: str


def published_threshold(loss: Loss, known: Mapping[str, Constant]) -> Published | None:
    """The threshold that the catalogue has of a loss; None for a loss without one.

    >>> from proofkit.losses.catalogue import resolve
    >>> published_threshold(resolve("squared"), {}).formula
    '2*M1*M1*B_x^2*a_2^2'
    >>> published_threshold(resolve("u^4/4"), {}) is None
    True
    """
    entry = entry_of(loss)
    if entry is None or not entry.published:
        return None
    formula = parse(entry.published, NAMES)
    value = evaluate(formula, known) if names_in(formula) <= set(known) else None
    return Published(entry.published, value, f"{entry.source} (recalled)")


def published_for(objective: Objective, known: Mapping[str, Constant]) -> Published | None:
    """The threshold that a source has of the loss and of the net of the objective; None for nets of
    other layers, of which no source is remembered.
    """
    if objective.architecture is not None:
        return None
    return published_threshold(objective.loss, known)
