"""``--problem FILE`` on every command that has an option for a key of the schema."""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, get_args

import typer
from typer.models import ArgumentInfo, ParameterInfo

from proofkit.cli.console import warn
from proofkit.errors import InputError
from proofkit.reading.layers import split_activations
from proofkit.reading.problem_file import (
    Known,
    Meaning,
    ProblemFile,
    Said,
    Value,
    read_problem,
    schema,
)

OPTION = typer.Option("--problem", help="TOML file that names the problem.")
ProblemFileOption = Annotated[Path | None, OPTION]
PARAMETER = "problem_file"
CONTEXT = "context"
GIVEN = ("COMMANDLINE", "ENVIRONMENT")
"""Where a parameter comes from that the user gave."""


@dataclass(frozen=True)
class Place:
    """Where a command takes a key: the name of the parameter, and what the user calls it."""

    key: Known
    parameter: str
    option: str


def _terms(text: str) -> object:
    """What an activation is, or those of several layers are, however they are written."""
    from proofkit.catalogue import resolve

    roots = tuple(resolve(part, constant=True).root for part in split_activations(text))
    return roots[0] if len(set(roots)) == 1 else roots


def _loss(text: str) -> object:
    """What a loss is, by its name or as it is written."""
    from proofkit.losses.catalogue import resolve

    return resolve(text)


MEANINGS: Mapping[str, Meaning] = MappingProxyType({"activation": _terms, "loss": _loss})
"""What texts of these keys stand for: with one meaning they say the same."""


def with_problem_file(command: Callable[..., None]) -> Callable[..., None]:
    """The command with ``--problem FILE``, which gives what its options leave out.

    An option that is given and says something else than the file is refused.  What a command
    requires may stand in the file instead.  A command that has no option for any key stays as it
    is, and so does one with a ``problem`` of its own; one that has a parameter ``problem_file`` is
    given the path, too.

    >>> def solve(*, activation: Annotated[str, typer.Option(help="sigma.")]) -> None: ...
    >>> list(inspect.signature(with_problem_file(solve)).parameters)
    ['context', 'activation', 'problem_file']
    """
    parameters = inspect.signature(command, eval_str=True).parameters
    places = _places(parameters)
    if not places or "problem" in parameters:
        return command
    required = [p for p in places if parameters[p.parameter].default is inspect.Parameter.empty]

    @functools.wraps(command)
    def completed(**given: Any) -> None:
        context: typer.Context = given.pop(CONTEXT)
        path: Path | None = given[PARAMETER]
        file = None if path is None else read_problem(path)
        if file is not None:
            _require_drawn_weights(file, places, context)
            given |= _from_file(file, places, given, context)
        for place in required:
            if given[place.parameter] is None:
                raise _missing(place, context)
        unused = "" if file is None or given.get("quiet") else _unused(file, places, context)
        if PARAMETER in parameters:
            unused = ""  # the command is given the whole file
        else:
            del given[PARAMETER]
        try:
            command(**given)
        except typer.Exit:
            _tell(unused)
            raise
        _tell(unused)

    spelled = _spelled(parameters, places, required)
    completed.__signature__ = inspect.Signature(spelled)  # type: ignore[attr-defined]
    completed.__annotations__ = {p.name: p.annotation for p in spelled}
    return completed


# -- the signature ---------------------------------------------------------------------------------


def _places(parameters: Mapping[str, inspect.Parameter]) -> list[Place]:
    """Where a command takes the keys that it has a parameter for."""
    found: list[Place] = []
    for key in schema().values():
        names = [name for name in key.parameters if name in parameters]
        # A seed without a width is that of something else than outer weights.
        if names and (key.name != "seed" or "width" in parameters):
            name = names[0]
            extras = get_args(parameters[name].annotation)
            argument = any(isinstance(extra, ArgumentInfo) for extra in extras)
            found.append(Place(key, name, name.upper() if argument else key.parameters[name]))
    return found


def _spelled(
    parameters: Mapping[str, inspect.Parameter], places: list[Place], required: list[Place]
) -> list[inspect.Parameter]:
    """The parameters as Typer reads them: none of a key is required, and ``--problem`` comes after
    the last one.
    """
    kind = inspect.Parameter.KEYWORD_ONLY
    needed = {place.parameter for place in required}
    out = [inspect.Parameter(CONTEXT, kind, annotation=typer.Context)]
    for name, parameter in parameters.items():
        if name == PARAMETER:
            continue
        out.append(_optional(parameter) if name in needed else parameter)
    last = max(k for k, p in enumerate(out) if p.name in {place.parameter for place in places})
    option = copy.copy(OPTION)
    option.help = f"TOML file that names the problem: {', '.join(p.key.name for p in places)}."
    annotation = Annotated[Path | None, option]
    out.insert(last + 1, inspect.Parameter(PARAMETER, kind, default=None, annotation=annotation))
    return out


def _optional(parameter: inspect.Parameter) -> inspect.Parameter:
    """A required parameter as one that may be left out, since the file may say it."""
    kind, *extras = get_args(parameter.annotation)
    made: list[object] = []
    for extra in extras:
        changed = copy.copy(extra)
        if isinstance(changed, ParameterInfo):
            changed.help = f"{changed.help}  Needed, here or in --problem."
        made.append(changed)
    return parameter.replace(default=None, annotation=Annotated[(kind | None, *made)])


# -- one call --------------------------------------------------------------------------------------


def _from_file(
    file: ProblemFile, places: list[Place], given: Mapping[str, Any], context: typer.Context
) -> dict[str, Any]:
    """The parameters that the file gives; InputError where an option says something else."""
    typed = {
        place.key.name: Said(place.option, given[place.parameter])
        for place in places
        if _is_given(context, place.parameter)
    }
    file.require_agreement(typed, MEANINGS)
    own = file.said
    for name, meaning in MEANINGS.items():
        if name in own and name not in typed:
            _require_meaning(file, name, str(own[name]), meaning)
    return {
        place.parameter: _as_option(own[place.key.name])
        for place in places
        if place.key.name in own and place.key.name not in typed
    }


def _is_given(context: typer.Context, parameter: str) -> bool:
    source = context.get_parameter_source(parameter)
    return source is not None and source.name in GIVEN


def _as_option(value: Value) -> Value:
    """A value of the file as the option of a command takes it: numbers are text there."""
    return value if isinstance(value, str | int | Path) else str(value)


def _require_drawn_weights(file: ProblemFile, places: list[Place], context: typer.Context) -> None:
    """InputError for outer weights of a file where the command can only draw them."""
    taken = {place.key.name for place in places}
    if file.outer is not None and "width" in taken and "outer" not in taken:
        raise InputError(
            f"{file.path} has outer weights from a file, and `proofkit {context.info_name}` draws "
            f"them; give width and seed instead"
        )


def _require_meaning(file: ProblemFile, name: str, text: str, meaning: Meaning) -> None:
    """InputError that names file and key for a text that means nothing."""
    try:
        meaning(text)
    except InputError as error:
        raise InputError(f"{file.path}: {name}: {error}") from None


def _unused(file: ProblemFile, places: list[Place], context: typer.Context) -> str:
    """The keys that the command has no use for, in a sentence; '' where there are none."""
    taken = {place.key.name for place in places}
    unused = ", ".join(name for name in file.said if name not in taken)
    return f"{file.path}: `proofkit {context.info_name}` has no use for {unused}" if unused else ""


def _tell(note: str) -> None:
    """A note on what was done; nothing of a command that was refused, which says one sentence."""
    if note:
        warn(note)


def _missing(place: Place, context: typer.Context) -> InputError:
    return InputError(
        f"missing {place.option} (or --problem FILE with the key {place.key.name}); see "
        f"`proofkit {context.info_name} --help`"
    )
