"""A proof, a condition, a step or a constant of a certificate, explained: as text, LaTeX or HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from proofkit.errors import InputError, nearest, quoted
from proofkit.exposition import numbers, setting
from proofkit.exposition import plain as plainly
from proofkit.exposition.expose import constants, expose, open_part
from proofkit.exposition.formulas import latex
from proofkit.exposition.model import (
    Block,
    Constant,
    Definition,
    Display,
    Exposition,
    Formula,
    Sentence,
    Step,
    Text,
)
from proofkit.prose import mathml
from proofkit.terminal import PIPED, paragraphs

DIGITS = 6


@dataclass(frozen=True)
class Part:
    """A heading and the paragraphs beneath it."""

    heading: Sentence
    body: tuple[Block, ...]


@dataclass(frozen=True, repr=False)
class Explanation:
    """What holds and why, in sentences and formulas: ``print`` it, or take ``.text()``, ``.latex()``, ``.html()``.

    In a notebook it shows itself typeset.

    >>> from proofkit import prove
    >>> told = prove("softplus").explain("V2")
    >>> told
    <Explanation of V2: 2 parts>
    >>> print(str(told).splitlines()[1])
        It asks that L(W) → ∞ as r → ∞. This is proved.
    """

    subject: str
    parts: tuple[Part, ...]

    def text(self, columns: int = PIPED) -> str:
        """In lines of at most ``columns`` characters, formulas in Unicode.

        >>> from proofkit import prove
        >>> max(map(len, prove("tanh").explain().text(60).splitlines())) <= 60
        True
        """
        lines: list[str] = []
        for part in self.parts:
            lines += [*([""] if lines else []), *paragraphs(part.heading, columns)]
            for block in part.body:
                lines += paragraphs(block, columns, 4)
        return "\n".join(lines)

    def latex(self) -> str:
        """For a paper: a paragraph with a heading for each part.

        >>> from proofkit import prove
        >>> print(prove("tanh").explain("G").latex().splitlines()[0])
        \\paragraph{$G$}
        """
        return "\n\n".join(
            "\n\n".join([rf"\paragraph{{{_latex(part.heading)}}}", *map(_latex, part.body)])
            for part in self.parts
        )

    def html(self) -> str:
        """For a page: formulas in MathML, text escaped.

        >>> from proofkit import prove
        >>> prove("tanh").explain("G").html().startswith("<section><h4><math")
        True
        """
        return "".join(
            f"<section><h4>{_html(part.heading)}</h4>{''.join(f'<p>{_html(b)}</p>' for b in part.body)}</section>"
            for part in self.parts
        )

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        count = len(self.parts)
        return f"<Explanation of {self.subject}: {count} part{'s' if count != 1 else ''}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text("..." if cycle else str(self))

    def _repr_html_(self) -> str:
        return self.html()

    def _repr_latex_(self) -> str:
        return "\n\n".join(
            "\n\n".join([f"**{_mathjax(part.heading)}**", *map(_mathjax, part.body)])
            for part in self.parts
        )


def explanation_of(content: Mapping[str, Any], what: str | int = "") -> Explanation:
    """Of a certificate: all of it, a condition ("V4"), a step (its number, rule or claim) or a constant ("G").

    Raises InputError, with the nearest name, for what does not occur in it.
    """
    exposition = expose(content, DIGITS)
    known = (*exposition.steps, *exposition.unused)
    if what == "":
        return Explanation("the proof", (*_whole(exposition), *_steps(exposition.steps, known)))
    if isinstance(what, str) and what in content["conditions"]:
        return Explanation(str(what), _condition(content, str(what), known))
    numbered = [step for step in known if step.number == what]
    claims = {s["id"]: s["claim"] for s in content["steps"]}
    steps = numbered or [s for s in known if what in (s.rule, s.title, claims[s.id])]
    if steps:
        return Explanation(f"{what}", _steps(steps, known))
    listed = (*exposition.constants, *_all_constants(content, known))
    constant = next((c for c in listed if what in _names(c)), None)
    if constant is not None:
        return Explanation(constant.definition.name, _constant(constant, known))
    names = dict.fromkeys(
        (
            *content["conditions"],
            *(step.rule for step in known),
            *(c.definition.name for c in listed),
        )
    )
    raise InputError(f"there is no {quoted(what)} in this proof; {nearest(str(what), names)}")


def _all_constants(content: Mapping[str, Any], known: Iterable[Step]) -> Iterable[Constant]:
    """Also those of steps that the statement does not need."""
    every = frozenset(str(s["id"]) for s in content["steps"])
    return constants(content, every, {step.id: step.number for step in known})


def _whole(exposition: Exposition) -> tuple[Part, ...]:
    statement = exposition.statement
    kind = Text(f"{statement.kind.capitalize()}: ")
    return (Part((kind, *statement.title), (statement.hypotheses, statement.body)),)


def _condition(content: Mapping[str, Any], name: str, known: Iterable[Step]) -> tuple[Part, ...]:
    """What a condition asks for, the verdict on it, and the step behind that."""
    condition = content["conditions"][name]
    verdict = condition["verdict"]
    claims = {s["id"]: str(s["claim"]) for s in content["steps"]}
    behind = [
        s
        for s in known
        if claims[s.id].split(" ")[0] == name
        and claims[s.id].endswith("fails") == (verdict == "REFUTED")
    ]
    asked: Block = (Text("It asks that "), *setting.condition(name), Text(". "))
    said: Block
    if verdict == "PROVED":
        said = (Text("This is proved."),)
    elif verdict == "REFUTED":
        said = (Text("This is refuted."),)
    else:
        said, behind = (Text("This is open: "), *open_part(str(condition["reason"]))), []
    # The first step is the one the statement rests on, others are other routes.
    return (Part((Text(f"({name})"),), ((*asked, *said),)), *_steps(behind[:1], known))


def _steps(steps: Iterable[Step], known: Iterable[Step]) -> tuple[Part, ...]:
    titles = {step.number: step.title for step in known}
    return tuple(_step(step, titles) for step in steps)


def _step(step: Step, titles: Mapping[int, str]) -> Part:
    body: list[Block] = [step.statement]
    if step.reason:
        body.append((Text("Reason: "), *step.reason))
    body += [(Text("Here "), *definition(d), Text(".")) for d in step.definitions]
    rests = ", ".join(f"({n}) {titles[n]}" for n in dict.fromkeys(step.premises))
    body.append((Text(f"Evidence: {step.evidence}{f'; from {rests}' if rests else ''}."),))
    return Part((Text(f"({step.number}) {step.title}"),), tuple(body))


def definition(d: Definition) -> Sentence:
    """A constant by its formula and where its value lies, in one formula.

    >>> from fractions import Fraction
    >>> definition(Definition("G", "G", None, Fraction(1, 3), Fraction(2, 3)))
    (Formula(latex='G\\\\in[0.333333,\\\\,0.666667]'),)
    """
    written = "" if d.root is None else f"{d.relation}{latex(d.root)}"
    value = ""
    if d.lo is not None and d.hi is not None:
        relation, number = numbers.enclosure(d.lo, d.hi, DIGITS)
        value = f"{relation}{number}"
    return (Formula(f"{d.symbol}{written}{value if value != written else ''}"),)


def _names(c: Constant) -> tuple[str, str]:
    """What a constant may be called: its name in certificates, and its letter in plain text."""
    return (c.definition.name, plainly.formula(c.definition.symbol))


def _constant(c: Constant, known: Iterable[Step]) -> tuple[Part, ...]:
    d = c.definition
    body: list[Block] = [(*c.meaning, Text("."))]
    if d.root is not None or d.lo is not None:
        body.append((*definition(d), Text(".")))
    if c.exact is not None:
        body.append((Text("In exact form: "), Formula(f"{d.symbol}={latex(c.exact)}"), Text(".")))
    step = [s for s in known if s.number == c.step]
    return (Part((Formula(d.symbol),), tuple(body)), *_steps(step, known))


# -- writers ---------------------------------------------------------------------------------------


def _latex(block: Block) -> str:
    from proofkit.render.letters import escape_ascii as tex

    return "".join(
        tex(part.content)
        if isinstance(part, Text)
        else f"${part.latex}$"
        if isinstance(part, Formula)
        else f"\n\\[{part.latex}\\]\n"
        for part in block
    ).strip()


def _html(block: Block) -> str:
    return "".join(
        escape(part.content)
        if isinstance(part, Text)
        else mathml(part.latex, isinstance(part, Display))
        for part in block
    )


def _mathjax(block: Block) -> str:
    """Text with $formulas$, as notebooks typeset it."""
    return "".join(
        part.content.replace("$", r"\$")
        if isinstance(part, Text)
        else f"$${part.latex}$$"
        if isinstance(part, Display)
        else f"${part.latex}$"
        for part in block
    )
