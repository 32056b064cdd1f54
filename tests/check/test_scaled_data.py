"""Certificates of standardised data beside the reader's own file, and forged scalings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from forging import Json, document, forged

from proofkit.activation.catalogue import Activation
from proofkit.check.command import main, one_line
from proofkit.check.outcome import ELSEWHERE, INVALID, VALID, Outcome, check
from proofkit.check.reader import Reader, load_problem
from proofkit.kernel.certificate import document_of_json
from proofkit.problem.csvtext import csv_text
from proofkit.problem.data import outer_from_seed, summarise
from proofkit.problem.problem import Problem
from proofkit.reading.scaling import ColumnScaling, Scaling
from proofkit.reading.table import (
    DataFile,
    Table,
    load_table,
    rows_sha256,
    scaled,
    standard_scaling,
    standardised,
)
from proofkit.sentences.record import record

ROWS = "a,b,c,y\n1,2,7,1\n3,4.5,7,-1\n0.5,-1,7,1\n2,0,7,4\n"


@pytest.fixture(scope="module")
def csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scaled") / "rows.csv"
    path.write_text(ROWS)
    return path


def about(table: Table, loss: str = "squared") -> Json:
    """The certificate of a proof about rows."""
    data, outer = summarise(table), outer_from_seed(5, 3)
    return document(Problem(Activation.of("tanh"), loss, data=data, outer=outer))


@pytest.fixture(scope="module")
def good(csv: Path) -> Json:
    return about(DataFile(csv, "y", standardise=True).table())


def reader(csv: Path, standardise: bool | None = None) -> Reader:
    return replace(load_problem(csv, "y"), standardise=standardise)


def said(outcome: Outcome) -> str:
    return " ".join([one_line("c.json", outcome), outcome.closing, *outcome.differences])


# -- the reader's own file -------------------------------------------------------------------------


def test_the_raw_file_is_scaled_and_the_reader_is_told(good: Json, csv: Path) -> None:
    for reads in (reader(csv), reader(csv, True)):
        outcome = check(good, reads)
        assert outcome.status == VALID, outcome
        assert "your data, features and target standardised with the certificate's mean" in said(
            outcome
        )
    assert "sha256" not in said(check(good, reader(csv)))


def test_who_speaks_of_the_raw_file_has_another_problem(good: Json, csv: Path) -> None:
    outcome = check(good, reader(csv, False))
    assert outcome.status == ELSEWHERE and "standardised with" not in said(outcome)
    raw = about(load_table(csv, "y"))
    assert check(raw, reader(csv)).status == VALID == check(raw, reader(csv, False)).status
    assert check(raw, reader(csv, True)).status == ELSEWHERE


def test_a_file_of_the_scaled_numbers_is_fine(good: Json, csv: Path, tmp_path: Path) -> None:
    path = tmp_path / "scaled.csv"
    path.write_text(csv_text(DataFile(csv, "y", standardise=True).table()))
    for standardise in (None, False):
        outcome = check(good, reader(path, standardise))
        assert outcome.status == VALID
        assert "your file has the scaled numbers already" in said(outcome)
    # A certificate of these numbers, of which nobody says that they were scaled.
    plain = about(load_table(path, "y"))
    assert check(plain, reader(csv, True)).status == VALID
    assert check(plain, reader(csv)).status == ELSEWHERE


def test_labels_are_not_scaled(csv: Path) -> None:
    table = DataFile(csv, "y", label_above=Fraction(1), standardise=True).table(classifies=True)
    outcome = check(about(table, "logistic"), load_problem(csv, "y", label_above="1"))
    assert outcome.status == VALID
    assert "your data, features standardised" in said(outcome)


def test_without_the_file_it_is_said_that_nothing_was_compared(good: Json) -> None:
    outcome = check(good)
    assert outcome.status == VALID and "their scaling and their sha256" in said(outcome)
    assert "scaled data" in outcome.lines[0].rule
    assert "standardised" not in said(outcome)


def test_other_data_are_others(good: Json, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text(ROWS.replace("4.5", "4.25"))
    outcome = check(good, reader(other))
    assert outcome.status == ELSEWHERE
    assert "not by what standardises yours: mean and scale of 'b'" in said(outcome)


def test_the_command_says_it(good: Json, csv: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from proofkit.kernel.certificate import to_json

    path = csv.parent / "good.json"
    path.write_text(to_json(document_of_json(good)))
    assert main([str(path), "--problem", str(csv), "--target", "y", "--quiet"]) == 0
    assert "; of your data, features and target standardised with" in capsys.readouterr().out


# -- what the certificate says ---------------------------------------------------------------------


def test_mean_and_scale_stand_in_the_certificate_as_decimals(good: Json) -> None:
    column = good["problem"]["data"]["scaling"]["features"][0]
    assert column == {"mean": "1.625", "scale": "1.04151128784659"}
    assert good["problem"]["data"]["scaling"]["features"][2] == {"mean": "7", "scale": "0"}
    content = record(document_of_json(good))
    assert content["problem"]["data"]["scaling"] == good["problem"]["data"]["scaling"]
    assumptions = str(content["assumptions"])
    assert "features and target scaled: x' = (x - mean) * scale; mean and scale: a 1.625," in (
        assumptions
    )


# -- forged scalings -------------------------------------------------------------------------------


def columns(content: Json) -> list[dict[str, Any]]:
    return content["problem"]["data"]["scaling"]["features"]


OTHERS: dict[str, Callable[[Json], object]] = {
    "mean": lambda c: columns(c)[0].update(mean="1.626"),
    "last digit of the mean": lambda c: columns(c)[1].update(mean="1.3750000000000001"),
    "last digit of the scale": lambda c: columns(c)[0].update(scale="1.04151128784658"),
    "scale 0": lambda c: columns(c)[0].update(scale="0"),
    "scale of a constant column": lambda c: columns(c)[2].update(scale="1"),
    "mean of a constant column": lambda c: columns(c)[2].update(mean="8"),
    "exchanged columns": lambda c: columns(c).reverse(),
    "no target": lambda c: c["problem"]["data"]["scaling"].update(target=None),
    "target": lambda c: c["problem"]["data"]["scaling"]["target"].update(mean="0"),
    "none": lambda c: c["problem"]["data"].pop("scaling"),
}


@pytest.mark.parametrize("what", OTHERS)
def test_another_scaling_is_never_the_readers(what: str, good: Json, csv: Path) -> None:
    lie = forged(good, OTHERS[what])
    for reads in (reader(csv), reader(csv, False)):
        outcome = check(lie, reads)
        assert outcome.status == ELSEWHERE and "standardised with" not in said(outcome)


WRONG: dict[str, Callable[[Json], object]] = {
    "no decimal": lambda c: columns(c)[0].update(mean="13/8"),
    "no number": lambda c: columns(c)[0].update(mean="1.6e3"),
    "a number of JSON": lambda c: columns(c)[0].update(mean=2),
    "zeros": lambda c: columns(c)[0].update(mean="1.6250"),
    "negative": lambda c: columns(c)[0].update(scale="-1"),
    "too long": lambda c: columns(c)[0].update(mean="1" * 2000),
    "a column too few": lambda c: columns(c).pop(),
    "a column too many": lambda c: columns(c).append(columns(c)[0]),
    "a field too many": lambda c: columns(c)[0].update(shift="1"),
    "no features": lambda c: c["problem"]["data"]["scaling"].pop("features"),
    "null": lambda c: c["problem"]["data"].update(scaling=None),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_scaling_is_invalid(what: str, good: Json, csv: Path) -> None:
    lie = forged(good, WRONG[what])
    for reads in (None, reader(csv)):
        assert check(lie, reads).status == INVALID


def test_mapped_labels_have_no_mean(csv: Path) -> None:
    table = DataFile(csv, "y", label_above=Fraction(1), standardise=True).table(classifies=True)
    lie = forged(
        about(table, "logistic"),
        lambda c: c["problem"]["data"]["scaling"].update(target={"mean": "0", "scale": "1"}),
    )
    assert check(lie).status == INVALID


HALF = ColumnScaling(Fraction(1, 2), Fraction(2))
ZERO = ColumnScaling(Fraction(0), Fraction(0))


def made_of(csv: Path, *features: ColumnScaling) -> Json:
    """A consistent certificate of rows that were scaled otherwise."""
    table = load_table(csv, "y")
    target = standard_scaling(table).target
    return about(scaled(table, Scaling(features, target)))


@pytest.mark.parametrize("first", [HALF, ZERO, ColumnScaling(Fraction(0), Fraction(1, 10**9))])
def test_rows_scaled_otherwise_are_not_called_standardised(first: ColumnScaling, csv: Path) -> None:
    rest = standard_scaling(load_table(csv, "y")).features[1:]
    lie = made_of(csv, first, *rest)
    assert check(lie).status == VALID  # of somebody's data
    assert "standardised" not in said(check(lie)) + str(record(document_of_json(lie)))
    for standardise in (None, True, False):
        assert check(lie, reader(csv, standardise)).status == ELSEWHERE


def test_raw_rows_are_not_said_to_be_scaled(csv: Path) -> None:
    """The numbers are those of the reader's file, and the certificate says that they are others."""
    raw = about(load_table(csv, "y"))
    one = {"mean": "0", "scale": "1"}

    def claim(content: Json) -> None:
        content["problem"]["data"]["scaling"] = {"features": [one] * 3, "target": one}

    def claim_of_another_file(content: Json) -> None:
        claim(content)
        content["problem"]["data"]["sha256"] = "0" * 64

    for change, why in ((claim, "has the numbers of the file"), (claim_of_another_file, "is not")):
        outcome = check(forged(raw, change), reader(csv))
        assert outcome.status == ELSEWHERE and why in said(outcome)


def test_rows_with_the_digest_of_scaled_ones(good: Json, csv: Path) -> None:
    """The digest is that of the scaled rows, not of the file's."""
    table = load_table(csv, "y")
    assert good["problem"]["data"]["rows_sha256"] == rows_sha256(standardised(table))
    lie = forged(good, lambda c: c["problem"]["data"].update(rows_sha256=rows_sha256(table)))
    assert check(lie, reader(csv)).status == ELSEWHERE
