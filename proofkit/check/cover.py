"""Suprema: the recorded cover of a line or a period, and the recorded witness, replayed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from math import factorial
from typing import Any

from flint import arb, ctx, fmpq

from proofkit.check import tail
from proofkit.check.expr import Balls, Refused, Tree, exponent_of_one_plus, make, number, parse, series, tape

ORDERS = {"S0": 0, "S_hi": 0, "S_lo": 0, "M1": 1, "M2": 2, "M3": 3, "fall": 1, "H": 1, "l1": 1, "l2": 2}
SIGNS = {"S_hi": (1,), "S_lo": (-1,), "fall": (-1,)}
DEGREE = 6


def visible_range(t: Tree) -> tuple[Any, Any]:
    """(lo, hi) containing every value of the tree on R, as far as its form shows; None for an infinite end."""
    op, a = t[0], [visible_range(x) for x in t[1:] if isinstance(x, tuple)]
    if op == "num":
        return t[1], t[1]
    if op in ("tanh", "erf", "sin", "cos"):
        return fmpq(-1), fmpq(1)
    if op == "exp":
        return fmpq(0), fmpq(1) if a[0][1] is not None and a[0][1] <= 0 else None
    if op in ("cosh", "pi"):
        return fmpq(1), None
    if op == "Abs" or (op == "pow" and t[2].q == 1 and t[2].p % 2 == 0 and t[2] > 0):
        return fmpq(0), None
    if op == "neg":
        return tuple(None if x is None else -x for x in a[0][::-1])  # type: ignore[return-value]
    if op in ("add", "sub"):
        (p, q), (r, s) = a[0], a[1] if op == "add" else visible_range(("neg", t[2]))
        return None if p is None or r is None else p + r, None if q is None or s is None else q + s
    if op in ("pow", "div", "mul", "log"):
        low, high = a[0]
        if op == "log":
            return (fmpq(0), None) if low is not None and low >= 1 else (None, None)
        if op == "pow":
            if low is None or low < 0 or (t[2] < 0 and low == 0):
                return None, None
            return fmpq(0), fmpq(1) if t[2] < 0 and low >= 1 else None
        if op == "div" and low is not None and low >= 0 and t[2][0] == "add" and t[1] in t[2][1:]:
            other = t[2][2] if t[2][1] == t[1] else t[2][1]
            if other[0] == "num" and other[1] > 0:
                return fmpq(0), fmpq(1)  # x/(c + x)
        if low is not None and low >= 0 and a[1][0] is not None and a[1][0] >= (1 if op == "div" else 0):
            return fmpq(0), high if op == "div" else None
    return None, None


def linear(t: Tree) -> fmpq | None:
    """c when the tree is c z + (a constant), None otherwise."""
    op = t[0]
    if op in ("z", "num", "pi"):
        return fmpq(1 if op == "z" else 0)
    parts = [linear(x) if isinstance(x, tuple) else None for x in t[1:]]
    if op in ("add", "sub", "neg") and None not in parts:
        return parts[0] + parts[1] if op == "add" else parts[0] - parts[1] if op == "sub" else -parts[0]  # type: ignore[operator]
    if op in ("mul", "div"):
        for one, two in ((0, 1), (1, 0)):
            if t[one + 1][0] == "num" and parts[two] is not None and (op == "mul" or (one == 1 and t[2][1] != 0)):
                return parts[two] * t[one + 1][1] if op == "mul" else parts[two] / t[2][1]
    if parts and all(p == 0 for p in parts if p is not None) and None not in [p for p, x in zip(parts, t[1:], strict=True) if isinstance(x, tuple)]:
        return fmpq(0)
    return None


def period(t: Tree) -> tuple[fmpq, arb] | None:
    """(c, an upper bound of a period) when the tree is c z + (periodic), from sines and cosines of rational multiples of z."""
    rates: list[fmpq] = []

    def slope(x: Tree) -> fmpq | None:
        if x[0] in ("sin", "cos") and (c := linear(x[1])) is not None and c != 0:
            rates.append(abs(c))
            return fmpq(0)
        if x[0] in ("add", "sub", "neg", "mul", "div"):
            p = [slope(y) for y in x[1:]]
            if None in p:
                return None
            if x[0] in ("add", "sub", "neg"):
                return p[0] + p[1] if x[0] == "add" else p[0] - p[1] if x[0] == "sub" else -p[0]  # type: ignore[operator]
            if x[0] == "mul" and x[1][0] == "num":
                return x[1][1] * p[1]
            return fmpq(0) if p == [0, 0] else None
        if x[0] == "z":
            return fmpq(1)
        return fmpq(0) if all(slope(y) == 0 for y in x[1:] if isinstance(y, tuple)) else None

    c = slope(t)
    if c is None or not rates:
        return None
    common = rates[0]
    for q in rates[1:]:
        while q != 0:
            common, q = q, common - q * int((common / q).p // (common / q).q)
    return c, 2 * arb.pi() / common


class Quantity:
    """g = sign * sigma^(order), or sign * (z sigma' - kappa sigma)."""

    def __init__(self, root: Tree, order: int, kappa: fmpq | None, sign: int) -> None:
        self.root, self.order, self.kappa, self.sign = root, order, kappa, sign
        self.code = tape(root)

    def at(self, x: arb, more: int) -> list[arb]:
        """g, g', .. g^(more) at (every point of) a ball."""
        return self._from(series(self.code, x, self.order + more + (self.kappa is not None), Balls), x, more)

    def _from(self, s: list[Any], z: Any, more: int) -> list[Any]:
        if self.kappa is not None:
            # the k-th Taylor coefficient of z sigma' - kappa sigma is z (k+1) s_(k+1) + (k - kappa) s_k
            s = [z * s[k + 1] * (k + 1) + s[k] * (k - self.kappa) for k in range(more + 1)]
        first = 0 if self.kappa is not None else self.order
        return [s[k] * (self.sign * factorial(k)) for k in range(first, first + more + 1)]

    def beyond(self, start: fmpq, end: int) -> tail.Tail:
        """g on the half-line."""
        s, z = _tails(self.root, start, end, ctx.prec)
        return self._from(list(s), z, 0)[0]


@lru_cache(maxsize=256)
def _tails(root: Tree, start: fmpq, end: int, bits: int) -> tuple[tuple[tail.Tail, ...], tail.Tail]:
    return tuple(tail.expand(tape(root), start, end, 3)), tail.Tail(arb(start), {1: fmpq(end)})


def at_most(x: arb, bound: fmpq) -> bool:
    """True when the whole ball is <= bound."""
    return bool(x <= arb(bound)) or bool(x.is_exact() and x.is_finite() and abs(x) < 2**64 and exact(x) <= bound)


def exact(x: arb) -> fmpq:
    """A ball without radius as the rational it is."""
    m, e = x.man_exp()
    return fmpq(int(m)) * fmpq(2) ** int(e)


def visible(q: Quantity, bound: fmpq) -> bool:
    """The rule "range": the bound can be read off the expression."""
    if q.kappa is not None:
        return False
    root, op = q.root, q.root[0]
    if q.order == 0:
        low, high = visible_range(root)
        power = op == "pow" and root[2].q == 1 and root[2] > 0 and visible_range(root[1]) == (-1, 1) and bound >= 1
        return power or (high is not None and high <= bound if q.sign > 0 else low is not None and -low <= bound)
    if op in ("sin", "cos") and (c := linear(root[1])) is not None:
        return bound >= abs(c) ** q.order
    return q.order == 1 and _slope(root, q.sign, bound)


def _slope(root: Tree, sign: int, bound: fmpq) -> bool:
    """The slope of softplus(c z + d) lies in [0, c], that of log(cosh(c z + d)) in [-|c|, |c|]; constant factors."""
    if root[0] in ("mul", "div") and (k := root[1 if root[0] == "mul" else 2])[0] == "num" and k[1] != 0:
        inner = root[2 if root[0] == "mul" else 1]
        return _slope(inner, sign if k[1] > 0 else -sign, bound / abs(k[1]) if root[0] == "mul" else bound * abs(k[1]))
    if root[0] != "log" or (root[1][0] != "cosh" and exponent_of_one_plus(root[1]) is None):
        return False
    c = linear(exponent_of_one_plus(root[1]) or root[1][1])
    return c is not None and bound >= (abs(c) if root[1][0] == "cosh" else max(c * sign, fmpq(0)))


def supremum(root: Tree, name: str, kappa: fmpq | None, proof: Mapping[str, Any]) -> tuple[fmpq, fmpq]:
    """(lower, upper) of sup g over R as the recorded proof shows; Refused when it does not."""
    q = Quantity(root, ORDERS[name], kappa, proof["sign"])
    if proof["bits"] > 4000:
        raise Refused("the working precision is too large")
    before, ctx.prec = ctx.prec, proof["bits"]
    try:
        upper, lower = number(proof["upper"]), number(proof["lower"])
        _cover(q, proof, upper)
        _witness(q, proof["witness"], lower)
        return lower, upper
    finally:
        ctx.prec = before


def place(root: Tree, name: str, kappa: fmpq | None, pair: tuple[fmpq, fmpq], at: Any) -> None:
    """Refused unless the quantity is within 10^-9 of its enclosure at the place where that says it is reached or approached."""
    if at == "every z" or at is None:
        return
    values = []
    for sign in SIGNS.get(name, (1, -1)):
        q = Quantity(root, ORDERS[name], kappa, sign)
        if at in ("z -> oo", "z -> -oo"):
            try:
                g = arb(q.beyond(fmpq(64), 1 if at == "z -> oo" else -1).limit())
            except Refused:
                return  # a limit along a phase, or beyond this calculus: the witness is what proves the lower end
        else:
            g = q.at(series(tape(parse(at)), arb(0), 0, Balls)[0], 0)[0]
        values.append(-g if name == "S_lo" else g)
    slack = arb("1e-9") * (1 + abs(arb(pair[0])))
    if not any(v > arb(pair[0]) - slack and v < arb(pair[1]) + slack for v in values):
        raise Refused(f"{name} is not reached at {str(at)[:40]}")


def _cover(q: Quantity, proof: Mapping[str, Any], bound: fmpq) -> None:
    breaks = [number(b) for b in proof["breaks"]]
    if len(breaks) != len(proof["rules"]) + 1 or not all(a <= b for a, b in pairwise(breaks)):
        raise Refused("the cover is not a chain of intervals")
    rules = set(proof["rules"])
    if rules == {"range"}:
        if not visible(q, bound):
            raise Refused("the range of the expression does not show the bound")
        return
    if rules == {"constant"}:
        g = q.beyond(fmpq(8), 1)
        c = g.L.get(0, fmpq(0))
        if g.E is not None or g.L.keys() - {0} or not at_most(arb(c), bound):
            raise Refused("the quantity is not a constant below the bound")
        return
    turn = period(q.root) if q.kappa is None else None
    if not (turn and (turn[0] == 0 or q.order > 0) and arb(breaks[-1] - breaks[0]) >= turn[1]):
        for edge, end in ((breaks[-1], 1), (breaks[0], -1)):
            c, e = q.beyond(edge * end, end).upper()
            if not (at_most(arb(c) + e, bound) or (e.is_zero() and isinstance(c, fmpq) and c <= bound)):
                raise Refused(f"the tail beyond {edge} is not below the bound")
    for i, ((a, b), rule) in enumerate(zip(pairwise(breaks), proof["rules"], strict=True)):
        if not _piece(q, a, b, rule, bound, proof["centres"].get(str(i))):
            raise Refused(f"the rule {rule[:20]!a} does not bound {a} .. {b}")


def _piece(q: Quantity, a: fmpq, b: fmpq, rule: str, bound: fmpq, centre: Any) -> bool:
    x = arb(a).union(arb(b))
    try:
        if rule == "ball":
            return at_most(q.at(x, 0)[0], bound)
        if rule == "taylor":  # with h = z - m: h^k lies in [-r^k, r^k], for even k in [0, r^k]
            m, r = arb((a + b) / 2), arb((b - a) / 2)
            powers = [r**k * (arb(0, 1) if k % 2 else arb(0.5, 0.5)) for k in range(1, DEGREE + 1)]
            at, over = q.at(m, DEGREE - 1), q.at(x, DEGREE)
            return at_most(sum((c * h / factorial(k) for k, (c, h) in enumerate(zip([*at[1:], over[DEGREE]], powers, strict=True), 1)), at[0]), bound)
        if rule == "concave":
            c = number(centre)
            g, slope = q.at(arb(c), 1)
            return a <= c <= b and bool(q.at(x, 2)[2] <= 0) and all(at_most(g + slope * arb(e - c), bound) for e in (a, b))
        return rule == "range" and visible(q, bound)
    except Refused:
        return False


def _witness(q: Quantity, w: Mapping[str, Any], lower: fmpq) -> None:
    if w["kind"] == "point":
        g = q.at(arb(number(w["point"])), 0)[0]
    elif w["kind"] == "limit" and w["end"] in (1, -1):
        g = arb(0)
        for start in (16, 256, 2**16, 2**32):
            try:
                limit = q.beyond(fmpq(start), w["end"]).limit()
                break
            except Refused:
                continue
        else:
            raise Refused("the limit of the quantity is not known")
        if isinstance(limit, fmpq):
            if not limit >= lower:
                raise Refused("the limit is below the lower bound")
            return
        g = limit
    else:
        raise Refused("a witness of an unknown kind")
    if not (at_most(-g, -lower)):
        raise Refused("the witness does not reach the lower bound")


def expression(text: object) -> Tree:
    """The tree of an activation."""
    if not isinstance(text, str):
        raise Refused("an activation must be text")
    return parse(text)


__all__ = ["expression", "make", "place", "supremum"]
