"""Experiments of theorems/experiments: SGD at multiples of the published threshold, and SGD beside
its SDE.

An experiment is measured, not proved: it decides nothing.  The thresholds it
is laid out around are those of the proof for the very data it runs on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from proofkit.activation.catalogue import Activation, resolve
from proofkit.arguments import setting
from proofkit.errors import InputError
from proofkit.exposition.numbers import plain
from proofkit.losses.catalogue import called_in_text, name_of
from proofkit.losses.catalogue import resolve as resolve_loss
from proofkit.numeric.figures import Curve, Figure
from proofkit.numeric.kernels import Data, float_arrays
from proofkit.numeric.runs import Method, Replica, Trajectory, ensemble, run
from proofkit.problem.data import generate_outer, outer_from_seed, summarise
from proofkit.problem.problem import Problem
from proofkit.reading.table import DataFile, Table
from proofkit.reading.toml import read_toml, require_known_keys
from proofkit.tactics.prove import prove
from proofkit.tactics.workbench import Library

USUAL: Mapping[str, str] = MappingProxyType({"loss": "squared"})
"""Keys that may be left out, and what is meant then."""
# key: type of one value, whether it is a list
KEYS: Mapping[str, tuple[tuple[type, ...], bool]] = {
    "title": ((str,), False),
    "statement": ((str,), False),
    "loss": ((str,), False),
    "activations": ((str,), True),
    "widths": ((int,), True),
    "lambda_over_published": ((Fraction,), True),
    "steps": ((Fraction,), True),
    "iterations": ((int,), False),
    "replicas": ((int,), False),
    "batch": ((int,), False),
    "seed": ((int,), False),
    "sde": ((dict,), False),
}
SDE_KEYS: Mapping[str, tuple[tuple[type, ...], bool]] = {
    "width": ((int,), False),
    "lambda_over_published": ((Fraction,), False),
    "steps": ((Fraction,), True),
    "horizon": ((Fraction,), False),
    "replicas": ((int,), False),
}
FINER = 4
"""Euler-Maruyama takes this many steps where SGD takes one."""


@dataclass(frozen=True)
class Experiment:
    """A checked file: every key of ``KEYS``, ``sde`` with every key of ``SDE_KEYS``."""

    values: Mapping[str, Any]
    sde: Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """Figures by file stem, the rows of the summary table, distances to the SDE, and the data."""

    figures: Mapping[str, tuple[Figure, ...]]
    rows: tuple[Mapping[str, Any], ...]
    distances: tuple[Mapping[str, Any], ...]
    table: Table


def load_experiment(path: Path) -> Experiment:
    """Read and check a file.  InputError names an unknown, missing or wrong key."""
    raw = {**USUAL, **read_toml(path, "experiment")}
    values = _checked(path, raw, KEYS, "")
    sde = _checked(path, values["sde"], SDE_KEYS, "sde.")
    try:
        values["loss"] = name_of(resolve_loss(values["loss"]))
    except InputError as error:
        raise InputError(f"the experiment {path}: {error}") from None
    for name in values["activations"]:
        Problem(resolve(name), values["loss"])
    return Experiment(values, sde)


def _checked(
    path: Path,
    raw: Mapping[str, Any],
    keys: Mapping[str, tuple[tuple[type, ...], bool]],
    prefix: str,
) -> dict[str, Any]:
    where = f"the experiment {path}"
    known = [prefix + key for key in keys]
    require_known_keys([prefix + key for key in raw], known, where)
    out: dict[str, Any] = {}
    for key, (types, many) in keys.items():
        if key not in raw:
            raise InputError(f"{where} lacks the key {prefix + key!r}")
        value = raw[key]
        if many and (not isinstance(value, list) or not value):
            raise InputError(f"{where}: {prefix}{key} must be a list, and not an empty one")
        items = value if many else [value]
        made = [setting(item, types, f"{where}: {prefix}{key}") for item in items]
        _require_size(f"{where}: {prefix}{key}", key, made)
        out[key] = made if many else made[0]
    return out


def _require_size(where: str, key: str, items: Sequence[Any]) -> None:
    """InputError for a number that is too small."""
    numbers = [item for item in items if isinstance(item, int | Fraction)]
    if key in ("lambda_over_published", "seed"):
        if any(number < 0 for number in numbers):
            raise InputError(f"{where} must be at least 0")
    elif any(number <= 0 for number in numbers):
        raise InputError(f"{where} must be positive")


def published_threshold(
    activation: Activation,
    loss: str,
    table: Table,
    width: int,
    seed: int,
    library: Library | None = None,
) -> float:
    """lambda_c of the papers for this net; InputError for a loss or an activation they do not cover."""
    proof = prove(
        Problem(activation, loss, data=summarise(table), outer=outer_from_seed(width, seed)),
        library=library,
        table=table,
    )
    if proof.published is None:
        raise InputError(
            f"no paper has a threshold for the {called_in_text(resolve_loss(loss))}, around which "
            f"an experiment is laid out; take another loss, or `proofkit sweep`"
        )
    published = proof.published.value
    if published is None:
        raise InputError(
            f"the published threshold does not exist for {activation.text}: sigma' is not "
            f"bounded; leave the activation out"
        )
    return float(published[1])


Progress = Callable[[int, int, str], None]


def perform(
    experiment: Experiment,
    file: DataFile,
    threads: int = 1,
    progress: Progress | None = None,
) -> Outcome:
    """Run everything on the data of ``file``, which says whether they are standardised.

    Reproducible from the seed whatever ``threads``.
    """
    e = experiment.values
    table = file.table(resolve_loss(e["loss"]).classifies)
    X, y = float_arrays(table)
    library = Library()
    total = len(e["activations"]) * (len(e["widths"]) + len(experiment.sde["steps"]))
    done = 0

    def tell(what: str) -> None:
        nonlocal done
        if progress is not None:
            progress(done, total, what)
        done += 1

    rows: list[dict[str, Any]] = []
    losses: list[Figure] = []
    distances: list[dict[str, Any]] = []
    bands: list[Figure] = []
    for name in e["activations"]:
        sigma = resolve(name)
        for width in e["widths"]:
            tell(f"{name}, {width} units")
            arrays = Data.of(X, y, [float(v) for v in generate_outer(width, e["seed"])])
            threshold = published_threshold(sigma, e["loss"], table, width, e["seed"], library)
            lams = [float(m) * threshold for m in e["lambda_over_published"]]
            methods = [Method("sgd", float(s), e["batch"]) for s in e["steps"]]
            t = run(
                sigma,
                e["loss"],
                arrays,
                list(ensemble(lams, methods, e["replicas"])),
                e["iterations"],
                seed=e["seed"],
                threads=threads,
            )
            rows += _rows(name, width, threshold, e, t)
            if width == e["widths"][-1] or len(e["widths"]) == 1:
                losses.append(_loss_figure(name, width, e, t))
        for step in experiment.sde["steps"]:
            tell(f"{name}, SGD and SDE, s = {plain(step)}")
            figure, distance = _sde(sigma, table, (X, y), experiment, step, threads, library)
            exactly = {"step": float(step), "step_exact": str(step)}
            distances.append({"activation": name, **exactly, **distance})
            bands.append(figure)
    return Outcome(
        {"loss": tuple(losses), "excess": _excess_figures(e, rows), "sde": tuple(bands)},
        tuple(rows),
        tuple(distances),
        table,
    )


def _split(values: Mapping[str, Any], t: Trajectory) -> list[tuple[Fraction, Fraction, list[int]]]:
    """(multiple of lambda_c, step, indices of the replicas)."""
    keys = [(m, s) for m in values["lambda_over_published"] for s in values["steps"]]
    size = values["replicas"]
    assert len(t.replicas) == len(keys) * size
    return [(m, s, list(range(q * size, (q + 1) * size))) for q, (m, s) in enumerate(keys)]


def _rows(
    name: str, width: int, threshold: float, values: Mapping[str, Any], t: Trajectory
) -> list[dict[str, Any]]:
    """Final objective and its excess over the lowest value any path at the same lambda reached."""
    parts = _split(values, t)
    lowest = {
        m: min((float(t.loss[q].min()) for mm, _, part in parts if mm == m for q in part))
        for m in values["lambda_over_published"]
    }
    out: list[dict[str, Any]] = []
    tail = max(1, len(t.iterations) // 10)
    for multiple, step, part in parts:
        alive = [q for q in part if t.diverged[q] < 0]
        final = float(t.loss[alive, -tail:].mean()) if alive else None
        out.append(
            {
                "activation": name,
                "width": width,
                "published_threshold": threshold,
                "lambda": float(multiple) * threshold,
                "lambda_over_published": float(multiple),
                "lambda_over_published_exact": str(multiple),
                "step": float(step),
                "step_exact": str(step),
                "paths": len(part),
                "diverged": len(part) - len(alive),
                "initial": float(t.loss[part, 0].mean()),
                "final": final,
                "excess": None if final is None else final - lowest[multiple],
                "norm": float(t.norm[alive, -1].mean()) if alive else None,
            }
        )
    return out


def _label(multiple: Fraction) -> str:
    return "lambda = 0" if multiple == 0 else f"{float(multiple):g} lambda_c"


def _loss_figure(name: str, width: int, values: Mapping[str, Any], t: Trajectory) -> Figure:
    """The objective against iterations at the middle step, one curve per lambda."""
    step = sorted(values["steps"])[len(values["steps"]) // 2]
    curves = []
    for multiple, s, part in _split(values, t):
        if s == step and (t.diverged[part] < 0).all():
            kept = t.loss[part]
            curves.append(
                Curve(
                    _label(multiple),
                    t.iterations,
                    kept.mean(axis=0),
                    kept.min(axis=0),
                    kept.max(axis=0),
                )
            )
    return Figure(
        f"{name}, {width} units, s = {plain(step)}", "iteration", "objective L", tuple(curves)
    )


def _excess_figures(
    values: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
) -> tuple[Figure, ...]:
    """Final excess against the step, one curve per lambda, for the widest net of each activation."""
    out = []
    for name in values["activations"]:
        curves = []
        for multiple in values["lambda_over_published"]:
            part = [
                r
                for r in rows
                if (r["activation"], r["width"], r["lambda_over_published"])
                == (name, values["widths"][-1], float(multiple))
            ]
            part = [r for r in part if r["excess"] is not None and r["excess"] > 0]
            if part:
                curves.append(
                    Curve(_label(multiple), [r["step"] for r in part], [r["excess"] for r in part])
                )
        out.append(
            Figure(
                f"{name}, {values['widths'][-1]} units",
                "step s",
                "final excess over the lowest L seen",
                tuple(curves),
                xscale="log",
            )
        )
    return tuple(out)


def _sde(
    sigma: Activation,
    table: Table,
    arrays: tuple[Any, Any],
    experiment: Experiment,
    step: Fraction,
    threads: int,
    library: Library,
) -> tuple[Figure, dict[str, Any]]:
    """W_{k+1} = W_k - s grad + s xi on minibatches and on all data, and dW = -grad L dt + sqrt(s)
    dB at t = k s, from the same law.
    """
    from scipy.stats import wasserstein_distance

    e, spec = experiment.values, experiment.sde
    width, R = spec["width"], spec["replicas"]
    data = Data.of(*arrays, [float(v) for v in generate_outer(width, e["seed"])])
    lam = float(spec["lambda_over_published"]) * published_threshold(
        sigma, e["loss"], table, width, e["seed"], library
    )
    count = max(1, round(spec["horizon"] / step))
    records, s = min(count, 40), float(step)
    contestants = (
        ("SGD with the model's noise", Method("sgd", s, e["batch"], model_noise=True), count, 0),
        (
            "the same on all data",
            Method("sgd", s, data.n, model_noise=True, sampling="epoch"),
            count,
            R,
        ),
        ("SDE", Method("sde", s / FINER, None, noise=s), count * FINER, 2 * R),
    )
    curves, finals = [], {}
    for label, method, steps, first in contestants:
        replicas = [Replica(lam, method, first + r) for r in range(R)]
        t = run(
            sigma,
            e["loss"],
            data,
            replicas,
            steps,
            seed=e["seed"],
            records=records,
            threads=threads,
        )
        kept = t.loss[t.diverged < 0]
        if not len(kept):
            raise InputError(
                f"every path diverged for {sigma.text} at s = {step}; give smaller steps "
                f"in the experiment"
            )
        low, high = np.quantile(kept, (0.05, 0.95), axis=0)
        curves.append(Curve(label, t.iterations * method.step, kept.mean(axis=0), low, high))
        finals[label] = kept[:, -1]
    distance = {
        "lambda": lam,
        "mean": {label: float(v.mean()) for label, v in finals.items()},
        "wasserstein_batch": float(wasserstein_distance(finals[contestants[0][0]], finals["SDE"])),
        "wasserstein_full": float(wasserstein_distance(finals[contestants[1][0]], finals["SDE"])),
        "spread": float(finals["SDE"].std()),
    }
    return Figure(
        f"{sigma.name}, {width} units, s = {plain(step)}",
        "time t = k s",
        "objective L, mean and 5 % to 95 %",
        tuple(curves),
    ), distance


__all__ = [
    "Experiment",
    "Outcome",
    "load_experiment",
    "perform",
    "published_threshold",
]
