"""The safe expression parser: text in, tree out, nothing evaluated.

Grammar (ASCII only)::

    expr   := term (('+' | '-') term)*
    term   := unary (('*' | '/') unary)*
    unary  := ('-' | '+') unary | power
    power  := atom (('^' | '**') unary)?          right associative
    atom   := number | 'z' | 'pi' | name '(' expr (',' expr)* ')' | '(' expr ')'

An exponent is a rational constant, or the base is a positive constant.
Limits: 20,000 characters, nesting 150, 4,000 tokens, exponents up to 64.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial
from types import MappingProxyType

from proofkit.errors import ParseError, slip
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.terms import Node

MAX_LENGTH = 20_000
MAX_DEPTH = 150
MAX_TOKENS = 4_000

ARITY = {
    **dict.fromkeys(
        ("exp", "log", "sqrt", "tanh", "sinh", "cosh", "sin", "cos", "atan", "asinh"), (1, 1)
    ),
    **dict.fromkeys(("erf", "erfc", "sigmoid", "softplus", "Abs"), (1, 1)),
    **dict.fromkeys(("Max", "Min"), (2, 8)),
}
# Other names of the same functions.
SYNONYMS: Mapping[str, str] = MappingProxyType(
    {
        "ln": "log",
        "arctan": "atan",
        "arcsinh": "asinh",
        "logistic": "sigmoid",
        "expit": "sigmoid",
        "fabs": "Abs",
        "maximum": "Max",
        "minimum": "Min",
    }
)
_TOKEN = re.compile(
    r"\s*(?:(?P<num>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|(?P<name>[A-Za-z_][A-Za-z_0-9]*)|(?P<op>\*\*|[-+*/^(),]))"
)


def _tokens(text: str) -> list[tuple[str, str, int]]:
    if len(text) > MAX_LENGTH:
        raise ParseError(
            f"the text has {len(text)} characters; at most {MAX_LENGTH} are accepted",
            MAX_LENGTH + 1,
        )
    out: list[tuple[str, str, int]] = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        m = _TOKEN.match(text, at)
        if m is None or not m.group(0).isascii():
            bad = at + len(text[at:]) - len(text[at:].lstrip())
            raise ParseError(
                f"unexpected character {text[bad]!a}; see `proofkit bounds --help` for the grammar",
                bad + 1,
            )
        kind = str(m.lastgroup)
        out.append((kind, m.group(kind), m.start(kind) + 1))
        at = m.end()
        if len(out) > MAX_TOKENS:
            raise ParseError(f"more than {MAX_TOKENS} symbols; simplify the expression", out[-1][2])
    out.append(("end", "", len(text) + 1))
    return out


def number(text: str) -> Fraction:
    """Decimal text, with optional exponent, as the exact rational it denotes."""
    mantissa, _, exponent = text.lower().partition("e")
    if len(mantissa) > terms.MAX_DIGITS or (
        exponent and (len(exponent) > 5 or abs(int(exponent)) > 400)
    ):
        raise ValueError(
            f"the number is too long (at most {terms.MAX_DIGITS} digits and exponents up to 400)"
        )
    return Fraction(mantissa) * Fraction(10) ** int(exponent or 0)


class _Parser:
    def __init__(self, text: str, names: frozenset[str], variables: tuple[str, ...]) -> None:
        self.tokens = _tokens(text)
        self.names = names
        self.variables = variables
        self.at = 0
        self.depth = 0

    @property
    def token(self) -> tuple[str, str, int]:
        return self.tokens[self.at]

    def take(self, *wanted: str) -> str | None:
        kind, text, _ = self.token
        if kind == "op" and text in wanted:
            self.at += 1
            return text
        return None

    def expect(self, wanted: str) -> None:
        kind, text, column = self.token
        if not self.take(wanted):
            seen = "the text ends" if kind == "end" else f"found {text[:20]!r}"
            raise ParseError(f"expected {wanted!r} but {seen}", column)

    def build(self, column: int, make: Callable[[], Node]) -> Node:
        try:
            return make()
        except (ValueError, ZeroDivisionError) as error:
            raise ParseError(str(error), column) from None

    def expr(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ParseError(f"nested more than {MAX_DEPTH} levels deep", self.token[2])
        left = self.term()
        while op := self.take("+", "-"):
            column, right, base = self.token[2], self.term(), left
            make = terms.add if op == "+" else terms.sub
            left = self.build(column, partial(make, base, right))
        self.depth -= 1
        return left

    def term(self) -> Node:
        left = self.unary()
        while op := self.take("*", "/"):
            column, right, base = self.token[2], self.unary(), left
            make = terms.mul if op == "*" else terms.div
            left = self.build(column, partial(make, base, right))
        return left

    def unary(self) -> Node:
        negative = False
        while op := self.take("-", "+"):
            negative ^= op == "-"
        inner = self.power()
        return terms.neg(inner) if negative else inner

    def power(self) -> Node:
        base = self.atom()
        column = self.token[2]
        if not self.take("^", "**"):
            return base
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ParseError(f"nested more than {MAX_DEPTH} levels deep", column)
        exponent = self.unary()
        self.depth -= 1
        if exponent.op == "num":
            return self.build(column, lambda: terms.power(base, exponent.rational))
        if base.op == "num" and base.rational > 0:
            return terms.call("exp", terms.mul(exponent, terms.call("log", base)))
        raise ParseError(
            "an exponent must be a rational number, or its base a positive number", column
        )

    def atom(self) -> Node:
        kind, text, column = self.token
        self.at += 1
        if kind == "num":
            return self.build(column, lambda: terms.num(number(text)))
        if kind == "op" and text == "(":
            inner = self.expr()
            self.expect(")")
            return inner
        if kind == "name":
            return self.named(text, column)
        seen = "the text ends" if kind == "end" else f"found {text!r}"
        variable = " or ".join(self.variables)
        raise ParseError(f"expected a number, {variable}, a function or '(' but {seen}", column)

    def meant(self, text: str) -> str:
        """The end of the sentence about an unknown name: the same thing in the grammar, or what
        there is.
        """
        near = SYNONYMS.get(text.lower()) or slip(text[:40], [*ARITY, "pi", *self.names])
        if near is not None:
            return f"did you mean {near}?"
        called = f"the variable is called {' or '.join(self.variables)}"
        if len(text) == 1:
            return called
        return f"{called}, and the functions are {', '.join(ARITY)}"

    def named(self, text: str, column: int) -> Node:
        if text == "z" and text in self.variables:
            return terms.Z
        if text == "pi":
            return terms.PI
        if text in self.names or text in self.variables:
            return Node("name", (), text)
        if text not in ARITY:
            raise ParseError(f"unknown name {text[:40]!r}; {self.meant(text)}", column)
        self.expect("(")
        args = [self.expr()]
        while self.take(","):
            args.append(self.expr())
        self.expect(")")
        low, high = ARITY[text]
        if not low <= len(args) <= high:
            raise ParseError(
                f"{text} takes {low if low == high else f'{low} to {high}'} arguments, not "
                f"{len(args)}",
                column,
            )
        if text in ("Max", "Min"):
            node = args[0]
            for other in args[1:]:
                node = Node(text, (node, other))
            return node
        return self.build(column, lambda: terms.call(text, *args))


def parse(
    text: str, names: frozenset[str] = frozenset(), variables: tuple[str, ...] = ("z",)
) -> Node:
    """Parse ``text``; ``names`` are parameters allowed beside the variable.

    ``variables`` are what the variable may be called; one that is not z stays a name in the tree.
    Raises ParseError, with the column, for anything outside the grammar.

    >>> str(parse("z / (1 + exp(-z))"))
    'z/(1 + exp(-z))'
    >>> parse("u", variables=("u",)).op
    'name'
    """
    parser = _Parser(text, names, variables)
    tree = parser.expr()
    kind, seen, column = parser.token
    if kind != "end":
        raise ParseError(f"unexpected {seen[:20]!r} after a complete expression", column)
    return tree
