"""``proofkit new-theorem``: a commented theorem file to edit."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import typer

from proofkit.cli.console import say
from proofkit.cli.options import (
    DEFAULT_LOSS,
    ActivationOption,
    JsonOption,
    LossOption,
    QuietOption,
    RequiredTheoremsOption,
    require_choice,
)
from proofkit.cli.problem_options import TWO_LAYERS, LayerOptions
from proofkit.errors import InputError, quoted

THEOREM = """# A theorem of proofkit: `proofkit report` proves it for every combination below.
title = "{title}"

# The statement in words; formulas in plain text, such as lambda > 0 or ||W||_F, are typeset.
statement = "For every n, p, d, all data and every s > 0, the regularised risk with this activation and the {called} is a Villani function for every lambda > 0."

# Where it comes from: a reference, or "derived here".
source = "derived here"

# What is claimed: {claims}.
claim = "{claim}"

# Names of losses, or expressions in u = f - y or in m = y f, such as "log(cosh(u))".
losses = ["{loss}"]

# Names of `proofkit list`, name(parameter=value), or expressions in z; for layers with activations
# of their own "tanh; softplus".
activations = ["{activation}"]

# The net, where it is not that of one trained hidden layer under a fixed one: the number of dense
# layers, widths, what is trained (inner, all, outer, or layers such as [1, 3]), biases (none, decayed
# or undecayed), outputs, decay by layers and its power; depth = [2, 3] is an instance for each.
{layers}

# "symbolic": for any n, p, d and data; "data": for the data of the report.
scope = ["symbolic"]

# Rationals as text, when the statement is for given values only:
# lambda = ["1/10", "1"]
# noise = "1/100"

# The verdict you claim: PROVED, REFUTED or UNKNOWN.  A report with another one says so and ends with status 3.
expect = "PROVED"

# The part of the report (main, consequence, limit or auxiliary) and the place in it, the smallest first:
# part = "main"
# order = 1
"""


EXAMPLES: Mapping[str, object] = MappingProxyType(
    {
        "depth": 3,
        "hidden": "64,32",
        "train": "all",
        "bias": "decayed",
        "outer_bias": "undecayed",
        "outputs": 3,
        "decay": "1=1/100,2=1/10",
        "decay_power": 4,
    }
)
"""What stands in the comments where an option is left out."""


def _keys(layers: LayerOptions) -> str:
    """The keys of the layers: those that are given, and the others as comments.

    >>> print(_keys(LayerOptions(depth=3)).splitlines()[0])
    depth = 3
    """
    lines = []
    for name, example in EXAMPLES.items():
        value = getattr(layers, name)
        shown = json.dumps(example if value is None else value)
        lines.append(f"{'# ' if value is None else ''}{name} = {shown}")
    return "\n".join(lines)


def new_theorem(
    name: Annotated[str, typer.Argument(help="Name of the file: small letters, digits and _.")],
    activation: ActivationOption = "tanh",
    loss: LossOption = DEFAULT_LOSS,
    layers: LayerOptions = TWO_LAYERS,
    claim: Annotated[
        str, typer.Option(help="What is claimed; see `proofkit prove --help`.")
    ] = "villani",
    folder: RequiredTheoremsOption = Path("theorems"),
    quiet: QuietOption = False,
    json_: JsonOption = False,
) -> None:
    """Write a commented theorem file, ready for `proofkit report`.

    Example: proofkit new-theorem my_swish --activation "silu(beta=2)"
    """
    from proofkit.files import write_atomically
    from proofkit.kernel.verdicts import NAMED
    from proofkit.losses.catalogue import called_in_text, name_of
    from proofkit.losses.catalogue import resolve as resolve_loss
    from proofkit.problem.layers import net_of

    if not re.fullmatch(r"[a-z][a-z0-9_]{0,60}", name):
        raise InputError(
            f"the name {quoted(name)} cannot be used; take small letters, digits and _, and "
            f"begin with a letter"
        )
    required = resolve_loss(loss)
    net_of(activation, loss, None, layers.said())
    require_choice("--claim", claim, tuple(NAMED))
    path = folder / f"{name}.toml"
    if path.exists():
        raise InputError(f"{path} exists already; choose another name, or edit it")
    escaped = activation.replace("\\", "\\\\").replace('"', '\\"')
    title = name.replace("_", " ").capitalize()
    write_atomically(
        path,
        THEOREM.format(
            title=title,
            loss=name_of(required),
            called=called_in_text(required),
            claim=claim,
            claims=", ".join(NAMED),
            activation=escaped,
            layers=_keys(layers),
        ),
    )
    if json_:
        typer.echo(json.dumps({"file": str(path)}))
    elif not quiet:
        say(f"written: {path}; edit it, then run `proofkit report --theorems {folder}`")
