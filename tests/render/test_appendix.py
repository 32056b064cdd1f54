"""The lists of the appendix and where its theorems come from."""

from pathlib import Path

from proofkit.certificates import read_record
from proofkit.render.appendix import instance_row, label_sentence, rate_sentence, source_latex
from proofkit.render.paper import Options

CERTIFICATES = Path("generated/certificates")


def certificate(name: str) -> dict:
    return read_record(CERTIFICATES / f"{name}.json")


def row(content: dict, **other: object) -> dict:
    """A row of a report about a certificate."""
    return {
        "loss": content["problem"]["loss"],
        "scope": "symbolic" if content["problem"]["data"] is None else "data",
        "lambda": content["problem"]["lambda"],
        "verdict": content["verdict"],
        "threshold": content["lambda_threshold"],
        "conditions": {},
        "coq": None,
        **other,
    }


def test_a_theorem_that_v4_fails_names_no_threshold_above_which_it_holds() -> None:
    c = certificate("escaping_critical_points__z_2_sin_z__squared__symbolic")
    shown = instance_row(row(c), c, False, Options())
    assert shown.found == r"(V4) fails for $0\le\lambda<\lambda_c$"


def test_a_source_that_names_a_theorem_becomes_its_section() -> None:
    made = source_latex(
        "new here; with one_signed_weights it is sharp", ["one_signed_weights", "other"], Options()
    )
    assert made == r"new here; with Section~\ref{proofkit:sec:one-signed-weights} it is sharp"
    assert source_latex("a b_c", [], Options()) == source_latex("a b_c", ["x_y"], Options())


def test_labels_are_one_sentence() -> None:
    c = certificate("logistic_lipschitz__tanh__logistic__data")
    data = {"data": {"labels": "for the logistic loss, labels: y > 1 is +1"}}
    assert label_sentence(data, {"x": c}) == (
        r"For the logistic loss, the label $y_i$ is $+1$ where the target is above $140$, "
        r"and $-1$ elsewhere."
    )
    left = {"data": {"labels": "the logistic theorems on these data are left out: y has 3 values"}}
    assert label_sentence(left, {}).startswith("The logistic theorems on these data are left out")
    assert label_sentence({"data": {"labels": ""}}, {}) == ""


def test_a_rate_with_numbers_has_no_factor_one_and_says_where_a_rounded_start_lies() -> None:
    c = certificate("rate_of_an_instance__softplus__squared__data__lambda_1")
    made = rate_sentence(row(c), c, Options())
    assert r"$N(0,v_0I)$ with $v_0\in [" in made and "-1\\cdot" not in made
    exact = certificate("rate_of_an_instance__tanh__squared__data__lambda_1")
    made = rate_sentence(row(exact), exact, Options())
    assert r"with $v_0= \tfrac{1}{2}$" in made and "1\\cdot t" not in made
