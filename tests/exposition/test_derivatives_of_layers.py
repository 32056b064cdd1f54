"""What ``derive`` prints of nets of layers: every formula, and the Hessian form against numbers."""

from __future__ import annotations

import math
from fractions import Fraction
from random import Random

import pytest
from flint import arb

from proofkit.exposition.derivatives_of_layers import derivatives
from proofkit.exposition.layers import net_of as said_of
from proofkit.exposition.plain import formula
from proofkit.kernel.univariate.balls import precision
from proofkit.losses.catalogue import resolve
from proofkit.numeric.exact_layered import ORDERS, ExactLayered
from proofkit.problem.layers import net_of
from proofkit.prose import mathml
from proofkit.reading.layers import LayersSaid
from proofkit.sentences.nets import layers_record


def written(activation: str, loss: str, **said: object) -> dict[str, str]:
    made = net_of(activation, loss, said=LayersSaid.of(**said))
    net = said_of({"layers": layers_record(made.net.architecture)})
    assert net is not None
    return dict(derivatives(net, resolve(loss)))


def test_every_block_has_its_gradient_and_its_laplacian() -> None:
    said = written(
        "tanh; softplus", "logistic", depth=3, train="1,3", bias="decayed", outer_bias="undecayed"
    )
    blocks = [name.rpartition(" ")[2] for name in said if name.startswith("gradient")]
    assert blocks == ["W_1", "b_1", "a", "b_3"]
    assert blocks == [name.rpartition(" ")[2] for name in said if name.startswith("Laplacian")]
    assert formula(said["gradient in b_3"]) == "∇_(b_3) L = (1/n) Σ_i g_3"
    assert formula(said["gradient in W_1"]) == "∇_(W_1) L = λW_1 + (1/n) Σ_i g_1 h_0ᵀ"
    assert formula(said["Laplacian in b_1"]) == "Δ_(b_1) L = λ p_1 + (1/n) Σ_i tr(H_1)"
    assert "σ_2'(u_2)" in formula(said["backwards"])
    assert set(said) >= {"activation 1", "activation 2", "V4 expression"}


@pytest.mark.parametrize(
    ("activation", "loss", "said"),
    [
        ("relu", "squared", {"depth": 2, "train": "all"}),
        ("tanh", "cross-entropy", {"depth": 2, "outputs": 3, "decay_power": 4, "train": "all"}),
        ("identity", "Abs(u)", {"depth": 1, "train": "all"}),
        ("gelu", "squared", {"depth": 6, "train": "5"}),
        ("silu", "squared", {"hidden": "64,32", "train": "all", "decay": "1=1/10,3=1/3"}),
    ],
)
def test_all_of_it_can_be_read_in_text_and_on_pages(activation: str, loss: str, said: dict) -> None:
    for name, latex in written(activation, loss, **said).items():
        assert formula(latex), name
        assert mathml(latex).startswith("<math"), name


def test_powers_and_sizes_stand_in_the_penalty() -> None:
    said = written("tanh", "squared", hidden="64", train="all", decay_power=4)
    assert formula(said["gradient in a"]) == "∇_a L = λ ‖a‖² a + (1/n) Σ_i g_2 h_1"
    assert "λ (64 d + 2)‖W_1‖_F²" in formula(said["Laplacian in W_1"])
    own = written("tanh", "squared", hidden="8,4", train="all", decay="2=1/7")
    assert formula(own["Laplacian in W_2"]).startswith("Δ_(W_2) L = λ^(2) 32 +")


def test_the_hessian_form_is_the_second_derivative_along_v() -> None:
    """The two passes that are printed, run for a net of three layers, against series in e."""
    made = net_of("tanh", "squared", said=LayersSaid.of(hidden="2,2", train="1,3", bias="decayed"))
    architecture = made.net.architecture
    assert architecture is not None
    draw = Random(3)

    def matrix(rows: int, columns: int) -> list[list[Fraction]]:
        return [[Fraction(draw.randint(-9, 9), 8) for _ in range(columns)] for _ in range(rows)]

    x, y, fixed = matrix(1, 2)[0], Fraction(1, 3), matrix(2, 2)
    W, b, a = matrix(2, 2), matrix(1, 2)[0], matrix(1, 2)[0]
    V, c, v = matrix(2, 2), matrix(1, 2)[0], matrix(1, 2)[0]
    net = ExactLayered.of(architecture, resolve("squared"), [x], [[y]], Fraction(0), [fixed])
    theta, along = [*W[0], *W[1], *b, *a], [*V[0], *V[1], *c, *v]
    with precision(128, ORDERS):
        exact = net.second_derivative(
            [arb(t.numerator) / t.denominator for t in theta],
            [arb(t.numerator) / t.denominator for t in along],
        )

    def times(rows: list[list[Fraction]], h: list[float]) -> list[float]:
        return [sum(float(w) * entry for w, entry in zip(row, h, strict=True)) for row in rows]

    def added(*vectors: list[float]) -> list[float]:
        return [sum(map(float, entries)) for entries in zip(*vectors, strict=True)]

    h, moved, twice = [float(entry) for entry in x], [0.0, 0.0], [0.0, 0.0]
    nothing = [Fraction(0)] * 2
    for rows, bias, own, shift in ((W, b, V, c), (fixed, nothing, None, nothing)):
        u = added(times(rows, h), bias)
        du = added(times(rows, moved), shift, times(own, h) if own else [0.0, 0.0])
        ddu = added(times(rows, twice), [2 * t for t in times(own, moved)] if own else [0.0, 0.0])
        h = [math.tanh(entry) for entry in u]
        slopes = [1 - entry**2 for entry in h]
        bends = [-2 * entry * slope for entry, slope in zip(h, slopes, strict=True)]
        moved = [slope * entry for slope, entry in zip(slopes, du, strict=True)]
        twice = [
            bend * entry**2 + slope * second
            for bend, entry, slope, second in zip(bends, du, slopes, ddu, strict=True)
        ]
    (f,), (df,), (ddf,) = (
        times([a], h),
        added(times([v], h), times([a], moved)),
        added([2 * t for t in times([v], moved)], times([a], twice)),
    )
    form = df**2 + (f - float(y)) * ddf
    assert abs(form - float(exact.mid())) < 1e-9 * max(1, abs(form))
    said = written("tanh", "squared", hidden="2,2", train="1,3", bias="decayed")
    shown = said["Hessian form along V"]
    assert r"\dot u_1=V_1h_0+c_1" in shown and r"\dot u_2=W_2\,\dot h_1," in shown
    assert r"\dot u_3=V_3h_2+a^{\mathsf T}\,\dot h_2" in shown
    assert r"\ddot u_3=2V_3\,\dot h_2+a^{\mathsf T}\,\ddot h_2" in shown
    assert r"+\lambda\|V_1\|^2+\lambda\|c_1\|^2+\lambda\|V_3\|^2" in shown


def test_a_deep_net_of_several_activations_names_that_of_each_layer() -> None:
    mixed = written("tanh; tanh; softplus; tanh", "squared", depth=5, train="all")
    assert r"u_l=W_l\,\sigma_{l-1}(u_{l-1})" in mixed["net"]
    assert r"u_l=W_l\,\sigma(u_{l-1})" in written("tanh", "squared", depth=5, train="all")["net"]
