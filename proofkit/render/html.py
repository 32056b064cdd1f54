"""The HTML report: an opening page, and beneath it a page for each theorem and each certificate.

Every page stands alone (its style, formulas as MathML, plots as SVG, no script, no network), so
that it can be mailed; links between pages are relative.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from proofkit import prose
from proofkit.activation.catalogue import CATALOGUE, true_name
from proofkit.exposition import as_published, layers, losses
from proofkit.exposition.expose import SILENT, expose, needed, outer_weights
from proofkit.exposition.formulas import latex, read
from proofkit.exposition.model import (
    CONSTANT_KINDS,
    Constant,
    Definition,
    Exposition,
    Formula,
    Step,
    Text,
)
from proofkit.exposition.numbers import rational, short
from proofkit.exposition.plain import formula as plain_formula
from proofkit.exposition.plain import plain
from proofkit.exposition.quoting import quoted
from proofkit.exposition.setting import setting_of
from proofkit.exposition.symbols import SYMBOLS
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.rules import RULES
from proofkit.kernel.univariate.parser import parse
from proofkit.render.appendix import ACTIVATION_CONSTANTS, activation_constants
from proofkit.render.bibliography import WORKS
from proofkit.render.blocks import (
    block_html,
    display_html,
    formula_html,
    interval_html,
    number_html,
    sentence_html,
    with_signs,
)
from proofkit.render.environment import html_environment, render
from proofkit.render.letters import label
from proofkit.render.plots import Plot, activation_plots, threshold_plot
from proofkit.tactics.theorem import PARTS

OPENING = "report.html"
ONE_HIDDEN_LAYER = "one hidden layer"  # under a fixed outer layer: the net where nothing is said
FOLDER = "report"  # of the other pages, beside the opening page
GENERATOR = Markup(
    '<meta name="generator" content="proofkit report">'
)  # how it knows its pages again
CONDITIONS = ("V1", "V2", "V3", "V4")
MOST_ROWS = 250  # of the table on the opening page; a larger one has a page of its own
DIGITS = 6  # of a number on a page; all of them are in the certificate


# -- verdicts in words -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Badge:
    """A verdict for people: the class that colours it, and the words."""

    kind: str  # proved, refuted, open; differs for one that was not expected
    words: str


_SAID = {"PROVED": "proved", "REFUTED": "refuted", "UNKNOWN": "left open"}
_KIND = {"PROVED": "proved", "REFUTED": "refuted", "UNKNOWN": "open"}
BADGES: Sequence[Badge] = (
    Badge("proved", "proved"),
    Badge("refuted", "refuted, as expected"),
    Badge("open", "left open, as expected"),
)


def badge(row: Mapping[str, Any]) -> Badge:
    """The verdict on a certificate beside the one that its theorem file expects.

    >>> badge({"verdict": "REFUTED", "expected": "REFUTED"})
    Badge(kind='refuted', words='refuted, as expected')
    >>> badge({"verdict": "REFUTED", "expected": "PROVED"}).words
    'refuted, but expected to be proved'
    """
    verdict, expected = str(row["verdict"]), str(row["expected"])
    if verdict == expected:
        return next(b for b in BADGES if b.kind == _KIND[verdict])
    return Badge("differs", f"{_SAID[verdict]}, but expected to be {_SAID[expected]}")


# -- activations -----------------------------------------------------------------------------------


def activation_html(activation: Mapping[str, Any]) -> Markup:
    """The name of an activation with its parameters, or its formula when it has no name."""
    root = parse(str(activation["expression"]))
    name = true_name(str(activation["name"]), root)
    if name == "custom":
        return formula_html(latex(root))
    head, _, parameters = name.removesuffix(")").partition("(")
    words = escape(_proper_name(head))
    return Markup(f"{words}, {prose.html(parameters)}" if parameters else words)  # noqa: S704


def activation_plain(activation: Mapping[str, Any]) -> str:
    """The same in Unicode, for what holds no markup: titles and choices."""
    root = parse(str(activation["expression"]))
    name = true_name(str(activation["name"]), root)
    if name == "custom":
        return plain_formula(latex(root))
    head, _, parameters = name.removesuffix(")").partition("(")
    words = _proper_name(head)
    return f"{words}, {plain(quoted(parameters))}" if parameters else words


def _proper_name(name: str) -> str:
    """The name of the catalogue's activation as it is printed."""
    entry = CATALOGUE.get(name)
    return name.replace("_", " ") if entry is None else entry.printed


# -- constants -------------------------------------------------------------------------------------


def definition_latex(d: Definition) -> str:
    """The symbol of a constant with its formula."""
    if d.root is None:
        return d.symbol
    # A space ends the name of a command, such as \\le.
    relation = f"{d.relation} " if d.relation.startswith("\\") else d.relation
    return f"{d.symbol}{relation}{latex(d.root)}"


def value_html(d: Definition) -> Markup:
    """The value of a constant as it follows its formula: = 3, or lies in [2, 4]; nothing for a
    symbol.
    """
    if d.lo is None or d.hi is None or (d.root is not None and d.root.op == "num"):
        return Markup("")
    shown = interval_html(d.lo, d.hi, DIGITS)
    sign = "\u2208" if shown.startswith("[") else "="
    return Markup(f"{sign} {shown}")  # noqa: S704 - digits


def exact_html(c: Constant) -> Markup:
    """The formula or the exact form of a constant, where it says more than its value."""
    d = c.definition
    if d.root is not None and not (d.lo == d.hi and d.root.op == "num"):
        return formula_html(latex(d.root))
    if c.exact is not None:
        return formula_html(latex(c.exact))
    if d.lo is not None and d.lo == d.hi and d.lo.denominator != 1 and short(d.lo, 8):
        return formula_html(rational(d.lo))
    return Markup("")


# -- what a certificate rests on -------------------------------------------------------------------


@dataclass(frozen=True)
class Level:
    """A level of evidence, the steps that have it, and what these rest on besides."""

    name: str
    steps: Sequence[int]
    rules: Sequence[str]
    sources: Sequence[str]


def levels_of(certificate: Mapping[str, Any], shown: Exposition) -> list[Level]:
    """The levels of the steps that the proof needs; those that are not written out by their rules."""
    wanted = needed(certificate)
    numbers = {step.id: step.number for step in shown.steps}
    found: dict[str, list[Mapping[str, Any]]] = {}
    for s in certificate["steps"]:
        if s["id"] in wanted or not wanted:
            found.setdefault(str(s["evidence"]), []).append(s)
    return [
        Level(
            level,
            sorted(numbers[s["id"]] for s in steps if s["id"] in numbers),
            _distinct(s["rule"] for s in steps if s["rule"] in SILENT),
            _distinct(RULES[s["rule"]].source for s in steps if level == "cited"),
        )
        for level, steps in found.items()
    ]


def condition_steps(certificate: Mapping[str, Any], shown: Exposition) -> dict[str, Step]:
    """The step that decides each condition, of the proof where it has one."""
    claims = {s["id"]: str(s["claim"]) for s in certificate["steps"]}
    out: dict[str, Step] = {}
    for step in (*shown.steps, *shown.unused):
        condition = claims[step.id].split(" ", maxsplit=1)[0]
        if condition in CONDITIONS:
            out.setdefault(condition, step)
    return out


@dataclass(frozen=True)
class Route:
    """A way to V4 that the proof does not take: the step where it arrives, or why it does not."""

    name: str
    threshold: str  # LaTeX; nothing where it does not arrive
    step: Step | None
    reason: Sequence[Text | Formula]


def other_routes(certificate: Mapping[str, Any], shown: Exposition) -> list[Route]:
    """The routes that the proof does not need."""
    used = {step.id for step in shown.steps}
    unused = {step.id: step for step in shown.unused}
    out = []
    for r in certificate["routes"]:
        if r["step"] in used:
            continue
        arrives = r["verdict"] == "PROVED" and r["threshold"] is not None
        out.append(
            Route(
                str(r["name"]),
                latex(read(str(r["threshold"]))) if arrives else "",
                unused.get(r["step"]) if arrives else None,
                () if arrives else quoted(str(r["reason"])),
            )
        )
    return out


# -- what theorems rest on -------------------------------------------------------------------------


def condition_evidence(row: Mapping[str, Any], condition: str) -> str:
    """How a condition of a certificate was established, the strongest level."""
    if row["coq"] and condition in row["coq"]["conditions"]:
        return "Coq-checked"
    return str(row["evidence"][condition] or "")


def _thresholds(
    theorem: Mapping[str, Any], certificates: Mapping[str, Mapping[str, Any]]
) -> Plot | None:
    """The plot of thresholds over a theorem's data-bound certificates."""
    rows: dict[str, dict[str, Fraction | None]] = {}
    for row in theorem["rows"]:
        c = certificates[row["file"]]
        if row["scope"] != "data" or row["verdict"] != "PROVED":
            continue
        held: dict[str, Fraction | None] = {
            r["name"]: Fraction(r["enclosure"][1])
            for r in c["routes"]
            if r["enclosure"] is not None
        }
        published = c["published_threshold"] and c["published_threshold"]["enclosure"]
        held["published"] = None if published is None else Fraction(published[1])
        loss = plain(losses.name(losses.loss_of(str(c["problem"]["loss"]))))
        name = f"{activation_plain(c['problem']['activation'])}, {loss}"
        rows.setdefault(name, held)
    return threshold_plot(list(rows.items()), "Thresholds by route")


# -- pages -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """A certificate in tables: its row of report.json, where its page is, and its names."""

    row: Mapping[str, Any]
    page: str
    activation: Markup
    activation_plain: str
    loss: Loss
    net: str
    data: str
    badge: Badge

    @property
    def loss_plain(self) -> str:
        """The name of the loss, or its formula, in Unicode: for choices."""
        return plain(losses.name(self.loss))

    @property
    def plain(self) -> str:
        """What it is about, in a line of text."""
        at = f", {plain_formula(self.at)}" if self.at else ""
        loss = plain(losses.called(self.loss))
        return f"{self.activation_plain}, {loss}, {self.net}, {self.data}{at}"

    @property
    def at(self) -> str:
        """The lambda that is given, as a formula."""
        lam = self.row["lambda"]
        return "" if lam is None else rf"\lambda={rational(Fraction(lam))}"


@dataclass(frozen=True)
class TheoremEntry:
    """A theorem in tables: its number in the report, where its page is, its certificates."""

    number: int
    content: Mapping[str, Any]
    page: str
    entries: Sequence[Entry]

    def counts(self) -> list[tuple[Badge, int]]:
        """How many certificates have each verdict."""
        found: dict[Badge, int] = {}
        for e in self.entries:
            found[e.badge] = found.get(e.badge, 0) + 1
        return list(found.items())


def theorem_pages(names: Sequence[str]) -> dict[str, str]:
    """The page of each theorem; names that differ only in signs get a number."""
    out: dict[str, str] = {}
    for name in names:
        stem = f"theorem-{label(name).lower()}"
        page, k = f"{stem}.html", 2
        while page in out.values():
            page, k = f"{stem}-{k}.html", k + 1
        out[name] = page
    return out


def source_html(source: str, theorems: Sequence[TheoremEntry]) -> Markup:
    """Where a theorem comes from; the name of another theorem's file leads to that theorem.

    Names without an underscore may be English words, and stay words.
    """
    named = {str(t.content["name"]): t for t in theorems if "_" in t.content["name"]}
    if not named:
        return sentence_html(quoted(source))
    words = re.split(rf"\b({'|'.join(map(re.escape, named))})\b", source)
    out = [
        Markup('<a href="{}">theorem {}</a>').format(named[w].page, named[w].number)
        if k % 2
        else sentence_html(quoted(w))
        for k, w in enumerate(words)
    ]
    return Markup("").join(out)


def certificate_page(file: str) -> str:
    """The page of a certificate."""
    return f"{file.removesuffix('.json')}.html"


def _net_of(problem: Mapping[str, Any]) -> str:
    """The net of a problem in a few words."""
    net = layers.net_of(problem)
    return ONE_HIDDEN_LAYER if net is None else layers.title(net)


def _entries(
    content: Mapping[str, Any], certificates: Mapping[str, Mapping[str, Any]]
) -> list[TheoremEntry]:
    pages = theorem_pages([t["name"] for t in content["theorems"]])
    out = []
    for number, t in enumerate(content["theorems"], 1):
        entries = []
        for row in t["rows"]:
            problem = certificates[row["file"]]["problem"]
            activation = problem["activation"]
            data = "any data" if row["scope"] == "symbolic" else content["data"]["source"]
            entries.append(
                Entry(
                    row,
                    certificate_page(row["file"]),
                    activation_html(activation),
                    activation_plain(activation),
                    losses.loss_of(str(problem["loss"])),
                    _net_of(problem),
                    data,
                    badge(row),
                )
            )
        out.append(TheoremEntry(number, t, pages[t["name"]], entries))
    return out


def render_pages(
    content: Mapping[str, Any],
    certificates: Mapping[str, Mapping[str, Any]],
    villani: Callable[[str], Plot | None] = lambda theorem: None,
    templates: Path | None = None,
) -> dict[str, str]:
    """Every page by its path beside report.json.

    ``content`` is that of report.json, ``certificates`` those of its rows by file name, ``villani``
    gives the plot of V4 against its bound for the name of a theorem.  InputError for a template of
    the user's that fails.
    """
    env = _environment(templates)
    theorems = _entries(content, certificates)
    common = {
        "content": content,
        "theorems": theorems,
        "setting": setting_of([]),
        "beside": [t for t in theorems if as_published.MARK in str(t.content["source"])],
        "opening": OPENING,
        "folder": FOLDER,
        "generator": GENERATOR,
    }
    summary = _summary(content, theorems)
    drawn = next((c for c in certificates.values() if c["problem"]["outer"]), None)
    pages = {
        OPENING: render(
            env,
            "report.html.j2",
            **common,
            **summary,
            most_rows=MOST_ROWS,
            drawn=None if drawn is None else outer_weights(drawn["problem"]["outer"]),
        )
    }

    def add(page: str, template: str, **more: Any) -> None:
        pages[f"{FOLDER}/{page}"] = render(env, template, **common, **more)

    for t in theorems:
        for entry in t.entries:
            certificate = certificates[entry.row["file"]]
            shown = expose(certificate, DIGITS)
            add(
                entry.page,
                "certificate.html.j2",
                theorem=t,
                entry=entry,
                certificate=certificate,
                own=setting_of([certificate["problem"]]),
                shown=shown,
                kinds=_grouped(shown.constants),
                levels=levels_of(certificate, shown),
                decided=condition_steps(certificate, shown),
                routes=other_routes(certificate, shown),
            )
    if len(summary["entries"]) > MOST_ROWS:
        add("certificates.html", "certificates.html.j2", **summary)
    add(
        "notation.html",
        "notation.html.j2",
        own=setting_of([c["problem"] for c in certificates.values()]),
        symbols=_symbols(certificates.values()),
    )
    if common["beside"]:
        work = next(w for w in WORKS.values() if w.mark == as_published.MARK)
        add("as-published.html", "as-published.html.j2", published=as_published, work=work)
    rows = [
        {
            "html": activation_html(row),
            "formula": rf"\sigma(z)={latex(parse(row['expression']))}",
            "constants": row["constants"],
            "plots": activation_plots(row["expression"], row["constants"]),
        }
        for row in activation_constants(certificates)
    ]
    columns = {name: SYMBOLS[name] for name in ACTIVATION_CONSTANTS}
    add("activations.html", "activations.html.j2", constants=rows, columns=columns)
    # Last, as their plots may still be in the making.
    for t in theorems:
        add(
            t.page,
            "theorem.html.j2",
            theorem=t,
            own=setting_of([certificates[e.row["file"]]["problem"] for e in t.entries]),
            source=source_html(str(t.content["source"]), [u for u in theorems if u is not t]),
            thresholds=_thresholds(t.content, certificates),
            villani=villani(t.content["name"]),
        )
    return pages


def _grouped(constants: Iterable[Constant]) -> dict[str, list[Constant]]:
    """Constants under the heading of their kind."""
    found: dict[str, list[Constant]] = {}
    for c in constants:
        found.setdefault(CONSTANT_KINDS[c.kind], []).append(c)
    return found


def _symbols(certificates: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The constants that some certificate uses, in the order of their table."""
    used = {name for c in certificates for name in c["constants"]}
    return {name: symbol for name, symbol in SYMBOLS.items() if name in used}


def _environment(templates: Path | None) -> Environment:
    env = html_environment(templates)
    env.filters.update(
        block=block_html,
        sentence=sentence_html,
        formula=formula_html,
        display=display_html,
        prose=lambda t: sentence_html(quoted(str(t))),
        loss=lambda t: sentence_html(losses.name(t)),
        loss_called=lambda t: sentence_html(losses.called(t)),
        signs=with_signs,
        up=lambda t: number_html(Fraction(t), 1, DIGITS),
        interval=lambda c: interval_html(
            None if c["lo"] is None else Fraction(c["lo"]),
            None if c["hi"] is None else Fraction(c["hi"]),
            DIGITS,
        ),
        expression=lambda t: latex(read(str(t))),
        definition=definition_latex,
        value=value_html,
        exact=exact_html,
        evidence=condition_evidence,
    )
    return env


def _summary(content: Mapping[str, Any], theorems: Sequence[TheoremEntry]) -> dict[str, Any]:
    """What the opening page counts."""
    entries = [e for t in theorems for e in t.entries]
    rows = [e.row for e in entries]
    versions = [row["coq"]["version"] for row in rows if row["coq"] and row["coq"]["version"]]
    primitive = ("PrimInt63.", "Uint63.")
    return {
        "entries": entries,
        "losses": losses.listed(e.loss for e in entries),
        "verdicts": {v: sum(row["verdict"] == v for row in rows) for v in _KIND},
        "left_open": [e for e in entries if e.row["verdict"] == "UNKNOWN"],
        "differs": [e for e in entries if e.badge.kind == "differs"],
        "parts": {
            heading: found
            for part, heading in PARTS.items()
            if (found := [t for t in theorems if t.content["part"] == part])
        },
        "choices": {
            "activation": _distinct(e.activation_plain for e in entries),
            "loss": _distinct(e.loss_plain for e in entries),
            "net": _distinct(e.net for e in entries),
            "data": _distinct(e.data for e in entries),
            "verdict": _distinct(e.badge.words for e in entries),
        },
        "levels": {
            level: sum(level in row["levels"] for row in rows)
            for level in ("kernel-checked", "cited")
        },
        "coq_checked": sum(bool(row["coq"]) and row["coq"]["full"] for row in rows),
        "coq_some": sum(bool(row["coq"]) and bool(row["coq"]["conditions"]) for row in rows),
        "coq_version": versions[0] if versions else "",
        "classical": [a for a in content["axioms"] if not a.startswith(primitive)],
        "primitive": sum(a.startswith(primitive) for a in content["axioms"]),
    }


def _distinct(values: Iterable[str]) -> list[str]:
    """Each value once, in the order of the first."""
    return list(dict.fromkeys(values))
