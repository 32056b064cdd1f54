"""Suprema over an interval, finite or not, with a proof that can be replayed.

An upper bound is a cover of the interval by pieces, each carrying the rule by
which the bound holds on it:

    ball       the ball of g over the piece lies below the bound range      the bound is visible in
    the expression: see ``in_range`` taylor     Taylor's formula of degree 6 about the midpoint
    does, with the last coefficient over the whole piece rising     g' >= 0, and g at the right end
    is below the bound falling    g' <= 0, and g at the left end is concave    g'' <= 0, and the
    tangent at the recorded centre is below the bound constant   the exact tail expansion of g is a
    constant below the bound, hence g is that constant (it is analytic)

and by tails [T, oo), (-oo, -T] bounded by ``proofkit.enclosure.tail``.
A lower bound of the supremum is a point, or a limit at infinity.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from math import factorial

from flint import arb, arb_series

from proofkit.activation import ast
from proofkit.activation.ast import Node
from proofkit.activation.parser import parse
from proofkit.activation.scaling import natural_scale
from proofkit.enclosure import balls, coef, tail
from proofkit.enclosure.coef import Coef, TailError
from proofkit.enclosure.limits import TimeIsUp
from proofkit.enclosure.tail import STARTS
from proofkit.errors import ParseError

MAX_PIECES = 6000
MAX_ARC_PIECES = 200
FARTHEST = Fraction(2) ** 40  # of a tail that begins farther out than it must
DEGREE = 6
NICE = 1000  # denominators of rational points worth trying


@dataclass(frozen=True)
class Quantity:
    """g = sign * (d/dz)^order sigma, or sign * (z sigma' - kappa sigma) when kappa is given."""

    root: Node
    order: int = 0
    kappa: Fraction | None = None
    sign: int = 1

    @property
    def negated(self) -> Quantity:
        """-g."""
        return Quantity(self.root, self.order, self.kappa, -self.sign)

    def rescaled(self, h: Fraction) -> tuple[Quantity, Fraction]:
        """(the quantity g_h of u -> sigma(h u), the factor c) with g(z) = c g_h(z/h): c = h^-order,
        or 1 beside kappa.
        """
        factor = 1 / h**self.order if self.kappa is None else Fraction(1)
        return Quantity(ast.rescaled(self.root, h), self.order, self.kappa, self.sign), factor

    @property
    def name(self) -> str:
        """How messages call it."""
        if self.kappa is not None:
            return (
                "z*sigma'"
                if self.kappa == 0
                else f"z*sigma' - {self.kappa if self.kappa != 1 else ''}sigma"
            )
        return "sigma" + "'" * self.order


@dataclass(frozen=True)
class Piece:
    """[left, right] of the cover, the rule used, and the centre of a tangent."""

    left: Fraction
    right: Fraction
    rule: str
    centre: Fraction | None = None


@dataclass(frozen=True)
class Cover:
    """Proof of g <= bound on [left, right], infinite ends as None (tails start at the outer
    pieces).

    The pieces are those of u = z/scale: what they bound is the quantity of u -> sigma(scale u),
    which is that of sigma but for a factor (``Quantity.rescaled``).
    """

    bound: Fraction
    left: Fraction | None
    right: Fraction | None
    pieces: tuple[Piece, ...]
    bits: int
    scale: Fraction = Fraction(1)


@dataclass(frozen=True)
class Witness:
    """Why the supremum is at least ``value``: g at a point, or the limit at an end."""

    kind: str  # "point", "limit", "phase" or "quarter"
    value: Fraction
    # z; for "phase" the phase along which g tends to the value, for "quarter" that phase in units
    # of pi/2.
    point: Fraction | None = None
    end: int = 0  # +1, -1 for limits

    @property
    def attained_at(self) -> Fraction | None:
        """z at which g reaches the value; None when it is only approached."""
        return self.point if self.kind == "point" else None


@dataclass(frozen=True)
class Supremum:
    """An enclosure of sup g; ``upper`` None means +oo."""

    lower: Fraction
    upper: Fraction | None
    at: str
    exact: str | None = None
    cover: Cover | None = None
    witness: Witness | None = None
    how: str = ""

    @property
    def infinite(self) -> bool:
        """True when g is unbounded above."""
        return self.upper is None


class OpenError(Exception):
    """What could not be decided, in words."""


class Violation(Exception):
    """A point at which g exceeds the bound that was to be proved."""

    def __init__(self, point: Fraction) -> None:
        super().__init__(str(point))
        self.point = point


@dataclass
class Workspace:
    """An expression with what is computed once for it: its tape and its tails."""

    root: Node
    order: int = 3
    bits: int = 128
    deadline: float = float("inf")
    left: Fraction | None = None
    right: Fraction | None = None
    beyond: dict[int, Fraction] = field(default_factory=dict)
    _first: dict[tuple[int, int], Fraction] = field(default_factory=dict)
    _jets: dict[tuple[int, Fraction, int], tail.Jet | TailError] = field(default_factory=dict)

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
            factorial, out = q.sign, []
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


# -- the verification -----------------------------------------------------------------------------


def _tangent(w: Workspace, q: Quantity, a: Fraction, b: Fraction, centre: Fraction) -> arb:
    g0, g1 = w.series(q, balls.ball(centre), 1)
    return (g0 + g1 * balls.ball(a - centre)).max(g0 + g1 * balls.ball(b - centre))


def refine(
    w: Workspace, q: Quantity, x: Fraction, a: Fraction, b: Fraction, steps: int = 60
) -> Fraction:
    """A critical point of g near x by Newton's method, kept in [a, b]; untrusted.

    A rational of small denominator at which g' vanishes exactly is returned as it is, else a dyadic
    number.
    """
    bits = balls.ctx.prec
    last = None
    for _ in range(steps):
        _, g1, g2 = w.series(q, balls.ball(x), 2)
        if not (g2 != 0 and g1.is_finite() and g2.is_finite()):
            return x
        step = balls.to_fraction((g1 / g2).mid())
        near = x.limit_denominator(NICE)
        if (
            near != x
            and abs(near - x) < Fraction(1, 2**20)
            and a <= near <= b
            and w.series(q, balls.ball(near), 1)[1] == 0
        ):
            return near
        new = min(max(x - step, a), b)
        new = _dyadic(new, bits)
        if last is not None and abs(step) >= last and abs(step) < Fraction(1, 2 ** (bits // 4)):
            return new
        if new == x:
            return x
        x, last = new, abs(step)
    return x


def _dyadic(x: Fraction, bits: int) -> Fraction:
    """The nearest multiple of 2^-bits."""
    return Fraction(round(x * 2**bits), 2**bits)


def prove(
    w: Workspace, q: Quantity, bound: Fraction, a: Fraction, b: Fraction, most: int = MAX_PIECES
) -> list[Piece]:
    """A cover of [a, b] proving g <= bound; Violation or OpenError otherwise."""
    limit = balls.ball(bound)

    def below(x: arb) -> bool:
        return balls.at_most(x, bound)

    points: dict[Fraction, bool] = {}

    def point_below(x: Fraction) -> bool:
        if x not in points:
            g = w.series(q, balls.ball(x), 0)[0]
            if g > limit:
                raise Violation(x)
            points[x] = below(g)
        return points[x]

    done: list[Piece] = []
    stack = [(a, b)]
    smallest = max(abs(a), abs(b), Fraction(1)) / 2 ** (balls.ctx.prec // 2)
    count = 0
    while stack:
        left, right = stack.pop()
        count += 1
        if count % 64 == 0:
            w.check_time(f"{_on(left, right)} while bounding {q.name}")
        if count > most:
            raise OpenError(f"{q.name} {_on(left, right)}: more than {most} pieces")
        piece = _one(w, q, left, right, bound, below, point_below)
        if piece:
            done.append(piece)
            continue
        if right - left <= smallest:
            point_below((left + right) / 2)
            raise OpenError(f"{q.name} near z = {decimal(left, 12)} could not be bounded")
        middle = _split(left, right)
        stack += [(middle, right), (left, middle)]
    return done


def _on(left: Fraction, right: Fraction) -> str:
    """How messages call an interval."""
    return f"on [{decimal(left, 6)}, {decimal(right, 6)}]"


def in_range(q: Quantity, bound: Fraction) -> bool:
    """True when the bound holds for a reason visible in the expression.

    sin, cos, tanh, erf and their whole powers are at most 1, exponentials and even powers at least
    0; a derivative of order k of a sin or cos of c z + d is at most |c|^k, and so on for sums: see
    ``swing``.
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
    base, k = (q.root.args[0], q.root.rational) if q.root.op == "pow" else (q.root, Fraction(1))
    if q.sign < 0 and bound >= 0 and (q.root.op == "exp" or (k > 0 and k % 2 == 0)):
        return True
    return base.op in ("sin", "cos", "tanh", "erf") and k.denominator == 1 and k >= 1 and bound >= 1


def swing(root: Node, order: int) -> tuple[Fraction, Fraction, Fraction] | None:
    """(l, m, r) with |(d/dz)^order root - l z - m| <= r everywhere, for sums of lines and sines and
    cosines (or their squares) of c z + d; None otherwise.
    """
    zero = Fraction(0)
    values: dict[Node, tuple[Fraction, Fraction, Fraction] | None] = {}
    for node in ast.walk(root):
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


def _split(left: Fraction, right: Fraction) -> Fraction:
    """Zero first, then geometric splits of far boxes, then midpoints."""
    if left < 0 < right:
        return Fraction(0)
    low, high = sorted((abs(left), abs(right)))
    if low == 0 and high > 8:
        m = _power_below(high)
    elif low and high > 8 * low:
        m = Fraction(2) ** ((_exponent(low) + _exponent(high)) // 2 + 1)
    else:
        return (left + right) / 2
    return m if left >= 0 else -m


def _exponent(x: Fraction) -> int:
    return x.numerator.bit_length() - x.denominator.bit_length()


def _power_below(x: Fraction) -> Fraction:
    """A power of two near the square root of x, at least 1."""
    return Fraction(2) ** max(_exponent(x) // 2, 0)


def _one(
    w: Workspace,
    q: Quantity,
    left: Fraction,
    right: Fraction,
    bound: Fraction,
    below: Callable[[arb], bool],
    point_below: Callable[[Fraction], bool],
) -> Piece | None:
    if in_range(q, bound):
        return Piece(left, right, "range")
    x = balls.hull(left, right)
    g0, g1, g2 = w.series(q, x, 2)
    if below(g0):
        return Piece(left, right, "ball")
    middle = (left + right) / 2
    if right - left <= 1 + min(abs(left), abs(right)) and below(taylor(w, q, left, right)):
        return Piece(left, right, "taylor")
    if g1 >= 0:
        return Piece(left, right, "rising") if point_below(right) else None
    if g1 <= 0:
        return Piece(left, right, "falling") if point_below(left) else None
    if g2 <= 0:
        centre = Fraction(0)
        if not (left <= 0 <= right and w.series(q, arb(0), 1)[1] == 0):
            centre = refine(w, q, middle, left, right)
        if point_below(centre) and below(_tangent(w, q, left, right, centre)):
            return Piece(left, right, "concave", centre)
    else:
        point_below(middle)
    return None


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


# -- the search ------------------------------------------------------------------------------------


def samples(a: Fraction, b: Fraction, uniform: int = 64) -> list[Fraction]:
    """Points of [a, b]: uniform, and on a logarithmic grid around zero."""
    out = {a, b}
    if b - a <= 2**16:
        out |= {a + (b - a) * i / uniform for i in range(1, uniform)}
    top = max(abs(a), abs(b))
    for e in range(-20, max(_exponent(top), 0) + 1):
        for m in (4, 5, 6, 7):
            x = Fraction(m, 4) * Fraction(2) ** e
            out |= {y for y in (x, -x) if a <= y <= b}
    if a <= 0 <= b:
        out.add(Fraction(0))
    return sorted(out)


def best_point(w: Workspace, q: Quantity, a: Fraction, b: Fraction) -> tuple[Fraction, arb]:
    """A point at which g is (heuristically) largest on [a, b], with g there."""
    grid = samples(a, b)
    with balls.precision(64):
        values = [w.series(q, balls.ball(x), 0)[0] for x in grid]
    mids = [float(v.mid()) if v.is_finite() else float("-inf") for v in values]
    order = sorted(range(len(grid)), key=lambda i: -mids[i])[:6]
    best: tuple[Fraction, arb] | None = None
    tried: set[Fraction] = set()
    if a <= 0 <= b:  # where ties are named
        zero = w.series(q, arb(0), 0)[0]
        best = (Fraction(0), zero) if zero.is_finite() else None
        tried.add(Fraction(0))
    for i in order:
        inside = 0 < i < len(grid) - 1 and mids[i] >= mids[i - 1] and mids[i] >= mids[i + 1]
        candidates = [grid[i]]
        if inside:
            x = refine(w, q, grid[i], a, b)
            # A stationary point that is exactly rational is worth naming exactly.
            candidates += [x] + (
                [Fraction(0)] if abs(x) < Fraction(1, 2**40) and a <= 0 <= b else []
            )
        for x in candidates:
            if x in tried:
                continue
            tried.add(x)
            g = w.series(q, balls.ball(x), 0)[0]
            if g.is_finite() and (
                best is None or g.lower() > best[1].lower() or (x == 0 and g.overlaps(best[1]))
            ):
                best = (x, g)
    if best is None:
        raise OpenError(f"{q.name} could not be evaluated {_on(a, b)}")
    return best


def round_up(x: Fraction, digits: int) -> Fraction:
    """The smallest decimal with ``digits`` significant digits not below x."""
    if x == 0:
        return x
    scale = _decimal_scale(x, digits)
    y = x * scale
    return Fraction(-(-y.numerator // y.denominator)) / scale


def round_down(x: Fraction, digits: int) -> Fraction:
    """The largest decimal with ``digits`` significant digits not above x."""
    return -round_up(-x, digits)


def _decimal_scale(x: Fraction, digits: int) -> Fraction:
    magnitude = abs(x)
    e = int(
        (magnitude.numerator.bit_length() - magnitude.denominator.bit_length()) * 30103 // 100000
    )
    while Fraction(10) ** e <= magnitude:
        e += 1
    while Fraction(10) ** (e - 1) > magnitude:
        e -= 1
    return Fraction(10) ** (digits - e)


def supremum(
    w: Workspace, q: Quantity, digits: int = 15, enough: Fraction | None = None
) -> Supremum:
    """An enclosure of sup g over the workspace's interval, with its proof.

    Where g stays clearly below ``enough``, any bound below that will do: the enclosure is then wide
    and cheap. Raises OpenError with the undecided part.
    """
    with balls.precision(w.bits):
        return _supremum(w, q, digits + 3, enough)


def supremum_on_its_scale(q: Quantity) -> Supremum:
    """An enclosure of sup g over R, looked for on the scale on which sigma bends.

    Raises OpenError with the undecided part.
    """
    try:
        h = natural_scale(q.root)
        scaled, _ = q.rescaled(h)
    except (ValueError, ZeroDivisionError):
        h, scaled = Fraction(1), q
    return unscaled(supremum(Workspace(scaled.root, 3), scaled), q, h)


def unscaled(found: Supremum, q: Quantity, h: Fraction) -> Supremum:
    """The supremum of g from that of the quantity of u -> sigma(h u)."""
    if h == 1:
        return found
    _, factor = q.rescaled(h)
    if found.upper is None:
        return replace(found, how=f"it grows without bound as z -> {found.at}")
    witness, cover = found.witness, found.cover
    if witness is not None:
        point = witness.attained_at
        witness = replace(
            witness,
            value=witness.value * factor,
            point=witness.point if point is None else point * h,
        )
    if cover is not None:
        cover = replace(cover, bound=cover.bound * factor, scale=cover.scale * h)
    return replace(
        found,
        lower=found.lower * factor,
        upper=found.upper * factor,
        at=_multiple_of(found.at, h, places=True),
        exact=None if found.exact is None else _multiple_of(found.exact, factor) or None,
        cover=cover,
        witness=witness,
    )


def _multiple_of(text: str, factor: Fraction, places: bool = False) -> str:
    """A constant times the factor, as text: a place (a decimal stays one; no place stays as it is),
    or an exact form ('' for none).
    """
    try:
        tree = parse(text)
        if places and tree.op == "num":
            return _decimal(tree.rational * factor, 20)
        return ast.to_text(ast.multiple(factor, tree)) if tree.is_constant else text
    except (ParseError, ValueError, ZeroDivisionError):
        return text if places else ""


def rough_maximum(w: Workspace, q: Quantity) -> float:
    """The largest of a few values of g, in floating point: decides only what is looked at first."""
    low, high = (
        w.left if w.left is not None else min(Fraction(-8), (w.right or 0) - 8),
        w.right if w.right is not None else max(Fraction(8), (w.left or 0) + 8),
    )
    with balls.precision(53):
        values = [
            w.series(q, balls.ball(low + (high - low) * Fraction(i, 33)), 0)[0] for i in range(34)
        ]
    return max((float(v.mid()) for v in values if v.is_finite()), default=float("-inf"))


def period_cover(q: Quantity) -> Fraction | None:
    """A rational not below one period of g, when g is periodic in z; None otherwise.

    sigma = c z + (a function of sines and cosines of commensurable multiples of z)
    has periodic derivatives; sigma itself is periodic when c = 0.
    """
    if q.kappa is not None:
        return None
    found = periodicity(q.root)
    return None if found is None or (found[0] != 0 and q.order == 0) else found[1]


def periodicity(root: Node) -> tuple[Fraction, Fraction] | None:
    """(c, a rational not below one period) when root = c z + (periodic); None otherwise."""
    slope: dict[Node, Fraction | None] = {}  # node = slope * z + periodic
    frequencies: list[Coef] = []
    for node in ast.walk(root):
        a = [slope[x] for x in node.args]
        out: Fraction | None = None
        if node.op == "z":
            out = Fraction(1)
        elif node.op == "name":
            out = None
        elif all(x == 0 for x in a):
            out = Fraction(0)
        elif node.op in ("sin", "cos") and (c := rate(node.args[0])) is not None:
            frequencies.append(c)
            out = Fraction(0)
        elif node.op in ("sin", "cos") and a[0] is not None:
            frequencies.append(coef.rational(a[0]))  # sin(c z + periodic)
            out = Fraction(0)
        elif None not in a:
            x = [y for y in a if y is not None]
            if node.op in ("add", "sub"):
                out = x[0] + (x[1] if node.op == "add" else -x[1])
            elif node.op == "neg":
                out = -x[0]
            elif node.op == "mul" and node.args[0].op == "num":
                out = node.args[0].rational * x[1]
            elif node.op in ("mul", "div") and node.args[1].op == "num" and node.args[1].rational:
                out = (
                    x[0] * node.args[1].rational
                    if node.op == "mul"
                    else x[0] / node.args[1].rational
                )
        slope[node] = out
    c = slope[root]
    if not frequencies or c is None:
        return None
    first, g = frequencies[0], Fraction(1)
    for f in frequencies[1:]:
        ratio = f.ratio(first)
        if ratio is None:
            return None
        g = _gcd(g, abs(ratio))
    with balls.precision(64):
        if first.ball.contains(0):
            return None
        return c, balls.upper(2 * arb.pi() / abs(first.ball)) / g


def rate(node: Node) -> Coef | None:
    """c when the tree is c z + d with constants c != 0, d; None otherwise."""
    slope: dict[Node, Coef | None] = {}
    value: dict[Node, Coef] = {}  # of the constant nodes
    with balls.precision(max(balls.ctx.prec, 128)):
        for n in ast.walk(node):
            a = [slope[x] for x in n.args]
            out: Coef | None = None
            if n.op == "z":
                out = coef.ONE
            elif n.op == "name":
                out = None
            elif all(x in value for x in n.args):
                ball_ = balls.Tape(n).series(arb(0), 1)[0]
                if not ball_.is_finite():
                    return None
                value[n] = coef.constant(n, ball_, value)
                out = coef.ZERO
            elif None not in a:
                x = [y for y in a if y is not None]
                if n.op in ("add", "sub"):
                    out = x[0] + x[1] if n.op == "add" else x[0] - x[1]
                elif n.op == "neg":
                    out = -x[0]
                elif n.op == "mul" and (n.args[0] in value or n.args[1] in value):
                    out = value[n.args[0]] * x[1] if n.args[0] in value else x[0] * value[n.args[1]]
                elif n.op == "div" and n.args[1] in value and value[n.args[1]].ball != 0:
                    out = x[0] * value[n.args[1]].inverse()
            slope[n] = out
    found = slope[node]
    return found if found is not None and not found.is_zero else None


def _gcd(a: Fraction, b: Fraction) -> Fraction:
    while b:
        a, b = b, a % b
    return a


def _supremum(w: Workspace, q: Quantity, digits: int, enough: Fraction | None = None) -> Supremum:
    left, right = w.left, w.right
    if left is None and right is None and (how := _resonates(w, q)):
        return Supremum(Fraction(0), None, "oo", how=how)
    ends: list[tuple[int, Fraction, tail.Tail]] = []
    period = period_cover(q) if left is None and right is None else None
    if period is not None:
        # Off centre, so that the usual extrema of sines lie inside and not at the ends.
        left, right = -period * Fraction(7, 16), period * Fraction(9, 16)
    else:
        for end, limit in ((1, right), (-1, left)):
            if limit is None:
                start, g = w.settled(q, end)
                if (c := g.constant) is not None:
                    return _constant(c, left, right, end, digits)
                if how := _grows(w, q, end, start, g):
                    return Supremum(Fraction(0), None, "oo" if end > 0 else "-oo", how=how)
                ends.append((end, start, g))
    reach = max([Fraction(8), *(s for _, s, _ in ends)])
    a = left if left is not None else min(-reach, (right or Fraction(0)) - reach)
    b = right if right is not None else max(reach, (left or Fraction(0)) + reach)
    point, value = best_point(w, q, a, b)
    for attempt in range(40):
        w.check_time(f"while bounding {q.name}")
        bounds, witness, at = _candidates(w, q, ends, point, value, digits)
        if (
            attempt == 0
            and enough is not None
            and (coarse := _between(witness.value, enough)) is not None
        ):
            try:
                cover = _cover(w, q, coarse, left, right, ends)
                low = round_down(
                    witness.value - Fraction(1, 10**digits), digits
                )  # far from sharp, so that it holds whatever the rounding
                return Supremum(low, coarse, at[0], None, cover, replace(witness, value=low))
            except (Violation, OpenError):
                pass
        for bound in bounds:
            try:
                cover = _cover(w, q, bound, left, right, ends)
            except Violation as found:
                room = max(Fraction(1), abs(found.point))
                a2, b2 = found.point - room, found.point + room
                a2 = max(a2, left) if left is not None else a2
                b2 = min(b2, right) if right is not None else b2
                here = w.series(q, balls.ball(found.point), 0)[0]
                point, value = max(
                    (best_point(w, q, a2, b2), (found.point, here)), key=lambda t: balls.lower(t[1])
                )
                break
            except OpenError:
                if bound == bounds[-1] or time.monotonic() > w.deadline:
                    raise
                continue
            lower = witness.value
            exact = None
            if isinstance(at[1], Coef):
                exact = at[1]
            return Supremum(
                min(lower, bound),
                bound,
                at[0],
                str(exact) if exact is not None and "#" not in str(exact) else None,
                cover,
                witness,
            )
        else:
            raise OpenError(f"{q.name}: no bound could be proved")
    raise OpenError(f"{q.name}: the search for its largest value did not settle")


def _between(low: Fraction, high: Fraction) -> Fraction | None:
    """A short number strictly between, nearer to ``high``; None when they are too close for a
    coarse bound to be worth it.
    """
    if not low < high - abs(high) / 64:
        return None
    middle = round_down(low + (high - low) * Fraction(3, 4), 3)
    return middle if low < middle < high else None


def _constant(
    c: Coef, left: Fraction | None, right: Fraction | None, end: int, digits: int
) -> Supremum:
    """An analytic function that is constant on a half-line is constant."""
    zero = Fraction(0)
    low, high = (
        left if left is not None else min(right or zero, zero) - 8,
        right if right is not None else max(left or zero, zero) + 8,
    )
    lower, upper = (
        (c.rational, c.rational)
        if c.is_rational
        else (round_down(balls.lower(c.ball), digits), round_up(balls.upper(c.ball), digits))
    )
    cover = Cover(upper, left, right, (Piece(low, high, "constant"),), balls.ctx.prec)
    name = str(c)
    return Supremum(
        lower,
        upper,
        "every z",
        None if "#" in name else name,
        cover,
        Witness("limit", lower, None, end),
    )


def _resonates(w: Workspace, q: Quantity) -> str:
    """Why z sigma' - kappa sigma -> +oo along a period, for sigma = c z + p(z), p periodic; ''
    where it need not.

    There z sigma' - kappa sigma = z (sigma' - kappa c) + (bounded) when kappa = 1 or c = 0 = kappa.
    """
    if q.kappa is None or (found := periodicity(q.root)) is None:
        return ""
    c, period = found
    if q.kappa != 1 and not (q.kappa == 0 and c == 0):
        return ""
    slope = Quantity(q.root, 1, None, q.sign)
    for i in range(16):
        x = _dyadic(period * i / 16, 20)
        if w.series(slope, balls.ball(x), 0)[0] - q.sign * balls.ball(q.kappa * c) > 0:
            return f"{q.name} -> +oo along z = {decimal(x, 6)} + k*period, k -> oo"
    return ""


def _grows(w: Workspace, q: Quantity, end: int, start: Fraction, g: tail.Tail) -> str:
    """A description of g -> +oo (or of an unbounded oscillation) at this end; empty when bounded
    above.
    """
    grow, _, _ = g.split()
    if not grow.terms and grow.rest is None:
        return ""
    side = "+oo" if end > 0 else "-oo"
    lead = g.lead()
    if lead and lead[0].growth() > 0 and not (lead[1].turns and lead[1].ball.contains(0)):
        if lead[1].sign() > 0:
            return f"{q.name} ~ {tail.times(lead[1], _signed(lead[0], end))} as z -> {side}"
        return ""
    if (
        lead
        and lead[0].growth() > 0
        and lead[1].turns
        and (found := highest_phase(lead[1])) is not None
        and found[1] > 0
    ):
        c = decimal(balls.lower(found[1]), 6)
        return (
            f"{q.name} ~ c*{_signed(lead[0], end)} with c = {c}... whenever the oscillation "
            f"returns to one phase, z -> {side}"
        )
    raise OpenError(f"{q.name} as z -> {side}: an oscillation that may be unbounded")


def _signed(mu: tail.Mono, end: int) -> str:
    return str(mu) if end > 0 else str(mu).replace("z", "|z|")


FULL_TURN = Fraction(
    710, 113
)  # a little above 2 pi; any interval that contains a full turn would do


def highest_phase(c: Coef) -> tuple[Fraction, arb] | None:
    """(phi, c(phi)) at a phase where the coefficient is (heuristically) largest; None when it has
    no tree.
    """
    if (node := c.node()) is None:
        return None
    try:
        return best_point(Workspace(node, 0), Quantity(node), Fraction(0), FULL_TURN)
    except OpenError:
        return None


def value_at_phase(c: Coef, phi: Fraction) -> arb | None:
    """c(phi), for a coefficient with a tree."""
    node = c.node()
    return None if node is None else balls.Tape(node).series(balls.ball(phi), 1)[0]


def phase_below(w: Workspace, c: Coef, small: tail.Tail, bound: Fraction) -> bool:
    """True when c(phi) + small <= bound is proved for every phase, arc by arc."""
    q: Quantity | None = None
    space: Workspace | None = None
    for k, box in enumerate(c.boxes):
        nu, j = small.dominated(k)
        room = (
            balls.lower(j.hi.max(arb(0)) * -small.half.sup(nu))
            if not small.vanishes
            else Fraction(0)
        )
        if balls.at_most(box, bound + room):
            continue
        if q is None:
            node = c.node()
            if node is None:
                return False
            q = (
                Quantity(node.args[1], 0, None, -1)
                if node.op == "mul" and node.args[0] == ast.num(-1)
                else Quantity(node)
            )
            space = Workspace(q.root, 0, w.bits, w.deadline)
        assert space is not None
        around = coef.arc(k)
        try:
            prove(space, q, bound + room, balls.lower(around), balls.upper(around), MAX_ARC_PIECES)
        except (OpenError, Violation):
            return False
    return True


def _candidates(
    w: Workspace,
    q: Quantity,
    ends: list[tuple[int, Fraction, tail.Tail]],
    point: Fraction,
    value: arb,
    digits: int,
) -> tuple[list[Fraction], Witness, tuple[str, Coef | None]]:
    """Bounds worth proving (sharpest first), the witness from below, and where."""
    best: tuple[arb, Coef | None, Witness, str] = (
        value,
        None,
        Witness("point", round_down(balls.lower(value), digits), point),
        _decimal(point, 20),
    )
    for end, _, g in ends:
        side = "oo" if end > 0 else "-oo"
        try:
            limit = g.limit()
        except TailError:
            swing = g.oscillation()
            if swing is None:
                continue
            if (found := highest_phase(swing[0])) is not None:
                phi, high = found
                if high.is_finite() and balls.lower(high) > balls.lower(best[0]):
                    best = (
                        high,
                        None,
                        Witness("phase", round_down(balls.lower(high), digits), phi, end),
                        f"z -> {side}",
                    )
            for quarters in range(4):
                exact = tail.value_after(swing[0], quarters)
                if (
                    exact is not None
                    and exact.is_rational
                    and best[1] is None
                    and not exact.ball < best[0]
                ):
                    best = (
                        exact.ball,
                        exact,
                        Witness("quarter", exact.rational, Fraction(quarters), end),
                        f"z -> {side}",
                    )
            continue
        same = (
            isinstance(limit, Coef)
            and limit.is_rational
            and value.is_exact()
            and limit.rational == balls.to_fraction(value)
        )
        if isinstance(limit, Coef) and not same and not limit.ball < best[0]:
            below = (
                limit.rational if limit.is_rational else round_down(balls.lower(limit.ball), digits)
            )
            best = (limit.ball, limit, Witness("limit", below, None, end), f"z -> {side}")
    ball_, coef_, witness, at = best
    bounds: list[Fraction] = []
    if coef_ is not None and coef_.is_rational:
        bounds.append(coef_.rational)
    elif ball_.is_exact() and balls.to_fraction(ball_).denominator < 2**40:
        bounds.append(balls.to_fraction(ball_))
        witness = Witness(witness.kind, bounds[0], witness.point, witness.end)
    top = balls.upper(ball_)
    nearby = _simple(top, digits)
    if nearby is not None and nearby not in bounds and nearby >= balls.lower(ball_):
        bounds.append(nearby)
    # One unit of the last place above: room for the tangent at an approximate maximum.  The wider
    # ones are the fall-back where a maximum is approached too slowly (sin(z) atan(z)).
    size = abs(top) if top else Fraction(1, 10**digits)
    bounds += [
        round_up(top + size / 10**k, min(k, digits)) for k in (digits, 9, 6, 3, 1) if k <= digits
    ]
    return bounds, witness, (at, coef_)


def _simple(x: Fraction, digits: int) -> Fraction | None:
    """A rational of small denominator within the tolerance of x: a bound worth trying to prove."""
    near = x.limit_denominator(1000)
    return near if abs(near - x) <= Fraction(1, 10 ** (digits - 1)) else None


def _decimal(x: Fraction, digits: int) -> str:
    """x to ``digits`` significant digits (for display)."""
    if x == 0:
        return "0"
    y = round_up(x, digits) if x < 0 else round_down(x, digits)
    if y.denominator == 1:
        return str(y)
    scale, places = y, 0
    while scale.denominator != 1:
        scale *= 10
        places += 1
    sign = "-" if scale < 0 else ""
    body = str(abs(scale.numerator)).rjust(places + 1, "0")
    return f"{sign}{body[:-places]}.{body[-places:]}"


decimal = _decimal


def decimal_text(x: Fraction) -> str:
    """x itself: a decimal when it ends within 40 places, p/q otherwise."""
    places = next((k for k in range(41) if 10**k % x.denominator == 0), None)
    if not places:
        return str(x)
    digits = str(abs(x.numerator) * 10**places // x.denominator).rjust(places + 1, "0")
    return f"{'-' if x < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def _cover(
    w: Workspace,
    q: Quantity,
    bound: Fraction,
    left: Fraction | None,
    right: Fraction | None,
    ends: list[tuple[int, Fraction, tail.Tail]],
) -> Cover:
    """g <= bound on the whole interval."""
    far = {end: _tail_start(w, q, end, first, bound) for end, first, _ in ends}
    try:
        return _cover_between(
            w, q, bound, left, right, {end: beyond for end, (_, beyond) in far.items()}
        )
    except OpenError:
        near = {end: start for end, (start, _) in far.items()}
        if all(start == beyond for start, beyond in far.values()) or time.monotonic() > w.deadline:
            raise
        return _cover_between(w, q, bound, left, right, near)


def _cover_between(
    w: Workspace,
    q: Quantity,
    bound: Fraction,
    left: Fraction | None,
    right: Fraction | None,
    cut: dict[int, Fraction],
) -> Cover:
    a = left if left is not None else -cut[-1]
    b = right if right is not None else cut[1]
    if left is not None and right is None and b <= left:
        b = left + 1
    if right is not None and left is None and a >= right:
        a = right - 1
    return Cover(
        bound,
        None if -1 in cut else left,
        None if 1 in cut else right,
        tuple(prove(w, q, bound, a, b)),
        balls.ctx.prec,
    )


def tail_below(w: Workspace, g: tail.Tail, bound: Fraction) -> bool:
    """True when the tail is proved to lie at or below the bound."""
    if (swing := g.oscillation()) is not None:
        return phase_below(w, *swing, bound)
    found = g.upper()
    if found is None:
        return False
    ball_, exact = found
    if exact is not None and exact.is_rational:
        return exact.rational <= bound
    return balls.at_most(ball_, bound)


def _tail_start(
    w: Workspace, q: Quantity, end: int, first: Fraction, bound: Fraction
) -> tuple[Fraction, Fraction]:
    """(the first start that works, one farther out that leaves room to spare).

    One start serves all quantities of an expression: a coarser tail arithmetic than this one (that
    of the independent checker) then succeeds too, and expands each end once.
    """
    reason = "the tail stays above the bound"

    def works(start: Fraction) -> bool:
        nonlocal reason
        w.check_time(f"in the tail of {q.name} at {'+' if end > 0 else '-'}oo")
        try:
            return tail_below(w, w.tail(q, end, start), bound)
        except TailError as error:
            reason = str(error)
            return False

    start = first_that(works, first)
    if start is None:
        raise OpenError(f"{q.name} as z -> {'+' if end > 0 else '-'}oo: {reason}")
    shared = max(4 * start, w.beyond.get(end, Fraction(0)))
    if shared <= FARTHEST and works(shared):
        w.beyond[end] = shared
        return start, shared
    return start, start
