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
from proofkit.exposition.setting import setting_of
from proofkit.kernel.univariate.terms import Node
from proofkit.render.blocks import block_html, sentence_html
from proofkit.terminal import PIPED, paragraphs

DIGITS = 6
COLOURS = {
    "PROVED": "#1a7f37",
    "REFUTED": "#cf222e",
    "UNKNOWN": "#9a6700",
}  # legible on light and dark
# What the classes of ``render.blocks`` look like where no style sheet of the report is: in a
# notebook.
STYLE = (
    "<style>.proofkit .formula{margin:.6em 2em;padding:.2em 0;overflow-x:auto;overflow-y:hidden}"
    ".proofkit .held{white-space:nowrap}</style>"
)


@dataclass(frozen=True)
class Part:
    """A heading and the paragraphs beneath it."""

    heading: Sentence
    body: tuple[Block, ...]


@dataclass(frozen=True, repr=False)
class Explanation:
    """What holds and why, in sentences and formulas: ``print`` it, or take ``.text()``,
    ``.latex()``, ``.html()``.

    In a notebook it shows itself typeset.

    >>> from proofkit import prove
    >>> told = prove("softplus").explain("V2")
    >>> told
    <Explanation of V2; print it>
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
        """For a page: formulas in MathML, displays of the class ``formula``, text escaped.

        >>> from proofkit import prove
        >>> prove("tanh").explain("G").html().startswith("<section><h4><math")
        True
        """
        return "".join(
            f"<section><h4>{sentence_html(part.heading)}</h4>{''.join(map(block_html, part.body))}</section>"
            for part in self.parts
        )

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Explanation of {self.subject}; print it>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text("..." if cycle else str(self))

    def notebook_html(self) -> str:
        """The HTML with its style, as a notebook shows it."""
        return in_notebook(self.html())

    def notebook_latex(self) -> str:
        """Text with $formulas$, as a notebook without HTML typesets it."""
        return "\n\n".join(
            "\n\n".join([f"**{_mathjax(part.heading)}**", *map(_mathjax, part.body)])
            for part in self.parts
        )

    def _repr_html_(self) -> str:
        return self.notebook_html()

    def _repr_latex_(self) -> str:
        return self.notebook_latex()


def explanation_of(content: Mapping[str, Any], what: str | int = "") -> Explanation:
    """Of a certificate: all of it, a condition ("V4"), a step (its number, rule or claim) or a
    constant ("G").

    Raises InputError, with the nearest name, for what does not occur in it.
    """
    exposition, notation = expose(content, DIGITS), _notation(content)
    known = (*exposition.steps, *exposition.unused)
    if what == "":
        return Explanation(
            "the proof", (*_whole(content, exposition), *_steps(exposition.steps, known))
        )
    if isinstance(what, str) and what in content["conditions"]:
        return Explanation(what, (*_condition(content, what, known), notation))
    numbered = [step for step in known if step.number == what]
    claims = {s["id"]: s["claim"] for s in content["steps"]}
    steps = numbered or [s for s in known if what in (s.rule, s.title, claims[s.id])]
    if steps:
        return Explanation(f"{what}", (*_steps(steps, known), notation))
    listed = (*exposition.constants, *_all_constants(content, known))
    constant = next((c for c in listed if what in _names(c)), None)
    if constant is not None:
        return Explanation(constant.definition.name, (*_constant(constant, known), notation))
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


def derivatives(loss: str, root: Node | None) -> Explanation:
    """Gradient and Laplacian of L by the chain rule, for a loss by its name or expression, or an
    abstract one, and the activation of a tree, or any.
    """
    from proofkit.calculus.derive import ABSTRACT

    parts = [Part((Text("The net"),), (setting.net(),))]
    if loss != ABSTRACT:
        parts.append(Part((Text("The loss"),), (setting.losses((loss,)),)))
    parts.append(Part((Text("Derivatives"),), (setting.derivatives(),)))
    if root is not None:
        parts.append(Part((Text("The activation"),), tuple(_derivatives_of(root))))
    return Explanation("the derivatives of L", tuple(parts))


def _derivatives_of(root: Node) -> Iterable[Block]:
    """sigma and its first two derivatives, each a paragraph, as far as they can be written in the
    grammar.
    """
    import sympy  # pyright: ignore[reportMissingTypeStubs]

    from proofkit.activation.bridge import to_sympy, typed

    z: Any = sympy.Symbol("z", real=True)
    expr: Any = to_sympy(root, z)
    yield (Formula(rf"\sigma(z)={latex(root)}"), Text("."))
    for marks in ("'", "''"):
        expr = expr.diff(z)
        try:
            tree = typed(expr)
        except InputError:
            return
        yield (Formula(rf"\sigma{marks}(z)={latex(tree)}"), Text("."))


def _notation(content: Mapping[str, Any]) -> Part:
    """What the letters of a step stand for; the constants are explained by name."""
    own = setting_of([content["problem"]])
    return Part((Text("Notation"),), ((Display(own.OBJECTIVE), Text("with"), Display(own.NET)),))


def _whole(content: Mapping[str, Any], exposition: Exposition) -> tuple[Part, ...]:
    """The statement, its setting, and the constants that the steps do not define by a formula."""
    statement = exposition.statement
    given = [c for c in exposition.constants if c.kind != "derived"]
    kind = Text(f"{statement.kind.capitalize()}: ")
    return (
        Part((kind, *statement.title), (statement.hypotheses, statement.body)),
        Part((Text("Setting"),), setting_of([content["problem"]]).paragraphs()),
        Part(
            (Text("Constants"),),
            tuple((Formula(c.definition.symbol), Text(": "), *_meaning(c)) for c in given),
        ),
    )


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
    asks = setting_of([content["problem"]]).condition(name)
    asked: Block = (Text("It asks that "), *asks, Text(". "))
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
    (Formula(latex='G\\\\in [0.333333,\\\\,0.666667]'),)
    """
    written = "" if d.root is None else f"{d.relation} {latex(d.root)}"
    value = ""
    if d.lo is not None and d.hi is not None:
        relation, number = numbers.enclosure(d.lo, d.hi, DIGITS)
        value = f"{relation} {number}"
    return (Formula(f"{d.symbol}{written}{value if value != written else ''}"),)


def _names(c: Constant) -> tuple[str, str]:
    """What a constant may be called: its name in certificates, and its letter in plain text."""
    return (c.definition.name, plainly.formula(c.definition.symbol))


def _meaning(c: Constant) -> Sentence:
    """What a constant is, its formula, and where its value lies."""
    d = c.definition
    defined = d.root is not None or d.lo is not None
    return (
        (*c.meaning, Text("; "), *definition(d), Text(".")) if defined else (*c.meaning, Text("."))
    )


def _constant(c: Constant, known: Iterable[Step]) -> tuple[Part, ...]:
    d = c.definition
    body: list[Block] = [_meaning(c)]
    if c.exact is not None:
        body.append((Text("The enclosure contains "), Formula(latex(c.exact)), Text(".")))
    step = [s for s in known if s.number == c.step]
    return (Part((Formula(d.symbol),), tuple(body)), *_steps(step, known))


# -- for notebooks ---------------------------------------------------------------------------------


def in_notebook(html: str) -> str:
    """HTML of this module with the little style that it needs."""
    return f'{STYLE}<div class="proofkit">{html}</div>'


def verdict_html(content: Mapping[str, Any]) -> str:
    """A certificate at a glance: its verdict and statement, and the four conditions."""
    statement = expose(content, DIGITS).statement
    verdict = str(content["verdict"])
    own = setting_of([content["problem"]])
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{sentence_html(own.condition(name))}</td>"
        f"<td>{escape(c['verdict'])}</td><td>{escape(c['evidence'])}</td></tr>"
        for name, c in content["conditions"].items()
    )
    head = (
        "<thead><tr><th>condition</th><th>it asks "
        "that</th><th>verdict</th><th>evidence</th></tr></thead>"
    )
    return (
        f"<p><strong style='color:{COLOURS.get(verdict, 'inherit')}'>{escape(verdict)}</strong> "
        f"{sentence_html(statement.title)}</p>{block_html(statement.hypotheses)}{block_html(statement.body)}"
        f"<table>{head}<tbody>{rows}</tbody></table>"
    )


def steps_html(content: Mapping[str, Any]) -> str:
    """The whole proof, folded away under the number of its steps."""
    told = explanation_of(content)
    count = len(expose(content, DIGITS).steps)
    return f"<details><summary>the proof, in {count} steps</summary>{told.html()}</details>"


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
