"""Muckenhoupt's criterion for a net with one weight, on the reader's own data.

With V = 2 L/s, C_P <= 4 max(B+, B-): B+ is at most the largest product, over cells to the right of
m, of the integral of e^-V from the cell's start to infinity and of e^V from m to the cell's end;
beyond the last cell V' >= g.
"""

from __future__ import annotations

from collections.abc import Sequence

from flint import arb, ctx, fmpq

from proofkit.check.expr import Refused, Tree, jet, tape

MAX_WORK = 60_000


class Line:
    """V and V' on balls, for f = a sigma(x w)."""

    def __init__(
        self,
        root: Tree,
        squared: bool,
        rows: Sequence[tuple[fmpq, fmpq]],
        a: fmpq,
        lam: fmpq,
        s: fmpq,
    ) -> None:
        self.code, self.squared, self.rows, self.a, self.lam, self.s = (
            tape(root),
            squared,
            rows,
            a,
            lam,
            s,
        )

    def at(self, w: arb) -> tuple[arb, arb]:
        """(V, V') on the ball w."""
        value, slope = arb(0), arb(0)
        for x, y in self.rows:
            s = jet(self.code, w * arb(x), 2)
            f, df = s[0] * self.a, s[1] * (self.a * x)
            if self.squared:
                value, slope = value + (f - y) * (f - y) / 2, slope + (f - y) * df
            else:
                value, slope = value + (-f * y).exp().log1p(), slope - df * y / (1 + (f * y).exp())
        scale = 2 / (self.s * len(self.rows))
        return value * scale + w * w * (self.lam / self.s), slope * scale + w * (
            2 * self.lam / self.s
        )


def side(line: Line, m: fmpq, end: fmpq, cells: int, growth: tuple[fmpq, fmpq]) -> arb:
    """An upper bound of B on the side of ``end``; w L' >= growth[0] w^2 - growth[1]."""
    reach = abs(end)
    g = 2 / line.s * (growth[0] * reach - growth[1] / reach) if reach else fmpq(0)
    if not (g > 0 and (end - m) * end > 0):
        raise Refused("the quadrature ends too early, or on the wrong side")
    h = (end - m) / cells
    boxes = []
    for k in range(cells):
        left, right = m + h * k, m + h * (k + 1)
        inside = line.at(arb((left + right) / 2))[0] + line.at(arb(left).union(arb(right)))[
            1
        ] * arb(abs(h) / 2) * arb(0, 1)
        boxes.append((arb((-inside).exp().upper()) * abs(h), arb(inside.exp().upper()) * abs(h)))
    tail = (-line.at(arb(end))[0]).exp() / g
    beyond, before = [tail], [arb(0)]
    for light, _ in reversed(boxes):
        beyond.append(beyond[-1] + light)
    for _, heavy in boxes:
        before.append(before[-1] + heavy)
    worst = before[-1] * tail + 1 / arb(g) ** 2
    for k in range(cells):
        worst = worst.max(beyond[cells - k] * before[k + 1])
    return worst


def exponent(
    line: Line, m: fmpq, ends: tuple[fmpq, fmpq], cells: int, growth: tuple[fmpq, fmpq]
) -> arb:
    """log(8 lambda max(B+, B-)/s): the gap is at least lambda exp(-that)."""
    if not (ends[0] < m < ends[1] and cells > 0 and cells * len(line.rows) <= MAX_WORK):
        raise Refused("the quadrature has no sense, or too many cells")
    before, ctx.prec = ctx.prec, 96
    try:
        left, right = (side(line, m, end, cells, growth) for end in ends)
        return (left.max(right) * (8 * line.lam / line.s)).log()
    finally:
        ctx.prec = before
