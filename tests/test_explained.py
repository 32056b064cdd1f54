"""Explanations: what can be asked for, and that each writer says the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from proofkit import Certificate, Explanation, Problem, Proof, prove
from proofkit.certificates import read_record
from proofkit.errors import InputError
from proofkit.explained import explanation_of
from proofkit.report import bundled_data

ROOT = Path(__file__).parents[1]
CERTIFICATES = sorted((ROOT / "generated" / "certificates").glob("*.json"))


@pytest.fixture(scope="module")
def proof() -> Proof:
    return prove("softplus", lam="1/10")


def test_a_proof_is_explained_from_its_statement_to_its_conclusion(proof: Proof) -> None:
    told = str(proof.explain())
    assert told.startswith("Theorem: ") and "Let λ = 1/10." in told
    titles = re.findall(r"^\((\d+)\) ", told, re.MULTILINE)
    assert titles == [str(k) for k in range(1, len(titles) + 1)]
    assert "conclusion" in told and "Lipschitz" not in told  # another route, which it does not need


def test_a_condition_says_what_it_asks_and_how_it_is_proved(proof: Proof) -> None:
    told = str(proof.explain("V4"))
    assert "It asks that (1/s) ‖∇L(W)‖² - ΔL(W) → ∞" in told and "This is proved." in told
    assert "V4 Euler" in told and "Reason: ‖∇L‖ r ≥ ⟨∇L, W⟩" in told
    assert "from (9) radial bound, (12) affine Laplacian" in told


def test_steps_are_found_by_number_rule_and_claim() -> None:
    proof = prove("softplus")
    by_rule = proof.explain("V4 Lipschitz")
    assert str(by_rule).startswith("(") and "λ > G_1" in str(by_rule)
    number = int(str(by_rule)[1 : str(by_rule).index(")")])
    assert proof.explain(number).parts == by_rule.parts
    assert proof.explain("radial").parts == proof.explain("radial bound").parts


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("M1", "M_1 = 1"),
        ("M_1", "M_1 = 1"),
        ("H", "H ∈ [0.693147, 0.693148]"),
        ("r_0", "r_0(M) = max(1, "),
        ("G_1", "G_1 = M_1² ‖a‖_2² Λ_S"),  # of another route
        ("B_x", "bound of ‖x_i‖"),
    ],
)
def test_constants_are_found_by_name_and_letter(proof: Proof, name: str, said: str) -> None:
    assert said in str(proof.explain(name))


def test_what_is_open_says_why() -> None:
    unknown = prove("z*sin(z)")
    assert unknown.verdict == "UNKNOWN"
    told = str(unknown.explain("V4"))
    assert "This is open: " in told and "σ' is unbounded" in told
    assert str(unknown.explain()).startswith("Remark: ")


def test_what_is_refuted_says_so() -> None:
    refuted = prove("z + 2*sin(z)", lam="1/2")
    told = str(refuted.explain("V4"))
    assert "This is refuted." in told and "Reason: " in told
    assert str(refuted.explain()).startswith("Proposition: ")


@pytest.mark.parametrize("what", ["V9", "V4 Eulr", 99, 0, None, 1.5, ["V4"], "G_7"])
def test_what_is_not_there_is_said(proof: Proof, what: Any) -> None:
    with pytest.raises(InputError, match="in this proof"):
        proof.explain(what)


def test_a_certificate_explains_itself_as_its_proof(proof: Proof, tmp_path: Path) -> None:
    saved = proof.certificate().save(tmp_path / "softplus.json")
    assert Certificate.load(saved).explain("V4") == proof.explain("V4")


def test_text_of_a_file_is_escaped(tmp_path: Path) -> None:
    name = "<b>$x_%&{"
    rows = "\n".join(f"{k},{k % 3}" for k in range(9))
    (tmp_path / "<i>.csv").write_text(f'"{name}",y\n{rows}\n')
    told = Problem("tanh", lam=1).bind(tmp_path / "<i>.csv", "y", width=2).prove().explain()
    assert isinstance(told, Explanation)
    assert "<b>" not in told.html() and "&lt;b&gt;" in told.html() and "<i>" not in told.html()
    assert name in str(told)
    assert r"\$x\_\%\&\{" in told.latex() and r"<b>\$x" in told._repr_latex_()


def test_notebooks_get_html_and_terminals_text(proof: Proof) -> None:
    from IPython.core.formatters import DisplayFormatter

    told = proof.explain("V4")
    data, _ = DisplayFormatter().format(told)  # type: ignore[no-untyped-call]
    assert data["text/plain"] == str(told)
    assert data["text/html"].count("<math") > 10 and "$$" in data["text/latex"]
    assert repr(told) == "<Explanation of V4; print it>"


def test_bound_problems_are_explained_with_their_numbers() -> None:
    bound = Problem("tanh", lam="1/10", noise="1/100").bind(bundled_data(), "progression", width=4)
    told = bound.prove().explain("G")
    assert re.search(r"G = ρ M_1 ‖a‖_2 √\(Λ_S\) ∈ \[[\d.]+, [\d.]+\]", str(told))
    assert "442 rows of diabetes.csv" in str(bound.prove().explain())


@pytest.mark.parametrize("path", CERTIFICATES[::7], ids=lambda p: p.stem)
def test_every_condition_and_constant_of_the_report_is_explained(path: Path) -> None:
    content = read_record(path)
    for name, condition in content["conditions"].items():
        told = explanation_of(content, name)
        assert (len(told.parts) == 3) == (condition["verdict"] != "UNKNOWN")
        assert max(map(len, told.text(60).splitlines())) <= 60
        assert "<section>" in told.html() and r"\paragraph" in told.latex()
    for step in content["steps"]:
        for name in step["defines"]:
            assert explanation_of(content, name).parts
    assert "$" not in explanation_of(content).text()
