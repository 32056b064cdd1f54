"""Two reasons for a bound on a piece: a range visible in the expression, Taylor's formula."""

from __future__ import annotations

from fractions import Fraction
from math import factorial

from flint import arb

from proofkit.kernel.univariate import balls, terms
from proofkit.kernel.univariate.periods import rate
from proofkit.kernel.univariate.quantity import Quantity
from proofkit.kernel.univariate.signs import sign_by_structure
from proofkit.kernel.univariate.terms import Node
from proofkit.kernel.univariate.workspace import Workspace

DEGREE = 6


def in_range(q: Quantity, bound: Fraction) -> bool:
    """True when the bound holds for a reason visible in the expression.

    sin, cos, tanh, erf and their whole powers are at most 1; exponentials, even powers, and what is
    built of these as ``sign_by_structure`` sees it, at least 0; a derivative of order k of a sin or
    cos of c z + d is at most |c|^k, and so on for sums: see ``swing``.
    """
    if q.kappa is not None:
        return False
    if (
        (found := swing(q.root, q.order)) is not None
        and found[0] == 0
        and q.sign * found[1] + found[2] <= bound
    ):
        return True
    if q.order:
        return False
    if q.sign < 0 and bound >= 0 and sign_by_structure(q.root)[q.root][0]:
        return True
    base, k = (q.root.args[0], q.root.rational) if q.root.op == "pow" else (q.root, Fraction(1))
    return base.op in ("sin", "cos", "tanh", "erf") and k.denominator == 1 and k >= 1 and bound >= 1


def swing(root: Node, order: int) -> tuple[Fraction, Fraction, Fraction] | None:
    """(l, m, r) with |(d/dz)^order root - l z - m| <= r everywhere, for sums of lines and sines and
    cosines (or their squares) of c z + d; None otherwise.
    """
    zero = Fraction(0)
    values: dict[Node, tuple[Fraction, Fraction, Fraction] | None] = {}
    for node in terms.walk(root):
        a = [values[x] for x in node.args]
        out: tuple[Fraction, Fraction, Fraction] | None = None
        wave = node.args[0] if node.op == "pow" and node.rational == 2 else node
        if node.op == "z":
            out = (
                (Fraction(1), zero, zero) if order == 0 else (zero, Fraction(int(order == 1)), zero)
            )
        elif node.op == "num":
            out = (zero, zero if order else node.rational, zero)
        elif wave.op in ("sin", "cos"):
            c = rate(wave.args[0])
            if c is not None and c.is_rational:
                size = abs(c.rational) ** order
                # the square is 1/2 + (a wave of twice the frequency)/2
                out = (
                    (zero, zero, size)
                    if wave is node
                    else (zero, zero if order else Fraction(1, 2), size * 2**order / 2)
                )
        elif node.op in ("add", "sub") and (one := a[0]) is not None and (two := a[1]) is not None:
            sign = 1 if node.op == "add" else -1
            out = (one[0] + sign * two[0], one[1] + sign * two[1], one[2] + two[2])
        elif node.op == "neg" and (one := a[0]) is not None:
            out = (-one[0], -one[1], one[2])
        elif node.op in ("mul", "div"):
            k, inner = (1, 0) if node.args[1].op == "num" else (0, 1)
            if (
                node.args[k].op == "num"
                and (node.op == "mul" or (k == 1 and node.args[1].rational))
                and (one := a[inner]) is not None
            ):
                q = node.args[k].rational if node.op == "mul" else 1 / node.args[k].rational
                out = (one[0] * q, one[1] * q, one[2] * abs(q))
        values[node] = out
    return values[root]


def taylor(w: Workspace, q: Quantity, left: Fraction, right: Fraction) -> arb:
    """A ball that contains g on [left, right]: g_0 + .. + g_5 h^5 at the midpoint, and the sixth
    coefficient over the whole piece times h^6.
    """
    middle, r = balls.ball((left + right) / 2), balls.ball((right - left) / 2)
    # h^k lies in [-r^k, r^k], for even k in [0, r^k].
    powers = [r**k * (arb(0, 1) if k % 2 else arb(0.5, 0.5)) for k in range(1, DEGREE + 1)]
    at, over = w.series(q, middle, DEGREE - 1), w.series(q, balls.hull(left, right), DEGREE)
    return sum(
        (
            c * h / factorial(k)
            for k, (c, h) in enumerate(zip([*at[1:], over[DEGREE]], powers, strict=True), 1)
        ),
        at[0],
    )
