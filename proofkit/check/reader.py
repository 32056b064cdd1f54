"""The reader's own problem: data, outer weights and parameters read from their files."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from proofkit.catalogue import resolve
from proofkit.errors import InputError, ParseError, quoted
from proofkit.kernel.certificate import UnreadableError
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.objective.data import generate_outer
from proofkit.kernel.univariate.terms import Node
from proofkit.losses.catalogue import resolve as resolve_loss
from proofkit.reading.outer import outer_weights
from proofkit.reading.problem_file import SUFFIX, ProblemFile, Said, read_problem
from proofkit.reading.table import Table, load_table, standardised, with_labels


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
        labelled = with_labels(self.table, self.label_above) if loss.classifies else self.table
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
    return Reader(
        _table(file),
        file.label_above,
        _outer(file),
        file.lam,
        file.noise,
        _loss(file),
        _activation(file),
        file.standardise,
    )


def _table(file: ProblemFile) -> Table | None:
    """The rows, where data are named."""
    if file.data is None:
        return None
    if file.target is None:
        raise UnreadableError("the data need --target COLUMN, the column to predict")
    return load_table(file.data, file.target, file.dialect)


def _outer(file: ProblemFile) -> tuple[Fraction, ...] | None:
    """The outer weights, from their file or drawn."""
    if file.outer is not None:
        weights, _ = outer_weights(file.outer, file.dialect.decimal)
        return tuple(weights)
    if file.width is None:
        return None
    return tuple(generate_outer(file.width, file.weights_seed))


def _loss(file: ProblemFile) -> Loss | None:
    """The loss that a name of the catalogue or an expression means."""
    if file.loss is None:
        return None
    try:
        return resolve_loss(file.loss)
    except InputError as error:
        raise UnreadableError(f"{file.path}: {error}") from None


def _activation(file: ProblemFile) -> Node | None:
    """The activation that a name of the catalogue or an expression means."""
    if file.activation is None:
        return None
    try:
        return resolve(file.activation, constant=True).root
    except (InputError, ParseError) as error:
        raise UnreadableError(
            f"{file.path}: activation = {quoted(file.activation)} is no name of the catalogue and "
            f"no expression in z ({str(error)[:60]})"
        ) from None
