"""What is refuted of nets of any layers: by curves, and by biases without decay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial

from proofkit.kernel.claims import AnyNoise, Fails, NoiseFrom, NoiseIs
from proofkit.kernel.facts import Fact
from proofkit.kernel.formula import Constant, evaluate
from proofkit.kernel.proposals import AsymptoteProposal, CurveProposal
from proofkit.search.curves import curves
from proofkit.tactics.workbench import UNDECIDED, Stuck, Workbench


def refute_v2(bench: Workbench) -> Fact:
    """V2 fails; Stuck when no witness is found."""
    return _by_biases(bench, "V2")


def refute_v3(bench: Workbench) -> Fact:
    """V3 fails; Stuck when no witness is found."""
    return _by_biases(bench, "V3")


def _by_biases(bench: Workbench, condition: str) -> Fact:
    return _first(_biases(bench, condition), f"no bias without decay refutes {condition}")


def _biases(bench: Workbench, condition: str) -> Iterator[Callable[[], Fact]]:
    yield partial(bench.infer, f"{condition} fails: shifted outputs")
    yield partial(bench.infer, f"{condition} fails: one label")
    architecture = bench.objective.architecture
    if architecture is None or all(layer.bias != "undecayed" for layer in architecture.layers[:-1]):
        return
    for end in (1, -1):
        yield partial(_hidden_bias, bench, condition, end)
    yield lambda: bench.infer(
        f"{condition} fails: hidden bias below a trained unit", bench.enclosed("M1")
    )


def _hidden_bias(bench: Workbench, condition: str, end: int) -> Fact:
    """The activation has a limit at an end of R."""
    proposal = AsymptoteProposal(end, Fraction(0))
    limit = bench.about_activation("asymptote", f"asymptote {end} 0", proposal)
    return bench.infer(f"{condition} fails: hidden bias", limit)


def _first(attempts: Iterator[Callable[[], Fact]], otherwise: str) -> Fact:
    reasons: list[str] = []
    for attempt in attempts:
        try:
            return attempt()
        except UNDECIDED as stuck:
            reasons.append(str(stuck))
    raise Stuck(f"{otherwise} ({'; '.join(reasons)})")


def refute_v4(bench: Workbench) -> Fact:
    """V4 fails: for every s where a witness for that is found, else from the smallest critical s
    on; Stuck when none is found.
    """
    try:
        return _first(_output_biases(bench), "no bias of the outputs refutes V4")
    except Stuck:
        return _along_a_curve(bench)


def _output_biases(bench: Workbench) -> Iterator[Callable[[], Fact]]:
    yield lambda: bench.infer("V4 fails: shifted outputs")
    yield lambda: bench.infer("V4 fails: output bias", bench.smooth())


def _along_a_curve(bench: Workbench) -> Fact:
    smooth = bench.smooth()
    best: tuple[Fraction, Fact] | None = None
    reason = "fewer than two layers are trained, or too few units"
    for curve in curves(bench.objective, bench.table):
        try:
            found = bench.infer(
                "V4 fails along a curve",
                smooth,
                proposal=CurveProposal(curve),
                rows=bench.table,
            )
        except UNDECIDED as stuck:
            reason = str(stuck)
            continue
        critical = _critical(found)
        if critical == 0:
            return found
        if best is None or critical < best[0]:
            best = critical, found
    if best is None:
        raise Stuck(f"no curve was found along which V4 is seen to fail ({reason})")
    return best[1]


def _critical(found: Fact) -> Fraction:
    """From which s on a fact says that V4 fails, at lambda = 1 where that is a symbol; 0 for every s
    or the given one.
    """
    claim = found.claim
    assert type(claim) is Fails, "what the rule concludes"
    match claim.scope.noise:
        case NoiseFrom(critical=critical):
            one = Fraction(1)
            known = {"lambda": Constant("lambda", None, one, one)}
            enclosure = evaluate(critical, known)
            assert enclosure is not None, "every name has a value"
            return enclosure[1]
        case AnyNoise() | NoiseIs():
            return Fraction(0)
        case _:
            raise AssertionError("no rule of curves concludes that")
