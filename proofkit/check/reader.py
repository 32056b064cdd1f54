"""The reader's own problem: data, outer weights and parameters read from their files."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from proofkit.architectures import GivenHead
from proofkit.catalogue import resolve
from proofkit.check.layers import OwnLayers
from proofkit.errors import InputError, ParseError, quoted
from proofkit.kernel.certificate import UnreadableError
from proofkit.kernel.losses.cross_entropy import CrossEntropyLoss
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.objective.data import generate_outer
from proofkit.kernel.univariate.terms import Node
from proofkit.losses.catalogue import resolve as resolve_loss
from proofkit.reading.layers import split_activations
from proofkit.reading.outer import outer_weights
from proofkit.reading.problem_file import SUFFIX, ProblemFile, Said, read_problem
from proofkit.reading.table import (
    Table,
    load_table,
    require_numbers,
    standardised,
    with_classes,
    with_labels,
)


@dataclass(frozen=True, eq=False)
class Reader:
    """What the reader says the problem is; None for what was not said.

    ``table`` holds the data with their own targets, ``label_above`` the threshold that makes labels
    of them; ``standardise`` says whether L is that of the standardised data, and None leaves that
    to the certificate.
    """

    table: Table | None = None
    label_above: Fraction | None = None
    outer: tuple[Fraction, ...] | None = None
    lam: Fraction | None = None
    noise: Fraction | None = None
    loss: Loss | None = None
    activation: Node | None = None
    standardise: bool | None = None
    further: tuple[Node, ...] = ()
    layers: OwnLayers = field(default_factory=OwnLayers)

    @property
    def activations(self) -> tuple[Node, ...] | None:
        """That of all hidden layers, or that of each: ``further`` are those after the first."""
        return None if self.activation is None else (self.activation, *self.further)

    @property
    def named(self) -> tuple[str, ...]:
        """What the reader said of the problem, and so what a certificate is compared with."""
        given = {
            "the data": self.table,
            "the outer weights": self.outer,
            "lambda": self.lam,
            "s": self.noise,
            "the loss": self.loss,
            "the activation": self.activation,
            "the layers": self.layers if self.layers.beyond_a_width else None,
        }
        return tuple(f"{name} with yours" for name, value in given.items() if value is not None)

    @property
    def own_data(self) -> bool:
        """True when the reader named rows or outer weights: then the problem is about these, not
        about all.
        """
        return self.table is not None or self.outer is not None

    def data_for(self, loss: Loss) -> Table | None:
        """The reader's rows with the labels that a loss takes, standardised where the reader says
        so; InputError when their target names no two classes.
        """
        if self.table is None:
            return None
        if type(loss) is CrossEntropyLoss:
            labelled = with_classes(self.table)
        elif loss.classifies:
            labelled = with_labels(require_numbers(self.table), self.label_above)
        else:
            labelled = require_numbers(self.table)
        return standardised(labelled, not loss.classifies) if self.standardise else labelled


def load_problem(
    path: Path,
    target: str | None,
    delimiter: str | None = None,
    decimal: str | None = None,
    label_above: str | None = None,
) -> Reader:
    """A data file (CSV with a header, Parquet, NPZ), or a TOML file that names the problem.

    The keys of the TOML file are those of ``proofkit.reading.problem_file``; what is given beside
    it may complete it, and must not contradict it.  Raises UnreadableError with the key at fault.
    """
    options = {
        "target": target,
        "delimiter": delimiter,
        "decimal": decimal,
        "label_above": label_above,
    }
    given = {
        key: Said(f"--{key.replace('_', '-')}", value)
        for key, value in options.items()
        if value is not None
    }
    try:
        named = path.suffix.lower() == SUFFIX
        file = read_problem(path) if named else ProblemFile(path, data=path)
        return _reader(file.completed(given))
    except UnreadableError:
        raise
    except InputError as error:
        raise UnreadableError(str(error)) from None


def _reader(file: ProblemFile) -> Reader:
    """What a problem file says, read from the files it names."""
    activations = _activations(file)
    return Reader(
        _table(file),
        file.label_above,
        _outer(file),
        file.lam,
        file.noise,
        _loss(file),
        activations[0] if activations else None,
        file.standardise,
        activations[1:],
        _layers(file),
    )


def _layers(file: ProblemFile) -> OwnLayers:
    """What is said of the layers, and how their fixed weights came about: from a file, or drawn
    where the widths are said.
    """
    head = None
    if file.outer is not None:
        weights, digest = outer_weights(file.outer, file.dialect.decimal)
        head = GivenHead(tuple(weights), file.outer.name, digest)
    said = file.layers
    drawn = said.hidden is not None or file.seed is not None
    return OwnLayers(said, file.weights_seed if drawn else None, head)


def _table(file: ProblemFile) -> Table | None:
    """The rows, where data are named."""
    if file.data is None:
        return None
    if file.target is None:
        raise UnreadableError("the data need --target COLUMN, the column to predict")
    return load_table(file.data, file.target, file.dialect, words=True)


def _outer(file: ProblemFile) -> tuple[Fraction, ...] | None:
    """The outer weights, from their file or drawn."""
    if file.outer is not None:
        weights, _ = outer_weights(file.outer, file.dialect.decimal)
        return tuple(weights)
    widths = file.layers.hidden
    if widths is None or len(widths) != 1:
        return None
    return tuple(generate_outer(widths[0], file.weights_seed))


def _loss(file: ProblemFile) -> Loss | None:
    """The loss that a name of the catalogue or an expression means."""
    if file.loss is None:
        return None
    try:
        return resolve_loss(file.loss)
    except InputError as error:
        raise UnreadableError(f"{file.path}: {error}") from None


def _activations(file: ProblemFile) -> tuple[Node, ...]:
    """The activations that names of the catalogue or expressions mean: one for all hidden layers, or
    one for each; none where nothing is said.
    """
    if file.activation is None:
        return ()
    return tuple(_activation(file, text) for text in split_activations(file.activation))


def _activation(file: ProblemFile, text: str) -> Node:
    try:
        return resolve(text, constant=True).root
    except (InputError, ParseError) as error:
        raise UnreadableError(
            f"{file.path}: activation = {quoted(text)} is no name of the catalogue and "
            f"no expression in z ({str(error)[:60]})"
        ) from None
