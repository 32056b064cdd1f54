"""Measured beside proved: honest certificates pass, one with a wrong constant is caught."""

from __future__ import annotations

import copy
import json
from fractions import Fraction
from pathlib import Path

import pytest

from proofkit.activation.catalogue import Activation
from proofkit.errors import InputError
from proofkit.kernel.certificate import certify
from proofkit.problem.problem import Problem
from proofkit.tactics.prove import prove
from proofkit.validate import measure, random_instance

FOLDER = Path(__file__).parent.parent / "generated" / "certificates"
LAM, NOISE = Fraction(1, 10), Fraction(1, 10)


def certificate(name: str) -> dict:
    return json.loads((FOLDER / f"{name}.json").read_text())


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
    content = json.loads(certify(proof).to_json())
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
