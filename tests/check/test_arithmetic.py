"""The checker's own arithmetic: expressions, balls, tails, against mpmath."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from flint import arb, ctx, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit.activation.catalogue import CATALOGUE, Activation
from proofkit.check import tail
from proofkit.check.cover import Quantity, below, frozen, reach, shift, slowest, smooth, swing
from proofkit.check.expr import Refused, jet, number, parse, tape
from proofkit.check.rules import derivation
from proofkit.kernel.univariate.parser import parse as reference
from proofkit.search.jets import Evaluator

SMOOTH = [
    Activation.of(n).text
    for n in CATALOGUE
    if n not in ("relu", "leaky_relu", "elu", "softsign", "hardtanh")
]
MORE = ["atan(z) + z/2", "tanh(z)^3", "z/(1 + exp(-1.702*z))", "1/(1 + z^4)", "z*exp(-z^2)", "erf(z)*atan(z)", "sin(z)/(1 + z^2)", "log(2 + tanh(z))", "(1 + z^2)^(-2/3)", "cos(atan(z))", "tanh(1 + 1/(1 + z^2))", "1/cosh(z)", "1/(1 + exp(-z))^2", "(exp(z) - exp(-z))/(exp(z) + exp(-z))", "exp(1 - z)*cosh(z/2 - 1)", "z/(exp(z) + exp(-z/2))", "sqrt(1 + exp(2*z))", "erfc(z)", "erf(z)^2", "erfc(-z/3)*z", "sinh(z)/(2 + cosh(2*z))", "exp(z - z^2)", "exp(sin(z) - z^2)", "log(2 + exp(z))", "log(exp(z/2) + exp(-2*z))", "z*atan(z)", "z/(1 + z^2)^(1/4)", "(1 + z^2)^(1/3)", "2/pi*atan(sinh(z))", "exp(-exp(z))", "z*tanh(exp(z))", "z*erf(z) + exp(-z^2)/sqrt(pi)", "log(1 + exp(z)/(1 + z^2))", "asinh(z)*tanh(z)", "log(1 + z^2)/(1 + z^2)", "log(1 + exp(z))*atan(z)", "sin(atan(2*z))*z", "(pi + z^2)^(1/2)", "erf(erf(z) + z)", "log(2 + exp(z)*(1 + z^4))", "(exp(2*z) - 1)/(exp(2*z) + 1)", "1.7159*tanh(2*z/3)", "tanh(sqrt(2)*z)", "z*log(1 + 1/(1 + exp(-z)))", "z*log(2 - exp(-exp(z)))"]  # fmt: skip


@given(
    st.sampled_from(SMOOTH + MORE),
    st.fractions(-6, 6, max_denominator=64),
    st.sampled_from([0, 2**-30, 2**-6]),
)
@settings(max_examples=150, deadline=None)
def test_series_over_balls_enclose_the_derivatives(text: str, z: Any, radius: float) -> None:
    f = Evaluator(reference(text), 40)
    exact = f.derivatives(f.context.mpf(z.numerator) / z.denominator, 3)
    try:
        found = jet(tape(parse(text)), arb(fmpq(z.numerator, z.denominator)) + arb(0, radius), 4)
    except Refused:
        assert radius  # a box that is too wide
        return
    factorial = 1
    for k, value in enumerate(exact):
        factorial *= k or 1
        assert (found[k] * factorial).overlaps(arb(str(value)) + arb(0, "1e-30"))


@given(
    st.sampled_from(SMOOTH + MORE),
    st.sampled_from([16, 64, 1024]),
    st.sampled_from([1, -1]),
    st.fractions(1, 50, max_denominator=7),
    st.integers(0, 3),
)
@settings(max_examples=200, deadline=None)
def test_tails_enclose_the_derivatives(
    text: str, start: int, end: int, factor: Any, k: int
) -> None:
    before, ctx.prec = ctx.prec, 128
    try:
        try:
            f = tail.expand(parse(text), fmpq(start), end, 3)[k]
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
        low, high = (
            sum(
                (
                    arb(p[i]) * tail.size(t, k, j) * (-arb(a * t**d / tail.UNIT)).exp()
                    for (d, a, k, j), p in f.c.items()
                ),
                arb(0),
            )
            for i in (0, 1)
        )
        slack = arb("1e-25") * (1 + abs(value))
        assert not (value < low - slack or value > high + slack), (text, start, end, k)
        try:
            assert not value > arb(f.upper()) + slack
        except Refused:
            return
    finally:
        ctx.prec = before


@given(
    st.sampled_from(SMOOTH + MORE), st.sampled_from(["{}", "z*({})", "({})*z/3 - z/2", "2*({}) - z*({})"]), st.fractions(0, 2, max_denominator=2),
    st.sampled_from([1, -1]), st.fractions(1, 50, max_denominator=7),
)  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_the_euler_defect_on_half_lines(
    text: str, form: str, kappa: Any, end: int, factor: Any
) -> None:
    text = form.replace("{}", text)
    q = Quantity(parse(text), 1, fmpq(kappa.numerator, kappa.denominator), 1)
    try:
        f = q.beyond(fmpq(16), end)
    except Refused:
        return
    e, t = Evaluator(reference(text), 60), 16 * fmpq(factor.numerator, factor.denominator)
    z = e.context.mpf(end * int(t.p)) / int(t.q)
    try:
        values = e.derivatives(z, 1)
        value = arb(str(z * values[1] - values[0] * kappa.numerator / kappa.denominator))
    except OverflowError:
        return
    low, high = (
        sum(
            (
                arb(p[i]) * tail.size(t, k, j) * (-arb(a * t**d / tail.UNIT)).exp()
                for (d, a, k, j), p in f.c.items()
            ),
            arb(0),
        )
        for i in (0, 1)
    )
    slack = arb("1e-25") * (1 + abs(value))
    assert not (value < low - slack or value > high + slack)


def test_what_is_never_positive_does_not_hide_the_rest() -> None:
    """-z^2 log(1 + z^2) has a logarithm between a number and a power; only the number matters from
    above.
    """
    q = Quantity(parse("2*z^2 - z^2*log(1 + z^2)"), 1, None, 1)
    assert below(q, fmpq(16), 1, fmpq(0)) and not below(q, fmpq(16), 1, fmpq(-10000))
    assert below(
        Quantity(parse("-asinh(z)"), 0, None, 1), fmpq(16), 1, fmpq(-27, 10)
    ) and not below(Quantity(parse("-asinh(z)"), 0, None, 1), fmpq(16), 1, fmpq(-7, 2))


def test_constants_that_are_no_rationals_cancel() -> None:
    """z log(1 + sigmoid(z)) - z log 2 -> 0, whatever log 2 is; tanh stays below 1 although sqrt(2)
    is no rational.
    """
    assert Quantity(parse("z*log(1 + 1/(1 + exp(-z)))"), 1, fmpq(1), -1).beyond(
        fmpq(16), 1
    ).limit() == (0, 0)
    assert below(Quantity(parse("tanh(sqrt(2)*z)"), 0, None, 1), fmpq(16), 1, fmpq(1))
    assert below(Quantity(parse("1.7159*tanh(2*z/3)"), 0, None, 1), fmpq(16), 1, fmpq(17159, 10000))
    assert not below(
        Quantity(parse("1.7159*tanh(2*z/3)"), 0, None, 1),
        fmpq(16),
        1,
        fmpq(17159, 10000) - fmpq(1, 10**20),
    )


WAVES = [
    "sin(z)",
    "cos(3*z)/2 + sin(2*z/5 - 1)",
    "tanh(z)*cos(z)",
    "exp(sin(z))/(1 + exp(-z))",
    "sin(z)*cos(z/2)*atan(z)",
    "sin(cos(z))/(1 + z^2)",
    "z + sin(z + 1)*tanh(z)",
]


def test_a_wave_stays_below_what_it_approaches_and_nothing_less() -> None:
    for text, sup in (
        ("sin(z)/2 + tanh(z)", fmpq(3, 2)),
        ("tanh(z)*cos(2*z)", fmpq(1)),
        ("z*sin(z)/sqrt(1 + z^2)", fmpq(1)),
    ):
        q = Quantity(parse(text), 0, None, 1)
        assert not below(q, fmpq(16), 1, sup - fmpq(1, 1000))
        if text[0] != "z":
            assert below(q, fmpq(16), 1, sup)


@given(
    st.sampled_from(WAVES),
    st.integers(20, 200),
    st.fractions(-1, 1, max_denominator=32),
    st.fractions(0, Fraction(1, 16), max_denominator=64),
    st.sampled_from([1, -1]),
)
@settings(max_examples=200, deadline=None)
def test_waves_along_a_phase(text: str, k: int, turns: Any, width: Any, end: int) -> None:
    """At z = (turns + 2k) pi/slow the derivatives lie in what is computed for every arc of phases
    around it.
    """
    tree = parse(text)
    slow = slowest(tree)
    before, ctx.prec = ctx.prec, 128
    try:
        phase = (
            fmpq(turns.numerator, turns.denominator)
            if not width
            else arb(
                fmpq(turns.numerator, turns.denominator), fmpq(width.numerator, width.denominator)
            )
        )
        e = Evaluator(reference(text), 60)
        k *= end
        z = (
            (e.context.mpf(turns.numerator) / turns.denominator + 2 * k)
            * e.context.pi
            * int(slow.q)
            / int(slow.p)
        )
        found = tail.expand(frozen(tree, phase, slow), fmpq(16), end, 2)
        for order, (f, value) in enumerate(zip(found, e.derivatives(z, 2), strict=False)):
            t, v = arb(str(abs(z))), arb(str(value)) / (2 if order == 2 else 1)
            terms = [
                (
                    p,
                    tail.size(fmpq(1), 0, j)
                    * t ** arb(m)
                    * (-arb(a) / arb(tail.UNIT) * t**d).exp(),
                )
                for (d, a, m, j), p in f.c.items()
            ]
            low, high = (sum((arb(p[i]) * size for p, size in terms), arb(0)) for i in (0, 1))
            assert not (v < low - arb("1e-20") or v > high + arb("1e-20")), (order, v, low, high)
    finally:
        ctx.prec = before


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("tanh(z)", 2),
        ("exp(z + 1/z)", 16),
        ("1/(1 + z)", 2),
        ("tanh(z)", 2**65),
        ("1/(1 + 2*sin(z))", 16),
        ("Abs(z)", 16),
        ("log(1 + 1000*exp(z/1000)/(1 + z^2))", 16),
        ("erfc(1000*exp(z/1000)/(1 + z^2))", 16),
    ],
)
def test_a_tail_that_has_not_settled_is_refused(text: str, start: int) -> None:
    with pytest.raises(Refused):
        tail.expand(parse(text), fmpq(start), 1, 1)


@pytest.mark.parametrize(("text", "limit"), [("tanh(z)", 1), ("z/sqrt(1 + z^2)", 1), ("z^3*exp(-z)", 0), ("cos(1/z)", 1), ("sin(z)", None), ("z + sin(z)", None), ("sin(z)*tanh(z) + 1/z", None), ("z", None), ("log(1 + exp(z)/(1 + z^2)) - z", None), ("log(1 + z^4)/z", 0), ("asinh(z)*exp(-z)", 0), ("z*atan(z) - pi*z/2", -1), ("z*cos(atan(z))", 1), ("exp(z - exp(z))", 0), ("(1 + z^3)^(1/3) - z", 0)])  # fmt: skip
def test_limits(text: str, limit: int | None) -> None:
    f = tail.expand(parse(text), fmpq(64), 1, 0)[0]
    if limit is None:
        with pytest.raises(Refused):
            f.limit()
    else:
        low, high = f.limit()
        assert low <= limit <= high and high - low < fmpq(1, 10**9)


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
        value = jet(tape(tree), arb(fmpq(1, 3)), 1)[0]
    except (Refused, ZeroDivisionError):
        return
    try:
        f = Evaluator(reference(text), 30)
        other = f.derivatives(f.context.mpf(1) / 3, 0)[0]
    except Exception:
        return
    assert not value.is_finite() or value.overlaps(
        arb(str(other)) * (1 + arb(0, "1e-20")) + arb(0, "1e-20")
    )


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("1/(1 + exp(-z))", (0, True), None), ("tanh(z)^2 - 3", (-3, False), None), ("exp(-z^2)", (0, True), (1, False)), ("log(1 + exp(z))", (0, True), None),
        ("z", None, None), ("1/(1 + z^4)", (0, True), None), ("2 - cos(z)", (1, False), (3, False)), ("1 - z", None, None), ("-exp(z)", None, (0, True)),
        ("2 - exp(-exp(z))", (1, True), (2, True)), ("log(2 - exp(-exp(z)))", (0, True), None), ("exp(z^2)", (1, False), None), ("exp(tanh(z))", (0, True), None),
        ("exp(exp(z))", (1, True), None), ("log(1 - exp(-exp(z)))", None, (0, True)), ("3 + pi - erfc(z)", (4, True), (7, True)), ("1 - Abs(z)", None, (1, False)),
        ("-(1 + z^2)", None, (-1, False)), ("sin(z)*2 + 2", None, None),
    ],
)  # fmt: skip
def test_what_is_seen_of_the_range(text: str, low: Any, high: Any) -> None:
    assert reach(parse(text)) == (low, high)


@given(
    st.sampled_from(SMOOTH + MORE + ["exp(z)", "z^2*exp(-z)", "cosh(z) - z^2", "1/(2 + sin(z))", "log(3 + cos(z))", "Abs(z) + 1", "3 - tanh(z)", "(2 - sin(z))^(1/2)", "-tanh(z)", "(z^2 + 1)*(z^2)", "log(2 - exp(-exp(z)))", "exp(-exp(z) - z^2)", "log(1 - exp(-exp(z)))", "erfc(z) - atan(z)", "exp(1 + z^2)", "exp(sin(z) - 1)"]),
    st.fractions(-40, 40, max_denominator=9),
)  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_what_is_seen_of_the_range_holds(text: str, z: Any) -> None:
    low, high = reach(parse(text))
    f = Evaluator(reference(text), 40)
    try:
        value = arb(str(f.derivatives(f.context.mpf(z.numerator) / z.denominator, 0)[0]))
    except (ArithmeticError, ValueError):
        return
    assert low is None or value >= arb(low[0]) - arb("1e-9")
    assert high is None or value <= arb(high[0]) + arb("1e-9")


@given(
    st.sampled_from(["z + sin(z)", "z - sin(3*z/2 + 1)^2/3", "2*(z/3 - cos(z)*2) + 1", "cos(2 - z)/4 - sin(z/5)^2*7 - z", "-(sin(z) + 3)/2", "sin(1)^2 + z"]),
    st.integers(0, 3), st.fractions(-40, 40, max_denominator=9),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_lines_and_waves_swing_no_farther(text: str, order: int, z: Any) -> None:
    found, f = swing(parse(text), order), Evaluator(reference(text), 40)
    assert found is not None
    value = arb(str(f.derivatives(f.context.mpf(z.numerator) / z.denominator, order)[order]))
    line = arb(found[0]) * arb(fmpq(z.numerator, z.denominator)) + arb(found[1])
    assert abs(value - line) <= arb(found[2]) + arb("1e-9")


def test_what_is_no_sum_of_lines_and_waves() -> None:
    assert not any(
        swing(parse(text), 1)
        for text in (
            "sin(z^2)",
            "z*sin(z)",
            "sin(z)*cos(z)",
            "tanh(z)",
            "sin(z)^3",
            "1/sin(z)",
            "z^2",
        )
    )


def test_periods_and_slopes() -> None:
    assert shift(parse("z + 2*sin(z)"), fmpq(2)) == 2 and shift(
        parse("z/3 + 2*sin(z)"), fmpq(4)
    ) == fmpq(4, 3)
    assert (
        shift(parse("sin(2*z/3)*cos(z/2)"), fmpq(12)) == 0
        and shift(parse("sin(2*z/3)*cos(z/2)"), fmpq(6)) is None
    )
    assert (
        shift(parse("3"), fmpq(2)) == 0
        and shift(parse("exp(sin(z + 1))"), fmpq(2)) == 0
        and shift(parse("sin(z + cos(z))"), fmpq(2)) == 0
    )
    for text in (
        "sin(z^2)",
        "z*sin(z)",
        "tanh(z)",
        "sin(z) + exp(z)",
        "sin(pi*z) + sin(z)",
        "z*z",
        "z^2",
    ):
        assert shift(parse(text), fmpq(2)) is None


@pytest.mark.parametrize(
    "text",
    [
        "Max(z, 0)",
        "Abs(z)",
        "1/z",
        "log(z)",
        "sqrt(z)",
        "1/(z^2 - 1)",
        "log(cosh(z) - 2)",
        "z^(-2)",
        "1/sin(z)",
        "1/(exp(z) - 1)",
        "sqrt(z^2)",
    ],
)
def test_what_is_not_visibly_smooth(text: str) -> None:
    with pytest.raises(Refused):
        smooth(parse(text))


def test_a_false_formula_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from proofkit.check import rules

    derivation(parse("tanh(z)"), "squared", "x")
    derivation(parse("tanh(z)"), "logistic", "x")
    for name in ("gradient", "hessian", "laplacian"):
        right = getattr(rules.Net, name)
        monkeypatch.setattr(
            rules.Net, name, lambda self, *a, right=right: right(self, *a) + arb("1e-9")
        )
        with pytest.raises(Refused):
            derivation(parse("tanh(z)"), "squared", "x")
        monkeypatch.setattr(rules.Net, name, right)


@pytest.mark.parametrize("text", ["1.5", "3/4", "-2", "1e3", "2.50e-2"])
def test_numbers(text: str) -> None:
    from fractions import Fraction

    top, _, below = text.partition("/")
    value = Fraction(top) / Fraction(below or 1)
    assert number(text) == fmpq(value.numerator, value.denominator)
