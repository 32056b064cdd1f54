"""Rules about the activation: what each accepts, and every reason for which it refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofkit.kernel import claims
from proofkit.kernel.facts import Fact, infer
from proofkit.kernel.formula import Place
from proofkit.kernel.objective.objective import Objective
from proofkit.kernel.proposals import (
    AsymptoteProposal,
    OneSided,
    Proposal,
    Reached,
    SteepProposal,
    SupremumProposal,
)
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import num, to_text
from proofkit.losses.catalogue import resolve as resolve_loss

F = Fraction
BREAKS = (-16, -4, -2, -1, 0, 1, 2, 4, 16)


def about(text: str, rule: str, proposal: Proposal | None = None, *premises: Fact) -> Fact:
    """The fact that a rule makes about an activation."""
    return infer(rule, Objective(parse(text), resolve_loss("squared")), premises, proposal)


def side(sign: int, upper: Fraction | int, witness: Reached, lower: Fraction | int) -> OneSided:
    """A cover by balls, with a witness."""
    breaks = tuple(map(Fraction, BREAKS))
    return OneSided(
        sign, F(upper), F(lower), 128, breaks, ("ball",) * (len(breaks) - 1), (), witness
    )


def at(point: int | Fraction) -> Reached:
    """The value at a point."""
    return Reached("point", F(point), 0)


# -- smoothness ------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["tanh(z)", "log(1 + exp(z))", "sqrt(1 + z^2)", "z*sin(z)"])
def test_smooth_activations(text: str) -> None:
    assert about(text, "smooth").claim == claims.Smooth()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Max(z, 0)", "only C^0, at z = 0"),
        ("z*Abs(z)", "only C^1, at z = 0"),
        ("1/z", "not a real number on all of R"),
        ("log(z)", "not a real number on all of R"),
    ],
)
def test_others_are_not_smooth(text: str, why: str) -> None:
    with pytest.raises(KernelError, match="rule smooth") as refused:
        about(text, "smooth")
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("Max(z, 0)", claims.NotSmooth(0, F(0), "0")),
        ("z*Abs(z)", claims.NotSmooth(1, F(0), "0")),
        ("Abs(3*z - 1)", claims.NotSmooth(0, F(1, 3), "1/3")),
        ("Abs(sin(z))", claims.NotSmooth(0, F(0), "0")),
    ],
)
def test_the_first_derivative_that_jumps(text: str, claim: claims.Claim) -> None:
    assert about(text, "kink").claim == claim


def test_an_irrational_kink_has_no_exact_place() -> None:
    claim = about("Abs(z^2 - 2)", "kink").claim
    assert isinstance(claim, claims.NotSmooth)
    assert (claim.order, claim.at) == (0, None)
    assert claim.near == "-1.4142135623731..."


def test_a_smooth_activation_has_no_kink() -> None:
    with pytest.raises(KernelError, match="sigma is smooth"):
        about("tanh(z)", "kink")


# -- suprema ---------------------------------------------------------------------------------------


def sup_of_sine(**changes: object) -> SupremumProposal:
    """sup |sin| = 1, which is visible in the expression and reached near pi/2."""
    whole = side(1, 1, at(F(11, 7)), F(99, 100))
    visible = replace(whole, rules=("range",) * len(whole.rules))
    other = replace(visible, sign=-1, witness=at(F(-11, 7)))
    return replace(SupremumProposal("S0", None, (visible, other)), **changes)  # type: ignore[arg-type]


def test_a_supremum_is_what_its_covers_and_witnesses_show() -> None:
    fact = about("sin(z)", "supremum", sup_of_sine())
    assert fact.claim == claims.Enclosed("S0", None, F(99, 100), F(1))
    (constant,) = fact.constants
    assert (constant.name, constant.lo, constant.hi) == ("S0", F(99, 100), F(1))
    assert fact.about_activation


VISIBLE = ("range",) * (len(BREAKS) - 1)


@pytest.mark.parametrize(("name", "sign", "value"), [("S_hi", 1, 1), ("S_lo", -1, -1)])
def test_a_supremum_that_is_known_exactly_says_so(name: str, sign: int, value: int) -> None:
    """The infimum is enclosed by the supremum of -sigma."""
    one = replace(side(sign, 1, Reached("limit", None, sign), 1), rules=VISIBLE)
    fact = about("tanh(z)", "supremum", SupremumProposal(name, None, (one,)))
    assert fact.claim == claims.Enclosed(name, None, F(value), F(value), num(value))


def test_the_parameter_is_a_constant_before_the_quantity() -> None:
    breaks = tuple(F(k, 4) for k in range(-64, 65))
    whole = replace(side(1, 1, Reached("limit", None, 1), 0), breaks=breaks, rules=("ball",) * 128)
    sides = (whole, replace(whole, sign=-1))
    fact = about("tanh(z)", "supremum", SupremumProposal("H", F(0), sides))
    assert [(c.name, c.hi) for c in fact.constants] == [("kappa", 0), ("H", 1)]
    assert fact.constants[0].exact == num(0)


def test_a_form_and_a_place_are_kept_when_they_fit() -> None:
    fact = about(
        "sin(z)", "supremum", sup_of_sine(exact=parse("sqrt(99)/10"), at=Place(num(F(11, 7))))
    )
    constant = fact.constants[0]
    assert constant.exact is not None and to_text(constant.exact) == "sqrt(99)/10"
    assert str(constant.at) == "11/7"


def changed(**changes: object) -> SupremumProposal:
    """The proposal about the sine with another first side."""
    first, second = sup_of_sine().sides
    return sup_of_sine(sides=(replace(first, **changes), second))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("proposal", "why"),
    [
        (sup_of_sine(quantity="M4"), "no quantity 'M4'"),
        (sup_of_sine(quantity="sigma0"), "no quantity 'sigma0'"),
        (sup_of_sine(parameter=F(1)), "S0 has no parameter"),
        (sup_of_sine(quantity="H"), "needs a rational kappa >= 0"),
        (sup_of_sine(quantity="H", parameter=F(-1)), "needs a rational kappa >= 0"),
        (sup_of_sine(quantity="S_alpha"), "needs a rational alpha"),
        (sup_of_sine(sides=sup_of_sine().sides[:1]), "for the signs"),
        (sup_of_sine(sides=sup_of_sine().sides[::-1]), "for the signs"),
        (sup_of_sine(sides=()), "for the signs"),
        (changed(upper=F(99, 100)), "fails"),
        (changed(lower=F(1)), "does not reach"),
        (changed(bits=1), "precision"),
        (changed(bits=4001), "precision"),
        (changed(scale=F(0)), "scale is not positive"),
        (changed(scale=F(-1)), "scale is not positive"),
        (changed(breaks=()), "chain of intervals"),
        (changed(rules=(), breaks=(F(1),)), "chain of intervals"),
        (changed(breaks=tuple(map(Fraction, BREAKS[::-1]))), "chain of intervals"),
        (changed(breaks=tuple(map(Fraction, BREAKS[1:]))), "chain of intervals"),
        (changed(rules=("constant",) * 8), "one piece"),
        (changed(rules=("believe",) * 8), "'believe' fails"),
        (changed(centres=((8, F(0)),)), "belongs to no piece"),
        (changed(centres=((1, F(0)), (1, F(1)))), "belongs to no piece"),
        (changed(rules=("range",) * 10**6, breaks=tuple(map(F, range(10**6 + 1)))), "too long"),
        (changed(witness=Reached("point", None, 0)), "no point, no limit and no phase"),
        (changed(witness=Reached("point", F(11, 7), 1)), "no point, no limit and no phase"),
        (changed(witness=Reached("limit", None, 0)), "no point, no limit and no phase"),
        (changed(witness=Reached("limit", None, 2)), "no point, no limit and no phase"),
        (changed(witness=Reached("limit", F(0), 1)), "no point, no limit and no phase"),
        (changed(witness=Reached("phase", None, 1)), "no point, no limit and no phase"),
        (changed(witness=Reached("quarter", F(1, 2), 1)), "no point, no limit and no phase"),
        (changed(witness=Reached("hope", F(11, 7), 0)), "no point, no limit and no phase"),
        (changed(witness=Reached("limit", None, 1)), "an oscillation remains"),
        (sup_of_sine(exact=num(2)), "not in the enclosure"),
        (sup_of_sine(exact=parse("z")), "not in the enclosure"),
        (sup_of_sine(exact=parse("log(-1)")), "not in the enclosure"),
        (sup_of_sine(at=Place(num(0))), "is not reached at 0"),
        (sup_of_sine(at=Place(parse("z"))), "is not reached at z"),
        (sup_of_sine(at=Place(num(F(11, 7)), 1)), "is not reached"),
        (sup_of_sine(at=Place(None, 1)), "is not reached at z -> oo"),
        (sup_of_sine(at=Place()), "is not reached at every z"),
        (sup_of_sine(parameter=1), "wrong kind"),
        (sup_of_sine(exact="1"), "wrong kind"),
        (changed(upper=1), "wrong kind"),
        (changed(sign=True), "wrong kind"),
        (AsymptoteProposal(1, F(0)), "no proposal of this kind"),
        (None, "needs a proposal"),
    ],
)
def test_a_supremum_that_is_not_shown_is_refused(proposal: Proposal | None, why: str) -> None:
    with pytest.raises(KernelError, match="rule supremum") as refused:
        about("sin(z)", "supremum", proposal)
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [("Max(z, 0)", "kinks"), ("1/z", "not a real number"), ("exp(1/z)", "not a real number")],
)
def test_suprema_are_those_of_smooth_functions_on_all_of_R(text: str, why: str) -> None:
    # -exp is visibly at most 0, whatever its argument is.
    low = replace(side(-1, 0, at(1), -10), rules=("range",) * 8)
    with pytest.raises(KernelError, match=why):
        about(text, "supremum", SupremumProposal("S_lo", None, (low,)))


def test_a_refusal_is_not_remembered_as_a_success() -> None:
    wrong = changed(upper=F(1, 2))
    for _ in range(2):
        with pytest.raises(KernelError):
            about("sin(z)", "supremum", wrong)


@given(st.fractions(F(1, 2), F(3, 2)), st.fractions(F(1, 2), F(3, 2)))
def test_no_false_enclosure_of_the_sine_is_accepted(upper: Fraction, lower: Fraction) -> None:
    first, second = sup_of_sine().sides
    sides = tuple(replace(one, upper=upper, lower=lower) for one in (first, second))
    proposal = sup_of_sine(sides=sides)
    if lower > 1 or upper < 1:
        with pytest.raises(KernelError):
            about("sin(z)", "supremum", proposal)
    elif upper >= 1 and lower <= F(99, 100):
        assert about("sin(z)", "supremum", proposal).constants[0].hi == upper


# -- the value at zero, the ends -------------------------------------------------------------------


def test_the_value_at_zero() -> None:
    fact = about("1/(1 + exp(-z))", "value at zero")
    half = F(1, 2)
    assert fact.claim == claims.Enclosed("sigma0", None, half, half, num(half), Place(num(0)))
    (softplus,) = about("log(1 + exp(z))", "value at zero").constants
    assert softplus.lo is not None and softplus.hi is not None and softplus.exact is None
    assert softplus.lo < F(693147180559945309, 10**18) + F(1, 10**18) and softplus.lo < softplus.hi


@pytest.mark.parametrize(
    ("text", "why"), [("Max(z, 0)", "kinks"), ("1/z", "not a real number"), ("log(z)", "log")]
)
def test_there_need_be_no_value_at_zero(text: str, why: str) -> None:
    with pytest.raises(KernelError, match=why):
        about(text, "value at zero")


def test_asymptotes() -> None:
    right = about("log(1 + exp(z))", "asymptote", AsymptoteProposal(1, F(1)))
    assert right.claim == claims.Asymptote(1, F(1), F(0), F(0))
    left = about("Max(z, 0)", "asymptote", AsymptoteProposal(-1, F(0)))
    assert left.claim == claims.Asymptote(-1, F(0), F(0), F(0))


@pytest.mark.parametrize(
    ("text", "proposal", "why"),
    [
        ("tanh(z)", AsymptoteProposal(0, F(0)), "neither"),
        ("tanh(z)", AsymptoteProposal(1, F(1)), "no finite limit"),
        ("sin(z)", AsymptoteProposal(1, F(0)), "no finite limit"),
        ("1/z", AsymptoteProposal(1, F(0)), "not a real number"),
        ("tanh(z)", AsymptoteProposal(1, 0), "wrong kind"),  # type: ignore[arg-type]
    ],
)
def test_no_asymptote(text: str, proposal: AsymptoteProposal, why: str) -> None:
    with pytest.raises(KernelError, match=why):
        about(text, "asymptote", proposal)


STEEP = SteepProposal(1, 1, F(4), F(2), 1)


def test_steep_ends() -> None:
    fact = about("z^2", "steep", STEEP)
    assert fact.claim == claims.Steep(1, 1, F(4), F(2), 1)
    (beta,) = fact.constants
    assert (beta.name, beta.lo, beta.hi) == ("beta", 2, 2)
    assert about("z^2", "steep", replace(STEEP, end=-1, sign=-1)).claim
    assert about("exp(z)", "steep", replace(STEEP, factor=F(1), power=2)).claim


@pytest.mark.parametrize(
    ("proposal", "why"),
    [
        (replace(STEEP, end=0), "no sense"),
        (replace(STEEP, sign=0), "no sense"),
        (replace(STEEP, start=F(2)), "no sense"),
        (replace(STEEP, factor=F(0)), "no sense"),
        (replace(STEEP, power=0), "no sense"),
        (replace(STEEP, power=9), "no sense"),
        (replace(STEEP, sign=-1), "not seen"),
        (replace(STEEP, end=-1), "not seen"),
        (replace(STEEP, factor=F(201, 100)), "not seen"),
        (replace(STEEP, power=2), "not seen"),
        (replace(STEEP, start=4), "wrong kind"),  # type: ignore[arg-type]
    ],
)
def test_not_steep(proposal: SteepProposal, why: str) -> None:
    with pytest.raises(KernelError, match=why):
        about("z^2", "steep", proposal)


def test_kinks_are_not_steep() -> None:
    with pytest.raises(KernelError, match="not seen"):
        about("z*Abs(z)", "steep", STEEP)


# -- lines -----------------------------------------------------------------------------------------


def near_line(slope: int, bound: int = 2) -> Fact:
    """|z + sin z - slope z| <= bound."""
    sides = tuple(replace(side(sign, bound, at(0), 0), rules=("range",) * 8) for sign in (1, -1))
    return about("z + sin(z)", "supremum", SupremumProposal("S_alpha", F(slope), sides))


def falling(text: str, upper: Fraction | int) -> Fact:
    """sup -sigma' <= upper."""
    one = replace(side(-1, upper, at(0), -3), rules=("range",) * 8)
    return about(text, "supremum", SupremumProposal("fall", None, (one,)))


def test_a_nondecreasing_function_near_a_line() -> None:
    fact = about("z + sin(z)", "monotone line", None, near_line(1), falling("z + sin(z)", 0))
    assert fact.claim == claims.NearLine(falling=False)


@pytest.mark.parametrize(
    ("premises", "why"),
    [
        (lambda: (near_line(1), falling("z + sin(z)", 1)), "not seen to be nonnegative"),
        (lambda: (near_line(1), near_line(1)), "no premise gives fall"),
        (lambda: (falling("z + sin(z)", 0),) * 2, "no premise gives alpha"),
        (lambda: (near_line(1), falling("sin(z)", 1)), "another problem"),
        (lambda: (near_line(1),), "needs 2 premises"),
        (lambda: (about("z + sin(z)", "smooth"), falling("z + sin(z)", 0)), "needs Enclosed"),
    ],
)
def test_no_monotone_line(premises: Callable[[], tuple[Fact, ...]], why: str) -> None:
    with pytest.raises(KernelError, match=why):
        about("z + sin(z)", "monotone line", None, *premises())


def test_the_slope_of_a_line_is_positive() -> None:
    flat = tuple(replace(side(sign, 1, at(0), 0), rules=("range",) * 8) for sign in (1, -1))
    near = about("sin(z)", "supremum", SupremumProposal("S_alpha", F(0), flat))
    with pytest.raises(KernelError, match="alpha is not positive"):
        about("sin(z)", "monotone line", None, near, falling("sin(z)", 1))
