"""The formulas that SymPy derives against those of the kernel, in ball arithmetic.

What is proved rests on the kernel's formulas (``proofkit.kernel.objective.derivation``).  SymPy's are for
people and for the numeric kernels: the LaTeX of a report, ``derive``, generated code.  Here the two
are evaluated at the small nets at which the kernel compares its own with exact differentiation; a
ball encloses the number it stands for, and two balls that do not meet are two different numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import sympy as sp
from flint import arb, arb_series, ctx

from proofkit.activation.bridge import to_sympy
from proofkit.calculus import derive as D
from proofkit.errors import InputError, InternalError
from proofkit.kernel.objective import derivation as kernel
from proofkit.kernel.objective.derivation import Comparison, Net, NotCompared, Pair, Tapes
from proofkit.kernel.univariate import balls
from proofkit.kernel.univariate.terms import KINKED, Node, walk
from proofkit.losses.catalogue import resolve

MAX_NODES = 60  # of an activation whose derivatives SymPy is asked for
NOISE = (3, 8)  # s of the V4 expression at the nets

Untested = NotCompared
"""What ``cross_check`` raises when nothing could be compared."""

Environment = dict[Any, Any]
Evaluate = Callable[[Environment], Any]


# -- formulas of SymPy in balls --------------------------------------------------------------------


def _sign(x: arb) -> arb:
    return arb(1) if x > 0 else arb(-1) if x < 0 else arb.nan()


FUNCTIONS: Mapping[Any, Callable[..., arb]] = MappingProxyType(
    {
        sp.exp: arb.exp,
        sp.log: arb.log,
        sp.tanh: arb.tanh,
        sp.sinh: arb.sinh,
        sp.cosh: arb.cosh,
        sp.sin: arb.sin,
        sp.cos: arb.cos,
        sp.atan: arb.atan,
        sp.asinh: arb.asinh,
        sp.erf: arb.erf,
        sp.erfc: arb.erfc,
        sp.Abs: abs,
        sp.Max: lambda x, *others: _fold(arb.max, x, others),
        sp.Min: lambda x, *others: _fold(arb.min, x, others),
        # What differentiation makes of Abs, Max and Min: away from their kinks.
        sp.sign: _sign,
        sp.Heaviside: lambda x, *_: (_sign(x) + 1) / 2,
        sp.DiracDelta: lambda x, *_: _sign(x) - _sign(x),
    }
)


def _fold(f: Callable[[arb, arb], arb], x: arb, others: tuple[arb, ...]) -> arb:
    for other in others:
        x = f(x, other)
    return x


def compile_formula(e: sp.Basic, sigma: Mapping[Any, Callable[[arb], arb]]) -> Evaluate:
    """A formula as a function of an environment: sizes, indices, and the arrays W, V, a, x, y, in
    balls.

    Sums are run as loops over their bounds; nothing is expanded symbolically.
    Raises KeyError for a function that is not in ``FUNCTIONS``, nor in ``sigma``.
    """
    if isinstance(e, sp.Sum):
        body = compile_formula(e.function, sigma)
        limits = [
            (v, compile_formula(lo, sigma), compile_formula(hi, sigma)) for v, lo, hi in e.limits
        ]

        def total(env: Environment, depth: int = len(limits)) -> Any:
            if depth == 0:
                return body(env)
            v, lo, hi = limits[depth - 1]
            indices = range(_whole(lo(env)), _whole(hi(env)) + 1)
            return sum((total({**env, v: index}, depth - 1) for index in indices), arb(0))

        return total
    if isinstance(e, sp.Indexed):
        base, indices = str(e.base), [compile_formula(index, sigma) for index in e.indices]
        return lambda env: env[base][tuple(_whole(index(env)) for index in indices)]
    if isinstance(e, sp.Symbol):
        return lambda env: env[e]
    if is_number(e):
        return lambda env: number(e)
    parts = [compile_formula(arg, sigma) for arg in e.args]
    apply = operation(e, sigma)
    return lambda env: apply([arb(part(env)) for part in parts])


def is_number(e: sp.Basic) -> bool:
    """True for a rational number, pi and e."""
    return isinstance(e, sp.Rational) or e is sp.pi or e is sp.E


def number(e: Any) -> arb:
    """A number in a ball, at the working precision."""
    if isinstance(e, sp.Rational):
        return arb(int(e.p)) / int(e.q)
    return arb.pi() if e is sp.pi else arb(1).exp()


def operation(
    e: sp.Basic, sigma: Mapping[Any, Callable[..., arb]] = MappingProxyType({})
) -> Callable[[Sequence[arb]], arb]:
    """What the head of a formula makes of the values of its parts: a sum, a product, a power or a
    function.

    Raises KeyError for a function that is not in ``FUNCTIONS``, nor in ``sigma``.
    """
    if isinstance(e, sp.Add):
        return lambda values: sum(values, arb(0))
    if isinstance(e, sp.Mul):
        return _product
    if isinstance(e, sp.Pow):
        exponent = e.exp
        if isinstance(exponent, sp.Integer):
            return lambda values: balls.integer_power(values[0], int(exponent))
        return lambda values: values[0] ** values[1]
    function = sigma.get(e.func) or FUNCTIONS[e.func]
    return lambda values: function(*values)


def _product(values: Sequence[arb]) -> arb:
    out = arb(1)
    for value in values:
        out = out * value
    return out


def _whole(x: Any) -> int:
    """An index: a whole number, or an exact ball of one."""
    if isinstance(x, int):
        return x
    whole = x.unique_fmpz() if x.is_exact() else None
    return int(balls.to_fraction(x)) if whole is None else int(whole)


# -- the nets as SymPy's formulas name their parts -------------------------------------------------


def _entries(matrix: kernel.Matrix) -> dict[tuple[int, int], arb]:
    """The entries by their indices, which begin at 1."""
    return {
        (row, column): value
        for row, values in enumerate(matrix, 1)
        for column, value in enumerate(values, 1)
    }


def _environment(net: Net) -> Environment:
    """The net as the derived formulas name its parts."""
    return {
        D.n: len(net.samples),
        D.p: len(net.units),
        D.d: len(net.features),
        D.lam: net.decay,
        D.s: _noise(),
        "W": _entries(net.W),
        "V": _entries(net.V),
        "x": _entries(net.x),
        "a": {(j,): value for j, value in enumerate(net.a, 1)},
        "y": {(i,): value for i, value in enumerate(net.y, 1)},
    }


def _noise() -> arb:
    numerator, denominator = NOISE
    return arb(numerator) / denominator


# -- the comparison --------------------------------------------------------------------------------

COMPARED = ("objective", "gradient", "hessian_form", "laplacian", "villani")


@lru_cache(maxsize=256)
def compare_with_kernel(root: Node, loss: str) -> Comparison:
    """Compare what SymPy derived with the kernel's formulas: the objective, every entry of the
    gradient, the Hessian form, the Laplacian and the V4 expression; and SymPy's sigma, sigma',
    sigma'' with the Taylor series of the activation, when that has at most MAX_NODES nodes.

    Raises InternalError when two balls do not meet, NotCompared when the balls stay large.

    >>> from proofkit.activation.catalogue import Activation
    >>> compare_with_kernel(Activation.of("tanh").root, "logistic").points
    3
    """
    derived = D.derive(loss)
    written = _derivatives_by_sympy(root)
    series = _remembered(balls.Tape(root))

    def derivative(order: int) -> Callable[[arb], arb]:
        return lambda z: series(z)[order] * (2 if order == 2 else 1)

    sigma = {head: derivative(k) for k, head in enumerate((D.sigma0, D.sigma1, D.sigma2))}
    formulas = {name: compile_formula(getattr(derived, name), sigma) for name in COMPARED}

    def pairs(tapes: Tapes, net: Net) -> list[Pair]:
        _compare_derivatives(written, tapes.sigma, net)
        return _pairs(formulas, tapes, net)

    return kernel.compare_pairs(root, resolve(loss), pairs)


def _remembered(tape: balls.Tape) -> Callable[[arb], arb_series]:
    """sigma, sigma' and sigma''/2 at a ball; the loops of SymPy's sums come to the same ball many
    times.
    """
    known: dict[Any, arb_series] = {}

    def series(z: arb) -> arb_series:
        if not z.is_finite():
            return tape.series(z, 3)
        key = (z.mid().man_exp(), z.rad().man_exp(), ctx.prec)  # the ball itself
        if key not in known:
            known[key] = tape.series(z, 3)
        return known[key]

    return series


def comparison_sentence(root: Node, loss: str) -> str:
    """What was compared, for those who read SymPy's formulas.

    Raises InternalError as ``compare_with_kernel``.

    >>> from proofkit.activation.catalogue import Activation
    >>> print(comparison_sentence(Activation.of("tanh").root, "squared"))
    SymPy's formulas agree with the kernel's, of the chain rule, in 25 pairs of balls at 3 small nets
    """
    try:
        made = compare_with_kernel(root, loss)
    except NotCompared as why:
        return f"SymPy's formulas were not compared with the kernel's: {why}"
    return (
        f"SymPy's formulas agree with the kernel's, of the chain rule, in {made.comparisons} "
        f"pairs of balls at {made.points} small nets{but_for_kinks(root, resolve(loss).phi)}"
    )


def but_for_kinks(*functions: Node) -> str:
    """What a sentence about derivatives adds where an activation or a loss has kinks; else nothing.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> but_for_kinks(parse("tanh(z)"), parse("Abs(z)"))
    '; at a kink of the activation or of the loss they say nothing'
    """
    kinked = any(node.op in KINKED for root in functions for node in walk(root))
    return "; at a kink of the activation or of the loss they say nothing" if kinked else ""


def _pairs(formulas: Mapping[str, Evaluate], tapes: Tapes, net: Net) -> list[Pair]:
    """The kernel's formulas at a net, and the same numbers from SymPy's."""
    at, environment = kernel.derivatives(tapes, net), _environment(net)
    risk, penalty = kernel.objective_along(tapes, net, net.V)
    laplacian = kernel.laplacian(net, at)

    gradient: list[Pair] = []
    squared_norm = arb(0)
    for j in net.units:
        for k in net.features:
            terms = kernel.gradient_entry(net, at, j, k)
            squared_norm = squared_norm + kernel.square(kernel.total(terms))
            entry = formulas["gradient"]({**environment, D.J: j + 1, D.K: k + 1})
            gradient.append(Pair(f"gradient, entry {j + 1}{k + 1},", terms, entry))

    villani = (squared_norm / _noise(), *(-term for term in laplacian))
    whole: dict[str, kernel.Terms] = {
        "objective": (risk[0], penalty[0]),
        "hessian_form": kernel.hessian_form(net, at),
        "laplacian": laplacian,
        "villani": villani,
    }
    return [
        *gradient,
        *(Pair(name, terms, formulas[name](environment)) for name, terms in whole.items()),
    ]


def _derivatives_by_sympy(root: Node) -> list[Evaluate]:
    """sigma, sigma', sigma'' as SymPy writes them, in the symbol z; none where they cannot be had
    or read.
    """
    if sum(1 for _ in walk(root)) > MAX_NODES:
        return []
    z = sp.Symbol("z", real=True)
    try:
        f = to_sympy(root, z)
        return [compile_formula(e, {}) for e in (f, sp.diff(f, z), sp.diff(f, z, 2))]
    except (InputError, KeyError):
        return []


def _compare_derivatives(written: list[Evaluate], tape: balls.Tape, net: Net) -> None:
    """SymPy's derivatives of sigma against the series at arguments of the net; InternalError where
    they differ.
    """
    z = sp.Symbol("z", real=True)
    for at in (kernel.dot(net.W[0], net.x[0]), kernel.dot(net.W[-1], net.x[-1])):
        series = tape.series(at, 3)
        for k, f in enumerate(written):
            try:
                value = f({z: at})
            except (ValueError, ZeroDivisionError, OverflowError):
                continue
            exact = series[k] * (2 if k == 2 else 1)
            if value.is_finite() and exact.is_finite() and not value.overlaps(exact):
                raise InternalError(
                    f"SymPy's sigma{chr(39) * k} gives {value.str(15)}, the Taylor series "
                    f"{exact.str(15)}"
                )


def cross_check(root: Node, loss: str, seed: int = 0) -> Comparison:
    """SymPy's formulas against exact differentiation of L, by way of the kernel's: these are
    compared with exact differentiation, and SymPy's with these.

    The nets are determined by the activation and the loss; ``seed`` has no effect any more.
    Raises as ``compare_with_kernel``.
    """
    kernel.compare(root, resolve(loss))
    return compare_with_kernel(root, loss)


def seed_of(text: str) -> int:
    """A seed determined by the statement, so that runs are reproducible."""
    import hashlib

    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


__all__ = [
    "NotCompared",
    "Untested",
    "compare_with_kernel",
    "comparison_sentence",
    "cross_check",
    "seed_of",
]
