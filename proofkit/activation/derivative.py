"""The derivative of an expression tree without kinks, as a tree."""

from __future__ import annotations

from fractions import Fraction

from proofkit.activation import ast
from proofkit.activation.ast import Node


def derivative(root: Node) -> Node:
    """The tree of root'; ValueError where the tree has a kink (Abs, Max, Min) or a name in it.

    >>> str(derivative(ast.call("tanh", ast.Z)))
    '1 - tanh(z)^2'
    """
    slopes: dict[Node, Node] = {}
    for node in ast.walk(root):
        slopes[node] = _of_node(node, [slopes[a] for a in node.args])
    return slopes[root]


def _of_node(node: Node, inner: list[Node]) -> Node:
    """The derivative of one node from those of its operands."""
    op, a = node.op, node.args
    if op == "z":
        return ast.ONE
    if op in ("num", "pi"):
        return ast.ZERO
    if op == "add":
        return ast.add(*inner)
    if op == "sub":
        return ast.sub(*inner)
    if op == "neg":
        return ast.neg(inner[0])
    if op == "mul":
        return ast.add(ast.mul(inner[0], a[1]), ast.mul(a[0], inner[1]))
    if op == "div":
        if inner[1] == ast.ZERO:
            return ast.div(inner[0], a[1])
        top = ast.sub(ast.mul(inner[0], a[1]), ast.mul(a[0], inner[1]))
        return ast.div(top, ast.power(a[1], Fraction(2)))
    if op == "pow":
        lower = ast.power(a[0], node.rational - 1)
        return ast.multiple(node.rational, ast.mul(lower, inner[0]))
    return ast.mul(_of_function(op, node, a[0]), inner[0])


def _of_function(op: str, node: Node, argument: Node) -> Node:
    """f'(argument) for a function of the grammar; ``node`` is f(argument)."""
    one, square = ast.ONE, ast.power(argument, Fraction(2))
    if op == "exp":
        return node
    if op == "log":
        return ast.div(one, argument)
    if op == "tanh":
        return ast.sub(one, ast.power(node, Fraction(2)))
    if op in ("sinh", "cosh"):
        return ast.call("cosh" if op == "sinh" else "sinh", argument)
    if op == "sin":
        return ast.call("cos", argument)
    if op == "cos":
        return ast.neg(ast.call("sin", argument))
    if op == "atan":
        return ast.div(one, ast.add(one, square))
    if op == "asinh":
        return ast.power(ast.add(one, square), Fraction(-1, 2))
    if op in ("erf", "erfc"):
        bell = ast.mul(
            ast.div(ast.num(2), ast.power(ast.PI, Fraction(1, 2))), ast.call("exp", ast.neg(square))
        )
        return bell if op == "erf" else ast.neg(bell)
    raise ValueError(f"{op} has no derivative everywhere")
