"""Certificates as mathematics in LaTeX: a fragment to \\input into any paper, or an article of its own.

Everything that comes from a certificate is escaped, parsed by the project's grammar or
rebuilt from rational numbers; none of it reaches the output as LaTeX.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
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
from proofkit.render.environment import latex_environment, render
from proofkit.render.latex import sentence

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
BUDGET = 50  # glyphs of a formula on a line of 345 pt, beside its left-hand side
ROWS = 34  # of one table of constants, so that it fits a page


@dataclass(frozen=True)
class Options:
    """How a fragment is written: label prefix, names of the author's environments, level of headings, \\cite or words."""

    prefix: str = "proofkit"
    theorem: str = "theorem"
    proof: str = "proof"
    heading: str = "subsection"
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


# -- formulas broken into lines -------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _glyphs(text: str) -> float:
    """About how wide a piece of LaTeX without fractions is, in letters."""
    text = re.sub(
        r"\\(left|right|,|;|!|mathrm|operatorname|mathsf|mathbb|tfrac|Bigl|Bigr)", "", text
    )
    scripts = sum(len(m) for m in re.findall(r"[_^]\{([^{}]*)\}", text)) * 0.3
    return (
        len(
            re.sub(r"\\[A-Za-z]+ ?", "x", text)
            .replace("{", "")
            .replace("}", "")
            .replace("_", "")
            .replace("^", "")
            .replace("$", "")
        )
        - scripts
    )


def width(root: Node) -> float:
    """About how many letters wide a formula is in display style."""
    out: dict[Node, float] = {}
    for node in ast.walk(root):
        inner = [out[x] for x in node.args]
        if not node.args:
            out[node] = _glyphs(latex.tree_latex(node))
        elif node.op == "div":
            out[node] = max(inner) + 0.5
        elif node.op in ("add", "sub"):
            out[node] = sum(inner) + 2.9
        elif node.op == "mul":
            out[node] = sum(inner) + 0.35 + 1.6 * sum(x.op in ("add", "sub") for x in node.args)
        elif node.op in ("pow", "neg", "Abs"):
            out[node] = inner[0] + (
                1.6
                if node.op != "pow" or node.rational.denominator > 1
                else 0.8 * len(str(node.rational)) + 1.4 * bool(node.args[0].args)
            )
        else:
            out[node] = sum(inner) + 5.5
    return out[root]


def lines(root: Node, budget: float = BUDGET) -> list[str]:
    """A formula in LaTeX on as many lines as it needs, broken where a reader would break it."""
    if width(root) <= budget:
        return [latex.tree_latex(root)]
    op, a = root.op, root.args
    if op in ("add", "sub"):
        return _fill([(sign, node) for sign, node in _summands(root)], budget)
    if op == "neg":
        return _wrapped(r"-\Bigl(", lines(a[0], budget - 4), r"\Bigr)")
    if op == "div":
        bottom = latex.tree_latex(a[1])
        if width(a[1]) <= budget - 8:
            return _wrapped(
                rf"\frac{{1}}{{{bottom}}}\Bigl(", lines(a[0], budget - 4 - width(a[1])), r"\Bigr)"
            )
        return [
            *_wrapped(r"\Bigl(", lines(a[0], budget - 4), r"\Bigr)"),
            *_wrapped(r"\cdot\Bigl(", lines(a[1], budget - 6), r"\Bigr)^{-1}"),
        ]
    if op == "mul":
        left, right = (
            lines(x, budget - 4)
            if x.op not in ("add", "sub")
            else _wrapped(r"\Bigl(", lines(x, budget - 4), r"\Bigr)")
            for x in a
        )
        return [*left, rf"\quad\cdot {right[0]}", *right[1:]]
    if op == "pow":
        return _wrapped(r"\Bigl(", lines(a[0], budget - 5), rf"\Bigr)^{{{root.rational}}}")
    if op in ("Max", "Min"):
        first, second = lines(a[0], budget - 6), lines(a[1], budget - 6)
        return [
            *_wrapped(rf"\{op.lower()}\Bigl(", first, ","),
            *_wrapped(r"\quad ", second, r"\Bigr)"),
        ]
    if op == "Abs":
        return _wrapped(r"\Bigl|", lines(a[0], budget - 4), r"\Bigr|")
    if len(a) == 1:
        head = latex.tree_latex(Node(root.op, (ast.Z,), root.value)).partition(r"\left(")[0]
        return _wrapped(rf"{head}\Bigl(", lines(a[0], budget - 8), r"\Bigr)")
    return [latex.tree_latex(root)]


def _wrapped(head: str, body: list[str], tail: str) -> list[str]:
    return [
        head + body[0] + (tail if len(body) == 1 else ""),
        *(rf"\quad {x}" for x in body[1:-1]),
        *([rf"\quad {body[-1]}{tail}"] if len(body) > 1 else []),
    ]


def _summands(root: Node) -> list[tuple[str, Node]]:
    """The signed terms of a sum, left to right."""
    stack: list[tuple[str, Node]] = [("+", root)]
    out: list[tuple[str, Node]] = []
    while stack:
        sign, node = stack.pop()
        if node.op in ("add", "sub") and (sign == "+" or not out or node is root):
            other = sign if node.op == "add" else {"+": "-", "-": "+"}[sign]
            stack += [(other, node.args[1]), (sign, node.args[0])]
        else:
            out.append((sign, node))
    return out


def _fill(terms: Sequence[tuple[str, Node]], budget: float) -> list[str]:
    out: list[str] = []
    room = 0.0
    for sign, node in terms:
        body = lines(node, budget - 3)
        if sign == "-" and node.op in ("add", "sub"):
            body = _wrapped(r"\Bigl(", body, r"\Bigr)")
        mark = "" if sign == "+" and not out else f"{sign} "
        size = width(node) + 2.7
        if len(body) == 1 and out and room >= size:
            out[-1] += f" {mark}{body[0]}"
            room -= size
        else:
            out += [f"{mark}{body[0]}", *body[1:]]
            room = budget - size if len(body) == 1 else 0.0
    return out


def display(head: str, rows: Sequence[str], relation: str = "=") -> str:
    """A display without a number: head = first line, the others below it."""
    if len(rows) == 1:
        return f"\\[\n {head}{relation}{rows[0]}\n\\]"
    # A formula of a few lines stays on one page.
    body = f" \\\\{'*' if len(rows) < 8 else ''}\n &\\quad ".join(rows)
    return f"\\begin{{align*}}\n {head}&{relation}{body}\n\\end{{align*}}"


# -- numbers ------------------------------------------------------------------------------------------------


def enclosure(lo: str | None, hi: str | None, digits: int = 12) -> str:
    """= 3, = 7/16 or in [0.1, 0.2] in LaTeX mathematics; nothing for a symbol."""
    if lo is None or hi is None:
        return ""
    a, b = Fraction(lo), Fraction(hi)
    low, high = latex.number(a, -1, digits), latex.number(b, 1, digits)
    if a == b and low == high:
        return f"={low}"
    if a == b and len(str(a)) <= 12:
        return rf"={'-' if a < 0 else ''}\tfrac{{{abs(a.numerator)}}}{{{a.denominator}}}"
    return rf"\in[{low},\,{high}]"


# -- sentences -----------------------------------------------------------------------------------------------


def activation_latex(content: Mapping[str, Any]) -> tuple[str, bool]:
    """sigma(z) = ..., and whether it needs a display."""
    text = str(content["problem"]["activation"]["expression"])
    try:
        root = parse(text)
    except ParseError as error:
        raise InputError(
            f"the activation of the certificate is not one that proofkit reads ({error})"
        ) from None
    rows = lines(root)
    inline = len(rows) == 1 and width(root) <= 32
    return (rf"$\sigma(z)={rows[0]}$" if inline else display(r"\sigma(z)", rows)), not inline


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


def _lower_bound(step: Mapping[str, Any]) -> str:
    """The explicit lower bound of V4 and the radius, displayed."""
    body, _, where = str(step["payload"]["lower_bound"]).partition(" for r >= ")
    rows = lines(_formula(body))
    region = rf" for $r\ge {latex.tree_latex(_formula(where))}$" if where else ""
    radius = lines(_formula(str(step["payload"]["radius"])))
    # The level that was certified, and no other.
    m = step["defines"].get("M") or {"lo": None, "hi": None}
    level = enclosure(m["lo"], m["hi"])
    return "\n".join(
        [
            display(r"\tfrac1s\|\nabla L(W)\|^2-\Delta L(W)", rows, r"\ge "),
            f"{region.strip()}, and the right-hand side is at least $M{level}$ as soon as $r\\ge r_0(M)$, where".lstrip(
                ", "
            ),
            display("r_0(M)", radius),
        ]
    )


def _formula(text: str) -> Node:
    return parse(text.replace("max(", "Max(").replace("min(", "Min("), NAMES | {"r"})


def assertion(source: Source) -> str:
    """The statement of a certificate's theorem."""
    c = source.content
    if (
        c["claim"] in ("villani", "villani-one-signed", "lipschitz-threshold")
        and c["verdict"] == "PROVED"
    ):
        step = _v4(c)
        said = sentence(c["statement"]) + "."
        return said + ("" if step is None else " More precisely,\n" + _lower_bound(step))
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
                value = "" if root.op == "num" else enclosure(d["lo"], d["hi"])
                rows = lines(root)
                if value and len(rows) > 1:
                    rows = [*rows, value]
                elif value and width(root) + _glyphs(value) * 1.1 > BUDGET:
                    rows = [rows[0], value]
                elif value:
                    rows = [rows[0] + value]
                formulas.append(display(latex.name_latex(name), rows))
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


def constant_rows(source: Source) -> list[dict[str, str]]:
    """The constants behind the goals: symbol, what it is or the step that defines it, exact form, value; all LaTeX."""
    content = source.content
    numbers = numbered(content)
    out: list[dict[str, str]] = []
    seen = set()
    for s in used_steps(content):
        for name, d in s["defines"].items():
            if name in seen or (
                d["lo"] is None and d["formula"] is None and name not in ("lambda", "s")
            ):
                continue
            seen.add(name)
            if s["id"] in numbers and name not in MEANINGS:
                what = f"Step {numbers[s['id']]}"
            else:
                what = MEANINGS.get(name, "")
            value = (
                enclosure(d["lo"], d["hi"])
                .removeprefix("=")
                .removeprefix(r"\in")
                .replace(r",\,", r",\allowbreak\,")
            )
            shown = (
                f"${value}$"
                if value
                else "free"
                if d["formula"] is None
                else f"in {what}"
                if name not in MEANINGS
                else f"${latex.formula_latex(d['formula'])}$"
            )
            out.append(
                {
                    "symbol": latex.name_latex(name),
                    "meaning": what,
                    "exact": _exact(d),
                    "value": shown,
                }
            )
    return out


def _exact(d: Mapping[str, Any]) -> str:
    """The exact form of a constant, when it is short and is not the value printed anyhow."""
    text = d["exact"]
    if text is None or d["lo"] is None or (d["lo"] == d["hi"] and len(str(d["lo"])) <= 16):
        return ""
    try:
        root = parse(str(text))
    except ParseError:
        return ""
    return (
        f"${latex.tree_latex(root)}$"
        if width(root) <= 13 and (root.op != "num" or len(str(root.rational)) <= 12)
        else "in the certificate"
    )


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
        rows = constant_rows(s)
        sigma, displayed = activation_latex(s.content)
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
                "sigma": sigma,
                "displayed": displayed,
                "hypotheses": _hypotheses(s.content),
                "assertion": assertion(s) if decided else "",
                "decided": decided,
                "open": sentence(s.content["open"]),
                "steps": steps if decided else [],
                "evidence": evidence_rows(s),
                "levels": _levels(s),
                "tables": [rows[k : k + ROWS] for k in range(0, len(rows), ROWS)],
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
    value = "" if p["enclosure"] is None else enclosure(*p["enclosure"], digits=6)
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
