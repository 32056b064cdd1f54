"""Any text as LaTeX text: special characters escaped, letters of all scripts as the engine can set
them.

XeTeX and LuaTeX set a character that the current font has.  Elsewhere a character is set by its
LaTeX command where there is one, and shown as its code (U+0416) where there is none: never an
error.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

_SPECIAL: Mapping[str, str] = MappingProxyType(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "$": r"\$",
        "&": r"\&",
        "#": r"\#",
        "_": r"\_",
        "%": r"\%",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\ensuremath{<}",
        ">": r"\ensuremath{>}",
        "|": r"\ensuremath{|}",
    }
)
# Commands that every encoding of the LaTeX kernel has.
_NAMED: Mapping[str, str] = MappingProxyType(
    {
        "\u20ac": r"\texteuro{}",
        "\u00a3": r"\pounds{}",
        "\u00a5": r"\textyen{}",
        "\u00a2": r"\textcent{}",
        "\u00b0": r"\textdegree{}",
        "\u00a7": r"\S{}",
        "\u00b6": r"\P{}",
        "\u00a9": r"\copyright{}",
        "\u00ae": r"\textregistered{}",
        "\u2122": r"\texttrademark{}",
        "\u00df": r"\ss{}",
        "\u00e6": r"\ae{}",
        "\u00c6": r"\AE{}",
        "\u0153": r"\oe{}",
        "\u0152": r"\OE{}",
        "\u00f8": r"\o{}",
        "\u00d8": r"\O{}",
        "\u0142": r"\l{}",
        "\u0141": r"\L{}",
        "\u00e5": r"\aa{}",
        "\u00c5": r"\AA{}",
        "\u0131": r"\i{}",
        "\u00a1": r"\textexclamdown{}",
        "\u00bf": r"\textquestiondown{}",
        "\u2013": "--",
        "\u2014": "---",
        "\u2018": "`",
        "\u2019": "'",
        "\u201c": "``",
        "\u201d": "''",
        "\u2026": r"\dots{}",
        "\u00a0": "~",
        "\u00b1": r"\ensuremath{\pm}",
        "\u00d7": r"\ensuremath{\times}",
        "\u00f7": r"\ensuremath{\div}",
        "\u00b7": r"\ensuremath{\cdot}",
        "\u00b9": r"\ensuremath{^1}",
        "\u00b2": r"\ensuremath{^2}",
        "\u00b3": r"\ensuremath{^3}",
        "\u2212": r"\ensuremath{-}",
        "\u2264": r"\ensuremath{\le}",
        "\u2265": r"\ensuremath{\ge}",
        "\u2260": r"\ensuremath{\ne}",
        "\u2248": r"\ensuremath{\approx}",
        "\u2192": r"\ensuremath{\to}",
        "\u221e": r"\ensuremath{\infty}",
        "\u00b5": r"\ensuremath{\mu}",
        **{
            letter: rf"\ensuremath{{\{name}}}"
            for letter, name in zip(
                "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ",
                [
                    "alpha",
                    "beta",
                    "gamma",
                    "delta",
                    "varepsilon",
                    "zeta",
                    "eta",
                    "theta",
                    "iota",
                    "kappa",
                    "lambda",
                    "mu",
                    "nu",
                    "xi",
                    "pi",
                    "rho",
                    "sigma",
                    "tau",
                    "upsilon",
                    "varphi",
                    "chi",
                    "psi",
                    "omega",
                    "Gamma",
                    "Delta",
                    "Theta",
                    "Lambda",
                    "Xi",
                    "Pi",
                    "Sigma",
                    "Phi",
                    "Psi",
                    "Omega",
                ],
                strict=True,
            )
        },
    }
)
_ACCENTS: Mapping[str, str] = MappingProxyType(
    {
        "\u0300": "`",
        "\u0301": "'",
        "\u0302": "^",
        "\u0303": "~",
        "\u0304": "=",
        "\u0306": "u",
        "\u0307": ".",
        "\u0308": '"',
        "\u030a": "r",
        "\u030b": "H",
        "\u030c": "v",
        "\u0327": "c",
        "\u0323": "d",
        "\u0331": "b",
    }
)
_LONG_WORD = re.compile(r"[^\s]{18}")


def escape(text: object) -> str:
    r"""Any text as LaTeX text that runs no command of its own.

    >>> escape("50% of \\input")
    '50\\% of \\textbackslash{}input'
    """
    return "".join(_character(ch) for ch in str(text))


def breakable(text: object) -> str:
    """Escaped text in which long words (file names, fractions, hashes) may be broken."""
    if not _LONG_WORD.search(str(text)):
        return escape(text)
    marked = re.sub(r"(?<=[,=*/+;:()_.-])(?=\S)", "\0", str(text).replace("\0", "\ufffd"))
    marked = re.sub(r"([^\s\0]{12})(?=[^\s\0])", "\\1\0", marked)
    return r"\allowbreak{}".join(escape(piece) for piece in marked.split("\0"))


def escape_ascii(text: object) -> str:
    """The same with codes for all letters but ASCII: for notebooks, whose MathJax knows no macro of
    ours.

    >>> escape_ascii("5 \u20ac & more")
    '5 {\\\\ttfamily U+20AC} \\\\& more'
    """
    return "".join(
        _SPECIAL.get(ch, ch) if " " <= ch <= "~" else " " if ch in "\n\t" else _code(ch)
        for ch in str(text)
    )


def label(name: str) -> str:
    """A name for \\label: letters, digits and hyphens."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:80] or "certificate"


def plain(text: object) -> str:
    """The text for the bookmarks of a PDF: printable ASCII without special characters."""
    return "".join(
        ch if " " <= ch <= "~" and ch not in _SPECIAL else " " if ch in "_\n\t" else "?"
        for ch in str(text)
    )


def _character(ch: str) -> str:
    if ch in _SPECIAL:
        return _SPECIAL[ch]
    if " " <= ch <= "~":
        return ch
    if ch in "\n\t":
        return " "
    code = _code(ch)
    if unicodedata.category(ch)[0] not in "LNPS" and ch != "\u00a0":
        return code  # controls, marks without a letter, spaces that would not be seen
    return rf"\pkletter{{{ord(ch):04X}}}{{{_NAMED.get(ch) or _accented(ch) or code}}}"


def _code(ch: str) -> str:
    return rf"{{\ttfamily U+{ord(ch):04X}}}"


def _accented(ch: str) -> str:
    """A Latin letter with one accent; nothing for others."""
    parts = unicodedata.normalize("NFD", ch)
    if len(parts) != 2 or parts[1] not in _ACCENTS or not ("A" <= parts[0] <= "z"):
        return ""
    letter = {"i": r"\i", "j": r"\j"}.get(parts[0], parts[0])
    if parts[1] in "\u0327\u0323\u0331":  # below the letter, where the dot of an i stays
        letter = parts[0]
    return rf"\{_ACCENTS[parts[1]]}{{{letter}}}"
