"""CITATION.cff: a valid file of the Citation File Format 1.2.0 about this version."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import proofkit

ROOT = Path(__file__).parents[1]
# Of the schema of CFF 1.2.0: the keys that must be there, and those that this file uses.
REQUIRED = {"authors", "cff-version", "message", "title"}
KNOWN = REQUIRED | {"abstract", "keywords", "license", "type", "version"}


def read() -> dict[str, Any]:
    """The file, which keeps to a small part of YAML: plain and quoted values, and lists of these."""
    content: dict[str, Any] = {}
    items: list[Any] = []
    for line in (ROOT / "CITATION.cff").read_text().splitlines():
        assert "\t" not in line and line == line.rstrip()
        if line.startswith("  - "):
            items.append(value(line[4:]))
            continue
        key, colon, rest = line.partition(":")
        assert colon and key not in content and key.strip() == key
        if rest:
            content[key] = value(rest.strip())
        else:
            items = content[key] = []
    return content


def value(text: str) -> Any:
    if text.startswith("name: "):
        return {"name": value(text.removeprefix("name: "))}
    if text.startswith('"'):
        assert text.endswith('"') and '"' not in text[1:-1] and "\\" not in text
        return text[1:-1]
    assert ": " not in text and "#" not in text, "a value like this needs quotes"
    return text


def test_the_citation_file_is_valid_and_of_this_version() -> None:
    content = read()
    assert REQUIRED <= set(content) <= KNOWN
    assert content["cff-version"] == "1.2.0" and content["type"] == "software"
    assert content["authors"] == [{"name": "The proofkit developers"}]
    assert all(isinstance(word, str) and word for word in content["keywords"])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert content["version"] == project["version"] == proofkit.__version__
    assert content["license"] == project["license"]


def test_it_reads_the_same_as_yaml() -> None:
    import yaml  # comes with Dask

    loaded = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert loaded == read()
