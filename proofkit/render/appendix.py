"""The LaTeX appendix of a report."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from proofkit.kernel.rules import RULES
from proofkit.render.environment import latex_environment
from proofkit.render.latex import scientific

ACTIVATION_CONSTANTS = ("S0", "M1", "M2", "kappa", "H")


def derived_formulas(loss: str) -> dict[str, list[str]]:
    """LaTeX of the derived gradient, Laplacian, Hessian form and V4 expression, with z_ij and f_i for their sums."""
    import sympy as sp

    from proofkit.calculus import derive as D

    derivation = D.derive(loss)
    z, f = sp.IndexedBase("z", real=True), sp.IndexedBase("f", real=True)

    def shorten(e: Any) -> Any:
        # Structural replacement: subs refuses to touch sums over bound indices.
        v = sp.IndexedBase("v", real=True)
        e = e.xreplace(
            {
                sp.Sum(D.W[D.j, D.k] * D.x[D.i, D.k], (D.k, 1, D.d)): z[D.i, D.j],
                sp.Sum(D.W[D.J, D.k] * D.x[D.i, D.k], (D.k, 1, D.d)): z[D.i, D.J],
                sp.Sum(D.V[D.j, D.k] * D.x[D.i, D.k], (D.k, 1, D.d)): v[D.i, D.j],
            }
        )
        return e.xreplace({sp.Sum(D.sigma0(z[D.i, D.j]) * D.a[D.j], (D.j, 1, D.p)): f[D.i]})

    def split(e: Any) -> list[Any]:
        """The terms of e, sums over several terms taken apart."""
        out: list[Any] = []
        for term in sp.Add.make_args(e):
            coefficient, sums = term.as_independent(sp.Sum, as_Add=False)
            if isinstance(sums, sp.Sum) and (inner := sp.expand_mul(sums.function)).is_Add:
                out += [coefficient * part for t in inner.args for part in split(sp.Sum(t, *sums.limits))]
            elif isinstance(sums, sp.Add):
                out += [part for t in sums.args for part in split(coefficient * t)]
            else:
                out.append(term)
        return out

    def lines(e: Any) -> list[str]:
        """The terms of a sum, each with its sign, for display on lines of their own."""
        terms = [sp.latex(term) for term in split(sp.expand_mul(shorten(e)))]
        return [terms[0], *(t if t.startswith("-") else "+" + t for t in terms[1:])]

    return {
        "gradient": lines(derivation.gradient),
        "laplacian": lines(derivation.laplacian.function),
        "hessian_form": lines(derivation.hessian_form),
    }


def render_appendix(content: Mapping[str, Any], certificates: Mapping[str, Mapping[str, Any]], derivations: Mapping[str, Mapping[str, list[str]]]) -> str:
    """A complete article: setting, derivation, theorems with proofs, constants."""
    theorems = []
    for theorem in content["theorems"]:
        rows = [{**row, "certificate": certificates[row["file"]], "levels": levels(row)} for row in theorem["rows"]]
        lead = rows[0]["certificate"]
        theorems.append({**theorem, "rows": rows, "steps": proof_steps(lead), "lead": lead, "numbers": [n for row in rows if (n := rate_numbers(row))]})
    flat = [row for t in content["theorems"] for row in t["rows"]]
    return (
        latex_environment()
        .get_template("appendix.tex.j2")
        .render(
            content=content,
            total=len(flat),
            coq_checked=sum(bool(row["coq"]) and row["coq"]["full"] for row in flat),
            coq_version=next((row["coq"]["version"] for row in flat if row["coq"] and row["coq"]["version"]), ""),
            theorems=theorems,
            derivations=derivations,
            constants=activation_constants(certificates),
            names=ACTIVATION_CONSTANTS,
            sources=sorted({s for c in certificates.values() for s in c["sources"]}),
        )
    )


def rate_numbers(row: Mapping[str, Any]) -> dict[str, str] | None:
    """The constants of a convergence theorem with a rate, in LaTeX and rounded to the unfavourable side; None for other rows and symbols."""
    certificate = row["certificate"]
    found = certificate["constants"]
    if "rate" not in {s["claim"] for s in certificate["steps"]} or found["eps"]["hi"] is None:
        return None
    out = {name: scientific(Fraction(found[name]["hi"]), 1, 6) for name in ("eps", "A_2", "chi", "xi")}
    out["rate"] = scientific(Fraction(certificate["problem"]["lambda"]) / Fraction(found["q"]["hi"]), -1, 6)
    out["v_0"] = scientific(Fraction(found["v_0"]["lo"]), -1, 6)
    return {**out, "activation": row["activation"], "loss": row["loss"], "lambda": certificate["problem"]["lambda"], "s": certificate["problem"]["noise"]}


def levels(row: Mapping[str, Any]) -> list[str]:
    """The conditions by level of evidence: 'V1, V2, V3 kernel-checked', 'V4 Coq-checked'; undecided ones are left out."""
    found: dict[str, list[str]] = {}
    for name, verdict in row["conditions"].items():
        if verdict != "UNKNOWN":
            level = "Coq-checked" if row["coq"] is not None and name in row["coq"]["conditions"] else row["evidence"][name] or "open"
            found.setdefault(level, []).append(name)
    return [f"{', '.join(names)} {level}" for level, names in found.items()]


def proof_steps(certificate: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The steps the goals rest on, with the rule's sentence, in order; facts about constants left out."""
    steps = {s["id"]: s for s in certificate["steps"]}
    wanted: set[str] = set()
    stack = list(certificate["goals"])
    while stack:
        name = stack.pop()
        if name not in wanted:
            wanted.add(name)
            stack += steps[name]["premises"]
    out = []
    for name, step in steps.items():
        if name in wanted and step["claim"] not in ("enclosed", "parameters"):
            formulas = [(k, v["formula"]) for k, v in step["defines"].items() if v["formula"]]
            out.append({**step, "latex": RULES[step["rule"]].latex, "formulas": formulas})
    return out


def activation_constants(certificates: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row per activation: its text and the enclosures of the constants that some certificate uses."""
    found: dict[str, dict[str, Any]] = {}
    for certificate in certificates.values():
        activation = certificate["problem"]["activation"]
        row = found.setdefault(activation["expression"], {"name": activation["name"], "expression": activation["expression"], "constants": {}})
        for name in ACTIVATION_CONSTANTS:
            if name in certificate["constants"]:
                row["constants"].setdefault(name, certificate["constants"][name])
    return [row for _, row in sorted(found.items(), key=lambda t: (t[1]["name"], t[0])) if row["constants"]]
