"""Refutations: rays along which L does not grow, and critical points that escape."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from itertools import islice

from flint import fmpz_mat

from proofkit.kernel.claims import NotSmooth
from proofkit.kernel.facts import Fact
from proofkit.kernel.kinks import Kink, Line, NoJumpError, kink_at, samples_that_jump, unit_of
from proofkit.kernel.objective.data import Outer
from proofkit.kernel.proposals import (
    AsymptoteProposal,
    DirectionProposal,
    KinkLineProposal,
    SlopeProposal,
    SteepProposal,
)
from proofkit.kernel.rules.activation import is_steep
from proofkit.kernel.univariate import balls, terms
from proofkit.kernel.univariate.coefficients import TailError
from proofkit.kernel.univariate.domain import smooth_pieces, turn
from proofkit.kernel.univariate.periods import period_cover
from proofkit.kernel.univariate.quantity import Quantity
from proofkit.kernel.univariate.rounding import round_down
from proofkit.kernel.univariate.workspace import OpenError, Workspace, first_that
from proofkit.reading.table import Table
from proofkit.tactics.workbench import UNDECIDED, Stuck, Workbench, line_slope

ATTEMPTS = 40
WORK = 4_000_000  # numbers of the data looked at in the search for a kink of L


def refute_v1(bench: Workbench, kink: Fact) -> Fact:
    """V1 fails: on an instance for symbolic data, else along a line on which a derivative of L
    jumps; Stuck when none is found.
    """
    objective, table = bench.objective, bench.table
    if objective.data is None or objective.outer is None:
        return bench.infer("kink on an instance", kink)
    if table is None:
        raise Stuck("a kink of L is looked for in the rows of the data, which are not at hand")
    place = _place_of(bench, kink)
    reason = "every outer weight or every feature is 0"
    most = max(2, min(ATTEMPTS, WORK // (table.n * table.d)))
    for sign, line in islice(_lines(table, objective.outer, place.at), most):
        unit = unit_of(objective.outer, sign)
        assert unit is not None, "a line is one for a unit"
        try:
            samples_that_jump(place, objective.loss, table, unit, line)
        except NoJumpError as error:
            reason = str(error)
            continue
        proposal = KinkLineProposal(sign, line.w, line.u, line.v)
        return bench.infer("kink of the loss", kink, proposal=proposal, rows=table)
    raise Stuck(f"no line was found along which a derivative of L is seen to jump ({reason})")


def _place_of(bench: Workbench, kink: Fact) -> Kink:
    """The kink of sigma where its derivative is the first to jump; Stuck unless it is at a
    rational number.
    """
    claim, root = kink.claim, bench.objective.sigma
    if type(claim) is not NotSmooth or claim.at is None:
        raise Stuck("the place of the kink of sigma is not known exactly")
    try:
        pieces = smooth_pieces(root, math.inf, *turn(root))
        return kink_at(root, pieces, claim.at, claim.order + 1)
    except (NoJumpError, OpenError) as error:
        raise Stuck(str(error)) from None


def _lines(table: Table, outer: Outer, at: Fraction) -> Iterator[tuple[int, Line]]:
    """(sign of the outer weight, line) worth trying: w meets the kink at one sample; at the others
    as well only by chance.
    """
    signs = [sign for sign in (1, -1) if unit_of(outer, sign) is not None]
    zero = (Fraction(0),) * table.d
    axes = [c for c in range(table.d) if any(row[c] for row in table.rows)]
    if not axes:
        return
    rests: list[tuple[Fraction, ...] | None] = [None]
    if outer.p > 1:
        rests = [zero, *(_axis(zero, c, Fraction(k)) for c in axes[:2] for k in (1, -1))]
    for step in range(ATTEMPTS):
        row = table.rows[step * 7919 % table.n]
        for c in (c for c in axes[step % len(axes) :] + axes[: step % len(axes)] if row[c]):
            start = tuple(
                Fraction((step * (k + 2)) % 11 - 5, 3) if step else zero[0] for k in range(table.d)
            )
            other = sum((start[k] * v for k, v in enumerate(row) if k != c), Fraction(0))
            w = _axis(start, c, (at * table.x_scale - other) / row[c])
            for v in rests:
                yield from ((sign, Line(w, _axis(zero, c, Fraction(1)), v)) for sign in signs)
            break


def _axis(vector: tuple[Fraction, ...], c: int, value: Fraction) -> tuple[Fraction, ...]:
    """The vector with one entry replaced."""
    return (*vector[:c], value, *vector[c + 1 :])


def refute_v2(bench: Workbench) -> Fact:
    """V2 fails for lambda <= 0; Stuck when no witness is found."""
    if bench.objective.symbolic:
        try:
            return bench.infer("bounded risk", bench.enclosed("S0"))
        except UNDECIDED:
            return bench.infer("instance ray")
    reasons: list[str] = []
    for attempt in _on_data(bench):
        try:
            return attempt()
        except UNDECIDED as stuck:
            reasons.append(str(stuck))
    raise Stuck(
        "no ray was found along which L stays bounded for these data and outer weights: "
        + "; ".join(reasons)
    )


def _on_data(bench: Workbench) -> Iterator[Callable[[], Fact]]:
    """What to try in turn, for given data and outer weights."""
    yield lambda: bench.infer("bounded risk", bench.enclosed("S0"))
    # Before the rays that need the rows: its certificate can be replayed without the data.
    yield lambda: bench.infer(
        "paired units", *(_asymptote(bench, end, _slope(bench, end)) for end in (-1, 1))
    )
    table = bench.table
    if table is None:
        return
    u = null_direction(table)
    if u is not None:
        null = DirectionProposal(u)
        yield lambda: bench.infer("null direction", proposal=null, rows=table)
    for end in (-1, 1):
        u = half_space_direction(table, end)
        if u is not None:
            yield partial(_half_space, bench, table, end, DirectionProposal(u))


def _half_space(bench: Workbench, table: Table, end: int, u: DirectionProposal) -> Fact:
    """Every argument of sigma goes to an end where sigma has a limit."""
    limit = _asymptote(bench, end, Fraction(0))
    return bench.infer("half-space ray", limit, proposal=u, rows=table)


def _slope(bench: Workbench, end: int) -> Fraction:
    """The slope of the asymptote, when it is a small rational; only a suggestion."""
    facts = bench.facts
    if facts.growth is None or facts.growth[0 if end < 0 else 1] == "bounded":
        return Fraction(0)
    slope = line_slope(bench.objective.sigma, end)
    if slope is None:
        raise Stuck("sigma has no straight asymptote with rational slope")
    return slope


def _asymptote(bench: Workbench, end: int, slope: Fraction) -> Fact:
    proposal = AsymptoteProposal(end, slope)
    return bench.about_activation("asymptote", f"asymptote {end} {slope}", proposal)


def null_direction(table: Table) -> tuple[int, ...] | None:
    """An integer u != 0 with X u = 0, when the features are linearly dependent."""
    X = fmpz_mat(table.n, table.d, [v for row in table.rows for v in row])
    G = X.transpose() * X
    basis, nullity = G.nullspace()
    if not nullity:
        return None
    return tuple(int(basis[i, 0]) for i in range(table.d))


def half_space_direction(table: Table, end: int, rounds: int = 400) -> tuple[int, ...] | None:
    """An integer u with end*<u, x_i> >= 0 for all i, not all zero; found by the perceptron, checked
    exactly.
    """
    import numpy as np

    for c in range(table.d):
        column = [row[c] for row in table.rows]
        if all(v >= 0 for v in column) or all(v <= 0 for v in column):
            sign = end if any(v > 0 for v in column) else -end
            return tuple(sign if j == c else 0 for j in range(table.d))
    # Only the directions of the rows matter, and no entry of these is out of range.
    X = np.array([[float(Fraction(v, max(map(abs, row)) or 1)) for v in row] for row in table.rows])
    norms = np.linalg.norm(X, axis=1)
    if not np.isfinite(norms).all():
        return None
    X = X[norms > 0] / norms[norms > 0][:, None]
    u = X.mean(axis=0)
    for _ in range(rounds):
        margins = X @ u
        worst = int(margins.argmin())
        if margins[worst] > 0:
            exact = tuple(round(float(v) * 2**40) * end for v in u)
            products = (sum(a * b for a, b in zip(exact, x, strict=True)) for x in table.rows)
            if all(end * product >= 0 for product in products):
                return exact
        u = u + X[worst]
    return None


def refute_v4(bench: Workbench) -> Fact:
    """V4 fails: for every lambda where sigma' grows at least like z, or for small lambda where
    critical points escape; Stuck otherwise.

    With data: for sigma = c z^2 and outer weights of both signs.
    """
    if not bench.objective.symbolic:
        return _cancelling(bench)
    try:
        return _mirrored(bench)
    except UNDECIDED:
        return _escaping(bench)


def _cancelling(bench: Workbench) -> Fact:
    """sigma = c z^2 and given outer weights of both signs, any loss and lambda > 0, s from an
    explicit number on.
    """
    outer = bench.objective.outer
    if outer is None or outer.first_positive is None or outer.first_negative is None:
        raise Stuck("the outer weights have one sign")
    return bench.infer(
        "cancelling units",
        bench.parameters(),
        bench.smooth(),
        bench.enclosed("H"),
        bench.enclosed("M2"),
    )


def _mirrored(bench: Workbench) -> Fact:
    """Two units that mirror each other: sigma' grows at least like z at one end, any loss and
    lambda > 0.
    """
    root, smooth = bench.objective.sigma, bench.smooth()
    for end in (1, -1):
        for power, factor, sign in _growth_of_slope(root, end):
            proposal = _growth_from_somewhere(root, end, sign, factor, power)
            if proposal is not None:
                label = f"steep {end} {power} {factor}"
                steep = bench.about_activation("steep", label, proposal)
                return bench.infer("mirrored units", bench.parameters(), smooth, steep)
    raise Stuck("sigma' is not seen to grow like z")


def _growth_from_somewhere(
    root: terms.Node, end: int, sign: int, factor: Fraction, power: int
) -> SteepProposal | None:
    """The growth with the start where it is seen to begin; None where it is not seen."""

    def growth(start: Fraction) -> SteepProposal:
        return SteepProposal(end, sign, start, factor, power)

    start = first_that(lambda t: is_steep(root, growth(t)), None)
    return None if start is None else growth(start)


def _growth_of_slope(root: terms.Node, end: int) -> list[tuple[int, Fraction, int]]:
    """(power, factor, sign) worth trying for sign*sigma'(z) >= factor |z|^power, the strongest
    first; only suggestions.
    """
    q = Quantity(root, 1)
    try:
        _, g = Workspace(root, 1).settled(q, end)
        lead = g.lead()
        sign = lead[1].sign() if lead is not None and lead[0].growth() > 0 else 0
    except (TailError, OpenError):
        return []
    if lead is None or not sign:
        return []
    mono, c = lead
    size = abs(c.rational) if c.is_rational else round_down(balls.lower(abs(c.ball)), 6)
    exact = (
        []
        if mono.phi or mono.k < 1 or mono.k.denominator != 1
        else [(int(mono.k), size * f, sign) for f in (1, Fraction(999, 1000))]
    )
    faster = (
        [(2, Fraction(1), sign)]
        if mono.phi or mono.k > 2
        else [(1, Fraction(1000), sign)]
        if mono.k >= 1
        else []
    )
    return exact + faster


def _escaping(bench: Workbench) -> Fact:
    """V4 fails for small lambda: sigma = c z + periodic with sigma' of both signs, squared loss."""
    root = bench.objective.sigma
    slope = _slope_of_mean(root)
    if slope is None or bench.objective.loss.square != 1 or not bench.objective.symbolic:
        raise Stuck("sigma is not a line plus a periodic function")
    fall = bench.fall()
    return bench.infer("escaping critical points", fall, proposal=SlopeProposal(slope))


def _slope_of_mean(root: terms.Node) -> Fraction | None:
    """c > 0 such that sigma - c z is periodic, found among the terms of sigma."""
    if period_cover(Quantity(root, 1)) is None:
        return None
    slope = line_slope(root, 1)
    return slope if slope is not None and slope > 0 else None
