"""Blocks of an exposition in HTML: words escaped, formulas as MathML, displays on lines of their
own.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from html import escape, unescape

from markupsafe import Markup

from proofkit import prose
from proofkit.exposition import numbers
from proofkit.exposition.model import Block, Display, Formula, Text

NOTHING = Markup("")
BREAK = "<wbr>"  # between the pieces of a formula
LONG = 40  # characters of LaTeX from which on a formula may be broken


def with_signs(text: object) -> str:
    """Words of a file, such as the name of a column, with the signs of mathematics between them.

    >>> with_signs("bmi <= 25 is -1")
    'bmi \u2264 25 is \u22121'
    """
    out = str(text)
    for typed, sign in ((" <= ", " \u2264 "), (" >= ", " \u2265 "), (" -> ", " \u2192 ")):
        out = out.replace(typed, sign)
    return re.sub(r"(?<![^\s(])-(?=\d)", "\u2212", out)


@lru_cache(maxsize=4096)
def block_html(block: Block) -> Markup:
    """Paragraphs, with displays between them.

    >>> print(block_html((Text("a < b; "), Formula("s>0"))))
    <p>a &lt; b; <math><mrow><mi>s</mi><mo>&#x0003E;</mo><mn>0</mn></mrow></math></p>
    """
    out: list[str] = []
    words: list[Text | Formula] = []

    def close() -> None:
        said = sentence_html(tuple(words)).strip()
        if said:
            out.append(f"<p>{said}</p>")
        words.clear()

    for part in block:
        if isinstance(part, Display):
            close()
            out.append(display_html(part.latex))
        else:
            words.append(part)
    close()
    return Markup("".join(out))  # noqa: S704 - escaped or MathML


@lru_cache(maxsize=8192)
def sentence_html(block: Block) -> Markup:
    """The same within a line; a display is set as a formula."""
    out: list[str] = []
    for k, part in enumerate(block):
        if isinstance(part, Text):
            before = block[k - 1] if k else None
            words = part.content if before is None else _without_stop(before, part.content)
            out.append(escape(with_signs(words)))
        else:
            after = block[k + 1] if k + 1 < len(block) else None
            out.append(_held(part.latex, _stop(after)))
    return Markup("".join(out))  # noqa: S704 - escaped or MathML


def _stop(part: Text | Formula | Display | None) -> str:
    """The punctuation that a text begins with."""
    if not isinstance(part, Text):
        return ""
    return part.content[: len(part.content) - len(part.content.lstrip(",.;:)"))]


def _without_stop(before: Text | Formula | Display, words: str) -> str:
    return words if isinstance(before, Text) else words.lstrip(",.;:)")


def _held(latex: str, stop: str) -> str:
    """A formula with the punctuation behind it, which never begins a line."""
    if not stop:
        return formula_html(latex)
    *first, last = (_math(p) for p in pieces(latex))
    return BREAK.join([*first, f'<span class="held">{last}{escape(stop)}</span>'])


@lru_cache(maxsize=8192)
def formula_html(latex: str) -> Markup:
    """A formula in a line of text, which may be broken at its signs where it is long."""
    return Markup(BREAK.join(_math(p) for p in pieces(latex)))  # noqa: S704 - MathML


@lru_cache(maxsize=8192)
def display_html(latex: str, name: str = "Formula", after: Markup = NOTHING) -> Markup:
    """A formula on a line of its own; where the page is too narrow it is broken at its signs, or
    scrolled.

    ``name`` is what a screen reader calls it, ``after`` (HTML) stands behind it.
    """
    parts = pieces(latex)
    large = BREAK.join(_math(p, display=True) for p in parts)
    # What can be scrolled is reached by keyboard.
    wide = any(len(re.sub(r"\\[A-Za-z]+|[{}^_]", "", p)) > 24 for p in parts)
    focus = f' tabindex="0" role="group" aria-label="{escape(name)}"' if wide else ""
    behind = f' <span class="held">{after}</span>' if after else ""
    return Markup(f'<div class="formula"{focus}>{large}{behind}</div>')  # noqa: S704 - MathML


# Brackets around nothing tall.
_LOW = re.compile(
    r"\\left([(|])((?:(?!\\left|\\right|\\t?frac|\\sum|\\sqrt|\\int).)*)\\right([)|])"
)


@lru_cache(maxsize=8192)
def _math(latex: str, display: bool = False) -> str:
    low = _LOW.sub(r"\1\2\3", latex)
    while low != latex:
        latex, low = low, _LOW.sub(r"\1\2\3", low)
    out = prose.mathml(latex)
    if re.match(r"[-+=<>]|\\(?:le|ge|in|to|sim)(?![a-z])", latex):
        # A sign that begins a piece stands between two terms all the same.
        out = re.sub(r"<mrow><mo[^>]*>", '<mrow><mo form="infix">', out, count=1)
    out = out.replace(' display="inline"', ' displaystyle="true"' if display else "", 1)
    # Signs as themselves, but for those of HTML.
    return re.sub(r"&#x(?!0*(?:26|3C|3E);)[0-9A-Fa-f]+;", lambda m: unescape(m.group()), out)


_MARK = re.compile(
    r"\\(?:left|[Bb]igl|[Bb]iggl)\s*(?:\\[{|]|\\langle|.)"  # an opening bracket of some size
    r"|\\(?:right|[Bb]igr|[Bb]iggr)\s*(?:\\[}|]|\\rangle|.)"
    r"|\\[A-Za-z]+|\\.|."
)
_OPENING = ("(", "[", "{", "\\langle")
_CLOSING = (")", "]", "}", "\\rangle")
_RELATIONS = ("=", "<", ">", "\\le", "\\ge", "\\in", "\\to", "\\sim")


@lru_cache(maxsize=8192)
def pieces(latex: str) -> tuple[str, ...]:
    """A long formula in pieces between which a line may be broken: browsers do not break MathML.

    >>> pieces(r"f(x)+g(y+z)\\ge\\frac{a+b}{c}-d+\\sup_x|x-y|+1+2+3+4")
    ('f(x)', '+g(y+z)', '\\\\ge\\\\frac{a+b}{c}', '-d', '+\\\\sup_x|x-y|', '+1', '+2', '+3', '+4')
    """
    if len(latex) < LONG:
        return (latex,)
    out = [""]
    depth, bars, before = 0, 0, ""
    for match in _MARK.finditer(latex):
        mark = match.group()
        if mark.startswith(("\\left", "\\big", "\\Big")) and not mark.startswith("\\langle"):
            depth += 1 if re.match(r"\\(?:left|[Bb]ig+l)(?![a-z])", mark) else -1
        elif mark.startswith("\\right") and not mark.startswith("\\rightarrow"):
            depth -= 1
        elif mark in _OPENING:
            depth += 1
        elif mark in _CLOSING:
            depth -= 1
        elif mark in ("|", "\\|"):
            bars ^= 1 if mark == "|" else 2
        sign = mark in "+-" and before not in ("", *_RELATIONS, *"^_,+-")
        if depth == 0 and not bars and before and (mark in _RELATIONS or sign):
            out.append("")
        out[-1] += mark
        if not mark.isspace():
            before = mark
        if depth == 0 and not bars and mark in ("\\quad", "\\qquad"):
            out.append("")
            before = ""
    return tuple(p.strip() for p in out if p.strip())


def number_html(value: Fraction, direction: int, digits: int) -> Markup:
    """A number rounded up (direction 1) or down (-1): 0.0425, or 1.2 times a power of ten."""
    text = numbers.latex(value, direction, digits).replace("-", "\u2212")
    text = re.sub(r"10\^\{([^}]*)\}", r"10<sup>\1</sup>", text).replace(r"\cdot", "\u00b7")
    return Markup(text)  # noqa: S704 - digits


def interval_html(lo: Fraction | None, hi: Fraction | None, digits: int) -> Markup:
    """An enclosure, rounded outwards: one number where both ends are the same, else the two ends;
    nothing for a symbol.

    >>> print(interval_html(Fraction(1), Fraction(1), 4), interval_html(Fraction(1, 3), Fraction(1, 2), 4))
    1 [0.3333, 0.5]
    """
    if lo is None or hi is None:
        return Markup("")
    least, most = number_html(lo, -1, digits), number_html(hi, 1, digits)
    return least if least == most else Markup(f"[{least}, {most}]")  # noqa: S704 - digits
