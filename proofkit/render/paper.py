"""Certificates as mathematics in LaTeX: a fragment to \\input into any paper, or an article of its
own.

The mathematics is that of ``proofkit.exposition``.  Everything that comes from a certificate
is escaped, parsed by the project's grammar or rebuilt from rational numbers; none of it
reaches the output as LaTeX.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from proofkit.errors import InputError, ParseError, nearest, quoted
from proofkit.exposition import numbers
from proofkit.exposition.expose import expose, needed
from proofkit.exposition.formulas import latex, read
from proofkit.exposition.markup import sentence
from proofkit.exposition.model import (
    CONSTANT_KINDS,
    Block,
    Constant,
    Exposition,
    Formula,
    Sentence,
    Statement,
    Step,
    Text,
)
from proofkit.exposition.quoting import quoted as quoted_words
from proofkit.exposition.setting import setting_of
from proofkit.render.bibliography import WORKS, Work, works_in, works_of
from proofkit.render.coq_words import coq_sentence
from proofkit.render.display import breakable, slim
from proofkit.render.environment import latex_environment, render
from proofkit.render.letters import breakable as words
from proofkit.render.letters import label
from proofkit.render.printed import block_latex, heading_latex

HEADINGS = ("section", "subsection", "subsubsection", "paragraph", "none")
# The claims for which the papers have a threshold.
COMPARED = ("villani", "villani-iff", "lipschitz-threshold")
LONGEST_NAME = 60  # characters of LaTeX of an activation that is named in a heading


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a fragment is written: label prefix, names of the author's environments, level of
    headings, digits, \\cite or words.
    """

    prefix: str = "proofkit"
    theorem: str = "theorem"
    proposition: str = "proposition"
    remark: str = "remark"
    proof: str = "proof"
    heading: str = "subsection"
    precision: int = 4
    citations: bool = False
    templates: Path | None = None

    def __post_init__(self) -> None:
        for what, name in (
            ("--theorem-env", self.theorem),
            ("--proposition-env", self.proposition),
            ("--remark-env", self.remark),
            ("--proof-env", self.proof),
        ):
            if not re.fullmatch(r"[A-Za-z]{1,40}\*?", name):
                raise InputError(
                    f"{what} is {quoted(name)}; the name of a LaTeX environment has letters "
                    f"only, and * at its end"
                )
        if not re.fullmatch(r"[A-Za-z0-9:.-]{1,40}", self.prefix):
            raise InputError(f"--prefix is {quoted(self.prefix)}; use letters, digits, and : . -")
        if not 2 <= self.precision <= 60:
            raise InputError(
                f"--precision is {self.precision}; give a number of significant digits from 2 to 60"
            )
        if self.heading not in HEADINGS:
            raise InputError(
                f"--heading is {quoted(self.heading)}; {nearest(self.heading, HEADINGS)}"
            )


@dataclass(frozen=True)
class Source:
    """A certificate to write: its name (for labels), content, and the conditions that coqc accepted
    with its version.
    """

    name: str
    content: Mapping[str, Any]
    coq: tuple[str, ...] = ()
    coq_version: str = ""
    theorems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A line of the list of constants in LaTeX: a formula, and what it is; ``wide`` for one that
    defines the constant.
    """

    formula: str
    meaning: str
    wide: bool


@dataclass(frozen=True)
class ProofStep:
    """A numbered step in LaTeX."""

    number: int
    title: str
    premises: str
    statement: str
    reason: str


@dataclass(frozen=True)
class Piece:
    """One certificate as the templates set it; every text is LaTeX."""

    label: str
    heading: str
    environment: str
    note: str
    statement: str
    notation: tuple[Entry, ...]
    constants: tuple[Entry, ...]
    steps: tuple[ProofStep, ...]
    evidence: tuple[str, ...]
    published: str
    remarks: tuple[str, ...]
    implicit: bool


# -- one certificate -------------------------------------------------------------------------------


def piece(source: Source, options: Options, name: str, titled: bool = True) -> Piece:
    """A certificate in LaTeX under the label ``name``, with the title of its theorem file if
    ``titled``.

    Raises InputError for a certificate whose formulas are not in the grammar.
    """
    content = source.content
    try:
        exposition = expose(content, options.precision)
    except ParseError as error:
        raise InputError(
            f"the certificate {quoted(source.name)} has a formula that proofkit does not "
            f"read ({error})"
        ) from None
    statement = exposition.statement
    if statement.kind == "remark":
        # What was found on the way is no proof of anything stated.
        exposition = replace(exposition, steps=(), constants=())
    environment = {
        "theorem": options.theorem,
        "proposition": options.proposition,
        "remark": options.remark,
    }[statement.kind]
    return Piece(
        label=name,
        heading=heading_latex(_title(statement)),
        environment=environment,
        note=_note(source, titled, options),
        statement=f"{block_latex(statement.hypotheses)}\n\n{block_latex(statement.body)}",
        notation=tuple(_symbols(exposition)),
        constants=tuple(constant_entry(c, options.precision) for c in _listed(exposition)),
        steps=tuple(_proof_step(step, options) for step in exposition.steps),
        evidence=tuple(_evidence(source, exposition, options)),
        published=_published(content, options),
        # Notes are the certificate's own words, which no step proves.
        remarks=tuple(
            f"Note of the certificate: {block_latex(quoted_words(str(note)))}"
            for note in content["notes"]
        ),
        implicit=statement.implicit,
    )


def _title(statement: Statement) -> Sentence:
    """The title for a heading, where a long formula has no place."""
    return tuple(
        Text("An activation by formula")
        if isinstance(part, Formula) and len(part.latex) > LONGEST_NAME
        else part
        for part in statement.title
    )


def _note(source: Source, titled: bool, options: Options) -> str:
    """What stands in brackets behind the word Theorem: the title of its file, and the works it
    rests on.
    """
    content = source.content
    theorem = content["theorem"] or {}
    title = block_latex(quoted_words(str(theorem.get("title", "")))) if titled else ""
    # The file's own words are no part of what was proved: they stand in quotation marks.
    title = title and f"``{title}''"
    if content["verdict"] == "UNKNOWN":
        return title
    said = str(theorem.get("source", ""))
    if not theorem and content["verdict"] == "PROVED":
        said = " ".join(map(str, content["sources"]))
    wanted = needed(content)
    rules = [s["rule"] for s in content["steps"] if s["id"] in wanted]
    works = [*works_in(said), *(work for rule in rules for work in works_of(rule))]
    shown = citation(list(dict.fromkeys(works)), options)
    if not shown:
        return title
    return f"{title}; see {shown}" if title else f"See {shown}"


def citation(works: Sequence[Work], options: Options) -> str:
    """Works as a citation, or in words; nothing for none."""
    if not works:
        return ""
    if options.citations:
        return rf"\cite{{{','.join(w.key for w in works)}}}"
    return ", ".join(words(w.mark) for w in works)


def _listed(exposition: Exposition) -> list[Constant]:
    """The constants with a value or a definition, those that others are made of first.

    The level M of the radius is none; what a symbol of the problem without a value means, the
    setting says.
    """
    order = tuple(CONSTANT_KINDS)
    return sorted(
        (
            c
            for c in exposition.constants
            if c.definition.name != "M" and (c.kind != "problem" or c.definition.lo is not None)
        ),
        key=lambda c: order.index(c.kind),
    )


def _symbols(exposition: Exposition) -> Iterable[Entry]:
    """The symbols of the problem that have no value and that no sentence of the setting defines."""
    for c in exposition.constants:
        if c.kind == "problem" and c.definition.lo is None and c.definition.root is None:
            yield Entry(c.definition.symbol, block_latex(c.meaning), False)


def notation(pieces: Iterable[Piece]) -> tuple[Entry, ...]:
    """The symbols of several certificates, each once."""
    return tuple(dict.fromkeys(entry for piece in pieces for entry in piece.notation))


def constant_entry(constant: Constant, digits: int) -> Entry:
    """A constant with its definition and value, rounded outwards."""
    d = constant.definition
    known = d.lo is not None and d.hi is not None
    derived = constant.kind == "derived" and d.root is not None
    formula = d.symbol
    if d.root is not None and (derived or not known):
        formula += f"{d.relation} {latex(d.root)}"
    # A definition such as D = 0 has its value in it.
    plain_number = derived and d.root is not None and d.root.op == "num"
    if d.lo is not None and d.hi is not None and not plain_number:
        relation, value = numbers.enclosure(d.lo, d.hi, digits)
        formula += f"{relation} {value}"
    meaning = block_latex(constant.meaning)
    if constant.exact is not None:
        exact = latex(constant.exact)
        if len(exact) <= LONGEST_NAME:
            meaning += f"; the enclosure contains ${slim(exact)}$"
    return Entry(breakable(formula), meaning, derived)


def _proof_step(step: Step, options: Options) -> ProofStep:
    reason = block_latex(step.reason)
    if works := works_of(step.rule):
        reason += f" See {citation(works, options)}."
    return ProofStep(
        step.number,
        words(step.title),
        _steps(step.premises),
        block_latex(step.statement),
        reason,
    )


def _steps(which: Sequence[int]) -> str:
    """Step 3, or Steps 1, 2 and 5--8."""
    if not which:
        return ""
    runs: list[list[int]] = []
    for k in sorted(set(which)):
        if runs and k == runs[-1][-1] + 1:
            runs[-1].append(k)
        else:
            runs.append([k])
    parts: list[str] = []
    for run in runs:
        parts += [f"{run[0]}--{run[-1]}"] if len(run) > 2 else map(str, run)
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"Step{'s' if len(set(which)) > 1 else ''} {listed}"


def _evidence(source: Source, exposition: Exposition, options: Options) -> Iterable[str]:
    """On what the statement rests, a sentence for each level of evidence."""
    content = source.content
    levels: dict[str, list[int]] = {}
    for step in exposition.steps:
        levels.setdefault(step.evidence, []).append(step.number)
    if not levels:
        found = ", ".join(
            f"({name}) {c['verdict'].lower() if c['verdict'] != 'UNKNOWN' else 'open'}"
            for name, c in content["conditions"].items()
        )
        yield f"Of the conditions: {words(found)}."
    for level, which in levels.items():
        shown = _steps(which)
        yield f"{shown} {'are' if len(which) > 1 else 'is'} {words(level)}."
    if any(
        s["rule"].startswith("derivation") for s in content["steps"] if s["id"] in needed(content)
    ):
        yield (
            "The formulas for $\\nabla L$ and $\\Delta L$ are those of the chain rule; at small "
            "nets they were compared with exact differentiation of $L$."
        )
    if source.coq:
        conditions = ", ".join(f"({name})" for name in source.coq)
        proved = "; ".join(block_latex(coq_sentence(t)) for t in source.theorems)
        yield (
            f"Coq {words(source.coq_version)} has checked "
            f"{words(conditions)}{f': {proved}' if proved else ''}."
        )
    versions = content["versions"]
    yield (
        f"Certificate: SHA-256 {words(str(content.get('digest', ''))[:32])}\\dots; proofkit "
        f"{words(versions['villani-proofkit'])}, "
        f"SymPy {words(versions['sympy'])}, python-flint {words(versions['python-flint'])}."
    )


def published_formula(published: Mapping[str, Any]) -> str:
    """The threshold of the papers in LaTeX."""
    text = re.sub(r"\b(\w+)\*\1\b", r"\1^2", str(published["formula"]))
    return latex(read(text))


def _published(content: Mapping[str, Any], options: Options) -> str:
    """The threshold of the papers beside ours, and what is known of it."""
    found = content["published_threshold"]
    if found is None or content["claim"] not in COMPARED or content["verdict"] != "PROVED":
        return ""
    value = ""
    if found["enclosure"] is not None:
        relation, shown = numbers.enclosure(*map(Fraction, found["enclosure"]), options.precision)
        value = (
            f", where the right-hand side is ${shown}$"
            if relation == "="
            else (f", where the right-hand side lies in ${shown}$")
        )
    works = works_in(str(found["source"]))
    source = citation(works, options) if works else words(found["source"])
    return (
        rf"For comparison: the published theorem, see {source}, asks for "
        rf"$\lambda>{published_formula(found)}${value}. "
        "This form of its threshold is quoted from memory and has not been compared with the "
        "paper; no proof here uses it."
    )


# -- documents -------------------------------------------------------------------------------------


def heading(options: Options, title: str, name: str) -> str:
    """A heading of the level asked for."""
    if options.heading == "none":
        return ""
    mark = "" if options.heading == "paragraph" else rf"\label{{{options.prefix}:sec:{name}}}"
    return rf"\{options.heading}{{{title}}}{mark}"


def setting_paragraphs(problems: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Net, objective, losses, noise, the conditions, and the derivatives with their evidence."""
    found = setting_of(problems)
    blocks: tuple[Block, ...] = (
        found.net(),
        found.losses(),
        found.noise(),
        found.villani(),
        found.data_norms(),
        found.derivatives(),
    )
    *first, last = map(block_latex, blocks)
    evidence = block_latex(sentence(_EVIDENCE if found.fixed_head else _EVIDENCE_OF_LAYERS))
    return (
        *first,
        rf"{last} Where a proof uses the Hessian, it writes it out.\footnote{{{evidence}}}",
    )


_EVIDENCE = (
    r"Evidence: the Coq library of proofkit proves these formulas for all $n$, $p$, $d$; as "
    r"the kernel of proofkit computes with them, they were compared with exact "
    r"differentiation of $L$ in ball arithmetic, at small nets."
)
_EVIDENCE_OF_LAYERS = (
    r"Evidence: as the kernel of proofkit computes with them, these formulas were compared with exact "
    r"differentiation of $L$ in ball arithmetic, at small nets."
)


def pieces_of(sources: Sequence[Source], options: Options) -> tuple[Piece, ...]:
    """The certificates in LaTeX, with labels of their own."""
    out = []
    labels: set[str] = set()
    for source in sources:
        name = label(source.name)
        while name in labels:
            name += "-bis"
        labels.add(name)
        out.append(piece(source, options, name))
    return tuple(out)


def parts(sources: Sequence[Source], options: Options) -> dict[str, Any]:
    """What the templates get."""
    pieces = pieces_of(sources, options)
    return {
        "pieces": pieces,
        "notation": notation(pieces),
        "o": options,
        "setting": setting_paragraphs([s.content["problem"] for s in sources]),
        "heading": heading,
    }


def fragment(sources: Sequence[Source], options: Options) -> str:
    """Text to \\input after \\begin{document}."""
    return render(
        latex_environment(options.templates), "fragment.tex.j2", **parts(sources, options)
    )


def article(sources: Sequence[Source], options: Options, bibliography: str | None = None) -> str:
    """A document of its own; ``bibliography`` is the name of a .bib file to cite from, without its
    suffix.
    """
    options = replace(options, citations=True)
    environment = latex_environment(options.templates)
    context = parts(sources, options)
    pieces = context["pieces"]
    body = render(environment, "body.tex.j2", **context)
    return render(
        environment,
        "article.tex.j2",
        body=body,
        title=pieces[0].heading if len(pieces) == 1 else "",
        o=options,
        works=cited_works(body),
        bibliography=bibliography,
    )


def cited_works(text: str) -> list[Work]:
    """The works that a text cites, in the order of the table."""
    keys = {key for group in re.findall(r"\\cite\{([^{}]*)\}", text) for key in group.split(",")}
    return [work for key, work in WORKS.items() if key in keys]


def bibtex(text: str) -> str:
    """The works that a text cites, as BibTeX."""
    return "\n".join(work.bibtex() for work in cited_works(text))


# -- for the other writers -------------------------------------------------------------------------


def used_steps(
    content: Mapping[str, Any], goals: Iterable[str] | None = None
) -> list[Mapping[str, Any]]:
    """The steps that ``goals`` (the certificate's own when left out) rest on, premises first."""
    chosen = content if goals is None else {**content, "goals": list(goals)}
    wanted = needed(chosen)
    return [s for s in content["steps"] if s["id"] in wanted]
