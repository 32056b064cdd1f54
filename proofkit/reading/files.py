"""Files that are opened on behalf of a user: ordinary ones only, of a documented size."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from pathlib import Path
from typing import BinaryIO

from proofkit.errors import InputError

MAX_TEXT = 2**20  # bytes of a TOML file: a problem, a theorem, a sweep, an experiment
MAX_WEIGHTS = 2**28  # bytes of a file of outer weights
MAX_ARCHIVE = 2**30  # bytes of an NPZ archive, packed and unpacked; CSV and Parquet have no limit


def open_regular(path: Path, what: str) -> BinaryIO:
    """The file, open for reading bytes; ``what`` names it in the InputError for one that cannot be
    read.

    A device, a pipe or a socket is refused before anything is read from it, so that nothing waits.

    >>> open_regular(Path("/dev/null"), "data")
    Traceback (most recent call last):
    proofkit.errors.InputError: the data file /dev/null is a device or a pipe; give an ordinary file
    """
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        raise InputError(f"the {what} file {path} does not exist; check the path") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise InputError(
            f"the {what} file {path} cannot be read ({reason}); check its permissions"
        ) from None
    kind = os.fstat(handle).st_mode
    if not stat.S_ISREG(kind):
        os.close(handle)
        if stat.S_ISDIR(kind):
            raise InputError(f"{path} is a folder; give the {what} file itself")
        raise InputError(f"the {what} file {path} is a device or a pipe; give an ordinary file")
    return os.fdopen(handle, "rb")


def read_bytes(path: Path, what: str, limit: int) -> bytes:
    """The whole file; InputError as ``open_regular``, and when it is longer than ``limit`` bytes."""
    with open_regular(path, what) as file:
        try:
            raw = file.read(limit + 1)
        except OSError as error:
            raise InputError(f"the {what} file {path} cannot be read ({error.strerror})") from None
    if len(raw) > limit:
        size = f"{limit // 2**20} MB" if limit >= 2**20 else f"{limit} bytes"
        raise InputError(f"the {what} file {path} is larger than {size}, the most that is read")
    return raw


def file_sha256(path: Path, what: str) -> str:
    """The SHA-256 of a file's bytes; InputError as ``open_regular``."""
    out = hashlib.sha256()
    with open_regular(path, what) as file:
        while block := file.read(2**20):
            out.update(block)
    return out.hexdigest()


def toml_place(error: Exception) -> str:
    """Where a TOML file is none, without the parser's words, which may repeat the file.

    >>> toml_place(ValueError("Expected '=' after a key in a key/value pair (at line 3, column 8)"))
    'line 3, column 8'
    """
    place = re.search(r"\((?:at )?(line \d+, column \d+|end of document)\)", str(error))
    return "a value cannot be read" if place is None else place.group(1)


def read_text(path: Path, what: str, limit: int = MAX_TEXT) -> str:
    """The whole file as UTF-8 text, without a byte order mark; InputError as ``read_bytes``, and
    for other text.
    """
    return decode(read_bytes(path, what, limit), path, what)


def decode(raw: bytes, path: Path, what: str) -> str:
    """UTF-8 text; InputError that names the encoding where it can be told."""
    refuse_utf_16(raw[:4], path, what)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"the {what} file {path} is not UTF-8 text; save it as UTF-8") from None


def refuse_utf_16(head: bytes, path: Path, what: str) -> None:
    """InputError for text that starts with the mark of UTF-16 or UTF-32, or with a NUL byte."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in head:
        raise InputError(
            f"the {what} file {path} is UTF-16 or binary, not UTF-8 text; save it as UTF-8"
        )
