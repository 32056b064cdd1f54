"""The named constants of a proof as people read them: formulas as text, beside their enclosures.

The kernel's own constants (``proofkit.kernel.formula``) hold terms; these are printed from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from proofkit.errors import brief
from proofkit.kernel import formula as kernel
from proofkit.kernel.symbols import NAMES
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.rounding import decimal, number_text, round_down, round_up
from proofkit.kernel.univariate.terms import Node, to_text


@dataclass(frozen=True, repr=False)
class Constant:
    """A named number: its defining formula (None for data and parameters) and its enclosure.

    ``lo`` and ``hi`` are None while a symbolic parameter is unbound; ``exact`` is a closed form,
    ``at`` where a supremum is reached.
    """

    name: str
    formula: str | None = None
    lo: Fraction | None = None
    hi: Fraction | None = None
    exact: str | None = None
    at: str | None = None

    def __repr__(self) -> str:
        formula = "" if self.formula is None else f" = {brief(self.formula)}"
        if self.lo is None or self.hi is None:
            return f"<Constant {self.name}{formula}>"
        # An enclosure, so rounded outwards.
        low, high = decimal(round_down(self.lo, 6), 12), decimal(round_up(self.hi, 6), 12)
        return f"<Constant {self.name}{formula} in [{low}, {high}]>"

    @property
    def numeric(self) -> bool:
        """True when the constant has a value."""
        return self.lo is not None and self.hi is not None


Environment = Mapping[str, Constant]


def printed(constant: kernel.Constant) -> Constant:
    """A constant of the kernel as people read it."""
    return Constant(
        constant.name,
        None if constant.formula is None else to_text(constant.formula),
        constant.lo,
        constant.hi,
        None if constant.exact is None else to_text(constant.exact),
        None if constant.at is None else str(constant.at),
    )


@lru_cache(maxsize=512)
def formula(text: str) -> Node:
    """The term of a formula; ParseError unless only the names of constants occur in it."""
    return parse(text, NAMES)


def names_in(text: str) -> frozenset[str]:
    """The constants a formula refers to."""
    return kernel.names_in(formula(text))


def evaluate(text: str, known: Environment, **extra: Fraction) -> tuple[Fraction, Fraction] | None:
    """An enclosure of the formula's value, outward rounded; None when a name has no value yet.

    ``extra`` gives numbers for names, also where ``known`` has them.  Raises KeyError for a name
    that is not defined at all, ValueError where the formula has no finite value.
    """
    numbers = {name: kernel.Constant(name, None, c.lo, c.hi) for name, c in known.items()}
    numbers |= {name: kernel.Constant(name, None, value, value) for name, value in extra.items()}
    return kernel.evaluate(formula(text), numbers)


__all__ = [
    "NAMES",
    "Constant",
    "Environment",
    "evaluate",
    "formula",
    "names_in",
    "number_text",
    "printed",
]
