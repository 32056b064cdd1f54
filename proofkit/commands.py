"""The commands that measure and plan: run, sweep, validate, constants, experiment, plan."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proofkit.console import (
    ActivationOption,
    DecimalOption,
    DelimiterOption,
    JsonOption,
    LabelAboveOption,
    LossOption,
    QuietOption,
    bar,
    counting,
    patience,
    reading,
    say,
    say_table,
    say_written,
    warn,
)
from proofkit.errors import InputError, quoted
from proofkit.numeric.defaults import RUN
from proofkit.terminal import terminal_columns

if TYPE_CHECKING:
    from proofkit.numeric.runs import Trajectory
    from proofkit.problem.data import DataSummary
    from proofkit.reading.table import DataFile
    from proofkit.validate import Instance

DataOption = Annotated[
    Path | None,
    typer.Option(
        help="CSV (with header), Parquet or NPZ; default: the bundled diabetes data, labels y > "
        "140."
    ),
]
TargetOption = Annotated[str | None, typer.Option(help="The column to predict.")]
OuterOption = Annotated[
    Path | None,
    typer.Option(help="File with the outer weights, one number per line, instead of --width."),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (run, sweep, validate, constants, experiment, plan):
        app.command()(command)


def _file(
    data: Path | None,
    target: str | None,
    delimiter: str | None,
    decimal: str | None,
    label_above: str | None,
    loss: str,
) -> DataFile:
    from proofkit.reading.table import require_threshold_fits
    from proofkit.report import data_or_bundled

    file = data_or_bundled(data, target, delimiter, decimal, label_above)
    if label_above is not None:
        require_threshold_fits(loss, file.label_above)
    return file


def _say_data(summary: DataSummary, quiet: bool) -> None:
    """The data that what follows is about, one line each."""
    if not quiet:
        for line in summary.described():
            say(f"data: {line}")


def _outer(
    width: int | None,
    seed: int,
    outer: Path | None,
    decimal: str | None = None,
    default: int = RUN.width,
) -> tuple[list[Fraction], str]:
    """The outer weights and how they came about."""
    from proofkit.problem.data import generate_outer
    from proofkit.reading.outer import outer_weights

    if width is not None and outer is not None:
        raise InputError("give either --width or --outer, not both")
    if outer is not None:
        return outer_weights(outer, decimal)[0], outer.name
    return generate_outer(
        default if width is None else width, seed
    ), f"width {default if width is None else width}, seed {seed}"


def _number(text: str, what: str) -> float:
    """A number of the command line: decimal or a quotient, as `proofkit prove` takes it."""
    from proofkit.activation.catalogue import rational

    if text.strip().lower().lstrip("+-") in ("nan", "inf", "infinity"):
        return float(text)  # refused where it is used, with what it must be
    exact = rational(text, what)
    try:
        value = float(exact)
    except OverflowError:
        value = float("inf")
    if value in (float("inf"), float("-inf")) or (value == 0) != (exact == 0):
        raise InputError(
            f"{what} is {quoted(text.strip())}, beyond floating point, in which runs are "
            f"computed; give another number"
        )
    return value


def run(
    activation: ActivationOption,
    loss: LossOption = RUN.loss,
    method: Annotated[
        str,
        typer.Option(
            help="sgd, gd, sde (Euler-Maruyama for dW = -grad L dt + sqrt(s) dB) or langevin."
        ),
    ] = RUN.method,
    lam: Annotated[
        str, typer.Option("--lam", metavar="NUMBER", help="lambda >= 0, such as 0.1 or 1/3.")
    ] = RUN.lam,
    step: Annotated[str, typer.Option(metavar="NUMBER", help="The step (dt for sde).")] = RUN.step,
    steps: Annotated[int, typer.Option(help="How many.")] = RUN.steps,
    batch: Annotated[
        int | None,
        typer.Option(
            help=f"Samples in a minibatch; default {RUN.batch} for sgd, all data otherwise; more "
            f"than the data are the data."
        ),
    ] = None,
    noise: Annotated[str | None, typer.Option(metavar="NUMBER", help="s of the SDE.")] = None,
    temperature: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER",
            help="T of Langevin Monte Carlo: its law tends to exp(-L/T).",
        ),
    ] = None,
    model_noise: Annotated[
        bool, typer.Option("--model-noise", help="SGD with the model's noise: add step * N(0, I).")
    ] = False,
    sampling: Annotated[
        str, typer.Option(help="Minibatches with 'replacement', or by 'epoch' in shuffled order.")
    ] = RUN.sampling,
    data: DataOption = None,
    target: TargetOption = None,
    delimiter: DelimiterOption = None,
    decimal: DecimalOption = None,
    label_above: LabelAboveOption = None,
    standardise: Annotated[
        bool,
        typer.Option(
            "--standardise/--raw",
            help="Centre and scale every column; raw data, those of the certificates, are the "
            "default.",
        ),
    ] = RUN.standardise,
    width: Annotated[
        int | None,
        typer.Option(
            help=f"Width p of the net (default {RUN.width}); its outer weights are drawn from "
            f"--outer-seed."
        ),
    ] = None,
    outer: OuterOption = None,
    outer_seed: Annotated[
        int, typer.Option(help="Seed of the outer weights, as in `proofkit prove`.")
    ] = RUN.outer_seed,
    replicas: Annotated[
        int, typer.Option(help="Paths with the same numbers and other random streams.")
    ] = RUN.replicas,
    seed: Annotated[int, typer.Option(help="Seed of the paths.")] = RUN.seed,
    init_variance: Annotated[
        str,
        typer.Option(metavar="NUMBER", help="Variance of the Gaussian initial weights."),
    ] = RUN.variance,
    init: Annotated[
        Path | None,
        typer.Option(
            help="NPY file with the initial weights (p, d), or NPZ of an earlier run, of which "
            "the first path is taken."
        ),
    ] = None,
    records: Annotated[int, typer.Option(help="How often the loss is recorded.")] = RUN.records,
    dtype: Annotated[str, typer.Option(help="float64 or float32.")] = RUN.dtype,
    backend: Annotated[str, typer.Option(help="auto, c or numpy.")] = RUN.backend,
    threads: Annotated[
        int, typer.Option(help="Replicas side by side; the paths do not depend on it.")
    ] = 1,
    blas_threads: Annotated[
        int, typer.Option(help="Threads of a matrix product; more than one can change last digits.")
    ] = 1,
    out: Annotated[
        Path | None, typer.Option(help="Write the trajectory: .npz or .parquet.")
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw the loss: .pdf, .png or .svg, with its numbers beside it as .csv."),
    ] = None,
    quiet: QuietOption = False,
    json_: JsonOption = False,
) -> None:
    """Train one net and record the objective.

    Examples: proofkit run --activation tanh --lam 0.1 --step 0.05 --plot loss.pdf

    proofkit run -a softplus --method sde --noise 0.01 --replicas 100 --threads 2 --out paths.npz
    """
    from proofkit.activation.catalogue import resolve
    from proofkit.files import require_writable_file
    from proofkit.numeric import figures, store
    from proofkit.numeric.kernels import Data, engine, float_arrays, which_objective
    from proofkit.numeric.runs import Initial, Method, batch_note, ensemble
    from proofkit.numeric.runs import run as advance
    from proofkit.numeric.scalar import check_dtype
    from proofkit.problem.problem import Problem
    from proofkit.problem.stream import summarise_file

    sigma = resolve(activation)
    Problem(sigma, loss)
    for path, check in ((out, store.require_suffix), (plot, figures.require_suffix)):
        if path is not None:
            check(path)
            require_writable_file(path)
    if replicas < 1:
        raise InputError(f"--replicas must be at least 1, not {replicas}")
    if seed < 0:
        raise InputError(f"--seed must not be negative, not {seed}")
    lam_value = _number(lam, "lambda")
    step_value = _number(step, "the step")
    variance = _number(init_variance, "the variance of the initial law")
    file = _file(data, target, delimiter, decimal, label_above, loss)
    with reading(quiet, file.path) as read:
        summary, table = summarise_file(file, loss, read, keep_up_to=sys.maxsize)
    assert table is not None
    how = Method(
        method,
        step_value,
        RUN.batch_of(method) if batch is None else batch,
        None if noise is None else _number(noise, "the noise"),
        None if temperature is None else _number(temperature, "the temperature"),
        model_noise,
        sampling,
    )
    weights, origin = _outer(width, outer_seed, outer, file.dialect.decimal)
    X, y = float_arrays(table, standardise, loss == "squared")
    arrays = Data.of(X, y, [float(v) for v in weights], check_dtype(dtype))
    if (said := batch_note(how.batch, arrays.n)) and not quiet:
        warn(f"{said}")
    start = Initial(variance, None if init is None else _initial(init, (arrays.p, arrays.d)))
    with bar(quiet, "what") as shown:
        if shown is not None:
            shown(0, 1, "making the kernel of sigma: derivatives, trials, compiler")
        note = engine(sigma, loss, dtype, backend).note
    if note and not quiet:
        warn(f"{note}")
    with bar(quiet, "loss", "rate") as shown:

        def progress(done: int, value: float, rate: float) -> None:
            if shown is not None:
                shown(done, steps, f"loss {value:.6g}", f"{rate:,.0f} steps/s")

        paths = list(ensemble([lam_value], [how], replicas))
        t = advance(
            sigma,
            loss,
            arrays,
            paths,
            steps,
            start,
            seed,
            records,
            backend,
            threads,
            blas_threads,
            progress,
        )
    description = {
        "activation": {"name": sigma.name, "expression": sigma.text},
        "loss": loss,
        "data": {
            "source": table.source,
            "sha256": table.digest,
            "target": table.target,
            "n": table.n,
            "features": list(table.features),
            "labels": None if table.label_map is None else table.label_map.json(),
            "notes": list(table.notes),
            "standardised": standardise,
        },
        "objective": which_objective(standardise, loss),
        "outer": origin,
        "method": {
            k: getattr(how, k)
            for k in ("name", "step", "batch", "noise", "temperature", "model_noise", "sampling")
        },
        "lambda": lam_value,
        "steps": steps,
        "seed": seed,
        "initial_variance": variance if init is None else None,
        "dtype": dtype,
        "backend": t.backend,
    }
    if out is not None:
        store.write(out, t, description)
    if plot is not None:
        figures.draw(
            plot,
            [
                _loss_figure(
                    t,
                    f"{sigma.name}, {loss}: {method}, lambda = {lam_value:g}, step = "
                    f"{step_value:g}",
                )
            ],
        )
    _say_data(summary, quiet or json_)
    _say_run(t, description, quiet, json_)
    beside = None if plot is None else plot.with_suffix(".csv")
    written = (
        (out, "the trajectory: iterations, loss, norm, final weights"),
        (plot, "the figure"),
        (beside, "its numbers"),
    )
    say_written(quiet or json_, *written)
    if (t.diverged >= 0).any():
        raise typer.Exit(1)


def _initial(path: Path, shape: tuple[int, int]) -> Any:
    from zipfile import BadZipFile

    import numpy as np

    from proofkit.reading.files import open_regular

    try:
        with open_regular(path, "initial-weight") as file:
            loaded = np.load(file, allow_pickle=False)
            W = np.asarray(loaded["final"][0] if hasattr(loaded, "files") else loaded, dtype=float)
    except (
        OSError,
        ValueError,
        TypeError,
        KeyError,
        EOFError,
        IndexError,
        BadZipFile,
        OverflowError,
        MemoryError,  # a header that promises more than there is
    ):
        raise InputError(
            f"the file {path} is neither an NPY array of numbers nor the NPZ of a run"
        ) from None
    if W.shape != shape:
        raise InputError(
            f"the initial weights in {path} have shape {W.shape}; they must be (p, d) = {shape}"
        )
    if not np.isfinite(W).all():
        raise InputError(f"the initial weights in {path} contain NaN or infinity")
    return W


def _loss_figure(t: Trajectory, title: str) -> Any:
    import numpy as np

    from proofkit.numeric.figures import Curve, Figure

    kept = (
        t.loss[t.diverged < 0]
        if (t.diverged < 0).any()
        else np.where(np.isfinite(t.loss), t.loss, np.nan)
    )
    if len(kept) == 1:
        curve = Curve("L(W_k)", t.iterations, kept[0])
    else:
        low, high = np.nanquantile(kept, (0.05, 0.95), axis=0)
        curve = Curve(
            f"mean of {len(kept)} paths, 5 % to 95 %", t.iterations, kept.mean(axis=0), low, high
        )
    return Figure(title, "iteration k", "objective L", (curve,))


def _say_run(t: Trajectory, description: dict[str, Any], quiet: bool, json_: bool) -> None:
    import numpy as np

    alive = t.diverged < 0
    steps = description["steps"]
    rate = len(t.replicas) * steps / t.seconds
    if json_:
        finite = t.loss[alive, -1]
        content = {
            **description,
            "replicas": len(t.replicas),
            "diverged": {str(m): int(k) for m, k in enumerate(t.diverged) if k >= 0},
            "causes": {str(m): str(stop) for m, stop in enumerate(t.stops) if stop is not None},
            "initial_loss": float(t.loss[:, 0].mean()) if np.isfinite(t.loss[:, 0]).all() else None,
            "final_loss": {
                k: float(v)
                for k, v in zip(
                    ("mean", "lowest", "highest"),
                    (finite.mean(), finite.min(), finite.max()),
                    strict=True,
                )
            }
            if alive.any()
            else None,
            "final_norm_mean": float(t.norm[alive, -1].mean()) if alive.any() else None,
            "seconds": round(t.seconds, 4),
            "steps_per_second": round(rate),
        }
        typer.echo(json.dumps(content, indent=1))
        return
    if not quiet:
        where = (
            f"{len(t.replicas)} path{'s' if len(t.replicas) > 1 else ''} of {steps} steps in "
            f"{t.seconds:.2f} s ({rate:,.0f} steps/s, {t.backend}, {description['dtype']})"
        )
        say(where)
        say(description["objective"])
        if alive.any():
            last = t.loss[alive, -1]
            spread = (
                "" if alive.sum() == 1 else f" (lowest {last.min():.6g}, highest {last.max():.6g})"
            )
            say(
                f"objective  {t.loss[alive, 0].mean():.6g} -> {last.mean():.6g}{spread}; "
                f"||W|| {t.norm[alive, -1].mean():.6g}"
            )
    stops = [stop for stop in t.stops if stop is not None]
    for cause in dict.fromkeys(stop.cause for stop in stops):
        found = [stop for stop in stops if stop.cause is cause]
        first = min(found, key=lambda stop: stop.iteration)
        what, hint = (
            ("diverged", "; a smaller step may help") if cause.diverges else ("stopped", "")
        )
        warn(
            f"{len(found)} of {len(alive)} paths {what}, the first by iteration "
            f"{first.iteration}: {first}{hint}"
        )


def sweep(
    spec: Annotated[
        Path | None,
        typer.Argument(
            metavar="SPEC.toml",
            help="What to run: activation and, where they are not those of `proofkit run`, width, "
            "lambda, step, ...",
        ),
    ] = None,
    example: Annotated[
        bool,
        typer.Option(
            "--example",
            help="Write a commented SPEC.toml that runs as it is: to SPEC.toml where that is "
            "given and new, else to standard output.",
        ),
    ] = False,
    out: Annotated[
        Path,
        typer.Option(
            help="Results: .sqlite, or .parquet (made from FILE.parquet.sqlite at the end)."
        ),
    ] = Path("sweep.sqlite"),
    jobs: Annotated[int, typer.Option(help="Local processes; 0 means one per core.")] = 0,
    scheduler: Annotated[
        str | None,
        typer.Option(help="tcp://HOST:PORT of a Dask scheduler, instead of local processes."),
    ] = None,
    quiet: QuietOption = False,
    json_: JsonOption = False,
) -> None:
    """Run every combination in SPEC.toml.  Started again after a kill, it goes on where it was.

    What SPEC.toml does not say is as in `proofkit run`; --example lists every key with what it is.

    Example: proofkit sweep --example my.toml, then proofkit sweep my.toml --out results.sqlite
    """
    from proofkit.files import require_writable_file
    from proofkit.numeric.kernels import which_objective
    from proofkit.numeric.sweep import batch_notes, example_spec, load_spec
    from proofkit.numeric.sweep import sweep as go
    from proofkit.report import bundled_file

    if example:
        _say_example(example_spec(), spec, "proofkit sweep", quiet, json_)
        return
    if spec is None:
        raise InputError("give SPEC.toml; `proofkit sweep --example my.toml` writes one")
    loaded = load_spec(spec, bundled_file())
    require_writable_file(out)
    for note in () if quiet else batch_notes(loaded):
        warn(f"{note}")
    with counting(quiet, "tasks of the sweep") as progress:
        outcome = go(loaded, out, jobs, scheduler, progress)
    objective = which_objective(loaded["standardise"], *loaded.axis("loss"))
    if json_:
        typer.echo(
            json.dumps(
                {
                    "out": str(out),
                    **{
                        k: getattr(outcome, k)
                        for k in ("runs", "done_now", "done_before", "diverged")
                    },
                    "objective": objective,
                }
            )
        )
    elif not quiet:
        before = f", {outcome.done_before} tasks were there already" if outcome.done_before else ""
        say(
            f"{outcome.runs} runs ({outcome.done_now} tasks now{before}; {outcome.diverged} "
            f"paths ended early)"
        )
        say(objective)
        kind = "one table, runs" if out.suffix == ".parquet" else "the tables runs and trajectory"
        say_written(False, (out, kind))


def _say_example(text: str, path: Path | None, command: str, quiet: bool, json_: bool) -> None:
    """An example on standard output, or in a new file."""
    from proofkit.files import require_writable_file, write_atomically

    if path is None:
        typer.echo(json.dumps({"example": text}) if json_ else text, nl=json_)
        return
    if path.exists():
        raise InputError(f"{path} exists already; choose another name, or edit it")
    require_writable_file(path)
    write_atomically(path, text)
    if json_:
        typer.echo(json.dumps({"file": str(path)}))
    elif not quiet:
        say(f"written: {path}; edit it, then run `{command} {path}`")


def validate(
    certificate: Annotated[
        Path, typer.Argument(help="A certificate of `proofkit prove --out` or `proofkit report`.")
    ],
    data: Annotated[
        Path | None,
        typer.Option(help="The data the certificate speaks of; or any, for a symbolic one."),
    ] = None,
    target: TargetOption = None,
    delimiter: DelimiterOption = None,
    decimal: DecimalOption = None,
    label_above: LabelAboveOption = None,
    width: Annotated[int | None, typer.Option(help="Width of the net.")] = None,
    outer: OuterOption = None,
    outer_seed: Annotated[int, typer.Option(help="Seed of the outer weights.")] = 0,
    lam: Annotated[
        str, typer.Option("--lam", help="lambda, a rational, where the certificate leaves it open.")
    ] = "1/10",
    noise: Annotated[
        str, typer.Option(help="s, a rational, where the certificate leaves it open.")
    ] = "1/10",
    seed: Annotated[int, typer.Option(help="Seed of the search (and of random instances).")] = 0,
    instances: Annotated[
        int, typer.Option(help="Random nets for a symbolic certificate without --data.")
    ] = 3,
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw the bounds: .pdf, .png or .svg, with the numbers as .csv."),
    ] = None,
    quiet: QuietOption = False,
    json_: JsonOption = False,
) -> None:
    """Set measured values beside the certified bounds, and look for a point that breaks one.

    Rays (random, along the data, single units) and hill climbing on spheres, for the V4 expression,
    the radial derivative, gradient, Laplacian and Hessian norm, of the data as they are in the
    file.  A point that looks wrong is computed again in ball arithmetic on the exact data.

    Example: proofkit prove -a tanh --out tanh.json, then proofkit validate tanh.json --plot v4.pdf
    """
    from proofkit.files import require_writable_file
    from proofkit.numeric import figures
    from proofkit.session import read_certificate
    from proofkit.validate import activation_of, measure, random_instance, summary_json

    content = read_certificate(certificate)
    if plot is not None:
        figures.require_suffix(plot)
        require_writable_file(plot)
    if instances < 1:
        raise InputError(f"--instances must be at least 1, not {instances}")
    _, loss = activation_of(content)
    spec = content["problem"]
    lam_q, noise_q = (
        _given(spec.get("lambda"), lam, "--lam"),
        _given(spec.get("noise"), noise, "--noise"),
    )
    if noise_q <= 0:
        raise InputError(f"the noise s must be positive, not {noise_q}")
    one_sign = content.get("claim") == "villani-one-signed"
    if data is None and spec.get("data") is None:
        chosen = [
            random_instance(seed + m, loss, lam_q, noise_q, one_sign) for m in range(instances)
        ]
    else:
        chosen = [
            _bound_instance(
                spec,
                loss,
                _labels_of(
                    spec, _file(data, target, delimiter, decimal, label_above, loss), label_above
                ),
                width,
                outer,
                outer_seed,
                lam_q,
                noise_q,
            )
        ]
        if one_sign and min(chosen[0].weights) < 0 < max(chosen[0].weights):
            raise InputError(
                "the certificate speaks of outer weights of one sign, these have both; give "
                "others with --outer FILE"
            )
    reports = []
    with bar(quiet, "what") as shown:
        for instance in chosen:
            reports.append(measure(content, instance, seed, progress=shown or (lambda *_: None)))
    if plot is not None and reports[0].figures:
        figures.draw(plot, reports[0].figures)
    if json_:
        typer.echo(json.dumps(summary_json(reports), indent=1))
    elif not quiet:
        _say_validation(reports)
    drawn = plot if reports[0].figures else None
    beside = None if drawn is None else drawn.with_suffix(".csv")
    say_written(quiet or json_, (drawn, "the figure"), (beside, "its numbers"))
    broken = [c for r in reports for c in r.checks if c.violated]
    if broken:
        c = broken[0]
        warn(
            f"{c.name}: the value lies beyond the certified {c.bound:.12g} at ||W|| = "
            f"{c.radius:.6g} (measured {c.measured:.12g}, confirmed in ball arithmetic); the "
            f"certificate is wrong"
        )
        raise typer.Exit(1)
    doubtful = [c for r in reports for c in r.checks if c.doubt]
    if doubtful:
        c = doubtful[0]
        warn(
            f"{c.name}: {c.doubt}; not everything was measured, and nothing is said against "
            f"the certificate"
        )
        raise typer.Exit(3)


def _given(held: Any, option: str, what: str) -> Fraction:
    from proofkit.activation.catalogue import rational

    return rational(str(held) if held is not None else option, what)


def _labels_of(spec: dict[str, Any], file: DataFile, label_above: str | None) -> DataFile:
    """The file with the threshold of the certificate's labels, where the reader gave none."""
    from proofkit.reading.labels import LabelMap

    if label_above is not None or spec.get("data") is None:
        return file
    try:
        made = LabelMap.from_json(spec["data"].get("labels"))
    except (ValueError, TypeError, KeyError, AttributeError, ZeroDivisionError):
        raise InputError("the labels that the certificate records are malformed") from None
    return replace(file, label_above=None if made is None else made.above)


def _bound_instance(
    spec: dict[str, Any],
    loss: str,
    file: DataFile,
    width: int | None,
    outer: Path | None,
    outer_seed: int,
    lam: Fraction,
    noise: Fraction,
) -> Instance:
    """The net of a certificate bound to data, or any net for a symbolic one."""
    import re

    from proofkit.problem.data import summarise, summarise_outer
    from proofkit.reading.table import rows_sha256
    from proofkit.validate import Instance

    table = file.table(loss)
    held, weights_held = spec.get("data"), spec.get("outer")
    if held is not None and isinstance(weights_held, dict):
        if held.get("rows_sha256") != rows_sha256(table) or held.get("target") != table.target:
            source = quoted(held.get("source"))
            raise InputError(
                f"the certificate speaks of other data ({source}, target "
                f"{quoted(held.get('target'))}); give them with --data and --target"
            )
        made = re.fullmatch(r"width (\d{1,8}), seed (\d{1,9})", str(weights_held.get("source")))
        if made and width is None and outer is None:
            width, outer_seed = int(made.group(1)), int(made.group(2))
        elif width is None and outer is None:
            raise InputError(
                f"the certificate speaks of outer weights from "
                f"{quoted(weights_held.get('source'))}; give them with --outer"
            )
    weights, origin = _outer(width, outer_seed, outer, file.dialect.decimal)
    summary = summarise_outer(weights, origin, "")
    if isinstance(weights_held, dict) and (str(summary.a_1), str(summary.a_2_squared)) != (
        weights_held.get("a_1"),
        weights_held.get("a_2_squared"),
    ):
        raise InputError(
            "the certificate speaks of other outer weights; give its own with --outer, or "
            "--width and --outer-seed"
        )
    return Instance(
        table, summarise(table), summary, tuple(weights), lam, noise, f"{table.source}, {origin}"
    )


def _say_validation(reports: list[Any]) -> None:
    from proofkit.numeric.kernels import which_objective
    from proofkit.verdict import spoken

    head = ("bound", "closest: measured", "certified", "tightness", "at ‖W‖", "points", "")
    for r in reports:
        rows = [
            (
                spoken(c.statement),
                f"{c.measured:.6g}",
                f"{c.bound:.6g}",
                "-" if c.tightness is None else f"{c.tightness:.3g}",
                f"{c.radius:.4g}",
                str(c.points),
                "BEYOND THE BOUND" if c.violated else "kernel unreliable" if c.doubt else "ok",
            )
            for c in r.checks
        ]
        say(r.instance)
        say_table(head, rows)
        say(which_objective(False))
        for text in r.skipped:
            say(f"not compared: {text}")


def constants(
    data: Annotated[
        Path,
        typer.Argument(
            help="CSV (with header), Parquet or NPZ; CSV and Parquet may be larger than memory."
        ),
    ],
    target: Annotated[str, typer.Option(help="The column to predict.")],
    delimiter: DelimiterOption = None,
    decimal: DecimalOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
    json_: JsonOption = False,
) -> None:
    """B_x, B_y, lambda_max(S) and the other constants of a data set, exactly, in one pass and flat
    memory.

    Example: proofkit constants big.parquet --target y --json
    """
    from proofkit.kernel.certificate import number_text
    from proofkit.kernel.formula import Constant, evaluate
    from proofkit.problem.stream import summarise_file
    from proofkit.session import data_json

    file = _file(data, target, delimiter, decimal, None, "squared")
    with reading(quiet, data) as progress:
        s, _ = summarise_file(file, "squared", progress, keep_up_to=0)
    b_x = evaluate("sqrt(M)", {"M": Constant("M", None, s.B_x_squared, s.B_x_squared)})
    assert b_x is not None
    rows = {
        "B_x": b_x,
        "B_y": (s.B_y, s.B_y),
        "lambda_max(S)": s.Lambda_S,
        "mean ||x||^2": (s.x_square_mean, s.x_square_mean),
        "min y": (s.y_min, s.y_min),
        "max y": (s.y_max, s.y_max),
        "mean |y|": (s.y_abs_mean, s.y_abs_mean),
        "mean y^2": (s.y_square_mean, s.y_square_mean),
    }
    shown = {
        name: {"lo": number_text(lo, -1), "hi": number_text(hi, 1)}
        for name, (lo, hi) in rows.items()
    }
    if json_:
        typer.echo(
            json.dumps(
                {**(data_json(s) or {}), "constants": shown},
                indent=1,
            )
        )
        return
    for line in s.described():
        say(line)
    say(f"  {'n, d':14} {s.n}, {s.d}")
    for name, pair in shown.items():
        low, high = pair["lo"], pair["hi"]
        name = name.replace("lambda_max", "λ_max").replace("||x||^2", "‖x‖²").replace("y^2", "y²")
        say(f"  {name:14} {low if low == high else f'[{low}, {high}]'}")


def experiment(
    spec: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="An experiment; default: the one that is shipped."),
    ] = None,
    example: Annotated[
        bool,
        typer.Option(
            "--example",
            help="Write the shipped experiment: to FILE where that is given and new, else to "
            "standard output.",
        ),
    ] = False,
    out: Annotated[
        Path, typer.Option(help="Folder for the figures, their numbers and summary.json.")
    ] = Path("experiment"),
    data: DataOption = None,
    target: TargetOption = None,
    delimiter: DelimiterOption = None,
    decimal: DecimalOption = None,
    form: Annotated[str, typer.Option("--format", help="pdf, png or svg.")] = "pdf",
    threads: Annotated[
        int, typer.Option(help="Paths side by side; the numbers do not depend on it.")
    ] = 1,
    quiet: QuietOption = False,
    json_: JsonOption = False,
) -> None:
    """Run an experiment: SGD at multiples of the published threshold lambda_c, and SGD beside its
    SDE.

    Writes loss, excess and sde as figures, each with its numbers beside it as CSV, and
    summary.json.

    Examples: proofkit experiment --out figures --threads 2

    proofkit experiment --example mine.toml, then edit it and proofkit experiment mine.toml
    """
    from proofkit.experiment import load_experiment, perform
    from proofkit.files import require_writable, write_atomically
    from proofkit.numeric import figures
    from proofkit.numeric.kernels import which_objective
    from proofkit.report import data_or_bundled
    from proofkit.tactics.theorem import shipped_folder

    shipped = shipped_folder() / "experiments" / "regularisation.toml"
    if example:
        _say_example(shipped.read_text("utf-8"), spec, "proofkit experiment", quiet, json_)
        return
    if threads < 1:
        raise InputError(f"--threads must be at least 1, not {threads}")
    figures.require_suffix(Path(f"figure.{form}"))
    loaded = load_experiment(shipped if spec is None else spec)
    file = data_or_bundled(data, target, delimiter, decimal)
    require_writable(out.parent)
    with bar(quiet, "what") as shown:
        outcome = perform(loaded, file, threads, shown)
    out.mkdir(parents=True, exist_ok=True)
    for stem, drawn in outcome.figures.items():
        figures.draw(out / f"{stem}.{form}", drawn)
    objective = f"{which_objective(True, 'squared')}; lambda_c is that of the standardised data"
    content = {
        "title": loaded.values["title"],
        "objective": objective,
        "rows": list(outcome.rows),
        "sde": list(outcome.distances),
    }
    text = json.dumps(content, indent=1) + "\n"
    write_atomically(out / "summary.json", text)
    if json_:
        typer.echo(text, nl=False)
    elif not quiet:
        _say_experiment(loaded.values["title"], outcome.rows, outcome.distances)
        say(objective)
        say(
            f"written: {out}/{', '.join(f'{s}.{form}' for s in outcome.figures)}, their CSV "
            f"files and summary.json"
        )


def _say_experiment(title: str, rows: Any, distances: Any) -> None:
    head = (
        "activation",
        "width",
        "lambda",
        "/ lambda_c",
        "step",
        "L at the start",
        "L at the end",
        "excess",
        "diverged",
    )
    keys = ("lambda", "lambda_over_published", "step", "initial", "final", "excess")
    lines = []
    for r in rows:
        shown = ["-" if r[k] is None else f"{r[k]:.4g}" for k in keys]
        ended = f"{r['diverged']}/{r['paths']}"
        lines.append((r["activation"], str(r["width"]), *shown, ended))
    say(title)
    say_table(head, lines)
    for r in distances:
        say(
            f"{r['activation']}, s = {r['step']:g}: Wasserstein distance of the law of L at "
            f"the end to the SDE's: "
            f"{r['wasserstein_batch']:.3g} for minibatches, {r['wasserstein_full']:.3g} for "
            f"all data (standard deviation {r['spread']:.3g})"
        )


def plan(
    activation: ActivationOption,
    epsilon: Annotated[
        str,
        typer.Option(
            "--epsilon",
            "-e",
            help="E, a positive rational: the plan reaches E L - min L <= eps(s) + E.",
        ),
    ],
    loss: LossOption = "squared",
    lam: Annotated[str, typer.Option("--lam", help="lambda > 0, a rational.")] = "1/10",
    noise: Annotated[
        str | None,
        typer.Option(help="s > 0, a rational; chosen so that eps(s) <= E when left out."),
    ] = None,
    data: DataOption = None,
    target: TargetOption = None,
    delimiter: DelimiterOption = None,
    decimal: DecimalOption = None,
    label_above: LabelAboveOption = None,
    width: Annotated[
        int | None,
        typer.Option(
            help="Width p of the net (default 64); its outer weights are drawn from --outer-seed."
        ),
    ] = None,
    outer: OuterOption = None,
    outer_seed: Annotated[
        int, typer.Option(help="Seed of the outer weights, as in `proofkit prove`.")
    ] = 0,
    search: Annotated[
        bool,
        typer.Option(
            "--search/--no-search",
            help="Where the plan cannot be run, look for the nearest lambda, width and epsilon "
            "for which one can (up to a minute).",
        ),
    ] = True,
    out: Annotated[
        Path | None, typer.Option(help="Write the certificate of the rate here.")
    ] = None,
    quiet: QuietOption = False,
    json_: JsonOption = False,
) -> None:
    """How long to train: a certified time for dW = -grad L dt + sqrt(s) dB, and iterations for
    Langevin Monte Carlo.

    It says whether the number is of use, and otherwise the nearest lambda, width and epsilon, each
    alone, for which one can be run, each from a certified plan of its own.  Every symbol is
    explained at the end.

    Example: proofkit plan --activation tanh --loss logistic --width 8 --epsilon 1/10
    """
    from proofkit.activation.catalogue import rational, resolve
    from proofkit.files import require_writable_file, write_atomically
    from proofkit.kernel.certificate import certify
    from proofkit.nearest import nearest_json, nearest_plans, practical
    from proofkit.plan import make_plan, plan_json
    from proofkit.plan_text import plan_text
    from proofkit.problem.data import load_outer, outer_from_seed
    from proofkit.problem.problem import Problem
    from proofkit.problem.stream import summarise_file
    from proofkit.tactics.workbench import Library

    if out is not None:
        require_writable_file(out)
    if outer is not None and width is not None:
        raise InputError("--outer and --width contradict each other; drop one")
    file = _file(data, target, delimiter, decimal, label_above, loss)
    with reading(quiet, file.path) as progress:
        summary, table = summarise_file(file, loss, progress)
    weights = (
        load_outer(outer, file.dialect.decimal)
        if outer is not None
        else outer_from_seed(64 if width is None else width, outer_seed)
    )
    s = None if noise is None else rational(noise, "--noise")
    problem = Problem(resolve(activation), loss, rational(lam, "--lam"), s, summary, weights)
    goal, library = rational(epsilon, "--epsilon"), Library()
    with patience(quiet, "planning", None):
        made = make_plan(problem, goal, table, library)
    if out is not None:
        write_atomically(out, certify(made.langevin_proof or made.proof).to_json())
    found = None
    if search and not practical(made) and (json_ or not quiet):
        drawn = None if outer is not None else (lambda p: outer_from_seed(p, outer_seed))
        with bar(quiet, "what") as shown:
            report = shown or (lambda *_: None)
            found = nearest_plans(problem, goal, table, library, drawn, report)
    if json_:
        nearest = None if found is None else [nearest_json(one) for one in found]
        content = {**plan_json(made), "practical": practical(made), "nearest": nearest}
        typer.echo(json.dumps(content, indent=1))
    elif not quiet:
        typer.echo(plan_text(made, found, terminal_columns()))
    say_written(quiet or json_, (out, "the certificate of the rate"))
