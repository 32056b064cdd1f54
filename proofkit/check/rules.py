"""The rules of inference: the table beside this file, the formulas in it, and what single rules
compute.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from flint import arb, arb_series, ctx, fmpq

from proofkit.check.cover import branch, shift, turn_of, unkinked
from proofkit.check.expr import (
    Refused,
    Tape,
    Tree,
    Unverified,
    arithmetic,
    function,
    jet,
    number,
    parse,
    power,
    tape,
)
from proofkit.check.tail import ends

Enclosure = tuple[fmpq, fmpq] | None  # None: a symbol without a value
RULES: Mapping[str, Any] = tomllib.loads(Path(__file__).with_name("rules.toml").read_text())
WORDS: Mapping[str, Mapping[str, str]] = RULES["words"]
_NAMES = (
    "n d p N B_x B_y a_1 a_2 a_inf a_plus a_minus Lambda_S X2 Y1 Y2 y_min y_max lam_ s M "
    "rho l1 l2 S0 S_hi S_lo sigma0 M1 M2 M3 kappa H gamma G G0 G1 K A B C D E m r_0"
)
_MORE = (
    "gLip slope fall lambda_c s_c W_2 W_4 F osc xi q m_c h_0 m_d b_d R_b l_bar eps "
    "r_star v_0 chi A_2 c_0 c_1 L_F beta alpha S_alpha lambda_alpha mu theta Q J "
    "kappa_lo H_lo kappa_hi H_hi m_0"
)
NAMES = frozenset(f"{_NAMES} {_MORE}".split())
SAYS = {
    "S0": "sup |sigma|", "S_hi": "sup sigma", "S_lo": "inf sigma", "M1": "sup |sigma'|", "M2": "sup |sigma''|", "M3": "sup |sigma'''|",
    "fall": "sup -sigma'", "H": "sup |z*sigma' - kappa*sigma|", "S_alpha": "sup |sigma - alpha*z|",
    "H_lo": "sup(kappa_lo*sigma - z*sigma', 0)", "H_hi": "sup(z*sigma' - kappa_hi*sigma, 0)",
}  # fmt: skip
PARAMETERS = {
    "H": "kappa",
    "H_lo": "kappa_lo",
    "H_hi": "kappa_hi",
    "S_alpha": "alpha",
}  # what the quantity depends on


# -- formulas -------------------------------------------------------------------------------------


def evaluate(text: str, known: Mapping[str, Enclosure]) -> Any:
    """A formula's value: exact when rational in exact constants, else a ball; None while a symbol
    in it has no value.
    """
    return _value(_formula(text), known)


@lru_cache(maxsize=512)
def _formula(text: str) -> Tree:
    return parse(
        re.sub(r"\blambda\b", "lam_", text), NAMES
    )  # lambda is a keyword of the grammar that is borrowed


def _value(t: Tree, known: Mapping[str, Enclosure]) -> Any:
    op = t[0]
    if op == "num":
        return t[1]
    if op == "name":
        name = "lambda" if t[1] == "lam_" else t[1]
        if name not in known:
            raise Refused(f"no premise gives {name}")
        pair = known[name]
        return (
            None
            if pair is None
            else pair[0]
            if pair[0] == pair[1]
            else arb(pair[0]).union(arb(pair[1]))
        )
    a = [_value(x, known) for x in t[1:] if isinstance(x, tuple)]
    if any(x is None for x in a):
        return None
    if (op == "div" and not (a[1] > 0 or a[1] < 0)) or (op == "log" and not a[0] > 0):
        raise Refused("a formula divides by what may be zero, or takes its logarithm")
    if op in ("add", "sub", "mul", "div", "neg"):
        return arithmetic(op, a)
    if op in ("Max", "Min") and not all(isinstance(x, fmpq) for x in a):
        return arb(a[0]).max(arb(a[1])) if op == "Max" else arb(a[0]).min(arb(a[1]))
    if op in ("Max", "Min"):
        return max(a) if op == "Max" else min(a)
    if op == "pow" and t[2].q == 1 and t[2] > 0:
        return (
            a[0] ** int(t[2].p)
            if isinstance(a[0], fmpq)
            else power(arb_series([a[0]], prec=1), t[2])[0]
        )
    if op == "log" or (op == "pow" and t[2] == fmpq(1, 2)):
        return arb(a[0]).log() if op == "log" else root(arb(a[0]))
    raise Refused(f"{op} does not occur in formulas")


def root(x: arb) -> arb:
    """The square roots of the numbers >= 0 of a ball."""
    return arb(0).union(abs(x.upper()).sqrt()) if x.overlaps(arb(0)) else x.sqrt()


def contains(pair: Enclosure, value: Any) -> bool:
    """True when the recorded [lo, hi] holds the value (None for None)."""
    if pair is None or value is None:
        return pair is None and value is None
    return (
        bool(pair[0] <= value <= pair[1])
        if isinstance(value, fmpq)
        else bool(arb(pair[0]) <= value) and bool(value <= arb(pair[1]))
    )


def enclosure(c: Mapping[str, Any]) -> Enclosure:
    """[lo, hi] of a recorded constant."""
    if c["lo"] is None or c["hi"] is None:
        if c["lo"] is not c["hi"]:
            raise Refused("a constant has one end only")
        return None
    pair = (number(c["lo"]), number(c["hi"]))
    if pair[0] > pair[1]:
        raise Refused("a constant's ends are in the wrong order")
    return pair


def holds(condition: str, known: Mapping[str, Enclosure]) -> bool:
    """A condition of the table, "x = 0", "x > y" or "x <= y", or several joined by "and"; the empty
    one holds.
    """
    if " and " in condition:
        return all(holds(part, known) for part in condition.split(" and "))
    left, sign, right = next(
        (p for p in (condition.partition(s) for s in (" > ", " <= ", " = ")) if p[1]), ("", "", "")
    )
    if not sign:
        return True
    one, two = evaluate(left, known), evaluate(right, known)
    if one is None or two is None:
        return False
    if sign == " <= ":
        pair = known.get(left)
        return bool(
            (pair[1] if pair else one) <= two
        )  # the upper end itself: a ball around the enclosure may be wider
    return bool(one > two) if sign == " > " else isinstance(one, fmpq) and one == two


def decided(condition: str, known: Mapping[str, Enclosure]) -> bool | None:
    """Whether "x > y", "x < y", "x >= y" or "x <= y" is known to hold; None while a symbol in it
    has no value.

    >>> decided("lambda > G1", {"lambda": (fmpq(1), fmpq(1)), "G1": (fmpq(0), fmpq(2))})
    False
    """
    left, sign, right = condition.split(" ")
    one, two = evaluate(left, known), evaluate(right, known)
    if one is None or two is None:
        return None
    return bool(
        one > two
        if sign == ">"
        else one < two
        if sign == "<"
        else one >= two
        if sign == ">="
        else one <= two
    )


def resolved(
    condition: str, known: Mapping[str, Enclosure], formulas: Mapping[str, str]
) -> Mapping[str, Enclosure]:
    """The constants, with the values of those formulas that a condition asks for and that have none
    yet.

    Raises Refused for a formula without a finite value.
    """
    out = dict(known)

    def find(text: str) -> None:
        for name in names_in(text):
            if out.get(name) is None and name in formulas:
                find(formulas[name])
                value = evaluate(formulas[name], out)
                out[name] = value if value is None else ends(arb(value))

    for side in condition.split(" ")[::2]:
        find(side)
    return out


def names_in(text: str) -> frozenset[str]:
    """The constants that a formula names."""

    def walk(t: Tree) -> frozenset[str]:
        if t[0] == "name":
            return frozenset(["lambda" if t[1] == "lam_" else t[1]])
        return frozenset().union(*(walk(x) for x in t[1:] if isinstance(x, tuple)))

    return walk(_formula(text))


def shown(q: fmpq) -> str:
    """A number in a sentence: a decimal when it ends within 40 places."""
    places = next((k for k in range(41) if (q * 10**k).q == 1), None)
    if places in (None, 0):
        return str(q)
    digits = str(abs(int((q * 10**places).p))).rjust(places + 1, "0")  # type: ignore[operator]
    return f"{'-' if q < 0 else ''}{digits[:-places]}.{digits[-places:]}"  # type: ignore[operator]


# -- what single rules compute ---------------------------------------------------------------------


def value_at(tree: Tree, x: Any = 0) -> arb:
    """An expression at a point."""
    return jet(tape(tree, apart=False), arb(x), 1)[0]


def escaping(root: Tree, slope: fmpq, proof: Mapping[str, Any]) -> None:
    """Refused unless sigma - slope z is periodic."""
    turn = turn_of(proof)
    if not (slope > 0 and turn > 0 and shift(root, turn) == slope * turn):
        raise Refused("sigma is not slope*z plus a periodic function")


@dataclass(frozen=True)
class Kink:
    """The derivative of sigma of this order is the first to jump, at a rational point."""

    root: Tree
    at: fmpq
    order: int

    def value(self, z: fmpq) -> arb:
        """sigma there; Unverified where it may be at another kink."""
        tree = branch(self.root, z, 1) if z == self.at else unkinked(self.root, z)
        return jet(tape(tree), arb(z), 1)[0]


def jump(
    kink: Kink,
    squared: bool,
    samples: Sequence[tuple[Any, fmpq]],
    weights: tuple[fmpq, fmpq],
    line: tuple[Any, Any, Any],
) -> int:
    """How many samples are at the kink where a derivative of L jumps; Refused or Unverified unless
    it is seen to.

    The unit of the first weight moves along w + t u, the others, of which the second is the sum,
    stay at v.  With J the jump of sigma^(k), that of the derivative of L of order k at t = 0 is
    (weight J/n) sum l'_i <u, x_i>^k sign<u, x_i> over the samples with <w, x_i> at the kink.
    """
    left, right = (
        jet(tape(branch(kink.root, kink.at, side)), arb(kink.at), kink.order) for side in (-1, 1)
    )
    if not all((left[k] - right[k]).is_zero() for k in range(kink.order)):
        raise Unverified("that the derivatives of lower order are continuous is not seen exactly")
    (w, u, v), total, met = line, arb(0), 0
    for x, y in samples:
        c, z = dot(u, x), dot(w, x)
        if c == 0:
            continue
        if z != kink.at:
            unkinked(kink.root, z)  # no other kink
            continue
        met += 1
        f = weights[0] * kink.value(z)
        if v is not None:
            f += weights[1] * kink.value(dot(v, x))
        slope = f - y if squared else -arb(y) / (1 + (y * f).exp())
        total += slope * (c**kink.order if c > 0 else -(c**kink.order))
    if not total.is_finite() or total.contains(0):
        raise Refused("the derivative is not seen to jump: residuals vanish or kinks cancel")
    return met


POINTS, TRIALS = 2, 16  # nets compared, and tried
PRECISIONS = (160, 320, 640, 1280, 2560)
ACCURATE = 64  # bits of a number that is compared
FARTHEST = 1024  # power of two of the arguments that are tried


def dot(u: Any, v: Any) -> Any:
    """<u, v>."""
    return sum((p * q for p, q in zip(u, v, strict=True)), fmpq(0))


def derivation(root: Tree, loss: str, seed: str) -> None:
    """The formulas for gradient, Hessian form and Laplacian against exact differentiation along
    lines, at random small nets, in balls.

    Refused when two balls do not meet: they are two different numbers.  A net at which a ball stays
    large beside its number, at every precision, is passed over; Unverified when too few are left.
    """
    code, before, compared = tape(root), ctx.prec, 0
    try:
        scale = scale_of(code)
        for trial in range(TRIALS):
            for bits in PRECISIONS:
                ctx.prec = bits
                net = Net(random.Random(f"{seed}:{trial}"), code, loss == "squared", *scale)
                if all(_agree(one, two) for one, two in net.comparisons()):
                    compared += 1
                    break
            if compared == POINTS:
                return
    finally:
        ctx.prec = before
    raise Unverified("the formulas for the derivatives of L could be compared at too few nets")


def _agree(one: arb, two: arb) -> bool:
    """True when two small balls meet, False when one is too large to say; Refused when they are two
    numbers.
    """
    if not (one.is_finite() and two.is_finite()):
        return False
    if not one.overlaps(two):
        raise Refused("the formulas for the derivatives of L disagree with exact differentiation")
    return all(x.is_exact() or x.rel_accuracy_bits() >= ACCURATE for x in (one, two))


def scale_of(code: Tape) -> tuple[int, int]:
    """Powers of two: of arguments at which sigma' and sigma'' are felt beside sigma, and of 1/sigma
    there; only nets are chosen by it.
    """
    best, found = -1, (0, 0)
    for e in (0, *(s * k for k in range(4, FARTHEST + 1, 4) for s in (1, -1))):
        felt, size = 0, 0
        for point in (-4, -2, -1, 1, 2, 4):
            z = arb(point) * arb(2) ** e
            try:
                terms = [abs(c * z**k) for k, c in enumerate(_coefficients(code, z))]
            except Refused:
                continue
            if all(t.is_finite() and (t.is_zero() or t.rel_accuracy_bits() > 16) for t in terms):
                largest = terms[0].max(terms[1]).max(terms[2])
                felt += sum(bool(t * 2**24 > largest) for t in terms[1:])
                if terms[0] > 0:
                    m, power_of_two = terms[0].mid().man_exp()
                    size = max(size, int(m).bit_length() + int(power_of_two))
        if felt > best:
            best, found = felt, (e, -size)
        if best == 12:
            break
    return found


def _coefficients(code: Tape, z: arb) -> list[arb]:
    series = jet(code, z, 3)
    return [series[k] for k in range(3)]


class Net:
    """A random net of 2 samples, 1 or 2 units and 1 or 2 features, with the formulas as the
    appendix has them.

    Its numbers are whole multiples of 1/8, the weights times a power of two and lambda and the
    outer weights to match: exact balls.  For each sample: x, the jets of sigma, l(f + t) to be
    differentiated, and l', l'' as the formulas have them.
    """

    def __init__(
        self, rng: random.Random, code: Tape, squared: bool, argument: int, outer: int
    ) -> None:

        def draw(*shape: int, power: int = 0) -> Any:
            return (
                [draw(*shape[1:], power=power) for _ in range(shape[0])]
                if shape
                else arb(rng.randint(-20, 20)) / 8 * arb(2) ** power
            )

        p, d = rng.randint(1, 2), rng.randint(1, 2)
        self.W, self.V = draw(p, d, power=argument), draw(p, d, power=argument)
        self.a, self.lam, self.samples = draw(p, power=outer), draw(power=-2 * argument), []
        for x in draw(2, d):
            y = draw() if squared else arb(rng.choice((-1, 1)))
            jets = [jet(code, dot(w, x), 3) for w in self.W]
            f = dot(self.a, [s[0] for s in jets])
            t, e = arb_series([f - y, 1] if squared else [-y * f, -y], prec=3), (y * f).exp()
            derivatives = (f - y, arb(1)) if squared else (-y / (1 + e), e / (1 + e) ** 2)
            self.samples.append(
                (x, jets, t * t / 2 if squared else function("softplus", t), *derivatives)
            )

    def comparisons(self) -> list[tuple[arb, arb]]:
        """Pairs of what differentiation along lines and what the formulas give: <grad L, V>, the
        Hessian form, the Laplacian.
        """
        slope, bend = self.along(self.V)
        units = [self.along(e)[1] for e in self.axes()]
        return [
            (slope, self.gradient(self.V)),
            (bend, self.hessian(self.V)),
            (sum(units, arb(0)), self.laplacian()),
        ]

    def axes(self) -> list[list[list[int]]]:
        """The unit vectors of R^(p x d)."""
        at = [(j, k) for j in range(len(self.W)) for k in range(len(self.W[0]))]
        return [
            [[int((j, k) == one) for k in range(len(self.W[0]))] for j in range(len(self.W))]
            for one in at
        ]

    def along(self, D: list[list[Any]]) -> tuple[arb, arb]:
        """The first two derivatives of t -> L(W + t D), by substitution of series alone."""
        first, second = arb(0), arb(0)
        for x, jets, loss, *_ in self.samples:
            u = [dot(v, x) for v in D]
            f1, f2 = (
                dot(self.a, [s[k] * c**k for s, c in zip(jets, u, strict=True)]) for k in (1, 2)
            )
            first, second = first + loss[1] * f1, second + 2 * (loss[1] * f2 + loss[2] * f1 * f1)
        return first / 2 + self.lam * sum(map(dot, self.W, D)), second / 2 + self.lam * sum(
            map(dot, D, D)
        )

    def gradient(self, D: list[list[Any]]) -> arb:
        """<grad L, D>, dL/dW_jk = (1/n) sum_i l'_i a_j sigma'(z_ij) x_ik + lambda W_jk."""
        out = arb(0)
        for j, w in enumerate(self.W):
            for k, c in enumerate(w):
                out += (
                    sum(
                        (slope * self.a[j] * s[j][1] * x[k] for x, s, _, slope, _ in self.samples),
                        arb(0),
                    )
                    / 2
                    + self.lam * c
                ) * D[j][k]
        return out

    def hessian(self, D: list[list[Any]]) -> arb:
        """(1/n) sum_i [l''_i (sum_j a_j sigma' <d_j, x_i>)^2 + l'_i sum_j a_j sigma'' <d_j, x_i>^2]
        + lambda ||D||^2.
        """
        out = self.lam * sum(map(dot, D, D))
        for x, s, _, slope, bend in self.samples:
            first, second = (
                sum(
                    (c * k * t[k] * dot(v, x) ** k for c, t, v in zip(self.a, s, D, strict=True)),
                    arb(0),
                )
                for k in (1, 2)
            )
            out += (bend * first * first + slope * second) / 2
        return out

    def laplacian(self) -> arb:
        """(1/n) sum_i ||x_i||^2 [l''_i sum_j a_j^2 sigma'^2 + l'_i sum_j a_j sigma''] + lambda p d."""
        out = self.lam * (len(self.W) * len(self.W[0]))
        for x, s, _, slope, bend in self.samples:
            squares, bends = (
                sum((f(c, t) for c, t in zip(self.a, s, strict=True)), arb(0))
                for f in (lambda c, t: (c * t[1]) ** 2, lambda c, t: c * 2 * t[2])
            )
            out += dot(x, x) * (bend * squares + slope * bends) / 2
        return out
