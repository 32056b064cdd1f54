"""Tests of the symbolic derivation, run as part of every proof.

Three independent computations must agree at random points of random small nets:
the formulas derived for symbolic n, p, d; SymPy's derivatives of the objective
written out in full at n = p = d = 2; and mpmath's numerical differentiation of
the objective computed directly.  The evidence this gives is "tested", not "proved".
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp
from mpmath import mp

from proofkit.activation.ast import Node
from proofkit.activation.bridge import to_sympy
from proofkit.calculus import derive as D
from proofkit.enclosure.recheck import evaluator
from proofkit.errors import InternalError
from proofkit.problem.losses import LOSSES

SIZE = 2
POINTS = 3
DIGITS = 40


@dataclass(frozen=True)
class CrossCheck:
    """How many comparisons of each kind were made, and the largest relative difference seen."""

    points: int
    comparisons: int
    largest_difference: str


def _symbols() -> dict[str, list[Any]]:
    r = range(1, SIZE + 1)
    return {
        "W": [sp.Symbol(f"W{j}{k}", real=True) for j in r for k in r],
        "V": [sp.Symbol(f"V{j}{k}", real=True) for j in r for k in r],
        "a": [sp.Symbol(f"a{j}", real=True) for j in r],
        "x": [sp.Symbol(f"x{i}{k}", real=True) for i in r for k in r],
        "y": [sp.Symbol(f"y{i}", real=True) for i in r],
    }


Environment = dict[Any, Any]
Evaluate = Callable[[Environment], Any]


def compile_formula(e: sp.Basic, context: Any, sigma: dict[Any, Callable[[Any], Any]]) -> Evaluate:
    """A derived formula as a function of an environment: sizes, indices, and the arrays W, V, a, x, y.

    Sums are run as loops over their bounds; nothing is expanded symbolically.
    """
    if isinstance(e, sp.Sum):
        body = compile_formula(e.function, context, sigma)
        limits = [
            (v, compile_formula(lo, context, sigma), compile_formula(hi, context, sigma))
            for v, lo, hi in e.limits
        ]

        def total(env: Environment, depth: int = len(limits)) -> Any:
            if depth == 0:
                return body(env)
            v, lo, hi = limits[depth - 1]
            return sum(
                (
                    total({**env, v: index}, depth - 1)
                    for index in range(int(lo(env)), int(hi(env)) + 1)
                ),
                context.mpf(0),
            )

        return total
    if isinstance(e, sp.Indexed):
        base, indices = str(e.base), [compile_formula(index, context, sigma) for index in e.indices]
        return lambda env: env[base][tuple(int(index(env)) for index in indices)]
    if isinstance(e, sp.Symbol):
        return lambda env: env[e]
    if isinstance(e, sp.Rational):
        value = context.mpf(int(e.p)) / int(e.q)
        return lambda env: value
    parts = [compile_formula(arg, context, sigma) for arg in e.args]
    if isinstance(e, sp.Add):
        return lambda env: sum((part(env) for part in parts), context.mpf(0))
    if isinstance(e, sp.Mul):
        return lambda env: context.fprod([part(env) for part in parts])
    if isinstance(e, sp.Pow):
        return lambda env: parts[0](env) ** parts[1](env)
    function = sigma.get(e.func) or {sp.exp: context.exp, sp.log: context.log}[e.func]
    return lambda env: function(parts[0](env))


def cross_check(root: Node, loss: str, seed: int = 0, points: int = POINTS) -> CrossCheck:
    """Compare the three computations; InternalError on the first disagreement."""
    context = mp.clone()
    context.dps = DIGITS
    z = sp.Symbol("z", real=True)
    f0 = to_sympy(root, z)
    heads = zip(
        (D.sigma0, D.sigma1, D.sigma2), (f0, sp.diff(f0, z), sp.diff(f0, z, 2)), strict=True
    )
    sigma = {head: sp.lambdify(z, e, modules=[_mp_names(context), "mpmath"]) for head, e in heads}
    derivation = D.derive(loss)
    named = {
        name: getattr(derivation, name)
        for name in ("objective", "gradient", "hessian_form", "laplacian", "villani")
    }
    named["curvature"] = derivation.laplacian.function  # its summand, d2L/dW_JK^2
    formulas = {name: compile_formula(e, context, sigma) for name, e in named.items()}
    table = _symbols()
    arguments = [*table["W"], *table["a"], *table["x"], *table["y"], D.lam]
    written_out = {
        name: sp.lambdify(arguments, e, modules=[_mp_names(context), "mpmath"], cse=True)
        for name, e in _explicit(f0, z, loss, table).items()
    }
    source = random.Random(seed)
    largest, comparisons = context.mpf(0), 0
    direct = evaluator(root, context)
    for _ in range(points):
        values = {
            key: [_draw(source, context) for _ in table[key]] for key in ("W", "V", "a", "x", "y")
        }
        if LOSSES[loss].labels:
            values["y"] = [context.mpf(source.choice((-1, 1))) for _ in values["y"]]
        lam, noise = context.mpf(source.randint(1, 9)) / 4, context.mpf(source.randint(1, 9)) / 8
        environment: Environment = {D.n: SIZE, D.p: SIZE, D.d: SIZE, D.lam: lam, D.s: noise}
        for key in ("W", "V", "x"):
            environment[key] = {(m // SIZE + 1, m % SIZE + 1): v for m, v in enumerate(values[key])}
        for key in ("a", "y"):
            environment[key] = {(m + 1,): v for m, v in enumerate(values[key])}
        flat = [v for key in ("W", "a", "x", "y") for v in values[key]] + [lam]
        numeric = _numerical(direct, loss, values, lam, noise, context)
        for name, value in numeric.items():
            if name[-1].isdigit():
                environment |= {D.J: int(name[-2]), D.K: int(name[-1])}
            derived = formulas[name.rstrip("12")](environment)
            others = [value] + ([written_out[name](*flat)] if name in written_out else [])
            for other in others:
                difference = abs(derived - other) / (1 + abs(other))
                largest = max(largest, difference)
                comparisons += 1
                # Numerical second differences at 40 digits keep well over 10 of them.
                if not difference < context.mpf(10) ** -10:
                    seen = f"{context.nstr(derived, 15)} against {context.nstr(other, 15)}"
                    raise InternalError(
                        f"the derived {name} disagrees with an independent computation: {seen}"
                    )
    return CrossCheck(points, comparisons, str(context.nstr(largest, 2)))


def _mp_names(context: Any) -> dict[str, Any]:
    return {
        name: getattr(context, name)
        for name in (
            "exp",
            "log",
            "tanh",
            "sinh",
            "cosh",
            "sin",
            "cos",
            "atan",
            "asinh",
            "erf",
            "erfc",
            "sqrt",
            "pi",
        )
    }


def _draw(source: random.Random, context: Any) -> Any:
    return context.mpf(source.randint(-40, 40)) / 16


def _explicit(f0: sp.Expr, z: sp.Symbol, loss: str, table: dict[str, list[Any]]) -> dict[str, Any]:
    """The objective written out at the small size and differentiated entry by entry."""
    r = range(SIZE)
    W, x = table["W"], table["x"]
    risk = sp.Integer(0)
    for i in r:
        f = sum(
            table["a"][j] * f0.subs(z, sum(W[j * SIZE + k] * x[i * SIZE + k] for k in r)) for j in r
        )
        risk += LOSSES[loss].expression(sp, f, table["y"][i])
    L = risk / SIZE + D.lam / 2 * sum(w**2 for w in W)
    return {
        "gradient11": sp.diff(L, W[0]),
        "gradient21": sp.diff(L, W[SIZE]),
        "curvature11": sp.diff(L, W[0], 2),
    }


def _numerical(
    sigma: Callable[[Any], Any],
    loss: str,
    values: dict[str, list[Any]],
    lam: Any,
    noise: Any,
    context: Any,
) -> dict[str, Any]:
    """Objective, gradient, Hessian form, Laplacian, V4 by mpmath's differences."""
    r = range(SIZE)

    def objective(weights: list[Any]) -> Any:
        total = context.mpf(0)
        for i in r:
            f = sum(
                values["a"][j]
                * sigma(sum(weights[j * SIZE + k] * values["x"][i * SIZE + k] for k in r))
                for j in r
            )
            total += LOSSES[loss].expression(context, f, values["y"][i])
        return total / SIZE + lam / 2 * sum(w * w for w in weights)

    W, V = values["W"], values["V"]

    def along(index: int) -> Callable[[Any], Any]:
        return lambda t: objective([w + t if m == index else w for m, w in enumerate(W)])

    gradient = [context.diff(along(m), 0) for m in range(SIZE * SIZE)]
    curvatures = [context.diff(along(m), 0, 2) for m in range(SIZE * SIZE)]
    laplacian = sum(curvatures)
    hessian = context.diff(
        lambda t: objective([w + t * v for w, v in zip(W, V, strict=True)]), 0, 2
    )
    out = {f"gradient{m // SIZE + 1}{m % SIZE + 1}": g for m, g in enumerate(gradient)}
    return {
        **out,
        "curvature11": curvatures[0],
        "objective": objective(W),
        "laplacian": laplacian,
        "hessian_form": hessian,
        "villani": sum(g * g for g in gradient) / noise - laplacian,
    }


def seed_of(text: str) -> int:
    """A seed determined by the statement, so that runs are reproducible."""
    import hashlib

    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


__all__ = ["CrossCheck", "Fraction", "cross_check", "seed_of"]
