"""The independent checker: what is valid, what is false, and what comes from strangers."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from proofkit.activation.catalogue import Activation
from proofkit.check.command import main
from proofkit.check.document import check, load
from proofkit.check.problem import Unreadable, load_problem
from proofkit.kernel.certificate import certify
from proofkit.kernel.core import KernelError
from proofkit.kernel.facts import infer
from proofkit.kernel.univariate.cover import verify_cover
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.quantity import Quantity
from proofkit.kernel.univariate.workspace import Workspace
from proofkit.problem.data import summarise, summarise_outer
from proofkit.problem.problem import Problem
from proofkit.reading.table import load_table
from proofkit.report import BUNDLED_TARGET, bundled_data
from proofkit.search.facts import derive_facts
from proofkit.search.supremum import supremum
from proofkit.tactics.prove import prove

ROOT = Path(__file__).resolve().parents[2]
CERTIFICATES = sorted((ROOT / "generated" / "certificates").glob("*.json"))
Json = dict[str, Any]


def certificate(activation: str, **kw: Any) -> Json:
    claim = kw.pop("claim", "villani")
    return json.loads(
        certify(
            prove(Problem(Activation.of(activation), kw.pop("loss", "squared"), **kw), claim)
        ).to_json()
    )


def forged(content: Json, change: Callable[[Json], None]) -> Json:
    """A changed copy with a right digest."""
    out = copy.deepcopy(content)
    change(out)
    body = {k: v for k, v in out.items() if k != "digest"}
    out["digest"] = hashlib.sha256(
        json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()
    return out


def step(content: Json, rule: str, defines: str | None = None) -> Json:
    return next(
        s
        for s in content["steps"]
        if s["rule"] == rule and (defines is None or defines in s["defines"])
    )


def reason(content: Json) -> str:
    return check(content).lines[-1].reason


def test_every_committed_certificate_is_valid() -> None:
    cache: dict[Any, Any] = {}
    for path in CERTIFICATES:
        outcome = check(load(path), None, cache)
        assert outcome.valid, f"{path.name}: {outcome.lines[-1]}"
        assert any("quoted" in n for n in outcome.not_compared)


def test_the_checker_loads_nothing_of_the_prover() -> None:
    code = (
        "import sys; import proofkit.check.__main__, proofkit.check.command; "
        "bad = [m for m in sys.modules if m.split('.')[0] in ('sympy', 'mpmath', 'numpy', "
        "'rich', 'typer') "
        "or (m.startswith('proofkit.') and not m.startswith(('proofkit.check', "
        "'proofkit.process', 'proofkit.reading', 'proofkit.errors')))]; assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "activation",
    [
        "z/(1 + exp(-1.702*z))",
        "atan(z) + z/2",
        "tanh(z)^3",
        "z + 1/(z^2 + 1)",
        "log(1 + exp(2*z))/2 + erf(z)/10",
        "exp(-z^2)*cos(3*z)",
    ]
    + [
        "z*atan(z)",
        "cos(atan(z))",
        "(1 + z^2)^(1/3)",
        "exp(-exp(z))",
        "log(1 + z^2)/2",
        "tanh(z)*cos(z)",
        "sin(z)/2 + tanh(z)",
        "erf(z) - cos(z/2)/3",
    ]
    + [
        "1.7159*tanh(2*z/3)",
        "tanh(sqrt(2)*z)",
        "z*log(1 + 1/(1 + exp(-z)))",
        "z*log(2 - exp(-exp(z)))",
    ],
)
def test_activations_nobody_listed_are_checked_too(activation: str) -> None:
    content = certificate(activation)
    assert content["verdict"] == "PROVED"
    assert check(content).valid, reason(content)


@pytest.mark.parametrize("loss", ["squared", "logistic"])
@pytest.mark.parametrize(
    "activation", ["z^2", "z + z^2/10", "z^3", "exp(-z)", "z^2 + z*sin(z)", "z*log(1 + exp(z))"]
)
def test_mirrored_units_are_followed(activation: str, loss: str) -> None:
    content = certificate(activation, loss=loss)
    assert content["verdict"] == "REFUTED" and check(content).valid, reason(content)


@pytest.mark.parametrize(
    "claim",
    [
        "villani",
        "villani-iff",
        "lipschitz-threshold",
        "sgd-discrete",
        "dissipativity",
        "rate-continuous",
    ],
)
@pytest.mark.parametrize("activation", ["relu", "z^2"])
def test_what_refutes_a_claim_is_followed(claim: str, activation: str) -> None:
    content = certificate(activation, claim=claim)
    assert check(content).valid, reason(content)
    verdict = {
        "sgd-discrete": "UNKNOWN",
        "rate-continuous": "UNKNOWN",
        "dissipativity": "PROVED" if activation == "z^2" else "UNKNOWN",
    }
    assert content["verdict"] == verdict.get(claim, "REFUTED")


def test_mirrored_units_that_do_not_refute() -> None:
    good = certificate("z^2", lam=Fraction(2), noise=Fraction(1))
    assert good["verdict"] == "REFUTED" and check(good).valid, reason(good)
    smaller = json.loads(
        json.dumps(good).replace("s = 1", "s = 99/100").replace('"noise": "1"', '"noise": "99/100"')
    )
    for s in [*smaller["steps"], {"defines": smaller["constants"]}]:
        if "s" in s["defines"]:
            s["defines"]["s"].update(lo="99/100", hi="99/100", exact="99/100")
    assert "s is not known to be large enough" in reason(forged(smaller, lambda c: None))
    for key, value in (
        ("sign", -1),
        ("end", -1),
        ("power", 2),
        ("power", True),
        ("factor", "0"),
        ("start", "1"),
        ("end", 2),
    ):
        assert not check(
            forged(
                good,
                lambda c, key=key, value=value: step(c, "steep")["payload"].update({key: value}),
            )
        ).valid
    steeper = json.loads(
        json.dumps(good)
        .replace("beta = 2", "beta = 201/100")
        .replace('"factor": "2"', '"factor": "201/100"')
    )
    for s in [*steeper["steps"], {"defines": steeper["constants"]}]:
        if "beta" in s["defines"]:
            s["defines"]["beta"].update(
                formula="201/100", lo="201/100", hi="201/100", exact="201/100"
            )
    assert "sigma' is not seen to grow like that" in reason(forged(steeper, lambda c: None))
    assert not check(
        forged(good, lambda c: step(c, "mirrored units")["payload"].update(limit="-oo"))
    ).valid


LINES = {
    "rising": "squared_line__z_sin_z__squared__symbolic",
    "falling": "squared_line__z_2_sin_z__squared__data",
}


@pytest.mark.parametrize("name", LINES)
def test_lines_that_are_not_there(name: str) -> None:
    good = load(ROOT / "generated" / "certificates" / f"{LINES[name]}.json")
    assert check(good).valid

    def constant(c: Json, name: str, value: str) -> None:
        for s in [*c["steps"], {"defines": c["constants"]}]:
            if name in s["defines"]:
                s["defines"][name].update(lo=value, hi=value, exact=value)

    near = step(good, "supremum", "S_alpha")
    for other in ("1/2", "-1", "0", "2"):  # another slope: sigma less that line is unbounded
        false = forged(
            good,
            lambda c, other=other: (
                step(c, "supremum", "S_alpha")["payload"].update(kappa=other),
                constant(c, "alpha", other),
            ),
        )
        assert not check(false).valid
    assert not check(
        forged(good, lambda c: step(c, "supremum", "S_alpha")["payload"].update(kappa=None))
    ).valid
    less = str(Fraction(near["defines"]["S_alpha"]["hi"]) - Fraction(1, 1000))
    tighter = json.loads(
        json.dumps(good).replace(
            f"sup |sigma - alpha*z| lies in [{near['defines']['S_alpha']['lo']}, "
            f"{near['defines']['S_alpha']['hi']}]",
            f"sup |sigma - alpha*z| lies in [{float(Fraction(less))}, {float(Fraction(less))}]",
        )
    )

    def tight(c: Json) -> None:
        constant(c, "S_alpha", less)
        for proof in step(c, "supremum", "S_alpha")["payload"]["proofs"]:
            proof.update(upper=less, lower=less)

    assert not check(forged(tighter, tight)).valid
    if name == "falling":  # sigma' < 0 somewhere: no threshold 0, and none below the true one
        assert not check(forged(good, lambda c: step(c, "line").update(rule="monotone line"))).valid
        lower = str(Fraction(step(good, "supremum", "fall")["defines"]["fall"]["hi"]) / 2)
        assert not check(
            forged(
                good,
                lambda c: (
                    constant(c, "fall", lower),
                    [
                        p.update(upper=lower, lower=lower)
                        for p in step(c, "supremum", "fall")["payload"]["proofs"]
                    ],
                ),
            )
        ).valid
        assert not check(
            forged(
                json.loads(json.dumps(good).replace("lambda > lambda_alpha", "lambda > 0")),
                lambda c: None,
            )
        ).valid


ONE_SIGN = [("z^2 + z", "squared"), ("z^2", "logistic")]


@pytest.mark.parametrize(("activation", "loss"), ONE_SIGN)
def test_one_sign_of_the_outer_weights(activation: str, loss: str, tmp_path: Path) -> None:
    good = certificate(activation, loss=loss, claim="villani-one-signed")
    assert good["verdict"] == "PROVED" and check(good).valid, reason(good)
    assert any("one sign" in text for text in check(good).not_compared)
    # For every a, of one sign or not, it is false.
    assert not check(forged(good, lambda c: c.update(claim="villani"))).valid
    for old, new in (
        ("for every a of one sign, ", ""),
        ("V4 for a of one sign", "V4"),
        ("V4 if one sign", "V4"),
        ("Villani if one sign", "Villani"),
    ):
        assert not check(
            forged(json.loads(json.dumps(good).replace(old, new)), lambda c: None)
        ).valid
    renamed = {
        "weights of one sign": "one-signed weights",
        "V4 if one-signed": "V4 one-signed",
        "Villani if one-signed": "Villani",
    }
    for rule, other in renamed.items():
        assert not check(
            forged(good, lambda c, rule=rule, other=other: step(c, rule).update(rule=other))
        ).valid

    def exponent(c: Json, quantity: str, name: str, value: str) -> None:
        step(c, "supremum", quantity)["payload"]["kappa"] = value
        for s in [*c["steps"], {"defines": c["constants"]}]:
            if name in s["defines"]:
                s["defines"][name].update(lo=value, hi=value, exact=value)

    for value in (
        "0",
        "-1",
        "5/2",
        "3",
    ):  # z sigma' >= 5/2 sigma fails far out, 0 leaves nothing to win
        assert not check(
            forged(good, lambda c, value=value: exponent(c, "H_lo", "kappa_lo", value))
        ).valid
    for value in ("1/2", "19/10"):
        assert not check(
            forged(good, lambda c, value=value: exponent(c, "H_hi", "kappa_hi", value))
        ).valid
    for name in ("H_lo", "H_hi", "S_lo"):
        proofs = step(good, "supremum", name)["payload"]["proofs"]
        other = [dict(p, sign=-p["sign"]) for p in proofs]
        assert not check(
            forged(
                good,
                lambda c, name=name, other=other: step(c, "supremum", name)["payload"].update(
                    proofs=other
                ),
            )
        ).valid
    # The reader's own weights.
    for weights, valid in (("1 2 0", True), ("-1, -2", True), ("1 -1", False)):
        (tmp_path / "a.txt").write_text(weights)
        (tmp_path / "mine.toml").write_text('outer = "a.txt"\n')
        outcome = check(good, load_problem(tmp_path / "mine.toml", None))
        assert outcome.valid is valid and (valid or "have both" in outcome.lines[-1].reason)


def test_drawn_outer_weights_come_from_no_file() -> None:
    good = load(
        ROOT / "generated" / "certificates" / "logistic_lipschitz__mish__logistic__data.json"
    )
    assert "no sha256" in reason(
        forged(good, lambda c: c["problem"]["outer"].update(sha256="x" * 50))
    )


def test_given_outer_weights_of_one_sign() -> None:
    table = load_table(bundled_data(), BUNDLED_TARGET)
    halves = summarise_outer([Fraction(1, 2)] * 3, "a.txt", "0" * 64)
    good = certificate("z^2", data=summarise(table), outer=halves)
    assert good["verdict"] == "PROVED" and check(good).valid, reason(good)

    def weights(**change: str | None) -> Json:
        def both(c: Json) -> None:
            c["problem"]["outer"].update(change)
            for s in [*c["steps"], {"defines": c["constants"]}]:
                for name in change.keys() & s["defines"].keys():
                    s["defines"][name].update(lo=change[name], hi=change[name], exact=change[name])

        return forged(good, both)

    mixed = summarise_outer([Fraction(1, 2), Fraction(-1, 4)], "a.txt", "0" * 64)
    cancelling = certificate(
        "z^2", data=summarise(table), outer=mixed, lam=Fraction(1), noise=Fraction(10**5)
    )
    assert cancelling["verdict"] == "REFUTED" and check(cancelling).valid, reason(cancelling)
    smaller = json.loads(
        json.dumps(cancelling)
        .replace("s = 100000", "s = 100")
        .replace('"noise": "100000"', '"noise": "100"')
    )
    for s in [*smaller["steps"], {"defines": smaller["constants"]}]:
        if "s" in s["defines"]:
            s["defines"]["s"].update(lo="100", hi="100", exact="100")
    assert "s is not known to be large enough" in reason(forged(smaller, lambda c: None))
    for text in ("z^2 + 1", "3*z^2/2"):  # H, or M2, is another
        assert not check(
            forged(json.loads(json.dumps(cancelling).replace('"z^2"', f'"{text}"')), lambda c: None)
        ).valid

    assert not check(weights(a_plus="1", a_minus="1/2", first_negative="-1/2")).valid  # both signs
    for wrong in (
        {"a_minus": "1/2"},
        {"a_plus": "2"},
        {"first_positive": "-1/2"},
        {"first_positive": None},
        {"first_positive": "3"},
        {"first_negative": "-1/2"},
    ):
        assert "contradict each other" in reason(weights(**wrong))


# -- false theorems, refused by the prover and by the checker --------------------------------------


def test_threshold_at_lambda_zero() -> None:
    assert prove(Problem(Activation.of("softplus"), "squared", Fraction(0))).verdict != "PROVED"
    good = certificate("softplus")
    text = json.dumps(good).replace("for every lambda > 0", "for lambda = 0")
    false = forged(json.loads(text), lambda c: c["problem"].update({"lambda": "0"}))
    assert not check(false).valid
    assert not check(forged(good, lambda c: c["problem"].update({"lambda": "0"}))).valid
    weaker = json.loads(json.dumps(good).replace("for every lambda > 0", "for every lambda >= 0"))
    assert not check(forged(weaker, lambda c: None)).valid


@pytest.mark.parametrize(
    ("activation", "name", "false"),
    [
        ("tanh", "M1", "99/100"),
        ("softplus", "H", "69/100"),
        ("tanh", "M2", "76/100"),
        ("silu", "M1", "109/100"),
    ],
)
def test_a_constant_that_is_too_small(activation: str, name: str, false: str) -> None:
    facts = derive_facts(Activation.of(activation).root)
    order, kappa = {"M1": (1, None), "M2": (2, None), "H": (1, Fraction(1))}[name]
    q = Quantity(Activation.of(activation).root, order, kappa)
    found = supremum(Workspace(q.root), q)
    assert facts.M1 is not None and found.cover is not None
    for sign in (1, -1):
        g = Quantity(q.root, order, kappa, sign)
        cover = supremum(Workspace(g.root), g).cover
        assert cover is not None
        import dataclasses

        if sup_of(g) > Fraction(false):
            assert (
                verify_cover(g, dataclasses.replace(cover, bound=Fraction(false)), None, None) != ""
            )

    def change(c: Json) -> None:
        s = step(c, "supremum", name)
        for p in s["payload"]["proofs"]:
            if Fraction(p["upper"]) > Fraction(false):
                p["upper"] = false
                p["lower"] = str(Fraction(false) - Fraction(1, 100))
        s["defines"][name].update(lo=str(Fraction(false) - Fraction(1, 100)), hi=false, exact=None)
        s["statement"] = (
            s["statement"].split("[")[0]
            + f"[{float(Fraction(false)) - 0.01:.2f}, {float(Fraction(false)):.2f}]"
        )
        c["constants"][name] = s["defines"][name]

    false_certificate = forged(certificate(activation), change)
    assert not check(false_certificate).valid
    assert (
        "does not bound" in reason(false_certificate)
        or "tail" in reason(false_certificate)
        or "range" in reason(false_certificate)
    )


def sup_of(g: Quantity) -> Fraction:
    found = supremum(Workspace(g.root), g)
    assert found.upper is not None
    return found.upper


def test_v4_for_the_cube() -> None:
    assert prove(Problem(Activation.of("z^3"), "squared")).verdict == "REFUTED"
    for name in ("tanh", "softplus", "identity"):
        false = forged(
            certificate(name), lambda c: c["problem"]["activation"].update(expression="z^3")
        )
        assert not check(false).valid


def test_v1_for_relu() -> None:
    problem = Problem(Activation.of("relu"), "squared")
    with pytest.raises(KernelError):
        infer("smooth", problem)
    false = forged(
        certificate("softplus"), lambda c: c["problem"]["activation"].update(expression="Max(z, 0)")
    )
    assert "contains Max" in reason(false)
    kinked = json.loads(
        (
            ROOT / "generated/certificates/refused_nonsmooth__relu__squared__symbolic.json"
        ).read_text()
    )
    for order, at in ((1, "0"), (0, "1")):

        def change(c: Json, order: int = order, at: str = at) -> None:
            step(c, "kink")["payload"].update(order=order, at=at)

        assert not check(forged(kinked, change)).valid
    # A kink at 0 of the order said, but with a sharper one there, or with a pole.
    elu = json.loads(
        (ROOT / "generated/certificates/refused_nonsmooth__elu__squared__symbolic.json").read_text()
    )
    for expression in (
        "(Max(z, 0) + (exp(Min(z, 0)) - 1))/(z - 5)",
        "Max(z, 0) + (exp(Min(z, 0)) - 1) + Abs(z)",
    ):
        assert not check(
            forged(elu, lambda c, e=expression: c["problem"]["activation"].update(expression=e))
        ).valid
    assert check(
        forged(
            elu,
            lambda c: c["problem"]["activation"].update(
                expression="Max(z, 0) + (exp(Min(z, 0)) - 7)"
            ),
        )
    ).valid


def test_finite_glip_for_squared_loss_with_softplus() -> None:
    assert prove(Problem(Activation.of("softplus"), "squared"), "sgd-discrete").verdict == "UNKNOWN"
    donor = json.loads(
        (
            ROOT / "generated/certificates/sgd_discrete_time__tanh__squared__symbolic.json"
        ).read_text()
    )
    false = forged(donor, lambda c: c["problem"]["activation"].update(expression="log(1 + exp(z))"))
    assert not check(false).valid

    def without_residual(c: Json) -> None:
        s = step(c, "gradient Lipschitz")
        residual = step(c, "bounded residual")["id"]
        s["premises"] = [p for p in s["premises"] if p != residual]

    assert not check(forged(donor, without_residual)).valid


def test_kappa_one_for_z_plus_sin() -> None:
    assert derive_facts(parse("z + sin(z)")).euler is None
    false = forged(
        certificate("softplus"),
        lambda c: c["problem"]["activation"].update(expression="z + sin(z)"),
    )
    assert not check(false).valid


def test_the_radius_on_the_wrong_side() -> None:
    good = certificate("tanh", lam=Fraction(1, 10), noise=Fraction(1, 100))
    # Symbolic data leave r_0 without a value; with data it has one.
    bound = json.loads(
        (ROOT / "generated/certificates/squared_bounded__tanh__squared__data.json").read_text()
    )
    assert good["constants"]["r_0"]["lo"] is None and bound["constants"]["r_0"]["lo"] is None


def numeric_certificate(tmp_path: Path) -> tuple[Path, Path]:
    return numeric_certificate_on(tmp_path, "a,b,y\n1,2,1\n3,4.5,-1\n0.5,-1,1\n")


def test_a_radius_off_by_a_billionth(tmp_path: Path) -> None:
    path, _ = numeric_certificate(tmp_path)
    good = load(path)
    assert check(good).valid, reason(good)
    for factor, valid in ((1 - Fraction(1, 10**9), False), (Fraction(1), True)):

        def change(c: Json, factor: Fraction = factor) -> None:
            for s in c["steps"]:
                if "r_0" in s["defines"]:
                    s["defines"]["r_0"].update(
                        {k: str(Fraction(s["defines"]["r_0"][k]) * factor) for k in ("lo", "hi")}
                    )
            c["constants"]["r_0"] = next(s for s in c["steps"] if "r_0" in s["defines"])["defines"][
                "r_0"
            ]

        assert check(forged(good, change)).valid is valid


@pytest.mark.parametrize(
    ("witness", "words"),
    [
        ({"kind": "quarter", "point": "0", "end": 1}, "does not reach"), ({"kind": "quarter", "point": "2", "end": -1}, "does not reach"),
        ({"kind": "phase", "point": "1", "end": 1}, "does not reach"), ({"kind": "limit", "point": None, "end": 1}, "not known"),
        ({"kind": "point", "point": "1", "end": 0}, "does not reach"), ({"kind": "quarter", "point": "x", "end": 1}, "not a rational"),
        ({"kind": "quarter", "point": "1", "end": 2}, "no phase"), ({"kind": "some", "point": "1", "end": 1}, "no phase"),
        ({"kind": "phase", "point": "1570796326794896619231/1000000000000000000000", "end": 1}, "does not reach"),
    ],
)  # fmt: skip
def test_phases_that_do_not_reach_the_supremum(witness: Json, words: str) -> None:
    """sup |sin(z)/2 + tanh(z)| = 3/2 is approached along the phase pi/2 alone; what is only near it
    is not taken for it.
    """

    def change(c: Json) -> None:
        step(c, "supremum", "S0")["payload"]["proofs"][0]["witness"] = witness

    outcome = check(forged(certificate("sin(z)/2 + tanh(z)"), change))
    assert not outcome.valid and words in outcome.lines[-1].reason


def test_a_bound_that_a_wave_exceeds_far_out() -> None:
    def change(c: Json) -> None:
        for proof in step(c, "supremum", "S0")["payload"]["proofs"]:
            proof |= {"upper": "1499/1000", "lower": "1"}
        s = step(c, "supremum", "S0")["defines"]["S0"]
        s |= {"lo": "1", "hi": "1499/1000"}
        c["constants"]["S0"] = s

    outcome = check(forged(certificate("sin(z)/2 + tanh(z)"), change))
    assert not outcome.valid and (
        "does not bound" in outcome.lines[-1].reason or "tail" in outcome.lines[-1].reason
    )


def test_many_half_lines_with_waves_are_refused() -> None:
    """Each may take 64 arcs of phases apart, which costs seconds for a long expression."""

    def change(c: Json) -> None:
        for k in range(100):
            more = copy.deepcopy(step(c, "supremum", "S0")) | {"id": f"more{k}"}
            for proof in more["payload"]["proofs"]:
                proof["bits"] += k
            c["steps"].append(more)

    outcome = check(forged(certificate("sin(z)/2 + tanh(z)"), change))
    assert not outcome.valid and "too long" in outcome.lines[-1].reason


@pytest.mark.parametrize(
    "at", ["0", "-1/3", "z -> oo", "z -> -oo", "log(2)", "nowhere", "exp(z)", 7]
)
def test_a_supremum_said_to_be_elsewhere(at: Any) -> None:
    def change(c: Json) -> None:
        s = step(c, "supremum", "M2")
        s["defines"]["M2"]["at"] = at
        c["constants"]["M2"] = s["defines"]["M2"]

    assert not check(forged(certificate("tanh"), change)).valid


@pytest.mark.parametrize(
    ("place", "key", "value"),
    [
        ("data", "B_x_squared", "B_y"),
        ("data", "B_x_squared", "1*0"),
        ("data", "B_y", "-1"),
        ("outer", "a_2_squared", "a_1^2"),
        ("outer", "a_inf", "-1/2"),
    ],
)
def test_sizes_are_numbers_and_not_negative(
    tmp_path: Path, place: str, key: str, value: str
) -> None:
    path, _ = numeric_certificate(tmp_path)
    assert not check(forged(load(path), lambda c: c["problem"][place].update({key: value}))).valid


def test_a_step_that_claims_more_evidence_is_refused() -> None:
    good = certificate("tanh")
    for new in ("kernel-checked", "Coq-checked"):
        assert not check(
            forged(good, lambda c, new=new: step(c, "derivation").update(evidence=new))
        ).valid
        assert not check(
            forged(good, lambda c, new=new: c["conditions"]["V4"].update(evidence=new))
        ).valid


# -- the reader's problem --------------------------------------------------------------------------


def test_the_readers_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, csv = numeric_certificate(tmp_path)
    assert main([str(path), "--problem", str(csv), "--target", "y"]) == 0
    assert "the constants of the data" not in capsys.readouterr().out
    assert main([str(path)]) == 0
    assert "the constants of the data and their sha256" in capsys.readouterr().out
    harder = tmp_path / "harder.csv"
    harder.write_text(csv.read_text() + "100,100,1\n")
    assert main([str(path), "--problem", str(harder), "--target", "y"]) == 4
    assert "n of your data is 4" in capsys.readouterr().out
    npz = tmp_path / "d.npz"
    np.savez(npz, X=np.array([[1, 2], [3, 4.5], [0.5, -1]]), y=np.array([1.0, -1, 1]))
    assert main([str(path), "--problem", str(npz), "--target", "y"]) == 0
    assert "another one with the same numbers" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (
            'lambda = "1/10"\nnoise = "0.01"\nwidth = 5\nseed = 3\nloss = '
            '"squared"\nactivation = "tanh(z)"',
            0,
        ),
        ('lambda = "1/20"', 4),
        ('noise = "1/1000"', 4),
        ('loss = "logistic"', 4),
        ('activation = "z"', 4),
        ("width = 6\nseed = 3", 4),
        ("width = 5\nseed = 4", 4),
        ('outer = "weights.txt"', 4),
        ('labmda = "1"', 2),
        ('lambda = "', 2),
    ],
)
def test_a_problem_named_in_toml(
    tmp_path: Path, line: str, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    path, _ = numeric_certificate(tmp_path)
    (tmp_path / "weights.txt").write_text("1 2 3 4 5")
    spec = tmp_path / "problem.toml"
    spec.write_text('data = "d.csv"\ntarget = "y"\n' + line)
    assert main([str(path), "--problem", str(spec)]) == status, capsys.readouterr()
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err and (status != 2 or captured.err.count("\n") == 1)


@pytest.mark.parametrize(
    ("name", "line", "status"),
    [
        ("squared_bounded__tanh__squared__symbolic", 'lambda = "1/100"', 0),
        ("squared_bounded__tanh__squared__symbolic", 'lambda = "0"', 4),
        ("squared_bounded__tanh__squared__symbolic", 'lambda = "-1"', 4),
        ("squared_bounded__tanh__squared__symbolic", 'noise = "0"', 2),
        ("squared_bounded__tanh__squared__symbolic", 'data = "d.csv"\ntarget = "y"', 0),
        ("logistic_lipschitz__tanh__logistic__symbolic", 'data = "d.csv"\ntarget = "y"', 0),
        ("logistic_lipschitz__tanh__logistic__symbolic", 'data = "d.csv"\ntarget = "a"', 4),
        ("published_threshold__tanh__squared__data", 'lambda = "1/100"', 4),
    ],
)
def test_a_universal_statement_includes_the_readers_case_or_not(
    tmp_path: Path, name: str, line: str, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "d.csv").write_text("a,b,y\n1,2,1\n3,4.5,-1\n0.5,-1,1\n")
    spec = tmp_path / "problem.toml"
    spec.write_text(line)
    assert (
        main([str(ROOT / f"generated/certificates/{name}.json"), "--problem", str(spec)]) == status
    ), capsys.readouterr().out[-400:]
    capsys.readouterr()


def test_an_easier_problem_with_matching_names_is_refused(tmp_path: Path) -> None:
    path, csv = numeric_certificate(tmp_path)
    easy = tmp_path / "easy"
    easy.mkdir()
    other, _ = numeric_certificate_on(
        easy, "a,b,y\n0.001,0.002,1\n0.003,0.0045,-1\n0.0005,-0.001,1\n"
    )

    def rename(c: Json) -> None:
        c["problem"]["data"]["sha256"] = load(path)["problem"]["data"]["sha256"]
        c["assumptions"] = load(path)["assumptions"]

    forgery = easy / "forged.json"
    forgery.write_text(json.dumps(forged(load(other), rename)))
    assert check(load(forgery)).valid  # true of somebody's data ...
    assert (
        main([str(forgery), "--problem", str(csv), "--target", "y"]) == 4
    )  # ... not of the reader's


def numeric_certificate_on(folder: Path, text: str) -> tuple[Path, Path]:
    csv = folder / "d.csv"
    csv.write_text(text)
    out = folder / "c.json"
    command = [
        "prove",
        "-a",
        "tanh",
        "--lam",
        "1/10",
        "--noise",
        "1/100",
        "--data",
        str(csv),
        "--target",
        "y",
        "--width",
        "5",
        "--seed",
        "3",
        "--out",
        str(out),
    ]
    subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; from proofkit.cli import main; sys.argv = ['proofkit', "
            f"*{command!r}]; main()",
        ],
        check=False,
        capture_output=True,
    )
    return out, csv


# -- strangers -------------------------------------------------------------------------------------


def test_a_gigabyte_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "big.json"
    with path.open("wb") as file:
        file.truncate(2**30)
    tracemalloc.start()
    with pytest.raises(Unreadable, match="larger than"):
        load(path)
    assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    tracemalloc.stop()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"format": "proofkit-certificate", "version": NaN}',
        '{"format": "x"}',
        '{"version": 1, "version": 1}',
        '{"version": 1e5}',
        "9" * 10_000,
        "\x00",
    ],
)
def test_what_is_no_certificate_is_unreadable(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.json"
    path.write_text(text)
    assert main([str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    "place",
    [
        ("statement",),
        ("verdict",),
        ("problem", "activation", "name"),
        ("steps", 0, "rule"),
        ("steps", 0, "id"),
        ("steps", 0, "statement"),
    ],
)
def test_nothing_of_a_stranger_reaches_the_terminal_raw(
    tmp_path: Path, place: tuple[Any, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    def change(c: Json) -> None:
        at: Any = c
        for k in place[:-1]:
            at = at[k]
        at[place[-1]] = "\x1b[2J\x1b]0;owned\x07\u202e\\input{/etc/passwd}"

    path = tmp_path / "c.json"
    path.write_text(json.dumps(forged(certificate("tanh"), change)))
    main([str(path)])
    shown = capsys.readouterr()
    assert not any(ch in shown.out + shown.err for ch in "\x1b\x07\u202e")


@pytest.mark.parametrize(
    "expression",
    [
        "z^1000000000",
        "9^9^9^9",
        "1e999999999*z",
        "(" * 5000 + "z" + ")" * 5000,
        "z" * 30_000,
        "exp(" * 3000,
        "__import__('os')",
        "z.__class__",
        "lambda: 0",
        "[z for z in z]",
        "z if z else z",
        "f'{z}'",
        "1j*z",
        "\u0437",
    ],
)
def test_hostile_expressions(expression: str) -> None:
    false = forged(
        certificate("tanh"), lambda c: c["problem"]["activation"].update(expression=expression)
    )
    outcome = check(false)
    assert not outcome.valid


@pytest.mark.parametrize(
    "number",
    ["1e1000000000", "1/0", "9" * 100_000, "0x10", "inf", "nan", "1" + "0" * 6001, "", " 1", "1_0"],
)
def test_hostile_numbers(number: str) -> None:
    def change(c: Json) -> None:
        step(c, "supremum")["payload"]["proofs"][0]["upper"] = number

    assert not check(forged(certificate("tanh"), change)).valid


def test_huge_covers_are_refused_quickly() -> None:
    def change(c: Json) -> None:
        p = step(c, "supremum")["payload"]["proofs"][0]
        p["breaks"] = [str(i) for i in range(-100_000, 100_001)]
        p["rules"] = ["ball"] * 200_000

    assert "too long" in reason(forged(certificate("tanh"), change))


def test_json_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(CERTIFICATES[0]), "--json"]) == 0
    row = json.loads(capsys.readouterr().out)[0]
    assert row["valid"] is True and row["lines"] and row["not_compared"]


def test_it_runs_alone(tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "proofkit.check", str(CERTIFICATES[0]), "--quiet"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and ": valid" in done.stdout


def test_the_steps_as_a_tree_on_a_terminal() -> None:
    """Each conclusion stands over what it rests on; text of a stranger stays plain."""
    from proofkit.cli.check import steps_tree

    content = json.loads(
        (ROOT / "generated/certificates/squared_bounded__tanh__squared__symbolic.json").read_text()
    )
    outcome = check(content)
    plain, drawn = steps_tree("c.json", outcome, False), steps_tree("c.json\x1b[31m", outcome, True)
    assert "\x1b" not in plain and " from " in plain
    villani, v1 = (
        next(line for line in drawn.splitlines() if word in line)
        for word in ("Villani\x1b", "V1\x1b")
    )
    assert (
        v1.index("V1") > villani.index("Villani") - 4
        and v1.startswith("│")
        and "\x1b[31m" not in drawn
    )
    false = steps_tree(
        "c.json",
        check(
            forged(
                content, lambda c: step(c, "supremum")["payload"]["proofs"][0].update(upper="1/2")
            )
        ),
        True,
    )
    assert "INVALID" in false and "FAILED" in false
    missing = steps_tree("c.json", replace(outcome, status="not verified"), True)
    assert "not verified" in missing and "INVALID" not in missing


def test_a_reader_who_has_seen_enough(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "proofkit.check", *map(str, CERTIFICATES[:40])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None and running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 141


def test_steps_are_shared_between_certificates_and_not_between_readers(tmp_path: Path) -> None:
    path, csv = numeric_certificate(tmp_path)
    content, cache = load(path), dict[Any, Any]()
    assert check(content, None, cache).valid and check(content, None, cache).valid
    wrong = forged(content, lambda c: step(c, "derivation")["payload"].update(points="x"))
    assert not check(wrong, None, cache).valid
    # The same statements over other premises are other steps.
    other = forged(
        content,
        lambda c: step(c, "bounded gradient").update(
            premises=step(c, "bounded gradient")["premises"][::-1]
        ),
    )
    assert not check(other, None, cache).valid
    harder = tmp_path / "harder.csv"
    harder.write_text(csv.read_text() + "100,100,1\n")
    from proofkit.check.problem import load_problem

    assert (
        check(content, load_problem(csv, "y"), cache).valid
        and not check(content, load_problem(harder, "y"), cache).valid
    )


@pytest.mark.parametrize("level", [("-1", "-1"), ("0", "1"), (None, None)])
def test_the_level_of_v4_is_one_number_and_not_negative(
    level: tuple[str | None, str | None],
) -> None:
    content = json.loads(
        (ROOT / "generated/certificates/squared_bounded__tanh__squared__symbolic.json").read_text()
    )

    def change(c: Json) -> None:
        for s in c["steps"]:
            if "M" in s["defines"]:
                s["defines"]["M"].update(lo=level[0], hi=level[1], exact=None)

    false = forged(content, change)
    assert not check(false).valid and "level M" in reason(false)
