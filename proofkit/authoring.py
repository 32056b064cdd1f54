"""The commands around the proofs: latex, new-theorem, doctor, shell."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any

import typer

from proofkit.console import (
    ActivationOption,
    DecimalOption,
    DelimiterOption,
    JsonOption,
    LabelAboveOption,
    LossOption,
    QuietOption,
    bar,
    require_choice,
    say,
    say_table,
    warn,
)
from proofkit.errors import InputError, quoted


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(latex)
    app.command(name="new-theorem")(new_theorem)
    app.command()(doctor)
    app.command()(shell)


def latex(
    certificates: Annotated[list[Path] | None, typer.Argument(help="Certificate files.")] = None,
    standalone: Annotated[
        bool,
        typer.Option(
            "--standalone/--fragment",
            help="An article of its own, or a text to \\input into a paper (the default).",
        ),
    ] = False,
    bib: Annotated[
        bool,
        typer.Option(
            "--bib",
            help="Cite with \\cite and write the sources as BibTeX beside --out; without --out "
            "print only the BibTeX.",
        ),
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="The .tex file; default: standard output.")
    ] = None,
    prefix: Annotated[str, typer.Option(help="Prefix of every \\label.")] = "proofkit",
    theorem_env: Annotated[
        str, typer.Option("--theorem-env", help="Your environment for theorems.")
    ] = "theorem",
    proposition_env: Annotated[
        str, typer.Option("--proposition-env", help="Your environment for what is refuted.")
    ] = "proposition",
    remark_env: Annotated[
        str, typer.Option("--remark-env", help="Your environment for remarks and open questions.")
    ] = "remark",
    proof_env: Annotated[
        str, typer.Option("--proof-env", help="Your environment for proofs.")
    ] = "proof",
    heading: Annotated[
        str | None, typer.Option(help="section, subsection, subsubsection, paragraph or none.")
    ] = None,
    precision: Annotated[
        int,
        typer.Option(
            help="Significant digits of the numbers in the text, rounded outwards; the "
            "certificate keeps all."
        ),
    ] = 4,
    problem: Annotated[
        Path | None,
        typer.Option(
            help="The data that a certificate is about, for steps that need them (as for `check`)."
        ),
    ] = None,
    target: Annotated[str | None, typer.Option(help="The column to predict, of --problem.")] = None,
    delimiter: DelimiterOption = None,
    decimal: DecimalOption = None,
    label_above: LabelAboveOption = None,
    templates: Annotated[
        Path | None,
        typer.Option(help="Folder whose .tex.j2 files replace the package's of the same name."),
    ] = None,
    write_templates: Annotated[
        Path | None,
        typer.Option(
            "--write-templates", help="Copy the package's templates into this folder, and stop."
        ),
    ] = None,
    quiet: QuietOption = False,
    json_: JsonOption = False,
) -> None:
    """Write certificates as mathematics: statement, assumptions, proof step by step, constants,
    evidence, sources.

    Every certificate is checked first; nothing is written about an invalid one.  The text needs
    amsmath and amsfonts (or another package with \\mathbb).

    Example: proofkit prove -a tanh --out tanh.json, then proofkit latex tanh.json --bib --prefix
    app --out appendix.tex
    """
    from proofkit import paper
    from proofkit.files import require_writable_file, write_atomically
    from proofkit.render.paper import Options

    if write_templates is not None:
        made = paper.write_templates(write_templates)
        if json_:
            typer.echo(json.dumps({"templates": [str(p) for p in made]}))
        elif not quiet:
            say(
                "\n".join(f"written: {p}" for p in made)
                or f"all templates are in {write_templates} already"
            )
        return
    if not certificates:
        raise InputError(
            "give at least one certificate, such as the tanh.json of `proofkit prove -a tanh "
            "--out tanh.json`"
        )
    bib_file = bib_stem = None
    if out is not None:
        if out.suffix != ".tex" or not re.fullmatch(r"[A-Za-z0-9._-]+", out.stem):
            raise InputError(
                f"--out is {quoted(out.name)}; give a file NAME.tex whose name has letters, "
                f"digits, . _ and - only"
            )
        require_writable_file(out)
        bib_file, bib_stem = out.with_suffix(".bib"), out.stem
    options = Options(
        prefix=prefix,
        theorem=theorem_env,
        proposition=proposition_env,
        remark=remark_env,
        proof=proof_env,
        heading=heading or ("section" if standalone else "subsection"),
        precision=precision,
        citations=bib,
        templates=templates,
    )
    try:
        with bar(quiet, "what") as progress:
            made = paper.write_paper(
                certificates,
                options,
                standalone,
                bib_stem if bib else None,
                progress or (lambda *_: None),
                _reader(problem, target, delimiter, decimal, label_above),
            )
    except paper.Invalid as error:
        warn(str(error))
        raise typer.Exit(1) from None
    if out is None:
        text = made.bib if bib else made.tex
        typer.echo(
            json.dumps({"tex": made.tex, "bib": made.bib, "certificates": list(made.names)})
            if json_
            else text.rstrip("\n")
        )
        return
    write_atomically(out, made.tex)
    if bib and bib_file is not None:
        write_atomically(bib_file, made.bib)
    if json_:
        typer.echo(
            json.dumps(
                {
                    "tex": str(out),
                    "bib": str(bib_file) if bib else None,
                    "certificates": list(made.names),
                }
            )
        )
    elif not quiet:
        say(
            f"written: {out}{f' and {bib_file}' if bib else ''} ({len(made.names)} "
            f"certificate{'s' if len(made.names) > 1 else ''})"
        )


def _reader(
    problem: Path | None,
    target: str | None,
    delimiter: str | None,
    decimal: str | None,
    label_above: str | None,
) -> Any:
    """The data of --problem; None without it."""
    from proofkit.check.problem import Unreadable, load_problem

    if problem is None:
        if target is not None:
            raise InputError("--target names a column of --problem; give --problem FILE, too")
        return None
    try:
        return load_problem(problem, target, delimiter, decimal, label_above)
    except Unreadable as error:
        raise InputError(str(error)) from None


THEOREM = """# A theorem of proofkit: `proofkit report` proves it for every combination below.
title = "{title}"

# The statement in words; formulas in plain text, such as lambda > 0 or ||W||_F, are typeset.
statement = "For every n, p, d, all data and every s > 0, the regularised {loss} risk with this activation is a Villani function for every lambda > 0."

# Where it comes from: a reference, or "derived here".
source = "derived here"

# What is claimed: {claims}.
claim = "{claim}"

# squared, logistic, or both.
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
    loss: LossOption = "squared",
    claim: Annotated[
        str, typer.Option(help="What is claimed; see `proofkit prove --help`.")
    ] = "villani",
    folder: Annotated[Path, typer.Option(help="Folder of theorem files.")] = Path("theorems"),
    quiet: QuietOption = False,
    json_: JsonOption = False,
) -> None:
    """Write a commented theorem file, ready for `proofkit report`.

    Example: proofkit new-theorem my_swish --activation "silu(beta=2)"
    """
    from proofkit.activation.catalogue import resolve
    from proofkit.files import write_atomically
    from proofkit.kernel.claims import CLAIMS
    from proofkit.problem.losses import require_loss

    if not re.fullmatch(r"[a-z][a-z0-9_]{0,60}", name):
        raise InputError(
            f"the name {quoted(name)} cannot be used; take small letters, digits and _, and "
            f"begin with a letter"
        )
    resolve(activation)
    require_loss(loss)
    require_choice("--claim", claim, tuple(CLAIMS))
    path = folder / f"{name}.toml"
    if path.exists():
        raise InputError(f"{path} exists already; choose another name, or edit it")
    escaped = activation.replace("\\", "\\\\").replace('"', '\\"')
    title = name.replace("_", " ").capitalize()
    write_atomically(
        path,
        THEOREM.format(
            title=title, loss=loss, claim=claim, claims=", ".join(CLAIMS), activation=escaped
        ),
    )
    if json_:
        typer.echo(json.dumps({"file": str(path)}))
    elif not quiet:
        say(f"written: {path}; edit it, then run `proofkit report --theorems {folder}`")


def doctor(quiet: QuietOption = False, json_: JsonOption = False) -> None:
    """What is installed (packages, extras, C compiler, Coq, TeX) and what each part adds.

    Example: proofkit doctor
    """
    from proofkit.doctor import caches, examine

    findings = examine()
    folders = caches()
    missing = [
        f
        for f in findings
        if f.group == "python" and f.found is None and f.name != "SymPy over flint"
    ]
    if json_:
        parts = [
            {"group": f.group, "name": f.name, "found": f.found, "adds": f.adds, "get": f.get}
            for f in findings
        ]
        typer.echo(
            json.dumps(
                {"parts": parts, "caches": [{"folder": p, "writable": w} for p, w in folders]},
                indent=1,
            )
        )
    elif not quiet:
        _say_findings(findings, folders)
    if missing:
        raise typer.Exit(1)


def _say_findings(findings: Any, folders: Any) -> None:
    rows = [
        (f.name, f.found or "missing", f.adds if f.found is not None else f"{f.adds}; {f.get}")
        for f in findings
    ]
    say_table(("part", "found", "what it adds"), rows)
    for path, writable in folders:
        say(f"cache {path}{'' if writable else ' (cannot be written)'}")


def shell(
    activation: Annotated[
        str | None,
        typer.Option(
            "--activation", "-a", help="Also bind sigma, problem and L for this activation."
        ),
    ] = None,
    loss: LossOption = "squared",
) -> None:
    """An interactive session (IPython where installed) with SymPy's symbols and proofkit's names
    ready.

    Example: proofkit shell --activation softplus
    """
    from proofkit.interactive import BANNER, namespace
    from proofkit.problem.losses import require_loss

    names = namespace(activation, require_loss(loss).name)
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
        user_ns=names, banner1=BANNER + "\n", colors="nocolor" if _no_color() else "neutral"
    )()


def _no_color() -> bool:
    import os

    return bool(os.environ.get("NO_COLOR"))
