"""``proofkit plan``: how long to train, with a certificate of the rate."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proofkit.cli.console import bar, patience, reading, say_written
from proofkit.cli.options import (
    DEFAULT_LOSS,
    ActivationOption,
    JsonOption,
    LossOption,
    QuietOption,
)
from proofkit.cli.problem_options import (
    LabelledDataOptions,
    LayerOptions,
    OuterOptions,
    rational_or_none,
)
from proofkit.errors import InputError
from proofkit.terminal import terminal_columns

if TYPE_CHECKING:
    from proofkit.nearest import Nearest
    from proofkit.plan import Plan
    from proofkit.problem.problem import Problem
    from proofkit.reading.table import Table
    from proofkit.tactics.workbench import Library


def plan(
    *,
    activation: ActivationOption,
    epsilon: Annotated[
        str,
        typer.Option(
            "--epsilon",
            "-e",
            help="E, a positive rational: the plan reaches E L - min L <= eps(s) + E.",
        ),
    ],
    loss: LossOption = DEFAULT_LOSS,
    lam: Annotated[str, typer.Option("--lam", help="lambda > 0, a rational.")] = "1/10",
    noise: Annotated[
        str | None,
        typer.Option(help="s > 0, a rational; chosen so that eps(s) <= E when left out."),
    ] = None,
    data: LabelledDataOptions,
    outer: OuterOptions,
    layers: LayerOptions,
    search: Annotated[
        bool,
        typer.Option(
            "--search/--no-search",
            help="Where the plan cannot be run, look for the nearest lambda, width and epsilon "
            "for which one can (up to a minute).",
        ),
    ] = True,
    out: Annotated[
        Path | None, typer.Option(help="Write the certificate of the rate here.")
    ] = None,
    quiet: QuietOption = False,
    json_: JsonOption = False,
) -> None:
    """How long to train: a certified time for dW = -grad L dt + sqrt(s) dB, and iterations for
    Langevin Monte Carlo.

    It says whether the number is of use, and otherwise the nearest lambda, width and epsilon, each
    alone, for which one can be run, each from a certified plan of its own.  Every symbol is
    explained at the end.

    Example: proofkit plan --activation tanh --loss logistic --width 8 --epsilon 1/10
    """
    from proofkit.activation.catalogue import rational
    from proofkit.certificates import certify
    from proofkit.files import require_writable_file, write_atomically
    from proofkit.kernel.certificate import to_json
    from proofkit.nearest import practical
    from proofkit.plan import make_plan
    from proofkit.plan_text import plan_text
    from proofkit.problem.problem import Problem
    from proofkit.problem.stream import summarise_file
    from proofkit.tactics.workbench import Library

    if out is not None:
        require_writable_file(out)
    sigma, outer = layers.two_layers("plan", activation, loss, outer)
    if outer.outer is not None and outer.width is not None:
        raise InputError("--outer and --width contradict each other; drop one")
    file = data.file_for(loss)
    with reading(quiet, file.path) as progress:
        from proofkit.losses.catalogue import resolve as resolve_loss

        summary, table = summarise_file(file, resolve_loss(loss).classifies, progress)
    weights = outer.summary(file.dialect.decimal)
    given_noise = rational_or_none(noise, "--noise")
    problem = Problem(sigma, loss, rational(lam, "--lam"), given_noise, summary, weights)
    goal, library = rational(epsilon, "--epsilon"), Library()
    with patience(quiet, "planning", None):
        made = make_plan(problem, goal, table, library)
    if out is not None:
        write_atomically(out, to_json(certify(made.langevin_proof or made.proof)))

    found = None
    if search and (json_ or not quiet) and not practical(made):
        found = _nearest(problem, goal, table, library, outer, quiet)
    if json_:
        typer.echo(json.dumps(_plan_json(made, found), indent=1))
    elif not quiet:
        typer.echo(plan_text(made, found, terminal_columns()))
    say_written(quiet or json_, (out, "the certificate of the rate"))


def _nearest(
    problem: Problem,
    goal: Fraction,
    table: Table | None,
    library: Library,
    outer: OuterOptions,
    quiet: bool,
) -> Sequence[Nearest]:
    """The nearest plans that can be run; of another width only where the weights are drawn."""
    from proofkit.nearest import nearest_plans
    from proofkit.problem.data import Outer, outer_from_seed

    def drawn(width: int) -> Outer:
        return outer_from_seed(width, outer.outer_seed)

    with bar(quiet, "what") as shown:
        report = shown or (lambda *_: None)
        return nearest_plans(
            problem, goal, table, library, drawn if outer.outer is None else None, report
        )


def _plan_json(made: Plan, found: Sequence[Nearest] | None) -> dict[str, object]:
    """The documented keys of `proofkit plan --json`."""
    from proofkit.nearest import nearest_json, practical
    from proofkit.plan import plan_json

    nearest = None if found is None else [nearest_json(one) for one in found]
    return {**plan_json(made), "practical": practical(made), "nearest": nearest}
