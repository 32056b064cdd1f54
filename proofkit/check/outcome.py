"""A certificate from a document to a verdict: its steps, its statement, and the reader's problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from types import MappingProxyType

from proofkit.check.compare import UndecidedFunctionError, paired, same_function
from proofkit.check.layers import compared_layers
from proofkit.check.reader import Reader
from proofkit.check.scope import Problem, UndecidedRangeError, problem_of, unmet
from proofkit.errors import InputError
from proofkit.kernel.certificate import Document, document_of_json
from proofkit.kernel.claims import Fails
from proofkit.kernel.codec import MalformedError
from proofkit.kernel.facts import Fact
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.network.architecture import SQUARE, Architecture
from proofkit.kernel.objective.data import DataSummary, UndecidedError, data_differ, outer_differ
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.replay import PROBLEM, SUMMARY, Failure, Replayed, replay
from proofkit.kernel.univariate.terms import to_text
from proofkit.kernel.verdicts import is_about_an_instance, named
from proofkit.losses.catalogue import name_of
from proofkit.reading.table import Table, as_recorded, is_standardised, rows_sha256
from proofkit.sentences.statement import EQUIVALENCE, deciding, statements_of, steps_of

VALID, INVALID, OPEN, ELSEWHERE = (
    "valid",
    "INVALID",
    "not verified",
    "valid but not about your problem",
)
EXIT: Mapping[str, int] = MappingProxyType({VALID: 0, INVALID: 1, OPEN: 3, ELSEWHERE: 4})
NOTHING = "claims nothing"
YOUR_PROBLEM = "your problem"
YOURS = " with yours"
COMPARED = (
    "every step with its rule, every enclosure with this program's own, verdict and "
    "statement with the steps"
)
QUOTED = (
    "the theorem's own words, notes, sources, versions and the names of files and "
    "activations are quoted, not checked",
    "exact forms and places of suprema are compared with the enclosures and witnesses "
    "(places to 10^-9), not proved",
)


@dataclass(frozen=True)
class Line:
    """One step of the tree that is shown: what was checked, whether it holds, why not, and what it
    rests on.
    """

    name: str
    rule: str
    evidence: str
    holds: bool
    reason: str = ""
    premises: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """The verdict on a certificate.

    ``status`` is VALID; INVALID when something it says is wrong; OPEN when it needs rows that the
    reader did not give, or a comparison with the reader's problem stays open; ELSEWHERE when every
    step holds and the verdict does not follow for the reader's problem, for the reasons in
    ``differences``.  ``compared`` and ``not_compared`` say what the status rests on.  ``statement``
    is what was verified; an UNKNOWN certificate claims nothing.
    """

    status: str
    verdict: str
    statement: str
    lines: tuple[Line, ...]
    not_compared: tuple[str, ...]
    differences: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()
    scaled: str = ""
    """How the reader's rows were made the certificate's, where they were scaled."""

    @property
    def valid(self) -> bool:
        """True when the certificate holds and is about the reader's problem, as far as the reader
        gave that.
        """
        return self.status == VALID

    @property
    def closing(self) -> str:
        """One sentence that says what was compared, and what not."""
        done = f"; compared: {listed(self.compared)}" if self.compared else ""
        return f"not compared: {listed(self.not_compared)}{done}"


def listed(items: Sequence[str]) -> str:
    """The items, with those that end with YOURS drawn together in front.

    >>> listed(("lambda with yours", "s with yours", "the sha256"))
    'lambda and s with yours; the sha256'
    """
    yours = [item.removesuffix(YOURS) for item in items if item.endswith(YOURS)]
    last = " and ".join([", ".join(yours[:-1]), yours[-1]] if yours[1:] else yours)
    rest = [item for item in items if not item.endswith(YOURS)]
    return "; ".join([*([last + YOURS] if yours else []), *rest])


@dataclass
class Comparison:
    """A certificate's problem beside the reader's: what differs, what was not compared, what stays
    open, and the reader's rows where they are the certificate's.
    """

    differences: list[str] = field(default_factory=list[str])
    not_compared: list[str] = field(default_factory=list[str])
    open: str = ""
    own: Table | None = None
    rows: Table | None = None
    scaled: str = ""
    lam: Fraction | None = None
    """The reader's lambda, which may be said as the decay of a layer."""


def check(content: Mapping[str, object], reader: Reader | None = None) -> Outcome:
    """Every step again, then the summary, then the reader's problem.

    The first failure makes the certificate invalid, or not verified where it needs what the reader
    did not give.
    """
    try:
        document = document_of_json(content)
        objective = document.problem.objective()
    except MalformedError as error:
        line = Line("document", "", "", False, str(error))
        verdict = str(content.get("verdict"))
        return Outcome(INVALID, verdict, _shown(verdict, content.get("statement")), (line,), QUOTED)
    statement = _shown(document.verdict, document.statement)
    return _Judgement(document, objective, reader or Reader()).outcome(statement)


def _shown(verdict: str, statement: object) -> str:
    """The statement; an UNKNOWN certificate claims nothing, whatever it says."""
    return NOTHING if verdict == "UNKNOWN" else str(statement)


class _Judgement:
    """One certificate beside one reader."""

    def __init__(self, document: Document, objective: Objective, reader: Reader) -> None:
        self.document, self.objective, self.reader = document, objective, reader
        self.comparison = Comparison()

    def outcome(self, statement: str) -> Outcome:
        """The verdict on it."""
        found = self.comparison = _compared(self.objective, self.reader)
        self.reader = replace(self.reader, lam=found.lam)
        replayed = replay(self.document, found.rows)
        failure = self._explained(replayed) or self._wrong_statement(replayed)
        lines = self._lines(replayed)
        if failure is None:
            lines.append(Line(SUMMARY, "", "", True))
            failure = self._follows(replayed)
        if failure is not None:
            lines.append(Line(failure.where, "", "", False, failure.why))
            status = OPEN if failure.undecided else INVALID
            return self._made(status, statement, lines)
        if found.differences:
            lines += [Line(YOUR_PROBLEM, "", "", False, why) for why in found.differences]
            return self._made(ELSEWHERE, statement, lines)
        return self._made(VALID, statement, lines)

    def _made(self, status: str, statement: str, lines: Sequence[Line]) -> Outcome:
        holds, found = status in (VALID, ELSEWHERE), self.comparison
        return Outcome(
            status,
            self.document.verdict,
            statement,
            tuple(lines),
            (*QUOTED, *(found.not_compared if holds else ())),
            tuple(found.differences),
            (COMPARED, *self.reader.named) if holds else (),
            found.scaled if holds else "",
        )

    def _lines(self, replayed: Replayed) -> list[Line]:
        """The problem and the steps that hold."""
        failure = replayed.failure
        if failure is not None and failure.where == PROBLEM:
            return []
        lines = [Line(PROBLEM, _about(self.objective), "", True)]
        for step in self.document.steps:
            if step.id in replayed.facts:
                evidence = replayed.facts[step.id].evidence
                lines.append(Line(step.id, step.rule, evidence, True, "", step.premises))
        return lines

    def _explained(self, replayed: Replayed) -> Failure | None:
        """What failed in the replay, in the words for this reader."""
        failure, found = replayed.failure, self.comparison
        if failure is None or not failure.needs_rows:
            return failure
        if found.own is None:
            why = "this step needs the data: give --problem and --target"
        else:
            other = found.open or next(iter(found.differences), "")
            why = f"this step needs the certificate's own data: {other}"
        return Failure(failure.where, why, undecided=True)

    def _wrong_statement(self, replayed: Replayed) -> Failure | None:
        """Why the statement is not the one that the goals give."""
        document = self.document
        if replayed.failure is not None or document.verdict == "UNKNOWN":
            return None
        said = steps_of(document, self.objective)
        goals = [said[goal] for goal in self._deciding()]
        if document.statement in statements_of(document, self.objective, goals):
            return None
        return Failure(SUMMARY, "the statement is not that of a goal")

    def _deciding(self) -> list[str]:
        claims = {step.id: step.claim for step in self.document.steps}
        return deciding(self.document, self.objective, claims)

    # -- what follows for the reader ---------------------------------------------------------------

    def _follows(self, replayed: Replayed) -> Failure | None:
        """Notes why the verdict, which the steps prove, does not follow for the reader's own
        problem; a failure when a comparison stays open.
        """
        document, found = self.document, self.comparison
        if found.open:
            return Failure(YOUR_PROBLEM, found.open, undecided=True)
        both = (document.claim, document.verdict) == (EQUIVALENCE, "PROVED")
        problem = problem_of(self.objective, self.reader, found.own)
        try:
            for goal in self._deciding():
                fact = replayed.facts[goal]
                if not both:
                    self._in_range(fact, problem)
                self._about_instance(fact, both)
        except UndecidedRangeError as error:
            return Failure(YOUR_PROBLEM, str(error), undecided=True)
        if named(document.claim).one_sign and document.verdict == "PROVED":
            self._of_one_sign()
        return None

    def _in_range(self, goal: Fact, problem: Problem) -> None:
        """The reader's lambda and s lie in the scope of a goal."""
        for found in unmet(goal, problem):
            condition = found.condition
            if found.known:
                self.comparison.differences.append(
                    f"the statement is for {condition.text}, your {condition.name} is "
                    f"{str(found.own)[:40]}"
                )
            else:
                self.comparison.not_compared.append(
                    f"your {condition.name} with {condition.bound}, a symbol here"
                )

    def _about_instance(self, goal: Fact, both: bool) -> None:
        """An instance of the certificate's choice says nothing about the reader's data."""
        claim, reader = goal.claim, self.reader
        of_instance = isinstance(claim, Fails) and is_about_an_instance(claim)
        if not (of_instance and self.objective.symbolic and reader.own_data):
            return
        if not both or (reader.lam is not None and reader.lam <= 0):
            self.comparison.differences.append(
                "an instance that the certificate chose says nothing about your own data and outer "
                "weights"
            )
        elif reader.lam is None:
            self.comparison.not_compared.append(
                "your data for lambda <= 0, where the certificate names an instance"
            )

    def _of_one_sign(self) -> None:
        """The reader's outer weights have one sign."""
        weights = self.reader.outer
        if weights is None:
            self.comparison.not_compared.append(
                "your outer weights with the one sign that is assumed"
            )
        elif min(weights) < 0 < max(weights):
            self.comparison.differences.append(
                "the statement is for outer weights of one sign, yours have both"
            )


def _about(objective: Objective) -> str:
    """What the certificate is about, from what was read and not from the names it gives."""
    lam, s = (
        f"{name} = {value}" if value is not None else f"{name} a symbol"
        for name, value in (("lambda", objective.lam), ("s", objective.noise))
    )
    data = "any n, p, d, data and a"
    if objective.architecture is not None:
        data = "any n, d and data"
    if objective.data is not None:
        scaled = "" if objective.data.scaling is None else ", scaled data"
        p = "" if objective.outer is None else f", p = {objective.outer.p}"
        data = f"n = {objective.data.n}, d = {objective.data.d}{p}{scaled}"
    if objective.architecture is not None:
        data = f"{_layers_said(objective.architecture)}, {data}"
    return f"sigma = {to_text(objective.sigma)}, {name_of(objective.loss)} loss, {lam}, {s}, {data}"


def _layers_said(architecture: Architecture) -> str:
    """The layers in a few words: sizes, what is trained, biases, decays and the power.

    >>> from proofkit.kernel.network.architecture import DenseLayer
    >>> from proofkit.kernel.univariate.parser import parse
    >>> layers = DenseLayer(4, bias="decayed"), DenseLayer(1, trained=False)
    >>> _layers_said(Architecture(layers, (parse("tanh(z)"),)))
    'layers: 4 trained with decayed bias; 1 fixed'
    """
    words: list[str] = []
    for layer in architecture.layers:
        size = "any" if layer.units is None else str(layer.units)
        bias = "" if layer.bias == "none" else f" with {layer.bias} bias"
        decay = "" if layer.decay is None else f", decay {str(layer.decay)[:40]}"
        words.append(f"{size} {'trained' if layer.trained else 'fixed'}{bias}{decay}")
    power = "" if architecture.power == SQUARE else f", decay of power {architecture.power}"
    several = "" if architecture.one_activation else f", activations {_written(architecture)}"
    return f"layers: {'; '.join(words)}{several}{power}"


def _written(architecture: Architecture) -> str:
    return "; ".join(to_text(root)[:60] for root in architecture.activations)


# -- the two problems ------------------------------------------------------------------------------


def _compared(objective: Objective, reader: Reader) -> Comparison:
    """The reader's problem beside the certificate's; what differs is said once the steps hold."""
    layers = compared_layers(objective, reader.layers, reader.activations, reader.loss, reader.lam)
    found = Comparison(lam=layers.lam)
    for name, own, recorded in (
        ("lambda", layers.lam, objective.lam),
        ("noise", reader.noise, objective.noise),
        ("loss", _loss_name(reader.loss), _loss_name(objective.loss)),
    ):
        if own is None:
            found.not_compared.append(f"{name} with yours")
        elif recorded is not None and own != recorded:
            found.differences.append(
                f"the certificate is about {name} = {str(recorded)[:40]}, yours is {str(own)[:40]}"
            )
    found.differences += layers.differences
    found.not_compared += layers.not_compared
    _compare_activation(found, objective, reader)
    try:
        found.own = reader.data_for(objective.loss)
    except InputError as error:
        found.differences.append(str(error))
    if objective.data is not None:
        _compare_rows(found, objective.data, reader.standardise)
    if objective.outer is not None:
        _compare_weights(found, objective, reader)
    return found


def _loss_name(loss: Loss | None) -> str | None:
    return None if loss is None else name_of(loss)


def _compare_activation(found: Comparison, objective: Objective, reader: Reader) -> None:
    if reader.activations is None:
        found.not_compared.append("activation with yours")
        return
    architecture, own = objective.architecture, reader.activations
    recorded = (objective.sigma,) if architecture is None else architecture.activations
    pairs = paired(own, recorded)
    if pairs is None:
        found.differences.append(
            f"the certificate's activations are {len(recorded)} in number, yours are {len(own)}"
        )
        return
    for mine, said in pairs:
        try:
            same = same_function(mine, said)
        except UndecidedFunctionError as error:
            found.open = str(error)
            continue
        if not same:
            found.differences.append(
                f"the certificate is about activation = {to_text(said)[:60]!r}, yours is another "
                f"function"
            )


def _compare_rows(found: Comparison, data: DataSummary, standardise: bool | None) -> None:
    """The reader's rows, which steps may need, are the certificate's: as they are, or scaled as the
    certificate says where it speaks of standardised data and the reader does not object.
    """
    if found.own is None:
        what = "the constants of the data" + (", their scaling" if data.scaling else "")
        found.not_compared.append(f"{what} and their sha256 with your file")
        return
    try:
        if standardise is None:
            found.own = as_recorded(found.own, data.rows_sha256, data.scaling)
        why = _other_rows(data, found.own)
    except UndecidedError as error:
        found.open = str(error)
        return
    except InputError as error:
        why = str(error)
    if why:
        found.differences.append(why)
        return
    own = found.rows = found.own
    if data.digest != own.digest:
        found.not_compared.append("the sha256: your file is another one with the same numbers")
    if data.features != own.features:
        found.not_compared.append("the names of the features, which your file calls otherwise")
    if own.scaling is not None and data.scaling is None:
        found.not_compared.append("mean and scale, of which the certificate has none")
    elif own.scaling is not None:
        found.scaled = (
            f"your data, {own.scaling.what} standardised with the certificate's mean and scale"
        )
    elif data.scaling is not None:
        found.not_compared.append("mean and scale: your file has the scaled numbers already")


def _other_rows(data: DataSummary, own: Table) -> str:
    """How the certificate's data differ from the reader's rows and labels; '' when they do not."""
    if data.target != own.target:
        return f"the certificate predicts {data.target[:40]!r}, you {own.target[:40]!r}"
    if data.labels != own.label_map:
        said, mine = (
            None if labels is None else labels.json() for labels in (data.labels, own.label_map)
        )
        return f"the certificate's labels are {str(said)[:60]}, yours {str(mine)[:60]}"
    return _other_scaling(data, own) or data_differ(data, own)


def _other_scaling(data: DataSummary, own: Table) -> str:
    """How the certificate's scaling differs from what standardises the reader's data; '' when it
    does not, or one of the two has none: then the rows alone are compared.
    """
    if data.scaling is None:
        return ""
    if own.scaling is None:
        same_size = len(data.scaling.features) == own.d
        if not same_size or rows_sha256(own) != data.rows_sha256:
            return ""  # other rows, which the next comparison says
        if data.digest == own.digest:
            return "the certificate says that your file was scaled, and has the numbers of the file"
        if not is_standardised(own, data.scaling):
            return "the certificate says that the data were standardised, and your file is not"
        return ""
    if data.scaling == own.scaling:
        return ""
    for (name, said), (_, mine) in zip(
        data.scaling.columns(own.features, own.target),
        own.scaling.columns(own.features, own.target),
        strict=False,
    ):
        if said != mine:
            said_text, mine_text = (
                f"{c.json()['mean']}, {c.json()['scale']}"[:60] for c in (said, mine)
            )
            return (
                f"the certificate's data are scaled, and not by what standardises yours: mean and "
                f"scale of {name[:40]!r} are {said_text} there, {mine_text} here"
            )
    return "the certificate's data are scaled, and other columns of them than of yours"


def _compare_weights(found: Comparison, objective: Objective, reader: Reader) -> None:
    if reader.outer is None:
        found.not_compared.append("the outer weights with yours")
    elif objective.outer is not None and (why := outer_differ(objective.outer, reader.outer)):
        found.differences.append(why)
