"""A second opinion on every supremum: maximisation with mpmath, sharing no code with the balls.

Taylor series in plain mpmath numbers look for a value that the enclosure would have to dominate;
one that seems not to be dominated is evaluated again in mpmath's intervals, with more and more
digits.  Only an interval that lies wholly on the wrong side of the bound is an internal error:
cancellation, however complete, leaves the interval wide, and nothing is concluded from it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from proofkit.errors import InternalError
from proofkit.kernel.univariate.quantity import Quantity
from proofkit.kernel.univariate.rounding import decimal
from proofkit.kernel.univariate.terms import Node
from proofkit.kernel.univariate.workspace import OpenError
from proofkit.search.jets import Evaluator, Intervals
from proofkit.search.supremum import Supremum

DIGITS = 40
SHARPER = (80, 320, 1280)  # digits of the intervals that decide
POINTS = 24
REACH = Fraction(12)
FAR = (40, 24, 16, 12, 8, 4, 2)  # powers of two tried besides, as z and as 1/z
STEPS = 12


class Values:
    """sigma and its derivatives at points, each worked out once for all the quantities of sigma.

    >>> from proofkit.kernel.univariate.parser import parse
    >>> [int(x) for x in Values(parse("z^2")).derivatives(Fraction(3), 2)]
    [9, 6, 2]
    """

    def __init__(self, root: Node) -> None:
        self.root = root
        self.evaluator = Evaluator(root, DIGITS)
        self._known: dict[Fraction, list[Any]] = {}

    def derivatives(self, z: Fraction, order: int) -> list[Any]:
        """[sigma, sigma', ..., sigma^(order)] at z; raises as ``Evaluator.derivatives``."""
        known = self._known.get(z)
        if known is None or len(known) <= order:
            known = self.evaluator.derivatives(z, order)
            self._known[z] = known
        return known[: order + 1]

    def number(self, q: Fraction) -> Any:
        """A rational at the working precision."""
        return self.evaluator.number(q)


def value_of(q: Quantity, f: Evaluator | Values, z: Fraction) -> Any:
    """g(z), by the evaluator's own arithmetic; ArithmeticError or ValueError where it has no value."""
    if q.kappa is None:
        return q.sign * f.derivatives(z, q.order)[q.order]
    value, slope = f.derivatives(z, 1)
    return q.sign * (f.number(z) * slope - f.number(q.kappa) * value)


def exceeds(q: Quantity, z: Fraction, bound: Fraction) -> str:
    """g(z) in words when mpmath's intervals prove that it is above the bound; '' when they do not."""
    for digits in SHARPER:
        f = Intervals(q.root, digits)
        try:
            value = value_of(q, f, z)
            if value > f.number(bound):
                low, high = f.ends(value)
                return f"{f.plain.nstr(low, 20)} .. {f.plain.nstr(high, 20)}"
            if value <= f.number(bound):
                return ""
        except (ArithmeticError, ValueError):
            return ""
    return ""


def recheck(
    q: Quantity,
    left: Fraction | None,
    right: Fraction | None,
    found: Supremum,
    deadline: float = float("inf"),
    values: Values | None = None,
) -> None:
    """Look for a contradiction to an enclosure of sup g on [left, right] (None: infinite).

    ``values`` are those of sigma that several calls share.

    Raises InternalError for a value that is certainly above the bound, or certainly below the
    lower bound where that is said to be reached; OpenError when the time is up.
    """
    if found.upper is None:
        return
    f = values if values is not None and values.root == q.root else Values(q.root)
    claimed = found.witness.attained_at if found.witness is not None else None

    def g(z: Fraction) -> Any:
        if time.monotonic() > deadline:
            raise OpenError(f"the time budget ended in the mpmath recheck of {q.name}")
        try:
            value = value_of(q, f, z)
        except (ArithmeticError, ValueError):
            return None
        return value if f.evaluator.context.isfinite(value) else None

    at = _best(g, _points(left, right, claimed), left, right)
    for above, z, bound in ((q, at, found.upper), (q.negated, claimed, -found.lower)):
        value = g(z) if z is not None else None
        if z is None or value is None or above.sign * q.sign * value <= f.number(bound):
            continue
        if seen := exceeds(above, z, bound):
            claim = (
                f"{q.name} in {seen} at z = {decimal(z, 20)}, above the bound {decimal(bound, 20)}"
                if above is q
                else f"-{q.name} in {seen} at z = {decimal(z, 20)}, "
                f"where {q.name} >= {decimal(found.lower, 20)} was claimed"
            )
            raise InternalError(f"mpmath finds {claim}")


def _points(
    left: Fraction | None, right: Fraction | None, claimed: Fraction | None
) -> list[Fraction]:
    """Points of [left, right]: a grid of the middle, powers of two, and the neighbourhood of the
    claimed maximum.
    """
    low = left if left is not None else min(-REACH, (right or Fraction(0)) - REACH)
    high = right if right is not None else max(REACH, (left or Fraction(0)) + REACH)
    grid = [low + (high - low) * i / POINTS for i in range(1, POINTS)]
    scales = [Fraction(2) ** e for k in FAR for e in (k, -k)]
    grid += [s * x for x in scales for s in (1, -1)]
    if claimed is not None:
        grid += [
            claimed,
            *(claimed * (1 + s * Fraction(1, 2**k)) for k in (1, 4, 16) for s in (1, -1)),
        ]
    return [x for x in grid if (left is None or x >= left) and (right is None or x <= right)]


def _best(
    g: Callable[[Fraction], Any],
    points: Iterable[Fraction],
    left: Fraction | None,
    right: Fraction | None,
) -> Fraction | None:
    """The point at which g is largest, among the points and near the best of them; None when g has
    no value there.
    """
    values = [(value, x) for x in points if (value := g(x)) is not None]
    if not values:
        return None
    best, at = max(values)
    width = max(abs(at), REACH / 12) / 2
    for _ in range(STEPS):
        width /= 3
        for x in (at - width, at + width):
            if (left is None or x >= left) and (right is None or x <= right):
                value = g(x)
                if value is not None and value > best:
                    best, at = value, x
    return at
