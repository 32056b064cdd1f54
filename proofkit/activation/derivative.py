"""The derivative of an expression tree without kinks, as a tree."""

from __future__ import annotations

from fractions import Fraction

from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.terms import Node


def derivative(root: Node) -> Node:
    """The tree of root'; ValueError where the tree has a kink (Abs, Max, Min) or a name in it.

    >>> str(derivative(terms.call("tanh", terms.Z)))
    '1 - tanh(z)^2'
    """
    slopes: dict[Node, Node] = {}
    for node in terms.walk(root):
        slopes[node] = _of_node(node, [slopes[a] for a in node.args])
    return slopes[root]


def _of_node(node: Node, inner: list[Node]) -> Node:
    """The derivative of one node from those of its operands."""
    op, a = node.op, node.args
    if op == "z":
        return terms.ONE
    if op in ("num", "pi"):
        return terms.ZERO
    if op == "add":
        return terms.add(*inner)
    if op == "sub":
        return terms.sub(*inner)
    if op == "neg":
        return terms.neg(inner[0])
    if op == "mul":
        return terms.add(terms.mul(inner[0], a[1]), terms.mul(a[0], inner[1]))
    if op == "div":
        if inner[1] == terms.ZERO:
            return terms.div(inner[0], a[1])
        top = terms.sub(terms.mul(inner[0], a[1]), terms.mul(a[0], inner[1]))
        return terms.div(top, terms.power(a[1], Fraction(2)))
    if op == "pow":
        lower = terms.power(a[0], node.rational - 1)
        return terms.multiple(node.rational, terms.mul(lower, inner[0]))
    return terms.mul(_of_function(op, node, a[0]), inner[0])


def _of_function(op: str, node: Node, argument: Node) -> Node:
    """f'(argument) for a function of the grammar; ``node`` is f(argument)."""
    one, square = terms.ONE, terms.power(argument, Fraction(2))
    if op == "exp":
        return node
    if op == "log":
        return terms.div(one, argument)
    if op == "tanh":
        return terms.sub(one, terms.power(node, Fraction(2)))
    if op in ("sinh", "cosh"):
        return terms.call("cosh" if op == "sinh" else "sinh", argument)
    if op == "sin":
        return terms.call("cos", argument)
    if op == "cos":
        return terms.neg(terms.call("sin", argument))
    if op == "atan":
        return terms.div(one, terms.add(one, square))
    if op == "asinh":
        return terms.power(terms.add(one, square), Fraction(-1, 2))
    if op in ("erf", "erfc"):
        bell = terms.mul(
            terms.div(terms.num(2), terms.power(terms.PI, Fraction(1, 2))),
            terms.call("exp", terms.neg(square)),
        )
        return bell if op == "erf" else terms.neg(bell)
    raise ValueError(f"{op} has no derivative everywhere")
