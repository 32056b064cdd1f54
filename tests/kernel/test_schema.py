"""The published schema of certificates."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from proofkit.kernel import schema
from proofkit.kernel.claims import CLAIMS, RANGES, WITNESSES
from proofkit.kernel.proposals import PROPOSALS
from proofkit.kernel.symbols import lam
from proofkit.kernel.univariate.terms import to_text

FILE = Path(schema.__file__).with_name("certificate.schema.json")


def test_the_published_schema_is_that_of_the_records() -> None:
    assert FILE.read_text() == schema.text()


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema.schema())


@pytest.mark.parametrize("kind", [*CLAIMS, *PROPOSALS, *RANGES, *WITNESSES])
def test_every_record_has_its_definition(kind: type) -> None:
    definitions = schema.schema()["$defs"]
    assert isinstance(definitions, dict)
    found = definitions[f"{kind.__name__}.is"]
    assert isinstance(found, dict)
    properties = found["properties"]
    assert isinstance(properties, dict)
    assert properties["is"] == {"const": kind.__name__}
    assert found["additionalProperties"] is False


def test_a_field_is_called_as_on_paper() -> None:
    definitions = schema.schema()["$defs"]
    assert isinstance(definitions, dict)
    problem = definitions["ProblemRecord"]
    assert isinstance(problem, dict)
    assert to_text(lam) in problem["properties"]  # pyright: ignore[reportOperatorIssue]
