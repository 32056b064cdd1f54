"""The facts of an activation in words: what is equal, what is enclosed and what is open is said as
such.
"""

from __future__ import annotations

import re

import pytest

from proofkit import Activation

SOFTPLUS = """\
σ(z) = log(1 + exp(z)), called softplus
  smooth            infinitely differentiable
  inf σ             = 0, as z → -∞
  sup σ             = ∞: σ ~ z as z → ∞
  sup |σ'|          M_1 = 1, as z → ∞
  sup |σ''|         M_2 = 1/4, at z = 0
  sup |σ'''|        M_3 ∈ [0.0962250448649376274, 0.0962250448649376276], which contains √3/18, at z
                    = log(√3 + 2)
  sup |z σ' - σ|    κ = 1, H ∈ [0.693147180559945309, 0.693147180559945311], which contains log(2),
                    at z = 0
  growth            bounded at -∞, linear at ∞"""


def test_softplus_in_words() -> None:
    from proofkit.facts_text import facts_text
    from proofkit.session import facts_json

    activation = Activation("softplus")
    facts = activation.facts()
    text = facts_text(activation, facts, facts_json(activation.text, facts))
    assert text == SOFTPLUS
    # The object prints the same; it does not know the name.
    assert str(facts) == SOFTPLUS.replace(", called softplus", "")


@pytest.mark.parametrize(
    ("activation", "said"),
    [
        ("Max(z, 0)", "continuous and no more, at z = 0"),
        ("elu", "1 times continuously differentiable and no more, at z = 0"),
        ("Max(z, 0)", "M_2 = ∞: σ' jumps at z = 0"),
        ("z*sin(z)", "none: z σ' - σ is unbounded"),
        ("sin(z)", "none: z σ' is unbounded"),
        ("z^2", "sup |z σ' - 2 σ|  κ = 2, H = 0, at every z"),
        ("tanh(1000*z)", "near z = -0.000658478948"),
    ],
)
def test_kinks_infinities_holes_and_places(activation: str, said: str) -> None:
    text = str(Activation(activation).facts())
    assert said in text
    assert re.search(r"\boo\b", text) is None and "sigma" not in text and "custom" not in text
