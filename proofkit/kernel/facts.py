"""Facts, and ``infer``, which alone can make them, by a rule of the table.

A Fact is a handle without content: what it says is kept by ``infer``, in immutable builtins, and
its properties are copies of that.  So there is nothing in a Fact that could be altered, and an
object of the class that ``infer`` did not make has no content at all.  This holds against code
that uses Python's ways of getting around a class; code that rewrites this module in memory is
beyond it, and the reason why a certificate is checked again by the reader, in a process of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple, NoReturn
from weakref import ref

from proofkit.errors import brief
from proofkit.kernel import claims, proposals
from proofkit.kernel.claims import Claim
from proofkit.kernel.formula import Constant, Place, define, names_in
from proofkit.kernel.inference import LEVELS, Conclusion, Premise, Rule, Step
from proofkit.kernel.kinds import is_of_kind
from proofkit.kernel.losses.kinds import KINDS
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.losses.residual import ResidualLoss
from proofkit.kernel.objective.objective import RECORDS as OBJECTIVES
from proofkit.kernel.objective.objective import Objective, key_of, own
from proofkit.kernel.proposals import Proposal
from proofkit.kernel.records import Frozen, frozen, thawed
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.rules import RULES
from proofkit.kernel.univariate.coefficients import TailError
from proofkit.kernel.univariate.terms import Z, to_text
from proofkit.kernel.univariate.workspace import OpenError
from proofkit.reading.labels import LabelMap
from proofkit.reading.scaling import ColumnScaling, Scaling
from proofkit.reading.table import Table

RECENT = 4096
"""How many facts are held, about the steps of two hundred certificates."""

_BY_HAND = "a Fact can only be made by a rule of the kernel"
_CONTENT: frozenset[type] = frozenset(
    {
        *claims.CLAIMS,
        *claims.RANGES,
        *claims.WITNESSES,
        *claims.CURVES,
        claims.Scope,
        *proposals.PROPOSALS,
        proposals.OneSided,
        proposals.Reached,
        Constant,
        Place,
    }
)
_ROWS: frozenset[type] = frozenset({Table, LabelMap, Scaling, ColumnScaling})


class _Sealed(type):
    """The type of a class that cannot be called, subclassed or altered."""

    def __new__(
        cls, name: str, bases: tuple[type, ...], namespace: dict[str, object], **more: object
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
    """A claim with the rule and the premises that made it.

    ``claim`` is what holds; ``constants`` are the named numbers that this step introduces;
    ``proposal`` is what it was made from, besides the premises.  Raises KernelError when made by
    hand, copied, pickled or altered.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> from proofkit.kernel.losses.kinds import loss_of_text
    >>> fact = infer("parameters", Objective(parse("tanh(z)"), loss_of_text("u^2/2")))
    >>> fact.claim, fact.levels()
    (Parameters(), ('kernel-checked',))
    """

    __slots__ = ("__weakref__",)

    @property
    def about(self) -> Frozen:
        """What tells its subject, an activation, a loss or an objective, from every other."""
        return _record(self).about

    @property
    def about_activation(self) -> bool:
        """True when it is about the activation alone."""
        return type(_record(self).about) is str

    @property
    def about_loss(self) -> bool:
        """True when it is about the loss alone."""
        about = _record(self).about
        return type(about) is tuple and about[0] in KINDS

    @property
    def claim(self) -> Claim:
        """What holds."""
        claim = thawed(_record(self).claim)
        assert isinstance(claim, Claim), "infer put it there"
        return claim

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
    def proposal(self) -> Proposal | None:
        """What was proposed for it and verified; None where the rule needs nothing."""
        return _proposal(_record(self).proposal)

    @property
    def evidence(self) -> str:
        """The level of the rule: kernel-checked or cited."""
        return _record(self).evidence

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

    def __repr__(self) -> str:
        return f"<Fact {brief(repr(self.claim), 100)} [{self.rule}; {self.evidence}]>"

    def agrees(self, claim: Claim, constants: Sequence[Constant]) -> bool:
        """True when these are exactly its claim and the constants that it introduces."""
        return _agrees(self, claim, constants)

    def ancestors(self) -> Iterator[Fact]:
        """Every fact this one rests on, premises first, itself last, each once."""
        return iter(_ancestors(self))

    def levels(self) -> tuple[str, ...]:
        """The evidence levels this fact rests on, strongest first."""
        found = {_record(f).evidence for f in _ancestors(self)}
        return tuple(level for level in LEVELS if level in found)


class _Record(NamedTuple):
    """The content of a fact: immutable builtins all the way down, beside the facts it rests on."""

    about: Frozen
    claim: Frozen
    rule: str
    premises: tuple[Fact, ...]
    constants: tuple[Frozen, ...]
    proposal: Frozen
    evidence: str


class _Kept(NamedTuple):
    """What ``infer`` keeps of a fact: besides its content, objects made of that for the rules alone.

    ``known`` are the constants below it, as content and as objects.  Nobody gets hold of these.
    """

    handle: ref[Fact]
    content: _Record
    seen: Premise
    known: Mapping[str, tuple[Frozen, Constant]]


class _Subject(NamedTuple):
    """What facts can be about: the objective, or its activation or its loss alone."""

    seen: Mapping[str, Objective]
    keys: Mapping[str, Frozen]


@lru_cache(maxsize=256)
def _subject(key: Frozen) -> _Subject:
    """The kernel's own objective of some content.

    A rule about the activation sees nothing else of the objective, so that its fact holds beside
    every loss and all data; a rule about the loss likewise.
    """
    objective = own(thawed(key))
    sigma, loss = objective.sigma, objective.loss
    return _Subject(
        {
            "activation": Objective(sigma, _ANY_LOSS),
            "loss": Objective(Z, loss),
            "objective": objective,
        },
        {
            "activation": to_text(sigma),
            "loss": frozen(loss, OBJECTIVES),
            "objective": key_of(objective),
        },
    )


_ANY_LOSS: Loss = ResidualLoss(Z)


def _kernel(
    table: Iterable[Rule],
) -> tuple[
    Callable[[object], _Record],
    Callable[..., Fact],
    Callable[[Fact, Claim, Sequence[Constant]], bool],
]:
    """(the content of a fact, ``infer``, whether a fact says something), which share the record of
    what was made.
    """
    # By identity, which no __eq__ or __hash__ put on the class can change.
    made: dict[int, _Kept] = {}
    # What was inferred from the same content before, while somebody holds it.
    inferred: dict[tuple[object, ...], ref[Fact]] = {}
    # The last facts are held here, so that certificates read one after the other share them.
    recent: deque[Fact] = deque(maxlen=RECENT)
    # Rules of its own: a change to those of the table changes nothing here.
    rules = {rule.name: replace(rule) for rule in table}

    def kept(fact: object) -> _Kept:
        found = made.get(id(fact))
        if found is None or found.handle() is not fact:
            raise KernelError("this is not a Fact that a rule of the kernel made")
        return found

    def record(fact: object) -> _Record:
        return kept(fact).content

    def keep(
        content: _Record,
        seen: Premise,
        known: Mapping[str, tuple[Frozen, Constant]],
        key: tuple[object, ...],
    ) -> Fact:
        fact = object.__new__(Fact)
        place = id(fact)

        def forget(handle: ref[Fact]) -> None:
            made.pop(place, None)
            if inferred.get(key) is handle:
                del inferred[key]

        handle = ref(fact, forget)
        made[place] = _Kept(handle, content, seen, known)
        inferred[key] = handle
        recent.append(fact)
        return fact

    def infer(
        name: str,
        objective: Objective,
        premises: tuple[Fact, ...] = (),
        proposal: Proposal | None = None,
        rows: Table | None = None,
    ) -> Fact:
        """Apply a rule of the table to facts.

        ``proposal`` is verified by the rule; ``rows`` are the data, for the rules that look at
        them.  Raises KernelError when there is no such rule, a premise has the wrong kind or
        subject or is no fact, or a side condition fails.
        """
        rule = rules.get(name) if type(name) is str else None
        if rule is None:
            raise KernelError(f"there is no rule called {str(name)[:40]!r}")
        if not rule.looks_at_rows:
            rows = None  # a copy of large data for nothing, otherwise
        premises = tuple(premises)
        held = [kept(fact) for fact in premises]
        if type(objective) is not Objective:
            raise KernelError("the objective is not an Objective")
        subject = _subject(key_of(objective))
        _require_net(rule, subject)
        proposed = _proposed(rule, proposal)
        about = subject.keys[rule.about]
        # The premises live as long as the fact that rests on them, so their identities are theirs.
        key = (name, about, tuple(map(id, premises)), proposed, rows is None)
        handle = inferred.get(key)
        before = handle() if handle is not None and rows is None else None
        if before is not None:
            return before
        seen = tuple(fact.seen for fact in held)
        _require_premises(rule, held, subject)
        known = _joined(held)
        step = Step(
            rule,
            subject.seen[rule.about],
            seen,
            {constant: value for constant, (_, value) in known.items()},
            _own_proposal(rule, proposed),
            _own_rows(rows),
        )
        try:
            conclusion = rule.check(step)
            introduced = _introduced(step, conclusion)
        except (ArithmeticError, ValueError, OpenError, TailError) as error:
            # A number out of range, or an enclosure that does not succeed.
            raise step.refuse(str(error) or "a number is out of range") from None
        if type(conclusion.claim) is not rule.conclusion:
            raise step.refuse(f"it concludes {type(conclusion.claim).__name__}")
        constants = tuple(frozen(c, _CONTENT) for c in introduced)
        for content, constant in zip(constants, introduced, strict=True):
            if known.setdefault(constant.name, (content, constant))[0] != content:
                raise step.refuse(f"two different constants are called {constant.name}")
        content = _Record(
            about,
            frozen(conclusion.claim, _CONTENT),
            name,
            premises,
            constants,
            proposed,
            rule.evidence,
        )
        return keep(content, Premise(name, conclusion.claim), known, key)

    def agrees(fact: Fact, claim: Claim, constants: Sequence[Constant]) -> bool:
        # Objects are compared, which is quicker than their content.
        own = kept(fact)
        introduced = tuple(map(_name_of, own.content.constants))
        return (
            own.seen.claim == claim
            and introduced == tuple(constant.name for constant in constants)
            and all(own.known[c.name][1] == c for c in constants)
        )

    return record, infer, agrees


def _joined(facts: Iterable[_Kept]) -> dict[str, tuple[Frozen, Constant]]:
    """The constants below some facts; KernelError when two disagree on a name."""
    out: dict[str, tuple[Frozen, Constant]] = {}
    for fact in facts:
        for name, pair in fact.known.items():
            if out.setdefault(name, pair)[0] != pair[0]:
                raise KernelError(f"two different constants are called {name}")
    return out


def _require_net(rule: Rule, subject: _Subject) -> None:
    """KernelError unless the rule is for the net of the objective."""
    if rule.about != "objective" or rule.nets == "any":
        return
    layered = subject.seen["objective"].architecture is not None
    if layered != (rule.nets == "layers"):
        raise KernelError(f"rule {rule.name}: the net is of another architecture")


def _require_premises(rule: Rule, facts: list[_Kept], subject: _Subject) -> None:
    """KernelError unless each premise is of its kind and about the same subject."""
    wanted = len(rule.premises)
    if len(facts) != wanted:
        raise KernelError(f"rule {rule.name}: needs {wanted} premises, got {len(facts)}")
    for position, (fact, kind) in enumerate(zip(facts, rule.premises, strict=True), 1):
        if type(fact.seen.claim) is not kind:
            raise KernelError(
                f"rule {rule.name}, premise {position}: needs {kind.__name__}, got "
                f"{type(fact.seen.claim).__name__}"
            )
        allowed = _subjects_below(rule, subject)
        if fact.content.about not in allowed:
            raise KernelError(f"rule {rule.name}, premise {position}: is about another problem")


def _subjects_below(rule: Rule, subject: _Subject) -> set[Frozen]:
    """What the premises of a rule may be about: what its conclusion is about, or a part of that."""
    if rule.about == "objective":
        return set(subject.keys.values())
    return {subject.keys[rule.about]}


def _proposed(rule: Rule, proposal: Proposal | None) -> Frozen:
    """The content of a proposal; KernelError unless it is of the kind of the rule."""
    if proposal is None:
        return None
    if rule.proposal is None or type(proposal) is not rule.proposal:
        raise KernelError(f"rule {rule.name}: it takes no proposal of this kind")
    return frozen(proposal, _CONTENT)


def _name_of(content: Frozen) -> str:
    """The name of a constant from its content, which begins with its class and its first field."""
    assert type(content) is tuple and type(content[1]) is str, "infer put it there"
    return content[1]


def _constant(content: Frozen) -> Constant:
    """A constant from its content."""
    constant = thawed(content)
    assert type(constant) is Constant, "infer put it there"
    return constant


def _proposal(content: Frozen) -> Proposal | None:
    """A proposal of one's own from its content."""
    proposal = thawed(content)
    assert proposal is None or isinstance(proposal, Proposal), "what was frozen"
    return proposal


def _own_proposal(rule: Rule, content: Frozen) -> Proposal | None:
    """The proposal that a rule sees; KernelError unless its fields hold what they declare."""
    proposal = _proposal(content)
    if proposal is not None and not is_of_kind(proposal, rule.proposal):
        raise KernelError(f"rule {rule.name}: a field of the proposal is of the wrong kind")
    return proposal


def _own_rows(rows: Table | None) -> Table | None:
    if rows is None:
        return None
    if type(rows) is not Table:
        raise KernelError("the rows are not a Table")
    again = thawed(frozen(rows, _ROWS))
    assert type(again) is Table, "what was frozen"
    return again


def _introduced(step: Step, conclusion: Conclusion) -> list[Constant]:
    """The constants of a step: those that its rule has found, and those given by a formula."""
    constants = list(conclusion.constants)
    known = {**step.known, **{c.name: c for c in constants}}
    for symbol, formula in conclusion.define:
        name = str(symbol.value)
        missing = names_in(formula) - set(known)
        if missing:
            raise step.refuse(
                f"{name} refers to {', '.join(sorted(missing))}, which no premise introduces"
            )
        constants.append(define(name, formula, known))
        known[name] = constants[-1]
    return constants


_record, infer, _agrees = _kernel(RULES.values())


def _ancestors(top: Fact) -> list[Fact]:
    seen: set[int] = set()
    order: list[Fact] = []

    def visit(fact: Fact) -> None:
        if id(fact) in seen:
            return
        seen.add(id(fact))
        for premise in _record(fact).premises:
            visit(premise)
        order.append(fact)

    visit(top)
    return order


def environment(facts: Iterable[Fact]) -> dict[str, Constant]:
    """The constants introduced below some facts; KernelError when two disagree on a name."""
    found: dict[str, tuple[Frozen, Constant]] = {}
    for fact in (below for top in facts for below in _ancestors(top)):
        for content in _record(fact).constants:
            constant = _constant(content)
            if found.setdefault(constant.name, (content, constant))[0] != content:
                raise KernelError(f"two different constants are called {constant.name}")
    return {name: constant for name, (_, constant) in found.items()}
