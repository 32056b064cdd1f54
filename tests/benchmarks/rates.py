"""How tight the certified rates are, and how gLip compares with the published shape as the net
grows.

    python tests/benchmarks/rates.py [--instances 210] [--json FILE]

Random nets with one or two weights, whose spectral gap, stationary law and
Hessian can be computed; then one net of 10 to 10^6 units.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "numeric"))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--instances", type=int, default=210)
    options.add_argument("--json")
    args = options.parse_args()
    result = {"instances": tightness(args.instances), "widths": widths()}
    for name, v in result["instances"].items():
        print(
            f"{name:38} min {v['min']:.3g}  quartiles {v['q1']:.3g} {v['median']:.3g} "
            f"{v['q3']:.3g}  max {v['max']:.3g}  ({v['count']} instances)"
        )
    for row in result["widths"]:
        print(
            f"width {row['width']:8}: gLip {row['gLip']:.6g}, published (recalled) "
            f"{row['published']:.6g}, ratio {row['ratio']:.4g}"
        )
    if args.json:
        Path(args.json).write_text(json.dumps(result, indent=1))


def tightness(count: int) -> dict[str, dict[str, float]]:
    from test_rates import LIBRARY, instance, measured

    from proofkit.tactics.prove import prove

    found: dict[str, list[float]] = {
        "log10(true gap/certified gap)": [],
        "eps certified/true": [],
        "W_2 certified/true": [],
        "gLip/observed Hessian norm": [],
    }
    for seed in range(count):
        problem, table, net, dimension = instance(seed)
        c = prove(problem, "rate-continuous", LIBRARY, table if dimension == 1 else None).constants
        true = measured(problem, net, dimension)
        v = {name: float(x.hi) for name, x in c.items() if x.hi is not None}
        log_certified = math.log10(v["lambda"] / v["q"]) - v["xi"] / math.log(10)
        # Smaller eigenvalues drown in rounding.
        if true.gap > 1e-9:
            found["log10(true gap/certified gap)"].append(math.log10(true.gap) - log_certified)
        found["eps certified/true"].append(v["eps"] / true.mean(true.loss - true.loss.min()))
        found["W_2 certified/true"].append(
            v["W_2"] / math.sqrt(true.mean((true.points**2).sum(axis=1)))
        )
        limit = prove(problem, "sgd-discrete", LIBRARY, table).constants.get("gLip")
        if limit is not None and limit.hi is not None:
            W = true.points.reshape(-1, net.data.p, net.data.d)[:: max(1, len(true.points) // 4000)]
            columns = [
                net.hessian_product(W, np.broadcast_to(e.reshape(W.shape[1:]), W.shape)).reshape(
                    len(W), -1
                )
                for e in np.eye(dimension)
            ]
            norms = np.abs(np.linalg.eigvalsh(np.stack(columns, axis=-1))).max()
            found["gLip/observed Hessian norm"].append(float(limit.hi) / float(norms))
    out = {}
    for name, values in found.items():
        q = np.quantile(values, (0, 0.25, 0.5, 0.75, 1))
        out[name] = {
            **dict(zip(("min", "q1", "median", "q3", "max"), q.tolist(), strict=True)),
            "count": len(values),
        }
    return out


def widths() -> list[dict[str, float]]:
    from proofkit.activation.catalogue import resolve
    from proofkit.plan import glip_published
    from proofkit.problem.data import outer_from_seed, summarise
    from proofkit.problem.problem import Problem
    from proofkit.reading.table import standardised
    from proofkit.report import bundled_file
    from proofkit.tactics.prove import prove
    from proofkit.tactics.workbench import Library

    table = standardised(bundled_file().table())
    summary, library, rows = summarise(table), Library(), []
    for power in range(1, 7):
        problem = Problem(
            resolve("tanh"),
            "squared",
            Fraction(1, 10),
            None,
            summary,
            outer_from_seed(10**power, 0),
        )
        c = prove(problem, "sgd-discrete", library, table).constants
        published = glip_published(problem, c)
        assert published is not None and c["gLip"].hi is not None
        rows.append(
            {
                "width": 10**power,
                "gLip": float(c["gLip"].hi),
                "published": float(published),
                "ratio": float(published / c["gLip"].hi),
            }
        )
    return rows


if __name__ == "__main__":
    main()
