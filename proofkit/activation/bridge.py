"""Between expression trees and SymPy (imported only when a SymPy object is wanted)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from proofkit.errors import InputError, ParseError, quoted
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import Node

if TYPE_CHECKING:
    import sympy


LARGEST_POWER = 10_000


def to_sympy(root: Node, z: sympy.Expr | None = None) -> sympy.Expr:
    """The SymPy expression of a tree, in the real symbol z (or the expression given for it).

    Raises InputError for a number that SymPy would write out with millions of digits.
    """
    import sympy

    variable = sympy.Symbol("z", real=True) if z is None else z
    value: dict[Node, Any] = {}
    functions = {"Abs": sympy.Abs, "Max": sympy.Max, "Min": sympy.Min}
    for node in terms.walk(root):
        a = [value[x] for x in node.args]
        if node.op == "z":
            out: Any = variable
        elif node.op == "pi":
            out = sympy.pi
        elif node.op == "name":
            out = sympy.Symbol(str(node.value), positive=True)
        elif node.op == "num":
            out = sympy.Rational(node.rational.numerator, node.rational.denominator)
        elif node.op == "add":
            out = a[0] + a[1]
        elif node.op == "sub":
            out = a[0] - a[1]
        elif node.op == "neg":
            out = -a[0]
        elif node.op == "mul":
            out = a[0] * a[1]
        elif node.op == "div":
            out = a[0] / a[1]
        elif node.op == "pow":
            out = a[0] ** sympy.Rational(node.rational.numerator, node.rational.denominator)
        elif node.op == "exp" and _written_out(node.args[0]):
            raise InputError(f"{str(node)[:40]} is too large to be written out, as SymPy would do")
        else:
            out = (functions.get(node.op) or getattr(sympy, node.op))(*a)
        value[node] = out
    return value[root]


def _written_out(exponent: Node) -> bool:
    """True when SymPy may make a power of a whole number, with millions of digits, of
    exp(exponent).

    That is its way with exp(c log(m)), and no time limit interrupts it.
    """
    nodes = list(terms.walk(exponent))
    logarithms = any(n.op == "log" and n.is_constant for n in nodes)
    return logarithms and any(n.op == "num" and abs(n.rational) > LARGEST_POWER for n in nodes)


def from_sympy(expr: sympy.Expr) -> Node:
    """The tree of a SymPy expression in one free symbol; InputError for what the grammar lacks."""
    import sympy

    free = sorted(expr.free_symbols, key=str)
    if len(free) > 1:
        raise InputError(
            f"an activation has one variable, but this expression has "
            f"{', '.join(map(str, free))}; substitute the others"
        )
    known = {
        f: f.__name__
        for f in (
            sympy.log,
            sympy.tanh,
            sympy.sinh,
            sympy.cosh,
            sympy.sin,
            sympy.cos,
            sympy.atan,
            sympy.asinh,
            sympy.erf,
            sympy.erfc,
            sympy.Abs,
        )
    }

    def go(e: sympy.Basic) -> Node:
        if isinstance(e, sympy.Symbol):
            return terms.Z
        if isinstance(e, sympy.Rational):
            return terms.num(Fraction(int(e.p), int(e.q)))
        if isinstance(e, sympy.Float):
            raise InputError(
                f"the floating-point number {e} in an expression is not exact; write it as a "
                f"rational"
            )
        if e is sympy.pi:
            return terms.PI
        if e is sympy.E:
            return terms.call("exp", terms.ONE)
        if isinstance(e, sympy.Add | sympy.Mul):
            make = terms.add if isinstance(e, sympy.Add) else terms.mul
            args = [go(a) for a in e.args]
            out = args[0]
            for a in args[1:]:
                out = make(out, a)
            return out
        if isinstance(e, sympy.exp):
            return terms.call("exp", go(e.args[0]))
        if isinstance(e, sympy.Pow):
            base, exponent = e.args
            if isinstance(exponent, sympy.Rational):
                return terms.power(go(base), Fraction(int(exponent.p), int(exponent.q)))
            if base is sympy.E:
                return terms.call("exp", go(exponent))
            if base.is_positive and not base.free_symbols:
                return terms.call("exp", terms.mul(go(exponent), terms.call("log", go(base))))
        if isinstance(e, sympy.Max | sympy.Min):
            args = [go(a) for a in e.args]
            out = args[0]
            for a in args[1:]:
                out = Node(type(e).__name__, (out, a))
            return out
        if e.func in known:
            return terms.call(known[e.func], go(e.args[0]))
        raise InputError(
            f"{quoted(e)} is outside the grammar of activations; see `proofkit bounds --help`"
        )

    return go(sympy.sympify(expr, strict=True))


def typed(expr: sympy.Expr) -> Node:
    """The tree of a SymPy expression in one symbol as if it had been typed in: that of what SymPy
    prints, with z for the symbol.

    So an activation given in SymPy and the same given as text have the same certificate.  Raises
    InputError for what the grammar lacks.

    >>> import sympy
    >>> t = sympy.Symbol("t")
    >>> str(typed(t / (1 + sympy.exp(-t))))
    'z/(1 + exp(-z))'
    """
    import sympy
    from sympy.printing.str import StrPrinter

    class Printer(StrPrinter):
        def _print_Exp1(self, expr: sympy.Expr) -> str:
            return "exp(1)"

    try:
        # Every node is looked at before it is printed: a function of the user's own that is called
        # exp is not exp.
        from_sympy(expr)
        z = sympy.Symbol("z")
        return parse(Printer().doprint(expr.xreplace(dict.fromkeys(expr.free_symbols, z))))
    except ParseError as error:
        reason = str(error).partition(": ")[2]
    except RecursionError:
        reason = "it is nested too deeply"
    except (ValueError, ZeroDivisionError) as error:
        reason = str(error)
    raise InputError(f"the SymPy expression cannot be used as an activation: {reason}") from None
