"""The HTML proof-check report: one self-contained file, formulas as MathML, plots as SVG."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from html import escape
from pathlib import Path
from typing import Any

from markupsafe import Markup

from proofkit import prose
from proofkit.kernel.certificate import number_text
from proofkit.kernel.rules import RULES
from proofkit.render import latex
from proofkit.render.appendix import ACTIVATION_CONSTANTS, activation_constants
from proofkit.render.environment import html_environment, render
from proofkit.render.paper import derivation
from proofkit.render.plots import Plot, activation_plots, threshold_plot

OBJECTIVE = r"L(W)=\frac1n\sum_{i=1}^n\ell\Bigl(\sum_{j=1}^pa_j\,\sigma(\langle w_j,x_i\rangle),\,y_i\Bigr)+\frac\lambda2\|W\|_F^2"


def enclosure_text(c: Mapping[str, Any]) -> str:
    """An enclosure for people: the exact value, or the two ends."""
    if c["lo"] is None or c["hi"] is None:
        return "symbolic"
    lo, hi = Fraction(c["lo"]), Fraction(c["hi"])
    if lo == hi:
        return number_text(lo, 1)
    low, high = number_text(lo, -1), number_text(hi, 1)
    exact = f" ∋ {c['exact']}" if c.get("exact") else ""
    return (low if low == high else f"[{low}, {high}]") + exact


def latex_sentence(text: str) -> Markup:
    """A rule's sentence (LaTeX of ours, formulas between dollars) in HTML."""
    parts = re.split(r"\$([^$]+)\$", text)
    words = (p.replace("--", "\u2013").replace(r"\'e", "é").replace("~", " ") for p in parts[::2])
    out = [escape(w) for w in words]
    for k, formula in enumerate(parts[1::2]):
        out.insert(2 * k + 1, f'<span class="formula-in">{prose.mathml(formula)}</span>')
    return Markup("".join(out))  # noqa: S704 - words are escaped, formulas are MathML


def evidence_of(theorem: Mapping[str, Any]) -> dict[str, list[str]]:
    """The evidence levels of each condition over a theorem's certificates."""
    out: dict[str, list[str]] = {}
    for condition in ("V1", "V2", "V3", "V4"):
        found = out.setdefault(condition, [])
        for row in theorem["rows"]:
            if row["conditions"][condition] == "UNKNOWN":
                continue
            level = (
                "Coq-checked"
                if row["coq"] and condition in row["coq"]["conditions"]
                else row["evidence"][condition]
            )
            if level not in found:
                found.append(level)
    return out


def _thresholds(
    theorem: Mapping[str, Any], certificates: Mapping[str, Mapping[str, Any]]
) -> Plot | None:
    """The plot of thresholds over a theorem's data-bound certificates."""
    rows: list[tuple[str, dict[str, Fraction | None]]] = []
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
        name = f"{row['activation']}, {row['loss']}"
        if all(name != n for n, _ in rows):
            rows.append((name, held))
    return threshold_plot(rows, "Thresholds by route")


def render_html(
    content: Mapping[str, Any],
    certificates: Mapping[str, Mapping[str, Any]],
    villani: Mapping[str, Plot] | None = None,
    templates: Path | None = None,
) -> str:
    """Summary, derivatives, each theorem with its certificates and steps, constants with plots, rules.

    ``villani`` holds the plots of V4 against its bound, by theorem.
    """
    env = html_environment(templates)
    env.filters.update(
        enclosure=enclosure_text,
        # Formulas are LaTeX of proofkit's own writers, sentences are escaped there.
        mathml=lambda t: Markup(prose.mathml(str(t))),  # noqa: S704
        prose=lambda t: Markup(prose.html(str(t))),  # noqa: S704
        sentence=latex_sentence,
        formula=latex.formula_latex,
        expression=latex.expression_latex,
        symbol=latex.name_latex,
        label=latex.label,
    )
    rows = [row for t in content["theorems"] for row in t["rows"]]
    return render(
        env,
        "report.html.j2",
        content=content,
        certificates=certificates,
        classical=[a for a in content["axioms"] if not a.startswith(("PrimInt63.", "Uint63."))],
        primitive=sum(a.startswith(("PrimInt63.", "Uint63.")) for a in content["axioms"]),
        coq_checked=sum(bool(row["coq"]) and row["coq"]["full"] for row in rows),
        coq_version=next(
            (row["coq"]["version"] for row in rows if row["coq"] and row["coq"]["version"]), ""
        ),
        counts=Counter(row["verdict"] for row in rows),
        total=len(rows),
        unexpected=[row for row in rows if row["verdict"] != row["expected"]],
        evidence={t["name"]: evidence_of(t) for t in content["theorems"]},
        objective=OBJECTIVE,
        derivation=derivation(),
        thresholds={t["name"]: _thresholds(t, certificates) for t in content["theorems"]},
        villani={t["name"]: (villani or {}).get(t["name"]) for t in content["theorems"]},
        constants=[
            {**row, "plots": activation_plots(row["expression"], row["constants"])}
            for row in activation_constants(certificates)
        ],
        names=ACTIVATION_CONSTANTS,
        rules=_rules(certificates.values()),
    )


def _rules(certificates: Any) -> Sequence[Any]:
    """The rules that some certificate uses, in the kernel's order."""
    used = {s["rule"] for c in certificates for s in c["steps"]}
    return [r for name, r in RULES.items() if name in used]
