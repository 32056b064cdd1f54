"""A plan for a reader at a terminal: what it promises, whether that is of use, what would be, and
every symbol in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType

from proofkit.exposition import numbers
from proofkit.exposition.plain import formula, plain
from proofkit.exposition.symbols import SYMBOLS
from proofkit.losses.catalogue import called_in_text
from proofkit.nearest import DECADES, PRACTICAL, Nearest, practical
from proofkit.plan import Plan, Size, glip_published
from proofkit.terminal import DIGITS, PIPED, entry, number, wrapped

GOAL = "η"
"""The letter of --epsilon: ε(s) is the excess that stays."""
WORTH = Fraction(1, 10)
"""A sharper constant is worth a line when it gains that many orders of magnitude."""
LONGEST = 40
"""A number that was given is written out up to so many characters."""
PARTS: Mapping[str, str] = MappingProxyType(
    {
        "exp(xi)": "e^ξ, from the spectral gap",
        "q/lambda": "q/λ, from the regularisation",
        "chi/2 + log(A_2/E)": f"χ/2 + log(ς/{GOAL}), from the start and the goal",
    }
)
OWN: Mapping[str, str] = MappingProxyType(
    {
        GOAL: "what --epsilon gives: how far above ε(s) the mean of L may end",
        "B_t": "Brownian motion",
        "h": "the step of Langevin Monte Carlo",
        "Z": "standard normal numbers, drawn anew in each iteration",
        "W_0": "the weights at the start",
    }
)
"""The letters of a plan that are no constants."""


SIGNS: Mapping[str, str] = MappingProxyType(
    {"<=": "≤", ">=": "≥", "->": "→", "+oo": "∞", "-oo": "-∞", "sigma": "σ"}
)


def lettered(text: str) -> str:
    """A sentence of a plan with the names of constants replaced by their letters.

    >>> lettered("exp(2 osc/s) <= lambda/(4 gLip^2)")
    'exp(2 Ω/s) ≤ λ/(4 gLip^2)'
    """

    def letter(match: re.Match[str]) -> str:
        name = match.group()
        return formula(SYMBOLS[name].latex) if name in SYMBOLS else name

    text = re.sub(r"[A-Za-z]\w*", letter, text)
    for written, sign in SIGNS.items():
        text = text.replace(written, sign)
    return text


def plan_text(made: Plan, nearest: Sequence[Nearest] | None = None, columns: int = PIPED) -> str:
    """The plan in lines of so many columns.

    ``nearest`` are the values with which a plan can be run; None when they were not looked for.
    """
    rows = [*_promise(made), *_use(made, nearest), *_more(made)]
    lines = wrapped(_head(made), columns, "PLAN  ", "      ")
    lines += [""]
    for label, text in rows:
        lines += entry(label, text, columns)
    said = "\n".join(text for label, text in rows if label != "data")
    lines += ["", "  where"]
    for letter, meaning in _letters(made, said):
        lines += entry(letter, meaning, columns)
    return "\n".join(lines)


def _head(made: Plan) -> str:
    pb = made.problem
    assert pb.data is not None and pb.outer is not None
    return (
        f"{pb.activation.name}, {called_in_text(pb.loss)}, {pb.data.called} "
        f"({pb.data.n} x {pb.data.d}), {pb.outer.source}"
    )


def _promise(made: Plan) -> Iterator[tuple[str, str]]:
    """What is reached, from where, in which time and in how many iterations."""
    pb, c = made.problem, made.constants
    assert pb.data is not None and pb.lam is not None
    for text in pb.data.described():
        yield "data", text
    yield (
        "goal",
        f"the mean of L(W) - min L is at most ε(s) + {GOAL}, with {GOAL} = "
        f"{_given(made.epsilon)} and λ = {_given(pb.lam)}",
    )
    yield "noise", f"s = {_given(made.noise)}; then ε(s) ≤ {number(made.eps[1], 1)}"
    yield "start", f"W_0 ~ N(0, v_0 I), v_0 = {_given(c['v_0'].lo or Fraction(0))}"
    yield "time", f"t = {made.time} is enough for dW = -∇L dt + √s dB_t; its factors are at most"
    for name, value in made.parts:
        yield "", f"{Size(value)} for {PARTS.get(name, lettered(name))}"
    if made.langevin is not None:
        yield (
            "iterations",
            f"{made.langevin.count.whole()} of Langevin Monte Carlo, W ← W - (2h/s) ∇L(W) + "
            f"√(2h) Z, with h = {made.langevin.step}",
        )
    else:
        yield "iterations", f"no number is certified: {lettered(made.reasons['langevin'])}"
    if made.sgd is not None:
        yield "SGD", f"{made.sgd.count.whole()} iterations of W ← W - s ∇L(W) + s Z"
    else:
        yield "SGD", lettered(made.reasons["sgd"])


def _given(q: Fraction) -> str:
    """A number as it was given or chosen, exactly: the plan is about no other one.

    >>> _given(Fraction(1, 10)), _given(Fraction(5000000)), _given(Fraction(123456789, 10**9))
    ('1/10', '5000000', '123456789/1000000000')
    """
    if len(str(q)) <= 8 and q.denominator != 1:
        return str(q)
    if numbers.rounded(q, 1, DIGITS) == q:
        return number(q, 1)
    return str(q) if len(str(q)) <= LONGEST else f"{number(q, 1)}, rounded up"


def _use(made: Plan, nearest: Sequence[Nearest] | None) -> Iterator[tuple[str, str]]:
    """Whether the number is of use, and with which numbers it would be."""
    if practical(made):
        assert made.langevin is not None
        yield "of use", f"yes: {made.langevin.count.whole()} iterations can be run"
        return
    limit = f"at most {_power(PRACTICAL)} iterations of Langevin Monte Carlo"
    if made.langevin is None:
        yield (
            "of use",
            f"no: without a number of iterations there is nothing to run; a plan that can be "
            f"run has {limit}",
        )
    else:
        yield (
            "of use",
            f"no: {made.langevin.count} iterations are not a number that anybody waits for; "
            f"it is a proof that the goal is reached, not advice on how; a plan that can be "
            f"run has {limit}",
        )
    for one in nearest or ():
        yield "nearest", _nearest(one)


def _nearest(one: Nearest) -> str:
    name = {"lambda": "λ", "epsilon": GOAL}.get(one.axis, one.axis)
    if one.value is None or one.iterations is None:
        # The weights of widths in between are other weights: nothing is said of what was not tried.
        tried = f"{name} = {_given(one.last)}, the farthest that was tried"
        reach = f" ({_power(DECADES)} times the given one at most)" if one.axis != "width" else ""
        return f"none was found for {name} alone: {tried}{reach}, makes no plan that can be run"
    missed = "" if one.missed is None else f" ({name} = {_given(one.missed)} is not enough)"
    return (
        f"{name} = {_given(one.value)}, all else as it is: {one.iterations.whole()} "
        f"iterations{missed}"
    )


def _power(k: int) -> str:
    return formula(f"10^{{{k}}}")


def _more(made: Plan) -> Iterator[tuple[str, str]]:
    """The smoothness of L, what sharper constants gained, what dominates, and the evidence."""
    c = made.constants
    if "gLip" in c and c["gLip"].hi is not None:
        high = c["gLip"].hi
        published = glip_published(made.problem, c)
        beside = ""
        if published is not None:
            beside = (
                f"; published (recalled) {number(published, 1)}, {number(published / high, -1)} "
                f"times as large"
            )
        yield "smoothness", f"gLip ≤ {number(high, 1)}{beside}"
    for r in made.refinements:
        if r.orders < WORTH:
            continue
        yield "sharper", f"by {number(r.orders, -1)} orders of magnitude: {lettered(r.name)}"
    for text in made.advice:
        yield "note", lettered(text).replace("log(ς/E)", f"log(ς/{GOAL})")
    levels = dict.fromkeys(level for goal in made.proof.goals for level in goal.levels())
    yield "evidence", "; ".join(levels)


def _letters(made: Plan, said: str) -> Iterable[tuple[str, str]]:
    """Every letter of the plan: what it is, and the bound of it where it has one."""
    for letter, meaning in OWN.items():
        if _occurs(letter, said):
            yield letter, meaning
    for name, symbol in SYMBOLS.items():
        letter = formula(symbol.latex)
        if not _occurs(letter, said):
            continue
        c = made.constants.get(name)
        high = None if c is None else c.hi
        value = "" if high is None or name in ("lambda", "s") else f"; at most {number(high, 1)}"
        yield letter, plain(symbol.meaning) + value


def _occurs(letter: str, text: str) -> bool:
    """True when a letter stands in a text as a symbol: not inside a word, and no English article."""
    found = re.search(rf"(?<![\w'])(?:\d+|d)?{re.escape(letter)}(?![\w'̄])(?! [a-z]{{2,}})", text)
    return found is not None
