"""The derivative of an expression without kinks, as an expression.

Each rule of differentiation gives a product of a rational number and powers of factors, which is
written as on paper: numbers are drawn together, powers of one factor added up, and

    exp(v)/(c + k exp(v)) = 1/(k + c exp(-v))        sinh(u)/cosh(u) = tanh(u)

so that what balances at an end of R, or on a wide box, is never a quotient of two large numbers.
Where f is the logarithm, a quotient or a negative power of exp, cosh, c + k exp or products of
these, their derivative is taken relative to them: f'/f is u' for exp(u) and tanh(u) u' for cosh(u).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import zip_longest

from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.terms import MAX_EXPONENT, ONE, PI, ZERO, Node, num

HALF = Fraction(1, 2)
MAX_DEGREE = 24
"""Of polynomials that are multiplied out in the derivative of a quotient."""

MAX_DEPTH = 200
"""Of operations within each other: what is deeper is refused before the comparison of terms is."""


class NotDifferentiableError(ValueError):
    """An expression with Abs, Max or Min, whose derivative need not exist everywhere."""


def derivative(root: Node) -> Node:
    """The expression of f' for f = ``root``, equal to it wherever f is defined; names are constant.

    It may be defined in more places than f (that of log(z) is 1/z): the domain is that of f.
    Raises NotDifferentiableError for Abs, Max and Min of what depends on z (where these take one
    branch only, ``domain.smooth_pieces`` gives the expression without them), SizeError for numbers
    beyond the limits of an expression and for more than 200 operations within each other, and
    ZeroDivisionError for a division by 0, where there is no f.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> for text in ("z^2/2", "log(cosh(z))", "sqrt(1 + z^2) - 1", "softplus(-z)", "1 - exp(-z^2)"):
    ...     print(derivative(parse(text)))
    z
    tanh(z)
    z/sqrt(1 + z^2)
    (-1)/(1 + exp(z))
    2*z*exp(-z^2)
    """
    known: dict[Node, _Slope] = {}
    depth: dict[Node, int] = {}
    for node in terms.walk(root):
        depth[node] = 1 + max((depth[a] for a in node.args), default=0)
        if depth[node] > MAX_DEPTH:
            raise terms.SizeError(f"more than {MAX_DEPTH} operations within each other")
        known[node] = _slope(node, known)
    return known[root].slope


@dataclass(frozen=True, slots=True)
class _Slope:
    """f' of an expression f, and f'/f where that is known to have a simple form (0 for constants)."""

    slope: Node
    relative: Node | None = None


_CONSTANT = _Slope(ZERO, ZERO)


def _slope(node: Node, known: Mapping[Node, _Slope]) -> _Slope:
    """The derivative of one node from those of its operands."""
    if node.op == "z":
        return _Slope(ONE)
    if all(known[a].slope == ZERO for a in node.args):
        return _CONSTANT
    slope = _of_operation(node, known)
    return _Slope(slope, _relative(node, slope, known))


def _of_operation(node: Node, known: Mapping[Node, _Slope]) -> Node:
    inner = [known[a].slope for a in node.args]
    match node.op:
        case "add":
            return _sum(inner[0], inner[1])
        case "sub":
            return _sum(inner[0], _product(inner[1], factor=-1))
        case "neg":
            return _product(inner[0], factor=-1)
        case "mul":
            a, b = node.args
            return _sum(_product(inner[0], b), _product(a, inner[1]))
        case "div":
            return _of_quotient(node, known)
        case "pow":
            return _of_power(node, known)
        case "log":
            return _relative_of(node.args[0], known)
        case _:
            return _product(inner[0], _of_function(node))


def _of_quotient(node: Node, known: Mapping[Node, _Slope]) -> Node:
    """(a/b)' = a'/b - (a/b) (b'/b), and what that is for two forms without a cancellation."""
    a, b = node.args
    found = _exponential_sum(b)
    if found is not None and a == terms.call("exp", found[2]):
        constant = found[0]
        return _product(constant, a, known[found[2]].slope, under=b**2)
    rational = _of_rational(a, b)
    if rational is not None:
        return rational
    rising = _product(known[a].slope, under=b)
    falling = _product(a, _relative_of(b, known), under=b, factor=-1)
    return _sum(rising, falling)


def _of_rational(a: Node, b: Node) -> Node | None:
    """(a/p^e)' = (a' p - e a p')/p^(e+1) for polynomials a and p with p^e = b; None for others."""
    below = _factors(b)
    if len(below.powers) != 1:
        return None
    ((base, exponent),) = below.powers.items()
    top, bottom = _polynomial(a), _polynomial(base)
    if top is None or bottom is None or len(top) + len(bottom) > MAX_DEGREE + 2:
        return None
    one, two = _multiplied(_differentiated(top), bottom), _multiplied(top, _differentiated(bottom))
    numerator = [x - exponent * y for x, y in zip(one, two, strict=True)]
    over = _polynomial_factors(numerator)
    under = _Factors(below.coefficient, {base: exponent + 1})
    return _written(over.times(under, -1))


def _of_power(node: Node, known: Mapping[Node, _Slope]) -> Node:
    """(u^e)' = e u^(e-1) u', or e u^e (u'/u) for a negative or fractional e."""
    base, exponent = node.args[0], node.rational
    whole = exponent.denominator == 1 and exponent > 0
    relative = known[base].relative
    if whole or relative is None:
        lowered = {base: exponent - 1}
        return _written(_Factors(exponent, lowered).times(_factors(known[base].slope)))
    return _product(node, relative, factor=exponent)


def _of_function(node: Node) -> Node:
    """F'(u) for a node F(u), F a function of the grammar other than log."""
    u = node.args[0]
    match node.op:
        case "exp":
            return node
        case "tanh":
            return ONE / terms.call("cosh", u) ** 2
        case "sinh":
            return terms.call("cosh", u)
        case "cosh":
            return terms.call("sinh", u)
        case "sin":
            return terms.call("cos", u)
        case "cos":
            return -terms.call("sin", u)
        case "atan":
            return ONE / (1 + u**2)
        case "asinh":
            return ONE / (1 + u**2) ** HALF
        case "erf":
            return 2 * terms.call("exp", -(u**2)) / PI**HALF
        case "erfc":
            return -2 * terms.call("exp", -(u**2)) / PI**HALF
        case _:
            raise NotDifferentiableError(f"{node.op} has no derivative everywhere")


# -- f'/f ------------------------------------------------------------------------------------------


def _relative_of(node: Node, known: Mapping[Node, _Slope]) -> Node:
    """u'/u for a node u."""
    relative = known[node].relative
    return _product(known[node].slope, under=node) if relative is None else relative


def _relative(node: Node, slope: Node, known: Mapping[Node, _Slope]) -> Node | None:
    """f'/f where it is simpler than f' divided by f; else None."""
    inner = [known[a].relative for a in node.args]
    if node.op in ("exp", "cosh") or _exponential_sum(node) is not None:
        return _product(slope, under=node)
    if node.op == "neg":
        return inner[0]
    if node.op == "pow" and inner[0] is not None:
        return _product(inner[0], factor=node.rational)
    if node.op in ("mul", "div") and inner[0] is not None and inner[1] is not None:
        return _sum(inner[0], _product(inner[1], factor=1 if node.op == "mul" else -1))
    return None


def _exponential_sum(node: Node) -> tuple[Node, Fraction, Node] | None:
    """(c, k, v) when the node is c + k exp(v) with a constant c and a rational k != 0."""
    if node.op != "add":
        return None
    for one, other in (node.args, node.args[::-1]):
        found = _factors(other)
        if one.is_constant and len(found.powers) == 1:
            ((base, exponent),) = found.powers.items()
            if base.op == "exp" and exponent == 1:
                return one, found.coefficient, base.args[0]
    return None


# -- polynomials -----------------------------------------------------------------------------------


def _polynomial(root: Node) -> list[Fraction] | None:
    """The coefficients of a polynomial in z of moderate degree, from that of z^0 on; else None."""
    known: dict[Node, list[Fraction] | None] = {}
    for node in terms.walk(root):
        known[node] = _polynomial_of([known[a] for a in node.args], node)
    return known[root]


def _polynomial_of(inner: list[list[Fraction] | None], node: Node) -> list[Fraction] | None:
    """The polynomial of one node from those of its operands."""
    if node.op == "z":
        return [Fraction(0), Fraction(1)]
    if node.op == "num":
        return [node.rational]
    operands = [p for p in inner if p is not None]
    if not operands or len(operands) < len(inner):
        return None
    match node.op:
        case "neg":
            return [-x for x in operands[0]]
        case "add" | "sub":
            sign = 1 if node.op == "add" else -1
            pairs = zip_longest(operands[0], operands[1], fillvalue=Fraction(0))
            return [x + sign * y for x, y in pairs]
        case "mul":
            product = _multiplied(operands[0], operands[1])
            return product if len(product) <= MAX_DEGREE + 1 else None
        case "div" if len(operands[1]) == 1 and operands[1][0] != 0:
            return [x / operands[1][0] for x in operands[0]]
        case "pow" if node.rational.denominator == 1 and node.rational > 0:
            times = node.rational.numerator
            if (len(operands[0]) - 1) * times > MAX_DEGREE:
                return None
            out = [Fraction(1)]
            for _ in range(times):
                out = _multiplied(out, operands[0])
            return out
        case _:
            return None


def _multiplied(p: list[Fraction], q: list[Fraction]) -> list[Fraction]:
    out = [Fraction(0)] * (len(p) + len(q) - 1)
    for i, x in enumerate(p):
        for k, y in enumerate(q):
            out[i + k] += x * y
    return out


def _differentiated(p: list[Fraction]) -> list[Fraction]:
    """p', as long as p (the last coefficient is 0)."""
    return [k * x for k, x in enumerate(p)][1:] + [Fraction(0)]


def _polynomial_factors(p: list[Fraction]) -> _Factors:
    """A polynomial as a number, a power of z and a polynomial without such factors."""
    used = [k for k, x in enumerate(p) if x != 0]
    if not used:
        return _Factors(Fraction(0))
    lowest = used[0]
    content = p[lowest]
    powers = {terms.Z: Fraction(lowest)} if lowest else {}
    if len(used) > 1:
        rest: Node = ONE
        for k in used[1:]:
            x, monomial = p[k] / content, terms.power(terms.Z, Fraction(k - lowest))
            rest = rest + abs(x) * monomial if x > 0 else rest - abs(x) * monomial
        powers[rest] = Fraction(1)
    return _Factors(content, powers)


# -- products as on paper --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Factors:
    """coefficient prod_u u^powers[u], the factors in the order in which they are written."""

    coefficient: Fraction
    powers: Mapping[Node, Fraction] = field(default_factory=dict[Node, Fraction])

    def times(self, other: _Factors, sign: int = 1) -> _Factors:
        """The product with the other one, or the quotient by it (``sign`` -1)."""
        powers = dict(self.powers)
        for base, exponent in other.powers.items():
            powers[base] = powers.get(base, Fraction(0)) + sign * exponent
        factor = other.coefficient if sign > 0 else 1 / other.coefficient
        kept = {base: exponent for base, exponent in powers.items() if exponent != 0}
        return _Factors(self.coefficient * factor, kept)


def _product(
    *factors: Node, under: Node | None = None, factor: Fraction | int = Fraction(1)
) -> Node:
    """factor * (the product of the factors) / under, written as on paper."""
    if len(factors) == 1 and under is None and factor == 1:
        return factors[0]
    out = _Factors(Fraction(factor))
    for node in factors:
        out = out.times(_factors(node))
    if under is not None:
        out = out.times(_factors(under), -1)
    return _written(out)


def _factors(root: Node) -> _Factors:
    """The factors of a product, a quotient, a power or a negative; ZeroDivisionError for a 1/0."""
    coefficient, powers = Fraction(1), dict[Node, Fraction]()
    stack = [(root, 1)]  # a node, and whether it is multiplied (1) or divided by (-1)
    while stack:
        node, side = stack.pop()
        if node.op == "num":
            coefficient *= node.rational**side
        elif node.op == "neg":
            coefficient = -coefficient
            stack.append((node.args[0], side))
        elif node.op == "mul":
            stack += [(node.args[1], side), (node.args[0], side)]
        elif node.op == "div":
            stack += [(node.args[1], -side), (node.args[0], side)]
        else:
            power = node.op == "pow"
            base, own = (node.args[0], node.rational) if power else (node, Fraction(1))
            powers[base] = powers.get(base, Fraction(0)) + side * own
    return _Factors(coefficient, {base: e for base, e in powers.items() if e != 0})


def _simplified(given: _Factors) -> dict[Node, Fraction]:
    """The powers with exp(v)/(c + k exp(v)) = 1/(k + c exp(-v)) and sinh/cosh = tanh made use of."""
    powers = dict(given.powers)

    def exchange(top: Node, bottom: Node, replacement: Node, sign: int) -> None:
        """top/bottom becomes replacement^sign, as often as it occurs."""
        up, down = powers.get(top, Fraction(0)), -powers.get(bottom, Fraction(0))
        count = Fraction(min(int(up), int(down)))
        if count <= 0:
            return
        powers[top], powers[bottom] = up - count, count - down
        powers[replacement] = powers.get(replacement, Fraction(0)) + sign * count

    for base in given.powers:
        if base.op == "cosh":
            u = base.args[0]
            exchange(terms.call("sinh", u), base, terms.call("tanh", u), 1)
        elif (found := _exponential_sum(base)) is not None:
            c, k, v = found
            mirror = terms.add(num(k), terms.mul(c, terms.call("exp", _negative(v))))
            exchange(terms.call("exp", v), base, mirror, -1)
    return {base: exponent for base, exponent in powers.items() if exponent != 0}


def _negative(v: Node) -> Node:
    """-v, with the sign drawn into a rational factor or a difference."""
    return terms.sub(v.args[1], v.args[0]) if v.op == "sub" else terms.multiple(Fraction(-1), v)


def _written(given: _Factors) -> Node:
    """The expression of a product: numerators, each 1/(1 + exp(u)) as a quotient of its own (of
    which balls and tails know a sharp form), and what is divided by.
    """
    if given.coefficient == 0:
        return ZERO
    top, logistic, bottom = list[Node](), list[Node](), list[Node]()
    for base, exponent in _simplified(given).items():
        powers = _powers(base, abs(exponent))
        if exponent > 0:
            top += powers
        elif exponent.denominator == 1 and _is_logistic(base):
            logistic += [base] * abs(exponent.numerator)
        else:
            bottom += powers
    out = _scaled(given.coefficient, top)
    for i, base in enumerate(logistic):
        out = out / base if i == 0 else out * (ONE / base)
    return out if not bottom else out / _scaled(Fraction(1), bottom)


def _powers(base: Node, exponent: Fraction) -> list[Node]:
    """Expressions whose product is base^exponent, exponent > 0, each within the limits of a power."""
    within = exponent.numerator <= MAX_EXPONENT and exponent.denominator <= MAX_EXPONENT
    if within:
        return [terms.power(base, exponent)]
    step = min(Fraction(MAX_EXPONENT), Fraction(int(exponent)))
    if step == 0:
        raise terms.SizeError(f"the denominator of the exponent {exponent} is above {MAX_EXPONENT}")
    return [terms.power(base, step), *_powers(base, exponent - step)]


def _is_logistic(base: Node) -> bool:
    """True for 1 + exp(u)."""
    found = _exponential_sum(base)
    return found is not None and found[0] == ONE and found[1] == 1


def _scaled(coefficient: Fraction, factors: list[Node]) -> Node:
    """coefficient * (the product of the factors)."""
    if not factors:
        return num(coefficient)
    first, *rest = factors
    out = -first if coefficient == -1 else terms.mul(num(coefficient), first)
    for node in rest:
        out = terms.mul(out, node)
    return out


def _sum(a: Node, b: Node) -> Node:
    """a + b, with like terms drawn together, and as a difference where b is negative."""
    one, two = _factors(a), _factors(b)
    if one.coefficient == 0 or two.coefficient == 0:
        return b if one.coefficient == 0 else a
    if one.powers == two.powers:
        return _written(_Factors(one.coefficient + two.coefficient, one.powers))
    return a - _product(b, factor=-1) if two.coefficient < 0 else a + b
