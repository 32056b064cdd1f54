"""Forms of an expression that stay exact in floating point at every z.

An activation is written log(1 + exp(z)) for the proofs; evaluated as written it
overflows.  ``stabilise`` rewrites such shapes into primitives: SymPy functions
that carry their meaning (``definition``), a derivative that is again made of
primitives and free of cancellation (``fdiff``), and a form for machine numbers
(``lowered``).  SymPy then differentiates the rewritten expression, so nothing
is differentiated by hand but the primitives; each of those is checked against
SymPy's own derivative of its definition (``tests/numeric/test_stable.py``).
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from proofkit.activation.bridge import to_sympy
from proofkit.kernel.univariate.terms import Node

Z = sp.Symbol("z", real=True)
# sqrt(u^2 + c) is |u| to the last bit from here on, and u^2 is still finite below it.
HUGE = sp.Symbol("HUGE", positive=True)
HALF = sp.Rational(1, 2)


class Primitive(sp.Function):
    """A function with a meaning, a derivative and a machine form."""

    def _eval_is_extended_real(self) -> bool:
        return True

    @classmethod
    def definition(cls, *args: Any) -> Any:
        """The function in plain SymPy."""
        raise NotImplementedError

    def lowered(self, *args: Any) -> Any:
        """The same value in operations that are accurate in floating point."""
        raise NotImplementedError


def _exponential(u: Any) -> Any:
    return sp.exp(-sp.Abs(u), evaluate=False)


class expm1(Primitive):  # noqa: N801 - named as in the C library
    """exp(u) - 1."""

    nargs = 1

    @classmethod
    def definition(cls, u: Any) -> Any:
        """exp(u) - 1."""
        return sp.exp(u) - 1

    def fdiff(self, argindex: int = 1) -> Any:
        """exp(u)."""
        return sp.exp(self.args[0])


class log1p(Primitive):  # noqa: N801
    """log(1 + u)."""

    nargs = 1

    @classmethod
    def definition(cls, u: Any) -> Any:
        """log(1 + u)."""
        return sp.log(1 + u)

    def fdiff(self, argindex: int = 1) -> Any:
        """1/(1 + u)."""
        return 1 / (1 + self.args[0])


class log1p01(Primitive):  # noqa: N801
    """log(1 + u) for 0 <= u <= 1, for machine forms only."""

    nargs = 1

    @classmethod
    def definition(cls, u: Any) -> Any:
        """log(1 + u)."""
        return sp.log(1 + u)


class expit(Primitive):  # noqa: N801
    """1/(1 + exp(-u))."""

    nargs = 1

    @classmethod
    def definition(cls, u: Any) -> Any:
        """1/(1 + exp(-u))."""
        return 1 / (1 + sp.exp(-u))

    def fdiff(self, argindex: int = 1) -> Any:
        """expit'(u), a primitive of its own."""
        return dexpit(self.args[0])

    def lowered(self, u: Any) -> Any:
        """Through exp(-|u|), which never overflows."""
        e = _exponential(u)
        return sp.Piecewise((1 / (1 + e), u >= 0), (e / (1 + e), True))


class dexpit(Primitive):  # noqa: N801
    """expit(u) expit(-u)."""

    nargs = 1

    @classmethod
    def definition(cls, u: Any) -> Any:
        """exp(-u)/(1 + exp(-u))^2."""
        return sp.exp(-u) / (1 + sp.exp(-u)) ** 2

    def fdiff(self, argindex: int = 1) -> Any:
        """-tanh(u/2) expit'(u): the difference of two expits without cancellation at 0."""
        u = self.args[0]
        return -th(u / 2) * dexpit(u)

    def lowered(self, u: Any) -> Any:
        """Through exp(-|u|)."""
        e = _exponential(u)
        return e / (1 + e) ** 2


class softplus(Primitive):  # noqa: N801
    """log(1 + exp(u))."""

    nargs = 1

    @classmethod
    def definition(cls, u: Any) -> Any:
        """log(1 + exp(u))."""
        return sp.log(1 + sp.exp(u))

    def fdiff(self, argindex: int = 1) -> Any:
        """expit(u)."""
        return expit(self.args[0])

    def lowered(self, u: Any) -> Any:
        """max(u, 0) + log1p(exp(-|u|))."""
        return sp.Piecewise((u, u >= 0), (0, True)) + log1p01(_exponential(u))


class th(Primitive):  # noqa: N801
    """tanh(u)."""

    nargs = 1

    @classmethod
    def definition(cls, u: Any) -> Any:
        """tanh(u)."""
        return sp.tanh(u)

    def fdiff(self, argindex: int = 1) -> Any:
        """sech(u)^2."""
        return sech2(self.args[0])


class sech2(Primitive):  # noqa: N801
    """1/cosh(u)^2, which 1 - tanh(u)^2 loses for large |u|."""

    nargs = 1

    @classmethod
    def definition(cls, u: Any) -> Any:
        """1/cosh(u)^2."""
        return sp.cosh(u) ** -2

    def fdiff(self, argindex: int = 1) -> Any:
        """-2 tanh(u) sech(u)^2."""
        u = self.args[0]
        return -2 * th(u) * sech2(u)

    def lowered(self, u: Any) -> Any:
        """4 e/(1 + e)^2 with e = exp(-2 |u|)."""
        e = sp.exp(-2 * sp.Abs(u), evaluate=False)
        return 4 * e / (1 + e) ** 2


class logcosh(Primitive):  # noqa: N801
    """log(cosh(u))."""

    nargs = 1

    @classmethod
    def definition(cls, u: Any) -> Any:
        """log(cosh(u))."""
        return sp.log(sp.cosh(u))

    def fdiff(self, argindex: int = 1) -> Any:
        """tanh(u)."""
        return th(self.args[0])

    def lowered(self, u: Any) -> Any:
        """log1p(cosh u - 1) near 0, |u| + log1p(exp(-2 |u|)) - log 2 elsewhere."""
        size = sp.Abs(u)
        m = expm1(sp.Piecewise((size, size < 1), (1, True)))
        near = log1p01(m**2 / (2 * (1 + m)))
        return sp.Piecewise(
            (near, size < 1), (size + log1p01(sp.exp(-2 * size, evaluate=False)) - sp.log(2), True)
        )


class erf(Primitive):  # noqa: N801
    """The error function."""

    nargs = 1

    @classmethod
    def definition(cls, u: Any) -> Any:
        """erf(u)."""
        return sp.erf(u)

    def fdiff(self, argindex: int = 1) -> Any:
        """2 exp(-u^2)/sqrt(pi)."""
        return 2 * sp.exp(-(self.args[0] ** 2)) / sp.sqrt(sp.pi)


class erfc(Primitive):  # noqa: N801
    """1 - erf(u), accurate for large u."""

    nargs = 1

    @classmethod
    def definition(cls, u: Any) -> Any:
        """erfc(u)."""
        return sp.erfc(u)

    def fdiff(self, argindex: int = 1) -> Any:
        """-2 exp(-u^2)/sqrt(pi)."""
        return -2 * sp.exp(-(self.args[0] ** 2)) / sp.sqrt(sp.pi)


class logerfc(Primitive):  # noqa: N801
    """log(erfc(u)), which is finite where erfc(u) has vanished."""

    nargs = 1

    @classmethod
    def definition(cls, u: Any) -> Any:
        """log(erfc(u))."""
        return sp.log(sp.erfc(u))

    def fdiff(self, argindex: int = 1) -> Any:
        """-mills(u)."""
        return -mills(self.args[0])

    def lowered(self, u: Any) -> Any:
        """For u > 3 from erfc(u) = 2 exp(-u^2)/(sqrt(pi) mills(u)), u^2 twice times u against
        overflow.
        """
        near, far = _least(u, 3), _most(u, 3)
        return sp.Piecewise(
            (sp.log(erfc(near)), u < 3),
            (-(u * far) - sp.log((far + mills_rest(far)) * sp.sqrt(sp.pi)), True),
        )


class mills(Primitive):  # noqa: N801
    """2 exp(-u^2)/(sqrt(pi) erfc(u)), the logarithmic derivative of erfc with its sign changed."""

    nargs = 1

    @classmethod
    def definition(cls, u: Any) -> Any:
        """2 exp(-u^2)/(sqrt(pi) erfc(u))."""
        return 2 * sp.exp(-(u**2)) / (sp.sqrt(sp.pi) * sp.erfc(u))

    def fdiff(self, argindex: int = 1) -> Any:
        """mills(u) (mills(u) - 2 u), a primitive of its own."""
        return dmills(self.args[0])

    def lowered(self, u: Any) -> Any:
        """2 (u + mills_rest(u)) for u > 3."""
        near, far = _least(u, 3), _most(u, 3)
        return sp.Piecewise(
            (2 * sp.exp(-(near**2)) / (sp.sqrt(sp.pi) * erfc(near)), u < 3),
            (2 * far + 2 * mills_rest(far), True),
        )


class dmills(Primitive):  # noqa: N801
    """mills(u) (mills(u) - 2 u), between 0 and 2."""

    nargs = 1

    @classmethod
    def definition(cls, u: Any) -> Any:
        """mills'(u)."""
        return mills.definition(u) * (mills.definition(u) - 2 * u)

    def fdiff(self, argindex: int = 1) -> Any:
        """mills'(u) (2 mills(u) - 2 u) - 2 mills(u)."""
        u = self.args[0]
        return dmills(u) * (2 * mills(u) - 2 * u) - 2 * mills(u)

    def lowered(self, u: Any) -> Any:
        """4 rest (u + rest) for u > 3, where the difference would cancel, and its limit 2 where
        that is reached.
        """
        near, far = _least(u, 3), _most(u, 3)
        m = 2 * sp.exp(-(near**2)) / (sp.sqrt(sp.pi) * erfc(near))
        rest = mills_rest(far)
        return sp.Piecewise(
            (m * (m - 2 * near), u < 3), (4 * rest * (far + rest), u < 10**9), (2, True)
        )


class mills_rest(Primitive):  # noqa: N801
    """mills(u)/2 - u for u >= 3, for machine forms only."""

    nargs = 1

    @classmethod
    def definition(cls, u: Any) -> Any:
        """mills(u)/2 - u."""
        return mills.definition(u) / 2 - u

    def lowered(self, u: Any) -> Any:
        """The continued fraction (1/2)/(u + 1/(u + (3/2)/(u + ...))) (DLMF 7.9.1), 24 levels of
        which give 17 digits at 3.
        """
        value: Any = u
        for level in range(24, 1, -1):
            value = u + sp.Rational(level, 2) / value
        return HALF / value


def _least(u: Any, bound: int) -> Any:
    return sp.Piecewise((u, u < bound), (bound, True))


def _most(u: Any, bound: int) -> Any:
    return sp.Piecewise((u, u >= bound), (bound, True))


class arctan(Primitive):  # noqa: N801
    """atan(u)."""

    nargs = 1

    @classmethod
    def definition(cls, u: Any) -> Any:
        """atan(u)."""
        return sp.atan(u)

    def fdiff(self, argindex: int = 1) -> Any:
        """1/(1 + u^2)."""
        return rhypot(self.args[0], sp.Integer(1)) ** 2


class arsinh(Primitive):  # noqa: N801
    """asinh(u)."""

    nargs = 1

    @classmethod
    def definition(cls, u: Any) -> Any:
        """asinh(u)."""
        return sp.asinh(u)

    def fdiff(self, argindex: int = 1) -> Any:
        """1/sqrt(1 + u^2)."""
        return rhypot(self.args[0], sp.Integer(1))


class hyp(Primitive):  # noqa: N801
    """sqrt(u^2 + c), c > 0 a constant; like ``rhypot`` and ``unit`` an operation of the backends,
    which mind the overflow of u^2.
    """

    nargs = 2

    @classmethod
    def definition(cls, u: Any, c: Any) -> Any:
        """sqrt(u^2 + c)."""
        return sp.sqrt(u**2 + c)

    def fdiff(self, argindex: int = 1) -> Any:
        """u/sqrt(u^2 + c)."""
        return unit(*self.args)


class hypm(Primitive):  # noqa: N801
    """sqrt(u^2 + c) - sqrt(c), which cancels near 0."""

    nargs = 2

    @classmethod
    def definition(cls, u: Any, c: Any) -> Any:
        """sqrt(u^2 + c) - sqrt(c)."""
        return sp.sqrt(u**2 + c) - sp.sqrt(c)

    def fdiff(self, argindex: int = 1) -> Any:
        """u/sqrt(u^2 + c)."""
        return unit(*self.args)

    def lowered(self, u: Any, c: Any) -> Any:
        """The conjugate form near 0, where the difference cancels; u^2 may overflow elsewhere."""
        h, root = hyp(u, c), sp.sqrt(c)
        return sp.Piecewise((u**2 / (h + root), sp.Abs(u) < root), (h - root, True))


class rhypot(Primitive):  # noqa: N801
    """1/sqrt(u^2 + c)."""

    nargs = 2

    @classmethod
    def definition(cls, u: Any, c: Any) -> Any:
        """1/sqrt(u^2 + c)."""
        return 1 / sp.sqrt(u**2 + c)

    def fdiff(self, argindex: int = 1) -> Any:
        """-u/(u^2 + c)^(3/2), as a bounded factor times 1/(u^2 + c)."""
        return -unit(*self.args) * self**2


class unit(Primitive):  # noqa: N801
    """u/sqrt(u^2 + c), in (-1, 1)."""

    nargs = 2

    @classmethod
    def definition(cls, u: Any, c: Any) -> Any:
        """u/sqrt(u^2 + c)."""
        return u / sp.sqrt(u**2 + c)

    def fdiff(self, argindex: int = 1) -> Any:
        """c/(u^2 + c)^(3/2)."""
        return self.args[1] * rhypot(*self.args) ** 3


class ramp(Primitive):  # noqa: N801
    """(u + sqrt(u^2 + c))/2, a smooth max(u, 0) without cancellation for u < 0."""

    nargs = 2

    @classmethod
    def definition(cls, u: Any, c: Any) -> Any:
        """(u + sqrt(u^2 + c))/2."""
        return (u + sp.sqrt(u**2 + c)) / 2

    def fdiff(self, argindex: int = 1) -> Any:
        """(1 + u/sqrt(u^2 + c))/2, a primitive of its own."""
        return dramp(*self.args)

    def lowered(self, u: Any, c: Any) -> Any:
        """The conjugate form for u < 0."""
        h = hyp(u, c)
        return sp.Piecewise((u / 2 + h / 2, u >= 0), (c / 4 / (h / 2 - u / 2), True))


class dramp(Primitive):  # noqa: N801
    """(1 + u/sqrt(u^2 + c))/2."""

    nargs = 2

    @classmethod
    def definition(cls, u: Any, c: Any) -> Any:
        """(1 + u/sqrt(u^2 + c))/2."""
        return (1 + u / sp.sqrt(u**2 + c)) / 2

    def fdiff(self, argindex: int = 1) -> Any:
        """c/(2 (u^2 + c)^(3/2))."""
        return self.args[1] / 2 * rhypot(*self.args) ** 3

    def lowered(self, u: Any, c: Any) -> Any:
        """The conjugate form for u < 0."""
        h = hyp(u, c)
        return sp.Piecewise((HALF + unit(u, c) / 2, u >= 0), (c / 4 / (h / 2 - u / 2) / h, True))


class loghyp(Primitive):  # noqa: N801
    """log(u^2 + c)."""

    nargs = 2

    @classmethod
    def definition(cls, u: Any, c: Any) -> Any:
        """log(u^2 + c)."""
        return sp.log(u**2 + c)

    def fdiff(self, argindex: int = 1) -> Any:
        """2 u/(u^2 + c)."""
        return 2 * unit(*self.args) * rhypot(*self.args)

    def lowered(self, u: Any, c: Any) -> Any:
        """log1p near 0, 2 log|u| where u^2 would overflow."""
        size = sp.Abs(u)
        inner = log1p(u**2 / c) + sp.log(c)
        return sp.Piecewise(
            (inner, size < HUGE), (2 * sp.log(sp.Piecewise((size, size > 1), (1, True))), True)
        )


class clamp(Primitive):  # noqa: N801
    """max(low, min(u, high)): an operation of the backends, made by ``scalar.guard`` alone."""

    nargs = 3


class inside(Primitive):  # noqa: N801
    """value for low <= z <= high, NaN elsewhere, of (value, z, low, high): an operation of the
    backends.
    """

    nargs = 4


class Lookup(Primitive):
    """A table of ``table`` as a function of z: an operation of the backends, one subclass for each
    table.
    """

    nargs = 1
    table: Any


def meaning(e: Any) -> Any:
    """The expression in plain SymPy: every primitive replaced by its definition."""
    return e.replace(
        lambda x: isinstance(x, Primitive), lambda x: x.definition(*(meaning(a) for a in x.args))
    )


PRIMITIVES: tuple[Any, ...] = (
    log1p,
    expm1,
    expit,
    dexpit,
    softplus,
    th,
    sech2,
    logcosh,
    erf,
    erfc,
    logerfc,
    mills,
    dmills,
    arctan,
    arsinh,
    hyp,
    hypm,
    rhypot,
    unit,
    ramp,
    dramp,
    loghyp,
)


def _split_exponential(e: Any) -> tuple[Any, Any, Any] | None:
    """(c, d, u) when e = c + d exp(u) with positive numbers c, d."""
    if not e.is_Add or len(e.args) != 2:
        return None
    for c, rest in (e.args, e.args[::-1]):
        d, inner = rest.as_coeff_Mul()
        if c.is_positive and c.is_number and d.is_positive and isinstance(inner, sp.exp):
            return c, d, inner.args[0]
    return None


def _split_square(e: Any) -> tuple[Any, Any] | None:
    """(u, c) when e = u^2 + c with a number c > 0 and a real u."""
    if not e.is_Add or len(e.args) != 2:
        return None
    for c, rest in (e.args, e.args[::-1]):
        k, inner = rest.as_coeff_Mul()
        if (
            c.is_positive
            and c.is_number
            and k.is_positive
            and inner.is_Pow
            and inner.exp == 2
            and inner.base.is_extended_real
        ):
            return sp.sqrt(k) * inner.base, c
    return None


def _coefficient(e: Any) -> tuple[Any, Any]:
    """e = number * rest."""
    return e.as_coeff_Mul()


def _add(args: list[Any]) -> Any:
    e: Any = sp.Add(*args)
    if not e.is_Add:
        return e
    for c in e.args:
        rest = e - c
        if (c.is_number and rest.is_Mul) or isinstance(rest, Primitive | sp.exp):
            k, inner = _coefficient(rest)
            if isinstance(inner, sp.exp) and k == -c:
                return k * expm1(inner.args[0])
            if isinstance(inner, th) and abs(k) == abs(c):
                # c + k tanh(u): 1 + tanh(u) = 2 expit(2u) and 1 - tanh(u) = 2 expit(-2u).
                return 2 * c * expit(2 * sp.sign(c * k) * inner.args[0])
            if isinstance(inner, erf) and abs(k) == abs(c):
                return c * erfc(-sp.sign(c * k) * inner.args[0])
            if isinstance(inner, erfc) and c == -2 * k:
                return -k * erfc(-inner.args[0])
        k, inner = rest.as_coeff_Mul()
        if isinstance(inner, hyp) and c.is_number and (c + k * sp.sqrt(inner.args[1])).is_zero:
            return k * hypm(*inner.args)
        if isinstance(inner, hyp) and (c - k * inner.args[0]).is_zero:
            return 2 * k * ramp(*inner.args)
    return e


def _mul(args: list[Any]) -> Any:
    powers: dict[Any, Any] = {}
    for a in sp.Mul.make_args(sp.Mul(*args)):
        base, exponent = (a, sp.Integer(1)) if isinstance(a, sp.exp) else a.as_base_exp()
        powers[base] = powers.get(base, 0) + exponent
    for f in [b for b in powers if isinstance(b, sp.exp)]:
        for g in [b for b in powers if isinstance(b, expit)]:
            # exp(m u) expit(-u + c)^k: each pair exp(u) expit(c - u) is e^c expit(u - c).
            u = -g.args[0]
            shift, core = (
                u.as_independent(*u.free_symbols, as_Add=True)
                if u.free_symbols
                else (u, sp.Integer(0))
            )
            ratio = f.args[0] / core if core != 0 else sp.nan
            if (
                ratio.is_Integer
                and ratio.is_positive
                and powers[f] == 1
                and powers[g].is_Integer
                and powers[g] > 0
            ):
                m = min(ratio, powers[g])
                powers[f] = sp.Integer(0)
                rest = sp.exp((ratio - m) * core)
                if rest != 1:
                    powers[rest] = powers.get(rest, 0) + 1
                powers[g] -= m
                other = expit(u)
                powers[other] = powers.get(other, 0) + m
                if shift != 0:
                    powers[sp.exp(-m * shift)] = powers.get(sp.exp(-m * shift), 0) + 1
                break
    for f in [b for b in powers if isinstance(b, expit)]:
        g = expit(-f.args[0])
        if all(powers.get(h, sp.Integer(0)).is_Integer and powers.get(h, 0) > 0 for h in (f, g)):
            m = min(powers[f], powers[g])
            powers[f] -= m
            powers[g] -= m
            # expit' is even; the sign of its argument is chosen so that equal factors meet.
            even = f.args[0] if not f.args[0].could_extract_minus_sign() else -f.args[0]
            powers[dexpit(even)] = powers.get(dexpit(even), 0) + m
    for f in [b for b in powers if isinstance(b, rhypot)]:
        u, c = f.args
        scale, core = u.as_coeff_Mul()
        k = powers.get(core)
        if k is not None and k.is_Integer and powers[f].is_Integer and k > 0 and powers[f] > 0:
            m = min(k, powers[f])
            powers[core] -= m
            powers[f] -= m
            powers[unit(u, c)] = powers.get(unit(u, c), 0) + m
            powers[scale] = powers.get(scale, 0) - m
    return sp.Mul(*(b**k for b, k in powers.items()))


def _pow(base: Any, exponent: Any) -> Any:
    if exponent.is_Integer and exponent.is_negative and (parts := _split_exponential(base)):
        c, d, u = parts
        return (expit(sp.log(c / d) - u) / c) ** -exponent
    if (
        exponent.is_Rational
        and (exponent.is_negative or exponent.q == 2)
        and (square := _split_square(base))
    ):
        u, c = square
        return (
            rhypot(u, c) ** (-2 * exponent) if exponent.is_negative else hyp(u, c) ** (2 * exponent)
        )
    if isinstance(base, sp.cosh) and exponent.is_Rational and exponent.is_negative:
        return sech2(base.args[0]) ** (-exponent / 2)
    return base**exponent


def _log(u: Any) -> Any:
    if parts := _split_exponential(u):
        c, d, v = parts
        return sp.log(c) + softplus(v + sp.log(d / c))
    if square := _split_square(u):
        return loghyp(*square)
    c, inner = u.as_coeff_Mul()
    if isinstance(inner, erfc) and c.is_positive:
        return sp.log(c) + logerfc(*inner.args)
    if isinstance(u, sp.cosh):
        return logcosh(u.args[0])
    one, rest = u.as_independent(Z, as_Add=True)
    # What is added to a number may be far below its last digit.
    return sp.log(one) + log1p(rest / one) if one.is_positive and rest != 0 else sp.log(u)


def stabilise(e: Any) -> Any:
    """The expression with every recognised shape replaced by its primitive.

    >>> stabilise(sp.log(1 + sp.exp(Z)))
    softplus(z)
    """
    if not e.args or not e.free_symbols or isinstance(e, Primitive):
        return e
    args = [stabilise(a) for a in e.args]
    if e.is_Add:
        return _add(args)
    if e.is_Mul:
        return _mul(args)
    if isinstance(e, sp.exp):
        return sp.exp(args[0])
    if e.is_Pow:
        return _pow(*args)
    if isinstance(e, sp.log):
        return _log(args[0])
    renamed = {sp.tanh: th, sp.erf: erf, sp.erfc: erfc, sp.atan: arctan, sp.asinh: arsinh}
    if e.func in renamed:
        return renamed[e.func](*args)
    return e.func(*args)


def unfold_kinks(e: Any) -> Any:
    """Abs, Max and Min as one Piecewise around smooth pieces; at a kink the right-hand piece
    counts.
    """
    e = e.replace(sp.Abs, lambda u: sp.Piecewise((u, u >= 0), (-u, True)))
    for function, wins in ((sp.Max, sp.Ge), (sp.Min, sp.Le)):
        while found := e.atoms(function):
            f = min(found, key=sp.count_ops)
            first, *rest = f.args
            other = rest[0] if len(rest) == 1 else function(*rest, evaluate=False)
            e = e.xreplace({f: sp.Piecewise((first, wins(first, other)), (other, True))})
    return sp.piecewise_fold(e)


def _tidy(e: Any) -> Any:
    """Rational functions are factored: their expanded derivatives cancel."""
    if isinstance(e, sp.Piecewise):
        pieces: Any = e.args
        return sp.Piecewise(*((_tidy(branch), condition) for branch, condition in pieces))
    return (
        sp.factor(e)
        if e.free_symbols
        and e.is_rational_function(*e.free_symbols)
        and not e.is_polynomial(*e.free_symbols)
        else e
    )


def expanded(e: Any) -> Any:
    """The expression with polynomials, pieces of a Piecewise among them, multiplied out: what is
    written as a difference of squares may cancel.

    >>> expanded(Z**2 / 2 - (Z - 1) ** 2 / 2)
    z - 1/2
    """
    if isinstance(e, sp.Piecewise):
        pieces: Any = e.args
        return sp.Piecewise(*((expanded(branch), condition) for branch, condition in pieces))
    return sp.expand(e) if e.is_polynomial(Z) else e


def plain(root: Node) -> Any:
    """The tree in SymPy as it is written, kinks as a Piecewise."""
    e = to_sympy(root, Z)
    return unfold_kinks(e) if e.has(sp.Abs, sp.Max, sp.Min) else e


def derivatives(expr: Any, variable: Any, order: int) -> tuple[Any, ...]:
    """(f, f', ..., f^(order)) in stable form, differentiated by SymPy."""
    out = [stabilise(_tidy(expr))]
    # A quotient of polynomials that no primitive covers is differentiated as written, and factored.
    rational = not out[0].has(*PRIMITIVES) and (
        bool(expr.is_rational_function(variable)) or isinstance(expr, sp.Piecewise)
    )
    raw = expr
    for _ in range(order):
        if rational:
            raw = _tidy(sp.diff(raw, variable))
            out.append(stabilise(raw))
        else:
            out.append(sp.diff(out[-1], variable))
    return tuple(out)


def lower(e: Any) -> Any:
    """Primitives replaced by their machine forms, down to operations that backends have."""
    if not e.args:
        return e
    e = (
        e.func(*(lower(a) for a in e.args))
        if not isinstance(e, sp.exp)
        else sp.exp(lower(e.args[0]), evaluate=False)
    )
    if isinstance(e, Primitive) and type(e).lowered is not Primitive.lowered:
        return lower(e.lowered(*e.args))
    return e
