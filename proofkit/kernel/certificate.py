"""Certificates: a proof as a JSON document that says what it rests on, byte for byte reproducible."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib import metadata, resources
from typing import Any

from proofkit.kernel.core import KernelError
from proofkit.kernel.facts import Fact, environment
from proofkit.kernel.formula import Constant, Environment, evaluate, names_in
from proofkit.kernel.rules import RULES
from proofkit.kernel.univariate.rounding import round_down, round_up

FORMAT = "proofkit-certificate"
VERSION = 1
SOURCES = {
    "arXiv:2004.06977": "B. Shi, W. J. Su, M. I. Jordan, On learning rates and Schroedinger operators, "
    "arXiv:2004.06977",
    "arXiv:2210.11452": "P. Gopalani, A. Mukherjee, Global convergence of SGD on two layer neural nets, "
    "arXiv:2210.11452",
    "arXiv:2309.09258": "P. Gopalani, S. Jha, A. Mukherjee, Global convergence of SGD for logistic loss on "
    "two layer neural nets, arXiv:2309.09258",
    "Villani 2009": "C. Villani, Hypocoercivity, Memoirs of the AMS 202 (2009)",
}


@dataclass(frozen=True)
class Certificate:
    """A certificate; ``content`` is the JSON document without its digest."""

    content: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON of the content."""
        return digest(self.content)

    @property
    def verdict(self) -> str:
        """PROVED, REFUTED or UNKNOWN."""
        return str(self.content["verdict"])

    def to_json(self) -> str:
        """The document, keys in a fixed order, ending in a newline."""
        return (
            json.dumps({**self.content, "digest": self.digest}, indent=1, ensure_ascii=True) + "\n"
        )


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 over sorted compact JSON."""
    body = {k: v for k, v in content.items() if k != "digest"}
    return hashlib.sha256(
        json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
    ).hexdigest()


def schema() -> dict[str, Any]:
    """The published JSON schema of certificates."""
    return json.loads(
        resources.files("proofkit.kernel").joinpath("certificate.schema.json").read_text()
    )


def number_text(q: Fraction, direction: int) -> str:
    """A decimal string rounded in the direction (-1 down, +1 up), exact when it terminates early."""
    from proofkit.kernel.univariate.rounding import decimal

    if q.denominator == 1:
        return str(q)
    rounded = round_up(q, 18) if direction > 0 else round_down(q, 18)
    return decimal(rounded, 40)


# The thresholds of the papers as remembered, not derived here: compared with, never used.
PUBLISHED = {
    "squared": ("2*M1*M1*B_x^2*a_2^2", "arXiv:2210.11452 (recalled)"),
    "logistic": ("M1*M1*B_x^2*a_2^2/2", "arXiv:2309.09258 (recalled)"),
}


def published_threshold(
    loss: str, known: Environment
) -> tuple[str, tuple[Fraction, Fraction] | None, str]:
    """(formula, enclosure when every constant has a value, source)."""
    text, source = PUBLISHED[loss]
    return text, evaluate(text, known) if names_in(text) <= set(known) else None, source


def constants_of(goals: Iterable[Fact], steps: Iterable[Fact]) -> dict[str, Constant]:
    """The constants a certificate lists: those of its goals, of the problem, and the suprema any
    step encloses.
    """
    known = environment(goals)
    for fact in steps:
        if fact.claim in ("parameters", "enclosed"):
            for c in fact.constants:
                known.setdefault(c.name, c)
    return known


def constant_json(c: Constant) -> dict[str, Any]:
    """A constant for a certificate: exact rationals as text."""
    return {
        "formula": c.formula,
        "lo": None if c.lo is None else str(c.lo),
        "hi": None if c.hi is None else str(c.hi),
        "exact": c.exact,
        "at": c.at,
    }


def step_json(fact: Fact, ids: Mapping[int, str]) -> dict[str, Any]:
    """One step."""
    return {
        "id": ids[id(fact)],
        "rule": fact.rule,
        "about": "activation" if fact.about.startswith("activation") else "problem",
        "premises": [ids[id(p)] for p in fact.premises],
        "claim": fact.claim,
        "statement": fact.statement,
        "defines": {c.name: constant_json(c) for c in fact.constants},
        "evidence": fact.evidence,
        "payload": fact.payload_json(),
    }


def steps_json(facts: Sequence[Fact]) -> tuple[list[dict[str, Any]], dict[int, str]]:
    """All steps with identifiers s1, s2, ..."""
    ids = {id(f): f"s{i}" for i, f in enumerate(facts, 1)}
    return [step_json(f, ids) for f in facts], ids


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "unknown"


def versions() -> dict[str, str]:
    """The versions a certificate was made with."""
    return {
        name: _version(name) for name in ("villani-proofkit", "sympy", "mpmath", "python-flint")
    }


def certify(proof: Any, theorem: Mapping[str, Any] | None = None) -> Certificate:
    """The certificate of a ``proofkit.tactics.prove.Proof``.

    Raises KernelError when a step is about constants of data that were not made from rows.
    """
    if any(fact.as_recorded for fact in proof.steps()):
        raise KernelError(
            "the constants of the data were typed in or read from a certificate; a "
            "certificate is made from rows"
        )
    return Certificate(document_of(proof, theorem))


def document_of(proof: Any, theorem: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What a certificate of a proof says, whatever its data came from."""
    facts = proof.steps()
    steps, ids = steps_json(facts)
    used = {RULES[f.rule].source for f in facts} | {proof.problem.loss.source}
    sources = [text for key, text in SOURCES.items() if any(key in s for s in used)]
    value = proof.published[1]
    threshold = proof.threshold
    content = {
        "format": FORMAT,
        "version": VERSION,
        "theorem": dict(theorem) if theorem else None,
        "claim": proof.claim,
        "statement": proof.statement,
        "verdict": proof.verdict,
        "problem": proof.problem.specification(),
        "assumptions": assumptions(proof.problem),
        "conditions": {
            c.name: {"verdict": c.verdict, "evidence": c.evidence, "reason": c.reason}
            for c in proof.conditions
        },
        "lambda_threshold": None
        if threshold is None
        else {
            "value": threshold.threshold,
            "strict": True,
            "route": threshold.name,
            "enclosure": pair_json(threshold.value),
        },
        "routes": [
            {
                "name": r.name,
                "verdict": r.verdict,
                "threshold": r.threshold,
                "enclosure": pair_json(r.value),
                "reason": r.reason,
                "step": None if r.fact is None else ids[id(r.fact)],
            }
            for r in proof.routes
        ],
        "published_threshold": {
            "formula": proof.published[0],
            "enclosure": pair_json(value),
            "source": proof.published[2],
        },
        "witness": None if proof.witness is None else dict(proof.witness),
        "open": proof.open,
        "notes": list(proof.notes),
        "constants": {c.name: constant_json(c) for c in proof.constants.values()},
        "goals": [ids[id(g)] for g in proof.goals],
        "steps": steps,
        "evidence": evidence_summary(facts),
        "sources": sources,
        "versions": versions(),
    }
    return content


def for_every_lambda(refutation: Fact) -> bool:
    """True when a refutation for symbolic lambda is one for every lambda > 0, and not for small
    ones only.
    """
    return refutation.claim == "V1 fails" or refutation.rule in (
        "mirrored units",
        "cancelling units",
    )


def pair_json(value: tuple[Fraction, Fraction] | None) -> list[str] | None:
    """An enclosure as two rationals in text."""
    return None if value is None else [str(value[0]), str(value[1])]


def evidence_summary(facts: Sequence[Fact]) -> dict[str, list[str]]:
    """The rules used, by evidence level."""
    out: dict[str, list[str]] = {}
    for f in facts:
        rules = out.setdefault(f.evidence, [])
        if f.rule not in rules:
            rules.append(f.rule)
    return out


def assumptions(problem: Any) -> list[str]:
    """The hypotheses under which the statement is made."""
    out = [
        "W in R^(p x d) is trained; the outer weights a in R^p are fixed",
        "L(W) = (1/n) sum_i l(f_i, y_i) + (lambda/2) ||W||_F^2 with f_i = sum_j a_j "
        "sigma(<w_j, x_i>)",
    ]
    if problem.loss_name == "logistic":
        out.append("y_i in {-1, +1}")
    if problem.symbolic:
        out.append("||x_i|| <= B_x and |y_i| <= B_y for i = 1..n; n, p, d are arbitrary")
    else:
        out.append(
            f"the data are {problem.data.source}, target {problem.data.target} (sha256 "
            f"{problem.data.digest[:16]}...); a: {problem.outer.source}"
        )
        if problem.data.labels is not None:
            out.append(problem.data.labels.sentence(problem.data.target))
    out.append("s > 0 is arbitrary" if problem.noise is None else f"s = {problem.noise}")
    return out
