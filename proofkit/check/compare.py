"""A certificate's problem beside the reader's: what differs, and what cannot be decided.

Constants of data are compared with the reader's rows by exact arithmetic; the enclosure of the
largest eigenvalue of S is proved at both of its ends, by pivots in balls at rising precision and,
where these decide nothing, by exact elimination.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flint import arb, arb_mat, ctx, fmpq, fmpz, fmpz_mat

from proofkit.check.expr import Refused, Tree, Unverified, jet, number, tape

PRECISIONS = (128, 512, 2048)
PIVOT_LIMIT = 300
EXACT_LIMIT = 64
"""The largest matrices whose inertia is found by pivots in balls, and by exact elimination."""
LOOSE = fmpq(1, 10**5)
"""The largest width of an enclosure of lambda_max(S), and its end above the trace, in proportion.
"""
POINTS = tuple(fmpq(k, 8) for k in (-80, -37, -19, -7, -3, 1, 2, 5, 11, 23, 53, 96))
"""Where expressions that are written differently are compared."""

_SIZES = ("B_x_squared", "X2", "B_y", "y_min", "y_max", "Y1", "Y2")
_NORMS = ("a_1", "a_2_squared", "a_inf", "a_plus", "a_minus")


# -- constants that contradict each other --------------------------------------------------------


def contradiction(data: Mapping[str, Any], outer: Mapping[str, Any]) -> str:
    """What recorded constants say that is true of no rows and no weights; '' when nothing.

    Lambda_S = lambda_max(S) for S = (1/n) sum x_i x_i^T; X2 = trace S; B_x^2 = max ||x_i||^2.
    Raises Refused when one is no number.
    """
    if any(type(v) is not int or v < 1 for v in (data["n"], data["d"], outer["p"])):
        return "n, d and p must be positive whole numbers"
    q = {k: number(data[k]) for k in _SIZES} | {k: number(outer[k]) for k in _NORMS}
    ends = data["Lambda_S"]
    if not isinstance(ends, list) or len(ends) != 2:
        return "Lambda_S is not an enclosure"
    low, high = (number(v) for v in ends)
    firsts = [
        None if outer[k] is None else number(outer[k]) for k in ("first_positive", "first_negative")
    ]
    return (
        _of_features(data["n"], data["d"], q, low, high)
        or _of_labels(data["n"], q)
        or _of_weights(outer["p"], q, firsts)
    )


def _of_features(n: int, d: int, q: Mapping[str, fmpq], low: fmpq, high: fmpq) -> str:
    largest, trace = q["B_x_squared"], q["X2"]
    rules = (
        (0 <= trace <= largest <= n * trace, "X2 does not lie between B_x^2/n and B_x^2"),
        (low <= high, "the ends of Lambda_S are in the wrong order"),
        (0 <= low <= trace, "Lambda_S lies above X2, the trace of S, or below 0"),
        (high <= trace * (1 + LOOSE), "Lambda_S ends above X2, the trace of S"),
        (
            high >= trace / min(n, d) and high >= largest / n,
            "Lambda_S lies below X2/min(n, d) or B_x^2/n",
        ),
    )
    return next((why for holds, why in rules if not holds), "")


def _of_labels(n: int, q: Mapping[str, fmpq]) -> str:
    low, high, top, mean, square = (q[k] for k in ("y_min", "y_max", "B_y", "Y1", "Y2"))
    ends = (low,) if n == 1 else (low, high)
    least = fmpq(0) if low <= 0 <= high else min(abs(low), abs(high))
    rules = (
        (
            low <= high and (n > 1 or low == high),
            "y_min exceeds y_max, or one label has two values",
        ),
        (top == max(abs(low), abs(high)), "B_y is not the larger of |y_min| and |y_max|"),
        (least <= mean <= top, "Y1 is not the mean of numbers between y_min and y_max"),
        (n * mean >= sum(map(abs, ends)), "Y1 is too small for y_min and y_max"),
        (mean * mean <= square <= top * mean, "Y2 lies below Y1^2 or above B_y*Y1"),
        (n * square >= sum(v * v for v in ends), "Y2 is too small for y_min and y_max"),
        # Sums of terms >= 0 over the labels, of which those of y_min and y_max are two.
        (
            n * (top * top - square) >= sum(top * top - v * v for v in ends),
            "Y2 is too large for y_min and y_max",
        ),
        (
            n * (top * mean - square) >= sum(top * abs(v) - v * v for v in ends),
            "Y1 and Y2 do not fit y_min and y_max",
        ),
        (
            n * (square - mean * mean) >= sum((abs(v) - mean) ** 2 for v in ends),
            "Y2 - Y1^2 is too small for y_min and y_max",
        ),
    )
    return next((why for holds, why in rules if not holds), "")


def _of_weights(p: int, q: Mapping[str, fmpq], firsts: Sequence[fmpq | None]) -> str:
    total, square, largest, plus, minus = (q[k] for k in _NORMS[:3] + _NORMS[3:])
    signed = list(zip(firsts, (plus, minus), (1, -1), strict=True))
    known = [f for f in firsts if f is not None]
    rules = (
        (
            plus >= 0 and minus >= 0 and plus + minus == total,
            "a_1 is not the sum of a_plus and a_minus",
        ),
        (
            largest <= max(plus, minus),
            "a_inf exceeds the sums of the positive and of the negative weights",
        ),
        (total <= p * largest, "a_1 is too large for p weights of at most a_inf"),
        (largest * largest <= square <= largest * total, "a_2^2 does not fit a_1 and a_inf"),
        (total * total <= p * square, "a_2^2 is too small for a_1"),
        (
            all(
                side == 0 if first is None else 0 < sign * first <= min(side, largest)
                for first, side, sign in signed
            ),
            "the sums of the positive and negative outer weights and the first ones "
            "contradict each other",
        ),
        (
            sum((f * f for f in known), fmpq(0)) <= square,
            "the first weights are too large for a_2^2",
        ),
        (
            sum((largest * abs(f) - f * f for f in known), fmpq(0)) <= largest * total - square,
            "the first weights do not fit a_1, a_inf and a_2^2",
        ),
    )
    return next((why for holds, why in rules if not holds), "")


# -- data and outer weights ----------------------------------------------------------------------


def differs(name: str, whose: str, own: object, said: object) -> str:
    """The sentence for a number that is another in the certificate."""
    return f"{name} of your {whose} is {str(own)[:40]}, the certificate says {str(said)[:40]}"


def data_differ(
    recorded: Mapping[str, Any], rows: Sequence[Sequence[fmpq]], labels: Sequence[fmpq]
) -> str:
    """How recorded constants differ from those of rows and labels; '' when proved to be theirs.

    Raises Unverified when the eigenvalue cannot be decided.
    """
    n, d = len(rows), len(rows[0])
    squares = [sum((v * v for v in row), fmpq(0)) for row in rows]
    own = {
        "n": n,
        "d": d,
        "B_x_squared": max(squares),
        "X2": sum(squares, fmpq(0)) / n,
        "B_y": max(abs(v) for v in labels),
        "y_min": min(labels),
        "y_max": max(labels),
        "Y1": sum((abs(v) for v in labels), fmpq(0)) / n,
        "Y2": sum((v * v for v in labels), fmpq(0)) / n,
    }
    for name, value in own.items():
        said = recorded[name] if isinstance(recorded[name], int) else number(recorded[name])
        if said != value:
            return differs(name, "data", value, said)
    low, high = (number(v) for v in recorded["Lambda_S"])
    G, unit = gram(rows)
    widest = max(sum(abs(c) for c in line) for line in G) * unit
    if high > low * (1 + LOOSE) and high != min(widest, own["X2"]):
        return (
            "the certificate's enclosure of the largest eigenvalue of S is wider than any recorded"
        )
    if not (largest_at_least(G, low / unit) and largest_at_most(G, high / unit)):
        return (
            "the certificate's enclosure of the largest eigenvalue of S is not that of the "
            "reader's data"
        )
    return ""


def gram(rows: Sequence[Sequence[fmpq]]) -> tuple[list[list[fmpz]], fmpq]:
    """(G, unit) with whole numbers G and unit*G = (1/n) sum x_i x_i^T."""
    scale = fmpz(1)
    for row in rows:
        for v in row:
            scale = scale.lcm(v.q)
    n, d = len(rows), len(rows[0])
    X = fmpz_mat(n, d, [(v * scale).p for row in rows for v in row])
    G = X.transpose() * X
    return [[G[i, j] for j in range(d)] for i in range(d)], fmpq(1, n) / (scale * scale)


def largest_at_most(G: Sequence[Sequence[fmpz]], mu: fmpq) -> bool:
    """True when lambda_max(G) <= mu, False when it is larger; Unverified when that stays open."""
    trace = sum((G[i][i] for i in range(len(G))), fmpz(0))
    if trace <= mu or max(sum(abs(c) for c in line) for line in G) <= mu:
        return True
    return _inertia(G, mu) >= 0


def largest_at_least(G: Sequence[Sequence[fmpz]], mu: fmpq) -> bool:
    """True when lambda_max(G) >= mu, False when it is smaller; Unverified when that stays open."""
    trace = sum((G[i][i] for i in range(len(G))), fmpz(0))
    if trace >= mu * len(G) or max(G[i][i] for i in range(len(G))) >= mu:
        return True
    return trace >= mu and (_has_vector(G, mu) or _inertia(G, mu) <= 0)


def _has_vector(G: Sequence[Sequence[fmpz]], mu: fmpq) -> bool:
    """True when a vector v with <v, G v> >= mu <v, v>, exactly, is found by inverse iteration."""
    before, ctx.prec = ctx.prec, PRECISIONS[1]
    try:
        d = len(G)
        shifted = arb_mat([[arb(c) for c in line] for line in _less(G, mu)])
        found = shifted.solve(arb_mat([[arb(1)]] * d))
        values = [found[i, 0].mid() for i in range(d)]
        largest = max(abs(v) for v in values)
        whole = [(x / largest * 2**200).mid().floor().unique_fmpz() for x in values]
        v = fmpz_mat(d, 1, [u for u in whole if u is not None])
    except (ZeroDivisionError, ValueError, TypeError):  # mu is too close to an eigenvalue
        return False
    finally:
        ctx.prec = before
    flat = fmpz_mat(d, d, [c for line in G for c in line])
    return bool((v.transpose() * flat * v)[0, 0] >= mu * (v.transpose() * v)[0, 0])


def _inertia(G: Sequence[Sequence[fmpz]], mu: fmpq) -> int:
    """1 where mu I - G is positive definite, 0 where singular and semidefinite, else -1."""
    before = ctx.prec
    if len(G) > PIVOT_LIMIT:
        raise Unverified(
            "S is too large for this checker to decide where its largest eigenvalue lies"
        )
    try:
        for bits in PRECISIONS:
            ctx.prec = bits
            found = _pivots(
                [[arb(c) for c in line] for line in _less(G, mu)],
                lambda pivot: 1 if pivot > 0 else -1 if pivot < 0 else None,
            )
            if found is not None:
                return found
    finally:
        ctx.prec = before
    if len(G) > EXACT_LIMIT:
        raise Unverified("whether an eigenvalue lies on an end of its enclosure is not decided")
    return _exact_inertia(_less(G, mu))


def _less(G: Sequence[Sequence[fmpz]], mu: fmpq) -> list[list[fmpq]]:
    return [
        [(mu if i == j else fmpq(0)) - c for j, c in enumerate(line)] for i, line in enumerate(G)
    ]


def _pivots(m: list[list[Any]], sign: Callable[[Any], int | None]) -> int | None:
    """1 when every pivot is positive, -1 when one after positive ones is negative, else None."""
    for k in range(len(m)):
        found = sign(m[k][k])
        if found != 1:
            return found
        for i in range(k + 1, len(m)):
            factor = m[i][k] / m[k][k]
            for j in range(k + 1, i + 1):
                m[i][j] -= factor * m[j][k]
    return 1


def _exact_inertia(m: list[list[fmpq]]) -> int:
    """``_inertia`` by symmetric elimination with the largest diagonal entry as pivot."""
    left = list(range(len(m)))
    while left:
        k = max(left, key=lambda i: m[i][i])
        if any(m[i][i] < 0 for i in left):
            return -1
        if m[k][k] == 0:  # every diagonal entry left is 0, so every other one must be
            return -1 if any(m[i][j] != 0 for i in left for j in left) else 0
        left.remove(k)
        for i in left:
            factor = m[i][k] / m[k][k]
            for j in left:
                m[i][j] -= factor * m[k][j]
    return 1


def outer_differ(recorded: Mapping[str, Any], weights: Sequence[fmpq]) -> str:
    """How recorded norms differ from those of outer weights; '' when they do not."""
    plus, minus = (
        sum((w for w in weights if w > 0), fmpq(0)),
        -sum((w for w in weights if w < 0), fmpq(0)),
    )
    own = {
        "p": len(weights),
        "a_1": plus + minus,
        "a_2_squared": sum((w * w for w in weights), fmpq(0)),
        "a_inf": max(abs(w) for w in weights),
        "a_plus": plus,
        "a_minus": minus,
        "first_positive": next((w for w in weights if w > 0), None),
        "first_negative": next((w for w in weights if w < 0), None),
    }
    for name, value in own.items():
        said = (
            recorded[name]
            if recorded[name] is None or isinstance(recorded[name], int)
            else number(recorded[name])
        )
        if said != value:
            return differs(name, "outer weights", value, said)
    return ""


# -- the activation ------------------------------------------------------------------------------


def same_function(one: Tree, two: Tree) -> bool:
    """True when two expressions are the same but for the order of sums and products, False when
    they differ somewhere.

    Raises Unverified when they are written differently and agree wherever they were compared.
    """
    if _ordered(one) == _ordered(two):
        return True
    before, ctx.prec = ctx.prec, PRECISIONS[1]
    try:
        for x in POINTS:
            values = []
            for tree in (one, two):
                try:
                    values.append(jet(tape(tree), arb(x), 1)[0])
                except Refused:  # not defined there, or too close to say
                    break
            if len(values) == 2 and not values[0].overlaps(values[1]):
                return False
    finally:
        ctx.prec = before
    raise Unverified(
        "your activation is written in another way than the certificate's; that it is the "
        "same function is not shown"
    )


def _ordered(t: Tree) -> Tree:
    """The tree with the operands of sums, products, Max and Min in a fixed order, u*u as u^2."""
    parts = tuple(_ordered(x) if isinstance(x, tuple) else x for x in t[1:])
    if t[0] == "mul" and parts[0] == parts[1]:
        return "pow", parts[0], fmpq(2)
    return (t[0], *(sorted(parts, key=repr) if t[0] in ("add", "mul", "Max", "Min") else parts))
