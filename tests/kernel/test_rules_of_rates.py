"""Rules about the stationary law and explicit rates."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from proofkit.kernel.claims import (
    AnyNoise,
    Dissipative,
    LambdaAbove,
    LangevinRate,
    Moments,
    Oscillation,
    Rate,
    Scope,
    SpectralGap,
    Start,
    StationaryExcess,
)
from proofkit.kernel.facts import Fact, infer
from proofkit.kernel.proposals import LevelProposal, QuadratureProposal
from proofkit.kernel.refusal import NeedsRowsError
from proofkit.kernel.symbols import A_2, W_2, W_4, F, b_d, chi, eps, m_d, osc, q, v_0, xi
from proofkit.kernel.univariate.terms import ZERO, to_text
from proofkit.sentences.rates import PAYLOADS, SENTENCES
from proofkit.sentences.said import said
from proofkit.tactics import routes
from proofkit.tactics.workbench import Workbench
from tests.kernel.nets import MIXED, ONE_COLUMN, POSITIVE, STUCK, bench, net, problem, refused, rows

EVERYWHERE = Scope(LambdaAbove(ZERO), AnyNoise())
POSITIVE_LAMBDA = Scope(LambdaAbove(ZERO))
ONE_WEIGHT = (Fraction(3, 2),)


def formulas(fact: Fact) -> dict[str, str]:
    """The constants that a fact introduces, with their formulas."""
    return {c.name: to_text(c.formula) for c in fact.constants if c.formula is not None}


def step(fact: Fact, rule: str) -> Fact:
    """What a rule made below a fact."""
    return next(f for f in fact.ancestors() if f.rule == rule)


# -- moments, oscillation, dissipativity -----------------------------------------------------------


def test_moments() -> None:
    given = net("tanh")
    gradient = routes.bounded(given).premises[0]
    fact = given.infer("moments bounded", gradient)
    assert fact.claim == Moments(W_2, W_4, EVERYWHERE)
    assert formulas(fact)["W_4"] == "(G + sqrt(G^2 + 2*lambda*s*(N + 2)))/(2*lambda)"
    radial = routes.euler(given).premises[0]
    other = given.infer("moments Euler", radial)
    assert formulas(other)["W_2"] == "(D + sqrt(D^2 + 4*lambda*C + 2*lambda*s*N))/(2*lambda)"
    slope = routes.lipschitz(given).premises[0]
    refused(given, "moments bounded", slope, why="bounded gradient")
    refused(given, "dissipative gradient", slope, why="bounded gradient")


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ("squared", "Min((F^2 + 2*F*Y1 + Y2)/2, F^2/2 + 2*F*Y1)"),
        ("u^2", "2*Min((F^2 + 2*F*Y1 + Y2)/2, F^2/2 + 2*F*Y1)"),
        ("logistic", "F"),
        ("log(cosh(u))", "2*l1*F"),
        # phi(-x) - phi(x) = x says nothing of f where the argument is f - y.
        ("log(1 + exp(-u))", "2*l1*F"),
        ("softplus(1-m)", "2*l1*F"),
    ],
)
def test_the_oscillation(loss: str, expected: str) -> None:
    symbols, data = net("tanh", loss), net("tanh", loss, outer=MIXED)
    ranges = symbols.enclosed("S0"), symbols.enclosed("S0")
    fact = symbols.infer("oscillation", symbols.parameters(), symbols.swing(), *ranges)
    assert fact.claim == Oscillation(F, osc)
    assert formulas(fact)["F"] == "a_1*S0"
    ends = data.enclosed("S_hi"), data.enclosed("S_lo")
    fact = data.infer("oscillation", data.parameters(), data.swing(), *ends)
    assert formulas(fact)["osc"] == expected
    whole = data.enclosed("S0")
    refused(data, "oscillation", data.parameters(), data.swing(), whole, whole, why="S_hi")


def test_a_loss_of_the_residual_is_not_mirrored() -> None:
    """For y = 3 the loss log(1 + exp(-u)) varies by more than F over |f| <= F = 1."""
    margin, residual = net("tanh", "logistic"), net("tanh", "log(1 + exp(-u))")
    proposal = margin.swing().proposal
    assert margin.swing().rule == "swing of a mirrored loss"
    refused(residual, "swing of a mirrored loss", why="no margin", proposal=proposal)


def test_dissipativity() -> None:
    straight, flat, known = net("softplus"), net("tanh"), net("softplus", outer=POSITIVE)
    centred = straight.infer("dissipative radial", routes.euler(straight).premises[0])
    assert centred.claim == Dissipative(m_d, b_d, POSITIVE_LAMBDA)
    assert formulas(centred) == {"m_d": "lambda", "b_d": "C"}
    sloped = flat.infer("dissipative radial", routes.euler(flat).premises[0])
    assert formulas(sloped) == {"m_d": "lambda/2", "b_d": "C + D^2/(2*lambda)"}
    gradient = flat.infer("dissipative gradient", routes.bounded(flat).premises[0])
    assert formulas(gradient) == {"m_d": "lambda/2", "b_d": "G^2/(2*lambda)"}

    sign = routes.one_signed(known).premises[0]
    assert formulas(known.infer("dissipative one-signed", sign)) == {"m_d": "lambda", "b_d": "C"}
    hypothesis = routes.if_one_signed(straight).premises[0]
    refused(straight, "dissipative one-signed", hypothesis, why="hypothesis only")


@pytest.mark.parametrize("rule", ["moments Euler", "dissipative radial"])
def test_lambda_is_positive(rule: str) -> None:
    given = net("softplus", lam=0)
    premises = given.parameters(), given.derivation(), given.enclosed("H")
    radial = given.infer("Euler bound", *premises)
    refused(given, rule, radial, why="not above the threshold 0")


# -- convergence with a rate -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("activation", "loss", "gap", "start"),
    [
        ("tanh", "squared", "gap bounded", "start bounded"),
        ("softplus", "squared", "gap Lyapunov", "start quadratic"),
        ("softplus", "logistic", "gap Lyapunov", "start linear"),
        ("softplus", "sqrt(1 + u^2) - 1", "gap Lyapunov", "start linear"),
        ("tanh", "u^4/4", "gap bounded", "start bounded"),
    ],
)
def test_rates_by_the_range_of_sigma(activation: str, loss: str, gap: str, start: str) -> None:
    fact = routes.rate(net(activation, loss))
    assert fact.claim == Rate(EVERYWHERE)
    found = step(fact, gap).claim
    assert isinstance(found, SpectralGap)
    assert found.log_sobolev == (gap == "gap bounded")
    assert (found.q, found.xi) == (q, xi)
    assert step(fact, start).claim == Start(v_0, chi, A_2, EVERYWHERE)
    excess = next(p for p in fact.premises if isinstance(p.claim, StationaryExcess))
    assert excess.claim == StationaryExcess(eps, EVERYWHERE)
    assert "cited" in fact.levels()


def test_a_rate_of_numbers_has_values() -> None:
    fact = routes.rate(net("tanh", lam=1, noise=1, outer=MIXED))
    values = {c.name: c for f in fact.ancestors() for c in f.constants}
    for name in ("eps", "chi", "xi", "q", "A_2", "v_0"):
        assert values[name].numeric


def test_bounded_and_affine_laplacians_are_told_apart() -> None:
    given = net("tanh")
    moments = given.infer("moments bounded", routes.bounded(given).premises[0])
    bounded = routes.bounded(given).premises[1]
    affine = routes.lipschitz(given).premises[1]
    refused(given, "excess bounded", moments, affine, why="bounded Laplacian")
    refused(given, "excess affine", moments, bounded, why="affine in r")
    logistic = net("tanh", "logistic")
    own = logistic.infer("moments bounded", routes.bounded(logistic).premises[0])
    laplacian = routes.bounded(logistic).premises[1]
    refused(logistic, "excess affine", own, laplacian, why="squared")


def test_the_initial_law_needs_its_loss() -> None:
    squared, logistic, reached = net("tanh"), net("tanh", "logistic"), net("tanh", "u^4/4")

    def growth(given: Workbench) -> tuple[Fact, ...]:
        moments = given.infer("moments bounded", routes.bounded(given).premises[0])
        return moments, given.enclosed("M1"), given.at_zero()

    def about_loss(given: Workbench) -> tuple[Fact, ...]:
        return given.loss(), given.loss_at_zero(), given.floor()

    refused(logistic, "start quadratic", *growth(logistic), why="squared residual")
    moments, m1, _ = growth(squared)
    refused(squared, "start quadratic", moments, m1, m1, why="sigma0")
    for given, why in ((squared, "not known to be bounded"), (reached, "where it is reached")):
        refused(given, "start linear", *growth(given), *about_loss(given), why=why)
    moments, m1, _ = growth(logistic)
    refused(logistic, "start linear", moments, m1, m1, *about_loss(logistic), why="sigma0")


def test_langevin_needs_a_log_sobolev_inequality() -> None:
    given = net("tanh")
    fact = routes.langevin(given)
    assert fact.claim == LangevinRate(EVERYWHERE)
    assert formulas(fact) == {"h_0": "2*osc/s", "L_F": "2*gLip/s"}
    *others, _ = fact.premises
    line = bench(problem("tanh", lam=1, noise=1, outer=ONE_WEIGHT, samples=ONE_COLUMN))
    gap = quadrature(line)
    *others, _ = routes.langevin(line).premises
    refused(line, "Langevin Monte Carlo", *others, gap, why="without a log-Sobolev inequality")
    affine = routes.lipschitz(given).premises[1]
    first, second, third, _, last = fact.premises
    refused(
        given, "Langevin Monte Carlo", first, second, third, affine, last, why="bounded Laplacian"
    )


# -- the gap of a convex loss ----------------------------------------------------------------------


def convex(given: Workbench) -> tuple[Fact, ...]:
    """The premises of the gap of a strongly convex L."""
    base = given.parameters(), given.derivation(), given.residual()
    return *base, given.enclosed("M2"), given.enclosed("M1"), given.of_loss("dip")


def test_lambda_beyond_the_curvature() -> None:
    large = net("tanh", lam=100, noise=1, outer=MIXED)
    fact = large.infer("gap convex", *convex(large))
    claim = fact.claim
    assert isinstance(claim, SpectralGap)
    assert claim.log_sobolev
    assert formulas(fact)["m_c"] == "lambda - Lambda_S*rho*a_inf*M2"
    assert SENTENCES[SpectralGap](said(fact, large.objective)).startswith("L is strongly convex")
    small = net("tanh", lam=Fraction(1, 100), noise=1, outer=MIXED)
    refused(small, "gap convex", *convex(small), why="not above the curvature bound")
    symbols, unbound = net("tanh", outer=MIXED), net("tanh", lam=100)
    refused(symbols, "gap convex", *convex(symbols), why="numbers for lambda")
    refused(unbound, "gap convex", *convex(unbound), why="numbers for lambda")
    negative = net("tanh", lam=-1, noise=1, outer=MIXED)
    refused(negative, "gap convex", *convex(negative), why="not above the threshold 0")
    *rest, _, m1, dip = convex(large)
    refused(large, "gap convex", *rest, m1, m1, dip, why="M2")


def test_a_loss_that_is_not_convex_takes_from_the_curvature() -> None:
    large = net("tanh", "log(1 + u^2)/2", lam=100, noise=1, outer=MIXED)
    fact = large.infer("gap convex", *convex(large))
    lowest = "Lambda_S*(rho*a_inf*M2 + dip*M1^2*a_2^2)"
    assert formulas(fact)["m_c"] == f"lambda - {lowest}"
    *rest, m2, _, dip = convex(large)
    refused(large, "gap convex", *rest, m2, m2, dip, why="M1")


# -- the gap of one weight -------------------------------------------------------------------------


def quadrature(given: Workbench) -> Fact:
    """The gap by Muckenhoupt's criterion."""
    fact = routes._gap_in_one_dimension(given)
    assert fact is not None
    return fact


@pytest.mark.parametrize(("activation", "loss"), [("tanh", "squared"), ("softplus", "logistic")])
def test_the_gap_of_one_weight(activation: str, loss: str) -> None:
    given = bench(problem(activation, loss, 1, 1, ONE_WEIGHT, ONE_COLUMN))
    fact = quadrature(given)
    claim, where = fact.claim, fact.proposal
    assert isinstance(claim, SpectralGap)
    assert isinstance(where, QuadratureProposal)
    assert claim.cells == where.cells
    assert not claim.log_sobolev
    words = said(fact, given.objective)
    assert f"criterion on {where.cells} cells" in SENTENCES[SpectralGap](words)
    assert PAYLOADS[SpectralGap](words) == {
        "m": str(where.m),
        "left": str(where.left),
        "right": str(where.right),
        "cells": where.cells,
    }


def test_the_gap_of_one_weight_needs_its_rows_and_a_quadrature_that_makes_sense() -> None:
    given = bench(problem("tanh", "squared", 1, 1, ONE_WEIGHT, ONE_COLUMN))
    fact = quadrature(given)
    rule, premises, where = fact.rule, fact.premises, fact.proposal
    assert isinstance(where, QuadratureProposal)
    own = rows("squared", ONE_COLUMN)
    with pytest.raises(NeedsRowsError):
        infer(rule, given.objective, premises, where)
    other = replace(own, labels=(30, -50, 101))
    refused(given, rule, *premises, why="not the data's", proposal=where, table=other)
    refused(given, rule, *premises, why="needs a proposal", table=own)
    for wrong, why in (
        (replace(where, left=where.m), "no sense"),
        (replace(where, right=where.left), "no sense"),
        (replace(where, cells=0), "no sense"),
        (replace(where, cells=-4), "no sense"),
        (replace(where, cells=30_000), "too many cells"),
        (replace(where, cells=True), "wrong kind"),
        (replace(where, m=0), "wrong kind"),
        (replace(where, m=Fraction(-(10**30)), left=Fraction(-(10**31))), "no finite enclosure"),
        (replace(where, left=where.m - Fraction(1, 10**9)), "own side|too near"),
        (replace(where, right=Fraction(1, 10**6), m=Fraction(0)), "too near"),
    ):
        refused(given, rule, *premises, why=why, proposal=wrong, table=own)
    level = LevelProposal(Fraction(1))
    refused(given, rule, *premises, why="no proposal of this kind", proposal=level, table=own)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (net("tanh"), "numbers for lambda"),
        (net("tanh", lam=1, noise=1), "numbers for lambda"),
        (net("tanh", lam=1, noise=1, outer=MIXED), "more than one weight"),
        (
            bench(problem("tanh", lam=1, noise=1, outer=MIXED, samples=ONE_COLUMN)),
            "more than one weight",
        ),
        (net("tanh", lam=1, noise=1, outer=ONE_WEIGHT), "more than one weight"),
    ],
)
def test_the_criterion_is_for_one_weight(given: Workbench, why: str) -> None:
    where = QuadratureProposal(Fraction(0), Fraction(-9), Fraction(9), 40)
    premises = given.parameters(), routes.dissipative(given)
    refused(given, "gap in one dimension", *premises, why=why, proposal=where, table=given.table)


def test_no_rate_where_nothing_bounds_the_law() -> None:
    with pytest.raises(STUCK):
        routes.rate(net("z^3"))
