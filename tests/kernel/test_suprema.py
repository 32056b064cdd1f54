"""What is remembered of verified suprema, and that nobody else can put anything there."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from proofkit.kernel import suprema
from proofkit.kernel.proposals import SupremumProposal
from proofkit.kernel.refusal import KernelError
from proofkit.kernel.suprema import UnprovedError, require_defined, verify_suprema, work_of
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.terms import Node
from tests.kernel.v1 import document, proposal_of

TANH = parse("tanh(z)")


def recorded() -> SupremumProposal:
    """The covers for sup |tanh'|."""
    steps = document("squared_bounded__tanh__squared__symbolic")["steps"]
    step = next(s for s in steps if s["payload"].get("quantity") == "M1")
    proposal = proposal_of(step)
    assert isinstance(proposal, SupremumProposal)
    return proposal


def test_what_was_verified_is_not_verified_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sides = recorded().sides
    verify_suprema(TANH, "M1", None, sides)
    monkeypatch.setattr(suprema, "verify_cover", lambda *_: "it would be verified")
    verify_suprema(TANH, "M1", None, sides)
    for root, name, changed in (
        (parse("tanh(z)/2"), "M1", sides),
        (TANH, "M2", sides),
        (TANH, "M1", tuple(replace(side, upper=Fraction(2)) for side in sides)),
    ):
        with pytest.raises(UnprovedError, match="it would be verified"):
            verify_suprema(root, name, None, changed)


class Equal(Fraction):
    """A number that is equal to every other, under the hash of 1/2."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash(Fraction(1, 2))


def test_a_number_that_equals_another_is_not_taken_for_it() -> None:
    sides = tuple(replace(side, upper=Equal(1)) for side in recorded().sides)
    with pytest.raises(KernelError, match="Equal"):
        verify_suprema(TANH, "M1", None, sides)
    half = tuple(replace(side, upper=Fraction(1, 2)) for side in recorded().sides)
    with pytest.raises(UnprovedError):
        verify_suprema(TANH, "M1", None, half)


def test_what_a_caller_holds_is_not_what_was_verified() -> None:
    """A side that is altered after it was verified is another side."""
    sides = tuple(replace(side) for side in recorded().sides)
    verify_suprema(TANH, "M1", None, sides)
    object.__setattr__(sides[0], "upper", Fraction(1, 3))
    with pytest.raises(UnprovedError):
        verify_suprema(TANH, "M1", None, sides)


def test_a_tree_that_is_altered_is_another_tree() -> None:
    tree = Node("tanh", (Node("z"),))
    verify_suprema(tree, "M1", None, recorded().sides)
    object.__setattr__(tree, "args", (parse("2*z"),))
    with pytest.raises(UnprovedError):
        verify_suprema(tree, "M1", None, recorded().sides)


def test_a_name_that_looks_like_a_function_is_none() -> None:
    """A tree may have the text of another one: what is remembered of a text is true of that."""
    disguised = Node("name", (), "1/(z - 7)")
    for tree in (disguised, parse("1/(z - 7)")):
        with pytest.raises(UnprovedError, match="not a real number"):
            require_defined(tree)


class Disguised(str):
    """A text that is equal to every other, under the hash of 1/(z - 9)."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash("1/(z - 9)")


def test_a_text_that_equals_another_is_not_taken_for_it() -> None:
    with pytest.raises(KernelError, match="altered"):
        require_defined(Node(Disguised("z")))
    with pytest.raises(UnprovedError, match="not a real number"):
        require_defined(parse("1/(z - 9)"))


def test_a_failure_is_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    sides = tuple(replace(side, bits=140) for side in recorded().sides)
    monkeypatch.setattr(suprema, "verify_cover", lambda *_: "not today")
    with pytest.raises(UnprovedError, match="not today"):
        verify_suprema(TANH, "M1", None, sides)
    monkeypatch.undo()
    verify_suprema(TANH, "M1", None, sides)


def test_a_function_without_values_stays_without() -> None:
    for _ in range(2):
        with pytest.raises(UnprovedError, match="not a real number"):
            require_defined(parse("1/z"))


def test_work_grows_with_pieces_nodes_and_bits() -> None:
    (side, _) = recorded().sides
    longer = replace(side, rules=side.rules * 2)
    work = work_of(TANH, (side,))
    assert work < work_of(TANH, (longer,))
    assert work < work_of(parse("tanh(2*z)"), (side,))
    assert work < work_of(TANH, (replace(side, bits=500),))
    assert work_of(TANH, (side, side)) == 2 * work
    assert work < suprema.MAX_WORK / 100
