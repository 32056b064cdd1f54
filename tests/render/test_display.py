"""Where a formula may be broken, and that TeX breaks it only where it does not fit."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from proofkit.certificates import read_record
from proofkit.exposition import plain
from proofkit.exposition.expose import expose
from proofkit.exposition.formulas import latex
from proofkit.exposition.markup import formulas
from proofkit.render.display import breakable, display
from proofkit.render.environment import latex_environment, render
from proofkit.render.paper import Options

CERTIFICATES = Path(__file__).parents[2] / "generated" / "certificates"
LONG = r"r_0=\frac{a + b + \sqrt{c\,\left(d + \frac{e}{f}\right)}}{2\,\lambda^{2}}"


@pytest.mark.parametrize(
    ("plain", "marked"),
    [
        ("a + b - c", r"a \pkbreak+ b \pkbreak- c"),
        ("-a", "-a"),
        (r"a\le -b", r"a\pkbreak\le -b"),
        (r"x^{a + b}", r"x^{a + b}"),
        (r"\num{1e-5} + 1", r"\num{1e-5} \pkbreak+ 1"),
        (r"f(a + b)", r"f(a \pkbreakin+ b)"),
        (r"\langle a,b\rangle + c", r"\langle a,b\rangle \pkbreak+ c"),
        (r"\max\left(a,\,b\right)^{2}", r"\max(a,\,b)^{2}"),
        (r"\max\left(a^2,\,b\right)", r"\max\pkgroup{(}{)}{a^2,\pkbreak \,b}"),
        (r"a=b,\qquad c=d", r"a\pkbreak=b,\pkpart\qquad c\pkbreak=d"),
        (r"|a - b|", r"|a \pkbreakin- b|"),
        (r"\left|a\right|", r"\pkgroup{|}{|}{a}"),
        (r"\frac1n", r"\frac1n"),
        (r"\frac{sN}4\log x", r"\pkfrac{sN}{4}\log x"),
        (r"\tfrac{sN}4\log x", r"\tfrac{sN}{4}\log x"),
        (r"\frac{a}12", r"\pkfrac{a}{1}2"),
        (r"\frac{a} b+c", r"\pkfrac{a}{b}\pkbreak+c"),
        (r"\tfrac{1}{2}", r"\tfrac{1}{2}"),
        (r"a\,\frac{b}{c}", r"a\pktimes \pkfrac{b}{c}"),
        ("1" * 20, r"111111\pkbreak 111111\pkbreak 111111\pkbreak 11"),
    ],
)
def test_places_for_breaks(plain: str, marked: str) -> None:
    assert breakable(plain) == marked


def unmarked(text: str) -> str:
    """Marked LaTeX with the marks taken out again."""
    text = re.sub(r"\\pk(?:breakin|break|part)(?![A-Za-z]) ?", "", text)
    text = re.sub(r"\\pktimes ?", r"\\,", text)
    while (found := re.search(r"\\pkgroup\{([^{}]+)\}\{([^{}]+)\}\{", text)) is not None:
        depth, end = 1, found.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        inner = text[found.end() : end - 1]
        text = f"{text[: found.start()]}\\left{found[1]}{inner}\\right{found[2]}{text[end:]}"
    return re.sub(r"\\pk(frac|sqrt)", r"\\\1", text)


def every_formula() -> set[str]:
    """The LaTeX of all expositions of the report's certificates."""
    found: set[str] = set()
    for path in sorted(CERTIFICATES.glob("*.json")):
        e = expose(read_record(path))
        blocks = [e.statement.hypotheses, e.statement.body]
        blocks += [b for step in (*e.steps, *e.unused) for b in (step.statement, step.reason)]
        found.update(f for b in blocks for f in formulas(b))
        found.update(
            f"{c.definition.symbol}={latex(c.definition.root)}"
            for c in e.constants
            if c.definition.root is not None
        )
    return found


def test_marks_change_no_formula() -> None:
    """Read by the writer of plain text, a marked formula is the formula."""
    known = every_formula()
    assert len(known) > 300
    for text in known:
        assert plain.formula(unmarked(breakable(text))) == plain.formula(text), text


def test_unbalanced_text_is_kept() -> None:
    for text in (r"\left(a", "a)", "{a", r"\frac{a", "^", ")+b"):
        assert "a" in breakable(text) or "a" not in text


@pytest.mark.parametrize(("width", "lines"), [("140mm", 1), ("55mm", 2)])
def test_a_display_is_broken_only_where_it_does_not_fit(
    width: str, lines: int, tmp_path: Path
) -> None:
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed")
    macros = render(latex_environment(), "macros.tex.j2", o=Options())
    wide = display(LONG, r"\in[1.234,\,1.235]", " + aaaaaaaaa + bbbbbbbbbb")
    (tmp_path / "main.tex").write_text(
        rf"\documentclass{{article}}\usepackage[textwidth={width}]{{geometry}}\usepackage{{amsmath}}"
        rf"\begin{{document}}{macros}Text before {wide} and after."
        r"\setbox1\vbox{\noindent " + wide + r"}\showthe\ht1 \end{document}"
    )
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "main.tex"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    log = done.stdout.decode()
    height = re.search(r"> ([\d.]+)pt", log)
    assert height is not None and "Overfull" not in log
    assert (float(height[1]) > 60) == (lines > 1), height[1]
