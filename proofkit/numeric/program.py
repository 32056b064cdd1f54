"""From the indexed formulas of the proofs to a short program over arrays.

``compile_formula`` reads an expression such as dL/dW_JK, with its nested sums
over samples i, units j and features k, and splits it into matrix products,
elementwise maps and reductions.  Backends only execute these: what is computed
is what SymPy derived.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from proofkit.calculus import derive as formulas
from proofkit.errors import InternalError

KINDS = "ijk"
_KIND_OF_LIMIT = {formulas.n: "i", formulas.p: "j", formulas.d: "k"}
SIZE = {kind: limit for limit, kind in _KIND_OF_LIMIT.items()}
_KIND_OF_INDEX = {
    formulas.i: "i",
    formulas.j: "j",
    formulas.k: "k",
    formulas.J: "j",
    formulas.K: "k",
}
SIGMA = (formulas.sigma0, formulas.sigma1, formulas.sigma2)
ELL = (formulas.ell0, formulas.ell1, formulas.ell2)


@dataclass(frozen=True)
class Array:
    """A dense array: its name and its axes, a subsequence of "ijk" (samples, units, features)."""

    name: str
    axes: str

    @property
    def symbol(self) -> sp.Symbol:
        """How it appears inside elementwise expressions."""
        return sp.Symbol(self.name, real=True)


INPUTS = {
    name: Array(name, axes)
    for name, axes in (("W", "jk"), ("V", "jk"), ("a", "j"), ("x", "ik"), ("y", "i"))
}


@dataclass(frozen=True)
class Map:
    """outs[m] = exprs[m], elementwise over the common axes of ``outs``."""

    outs: tuple[Array, ...]
    exprs: tuple[Any, ...]


@dataclass(frozen=True)
class Reduce:
    """out = the sum of ``expr`` over the kinds ``over``; the expression lives on out.axes and over."""

    out: Array
    expr: Any
    over: str


@dataclass(frozen=True)
class Product:
    """out = the sum over one kind of left times right, both with two axes: a matrix product."""

    out: Array
    left: Array
    right: Array
    over: str


@dataclass(frozen=True)
class Program:
    """Instructions in order, the last of which fills ``result``; ``arrays`` by the symbols that
    stand for them.
    """

    instructions: tuple[Map | Reduce | Product, ...]
    result: Array
    arrays: Mapping[sp.Symbol, Array]


def _ordered(kinds: set[str]) -> str:
    return "".join(kind for kind in KINDS if kind in kinds)


@dataclass
class _Builder:
    instructions: list[Any] = field(default_factory=list)
    arrays: dict[Any, Array] = field(default_factory=lambda: {a.symbol: a for a in INPUTS.values()})
    made: dict[Any, Any] = field(default_factory=dict)
    orders: tuple[int, ...] = (0, 1, 2)

    def axes(self, expr: Any) -> str:
        return _ordered(
            {kind for s in expr.free_symbols if s in self.arrays for kind in self.arrays[s].axes}
        )

    def new(self, prefix: str, axes: str) -> Array:
        array = Array(f"{prefix}{len(self.arrays)}", axes)
        self.arrays[array.symbol] = array
        return array

    def materialise(self, expr: Any) -> Any:
        """An array symbol holding the elementwise expression."""
        if expr.is_Symbol or not self.axes(expr):
            return expr
        if expr not in self.made:
            expr_in = self.hoist(expr, self.axes(expr))
            out = self.new("t", self.axes(expr))
            self.instructions.append(Map((out,), (expr_in,)))
            self.made[expr] = out.symbol
        return self.made[expr]

    def hoist(self, expr: Any, axes: str) -> Any:
        """Factors that range over fewer axes and cost a function call are computed once, not once
        per element.
        """
        if not expr.is_Mul or len(axes) < 2:
            return expr
        low = [
            f
            for f in expr.args
            if f.free_symbols
            and self.axes(f) != axes
            and len(self.axes(f)) < 2
            and not f.is_Symbol
            and self.axes(f)
        ]
        scalars = [f for f in expr.args if not self.axes(f)]
        if not low:
            return expr
        # Scalars such as 1/n travel with the shorter axis.
        first, *rest = low
        group = [f for f in rest if self.axes(f) == self.axes(first)]
        short = self.materialise(sp.Mul(first, *group, *scalars))
        return sp.Mul(short, *(f for f in expr.args if f not in (first, *group, *scalars)))

    def activation(self, order: int, argument: Any) -> Any:
        z = self.materialise(argument)
        key = ("sigma", z)
        if key not in self.made:
            axes = self.axes(z)
            outs = tuple(self.new(f"s{m}_", axes) for m in self.orders)
            self.instructions.append(Map(outs, tuple(SIGMA[m](z) for m in self.orders)))
            self.made[key] = {m: out.symbol for m, out in zip(self.orders, outs, strict=True)}
        return self.made[key][order]

    def elementwise(self, e: Any) -> Any:
        """The expression with every indexed object and every sum replaced by array symbols."""
        if isinstance(e, sp.Indexed):
            array = INPUTS[str(e.base.label)]
            if "".join(_KIND_OF_INDEX[index] for index in e.indices) != array.axes:
                raise InternalError(f"the indices of {e} are not those of {array.name}")
            return array.symbol
        if isinstance(e, sp.Sum):
            return self.total(e)
        if not e.args:
            return e
        if e.func in SIGMA:
            return self.activation(SIGMA.index(e.func), self.elementwise(e.args[0]))
        return e.func(*(self.elementwise(arg) for arg in e.args))

    def total(self, e: Any) -> Any:
        body = sp.expand_mul(e.function)
        over = [limit[0] for limit in e.limits]
        if body.is_Add:
            return sp.Add(*(self.total(sp.Sum(term, *e.limits)) for term in body.args))
        factors = []
        limits = list(e.limits)
        for factor in sp.Mul.make_args(body):
            if isinstance(factor, sp.Sum):
                free = {v for v in factor.free_symbols if v in _KIND_OF_INDEX}
                inner_body = sp.expand_mul(factor.function)
                if (
                    len(free) > 1
                    and free <= set(over)
                    and not inner_body.is_Add
                    and not {limit[0] for limit in factor.limits} & (body / factor).free_symbols
                ):
                    # sum_J sum_i g is one sum over both: which index goes first is decided in
                    # ``contract``.
                    return self.total(sp.Sum(body / factor * inner_body, *limits, *factor.limits))
            factors.append(factor)
        self.check_indices(body)
        kinds = [_KIND_OF_INDEX[limit[0]] for limit in limits]
        if any(
            limit[1] != 1 or limit[2] != SIZE[kind]
            for limit, kind in zip(limits, kinds, strict=True)
        ) or len(set(kinds)) != len(kinds):
            raise InternalError(f"a sum with unexpected limits: {limits}")
        return self.contract([self.elementwise(factor) for factor in factors], _ordered(set(kinds)))

    def check_indices(self, body: Any) -> None:
        free = [s for s in body.free_symbols if s in _KIND_OF_INDEX]
        if len({_KIND_OF_INDEX[s] for s in free}) != len(free):
            raise InternalError(f"two indices of one kind in {body}")

    def contract(self, factors: list[Any], over: str) -> Any:
        """The sum over the kinds ``over`` of the product of elementwise factors."""
        factors = [g for f in factors for g in sp.Mul.make_args(f)]
        outside = [f for f in factors if not set(self.axes(f)) & set(over)]
        inside = [f for f in factors if set(self.axes(f)) & set(over)]
        present = {kind for f in inside for kind in self.axes(f)} & set(over)
        outside += [SIZE[kind] for kind in over if kind not in present]
        if not present:
            return sp.Mul(*outside)
        union = {kind for f in inside for kind in self.axes(f)}
        if len(union) <= 2:
            return sp.Mul(*outside) * self.reduce(sp.Mul(*inside), _ordered(present))
        for kind in sorted(present):
            involved = [f for f in inside if kind in self.axes(f)]
            if len({c for f in involved for c in self.axes(f)}) <= 2:
                part = self.reduce(sp.Mul(*involved), kind)
                rest = [f for f in inside if kind not in self.axes(f)]
                return (
                    self.contract(
                        [*outside, part, *rest],
                        _ordered(set(over) - {kind}) if len(over) > 1 else "",
                    )
                    if rest or outside
                    else part
                )
        kind = min(present)
        involved = [f for f in inside if kind in self.axes(f)]
        wide = sorted({self.axes(f) for f in involved if len(self.axes(f)) == 2})
        if len(wide) != 2:
            raise InternalError(f"no matrix product computes the sum over {kind} of {involved}")
        # What lives on the summed axis alone, and scalars, join the feature side, which is the
        # shorter in wide nets;
        # what lives on the other axis of a side joins it, so that the product comes out finished.
        sides = {axes: [f for f in involved if self.axes(f) == axes] for axes in wide}
        short = max(wide)
        sides[short] += [f for f in involved if len(self.axes(f)) == 1]
        rest = [f for f in (*outside, *inside) if kind not in self.axes(f)]
        for axes in wide:
            if len(sides[axes]) > 1 or axes != short or len(sides[short]) > 1:
                local = [
                    f for f in rest if len(self.axes(f)) == 1 and set(self.axes(f)) <= set(axes)
                ]
                sides[axes] += local
                rest = [f for f in rest if f not in local]
        scalars = [f for f in rest if not self.axes(f)]
        if len(sides[short]) > 1:
            sides[short] += scalars
            rest = [f for f in rest if f not in scalars]
        left, right = (self.materialise(sp.Mul(*sides[axes])) for axes in wide)
        axes = _ordered((set(wide[0]) | set(wide[1])) - {kind})
        key = ("product", left, right, kind)
        if key not in self.made:
            out = self.new("m", axes)
            self.instructions.append(Product(out, self.arrays[left], self.arrays[right], kind))
            self.made[key] = out.symbol
        return self.contract([*rest, self.made[key]], _ordered(present - {kind}))

    def reduce(self, expr: Any, over: str) -> Any:
        key = ("reduce", expr, over)
        if key not in self.made:
            expr_in = self.hoist(expr, self.axes(expr))
            out = self.new("r", _ordered(set(self.axes(expr)) - set(over)))
            self.instructions.append(Reduce(out, expr_in, over))
            self.made[key] = out.symbol
        return self.made[key]


def _used_orders(e: Any) -> tuple[int, ...]:
    return tuple(m for m, head in enumerate(SIGMA) if e.has(head))


def compile_formula(e: Any) -> Program:
    """The program of an indexed expression; its free indices J, K become the axes of the result.

    Raises InternalError for a formula outside sums of products over samples, units and features.
    """
    builder = _Builder(orders=_used_orders(e))
    expr = builder.elementwise(sp.expand_mul(e) if not isinstance(e, sp.Sum) else e)
    axes = builder.axes(expr)
    result = builder.new("out", axes)
    builder.instructions.append(Map((result,), (expr,)))
    return Program(tuple(builder.instructions), result, dict(builder.arrays))
