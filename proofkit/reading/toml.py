"""TOML files as people write them: numbers keep their digits, and a key that is not known is named
with the nearest one that is.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from proofkit.errors import InputError, nearest, quoted
from proofkit.reading.files import read_text, toml_place
from proofkit.reading.numbers import rational


class Digits(str):
    """A number of a TOML file as it is written there; its binary approximation is never made."""

    __slots__ = ()


def read_toml(path: Path, what: str) -> dict[str, Any]:
    """The table of a TOML file; ``what`` names it in the InputError for one that cannot be read or
    is not TOML.
    """
    return parse_toml(read_text(path, what), path, what)


def parse_toml(text: str, path: Path, what: str) -> dict[str, Any]:
    """The table of the text of a TOML file; a number with a point or an exponent is ``Digits``.

    >>> parse_toml("lambda = 0.1\\nwidth = 8", Path("p.toml"), "problem")
    {'lambda': '0.1', 'width': 8}
    """
    try:
        return tomllib.loads(text, parse_float=Digits)
    except RecursionError:
        trouble = "nested too deeply"
    except ValueError as error:
        trouble = toml_place(error)
    raise InputError(f"the {what} file {path} is not valid TOML ({trouble})")


def require_known_keys(
    given: Iterable[str],
    known: Iterable[str],
    where: str,
    others: Mapping[str, str] | None = None,
) -> None:
    """InputError that names the first key that is not known, with the nearest one that is.

    ``where`` names the file; ``others`` are further words for a key, which are no keys themselves.

    >>> require_known_keys(["lamda"], ["data", "lambda"], "the problem file p.toml")
    Traceback (most recent call last):
    proofkit.errors.InputError: the problem file p.toml has the unknown key 'lamda'; did you mean lambda?
    """
    names = tuple(known)
    for key in given:
        if key not in names:
            meant = (others or {}).get(key.lower().replace("-", "_"))
            hint = f"did you mean {meant}?" if meant else nearest(key, names)
            raise InputError(f"{where} has the unknown key {quoted(key)}; {hint}")


def is_number(value: object) -> bool:
    """True for a number of TOML, and not for text that looks like one."""
    return type(value) is int or isinstance(value, Digits)


def is_text(value: object) -> bool:
    """True for text in quotes, and not for a number.

    >>> is_text("0.1"), is_text(Digits("0.1"))
    (True, False)
    """
    return isinstance(value, str) and not isinstance(value, Digits)


def exact_value(value: object, where: str) -> Fraction:
    """The rational that a number of TOML or a text such as "1/10" denotes; InputError for any other.

    >>> exact_value(Digits("0.1"), "lambda"), exact_value(" 1 / 3", "lambda"), exact_value(2, "s")
    (Fraction(1, 10), Fraction(1, 3), Fraction(2, 1))
    >>> exact_value("nan", "p.toml: lambda")
    Traceback (most recent call last):
    proofkit.errors.InputError: p.toml: lambda is 'nan', not a rational number; write it like 1/10, 0.1 or 1e-3
    """
    if not (is_number(value) or isinstance(value, str)):
        raise InputError(f"{where} must be a number such as 1/10, 0.1 or 1e-3, not {quoted(value)}")
    return rational(str(value).replace("_", ""), where)
