"""What comes from strangers: files that are no certificates, by every command that reads one; how
verdicts are drawn; what certificates share.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from forging import ROWS, bound, certificate, document, forged, step

from proofkit.check.command import main
from proofkit.check.outcome import INVALID, OPEN, VALID, check
from proofkit.check.reader import load_problem
from proofkit.cli.check import steps_tree
from proofkit.errors import InputError
from proofkit.interactive import Certificate
from proofkit.kernel.certificate import UnreadableError, read_json

Run = Callable[..., tuple[int, str, str]]
VERSION_1 = '{"format": "proofkit-certificate", "version": 1, "steps": []}'
NONE = {
    "empty": ("", "it is empty"),
    "binary": ("\x00\x01", "it is not valid JSON"),
    "cut": ('{"format": "proofkit-certificate", "version": 3, "steps": [', "it is not valid JSON"),
    "nan": ('{"format": "proofkit-certificate", "version": NaN}', "no whole number"),
    "deep": ("[" * 100_000, "nested too deeply"),
    "deep objects": ('{"a":' * 100_000, "nested too deeply"),
    "twice": ('{"version": 2, "version": 2}', "says a key twice"),
    "huge": ('{"version": ' + "9" * 10_000 + "}", "more than 2500 digits"),
    "exponent": ('{"version": 1e5}', "no whole number"),
    "other": ('{"format": "x"}', "is not a proofkit certificate"),
    "list": ("[]", "is not a proofkit certificate"),
    "version 1": (VERSION_1, "is a certificate of version 1"),
}


@pytest.mark.parametrize("kind", NONE)
@pytest.mark.parametrize("command", ["check", "latex", "coq", "validate"])
def test_every_command_says_in_one_sentence_what_is_no_certificate(
    command: str, kind: str, tmp_path: Path, run: Run
) -> None:
    text, words = NONE[kind]
    path = tmp_path / "c.json"
    path.write_text(text)
    status, _, err = run(command, path)
    assert status == 2
    assert words in " ".join(err.split())
    assert "Traceback" not in err


@pytest.mark.parametrize("kind", NONE)
def test_a_certificate_is_not_loaded_from_what_is_none(kind: str, tmp_path: Path) -> None:
    text, words = NONE[kind]
    path = tmp_path / "c.json"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        Certificate.load(path)


def test_a_gigabyte_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "big.json"
    with path.open("wb") as file:
        file.truncate(2**30)
    tracemalloc.start()
    with pytest.raises(UnreadableError, match="larger than"):
        read_json(path)
    assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    tracemalloc.stop()


def test_a_reader_who_has_seen_enough(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_text(json.dumps(certificate("tanh")))
    command = [sys.executable, "-m", "proofkit.check", *[str(path)] * 40]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 141


def test_the_steps_as_a_tree_on_a_terminal() -> None:
    """Each conclusion stands over what it rests on; text of a stranger stays plain."""
    outcome = check(certificate("tanh"))
    plain, drawn = steps_tree("c.json", outcome, False), steps_tree("c.json\x1b[31m", outcome, True)
    assert "\x1b" not in plain
    assert " from " in plain
    assert "\x1b[31m" not in drawn
    lines = drawn.splitlines()
    villani = next(k for k, line in enumerate(lines) if "Villani\x1b" in line)
    v1 = next(k for k, line in enumerate(lines) if "V1\x1b" in line)
    assert villani < v1
    assert lines[v1].startswith("\u2502")

    def smaller(content: dict) -> None:
        step(content, "supremum")["proposal"]["sides"][0].update(upper="1/2")

    false = steps_tree("c.json", check(forged(certificate("tanh"), smaller)), True)
    assert "INVALID" in false
    assert "FAILED" in false
    missing = steps_tree("c.json", replace(outcome, status=OPEN), True)
    assert "not verified" in missing
    assert "INVALID" not in missing


def test_certificates_share_steps_and_readers_do_not(tmp_path: Path) -> None:
    """A step that was accepted once lends nothing to another certificate or another reader."""
    csv, harder = tmp_path / "rows.csv", tmp_path / "harder.csv"
    csv.write_text(ROWS)
    harder.write_text(ROWS + "100,100,1\n")
    good = document(bound(csv, "tanh"))
    for _ in range(2):
        assert check(good).status == VALID
    other = forged(good, lambda c: step(c, "bounded gradient")["premises"].reverse())
    assert check(other).status == INVALID
    renamed = forged(good, lambda c: step(c, "Villani").update(rule="V1"))
    assert check(renamed).status == INVALID
    assert check(good, load_problem(csv, "y")).valid
    assert not check(good, load_problem(harder, "y")).valid
    assert check(good, load_problem(csv, "y")).valid


def test_each_file_has_its_line_and_the_worst_decides(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = "good", "bad"
    contents = certificate("tanh"), forged(certificate("tanh"), lambda c: c.update(goals=[]))
    paths = [tmp_path / f"{name}.json" for name in names]
    for path, content in zip(paths, contents, strict=True):
        path.write_text(json.dumps(content))
    none = tmp_path / "none.json"
    none.write_text(VERSION_1)
    assert main([str(paths[0]), str(none)]) == 2
    assert "version 1" in capsys.readouterr().err
    assert main([str(none), str(paths[0]), str(paths[1]), "--json"]) == 1
    rows = json.loads(capsys.readouterr().out)
    assert [row["status"] for row in rows] == ["valid", "INVALID"]
