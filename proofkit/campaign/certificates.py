"""Mutated certificates against the independent checker, judged by a third opinion.

A mutant is *accepted and false* when the checker calls it valid although something it
states is not so.  What a certificate states is compared leaf by leaf with the original:
numbers are judged by mpmath (suprema by Newton's method from samples, formulas by
evaluation), words that differ are false unless they are mere quotations, and the inside
of proofs (covers, premises) states nothing by itself.
"""

from __future__ import annotations

import copy
import hashlib
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

from mpmath import mp

from proofkit.campaign.judge import Judge, Quantity
from proofkit.check.document import ELSEWHERE, INVALID, OPEN, VALID, check, load
from proofkit.check.problem import Reader, Unreadable, load_problem
from proofkit.errors import ProofkitError
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.parser import parse
from proofkit.pools import in_order, worker_processes
from proofkit.search.jets import Evaluator

SLOW = 10.0  # seconds for one certificate: counted as a time-out
Json = dict[str, Any]
Path_ = tuple[Any, ...]

# Fields whose words are quoted by a certificate and asserted by nobody.
QUOTED = ("theorem", "notes", "open", "sources", "versions")


@dataclass
class Tally:
    """Counts by kind of mutation."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    violations: list[dict[str, str]] = field(default_factory=list)
    slowest: float = 0.0

    def add(self, other: Tally) -> None:
        """Sum up."""
        for kind, c in other.counts.items():
            self.counts.setdefault(kind, Counter()).update(c)
        self.violations += other.violations
        self.slowest = max(self.slowest, other.slowest)

    def as_dict(self) -> Json:
        """The table: mutants, share rejected, what became of the accepted ones."""
        total: Counter[str] = Counter()
        for c in self.counts.values():
            total.update(c)
        rows = {}
        for kind, c in sorted([*self.counts.items(), ("all", total)]):
            n = sum(c.values())
            rows[kind] = {
                "mutants": n,
                "rejected_share": round(
                    sum(c[k] for k in ("unreadable", *REFUSED.values())) / max(n, 1), 4
                ),
                **{k: c[k] for k in OUTCOMES},
            }
        return {
            "mutants": sum(total.values()),
            "table": rows,
            "slowest_seconds": round(self.slowest, 3),
            "violations": self.violations[:20],
        }


OUTCOMES = (
    "invalid",
    "not verified",
    "not yours",
    "unreadable",
    "unchanged",
    "true",
    "undecided",
    "false",
    "crash",
    "time-out",
)
REFUSED = {INVALID: "invalid", OPEN: "not verified", ELSEWHERE: "not yours"}


# -- the mutations ---------------------------------------------------------------------------------


def leaves(value: Any, at: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    """Every leaf of a JSON value with its path."""
    if isinstance(value, dict):
        for k, v in value.items():
            yield from leaves(v, (*at, k))
    elif isinstance(value, list) and value:
        for i, v in enumerate(value):
            yield from leaves(v, (*at, i))
    else:
        yield at, value


def get(value: Any, at: Path_) -> Any:
    """The value at a path."""
    for k in at:
        value = value[k]
    return value


def put(value: Any, at: Path_, new: Any) -> None:
    """Replace the value at a path."""
    get(value, at[:-1])[at[-1]] = new


def _pick(
    rng: random.Random, c: Json, keep: Callable[[Path_, Any], bool]
) -> tuple[Path_, Any] | None:
    found = [(p, v) for p, v in leaves(c) if p[0] != "digest" and keep(p, v)]
    # A certificate is mostly covers: half of the mutations look elsewhere.
    if rng.random() < 0.5:
        found = [
            (p, v)
            for p, v in found
            if "proofs" not in p and "l1" not in p[:-1] and "l2" not in p[:-1]
        ] or found
    return rng.choice(found) if found else None


def _digit(rng: random.Random, c: Json) -> bool:
    hit = _pick(rng, c, lambda p, v: isinstance(v, str) and any(ch.isdigit() for ch in v))
    if hit is None:
        return False
    p, v = hit
    places = [i for i, ch in enumerate(v) if ch.isdigit()]
    i = rng.choice(places)
    put(c, p, v[:i] + rng.choice([d for d in "0123456789" if d != v[i]]) + v[i + 1 :])
    return True


def _sign(rng: random.Random, c: Json) -> bool:
    hit = _pick(rng, c, lambda p, v: isinstance(v, str) and v.lstrip("-")[:1].isdigit())
    if hit is None:
        return False
    put(c, hit[0], hit[1][1:] if hit[1].startswith("-") else "-" + hit[1])
    return True


_WORDS = ((">=", "<="), ("<=", ">="), (" > ", " < "), (" > ", " >= "), (" < ", " <= "), ("every", "some"), ("PROVED", "REFUTED"), ("REFUTED", "PROVED"), ("UNKNOWN", "PROVED"),
          ("kernel-checked", "Coq-checked"), ("tested", "kernel-checked"), ("cited", "kernel-checked"), ("sup", "inf"), ("squared", "logistic"), ("euler", "bounded"),
          ("lipschitz", "euler"), ("->", "<-"), ("lambda", "s"), ("+", "-"), ("*", "/"), ("^2", "^3"), ("M1", "M2"), ("oo", "0"))  # fmt: skip


def _word(rng: random.Random, c: Json) -> bool:
    old, new = rng.choice(_WORDS)
    hit = _pick(rng, c, lambda p, v: isinstance(v, str) and old in v)
    if hit is None:
        return False
    put(c, hit[0], hit[1].replace(old, new, 1 if rng.random() < 0.7 else -1))
    return True


def _rule(rng: random.Random, c: Json) -> bool:
    one, two = rng.choice(c["steps"]), rng.choice(c["steps"])
    key = rng.choice(["rule", "claim", "evidence", "about", "statement"])
    changed = one[key] != two[key]
    one[key] = two[key]
    return changed


def _premises(rng: random.Random, c: Json) -> bool:
    steps = [s for s in c["steps"] if s["premises"]]
    if not steps:
        return False
    s, kind = rng.choice(steps), rng.randrange(5)
    names = [x["id"] for x in c["steps"]]
    if kind == 0:
        s["premises"].pop(rng.randrange(len(s["premises"])))
    elif kind == 1:
        s["premises"][rng.randrange(len(s["premises"]))] = rng.choice(names)
    elif kind == 2:
        s["premises"][0] = s["id"]  # circular
    elif kind == 3:
        s["premises"].append(rng.choice(names))
    else:
        s["premises"].reverse()
    return True


def _steps(rng: random.Random, c: Json) -> bool:
    steps, kind = c["steps"], rng.randrange(5)
    i, j = rng.randrange(len(steps)), rng.randrange(len(steps))
    if kind == 0:
        del steps[i]
    elif kind == 1:
        steps[i], steps[j] = steps[j], steps[i]
    elif kind == 2:
        steps.insert(j, copy.deepcopy(steps[i]))
    elif kind == 3:
        steps.reverse()
    else:
        c["goals"] = [steps[i]["id"]]
    return True


def _swap(rng: random.Random, c: Json) -> bool:
    place = rng.choice(
        [c["constants"], *(s["defines"] for s in c["steps"] if len(s["defines"]) > 1)]
    )
    if len(place) < 2:
        return False
    one, two = rng.sample(sorted(place), 2)
    if rng.random() < 0.5:
        place[one], place[two] = place[two], place[one]
    else:
        end = rng.choice(["lo", "hi", "exact", "at", "formula"])
        place[one][end], place[two][end] = place[two][end], place[one][end]
    return True


def _proofs(c: Json) -> list[Json]:
    found = []
    for s in c["steps"]:
        for key in ("proofs", "l1", "l2"):
            if isinstance(s["payload"], dict) and isinstance(s["payload"].get(key), list):
                found += s["payload"][key]
    return found


def _cover(rng: random.Random, c: Json) -> bool:
    proofs = _proofs(c)
    if not proofs:
        return False
    p, kind = rng.choice(proofs), rng.randrange(8)
    i = rng.randrange(len(p["rules"]))
    if kind == 0 and len(p["rules"]) > 1:  # truncated tail
        p["breaks"], p["rules"] = (
            (p["breaks"][1:], p["rules"][1:])
            if rng.random() < 0.5
            else (p["breaks"][:-1], p["rules"][:-1])
        )
        p["centres"] = {}
    elif kind == 1:
        p["rules"][i] = rng.choice(
            ["ball", "taylor", "rising", "falling", "concave", "constant", "range"]
        )
    elif kind == 2:
        factor = 1 - Fraction(1, 10 ** rng.randint(1, 18))
        p["upper"] = p["lower"] = str(Fraction(p["upper"]) * factor)
    elif kind == 3:
        p["sign"] = -p["sign"]
    elif kind == 4:
        p["bits"] = rng.choice([2, 16, 53, 10**6, -1, 0])
    elif kind == 5 and len(p["rules"]) > 1:
        del p["rules"][i]
        del p["breaks"][i]
    elif kind == 6:
        p["witness"] = {
            "kind": rng.choice(["point", "limit", "phase", "quarter"]),
            "point": rng.choice([None, "0", "1", "1e9"]),
            "end": rng.choice([0, 1, -1]),
        }
    else:
        p["breaks"][rng.choice([0, -1])] = rng.choice(["-3", "3", "0", "1000000000000"])
    return True


def _problem(rng: random.Random, c: Json) -> bool:
    spec, kind = c["problem"], rng.randrange(7)
    if kind == 0:
        spec["lambda"] = rng.choice(["0", "-1", "1/10", "100", None])
    elif kind == 1:
        spec["activation"]["expression"] = rng.choice(
            ["z^3", "Max(z, 0)", "z", "z + sin(z)", "tanh(2*z)", "exp(z)", "sin(z)"]
        )
    elif kind == 2:
        spec["loss"] = "logistic" if spec["loss"] == "squared" else "squared"
    elif kind == 3:
        spec["noise"] = rng.choice(["0", "-1", "1/100", None])
    elif kind == 4 and spec["data"]:
        key = rng.choice(["n", "d", "B_x_squared", "X2", "B_y", "y_min", "y_max", "Y1", "Y2"])
        spec["data"][key] = (
            rng.choice([1, 2, 10**6])
            if key in ("n", "d")
            else rng.choice(["0", "1", "1/1000000", "-1"])
        )
    elif kind == 5 and spec["outer"]:
        key = rng.choice(
            ["a_1", "a_2_squared", "a_inf", "a_plus", "a_minus", "first_positive", "p", "source"]
        )
        spec["outer"][key] = 3 if key == "p" else "width 3, seed 1" if key == "source" else "1/1000"
    else:
        spec["data"] = None
        spec["outer"] = None
    return True


def _shape(rng: random.Random, c: Json) -> bool:
    hit = _pick(rng, c, lambda p, v: True)
    if hit is None:
        return False
    p, _ = hit
    kind = rng.randrange(4)
    at = p[: rng.randint(1, len(p))]
    if kind == 0:
        parent = get(c, at[:-1])
        del parent[at[-1]]
    elif kind == 1:
        put(
            c,
            at,
            rng.choice(
                [
                    None,
                    [],
                    {},
                    0,
                    -1,
                    True,
                    "",
                    "0",
                    "x" * 50,
                    "\x1b[31m",
                    "\\input{x}",
                    "../../x",
                    10**17,
                ]
            ),
        )
    elif kind == 2:
        parent = get(c, at[:-1])
        if not isinstance(parent, dict):
            return False
        parent["extra"] = 1
    else:
        put(c, at, [get(c, at)])
    return True


def _transplant(rng: random.Random, c: Json, other: Json) -> bool:
    key = rng.choice(
        [
            "steps",
            "constants",
            "problem",
            "goals",
            "routes",
            "conditions",
            "statement",
            "assumptions",
            "lambda_threshold",
            "witness",
            "published_threshold",
            "evidence",
            "claim",
        ]
    )
    changed = c[key] != other[key]
    c[key] = copy.deepcopy(other[key])
    return changed


def _verdict(rng: random.Random, c: Json) -> bool:
    """Another claim, verdict and goal, with the sentence and the witness that go with them."""
    before = [c[k] for k in ("claim", "verdict", "goals", "statement")]
    goal = rng.choice([s for s in c["steps"] if s["about"] == "problem"] or c["steps"])
    c["claim"] = rng.choice([c["claim"], *HEADS])
    c["verdict"] = rng.choice(["PROVED", "REFUTED", "UNKNOWN"])
    if rng.random() < 0.8:
        c["goals"] = [goal["id"], *(c["goals"] if rng.random() < 0.3 else ())]
        c["statement"] = goal["statement"]
    if rng.random() < 0.7:
        c["witness"] = goal["payload"] if c["verdict"] == "REFUTED" else None
    return before != [c[k] for k in ("claim", "verdict", "goals", "statement")]


def _condition(rng: random.Random, c: Json) -> bool:
    """A condition or a route that takes its verdict and reason from another step."""
    places = [*c["conditions"].values(), *c["routes"]]
    place, s = rng.choice(places), rng.choice(c["steps"])
    before = dict(place)
    place["verdict"] = rng.choice(["PROVED", "REFUTED", "UNKNOWN"])
    if rng.random() < 0.7:
        place["reason"] = s["statement"]
    if "evidence" in place and rng.random() < 0.5:
        place["evidence"] = s["evidence"]
    if "threshold" in place and rng.random() < 0.5:
        place |= {"threshold": "0", "enclosure": ["0", "0"]}
    return before != place


def _payload(rng: random.Random, c: Json) -> bool:
    """A field of a payload, and every text that quotes it."""
    found = [
        (s, k, v)
        for s in c["steps"]
        for k, v in s["payload"].items()
        if not isinstance(v, list | dict | type(None))
    ]
    if not found:
        return False
    s, key, old = rng.choice(found)
    others = [v for _, k, v in found if k == key and v != old]
    new = rng.choice(
        [*others, "0", "bounded", "euler", "lipschitz"]
        if isinstance(old, str)
        else [-old, old + 1, 0]
    )
    s["payload"][key] = new
    if isinstance(old, str) and rng.random() < 0.5:
        s["statement"] = s["statement"].replace(old, str(new))
    return new != old


QUOTED_DATA = ("source", "sha256", "target", "features", "labels", "rows_sha256")


def _constants(rng: random.Random, c: Json) -> bool:
    """A constant of the data or the outer weights at one end or both, wherever it is quoted."""
    spec = c["problem"]
    if not spec["data"]:
        return False
    part = rng.choice(["data", "data", "outer"])
    keys = [k for k, v in spec[part].items() if k not in QUOTED_DATA]
    key = rng.choice([*keys, "Lambda_S"] if part == "data" else keys)
    factor = 1 + rng.choice([-1, 1]) * Fraction(rng.randint(1, 9), 10 ** rng.randint(0, 15))
    ends = [rng.random() < 0.6, rng.random() < 0.6]
    old = spec[part][key]

    def times(text: str) -> str:
        return str(Fraction(text) * factor)

    if isinstance(old, list) and len(old) == 2:
        new: Any = [times(v) if move else v for v, move in zip(old, ends, strict=True)]
        pair = dict(zip(("lo", "hi"), new, strict=True))
    elif isinstance(old, int) and not isinstance(old, bool):
        new = old + rng.choice([-1, 1, old])
        pair = {"lo": str(new), "hi": str(new), "exact": str(new)}
    elif isinstance(old, str):
        try:
            new = times(old)
        except ValueError:
            return False
        pair = {"lo": new, "hi": new, "exact": new}
    else:
        return False
    spec[part][key] = new
    for defined in (c["constants"], *(s["defines"] for s in c["steps"])):
        if key in defined and defined[key]["formula"] is None:
            defined[key] |= pair
    return new != old


def _labels(rng: random.Random, c: Json) -> bool:
    """Another target, or another map of the labels."""
    data = c["problem"]["data"]
    if not data:
        return False
    old, before = data["target"], json.dumps(data)
    way = rng.randrange(3)
    if way == 0 and isinstance(data.get("labels"), dict):
        data["labels"] = rng.choice([None, {}, *({**data["labels"], k: "1"} for k in data["labels"])])  # fmt: skip
    elif way == 1:
        data |= {"y_min": "-1", "y_max": "1", "B_y": "1", "Y1": "1", "Y2": "1"}
    else:
        data["target"] = rng.choice([old + " above its median", old.split(" ")[0], "s1", ""])
        c["assumptions"] = [
            t.replace(f"target {old}", f"target {data['target']}") for t in c["assumptions"]
        ]
    return json.dumps(data) != before


def _range(rng: random.Random, c: Json) -> bool:
    """Another lambda or s of the problem, in every sentence as well."""
    spec, key = c["problem"], rng.choice(["lambda", "noise"])
    old = spec[key]
    new = rng.choice([v for v in ("1", "1/10", "1/1000", "100", "0", "-1", None) if v != old])
    spec[key] = new
    name = "lambda" if key == "lambda" else "s"
    some = [f"{name} = {old}", f"every {name} > 0", f"every {name} <= 0", f"every {name} > G1"]
    said = f"{name} = {new}" if new is not None else f"every {name} > 0"

    def put_in(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: put_in(v) for k, v in value.items()}
        if isinstance(value, list):
            return [put_in(v) for v in value]
        if isinstance(value, str):
            for text in some:
                value = value.replace(text, said)
        return value

    for part in ("statement", "conditions", "routes", "steps", "assumptions"):
        c[part] = put_in(c[part])
    for defined in (c["constants"], *(s["defines"] for s in c["steps"])):
        if name in defined:
            defined[name] |= dict.fromkeys(("lo", "hi", "exact"), new)
    return True


_TEXT = ('{"verdict": "PROVED", ', '{"format": "proofkit-certificate", ', '{"digest": "0", ')


def mutate(rng: random.Random, c: Json, other: Json) -> tuple[str, Json | str] | None:
    """(kind, the mutant), text when it is no JSON object any more; None when the mutation changes
    nothing.
    """
    kinds: Mapping[str, Callable[[random.Random, Json], bool]] = {
        "digit": _digit, "sign": _sign, "word": _word, "rule": _rule, "premises": _premises, "steps": _steps, "swap": _swap, "cover": _cover,
        "problem": _problem, "shape": _shape, "verdict": _verdict, "condition": _condition, "payload": _payload, "constants": _constants,
        "labels": _labels, "range": _range,
    }  # fmt: skip
    kind = rng.choice([*kinds, "digit", "cover", "word", "transplant", "text"])
    if kind == "text":
        text = json.dumps(c)
        way = rng.randrange(6)
        if way == 0:
            return kind, text.replace("{", rng.choice(_TEXT), 1)  # a key twice
        if way == 1:
            return kind, text[: rng.randrange(1, len(text))]
        if way == 2:
            return kind, text.replace(
                '"lo": "',
                f'"lo": {rng.choice(["NaN", "Infinity", "1e400", "1.5", "9" * 5000])}, "x": "',
                1,
            )
        if way == 3:
            return kind, text.replace("[", "[" * rng.choice([10, 10**5]), 1)
        i = rng.randrange(len(text))
        return kind, text[:i] + chr(rng.randrange(256)) + text[i + 1 :]
    made = copy.deepcopy(c)
    for _ in range(1 if rng.random() < 0.8 else 2):
        if not (_transplant(rng, made, other) if kind == "transplant" else kinds[kind](rng, made)):
            return None
    if rng.random() < 0.95:  # a forger computes the digest again
        body = {k: v for k, v in made.items() if k != "digest"}
        made["digest"] = hashlib.sha256(
            json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
        ).hexdigest()
    return kind, made


HEADLINE = ("claim", "verdict", "statement")
HEADS: Mapping[str, str] = MappingProxyType(
    {
        "villani": "Villani",
        "villani-iff": "Villani",
        "lipschitz-threshold": "Villani",
        "sgd-continuous": "continuous",
        "sgd-discrete": "discrete",
        "escaping": "V4 fails",
        "dissipativity": "dissipative",
        "rate-continuous": "rate",
        "rate-langevin": "langevin",
        "villani-one-signed": "Villani if one sign",
    }
)
"""The kind of step that a claim, proved, is the sentence of: this judge's own table."""
FAILS = frozenset({"V2 fails", "V4 fails", "V1 fails"})
REFUTABLE = frozenset(
    {"villani", "villani-iff", "lipschitz-threshold", "villani-one-signed", "dissipativity"}
)
"""The claims that a failing condition refutes: that L is Villani, and (V2 alone) that it is
dissipative.
"""


OF_THE_DATA = frozenset({"constants", "labels"})
"""Mutations that only the reader with the data can refuse: to anybody else they are statements
about other data.
"""


# -- the third opinion -----------------------------------------------------------------------------


def narrowed(o: Json, m: Json) -> Json:
    """The certificate about one lambda or s of those that the original is about, where the mutant
    speaks of such; else the original.
    """
    try:
        old, new = (c["problem"] for c in (o, m))
        if {**old, "lambda": 0, "noise": 0} != {**new, "lambda": 0, "noise": 0}:
            return o
        changes: list[tuple[str, str, str]] = []
        for key, name in (("lambda", "lambda"), ("noise", "s")):
            if old[key] == new[key]:
                continue
            if old[key] is not None:
                return o
            value = Fraction(new[key])
            below = name == "lambda" and value <= 0
            if value <= 0 and not below:
                return o
            changes.append((name, f"every {name} {'<=' if below else '>'} 0", new[key]))
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return o
    for name, said, value in changes:
        # A statement for another range of lambda than the one that holds the new value is not
        # narrowed.
        o = json.loads(json.dumps(o).replace(said, f"{name} = {value}"))
        o["problem"]["lambda" if name == "lambda" else "noise"] = value
        o["assumptions"] = [
            f"s = {value}" if t == "s > 0 is arbitrary" and name == "s" else t
            for t in o["assumptions"]
        ]
        for defined in (o["constants"], *(s["defines"] for s in o["steps"])):
            if name in defined:
                defined[name] |= dict.fromkeys(("lo", "hi", "exact"), value)
    return o


def enclosed(o: Json, m: Json, rows: Sequence[Sequence[Any]]) -> Json:
    """The original with the mutant's enclosure of the largest eigenvalue of S, where mpmath finds
    it inside for these rows.
    """
    try:
        old, new = (c["problem"]["data"] for c in (o, m))
        low, high = (Fraction(v) for v in new["Lambda_S"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return o
    if new == old or {**new, "Lambda_S": 0} != {**old, "Lambda_S": 0}:
        return o
    context = mp.clone()
    context.dps = 60
    X = context.matrix([[context.mpf(int(v.p)) / int(v.q) for v in row] for row in rows])
    top = max(context.eigsy(X.T * X / len(rows), eigvals_only=True))
    ends = [context.mpf(q.numerator) / q.denominator for q in (low, high)]
    if not ends[0] - top < context.mpf(10) ** -40 * top > top - ends[1]:
        return o
    out = copy.deepcopy(o)
    out["problem"]["data"]["Lambda_S"] = new["Lambda_S"]
    pair = dict(zip(("lo", "hi"), new["Lambda_S"], strict=True))
    for defined in (out["constants"], *(s["defines"] for s in out["steps"])):
        if "Lambda_S" in defined:
            defined["Lambda_S"] |= pair
    return out


def retargeted(o: Json, m: Json) -> Json:
    """The original with the mutant's name of the target: without the reader's data it is a name of
    a column and no more.
    """
    try:
        name, old = m["problem"]["data"]["target"], o["problem"]["data"]["target"]
    except (KeyError, TypeError):
        return o
    if not isinstance(name, str) or name == old:
        return o
    out = copy.deepcopy(o)
    out["problem"]["data"]["target"] = name
    out["assumptions"] = [t.replace(f"target {old}", f"target {name}") for t in out["assumptions"]]
    return out


class Oracle:
    """True values of the constants of one certificate, by mpmath alone."""

    def __init__(self, content: Json) -> None:
        self.content, self.shown = content, False
        self.values: dict[str, tuple[Any, Any]] = {}
        expression = content["problem"]["activation"]["expression"]
        root = parse(expression)
        self.evaluator = Evaluator(root, 40)
        smooth = not any(n.op in terms.KINKED for n in terms.walk(root))
        judge = Judge(expression, seed=1) if smooth else None
        kappa = content["constants"].get("kappa")
        jobs: dict[str, Quantity] = {
            "S_hi": Quantity(0),
            "M1": Quantity(1, None, 0),
            "M2": Quantity(2, None, 0),
            "M3": Quantity(3, None, 0),
            "S0": Quantity(0, None, 0),
        }
        if kappa is not None and kappa["lo"] is not None:
            jobs["H"] = Quantity(1, Fraction(kappa["lo"]), 0)
        jobs["fall"] = Quantity(1, None, -1)
        c = self.evaluator.context
        for name, q in jobs.items():
            if judge is not None and name in content["constants"]:
                self._learn(judge, name, q, 1)
        if judge is not None and "S_lo" in content["constants"]:
            self._learn(judge, "S_lo", Quantity(0, None, -1), -1)
        if judge is not None:
            value = abs(self.evaluator.derivatives(0, 0)[0])
            self.values["sigma0"] = (value - c.mpf(10) ** -30, value + c.mpf(10) ** -30)
        # Two routes may define constants of one name, each its own.
        self.original: dict[str, list[Json]] = {
            name: [constant] for name, constant in content["constants"].items()
        }
        for s in content["steps"]:
            for name, constant in s["defines"].items():
                self.original.setdefault(name, []).append(constant)

    def _learn(self, judge: Judge, name: str, q: Quantity, sign: int) -> None:
        """Note sign * sup g with what the samples may miss of it."""
        found = judge.largest(q)
        if found is None:
            return
        best, z = found
        c = self.evaluator.context
        slack = c.mpf(10) ** -24 if abs(z) < 1000 else c.mpf(10) ** -8 * (1 + abs(best))
        self.values[name] = (sign * best - slack, sign * best + slack)

    def number(self, text: Any) -> Any:
        """A rational as an mpmath number."""
        q = Fraction(text)
        return self.evaluator.context.mpf(q.numerator) / q.denominator

    def constant(self, name: str, c: Any) -> str:
        """'true', 'false' or 'undecided' for a recorded constant."""
        same = [
            f
            for f in self.original.get(name, ())
            if isinstance(c, dict) and set(c) == set(f) and c["formula"] == f["formula"]
        ]
        if not same:
            return "false"
        if c in same:
            return "true"
        first = same[0]
        verdict = "true"
        if (c["lo"], c["hi"]) != (first["lo"], first["hi"]):
            try:
                lo, hi = self.number(c["lo"]), self.number(c["hi"])
                low, high = self.values.get(name) or (
                    self.number(first["lo"]),
                    self.number(first["hi"]),
                )
            except (TypeError, ValueError, ZeroDivisionError):
                return "false"
            if lo > high or hi < low:
                return "false"
            verdict = "true" if lo <= low and high <= hi else "undecided"
        if c["exact"] != first["exact"]:
            try:
                value = Evaluator(parse(c["exact"]), 40).derivatives(0, 0)[0]
                low, high = self.values.get(name) or (
                    self.number(first["lo"]),
                    self.number(first["hi"]),
                )
            except (TypeError, ValueError, ArithmeticError, AttributeError, ProofkitError):
                return "false" if c["exact"] is not None else verdict
            if not low <= value <= high:
                return "false"
        if c["at"] != first["at"]:
            return "undecided"
        return verdict

    def judge(self, mutant: Json, rows: Sequence[Sequence[Any]] | None = None) -> str:
        """'unchanged', 'true', 'undecided' or 'false' for a mutant the checker calls valid.

        ``rows``: the reader's, where the checker saw them; the name of the target is then no mere
        name.
        """
        judge = copy.copy(self)
        base = narrowed(self.content, mutant)
        base = retargeted(base, mutant) if rows is None else enclosed(base, mutant, rows)
        judge.content, judge.shown = base, rows is not None
        if base is not self.content:
            others = ("lambda", "s", "Lambda_S")
            judge.original = self.original | {
                k: [base["constants"][k]] for k in others if k in base["constants"]
            }
        verdicts = set(judge._differences(mutant))
        for verdict in ("false", "undecided", "true"):
            if verdict in verdicts:
                return verdict
        return "unchanged"

    def _headline(self, m: Json) -> str:
        """What the claim, the verdict and the sentence of a mutant say together."""
        o = self.content
        if [m.get(k) for k in HEADLINE] == [o[k] for k in HEADLINE]:
            return "unchanged"
        claim, verdict, statement = (m.get(k) for k in HEADLINE)
        if verdict == "UNKNOWN":
            return "true"  # it claims nothing
        if claim == "villani-iff" and verdict == "PROVED":
            return "false"  # its sentence is no step's
        said = [s for s in o["steps"] if s["statement"] == statement]
        if verdict == "PROVED":
            kinds = {s["claim"] for s in said}
            if claim == "lipschitz-threshold":
                said = [s for s in said if s["payload"].get("route") == "lipschitz"]
                kinds = {s["claim"] for s in said}
            return "true" if HEADS.get(str(claim), "") in kinds else "false"
        if verdict != "REFUTED" or claim not in REFUTABLE:
            return "false"
        rules = {s["rule"] for s in said if s["claim"] in FAILS}
        beyond = {"villani-one-signed": {"V4 fails"}, "dissipativity": {"V1 fails", "V4 fails"}}
        rules -= {s["rule"] for s in said if s["claim"] in beyond.get(str(claim), ())}
        if o["problem"]["lambda"] is None:
            rules &= {
                "kink on an instance",
                "kink of the loss",
                "mirrored units",
                "cancelling units",
            } | ({"escaping critical points"} if claim == "villani-iff" else set())
        return "true" if rules else "false"

    def _differences(self, m: Json) -> Iterator[str]:
        o = self.content
        yield self._headline(m)
        for key in o:
            if key in ("digest", *QUOTED) or m.get(key) == o[key]:
                continue
            if (
                key == "problem"
                and isinstance(m.get(key), dict)
                and self._named(m[key]) == self._named(o[key])
            ):
                continue  # the activation's name and the end of a file's hash are quotations as well
            if key == "problem" and (self._kinked(m) or self._steep(m)):
                yield "true"
                continue
            if key in HEADLINE:
                continue  # judged together below
            if key == "constants":
                yield from (self.constant(name, c) for name, c in m[key].items())
            elif key == "steps":
                yield from self._steps(m[key])
            elif key in ("goals", "evidence"):
                yield "true"  # names of steps and a summary of them: what they prove is judged with the steps
            elif key in ("conditions", "routes"):
                yield from self._reasons(m[key], o[key])
            elif key == "lambda_threshold":
                routes = [
                    {
                        "value": r["threshold"],
                        "strict": True,
                        "route": r["name"],
                        "enclosure": r["enclosure"],
                    }
                    for r in o["routes"]
                    if r["verdict"] == "PROVED"
                ]
                said = json.loads(json.dumps(m[key]).replace('"-0"', '"0"'))
                yield "true" if said is None or said in routes else "false"
            elif key == "published_threshold":
                yield from self._pair(m[key], o[key])
            elif key == "witness" and m[key] is None:
                yield "true"  # saying less
            else:
                yield "false"

    def _kinked(self, m: Json) -> bool:
        """For a refutation by a kink: sigma of the mutant has that kink and no sharper one at a
        whole number nearby, by differences.
        """
        w = self.content["witness"]
        if not w or w.get("kind") != "kink":
            return False
        spec = {**m["problem"], "activation": self.content["problem"]["activation"]}
        if spec != self.content["problem"] or m["witness"] != w:
            return False
        try:
            f = Evaluator(parse(m["problem"]["activation"]["expression"]), 60)
            step = f.context.mpf(10) ** -30

            def jumps(at: Any) -> list[bool]:
                left, right = (
                    f.derivatives(at - step, w["order"] + 1),
                    f.derivatives(at + step, w["order"] + 1),
                )
                return [abs(a - b) > 1e-15 for a, b in zip(left, right, strict=True)]

            here = jumps(self.number(w["at"]))
            return (
                here[-1]
                and not any(here[:-1])
                and not any(any(jumps(f.context.mpf(i))[:-1]) for i in range(-9, 10))
            )
        except (ArithmeticError, ValueError, TypeError, ProofkitError):
            return False

    def _steep(self, m: Json) -> bool:
        """For a refutation by mirrored units: sigma of the mutant is smooth and as steep as the
        step says, at points from its start on.
        """
        w = self.content["witness"]
        if not w or w.get("kind") != "mirrored":
            return False
        spec = {**m["problem"], "activation": self.content["problem"]["activation"]}
        if (
            spec != self.content["problem"]
            or m["witness"] != w
            or m["statement"] != self.content["statement"]
        ):
            return False
        try:
            root = parse(m["problem"]["activation"]["expression"])
            if any(n.op in terms.KINKED for n in terms.walk(root)):
                return False
            f = Evaluator(root, 40)
            for step in m["steps"]:
                if step["rule"] == "steep":
                    p = step["payload"]
                    start, factor = self.number(p["start"]), self.number(p["factor"])
                    for k in range(200):
                        t = start * (1 + f.context.mpf(k) ** 2 / 100)
                        if p["sign"] * f.derivatives(t * p["end"], 1)[1] < factor * t ** p[
                            "power"
                        ] * (1 - f.context.mpf(10) ** -30):
                            return False
        except (ArithmeticError, ValueError, TypeError, KeyError, ProofkitError):
            return False
        return True

    def _named(self, spec: Json) -> Json:
        out = copy.deepcopy(spec)
        if isinstance(out.get("activation"), dict):
            out["activation"]["name"] = ""
        if isinstance(out.get("data"), dict):
            out["data"]["sha256"] = str(out["data"].get("sha256"))[:16]
            names = out["data"].get("features")
            if isinstance(names, list) and all(isinstance(name, str) for name in names):
                out["data"]["features"] = len(names)  # names of columns are names
            if not self.shown:  # a digest that is compared with the reader's rows only
                out["data"]["rows_sha256"] = ""
        outer = out.get("outer")
        if isinstance(outer, dict) and not str(outer.get("source")).startswith("width "):
            outer["sha256"] = (
                ""  # a file's: quoted, and compared with the reader's file only; so are its first weights, but for their signs
            )
            for key in ("first_positive", "first_negative"):
                outer[key] = None if outer.get(key) is None else str(outer[key]).startswith("-")
            outer |= {
                k: str(outer[k]).replace("-0", "0")
                for k in ("a_plus", "a_minus")
                if str(outer.get(k)) == "-0"
            }
        return out

    def _reasons(self, mine: Any, theirs: Any) -> Iterator[str]:
        said = {s["statement"] for s in self.content["steps"]}
        pairs = (
            [(mine.get(k), theirs[k]) for k in theirs]
            if isinstance(theirs, dict)
            else list(zip(mine, theirs, strict=False))
        )
        if len(mine) < len(theirs):
            yield "true"  # saying less is not false
        for a, b in pairs:
            if a == b or (isinstance(theirs, list) and a in theirs):
                continue
            if (
                isinstance(a, dict)
                and isinstance(b, dict)
                and b["verdict"] == "UNKNOWN"
                and {**a, "reason": ""} == {**b, "reason": ""}
            ):
                yield "true"  # why something stayed open is quoted
            elif (
                isinstance(a, dict)
                and isinstance(b, dict)
                and {**a, "reason": ""} == {**b, "reason": ""}
                and a["reason"][:3] == b["reason"][:3]
                and a["reason"] in said
            ):
                yield "true"  # another route to the same condition
            elif isinstance(a, dict) and isinstance(b, dict) and a.get("verdict") == "UNKNOWN":
                yield "true"  # claiming less
            elif (
                isinstance(a, dict)
                and isinstance(b, dict)
                and a.get("reason") in said
                and a["reason"][:2] == b["reason"][:2]
                and a.get("verdict")
                == ("REFUTED" if a["reason"][2:].startswith(" fails") else "PROVED")
            ):
                yield "true"  # of a condition that is proved for some lambda and fails for others, the other half
            elif isinstance(a, dict) and isinstance(b, dict) and "enclosure" in a:
                yield from self._pair(a, b)
            else:
                yield "false"

    def _pair(self, a: Any, b: Any) -> Iterator[str]:
        if a is None:
            yield "true"
            return
        if b is None or {**a, "enclosure": None, "step": None} != {
            **b,
            "enclosure": None,
            "step": None,
        }:
            yield "false"
            return
        if a["enclosure"] != b["enclosure"]:
            if a["enclosure"] is None:
                yield "true"
                return
            try:
                lo, hi, low, high = (self.number(v) for v in (*a["enclosure"], *b["enclosure"]))
            except (TypeError, ValueError):
                yield "false"
                return
            yield (
                "false"
                if lo > high or hi < low
                else "true"
                if lo <= low and high <= hi
                else "undecided"
            )

    def _steps(self, mine: Sequence[Any]) -> Iterator[str]:
        known = {
            (s["rule"], s["claim"], s["statement"], s["evidence"], s["about"])
            for s in self.content["steps"]
        }
        for s in mine:
            said = (s["rule"], s["claim"], s["statement"], s["evidence"], s["about"])
            if said not in known:
                yield self._said(s)
            yield from (self.constant(name, c) for name, c in s["defines"].items())
            payloads = [
                t["payload"]
                for t in self.content["steps"]
                if (t["rule"], t["statement"]) == (s["rule"], s["statement"])
            ]
            if payloads and s["payload"] not in payloads:
                inside = (
                    "proofs" in s["payload"]
                    or "l1" in s["payload"]
                    or s["rule"] in ("derivation", "asymptote")
                )
                yield "true" if inside else "false"

    def _said(self, s: Any) -> str:
        """A sentence that differs in the last digits of its numbers only is judged with the
        constants.
        """
        for t in self.content["steps"]:
            if {**s, "statement": "", "defines": 0, "payload": 0, "id": 0, "premises": 0} == {
                **t,
                "statement": "",
                "defines": 0,
                "payload": 0,
                "id": 0,
                "premises": 0,
            }:
                same = "".join(
                    ch for ch in s["statement"] if not ch.isdigit() and ch not in ".-"
                ) == "".join(ch for ch in t["statement"] if not ch.isdigit() and ch not in ".-")
                if same:
                    return "undecided"
        return "false"


# -- the campaign ----------------------------------------------------------------------------------


def reader_of(content: Json) -> Reader | None:
    """The reader with the bundled data, where a certificate is about these and holds for that
    reader; else None.
    """
    data = content["problem"]["data"]
    file = resources.files("proofkit").joinpath("data/diabetes.csv")
    with resources.as_file(file) as path:
        raw = path.read_bytes()
        if not data or data["sha256"] != hashlib.sha256(raw).hexdigest():
            return None
        above = (data["labels"] or {}).get("above")
        reader = load_problem(path, data["target"], label_above=above)
    return reader if check(content, reader).status == VALID else None


def one_batch(job: tuple[str, str, int, int, int]) -> Tally:
    """Mutants number first..first+n-1 of one certificate."""
    path, other_path, seed, first, n = job
    content = json.loads(Path(path).read_text())
    other = json.loads(Path(other_path).read_text())
    oracle: Oracle | None = None
    cache: dict[Any, Any] = {}
    reader = reader_of(content)
    tally = Tally()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "mutant.json"
        for i in range(first, first + n):
            rng = random.Random(f"{seed}:{Path(path).name}:{i}")
            found = None
            while found is None or (reader is None and found[0] in OF_THE_DATA):
                found = mutate(rng, content, other)
            kind, mutant = found
            shown = reader is not None and (i % 2 == 1 or kind in OF_THE_DATA)
            start = time.monotonic()
            outcome, note = "crash", ""
            try:
                if isinstance(mutant, str):
                    file.write_bytes(mutant.encode("utf-8", "surrogateescape"))
                    mutant = load(file)
                # Every other mutant is shown to the reader whose problem the original is about.
                result = check(mutant, reader if shown else None, cache)
                outcome = REFUSED.get(result.status, "")
                if result.valid:
                    oracle = oracle or Oracle(content)
                    outcome = oracle.judge(mutant, reader.rows if shown and reader else None)
                    note = f"{kind} {i}"
            except Unreadable:
                outcome = "unreadable"
            except Exception as error:
                note = f"{type(error).__name__}: {error}"
            seconds = time.monotonic() - start
            tally.slowest = max(tally.slowest, seconds)
            if seconds > SLOW:
                outcome = "time-out"
            tally.counts.setdefault(kind, Counter())[outcome] += 1
            if outcome in ("false", "crash", "time-out"):
                tally.violations.append(
                    {
                        "certificate": Path(path).name,
                        "mutant": str(i),
                        "kind": kind,
                        "outcome": outcome,
                        "note": note[:200],
                    }
                )
            if len(cache) > 4000:
                cache.clear()
    return tally


def campaign(
    paths: Sequence[Path],
    n: int,
    seed: int,
    jobs: int,
    progress: Callable[[int, int], None] | None = None,
) -> Tally:
    """``n`` mutants spread evenly over the certificates; the same mutants whatever the number of
    processes.
    """
    share = [n // len(paths) + (i < n % len(paths)) for i in range(len(paths))]
    rng = random.Random(seed)
    work = [
        (str(p), str(rng.choice(list(paths))), seed, 0, k)
        for p, k in zip(paths, share, strict=True)
        if k
    ]
    total = Tally()
    if jobs == 1:
        for done, job in enumerate(work, 1):
            total.add(one_batch(job))
            if progress:
                progress(done, len(work))
        return total
    with worker_processes(jobs) as pool:
        for done, tally in enumerate(in_order(pool, one_batch, work), 1):
            total.add(tally)
            if progress:
                progress(done, len(work))
    return total
