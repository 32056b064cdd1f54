"""The exposition of every reference certificate: complete, with one letter for each thing."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from proofkit.certificates import read_record
from proofkit.constants import NAMES
from proofkit.exposition.expose import expose, labels_of, open_part, words_of
from proofkit.exposition.markup import block
from proofkit.exposition.model import Block, Display, Formula, Text
from proofkit.exposition.plain import plain
from proofkit.exposition.quoting import quoted
from proofkit.exposition.rules import WORDS
from proofkit.exposition.setting import losses, setting_of
from proofkit.exposition.symbols import SYMBOLS
from proofkit.exposition.view import View
from proofkit.kernel.rules import RULES
from proofkit.prose import mathml

CERTIFICATES = sorted(Path("generated/certificates").glob("*.json"))
# What a reader would take for a formula that was not set as one.
ASCII_FORMULA = re.compile(r">=|<=|->|\^|\|\||\\[a-z]|\b(lambda|sigma|sup|oo)\b|[*]")


def content(path: Path) -> dict:
    return read_record(path)


def blocks(exposition) -> list[Block]:
    statement = exposition.statement
    out = [statement.title, statement.body]
    for step in (*exposition.steps, *exposition.unused):
        out += [step.statement, step.reason]
    return [*out, *(c.meaning for c in exposition.constants)]


def test_every_rule_of_the_kernel_has_its_words() -> None:
    assert set(WORDS) == set(RULES)


def test_every_constant_has_a_symbol_and_no_two_share_one() -> None:
    assert set(SYMBOLS) >= NAMES
    symbols = [s.latex for s in SYMBOLS.values()]
    assert len(symbols) == len(set(symbols))


@pytest.mark.parametrize("path", CERTIFICATES, ids=lambda p: p.stem)
def test_reference_certificate(path: Path) -> None:
    exposition = expose(content(path))
    assert exposition.statement.body
    assert [s.number for s in exposition.steps] == list(range(1, len(exposition.steps) + 1))
    for step in exposition.steps:
        # A proof rests on what stands before it.
        assert all(k < step.number for k in step.premises)
        assert step.statement and step.reason, step.rule
    for parts in blocks(exposition):
        for part in parts:
            if isinstance(part, Text):
                assert not ASCII_FORMULA.search(part.content), part.content
            else:
                assert mathml(part.latex, isinstance(part, Display)).startswith("<math")
        assert "\\" not in plain(parts)


def formulas_of(records: Iterable[dict]) -> str:
    return "\n".join(
        part.latex
        for record in records
        for parts in blocks(expose(record))
        for part in parts
        if isinstance(part, Formula | Display)
    )


def test_the_second_meanings_are_gone() -> None:
    """Letters that constants own are not used for a measure, an index, a matrix or a distance as
    well.
    """
    records = [content(path) for path in CERTIFICATES]
    text = formulas_of(records)
    for old in (r"\rho_0", "H(", "W_{JK}", r"\bar F", r"\mathbf 1_K", "U=1+"):
        assert old not in text, old
    assert not re.search(r"(^|[^_])F=", text)
    # W_2 is a matrix where the setting is a net of layers, whose backward pass has diagonal ones.
    one_matrix = formulas_of(r for r in records if r["problem"].get("layers") is None)
    assert one_matrix
    for old in ("W_2", r"\operatorname{diag}"):
        assert old not in one_matrix, old


def test_a_rule_without_words_is_quoted() -> None:
    c = content(CERTIFICATES[0])
    step = {**c["steps"][0], "rule": "a rule of tomorrow", "statement": "x <script>"}
    assert words_of(View(c, step, ())).statement == (Text("x <script>"),)


def test_setting_defines_what_the_statements_use() -> None:
    of_both = setting_of([{"loss": "squared"}, {"loss": "logistic"}])
    text = "\n".join(plain(parts) for parts in of_both.paragraphs())
    for name in (
        "W are trained",
        "a are fixed",
        "μ_s",
        "(V1)",
        "(V4)",
        "N = pd",
        "Λ_S",
        "X_2",
        "ℓ'_i",
    ):
        assert name in text, name


def test_generated_weights_can_be_drawn_again_from_the_page() -> None:
    """The recipe printed for the outer weights gives the weights of the certificate."""
    import random
    from fractions import Fraction

    c = content(Path("generated/certificates/squared_bounded__tanh__squared__data.json"))
    text = plain(expose(c).statement.hypotheses)
    assert "a_j = 2⁻²⁶ int_j" in text and "int_j + 2²³" in text and "seed 0" in text
    source = random.Random(0)
    drawn = [Fraction(source.getrandbits(24) - 2**23 or 1, 2**26) for _ in range(64)]
    assert sum(map(abs, drawn)) == Fraction(c["problem"]["outer"]["a_1"])


def test_markup_needs_pairs_of_dollars() -> None:
    with pytest.raises(ValueError, match="dollar"):
        block("a $ alone")


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ({"above": "140"}, "The label y_i is +1 where the target is above 140, and -1 elsewhere."),
        (
            {"map": {"0": "-1", "1": "1"}},
            "The label y_i is -1 where the target is 0, and +1 where it is 1.",
        ),
        (
            {"words": ["cat", "dog $x$"]},
            "The class y_i is 0 where the target is cat, 1 where the target is dog $x$.",
        ),
        (
            {"classes": ["1/2", "3"]},
            "The class y_i is 0 where the target is 1/2, 1 where the target is 3.",
        ),
        (
            {"classes": [str(k) for k in range(1, 31)]},
            "The class y_i is "
            + ", ".join(f"{k} where the target is {k + 1}" for k in range(20))
            + ", and so on in ascending order.",
        ),
    ],
)
def test_labels_are_told_in_mathematics(labels: dict, said: str) -> None:
    told = labels_of({"target": "y", "labels": labels})
    assert plain(told) == said
    assert not any(set("<>=") & set(part.content) for part in told if isinstance(part, Text))


def test_an_exact_form_is_said_to_lie_in_the_enclosure_and_no_more() -> None:
    c = content(
        Path("generated/certificates/squared_softplus_family__softplus__squared__symbolic.json")
    )
    said = " ".join(plain(step.reason) for step in expose(c).steps)
    assert "suggests the exact value log(2)" in said and "value is log(2)" not in said


@pytest.mark.parametrize("rule", ["bounded gradient", "gradient of layers, squared", "V2"])
def test_what_stayed_open_is_said_without_the_name_of_the_rule(rule: str) -> None:
    assert plain(open_part(f"bounded route: rule {rule}: no bound")) == "bounded route: no bound."


def test_every_rule_is_left_out_of_what_stayed_open() -> None:
    assert {plain(open_part(f"rule {name}: no bound")) for name in RULES} == {"no bound."}


def test_the_derivatives_at_the_samples_are_named_once() -> None:
    assert plain(losses(["squared", "logistic"])).count("Write ℓ'_i") == 1


def test_negative_numbers_among_words_have_a_minus_sign() -> None:
    assert Formula("-1") in quoted("outer weights 1 and -1 leave the net")
    assert quoted("depth-2 nets of arXiv-12") == (Text("depth-2 nets of arXiv-12"),)


def test_an_activation_bears_a_name_of_the_catalogue_only_with_its_formula() -> None:
    """What a certificate calls its activation is quoted, not checked: another function's name would
    be a false title.
    """
    path = Path("generated/certificates/villani_iff_positive__tanh__squared__symbolic.json")
    c = content(path)
    assert plain(expose(c).statement.title).startswith("tanh, ")
    c["problem"]["activation"]["name"] = "gelu"
    assert plain(expose(c).statement.title).startswith("σ(z) = tanh(z), ")
