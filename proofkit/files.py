"""Files: written to a temporary name in the same folder, then renamed; TOML read with one sentence for what is wrong."""

from __future__ import annotations

import os
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from proofkit.errors import InputError


def write_atomically(path: Path, text: str) -> None:
    """Write to a temporary name in the same folder, then rename."""
    write_bytes_atomically(path, text.encode("utf-8"))


def write_bytes_atomically(path: Path, content: bytes) -> None:
    """Write to a temporary name in the same folder, then rename; InputError when that fails, with nothing left behind.

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
    """InputError for a device, a pipe or a socket: a rename would put a file in its place, for every program to meet."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise InputError(
            f"cannot write {path}: it is a device or a pipe; give the name of an ordinary file"
        )


def require_writable(folder: Path) -> None:
    """InputError when nothing could be written into the folder, before any work is done."""
    probe = folder
    while not probe.exists():
        probe = probe.parent
    if not probe.is_dir():
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


def require_writable_file(path: Path) -> None:
    """InputError when the file could not be written, before any work is done."""
    if path.is_dir():
        raise InputError(f"cannot write {path}: it is a folder; give a file name")
    refuse_special(path)
    require_writable(path.parent)


def read_toml(path: Path, what: str) -> dict[str, Any]:
    """The table of a TOML file; ``what`` names it in the InputError for a file that is missing, unreadable or not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"the {what} {path} does not exist; check the path") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the {what} {path} cannot be read ({error})") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"the {what} {path} is not valid TOML ({error})") from None
