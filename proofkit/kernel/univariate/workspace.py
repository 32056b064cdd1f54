"""An expression with what is computed once for it: its tape, and its expansions at infinity."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from flint import arb, arb_series

from proofkit.kernel.univariate import balls, tail
from proofkit.kernel.univariate.coefficients import TailError
from proofkit.kernel.univariate.quantity import Quantity
from proofkit.kernel.univariate.tail import STARTS, TimeIsUp
from proofkit.kernel.univariate.terms import Node

Glance = tuple[list[Fraction], list[float | None]]
"""Points with rough values there, None where there is none."""

_Glanced = tuple[Node, int, Fraction | None, Fraction, Fraction]
"""What was looked at: the root, order and kappa of a quantity, and the ends of an interval."""

_Expanded = tail.Jet | TailError
"""The Taylor coefficients at infinity, or why there are none."""


class OpenError(Exception):
    """What could not be decided, in words."""


@dataclass
class Workspace:
    """An expression with what is computed once for it: its tape and its tails.

    ``beyond`` and ``glances`` are for the search alone: nothing that is proved depends on them.
    """

    root: Node
    order: int = 3
    bits: int = 128
    deadline: float = float("inf")
    left: Fraction | None = None
    right: Fraction | None = None
    beyond: dict[int, Fraction] = field(default_factory=dict[int, Fraction])
    glances: dict[_Glanced, Glance] = field(default_factory=dict[_Glanced, Glance])
    _first: dict[tuple[int, int], Fraction] = field(default_factory=dict[tuple[int, int], Fraction])
    _jets: dict[tuple[int, Fraction, int], _Expanded] = field(
        default_factory=dict[tuple[int, Fraction, int], _Expanded]
    )

    @cached_property
    def tape(self) -> balls.Tape:
        """The instructions of the expression."""
        return balls.Tape(self.root)

    def check_time(self, where: str) -> None:
        """OpenError when the budget is spent."""
        if time.monotonic() > self.deadline:
            raise OpenError(f"the time budget ended {where}")

    def series(self, q: Quantity, x: arb, more: int = 2) -> list[arb]:
        """g, g', ..., g^(more) at (every point of) the ball x."""
        length = q.order + more + 1 + (q.kappa is not None)
        with balls.precision(balls.ctx.prec, length):
            s = self.tape.series(x, length)
            if q.kappa is not None:
                s = arb_series([x, 1], prec=length) * s.derivative() - s * balls.ball(q.kappa)
            else:
                for _ in range(q.order):
                    s = s.derivative()
            if s.prec <= more:
                # Coefficients beyond a series' own length read as zero, which would be a false
                # derivative.
                return [arb.nan()] * (more + 1)
            factorial = q.sign
            out: list[arb] = []
            for n in range(more + 1):
                factorial *= n or 1
                out.append(s[n] * factorial)
            return out

    def tail(self, q: Quantity, end: int, start: Fraction) -> tail.Tail:
        """g on the half-line beyond ``start`` at the end +oo or -oo."""
        key = (end, start, balls.ctx.prec)
        found = self._jets.get(key)
        if found is None or (isinstance(found, list) and len(found) <= q.order):
            self.check_time(f"in the tail at {'+' if end > 0 else '-'}oo")
            try:
                found = self.expand(self.root, end, start, max(self.order, q.order, 1))
            except (TailError, ZeroDivisionError, OverflowError, ValueError) as error:
                found = TailError(str(error) or "the tail arithmetic failed")
            self._jets[key] = found
        if isinstance(found, TailError):
            raise found
        jet = found
        try:
            g = tail.defect(jet, q.kappa) if q.kappa is not None else tail.derivative(jet, q.order)
        except TimeIsUp:
            raise OpenError(
                f"the time budget ended in the tail at {'+' if end > 0 else '-'}oo"
            ) from None
        return g if q.sign > 0 else -g

    def at_hand(self, q: Quantity, end: int) -> tail.Tail | None:
        """g on a half-line at this end on which it has been expanded before; None without one."""
        for (known, start, precision), found in self._jets.items():
            expanded = isinstance(found, list) and len(found) > q.order
            if known == end and precision == balls.ctx.prec and expanded:
                return self.tail(q, end, start)
        return None

    def settled(self, q: Quantity, end: int) -> tuple[Fraction, tail.Tail]:
        """The first half-line on which the tail arithmetic succeeds."""
        found: dict[Fraction, tail.Tail] = {}
        reason = "no half-line was tried"
        key = (end, balls.ctx.prec)

        def works(start: Fraction) -> bool:
            nonlocal reason
            try:
                if key not in self._first:
                    # sigma alone is cheap to expand; where that fails its derivatives need not be
                    # tried.
                    self.check_time(f"in the tail at {'+' if end > 0 else '-'}oo")
                    self.expand(self.root, end, start, 0)
                found[start] = self.tail(q, end, start)
            except (TailError, ZeroDivisionError, OverflowError, ValueError) as error:
                reason = str(error) or "the tail arithmetic failed"
                return False
            return True

        start = first_that(works, self._first.get(key))
        if start is None:
            raise OpenError(f"{q.name} as z -> {'+' if end > 0 else '-'}oo: {reason}")
        self._first[key] = min(start, self._first.get(key, start))
        return start, found[start]

    def expand(self, root: Node, end: int, start: Fraction, order: int) -> tail.Jet:
        """The expansions of a tree and its derivatives; OpenError when the budget ends in them."""
        unit = 1
        while True:
            try:
                return tail.jets(root, tail.Half(start, end, unit, self.deadline), order)
            except tail.FinerPhase as finer:
                unit = finer.unit
            except TimeIsUp:
                raise OpenError(
                    f"the time budget ended in the tail at {'+' if end > 0 else '-'}oo"
                ) from None


def first_that(works: Callable[[Fraction], bool], first: Fraction | None) -> Fraction | None:
    """The first of STARTS, from ``first`` on, that works; found by growing steps and bisection.

    What works on a half-line works on smaller ones, as a rule; where it does not, a later start may
    be returned.
    """
    starts = [s for s in STARTS if first is None or s >= first]
    low, high, step = -1, None, 1  # starts[low] fails
    at = 0
    while at < len(starts):
        if works(starts[at]):
            high = at
            break
        low, at, step = at, at + step, 2 * step
        if low < len(starts) - 1 <= at:
            at = len(starts) - 1
    if high is None:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if works(starts[middle]):
            high = middle
        else:
            low = middle
    return starts[high]
