"""What coqc says: certificates accepted, constants on the wrong side refused, foreign axioms seen."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from proofkit import formal
from proofkit.activation.catalogue import resolve
from proofkit.certificates import certify, read_record
from proofkit.coq.certificate import render
from proofkit.coq.run import compile_text, compile_texts
from proofkit.kernel.certificate import read_json, to_json
from proofkit.problem.problem import Problem
from proofkit.sentences.record import record as record_of
from proofkit.tactics.prove import prove
from proofkit.tactics.workbench import Library

CERTIFICATES = Path("generated/certificates")


def certificate(name: str) -> dict[str, Any]:
    return read_record(CERTIFICATES / f"{name}.json")


def text_of(content: dict[str, Any]) -> str:
    return render(content, "test").text


def lowered(content: dict[str, Any], name: str) -> dict[str, Any]:
    """The certificate with one constant 10^-6 (relative) below its supremum; what follows from it
    stays.
    """
    out = copy.deepcopy(content)
    c = out["constants"][name]
    for end in ("lo", "hi"):
        c[end] = str(Fraction(c[end]) * (1 - Fraction(1, 10**6)))
    return out


ACCEPTED = (
    "villani_iff_positive__softplus__squared__symbolic",
    "villani_iff_positive__tanh__logistic__symbolic",
    "squared_bounded__erf__squared__data",
    "squared_bounded__isru__squared__data",
    "squared_softplus_family__gelu__squared__data",
    "squared_softplus_family__mish__squared__data",
    "squared_softplus_family__softplus_beta_4__squared__data",
    "squared_softplus_family__squareplus__squared__symbolic",
    "published_threshold__z_sin_z__squared__data",
    "refuted_without_regulariser__softplus__squared__data__lambda_0",
    "refuted_without_regulariser__sigmoid__squared__data__lambda_minus_1_10",
    "sgd_discrete_time__tanh__squared__data",
    "refused_nonsmooth__softsign__squared__symbolic",
    "refused_nonsmooth__elu__squared__symbolic",
    "refused_nonsmooth__hardtanh__squared__symbolic",
)


def test_reference_certificates_of_every_kind(coq_cache: Path) -> None:
    outcomes = compile_texts({n: text_of(certificate(n)) for n in ACCEPTED}, coq_cache, jobs=2)
    for name, outcome in outcomes.items():
        assert outcome.accepted, (name, outcome.error)
        assert outcome.foreign == ()
        assert "ClassicalDedekindReals.sig_forall_dec" in outcome.assumptions


WRONG = (
    (
        "squared_softplus_family__softplus__squared__data",
        ("M1", "M2", "H", "sigma0", "E", "A", "B"),
    ),
    ("squared_softplus_family__silu__squared__data", ("M1", "M2", "H")),
    ("squared_softplus_family__gelu__squared__data", ("M1", "M2", "H")),
    ("squared_softplus_family__mish__squared__data", ("M1", "M2", "H")),
    ("squared_bounded__tanh__squared__data", ("M1", "M2", "G", "K", "rho")),
    ("squared_bounded__arctan__squared__symbolic", ("M1", "M2", "S0")),
    ("squared_bounded__sigmoid__squared__symbolic", ("M1", "M2", "S0")),
)


def test_constants_below_the_supremum_are_refused(coq_cache: Path) -> None:
    """10^-6 on the wrong side, for every constant of seven certificates: each file must be refused."""
    texts = {}
    for name, constants in WRONG:
        content = certificate(name)
        for constant in constants:
            text = text_of(lowered(content, constant))
            assert text != text_of(content), (name, constant)
            texts[f"{name} {constant}"] = text
    outcomes = compile_texts(texts, coq_cache, jobs=2)
    assert [k for k, o in outcomes.items() if o.accepted] == []


def test_a_smooth_activation_has_no_kink(coq_cache: Path) -> None:
    """The proof of a kink must fail where the branches fit: z + |z|^3 has no jump below order 3, z
    + 0 |z| none at all.
    """
    text = text_of(certificate("refused_nonsmooth__relu__squared__symbolic"))
    smooth = text.replace("(Rmax z 0)", "z").replace(
        "t_left : term := (Int 0)", "t_left : term := X"
    )
    assert smooth.count("t_left : term := X") == 1
    assert not compile_text(smooth, coq_cache).accepted


def test_an_axiom_of_ones_own_is_not_accepted(coq_cache: Path) -> None:
    text = text_of(certificate("squared_softplus_family__identity__squared__symbolic"))
    forged = text.replace("Definition sigma1", "Axiom oops : False.\n\nDefinition sigma1").replace(
        "Proof. intros.", "Proof. intros. destruct oops. Qed. (*", 1
    )
    start = forged.index("(*", forged.index("destruct oops"))
    forged = forged[:start] + "(*" + forged[start + 2 :].replace("Qed.", "Qed. *)", 1)
    outcome = compile_texts({"forged": forged, "honest": text}, coq_cache)
    assert not outcome["forged"].accepted
    assert any("oops" in name for name in outcome["forged"].foreign), outcome["forged"]
    assert outcome["honest"].accepted


def test_a_false_theorem_is_refused(coq_cache: Path) -> None:
    text = text_of(certificate("squared_softplus_family__softplus__squared__symbolic"))
    assert not compile_text(
        text.replace("0 < lam ->\n  0 < s ->\n  Villani", "0 <= lam ->\n  0 < s ->\n  Villani"),
        coq_cache,
    ).accepted
    assert (
        "not end with"
        in compile_text(text.replace("Print Assumptions certificate.", ""), coq_cache).error
    )


@pytest.mark.parametrize(
    "spec",
    [
        "z*tanh(z)",
        "z/(2 + exp(-z)) + 1/3",
        "z*exp(-z^2/2)",
        "1/(1 + exp(-z - z^3))",
        "z/(1 + z^2)",
        "log(1 + exp(2*z)) - z/2",
        "z/(1+exp(-1.702*z))",
        "log(sigmoid(z))",
        "log((1 + exp(z))/(2 + exp(z)))",
    ],
)
def test_activations_typed_by_the_user(spec: str, library: Library, coq_cache: Path) -> None:
    proof = prove(Problem(resolve(spec), "squared"), "villani", library)
    assert proof.verdict == "PROVED"
    script = render(record_of(certify(proof)), spec)
    assert script.conditions == ("V1", "V2", "V3", "V4")
    outcome = compile_text(script.text, coq_cache)
    assert outcome.accepted, outcome.error


def test_what_only_looks_like_the_library_is_rendered_once_more(
    library: Library, coq_cache: Path
) -> None:
    """softplus(z) - softplus(-z) is z at every point, but not by the arithmetic that the match may
    use.
    """
    proof = prove(
        Problem(resolve("softplus(z) - softplus(-z)"), "squared", Fraction(-1)), "villani", library
    )
    content = record_of(certify(proof))
    record = formal.record_of(content, "x.json")
    assert record.script is not None
    assert record.script.matched
    (done,) = formal.compiled([record], {"x.json": content}, 1)
    assert done.status == 0
    assert done.script is not None
    assert not done.script.matched
    assert done.conditions == ("V1", "V2")


def test_a_proof_that_does_not_go_through_is_not_a_refusal(coq_cache: Path) -> None:
    """A generated script that fails names its lemma, status 3; an axiom that is not allowed is
    status 1.
    """
    content = certificate("squared_softplus_family__softplus__squared__symbolic")
    record = formal.record_of(content, "x.json")
    assert record.script is not None
    spoiled = replace(
        record.script, matched=False, text=record.script.text.replace("same.", "lra.")
    )
    assert spoiled.text != record.script.text
    (done,) = formal.compiled([replace(record, script=spoiled)], {"x.json": content}, 1)
    assert done.status == 3
    assert "the generated proof of sigma_same does not go through" in done.reason
    assert done.content()["result"] == "no proof"
    said = formal.record_text(done)
    assert "NOT PROVED" in said
    assert "nothing is said against the certificate" in said
    assert "proves:" not in said
    axiom = record.script.text.replace(
        "Definition sigma ", "Axiom oops : False.\n\nDefinition sigma ", 1
    )
    forged = axiom.replace("Proof. unfold sigma. same. Qed.", "Proof. destruct oops. Qed.")
    (done,) = formal.compiled(
        [replace(record, script=replace(record.script, matched=False, text=forged))],
        {"x.json": content},
        1,
    )
    assert done.status == 1
    assert "oops" in done.reason


def test_critical_points_that_escape(coq_cache: Path) -> None:
    content = certificate("escaping_critical_points__z_2_sin_z__squared__symbolic")
    script = render(content, "x")
    assert set(script.conditions) == {"V1", "V2", "V3", "V4"}
    assert "0 <= lam < 2 - 1" in script.text
    too_far = script.text.replace("0 <= lam < 2 - 1", "0 <= lam <= 2 - 1")
    outcomes = compile_texts({"honest": script.text, "too far": too_far}, coq_cache)
    assert outcomes["honest"].accepted
    assert not outcomes["too far"].accepted


def test_mirrored_units(coq_cache: Path) -> None:
    texts = {}
    for activation, bound in (("z_2", "lam^2 <= 1 * s * 2^2"), ("z_3", "0 < s")):
        script = render(
            certificate(f"refuted_by_mirrored_units__{activation}__squared__symbolic"), "x"
        )
        assert set(script.conditions) == {"V1", "V2", "V3", "V4"}
        assert bound in script.text
        texts[activation] = script.text
    texts["too far"] = texts["z_2"].replace("s * 2^2", "s * 3^2")
    outcomes = compile_texts(texts, coq_cache)
    assert [outcomes[k].accepted for k in ("z_2", "z_3", "too far")] == [True, True, False]
    script = render(certificate("refuted_by_mirrored_units__exp_z__logistic__symbolic"), "x")
    assert set(script.conditions) == {"V1", "V2", "V3"}
    assert "polynomials only" in script.text


def test_lines_whose_slope_falls_below_zero(library: Library, coq_cache: Path) -> None:
    texts = {}
    for name in (
        "squared_line__z_2_sin_z__squared__symbolic",
        "squared_line__z_2_sin_z__squared__data",
    ):
        script = render(certificate(name), "x")
        assert set(script.conditions) == {"V1", "V2", "V3", "V4"} and "J_fall" in script.text
        texts[name] = script.text
    other = render(
        record_of(certify(prove(Problem(resolve("z - 3*sin(z)"), "squared"), library=library))),
        "x",
    )
    assert set(other.conditions) == {"V1", "V2", "V3", "V4"}
    texts["other"] = other.text
    symbolic = texts["squared_line__z_2_sin_z__squared__symbolic"]
    texts["every lambda"] = symbolic.replace("  1 * 1 * a2^2 * Lam < lam ->\n", "")
    texts["half the fall"] = (
        symbolic.replace("1 * 1 * a2^2 * Lam", "1 * (1 / 2) * a2^2 * Lam")
        .replace("forall t, - 1 <=", "forall t, - (1 / 2) <=")
        .replace("1 1 Lam a2", "1 (1 / 2) Lam a2")
    )
    assert all(texts[k] != symbolic for k in ("every lambda", "half the fall"))
    outcomes = compile_texts(texts, coq_cache)
    assert [outcomes[k].accepted for k in texts] == [True, True, True, False, False]


def test_outer_weights_of_one_sign(library: Library, coq_cache: Path) -> None:
    texts = {}
    for text, loss in (("z^2", "squared"), ("3*z^2 - 2*z + 1/2", "logistic")):
        proof = prove(Problem(resolve(text), loss), "villani-one-signed", library)
        script = render(record_of(certify(proof)), "x")
        assert (
            script.conditions == ("V1", "V2", "V3", "V4")
            and "one_sign p a" in script.text
            and "radius_sign" in script.text
        )
        texts[text] = script.text
    texts["both signs"] = texts["z^2"].replace("  one_sign p a ->\n", "")
    texts["no bound below"] = texts["3*z^2 - 2*z + 1/2"].replace(
        "Curved sigma (ev (D t_sigma)) (ev (D (D t_sigma))) 6",
        "Curved sigma (ev (D t_sigma)) (ev (D (D t_sigma))) 5",
    )
    outcomes = compile_texts(texts, coq_cache)
    assert [outcomes[k].accepted for k in texts] == [True, True, False, False]
    assert (
        all(texts[k] != texts["z^2"] for k in list(texts)[1:])
        and texts["no bound below"] != texts["3*z^2 - 2*z + 1/2"]
    )
    other = render(
        record_of(
            certify(
                prove(
                    Problem(resolve("log(1 + exp(z))^2"), "squared"), "villani-one-signed", library
                )
            )
        ),
        "x",
    )
    assert (
        set(other.conditions) == {"V1", "V2", "V3"} and "quadratic polynomials only" in other.text
    )


Run = Callable[..., tuple[int, str, str]]


def test_the_command_compiles_and_records(run: Run, tmp_path: Path, coq_cache: Path) -> None:
    source = CERTIFICATES / "villani_iff_positive__tanh__squared__symbolic.json"
    code, out, err = run("coq", source, "--out", tmp_path, "--run")
    assert (code, err) == (0, "")
    assert "accepted by coqc" in out
    record = json.loads(
        (tmp_path / "villani_iff_positive__tanh__squared__symbolic.coq.json").read_text()
    )
    assert record["result"] == "accepted"
    assert record["conditions"] == ["V1", "V2", "V3", "V4"]
    assert record["digest"] == json.loads(source.read_text())["digest"]
    assert record["coq"][0].isdigit()


def test_the_command_without_coq(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proofkit.coq.run.find_coqc", lambda: None)
    source = CERTIFICATES / "squared_bounded__sin__squared__symbolic.json"
    code, out, _ = run("coq", source, "--out", tmp_path, "--json")
    assert code == 0
    assert json.loads(out)[0]["result"] == "not compiled"
    code, _, err = run("coq", source, "--out", tmp_path, "--run")
    assert code == 2
    assert "coqc is not installed" in err


def test_the_command_on_bad_input(run: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text("{}")
    assert run("coq", bad)[0] == 2
    content = read_json(CERTIFICATES / "squared_bounded__sin__squared__symbolic.json")
    content["statement"] = "L is a Villani function for every lambda"
    bad.write_text(json.dumps(content))
    code, out, _ = run("coq", bad)
    assert code == 1
    assert "invalid" in out
    assert not (tmp_path / "bad.v").exists()
    proof = prove(Problem(resolve("asinh(z)"), "squared"), "villani", Library())
    bad.write_text(to_json(certify(proof)))
    code, out, _ = run("coq", bad)
    assert code == 3
    assert "out of reach" in out
    assert "asinh" in out
    first = CERTIFICATES / "squared_bounded__sin__squared__symbolic.json"
    (tmp_path / "a").mkdir()
    copied = tmp_path / "a" / first.name
    copied.write_text(first.read_text())
    assert "two certificates" in run("coq", first, copied, "--out", tmp_path)[2]
