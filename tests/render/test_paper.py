"""proofkit latex: what it writes compiles without a complaint in several classes, and nothing can be smuggled into it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from proofkit.errors import InputError
from proofkit.interactive import Problem, certify
from proofkit.paper import Invalid, read_source, write_paper, write_templates
from proofkit.render.paper import Options, Source, article, bibtex, fragment

ROOT = Path(__file__).parents[2]
CERTIFICATES = ROOT / "generated" / "certificates"
NAMES = (
    "squared_bounded__tanh__squared__data",
    "squared_softplus_family__gelu_tanh__squared__data",
    "villani_iff_positive__softplus__squared__symbolic",
    "published_threshold__z_sin_z__squared__data",
    "rate_of_an_instance__softplus__squared__data__lambda_1",
    "rate_langevin__tanh__logistic__symbolic",
    "sgd_discrete_time__tanh__squared__data",
    "refuted_without_regulariser__softplus__squared__data__lambda_0",
    "refused_nonsmooth__elu__squared__symbolic",
    "escaping_critical_points__z_2_sin_z__squared__symbolic",
)
# Class and packages as an author of that house has them, and what stands before the text.
PREAMBLES = {
    "article": r"\documentclass{article}\usepackage{amsmath,amssymb,amsthm,siunitx}\newtheorem{theorem}{Theorem}",
    "amsart": r"\documentclass{amsart}\usepackage{amssymb,siunitx,hyperref,cleveref}\newtheorem{theorem}{Theorem}[section]",
    "llncs": r"\documentclass{llncs}\usepackage{amsmath,amssymb,siunitx,hyperref}",
    "acmart": r"\documentclass[sigconf,nonacm]{acmart}\usepackage{siunitx}",
    "ieeetran": r"\documentclass[conference]{IEEEtran}\usepackage{cite,amsmath,amssymb,amsthm,siunitx}\newtheorem{theorem}{Theorem}",
    "jmlr": r"\documentclass[wcp]{jmlr}\usepackage{siunitx}\jmlrproceedings{}{}\title[T]{Title}\author{\Name{Ada Byron}\Email{a@b.org}}",
    "neurips": r"\documentclass{article}\usepackage[textwidth=5.5in,textheight=9in]{geometry}"
    r"\usepackage{natbib,amsmath,amssymb,amsthm,siunitx,hyperref,cleveref}\newtheorem{thm}{Theorem}",
    "twocolumn": r"\documentclass[twocolumn]{article}\usepackage{amsmath,amssymb,amsthm,siunitx}\newtheorem{theorem}{Theorem}",
}
FRONT = {
    "llncs": r"\title{T}\author{A}\institute{I}\maketitle",
    "acmart": r"\title{T}\author{A}\affiliation{\institution{I}\country{C}}\maketitle",
    "ieeetran": r"\title{T}\author{A}\maketitle",
    "jmlr": r"\maketitle",
}
# Complaints of the classes that do not concern the text.
OF_THE_CLASS = re.compile(
    r"Class acmart Warning: (?:No city|You do not have the)[^!]*?\."
    r"|Package amsmath Warning: Unable to redefine math accent"
    r"|Package balance Warning: You have called"
    r"|LaTeX Font Warning: (?:Font shape `TU/ptm|Some font shapes were not available)"
)


def compile_tex(folder: Path, name: str, engine: str = "pdflatex", bibtex_run: bool = False) -> str:
    """The log of the last pass; the test fails on an error, a warning or a box that sticks out by more than 1 pt."""
    if shutil.which(engine) is None:
        assert not os.environ.get("PROOFKIT_REQUIRE_TEX"), f"{engine} is required here"
        pytest.skip(f"{engine} is not installed")
    log = ""
    for k in range(3):
        done = subprocess.run(
            [
                engine,
                "-interaction=nonstopmode",
                "-halt-on-error",
                "-no-shell-escape",
                f"{name}.tex",
            ],
            cwd=folder,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout.decode(errors="replace")[-3000:]
        if bibtex_run and k == 0:
            ran = subprocess.run(["bibtex", name], cwd=folder, capture_output=True, check=False)
            assert ran.returncode == 0, ran.stdout.decode()
        log = (folder / f"{name}.log").read_text(errors="replace")
    wide = [float(v) for v in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
    assert not [v for v in wide if v > 1], log[log.find("Overfull") :][:600]
    said = OF_THE_CLASS.sub("", log)
    assert "Warning" not in said, said[said.find("Warning") - 60 :][:600]
    return log


def sources() -> list[Source]:
    return [Source(n, json.loads((CERTIFICATES / f"{n}.json").read_text())) for n in NAMES]


@pytest.mark.parametrize("engine", ["pdflatex", "lualatex"])
@pytest.mark.parametrize("kind", PREAMBLES)
def test_fragments_compile_in_several_classes(kind: str, engine: str, tmp_path: Path) -> None:
    options = Options(prefix="app", theorem="thm" if kind == "neurips" else "theorem")
    (tmp_path / "proofs.tex").write_text(fragment(sources(), options))
    (tmp_path / "main.tex").write_text(
        PREAMBLES[kind]
        + rf"\begin{{document}}{FRONT.get(kind, '')}\section{{Proofs}}\input{{proofs}}\end{{document}}"
    )
    compile_tex(tmp_path, "main", engine)


@pytest.mark.parametrize("kind", ["article", "twocolumn"])
def test_every_certificate_of_the_report_fits(kind: str, tmp_path: Path) -> None:
    every = [Source(p.stem, json.loads(p.read_text())) for p in sorted(CERTIFICATES.glob("*.json"))]
    (tmp_path / "proofs.tex").write_text(fragment(every, Options()))
    (tmp_path / "main.tex").write_text(
        PREAMBLES[kind] + r"\begin{document}\input{proofs}\end{document}"
    )
    compile_tex(tmp_path, "main")


@pytest.mark.parametrize("engine", ["pdflatex", "lualatex"])
def test_articles_compile(engine: str, tmp_path: Path) -> None:
    (tmp_path / "main.tex").write_text(article(sources(), Options(heading="section")))
    compile_tex(tmp_path, "main", engine)


def test_an_article_cites_from_its_own_bibtex(tmp_path: Path) -> None:
    made = write_paper(
        [CERTIFICATES / f"{NAMES[5]}.json"], Options(citations=True), standalone=True, bib="main"
    )
    (tmp_path / "main.tex").write_text(made.tex)
    (tmp_path / "main.bib").write_text(made.bib)
    compile_tex(tmp_path, "main", bibtex_run=True)
    assert (
        "@inproceedings{vempala2019rapid" in made.bib
        and r"\cite{vempala2019rapid,otto2000generalization}" in made.tex
    )
    # Every key that is cited is in the BibTeX.
    keys = {k for group in re.findall(r"\\cite\{([^}]*)\}", made.tex) for k in group.split(",")}
    assert keys <= set(re.findall(r"@\w+\{(\w+),", made.bib))


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed")
    (tmp_path / "proofs.tex").write_text(fragment(sources()[:1], Options()))
    (tmp_path / "main.tex").write_text(
        r"\documentclass{article}\usepackage{amsmath,amssymb,amsthm}\newtheorem{theorem}{T}\begin{document}\input{proofs}\end{document}"
    )
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "main.tex"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode != 0 and b"this text needs \\usepackage{siunitx}" in done.stdout


def test_what_a_reader_finds() -> None:
    text = fragment(sources()[:1], Options(prefix="app"))
    for piece in (
        r"\begin{theorem}",
        r"\label{app:thm:squared-bounded-tanh-squared-data}",
        r"\nabla L(W)\pkbreak=",
        r"\pkfrac{\partial L}{\partial W_{JK}}\pkbreak=",
        r"r_0(M)\pkbreak=\pkfrac{G \pkbreak+ \pksqrt{",
        "By Cauchy--Schwarz",
        r"\ni \frac{4\,\sqrt{3}}{9}",
        r"\in[\num{0.7698},\,\num{0.7699}]",
        "Kernel-checked",
        "Tested",
        "diabetes.csv",
    ):
        assert piece in text, piece
    assert r"\cite" not in text


def test_coq_is_named_where_it_has_spoken() -> None:
    source = read_source(CERTIFICATES / f"{NAMES[0]}.json")
    assert set(source.coq) == {"V1", "V2", "V3", "V4"} and source.coq_version == "8.16.1"
    assert "Coq-checked (coqc 8.16.1)" in fragment([source], Options())


def hostile(**change: Any) -> dict[str, Any]:
    certificate = json.loads((CERTIFICATES / f"{NAMES[0]}.json").read_text())
    spec = certificate["problem"]
    spec["data"]["source"] = spec["data"]["target"] = spec["outer"]["source"] = EVIL
    spec["activation"]["name"] = EVIL
    certificate["theorem"] = {
        "name": EVIL,
        "title": EVIL,
        "statement": EVIL,
        "source": EVIL,
        "expect": "PROVED",
    }
    certificate["notes"] = [EVIL]
    certificate["statement"] = EVIL
    certificate["versions"] = dict.fromkeys(certificate["versions"], EVIL)
    return {**certificate, **change}


EVIL = r"\input{/etc/passwd} \write18{ls} $x$ }{ %& #1 ~^_ \end{document} ^^5cinput <b> \csname x\endcsname"


@pytest.mark.parametrize("engine", ["pdflatex", "lualatex"])
def test_hostile_names_cannot_inject_a_command(engine: str, tmp_path: Path) -> None:
    text = article([Source(EVIL, hostile(), ("V4",), "8", (EVIL,))], Options(heading="section"))
    assert r"\input" not in text and r"\write" not in text and r"\csname" not in text
    assert text.count(r"\end{document}") == 1
    (tmp_path / "main.tex").write_text(text)
    compile_tex(tmp_path, "main", engine)


@pytest.mark.parametrize(
    "path", ["lambda", "noise", "expression", "payload", "enclosure", "formula", "exact", "coq"]
)
def test_hostile_numbers_and_formulas_are_refused_or_escaped(path: str) -> None:
    c = json.loads((CERTIFICATES / f"{NAMES[0]}.json").read_text())
    coq = "8.16.1"
    if path in ("lambda", "noise"):
        c["problem"][path] = r"1\input{x}"
    elif path == "expression":
        c["problem"]["activation"]["expression"] = r"tanh(z)\input{x}"
    elif path == "payload":
        for s in c["steps"]:
            if "lower_bound" in s["payload"]:
                s["payload"]["lower_bound"] = r"\input{x}"
    elif path == "enclosure":
        c["published_threshold"]["enclosure"] = [r"\input{x}", "1"]
    elif path == "formula":
        c["published_threshold"]["formula"] = r"\input{x}"
    elif path == "exact":
        for s in c["steps"]:
            for d in s["defines"].values():
                d["exact"] = r"\input{x}"
    else:
        coq = r"\input{x}"
    try:
        text = fragment([Source("x", c, ("V4",), coq)], Options())
    except (ValueError, InputError):
        return
    assert r"\input" not in text


def test_invalid_certificates_are_not_typeset(tmp_path: Path) -> None:
    c = json.loads((CERTIFICATES / f"{NAMES[0]}.json").read_text())
    c["verdict"] = "REFUTED"
    path = tmp_path / "c.json"
    path.write_text(json.dumps(c))
    with pytest.raises(Invalid, match="digest"):
        read_source(path)


def test_open_questions_are_no_theorems() -> None:
    proof = Problem("z*sin(z)").prove()
    assert proof.verdict == "UNKNOWN"
    text = fragment([Source("open", json.loads(certify(proof).to_json()))], Options())
    assert (
        r"\begin{theorem}" not in text
        and r"\begin{proof}" not in text
        and "no verdict was reached" in text
    )


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ({"theorem": r"thm}\input{x}"}, "--theorem-env"),
        ({"proof": "pro of"}, "--proof-env"),
        ({"prefix": "a b"}, "--prefix"),
        ({"heading": "chapter"}, "--heading"),
    ],
)
def test_options_are_checked(what: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Options(**what)  # type: ignore[arg-type]


def test_templates_can_be_replaced_and_run_in_a_sandbox(tmp_path: Path) -> None:
    assert len(write_templates(tmp_path)) == 9 and write_templates(tmp_path) == []
    path = CERTIFICATES / f"{NAMES[0]}.json"
    (tmp_path / "macros.tex.j2").write_text("% mine\n")
    assert "% mine" in write_paper([path], Options(templates=tmp_path)).tex
    (tmp_path / "macros.tex.j2").write_text("<< o.__class__.__mro__ >>")
    with pytest.raises(InputError, match="unsafe"):
        write_paper([path], Options(templates=tmp_path))
    (tmp_path / "macros.tex.j2").write_text("<% if %>")
    with pytest.raises(InputError, match=r"macros\.tex\.j2, line 1"):
        write_paper([path], Options(templates=tmp_path))
    (tmp_path / "macros.tex.j2").write_text("<< nothing.here >>")
    with pytest.raises(InputError, match="template"):
        write_paper([path], Options(templates=tmp_path))


def test_a_long_activation_of_ones_own_compiles(tmp_path: Path) -> None:
    text = (
        "("
        + " + ".join(f"tanh({k}*z + {k}/7)/{k + 1}" for k in range(1, 7))
        + ")*exp(-z^2/9) + log(1 + exp(3*z - 1/3))/5"
    )
    proof = Problem(text, "logistic").prove(budget=3)
    (tmp_path / "main.tex").write_text(
        article([Source("long", json.loads(certify(proof).to_json()))], Options(heading="section"))
    )
    compile_tex(tmp_path, "main")
    narrow = (tmp_path / "main.tex").read_text().replace("[11pt]", "[twocolumn]")
    (tmp_path / "narrow.tex").write_text(narrow)
    compile_tex(tmp_path, "narrow")


def test_bibtex_is_that_of_the_steps() -> None:
    c = sources()
    assert "muckenhoupt" not in bibtex([c[0].content]) and "villani2009" in bibtex([c[0].content])
