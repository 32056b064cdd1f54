"""The errors proofkit raises on purpose.

Every message is one sentence that says what was wrong, where, and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath

QUOTED = 40
"""Characters of a file or an option that a message may repeat."""
LONGEST_ARGUMENT = 200
"""A longer argument of the command line (a path, mostly) is cut where a message repeats it."""


def quoted(value: object, limit: int = QUOTED) -> str:
    """Text of a file or an option for a message: in quotes, ASCII only, cut after ``limit``
    characters.

    >>> quoted("tanh"), quoted("a" * 50, 4), quoted("\x1b[31m")
    ("'tanh'", "'aaaa...'", "'\\\\x1b[31m'")
    """
    text = str(value)
    return ascii(text if len(text) <= limit else f"{text[:limit]}...")


def brief(text: str, limit: int = 60) -> str:
    """Text for one line, cut where it is longer.

    >>> brief("tanh(z)"), brief("a" * 50, 8)
    ('tanh(z)', 'aaaaa...')
    """
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def shortened(message: str, arguments: Iterable[str]) -> str:
    """The message with every very long argument of the command line cut to its first characters.

    >>> shortened("cannot read " + "x" * 300, ["x" * 300]) == "cannot read " + "x" * 40 + "..."
    True
    """
    for argument in arguments:
        value = argument.partition("=")[2]
        # A path comes back without its last slash.
        for text in (argument, value, str(PurePath(argument)), str(PurePath(value))):
            if len(text) > LONGEST_ARGUMENT:
                message = message.replace(repr(text)[1:-1], text)
                message = message.replace(text, f"{text[:QUOTED]}...")
    return message


def is_typo(value: str, name: str) -> bool:
    """Whether ``value`` can only be a slip of the keyboard for ``name``, and no word with a meaning
    of its own.

    The same letters in another case, or with - for _; one edit (two for a name of 8 letters or
    more), with the first letter and the digits kept, since "unproved" is not "proved" and "float16"
    not "float64". In names of up to four letters only a swap or a doubled letter counts: "sgld" is
    not "sgd".

    >>> is_typo("sqared", "squared"), is_typo("unproved", "proved"), is_typo("float16", "float64")
    (True, False, False)
    >>> is_typo("sdg", "sgd"), is_typo("sgld", "sgd"), is_typo("squared_hinge", "squared")
    (True, False, False)
    """
    given, wanted = (text.lower().replace("-", "_").lstrip("_") for text in (value, name))
    if given == wanted:
        return True
    if not given or not wanted or abs(len(given) - len(wanted)) > 2:
        return False
    if [c for c in given if c.isdigit()] != [c for c in wanted if c.isdigit()]:
        return False
    swapped_start = given[:2] == wanted[1::-1] and given[2:] == wanted[2:]
    if given[0] != wanted[0]:
        return swapped_start
    if min(len(given), len(wanted)) <= 4 and len(wanted) <= 4:
        same_letters = sorted(given) == sorted(wanted) and _edits(given, wanted) == 1
        return same_letters or any(
            given == f"{wanted[: k + 1]}{wanted[k]}{wanted[k + 1 :]}" for k in range(len(wanted))
        )
    return _edits(given, wanted) <= (2 if len(wanted) >= 8 else 1)


def _edits(a: str, b: str) -> int:
    """Insertions, deletions, replacements and swaps of neighbours that turn ``a`` into ``b``."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i in range(1, len(a) + 1):
        before, previous, row = row, before, [i]
        for j in range(1, len(b) + 1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a[i - 1] != b[j - 1]))
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                least = min(least, previous[j - 2] + 1)
            row.append(least)
    return row[-1]


def nearest_name(value: str, allowed: Iterable[str]) -> str | None:
    """The one allowed name that ``value`` is a slip of the keyboard for; None when there is none,
    or several.
    """
    found = [name for name in allowed if is_typo(value[: 2 * QUOTED], name)]
    return found[0] if len(found) == 1 else None


def nearest(value: str, allowed: Iterable[str]) -> str:
    """The end of a sentence about a name that is not allowed: the one it is a typing error for, or
    all of them.

    >>> nearest("sqared", ["squared", "logistic"])
    'did you mean squared?'
    >>> nearest("hinge", ["squared", "logistic"])
    'use one of squared, logistic'
    """
    names = list(allowed)
    near = nearest_name(value, names)
    return f"did you mean {near}?" if near else f"use one of {', '.join(names)}"


# Functions that are one slip away from another one.
OTHERS = frozenset(
    {"glu", "tan", "sec", "csc", "cot", "coth", "csch", "sech", "selu", "celu", "erfi"}
)


def slip(typed: str, names: Iterable[str]) -> str | None:
    """The name that was certainly meant: the typed one but for capitals or one slip of the hand
    inside it.

    A slip is two neighbouring letters swapped, a letter doubled or an inner one missing, and from
    five letters on an inner one wrong or too many; the digits are the same.  That is less than
    `nearest` allows: tan, log10, erfi, selu and coth are the names of other functions than tanh,
    log, erf, silu and cosh, and it is no help to suggest these.

    >>> slip("sofplus", ["softplus", "sigmoid"]), slip("tahn", ["tanh"]), slip("tan", ["tanh"])
    ('softplus', 'tanh', None)
    """
    low = typed.lower()
    by_case = {name.lower(): name for name in names}
    if low in by_case:
        return by_case[low]
    if low in OTHERS:
        return None
    return next((by_case[name] for name in by_case if _slipped(low, name)), None)


def _slipped(typed: str, name: str) -> bool:
    if [c for c in typed if c.isdigit()] != [c for c in name if c.isdigit()] or not typed:
        return False
    swapped = {typed[:i] + typed[i + 1] + typed[i] + typed[i + 2 :] for i in range(len(typed) - 1)}
    doubled = {
        typed[:i] + typed[i + 1 :] for i in range(1, len(typed) - 1) if typed[i] == typed[i + 1]
    }
    if len(name) >= 4 and name in swapped | doubled:
        return True
    if typed[0] != name[0] or typed[-1] != name[-1]:
        return False
    if len(name) >= 4 and typed in {name[:i] + name[i + 1 :] for i in range(1, len(name) - 1)}:
        return True
    if len(name) < 5:
        return False
    if len(typed) == len(name):
        return sum(a != b for a, b in zip(typed, name, strict=True)) == 1
    return name in {typed[:i] + typed[i + 1 :] for i in range(1, len(typed) - 1)}


class ProofkitError(Exception):
    """Base class: the input, not the program, is at fault."""


class InputError(ProofkitError):
    """A file, an option or a number that cannot be used."""


class ParseError(InputError):
    """Text that is not an expression of the grammar; carries the column (1-based)."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"expression, column {column}: {message}")
        self.column = column


class DomainError(InputError):
    """An expression that is not a real number somewhere on the real line."""


class InternalError(Exception):
    """Two independent computations disagree: nothing may be claimed any more."""


def too_many_digits(error: Exception) -> bool:
    """True for Python's refusal to write an integer out, of which nothing but its words tells.

    >>> too_many_digits(ValueError("Exceeds the limit (4300 digits) for integer string conversion"))
    True
    """
    return "for integer string conversion" in str(error)
