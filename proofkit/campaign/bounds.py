"""Random expressions, their certified enclosures, and an attack on each.

An enclosure [lower, upper] of sup g is *violated* when mpmath finds g(z) > upper,
when the point claimed to reach ``lower`` does not, or when g stays small along
every far probe although it is claimed to be unbounded.
"""

from __future__ import annotations

import contextlib
import itertools
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import mpmath

from proofkit.activation.scaling import natural_scale
from proofkit.calculus.crosscheck import Untested, cross_check
from proofkit.errors import DomainError, InternalError, ParseError
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.rounding import decimal
from proofkit.kernel.univariate.terms import Node
from proofkit.pools import in_order, worker_processes
from proofkit.search.facts import Bound, Facts, derive_facts
from proofkit.search.jets import Evaluator, Intervals
from proofkit.search.second_opinion import SHARPER

DIGITS = 40
STRETCHED = 0.3  # the share of expressions on extreme scales
WIDE = Fraction(1, 10**12)
_UNARY = (
    "exp",
    "log",
    "tanh",
    "sinh",
    "cosh",
    "sin",
    "cos",
    "atan",
    "asinh",
    "erf",
    "erfc",
    "sqrt",
    "sigmoid",
    "softplus",
    "Abs",
)


@dataclass(frozen=True)
class Trial:
    """One expression and what became of it."""

    text: str
    outcome: str  # exact, enclosed, wide, unknown, not-real, violation
    bounded: bool  # sigma', sigma'', sigma''' look bounded to the sampler
    seconds: float
    note: str = ""


@dataclass
class Tally:
    """The sum of a campaign."""

    trials: list[Trial] = field(default_factory=list)

    @property
    def violations(self) -> list[Trial]:
        """The trials in which an enclosure was broken."""
        return [t for t in self.trials if t.outcome == "violation"]

    @property
    def unknown_share(self) -> float:
        """UNKNOWN (or wider than 1e-12) among the expressions whose derivatives look bounded."""
        bounded = [t for t in self.trials if t.bounded and t.outcome != "not-real"]
        return sum(t.outcome in ("unknown", "wide") for t in bounded) / max(len(bounded), 1)

    def as_dict(self) -> dict[str, Any]:
        """Counts, the share of UNKNOWN, time quantiles, violations."""
        counts = Counter(t.outcome for t in self.trials)
        real = [t for t in self.trials if t.outcome != "not-real"]
        seconds = sorted(t.seconds for t in real) or [0.0]

        def quantile(q: float) -> float:
            return round(seconds[min(int(q * len(seconds)), len(seconds) - 1)], 3)

        return {
            "expressions": len(self.trials),
            "not_real_on_R": counts["not-real"],
            "exact": counts["exact"],
            "enclosed": counts["enclosed"],
            "wider_than_1e-12": counts["wide"],
            "unknown": counts["unknown"],
            "violations": counts["violation"],
            "bounded_derivatives": sum(t.bounded for t in real),
            "unknown_share_of_bounded": round(self.unknown_share, 5),
            "seconds": {
                "median": quantile(0.5),
                "p90": quantile(0.9),
                "p99": quantile(0.99),
                "max": round(seconds[-1], 3),
            },
            "violated": [{"expr": t.text, "what": t.note} for t in self.violations],
        }


# -- random expressions ----------------------------------------------------------------------------


def random_tree(rng: random.Random, size: int) -> Node:
    """A random tree of the grammar with about ``size`` operations, z in it."""
    while True:
        try:
            tree = _random(rng, size)
        except (ValueError, ZeroDivisionError):
            continue
        if not tree.is_constant:
            return tree


def stretched_tree(rng: random.Random, size: int) -> Node:
    """A random tree on an extreme scale: factors from 10^-390 to 10^390 inside and outside, shifts,
    high powers, exponentials around it.
    """
    tree = random_tree(rng, size)
    for _ in range(rng.randint(1, 3)):
        try:
            changed = _stretched(rng, tree)
            parse(terms.to_text(changed))
        except (ValueError, ZeroDivisionError, ParseError):
            continue  # more digits than a number may have
        tree = tree if changed.is_constant else changed
    return tree


def _stretched(rng: random.Random, tree: Node) -> Node:
    exponent = rng.choice((-390, -100, -30, -12, -6, -3, 3, 6, 12, 30, 100, 390))
    factor = terms.num(rng.choice((1, 2, 7, -1, -3)) * Fraction(10) ** exponent)
    kind = rng.random()
    if kind < 0.35:
        return terms.substitute(tree, {terms.Z: terms.mul(factor, terms.Z)})
    if kind < 0.55:
        return terms.mul(factor, tree)
    if kind < 0.65:
        return terms.add(factor, tree)
    if kind < 0.75:
        return terms.power(tree, Fraction(rng.choice((8, 33, 64, -64))))
    if kind < 0.9:
        return terms.call("exp", terms.neg(tree) if rng.random() < 0.5 else tree)
    return terms.substitute(tree, {terms.Z: terms.add(factor, terms.Z)})


def _number(rng: random.Random) -> Node:
    kind = rng.random()
    if kind < 0.08:
        return terms.PI
    if kind < 0.6:
        return terms.num(rng.choice((1, 1, 1, 2, 2, 3, 4, 5, -1, -2)))
    return terms.num(Fraction(rng.randint(-12, 12) or 1, rng.randint(1, 9)))


def _random(rng: random.Random, size: int) -> Node:
    if size <= 0:
        return terms.Z if rng.random() < 0.72 else _number(rng)
    kind = rng.random()
    if kind < 0.42:
        return terms.call(rng.choice(_UNARY), _random(rng, size - 1))
    if kind < 0.52:
        exponent = rng.choice((2, 2, 2, 3, 4, -1, -2))
        return terms.power(_random(rng, size - 1), Fraction(exponent))
    if kind < 0.6:  # 1 + u^2, the commonest way of staying positive
        return terms.add(terms.ONE, terms.power(_random(rng, size - 2), Fraction(2)))
    left = rng.randint(0, size - 1)
    a, b = _random(rng, left), _random(rng, size - 1 - left)
    if kind < 0.76:
        return terms.mul(a, b)
    if kind < 0.88:
        return terms.add(a, b) if rng.random() < 0.6 else terms.sub(a, b)
    if kind < 0.97:
        return terms.div(a, b)
    return Node(rng.choice(("Max", "Min")), (a, b))


# -- the attack ------------------------------------------------------------------------------------


def _probes(rng: random.Random) -> list[float]:
    grid = [-14 + 28 * i / 140 for i in range(141)]
    grid += [s * 2.0 ** (k / 2) for k in range(-16, 60) for s in (1, -1)]
    grid += [s * 2.0**-k for k in range(12, 61, 6) for s in (1, -1)]
    grid += [s * rng.uniform(8, 200) for s in (1, -1) for _ in range(12)]
    return grid


# (z, [sigma, sigma', ...] at z) -> (g, g', g''); the last two are 0 where the list is too short for
# them.
Functional = Callable[[Any, list[Any]], tuple[Any, Any, Any]]


def _derivative(k: int, negative: bool | None) -> Functional:
    """sigma^(k), its negative, or (None) its modulus."""

    def g(z: Any, v: list[Any]) -> tuple[Any, Any, Any]:
        sign = -1 if negative or (negative is None and v[k] < 0) else 1
        return sign * v[k], sign * _entry(v, k + 1), sign * _entry(v, k + 2)

    return g


def _defect(kappa: Fraction) -> Functional:
    """|z sigma' - kappa sigma|."""

    def g(z: Any, v: list[Any]) -> tuple[Any, Any, Any]:
        def at(k: int) -> Any:  # the k-th derivative: z sigma^(k+1) + (k - kappa) sigma^(k)
            c = k - kappa
            return z * _entry(v, k + 1) + v[k] * c.numerator / c.denominator

        sign = -1 if at(0) < 0 else 1
        return sign * at(0), sign * at(1), sign * at(2)

    return g


def _entry(v: list[Any], k: int) -> Any:
    return v[k] if k < len(v) else 0


@dataclass
class Attack:
    """Independent samples of sigma and its derivatives, and the maxima found from them."""

    root: Node
    seed: int = 0

    def __post_init__(self) -> None:
        self.evaluator = Evaluator(self.root, DIGITS)
        self.samples: list[tuple[Any, list[Any]]] = []
        probes: list[Any] = _probes(random.Random(self.seed))
        if (h := natural_scale(self.root)) != 1:  # where the expression bends, and far beyond that
            unit = self.evaluator.number(h)
            probes = [*probes, *(unit * z for z in probes)]
        for z in probes:
            if (v := self.at(z)) is not None:
                self.samples.append((z, v))

    def at(self, z: Any, order: int = 3) -> list[Any] | None:
        """[sigma, ..., sigma^(order)] at z; None where that cannot be evaluated."""
        try:
            return self.evaluator.derivatives(z, order)
        except (ArithmeticError, ValueError):
            return None

    @property
    def bounded(self) -> bool:
        """True when the first three derivatives look bounded: far away no larger than nearby, give
        or take a factor.
        """
        for k in (1, 2, 3):
            near = max((abs(v[k]) for z, v in self.samples if abs(z) <= 64), default=0)
            far = max((abs(v[k]) for z, v in self.samples if abs(z) > 64), default=0)
            if far > 3 * near + 1 or near > 10**12:
                return False
        far_out = [z for z, _ in self.samples if abs(z) > 1000]
        return len(far_out) > 30

    def largest(self, g: Functional, rounds: int = 12) -> tuple[Any, Any]:
        """(g, z) at the largest value found: samples, then Newton's method for g' = 0 from the best
        three.
        """
        found = sorted(((g(z, v)[0], z) for z, v in self.samples), key=lambda t: -t[0])[:3]
        if not found:
            return None, None
        best = found[0]
        for value, start in found:
            x, width = self.evaluator.context.mpf(start), max(0.2, abs(start) * 0.2)
            here = (value, start)
            for _ in range(rounds):
                v = self.at(x, 5)
                if v is None:
                    break
                y, slope, bend = g(x, v)
                here = max(here, (y, x), key=lambda t: t[0])
                # A step uphill where g is not concave; a short one where Newton's leaves the
                # neighbourhood.
                step = -slope / bend if bend < 0 else (width if slope > 0 else -width)
                step = max(-width, min(width, step))
                width /= 2 if bend >= 0 else 1
                if abs(step) < 1e-25 * (1 + abs(x)) or abs(x + step - start) > 4 * max(
                    0.2, abs(start) * 0.2
                ):
                    break
                x += step
            best = max(best, here, key=lambda t: t[0])
        return best

    def violation(self, facts: Facts) -> str:
        """What is wrong with the facts, '' when nothing was found."""
        jobs: list[tuple[str, Bound | None, Functional]] = [
            ("sup sigma", facts.sup, _derivative(0, False)),
            ("sup -sigma", facts.inf, _derivative(0, True)),
            *(
                (f"sup |sigma{chr(39) * k}|", facts.M[k - 1], _derivative(k, None))
                for k in (1, 2, 3)
            ),
        ]
        if facts.euler is not None:
            jobs.append(("H", facts.euler.H, _defect(facts.euler.kappa)))
        for name, bound, g in jobs:
            if bound is None:
                continue
            for part in (
                bound.parts
            ):  # a peak may be too narrow for the grid; where it is claimed to be, is tried too
                if (witness := part.supremum.witness) is not None and (
                    point := witness.attained_at
                ) is not None:
                    x = self.evaluator.context.mpf(point.numerator) / point.denominator
                    step = (abs(x) + 1) * self.evaluator.context.mpf(2) ** -90
                    for near in (
                        x,
                        x - step,
                        x + step,
                    ):  # a supremum may be reached at a kink, from one side
                        if (v := self.at(near)) is not None:
                            self.samples.append((near, v))
            value, z = self.largest(g)
            if value is None:
                continue
            if bound.upper is not None:
                if value > _real(value, bound.upper) and self._still_above(g, z, bound.upper):
                    return (
                        f"{name} = {_shown(value)} at z = {_shown(z)} is above the certified "
                        f"{decimal(bound.upper, 17)}"
                    )
                if bound.lower > 0 and value < _real(value, bound.lower) * 0.5:
                    return (
                        f"{name} is certified to be at least {decimal(bound.lower, 17)}, but no "
                        f"sample exceeds {_shown(value)}"
                    )
            elif "jumps" not in bound.how and not self._grows(g):
                return (
                    f"{name} is claimed to be unbounded ({bound.how}), but no sample exceeds "
                    f"{_shown(value)}"
                )
        return ""

    def _still_above(self, g: Functional, z: Any, upper: Fraction) -> bool:
        """True when g(z) > upper in intervals rounded outwards: not a matter of cancellation."""
        for digits in SHARPER:
            sharp = Intervals(self.root, digits)
            x = sharp.context.mpf(z)
            try:
                if g(x, sharp.derivatives(x, 3))[0] > sharp.number(upper):
                    return True
            except (ArithmeticError, ValueError):
                return False
        return False

    def _grows(self, g: Functional) -> bool:
        """True when samples farther out exceed nearer ones (or the expression overflows far out)."""
        if len([z for z, _ in self.samples if abs(z) > 1000]) < 60:
            return True
        tops = [
            max((g(z, v)[0] for z, v in self.samples if low <= abs(z) < high), default=None)
            for low, high in ((0, 16), (16, 1000), (1000, 2.0**40))
        ]
        if any(
            a is not None and b is not None and b > a + abs(a) * 1e-11
            for a, b in itertools.pairwise(tops)
        ):
            return True
        # A tiny leading coefficient shows only very far out: erfc(145) z^2 - z.
        highest = max((t for t in tops if t is not None), default=None)
        ten = self.evaluator.context.mpf(10)
        far = [
            (z, v)
            for k in (50, 500, 5000, 50_000)
            for z in (ten**k, -(ten**k))
            if (v := self.at(z)) is not None
        ]
        return highest is not None and any(
            g(z, v)[0] > highest + abs(highest) * 1e-11 for z, v in far
        )


def _shown(x: Any) -> str:
    """A number of mpmath, or a plain one, to 17 digits."""
    return str(mpmath.nstr(mpmath.mpmathify(x), 17))


def _real(like: Any, q: Fraction) -> Any:
    """q as a number of the same mpmath context."""
    return like.context.mpf(q.numerator) / q.denominator


# -- trials ----------------------------------------------------------------------------------------


def try_expression(root: Node, budget: float, seed: int = 0) -> Trial:
    """Certify, then attack."""
    text = terms.to_text(root)
    start = time.perf_counter()
    try:
        facts = derive_facts(root, 15, budget)
        with contextlib.suppress(Untested):
            cross_check(root, "squared", seed)
    except DomainError:
        return Trial(text, "not-real", False, time.perf_counter() - start)
    except InternalError as error:
        return Trial(
            text, "violation", False, time.perf_counter() - start, f"internal error: {error}"
        )
    except Exception as error:
        return Trial(
            text,
            "violation",
            False,
            time.perf_counter() - start,
            f"crash: {type(error).__name__}: {error}",
        )
    seconds = time.perf_counter() - start
    probe = Attack(root, seed)
    if broken := probe.violation(facts):
        return Trial(text, "violation", True, seconds, broken)
    bounded = probe.bounded
    if facts.open:
        return Trial(text, "unknown", bounded, seconds, "; ".join(facts.open))
    wide = [b.name for b in facts.known if b.wider_than(WIDE)]
    if wide:
        return Trial(text, "wide", bounded, seconds, ", ".join(wide))
    exact = all(b.infinite or b.exact is not None or b.lower == b.upper for b in facts.known)
    return Trial(text, "exact" if exact else "enclosed", bounded, seconds)


def shrink(root: Node, fails: Callable[[Node], bool], rounds: int = 40) -> Node:
    """A smaller tree that still fails: subtrees pulled up, numbers made simple."""
    for _ in range(rounds):
        for smaller in _smaller(root):
            if fails(smaller):
                root = smaller
                break
        else:
            return root
    return root


def _smaller(root: Node) -> Iterator[Node]:
    nodes = list(terms.walk(root))
    for node in reversed(nodes):
        for replacement in (*node.args, terms.ONE, terms.Z):
            if replacement == node or (not node.args and node.op != "num"):
                continue
            try:
                tree = terms.substitute(root, {node: replacement})
            except (ValueError, ZeroDivisionError):
                continue
            if len(list(terms.walk(tree))) < len(nodes) and not tree.is_constant:
                yield tree


def one_trial(job: tuple[int, int, float]) -> Trial:
    """The i-th trial of the campaign with this seed; its expression shrunk when violated."""
    seed, i, budget = job
    rng = random.Random(f"{seed}:{i}")
    root = (
        stretched_tree(rng, rng.randint(1, 4))
        if rng.random() < STRETCHED
        else random_tree(rng, rng.randint(1, 7))
    )
    try:
        root = parse(terms.to_text(root))
    except ParseError as error:
        return Trial(
            terms.to_text(root), "violation", False, 0.0, f"its own text is refused: {error}"
        )
    trial = try_expression(root, budget, i)
    if trial.outcome == "violation":
        small = shrink(root, lambda r: try_expression(r, budget, i).outcome == "violation")
        return Trial(
            f"{terms.to_text(small)}  (from {trial.text})",
            "violation",
            trial.bounded,
            trial.seconds,
            try_expression(small, budget, i).note,
        )
    return trial


def campaign(
    n: int,
    seed: int,
    budget: float,
    jobs: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Tally:
    """``n`` trials on ``jobs`` processes; the same expressions whatever the number of processes."""
    trials = []
    work: Sequence[tuple[int, int, float]] = [(seed, i, budget) for i in range(n)]
    if jobs == 1:
        for done, job in enumerate(work, 1):
            trials.append(one_trial(job))
            progress(done, n)
        return Tally(trials)
    with worker_processes(jobs) as pool:
        for done, trial in enumerate(in_order(pool, one_trial, work, 8), 1):
            trials.append(trial)
            progress(done, n)
    return Tally(trials)
