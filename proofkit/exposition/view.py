"""A step of a certificate as the words of its rule see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from proofkit.errors import ParseError
from proofkit.exposition import numbers
from proofkit.exposition.formulas import latex, read
from proofkit.exposition.losses import loss_of
from proofkit.exposition.markup import block
from proofkit.exposition.model import Block, Display, Formula, Text
from proofkit.kernel.losses.loss import Loss


@dataclass(frozen=True)
class Words:
    """What a step says, and why."""

    statement: Block
    reason: Block


def words(statement: str | Block, reason: str | Block) -> Words:
    """Words from markup, or from blocks that hold text of a file."""
    return Words(say(statement), say(reason))


def say(*parts: str | Block | Text | Formula | Display) -> Block:
    """A block from markup (strings) and finished parts."""
    out: list[Text | Formula | Display] = []
    for part in parts:
        if isinstance(part, str):
            out += block(part)
        elif isinstance(part, tuple):
            out += part
        else:
            out.append(part)
    return tuple(out)


def value(text: str) -> Formula | Text:
    """A number or formula of a certificate as a formula; words where it is not in the grammar."""
    try:
        return Formula(latex(read(text)))
    except (ParseError, ValueError):
        return Text(text)


@dataclass(frozen=True)
class View:
    """One step, its certificate, the steps it rests on, and the digits to print."""

    content: Mapping[str, Any]
    step: Mapping[str, Any]
    premises: tuple[Mapping[str, Any], ...]
    digits: int = 4

    @property
    def payload(self) -> Mapping[str, Any]:
        """What the step records."""
        return self.step["payload"]

    @property
    def loss(self) -> Loss:
        """The loss."""
        return loss_of(str(self.content["problem"]["loss"]))

    @property
    def symbolic(self) -> bool:
        """True when data and outer weights are arbitrary."""
        return self.content["problem"]["data"] is None

    @property
    def layered(self) -> bool:
        """True for a net of layers, False for the one with a fixed head and one hidden layer."""
        return self.content["problem"].get("layers") is not None

    @property
    def lam(self) -> Fraction | None:
        """The number given for lambda."""
        given = self.content["problem"]["lambda"]
        return None if given is None else Fraction(given)

    @property
    def noise(self) -> Fraction | None:
        """The number given for s."""
        given = self.content["problem"]["noise"]
        return None if given is None else Fraction(given)

    def premise(self, rule: str) -> Mapping[str, Any] | None:
        """The first premise that comes from a rule."""
        return next((p for p in self.premises if p["rule"] == rule), None)

    def bounds(self, name: str) -> tuple[Fraction, Fraction] | None:
        """The enclosure of a constant among what the step and its premises define."""
        for source in (self.step, *self.premises):
            d = source["defines"].get(name)
            if d is not None and d["lo"] is not None and d["hi"] is not None:
                return Fraction(d["lo"]), Fraction(d["hi"])
        return None

    def is_zero(self, name: str) -> bool:
        """True when a constant is exactly zero."""
        return self.bounds(name) == (0, 0)

    # -- for which lambda and s --------------------------------------------------------------------

    def for_lambda(self, threshold: str = "0") -> str:
        """For which lambda a step holds that needs lambda above a constant, or above 0; markup."""
        if self.lam is not None:
            return rf"for $\lambda={numbers.rational(self.lam)}$"
        above = "0" if threshold == "0" else latex(read(threshold))
        return rf"for every $\lambda>{above}$"

    def for_any_lambda(self) -> str:
        """The same for a step that needs nothing of lambda."""
        if self.lam is not None:
            return rf"for $\lambda={numbers.rational(self.lam)}$"
        return r"for every $\lambda\in\mathbb R$"

    def for_no_decay(self) -> str:
        """The same for a refutation that needs lambda <= 0."""
        if self.lam is not None:
            return rf"for $\lambda={numbers.rational(self.lam)}$"
        return r"for every $\lambda\le0$"

    def for_s(self) -> str:
        """For which s a step holds that needs nothing but s > 0; markup."""
        return "every $s>0$" if self.noise is None else f"$s={numbers.rational(self.noise)}$"

    def for_both(self, threshold: str = "0") -> str:
        """lambda and s together."""
        return f"{self.for_lambda(threshold)} and {self.for_s()}"

    def begins(self, threshold: str = "0") -> str:
        """The same at the beginning of a sentence, with a comma."""
        return f"F{self.for_both(threshold)[1:]}, "
