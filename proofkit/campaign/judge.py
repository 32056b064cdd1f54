"""The witness of the campaigns: is what is claimed of an expression true?

It reads the printed text of the expression by itself, differentiates it by power series in mpmath's
numbers, and looks for what contradicts a claim.  It shares no code with what makes the claims.
A plain number only suggests; a violation is *certain* when intervals, rounded outwards, prove it
with some number of digits and again with twice as many.  What stays a suggestion is *suspected*.
"""

from __future__ import annotations

import contextlib
import math
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

from proofkit.campaign.reader import Step, UnreadableError, read
from proofkit.campaign.series import (
    Floats,
    Interval,
    Intervals,
    NoValueError,
    Numbers,
    derivatives,
    one_sided,
)

DIGITS = 40
SHARPER = (60, 240, 960)  # digits of the intervals that decide
DECISIONS = 12  # points at which one claim is decided by intervals
NEWTON = 12  # steps uphill from a sample
BOXES = 1500  # of a cover that is to prove a lower bound false
VERY_FAR = (50, 500, 5000, 50_000)  # powers of ten at which growth is looked for last
CANCELLED = 10**6  # the size above which a sample is worked out again with more digits
ROUNDING = 10**35  # what exceeds a bound by a smaller part of it is taken for rounding
ENOUGH = 20  # samples from which something may be suspected
PLAIN = 10**6  # the denominator below which a kink is printed exactly


@dataclass(frozen=True)
class Quantity:
    """g = sign * sigma^(order), or with kappa sign * (z sigma' - kappa sigma); sign 0: its modulus."""

    order: int = 0
    kappa: Fraction | None = None
    sign: int = 1

    @property
    def needs(self) -> int:
        """The highest derivative of sigma in g."""
        return self.order if self.kappa is None else 1

    def among(self, numbers: Numbers, z: Any, v: Sequence[Any]) -> Any:
        """g at z from [sigma, sigma', ...]."""
        if self.kappa is None:
            value = v[self.order]
        else:
            value = z * v[1] - numbers.number(self.kappa) * v[0]
        return abs(value) if self.sign == 0 else value if self.sign > 0 else -value

    def slopes(self, numbers: Numbers, z: Any, v: Sequence[Any]) -> tuple[Any, Any]:
        """(g', g'')."""
        if self.kappa is None:
            value, first, second = v[self.order : self.order + 3]
        else:
            c = numbers.number(self.kappa)
            value, first, second = (z * v[k + 1] + v[k] * (k - c) for k in range(3))
        up = (self.sign or (1 if value >= 0 else -1)) > 0
        return (first, second) if up else (-first, -second)


@dataclass(frozen=True)
class Claim:
    """lower <= sup g <= upper on the interval; upper None: unbounded, because of ``jump`` if given.

    ``jump`` is a point at which the derivative before is said to jump, ``exact`` the text of a
    constant that is said to be the supremum.
    """

    name: str
    quantity: Quantity
    lower: Fraction
    upper: Fraction | None
    jump: Fraction | None = None
    exact: str | None = None


@dataclass(frozen=True)
class Reached:
    """g(point) >= value, for the expression with this text."""

    name: str
    text: str
    quantity: Quantity
    point: Fraction
    value: Fraction


@dataclass(frozen=True)
class Sample:
    """z, also as a plain number, the derivatives there, and the side of every kink."""

    z: Fraction
    at: Any
    derivatives: list[Any]
    branches: tuple[bool, ...]


@dataclass(frozen=True)
class Finding:
    """What speaks against a claim, and whether that is proved."""

    certain: bool
    what: str


class Judge:
    """An expression on an interval (None: an infinite end), with samples of its derivatives."""

    def __init__(
        self,
        text: str,
        left: Fraction | None = None,
        right: Fraction | None = None,
        seed: int = 0,
    ) -> None:
        self.text, self.left, self.right, self.seed = text, left, right, seed
        self.steps: tuple[Step, ...] = read(text)
        self.floats = Floats(DIGITS)
        self._known: dict[int, Intervals] = {}

    def intervals(self, digits: int) -> Intervals:
        """The intervals of so many digits."""
        if digits not in self._known:
            self._known[digits] = Intervals(digits)
        return self._known[digits]

    # -- samples -----------------------------------------------------------------------------------

    def at(self, z: Fraction, order: int = 3) -> list[Any] | None:
        """[sigma, ..., sigma^(order)] at z in plain numbers; None where it has no value."""
        try:
            return derivatives(self.steps, self.floats, self.floats.number(z), order)
        except NoValueError:
            return None

    @cached_property
    def samples(self) -> list[Sample]:
        """Many points of the interval at which the expression has a value, in order."""
        found = []
        for z in sorted(set(self._points())):
            branches: list[bool] = []
            at = self.floats.number(z)
            try:
                v = derivatives(self.steps, self.floats, at, 3, branches)
            except NoValueError:
                continue
            found.append(Sample(z, at, v, tuple(branches)))
        return self._sharpened(found)

    def _sharpened(self, samples: list[Sample]) -> list[Sample]:
        """The samples, those with unusually large values worked out again with four times the
        digits: the values may be what cancellation left.
        """
        sizes = sorted(max(map(abs, x.derivatives)) for x in samples)
        usual = sizes[len(sizes) // 2] if sizes else 0
        numbers, out = Floats(4 * DIGITS), []
        for x in samples:
            if max(map(abs, x.derivatives)) > CANCELLED * (usual + 1):
                with contextlib.suppress(NoValueError):
                    v = derivatives(self.steps, numbers, numbers.number(x.z), 3)
                    v = [self.floats.context.make_mpf(y._mpf_) for y in v]
                    x = replace(x, derivatives=v)
            out.append(x)
        return out

    def _points(self) -> Iterator[Fraction]:
        """Points of the interval: a grid, powers of two, the neighbourhood of every special point."""
        rng = random.Random(self.seed)
        points = [Fraction(k, 5) for k in range(-70, 71)]
        powers = [*range(-60, -12, 6), *range(-12, 40), *range(40, 61, 4)]
        points += [s * Fraction(2) ** k for k in powers for s in (1, -1)]
        points += [s * Fraction(rng.uniform(8, 200)) for s in (1, -1) for _ in range(12)]
        centres, units = _special(self.steps)
        for unit in units:
            points += [unit * Fraction(k, 2) for k in range(-9, 10)]
            points += [s * unit * 2**k for k in range(3, 24, 5) for s in (1, -1)]
        ends = [end for end in (self.left, self.right) if end is not None]
        for centre in (*centres, *ends):
            near = [Fraction(2) ** -k for k in (1, 2, 3, 4, 6, 8, 12, 20, 40, 60)]
            near += [unit * Fraction(k, 2) for unit in units if unit < 1 for k in (1, 2, 3, 6)]
            points += [centre, *(centre + s * step for step in near for s in (1, -1))]
        if self.left is not None and self.right is not None:
            width = self.right - self.left
            points += [self.left + width * Fraction(k, 64) for k in range(1, 64)]
        return (z for z in points if self.holds(z))

    def holds(self, z: Fraction) -> bool:
        """True for a point of the closed interval."""
        return (self.left is None or z >= self.left) and (self.right is None or z <= self.right)

    @property
    def bounded(self) -> bool:
        """True when the first three derivatives look bounded: towards the ends no larger than in
        between, give or take a factor.
        """
        for k in (1, 2, 3):
            sizes = [(self._depth(x.z) > 6, abs(x.derivatives[k])) for x in self.samples]
            near = max((size for is_far, size in sizes if not is_far), default=0)
            far = max((size for is_far, size in sizes if is_far), default=0)
            if far > 3 * near + 1 or near > 10**12:
                return False
        return len([x for x in self.samples if self._depth(x.z) >= 10]) > 30

    def _depth(self, z: Fraction) -> float:
        """How many halvings or doublings z is away from the middle of the interval."""
        depth = 0.0
        for end in (self.left, self.right):
            gap = abs(z) if end is None else abs(z - end)
            size = _log2(gap)
            depth = max(depth, size if end is None else -size)
        return depth

    def largest(self, q: Quantity) -> tuple[Any, Fraction] | None:
        """(g, z) at the largest plain value found: samples, then Newton's method for g' = 0 from the
        best three.  None where g has no value at all.
        """
        found = self._sorted(q)
        if not found:
            return None
        return max([found[0], *(self._uphill(q, *start) for start in found[:3])])

    def _sorted(self, q: Quantity) -> list[tuple[Any, Fraction]]:
        """(g, z) at the samples, largest first."""
        numbers = self.floats
        return sorted(
            ((q.among(numbers, x.at, x.derivatives), x.z) for x in self.samples), reverse=True
        )

    def _uphill(self, q: Quantity, value: Any, start: Fraction) -> tuple[Any, Fraction]:
        """(g, z) at the end of some steps uphill."""
        numbers = self.floats
        best = (value, start)
        x = start
        reach = max(Fraction(1, 5), abs(start) / 5)
        width = reach
        for _ in range(NEWTON):
            v = self.at(x, q.needs + 2 if q.kappa is None else 3)
            if v is None:
                break
            z = numbers.number(x)
            best = max(best, (q.among(numbers, z, v), x))
            slope, bend = q.slopes(numbers, z, v)
            # A step uphill where g is not concave; a short one where Newton's leaves the
            # neighbourhood.
            step = _rational(-slope / bend) if bend < 0 else (width if slope > 0 else -width)
            step = max(-width, min(width, step))
            width = width / 2 if bend >= 0 else width
            target = self._inside(x, x + step)
            if abs(target - x) * 10**25 < 1 + abs(x) or abs(target - start) > 4 * reach:
                break
            x = target
        return best

    def _inside(self, x: Fraction, target: Fraction) -> Fraction:
        """The target, or a point half way to the end of the interval when it lies beyond that."""
        if self.left is not None and target <= self.left:
            return _short((x + self.left) / 2)
        if self.right is not None and target >= self.right:
            return _short((x + self.right) / 2)
        return _short(target)

    # -- certainty ---------------------------------------------------------------------------------

    def value(self, q: Quantity, z: Fraction, digits: int) -> Interval:
        """g(z) enclosed; NoValueError where it has no value."""
        return self._on(q, self.intervals(digits), z, z)

    def _on(
        self, q: Quantity, numbers: Intervals, low: Fraction | None, high: Fraction | None
    ) -> Interval:
        z = numbers.between(low, high)
        return q.among(numbers, z, derivatives(self.steps, numbers, z, q.needs))

    def exceeds(self, q: Quantity, z: Fraction, bound: Fraction) -> Interval | None:
        """An enclosure of g(z), when it is proved that g(z) > bound; else None."""
        for digits in SHARPER:
            try:
                value = self.value(q, z, digits)
                limit = self.intervals(digits).number(bound)
                if value > limit:
                    again = self.value(q, z, 2 * digits)
                    certain = again > self.intervals(2 * digits).number(bound) and again.meets(
                        value
                    )
                    return again if certain else None
                if value < limit:
                    return None
            except NoValueError:
                return None
        return None

    def stays_below(self, q: Quantity, level: Fraction) -> bool:
        """True when a cover by boxes proves g < level on the whole interval."""
        numbers = self.intervals(30)
        limit = numbers.number(level)
        boxes = list(pairwise(self._cuts()))
        for _ in range(BOXES):
            if not boxes:
                return True
            low, high = boxes.pop()
            try:
                if self._on(q, numbers, low, high) < limit:
                    continue
            except NoValueError:
                pass
            middle = _between(low, high)
            if middle is None:
                return False
            boxes += [(low, middle), (middle, high)]
        return not boxes

    def _cuts(self) -> list[Fraction | None]:
        powers = [Fraction(2) ** k for k in range(-20, 41, 4)]
        inside = [*(-x for x in powers), Fraction(0), *powers]
        if self.left is not None and self.right is not None:
            inside.append((self.left + self.right) / 2)
        kept = {
            x
            for x in inside
            if (self.left is None or x > self.left) and (self.right is None or x < self.right)
        }
        return [self.left, *sorted(kept), self.right]

    # -- claims ------------------------------------------------------------------------------------

    def findings(self, claims: Iterable[Claim], reached: Iterable[Reached] = ()) -> list[Finding]:
        """Everything that speaks against the claims."""
        every = list(claims)
        points = [r.point for r in reached if r.text == self.text and self.holds(r.point)]
        found = [self._against(claim, points) for claim in every]
        found += [self._against_smoothness(claim) for claim in every]
        found += [_against_exact_form(claim) for claim in every]
        found += [_not_reached(r, self) for r in reached]
        return [finding for finding in found if finding is not None]

    def _against(self, claim: Claim, points: Sequence[Fraction]) -> Finding | None:
        if claim.upper is None:
            return self._against_infinity(claim)
        if above := self._above(claim, points):
            return above
        best = self.largest(claim.quantity)
        if best is None:
            return None
        value = best[0]
        claimed = self.floats.number(claim.lower)
        if value > claimed - abs(claimed) / 1000 or len(self.samples) < ENOUGH:
            return None
        words = (
            f"{claim.name} is certified to be at least {_shown(claim.lower)}, but no sample exceeds "
            f"{_shown(value)}"
        )
        if self.stays_below(claim.quantity, claim.lower):
            return Finding(True, f"{words}, and intervals prove that it stays below")
        return Finding(False, words) if claim.lower > 0 and value < claimed / 2 else None

    def _above(self, claim: Claim, points: Sequence[Fraction]) -> Finding | None:
        """A value above the upper bound."""
        q, upper = claim.quantity, claim.upper
        assert upper is not None
        numbers = self.floats
        limit = numbers.number(upper)
        limit += abs(limit) / ROUNDING
        suspects = [(value, z) for value, z in self._candidates(claim, points) if value > limit]
        for _, z in suspects[:DECISIONS]:
            if (proved := self.exceeds(q, z, upper)) is not None:
                return Finding(
                    True,
                    f"{claim.name} = {_shown(numbers.context.make_mpf(proved.low))} at z = {_shown(z)} is above the certified "
                    f"{_shown(upper)}",
                )
        return None

    def _candidates(self, claim: Claim, points: Sequence[Fraction]) -> list[tuple[Any, Fraction]]:
        """(g, z) where g may be largest: samples, where it is said to be reached, and uphill."""
        q, numbers = claim.quantity, self.floats
        near = []
        for point in points:  # a supremum may be reached at a kink, from one side
            step = (abs(point) + 1) / 2**90
            for z in (point, point - step, point + step):
                if self.holds(z) and (v := self.at(z, q.needs)) is not None:
                    near.append((q.among(numbers, numbers.number(z), v), z))
        found = self._sorted(q)
        # Where cancellation has made large values, the climb starts from those that obey the bound.
        above = sum(value > numbers.number(claim.upper or 0) for value, _ in found)
        obedient = found[above:] if above > DECISIONS else found
        starts = sorted([*obedient[:3], *near], reverse=True)[:4]
        uphill = [self._uphill(q, *start) for start in starts]
        return sorted([*found, *near, *uphill], reverse=True)

    def _against_infinity(self, claim: Claim) -> Finding | None:
        if claim.jump is not None:
            return self._against_jump(claim, claim.jump)
        if self._grows(claim.quantity):
            return None
        best = self.largest(claim.quantity)
        if best is None:
            return None
        words = f"{claim.name} is claimed to be unbounded, but no sample exceeds {_shown(best[0])}"
        level = _rational(best[0])
        certain = abs(level) < 2**1000 and self.stays_below(claim.quantity, level + abs(level) + 1)
        return Finding(certain, words)

    def _against_jump(self, claim: Claim, at: Fraction) -> Finding | None:
        """Against a jump of the derivative before, at a point that is printed exactly."""
        k = claim.quantity.order - 1
        sides = [one_sided(self.steps, at, side, k) for side in (-1, 1)]
        if at.denominator < PLAIN and sides[0] is not None and sides[0] == sides[1]:
            return Finding(True, f"{claim.name}: sigma^({k}) does not jump at z = {at}")
        # What is printed of an irrational kink lies beside it by less than 1e-12.
        step = (1 + abs(at)) / (2**300 if at.denominator < PLAIN else 10**12)
        numbers = Floats(4 * DIGITS)
        try:
            before, after = (
                derivatives(self.steps, numbers, numbers.number(z), k + 1)
                for z in (at - step, at + step)
            )
        except NoValueError:
            return None
        for j in range(k + 1):
            slope = abs(before[j + 1]) + abs(after[j + 1])
            room = slope * numbers.number(8 * step) + abs(before[j]) / 10**80
            if abs(before[j] - after[j]) > room:
                return None
        return Finding(False, f"{claim.name}: sigma^({k}) seems not to jump at z = {at}")

    def _grows(self, q: Quantity) -> bool:
        """True when samples nearer to the ends exceed those in the middle."""
        numbers = self.floats
        tops: list[Any] = []
        for low, high in ((-math.inf, 4), (4, 10), (10, 41), (41, math.inf)):
            tier = [
                q.among(numbers, x.at, x.derivatives)
                for x in self.samples
                if low <= self._depth(x.z) < high
            ]
            tops += [max(tier)] if tier else []
        if len(self.samples) < 60 or len(tops) < 3:
            return True
        if any(b > a + abs(a) / 10**11 for a, b in pairwise(tops)):
            return True
        # A tiny leading coefficient shows only very far out: erfc(145) z^2 - z.
        highest = max(tops)
        for k in VERY_FAR:
            for z in (Fraction(10) ** k, -(Fraction(10) ** k)):
                v = self.at(z) if self.holds(z) else None
                if v is None:
                    continue
                if q.among(numbers, numbers.number(z), v) > highest + abs(highest) / 10**11:
                    return True
        return False

    def _against_smoothness(self, claim: Claim) -> Finding | None:
        """sigma^(k-1) is Lipschitz with sup |sigma^(k)|, also across what may be a kink."""
        q, upper = claim.quantity, claim.upper
        if q.kappa is not None or q.sign != 0 or q.order == 0 or upper is None:
            return None
        before = Quantity(q.order - 1)
        for low, high in self.kinks:
            for digits in SHARPER[:2]:
                try:
                    gap = self.value(before, high, digits) - self.value(before, low, digits)
                except NoValueError:
                    break
                if abs(gap) > self.intervals(digits).number(upper * (high - low)):
                    return Finding(
                        True,
                        f"{claim.name} is certified to be at most {_shown(upper)}, but "
                        f"sigma^({before.order}) jumps between z = {_shown(low)} and {_shown(high)}",
                    )
        return None

    @cached_property
    def kinks(self) -> list[tuple[Fraction, Fraction]]:
        """Short intervals, in each of which z passes to another side of an Abs, Max or Min."""
        found = []
        for left, right in pairwise(self.samples):
            if left.branches != right.branches and len(found) < 24:
                found.append(self._narrowed(left.z, right.z, left.branches))
        return found

    def _narrowed(
        self, low: Fraction, high: Fraction, left: tuple[bool, ...]
    ) -> tuple[Fraction, Fraction]:
        for _ in range(110):
            middle = (low + high) / 2
            branches: list[bool] = []
            try:
                derivatives(self.steps, self.floats, self.floats.number(middle), 0, branches)
            except NoValueError:  # the kink itself
                step = (high - low) / 2**60
                return middle - step, middle + step
            low, high = (middle, high) if tuple(branches) == left else (low, middle)
            if (high - low) * 2**80 < abs(low):
                break
        return low, high


def _against_exact_form(claim: Claim) -> Finding | None:
    """Against a constant that does not lie in the enclosure."""
    if claim.exact is None or claim.upper is None:
        return None
    try:
        steps = read(claim.exact)
        values = []
        for digits in SHARPER[:2]:
            numbers = Intervals(digits)
            value = derivatives(steps, numbers, numbers.number(0), 0)[0]
            if value.meets(numbers.between(claim.lower, claim.upper)):
                return None
            values.append(value)
    except (UnreadableError, NoValueError):
        return None
    if not values[0].meets(values[1]):
        return None
    return Finding(
        True, f"{claim.name} is claimed to be {claim.exact}, which is not in the enclosure"
    )


def _not_reached(claim: Reached, judge: Judge) -> Finding | None:
    """Against a point at which a bound is said to be reached."""
    own = judge if claim.text == judge.text else Judge(claim.text)
    q = claim.quantity
    if q.sign == 0:
        raise ValueError("a modulus is not said to be reached")
    if own.exceeds(replace(q, sign=-q.sign), claim.point, -claim.value) is None:
        return None
    return Finding(
        True,
        f"{claim.name} is claimed to reach {_shown(claim.value)} at z = {_shown(claim.point)}, but "
        f"it is smaller there",
    )


# -- numbers ---------------------------------------------------------------------------------------


def _special(steps: Sequence[Step]) -> tuple[list[Fraction], list[Fraction]]:
    """(centres, units): points and lengths that the numbers of an expression suggest."""
    rationals: dict[int, Fraction] = {}
    for place, step in enumerate(steps):
        a = [rationals.get(arg) for arg in step.args]
        known = [x for x in a if x is not None]
        if step.op == "num":
            rationals[place] = step.number
        elif step.op == "neg" and known:
            rationals[place] = -known[0]
        elif step.op == "div" and len(known) == 2 and known[1]:
            rationals[place] = known[0] / known[1]
        elif step.op == "mul" and len(known) == 2:
            rationals[place] = known[0] * known[1]
        elif step.op == "pow" and known and known[0] and step.number.denominator == 1:
            rationals[place] = known[0] ** int(step.number)
    numbers = sorted({abs(x) for x in rationals.values() if x})
    centres = [x for x in numbers if Fraction(1, 100) <= x <= 100][:6]
    centres += [1 / x for x in centres]
    huge = [x for x in numbers if abs(_log2(x)) > 3]
    units = [y for x in huge for y in (x, 1 / x)]
    exponents = {abs(int(step.number)) for step in steps if step.op == "pow"} - {0, 1}
    units += [
        Fraction(2) ** round(s * _log2(x) / k) for x in huge for k in exponents for s in (1, -1)
    ]
    units += [x / y for x in huge[:4] for y in huge[:4] if x != y]
    return [s * x for x in dict.fromkeys(centres) for s in (1, -1)], list(dict.fromkeys(units))[:8]


def _log2(x: Fraction) -> float:
    if x == 0:
        return -math.inf
    return math.log2(abs(x.numerator)) - math.log2(x.denominator)


def _between(low: Fraction | None, high: Fraction | None) -> Fraction | None:
    """A point at which a box is cut; None when it is too small or too far out."""
    if low is None or high is None:
        end = low if high is None else high
        if end is None:
            return Fraction(0)
        far = (2**10 * (abs(end) + 1)) * (1 if high is None else -1)
        return far if abs(far) < 2**300 else None
    if low > 0 and high > 4 * low:
        return Fraction(2) ** round((_log2(low) + _log2(high)) / 2)
    if high < 0 and low < 4 * high:
        return -(Fraction(2) ** round((_log2(low) + _log2(high)) / 2))
    if (high - low) * 2**60 < max(abs(low), abs(high), Fraction(1, 2**60)):
        return None
    return (low + high) / 2


def _rational(x: Any, largest: int = 2000) -> Fraction:
    """A number of mpmath: exactly, unless it is beyond 2^largest or 2^-largest, where that is taken
    (or 0) instead.
    """
    sign, man, exp, bits = x._mpf_
    if exp + bits < -largest or not man:
        return Fraction(0)
    size = (
        Fraction(2) ** largest if exp + bits > largest else Fraction(int(man)) * Fraction(2) ** exp
    )
    return -size if sign else size


def _short(x: Fraction) -> Fraction:
    """A binary number near x, of about 100 digits at most."""
    if x.denominator.bit_length() < 200 and x.numerator.bit_length() < 200:
        return x
    places = 160 - round(_log2(x)) if x else 0
    return Fraction(round(x * Fraction(2) ** places)) / Fraction(2) ** places


def _shown(x: Any) -> str:
    """A number to 17 digits."""
    numbers = Floats(30)
    value = numbers.number(x) if isinstance(x, Fraction) else x
    return str(numbers.context.nstr(value, 17))


__all__ = ["Claim", "Finding", "Judge", "Quantity", "Reached"]
