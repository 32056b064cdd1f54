"""The objective for symbolic n, p, d, differentiated by SymPy.

    L(W) = (1/n) sum_i l(f_i, y_i) + (lambda/2) ||W||_F^2,
    f_i  = sum_j a_j sigma(sum_k W_jk x_ik).

sigma stays a symbol whose derivatives are sigma', sigma'', so one derivation
serves every activation; the cross-checks then insert the concrete one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import sympy as sp
from sympy.core.function import ArgumentIndexError

from proofkit.activation.bridge import to_sympy
from proofkit.calculus.losses import sympy_expression
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.univariate.terms import KINKED, Node, walk
from proofkit.losses.catalogue import resolve


class sigma2(sp.Function):  # noqa: N801 - named as printed
    """The second derivative of the activation."""

    nargs = 1

    def _latex(self, printer: Any, exp: Any = None) -> str:
        return _wrap(r"\sigma''", printer._print(self.args[0]), exp)


class sigma1(sp.Function):  # noqa: N801
    """The first derivative of the activation."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> Any:
        """sigma''."""
        return sigma2(self.args[0])

    def _latex(self, printer: Any, exp: Any = None) -> str:
        return _wrap(r"\sigma'", printer._print(self.args[0]), exp)


class sigma0(sp.Function):  # noqa: N801
    """The activation, kept abstract."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> Any:
        """sigma'."""
        return sigma1(self.args[0])

    def _latex(self, printer: Any, exp: Any = None) -> str:
        return _wrap(r"\sigma", printer._print(self.args[0]), exp)


class ell2(sp.Function):  # noqa: N801
    """The second derivative of the loss in f."""

    nargs = 2


class ell1(sp.Function):  # noqa: N801
    """The first derivative of the loss in f."""

    nargs = 2

    def fdiff(self, argindex: int = 1) -> Any:
        """l'' (y is data: nothing differentiates in it)."""
        if argindex != 1:
            raise ArgumentIndexError(self, argindex)
        return ell2(*self.args)


class ell0(sp.Function):  # noqa: N801
    """The loss l(f, y), kept abstract."""

    nargs = 2

    def fdiff(self, argindex: int = 1) -> Any:
        """l'."""
        if argindex != 1:
            raise ArgumentIndexError(self, argindex)
        return ell1(*self.args)


ABSTRACT = "abstract"


def _wrap(head: str, inner: str, exp: Any) -> str:
    power = "" if exp is None else rf"^{{{exp}}}"
    return rf"{head}\left({inner}\right){power}"


n, p, d = sp.symbols("n p d", integer=True, positive=True)
i, j, k, J, K = sp.symbols("i j k J K", integer=True)
lam = sp.Symbol("lambda", real=True)
s = sp.Symbol("s", positive=True)
t = sp.Symbol("t", real=True)
W, V, a, x, y = (sp.IndexedBase(name, real=True) for name in ("W", "V", "a", "x", "y"))
_f, _y = sp.symbols("f y", real=True)


@dataclass(frozen=True)
class Derivation:
    """The objective and what SymPy derived from it, for symbolic n, p, d.

    ``gradient`` is the entry dL/dW_JK; ``hessian_form`` is the quadratic form in V.
    """

    loss: str
    objective: Any
    gradient: Any
    hessian_form: Any
    laplacian: Any
    villani: Any

    @property
    def formulas(self) -> tuple[Any, ...]:
        """All of them, in the order of the fields."""
        return self.objective, self.gradient, self.hessian_form, self.laplacian, self.villani

    def with_activation(self, root: Node) -> Derivation:
        """The same formulas with a concrete activation inserted."""
        f = insert(root)
        return Derivation(self.loss, *(f(e) for e in self.formulas))


def insert(root: Node) -> Any:
    """A function replacing sigma, sigma', sigma'' by the activation and its SymPy derivatives."""
    z = sp.Symbol("z", real=True)
    f0 = to_sympy(root, z)
    f1 = sp.diff(f0, z)
    f2 = sp.diff(f1, z)

    def go(e: Any) -> Any:
        for head, body in ((sigma2, f2), (sigma1, f1), (sigma0, f0)):
            e = e.replace(head, sp.Lambda(z, body))
        return e

    return go


def _insert_loss(loss: Loss) -> Any:
    """A function replacing l, l', l'' by those of a loss, differentiated in a real variable: SymPy
    does not see that the output of the net is real, and Abs has no derivative in a complex one.
    """
    l0 = sympy_expression(loss, _f, _y)
    l1 = sp.diff(l0, _f)
    l2 = sp.diff(l1, _f)

    def go(e: Any) -> Any:
        for head, body in ((ell2, l2), (ell1, l1), (ell0, l0)):
            e = e.replace(head, sp.Lambda((_f, _y), body))
        return e

    return go


def _has_kinks(loss: str) -> bool:
    return loss != ABSTRACT and any(node.op in KINKED for node in walk(resolve(loss).phi))


def _loss_expression(loss: str, f: Any, target: Any) -> Any:
    return ell0(f, target) if loss == ABSTRACT else sympy_expression(resolve(loss), f, target)


def objective(loss: str, weights: Any) -> Any:
    """L with ``weights(j, k)`` for W_jk."""
    z = sp.Sum(weights(j, k) * x[i, k], (k, 1, d))
    f = sp.Sum(a[j] * sigma0(z), (j, 1, p))
    risk = sp.Sum(_loss_expression(loss, f, y[i]), (i, 1, n)) / n
    return risk + lam / 2 * sp.Sum(weights(j, k) ** 2, (j, 1, p), (k, 1, d))


def contract(e: Any) -> Any:
    """Replace sum_v g(v) delta(v, J) by g(J), for 1 <= J <= the upper limit."""
    if not e.args or not e.has(sp.KroneckerDelta):
        return e
    e = e.func(*(contract(arg) for arg in e.args))
    if not isinstance(e, sp.Sum):
        return e
    body: Any = e.function
    factors: Any = sp.Mul.make_args(body)
    if body.is_Add or any(f.is_Add and f.has(sp.KroneckerDelta) for f in factors):
        body = sp.expand_mul(body)
    if body.is_Add:
        return sp.Add(*(contract(sp.Sum(term, *e.limits)) for term in body.args))
    for limit in e.limits:
        v = limit[0]
        for factor in sp.Mul.make_args(body):
            power = factor.as_base_exp()
            delta, exponent = power
            if isinstance(delta, sp.KroneckerDelta) and v in delta.args and exponent.is_positive:
                other = delta.args[0] if delta.args[1] == v else delta.args[1]
                rest = (body / factor).subs(v, other)
                limits = [item for item in e.limits if item[0] != v]
                return contract(sp.Sum(rest, *limits)) if limits else contract(rest)
    return e


@cache
def derive(loss: str) -> Derivation:
    """Gradient, Hessian form, Laplacian and V4 expression for a loss of the catalogue, or for
    ``ABSTRACT``: any l, as l, l', l''.

    The activation stays abstract; ``with_activation`` inserts one.

    >>> derive("squared").gradient.has(sigma1), derive("squared").laplacian.has(sigma2)
    (True, True)
    """
    if _has_kinks(loss):
        abstract, insert_loss = derive(ABSTRACT), _insert_loss(resolve(loss))
        return Derivation(loss, *(insert_loss(e) for e in abstract.formulas))
    L = objective(loss, lambda jj, kk: W[jj, kk])
    gradient = contract(L.diff(W[J, K]))
    second = contract(gradient.diff(W[J, K]))
    if gradient.has(sp.KroneckerDelta) or second.has(sp.KroneckerDelta):
        raise AssertionError("a Kronecker delta was left in the derivation")
    laplacian = sp.Sum(second, (J, 1, p), (K, 1, d))
    along = objective(loss, lambda jj, kk: W[jj, kk] + t * V[jj, kk])
    hessian_form = along.diff(t).diff(t).subs(t, 0)
    villani = sp.Sum(gradient**2, (J, 1, p), (K, 1, d)) / s - laplacian
    return Derivation(loss, L, gradient, hessian_form, laplacian, villani)
