"""What is installed beside the package, and what each part adds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path


@dataclass(frozen=True)
class Finding:
    """One part: its group, whether it is there, its version or path, what it adds, how to get it."""

    group: str
    name: str
    found: str | None
    adds: str
    get: str


REQUIRED = (
    "sympy",
    "mpmath",
    "python-flint",
    "numpy",
    "scipy",
    "jinja2",
    "latex2mathml",
    "rich",
    "typer",
    "joblib",
    "threadpoolctl",
)
EXTRAS = (
    ("matplotlib", "matplotlib", "plot", "figures of run, validate and experiment"),
    ("pyarrow", "pyarrow", "parquet", "Parquet data, trajectories and sweeps"),
    ("distributed", "distributed", "cluster", "proofkit sweep --scheduler, on a Dask cluster"),
    ("ipython", "IPython", "notebook", "proofkit shell with history and typeset objects"),
    ("ipykernel", "ipykernel", "notebook", "Jupyter notebooks"),
)


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _program(name: str, *arguments: str) -> str | None:
    """The first line of what a program says of its version; None when it is not there or does not
    run.
    """
    path = shutil.which(name)
    if path is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603
            [path, *arguments],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    lines = done.stdout.strip().splitlines()
    return lines[0][:70] if lines else path


def _coq_library(name: str) -> Callable[[], str | None]:
    def look() -> str | None:
        from proofkit.coq.run import find_coqc

        coqc = find_coqc()
        if coqc is None:
            return None
        try:
            where = subprocess.run(  # noqa: S603
                [coqc, "-where"], capture_output=True, text=True, timeout=30, check=True
            ).stdout.strip()
        except (OSError, subprocess.SubprocessError):
            return None
        folder = Path(where) / "user-contrib" / name
        return "installed" if folder.is_dir() else None

    return look


def _tex_package(name: str) -> Callable[[], str | None]:
    def look() -> str | None:
        found = _program("kpsewhich", name)
        return "installed" if found else None

    return look


def _compiler() -> str | None:
    from proofkit.numeric.native import compiler

    cc = compiler()
    return None if cc is None else cc.version[:70]


def _grounds() -> str | None:
    from sympy.polys.domains import QQ

    return (
        "flint"
        if "flint" in type(QQ(1, 2)).__module__ or "fmpq" in type(QQ(1, 2)).__name__
        else None
    )


def examine() -> list[Finding]:
    """Everything the package can use, in groups; nothing is installed or changed."""
    coq = "Debian: apt-get install coq libcoq-coquelicot libcoq-interval"
    tex = "Debian: apt-get install texlive-latex-extra texlive-science lmodern"
    out = [Finding("python", "Python", sys.version.split()[0], "", "")]
    out += [
        Finding(
            "python",
            name,
            _version(name),
            "needed by proofkit itself",
            "pip install villani-proofkit",
        )
        for name in REQUIRED
    ]
    out.append(
        Finding(
            "python",
            "SymPy over flint",
            _grounds(),
            "faster exact forms",
            "pip install python-flint",
        )
    )
    for distribution, module, extra, adds in EXTRAS:
        there = _version(distribution) if util.find_spec(module) is not None else None
        out.append(
            Finding("extras", distribution, there, adds, f"pip install 'villani-proofkit[{extra}]'")
        )
    out.append(
        Finding(
            "compiler",
            "C compiler",
            _compiler(),
            "compiled kernels for run, sweep and validate; without it numpy",
            "Debian: apt-get install gcc",
        )
    )
    out.append(
        Finding(
            "coq",
            "coqc",
            _program("coqc", "--version"),
            "proofkit coq --run, proofkit report --coq",
            coq,
        )
    )
    out += [
        Finding("coq", name, _coq_library(name)(), "library that the Coq files import", coq)
        for name in ("Coquelicot", "Interval")
    ]
    out += [
        Finding(
            "tex",
            name,
            _program(name, "--version"),
            "compile what proofkit latex and proofkit report write",
            tex,
        )
        for name in ("pdflatex", "lualatex")
    ]
    out += [
        Finding("tex", name, _tex_package(name)(), "package that the LaTeX uses", tex)
        for name in ("siunitx.sty", "booktabs.sty", "cleveref.sty")
    ]
    return out


def caches() -> list[tuple[str, bool]]:
    """The folders compiled kernels and Coq libraries are kept in, and whether they can be written."""
    from proofkit.coq.run import cache_folder as coq_cache
    from proofkit.numeric.native import cache_folder as native_cache

    out = []
    for folder in (native_cache(), coq_cache()):
        probe = folder
        while not probe.exists():
            probe = probe.parent
        out.append((str(folder), os.access(probe, os.W_OK)))
    return out
