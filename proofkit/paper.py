"""Certificates from files to LaTeX: read, checked, joined with what Coq said of them, written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from proofkit import formal
from proofkit.certificates import record_of
from proofkit.check.reader import Reader
from proofkit.errors import InputError
from proofkit.files import write_atomically
from proofkit.kernel.certificate import read_json
from proofkit.render.paper import Options, Source, article, bibtex, fragment

TEMPLATES = (
    "fragment.tex.j2",
    "article.tex.j2",
    "preamble.tex.j2",
    "macros.tex.j2",
    "body.tex.j2",
    "setting.tex.j2",
    "piece.tex.j2",
    "steps.tex.j2",
    "references.tex.j2",
    "appendix.tex.j2",
    "families.tex.j2",
    "report.html.j2",
    "plot.html.j2",
)


class Invalid(InputError):
    """A certificate that does not hold: nothing is written about it."""


@dataclass(frozen=True)
class Written:
    """The LaTeX, the BibTeX, and the names of the certificates in them."""

    tex: str
    bib: str
    names: tuple[str, ...]


def coq_record(path: Path, content: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What coqc said of a certificate, where `proofkit coq --run` or `proofkit report --coq` left
    it and it speaks of this library.
    """
    own = formal.record_beside(path, str(content["digest"]))
    if own is not None and own.get("result") == "accepted":
        return own
    try:
        found = json.loads((path.parent.parent / "coq.json").read_text(encoding="utf-8"))
        own = found["certificates"][path.name]
        same = own["sha256"] == formal.sha256(path.read_text(encoding="utf-8"))
        return (
            own if found["mark"] == formal.mark() and same and own["result"] == "accepted" else None
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def read_source(path: Path, reader: Reader | None = None) -> Source:
    """A certificate that the kernel accepts; InputError or Invalid otherwise.

    ``reader`` holds the data of the certificate, where some step needs them.
    """
    written = read_json(path)
    if reason := formal.refused(written, reader):
        raise Invalid(f"the certificate {path} {reason}; nothing was written")
    content = record_of(written)
    coq = coq_record(path, content)
    stem = path.name.removesuffix(".json")
    if coq is None:
        return Source(stem, content)
    named = {"V1", "V2", "V3", "V4"}
    return Source(
        stem,
        content,
        tuple(str(c) for c in coq["conditions"] if c in named),
        _version(coq["coq"]),
        tuple(map(str, coq["theorems"])),
    )


def _version(text: Any) -> str:
    return str(text) if re.fullmatch(r"[0-9.]{1,20}", str(text)) else "unknown version"


def write_paper(
    paths: Sequence[Path],
    options: Options,
    standalone: bool = False,
    bib: str | None = None,
    progress: Callable[[int, int, str], None] = lambda done, total, what: None,
    reader: Reader | None = None,
) -> Written:
    """LaTeX of certificates; ``bib`` is the stem of the .bib file that the text cites from.

    ``reader`` holds the data of the certificates, where some step needs them.

    Raises InputError for a file that is not a certificate or a template that fails,
    Invalid for a certificate that does not hold.
    """
    sources = []
    for k, path in enumerate(paths):
        progress(k, len(paths), path.name)
        sources.append(read_source(path, reader))
    progress(len(paths), len(paths), "rendering")
    text = article(sources, options, bib) if standalone else fragment(sources, options)
    # What a text without citations names in words is in its BibTeX all the same.
    citing = text if options.citations else fragment(sources, replace(options, citations=True))
    return Written(text, bibtex(citing), tuple(s.name for s in sources))


def write_templates(folder: Path) -> list[Path]:
    """Copy the package's templates into a folder, to be edited and given back with --templates;
    existing files are kept.
    """
    own = Path(__file__).resolve().parent / "render" / "templates"
    out = []
    for name in TEMPLATES:
        target = folder / name
        if not target.exists():
            write_atomically(target, (own / name).read_text(encoding="utf-8"))
            out.append(target)
    return out
