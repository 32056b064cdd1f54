"""The checker's command: folders, files that are none, the closing count, exit statuses."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from proofkit.check import command
from proofkit.check.command import main
from proofkit.check.document import Outcome

CERTIFICATE = Path(__file__).parents[2] / "generated/certificates/squared_bounded__tanh__squared__symbolic.json"  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two certificates, one of them deeper, and JSON that is something else."""
    (tmp_path / "deep").mkdir()
    shutil.copy(CERTIFICATE, tmp_path / "a.json")
    shutil.copy(CERTIFICATE, tmp_path / "deep" / "b.json")
    (tmp_path / "other.json").write_text('{"numbers": [1.5]}')
    (tmp_path / "notes.txt").write_text("not looked at")
    return tmp_path


def spoiled(path: Path) -> None:
    content = json.loads(path.read_text())
    content["statement"] = "L is convex"
    path.write_text(json.dumps(content))


def test_a_folder_is_every_certificate_beneath_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(folder)]) == 0
    first, second, count = capsys.readouterr().out.splitlines()
    assert "a.json: valid" in first and "b.json: valid" in second
    assert count.startswith("2 certificates: 2 valid; 1 other JSON file passed over")
    assert "none was compared with a problem of yours" in count
    main([str(folder), "--json"])
    assert [row["valid"] for row in json.loads(capsys.readouterr().out)] == [True, True]


def test_one_that_is_invalid_is_shown_in_full_and_decides_the_status(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoiled(folder / "deep" / "b.json")
    (folder / "c.json").write_text("")
    assert main([str(folder)]) == 1
    out, err = capsys.readouterr()
    assert "FAILED: the digest" in out
    assert out.splitlines()[-1].startswith(
        "2 certificates: 1 valid, 1 INVALID; 1 unreadable; 1 other"
    )
    assert err == f"proofkit check: {folder / 'c.json'} is no certificate: it is empty\n"
    (folder / "deep" / "b.json").unlink()
    assert main([str(folder)]) == 2


def test_a_folder_without_certificates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert "holds no certificate" in capsys.readouterr().err
    (tmp_path / "other.json").write_text("{}")
    assert main([str(tmp_path)]) == 2


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "it is not UTF-8 text"),
        (b"\x00\x01\x02", "it is not valid JSON (line 1, column 1)"),
        (b'{"format": "proofkit-certificate", "version": 1.5}', "1.5, which is no whole number"),
        (b'{"a": 1, "a": 2}', "it says a key twice"),
        (b"[" * 100000, "it is nested too deeply"),
        (b'{"a": ' + b"9" * 5000 + b"}", "a number of more than 2500 digits"),
        (b'{"format": "proofkit-certificate", "version": 2}', "of version 1"),
        (CERTIFICATE.read_bytes()[:-20], "it is not valid JSON (line "),
    ],
)
def test_a_file_that_is_none_is_one_sentence_without_pythons_words(
    raw: bytes, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.json"
    path.write_bytes(raw)
    assert main([str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and words in err
    assert not any(word in err for word in ("Expecting", "codec", "char ", "Errno", "limit"))


def test_an_explanation_is_for_what_was_verified(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def explain(content: Mapping[str, Any], outcome: Outcome) -> str:
        return f"THE MATHEMATICS of {content['claim']}\n{outcome.closing}"

    assert main([str(folder / "a.json"), "--explain"], command.tree, explain) == 0
    out = capsys.readouterr().out
    assert "THE MATHEMATICS of villani" in out and out.splitlines()[-1].startswith("not compared")
    spoiled(folder / "a.json")
    assert main([str(folder / "a.json"), "--explain"], command.tree, explain) == 1
    assert "MATHEMATICS" not in capsys.readouterr().out
    assert main([str(folder / "a.json"), "--explain"]) == 2


def test_an_interrupt_says_how_far_it_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> Outcome:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "check", stopped)
    with pytest.raises(KeyboardInterrupt, match="0 of 3 files were checked"):
        main([str(folder)])


def test_how_to_read_data_is_for_a_problem(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(folder / "a.json"), "--target", "y"]) == 2
    assert "are for --problem FILE" in capsys.readouterr().err
    (folder / "p.toml").write_text("data = \nx")
    assert main([str(folder / "a.json"), "--problem", str(folder / "p.toml")]) == 2
    assert "not valid TOML (line 1, column 8)" in capsys.readouterr().err
