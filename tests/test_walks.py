"""Three walks as new users would take them, by the command line alone."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROOFKIT = [sys.executable, "-m", "proofkit"]


def proofkit(
    *args: object, cwd: Path, status: int = 0, **env: str
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*PROOFKIT, *map(str, args)],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, "NO_COLOR": "1", **env},
        check=False,
    )
    assert done.returncode == status, (done.returncode, done.stdout[-1500:], done.stderr[-1500:])
    assert "Traceback" not in done.stderr
    return done


def write_csv(path: Path, scale: float = 1.0, target: str = "house price (k$) & tax_%") -> None:
    rng = random.Random(7)
    rows = [f'area #1,"age, years","{target}"']
    for _ in range(60):
        a, b = rng.uniform(-1, 1), rng.uniform(0, 2)
        rows.append(f"{a * scale:.4f},{b * scale:.4f},{a - b / 2 + rng.gauss(0, 0.1):.4f}")
    path.write_text("\n".join(rows) + "\n")


def test_an_author_wants_an_appendix_for_sigmoid_and_their_own_data(tmp_path: Path) -> None:
    write_csv(tmp_path / "my data.csv")
    target = "house price (k$) & tax_%"
    base = ("prove", "--activation", "sigmoid", "--data", "my data.csv")
    # The first tries go wrong in the usual ways, and each says how to go on.
    assert "--target" in proofkit(*base, cwd=tmp_path, status=2).stderr
    assert (
        "house price"
        in proofkit(
            *base, "--target", "house prize (k$) & tax_%", "--width", 16, cwd=tmp_path, status=2
        ).stderr
    )
    assert "--width" in proofkit(*base, "--target", target, cwd=tmp_path, status=2).stderr
    done = proofkit(*base, "--target", target, "--width", 16, "--out", "sigmoid.json", cwd=tmp_path)
    assert done.stdout.startswith("PROVED  L is a Villani function for every λ > 0")
    proofkit(
        "latex", "sigmoid.json", "--bib", "--prefix", "app", "--out", "appendix.tex", cwd=tmp_path
    )
    text = (tmp_path / "appendix.tex").read_text()
    assert r"house price (k\$) \& tax\_\%" in text and r"$n=60$" in text and r"\cite{" in text
    measured = proofkit(
        "validate", "sigmoid.json", "--data", "my data.csv", "--target", target, cwd=tmp_path
    )
    assert "ok" in measured.stdout and "BEYOND" not in measured.stdout
    if shutil.which("pdflatex") is None:
        assert not os.environ.get("PROOFKIT_REQUIRE_TEX"), "pdflatex is required here"
        pytest.skip("pdflatex is not installed: the appendix was written but not compiled")
    (tmp_path / "paper.tex").write_text(
        r"\documentclass{amsart}\usepackage{amssymb,array,booktabs,siunitx,hyperref,cleveref}\newtheorem{theorem}{Theorem}"
        r"\begin{document}\section{Main}See "
        r"\cref{app:thm:sigmoid}.\appendix\section{Proofs}\input{appendix}"
        r"\bibliographystyle{plain}\bibliography{appendix}\end{document}"
    )
    for k in range(3):
        done = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-no-shell-escape", "paper.tex"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-2000:]
        if k == 0:
            subprocess.run(["bibtex", "paper"], cwd=tmp_path, capture_output=True, check=True)
    log = (tmp_path / "paper.log").read_text(errors="replace")
    assert "Warning" not in log and not [
        v for v in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log) if float(v) > 1
    ]


BLOCKED = "import sys\nsys.exit('this program may not be imported by the checker')\n"


def test_a_referee_got_a_certificate_by_mail(tmp_path: Path) -> None:
    write_csv(tmp_path / "data.csv", target="y")
    proofkit(
        "prove",
        "-a",
        "gelu",
        "--lam",
        "1/4",
        "--data",
        "data.csv",
        "--target",
        "y",
        "--width",
        8,
        "--out",
        "mail.json",
        cwd=tmp_path,
    )
    desk = tmp_path / "desk"
    desk.mkdir()
    shutil.copy(tmp_path / "mail.json", desk)
    # The referee's machine has no prover: neither SymPy nor mpmath nor numpy can be imported.
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    for name in ("sympy", "mpmath", "numpy", "scipy", "jinja2"):
        (blocked / f"{name}.py").write_text(BLOCKED)

    def check(*args: object, status: int) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join((str(blocked), str(ROOT)))
        return proofkit("check", *args, cwd=desk, status=status, PYTHONPATH=path)

    done = check("mail.json", status=0)
    assert "valid" in done.stdout and "not compared" in done.stdout and "V4 Euler" in done.stdout
    # With the data of the paper in hand the problem itself is compared.
    shutil.copy(tmp_path / "data.csv", desk / "paper.csv")
    done = check("mail.json", "--problem", "paper.csv", "--target", "y", status=0)
    assert "lambda" in done.stdout
    # The authors used easier data than they say.
    write_csv(desk / "harder.csv", scale=3.0, target="y")
    done = check("mail.json", "--problem", "harder.csv", "--target", "y", status=4)
    assert "not about your problem" in done.stdout and "INVALID" not in done.stdout
    # A digit was changed on the way.
    text = (desk / "mail.json").read_text()
    content = json.loads(text)
    constants = (constant for step in content["steps"] for constant in step.get("constants", ()))
    held = next(constant for constant in constants if constant["name"] == "M2")["hi"]
    (desk / "forged.json").write_text(
        text.replace(held, held.replace("7", "6", 1) if "7" in held else held.replace("1", "0", 1))
    )
    done = check("forged.json", "--json", status=1)
    assert json.loads(done.stdout)[0]["valid"] is False
    (desk / "letter.json").write_text("Dear referee, the proof is correct.")
    assert "letter.json" in check("letter.json", status=2).stderr


def test_a_researcher_whose_activation_nobody_listed(tmp_path: Path) -> None:
    # A typing error, and its place.
    assert "column 9" in proofkit("prove", "-a", "tanh(z)^", cwd=tmp_path, status=2).stderr
    # UNKNOWN, with the obligation that is open and what may be tried.
    done = proofkit("prove", "-a", "z*log(1 + z^2)", cwd=tmp_path, status=3)
    assert "UNKNOWN  open whether V4 holds" in done.stdout and "σ' is unbounded" in done.stdout
    assert "try    an activation with a bounded slope" in done.stdout
    done = proofkit("prove", "-a", "z*log(1 + z^2)", "--verbose", cwd=tmp_path, status=3)
    assert "σ' ~ 2 log(z)" in done.stdout
    # REFUTED where the slope grows too fast, with the two units that show it.
    done = proofkit("prove", "-a", "z^3", cwd=tmp_path, status=1)
    words = " ".join(done.stdout.split())
    assert "a = (1, -1) and w_1(t) = w_2(t) = t" in words and "to -∞" in words
    assert "try         an activation with a bounded slope" in done.stdout
    done = proofkit("prove", "-a", "z*sin(z)", "-l", "logistic", cwd=tmp_path, status=3)
    assert "try " in done.stdout
    # REFUTED with a kink, and the stand-in that is suggested is proved.
    done = proofkit("prove", "-a", "Max(z, 0) + z/10", cwd=tmp_path, status=1)
    assert "jumps at the kink W = z̄ of σ, z̄ = 0" in " ".join(done.stdout.split())
    assert "softplus(beta=20)" in done.stdout
    assert proofkit("prove", "-a", "softplus(beta=20)", cwd=tmp_path).stdout.startswith("PROVED")
    # REFUTED at one lambda with a witness; the larger one that is suggested is proved.
    write_csv(tmp_path / "d.csv", target="y")
    bump = ("prove", "-a", "z + 2*sin(z)")
    done = proofkit(*bump, "--lam", "1/2", cwd=tmp_path, status=1)
    assert "there are zeros of L' that tend to ∞" in " ".join(done.stdout.split())
    assert "larger lambda" in done.stdout
    bound = (*bump, "--data", "d.csv", "--target", "y", "--width", 4)
    done = proofkit(*bound, "--lam", "1/1000", cwd=tmp_path, status=3)
    words = " ".join(done.stdout.split())
    found = re.search(r"lambda > lambda_alpha = ([\d.]+) at most", words)
    assert found is not None, done.stdout
    assert proofkit(*bound, "--lam", str(float(found[1]) + 0.01), cwd=tmp_path).stdout.startswith(
        "PROVED"
    )
    # What the constants are, as a library user sees them.
    facts = json.loads(proofkit("bounds", "z + 2*sin(z)", "--json", cwd=tmp_path).stdout)
    assert facts["M1"]["exact"] == "3" and facts["no_euler"]
    # A theorem file for it, proved by the report.
    proofkit("new-theorem", "bumpy", "-a", "z + sin(z)/2", "--folder", "mine", cwd=tmp_path)
    text = (
        (tmp_path / "mine" / "bumpy.toml")
        .read_text()
        .replace('claim = "villani"', 'claim = "lipschitz-threshold"')
    )
    (tmp_path / "mine" / "bumpy.toml").write_text(text)
    proofkit("report", "--theorems", "mine", "--out", "out", cwd=tmp_path)
    assert (tmp_path / "out" / "report.html").stat().st_size > 20_000
