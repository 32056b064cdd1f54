"""``proofkit latex``: certificates as mathematics for a paper."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proofkit.cli.console import bar, say, warn
from proofkit.cli.options import JsonOption, QuietOption
from proofkit.cli.problem_options import ReaderOptions
from proofkit.errors import InputError, quoted

if TYPE_CHECKING:
    from proofkit.paper import Written
    from proofkit.render.paper import Options


@dataclass(frozen=True)
class StyleOptions:
    """How the text is written: labels, the author's environments, headings, digits."""

    prefix: Annotated[str, typer.Option(help="Prefix of every \\label.")] = "proofkit"
    theorem_env: Annotated[
        str, typer.Option("--theorem-env", help="Your environment for theorems.")
    ] = "theorem"
    proposition_env: Annotated[
        str, typer.Option("--proposition-env", help="Your environment for what is refuted.")
    ] = "proposition"
    remark_env: Annotated[
        str, typer.Option("--remark-env", help="Your environment for remarks and open questions.")
    ] = "remark"
    proof_env: Annotated[str, typer.Option("--proof-env", help="Your environment for proofs.")] = (
        "proof"
    )
    heading: Annotated[
        str | None, typer.Option(help="section, subsection, subsubsection, paragraph or none.")
    ] = None
    precision: Annotated[
        int,
        typer.Option(
            help="Significant digits of the numbers in the text, rounded outwards; the "
            "certificate keeps all."
        ),
    ] = 4

    def options(self, standalone: bool, citations: bool, templates: Path | None) -> Options:
        """The options of the renderer; InputError for what LaTeX cannot take."""
        from proofkit.render.paper import Options

        return Options(
            prefix=self.prefix,
            theorem=self.theorem_env,
            proposition=self.proposition_env,
            remark=self.remark_env,
            proof=self.proof_env,
            heading=self.heading or ("section" if standalone else "subsection"),
            precision=self.precision,
            citations=citations,
            templates=templates,
        )


def latex(
    *,
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
    style: StyleOptions,
    subject: ReaderOptions,
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
    if write_templates is not None:
        _write_templates(write_templates, quiet, json_)
        return
    if not certificates:
        raise InputError(
            "give at least one certificate, such as the tanh.json of `proofkit prove -a tanh "
            "--out tanh.json`"
        )
    if out is not None:
        _require_tex(out)
    options = style.options(standalone, bib, templates)
    stem = out.stem if out is not None and bib else None
    written = _written(certificates, options, standalone, stem, subject, quiet)
    if out is None:
        _print_text(written, bib, json_)
    else:
        _write_files(written, out, out.with_suffix(".bib") if bib else None, quiet, json_)


def _write_templates(folder: Path, quiet: bool, json_: bool) -> None:
    from proofkit import paper

    made = paper.write_templates(folder)
    if json_:
        typer.echo(json.dumps({"templates": [str(path) for path in made]}))
    elif not quiet:
        lines = "\n".join(f"written: {path}" for path in made)
        say(lines or f"all templates are in {folder} already")


def _require_tex(out: Path) -> None:
    """InputError unless the file can be written and LaTeX can cite from a name like its own."""
    from proofkit.files import require_writable_file

    if out.suffix != ".tex" or not re.fullmatch(r"[A-Za-z0-9._-]+", out.stem):
        raise InputError(
            f"--out is {quoted(out.name)}; give a file NAME.tex whose name has letters, "
            f"digits, . _ and - only"
        )
    require_writable_file(out)


def _written(
    certificates: Sequence[Path],
    options: Options,
    standalone: bool,
    bib: str | None,
    subject: ReaderOptions,
    quiet: bool,
) -> Written:
    """The text of the certificates; status 1 for one that is invalid."""
    from proofkit.paper import Invalid, write_paper

    try:
        with bar(quiet, "what") as progress:
            report = progress or (lambda *_: None)
            return write_paper(certificates, options, standalone, bib, report, subject.reader())
    except Invalid as error:
        warn(str(error))
        raise typer.Exit(1) from None


def _print_text(written: Written, bib: bool, json_: bool) -> None:
    if json_:
        content = {"tex": written.tex, "bib": written.bib, "certificates": list(written.names)}
        typer.echo(json.dumps(content))
    else:
        typer.echo((written.bib if bib else written.tex).rstrip("\n"))


def _write_files(written: Written, out: Path, bib: Path | None, quiet: bool, json_: bool) -> None:
    from proofkit.files import write_atomically

    write_atomically(out, written.tex)
    if bib is not None:
        write_atomically(bib, written.bib)
    if json_:
        content = {
            "tex": str(out),
            "bib": None if bib is None else str(bib),
            "certificates": list(written.names),
        }
        typer.echo(json.dumps(content))
    elif not quiet:
        count = len(written.names)
        files = f"{out}" if bib is None else f"{out} and {bib}"
        say(f"written: {files} ({count} certificate{'s' if count > 1 else ''})")
