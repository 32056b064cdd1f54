"""Machine expressions as numpy functions and as C."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
from sympy.printing.c import C99CodePrinter
from sympy.printing.printer import Printer

from proofkit.errors import InputError, InternalError
from proofkit.numeric import stable


def machine_constants(e: Any, dtype: str) -> Any:
    """Numbers that are not rational become 20-digit floats; HUGE becomes the bound of the dtype."""
    e = e.xreplace({stable.HUGE: sp.Float(float(np.sqrt(np.finfo(dtype).max)) / 4, 20)})

    def go(x: Any) -> Any:
        if isinstance(x, sp.Rational | sp.Symbol | sp.Float) or x in (sp.true, sp.false):
            return x
        if isinstance(x, sp.Expr) and x.is_number:
            return sp.Float(stable.meaning(x).evalf(20), 20)
        if not x.args:
            return x
        args = [go(a) for a in x.args]
        if isinstance(x, sp.ITE):
            # SymPy makes these of a Piecewise in a condition; no backend has them.
            condition, yes, no = args
            return sp.Or(sp.And(condition, yes), sp.And(sp.Not(condition), no)).to_nnf()
        return sp.exp(args[0], evaluate=False) if isinstance(x, sp.exp) else x.func(*args)

    return go(e)


def powers(text: str, exponent: int) -> str:
    """text^exponent for a name, by repeated squaring."""
    if exponent == 1:
        return text
    half = powers(text, exponent // 2)
    square = f"({half}*{half})"
    return f"({square}*{text})" if exponent % 2 else square


_UFUNCS = {
    name: name
    for name in (
        "exp",
        "expm1",
        "log",
        "log1p",
        "sin",
        "cos",
        "sinh",
        "cosh",
        "erf",
        "erfc",
        "arctan",
    )
}
_UFUNCS |= {"Abs": "absolute", "th": "tanh", "arsinh": "arcsinh", "log1p01": "log1p"}
_RELATIONS = {">": "greater", ">=": "greater_equal", "<": "less", "<=": "less_equal"}


def _quotient(p: int, q: int) -> float:
    """p/q as the nearest float; InputError where that is infinite."""
    try:
        return p / q
    except OverflowError:
        raise InputError(
            "the activation, the loss or a derivative of theirs has a number beyond floating point, "
            "in which runs are computed; give smaller numbers"
        ) from None


class _NumPy(Printer):
    """Calls of ufuncs, each with the buffer that its result goes to: ``add(exp(x, out=buffer[0]),
    1.0, out=buffer[0])``.

    A result is written over its first operand where that is a temporary.  Operands are printed in
    the order in which Python evaluates them: a buffer given back may be taken by whatever comes
    after.
    """

    def __init__(self) -> None:
        super().__init__()
        self.count, self.masks = 0, 0
        self._free: list[int] = []
        self._owned: dict[str, int] = {}

    def _take(self, *operands: str) -> tuple[int, list[int]]:
        """A free buffer, and those of the operands, which are free after it."""
        own = [self._owned.pop(text) for text in operands if text in self._owned]
        if self._free:
            return self._free.pop(), own
        self.count += 1
        return self.count - 1, own

    def _fresh(self, name: str, *operands: str, spare: str = "") -> str:
        """A call whose result must not overwrite an operand."""
        out, own = self._take(*operands)
        self._free += own
        text = f"{name}({', '.join(operands)}, out=buffer[{out}]{spare})"
        self._owned[text] = out
        return text

    def _call(self, name: str, *operands: str) -> str:
        if not any(text in self._owned for text in operands):
            return self._fresh(name, *operands)
        out, *others = [self._owned.pop(text) for text in operands if text in self._owned]
        self._free += others
        text = f"{name}({', '.join(operands)}, out=buffer[{out}])"
        self._owned[text] = out
        return text

    def _mask(self, name: str, *operands: str) -> str:
        self._free += [self._owned.pop(text) for text in operands if text in self._owned]
        self.masks += 1
        return f"{name}({', '.join(operands)}, out=mask[{self.masks - 1}])"

    def _print_Symbol(self, expr: Any) -> str:
        return expr.name

    def _print_Rational(self, expr: Any) -> str:
        return repr(_quotient(expr.p, expr.q))

    def _print_Float(self, expr: Any) -> str:
        return repr(float(expr))

    _print_Integer = _print_Zero = _print_One = _print_NegativeOne = _print_Half = _print_Rational

    def _print_int(self, expr: int) -> str:
        return repr(float(expr))

    def _print_Add(self, expr: Any) -> str:
        first, *rest = sorted(expr.as_ordered_terms(), key=lambda t: t.could_extract_minus_sign())
        out = self._print(first)
        for term in rest:
            minus = term.could_extract_minus_sign()
            out = self._call(
                "subtract" if minus else "add", out, self._print(-term if minus else term)
            )
        return out

    def _print_Mul(self, expr: Any) -> str:
        # One factor after the other: a product of denominators could overflow where the quotients
        # do not.
        coefficient, rest = expr.as_coeff_Mul()
        out = "" if coefficient in (1, -1) else self._print(coefficient)
        for factor in rest.as_ordered_factors():
            if factor.is_Pow and factor.args[1] == -1:
                out = self._call("divide", out or "1.0", self._print(factor.args[0]))
            else:
                text = self._print(factor)
                out = self._call("multiply", out, text) if out else text
        return self._call("negative", out) if coefficient == -1 else out

    def _print_Pow(self, expr: Any) -> str:
        base, exponent = expr.args
        text = self._print(base)
        if exponent.is_Integer and exponent < 0:
            # The inverse first: a power of the base may overflow where the result does not vanish.
            text, exponent = self._call("divide", "1.0", text), -exponent
        if exponent == sp.Rational(-1, 2):
            return self._call("divide", "1.0", self._call("sqrt", text))
        if (2 * exponent).is_Integer and 0 < exponent <= 64:
            if not exponent.is_Integer:
                text, exponent = self._call("sqrt", text), 2 * exponent
            return (
                text
                if exponent == 1
                else self._call("square", text)
                if exponent == 2
                else self._fresh("powi", text, str(int(exponent)))
            )
        return self._call("power", text, self._print(exponent))

    def _print_Function(self, expr: Any) -> str:
        name, args = type(expr).__name__, expr.args
        if name in _UFUNCS:
            return self._call(_UFUNCS[name], self._print(args[0]))
        if name.startswith("lookup_"):
            return self._fresh(name, self._print(args[0]))
        if name == "inside":
            return self._fresh(name, *(self._print(a) for a in args))
        if name == "clamp":
            low = self._call("maximum", self._print(args[0]), self._print(args[1]))
            return self._call("minimum", low, self._print(args[2]))
        if name == "hyp":
            u, c = self._print(args[0]), self._print(args[1])
            spare, _ = self._take()
            self.masks += 1
            out = self._fresh(
                "hyp", u, c, spare=f", spare=buffer[{spare}], small=mask[{self.masks - 1}]"
            )
            self._free.append(spare)
            return out
        if name in ("rhypot", "unit"):
            over = "1.0" if name == "rhypot" else self._print(args[0])
            return self._call("divide", over, self._print(stable.hyp(*args)))
        raise InternalError(f"numpy has no {name} here")

    _print_exp = _print_log = _print_sin = _print_cos = _print_sinh = _print_cosh = _print_Abs = (
        _print_erf
    ) = _print_erfc = _print_Function

    def _print_Piecewise(self, expr: Any) -> str:
        *cases, (last, _) = expr.args
        out = self._print(last)
        for value, condition in reversed(cases):
            texts = out, self._print(condition), self._print(value)
            # Over the other value where that is a temporary, never over this one.
            out = (
                self._call("select", *texts)
                if out in self._owned
                else self._fresh("select", *texts)
            )
        return out

    def _print_Relational(self, expr: Any) -> str:
        return self._mask(_RELATIONS[expr.rel_op], self._print(expr.lhs), self._print(expr.rhs))

    def _connect(self, name: str, expr: Any) -> str:
        first, *rest = (self._print(a) for a in expr.args)
        for text in rest:
            first = self._mask(name, first, text)
        return first

    def _print_And(self, expr: Any) -> str:
        return self._connect("logical_and", expr)

    def _print_Or(self, expr: Any) -> str:
        return self._connect("logical_or", expr)

    def emptyPrinter(self, expr: Any) -> str:
        """Whatever has no method above."""
        raise InternalError(f"numpy has no {type(expr).__name__} here")


def _select(other: Any, condition: Any, value: Any, out: Any) -> Any:
    if out is not other:
        np.copyto(out, other)
    np.copyto(out, value, where=condition)
    return out


def _powi(x: Any, exponent: int, out: Any) -> Any:
    np.copyto(out, x)
    for bit in bin(exponent)[3:]:
        np.multiply(out, out, out)
        if bit == "1":
            np.multiply(out, x, out)
    return out


def _hyp(u: Any, c: Any, out: Any, spare: Any, small: Any) -> Any:
    huge = float(np.sqrt(np.finfo(out.dtype).max)) / 4
    np.multiply(u, u, spare)
    np.add(spare, c, spare)
    np.sqrt(spare, spare)
    np.absolute(u, out)
    np.less(out, huge, small)
    np.copyto(out, spare, where=small)
    return out


def _inside(value: Any, z: Any, low: float, high: float, out: Any) -> Any:
    np.copyto(out, value)
    out[~((z >= low) & (z <= high))] = np.nan
    return out


def _numpy_names() -> dict[str, Any]:
    from scipy import special

    plain = (
        "add",
        "subtract",
        "multiply",
        "divide",
        "negative",
        "square",
        "power",
        "sqrt",
        "maximum",
        "minimum",
        "logical_and",
        "logical_or",
    )
    ufuncs = {*_UFUNCS.values(), *_RELATIONS.values(), *plain}
    own = {
        "erf": special.erf,
        "erfc": special.erfc,
        "powi": _powi,
        "hyp": _hyp,
        "select": _select,
        "inside": _inside,
    }
    return {**{name: getattr(np, name) for name in ufuncs - own.keys()}, **own}


@dataclass(frozen=True)
class Elementwise:
    """Expressions as one numpy function: ``raw(buffer, mask, *arrays)`` puts everything it computes
    into the buffers it is given.
    """

    raw: Callable[..., tuple[Any, ...]]
    buffers: int
    masks: int
    dtype: str

    def workspace(self, shape: tuple[int, ...]) -> tuple[list[Any], list[Any]]:
        """Buffers and masks for values of a shape."""
        return [np.empty(shape, self.dtype) for _ in range(self.buffers)], [
            np.empty(shape, bool) for _ in range(self.masks)
        ]

    def __call__(self, *arrays: Any) -> tuple[Any, ...]:
        """The values in arrays of their own; overflow inside a branch that is not taken raises no
        warning.
        """
        work = self.workspace(np.broadcast_shapes(*(np.shape(a) for a in arrays)))
        with np.errstate(all="ignore"):
            return self.raw(*work, *arrays)


def numpy_function(variables: Sequence[Any], exprs: Sequence[Any], dtype: str) -> Elementwise:
    """exprs as one function of arrays of the dtype (lambdify, common subexpressions computed once)."""
    printer = _NumPy()
    arguments = [sp.Symbol("buffer"), sp.Symbol("mask"), *variables]
    tables = {
        type(e).__name__: e.table for expr in exprs for e in sp.sympify(expr).atoms(stable.Lookup)
    }
    names = {**_numpy_names(), **tables}
    raw = sp.lambdify(arguments, list(exprs), [names], printer=printer, cse=True)
    return Elementwise(raw, printer.count, printer.masks, dtype)


class CPrinter(C99CodePrinter):
    """C with ternaries for a Piecewise and multiplications for powers; calls go to the functions of
    the prelude.
    """

    def _print_Piecewise(self, expr: Any) -> str:
        *cases, (last, _) = expr.args
        out = self._print(last)
        for value, condition in reversed(cases):
            out = f"(({self._print(condition)}) ? ({self._print(value)}) : ({out}))"
        return out

    def _print_Pow(self, expr: Any) -> str:
        base, exponent = expr.args
        text = self._print(base)
        if exponent.is_Rational and exponent < 0:
            if exponent.is_Integer and exponent < -1:
                return f"pk_p{int(-exponent)}(1.0/({text}))"
            return f"(1.0/{self._print_Pow(sp.Pow(base, -exponent, evaluate=False)) if exponent != -1 else f'({text})'})"
        if exponent == sp.Rational(1, 2):
            return f"pk_sqrt({text})"
        if exponent.is_Integer and 1 < exponent <= 64:
            return powers(text, int(exponent)) if base.is_Symbol else f"pk_p{int(exponent)}({text})"
        if (2 * exponent).is_Integer and exponent > 0:
            return f"pk_p{int(2 * exponent)}(pk_sqrt({text}))"
        return f"pk_pow({text}, {self._print(exponent)})"

    def _print_Mul(self, expr: Any) -> str:
        # One factor after the other: a product of denominators could overflow where the quotients
        # do not.
        coefficient, rest = expr.as_coeff_Mul()
        parts = [f"({self._print(f)})" for f in rest.as_ordered_factors()]
        head = (
            "-"
            if coefficient == -1
            else ""
            if coefficient == 1
            else f"({self._print(coefficient)})*"
        )
        return f"({head}{'*'.join(parts)})"

    def _print_Rational(self, expr: Any) -> str:
        return repr(_quotient(expr.p, expr.q))

    def _print_Integer(self, expr: Any) -> str:
        return f"{int(expr)}.0" if abs(int(expr)) < 2**53 else repr(float(expr))

    def _print_int(self, expr: Any) -> str:
        return f"{expr}.0"

    def _print_Float(self, expr: Any) -> str:
        return repr(float(expr))

    def _print_Function(self, expr: Any) -> str:
        return f"pk_{type(expr).__name__}({', '.join(self._print(a) for a in expr.args)})"

    def _print_exp(self, expr: Any) -> str:
        name = "pk_exp_nonpositive" if expr.args[0].is_nonpositive else "pk_exp"
        return f"{name}({self._print(expr.args[0])})"

    _print_log = _print_sin = _print_cos = _print_sinh = _print_cosh = _print_Abs = _print_Function
    _print_expm1 = _print_log1p = _print_erf = _print_erfc = _print_Function


def c_statements(targets: Sequence[str], exprs: Sequence[Any], indent: str) -> list[str]:
    """const T x0 = ...; lines for the common subexpressions, then ``target = expr`` lines."""
    printer = CPrinter()
    shared, results = sp.cse(list(exprs), symbols=sp.numbered_symbols("x_"), order="none")
    lines = [
        f"{indent}const T {symbol} = {printer.doprint(e)};"
        for symbol, e in shared
        if not isinstance(e, sp.logic.boolalg.Boolean)
    ]
    if any(isinstance(e, sp.logic.boolalg.Boolean) for _, e in shared):
        lines = [
            f"{indent}const {'int' if isinstance(e, sp.logic.boolalg.Boolean) else 'T'} "
            f"{symbol} = {printer.doprint(e)};"
            for symbol, e in shared
        ]
    return lines + [
        f"{indent}{target} = {printer.doprint(e)};"
        for target, e in zip(targets, results, strict=True)
    ]
