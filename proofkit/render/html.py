"""The HTML proof-check report: one self-contained file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from proofkit.kernel.certificate import number_text
from proofkit.render.appendix import ACTIVATION_CONSTANTS, activation_constants
from proofkit.render.environment import html_environment


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


def render_html(content: Mapping[str, Any], certificates: Mapping[str, Mapping[str, Any]]) -> str:
    """Summary, each theorem with its certificates and steps, the constants."""
    env = html_environment()
    env.filters["enclosure"] = enclosure_text
    rows = [row for t in content["theorems"] for row in t["rows"]]
    return env.get_template("report.html.j2").render(
        content=content,
        certificates=certificates,
        classical=[a for a in content["axioms"] if not a.startswith(("PrimInt63.", "Uint63."))],
        primitive=sum(a.startswith(("PrimInt63.", "Uint63.")) for a in content["axioms"]),
        coq_checked=sum(bool(row["coq"]) and row["coq"]["full"] for row in rows),
        coq_version=next((row["coq"]["version"] for row in rows if row["coq"] and row["coq"]["version"]), ""),
        counts=Counter(row["verdict"] for row in rows),
        total=len(rows),
        unexpected=[row for row in rows if row["verdict"] != row["expected"]],
        constants=activation_constants(certificates),
        names=ACTIVATION_CONSTANTS,
    )
