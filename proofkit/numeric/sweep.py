"""Sweeps: a grid of runs described in TOML, spread over processes or a Dask cluster, kept in
SQLite.

Every task is one transaction, so a sweep that is killed goes on where it was
when it is started again; its rows depend on the specification alone.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import math
import os
import sqlite3
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from proofkit.activation.catalogue import Activation
from proofkit.arguments import setting
from proofkit.errors import InputError, nearest, quoted
from proofkit.files import write_bytes_atomically
from proofkit.kernel.losses.loss import Loss
from proofkit.kernel.univariate.rounding import decimal_text
from proofkit.losses.catalogue import resolve
from proofkit.numeric.defaults import RUN, Heat, heat_of
from proofkit.numeric.kernels import BACKENDS, Data, float_arrays
from proofkit.numeric.runs import (
    Initial,
    Method,
    Replica,
    Trajectory,
    batch_note,
    run,
    run_net,
)
from proofkit.numeric.scalar import DTYPES
from proofkit.numeric.sweep_nets import NetOfRun, bound_net, net_of_run, trained_net
from proofkit.pools import started_without_interrupts
from proofkit.problem.data import generate_outer
from proofkit.problem.layers import takes_classes, takes_labels
from proofkit.reading.dialect import Dialect
from proofkit.reading.files import file_sha256
from proofkit.reading.layers import hidden_widths, split_activations
from proofkit.reading.parquet import pyarrow
from proofkit.reading.problem_file import LAYER_KEYS, Meaning, ProblemFile, Said
from proofkit.reading.table import DataFile, Table
from proofkit.reading.toml import exact_value, read_toml, require_known_keys

REQUIRED = object()


@dataclass(frozen=True)
class Key:
    """A key of a specification: its types, its default, whether a list of it is an axis of the
    grid, what it is.
    """

    types: tuple[type, ...]
    default: Any
    axis: bool
    says: str


def _text(default: str, axis: bool, says: str) -> Key:
    return Key((str,), default, axis, says)


def _whole(default: Any, axis: bool, says: str) -> Key:
    return Key((int,), default, axis, says)


def _number(default: str, axis: bool, says: str) -> Key:
    return Key((Fraction,), Fraction(default), axis, says)


KEYS: Mapping[str, Key] = MappingProxyType(
    {
        "activation": Key((str,), REQUIRED, True, "a name of `proofkit list`, or an expression in z; several with ; between them, one for each hidden layer"),
        "loss": _text(RUN.loss, True, "squared, logistic, ..., or an expression such as log(cosh(u)) or softplus(1-m)"),
        "data": _text("", False, "CSV, Parquet or NPZ, seen from this file; without it the bundled diabetes data"),
        "target": _text("", False, "the column to predict, needed with data"),
        "delimiter": _text("", False, "comma, semicolon, tab or pipe, where the data leave it open"),
        "decimal": _text("", False, "point or comma, where the data leave it open"),
        "label_above": Key((str, Fraction), "", False, "labels of a loss of the margin: y > NUMBER is +1, else -1"),
        "standardise": Key((bool,), RUN.standardise, False, "scale every feature, and the target where it is no label, to mean 0 and standard deviation 1"),
        "width": _whole(RUN.width, True, "number of hidden units, where there is one hidden layer"),
        "depth": _whole("", True, "number of dense layers"),
        "hidden": _text("", True, "widths of the hidden layers, such as 64,32, instead of width"),
        "train": _text("inner", True, "what is trained: inner, all, outer, or layers such as 1,3"),
        "bias": _text("none", True, "bias of the trained hidden layers: none, decayed or undecayed"),
        "outer_bias": _text("none", True, "bias of the last layer: none, decayed or undecayed"),
        "outputs": _whole("", True, "number of outputs"),
        "decay": _text("", True, "decay of single layers beside lambda, such as 1=1/100,2=1/10"),
        "decay_power": _whole(2, True, "k of the decay (lambda/k) ||W||^k"),
        "outer_seed": _whole(RUN.outer_seed, False, "seed of the outer weights, as in `proofkit prove`"),
        "lambda": _number(RUN.lam, True, 'regularisation, >= 0; numbers are rationals: 0.1, 1e-3 or "1/10"'),
        "method": _text(RUN.method, True, "sgd, gd, sde or langevin"),
        "step": _number(RUN.step, True, "the step (dt for sde)"),
        "batch": _whole("", True, f"samples in a minibatch; without it {RUN.batch} for sgd and all data otherwise; 0 " f"is all data, for those"),
        "noise": _number("0", True, "s of the method sde"),
        "temperature": _number("0", True, "T of the method langevin"),
        "model_noise": Key((bool,), False, True, "SGD with the model's noise: add step * N(0, I)"),
        "sampling": _text(RUN.sampling, False, "minibatches with 'replacement', or by 'epoch' in shuffled order"),
        "steps": _whole(RUN.steps, False, "how many"),
        "records": _whole(RUN.records, False, "how often the loss is recorded"),
        "replicas": _whole(RUN.replicas, False, "paths with the same numbers and other random streams"),
        "initial_variance": _number(RUN.variance, False, "variance of the Gaussian initial weights"),
        "seed": _whole(RUN.seed, False, "seed of the paths"),
        "dtype": _text(RUN.dtype, False, "float64 or float32"),
        "backend": _text(RUN.backend, False, "auto, c or numpy"),
        "slice": _whole(64, False, "replicas in one task, which is kept or lost as a whole"),
    }
)  # fmt: skip
SHOWN: Mapping[str, str] = MappingProxyType(
    {
        "activation": '["tanh", "softplus"]',
        "width": "[8, 16]",
        "lambda": "[0.1, 1.0]",
        "step": "[0.01]",
        "steps": "200",
        "standardise": "true",
    }
)
"""What the example sets."""


WHERE_NOT_SAID: Mapping[str, int] = MappingProxyType({"batch": RUN.batch, "depth": 2, "outputs": 1})
"""What the example shows of keys without a default: each method has a batch of its own, widths say
a depth too, and classes the outputs.
"""


def example_spec() -> str:
    """A commented specification that runs as it is, with every key: what it is, and its default.

    >>> example_spec().splitlines()[5]
    'activation = ["tanh", "softplus"]'
    """
    lines = [
        "# A sweep: `proofkit sweep` runs every combination of the lists.",
        "# A key that is not set (a line that begins with #) has the value that stands there,",
        "# the same as in `proofkit run`.",
        "",
    ]
    for name, key in KEYS.items():
        lines.append(f"# {key.says}{'; may be a list' if key.axis else ''}")
        if name in SHOWN:
            lines.append(f"{name} = {SHOWN[name]}")
        else:
            default = WHERE_NOT_SAID.get(name, key.default)
            written = (
                decimal_text(default) if isinstance(default, Fraction) else json.dumps(default)
            )
            lines.append(f"# {name} = {written}")
    return "\n".join(lines) + "\n"


GROUP = ("activation", "loss", "width", "method", "batch", "noise", "temperature", "model_noise")
TOGETHER = ("lambda", "step")
MAX_ROWS = 10**7


@dataclass(frozen=True)
class Spec:
    """A checked specification: every key of ``KEYS`` with a value; ``digest`` names data and
    specification.
    """

    values: tuple[tuple[str, Any], ...]
    data: DataFile
    digest: str

    def __getitem__(self, key: str) -> Any:
        return dict(self.values)[key]

    def axis(self, key: str) -> list[Any]:
        """The values of a key as a list."""
        value = self[key]
        return list(value) if isinstance(value, tuple) else [value]


@dataclass(frozen=True)
class Task:
    """Replicas that one worker advances together: the common numbers, and (row, lambda, step,
    replica) of each.
    """

    number: int
    common: tuple[tuple[str, Any], ...]
    members: tuple[tuple[int, Fraction, Fraction, int], ...]


def load_spec(path: Path, bundled: DataFile, problem: ProblemFile | None = None) -> Spec:
    """Read SPEC.toml; paths in it are relative to its folder.  InputError names an unknown or wrong
    key, and the nearest known one.

    A problem file says what the specification leaves out; InputError where they differ.
    """
    raw = read_toml(path, "sweep")
    require_known_keys(raw, KEYS, f"the sweep file {path}")
    values = {key: _checked(path, key, value) for key, value in raw.items()}
    if problem is not None:
        values |= _of_problem(path, problem, values)
    _widths_as_width(path, values)
    for name, known in KEYS.items():
        if name not in values:
            if known.default is REQUIRED:
                raise InputError(f"the sweep file {path} lacks the key {name!r}")
            values[name] = known.default
    if values["data"] and not values["target"]:
        raise InputError(f'the sweep file {path} names data but no target; add target = "COLUMN"')
    data = _data_of(path, values, _losses(path, values["loss"]), bundled)
    content = file_sha256(data.path, "data")
    ordered = tuple((key, values[key]) for key in KEYS)
    # Which backend computes may change last digits, so it belongs to what a result depends on.
    named = tuple(
        (key, value)
        for key, value in ordered
        if key not in LAYER_KEYS or value != KEYS[key].default
    )
    digest = hashlib.sha256(
        _json([named, data.target, str(data.label_above), content]).encode()
    ).hexdigest()
    spec = Spec(ordered, data, digest)
    _validate(spec, path)
    return spec


def _widths_as_width(path: Path, values: dict[str, Any]) -> None:
    """Widths of a single hidden layer become those of the key width; InputError for both keys."""
    if "hidden" not in values:
        return
    if "width" in values:
        raise InputError(f"the sweep file {path} has both width and hidden; give one of them")
    given = values["hidden"]
    texts = given if isinstance(given, tuple) else (given,)
    try:
        widths = [hidden_widths(text) for text in texts]
    except InputError as error:
        raise InputError(f"the sweep file {path}: {error}") from None
    if all(len(one) == 1 for one in widths):
        del values["hidden"]
        single = tuple(one[0] for one in widths)
        values["width"] = single if isinstance(given, tuple) else single[0]


def _require_nets(spec: Spec, where: str) -> None:
    """InputError for layers that make no net, for any lambda of the sweep."""
    names: tuple[str, ...] = (*LAYER_KEYS, "activation", "loss", "width")
    for values in itertools.product(*(spec.axis(key) for key in names)):
        common: dict[str, Any] = dict(zip(names, values, strict=True))
        for lam in spec.axis("lambda"):
            try:
                net_of_run(common, lam)
            except InputError as error:
                raise InputError(f"{where}: {error}") from None


@lru_cache(maxsize=4)
def _has_layers(spec: Spec) -> bool:
    """True where a net of the sweep is another than that of one trained layer under a fixed head."""
    names: tuple[str, ...] = (*LAYER_KEYS, "activation", "loss", "width")
    combinations = itertools.product(*(spec.axis(key) for key in names))
    lam = spec.axis("lambda")[0]
    return any(
        net_of_run(dict(zip(names, values, strict=True)), lam).architecture is not None
        for values in combinations
    )


def _grouped(spec: Spec) -> tuple[str, ...]:
    """The keys whose combinations are trained apart: those of the layers too, where they matter."""
    return (*GROUP, *LAYER_KEYS) if _has_layers(spec) else GROUP


def _columns(spec: Spec) -> tuple[str, ...]:
    """The same in the table of the runs: nets of layers have hidden widths, and no single width."""
    if not _has_layers(spec):
        return GROUP
    at = GROUP.index("width")
    return (*GROUP[:at], *LAYER_KEYS, *GROUP[at + 1 :])


IN_SWEEPS: Mapping[str, str] = MappingProxyType({"seed": "outer_seed"})
"""Keys of a problem file that have another name in a sweep."""


def _of_problem(path: Path, problem: ProblemFile, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a problem file says and the specification does not; InputError where they differ.

    The sde takes s and Langevin Monte Carlo the temperature s/2, where one of them is all that is
    run.
    """
    where = f"the sweep file {path}"
    if problem.outer is not None:
        raise InputError(
            f"{problem.path} has outer weights from a file, and a sweep draws them; give width and "
            f"seed instead"
        )
    own = problem.said
    for key in own:
        name = IN_SWEEPS.get(key, key)
        if name in values:
            _require_same(where, problem, key, values[name], path.parent)
    out: dict[str, Any] = {
        IN_SWEEPS.get(key, key): value for key, value in own.items() if key != "noise"
    }
    method = values.get("method", RUN.method)
    heat = heat_of(method, problem.noise) if isinstance(method, str) else Heat()
    for key, value in (("noise", heat.noise), ("temperature", heat.temperature)):
        if value is not None:
            out[key] = value
    if problem.data is not None:
        out["data"] = os.path.relpath(problem.data, path.parent)
    return {key: _checked(path, key, v) for key, v in out.items() if key not in values}


def _require_same(where: str, problem: ProblemFile, key: str, given: Any, folder: Path) -> None:
    """InputError where a specification says something else than a problem file."""
    meanings: Mapping[str, Meaning] = {
        "activation": lambda text: [Activation.of(part).root for part in split_activations(text)],
        "loss": resolve,
    }
    for item in given if isinstance(given, tuple) else (given,):
        value = folder / item if key == "data" else item
        name = f"{where}: {IN_SWEEPS.get(key, key)}"
        problem.require_agreement({key: Said(name, value)}, meanings)


def _losses(path: Path, given: Any) -> tuple[Loss, ...]:
    """The losses of a specification; InputError for one that is unknown, or there twice."""
    found: dict[Loss, str] = {}
    for text in given if isinstance(given, tuple) else (given,):
        try:
            loss = resolve(text)
        except InputError as error:
            raise InputError(f"the sweep file {path}: {error}") from None
        if loss in found:
            raise InputError(
                f"the sweep file {path}: loss names {quoted(text)} twice, as "
                f"{quoted(found[loss])} too; leave it out once"
            )
        found[loss] = text
    return tuple(found)


def _data_of(
    path: Path, values: Mapping[str, Any], losses: Sequence[Loss], bundled: DataFile
) -> DataFile:
    """The data file of a specification, or the bundled one."""
    above = None
    if values["label_above"] != "":
        above = exact_value(str(values["label_above"]), f"the sweep file {path}: label_above")
        if not any(takes_labels(loss) for loss in losses):
            raise InputError(
                f"the sweep file {path}: label_above makes labels for a loss of the margin, "
                f"and it runs none"
            )
    if not values["data"]:
        file = replace(bundled, standardise=values["standardise"])
        return file if above is None else replace(file, label_above=above)
    dialect = Dialect.of(values["delimiter"] or None, values["decimal"] or None)
    return DataFile(
        path.parent / values["data"], values["target"], dialect, above, values["standardise"]
    )


def _checked(path: Path, key: str, value: Any) -> Any:
    """The value of a key, or the tuple of a list; InputError for one that is of no use."""
    types = KEYS[key].types
    items = value if isinstance(value, list) else [value]
    if isinstance(value, list) and not KEYS[key].axis:
        raise InputError(f"the sweep file {path}: {key} must be one value, not a list")
    if not items:
        raise InputError(f"the sweep file {path}: {key} is an empty list")
    items = [setting(item, types, f"the sweep file {path}: {key}") for item in items]
    if len(set(map(str, items))) != len(items):
        raise InputError(f"the sweep file {path}: {key} names a value twice")
    return tuple(items) if isinstance(value, list) else items[0]


def _json(content: Any) -> str:
    """JSON of a specification, its rationals as text."""
    return json.dumps(content, sort_keys=True, default=str)


def _validate(spec: Spec, path: Path) -> None:
    """Everything that could fail later fails now, before anything is written."""
    where = f"the sweep file {path}"
    for key in ("steps", "records", "replicas", "slice", "width"):
        if min(spec.axis(key)) < 1:
            raise InputError(f"{where}: {key} must be at least 1, not {min(spec.axis(key))}")
    if min(spec["seed"], spec["outer_seed"]) < 0:
        raise InputError(f"{where}: a seed must not be negative")
    for key, known in (("dtype", DTYPES), ("backend", BACKENDS)):
        if spec[key] not in known:
            raise InputError(
                f"{where}: there is no {key} {quoted(spec[key])}; {nearest(spec[key], known)}"
            )
    _require_nets(spec, where)
    Initial(float(spec["initial_variance"]))
    if (count := _count(spec)) > MAX_ROWS:
        raise InputError(
            f"{where} asks for {count} runs; at most {MAX_ROWS} are possible in one sweep"
        )
    # Every loss is tried: labels that only one of them refuses must not stop a sweep half way.
    for loss in spec.axis("loss"):
        arrays(spec, loss)
    if _has_layers(spec):
        _require_bindable_nets(spec, where)
    for common in _groups(spec):
        for step in spec.axis("step"):
            _method(dict(common), step, spec)


def _require_bindable_nets(spec: Spec, where: str) -> None:
    """InputError for nets that do not fit the data, and for a backend that has none of them."""
    for group in _groups(spec):
        common = dict(group)
        net = net_of_run(common, spec.axis("lambda")[0])
        if net.architecture is None:
            continue
        if spec["backend"] == "c":
            raise InputError(
                f"{where}: the backend 'c' has kernels for one trained hidden layer under a fixed "
                f"outer layer; use auto or numpy for this net"
            )
        try:
            bound_net(net, *arrays(spec, net.loss), spec["outer_seed"])
        except InputError as error:
            raise InputError(f"{where}: {error}") from None


def _count(spec: Spec) -> int:
    axes = [len(spec.axis(key)) for key in (*_grouped(spec), *TOGETHER)]
    return math.prod(axes) * int(spec["replicas"])


def _groups(spec: Spec) -> Iterator[tuple[tuple[str, Any], ...]]:
    keys = _grouped(spec)
    for values in itertools.product(*(spec.axis(k) for k in keys)):
        common = dict(zip(keys, values, strict=True))
        if common["batch"] == "":
            common["batch"] = RUN.batch_of(common["method"]) or 0
        yield tuple(common.items())


def batch_notes(spec: Spec) -> tuple[str, ...]:
    """A note for each batch that is larger than the data."""
    rows = min(len(arrays(spec, loss)[1]) for loss in spec.axis("loss"))
    notes = (batch_note(dict(common)["batch"], rows) for common in _groups(spec))
    return tuple(dict.fromkeys(note for note in notes if note))


def _method(common: Mapping[str, Any], step: Fraction, spec: Spec) -> Method:
    return Method(
        common["method"],
        float(step),
        common["batch"] or None,
        float(common["noise"]) or None,
        float(common["temperature"]) or None,
        common["model_noise"],
        spec["sampling"],
    )


def tasks(spec: Spec) -> list[Task]:
    """The sweep cut into tasks; rows are numbered over the whole grid."""
    out: list[Task] = []
    row = 0
    for common in _groups(spec):
        members = []
        for lam, step in itertools.product(spec.axis("lambda"), spec.axis("step")):
            for replica in range(spec["replicas"]):
                members.append((row, lam, step, replica))
                row += 1
        for at in range(0, len(members), spec["slice"]):
            out.append(Task(len(out), common, tuple(members[at : at + spec["slice"]])))
    return out


@lru_cache(maxsize=4)
def arrays(spec: Spec, loss: str) -> tuple[Any, Any]:
    """X and y as floats; labels -1/+1 for a loss of the margin, numbers of classes for
    cross-entropy; columns centred and scaled when the specification says so.
    """
    return float_arrays(table_of(spec, loss))


def table_of(spec: Spec, loss: str) -> Table:
    """The data with the targets that a loss takes."""
    resolved = resolve(loss)
    return replace(spec.data, classes=takes_classes(resolved)).table(resolved.classifies)


Row = tuple[Any, ...]


def execute(spec: Spec, task: Task) -> tuple[int, list[Row], list[Row]]:
    """Run one task: its number, its rows for ``runs`` and for ``trajectory``."""
    common = dict(task.common)
    if not _has_layers(spec):
        cells = tuple(_cell(common[key]) for key in GROUP)
        trajectory = _two_layers(spec, task, common["width"])
        return (task.number, *_rows_of(cells, common, task.members, trajectory))
    runs: list[Row] = []
    path: list[Row] = []
    # A net of layers has one lambda; the random streams are those of the rows all the same.
    for lam in dict.fromkeys(member[1] for member in task.members):
        members = tuple(member for member in task.members if member[1] == lam)
        net = bound_net(net_of_run(common, lam), *arrays(spec, common["loss"]), spec["outer_seed"])
        part = replace(task, members=members)
        trajectory = (
            _two_layers(spec, part, net.width)
            if net.architecture is None
            else _any_layers(spec, part, net)
        )
        said = common | net.cells(common)
        cells = tuple(_cell(said[key]) for key in _columns(spec))
        held = tuple((row, net.lam, step, replica) for row, _, step, replica in members)
        more_runs, more_path = _rows_of(cells, common, held, trajectory)
        runs += more_runs
        path += more_path
    return task.number, runs, path


def _replicas(spec: Spec, task: Task) -> list[Replica]:
    """The paths of a task, each with the random streams of its row."""
    common = dict(task.common)
    return [
        Replica(float(lam), _method(common, step, spec), row) for row, lam, step, _ in task.members
    ]


def _two_layers(spec: Spec, task: Task, width: int) -> Trajectory:
    """The paths of a task of the net of one trained hidden layer under a fixed head."""
    common = dict(task.common)
    X, y = arrays(spec, common["loss"])
    a = [float(v) for v in generate_outer(width, spec["outer_seed"])]
    return run(
        Activation.of(common["activation"]),
        common["loss"],
        Data.of(X, y, a, spec["dtype"]),
        _replicas(spec, task),
        spec["steps"],
        Initial(float(spec["initial_variance"])),
        spec["seed"],
        spec["records"],
        spec["backend"],
    )


def _any_layers(spec: Spec, task: Task, net: NetOfRun) -> Trajectory:
    """The paths of a task of another net, whose members have one lambda."""
    X, y = arrays(spec, net.loss)
    replicas = [replace(path, lam=float(net.lam)) for path in _replicas(spec, task)]
    return run_net(
        trained_net(net, X, y, spec["dtype"]),
        replicas,
        spec["steps"],
        Initial(float(spec["initial_variance"])),
        spec["seed"],
        spec["records"],
    )


def _rows_of(
    cells: Row,
    common: Mapping[str, Any],
    members: Sequence[tuple[int, Fraction, Fraction, int]],
    t: Trajectory,
) -> tuple[list[Row], list[Row]]:
    """The rows for ``runs`` and for ``trajectory``; ``cells`` are those of the combination."""
    runs: list[Row] = []
    path: list[Row] = []
    for m, (row, lam, step, replica) in enumerate(members):
        ended = None if t.diverged[m] < 0 else int(t.diverged[m])
        finite = t.loss[m][np.isfinite(t.loss[m])]
        runs.append(
            (
                row,
                *cells,
                float(lam),
                float(step),
                replica,
                None if ended is not None else float(t.loss[m, -1]),
                float(finite.min()) if finite.size else None,
                None if ended is not None else float(t.norm[m, -1]),
                ended,
                *map(str, (lam, step, common["noise"], common["temperature"])),
            )
        )
        for k, iteration in enumerate(t.iterations.tolist()):
            if np.isfinite(t.loss[m, k]):
                path.append((row, iteration, float(t.loss[m, k]), float(t.norm[m, k])))
    return runs, path


def _cell(value: Any) -> Any:
    """A value of the grid in a table: rationals as the floats that were computed with."""
    if isinstance(value, Fraction):
        return float(value)
    return int(value) if isinstance(value, bool) else value


EXACT = ("lambda", "step", "noise", "temperature")
"""Columns that have the rational beside the float, as text."""
WHOLE_COLUMNS = ("width", "batch", "model_noise", "depth", "outputs", "decay_power")
REAL_COLUMNS = ("noise", "temperature")


def _schema(spec: Spec) -> str:
    """The tables of the results, as SQL."""
    kinds: dict[str, str] = {
        **dict.fromkeys(WHOLE_COLUMNS, "integer"),
        **dict.fromkeys(REAL_COLUMNS, "real"),
    }
    of_combination = ", ".join(f"{k} {kinds.get(k, 'text')} not null" for k in _columns(spec))
    exact = ", ".join(f"{k}_exact text not null" for k in EXACT)
    return f"""
create table if not exists meta (key text primary key, value text not null) strict;
create table if not exists done (task integer primary key) strict;
create table if not exists runs (
  run integer primary key, {of_combination},
  lambda real not null, step real not null, replica integer not null,
  final_loss real, lowest_loss real, final_norm real, diverged_at integer,
  {exact}) strict;
create table if not exists trajectory (run integer not null, iteration integer not null, loss real not null, norm real not null, primary key (run, iteration)) strict;
"""


def open_results(path: Path, spec: Spec) -> sqlite3.Connection:
    """The database of a sweep, new or to be continued.  InputError when it holds something else."""
    if os.path.isdir(path):
        raise InputError(f"cannot write {path}: it is a folder; give a file name")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, isolation_level=None)
        with _transaction(connection):
            for statement in _schema(spec).split(";"):
                connection.execute(statement)
            connection.execute("insert or ignore into meta values ('digest', ?)", (spec.digest,))
            connection.execute(
                "insert or ignore into meta values ('specification', ?)",
                (_json(dict(spec.values)),),
            )
        (held,) = connection.execute("select value from meta where key = 'digest'").fetchone()
    except OSError as error:
        raise InputError(f"cannot write {path} ({error.strerror}); choose another --out") from None
    except sqlite3.Error as error:
        raise InputError(
            f"cannot use {path} as a results database ({error}); choose another --out"
        ) from None
    if held != spec.digest:
        connection.close()
        raise InputError(
            f"{path} holds the results of another sweep (other specification or data); "
            f"choose another --out or remove it"
        )
    return connection


class _transaction:  # noqa: N801
    """begin, then commit or roll back."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def __enter__(self) -> None:
        self.connection.execute("begin immediate")

    def __exit__(self, kind: Any, *_: object) -> None:
        self.connection.execute("rollback" if kind else "commit")


@dataclass(frozen=True)
class Outcome:
    """What a sweep did: runs in the table, tasks done now and before, replicas that diverged."""

    runs: int
    done_now: int
    done_before: int
    diverged: int


Progress = Callable[[int, int], None]


def sweep(
    spec: Spec,
    out: Path,
    jobs: int = 1,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Run what is missing and keep each finished task in ``out`` (.sqlite, or .parquet through
    one).

    jobs       local processes (joblib); 0: one per core
    scheduler  tcp://host:port of a running Dask scheduler instead; a worker that dies costs its
    tasks' time only
    """
    if out.suffix not in (".sqlite", ".db", ".parquet"):
        raise InputError(f"{out} must end in .sqlite, .db or .parquet")
    if jobs < 0:
        raise InputError(f"--jobs must be 0 or more, not {jobs}")
    if out.suffix == ".parquet":
        pyarrow()
    database = out if out.suffix != ".parquet" else out.with_name(out.name + ".sqlite")
    everything = tasks(spec)
    # run, lambda, step, replica and the four results stand beside the keys.
    marks = ", ".join("?" * (8 + len(_columns(spec)) + len(EXACT)))
    with closing(open_results(database, spec)) as connection:
        before = {n for (n,) in connection.execute("select task from done")}
        todo = [t for t in everything if t.number not in before]
        if progress is not None:
            progress(len(before), len(everything))
        finished = len(before)
        try:
            for number, runs, path in (
                _cluster(spec, todo, scheduler) if scheduler else _local(spec, todo, jobs)
            ):
                with _transaction(connection):
                    connection.executemany(
                        f"insert or replace into runs values ({marks})",  # noqa: S608 - question marks alone
                        runs,
                    )
                    connection.executemany(
                        "insert or replace into trajectory values (?, ?, ?, ?)", path
                    )
                    connection.execute("insert or replace into done values (?)", (number,))
                finished += 1
                if progress is not None:
                    progress(finished, len(everything))
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                f"{finished} of {len(everything)} tasks are kept in {database}, and the same "
                f"command goes on from there"
            ) from None
        except sqlite3.Error as error:
            raise InputError(
                f"the results cannot be written to {database} ({error}); free some space and "
                f"start the same command again: it goes on"
            ) from None
        count, diverged = connection.execute(
            "select count(*), count(diverged_at) from runs"
        ).fetchone()
        if out.suffix == ".parquet":
            _export(connection, out)
    return Outcome(count, finished - len(before), len(before), diverged)


def _export(connection: sqlite3.Connection, out: Path) -> None:
    pa = pyarrow()
    cursor = connection.execute("select * from runs order by run")
    names = [c[0] for c in cursor.description]
    rows = cursor.fetchall()
    buffer = io.BytesIO()
    pa.parquet.write_table(
        pa.table({name: [row[m] for row in rows] for m, name in enumerate(names)}), buffer
    )
    write_bytes_atomically(out, buffer.getvalue())


def _local(spec: Spec, todo: list[Task], jobs: int) -> Iterator[tuple[int, list[Row], list[Row]]]:
    jobs = jobs or (os.cpu_count() or 1)
    if jobs == 1 or len(todo) <= 1:
        yield from (execute(spec, t) for t in todo)
        return
    from joblib import Parallel, delayed

    with started_without_interrupts():
        results: Any = Parallel(
            n_jobs=min(jobs, len(todo)), return_as="generator_unordered", pre_dispatch="2*n_jobs"
        )(delayed(execute)(spec, t) for t in todo)
    try:
        # Not ``yield from``, which would close the results before the filter is there.
        for result in results:  # noqa: UP028
            yield result
    finally:
        # Stopped early (a full disk), joblib warns that tasks are still running; their results are
        # not wanted.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            results.close()


def _cluster(
    spec: Spec, todo: list[Task], scheduler: str
) -> Iterator[tuple[int, list[Row], list[Row]]]:
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise InputError(
            "--scheduler needs Dask; install the extra: pip install 'villani-proofkit[cluster]'"
        ) from None
    try:
        client = Client(scheduler, timeout="10s", set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise InputError(
            f"no Dask scheduler answers at {quoted(scheduler)} ({type(error).__name__}); "
            f"start one with `dask scheduler`"
        ) from None
    with client:
        # A worker that dies takes no task with it: the scheduler gives its tasks to another.
        futures = client.map(lambda t: execute(spec, t), todo, pure=False, retries=5)
        for future in as_completed(futures, loop=client.loop):
            yield future.result()
            future.release()
