"""Files that are not ordinary are refused before anything is read; sizes are limited and said."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from proofkit.errors import InputError
from proofkit.reading.files import file_sha256, read_bytes, read_text
from proofkit.reading.outer import outer_weights
from proofkit.reading.table import load_table


def test_devices_pipes_and_folders(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path, words in (
        (Path("/dev/zero"), "is a device or a pipe"),
        (fifo, "is a device or a pipe"),
        (tmp_path, "is a folder"),
        (tmp_path / "no.csv", "does not exist"),
        (Path("bad\0name"), "cannot be read"),
    ):
        for read in (
            lambda p: read_bytes(p, "data", 10),
            lambda p: load_table(p, "y"),
            outer_weights,
            lambda p: file_sha256(p, "data"),
        ):
            with pytest.raises(InputError, match=words):
                read(path)


def test_limits_and_encodings(tmp_path: Path) -> None:
    path = tmp_path / "f.txt"
    path.write_bytes(b"12345")
    assert read_bytes(path, "problem", 5) == b"12345"
    with pytest.raises(InputError, match="larger than 4 bytes"):
        read_bytes(path, "problem", 4)
    path.write_bytes("\ufeffa = 1".encode())
    assert read_text(path, "problem") == "a = 1"
    for encoding in ("utf-16", "utf-16-le", "utf-32", "latin-1"):
        path.write_bytes("größe = 1".encode(encoding))
        with pytest.raises(InputError, match="UTF-8"):
            read_text(path, "problem")
