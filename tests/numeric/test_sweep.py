"""Sweeps that are killed, workers that die, and what does not belong into a specification."""

from __future__ import annotations

import inspect
import os
import signal
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from fractions import Fraction
from pathlib import Path

import pytest

from proofkit.cli.options import spelled_out
from proofkit.cli.run import run
from proofkit.errors import InputError
from proofkit.numeric import sweep as module
from proofkit.numeric.defaults import RUN
from proofkit.numeric.sweep import Spec, load_spec, sweep
from proofkit.report import bundled_file

Held = Callable[..., AbstractContextManager[subprocess.Popen[str]]]
SPEC = """activation = ["tanh", "softplus"]
standardise = true
width = [6, 12]
lambda = [0.0, 0.1]
step = [0.05, 0.01]
batch = 16
steps = {steps}
replicas = 3
slice = 2
backend = "numpy"
"""


def spec_file(folder: Path, steps: int = 40, extra: str = "") -> Path:
    path = folder / "spec.toml"
    path.write_text(SPEC.format(steps=steps) + extra)
    return path


def table(path: Path) -> list[list[tuple]]:
    with closing(sqlite3.connect(path)) as connection:
        return [
            connection.execute(f"select * from {name} order by 1, 2").fetchall()
            for name in ("runs", "trajectory")
        ]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[list[tuple]]:
    folder = tmp_path_factory.mktemp("sweep")
    spec = load_spec(spec_file(folder), bundled_file())
    outcome = sweep(spec, folder / "r.sqlite")
    assert (outcome.runs, outcome.done_now, outcome.done_before, outcome.diverged) == (48, 24, 0, 0)
    return table(folder / "r.sqlite")


def test_processes_do_not_change_the_table(tmp_path: Path, undisturbed: list) -> None:
    spec = load_spec(spec_file(tmp_path), bundled_file())
    sweep(spec, tmp_path / "r.sqlite", jobs=2)
    assert table(tmp_path / "r.sqlite") == undisturbed
    assert sweep(spec, tmp_path / "r.sqlite").done_now == 0


def sweeping(folder: Path, jobs: int = 1) -> list[object]:
    return ["sweep", folder / "spec.toml", "--out", folder / "r.sqlite", "--jobs", jobs, "--quiet"]


def test_killed_and_started_again(tmp_path: Path, undisturbed: list, held: Held) -> None:
    out = tmp_path / "r.sqlite"
    spec_file(tmp_path)
    for kept, place in (
        # In the middle of the fourth task, then of the sixth, then before what it gave is
        # committed.
        (3, "proofkit.numeric.sweep:execute"),
        (6, "proofkit.numeric.sweep:execute"),
        (8, "proofkit.numeric.sweep:_transaction"),
    ):
        with held(place, 4, *sweeping(tmp_path), cwd=tmp_path) as process:
            os.killpg(process.pid, signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL and done(out) == kept
    command = [sys.executable, "-m", "proofkit", *map(str, sweeping(tmp_path))]
    assert subprocess.run(command, check=False).returncode == 0
    assert table(out) == undisturbed


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interrupt_says_what_is_kept(
    jobs: int, tmp_path: Path, undisturbed: list, held: Held
) -> None:
    out = tmp_path / "r.sqlite"
    spec_file(tmp_path)
    # The first transaction makes the tables; each of the others keeps a task.
    place = "proofkit.numeric.sweep:_transaction"
    with held(place, 4, *sweeping(tmp_path, jobs), cwd=tmp_path) as process:
        os.killpg(process.pid, signal.SIGINT)
        text, err = process.communicate()
    assert process.returncode == 130 and text == ""
    assert err == (
        f"proofkit: interrupted; 2 of 24 tasks are kept in {out}, and the same command goes "
        f"on from there\n"
    )
    assert done(out) == 2
    assert sweep(load_spec(tmp_path / "spec.toml", bundled_file()), out).done_before == 2
    assert table(out) == undisturbed


def done(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("select count(*) from done").fetchone()[0]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen]]]:
    pytest.importorskip("distributed", reason="Dask is not installed")
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    dask = [sys.executable, "-m", "dask"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    scheduler = subprocess.Popen(
        [*dask, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"], **quiet
    )
    worker = [
        *dask,
        "worker",
        address,
        "--nthreads",
        "1",
        "--no-dashboard",
        "--no-nanny",
        "--local-directory",
        str(tmp_path / "w"),
    ]
    workers = [subprocess.Popen(worker, **quiet) for _ in range(2)]
    try:
        from distributed import Client

        with Client(address, timeout="3600s", set_as_default=False) as client:
            client.wait_for_workers(2, timeout=3600)
        yield address, workers
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


def test_a_dask_worker_that_dies_costs_only_time(
    tmp_path: Path, undisturbed: list, cluster: tuple
) -> None:
    address, workers = cluster
    spec = load_spec(spec_file(tmp_path), bundled_file())
    killed = []

    def progress(finished: int, total: int) -> None:
        if finished == 5 and not killed:
            workers[0].kill()
            killed.append(finished)

    outcome = sweep(spec, tmp_path / "r.sqlite", scheduler=address, progress=progress)
    assert killed and outcome.runs == 48
    assert table(tmp_path / "r.sqlite") == undisturbed


def test_parquet(tmp_path: Path, undisturbed: list) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    sweep(load_spec(spec_file(tmp_path), bundled_file()), tmp_path / "r.parquet")
    rows = parquet.read_table(tmp_path / "r.parquet").to_pylist()
    assert [tuple(row.values()) for row in rows] == undisturbed[0]


def test_another_specification_is_not_continued(tmp_path: Path) -> None:
    out = tmp_path / "r.sqlite"
    sweep(load_spec(spec_file(tmp_path, 2), bundled_file()), out)
    with pytest.raises(InputError, match="another sweep"):
        sweep(load_spec(spec_file(tmp_path, 3), bundled_file()), out)
    out.write_bytes(b"no database at all, but long enough to look at" * 40)
    with pytest.raises(InputError, match="results database"):
        sweep(load_spec(spec_file(tmp_path, 3), bundled_file()), out)


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("widht = 3", "did you mean width?"),
        ('loss = "wobbly"', "no loss"),
        ("noise = 0.1", "drop it"),
        ("seed = -1", "negative"),
        ("records = 0", "at least 1"),
        ("seed = [1, 2]", "not a list"),
        ("model_noise = 3", "bool"),
        ('data = "none.csv"\ntarget = "y"', "none.csv"),
        ('data = "x.csv"', "no target"),
        ("initial_variance = nan", "not a rational number"),
    ],
)
def test_bad_specifications(tmp_path: Path, extra: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        load_spec(spec_file(tmp_path, extra=extra), bundled_file())


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_full_disk_stops_with_one_sentence_and_the_sweep_goes_on_later(
    tmp_path: Path, undisturbed: list, jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's own limit of pages stands in for the disk; warnings are errors, joblib's about
    abandoned tasks included.
    """
    spec = load_spec(spec_file(tmp_path), bundled_file())
    out = tmp_path / "r.sqlite"
    opened = module.open_results

    def small(path: Path, its: Spec) -> sqlite3.Connection:
        connection = opened(path, its)
        pages = connection.execute("pragma page_count").fetchone()[0]
        connection.execute(f"pragma max_page_count = {pages}")
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(module, "open_results", small)
        with pytest.raises(InputError, match="free some space"):
            sweep(spec, out, jobs)
    sweep(spec, out, jobs)
    assert table(out) == undisturbed


def test_the_example_runs_as_it_is_and_names_every_key(tmp_path: Path) -> None:
    text = module.example_spec()
    path = tmp_path / "spec.toml"
    path.write_text(text)
    spec = load_spec(path, bundled_file())
    assert spec.axis("activation") == ["tanh", "softplus"] and spec["steps"] == 200
    assert all(f"\n{key} = " in text or f"\n# {key} = " in text for key in module.KEYS)
    # A comment that is uncommented is the default that it says.
    for key, entry in module.KEYS.items():
        found = tomllib.loads(
            next(
                line.removeprefix("# ")
                for line in text.splitlines()
                if line.removeprefix("# ").startswith(f"{key} = ")
            )
        )[key]
        wanted = module.WHERE_NOT_SAID.get(key, entry.default)
        assert key in module.SHOWN or found == wanted, key
    quick = text.replace("steps = 200", "steps = 3").replace("[8, 16]", "[2]")
    path.write_text(quick)
    assert sweep(load_spec(path, bundled_file()), tmp_path / "r.sqlite").runs == 4


def test_what_a_sweep_does_not_say_is_as_in_run(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text('activation = "tanh"\n')
    spec = load_spec(tmp_path / "s.toml", bundled_file())
    options = inspect.signature(spelled_out(run)).parameters
    names = {"lambda": "lam", "initial_variance": "init_variance"}
    for key in ("loss", "standardise", "outer_seed", "lambda", "method", "step", "sampling", "steps", "records", "replicas", "initial_variance", "seed", "dtype", "backend"):  # fmt: skip
        wanted = options[names.get(key, key)].default
        if key == "standardise":
            wanted = bool(wanted)  # neither --standardise nor --raw: the data as they are
        exact = Fraction(wanted) if isinstance(spec[key], Fraction) else wanted
        assert exact == spec[key]
    assert spec["width"] == RUN.width
    (task,) = module.tasks(spec)
    assert dict(task.common)["batch"] == RUN.batch


def test_a_batch_larger_than_the_data_is_the_data(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("a,y\n1,2\n3,4\n5,5\n")
    text = (
        'activation = "tanh"\ndata = "d.csv"\ntarget = "y"\nwidth = 2\nsteps = 2\nbatch = [2, 9]\n'
    )
    (tmp_path / "s.toml").write_text(text)
    spec = load_spec(tmp_path / "s.toml", bundled_file())
    assert module.batch_notes(spec) == (
        "the batch of 9 is larger than the data: every step uses all 3 rows",
    )
    assert sweep(spec, tmp_path / "r.sqlite").runs == 2
