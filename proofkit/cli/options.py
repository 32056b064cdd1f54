"""Options that several commands have, each declared once, and dataclasses that stand for some."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from proofkit.errors import InputError, nearest, quoted
from proofkit.numeric.defaults import RUN
from proofkit.reading.layers import BIASES, TRAINED

# -- words that the shell completes ----------------------------------------------------------------


def _starting(names: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


def complete_activation(incomplete: str) -> list[str]:
    """Names for the shell."""
    from proofkit.activation.catalogue import CATALOGUE

    return _starting(CATALOGUE, incomplete)


def complete_loss(incomplete: str) -> list[str]:
    """Names for the shell."""
    from proofkit.losses.catalogue import NAMES

    return _starting(NAMES, incomplete)


def complete_claim(incomplete: str) -> list[str]:
    """Names for the shell."""
    from proofkit.kernel.verdicts import NAMED

    return _starting(tuple(NAMED), incomplete)


# -- what is printed -------------------------------------------------------------------------------

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Nothing but errors.")]

# -- the problem -----------------------------------------------------------------------------------

ActivationOption = Annotated[
    str,
    typer.Option(
        "--activation",
        "-a",
        help="A name of `proofkit list`, name(parameter=value), or an expression in z; of a deeper "
        'net one for all hidden layers, or one for each: "tanh,softplus".',
        autocompletion=complete_activation,
    ),
]
LossOption = Annotated[
    str,
    typer.Option(
        "--loss",
        "-l",
        help="A name of `proofkit list`, an expression in u = f - y or in m = y f, or cross-entropy.",
        autocompletion=complete_loss,
    ),
]
DEFAULT_LOSS = RUN.loss
"""The loss where none is named."""
DataOption = Annotated[
    Path | None,
    typer.Option(
        help="CSV (with header), Parquet or NPZ; default: the bundled diabetes data, labels y > "
        "140."
    ),
]
_TARGET = typer.Option(help="The column to predict.")
TargetOption = Annotated[str | None, _TARGET]
RequiredTargetOption = Annotated[str, _TARGET]
DelimiterOption = Annotated[
    str | None,
    typer.Option(
        help="comma, semicolon, tab or pipe; detected from the header where it is unambiguous."
    ),
]
DecimalOption = Annotated[
    str | None,
    typer.Option(
        help="point or comma, the decimal mark of data and outer weights; detected where it is "
        "unambiguous."
    ),
]
LabelAboveOption = Annotated[
    str | None,
    typer.Option(
        "--label-above",
        help="Labels of a loss of the margin: y > NUMBER is +1, else -1.  Two-valued targets "
        "need no threshold.",
    ),
]

StandardiseOption = Annotated[
    bool | None,
    typer.Option(
        "--standardise/--raw",
        help="Scale every feature, and the target where it is no label, to mean 0 and standard "
        "deviation 1, or take the data as they are; mean and scale are printed, and part of a "
        "certificate.",
    ),
]

# -- the layers ------------------------------------------------------------------------------------

DepthOption = Annotated[
    int | None,
    typer.Option(
        help="Number D of dense layers, their widths symbols where --hidden does not say them "
        "(default 2)."
    ),
]
HiddenOption = Annotated[
    str | None,
    typer.Option(help="Widths of the hidden layers, such as 64,32; --width P is --hidden P."),
]
TrainOption = Annotated[
    str | None,
    typer.Option(
        help="What is trained: inner (every layer but the last, the default), all, outer (the last "
        "alone), or a list of layers such as 1,3.",
        autocompletion=lambda incomplete: _starting(TRAINED, incomplete),
    ),
]
BiasOption = Annotated[
    str | None,
    typer.Option(
        help="Bias of the trained hidden layers: none (the default), decayed or undecayed.",
        autocompletion=lambda incomplete: _starting(BIASES, incomplete),
    ),
]
OuterBiasOption = Annotated[
    str | None,
    typer.Option(
        "--outer-bias",
        help="Bias of the last layer: none (the default), decayed or undecayed; it is trained, "
        "whatever --train says.",
        autocompletion=lambda incomplete: _starting(BIASES, incomplete),
    ),
]
OutputsOption = Annotated[
    int | None,
    typer.Option(
        help="Number q of outputs (default 1; with cross-entropy that of the classes, or a symbol)."
    ),
]
DecayOption = Annotated[
    str | None,
    typer.Option(
        help='Decay of single layers beside --lam, such as "1=1/100,2=1/10"; 0 leaves a layer out.'
    ),
]
DecayPowerOption = Annotated[
    int | None,
    typer.Option(
        "--decay-power", help="k of the decay (lambda/k) ||W||^k, a whole number (default 2)."
    ),
]

SeedOfOuterOption = Annotated[int, typer.Option(help="Seed of the outer weights.")]

# -- theorem files ---------------------------------------------------------------------------------

_THEOREMS = typer.Option(help="Folder of theorem files.")
TheoremsOption = Annotated[Path | None, _THEOREMS]
RequiredTheoremsOption = Annotated[Path, _THEOREMS]

# -- how much work ---------------------------------------------------------------------------------

JobsOption = Annotated[int, typer.Option(help="Processes; 0 means one per core.")]


def require_jobs(jobs: int) -> None:
    """InputError for a negative number of processes."""
    if jobs < 0:
        raise InputError(f"--jobs must be 0 or more, not {jobs}")


def require_budget(budget: float) -> None:
    """InputError unless the seconds are a positive number; NaN is none."""
    if not 0 < budget < float("inf"):
        raise InputError(f"--budget must be positive, a number of seconds, not {budget:g}")


def require_positive(option: str, number: int) -> None:
    """InputError unless the number of an option is at least 1."""
    if number < 1:
        raise InputError(f"{option} must be at least 1, not {number}")


def require_choice(what: str, value: str, allowed: Iterable[str]) -> str:
    """The value; InputError with the nearest allowed one otherwise."""
    names = tuple(allowed)
    if value in names:
        return value
    raise InputError(f"{what} is {quoted(value)}; {nearest(value, names)}")


# -- dataclasses of options ------------------------------------------------------------------------


def spelled_out(command: Callable[..., None]) -> Callable[..., None]:
    """The command as Typer reads it: a parameter whose type is a dataclass becomes its fields.

    Typer makes an option of every parameter in the signature of a function.  Options that belong
    together are the fields of a frozen dataclass, each annotated as an option; a command takes one
    object of it, and the function that is returned takes its fields in that place of the signature
    and calls the command with the object.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Outer:
    ...     width: int = 64
    ...     seed: int = 0
    >>> def draw(outer: Outer, quiet: bool = False) -> None:
    ...     print(outer, quiet)
    >>> list(inspect.signature(spelled_out(draw)).parameters)
    ['width', 'seed', 'quiet']
    >>> spelled_out(draw)(width=8, seed=1, quiet=True)
    Outer(width=8, seed=1) True
    """
    groups: dict[str, type] = {}
    spelled: list[inspect.Parameter] = []
    for parameter in inspect.signature(command, eval_str=True).parameters.values():
        group = parameter.annotation
        if isinstance(group, type) and is_dataclass(group):
            groups[parameter.name] = group
            spelled += _fields_as_parameters(group)
        else:
            spelled.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))

    @functools.wraps(command)
    def with_objects(**given: Any) -> None:
        for name, group in groups.items():
            given[name] = group(**{field.name: given.pop(field.name) for field in fields(group)})
        command(**given)

    with_objects.__signature__ = inspect.Signature(spelled)  # type: ignore[attr-defined]
    with_objects.__annotations__ = {p.name: p.annotation for p in spelled}
    return with_objects


def _fields_as_parameters(group: type) -> Iterator[inspect.Parameter]:
    annotations = get_type_hints(group, include_extras=True)
    for field in fields(group):
        yield inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.default is MISSING else field.default,
            annotation=annotations[field.name],
        )
