"""The options that say what a command is about, and the data, weights or problem they make."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proofkit.cli.console import reading
from proofkit.cli.options import (
    DEFAULT_LOSS,
    ActivationOption,
    BiasOption,
    DataOption,
    DecayOption,
    DecayPowerOption,
    DecimalOption,
    DelimiterOption,
    DepthOption,
    HiddenOption,
    LabelAboveOption,
    LossOption,
    OuterBiasOption,
    OutputsOption,
    SeedOfOuterOption,
    StandardiseOption,
    TargetOption,
    TrainOption,
)
from proofkit.errors import InputError, quoted
from proofkit.numeric.defaults import RUN

if TYPE_CHECKING:
    from proofkit.activation.catalogue import Activation
    from proofkit.check.reader import Reader
    from proofkit.problem.data import DataSummary, Outer
    from proofkit.problem.layers import NetSaid
    from proofkit.problem.problem import Problem
    from proofkit.reading.layers import LayersSaid
    from proofkit.reading.table import DataFile, Table


def rational_or_none(text: str | None, what: str) -> Fraction | None:
    """The rational that an option gives; None where it is left out."""
    from proofkit.activation.catalogue import rational

    return None if text is None else rational(text, what)


@dataclass(frozen=True)
class DataOptions:
    """A data file and how it is read; the bundled data when no file is named."""

    data: DataOption = None
    target: TargetOption = None
    delimiter: DelimiterOption = None
    decimal: DecimalOption = None
    standardise: StandardiseOption = None

    def file(self) -> DataFile:
        """The file asked for, or the bundled one; InputError for a file without its target."""
        from proofkit.report import data_or_bundled

        return data_or_bundled(
            self.data,
            self.target,
            self.delimiter,
            self.decimal,
            standardise=bool(self.standardise),
        )


@dataclass(frozen=True)
class LabelledDataOptions(DataOptions):
    """A data file whose target may be turned into labels by a threshold."""

    label_above: LabelAboveOption = None

    def file(self) -> DataFile:
        """The file asked for, or the bundled one; InputError for a file without its target."""
        from proofkit.report import data_or_bundled

        return data_or_bundled(
            self.data,
            self.target,
            self.delimiter,
            self.decimal,
            self.label_above,
            bool(self.standardise),
        )

    def file_for(self, loss: str) -> DataFile:
        """The file; InputError for a threshold that the loss has no use for."""
        from proofkit.losses.catalogue import resolve as resolve_loss
        from proofkit.problem.layers import takes_classes, takes_labels
        from proofkit.reading.table import require_threshold_fits

        file = self.file()
        # The bundled data have a threshold of their own, which every loss may ignore.
        if self.label_above is not None:
            require_threshold_fits(loss, takes_labels(resolve_loss(loss)), file.label_above)
        return replace(file, classes=takes_classes(resolve_loss(loss)))


@dataclass(frozen=True)
class OuterOptions:
    """The outer weights of a net: drawn from a seed, or read from a file."""

    width: Annotated[
        int | None,
        typer.Option(
            help=f"Width p of the net (default {RUN.width}); its outer weights are drawn from "
            f"--outer-seed."
        ),
    ] = None
    outer: Annotated[
        Path | None,
        typer.Option(help="File with the outer weights, one number per line, instead of --width."),
    ] = None
    outer_seed: Annotated[
        int, typer.Option(help="Seed of the outer weights, as in `proofkit prove`.")
    ] = RUN.outer_seed

    def weights(self, decimal: str | None = None) -> tuple[list[Fraction], str]:
        """The outer weights and how they came about; InputError for a width and a file."""
        from proofkit.problem.data import generate_outer
        from proofkit.reading.outer import outer_weights

        if self.width is not None and self.outer is not None:
            raise InputError("give either --width or --outer, not both")
        if self.outer is not None:
            return outer_weights(self.outer, decimal)[0], self.outer.name
        width = RUN.width if self.width is None else self.width
        return generate_outer(width, self.outer_seed), f"width {width}, seed {self.outer_seed}"

    def summary(self, decimal: str | None = None) -> Outer:
        """The summary of the outer weights, for a problem."""
        from proofkit.problem.data import load_outer, outer_from_seed

        if self.outer is not None:
            return load_outer(self.outer, decimal)
        return outer_from_seed(RUN.width if self.width is None else self.width, self.outer_seed)


@dataclass(frozen=True)
class LayerOptions:
    """The layers of the net: how many, what is trained, biases, outputs and decay."""

    depth: DepthOption = None
    hidden: HiddenOption = None
    train: TrainOption = None
    bias: BiasOption = None
    outer_bias: OuterBiasOption = None
    outputs: OutputsOption = None
    decay: DecayOption = None
    decay_power: DecayPowerOption = None

    def said(self, width: int | None = None) -> LayersSaid:
        """What is said of the layers; InputError for words that are none."""
        from proofkit.reading.layers import LayersSaid

        return LayersSaid.of(
            self.depth,
            self.hidden,
            self.train,
            self.bias,
            self.outer_bias,
            self.outputs,
            self.decay,
            self.decay_power,
            width,
        )

    def two_layers(
        self, command: str, activation: str, loss: str, outer: OuterOptions
    ) -> tuple[Activation, OuterOptions]:
        """The activation and the outer weights, for a command that takes one trained hidden layer
        under a fixed one alone; InputError for any other net.
        """
        from proofkit.problem.layers import net_of, require_two_layers

        made = net_of(activation, loss, None, self.said(outer.width))
        require_two_layers(made.net.architecture, command)
        if made.net.lam is not None:
            raise InputError("a single layer is trained, whose decay is --lam; drop --decay")
        return made.activation, replace(outer, width=made.net.width)


TWO_LAYERS = LayerOptions()
"""Nothing said: one trained hidden layer under a fixed one."""


@dataclass(frozen=True)
class ProblemOptions:
    """A problem: symbolic in n, p and d, or bound to data and outer weights."""

    activation: ActivationOption
    loss: LossOption = DEFAULT_LOSS
    scope: Annotated[
        str | None, typer.Argument(help="'symbolic' (the default without --data).")
    ] = None
    lam: Annotated[
        str | None, typer.Option("--lam", help="lambda, a rational; symbolic when left out.")
    ] = None
    noise: Annotated[
        str | None, typer.Option(help="s > 0, a rational; symbolic when left out.")
    ] = None
    data: Annotated[
        Path | None,
        typer.Option(help="CSV, Parquet or NPZ file; CSV and Parquet may be larger than memory."),
    ] = None
    target: TargetOption = None
    delimiter: DelimiterOption = None
    decimal: DecimalOption = None
    label_above: LabelAboveOption = None
    standardise: StandardiseOption = None
    width: Annotated[
        int | None, typer.Option(help="Width p; outer weights are drawn from --seed.")
    ] = None
    seed: SeedOfOuterOption = RUN.outer_seed
    outer: Annotated[
        Path | None, typer.Option(help="File with the outer weights, one number per line.")
    ] = None

    def problem(
        self, quiet: bool, layers: LayerOptions = TWO_LAYERS
    ) -> tuple[Problem, Table | None]:
        """The problem, with the table of its data where that fits in memory.

        InputError for options that contradict each other or leave the problem open.
        """
        from proofkit.problem.layers import net_of
        from proofkit.problem.problem import Problem

        self._require_scope()
        lam, noise = rational_or_none(self.lam, "--lam"), rational_or_none(self.noise, "--noise")
        made = net_of(self.activation, self.loss, lam, layers.said(self.width))
        if self.data is None:
            self._require_nothing_of_data(made, layers)
            return Problem(
                made.activation,
                self.loss,
                made.net.lam,
                noise,
                architecture=made.net.architecture,
            ), None
        return self._bound(self.data, made, noise, quiet)

    def _require_scope(self) -> None:
        if self.scope not in (None, "symbolic"):
            raise InputError(
                f"unexpected argument {quoted(self.scope)}; the only one is 'symbolic'"
            )
        if self.scope == "symbolic" and self.data is not None:
            raise InputError("'symbolic' and --data contradict each other; drop one")

    def _require_nothing_of_data(self, made: NetSaid, layers: LayerOptions) -> None:
        """InputError for what only a problem bound to data has; the widths of the net of one
        trained layer under a fixed head are symbols without data, and every proof is for all.
        """
        given: dict[str, object] = {
            "--standardise": self.standardise,
            "--target": self.target,
            "--outer": self.outer,
            "--delimiter": self.delimiter,
            "--decimal": self.decimal,
            "--label-above": self.label_above,
        }
        if made.net.architecture is None:
            given |= {"--width": self.width, "--hidden": layers.hidden}
        for name, value in given.items():
            if value is not None:
                raise InputError(
                    f"{name} is for a problem bound to data; add --data FILE, or drop it for "
                    f"symbolic n, p, d"
                )

    def _bound(
        self, data: Path, made: NetSaid, noise: Fraction | None, quiet: bool
    ) -> tuple[Problem, Table | None]:
        """The problem for the data and the weights of the layers that are fixed."""
        from proofkit.problem.layers import (
            bound,
            classes_of,
            head_of,
            require_bindable,
            require_width,
        )
        from proofkit.problem.problem import Problem

        net = made.net
        if self.target is None:
            raise InputError("--data needs --target COLUMN, the column to predict")
        if net.architecture is None and net.width is None and self.outer is None:
            raise InputError(
                "--data needs the outer weights: give --width P (and --seed K), or --outer FILE"
            )
        if self.width is not None and self.outer is not None:
            raise InputError("give either --width or --outer, not both")
        file = self._file(data)
        if net.architecture is None:
            weights = OuterOptions(net.width, self.outer, self.seed).summary(file.dialect.decimal)
            require_width(net.width, weights)
            summary, table = self._read(file, quiet)
            return Problem(made.activation, self.loss, net.lam, noise, summary, weights), table
        require_bindable(net.architecture, self.loss, self.outer)
        head = None if self.outer is None else head_of(self.outer, file.dialect.decimal)
        summary, table = self._read(file, quiet)
        classes = classes_of(self.loss, summary)
        layers = bound(net.architecture, summary.d, self.seed, head, classes)
        return Problem(
            made.activation, self.loss, net.lam, noise, summary, architecture=layers
        ), table

    def _file(self, data: Path) -> DataFile:
        """The data file; InputError for a threshold that the loss has no use for."""
        from proofkit.losses.catalogue import resolve as resolve_loss
        from proofkit.problem.layers import takes_classes, takes_labels
        from proofkit.reading.table import require_threshold_fits
        from proofkit.report import data_or_bundled

        file = data_or_bundled(
            data,
            self.target,
            self.delimiter,
            self.decimal,
            self.label_above,
            bool(self.standardise),
        )
        loss = resolve_loss(self.loss)
        require_threshold_fits(self.loss, takes_labels(loss), file.label_above)
        return replace(file, classes=takes_classes(loss))

    def _read(self, file: DataFile, quiet: bool) -> tuple[DataSummary, Table | None]:
        """The constants of the data, and the rows where they are kept."""
        from proofkit.losses.catalogue import resolve as resolve_loss
        from proofkit.problem.stream import summarise_file

        with reading(quiet, file.path) as progress:
            return summarise_file(file, resolve_loss(self.loss).classifies, progress)


@dataclass(frozen=True)
class ReaderOptions:
    """The problem that certificates are about, with the data that some steps need."""

    problem: Annotated[
        Path | None,
        typer.Option(
            help="The data that a certificate is about, or a TOML file that names the problem, for "
            "steps that need them (as for `check`)."
        ),
    ] = None
    target: Annotated[str | None, typer.Option(help="The column to predict, of --problem.")] = None
    delimiter: DelimiterOption = None
    decimal: DecimalOption = None
    label_above: LabelAboveOption = None

    def reader(self) -> Reader | None:
        """The data of --problem; None without it."""
        from proofkit.check.reader import load_problem

        given = {
            "--target": self.target,
            "--delimiter": self.delimiter,
            "--decimal": self.decimal,
            "--label-above": self.label_above,
        }
        if self.problem is None:
            for name, value in given.items():
                if value is not None:
                    raise InputError(
                        f"{name} is for the data of --problem; give --problem FILE, too"
                    )
            return None
        return load_problem(
            self.problem, self.target, self.delimiter, self.decimal, self.label_above
        )
