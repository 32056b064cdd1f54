"""The HTML report: an opening page, and beneath it a page for each theorem and each certificate.

Every page stands alone (its style, formulas as MathML, plots as SVG, no script, no network), so that
it can be mailed; links between pages are relative.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from proofkit import prose
from proofkit.errors import ParseError
from proofkit.kernel.rules import RULES
from proofkit.problem.losses import LOSSES
from proofkit.render import latex
from proofkit.render.appendix import ACTIVATION_CONSTANTS, activation_constants
from proofkit.render.environment import html_environment, render
from proofkit.render.paper import MEANINGS, derivation, used_steps
from proofkit.render.plots import Plot, activation_plots, threshold_plot
from proofkit.tactics.theorem import PARTS

OPENING = "report.html"
FOLDER = "report"  # of the other pages, beside the opening page
GENERATOR = Markup(
    '<meta name="generator" content="proofkit report">'
)  # how it knows its pages again
CONDITIONS = ("V1", "V2", "V3", "V4")
DIGITS = 6  # of a number on a page; all of them are in the certificate

OBJECTIVE = r"L(W)=\frac1n\sum_{i=1}^n\ell\Bigl(\sum_{j=1}^pa_j\,\sigma(\langle w_j,x_i\rangle),\,y_i\Bigr)+\frac\lambda2\|W\|_F^2"


# -- verdicts in words ------------------------------------------------------------------------------------


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


# -- numbers and formulas ---------------------------------------------------------------------------------


def number_html(value: Fraction, direction: int, digits: int = DIGITS) -> Markup:
    """A number rounded up (direction 1) or down (-1): 0.0425, or 1.2 times a power of ten."""
    text = latex.scientific(value, direction, digits).replace("-", "\u2212")
    mantissa, _, exponent = text.partition(r"\cdot10^{")
    if not exponent:
        return Markup(mantissa)  # noqa: S704 - digits
    power = f"10<sup>{exponent.removesuffix('}')}</sup>"
    return Markup(power if mantissa == "1" else f"{mantissa}\u00b7{power}")  # noqa: S704


def interval_html(c: Mapping[str, Any]) -> Markup:
    """An enclosure, rounded outwards: one number where both ends are the same, else the two ends."""
    if c["lo"] is None or c["hi"] is None:
        return Markup("")
    lo, hi = Fraction(c["lo"]), Fraction(c["hi"])
    if lo == hi and len(latex.scientific(lo, 1, 12)) <= 12:
        lowest, highest = number_html(lo, -1, 12), number_html(hi, 1, 12)
    else:
        lowest, highest = number_html(lo, -1), number_html(hi, 1)
    return lowest if lowest == highest else Markup(f"[{lowest}, {highest}]")  # noqa: S704


def exact_latex(c: Mapping[str, Any]) -> str:
    """The exact form of a constant where it is short and says more than its value."""
    text = c["exact"]
    if text is None or c["lo"] is None or len(str(text)) > 40:
        return ""
    if c["lo"] == c["hi"] and "/" not in str(c["lo"]):
        return ""
    try:
        return latex.expression_latex(str(text))
    except ParseError:
        return ""


def latex_sentence(text: str) -> Markup:
    """A rule's sentence (LaTeX of ours, formulas between dollars) in HTML."""
    parts = re.split(r"\$([^$]+)\$", text)
    words = (
        p.replace("--", "\u2013").replace(r"\'e", "\u00e9").replace("~", " ") for p in parts[::2]
    )
    out = [escape(w) for w in words]
    for k, formula in enumerate(parts[1::2]):
        out.insert(2 * k + 1, f'<span class="formula-in">{prose.mathml(formula)}</span>')
    return Markup("".join(out))  # noqa: S704 - words are escaped, formulas are MathML


def with_signs(text: object) -> str:
    """Words of a file, such as the name of a column, with the signs of mathematics between them.

    >>> with_signs("bmi <= 25 is -1")
    'bmi \u2264 25 is \u22121'
    """
    out = str(text).replace("<=", "\u2264").replace(">=", "\u2265")
    return re.sub(r"(?<![\w-])-(?=\d)", "\u2212", out)


def activation_html(activation: Mapping[str, Any]) -> Markup:
    """The name of an activation with its parameters, or its formula when it has no name."""
    name, expression = str(activation["name"]), str(activation["expression"])
    if name == "custom":
        return Markup(prose.mathml(latex.expression_latex(expression)))  # noqa: S704
    head, _, parameters = name.removesuffix(")").partition("(")
    words = escape(head.replace("_", " "))
    return Markup(f"{words}, {prose.html(parameters)}" if parameters else words)  # noqa: S704


_PLAIN = str.maketrans({"*": "\u00b7", "-": "\u2212"})
_SUPERSCRIPT = str.maketrans(
    "0123456789", "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"
)


def activation_plain(activation: Mapping[str, Any]) -> str:
    """The same in Unicode, for what holds no markup: titles and choices."""
    name, expression = str(activation["name"]), str(activation["expression"])
    if name != "custom":
        return name.replace("_", " ").replace("=", " = ").replace("(", ", ").removesuffix(")")
    powers = re.sub(r"\^(\d+)", lambda m: m.group(1).translate(_SUPERSCRIPT), expression)
    return powers.translate(_PLAIN)


# -- steps ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Definition:
    """A constant where a step defines it: symbol and formula (LaTeX), and its value."""

    symbol: str
    formula: str
    value: Markup


@dataclass(frozen=True)
class StepView:
    """A step on a page: what it says and why (HTML), the steps it rests on, its evidence."""

    anchor: str
    number: int
    rule: str
    statement: Markup
    reason: Markup
    source: str
    definitions: Sequence[Definition]
    premises: Sequence[tuple[str, int]]
    evidence: str


def step_views(certificate: Mapping[str, Any]) -> tuple[list[StepView], list[StepView]]:
    """The steps of the proof, and those of routes that it does not need; numbered in this order."""
    needed = {s["id"] for s in used_steps(certificate)}
    steps = certificate["steps"]
    ordered = [s for s in steps if s["id"] in needed] + [s for s in steps if s["id"] not in needed]
    numbers = {s["id"]: k for k, s in enumerate(ordered, 1)}
    views = [_step_view(s, numbers) for s in ordered]
    return views[: len(needed)], views[len(needed) :]


def _step_view(step: Mapping[str, Any], numbers: Mapping[str, int]) -> StepView:
    rule = RULES[step["rule"]]
    defined = [
        Definition(latex.name_latex(name), latex.formula_latex(d["formula"]), interval_html(d))
        for name, d in step["defines"].items()
        if d["formula"]
    ]
    return StepView(
        f"step-{numbers[step['id']]}",
        numbers[step["id"]],
        step["rule"],
        Markup(prose.html(step["statement"])),  # noqa: S704 - escaped there
        latex_sentence(rule.latex),
        rule.source,
        defined,
        [(f"step-{numbers[p]}", numbers[p]) for p in step["premises"]],
        step["evidence"],
    )


# -- constants --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Constant:
    """A row of a page's table of constants."""

    symbol: str
    meaning: Markup
    exact: str
    value: Markup
    step: tuple[str, int]


def constant_views(certificate: Mapping[str, Any], steps: Sequence[StepView]) -> list[Constant]:
    """Every constant behind the proof, with the step that defines it."""
    out: dict[str, Constant] = {}
    for step, view in zip(used_steps(certificate), steps, strict=True):
        for name, d in step["defines"].items():
            meaning = latex_sentence(MEANINGS.get(name, ""))
            form = exact_latex(d) or (latex.formula_latex(d["formula"]) if d["formula"] else "")
            out.setdefault(
                name,
                Constant(
                    latex.name_latex(name),
                    meaning,
                    form,
                    interval_html(d),
                    (view.anchor, view.number),
                ),
            )
    return list(out.values())


# -- what theorems rest on ----------------------------------------------------------------------------------


def condition_evidence(row: Mapping[str, Any], condition: str) -> str:
    """How a condition of a certificate was established, the strongest level."""
    if row["coq"] and condition in row["coq"]["conditions"]:
        return "Coq-checked"
    return str(row["evidence"][condition] or "")


def evidence_of(theorem: Mapping[str, Any]) -> dict[str, list[str]]:
    """The evidence levels of each condition over a theorem's certificates."""
    out: dict[str, list[str]] = {}
    for condition in CONDITIONS:
        levels = (
            condition_evidence(row, condition)
            for row in theorem["rows"]
            if row["conditions"][condition] != "UNKNOWN"
        )
        out[condition] = list(dict.fromkeys(levels))
    return out


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
        published = c["published_threshold"]["enclosure"]
        held["published"] = None if published is None else Fraction(published[1])
        name = f"{activation_plain(c['problem']['activation'])}, {row['loss']}"
        rows.setdefault(name, held)
    return threshold_plot(list(rows.items()), "Thresholds by route")


# -- pages --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """A certificate in tables: its row of report.json, where its page is, and its names."""

    row: Mapping[str, Any]
    page: str
    theorem: str
    activation: Markup
    activation_plain: str
    data: str
    badge: Badge

    @property
    def plain(self) -> str:
        """What it is about, in a line of text."""
        lam = self.row["lambda"]
        at = "" if lam is None else f", \u03bb = {lam}".replace("-", "\u2212")
        return f"{self.activation_plain}, {self.row['loss']} loss, {self.data}{at}"


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
        plain = f"theorem-{latex.label(name).lower()}"
        page, k = f"{plain}.html", 2
        while page in out.values():
            page, k = f"{plain}-{k}.html", k + 1
        out[name] = page
    return out


def certificate_page(file: str) -> str:
    """The page of a certificate."""
    return f"{file.removesuffix('.json')}.html"


def _entries(
    content: Mapping[str, Any], certificates: Mapping[str, Mapping[str, Any]]
) -> list[TheoremEntry]:
    pages = theorem_pages([t["name"] for t in content["theorems"]])
    out = []
    for number, t in enumerate(content["theorems"], 1):
        entries = []
        for row in t["rows"]:
            activation = certificates[row["file"]]["problem"]["activation"]
            data = "any data" if row["scope"] == "symbolic" else content["data"]["source"]
            entries.append(
                Entry(
                    row,
                    certificate_page(row["file"]),
                    t["name"],
                    activation_html(activation),
                    activation_plain(activation),
                    data,
                    badge(row),
                )
            )
        out.append(TheoremEntry(number, t, pages[t["name"]], entries))
    return out


def render_pages(
    content: Mapping[str, Any],
    certificates: Mapping[str, Mapping[str, Any]],
    villani: Mapping[str, Plot] | None = None,
    templates: Path | None = None,
) -> dict[str, str]:
    """Every page by its path beside report.json.

    ``content`` is that of report.json, ``certificates`` those of its rows by file name, ``villani`` the
    plots of V4 against its bound, by theorem.  InputError for a template of the user's that fails.
    """
    env = _environment(templates)
    theorems = _entries(content, certificates)
    common = {
        "content": content,
        "theorems": theorems,
        "objective": OBJECTIVE,
        "losses": LOSSES,
        "opening": OPENING,
        "folder": FOLDER,
        "generator": GENERATOR,
    }
    pages = {OPENING: render(env, "report.html.j2", **common, **_summary(content, theorems))}

    def add(page: str, template: str, **more: Any) -> None:
        pages[f"{FOLDER}/{page}"] = render(env, template, **common, **more)

    for t in theorems:
        add(
            t.page,
            "theorem.html.j2",
            theorem=t,
            evidence=evidence_of(t.content),
            thresholds=_thresholds(t.content, certificates),
            villani=(villani or {}).get(t.content["name"]),
        )
        for entry in t.entries:
            certificate = certificates[entry.row["file"]]
            needed, others = step_views(certificate)
            add(
                entry.page,
                "certificate.html.j2",
                theorem=t,
                entry=entry,
                certificate=certificate,
                needed=needed,
                others=others,
                constants=constant_views(certificate, needed),
            )
    add(
        "notation.html",
        "notation.html.j2",
        derivation=derivation(),
        rules=_rules(certificates.values()),
    )
    add(
        "activations.html",
        "activations.html.j2",
        constants=[
            {
                **row,
                "html": activation_html(row),
                "plots": activation_plots(row["expression"], row["constants"]),
            }
            for row in activation_constants(certificates)
        ],
        names=ACTIVATION_CONSTANTS,
        meanings=MEANINGS,
    )
    return pages


def _environment(templates: Path | None) -> Environment:
    env = html_environment(templates)
    env.filters.update(
        interval=interval_html,
        up=lambda t: number_html(Fraction(t), 1),
        # Formulas are LaTeX of proofkit's own writers, sentences are escaped there.
        mathml=lambda t: Markup(prose.mathml(str(t))),  # noqa: S704
        prose=lambda t: Markup(prose.html(str(t))),  # noqa: S704
        sentence=latex_sentence,
        signs=with_signs,
        formula=latex.formula_latex,
        expression=latex.expression_latex,
        symbol=latex.name_latex,
        label=latex.label,
        evidence=condition_evidence,
        wide=lambda t: _is_wide(str(t)),
    )
    return env


def _is_wide(formula: str) -> bool:
    """True for a formula that may need scrolling on a phone."""
    return len(re.sub(r"\\[A-Za-z]+", "x", formula)) > 36


def _summary(content: Mapping[str, Any], theorems: Sequence[TheoremEntry]) -> dict[str, Any]:
    """What the opening page counts."""
    entries = [e for t in theorems for e in t.entries]
    by_kind: dict[str, list[Entry]] = {}
    for e in entries:
        by_kind.setdefault(e.badge.kind, []).append(e)
    rows = [e.row for e in entries]
    versions = [row["coq"]["version"] for row in rows if row["coq"] and row["coq"]["version"]]
    primitive = ("PrimInt63.", "Uint63.")
    return {
        "entries": entries,
        "kinds": {kind: by_kind.get(kind, []) for kind in ("proved", "refuted", "open", "differs")},
        "parts": {
            heading: found
            for part, heading in PARTS.items()
            if (found := [t for t in theorems if t.content["part"] == part])
        },
        "choices": {
            "activation": _distinct(e.activation_plain for e in entries),
            "loss": _distinct(str(e.row["loss"]) for e in entries),
            "data": _distinct(e.data for e in entries),
            "verdict": _distinct(e.badge.words for e in entries),
        },
        "levels": {
            level: sum(level in row["levels"] for row in rows)
            for level in ("kernel-checked", "tested", "cited")
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


def _rules(certificates: Iterable[Mapping[str, Any]]) -> Sequence[Any]:
    """The rules that some certificate uses, in the kernel's order."""
    used = {s["rule"] for c in certificates for s in c["steps"]}
    return [r for name, r in RULES.items() if name in used]
