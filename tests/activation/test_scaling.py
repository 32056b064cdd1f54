"""Closed forms in a positive parameter, by scaling."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

from proofkit.activation.catalogue import with_parameters
from proofkit.activation.scaling import exponents, scale_away
from proofkit.errors import InputError
from proofkit.kernel.univariate import terms
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import Node
from proofkit.search.facts import derive_facts
from proofkit.search.jets import Evaluator


@pytest.mark.parametrize(
    ("text", "a", "b"),
    [
        ("log(1 + exp(c*z))/c", -1, 1),
        ("z/(1 + exp(-c*z))", -1, 1),
        ("(z + sqrt(z^2 + c))/2", Fraction(1, 2), Fraction(-1, 2)),
        ("c^2*tanh(z/c^3)", 2, -3),
        ("exp(-z^2/c)", 0, Fraction(-1, 2)),
        ("Max(c*z, Abs(z)*c) - 0*z", 1, 0),
        ("atan(z)", 0, 0),
    ],
)
def test_exponents(text: str, a: Fraction, b: Fraction) -> None:
    assert exponents(parse(text, frozenset({"c"})), "c") == (a, b)


@pytest.mark.parametrize(
    "text", ["Max(z, c*z)", "tanh(z) + c", "tanh(c*z) + z", "sin(c)", "exp(c + z)", "tanh(c*z + z)"]
)
def test_what_does_not_scale(text: str) -> None:
    with pytest.raises(InputError, match="--set c=VALUE"):
        scale_away(parse(text, frozenset({"c"})), ["c"])


@given(
    st.sampled_from(
        [
            "log(1 + exp(c*z))/c",
            "(z + sqrt(z^2 + c))/2",
            "c^2*tanh(z/c^3)",
            "exp(-z^2/c)*sin(z/sqrt(c))",
        ]
    ),
    st.fractions(Fraction(1, 9), 9),
    st.fractions(-3, 3),
)
@settings(max_examples=40, deadline=None)
def test_the_identity_holds(text: str, c: Fraction, z: Fraction) -> None:
    root = parse(text, frozenset({"c"}))
    scaling = scale_away(root, ["c"])
    (_, a), (_, b) = scaling.outer[0], scaling.inner[0]
    bound = terms.substitute(root, {Node("name", (), "c"): terms.num(c)})
    context = mp.clone()
    context.dps = 40
    beta = context.mpf(c.numerator) / c.denominator
    x = context.mpf(z.numerator) / z.denominator
    e = [context.mpf(v.numerator) / v.denominator for v in (a, b)]
    left = Evaluator(bound, 40).derivatives(x, 2)
    right = Evaluator(scaling.base, 40).derivatives(beta ** e[1] * x, 2)
    for k in range(3):
        assert abs(left[k] - beta ** (e[0] + k * e[1]) * right[k]) < 1e-30 * (1 + abs(left[k]))


def test_softplus_has_m2_beta_over_four() -> None:
    activation = with_parameters("softplus", ["beta"], {})
    scaling = scale_away(activation.root, ["beta"])
    facts = derive_facts(scaling.base)
    assert (
        scaling.factor(2) == "beta"
        and facts.M2 is not None
        and facts.M2.lower == facts.M2.upper == Fraction(1, 4)
    )
    bound = derive_facts(with_parameters("softplus", [], {"beta": Fraction(7, 3)}).root)
    assert bound.M2 is not None and bound.M2.lower <= Fraction(7, 12) <= bound.M2.upper


@pytest.mark.parametrize(
    ("spec", "free", "bound", "word"),
    [
        ("tanh(c*z)", ["z"], {}, "cannot be the name"),
        ("tanh(c*z)", ["c"], {"c": Fraction(1)}, "twice"),
        ("tanh(c*z)", ["d"], {"c": Fraction(1)}, "does not occur"),
        ("softplus", [], {"beta": Fraction(-1)}, "must be positive"),
        ("z/c", [], {"c": Fraction(0)}, "not defined"),
    ],
)
def test_bad_parameters(spec: str, free: list[str], bound: dict[str, Fraction], word: str) -> None:
    with pytest.raises(InputError, match=word):
        with_parameters(spec, free, bound)
