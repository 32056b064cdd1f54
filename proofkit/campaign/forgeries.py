"""Changes to the typed fields of a certificate that a forger would make, in place.

Each says whether it changed anything.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from proofkit.campaign.losses import LOSSES
from proofkit.campaign.places import Json, records

NAMES = (
    ("villani", "villani-iff", "lipschitz-threshold", "villani-one-signed", "sgd-continuous")
    + ("sgd-discrete", "dissipativity", "escaping", "rate-continuous", "rate-langevin")
)  # fmt: skip
VERDICTS = ("PROVED", "REFUTED", "UNKNOWN")
RULES_OF_COVERS = ("ball", "taylor", "rising", "falling", "concave", "constant", "range")
THRESHOLDS = ("0", "1", "-1", "G1", "G", "lambda_alpha", "M1", "lambda")
NUMBERS = ("1", "1/10", "1/1000", "100", "0", "-1")
ACTIVATIONS = (
    ("z^3", "Max(z, 0)", "z", "z + sin(z)", "tanh(2*z)", "exp(z)", "sin(z)", "tanh(z)", "z^2")
    + ("atan(z)", "1/(1 + exp((-1)*z))", "log(1 + exp(z))", "Abs(z)", "z/sqrt(1 + z^2)")
)  # fmt: skip
QUOTED_DATA = ("source", "sha256", "target", "features", "labels", "rows_sha256", "scaling")
STEP_NAMES = ("rule", "evidence")


def nudged(rng: random.Random, text: str) -> str:
    """A rational number close to one: by a unit of one of its last places, or by a factor."""
    sign = rng.choice([-1, 1])
    if rng.random() < 0.5:
        return str(Fraction(text) + sign * Fraction(1, 10 ** rng.randint(15, 30)))
    return str(Fraction(text) * (1 + sign * Fraction(rng.randint(1, 9), 10 ** rng.randint(0, 18))))


# -- claims ----------------------------------------------------------------------------------------


def scope(rng: random.Random, content: Json) -> bool:
    """Another range of lambda or s, or no hypothesis on the signs, in one claim or in all."""
    scopes = [s["claim"]["scope"] for s in content["steps"] if "scope" in s["claim"]]
    if not scopes:
        return False
    before = json.dumps(scopes)
    one = rng.choice(scopes)
    match rng.randrange(4):
        case 0:
            new, key = _range_of_lambda(rng), "lam"
        case 1 if "noise" in one:
            new, key = _range_of_noise(rng), "noise"
        case 2:
            new, key = True, "one_sign"
        case _:
            new, key = None, rng.choice(["noise", "one_sign"])
    for each in scopes if rng.random() < 0.5 else [one]:
        each.pop(key, None)
        if new is not None:
            each[key] = copy.deepcopy(new)
    return json.dumps(scopes) != before


def _range_of_lambda(rng: random.Random) -> Json:
    kind = rng.choice(["AnyLambda", "LambdaIs", "LambdaAbove", "LambdaAtMostZero", "LambdaBelow"])
    fields: Json = {"is": kind}
    if kind == "LambdaIs":
        fields["value"] = rng.choice(NUMBERS)
    if kind in ("LambdaAbove", "LambdaBelow"):
        fields["threshold"] = rng.choice(THRESHOLDS)
    return fields


def _range_of_noise(rng: random.Random) -> Json:
    kind = rng.choice(["AnyNoise", "NoiseIs", "NoiseFrom", "NoiseUpTo", "NoiseIsIfUpTo"])
    fields: Json = {"is": kind}
    if kind in ("NoiseIs", "NoiseIsIfUpTo"):
        fields["value"] = rng.choice(NUMBERS)
    if kind in ("NoiseUpTo", "NoiseIsIfUpTo"):
        fields["largest"] = rng.choice(["s_0", "s_1", "1", "0"])
    if kind == "NoiseFrom":
        fields["critical"] = rng.choice(["s_c", "0", "1"])
    return fields


def claim(rng: random.Random, content: Json) -> bool:
    """A field of a claim changed, exchanged with another term, or dropped."""
    claims = [s["claim"] for s in content["steps"]]
    one = rng.choice(claims)
    keys = [key for key in one if key not in ("is", "scope")]
    if not keys or rng.random() < 0.2:
        kinds = sorted({c["is"] for c in claims} - {one["is"]})
        one["is"] = rng.choice(kinds)
        return True
    key = rng.choice(keys)
    before = json.dumps(one)
    others = [c[key] for c in claims if key in c] + ["0", None, True, False]
    match rng.randrange(3):
        case 0 if isinstance(one[key], str) and one[key].lstrip("-")[:1].isdigit():
            one[key] = nudged(rng, one[key])
        case 1:
            del one[key]
        case _:
            one[key] = copy.deepcopy(rng.choice(others))
    return json.dumps(one) != before


# -- steps -----------------------------------------------------------------------------------------


def rule(rng: random.Random, content: Json) -> bool:
    """The rule, evidence, claim, constants or proposal of another step."""
    one, two = rng.choice(content["steps"]), rng.choice(content["steps"])
    key = rng.choice([*STEP_NAMES, "claim", "constants", "proposal"])
    before = one.get(key)
    if key in two:
        one[key] = copy.deepcopy(two[key])
    else:
        one.pop(key, None)
    return one.get(key) != before


def premises(rng: random.Random, content: Json) -> bool:
    """A premise dropped, added, made circular, swapped, or another step, of the same kind or not."""
    step = rng.choice([s for s in content["steps"] if s["premises"]])
    given, before = step["premises"], list(step["premises"])
    i = rng.randrange(len(given))
    match rng.randrange(6):
        case 0:
            del given[i]
        case 1:
            given[i] = rng.choice(content["steps"])["id"]
        case 2:
            given[i] = step["id"]
        case 3:
            given.append(rng.choice(content["steps"])["id"])
        case 4:
            given.reverse()
        case _:
            kinds = {s["id"]: s["claim"]["is"] for s in content["steps"]}
            given[i] = rng.choice([name for name, k in kinds.items() if k == kinds.get(given[i])])
    return given != before


def steps(rng: random.Random, content: Json) -> bool:
    """A step dropped, made twice, moved, renamed; other goals."""
    made = content["steps"]
    i, j = rng.randrange(len(made)), rng.randrange(len(made))
    match rng.randrange(6):
        case 0:
            del made[i]
        case 1:
            made[i], made[j] = made[j], made[i]
        case 2:
            made.insert(j, copy.deepcopy(made[i]))
        case 3:
            made.reverse()
        case 4:
            made[i]["id"] = rng.choice([made[j]["id"], "s0", "", "problem", "summary"])
        case _:
            content["goals"] = [made[i]["id"]]
    return True


def constant(rng: random.Random, content: Json) -> bool:
    """A constant by a unit of its last place, its formula or name exchanged, or left out."""
    places = [s["constants"] for s in content["steps"] if s.get("constants")]
    given = rng.choice(places)
    one, two = rng.choice(given), rng.choice(rng.choice(places))
    before = json.dumps(places)
    match rng.randrange(6):
        case 0 | 1:
            end = rng.choice([key for key in ("lo", "hi") if one.get(key) is not None] or ["name"])
            one[end] = nudged(rng, one[end]) if end != "name" else two["name"]
        case 2:
            one["name"], two["name"] = two["name"], one["name"]
        case 3:
            _exchange(one, two, rng.choice(["lo", "hi", "exact", "at", "formula"]))
        case 4:
            given.remove(one)
        case _:
            _put_everywhere(rng, content, one)
    return json.dumps(places) != before


def _exchange(one: Json, two: Json, key: str) -> None:
    values = one.pop(key, None), two.pop(key, None)
    for record, value in zip((one, two), reversed(values), strict=True):
        if value is not None:
            record[key] = value


def _put_everywhere(rng: random.Random, content: Json, one: Json) -> None:
    """A number of a constant changed wherever the same number stands."""
    end = rng.choice(["lo", "hi"])
    if one.get(end) is None:
        return
    old, new = json.dumps(one[end]), json.dumps(nudged(rng, one[end]))
    steps = json.loads(json.dumps(content["steps"]).replace(old, new))
    content["steps"][:] = steps
    one[end] = json.loads(new)  # the caller compares the records that it holds


# -- proposals -------------------------------------------------------------------------------------


def covers(content: Json) -> Iterator[Json]:
    """Every one-sided cover of the proposals."""
    for step in content["steps"]:
        proposal = step.get("proposal", {})
        for key in ("sides", "slope", "curvature"):
            if isinstance(proposal.get(key), list):
                yield from proposal[key]


def cover(rng: random.Random, content: Json) -> bool:
    """A cover cut off, with other rules, bounds, signs, bits, scale, places or witness."""
    sides = list(covers(content))
    if not sides:
        return False
    side = rng.choice(sides)
    i, before = rng.randrange(len(side["rules"])), json.dumps(side)
    match rng.randrange(10):
        case 0:
            last = rng.random() < 0.5
            del side["breaks"][-1 if last else 0], side["rules"][-1 if last else 0]
            side["centres"] = []
        case 1:
            side["rules"][i] = rng.choice(RULES_OF_COVERS)
        case 2:
            less = 1 - Fraction(1, 10 ** rng.randint(1, 18))
            side["upper"] = side["lower"] = str(Fraction(side["upper"]) * less)
        case 3:
            side["sign"] = -side["sign"]
        case 4:
            side["bits"] = rng.choice([2, 16, 53, 10**6, -1, 0])
        case 5:
            del side["breaks"][i], side["rules"][i]
        case 6:
            side["witness"] = _reached(rng)
        case 7:
            side["scale"] = rng.choice(["2", "1/2", "-1", "0", "1000000"])
        case 8:
            side["breaks"][rng.choice([0, -1])] = rng.choice(["-3", "3", "0", "1000000000000"])
        case _:
            sides = sides if len(sides) > 1 else [side, side]
            side |= copy.deepcopy(rng.choice([s for s in sides if s is not side] or sides))
    return json.dumps(side) != before


def _reached(rng: random.Random) -> Json:
    return {
        "kind": rng.choice(["point", "limit", "phase", "quarter"]),
        "point": rng.choice([None, "0", "1", "1000000000"]),
        "end": rng.choice([0, 1, -1]),
    }


def witness(rng: random.Random, content: Json) -> bool:
    """A field of what was proposed, or of the witness of a failing condition."""
    found: list[Json] = [s["proposal"] for s in content["steps"] if "proposal" in s]
    found += [s["claim"]["witness"] for s in content["steps"] if "witness" in s["claim"]]
    found = [r for r in found if set(r) - {"is", "sides", "slope", "curvature"}]
    if not found:
        return False
    one = rng.choice(found)
    key = rng.choice(sorted(set(one) - {"is", "sides", "slope", "curvature"}))
    before = json.dumps(one)
    value = one[key]
    if isinstance(value, list) and value:
        i = rng.randrange(len(value))
        value[i] = _another(rng, value[i])
    else:
        one[key] = _another(rng, value)
    return json.dumps(one) != before


def _another(rng: random.Random, value: Any) -> Any:
    """Another value of the kind of a field of a proposal."""
    if type(value) is int:
        return rng.choice([-value, value + 1, value - 1, 0, 10**6])
    if isinstance(value, str) and value.lstrip("-")[:1].isdigit():
        return rng.choice(["0", "1", "-1", "2", nudged(rng, value), str(-Fraction(value))])
    return rng.choice([None, "0", "H", "M1", "S0", "S_hi", True])


# -- the problem -----------------------------------------------------------------------------------


def problem(rng: random.Random, content: Json) -> bool:
    """Another lambda, activation, loss, noise, or other constants of data and outer weights."""
    spec, before = content["problem"], json.dumps(content["problem"])
    match rng.randrange(7):
        case 0:
            spec["lambda"] = rng.choice([*NUMBERS, None])
        case 1:
            spec["activation"]["expression"] = rng.choice(ACTIVATIONS)
        case 2:
            spec["loss"] = rng.choice([text for text in LOSSES if text != spec["loss"]])
        case 3:
            spec["noise"] = rng.choice([*NUMBERS, None])
        case 4 if spec["data"]:
            key = rng.choice([key for key in spec["data"] if key not in QUOTED_DATA])
            whole = key in ("n", "d")
            spec["data"][key] = rng.choice([1, 2, 10**6] if whole else ["0", "1", "1/1000", "-1"])
        case 5 if spec["outer"]:
            key = rng.choice([key for key in spec["outer"] if key != "sha256"])
            odd: Json = {"p": 3, "source": rng.choice(["width 3, seed 1", "mine.txt"])}
            spec["outer"][key] = odd.get(key, "1/1000")
        case _:
            spec["data"] = None
            spec["outer"] = None
    return json.dumps(spec) != before


def range_(rng: random.Random, content: Json) -> bool:
    """Another lambda or s of the problem, in every claim, constant and sentence as well."""
    spec, key = content["problem"], rng.choice(["lambda", "noise"])
    name = "lambda" if key == "lambda" else "s"
    old = spec[key]
    new = rng.choice([v for v in (*NUMBERS, None) if v != old])
    spec[key] = new
    for step in content["steps"]:
        _rescope(step["claim"].get("scope"), name, new)
        for one in step.get("constants", ()):
            if one["name"] == name and new is not None:
                one |= dict.fromkeys(("lo", "hi", "exact"), new)
            elif one["name"] == name:
                for end in ("lo", "hi", "exact"):
                    one.pop(end, None)
    said = f"{name} = {new}" if new is not None else f"every {name} > 0"
    for text in (f"{name} = {old}", f"every {name} > 0", f"every {name} <= 0"):
        content["statement"] = content["statement"].replace(text, said)
    return True


def _rescope(given: Json | None, name: str, new: str | None) -> None:
    """The range of lambda or s in a claim that goes with another value of the problem."""
    if given is None:
        return
    if name == "lambda":
        above: Json = {"is": "LambdaAbove", "threshold": "0"}
        given["lam"] = above if new is None else {"is": "LambdaIs", "value": new}
    elif "noise" in given:
        given["noise"] = {"is": "AnyNoise"} if new is None else {"is": "NoiseIs", "value": new}


def quoted(rng: random.Random, content: Json) -> bool:
    """A constant of the data or the outer weights, at one end or both, wherever it is quoted."""
    spec = content["problem"]
    if not spec["data"]:
        return False
    part = rng.choice(["data", "data", "outer"])
    key = rng.choice([k for k in spec[part] if k not in QUOTED_DATA])
    factor = 1 + rng.choice([-1, 1]) * Fraction(rng.randint(1, 9), 10 ** rng.randint(0, 15))
    old = spec[part][key]
    if isinstance(old, list):
        new: Any = [str(Fraction(v) * factor) if rng.random() < 0.6 else v for v in old]
        ends = dict(zip(("lo", "hi"), new, strict=True))
    elif isinstance(old, int):
        new = old + rng.choice([-1, 1, old])
        ends = dict.fromkeys(("lo", "hi", "exact"), str(new))
    elif isinstance(old, str) and old:
        new = str(Fraction(old) * factor)
        ends = dict.fromkeys(("lo", "hi", "exact"), new)
    else:
        return False
    spec[part][key] = new
    for step in content["steps"]:
        for one in step.get("constants", ()):
            if one["name"] == key and "formula" not in one:
                one |= ends
    return new != old


def labels(rng: random.Random, content: Json) -> bool:
    """Another target, or another map of the labels."""
    data = content["problem"]["data"]
    if not data:
        return False
    before = json.dumps(data)
    match rng.randrange(3):
        case 0 if isinstance(data["labels"], dict):
            moved = [{**data["labels"], key: "1"} for key in data["labels"]]
            data["labels"] = rng.choice([None, {}, *moved])
        case 1:
            data |= {"y_min": "-1", "y_max": "1", "B_y": "1", "Y1": "1", "Y2": "1"}
        case _:
            old = data["target"]
            data["target"] = rng.choice([old + " above its median", old.split(" ")[0], "s1", ""])
    return json.dumps(data) != before


def scaling(rng: random.Random, content: Json) -> bool:
    """Another scaling of the data, or one where there is none, or none where there is one."""
    data = content["problem"]["data"]
    if not data:
        return False
    before = json.dumps(data)
    recorded = data.get("scaling")
    if not isinstance(recorded, dict):
        columns = [_column(rng) for _ in data["features"]]
        data["scaling"] = {"features": columns, "target": rng.choice([None, _column(rng)])}
        return True
    column = rng.choice([*recorded["features"], recorded["target"] or {}])
    match rng.randrange(4):
        case 0:
            del data["scaling"]
        case 1:
            column |= _column(rng)
        case 2:
            recorded["features"] = rng.choice([[], recorded["features"][::-1]])
        case _:
            key = rng.choice(["mean", "scale"])
            column[key] = column.get(key, "") + rng.choice("123456789")
    return json.dumps(data) != before


def _column(rng: random.Random) -> Json:
    """A mean and a scale, perhaps those that change nothing or make zeros."""
    return {"mean": rng.choice(["0", "0.5", "-3"]), "scale": rng.choice(["0", "1", "2.25"])}


# -- what is said on top of the steps --------------------------------------------------------------


def verdict(rng: random.Random, content: Json) -> bool:
    """Another claim, verdict and goals, with a sentence that may go with them."""
    keys = ("claim", "verdict", "goals", "statement")
    before = [content[key] for key in keys]
    named = [s for s in content["steps"] if "scope" in s["claim"]] or content["steps"]
    content["claim"] = rng.choice([content["claim"], *NAMES])
    content["verdict"] = rng.choice(VERDICTS)
    if rng.random() < 0.8:
        more = content["goals"] if rng.random() < 0.3 else []
        content["goals"] = [rng.choice(named)["id"], *more]
    if rng.random() < 0.3:
        content["statement"] = rng.choice(["L is convex", content["statement"] + " and convex"])
    return before != [content[key] for key in keys]


def condition(rng: random.Random, content: Json) -> bool:
    """A condition, a route or the threshold with another verdict, name or step."""
    before = json.dumps([content["conditions"], content["routes"], content["threshold"]])
    one = rng.choice([*content["conditions"], *content["routes"]])
    ids = [s["id"] for s in content["steps"]]
    match rng.randrange(5):
        case 0:
            one["verdict"] = rng.choice(VERDICTS)
        case 1:
            one["step"] = rng.choice(ids)
        case 2:
            one |= {"verdict": rng.choice(VERDICTS[:2]), "step": rng.choice(ids)}
            one.pop("open", None)
        case 3:
            names = ["V1", "V2", "V3", "V4", "bounded", "euler", "lipschitz", "line", "one-signed"]
            one["name"] = rng.choice(names)
        case _:
            routes = [route["name"] for route in content["routes"]]
            content["threshold"] = rng.choice([None, "bounded", *routes])
    after = json.dumps([content["conditions"], content["routes"], content["threshold"]])
    return after != before


def kinds(content: Json) -> set[str]:
    """The classes that the steps of a certificate name."""
    return {str(record["is"]) for record in records(content["steps"])}
