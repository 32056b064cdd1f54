"""Coq files: what is written, from which certificate, and that nothing of a certificate becomes
code unasked.
"""

from __future__ import annotations

import copy
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofkit.certificates import read_record
from proofkit.coq.activation import OutOfReach, above, expression, match, rational
from proofkit.coq.certificate import render
from proofkit.coq.run import assumptions, foreign, in_order, library_folder
from proofkit.coq.tails import half, term
from proofkit.kernel.univariate.parser import parse

CERTIFICATES = Path("generated/certificates")


def certificate(name: str) -> dict[str, Any]:
    return read_record(CERTIFICATES / f"{name}.json")


@given(st.fractions(max_denominator=10**9))
def test_above_is_above_and_near(q: Fraction) -> None:
    assert q <= above(q) <= q + abs(q) / 10**11


@given(st.fractions())
def test_rationals_are_read_back(q: Fraction) -> None:
    text = rational(q).strip("()")
    top, _, bottom = text.partition(" / ")
    assert Fraction(int(top), int(bottom or 1)) == q


@pytest.mark.parametrize(
    ("text", "name", "A", "c"),
    [
        ("1/(1 + exp(-z))", "sigmoid", 1, 1),
        ("log(1 + exp(4*z))/4", "softplus", Fraction(1, 4), 4),
        ("z/(1+exp(-1.702*z))", "silu", Fraction(500, 851), Fraction(851, 500)),
        ("-3*tanh(z/2)", "tanh", -3, Fraction(1, 2)),
        ("z*(1 + erf(z/sqrt(2)))/2", "gelu", 1, 1),
        ("(1 + tanh(z/2))/2", "sigmoid", 1, 1),
    ],
)
def test_scaled_functions_of_the_library_are_found(
    text: str, name: str, A: Fraction, c: Fraction
) -> None:
    found = match(parse(text))
    assert found is not None
    assert (found.known.name, found.A, found.c) == (name, A, c)


def test_what_is_not_in_the_library_is_not_found() -> None:
    assert match(parse("z*tanh(log(1 + exp(z)))")) is None
    assert match(parse("tanh(z) + z/1000000")) is None
    assert match(parse("log(z)")) is None


def test_expressions_are_written_out() -> None:
    assert expression(parse("z^2/sqrt(1 + z^2) - pi")) == "(((z ^ 2) / (sqrt (1 + (z ^ 2)))) - PI)"
    assert term(parse("exp(-z/2)")) == "(Exp (Mul (Opp X) (Inv (Int 2))))"
    assert expression(parse("Max(z, Abs(z)/2)")) == "(Rmax z ((Rabs z) / 2))"
    with pytest.raises(OutOfReach, match="asinh"):
        expression(parse("asinh(z)"))


def test_beyond_the_generated_lemmas() -> None:
    from proofkit.activation.bridge import to_sympy

    for text, words in (
        ("exp(z - z^2)", "not monotone"),
        ("exp(-sqrt(2)*z)", "not a polynomial with rational"),
        ("sin(z) + z/2", "sin"),
        ("log(2 + z^2)", "logarithm"),
    ):
        e = to_sympy(parse(text))
        with pytest.raises(OutOfReach, match=words):
            half(e, next(iter(e.free_symbols)), 1)


def test_powers_of_powers_do_not_explode() -> None:
    text = "z"
    for _ in range(12):
        text = f"(1 + {text})^8"
    c = copy.deepcopy(certificate("squared_softplus_family__softplus__squared__symbolic"))
    c["problem"]["activation"]["expression"] = text
    with pytest.raises(OutOfReach, match="too large"):
        render(c, "x")


def test_the_file_of_a_certificate() -> None:
    script = render(
        certificate("squared_softplus_family__softplus__squared__symbolic"), "softplus.json"
    )
    assert script.conditions == ("V1", "V2", "V3", "V4")
    assert script.text == Path("tests/coq/softplus.v").read_text()


@pytest.mark.parametrize(
    "text", ['(* x *) Axiom f : False. "', "*) Admitted. (*", "\x1b[31m\n*)", 'a "b" (*c*)']
)
def test_text_of_a_certificate_stays_in_the_comment(text: str) -> None:
    c = copy.deepcopy(certificate("squared_bounded__tanh__squared__data"))
    c["statement"] = c["digest"] = c["problem"]["data"]["source"] = c["problem"]["data"][
        "target"
    ] = c["problem"]["outer"]["source"] = text
    written = render(c, text).text
    plain = render(certificate("squared_bounded__tanh__squared__data"), "x").text
    strip = re.compile(r"\A\(\*\*.*?\*\)", re.DOTALL)
    assert strip.sub("", written) == strip.sub("", plain)
    head = written[: written.index("Require")]
    assert head.count("(*") == head.count("*)") == 1
    assert '"' not in head
    assert all(ch == "\n" or " " <= ch <= "~" for ch in head)


def test_out_of_reach_says_what_is_missing() -> None:
    c = copy.deepcopy(certificate("squared_softplus_family__softplus__squared__symbolic"))
    c["problem"]["activation"]["expression"] = "asinh(z)"
    with pytest.raises(OutOfReach, match="asinh"):
        render(c, "x")
    c["problem"]["activation"]["expression"] = "tanh(z)*sin(z)"
    script = render(c, "x")
    assert script.conditions == ("V2", "V1", "V3")
    assert script.missing == (
        "no lemma bounds sup |sigma'|: the function cos is beyond the generated lemmas",
    )


def test_the_library_has_no_gap() -> None:
    sources = {p.stem: p.read_text() for p in library_folder().glob("*.v")}
    assert len(sources) >= 13
    for name, text in sources.items():
        code = re.sub(r"\(\*.*?\*\)", "", text, flags=re.DOTALL)
        for word in (
            "Admitted",
            "admit",
            "Axiom",
            "Parameter",
            "Conjecture",
            "Abort",
            "bypass_check",
            "Unset Guard",
        ):
            assert not re.search(rf"\b{word}\b", code), (name, word)
        for use in re.findall(r"\binterval\b(?!_)[^.]*", code):
            assert not re.match(r"interval(?!\s+with)", use), (name, use)
        for bits in re.findall(r"i_prec (\d+)", code):
            assert int(bits) > 53, (
                "at 53 bits or fewer the tactic would use primitive floating point"
            )


def test_modules_come_after_what_they_import() -> None:
    sources = {p.stem: p.read_text() for p in library_folder().glob("*.v")}
    order = in_order(sources)
    assert sorted(order) == sorted(sources)
    assert (
        order.index("Sums")
        < order.index("Objective")
        < order.index("Squared")
        < order.index("Universal")
    )


def test_assumptions_are_read_and_compared() -> None:
    text = (
        "Axioms:\nClassicalDedekindReals.sig_not_dec : forall P : Prop, {~ ~ P} + {~ P}\n"
        "mine.oops\n  : False\nPrimInt63.add : PrimInt63.int -> int -> "
        "int\nFloatAxioms.add_spec : True\n"
    )
    found = assumptions(text)
    assert found == (
        "ClassicalDedekindReals.sig_not_dec",
        "FloatAxioms.add_spec",
        "PrimInt63.add",
        "mine.oops",
    )
    assert foreign(found) == ("FloatAxioms.add_spec", "mine.oops")
    assert assumptions("Closed under the global context\n") == ()
    for doubt in (
        "Type hierarchy is collapsed (logic is inconsistent)",
        "f is assumed to be guarded.",
    ):
        assert foreign(assumptions(f"Axioms:\n{doubt}\n")) != ()
