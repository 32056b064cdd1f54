"""A second opinion on every supremum: maximisation with mpmath, sharing no code with the balls.

mpmath evaluates the tree itself and differentiates numerically.  The search is
heuristic, so it can only find a value that the enclosure must dominate; one
that does not is an internal error and nothing may be claimed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from mpmath import mp

from proofkit.activation import ast
from proofkit.activation.ast import Node
from proofkit.enclosure.search import OpenError, Quantity, Supremum
from proofkit.errors import InternalError

DIGITS = 40
LARGEST = 10**6


def evaluator(root: Node, context: Any) -> Callable[[Any], Any]:
    """The tree as a function of an mpmath number."""
    order = list(ast.walk(root))
    functions = {
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
        )
    }

    def f(z: Any) -> Any:
        v: dict[Node, Any] = {}
        for n in order:
            a = [v[x] for x in n.args]
            if n.op == "z":
                out = z
            elif n.op == "num":
                out = context.mpf(n.rational.numerator) / n.rational.denominator
            elif n.op == "pi":
                out = +context.pi
            elif n.op == "add":
                out = a[0] + a[1]
            elif n.op == "sub":
                out = a[0] - a[1]
            elif n.op == "mul":
                out = a[0] * a[1]
            elif n.op == "div":
                out = a[0] / a[1]
            elif n.op == "neg":
                out = -a[0]
            elif n.op == "pow":
                e = n.rational
                out = (
                    a[0] ** int(e)
                    if e.denominator == 1
                    else context.power(a[0], context.mpf(e.numerator) / e.denominator)
                )
            elif n.op in ("Abs", "Max", "Min"):
                out = abs(a[0]) if n.op == "Abs" else max(a) if n.op == "Max" else min(a)
            else:
                if abs(a[0]) > LARGEST and n.op in ("exp", "sinh", "cosh", "sin", "cos", "tanh"):
                    raise OverflowError("an argument too large to evaluate in reasonable time")
                out = functions[n.op](a[0])
            v[n] = out
        return v[root]

    return f


def quantity_at(q: Quantity, context: Any) -> Callable[[Any], Any]:
    """g of the quantity, derivatives taken numerically by mpmath."""
    f = evaluator(q.root, context)

    def g(z: Any) -> Any:
        if q.kappa is not None:
            kappa = context.mpf(q.kappa.numerator) / q.kappa.denominator
            return q.sign * (z * context.diff(f, z) - kappa * f(z))
        return q.sign * (context.diff(f, z, q.order) if q.order else f(z))

    return g


def _still_above(q: Quantity, at: Any, upper: Any) -> bool:
    """True when g exceeds the bound with eight times the digits too: not a matter of cancellation."""
    context = mp.clone()
    context.dps = 8 * DIGITS
    value = quantity_at(q, context)(context.mpf(at))
    return bool(value > context.mpf(upper) + (1 + abs(value)) * context.mpf(10) ** (-2 * DIGITS))


def recheck(
    q: Quantity,
    left: Fraction | None,
    right: Fraction | None,
    found: Supremum,
    deadline: float = float("inf"),
    points: int = 24,
) -> None:
    """Raise InternalError when mpmath finds a value above the certified bound, or none near the claimed point."""
    if found.upper is None:
        return
    context = mp.clone()
    context.dps = DIGITS
    g = quantity_at(q, context)
    low = context.mpf(-12) if left is None else context.mpf(left.numerator) / left.denominator
    high = context.mpf(12) if right is None else context.mpf(right.numerator) / right.denominator
    if low >= high:
        low, high = (high - 12, high) if left is None else (low, low + 12)
    grid = [low + (high - low) * i / points for i in range(1, points)]
    witness = found.witness
    if witness is not None and (point := witness.attained_at) is not None:
        grid.append(context.mpf(point.numerator) / point.denominator)
    lowest = context.mpf("-inf")

    def safe(x: Any) -> Any:
        if time.monotonic() > deadline:
            raise OpenError(f"the time budget ended in the mpmath recheck of {q.name}")
        try:
            v = g(x)
        except (ZeroDivisionError, ValueError, OverflowError):
            return lowest
        return v if context.isfinite(v) else lowest

    values = [(safe(x), x) for x in grid]
    best, at = max(values)
    width = (high - low) / points
    for _ in range(12):
        width /= 3
        for x in (at - width, at + width):
            if low <= x <= high and (v := safe(x)) > best:
                best, at = v, x
    upper = context.mpf(found.upper.numerator) / found.upper.denominator
    # mpmath's numerical differences carry about half of the working digits.
    tolerance = (abs(upper) + abs(best)) * context.mpf(10) ** (-15) + context.mpf(10) ** (-18)
    if best > upper + tolerance and _still_above(q, at, upper):
        raise InternalError(
            f"mpmath finds {q.name} = {context.nstr(best, 20)} at z = {context.nstr(at, 20)}, above the bound {context.nstr(upper, 20)}"
        )
    if witness is not None and witness.kind == "point":
        lower = context.mpf(found.lower.numerator) / found.lower.denominator
        if lowest < values[-1][0] < lower - tolerance and _still_above(
            q.negated, values[-1][1], -lower
        ):
            raise InternalError(
                f"mpmath finds {q.name} = {context.nstr(values[-1][0], 20)} where {context.nstr(lower, 20)} was claimed"
            )
