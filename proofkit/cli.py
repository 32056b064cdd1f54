"""The command line: parse, call, show.  Heavy imports happen inside the commands."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core
import typer.main

from proofkit import authoring, commands, process, statuses
from proofkit.console import (
    ActivationOption,
    DecimalOption,
    DelimiterOption,
    JsonOption,
    LabelAboveOption,
    LossOption,
    QuietOption,
    bar,
    complete_claim,
    counting,
    patience,
    reading,
    say,
    say_table,
    say_written,
    steps_tree,
    warn,
)
from proofkit.errors import (
    DomainError,
    InputError,
    InternalError,
    ProofkitError,
    nearest,
    nearest_name,
    quoted,
    shortened,
)
from proofkit.reading.numbers import printable
from proofkit.terminal import coloured, terminal_columns, wrapped

if TYPE_CHECKING:
    from proofkit.check.document import Outcome
    from proofkit.problem.problem import Problem
    from proofkit.reading.table import Table
    from proofkit.tactics.prove import Proof

EXIT = {"PROVED": 0, "REFUTED": 1, "UNKNOWN": 3}


class Commands(typer.core.TyperGroup):
    """The commands, with the nearest one named for one that does not exist, and the exit statuses
    of each.
    """

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, its summary and its exit statuses taken from
        ``proofkit.statuses``.
        """
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            command.short_help = statuses.COMMANDS[cmd_name].summary
            command.epilog = statuses.epilog(cmd_name)
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that ``args`` begins with; InputError when there is none of that name."""
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            raise InputError(
                f"there is no command {quoted(args[0])}; {nearest(args[0], self.commands)}"
            )
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Prove that the loss of a net with one hidden layer, trained with weight decay, is a "
    "Villani function: one that rises in every direction, and whose slope beats its curvature far "
    "out, so that training with noise settles near low values. Every constant is explicit.",
    epilog="Start with: proofkit prove --activation softplus; then proofkit report, and "
    "proofkit COMMAND --help for an example of each.",
)


def _version(wanted: bool) -> None:
    if wanted:
        from proofkit import __version__

        say(f"proofkit {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", callback=_version, is_eager=True
        ),
    ] = False,
) -> None:
    pass


def _rational(text: str | None, what: str) -> Any:
    from proofkit.activation.catalogue import rational

    return None if text is None else rational(text, what)


def _problem(
    activation: str,
    loss: str,
    lam: str | None,
    noise: str | None,
    data: Path | None,
    target: str | None,
    delimiter: str | None,
    decimal: str | None,
    label_above: str | None,
    width: int | None,
    seed: int,
    outer: Path | None,
    quiet: bool,
) -> tuple[Problem, Table | None]:
    from proofkit.activation.catalogue import resolve
    from proofkit.problem.data import load_outer, outer_from_seed
    from proofkit.problem.losses import require_loss
    from proofkit.problem.problem import Problem
    from proofkit.problem.stream import summarise_file
    from proofkit.reading.table import require_threshold_fits
    from proofkit.report import data_or_bundled

    sigma = resolve(activation)
    lam_q, noise_q = _rational(lam, "--lam"), _rational(noise, "--noise")
    require_loss(loss)
    if data is None:
        given = {
            "--target": target,
            "--width": width,
            "--outer": outer,
            "--delimiter": delimiter,
            "--decimal": decimal,
            "--label-above": label_above,
        }
        for name, value in given.items():
            if value is not None:
                raise InputError(
                    f"{name} is for a problem bound to data; add --data FILE, or drop it for "
                    f"symbolic n, p, d"
                )
        return Problem(sigma, loss, lam_q, noise_q), None
    if target is None:
        raise InputError("--data needs --target COLUMN, the column to predict")
    if width is None and outer is None:
        raise InputError(
            "--data needs the outer weights: give --width P (and --seed K), or --outer FILE"
        )
    if width is not None and outer is not None:
        raise InputError("give either --width or --outer, not both")
    file = data_or_bundled(data, target, delimiter, decimal, label_above)
    require_threshold_fits(loss, file.label_above)
    weights = (
        load_outer(outer, file.dialect.decimal)
        if outer is not None
        else outer_from_seed(int(width or 0), seed)
    )
    with reading(quiet, file.path) as progress:
        summary, table = summarise_file(file, loss, progress)
    return Problem(sigma, loss, lam_q, noise_q, summary, weights), table


@app.command()
def report(
    out: Annotated[Path, typer.Option(help="Folder to write into.")] = Path("generated"),
    data: Annotated[
        Path | None,
        typer.Option(
            help="CSV (with header), Parquet or NPZ; default: the bundled diabetes data, labels y "
            "> 140."
        ),
    ] = None,
    target: Annotated[str | None, typer.Option(help="The column to predict.")] = None,
    delimiter: DelimiterOption = None,
    decimal: DecimalOption = None,
    label_above: LabelAboveOption = None,
    theorems: Annotated[Path | None, typer.Option(help="Folder of theorem files (.toml).")] = None,
    width: Annotated[int, typer.Option(help="Width p of the data-bound nets.")] = 64,
    seed: Annotated[int, typer.Option(help="Seed of their outer weights.")] = 0,
    jobs: Annotated[int, typer.Option(help="Processes; 0 means one per core.")] = 0,
    coq_: Annotated[
        bool,
        typer.Option(
            "--coq",
            help="Also compile every certificate with coqc (a few minutes) and show what it "
            "accepts.",
        ),
    ] = False,
    templates: Annotated[
        Path | None,
        typer.Option(help="Folder whose templates replace the package's of the same name."),
    ] = None,
    quiet: QuietOption = False,
    json_: JsonOption = False,
) -> None:
    """Prove every theorem file and write report.html with its pages, report.json, appendix.tex and
    certificates/*.json.

    Example: proofkit report --data my.csv --target y --out generated
    """
    from proofkit import report as reporting
    from proofkit.tactics.theorem import default_folder

    file = reporting.data_or_bundled(data, target, delimiter, decimal, label_above)
    if width < 1:
        raise InputError(f"the width must be at least 1, not {width}")
    if jobs < 0:
        raise InputError(f"--jobs must be 0 or more, not {jobs}")
    settings = reporting.Settings(
        out, theorems or default_folder(), file, width, seed, jobs, coq_, templates
    )
    with bar(quiet, "what") as progress:
        made = reporting.make_report(settings, progress or (lambda *_: None))
    if json_:
        typer.echo(
            json.dumps(
                {
                    "out": str(out),
                    "redone": made.redone,
                    "unexpected": made.unexpected,
                    "certificates": len(made.rows),
                    "data": made.content["data"],
                }
            )
        )
    elif not quiet:
        _closing_table(made, out)
    if made.unexpected:
        raise typer.Exit(3)


def explained(content: Mapping[str, Any], outcome: Outcome) -> str:
    """The mathematics of a verified certificate, and what was compared; imported here, and never by
    the checker.
    """
    from proofkit.explanation import explanation

    columns = terminal_columns()
    closing = "\n".join(wrapped(outcome.closing, columns))
    return f"{explanation(content, columns)}\n\n{closing}"


def _closing_table(made: Any, out: Path) -> None:
    rows = []
    for t in made.content["theorems"]:
        counts = {v: sum(row["verdict"] == v for row in t["rows"]) for v in EXIT}
        wrong = sum(row["verdict"] != row["expected"] for row in t["rows"])
        note = (
            f"{wrong} not as expected"
            if wrong
            else ("" if t["name"] in made.redone else "unchanged")
        )
        rows.append((t["name"], str(len(t["rows"])), *(str(n) for n in counts.values()), note))
    say_table(("theorem", "certificates", "proved", "refuted", "unknown", ""), rows)
    for line in made.described:
        say(f"data: {line}")
    coq_rows = [row["coq"] for row in made.rows if row["coq"] is not None]
    if coq_rows:
        full = sum(row["coq"] is not None and row["coq"]["full"] for row in made.rows)
        part = (
            sum(row["coq"] is not None and bool(row["coq"]["conditions"]) for row in made.rows)
            - full
        )
        refused = sum(c["result"] in ("refused", "no proof") for c in coq_rows)
        say(
            f"Coq: {full} of {len(made.rows)} certificates checked in every condition, "
            f"{part} in some, {refused} not accepted"
        )
    say(
        f"written: {out}/report.html, report/, report.json, appendix.tex, certificates/ "
        f"({len(made.rows)} files)"
    )
    say(f"open {out}/report.html in a browser; it leads to everything else")


@app.command()
def prove(
    activation: ActivationOption,
    loss: LossOption = "squared",
    scope: Annotated[
        str | None, typer.Argument(help="'symbolic' (the default without --data).")
    ] = None,
    lam: Annotated[
        str | None, typer.Option("--lam", help="lambda, a rational; symbolic when left out.")
    ] = None,
    noise: Annotated[
        str | None, typer.Option(help="s > 0, a rational; symbolic when left out.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="CSV, Parquet or NPZ file; CSV and Parquet may be larger than memory."),
    ] = None,
    target: Annotated[str | None, typer.Option(help="The column to predict.")] = None,
    delimiter: DelimiterOption = None,
    decimal: DecimalOption = None,
    label_above: LabelAboveOption = None,
    width: Annotated[
        int | None, typer.Option(help="Width p; outer weights are drawn from --seed.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the outer weights.")] = 0,
    outer: Annotated[
        Path | None, typer.Option(help="File with the outer weights, one number per line.")
    ] = None,
    claim: Annotated[
        str,
        typer.Option(
            help="villani, villani-iff, villani-one-signed, lipschitz-threshold, sgd-continuous, "
            "sgd-discrete, dissipativity, rate-continuous, rate-langevin, escaping.",
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
    """Prove or refute that L, the loss of a net with one hidden layer and weight decay, is a Villani function.

    Examples: proofkit prove --activation softplus --loss squared --lam 1/10

    proofkit prove -a tanh --out tanh.json, then proofkit check tanh.json --explain
    """
    if scope not in (None, "symbolic"):
        raise InputError(f"unexpected argument {quoted(scope)}; the only one is 'symbolic'")
    if scope == "symbolic" and data is not None:
        raise InputError("'symbolic' and --data contradict each other; drop one")
    problem, table = _problem(
        activation,
        loss,
        lam,
        noise,
        data,
        target,
        delimiter,
        decimal,
        label_above,
        width,
        seed,
        outer,
        quiet,
    )
    _require_budget(budget)
    level_q = _rational(level, "--level")
    if level_q < 0:
        raise InputError(f"--level must be >= 0, not {level}")
    from proofkit.kernel.certificate import certify
    from proofkit.tactics.prove import prove as run
    from proofkit.tactics.workbench import Library

    if out is not None:
        from proofkit.files import require_writable_file

        require_writable_file(out)
    with patience(quiet, "proving", budget):
        proof = run(problem, claim, Library(budget), table, level_q)
    certificate = certify(proof)
    if out is not None:
        from proofkit.files import write_atomically

        write_atomically(out, certificate.to_json())
    if json_:
        typer.echo(json.dumps(prove_json(proof), indent=1))
    elif not quiet:
        from proofkit.verdict import proof_text

        typer.echo(proof_text(proof, terminal_columns(), coloured(), verbose))
    say_written(quiet or json_, (out, "the certificate"))
    raise typer.Exit(EXIT[proof.verdict])


def prove_json(proof: Proof) -> dict[str, Any]:
    """The documented keys of `proofkit prove --json`."""
    from proofkit.kernel.certificate import number_text
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
        if threshold is None
        else {
            "value": threshold.threshold,
            "strict": True,
            "route": threshold.name,
            "enclosure": pair(threshold.value),
        },
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
        "published_threshold": {
            "formula": proof.published[0],
            "enclosure": pair(proof.published[1]),
            "source": proof.published[2],
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


@app.command()
def bounds(
    expr: Annotated[
        str, typer.Argument(help="An activation of `proofkit list` or an expression in z.")
    ],
    digits: Annotated[
        int, typer.Option(help="Decimal digits of the enclosures (15 to 1000).")
    ] = 15,
    budget: Annotated[
        float, typer.Option(help="Seconds after which what is open is named.")
    ] = 20.0,
    interval: Annotated[
        str | None,
        typer.Option(
            help="'[A, B]', open ends with ( or ), -oo and oo allowed; default: all of R."
        ),
    ] = None,
    order: Annotated[
        list[int] | None, typer.Option(help="Also sup |sigma^(K)| for this K, 4 to 16.")
    ] = None,
    symbol: Annotated[
        list[str] | None,
        typer.Option(
            help="A parameter > 0 of the expression that stays a symbol; its powers are found by "
            "scaling."
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="NAME=VALUE: a parameter of the expression and its value."),
    ] = None,
    exact: Annotated[
        bool,
        typer.Option(
            "--exact/--no-exact", help="Look for exact forms (with SymPy) after the enclosures."
        ),
    ] = True,
    quiet: QuietOption = False,
    json_: JsonOption = False,
) -> None:
    """The facts of an activation: smoothness, range, M1, M2, M3, Euler kappa and H, over all of R
    or an interval.

    The grammar: numbers, z, + - * / ^ **, parentheses, pi, and the functions exp log sqrt tanh sinh
    cosh sin cos atan asinh erf erfc sigmoid softplus Abs Max Min.

    Examples: proofkit bounds "z/(1+exp(-1.702*z))" --json

    proofkit bounds softplus --symbol beta

    proofkit bounds "log(1 + exp(beta*z))/beta" --set beta=3/2
    """
    from proofkit.activation.catalogue import resolve, with_parameters
    from proofkit.facts_text import facts_text
    from proofkit.search.ends import facts_on
    from proofkit.session import facts_json, scale_content

    if not 15 <= digits <= 1000:
        raise InputError(f"--digits must lie between 15 and 1000, not {digits}")
    _require_budget(budget)
    if any(not 4 <= k <= 16 for k in order or ()):
        raise InputError(
            f"--order must lie between 4 and 16 (M1, M2 and M3 are always there), not "
            f"{next(k for k in order or () if not 4 <= k <= 16)}"
        )
    orders = tuple(sorted(set(order or ())))
    values = {}
    for item in set_ or ():
        name, equals, value = item.partition("=")
        if not equals:
            raise InputError(f"--set is {quoted(item)}; write it like beta=3/2")
        if name.strip() in values:
            raise InputError(f"the parameter {name.strip()[:40]} is given twice")
        values[name.strip()] = _rational(value, f"the parameter {name.strip()[:40]}")
    activation = (
        with_parameters(expr, symbol or (), values)
        if symbol or values
        else resolve(expr, constant=True)
    )
    left, right, opened = _interval(interval)
    scaling = None
    if symbol:
        from proofkit.activation.scaling import scale_away

        if interval is not None:
            raise InputError(
                "--symbol is for all of R: an interval does not scale with the parameter; "
                "bind it with --set"
            )
        scaling = scale_away(activation.root, symbol)
    try:
        with patience(quiet, "bounding", budget):
            facts = facts_on(
                activation.root if scaling is None else scaling.base,
                digits,
                budget,
                left,
                right,
                opened,
                exact,
                orders,
            )
    except DomainError as error:
        if interval is not None:
            raise
        raise DomainError(
            f"{error}; --interval bounds it where it has a value, for instance on '(0, oo)'"
        ) from None
    content = facts_json(activation.text, facts, digits, opened)
    if scaling is not None:
        content = scale_content(content, scaling)
    if interval is not None:
        content["interval"] = interval.strip()
    if json_ or not quiet:
        if json_:
            typer.echo(json.dumps(content, indent=1))
        else:
            say(facts_text(activation, facts, content, terminal_columns()))
    raise typer.Exit(EXIT[content["verdict"]])


def _require_budget(budget: float) -> None:
    """InputError unless the seconds are a positive number; NaN is none."""
    if not 0 < budget < float("inf"):
        raise InputError(f"--budget must be positive, a number of seconds, not {budget:g}")


def _interval(text: str | None) -> tuple[Any, Any, tuple[Any, ...]]:
    """(left, right, open finite ends) of '[A, B)'; None for an infinite end."""
    if text is None:
        return None, None, ()
    body = text.strip()
    parts = body[1:-1].split(",")
    if len(body) < 5 or body[0] not in "[(" or body[-1] not in "])" or len(parts) != 2:
        raise InputError(
            f"--interval is {quoted(text)}; write it like '[0, 5/2]', '(0, oo)' or '(-oo, 1)'"
        )
    low, high = (p.strip() for p in parts)
    left = None if low == "-oo" else _rational(low, "the left end of --interval")
    right = None if high in ("oo", "+oo") else _rational(high, "the right end of --interval")
    if (left is None and body[0] == "[") or (right is None and body[-1] == "]"):
        raise InputError("an infinite end of --interval is open: write (-oo or oo)")
    if left is not None and right is not None and left >= right:
        raise InputError(f"--interval is empty or a point: {low} is not below {high}")
    return (
        left,
        right,
        tuple(
            x for x, mark in ((left, body[0]), (right, body[-1])) if mark in "()" and x is not None
        ),
    )


@app.command(name="fuzz-bounds")
def fuzz_bounds(
    n: Annotated[int, typer.Option("--n", help="How many random expressions.")] = 200,
    seed: Annotated[int, typer.Option(help="Seed; the same seed gives the same expressions.")] = 0,
    budget: Annotated[float, typer.Option(help="Seconds for the facts of one expression.")] = 10.0,
    jobs: Annotated[int, typer.Option(help="Processes; 0 means one per core.")] = 0,
    quiet: QuietOption = False,
    json_: JsonOption = False,
) -> None:
    """Attack the certified bounds of random expressions.

    Example: proofkit fuzz-bounds --n 1000 --seed 7
    """
    from proofkit.campaign.bounds import campaign

    if n < 1:
        raise InputError(f"--n must be at least 1, not {n}")
    _require_budget(budget)
    if jobs < 0:
        raise InputError(f"--jobs must be 0 or more, not {jobs}")
    with counting(quiet, "expressions") as progress:
        tally = campaign(n, seed, budget, jobs or os.cpu_count() or 1, progress)
    content = tally.as_dict()
    if json_:
        typer.echo(json.dumps(content, indent=1))
    elif not quiet:
        for key, value in content.items():
            if key not in ("violated", "suspected", "seconds", "kinds"):
                say(f"{key.replace('_', ' '):28} {value}")
        for kind, counts in content["kinds"].items():
            say(f"{kind:28} " + ", ".join(f"{name} {count}" for name, count in counts.items()))
        say(
            f"{'seconds per expression':28} "
            + ", ".join(f"{k} {v}" for k, v in content["seconds"].items())
        )
        for t in tally.suspected:
            say(f"suspected  {t.text}: {t.suspected}")
        for t in tally.violations:
            say(f"VIOLATION  {t.text}: {t.note}")
    raise typer.Exit(1 if tally.violations else 0)


@app.command()
def derive(
    activation: ActivationOption,
    loss: LossOption = "squared",
    latex: Annotated[bool, typer.Option("--latex", help="Print LaTeX.")] = False,
    json_: JsonOption = False,
) -> None:
    """The gradient, Hessian form, Laplacian and V4 expression for symbolic n, p, d.

    Example: proofkit derive --activation tanh --loss logistic --latex
    """
    from proofkit.activation.catalogue import resolve
    from proofkit.problem.losses import require_loss

    sigma = resolve(activation)
    required = require_loss(loss)
    from proofkit.kernel.univariate.domain import check_domain
    from proofkit.kernel.univariate.workspace import OpenError

    try:
        check_domain(sigma.root)
    except OpenError as error:
        raise InputError(f"the domain of {sigma.text} is undecided: {error}") from None
    from proofkit.session import derivation_lines

    lines = derivation_lines(sigma, required.name, latex)
    if json_:
        typer.echo(json.dumps(lines, indent=1))
    else:
        say("\n".join(f"{name}:\n  {text}" for name, text in lines.items()))


@app.command(name="list")
def list_(
    theorems: Annotated[Path | None, typer.Option(help="Folder of theorem files.")] = None,
    json_: JsonOption = False,
) -> None:
    """The activations, losses and theorems there are.

    Example: proofkit list --json
    """
    from proofkit.activation.catalogue import CATALOGUE
    from proofkit.problem.losses import LOSSES
    from proofkit.tactics.theorem import default_folder, load_theorems

    found = load_theorems(theorems or default_folder())
    if json_:
        content = {
            "activations": {
                k: {
                    "expression": e.text,
                    "parameters": {p: str(v) for p, v in e.parameters},
                    "title": e.title,
                }
                for k, e in CATALOGUE.items()
            },
            "losses": {k: v.source for k, v in LOSSES.items()},
            "theorems": {t.name: t.title for t in found},
        }
        typer.echo(json.dumps(content, indent=1))
        return
    activations = [
        (name, entry.text, entry.title, ", ".join(f"{k}={v}" for k, v in entry.parameters))
        for name, entry in CATALOGUE.items()
    ]
    say_table(("activation", "sigma(z)", "", "default"), activations)
    say("")
    losses = [
        (
            name,
            "(f - y)^2/2" if name == "squared" else "log(1 + exp(-y*f)), y = -1 or +1",
            loss.source,
        )
        for name, loss in LOSSES.items()
    ]
    say_table(("loss", "l(f, y)", ""), losses)
    say("")
    say_table(("theorem", ""), [(t.name, t.title) for t in found])


@app.command(name="fuzz-certificates")
def fuzz_certificates(
    n: Annotated[int, typer.Option("--n", help="How many mutants.")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed; the same seed gives the same mutants.")] = 0,
    folder: Annotated[Path, typer.Option(help="Folder of valid certificates.")] = Path(
        "generated/certificates"
    ),
    jobs: Annotated[int, typer.Option(help="Processes; 0 means one per core.")] = 0,
    quiet: QuietOption = False,
    json_: JsonOption = False,
) -> None:
    """Mutate valid certificates and judge what the checker accepts.

    Example: proofkit prove -a tanh --out mine/tanh.json, then proofkit fuzz-certificates --folder
    mine --n 1000
    """
    from proofkit.campaign.certificates import campaign

    if n < 1:
        raise InputError(f"--n must be at least 1, not {n}")
    if jobs < 0:
        raise InputError(f"--jobs must be 0 or more, not {jobs}")
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise InputError(
            f"the folder {folder} holds no certificate (.json); run `proofkit report` first, "
            f"or give --folder DIR"
        )
    with counting(quiet, "parts of the campaign") as progress:
        content = campaign(paths, n, seed, jobs or os.cpu_count() or 1, progress).as_dict()
    if json_:
        typer.echo(json.dumps(content, indent=1))
    elif not quiet:
        head = ("mutation", *next(iter(content["table"].values())))
        say_table(head, [(kind, *map(str, row.values())) for kind, row in content["table"].items()])
        say(f"slowest {content['slowest_seconds']} s")
        for v in content["violations"]:
            say(
                f"{v['outcome'].upper()}  {v['certificate']} mutant {v['mutant']} "
                f"({v['kind']}) {v['note']}"
            )
    raise typer.Exit(1 if content["violations"] else 0)


@app.command()
def check(
    certificates: Annotated[
        list[Path],
        typer.Argument(metavar="CERT.json...", help="Certificate files, or folders of such."),
    ],
    problem: Annotated[
        Path | None,
        typer.Option(
            "--problem",
            "--data",
            help="Your own data (CSV, Parquet, NPZ), or a TOML file that names your problem.",
        ),
    ] = None,
    target: Annotated[str | None, typer.Option(help="The column to predict.")] = None,
    delimiter: DelimiterOption = None,
    decimal: DecimalOption = None,
    label_above: LabelAboveOption = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="The mathematics: statement, constants, each step with its reason."
        ),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="One line for each valid certificate.")
    ] = False,
    json_: JsonOption = False,
) -> None:
    """Check certificates with a second program that shares no code with the prover.

    A folder stands for every certificate beneath it.  The last sentence says what was compared and
    what not; without --problem, nothing is compared with your own problem.

    Examples: proofkit prove -a tanh --out tanh.json, then proofkit check tanh.json --explain

    proofkit check generated/certificates, after proofkit report

    proofkit check mine.json --problem my.csv --target y
    """
    from proofkit.check.command import main as run

    given = {
        "--target": target,
        "--delimiter": delimiter,
        "--decimal": decimal,
        "--label-above": label_above,
    }
    options = [
        *(["--problem", str(problem)] if problem else []),
        *(f"{name}={value}" for name, value in given.items() if value is not None),
    ]
    switches = {"--explain": explain, "--quiet": quiet, "--json": json_}
    options += [name for name, wanted in switches.items() if wanted]
    raise typer.Exit(run([*options, "--", *map(str, certificates)], steps_tree, explained))


@app.command()
def coq(
    certificates: Annotated[
        list[Path], typer.Argument(metavar="CERT.json...", help="Certificate files.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the Coq files (.v) and the record; default: beside each certificate."
        ),
    ] = None,
    run: Annotated[
        bool,
        typer.Option(
            "--run",
            help="Compile with coqc and record the result, Coq's version and the axioms used.",
        ),
    ] = False,
    jobs: Annotated[int, typer.Option(help="Files compiled at a time; 0 means one per core.")] = 0,
    quiet: QuietOption = False,
    json_: JsonOption = False,
) -> None:
    """Render certificates as Coq files that instantiate the library in theorems/coq, and let coqc
    check them.

    Where a generated proof does not go through, it says which lemma is missing.

    Example: proofkit prove -a tanh --out tanh.json, then proofkit coq tanh.json --run
    """
    from proofkit import formal

    if jobs < 0:
        raise InputError(f"--jobs must be 0 or more, not {jobs}")
    with bar(quiet, "what") as progress:
        records = formal.render_files(certificates, out, run, jobs, progress or (lambda *_: None))
    if json_:
        typer.echo(json.dumps([r.content() for r in records], indent=1))
    elif not quiet:
        for r in records:
            say(formal.record_text(r))
    raise typer.Exit(max((r.status for r in records), default=0))


commands.register(app)
authoring.register(app)


# -- the entry -------------------------------------------------------------------------------------

USAGE_ERROR: type[Exception] = next(
    kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "UsageError"
)
"""What Typer raises for a wrong command line; its module differs between Typer's versions."""
COMPLETION_VARIABLE = "_PROOFKIT_COMPLETE"
COMPLETION_OPTIONS = ("--show-completion", "--install-completion")


def invoke(arguments: list[str]) -> int:
    """Run one command line and return its exit status; 2 with one sentence for input that cannot be
    used.

    KeyboardInterrupt, BrokenPipeError and everything unforeseen go to the caller
    (`proofkit.process.run`).
    """
    command = typer.main.get_command(app)
    if COMPLETION_VARIABLE in os.environ or set(arguments) & set(COMPLETION_OPTIONS):
        return _complete(command, arguments)
    try:
        # Not command(): Typer would turn a closed pipe into status 1 and an EOFError into
        # "Aborted!".
        with command.make_context("proofkit", list(arguments)) as context:
            command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    except USAGE_ERROR as error:
        return _usage(error, arguments)
    except ProofkitError as error:
        return _refuse(str(error), arguments, 2)
    except ValueError as error:
        if not too_many_digits(error):
            raise
        return _refuse(TOO_MANY_DIGITS, arguments, 2)
    except InternalError as error:
        if os.environ.get(process.DEBUG):
            raise
        text = f"internal error, nothing is claimed: {error}; {REPORT_IT}"
        return _refuse(text, arguments, process.CRASH)
    return 0


TOO_MANY_DIGITS = (
    "a number that is computed exactly from the input has more digits than can be written "
    f"({sys.get_int_max_str_digits()}); give numbers of fewer digits"
)


def too_many_digits(error: ValueError) -> bool:
    """True for Python's refusal to write an integer out, of which nothing but its words tells.

    >>> too_many_digits(ValueError("Exceeds the limit (4300 digits) for integer string conversion"))
    True
    """
    return "for integer string conversion" in str(error)


def _complete(command: Any, arguments: list[str]) -> int:
    """The scripts for the shell, and the words that they ask for; Typer ends the process here by
    itself.
    """
    try:
        command.main(
            arguments,
            prog_name="proofkit",
            complete_var=COMPLETION_VARIABLE,
            standalone_mode=False,
        )
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    return 0


REPORT_IT = (
    "please report it with the command line and what `proofkit doctor` prints "
    f"({process.DEBUG}=1 shows the traceback)"
)


def _refuse(text: str, arguments: list[str], status: int) -> int:
    warn(printable(shortened(text, arguments)))
    return status


def _usage(error: Exception, arguments: list[str]) -> int:
    """A wrong command line: what is wrong, and the page that has the right one."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError" and context is not None:
        typer.echo(context.get_help())
        return _refuse("give a command, such as prove", arguments, 2)
    name = arguments[0] if arguments and not arguments[0].startswith("-") else ""
    page = f"`proofkit {name} --help`" if name else "`proofkit --help`"
    option = getattr(error, "option_name", None)
    if type(error).__name__ == "NoSuchOption" and context is not None:
        known = [name for p in context.command.params for name in (*p.opts, *p.secondary_opts)]
        near = nearest_name(str(option), [name for name in known if name.startswith("--")])
        hint = f"did you mean {near}?" if near else f"see {page}"
        return _refuse(f"there is no option {quoted(str(option))}; {hint}", arguments, 2)
    text = " ".join(error.format_message().split()).rstrip(".")
    return _refuse(f"{text[:1].lower()}{text[1:]}; see {page}", arguments, 2)


def main() -> None:
    """Entry point within Python: the command line of `sys.argv`, ended by SystemExit with its
    status.
    """
    process.run("proofkit", lambda: invoke(sys.argv[1:]))
