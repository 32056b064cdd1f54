"""The errors proofkit raises on purpose.

Every message is one sentence that says what was wrong, where, and what to do.
"""

from __future__ import annotations


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
