"""Certificates as mathematics in LaTeX: a fragment to \\input into any paper, or an article of its own.

Everything that comes from a certificate is escaped, parsed by the project's grammar or
rebuilt from rational numbers; none of it reaches the output as LaTeX.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from proofkit.activation import ast
from proofkit.activation.ast import Node
from proofkit.activation.parser import parse
from proofkit.errors import InputError, ParseError, nearest, quoted
from proofkit.kernel.formula import NAMES, formula
from proofkit.kernel.rules import RULES
from proofkit.reading.labels import LabelMap
from proofkit.render import latex
from proofkit.render.bibliography import cite, cited, works_of
from proofkit.render.display import display
from proofkit.render.environment import latex_environment, render
from proofkit.render.latex import scientific, sentence

HEADINGS = ("section", "subsection", "subsubsection", "paragraph", "none")
CONDITIONS: Mapping[str, str] = MappingProxyType(
    {
        "V1": r"$L\in C^\infty$",
        "V2": r"$L\to\infty$ as $r\to\infty$",
        "V3": r"$\int e^{-2L/s}\,dW<\infty$",
        "V4": r"$\frac1s\|\nabla L\|^2-\Delta L\to\infty$ as $r\to\infty$",
    }
)
# What the constants without a formula are.
MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "lambda": "regularisation",
        "s": "noise (temperature $s/2$)",
        "n": "samples",
        "d": "features",
        "p": "width",
        "N": "number of weights $pd$",
        "B_x": r"$\max_i\|x_i\|$, or a bound on it",
        "B_y": r"$\max_i|y_i|$, or a bound on it",
        "X2": r"$\frac1n\sum_i\|x_i\|^2$",
        "Y1": r"$\frac1n\sum_i|y_i|$",
        "Y2": r"$\frac1n\sum_iy_i^2$",
        "y_min": r"$\min_iy_i$",
        "y_max": r"$\max_iy_i$",
        "a_1": r"$\sum_j|a_j|$",
        "a_2": r"$(\sum_ja_j^2)^{1/2}$",
        "a_inf": r"$\max_j|a_j|$",
        "a_plus": r"$\sum_j\max(a_j,0)$",
        "a_minus": r"$\sum_j\max(-a_j,0)$",
        "Lambda_S": r"$\lambda_{\max}(\frac1n\sum_ix_ix_i^{\mathsf T})$",
        "l1": r"$\sup|\ell'|$",
        "l2": r"$\sup\ell''$",
        "S0": r"$\sup|\sigma|$",
        "S_hi": r"$\sup\sigma$",
        "S_lo": r"$\inf\sigma$",
        "sigma0": r"$|\sigma(0)|$",
        "M1": r"$\sup|\sigma'|$",
        "M2": r"$\sup|\sigma''|$",
        "M3": r"$\sup|\sigma'''|$",
        "kappa": r"exponent of the Euler defect",
        "H": r"$\sup|z\sigma'-\kappa\sigma|$",
        "kappa_lo": r"lower exponent of $z\sigma'$",
        "H_lo": r"$\sup(\kappa_-\sigma-z\sigma',0)$",
        "kappa_hi": r"upper exponent of $z\sigma'$",
        "H_hi": r"$\sup(z\sigma'-\kappa_+\sigma,0)$",
        "fall": r"$\sup(-\sigma')$",
        "slope": "slope of the asymptote",
        "alpha": "slope of the line",
        "S_alpha": r"$\sup|\sigma-\alpha z|$",
        "beta": r"$|\sigma'(z)|\ge\beta|z|^q$ at one end",
        "M": "level of the radius $r_0(M)$",
    }
)
SHORT = 60  # characters of LaTeX of a formula that is set in the text


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a fragment is written: label prefix, names of the author's environments, level of headings, \\cite or words."""

    prefix: str = "proofkit"
    theorem: str = "theorem"
    proof: str = "proof"
    heading: str = "subsection"
    precision: int = 4
    citations: bool = False
    templates: Path | None = None

    def __post_init__(self) -> None:
        for what, name in (("--theorem-env", self.theorem), ("--proof-env", self.proof)):
            if not re.fullmatch(r"[A-Za-z]{1,40}\*?", name):
                raise InputError(
                    f"{what} is {quoted(name)}; the name of a LaTeX environment has letters only, and * at its end"
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
    """A certificate to write: its name (for labels), content, and the conditions that coqc accepted with its version."""

    name: str
    content: Mapping[str, Any]
    coq: tuple[str, ...] = ()
    coq_version: str = ""
    theorems: tuple[str, ...] = ()


# -- numbers ------------------------------------------------------------------------------------------------


def enclosure(lo: str | None, hi: str | None, digits: int) -> str:
    """= 3, = 7/16 or in [0.1, 0.2] in LaTeX mathematics, rounded outwards; nothing for a symbol."""
    if lo is None or hi is None:
        return ""
    a, b = Fraction(lo), Fraction(hi)
    if a == b and (exact := _short_number(a, digits)):
        return f"={exact}"
    return rf"\in{latex.interval_latex(a, b, digits)}"


def _short_number(q: Fraction, digits: int) -> str:
    """A number that is printed as it is: a whole one, a short fraction, or one of few decimals."""
    if q.denominator == 1 and len(str(q)) <= 12:
        return rf"\num{{{q}}}"
    if len(str(q)) <= 7:
        return latex.tree_latex(ast.num(q))
    if scientific(q, -1, digits) == scientific(q, 1, digits):
        return latex.number(q, 1, digits)
    return ""


# -- sentences -----------------------------------------------------------------------------------------------


def activation_latex(content: Mapping[str, Any]) -> str:
    """sigma(z) = ... in the text with its full stop, or as a display."""
    text = str(content["problem"]["activation"]["expression"])
    try:
        formula = latex.tree_latex(parse(text))
    except ParseError as error:
        raise InputError(
            f"the activation of the certificate is not one that proofkit reads ({error})"
        ) from None
    if len(formula) <= SHORT:
        return rf"$\sigma(z)={formula}$."
    return display(rf"\sigma(z)={formula}.")


def _hypotheses(content: Mapping[str, Any]) -> str:
    """Of which data, outer weights, lambda and s a theorem speaks."""
    spec = content["problem"]
    out = []
    if spec["data"] is None:
        labels = r"$y_i\in\{-1,+1\}$" if spec["loss"] == "logistic" else r"$|y_i|\le B_y$"
        out.append(
            rf"Let $n,p,d\ge1$, data $(x_i,y_i)$ with $\|x_i\|\le B_x$ and {labels}, and outer weights $a\in\mathbb R^p$ be arbitrary."
        )
    else:
        d, o = spec["data"], spec["outer"]
        names = [latex.breakable(name) for name in d.get("features", [])]
        features = ", ".join(names) if len(names) <= 20 else ", ".join(names[:20]) + r", \dots"
        made = LabelMap.from_json(d.get("labels"))
        labels = "" if made is None else f", {latex.breakable(made.sentence(d['target']))},"
        out.append(
            rf"Let the data be {latex.breakable(d['source'])} with target {latex.breakable(d['target'])} "
            rf"($n=\num{{{int(d['n'])}}}$, $d=\num{{{int(d['d'])}}}$; features {features}; SHA-256 {latex.breakable(str(d['sha256'])[:16])}\dots){labels} and let $a\in\mathbb R^p$, "
            rf"$p=\num{{{int(o['p'])}}}$, be the outer weights {latex.breakable(o['source'])}."
        )
    if spec["lambda"] is not None:
        out.append(rf"Let $\lambda={latex.tree_latex(ast.num(Fraction(spec['lambda'])))}$.")
    if spec["noise"] is not None:
        out.append(rf"Let $s={latex.tree_latex(ast.num(Fraction(spec['noise'])))}$.")
    return " ".join(out)


def _v4(content: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The V4 step that the goals rest on."""
    return next(
        (s for s in reversed(used_steps(content)) if s["claim"] in ("V4", "V4 if one sign")), None
    )


def _lower_bound(step: Mapping[str, Any], options: Options) -> str:
    """The explicit lower bound of V4 and the radius, displayed."""
    body, _, where = str(step["payload"]["lower_bound"]).partition(" for r >= ")
    region = rf" for $r\ge {latex.tree_latex(_formula(where))}$" if where else ""
    # The level that was certified, and no other.
    m = step["defines"].get("M") or {"lo": None, "hi": None}
    level = enclosure(m["lo"], m["hi"], options.precision)
    bound = latex.tree_latex(_formula(body))
    radius = latex.tree_latex(_formula(str(step["payload"]["radius"])))
    return "\n".join(
        [
            display(rf"\frac{{1}}{{s}}\|\nabla L(W)\|^2-\Delta L(W)\ge {bound}"),
            f"{region.strip()}, and the right-hand side is at least $M{level}$ as soon as $r\\ge r_0(M)$, where".lstrip(
                ", "
            ),
            display(f"r_0(M)={radius}."),
        ]
    )


def _formula(text: str) -> Node:
    return parse(text.replace("max(", "Max(").replace("min(", "Min("), NAMES | {"r"})


def assertion(source: Source, options: Options) -> str:
    """The statement of a certificate's theorem."""
    c = source.content
    if (
        c["claim"] in ("villani", "villani-one-signed", "lipschitz-threshold")
        and c["verdict"] == "PROVED"
    ):
        step = _v4(c)
        said = sentence(c["statement"]) + "."
        return said + ("" if step is None else " More precisely,\n" + _lower_bound(step, options))
    return sentence(str(c["statement"])[:1].upper() + str(c["statement"])[1:]) + "."


# -- proofs ------------------------------------------------------------------------------------------------------


def used_steps(
    content: Mapping[str, Any], goals: Iterable[str] | None = None
) -> list[Mapping[str, Any]]:
    """The steps that ``goals`` (the certificate's own when left out) rest on, premises first."""
    steps = {s["id"]: s for s in content["steps"]}
    wanted: set[str] = set()
    stack = list(content["goals"] if goals is None else goals)
    while stack:
        name = stack.pop()
        if name not in wanted:
            wanted.add(name)
            stack += steps[name]["premises"]
    return [s for name, s in steps.items() if name in wanted]


@dataclass(frozen=True)
class StepText:
    """One step of a proof: number, what it says and why (LaTeX), its definitions as displays, rule, premises, evidence."""

    number: int
    statement: str
    reason: str
    displays: tuple[str, ...]
    rule: str
    premises: tuple[int, ...]
    evidence: str


def numbered(content: Mapping[str, Any]) -> dict[str, int]:
    """The numbers of the steps that a proof writes out; enclosures of constants are left to the table."""
    return {
        s["id"]: k
        for k, s in enumerate(
            (s for s in used_steps(content) if s["claim"] not in ("enclosed", "parameters")), 1
        )
    }


def proof_steps(source: Source, options: Options) -> list[StepText]:
    """The proof in numbered steps."""
    numbers = numbered(source.content)
    out = []
    for s in (s for s in source.content["steps"] if s["id"] in numbers):
        said = str(s["statement"])
        mark, colon, rest = said.partition(": ")
        if colon and re.fullmatch(r"V[1-4]", mark):
            said = rest
            head = rf"\textup{{({mark})}} "
        else:
            head = ""
        formulas = []
        for name, d in s["defines"].items():
            if d["formula"] and name not in ("B_x", "a_2"):
                root = formula(str(d["formula"]))
                value = "" if root.op == "num" else enclosure(d["lo"], d["hi"], options.precision)
                formulas.append(
                    display(f"{latex.name_latex(name)}={latex.tree_latex(root)}{value}")
                )
        works = works_of(s["rule"]) if options.citations else []
        # What the statement, or the section on the derivatives, has said already is not said again.
        reason = "" if s["rule"] in ("derivation", "loss") else RULES[s["rule"]].latex
        if works:
            reason += rf" See \cite{{{','.join(w.key for w in works)}}}."
        premises = tuple(numbers[x] for x in s["premises"] if x in numbers)
        out.append(
            StepText(
                numbers[s["id"]],
                head + _sentence_end(sentence(said)),
                reason,
                tuple(formulas),
                s["rule"],
                premises,
                _level(source, s),
            )
        )
    return out


def _sentence_end(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith(".") else text + "."


def _level(source: Source, step: Mapping[str, Any]) -> str:
    return (
        f"Coq-checked ({source.coq_version})"
        if str(step["claim"]).removesuffix(" if one sign") in source.coq
        else str(step["evidence"])
    )


def evidence_rows(source: Source) -> list[tuple[str, str, str]]:
    """(condition, verdict, evidence) of V1 to V4."""
    out = []
    for name, c in source.content["conditions"].items():
        level = (
            f"Coq-checked (coqc {source.coq_version})"
            if name in source.coq
            else str(c["evidence"] or "open")
        )
        out.append((name, str(c["verdict"]).lower(), level))
    return out


@dataclass(frozen=True)
class Constant:
    """A line of the list of constants: symbol, what it is, its exact form when that is short, its value; all LaTeX."""

    symbol: str
    meaning: str
    exact: str
    value: str


def constants(source: Source, options: Options) -> list[Constant]:
    """The constants behind the goals, but those without value and formula."""
    content = source.content
    numbers = numbered(content)
    out: dict[str, Constant] = {}
    for s in used_steps(content):
        for name, d in s["defines"].items():
            known = d["lo"] is not None or d["formula"] is not None or name in ("lambda", "s")
            if name in out or not known:
                continue
            meaning = MEANINGS.get(name, "")
            if s["id"] in numbers and not meaning:
                meaning = f"Step {numbers[s['id']]}"
            if value := _value(name, d, options):
                out[name] = Constant(latex.name_latex(name), meaning, _exact(d), value)
    return list(out.values())


def _value(name: str, d: Mapping[str, Any], options: Options) -> str:
    """The value of a constant after its symbol: = 3, in [0.1, 0.2], = a formula, or free."""
    if value := enclosure(d["lo"], d["hi"], options.precision):
        return value
    if d["formula"] is None:
        return r"\text{ free}"
    return f"={latex.formula_latex(d['formula'])}" if name in MEANINGS else ""


def _exact(d: Mapping[str, Any]) -> str:
    """The exact form of a constant, when it is short and is not the value printed anyhow."""
    text = d["exact"]
    if text is None or d["lo"] is None or d["lo"] == d["hi"]:
        return ""
    try:
        formula = latex.tree_latex(parse(str(text)))
    except ParseError:
        return ""
    return formula if len(formula) <= SHORT else ""


# -- documents ---------------------------------------------------------------------------------------------------


def heading(options: Options, title: str, label: str) -> str:
    """A heading of the level asked for."""
    if options.heading == "none":
        return ""
    return rf"\{options.heading}{{{title}}}" + (
        "" if options.heading == "paragraph" else rf"\label{{{options.prefix}:{label}}}"
    )


@cache
def derivation() -> dict[str, Any]:
    """Index and matrix forms of gradient, Laplacian and Hessian form, and the derivatives of the losses."""
    from proofkit.calculus.forms import MATRIX_FORMS, index_forms, loss_derivatives
    from proofkit.problem.losses import LOSSES

    return {
        "index": index_forms(),
        "matrix": MATRIX_FORMS,
        "losses": {name: loss_derivatives(name) for name in LOSSES},
    }


@cache
def derivative_displays() -> dict[str, tuple[str, ...]]:
    """Gradient, Laplacian and Hessian form as displays, in matrix form and in index form."""
    formulas = derivation()
    index = formulas["index"]
    return {
        "matrix": tuple(
            display(f"{form.head}=", *(line.replace(r"\quad", "") for line in form.latex))
            for form in formulas["matrix"].values()
        ),
        "index": (
            display(r"\frac{\partial L}{\partial W_{JK}}=", *index["gradient"]),
            display(r"\Delta L=\sum_{J=1}^p\sum_{K=1}^d\Bigl[", *index["laplacian"], r"\Bigr]"),
            display(r"\nabla^2L(W)[V,V]=", *index["hessian_form"]),
        ),
    }


def parts(sources: Sequence[Source], options: Options) -> dict[str, Any]:
    """What the templates get."""
    pieces = []
    labels: set[str] = set()
    for s in sources:
        label = latex.label(s.name)
        while label in labels:
            label += "-bis"
        labels.add(label)
        steps = proof_steps(s, options)
        decided = s.content["verdict"] != "UNKNOWN"
        pieces.append(
            {
                "label": label,
                "title": sentence(
                    (s.content["theorem"] or {}).get("title")
                    or {"PROVED": "proved", "REFUTED": "refuted", "UNKNOWN": "open"}[
                        s.content["verdict"]
                    ]
                ),
                "loss": s.content["problem"]["loss"],
                "sigma": activation_latex(s.content),
                "hypotheses": _hypotheses(s.content),
                "assertion": assertion(s, options) if decided else "",
                "decided": decided,
                "open": sentence(s.content["open"]),
                "steps": steps if decided else [],
                "evidence": evidence_rows(s),
                "levels": _levels(s),
                "constants": constants(s, options),
                "published": _published(s.content, options),
                "notes": [sentence(n) for n in s.content["notes"]],
                "witness": None
                if not s.content["witness"] or not s.content["witness"].get("ray")
                else {k: sentence(v) for k, v in s.content["witness"].items()},
                "digest": str(s.content.get("digest", "")),
                "versions": s.content["versions"],
                "coq": s.theorems,
            }
        )
    works = cited([s.content for s in sources])
    return {
        "pieces": pieces,
        "o": options,
        "derivation": derivation(),
        "displays": derivative_displays(),
        "losses": sorted({p["loss"] for p in pieces}),
        "works": works,
        "conditions": conditions_latex(),
        "heading": heading,
    }


def conditions_latex() -> str:
    """V1 to V4 in a line."""
    return "; ".join(f"({k})~{v}" for k, v in CONDITIONS.items())


def _levels(source: Source) -> list[tuple[str, str]]:
    """(evidence level, the steps at it) over the whole certificate's goals."""
    found: dict[str, list[str]] = {}
    for s in used_steps(source.content):
        rules = found.setdefault(_level(source, s), [])
        if s["rule"] not in rules:
            rules.append(s["rule"])
    return [(level, ", ".join(rules)) for level, rules in found.items()]


def _published(content: Mapping[str, Any], options: Options) -> str:
    """The threshold of the papers beside ours."""
    if (
        content["claim"] not in ("villani", "villani-iff", "lipschitz-threshold")
        or content["verdict"] != "PROVED"
    ):
        return ""
    p = content["published_threshold"]
    shown = latex.formula_latex(p["formula"])
    value = "" if p["enclosure"] is None else enclosure(*p["enclosure"], options.precision)
    return rf"The published route, as recalled ({cite(p['source'], latex.escape, chr(92) + 'cite' if options.citations else None)}), needs $\lambda>{shown}{value}$."


def fragment(sources: Sequence[Source], options: Options) -> str:
    """Text to \\input after \\begin{document}."""
    return render(
        latex_environment(options.templates), "fragment.tex.j2", **parts(sources, options)
    )


def article(sources: Sequence[Source], options: Options, bibliography: str | None = None) -> str:
    """A document of its own; ``bibliography`` is the name of a .bib file to cite from, without its suffix."""
    return render(
        latex_environment(options.templates),
        "article.tex.j2",
        **parts(sources, options),
        bibliography=bibliography,
    )


def bibtex(contents: Iterable[Mapping[str, Any]]) -> str:
    """The works behind certificates as BibTeX."""
    return "\n".join(w.bibtex() for w in cited(contents))
