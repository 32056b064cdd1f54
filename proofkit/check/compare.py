"""Two activations that are written differently: the same function, another one, or undecided."""

from __future__ import annotations

from fractions import Fraction

from flint import arb

from proofkit.kernel.univariate import balls
from proofkit.kernel.univariate.terms import Node, to_text, walk

BITS = 512
POINTS = tuple(Fraction(k, 8) for k in (-80, -37, -19, -7, -3, 1, 2, 5, 11, 23, 53, 96))
"""Where expressions that are written differently are compared."""
COMMUTE = frozenset({"add", "mul", "Max", "Min"})


class UndecidedFunctionError(Exception):
    """Whether two expressions are the same function is not decided."""


def same_function(one: Node, two: Node) -> bool:
    """True when two expressions are the same but for the order of sums and products, False when
    they differ somewhere.

    Raises UndecidedFunctionError when they are written differently and agree wherever they were
    compared.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> same_function(parse("z*z + exp(z)"), parse("exp(z) + z^2"))
    True
    >>> same_function(parse("tanh(z)"), parse("atan(z)"))
    False
    """
    if _ordered(one) == _ordered(two):
        return True
    with balls.precision(BITS):
        tapes = balls.Tape(one), balls.Tape(two)
        for point in POINTS:
            first, second = (_value(tape, point) for tape in tapes)
            if first is None or second is None:  # not defined there, or too close to say
                continue
            if not first.overlaps(second):
                return False
    raise UndecidedFunctionError(
        "your activation is written in another way than the certificate's; that it is the "
        "same function is not shown"
    )


def paired(
    own: tuple[Node, ...], recorded: tuple[Node, ...]
) -> tuple[tuple[Node, Node], ...] | None:
    """The reader's activations beside the recorded ones, each pair once: one for all hidden layers, or
    one for each; None for another number.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> tanh, relu = parse("tanh(z)"), parse("Max(z, 0)")
    >>> len(paired((tanh,), (tanh, relu))), paired((tanh, tanh), (tanh,))
    (2, None)
    """
    if len(own) == 1:
        own *= len(recorded)
    if len(own) != len(recorded):
        return None
    return tuple(dict.fromkeys(zip(own, recorded, strict=True)))


def _value(tape: balls.Tape, point: Fraction) -> arb | None:
    """A ball around the value at a point; None where that is not known to be finite."""
    value = tape.series(balls.ball(point), 1)[0]
    return value if value.is_finite() else None


def _ordered(root: Node) -> Node:
    """The term with the operands of sums, products, Max and Min in a fixed order, u*u as u^2."""
    made: dict[Node, Node] = {}
    for node in walk(root):
        args = tuple(made[a] for a in node.args)
        if node.op == "mul" and args[0] == args[1]:
            made[node] = Node("pow", args[:1], Fraction(2))
            continue
        if node.op in COMMUTE:
            args = tuple(sorted(args, key=to_text))
        made[node] = Node(node.op, args, node.value)
    return made[root]
