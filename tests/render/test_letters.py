"""Text of any script as LaTeX: set where that is possible, shown as its code elsewhere, never a
command.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofkit.render.letters import breakable, escape, label, plain


@pytest.mark.parametrize(
    ("letter", "command"),
    [
        ("€", r"\texteuro{}"),
        ("é", r"\'{e}"),
        ("ï", r"\"{\i}"),
        ("Ç", r"\c{C}"),
        ("ő", r"\H{o}"),
        ("ß", r"\ss{}"),
        ("µ", r"\ensuremath{\mu}"),
        ("σ", r"\ensuremath{\sigma}"),
        ("Ж", r"{\ttfamily U+0416}"),
        ("数", r"{\ttfamily U+6570}"),
    ],
)
def test_letters(letter: str, command: str) -> None:
    assert escape(letter) == rf"\pkletter{{{ord(letter):04X}}}{{{command}}}"


@pytest.mark.parametrize("hidden", ["\u202e", "\x07", "\u200b", "\u0301", "\x00", "\ud800", "\r"])
def test_what_would_not_be_seen_is_shown_as_its_code(hidden: str) -> None:
    assert escape(hidden) == rf"{{\ttfamily U+{ord(hidden):04X}}}"


@given(st.text(max_size=60))
def test_bookmarks_and_labels_are_ascii(text: str) -> None:
    assert plain(text).isascii() and not set(plain(text)) & set(r"\{}$&#%~^_<>|")
    assert label(text).replace("-", "").isalnum() and label(text).isascii()


@given(st.text(alphabet="ab/.,_-é", max_size=80))
def test_a_long_word_may_be_broken_and_keeps_its_letters(text: str) -> None:
    assert breakable(text).replace(r"\allowbreak{}", "") == escape(text)
