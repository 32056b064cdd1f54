"""``proofkit derive``: the derivatives of the loss for symbolic n, p, d."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from proofkit.cli.console import say
from proofkit.cli.options import DEFAULT_LOSS, ActivationOption, JsonOption, LossOption
from proofkit.cli.problem_options import TWO_LAYERS, LayerOptions
from proofkit.errors import InputError


def derive(
    activation: ActivationOption,
    loss: LossOption = DEFAULT_LOSS,
    layers: LayerOptions = TWO_LAYERS,
    latex: Annotated[bool, typer.Option("--latex", help="Print LaTeX.")] = False,
    json_: JsonOption = False,
) -> None:
    """The gradient, Hessian form, Laplacian and V4 expression for symbolic n, p, d.

    Example: proofkit derive --activation tanh --loss logistic --latex
    """
    from proofkit.kernel.univariate.domain import check_domain
    from proofkit.kernel.univariate.workspace import OpenError
    from proofkit.losses.catalogue import name_of
    from proofkit.losses.catalogue import resolve as resolve_loss
    from proofkit.problem.layers import net_of, require_two_layers
    from proofkit.session import derivation_lines

    made = net_of(activation, loss, None, layers.said())
    require_two_layers(made.net.architecture, "derive")
    sigma, required = made.activation, resolve_loss(loss)
    try:
        check_domain(sigma.root)
    except OpenError as error:
        raise InputError(f"the domain of {sigma.text} is undecided: {error}") from None
    lines = derivation_lines(sigma, name_of(required), latex)
    if json_:
        typer.echo(json.dumps(lines, indent=1))
    else:
        say("\n".join(f"{name}:\n  {text}" for name, text in lines.items()))
