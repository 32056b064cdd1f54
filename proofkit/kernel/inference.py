"""What a rule is: the premises and the proposal it sees, and the conclusion it returns.

Facts, and the one function that makes them, are in ``facts``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from proofkit.kernel.claims import Claim
from proofkit.kernel.formula import Constant
from proofkit.kernel.objective.data import data_differ, not_whole
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.proposals import Proposal
from proofkit.kernel.refusal import KernelError, NeedsRowsError
from proofkit.kernel.univariate.terms import Node
from proofkit.reading.table import Table

KERNEL, COQ, CITED = "kernel-checked", "Coq-checked", "cited"
LEVELS = (COQ, KERNEL, CITED)
"""The levels of evidence, strongest first."""

C = TypeVar("C", bound=Claim)
P = TypeVar("P", bound=Proposal)
Subject = Literal["activation", "loss", "objective"]
Nets = Literal["fixed head", "layers", "any"]
"""The nets that a rule about the objective is for: f = <a, sigma(W x)> with a fixed; those that an
architecture describes; both.
"""


@dataclass(frozen=True, slots=True)
class Premise:
    """What a rule sees of a fact: the rule that made it and its claim."""

    rule: str
    claim: Claim


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What a rule concludes: its claim, and the constants that it introduces.

    ``constants`` are numbers that the rule itself has found; ``define`` gives others by a formula
    in known constants and in those before, which ``infer`` evaluates.
    """

    claim: Claim
    define: tuple[tuple[Node, Node], ...] = ()
    constants: tuple[Constant, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One inference, with all that belongs to it.

    ``premises`` are the claims it needs, in order; ``conclusion`` is the claim it makes, about the
    activation or the loss alone or about the objective; ``proposal`` is what the caller may suggest and
    ``check`` verifies, together with the side conditions; ``looks_at_rows`` says that it needs the
    rows of the data besides, ``nets`` which nets it is for.  ``reason`` is a sentence in LaTeX,
    ``lemma`` the Coq lemma, ``source`` the work cited.
    """

    name: str
    about: Subject
    premises: tuple[type[Claim], ...]
    conclusion: type[Claim]
    check: Callable[[Step], Conclusion]
    reason: str
    proposal: type[Proposal] | None = None
    lemma: str = ""
    source: str = ""
    evidence: str = KERNEL
    looks_at_rows: bool = False
    nets: Nets = "fixed head"


@dataclass(frozen=True, slots=True)
class Step:
    """The arguments that a rule's check sees: its own exact copies of what the caller gave."""

    rule: Rule
    objective: Objective
    premises: tuple[Premise, ...]
    known: Mapping[str, Constant]
    proposal: Proposal | None
    rows: Table | None = None

    def premise(self, position: int, kind: type[C]) -> C:
        """The claim of a premise, which is of that kind."""
        claim = self.premises[position].claim
        if type(claim) is not kind:
            raise self.refuse(f"premise {position + 1} is not of the kind {kind.__name__}")
        return claim

    def proposed(self, kind: type[P]) -> P:
        """What the caller proposes; KernelError unless it is of that kind."""
        if type(self.proposal) is not kind:
            raise self.refuse(f"it needs a proposal of the kind {kind.__name__}")
        return self.proposal

    def constant(self, term: Node) -> Constant:
        """The constant that a symbol stands for; KernelError when no premise introduces it."""
        name = str(term.value)
        if name not in self.known:
            raise self.refuse(f"no premise gives {name}")
        return self.known[name]

    def rows_of_the_data(self) -> Table:
        """The rows; NeedsRowsError without them, KernelError unless they are the objective's."""
        data, table = self.objective.data, self.rows
        if data is None:
            raise self.refuse("the data are symbols")
        if table is None:
            raise NeedsRowsError(f"rule {self.rule.name}: needs the rows of the data")
        if why := not_whole(table) or data_differ(data, table):
            raise self.refuse(f"the rows are not the data's: {why}")
        return table

    def refuse(self, why: str) -> KernelError:
        """The error that names the rule."""
        return KernelError(f"rule {self.rule.name}: {why}")
