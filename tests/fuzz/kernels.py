"""Random typed activations: every backend's sigma, sigma', sigma'' against mpmath.

    python tests/fuzz/kernels.py [--count 2000] [--seed 0] [--backends c,numpy] [--dtypes float64]

Within the range that a kernel states, each value must be within the stated tolerance of the exact
one
(``scalar.LIMIT``), outside it must be NaN.  The values of mpmath come from the expression as it is
typed, at points
that are not those on which the kernel was tried when it was made.
"""

from __future__ import annotations

import argparse
import collections
import random
import sys
import time
from typing import Any

import mpmath
import numpy as np

from proofkit.activation.catalogue import Activation
from proofkit.errors import InputError
from proofkit.numeric.kernels import engine
from proofkit.numeric.scalar import LIMIT
from proofkit.search.jets import Evaluator

LEAVES = (
    "z",
    "z",
    "z",
    "exp(z)",
    "exp(-z)",
    "exp(-z^2)",
    "tanh(z)",
    "sigmoid(z)",
    "softplus(z)",
    "erf(z)",
)
LEAVES += (
    "erfc(z)",
    "atan(z)",
    "asinh(z)",
    "sin(z)",
    "cosh(z)",
    "Abs(z)",
    "Max(z,0)",
    "1",
    "2/3",
    "z^2",
    "z^3",
)
NUMBERS = ("2", "1/2", "3", "-1", "-2", "10", "1/100", "1000000", "1/3")


def grow(rng: random.Random, depth: int) -> str:
    """An expression that is real for every z."""
    if depth == 0 or rng.random() < 0.15:
        return rng.choice(LEAVES)
    a, b = grow(rng, depth - 1), grow(rng, rng.randrange(depth))
    return rng.choice(
        (
            f"(({a})+({b}))",
            f"(({a})-({b}))",
            f"(({a})*({b}))",
            f"({rng.choice(NUMBERS)}*({a}))",
            f"(({a})+{rng.choice(NUMBERS)})",
            f"(({a})/(1+({b})^2))",
            f"(1/(1+exp({a})))",
            f"(exp({a})/(1+exp({a})))",
            f"((exp(2*({a}))-1)/(exp(2*({a}))+1))",
            f"log(1+exp({a}))",
            f"log(1+({a})^2)",
            f"sqrt(1+({a})^2)",
            f"tanh({a})",
            f"sin({a})",
            f"exp(-({a})^2)",
            f"erf({a})",
            f"log(cosh({a}))",
        )
    )


def points(rng: random.Random, dtype: str) -> np.ndarray:
    """Subnormal to huge, both signs, and around the places where exponentials overflow and
    underflow.
    """
    top = float(np.finfo(dtype).max)
    exponents = (-320, 308) if dtype == "float64" else (-44, 38)
    sizes = [0.0, top, float(np.finfo(dtype).smallest_subnormal)]
    sizes += [10.0 ** rng.uniform(*exponents) for _ in range(12)]
    sizes += [10.0 ** rng.uniform(-3, 3.3) for _ in range(24)]
    sizes += [c / k + rng.uniform(-1, 1) for c in (709.7, 745.1, 88.7, 36.7) for k in (1, 2, 3)]
    with np.errstate(over="ignore"):
        z = np.array([s * sign for s in sizes for sign in (1, -1)]).astype(dtype)
    return z[np.isfinite(z)]


def exact(evaluators: dict[int, Evaluator], z: float) -> list[Any] | None:
    """sigma ... sigma'''' by mpmath, where two precisions agree; None where they do not or it
    cannot be had.
    """
    found = []
    for digits in (400, 900):
        try:
            found.append(evaluators[digits].derivatives(z, 4))
        except (ArithmeticError, ValueError):
            return None
    low, high = found
    with mpmath.workdps(60):
        for a, b in zip(low[:3], high[:3], strict=True):
            if abs(a - b) > abs(b) * mpmath.mpf(10) ** -25 + mpmath.mpf(10) ** -340:
                return None
    return high


def compare(text: str, rng: random.Random, backend: str, dtype: str) -> collections.Counter[str]:
    """What happened at each point, counted; a failure is printed."""
    seen: collections.Counter[str] = collections.Counter()
    activation = Activation.of(text)
    chosen = engine(activation, "squared", dtype, backend)
    seen["limited kernels" if chosen.note else "unlimited kernels"] += 1
    info = np.finfo(dtype)
    eps, tiny, top = float(info.eps), float(info.tiny), float(info.max)
    evaluators = {digits: Evaluator(activation.root, digits) for digits in (400, 900)}
    grid = points(rng, dtype)
    values = [chosen.engine.sigma(order, grid) for order in range(3)]
    unit = [exact(evaluators, x) for x in (-1.0, -0.5, 0.25, 0.5, 1.0)]
    for k, z in enumerate(grid.tolist()):
        if z < chosen.low or z > chosen.high:
            wrong = not all(np.isnan(v[k]) for v in values)
            seen["outside the range"] += 1
            if wrong:
                seen["FAILED"] += 1
                print(f"not NaN outside its range: {text} {backend} {dtype} z={z!r}", flush=True)
            continue
        truth = exact(evaluators, z)
        for order in range(3):
            value = float(values[order][k])
            if truth is None:
                seen["not known to mpmath"] += 1
                continue
            g = truth[order]
            floor = max((abs(u[order]) for u in unit if u is not None), default=0)
            scale = abs(g) + abs(z * truth[order + 1]) + abs(mpmath.mpf(z) ** 2 * truth[order + 2])
            seen["compared"] += 1
            if abs(g) > top * (1 - eps * 1e3):
                good = np.isinf(value) or abs(value) > top * (1 - eps * 1e4)
                good = good and (value > 0) == (g > 0)
            elif not np.isfinite(value):
                good = False
            else:
                allowed = 2 * LIMIT * eps * max(scale + floor, 1024 * tiny)
                good = abs(mpmath.mpf(value) - g) <= allowed
            if not good:
                seen["FAILED"] += 1
                shown = mpmath.nstr(g, 8)
                print(
                    f"{text} {backend} {dtype} order {order} z={z!r}: {value!r}, exact {shown}",
                    flush=True,
                )
    return seen


def main() -> int:
    """Run the campaign; exit status 1 when a kernel was wrong or something crashed."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--count", type=int, default=2000)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--backends", default="c,numpy")
    options.add_argument("--dtypes", default="float64")
    args = options.parse_args()
    total: collections.Counter[str] = collections.Counter()
    begun = time.monotonic()
    for number in range(args.seed, args.seed + args.count):
        rng = random.Random(number)
        text = grow(rng, 3)
        start = time.monotonic()
        for backend in args.backends.split(","):
            for dtype in args.dtypes.split(","):
                try:
                    total += compare(text, rng, backend, dtype)
                except InputError as error:
                    total["refused"] += 1
                    print(f"refused: {text}: {error}", flush=True)
                except Exception as error:
                    total["CRASHED"] += 1
                    print(f"crashed: {number} {text} {backend} {dtype}: {error!r:.200}", flush=True)
        if time.monotonic() - start > 15:
            total["slow (over 15 s)"] += 1
            print(f"slow: {number} {text}: {time.monotonic() - start:.1f} s", flush=True)
    print(f"{args.count} activations in {time.monotonic() - begun:.0f} s: {dict(total)}")
    return 1 if total["FAILED"] or total["CRASHED"] else 0


if __name__ == "__main__":
    sys.exit(main())
