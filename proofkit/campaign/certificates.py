"""Mutated certificates against the checker, judged by a third opinion.

A mutant is *accepted and false* when the checker calls it valid although something it states is not
so, in the opinion of ``proofkit.campaign.opinion``.  A crash is anything but a refusal, and a
time-out a certificate that takes too long to be refused.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import sha256
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from proofkit.campaign.mutants import OF_THE_DATA, mutate
from proofkit.campaign.opinion import Opinion
from proofkit.campaign.places import Json
from proofkit.campaign.strangers import Stranger, about, stranger
from proofkit.campaign.words import FALSE
from proofkit.check.outcome import ELSEWHERE, INVALID, OPEN, VALID, Outcome, check
from proofkit.check.reader import Reader, load_problem
from proofkit.kernel.certificate import UnreadableError, document_of_json, read_json
from proofkit.kernel.replay import replay
from proofkit.kernel.univariate.parser import parse
from proofkit.losses.catalogue import resolve as resolve_loss
from proofkit.pools import in_order, worker_processes
from proofkit.reading.table import standardised

SLOW = 10.0  # seconds for one certificate: counted as a time-out
REFUSED: Mapping[str, str] = MappingProxyType(
    {INVALID: "invalid", OPEN: "not verified", ELSEWHERE: "not yours"}
)
UNREADABLE, CRASH, TIME_OUT = "unreadable", "crash", "time-out"
OUTCOMES = (
    *REFUSED.values(),
    UNREADABLE,
    "unchanged",
    "true",
    "undecided",
    FALSE,
    CRASH,
    TIME_OUT,
)
VIOLATIONS = (FALSE, CRASH, TIME_OUT)
SHOWN = 20  # violations that are reported


@dataclass
class Tally:
    """Counts by kind of mutation."""

    counts: dict[str, Counter[str]] = field(default_factory=dict[str, Counter[str]])
    violations: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    slowest: float = 0.0

    def add(self, other: Tally) -> None:
        """Sum up."""
        for kind, counts in other.counts.items():
            self.counts.setdefault(kind, Counter()).update(counts)
        self.violations += other.violations
        self.slowest = max(self.slowest, other.slowest)

    def note(self, kind: str, outcome: str, seconds: float) -> None:
        """Count one mutant."""
        self.counts.setdefault(kind, Counter())[outcome] += 1
        self.slowest = max(self.slowest, seconds)

    def as_dict(self) -> Json:
        """The table: mutants, share rejected, what became of the accepted ones."""
        total: Counter[str] = Counter()
        for counts in self.counts.values():
            total.update(counts)
        return {
            "mutants": sum(total.values()),
            "table": {
                kind: _row(counts)
                for kind, counts in sorted([*self.counts.items(), ("all", total)])
            },
            "slowest_seconds": round(self.slowest, 3),
            "violations": self.violations[:SHOWN],
        }


def _row(counts: Counter[str]) -> Json:
    mutants = sum(counts.values())
    rejected = sum(counts[outcome] for outcome in (UNREADABLE, *REFUSED.values()))
    return {
        "mutants": mutants,
        "rejected_share": round(rejected / max(mutants, 1), 4),
        **{outcome: counts[outcome] for outcome in OUTCOMES},
    }


# -- the reader ------------------------------------------------------------------------------------


def reader_of(content: Json) -> Reader | None:
    """The reader with the bundled data, where a certificate is about these and holds for that
    reader; else None.
    """
    data = content["problem"]["data"]
    file = resources.files("proofkit").joinpath("data/diabetes.csv")
    with resources.as_file(file) as path:
        if data is None or data["sha256"] != sha256(path.read_bytes()).hexdigest():
            return None
        above = (data["labels"] or {}).get("above")
        reader = load_problem(path, data["target"], label_above=above)
    return reader if check(content, reader).status == VALID else None


# -- the campaign ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Job:
    """So many mutants of one certificate; ``other`` is one from which parts are transplanted."""

    path: Path
    other: Path
    seed: int
    mutants: int


def _rows(reader: Reader | None, content: Json) -> list[list[Fraction]]:
    """The rows of a reader, as numbers: standardised where those of the certificate are."""
    table = None if reader is None else reader.table
    if table is None:
        return []
    if content["problem"]["data"].get("scaling") is not None:
        table = standardised(table)
    return [[Fraction(value, table.x_scale) for value in row] for row in table.rows]


def _reader(other: Stranger) -> Reader:
    """A reader who says what a stranger does."""
    lam, noise = (None if v is None else Fraction(v) for v in (other.lam, other.noise))
    sigma = None if other.activation is None else parse(other.activation)
    loss = None if other.loss is None else resolve_loss(other.loss)
    return Reader(lam=lam, noise=noise, loss=loss, activation=sigma)


def _scaling(content: Json) -> object:
    """How a certificate says that the data were scaled."""
    return (content["problem"]["data"] or {}).get("scaling")


class _Trial:
    """The mutants of one certificate, each made from its number alone.

    One in three is shown to nobody, one to the reader whose problem the original is about, and one
    to a reader with a problem of his own.
    """

    def __init__(self, job: Job, folder: Path) -> None:
        self.job, self.file = job, folder / "mutant.json"
        self.content: Json = dict(read_json(job.path))
        self.other: Json = dict(read_json(job.other))
        self.reader = reader_of(self.content)
        self.rows = _rows(self.reader, self.content)
        self.opinion = Opinion(self.content)
        # While its facts are held, the steps that a mutant leaves as they are cost nothing.
        self.held = replay(document_of_json(self.content))

    def mutant(self, number: int) -> tuple[str, Json | str]:
        """(kind, the mutant) of a number."""
        rng = random.Random(f"{self.job.seed}:{self.job.path.name}:{number}")
        while True:
            found = mutate(rng, self.content, self.other)
            if found is not None and (self.reader is not None or found[0] not in OF_THE_DATA):
                return found

    def run(self, number: int, tally: Tally) -> None:
        """Make a mutant, have it checked and judged, and count it."""
        kind, mutant = self.mutant(number)
        start = time.monotonic()
        if number % 3 == 2 and kind not in OF_THE_DATA:
            other = stranger(random.Random(f"{self.job.seed}:{number}"), self.content)
            outcome, note = self._outcome(mutant, _reader(other), other)
        else:
            shown = self.reader if number % 3 == 1 or kind in OF_THE_DATA else None
            outcome, note = self._outcome(mutant, shown)
        seconds = time.monotonic() - start
        if seconds > SLOW:
            outcome, note = TIME_OUT, f"{seconds:.1f} s; {note}"
        tally.note(kind, outcome, seconds)
        if outcome in VIOLATIONS:
            tally.violations.append(
                {
                    "certificate": self.job.path.name,
                    "mutant": str(number),
                    "kind": kind,
                    "outcome": outcome,
                    "note": note[:200],
                }
            )

    def _outcome(
        self, mutant: Json | str, reader: Reader | None, other: Stranger | None = None
    ) -> tuple[str, str]:
        """(outcome, note) of one mutant."""
        try:
            if isinstance(mutant, str):
                self.file.write_bytes(mutant.encode("utf-8", "surrogateescape"))
                mutant = dict(read_json(self.file))
            found = check(mutant, reader)
        except UnreadableError:
            return UNREADABLE, ""
        except Exception as error:  # a refusal is an outcome; anything else is a finding
            return CRASH, f"{type(error).__name__}: {error}"
        if not found.valid:
            return REFUSED[found.status], ""
        try:
            if other is not None and about(mutant, other) == FALSE:
                return FALSE, f"it is not about the problem of {other}"
            return self._judged(mutant, found, None if other is not None else reader)
        except (LookupError, TypeError, ValueError, ArithmeticError) as error:
            # What was accepted has fields that no certificate has.
            return FALSE, f"it says something unintelligible: {type(error).__name__}: {error}"

    def _judged(self, mutant: Json, found: Outcome, reader: Reader | None) -> tuple[str, str]:
        """What the opinion says of a mutant that was accepted, and of what in it."""
        rows = None if reader is None else self.rows
        bound = reader is not None and mutant["problem"]["data"] is not None
        if bound and _scaling(mutant) != _scaling(self.content):
            return FALSE, f"the reader's data are not scaled like that: {found.statement}"
        word = self.opinion.judge(mutant, rows)
        about = [what for each, what in self.opinion.words(mutant, rows) if each == word]
        return word, f"{', '.join(about[:4])}: {found.statement}"


def one_batch(job: Job) -> Tally:
    """The mutants of one certificate."""
    tally = Tally()
    with TemporaryDirectory() as folder:
        trial = _Trial(job, Path(folder))
        for number in range(job.mutants):
            trial.run(number, tally)
    return tally


def campaign(
    paths: Sequence[Path],
    n: int,
    seed: int,
    jobs: int,
    progress: Callable[[int, int], None] | None = None,
) -> Tally:
    """``n`` mutants spread evenly over the certificates; the same mutants whatever the number of
    processes.
    """
    work = _jobs(paths, n, seed)
    total = Tally()
    with _tallies(work, jobs) as tallies:
        for done, tally in enumerate(tallies, 1):
            total.add(tally)
            if progress:
                progress(done, len(work))
    return total


def _jobs(paths: Sequence[Path], n: int, seed: int) -> list[Job]:
    rng = random.Random(seed)
    shares = [n // len(paths) + (i < n % len(paths)) for i in range(len(paths))]
    others = [rng.choice(list(paths)) for _ in paths]
    return [
        Job(path, other, seed, share)
        for path, other, share in zip(paths, others, shares, strict=True)
        if share
    ]


@contextmanager
def _tallies(work: Sequence[Job], jobs: int) -> Iterator[Iterator[Tally]]:
    """The tallies of the jobs, in order."""
    if jobs == 1:
        yield map(one_batch, work)
        return
    with worker_processes(jobs) as pool:
        yield iter(in_order(pool, one_batch, work))
