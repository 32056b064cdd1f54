"""Exact coefficients of tail expansions.

A coefficient is a finite sum of rational multiples of pi^e sqrt(r) (a_1)^(e_1)...
with r a squarefree integer and a_i constants known only as balls.  Equal
coefficients have equal representations for the part built from rationals,
square roots and powers of pi, so that z*(pi/2) - (pi/2)*z cancels exactly.

A constant may also depend on a *phase* phi that runs round the circle as
z -> oo (sin(z) has the coefficient sin(phi)).  It is then known by one ball for
each of ``BOXES`` arcs of the circle, so that operations on functions of the
same phase stay correlated, and by a tree in which z stands for phi.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, lru_cache
from math import gcd

from flint import arb, fmpq

from proofkit.errors import ProofkitError
from proofkit.kernel.univariate import balls
from proofkit.kernel.univariate import terms as trees
from proofkit.kernel.univariate.terms import Node

MAX_TERMS = 4
BOXES = 64
MAX_NODES = 400  # of the tree of a coefficient; larger ones are known by their balls only

# (power of pi as numerator and denominator, squarefree radicand, ((opaque constant, power), ...))
Monomial = tuple[tuple[int, int], int, tuple[tuple["Atom", int], ...]]


class TailError(ProofkitError):
    """The tail arithmetic cannot decide; the reason is the message."""


@dataclass(frozen=True)
class Atom:
    """A constant without exact arithmetic: its name decides equality, its ball the value.

    ``boxes``, for a function of the phase, are its ranges on the arcs of the circle;
    ``node`` is its tree (z standing for the phase), where it has one.
    """

    name: str
    ball: arb = field(compare=False, hash=False)
    boxes: tuple[arb, ...] | None = field(default=None, compare=False, hash=False)
    node: Node | None = field(default=None, compare=False, hash=False)
    _powers: dict[tuple[int, int], tuple[arb, ...]] = field(
        default_factory=dict[tuple[int, int], tuple[arb, ...]],
        compare=False,
        hash=False,
        repr=False,
    )

    def power_boxes(self, e: int) -> tuple[arb, ...]:
        """The ranges of the e-th power on the arcs."""
        if self.boxes is None:
            return (balls.integer_power(self.ball, e),) * BOXES
        if e == 1:
            return self.boxes
        key = (e, balls.ctx.prec)
        if key not in self._powers:
            self._powers[key] = tuple(balls.integer_power(b, e) for b in self.boxes)
        return self._powers[key]


UNIT: Monomial = ((0, 1), 1, ())


def fraction_ball(q: Fraction | fmpq) -> arb:
    """The rational as a ball at the working precision."""
    return arb(fmpq(q.numerator, q.denominator) if isinstance(q, Fraction) else q)


def arc(k: int) -> arb:
    """The k-th of the ``BOXES`` equal arcs of [0, 2 pi] as a ball."""
    return (arb(2 * k + 1) + arb(0, 1)) * arb.pi() / BOXES


def union(several: tuple[arb, ...] | list[arb]) -> arb:
    """A ball that contains every one of some balls."""
    out = several[0]
    for b in several[1:]:
        out = out.union(b)
    return out


def _monomial_ball(m: Monomial) -> arb:
    value = _numeric_part(m)
    for atom, e in m[2]:
        value *= balls.integer_power(atom.ball, e)
    return value


def _monomial_boxes(m: Monomial, q: fmpq) -> list[arb]:
    """The ranges of q times the monomial on the arcs."""
    scale = _numeric_part(m) * arb(q)
    values = [scale] * BOXES
    for atom, e in m[2]:
        values = [v * x for v, x in zip(values, atom.power_boxes(e), strict=True)]
    return values


def _numeric_part(m: Monomial) -> arb:
    value = arb(1)
    pi, denominator = m[0]
    if pi:
        value *= arb.pi() ** pi if denominator == 1 else (arb.pi().log() * pi / denominator).exp()
    if m[1] != 1:
        value *= arb(m[1]).sqrt()
    return value


class Coef:
    """An exact coefficient with a ball enclosing its value (all its values, when it depends on the
    phase).
    """

    def __init__(self, terms: dict[Monomial, fmpq]) -> None:
        self.terms = {m: q for m, q in terms.items() if q != 0}

    @cached_property
    def _hash(self) -> int:
        return hash(frozenset((m, str(q)) for m, q in self.terms.items()))

    @cached_property
    def ball(self) -> arb:
        """The value, or the range over the circle."""
        if not self.terms:
            return arb(0)
        if self.is_rational:
            return arb(self.terms[UNIT])
        if self.turns:
            return union(self.boxes)
        return sum((arb(q) * _monomial_ball(m) for m, q in self.terms.items()), arb(0))

    @cached_property
    def turns(self) -> bool:
        """True when the coefficient depends on the phase."""
        return any(a.boxes is not None for m in self.terms for a, _ in m[2])

    @cached_property
    def boxes(self) -> tuple[arb, ...]:
        """The ranges on the arcs of the circle."""
        if not self.turns:
            return (self.ball,) * BOXES
        rows = [_monomial_boxes(m, q) for m, q in self.terms.items()]
        total = rows[0]
        for row in rows[1:]:
            total = [x + y for x, y in zip(total, row, strict=True)]
        return tuple(total)

    def node(self) -> Node | None:
        """The coefficient as a tree (z standing for the phase); None when some constant has none."""
        try:
            total = self._tree()
        except ValueError:  # a number or an exponent beyond the limits of the grammar
            return None
        return (
            total if total is not None and sum(1 for _ in trees.walk(total)) <= MAX_NODES else None
        )

    def _tree(self) -> Node | None:
        total = trees.ZERO
        for (pi, rad, atoms), q in self.terms.items():
            factor = trees.num(Fraction(int(q.p), int(q.q)))
            if pi[0]:
                factor = trees.mul(factor, trees.power(trees.PI, Fraction(*pi)))
            if rad != 1:
                factor = trees.mul(factor, trees.call("sqrt", trees.num(rad)))
            for atom, e in atoms:
                if atom.node is None or abs(e) > trees.MAX_EXPONENT:
                    return None
                factor = trees.mul(factor, trees.power(atom.node, Fraction(e)))
            total = trees.add(total, factor)
        return total

    @property
    def is_rational(self) -> bool:
        """True for a rational number (zero included)."""
        return not self.terms or (len(self.terms) == 1 and UNIT in self.terms)

    @property
    def rational(self) -> Fraction:
        """The value of a rational coefficient."""
        q = self.terms.get(UNIT, fmpq(0))
        return Fraction(int(q.p), int(q.q))

    @property
    def is_zero(self) -> bool:
        """True when the coefficient is exactly zero."""
        return not self.terms

    def sign(self) -> int:
        """-1, 0 or 1; TailError when the ball straddles zero (for some phase)."""
        if not self.terms:
            return 0
        if self.ball > 0:
            return 1
        if self.ball < 0:
            return -1
        raise TailError("the sign of a coefficient could not be decided")

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Coef) and self.terms == other.terms

    def __add__(self, other: Coef) -> Coef:
        terms = dict(self.terms)
        for m, q in other.terms.items():
            terms[m] = terms.get(m, fmpq(0)) + q
        return Coef(terms)

    def __neg__(self) -> Coef:
        return Coef({m: -q for m, q in self.terms.items()})

    def __sub__(self, other: Coef) -> Coef:
        return self + (-other)

    def __mul__(self, other: Coef) -> Coef:
        for one, two in ((self, other), (other, self)):
            if one.is_rational:
                q = one.terms.get(UNIT, fmpq(0))
                return two if q == 1 else Coef({m: x * q for m, x in two.terms.items()})
        terms: dict[Monomial, fmpq] = {}
        for m1, q1 in self.terms.items():
            for m2, q2 in other.terms.items():
                m, q = _times(m1, m2)
                terms[m] = terms.get(m, fmpq(0)) + q1 * q2 * q
        return _compact(Coef(terms))

    def inverse(self) -> Coef:
        """1 / self; TailError where it may vanish."""
        if self.turns:
            self.sign()
        if len(self.terms) == 1:
            ((pi, rad, atoms), q) = next(iter(self.terms.items()))
            return Coef({((-pi[0], pi[1]), rad, tuple((a, -e) for a, e in atoms)): 1 / q / rad})
        self.sign()
        return self.mapped(f"1/({self})", lambda x: 1 / x, lambda n: trees.div(trees.ONE, n))

    def mapped(
        self, name: str, f: Callable[[arb], arb], tree: Callable[[Node], Node] | None
    ) -> Coef:
        """The constant f(self), called ``name``; ``tree`` makes its tree from that of self."""
        node = self.node() if tree is not None else None
        try:
            made = tree(node) if tree is not None and node is not None else None
        except (ValueError, ZeroDivisionError):
            made = None
        if self.turns:
            return turning(name, tuple(f(b) for b in self.boxes), made)
        return opaque(name, f(self.ball), made)

    def ratio(self, other: Coef) -> Fraction | None:
        """self/other when that is visibly rational, else None."""
        if not self.terms or self.terms.keys() != other.terms.keys():
            return None
        quotients = {self.terms[m] / other.terms[m] for m in self.terms}
        if len(quotients) != 1:
            return None
        q = quotients.pop()
        return Fraction(int(q.p), int(q.q))

    def __str__(self) -> str:
        parts: list[str] = []
        for (pi, rad, atoms), q in sorted(
            self.terms.items(), key=lambda t: (str(t[0][:2]), [a.name for a, _ in t[0][2]])
        ):
            factors = [f"pi^({Fraction(*pi)})" if pi != (1, 1) else "pi"] if pi[0] else []
            factors += [f"sqrt({rad})"] if rad != 1 else []
            factors += [a.name if e == 1 else f"({a.name})^({e})" for a, e in atoms]
            if not factors:
                parts.append(str(q))
                continue
            top = "*".join(factors) if abs(q.p) == 1 else f"{abs(q.p)}*" + "*".join(factors)
            parts.append(f"{'-' if q < 0 else ''}{top}{f'/{q.q}' if q.q != 1 else ''}")
        return " + ".join(parts) or "0"


def _times(m1: Monomial, m2: Monomial) -> tuple[Monomial, fmpq]:
    if m1 is UNIT:
        return m2, fmpq(1)
    if m2 is UNIT:
        return m1, fmpq(1)
    common = gcd(m1[1], m2[1])
    atoms = dict(m1[2])
    for a, e in m2[2]:
        atoms[a] = atoms.get(a, 0) + e
    kept = tuple(sorted(((a, e) for a, e in atoms.items() if e), key=lambda t: t[0].name))
    pi = Fraction(*m1[0]) + Fraction(*m2[0]) if m1[0][0] and m2[0][0] else None
    turns = (pi.numerator, pi.denominator) if pi is not None else m1[0] if m1[0][0] else m2[0]
    return (turns, m1[1] // common * (m2[1] // common), kept), fmpq(common)


def rational(q: int | Fraction | fmpq) -> Coef:
    """A rational coefficient."""
    if isinstance(q, Fraction):
        q = fmpq(q.numerator, q.denominator)
    return Coef({UNIT: fmpq(q) if isinstance(q, int) else q})


def opaque(name: str, ball: arb, node: Node | None = None) -> Coef:
    """A constant known by its name and its ball, and its tree if there is one."""
    if not ball.is_finite():
        raise TailError(f"the constant {name} is not a finite number")
    return Coef({((0, 1), 1, ((Atom(name, ball, None, node), 1),)): fmpq(1)})


def turning(name: str, boxes: tuple[arb, ...], node: Node | None) -> Coef:
    """A function of the phase, known by its ranges on the arcs."""
    if not all(b.is_finite() for b in boxes):
        raise TailError(f"the function {name} of the phase is not finite")
    return Coef({((0, 1), 1, ((Atom(name, union(boxes), boxes, node), 1),)): fmpq(1)})


def _compact(c: Coef) -> Coef:
    """The same coefficient; a sum of many terms becomes one opaque constant, named after what it
    is.

    Some cancellations are then missed, never invented: equal names mean equal sums.
    """
    if len(c.terms) <= MAX_TERMS or not c.ball.is_finite():
        return c
    return c.mapped(f"sum#{hashlib.sha256(str(c).encode()).hexdigest()}", lambda x: x, lambda n: n)


ZERO, ONE = rational(0), rational(1)


def pi_power(e: Fraction) -> Coef:
    """pi^e."""
    return Coef({((e.numerator, e.denominator), 1, ()): fmpq(1)})


@lru_cache(maxsize=256)
def _square_part(n: int) -> tuple[int, int]:
    """n = s^2 r with r squarefree, for moderate n."""
    square, p = 1, 2
    while p * p <= n and p < 2000:
        while n % (p * p) == 0:
            n //= p * p
            square *= p
        p += 1
    return square, n


def sqrt_rational(q: Fraction) -> Coef:
    """The square root of a positive rational, exact."""
    n = q.numerator * q.denominator
    if n > 10**6:
        return opaque(f"sqrt({q})", fraction_ball(q).sqrt(), trees.call("sqrt", trees.num(q)))
    square, free = _square_part(n)
    return Coef({((0, 1), free, ()): fmpq(square, q.denominator)})


def constant(node: Node, ball: arb, known: dict[Node, Coef]) -> Coef:
    """The coefficient of a constant tree whose operands are in ``known``."""
    a = [known[x] for x in node.args]
    if node.op == "num":
        return rational(node.rational)
    if node.op == "pi":
        return pi_power(Fraction(1))
    if node.op == "add":
        return a[0] + a[1]
    if node.op == "sub":
        return a[0] - a[1]
    if node.op == "neg":
        return -a[0]
    if node.op == "mul":
        return a[0] * a[1]
    if node.op == "div":
        return a[0] * a[1].inverse()
    if node.op == "pow":
        e = node.rational
        if e == Fraction(1, 2) and a[0].is_rational and a[0].rational > 0:
            return sqrt_rational(a[0].rational)
        if len(a[0].terms) == 1:
            ((pi, rad, atoms), q) = next(iter(a[0].terms.items()))
            if pi[0] and rad == 1 and not atoms and q == 1:
                return pi_power(Fraction(*pi) * e)
        if e.denominator == 1 and e > 0:
            out = ONE
            for _ in range(int(e)):
                out = out * a[0]
            return out
        if e.denominator == 1:
            out = ONE
            for _ in range(-int(e)):
                out = out * a[0]
            return out.inverse()
    if node.op in trees.FUNCTIONS and node.op != "log" and a[0].is_zero:
        return ONE if node.op in ("exp", "cos", "cosh", "erfc") else ZERO
    # Named after the values of the operands, as in tail expansions, so that equal constants meet.
    name = (
        f"({a[0]})^({node.rational})"
        if node.op == "pow"
        else f"{node.op}({', '.join(str(x) for x in a)})"
    )
    return opaque(name, ball, node)
