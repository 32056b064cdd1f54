"""The one exception by which the kernel refuses."""

from __future__ import annotations


class KernelError(Exception):
    """A rule was refused; the message names the rule and the premise or side condition."""


class NeedsRowsError(KernelError):
    """A step rests on the rows of the data, and these were not given."""
