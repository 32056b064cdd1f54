"""``proofkit list``: the activations, losses and theorems that are shipped."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from proofkit.cli.console import say, say_table
from proofkit.cli.options import JsonOption, TheoremsOption

if TYPE_CHECKING:
    from proofkit.tactics.theorem import Theorem


def list_(
    theorems: TheoremsOption = None,
    json_: JsonOption = False,
) -> None:
    """The activations, losses and theorems there are.

    Example: proofkit list --json
    """
    from proofkit.tactics.theorem import default_folder, load_theorems

    found = load_theorems(theorems or default_folder())
    if json_:
        typer.echo(json.dumps(_list_json(found), indent=1))
    else:
        _say_list(found)


def _list_json(theorems: Sequence[Theorem]) -> dict[str, Any]:
    from proofkit.activation.catalogue import CATALOGUE
    from proofkit.losses.catalogue import CATALOGUE as LOSSES

    return {
        "activations": {
            name: {
                "expression": entry.text,
                "parameters": {key: str(value) for key, value in entry.parameters},
                "title": entry.title,
            }
            for name, entry in CATALOGUE.items()
        },
        "losses": {name: entry.source for name, entry in LOSSES.items()},
        "theorems": {theorem.name: theorem.title for theorem in theorems},
    }


def _say_list(theorems: Sequence[Theorem]) -> None:
    from proofkit.activation.catalogue import CATALOGUE
    from proofkit.losses.catalogue import CATALOGUE as LOSSES

    activations = [
        (name, entry.text, entry.title, ", ".join(f"{k}={v}" for k, v in entry.parameters))
        for name, entry in CATALOGUE.items()
    ]
    say_table(("activation", "sigma(z)", "", "default"), activations)
    say("")
    losses = [(name, entry.loss.text, entry.title) for name, entry in LOSSES.items()]
    say_table(("loss", "u = f - y, m = y f", ""), losses)
    say("")
    say_table(("theorem", ""), [(theorem.name, theorem.title) for theorem in theorems])
