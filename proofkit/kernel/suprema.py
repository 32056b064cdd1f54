"""Suprema of one function over R or a bounded interval: what is asked for, and the verification of
what is proposed.

A proposal is verified once per process: only that it was is remembered, under all that it says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise
from types import MappingProxyType
from typing import Protocol

from flint import arb

from proofkit.errors import DomainError, ParseError
from proofkit.kernel.formula import Place
from proofkit.kernel.proposals import OneSided, Reached
from proofkit.kernel.records import Frozen, frozen, own_text, thawed
from proofkit.kernel.univariate import balls, terms
from proofkit.kernel.univariate.cover import verify_cover, verify_witness
from proofkit.kernel.univariate.domain import check_domain, smooth_pieces, switch_of
from proofkit.kernel.univariate.parser import parse
from proofkit.kernel.univariate.quantity import Cover, Piece, Quantity, Witness
from proofkit.kernel.univariate.terms import Node, to_text, walk
from proofkit.kernel.univariate.workspace import Workspace

ORDERS: Mapping[str, int] = MappingProxyType(
    {
        "S0": 0,
        "S_hi": 0,
        "S_lo": 0,
        "S_alpha": 0,
        "M1": 1,
        "M2": 2,
        "M3": 3,
        "fall": 1,
        "H": 1,
        "H_lo": 1,
        "H_hi": 1,
    }
)
"""The quantities that have a supremum, and the order of the derivative of sigma in each."""

PARAMETERS: Mapping[str, str] = MappingProxyType(
    {"H": "kappa", "H_lo": "kappa_lo", "H_hi": "kappa_hi", "S_alpha": "alpha"}
)
"""The parameter of a quantity, as a constant: an exponent kappa >= 0, or the slope of a line."""

_SIGNS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {"S_hi": (1,), "S_lo": (-1,), "fall": (-1,), "H_lo": (-1,), "H_hi": (1,)}
)
_UNCLIPPED = ("S_hi", "fall")
MAX_WORK = 2**28
"""The most work that a proposal may ask for (see ``work_of``): some seconds."""

OVERHEAD_NODES, OVERHEAD_BITS = 10, 512
"""What a piece costs besides its nodes, and an operation besides its bits."""

SHARED = 128
"""Of how many functions the expansions at the ends are kept, which all their suprema share."""

MIN_BITS, MAX_BITS = 2, 4000
NEAR = Fraction(1, 10**9)
EXACT_BITS = 256
HIGHEST_ORDER = 3


Interval = tuple[Fraction, Fraction]
"""[lo, hi] with lo <= hi, both rational; None stands for all of R."""


class UnprovedError(Exception):
    """A cover, a witness, a place or a closed form does not show what it should; the reason."""


def signs_of(name: str) -> tuple[int, ...]:
    """The signs of g for which a quantity needs a cover: both where it is a modulus."""
    return _SIGNS.get(name, (1, -1))


def quantity(root: Node, name: str, parameter: Fraction | None, sign: int) -> Quantity:
    """The function whose supremum a constant is.

    ``parameter`` is kappa of H, H_lo and H_hi, and the slope of the line that S_alpha takes off.
    """
    if name == "S_alpha" and parameter is not None:
        root = terms.sub(root, terms.mul(terms.num(parameter), terms.Z))
    kappa = parameter if name in PARAMETERS and name != "S_alpha" else None
    return Quantity(root, ORDERS[name], kappa, sign)


# -- what is remembered ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Question:
    """What is verified: the sides of a quantity of a function, over R or an interval."""

    root: Node
    name: str
    parameter: Fraction | None
    sides: tuple[OneSided, ...]
    interval: Interval | None


_RECORDS: frozenset[type] = frozenset({_Question, OneSided, Reached})


class _Defined(Protocol):
    """``require_defined``."""

    def __call__(self, root: Node, interval: Interval | None = None) -> None: ...


class _Verified(Protocol):
    """``verify_suprema``."""

    def __call__(
        self,
        root: Node,
        name: str,
        parameter: Fraction | None,
        sides: tuple[OneSided, ...],
        interval: Interval | None = None,
    ) -> None: ...


def _memory() -> tuple[_Defined, _Verified]:
    """(``require_defined``, ``verify_suprema``), which alone know what was verified before.

    They keep digests and texts of exact copies, so that nothing a caller holds is in their memory,
    and what fails is not kept.
    """
    defined: set[tuple[str, str]] = set()
    verified: set[bytes] = set()
    expansions = lru_cache(maxsize=SHARED)(_expansions)

    def require_defined(root: Node, interval: Interval | None = None) -> None:
        """UnprovedError unless a function is defined on all of R, or of the interval; OpenError
        when undecided.
        """
        text, (left, right) = own_text(root), _ends(interval)
        key = (text, _written(frozen((left, right), frozenset())))
        if key in defined:
            return
        try:
            # The tree that the text denotes, which need not be the caller's.
            check_domain(parse(text), left=left, right=right)
        except (DomainError, ParseError) as error:
            raise UnprovedError(str(error)) from None
        defined.add(key)

    def verify_suprema(
        root: Node,
        name: str,
        parameter: Fraction | None,
        sides: tuple[OneSided, ...],
        interval: Interval | None = None,
    ) -> None:
        """UnprovedError with the reason unless the sides of the quantity are proved over R, or over
        the interval [lo, hi].

        There is one for each sign of the quantity, whose cover and witness hold; the function is
        defined and smooth there, as ``smooth_tree`` sees it.  OpenError where that is undecided.
        """
        content = frozen(_Question(root, name, parameter, sides, interval), _RECORDS)
        digest = sha256(_written(content).encode()).digest()
        if digest in verified:
            return
        asked = thawed(content)
        assert type(asked) is _Question, "what was frozen"
        if tuple(side.sign for side in asked.sides) != signs_of(name):
            raise UnprovedError(f"{name} needs a cover for the signs {signs_of(name)}")
        _require_moderate(asked.root, asked.sides)
        tree = smooth_tree(asked.root, asked.interval)
        for side in asked.sides:
            q = quantity(tree, asked.name, asked.parameter, side.sign)
            try:
                _verify_side(q, side, asked.interval, expansions)
            except (ValueError, NotImplementedError) as error:
                raise UnprovedError(f"{name}: {error}") from None
        verified.add(digest)

    return require_defined, verify_suprema


def _written(content: Frozen) -> str:
    """The text of what is frozen; UnprovedError for numbers that are too long to be written."""
    try:
        return repr(content)
    except ValueError:
        raise UnprovedError("a number has too many digits") from None


def _expansions(text: str) -> Workspace:
    """The tape and the tails of a function, which the covers of all its derivatives share."""
    return Workspace(parse(text), HIGHEST_ORDER)


require_defined, verify_suprema = _memory()


def _ends(interval: Interval | None) -> tuple[Fraction, Fraction] | tuple[None, None]:
    """(lo, hi) of an exact copy of the interval, (None, None) for R; UnprovedError for what is no
    interval.
    """
    if interval is None:
        return None, None
    copy = thawed(frozen(interval, frozenset()))
    match copy:
        case (Fraction() as left, Fraction() as right) if left <= right:
            return left, right
        case _:
            raise UnprovedError("an interval is a pair of rationals lo <= hi")


def smooth_tree(root: Node, interval: Interval | None = None) -> Node:
    """The function without Abs, Max and Min, defined on all of R, or of the interval [lo, hi].

    UnprovedError for one with kinks there.  On an interval they may lie outside of it, so that the
    function is smooth on a neighbourhood of [lo, hi]; a kink at lo or hi is one too many.

    >>> str(smooth_tree(parse("Max(z, 0) + Abs(z - 7)"), (Fraction(1), Fraction(5))))
    'z + -(z - 7)'
    """
    require_defined(root, interval)
    left, right = _ends(interval)
    if not all(_turns_nowhere(root, end) for end in (left, right) if end is not None):
        raise UnprovedError(f"{to_text(root)[:40]} has a kink at an end of [{left}, {right}]")
    pieces = smooth_pieces(root, left=left, right=right)
    if len(pieces) != 1 and left is None:
        raise UnprovedError(f"{to_text(root)[:40]} has kinks; only smooth functions are bounded")
    if len(pieces) != 1:
        raise UnprovedError(f"{to_text(root)[:40]} has a kink on [{left}, {right}]")
    return pieces[0].root


def _turns_nowhere(root: Node, point: Fraction) -> bool:
    """True when no Abs, Max or Min is seen to be able to change its branch at the point."""
    with balls.precision(EXACT_BITS):
        return all(
            balls.Tape(switch_of(node)).series(balls.ball(point), 1)[0] != 0
            for node in walk(root)
            if node.op in terms.KINKED
        )


# -- covers and witnesses --------------------------------------------------------------------------


def enclosure(name: str, sides: tuple[OneSided, ...]) -> tuple[Fraction, Fraction]:
    """[lo, hi] of a quantity by its verified sides."""
    low, high = max(side.lower for side in sides), max(side.upper for side in sides)
    if name == "S_lo":
        return -high, -low
    if name in _UNCLIPPED:
        return low, high
    return max(low, Fraction(0)), max(high, Fraction(0))


def work_of(root: Node, sides: tuple[OneSided, ...]) -> int:
    """What the covers of the sides cost to verify: pieces times nodes of the function times bits.

    A unit is some 50 nanoseconds.
    """
    nodes = sum(1 for _ in walk(root)) + OVERHEAD_NODES
    return sum((len(side.rules) + 2) * nodes * (side.bits + OVERHEAD_BITS) for side in sides)


def _require_moderate(root: Node, sides: tuple[OneSided, ...]) -> None:
    """UnprovedError for covers that would take long, whether or not they hold."""
    if any(not MIN_BITS <= side.bits <= MAX_BITS for side in sides):
        raise UnprovedError("the working precision of a cover is out of range")
    if work_of(root, sides) > MAX_WORK:
        raise UnprovedError("the covers are too long")


def _verify_side(
    q: Quantity, side: OneSided, interval: Interval | None, expansions: Callable[[str], Workspace]
) -> None:
    """UnprovedError unless lower <= sup g <= upper is shown by the cover and the witness."""
    which = f"{'+' if side.sign > 0 else '-'}({q.name})"
    if side.scale <= 0:
        raise UnprovedError(f"the cover of {which}: its scale is not positive")
    left, right = _ends(interval)
    try:
        scaled, _ = q.rescaled(side.scale)
    except (ValueError, ZeroDivisionError) as error:
        raise UnprovedError(f"the cover of {which}: the scale: {error}") from None
    space = _space(scaled.root, expansions)
    if reason := verify_cover(q, _cover(side, which, left, right), left, right, space):
        raise UnprovedError(f"the cover of {which}: {reason}")
    witness = _witness(side, which)
    if left is not None and right is not None:
        point = witness.attained_at
        if point is None or not left <= point <= right:
            raise UnprovedError(f"the witness of {which} is no point of [{left}, {right}]")
    if reason := verify_witness(q, witness, side.lower, space, side.bits, side.scale):
        raise UnprovedError(f"the witness of {which}: {reason}")


def _space(root: Node, expansions: Callable[[str], Workspace]) -> Workspace:
    """The shared workspace of a function, or one of its own where its text is not read back."""
    try:
        space = expansions(to_text(root))
    except ParseError:
        return Workspace(root, HIGHEST_ORDER)
    return space if space.root == root else Workspace(root, HIGHEST_ORDER)


def _cover(side: OneSided, which: str, left: Fraction | None, right: Fraction | None) -> Cover:
    """The cover that the breaks, the rules and the centres describe."""
    ascending = all(a <= b for a, b in pairwise(side.breaks))
    if not side.rules or len(side.breaks) != len(side.rules) + 1 or not ascending:
        raise UnprovedError(f"the cover of {which} is not a chain of intervals")
    if "constant" in side.rules and side.rules != ("constant",):
        raise UnprovedError(f"the cover of {which}: a constant needs one piece")
    centres = dict(side.centres)
    if len(centres) != len(side.centres) or not centres.keys() <= set(range(len(side.rules))):
        raise UnprovedError(f"the cover of {which}: a centre belongs to no piece")
    pieces = tuple(
        Piece(left, right, rule, centres.get(i))
        for i, ((left, right), rule) in enumerate(
            zip(pairwise(side.breaks), side.rules, strict=True)
        )
    )
    return Cover(side.upper, left, right, pieces, side.bits, side.scale)


def _witness(side: OneSided, which: str) -> Witness:
    """The witness that a side describes; its place must have a sense."""
    reached = side.witness
    point, end = reached.point, reached.end
    match reached.kind:
        case "point":
            sensible = point is not None and end == 0
        case "limit":
            sensible = point is None and end in (1, -1)
        case "phase":
            sensible = point is not None and end in (1, -1)
        case "quarter":
            sensible = point is not None and point.denominator == 1 and end in (1, -1)
        case _:
            sensible = False
    if not sensible:
        raise UnprovedError(f"the witness of {which} is no point, no limit and no phase")
    return Witness(reached.kind, side.lower, point, end)


# -- where it is reached, and its closed form ------------------------------------------------------


def require_reached(name: str, at: Place | None, sides: tuple[OneSided, ...]) -> None:
    """UnprovedError unless the place is that of a witness, to 10^-9."""
    if at is None or any(_is_place_of(at, side) for side in sides):
        return
    raise UnprovedError(f"{name} is not reached at {str(at)[:40]}")


def _is_place_of(at: Place, side: OneSided) -> bool:
    reached: Reached = side.witness
    if at.point is not None:
        return at.end == 0 and reached.kind == "point" and _near(at.point, reached.point)
    if at.end == 0:
        return side.rules == ("constant",)
    return reached.kind != "point" and reached.end == at.end


def _near(place: Node, point: Fraction | None) -> bool:
    """True when a term is a constant within 10^-9 of the point."""
    if point is None or not place.is_constant:
        return False
    with balls.precision(EXACT_BITS):
        return bool(abs(_value(place) - balls.ball(point)) < balls.ball(NEAR))


def require_form(name: str, form: Node | None, lo: Fraction, hi: Fraction) -> None:
    """UnprovedError unless a closed form is a constant whose value meets the enclosure.

    That it is the supremum, and not a number next to it, is proved elsewhere; no rule uses it.
    """
    if form is None:
        return
    with balls.precision(EXACT_BITS):
        value = _value(form) if form.is_constant else None
        if value is None or not value.is_finite() or not value.overlaps(balls.hull(lo, hi)):
            shown = to_text(form)[:40]
            raise UnprovedError(f"the exact form {shown} of {name} is not in the enclosure")


def _value(constant: Node) -> arb:
    return balls.Tape(constant).series(balls.ball(Fraction(0)), 1)[0]
