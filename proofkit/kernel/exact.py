"""Values from outside the kernel, made again of exact builtins.

A subclass of int or Fraction may compare as it likes, a property may answer differently each
time, a Fraction's numerator can be assigned to.  So nothing that a caller hands to a rule is
used: the kernel makes its own copy, of types it knows, and works with that.
"""

from __future__ import annotations

from dataclasses import fields
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from proofkit.activation.catalogue import Activation
from proofkit.errors import InputError, ParseError
from proofkit.kernel.core import KernelError
from proofkit.kernel.onedim import Quadrature
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.quantity import Cover, Piece, Quantity, Witness
from proofkit.kernel.univariate.terms import Node
from proofkit.problem.data import DataSummary, Outer
from proofkit.problem.problem import Problem
from proofkit.reading.labels import LabelMap
from proofkit.reading.table import Table
from proofkit.search.facts import Bound, Part
from proofkit.search.supremum import Supremum

RECORDS = frozenset(
    {
        Bound,
        Part,
        Supremum,
        Cover,
        Piece,
        Witness,
        Quantity,
        Quadrature,
        Table,
        DataSummary,
        Outer,
        LabelMap,
    }
)
DEPTH = 200


def exact(value: Any) -> Any:
    """The value again, of str, int, bool, None, Fraction, tuples and the records of ``RECORDS``.

    Lists become tuples, mappings read-only.  Raises KernelError for any other type, also for a
    subclass of one of these.

    >>> exact([1, {"a": Fraction(1, 2)}])
    (1, mappingproxy({'a': Fraction(1, 2)}))
    """
    return _exact(value, 0, {})


def _exact(value: Any, depth: int, nodes: dict[int, Node]) -> Any:
    kind = type(value)
    if kind in (str, int, bool) or value is None:
        return value
    if kind is Fraction:
        return _fraction(value)
    if depth > DEPTH:
        raise KernelError("a value given to a rule is nested too deeply")
    if kind in (tuple, list):
        return tuple(_exact(v, depth + 1, nodes) for v in value)
    if kind in (dict, MappingProxyType):
        # A proxy may wrap anything, so its items are taken once and their keys compared by type.
        items = [(k, _exact(v, depth + 1, nodes)) for k, v in value.items()]
        if any(type(k) is not str for k, _ in items):
            raise KernelError("a mapping given to a rule has keys that are no text")
        return MappingProxyType(dict(items))
    if kind is Node:
        return _node(value, nodes)
    if kind in RECORDS:
        return kind(*(_exact(getattr(value, f.name), depth + 1, nodes) for f in fields(kind)))
    raise KernelError(f"a value of the type {kind.__name__} cannot be given to a rule")


def _fraction(value: Fraction) -> Fraction:
    top, bottom = value.numerator, value.denominator
    if type(top) is not int or type(bottom) is not int or bottom <= 0:
        raise KernelError("a Fraction given to a rule has been altered")
    return Fraction(top, bottom)


def _node(root: Node, made: dict[int, Node]) -> Node:
    """A tree again, each shared node once (trees are shared heavily)."""
    stack = [root]
    while stack:
        node = stack[-1]
        if id(node) in made:
            stack.pop()
            continue
        if type(node) is not Node or type(node.op) is not str or type(node.args) is not tuple:
            raise KernelError("an expression given to a rule has been altered")
        open_ = [a for a in node.args if id(a) not in made]
        if open_:
            if len(stack) > 10_000:
                raise KernelError("an expression given to a rule is nested too deeply")
            stack += open_
            continue
        value = _exact(node.value, 0, made)
        made[id(node)] = Node(node.op, tuple(made[id(a)] for a in node.args), value)
        stack.pop()
    return made[id(root)]


@lru_cache(maxsize=1024)
def tree_of(text: str) -> Node:
    """The expression that a text denotes; KernelError when it is not the text of an expression."""
    try:
        root = parse(text)
    except ParseError as error:
        raise KernelError(f"the activation cannot be read back from its text: {error}") from None
    if terms.to_text(root) != text:
        raise KernelError("the activation is not what its text says")
    return root


def own_problem(problem: Any) -> Problem:
    """The problem again, of exact values; its activation is read back from its text.

    The text is what facts and certificates are about, so it alone says which function sigma is.
    Raises KernelError for anything that is not a Problem with fields of the right types, and for
    constants of data and outer weights that contradict each other.
    """
    if type(problem) is not Problem or type(problem.activation) is not Activation:
        raise KernelError("the problem is not a Problem with an Activation")
    given = problem.activation
    name, loss = exact(given.name), exact(problem.loss_name)
    lam, noise = exact(problem.lam), exact(problem.noise)
    data, outer = exact(problem.data), exact(problem.outer)
    if (
        type(name) is not str
        or type(loss) is not str
        or type(given.root) is not Node
        or type(lam) not in (int, Fraction, type(None))
        or type(noise) not in (int, Fraction, type(None))
        or type(data) not in (DataSummary, type(None))
        or type(outer) not in (Outer, type(None))
    ):
        raise KernelError("a field of the problem is of the wrong kind")
    root = tree_of(terms.to_text(exact(given.root)))
    try:
        own = Problem(
            Activation(name, root),
            loss,
            None if lam is None else Fraction(lam),
            None if noise is None else Fraction(noise),
            data,
            outer,
        )
    except InputError as error:
        raise KernelError(str(error)) from None
    if data is not None and outer is not None and (why := contradiction(data, outer)):
        raise KernelError(f"the constants of the problem contradict each other: {why}")
    if data is not None and loss == "logistic" and not (data.B_y == data.y_square_mean == 1):
        # |y_i| <= 1 with mean square 1 says that every label is -1 or +1.
        raise KernelError("the loss is logistic and the labels are not all -1 or +1")
    return own


def contradiction(data: DataSummary, outer: Outer) -> str:
    """What constants of data and outer weights say that is true of no rows; '' when nothing.

    Lambda_S = lambda_max(S) for S = (1/n) sum x_i x_i^T; X2 = trace S; B_x^2 = max ||x_i||^2.
    """
    whole = (data.n, data.d, outer.p)
    if any(type(v) is not int or v < 1 for v in whole):
        return "n, d and p are not positive whole numbers"
    numbers = [getattr(data, f.name) for f in fields(data) if f.name in _RATIONAL]
    numbers += [getattr(outer, f.name) for f in fields(outer) if f.name in _RATIONAL]
    pair = data.Lambda_S
    if type(pair) is not tuple or len(pair) != 2:
        return "Lambda_S is not an enclosure"
    if any(type(v) is not Fraction for v in (*numbers, *pair)):
        return "a constant is not a rational number"
    if len(data.features) != data.d:
        return "d is not the number of the features"
    return _features(data) or _labels(data) or _weights(outer)


_RATIONAL = frozenset(
    [
        "B_x_squared",
        "x_square_mean",
        "B_y",
        "y_min",
        "y_max",
        "y_abs_mean",
        "y_square_mean",
        "a_1",
        "a_2_squared",
        "a_inf",
        "a_plus",
        "a_minus",
    ]
)
LOOSE = Fraction(1, 10**5)
"""How far above the trace of S the end of an enclosure of Lambda_S may lie: it is rounded up."""


def _features(data: DataSummary) -> str:
    n, d, largest, mean = data.n, data.d, data.B_x_squared, data.x_square_mean
    low, high = data.Lambda_S
    if not 0 <= mean <= largest <= n * mean:
        return "X2 does not lie between B_x^2/n and B_x^2"
    if not low <= high:
        return "the ends of Lambda_S are in the wrong order"
    if not 0 <= low <= mean or high > mean * (1 + LOOSE):
        return "Lambda_S lies above X2, the trace of S"
    if high < max(mean / min(n, d), largest / n):
        return "Lambda_S lies below X2/min(n, d) or B_x^2/n"
    return ""


def _labels(data: DataSummary) -> str:
    n, low, high, mean, square = (
        data.n,
        data.y_min,
        data.y_max,
        data.y_abs_mean,
        data.y_square_mean,
    )
    if not low <= high or data.B_y != max(abs(low), abs(high)):
        return "B_y is not the larger of |y_min| and |y_max|, or y_min exceeds y_max"
    ends = (low,) if n == 1 else (low, high)
    if n == 1 and low != high:
        return "one label cannot have two values"
    least = Fraction(0) if low <= 0 <= high else min(abs(low), abs(high))
    if not max(least, sum(map(abs, ends)) / n) <= mean <= data.B_y:
        return "Y1 is not the mean of numbers between y_min and y_max"
    if not max(mean**2, sum(v * v for v in ends) / n) <= square <= data.B_y * mean:
        return "Y2 lies below Y1^2 or above B_y*Y1"
    # Sums of terms >= 0 over the labels, of which those of y_min and y_max are two.
    top, sizes = data.B_y, [abs(v) for v in ends]
    if n * (top**2 - square) < sum(top**2 - v**2 for v in sizes):
        return "Y2 is too large for y_min and y_max"
    if n * (top * mean - square) < sum(top * v - v**2 for v in sizes):
        return "Y1 and Y2 do not fit y_min and y_max"
    if n * (square - mean**2) < sum((v - mean) ** 2 for v in sizes):
        return "Y2 - Y1^2 is too small for y_min and y_max"
    return ""


def _weights(outer: Outer) -> str:
    p, total, square, largest = outer.p, outer.a_1, outer.a_2_squared, outer.a_inf
    plus, minus = outer.a_plus, outer.a_minus
    if min(plus, minus) < 0 or plus + minus != total:
        return "a_1 is not the sum of a_plus and a_minus"
    if not largest <= max(plus, minus) or not total <= p * largest:
        return "a_inf is too large or too small for a_1"
    if not max(largest**2, total**2 / p) <= square <= largest * total:
        return "a_2^2 is too large or too small for a_1 and a_inf"
    firsts, spread = Fraction(0), Fraction(0)
    for first, side, sign in ((outer.first_positive, plus, 1), (outer.first_negative, minus, -1)):
        if first is None:
            if side:
                return "a sign has a sum and no first weight"
            continue
        if type(first) is not Fraction or not 0 < sign * first <= min(side, largest):
            return "a first weight of one sign does not fit the sum of that sign"
        firsts += first**2
        spread += largest * abs(first) - first**2
    if firsts > square or largest * total - square < spread:
        return "the first weights do not fit a_2^2"
    return ""


def frozen(value: Any) -> Any:
    """JSON values as nested tuples, which nothing can alter; KernelError for any other value."""
    if type(value) in (str, int, bool) or value is None:
        return value
    if type(value) in (tuple, list):
        return ("list", *(frozen(v) for v in value))
    if type(value) in (dict, MappingProxyType):
        if any(type(k) is not str for k in value):
            raise KernelError("a payload has keys that are no text")
        return ("map", *((k, frozen(v)) for k, v in value.items()))
    raise KernelError(f"a payload holds a value of the type {type(value).__name__}")


def thawed(value: Any, writable: bool = False) -> Any:
    """What was frozen, as tuples and read-only mappings, or as lists and dicts of one's own."""
    if type(value) is not tuple:
        return value
    kind, *rest = value
    if kind == "list":
        items = (thawed(v, writable) for v in rest)
        return list(items) if writable else tuple(items)
    content = {k: thawed(v, writable) for k, v in rest}
    return content if writable else MappingProxyType(content)
