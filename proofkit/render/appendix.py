"""The LaTeX appendix of a report: every theorem with the proof of one instance, and all instances
in lists.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from proofkit.activation.catalogue import CATALOGUE, true_name
from proofkit.exposition import as_published, layers, numbers
from proofkit.exposition.expose import activation_name, labels_of
from proofkit.exposition.formulas import latex, read
from proofkit.exposition.losses import called, loss_of, with_labels
from proofkit.exposition.model import Sentence, Text
from proofkit.exposition.quoting import quoted
from proofkit.exposition.symbols import symbol
from proofkit.kernel.univariate.parser import parse
from proofkit.render.bibliography import works_in
from proofkit.render.display import breakable, display, slim
from proofkit.render.environment import latex_environment, render
from proofkit.render.letters import breakable as words
from proofkit.render.letters import label
from proofkit.render.paper import (
    COMPARED,
    Options,
    Piece,
    Source,
    citation,
    cited_works,
    notation,
    piece,
    setting_paragraphs,
)
from proofkit.render.printed import block_latex, heading_latex
from proofkit.tactics.theorem import PARTS

ACTIVATION_CONSTANTS = ("S0", "M1", "M2", "kappa", "H")


@dataclass(frozen=True)
class Row:
    """An instance of a theorem in a list: what it is about, what was found, and its evidence;
    LaTeX.
    """

    about: str
    found: str
    evidence: str


@dataclass(frozen=True)
class Family:
    """A theorem of the report: its words, the proof of its first instance, and all its instances;
    texts are LaTeX.
    """

    heading: str
    label: str
    statement: str
    source: str
    lead: Piece
    rows: tuple[Row, ...]
    rates: tuple[str, ...]

    @property
    def evidence(self) -> str:
        """The evidence of all instances, where it is the same."""
        found = {row.evidence for row in self.rows}
        return found.pop() if len(found) == 1 else ""


@dataclass(frozen=True)
class Part:
    """A part of the report with its theorems."""

    heading: str
    families: tuple[Family, ...]


def render_appendix(
    content: Mapping[str, Any],
    certificates: Mapping[str, Mapping[str, Any]],
    templates: Path | None = None,
    precision: int = 4,
) -> str:
    """A complete article: setting, theorems with proofs, constants of the activations."""
    options = Options(
        citations=True, heading="subsection", templates=templates, precision=precision
    )
    environment = latex_environment(templates)
    flat = [row for theorem in content["theorems"] for row in theorem["rows"]]
    version = next(
        (row["coq"]["version"] for row in flat if row["coq"] and row["coq"]["version"]), ""
    )
    names = [str(t["name"]) for t in content["theorems"]]
    parts = [
        Part(heading, tuple(family(t, certificates, options, names) for t in theorems))
        for part, heading in PARTS.items()
        if (theorems := [t for t in content["theorems"] if t["part"] == part])
    ]
    body = render(
        environment,
        "families.tex.j2",
        parts=parts,
        notation=notation(f.lead for part in parts for f in part.families),
        setting=setting_paragraphs([c["problem"] for c in certificates.values()]),
        published=as_published_paragraphs(content, options),
        data=content["data"],
        labels=label_sentence(content, certificates),
        scaling=scaling_sentence(content),
        outer=content["outer"],
        total=len(flat),
        coq_checked=sum(bool(row["coq"]) and row["coq"]["full"] for row in flat),
        coq_version=version,
        activations=[activation_entry(row, options) for row in activation_constants(certificates)],
        o=options,
    )
    return render(
        environment,
        "appendix.tex.j2",
        body=body,
        o=options,
        version=next(iter(certificates.values()))["versions"]["villani-proofkit"],
        works=cited_works(body),
        bibliography=None,
    )


def as_published_paragraphs(content: Mapping[str, Any], options: Options) -> tuple[str, ...]:
    """What a paper states in its abstract beside the theorems whose source names it; none without
    such theorems.
    """
    sources = [str(theorem["source"]) for theorem in content["theorems"]]
    if not any(as_published.MARK in source for source in sources):
        return ()
    cited = citation(works_in(as_published.MARK), options)
    first, *others = map(
        block_latex,
        (
            as_published.stated(),
            as_published.unread(),
            as_published.proved(),
            as_published.between(),
        ),
    )
    return (f"{cited}: {first}", *others)


def family(
    theorem: Mapping[str, Any],
    certificates: Mapping[str, Mapping[str, Any]],
    options: Options,
    names: Sequence[str] = (),
) -> Family:
    """A theorem of the report in LaTeX; ``names`` are those of all theorems, to which its source
    may point.
    """
    rows = theorem["rows"]
    lead = rows[0]
    record = lead["coq"]
    source = Source(lead["file"], certificates[lead["file"]])
    if record and record["result"] == "accepted":
        source = Source(
            lead["file"],
            certificates[lead["file"]],
            tuple(record["conditions"]),
            record["version"] or "",
            tuple(record["theorems"]),
        )
    name = label(theorem["name"])
    proof = piece(source, options, name, titled=False)
    works = works_in(str(theorem["source"]))
    return Family(
        heading=heading_latex(quoted(theorem["title"])),
        label=name,
        statement=block_latex(quoted(theorem["statement"])),
        source=source_latex(str(theorem["source"]), names, options)
        + (f" {citation(works, options)}" if works else ""),
        lead=proof,
        rows=tuple(
            instance_row(row, certificates[row["file"]], proof.implicit, options) for row in rows
        ),
        rates=tuple(
            rate for row in rows if (rate := rate_sentence(row, certificates[row["file"]], options))
        ),
    )


def source_latex(source: str, names: Sequence[str], options: Options) -> str:
    """Where a theorem comes from; the name of another theorem's file becomes its section.

    Names without an underscore may be English words, and stay words.
    """
    known = [name for name in names if "_" in name]
    if not known:
        return block_latex(quoted(source))
    pieces = re.split(rf"\b({'|'.join(map(re.escape, known))})\b", source)
    return "".join(
        rf"Section~\ref{{{options.prefix}:sec:{label(piece)}}}" if k % 2 else _with_spaces(piece)
        for k, piece in enumerate(pieces)
    )


def _with_spaces(words: str) -> str:
    """Words as LaTeX with the spaces at their ends."""
    inner = block_latex(quoted(words))
    return f"{' ' * words[:1].isspace()}{inner}{' ' * (words[-1:].isspace() and bool(inner))}"


def label_sentence(
    content: Mapping[str, Any], certificates: Mapping[str, Mapping[str, Any]]
) -> str:
    """How the target became labels where the loss needs two, or why the theorems of such losses on
    these data are left out.
    """
    bound = [
        c["problem"]["data"] for c in certificates.values() if c["problem"]["data"] is not None
    ]
    mapped = [data for data in bound if data.get("labels") is not None]
    if mapped:
        sentence = block_latex(labels_of(mapped[0]))
        names = (str(c["problem"]["loss"]) for c in certificates.values())
        whom = _words(with_labels(names))
        return f"For {whom}, {sentence[0].lower()}{sentence[1:]}"
    said = str(content["data"]["labels"])
    return f"{block_latex(quoted(said[:1].upper() + said[1:]))}." if said else ""


def scaling_sentence(content: Mapping[str, Any]) -> str:
    """How the columns of the data were scaled; the empty text where they are as in the file."""
    said = str(content["data"].get("scaling", ""))
    return f"The data are standardised: {block_latex(quoted(said))}." if said else ""


def instance_row(
    row: Mapping[str, Any], certificate: Mapping[str, Any], implicit: bool, options: Options
) -> Row:
    """An instance: activation, loss and data; verdict, threshold beside the published one,
    evidence.
    """
    about = [_activation(certificate), _loss(certificate)]
    net = layers.net_of(certificate["problem"])
    if net is not None:
        about.append(words(layers.title(net)))
    if row["scope"] != "symbolic":
        about.append(words(row["scope"]))
    if row["lambda"] is not None:
        about.append(rf"$\lambda={latex(read(str(row['lambda'])))}$")
    found = words(row["verdict"].lower() if row["verdict"] != "UNKNOWN" else "open")
    if implicit and row["verdict"] == "PROVED":
        found = "holds, with constants that are not explicit,"
    if certificate["claim"] == "escaping" and row["verdict"] == "PROVED":
        found = r"(V4) fails for $0\le\lambda<\lambda_c$"
    elif row["threshold"] is not None and row["lambda"] is None:
        found += rf" for $\lambda>{_threshold(row['threshold'], options)}$"
        published = certificate["published_threshold"]
        enclosure = published and published["enclosure"]
        if certificate["claim"] in COMPARED and enclosure is not None:
            shown = numbers.latex(Fraction(enclosure[1]), 1, options.precision)
            found += rf" (published, as recalled: ${shown}$)"
    return Row(", ".join(about), found.rstrip(","), words("; ".join(levels(row))))


def _activation(certificate: Mapping[str, Any]) -> str:
    return _words(activation_name(certificate))


def _loss(certificate: Mapping[str, Any]) -> str:
    return _words(called(loss_of(str(certificate["problem"]["loss"]))))


def _words(sentence: Sentence) -> str:
    """A name, or a formula where there is none."""
    return "".join(
        words(part.content) if isinstance(part, Text) else f"${slim(part.latex)}$"
        for part in sentence
    )


def _threshold(threshold: Mapping[str, Any], options: Options) -> str:
    """The number above which lambda suffices, rounded up; the formula for symbolic data."""
    if threshold["enclosure"] is None:
        return latex(read(str(threshold["value"])))
    return numbers.latex(Fraction(threshold["enclosure"][1]), 1, options.precision)


def rate_sentence(row: Mapping[str, Any], certificate: Mapping[str, Any], options: Options) -> str:
    """A convergence theorem with its numbers, each rounded to the unfavourable side; nothing for
    symbols and other theorems.
    """
    found = certificate["constants"]
    if "rate" not in {s["claim"] for s in certificate["steps"]} or found["eps"]["hi"] is None:
        return ""

    def upper(name: str) -> str:
        return numbers.latex(Fraction(found[name]["hi"]), 1, options.precision)

    lam = Fraction(certificate["problem"]["lambda"])
    factor = lam / Fraction(found["q"]["hi"])
    rate = "" if factor == 1 else rf"{numbers.latex(factor, -1, options.precision)}\cdot "
    v_0 = found["v_0"]
    relation, start = numbers.enclosure(Fraction(v_0["lo"]), Fraction(v_0["hi"]), options.precision)
    bound = display(
        r"\mathbb E\,L(W_t)-\min L\le ",
        rf"{upper('eps')}+{upper('A_2')}\cdot\exp\left(\frac12\cdot{upper('chi')}-{rate}t\,e^{{-{upper('xi')}}}\right).",
    )
    return (
        rf"For {_activation(certificate)}, {_loss(certificate)}, "
        rf"$\lambda={numbers.rational(lam)}$ and "
        rf"$s={numbers.rational(Fraction(certificate['problem']['noise']))}$, from "
        rf"$N(0,v_0I)$ with $v_0{relation} {start}$:"
        f"\n{bound}"
    )


@dataclass(frozen=True)
class ActivationEntry:
    """An activation and its constants; LaTeX."""

    name: str
    formula: str
    constants: str  # a sentence


def activation_entry(row: Mapping[str, Any], options: Options) -> ActivationEntry:
    """A line of the list of activations."""
    shown = []
    for name in ACTIVATION_CONSTANTS:
        d = row["constants"].get(name)
        if d is not None and d["lo"] is not None:
            relation, value = numbers.enclosure(
                Fraction(d["lo"]), Fraction(d["hi"]), options.precision
            )
            shown.append(f"${symbol(name)}{relation} {value}$")
    root = parse(row["expression"])
    known = CATALOGUE.get(true_name(str(row["name"]), root))
    return ActivationEntry(
        "" if known is None else words(known.printed),
        breakable(rf"\sigma(z)={latex(root)}"),
        ", ".join(shown),
    )


def levels(row: Mapping[str, Any]) -> list[str]:
    """The conditions by level of evidence: '(V1), (V2), (V3) kernel-checked', '(V4) Coq-checked';
    undecided ones are left out.
    """
    found: dict[str, list[str]] = {}
    for name, verdict in row["conditions"].items():
        if verdict != "UNKNOWN":
            checked = row["coq"] is not None and name in row["coq"]["conditions"]
            level = "Coq-checked" if checked else row["evidence"][name] or "open"
            found.setdefault(level, []).append(f"({name})")
    return [f"{', '.join(names)} {level}" for level, names in found.items()]


def activation_constants(certificates: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row per activation: its text and the enclosures of the constants that some certificate
    uses.
    """
    found: dict[str, dict[str, Any]] = {}
    for certificate in certificates.values():
        activation = certificate["problem"]["activation"]
        row = found.setdefault(
            activation["expression"],
            {"name": activation["name"], "expression": activation["expression"], "constants": {}},
        )
        for name in ACTIVATION_CONSTANTS:
            if name in certificate["constants"]:
                row["constants"].setdefault(name, certificate["constants"][name])
    return [
        row
        for _, row in sorted(found.items(), key=lambda t: (t[1]["name"], t[0]))
        if row["constants"]
    ]
