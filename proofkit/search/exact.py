"""Exact forms of suprema, proved and never guessed from digits.

SymPy proposes a critical point x* with g'(x*) = 0 exactly (a root of a polynomial
factor of g' after a substitution, or a rational multiple of pi).  The form g(x*)
is accepted when balls prove that the supremum is attained there and nowhere else:
g'' < 0 around x* (and around its mirror images or translates), so the critical
point there is unique, and g is smaller than the certified lower bound elsewhere.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from flint import arb

from proofkit.activation.bridge import from_sympy, to_sympy
from proofkit.errors import InputError, ParseError
from proofkit.kernel.univariate import balls, terms
from proofkit.kernel.univariate.bisection import Violation, prove
from proofkit.kernel.univariate.coefficients import TailError
from proofkit.kernel.univariate.cover import tail_below
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.periods import period_cover
from proofkit.kernel.univariate.quantity import Quantity
from proofkit.kernel.univariate.tail import TimeIsUp
from proofkit.kernel.univariate.workspace import OpenError, Workspace
from proofkit.search.limits import time_limit
from proofkit.search.supremum import Supremum
from proofkit.search.symmetry import is_even

MAX_NODES = 60
MAX_DEGREE = 12
MAX_TEXT = 160
SECONDS = 6.0  # for all the forms of an activation together


def with_exact_form(
    w: Workspace, q: Quantity, found: Supremum, until: float = math.inf
) -> Supremum:
    """The supremum with its exact form, when one is proved by ``until`` (of ``time.monotonic``);
    otherwise unchanged.
    """
    if (
        found.upper is None
        or found.cover is None
        or found.witness is None
        or found.exact is not None
    ):
        return found
    if found.lower == found.upper:
        return replace(found, exact=str(found.lower))
    if found.witness.attained_at is None or sum(1 for _ in terms.walk(q.root)) > MAX_NODES:
        return found
    try:
        # SymPy cannot be asked to stop; an exact form is a luxury that is given up after a while.
        with (
            time_limit(min(SECONDS, min(until, w.deadline) - time.monotonic())) as limited,
            balls.precision(found.cover.bits),
        ):
            if limited:
                for point, value in candidates(q, found.witness.attained_at):
                    text = _in_grammar(value)
                    if (
                        text is not None
                        and len(text) <= MAX_TEXT
                        and _certified(w, q, found, point)
                    ):
                        # In the grammar, so that the place can be evaluated again by whoever reads
                        # it.
                        place = _in_grammar(point)
                        at = place if place is not None and len(place) <= 40 else found.at
                        return replace(found, exact=text, at=at)
    except (
        InputError,
        TimeIsUp,
        NotImplementedError,
        ArithmeticError,
        TypeError,
        ValueError,
        RecursionError,
    ):
        pass
    return found


def _in_grammar(value: Any) -> str | None:
    """SymPy's own text where it is in the project's grammar, else the tree's; None when there is
    none.
    """
    try:
        parse(str(value))
        return str(value)
    except ParseError:
        pass
    try:
        return terms.to_text(from_sympy(value))
    except (InputError, ValueError, ZeroDivisionError):
        return None


def _simplified(e: Any) -> Any:
    """SymPy's simplification, which is not troubled for what it leaves as it is."""
    import sympy as sp

    return e if _is_simplest(e) else sp.simplify(e)


def _rationalised(e: Any) -> Any:
    """SymPy's form without roots in denominators."""
    import sympy as sp

    return e if _is_simplest(e) else sp.radsimp(e)


def _is_simplest(e: Any) -> bool:
    """True for a rational number, and for one times the square root of an integer."""
    if e.is_Rational:
        return True
    factor, root = e.as_coeff_Mul()
    square_root = root.is_Pow and root.base.is_Integer and root.exp.is_Rational
    return bool(factor.is_Rational and square_root and (root.exp.p, root.exp.q) == (1, 2))


def quantity_sympy(q: Quantity) -> tuple[Any, Any]:
    """(g, z) as SymPy objects."""
    import sympy as sp

    z = sp.Symbol("z", real=True)
    f = to_sympy(q.root, z)
    if q.kappa is not None:
        g = z * sp.diff(f, z) - sp.Rational(q.kappa.numerator, q.kappa.denominator) * f
    else:
        g = sp.diff(f, z, q.order) if q.order else f
    return q.sign * g, z


def candidates(q: Quantity, near: Fraction) -> Iterator[tuple[Any, Any]]:
    """Exact critical points near the numerical one, with the value there, as SymPy numbers."""
    import sympy as sp

    g, z = quantity_sympy(q)
    x = sp.Float(str(float(near)), 30) if near else sp.Integer(0)
    h = sp.diff(g, z)
    if near == 0 or abs(near) < Fraction(1, 10**15):
        if _simplified(h.subs(z, 0)) == 0:
            yield sp.Integer(0), _simplified(g.subs(z, 0))
        return
    trigonometric = h.atoms(sp.sin, sp.cos)
    if trigonometric:
        turn = Fraction(float(near) / 3.141592653589793).limit_denominator(24)
        point = sp.Rational(turn.numerator, turn.denominator) * sp.pi
        if abs(float(point) - float(near)) < 1e-9 and _simplified(h.subs(z, point)) == 0:
            yield point, _simplified(g.subs(z, point))
        return
    if g.has(sp.sinh, sp.cosh):
        g, h = g.rewrite(sp.exp), h.rewrite(sp.exp)
    if h.has(sp.erf):
        h = sp.expand(h)
    if (through := _in_one_exponential(g, h, z)) is not None:
        # g = G(t) with t = exp(c z) or tanh(c z): an algebraic function of one algebraic number.
        G, t, forward, back = through
        target = Fraction(str(float(forward.subs(z, x))))
        for r in _real_roots(sp.numer(sp.cancel(sp.together(sp.diff(G, t)))), t, target):
            yield back(r), _rationalised(_simplified(G.subs(t, r)))
        return
    for root in _roots(h, z, near):
        yield root, _rationalised(_simplified(g.subs(z, root)))


def _in_one_exponential(g: Any, h: Any, z: Any) -> tuple[Any, Any, Any, Any] | None:
    """(G, t, t as a function of z, its inverse) when g is rational in tanh(cz) or in exp(cz), z
    itself absent.
    """
    import sympy as sp

    t = sp.Symbol("t", real=True)
    tanhs, exps = g.atoms(sp.tanh), {e for e in g.atoms(sp.exp) if e.has(z)}
    if len(tanhs) == 1 and not exps:
        inner = next(iter(tanhs))
        rate = sp.diff(inner.args[0], z)
        G = g.subs(inner, t)
        if not G.has(z) and rate.is_Rational and inner.args[0].subs(z, 0) == 0:
            return G, t, inner, lambda r: sp.atanh(r) / rate
    if exps and not tanhs:
        rates = [sp.diff(e.args[0], z) for e in exps]
        if all(
            r.is_Rational and e.args[0].subs(z, 0) == 0 for r, e in zip(rates, exps, strict=True)
        ):
            unit = sp.gcd_list([abs(r) for r in rates]) if len(rates) > 1 else abs(rates[0])
            G = sp.cancel(
                sp.together(g.xreplace({e: t ** (sp.diff(e.args[0], z) / unit) for e in exps}))
            )
            if not G.has(z) and G.is_rational_function(t):
                return G, t, sp.exp(unit * z), lambda r: sp.log(r) / unit
    return None


def _roots(h: Any, z: Any, near: Fraction) -> Iterator[Any]:
    """Real zeros of h close to ``near``, exact: of a polynomial in z, perhaps with one square root
    or one exponential factor.
    """
    import sympy as sp

    t = sp.Symbol("t", real=True)
    exps = {e for e in h.atoms(sp.exp) if e.has(z)}
    if h.atoms(sp.tanh):
        return
    if exps:  # P(z) exp(-phi(z)): the exponential never vanishes
        if len(exps) == 1 and not h.atoms(sp.erf):
            h = sp.expand(h / next(iter(exps)))
            if h.atoms(sp.exp):
                return
        else:
            return
    radicals = {p for p in h.atoms(sp.Pow) if p.exp.is_Rational and p.exp.q == 2 and p.base.has(z)}
    bases = {p.base for p in radicals}
    if h.atoms(sp.log, sp.atan, sp.erf, sp.asinh, sp.cosh, sp.sinh):
        return
    if len(bases) > 1:
        return
    if bases:
        base = bases.pop()
        e = sp.together(
            h.replace(
                lambda p: isinstance(p, sp.Pow) and p.base == base and p.exp.q == 2,
                lambda p: t ** (2 * p.exp),
            )
        )
        numerator = sp.Poly(sp.rem(sp.numer(e), t**2 - base, t), t)
        a, b = numerator.coeff_monomial(1), numerator.coeff_monomial(t)
        polynomial = sp.numer(sp.together(a**2 - b**2 * base))
        for r in _real_roots(polynomial, z, near):
            if _simplified(h.subs(z, r)) == 0:
                yield r
        return
    yield from _real_roots(sp.numer(sp.together(h)), z, near)


def _real_roots(polynomial: Any, z: Any, near: Fraction) -> Iterator[Any]:
    import sympy as sp

    try:
        p: Any = sp.Poly(polynomial, z)
        if not p.is_zero and p.degree() >= 1:
            p = sp.Poly([_simplified(c) for c in p.monic().all_coeffs()], z)
    except sp.PolynomialError:
        return
    if p.degree() < 1 or p.degree() > MAX_DEGREE or not all(c.is_Rational for c in p.all_coeffs()):
        return
    for factor, _ in list(p.factor_list())[1]:
        real_roots: Any = sp.real_roots(factor)
        for r in real_roots:
            if abs(float(r) - float(near)) < 1e-9 * (1 + abs(float(near))):
                yield _radical(r)


def _radical(r: Any) -> Any:
    """A root of a polynomial of degree at most 2 (or biquadratic) by radicals, others as they are."""
    import sympy as sp

    if isinstance(r, sp.CRootOf):
        for form in sp.roots(r.poly):
            if form.is_real and abs(float(form) - float(r)) < 1e-12 and len(str(form)) < 60:
                return form
    return r


# -- proof that the supremum is there and nowhere else ---------------------------------------------


def _ball_of(point: Any) -> arb | None:
    """A ball around an exact SymPy number (40 digits, radius far above SymPy's rounding)."""
    import sympy as sp

    text = str(sp.N(point, 40))
    try:
        middle = Fraction(text)
    except ValueError:
        return None
    return balls.ball(middle) + arb(0, 2.0**-100) * (1 + abs(balls.ball(middle)))


def _certified(w: Workspace, q: Quantity, found: Supremum, point: Any) -> bool:
    x = _ball_of(point)
    cover = found.cover
    if x is None or cover is None:
        return False
    value = w.series(q, x, 0)[0]
    if not (value >= balls.ball(found.lower) or value.overlaps(balls.ball(found.lower))):
        return False
    pieces = sorted(cover.pieces, key=lambda p: p.left)
    left, right = pieces[0].left, pieces[-1].right
    centres = [x]
    # Balls that are disjoint show that g is not even.
    if not x.contains(0) and w.series(q, -x, 0)[0].overlaps(value) and _even(q):
        centres.append(-x)
    if (period := period_cover(q)) is not None:
        # The translates of the peak inside the cover; the true period is slightly smaller than
        # ``period``.
        step = balls.ball(period) * (1 - arb(2) ** -50)
        centres = [c + step * m + arb(0, 1e-12) for c in centres for m in (-1, 0, 1)]
        centres = [
            c for c in centres if c.upper() > balls.ball(left) and c.lower() < balls.ball(right)
        ]
    for size in (Fraction(1, 4), Fraction(1, 64), Fraction(1, 4096), Fraction(1, 2**20)):
        intervals = sorted((_down(c, size), _up(c, size)) for c in centres)
        if all(
            w.series(q, balls.hull(max(a, left), min(b, right)), 2)[2] < 0
            for a, b in intervals
            if a < right and b > left
        ):
            return _smaller_elsewhere(w, q, found, intervals, left, right)
    return False


def _down(c: arb, size: Fraction) -> Fraction:
    return Fraction(int(balls.lower(c) * 2**40) - 1, 2**40) - size


def _up(c: arb, size: Fraction) -> Fraction:
    return Fraction(int(balls.upper(c) * 2**40) + 1, 2**40) + size


def _smaller_elsewhere(
    w: Workspace,
    q: Quantity,
    found: Supremum,
    intervals: list[tuple[Fraction, Fraction]],
    left: Fraction,
    right: Fraction,
) -> bool:
    edges = [
        balls.upper(w.series(q, balls.ball(e), 0)[0])
        for pair in intervals
        for e in pair
        if left <= e <= right
    ]
    top = max(edges, default=found.lower - 1)
    if top >= found.lower:
        return False
    bound = Fraction(round((top + found.lower) / 2 * 2**200), 2**200)
    if not top < bound < found.lower:
        return False
    gaps, at = [], left
    for a, b in intervals:
        if a > at:
            gaps.append((at, min(a, right)))
        at = max(at, b)
    if at < right:
        gaps.append((at, right))
    try:
        for a, b in gaps:
            prove(w, q, bound, a, b)
        if period_cover(q) is None:
            for end, edge in ((-1, left), (1, right)):
                limit = w.left if end < 0 else w.right
                if limit is None and not tail_below(w, w.tail(q, end, edge * end), bound):
                    return False
    except (OpenError, Violation, TailError, OverflowError):
        return False
    return True


def _even(q: Quantity) -> bool:
    """True when g(-z) = g(z) is seen from the tree, or by SymPy."""
    if is_even(q):
        return True
    g, z = quantity_sympy(q)
    return bool(_simplified(g.subs(z, -z) - g) == 0)
