"""The elementary functions that generated C is made of, as branch-free code a compiler can
vectorise.

exp and expm1 share one reduction x = n log 2 + r and one polynomial, log1p on
[0, 1] has its own; the coefficients are fitted by mpmath when the text is made,
and the fit is extended until its error is below an eighth of the machine
epsilon.  The remaining functions are the C library's, in their vector forms
where glibc has them (errors up to 4 ulps there).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import mpmath

# bits of the significand, integer type, exponent bias, range of exp, its text suffix
_LAYOUT = {
    "float64": ("double", "int64_t", 52, 1023, (-750, 710), ""),
    "float32": ("float", "int32_t", 23, 127, (-110, 89), "f"),
}


def fit(
    f: Callable[[Any], Any], low: Any, high: Any, weight: Callable[[Any], Any], tolerance: float
) -> list[Any]:
    """Coefficients (constant term first) of a near-minimax polynomial with weight(error) <=
    tolerance.

    ``weight`` turns the largest absolute error into the relative error of what the polynomial is
    used for.
    """
    for degree in range(2, 24):
        coefficients, error = mpmath.chebyfit(f, [low, high], degree + 1, error=True)
        if weight(error) <= tolerance:
            return [mpmath.mpf(c) for c in coefficients[::-1]]
    raise AssertionError("no polynomial of degree 23 is good enough")


def _series(f: Callable[[Any], Any], limit: Any) -> Callable[[Any], Any]:
    """f, with its removable singularity at 0 filled by the limit."""
    return lambda x: limit if x == 0 else f(x)


@cache
def polynomials(dtype: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """P with exp(r) - 1 = r + r^2 P(r) for |r| <= log(2)/2, and Q with log(1+f) = 2 s + s^3 Q(s^2),
    s = f/(2+f).
    """
    digits, eps = _LAYOUT[dtype][2], mpmath.mpf(2) ** -_LAYOUT[dtype][2]
    with mpmath.workdps(50):
        half = mpmath.log(2) / 2 * mpmath.mpf("1.0001")
        # Relative to exp(r) - 1 >= |r|/1.2 the error is at most |r| times that of P.
        P = fit(
            _series(lambda r: (mpmath.expm1(r) - r) / r**2, mpmath.mpf(1) / 2),
            -half,
            half,
            lambda e: 1.2 * half * e,
            eps / 8,
        )
        top = (3 - 2 * mpmath.sqrt(2)) * mpmath.mpf("1.0001")

        def q(z: Any) -> Any:
            s = mpmath.sqrt(abs(z))
            return (2 * mpmath.atanh(s) - 2 * s) / s**3

        Q = fit(
            _series(q, mpmath.mpf(2) / 3),
            mpmath.mpf(10) ** -12,
            top**2,
            lambda e: e * top**2 / 2,
            eps / 8,
        )
        shown = 9 if digits == 23 else 17
        return tuple(str(mpmath.nstr(c, shown + 3)) for c in P), tuple(
            str(mpmath.nstr(c, shown + 3)) for c in Q
        )


def _horner(coefficients: tuple[str, ...], x: str, square: str, suffix: str) -> str:
    """The polynomial by Horner's rule in x^2 on even and odd coefficients: two chains, half as
    long, run side by side.
    """

    def chain(part: tuple[str, ...]) -> str:
        out = f"{part[-1]}{suffix}"
        for c in part[-2::-1]:
            out = f"pk_fma({out}, {square}, {c}{suffix})"
        return out

    return f"pk_fma({chain(coefficients[1::2])}, {x}, {chain(coefficients[0::2])})"


def _powers() -> str:
    """pk_p1 ... pk_p128 by repeated squaring, written out: a loop over the exponent would not be
    vectorised.
    """
    lines = ["static inline T pk_p1(T x) { return x; }"]
    for n in range(2, 129):
        lines.append(
            f"static inline T pk_p{n}(T x) {{ const T h = pk_p{n // 2}(x); return h * "
            f"h{' * x' if n % 2 else ''}; }}"
        )
    return "\n".join(lines)


_VECTOR = ("log", "log1p", "sin", "cos", "sinh", "cosh", "erf", "erfc", "atan", "asinh")


def prelude(dtype: str) -> str:
    """The C text in front of every generated kernel: type T, pk_exp, pk_expm1, pk_log1p01, pk_th,
    ...
    """
    T, _, bits, bias, (low, high), f = _LAYOUT[dtype]
    P, Q = polynomials(dtype)
    with mpmath.workdps(60):
        ln2 = mpmath.log(2)
        # The high part has room for 11 (5) more bits, so n times it is exact.
        keep = mpmath.mpf(2) ** (bits - (12 if bits == 52 else 8))
        hi = mpmath.floor(ln2 * keep) / keep
        lo = ln2 - hi
        log2e = mpmath.nstr(1 / ln2, 25)
        half_text = mpmath.nstr(-ln2 * 0.49, 12)
        ln2_text, hi_text, lo_text = mpmath.nstr(ln2, 25), mpmath.nstr(hi, 30), mpmath.nstr(lo, 25)
        huge = float(mpmath.sqrt(mpmath.mpf(2) ** (1024 if bits == 52 else 128)) / 4)
    vector = "\n".join(f'__attribute__((simd("notinbranch"))) T {name}{f}(T);' for name in _VECTOR)
    plain = "\n".join(
        f"static inline T pk_{name}(T x) {{ return {name}{f}(x); }}" for name in (*_VECTOR, "sqrt")
    )
    return f"""\
#include <math.h>
#include <stdint.h>
#include <string.h>
typedef {T} T;
#if defined(__x86_64__) && defined(__GLIBC__) && defined(PK_LIBMVEC)
{vector}
#endif
#define pk_fma(a, b, c) ((a) * (b) + (c))
#define PK_MAGIC {1.5 * 2.0**bits}{f}
#define PK_BIASED {1.5 * 2.0**bits + bias}{f}
static inline T pk_pow2(T shifted) {{ /* 2^n, n + {bias} held in the low bits of PK_BIASED + n */
  {"uint64_t" if bits == 52 else "uint32_t"} b; memcpy(&b, &shifted, sizeof b);
  b <<= {bits};
  T out; memcpy(&out, &b, sizeof out); return out;
}}
typedef struct {{ T q, up, down, back; }} pk_parts; /* exp(x) - 1 = q on the core; 2^n = up * down; back = 1/down */
static inline pk_parts pk_core(T x) {{ /* {low} <= x <= {high} */
  const T n = (x * {log2e}{f} + PK_MAGIC) - PK_MAGIC;
  const T r = (x - n * {hi_text}{f}) - n * {lo_text}{f};
  const T rr = r * r, q = r + rr * {_horner(P, "r", "rr", f)};
  const T half = n * 0.5{f} + PK_BIASED, m = half - PK_BIASED;
  pk_parts c; c.q = q; c.up = pk_pow2(half); c.down = pk_pow2((n - m) + PK_BIASED); c.back = pk_pow2((m - n) + PK_BIASED);
  return c;
}}
static inline T pk_above(T x) {{ return x < {low}.0{f} ? {low}.0{f} : x; }}
static inline T pk_within(T x) {{ x = pk_above(x); return x > {high}.0{f} ? {high}.0{f} : x; }}
static inline T pk_exp(T x) {{ const pk_parts c = pk_core(pk_within(x)); return c.down * (c.up * c.q + c.up); }}
static inline T pk_exp_nonpositive(T x) {{ const pk_parts c = pk_core(pk_above(x)); return c.down * (c.up * c.q + c.up); }}
static inline T pk_expm1(T x) {{ const pk_parts c = pk_core(pk_within(x)); return c.down * (c.up * c.q + (c.up - c.back)); }}
static inline T pk_log1p01(T x) {{ /* log(1 + x) for 0 <= x <= 1 */
  const T k = x > 0.41421356{f} ? 1.0{f} : 0.0{f};
  const T y = x > 0.41421356{f} ? (x - 1.0{f}) * 0.5{f} : x;
  const T s = y / (2.0{f} + y), z = s * s, zz = z * z;
  return k * {ln2_text}{f} + (2.0{f} * s + s * z * {_horner(Q, "z", "zz", f)});
}}
{plain}
static inline T pk_Abs(T x) {{ return fabs{f}(x); }}
static inline T pk_arctan(T x) {{ return atan{f}(x); }}
static inline T pk_arsinh(T x) {{ return asinh{f}(x); }}
static inline T pk_pow(T x, T y) {{ return pow{f}(x, y); }}
static inline T pk_th(T x) {{ /* expm1(u)/(1 + exp(u)), u = -2 |x|; away from n = 0, exp(u) < 0.71 may be taken from 1 */
  const T u = -2.0{f} * fabs{f}(x), e = pk_exp_nonpositive(u);
  const T m = u > {half_text}{f} ? pk_core(pk_above(u)).q : e - 1.0{f};
  return copysign{f}(m * (1.0{f}/(1.0{f} + e)), x);
}}
static inline T pk_hyp(T u, T c) {{ const T s = fabs{f}(u); return s < {huge!r}{f} ? sqrt{f}(u * u + c) : s; }}
static inline T pk_rhypot(T u, T c) {{ return 1.0{f}/pk_hyp(u, c); }}
static inline T pk_unit(T u, T c) {{ return u/pk_hyp(u, c); }}
static inline T pk_clamp(T x, T low, T high) {{ x = x < low ? low : x; return x > high ? high : x; }}
static inline T pk_inside(T value, T x, T low, T high) {{ return x >= low && x <= high ? value : (T)NAN; }}
{_powers()}
"""
