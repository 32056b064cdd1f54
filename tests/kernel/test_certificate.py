"""Certificates of version 3 as documents: what is read, what is refused, how it is written."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from proofkit.activation.catalogue import Activation
from proofkit.certificates import document_of
from proofkit.kernel import schema
from proofkit.kernel.certificate import (
    AnotherFormatError,
    Document,
    UnreadableError,
    content_of,
    digest_of,
    document_of_json,
    problem_of,
    read,
    sealed,
    to_json,
)
from proofkit.kernel.codec import MalformedError
from proofkit.kernel.objective.data import outer_from_seed
from proofkit.kernel.objective.objective import Objective
from proofkit.losses.catalogue import resolve as resolve_loss
from proofkit.problem.problem import Problem
from proofkit.tactics.prove import prove
from proofkit.tactics.workbench import Library

LIBRARY = Library()


def made(text: str = "tanh", claim: str = "villani", loss: str = "squared") -> Document:
    """The certificate of a claim about all data."""
    return document_of(prove(Problem(Activation.of(text), loss), claim, LIBRARY))


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("tanh", "villani"),
        ("z^2", "villani"),
        ("relu", "villani"),
        ("z + 2*sin(z)", "escaping"),
        ("tanh", "rate-langevin"),
        ("softplus", "rate-continuous"),
        ("softplus", "rate-langevin"),
    ],
)
@pytest.mark.parametrize("loss", ["squared", "logistic"])
def test_it_comes_back_as_it_was(text: str, claim: str, loss: str, tmp_path: Path) -> None:
    document = made(text, claim, loss)
    path = tmp_path / "c.json"
    path.write_text(to_json(document))
    assert read(path) == document
    jsonschema.validate(
        json.loads(path.read_text()), schema.schema(), jsonschema.Draft202012Validator
    )


def test_the_schema_refuses_what_the_reader_refuses() -> None:
    content: dict[str, Any] = dict(content_of(made()))
    validator = jsonschema.Draft202012Validator(schema.schema())
    assert validator.is_valid(content)
    for change in ({"verdict": "TRUE"}, {"version": 1}, {"more": 1}, {"goals": "s1"}):
        assert not validator.is_valid(content | change)
        with pytest.raises(MalformedError):
            document_of_json(content | change)


def test_the_digest_is_that_of_the_content_without_it() -> None:
    document = made()
    content = content_of(document)
    assert document.digest == digest_of(content)
    assert sealed(replace(document, digest="")) == document
    with pytest.raises(MalformedError, match="digest"):
        document_of_json(content_of(replace(document, open="everything")))


def test_lists_of_numbers_stand_in_one_line_and_what_fits_does_too() -> None:
    text = to_json(made())
    assert json.loads(text) == content_of(made())
    assert any('"breaks": ["-16", ' in line and line.endswith("],") for line in text.splitlines())
    assert '  {"name": "V1", "verdict": "PROVED", "step": "s2"},' in text.splitlines()


def test_one_step_says_a_thing_once() -> None:
    text = json.dumps(content_of(made()))
    for word in ("for every W", "assumptions", "payload", "defines"):
        assert word not in text


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        ("[]", AnotherFormatError),
        ('{"format": "x"}', AnotherFormatError),
        ('{"x": 1.5}', AnotherFormatError),
        ('{"format": "proofkit-certificate", "version": 1}', UnreadableError),
        ('{"format": "proofkit-certificate", "version": 4}', UnreadableError),
        ('{"format": "proofkit-certificate", "version": 3.0}', UnreadableError),
        ('{"format": "proofkit-certificate", "version": 3}', MalformedError),
        ('{"format": "proofkit-certificate", "format": "x"}', UnreadableError),
        ("[" * 100_000, UnreadableError),
        ("9" * 10_000, AnotherFormatError),
        ("\x00", UnreadableError),
        ("", UnreadableError),
    ],
)
def test_what_is_no_certificate(tmp_path: Path, raw: str, error: type[Exception]) -> None:
    path = tmp_path / "c.json"
    path.write_text(raw)
    with pytest.raises(error) as caught:
        read(path)
    assert type(caught.value) is error


def test_a_gigabyte_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "big.json"
    with path.open("wb") as file:
        file.truncate(2**30)
    tracemalloc.start()
    with pytest.raises(UnreadableError, match="larger than"):
        read(path)
    assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    tracemalloc.stop()


def test_a_file_that_is_not_there_and_a_device(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", Path("/dev/zero"), tmp_path):
        with pytest.raises(UnreadableError):
            read(path)


def test_a_problem_comes_back_as_it_was() -> None:
    sigma = Activation.of("softplus(beta=3/2)").root
    objective = Objective(
        sigma, resolve_loss("logistic"), Fraction(-1, 3), Fraction(1, 7), name="softplus"
    )
    record = problem_of(objective)
    assert record.objective() == objective
    assert record.outer is None
    weights = outer_from_seed(3, 1)
    with_weights = problem_of(replace(objective, outer=weights))
    assert with_weights.objective().outer == weights


@pytest.mark.parametrize("text", ["z +", "lambda*z", "tanh( z)", "y", ""])
def test_an_activation_is_an_expression_written_in_one_way(text: str) -> None:
    record = made().problem
    lie = replace(record, activation=replace(record.activation, expression=text))
    with pytest.raises(MalformedError, match="the activation is"):
        lie.objective()
