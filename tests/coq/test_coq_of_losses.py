"""Coq files of losses that the library does not name: what is written, accepted and refused."""

from __future__ import annotations

import copy
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from proofkit.activation.bridge import to_sympy
from proofkit.activation.catalogue import resolve
from proofkit.certificates import certify, read_record
from proofkit.coq.activation import OutOfReach
from proofkit.coq.certificate import render
from proofkit.coq.losses import in_coq, placed
from proofkit.coq.run import compile_texts
from proofkit.coq.signs import least_at_zero, never_negative
from proofkit.kernel.losses.kinds import loss_of_text
from proofkit.kernel.univariate.parser import parse
from proofkit.problem.problem import Problem
from proofkit.sentences.record import record as record_of
from proofkit.tactics.prove import prove
from proofkit.tactics.workbench import Library

Run = Callable[..., tuple[int, str, str]]
ALL = {"V1", "V2", "V3", "V4"}


def proved(activation: str, loss: str, library: Library, claim: str = "villani") -> dict[str, Any]:
    """The record of a proof."""
    proof = prove(Problem(resolve(activation), loss), claim, library)
    assert proof.verdict == "PROVED"
    return record_of(certify(proof))


def kinked(activation: str, loss: str, library: Library) -> dict[str, Any]:
    """The record of a refutation by a kink of the loss."""
    proof = prove(Problem(resolve(activation), loss), "villani", library)
    assert proof.verdict == "REFUTED"
    return record_of(certify(proof))


def bound(run: Run, folder: Path, activation: str, loss: str, *more: str) -> dict[str, Any]:
    """The record of a proof for six samples."""
    rows = ["x1,x2,y", "1,0,1", "0,1,-1", "1,1,2", "-1,2,0.5", "0.5,-1,-2", "2,1,3"]
    (folder / "six.csv").write_text("\n".join(rows) + "\n")
    out = folder / "six.json"
    options = ["--data", folder / "six.csv", "--target", "y", "--width", "3", *more]
    code, _, err = run("prove", "-q", "-a", activation, "-l", loss, *options, "--out", out)
    assert code == 0, err
    return read_record(out)


# -- phi -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "A", "c", "shift", "offset"),
    [
        ("sqrt(1+z^2)-1", "hypot", 1, 1, 0, -1),
        ("4*(sqrt(1+(z/2)^2)-1)", "hypot", 4, Fraction(1, 2), 0, -4),
        ("log(1+exp(1-z))", "softplus", 1, -1, -1, 0),
        ("log(cosh(z))", "logcosh", 1, 1, 0, 0),
        ("(1-exp(-z^2))/2", "gaussian", Fraction(-1, 2), 1, 0, Fraction(1, 2)),
    ],
)
def test_phi_is_found_up_to_shift_scale_and_a_constant(
    text: str, name: str, A: Fraction, c: Fraction, shift: Fraction, offset: Fraction
) -> None:
    found = placed(parse(text))
    assert found is not None
    assert (found.found.known.name, found.found.A, found.found.c) == (name, A, c)
    assert (found.shift, found.offset) == (shift, offset)


def test_what_only_looks_like_a_function_of_the_library_is_not_found() -> None:
    assert placed(parse("log(1+z^2)/2")) is None
    assert placed(parse("sqrt(1+z^2) + z/1000000")) is None


@pytest.mark.parametrize(
    ("text", "low"),
    [
        ("z^4/4", 0),
        ("log(1+z^2)/2", 0),
        ("exp(-z)", 0),
        ("z^2/2 + 3", 3),
        ("z^2 - 1/3", Fraction(-1, 3)),
        ("sqrt(2+z^2) + cosh(z)", 0),
        ("cosh(z) - 1", 0),
    ],
)
def test_what_is_nowhere_negative_by_its_parts(text: str, low: Fraction) -> None:
    found = never_negative(parse(text))
    assert found is not None
    assert found[0] == low


@pytest.mark.parametrize("text", ["z^3", "z", "1/2-exp(-z^2/2)/2", "log(z^2+1/2)", "cos(z)"])
def test_what_is_not_seen_from_its_parts(text: str) -> None:
    assert never_negative(parse(text)) is None


def test_the_least_value_at_zero() -> None:
    phi = to_sympy(parse("1/2-exp(-z^2/2)/2"))
    (z,) = phi.free_symbols
    low, lines = least_at_zero(phi, z)
    assert low == 0
    assert "above phi 0" in lines[-1]
    with pytest.raises(OutOfReach, match="sign of the slope"):
        least_at_zero(to_sympy(parse("(z-1)^2")), z)


def test_a_loss_without_enclosures_is_a_term_without_bounds() -> None:
    loss = in_coq(loss_of_text("u^4/4"), {})
    assert (loss.lipschitz, loss.is_term, loss.low) == (False, True, 0)
    assert in_coq(loss_of_text("u^2/2+u"), {}).low == Fraction(-1, 2)
    with pytest.raises(OutOfReach, match="Abs"):
        in_coq(loss_of_text("Abs(u)"), {})


# -- the files -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        ("log(cosh(u))", "(residual phi)"),
        ("sqrt(1+u^2)-1", "shifted hypot 0 (-1)"),
        ("softplus(1-m)", "signs n y"),
        ("1/2-exp(-u^2/2)/2", "slope_right_form"),
        ("u^4/4", "villani_reach"),
        ("exp(-m)", "forall u, Rabs u <= a1 * 1 -> Rabs (phi1 u) <= l1"),
    ],
)
def test_every_condition_is_written(loss: str, words: str, library: Library) -> None:
    script = render(proved("tanh", loss, library), "x")
    assert set(script.conditions) == ALL
    assert script.missing == ()
    assert words in script.text
    assert "Admitted" not in script.text


def test_squares_come_from_the_squared_loss(library: Library) -> None:
    script = render(proved("softplus", "3*u^2", library), "x")
    assert set(script.conditions) == ALL
    assert "villani_squared (n p d : nat)" not in script.text
    assert (
        "apply (villani_square phi 6 ltac:(lra) phi_square n p d x y a lam sigma s)" in script.text
    )


def test_what_has_no_theorem_for_a_loss_is_named(library: Library) -> None:
    script = render(proved("z^2", "log(cosh(u))", library, "villani-one-signed"), "x")
    assert set(script.conditions) == {"V1", "V2", "V3"}
    assert script.missing == (
        "the route for outer weights of one sign is in the Coq library for the squared and the "
        "logistic loss only",
    )


@pytest.mark.parametrize(
    ("activation", "loss", "words"),
    [
        ("tanh", "Abs(u)", "x_1 = a_1 = 1, y_1 = sigma(1), W = 1"),
        ("softplus", "Max(0, 1 - m)", "x_1 = y_1 = 1, a_1 = 1/sigma(1), W = 1"),
    ],
)
def test_a_kink_of_the_loss(activation: str, loss: str, words: str, library: Library) -> None:
    script = render(kinked(activation, loss, library), "x")
    assert script.conditions == ("V1",)
    assert script.theorems[0].endswith(words)


def test_a_kink_of_two_units_is_named(library: Library) -> None:
    with pytest.raises(OutOfReach, match="of two units"):
        render(kinked("tanh", "Abs(m)", library), "x")


# -- coqc ------------------------------------------------------------------------------------------


def test_files_that_coqc_accepts(
    library: Library, run: Run, tmp_path: Path, coq_cache: Path
) -> None:
    texts = {
        "log-cosh": render(proved("tanh", "log(cosh(u))", library), "x").text,
        "pseudo-Huber": render(bound(run, tmp_path, "softplus", "sqrt(1+u^2)-1"), "x").text,
        "smooth hinge": render(
            bound(run, tmp_path, "sigmoid", "softplus(1-m)", "--label-above", "0"), "x"
        ).text,
        "Welsch": render(proved("softplus", "1/2-exp(-u^2/2)/2", library), "x").text,
        "Cauchy": render(proved("sigmoid", "log(1+u^2)/2", library), "x").text,
        "quartic": render(bound(run, tmp_path, "tanh", "u^4/4"), "x").text,
        "sigmoid loss": render(proved("tanh", "1/(1+exp(m))", library), "x").text,
        "square": render(proved("softplus", "3*u^2", library), "x").text,
    }
    outcomes = compile_texts(texts, coq_cache)
    assert {name: outcome.error for name, outcome in outcomes.items() if not outcome.accepted} == {}


def lowered(content: dict[str, Any], name: str) -> dict[str, Any]:
    """The certificate with one constant a millionth below its supremum."""
    out = copy.deepcopy(content)
    for end in ("lo", "hi"):
        constant = out["constants"][name]
        constant[end] = str(Fraction(constant[end]) * (1 - Fraction(1, 10**6)))
    return out


def test_wrong_bounds_of_phi_are_refused(
    library: Library, run: Run, tmp_path: Path, coq_cache: Path
) -> None:
    library_phi = proved("tanh", "log(cosh(u))", library)
    generated_phi = proved("tanh", "log(1+u^2)/2", library)
    reached = bound(run, tmp_path, "tanh", "u^4/4")
    texts = {
        f"{name} {constant}": render(lowered(content, constant), "x").text
        for name, content in (("log-cosh", library_phi), ("Cauchy", generated_phi))
        for constant in ("l1", "l2")
    }
    texts |= {
        f"quartic {constant}": render(lowered(reached, constant), "x").text
        for constant in ("rho", "l2")
    }
    high = render(generated_phi, "x").text
    texts["infimum"] = high.replace("above phi 0", "above phi (1 / 1000000)")
    assert texts["infimum"] != high
    outcomes = compile_texts(texts, coq_cache)
    assert [name for name, outcome in outcomes.items() if outcome.accepted] == []


def test_kinks_of_the_loss_that_coqc_accepts(library: Library, coq_cache: Path) -> None:
    texts = {
        loss: render(kinked(activation, loss, library), "x").text
        for activation, loss in (
            ("tanh", "Abs(u)"),
            ("softplus", "Max(0, 1 - m)"),
            ("sin", "Max(0, 1 - m)^2"),
        )
    }
    absolute = texts["Abs(u)"]
    # |u| is u on the right of 0; were it so on the left, there would be no kink.
    texts["no kink"] = absolute.replace("(Rabs z)", "z").replace(
        "t_left : term := (Opp X)", "t_left : term := X"
    )
    assert texts["no kink"].count("t_left : term := X") == 1
    outcomes = compile_texts(texts, coq_cache)
    assert [outcomes[name].accepted for name in texts] == [True, True, True, False]
