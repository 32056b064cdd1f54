"""``proofkit run``: one net trained, and its objective recorded."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proofkit.cli.console import bar, reading, say, say_written, warn
from proofkit.cli.options import (
    ActivationOption,
    JsonOption,
    LossOption,
    QuietOption,
    require_positive,
)
from proofkit.cli.problem_file import ProblemFileOption
from proofkit.cli.problem_options import LabelledDataOptions, LayerOptions, OuterOptions
from proofkit.errors import InputError
from proofkit.numeric.defaults import RUN, Heat, heat_of
from proofkit.reading.numbers import rational
from proofkit.reading.problem_file import ProblemFile, read_problem

if TYPE_CHECKING:
    import numpy as np

    from proofkit.activation.catalogue import Activation
    from proofkit.kernel.network.architecture import Architecture
    from proofkit.numeric.figures import Figure
    from proofkit.numeric.runs import Initial, Method, Replica, Trajectory
    from proofkit.numeric.trained import Trained
    from proofkit.problem.data import DataSummary
    from proofkit.reading.table import DataFile, Table


OPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "lambda": "--lam",
        "step": "--step",
        "noise": "--noise",
        "temperature": "--temperature",
        "initial_variance": "--init-variance",
    }
)
"""The numbers of a run, by the keys under which they are recorded, and the options that give them."""


@dataclass(frozen=True)
class MethodOptions:
    """What is iterated, and how often."""

    method: Annotated[
        str,
        typer.Option(
            help="sgd, gd, sde (Euler-Maruyama for dW = -grad L dt + sqrt(s) dB) or langevin."
        ),
    ] = RUN.method
    lam: Annotated[
        str, typer.Option("--lam", metavar="NUMBER", help="lambda >= 0, a rational: 0.1 or 1/3.")
    ] = RUN.lam
    step: Annotated[
        str, typer.Option(metavar="NUMBER", help="The step (dt for sde), a rational.")
    ] = RUN.step
    steps: Annotated[int, typer.Option(help="How many.")] = RUN.steps
    batch: Annotated[
        int | None,
        typer.Option(
            help=f"Samples in a minibatch; default {RUN.batch} for sgd, all data otherwise; more "
            f"than the data are the data."
        ),
    ] = None
    noise: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="s of the SDE, a rational.")
    ] = None
    temperature: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER",
            help="T of Langevin Monte Carlo, a rational: its law tends to exp(-L/T).",
        ),
    ] = None
    model_noise: Annotated[
        bool, typer.Option("--model-noise", help="SGD with the model's noise: add step * N(0, I).")
    ] = False
    sampling: Annotated[
        str, typer.Option(help="Minibatches with 'replacement', or by 'epoch' in shuffled order.")
    ] = RUN.sampling

    def of_problem(self, problem: ProblemFile) -> MethodOptions:
        """The options where s is that of a problem file: the sde takes s, Langevin Monte Carlo the
        temperature s/2, and the other methods neither.
        """
        if problem.noise is None:
            return self
        heat = heat_of(self.method, problem.noise)
        temperature = heat.temperature if self.temperature is None else self.temperature
        return replace(
            self,
            noise=None if heat.noise is None else str(heat.noise),
            temperature=None if temperature is None else str(temperature),
        )

    def numbers(self) -> dict[str, Fraction]:
        """The numbers that are given, exactly; InputError that names the option."""
        texts = {
            "lambda": self.lam,
            "step": self.step,
            "noise": self.noise,
            "temperature": self.temperature,
        }
        return {
            name: rational(text, OPTIONS[name]) for name, text in texts.items() if text is not None
        }

    def made(self, numbers: Mapping[str, float]) -> Method:
        """The method; InputError for numbers that make no sense."""
        from proofkit.numeric.runs import Method

        return Method(
            self.method,
            numbers["step"],
            RUN.batch_of(self.method) if self.batch is None else self.batch,
            numbers.get("noise"),
            numbers.get("temperature"),
            self.model_noise,
            self.sampling,
        )


@dataclass(frozen=True)
class PathOptions:
    """How many paths there are, where they begin, what is recorded, and how they are computed."""

    replicas: Annotated[
        int, typer.Option(help="Paths with the same numbers and other random streams.")
    ] = RUN.replicas
    seed: Annotated[int, typer.Option(help="Seed of the paths.")] = RUN.seed
    init_variance: Annotated[
        str,
        typer.Option(metavar="NUMBER", help="Variance of the Gaussian initial weights."),
    ] = RUN.variance
    init: Annotated[
        Path | None,
        typer.Option(
            help="NPY file with the initial weights (p, d), of a net of any layers (N,), or NPZ of "
            "an earlier run, of which the first path is taken."
        ),
    ] = None
    records: Annotated[int, typer.Option(help="How often the loss is recorded.")] = RUN.records
    dtype: Annotated[str, typer.Option(help="float64 or float32.")] = RUN.dtype
    backend: Annotated[str, typer.Option(help="auto, c or numpy.")] = RUN.backend
    threads: Annotated[
        int, typer.Option(help="Replicas side by side; the paths do not depend on it.")
    ] = 1
    blas_threads: Annotated[
        int, typer.Option(help="Threads of a matrix product; more than one can change last digits.")
    ] = 1

    def start(self, variance: float, net: Trained) -> Initial:
        """The law of the initial weights, or the weights of a file, for a net of their shape."""
        from proofkit.numeric.runs import Initial

        return Initial(variance, None if self.init is None else _weights(self.init, net))


def run(
    *,
    activation: ActivationOption,
    loss: LossOption = RUN.loss,
    method: MethodOptions,
    data: LabelledDataOptions,
    outer: OuterOptions,
    layers: LayerOptions,
    problem_file: ProblemFileOption = None,
    paths: PathOptions,
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

    proofkit run -a tanh --hidden 32,16 --train all --bias decayed --step 0.05
    """
    from proofkit.arguments import double
    from proofkit.numeric import figures, store
    from proofkit.numeric.runs import Initial, batch_note, ensemble
    from proofkit.problem.layers import net_of
    from proofkit.problem.problem import Problem

    # A lambda that is not said is that of no layer where all have decays of their own.
    said_lam = None if method.lam == RUN.lam else rational(method.lam, OPTIONS["lambda"])
    made = net_of(activation, loss, said_lam, layers.said(outer.width))
    if made.net.lam is not None:
        method = replace(method, lam=str(made.net.lam))
    sigma, architecture = made.activation, made.net.architecture
    Problem(sigma, loss, architecture=architecture)  # refuses a loss that does not fit
    _require_outputs(out, plot)
    require_positive("--replicas", paths.replicas)
    if paths.seed < 0:
        raise InputError(f"--seed must not be negative, not {paths.seed}")
    problem = None if problem_file is None else read_problem(problem_file)
    if problem is not None:
        method = method.of_problem(problem)
    exact = {
        **method.numbers(),
        "initial_variance": rational(paths.init_variance, "--init-variance"),
    }
    numbers = {name: double(value, OPTIONS[name]) for name, value in exact.items()}
    lam, variance = numbers["lambda"], numbers["initial_variance"]
    Initial(variance)  # refused before anything is read
    file = data.file_for(loss)
    summary, table = _read(file, loss, quiet)
    how = method.made(numbers)
    if architecture is None:
        widths = replace(outer, width=made.net.width)
        net, origin = _two_layers(sigma, loss, table, widths, file.dialect.decimal, paths, quiet)
    else:
        net, origin = _any_layers(architecture, loss, (summary, table), lam, outer, paths, quiet)
    if (note := batch_note(how.batch, net.samples)) and not quiet:
        warn(note)
    start = paths.start(variance, net)
    replicas = list(ensemble([lam], [how], paths.replicas))
    trajectory = _advance(net, replicas, method.steps, start, paths, quiet)

    description = {
        "activation": {"name": sigma.name, "expression": sigma.text},
        "loss": loss,
        **_data_json(table),
        **origin,
        "method": _method_json(how),
        "lambda": lam,
        "steps": method.steps,
        "seed": paths.seed,
        "initial_variance": variance if paths.init is None else None,
        "dtype": paths.dtype,
        "backend": trajectory.backend,
        "exact": {name: str(value) for name, value in exact.items()},
    }
    if out is not None:
        store.write(out, trajectory, description)
    if plot is not None:
        title = f"{sigma.name}, {loss}: {how.name}, {_spoken(exact)}"
        figures.draw(plot, [_loss_figure(trajectory, title)])
    if json_:
        typer.echo(
            json.dumps({**description, **_trajectory_json(trajectory, method.steps)}, indent=1)
        )
    else:
        if not quiet:
            _say_data(summary)
            _say_trajectory(trajectory, description, f"{how.name}: {_spoken(exact)}")
        _warn_of_stops(trajectory)
    if problem is not None and not quiet:
        _warn_of_noise(problem, how)
    beside = None if plot is None else plot.with_suffix(".csv")
    written = (
        (out, "the trajectory: iterations, loss, norm, final weights"),
        (plot, "the figure"),
        (beside, "its numbers"),
    )
    say_written(quiet or json_, *written)
    if (trajectory.diverged >= 0).any():
        raise typer.Exit(1)


# -- what is asked for -----------------------------------------------------------------------------


def _spoken(exact: Mapping[str, Fraction]) -> str:
    """The numbers of a method as they were given, exactly."""
    from proofkit.exposition.numbers import plain

    return ", ".join(
        f"{name} = {plain(value)}" for name, value in exact.items() if name != "initial_variance"
    )


def _require_outputs(out: Path | None, plot: Path | None) -> None:
    """InputError for a file whose kind is unknown, or that cannot be written."""
    from proofkit.files import require_writable_file
    from proofkit.numeric import figures, store

    for path, require_suffix in ((out, store.require_suffix), (plot, figures.require_suffix)):
        if path is not None:
            require_suffix(path)
            require_writable_file(path)


def _read(file: DataFile, loss: str, quiet: bool) -> tuple[DataSummary, Table]:
    from proofkit.problem.stream import summarise_file

    with reading(quiet, file.path) as progress:
        from proofkit.losses.catalogue import resolve as resolve_loss

        summary, table = summarise_file(
            file, resolve_loss(loss).classifies, progress, keep_up_to=sys.maxsize
        )
    assert table is not None
    return summary, table


def _weights(path: Path, net: Trained) -> np.ndarray:
    """The initial weights of a file; InputError for anything but finite numbers of that shape."""
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
    if W.shape != net.shape:
        raise InputError(
            f"the initial weights in {path} have shape {W.shape}; they must be {net.shape_said}"
        )
    if not np.isfinite(W).all():
        raise InputError(f"the initial weights in {path} contain NaN or infinity")
    return W


# -- the run ---------------------------------------------------------------------------------------


def _two_layers(
    sigma: Activation,
    loss: str,
    table: Table,
    outer: OuterOptions,
    decimal: str | None,
    paths: PathOptions,
    quiet: bool,
) -> tuple[Trained, dict[str, Any]]:
    """The net of one trained hidden layer under fixed weights, and where these came from."""
    from proofkit.numeric.kernels import Data, engine, float_arrays
    from proofkit.numeric.scalar import check_dtype
    from proofkit.numeric.trained import TwoLayers

    weights, origin = outer.weights(decimal)
    X, y = float_arrays(table)
    arrays = Data.of(X, y, [float(v) for v in weights], check_dtype(paths.dtype))
    with _preparing(quiet):
        chosen = engine(sigma, loss, paths.dtype, paths.backend)
    _warn_of_kernel(chosen.note, quiet)
    return TwoLayers(chosen, arrays), {"outer": origin}


def _any_layers(
    architecture: Architecture,
    loss: str,
    read: tuple[DataSummary, Table],
    lam: float,
    outer: OuterOptions,
    paths: PathOptions,
    quiet: bool,
) -> tuple[Trained, dict[str, Any]]:
    """A net of any layers, and what it is; hidden layers without a width have the default one."""
    from proofkit.numeric.functions import require_numpy
    from proofkit.numeric.kernels import float_arrays
    from proofkit.numeric.layered import LayeredNet
    from proofkit.numeric.scalar import check_dtype
    from proofkit.numeric.trained import AnyLayers
    from proofkit.problem.fixed import fixed_matrices
    from proofkit.problem.layers import bound, classes_of, head_of, require_bindable
    from proofkit.sentences.nets import layers_record

    require_numpy(paths.backend)
    summary, table = read
    sized = architecture if outer.outer is not None else _with_widths(architecture)
    require_bindable(sized, loss, outer.outer)
    head = None if outer.outer is None else head_of(outer.outer)
    net = bound(sized, summary.d, outer.outer_seed, head, classes_of(loss, summary))
    fixed = [[[float(v) for v in row] for row in A] for A in fixed_matrices(net, head)]
    X, y = float_arrays(table)
    with _preparing(quiet):
        made = AnyLayers(LayeredNet.of(net, loss, X, y, lam, fixed, check_dtype(paths.dtype)))
    _warn_of_kernel(made.note, quiet)
    return made, {"outer": None, "net": layers_record(net)}


def _with_widths(architecture: Architecture) -> Architecture:
    """The net with the default width for each hidden layer that has none."""
    *hidden, last = architecture.layers
    sized = (replace(layer, units=layer.units or RUN.width) for layer in hidden)
    return replace(architecture, layers=(*sized, last))


@contextmanager
def _preparing(quiet: bool) -> Iterator[None]:
    """A bar of its own while the kernel of the activation is made."""
    with bar(quiet, "what") as shown:
        if shown is not None:
            shown(0, 1, "making the kernel of sigma: derivatives, trials, compiler")
        yield


def _warn_of_kernel(note: str, quiet: bool) -> None:
    """What is to be said of a kernel: that another one is used, or where it holds."""
    if note and not quiet:
        warn(note)


def _advance(
    net: Trained,
    replicas: list[Replica],
    steps: int,
    start: Initial,
    paths: PathOptions,
    quiet: bool,
) -> Trajectory:
    from proofkit.numeric.runs import run_net

    with _speed(quiet, steps) as progress:
        return run_net(
            net,
            replicas,
            steps,
            start,
            paths.seed,
            paths.records,
            paths.threads,
            paths.blas_threads,
            progress,
        )


@contextmanager
def _speed(quiet: bool, steps: int) -> Iterator[Callable[[int, float, float], None]]:
    """A bar for a run: f(done, value, rate)."""
    with bar(quiet, "loss", "rate") as shown:

        def show(done: int, value: float, rate: float) -> None:
            if shown is not None:
                shown(done, steps, f"loss {value:.6g}", f"{rate:,.0f} steps/s")

        yield show


# -- what is said ----------------------------------------------------------------------------------


def _data_json(table: Table) -> dict[str, Any]:
    from proofkit.numeric.kernels import which_objective

    data = {
        "source": table.source,
        "sha256": table.digest,
        "target": table.target,
        "n": table.n,
        "features": list(table.features),
        "labels": None if table.label_map is None else table.label_map.json(),
        "notes": list(table.notes),
        "standardised": table.scaling is not None,
        "scaling": None if table.scaling is None else table.scaling.json(),
    }
    return {"data": data, "objective": which_objective(table.scaling)}


def _method_json(method: Method) -> dict[str, Any]:
    return {
        "name": method.name,
        "step": method.step,
        "batch": method.batch,
        "noise": method.noise,
        "temperature": method.temperature,
        "model_noise": method.model_noise,
        "sampling": method.sampling,
    }


def _steps_per_second(t: Trajectory, steps: int) -> float:
    return len(t.replicas) * steps / t.seconds


def _trajectory_json(t: Trajectory, steps: int) -> dict[str, Any]:
    """The keys of `proofkit run --json` about what came out."""
    import numpy as np

    alive = t.diverged < 0
    last = t.loss[alive, -1]
    return {
        "replicas": len(t.replicas),
        "diverged": {str(m): int(k) for m, k in enumerate(t.diverged) if k >= 0},
        "causes": {str(m): str(stop) for m, stop in enumerate(t.stops) if stop is not None},
        "initial_loss": float(t.loss[:, 0].mean()) if np.isfinite(t.loss[:, 0]).all() else None,
        "final_loss": {
            "mean": float(last.mean()),
            "lowest": float(last.min()),
            "highest": float(last.max()),
        }
        if alive.any()
        else None,
        "final_norm_mean": float(t.norm[alive, -1].mean()) if alive.any() else None,
        "seconds": round(t.seconds, 4),
        "steps_per_second": round(_steps_per_second(t, steps)),
    }


def _say_data(summary: DataSummary) -> None:
    """The data that what follows is about, one line each."""
    for line in summary.described():
        say(f"data: {line}")


def _say_trajectory(t: Trajectory, description: dict[str, Any], numbers: str) -> None:
    steps, count = description["steps"], len(t.replicas)
    say(
        f"{count} path{'s' if count > 1 else ''} of {steps} steps in "
        f"{t.seconds:.2f} s ({_steps_per_second(t, steps):,.0f} steps/s, {t.backend}, "
        f"{description['dtype']})"
    )
    if "net" in description:
        say(f"net  {description['net']['said']}")
    say(description["objective"])
    say(numbers)
    alive = t.diverged < 0
    if not alive.any():
        return
    first, last = t.loss[alive, 0], t.loss[alive, -1]
    weights = "||theta||" if "net" in description else "||W||"
    spread = f" (lowest {last.min():.6g}, highest {last.max():.6g})" if len(last) > 1 else ""
    say(
        f"objective  {first.mean():.6g} -> {last.mean():.6g}{spread}; "
        f"{weights} {t.norm[alive, -1].mean():.6g}"
    )


def _warn_of_noise(problem: ProblemFile, how: Method) -> None:
    """A line where the problem has a noise s for which the method has no use."""
    if problem.noise is not None and heat_of(how.name, problem.noise) == Heat():
        warn(f"{problem.path}: the method {how.name} has no use for noise")


def _warn_of_stops(t: Trajectory) -> None:
    """One warning for each cause that ended paths early."""
    stops = [stop for stop in t.stops if stop is not None]
    for cause in dict.fromkeys(stop.cause for stop in stops):
        found = [stop for stop in stops if stop.cause is cause]
        first = min(found, key=lambda stop: stop.iteration)
        what = "diverged" if cause.diverges else "stopped"
        hint = "; a smaller step may help" if cause.diverges else ""
        warn(
            f"{len(found)} of {len(t.replicas)} paths {what}, the first by iteration "
            f"{first.iteration}: {first}{hint}"
        )


def _loss_figure(t: Trajectory, title: str) -> Figure:
    """The loss over the iterations: of one path, or the mean of the paths that did not diverge."""
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
