"""The command `proofkit coq`: certificates in, Coq files and records of what coqc said out."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proofkit.certificates import record_of as certified
from proofkit.check.outcome import INVALID, check
from proofkit.check.reader import Reader
from proofkit.coq.activation import OutOfReach
from proofkit.coq.certificate import Script, render
from proofkit.coq.run import Outcome, compile_texts, library_folder
from proofkit.errors import InputError, ParseError
from proofkit.files import write_atomically
from proofkit.kernel.certificate import read_json


@dataclass(frozen=True)
class Record:
    """What is known of one certificate in Coq.

    ``status`` is 0 (rendered, and accepted if it was compiled), 1 (invalid, or
    refused for an axiom that is not allowed) or 3 (out of the library's reach, or
    the generated proof of a lemma does not go through, which says nothing against the certificate).
    """

    file: str
    digest: str
    status: int
    script: Script | None = None
    outcome: Outcome | None = None
    reason: str = ""
    written: str = ""

    @property
    def conditions(self) -> tuple[str, ...]:
        """The conditions that coqc has accepted."""
        return (
            self.script.conditions
            if self.script is not None and self.outcome is not None and self.outcome.accepted
            else ()
        )

    def content(self) -> dict[str, Any]:
        """The record as JSON."""
        o, s = self.outcome, self.script
        return {
            "certificate": self.file,
            "digest": self.digest,
            "mark": mark(),
            "coq_file": self.written,
            "result": "not compiled"
            if o is None and s is not None
            else "accepted"
            if o is not None and o.accepted
            else "out of reach"
            if s is None and self.status == 3
            else "no proof"
            if self.status == 3
            else "refused",
            "reason": self.reason,
            "conditions": list(s.conditions) if s is not None else [],
            "theorems": list(s.theorems) if s is not None else [],
            "missing": list(s.missing)
            if s is not None
            else ([self.reason] if self.status == 3 else []),
            "coq": None if o is None else o.version,
            "assumptions": [] if o is None else list(o.assumptions),
        }


def mark() -> str:
    """A digest of the Coq library and of what writes the files, so that a record of another one is
    not believed.
    """
    here = Path(__file__).resolve().parent
    out = hashlib.sha256()
    for path in [
        *sorted(library_folder().glob("*.v")),
        *sorted((here / "coq").glob("*.py")),
        here / "render" / "templates" / "certificate.v.j2",
    ]:
        out.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return out.hexdigest()[:24]


def sha256(text: str) -> str:
    """The SHA-256 of a certificate's text."""
    return hashlib.sha256(text.encode()).hexdigest()


def record_beside(path: Path, digest: str) -> dict[str, Any] | None:
    """What `proofkit coq --run` left beside a certificate, when it speaks of this library and of
    that digest.
    """
    try:
        own = json.loads(
            path.with_name(f"{path.name.removesuffix('.json')}.coq.json").read_text(
                encoding="utf-8"
            )
        )
        return own if own["mark"] == mark() and own["digest"] == digest else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def record_of(content: Mapping[str, Any], name: str) -> Record:
    """Render the record of a valid certificate; what is returned says why where that is impossible."""
    digest = str(content["digest"])
    try:
        return Record(name, digest, 0, render(content, name))
    except OutOfReach as error:
        return Record(name, digest, 3, reason=str(error))
    except (ParseError, InputError) as error:
        return Record(
            name, digest, 3, reason=f"its activation is not one that proofkit reads ({error})"
        )


def refused(content: Mapping[str, Any], reader: Reader | None = None) -> str:
    """Why a certificate is not accepted, in words that follow its name; nothing when it is.

    ``content`` is the JSON object of the certificate; ``reader`` holds the reader's data, which
    some steps need.
    """
    verdict = check(content, reader)
    if verdict.valid:
        return ""
    if verdict.differences:
        return f"is not about this problem: {verdict.differences[0]}"
    failed = verdict.lines[-1]
    why = "is invalid" if verdict.status == INVALID else "was not verified"
    return f"{why} at {failed.name}: {failed.reason}"


def compiled(
    records: Sequence[Record],
    contents: Mapping[str, Mapping[str, Any]],
    jobs: int,
    progress: Callable[[int, int, str], None] = lambda done, total, what: None,
) -> list[Record]:
    """The records with what coqc says of each file.

    A file that takes its activation for one of the library's and is refused is
    rendered once more with generated lemmas.
    """
    jobs = jobs or min(os.cpu_count() or 1, 8)
    texts = {r.file: r.script.text for r in records if r.script is not None}
    outcomes = compile_texts(texts, jobs=jobs, progress=progress) if texts else {}
    scripts = {r.file: r.script for r in records if r.script is not None}
    second: dict[str, Script] = {}
    for name, o in outcomes.items():
        if not o.accepted and scripts[name].matched:
            with suppress(OutOfReach):
                second[name] = render(contents[name], Path(name).name, generated=True)
    if second:
        for name, o in compile_texts({k: s.text for k, s in second.items()}, jobs=jobs).items():
            if o.accepted:
                scripts[name], outcomes[name] = second[name], o
    out = []
    for r in records:
        o = outcomes.get(r.file)
        if o is None:
            out.append(r)
            continue
        status = 0 if o.accepted else 3 if o.lemma else 1
        reason = (
            f"the generated proof of {o.lemma} does not go through ({o.error})"
            if o.lemma
            else o.error
        )
        out.append(Record(r.file, r.digest, status, scripts[r.file], o, reason, r.written))
    return out


def render_files(
    certificates: Sequence[Path],
    out: Path | None,
    run: bool,
    jobs: int,
    progress: Callable[[int, int, str], None] = lambda done, total, what: None,
    reader: Reader | None = None,
) -> list[Record]:
    """Read, check, render, compile and write; InputError for what cannot be read.

    ``reader`` holds the data of the certificates, where some step needs them.
    """
    records: list[Record] = []
    contents: dict[str, Mapping[str, Any]] = {}
    seen: set[str] = set()
    for path in certificates:
        written = read_json(path)
        stem = path.name.removesuffix(".json")
        target = (out if out is not None else path.parent) / f"{stem}.v"
        if str(target) in seen:
            raise InputError(
                f"two certificates would be written to {target}; give them different names "
                f"or render them one by one"
            )
        seen.add(str(target))
        if reason := refused(written, reader):
            records.append(
                Record(
                    str(path),
                    str(written.get("digest")),
                    1,
                    reason=f"the certificate {reason}",
                )
            )
            continue
        content = certified(written)
        found = record_of(content, path.name)
        contents[str(path)] = content
        if found.script is not None:
            write_atomically(target, found.script.text)
        records.append(
            Record(
                str(path),
                found.digest,
                found.status,
                found.script,
                None,
                found.reason,
                str(target) if found.script is not None else "",
            )
        )
    if run:
        records = compiled(records, contents, jobs, progress)
        for r in records:
            if r.written and r.script is not None:
                write_atomically(Path(r.written), r.script.text)
                write_atomically(
                    Path(r.written.removesuffix(".v") + ".coq.json"),
                    json.dumps(r.content(), indent=1) + "\n",
                )
    return records


def record_text(r: Record) -> str:
    """A record for people."""
    shown = "".join(ch if ch.isprintable() else "?" for ch in r.file)
    if r.script is None:
        return (
            f"{shown}: {'not rendered' if r.status == 1 else 'out of reach of the Coq library'}: "
            f"{r.reason}"
        )
    lines = [f"{shown}: {r.written}"]
    if r.outcome is None:
        lines[0] += " written, not compiled (add --run)"
    elif r.outcome.accepted:
        classical = [
            a for a in r.outcome.assumptions if not a.startswith(("PrimInt63.", "Uint63."))
        ]
        primitive = len(r.outcome.assumptions) - len(classical)
        lines[0] += f" accepted by coqc {r.outcome.version} in {r.outcome.seconds:.1f} s"
        lines.append(f"  Coq-checked: {', '.join(r.script.conditions) or 'no condition'}")
        lines.append(
            f"  axioms: "
            f"{', '.join(classical)}{f' and {primitive} of the primitive integers' if primitive else ''}"
        )
    elif r.status == 3:
        lines[0] += (
            f" NOT PROVED in Coq {r.outcome.version}: {r.reason}; that lemma is missing, and "
            f"nothing is said against the certificate"
        )
        return "\n".join(lines)
    else:
        lines[0] += f" REFUSED by coqc {r.outcome.version}: {r.reason}"
    lines += [f"  {name}: {words}" for name, words in (("proves", t) for t in r.script.theorems)]
    lines += [f"  not in it: {m}" for m in r.script.missing]
    return "\n".join(lines)
