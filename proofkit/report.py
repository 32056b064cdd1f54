"""The main job: prove every theorem, write certificates, report and appendix, only what changed."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from proofkit import formal
from proofkit.certificates import record_of
from proofkit.errors import InputError
from proofkit.exposition.losses import called, loss_of, of_classes, with_labels
from proofkit.exposition.plain import plain
from proofkit.files import require_writable, write_atomically
from proofkit.losses.catalogue import resolve as resolve_loss
from proofkit.pools import worker_processes
from proofkit.problem.data import DataSummary, Outer, outer_from_seed
from proofkit.problem.stream import summarise_file
from proofkit.reading.dialect import Dialect
from proofkit.reading.labels import NotTwoLabels
from proofkit.reading.table import DataFile, Table
from proofkit.tactics.theorem import Instance, Theorem, load_theorems

if TYPE_CHECKING:
    from proofkit.render.plots import Plot

DEFAULT_WIDTH, DEFAULT_SEED = 64, 0
REPORT_VERSION = 1


@dataclass(frozen=True)
class Settings:
    """What a report is made from."""

    out: Path
    theorems: Path
    data: DataFile
    width: int = DEFAULT_WIDTH
    seed: int = DEFAULT_SEED
    jobs: int = 0
    coq: bool = False
    templates: Path | None = None


@dataclass(frozen=True)
class Report:
    """What was made: rows (one per certificate), and which theorems were proved anew.

    ``not_compared`` says for which activations and losses of those SymPy's formulas could not be
    compared with the kernel's.
    """

    content: Mapping[str, Any]
    redone: tuple[str, ...]
    unexpected: tuple[str, ...]
    described: tuple[str, ...]
    not_compared: tuple[str, ...] = ()

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One row per certificate."""
        return [row for t in self.content["theorems"] for row in t["rows"]]


def data_or_bundled(
    data: Path | None,
    target: str | None,
    delimiter: str | None = None,
    decimal: str | None = None,
    label_above: str | None = None,
    standardise: bool = False,
) -> DataFile:
    """The file and column asked for, or the bundled ones; InputError for one without the other.

    The bundled target is no class: where a loss needs labels, they are those of a threshold.
    """
    from proofkit.activation.catalogue import rational

    dialect = Dialect.of(delimiter, decimal)
    above = None if label_above is None else rational(label_above, "--label-above")
    if data is None:
        if target is not None:
            raise InputError(
                "--target without --data: the bundled data has its own target; add --data FILE"
            )
        if dialect.delimiter is not None:
            raise InputError("--delimiter is for a data file of yours; add --data FILE")
        file = replace(bundled_file(), standardise=standardise)
        return file if above is None else replace(file, label_above=above)
    if target is None:
        raise InputError("--data needs --target COLUMN, the column to predict")
    return DataFile(data, target, dialect, above, standardise)


def bundled_data() -> Path:
    """The diabetes data of Efron et al. 2004."""
    return Path(__file__).resolve().parent / "data" / "diabetes.csv"


BUNDLED_TARGET = "progression"
BUNDLED_LABEL_ABOVE = Fraction(140)  # half of the 442 patients lie above


def bundled_file() -> DataFile:
    """The bundled data, their target and the threshold of their labels."""
    return DataFile(bundled_data(), BUNDLED_TARGET, label_above=BUNDLED_LABEL_ABOVE)


@cache
def code_digest() -> str:
    """A digest of the package's own source, so that a new version proves everything again."""
    here = Path(__file__).resolve().parent
    out = hashlib.sha256()
    for path in sorted(
        [*here.rglob("*.py"), *here.rglob("*.j2"), *here.rglob("*.json"), *here.rglob("*.toml")]
    ):
        out.update(str(path.relative_to(here)).encode())
        out.update(path.read_bytes())
    return out.hexdigest()


def fingerprint(theorem: Theorem, settings: Settings, data_digest: str) -> str:
    """What a theorem's certificates depend on."""
    from importlib.metadata import version

    parts = [
        theorem.name,
        theorem.text,
        code_digest(),
        *(version(p) for p in ("sympy", "mpmath", "python-flint")),
    ]
    if "data" in theorem.scope:
        d = settings.data
        parts += [data_digest, d.path.name, d.target, repr(d.dialect), repr(d.label_above)]
        parts += ["standardised" if d.standardise else "raw"]
        parts += [str(settings.width), str(settings.seed)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


# -- one instance ----------------------------------------------------------------------------------


@dataclass
class _Context:
    """What a worker process keeps between instances."""

    data: BoundData
    outer: Outer
    seed: int
    library: Any


@cache
def _prepare(settings: Settings) -> _Context:
    """Once per process: the table, and the library of facts its instances share."""
    from proofkit.tactics.workbench import Library

    return _Context(
        bound_data(settings.data),
        outer_from_seed(settings.width, settings.seed),
        settings.seed,
        Library(),
    )


@dataclass(frozen=True)
class BoundData:
    """The data for losses that take the target as it is (False) and for those that need two labels
    (True), with the rows where they could be held; ``no_labels`` says why the latter have none.
    """

    of_loss: Mapping[bool, tuple[DataSummary, Table | None]]
    no_labels: str

    @property
    def summary(self) -> DataSummary:
        """The constants of the data as they are."""
        return self.of_loss[False][0]


def bound_data(
    data: DataFile, progress: Callable[[int, int, str], None] = lambda done, total, what: None
) -> BoundData:
    """Read the data; a target without two values is no error where the theorems that need labels
    can be left out.
    """

    def tell(done: int, total: int) -> None:
        progress(done, total, f"reading {data.path.name}")

    plain = summarise_file(data, False, tell)
    try:
        labelled = summarise_file(data, True, tell)
        return BoundData({False: plain, True: labelled}, "")
    except NotTwoLabels as error:
        return BoundData({False: plain}, str(error))


def _left_out(instance: Instance, data: BoundData) -> bool:
    """True for an instance that needs labels on data whose target names no two classes."""
    return instance.scope == "data" and resolve_loss(instance.loss).classifies not in data.of_loss


def _slug(text: str) -> str:
    out = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_").lower()
    if len(out) > 60 or not out:
        out = out[:40] + "_" + hashlib.sha256(text.encode()).hexdigest()[:8]
    return out


def certificate_name(instance: Instance) -> str:
    """The file name of an instance's certificate."""
    parts = [instance.theorem, instance.activation, instance.loss, instance.scope]
    if instance.layers.text:
        parts.append(instance.layers.text)
    if instance.lam is not None:
        parts.append(f"lambda {'minus ' if instance.lam < 0 else ''}{instance.lam}")
    return "__".join(_slug(p) for p in parts) + ".json"


def certificate_names(theorems: Iterable[Theorem]) -> dict[Instance, str]:
    """The file name of each instance's certificate.

    Names leave out signs, so that z + sin(z) and z - sin(z) would share one: such names get a
    digest.
    """
    instances = [i for t in theorems for i in t.instances()]
    shared = Counter(certificate_name(i) for i in instances)

    def name(instance: Instance) -> str:
        plain = certificate_name(instance)
        if shared[plain] == 1:
            return plain
        mark = hashlib.sha256(f"{instance!r}{instance.layers.text}".encode()).hexdigest()[:8]
        return f"{plain.removesuffix('.json')}__{mark}.json"

    return {i: name(i) for i in instances}


@dataclass(frozen=True)
class _Certified:
    """A certificate: its text, and the record that the pages are made of."""

    text: str
    record: Mapping[str, Any]


def _prove_instance(context: _Context, theorem: Theorem, instance: Instance) -> _Certified:
    """Its certificate."""
    from proofkit.certificates import certify
    from proofkit.kernel.certificate import TheoremNote, to_json
    from proofkit.problem.layers import bound, net_of
    from proofkit.problem.problem import Problem
    from proofkit.sentences.record import record
    from proofkit.tactics.prove import prove

    made = net_of(instance.activation, instance.loss, instance.lam, instance.layers)
    layers = made.net.architecture
    table, outer, summary = None, None, None
    if instance.scope == "data":
        summary, table = context.data.of_loss[resolve_loss(instance.loss).classifies]
        if layers is None:
            outer = context.outer
        else:
            layers = bound(layers, summary.d, context.seed)
    problem = Problem(
        made.activation, instance.loss, made.net.lam, theorem.noise, summary, outer, layers
    )
    proof = prove(problem, theorem.claim, context.library, table)
    about = TheoremNote(
        theorem.name, theorem.title, theorem.statement, theorem.source, theorem.expect
    )
    document = certify(proof, about)
    return _Certified(to_json(document), record(document))


@cache
def _not_compared(activation: str, loss: str) -> str:
    """Compares the formulas that the pages show, SymPy's, with those that the kernel proves with.

    The empty text when they agree, else why nothing is known; InternalError when they do not.
    """
    from proofkit.activation.catalogue import resolve
    from proofkit.calculus.crosscheck import NotCompared, compare_with_kernel

    try:
        compare_with_kernel(resolve(activation).root, loss)
    except NotCompared as why:
        return f"{activation}, {plain(called(loss_of(loss)))}: {why}"
    return ""


@dataclass(frozen=True)
class _Proved:
    """The certificates of some instances, and which of SymPy's formulas could not be compared."""

    certificates: Mapping[Instance, _Certified]
    not_compared: frozenset[str]


def _compare(loss: str, activations: Iterable[str]) -> _Proved:
    """The formulas that instances of a loss are shown with, compared."""
    reasons = {_not_compared(activation, loss) for activation in activations}
    return _Proved({}, frozenset(reasons - {""}))


def _prove(settings: Settings, group: list[tuple[Theorem, Instance]]) -> _Proved:
    """The certificates of some instances."""
    context = _prepare(settings)
    return _Proved({i: _prove_instance(context, t, i) for t, i in group}, frozenset())


def _together(parts: Iterable[_Proved]) -> _Proved:
    certificates: dict[Instance, _Certified] = {}
    not_compared: set[str] = set()
    for part in parts:
        certificates |= part.certificates
        not_compared |= part.not_compared
    return _Proved(certificates, frozenset(not_compared))


def _groups(
    work: Iterable[tuple[Theorem, Instance]], count: int
) -> list[list[tuple[Theorem, Instance]]]:
    """Balanced groups that keep an activation (its facts are shared) in one process."""
    by_activation: dict[str, list[tuple[Theorem, Instance]]] = {}
    for item in work:
        by_activation.setdefault(item[1].activation, []).append(item)
    groups: list[list[tuple[Theorem, Instance]]] = [[] for _ in range(count)]
    weight = [0.0] * count
    for items in sorted(by_activation.values(), key=lambda g: -_cost(g)):
        k = weight.index(min(weight))
        groups[k] += items
        weight[k] += _cost(items)
    return [g for g in groups if g]


def _cost(items: list[tuple[Theorem, Instance]]) -> float:
    """Facts are derived once per activation, the rest once per instance."""
    return 2.0 + 0.3 * len(items)


# -- the report ------------------------------------------------------------------------------------


# What the files of a report were made from; apart from report.json, which does not depend on the
# code's version.
STATE = ".proofkit-state.json"


@dataclass(frozen=True)
class _Previous:
    """An earlier report in the folder: its theorems, what these were made from, and the digests of
    its pages.
    """

    theorems: Mapping[str, Mapping[str, Any]]
    marks: Mapping[str, str]
    pages: Mapping[str, str]
    templates: bool


def _previous(out: Path) -> _Previous:
    try:
        state = json.loads((out / STATE).read_text(encoding="utf-8"))
        found = json.loads((out / "report.json").read_text(encoding="utf-8"))
        if found["version"] == REPORT_VERSION:
            return _Previous(
                {t["name"]: t for t in found["theorems"]},
                {str(k): str(v) for k, v in state["theorems"].items()},
                {str(k): str(v) for k, v in state["pages"].items()},
                bool(state["templates"]),
            )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    return _Previous({}, {}, {}, False)


def _unchanged(out: Path, previous: _Previous, theorem: str, mark: str) -> bool:
    if theorem not in previous.theorems or previous.marks.get(theorem) != mark:
        return False
    for row in previous.theorems[theorem]["rows"]:
        path = out / "certificates" / str(row["file"])
        if (
            path.parent != out / "certificates"
            or not path.is_file()
            or formal.sha256(path.read_text(encoding="utf-8")) != row["sha256"]
        ):
            return False
    return True


def _row(name: str, certified: _Certified, theorem: Theorem, instance: Instance) -> dict[str, Any]:
    c = certified.record
    return {
        "file": name,
        "sha256": formal.sha256(certified.text),
        "activation": instance.activation,
        "loss": c["problem"]["loss"],
        **({"layers": instance.layers.text} if instance.layers.text else {}),
        "scope": instance.scope,
        "lambda": None if instance.lam is None else str(instance.lam),
        "verdict": c["verdict"],
        "expected": theorem.expect,
        "conditions": {k: v["verdict"] for k, v in c["conditions"].items()},
        "evidence": {k: v["evidence"] for k, v in c["conditions"].items()},
        # The threshold of the route to V4, of which the claim that V4 fails does not speak.
        "threshold": None if c["claim"] == "escaping" else c["lambda_threshold"],
        "statement": c["statement"],
        "open": c["open"],
        "levels": sorted(c["evidence"]),
    }


def _labels_said(bound: BoundData, theorems: Iterable[Theorem]) -> str:
    """How the theorems whose loss needs labels read the target, or why they are left out."""
    whom = plain(with_labels(loss for theorem in theorems for loss in theorem.losses))
    if bound.no_labels:
        return f"the theorems for {whom} on these data are left out: {bound.no_labels}"
    labels = bound.of_loss[True][0].labels
    return "" if labels is None else f"for {whom}, {labels.sentence(bound.summary.target)}"


def _scaling_said(bound: BoundData) -> str:
    """How the columns of the data-bound theorems are scaled."""
    labels = "; labels are not scaled" if True in bound.of_loss else ""
    return f"{'; '.join(bound.summary.scaling_said())}{labels}"


Progress = Callable[[int, int, str], None]


def make_report(settings: Settings, progress: Progress = lambda done, total, what: None) -> Report:
    """Prove what changed and write certificates/*.json, appendix.tex, the pages, report.html and
    report.json.

    Everything is made before the first file is written, so that a proof or a template that fails,
    or an interrupt while it works, leaves the folder as it was.
    """
    theorems = load_theorems(settings.theorems)
    require_writable(settings.out)
    bound = bound_data(settings.data, progress)
    with _workers(settings) as workers:
        return _reported(settings, theorems, bound, workers, progress)


Workers = ProcessPoolExecutor | None
"""The processes that share the work; None where this one does it all."""


@contextmanager
def _workers(settings: Settings) -> Iterator[Workers]:
    """Processes as many as the settings ask for; they start with the first work."""
    jobs = _jobs(settings)
    if jobs == 1:
        yield None
        return
    with worker_processes(jobs) as pool:
        yield pool


def _jobs(settings: Settings) -> int:
    return settings.jobs or min(os.cpu_count() or 1, 8)


def _reported(
    settings: Settings,
    theorems: list[Theorem],
    bound: BoundData,
    workers: Workers,
    progress: Progress,
) -> Report:
    """The report of these theorems."""
    previous = _previous(settings.out)
    marks = {t.name: fingerprint(t, settings, bound.summary.digest) for t in theorems}
    redo = [t for t in theorems if not _unchanged(settings.out, previous, t.name, marks[t.name])]
    names = certificate_names(theorems)
    made_anew = _prove_all(settings, redo, bound, workers, progress)
    proved = made_anew.certificates
    folder = settings.out / "certificates"

    content = _heading(settings, bound, theorems)
    texts = {names[i]: certified.text for i, certified in proved.items()}
    for theorem in theorems:
        if theorem in redo:
            made = [i for i in theorem.instances() if i in proved]
            rows = [_row(names[i], proved[i], theorem, i) for i in made]
        else:
            rows = previous.theorems[theorem.name]["rows"]
            texts |= {r["file"]: (folder / r["file"]).read_text(encoding="utf-8") for r in rows}
        content["theorems"].append(
            {
                "name": theorem.name,
                "title": theorem.title,
                "part": theorem.part,
                "statement": theorem.statement,
                "source": theorem.source,
                "rows": rows,
            }
        )
    texts = dict(sorted(texts.items()))
    coq = _coq_records(settings, texts, progress)
    content["axioms"] = coq.content["assumptions"]
    for entry in content["theorems"]:
        entry["rows"] = [
            {
                **{k: v for k, v in row.items() if k != "coq"},
                "coq": _coq_of(coq.content["certificates"], row),
            }
            for row in entry["rows"]
        ]
    text = json.dumps(content, indent=1) + "\n"

    files = {f"certificates/{names[i]}": certified.text for i, certified in proved.items()}
    files |= {f"coq/{name}": text for name, text in coq.scripts.items()}
    if settings.coq:
        files[COQ] = coq.text()
    if redo or not _rendered(settings, previous, text):
        progress(len(texts), len(texts), "rendering")
        records = {names[i]: certified.record for i, certified in proved.items()}
        certificates = {
            name: records[name] if name in records else record_of(json.loads(t))
            for name, t in texts.items()
        }
        pages = _pages(settings, bound, content, certificates, workers)
        state = {
            "theorems": marks,
            "pages": {name: formal.sha256(page) for name, page in pages.items()},
            "templates": settings.templates is not None,
        }
        _write(settings.out, files | pages)
        # Last, so that a report that was interrupted here is made again.
        _remove_stale(settings.out, previous, texts, pages)
        files = {"report.json": text, STATE: json.dumps(state, indent=1) + "\n"}
    _write(settings.out, files)

    unexpected = tuple(
        row["file"]
        for t in content["theorems"]
        for row in t["rows"]
        if row["verdict"] != row["expected"]
    )
    labels = _labels_said(bound, theorems)
    described = (*bound.summary.described(), *([labels] if labels else []))
    return Report(
        content,
        tuple(t.name for t in redo),
        unexpected,
        described,
        tuple(sorted(made_anew.not_compared)),
    )


def _heading(settings: Settings, bound: BoundData, theorems: Iterable[Theorem]) -> dict[str, Any]:
    """report.json without its theorems."""
    data = bound.summary
    return {
        "version": REPORT_VERSION,
        "data": {
            "source": data.source,
            "target": data.target,
            "n": data.n,
            "d": data.d,
            "sha256": data.digest,
            "features": list(data.features),
            "labels": _labels_said(bound, theorems),
            "notes": list(data.notes),
            **({"scaling": _scaling_said(bound)} if data.scaling else {}),
        },
        "outer": {"width": settings.width, "seed": settings.seed},
        "theorems": [],
    }


def _rendered(settings: Settings, previous: _Previous, text: str) -> bool:
    """True when every page of the folder is the one made of this content with proofkit's own
    templates.
    """
    if settings.templates is not None or previous.templates or not previous.pages:
        return False
    try:
        unchanged = (settings.out / "report.json").read_text(encoding="utf-8") == text
        return unchanged and all(
            formal.sha256((settings.out / name).read_text(encoding="utf-8")) == digest
            for name, digest in previous.pages.items()
        )
    except (OSError, ValueError):
        return False


def _pages(
    settings: Settings,
    bound: BoundData,
    content: Mapping[str, Any],
    certificates: Mapping[str, Mapping[str, Any]],
    workers: Workers,
) -> dict[str, str]:
    """The appendix and the pages by name; report.html comes last, since it leads to the others."""
    from proofkit.render.appendix import render_appendix
    from proofkit.render.html import OPENING, render_pages

    # Workers draw the plots while this process renders what needs none.
    plots = _villani_plots(settings, bound, content, certificates, workers)
    appendix = render_appendix(content, certificates, settings.templates)
    pages = render_pages(content, certificates, plots, settings.templates)
    opening = pages.pop(OPENING)
    return {"appendix.tex": appendix, **pages, OPENING: opening}


def _write(out: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        write_atomically(out / name, text)


def _remove_stale(
    out: Path, previous: _Previous, certificates: Iterable[str], pages: Iterable[str]
) -> None:
    """Remove what an earlier report wrote and this one does not: its certificates and its pages,
    nobody else's files.
    """
    from proofkit.render.html import FOLDER, GENERATOR

    earlier = {row["file"] for t in previous.theorems.values() for row in t["rows"]}
    for name in sorted(earlier - set(certificates)):
        path = out / "certificates" / name
        if path.parent == out / "certificates":
            path.unlink(missing_ok=True)
    # By what they say of themselves, so that the pages of a report that was interrupted go, too.
    for page in sorted((out / FOLDER).glob("*.html")):
        if f"{FOLDER}/{page.name}" not in pages and GENERATOR in _beginning(page):
            page.unlink(missing_ok=True)


def _beginning(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(1000)
    except OSError:
        return ""


def _villani_plots(
    settings: Settings,
    bound: BoundData,
    content: Mapping[str, Any],
    certificates: Mapping[str, Mapping[str, Any]],
    workers: Workers,
) -> Callable[[str], Plot | None]:
    """For the name of a theorem, V4 against its bound on the first of its certificates that is
    bound to data and proved; None where there is no such certificate, or no plot of it.
    """
    shown = {
        theorem["name"]: row
        for theorem in content["theorems"]
        if (row := _first_with_bound(theorem)) is not None
    }
    if workers is None:
        return lambda name: (
            _plot(settings, bound, shown[name]["loss"], certificates[shown[name]["file"]])
            if name in shown
            else None
        )
    tasks = {
        name: workers.submit(_plot_apart, settings, row["loss"], certificates[row["file"]])
        for name, row in shown.items()
    }
    return lambda name: tasks[name].result() if name in tasks else None


def _first_with_bound(theorem: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The first row of a theorem that is bound to data and whose V4 is proved."""
    for row in theorem["rows"]:
        if row["scope"] == "data" and row["conditions"]["V4"] == "PROVED":
            return row
    return None


def _plot_apart(settings: Settings, loss: str, certificate: Mapping[str, Any]) -> Plot | None:
    """The plot, in a worker process."""
    return _plot(settings, _prepare(settings).data, loss, certificate)


def _plot(
    settings: Settings, bound: BoundData, loss: str, certificate: Mapping[str, Any]
) -> Plot | None:
    """V4 against its bound for a certificate about data whose rows are at hand."""
    from proofkit.numeric.kernels import float_arrays
    from proofkit.problem.data import generate_outer
    from proofkit.render.plots import villani_plot

    table = bound.of_loss[resolve_loss(loss).classifies][1]
    if table is None:
        return None
    X, y = float_arrays(table)
    a = [float(v) for v in generate_outer(settings.width, settings.seed)]
    return villani_plot(certificate, X, y, a)


COQ = "coq.json"  # what coqc said of each certificate, apart: it needs Coq, the rest does not


@dataclass(frozen=True)
class _CoqRecords:
    """The content of coq.json, and the scripts that were written for it."""

    content: Mapping[str, Any]
    scripts: Mapping[str, str]

    def text(self) -> str:
        """coq.json."""
        return json.dumps(self.content, indent=1) + "\n"


def _coq_records(settings: Settings, texts: Mapping[str, str], progress: Progress) -> _CoqRecords:
    """Made anew with --coq, else those in the folder as far as they speak of this library and these
    certificates.
    """
    return _coq_anew(settings, texts, progress) if settings.coq else _coq_kept(settings, texts)


def _coq_kept(settings: Settings, texts: Mapping[str, str]) -> _CoqRecords:
    """The records of coq.json, and those that `proofkit coq` wrote beside certificates."""
    mark = formal.mark()
    try:
        found = json.loads((settings.out / COQ).read_text(encoding="utf-8"))
        kept = {
            k: v
            for k, v in found["certificates"].items()
            if found["mark"] == mark and k in texts and v["sha256"] == formal.sha256(texts[k])
        }
        axioms = [str(a) for a in found["assumptions"]] if kept else []
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        kept, axioms = {}, []
    for name, text in texts.items():
        if name in kept:
            continue
        try:
            path = settings.out / "certificates" / name
            own = formal.record_beside(path, json.loads(text)["digest"])
            if own is not None:
                said = ("result", "conditions", "theorems", "missing", "coq")
                kept[name] = {"sha256": formal.sha256(text), **{k: own[k] for k in said}}
                axioms = sorted({*axioms, *map(str, own["assumptions"])})
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return _CoqRecords({"mark": mark, "assumptions": axioms, "certificates": kept}, {})


def _coq_anew(settings: Settings, texts: Mapping[str, str], progress: Progress) -> _CoqRecords:
    """Every certificate through coqc."""
    contents = {name: record_of(json.loads(text)) for name, text in texts.items()}
    records = [formal.record_of(content, name) for name, content in contents.items()]
    done = formal.compiled(
        records, contents, settings.jobs, lambda k, total, what: progress(k, total, f"coqc {what}")
    )
    left_out = ("certificate", "coq_file", "assumptions", "mark")
    content = {
        r.file: {
            "sha256": formal.sha256(texts[r.file]),
            **{k: v for k, v in r.content().items() if k not in left_out},
        }
        for r in done
    }
    axioms = sorted({a for r in done if r.outcome is not None for a in r.outcome.assumptions})
    scripts = {
        f"{r.file.removesuffix('.json')}.v": r.script.text for r in done if r.script is not None
    }
    return _CoqRecords(
        {"mark": formal.mark(), "assumptions": axioms, "certificates": content}, scripts
    )


def _coq_of(records: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the reports show of a record: the conditions that coqc accepted, its version, what is
    missing.
    """
    r = records.get(row["file"])
    if r is None:
        return None
    accepted = r["result"] == "accepted"
    conditions = [c for c in r["conditions"] if c in row["conditions"]] if accepted else []
    decided = {c for c, verdict in row["conditions"].items() if verdict != "UNKNOWN"}
    return {
        "result": r["result"],
        "full": accepted and decided <= set(conditions),
        "conditions": conditions,
        "theorems": r["theorems"] if accepted else [],
        "missing": r["missing"],
        "version": r["coq"],
    }


def _prove_all(
    settings: Settings,
    redo: list[Theorem],
    bound: BoundData,
    workers: Workers,
    progress: Progress,
) -> _Proved:
    """The certificates of the theorems to be proved anew."""
    work = [(t, i) for t in redo for i in t.instances() if not _left_out(i, bound)]
    if not work:
        return _together([])
    compared: dict[str, dict[str, None]] = {}
    for _, instance in work:
        if instance.layers.text or of_classes(loss_of(instance.loss)):
            continue  # SymPy derives the formulas of the net with one trained layer
        compared.setdefault(instance.loss, {})[instance.activation] = None
    parts: list[_Proved] = []
    total = len(work)
    if workers is None:
        ordered = [item for group in _groups(work, 1) for item in group]
        for done, (theorem, instance) in enumerate(ordered, 1):
            parts.append(_prove(settings, [(theorem, instance)]))
            progress(done, total, f"{theorem.name}: {instance.activation}")
        parts += [_compare(loss, activations) for loss, activations in compared.items()]
        return _together(parts)
    # Several small groups per process keep both ends busy; an activation stays in one group, and
    # SymPy derives the formulas of a loss in one process.
    groups = _groups(work, _jobs(settings) * 4)
    groups.sort(key=_cost, reverse=True)
    futures = [workers.submit(_prove, settings, group) for group in groups]
    futures += [
        workers.submit(_compare, loss, tuple(activations)) for loss, activations in compared.items()
    ]
    for future in as_completed(futures):
        part = future.result()
        parts.append(part)
        done = sum(len(p.certificates) for p in parts)
        progress(done, total, next((i.activation for i in part.certificates), "formulas"))
    return _together(parts)


__all__ = ["Fraction", "Report", "Settings", "bundled_data", "make_report", "write_atomically"]
