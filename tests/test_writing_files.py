"""Outputs: a device, a pipe or a socket is never replaced by a file; a link stays a link."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from proofkit import Problem
from proofkit.errors import InputError
from proofkit.files import require_writable_file, write_atomically


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_special_files_are_refused_and_left_alone(tmp_path: Path) -> None:
    pipe, link, place = tmp_path / "pipe", tmp_path / "link", tmp_path / "socket"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place))
        for special in (pipe, link, place):
            before = special.lstat()
            with pytest.raises(InputError, match="is a device or a pipe"):
                write_atomically(special, "text")
            with pytest.raises(InputError, match="is a device or a pipe"):
                require_writable_file(special)
            after = special.lstat()
            assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link", "pipe", "socket"]


def test_a_certificate_does_not_take_the_place_of_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "tanh.json"
    os.mkfifo(pipe)
    with pytest.raises(InputError, match="is a device or a pipe"):
        Problem("tanh").prove().certificate().save(pipe)
    assert stat.S_ISFIFO(pipe.lstat().st_mode)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    link, target = tmp_path / "link.txt", folder / "target.txt"
    link.symlink_to(target)
    for text in ("new", "again"):
        write_atomically(link, text)
        assert link.is_symlink()
        assert target.read_text(encoding="utf-8") == text
    assert [p.name for p in folder.iterdir()] == ["target.txt"]
