"""Tails that oscillate: coefficients as functions of a phase, kept correlated."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

from proofkit.kernel.univariate import balls, coefficients, tail, terms
from proofkit.kernel.univariate.coefficients import TailError
from proofkit.kernel.univariate.cover import phase_below, verify_cover, verify_witness
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.quantity import Quantity
from proofkit.kernel.univariate.workspace import Workspace
from proofkit.search.facts import derive_facts
from proofkit.search.jets import Evaluator
from proofkit.search.supremum import supremum


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("exp((1/3 + cos(z))*erf(z))", "sup", "exp(4/3)"),
        ("sin(z)*atan(z)", "M1", "pi/2"),
        ("z + cos(asinh(z))", "H", "sqrt(2)"),
        ("sin(z + log(2 + asinh(z^2)))", "sup", "1"),
        ("sin(z/2)*tanh(z) + cos(z/3)", "inf", "2"),
        ("cos(asinh(z))*erf(z)", "sup", None),
    ],
)
def test_suprema_approached_along_a_phase(text: str, name: str, value: str | None) -> None:
    facts = derive_facts(parse(text), exact=False)
    bound = facts.euler.H if name == "H" and facts.euler else getattr(facts, name)
    assert bound is not None and not bound.infinite and not bound.wider_than(Fraction(1, 10**12))
    if value is not None:
        with balls.precision(128):
            x = balls.Tape(parse(value)).series(arb(0), 1)[0]
            assert x > balls.ball(bound.lower) - arb("1e-30") and x < balls.ball(bound.upper) + arb(
                "1e-30"
            )


@pytest.mark.parametrize(
    "text",
    [
        "exp((1/3 + cos(z))*erf(z))",
        "sin(z)*atan(z)",
        "cos(z)*(1 + 1/(1 + z^2))",
        "sin(exp(z))",
        "(2 + sin(z))/(1 + exp(-z))",
    ],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_covers_with_oscillating_tails_replay_and_lower_bounds_do_not(text: str, sign: int) -> None:
    q = Quantity(parse(text), 0, None, sign)
    w = Workspace(q.root, 1)
    found = supremum(w, q)
    assert found.cover is not None and found.witness is not None
    assert verify_cover(q, found.cover, None, None) == ""
    assert verify_witness(q, found.witness, found.lower) == ""
    for slack in (Fraction(1, 10**9), Fraction(1, 10)):
        low = dataclasses.replace(found.cover, bound=found.lower - slack)
        assert verify_cover(q, low, None, None) != ""
        assert verify_witness(q, found.witness, found.upper + slack) != ""


def test_a_false_phase_or_quarter_is_refused() -> None:
    q = Quantity(parse("sin(exp(z))"))
    w = Workspace(q.root, 1)
    found = supremum(w, q).witness
    assert found is not None and found.kind == "quarter"
    for kind, point in (
        ("quarter", Fraction(2)),
        ("phase", Fraction(0)),
        ("phase", None),
        ("quarter", None),
    ):
        assert (
            verify_witness(q, dataclasses.replace(found, kind=kind, point=point), Fraction(1)) != ""
        )
    settled = Quantity(parse("tanh(z)"))
    assert (
        verify_witness(
            settled, dataclasses.replace(found, kind="phase", point=Fraction(1)), Fraction(1)
        )
        != ""
    )


@pytest.mark.parametrize("text", ["z*sin(z)", "z*(2*sin(z) - 1)", "cos(z^2)*z", "exp(z)*cos(z)"])
def test_a_growing_oscillation_is_unbounded(text: str) -> None:
    facts = derive_facts(parse(text), exact=False)
    assert facts.sup is not None and facts.sup.infinite


def test_an_amplitude_that_never_turns_positive_stays_undecided_or_bounded() -> None:
    # z (sin z - 1) <= 0 touches 0 at every return of a phase: never claimed to be +oo.
    facts = derive_facts(parse("z*(sin(z) - 1)"), exact=False)
    assert facts.sup is None or not facts.sup.infinite


@given(
    st.lists(
        st.sampled_from(
            ["sin(phi)", "cos(phi)", "sin(2*phi)", "exp(sin(phi))", "1/(2 + cos(phi))", "3/2"]
        ),
        min_size=1,
        max_size=4,
    ),
    st.integers(0, 10**6),
)
@settings(max_examples=60, deadline=None)
def test_arcs_enclose_the_function_of_the_phase(parts: list[str], seed: int) -> None:
    half = tail.Half(Fraction(4), 1)
    total, product = coefficients.ZERO, coefficients.ONE
    with balls.precision(128):
        tail.jets(parse("sin(z)"), half, 0)  # fixes the phase: z itself
        for text in parts:
            jet = tail.jets(parse(text.replace("phi", "z")), half, 0)[0]
            c = jet.terms[tail.UNIT]
            total, product = total + c, product * c
        context = mp.clone()
        context.dps = 40
        phi = context.mpf(seed) / 10**6 * 2 * context.pi
        values = [Evaluator(parse(t.replace("phi", "z")), 30).derivatives(phi, 0)[0] for t in parts]
        k = min(int(seed / 10**6 * coefficients.BOXES), coefficients.BOXES - 1)
        for c, value in ((total, sum(values)), (product, mp.fprod(values))):
            near = arb(str(value)) + arb(0, "1e-15")
            assert any(c.boxes[i % coefficients.BOXES].overlaps(near) for i in (k - 1, k, k + 1))
            node = c.node()
            assert node is not None
            assert (
                abs(Evaluator(node, 30).derivatives(phi, 0)[0] - value) < 1e-12
                if not node.is_constant
                else True
            )


def test_phase_below_is_sharp() -> None:
    w = Workspace(parse("sin(z)*cos(z)"), 0)
    with balls.precision(128):
        c, small = w.tail(Quantity(w.root), 1, Fraction(4)).oscillation() or (None, None)
        assert c is not None and small is not None
        assert phase_below(w, c, small, Fraction(1, 2) + Fraction(1, 10**15))
        assert not phase_below(w, c, small, Fraction(1, 2) - Fraction(1, 10**15))


def test_fractions_of_a_phase_share_it() -> None:
    # sin(z/2)^2 + cos(z/2)^2 = 1 shows that both halves are read off one phase.
    w = Workspace(parse("sin(z/3)*cos(z/2) - sin(z)"), 0)
    with balls.precision(128):
        g = w.tail(Quantity(w.root), 1, Fraction(4))
        assert g.rest is None and g.terms[tail.UNIT].turns


def test_incommensurable_phases_are_bounded_one_by_one() -> None:
    facts = derive_facts(parse("sin(z) + cos(sqrt(2)*z)/(1 + z^2)"), exact=False)
    assert facts.sup is not None and facts.sup.upper is not None and facts.sup.upper < 2


@pytest.mark.parametrize(
    ("text", "growth"),
    [
        ("asinh(asinh(1 + z^2))", "sublinear"),
        ("sqrt(1 + log(1 + z^2))", "sublinear"),
        ("log(2 + log(2 + z^2))", "sublinear"),
        ("z*log(1 + log(1 + z^2))", "superlinear"),
    ],
)
def test_powers_of_logarithms_in_tails(text: str, growth: str) -> None:
    facts = derive_facts(parse(text), exact=False)
    assert not [o for o in facts.open if not o.startswith("H")]
    assert facts.growth is not None and facts.growth[1] == growth


@pytest.mark.parametrize("start", [4, 8, 16])
@pytest.mark.parametrize("argument", ["z", "2*z + 1", "z^2/3"])
def test_the_series_of_erfc_envelops_it(start: int, argument: str) -> None:
    root = parse(f"erfc({argument})")
    with balls.precision(200):
        jet = tail.jets(root, tail.Half(Fraction(start), 1), 1)
        nu, j = jet[0].dominated()
        for z in (start, start + Fraction(1, 3), 2 * start):
            t = balls.ball(Fraction(z))
            value = balls.Tape(root).series(t, 1)[0]
            scale = tail.Half(Fraction(z), 1).value(nu)
            assert j.lo * scale <= value and value <= j.hi * scale


def test_exact_taylor_recognises_equal_coefficients() -> None:
    one, two = parse("exp(-cosh(2*z))*(z + exp(-1))"), parse("exp(-cosh(0))*(z + exp(-1))")
    with balls.precision(128):
        a, b = tail.exact_taylor(one, Fraction(0), 2), tail.exact_taylor(two, Fraction(0), 2)
        assert (a[0] - b[0]).is_zero and (a[1] - b[1]).is_zero and not (a[2] - b[2]).is_zero
        with pytest.raises(TailError):
            tail.exact_taylor(parse("1/z"), Fraction(0), 1)


@pytest.mark.parametrize(
    ("text", "constant"), [("1 + (3*z)^2", 2), ("z^3 - 7", 21), ("(z + 1)^2 - z^2", 1)]
)
def test_constant_defects_are_exact(text: str, constant: int) -> None:
    facts = derive_facts(parse(text))
    assert facts.euler is not None and facts.euler.H.lower == facts.euler.H.upper == constant


@pytest.mark.parametrize(
    ("text", "order", "sup"),
    [
        ("Abs(sin(z))", 0, 1),
        ("Max(sin(z), 1/2)", 0, 1),
        ("Abs(2 + sin(z))", None, 3),
        ("Abs(sin(z))^3", 2, 1),
    ],
)
def test_periodic_functions_with_kinks(text: str, order: int | None, sup: int) -> None:
    facts = derive_facts(parse(text))
    assert facts.smooth is not None and facts.smooth.order == order
    assert facts.sup is not None and facts.sup.lower <= sup <= facts.sup.upper < sup + Fraction(
        1, 10**12
    )


def test_flint_power_of_a_ball_around_zero() -> None:
    """Balls round zero have NaN powers in python-flint; ours are finite and even ones are not
    negative.
    """
    x = arb(0, 1)
    assert (
        balls.integer_power(x, 1).is_finite() and balls.integer_power(x, 2) >= 0
    ) or balls.integer_power(x, 2).contains(0)
    assert balls.integer_power(arb(3), -2).overlaps(arb(1) / 9)
    assert terms.power(parse("-z"), Fraction(2)) == parse("z^2")
