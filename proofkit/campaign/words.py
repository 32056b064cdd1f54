"""The words of the opinion on certificates."""

from __future__ import annotations

FALSE, UNDECIDED, TRUE, UNCHANGED = "false", "undecided", "true", "unchanged"
WORST_FIRST = (FALSE, UNDECIDED, TRUE)
