"""The LaTeX appendix of a report."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from proofkit.render.bibliography import cited
from proofkit.render.environment import latex_environment, render
from proofkit.render.latex import number
from proofkit.render.paper import (
    Options,
    Source,
    conditions_latex,
    derivation,
    derivative_displays,
    proof_steps,
)

ACTIVATION_CONSTANTS = ("S0", "M1", "M2", "kappa", "H")


def render_appendix(
    content: Mapping[str, Any],
    certificates: Mapping[str, Mapping[str, Any]],
    templates: Path | None = None,
) -> str:
    """A complete article: setting, derivation, theorems with proofs, constants."""
    theorems = []
    options = Options(citations=True)
    for theorem in content["theorems"]:
        rows = [
            {**row, "certificate": certificates[row["file"]], "levels": levels(row)}
            for row in theorem["rows"]
        ]
        lead, record = rows[0]["certificate"], rows[0]["coq"]
        source = (
            Source(rows[0]["file"], lead, tuple(record["conditions"]), record["version"] or "")
            if record
            else Source(rows[0]["file"], lead)
        )
        numbers = [n for row in rows if (n := rate_numbers(row))]
        theorems.append(
            {
                **theorem,
                "rows": rows,
                "steps": proof_steps(source, options),
                "lead": lead,
                "numbers": numbers,
            }
        )
    flat = [row for t in content["theorems"] for row in t["rows"]]
    return render(
        latex_environment(templates),
        "appendix.tex.j2",
        content=content,
        total=len(flat),
        coq_checked=sum(bool(row["coq"]) and row["coq"]["full"] for row in flat),
        coq_version=next(
            (row["coq"]["version"] for row in flat if row["coq"] and row["coq"]["version"]), ""
        ),
        theorems=theorems,
        derivation=derivation(),
        displays=derivative_displays(),
        losses=sorted({row["loss"] for row in flat}),
        conditions=conditions_latex(),
        o=options,
        constants=activation_constants(certificates),
        names=ACTIVATION_CONSTANTS,
        works=cited(certificates.values()),
    )


def rate_numbers(row: Mapping[str, Any]) -> dict[str, str] | None:
    """The constants of a convergence theorem with a rate, in LaTeX and rounded to the unfavourable side; None for other rows and symbols."""
    certificate = row["certificate"]
    found = certificate["constants"]
    if "rate" not in {s["claim"] for s in certificate["steps"]} or found["eps"]["hi"] is None:
        return None
    out = {name: number(Fraction(found[name]["hi"]), 1, 6) for name in ("eps", "A_2", "chi", "xi")}
    out["rate"] = number(
        Fraction(certificate["problem"]["lambda"]) / Fraction(found["q"]["hi"]), -1, 6
    )
    out["v_0"] = number(Fraction(found["v_0"]["lo"]), -1, 6)
    return {
        **out,
        "activation": row["activation"],
        "loss": row["loss"],
        "lambda": certificate["problem"]["lambda"],
        "s": certificate["problem"]["noise"],
    }


def levels(row: Mapping[str, Any]) -> list[str]:
    """The conditions by level of evidence: 'V1, V2, V3 kernel-checked', 'V4 Coq-checked'; undecided ones are left out."""
    found: dict[str, list[str]] = {}
    for name, verdict in row["conditions"].items():
        if verdict != "UNKNOWN":
            level = (
                "Coq-checked"
                if row["coq"] is not None and name in row["coq"]["conditions"]
                else row["evidence"][name] or "open"
            )
            found.setdefault(level, []).append(name)
    return [f"{', '.join(names)} {level}" for level, names in found.items()]


def activation_constants(certificates: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row per activation: its text and the enclosures of the constants that some certificate uses."""
    found: dict[str, dict[str, Any]] = {}
    for certificate in certificates.values():
        activation = certificate["problem"]["activation"]
        row = found.setdefault(
            activation["expression"],
            {"name": activation["name"], "expression": activation["expression"], "constants": {}},
        )
        for name in ACTIVATION_CONSTANTS:
            if name in certificate["constants"]:
                row["constants"].setdefault(name, certificate["constants"][name])
    return [
        row
        for _, row in sorted(found.items(), key=lambda t: (t[1]["name"], t[0]))
        if row["constants"]
    ]
