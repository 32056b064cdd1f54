"""Quotients of polynomials in z and exp(k z), as people type them, in forms that neither overflow
nor cancel far out.

With t = exp(k z) an expression such as (exp(2 z) - 1)/(exp(2 z) + 1) is N(z, t)/D(z, t).  Its
derivatives are such quotients again, computed exactly, so that what cancels is gone; for z >= 0
both polynomials are divided by their highest power of t, for z < 0 by their lowest, and only exp(-k
|z|) is ever evaluated.
"""

from __future__ import annotations

from math import gcd, lcm
from typing import Any

import sympy as sp

from proofkit.numeric.stable import Primitive, Z, clamp, log1p, stabilise

T = sp.Symbol("t", positive=True)
MAX_DEGREE = 24
VANISHED = 1500
"""exp(-u) is zero in every dtype for u beyond this."""


class Quotient(Primitive):
    """N(z, t)/D(z, t) with t = exp(k z): arguments z, N, D, k."""

    nargs = 4

    @classmethod
    def definition(cls, z: Any, N: Any, D: Any, k: Any) -> Any:
        """N/D in plain SymPy."""
        return (N / D).xreplace({T: sp.exp(k * z)})

    def _eval_derivative(self, s: Any) -> Any:
        z, N, D, k = self.args
        return _quotient((_total(N, k) * D - N * _total(D, k)) / D**2, k) if s == z else sp.S.Zero

    def lowered(self, z: Any, N: Any, D: Any, k: Any) -> Any:
        """One form for each sign of z, in exp(-k |z|)."""
        e = sp.exp(-k * sp.Abs(z), evaluate=False)
        return sp.Piecewise((_ratio(N, D, z, k, e, 1), z >= 0), (_ratio(N, D, z, k, e, -1), True))


class LogQuotient(Primitive):
    """log(N(z, t)/D(z, t)) with t = exp(k z): arguments z, N, D, k."""

    nargs = 4

    @classmethod
    def definition(cls, z: Any, N: Any, D: Any, k: Any) -> Any:
        """log(N/D) in plain SymPy."""
        return sp.log((N / D).xreplace({T: sp.exp(k * z)}))

    def _eval_derivative(self, s: Any) -> Any:
        z, N, D, k = self.args
        return (
            _quotient((_total(N, k) * D - N * _total(D, k)) / (N * D), k) if s == z else sp.S.Zero
        )

    def lowered(self, z: Any, N: Any, D: Any, k: Any) -> Any:
        """The dominant power of t as a line, the rest as log1p of what vanishes far out."""
        e = sp.exp(-k * sp.Abs(z), evaluate=False)
        return sp.Piecewise(
            (_log_ratio(N, D, z, k, e, 1), z >= 0), (_log_ratio(N, D, z, k, e, -1), True)
        )


def _total(f: Any, k: Any) -> Any:
    """d/dz of f(z, t), where t' = k t."""
    return sp.diff(f, Z) + k * T * sp.diff(f, T)


def _quotient(f: Any, k: Any) -> Any:
    """A rational function of z and t as a ``Quotient``, as it is where t does not occur in it."""
    N, D = sp.fraction(sp.cancel(f))
    return Quotient(Z, N, D, k) if (N.has(T) or D.has(T)) else N / D


def _arranged(f: Any, side: int) -> tuple[int, dict[int, Any]]:
    """The power of t that dominates f for z -> side * infinity, and the coefficients by their
    distance from it.
    """
    terms = {int(m[0]): c for m, c in sp.Poly(f, T).terms()}
    top = max(terms) if side > 0 else min(terms)
    return top, {abs(top - m): c for m, c in terms.items()}


def _polynomial(coefficients: dict[int, Any], z: Any, k: Any, e: Any) -> Any:
    """sum of c_m e^m; all but c_0 are evaluated where e^m has not vanished, so that no infinity
    meets a zero.
    """
    near = clamp(z, sp.Float(float(-VANISHED / k)), sp.Float(float(VANISHED / k)))
    return sp.Add(
        *((c if m == 0 else c.xreplace({Z: near})) * e**m for m, c in sorted(coefficients.items()))
    )


def _ratio(N: Any, D: Any, z: Any, k: Any, e: Any, side: int) -> Any:
    (a, up), (b, down) = _arranged(N, side), _arranged(D, side)
    growth = side * (a - b)
    up = {m + max(0, -growth): c for m, c in up.items()}
    value = _polynomial(up, z, k, e) / _polynomial(down, z, k, e)
    return value * sp.exp(k * (a - b) * z, evaluate=False) if growth > 0 else value


def _log_ratio(N: Any, D: Any, z: Any, k: Any, e: Any, side: int) -> Any:
    (a, up), (b, down) = _arranged(N, side), _arranged(D, side)
    line = k * (a - b) * z
    c, d = up[0], down[0]
    if c.has(Z) or d.has(Z):
        return line + sp.log(_polynomial(up, z, k, e) / _polynomial(down, z, k, e))
    rest = {m: sp.expand(up.get(m, 0) * d - down.get(m, 0) * c) for m in sorted({*up, *down} - {0})}
    rest = {m: r for m, r in rest.items() if r != 0}
    return (
        line + sp.log(c / d) + log1p(_polynomial(rest, z, k, e) / (c * _polynomial(down, z, k, e)))
    )


def _exponents(e: Any) -> list[Any] | None:
    """The rates a of all exp(a z + b) in e; None where another exponential or function of z is in
    it.
    """
    rates = []
    for f in e.atoms(sp.Function):
        if not f.has(Z):
            continue
        if not isinstance(f, sp.exp):
            return None
        slope = sp.diff(f.args[0], Z)
        if not (slope.is_Rational and slope != 0):
            return None
        rates.append(slope)
    return rates


def _in_t(e: Any) -> tuple[Any, Any] | None:
    """(f(z, t), k) with f rational and t = exp(k z); None where e is of another form or has no
    exponential.
    """
    e = e.rewrite((sp.tanh, sp.sinh, sp.cosh), sp.exp)
    rates = _exponents(e)
    if not rates:
        return None
    scale = lcm(*(int(a.q) for a in rates))
    k = sp.Rational(gcd(*(int(a * scale) for a in rates)), scale)
    if max(abs(a / k) for a in rates) > MAX_DEGREE:
        return None
    # exp(a z + b) = t^(a/k) exp(b); the numbers exp(b), pi, ... are letters while polynomials are
    # divided.
    names: dict[Any, Any] = {}

    def one(f: Any) -> Any:
        slope = sp.diff(f.args[0], Z)
        rest = sp.expand(f.args[0] - slope * Z)
        return T ** (slope / k) * sp.exp(rest)

    f = e.replace(lambda x: isinstance(x, sp.exp) and x.has(Z), one)
    for number in sorted(_irrational(f), key=str):
        names[number] = sp.Dummy(positive=bool(number.is_positive))
    f = f.xreplace(names)
    if not f.is_rational_function(Z, T):
        return None
    N, D = sp.fraction(sp.cancel(sp.together(f)))
    back = {letter: number for number, letter in names.items()}
    if max(sp.Poly(f, T).degree() for f in (N, D)) > MAX_DEGREE:
        return None
    return (N / D).xreplace(back), k


def _irrational(e: Any) -> set[Any]:
    """Numbers in e that are not rational, outermost."""
    if e.is_number:
        return set() if e.is_Rational else {e}
    return set().union(*(_irrational(a) for a in e.args))


def rewrite(e: Any) -> Any:
    """The expression with its largest parts of this form replaced by ``Quotient`` and
    ``LogQuotient``.

    >>> rewrite((sp.exp(2 * Z) - 1) / (sp.exp(2 * Z) + 1))
    Quotient(z, t - 1, t + 1, 2)
    """
    if not e.has(sp.exp, sp.tanh, sp.sinh, sp.cosh):
        return e
    if isinstance(e, sp.Piecewise):
        pieces: Any = e.args
        return sp.Piecewise(*((rewrite(branch), condition) for branch, condition in pieces))
    if isinstance(e, sp.log) and (found := _in_t(e.args[0])):
        f, k = found
        N, D = sp.fraction(sp.cancel(f))
        return LogQuotient(Z, N, D, k)
    if found := _in_t(e):
        return _quotient(*found)
    if e.is_Add or e.is_Mul:
        group = [a for a in e.args if a.has(Z) and _in_t(a)]
        rest = [rewrite(a) for a in e.args if a not in group]
        found = _in_t(e.func(*group)) if group else None
        together = [_quotient(*found)] if found else [rewrite(a) for a in group]
        return e.func(*together, *rest)
    return e.func(*(rewrite(a) for a in e.args))


def derivatives(e: Any, order: int) -> tuple[Any, ...] | None:
    """(f, f', ..., f^(order)) with every part of this form rewritten; None where there is none."""
    start = rewrite(e)
    if not start.has(Quotient, LogQuotient):
        return None
    out = [stabilise(start)]
    for _ in range(order):
        out.append(sp.diff(out[-1], Z))
    return tuple(out)
