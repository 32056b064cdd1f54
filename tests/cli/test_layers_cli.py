"""The layers on the command line: the sentences of bad input, classes, and check --problem."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from proofkit.report import bundled_data

Run = Callable[..., tuple[int, str, str]]
DATA = ("--data", bundled_data(), "--target", "progression")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--depth", "0"), "the depth counts the dense layers"),
        (("--width", "4", "--hidden", "4"), "not both"),
        (("--hidden", "4"), "--hidden is for a problem bound to data"),
        (("--train", "3"), "layer 3 is to be trained"),
        (("--decay", "2=1"), "layer 2 is fixed"),
        (("--decay-power", "1"), "the power k = 1 is none"),
        (("--loss", "cross-entropy", "--outputs", "1"), "at least two outputs"),
        ((*DATA, "--depth", "3"), "needs the width of every hidden layer"),
        ((*DATA, "--hidden", "4", "--outputs", "2"), "needs as many target columns"),
    ],
)
def test_bad_input_is_one_sentence(run: Run, options: tuple[str, ...], sentence: str) -> None:
    code, out, error = run("prove", "-a", "tanh", *options)
    assert (code, out) == (2, "") and sentence in error and error.count("\n") == 1


def test_outer_weights_of_a_trained_layer_are_refused(run: Run, tmp_path: Path) -> None:
    weights = tmp_path / "a.txt"
    weights.write_text("1\n2\n")
    code, _, error = run("prove", "-a", "tanh", *DATA, "--outer", weights, "--train", "all")
    assert code == 2 and "the last layer is trained" in error


def test_a_width_beside_outer_weights_of_another_number_is_refused(
    run: Run, tmp_path: Path
) -> None:
    weights = tmp_path / "a.txt"
    weights.write_text("1\n2\n")
    code, out, error = run("prove", "-a", "tanh", *DATA, "--outer", weights, "--hidden", "3")
    assert (code, out) == (2, "") and "give widths that match" in error


def test_a_command_that_cannot_take_such_a_net_says_so(run: Run) -> None:
    code, _, error = run("plan", "--epsilon", "1/10", "-a", "tanh", "--depth", "3")
    assert code == 2 and "one trained hidden layer under a fixed outer layer" in error


def test_derive_prints_the_derivatives_of_every_trained_block(run: Run) -> None:
    net = ("-a", "tanh", "--depth", "3", "--train", "1,3", "--outer-bias", "decayed")
    code, out, _ = run("derive", *net)
    assert code == 0 and "∇_(W_1) L = λW_1 + (1/n) Σ_i g_1 h_0ᵀ" in out
    assert "gradient in b_3" in out and "gradient in W_2" not in out
    code, out, _ = run("derive", *net, "--latex", "--json")
    said = json.loads(out)
    assert code == 0 and said["gradient in a"].startswith(r"\nabla_{a}L=")
    assert "agree with SymPy's derivatives of L" in said["compared"]


def test_derive_refuses_an_activation_without_a_domain(run: Run) -> None:
    code, out, error = run("derive", "-a", "tanh; log(z)", "--depth", "3")
    assert (code, out) == (2, "") and "the argument of log z is" in error


CLASSES = "a,b,kind\n1,2,{0}\n2,1,{1}\n0.5,3,{0}\n1,1,{2}\n"


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("lily", "rose", "iris"), {"words": ["iris", "lily", "rose"]}),
        (("7", "5", "9"), {"classes": ["5", "7", "9"]}),
    ],
)
def test_a_column_of_classes_is_mapped_and_said(
    run: Run, tmp_path: Path, names: tuple[str, str, str], said: dict[str, list[str]]
) -> None:
    data, out = tmp_path / "d.csv", tmp_path / "c.json"
    data.write_text(CLASSES.format(*names))
    given = ("-a", "tanh", "-l", "cross-entropy", "--data", data, "--target", "kind")
    code, text, _ = run("prove", *given, "--hidden", "4", "--json", "--out", out)
    assert code == 0 and json.loads(text)["data"]["labels"] == said
    recorded = json.loads(out.read_text())["problem"]
    assert recorded["layers"]["layers"][-1]["units"] == 3 and recorded["data"]["y_max"] == "2"
    code, text, _ = run("check", out, "--problem", data, "--target", "kind")
    assert code == 0 and "valid" in text
    data.write_text(CLASSES.format(names[1], names[0], names[2]))
    assert run("check", out, "--problem", data, "--target", "kind")[0] == 4
    code, _, error = run("prove", *given, "--hidden", "4", "--outputs", "4")
    assert code == 2 and "4 outputs, and the target has 3 classes" in error


def test_words_are_no_targets_of_another_loss(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "d.csv"
    data.write_text(CLASSES.format("lily", "rose", "iris"))
    given = ("--data", data, "--target", "kind", "--hidden", "4")
    assert run("prove", "-a", "tanh", *given)[0] == 2
    data.write_text("a,kind\n1,rose\n2,rose\n")
    code, _, error = run("prove", "-a", "tanh", "-l", "cross-entropy", *given)
    assert code == 2 and "at least two classes" in error


NET = {
    "activation": '"tanh"',
    "loss": '"squared"',
    "hidden": "[4, 3]",
    "train": '"inner"',
    "bias": '"decayed"',
    "decay": '{1 = "1/100"}',
    "lambda": '"1/10"',
}


def written(path: Path, **changed: str) -> Path:
    path.write_text("".join(f"{key} = {value}\n" for key, value in {**NET, **changed}.items()))
    return path


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({}, 0, "the layers"),
        ({"bias": '"undecayed"'}, 4, "bias = decayed, yours is undecayed"),
        ({"train": '"all"'}, 4, "train = 1,2, yours is 1,2,3"),
        ({"hidden": "[4, 5]"}, 4, "the width of layer 2 = 3, yours is 5"),
        ({"hidden": "[4, 3, 2]"}, 4, "depth = 3, yours is 4"),
        ({"decay": '{1 = "1/50"}'}, 4, "decay of layer 1 = 1/100, yours is 1/50"),
        ({"decay_power": "4"}, 4, "decay_power = 2, yours is 4"),
        ({"outer_bias": '"decayed"'}, 4, "outer_bias = none, yours is decayed"),
        ({"outputs": "2"}, 4, "outputs = 1, yours is 2"),
        ({"lambda": '"1/5"'}, 4, "lambda = 1/10, yours is 1/5"),
        ({"activation": '["tanh", "atan"]'}, 4, "yours is another function"),
        # The same decays, said in another way.
        ({"decay": '{1 = "1/100", 2 = "1/10"}', "lambda": '"1/100"'}, 0, "the layers"),
        ({"seed": "1"}, 4, "the weights of layer 3 are not yours"),
    ],
)
def test_check_compares_the_layers_key_by_key(
    run: Run, tmp_path: Path, changed: dict[str, str], status: int, said: str
) -> None:
    data = {"data": f'"{bundled_data()}"', "target": '"progression"', "seed": "0"}
    out = tmp_path / "c.json"
    run("prove", "--problem", written(tmp_path / "p.toml", **data), "--out", out, "--quiet")
    if "outputs" in changed:
        data = {}  # several outputs of a square have no data
    own = written(tmp_path / "q.toml", **{**data, **changed})
    code, text, _ = run("check", out, "--problem", own)
    assert code == status and said in " ".join(text.split())


def test_validate_compares_the_activation_of_every_layer(run: Run, tmp_path: Path) -> None:
    problem, certificate = tmp_path / "p.toml", tmp_path / "c.json"
    data = tmp_path / "d.csv"
    data.write_text("a,b,y\n1,2,0.5\n-1,0.3,1\n0.2,0.1,-1\n2,1,0.3\n")
    said = f'data = "{data}"\ntarget = "y"\nhidden = [3, 2]\ntrain = "all"\nlambda = "1/10"\n'
    problem.write_text(f'{said}activation = ["tanh", "softplus"]\n')
    run("prove", "--problem", problem, "--out", certificate)
    code, out, _ = run("validate", certificate, "--problem", problem)
    assert code == 0 and "ok" in out
    problem.write_text(f'{said}activation = "tanh"\n')
    code, out, error = run("validate", certificate, "--problem", problem)
    assert (code, out) == (2, "") and "tanh(z); log(1 + exp(z))" in error


def test_a_claim_that_is_not_about_such_nets_names_those_that_are(run: Run) -> None:
    code, out, _ = run("prove", "-a", "tanh", "--depth", "3", "--claim", "dissipativity")
    assert code == 3 and "--claim villani or villani-iff or villani-small-noise" in out
    assert "--budget" not in out
