"""Sollya's supnorm beside `proofkit bounds --no-exact`: whole processes, one after the other, in
one run.

Both bound |sigma'|, |sigma''| and |sigma'''| on [-12, 12] to 2^-40 (proofkit to 1e-12,
and with them the range of sigma).  Needs the program `sollya`.

    python tests/benchmarks/sollya.py [SECONDS]
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time

CASES = {
    "sin": ("sin(z)", "sin(x)"),
    "erf": ("erf(z)", "erf(x)"),
    "gaussian": ("exp(-z^2)", "exp(-x^2)"),
    "arctan": ("atan(z)", "atan(x)"),
    "tanh": ("tanh(z)", "tanh(x)"),
    "sigmoid": ("1/(1 + exp(-z))", "1/(1+exp(-x))"),
    "softplus": ("log(1 + exp(z))", "log(1+exp(x))"),
    "silu": ("z/(1 + exp(-z))", "x/(1+exp(-x))"),
    "gelu": ("z*(1 + erf(z/sqrt(2)))/2", "x*(1+erf(x/sqrt(2)))/2"),
    "squareplus": ("(z + sqrt(z^2 + 4))/2", "(x+sqrt(x^2+4))/2"),
    "isru": ("z/sqrt(1 + z^2)", "x/sqrt(1+x^2)"),
}


def seconds(command: list[str], text: str | None, limit: float) -> float | None:
    """Wall time of a process that answers; None when it does not in time."""
    start = time.perf_counter()
    try:
        done = subprocess.run(
            command, input=text, text=True, capture_output=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return None
    return (
        time.perf_counter() - start
        if done.returncode == 0 and "error" not in done.stdout.lower()
        else None
    )


def main() -> None:
    limit = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    sollya, proofkit = shutil.which("sollya"), shutil.which("proofkit")
    if sollya is None or proofkit is None:
        raise SystemExit("sollya and proofkit must be on PATH")
    ratios = []
    print(f"{'':12} {'sollya':>10} {'proofkit':>10} {'ratio':>8}")
    for name, (ours, theirs) in CASES.items():
        norms = [
            f"supnorm(0, {'diff(' * k}{theirs}{')' * k}, [-12, 12], absolute, 2^(-40));"
            for k in (1, 2, 3)
        ]
        a = seconds([sollya], "\n".join([*norms, "quit;"]), limit)
        b = seconds(
            [proofkit, "bounds", ours, "--interval", "[-12, 12]", "--no-exact"], None, limit
        )
        ratio = None if b is None else (a if a is not None else limit) / b
        if ratio is not None:
            ratios.append(ratio)
        shown = ["none" if x is None else f"{x:.2f} s" for x in (a, b)]
        print(
            f"{name:12} {shown[0]:>10} {shown[1]:>10} "
            f"{'' if ratio is None else f'{ratio:.1f}'}{'+' if a is None else ''}",
            flush=True,
        )
    print(
        f"median ratio {statistics.median(ratios):.1f} (a run without an answer counts as "
        f"{limit:g} s)"
    )


if __name__ == "__main__":
    main()
