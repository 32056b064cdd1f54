"""Blocks as plain text: the LaTeX of this package in Unicode, for terminals and ``str``.

Only the small part of LaTeX that this package writes is known; an unknown command raises, so that a
new one is noticed by the tests and not by a reader.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from unicodedata import category

from proofkit.exposition.model import Block, Display, Formula

_GREEK = dict(
    zip(
        [
            "alpha",
            "beta",
            "gamma",
            "delta",
            "varepsilon",
            "zeta",
            "eta",
            "theta",
            "vartheta",
            "kappa",
            "lambda",
            "mu",
            "nu",
            "xi",
            "pi",
            "rho",
            "varsigma",
            "sigma",
            "tau",
            "varphi",
            "chi",
            "psi",
            "omega",
            "Gamma",
            "Delta",
            "Theta",
            "Lambda",
            "Xi",
            "Sigma",
            "Phi",
            "Psi",
            "Omega",
        ],
        "αβγδεζηθϑκλμνξπρςστφχψωΓΔΘΛΞΣΦΨΩ",
        strict=True,
    )
)
_SIGNS: Mapping[str, str] = MappingProxyType(
    {
        **_GREEK,
        "ell": "ℓ",
        "nabla": "∇",
        "partial": "∂",
        "infty": "∞",
        "le": " ≤ ",
        "ge": " ≥ ",
        "ne": " ≠ ",
        "in": " ∈ ",
        "notin": " ∉ ",
        "to": " → ",
        "sim": " ~ ",
        "approx": " ≈ ",
        "pm": " ± ",
        "times": " × ",
        "odot": " ⊙ ",
        "cdot": "·",
        "dots": "...",
        "ldots": "...",
        "sum": " Σ",
        "int": " ∫",
        "langle": "⟨",
        "rangle": "⟩",
        "mid": " | ",
        "quad": "  ",
        "qquad": "  ",
        ",": " ",
        ";": " ",
        ":": " ",
        "!": "",
        " ": " ",
        "|": "‖",
        "{": "{",
        "}": "}",
        "colon": ": ",
        "setminus": " \\ ",
    }
)
_WORDS = frozenset(
    [
        "exp",
        "log",
        "tanh",
        "sinh",
        "cosh",
        "sin",
        "cos",
        "arctan",
        "max",
        "min",
        "sup",
        "inf",
        "lim",
        "det",
        "diag",
        "sign",
    ]
)
_SIZES = frozenset(
    ["left", "right", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "displaystyle", "textstyle"]
)
_STYLES = frozenset(
    ["mathrm", "operatorname", "mathsf", "mathbf", "mathcal", "text", "textup", "boldsymbol"]
)
_LETTERS = MappingProxyType({"R": "ℝ", "E": "E", "P": "P", "N": "ℕ", "Z": "ℤ"})
_ACCENTS = MappingProxyType(
    {"bar": "\u0304", "tilde": "\u0303", "hat": "\u0302", "dot": "\u0307", "ddot": "\u0308"}
)
_RAISED = MappingProxyType(dict(zip("0123456789+-n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", strict=True)))
# What may stand below a fraction bar without brackets.
_SIMPLE = re.compile(
    r"\d+|[^\W\d_]'*(_\w+)?[⁰¹²³⁴⁵⁶⁷⁸⁹]*|√?\([^()]*\)|√\w|‖[^‖]*‖(_\w)?", re.UNICODE
)
_AFTER_A_TERM = frozenset(
    [
        "+",
        "-",
        "=",
        "<",
        ">",
        ",",
        ".",
        ";",
        ")",
        "]",
        "}",
        "&",
        "\\le",
        "\\ge",
        "\\in",
        "\\to",
        "\\right",
        "\\bigr",
        "\\Bigr",
        "\\|",
        "\\quad",
        "\\qquad",
    ]
)
_TOKEN = re.compile(r"\\(?P<command>[A-Za-z]+|.)|(?P<space>\s+)|(?P<sign>.)", re.DOTALL)


@lru_cache(maxsize=4096)
def formula(latex: str) -> str:
    """A formula of this package in Unicode, on one line; ValueError for a command not known here.

    >>> formula(r"\\frac{G+\\sqrt{s(K+\\lambda N+M)}}{\\lambda}")
    '(G + √(s(K + λN + M)))/λ'
    """
    # The limits of a sum over all samples, units or weights go without saying.
    latex = re.sub(r"\\sum_\{([a-z])=1\}\^[a-z]", r"\\sum_\1", latex)
    tokens = [
        (m.group("command") and "\\" + m["command"]) or m.group() for m in _TOKEN.finditer(latex)
    ]
    text, rest = _row(tokens, 0)
    if rest != len(tokens):
        raise ValueError(f"a closing brace without a partner in {latex!r}")
    text = re.sub(r"(?<=[(\[⟨]) +", "", re.sub(r" +", " ", text))
    return re.sub(r" +(?=[,;)\]]|\.(?!\.))", "", text).strip()


def _row(tokens: list[str], k: int) -> tuple[str, int]:
    """What stands up to the end or a closing brace."""
    out: list[str] = []
    lowered = False  # whether the last piece was a subscript
    while k < len(tokens) and tokens[k] != "}":
        mark = tokens[k]
        piece, k = _piece(tokens, k, out)
        if lowered and mark != "^" and _joins(out, piece):
            out.append(" ")
        if not mark.isspace():
            out.append(piece)
            lowered = mark == "_" or (lowered and mark == "^")
    return "".join(out), k


def _joins(before: list[str], piece: str) -> bool:
    """True when a piece after a subscript would read as part of it, or of the sign that it belongs
    to.
    """
    sign = before[-2].strip() if len(before) > 1 else ""
    return piece[:1].isalnum() or (
        sign in ("Σ", "∫", "∇", *_WORDS) and piece[:1] in ("(", "[", "|", "‖", "⟨", "√", "∇")
    )


def _piece(tokens: list[str], k: int, before: list[str]) -> tuple[str, int]:
    mark = tokens[k]
    if mark in ("^", "_"):
        script, k = _argument(tokens, k + 1)
        # What is summed stands apart from the index of the sum.
        return _script(mark, script) + (" " if before and before[-1].endswith("Σ") else ""), k
    if mark in ("+", "-", "=", "<", ">"):
        return _spaced(mark, before), k + 1
    if mark == "&" or mark.isspace():
        return "", k + 1
    if mark == "{":
        inner, k = _row(tokens, k + 1)
        return inner, _closed(tokens, k)
    if not mark.startswith("\\"):
        return (f"{mark} " if mark in ",:" else mark), k + 1
    name = mark[1:]
    if name in ("frac", "tfrac", "dfrac"):
        top, k = _argument(tokens, k + 1)
        bottom, k = _argument(tokens, k)
        text = f"{_bracketed(top, '+-/')}/{bottom if _SIMPLE.fullmatch(bottom) else f'({bottom})'}"
        return (text if _ends(tokens, k, before) else f"({text}) "), k
    if name == "sqrt":
        inner, k = _argument(tokens, k + 1)
        return f"√{inner}" if len(inner) == 1 else f"√({inner})", k
    if name == "mathbb":
        letter, k = _argument(tokens, k + 1)
        scripted = k < len(tokens) and tokens[k] == "_"
        return _LETTERS[letter] + (" " if letter in "EP" and not scripted else ""), k
    if name in _STYLES:
        word, k = _argument(tokens, k + 1)
        return _apart(word, before), k
    if name in _ACCENTS:
        letter, k = _argument(tokens, k + 1)
        return letter + _ACCENTS[name], k
    if name in _SIZES:
        following = tokens[k + 1] if k + 1 < len(tokens) else ""
        return "", k + (2 if following == "." else 1)
    if name == "not":
        relation, k = _piece(tokens, k + 1, before)
        return f" {relation.strip()}\u0338 ", k
    if name in _WORDS:
        return _function(tokens, k, before)
    if name in _SIGNS:
        opened = name in ("sum", "int") and _opens("".join(before).rstrip())
        return _SIGNS[name].lstrip() if opened else _SIGNS[name], k + 1
    raise ValueError(f"the command {mark} is not known here")


def _apart(word: str, before: list[str]) -> str:
    """A word after a letter or digit stands apart from it."""
    return f" {word}" if len(word) > 1 and "".join(before)[-1:].isalnum() else word


def _function(tokens: list[str], k: int, before: list[str]) -> tuple[str, int]:
    """log, sup, ... with the fraction it applies to in brackets."""
    name = _apart(tokens[k][1:], before)
    k += 1
    if k < len(tokens) and tokens[k] in ("\\frac", "\\tfrac"):
        argument, k = _piece(tokens, k, [])
        argument = argument.strip()
        return name + (argument if argument.startswith("(") else f"({argument})"), k
    opens = k < len(tokens) and tokens[k] in ("(", "_", "^", "\\left", "\\bigl", "\\Bigl")
    return name if opens else f"{name} ", k


def _ends(tokens: list[str], k: int, before: list[str]) -> bool:
    """True when no factor follows, so that a fraction is read as a whole without brackets."""
    while k < len(tokens) and (tokens[k].isspace() or tokens[k] in ("\\,", "\\!", "\\;")):
        k += 1
    if k < len(tokens) and tokens[k] == "\\|":
        # A norm that was opened is closed here; else one begins, as a factor.
        return "".join(before).count("‖") % 2 == 1
    return k == len(tokens) or tokens[k] in _AFTER_A_TERM


def _closed(tokens: list[str], k: int) -> int:
    if k == len(tokens):
        raise ValueError("an opening brace without a partner")
    return k + 1


def _argument(tokens: list[str], k: int) -> tuple[str, int]:
    """The group or the single token after a command."""
    while k < len(tokens) and tokens[k].isspace():
        k += 1
    if k == len(tokens):
        raise ValueError("a command without its argument")
    if tokens[k] == "{":
        inner, k = _row(tokens, k + 1)
        return inner.strip(), _closed(tokens, k)
    piece, k = _piece(tokens, k, [])
    return piece.strip(), k


def _spaced(sign: str, before: list[str]) -> str:
    """A sign between two terms has spaces around it; one in front of a term has none."""
    text = "".join(before).rstrip()
    if sign in "+-" and (not text or _opens(text)):
        return sign
    return f" {sign} "


def _opens(text: str) -> bool:
    """True when a bracket, a bar or a relation at the end of a text waits for a term."""
    last = text[-1:]
    return last in tuple("([{,=≤≥<>→∈/~≈⟨") or (last in ("|", "‖") and text.count(last) % 2 == 1)


def _script(kind: str, inner: str) -> str:
    if kind == "^":
        if inner == "'":
            return "'"
        if inner == "T":
            return "ᵀ"
        compact = inner.replace(" ", "")
        if all(ch in _RAISED for ch in compact):
            return "".join(_RAISED[ch] for ch in compact)
    if len(inner) == 1:
        return kind + inner
    if kind == "^":
        return f"^{inner}" if _is_bracketed(inner) else f"^({inner})"
    return (
        f"{kind}{inner} "
        if inner.isalpha() and inner.isascii() and len(inner) > 2
        else (f"{kind}{inner}" if inner.isalnum() else f"{kind}({inner})")
    )


def _is_bracketed(text: str) -> bool:
    """True for (...) whose brackets belong to each other."""
    return text.startswith("(") and text.endswith(")") and ")" not in text[1:-1]


def _bracketed(text: str, marks: str) -> str:
    """In brackets when a sign stands outside the brackets of the text."""
    depth = 0
    for ch in text:
        depth += (ch in "([{⟨") - (ch in ")]}⟩")
        if depth == 0 and ch in marks:
            return f"({text})"
    return text


def visible(text: str) -> str:
    """Text that may come from a file, without what would move the cursor or turn the writing round.

    >>> visible("age\\x1b[2J \\u202e\\nTHEOREM")
    'age\\\\x1b[2J \\\\u202e\\\\nTHEOREM'
    """
    return "".join(c if c.isprintable() or category(c) == "Zs" else ascii(c)[1:-1] for c in text)


def plain(parts: Block, indent: str = "    ") -> str:
    """A block as text; a display stands on a line of its own."""
    out: list[str] = []
    for part in parts:
        if isinstance(part, Display):
            out.append(f"\n{indent}{formula(part.latex)}\n")
        elif isinstance(part, Formula):
            out.append(formula(part.latex))
        else:
            out.append(visible(part.content))
    # Words around a display stand on lines of their own, without spaces at the ends.
    lines = "".join(out).split("\n")
    kept = [line.rstrip() if line.startswith(indent) else line.strip() for line in lines]
    return "\n".join(line for line in kept if line)
