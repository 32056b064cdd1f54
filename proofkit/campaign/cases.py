"""Random cases for the campaign on bounds: expressions, each of a kind that is counted.

The kinds, their shares, and what is drawn of each:

=============  =====  ==============================================================================
ordinary         30%  random trees of the grammar on all of R
stretched        14%  such trees with factors 10^-390 to 10^390, shifts, powers and exponentials around
scales           10%  sigma(z) = c tau(h z) with |c| and h powers of ten up to 10^12, compared with tau
ends             16%  open, half-open and singular ends: exp(-1/z) on (0, oo), z log(z) on (0, 1]
kinks            12%  hinges Max and Abs at rational and irrational points, their sums and powers,
                      kinks that cancel
identities       10%  two spellings of one function, compared: softplus(z) - softplus(-z) and z
removable         8%  quotients with a hole: sin(z)/z at any rational point, and functions of such
=============  =====  ==============================================================================

A case is determined by its source of random numbers alone.  The texts of the last four kinds are
written out here, not printed from trees, so that the parser is on trial too.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from proofkit.errors import ParseError
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import Node

_WORD = re.compile(r"([A-Za-z_]+)")
_UNARY = (
    "exp",
    "log",
    "tanh",
    "sinh",
    "cosh",
    "sin",
    "cos",
    "atan",
    "asinh",
    "erf",
    "erfc",
    "sqrt",
    "sigmoid",
    "softplus",
    "Abs",
)


@dataclass(frozen=True)
class Twin:
    """Another text of the same function: sigma(z) = outer * twin(inner * z), with inner > 0."""

    text: str
    outer: Fraction = Fraction(1)
    inner: Fraction = Fraction(1)

    @property
    def is_same(self) -> bool:
        """True when nothing is scaled."""
        return self.outer == self.inner == 1


@dataclass(frozen=True)
class Case:
    """An expression on an interval; ``opened`` are its finite ends that do not belong to it."""

    kind: str
    text: str
    left: Fraction | None = None
    right: Fraction | None = None
    opened: tuple[Fraction, ...] = ()
    twin: Twin | None = None

    @property
    def shown(self) -> str:
        """The text, with the interval when it is not all of R, as the command line writes them."""
        if self.left is None and self.right is None:
            return self.text
        low = "-oo" if self.left is None else str(self.left)
        high = "oo" if self.right is None else str(self.right)
        before = "(" if self.left is None or self.left in self.opened else "["
        after = ")" if self.right is None or self.right in self.opened else "]"
        return f"{self.text} --interval {before}{low},{high}{after}"


def random_case(rng: random.Random) -> Case:
    """A case of a random kind."""
    kind = rng.choices([*KINDS], [share for share, _ in KINDS.values()])[0]
    return case_of(kind, rng)


def case_of(kind: str, rng: random.Random) -> Case:
    """A case of this kind whose text the parser accepts."""
    draw = KINDS[kind][1]
    while True:
        try:
            case = draw(rng)
            trees = [parse(case.text), *([parse(case.twin.text)] if case.twin else [])]
        except (ParseError, ValueError, ZeroDivisionError):
            continue  # a number with more digits than allowed, an exact zero divisor
        if not any(tree.is_constant for tree in trees):
            return case


# -- random trees ----------------------------------------------------------------------------------


def random_tree(rng: random.Random, size: int) -> Node:
    """A random tree of the grammar with about ``size`` operations, z in it."""
    while True:
        try:
            tree = _random(rng, size)
        except (ValueError, ZeroDivisionError):
            continue
        if not tree.is_constant:
            return tree


def stretched_tree(rng: random.Random, size: int) -> Node:
    """A random tree on an extreme scale: factors from 10^-390 to 10^390 inside and outside, shifts,
    high powers, exponentials around it.
    """
    tree = random_tree(rng, size)
    for _ in range(rng.randint(1, 3)):
        try:
            changed = _stretched(rng, tree)
            parse(terms.to_text(changed))
        except (ValueError, ZeroDivisionError, ParseError):
            continue  # more digits than a number may have
        tree = tree if changed.is_constant else changed
    return tree


def _stretched(rng: random.Random, tree: Node) -> Node:
    exponent = rng.choice((-390, -100, -30, -12, -6, -3, 3, 6, 12, 30, 100, 390))
    factor = terms.num(rng.choice((1, 2, 7, -1, -3)) * Fraction(10) ** exponent)
    kind = rng.random()
    if kind < 0.35:
        return terms.substitute(tree, {terms.Z: terms.mul(factor, terms.Z)})
    if kind < 0.55:
        return terms.mul(factor, tree)
    if kind < 0.65:
        return terms.add(factor, tree)
    if kind < 0.75:
        return terms.power(tree, Fraction(rng.choice((8, 33, 64, -64))))
    if kind < 0.9:
        return terms.call("exp", terms.neg(tree) if rng.random() < 0.5 else tree)
    return terms.substitute(tree, {terms.Z: terms.add(factor, terms.Z)})


def _number(rng: random.Random) -> Node:
    kind = rng.random()
    if kind < 0.08:
        return terms.PI
    if kind < 0.6:
        return terms.num(rng.choice((1, 1, 1, 2, 2, 3, 4, 5, -1, -2)))
    return terms.num(Fraction(rng.randint(-12, 12) or 1, rng.randint(1, 9)))


def _random(rng: random.Random, size: int) -> Node:
    if size <= 0:
        return terms.Z if rng.random() < 0.72 else _number(rng)
    kind = rng.random()
    if kind < 0.42:
        return terms.call(rng.choice(_UNARY), _random(rng, size - 1))
    if kind < 0.52:
        exponent = rng.choice((2, 2, 2, 3, 4, -1, -2))
        return terms.power(_random(rng, size - 1), Fraction(exponent))
    if kind < 0.6:  # 1 + u^2, the commonest way of staying positive
        return terms.add(terms.ONE, terms.power(_random(rng, size - 2), Fraction(2)))
    left = rng.randint(0, size - 1)
    a, b = _random(rng, left), _random(rng, size - 1 - left)
    if kind < 0.76:
        return terms.mul(a, b)
    if kind < 0.88:
        return terms.add(a, b) if rng.random() < 0.6 else terms.sub(a, b)
    if kind < 0.97:
        return terms.div(a, b)
    return Node(rng.choice(("Max", "Min")), (a, b))


def _ordinary(rng: random.Random) -> Case:
    return Case("ordinary", terms.to_text(random_tree(rng, rng.randint(1, 7))))


def _stretched_case(rng: random.Random) -> Case:
    return Case("stretched", terms.to_text(stretched_tree(rng, rng.randint(1, 4))))


# -- parts of texts --------------------------------------------------------------------------------


def _rational(rng: random.Random) -> Fraction:
    """A small rational, 0 among them, often a whole one."""
    return Fraction(rng.randint(-7, 7), rng.choice((1, 1, 1, 2, 3, 5, 7, 16)))


def _positive(rng: random.Random) -> Fraction:
    return abs(_rational(rng)) or Fraction(1)


def _from(point: Fraction) -> str:
    """z - point, as one would write it."""
    if point == 0:
        return "z"
    return f"(z - {point})" if point > 0 else f"(z + {-point})"


def _before(point: Fraction) -> str:
    """point - z."""
    return "(-z)" if point == 0 else f"({point} - z)"


SMOOTH = (
    "z",
    "z^2",
    "tanh(z)",
    "exp(-z^2)",
    "1/(1 + z^2)",
    "atan(z)",
    "sin(z)",
    "exp(z)",
    "softplus(z)",
    "z/(1 + exp(-z))",
    "sqrt(1 + z^2)",
    "erf(z/2)",
    "cos(2*z)",
)


def _with_something(rng: random.Random, text: str) -> tuple[str, str]:
    """(before, after) that turn a function into its sum or product with a smooth one, or leave it."""
    kind = rng.random()
    smooth = rng.choice(SMOOTH)
    if kind < 0.55:
        return "", ""
    if kind < 0.75:
        return f"{smooth} + ", ""
    if kind < 0.9:
        return f"({smooth})*(", ")"
    return f"{_rational(rng) or 3}*(", ")"


# -- intervals and their ends ----------------------------------------------------------------------

# Of w, the distance from an end: what is singular, or not even bounded, as w -> 0+.
AT_AN_END = (
    "exp(-1/{w})",
    "exp(-1/{w}^2)",
    "exp(-1/{w})/{w}",
    "1/{w}",
    "1/{w}^2",
    "{w}*log({w})",
    "{w}^2*log({w})",
    "log({w})",
    "log({w})^2",
    "sqrt({w})",
    "1/sqrt({w})",
    "{w}^(3/2)",
    "{w}^(5/2)",
    "{w}^(1/3)",
    "tanh(1/{w})",
    "atan(1/{w})",
    "erf(1/{w})",
    "1/(1 + 1/{w})",
    "exp(-1/sqrt({w}))",
    "{w}*exp(-{w})*log({w})",
    "exp(-{w})/sqrt({w})",
    "1/log(1 + {w})",
    "1/tanh({w}) - 1/{w}",
    "sigmoid(log({w}))",
    "tanh(log({w}))",
    "sqrt({w})*log({w})",
    "exp(-log({w})^2)",
    "{w}*sin(1/{w})",
)
OUTSIDE = ("{g}", "{g}", "{g}", "tanh({g})", "exp(-({g})^2)", "1/(1 + ({g})^2)", "-3/2*({g})")


def _ends(rng: random.Random) -> Case:
    a, width = _rational(rng), _positive(rng) * rng.choice((1, 1, 1, 5, Fraction(1, 50)))
    b = a + width
    kind = rng.random()
    if kind < 0.2:  # an expression on an interval at whose ends it may or may not be real
        text = terms.to_text(random_tree(rng, rng.randint(1, 5)))
    else:
        if kind < 0.55:
            w = _from(a)
        elif kind < 0.8:
            w = _before(b)
        else:
            w = f"({_from(a)}*{_before(b)})"
        g = rng.choice(OUTSIDE).format(g=rng.choice(AT_AN_END).format(w=w))
        before, after = _with_something(rng, g)
        text = f"{before}{g}{after}"
    left, right = a, b
    two_ends = rng.random() < 0.6 or kind >= 0.8
    if not two_ends:
        left, right = (left, None) if kind < 0.55 else (None, right)
    ends = [end for end in (left, right) if end is not None]
    opened = tuple(end for end in ends if rng.random() < 0.7)
    return Case("ends", text, left, right, opened)


# -- kinks -----------------------------------------------------------------------------------------

CANCELLING = (  # (spelling, the same without kinks, or with fewer)
    ("Max({u}, 0) - Max(-({u}), 0)", "{u}"),
    ("Max({u}, 0) + Min({u}, 0)", "{u}"),
    ("Abs({u}) - Abs(-({u})) + {u}", "{u}"),
    ("Abs({u})^2", "({u})^2"),
    ("Max({u}, 0)^2 + Min({u}, 0)^2", "({u})^2"),
    ("Abs({u}) + {u}", "2*Max({u}, 0)"),
    ("Max({u}, -({u}))", "Abs({u})"),
    ("Max({u}, 1) + Min({u}, 1)", "{u} + 1"),
    ("Max({u}, 1)*Min({u}, 1)", "{u}"),
    ("Max({u}, 2, {u})", "Max(2, {u})"),
    ("Abs(Abs({u}))", "Abs({u})"),
    ("Max(Min({u}, 1), -1)", "(Abs({u} + 1) - Abs({u} - 1))/2"),
    ("Abs(({u})^3) - ({u})^2*Abs({u}) + tanh({u})", "tanh({u})"),
    ("Max(0, {u}) - Max(0, {u} - 1) - Max(0, Min(1, {u})) + exp(-({u})^2)", "exp(-({u})^2)"),
    ("Abs({u})*Abs({u} - 1)", "Abs(({u})^2 - ({u}))"),
    ("exp(-Abs({u}))", "Min(exp({u}), exp(-({u})))"),
    ("log(Max(exp({u}), 1))", "Max({u}, 0)"),
    ("sqrt(({u})^2)", "Abs({u})"),
)
KINKED = (
    "Max({u}, 0)",
    "Abs({u})",
    "Min(1, {u})",
    "Max(0, Min(1, {u}/6 + 1/2))",
    "Max({u}, 0)^2",
    "Max({u}, 0)^3",
    "{u}*Abs({u})",
    "{u}*Max(0, Min(1, {u}/6 + 1/2))",
    "tanh(Abs({u}))",
    "exp(-Abs({u}))",
    "Abs({u})/(1 + Abs({u}))",
    "Max({u}, exp({u}) - 1)",
    "Max({u}, {u}/10)",
    "Abs(({u})^2 - 2)",
    "Abs(exp({u}) - 2)",
    "Max({u}, sin({u}))",
    "Min(({u})^2, 1)",
    "sqrt(Abs({u}) + 1)",
    "Abs(tanh({u}) - 1/2)",
    "Max(-1, Min(1, {u}))",
    "Abs({u})^3",
    "log(1 + Abs({u}))",
)
FACTORS = ("", "", "", "2*", "1/3*", "-1/7*", "1e9*", "1/1000000000*")


def _affine(rng: random.Random) -> str:
    """c (z - r), as one would write it, on an ordinary scale or another."""
    point, slope = _rational(rng), rng.choice(FACTORS)
    return f"{slope}{_from(point)}"


def _kinks(rng: random.Random) -> Case:
    kind = rng.random()
    if kind < 0.45:
        spelling, other = rng.choice(CANCELLING)
        u = rng.choice((_affine(rng), _affine(rng), f"{rng.choice(SMOOTH)} - {_positive(rng)}"))
        u = "z" if rng.random() < 0.25 else f"({u})"
        before, after = _with_something(rng, spelling)
        texts = [f"{before}({t.format(u=u)}){after}" for t in (spelling, other)]
        return Case("kinks", texts[0], twin=Twin(texts[1]))
    hinges = []
    for _ in range(rng.randint(1, 3)):
        hinge = rng.choice(KINKED).format(u=f"({_affine(rng)})")
        hinges.append(f"{_rational(rng) or 1}*{hinge}" if rng.random() < 0.5 else hinge)
    text = " + ".join(hinges)
    if rng.random() < 0.2:
        text = f"{rng.choice(SMOOTH)} + {text}"
    if rng.random() < 0.15:
        text = f"tanh({text})"
    if rng.random() < 0.25:
        a = _rational(rng)
        return Case("kinks", text, a, a + _positive(rng), (a,) if rng.random() < 0.5 else ())
    return Case("kinks", text)


# -- scales ----------------------------------------------------------------------------------------


def _power_of_ten(rng: random.Random) -> tuple[Fraction, str]:
    """(10^k, its text) for |k| <= 12."""
    k = rng.randint(-12, 12)
    value = Fraction(10) ** k
    spellings = [str(value) if value.denominator == 1 else f"({value})", f"10^{k}", f"1e{k}"]
    return value, rng.choice(spellings)


def _scales(rng: random.Random) -> Case:
    if rng.random() < 0.6:
        base = rng.choice(
            (*SMOOTH, "exp(-z^4)", "z*exp(-z^2)", "log(1 + z^2)", "Max(z, 0)", "z*Abs(z)")
        )
    else:
        base = terms.to_text(random_tree(rng, rng.randint(1, 3)))
    (inner, inside), (outer, outside) = _power_of_ten(rng), _power_of_ten(rng)
    argument = f"z/{1 / inner}" if rng.random() < 0.3 and inner < 1 else f"{inside}*z"
    text = _at(base, f"({argument})")
    sign = 1
    if rng.random() < 0.5:
        sign = rng.choice((1, -1))
        text = f"{'-' if sign < 0 else ''}{outside}*({text})"
    else:
        outer = Fraction(1)
    return Case("scales", text, twin=Twin(base, sign * outer, inner))


def _at(text: str, argument: str) -> str:
    """The text with another argument for z."""
    parts = _WORD.split(text)
    return "".join(argument if part == "z" else part for part in parts)


# -- identities ------------------------------------------------------------------------------------

IDENTITIES = (  # (a spelling, a simpler one), equal for every real u
    ("softplus({u}) - softplus(-({u}))", "{u}"),
    ("log(1 + exp({u})) - log(1 + exp(-({u}))) - ({u}) + z", "z"),
    ("log(exp({u}))", "{u}"),
    ("asinh(sinh({u}))", "{u}"),
    ("log(cosh({u}) + sinh({u}))", "{u}"),
    ("log(exp(2*({u})))/2", "{u}"),
    ("({u})*(cosh({u})^2 - sinh({u})^2)", "{u}"),
    ("({u})*(sin({u})^2 + cos({u})^2)", "{u}"),
    ("(erf({u}) + erfc({u}))*({u})", "{u}"),
    ("sinh({u})*exp(-({u}))", "(1 - exp(-2*({u})))/2"),
    ("2*sigmoid(2*({u})) - 1", "tanh({u})"),
    ("sinh({u})/cosh({u})", "tanh({u})"),
    ("(exp(2*({u})) - 1)/(exp(2*({u})) + 1)", "tanh({u})"),
    ("(exp({u}) - exp(-({u})))/(exp({u}) + exp(-({u})))", "tanh({u})"),
    ("(1 - exp(-2*({u})))/(1 + exp(-2*({u})))", "tanh({u})"),
    ("1 - sigmoid(-({u}))", "sigmoid({u})"),
    ("exp({u})/(1 + exp({u}))", "sigmoid({u})"),
    ("(1 + tanh(({u})/2))/2", "sigmoid({u})"),
    ("-log(sigmoid(-({u})))", "softplus({u})"),
    ("softplus(-({u})) + ({u})", "softplus({u})"),
    ("1 - tanh({u})^2", "1/cosh({u})^2"),
    ("2*sin({u})*cos({u})", "sin(2*({u}))"),
    ("cos({u})^2 - sin({u})^2", "cos(2*({u}))"),
    ("1 - 2*sin({u})^2", "cos(2*({u}))"),
    ("(exp({u}) - exp(-({u})))/2", "sinh({u})"),
    ("cosh({u}) + sinh({u})", "exp({u})"),
    ("exp({u})*exp(-({u})^2)", "exp({u} - ({u})^2)"),
    ("tanh(log(sqrt(1 + ({u})^2)))", "({u})^2/(2 + ({u})^2)"),
    ("tanh(log(1 + exp({u})))", "(exp(2*({u})) + 2*exp({u}))/(exp(2*({u})) + 2*exp({u}) + 2)"),
    ("exp(-log(1 + ({u})^2))", "1/(1 + ({u})^2)"),
    ("log(({u}) + sqrt(1 + ({u})^2))", "asinh({u})"),
    ("sinh(asinh({u}))/sqrt(1 + ({u})^2)", "({u})/sqrt(1 + ({u})^2)"),
    ("1 - erf({u})", "erfc({u})"),
    ("2 - erfc(-({u}))", "erfc({u})"),
    ("sin(atan({u}))", "({u})/sqrt(1 + ({u})^2)"),
    ("cos(atan({u}))^2", "1/(1 + ({u})^2)"),
    ("cosh(asinh({u}))", "sqrt(1 + ({u})^2)"),
    ("exp(asinh({u}))", "({u}) + sqrt(1 + ({u})^2)"),
    ("tanh({u}) + tanh(2*({u})) - 2*tanh({u})/(1 + tanh({u})^2)", "tanh({u})"),
    ("(({u})^2 - 1)*(({u})^2 + 1) - ({u})^4 + atan({u})", "atan({u}) - 1"),
    ("log((1 + exp({u}))^2)/2", "softplus({u})"),
    ("exp(({u})/2)/(2*cosh(({u})/2))", "sigmoid({u})"),
)
ON_THE_RIGHT = (  # equal for u > 0
    ("tanh(log({u}))", "(({u})^2 - 1)/(({u})^2 + 1)"),
    ("exp(log({u})/2)", "sqrt({u})"),
    ("log(({u})^2)", "2*log({u})"),
    ("exp(3*log({u}))/(1 + ({u})^3)", "({u})^3/(1 + ({u})^3)"),
    ("sigmoid(log({u}))", "({u})/(1 + ({u}))"),
    ("sqrt(({u})^2)", "{u}"),
    ("atan(1/({u}))", "pi/2 - atan({u})"),
    ("log({u}) - log(2*({u}) + 2)", "log(({u})/(2*({u}) + 2))"),
)
ARGUMENTS = (
    "z",
    "z",
    "z",
    "z/2",
    "3*z",
    "-z",
    "z - 1/3",
    "2*z + 1",
    "1000000*z",
    "z/1000000000",
    "tanh(z)",
    "sin(z)",
    "z^2",
    "z^3/3",
)


def _identities(rng: random.Random) -> Case:
    if rng.random() < 0.15:
        one, two = rng.choice(ON_THE_RIGHT)
        a = _rational(rng)
        end = a + _positive(rng) if rng.random() < 0.5 else None
        texts = [t.format(u=_from(a)) for t in (one, two)]
        return Case("identities", texts[0], a, end, (a,), Twin(texts[1]))
    one, two = rng.choice(IDENTITIES)
    u = rng.choice(ARGUMENTS)
    before, after = _with_something(rng, one)
    argument = u if u == "z" else f"({u})"
    texts = [f"{before}{t.format(u=argument)}{after}" for t in (one, two)]
    return Case("identities", texts[0], twin=Twin(texts[1]))


# -- removable singularities -----------------------------------------------------------------------

WITH_HOLES = (  # of u, with a hole at u = 0 that can be filled
    "sin({u})/{u}",
    "(1 - exp(-{u}))/{u}",
    "(exp({u}) - 1)/{u}",
    "tanh({u})/{u}",
    "atan({u})/{u}",
    "asinh({u})/{u}",
    "erf({u})/{u}",
    "(1 - cos({u}))/{u}",
    "(1 - cos({u}))/{u}^2",
    "(cosh({u}) - 1)/{u}^2",
    "({u} - sin({u}))/{u}^3",
    "{u}/(exp({u}) - 1)",
    "{u}/(1 - exp(-{u}))",
    "{u}/sinh({u})",
    "{u}/tanh({u})",
    "1/{u} - 1/(exp({u}) - 1)",
    "1/tanh({u}) - 1/{u}",
    "log(1 + {u}^2)/{u}^2",
    "(1 - exp(-{u}^2))/{u}",
    "(softplus({u}) - log(2))/{u}",
    "(tanh({u}) - {u})/{u}^3",
    "sin({u})^2/{u}^2",
    "(1 - {u}/tanh({u}))/{u}^2",
)
HOLES_THAT_CANCEL = (
    ("({u}^2 - 1)/({u} - 1)", "{u} + 1"),
    ("({u}^3 - 1)/({u} - 1)", "{u}^2 + {u} + 1"),
    ("sinh(2*{u})/sinh({u})", "2*cosh({u})"),
    ("(exp(2*{u}) - 1)/(exp({u}) - 1)", "exp({u}) + 1"),
    ("sin(2*{u})/{u}*{u}", "sin(2*{u})"),
    ("tanh({u})*{u}/{u}", "tanh({u})"),
    ("{u}^2/{u}", "{u}"),
    ("(tanh({u})^2 - 1/4)/(tanh({u}) - 1/2)", "tanh({u}) + 1/2"),
    ("(1 - exp(-2*{u}))/(1 - exp(-{u}))", "1 + exp(-{u})"),
    ("(cosh({u}) - 1)/sinh({u})", "tanh({u}/2)"),
)


def _removable(rng: random.Random) -> Case:
    point = _rational(rng) if rng.random() < 0.6 else Fraction(0)
    slope = rng.choice(("", "", "", "2*", "1/3*", "-", "1e6*"))
    u = _from(point) if not slope else f"({slope}{_from(point)})"
    left = right = None
    if rng.random() < 0.25:
        left = point - _positive(rng) if rng.random() < 0.8 else None
        right = point + _positive(rng) if rng.random() < 0.8 else None
    opened = tuple(end for end in (left, right) if end is not None and rng.random() < 0.5)
    if rng.random() < 0.3:
        spelling, other = (t.format(u=u) for t in rng.choice(HOLES_THAT_CANCEL))
        before, after = _with_something(rng, spelling)
        twin = Twin(f"{before}{other if not after else f'({other})'}{after}")
        return Case("removable", f"{before}{spelling}{after}", left, right, opened, twin)
    text = rng.choice(WITH_HOLES).format(u=u)
    kind = rng.random()
    if kind < 0.1:
        text = f"{rng.choice(('tanh', 'exp', 'sin', 'Abs'))}({text})"
    elif kind < 0.2:
        text = f"({text})^{rng.choice((2, 3))}"
    else:
        before, after = _with_something(rng, text)
        text = f"{before}{text}{after}"
    return Case("removable", text, left, right, opened)


KINDS: Mapping[str, tuple[int, Callable[[random.Random], Case]]] = MappingProxyType(
    {
        "ordinary": (30, _ordinary),
        "stretched": (14, _stretched_case),
        "scales": (10, _scales),
        "ends": (16, _ends),
        "kinks": (12, _kinks),
        "identities": (10, _identities),
        "removable": (8, _removable),
    }
)
"""Of each kind its share in percent, and how a case of it is drawn."""

__all__ = ["KINDS", "Case", "Twin", "case_of", "random_case", "random_tree", "stretched_tree"]
