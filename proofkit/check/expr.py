"""Expressions in z: text to trees to tapes, and their power series over any kind of number.

A tree is a tuple: ("z",) ("pi",) ("num", q) ("name", text) ("pow", tree, q) (op, tree, ...).
A series is the list of Taylor coefficients f, f', f''/2, ... over balls or over tails.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, reduce
from typing import Any

from flint import arb, fmpq

Tree = tuple[Any, ...]
Series = list[Any]
ONE: Tree = ("num", fmpq(1))
FUNCTIONS = ("exp", "log", "sqrt", "tanh", "sinh", "cosh", "sin", "cos", "atan", "asinh", "erf", "erfc", "sigmoid", "softplus", "Abs")
_BINARY = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow"}


class Refused(Exception):
    """A check failed; the message says which and why."""


@lru_cache(maxsize=4096)
def number(text: object) -> fmpq:
    """A rational written p, p/q or as a decimal, of bounded size; Refused otherwise."""
    if (
        not isinstance(text, str)
        or len(text) > 6000
        or not (m := re.fullmatch(r"(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]{1,4}))?(?:/([0-9]+))?", text, re.ASCII))
    ):
        raise Refused(f"{str(text)[:40]!a} is not a rational number")
    sign, whole, part, exponent, below = m.groups()
    e, bottom = int(exponent or 0), int(below or 1)
    if abs(e) > 1000 or bottom == 0:
        raise Refused(f"{text[:40]!a} is too large, or divides by zero")
    q = fmpq(int(whole + (part or "")), bottom * 10 ** (len(part or "") + max(-e, 0))) * 10 ** max(e, 0)
    return -q if sign else q


@lru_cache(maxsize=1024)
def parse(text: str, names: frozenset[str] = frozenset()) -> Tree:
    """The tree of an expression, read with Python's own grammar and never evaluated; Refused when it is not one."""
    text = text.replace("^", "**").strip()
    if len(text) > 20000 or not text.isascii():
        raise Refused("an expression is too long or not ASCII")
    try:
        return _tree(ast.parse(text, mode="eval").body, text.encode(), names)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise Refused(f"{text[:40]!a} is not an expression") from None


def _tree(node: ast.expr, text: bytes, names: frozenset[str]) -> Tree:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        word = text[node.col_offset : node.end_col_offset].decode()  # the digits themselves: a float would round them
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
            return reduce(lambda a, b: (name, a, b), args)
    raise Refused(f"{ast.dump(node)[:60]!a} does not belong to the grammar")


def make(op: str, *a: Any) -> Tree:
    """A node, with operations on rational constants carried out."""
    if op == "sqrt":
        return make("pow", a[0], fmpq(1, 2))
    if op == "pow" and (abs(int(a[1].p)) > 64 or int(a[1].q) > 64):
        raise Refused("an exponent is too large")
    if all(not isinstance(x, tuple) or x[0] == "num" for x in a) and op in ("add", "sub", "mul", "div", "neg", "pow"):
        x, y = a[0][1], (a[1][1] if isinstance(a[1], tuple) else a[1]) if len(a) > 1 else fmpq(0)
        if (op == "div" and y == 0) or (op == "pow" and x == 0 and y < 0):
            raise Refused("division by zero")
        if op != "pow" or y.q == 1:
            if op == "pow" and (int(x.p).bit_length() + int(x.q).bit_length()) * abs(int(y.p)) > 20000:
                raise Refused("a number is too large")
            return (
                "num",
                x + y if op == "add" else x - y if op == "sub" else x * y if op == "mul" else x / y if op == "div" else -x if op == "neg" else x ** int(y.p),
            )
    return (op, *a)


@lru_cache(maxsize=256)
def tape(root: Tree) -> list[tuple[str, tuple[int, ...], Any]]:
    """(operation, operands, exponent or number) in order, shared subtrees once; well-conditioned forms recognised."""
    code: list[tuple[str, tuple[int, ...], Any]] = []
    place: dict[Tree, int] = {}

    def put(tree: Tree) -> int:
        if tree not in place:
            op, a = tree[0], [x for x in tree[1:] if isinstance(x, tuple)]
            value = tree[-1] if not isinstance(tree[-1], tuple) else None
            if op == "log" and (u := exponent_of_one_plus(a[0])) is not None:
                op, a = "softplus", [u]
            elif op == "log" and a[0][0] == "cosh":
                op, a = "logcosh", [a[0][1]]
            elif op == "div" and (u := exponent_of_one_plus(a[1])) is not None:
                op, a = ("sigmoid", [u]) if a[0] == ("exp", u) else ("mul", [a[0], ("sigmoid", make("neg", u))])
            elif op == "erfc":
                op, a = "sub", [ONE, ("erf", a[0])]
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


def times(a: Series, b: Series) -> Series:
    """The product, truncated."""
    return [sum((a[i] * b[k - i] for i in range(1, k + 1)), a[0] * b[k]) for k in range(len(a))]


def grow(g0: Any, slope: Callable[[Series], Any], x: Series) -> Series:
    """g with g' = s x', where slope(g) is the coefficient s_(k-1) of s once g_0 .. g_(k-1) are known."""
    g, s = [g0], []
    for k in range(1, len(x)):
        s.append(slope(g))
        g.append(sum((x[j] * s[k - j] * j for j in range(2, k + 1)), x[1] * s[k - 1]) / k)
    return g


def power(x: Series, e: fmpq, n: Any) -> Series:
    """x^e; n holds the functions of this kind of number."""
    if e.q == 1 and e > 0:
        out, base, m = None, x, int(e.p)
        while m:
            out = (base if out is None else times(out, base)) if m & 1 else out
            base, m = times(base, base) if m > 1 else base, m >> 1
        assert out is not None
        return [n.square(x[0], e), *out[1:]]
    g, inverse = [n.power(x[0], e)], n.power(x[0], fmpq(-1)) if len(x) > 1 else None
    for k in range(1, len(x)):
        g.append(sum((x[j] * g[k - j] * ((e + 1) * j - k) for j in range(2, k + 1)), x[1] * g[k - 1] * (e + 1 - k)) * inverse / k)
    return g


def series(code: Sequence[tuple[str, tuple[int, ...], Any]], z: Any, order: int, n: Any, names: Mapping[str, Any] | None = None) -> Series:
    """The Taylor coefficients 0..order at z of a tape, over the numbers whose functions are ``n``."""
    v: list[Series] = []
    zeros = [n.constant(fmpq(0))] * order
    one = [n.constant(fmpq(1)), *zeros]
    for op, at, value in code:
        a = [v[i] for i in at]
        x = a[0] if a else one
        if op == "z":
            out = [z, n.constant(fmpq(1)), *zeros][: order + 1]
        elif op in ("num", "pi"):
            out = [n.constant(value if op == "num" else arb.pi()), *zeros]
        elif op == "name":
            out = [(names or {})[value], *zeros]
        elif op == "add":
            out = [p + q for p, q in zip(a[0], a[1], strict=True)]
        elif op == "sub":
            out = [p - q for p, q in zip(a[0], a[1], strict=True)]
        elif op == "neg":
            out = [-p for p in x]
        elif op == "mul":
            out = times(a[0], a[1])
        elif op == "div":
            out = times(a[0], power(a[1], fmpq(-1), n))
        elif op == "pow":
            out = power(x, value, n)
        else:
            out = function(op, x, n, one)
        v.append(out)
    return v[-1]


def function(op: str, x: Series, n: Any, one: Series) -> Series:
    """An elementary function of a series, from its value and its differential equation."""
    if op in ("sin", "cos", "sinh", "cosh"):
        sign = -1 if op in ("sin", "cos") else 1
        s, c = [n.call("sin" if sign < 0 else "sinh", x[0])], [n.call("cos" if sign < 0 else "cosh", x[0])]
        for k in range(1, len(x)):
            s.append(sum((x[j] * c[k - j] * j for j in range(2, k + 1)), x[1] * c[k - 1]) / k)
            c.append(sum((x[j] * s[k - j] * j for j in range(2, k + 1)), x[1] * s[k - 1]) / k * sign)
        return s if op in ("sin", "sinh") else c
    if op in ("Max", "Min", "Abs"):
        raise Refused(f"{op} is not smooth")
    g0 = n.call(op, x[0])
    if len(x) == 1:
        return [g0]
    if op == "exp":
        return grow(g0, lambda g: g[-1], x)
    if op in ("tanh", "sigmoid"):
        first = n.call("d" + op, x[0])  # 1 - g^2, or g (1 - g), without cancellation
        return grow(g0, lambda g: first if len(g) == 1 else (g[-1] if op == "sigmoid" else 0) - times(g, g)[-1], x)
    if op in ("softplus", "logcosh"):
        s = function("sigmoid" if op == "softplus" else "tanh", x[:-1], n, one)
    elif op == "log":
        s = power(x[:-1], fmpq(-1), n)
    elif op == "erf":
        s = [c * n.constant(2 / arb.pi().sqrt()) for c in function("exp", [-c for c in times(x[:-1], x[:-1])], n, one)]
    elif op in ("atan", "asinh"):
        s = power([p + q for p, q in zip(one, times(x[:-1], x[:-1]), strict=False)], fmpq(-1) if op == "atan" else fmpq(-1, 2), n)
    else:
        raise Refused(f"{op} is not known")
    return grow(g0, lambda g: s[len(g) - 1], x)


class Balls:
    """The functions of balls: monotone ones from the ends, so that boxes stay sharp."""

    @staticmethod
    def constant(q: Any) -> arb:
        return arb(q)

    @staticmethod
    def call(name: str, x: arb) -> arb:
        if name in ("dtanh", "dsigmoid", "cosh", "logcosh"):  # even, monotone in |x|
            low, high = _VALUES[name](abs(x.lower())), _VALUES[name](abs(x.upper()))
            return low.union(high) if not x.contains(0) or x.is_exact() else low.union(high).union(_VALUES[name](arb(0)))
        if name in ("sin", "cos"):
            return _VALUES[name](x).max(arb(-1)).min(arb(1))
        if name == "log" and not x > 0:
            raise Refused("a logarithm of a number that may not be positive")
        return _VALUES[name](x) if x.is_exact() else _VALUES[name](x.lower()).union(_VALUES[name](x.upper()))

    @staticmethod
    def square(x: arb, e: fmpq) -> arb:
        """x^e for a whole e > 0."""
        ends = _whole(x.lower(), int(e.p)).union(_whole(x.upper(), int(e.p)))
        return ends.union(arb(0)) if int(e.p) % 2 == 0 and x.contains(0) else ends

    @staticmethod
    def power(x: arb, e: fmpq) -> arb:
        """x^e for e < 0 or fractional."""
        if not (x > 0 or (x < 0 and e.q == 1)):
            raise Refused("a divisor or a root may vanish")
        if x.is_exact():
            return _root_power(x, e)
        return _root_power(x.lower(), e).union(_root_power(x.upper(), e))


def _root_power(x: arb, e: fmpq) -> arb:
    if e.q == 1:
        return 1 / _whole(x, -int(e.p))
    return x.sqrt() if e == fmpq(1, 2) else 1 / x.sqrt() if e == fmpq(-1, 2) else (x.log() * arb(e)).exp()


def _whole(x: arb, e: int) -> arb:
    out = arb(1)
    while e:
        out, x, e = out * x if e & 1 else out, x * x, e >> 1
    return out


def _sech2(x: arb) -> arb:
    e = (-2 * abs(x)).exp()
    return 4 * e / _whole(1 + e, 2)


_VALUES: Mapping[str, Callable[[arb], arb]] = {
    **{name: getattr(arb, name) for name in ("exp", "log", "tanh", "sinh", "cosh", "sin", "cos", "atan", "asinh", "erf")},
    "dtanh": _sech2,
    "sigmoid": lambda x: 1 / (1 + (-x).exp()) if x > 0 else x.exp() / (1 + x.exp()),
    "dsigmoid": lambda x: _sech2(x / 2) / 4,
    "softplus": lambda x: (-abs(x)).exp().log1p() + x.max(arb(0)),
    "logcosh": lambda x: arb(0) if x.is_zero() else abs(x) + (-2 * abs(x)).exp().log1p() - arb(2).log(),
}


def taylor(name: str, x: arb, length: int) -> list[arb]:
    """The first Taylor coefficients of a function at (every point of) a ball."""
    return [arb(c) for c in series([("z", (), None), (name, (0,), None)], x, length - 1, Balls)]
