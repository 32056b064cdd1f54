"""Certificates of version 1, as objectives and proposals of the typed kernel.

Their recorded steps are what the rules, the sentences and the payloads are compared with.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from proofkit.kernel.claims import LossBounds
from proofkit.kernel.facts import Fact, infer
from proofkit.kernel.formula import Constant, Place
from proofkit.kernel.objective.data import DataSummary, Outer
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.proposals import (
    AsymptoteProposal,
    DirectionProposal,
    KinkLineProposal,
    LevelProposal,
    LossProposal,
    OneSided,
    Proposal,
    QuadratureProposal,
    Reached,
    SlopeProposal,
    SteepProposal,
    SupremumProposal,
)
from proofkit.kernel.rules import RULES
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import Node, to_text
from proofkit.losses.catalogue import resolve as resolve_loss
from proofkit.reading.labels import LabelMap
from proofkit.reading.table import Table
from proofkit.tactics.workbench import Library

ARCHIVE = Path(__file__).parents[1] / "data" / "v1-certificates.json.xz"

Record = Mapping[str, Any]


def certificates() -> list[str]:
    """The names of the recorded certificates."""
    return sorted(_archive())


@cache
def _archive() -> Mapping[str, Record]:
    """The 138 reference certificates as the first version wrote them, by name."""
    return json.loads(lzma.decompress(ARCHIVE.read_bytes()))


def document(name: str) -> Record:
    """A recorded certificate."""
    return _archive()[name]


def as_before(payload: Record) -> Record:
    """A payload of today as version 1 had it: the bound behind V4 and its start in one sentence."""
    if "bound" not in payload:
        return payload
    rest = {key: value for key, value in payload.items() if key not in ("bound", "start")}
    start = "" if payload["start"] == "0" else payload["start"].replace("Max(", "max(")
    where = f" for r >= {start}" if start else ""
    return {**rest, "lower_bound": f"{payload['bound']}{where}"}


# -- the objective ---------------------------------------------------------------------------------


def number(text: str | None) -> Fraction | None:
    """A recorded number, None for null."""
    return None if text is None else Fraction(text)


SHARPER_NOW = ("one-signed weights", "weights of one sign")
"""Rules that have another form now for a loss that is no square."""


def objective_of(spec: Record) -> Objective:
    """The objective that a certificate is about."""
    return Objective(
        parse(spec["activation"]["expression"]),
        resolve_loss(spec["loss"]),
        number(spec["lambda"]),
        number(spec["noise"]),
        None if spec["data"] is None else data_of(spec["data"]),
        None if spec["outer"] is None else outer_of(spec["outer"]),
        spec["activation"]["name"],
    )


def data_of(recorded: Record) -> DataSummary:
    """The recorded constants of the data."""
    low, high = map(Fraction, recorded["Lambda_S"])
    return DataSummary(
        source=recorded["source"],
        digest=recorded["sha256"],
        target=recorded["target"],
        n=recorded["n"],
        d=recorded["d"],
        B_x_squared=Fraction(recorded["B_x_squared"]),
        x_square_mean=Fraction(recorded["X2"]),
        B_y=Fraction(recorded["B_y"]),
        y_min=Fraction(recorded["y_min"]),
        y_max=Fraction(recorded["y_max"]),
        y_abs_mean=Fraction(recorded["Y1"]),
        y_square_mean=Fraction(recorded["Y2"]),
        Lambda_S=(low, high),
        features=tuple(recorded["features"]),
        labels=LabelMap.from_json(recorded["labels"]),
        rows_sha256=recorded["rows_sha256"],
    )


def outer_of(recorded: Record) -> Outer:
    """The recorded constants of the outer weights."""
    return Outer(
        source=recorded["source"],
        digest=recorded["sha256"],
        p=recorded["p"],
        a_1=Fraction(recorded["a_1"]),
        a_2_squared=Fraction(recorded["a_2_squared"]),
        a_inf=Fraction(recorded["a_inf"]),
        a_plus=Fraction(recorded["a_plus"]),
        a_minus=Fraction(recorded["a_minus"]),
        first_positive=number(recorded["first_positive"]),
        first_negative=number(recorded["first_negative"]),
    )


# -- the proposals ---------------------------------------------------------------------------------


def proposal_of(step: Record) -> Proposal | None:
    """What the rule of a recorded step was given; None where it needs nothing."""
    rule, payload = step["rule"], step["payload"]
    if rule.startswith("V4 "):
        return LevelProposal(Fraction(step["defines"]["M"]["lo"]))
    if rule == "loss" and not payload:
        return None
    make = _PROPOSALS.get(rule)
    return None if make is None else make(step, payload)


def _supremum(step: Record, payload: Record) -> SupremumProposal:
    recorded = step["defines"][payload["quantity"]]
    return SupremumProposal(
        payload["quantity"],
        number(payload["kappa"]),
        sides_of(payload["proofs"]),
        term_of(recorded["exact"]),
        place_of(recorded["at"]),
    )


def sides_of(proofs: list[Record]) -> tuple[OneSided, ...]:
    """The recorded covers and witnesses."""
    return tuple(map(_side, proofs))


def _side(proof: Record) -> OneSided:
    witness = proof["witness"]
    return OneSided(
        proof["sign"],
        Fraction(proof["upper"]),
        Fraction(proof["lower"]),
        proof["bits"],
        tuple(map(Fraction, proof["breaks"])),
        tuple(proof["rules"]),
        tuple((int(i), Fraction(centre)) for i, centre in proof["centres"].items()),
        Reached(witness["kind"], number(witness["point"]), witness["end"]),
        Fraction(proof.get("scale", "1")),
    )


def term_of(text: str | None) -> Node | None:
    """A recorded closed form as a term."""
    return None if text is None else parse(text)


def place_of(text: str | None) -> Place | None:
    """Where a supremum is recorded to be reached."""
    ends = {"every z": Place(), "z -> oo": Place(None, 1), "z -> -oo": Place(None, -1)}
    return None if text is None else ends.get(text) or Place(parse(text))


def _loss(_: Record, payload: Record) -> LossProposal:
    return LossProposal(
        SupremumProposal("M1", None, sides_of(payload["l1"])),
        SupremumProposal("M2", None, sides_of(payload["l2"])),
    )


def _asymptote(_: Record, payload: Record) -> AsymptoteProposal:
    return AsymptoteProposal(payload["end"], Fraction(payload["slope"]))


def _steep(_: Record, payload: Record) -> SteepProposal:
    start, factor = Fraction(payload["start"]), Fraction(payload["factor"])
    return SteepProposal(payload["end"], payload["sign"], start, factor, payload["power"])


def _escaping(_: Record, payload: Record) -> SlopeProposal:
    return SlopeProposal(Fraction(payload["slope"]))


def _direction(_: Record, payload: Record) -> DirectionProposal:
    return DirectionProposal(tuple(payload["direction"]))


def _kink_line(_: Record, payload: Record) -> KinkLineProposal:
    w, u, v = (
        None if payload[name] is None else tuple(map(Fraction, payload[name]))
        for name in ("w", "u", "v")
    )
    assert w is not None and u is not None
    return KinkLineProposal(payload["sign"], w, u, v)


def _quadrature(_: Record, payload: Record) -> QuadratureProposal:
    m, left, right = (Fraction(payload[name]) for name in ("m", "left", "right"))
    return QuadratureProposal(m, left, right, payload["cells"])


_PROPOSALS: Mapping[str, Callable[[Record, Record], Proposal]] = {
    "supremum": _supremum,
    "loss": _loss,
    "asymptote": _asymptote,
    "steep": _steep,
    "escaping critical points": _escaping,
    "null direction": _direction,
    "half-space ray": _direction,
    "kink of the loss": _kink_line,
    "gap in one dimension": _quadrature,
}


# -- the steps -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Replayed:
    """A recorded step, with the fact that the typed kernel makes of it."""

    step: Record
    fact: Fact
    objective: Objective


def replayed(
    name: str, rules: frozenset[str] | None = None, table: Table | None = None
) -> Iterator[Replayed]:
    """The steps of a certificate through the typed kernel, in order.

    Left out are steps of rules that the kernel does not have (or that are not among ``rules`` and
    are no premise of one that is), and all that rest on these.  KernelError where a rule refuses.
    """
    content = document(name)
    objective = objective_of(content["problem"])
    needed = _needed(content, rules)
    facts: dict[str, Fact] = {}
    for step in content["steps"]:
        able = all(p in facts for p in step["premises"])
        if step["id"] not in needed or not able:
            continue
        premises = tuple(facts[p] for p in step["premises"])
        rule, premises = as_now(step["rule"], objective, premises, facts.values())
        if rule not in RULES:
            continue
        fact = infer(rule, objective, premises, proposal_of(step), table)
        facts[step["id"]] = fact
        if rules is None or step["rule"] in rules:
            yield Replayed(step, fact, objective)


def left_out(name: str) -> set[str]:
    """The ids of the steps that a sharper rule makes now, and of those that rest on them."""
    content = document(name)
    objective = objective_of(content["problem"])
    out: set[str] = set()
    for step in content["steps"]:
        sharper = step["rule"] in SHARPER_NOW and objective.loss.square is None
        if sharper or out & set(step["premises"]):
            out.add(step["id"])
    return out


def as_now(
    rule: str, objective: Objective, premises: tuple[Fact, ...], before: Iterable[Fact] = ()
) -> tuple[str, tuple[Fact, ...]]:
    """The name that a rule has now, and its premises with those about the loss that it needs now.

    A rule whose bound is sharper now, or of which there is none for this loss, has no name.
    """
    squared = objective.loss.square is not None
    search = Library().search_of(objective.loss)

    def about_loss(name: str, proposal: Proposal | None = None) -> Fact:
        return infer(name, objective, (), proposal)

    def bounds() -> Fact:
        for fact in before:
            if type(fact.claim) is LossBounds:
                return fact  # its constants have the enclosures that were recorded
        return about_loss("loss", None if squared else search.bounds())

    def floor() -> Fact:
        return about_loss("infimum of the loss", None if squared else search.supremum("S_lo"))

    def swing() -> Fact:
        if squared:
            return infer("swing of a square", objective, (infer("parameters", objective),))
        return about_loss("swing of a mirrored loss", search.mirror())

    match rule:
        case "logistic residual":
            return "bounded slope", premises
        case "V2":
            return rule, (*premises, floor())
        case "affine gradient":
            return rule, (*premises[:2], bounds(), *premises[2:])
        case "oscillation":
            return rule, (premises[0], swing(), *premises[2:])
        case "gap Lyapunov":
            return rule, (premises[0], swing(), *premises[1:])
        case "start logistic":
            return "start linear", (*premises, bounds(), about_loss("loss at zero"), floor())
        case _ if rule in SHARPER_NOW and not squared:
            return "", premises
        case _:
            return rule, premises


def _needed(content: Record, rules: frozenset[str] | None) -> set[str]:
    """The ids of the steps of some rules, with those of all that they rest on."""
    needed: set[str] = set()
    for step in reversed(content["steps"]):
        if rules is None or step["rule"] in rules or step["id"] in needed:
            needed |= {step["id"], *step["premises"]}
    return needed


def differences(recorded: Record, constants: tuple[Constant, ...]) -> list[str]:
    """How the constants of a fact differ from the recorded ones: names, formulas, values, forms."""
    found = {constant.name: constant for constant in constants}
    if set(found) != set(recorded):
        return [f"{sorted(found)} instead of {sorted(recorded)}"]
    out: list[str] = []
    for name, item in recorded.items():
        constant = found[name]
        pairs = {
            "formula": (None if constant.formula is None else to_text(constant.formula)),
            "lo": None if constant.lo is None else str(constant.lo),
            "hi": None if constant.hi is None else str(constant.hi),
            "exact": None if constant.exact is None else to_text(constant.exact),
        }
        out += [
            f"{name}: {key} is {value}, not {item[key]}"
            for key, value in pairs.items()
            if value != item[key]
        ]
        if constant.at != place_of(item["at"]):
            out.append(f"{name}: at {constant.at}, not {item['at']}")
    return out
