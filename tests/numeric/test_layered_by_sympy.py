"""SymPy's derivatives of nets of layers against the chain rule, and a chain rule that is wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proofkit.calculus.crosscheck import NotCompared
from proofkit.errors import InternalError
from proofkit.losses.catalogue import resolve
from proofkit.numeric import layered_by_sympy
from proofkit.numeric.exact_layered import LayeredAt
from proofkit.numeric.layered_by_sympy import compare_layers, comparison_sentence
from proofkit.problem.layers import net_of
from proofkit.reading.layers import LayersSaid


def architecture_of(activation: str, loss: str, **said: object):
    made = net_of(activation, loss, said=LayersSaid.of(**said)).net.architecture
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("activation", "loss", "said", "pairs"),
    [
        ("tanh", "squared", {"depth": 2, "train": "all"}, 16),
        ("tanh; softplus", "logistic", {"depth": 3, "train": "2,3", "bias": "undecayed"}, 12),
        ("sigmoid", "cross-entropy", {"depth": 2, "outer_bias": "decayed"}, 18),
        ("tanh", "squared", {"depth": 3, "train": "all", "decay_power": 3}, 18),
        ("silu", "pseudo-huber", {"depth": 2, "train": "outer"}, 8),
        ("relu", "squared", {"depth": 2, "train": "all"}, 16),
    ],
)
def test_the_chain_rule_is_what_sympy_makes_of_the_objective(
    activation: str, loss: str, said: dict, pairs: int
) -> None:
    made = compare_layers(architecture_of(activation, loss, **said), resolve(loss))
    assert made.nets == 2 and made.pairs == pairs


def test_a_wrong_laplacian_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    right = layered_by_sympy._by_chain_rule

    def wrong(at: LayeredAt) -> list:
        *others, laplacian = right(at)
        return [*others, laplacian * (1 + 2.0**-40)]

    monkeypatch.setattr(layered_by_sympy, "_by_chain_rule", wrong)
    with pytest.raises(InternalError, match="Laplacian"):
        compare_layers(architecture_of("tanh", "squared", depth=2, train="all"), resolve("squared"))


def test_a_wrong_decay_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    written = layered_by_sympy._objective

    def other(small, parameters):
        return written(replace(small, decay=small.decay * 2), parameters)

    monkeypatch.setattr(layered_by_sympy, "_objective", other)
    with pytest.raises(InternalError, match=r"^L:"):
        compare_layers(architecture_of("tanh", "squared", depth=2, train="all"), resolve("squared"))


def test_deep_nets_are_said_not_to_be_compared() -> None:
    deep = architecture_of("tanh", "squared", depth=5, train="all")
    with pytest.raises(NotCompared):
        compare_layers(deep, resolve("squared"))
    assert "not compared" in comparison_sentence(deep, resolve("squared"))


def test_kinks_are_named() -> None:
    kinked = architecture_of("relu", "squared", depth=2, train="all")
    assert comparison_sentence(kinked, resolve("squared")).endswith("they say nothing")
