"""``proofkit shell``: an interactive session."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from proofkit.cli.console import warn
from proofkit.cli.options import DEFAULT_LOSS, LossOption
from proofkit.cli.problem_file import ProblemFileOption


def shell(
    activation: Annotated[
        str | None,
        typer.Option(
            "--activation", "-a", help="Also bind sigma, problem and L for this activation."
        ),
    ] = None,
    loss: LossOption = DEFAULT_LOSS,
    problem_file: ProblemFileOption = None,
) -> None:
    """An interactive session (IPython where installed) with SymPy's symbols and proofkit's names
    ready.

    With --problem, problem and L are those of the file.

    Example: proofkit shell --activation softplus
    """
    from proofkit.interactive import BANNER, Problem, namespace
    from proofkit.losses.catalogue import resolve as resolve_loss

    resolve_loss(loss)  # refused here rather than in the session
    names = namespace(activation, loss)
    if problem_file is not None:
        names["problem"] = Problem.load(problem_file)
        names["L"] = names["problem"].objective()
    try:
        from IPython.terminal.embed import InteractiveShellEmbed  # pyright: ignore[reportMissingImports]
    except ImportError:
        import code

        warn(
            "IPython is not installed (pip install 'villani-proofkit[notebook]'); this is "
            "Python's own prompt"
        )
        code.interact(banner=BANNER, local=names, exitmsg="")
        return
    InteractiveShellEmbed.instance(
        user_ns=names,
        banner1=BANNER + "\n",
        colors="nocolor" if os.environ.get("NO_COLOR") else "neutral",
    )()
