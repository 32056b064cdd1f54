"""Mutants of certificates: one or two changes to the JSON object, with its digest made anew.

A mutation changes an object in place and says whether it changed anything.  Those of this module
alter what is written and nothing else; ``proofkit.campaign.remade`` has the kernel write the steps
anew that follow from a change.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from proofkit.campaign import forgeries
from proofkit.campaign.places import Json, Place, get, leaves, put
from proofkit.campaign.remade import remade
from proofkit.kernel.certificate import digest_of

Mutation = Callable[[random.Random, Json], bool]

DIGESTED = 0.95
"""The share of mutants whose digest is made anew."""
OF_THE_DATA = frozenset({"quoted", "labels", "scaling"})
"""Mutations that only the reader with the data can refuse: to anybody else they are statements
about other data.
"""
EXCHANGES = (
    (">=", "<="),
    ("<=", ">="),
    (" > ", " >= "),
    (" < ", " <= "),
    ("every", "some"),
    ("PROVED", "REFUTED"),
    ("REFUTED", "PROVED"),
    ("UNKNOWN", "PROVED"),
    ("kernel-checked", "Coq-checked"),
    ("cited", "kernel-checked"),
    ("u^2/2", "u^2"),
    ("u^2/2", "log(1 + exp(-m))"),
    ("exp(-m)", "exp(m)"),
    ("log(cosh(u))", "cosh(u)"),
    ("euler", "bounded"),
    ("lipschitz", "euler"),
    ("lambda", "s"),
    ("+", "-"),
    ("*", "/"),
    ("^2", "^3"),
    ("M1", "M2"),
    ("S_hi", "S_lo"),
    ("Max", "Min"),
    ("V2", "V4"),
)
ODD_VALUES = (
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
    "../x",
    10**17,
)


def mutate(rng: random.Random, content: Json, other: Json) -> tuple[str, Json | str] | None:
    """(kind, the mutant), text where it is no JSON object any more; None where nothing changed.

    ``other`` is another certificate, parts of which may be transplanted.
    """
    kind = rng.choice(KINDS)
    if kind == "text":
        return kind, _text(rng, json.dumps(content))
    made = copy.deepcopy(content)
    try:
        for _ in range(1 if rng.random() < 0.8 else 2):
            if not _changed(kind, rng, made, other):
                return None
    except (KeyError, IndexError, TypeError, ValueError, ZeroDivisionError):
        return None  # the first of two changes left nothing for the second one
    if rng.random() < DIGESTED:
        made["digest"] = digest_of(made)
    return kind, made


def _changed(kind: str, rng: random.Random, made: Json, other: Json) -> bool:
    if kind == "transplant":
        return _transplant(rng, made, other)
    if kind == "remade":
        return MUTATIONS[rng.choice(REMAKEABLE)](rng, made) and remade(made)
    return MUTATIONS[kind](rng, made)


# -- any leaf --------------------------------------------------------------------------------------


def _pick(
    rng: random.Random, content: Json, keep: Callable[[Place, Any], bool]
) -> tuple[Place, Any] | None:
    found = [(p, v) for p, v in leaves(content) if p[0] != "digest" and keep(p, v)]
    # A certificate is mostly covers: half of the mutations look elsewhere.
    if rng.random() < 0.5:
        found = [(p, v) for p, v in found if "proposal" not in p] or found
    return rng.choice(found) if found else None


def _digit(rng: random.Random, content: Json) -> bool:
    """Another digit in a text."""
    hit = _pick(rng, content, lambda _, v: isinstance(v, str) and any(map(str.isdigit, v)))
    if hit is None:
        return False
    place, text = hit
    i = rng.choice([i for i, letter in enumerate(text) if letter.isdigit()])
    digit = rng.choice([d for d in "0123456789" if d != text[i]])
    put(content, place, text[:i] + digit + text[i + 1 :])
    return True


def _sign(rng: random.Random, content: Json) -> bool:
    """Another sign of a number."""
    hit = _pick(rng, content, lambda _, v: _is_number(v))
    if hit is None:
        return False
    place, value = hit
    negative = -value if isinstance(value, int) else _negative(value)
    put(content, place, negative)
    return negative != value


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return value.lstrip("-")[:1].isdigit()
    return type(value) is int


def _negative(text: str) -> str:
    return text[1:] if text.startswith("-") else "-" + text


def _word(rng: random.Random, content: Json) -> bool:
    """A word, an operator or a name in a text."""
    old, new = rng.choice(EXCHANGES)
    hit = _pick(rng, content, lambda _, v: isinstance(v, str) and old in v)
    if hit is None:
        return False
    place, text = hit
    put(content, place, text.replace(old, new, 1 if rng.random() < 0.7 else -1))
    return True


def _borrowed(rng: random.Random, content: Json) -> bool:
    """The value of a field instead of that of another field of the same name."""
    hit = _pick(rng, content, lambda p, _: p[0] == "steps" and isinstance(p[-1], str))
    if hit is None:
        return False
    place, value = hit
    others = [v for p, v in leaves(content["steps"]) if p[-1] == place[-1] and v != value]
    if not others:
        return False
    put(content, place, copy.deepcopy(rng.choice(others)))
    return True


def _shape(rng: random.Random, content: Json) -> bool:
    """A value dropped, added, of another kind or in a list."""
    hit = _pick(rng, content, lambda p, _: len(p) > 0)
    if hit is None:
        return False
    place = hit[0][: rng.randint(1, len(hit[0]))]
    parent, value = get(content, place[:-1]), get(content, place)
    match rng.randrange(4):
        case 0:
            del parent[place[-1]]
        case 1:
            put(content, place, rng.choice(ODD_VALUES))
        case 2 if isinstance(parent, dict):
            parent["extra"] = 1
        case _:
            put(content, place, [value])
    return True


def _text(rng: random.Random, text: str) -> str:
    """A text that may be no JSON: a key twice, cut off, a number that is none, nested, one letter."""
    i = rng.randrange(1, len(text))
    match rng.randrange(5):
        case 0:
            twice = ('{"verdict": "PROVED", ', '{"format": "proofkit-certificate", ')
            return text.replace("{", rng.choice(twice), 1)
        case 1:
            return text[:i]
        case 2:
            number = rng.choice(["NaN", "Infinity", "1e400", "1.5", "9" * 5000])
            return text.replace('"lo": "', f'"lo": {number}, "x": "', 1)
        case 3:
            return text.replace("[", "[" * rng.choice([10, 10**5]), 1)
        case _:
            return text[:i] + chr(rng.randrange(256)) + text[i + 1 :]


def _transplant(rng: random.Random, content: Json, other: Json) -> bool:
    """A part of another certificate, or one of its steps."""
    key = rng.choice([key for key in content if key not in ("format", "version", "digest")])
    if key == "steps" and rng.random() < 0.5:
        i = rng.randrange(len(content["steps"]))
        content["steps"][i] = {
            **copy.deepcopy(rng.choice(other["steps"])),
            "id": content["steps"][i]["id"],
        }
        return True
    changed = content[key] != other[key]
    content[key] = copy.deepcopy(other[key])
    return changed


# -- the table -------------------------------------------------------------------------------------

MUTATIONS: Mapping[str, Mutation] = MappingProxyType(
    {
        "digit": _digit,
        "sign": _sign,
        "word": _word,
        "borrowed": _borrowed,
        "shape": _shape,
        "scope": forgeries.scope,
        "claim": forgeries.claim,
        "rule": forgeries.rule,
        "premises": forgeries.premises,
        "steps": forgeries.steps,
        "constant": forgeries.constant,
        "cover": forgeries.cover,
        "witness": forgeries.witness,
        "problem": forgeries.problem,
        "verdict": forgeries.verdict,
        "condition": forgeries.condition,
        "range": forgeries.range_,
        "quoted": forgeries.quoted,
        "labels": forgeries.labels,
        "scaling": forgeries.scaling,
    }
)
REMAKEABLE = (
    "scope",
    "rule",
    "premises",
    "steps",
    "cover",
    "witness",
    "problem",
    "range",
    "borrowed",
)
"""Changes after which a forger may have the kernel write the later steps anew."""
KINDS = (*MUTATIONS, "transplant", "text", *["remade"] * 4)
