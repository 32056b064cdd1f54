"""Expressions that are a straight line in disguise, proved by algebra: softplus(z) - softplus(-z) =
z.

An expression is written as a quotient of polynomials, with rational coefficients, in z, in
exponentials, and in one variable for each other function of it.  If the numerator is the zero
polynomial, possibly after sin^2 = 1 - cos^2, the expression is 0 wherever it has a value.  The
converse does not hold: what is not seen to be 0 here may be 0 all the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import Ordering, fmpq, fmpq_mpoly_ctx

from proofkit.kernel.univariate import balls
from proofkit.kernel.univariate import terms as trees
from proofkit.kernel.univariate.terms import Node

MAX_TERMS = 2000
MAX_DEGREE = 60
_ODD = frozenset({"sin", "atan", "asinh", "erf"})
# Where a divisor is seldom zero: the quotient of two series that vanish is no value.
_POINTS = tuple(map(Fraction, ("1/7", "-3/5", "22/9", "-17/7", "31/8", "-1/11")))
_LEAST = 4
_MAX_DENOMINATOR = 10**4
_MAX_BITS = 4000


class TooLargeError(Exception):
    """The polynomials grow too large to be worth it."""


def line_of(root: Node) -> Node | None:
    """The line k z + c that an expression without kinks is seen to equal wherever it has a value;
    None for others.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> str(line_of(parse("softplus(z) - softplus(-z)")))
    'z'
    """
    if all(n.op in ("num", "z", "add", "sub", "neg", "mul", "pi") for n in trees.walk(root)):
        return None  # a polynomial is read as it stands
    guess = _guess(root)
    if guess is None:
        return None
    slope, constant = guess
    line = trees.add(trees.mul(trees.num(slope), trees.Z), trees.num(constant))
    return line if vanishes(trees.sub(root, line)) else None


def _guess(root: Node) -> tuple[Fraction, Fraction] | None:
    """(k, c) such that some values of the expression lie on k z + c; None when they do not."""
    tape = balls.Tape(root)
    with balls.precision(128):
        values = [(x, tape.series(balls.ball(x), 1)[0]) for x in _POINTS]
        seen = [(x, value) for x, value in values if value.is_finite()]
        if len(seen) < _LEAST:
            return None
        (x1, y1), (x2, y2) = seen[0], seen[1]
        slope = _near((y2 - y1) / balls.ball(x2 - x1))
        constant = _near(y1 - balls.ball(slope * x1))
        if not all(value.overlaps(balls.ball(slope * x + constant)) for x, value in seen):
            return None
    return slope, constant


def _near(value: Any) -> Fraction:
    """A simple rational near a ball; 0 for one of a size that no line written by hand has, whose
    digits would fill the memory.
    """
    _, exponent = value.mid().man_exp()
    if abs(int(exponent)) > _MAX_BITS:
        return Fraction(0)
    return balls.to_fraction(value.mid()).limit_denominator(_MAX_DENOMINATOR)


def vanishes(root: Node) -> bool:
    """True when an expression is proved to be 0 wherever it has a value.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> vanishes(parse("cosh(z)^2 - sinh(z)^2 - 1"))
    True
    """
    if any(n.op in trees.KINKED or n.op == "name" for n in trees.walk(root)):
        return False
    try:
        return _Quotients(root).vanishes()
    except (TooLargeError, ArithmeticError, ValueError):
        return False


# -- arguments as sums -----------------------------------------------------------------------------

Sum = tuple[tuple[Node, Fraction], ...]


def as_sum(root: Node) -> Sum:
    """The expression as a sum of rational multiples of trees, which are no sums; ONE is the tree of
    a constant.
    """
    found: dict[Node, Fraction] = {}
    stack = [(Fraction(1), root)]
    while stack:
        factor, node = stack.pop()
        op, a = node.op, node.args
        if op == "num":
            found[trees.ONE] = found.get(trees.ONE, Fraction(0)) + factor * node.rational
        elif op in ("add", "sub"):
            stack += [(factor, a[0]), (factor if op == "add" else -factor, a[1])]
        elif op == "neg":
            stack.append((-factor, a[0]))
        elif op == "mul" and "num" in (a[0].op, a[1].op):
            number, other = (a[0], a[1]) if a[0].op == "num" else (a[1], a[0])
            stack.append((factor * number.rational, other))
        elif op == "div" and a[1].op == "num" and a[1] != trees.ZERO:
            stack.append((factor / a[1].rational, a[0]))
        else:
            found[node] = found.get(node, Fraction(0)) + factor
    ordered = sorted(((n, q) for n, q in found.items() if q), key=lambda t: trees.to_text(t[0]))
    return tuple(ordered)


def tree_of(terms: Iterable[tuple[Node, Fraction]]) -> Node:
    """The tree of a sum."""
    out = trees.ZERO
    for node, q in terms:
        out = trees.add(out, trees.mul(trees.num(q), node))
    return out


def oriented(terms: Sum) -> tuple[int, Sum]:
    """(sign, sum) with the first coefficient positive."""
    if terms and terms[0][1] < 0:
        return -1, tuple((node, -q) for node, q in terms)
    return 1, terms


# -- quotients of polynomials ----------------------------------------------------------------------


@dataclass(frozen=True)
class _Quotient:
    top: Any
    bottom: Any


class _Quotients:
    """The quotients of all parts of one expression, over the generators that they need."""

    def __init__(self, root: Node) -> None:
        self.root = _in_exponentials(root)
        self.finest: dict[
            Node, int
        ] = {}  # of each exponent: the common denominator of its multiples
        names: dict[str, None] = {"z": None}
        for node in trees.walk(self.root):
            for name in self._generators(node):
                names[name] = None
        # sin before cos, so that sin^2 is what is replaced.
        ordered = sorted(names, key=lambda name: (not name.startswith("sin"), name))
        letters = tuple(f"v{k}" for k in range(len(ordered)))
        context = fmpq_mpoly_ctx.get(letters, Ordering.lex)
        self.variables: Mapping[str, Any] = dict(zip(ordered, context.gens(), strict=True))
        self.one = context.constant(1)

    def vanishes(self) -> bool:
        """True when the numerator of the whole is the zero polynomial."""
        done: dict[Node, _Quotient] = {}
        for node in trees.walk(self.root):
            done[node] = self._of(node, done)
        top = done[self.root].top
        for name, sine in self.variables.items():
            if name.startswith("sin "):
                cosine = self.variables["cos " + name[4:]]
                _, top = divmod(top, sine**2 + cosine**2 - self.one)
        return top == 0

    def _generators(self, node: Node) -> list[str]:
        if node.op == "exp":
            for base, q in as_sum(node.args[0]):
                self.finest[base] = math.lcm(self.finest.get(base, 1), q.denominator)
            return [f"exp {trees.to_text(base)}" for base, _ in as_sum(node.args[0])]
        if node.op in ("sin", "cos"):
            text = self._argument(node)[1]
            return [f"sin {text}", f"cos {text}"]
        if node.op in ("log", "atan", "asinh", "erf"):
            return [f"{node.op} {self._argument(node)[1]}"]
        if node.op == "pow" and node.rational.denominator != 1:
            return [f"root {node.rational.denominator} {trees.to_text(node.args[0])}"]
        return ["pi"] if node.op == "pi" else []

    def _argument(self, node: Node) -> tuple[int, str]:
        """(sign, text) of the argument of a function; the sign is that of an odd or even
        function's.
        """
        terms = as_sum(node.args[0])
        sign, terms = oriented(terms) if node.op in _ODD or node.op == "cos" else (1, terms)
        return (1 if node.op == "cos" else sign), trees.to_text(tree_of(terms))

    def _of(self, node: Node, done: Mapping[Node, _Quotient]) -> _Quotient:
        op, a = node.op, [done[x] for x in node.args]
        if op == "num":
            q = node.rational
            return _Quotient(self.one * fmpq(q.numerator, q.denominator), self.one)
        if op in ("z", "pi"):
            return _Quotient(self.variables[op], self.one)
        if op in ("add", "sub"):
            return self._sum(a[0], a[1], 1 if op == "add" else -1)
        if op == "neg":
            return _Quotient(-a[0].top, a[0].bottom)
        if op == "mul":
            return self._checked(a[0].top * a[1].top, a[0].bottom * a[1].bottom)
        if op == "div":
            return self._checked(a[0].top * a[1].bottom, a[0].bottom * a[1].top)
        if op == "pow":
            return self._power(node, a[0])
        if op == "exp":
            return self._exponential(node)
        sign, text = self._argument(node)
        return _Quotient(self.variables[f"{op} {text}"] * sign, self.one)

    def _sum(self, one: _Quotient, two: _Quotient, sign: int) -> _Quotient:
        if one.bottom == two.bottom:
            return self._checked(one.top + two.top * sign, one.bottom)
        return self._checked(
            one.top * two.bottom + two.top * one.bottom * sign, one.bottom * two.bottom
        )

    def _power(self, node: Node, base: _Quotient) -> _Quotient:
        e = node.rational
        if e.denominator != 1:
            name = f"root {e.denominator} {trees.to_text(node.args[0])}"
            base = _Quotient(self.variables[name], self.one)
        return self._raised(base, e.numerator)

    def _raised(self, base: _Quotient, exponent: int) -> _Quotient:
        if abs(exponent) > MAX_DEGREE:
            raise TooLargeError
        top, bottom = (base.top, base.bottom) if exponent >= 0 else (base.bottom, base.top)
        return self._checked(top ** abs(exponent), bottom ** abs(exponent))

    def _exponential(self, node: Node) -> _Quotient:
        out = _Quotient(self.one, self.one)
        for base, q in as_sum(node.args[0]):
            unit = _Quotient(self.variables[f"exp {trees.to_text(base)}"], self.one)
            part = self._raised(unit, int(q * self.finest[base]))
            out = self._checked(out.top * part.top, out.bottom * part.bottom)
        return out

    def _checked(self, top: Any, bottom: Any) -> _Quotient:
        if bottom == 0:
            raise ArithmeticError("a divisor is zero")
        if len(top) > MAX_TERMS or len(bottom) > MAX_TERMS:
            raise TooLargeError
        return _Quotient(top, bottom)


def _in_exponentials(root: Node) -> Node:
    """The same function with hyperbolic functions as exponentials, erfc by erf, and log(1 + e^-u) =
    log(1 + e^u) - u.
    """
    new: dict[Node, Node] = {}
    for node in trees.walk(root):
        a = tuple(new[x] for x in node.args)
        new[node] = _rewritten(node, a)
    return new[root]


def _rewritten(node: Node, a: tuple[Node, ...]) -> Node:
    if node.op == "erfc":
        return trees.sub(trees.ONE, trees.call("erf", a[0]))
    if node.op in ("tanh", "sinh", "cosh"):
        rising, falling = trees.call("exp", a[0]), trees.call("exp", trees.neg(a[0]))
        sinh, cosh = trees.sub(rising, falling), trees.add(rising, falling)
        if node.op == "tanh":
            return trees.div(sinh, cosh)
        return trees.div(sinh if node.op == "sinh" else cosh, trees.num(2))
    if node.op == "log":
        return _logarithm(a[0])
    return trees.rebuild(node, a)


def _logarithm(argument: Node) -> Node:
    """log(1 + e^u) with the first coefficient of u positive; another logarithm as it is."""
    if argument.op == "add" and trees.ONE in argument.args:
        other = argument.args[1] if argument.args[0] == trees.ONE else argument.args[0]
        if other.op == "exp":
            sign, terms = oriented(as_sum(other.args[0]))
            u = tree_of(terms)
            softplus = trees.call("log", trees.add(trees.ONE, trees.call("exp", u)))
            return softplus if sign > 0 else trees.sub(softplus, u)
    return trees.call("log", argument)
