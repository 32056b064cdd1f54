"""Expressions in one real variable z, as immutable trees.

The tree is the reference meaning of an activation: ball arithmetic, tail
arithmetic, SymPy and the certificate's text are all read off it.  Rational
constants are folded when a node is built, so ``num`` leaves are exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

FUNCTIONS = frozenset(
    {"exp", "log", "tanh", "sinh", "cosh", "sin", "cos", "atan", "asinh", "erf", "erfc"}
)
KINKED = frozenset({"Abs", "Max", "Min"})
MAX_EXPONENT = 64
MAX_DIGITS = 2500  # of a number; what the parser reads back
MAX_BITS = 8300  # of numerator and denominator together, which have MAX_DIGITS digits then


class SizeError(ArithmeticError, ValueError):
    """A number or an exponent larger than a tree may hold."""


@dataclass(frozen=True, slots=True)
class Node:
    """One node: an operation, its operands, and for ``num``/``pow``/``name`` its value."""

    op: str
    args: tuple[Node, ...] = ()
    value: Fraction | str | None = None
    _hash: int = field(default=0, repr=False)

    def __post_init__(self) -> None:
        # Trees are shared heavily; hashing a deep tree again at each lookup is quadratic.
        value = self.value
        if type(value) is Fraction:
            # Of its own hash a Fraction makes much work.
            key = (self.op, *[a._hash for a in self.args], value.numerator, value.denominator)
        else:
            key = (self.op, *[a._hash for a in self.args], value)
        object.__setattr__(self, "_hash", hash(key))

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        return to_text(self)

    # Formulas are written as on paper; each operation folds rational numbers.

    def __add__(self, other: Node | int | Fraction) -> Node:
        return add(self, _operand(other))

    def __radd__(self, other: int | Fraction) -> Node:
        return add(num(other), self)

    def __sub__(self, other: Node | int | Fraction) -> Node:
        return sub(self, _operand(other))

    def __rsub__(self, other: int | Fraction) -> Node:
        return sub(num(other), self)

    def __mul__(self, other: Node | int | Fraction) -> Node:
        return mul(self, _operand(other))

    def __rmul__(self, other: int | Fraction) -> Node:
        return mul(num(other), self)

    def __truediv__(self, other: Node | int | Fraction) -> Node:
        return div(self, _operand(other))

    def __rtruediv__(self, other: int | Fraction) -> Node:
        return div(num(other), self)

    def __pow__(self, exponent: int | Fraction) -> Node:
        return power(self, Fraction(exponent))

    def __neg__(self) -> Node:
        return neg(self)

    @property
    def rational(self) -> Fraction:
        """The value of a ``num`` leaf or the exponent of a ``pow`` node."""
        assert isinstance(self.value, Fraction)
        return self.value

    @property
    def is_constant(self) -> bool:
        """True when the tree does not contain z or a free name."""
        return all(n.op not in ("z", "name") for n in walk(self))


def _operand(value: Node | int | Fraction) -> Node:
    return value if isinstance(value, Node) else num(value)


Z = Node("z")
PI = Node("pi")


def num(value: int | Fraction) -> Node:
    """An exact rational constant; ValueError when it is too large to be meant seriously."""
    q = Fraction(value)
    if q.numerator.bit_length() + q.denominator.bit_length() > MAX_BITS:
        raise SizeError(f"the number is too large (more than {MAX_DIGITS} digits)")
    return Node("num", (), q)


ZERO, ONE = num(0), num(1)


def add(a: Node, b: Node) -> Node:
    """a + b."""
    if a.op == "num" and b.op == "num":
        return num(a.rational + b.rational)
    if a == ZERO:
        return b
    return a if b == ZERO else Node("add", (a, b))


def neg(a: Node) -> Node:
    """-a."""
    if a.op == "num":
        return num(-a.rational)
    return a.args[0] if a.op == "neg" else Node("neg", (a,))


def sub(a: Node, b: Node) -> Node:
    """a - b."""
    if a.op == "num" and b.op == "num":
        return num(a.rational - b.rational)
    if b == ZERO:
        return a
    if a == b and is_total(a):
        return ZERO
    return neg(b) if a == ZERO else Node("sub", (a, b))


def mul(a: Node, b: Node) -> Node:
    """a b."""
    if a.op == "num" and b.op == "num":
        return num(a.rational * b.rational)
    if a == ONE:
        return b
    if ZERO in (a, b) and is_total(a) and is_total(b):
        return ZERO
    (one, j), (two, k) = _positive_power(a), _positive_power(b)
    if one == two and one.op != "num" and j + k <= MAX_EXPONENT:
        return power(one, j + k)
    return a if b == ONE else Node("mul", (a, b))


def is_total(root: Node) -> bool:
    """True when the tree is real for every z whatever its operands: no division, logarithm, root or
    negative power in it.
    """
    return not any(
        n.op in ("div", "log")
        or (n.op == "pow" and (n.rational < 0 or n.rational.denominator != 1))
        for n in walk(root)
    )


def _is_positive(a: Node) -> bool:
    """True when the tree is visibly > 0: a positive number, or such a number plus even powers."""
    if a.op == "num":
        return a.rational > 0
    if a.op == "add":
        return any(
            _is_positive(x) and (_is_positive(y) or _is_even_power(y))
            for x, y in (a.args, a.args[::-1])
        )
    return a.op in ("pi", "exp", "cosh")


def _is_even_power(a: Node) -> bool:
    return a.op == "pow" and a.rational.denominator == 1 and a.rational % 2 == 0


def _positive_power(a: Node) -> tuple[Node, Fraction]:
    """(u, k) when a = u^k with an integer k >= 1."""
    if a.op == "pow" and a.rational.denominator == 1 and a.rational > 0:
        return a.args[0], a.rational
    return a, Fraction(1)


def div(a: Node, b: Node) -> Node:
    """a / b; ZeroDivisionError for an exact zero divisor."""
    if b == ZERO:
        raise ZeroDivisionError("division by zero")
    if a.op == "num" and b.op == "num":
        return num(a.rational / b.rational)
    return a if b == ONE else Node("div", (a, b))


def power(a: Node, exponent: Fraction) -> Node:
    """a ** exponent for a rational exponent of moderate size."""
    if abs(exponent.numerator) > MAX_EXPONENT or exponent.denominator > MAX_EXPONENT:
        raise SizeError(f"the exponent is too large (at most {MAX_EXPONENT} in size)")
    if exponent == 1:
        return a
    if exponent == 0:
        # Like a/a, it is 1 only where a has a value; whether that is everywhere is for others to
        # see.
        return ONE if is_total(a) else Node("div", (a, a))
    if a.op == "num":
        if a == ZERO and exponent < 0:
            raise ZeroDivisionError("division by zero")
        if exponent.denominator == 1:
            if abs(a.rational.numerator).bit_length() * abs(exponent.numerator) > MAX_BITS:
                raise SizeError(f"the number is too large (more than {MAX_DIGITS} digits)")
            return num(a.rational**exponent.numerator)
    if a.op in ("Abs", "neg") and exponent.denominator == 1 and exponent % 2 == 0:
        return power(a.args[0], exponent)
    if (
        a.op == "pow"
        and a.rational.denominator == 1
        and a.rational % 2 == 0
        and exponent == Fraction(1, 2)
    ):
        # sqrt(u^2m) = |u|^m, which is u^m for even m.
        half = a.rational / 2
        return power(a.args[0] if half % 2 == 0 else Node("Abs", a.args), half)
    if (
        a.op == "pow"
        and _is_positive(a.args[0])
        and abs((a.rational * exponent).numerator) <= MAX_EXPONENT
    ):
        return power(a.args[0], a.rational * exponent)
    return Node("pow", (a,), exponent)


def value_at(root: Node, x: Fraction) -> Fraction | None:
    """The exact value at a rational point of a tree built by arithmetic; None for any other tree,
    or where it has none.

    >>> value_at(sub(ONE, mul(num(Fraction(1, 3)), Z)), Fraction(3))
    Fraction(0, 1)
    """
    values: dict[Node, Fraction] = {}
    for node in walk(root):
        a = [values[arg] for arg in node.args]
        if node.op == "num":
            values[node] = node.rational
        elif node.op == "z":
            values[node] = x
        elif node.op == "add":
            values[node] = a[0] + a[1]
        elif node.op == "sub":
            values[node] = a[0] - a[1]
        elif node.op == "mul":
            values[node] = a[0] * a[1]
        elif node.op == "neg":
            values[node] = -a[0]
        elif node.op == "div" and a[1] != 0:
            values[node] = a[0] / a[1]
        elif node.op == "pow" and node.rational.denominator == 1 and node.rational >= 0:
            values[node] = a[0] ** node.rational.numerator
        else:
            return None
        if values[node].numerator.bit_length() + values[node].denominator.bit_length() > MAX_BITS:
            return None
    return values[root]


def call(name: str, *args: Node) -> Node:
    """A function of the grammar; sigmoid, softplus and sqrt are spelled out."""
    if name == "sqrt":
        return power(args[0], Fraction(1, 2))
    if name == "sigmoid":
        return div(ONE, add(ONE, Node("exp", (neg(args[0]),))))
    if name == "softplus":
        return Node("log", (add(ONE, Node("exp", args)),))
    if (name, args[0].op) in (("sinh", "asinh"), ("asinh", "sinh"), ("log", "exp")):
        return args[0].args[0]  # inverse functions, defined wherever their argument is
    if name in ("cosh", "cos") and args[0].op in ("Abs", "neg"):
        return Node(name, args[0].args)
    return Node(name, args)


def walk(root: Node) -> Iterator[Node]:
    """Every distinct node once, operands before the nodes that use them."""
    seen: set[Node] = set()
    stack: list[tuple[Node, bool]] = [(root, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            yield node
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((a, False) for a in node.args)


def substitute(root: Node, replacement: dict[Node, Node]) -> Node:
    """Replace whole nodes, rebuilding (and refolding) what stands above them."""
    new: dict[Node, Node] = {}
    for node in walk(root):
        if node in replacement:
            new[node] = replacement[node]
        elif not node.args:
            new[node] = node
        else:
            new[node] = rebuild(node, tuple(new[a] for a in node.args))
    return new[root]


def multiple(q: Fraction, a: Node) -> Node:
    """q a, with the rational factors in front drawn together."""
    while True:
        if a.op == "mul" and a.args[0].op == "num":
            q, a = q * a.args[0].rational, a.args[1]
        elif a.op in ("mul", "div") and a.args[1].op == "num" and a.args[1] != ZERO:
            c = a.args[1].rational
            q, a = (q * c if a.op == "mul" else q / c), a.args[0]
        elif a.op == "neg":
            q, a = -q, a.args[0]
        else:
            break
    return neg(a) if q == -1 else mul(num(q), a)


def rescaled(root: Node, h: Fraction) -> Node:
    """The tree of u -> root(h u), with the factor drawn into the rational factors around z.

    >>> to_text(rescaled(call("tanh", mul(num(1000), Z)), Fraction(1, 1000)))
    'tanh(z)'
    """
    new: dict[Node, Node] = {}
    for node in walk(root):
        a = tuple(new[x] for x in node.args)
        out = mul(num(h), Z) if node == Z else rebuild(node, a)
        if node.op in ("mul", "div", "neg"):
            out = multiple(Fraction(1), out)
        elif node.op == "pow" and node.rational.denominator == 1 and a[0].op == "mul":
            c, rest = a[0].args
            if c.op == "num":
                out = multiple(c.rational**node.rational.numerator, power(rest, node.rational))
        new[node] = out
    return new[root]


def rebuild(node: Node, args: tuple[Node, ...]) -> Node:
    """The same operation on other operands."""
    if args == node.args:
        return node
    simple = {"add": add, "sub": sub, "mul": mul, "div": div, "neg": neg}
    if node.op in simple:
        return simple[node.op](*args)
    if node.op == "pow":
        return power(args[0], node.rational)
    return Node(node.op, args, node.value) if node.value is not None else call(node.op, *args)


_LEVEL = {"add": 1, "sub": 1, "neg": 2, "mul": 3, "div": 3, "pow": 5}


def to_text(root: Node) -> str:
    """The tree in the grammar's own notation; parsing it again gives an equal tree."""
    text: dict[Node, tuple[str, int]] = {}

    def wrap(node: Node, level: int) -> str:
        s, own = text[node]
        return s if own >= level else f"({s})"

    for node in walk(root):
        a = node.args
        level = _LEVEL.get(node.op, 9)
        if node.op == "num":
            q = node.rational
            level = 9 if q >= 0 and q.denominator == 1 else 3 if q >= 0 else 2
            s = str(q)
        elif node.op in ("z", "pi"):
            s = node.op
        elif node.op == "name":
            s = str(node.value)
        elif node.op in ("add", "sub"):
            s = (
                f"{wrap(a[0], 1)} {'+' if node.op == 'add' else '-'} "
                f"{wrap(a[1], 2 if node.op == 'add' else 3)}"
            )
        elif node.op in ("mul", "div"):
            # The right operand of a product is bracketed too: a*(b/c) and a*b/c are different
            # trees.
            s = f"{wrap(a[0], 3)}{'*' if node.op == 'mul' else '/'}{wrap(a[1], 4)}"
        elif node.op == "neg":
            s = f"-{wrap(a[0], 4)}"
        elif node.op == "pow":
            q = node.rational
            e = str(q) if q >= 0 and q.denominator == 1 else f"({q})"
            s = f"sqrt({text[a[0]][0]})" if q == Fraction(1, 2) else f"{wrap(a[0], 6)}^{e}"
            level = 9 if q == Fraction(1, 2) else 5
        else:
            s = f"{node.op}({', '.join(text[x][0] for x in a)})"
        text[node] = (s, level)
    return text[root][0]
