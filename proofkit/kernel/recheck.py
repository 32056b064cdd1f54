"""Replaying a certificate through the kernel: every step again, from its recorded evidence.

The data of a data-bound certificate are only compared when the table is given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from proofkit.activation.catalogue import Activation
from proofkit.errors import InputError
from proofkit.kernel.certificate import (
    FORMAT,
    VERSION,
    assumptions,
    constant_json,
    constants_of,
    digest,
    evidence_summary,
    for_every_lambda,
    pair_json,
    published_threshold,
    step_json,
)
from proofkit.kernel.claims import CLAIMS
from proofkit.kernel.core import KernelError
from proofkit.kernel.facts import Fact, environment, infer
from proofkit.kernel.formula import evaluate
from proofkit.kernel.onedim import Quadrature
from proofkit.kernel.rules import PARAMETERS, logistic_tree, quantity
from proofkit.kernel.univariate.domain import smooth_pieces
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.quantity import Cover, Piece, Quantity, Witness
from proofkit.kernel.univariate.terms import neg, to_text
from proofkit.problem.data import (
    DataSummary,
    Outer,
    Table,
    outer_from_seed,
    summarise,
)
from proofkit.problem.problem import Problem
from proofkit.reading.labels import LabelMap
from proofkit.search.facts import Bound, Part
from proofkit.search.supremum import Supremum


@dataclass(frozen=True)
class Outcome:
    """Validity of a certificate, the first failing step and why, and what was not compared."""

    valid: bool
    step: str
    reason: str
    not_compared: tuple[str, ...]
    steps: int


class Unreadable(InputError):
    """The document is not a certificate."""


def problem_of(spec: Mapping[str, Any]) -> Problem:
    """The problem a specification describes; Unreadable when it is malformed."""
    try:
        activation = Activation(
            str(spec["activation"]["name"]), parse(str(spec["activation"]["expression"]))
        )
        lam, noise = (None if spec[k] is None else Fraction(spec[k]) for k in ("lambda", "noise"))
        data, outer = None, None
        if spec["data"] is not None:
            d, o = spec["data"], spec["outer"]
            q = {
                k: Fraction(d[k])
                for k in ("B_x_squared", "X2", "B_y", "y_min", "y_max", "Y1", "Y2")
            }
            data = DataSummary(
                str(d["source"]),
                str(d["sha256"]),
                str(d["target"]),
                int(d["n"]),
                int(d["d"]),
                q["B_x_squared"],
                q["X2"],
                q["B_y"],
                q["y_min"],
                q["y_max"],
                q["Y1"],
                q["Y2"],
                (Fraction(d["Lambda_S"][0]), Fraction(d["Lambda_S"][1])),
                tuple(str(name) for name in d["features"]),
                LabelMap.from_json(d["labels"]),
                str(d["rows_sha256"]),
            )
            a = {k: Fraction(o[k]) for k in ("a_1", "a_2_squared", "a_inf", "a_plus", "a_minus")}
            first = [
                None if o[k] is None else Fraction(o[k])
                for k in ("first_positive", "first_negative")
            ]
            norms = (a["a_1"], a["a_2_squared"], a["a_inf"], a["a_plus"], a["a_minus"])
            outer = Outer(str(o["source"]), str(o["sha256"]), int(o["p"]), *norms, *first)
        return Problem(activation, str(spec["loss"]), lam, noise, data, outer)
    except (KeyError, TypeError, ValueError, ZeroDivisionError, IndexError) as error:
        raise Unreadable(
            f"the problem of the certificate is malformed ({type(error).__name__})"
        ) from None


def _part(q: Quantity, item: Mapping[str, Any]) -> Part:
    breaks = [Fraction(b) for b in item["breaks"]]
    centres = {int(k): Fraction(v) for k, v in item["centres"].items()}
    rules = item["rules"]
    if len(rules) != len(breaks) - 1:
        raise ValueError("the cover has the wrong number of rules")
    pieces = tuple(
        Piece(a, b, str(rule), centres.get(i))
        for i, (a, b, rule) in enumerate(zip(breaks, breaks[1:], rules, strict=False))
    )
    w = item["witness"]
    witness = Witness(
        str(w["kind"]),
        Fraction(item["lower"]),
        None if w["point"] is None else Fraction(w["point"]),
        int(w["end"]),
    )
    upper = Fraction(item["upper"])
    return Part(
        q,
        None,
        None,
        Supremum(
            Fraction(item["lower"]),
            upper,
            "",
            None,
            Cover(upper, None, None, pieces, int(item["bits"]), Fraction(item.get("scale", "1"))),
            witness,
        ),
    )


def _given(
    step: Mapping[str, Any],
    problem: Problem,
    table: Table | None,
) -> dict[str, Any]:
    payload, rule = step["payload"], step["rule"]
    if rule == "supremum":
        name = str(payload["quantity"])
        pieces = smooth_pieces(problem.activation.root)
        root = pieces[0].root if len(pieces) == 1 else problem.activation.root
        kappa = None if payload["kappa"] is None else Fraction(payload["kappa"])
        parts = tuple(
            _part(quantity(root, name, kappa, int(p["sign"])), p) for p in payload["proofs"]
        )
        recorded = step["defines"][name]
        exact = recorded["exact"]
        if (
            name == "S_lo" and exact is not None
        ):  # bounds are those of -sigma, the recorded form that of inf sigma
            exact = to_text(neg(parse(str(exact))))
        bound = Bound(name, Fraction(0), Fraction(0), str(recorded["at"]), exact, "", parts)
        return {"name": name, "bound": bound, **({"kappa": kappa} if name in PARAMETERS else {})}
    if rule == "loss" and problem.loss_name == "logistic":
        bounds = {}
        for name, order in (("l1", 1), ("l2", 2)):
            parts = tuple(
                _part(Quantity(logistic_tree(), order, None, int(p["sign"])), p)
                for p in payload[name]
            )
            bounds[name] = Bound(name, Fraction(0), Fraction(0), "", None, "", parts)
        return {"bounds": bounds}
    if rule == "asymptote":
        return {"end": int(payload["end"]), "slope": Fraction(payload["slope"])}
    if rule.startswith("V4 "):
        return {"level": Fraction(step["defines"]["M"]["lo"])}
    if rule == "escaping critical points":
        return {"slope": Fraction(payload["slope"])}
    if rule == "steep":
        return {k: int(payload[k]) for k in ("end", "sign", "power")} | {
            k: Fraction(payload[k]) for k in ("start", "factor")
        }
    if rule == "gap in one dimension":
        if table is None:
            raise KernelError(f"rule {rule}: needs the data; give --data and --target")
        quadrature = Quadrature(
            *(Fraction(payload[k]) for k in ("m", "left", "right")), int(payload["cells"])
        )
        return {"table": table, "quadrature": quadrature}
    if rule == "kink of the loss":
        if table is None:
            raise KernelError(f"rule {rule}: needs the data; give --data and --target")
        vectors = {
            name: tuple(map(Fraction, payload[name]))
            for name in ("w", "u", "v")
            if payload[name] is not None
        }
        return {"table": table, "sign": int(payload["sign"]), **vectors}
    if rule in ("null direction", "half-space ray"):
        if table is None:
            raise KernelError(f"rule {rule}: needs the data; give --data and --target")
        return {"table": table, "direction": payload["direction"]}
    return {}


def recheck(
    content: Mapping[str, Any],
    table: Table | None = None,
) -> Outcome:
    """Replay every step; the first that fails makes the certificate invalid."""
    if (
        not isinstance(content, Mapping)
        or content.get("format") != FORMAT
        or content.get("version") != VERSION
    ):
        raise Unreadable("this is not a proofkit certificate of version 1")
    try:
        if content["digest"] != digest(content):
            return Outcome(False, "digest", "the digest does not match the content", (), 0)
        problem = problem_of(content["problem"])
        if reason := _other_data(problem, table):
            return Outcome(False, "data", reason, (), 0)
        facts: dict[str, Fact] = {}
        for step in content["steps"]:
            name = str(step["id"])
            try:
                premises = tuple(facts[p] for p in step["premises"])
                fact = infer(
                    str(step["rule"]),
                    problem,
                    premises,
                    **_given(step, problem, table),
                )
            except KeyError as error:
                return Outcome(
                    False,
                    name,
                    f"refers to {error}, which is not an earlier step or field",
                    (),
                    len(facts),
                )
            except (KernelError, ValueError, TypeError, InputError) as error:
                return Outcome(False, name, str(error), (), len(facts))
            facts[name] = fact
            again = step_json(fact, {id(f): k for k, f in facts.items()})
            for key, value in again.items():
                if _plain(value) != _plain(step.get(key)):
                    return Outcome(
                        False, name, f"its {key} is not what the rule gives", (), len(facts)
                    )
        return _conclusion(content, problem, facts, table is not None)
    except (KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"the certificate lacks or garbles a field ({error})") from None


def _summary(
    content: Mapping[str, Any], problem: Problem, goals: list[Fact], steps: list[Fact]
) -> tuple[str, str] | None:
    """(field, why) for the first field of the summary that the steps do not bear out; None when all
    do.
    """
    threshold = content["lambda_threshold"]
    if threshold is not None:
        proved = [
            {
                "value": r["threshold"],
                "strict": True,
                "route": r["name"],
                "enclosure": r["enclosure"],
            }
            for r in content["routes"]
            if r["verdict"] == "PROVED"
        ]
        if threshold not in proved:
            return "lambda_threshold", "is the threshold of no proved route"
    known = constants_of(goals, steps)
    if content["constants"] != _plain({c.name: constant_json(c) for c in known.values()}):
        return "constants", "are not those of the steps"
    formula, value, source = published_threshold(problem.loss_name, known)
    if content["published_threshold"] != {
        "formula": formula,
        "enclosure": pair_json(value),
        "source": source,
    }:
        return "published_threshold", "is not the recalled one"
    if content["assumptions"] != assumptions(problem):
        return "assumptions", "are not those of the problem"
    if content["evidence"] != evidence_summary(steps):
        return "evidence", "is not that of the steps"
    witness = content["witness"]
    if witness is not None and not witness:
        return "witness", "is empty"
    if witness is not None and witness not in [g.payload_json() for g in goals]:
        return "witness", "is not that of a goal"
    return None


def _other_data(problem: Problem, table: Table | None) -> str:
    """How the certificate's data differ from the reader's, or ''."""
    if problem.data is None or problem.outer is None:
        return ""
    if table is not None and summarise(table) != replace(problem.data, source=table.source):
        return "the constants of the certificate's data are not those of the given data"
    drawn = re.fullmatch(r"width (\d{1,9}), seed (\d{1,18})", problem.outer.source)
    if drawn:
        again = outer_from_seed(int(drawn.group(1)), int(drawn.group(2)))
        if again != problem.outer:
            return f"the outer weights are not those of {problem.outer.source}"
    return ""


def _plain(value: Any) -> Any:
    import json

    return json.loads(json.dumps(value))


def _conclusion(
    content: Mapping[str, Any], problem: Problem, facts: Mapping[str, Fact], compared: bool
) -> Outcome:
    """The verdict, statement, conditions and routes must each have their fact."""
    goals = [facts[g] for g in content["goals"]]
    claims = {g.claim for g in goals}
    claim = CLAIMS.get(str(content["claim"]))
    needed, refuting = (
        (frozenset[str](), frozenset[str]())
        if claim is None
        else (claim.proved_by, claim.refuted_by)
    )
    verdict = content["verdict"]
    fail = lambda where, why: Outcome(False, where, why, (), len(facts))  # noqa: E731
    if verdict == "PROVED" and (not needed or not needed <= claims):
        return fail("verdict", "PROVED without the facts it needs")
    against = [
        g
        for g in goals
        if g.claim in refuting
        and (problem.lam is not None or content["claim"] == "villani-iff" or for_every_lambda(g))
    ]
    if verdict == "REFUTED" and content["statement"] not in {g.statement for g in against}:
        return fail("verdict", "REFUTED without a fact that refutes the claim for its own lambda")
    if verdict not in ("PROVED", "REFUTED", "UNKNOWN"):
        return fail("verdict", "is none of PROVED, REFUTED, UNKNOWN")
    if (
        verdict != "UNKNOWN"
        and (content["claim"], verdict) != ("villani-iff", "PROVED")
        and content["statement"] not in {g.statement for g in goals}
    ):
        return fail("statement", "is not the statement of a goal")
    if (
        verdict == "PROVED"
        and content["claim"] == "villani-iff"
        and any(g.claim == "V2 fails" and g.statement not in content["statement"] for g in goals)
    ):
        return fail("statement", "does not quote the refutation")
    if (
        verdict == "PROVED"
        and content["claim"] == "villani-iff"
        and (
            problem.lam is not None
            or not any(g.claim == "Villani" and g.payload["threshold"] == "0" for g in goals)
        )
    ):
        return fail("verdict", "is not one for every lambda > 0")
    if (
        verdict == "PROVED"
        and content["claim"] == "lipschitz-threshold"
        and not any(g.payload.get("route") == "lipschitz" for g in goals)
    ):
        return fail("verdict", "is not reached by the Lipschitz route")
    by_claim = {f.claim: f for f in facts.values()}
    v4 = "V4 if one sign" if content["claim"] == "villani-one-signed" else "V4"
    for name, condition in content["conditions"].items():
        wanted = (
            (v4 if name == "V4" else name)
            if condition["verdict"] == "PROVED"
            else f"{name} fails"
            if condition["verdict"] == "REFUTED"
            else None
        )
        if wanted is None:
            continue
        if wanted not in by_claim or "; ".join(by_claim[wanted].levels()) != condition["evidence"]:
            return fail(f"condition {name}", "has no step of that evidence behind it")
    for route in content["routes"]:
        if route["verdict"] == "PROVED":
            fact = facts.get(str(route["step"]))
            if (
                fact is None
                or fact.claim != v4
                or fact.payload["threshold"] != route["threshold"]
                or fact.payload["route"] != route["name"]
            ):
                return fail(f"route {route['name']}", "is not what its step proves")
            if route["enclosure"] != pair_json(
                evaluate(str(route["threshold"]), environment([fact]))
            ):
                return fail(f"route {route['name']}", "has another threshold than its step")
    if reason := _summary(content, problem, goals, list(facts.values())):
        return fail(*reason)
    skipped: list[str] = []
    if problem.data is not None and not compared:
        skipped.append("the constants of the data against the data file")
    if problem.outer is not None and not problem.outer.source.startswith("width "):
        skipped.append("the outer weights against their file")
    return Outcome(True, "", "", tuple(skipped), len(facts))
