"""Tests of the symbolic derivation, run as part of every proof.

At random points of random small nets (n = p = d = 2) the formulas derived for symbolic
n, p, d must agree with exact differentiation: the objective as it is defined, along a line
t -> W + t D, as a power series in t (Taylor arithmetic in balls).  No difference is taken, so
nothing cancels unseen: a ball holds the number it stands for, and two balls that do not meet are
two different numbers.  The evidence this gives is "tested", not "proved".

A comparison means something only between small balls.  The weights are therefore drawn on
the scale on which the activation bends, and the precision is doubled until every ball is
small beside its number; a point where that fails is not counted.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType, SimpleNamespace
from typing import Any

import sympy as sp
from flint import arb, arb_series

from proofkit.activation.bridge import to_sympy
from proofkit.calculus import derive as D
from proofkit.errors import InputError, InternalError
from proofkit.kernel.univariate import balls
from proofkit.kernel.univariate.terms import Node, walk
from proofkit.problem.losses import LOSSES

SIZE = 2
POINTS = 3
TRIALS = 24  # points tried before it is given up
PRECISIONS = (128, 256, 512, 1024, 2048, 4096)
ACCURATE = 64  # bits of a number that is compared
MAX_NODES = 60  # of an activation whose derivatives SymPy is asked for
FARTHEST = 1024  # of the powers of two tried as the scale of z
STEP = 4
ALIVE = -24  # log2 of the share of a derivative's term in a value that depends on it


@dataclass(frozen=True)
class CrossCheck:
    """How many points were compared, in how many comparisons, and the largest relative difference
    possible.
    """

    points: int
    comparisons: int
    largest_difference: str


class Untested(Exception):
    """No small net was found at which the comparison means anything; nothing is known against the
    formulas.
    """


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
    if isinstance(e, sp.Rational):
        p, q = int(e.p), int(e.q)
        return lambda env: arb(p) / q
    if e is sp.pi or e is sp.E:
        return lambda env: arb.pi() if e is sp.pi else arb(1).exp()
    parts = [compile_formula(arg, sigma) for arg in e.args]
    if isinstance(e, sp.Add):
        return lambda env: sum((part(env) for part in parts), arb(0))
    if isinstance(e, sp.Mul):

        def product(env: Environment) -> arb:
            out = arb(1)
            for part in parts:
                out = out * part(env)
            return out

        return product
    if isinstance(e, sp.Pow):
        exponent = e.exp
        if isinstance(exponent, sp.Integer):
            return lambda env: balls.integer_power(arb(parts[0](env)), int(exponent))
        return lambda env: arb(parts[0](env)) ** parts[1](env)
    function = sigma.get(e.func) or FUNCTIONS[e.func]
    return lambda env: function(*(arb(part(env)) for part in parts))


def _whole(x: Any) -> int:
    """An index: a whole number, or an exact ball of one."""
    return x if isinstance(x, int) else int(balls.to_fraction(x))


# -- nets on the activation's own scale ------------------------------------------------------------


@dataclass(frozen=True)
class Scale:
    """Powers of two: of the arguments on which the activation bends, and of its inverse size there."""

    argument: int
    outer: int


def _log2(x: arb) -> float:
    """log2 of the middle of a ball, as a float; -inf for zero."""
    m, e = (int(v) for v in abs(x.mid()).man_exp())
    return float(m.bit_length() + e) if m else float("-inf")


def scale_of(tape: balls.Tape) -> Scale:
    """The scale nearest to 1 on which most arguments feel sigma' and sigma''; it decides only which
    nets are tried.
    """
    samples = [arb(s * k) / 8 for k in (3, 8, 20, 36) for s in (1, -1)]

    def look(e: int) -> tuple[int, float]:
        felt, largest = 0, float("-inf")
        for sample in samples:
            z = sample * arb(2) ** e
            series = tape.series(z, 3)
            terms = [series[k] * z**k for k in range(3)]
            if not all(
                (t.is_finite() and t.rel_accuracy_bits() > 16) or t.is_zero() for t in terms
            ):
                continue
            sizes = [_log2(t) for t in terms]
            largest = max(largest, sizes[0])
            felt += sum(size > max(sizes) + ALIVE for size in sizes[1:])
        return felt, largest

    best, chosen, size = -1, 0, float("-inf")
    with balls.precision(64, 3):
        for e in (0, *(s * k for k in range(STEP, FARTHEST + 1, STEP) for s in (1, -1))):
            felt, largest = look(e)
            if felt > best:
                best, chosen, size = felt, e, largest
            if best == 2 * len(samples):
                break
    return Scale(chosen, 0 if abs(size) == float("inf") else -int(size))


Net = Mapping[str, Any]


def _nets(source: random.Random, scale: Scale, labels: tuple[int, ...] | None) -> Iterator[Net]:
    """Random nets, exact: W and V on the scale of the arguments, a on that of the inverse values."""

    def draw(count: int, power: int = 0) -> list[arb]:
        return [arb(source.randint(-40, 40)) / 16 * arb(2) ** power for _ in range(count)]

    while True:
        yield {
            "W": draw(SIZE * SIZE, scale.argument),
            "V": draw(SIZE * SIZE, scale.argument),
            "a": draw(SIZE, scale.outer),
            "x": draw(SIZE * SIZE),
            "y": [arb(source.choice(labels)) for _ in range(SIZE)] if labels else draw(SIZE),
            "lambda": arb(source.randint(1, 9)) / 4 * arb(2) ** (-2 * scale.argument),
            "s": arb(source.randint(1, 9)) / 8,
        }


def _environment(net: Net) -> Environment:
    """The net as the derived formulas name its parts."""
    out: Environment = {D.n: SIZE, D.p: SIZE, D.d: SIZE, D.lam: net["lambda"], D.s: net["s"]}
    for key in ("W", "V", "x"):
        out[key] = {(m // SIZE + 1, m % SIZE + 1): v for m, v in enumerate(net[key])}
    for key in ("a", "y"):
        out[key] = {(m + 1,): v for m, v in enumerate(net[key])}
    return out


# -- exact differentiation -------------------------------------------------------------------------

SERIES = SimpleNamespace(exp=arb_series.exp, log=arb_series.log)  # what the losses are built with


def _along(tape: balls.Tape, loss: str, net: Net, direction: list[arb]) -> arb_series:
    """t -> L(W + t D) as a series of three terms, from the definition of L alone."""
    r = range(SIZE)

    def line(at: list[arb], slope: list[arb], i: int, j: int) -> arb_series:
        x = net["x"][i * SIZE : (i + 1) * SIZE]
        dots = [sum((v[j * SIZE + k] * x[k] for k in r), arb(0)) for v in (at, slope)]
        return arb_series(dots, prec=3)

    total = arb_series([0], prec=3)
    for i in r:
        f = arb_series([0], prec=3)
        for j in r:
            f = f + net["a"][j] * tape.values(line(net["W"], direction, i, j), 3)[-1]
        total = total + LOSSES[loss].expression(SERIES, f, net["y"][i])
    weights = [arb_series([w, v], prec=3) for w, v in zip(net["W"], direction, strict=True)]
    squares = sum((w * w for w in weights), arb_series([0], prec=3))
    return total / SIZE + net["lambda"] / 2 * squares


def _differentiated(tape: balls.Tape, loss: str, net: Net) -> dict[str, arb]:
    """Objective, gradient, curvatures along the axes, Hessian form, Laplacian and V4 expression."""
    axes = [[arb(int(m == k)) for m in range(SIZE * SIZE)] for k in range(SIZE * SIZE)]
    lines = [_along(tape, loss, net, axis) for axis in axes]
    gradient, curvature = [line[1] for line in lines], [2 * line[2] for line in lines]
    laplacian = sum(curvature, arb(0))
    places = [f"{m // SIZE + 1}{m % SIZE + 1}" for m in range(SIZE * SIZE)]
    return {
        "objective": lines[0][0],
        **{f"gradient{place}": g for place, g in zip(places, gradient, strict=True)},
        **{f"curvature{place}": c for place, c in zip(places, curvature, strict=True)},
        "hessian_form": 2 * _along(tape, loss, net, net["V"])[2],
        "laplacian": laplacian,
        "villani": sum((g * g for g in gradient), arb(0)) / net["s"] - laplacian,
    }


def _derived(formulas: Mapping[str, Evaluate], names: list[str], net: Net) -> dict[str, arb]:
    """The same from the derived formulas; a name ending in two digits is an entry."""
    environment, out = _environment(net), {}
    for name in names:
        entry = name[-1].isdigit()
        at = {D.J: int(name[-2]), D.K: int(name[-1])} if entry else {}
        out[name] = formulas[name[:-2] if entry else name]({**environment, **at})
    return out


# -- the comparison --------------------------------------------------------------------------------


def cross_check(root: Node, loss: str, seed: int = 0, points: int = POINTS) -> CrossCheck:
    """Compare the derived formulas with exact differentiation at ``points`` random nets.

    Raises InternalError when two balls do not meet, Untested when too few nets can be compared.
    """
    tape = balls.Tape(root)

    def derivative(k: int) -> Callable[[arb], arb]:
        return lambda z: tape.series(z, 3)[k] * (2 if k == 2 else 1)

    derivation = D.derive(loss)
    sigma = {head: derivative(k) for k, head in enumerate((D.sigma0, D.sigma1, D.sigma2))}
    parts = ("objective", "gradient", "hessian_form", "laplacian", "villani")
    named = {name: getattr(derivation, name) for name in parts}
    named["curvature"] = derivation.laplacian.function  # its summand, d2L/dW_JK^2
    formulas = {name: compile_formula(e, sigma) for name, e in named.items()}
    written = _derivatives_by_sympy(root)
    nets = _nets(random.Random(seed), scale_of(tape), LOSSES[loss].labels)
    made, comparisons, largest = 0, 0, arb(0)
    for _ in range(TRIALS):
        net = next(nets)
        for bits in PRECISIONS:
            with balls.precision(bits, 3):
                exact = _differentiated(tape, loss, net)
                derived = _derived(formulas, list(exact), net)
                found = [_difference(name, derived[name], exact[name]) for name in exact]
                _compare_derivatives(written, tape, net)
            differences = [d for d in found if d is not None]
            if len(differences) == len(found):
                made, comparisons = made + 1, comparisons + len(differences)
                for d in differences:
                    largest = largest.max(d)
                break
        if made == points:
            return CrossCheck(points, comparisons, largest.upper().str(2, radius=False))
    raise Untested(
        f"the formulas for the derivatives of L could be compared with exact differentiation "
        f"at {made} of {points} random nets only"
    )


def _difference(name: str, derived: arb, exact: arb) -> arb | None:
    """At most how far the two are apart, relatively; None when a ball is too large to say.

    Raises InternalError when they are certainly different.
    """
    if not (derived.is_finite() and exact.is_finite()):
        return None
    if not derived.overlaps(exact):
        raise InternalError(
            f"the derived {name} disagrees with an independent computation: "
            f"{derived.str(15)} against {exact.str(15)}"
        )
    if derived.is_exact() and exact.is_exact():
        return arb(0)
    if min(derived.rel_accuracy_bits(), exact.rel_accuracy_bits()) < ACCURATE:
        return None
    return (abs(derived - exact) / abs(exact)).upper()


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
    """SymPy's derivatives of sigma against the series at the arguments of the net; InternalError
    where they differ.
    """
    z = sp.Symbol("z", real=True)
    for at in (net["W"][0] * net["x"][0], net["W"][-1] * net["x"][-1]):
        series = tape.series(at, 3)
        for k, f in enumerate(written):
            try:
                value = f({z: at})
            except (ValueError, ZeroDivisionError, OverflowError):
                continue
            _difference(f"sigma{chr(39) * k}", value, series[k] * (2 if k == 2 else 1))


def seed_of(text: str) -> int:
    """A seed determined by the statement, so that runs are reproducible."""
    import hashlib

    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


__all__ = ["CrossCheck", "Untested", "cross_check", "seed_of"]
