"""The referee's command: folders, files that are none, the closing count, exit statuses."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from forging import Json, certificate, digest_of, forged

from proofkit.check import command
from proofkit.check.command import main
from proofkit.check.outcome import Outcome


def written(path: Path, content: Json) -> Path:
    """The certificate in a file."""
    path.write_text(json.dumps(content))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two certificates, one of them deeper, and JSON that is something else."""
    (tmp_path / "deep").mkdir()
    written(tmp_path / "a.json", certificate("tanh"))
    written(tmp_path / "deep" / "b.json", certificate("tanh"))
    (tmp_path / "other.json").write_text('{"numbers": [1.5]}')
    (tmp_path / "notes.txt").write_text("not looked at")
    return tmp_path


def spoiled(path: Path) -> None:
    """The certificate with another statement under its digest."""
    written(path, json.loads(path.read_text()) | {"statement": "L is convex"})


def test_it_loads_nothing_of_the_prover() -> None:
    code = (
        "import sys; import proofkit.check.__main__, proofkit.check.command; "
        "names = ('sympy', 'mpmath', 'numpy', 'rich', 'typer', 'pyarrow'); "
        "ours = ('architectures', 'catalogue', 'check', 'errors', 'kernel', 'losses', 'process', 'reading', 'sentences'); "
        "bad = [m for m in sys.modules if m.split('.')[0] in names or "
        "(m.startswith('proofkit.') and m.split('.')[1] not in ours)]; assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_help_names_the_kernel(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "usage: python -m proofkit.kernel" in capsys.readouterr().out


@pytest.mark.parametrize("module", ["proofkit.check", "proofkit.kernel"])
def test_it_runs_alone(module: str, tmp_path: Path) -> None:
    path = written(tmp_path / "c.json", certificate("tanh"))
    done = subprocess.run(
        [sys.executable, "-m", module, str(path), "--quiet"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert ": valid" in done.stdout


def test_a_folder_is_every_certificate_beneath_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(folder)]) == 0
    first, second, count = capsys.readouterr().out.splitlines()
    assert "a.json: valid" in first
    assert "b.json: valid" in second
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
    counted = "2 certificates: 1 valid, 1 INVALID; 1 unreadable; 1 other"
    assert out.splitlines()[-1].startswith(counted)
    assert err == f"proofkit check: {folder / 'c.json'} is no certificate: it is empty\n"
    (folder / "deep" / "b.json").unlink()
    assert main([str(folder)]) == 2


def test_a_folder_without_certificates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert "holds no certificate" in capsys.readouterr().err
    (tmp_path / "other.json").write_text("{}")
    assert main([str(tmp_path)]) == 2


def test_one_of_version_1_has_to_be_made_again(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = {"format": "proofkit-certificate", "version": 1, "steps": []}
    written(folder / "old.json", old | {"digest": digest_of(old)})
    assert main([str(folder / "old.json")]) == 2
    err = capsys.readouterr().err
    assert "is a certificate of version 1; this proofkit reads version 3" in err
    assert main([str(folder)]) == 2
    assert "1 unreadable" in capsys.readouterr().out


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
        (b'{"format": "proofkit-certificate", "version": 4}', "of version 4"),
        (b'{"format": "proofkit-certificate", "version": true}', "no whole number"),
        (b"{}", "of version 3"),
        (b"[]", "of version 3"),
        (b'{"format": "proofkit-certificate", "version": NaN}', "NaN, which is no whole"),
    ],
)
def test_a_file_that_is_none_is_one_sentence_without_pythons_words(
    raw: bytes, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.json"
    path.write_bytes(raw)
    assert main([str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert words in err
    assert not any(word in err for word in ("Expecting", "codec", "char ", "Errno", "limit"))


def test_an_explanation_is_for_what_was_verified(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def explain(content: Mapping[str, Any], outcome: Outcome) -> str:
        steps = [step["statement"] for step in content["steps"]]
        return f"THE MATHEMATICS of {content['claim']}: {steps[0]}\n{outcome.closing}"

    assert main([str(folder / "a.json"), "--explain"], command.tree, explain) == 0
    out = capsys.readouterr().out
    assert "THE MATHEMATICS of villani: sigma is infinitely differentiable on R" in out
    assert out.splitlines()[-1].startswith("not compared")
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


def test_an_unknown_certificate_claims_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = certificate("softplus", "rate-langevin")
    assert unknown["verdict"] == "UNKNOWN"
    lie = forged(unknown, lambda c: c.update(statement="L is a Villani function for every lambda"))
    path = written(tmp_path / "u.json", lie)
    assert main([str(path)]) == 0
    out = capsys.readouterr().out
    assert "UNKNOWN: claims nothing" in out
    assert "Villani function" not in out
    main([str(path), "--json"])
    (row,) = json.loads(capsys.readouterr().out)
    assert row["statement"] == "claims nothing"


def test_what_was_not_compared_is_one_closing_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(folder / "a.json")]) == 0
    last = capsys.readouterr().out.splitlines()[-1].strip()
    assert last.startswith("not compared: ")
    assert "lambda, noise, loss and activation with yours; " in last
    main([str(folder / "a.json"), "--json"])
    (row,) = json.loads(capsys.readouterr().out)
    keys = "file valid status verdict statement lines not_compared differences compared scaled"
    assert set(row) == {*keys.split(), "closing", "checker"}
    assert (row["closing"], row["status"], row["valid"]) == (last, "valid", True)


def test_exit_statuses_of_several_files(tmp_path: Path) -> None:
    good = certificate("tanh")

    def more(content: Json) -> None:
        side = next(s for s in content["steps"] if s["rule"] == "supremum")["proposal"]["sides"][0]
        side |= {"rules": ["ball"] * 200_000, "breaks": [str(i) for i in range(200_001)]}

    files = {
        "valid": good,
        "invalid": forged(good, lambda c: c.update(verdict="REFUTED")),
        "other": certificate("tanh", lam="2"),
        "open": forged(good, more),
    }
    for name, content in files.items():
        written(tmp_path / f"{name}.json", content)
    spec = tmp_path / "p.toml"
    spec.write_text("lambda = 1")

    def status(*names: str) -> int:
        return main([*(str(tmp_path / f"{n}.json") for n in names), "--problem", str(spec)])

    assert (status("valid"), status("invalid"), status("open"), status("other")) == (0, 1, 3, 4)
    assert status("other", "valid") == 4
    assert status("valid", "open", "other") == 3
    assert status("other", "open", "invalid", "valid") == 1
    assert main([str(tmp_path / "none.json")]) == 2


@pytest.mark.parametrize(
    "place",
    [
        ("statement",),
        ("verdict",),
        ("problem", "activation", "name"),
        ("steps", 0, "rule"),
        ("steps", 0, "id"),
        ("steps", 0, "evidence"),
        ("claim",),
    ],
)
def test_nothing_of_a_stranger_reaches_the_terminal_raw(
    tmp_path: Path, place: tuple[Any, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    def change(content: Json) -> None:
        at: Any = content
        for key in place[:-1]:
            at = at[key]
        at[place[-1]] = "\x1b[2J\x1b]0;owned\x07\u202e\\input{/etc/passwd}"

    main([str(written(tmp_path / "c.json", forged(certificate("tanh"), change)))])
    shown = capsys.readouterr()
    assert not any(character in shown.out + shown.err for character in "\x1b\x07\u202e")


def test_a_problem_that_names_nothing_is_bad_input(tmp_path: Path) -> None:
    path, problem = written(tmp_path / "c.json", certificate("tanh")), tmp_path / "empty.toml"
    problem.write_text("# nothing\n")
    assert main([str(path), "--problem", str(problem)]) == 2
