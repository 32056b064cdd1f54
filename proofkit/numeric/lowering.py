"""What both emitters of C share: machine expressions for the abstract functions, names of sizes and
scalars.
"""

from __future__ import annotations

from typing import Any

from proofkit.calculus import derive as formulas
from proofkit.numeric import stable
from proofkit.numeric.printing import c_statements
from proofkit.numeric.program import ELL, SIGMA
from proofkit.numeric.scalar import F, Scalars, Y

SIZE = {"i": "n", "j": "p", "k": "d"}
SCALARS = {
    formulas.lam: "lam",
    formulas.s: "noise",
    formulas.n: "(T)n",
    formulas.p: "(T)p",
    formulas.d: "(T)d",
}


def concrete(e: Any, scalars: Scalars) -> Any:
    """sigma, sigma', sigma'' and l, l', l'' of a program's expression replaced by machine
    expressions.
    """
    for head, body in zip(SIGMA, scalars.sigma.forms, strict=True):
        e = e.replace(
            head, lambda z, body=body: body.xreplace({stable.Z: z}) if body.free_symbols else body
        )
    for head, body in zip(ELL, scalars.ell, strict=True):
        e = e.replace(
            head, lambda f, y, body=body: body.xreplace({F: f, Y: y}) if body.free_symbols else body
        )
    return e


def elements(axes: str) -> str:
    return "*".join(SIZE[c] for c in axes) or "1"


def index_of(axes: str) -> str:
    return {"": "0", "i": "i", "j": "j", "k": "k", "ij": "i*p+j", "ik": "i*d+k", "jk": "j*d+k"}[
        axes
    ]


def statements(targets: list[str], exprs: list[Any], indent: str, tag: str) -> list[str]:
    return [
        line.replace("x_", f"x{tag}_") if tag else line
        for line in c_statements(targets, exprs, indent)
    ]
