"""The three routes to V4.  Each returns the V4 fact or raises Stuck with the open obligation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from proofkit.kernel.core import Fact
from proofkit.tactics.workbench import Stuck, Workbench


def bounded(bench: Workbench) -> Fact:
    """|l'| bounded: ||grad R|| <= G and Laplacian R <= K."""
    residual = bench.residual()
    parameters, derivation = bench.parameters(), bench.derivation()
    m1, m2 = bench.enclosed("M1"), bench.enclosed("M2")
    gradient = bench.once("bounded gradient", parameters, derivation, residual, m1)
    laplacian = bench.once("bounded Laplacian", parameters, derivation, bench.loss(), residual, m1, m2)
    return bench.infer("V4 bounded", gradient, laplacian, level=bench.level)


def _affine_laplacian(bench: Workbench) -> Fact:
    premises = (bench.parameters(), bench.derivation(), bench.loss(), bench.enclosed("M1"), bench.enclosed("M2"), bench.at_zero())
    return bench.once("affine Laplacian", *premises)


def euler(bench: Workbench) -> Fact:
    """z sigma' - kappa sigma bounded, squared loss: <grad R, W> >= -C - D r."""
    if bench.problem.loss_name != "squared":
        raise Stuck("the Euler route is for the squared loss")
    h = bench.enclosed("H")
    laplacian = _affine_laplacian(bench)
    radial = bench.once("radial bound", bench.parameters(), bench.derivation(), h, bench.enclosed("M1"), bench.at_zero())
    return bench.infer("V4 Euler", radial, laplacian, level=bench.level)


def lipschitz(bench: Workbench) -> Fact:
    """sigma Lipschitz with bounded sigma'': lambda above G1, as in the papers."""
    if bench.problem.loss_name != "squared":
        raise Stuck("for the logistic loss the bounded route covers every Lipschitz activation")
    laplacian = _affine_laplacian(bench)
    gradient = bench.once("affine gradient", bench.parameters(), bench.derivation(), bench.enclosed("M1"), bench.at_zero())
    return bench.infer("V4 Lipschitz", gradient, laplacian, level=bench.level)


ROUTES: Mapping[str, Callable[[Workbench], Fact]] = MappingProxyType({"bounded": bounded, "euler": euler, "lipschitz": lipschitz})
