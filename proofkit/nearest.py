"""The nearest numbers with which a plan can be run: lambda, width or epsilon alone, the others
kept.

Every value that is named comes from a certified plan of its own, and so does the one before it that
is not enough; nothing is read off a formula.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from proofkit.errors import InputError
from proofkit.plan import Plan, Size, make_plan
from proofkit.problem.data import Outer
from proofkit.problem.problem import Problem
from proofkit.reading.table import Table
from proofkit.tactics.workbench import Library

PRACTICAL = 12
"""A plan can be run when Langevin Monte Carlo needs at most 10^PRACTICAL iterations."""
DECADES = 9
"""lambda and epsilon are searched up to 10^DECADES times the given ones."""
MANTISSAS = (1, 2, 5)


@dataclass(frozen=True)
class Nearest:
    """The value of ``axis`` nearest to the given one for which a practical plan exists.

    ``value`` is None where none was found as far as ``last``, the farthest that was tried.
    ``missed`` is the neighbour of ``value`` on the side of the given one, for which there is none
    (None: the given one).
    """

    axis: str
    value: Fraction | None
    missed: Fraction | None
    last: Fraction
    iterations: Size | None


def practical(plan: Plan) -> bool:
    """True when the number of iterations is certified and at most 10^PRACTICAL."""
    return plan.langevin is not None and plan.langevin.count.log10 <= PRACTICAL


def above(x: Fraction) -> tuple[Fraction, ...]:
    """The numbers 1, 2 and 5 times powers of ten that are larger than x, up to 10^DECADES x.

    >>> [str(q) for q in above(Fraction(3))[:4]]
    ['5', '10', '20', '50']
    """
    top, power = x * Fraction(10) ** DECADES, Fraction(1)
    while power > x:
        power /= 10
    while power * 10 <= x:
        power *= 10
    out: list[Fraction] = []
    while power <= top:
        out += [q for m in MANTISSAS if x < (q := m * power) <= top]
        power *= 10
    return tuple(out)


def below(width: int) -> tuple[Fraction, ...]:
    """The smaller widths, the nearest first."""
    return tuple(Fraction(p) for p in range(width - 1, 0, -1))


def first_practical(
    axis: str, values: Sequence[Fraction], make: Callable[[Fraction], Plan | None]
) -> Nearest | None:
    """By bisection: a value with a practical plan whose neighbour towards the given one has none.

    Only the values that were tried are known: none is found where the farthest has no practical plan.
    None where there are no values to try.
    """
    if not values:
        return None

    def count(value: Fraction) -> Size | None:
        plan = make(value)
        return plan.langevin.count if plan and plan.langevin and practical(plan) else None

    low, high = -1, len(values) - 1
    found = count(values[high])
    if found is None:
        return Nearest(axis, None, None, values[high], None)
    while high - low > 1:
        middle = (low + high) // 2
        here = count(values[middle])
        low, high, found = (low, middle, here) if here is not None else (middle, high, found)
    return Nearest(axis, values[high], values[low] if low >= 0 else None, values[-1], found)


def nearest_plans(
    problem: Problem,
    epsilon: Fraction,
    table: Table | None,
    library: Library,
    drawn: Callable[[int], Outer] | None,
    progress: Callable[[int, int, str], None] = lambda *_: None,
) -> tuple[Nearest, ...]:
    """The nearest lambda, width and epsilon with a practical plan, each alone.

    ``drawn`` makes the outer weights of a width; None for weights of the reader's own, which have
    no other width.  InputError for a problem without numbers.
    """
    if problem.lam is None or problem.outer is None:
        raise InputError("a search needs numbers: data, outer weights and lambda")
    lam, width = problem.lam, problem.outer.p
    axes = 2 if drawn is None else 3
    done = 0

    def attempt(what: str, changed: Problem, goal: Fraction) -> Plan | None:
        progress(done, axes, f"trying {what}")
        try:
            return make_plan(changed, goal, table, library)
        except InputError:  # no rate is certified there
            return None

    def with_lambda(value: Fraction) -> Plan | None:
        return attempt(f"lambda = {value}", replace(problem, lam=value), epsilon)

    def with_epsilon(value: Fraction) -> Plan | None:
        return attempt(f"epsilon = {value}", problem, value)

    found = [first_practical("lambda", above(lam), with_lambda)]
    done += 1
    if drawn is not None:

        def with_width(value: Fraction) -> Plan | None:
            weights = drawn(int(value))
            return attempt(f"width = {value}", replace(problem, outer=weights), epsilon)

        found.append(first_practical("width", below(width), with_width))
        done += 1
    found.append(first_practical("epsilon", above(epsilon), with_epsilon))
    return tuple(one for one in found if one is not None)


def nearest_json(found: Nearest) -> dict[str, Any]:
    """The documented keys of an entry of "nearest" in `proofkit plan --json`."""
    return {
        "axis": found.axis,
        "value": None if found.value is None else str(found.value),
        "not_enough": None if found.missed is None else str(found.missed),
        "tried_up_to": str(found.last),
        "iterations": None if found.iterations is None else found.iterations.whole(),
    }
