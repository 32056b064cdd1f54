"""How a supremum of a function of one variable was enclosed, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from proofkit.exposition import numbers
from proofkit.exposition.formulas import latex, read
from proofkit.exposition.model import Block
from proofkit.exposition.view import say, value
from proofkit.kernel.univariate.terms import Node, walk


@dataclass(frozen=True)
class Extremum:
    """What was enclosed: a supremum, or an infimum where ``lowest``, of a function of ``letter``.

    ``equation`` is what an interior extremum solves, in LaTeX.  ``positive`` says that the positive
    part of the function is meant, ``waves`` that the function may be periodic, and ``inside`` that
    the variable stays in the interval that the cover is of, so that nothing is outside.
    """

    equation: str
    letter: str = "z"
    lowest: bool = False
    positive: bool = False
    waves: bool = False
    inside: bool = False

    @property
    def bound(self) -> str:
        """What a cover proves of it."""
        return "lower" if self.lowest else "upper"

    @property
    def value(self) -> str:
        """What a value of the function is of it."""
        return "upper" if self.lowest else "lower"


def enclosed(lo: Fraction, hi: Fraction, digits: int) -> str:
    """``=value`` or ``\\in[lo, hi]`` in LaTeX, rounded outwards."""
    relation, shown = numbers.enclosure(lo, hi, digits)
    return f"{relation}{shown}"


def waves(root: Node) -> bool:
    """True when a formula has a sine or a cosine, and so perhaps a period."""
    return any(node.op in ("sin", "cos") for node in walk(root))


def argument(
    what: Extremum, defined: Mapping[str, Any], proofs: Sequence[Mapping[str, Any]], digits: int
) -> Block:
    """Where the extremum is reached, by which equation, and how the bound was certified.

    ``defined`` is the constant, ``proofs`` are the covers that the step records.
    """
    if all(proof["rules"] == ["constant"] for proof in proofs):
        return say(
            f"The function under the {'infimum' if what.lowest else 'supremum'} is constant: its "
            f"derivative vanishes identically."
        )
    return say(
        _reached(what, defined, proofs, digits),
        " ",
        _certified(what, proofs),
        _exact(defined),
    )


def _reached(
    what: Extremum, defined: Mapping[str, Any], proofs: Sequence[Mapping[str, Any]], digits: int
) -> Block:
    at, letter = defined["at"], what.letter
    zero = defined["lo"] == defined["hi"] == "0"
    if zero and what.positive:
        return say("The first argument of the maximum is nowhere positive.")
    if at is None:
        kind = "infimum" if what.lowest else "supremum"
        return say(f"The bounds are certified; no place of the {kind} is claimed.")
    if at in ("z -> oo", "z -> -oo"):
        end = r"\infty" if at == "z -> oo" else r"-\infty"
        return say(rf"The bound is approached as ${letter}\to{end}$.")
    if at == "every z":
        return say("The function is constant.")
    point = read(at)
    if point.op != "num":
        return say(
            rf"The {what.value} bound is the value next to ${letter}={latex(point)}$, given as a "
            rf"solution of ${what.equation}$."
        )
    if _is_witness(proofs, point.rational):
        if defined["lo"] == defined["hi"]:
            return say(rf"It is attained at ${letter}={latex(point)}$.")
        return say(
            rf"The {what.value} bound is the value at ${letter}={latex(point)}$; an interior "
            rf"extremum solves ${what.equation}$."
        )
    shown = numbers.latex(point.rational, 1, max(digits, 4))
    return say(
        rf"The {what.value} bound is the value at a point ${letter}\approx{shown}$, near a solution "
        rf"of ${what.equation}$."
    )


def _is_witness(proofs: Sequence[Mapping[str, Any]], point: Fraction) -> bool:
    """True when the bound by a value is the value at this very point."""
    return any(
        proof["witness"]["kind"] == "point" and Fraction(proof["witness"]["point"]) == point
        for proof in proofs
    )


def _certified(what: Extremum, proofs: Sequence[Mapping[str, Any]]) -> str:
    """How many pieces of the line the covers have, where they end, and what bounds the rest.

    A cover with a ``scale`` is one of z -> sigma(scale z): its points are multiples of the scale.
    """
    pieces = sum(len(proof["rules"]) for proof in proofs)
    ends = [
        [Fraction(proof["breaks"][k]) * Fraction(proof.get("scale", "1")) for k in (0, -1)]
        for proof in proofs
    ]
    left, right = min(left for left, _ in ends), max(right for _, right in ends)
    head = (
        f"The {what.bound} bound is certified in ball arithmetic on ${pieces}$ "
        f"{'piece' if pieces == 1 else 'pieces'} of $[{_end(left, 1)},{_end(right, -1)}]$"
    )
    if what.inside:
        return f"{head}."
    period = "the period where there is one, else by " if what.waves else ""
    return f"{head}; outside, by {period}the expansion for large $|{what.letter}|$."


def _end(q: Fraction, direction: int) -> str:
    return numbers.rational(q) if numbers.short(q) else numbers.latex(q, direction, 4)


def _exact(defined: Mapping[str, Any]) -> Block:
    """The exact form that solving the equation suggests, where it says more than the bounds.

    The certificate has no proof that it is the supremum, only that it lies in the enclosure.
    """
    text = defined["exact"]
    if text is None or defined["lo"] == defined["hi"]:
        return ()
    return say(
        " Computer algebra suggests the exact value ",
        value(str(text)),
        "; it lies between the bounds, and no step uses it.",
    )
