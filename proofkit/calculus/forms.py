"""Gradient, Hessian form and Laplacian for any loss, in index form (derived by SymPy) and in matrix
form.

The matrix form is written down here, as LaTeX beside the same formula in matrix
operations; the tests evaluate the second against the derivation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp

from proofkit.calculus import derive as D
from proofkit.calculus.losses import sympy_expression
from proofkit.losses.catalogue import resolve


@dataclass(frozen=True)
class MatrixForm:
    """A formula in matrix operations: how it is printed (line by line) and how it is computed.

    ``value(W, V, X, a, l1, l2, s1, s2, lam)`` takes W, V (p, d), X (n, d), a (p,), the
    derivatives l'_i, l''_i (n,), sigma' and sigma'' at Z = X W^T (n, p), and lambda.
    """

    head: str
    latex: tuple[str, ...]
    value: Callable[..., Any]


def _gradient(W: Any, V: Any, X: Any, a: Any, l1: Any, l2: Any, s1: Any, s2: Any, lam: Any) -> Any:
    return (a[:, None] * s1.T * l1) @ X / len(X) + lam * W


def _laplacian(W: Any, V: Any, X: Any, a: Any, l1: Any, l2: Any, s1: Any, s2: Any, lam: Any) -> Any:
    inner = l2 * ((a * s1) ** 2).sum(axis=1) + l1 * (s2 @ a)
    return ((X**2).sum(axis=1) * inner).sum() / len(X) + lam * W.size


def _hessian_form(
    W: Any, V: Any, X: Any, a: Any, l1: Any, l2: Any, s1: Any, s2: Any, lam: Any
) -> Any:
    v = X @ V.T
    return (l2 * ((a * s1) * v).sum(axis=1) ** 2 + l1 * ((s2 * v**2) @ a)).sum() / len(X) + lam * (
        V**2
    ).sum()


MATRIX_FORMS = {
    "gradient": MatrixForm(
        r"\nabla L(W)",
        (
            r"\frac1n\sum_{i=1}^n\ell'_i\,\bigl(a\odot\sigma'(Wx_i)\bigr)\,x_i^{\mathsf "
            r"T}+\lambda W",
        ),
        _gradient,
    ),
    "laplacian": MatrixForm(
        r"\Delta L(W)",
        (
            r"\frac1n\sum_{i=1}^n\|x_i\|^2\Bigl(\ell''_i\,\|a\odot\sigma'(Wx_i)\|^2+\ell'_i\,\langle "
            r"a,\sigma''(Wx_i)\rangle\Bigr)+\lambda\,pd",
        ),
        _laplacian,
    ),
    "hessian_form": MatrixForm(
        r"\nabla^2L(W)[V,V]",
        (
            r"\frac1n\sum_{i=1}^n\ell''_i\,\langle a\odot\sigma'(Wx_i),Vx_i\rangle^2",
            r"\quad+\frac1n\sum_{i=1}^n\ell'_i\,\langle "
            r"a\odot\sigma''(Wx_i),(Vx_i)^{\odot2}\rangle+\lambda\|V\|_F^2",
        ),
        _hessian_form,
    ),
}

_ORDER = (D.lam, D.ell2, D.ell1, D.a, D.sigma1, D.sigma2, D.sigma0, D.x, D.W, D.V)
_Z, _V = sp.IndexedBase("z", real=True), sp.IndexedBase("v", real=True)


def _rank(factor: Any) -> tuple[int, str]:
    base = factor.as_base_exp()[0]
    head = (
        base.base
        if isinstance(base, sp.Indexed)
        else base.func
        if isinstance(base, sp.Function)
        else base
    )
    known = [k for k, item in enumerate(_ORDER) if head == item]
    # Sums come last: they bind everything to their right.
    return (
        known[0] if known else len(_ORDER) + isinstance(base, sp.Sum),
        sp.default_sort_key(base).__repr__(),
    )


def _print(e: Any) -> str:
    """A summand in the order a reader expects: loss, outer weight, activation, data."""
    if isinstance(e, sp.Add):
        return "+".join(
            _print(t) for t in sorted(e.args, key=lambda t: _rank(sp.Mul.make_args(t)[-1]))
        ).replace("+-", "-")
    if isinstance(e, sp.Sum):
        limits = "".join(
            rf"\sum_{{{sp.latex(v)}={sp.latex(lo)}}}^{{{sp.latex(hi)}}}" for v, lo, hi in e.limits
        )
        return limits + _print(e.function)
    if isinstance(e, sp.Mul):
        number, rest = e.as_coeff_Mul()
        if number != 1:
            return ("-" if number == -1 else sp.latex(number)) + _print(rest)
        return r"\,".join(_print(f) for f in sorted(sp.Mul.make_args(e), key=_rank))
    if isinstance(e, sp.Pow) and e.exp == 2:
        inner = _print(e.base)
        if isinstance(e.base, sp.Sum):
            return rf"\Bigl({inner}\Bigr)^2"
        head, _, subscript = inner.partition("_")
        return (
            f"{head}^2_{subscript}"
            if isinstance(e.base, sp.Indexed)
            else inner.replace("(", "^2(", 1)
        )
    if isinstance(e, sp.Indexed):
        return f"{sp.latex(e.base)}_{{{''.join(sp.latex(k) for k in e.indices)}}}"
    if isinstance(e, D.ell1 | D.ell2):
        return r"\ell'_i" if isinstance(e, D.ell1) else r"\ell''_i"
    if isinstance(e, D.sigma1 | D.sigma2):
        return rf"\sigma{chr(39) * (1 + isinstance(e, D.sigma2))}({_print(e.args[0])})"
    return str(sp.latex(e))


def _shorten(e: Any) -> Any:
    """z_ij and v_ij for the sums over the features."""

    def sums(left: Any, row: Any) -> Any:
        return sp.Sum(left[row, D.k] * D.x[D.i, D.k], (D.k, 1, D.d))

    # Structural replacement: subs refuses to touch sums over bound indices.
    return e.xreplace(
        {sums(D.W, D.j): _Z[D.i, D.j], sums(D.W, D.J): _Z[D.i, D.J], sums(D.V, D.j): _V[D.i, D.j]}
    )


def _terms(e: Any) -> list[str]:
    """The terms of a sum, with 1/n and lambda in front of the sums over the data."""
    out = []
    for term in sp.Add.make_args(_shorten(e).expand(func=False, multinomial=False)):
        for t in _separate(term):
            coefficient, sums = t.as_independent(sp.Sum, as_Add=False)
            front = {1 / D.n: r"\frac1n"}.get(coefficient)
            if not isinstance(sums, sp.Sum):
                out.append(_print(t))
            elif front is not None:
                out.append(front + _print(sums))
            else:
                out.append(("" if coefficient == 1 else _print(coefficient)) + _print(sums))
    # The data first, the regulariser last; the curvature of the loss before its slope.
    out.sort(key=lambda text: (not text.startswith(r"\frac1n"), r"\ell''" not in text, text))
    return [out[0], *(t if t.startswith("-") else "+" + t for t in out[1:])]


def _separate(term: Any) -> list[Any]:
    """A multiple of a sum over several terms as several sums; numbers in front."""
    coefficient, sums = term.as_independent(sp.Sum, as_Add=False)
    if isinstance(sums, sp.Add):
        return [p for t in sums.args for p in _separate(coefficient * t)]
    if not isinstance(sums, sp.Sum):
        return [term]
    body = sp.expand_mul(sums.function)
    out = []
    for part in sp.Add.make_args(body):
        number, rest = part.as_coeff_Mul()
        out.append(coefficient * number * sp.Sum(rest, *sums.limits))
    return out


def index_forms() -> dict[str, list[str]]:
    """LaTeX of the derived index forms for an arbitrary loss, term by term, each with its sign.

    z_ij = <w_j, x_i>, v_ij = <V_j, x_i>; the Laplacian is the summand over J and K.
    """
    derived = D.derive(D.ABSTRACT)
    return {
        "gradient": _terms(derived.gradient),
        "laplacian": _terms(derived.laplacian.function),
        "hessian_form": _terms(derived.hessian_form),
    }


def loss_derivatives(loss: str) -> tuple[str, str, str]:
    """LaTeX of l, l' and l'' in f for a loss of the table, by SymPy."""
    f, y = sp.symbols("f y", real=True)
    value = sympy_expression(resolve(loss), f, y)
    first = sp.diff(value, f)
    second = sp.diff(first, f)
    return (
        sp.latex(value),
        sp.latex(sp.simplify(first)),
        sp.latex(sp.factor(sp.simplify(second))),
    )
