"""From what is said of the layers to the net: words, contradictions, decays, fixed weights."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from proofkit import Dense, Net, Problem
from proofkit.activation.catalogue import resolve
from proofkit.architectures import GivenHead, bound
from proofkit.errors import InputError
from proofkit.kernel.network.architecture import Architecture
from proofkit.kernel.network.weights import (
    Matrix,
    drawn_weights,
    require_drawn,
    summarise_weights,
)
from proofkit.kernel.objective.data import generate_outer
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.univariate.parser import parse
from proofkit.problem.layers import net_of
from proofkit.reading.layers import LayersSaid
from proofkit.report import bundled_data


def layers(loss: str = "squared", lam: Fraction | None = None, **said: object) -> Architecture:
    made = net_of("tanh", loss, lam, LayersSaid.of(**said)).net.architecture  # type: ignore[arg-type]
    assert made is not None
    return made


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"depth": 2, "train": "inner", "bias": "none", "outer_bias": "none"},
        {"train": "1", "outputs": 1, "decay_power": 2},
        {"hidden": "64"},
        {"decay": "1=1/10"},
    ],
)
def test_the_net_of_one_trained_layer_under_a_fixed_one_has_no_architecture(
    said: dict[str, object],
) -> None:
    made = net_of("tanh", "squared", None, LayersSaid.of(**said)).net  # type: ignore[arg-type]
    assert made.architecture is None
    assert made.lam == (Fraction(1, 10) if "decay" in said else None)


def test_what_is_trained() -> None:
    assert layers(depth=3).trained == (1, 2)
    assert layers(depth=3, train="all").trained == (1, 2, 3)
    assert layers(depth=3, train="outer").trained == (3,)
    assert layers(depth=3, train="3,1").trained == (1, 3)
    biased = layers(depth=3, train="2,3", bias="decayed", outer_bias="undecayed")
    assert [one.bias for one in biased.layers] == ["none", "decayed", "undecayed"]
    # An outer bias that is asked for is trained, whatever is trained beside it.
    head = layers(outer_bias="undecayed").layers[-1]
    assert not head.trained and head.has_parameters


def test_a_decay_is_said_in_one_way() -> None:
    one = net_of("tanh", "squared", None, LayersSaid.of(train="all", decay="1=1/100,2=1/10"))
    two = net_of("tanh", "squared", Fraction(1, 100), LayersSaid.of(train="all", decay="2=1/10"))
    assert one.net == two.net and one.net.lam == Fraction(1, 100)


@pytest.mark.parametrize(
    ("loss", "said", "sentence"),
    [
        ("squared", {"depth": 0}, "the depth counts the dense layers"),
        ("squared", {"depth": 65}, "the depth counts the dense layers"),
        ("squared", {"depth": 3, "hidden": "64"}, "the depth is 3, and 1 hidden width makes"),
        ("squared", {"hidden": "64,x"}, "the hidden widths are '64,x'"),
        ("squared", {"hidden": "0"}, "the width must be at least 1"),
        ("squared", {"hidden": "64", "width": 8}, "not both"),
        ("squared", {"train": "iner"}, "did you mean inner?"),
        ("squared", {"train": "1,4"}, "layer 4 is to be trained, and the net has 2 layers"),
        ("squared", {"train": "1,1"}, "name layer 1 twice"),
        ("squared", {"depth": 1}, "has no hidden layer, so no activation"),
        ("squared", {"bias": "dcayed"}, "did you mean decayed?"),
        ("squared", {"train": "outer", "bias": "decayed"}, "no hidden layer is trained"),
        ("squared", {"decay": "2=1/10"}, "layer 2 is fixed, so it has no decay"),
        ("squared", {"decay": "3=1/10"}, "the decay is said of layer 3, and the net has 2 layers"),
        ("squared", {"decay": "1=-1"}, "must not be negative"),
        ("squared", {"decay": "one"}, "write LAYER=NUMBER"),
        ("squared", {"decay_power": 1}, "the power k = 1 is none"),
        ("logistic", {"outputs": 3}, "of 3 outputs the loss is cross-entropy or squared"),
        ("squared", {"outputs": 0}, "the number of outputs lies between 1"),
        ("cross-entropy", {"outputs": 1}, "cross-entropy is the loss of at least two outputs"),
        ("cros-entropy", {}, "did you mean cross-entropy?"),
    ],
)
def test_words_that_make_no_net_are_refused_in_a_sentence(
    loss: str, said: dict[str, object], sentence: str
) -> None:
    with pytest.raises(InputError) as refused:
        net_of("tanh", loss, None, LayersSaid.of(**said))  # type: ignore[arg-type]
    assert sentence in str(refused.value) and "\n" not in str(refused.value)


def test_a_lambda_that_is_the_decay_of_no_layer_is_refused() -> None:
    with pytest.raises(InputError, match="lambda is the decay of none"):
        net_of("tanh", "squared", Fraction(1), LayersSaid.of(decay="1=1/10"))


def test_nothing_trained_is_refused() -> None:
    with pytest.raises(InputError, match="nothing is trained"):
        net_of("identity", "squared", None, LayersSaid.of(depth=1))
    assert layers_of_one().trained == (1,)


def layers_of_one() -> Architecture:
    made = net_of("identity", "squared", None, LayersSaid.of(depth=1, train="all"))
    assert made.net.architecture is not None
    return made.net.architecture


def test_activations_may_differ_from_layer_to_layer() -> None:
    made = net_of("tanh; softplus", "squared", None, LayersSaid()).net.architecture
    assert made is not None and made.depth == 3 and not made.one_activation
    with pytest.raises(InputError, match="there are 2 activations, and the net has 3"):
        net_of("tanh; softplus", "squared", None, LayersSaid.of(depth=4))


@pytest.mark.parametrize("text", ["tanh,softplus(beta=2)", "tanh; softplus(beta=2)"])
def test_activations_of_layers_are_listed_with_commas_or_semicolons(text: str) -> None:
    made = net_of(text, "squared").net.architecture
    assert made is not None
    assert made.activations == (parse("tanh(z)"), resolve("softplus(beta=2)").root)


def test_a_comma_inside_parentheses_separates_arguments() -> None:
    assert net_of("Max(z, 0)", "squared").net.architecture is None
    made = net_of("Max((z), (0)), tanh((z))", "squared").net.architecture
    assert made is not None
    assert made.activations == (parse("Max(z, 0)"), parse("tanh(z)"))


@pytest.mark.parametrize("text", ["tanh,", ",tanh", "tanh,,softplus", "tanh;", ";"])
def test_an_activation_that_is_left_out_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="leave one out"):
        net_of(text, "squared")


@pytest.mark.parametrize("text", ["Max(z, 0", "z), tanh", "(tanh, softplus)", "Max(z, 0; tanh"])
def test_a_list_with_an_open_parenthesis_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="expression, column"):
        net_of(text, "squared")


# -- fixed weights ---------------------------------------------------------------------------------


def test_fixed_weights_are_drawn_exactly_and_reproducibly() -> None:
    made = bound(layers(hidden="4,3", train="2"), 5, seed=7)
    first, last = made.layers[0].weights, made.layers[2].weights
    assert first is not None and last is not None
    assert (first.source, last.source) == ("4 x 5, seed 7, layer 1", "width 3, seed 7")
    assert first == summarise_weights(
        drawn_weights(4, 5, 7, 1, last=False), "4 x 5, seed 7, layer 1", ""
    )
    outer = generate_outer(3, 7)
    assert last.frobenius_squared == sum(v * v for v in outer)
    require_drawn(made)
    assert drawn_weights(4, 5, 7, 1, last=False) != drawn_weights(4, 5, 8, 1, last=False)
    assert drawn_weights(4, 5, 7, 1, last=False) != drawn_weights(4, 5, 7, 2, last=False)


@pytest.mark.parametrize(
    "source",
    [
        "4 x 5, seed 8, layer 1",
        "4 x 5, seed 07, layer 1",
        "4 X 5,seed 7,layer 1",
        "width 5, seed 7",
    ],
)
def test_weights_that_only_look_drawn_are_refused(source: str) -> None:
    from dataclasses import replace

    made = bound(layers(hidden="4,3", train="2"), 5, seed=7)
    first = made.layers[0]
    assert first.weights is not None
    forged = replace(first, weights=replace(first.weights, source=source))
    with pytest.raises(KernelError):
        require_drawn(replace(made, layers=(forged, *made.layers[1:])))


def test_norms_of_a_matrix_are_exact() -> None:
    found = summarise_weights(Matrix(((1, 2), (3, -4)), 2), "w.txt", "")
    assert found.frobenius_squared == Fraction(30, 4) and found.row_1 == Fraction(7, 2)
    assert found.operator_squared == Fraction(30, 4)  # 7 * 6 is larger
    assert found.apart is not None and found.apart.two_squared == Fraction(40, 4)
    assert found.plus is None


def test_given_weights_have_to_fit() -> None:
    head = GivenHead((Fraction(1),) * 6, "a.txt", "digest")
    made = bound(layers("cross-entropy", outputs=2), 5, 0, head, classes=2)
    assert made.layers[0].units == 3
    with pytest.raises(InputError, match=r"are 6, and the last layer has 2 x 4 = 8"):
        bound(layers("cross-entropy", outputs=2, hidden="4"), 5, 0, head, classes=2)
    with pytest.raises(InputError, match="the last layer is trained"):
        bound(layers(train="all"), 5, 0, head)
    with pytest.raises(InputError, match="2 outputs, and the target has 3 classes"):
        bound(layers("cross-entropy", outputs=2, hidden="3"), 5, 0, None, classes=3)
    with pytest.raises(InputError, match="needs the width of every hidden layer"):
        bound(layers(depth=3), 5, 0)
    with pytest.raises(InputError, match="needs as many target columns"):
        bound(layers(outputs=2, hidden="3"), 5, 0)


# -- Python and files ------------------------------------------------------------------------------


def test_python_and_toml_say_the_same_problem(tmp_path: Path) -> None:
    file = tmp_path / "net.toml"
    file.write_text(
        'activation = ["tanh", "softplus"]\nloss = "squared"\nhidden = [4, 3]\n'
        'train = [1, 3]\nouter_bias = "undecayed"\nlambda = 0.1\ndecay = {3 = "1/100"}\n'
        "decay_power = 4\n"
    )
    mine = Problem(
        Net(
            Dense(4),
            "tanh",
            Dense(3),
            "softplus",
            Dense(1, bias="undecayed", decay="1/100"),
            train=(1, 3),
            power=4,
        ),
        "squared",
        lam="1/10",
    )
    assert Problem.load(file) == mine and mine.architecture is not None
    assert mine.architecture.power == 4


def test_python_and_toml_bind_the_same_weights(tmp_path: Path) -> None:
    file = tmp_path / "net.toml"
    file.write_text(
        f'activation = "tanh"\nhidden = [4, 3]\nseed = 3\ndata = "{bundled_data()}"\n'
        'target = "progression"\n'
    )
    mine = Problem(Net(Dense(4), "tanh", Dense(3), "tanh", Dense(1)))
    assert Problem.load(file) == mine.bind(bundled_data(), "progression", seed=3)


def test_a_net_in_python() -> None:
    plain = Problem(Net(Dense(8), "tanh", Dense(1)))
    assert plain == Problem("tanh")
    bounded = plain.bind(bundled_data(), "progression")
    assert bounded.outer is not None and bounded.outer.p == 8
    assert Problem("tanh", "cross-entropy").architecture == layers("cross-entropy")
    for parts in ((Dense(8), Dense(1)), (), ("tanh",), (Dense(8), "tanh")):
        with pytest.raises(InputError, match="a net is Dense, activation"):
            Net(*parts)
    with pytest.raises(InputError, match="layer 2 is fixed, so it has no decay"):
        Problem(Net(Dense(8), "tanh", Dense(1, decay="1/10")))
    with pytest.raises(InputError, match="the widths are those of the net"):
        Problem(Net(Dense(8), "tanh", Dense(1), train="all")).bind(
            bundled_data(), "progression", width=4
        )
