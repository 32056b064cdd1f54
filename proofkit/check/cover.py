"""What is proved of an expression on the whole line: smoothness, kinks, suprema by the recorded
covers, asymptotes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from typing import Any

from flint import arb, arb_series, ctx, fmpq

from proofkit.check.expr import Refused, Tree, Unverified, arithmetic, jet, make, number, tape
from proofkit.check.tail import ZERO, Tail, Wave, ball, ends, exact, expand

ORDERS = {
    "S0": 0,
    "S_hi": 0,
    "S_lo": 0,
    "S_alpha": 0,
    "M1": 1,
    "M2": 2,
    "M3": 3,
    "fall": 1,
    "H": 1,
    "H_lo": 1,
    "H_hi": 1,
    "l1": 1,
    "l2": 2,
}
SIGNS = {"S_hi": (1,), "S_lo": (-1,), "fall": (-1,), "H_lo": (-1,), "H_hi": (1,)}
PROOF = ["sign", "bits", "upper", "breaks", "rules", "centres", "lower", "witness"]
ARCS = 64  # of phases on a half-line
DEGREE = 6  # of Taylor's formula on a piece
HALVINGS = 6  # of a piece that is too long for this arithmetic
MAX_SHORTER = 64  # such pieces in one cover
End = tuple[fmpq, bool] | None
_REACH: Mapping[str, tuple[End, End]] = {
    "pi": ((fmpq(3), True), (fmpq(4), True)), "cosh": ((fmpq(1), False), None), "exp": ((fmpq(0), True), None), "softplus": ((fmpq(0), True), None),
    "sigmoid": ((fmpq(0), True), (fmpq(1), True)), "erfc": ((fmpq(0), True), (fmpq(2), True)), "atan": ((fmpq(-2), True), (fmpq(2), True)),
    **dict.fromkeys(("tanh", "erf"), ((fmpq(-1), True), (fmpq(1), True))), **dict.fromkeys(("sin", "cos"), ((fmpq(-1), False), (fmpq(1), False))),
}  # fmt: skip
STARTS = tuple(fmpq(2) ** k for k in (4, 8, 16, 32))


def shift(t: Tree, turn: fmpq) -> fmpq | None:
    """c with t(z + turn pi) = t(z) + c pi for every z, as far as the form of the tree shows."""
    op, a = t[0], [shift(x, turn) for x in t[1:] if isinstance(x, tuple)]
    if op == "z":
        return turn
    if op in ("sin", "cos") and a[0] is not None and (a[0] / 2).q == 1:
        return fmpq(0)
    if op in ("add", "sub", "neg") and None not in a:
        return arithmetic(op, a)
    if op in ("mul", "div") and t[2][0] == "num":
        return None if a[0] is None else arithmetic(op, [a[0], t[2][1]])
    if op == "mul" and t[1][0] == "num":
        return None if a[1] is None else a[1] * t[1][1]
    return fmpq(0) if all(c == 0 for c in a) else None


def reach(t: Tree) -> tuple[End, End]:
    """((m, strict), (n, strict)): every value of the tree is >= m (> m when strict) and <= n, as
    far as its form shows; None where it shows no bound.
    """
    op, a = t[0], [reach(x) for x in t[1:] if isinstance(x, tuple)]
    (low, high), (below, above) = (*a, (None, None), (None, None))[:2]
    if op == "num":
        return (t[1], False), (t[1], False)
    if op in _REACH:
        least, most = _REACH[op]
        if op == "exp":  # exp is between 0 and 1 for arguments below 0, at least 1 above
            least = (fmpq(1), low[1] or low[0] > 0) if low and low[0] >= 0 else least
            most = (fmpq(1), high[1] or high[0] < 0) if high and high[0] <= 0 else most
        return least, most
    if op == "neg":
        low, high, below, above, op = (ZERO, False), (ZERO, False), low, high, "sub"
    if op == "sub":
        below, above = (above and (-above[0], above[1])), (below and (-below[0], below[1]))
    if op in ("add", "sub"):
        return (low and below and (low[0] + below[0], low[1] or below[1])), (
            high and above and (high[0] + above[0], high[1] or above[1])
        )
    if op == "log":
        return ((ZERO, low[1] or low[0] > 1) if low and low[0] >= 1 else None), (
            (ZERO, high[1] or high[0] < 1) if high and high[0] <= 1 else None
        )
    if op in ("mul", "div", "pow") and all(x is not None and x[0] >= 0 for x, _ in a):
        return (ZERO, all(x is not None and (x[0] > 0 or x[1]) for x, _ in a)), None
    return (
        (ZERO, False)
        if op == "Abs" or (op == "pow" and t[2].q == 1 and t[2] > 0 and t[2].p % 2 == 0)
        else None
    ), None


def smooth(t: Tree, kinks: bool = False) -> None:
    """Refused unless the tree is visibly analytic on R: no divisor, root or logarithm that may meet
    0, and no kinks unless allowed.
    """
    for x in t[1:]:
        if isinstance(x, tuple):
            smooth(x, kinks)
    if t[0] in ("Abs", "Max", "Min") and not kinks:
        raise Unverified(
            f"sigma contains {t[0]}, and that it is smooth all the same is not visible"
        )
    base = (
        t[2]
        if t[0] == "div"
        else t[1]
        if t[0] == "log" or (t[0] == "pow" and (t[2] < 0 or t[2].q != 1))
        else None
    )
    if base is not None and not (base[0] == "num" and t[0] == "div"):
        low = reach(base)[0]
        if low is None or not (low[0] > 0 or (low[0] == 0 and low[1])):
            raise Unverified(
                f"that a divisor, root or logarithm in sigma stays away from 0 is not "
                f"visible ({t[0]})"
            )


def branch(t: Tree, at: fmpq, side: int) -> Tree:
    """The smooth tree that the expression is just right (1) or left (-1) of a point."""
    parts = [branch(x, at, side) if isinstance(x, tuple) else x for x in t[1:]]
    if t[0] not in ("Abs", "Max", "Min"):
        return make(t[0], *parts)
    switch = parts[0] if t[0] == "Abs" else ("sub", parts[0], parts[1])
    values = jet(tape(switch), arb(at), 3)
    for k, c in enumerate(values[i] for i in range(3)):
        if c > 0 or c < 0:
            up = bool(c > 0) == (side > 0 or k % 2 == 0)
            return _side(t[0], parts, up)
        if not c.is_zero():
            break
    raise Unverified("which branch sigma takes at the kink is not visible")


def kink(root: Tree, order: int, at: fmpq) -> None:
    """Refused unless the derivative of order ``order + 1`` jumps there, and none of lower order is
    seen to.
    """
    smooth(root, kinks=True)
    left, right = (jet(tape(branch(root, at, side)), arb(at), order + 2) for side in (-1, 1))
    jumps = [left[k] - right[k] for k in range(order + 2)]
    if not all(jump.contains(0) for jump in jumps[:-1]) or jumps[-1].is_zero():
        raise Refused(f"the derivative of order {order + 1} is not the first to jump at z = {at}")
    if jumps[-1].contains(0):
        raise Unverified(f"that the derivative of order {order + 1} jumps at z = {at} is not seen")


def unkinked(t: Tree, z: fmpq) -> Tree:
    """The smooth tree that the expression is around a point; Unverified where an Abs, Max or Min is
    not seen to keep its branch.
    """
    parts = [unkinked(x, z) if isinstance(x, tuple) else x for x in t[1:]]
    if t[0] not in ("Abs", "Max", "Min"):
        return make(t[0], *parts)
    switch = parts[0] if t[0] == "Abs" else ("sub", parts[0], parts[1])
    value = jet(tape(switch), arb(z), 1)[0]
    if not (value > 0 or value < 0):
        raise Unverified("a sample is at a kink, or not seen to be away from it")
    return _side(t[0], parts, bool(value > 0))


def _side(op: str, parts: list[Any], up: bool) -> Tree:
    """The branch of Abs, Max or Min where its switch is positive (up) or negative."""
    if op == "Abs":
        return parts[0] if up else make("neg", parts[0])
    return parts[0] if up == (op == "Max") else parts[1]


def turn_of(proof: Mapping[str, Any]) -> fmpq:
    """A simple multiple of pi that the cover spans, the candidate for a period; only a proposal,
    hence with pi in floating point.
    """
    span = number(proof["breaks"][-1]) - number(proof["breaks"][0])
    turns = Fraction(int(span.p), int(span.q)) / Fraction(math.pi)
    return fmpq(*turns.limit_denominator(1000).as_integer_ratio())


class Quantity:
    """g = sign * sigma^(order), or sign * (z sigma' - kappa sigma)."""

    def __init__(self, root: Tree, order: int, kappa: fmpq | None, sign: int) -> None:
        self.root, self.order, self.kappa, self.sign, self.code = (
            root,
            order,
            kappa,
            sign,
            tape(root),
        )

    def at(self, x: arb, length: int) -> arb_series:
        """The Taylor coefficients of g at (every point of) a ball."""
        s = jet(self.code, x, length + (self.order if self.kappa is None else 1))
        if self.kappa is not None:
            s = arb_series([x, 1], prec=length) * s.derivative() - s * arb(self.kappa)
        else:
            for _ in range(self.order):
                s = s.derivative()
        if s.prec < length:
            raise Unverified("a series is too short")
        return s * self.sign

    def phases(self, turns: list[Any]) -> list[Quantity]:
        """g where the slowest wave has the phase ``turns`` times pi, for each of these."""
        slow = slowest(self.root)
        if slow == 0:
            raise Unverified("the witness is a phase of no wave that is seen")
        return [
            Quantity(frozen(self.root, t, slow), self.order, self.kappa, self.sign) for t in turns
        ]

    def beyond(self, start: fmpq, end: int) -> Tail:
        """g on a half-line."""
        if self.kappa is not None:
            return euler(self.root, self.kappa, start, end).by(self.sign)
        return expand(self.root, start, end, max(self.order, 2))[self.order].by(
            self.sign * math.factorial(self.order)
        )


def euler(t: Tree, kappa: fmpq, start: fmpq, end: int) -> Tail:
    """z t' - kappa t on a half-line; for z u it is z (z u' - (kappa - 1) u), where constants that
    are no rationals cancel as well.
    """
    if t[0] in ("add", "sub", "neg"):
        return arithmetic(t[0], [euler(x, kappa, start, end) for x in t[1:]])
    if t[0] in ("mul", "div") and t[2][0] == "num":
        return euler(t[1], kappa, start, end).by(t[2][1] if t[0] == "mul" else 1 / t[2][1])
    if t[0] == "mul" and ("z",) in t[1:]:
        return euler(t[1] if t[2] == ("z",) else t[2], kappa - 1, start, end).scaled(
            (fmpq(end), fmpq(end)), 1
        )
    s = expand(t, start, end, 2)
    slope = s[1].scaled((fmpq(end), fmpq(end)), 1)
    return slope - s[0].by(kappa) if kappa != 0 else slope


def waves(t: Tree) -> list[fmpq]:
    """The frequencies of the sines and cosines of c z + (a constant)."""
    c = linear(t[1]) if t[0] in ("sin", "cos") else None
    return [c] if c else [w for x in t[1:] if isinstance(x, tuple) for w in waves(x)]


def slowest(t: Tree) -> fmpq:
    """The largest frequency of which those of the waves are whole multiples; 0 without waves."""
    return reduce(
        lambda a, b: fmpq(math.gcd(int(a.p * b.q), int(b.p * a.q)), int(a.q * b.q)),
        waves(t),
        fmpq(0),
    )


def arcs(t: Tree) -> int:
    """The work on one half-line that phases in arcs may cost, in pieces of a cover."""
    return 8 * ARCS if waves(t) else 0


def frozen(t: Tree, turns: Any, slow: fmpq) -> Tree:
    """The tree along z = (turns + 2k) pi/slow for whole k, with each such sine and cosine as the
    wave it is there.
    """
    c = linear(t[1]) if t[0] in ("sin", "cos") else None
    if not c:
        return (t[0], *(frozen(x, turns, slow) if isinstance(x, tuple) else x for x in t[1:]))
    zero = jet(tape(t[1]), arb(0), 1)[0]
    angle = arb(turns * (c / slow)) + (
        zero / arb.pi() if zero != 0 else 0
    )  # in units of pi: exact at quarters
    sine, cosine = (
        (max(low, fmpq(-1)), min(high, fmpq(1)))
        for low, high in (ends(angle.sin_pi()), ends(angle.cos_pi()))
    )
    return "wave", Wave(c, *((sine, cosine) if t[0] == "sin" else (cosine, (-sine[1], -sine[0]))))


def less_line(root: Tree, slope: fmpq) -> Tree:
    """sigma - slope z."""
    return "sub", root, ("mul", ("num", slope), ("z",))


def at_most(x: arb, bound: fmpq) -> bool:
    """True when the whole ball is <= bound."""
    return bool(x <= arb(bound)) or bool(
        x.is_exact() and x.is_finite() and abs(x) < 2**64 and exact(x) <= bound
    )


def suprema(root: Tree, name: str, kappa: fmpq | None, proofs: Any) -> tuple[fmpq, fmpq]:
    """(lo, hi) of the constant from the proofs of every sign it needs."""
    if [p["sign"] for p in proofs] != list(SIGNS.get(name, (1, -1))):
        raise Refused(f"{name} needs a cover for the signs {SIGNS.get(name, (1, -1))}")
    if name == "S_alpha":
        root, kappa = less_line(root, kappa or ZERO), None
    pairs = [supremum(Quantity(root, ORDERS[name], kappa, p["sign"]), p) for p in proofs]
    lo, hi = max(p[0] for p in pairs), max(p[1] for p in pairs)
    if name == "S_lo":
        return -hi, -lo
    return (max(lo, fmpq(0)), max(hi, fmpq(0))) if name not in ("S_hi", "fall") else (lo, hi)


def rescaled(t: Tree, h: fmpq) -> Tree:
    """The tree of u -> t(h u), the factor drawn into the rational factors around z."""
    if t == ("z",):
        return multiple(h, t)
    parts = [rescaled(x, h) if isinstance(x, tuple) else x for x in t[1:]]
    if t[0] in ("mul", "div", "neg"):
        return multiple(fmpq(1), make(t[0], *parts))
    if t[0] == "pow" and t[2].q == 1 and parts[0][0] == "mul" and parts[0][1][0] == "num":
        return multiple(parts[0][1][1] ** int(t[2].p), make("pow", parts[0][2], t[2]))
    return make(t[0], *parts)


def multiple(q: fmpq, t: Tree) -> Tree:
    """q t, with the rational factors in front drawn together."""
    while True:
        if t[0] == "mul" and t[1][0] == "num":
            q, t = q * t[1][1], t[2]
        elif t[0] in ("mul", "div") and t[2][0] == "num" and t[2][1] != 0:
            q, t = (q * t[2][1] if t[0] == "mul" else q / t[2][1]), t[1]
        elif t[0] == "neg":
            q, t = -q, t[1]
        else:
            break
    return t if q == 1 else make("neg", t) if q == -1 else make("mul", ("num", q), t)


def supremum(q: Quantity, proof: Mapping[str, Any]) -> tuple[fmpq, fmpq]:
    """(lower, upper) of sup g over R as the recorded cover and witness show; Refused when they do
    not.

    A cover with a scale h is one of u = z/h: of the quantity of u -> sigma(h u), which is
    h^order times that of sigma, or the same beside kappa.
    """
    if "scale" in proof:
        h = number(proof["scale"])
        if not h > 0:
            raise Refused("the scale is not positive")
        factor = h**-q.order if q.kappa is None else fmpq(1)
        if not isinstance(proof["witness"], dict):
            raise Refused("the witness is no object")
        w = dict(proof["witness"])
        if w["kind"] == "point":
            w["point"] = str(number(w["point"]) / h)
        ends = {end: str(number(proof[end]) / factor) for end in ("upper", "lower")}
        inner = {k: v for k, v in proof.items() if k != "scale"} | ends | {"witness": w}
        scaled = Quantity(rescaled(q.root, h), q.order, q.kappa, q.sign)
        low, high = supremum(scaled, inner)
        return low * factor, high * factor
    if type(proof["bits"]) is not int or not 2 <= proof["bits"] <= 4000:
        raise Refused("the working precision is too large")
    before, ctx.prec = ctx.prec, proof["bits"]
    try:
        upper, lower, w = number(proof["upper"]), number(proof["lower"]), proof["witness"]
        cover(q, proof, upper)
        if w["kind"] == "point":
            top = -q.at(arb(number(w["point"])), 1)[0]
            reached, missed = at_most(top, -lower), bool(top > arb(-lower))
        elif w["kind"] in ("limit", "phase", "quarter") and w["end"] in (1, -1):
            half = 1 / arb.pi() if w["kind"] == "phase" else fmpq(1, 2)
            at = (
                [q]
                if w["kind"] == "limit"
                else q.phases([number(w["point"]) * half, -number(w["point"]) * half])
            )
            low, high = max(settled(f, w["end"]) for f in at)
            reached, missed = low >= lower, w["kind"] == "limit" and high < lower
        else:
            raise Refused("the witness is no point, no limit and no phase")
        if not reached:
            raise (Refused if missed else Unverified)("the witness does not reach the lower bound")
        return lower, upper
    finally:
        ctx.prec = before


def settled(q: Quantity, end: int) -> tuple[fmpq, fmpq]:
    """An interval around the limit of g, from the first half-line that shows one."""
    for start in STARTS:
        try:
            return q.beyond(start, end).limit()
        except Refused:
            continue
    raise Unverified("the limit of the quantity is not known")


def cover(q: Quantity, proof: Mapping[str, Any], bound: fmpq) -> None:
    """Refused unless g <= bound on R."""
    breaks, rules = [number(b) for b in proof["breaks"]], proof["rules"]
    if len(breaks) != len(rules) + 1 or not rules or not all(a <= b for a, b in pairwise(breaks)):
        raise Refused("the cover is not a chain of intervals")
    if rules == ["constant"]:  # on a half-line, hence, being analytic, everywhere
        smooth(q.root)
        g = q.beyond(breaks[-1], 1)
        if g.moving().c or not g.still:
            raise Unverified("that the quantity is a constant is not seen")
        low, high = g.limit()
        if high > bound:
            raise (Refused if low > bound else Unverified)("the constant is not below the bound")
        return
    if visible(q, bound):
        return
    turn = turn_of(proof)
    c = shift(q.root, turn) if turn > 0 and q.kappa is None else None
    periodic = (
        c is not None and (c == 0 or q.order > 0) and arb(breaks[-1] - breaks[0]) >= turn * arb.pi()
    )
    if not periodic and not all(
        below(q, edge * end, end, bound) for edge, end in ((breaks[-1], 1), (breaks[0], -1))
    ):
        raise undecided(
            q, bound, (breaks[0], breaks[-1]), "a tail is not seen to lie below the bound"
        )
    shorter = 0
    for i, ((a, b), rule) in enumerate(zip(pairwise(breaks), rules, strict=True)):
        if seen(q, a, b, rule, bound, proof["centres"].get(str(i))):
            continue
        shorter += 1
        if shorter > MAX_SHORTER or not halved(q, a, b, bound, HALVINGS):
            raise undecided(
                q,
                bound,
                (a, (a + b) / 2, b),
                f"the rule {str(rule)[:20]!a} does not bound {a} .. {b}",
            )


def below(q: Quantity, start: fmpq, end: int, bound: fmpq) -> bool:
    """True when g <= bound on a half-line: at once, or for every arc of the phases of its waves
    apart.
    """
    swings = waves(q.root) != []
    try:
        low = q.beyond(start, end).upper() <= bound
        if low or not swings:
            return bool(low)
    except Unverified:
        if not swings:
            raise
    return all(
        f.beyond(start, end).upper() <= bound
        for f in q.phases([arb(2 * k + 1, 1) / ARCS for k in range(-ARCS // 2, ARCS // 2)])
    )


def undecided(q: Quantity, bound: fmpq, points: tuple[fmpq, ...], message: str) -> Refused:
    """What to raise where a bound is not shown: it is false when g exceeds it at one of the points,
    else not verified.
    """
    return (Refused if any(q.at(arb(x), 1)[0] > arb(bound) for x in points) else Unverified)(
        message
    )


def halved(q: Quantity, a: fmpq, b: fmpq, bound: fmpq, depth: int) -> bool:
    """True when some rule shows g <= bound on [a, b], or on parts of it that are halved at most
    ``depth`` times.

    Where the prover's arithmetic is sharper than this checker's, its pieces are too long here.
    """
    tried = (("taylor", None), ("rising", None), ("falling", None), ("concave", str(a)), ("concave", str(b)))  # fmt: skip
    if any(seen(q, a, b, rule, bound, centre) for rule, centre in tried):
        return True
    m = (a + b) / 2
    if depth == 0 or q.at(arb(m), 1)[0] > arb(bound):
        return False
    return halved(q, a, m, bound, depth - 1) and halved(q, m, b, bound, depth - 1)


def seen(q: Quantity, a: fmpq, b: fmpq, rule: str, bound: fmpq, centre: Any) -> bool:
    """``piece``, and False where the quantity cannot be evaluated on the whole of it."""
    try:
        return piece(q, a, b, rule, bound, centre)
    except Unverified:
        return False


def piece(q: Quantity, a: fmpq, b: fmpq, rule: str, bound: fmpq, centre: Any) -> bool:
    """True when the rule shows g <= bound on [a, b]."""
    x = ball((a, b))
    if rule == "ball":
        return at_most(q.at(x, 1)[0], bound)
    if rule == "taylor":  # with h = z - m: h^k lies in [-r^k, r^k], for even k in [0, r^k]
        m, r, top = arb((a + b) / 2), arb((b - a) / 2), q.at(x, DEGREE + 1)[DEGREE]
        at = q.at(m, DEGREE)
        return at_most(
            sum(
                (
                    (top if k == DEGREE else at[k]) * r**k * (arb(0, 1) if k % 2 else arb(0.5, 0.5))
                    for k in range(1, DEGREE + 1)
                ),
                at[0],
            ),
            bound,
        )
    if rule in ("rising", "falling"):
        slope = q.at(x, 2)[1] * (1 if rule == "rising" else -1)
        return bool(slope >= 0) and at_most(q.at(arb(b if rule == "rising" else a), 1)[0], bound)
    if rule == "concave":
        c = number(centre)
        g = q.at(arb(c), 2)
        return (
            a <= c <= b
            and bool(q.at(x, 3)[2] <= 0)
            and all(at_most(g[0] + g[1] * arb(e - c), bound) for e in (a, b))
        )
    return rule == "range" and visible(q, bound)


def visible(q: Quantity, bound: fmpq) -> bool:
    """True when the bound can be read off the expression."""
    base, k = (q.root[1], q.root[2]) if q.root[0] == "pow" else (q.root, fmpq(1))
    found = swing(q.root, q.order) if q.kappa is None else None
    if found and found[0] == 0 and q.sign * found[1] + found[2] <= bound:
        return True
    if q.kappa is None and q.order == 0:
        top = reach(q.root if q.sign > 0 else ("neg", q.root))[1]
        if top is not None and top[0] <= bound:
            return True
        below = q.sign < 0 and bound >= 0 and (q.root[0] == "exp" or (k > 0 and (k / 2).q == 1))
        return below or (
            base[0] in ("sin", "cos", "tanh", "erf") and k.q == 1 and k > 0 and bound >= 1
        )
    return False


def swing(t: Tree, order: int) -> tuple[fmpq, fmpq, fmpq] | None:
    """(l, m, r) with |(d/dz)^order t - l z - m| <= r everywhere, for sums of lines and sines and
    cosines (or their squares) of c z + (a constant).
    """
    op, a, wave = (
        t[0],
        [swing(x, order) for x in t[1:] if isinstance(x, tuple)],
        t[1] if t[0] == "pow" and t[2] == 2 else t,
    )
    if op in ("z", "num"):
        return (
            (fmpq(int(op == "z")), t[1] if op == "num" else ZERO, ZERO)
            if order == 0
            else (ZERO, fmpq(int(op == "z" and order == 1)), ZERO)
        )
    if wave[0] in ("sin", "cos") and (c := linear(wave[1])) is not None:
        size = abs(c) ** order  # a square is 1/2 + (a wave of twice the frequency)/2
        return (
            (ZERO, ZERO, size)
            if wave is t
            else (ZERO, ZERO if order else fmpq(1, 2), size * 2**order / 2)
        )
    known = [x for x in a if x is not None]
    if op in ("add", "sub", "neg") and len(known) == len(a):
        return (
            arithmetic(op, [x[0] for x in known]),
            arithmetic(op, [x[1] for x in known]),
            sum((x[2] for x in known), ZERO),
        )
    if op in ("mul", "div") and "num" in (t[2][0], t[1][0] if op == "mul" else ""):
        k, inner = (t[2][1], a[0]) if t[2][0] == "num" else (t[1][1], a[1])
        k = k if op == "mul" else 1 / k
        return inner and (inner[0] * k, inner[1] * k, inner[2] * abs(k))
    return None


def linear(t: Tree) -> fmpq | None:
    """c when the tree is visibly c z + (a constant)."""
    op, a = t[0], [linear(x) for x in t[1:] if isinstance(x, tuple)]
    if op in ("add", "sub", "neg") and None not in a:
        return arithmetic(op, a)
    if op in ("mul", "div") and "num" in (t[2][0], t[1][0] if op == "mul" else ""):
        k, inner = (t[2], a[0]) if t[2][0] == "num" else (t[1], a[1])
        return None if inner is None else arithmetic(op, [inner, k[1]])
    return fmpq(1) if op == "z" else fmpq(0) if all(c == 0 for c in a) else None


def asymptote(root: Tree, end: int, slope: fmpq) -> tuple[fmpq, fmpq]:
    """An interval around the limit of sigma - slope z; Refused when there is none to be seen."""
    return settled(Quantity(less_line(root, slope), 0, None, 1), end)
