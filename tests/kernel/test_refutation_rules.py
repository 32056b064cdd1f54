"""Refutations: what each rule accepts, and every reason for which it refuses."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from proofkit.activation.catalogue import Activation
from proofkit.kernel.claims import (
    AnyLambda,
    AnyNoise,
    BoundedRisk,
    CancellingUnits,
    EscapingCriticalPoints,
    Fails,
    HalfSpace,
    KinkOfLoss,
    KinkOnInstance,
    LambdaAbove,
    LambdaAtMostZero,
    LambdaBelow,
    LambdaIs,
    MirroredUnits,
    NoiseFrom,
    NoiseIs,
    NullDirection,
    OrthogonalInstance,
    PairedUnits,
    Scope,
)
from proofkit.kernel.facts import Fact, infer
from proofkit.kernel.proposals import (
    AsymptoteProposal,
    DirectionProposal,
    KinkLineProposal,
    Proposal,
    SlopeProposal,
    SteepProposal,
)
from proofkit.kernel.refusal import KernelError, NeedsRowsError
from proofkit.kernel.symbols import beta, lam, lambda_c
from proofkit.kernel.univariate.terms import ZERO, to_text
from proofkit.problem.data import load_outer, summarise
from proofkit.problem.problem import Problem
from proofkit.reading.table import Table, load_table
from proofkit.tactics.workbench import Library, Workbench

F = Fraction
LIBRARY = Library()
ROWS = "u,v,y\n1,2,1\n2,4,-1\n1,2,3\n"
PLANE = "u,v,y\n1,0,1\n0,1,2\n-1,-1,0\n"


def symbols(
    sigma: str, loss: str = "squared", lam: Fraction | None = None, noise: Fraction | None = None
) -> Workbench:
    """A workbench for arbitrary data."""
    return Workbench(Problem(Activation.of(sigma), loss, lam, noise), LIBRARY)


def given(
    folder: Path,
    sigma: str,
    rows: str = ROWS,
    outer: str = "2\n-1/2\n1\n",
    lam: Fraction | None = None,
    noise: Fraction | None = None,
) -> Workbench:
    """A workbench for rows and outer weights."""
    (folder / "d.csv").write_text(rows)
    (folder / "a.txt").write_text(outer)
    table = load_table(folder / "d.csv", "y")
    data, weights = summarise(table), load_outer(folder / "a.txt")
    problem = Problem(Activation.of(sigma), "squared", lam, noise, data, weights)
    return Workbench(problem, LIBRARY, table)


def apply(
    bench: Workbench,
    rule: str,
    *premises: Fact,
    proposal: Proposal | None = None,
    rows: Table | None = None,
) -> Fact:
    """The fact that a rule makes of premises and a proposal."""
    return infer(rule, bench.objective, premises, proposal, rows)


def kink(bench: Workbench) -> Fact:
    """sigma has a kink."""
    return infer("kink", bench.objective)


def asymptote(bench: Workbench, end: int, slope: int = 0) -> Fact:
    """sigma follows a line at an end."""
    return infer("asymptote", bench.objective, (), AsymptoteProposal(end, F(slope)))


# -- V1 --------------------------------------------------------------------------------------------


def test_a_kink_on_an_instance() -> None:
    bench = symbols("Max(z - 1/3, 0)")
    fact = apply(bench, "kink on an instance", kink(bench))
    assert fact.claim == Fails("V1", KinkOnInstance(0, F(1, 3), "1/3"), Scope(AnyLambda()))
    at_zero = symbols("Abs(z)", lam=F(0))
    fact = apply(at_zero, "kink on an instance", kink(at_zero))
    assert fact.claim == Fails("V1", KinkOnInstance(0, F(0), "0"), Scope(LambdaIs(F(0))))


def test_an_instance_says_nothing_of_given_data(tmp_path: Path) -> None:
    bench = given(tmp_path, "relu")
    with pytest.raises(KernelError, match="the problem is bound to data"):
        apply(bench, "kink on an instance", kink(bench))
    with pytest.raises(KernelError, match="the problem is bound to data"):
        apply(bench, "instance ray")


LINE = KinkLineProposal(1, (F(0), F(0)), (F(1), F(0)), (F(0), F(0)))


def test_a_kink_of_the_loss(tmp_path: Path) -> None:
    bench = given(tmp_path, "relu", outer="2\n")
    line = replace(LINE, v=None)
    fact = apply(bench, "kink of the loss", kink(bench), proposal=line, rows=bench.table)
    witness = KinkOfLoss(0, F(0), 1, F(2), line.w, line.u, None, 3)
    assert fact.claim == Fails("V1", witness, Scope(AnyLambda()))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (replace(LINE, sign=2), "no outer weight of that sign"),
        (replace(LINE, sign=0), "no outer weight of that sign"),
        (replace(LINE, v=None), "the other rows are given without other units"),
        (replace(LINE, w=(F(0),)), "w is no vector of rationals of the length d"),
        (replace(LINE, u=(F(1), F(0), F(0))), "u is no vector of rationals of the length d"),
        (replace(LINE, v=()), "v is no vector of rationals of the length d"),
        (replace(LINE, w=(F(5), F(0))), "the residuals vanish, or kinks cancel"),
        (replace(LINE, u=(F(0), F(0))), "the residuals vanish, or kinks cancel"),
    ],
)
def test_lines_that_show_no_kink(tmp_path: Path, line: KinkLineProposal, why: str) -> None:
    bench = given(tmp_path, "relu")
    with pytest.raises(KernelError, match="rule kink of the loss") as refused:
        apply(bench, "kink of the loss", kink(bench), proposal=line, rows=bench.table)
    assert why in str(refused.value)


def test_a_kink_of_the_loss_needs_its_own_rows(tmp_path: Path) -> None:
    bench = given(tmp_path, "relu")
    assert bench.table is not None
    with pytest.raises(NeedsRowsError):
        apply(bench, "kink of the loss", kink(bench), proposal=LINE)
    others = replace(bench.table, labels=tuple(-y for y in bench.table.labels))
    with pytest.raises(KernelError, match="the rows are not the data's"):
        apply(bench, "kink of the loss", kink(bench), proposal=LINE, rows=others)
    with pytest.raises(KernelError, match="the data are symbols"):
        apply(
            symbols("relu"),
            "kink of the loss",
            kink(symbols("relu")),
            proposal=LINE,
            rows=bench.table,
        )
    with pytest.raises(KernelError, match="it needs a proposal"):
        apply(bench, "kink of the loss", kink(bench), rows=bench.table)


def test_a_single_unit_of_the_other_sign(tmp_path: Path) -> None:
    bench = given(tmp_path, "relu", outer="-2\n")
    line = replace(LINE, v=None)
    with pytest.raises(KernelError, match="no outer weight of that sign"):
        apply(bench, "kink of the loss", kink(bench), proposal=line, rows=bench.table)
    other = apply(
        bench, "kink of the loss", kink(bench), proposal=replace(line, sign=-1), rows=bench.table
    )
    assert isinstance(other.claim, Fails)


def test_a_sample_at_another_kink(tmp_path: Path) -> None:
    # sigma has kinks at -1 and 1; <w, x_i> is 1 for one sample, -1 for another.
    rows = "u,v,y\n1,0,5\n-1,0,2\n0,1,0\n"
    bench = given(tmp_path, "Max(Min(z, 1), -1)", rows, "1\n")
    found = kink(bench).claim
    line = KinkLineProposal(1, (F(1), F(0)), (F(1), F(0)), None)
    with pytest.raises(KernelError, match="another sample is at a kink"):
        apply(bench, "kink of the loss", kink(bench), proposal=line, rows=bench.table)
    assert found.at in (F(1), F(-1))


def test_a_kink_at_no_rational_number(tmp_path: Path) -> None:
    bench = given(tmp_path, "Abs(z^2 - 2)")
    with pytest.raises(KernelError, match="the place of the kink of sigma is not known exactly"):
        apply(bench, "kink of the loss", kink(bench), proposal=LINE, rows=bench.table)


# -- V2 --------------------------------------------------------------------------------------------


def test_a_ray_orthogonal_to_an_instance() -> None:
    fact = apply(symbols("softplus"), "instance ray")
    assert fact.claim == Fails("V2", OrthogonalInstance(), Scope(LambdaAtMostZero()))
    fact = apply(symbols("softplus", lam=F(-1)), "instance ray")
    assert fact.claim == Fails("V2", OrthogonalInstance(), Scope(LambdaIs(F(-1))))


@pytest.mark.parametrize("sigma", ["log(z)", "1/z", "sqrt(-1 - z^2)", "z/z", "z^2/(z - 1)"])
def test_there_is_no_ray_without_a_loss(tmp_path: Path, sigma: str) -> None:
    """Where sigma is not a real number everywhere, there is no L that could stay bounded."""
    for value in (None, F(0)):
        with pytest.raises(KernelError, match="not a real number on all of R"):
            apply(symbols(sigma, lam=value), "instance ray")
    bench, u = given(tmp_path, sigma), DirectionProposal((2, -1))
    with pytest.raises(KernelError, match="not a real number on all of R"):
        apply(bench, "null direction", proposal=u, rows=bench.table)


def test_a_bounded_risk() -> None:
    bench = symbols("tanh", lam=F(0))
    fact = apply(bench, "bounded risk", bench.enclosed("S0"))
    assert fact.claim == Fails("V2", BoundedRisk(), Scope(LambdaIs(F(0))))
    with pytest.raises(KernelError, match="no premise gives S0"):
        apply(bench, "bounded risk", bench.enclosed("M1"))


def test_a_null_direction(tmp_path: Path) -> None:
    bench = given(tmp_path, "z^2")
    u = DirectionProposal((2, -1))
    fact = apply(bench, "null direction", proposal=u, rows=bench.table)
    assert fact.claim == Fails("V2", NullDirection((2, -1)), Scope(LambdaAtMostZero()))


@pytest.mark.parametrize(
    ("u", "why"),
    [
        ((1, 0), "<u, x_i> is not zero for every i"),
        ((0, 0), "the direction has the wrong length, is zero or not whole"),
        ((2, -1, 0), "the direction has the wrong length, is zero or not whole"),
        ((True, False), "the direction has the wrong length, is zero or not whole"),
    ],
)
def test_directions_that_are_not_null(tmp_path: Path, u: tuple[int, ...], why: str) -> None:
    bench = given(tmp_path, "z^2")
    with pytest.raises(KernelError) as refused:
        apply(bench, "null direction", proposal=DirectionProposal(u), rows=bench.table)
    assert why in str(refused.value) or "kind" in str(refused.value)


def test_half_spaces(tmp_path: Path) -> None:
    bench = given(tmp_path, "softplus")
    u = DirectionProposal((-1, 0))
    fact = apply(bench, "half-space ray", asymptote(bench, -1), proposal=u, rows=bench.table)
    assert fact.claim == Fails("V2", HalfSpace((-1, 0), -1), Scope(LambdaAtMostZero()))
    with pytest.raises(KernelError, match="does not have one sign"):
        wrong = DirectionProposal((1, 0))
        apply(bench, "half-space ray", asymptote(bench, -1), proposal=wrong, rows=bench.table)
    with pytest.raises(KernelError, match="sigma must have a finite limit"):
        up = DirectionProposal((1, 0))
        apply(bench, "half-space ray", asymptote(bench, 1, 1), proposal=up, rows=bench.table)
    both = given(tmp_path, "softplus", PLANE)
    with pytest.raises(KernelError, match="does not have one sign"):
        apply(both, "half-space ray", asymptote(both, -1), proposal=u, rows=both.table)


def test_paired_units(tmp_path: Path) -> None:
    bench = given(tmp_path, "softplus")
    ends = (asymptote(bench, -1), asymptote(bench, 1, 1))
    fact = apply(bench, "paired units", *ends)
    assert fact.claim == Fails("V2", PairedUnits(F(2), F(-1, 2)), Scope(LambdaAtMostZero()))
    with pytest.raises(KernelError, match="asymptotes at both ends are needed"):
        apply(bench, "paired units", ends[0], ends[0])
    alike = given(tmp_path, "softplus", outer="2\n1\n")
    with pytest.raises(KernelError, match="two outer weights of opposite sign"):
        apply(alike, "paired units", asymptote(alike, -1), asymptote(alike, 1, 1))
    unknown = symbols("softplus")
    with pytest.raises(KernelError, match="two outer weights of opposite sign"):
        apply(unknown, "paired units", asymptote(unknown, -1), asymptote(unknown, 1, 1))


def test_v2_holds_for_positive_lambda(tmp_path: Path) -> None:
    bench, above = given(tmp_path, "softplus", lam=F(1, 10)), symbols("tanh", lam=F(1, 10))
    u = DirectionProposal((2, -1))
    ends = (asymptote(bench, -1), asymptote(bench, 1, 1))
    attempts = [
        lambda: apply(above, "instance ray"),
        lambda: apply(above, "bounded risk", above.enclosed("S0")),
        lambda: apply(bench, "null direction", proposal=u, rows=bench.table),
        lambda: apply(bench, "half-space ray", ends[0], proposal=u, rows=bench.table),
        lambda: apply(bench, "paired units", *ends),
    ]
    for attempt in attempts:
        with pytest.raises(KernelError, match="lambda = 1/10 is positive"):
            attempt()


# -- V4 --------------------------------------------------------------------------------------------


def test_escaping_critical_points() -> None:
    bench = symbols("z + 2*sin(z)")
    fact = apply(bench, "escaping critical points", bench.fall(), proposal=SlopeProposal(F(1)))
    scope = Scope(LambdaBelow(lambda_c), AnyNoise())
    assert fact.claim == Fails("V4", EscapingCriticalPoints(F(1)), scope)
    top = {c.name: c for c in fact.constants}["lambda_c"]
    assert top.lo is not None and top.hi is not None
    assert top.lo <= 1 <= top.hi < top.lo + F(1, 10**12)
    at = symbols("z + 2*sin(z)", lam=F(1, 2), noise=F(3))
    fact = apply(at, "escaping critical points", at.fall(), proposal=SlopeProposal(F(1)))
    assert isinstance(fact.claim, Fails)
    assert fact.claim.scope == Scope(LambdaIs(F(1, 2)), NoiseIs(F(3)))


@pytest.mark.parametrize(
    ("sigma", "slope", "top"),
    [
        ("z + 2*sin(sqrt(2)*z)", F(1), 2 * 2**0.5 - 1),
        ("z + 2*cos(sqrt(2)*z + 1)", F(1), 2 * 2**0.5 - 1),
        ("z/2 + sin(pi*z)", F(1, 2), (3.14159265358979 - 0.5) / 2),
    ],
)
def test_critical_points_escape_over_any_period(sigma: str, slope: Fraction, top: float) -> None:
    """The period need not be a multiple of pi."""
    bench = symbols(sigma)
    fact = apply(bench, "escaping critical points", bench.fall(), proposal=SlopeProposal(slope))
    assert fact.claim == Fails(
        "V4", EscapingCriticalPoints(slope), Scope(LambdaBelow(lambda_c), AnyNoise())
    )
    found = {c.name: c for c in fact.constants}["lambda_c"]
    assert found.lo is not None and found.hi is not None
    assert abs(float(found.lo) - top) < 1e-9 and abs(float(found.hi) - top) < 1e-9


@pytest.mark.parametrize(
    ("sigma", "slope"),
    [
        ("z + 2*sin(z)", F(2)),
        ("z + 2*sin(z)", F(-1)),
        ("z + 2*sin(z)", F(0)),
        ("2*sin(z) - z", F(-1)),
        ("z + 2*sin(z)*cos(sqrt(2)*z)", F(1)),
        ("z + 2*sin(sqrt(2)*z) + sin(z)", F(1)),
        ("z + 2*sin(z)*cos(sin(pi)*z)", F(1)),
        ("z + 2*sin(sqrt(2)*z + sin(z))", F(1)),
    ],
)
def test_no_line_plus_periodic(sigma: str, slope: Fraction) -> None:
    bench = symbols(sigma)
    with pytest.raises(KernelError, match="plus a periodic function with slope > 0"):
        apply(bench, "escaping critical points", bench.at_zero(), proposal=SlopeProposal(slope))


def test_critical_points_that_do_not_escape(tmp_path: Path) -> None:
    slope = SlopeProposal(F(1))
    rising = symbols("z + sin(z)/2")
    with pytest.raises(KernelError, match="sigma' does not change sign"):
        apply(rising, "escaping critical points", rising.fall(), proposal=slope)
    for value in (F(1), F(2), F(-1, 10)):
        bench = symbols("z + 2*sin(z)", lam=value)
        with pytest.raises(KernelError, match="is not in"):
            apply(bench, "escaping critical points", bench.fall(), proposal=slope)
    logistic = symbols("z + 2*sin(z)", "logistic")
    for bench in (logistic, given(tmp_path, "z + 2*sin(z)")):
        with pytest.raises(KernelError, match="the squared residual and symbolic data"):
            apply(bench, "escaping critical points", bench.fall(), proposal=slope)
    bench = symbols("z + 2*sin(z)")
    with pytest.raises(KernelError, match="no premise gives fall"):
        apply(bench, "escaping critical points", bench.enclosed("M1"), proposal=slope)


def mirrored(bench: Workbench, growth: SteepProposal) -> Fact:
    """Two mirrored units for a growth of sigma'."""
    steep = infer("steep", bench.objective, (), growth)
    return apply(bench, "mirrored units", bench.parameters(), bench.smooth(), steep)


LINEAR = SteepProposal(1, 1, F(3), F(2), 1)


def test_mirrored_units() -> None:
    squared = mirrored(symbols("z^2"), LINEAR)
    scope = Scope(LambdaAbove(ZERO), NoiseFrom(lam**2 / beta**2))
    assert squared.claim == Fails("V4", MirroredUnits(1, F(2)), scope)
    logistic = mirrored(symbols("z^2", "logistic", lam=F(1)), LINEAR)
    assert isinstance(logistic.claim, Fails)
    assert logistic.claim.scope == Scope(LambdaIs(F(1)), NoiseFrom(4 * lam**2 / beta**2))
    assert [(c.name, c.lo, c.hi) for c in logistic.constants] == [("s_c", 1, 1)]
    cubic = mirrored(symbols("z^3", noise=F(1, 9)), SteepProposal(1, 1, F(3), F(3), 2))
    assert cubic.claim == Fails(
        "V4", MirroredUnits(2, F(3)), Scope(LambdaAbove(ZERO), NoiseIs(F(1, 9)))
    )
    assert cubic.constants == ()


def test_units_that_do_not_mirror(tmp_path: Path) -> None:
    for value in (F(0), F(-1)):
        with pytest.raises(KernelError, match=f"lambda = {value} is not positive"):
            mirrored(symbols("z^2", lam=value), LINEAR)
    for bench in (
        symbols("z^2", lam=F(1), noise=F(1, 5)),
        symbols("z^2", "logistic", lam=F(1), noise=F(1, 2)),
        symbols("z^2", noise=F(5)),
    ):
        with pytest.raises(KernelError, match="is not known to be at least"):
            mirrored(bench, LINEAR)
    assert mirrored(symbols("z^2", lam=F(1), noise=F(1, 4)), LINEAR).rule == "mirrored units"
    with pytest.raises(KernelError, match="the problem is bound to data"):
        mirrored(given(tmp_path, "z^2"), LINEAR)


def cancelling(bench: Workbench) -> Fact:
    """Two cancelling units."""
    premises = (bench.parameters(), bench.smooth(), bench.enclosed("H"), bench.enclosed("M2"))
    return apply(bench, "cancelling units", *premises)


def test_cancelling_units(tmp_path: Path) -> None:
    fact = cancelling(given(tmp_path, "3*z^2/2"))
    claim = fact.claim
    assert isinstance(claim, Fails)
    assert claim.witness == CancellingUnits(F(2), F(-1, 2))
    assert isinstance(claim.scope.noise, NoiseFrom)
    assert claim.scope.lam == LambdaAbove(ZERO)
    critical = to_text(claim.scope.noise.critical)
    assert critical == "(sqrt(Y2) + lambda/(1/2*M2*Lambda_S))^2"
    numbers = cancelling(given(tmp_path, "z^2", lam=F(1), noise=F(100)))
    assert isinstance(numbers.claim, Fails)
    assert numbers.claim.scope == Scope(LambdaIs(F(1)), NoiseIs(F(100)))


def test_units_that_do_not_cancel(tmp_path: Path) -> None:
    with pytest.raises(KernelError, match="is not known to be at least"):
        cancelling(given(tmp_path, "z^2", lam=F(1), noise=F(1, 100)))
    with pytest.raises(KernelError, match="is not known to be at least"):
        cancelling(given(tmp_path, "z^2", noise=F(100)))
    with pytest.raises(KernelError, match="lambda = 0 is not positive"):
        cancelling(given(tmp_path, "z^2", lam=F(0)))
    with pytest.raises(KernelError, match="two outer weights of opposite sign"):
        cancelling(given(tmp_path, "z^2", outer="1\n2\n"))
    with pytest.raises(KernelError, match="two outer weights of opposite sign"):
        cancelling(symbols("z^2"))
    for sigma in ("z", "z^2 + tanh(z)", "z^2 + 1"):
        with pytest.raises(KernelError, match="z sigma' = 2 sigma"):
            cancelling(given(tmp_path, sigma))
    bench = given(tmp_path, "z^2")
    swapped = (bench.parameters(), bench.smooth(), bench.enclosed("M2"), bench.enclosed("H"))
    with pytest.raises(KernelError, match="z sigma' = 2 sigma"):
        apply(bench, "cancelling units", *swapped)
    with pytest.raises(KernelError, match="z sigma' = 2 sigma"):
        cancelling(given(tmp_path, "z^2", "u,v,y\n0,0,1\n0,0,2\n"))
