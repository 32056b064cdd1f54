"""Records that hold what they declare."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

import pytest

from proofkit.kernel.kinds import is_of_kind
from proofkit.kernel.proposals import OneSided, Reached, SupremumProposal
from proofkit.kernel.univariate.terms import Z

REACHED = Reached("point", Fraction(0), 0)


class Number(Fraction):
    """Another class of numbers."""


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (1, int),
        (None, Fraction | None),
        (Fraction(1), Fraction | None),
        ("a", Literal["a", "b"]),
        ((), tuple[int, ...]),
        ((1, "a"), tuple[int, str]),
        (((0, Fraction(1)),), tuple[tuple[int, Fraction], ...]),
        (REACHED, Reached),
        (SupremumProposal("S0", None, (), Z), SupremumProposal),
    ],
)
def test_of_the_kind(value: object, kind: object) -> None:
    assert is_of_kind(value, kind)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (True, int),
        (1, Fraction),
        (Number(1), Fraction),
        (None, int),
        ("c", Literal["a", "b"]),
        (1, Literal[True]),
        ([1], tuple[int, ...]),
        ((1, "a"), tuple[int, ...]),
        ((1,), tuple[int, str]),
        (REACHED, OneSided),
        (Reached("point", 0, 0), Reached),  # type: ignore[arg-type]
        (SupremumProposal("S0", None, (REACHED,)), SupremumProposal),  # type: ignore[arg-type]
    ],
)
def test_not_of_the_kind(value: object, kind: object) -> None:
    assert not is_of_kind(value, kind)
