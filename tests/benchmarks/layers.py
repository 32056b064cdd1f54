"""SGD of nets of layers on the diabetes data against backpropagation written down in plain numpy.

    python tests/benchmarks/layers.py [--rounds 5] [--json FILE]

Every layer is trained, tanh between them, float64, one core.  The contestants run in turn within
one process, every round in another order; medians of steps per second over the rounds.  "layered"
takes its gradients from ``LayeredNet`` as they are, one net of a minibatch a step.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

CASES = (((64,), 32), ((64,), None), ((64, 32), 32), ((64, 32), None))
LAM, STEP = 0.01, 0.001


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--json")
    args = options.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    results = [measure(hidden, batch, args.rounds) for hidden, batch in CASES]
    if args.json:
        with open(args.json, "w", encoding="ascii") as file:
            json.dump(results, file, indent=1)


def measure(hidden: tuple[int, ...], batch: int | None, rounds: int) -> dict[str, Any]:
    """Steps per second of each contestant, and how far their last weights are apart."""
    import numpy as np

    from proofkit import Dense, Net, Problem
    from proofkit.report import bundled_data

    parts: list[Any] = [part for units in hidden for part in (Dense(units), "tanh")]
    problem = Problem(Net(*parts, Dense(1), train="all"), lam="1/100")
    made = problem.bind(bundled_data(), "progression", standardise=True).lambdify()
    net: Any = made.net
    rng = np.random.default_rng(0)
    theta = rng.normal(size=net.size) / 8
    steps = 400 if batch is None else 2000
    index = None if batch is None else rng.integers(0, net.samples, (steps, batch))
    contestants: dict[str, Callable[[Any], Any]] = {
        "proofkit": lambda start: ours(net, start, index, steps),
        "layered": lambda start: layered(net, start, index, steps),
        "naive": lambda start: naive(made, start, index, steps),
    }
    ends = {name: run(theta) for name, run in contestants.items()}
    apart = max(float(np.abs(end - ends["naive"]).max()) for end in ends.values())
    rates: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name in random.sample(sorted(contestants), len(contestants)):
            begun = time.perf_counter()
            contestants[name](theta)
            rates[name].append(steps / (time.perf_counter() - begun))
    medians = {name: statistics.median(values) for name, values in rates.items()}
    result = {"hidden": hidden, "batch": batch, "apart": apart, **medians}
    print(
        f"hidden {','.join(map(str, hidden)):6} batch {batch or 'all':>4}  "
        + "  ".join(f"{name} {rate:8,.0f}/s" for name, rate in medians.items())
        + f"  proofkit/layered {medians['proofkit'] / medians['layered']:.2f}"
        + f"  proofkit/naive {medians['proofkit'] / medians['naive']:.2f}  apart {apart:.1e}",
        flush=True,
    )
    return result


def ours(net: Any, theta: Any, index: Any, steps: int) -> Any:
    """What ``run`` calls."""
    import numpy as np

    from proofkit.numeric.trained import AnyLayers

    W = theta[None].copy()
    coefficients = np.array([[LAM, STEP, 0.0]])
    AnyLayers(net).advance(W, None if index is None else index[None], None, coefficients, steps)
    return W[0]


def layered(net: Any, theta: Any, index: Any, steps: int) -> Any:
    """The gradient of the net, step by step."""
    W = theta[None].copy()
    for t in range(steps):
        W -= STEP * (net if index is None else net.on(index[None, t])).gradient(W)
    return W[0]


def naive(made: Any, theta: Any, index: Any, steps: int) -> Any:
    """Forwards and backwards by hand, as one writes it down for tanh and the squared loss."""
    import numpy as np

    weights = [block.copy() for block in made.split(theta).values()]
    X, y = made.net.X, made.net.loss_of.y[:, None]
    for t in range(steps):
        x, target = (X, y) if index is None else (X[index[t]], y[index[t]])
        values = [x]
        for W in weights[:-1]:
            values.append(np.tanh(values[-1] @ W.T))
        back = (values[-1] @ weights[-1].T - target) / len(x)
        for level in reversed(range(len(weights))):
            slope = back.T @ values[level] + LAM * weights[level]
            if level:
                back = (back @ weights[level]) * (1 - values[level] ** 2)
            weights[level] -= STEP * slope
    return np.concatenate([W.ravel() for W in weights])


if __name__ == "__main__":
    main()
