"""The parts of a text with mathematics: words, formulas, displays, and the steps made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from proofkit.kernel.univariate.terms import Node


@dataclass(frozen=True)
class Text:
    """Words, unescaped; may come from a file."""

    content: str


@dataclass(frozen=True)
class Formula:
    """A formula within a sentence: LaTeX of this package's own making, never text from a file."""

    latex: str


@dataclass(frozen=True)
class Display:
    """A formula on a line of its own, as LaTeX."""

    latex: str


Sentence = tuple[Text | Formula, ...]
Block = tuple[Text | Formula | Display, ...]


@dataclass(frozen=True)
class Definition:
    """A constant by its formula: ``symbol relation root``, and an enclosure where it has a value.

    ``relation`` is ``=``, or ``\\le`` for a quantity of which only the bound is known.
    """

    name: str
    symbol: str
    root: Node | None
    lo: Fraction | None
    hi: Fraction | None
    relation: str = "="


# Where constants come from, with headings for lists of them.
CONSTANT_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "problem": "Given by the problem",
        "activation": "Of the activation",
        "loss": "Of the loss",
        "derived": "Derived in the proof",
    }
)


@dataclass(frozen=True)
class Constant:
    """A row of the list of constants.

    ``kind`` is ``problem`` (data, outer weights, lambda, s), ``activation`` or ``loss`` (suprema,
    values), or ``derived``. ``exact`` is an exact form that lies in the enclosure; ``step`` the number of the
    step that defines it.
    """

    definition: Definition
    kind: str
    meaning: Sentence
    exact: Node | None
    step: int | None


@dataclass(frozen=True)
class Step:
    """A step of a proof: what it says, why, what it rests on (numbers of steps), and its evidence.

    ``definitions`` are the constants that the step introduces.  ``cited`` are the marks of the
    works its rule takes on trust, as in the certificate's rules.
    """

    number: int
    id: str
    rule: str
    title: str
    statement: Block
    reason: Block
    definitions: tuple[Definition, ...]
    premises: tuple[int, ...]
    evidence: str


@dataclass(frozen=True)
class Statement:
    """What a certificate states.

    ``kind`` is ``theorem``, ``proposition`` (a refutation: the negation is what is proved) or
    ``remark`` (nothing was decided).  ``hypotheses`` names data, weights, lambda and s; ``body`` is
    the assertion; ``implicit`` says that a constant of a cited theorem is not explicit.
    """

    kind: str
    title: Sentence
    hypotheses: Block
    body: Block
    implicit: bool = False


@dataclass(frozen=True)
class Exposition:
    """A certificate as mathematics: its statement, constants, proof, and the steps no goal needs."""

    statement: Statement
    constants: tuple[Constant, ...]
    steps: tuple[Step, ...]
    unused: tuple[Step, ...]
