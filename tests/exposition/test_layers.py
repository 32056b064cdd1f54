"""Nets of layers in mathematics: every reason can be set, the net and its curves are as on paper."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from proofkit.certificates import certify, record_of
from proofkit.exposition import layers
from proofkit.exposition.curves import growth, in_display, samples
from proofkit.exposition.markup import block
from proofkit.exposition.model import Display, Text
from proofkit.exposition.plain import plain
from proofkit.exposition.rules.layers import layered
from proofkit.exposition.setting import setting_of
from proofkit.exposition.view import View
from proofkit.kernel.certificate import content_of
from proofkit.kernel.claims import Curve, Monomial, Sample, UnitGroup
from proofkit.kernel.network.architecture import Architecture, DenseLayer
from proofkit.kernel.rules import RULES
from proofkit.kernel.univariate.parser import parse
from proofkit.problem.layers import net_of
from proofkit.problem.problem import Problem
from proofkit.prose import mathml
from proofkit.reading.layers import LayersSaid
from proofkit.sentences.nets import layers_record
from proofkit.tactics.prove import prove

PRINTED = sorted(
    name for name, rule in RULES.items() if rule.nets == "layers" or name == "slope and curvature"
)


@pytest.mark.parametrize("name", PRINTED)
def test_the_reason_of_a_rule_can_be_set_and_spoken(name: str) -> None:
    parts = block(RULES[name].reason)
    assert parts and "\\" not in plain(parts)
    for part in parts:
        if not isinstance(part, Text):
            assert mathml(part.latex, isinstance(part, Display)).startswith("<math")


def net(*given: DenseLayer, power: int = 2) -> layers.NetSaid:
    """The net of a record."""
    made = Architecture(given, (parse("tanh(z)"),) * (len(given) - 1), power)
    found = layers.net_of({"layers": layers_record(made)})
    assert found is not None
    return found


def test_the_net_and_its_objective() -> None:
    two = net(DenseLayer(bias="decayed"), DenseLayer(1, bias="undecayed", decay=Fraction(1, 10)))
    assert layers.net_formula(two) == r"f(x)=a^{\mathsf T}\,\sigma(W_1x+b_1)+b_2"
    assert layers.penalty(two) == (
        r"\tfrac{\lambda}{2}\bigl(\|W_1\|_F^2+\|b_1\|^2\bigr)+\tfrac{\lambda^{(2)}}{2}\|a\|^2"
    )
    assert plain(block(layers.of_trained(two))) == (
        "Trained are W_1, b_1, a and b_2; b_2 has no decay; λ^(2) = 1/10."
    )


def test_fixed_layers_and_powers() -> None:
    three = net(DenseLayer(), DenseLayer(), DenseLayer(None, trained=False), power=4)
    assert layers.penalty(three) == r"\tfrac{\lambda}{4}\bigl(\|W_1\|_F^4+\|W_2\|_F^4\bigr)"
    assert plain(block(layers.of_trained(three))) == "Trained are W_1 and W_2; W_3 is fixed."
    assert layers.free_sizes(three) == r"n,d,p_1,p_2,d_{\mathrm{out}}"
    assert layers.title(three) == "depth 3, layers 1 and 2 trained, decay of power 4"


def test_deep_nets_are_written_by_recursion() -> None:
    deep = net(*[DenseLayer()] * 5, DenseLayer(1))
    assert "u_l=W_l" in layers.net_formula(deep) and r"\dots" not in layers.net_formula(deep)


def test_a_setting_of_both_kinds_says_both() -> None:
    both = setting_of([{"loss": "squared"}, {"loss": "cross-entropy", "layers": {}}])
    text = "\n".join(map(plain, both.paragraphs()))
    assert "outer weights a are fixed" in text and "D dense layers" in text
    assert "cross-entropy with classes" in text


def curve(samples: tuple[Sample, ...] | None = None) -> Curve:
    t, minus = Monomial(Fraction(1), Fraction(1)), Monomial(Fraction(-1), Fraction(1))
    c = Monomial(Fraction(1, 4), Fraction(-2))
    return Curve(((UnitGroup(1, (c,)),), (UnitGroup(1, (t,)), UnitGroup(1, (minus,)))), samples)


def test_a_curve_is_set_as_matrices() -> None:
    assert in_display(curve()) == r"W_1=\frac{1}{4t^2},\quad W_2=t\,(1,-1)^{\mathsf T}"
    one = (Sample((Fraction(1), Fraction(0)), (Fraction(-1),)),)
    assert samples(curve(one)) == r"x_1=(1,0),\ y_1=-1"
    assert samples(curve()) == ""


@pytest.mark.parametrize(
    ("leading", "said"),
    [
        ({"exponent": "4", "coefficient": "2*lambda"}, r"X\sim2\lambda\,t^4"),
        ({"exponent": "0", "coefficient": "1/8"}, r"X\to\tfrac{1}{8}"),
        ({"exponent": "-1", "coefficient": "3"}, r"X\to0"),
        ({"exponent": "2", "coefficient": None}, r"X=O(t^2)"),
        ({"exponent": "2", "coefficient": "5", "rounded": 1}, r"X\sim v\,t^2\ (v\le 5)"),
    ],
)
def test_growth(leading: dict, said: str) -> None:
    assert growth("X", leading) == said


@pytest.mark.parametrize(
    ("activation", "said", "claim"),
    [
        (
            "relu",
            {},
            "(V1) fails for every λ ∈ ℝ for x_1 = 1, y_1 = 1: along the line W_1 = t, a = 1, t ∈ ℝ, "
            "the derivative of order 1 of L at t = 0 from the right less that from the left is -1.",
        ),
        (
            "tanh",
            {"decay_power": 3},
            "(V1) fails for every λ > 0: where one entry of W_1 is t and all other parameters are 0, "
            "the derivative of order 3 of its penalty jumps at t = 0, by 4 times the decay of that "
            "layer, and R is smooth.",
        ),
    ],
)
def test_what_is_not_smooth(activation: str, said: dict[str, Any], claim: str) -> None:
    made = net_of(activation, "squared", None, LayersSaid.of(train="all", **said))
    problem = Problem(made.activation, "squared", None, None, architecture=made.net.architecture)
    record = record_of(content_of(certify(prove(problem))))
    step = next(s for s in record["steps"] if s["claim"] == "V1 fails")
    words = plain(layered(View(record, step, ())).statement)
    assert " ".join(words.split()) == claim
