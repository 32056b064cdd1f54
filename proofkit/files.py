"""Files: written to a temporary name in the same folder, then renamed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from proofkit.errors import InputError


def write_atomically(path: Path, text: str) -> None:
    """Write to a temporary name in the same folder, then rename."""
    write_bytes_atomically(path, text.encode("utf-8"))


def write_bytes_atomically(path: Path, content: bytes) -> None:
    """Write to a temporary name in the same folder, then rename; InputError when that fails, with
    nothing left behind.

    A link stays a link: the file that it names is written.
    """
    refuse_special(path)
    asked, path = path, Path(os.path.realpath(path))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise InputError(
            f"cannot write {asked} ({error.strerror}); choose another output"
        ) from None
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except OSError as error:
        raise InputError(
            f"cannot write {asked} ({error.strerror}); choose another output"
        ) from None
    finally:
        if os.path.exists(name):
            os.unlink(name)


def refuse_special(path: Path) -> None:
    """InputError for a device, a pipe or a socket: a rename would put a file in its place, for
    every program to meet.
    """
    if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
        raise InputError(
            f"cannot write {path}: it is a device or a pipe; give the name of an ordinary file"
        )


def require_writable(folder: Path) -> None:
    """InputError when nothing could be written into the folder, before any work is done."""
    probe = folder
    while not os.path.exists(probe):
        probe = probe.parent
    if not os.path.isdir(probe):
        raise InputError(
            f"cannot write into {folder}: {probe} is not a folder; choose another --out"
        )
    try:
        handle, name = tempfile.mkstemp(dir=probe, prefix=".probe.")
    except OSError as error:
        raise InputError(
            f"cannot write into {folder} ({error.strerror}); choose another --out"
        ) from None
    os.close(handle)
    os.unlink(name)
    _refuse_impossible(folder)


def require_writable_file(path: Path) -> None:
    """InputError when the file could not be written, before any work is done."""
    if os.path.isdir(path):
        raise InputError(f"cannot write {path}: it is a folder; give a file name")
    refuse_special(path)
    require_writable(path.parent)
    _refuse_impossible(path)


def _refuse_impossible(path: Path) -> None:
    """InputError for a name that no file can have: one that is too long, say."""
    try:
        os.stat(path)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise InputError(f"cannot write {path} ({error.strerror}); choose another output") from None
