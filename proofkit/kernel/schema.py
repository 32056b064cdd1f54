"""The JSON schema of certificates, made from the records that the codec reads.

``certificate.schema.json`` beside this module is what ``text`` returns; a test compares the two.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields
from fractions import Fraction
from typing import get_args, get_origin

from proofkit.kernel import certificate
from proofkit.kernel.certificate import Document
from proofkit.kernel.codec import (
    JSON,
    MAX_DIGITS,
    TAG,
    classes_of,
    hints_of,
    is_literal,
    item_of,
    key_of,
    options_of,
)
from proofkit.kernel.univariate.terms import Node
from proofkit.reading.scaling import MAX_LENGTH, Decimal

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_RATIONAL: Mapping[str, JSON] = {
    "description": "a rational number in lowest terms, p/q or p",
    "type": "string",
    "pattern": "^-?[0-9]+(/[1-9][0-9]*)?$",
    "maxLength": 2 * MAX_DIGITS,
}
_DECIMAL: Mapping[str, JSON] = {
    "description": "a decimal, without zeros that say nothing",
    "type": "string",
    "pattern": r"^-?[0-9]+(\.[0-9]+)?$",
    "maxLength": MAX_LENGTH,
}
_TERM: Mapping[str, JSON] = {
    "description": "a term in the grammar of formulas",
    "type": "string",
    "minLength": 1,
}


def schema() -> dict[str, JSON]:
    """The schema of a certificate: one definition for each class of record."""
    definitions: dict[str, JSON] = {}
    _define(Document, definitions)
    document = definitions.pop(Document.__name__)
    assert isinstance(document, dict), "a record is an object"
    properties = document["properties"]
    assert isinstance(properties, dict), "of its fields"
    properties["format"] = {"const": certificate.FORMAT}
    properties["version"] = {"const": certificate.VERSION}
    return {
        "$schema": DIALECT,
        "title": "proofkit certificate",
        **document,
        "description": (
            "A field that is unknown is refused.  Later proofkits may add optional fields to this "
            "version; a field that has its default is left out."
        ),
        "$defs": dict(sorted(definitions.items())),
    }


def text() -> str:
    """The file of the schema."""
    return json.dumps(schema(), indent=1) + "\n"


def _define(kind: type, definitions: dict[str, JSON], tagged: bool = False) -> str:
    """Put a record, and all that it holds, among the definitions; returns the name it has there.

    A record that says its class, being one of several, is another definition than one that does
    not.
    """
    name = f"{kind.__name__}.{TAG}" if tagged else kind.__name__
    if name in definitions:
        return name
    definitions[name] = None  # so that a record that holds its own kind ends here
    hints = hints_of(kind)
    properties: dict[str, JSON] = {TAG: {"const": kind.__name__}} if tagged else {}
    properties |= {key_of(f): _schema_of(hints[f.name], definitions) for f in fields(kind)}
    required: list[JSON] = [TAG] if tagged else []
    required += [key_of(f) for f in fields(kind) if f.default is MISSING]
    definitions[name] = {
        "description": _first_sentence(kind),
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
    return name


def _first_sentence(kind: type) -> str:
    return " ".join((kind.__doc__ or "").partition("\n\n")[0].split())


def _schema_of(kind: object, definitions: dict[str, JSON]) -> JSON:
    """The schema of a value of a declared type."""
    plain: list[JSON] = [
        _plain(option, definitions)
        for option in options_of(kind)
        if not (isinstance(option, type) and classes_of(option))
    ]
    records = classes_of(kind)
    for record in records:
        name = _define(record, definitions, tagged=len(records) > 1)
        plain.append({"$ref": f"#/$defs/{name}"})
    return plain[0] if len(plain) == 1 else {"oneOf": plain}


def _plain(option: object, definitions: dict[str, JSON]) -> JSON:
    """The schema of what is no record."""
    if option is type(None):
        return {"type": "null"}
    if option is Fraction:
        return dict(_RATIONAL)
    if option is Decimal:
        return dict(_DECIMAL)
    if option is Node:
        return dict(_TERM)
    if option is bool:
        return {"type": "boolean"}
    if option is int:
        return {"type": "integer"}
    if option is str:
        return {"type": "string"}
    if is_literal(option):
        return {"enum": list(get_args(option))}
    if get_origin(option) is tuple:
        return _array(option, definitions)
    raise TypeError(f"{option} has no form in JSON")


def _array(option: object, definitions: dict[str, JSON]) -> JSON:
    inner = get_args(option)
    if len(inner) == 2 and inner[1] is Ellipsis:
        return {"type": "array", "items": _schema_of(inner[0], definitions)}
    items: list[JSON] = [
        _schema_of(item_of(option, position), definitions) for position in range(len(inner))
    ]
    return {
        "type": "array",
        "prefixItems": items,
        "items": False,
        "minItems": len(items),
        "maxItems": len(items),
    }
