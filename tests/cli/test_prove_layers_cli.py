"""``prove`` and ``check`` on nets of any layers: exit statuses, JSON keys, the text of a verdict."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., tuple[int, str, str]]
TWO = ("prove", "-a", "tanh", "--train", "all")


@pytest.fixture
def data(tmp_path: Path) -> tuple[str, ...]:
    path = tmp_path / "rows.csv"
    path.write_text("a,b,y\n1,2,1\n3,4.5,-1\n0.5,-1,1\n")
    return ("--data", str(path), "--target", "y", "--hidden", "4")


def said(run: Run, *words: str) -> tuple[int, dict[str, Any]]:
    code, out, err = run(*words, "--json")
    assert err == "" or code != 2, err
    return code, json.loads(out)


def test_what_is_proved_for_small_s(run: Run, data: tuple[str, ...], tmp_path: Path) -> None:
    claim = (*TWO, "--claim", "villani-small-noise", "--lam", "1/10", *data)
    code, small = said(run, *claim)
    assert code == 0 and small["verdict"] == "PROVED"
    below = Fraction(small["noise_proved_below"])
    # Within the fifteenth digit of (lambda_a)^2/X2, the data's own.
    exact = Fraction(1, 100) / ((5 + Fraction(117, 4) + Fraction(5, 4)) / 3)
    assert exact * (1 - Fraction(1, 10**15)) <= below <= exact

    code, at_s = said(run, *TWO, "--lam", "1/10", *data, "--noise", str(below / 2))
    assert code == 0 and at_s["verdict"] == "PROVED"
    assert at_s["noise_proved_below"] is None and at_s["noise_refuted_above"] is None


def test_a_certificate_for_small_s_is_checked_against_the_s_of_a_reader(
    run: Run, data: tuple[str, ...], tmp_path: Path
) -> None:
    made, mine = tmp_path / "made.json", tmp_path / "mine.toml"
    claim = ("--claim", "villani-small-noise", "--lam", "1/10", *data, "--out", str(made), "-q")
    assert run(*TWO, *claim)[0] == 0
    for noise, status in (("1/10000", 0), ("1/10", 4)):
        mine.write_text(f'lambda = "1/10"\nnoise = "{noise}"\n')
        code, out, _ = run("check", str(made), "--problem", str(mine))
        assert code == status, out
    assert "the statement is for s < s_0, your s is 1/10" in out


@pytest.mark.parametrize("columns", [60, 100])
def test_the_text_says_layers_and_noise(
    columns: int, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    words = ("--claim", "villani-small-noise", "--depth", "3", "--train", "2,3", "--verbose")
    code, out, _ = run("prove", "-a", "tanh", *words)
    assert code == 0
    assert all(len(line) <= columns for line in out.splitlines())
    plain = " ".join(out.split())
    assert "layers 2 and 3 trained, layer 1 fixed" in plain
    assert "proved for 0 < s < s_0 = " in plain
    assert "published" not in plain


def test_the_claim_about_small_s_takes_no_s(run: Run) -> None:
    code, out, err = run(*TWO, "--claim", "villani-small-noise", "--noise", "1/10")
    assert code == 2 and out == ""
    assert "is about every small s; for a given one, claim villani" in err


def test_keys_of_the_noise_are_there_for_every_net(run: Run) -> None:
    code, before = said(run, "prove", "-a", "tanh")
    assert code == 0
    assert before["noise_proved_below"] is None and before["noise_refuted_above"] is None


def test_the_widths_of_a_reader_are_the_symbols_of_the_critical_s(
    run: Run, data: tuple[str, ...], tmp_path: Path
) -> None:
    """A certificate about all data and widths, beside a reader with 4 units and an s on either side of
    the critical one.
    """
    made, mine = tmp_path / "made.json", tmp_path / "mine.toml"
    assert run(*TWO, "--claim", "villani-small-noise", "--out", str(made), "-q")[0] == 0
    # s_0 = (1/10)^2/B_x^2 with B_x^2 = 117/4, where lambda is at most 2 A_a/A_e = 1.
    for noise, status in (("1/2926", 0), ("1/2924", 4)):
        mine.write_text(
            'data = "rows.csv"\ntarget = "y"\ntrain = "all"\nhidden = "4"\n'
            f'lambda = "1/10"\nnoise = "{noise}"\n'
        )
        code, out, _ = run("check", str(made), "--problem", str(mine))
        assert code == status, out


def test_the_verdict_on_cross_entropy_is_shown(run: Run) -> None:
    code, out, _ = run("prove", "-a", "tanh", "--outputs", "3", "--loss", "cross-entropy")
    assert code == 0 and out.startswith("PROVED  L is a Villani function for every λ > 0")
    assert "y_i one of 3 classes" in out
