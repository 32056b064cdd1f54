"""What rules are made of: the premises and arguments a rule sees, and what it returns.

Facts, and the one function that makes them, are in ``proofkit.kernel.facts``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from proofkit.kernel.formula import Constant, evaluate, exact_value
from proofkit.problem.problem import Problem

KERNEL, COQ, TESTED, CITED = "kernel-checked", "Coq-checked", "tested", "cited"


class KernelError(Exception):
    """A rule was refused; the message names the rule and the premise or side condition."""


@dataclass(frozen=True, slots=True)
class Premise:
    """What a rule sees of a fact: the rule that made it, its claim, what it left to be replayed."""

    rule: str
    claim: str
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class Conclusion:
    """What a rule's check returns: statement, new constants as (name, formula), payload."""

    statement: str
    define: tuple[tuple[str, str], ...] = ()
    constants: tuple[Constant, ...] = ()
    payload: Mapping[str, Any] = field(default_factory=dict[str, Any])


Check = Callable[["Step"], Conclusion]


@dataclass(frozen=True)
class Rule:
    """One inference: what it needs, what it concludes, how it reads, its Coq lemma.

    ``scope`` is "activation" or "problem"; ``premises`` are claim kinds, in order.
    ``check`` tests the side conditions and raises KernelError.
    """

    name: str
    scope: str
    premises: tuple[str, ...]
    claim: str
    latex: str
    check: Check
    evidence: str = KERNEL
    lemma: str = ""
    source: str = ""


@dataclass(frozen=True)
class Step:
    """The arguments a rule's check sees.

    ``given`` holds proposals (a cover, a direction, a level): values that the check verifies.
    """

    rule: Rule
    problem: Problem
    premises: tuple[Premise, ...]
    known: Mapping[str, Constant]
    given: Mapping[str, Any]

    def constant(self, name: str) -> Constant:
        """A constant some premise introduces; KernelError when none does."""
        if name not in self.known:
            raise self.refuse(f"no premise gives {name}")
        return self.known[name]

    def proposal(self, name: str, *kinds: type) -> Any:
        """What the caller proposes under a name; KernelError unless exactly of one of the kinds."""
        if name not in self.given:
            raise self.refuse(f"it needs {name}")
        if type(self.given[name]) not in kinds:
            raise self.refuse(f"{name} is of the wrong kind")
        return self.given[name]

    def refuse(self, why: str) -> KernelError:
        """The error that names the rule."""
        return KernelError(f"rule {self.rule.name}: {why}")


def define(name: str, text: str, known: Mapping[str, Constant]) -> Constant:
    """A constant given by a formula in known ones."""
    exact = exact_value(text, known)
    if exact is not None:
        return Constant(name, text, exact, exact, str(exact))
    value = evaluate(text, known)
    if value is None:
        return Constant(name, text)
    return Constant(name, text, value[0], value[1])
