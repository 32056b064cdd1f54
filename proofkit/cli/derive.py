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

    Of a net of layers: the passes forwards and backwards, and the derivatives in each trained block.

    Example: proofkit derive --activation tanh --loss logistic --latex
    """
    from proofkit.kernel.univariate.domain import check_domain
    from proofkit.kernel.univariate.terms import to_text
    from proofkit.kernel.univariate.workspace import OpenError
    from proofkit.losses.catalogue import name_of
    from proofkit.losses.catalogue import resolve as resolve_loss
    from proofkit.problem.layers import net_of
    from proofkit.session import derivation_lines, derivation_lines_of_layers

    made = net_of(activation, loss, None, layers.said())
    architecture, required = made.net.architecture, resolve_loss(loss)
    roots = [made.activation.root] if architecture is None else architecture.activations
    for root in roots:
        try:
            check_domain(root)
        except OpenError as error:
            raise InputError(f"the domain of {to_text(root)} is undecided: {error}") from None
    if architecture is None:
        lines = derivation_lines(made.activation, name_of(required), latex)
    else:
        lines = derivation_lines_of_layers(architecture, required, latex)
    if json_:
        typer.echo(json.dumps(lines, indent=1))
    else:
        say("\n".join(f"{name}:\n  {text}" for name, text in lines.items()))
