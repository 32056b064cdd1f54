"""The Jinja environments: strict, and escaping by default."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FunctionLoader,
    PackageLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
)
from jinja2.loaders import split_template_path
from jinja2.sandbox import ImmutableSandboxedEnvironment

from proofkit.errors import InputError
from proofkit.reading.files import read_text
from proofkit.render import letters


def _loader(templates: Path | None) -> BaseLoader:
    """The package's templates, behind those of the user's folder."""
    own = PackageLoader("proofkit.render", "templates")
    if templates is not None and not os.path.isdir(templates):
        raise InputError(
            f"the folder of templates {templates} does not exist; give --templates DIR"
        )
    return own if templates is None else ChoiceLoader([_folder_loader(templates), own])


def _folder_loader(folder: Path) -> BaseLoader:
    """Jinja's own loader would wait at a pipe and read a device to its end."""

    def load(name: str) -> str | None:
        path = folder.joinpath(*split_template_path(name))
        return read_text(path, "template") if os.path.lexists(path) else None

    return FunctionLoader(load)


def latex_environment(templates: Path | None = None) -> Environment:
    """Delimiters that LaTeX does not use; every value is escaped unless marked as mathematics.

    ``templates`` is a folder whose files replace the package's of the same name; they
    run in a sandbox.
    """
    env = ImmutableSandboxedEnvironment(
        loader=_loader(templates),
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        autoescape=False,
        finalize=_finalize,
        keep_trailing_newline=True,
    )
    env.filters.update(
        raw=Math,
        breakable=lambda t: Math(letters.breakable(t)),
        label=letters.label,
    )
    return env


def render(env: Environment, name: str, **context: Any) -> str:
    """The template with the context; InputError that names a template of the user's that cannot be
    rendered.
    """
    try:
        return env.get_template(name).render(**context)
    except TemplateSyntaxError as error:
        raise InputError(
            f"the template {error.filename or error.name}, line {error.lineno}: {error.message}"
        ) from None
    except TemplateError as error:
        raise InputError(f"the template {name} (or one that it includes) fails: {error}") from None


class Math(str):
    """LaTeX that is inserted as it is."""


def _finalize(value: Any) -> Any:
    return value if isinstance(value, Math) else letters.escape(value)


def html_environment(templates: Path | None = None) -> Environment:
    """HTML with autoescaping; ``templates`` as for LaTeX."""
    return ImmutableSandboxedEnvironment(
        loader=_loader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class Code(str):
    """Coq text that is inserted as it is."""


def _comment(value: Any) -> Any:
    """Any text inside a Coq comment: printable ASCII without quotes or comment marks."""
    if isinstance(value, Code):
        return value
    text = "".join(ch if " " <= ch <= "~" and ch != '"' else "?" for ch in str(value)[:2000])
    return text.replace("(*", "( *").replace("*)", "* )")


def coq_environment() -> Environment:
    """Coq: values go into comments unless marked as code, which only proofkit's own writers do."""
    env = Environment(
        loader=PackageLoader("proofkit.render", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - finalize makes every value fit for a comment
        finalize=_comment,
        keep_trailing_newline=True,
    )
    env.filters["code"] = Code
    return env
