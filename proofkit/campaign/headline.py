"""What a certificate says on top of its steps, beside the claims of the steps that it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from types import MappingProxyType

from proofkit.campaign.places import Json
from proofkit.campaign.words import FALSE, TRUE, UNCHANGED

SMALL_NOISE = "villani-small-noise"
V4S = ("V4", "V4Limit")
"""V4 with a radius, and without one."""
PROVERS: Mapping[str, str] = MappingProxyType(
    {
        "villani": "Villani",
        "villani-small-noise": "Villani",
        "lipschitz-threshold": "Villani",
        "villani-one-signed": "Villani",
        "sgd-continuous": "ContinuousConvergence",
        "sgd-discrete": "DiscreteConvergence",
        "escaping": "Fails",
        "dissipativity": "Dissipative",
        "rate-continuous": "Rate",
        "rate-langevin": "LangevinRate",
    }
)
"""The class of the claim that proves a claim by name; the equivalence needs two."""
REFUTERS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "villani": frozenset({"V1", "V2", "V3", "V4"}),
        "villani-small-noise": frozenset({"V1", "V2", "V3", "V4"}),
        "lipschitz-threshold": frozenset({"V1", "V2", "V3", "V4"}),
        "villani-iff": frozenset({"V1", "V2", "V3", "V4"}),
        "villani-one-signed": frozenset({"V1", "V2"}),
        "dissipativity": frozenset({"V2"}),
    }
)
"""The conditions whose failure refutes a claim."""
SAID: Mapping[str, str] = MappingProxyType(
    {
        "Villani": "L is a Villani function",
        "Dissipative": "<grad L, W> >= m",
        "Fails": " fails",
    }
)
"""What the sentence of a claim has to hold."""


def summary(mutant: Json) -> Iterator[tuple[str, str]]:
    """Conditions, routes and the threshold beside the steps that they name."""
    claims = {s["id"]: s["claim"] for s in mutant["steps"]}
    for one in mutant["conditions"]:
        yield _condition(one, claims, mutant["claim"]), f"condition {one['name']}"
    for one in mutant["routes"]:
        yield _route(one, claims), f"route {one['name']}"
    proved = [route["name"] for route in mutant["routes"] if route["verdict"] == "PROVED"]
    if mutant["threshold"] is not None:
        yield UNCHANGED if mutant["threshold"] in proved else FALSE, "the threshold"


def _condition(one: Json, claims: Mapping[str, Json], name: str) -> str:
    if one["verdict"] == "UNKNOWN":
        return UNCHANGED if one.get("step") is None else FALSE
    claim = claims.get(one.get("step", ""), {"is": ""})
    if one["verdict"] == "REFUTED":
        right = claim["is"] == "Fails" and claim["condition"] == one["name"]
    else:
        right = _condition_of(claim) == one["name"]
    if right and claim["is"] in V4S:
        scope = claim["scope"]
        small = scope.get("noise", {"is": ""})["is"] == "NoiseBelow"
        right = scope.get("one_sign", False) == (name == "villani-one-signed")
        right = right and (name == SMALL_NOISE or not small)
    return UNCHANGED if right else FALSE


def _condition_of(claim: Json) -> str:
    """The condition that a claim is, V4 with or without a radius."""
    return "V4" if claim["is"] in V4S else str(claim["is"])


def _route(one: Json, claims: Mapping[str, Json]) -> str:
    claim = claims.get(one.get("step", ""), {"is": ""})
    if one["verdict"] == "PROVED":
        right = claim["is"] in V4S and claim["route"] == one["name"]
        return UNCHANGED if right else FALSE
    if one["verdict"] == "REFUTED":
        return FALSE
    if one.get("step") is None:
        return UNCHANGED
    shows = {"lipschitz": "RiskGradient", "line": "NearLine"}.get(one["name"])
    return UNCHANGED if claim["is"] == shows else FALSE


def headline(mutant: Json, original: Json) -> Iterator[tuple[str, str]]:
    """Claim, verdict and statement, beside the claims of the goals."""
    if mutant["verdict"] == "UNKNOWN":
        yield UNCHANGED if original["verdict"] == "UNKNOWN" else TRUE, "nothing is claimed"
        return
    goals = [step["claim"] for step in deciding(mutant)]
    both = (mutant["claim"], mutant["verdict"]) == ("villani-iff", "PROVED")
    enough = {goal["is"] for goal in goals} == {"Villani", "Fails"} if both else bool(goals)
    yield UNCHANGED if enough else FALSE, "the verdict"
    if enough:
        statement = mutant["statement"]
        said = _says_both(statement) if both else any(_says(statement, g) for g in goals)
        yield UNCHANGED if said and "convex" not in statement else FALSE, "the statement"


def deciding(mutant: Json) -> list[Json]:
    """The steps among the goals that prove or refute the claim; none where the verdict is open."""
    by_id = {step["id"]: step for step in mutant["steps"]}
    goals = [by_id[name] for name in mutant["goals"] if name in by_id]
    decides = {"PROVED": _proves, "REFUTED": _refutes}.get(mutant["verdict"])
    if decides is None:
        return []
    return [g for g in goals if decides(mutant["claim"], g["claim"], mutant["problem"])]


def _proves(name: str, goal: Json, spec: Json) -> bool:
    """True for a goal that proves a claim, or a half of the equivalence."""
    scope = goal.get("scope")
    if scope is None:
        return False
    one_sign = scope.get("one_sign", False)
    if name == "villani-iff":
        if spec["lambda"] is not None:
            return False
        if goal["is"] == "Fails":
            return goal["condition"] == "V2" and scope["lam"] == {"is": "LambdaAtMostZero"}
        positive = {"is": "LambdaAbove", "threshold": "0"}
        everywhere = _for_the_noise(name, scope.get("noise"), spec)
        return goal["is"] == "Villani" and scope["lam"] == positive and everywhere and not one_sign
    if goal["is"] != PROVERS.get(name):
        return False
    if goal["is"] == "Villani" and not _for_the_noise(name, scope.get("noise"), spec):
        return False
    if goal["is"] == "Villani" and one_sign != (name == "villani-one-signed"):
        return False
    if name == "villani-one-signed":
        return spec["data"] is None
    if name == "lipschitz-threshold":
        return goal["route"] == "lipschitz"
    return name != "escaping" or goal["condition"] == "V4"


def _for_the_noise(name: str, noise: Json | None, spec: Json) -> bool:
    """True for every s > 0 or the given one; a claim about small s takes those below a critical one."""
    kind = "" if noise is None else noise["is"]
    if name == SMALL_NOISE:
        return spec["noise"] is None and kind in ("AnyNoise", "NoiseBelow")
    given = noise is not None and kind == "NoiseIs" and noise["value"] == spec["noise"]
    return kind == "AnyNoise" or given


def _fails_for_the_noise(name: str, noise: Json | None, spec: Json) -> bool:
    """True for a failure at some s > 0 or at the given one; at every s for a claim about small s."""
    kind = "AnyNoise" if noise is None else noise["is"]
    if name == SMALL_NOISE:
        return spec["noise"] is None and kind == "AnyNoise"
    if kind == "NoiseFrom":
        return spec["noise"] is None
    given = noise is not None and kind == "NoiseIs" and noise["value"] == spec["noise"]
    return kind == "AnyNoise" or given


def _refutes(name: str, goal: Json, spec: Json) -> bool:
    """True for a condition that fails where the claim needs it: for the given lambda, or for all."""
    if goal["is"] != "Fails" or goal["condition"] not in REFUTERS.get(name, frozenset()):
        return False
    if not _fails_for_the_noise(name, goal["scope"].get("noise"), spec):
        return False
    lam = goal["scope"]["lam"]
    if name == "villani-iff":
        return lam["is"] in ("AnyLambda", "LambdaAbove", "LambdaBelow") or (
            lam["is"] == "LambdaIs" and Fraction(lam["value"]) > 0
        )
    if name == "villani-one-signed" and spec["data"] is not None:
        return False
    return (
        lam["is"] == "AnyLambda"
        or lam == {"is": "LambdaAbove", "threshold": "0"}
        or (lam["is"] == "LambdaIs" and lam["value"] == spec["lambda"])
    )


def _says(statement: str, goal: Json) -> bool:
    """True where a sentence holds the words of a goal and of its range of lambda."""
    lam = goal["scope"]["lam"]
    words = {
        "AnyLambda": "",
        "LambdaIs": f"lambda = {lam.get('value')}",
        "LambdaAbove": f"lambda > {lam.get('threshold')}",
        "LambdaAtMostZero": "lambda <= 0",
        "LambdaBelow": f"lambda < {lam.get('threshold')}",
    }[lam["is"]]
    return SAID.get(goal["is"], "") in statement and words in statement


def _says_both(statement: str) -> bool:
    """True for the sentence of the equivalence."""
    return (
        statement.startswith("L is a Villani function")
        and " if lambda > 0; for lambda <= 0 it is not: " in statement
    )
