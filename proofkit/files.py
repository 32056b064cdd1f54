"""Writing files: to a temporary name in the same folder, then renamed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from proofkit.errors import InputError


def write_atomically(path: Path, text: str) -> None:
    """Write to a temporary name in the same folder, then rename."""
    write_bytes_atomically(path, text.encode("utf-8"))


def write_bytes_atomically(path: Path, content: bytes) -> None:
    """Write to a temporary name in the same folder, then rename; InputError when that fails, with nothing left behind."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise InputError(f"cannot write {path} ({error.strerror}); choose another output") from None
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except OSError as error:
        raise InputError(f"cannot write {path} ({error.strerror}); choose another output") from None
    finally:
        if os.path.exists(name):
            os.unlink(name)


def require_writable(folder: Path) -> None:
    """InputError when nothing could be written into the folder, before any work is done."""
    probe = folder
    while not probe.exists():
        probe = probe.parent
    if not probe.is_dir():
        raise InputError(f"cannot write into {folder}: {probe} is not a folder; choose another --out")
    try:
        handle, name = tempfile.mkstemp(dir=probe, prefix=".probe.")
    except OSError as error:
        raise InputError(f"cannot write into {folder} ({error.strerror}); choose another --out") from None
    os.close(handle)
    os.unlink(name)
