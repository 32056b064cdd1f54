"""``proofkit validate``: measured values beside the certified bounds."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proofkit.cli.console import bar, say, say_table, say_written, warn
from proofkit.cli.options import (
    JsonOption,
    QuietOption,
    SeedOfOuterOption,
    require_positive,
)
from proofkit.cli.problem_file import ProblemFileOption
from proofkit.cli.problem_options import LabelledDataOptions, OuterOptions
from proofkit.errors import InputError, quoted
from proofkit.numeric.defaults import RUN
from proofkit.reading.numbers import rational
from proofkit.reading.problem_file import ProblemFile, read_problem

if TYPE_CHECKING:
    from proofkit.kernel.certificate import Document
    from proofkit.reading.table import DataFile, Table
    from proofkit.validate import Instance, Report
    from proofkit.validate_layers import LayeredInstance


OPEN = "1/10"
"""lambda and s where neither the certificate nor the user says them."""


@dataclass(frozen=True)
class SubjectOptions(LabelledDataOptions):
    """The data that a certificate speaks of."""

    data: Annotated[
        Path | None,
        typer.Option(help="The data the certificate speaks of; or any, for a symbolic one."),
    ] = None

    def file_of(self, spec: Mapping[str, Any], loss: str) -> DataFile:
        """The file, with the threshold of the certificate's labels where none is given."""
        from proofkit.reading.labels import LabelMap

        file = self.file_for(loss)
        if self.label_above is not None or spec.get("data") is None:
            return file
        try:
            made = LabelMap.from_json(spec["data"].get("labels"))
        except (ValueError, TypeError, KeyError, AttributeError, ZeroDivisionError):
            raise InputError("the labels that the certificate records are malformed") from None
        return replace(file, label_above=None if made is None else made.above)


@dataclass(frozen=True)
class NetOptions(OuterOptions):
    """The outer weights of the net that is measured."""

    width: Annotated[int | None, typer.Option(help="Width of the net.")] = None
    outer_seed: SeedOfOuterOption = RUN.outer_seed

    def as_certified(self, source: Any) -> NetOptions:
        """The options, completed by what a certificate says of the origin of its weights."""
        if self.width is not None or self.outer is not None:
            return self
        drawn = re.fullmatch(r"width (\d{1,8}), seed (\d{1,9})", str(source))
        if drawn is None:
            raise InputError(
                f"the certificate speaks of outer weights from {quoted(source)}; give them with "
                f"--outer"
            )
        return replace(self, width=int(drawn.group(1)), outer_seed=int(drawn.group(2)))


def validate(
    *,
    certificate: Annotated[
        Path, typer.Argument(help="A certificate of `proofkit prove --out` or `proofkit report`.")
    ],
    data: SubjectOptions,
    net: NetOptions,
    lam: Annotated[
        str | None,
        typer.Option(
            "--lam",
            help=f"lambda, a rational, where the certificate leaves it open (default {OPEN}).",
        ),
    ] = None,
    noise: Annotated[
        str | None,
        typer.Option(help=f"s, a rational, where the certificate leaves it open (default {OPEN})."),
    ] = None,
    problem_file: ProblemFileOption = None,
    seed: Annotated[int, typer.Option(help="Seed of the search (and of random instances).")] = 0,
    instances: Annotated[
        int, typer.Option(help="Random nets for a symbolic certificate without --data.")
    ] = 3,
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw the bounds: .pdf, .png or .svg, with the numbers as .csv."),
    ] = None,
    quiet: QuietOption = False,
    json_: JsonOption = False,
) -> None:
    """Set measured values beside the certified bounds, and look for a point that breaks one.

    Rays (random, along the data, single units) and hill climbing on spheres, for the V4 expression,
    the radial derivative, gradient, Laplacian and Hessian norm, of the data as the certificate has
    them: as they are in the file, or standardised.  A point that looks wrong is computed again in
    ball arithmetic on the exact data.

    Example: proofkit prove -a tanh --out tanh.json, then proofkit validate tanh.json --plot v4.pdf
    """
    from proofkit.certificates import read_record
    from proofkit.files import require_writable_file
    from proofkit.numeric import figures
    from proofkit.validate import summary_json

    content = read_record(certificate)
    layered = content["problem"].get("layers") is not None
    if plot is not None:
        figures.require_suffix(plot)
        require_writable_file(plot)
    require_positive("--instances", instances)
    if problem_file is not None:
        _require_same_net(content, read_problem(problem_file))
    if layered:
        reports = _measured_layers(
            certificate, content, data, net, (lam, noise), seed, instances, quiet
        )
    else:
        chosen = _instances(content, data, net, (lam, noise), seed, instances)
        reports = _measured(content, chosen, seed, quiet)

    drawn = plot if reports[0].figures else None
    if drawn is not None:
        figures.draw(drawn, reports[0].figures)
    if json_:
        typer.echo(json.dumps(summary_json(reports), indent=1))
    elif not quiet:
        _say_validation(reports)
    beside = None if drawn is None else drawn.with_suffix(".csv")
    say_written(quiet or json_, (drawn, "the figure"), (beside, "its numbers"))
    _end(reports)


def _instances(
    content: Mapping[str, Any],
    data: SubjectOptions,
    net: NetOptions,
    numbers: tuple[str | None, str | None],
    seed: int,
    count: int,
) -> list[Instance]:
    """The nets to measure: that of the data, or random ones for a symbolic certificate without.

    ``numbers`` are lambda and s where the certificate leaves them open.
    """
    from proofkit.validate import activation_of, random_instance

    _, loss = activation_of(content)
    spec = content["problem"]
    lam = _number(spec.get("lambda"), numbers[0], "--lam")
    noise = _number(spec.get("noise"), numbers[1], "--noise")
    if noise <= 0:
        raise InputError(f"the noise s must be positive, not {noise}")
    one_sign = content.get("claim") == "villani-one-signed"
    if data.data is None and spec.get("data") is None:
        return [random_instance(seed + m, loss, lam, noise, one_sign) for m in range(count)]

    bound = _bound_instance(spec, loss, data, net, lam, noise)
    if one_sign and min(bound.weights) < 0 < max(bound.weights):
        raise InputError(
            "the certificate speaks of outer weights of one sign, these have both; give "
            "others with --outer FILE"
        )
    return [bound]


def _number(certified: Any, option: str | None, what: str) -> Fraction:
    """A number of the certificate, or that of the option where the certificate has none; InputError
    where they differ, and where floating point has nothing near it.
    """
    from proofkit.arguments import double

    given = None if option is None else rational(option, what)
    if certified is None:
        number = rational(OPEN, what) if given is None else given
    else:
        number = rational(str(certified), what)
        if given not in (None, number):
            raise InputError(
                f"the certificate speaks of {quoted(certified)}, and {what} is {quoted(option)}; "
                f"drop {what}"
            )
    double(number, what)  # what the measurements compute with
    return number


def _require_same_net(content: Mapping[str, Any], problem: ProblemFile) -> None:
    """InputError where a problem file has another loss or activation than the certificate."""
    from proofkit.losses.catalogue import resolve as resolve_loss
    from proofkit.validate import activation_of

    sigma, loss = activation_of(content)
    if problem.loss is not None and resolve_loss(problem.loss) != resolve_loss(loss):
        raise InputError(
            f"the certificate is about the loss {quoted(loss)}, and {problem.path} says "
            f"{quoted(problem.loss)}"
        )
    if problem.activation is not None and not _same_activations(content, problem.activation):
        said = _activations_of(content) or [sigma.text]
        raise InputError(
            f"the certificate is about the activation {quoted('; '.join(dict.fromkeys(said)))}, and "
            f"{problem.path} says {quoted(problem.activation)}"
        )


def _activations_of(content: Mapping[str, Any]) -> list[str]:
    """The activations of a net of layers, one for each hidden layer; none for the net of before."""
    layers = content["problem"].get("layers")
    return [] if layers is None else [str(text) for text in layers["activations"]]


def _same_activations(content: Mapping[str, Any], said: str) -> bool:
    """True where a text names the functions of the certificate: one for all hidden layers, or one
    for each.
    """
    from proofkit.activation import catalogue
    from proofkit.check.compare import UndecidedFunctionError, paired, same_function
    from proofkit.kernel.univariate.parser import parse
    from proofkit.reading.layers import split_activations
    from proofkit.validate import activation_of

    own = tuple(catalogue.resolve(text).root for text in split_activations(said))
    layers = tuple(parse(text) for text in _activations_of(content))
    pairs = paired(own, layers or (activation_of(content)[0].root,))
    if pairs is None:
        return False
    try:
        return all(same_function(mine, theirs) for mine, theirs in pairs)
    except UndecidedFunctionError:
        return False


def _bound_instance(
    spec: Mapping[str, Any],
    loss: str,
    data: SubjectOptions,
    net: NetOptions,
    lam: Fraction,
    noise: Fraction,
) -> Instance:
    """The net of a certificate bound to data, or any net for a symbolic one."""
    from proofkit.losses.catalogue import resolve as resolve_loss
    from proofkit.problem.data import summarise, summarise_outer
    from proofkit.validate import Instance

    file = data.file_of(spec, loss)
    table = file.table(resolve_loss(loss).classifies)
    outer = spec.get("outer")
    if spec.get("data") is not None and isinstance(outer, dict):
        table = _certified_rows(spec["data"], table, data.standardise is None)
        net = net.as_certified(outer.get("source"))
    weights, origin = net.weights(file.dialect.decimal)
    summary = summarise_outer(weights, origin, "")
    if isinstance(outer, dict):
        certified = (outer.get("a_1"), outer.get("a_2_squared"))
        if (str(summary.a_1), str(summary.a_2_squared)) != certified:
            raise InputError(
                "the certificate speaks of other outer weights; give its own with --outer, or "
                "--width and --outer-seed"
            )
    measured = summarise(table)
    name = f"{measured.called}, {origin}"
    return Instance(table, measured, summary, tuple(weights), lam, noise, name)


def _certified_rows(certified: Mapping[str, Any], table: Table, scale: bool) -> Table:
    """The rows that a certificate speaks of, standardised where those are and nobody objects
    (``scale``); InputError when they are others.
    """
    from proofkit.reading.scaling import Scaling
    from proofkit.reading.table import as_recorded, rows_sha256

    try:
        scaling = Scaling.from_json(certified.get("scaling"))
    except ValueError:
        raise InputError("the scaling that the certificate records is malformed") from None
    digest = str(certified.get("rows_sha256"))
    table = as_recorded(table, digest, scaling) if scale else table
    other = rows_sha256(table) != digest or table.scaling not in (None, scaling)
    if other or certified.get("target") != table.target:
        raise InputError(
            f"the certificate speaks of other data ({quoted(certified.get('source'))}, target "
            f"{quoted(certified.get('target'))}); give them with --data and --target"
        )
    return table


def _measured(
    content: Mapping[str, Any], chosen: Sequence[Instance], seed: int, quiet: bool
) -> list[Report]:
    from proofkit.validate import measure

    with bar(quiet, "what") as shown:
        report = shown or (lambda *_: None)
        return [measure(content, instance, seed, progress=report) for instance in chosen]


def _measured_layers(
    certificate: Path,
    content: Mapping[str, Any],
    data: SubjectOptions,
    net: NetOptions,
    numbers: tuple[str | None, str | None],
    seed: int,
    count: int,
    quiet: bool,
) -> list[Report]:
    """The measurements of a certificate about a net of any layers; see ``_instances``."""
    from proofkit.kernel.certificate import document_of_json, read_json
    from proofkit.validate_layers import measure_layers, random_layered

    document = document_of_json(read_json(certificate))
    objective, spec = document.problem.objective(), content["problem"]
    lam = _number(spec.get("lambda"), numbers[0], "--lam")
    noise = _number(spec.get("noise"), numbers[1], "--noise")
    if noise <= 0:
        raise InputError(f"the noise s must be positive, not {noise}")
    chosen = numbers[1] is not None
    if spec.get("data") is not None:
        subjects = [_layers_of_data(document, spec, data, net, lam, noise)]
    elif data.data is not None or net.width is not None or net.outer is not None:
        raise InputError(
            "the certificate is about every data, and random ones are measured for a net of such "
            "layers; drop --data and the outer weights"
        )
    else:
        subjects = [random_layered(objective, seed + k, lam, noise) for k in range(count)]
    with bar(quiet, "what") as shown:
        report = shown or (lambda *_: None)
        return [measure_layers(document, one, seed, report, s_given=chosen) for one in subjects]


def _layers_of_data(
    document: Document,
    spec: Mapping[str, Any],
    data: SubjectOptions,
    net: NetOptions,
    lam: Fraction,
    noise: Fraction,
) -> LayeredInstance:
    """The net of a certificate bound to data, with the rows and the fixed weights it speaks of."""
    from proofkit.losses.catalogue import resolve as resolve_loss
    from proofkit.problem.data import summarise
    from proofkit.problem.fixed import fixed_matrices
    from proofkit.problem.layers import head_of
    from proofkit.validate_layers import layered_instance

    file = data.file_of(spec, str(spec["loss"]))
    table = file.table(resolve_loss(str(spec["loss"])).classifies)
    table = _certified_rows(spec["data"], table, data.standardise is None)
    architecture = document.problem.layers
    assert architecture is not None, "a certificate about layers"
    head = None if net.outer is None else head_of(net.outer, file.dialect.decimal)
    fixed = fixed_matrices(architecture, head)
    return layered_instance(architecture, table, summarise(table), fixed, lam, noise)


def _end(reports: Sequence[Report]) -> None:
    """Status 1 with a sentence for a bound that is broken, 3 for one that could not be measured."""
    checks = [check for report in reports for check in report.checks]
    for check in checks:
        if check.violated:
            warn(
                f"{check.name}: the value lies beyond the certified {check.bound:.12g} at ||W|| = "
                f"{check.radius:.6g} (measured {check.measured:.12g}, confirmed in ball "
                f"arithmetic); the certificate is wrong"
            )
            raise typer.Exit(1)
    for check in checks:
        if check.doubt:
            warn(
                f"{check.name}: {check.doubt}; not everything was measured, and nothing is said "
                f"against the certificate"
            )
            raise typer.Exit(3)


def _say_validation(reports: Sequence[Report]) -> None:
    from proofkit.verdict import spoken

    head = ("bound", "closest: measured", "certified", "tightness", "at r", "points", "")
    for report in reports:
        rows = [
            (
                spoken(check.statement),
                f"{check.measured:.6g}",
                f"{check.bound:.6g}",
                "-" if check.tightness is None else f"{check.tightness:.3g}",
                f"{check.radius:.4g}",
                str(check.points),
                "BEYOND THE BOUND"
                if check.violated
                else "kernel unreliable"
                if check.doubt
                else "ok",
            )
            for check in report.checks
        ]
        say(report.instance)
        say_table(head, rows)
        say(report.objective)
        for text in report.data.scaling_said():
            say(text)
        for text in report.skipped:
            say(f"not compared: {text}")
