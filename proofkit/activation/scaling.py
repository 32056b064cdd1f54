"""Positive parameters removed by scaling: sigma(z; beta) = beta^a g(beta^b z) with g free of beta.

The proof is by weights.  Give beta the weight 1 and z the weight x; a product adds
weights, a sum needs equal ones, a function needs the argument to have weight 0 (Abs,
Max and Min keep the weight, a power multiplies it).  Then for every t > 0

    sigma(t^x z; t beta) = t^a sigma(z; beta),

and t = 1/beta gives the identity with b = -x, g = sigma(.; 1).  The derivative of
order k is beta^(a + k b) g^(k)(beta^b z), and z sigma' - kappa sigma is
beta^a (u g'(u) - kappa g(u)) at u = beta^b z.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from proofkit.activation import ast
from proofkit.activation.ast import Node
from proofkit.errors import InputError

# An affine function p + q x of the weight x of z; None is the weight of zero, which has every weight.
Weight = tuple[Fraction, Fraction] | None


@dataclass(frozen=True)
class Scaling:
    """sigma(z; parameters) = prod p^outer[p] g(prod p^inner[p] z), with g the tree ``base``."""

    base: Node
    outer: tuple[tuple[str, Fraction], ...]
    inner: tuple[tuple[str, Fraction], ...]

    def factor(self, order: int) -> str:
        """What sup |sigma^(order)| is a multiple of: prod p^(a + order b), as text; '1' when nothing is left."""
        inner = dict(self.inner)
        return _product((name, a + order * inner[name]) for name, a in self.outer)

    @property
    def argument(self) -> str:
        """u, the argument of g, as text."""
        factor = _product(self.inner)
        return "z" if factor == "1" else f"{factor}*z"


def _product(powers: Iterable[tuple[str, Fraction]]) -> str:
    parts = [
        name if e == 1 else f"{name}^{e}" if e.denominator == 1 and e > 0 else f"{name}^({e})"
        for name, e in powers
        if e
    ]
    return "*".join(parts) or "1"


def scale_away(root: Node, names: Iterable[str]) -> Scaling:
    """The scaling that removes every one of the positive parameters.

    Raises InputError naming a parameter that no scaling removes.
    """
    outer, inner, base = [], [], root
    for name in names:
        found = exponents(root, name)
        if isinstance(found, str):
            raise InputError(
                f"no scaling removes the parameter {name}: {found}; bind it with --set {name}=VALUE"
            )
        outer.append((name, found[0]))
        inner.append((name, found[1]))
        base = ast.substitute(base, {Node("name", (), name): ast.ONE})
    return Scaling(base, tuple(outer), tuple(inner))


def exponents(root: Node, name: str) -> tuple[Fraction, Fraction] | str:
    """(a, b) with sigma = name^a g(name^b z), for name > 0; else why there are none."""
    zero = Fraction(0)
    weight: dict[Node, Weight] = {}
    conditions: list[tuple[Fraction, Fraction, Node]] = []

    def same(one: Weight, two: Weight, where: Node) -> Weight:
        if one is None or two is None:
            return two if one is None else one
        conditions.append((one[0] - two[0], one[1] - two[1], where))
        return one

    for node in ast.walk(root):
        a = [weight[x] for x in node.args]
        out: Weight = (zero, zero)
        if node.op == "z":
            out = (zero, Fraction(1))
        elif node.op == "name":
            out = (Fraction(1), zero) if node.value == name else (zero, zero)
        elif node.op == "num":
            out = None if node == ast.ZERO else (zero, zero)
        elif node.op in ("add", "sub", "Max", "Min"):
            out = same(a[0], a[1], node)
        elif node.op in ("neg", "Abs"):
            out = a[0]
        elif node.op in ("mul", "div"):
            sign = 1 if node.op == "mul" else -1
            out = (
                None
                if a[0] is None or a[1] is None
                else (a[0][0] + sign * a[1][0], a[0][1] + sign * a[1][1])
            )
        elif node.op == "pow":
            out = None if a[0] is None else (a[0][0] * node.rational, a[0][1] * node.rational)
        elif node.args and a[0] is not None:
            conditions.append((a[0][0], a[0][1], node))
        weight[node] = out
    x = next((-p / q for p, q, _ in conditions if q), zero)
    for p, q, where in conditions:
        if p + q * x != 0:
            return f"{ast.to_text(where)[:60]} is not homogeneous"
    total = weight[root] or (zero, zero)
    return total[0] + total[1] * x, -x
