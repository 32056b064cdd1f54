"""Certificates of version 3: a proof as a document of typed records, and as JSON.

Everything is said once.  A step records its rule, its premises, its claim with the hypotheses in
it, the constants that it introduces and what was proposed for it; sentences are printed from these
and are not in the file, except the one statement of the whole.

A reader refuses a field that it does not know, since that could be a hypothesis.  Later versions
of this format add optional fields only, with a default that is left out: every file of version 3
stays readable.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal, cast

from proofkit.errors import InputError, ParseError
from proofkit.kernel.claims import Claim
from proofkit.kernel.codec import JSON, KEY, MAX_DIGITS, MalformedError, decode, encode
from proofkit.kernel.formula import Constant
from proofkit.kernel.losses.kinds import loss_of_text
from proofkit.kernel.network.architecture import Architecture
from proofkit.kernel.objective.data import DataSummary, Outer
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.proposals import Proposal
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import to_text
from proofkit.reading.files import read_bytes
from proofkit.reading.labels import LabelMap
from proofkit.reading.scaling import Scaling

FORMAT = "proofkit-certificate"
VERSION = 3
MAX_BYTES = 2**24
MAX_STEPS = 500
WIDTH = 100

Verdict = Literal["PROVED", "REFUTED", "UNKNOWN"]
ConditionName = Literal["V1", "V2", "V3", "V4"]


class UnreadableError(InputError):
    """A file is no certificate that this program reads."""


class AnotherFormatError(UnreadableError):
    """JSON that says itself that it is something else."""


# -- what is in a certificate ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TheoremNote:
    """The theorem of the library that was proved, in its own words; quoted, not checked."""

    name: str
    title: str
    statement: str
    source: str
    expect: str


@dataclass(frozen=True, slots=True)
class ActivationRecord:
    """The activation: what it is called, which nothing rests on, and its expression in z."""

    name: str
    expression: str


@dataclass(frozen=True, slots=True)
class DataRecord:
    """The constants of (x_i, y_i): X2 = mean ||x_i||^2, Y1 = mean |y_i|, Y2 = mean y_i^2.

    ``Lambda_S`` encloses the largest eigenvalue of (1/n) sum x_i x_i^T; ``sha256`` is that of the
    file, ``rows_sha256`` that of the numbers: those in it, or (x - mean) * scale of them where
    there is a ``scaling``.
    """

    source: str
    sha256: str
    target: str
    n: int
    d: int
    B_x_squared: Fraction
    X2: Fraction
    B_y: Fraction
    y_min: Fraction
    y_max: Fraction
    Y1: Fraction
    Y2: Fraction
    Lambda_S: tuple[Fraction, Fraction]
    features: tuple[str, ...]
    labels: LabelMap | None
    rows_sha256: str
    scaling: Scaling | None = None


@dataclass(frozen=True, slots=True)
class OuterRecord:
    """The constants of the fixed outer weights a in R^p."""

    source: str
    sha256: str
    p: int
    a_1: Fraction
    a_2_squared: Fraction
    a_inf: Fraction
    a_plus: Fraction
    a_minus: Fraction
    first_positive: Fraction | None
    first_negative: Fraction | None


@dataclass(frozen=True, slots=True)
class ProblemRecord:
    """What the certificate is about; None for what is a symbol.

    ``loss`` is its expression, in u = f - y or in m = y f, or the word cross-entropy.  ``layers`` is
    left out for the net with a fixed head and one hidden layer, whose weights are ``outer``.
    """

    activation: ActivationRecord
    loss: str
    lam: Fraction | None = field(metadata={KEY: "lambda"})
    noise: Fraction | None
    data: DataRecord | None
    outer: OuterRecord | None
    layers: Architecture | None = None

    def objective(self) -> Objective:
        """The objective; MalformedError when the activation or the loss is no expression, or not
        written as expressions are here.
        """
        text = self.activation.expression
        try:
            sigma = parse(text)
        except ParseError as error:
            raise MalformedError(f"the activation is no expression in z: {error}") from None
        if to_text(sigma) != text:
            raise MalformedError("the activation is not written as an expression is here")
        try:
            loss = loss_of_text(self.loss)
        except ParseError as error:
            raise MalformedError(f"the loss is no expression in u or m: {error}") from None
        if loss.text != self.loss:
            raise MalformedError("the loss is not written as an expression is here")
        data = None if self.data is None else _summary_of(self.data)
        outer = None if self.outer is None else _weights_of(self.outer)
        return Objective(
            sigma,
            loss,
            self.lam,
            self.noise,
            data,
            outer,
            self.activation.name,
            self.layers,
        )


@dataclass(frozen=True, slots=True)
class StepRecord:
    """A step: the rule, the steps it was applied to, and what came of it."""

    id: str
    rule: str
    premises: tuple[str, ...]
    claim: Claim
    evidence: str
    constants: tuple[Constant, ...] = ()
    proposal: Proposal | None = None


@dataclass(frozen=True, slots=True)
class ConditionRecord:
    """A Villani condition: the step that proves or refutes it, or why it is open."""

    name: ConditionName
    verdict: Verdict
    step: str | None = None
    open: str = ""


@dataclass(frozen=True, slots=True)
class RouteRecord:
    """A route to V4: the step that proves it, or why it is open.

    An open route may name a step too: the bound that has its threshold, where lambda is below it.
    """

    name: str
    verdict: Verdict
    step: str | None = None
    open: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """A program that made the certificate."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Document:
    """A certificate.

    ``claim`` names what was to be proved, ``goals`` are the steps that the verdict rests on,
    ``threshold`` is the route whose threshold on lambda is quoted.  ``statement``, ``open`` and
    ``notes`` are sentences.
    """

    format: str
    version: int
    theorem: TheoremNote | None
    claim: str
    statement: str
    verdict: Verdict
    problem: ProblemRecord
    conditions: tuple[ConditionRecord, ...]
    routes: tuple[RouteRecord, ...]
    threshold: str | None
    open: str
    notes: tuple[str, ...]
    goals: tuple[str, ...]
    steps: tuple[StepRecord, ...]
    sources: tuple[str, ...]
    versions: tuple[Version, ...]
    digest: str


# -- the problem -----------------------------------------------------------------------------------


def problem_of(objective: Objective) -> ProblemRecord:
    """The record of an objective."""
    data, outer = objective.data, objective.outer
    return ProblemRecord(
        ActivationRecord(objective.name, to_text(objective.sigma)),
        objective.loss.text,
        objective.lam,
        objective.noise,
        None if data is None else _data_of(data),
        None if outer is None else _outer_of(outer),
        objective.architecture,
    )


def _data_of(data: DataSummary) -> DataRecord:
    return DataRecord(
        data.source,
        data.digest,
        data.target,
        data.n,
        data.d,
        data.B_x_squared,
        data.x_square_mean,
        data.B_y,
        data.y_min,
        data.y_max,
        data.y_abs_mean,
        data.y_square_mean,
        data.Lambda_S,
        data.features,
        data.labels,
        data.rows_sha256,
        data.scaling,
    )


def _summary_of(data: DataRecord) -> DataSummary:
    return DataSummary(
        data.source,
        data.sha256,
        data.target,
        data.n,
        data.d,
        data.B_x_squared,
        data.X2,
        data.B_y,
        data.y_min,
        data.y_max,
        data.Y1,
        data.Y2,
        data.Lambda_S,
        data.features,
        data.labels,
        data.rows_sha256,
        scaling=data.scaling,
    )


def _outer_of(outer: Outer) -> OuterRecord:
    return OuterRecord(
        outer.source,
        outer.digest,
        outer.p,
        outer.a_1,
        outer.a_2_squared,
        outer.a_inf,
        outer.a_plus,
        outer.a_minus,
        outer.first_positive,
        outer.first_negative,
    )


def _weights_of(outer: OuterRecord) -> Outer:
    return Outer(
        outer.source,
        outer.sha256,
        outer.p,
        outer.a_1,
        outer.a_2_squared,
        outer.a_inf,
        outer.a_plus,
        outer.a_minus,
        outer.first_positive,
        outer.first_negative,
    )


# -- writing ---------------------------------------------------------------------------------------


def digest_of(content: Mapping[str, object]) -> str:
    """SHA-256 over the sorted compact JSON of a certificate without its digest."""
    body = {key: value for key, value in content.items() if key != "digest"}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def content_of(document: Document) -> dict[str, JSON]:
    """The JSON object of a certificate, with the digest that it has."""
    content = encode(document, Document)
    assert isinstance(content, dict), "a record is an object"
    return content


def sealed(document: Document) -> Document:
    """The certificate with the digest of its content."""
    return replace(document, digest=digest_of(content_of(document)))


def to_json(document: Document) -> str:
    """The text of the file, ending in a newline; what fits stands in one line."""
    return _written(content_of(document), 0) + "\n"


def _written(value: JSON, indent: int, taken: int = 0) -> str:
    """JSON text; objects, and lists that hold objects, are broken where a line would be too long.

    ``taken`` are the characters of a key in front of the value.
    """
    line = json.dumps(value, ensure_ascii=True)
    if indent + taken + len(line) <= WIDTH or not _is_broken(value):
        return line
    more = " " * (indent + 1)
    if isinstance(value, dict):
        parts = [
            f"{json.dumps(key)}: {_written(item, indent + 1, len(key) + 4)}"
            for key, item in value.items()
        ]
        return "{\n" + ",\n".join(more + part for part in parts) + f"\n{' ' * indent}}}"
    assert isinstance(value, list), "objects and lists alone are broken"
    parts = [_written(item, indent + 1) for item in value]
    return "[\n" + ",\n".join(more + part for part in parts) + f"\n{' ' * indent}]"


def _is_broken(value: JSON) -> bool:
    """True for what may take several lines: no list of numbers."""
    if isinstance(value, dict):
        return True
    return isinstance(value, list) and any(
        isinstance(item, dict) or _is_long_text(item) for item in value
    )


def _is_long_text(value: JSON) -> bool:
    return isinstance(value, str) and " " in value


# -- reading ---------------------------------------------------------------------------------------


class _UnusableError(ValueError):
    """JSON that no certificate is."""


def read(path: Path) -> Document:
    """The certificate of a file.

    Raises UnreadableError for a file that is none of this version, MalformedError when a record in
    it is not what it should be.
    """
    return document_of_json(read_json(path))


def read_json(path: Path) -> dict[str, object]:
    """The JSON object of a file that says it is a certificate of this version.

    Raises UnreadableError for a file of more than 16 MB, one that is not UTF-8, no JSON, nested too
    deeply, that says a key twice, holds a number that is not whole or has more than 2500 digits, or
    is of another version; AnotherFormatError where it says itself that it is something else.
    """
    text = _text_of(path)
    try:
        content: object = json.loads(
            text,
            object_pairs_hook=_once,
            parse_float=_no_number,
            parse_constant=_no_number,
            parse_int=_whole_number,
        )
    except json.JSONDecodeError as error:
        # Without the parser's words, which may repeat the file.
        where = f"line {error.lineno}, column {error.colno}"
        raise UnreadableError(f"{path} is no certificate: it is not valid JSON ({where})") from None
    except _UnusableError as error:
        kind = UnreadableError if FORMAT in text else AnotherFormatError
        raise kind(f"{path} is no certificate: {error}") from None
    except RecursionError:
        raise UnreadableError(f"{path} is no certificate: it is nested too deeply") from None
    if not isinstance(content, dict):
        raise AnotherFormatError(f"{path} is not a proofkit certificate of version {VERSION}")
    content = cast("dict[str, object]", content)
    if content.get("format") != FORMAT:
        raise AnotherFormatError(f"{path} is not a proofkit certificate of version {VERSION}")
    version = content.get("version")
    if type(version) is not int or version != VERSION:
        raise UnreadableError(_other_version(path, version))
    return content


def _other_version(path: Path, version: object) -> str:
    """What to do about a certificate of another version."""
    if type(version) is not int:
        return f"{path} is no certificate: its version is no whole number"
    said = f"{path} is a certificate of version {str(version)[:20]}; this proofkit reads version"
    if version < VERSION:
        return f"{said} {VERSION}: make it again with `proofkit prove --out` or `proofkit report`"
    return f"{said} {VERSION}"


def _text_of(path: Path) -> str:
    """The text of a file that could be a certificate."""
    try:
        raw = read_bytes(path, "input", MAX_BYTES)
    except InputError as error:
        raise UnreadableError(str(error)) from None
    if not raw.strip():
        raise UnreadableError(f"{path} is no certificate: it is empty")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableError(f"{path} is no certificate: it is not UTF-8 text") from None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    out = dict(pairs)
    if len(out) != len(pairs):
        raise _UnusableError("it says a key twice")
    return out


def _no_number(text: str) -> object:
    raise _UnusableError(f"it holds {text[:20]}, which is no whole number")


def _whole_number(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise _UnusableError(f"it holds a number of more than {MAX_DIGITS} digits")
    return int(text)


def document_of_json(content: Mapping[str, object]) -> Document:
    """The certificate that a JSON object is.

    Raises MalformedError for what ``decode`` refuses, so that there is one way to write a
    certificate, and for a digest that is not that of the content.
    """
    document = decode(Document, dict(content))
    if (document.format, document.version) != (FORMAT, VERSION):
        raise MalformedError("the format or its version is another")
    if document.digest != digest_of(content):
        raise MalformedError("the digest is not that of the content")
    if len(document.steps) > MAX_STEPS:
        raise MalformedError(f"it has more than {MAX_STEPS} steps")
    return document
