"""``proofkit bounds``: the certified facts of an activation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proofkit.cli.console import patience, say
from proofkit.cli.options import JsonOption, QuietOption, require_budget
from proofkit.cli.problem_file import MEANINGS, ProblemFileOption
from proofkit.errors import DomainError, InputError, quoted
from proofkit.reading.problem_file import Said, read_problem
from proofkit.statuses import EXIT
from proofkit.terminal import terminal_columns

if TYPE_CHECKING:
    from proofkit.activation.catalogue import Activation
    from proofkit.activation.scaling import Scaling


def bounds(
    expr: Annotated[
        str | None,
        typer.Argument(
            help="An activation of `proofkit list` or an expression in z; or give --problem."
        ),
    ] = None,
    digits: Annotated[
        int, typer.Option(help="Decimal digits of the enclosures (15 to 1000).")
    ] = 15,
    budget: Annotated[
        float, typer.Option(help="Seconds after which what is open is named.")
    ] = 20.0,
    interval: Annotated[
        str | None,
        typer.Option(
            help="'[A, B]', open ends with ( or ), -oo and oo allowed; default: all of R."
        ),
    ] = None,
    order: Annotated[
        list[int] | None, typer.Option(help="Also sup |sigma^(K)| for this K, 4 to 16.")
    ] = None,
    symbol: Annotated[
        list[str] | None,
        typer.Option(
            help="A parameter > 0 of the expression that stays a symbol; its powers are found by "
            "scaling."
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="NAME=VALUE: a parameter of the expression and its value."),
    ] = None,
    exact: Annotated[
        bool,
        typer.Option(
            "--exact/--no-exact", help="Look for exact forms (with SymPy) after the enclosures."
        ),
    ] = True,
    problem_file: ProblemFileOption = None,
    quiet: QuietOption = False,
    json_: JsonOption = False,
) -> None:
    """The facts of an activation: smoothness, range, M1, M2, M3, Euler kappa and H, over all of R
    or an interval.

    The grammar: numbers, z, + - * / ^ **, parentheses, pi, and the functions exp log sqrt tanh sinh
    cosh sin cos atan asinh erf erfc sigmoid softplus Abs Max Min.

    Examples: proofkit bounds "z/(1+exp(-1.702*z))" --json

    proofkit bounds softplus --symbol beta

    proofkit bounds "log(1 + exp(beta*z))/beta" --set beta=3/2
    """
    from proofkit.facts_text import facts_text
    from proofkit.search.ends import facts_on
    from proofkit.session import facts_json, scale_content

    if not 15 <= digits <= 1000:
        raise InputError(f"--digits must lie between 15 and 1000, not {digits}")
    require_budget(budget)
    orders = _orders(order or ())
    activation = _activation(_expression(expr, problem_file), symbol or (), set_ or ())
    section = Section.parse(interval)
    scaling = _scaling(activation, symbol or (), interval)
    root = activation.root if scaling is None else scaling.base
    try:
        with patience(quiet, "bounding", budget):
            facts = facts_on(
                root, digits, budget, section.left, section.right, section.opened, exact, orders
            )
    except DomainError as error:
        if interval is not None:
            raise
        raise DomainError(
            f"{error}; --interval bounds it where it has a value, for instance on '(0, oo)'"
        ) from None

    content = facts_json(activation.text, facts, digits, section.opened)
    if scaling is not None:
        content = scale_content(content, scaling)
    if interval is not None:
        content["interval"] = interval.strip()
    if json_:
        typer.echo(json.dumps(content, indent=1))
    elif not quiet:
        say(facts_text(activation, facts, content, terminal_columns()))
    raise typer.Exit(EXIT[content["verdict"]])


def _expression(expr: str | None, problem_file: Path | None) -> str:
    """The expression, or the activation of a problem file; InputError where there is none, or two."""
    if problem_file is None:
        if expr is None:
            raise InputError("missing EXPR (or --problem FILE with the key activation)")
        return expr
    problem = read_problem(problem_file)
    if expr is not None:
        problem.require_agreement({"activation": Said("EXPR", expr)}, MEANINGS)
    if expr is None and problem.activation is None:
        raise InputError(f"{problem_file} names no activation; add one, or give EXPR")
    return expr or str(problem.activation)


def _orders(given: Sequence[int]) -> tuple[int, ...]:
    """The orders of --order, the smallest first."""
    for order in given:
        if not 4 <= order <= 16:
            raise InputError(
                f"--order must lie between 4 and 16 (M1, M2 and M3 are always there), not {order}"
            )
    return tuple(sorted(set(given)))


def _activation(expr: str, symbols: Sequence[str], settings: Sequence[str]) -> Activation:
    """The activation, some parameters left as symbols and others set to NAME=VALUE."""
    from proofkit.activation.catalogue import rational, resolve, with_parameters

    values: dict[str, Fraction] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise InputError(f"--set is {quoted(setting)}; write it like beta=3/2")
        name = name.strip()
        if name in values:
            raise InputError(f"the parameter {name[:40]} is given twice")
        values[name] = rational(value, f"the parameter {name[:40]}")
    if symbols or values:
        return with_parameters(expr, symbols, values)
    return resolve(expr, constant=True)


def _scaling(
    activation: Activation, symbols: Sequence[str], interval: str | None
) -> Scaling | None:
    """The scaling that removes the symbols; InputError for an interval, which would scale, too."""
    from proofkit.activation.scaling import scale_away

    if not symbols:
        return None
    if interval is not None:
        raise InputError(
            "--symbol is for all of R: an interval does not scale with the parameter; "
            "bind it with --set"
        )
    return scale_away(activation.root, symbols)


@dataclass(frozen=True)
class Section:
    """An interval of the real line; None for an infinite end, ``opened`` are its finite open ends.

    >>> Section.parse("[0, 5/2)")
    Section(left=Fraction(0, 1), right=Fraction(5, 2), opened=(Fraction(5, 2),))
    """

    left: Fraction | None = None
    right: Fraction | None = None
    opened: tuple[Fraction, ...] = ()

    @classmethod
    def parse(cls, text: str | None) -> Section:
        """The interval of '[A, B)', all of R for None; InputError for what is none."""
        if text is None:
            return cls()
        body = text.strip()
        ends = body[1:-1].split(",")
        if len(body) < 5 or body[0] not in "[(" or body[-1] not in "])" or len(ends) != 2:
            raise InputError(
                f"--interval is {quoted(text)}; write it like '[0, 5/2]', '(0, oo)' or '(-oo, 1)'"
            )
        low, high = (end.strip() for end in ends)
        left = _end(low, ("-oo",), "the left end of --interval")
        right = _end(high, ("oo", "+oo"), "the right end of --interval")
        if (left is None and body[0] == "[") or (right is None and body[-1] == "]"):
            raise InputError("an infinite end of --interval is open: write (-oo or oo)")
        if left is not None and right is not None and left >= right:
            raise InputError(f"--interval is empty or a point: {low} is not below {high}")
        marked = ((left, body[0]), (right, body[-1]))
        return cls(
            left, right, tuple(end for end, mark in marked if mark in "()" and end is not None)
        )


def _end(text: str, infinite: Sequence[str], what: str) -> Fraction | None:
    from proofkit.activation.catalogue import rational

    return None if text in infinite else rational(text, what)
