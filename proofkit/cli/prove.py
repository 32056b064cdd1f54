"""``proofkit prove``: one claim about one problem, proved, refuted or left open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proofkit.cli.console import patience, say_written
from proofkit.cli.options import JsonOption, QuietOption, complete_claim, require_budget
from proofkit.cli.problem_options import LayerOptions, ProblemOptions
from proofkit.errors import InputError
from proofkit.statuses import EXIT
from proofkit.terminal import coloured, terminal_columns

if TYPE_CHECKING:
    from proofkit.tactics.proof import Proof


def prove(
    *,
    problem: ProblemOptions,
    layers: LayerOptions,
    claim: Annotated[
        str,
        typer.Option(
            help="villani, villani-small-noise, villani-iff, villani-one-signed, "
            "lipschitz-threshold, sgd-continuous, sgd-discrete, dissipativity, rate-continuous, "
            "rate-langevin, escaping.",
            autocompletion=complete_claim,
        ),
    ] = "villani",
    level: Annotated[
        str,
        typer.Option(help="M of the radius r_0(M) from which on the V4 expression is at least M."),
    ] = "1",
    budget: Annotated[float, typer.Option(help="Seconds for the activation's constants.")] = 20.0,
    json_: JsonOption = False,
    out: Annotated[Path | None, typer.Option(help="Write the certificate here.")] = None,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose", "-v", help="Every constant in all its digits, every route, the notes."
        ),
    ] = False,
    quiet: QuietOption = False,
) -> None:
    """Prove or refute that L, the loss of a net with weight decay, is a Villani function.

    Examples: proofkit prove --activation softplus --loss squared --lam 1/10

    proofkit prove -a tanh --out tanh.json, then proofkit check tanh.json --explain

    proofkit prove -a tanh --depth 3 --train all --bias decayed --loss cross-entropy
    """
    from proofkit.activation.catalogue import rational
    from proofkit.certificates import certify
    from proofkit.files import require_writable_file, write_atomically
    from proofkit.kernel.certificate import to_json
    from proofkit.tactics.prove import prove as prove_claim
    from proofkit.tactics.workbench import Library
    from proofkit.verdict import proof_text

    stated, table = problem.problem(quiet, layers)
    require_budget(budget)
    height = rational(level, "--level")
    if height < 0:
        raise InputError(f"--level must be >= 0, not {level}")
    if out is not None:
        require_writable_file(out)
    with patience(quiet, "proving", budget):
        proof = prove_claim(stated, claim, Library(budget), table, height)
    certificate = certify(proof)

    if out is not None:
        write_atomically(out, to_json(certificate))
    if json_:
        typer.echo(json.dumps(prove_json(proof), indent=1))
    elif not quiet:
        typer.echo(proof_text(proof, terminal_columns(), coloured(), verbose, certificate))
    say_written(quiet or json_, (out, "the certificate"))
    raise typer.Exit(EXIT[proof.verdict])


def prove_json(proof: Proof) -> dict[str, Any]:
    """The documented keys of `proofkit prove --json`."""
    from proofkit.constants import number_text
    from proofkit.session import data_json

    def pair(value: Any) -> Any:
        return (
            None
            if value is None
            else {"lo": number_text(value[0], -1), "hi": number_text(value[1], 1)}
        )

    threshold = proof.threshold
    return {
        "verdict": proof.verdict,
        "statement": proof.statement,
        "conditions": {
            c.name: {"verdict": c.verdict, "evidence": c.evidence, "reason": c.reason}
            for c in proof.conditions
        },
        "lambda_threshold": None
        if threshold is None or threshold.threshold is None
        else {
            "value": threshold.threshold,
            "strict": True,
            "route": threshold.name,
            "enclosure": pair(threshold.value),
        },
        **proof.noise().json(),
        "routes": [
            {
                "name": r.name,
                "verdict": r.verdict,
                "threshold": r.threshold,
                "enclosure": pair(r.value),
                "reason": r.reason,
            }
            for r in proof.routes
        ],
        "published_threshold": None
        if proof.published is None
        else {
            "formula": proof.published.formula,
            "enclosure": pair(proof.published.value),
            "source": proof.published.source,
        },
        "constants": {
            c.name: {
                "lo": None if c.lo is None else number_text(c.lo, -1),
                "hi": None if c.hi is None else number_text(c.hi, 1),
                "exact": c.exact,
                "formula": c.formula,
            }
            for c in proof.constants.values()
        },
        "witness": None if proof.witness is None else dict(proof.witness),
        "open": proof.open,
        "data": data_json(proof.problem.data),
    }
