"""SGD, gradient descent, the SDE of SGD and Langevin Monte Carlo, many replicas at once.

Every method is W <- W - step grad L + amplitude xi with xi standard normal:

    sgd        step s, minibatch gradient, amplitude 0, or s with the model's N(0, s^2) noise
    gd         step s, all data, amplitude 0
    sde        Euler-Maruyama for dW = -grad L dt + sqrt(s) dB: step dt, amplitude sqrt(s dt)
    langevin   stationary law exp(-L/T) up to the step: amplitude sqrt(2 step T)

A replica draws from Philox streams of its own (initial point, batches, noise),
so its path depends on the seed and its number alone, not on who else runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from proofkit.activation.catalogue import Activation
from proofkit.errors import InputError, nearest, quoted
from proofkit.numeric.kernels import Data, Floats, engine
from proofkit.numeric.trained import BLOWN_UP, Cause, Trained, TwoLayers
from proofkit.problem.problem import Problem

METHODS = ("sgd", "gd", "sde", "langevin")
SAMPLING = ("replacement", "epoch")
CHUNK_BYTES = 4 << 20
CHUNK_STEPS = 4096
MAX_STEPS = 10**15
MAX_RECORDS = 10**6


@dataclass(frozen=True)
class Method:
    """One of ``METHODS`` with its numbers; InputError for numbers that make no sense.

    ``noise`` is s of the SDE; ``temperature`` is T of Langevin Monte Carlo; ``model_noise`` adds s
    xi to SGD.
    """

    name: str
    step: float
    batch: int | None = None
    noise: float | None = None
    temperature: float | None = None
    model_noise: bool = False
    sampling: str = "replacement"

    def __post_init__(self) -> None:
        if self.name not in METHODS:
            raise InputError(
                f"there is no method {quoted(self.name)}; {nearest(self.name, METHODS)}"
            )
        if not (np.isfinite(self.step) and self.step > 0):
            raise InputError(f"the step must be a positive number, not {self.step:g}")
        if self.sampling not in SAMPLING:
            raise InputError(
                f"there is no sampling {quoted(self.sampling)}; {nearest(self.sampling, SAMPLING)}"
            )
        if self.batch is not None and self.batch < 1:
            raise InputError(f"the batch must hold at least one sample, not {self.batch}")
        if self.batch is not None and self.name == "gd":
            raise InputError(
                "gradient descent uses all data; drop the batch, or use the method 'sgd'"
            )
        if self.name == "sgd" and self.batch is None:
            raise InputError("SGD needs a batch size; give one, or use the method 'gd'")
        for what, value, owner in (
            ("noise", self.noise, "sde"),
            ("temperature", self.temperature, "langevin"),
        ):
            if self.name == owner and value is None:
                raise InputError(f"the method {owner!r} needs a {what}; give one")
            if self.name != owner and value is not None:
                raise InputError(f"the {what} is for the method {owner!r}; drop it")
            if value is not None and not (np.isfinite(value) and value > 0):
                raise InputError(f"the {what} must be a positive number, not {value:g}")
        if self.model_noise and self.name != "sgd":
            raise InputError("the model's noise is for the method 'sgd'; drop it")

    @property
    def amplitude(self) -> float:
        """What the standard normal vector is multiplied with."""
        if self.name == "sgd":
            return self.step if self.model_noise else 0.0
        if self.name == "sde":
            return float(np.sqrt(self.step * (self.noise or 0.0)))
        return (
            float(np.sqrt(2 * self.step * (self.temperature or 0.0)))
            if self.name == "langevin"
            else 0.0
        )


def fitted(method: Method, n: int) -> Method:
    """The method for n samples: a batch larger than the data is the data, each sample once.

    >>> fitted(Method("sgd", 0.1, 100), 60)
    Method(name='sgd', step=0.1, batch=60, noise=None, temperature=None, model_noise=False, sampling='epoch')
    """
    if method.batch is None or method.batch <= n:
        return method
    return replace(method, batch=n, sampling="epoch")


def batch_note(batch: int | None, n: int) -> str:
    """What became of a batch larger than the data; empty for the others."""
    if batch is None or batch <= n:
        return ""
    return f"the batch of {batch} is larger than the data: every step uses all {n} rows"


@dataclass(frozen=True)
class Replica:
    """One path: lambda, its method and the number that names its random streams."""

    lam: float
    method: Method
    number: int


@dataclass(frozen=True)
class Initial:
    """The initial law: N(0, variance) in every entry, or a given point."""

    variance: float = 1.0
    point: Floats | None = None

    def __post_init__(self) -> None:
        if not (np.isfinite(self.variance) and self.variance >= 0):
            raise InputError(
                f"the variance of the initial law must be a number >= 0, not {self.variance:g}"
            )


@dataclass(frozen=True)
class Stop:
    """The end of a path before its last iteration: the record by which it was seen, why, and at
    what numbers.
    """

    iteration: int
    cause: Cause
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.cause.value}{f' ({self.detail})' if self.detail else ''}"


@dataclass(frozen=True, repr=False)
class Trajectory:
    """What a run recorded: R replicas at K iterations.

    ``loss`` is the full objective L, ``norm`` is that of all weights; from the record after a path
    ended early on both are infinite (NaN where it did not diverge), ``diverged`` holds the
    iteration by which that was seen (-1: never), and ``stops`` says why.  ``problem`` is the one
    whose L was run, where it is known.
    """

    iterations: NDArray[np.int64]
    loss: NDArray[np.float64]
    norm: NDArray[np.float64]
    final: Floats
    diverged: NDArray[np.int64]
    seconds: float
    backend: str
    note: str = ""
    replicas: tuple[Replica, ...] = field(default=())
    stops: tuple[Stop | None, ...] = field(default=())
    problem: Problem | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        count = len(self.loss)
        ended = int((self.diverged >= 0).sum())
        parts = [
            f"{count} path{'s' if count != 1 else ''} of {int(self.iterations[-1])} steps",
            f"L from {float(self.loss[:, 0].mean()):.6g} to {float(self.loss[:, -1].mean()):.6g}"
            + (" in the mean" if count > 1 else ""),
            *([f"{ended} ended early"] if ended else []),
            f"{self.backend} kernels",
        ]
        return f"<Trajectory {'; '.join(parts)}>"


def streams(
    seed: int, number: int
) -> tuple[np.random.Generator, np.random.Generator, np.random.Generator]:
    """The generators of a replica: initial point, batches, noise."""
    root = np.random.SeedSequence(seed, spawn_key=(number,))
    a, b, c = (np.random.Generator(np.random.Philox(s)) for s in root.spawn(3))
    return a, b, c


class _Batches:
    """Indices of minibatches, the same whatever the chunks they are asked for in."""

    def __init__(self, rng: np.random.Generator, n: int, method: Method) -> None:
        self.rng, self.n, self.method = rng, n, method
        self.left = np.empty(0, np.int64)

    def take(self, steps: int) -> NDArray[np.int64]:
        batch = self.method.batch or 0
        if self.method.sampling == "replacement":
            return self.rng.integers(0, self.n, (steps, batch))
        parts = [self.left]
        have = self.left.size
        while have < steps * batch:
            parts.append(self.rng.permutation(self.n))
            have += self.n
        flat = np.concatenate(parts)
        self.left = flat[steps * batch :]
        return flat[: steps * batch].reshape(steps, batch)


class _Group:
    """Replicas that advance together in one call of the engine."""

    def __init__(
        self,
        members: list[int],
        replicas: Sequence[Replica],
        net: Trained,
        initial: Initial,
        seed: int,
    ) -> None:
        self.members = members
        self.replicas = [replicas[m] for m in members]
        self.net = net
        self.W = np.empty((len(members), *net.shape), net.dtype)
        self.batches: list[_Batches] = []
        self.noises: list[np.random.Generator] = []
        for r, replica in enumerate(self.replicas):
            start, pick, noise = streams(seed, replica.number)
            if initial.point is not None:
                self.W[r] = initial.point
            else:
                self.W[r] = np.sqrt(initial.variance) * start.standard_normal(net.shape)
            self.batches.append(_Batches(pick, net.samples, replica.method))
            self.noises.append(noise)
        self.coefficients = np.array(
            [[r.lam, r.method.step, r.method.amplitude] for r in self.replicas]
        )
        self.alive = np.ones(len(members), bool)
        self.before = self.W.copy()
        """The weights at the last record."""
        self.xi: Any = None

    def advance(self, steps: int, blas_threads: int = 1) -> None:
        """``steps`` steps of the members that are still finite."""
        live = np.flatnonzero(self.alive)
        if not live.size:
            return
        method = self.replicas[0].method
        noisy = bool((self.coefficients[:, 2] != 0).any())
        per_step = live.size * ((method.batch or 0) * 8 + (self.W[0].nbytes if noisy else 0))
        chunk = max(1, min(CHUNK_STEPS, CHUNK_BYTES // max(1, per_step)))
        everyone = live.size == len(self.members)
        W = self.W if everyone else np.ascontiguousarray(self.W[live])
        finite = np.ones(live.size, bool)
        kind = W.dtype.type
        while steps > 0 and finite.any():
            now = min(chunk, steps)
            index = (
                None
                if method.batch is None
                else np.stack([self.batches[r].take(now) for r in live])
            )
            xi = None
            if noisy:
                if self.xi is None or self.xi.shape[:2] != (live.size, now):
                    self.xi = np.empty((live.size, now, *W.shape[1:]), W.dtype)
                xi = self.xi
                for q, r in enumerate(live):
                    self.noises[r].standard_normal(out=xi[q], dtype=kind)
            finite &= self.net.advance(W, index, xi, self.coefficients[live], now, blas_threads)
            steps -= now
        if not everyone:
            self.W[live] = W
        self.alive[live] = finite


def _why(
    group: _Group, member: int, seed: int, at: tuple[int, int], first: float
) -> tuple[Cause, str]:
    """Why a path died between the records of iterations ``at``: its steps are taken again, one by
    one.

    The weights at the record before are kept; batches and noise are drawn again up to there.
    """
    replica, net = group.replicas[member], group.net
    W = group.before[member : member + 1].copy()
    _, pick, noise = streams(seed, replica.number)
    batches = _Batches(pick, net.samples, replica.method)
    kind = W.dtype.type

    def draw(steps: int) -> tuple[Any, Any]:
        index = None if replica.method.batch is None else batches.take(steps)[None]
        noisy = replica.method.amplitude != 0
        xi = noise.standard_normal((1, steps, *W.shape[1:]), dtype=kind) if noisy else None
        return index, xi

    skipped = 0
    while skipped < at[0]:
        now = min(256, at[0] - skipped)
        draw(now)
        skipped += now
    for _ in range(at[1] - at[0] + 1):
        last = W[0].copy()
        if found := net.cause(replica.lam, last, first):
            return found
        finite = net.advance(W, *draw(1), group.coefficients[member : member + 1], 1)
        if not finite.all():
            # A finite loss and gradient, and yet the step is not finite: a minibatch sees larger
            # numbers than their mean.
            return Cause.OVERFLOW, ""
    return Cause.UNKNOWN, ""


def _groups(replicas: Sequence[Replica], net: Trained, threads: int) -> list[list[int]]:
    """Which replicas share a call: those of one batch size; few at a time in C, as many as fit in
    memory in numpy.
    """
    by_shape: dict[Any, list[int]] = {}
    for m, r in enumerate(replicas):
        by_shape.setdefault((r.method.batch, r.method.amplitude != 0), []).append(m)
    step_bytes = net.step_bytes(replicas[0].method.batch or net.samples)
    size = 1 if net.backend == "c" else max(1, min(256, (32 << 20) // step_bytes))
    out = []
    for members in by_shape.values():
        fair = max(1, min(size, -(-len(members) // threads)))
        out += [members[k : k + fair] for k in range(0, len(members), fair)]
    return out


def record_points(steps: int, records: int) -> NDArray[np.int64]:
    """0, ``steps`` and about ``records`` iterations between, evenly spread."""
    return np.unique(np.round(np.linspace(0, steps, records + 1)).astype(np.int64))


Progress = Callable[[int, float, float], None]


def run(
    activation: Activation,
    loss: str,
    data: Data,
    replicas: Sequence[Replica],
    steps: int,
    initial: Initial | None = None,
    seed: int = 0,
    records: int = 100,
    backend: str = "auto",
    threads: int = 1,
    blas_threads: int = 1,
    progress: Progress | None = None,
) -> Trajectory:
    """Advance all replicas of a net of two layers; see ``run_net``.

    data      X (n, d), y (n,), a (p,); the precision of the run is theirs
    """
    _require_sense(replicas, steps, records, threads, blas_threads)
    net = TwoLayers(engine(activation, loss, str(data.X.dtype), backend), data)
    return run_net(net, replicas, steps, initial, seed, records, threads, blas_threads, progress)


def _require_sense(
    replicas: Sequence[Replica], steps: int, records: int, threads: int, blas_threads: int
) -> None:
    """InputError for no steps, records, replicas or threads, and for too many."""
    if steps < 1 or records < 1:
        raise InputError(f"a run needs at least one step and one record, not {steps} and {records}")
    if steps > MAX_STEPS or records > MAX_RECORDS:
        raise InputError(
            f"at most {MAX_STEPS} steps and {MAX_RECORDS} records are possible, not "
            f"{steps:.15g} and {records:.15g}"
        )
    if not replicas:
        raise InputError("a run needs at least one replica")
    if threads < 1 or blas_threads < 1:
        raise InputError(
            f"the number of threads must be at least 1, not {min(threads, blas_threads)}"
        )
    for r in replicas:
        if not (np.isfinite(r.lam) and r.lam >= 0):
            raise InputError(f"lambda must be a finite number >= 0, not {r.lam:g}")


def run_net(
    net: Trained,
    replicas: Sequence[Replica],
    steps: int,
    initial: Initial | None = None,
    seed: int = 0,
    records: int = 100,
    threads: int = 1,
    blas_threads: int = 1,
    progress: Progress | None = None,
) -> Trajectory:
    """Advance all replicas by ``steps`` iterations and record the objective on the way.

    threads   replicas run side by side in this many threads; paths do not depend on it
    blas_threads  threads of one matrix product; more than one can change the last digits

    A replica whose weights turn infinite or NaN, or whose loss passes 10^12 times the first one, is
    stopped and reported in ``diverged`` and ``stops``.  A batch larger than n is all data, and
    ``note`` says so.  Raises InputError for a wrong initial point, no steps, no replicas.
    """
    initial = initial or Initial()
    _require_sense(replicas, steps, records, threads, blas_threads)
    notes = dict.fromkeys(batch_note(r.method.batch, net.samples) for r in replicas)
    replicas = [replace(r, method=fitted(r.method, net.samples)) for r in replicas]
    for r in replicas:
        net.require_decay(r.lam)
    if initial.point is not None and initial.point.shape != net.shape:
        raise InputError(
            f"the initial point has shape {initial.point.shape}; it must be {net.shape_said}"
        )
    points = record_points(steps, records)
    R, K = len(replicas), len(points)
    losses, norms = np.full((R, K), np.inf), np.full((R, K), np.inf)
    diverged = np.full(R, -1, np.int64)
    groups = [_Group(m, replicas, net, initial, seed) for m in _groups(replicas, net, threads)]
    lam = np.array([r.lam for r in replicas])
    begun = time.perf_counter()

    def record(group: _Group, at: int) -> None:
        live = np.flatnonzero(group.alive)
        if not live.size:
            return
        members = np.asarray(group.members)[live]
        W = group.W if live.size == len(group.members) else np.ascontiguousarray(group.W[live])
        with np.errstate(all="ignore"):
            value = net.losses(W, lam[members].astype(W.dtype))
            losses[members, at] = value
            entries = tuple(range(1, W.ndim))
            norms[members, at] = np.sqrt((W.astype(np.float64) ** 2).sum(axis=entries))
            fine = np.isfinite(value) & (value <= BLOWN_UP * (1 + np.abs(losses[members, 0])))
        group.alive[live] = fine

    stops: list[Stop | None] = [None] * R
    explained: dict[tuple[float, Method], tuple[Cause, str]] = {}

    def work(group: _Group, at: int) -> None:
        np.copyto(group.before, group.W)
        group.advance(int(points[at] - points[at - 1]), blas_threads)
        record(group, at)

    def mark(at: int) -> None:
        for group in groups:
            for m, alive in zip(group.members, group.alive, strict=True):
                if not alive and diverged[m] < 0:
                    diverged[m] = points[at]
                    key = (replicas[m].lam, replicas[m].method)
                    if key not in explained:
                        # One path speaks for all with its numbers: taking steps one by one is slow.
                        span = (int(points[max(at - 1, 0)]), int(points[at]))
                        explained[key] = _why(
                            group, group.members.index(m), seed, span, float(losses[m, 0])
                        )
                    stops[m] = Stop(int(points[at]), *explained[key])
                    last = np.inf if explained[key][0].diverges else np.nan
                    losses[m, at:] = norms[m, at:] = last

    with threadpool_limits(blas_threads, "blas"), ThreadPoolExecutor(threads) as pool:
        for at in range(K):
            job = (lambda g: record(g, 0)) if at == 0 else (lambda g, at=at: work(g, at))
            for _ in pool.map(job, groups) if threads > 1 else map(job, groups):
                pass
            mark(at)
            if progress is not None:
                finite = losses[:, at][np.isfinite(losses[:, at])]
                rate = points[at] * R / max(1e-9, time.perf_counter() - begun)
                progress(
                    int(points[at]), float(finite.mean()) if finite.size else float("inf"), rate
                )
            if (diverged >= 0).all():
                break
    final = np.empty((R, *net.shape), net.dtype)
    for group in groups:
        final[group.members] = group.W
    return Trajectory(
        points,
        losses,
        norms,
        final,
        diverged,
        time.perf_counter() - begun,
        net.backend,
        "; ".join(filter(None, (net.note, *notes))),
        tuple(replicas),
        tuple(stops),
    )


def ensemble(
    lams: Sequence[float], methods: Sequence[Method], repeats: int, first: int = 0
) -> Iterator[Replica]:
    """Replicas for every lambda and method, ``repeats`` each, numbered in order."""
    number = first
    for lam in lams:
        for method in methods:
            for _ in range(repeats):
                yield Replica(lam, method, number)
                number += 1
