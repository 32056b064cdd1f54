"""Labels: which values of the target mean -1 and +1, or the classes 0 to q - 1."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from proofkit.errors import InputError
from proofkit.reading.numbers import exact_number, printable

MAX_CLASSES = 1000
SHOWN_CLASSES = 20
"""How many classes a sentence names."""


@dataclass(frozen=True)
class LabelMap:
    """Two values of the target, the smaller read as -1 and the larger as +1; or a threshold: y >
    above is +1, else -1; or the classes 0 to q - 1 of numbers or of words, in ascending order.

    >>> LabelMap(values=(Fraction(0), Fraction(1))).json()
    {'map': {'0': '-1', '1': '1'}}
    >>> LabelMap(above=Fraction(140)).sentence("y")
    'labels: y > 140 is +1, y <= 140 is -1'
    >>> LabelMap(words=("setosa", "virginica")).sentence("y")
    'classes: y = setosa is 0, y = virginica is 1'
    """

    values: tuple[Fraction, Fraction] | None = None
    above: Fraction | None = None
    classes: tuple[Fraction, ...] | None = None
    words: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        given = (self.values, self.above, self.classes, self.words)
        if sum(one is not None for one in given) != 1:
            raise ValueError("labels are mapped by values, by a threshold or by words")
        if self.named is not None and not (
            len(self.named) >= 2 and _ascending(self.classes) and _ascending(self.words)
        ):
            raise ValueError("the classes are at least two, in ascending order")
        if self.values is not None and not self.values[0] < self.values[1]:
            raise ValueError("the smaller value comes first")

    @property
    def named(self) -> tuple[Fraction, ...] | tuple[str, ...] | None:
        """The values or words of the classes 0 to q - 1; None for the labels -1 and +1."""
        return self.words if self.classes is None else self.classes

    def __call__(self, y: Fraction) -> int:
        """-1 or +1, or the number of the class; ValueError where y is no label."""
        if self.named is not None:
            if self.classes is None or y not in self.classes:
                raise ValueError(f"{y} is none of the classes")
            return self.classes.index(y)
        if self.values is not None:
            if y not in self.values:
                raise ValueError(f"{y} is none of the two labels")
            return -1 if y == self.values[0] else 1
        assert self.above is not None
        return 1 if y > self.above else -1

    def json(self) -> dict[str, Any]:
        """As a certificate records it."""
        if self.values is not None:
            low, high = map(str, self.values)
            return {"map": {low: "-1", high: "1"}}
        if self.classes is not None:
            return {"classes": [str(value) for value in self.classes]}
        if self.words is not None:
            return {"words": list(self.words)}
        return {"above": str(self.above)}

    @classmethod
    def from_json(cls, recorded: Any) -> LabelMap | None:
        """The map that ``json`` wrote, None for null; ValueError or TypeError for anything else."""
        if recorded is None:
            return None
        if not isinstance(recorded, Mapping) or len(recorded) != 1:
            raise ValueError("labels are null, a map or a threshold")
        if "above" in recorded:
            made = cls(above=_recorded(recorded["above"]))
        elif "classes" in recorded:
            made = cls(classes=tuple(_recorded(v) for v in recorded["classes"]))
        elif "words" in recorded:
            made = cls(words=tuple(str(word) for word in recorded["words"]))
        else:
            low, high = (_recorded(v) for v in recorded["map"])
            made = cls(values=(low, high))
        if made.json() != dict(recorded):
            raise ValueError("labels are not written as a certificate writes them")
        return made

    def sentence(self, target: str) -> str:
        """For the reader of a verdict."""
        if self.values is not None:
            low, high = self.values
            return f"labels: {target} = {low} is -1, {target} = {high} is +1"
        if self.named is not None:
            names = [printable(str(name)) for name in self.named[:SHOWN_CLASSES]]
            pairs = ", ".join(f"{target} = {name} is {k}" for k, name in enumerate(names))
            more = len(self.named) - len(names)
            return f"classes: {pairs}{f', ... and {more} more' if more else ''}"
        return f"labels: {target} > {self.above} is +1, {target} <= {self.above} is -1"


def _ascending(names: tuple[Fraction, ...] | tuple[str, ...] | None) -> bool:
    """True where each is larger than the one before, or there are none."""
    if names is None:
        return True
    return all(one < two for one, two in pairwise(names))  # type: ignore[operator]


def _recorded(text: Any) -> Fraction:
    """A rational of a certificate; ValueError when it is none."""
    if not isinstance(text, str):
        raise ValueError("a label is recorded as text")
    try:
        return exact_number(text, "a label")
    except InputError as error:
        raise ValueError(str(error)) from None


class NotTwoLabels(InputError):
    """The target has not exactly two values, so it names no two classes."""


def label_map(values: Iterable[Fraction], above: Fraction | None, where: str) -> LabelMap | None:
    """How the values of a target become labels of a loss of the margin; None when they are -1 and
    +1 already.

    ``values`` are the distinct values, or the first three of them; ``above`` is the threshold the
    user asked for. Raises NotTwoLabels, and InputError when the threshold puts every row on one
    side.
    """
    kinds = sorted(set(values))
    if above is not None:
        if not kinds[0] <= above < kinds[-1]:
            raise InputError(
                f"{where} lies on one side of {above} in every row; give another --label-above"
            )
        return LabelMap(above=above)
    if set(kinds) <= {Fraction(-1), Fraction(1)}:
        return None
    if len(kinds) != 2:
        few = ", ".join(str(v)[:20] for v in kinds[:3])
        count = "one value" if len(kinds) == 1 else "more than two values"
        raise NotTwoLabels(
            f"a loss of the margin y f, such as logistic, needs two labels, but {where} has "
            f"{count} ({few}{', ...' if len(kinds) > 2 else ''}); "
            "say which are +1 with --label-above NUMBER, or use a loss of the residual f - y"
        )
    return LabelMap(values=(kinds[0], kinds[1]))


def class_map(
    values: Iterable[Fraction] | None, words: Iterable[str] | None, where: str
) -> LabelMap:
    """The classes of a target for cross-entropy: its distinct values, or its words, in ascending
    order.

    InputError for fewer than two classes, or more than MAX_CLASSES.

    >>> class_map([Fraction(3), Fraction(1), Fraction(3)], None, "y").classes
    (Fraction(1, 1), Fraction(3, 1))
    """
    kinds = tuple(sorted(set(values or ())))
    called = tuple(sorted(set(words or ())))
    count = len(kinds) or len(called)
    if count < 2:
        raise InputError(f"cross-entropy needs at least two classes, but {where} has one value")
    if count > MAX_CLASSES:
        raise InputError(
            f"cross-entropy takes each value of the target as a class, and {where} has {count} of "
            f"them; {MAX_CLASSES} are the most"
        )
    return LabelMap(words=called) if called else LabelMap(classes=kinds)
