"""``proofkit new-theorem``: a commented theorem file to edit."""

from __future__ import annotations

import json
import re
from pathlib import Path
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

# Names of `proofkit list`, name(parameter=value), or expressions in z.
activations = ["{activation}"]

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


def new_theorem(
    name: Annotated[str, typer.Argument(help="Name of the file: small letters, digits and _.")],
    activation: ActivationOption = "tanh",
    loss: LossOption = DEFAULT_LOSS,
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
    from proofkit.activation.catalogue import resolve
    from proofkit.files import write_atomically
    from proofkit.kernel.verdicts import NAMED
    from proofkit.losses.catalogue import called_in_text, name_of
    from proofkit.losses.catalogue import resolve as resolve_loss

    if not re.fullmatch(r"[a-z][a-z0-9_]{0,60}", name):
        raise InputError(
            f"the name {quoted(name)} cannot be used; take small letters, digits and _, and "
            f"begin with a letter"
        )
    resolve(activation)
    required = resolve_loss(loss)
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
        ),
    )
    if json_:
        typer.echo(json.dumps({"file": str(path)}))
    elif not quiet:
        say(f"written: {path}; edit it, then run `proofkit report --theorems {folder}`")
