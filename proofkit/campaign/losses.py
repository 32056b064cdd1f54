"""The loss of a certificate, for the judge: phi in z, and which argument it has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from proofkit.campaign.judge import Judge
from proofkit.campaign.values import CONTEXT

DIGITS = 30
"""Of the decimal number that an argument is rounded to before phi is worked out there."""
LOSSES = ("u^2/2", "log(1 + exp(-m))", "log(cosh(u))", "sqrt(1 + u^2) - 1", "exp(-m)", "u^2") + (
    "u^4/4",
    "log(1 + exp(1 - m))",
    "Abs(u)",
    "1/2 - exp(-u^2)/2",
)
"""What a forger or another reader may put for a loss."""


@dataclass(frozen=True)
class Phi:
    """l(f, y) = phi(f - y) for an expression in u, phi(y f) with y = -1 or +1 for one in m."""

    text: str

    @property
    def classifies(self) -> bool:
        """True for an expression in m.

        >>> Phi("log(1 + exp(-m))").classifies, Phi("u^2/2").classifies
        (True, False)
        """
        return re.search(r"\bm\b", self.text) is not None

    @property
    def in_z(self) -> str:
        """The expression with z for its letter.

        >>> Phi("log(cosh(u))").in_z
        'log(cosh(z))'
        """
        return re.sub(r"\b[um]\b", "z", self.text)

    @cached_property
    def judge(self) -> Judge:
        """The witness on phi."""
        return Judge(self.in_z, seed=1)

    def derivatives(self, f: Any, y: Any) -> tuple[Any, Any] | None:
        """(l', l'') at an output and its label; None where phi has no value."""
        argument = str(CONTEXT.nstr(y * f if self.classifies else f - y, DIGITS))
        found = self.judge.at(Fraction(argument), 2)
        if found is None:
            return None
        first, second = (CONTEXT.mpf(part) for part in found[1:3])
        return (y * first, y * y * second) if self.classifies else (first, second)
