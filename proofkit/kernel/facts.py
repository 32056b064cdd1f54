"""Facts, and ``infer``, which alone can make them, from a rule of the table.

A Fact is a handle without content: what it says is kept by ``infer``, in immutable builtins, and
its properties are copies of that.  So there is nothing in a Fact that could be altered, and an
object of the class that ``infer`` did not make has no content at all.  This holds against code
that uses Python's ways of getting around a class; code that rewrites this module in memory is
beyond it, and the reason why certificates are checked again by a second program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from html import escape
from typing import Any, NamedTuple, NoReturn
from weakref import ref

from proofkit.errors import brief
from proofkit.kernel.core import (
    CITED,
    COQ,
    KERNEL,
    TESTED,
    KernelError,
    Premise,
    Step,
    define,
)
from proofkit.kernel.exact import exact, frozen, own_problem, thawed
from proofkit.kernel.formula import Constant, names_in
from proofkit.kernel.rules import RULES
from proofkit.kernel.univariate.coefficients import TailError
from proofkit.kernel.univariate.workspace import OpenError
from proofkit.problem.data import is_measured
from proofkit.problem.problem import Problem
from proofkit.prose import html, mathjax

AS_RECORDED = " as recorded"
"""Ends the key of a problem whose constants of data come from a certificate or a caller: what is
inferred of it is a replay, no proof about rows, and does not mix with facts about measured data."""
_BY_HAND = "a Fact can only be made by a rule of the kernel"


class _Sealed(type):
    """The type of a class that cannot be called, subclassed or altered."""

    def __new__(
        cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **more: Any
    ) -> _Sealed:
        if any(isinstance(base, _Sealed) for base in bases):
            raise KernelError("Fact has no subclasses")
        return super().__new__(cls, name, bases, namespace, **more)

    def __call__(cls, *args: object, **named: object) -> NoReturn:
        raise KernelError(_BY_HAND)

    def __setattr__(cls, name: str, value: object) -> NoReturn:
        raise KernelError(_BY_HAND)

    def __delattr__(cls, name: str) -> NoReturn:
        raise KernelError(_BY_HAND)


class Fact(metaclass=_Sealed):
    """A claim with the rule and premises that made it.

    ``about`` is the activation or the problem; ``claim`` the kind of statement;
    ``constants`` the named numbers this step introduces; ``payload`` what a
    second program needs to replay the step.  Raises KernelError when made by hand,
    copied, pickled or altered.

    >>> from proofkit import Problem
    >>> fact = Problem("tanh").prove().fact("V2")
    >>> print(fact)
    V2: L(W) >= (lambda/2) r^2, so L(W) -> oo as r -> oo, for every lambda > 0  [V2; kernel-checked]
    >>> fact.levels()
    ('kernel-checked',)
    """

    __slots__ = ("__weakref__",)

    @property
    def about(self) -> str:
        """The key of the activation or of the problem."""
        return _record(self).about

    @property
    def as_recorded(self) -> bool:
        """True when it is about constants of data that were not made from rows here."""
        return _record(self).about.endswith(AS_RECORDED)

    @property
    def claim(self) -> str:
        """The kind of statement."""
        return _record(self).claim

    @property
    def statement(self) -> str:
        """What holds, in a sentence."""
        return _record(self).statement

    @property
    def rule(self) -> str:
        """The rule that made it."""
        return _record(self).rule

    @property
    def premises(self) -> tuple[Fact, ...]:
        """What the rule was applied to."""
        return _record(self).premises

    @property
    def constants(self) -> tuple[Constant, ...]:
        """The numbers this step introduces."""
        return tuple(map(_constant, _record(self).constants))

    @property
    def evidence(self) -> str:
        """The level of the rule: kernel-checked, tested or cited."""
        return _record(self).evidence

    @property
    def payload(self) -> Mapping[str, Any]:
        """What a second program needs to replay the step, read-only."""
        return thawed(_record(self).payload)

    def payload_json(self) -> dict[str, Any]:
        """The payload as JSON values of the caller's own."""
        return thawed(_record(self).payload, writable=True)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise KernelError(_BY_HAND)

    def __delattr__(self, name: str) -> NoReturn:
        raise KernelError(_BY_HAND)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise KernelError(_BY_HAND)

    def __copy__(self) -> NoReturn:
        raise KernelError(_BY_HAND)

    def __deepcopy__(self, memo: object) -> NoReturn:
        raise KernelError(_BY_HAND)

    def __replace__(self, **changes: object) -> NoReturn:
        raise KernelError(_BY_HAND)

    def __str__(self) -> str:
        return f"{self.statement}  [{self.rule}; {self.evidence}]"

    def __repr__(self) -> str:
        return f"<Fact {self.claim}: {brief(self.statement, 100)}>"

    def _repr_latex_(self) -> str:
        return mathjax(self.statement)

    def _repr_html_(self) -> str:
        return (
            f"{html(self.statement)} <small>[{escape(self.rule)}; {escape(self.evidence)}]</small>"
        )

    def ancestors(self) -> Iterator[Fact]:
        """Every fact this one rests on, premises first, itself last, each once."""
        return iter(_ancestors(self))

    def levels(self) -> tuple[str, ...]:
        """The evidence levels this fact rests on, strongest first."""
        found = {_record(f).evidence for f in _ancestors(self)}
        return tuple(level for level in (COQ, KERNEL, TESTED, CITED) if level in found)


class _Record(NamedTuple):
    """The content of a fact: immutable builtins all the way down, beside the facts it rests on."""

    about: str
    claim: str
    statement: str
    rule: str
    premises: tuple[Fact, ...]
    constants: tuple[tuple[Any, ...], ...]
    evidence: str
    payload: Any


def _pair(q: Fraction | None) -> tuple[int, int] | None:
    return None if q is None else (q.numerator, q.denominator)


def _unpair(pair: tuple[int, int] | None) -> Fraction | None:
    return None if pair is None else Fraction(*pair)


def _parts(c: Constant) -> tuple[Any, ...]:
    return c.name, c.formula, _pair(c.lo), _pair(c.hi), c.exact, c.at


def _constant(parts: tuple[Any, ...]) -> Constant:
    name, formula, lo, hi, form, at = parts
    return Constant(name, formula, _unpair(lo), _unpair(hi), form, at)


def _kernel() -> tuple[Callable[[object], _Record], Callable[..., Fact]]:
    """(the content of a fact, ``infer``), which share the record of what was made."""
    # By identity, which no __eq__ or __hash__ put on the class can change.
    made: dict[int, tuple[ref[Fact], _Record]] = {}
    # Rules of its own: a change to those of the table changes nothing here.
    rules = {name: replace(rule) for name, rule in RULES.items()}

    def record(fact: object) -> _Record:
        handle, found = made.get(id(fact), (None, None))
        if handle is None or found is None or handle() is not fact:
            raise KernelError("this is not a Fact that a rule of the kernel made")
        return found

    def keep(fact: Fact, content: _Record) -> None:
        key = id(fact)
        made[key] = (ref(fact, lambda _: made.pop(key, None)), content)

    def infer(
        name: str, problem: Problem, premises: tuple[Fact, ...] = (), /, **given: Any
    ) -> Fact:
        """Apply a rule of the table to facts.

        ``given`` holds proposals that the rule verifies.  Raises KernelError when there is no such
        rule, a premise has the wrong kind or subject or is no fact, or a side condition fails.

        >>> from proofkit.activation.catalogue import Activation
        >>> infer("smooth", Problem(Activation.of("tanh"), "squared"))
        <Fact smooth: sigma is infinitely differentiable on R>
        """
        rule = rules.get(name) if type(name) is str else None
        if rule is None:
            raise KernelError(f"there is no rule called {str(name)[:40]!r}")
        own, premises = own_problem(problem), tuple(premises)
        replay = own.data is not None and not is_measured(own.data)
        keys = {
            "activation": own.activation_key,
            "problem": own.key + (AS_RECORDED if replay else ""),
        }
        if len(premises) != len(rule.premises):
            raise KernelError(
                f"rule {name}: needs {len(rule.premises)} premises, got {len(premises)}"
            )
        records = [record(fact) for fact in premises]
        for position, (fact, kind) in enumerate(zip(records, rule.premises, strict=True), 1):
            if fact.claim not in kind.split("|"):
                raise KernelError(
                    f"rule {name}, premise {position}: needs {kind!r}, got {fact.claim!r}"
                )
            if fact.about not in keys.values():
                raise KernelError(f"rule {name}, premise {position}: is about another problem")
        known = environment(premises)
        seen = tuple(Premise(r.rule, r.claim, thawed(r.payload)) for r in records)
        step = Step(rule, own, seen, known, exact(dict(given)))
        try:
            conclusion = rule.check(step)
        except (ArithmeticError, OpenError, TailError) as error:
            # A number out of range, or an enclosure that does not succeed: the rule cannot be
            # applied.
            raise step.refuse(str(error) or "a number is out of range") from None
        constants = list(conclusion.constants)
        table = {**known, **{c.name: c for c in constants}}
        for constant, text in conclusion.define:
            missing = names_in(text) - set(table)
            if missing:
                raise KernelError(
                    f"rule {name}: {constant} refers to {', '.join(sorted(missing))}, which "
                    f"no premise introduces"
                )
            constants.append(define(constant, text, table))
            table[constant] = constants[-1]
        fact = object.__new__(Fact)
        content = _Record(
            keys[rule.scope],
            rule.claim,
            conclusion.statement,
            name,
            premises,
            tuple(map(_parts, constants)),
            rule.evidence,
            frozen(conclusion.payload),
        )
        keep(fact, content)
        return fact

    return record, infer


_record, infer = _kernel()


def _ancestors(top: Fact) -> list[Fact]:
    seen: set[Fact] = set()
    order: list[Fact] = []

    def visit(fact: Fact) -> None:
        if fact in seen:
            return
        seen.add(fact)
        for premise in _record(fact).premises:
            visit(premise)
        order.append(fact)

    visit(top)
    return order


def environment(facts: Iterable[Fact]) -> dict[str, Constant]:
    """The constants introduced below some facts; KernelError when two disagree on a name."""
    out: dict[str, tuple[Any, ...]] = {}
    for top in facts:
        for fact in _ancestors(top):
            for parts in _record(fact).constants:
                if out.setdefault(parts[0], parts) != parts:
                    raise KernelError(f"two different constants are called {parts[0]}")
    return {name: _constant(parts) for name, parts in out.items()}
