"""What is refuted of the net of an architecture: V2, V3 and V4, along curves and by biases without
decay.

Each function returns a fact of the kernel or raises Stuck with what was not found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import islice

from proofkit.kernel.claims import Curve, Fails, NoiseFrom, Sample
from proofkit.kernel.facts import Fact
from proofkit.kernel.formula import Constant, evaluate
from proofkit.kernel.network.architecture import Architecture
from proofkit.kernel.proposals import AsymptoteProposal, CurveProposal
from proofkit.kernel.symbols import lam, s_c
from proofkit.search.curves import SIZES, Sought, v2_curves, v4_curves
from proofkit.tactics.workbench import UNDECIDED, Stuck, Workbench

MOST_CURVES = 60
"""How many curves are looked at for a symbolic problem."""
MOST_ON_DATA = 3
"""How many where each costs a pass over the rows."""
MANY_ROWS = 50_000
"""How many entries of the data are gone through for a curve, at most."""


def refute_v2(bench: Workbench) -> Fact:
    """V2 fails: by a bias without decay, or along a curve."""
    return _first(_about_v2(bench), "no curve is found along which L stays bounded")


def _about_v2(bench: Workbench) -> Iterator[Callable[[], Fact]]:
    yield from _by_biases(bench, "V2")
    yield lambda: _along_some_curve(
        bench, "V2 fails along a curve", v2_curves(_sought(bench)), "L stays bounded"
    )


def refute_v3(bench: Workbench) -> Fact:
    """V3 fails: by a bias without decay."""
    return _first(_by_biases(bench, "V3"), "no bias without decay makes the integral infinite")


def refute_v4(bench: Workbench) -> Fact:
    """V4 fails: by the bias of the outputs, or along the curve with the smallest critical s."""
    return _first(_about_v4(bench), "no curve is found along which V4 fails")


def _about_v4(bench: Workbench) -> Iterator[Callable[[], Fact]]:
    if _architecture(bench).layers[-1].bias == "undecayed":
        yield lambda: bench.infer("V4 fails: shifted outputs")
        yield lambda: bench.infer("V4 fails: output bias", bench.smooth())
    yield lambda: _smallest(bench)


def _first(attempts: Iterable[Callable[[], Fact]], otherwise: str) -> Fact:
    """The first attempt that succeeds; Stuck with the last reason."""
    reason = Stuck(otherwise)
    for attempt in attempts:
        try:
            return attempt()
        except UNDECIDED as why:
            reason = Stuck(otherwise if str(why) == otherwise else f"{otherwise} ({why})")
    raise reason


def _architecture(bench: Workbench) -> Architecture:
    architecture = bench.objective.architecture
    if architecture is None:
        raise Stuck("the net has no architecture")
    return architecture


# -- biases ----------------------------------------------------------------------------------------


def _by_biases(bench: Workbench, condition: str) -> Iterator[Callable[[], Fact]]:
    """The ways in which biases without decay make V2 or V3 fail."""
    layers = _architecture(bench).layers
    if any(layer.bias == "undecayed" for layer in layers[:-1]):
        for end in (-1, 1):
            yield lambda end=end: bench.infer(
                f"{condition} fails: hidden bias",
                bench.about_activation(
                    "asymptote", f"asymptote {end} 0", AsymptoteProposal(end, Fraction(0))
                ),
            )
        yield lambda: bench.infer(
            f"{condition} fails: hidden bias below a trained unit", bench.enclosed("M1")
        )
    if layers[-1].bias == "undecayed":
        yield lambda: bench.infer(f"{condition} fails: shifted outputs")
        yield lambda: bench.infer(f"{condition} fails: one label")


# -- curves ----------------------------------------------------------------------------------------


def _sought(bench: Workbench) -> Sought:
    """What curves are sought for, with the rows of given data."""
    sizes = SIZES[:1] if bench.objective.noise is None else SIZES
    return Sought(_architecture(bench), bench.objective.loss, rows_of(bench), sizes)


def rows_of(bench: Workbench) -> tuple[Sample, ...] | None:
    """The rows, None for symbolic data; Stuck where they are not at hand, or too many."""
    if bench.objective.symbolic:
        return None
    table = bench.table
    if table is None:
        raise Stuck("the rows of the data are not at hand")
    if table.n * table.d > MANY_ROWS:
        raise Stuck(f"curves are looked for in data of up to {MANY_ROWS} entries")
    return tuple(
        Sample(tuple(Fraction(v, table.x_scale) for v in row), (Fraction(y, table.y_scale),))
        for row, y in zip(table.rows, table.labels, strict=True)
    )


def _facts(bench: Workbench, rule: str, curves: Iterator[Curve]) -> Iterator[Fact]:
    """What the kernel finds along some curves."""
    smooth = bench.smooth()
    most = MOST_CURVES if bench.objective.symbolic else MOST_ON_DATA
    for curve in islice(curves, most):
        with suppress(*UNDECIDED):
            yield bench.infer(rule, smooth, proposal=CurveProposal(curve), rows=bench.table)


def _along_some_curve(bench: Workbench, rule: str, curves: Iterator[Curve], what: str) -> Fact:
    fact = next(_facts(bench, rule, curves), None)
    if fact is None:
        raise Stuck(f"no curve is found along which {what}")
    return fact


def _smallest(bench: Workbench) -> Fact:
    """V4 fails for every s or the given one; else the fact with the smallest critical s."""
    best: Fact | None = None
    least: Fraction | None = None
    for fact in _facts(bench, "V4 fails along a curve", v4_curves(_sought(bench))):
        claim = fact.claim
        assert type(claim) is Fails, "what the rule concludes"
        if type(claim.scope.noise) is not NoiseFrom:
            return fact
        critical = _critical(fact)
        if best is None or (critical is not None and least is not None and critical < least):
            best, least = fact, critical
    if best is None:
        raise Stuck("no curve is found along which V4 fails")
    return best


def _critical(fact: Fact) -> Fraction | None:
    """The critical s of a fact, at lambda = 1 where that is a symbol."""
    known = {constant.name: constant for constant in fact.constants}
    formula = known[str(s_c.value)].formula
    one = Fraction(1)
    at_one = {**known, str(lam.value): Constant(str(lam.value), None, one, one)}
    value = None if formula is None else evaluate(formula, at_one)
    return None if value is None else value[1]
