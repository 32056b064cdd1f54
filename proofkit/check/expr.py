"""Expressions in z: text to trees to tapes, and Taylor series over balls.

A tree is a tuple: ("z",) ("pi",) ("num", q) ("name", text) ("pow", tree, q) (op, tree, ...).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from functools import lru_cache, reduce
from typing import Any

from flint import arb, arb_series, ctx, fmpq

Tree = tuple[Any, ...]
Tape = list[tuple[str, tuple[int, ...], Any]]
LONGEST = 6000
ONE: Tree = ("num", fmpq(1))
FUNCTIONS = (
    "exp",
    "log",
    "sqrt",
    "tanh",
    "sinh",
    "cosh",
    "sin",
    "cos",
    "atan",
    "asinh",
    "erf",
    "erfc",
    "sigmoid",
    "softplus",
    "Abs",
)
_BINARY = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow"}


class Refused(Exception):
    """A check failed; the message says which and why."""


class Unverified(Refused):
    """What this checker cannot decide, with its own arithmetic or with what the reader gave:
    neither right nor wrong.
    """


@lru_cache(maxsize=4096)
def number(text: object) -> fmpq:
    """A rational written p, p/q or as a decimal, of bounded size; Refused otherwise."""
    pattern = r"(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]{1,4}))?(?:/([0-9]+))?"
    if isinstance(text, str) and len(text) > LONGEST:
        raise Unverified(f"a number of more than {LONGEST} digits is too long for this checker")
    if not isinstance(text, str) or not (m := re.fullmatch(pattern, text, re.ASCII)):
        raise Refused(f"{str(text)[:40]!a} is not a rational number")
    sign, whole, part, exponent, below = m.groups()
    e, bottom = int(exponent or 0), int(below or 1)
    if bottom == 0:
        raise Refused(f"{text[:40]!a} divides by zero")
    if abs(e) > 1000:
        raise Unverified(f"{text[:40]!a} is too large for this checker")
    q = fmpq(int(whole + (part or "")), bottom * 10 ** (len(part or "") + max(-e, 0))) * 10 ** max(
        e, 0
    )
    return -q if sign else q


@lru_cache(maxsize=1024)
def parse(text: str, names: frozenset[str] = frozenset()) -> Tree:
    """The tree of an expression, read with Python's own grammar and never evaluated; Refused when
    it is not one.
    """
    if not isinstance(text, str) or len(text) > 20000 or not text.isascii():
        raise Refused("an expression is no text, too long or not ASCII")
    text = text.replace("^", "**").strip()
    try:
        return _tree(ast.parse(text, mode="eval").body, text.encode(), names)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise Refused(f"{text[:40]!a} is not an expression") from None


def _tree(node: ast.expr, text: bytes, names: frozenset[str]) -> Tree:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        word = text[
            node.col_offset : node.end_col_offset
        ].decode()  # the digits themselves: a float would round them
        return ("num", number(("0" if word[0] == "." else "") + re.sub(r"\.(?![0-9])", "", word)))
    if isinstance(node, ast.Name) and (node.id in ("z", "pi") or node.id in names):
        return (node.id,) if node.id in ("z", "pi") else ("name", node.id)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        inner = _tree(node.operand, text, names)
        return make("neg", inner) if isinstance(node.op, ast.USub) else inner
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        left, right = _tree(node.left, text, names), _tree(node.right, text, names)
        if not isinstance(node.op, ast.Pow):
            return make(_BINARY[type(node.op)], left, right)
        if right[0] == "num":
            return make("pow", left, right[1])
        if left[0] == "num" and left[1] > 0:
            return ("exp", make("mul", right, ("log", left)))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        name, args = node.func.id, [_tree(a, text, names) for a in node.args]
        if name in FUNCTIONS and len(args) == 1:
            return make(name, args[0])
        if name in ("Max", "Min") and 2 <= len(args) <= 8:
            return reduce(lambda a, b: make(name, a, b), args)
    raise Refused(f"{ast.dump(node)[:60]!a} does not belong to the grammar")


def make(op: str, *a: Any) -> Tree:
    """A node, with operations on rational constants carried out."""
    if op == "sqrt":
        return make("pow", a[0], fmpq(1, 2))
    if op == "pow" and (abs(int(a[1].p)) > 64 or int(a[1].q) > 64):
        raise Unverified("an exponent is too large for this checker")
    q = [
        x[1] if isinstance(x, tuple) else x for x in a if not isinstance(x, tuple) or x[0] == "num"
    ]
    if len(q) == len(a) and (
        op in ("add", "sub", "mul", "div", "neg") or (op == "pow" and q[1].q == 1)
    ):
        if (op == "div" and q[1] == 0) or (op == "pow" and q[0] == 0 and q[1] < 0):
            raise Refused("division by zero")
        if (
            op == "pow"
            and (int(q[0].p).bit_length() + int(q[0].q).bit_length()) * abs(int(q[1].p)) > 20000
        ):
            raise Unverified("a number is too large for this checker")
        return ("num", q[0] ** int(q[1].p) if op == "pow" else arithmetic(op, q))
    if op in ("Abs", "Max", "Min") and len(q) == len(a):
        return ("num", abs(q[0]) if op == "Abs" else max(q) if op == "Max" else min(q))
    return (op, *a)


def _logarithm(u: Tree) -> Tree:
    """log(u), where u is a quotient, a product or a power as a sum: boxes and tails of that are
    sharp, those of u are not.

    Every identity holds wherever either side is defined.
    """
    if u[0] == "exp":
        return u[1]
    if u[0] in ("mul", "div") and u[1] != ONE and visibly_positive(u[1]):
        return make("add" if u[0] == "mul" else "sub", _logarithm(u[1]), _logarithm(u[2]))
    if u[0] == "mul" and visibly_positive(u[2]):
        return make("add", _logarithm(u[1]), _logarithm(u[2]))
    if u[0] == "div" and u[1] == ONE:
        return make("neg", _logarithm(u[2]))
    if u[0] == "div" and visibly_positive(u[2]):
        return make("sub", _logarithm(u[1]), _logarithm(u[2]))
    if u[0] == "pow" and visibly_positive(u[1]):
        return make("mul", ("num", u[2]), _logarithm(u[1]))
    return "log", u


def visibly_positive(t: Tree) -> bool:
    """True when the form of a tree shows that it is positive wherever it is defined."""
    op, a = t[0], [x for x in t[1:] if isinstance(x, tuple)]
    if op == "num":
        return bool(t[1] > 0)
    if op in ("mul", "div", "pow"):
        return all(visibly_positive(x) for x in a)
    if op == "add":
        return any(
            visibly_positive(x) and (visibly_positive(y) or _even_power(y)) for x, y in (a, a[::-1])
        )
    return op in ("pi", "exp", "cosh", "sigmoid", "softplus", "erfc")


def _even_power(t: Tree) -> bool:
    return bool(t[0] == "pow" and t[2].q == 1 and t[2].p % 2 == 0)


def arithmetic(op: str, a: list[Any]) -> Any:
    """One of the four operations, or the negative."""
    return (
        -a[0]
        if op == "neg"
        else a[0] + a[1]
        if op == "add"
        else a[0] - a[1]
        if op == "sub"
        else a[0] * a[1]
        if op == "mul"
        else a[0] / a[1]
    )


@lru_cache(maxsize=256)
def tape(root: Tree, apart: bool = True) -> Tape:
    """(operation, operands, exponent or number) in order, shared subtrees once; well-conditioned
    forms recognised.

    ``apart``: logarithms of products, quotients and powers become sums, for boxes and tails.
    """
    code: Tape = []
    place: dict[Tree, int] = {}

    def put(tree: Tree) -> int:
        if tree not in place:
            if apart and tree[0] == "log" and (other := _logarithm(tree[1])) != tree:
                place[tree] = put(other)
                return place[tree]
            op, a = tree[0], [x for x in tree[1:] if isinstance(x, tuple)]
            value = tree[-1] if not isinstance(tree[-1], tuple) else None
            if op == "log" and (u := exponent_of_one_plus(a[0])) is not None:
                op, a = "softplus", [u]
            elif op == "log" and a[0][0] == "cosh":
                op, a = "logcosh", [a[0][1]]
            elif op == "div" and (u := exponent_of_one_plus(a[1])) is not None:
                op, a = (
                    ("sigmoid", [u])
                    if a[0] == ("exp", u)
                    else ("mul", [a[0], ("sigmoid", make("neg", u))])
                )
            at = tuple(put(x) for x in a)
            place[tree] = len(code)
            code.append((op, at, value))
        return place[tree]

    put(root)
    return code


def exponent_of_one_plus(tree: Tree) -> Tree | None:
    """u when the tree is 1 + exp(u)."""
    for one, other in ((1, 2), (2, 1)):
        if tree[0] == "add" and tree[one] == ONE and tree[other][0] == "exp":
            return tree[other][1]
    return None


_MONOTONE: Mapping[str, Callable[[arb], arb]] = {
    **{
        name: getattr(arb, name) for name in ("exp", "tanh", "sinh", "atan", "asinh", "erf", "erfc")
    },
    "sigmoid": lambda x: 1 / (1 + (-x).exp()) if x > 0 else x.exp() / (1 + x.exp()),
    "softplus": lambda x: (-abs(x)).exp().log1p() + x.max(arb(0)),
}
_EVEN: Mapping[str, Callable[[arb], arb]] = {
    "cosh": arb.cosh,
    "logcosh": lambda x: (
        (x.sinh() * x.sinh()).log1p() / 2
        if abs(x) < 1
        else abs(x) + (-2 * abs(x)).exp().log1p() - arb(2).log()
    ),
}


def series(code: Tape, z: arb_series) -> arb_series:
    """The tape at a power series, valid at every point of the balls that are its coefficients;
    Refused where it is not defined.
    """
    before, ctx.cap = ctx.cap, z.prec
    try:
        v: list[arb_series] = []
        for op, at, value in code:
            if op in ("z", "num", "pi"):
                v.append(
                    z
                    if op == "z"
                    else arb_series([arb(value) if op == "num" else arb.pi()], prec=z.prec)
                )
            elif op in ("add", "sub", "mul", "neg"):
                v.append(arithmetic(op, [v[i] for i in at]))
            else:
                a = [v[i] for i in at]
                v.append(
                    a[0] * power(a[1], fmpq(-1))
                    if op == "div"
                    else power(a[0], value)
                    if op == "pow"
                    else function(op, a[0])
                )
        if v[-1].prec < z.prec:
            raise Unverified("a series is too short")  # further coefficients would read as zero
        return v[-1]
    except (ValueError, ZeroDivisionError) as error:
        raise Unverified(
            f"an expression cannot be evaluated on a whole interval ({error})"
        ) from None
    finally:
        ctx.cap = before


def pinned(y: arb_series, x: arb, f: Callable[[arb], arb], least: int | None = None) -> arb_series:
    """y with the value from the ends of the box x, where f is monotone, or in |x| with its least
    value at 0: boxes stay sharp.
    """
    ends = f(x) if x.is_exact() else f(x.lower()).union(f(x.upper()))
    y[0] = ends if least is None or not x.contains(0) else ends.union(arb(least))
    return y


def power(x: arb_series, e: fmpq) -> arb_series:
    """x^e."""
    n, at = int(e.p), x[0]
    if not (at > 0 or (e.q == 1 and (n > 0 or at < 0))):
        wrong = at.is_zero() or (e.q != 1 and at < 0)
        raise (Refused if wrong else Unverified)("a divisor or a root may vanish")
    if e.q == 1:
        y = x**n if n > 0 else 1 / x**-n
        return (
            y
            if at.is_exact()
            else pinned(y, at, lambda t: t**n, 0 if n > 0 and n % 2 == 0 else None)
        )
    y = x.sqrt() ** abs(n) if e.q == 2 else (x.log() * arb(abs(e))).exp()
    y = y if e > 0 else 1 / y
    return y if at.is_exact() else pinned(y, at, lambda t: t ** arb(e))


def function(op: str, x: arb_series) -> arb_series:
    """An elementary function of a series."""
    if op == "log" and not x[0] > 0:
        raise (Refused if x[0] <= 0 else Unverified)(
            "a logarithm of a number that may not be positive"
        )
    if op in ("exp", "log", "sin", "cos", "atan", "erf", "erfc"):
        y = getattr(x, op)()
    elif op in ("sinh", "cosh"):
        y = (x.exp() + (-x).exp() * (1 if op == "cosh" else -1)) / 2
    elif op in ("tanh", "sigmoid"):
        y = logistic(op, x)
    elif op in ("softplus", "logcosh", "asinh"):
        slope = (
            function("sigmoid", x)
            if op == "softplus"
            else function("tanh", x)
            if op == "logcosh"
            else power(1 + power(x, fmpq(2)), fmpq(-1, 2))
        )
        y = (x.derivative() * slope).integral() if x.prec > 1 else x + 0
    else:
        raise Unverified(f"{op} has no series here")
    if op in ("sin", "cos"):
        y[0] = y[0].max(arb(-1)).min(arb(1))
    elif op in _MONOTONE or op in _EVEN:
        y = pinned(
            y, x[0], _MONOTONE.get(op) or _EVEN[op], None if op in _MONOTONE else int(op == "cosh")
        )
    return y


def logistic(op: str, x: arb_series) -> arb_series:
    """tanh or sigmoid of a series; by its differential equation where the ball of exp(x) is so wide
    that it cannot be divided by.
    """
    try:
        return 1 - 2 / ((x + x).exp() + 1) if op == "tanh" else 1 / (1 + (-x).exp())
    except ValueError:
        ends = _MONOTONE[op](x[0].lower()).union(_MONOTONE[op](x[0].upper()))
    y = [ends]  # y' = (1 - y^2) x' or (y - y^2) x'
    for k in range(1, x.prec):
        squares = [sum((y[i] * y[j - i] for i in range(j + 1)), arb(0)) for j in range(k)]
        slope = [(int(j == 0) if op == "tanh" else y[j]) - c for j, c in enumerate(squares)]
        y.append(sum((j * x[j] * slope[k - j] for j in range(1, k + 1)), arb(0)) / k)
    return arb_series(y, prec=x.prec)


def jet(code: Tape, x: arb, length: int) -> arb_series:
    """The first Taylor coefficients at (every point of) a ball."""
    return series(code, arb_series([x, 1], prec=length))
