"""Certificates about nets of layers as Coq files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from proofkit.activation.catalogue import Activation
from proofkit.certificates import certify, record_of
from proofkit.coq.activation import OutOfReach
from proofkit.coq.certificate import Script, render
from proofkit.coq.layers import MODULES, about_layers
from proofkit.coq.run import compile_texts, library_folder
from proofkit.kernel.certificate import content_of
from proofkit.kernel.network.architecture import Architecture, DenseLayer
from proofkit.kernel.univariate.parser import parse
from proofkit.problem.problem import Problem
from proofkit.tactics.proof import Proof
from proofkit.tactics.prove import prove

EXPRESSIONS = {
    "tanh": "tanh(z)",
    "sigmoid": "1/(1 + exp(-z))",
    "silu": "z/(1 + exp(-z))",
    "softplus": "log(1 + exp(z))",
    "gelu": "z*(1 + erf(z/sqrt(2)))/2",
}
TANH = {
    "M1": ("1", "1"),
    "M2": ("769800358919501019/1000000000000000000", "769800358919501021/1000000000000000000"),
    "S0": ("1", "1"),
    "c_T": ("1/2", "1/2"),
}


def layer(units: int | None = None, **more: Any) -> dict[str, Any]:
    return {"units": units, "trained": True, "bias": "none", "decay": None, "weights": None} | more


def record(
    *layers: dict[str, Any],
    activation: str = "tanh",
    loss: str = "squared",
    verdict: str = "PROVED",
    claim: str = "villani",
    steps: tuple[tuple[str, str], ...] = (),
    holding: tuple[str, ...] = ("V1", "V2", "V3"),
    noise: str | None = None,
    power: int = 2,
) -> dict[str, Any]:
    """A record as certificates have it, with what the Coq file is made of."""
    text = EXPRESSIONS[activation]
    fixed = {"formula": None, "exact": None, "at": None}
    return {
        "digest": "0" * 64,
        "statement": "a statement",
        "claim": claim,
        "verdict": verdict,
        "problem": {
            "activation": {"name": activation, "expression": text},
            "loss": loss,
            "lambda": None,
            "noise": noise,
            "data": None,
            "outer": None,
            "layers": {
                "layers": list(layers),
                "activations": [text] * (len(layers) - 1),
                "power": power,
                "said": "a net",
            },
        },
        "conditions": {
            name: {"verdict": "PROVED" if name in holding else "REFUTED"}
            for name in ("V1", "V2", "V3", "V4")
        },
        "constants": {name: fixed | {"lo": lo, "hi": hi} for name, (lo, hi) in TANH.items()}
        if activation == "tanh"
        else {},
        "steps": [
            {"rule": "a rule", "claim": said, "payload": {"kind": kind}} for said, kind in steps
        ],
    }


def recorded(proof: Proof) -> dict[str, Any]:
    return record_of(content_of(certify(proof)))


FIXED_HEAD = layer(None, trained=False)


def proved(name: str) -> dict[str, Any]:
    match name:
        case "cross-entropy":
            return record(layer(), FIXED_HEAD, loss="cross-entropy")
        case "squares":
            return record(layer(), layer(3, trained=False))
        case _:
            two = record(layer(), layer(1), claim="villani-small-noise")
            two["steps"] = [{"rule": "V4 of two layers", "claim": "V4", "payload": {}}]
            return two


def refuted(
    *layers: dict[str, Any], fails: tuple[tuple[str, str], ...], **more: Any
) -> dict[str, Any]:
    steps = tuple((f"{condition} fails", kind) for condition, kind in fails)
    failing = {condition for condition, _ in fails}
    holding = tuple(c for c in ("V1", "V2", "V3", "V4") if c not in failing)
    return record(*layers, verdict="REFUTED", steps=steps, holding=holding, **more)


CURVE = (("V4", "curve"),)
REFUTED = {
    "three tanh": refuted(layer(), layer(), layer(1), fails=CURVE),
    "four silu": refuted(layer(), layer(), layer(), layer(1), fails=CURVE, activation="silu"),
    "three gelu": refuted(layer(1), layer(1), layer(1), fails=CURVE, activation="gelu"),
    "two sigmoid": refuted(layer(), layer(1), fails=CURVE, activation="sigmoid"),
    "two softplus": refuted(layer(64), layer(1), fails=CURVE, activation="softplus"),
    "hidden bias": refuted(
        layer(bias="undecayed"), layer(1, trained=False), fails=(("V2", "hidden bias"),)
    ),
    **{
        f"hidden bias of {name}, no constants": refuted(
            layer(bias="undecayed"),
            layer(1, trained=False),
            fails=(("V2", "hidden bias"),),
            activation=name,
        )
        for name in ("sigmoid", "softplus", "silu")
    },
    "hidden bias, both trained": refuted(
        layer(bias="undecayed"), layer(1), fails=(("V2", "hidden bias"),), activation="softplus"
    ),
    "shifted outputs": refuted(
        layer(),
        layer(3, bias="undecayed"),
        fails=(("V2", "shifted outputs"),),
        loss="cross-entropy",
    ),
    "one label": refuted(
        layer(), layer(1, bias="undecayed"), fails=(("V2", "one label"),), loss="logistic"
    ),
    "output bias": refuted(
        layer(), layer(1, bias="undecayed"), fails=(("V4", "output bias"),), loss="logistic"
    ),
}
PROVED = {name: proved(name) for name in ("cross-entropy", "squares", "two trained")}


@pytest.mark.parametrize("name", PROVED)
def test_what_is_proved_is_stated_for_every_condition(name: str) -> None:
    script = render(PROVED[name], name)
    assert script.conditions == ("V1", "V2", "V3", "V4")
    assert "Theorem villani :" in script.text
    assert script.missing == ()


def test_a_radius_of_the_certificate_is_named_as_missing() -> None:
    explicit = proved("cross-entropy")
    explicit["constants"]["r_0"] = {"lo": None, "hi": None, "exact": None, "formula": "G/lambda"}
    script = render(explicit, "cross-entropy")
    assert script.conditions == ("V1", "V2", "V3", "V4")
    assert [missing for missing in script.missing if "radius" in missing]


def test_certificates_of_the_prover_are_written() -> None:
    """What the prover certifies has the form that these files are made from."""
    head = DenseLayer(3, trained=False)
    classes = Architecture((DenseLayer(), head), (parse("tanh(z)"),))
    made = prove(Problem(Activation.of("tanh(z)"), "cross-entropy", architecture=classes))
    script = render(recorded(made), "classes")
    assert script.conditions == ("V1", "V2", "V3", "V4")

    both = Architecture((DenseLayer(), DenseLayer(1)), (parse("tanh(z)"),))
    problem = Problem(Activation.of("tanh(z)"), "squared", architecture=both)
    small = render(recorded(prove(problem, "villani-small-noise")), "both")
    assert small.conditions == ("V1", "V2", "V3", "V4")


def test_a_threshold_that_another_bound_gives_is_not_said_to_be_checked() -> None:
    """The library's threshold may be smaller than that of the certificate."""
    other = proved("two trained")
    other["steps"][0]["rule"] = "V4 of two layers, shared"
    script = render(other, "two")
    assert script.conditions == ("V1", "V2", "V3")
    assert any("threshold of the certificate" in missing for missing in script.missing)

    closer = proved("two trained")
    closer["constants"]["c_T"] |= {"lo": "2/5", "hi": "2/5"}
    assert "V4" not in render(closer, "two").conditions


def test_what_is_refuted_is_stated_with_what_holds() -> None:
    script = render(REFUTED["three tanh"], "three")
    assert script.conditions == ("V1", "V2", "V3", "V4")
    assert "~ V4 1 (d + 2)" in script.text
    two = render(REFUTED["two sigmoid"], "two")
    assert two.conditions == ("V1", "V2", "V3", "V4")
    assert "exists T : R" in two.text


def test_conditions_that_the_certificate_leaves_open_are_not_decided() -> None:
    left_open = refuted(layer(), layer(), layer(1), fails=CURVE)
    left_open["conditions"]["V3"]["verdict"] = "UNKNOWN"
    script = render(left_open, "three")
    assert script.conditions == ("V1", "V2", "V4")
    assert "integrable" not in script.text


def test_what_fails_without_a_theorem_is_named_as_missing() -> None:
    """V3 fails too, along the same bias; the library refutes V2 only."""
    both = refuted(
        layer(bias="undecayed"),
        layer(1),
        fails=(("V2", "hidden bias"), ("V3", "hidden bias")),
    )
    script = render(both, "bias")
    assert script.conditions == ("V2",)
    assert script.missing == ("V3 fails (hidden bias): no theorem of the library",)


@pytest.mark.parametrize(
    ("certificate", "why"),
    [
        (refuted(layer(2), layer(2), layer(1), fails=CURVE), "V4 fails"),
        (refuted(layer(), layer(), layer(1), fails=CURVE, activation="sigmoid"), "V4 fails"),
        (refuted(layer(1), layer(1), fails=CURVE), "V4 fails"),
        (refuted(layer(), layer(), layer(1), fails=CURVE, loss="logistic"), "V4 fails"),
        (refuted(layer(), layer(), layer(1), fails=CURVE, power=4), "V4 fails"),
        (record(layer(), layer(), FIXED_HEAD, loss="cross-entropy"), "depth 3"),
        (record(layer(bias="decayed"), FIXED_HEAD, loss="cross-entropy"), "biases"),
        (record(layer(), layer(2, trained=False), activation="softplus"), r"sup \|sigma\|"),
        (record(layer(), layer(1), activation="softplus"), "tanh and sigmoid"),
        (record(layer(), layer(1), loss="logistic"), "logistic loss"),
        (record(layer(), layer(1), verdict="UNKNOWN"), "decides nothing"),
        (record(layer(), layer(1), claim="sgd-discrete"), "sgd-discrete"),
    ],
)
def test_what_the_library_is_not_about_is_refused(certificate: dict[str, Any], why: str) -> None:
    with pytest.raises(OutOfReach, match=why):
        render(certificate, "certificate")


def test_given_data_and_a_given_noise_are_not_compared_by_the_file() -> None:
    given = refuted(layer(4), layer(1), fails=CURVE, noise="1/100")
    assert "V4" in about_layers(given).conditions
    given["problem"]["data"] = {"n": 3}
    assert about_layers(given).theorems == ()


def test_different_activations_are_missing() -> None:
    mixed = record(layer(), layer(), layer(1))
    mixed["problem"]["layers"]["activations"] = ["tanh(z)", "sin(z)"]
    with pytest.raises(OutOfReach, match="different activations"):
        render(mixed, "mixed")


def test_every_module_is_in_the_library() -> None:
    assert all((library_folder() / f"{module}.v").is_file() for module in MODULES)


def _scripts() -> dict[str, Script]:
    return {name: render(made, name) for name, made in (PROVED | REFUTED).items()}


def test_coq_accepts_every_file(coq_cache: Path) -> None:
    texts = {name: script.text for name, script in _scripts().items()}
    outcomes = compile_texts(texts, cache=coq_cache)
    assert {name: o.error for name, o in outcomes.items() if not o.accepted} == {}
