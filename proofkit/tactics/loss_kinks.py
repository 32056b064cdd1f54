"""Kinks of the loss: V1 where none is reached, and a net whose argument passes one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice, pairwise

from flint import arb

from proofkit.kernel.crossings import (
    Kinks,
    PhiKink,
    Segment,
    argument_at,
    crossing,
    kinks_of,
    lies_between,
    side_of,
)
from proofkit.kernel.facts import Fact
from proofkit.kernel.kinks import BITS, Line, NoJumpError, Unit, unit_of
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.proposals import SegmentProposal, WeightProposal
from proofkit.kernel.suprema import UnprovedError, smooth_tree
from proofkit.kernel.univariate import balls
from proofkit.kernel.univariate.terms import Node
from proofkit.kernel.univariate.workspace import OpenError
from proofkit.reading.table import Table
from proofkit.tactics.workbench import UNDECIDED, Stuck, Workbench

WEIGHTS = tuple(Fraction(text) for text in ("1", "-1", "1/2", "-1/2", "2", "-2", "1/8", "5", "0"))
"""What is tried as the weight of an instance."""

SIZES = tuple(
    Fraction(text)
    for text in (
        "1/4",
        "1/2",
        "3/4",
        "1",
        "3/2",
        "2",
        "3",
        "4",
        "6",
        "9",
        "16",
        "64",
        "512",
        "65536",
    )
)
ARGUMENTS = (*(-size for size in SIZES[::-1]), Fraction(0), *SIZES)
"""Arguments of sigma between which a sample is looked for that passes a kink of phi."""

STANDSTILLS = tuple(
    Fraction(text) for text in ("0", "1", "-1", "1/4", "-1/4", "3", "-3", "20", "-20")
)
"""Arguments of sigma in the units that do not move, for the sample that is to pass the kink."""

SAMPLES, ATTEMPTS, WORK = 60, 60, 4_000_000
HALVINGS = (8, 40)
"""How often a segment is cut before the other samples are looked at."""


def kink_of_phi(bench: Workbench) -> Fact:
    """Where phi has its kink; Stuck for a smooth loss, or where that is open."""
    return bench.about_loss("kink of phi", "kink")


def refute_v1(bench: Workbench, smooth: Fact, kink: Fact) -> Fact:
    """V1 fails where a net is exhibited at a kink of phi: an instance for symbolic data, else a
    segment for the rows; Stuck when none is found.
    """
    if bench.objective.symbolic:
        return _on_an_instance(bench, smooth, kink)
    table = bench.table
    if table is None:
        raise Stuck(
            "a net at the kink is looked for in the rows of the data, which are not at hand"
        )
    return _on_a_line(bench, table, smooth, kink)


def _on_an_instance(bench: Workbench, smooth: Fact, kink: Fact) -> Fact:
    """The first of some weights at which sigma has a slope, and a value where that matters."""
    why = ""
    for w in WEIGHTS:
        try:
            return bench.infer(
                "kink of phi on an instance", smooth, kink, proposal=WeightProposal(w)
            )
        except Stuck as stuck:
            why = str(stuck)
    raise Stuck(why)


# -- given data ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Search:
    """What a segment is looked for in; ``sigma`` is smooth."""

    sigma: Node
    loss: Loss
    kinks: Kinks
    table: Table


@dataclass(frozen=True)
class _Candidate:
    """A segment on which a sample passes a kink."""

    sign: int
    unit: Unit
    sample: int
    kink: PhiKink
    segment: Segment


def _on_a_line(bench: Workbench, table: Table, smooth: Fact, kink: Fact) -> Fact:
    """The first segment on which the other samples leave the jump as it is."""
    loss = bench.objective.loss
    try:
        search = _Search(smooth_tree(bench.objective.sigma), loss, kinks_of(loss.phi), table)
    except (UnprovedError, OpenError, NoJumpError) as error:
        raise Stuck(str(error)) from None
    why = "no sample is seen to come there"
    most = max(2, min(ATTEMPTS, WORK // (table.n * table.d)))
    for candidate in islice(_candidates(bench, search), most):
        try:
            return _proved(bench, search, candidate, smooth, kink)
        except UNDECIDED as stuck:
            why = str(stuck)
    raise Stuck(f"no net was found at which a derivative of L is seen to jump ({why})")


def _proved(
    bench: Workbench, search: _Search, candidate: _Candidate, smooth: Fact, kink: Fact
) -> Fact:
    """The refutation by the longest segment that is short enough; Stuck where none is."""
    why = ""
    for halvings in HALVINGS:
        segment = _shortened(search, candidate, halvings)
        try:
            crossing(
                search.sigma,
                search.loss,
                search.kinks,
                search.table,
                candidate.unit,
                segment,
                candidate.sample,
            )
        except NoJumpError as error:
            why = str(error)
            continue
        line = segment.line
        proposal = SegmentProposal(
            candidate.sign, candidate.sample, line.w, line.u, line.v, segment.start, segment.end
        )
        return bench.infer(
            "kink of phi on a line", smooth, kink, proposal=proposal, rows=search.table
        )
    raise Stuck(why)


def _candidates(bench: Workbench, search: _Search) -> Iterator[_Candidate]:
    """Segments on which one sample passes a kink: along an axis, the other units on it as well."""
    outer, table = bench.objective.outer, search.table
    assert outer is not None, "data and outer weights belong together"
    units = [(sign, unit) for sign in (1, -1) if (unit := unit_of(outer, sign)) is not None]
    still = STANDSTILLS if outer.p > 1 else (None,)
    for step in range(min(SAMPLES, table.n)):
        sample = step * 7919 % table.n
        axis = next(
            (c for k in range(table.d) if table.rows[sample][c := (step + k) % table.d]), None
        )
        if axis is None:
            continue
        scale = Fraction(table.x_scale, table.rows[sample][axis])
        for at_rest in still:
            for sign, unit in units:
                line = _line(table.d, axis, scale, at_rest)
                found = _passing(search, unit, line, sample)
                if found is not None:
                    kink, start, end = found
                    yield _Candidate(sign, unit, sample, kink, Segment(line, start, end))


def _line(d: int, axis: int, scale: Fraction, at_rest: Fraction | None) -> Line:
    """The line on which the argument of sigma is t for the sample whose entry on the axis is
    1/scale, and in the other units, if there are any, ``at_rest``.
    """

    def along(size: Fraction) -> tuple[Fraction, ...]:
        return tuple(size if c == axis else Fraction(0) for c in range(d))

    still = None if at_rest is None else along(at_rest * scale)
    return Line(along(Fraction(0)), along(scale), still)


def _passing(
    search: _Search, unit: Unit, line: Line, sample: int
) -> tuple[PhiKink, Fraction, Fraction] | None:
    """The first kink, and between which t of the grid the argument of phi of a sample passes it."""
    with balls.precision(BITS):
        values = [(t, _argument(search, unit, line, sample, t)) for t in ARGUMENTS]
    for kink in search.kinks.inside:
        # A point of the grid at the kink itself is no end of a segment.
        off = [(t, value) for t, value in values if side_of(kink, value)]
        for (start, one), (end, other) in pairwise(off):
            if lies_between(kink, one, other):
                return kink, start, end
    return None


def _argument(search: _Search, unit: Unit, line: Line, sample: int, t: Fraction) -> arb:
    """The argument of phi of a sample at a point of a line."""
    tape = balls.Tape(search.sigma)
    return argument_at(tape, search.loss, search.table, unit, line, sample, t)


def _shortened(search: _Search, candidate: _Candidate, halvings: int) -> Segment:
    """The segment cut so often, with the kink still between the arguments at its ends."""
    segment = candidate.segment
    with balls.precision(BITS):
        for _ in range(halvings):
            # A cut that meets the kink itself is made elsewhere.
            parts = (
                replace(segment, **ends)
                for share in (Fraction(1, 2), Fraction(3, 8), Fraction(5, 8))
                for cut in (segment.start + share * (segment.end - segment.start),)
                for ends in ({"end": cut}, {"start": cut})
            )
            shorter = next((part for part in parts if _passes(search, candidate, part)), None)
            if shorter is None:
                break
            segment = shorter
    return segment


def _passes(search: _Search, candidate: _Candidate, segment: Segment) -> bool:
    """True when the kink is between the arguments of the sample at the ends of a segment."""
    one, other = (
        _argument(search, candidate.unit, segment.line, candidate.sample, t)
        for t in (segment.start, segment.end)
    )
    return lies_between(candidate.kink, one, other)
