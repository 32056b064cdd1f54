"""Certificates of proofs as JSON, and copies that say something else under a right digest."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from proofkit.activation.catalogue import Activation
from proofkit.certificates import document_of
from proofkit.check.outcome import check
from proofkit.kernel.certificate import digest_of, to_json
from proofkit.problem.data import outer_from_seed, summarise
from proofkit.problem.problem import Problem
from proofkit.reading.table import Table, load_table
from proofkit.tactics.prove import prove
from proofkit.tactics.workbench import Library

Json = dict[str, Any]
ROWS = "a,b,y\n1,2,1\n3,4.5,-1\n0.5,-1,1\n"
LIBRARY = Library()


def symbolic(text: str, loss: str = "squared", **given: Any) -> Problem:
    """A problem about all data."""
    return Problem(Activation.of(text), loss, **given)


def bound(csv: Path, text: str, change: Json | None = None, **given: Any) -> Problem:
    """A problem about the rows of a file, some constants of which may be changed."""
    data = replace(summarise(load_table(csv, "y")), **(change or {}))
    return Problem(Activation.of(text), "squared", data=data, outer=outer_from_seed(5, 3), **given)


def document(problem: Problem, claim: str = "villani", table: Table | None = None) -> Json:
    """What the certificate of a proof would say, whatever its data came from, as JSON."""
    return json.loads(to_json(document_of(prove(problem, claim, LIBRARY, table))))


@cache
def _written(text: str, claim: str, loss: str, lam: str | None, noise: str | None) -> str:
    given = {"lam": lam and Fraction(lam), "noise": noise and Fraction(noise)}
    return json.dumps(document(symbolic(text, loss, **given), claim))


def certificate(
    text: str,
    claim: str = "villani",
    loss: str = "squared",
    lam: str | None = None,
    noise: str | None = None,
) -> Json:
    """The certificate of a claim about all data, each made once."""
    return json.loads(_written(text, claim, loss, lam, noise))


def forged(content: Json, change: Callable[[Json], object]) -> Json:
    """A changed copy with the digest of its content."""
    out = copy.deepcopy(content)
    change(out)
    out["digest"] = digest_of(out)
    return out


def replaced(content: Json, *changes: tuple[str, str]) -> Json:
    """A copy with texts replaced wherever they stand, and its digest."""
    text = json.dumps(content)
    for old, new in changes:
        text = text.replace(old, new)
    return forged(json.loads(text), lambda _: None)


def step(content: Json, rule: str, constant: str | None = None) -> Json:
    """The first step of a rule, which introduces a constant."""
    return next(
        s
        for s in content["steps"]
        if s["rule"] == rule
        and (constant is None or constant in [c["name"] for c in s.get("constants", ())])
    )


def constants(content: Json, name: str) -> Iterator[Json]:
    """A constant in every step that introduces it."""
    for s in content["steps"]:
        yield from (c for c in s.get("constants", ()) if c["name"] == name)


def reason(content: Json) -> str:
    """Why a certificate is not accepted."""
    return check(content).lines[-1].reason
