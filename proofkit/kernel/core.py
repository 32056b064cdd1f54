"""Facts and rules.  A Fact can be made only by ``infer``, from a rule of the table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import InitVar, dataclass, field
from html import escape
from typing import Any

from proofkit.kernel.formula import Constant, evaluate, exact_value, names_in
from proofkit.problem.problem import Problem
from proofkit.prose import html, mathjax

KERNEL, COQ, TESTED, CITED = "kernel-checked", "Coq-checked", "tested", "cited"
_SEAL = object()


class KernelError(Exception):
    """A rule was refused; the message names the rule and the premise or side condition."""


@dataclass(frozen=True, repr=False)
class Fact:
    """A claim with the rule and premises that made it.

    ``about`` is the activation or the problem; ``claim`` the kind of statement;
    ``constants`` the named numbers this step introduces; ``payload`` what a
    second program needs to replay the step.  Raises KernelError when made by hand.

    >>> from proofkit import Problem
    >>> fact = Problem("tanh").prove().fact("V2")
    >>> print(fact)
    V2: L(W) >= (lambda/2) r^2, so L(W) -> oo as r -> oo, for every lambda > 0  [V2; kernel-checked]
    >>> fact.levels()
    ('kernel-checked',)
    """

    about: str
    claim: str
    statement: str
    rule: str
    premises: tuple[Fact, ...]
    constants: tuple[Constant, ...]
    evidence: str
    payload: Mapping[str, Any] = field(default_factory=dict[str, Any], hash=False, compare=False)
    # Not stored, so that dataclasses.replace cannot carry it over to an altered copy.
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise KernelError("a Fact can only be made by a rule of the kernel")

    def __str__(self) -> str:
        return f"{self.statement}  [{self.rule}; {self.evidence}]"

    def __repr__(self) -> str:
        return f"<Fact {self.claim}: {self.statement}>"

    def _repr_latex_(self) -> str:
        return mathjax(self.statement)

    def _repr_html_(self) -> str:
        return (
            f"{html(self.statement)} <small>[{escape(self.rule)}; {escape(self.evidence)}]</small>"
        )

    def ancestors(self) -> Iterator[Fact]:
        """Every fact this one rests on, premises first, itself last, each once."""
        seen: set[int] = set()
        order: list[Fact] = []

        def visit(fact: Fact) -> None:
            if id(fact) in seen:
                return
            seen.add(id(fact))
            for premise in fact.premises:
                visit(premise)
            order.append(fact)

        visit(self)
        return iter(order)

    def levels(self) -> tuple[str, ...]:
        """The evidence levels this fact rests on, strongest first."""
        found = {f.evidence for f in self.ancestors()}
        return tuple(level for level in (COQ, KERNEL, TESTED, CITED) if level in found)


@dataclass(frozen=True)
class Conclusion:
    """What a rule's own check returns: the statement, new constants as (name, formula), the payload."""

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
    """The arguments a rule's check sees."""

    rule: Rule
    problem: Problem
    premises: tuple[Fact, ...]
    known: Mapping[str, Constant]
    given: Mapping[str, Any]

    def constant(self, name: str) -> Constant:
        """A constant some premise introduces; KernelError when none does."""
        if name not in self.known:
            raise self.refuse(f"no premise gives {name}")
        return self.known[name]

    def refuse(self, why: str) -> KernelError:
        """The error that names the rule."""
        return KernelError(f"rule {self.rule.name}: {why}")


def environment(facts: Iterable[Fact]) -> dict[str, Constant]:
    """The constants introduced below some facts; KernelError when two disagree on a name."""
    out: dict[str, Constant] = {}
    for top in facts:
        for fact in top.ancestors():
            for c in fact.constants:
                if out.setdefault(c.name, c) != c:
                    raise KernelError(f"two different constants are called {c.name}")
    return out


def infer(
    rules: Mapping[str, Rule],
    name: str,
    problem: Problem,
    premises: tuple[Fact, ...] = (),
    /,
    **given: Any,
) -> Fact:
    """Apply a rule; KernelError when a premise has the wrong kind or subject, or a side condition fails."""
    rule = rules.get(name)
    if rule is None:
        raise KernelError(f"there is no rule called {name!r}")
    about = {"activation": problem.activation_key, "problem": problem.key}[rule.scope]
    if len(premises) != len(rule.premises):
        raise KernelError(f"rule {name}: needs {len(rule.premises)} premises, got {len(premises)}")
    for position, (fact, kind) in enumerate(zip(premises, rule.premises, strict=True), 1):
        if fact.claim not in kind.split("|"):
            raise KernelError(
                f"rule {name}, premise {position}: needs {kind!r}, got {fact.claim!r}"
            )
        if fact.about not in (problem.key, problem.activation_key):
            raise KernelError(f"rule {name}, premise {position}: is about another problem")
    known = environment(premises)
    conclusion = rule.check(Step(rule, problem, premises, known, given))
    constants = list(conclusion.constants)
    table = {**known, **{c.name: c for c in constants}}
    for constant, text in conclusion.define:
        missing = names_in(text) - set(table)
        if missing:
            raise KernelError(
                f"rule {name}: {constant} refers to {', '.join(sorted(missing))}, which no premise introduces"
            )
        made = define(constant, text, table)
        constants.append(made)
        table[constant] = made
    return Fact(
        about,
        rule.claim,
        conclusion.statement,
        name,
        premises,
        tuple(constants),
        rule.evidence,
        conclusion.payload,
        _SEAL,
    )


def define(name: str, text: str, known: Mapping[str, Constant]) -> Constant:
    """A constant given by a formula in known ones."""
    exact = exact_value(text, known)
    if exact is not None:
        return Constant(name, text, exact, exact, str(exact))
    value = evaluate(text, known)
    if value is None:
        return Constant(name, text)
    return Constant(name, text, value[0], value[1])
