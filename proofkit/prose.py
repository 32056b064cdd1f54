"""Sentences with mathematics in plain text ("for every lambda > 0, ||W||_F -> oo") set as text and
formulas.

The words come from certificates and theorem files, so from strangers: whatever is not
one of the tokens below stays text, and a formula is built from these tokens only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from types import MappingProxyType

GREEK = (
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "eta",
    "kappa",
    "lambda",
    "mu",
    "nu",
    "xi",
    "pi",
    "rho",
    "sigma",
    "tau",
    "chi",
    "omega",
)
_WORDS: Mapping[str, str] = MappingProxyType(
    {
        **{name: rf"\{'varepsilon' if name == 'epsilon' else name}" for name in GREEK},
        "phi": r"\varphi",
        "l1": r"\ell'_{\max}",
        "l2": r"\ell''_{\max}",
        "grad": r"\nabla ",
        "Laplacian": r"\Delta ",
        "oo": r"\infty",
        "sqrt": r"\sqrt",
        "exp": r"\exp",
        "log": r"\log",
        "min": r"\min",
        "max": r"\max",
        "sup": r"\sup",
        "inf": r"\inf",
        "tanh": r"\tanh",
        "sin": r"\sin",
        "cos": r"\cos",
        "sum": r"\sum",
        "eps": r"\varepsilon",
        "gLip": r"\mathrm{gLip}",
        "Lambda": r"\Lambda",
        "osc": r"\mathrm{osc}",
        "dt": "dt",
        "dW": "dW",
        "dB": "dB",
        "pd": "pd",
        "period": r"\mathrm{period}",
    }
)
# Constants of the loss whose name is none of a letter and its index.
_OF_LOSS: Mapping[str, str] = MappingProxyType(
    {
        "l_inf": r"\ell_-",
        "l_0": r"\varphi(0)",
        "h_omega": r"h_\varphi",
        "slope_0": r"|\varphi'(0)|",
    }
)
# Words of mathematics that are English words, too: only beside another token of mathematics.
_WEAK = frozenset(
    {"min", "max", "sup", "inf", "log", "exp", "grad", "Laplacian", "sqrt", "sin", "cos", "sum"}
)
_OPERATORS: Mapping[str, str] = MappingProxyType(
    {
        "->": r"\to ",
        ">=": r"\ge ",
        "<=": r"\le ",
        "+-": r"\pm ",
        "||": r"\|",
        "..": r"\dots ",
        "<": "<",
        ">": ">",
        "=": "=",
        "+": "+",
        "-": "-",
        "*": r"\,",
        "/": "/",
        "^": "^",
        "|": "|",
        "'": "'",
        "~": r"\sim ",
    }
)
_TOKEN = re.compile(
    r"(?P<angle><(?=[A-Za-z][^<>=]{0,20},[^<>=]{1,12}>))|(?P<word>[A-Za-z]+\d*(?:_(?:[A-Za-z0-9]+|\([^()]{1,12}\)))?)|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<op>->|>=|<=|\+-|\.\.|\|\|(?:_[A-Za-z0-9]{1,3})?|[-<>=+*/^|'~])|(?P<open>[(\[{])"
    r"|(?P<close>[)\]}])|(?P<comma>,)|(?P<space> +)|(?P<other>.)",
    re.DOTALL | re.ASCII,
)
LONGEST = 4000
# Single letters that stand for something of the setting; the article "a" and the pronoun "I" are
# told apart by what follows.
_LETTERS = frozenset("nNpdsrtuvxyzwWLRMUVKCDABGHSTFJQbfhklqcmij")
_ARTICLE_FREE = frozenset({"and", "or", "are", "in", "is", "with", "of", "on", "do", "fixed"})


@dataclass(frozen=True)
class Run:
    """A piece of a sentence: ``text`` as it is, or a formula in LaTeX."""

    content: str
    math: bool


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    latex: str | None  # None: not mathematics by itself


def _subscript(word: str) -> str | None:
    """a_1, W_k, rho_0, W_(k+1), a_inf in LaTeX; None for other words with an underscore."""
    if word in _OF_LOSS:
        return _OF_LOSS[word]
    head, _, tail = word.partition("_")
    if head == "E":
        return rf"\mathbb E_{{{_WORDS.get(tail, tail)}}}" if tail in GREEK else None
    stem = _WORDS.get(head) if len(head) > 1 else head
    if stem is None or not (len(head) == 1 or head in GREEK or head in ("eps", "sum", "Lambda")):
        return None
    if tail.startswith("("):
        inner = tail[1:-1]
        return f"{stem}_{{{inner}}}" if re.fullmatch(r"[a-zA-Z0-9+\-]+", inner) else None
    if tail == "inf":
        return rf"{stem}_\infty"
    if tail in GREEK:
        return rf"{stem}_{_WORDS[tail]}"
    if tail in ("lo", "hi"):
        return f"{stem}_{'-' if tail == 'lo' else '+'}"
    return f"{stem}_{{{tail}}}" if len(tail) <= 3 else None


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    inner = False  # inside <u, v>
    for m in _TOKEN.finditer(text):
        kind, piece = str(m.lastgroup), m.group()
        latex: str | None = None
        if kind == "angle" or (piece == ">" and inner):
            inner = kind == "angle"
            found.append(
                _Token("open" if inner else "close", piece, r"\langle " if inner else r"\rangle ")
            )
            continue
        if kind == "word":
            if "_" in piece:
                latex = _subscript(piece)
            elif len(piece) == 1:
                latex = (
                    r"\ell"
                    if piece == "l"
                    else piece
                    if piece in _LETTERS or piece in "aEI"
                    else None
                )
            elif re.fullmatch(r"[A-Z]\d", piece):
                latex = None if piece[0] == "V" else f"{piece[0]}_{piece[1]}"
            else:
                latex = _WORDS.get(piece)
        elif kind == "number":
            latex = piece
        elif kind == "op":
            latex = _OPERATORS[piece] if piece in _OPERATORS else rf"\|_{{{piece[3:]}}}"
        elif kind in ("open", "close"):
            latex = rf"\{piece}" if piece in "{}" else piece
        elif kind == "comma":
            latex = ","
        elif kind == "space":
            latex = " "
        found.append(_Token(kind, piece, latex))
    return found


def _neighbour(tokens: list[_Token], k: int) -> _Token | None:
    """The next token that is no space."""
    return next((t for t in tokens[k + 1 :] if t.kind != "space"), None)


def _begins_sentence(tokens: list[_Token], k: int) -> bool:
    """True for the first word of a text, of a sentence or of a bracket."""
    before = k - 1
    while before >= 0 and tokens[before].kind in ("space", "close"):
        before -= 1
    if before < 0 or tokens[before].kind == "open":
        return True
    return tokens[before].text.rstrip().endswith((".", ":"))


def _is_noun_phrase(after: _Token | None) -> bool:
    """True for a word after which a letter A before it is an article."""
    return (
        after is not None
        and after.kind == "word"
        and len(after.text) > 1
        and after.latex is None
        and after.text not in _ARTICLE_FREE
    )


def _atoms(tokens: list[_Token]) -> list[_Token]:
    """The tokens again, with letters and weak words that are English here taken for text."""
    out: list[_Token] = []
    for k, t in enumerate(tokens):
        after = _neighbour(tokens, k)
        keep = True
        if t.text == "a" or (t.text == "A" and _begins_sentence(tokens, k)):
            keep = not _is_noun_phrase(after)
        elif t.text == "I":
            keep = after is not None and after.kind == "close"
        elif t.text == "E":
            keep = after is not None and (
                after.text in ("L", "r", "+") or after.kind in ("close", "op")
            )
        elif t.text == "period":
            keep = k > 0 and tokens[k - 1].text == "*"
        elif t.text in _WEAK:
            keep = after is not None and (
                after.kind == "open"
                or after.text.startswith("|")
                or (after.latex is not None and after.kind == "word")
            )
        elif t.text == "-":
            # A hyphen inside a word, or a dash.
            glued = (
                tokens[k - 1 : k]
                and tokens[k - 1].kind == "word"
                and k + 1 < len(tokens)
                and tokens[k + 1].kind == "word"
            )
            keep = not glued or (
                tokens[k - 1].latex is not None and tokens[k + 1].latex is not None
            )
        elif t.text == "'":
            keep = (
                k > 0
                and tokens[k - 1].latex is not None
                and tokens[k - 1].kind in ("word", "op")
                and tokens[k - 1].text != "-"
            )
        if t.text == "E" and keep and after is not None and after.text in ("L", "r"):
            out.append(_Token(t.kind, t.text, r"\mathbb E "))
            continue
        if (
            len(t.text) == 1
            and t.kind == "word"
            and k > 1
            and tokens[k - 1].text == "'"
            and tokens[k - 2].latex is None
        ):
            keep = False  # the s of a genitive
        if t.text == "R" and (
            (after is not None and after.text == "^") or (k > 1 and tokens[k - 2].text == "on")
        ):
            out.append(_Token(t.kind, t.text, r"\mathbb R"))
            continue
        out.append(t if keep else _Token("other", t.text, None))
    return out


def _balanced(tokens: list[_Token]) -> bool:
    depth = 0
    for t in tokens:
        depth += (t.kind == "open") - (t.kind == "close")
        if depth < 0:
            return False
    return depth == 0


def _trimmed(tokens: list[_Token]) -> tuple[str, list[_Token], str]:
    """What a formula neither begins nor ends in, as text before and after the rest."""
    first, last = 0, len(tokens)
    while first < last:
        loose = not _balanced(tokens[first:last])
        if _trailing(tokens[last - 1]) or (tokens[last - 1].kind in ("open", "close") and loose):
            last -= 1
        elif _leading(tokens[first]) or (tokens[first].kind in ("open", "close") and loose):
            first += 1
        else:
            break
    before, after = tokens[:first], tokens[last:]
    return "".join(t.text for t in before), tokens[first:last], "".join(t.text for t in after)


def _words(text: str) -> list[_Token]:
    return [_Token("other", text, None)] if text else []


def _unmatched(tokens: list[_Token]) -> int:
    """Where the bracket is that has no partner: the first one that closes too much, else the last
    one left open.
    """
    opened: list[int] = []
    for k, t in enumerate(tokens):
        if t.kind == "open":
            opened.append(k)
        elif t.kind == "close":
            if not opened:
                return k
            opened.pop()
    return opened[-1]


def _formula(tokens: list[_Token]) -> str:
    """One formula from tokens of mathematics; powers and roots take what follows into a group."""
    out: list[str] = []
    k = 0
    while k < len(tokens):
        t = tokens[k]
        latex = t.latex or ""
        if t.text in ("^", "sqrt") and k + 1 < len(tokens):
            group, k = _group(tokens, k + 1)
            out.append(f"{latex}{{{group}}}")
            continue
        if (
            t.text == "x"
            and out
            and k + 1 < len(tokens)
            and tokens[k - 1].kind == "space"
            and tokens[k + 1].kind == "space"
        ):
            latex = r"\times "
        out.append(latex)
        if latex.startswith("\\") and latex[-1:].isalpha():
            out.append(" ")
        k += 1
    return re.sub(r" +", " ", "".join(out)).strip()


def _group(tokens: list[_Token], k: int) -> tuple[str, int]:
    """What an exponent or a root applies to, without its parentheses, and where it ends."""
    if tokens[k].kind != "open":
        sign = tokens[k].text == "-" and k + 1 < len(tokens)
        end = k + (2 if sign else 1)
        return _formula(tokens[k:end]), end
    depth, end = 0, k
    while end < len(tokens):
        depth += (tokens[end].kind == "open") - (tokens[end].kind == "close")
        end += 1
        if depth == 0:
            break
    return _formula(tokens[k + 1 : end - 1]), end


def _trailing(t: _Token) -> bool:
    """What a formula does not end in."""
    return t.kind in ("space", "comma") or (t.kind == "op" and not t.text.startswith(("|", "'")))


def _leading(t: _Token) -> bool:
    """What a formula does not begin with."""
    return t.kind in ("space", "comma", "close") or (
        t.kind == "op" and not t.text.startswith(("|", "-"))
    )


def _strong(tokens: list[_Token]) -> bool:
    """A run is a formula only when it holds a letter or an operator between numbers, and no words."""
    return all(t.latex is not None for t in tokens) and any(
        t.kind == "word" or (t.kind == "op" and t.text not in ("-", "/", "'", "|", "~", ".."))
        for t in tokens
    )


@lru_cache(maxsize=1024)
def runs(text: str) -> tuple[Run, ...]:
    """The sentence as alternating text and formulas; every character of the text is in some run.

    Text of more than ``LONGEST`` characters is no sentence of ours and stays text.
    """
    if len(text) > LONGEST:
        return (Run(text, False),)
    out: list[Run] = []
    current: list[_Token] = []

    def say(content: str, math: bool) -> None:
        if content:
            if out and not math and not out[-1].math:
                out[-1] = Run(out[-1].content + content, False)
            else:
                out.append(Run(content, math))

    def flush() -> None:
        nonlocal current
        pending: list[list[_Token]] = [current]  # the next one last
        current = []
        while pending:
            tokens = pending.pop()
            head, tokens, tail = _trimmed(tokens)
            say(head, False)
            if not _balanced(tokens):
                # "s >= 1/4 (4 for the other loss)": the bracket belongs to the words, and parts two
                # formulas.
                k = _unmatched(tokens)
                bracket = _Token("other", tokens[k].text, None)
                pending += [_words(tail), tokens[k + 1 :], [bracket], tokens[:k]]
                continue
            said = "".join(t.text for t in tokens)
            strong = bool(tokens) and _strong(tokens)
            say(_formula(tokens) if strong else said, strong)
            say(tail, False)

    for t in _atoms(_tokens(text)):
        if t.latex is None:
            flush()
            say(t.text, False)
        elif (
            t.kind == "comma"
            and sum((x.kind == "open") - (x.kind == "close") for x in current) <= 0
        ):
            # A comma outside brackets separates formulas, so that lines may be broken there.
            flush()
            say(t.text, False)
        else:
            current.append(t)
    flush()
    return tuple(out)


# What browsers lay out from MathML Core: letters of their own instead of most variants, spacing by
# form.
_VARIANTS: Mapping[str, str] = MappingProxyType(
    {
        '<mi mathvariant="double-struck">R</mi>': "<mi>\u211d</mi>",
        '<mi mathvariant="double-struck">E</mi>': "<mi>\U0001d53c</mi>",
        '<mi mathvariant="sans-serif">T</mi>': '<mi mathvariant="normal">T</mi>',
        "<mo>&#x0221E;</mo>": "<mi>&#x0221E;</mi>",
        "<mi>&#x00394;</mi>": '<mi mathvariant="normal">&#x00394;</mi>',
        "<mi>&#x0039B;</mi>": '<mi mathvariant="normal">&#x0039B;</mi>',
        "<mo>/</mo>": '<mo lspace="0" rspace="0">/</mo>',
        "<mo>&#x0002F;</mo>": '<mo lspace="0" rspace="0">/</mo>',
        '<mo stretchy="false">|</mo>': '<mo stretchy="false" lspace="0" rspace="0">|</mo>',
        '<mo stretchy="false">&#x0007C;</mo>': '<mo stretchy="false" lspace="0" rspace="0">|</mo>',
        ' fence="true"': ' fence="true" lspace="0" rspace="0"',
        # The bar of the fonts is a hair line that screens lose.
        '<mo stretchy="true">&#x000AF;</mo>': '<mo stretchy="true">&#x0203E;</mo>',
        **{
            f"<mo>{name}</mo>": f'<mo form="prefix" lspace="0.17em" rspace="0.17em">{name}</mo>'
            for name in ("sup", "inf", "max", "min", "lim")
        },
    }
)
# A prime of the fonts is raised already: a superscript would raise it twice.
_PRIMES = r"<mi>((?:&#x0203[234];)|&#x02057;)</mi>"
_PRIMED = re.compile(rf"<msup>(<mi>[^<]*</mi>){_PRIMES}</msup>")
_PRIMED_AND_LOW = re.compile(
    rf"<msubsup>(<mi>[^<]*</mi>)(<mi>[^<]*</mi>|<mrow>(?:<m[ion][^>]*>[^<]*</m[ion]>)+</mrow>){_PRIMES}</msubsup>"
)
# A function with its argument in no brackets, as in sin z.
_FUNCTION = r"<mi>(?:arctan|cos|cosh|exp|log|sin|sinh|tan|tanh)</mi>"
_BARE_FUNCTION = re.compile(rf"({_FUNCTION})(?=<m[in]>)")
_FACTOR_OF_FUNCTION = re.compile(rf"(<m[in]>[^<]*</m[in]>)(?={_FUNCTION})")
# A sign in front of a term: after an opening bracket, a relation, an arrow or a comma.
_SIGN = re.compile(
    r"(<mo[^>]*>(?:&#x0(?:0028|003D|2265|2264|002C|005B|007B|2192|2248|2208|003C|003E);|[(\[{=,\u2192])</mo>|<mrow>)"
    r"<mo>(&#x02212;|&#x0002D;|&#x0002B;|[-+])</mo>"
)


@lru_cache(maxsize=4096)
def mathml(latex: str, display: bool = False) -> str:
    """A formula of proofkit's own (never text from a file) as MathML."""
    from latex2mathml.converter import convert

    out = convert(latex, display="block" if display else "inline").replace(
        ' xmlns="http://www.w3.org/1998/Math/MathML"', ""
    )
    for old, new in _VARIANTS.items():
        out = out.replace(old, new)
    out = re.sub(r"<mo>([A-Za-z]{2,})</mo>", r"<mi>\1</mi>", out)  # \operatorname
    out = _PRIMED.sub(r'<mrow>\1<mo lspace="0" rspace="0">\2</mo></mrow>', out)
    out = _PRIMED_AND_LOW.sub(
        r'<msub><mrow>\1<mo lspace="0" rspace="0">\3</mo></mrow>\2</msub>', out
    )
    out = _FACTOR_OF_FUNCTION.sub(r'\1<mspace width="0.17em"/>', out)
    out = _BARE_FUNCTION.sub(r'\1<mspace width="0.17em"/>', out)
    return _SIGN.sub(r'\1<mo form="prefix">\2</mo>', out)


def _breakable(latex: str) -> list[str]:
    """A long formula in pieces between which a line may be broken: browsers do not break MathML."""
    if len(latex) < 44:
        return [latex]
    out: list[str] = []
    depth = start = 0
    for m in re.finditer(r"\\langle|\\rangle|[(\[{]|[)\]}]| (?=\\ge |\\le |= |\+ |- )", latex):
        mark = m.group()
        if mark == " ":
            if depth == 0 and m.start() > start:
                out.append(latex[start : m.start()])
                start = m.end()
        else:
            depth += 1 if mark in ("(", "[", "{", r"\langle") else -1
    return [*out, latex[start:]]


def html(text: str) -> str:
    """The sentence in HTML: text escaped, formulas as MathML.

    >>> html("for every s > 0 <script>")
    'for every <math display="inline"><mrow><mi>s</mi><mo>&#x0003E;</mo><mn>0</mn></mrow></math> &lt;script&gt;'
    """
    return "".join(_pieces(r.content) if r.math else escape(r.content) for r in runs(text))


def _pieces(latex: str) -> str:
    first, *rest = map(mathml, _breakable(latex))
    # A sign that begins a piece stands between two terms all the same.
    return " ".join(
        [
            first,
            *(
                p.replace('<mo form="prefix">', '<mo form="infix">', 1)
                if p.startswith('<math display="inline"><mrow><mo form')
                else p
                for p in rest
            ),
        ]
    )


def mathjax(text: str) -> str:
    """The sentence as text with $formulas$, as notebooks typeset it."""
    return "".join(
        f"${r.content}$" if r.math else r.content.replace("$", r"\$") for r in runs(text)
    )
