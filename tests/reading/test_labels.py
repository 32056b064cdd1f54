"""Labels of two classes: mapped, stated, or refused; never a silent threshold."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofkit.errors import InputError
from proofkit.reading.labels import LabelMap, NotTwoLabels, label_map
from proofkit.reading.table import DataFile, load_table
from proofkit.report import BUNDLED_LABEL_ABOVE, bundled_file


def test_labels_that_are_there_stay() -> None:
    for values in ([1], [-1], [-1, 1]):
        assert label_map(map(Fraction, values), None, "y") is None


@given(st.fractions(), st.fractions())
def test_two_values_are_mapped_the_smaller_to_minus_one(a: Fraction, b: Fraction) -> None:
    if a == b or {a, b} == {-1, 1}:
        return
    made = label_map([a, b, a], None, "y")
    assert made is not None
    assert made(min(a, b)) == -1 and made(max(a, b)) == 1
    assert LabelMap.from_json(made.json()) == made
    with pytest.raises(ValueError):
        made(a + b + abs(a) + abs(b) + 1)


@pytest.mark.parametrize("values", [[0], [2], [0, 1, 2], [-1, 0, 1], [1, 2, 3]])
def test_other_targets_are_refused(values: list[int]) -> None:
    with pytest.raises(NotTwoLabels, match="--label-above"):
        label_map(map(Fraction, values), None, "y")


def test_thresholds() -> None:
    made = label_map([Fraction(1), Fraction(5)], Fraction(2), "y")
    assert made is not None and made(Fraction(2)) == -1 and made(Fraction(5, 2)) == 1
    for above in (0, 5, 9):
        with pytest.raises(InputError, match="one side"):
            label_map([Fraction(1), Fraction(5)], Fraction(above), "y")


@pytest.mark.parametrize(
    "recorded",
    [{}, {"map": {"1": "1", "0": "-1"}}, {"map": {"0": "1", "1": "-1"}}, {"map": {"0": "-1"}}, {"above": 3},
     {"above": "6/4"}, {"above": "1e9999999"}, {"above": "x"}, {"map": {"0": "-1", "1": "1"}, "above": "1"}, [], "1"],
)  # fmt: skip
def test_a_recorded_map_is_what_a_certificate_writes(recorded: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        LabelMap.from_json(recorded)


def test_the_bundled_threshold_is_the_median() -> None:
    file = bundled_file()
    table = load_table(file.path, file.target)
    middle = sorted(table.targets())[(table.n - 1) // 2]
    assert middle == BUNDLED_LABEL_ABOVE == file.label_above
    labels = file.table(True).labels
    assert set(labels) == {-1, 1} and labels.count(1) == sum(y > middle for y in table.targets())


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("a,y\n1,0\n2,1\n3,1\n")
    table = DataFile(path, "y").table(True)
    assert table.labels == (-1, 1, 1) and table.label_map is not None
    assert DataFile(path, "y").table().labels == (0, 1, 1)
    path.write_text("a,y\n1,0\n2,1\n3,2\n")
    with pytest.raises(NotTwoLabels, match="more than two values"):
        DataFile(path, "y").table(True)
    assert DataFile(path, "y", label_above=Fraction(1)).table(True).labels == (-1, -1, 1)
