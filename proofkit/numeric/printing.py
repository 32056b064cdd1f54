"""Machine expressions as numpy functions and as C."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy as sp
from sympy.printing.c import C99CodePrinter
from sympy.printing.numpy import NumPyPrinter

from proofkit.numeric import stable


def machine_constants(e: Any, dtype: str) -> Any:
    """Numbers that are not rational become 20-digit floats; HUGE becomes the bound of the dtype."""
    e = e.xreplace({stable.HUGE: sp.Float(float(np.sqrt(np.finfo(dtype).max)) / 4, 20)})

    def go(x: Any) -> Any:
        if isinstance(x, sp.Rational | sp.Symbol | sp.Float) or x in (sp.true, sp.false):
            return x
        if isinstance(x, sp.Expr) and x.is_number:
            return sp.Float(x.evalf(20), 20)
        if not x.args:
            return x
        args = [go(a) for a in x.args]
        return sp.exp(args[0], evaluate=False) if isinstance(x, sp.exp) else x.func(*args)

    return go(e)


def powers(text: str, exponent: int) -> str:
    """text^exponent for a name, by repeated squaring."""
    if exponent == 1:
        return text
    half = powers(text, exponent // 2)
    square = f"({half}*{half})"
    return f"({square}*{text})" if exponent % 2 else square


class _NumPy(NumPyPrinter):
    """np.where for a Piecewise, multiplications for integer powers, plain numbers for constants (so float32 stays float32)."""

    def _print_Piecewise(self, expr: Any) -> str:
        *cases, (last, _) = expr.args
        out = self._print(last)
        for value, condition in reversed(cases):
            out = f"where({self._print(condition)}, {self._print(value)}, {out})"
        return out

    def _print_Pow(self, expr: Any, rational: bool = False, sqrt: str = "sqrt") -> str:
        base, exponent = expr.args
        if exponent == sp.Rational(1, 2):
            return f"sqrt({self._print(base)})"
        if exponent == sp.Rational(-1, 2):
            return f"(1.0/sqrt({self._print(base)}))"
        if exponent.is_Integer and exponent < 0:
            # The inverse first: a power of the base may overflow where the result does not vanish.
            return f"(1.0/({self._print(base)}))" if exponent == -1 else f"powi(1.0/({self._print(base)}), {int(-exponent)})"
        if exponent.is_Integer and exponent <= 64 and base.is_Symbol:
            return powers(self._print(base), int(exponent))
        if exponent.is_Integer and exponent <= 64:
            return f"powi({self._print(base)}, {int(exponent)})"
        if (2 * exponent).is_Integer and exponent > 0:
            return f"powi(sqrt({self._print(base)}), {int(2 * exponent)})"
        return f"({self._print(base)})**({self._print(exponent)})"

    def _print_Mul(self, expr: Any) -> str:
        # One factor after the other: a product of denominators could overflow where the quotients do not.
        coefficient, rest = expr.as_coeff_Mul()
        parts = [f"({self._print(f)})" for f in rest.as_ordered_factors()]
        head = "-" if coefficient == -1 else "" if coefficient == 1 else f"({self._print(coefficient)})*"
        return f"({head}{'*'.join(parts)})"

    def _print_Rational(self, expr: Any) -> str:
        return repr(expr.p / expr.q)

    def _print_Float(self, expr: Any) -> str:
        return repr(float(expr))

    def _print_relational(self, expr: Any, sign: str) -> str:
        return f"({self._print(expr.lhs)} {sign} {self._print(expr.rhs)})"

    def _print_GreaterThan(self, expr: Any) -> str:
        return self._print_relational(expr, ">=")

    def _print_StrictGreaterThan(self, expr: Any) -> str:
        return self._print_relational(expr, ">")

    def _print_LessThan(self, expr: Any) -> str:
        return self._print_relational(expr, "<=")

    def _print_StrictLessThan(self, expr: Any) -> str:
        return self._print_relational(expr, "<")

    def _print_And(self, expr: Any) -> str:
        return "(" + " & ".join(self._print(a) for a in expr.args) + ")"

    def _print_Or(self, expr: Any) -> str:
        return "(" + " | ".join(self._print(a) for a in expr.args) + ")"


def _powi(x: Any, exponent: int) -> Any:
    out = x
    for bit in bin(exponent)[3:]:
        out = out * out
        if bit == "1":
            out = out * x
    return out


def _hyp(u: Any, c: Any) -> Any:
    huge = float(np.sqrt(np.finfo(np.asarray(u).dtype).max)) / 4
    size = np.abs(u)
    return np.where(size < huge, np.sqrt(u * u + c), size)


def _numpy_names() -> dict[str, Any]:
    from scipy import special

    names = {name: getattr(np, name) for name in ("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "sinh", "cosh", "where")}
    return {
        **names,
        "Abs": np.abs,
        "abs": np.abs,
        "th": np.tanh,
        "arctan": np.arctan,
        "arsinh": np.arcsinh,
        "erf": special.erf,
        "erfc": special.erfc,
        "powi": _powi,
        "log1p01": np.log1p,
        "clamp": np.clip,
        "hyp": _hyp,
        "rhypot": lambda u, c: 1 / _hyp(u, c),
        "unit": lambda u, c: u / _hyp(u, c),
    }


def numpy_function(variables: Sequence[Any], exprs: Sequence[Any], dtype: str) -> Callable[..., tuple[Any, ...]]:
    """exprs as one numpy function of arrays of the dtype (lambdify, common subexpressions computed once).

    Overflow inside a branch that is not taken raises no warning.
    """
    names = _numpy_names()
    printer = _NumPy({"fully_qualified_modules": False, "inline": True, "allow_unknown_functions": True, "user_functions": {n: n for n in names}})
    raw = sp.lambdify(list(variables), list(exprs), [names, "numpy"], printer=printer, cse=True)
    kind = np.dtype(dtype)

    def function(*arrays: Any) -> tuple[Any, ...]:
        with np.errstate(all="ignore"):
            return tuple(np.asarray(value, kind) if np.shape(value) == np.shape(arrays[0]) else value for value in raw(*arrays))

    return function


class CPrinter(C99CodePrinter):
    """C with ternaries for a Piecewise and multiplications for powers; calls go to the functions of the prelude."""

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
        # One factor after the other: a product of denominators could overflow where the quotients do not.
        coefficient, rest = expr.as_coeff_Mul()
        parts = [f"({self._print(f)})" for f in rest.as_ordered_factors()]
        head = "-" if coefficient == -1 else "" if coefficient == 1 else f"({self._print(coefficient)})*"
        return f"({head}{'*'.join(parts)})"

    def _print_Rational(self, expr: Any) -> str:
        return repr(expr.p / expr.q)

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
    lines = [f"{indent}const T {symbol} = {printer.doprint(e)};" for symbol, e in shared if not isinstance(e, sp.logic.boolalg.Boolean)]
    if any(isinstance(e, sp.logic.boolalg.Boolean) for _, e in shared):
        lines = [f"{indent}const {'int' if isinstance(e, sp.logic.boolalg.Boolean) else 'T'} {symbol} = {printer.doprint(e)};" for symbol, e in shared]
    return lines + [f"{indent}{target} = {printer.doprint(e)};" for target, e in zip(targets, results, strict=True)]
