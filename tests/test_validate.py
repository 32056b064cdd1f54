"""Measured beside proved: honest certificates pass, one with a wrong constant is caught."""

from __future__ import annotations

import copy
import json
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from proofkit.activation.catalogue import Activation
from proofkit.certificates import certify, read_record
from proofkit.errors import InputError
from proofkit.numeric.kernels import Net
from proofkit.problem.problem import Problem
from proofkit.sentences.record import record
from proofkit.tactics.prove import prove
from proofkit.validate import measure, random_instance, summary_json

FOLDER = Path(__file__).parent.parent / "generated" / "certificates"
LAM, NOISE = Fraction(1, 10), Fraction(1, 10)


def certificate(name: str) -> dict:
    return read_record(FOLDER / f"{name}.json")


@pytest.mark.parametrize(
    "name",
    [
        "squared_bounded__tanh__squared__symbolic",
        "squared_softplus_family__softplus__squared__symbolic",
        "logistic_lipschitz__softplus__logistic__symbolic",
    ],
)
def test_honest_certificates(name: str) -> None:
    content = certificate(name)
    report = measure(
        content,
        random_instance(3, content["problem"]["loss"], LAM, NOISE),
        rays=4,
        radii=7,
        rounds=5,
    )
    assert not report.violated
    assert {"V4, bounded route", "V4, euler route"} & {c.name for c in report.checks}
    assert all(
        c.points > 100 and (c.tightness is None or 0 < c.tightness <= 1) for c in report.checks
    )


@pytest.mark.parametrize(
    ("constant", "name", "caught"),
    [
        ("G", "squared_bounded__tanh__squared__symbolic", "gradient of R"),
        ("K", "squared_bounded__tanh__squared__symbolic", "Laplacian of R"),
        ("C", "squared_softplus_family__softplus__squared__symbolic", "dissipativity"),
    ],
)
def test_a_constant_that_is_too_small_is_caught(constant: str, name: str, caught: str) -> None:
    content = copy.deepcopy(certificate(name))
    for step in content["steps"]:
        if constant in step["defines"]:
            step["defines"][constant]["formula"] = f"({step['defines'][constant]['formula']})/1000"
    report = measure(
        content,
        random_instance(3, "squared", LAM, NOISE),
        rays=6,
        radii=13,
        rounds=5,
        smoothness=False,
    )
    assert caught in {c.name for c in report.checks if c.violated}


def test_hostile_certificates() -> None:
    instance = random_instance(0, "squared", LAM, NOISE)
    good = certificate("squared_bounded__tanh__squared__symbolic")
    for change in (
        {"verdict": "UNKNOWN"},
        {"problem": []},
        {"routes": ["x"]},
        {"steps": [{"defines": {"M1": {"lo": "1e999999999", "hi": "1", "formula": None}}}]},
        {"steps": [{"defines": {"__class__": {"lo": "1", "hi": "1", "formula": None}}}]},
        {"steps": 3},
    ):
        with pytest.raises(InputError):
            measure({**good, **change}, instance)


def test_outer_weights_of_one_sign(tmp_path: Path) -> None:
    proof = prove(Problem(Activation.of("z^2 + z"), "squared"), "villani-one-signed")
    content = record(certify(proof))
    instance = random_instance(3, "squared", LAM, NOISE, one_sign=True)
    assert min(instance.weights) > 0
    report = measure(content, instance, rays=4, radii=7, rounds=5)
    assert not report.violated and {"V4, one-signed route", "dissipativity"} <= {
        c.name for c in report.checks
    }
    content["steps"] = json.loads(
        json.dumps(content["steps"]).replace("(kappa_hi*B_y + gamma)^2/(4*kappa_lo)", "0")
    )
    content["constants"]["C"]["formula"] = "0"
    assert measure(content, instance, rays=4, radii=7, rounds=5).violated


def proved(text: str, loss: str = "squared") -> dict:
    return record(certify(prove(Problem(Activation.of(text), loss))))


@pytest.mark.parametrize(
    "text",
    ["z*(exp(2*z)+2*exp(z))/(exp(2*z)+2*exp(z)+2)", "tanh(exp(z))", "(exp(2*z)-1)/(exp(2*z)+1)"],
)
def test_typed_activations_are_measured(text: str) -> None:
    report = measure(
        proved(text), random_instance(1, "squared", LAM, NOISE), rays=4, radii=7, rounds=3
    )
    assert report.checks and not report.violated and not report.doubtful


class _Wrong:
    """A kernel that is wrong (a huge sigma'', or NaN) far from 0."""

    def __init__(self, net: Net, value: float) -> None:
        self.net, self.value = net, value
        self.lam, self.data, self.chosen = net.lam, net.data, net.chosen

    def _spoiled(self, W: np.ndarray, out: np.ndarray) -> np.ndarray:
        far = np.sqrt((np.asarray(W) ** 2).sum(axis=(-2, -1))) > 3
        return np.where(far, self.value, out)

    def laplacian(self, W: np.ndarray) -> np.ndarray:
        return self._spoiled(W, self.net.laplacian(W))

    def villani(self, W: np.ndarray, noise: float) -> np.ndarray:
        return self._spoiled(W, self.net.villani(W, noise))

    def __getattr__(self, name: str) -> object:
        return getattr(self.net, name)


@pytest.mark.parametrize("value", [float("nan"), -1e200, float("inf"), float("-inf")])
def test_a_wrong_kernel_does_not_accuse(value: float, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Net.of
    monkeypatch.setattr(
        "proofkit.validate.Net", SimpleNamespace(of=lambda *a: _Wrong(real(*a), value))
    )
    report = measure(
        certificate("squared_bounded__tanh__squared__symbolic"),
        random_instance(2, "squared", LAM, NOISE),
        rays=3,
        radii=7,
        rounds=2,
        smoothness=False,
    )
    assert not report.violated and report.doubtful
    doubts = {c.name: c.doubt for c in report.checks if c.doubt}
    assert "V4, bounded route" in doubts
    assert all("the exact value is within the bound" in text for text in doubts.values())
    content = summary_json([report])
    assert content["verdict"] == "UNRELIABLE"
    assert "NaN" not in json.dumps(content, allow_nan=False)
