"""What the tactics share: the facts of the activation and kernel facts made once each."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from proofkit.activation.catalogue import Activation
from proofkit.kernel.core import KernelError
from proofkit.kernel.facts import Fact, infer
from proofkit.kernel.rules import logistic_tree, quantity
from proofkit.kernel.univariate.coefficients import TailError
from proofkit.kernel.univariate.quantity import Quantity
from proofkit.kernel.univariate.terms import Node
from proofkit.kernel.univariate.workspace import OpenError, Workspace
from proofkit.problem.problem import Problem
from proofkit.reading.table import Table
from proofkit.search.facts import Bound, Facts, Part, derive_facts, largest_of
from proofkit.search.supremum import supremum_on_its_scale


class Stuck(Exception):
    """A tactic cannot go on; the message is the open obligation."""


# What leaves something open: a tactic that cannot go on, or a number out of its range.
UNDECIDED = (Stuck, ArithmeticError)


@dataclass
class Library:
    """Facts about activations and derivation tests, shared by the problems of one run."""

    budget: float = 20.0
    facts: dict[str, Facts] = field(default_factory=dict)
    kernel: dict[tuple[str, str], Fact] = field(default_factory=dict)
    loss_bounds: dict[str, Bound] = field(default_factory=dict)

    def facts_of(self, problem: Problem) -> Facts:
        """The activation's facts, derived once."""
        text = problem.activation.text
        if text not in self.facts:
            self.facts[text] = derive_facts(problem.activation.root, budget=self.budget)
        return self.facts[text]

    def logistic(self) -> dict[str, Bound]:
        """sup |l'| and sup |l''| of the logistic loss, through the same engine as activations."""
        if not self.loss_bounds:
            facts = derive_facts(logistic_tree(), budget=self.budget)
            for name, bound in (("l1", facts.M1), ("l2", facts.M2)):
                if bound is None or bound.infinite:
                    raise Stuck(f"the bound {name} of the logistic loss: {'; '.join(facts.open)}")
                self.loss_bounds[name] = bound
        return self.loss_bounds


def plain(problem: Problem) -> Problem:
    """The problem without what a subclass adds to it: the kernel takes no class but its own."""
    a = problem.activation
    return Problem(
        Activation(a.name, a.root, a.parameters),
        problem.loss_name,
        problem.lam,
        problem.noise,
        problem.data,
        problem.outer,
    )


@dataclass
class Workbench:
    """One problem: its facts, and kernel facts by name, each made at most once."""

    problem: Problem
    library: Library
    table: Table | None = None
    level: Fraction = Fraction(1)
    made: dict[str, Fact] = field(default_factory=dict)

    @property
    def facts(self) -> Facts:
        """The activation's facts."""
        return self.library.facts_of(self.problem)

    def infer(self, rule: str, /, *premises: Fact, **given: Any) -> Fact:
        """Apply a kernel rule; Stuck with its message when refused."""
        try:
            return infer(rule, plain(self.problem), premises, **given)
        except KernelError as error:
            raise Stuck(str(error)) from None

    def once(self, rule: str, /, *premises: Fact, **given: Any) -> Fact:
        """Apply a rule without choices once per problem."""
        if rule not in self.made:
            self.made[rule] = self.infer(rule, *premises, **given)
        return self.made[rule]

    def about_activation(self, rule: str, label: str, /, **given: Any) -> Fact:
        """Apply a rule about the activation once per run."""
        key = (self.problem.activation_key, label)
        if key not in self.library.kernel:
            self.library.kernel[key] = self.infer(rule, **given)
        return self.library.kernel[key]

    def parameters(self) -> Fact:
        """The constants of the problem."""
        return self.once("parameters")

    def loss(self) -> Fact:
        """Bounds of the loss."""
        return (
            self.once("loss", bounds=self.library.logistic())
            if self.problem.loss_name == "logistic"
            else self.once("loss")
        )

    def derivation(self) -> Fact:
        """The tested derivation."""
        return self.once("derivation")

    def smooth(self) -> Fact:
        """sigma is smooth."""
        return self.about_activation("smooth", "smooth")

    def at_zero(self) -> Fact:
        """|sigma(0)|."""
        return self.about_activation("value at zero", "sigma0")

    def enclosed(self, name: str) -> Fact:
        """An enclosure of one of S0, S_hi, S_lo, M1, M2, M3, H."""
        facts = self.facts
        bound: Bound | None
        given: dict[str, Any] = {}
        if name in ("S0", "S_hi", "S_lo"):
            bound = facts.absolute if name == "S0" else facts.sup if name == "S_hi" else facts.inf
            grown = next((b for b in (facts.sup, facts.inf) if b is not None and b.infinite), None)
            if bound is None and grown is not None:
                raise Stuck(f"sigma is unbounded: {grown.how}")
        elif name == "H":
            if facts.euler is None:
                raise Stuck(
                    facts.no_euler
                    or "the Euler defect of sigma is not known to be bounded" + _because(facts, "H")
                )
            bound, given = facts.euler.H, {"kappa": facts.euler.kappa}
        else:
            bound = facts.M[int(name[1]) - 1]
        label = {
            "S0": "sigma",
            "S_hi": "sigma",
            "S_lo": "sigma",
            "M1": "sigma'",
            "M2": "sigma''",
            "M3": "sigma'''",
            "H": "the Euler defect",
        }[name]
        if bound is None:
            raise Stuck(f"no bound of {label} was found{_because(facts, name)}")
        if bound.infinite:
            raise Stuck(
                f"{label} is unbounded: {bound.how}" if bound.how else f"{label} is unbounded"
            )
        return self.about_activation("supremum", name, name=name, bound=bound, **given)

    def near_line(self) -> Fact:
        """sup |sigma - alpha*z| for the slope alpha > 0 that sigma has at both ends."""
        root = self.problem.activation.root
        slopes = {line_slope(root, end) for end in (1, -1)}
        alpha = slopes.pop()
        if slopes or alpha is None or alpha <= 0:
            raise Stuck("sigma does not stay close to a line of positive slope")
        return self._suprema("S_alpha", (1, -1), kappa=alpha)

    def fall(self) -> Fact:
        """sup -sigma'."""
        return self._suprema("fall", (-1,))

    def euler_range(self) -> tuple[Fact, Fact]:
        """kappa_lo*sigma - H_lo <= z*sigma' <= kappa_hi*sigma + H_hi with 0 < kappa_lo <= kappa_hi."""
        euler = self.facts.euler
        if euler is not None and euler.kappa > 0:
            low = high = euler.kappa
        else:
            powers = {
                power
                for end in (1, -1)
                if (power := growth_power(self.problem.activation.root, end)) is not None
            }
            if not powers or min(powers) <= 0:
                raise Stuck("sigma does not grow like a power of z where it grows")
            # A power strictly on either side leaves room for terms of lower order.
            low, high = min(powers) / 2, max(powers) * 3 / 2
        return self._suprema("H_lo", (-1,), kappa=low), self._suprema("H_hi", (1,), kappa=high)

    def _suprema(self, name: str, signs: tuple[int, ...], **given: Any) -> Fact:
        parts: list[Part] = []
        for sign in signs:
            q = quantity(self.problem.activation.root, name, given.get("kappa"), sign)
            try:
                found = supremum_on_its_scale(q)
            except (OpenError, TailError) as error:
                raise Stuck(f"{name} is open: {error}") from None
            if found.upper is None:
                raise Stuck(f"{name} is infinite: {found.how}")
            parts.append(Part(q, None, None, found))
        label = " ".join([name, *map(str, given.values())])
        return self.about_activation(
            "supremum", label, name=name, bound=largest_of(name, parts), **given
        )

    def residual(self) -> Fact:
        """|l'| <= rho for every W."""
        if self.problem.loss_name == "logistic":
            return self.once("logistic residual", self.loss())
        names = ("S0", "S0") if self.problem.symbolic else ("S_hi", "S_lo")
        return self.once(
            "bounded residual", self.parameters(), *(self.enclosed(name) for name in names)
        )


def _lead(root: Node, end: int) -> tuple[Any, Any] | None:
    """The leading term of sigma at this end where it is c |z|^k, without exponentials and
    logarithms.
    """
    try:
        lead = Workspace(root, 0).settled(Quantity(root), end)[1].lead()
    except (OpenError, TailError, NotImplementedError):
        return None
    return None if lead is None or lead[0].phi or lead[0].i or lead[0].j else lead


def line_slope(root: Node, end: int) -> Fraction | None:
    """c where sigma ~ c z at this end with a rational c; None otherwise.  Only a suggestion."""
    lead = _lead(root, end)
    return (
        lead[1].rational * end
        if lead is not None and lead[0].k == 1 and lead[1].is_rational
        else None
    )


def growth_power(root: Node, end: int) -> Fraction | None:
    """k > 0 where |sigma| ~ c |z|^k at this end; None otherwise.  Only a suggestion."""
    lead = _lead(root, end)
    return Fraction(lead[0].k) if lead is not None and lead[0].k > 0 else None


def _because(facts: Facts, name: str) -> str:
    reasons = [o for o in facts.open if o.startswith((name, "domain", "growth"))] or list(
        facts.open
    )
    return f" ({reasons[0]})" if reasons else ""
