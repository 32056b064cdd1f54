"""Trajectories on disk: NPZ for arrays, Parquet for long tables."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from proofkit.errors import InputError
from proofkit.files import write_bytes_atomically
from proofkit.numeric.runs import Trajectory
from proofkit.reading.parquet import pyarrow

SUFFIXES = (".npz", ".parquet")


def require_suffix(path: Path) -> None:
    """InputError unless the file can be written: NPZ, or Parquet with pyarrow installed."""
    if path.suffix not in SUFFIXES:
        raise InputError(f"{path} must end in .npz or .parquet")
    if path.suffix == ".parquet":
        pyarrow()


def write(path: Path, trajectory: Trajectory, description: dict[str, Any]) -> None:
    """``iterations``, ``loss``, ``norm``, ``final``, ``diverged``, ``lambda``, ``step`` and the
    JSON ``description``; or replica by iteration in Parquet.
    """
    require_suffix(path)
    t = trajectory
    lam = np.array([r.lam for r in t.replicas])
    step = np.array([r.method.step for r in t.replicas])
    text = json.dumps(description, sort_keys=True)
    buffer = io.BytesIO()
    if path.suffix == ".npz":
        arrays: dict[str, Any] = {
            name: getattr(t, name) for name in ("iterations", "loss", "norm", "final", "diverged")
        }
        arrays |= {"lambda": lam, "step": step, "description": np.array(text)}
        np.savez_compressed(buffer, **arrays)
    else:
        pa = pyarrow()
        R, K = t.loss.shape
        columns = {
            "replica": np.repeat(np.arange(R), K),
            "lambda": np.repeat(lam, K),
            "step": np.repeat(step, K),
            "iteration": np.tile(t.iterations, R),
            "loss": t.loss.ravel(),
            "norm": t.norm.ravel(),
        }
        pa.parquet.write_table(
            pa.table(columns).replace_schema_metadata({"proofkit": text}), buffer
        )
    write_bytes_atomically(path, buffer.getvalue())
