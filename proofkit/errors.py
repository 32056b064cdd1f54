"""The errors proofkit raises on purpose.

Every message is one sentence that says what was wrong, where, and what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(value: str, allowed: Iterable[str]) -> str:
    """The end of a sentence about a name that is not allowed: the nearest one that is, or all of them.

    >>> nearest("sqared", ["squared", "logistic"])
    'did you mean squared?'
    >>> nearest("hinge", ["squared", "logistic"])
    'use one of squared, logistic'
    """
    names = list(allowed)
    near = difflib.get_close_matches(value, names, 1)
    return f"did you mean {near[0]}?" if near else f"use one of {', '.join(names)}"


class ProofkitError(Exception):
    """Base class: the input, not the program, is at fault."""


class InputError(ProofkitError):
    """A file, an option or a number that cannot be used."""


class ParseError(InputError):
    """Text that is not an expression of the grammar; carries the column (1-based)."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"expression, column {column}: {message}")
        self.column = column


class DomainError(InputError):
    """An expression that is not a real number somewhere on the real line."""


class InternalError(Exception):
    """Two independent computations disagree: nothing may be claimed any more."""
