"""Random losses: nothing crashes, and what is proved about them is attacked (see ``attack``)."""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from proofkit.activation.catalogue import Activation
from proofkit.errors import InputError
from proofkit.losses.catalogue import resolve
from proofkit.problem.problem import Problem
from proofkit.tactics.prove import prove
from proofkit.tactics.workbench import Library
from tests.losses.attack import MP, Function, attempts, jump

LOSSES = int(os.environ.get("PROOFKIT_LOSSES", "500"))
"""How many: these take three minutes of one core."""
ACTIVATIONS = ("tanh", "softplus", "sigmoid", "z + sin(z)", "z^2")
TOLERANCE = 1e-7
"""For rounding: nets are worked out in floating point."""
BUDGET = 1.0
"""Seconds for one supremum: what is not found is UNKNOWN, which costs no more than a proof."""

PIECES = {
    "log(cosh({u}))": 4,
    "sqrt(1 + {q})": 4,
    "softplus({u})": 4,
    "softplus(-{u})": 4,
    "exp(-{q})": 2,
    "atan({u})": 2,
    "log(1 + {q})": 4,
    "sin({u})": 1,
    "tanh({u})": 1,
    "{q}": 4,
    "{u}^4": 2,
    "{u}": 2,
    "exp({u})": 1,
    "{u}*atan({u})": 1,
    "{q}/(1 + {q})": 2,
    "Abs({u})": 1,
    "Max(0, {u})": 1,
    "Max(0, {u})^2": 1,
}
"""Pieces of a loss, with how often they are taken; q is the square of u."""

OUTSIDE = ("sqrt(1 + ({}))", "log(1 + ({})^2)", "atan({})", "tanh({})", "exp(-({})^2)")


def random_loss(rng: random.Random) -> str:
    """A sum of scaled pieces at scaled and shifted arguments; sometimes a function of one."""
    letter = rng.choice("um")
    terms = []
    for _ in range(rng.choice((1, 1, 1, 1, 2, 2))):
        piece = rng.choices(list(PIECES), list(PIECES.values()))[0]
        inside = _argument(rng, letter)
        factor = rng.choice(("1", "1", "1/2", "2", "3/4", "-1/3"))
        text = piece.format(u=f"({inside})", q=f"({inside})^2")
        terms.append(text if factor == "1" else f"({factor})*{text}")
    whole = " + ".join(terms)
    return rng.choice(OUTSIDE[1:]).format(whole) if rng.random() < 0.05 else whole


def _argument(rng: random.Random, letter: str) -> str:
    scale = rng.choice(("", "", "", "2*", "1/2*", "-3/2*"))
    shift = rng.choice(("", "", "", " - 1", " + 1/2", " - 1/3"))
    return f"{scale}{letter}{shift}"


def losses_of(activation: str) -> list[str]:
    """The random losses that an activation gets."""
    rng = random.Random(26)
    share = ACTIVATIONS.index(activation)
    return [random_loss(rng) for _ in range(LOSSES)][share :: len(ACTIVATIONS)]


def library_of(activation: str) -> Library:
    """What is known of an activation, with little time for each loss."""
    library = Library(budget=10)
    library.facts_of(Problem(Activation.of(activation), "squared"))
    library.budget = BUDGET
    return library


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_random_losses(activation: str) -> None:
    library = library_of(activation)
    verdicts: Counter[str] = Counter()
    kinks = 0
    for k, text in enumerate(losses_of(activation)):
        try:
            resolve(text)
        except InputError:
            verdicts["bad input"] += 1
            continue
        proof = prove(Problem(Activation.of(activation), text), library=library)
        verdicts[proof.verdict] += 1
        for attempt in attempts(proof, np.random.default_rng(k)):
            assert attempt.ratio <= 1 + TOLERANCE, (text, attempt)
        for size in [found for fact in proof.steps() if (found := jump(fact, proof.problem.loss))]:
            kinks += 1
            assert size > 1e-3, text
    assert verdicts.total() == LOSSES // len(ACTIVATIONS)
    assert verdicts["bad input"] < 10
    assert verdicts["PROVED"] > 0 or activation == "z^2"
    assert verdicts["REFUTED"] > 0
    assert kinks > 0


# -- the attack is one ------------------------------------------------------------------------------


def test_the_attack_finds_what_is_false() -> None:
    proof = prove(Problem(Activation.of("tanh"), "log(cosh(u))"), library=Library(budget=10))
    other = replace(proof, problem=Problem(proof.problem.activation, "2*log(cosh(u)) - 1"))
    found = {
        attempt.kind
        for attempt in attempts(other, np.random.default_rng(1))
        if attempt.ratio > 1.01
    }
    assert {"loss ", "loss", "infimum of the loss", "V2"} <= found


def test_the_jets_are_those_of_known_functions() -> None:
    for text, at, expected in (
        ("z^3", 2, (8, 12, 12)),
        ("log(cosh(z))", 0, (0, 0, 1)),
        ("exp(-z^2)", 0, (1, 0, -2)),
        ("z/(1 + z)", 1, (Fraction(1, 2), Fraction(1, 4), Fraction(-1, 4))),
        ("Max(0, 1 - z)^2", -1, (4, -4, 2)),
        ("atan(2*z)", 0, (0, 2, 0)),
    ):
        one, many = Function(text).one(MP.mpf(at)), Function(text).many(np.array([float(at)]))
        for exact, a, b in zip(expected, one, many, strict=True):
            assert abs(float(a) - float(exact)) < 1e-12 and abs(float(b[0]) - float(exact)) < 1e-12


# -- the catalogue's losses as expressions -----------------------------------------------------------

ALIKE = {
    "squared": ("u^2/2", "(u^2)/2", "u*u/2", "0.5*u^2", "1/2*u^2"),
    "logistic": ("log(1+exp(-m))", "softplus(-m)", "log(exp(-m) + 1)"),
    "log-cosh": ("log(cosh(u))",),
    "pseudo-huber": ("sqrt(1+u^2)-1", "(1 + u^2)^(1/2) - 1"),
    "smooth-hinge": ("softplus(1-m)", "log(1+exp(1-m))"),
    "exponential": ("exp(-m)",),
    "hinge": ("Max(0, 1-m)", "Max(1-m, 0)"),
}


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in ALIKE.items() for text in texts]
)
def test_an_expression_is_as_good_as_a_name(name: str, text: str) -> None:
    by_name, by_text = (
        prove(Problem(Activation.of("tanh"), loss), library=Library(budget=20))
        for loss in (name, text)
    )
    assert by_text.verdict == by_name.verdict
    assert [fact.rule for fact in by_text.steps()] == [fact.rule for fact in by_name.steps()]
    assert [fact.evidence for fact in by_text.steps()] == [f.evidence for f in by_name.steps()]
    for one, two in zip(by_text.steps(), by_name.steps(), strict=True):
        for mine, theirs in zip(one.constants, two.constants, strict=True):
            assert (mine.name, mine.formula, mine.exact) == (
                theirs.name,
                theirs.formula,
                theirs.exact,
            )
            if mine.numeric and theirs.numeric:
                assert abs(mine.hi - theirs.hi) <= Fraction(1, 10**12)
                assert abs(mine.lo - theirs.lo) <= Fraction(1, 10**12)
