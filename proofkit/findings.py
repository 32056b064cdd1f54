"""A fact of the kernel as people read it: the kernel's claims are terms, and a finding says one in
words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

from proofkit.constants import Constant, printed
from proofkit.errors import brief
from proofkit.kernel.facts import Fact
from proofkit.kernel.objective.objective import Objective
from proofkit.prose import html, mathjax
from proofkit.sentences.printer import payload, sentence
from proofkit.sentences.record import kind_of
from proofkit.sentences.said import Said, said


@dataclass(frozen=True, repr=False)
class Finding:
    """A step of a proof: what holds in a sentence, the rule that made it, and its evidence.

    ``kind`` is the kind of statement, ``constants`` are the named numbers that the step introduces,
    ``premises`` what it rests on, and ``fact`` is the kernel's own, whose ``claim`` is a term.  Two
    findings are equal when their facts are one.

    >>> from proofkit import Problem
    >>> found = Problem("tanh").prove().fact("V2")
    >>> print(found)
    V2: L(W) >= (lambda/2) r^2, so L(W) -> oo as r -> oo, for every lambda > 0  [V2; kernel-checked]
    >>> found
    <Finding V2: V2: L(W) >= (lambda/2) r^2, so L(W) -> oo as r -> oo, for every lambda > 0>
    >>> found.levels(), type(found.fact.claim).__name__
    (('kernel-checked',), 'V2')
    """

    fact: Fact
    premises: tuple[Finding, ...] = field(compare=False)
    _said: Said = field(compare=False)

    @property
    def kind(self) -> str:
        """The kind of statement, as certificates call it."""
        return kind_of(self.fact.claim)

    @property
    def claim(self) -> str:
        """The same as ``kind``; the claim as a term is ``fact.claim``."""
        return self.kind

    @property
    def statement(self) -> str:
        """What holds, in a sentence."""
        return sentence(self._said)

    @property
    def rule(self) -> str:
        """The rule that made it."""
        return self.fact.rule

    @property
    def evidence(self) -> str:
        """The level of the rule: kernel-checked or cited."""
        return self.fact.evidence

    @property
    def constants(self) -> tuple[Constant, ...]:
        """The numbers that this step introduces, their formulas as text."""
        return tuple(map(printed, self.fact.constants))

    @property
    def payload(self) -> Mapping[str, object]:
        """What the step leaves beside its sentence, as JSON values of the caller's own."""
        return payload(self._said)

    def payload_json(self) -> dict[str, object]:
        """The same as ``payload``."""
        return dict(self.payload)

    def levels(self) -> tuple[str, ...]:
        """The levels of evidence that it rests on, strongest first."""
        return self.fact.levels()

    def ancestors(self) -> tuple[Finding, ...]:
        """Every finding that this one rests on, premises first, itself last, each once."""
        order: dict[int, Finding] = {}

        def visit(finding: Finding) -> None:
            if id(finding.fact) in order:
                return
            for premise in finding.premises:
                visit(premise)
            order[id(finding.fact)] = finding

        visit(self)
        return tuple(order.values())

    def __str__(self) -> str:
        return f"{self.statement}  [{self.rule}; {self.evidence}]"

    def __repr__(self) -> str:
        return f"<Finding {self.kind}: {brief(self.statement, 100)}>"

    def _repr_latex_(self) -> str:
        return mathjax(self.statement)

    def _repr_html_(self) -> str:
        return (
            f"{html(self.statement)} <small>[{escape(self.rule)}; {escape(self.evidence)}]</small>"
        )


def finding_of(fact: Fact, objective: Objective) -> Finding:
    """A fact about an objective, and what it rests on, as people read it."""
    made: dict[int, Finding] = {}

    def find(step: Fact, told: Said) -> Finding:
        if id(step) not in made:
            premises = zip(step.premises, told.premises, strict=True)
            below = tuple(find(premise, behind) for premise, behind in premises)
            made[id(step)] = Finding(step, below, told)
        return made[id(step)]

    return find(fact, said(fact, objective))
