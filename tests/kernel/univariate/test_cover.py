"""The verifier: covers prove what they say, and altered covers are refused."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from proofkit.errors import DomainError, InternalError
from proofkit.kernel.univariate import balls, tail, terms
from proofkit.kernel.univariate.cover import verify_cover, verify_witness
from proofkit.kernel.univariate.domain import check_domain, smooth_pieces, smoothness
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.periods import period_cover
from proofkit.kernel.univariate.quantity import Cover, Piece, Quantity, Witness
from proofkit.kernel.univariate.workspace import Workspace
from proofkit.search.jets import Evaluator
from proofkit.search.supremum import Supremum, supremum


def cover_of(text: str, order: int) -> tuple[Quantity, Supremum, Cover]:
    w = Workspace(parse(text))
    q = Quantity(w.root, order)
    found = supremum(w, q)
    assert found.cover is not None
    return q, found, found.cover


@pytest.mark.parametrize(
    ("text", "order"),
    [("tanh(z)", 1), ("softplus(z)", 2), ("sin(z)", 1), ("z/sqrt(1+z^2)", 2), ("exp(-z^2)", 0)],
)
def test_covers_are_accepted(text: str, order: int) -> None:
    q, found, cover = cover_of(text, order)
    assert verify_cover(q, cover, None, None) == ""
    assert found.witness is not None and verify_witness(q, found.witness, found.lower) == ""


def test_a_false_bound_is_refused() -> None:
    q, found, cover = cover_of("tanh(z)", 1)
    assert verify_cover(q, replace(cover, bound=Fraction(99, 100)), None, None)
    assert verify_cover(q, replace(cover, bound=Fraction(1) - Fraction(1, 10**15)), None, None)
    assert found.witness is not None and verify_witness(
        q, found.witness, found.lower + Fraction(1, 10**12)
    )


def test_gaps_missing_ends_and_wrong_rules_are_refused() -> None:
    q, _, cover = cover_of("softplus(z)", 2)
    pieces = tuple(sorted(cover.pieces, key=lambda p: p.left))
    assert verify_cover(q, replace(cover, pieces=pieces[:3] + pieces[4:]), None, None).startswith(
        "a gap"
    )
    assert verify_cover(q, replace(cover, pieces=()), None, None)
    wide = Piece(pieces[0].left, pieces[-1].right, "falling")
    assert verify_cover(q, replace(cover, pieces=(wide,)), None, None)
    assert verify_cover(q, replace(cover, pieces=(replace(wide, rule="trust me"),)), None, None)
    assert verify_cover(
        q, replace(cover, pieces=(Piece(Fraction(-1), Fraction(1), "ball"),)), None, None
    )


def test_a_witness_at_infinity_must_be_the_limit() -> None:
    q = Quantity(parse("tanh(z)"))
    assert verify_witness(q, Witness("limit", Fraction(1), None, 1), Fraction(1)) == ""
    assert verify_witness(q, Witness("limit", Fraction(1), None, -1), Fraction(1))
    assert verify_witness(q, Witness("limit", Fraction(2), None, 1), Fraction(2))
    assert verify_witness(q, Witness("hearsay", Fraction(1), None, 1), Fraction(1))


EXPRESSIONS = (
    "tanh(z)", "softplus(z)", "z*(1+erf(z/sqrt(2)))/2", "z*tanh(softplus(z))", "(z+sqrt(z^2+4))/2", "asinh(z)", "log(1+z^2)", "atan(z)*z",
    "sin(z)/(1+z^2)", "exp(-z^2)*cos(3*z)", "tanh(z+sin(z))", "exp(-exp(z))", "exp(-asinh(z)^2)", "1/(2+sin(z))", "log(2+cos(z))+z", "erf(atan(z))", "z/(1+z^4)^(1/2)",
)  # fmt: skip


@given(
    st.sampled_from(EXPRESSIONS),
    st.sampled_from([1, -1]),
    st.sampled_from([8, 16, 64]),
    st.fractions(1, 40, max_denominator=8),
    st.integers(0, 2),
)
def test_tail_expansions_contain_the_function(
    text: str, end: int, start: int, factor: Fraction, order: int
) -> None:
    root = parse(text)
    point = Fraction(start) * factor
    with balls.precision(256):
        try:
            jet = tail.jets(root, tail.Half(Fraction(start), end), 2)
        except tail.TailError:
            return
        f = tail.derivative(jet, order)
        half = tail.Half(point, end)
        total = arb(0)
        for mono, c in f.terms.items():
            total += c.ball * half.value(mono)
        if f.rest is not None:
            total += f.rest[1].hull() * half.value(f.rest[0])
        truth = balls.Tape(root).series(balls.ball(point * end), 4)[order] * (
            2 if order == 2 else 1
        )
        assert total.overlaps(truth)


@given(st.sampled_from(EXPRESSIONS), st.fractions(-8, 8, max_denominator=64), st.integers(0, 3))
def test_ball_series_contain_mpmath_derivatives(text: str, point: Fraction, order: int) -> None:
    root = parse(text)
    evaluator = Evaluator(root, 50)
    truth = evaluator.derivatives(point, order)[order]
    with balls.precision(128):
        s = balls.Tape(root).series(
            balls.hull(point - Fraction(1, 1000), point + Fraction(1, 1000)), 5
        )
        enclosure = s[order] * [1, 1, 2, 6][order]
        value = arb(str(evaluator.context.nstr(truth, 40))) + arb(0, 1e-12)
        assert enclosure.overlaps(value)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("log(z)", "-16"),
        ("sqrt(z)", "-16"),
        ("1/z", "z = 0"),
        ("1/z^2", "z = 0"),
        ("1/(z^2-2)", "1.41421356"),
        ("log(z^2-1)", "z = "),
        ("1/sin(z)", "z = 0"),
        ("sqrt(1-z^2)", "z = "),
        ("z^(1/3)", "z = "),
        ("log(sin(z))", "z = "),
    ],
)
def test_domain_errors_say_where(text: str, where: str) -> None:
    with pytest.raises(DomainError, match="not a real number on all of R") as error:
        check_domain(parse(text))
    assert where in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "log(z^2-z+1)",
        "1/(2+sin(z))",
        "sqrt(1+z^4)",
        "1/(1+exp(z))",
        "log(cosh(z))",
        "1/(z^2+z+1)",
        "sqrt(2-tanh(z))",
        "log(1+Abs(z))",
    ],
)
def test_domains_that_are_fine(text: str) -> None:
    check_domain(parse(text))


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("Abs(z)", 0),
        ("z*Abs(z)", 1),
        ("Abs(z)^3", 2),
        ("Max(z^2, z)", 0),
        ("Abs(z^2)", None),
        ("Max(z, z)", None),
        ("Abs(1+z^2)", None),
    ],
)
def test_smoothness_class(text: str, order: int | None) -> None:
    assert smoothness(smooth_pieces(parse(text)), parse(text)).order == order


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("Abs(-z^2)", "z^2"),
        ("Abs(-exp(z))", "exp(z)"),
        ("Abs(1-4)", "3"),
        ("Max(-(z^2)-1, 0)", "0"),
        ("Min(z, z)", "z"),
    ],
)
def test_the_branch_of_a_kink_that_never_changes_sign(text: str, meaning: str) -> None:
    (piece,) = smooth_pieces(parse(text))
    f, g = balls.Tape(piece.root), balls.Tape(parse(meaning))
    for x in (-2, 0, 1, 3):
        assert f.series(arb(x), 1)[0].overlaps(g.series(arb(x), 1)[0])


@pytest.mark.parametrize("name", sorted(terms.FUNCTIONS))
def test_the_last_coefficient_of_a_series_is_computed(name: str) -> None:
    """A series shorter than asked for would read as zero, and a zero second derivative proves
    anything.
    """
    tape = balls.Tape(terms.call(name, terms.add(terms.num(2), terms.power(terms.Z, Fraction(2)))))
    for length in range(1, 8):
        with balls.precision(128, length):
            short = tape.series(arb("0.7"), length)
        with balls.precision(128, 12):
            long = tape.series(arb("0.7"), 12)
        assert short.prec >= length
        assert all(short[n].overlaps(long[n]) for n in range(length)) and short[length - 1] != 0


def test_not_a_number_decides_nothing() -> None:
    x = arb.nan()
    assert not any((x <= 1, x >= 0, x != 0, x == 0, balls.at_most(x, Fraction(1))))


def test_one_period_is_not_less_than_a_period() -> None:
    period = period_cover(Quantity(parse("sin(z) + cos(z/3)")))
    assert period is not None
    with balls.precision(256):
        assert balls.ball(period) >= 6 * arb.pi()
        assert balls.ball(period) <= 6 * arb.pi() + arb("1e-15")


def test_disagreement_with_mpmath_stops_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    from proofkit.search.second_opinion import recheck

    q, found, _ = cover_of("tanh(z)", 1)
    with pytest.raises(InternalError, match="above the bound"):
        recheck(q, None, None, replace(found, upper=Fraction(9, 10), lower=Fraction(8, 10)))
    with pytest.raises(InternalError, match="was claimed"):
        recheck(q, None, None, replace(found, upper=Fraction(2), lower=Fraction(2)))


@pytest.mark.parametrize(
    "op", ["exp", "tanh", "sinh", "cosh", "log1pexp", "sigmoid", "logistic", "asinh", "atan", "erf"]
)
def test_a_short_argument_gives_a_short_series(op: str) -> None:
    """What is not known of the argument must not read as a derivative that is zero."""
    from flint import arb, arb_series

    from proofkit.kernel.univariate import balls

    text = {"log1pexp": "softplus"}.get(op, op)
    for radius in (0, 1):
        with balls.precision(128, 5):
            short = arb_series([arb(1) + arb(0, radius), 1], prec=2)
            found = balls.function(text, short, 5)
            assert found.prec <= 2 or not any(found[k].is_finite() for k in range(2, 5))
