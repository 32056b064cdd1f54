"""proofkit latex: what it writes compiles without a complaint in several classes, and nothing can
be smuggled into it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from proofkit.certificates import read_record
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
    "article": r"\documentclass{article}\usepackage{amsmath,amssymb,amsthm}\newtheorem{theorem}{Theorem}",
    "amsart": r"\documentclass{amsart}\usepackage{amssymb,hyperref,cleveref}\newtheorem{theorem}{Theorem}[section]",
    "llncs": r"\documentclass{llncs}\usepackage{amsmath,amssymb,hyperref}",
    "acmart": r"\documentclass[sigconf,nonacm]{acmart}",
    "ieeetran": r"\documentclass[conference]{IEEEtran}\usepackage{cite,amsmath,amssymb,amsthm}\newtheorem{theorem}{Theorem}",
    "jmlr": r"\documentclass[wcp]{jmlr}\jmlrproceedings{}{}\title[T]{Title}\author{\Name{Ada "
    r"Byron}\Email{a@b.org}}",
    "neurips": r"\documentclass{article}\usepackage[textwidth=5.5in,textheight=9in]{geometry}"
    r"\usepackage{natbib,amsmath,amssymb,amsthm,hyperref,cleveref}\newtheorem{thm}{Theorem}",
    "twocolumn": r"\documentclass[twocolumn]{article}\usepackage{amsmath,amssymb,amsthm}\newtheorem{theorem}{Theorem}",
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
    """The log of the last pass; the test fails on an error, a warning or a box that sticks out by
    more than 1 pt.
    """
    if shutil.which(engine) is None:
        assert not os.environ.get("PROOFKIT_REQUIRE_TEX"), f"{engine} is required here"
        pytest.skip(f"{engine} is not installed")
    log = ""
    # One pass more with BibTeX: citations get their width in the third, which may move labels to
    # other pages.
    for k in range(4 if bibtex_run else 3):
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
    return [Source(n, read_record(CERTIFICATES / f"{n}.json")) for n in NAMES]


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
    every = [Source(p.stem, read_record(p)) for p in sorted(CERTIFICATES.glob("*.json"))]
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
        r"\documentclass{article}\usepackage{amsmath,amsthm}\newtheorem{theorem}{T}\begin{document}\input{proofs}\end{document}"
    )
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "main.tex"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode != 0 and b"this text needs \\usepackage{amsfonts}" in done.stdout


@pytest.mark.parametrize(
    ("preamble", "said"),
    [
        (r"\newtheorem{thm}{Theorem}", b"this text needs the environment theorem; give yours"),
        (r"\newtheorem{theorem}{Theorem}\let\proof\undefined", b"the environment proof, as in"),
    ],
)
def test_a_missing_environment_is_named(tmp_path: Path, preamble: str, said: bytes) -> None:
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed")
    (tmp_path / "proofs.tex").write_text(fragment(sources()[:1], Options()))
    (tmp_path / "main.tex").write_text(
        r"\documentclass{article}\usepackage{amsmath,amsfonts,amsthm}"
        rf"{preamble}\begin{{document}}\input{{proofs}}\end{{document}}"
    )
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "main.tex"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode != 0 and said in done.stdout.replace(b"\n(proofkit)", b"").replace(
        b"  ", b" "
    )


def test_what_a_reader_finds() -> None:
    text = fragment(sources()[:1], Options(prefix="app"))
    for piece in (
        r"\begin{theorem}",
        r"\label{app:thm:squared-bounded-tanh-squared-data}",
        r"L(W)\pkbreak=R(W)\pkbreak+\frac\lambda2r^2",
        r"\nabla_{w_j}L(W)\pkbreak=",
        r"\subsection{tanh, squared loss, diabetes.csv}",
        r"r_0(M)\pkbreak= \pkfrac{G\pkbreak+\pksqrt{",
        r"\frac{4\sqrt{3}}{9}",
        r"\in [0.7698,\,0.7699]",
        "are kernel-checked",
        "are those of the chain rule",
        "diabetes.csv",
        "Mersenne Twister",
        r"\begin{remark}",
    ):
        assert piece in text, piece
    assert r"\cite" not in text


def test_precision_is_that_of_the_numbers() -> None:
    assert "[0.769800358,\\,0.769800359]" in fragment(sources()[:1], Options(precision=9))


def test_coq_is_named_where_it_has_spoken() -> None:
    source = read_source(CERTIFICATES / f"{NAMES[0]}.json")
    assert set(source.coq) == {"V1", "V2", "V3", "V4"} and source.coq_version == "8.16.1"
    text = fragment([source], Options())
    assert (
        r"Coq 8.16.1 has checked (V1), (V2), (V3), (V4): for any data and outer weights, "
        r"every $\lambda>0$ and every $s>0$, "
        "$L$ is a Villani function" in text
    )


def test_the_record_of_coq_is_found_beside_the_certificate_or_in_the_report(tmp_path: Path) -> None:
    """The text is the same whether `proofkit coq --run` or `proofkit report --coq` left the record."""
    from proofkit import formal

    report = json.loads((ROOT / "generated" / "coq.json").read_text())
    name = f"{NAMES[0]}.json"
    folder = tmp_path / "certificates"
    folder.mkdir()
    shutil.copy(CERTIFICATES / name, folder / name)
    own = {**report["certificates"][name], "mark": formal.mark()}
    (folder / f"{NAMES[0]}.coq.json").write_text(json.dumps(own))
    beside = fragment([read_source(folder / name)], Options())
    (folder / f"{NAMES[0]}.coq.json").unlink()
    assert beside != fragment([read_source(folder / name)], Options())
    (tmp_path / "coq.json").write_text(json.dumps({**report, "mark": formal.mark()}))
    assert beside == fragment([read_source(folder / name)], Options())


def hostile(**change: Any) -> dict[str, Any]:
    certificate = read_record(CERTIFICATES / f"{NAMES[0]}.json")
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


EVIL = (
    r"\input{/etc/passwd} \write18{ls} $x$ }{ %& #1 ~^_ \end{document} ^^5cinput <b> "
    r"\csname x\endcsname"
)


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
    c = read_record(CERTIFICATES / f"{NAMES[0]}.json")
    coq = "8.16.1"
    if path in ("lambda", "noise"):
        c["problem"][path] = r"1\input{x}"
    elif path == "expression":
        c["problem"]["activation"]["expression"] = r"tanh(z)\input{x}"
    elif path == "payload":
        for s in c["steps"]:
            if "bound" in s["payload"]:
                s["payload"]["bound"] = r"\input{x}"
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
    text = fragment([Source("open", certify(proof).record)], Options())
    assert (
        r"\begin{theorem}" not in text
        and r"\begin{proof}" not in text
        and r"\begin{remark}" in text
        and "not decided here" in text
    )


def test_a_refuted_statement_is_a_proposition() -> None:
    text = fragment(sources()[7:10], Options(proposition="prop"))
    assert text.count(r"\begin{prop}") == 3 and r"\begin{theorem}" not in text
    assert "is not a Villani function" in text.replace("$L$ ", "")


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ({"theorem": r"thm}\input{x}"}, "--theorem-env"),
        ({"proof": "pro of"}, "--proof-env"),
        ({"proposition": "1"}, "--proposition-env"),
        ({"remark": ""}, "--remark-env"),
        ({"precision": 1}, "--precision"),
        ({"prefix": "a b"}, "--prefix"),
        ({"heading": "chapter"}, "--heading"),
    ],
)
def test_options_are_checked(what: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Options(**what)


def test_templates_can_be_replaced_and_run_in_a_sandbox(tmp_path: Path) -> None:
    assert len(write_templates(tmp_path)) == 13 and write_templates(tmp_path) == []
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
        article([Source("long", certify(proof).record)], Options(heading="section"))
    )
    compile_tex(tmp_path, "main")
    narrow = (tmp_path / "main.tex").read_text().replace("[11pt]", "[twocolumn]")
    (tmp_path / "narrow.tex").write_text(narrow)
    compile_tex(tmp_path, "narrow")


def test_nothing_is_listed_that_is_not_cited() -> None:
    cited = fragment(sources()[:1], Options(citations=True))
    entries = bibtex(cited)
    assert "muckenhoupt" not in entries and "villani2009" in entries
    assert all(rf"{key}" in cited for key in re.findall(r"@\w+\{(\w+),", entries))
    whole = article(sources(), Options(heading="section"))
    keys = {k for group in re.findall(r"\\cite\{([^}]*)\}", whole) for k in group.split(",")}
    assert keys == set(re.findall(r"\\bibitem\{(\w+)\}", whole)) and keys


@pytest.mark.parametrize(
    ("kind", "style"),
    [
        ("article", "plain"),
        ("article", "alpha"),
        ("ieeetran", "IEEEtran"),
        ("acmart", "ACM-Reference-Format"),
        ("llncs", "splncs04"),
    ],
)
def test_bibliographies_keep_numbers_and_capitals(kind: str, style: str, tmp_path: Path) -> None:
    if shutil.which("bibtex") is None:
        pytest.skip("bibtex is not installed")
    text = fragment(sources(), Options(citations=True))
    (tmp_path / "proofs.tex").write_text(text)
    (tmp_path / "main.bib").write_text(bibtex(text))
    (tmp_path / "main.tex").write_text(
        PREAMBLES[kind]
        + rf"\begin{{document}}{FRONT.get(kind, '')}\section{{Proofs}}\input{{proofs}}"
        rf"\bibliographystyle{{{style}}}\bibliography{{main}}\end{{document}}"
    )
    compile_tex(tmp_path, "main", bibtex_run=True)
    listed = (tmp_path / "main.bbl").read_text()
    assert "arXiv:2004.06977" in listed and listed.count("2210.11452") == 1
    assert all(f"{{{name}" in listed for name in ("SGD}", "Langevin}", "Schr"))


NAMES_OF_FILES = (
    "prix en €, Überlänge_ñ.csv, Łódź, ěščřž, Жизнь, 数据, \u202eevil\u0007, ½ °C, a\u0301"
)


@pytest.mark.parametrize("engine", ["pdflatex", "lualatex"])
@pytest.mark.parametrize("fonts", ["", r"\usepackage[T1]{fontenc}"])
def test_letters_of_any_script_are_set_or_shown(engine: str, fonts: str, tmp_path: Path) -> None:
    c = read_record(CERTIFICATES / f"{NAMES[0]}.json")
    c["problem"]["data"]["source"] = c["problem"]["data"]["target"] = NAMES_OF_FILES
    c["problem"]["data"]["features"] = NAMES_OF_FILES.split(", ")
    text = fragment([Source("x", c)], Options())
    assert text.isascii() and r"\texteuro{}" in text
    (tmp_path / "proofs.tex").write_text(text)
    (tmp_path / "main.tex").write_text(
        rf"\documentclass{{article}}{fonts}\usepackage{{amsmath,amssymb,amsthm,hyperref}}"
        r"\newtheorem{theorem}{Theorem}\begin{document}\input{proofs}\end{document}"
    )
    compile_tex(tmp_path, "main", engine)


# -- golden files ----------------------------------------------------------------------------------

GOLDEN = Path(__file__).parent / "golden"
PRINTED = {
    "proved_symbolic": "squared_softplus_family__softplus__squared__symbolic",
    "proved_data": "squared_bounded__tanh__squared__data",
    "lipschitz_threshold": "published_threshold__softplus__squared__data",
    "refuted_kink": "refused_nonsmooth__elu__squared__symbolic",
    "refuted_mirrored_units": "refuted_by_mirrored_units__z_2__squared__symbolic",
    "refuted_no_regulariser": "refuted_without_regulariser__softplus__squared__data__lambda_0",
    "refuted_escaping": "escaping_critical_points__z_2_sin_z__squared__symbolic",
    "one_signed": "one_signed_weights__z_2__squared__symbolic",
    "rate": "rate_of_an_instance__softplus__squared__data__lambda_1",
    "langevin": "rate_langevin__tanh__logistic__symbolic",
    "implicit_constant": "sgd_discrete_time__tanh__squared__data",
}


def printed(name: str) -> str:
    """The text about one certificate; what Coq said of it depends on the library and is left out."""
    if name == "open":
        content = certify(Problem("z*sin(z)").prove()).record
        versions = dict.fromkeys(content["versions"], "0")
        return fragment(
            [Source(name, {**content, "digest": "0" * 64, "versions": versions})], Options()
        )
    content = read_record(CERTIFICATES / f"{PRINTED[name]}.json")
    return fragment([Source(name, content)], Options(citations=True))


@pytest.mark.parametrize("name", [*PRINTED, "open"])
def test_what_is_printed_is_what_was_looked_at(name: str) -> None:
    """PROOFKIT_WRITE_GOLDEN=1 writes the files anew: look at the difference before it is committed."""
    path = GOLDEN / f"{name}.tex"
    text = printed(name)
    if os.environ.get("PROOFKIT_WRITE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert path.read_text() == text
