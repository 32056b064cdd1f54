"""The checker's own arithmetic: expressions, balls, tails, against mpmath."""

from __future__ import annotations

from typing import Any

import pytest
from flint import arb, ctx, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit.activation.catalogue import CATALOGUE, Activation
from proofkit.activation.parser import parse as reference
from proofkit.campaign.jets import Evaluator
from proofkit.check import tail
from proofkit.check.cover import linear, period, visible_range
from proofkit.check.expr import Balls, Refused, number, parse, series, tape
from proofkit.check.rules import derivation, smooth_on

SMOOTH = [Activation.of(n).text for n in CATALOGUE if n not in ("relu", "leaky_relu", "elu", "softsign", "hardtanh")]
MORE = ["atan(z) + z/2", "tanh(z)^3", "z/(1 + exp(-1.702*z))", "1/(1 + z^4)", "z*exp(-z^2)", "erf(z)*atan(z)", "sin(z)/(1 + z^2)", "log(2 + tanh(z))", "(1 + z^2)^(-2/3)", "cos(atan(z))", "tanh(1 + 1/(1 + z^2))"]  # fmt: skip


@given(st.sampled_from(SMOOTH + MORE), st.fractions(-6, 6, max_denominator=64), st.sampled_from([0, 2**-30, 2**-6]))
@settings(max_examples=150, deadline=None)
def test_series_over_balls_enclose_the_derivatives(text: str, z: Any, radius: float) -> None:
    exact = Evaluator(reference(text), 40).derivatives(z.numerator, 3) if z.denominator == 1 else None
    f = Evaluator(reference(text), 40)
    exact = f.derivatives(f.context.mpf(z.numerator) / z.denominator, 3)
    found = series(tape(parse(text)), arb(fmpq(z.numerator, z.denominator)) + arb(0, radius), 3, Balls)
    factorial = 1
    for k, value in enumerate(exact):
        factorial *= k or 1
        assert (found[k] * factorial).overlaps(arb(str(value)) + arb(0, "1e-30"))


@given(st.sampled_from(SMOOTH + MORE), st.sampled_from([16, 64, 1024]), st.sampled_from([1, -1]), st.fractions(1, 50, max_denominator=7), st.integers(0, 3))
@settings(max_examples=200, deadline=None)
def test_tails_enclose_the_derivatives(text: str, start: int, end: int, factor: Any, k: int) -> None:
    before, ctx.prec = ctx.prec, 128
    try:
        try:
            f = tail.expand(tape(parse(text)), fmpq(start), end, 3)[k]
        except Refused:
            return
        t = fmpq(start) * fmpq(factor.numerator, factor.denominator)
        e = Evaluator(reference(text), 60)
        factorial = 1
        for j in range(2, k + 1):
            factorial *= j
        x = e.context.mpf(end * int(t.p)) / int(t.q)
        try:
            value = arb(str(e.derivatives(x, 3)[k] / factorial))
        except OverflowError:
            return
        T = arb(t)
        main = sum((arb(c) * T**j for j, c in f.L.items()), arb(0))
        rest = f.E.C * T**f.E.m * (-f.E.a * T**f.E.d).exp() if f.E is not None else arb(0)
        slack = arb("1e-25") * (1 + abs(value)) + arb("1e-12") * abs(rest).upper()
        error = value - main
        assert error <= rest.upper() + slack and error >= rest.lower() - slack, (text, start, end, k)
    finally:
        ctx.prec = before


def test_a_remainder_that_still_grows_is_refused() -> None:
    with pytest.raises(Refused):
        tail.Envelope(arb(1), 10, arb(1), 1).at(arb(4))
    with pytest.raises(Refused):
        tail.expand(tape(parse("tanh(z)")), fmpq(2), 1, 1)
    with pytest.raises(Refused):
        tail.expand(tape(parse("exp(z)")), fmpq(16), 1, 1)


@given(st.text(max_size=40))
@settings(max_examples=200)
def test_any_text_is_a_tree_or_refused(text: str) -> None:
    try:
        parse(text)
    except Refused:
        return


@given(st.text(alphabet="z0123456789+-*/^().,epilogsqrtanh ", max_size=40))
@settings(max_examples=300)
def test_both_parsers_read_the_same(text: str) -> None:
    try:
        tree = parse(text)
        code = tape(tree)
        value = series(code, arb(fmpq(1, 3)), 0, Balls)[0]
    except (Refused, ZeroDivisionError):
        return
    try:
        f = Evaluator(reference(text), 30)
        other = f.derivatives(f.context.mpf(1) / 3, 0)[0]
    except Exception:
        return
    assert not value.is_finite() or value.overlaps(arb(str(other)) * (1 + arb(0, "1e-20")) + arb(0, "1e-20"))


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("1/(1 + exp(-z))", 0, 1),
        ("tanh(z)^2 - 3", -3, None),
        ("exp(-z^2)", 0, 1),
        ("log(1 + exp(z))", 0, None),
        ("z", None, None),
        ("1/(1 + z^4)", 0, 1),
        ("2 - cos(z)", 1, 3),
    ],
)
def test_visible_ranges(text: str, low: int | None, high: int | None) -> None:
    found = visible_range(parse(text))
    assert found == (None if low is None else fmpq(low), None if high is None else fmpq(high))


@given(
    st.sampled_from(SMOOTH + MORE + ["exp(z)", "z^2*exp(-z)", "cosh(z) - z^2", "1/(2 + sin(z))", "log(3 + cos(z))", "Abs(z) + 1"]),
    st.fractions(-40, 40, max_denominator=9),
)
@settings(max_examples=200, deadline=None)
def test_visible_ranges_hold(text: str, z: Any) -> None:
    low, high = visible_range(parse(text))
    f = Evaluator(reference(text), 40)
    slack = arb("1e-9")
    try:
        value = arb(str(f.derivatives(f.context.mpf(z.numerator) / z.denominator, 0)[0]))
    except (ArithmeticError, ValueError):
        return
    assert low is None or value >= arb(low) - slack
    assert high is None or value <= arb(high) + slack


def test_periods_and_slopes() -> None:
    c, turn = period(parse("z + 2*sin(z)")) or (None, arb(0))
    assert c == 1 and turn.overlaps(2 * arb.pi())
    c, turn = period(parse("sin(2*z/3)*cos(z/2)")) or (None, arb(0))
    assert c == 0 and turn.overlaps(12 * arb.pi())
    for text in ("sin(z^2)", "z*sin(z)", "tanh(z)", "sin(z) + exp(z)", "sin(pi*z) + sin(z)"):
        assert period(parse(text)) is None
    assert linear(parse("3*z/2 - 1")) == fmpq(3, 2) and linear(parse("z^2")) is None and linear(parse("z*z")) is None


@pytest.mark.parametrize(
    "text", ["Max(z, 0)", "Abs(z)", "1/z", "log(z)", "sqrt(z)", "1/(z^2 - 1)", "log(cosh(z) - 2)", "z^(-2)", "1/sin(z)", "1/(exp(z) - 1)", "sqrt(z^2)"]
)
def test_what_is_not_visibly_smooth(text: str) -> None:
    with pytest.raises(Refused):
        smooth_on(parse(text))


def test_a_false_formula_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from proofkit.check import rules

    derivation(parse("tanh(z)"), "squared", "x")
    derivation(parse("tanh(z)"), "logistic", "x")
    for name in ("gradient", "hessian", "laplacian"):
        right = getattr(rules.Net, name)
        monkeypatch.setattr(rules.Net, name, lambda self, *a, right=right: right(self, *a) + arb("1e-9"))
        with pytest.raises(Refused):
            derivation(parse("tanh(z)"), "squared", "x")
        monkeypatch.setattr(rules.Net, name, right)


@pytest.mark.parametrize("text", ["1.5", "3/4", "-2", "1e3", "2.50e-2"])
def test_numbers(text: str) -> None:
    from fractions import Fraction

    top, _, below = text.partition("/")
    value = Fraction(top) / Fraction(below or 1)
    assert number(text) == fmpq(value.numerator, value.denominator)
