"""Blocks in HTML: nothing of a file gets through, formulas break where a reader would break them."""

from __future__ import annotations

import re
from fractions import Fraction
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofkit.certificates import read_record
from proofkit.exposition.expose import expose
from proofkit.exposition.model import Block, Display, Formula, Text
from proofkit.render.blocks import (
    block_html,
    interval_html,
    number_html,
    pieces,
    sentence_html,
    with_signs,
)

CERTIFICATES = Path(__file__).parents[2] / "generated" / "certificates"


@given(st.text(max_size=60))
def test_words_are_escaped_and_none_is_lost(text: str) -> None:
    said = str(sentence_html((Formula("s"), Text(text), Formula("t"))))
    words = re.sub(r"<math>.*?</math>|</?span[^>]*>", "", said)
    assert "<" not in words and ">" not in words
    assert unescape(words) == with_signs(text)


def test_names_of_files_keep_their_signs() -> None:
    assert with_signs("a->b-2.csv and x<=y") == "a->b-2.csv and x<=y"
    assert with_signs("x <= -1") == "x \u2264 \u22121"


def test_punctuation_stays_with_its_formula() -> None:
    assert 'class="held"><math><mrow><mi>s</mi></mrow></math>,</span> and' in sentence_html(
        (Formula("s"), Text(", and"))
    )


def test_displays_part_paragraphs() -> None:
    html = block_html((Text("first "), Display("s"), Text(" second"), Display("t")))
    assert re.findall(r"<(p|div)", html) == ["p", "div", "p", "div"]


@pytest.mark.parametrize(
    "name",
    [
        "squared_bounded__tanh__squared__data",
        "rate_langevin__tanh__squared__symbolic",
        "refuted_by_cancelling_units__z_2__logistic__data",
        "squared_line__z_2_sin_z__squared__symbolic",
    ],
)
def test_every_formula_of_a_certificate_is_set(name: str) -> None:
    shown = expose(read_record(CERTIFICATES / f"{name}.json"))
    blocks: list[Block] = [shown.statement.hypotheses, shown.statement.body]
    for step in (*shown.steps, *shown.unused):
        blocks += [step.statement, step.reason]
    for block in blocks:
        html = block_html(block)
        assert "\\" not in html and "merror" not in html
        for part in block:
            if not isinstance(part, Text):
                assert re.sub(r"\s", "", "".join(pieces(part.latex))) == re.sub(
                    r"\s", "", part.latex
                )


def test_numbers_are_rounded_outwards() -> None:
    third = Fraction(1, 3)
    assert str(interval_html(third, third, 4)) == "[0.3333, 0.3334]"
    assert str(number_html(Fraction(-2, 3), -1, 2)) == "\u22120.67"
    assert str(number_html(Fraction(12345678, 1), 1, 3)) == "1.24\u00b710<sup>7</sup>"
    assert interval_html(None, None, 4) == ""
