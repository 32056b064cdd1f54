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

from proofkit.errors import InputError
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.terms import Node

# An affine function p + q x of the weight x of z; None is the weight of zero, which has every
# weight.
Weight = tuple[Fraction, Fraction] | None


@dataclass(frozen=True)
class Scaling:
    """sigma(z; parameters) = prod p^outer[p] g(prod p^inner[p] z), with g the tree ``base``."""

    base: Node
    outer: tuple[tuple[str, Fraction], ...]
    inner: tuple[tuple[str, Fraction], ...]

    def factor(self, order: int) -> str:
        """What sup |sigma^(order)| is a multiple of: prod p^(a + order b), as text; '1' when
        nothing is left.
        """
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


def natural_scale(root: Node) -> Fraction:
    """h > 0 such that u -> sigma(h u) bends where u is of the size 1; 1 where sigma does so
    already, or on several scales.

    Read off the polynomials in z that stand under functions, under roots and in divisors:
    |c_k z^k| is 1, or as large as the constant term, at z = |c_k|^(-1/k).  A guess, which decides
    only where is looked first: what holds of sigma(h u) is then a statement on sigma by z = h u.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> natural_scale(parse("tanh(1000000*z)")), natural_scale(parse("tanh(3*z)"))
    (Fraction(1, 1000000), Fraction(1, 1))
    """
    one = Fraction(1)
    known: dict[Node, dict[int, Fraction] | None] = {}
    frequencies: list[Fraction] = []
    for node in terms.walk(root):
        known[node] = _polynomial(node, [known[a] for a in node.args])
        under, relative = None, True
        if node.op in terms.FUNCTIONS:
            under, relative = known[node.args[0]], node.op == "log"
        elif node.op == "div":
            under = known[node.args[1]]
        elif node.op == "pow" and known[node] is None:
            under = known[node.args[0]]
        if under is None or (relative and not under.get(0)):
            continue
        unit = abs(under[0]) if relative else one
        sizes = [_root(abs(c) / unit, k) for k, c in under.items() if k and c]
        frequencies += [max(sizes)] if sizes else []
    if not frequencies or max(frequencies) > min(frequencies) * 2**10:
        return one
    highest = max(frequencies)
    return one if Fraction(1, ORDINARY) < highest < ORDINARY else 1 / highest


ORDINARY = 64
_MAX_DEGREE = 64


def _polynomial(node: Node, a: list[dict[int, Fraction] | None]) -> dict[int, Fraction] | None:
    """The coefficients of a polynomial in z with rational ones; None for anything else."""
    if node.op == "z":
        return {1: Fraction(1)}
    if node.op == "num":
        return {0: node.rational}
    if not a or any(x is None for x in a):
        return None
    first = a[0] or {}
    if node.op == "neg":
        return {k: -c for k, c in first.items()}
    if node.op in ("add", "sub"):
        second, sign = a[1] or {}, 1 if node.op == "add" else -1
        return {
            k: first.get(k, Fraction(0)) + sign * second.get(k, Fraction(0))
            for k in first.keys() | second.keys()
        }
    if node.op == "mul":
        return _product_of(first, a[1] or {})
    if node.op == "div" and set(a[1] or {}) == {0} and (a[1] or {})[0]:
        return {k: c / (a[1] or {})[0] for k, c in first.items()}
    if node.op == "pow" and node.rational.denominator == 1 and 0 < node.rational <= 8:
        out: dict[int, Fraction] | None = {0: Fraction(1)}
        for _ in range(int(node.rational)):
            out = None if out is None else _product_of(out, first)
        return out
    if (
        node.op == "pow"
        and node.rational.denominator == 1
        and node.rational > 0
        and set(first) == {1}
    ):
        return {int(node.rational): first[1] ** int(node.rational)}
    return None


def _product_of(one: dict[int, Fraction], two: dict[int, Fraction]) -> dict[int, Fraction] | None:
    if max(one, default=0) + max(two, default=0) > _MAX_DEGREE:
        return None
    out: dict[int, Fraction] = {}
    for j, c in one.items():
        for k, d in two.items():
            out[j + k] = out.get(j + k, Fraction(0)) + c * d
    return out


def _root(c: Fraction, k: int) -> Fraction:
    """c^(1/k) where it is rational, else a power of two near it."""
    roots = [_whole_root(m, k) for m in (c.numerator, c.denominator)]
    if roots[0] ** k == c.numerator and roots[1] ** k == c.denominator:
        return Fraction(*roots)
    size = c.numerator.bit_length() - c.denominator.bit_length()
    return Fraction(2) ** round(Fraction(size, k))


def _whole_root(m: int, k: int) -> int:
    """The whole part of m^(1/k)."""
    low, high = 0, 1 << (m.bit_length() // k + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**k <= m else (low, middle - 1)
    return low


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
        base = terms.substitute(base, {Node("name", (), name): terms.ONE})
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

    for node in terms.walk(root):
        a = [weight[x] for x in node.args]
        out: Weight = (zero, zero)
        if node.op == "z":
            out = (zero, Fraction(1))
        elif node.op == "name":
            out = (Fraction(1), zero) if node.value == name else (zero, zero)
        elif node.op == "num":
            out = None if node == terms.ZERO else (zero, zero)
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
            return f"{terms.to_text(where)[:60]} is not homogeneous"
    total = weight[root] or (zero, zero)
    return total[0] + total[1] * x, -x
