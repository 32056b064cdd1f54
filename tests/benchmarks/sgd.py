"""One SGD step against JAX, PyTorch eager, plain numpy and the floor of two matrix products and one
exp.

    python tests/benchmarks/sgd.py [--threads 1] [--rounds 7] [--json FILE]
    python tests/benchmarks/sgd.py --scaling      (a sweep in one and in two processes)

The contestants run in turn within one process, every round in another order,
so that a slow moment of the machine hits all of them; medians over the rounds.
JAX and PyTorch are left out where they are not installed.  One thread means
that the process may use one core only.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable

CASES = (
    (10, 100, 32, "float64", 1),
    (20, 1000, 64, "float64", 1),
    (784, 1000, 128, "float32", 1),
    (10, 100, 32, "float64", 64),
)
ROWS, LAM, STEP = 4096, 0.01, 0.01


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--json")
    options.add_argument("--scaling", action="store_true")
    args = options.parse_args()
    if args.scaling:
        scaling(args.rounds)
        return
    cores = sorted(os.sched_getaffinity(0))[: args.threads]
    os.sched_setaffinity(0, cores)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(args.threads)
    os.environ.setdefault("JAX_ENABLE_X64", "1")
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    if args.threads == 1:
        os.environ["XLA_FLAGS"] = (
            os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false"
        )
    results = []
    for activation in ("tanh", "softplus"):
        for case in CASES:
            results.append(measure(activation, *case, args.threads, args.rounds))
            show(results[-1])
    if args.json:
        with open(args.json, "w", encoding="ascii") as file:
            json.dump(results, file, indent=1)


def show(result: dict) -> None:
    ours = result["proofkit"]
    shape = (
        f"{result['activation']:9} d={result['d']} p={result['p']} batch={result['batch']} "
        f"{result['dtype']}"
    )
    shape += f" x{result['replicas']}" if result["replicas"] > 1 else ""
    text = "  ".join(
        f"{k} {result[k]:.1f} us ({result[k] / ours:.2f}x)"
        for k in (
            "jax",
            "torch",
            "numpy",
            "floor",
            "numpy engine, together",
            "numpy engine, one by one",
        )
        if k in result
    )
    print(f"{shape:55} proofkit {ours:.1f} us  {text}", flush=True)


def measure(
    activation: str,
    d: int,
    p: int,
    batch: int,
    dtype: str,
    replicas: int,
    threads: int,
    rounds: int,
) -> dict:
    import numpy as np

    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((ROWS, d)).astype(dtype), rng.standard_normal(ROWS).astype(dtype)
    a = (rng.standard_normal(p) / np.sqrt(p)).astype(dtype)
    W = (rng.standard_normal((replicas, p, d)) / np.sqrt(d)).astype(dtype)
    steps = max(10, min(2000, int(3e9 / (4 * batch * p * d + 40 * batch * p) / replicas)))
    index = rng.integers(0, ROWS, (replicas, steps, batch))
    runs: dict[str, Callable[[], None]] = {}
    for maker in (ours, jax_loop, torch_loop, numpy_loop, floor):
        made = maker(activation, X, y, a, W, index, threads)
        if made is not None:
            runs[maker.__name__] = made
    if replicas > 1:
        runs["numpy engine, one by one"] = one_by_one(activation, X, y, a, W, index)
        runs["numpy engine, together"] = together(activation, X, y, a, W, index)
    for run in runs.values():
        run()
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name in random.sample(sorted(runs), len(runs)):
            begun = time.perf_counter()
            runs[name]()
            times[name].append((time.perf_counter() - begun) / steps * 1e6)
    names = {"ours": "proofkit", "jax_loop": "jax", "torch_loop": "torch", "numpy_loop": "numpy"}
    out = {
        "activation": activation,
        "d": d,
        "p": p,
        "batch": batch,
        "dtype": dtype,
        "replicas": replicas,
        "threads": threads,
        "steps": steps,
    }
    return {**out, **{names.get(k, k): statistics.median(v) for k, v in times.items()}}


def ours(activation, X, y, a, W, index, threads):
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np
    from threadpoolctl import threadpool_limits

    from proofkit.activation.catalogue import Activation
    from proofkit.numeric.kernels import Data, engine

    chosen = engine(Activation.of(activation), "squared", str(X.dtype)).engine
    data, R = Data.of(X, y, a, str(X.dtype)), len(W)
    coefficients = np.tile([LAM, STEP, 0.0], (R, 1))
    parts = [slice(k, None, threads) for k in range(threads if R > 1 else 1)]
    pieces = [
        (np.ascontiguousarray(W[q]), np.ascontiguousarray(index[q]), coefficients[q]) for q in parts
    ]
    pool = ThreadPoolExecutor(threads)

    # Replicas share the cores; a single net uses one, whatever the others may use.
    threadpool_limits(1, "blas")

    def go() -> None:
        list(
            pool.map(lambda q: chosen.advance(q[0], data, q[1], None, q[2], index.shape[1]), pieces)
        )

    return go


def one_by_one(activation, X, y, a, W, index):
    import numpy as np

    from proofkit.activation.catalogue import Activation
    from proofkit.numeric.kernels import Data, engine

    chosen = engine(Activation.of(activation), "squared", str(X.dtype), "numpy").engine
    data = Data.of(X, y, a, str(X.dtype))
    W = W.copy()

    def go() -> None:
        for r in range(len(W)):
            chosen.advance(
                W[r : r + 1],
                data,
                index[r : r + 1],
                None,
                np.array([[LAM, STEP, 0.0]]),
                index.shape[1],
            )

    return go


def together(activation, X, y, a, W, index):
    import numpy as np

    from proofkit.activation.catalogue import Activation
    from proofkit.numeric.kernels import Data, engine

    chosen = engine(Activation.of(activation), "squared", str(X.dtype), "numpy").engine
    data, W, coefficients = (
        Data.of(X, y, a, str(X.dtype)),
        W.copy(),
        np.tile([LAM, STEP, 0.0], (len(W), 1)),
    )
    return lambda: chosen.advance(W, data, index, None, coefficients, index.shape[1])


def scaling(rounds: int) -> None:
    """The same sweep in one process and in two, one thread each; the first pass builds the kernels."""
    import tempfile
    from pathlib import Path

    from proofkit.numeric.sweep import load_spec, sweep
    from proofkit.report import bundled_file

    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    text = (
        'activation = ["tanh", "softplus"]\nwidth = [100]\nlambda = [0.1, 0.2]\nstep = '
        "[0.001, 0.002]\n"
    )
    text += "batch = 32\nsteps = 3000\nreplicas = 32\nslice = 16\nstandardise = true\n"
    times: dict[int, list[float]] = {1: [], 2: []}
    with tempfile.TemporaryDirectory() as room:
        path = Path(room) / "spec.toml"
        path.write_text(text)
        spec = load_spec(path, bundled_file())
        for k in range(rounds + 1):
            for jobs in (1, 2):
                begun = time.perf_counter()
                sweep(spec, Path(room) / f"{k}-{jobs}.sqlite", jobs)
                if k:
                    times[jobs].append(time.perf_counter() - begun)
    one, two = (statistics.median(times[j]) for j in (1, 2))
    print(f"one process {one:.2f} s, two processes {two:.2f} s: {one / two:.2f} times as fast")


def jax_loop(activation, X, y, a, W, index, threads):
    try:
        import jax
        import jax.numpy as jnp
    except ImportError:
        return None
    sigma = {"tanh": jnp.tanh, "softplus": jax.nn.softplus}[activation]

    def loss(W, x, t):
        return 0.5 * jnp.mean((sigma(x @ W.T) @ a_ - t) ** 2) + LAM / 2 * jnp.sum(W**2)

    X_, y_, a_ = jnp.asarray(X), jnp.asarray(y), jnp.asarray(a)
    grad = jax.grad(loss)

    def train(W, index):
        return jax.lax.fori_loop(
            0, index.shape[0], lambda t, W: W - STEP * grad(W, X_[index[t]], y_[index[t]]), W
        )

    run = jax.jit(jax.vmap(train) if len(W) > 1 else lambda W, index: train(W[0], index[0]))
    W_, index_ = jnp.asarray(W), jnp.asarray(index)
    return lambda: run(W_, index_).block_until_ready()


def torch_loop(activation, X, y, a, W, index, threads):
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(threads)
    sigma = {"tanh": torch.tanh, "softplus": torch.nn.functional.softplus}[activation]
    X_, y_, a_ = (torch.from_numpy(v) for v in (X, y, a))
    single = len(W) == 1
    W_ = torch.from_numpy((W[0] if single else W).copy()).requires_grad_(True)
    index_ = torch.from_numpy(index[0] if single else index.swapaxes(0, 1).copy())

    def go() -> None:
        for t in range(len(index_)):
            x, target = X_[index_[t]], y_[index_[t]]
            f = sigma(x @ W_.transpose(-1, -2)) @ a_
            loss = (0.5 * (f - target).pow(2).mean(-1) + LAM / 2 * W_.pow(2).sum((-1, -2))).sum()
            (g,) = torch.autograd.grad(loss, W_)
            with torch.no_grad():
                W_.sub_(g, alpha=STEP)

    return go


def numpy_loop(activation, X, y, a, W, index, threads):
    import numpy as np

    def sigma(z):
        if activation == "tanh":
            s = np.tanh(z)
            return s, 1 - s * s
        return np.logaddexp(0, z), 1 / (1 + np.exp(-z))

    W = (W[0] if len(W) == 1 else W).copy()
    index = index[0] if W.ndim == 2 else index.swapaxes(0, 1)

    def go() -> None:
        nonlocal W
        for t in range(len(index)):
            x = X[index[t]]
            s, ds = sigma(x @ W.swapaxes(-1, -2))
            e = (s @ a - y[index[t]]) / x.shape[-2]
            W = W - STEP * ((e[..., None] * ds * a).swapaxes(-1, -2) @ x + LAM * W)

    return go


def floor(activation, X, y, a, W, index, threads):
    import numpy as np

    R, steps, batch = index.shape
    x = np.ascontiguousarray(X[:batch])
    Z, G, E = (
        np.empty(shape, X.dtype)
        for shape in ((batch, W.shape[1]), W.shape[1:], (batch, W.shape[1]))
    )

    def go() -> None:
        for _ in range(steps):
            for r in range(R):
                np.matmul(x, W[r].T, out=Z)
                np.exp(Z, out=E)
                np.matmul(Z.T, x, out=G)

    return go


if __name__ == "__main__":
    sys.exit(main())
