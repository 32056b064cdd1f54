"""Where a formula may be broken, and that TeX breaks it only where it does not fit."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from proofkit.render.display import breakable, display
from proofkit.render.environment import latex_environment, render
from proofkit.render.paper import Options

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
        (r"\tfrac{1}{2}", r"\tfrac{1}{2}"),
        (r"a\,\frac{b}{c}", r"a\pktimes \pkfrac{b}{c}"),
        ("1" * 20, r"111111\pkbreak 111111\pkbreak 111111\pkbreak 11"),
    ],
)
def test_places_for_breaks(plain: str, marked: str) -> None:
    assert breakable(plain) == marked


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
